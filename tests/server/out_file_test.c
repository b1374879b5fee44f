/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: whoever finds a file finds the whole of it, and nothing but a file is ever replaced.
 * Method: files, a pipe and places that cannot be written to. */
#include "server/out_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/test.h"

static const char *path_of(const char *folder, const char *name) {
    static char path[2][PLACE_PATH_BYTES_MAX];
    static int turn;
    turn ^= 1;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static const char *content_of(const char *path) {
    static char content[64];
    FILE *file = fopen(path, "r");
    if (file == NULL) return "(none)";
    content[fread(content, 1, sizeof content - 1, file)] = '\0';
    fclose(file);
    return content;
}

TEST(a_file_has_its_name_when_it_is_whole) {
    const char *folder = test_folder();
    const char *path = path_of(folder, "report");
    struct out_file out;
    EXPECT_OK(out_file_put(path, "old", 3, NULL));
    EXPECT_OK(out_file_open(&out, path, NULL));
    EXPECT_EQ(fwrite("new", 1, 3, out.file), 3);
    EXPECT_TEXT(content_of(path), "old");
    EXPECT_OK(out_file_close(&out, STATUS_OK, NULL));
    EXPECT_TEXT(content_of(path), "new");
    EXPECT(access(path_of(folder, "report.part"), F_OK) != 0);
}

TEST(what_failed_leaves_the_file_as_it_was) {
    const char *folder = test_folder();
    const char *path = path_of(folder, "report");
    struct out_file out;
    EXPECT_OK(out_file_put(path, "old", 3, NULL));
    EXPECT_OK(out_file_open(&out, path, NULL));
    EXPECT_EQ(fwrite("ne", 1, 2, out.file), 2);
    EXPECT_EQ(out_file_close(&out, STATUS_INVALID, NULL), STATUS_INVALID);
    EXPECT_TEXT(content_of(path), "old");
    EXPECT(access(path_of(folder, "report.part"), F_OK) != 0);
}

TEST(a_pipe_is_written_to_and_stays_one) {
    const char *path = path_of(test_folder(), "pipe");
    char bytes[8] = "";
    struct stat found;
    EXPECT_EQ(mkfifo(path, 0600), 0);
    const int pipe_fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    EXPECT(pipe_fd >= 0);
    EXPECT_OK(out_file_put(path, "bytes", 5, NULL));
    EXPECT_EQ(read(pipe_fd, bytes, sizeof bytes - 1), 5);
    EXPECT_TEXT(bytes, "bytes");
    EXPECT(stat(path, &found) == 0 && S_ISFIFO(found.st_mode));
    close(pipe_fd);
}

TEST(a_place_that_cannot_be_written_to_is_named) {
    static char endless[PLACE_PATH_BYTES_MAX + 1];
    const char *path = path_of(test_folder(), "no-such-folder/report");
    struct error err = {{0}};
    EXPECT_EQ(out_file_put(path, "x", 1, &err), STATUS_IO);
    EXPECT(strstr(err.text, "no-such-folder") != NULL);
    /* By a link, so that a mistake would replace the link and not the device. */
    const char *full = path_of(test_folder(), "full");
    EXPECT_EQ(symlink("/dev/full", full), 0);
    EXPECT_EQ(out_file_put(full, "x", 1, &err), STATUS_IO);
    EXPECT(strstr(err.text, "full") != NULL);
    memset(endless, 'x', sizeof endless - 1);
    EXPECT_EQ(out_file_put(endless, "x", 1, &err), STATUS_INVALID);
}
