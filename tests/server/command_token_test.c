/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: an operator makes, lists and revokes tokens, and a running server sees it.
 * Method: the command in a process of its own, its standard output, and a token file that was
 * opened before. */
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access/token.h"
#include "server/command.h"
#include "server/place.h"
#include "tests/test.h"

enum { WORDS_MAX = 12, OUTPUT_BYTES = 4096 };
static char output[OUTPUT_BYTES];

/* Runs `pegel token ...` for `data`; what it printed is in `output`. */
static int run(const char *data, const char *const *line) {
    char path[PLACE_PATH_BYTES_MAX];
    char *words[WORDS_MAX] = {"token", "--data", (char *)(uintptr_t)data};
    int count = 3, code = -1;
    for (; *line != NULL; line++) words[count++] = (char *)(uintptr_t)*line;
    snprintf(path, sizeof path, "%s/output", data);
    const pid_t child = fork();
    if (child == 0) {
        if (freopen(path, "w", stdout) == NULL) _exit(99);
        code = command_token(count, words);
        fflush(stdout);
        _exit(code);
    }
    EXPECT(waitpid(child, &code, 0) == child && WIFEXITED(code));
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    output[fread(output, 1, sizeof output - 1, file)] = '\0';
    fclose(file);
    return WEXITSTATUS(code);
}
#define RUN(data, ...) run(data, (const char *const[]){__VA_ARGS__, NULL})

static const struct token_grant *find(struct token_file *file, const char *token) {
    return token_file_find(file, token, strlen(token));
}

TEST(a_created_token_is_known_and_a_revoked_one_is_not) {
    char path[PLACE_PATH_BYTES_MAX], token[TOKEN_TEXT_BYTES];
    struct stat about;
    struct token_file *file;
    const char *data = test_folder();
    EXPECT_EQ(RUN(data, "list"), COMMAND_OK);
    EXPECT(strstr(output, "no token yet") != NULL);
    EXPECT_EQ(RUN(data, "create", "--source", "forms", "--tenant", "091620000000,110000000000",
                  "--drop-unknown"),
              COMMAND_OK);
    /* The secret, and nothing else, on standard output. */
    EXPECT_EQ(strcspn(output, "\n"), strlen(output) - 1);
    output[strcspn(output, "\n")] = '\0';
    EXPECT(strncmp(output, "pegel_", 6) == 0);
    snprintf(token, sizeof token, "%s", output);

    snprintf(path, sizeof path, "%s/" PLACE_TOKENS, data);
    EXPECT(stat(path, &about) == 0 && (about.st_mode & 077) == 0);
    EXPECT_OK(token_file_open(path, &file, NULL));
    const struct token_grant *grant = find(file, token);
    EXPECT(grant != NULL);
    if (grant == NULL) return;
    EXPECT_TEXT(grant->source, "forms");
    EXPECT_EQ(grant->tenant_count, 2);
    EXPECT_TEXT(grant->tenants[1], "110000000000");
    EXPECT(grant->drop_unknown);

    EXPECT_EQ(RUN(data, "list"), COMMAND_OK);
    EXPECT(strstr(output, grant->id) != NULL && strstr(output, "forms") != NULL);
    EXPECT(strstr(output, "091620000000,110000000000") != NULL);
    EXPECT(strstr(output, token) == NULL);

    EXPECT_EQ(RUN(data, "revoke", grant->id), COMMAND_OK);
    EXPECT_EQ(RUN(data, "revoke", grant->id), COMMAND_FAILED);
    token_file_close(file);
    EXPECT_OK(token_file_open(path, &file, NULL));
    EXPECT(find(file, token) == NULL);
    token_file_close(file);
}

TEST(mistakes_leave_no_token) {
    const char *data = test_folder();
    EXPECT_EQ(RUN(data, "create", "--source", "forms"), COMMAND_MISUSED);
    EXPECT_EQ(RUN(data, "create", "--tenant", "091620000000"), COMMAND_MISUSED);
    EXPECT_EQ(RUN(data, "create", "--source", "forms", "--tenant", "091620000000,"),
              COMMAND_MISUSED);
    EXPECT_EQ(RUN(data, "create", "--source", "Forms!", "--tenant", "091620000000"),
              COMMAND_FAILED);
    EXPECT_EQ(RUN(data, "create", "--source", "forms", "--tenant", "9162"), COMMAND_FAILED);
    EXPECT_EQ(RUN(data, "revoke"), COMMAND_MISUSED);
    EXPECT_EQ(RUN(data, "destroy"), COMMAND_MISUSED);
    EXPECT_EQ(RUN(data, "list"), COMMAND_OK);
    EXPECT(strstr(output, "no token yet") != NULL);
}
