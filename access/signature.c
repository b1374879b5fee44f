/* SPDX-License-Identifier: EUPL-1.2 */
#include "access/signature.h"

#include <string.h>

#include <sodium.h>

#include "access/private_file.h"
#include "base/memory.h"
#include "base/sha256.h"

/* The file: this line, then the seed as 64 hexadecimal digits. */
static const char head[] = "pegel-ed25519 ";
enum {
    SEED_BYTES = crypto_sign_SEEDBYTES,
    PUBLIC_BYTES = crypto_sign_PUBLICKEYBYTES,
    OTHERS = 077 /* of a file's mode */
};

struct signature_key {
    unsigned char public[PUBLIC_BYTES];
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
};

static bool from_hex(const char *text, size_t text_size, unsigned char *out, size_t size) {
    size_t used = 0;
    const char *end = text;
    for (size_t at = 0; at < text_size; at++)
        if (text[at] >= 'A' && text[at] <= 'F') return false; /* one text of one key */
    return text_size == 2 * size &&
           sodium_hex2bin(out, size, text, text_size, NULL, &used, &end) == 0 && used == size &&
           end == text + text_size;
}

static enum status read_seed(const char *path, unsigned char seed[SEED_BYTES], struct error *err) {
    char *bytes;
    size_t size;
    TRY(private_file_read(path, OTHERS, &bytes, &size, err));
    const size_t prefix = strlen(head);
    size_t end = size;
    if (end > 0 && bytes[end - 1] == '\n') end--;
    const bool whole = end > prefix && memcmp(bytes, head, prefix) == 0 &&
                       from_hex(bytes + prefix, end - prefix, seed, SEED_BYTES);
    sodium_memzero(bytes, size);
    memory_free(bytes);
    return whole ? STATUS_OK : error_set(err, STATUS_CORRUPT, "%s is no key to sign with", path);
}

static enum status create_seed(const char *path, unsigned char seed[SEED_BYTES],
                               struct error *err) {
    char text[sizeof head + 2 * SEED_BYTES + 1];
    const size_t prefix = strlen(head);
    randombytes_buf(seed, SEED_BYTES);
    memcpy(text, head, sizeof head);
    sodium_bin2hex(text + prefix, 2 * SEED_BYTES + 1, seed, SEED_BYTES);
    text[prefix + (size_t)2 * SEED_BYTES] = '\n';
    const enum status status =
        private_file_replace(path, text, prefix + (size_t)2 * SEED_BYTES + 1, false, err);
    sodium_memzero(text, sizeof text);
    return status;
}

enum status signature_key_open(const char *path, bool create, struct signature_key **out,
                               struct error *err) {
    unsigned char seed[SEED_BYTES];
    *out = NULL;
    if (sodium_init() < 0) return error_set(err, STATUS_IO, "signature: libsodium does not start");
    enum status status = read_seed(path, seed, err);
    if (status == STATUS_NOT_FOUND && create) status = create_seed(path, seed, err);
    if (status != STATUS_OK) return status;
    struct signature_key *key = memory_new_array(struct signature_key, 1);
    if (key == NULL) {
        sodium_memzero(seed, sizeof seed);
        return error_set(err, STATUS_NO_MEMORY, "signature: no memory");
    }
    crypto_sign_seed_keypair(key->public, key->secret, seed);
    sodium_memzero(seed, sizeof seed);
    *out = key;
    return STATUS_OK;
}

void signature_key_close(struct signature_key *key) {
    if (key == NULL) return;
    sodium_memzero(key, sizeof *key);
    memory_free(key);
}

void signature_public(const struct signature_key *key, char text[SIGNATURE_PUBLIC_TEXT_BYTES]) {
    sodium_bin2hex(text, SIGNATURE_PUBLIC_TEXT_BYTES, key->public, PUBLIC_BYTES);
}

void signature_sign(const struct signature_key *key, const void *bytes, size_t size,
                    char text[SIGNATURE_TEXT_BYTES]) {
    unsigned char signature[crypto_sign_BYTES];
    crypto_sign_detached(signature, NULL, bytes, size, key->secret);
    sodium_bin2hex(text, SIGNATURE_TEXT_BYTES, signature, sizeof signature);
}

bool signature_verify(const char *public_text, const char *signature_text, const void *bytes,
                      size_t size) {
    unsigned char public[PUBLIC_BYTES], signature[crypto_sign_BYTES];
    if (sodium_init() < 0) return false;
    return from_hex(public_text, strlen(public_text), public, sizeof public) &&
           from_hex(signature_text, strlen(signature_text), signature, sizeof signature) &&
           crypto_sign_verify_detached(signature, bytes, size, public) == 0;
}

bool signature_fingerprint(const char *public_text, char text[SIGNATURE_FINGERPRINT_BYTES]) {
    unsigned char public[PUBLIC_BYTES];
    if (!from_hex(public_text, strlen(public_text), public, sizeof public)) return false;
    sha256_text(public, sizeof public, text);
    return true;
}
