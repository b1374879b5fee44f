/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: pegel check is silent about sound data and never about damaged data.
 * Method: a folder as a server leaves it; then one byte of each data file is changed, in turn. */
#include <dirent.h>

#include "tests/server/served.h"
#include "tests/test.h"

enum { EVENTS = 500 };

static int run_check(const char *data) {
    const pid_t child = fork();
    if (child == 0) {
        char *words[] = {"check", "--data", (char *)(uintptr_t)data, "--quiet", NULL};
        if (freopen("/dev/null", "w", stderr) == NULL) _exit(99);
        _exit(command_check(4, words));
    }
    int code = -1;
    EXPECT_EQ(waitpid(child, &code, 0), child);
    return WIFEXITED(code) ? WEXITSTATUS(code) : -1;
}

static void fill(struct served *served) {
    struct text body;
    struct reply reply;
    char headers[300];
    served->data = test_folder();
    served_make_token(served);
    EXPECT(served_start(served));
    text_init(&body, 1 << 20);
    for (unsigned at = 0; at < EVENTS; at++)
        text_add_format(&body,
                        "{\"id\":\"%u\",\"time\":\"2026-03-02T08:%02u:00Z\",\"type\":"
                        "\"case.received\",\"subject\":\"%u\",\"service\":\"pass-%u\"}\n",
                        at, at % 60, at, at % 7);
    snprintf(headers, sizeof headers,
             "Authorization: Bearer %s\r\nContent-Type: application/x-ndjson\r\n", served->token);
    EXPECT(served_request(served, "POST", "/v1/events", headers, body.bytes, &reply));
    EXPECT_EQ(reply.status, 200);
    text_free(&reply.bytes);
    text_free(&body);
    served_stop(served); /* writes the segment */
}

/* Inverts the byte in the middle of the file. */
static void invert(const char *path) {
    FILE *file = fopen(path, "r+b");
    CHECK(file != NULL);
    fseek(file, 0, SEEK_END);
    const long middle = ftell(file) / 2;
    fseek(file, middle, SEEK_SET);
    const int byte = fgetc(file);
    fseek(file, middle, SEEK_SET);
    fputc(byte ^ 0xFF, file);
    fclose(file);
}

TEST(sound_data_is_fine_and_one_wrong_byte_is_not) {
    struct served served = {0};
    char paths[16][PLACE_PATH_BYTES_MAX];
    unsigned count = 0;
    fill(&served);
    EXPECT_EQ(run_check(served.data), COMMAND_OK);
    DIR *folder = opendir(served.data);
    CHECK(folder != NULL);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL && count < 16;)
        if (strncmp(entry->d_name, "segment-", 8) == 0 || strncmp(entry->d_name, "ids-", 4) == 0)
            snprintf(paths[count++], sizeof paths[0], "%s/%s", served.data, entry->d_name);
    closedir(folder);
    EXPECT_LE(2, count);
    for (unsigned at = 0; at < count; at++) {
        invert(paths[at]);
        EXPECT_EQ(run_check(served.data), COMMAND_FAILED);
        invert(paths[at]);
        EXPECT_EQ(run_check(served.data), COMMAND_OK);
    }
}

TEST(a_folder_without_data_or_in_use_cannot_be_checked) {
    struct served served = {.data = test_folder()};
    EXPECT_EQ(run_check("/nowhere"), COMMAND_FAILED);
    EXPECT(served_start(&served));
    EXPECT_EQ(run_check(served.data), COMMAND_FAILED);
    served_stop(&served);
}
