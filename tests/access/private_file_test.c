/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a private file is read and replaced as a whole, or the failure is told and the old content
 * stays. */
#include "access/private_file.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "tests/test.h"

static char folder[128], path[256], *bytes;
static size_t size;
static struct error err;

static void begin(void) {
    (void)snprintf(folder, sizeof folder, "%s", test_folder());
    (void)snprintf(path, sizeof path, "%s/file", folder);
}

static void expect_content(const char *text) {
    EXPECT_OK(private_file_read(path, 077, &bytes, &size, &err));
    EXPECT_EQ(size, strlen(text));
    EXPECT_TEXT(bytes != NULL ? bytes : "(none)", text);
    memory_free(bytes);
}

TEST(private_file_is_replaced_as_a_whole) {
    begin();
    EXPECT_EQ(private_file_read(path, 077, &bytes, &size, &err), STATUS_NOT_FOUND);
    EXPECT(bytes == NULL);
    EXPECT_OK(private_file_replace(path, "one", 3, false, &err));
    expect_content("one");
    EXPECT_OK(private_file_replace(path, "", 0, true, &err));
    expect_content("");
    EXPECT_OK(private_file_replace(path, "three", 5, true, &err));
    expect_content("three");
    struct stat info;
    EXPECT(stat(path, &info) == 0);
    EXPECT_EQ(info.st_mode & 07777u, 0600);
}

TEST(private_file_wipes_the_old_bytes_when_told) {
    begin();
    char old[256], text[9001];
    memset(text, 's', sizeof text);
    (void)snprintf(old, sizeof old, "%s/old", folder);
    for (int wipe = 0; wipe < 2; wipe++) {
        EXPECT_OK(private_file_replace(path, text, sizeof text, false, &err));
        EXPECT(link(path, old) == 0); /* a second name shows what becomes of it */
        EXPECT_OK(private_file_replace(path, "new", 3, wipe, &err));
        EXPECT_OK(private_file_read(old, 077, &bytes, &size, &err));
        EXPECT_EQ(size, sizeof text);
        for (size_t i = 0; i < size; i++) EXPECT_EQ(bytes[i], wipe ? 0 : 's');
        memory_free(bytes);
        EXPECT(unlink(old) == 0);
        expect_content("new");
    }
}

TEST(private_file_keeps_the_old_content_when_the_new_cannot_be_written) {
    begin();
    EXPECT_OK(private_file_replace(path, "old", 3, false, &err));
    char blocker[300];
    (void)snprintf(blocker, sizeof blocker, "%s.new", path);
    EXPECT(mkdir(blocker, 0700) == 0); /* where the new file would be written */
    EXPECT_EQ(private_file_replace(path, "new", 3, false, &err), STATUS_IO);
    expect_content("old");
    EXPECT(rmdir(blocker) == 0);

    /* What an earlier crash left there is no obstacle, and a link there is not followed. */
    EXPECT(symlink("/dev/full", blocker) == 0);
    EXPECT_OK(private_file_replace(path, "new", 3, false, &err));
    expect_content("new");

    EXPECT(unlink(path) == 0 && mkdir(path, 0700) == 0); /* no file can take its place */
    EXPECT_EQ(private_file_replace(path, "x", 1, false, &err), STATUS_IO);
    EXPECT(access(blocker, F_OK) != 0);
    EXPECT_EQ(private_file_read(path, 0, &bytes, &size, &err), STATUS_IO);
    EXPECT(rmdir(path) == 0);
}

TEST(private_file_in_a_folder_that_is_not_there_is_an_error) {
    begin();
    (void)snprintf(path, sizeof path, "%s/absent/file", folder);
    int lock;
    EXPECT_EQ(private_file_replace(path, "x", 1, false, &err), STATUS_IO);
    EXPECT_EQ(private_file_lock(path, &lock, &err), STATUS_IO);
    char long_path[5000];
    memset(long_path, 'a', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    EXPECT_EQ(private_file_replace(long_path, "x", 1, false, &err), STATUS_INVALID);
}

TEST(private_file_over_its_limit_is_refused) {
    begin();
    EXPECT_OK(private_file_replace(path, "x", 1, false, &err));
    EXPECT(truncate(path, PRIVATE_FILE_BYTES_MAX + 1) == 0);
    EXPECT_EQ(private_file_read(path, 077, &bytes, &size, &err), STATUS_TOO_LARGE);
    EXPECT(bytes == NULL);
}

static _Atomic int inside;
static _Atomic int overlaps;

static void *enter(void *context) {
    for (int i = 0; i < 50; i++) {
        int lock;
        struct error why;
        EXPECT_OK(private_file_lock(context, &lock, &why));
        if (atomic_fetch_add(&inside, 1) != 0) atomic_fetch_add(&overlaps, 1);
        usleep(20);
        atomic_fetch_sub(&inside, 1);
        private_file_unlock(lock);
    }
    return NULL;
}

TEST(private_file_lock_lets_in_one_at_a_time) {
    begin();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, enter, path);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    EXPECT_EQ(atomic_load(&overlaps), 0);
}
