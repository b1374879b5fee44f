/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>

/* sha256: the hash of FIPS 180-4, for fingerprints that others check with their own tools. Pure,
 * any thread. */
enum { SHA256_TEXT_BYTES = 65 };

/* 64 lower-case hexadecimal digits and a NUL. */
void sha256_text(const void *bytes, size_t size, char text[SHA256_TEXT_BYTES]);

#endif
