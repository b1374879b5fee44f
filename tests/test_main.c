/* SPDX-License-Identifier: EUPL-1.2 */
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/test.h"

/* For the leak checker: fontconfig, behind PDF, keeps its configuration until the process ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libfontconfig.so\n";
}

/* For the thread sanitizer: Pango matches fonts in threads of its own, and how it waits for them is
 * in libraries that are not built with the sanitizer. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) {
    return "called_from_lib:libpangoft2-1.0.so\n"
           "called_from_lib:libglib-2.0.so\n"
           "called_from_lib:libfontconfig.so\n";
}

struct test *test_list;
unsigned test_failures;

enum { FOLDERS_MAX = 256 };
static char folders[FOLDERS_MAX][64];
static unsigned folder_count;
static const char *skipped;

void test_fail(const char *file, int line, const char *format, ...) {
    test_failures++;
    (void)fprintf(stderr, "%s:%d: ", file, line);
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
}

void test_skip(const char *why) {
    skipped = why;
}

const char *test_data_folder(void) {
    static char folder[4096];
    struct stat info;
    const char *given = getenv("PEGEL_DATA");
    if (given != NULL) {
        (void)snprintf(folder, sizeof folder, "%s", given);
    } else {
        (void)snprintf(folder, sizeof folder, "%s", PEGEL_SHARED_DATA);
    }
    return stat(folder, &info) == 0 && S_ISDIR(info.st_mode) ? folder : NULL;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

static void remove_folders(void) {
    for (unsigned i = 0; i < folder_count; i++)
        (void)nftw(folders[i], remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *test_folder(void) {
    CHECK(folder_count < FOLDERS_MAX);
    if (folder_count == 0) (void)atexit(remove_folders);
    char *folder = folders[folder_count++];
    (void)snprintf(folder, sizeof folders[0], "/tmp/pegel-test-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    return folder;
}

/* Registration puts the last test first; run them in the order of the file. */
static struct test *in_file_order(struct test *list) {
    struct test *ordered = NULL;
    while (list != NULL) {
        struct test *next = list->next;
        list->next = ordered;
        ordered = list;
        list = next;
    }
    return ordered;
}

int main(int argc, char **argv) {
    for (struct test *test = in_file_order(test_list); test != NULL; test = test->next) {
        if (argc > 1 && strstr(test->name, argv[1]) == NULL) continue;
        unsigned before = test_failures;
        skipped = NULL;
        test->run();
        if (skipped != NULL) {
            printf("skipped %s: %s\n", test->name, skipped);
        } else {
            printf("%s %s\n", before == test_failures ? "ok" : "FAILED", test->name);
        }
        (void)fflush(stdout);
    }
    return test_failures == 0 ? 0 : 1;
}
