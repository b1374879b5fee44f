/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: exactly the tokens of the file are known, at once and on a running server, and the file
 * holds nothing that lets anyone in. */
#include "access/token.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/private_file.h"
#include "base/memory.h"
#include "tests/test.h"

static const char *const town[] = {"091620000000"};

static const char *token_path(void) {
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/tokens.json", test_folder());
    return path;
}

static struct token_file *open_tokens(const char *path) {
    struct token_file *file = NULL;
    struct error err = {""};
    if (token_file_open(path, &file, &err) != STATUS_OK)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return file;
}

static void create(struct token_file *file, const char *source, char token[TOKEN_TEXT_BYTES]) {
    struct error err = {""};
    if (token_file_create(file, source, town, 1, false, 1000, token, &err) != STATUS_OK)
        test_fail(__FILE__, __LINE__, "%s", err.text);
}

static const struct token_grant *find(struct token_file *file, const char *token) {
    return token_file_find(file, token, strlen(token));
}

TEST(tokens_are_found_after_creation_and_after_a_restart) {
    const char *path = token_path();
    struct token_file *file = open_tokens(path);
    EXPECT_EQ(token_file_count(file), 0);
    const char *const tenants[] = {"091620000000", "*"};
    char token[TOKEN_TEXT_BYTES], second[TOKEN_TEXT_BYTES];
    struct error err;
    EXPECT_OK(token_file_create(file, "zms.muc-1_a", tenants, 2, true, 1790000000123, token, &err));
    create(file, "forms", second);
    EXPECT_EQ(strlen(token), 49);
    EXPECT(strncmp(token, "pegel_", 6) == 0);
    EXPECT(strcmp(token, second) != 0);
    for (int round = 0; round < 2; round++) {
        EXPECT_EQ(token_file_count(file), 2);
        const struct token_grant *grant = find(file, token);
        EXPECT(grant != NULL && grant == token_file_at(file, 0));
        if (grant == NULL) return;
        EXPECT_TEXT(grant->source, "zms.muc-1_a");
        EXPECT_EQ(grant->tenant_count, 2);
        EXPECT_TEXT(grant->tenants[0], "091620000000");
        EXPECT_TEXT(grant->tenants[1], "*");
        EXPECT(grant->drop_unknown);
        EXPECT_EQ(grant->created_ms, 1790000000123);
        EXPECT_EQ(strlen(grant->id), 8);
        EXPECT_TEXT(find(file, second)->source, "forms");
        EXPECT(token_file_at(file, 2) == NULL);
        token_file_close(file);
        file = open_tokens(path);
    }
    token_file_close(file);
}

TEST(tokens_that_are_not_in_the_file_are_unknown) {
    struct token_file *file = open_tokens(token_path());
    char token[TOKEN_TEXT_BYTES];
    create(file, "a", token);
    EXPECT(find(file, "") == NULL);
    EXPECT(find(file, "pegel_") == NULL);
    EXPECT(token_file_find(file, token, strlen(token) - 1) == NULL);
    EXPECT(token_file_find(file, token, strlen(token) + 1) == NULL);
    for (size_t i = 0; i < strlen(token); i++) {
        token[i] = (char)(token[i] ^ 1);
        EXPECT(find(file, token) == NULL);
        token[i] = (char)(token[i] ^ 1);
    }
    EXPECT(find(file, token) != NULL);
    token_file_close(file);
}

TEST(token_file_is_private_and_holds_no_secret) {
    const char *path = token_path();
    struct token_file *file = open_tokens(path);
    char token[TOKEN_TEXT_BYTES], *bytes;
    create(file, "a", token);
    struct stat info;
    EXPECT(stat(path, &info) == 0);
    EXPECT_EQ(info.st_mode & 07777u, 0600);
    size_t size;
    struct error err;
    EXPECT_OK(private_file_read(path, 077, &bytes, &size, &err));
    EXPECT(strstr(bytes, token) == NULL && strstr(bytes, token + 6) == NULL);
    memory_free(bytes);
    token_file_close(file);
    EXPECT(chmod(path, 0620) == 0);
    EXPECT_EQ(token_file_open(path, &file, &err), STATUS_FORBIDDEN);
}

TEST(token_creation_refuses_sources_and_tenants_of_another_form) {
    struct token_file *file = open_tokens(token_path());
    char token[TOKEN_TEXT_BYTES], long_name[TOKEN_SOURCE_BYTES_MAX + 2];
    memset(long_name, 'a', sizeof long_name);
    long_name[TOKEN_SOURCE_BYTES_MAX + 1] = '\0';
    const char *const sources[] = {"", "A", "a b", "a\"", "\xC3\xA4", long_name};
    struct error err;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        EXPECT_EQ(token_file_create(file, sources[i], town, 1, false, 0, token, &err),
                  STATUS_INVALID);
    const char *const tenants[] = {"", "09162000000", "0916200000000", "09162000000a", "**"};
    for (size_t i = 0; i < sizeof tenants / sizeof tenants[0]; i++)
        EXPECT_EQ(token_file_create(file, "a", &tenants[i], 1, false, 0, token, &err),
                  STATUS_INVALID);
    EXPECT_EQ(token_file_create(file, "a", town, 0, false, 0, token, &err), STATUS_INVALID);
    EXPECT_EQ(token_file_count(file), 0);
    EXPECT_EQ(token[0], '\0');
    token_file_close(file);
}

TEST(token_changes_by_another_process_reach_a_running_server) {
    const char *path = token_path();
    struct token_file *server = open_tokens(path), *command = open_tokens(path);
    char first[TOKEN_TEXT_BYTES], second[TOKEN_TEXT_BYTES];
    create(command, "a", first);
    usleep(1100000);
    const struct token_grant *grant = find(server, first);
    EXPECT(grant != NULL);
    if (grant == NULL) return;
    create(command, "b", second);
    struct error err;
    EXPECT_OK(token_file_revoke(command, grant->id, &err));
    EXPECT_EQ(token_file_revoke(command, grant->id, &err), STATUS_NOT_FOUND);
    EXPECT(find(command, first) == NULL);
    usleep(1100000);
    EXPECT(find(server, first) == NULL);
    EXPECT(find(server, second) != NULL);
    EXPECT_TEXT(grant->source, "a"); /* still readable */

    /* A file that is damaged later changes nothing; one that is gone takes all rights. */
    EXPECT_OK(private_file_replace(path, "{", 1, false, &err));
    usleep(1100000);
    EXPECT(find(server, second) != NULL);
    EXPECT(unlink(path) == 0);
    usleep(1100000);
    EXPECT(find(server, second) == NULL);
    token_file_close(server);
    token_file_close(command);
}

TEST(token_files_that_are_none_are_refused) {
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"format\":2,\"tokens\":[]}",
        "{\"format\":1}",
        "{\"format\":1,\"tokens\":{}}",
        "{\"format\":1,\"tokens\":[{}]}",
        "{\"format\":1,\"tokens\":[{\"id\":\"12345678\",\"source\":\"a\",\"tenants\":[\"*\"],"
        "\"hash\":\"00\"}]}",
        "{\"format\":1,\"tokens\":[{\"id\":\"12345678\",\"source\":\"a\",\"tenants\":\"*\","
        "\"hash\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\"}]}",
        "{\"format\":1,\"tokens\":[{\"id\":\"12345678\",\"source\":\"A\",\"tenants\":[\"*\"],"
        "\"hash\":\"0000000000000000000000000000000000000000000000000000000000000000\"}]}",
        "{\"format\":1,\"tokens\":[]",
        "nonsense"};
    const char *path = token_path();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error err;
        struct token_file *file;
        EXPECT_OK(private_file_replace(path, texts[i], strlen(texts[i]), false, &err));
        EXPECT_EQ(token_file_open(path, &file, &err), STATUS_CORRUPT);
        EXPECT(file == NULL);
    }
}

static const char *shared_path;

static void *create_many(void *context) {
    struct token_file *file = open_tokens(shared_path);
    char token[TOKEN_TEXT_BYTES];
    for (int i = 0; i < 10; i++) create(file, context, token);
    token_file_close(file);
    return NULL;
}

TEST(tokens_created_at_the_same_time_are_all_kept) {
    shared_path = token_path();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, create_many, "source");
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    struct token_file *file = open_tokens(shared_path);
    EXPECT_EQ(token_file_count(file), 40);
    token_file_close(file);
}

TEST(token_file_survives_every_refused_allocation) {
    const char *path = token_path();
    struct token_file *file = open_tokens(path);
    char token[TOKEN_TEXT_BYTES];
    create(file, "a", token);
    token_file_close(file);
    for (size_t after = 0; after < 40; after++) {
        struct error err;
        memory_fail_after(after);
        enum status status = token_file_open(path, &file, &err);
        memory_fail_after(SIZE_MAX);
        EXPECT(status == STATUS_OK || status == STATUS_NO_MEMORY || status == STATUS_CORRUPT);
        if (status == STATUS_OK) EXPECT(find(file, token) != NULL);
        token_file_close(file);
    }
}
