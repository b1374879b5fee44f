/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef ACCESS_SIGNATURE_H
#define ACCESS_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* signature: Ed25519 (RFC 8032), with which a store signs what it hands out. The secret key is in a
 * file of mode 0600 beside the others; whoever has it can sign in the store's name. Keys and
 * signatures are lower-case hexadecimal texts. */
struct signature_key;

enum {
    SIGNATURE_PUBLIC_TEXT_BYTES = 65, /* 64 digits and a NUL */
    SIGNATURE_TEXT_BYTES = 129,
    SIGNATURE_FINGERPRINT_BYTES = 65 /* SHA-256 of the public key's 32 bytes */
};

/* Opens the key file; `create`: makes it when absent. NOT_FOUND: there is none. FORBIDDEN: others
 * may read it. CORRUPT: no such key. */
MUST_USE enum status signature_key_open(const char *path, bool create, struct signature_key **out,
                                        struct error *err);
void signature_key_close(struct signature_key *key); /* accepts NULL; wipes the key */

void signature_public(const struct signature_key *key, char text[SIGNATURE_PUBLIC_TEXT_BYTES]);
void signature_sign(const struct signature_key *key, const void *bytes, size_t size,
                    char text[SIGNATURE_TEXT_BYTES]);

/* false: not signed by that key, or not the form of a key or signature. */
bool signature_verify(const char *public_text, const char *signature_text, const void *bytes,
                      size_t size);
/* false: not the form of a public key. */
bool signature_fingerprint(const char *public_text, char text[SIGNATURE_FINGERPRINT_BYTES]);

#endif
