/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef ACCESS_TOKEN_H
#define ACCESS_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* token: the bearer tokens of sources. A token is "pegel_" and 43 characters of base64url (256
 * random bits); only its hash (BLAKE2b-256) is in the file, with the source's name, its tenants and
 * whether it drops unknown fields. The file is JSON, mode 0600, replaced atomically. */
struct token_file;

enum { TOKEN_TENANTS_MAX = 64, TOKEN_TEXT_BYTES = 64, TOKEN_SOURCE_BYTES_MAX = 64 };

struct token_grant {
    const char *id;             /* short public id, to list and revoke by */
    const char *source;         /* [a-z0-9._-]{1,64} */
    uint32_t tenant_count;      /* at least 1 */
    const char *const *tenants; /* ARS, 12 digits, or "*": any (for imports and trials) */
    bool drop_unknown;
    int64_t created_ms;
};

/* An absent file is an empty one. CORRUPT: not such a file. */
MUST_USE enum status token_file_open(const char *path, struct token_file **out, struct error *err);
void token_file_close(struct token_file *file); /* accepts NULL */

/* Any thread. NULL: not known. Re-reads the file when it has changed on disk, at most once a
 * second, so that create and revoke work on a running server. The grant stays valid until
 * token_file_close. */
const struct token_grant *token_file_find(struct token_file *file, const char *token, size_t size);

uint32_t token_file_count(struct token_file *file);
const struct token_grant *token_file_at(struct token_file *file, uint32_t index);

/* Writes the file; `token` receives the secret, NUL-terminated, which is shown once. */
MUST_USE enum status token_file_create(struct token_file *file, const char *source,
                                       const char *const *tenants, uint32_t tenant_count,
                                       bool drop_unknown, int64_t now_ms,
                                       char token[TOKEN_TEXT_BYTES], struct error *err);
/* NOT_FOUND: no token with that id. */
MUST_USE enum status token_file_revoke(struct token_file *file, const char *id, struct error *err);

#endif
