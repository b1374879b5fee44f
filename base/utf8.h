/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* utf8: is this text UTF-8 as RFC 3629 defines it (shortest form, no surrogates, at most U+10FFFF)?
 * Pure functions, any thread. */

/* Length of the longest valid prefix: `size` when all of it is. */
size_t utf8_valid_bytes(const char *text, size_t size);

static inline bool utf8_is_valid(const char *text, size_t size) {
    return utf8_valid_bytes(text, size) == size;
}

#endif
