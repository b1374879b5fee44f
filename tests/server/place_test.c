/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: commands find each other by the data folder, and are not misled by what a crash left.
 * Method: announcements of living and of dead processes. */
#include "server/place.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/test.h"

TEST(folders_are_made_with_their_parents_for_the_owner_only) {
    char path[PLACE_PATH_BYTES_MAX];
    struct stat about;
    struct error err = {{0}};
    EXPECT_OK(place_path(NULL, test_folder(), "a/b/c", path, &err));
    EXPECT_OK(place_make_parent(path, &err));
    EXPECT(stat(path, &about) != 0);
    EXPECT_OK(place_make_folder(path, &err));
    EXPECT_OK(place_make_folder(path, &err));
    EXPECT(stat(path, &about) == 0 && S_ISDIR(about.st_mode));
    EXPECT_EQ(about.st_mode & 077, 0);
    EXPECT_OK(place_make_parent("file", &err));
    EXPECT_OK(place_make_parent("/file", &err));
    EXPECT_EQ(place_make_folder("/proc/none/x", &err), STATUS_IO);
}

TEST(a_given_path_goes_before_the_place_in_the_folder) {
    static char long_name[PLACE_PATH_BYTES_MAX + 1];
    char path[PLACE_PATH_BYTES_MAX];
    struct error err = {{0}};
    EXPECT_OK(place_path("/given", "/data", "name", path, &err));
    EXPECT_TEXT(path, "/given");
    EXPECT_OK(place_path(NULL, "/data", "name", path, &err));
    EXPECT_TEXT(path, "/data/name");
    memset(long_name, 'x', sizeof long_name - 1);
    EXPECT_EQ(place_path(NULL, "/data", long_name, path, &err), STATUS_TOO_LARGE);
}

TEST(a_server_is_found_while_it_lives) {
    char url[PLACE_URL_BYTES_MAX] = "";
    struct error err = {{0}};
    const char *data = test_folder();
    EXPECT(!place_server(data, url));
    EXPECT_OK(place_announce(data, "http://127.0.0.1:1", &err));
    EXPECT(place_server(data, url));
    EXPECT_TEXT(url, "http://127.0.0.1:1");
    place_withdraw(data);
    EXPECT(!place_server(data, url));
    place_withdraw(data); /* fine twice */
    EXPECT_EQ(place_announce("/nowhere", "http://x", &err), STATUS_IO);
}

TEST(what_a_dead_server_left_misleads_nobody) {
    char url[PLACE_URL_BYTES_MAX];
    const char *data = test_folder();
    const pid_t child = fork();
    if (child == 0) _exit(place_announce(data, "http://127.0.0.1:1", NULL) == STATUS_OK ? 0 : 1);
    int code = -1;
    EXPECT(waitpid(child, &code, 0) == child && code == 0);
    EXPECT(!place_server(data, url));
}

TEST(a_damaged_announcement_is_none) {
    static const char *const damaged[] = {"",
                                          "{",
                                          "[]",
                                          "{\"pid\":1}",
                                          "{\"url\":\"http://x\"}",
                                          "{\"pid\":-1,\"url\":\"http://x\"}",
                                          "{\"pid\":1e300,\"url\":\"http://x\"}",
                                          "{\"pid\":\"1\",\"url\":\"http://x\"}"};
    for (size_t at = 0; at < sizeof damaged / sizeof *damaged; at++) {
        char path[PLACE_PATH_BYTES_MAX], url[PLACE_URL_BYTES_MAX];
        const char *data = test_folder();
        EXPECT_OK(place_path(NULL, data, PLACE_SERVER, path, NULL));
        FILE *file = fopen(path, "w");
        fputs(damaged[at], file);
        fclose(file);
        EXPECT(!place_server(data, url));
    }
}
