/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef EVENT_DICTIONARY_H
#define EVENT_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* dictionary: numbers for strings. Code 0 is the absent string; the others count up from 1 in the
 * order in which strings were first seen. A batch has one of its own, the store has one for good.
 *
 * One thread adds. Any thread may meanwhile read texts of codes that it was handed through a
 * snapshot: entries never move and never change. dictionary_find is for the adding thread, or for
 * any thread that is given a count by a snapshot (it ignores codes above it). */
struct dictionary;

enum { DICTIONARY_TEXT_BYTES_MAX = 255, DICTIONARY_CODES_MAX = 1 << 24 };

MUST_USE struct dictionary *dictionary_create(void);  /* NULL: no memory */
void dictionary_free(struct dictionary *dictionary);  /* accepts NULL */
void dictionary_clear(struct dictionary *dictionary); /* keeps memory; only while nobody reads */

/* Code of the string, added when it is new. 0 when size is 0. UINT32_MAX: no memory, or the
 * dictionary holds DICTIONARY_CODES_MAX strings. size at most DICTIONARY_TEXT_BYTES_MAX. */
uint32_t dictionary_code(struct dictionary *dictionary, const char *text, size_t size);
/* 0 when the string is not there (or empty). */
uint32_t dictionary_find(const struct dictionary *dictionary, const char *text, size_t size);
/* NUL-terminated, lives as long as the dictionary. Code 0 is "". */
const char *dictionary_text(const struct dictionary *dictionary, uint32_t code, size_t *size);
/* A 64-bit hash of the string: the same in every dictionary and every run. */
uint64_t dictionary_hash(const struct dictionary *dictionary, uint32_t code);
uint32_t dictionary_count(const struct dictionary *dictionary); /* codes 0..count-1 are valid */

#endif
