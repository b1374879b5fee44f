/* SPDX-License-Identifier: EUPL-1.2 */
/* The file:
 *   {"format":1,"tokens":[{"id":"9f86d081","source":"zms","tenants":["091620000000"],
 *     "drop_unknown":false,"created":1790000000000,"hash":"<64 hexadecimal digits>"}]}
 *
 * Grants are handed out without a count of users, so one is never changed or freed before the file
 * is closed: a reload takes over those that are still the same and adds the others. */
#include "access/token.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "access/private_file.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

enum {
    TOKENS_MAX = 4096,
    SECRET_BYTES = 32,
    SECRET_TEXT_BYTES = 43, /* base64url without padding */
    HASH_BYTES = 32,
    ID_BYTES = 8, /* hexadecimal digits */
    TENANT_BYTES = 12
};
#define PREFIX     "pegel_"
#define RECHECK_NS UINT64_C(1000000000)

static_assert(sizeof PREFIX - 1 + SECRET_TEXT_BYTES < TOKEN_TEXT_BYTES, "the token fits");

struct token {
    struct token_grant grant; /* points into the rest */
    struct token *next;       /* of all that were ever read, for freeing */
    uint8_t hash[HASH_BYTES];
    char id[ID_BYTES + 1];
    char source[TOKEN_SOURCE_BYTES_MAX + 1];
    char tenant[TOKEN_TENANTS_MAX][TENANT_BYTES + 1];
    const char *tenants[TOKEN_TENANTS_MAX];
};

/* What tells one content of the file from the next: it is replaced, never changed in place. */
struct version {
    bool present;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct token_file {
    pthread_rwlock_t lock; /* guards what follows */
    struct token **tokens; /* those that are valid now */
    uint32_t count;
    struct token *all;
    struct version version;
    _Atomic uint64_t checked_ns; /* monotonic; when the file was last looked at */
    char *path;
};

/* --- reading -------------------------------------------------------------------------------- */

static struct version version_of(const char *path) {
    struct stat info;
    if (stat(path, &info) != 0) return (struct version){0};
    return (struct version){true, info.st_ino, info.st_size, info.st_mtim};
}

static bool version_same(const struct version *a, const struct version *b) {
    return a->present == b->present && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static bool is_source(const char *text) {
    size_t size = strlen(text);
    return size >= 1 && size <= TOKEN_SOURCE_BYTES_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static bool is_tenant(const char *text) {
    return strcmp(text, "*") == 0 ||
           (strlen(text) == TENANT_BYTES && strspn(text, "0123456789") == TENANT_BYTES);
}

static bool token_fill(struct token *token, const char *id, const char *source,
                       const char *const *tenants, uint32_t tenant_count) {
    if (strlen(id) != ID_BYTES || !is_source(source) || tenant_count == 0 ||
        tenant_count > TOKEN_TENANTS_MAX)
        return false;
    (void)snprintf(token->id, sizeof token->id, "%s", id);
    (void)snprintf(token->source, sizeof token->source, "%s", source);
    for (uint32_t i = 0; i < tenant_count; i++) {
        if (!is_tenant(tenants[i])) return false;
        (void)snprintf(token->tenant[i], sizeof token->tenant[i], "%s", tenants[i]);
        token->tenants[i] = token->tenant[i];
    }
    token->grant.id = token->id;
    token->grant.source = token->source;
    token->grant.tenant_count = tenant_count;
    token->grant.tenants = token->tenants;
    return true;
}

static bool token_parse(struct token *token, const struct json *object) {
    const char *tenants[TOKEN_TENANTS_MAX];
    const struct json *list = json_member(object, "tenants");
    uint32_t count = json_count(list);
    if (count > TOKEN_TENANTS_MAX || json_kind(list) != JSON_ARRAY) return false;
    uint32_t at = 0;
    for (const struct json *entry = json_first(list); entry != NULL; entry = json_next(entry))
        tenants[at++] = json_text(entry, "");

    const char *hash = json_text(json_member(object, "hash"), "");
    size_t hash_size = 0;
    if (strlen(hash) != HASH_BYTES * 2 ||
        sodium_hex2bin(token->hash, HASH_BYTES, hash, HASH_BYTES * 2, NULL, &hash_size, NULL) !=
            0 ||
        hash_size != HASH_BYTES)
        return false;
    token->grant.drop_unknown = json_boolean(json_member(object, "drop_unknown"), false);
    token->grant.created_ms = (int64_t)json_number(json_member(object, "created"), 0);
    return token_fill(token, json_text(json_member(object, "id"), ""),
                      json_text(json_member(object, "source"), ""), tenants, count);
}

static bool token_same(const struct token *a, const struct token *b) {
    return memcmp(a->hash, b->hash, HASH_BYTES) == 0 && strcmp(a->id, b->id) == 0 &&
           strcmp(a->source, b->source) == 0 && a->grant.drop_unknown == b->grant.drop_unknown &&
           a->grant.created_ms == b->grant.created_ms &&
           a->grant.tenant_count == b->grant.tenant_count &&
           memcmp(a->tenant, b->tenant, sizeof a->tenant) == 0;
}

/* The token as it was read before, or this one, which is then kept until the file is closed. */
static struct token *keep(struct token_file *file, struct token *token) {
    for (struct token *known = file->all; known != NULL; known = known->next) {
        if (token_same(known, token)) {
            memory_free(token);
            return known;
        }
    }
    token->next = file->all;
    file->all = token;
    return token;
}

static enum status parse(struct token_file *file, const struct json *document,
                         struct token **tokens, uint32_t *count, struct error *err) {
    const struct json *list = json_member(document, "tokens");
    if (json_number(json_member(document, "format"), 0) != 1 || json_kind(list) != JSON_ARRAY ||
        json_count(list) > TOKENS_MAX)
        return error_set(err, STATUS_CORRUPT, "%s is no token file", file->path);
    *count = 0;
    for (const struct json *entry = json_first(list); entry != NULL; entry = json_next(entry)) {
        struct token *token = memory_new_array(struct token, 1);
        if (token == NULL) return error_set(err, STATUS_NO_MEMORY, "token file: memory");
        if (!token_parse(token, entry)) {
            memory_free(token);
            return error_set(err, STATUS_CORRUPT, "%s: token %u is damaged", file->path,
                             *count + 1);
        }
        tokens[(*count)++] = keep(file, token);
    }
    return STATUS_OK;
}

static enum status read_tokens(struct token_file *file, struct token **tokens, uint32_t *count,
                               struct error *err) {
    char *bytes;
    size_t size;
    *count = 0;
    enum status status = private_file_read(file->path, 022, &bytes, &size, err);
    if (status == STATUS_NOT_FOUND) return STATUS_OK;
    TRY(status);
    struct json *document = NULL;
    status = json_parse(bytes, size, &document, err);
    status = status == STATUS_OK
                 ? parse(file, document, tokens, count, err)
                 : error_set(err, STATUS_CORRUPT, "%s is no token file", file->path);
    json_free(document);
    memory_free(bytes);
    return status;
}

/* Under the write lock. On failure the tokens that were valid stay so. */
static enum status reload(struct token_file *file, struct error *err) {
    /* The version first: a change between the two is then seen at the next look. */
    struct version version = version_of(file->path);
    struct token **tokens = memory_new_array(struct token *, TOKENS_MAX);
    if (tokens == NULL) return error_set(err, STATUS_NO_MEMORY, "token file: memory");
    uint32_t count;
    enum status status = read_tokens(file, tokens, &count, err);
    file->version = version;
    if (status != STATUS_OK) {
        memory_free(tokens);
        return status;
    }
    memory_free(file->tokens);
    file->tokens = tokens;
    file->count = count;
    return STATUS_OK;
}

/* --- the contract --------------------------------------------------------------------------- */

enum status token_file_open(const char *path, struct token_file **out, struct error *err) {
    *out = NULL;
    if (sodium_init() < 0) return error_set(err, STATUS_IO, "libsodium does not start");
    struct token_file *file = memory_new_array(struct token_file, 1);
    if (file == NULL) return error_set(err, STATUS_NO_MEMORY, "token file: memory");
    pthread_rwlock_init(&file->lock, NULL);
    enum status status = STATUS_NO_MEMORY;
    file->path = memory_copy_text(path, strlen(path));
    if (file->path != NULL) status = reload(file, err);
    if (status == STATUS_OK) {
        atomic_store(&file->checked_ns, clock_monotonic_ns(clock_system()));
        *out = file;
        return STATUS_OK;
    }
    token_file_close(file);
    return status;
}

void token_file_close(struct token_file *file) {
    if (file == NULL) return;
    while (file->all != NULL) {
        struct token *token = file->all;
        file->all = token->next;
        memory_free(token);
    }
    memory_free(file->tokens);
    memory_free(file->path);
    pthread_rwlock_destroy(&file->lock);
    memory_free(file);
}

/* At most once a second one thread looks whether the file is another one by now. */
static void recheck(struct token_file *file) {
    uint64_t now_ns = clock_monotonic_ns(clock_system());
    uint64_t checked_ns = atomic_load_explicit(&file->checked_ns, memory_order_relaxed);
    if (now_ns - checked_ns < RECHECK_NS) return;
    if (!atomic_compare_exchange_strong(&file->checked_ns, &checked_ns, now_ns)) return;
    struct version version = version_of(file->path);
    pthread_rwlock_wrlock(&file->lock);
    struct error err;
    if (!version_same(&version, &file->version) && reload(file, &err) != STATUS_OK)
        log_write(LOG_ERROR, "token", "the tokens read before stay valid: %s", err.text);
    pthread_rwlock_unlock(&file->lock);
}

static void hash_token(const char *token, size_t size, uint8_t hash[HASH_BYTES]) {
    crypto_generichash(hash, HASH_BYTES, (const uint8_t *)token, size, NULL, 0);
}

const struct token_grant *token_file_find(struct token_file *file, const char *token, size_t size) {
    recheck(file);
    if (size != sizeof PREFIX - 1 + SECRET_TEXT_BYTES) return NULL;
    uint8_t hash[HASH_BYTES];
    hash_token(token, size, hash);
    const struct token_grant *grant = NULL;
    pthread_rwlock_rdlock(&file->lock);
    for (uint32_t i = 0; i < file->count && grant == NULL; i++) {
        if (sodium_memcmp(file->tokens[i]->hash, hash, HASH_BYTES) == 0)
            grant = &file->tokens[i]->grant;
    }
    pthread_rwlock_unlock(&file->lock);
    return grant;
}

uint32_t token_file_count(struct token_file *file) {
    pthread_rwlock_rdlock(&file->lock);
    uint32_t count = file->count;
    pthread_rwlock_unlock(&file->lock);
    return count;
}

const struct token_grant *token_file_at(struct token_file *file, uint32_t index) {
    pthread_rwlock_rdlock(&file->lock);
    const struct token_grant *grant = index < file->count ? &file->tokens[index]->grant : NULL;
    pthread_rwlock_unlock(&file->lock);
    return grant;
}

/* --- writing -------------------------------------------------------------------------------- */

static void add_token(struct text *text, const struct token *token) {
    char hash[HASH_BYTES * 2 + 1];
    sodium_bin2hex(hash, sizeof hash, token->hash, HASH_BYTES);
    text_add_format(text, "{\"id\":\"%s\",\"source\":\"%s\",\"tenants\":[", token->id,
                    token->source);
    for (uint32_t i = 0; i < token->grant.tenant_count; i++)
        text_add_format(text, "%s\"%s\"", i > 0 ? "," : "", token->tenant[i]);
    text_add_format(text, "],\"drop_unknown\":%s,\"created\":%lld,\"hash\":\"%s\"}",
                    token->grant.drop_unknown ? "true" : "false",
                    (long long)token->grant.created_ms, hash);
}

/* Writes all tokens but `without`, and `with`; then reads them back. Under both locks. */
static enum status rewrite(struct token_file *file, const struct token *without,
                           const struct token *with, struct error *err) {
    struct text text;
    text_init(&text, PRIVATE_FILE_BYTES_MAX);
    text_add_string(&text, "{\"format\":1,\"tokens\":[");
    uint32_t written = 0;
    for (uint32_t i = 0; i < file->count; i++) {
        if (file->tokens[i] == without) continue;
        text_add_string(&text, written++ > 0 ? ",\n" : "\n");
        add_token(&text, file->tokens[i]);
    }
    if (with != NULL) {
        text_add_string(&text, written > 0 ? ",\n" : "\n");
        add_token(&text, with);
    }
    text_add_string(&text, "\n]}\n");
    enum status status = text.failed
                             ? error_set(err, STATUS_NO_MEMORY, "token file: memory")
                             : private_file_replace(file->path, text.bytes, text.size, false, err);
    text_free(&text);
    return status == STATUS_OK ? reload(file, err) : status;
}

static enum status create_locked(struct token_file *file, struct token *token,
                                 const char *const *tenants, uint32_t tenant_count,
                                 const char *source, struct error *err) {
    TRY(reload(file, err));
    if (file->count == TOKENS_MAX)
        return error_set(err, STATUS_TOO_LARGE, "there are %d tokens already", TOKENS_MAX);
    char id[ID_BYTES + 1];
    uint8_t random[ID_BYTES / 2];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(id, sizeof id, random, sizeof random);
    if (!token_fill(token, id, source, tenants, tenant_count))
        return error_set(err, STATUS_INVALID,
                         "a source is [a-z0-9._-]{1,64}, its tenants are 1 to %d of 12 digits or *",
                         TOKEN_TENANTS_MAX);
    return rewrite(file, NULL, token, err);
}

static enum status lock_all(struct token_file *file, int *lock, struct error *err) {
    TRY(private_file_lock(file->path, lock, err));
    pthread_rwlock_wrlock(&file->lock);
    return STATUS_OK;
}

static void unlock_all(struct token_file *file, int lock) {
    pthread_rwlock_unlock(&file->lock);
    private_file_unlock(lock);
}

enum status token_file_create(struct token_file *file, const char *source,
                              const char *const *tenants, uint32_t tenant_count, bool drop_unknown,
                              int64_t now_ms, char token[TOKEN_TEXT_BYTES], struct error *err) {
    uint8_t secret[SECRET_BYTES];
    randombytes_buf(secret, sizeof secret);
    memcpy(token, PREFIX, sizeof PREFIX - 1);
    sodium_bin2base64(token + sizeof PREFIX - 1, SECRET_TEXT_BYTES + 1, secret, sizeof secret,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(secret, sizeof secret);

    struct token *fresh = memory_new_array(struct token, 1);
    if (fresh == NULL) return error_set(err, STATUS_NO_MEMORY, "token file: memory");
    hash_token(token, strlen(token), fresh->hash);
    fresh->grant.drop_unknown = drop_unknown;
    fresh->grant.created_ms = now_ms;
    int lock;
    enum status status = lock_all(file, &lock, err);
    if (status == STATUS_OK) {
        status = create_locked(file, fresh, tenants, tenant_count, source, err);
        unlock_all(file, lock);
    }
    memory_free(fresh);
    if (status != STATUS_OK) sodium_memzero(token, TOKEN_TEXT_BYTES);
    return status;
}

static enum status revoke_locked(struct token_file *file, const char *id, struct error *err) {
    TRY(reload(file, err));
    for (uint32_t i = 0; i < file->count; i++) {
        if (strcmp(file->tokens[i]->id, id) == 0) return rewrite(file, file->tokens[i], NULL, err);
    }
    return error_set(err, STATUS_NOT_FOUND, "there is no token %s", id);
}

enum status token_file_revoke(struct token_file *file, const char *id, struct error *err) {
    int lock;
    TRY(lock_all(file, &lock, err));
    enum status status = revoke_locked(file, id, err);
    unlock_all(file, lock);
    return status;
}
