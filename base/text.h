/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* text: a growing buffer of bytes with a limit, for answers and files that are written piece by
 * piece. Not thread-safe. A refused allocation or the limit makes it `failed`: later writes do
 * nothing, and the writer asks once, at the end. */
struct text {
    char *bytes; /* NUL-terminated when not NULL */
    size_t size;
    size_t capacity;
    size_t limit;
    bool failed;
};

void text_init(struct text *text, size_t limit_bytes);
void text_free(struct text *text);
/* Hands the bytes over to the caller (release with memory_free) and empties the text. */
MUST_USE char *text_take(struct text *text, size_t *size);
void text_clear(struct text *text); /* keeps the memory */

void text_add(struct text *text, const void *bytes, size_t size);
void text_add_string(struct text *text, const char *string); /* NUL-terminated */
void text_add_integer(struct text *text, int64_t integer);   /* decimal */
void text_add_format(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* JSON pieces (RFC 8259). Text that is not UTF-8 is written with U+FFFD. A number that is not
 * finite becomes null; others are the shortest text that reads back to the same double. */
void text_add_json_string(struct text *text, const char *bytes, size_t size);
void text_add_json_number(struct text *text, double number);
/* RFC 3339 in UTC with milliseconds: 2026-10-31T23:00:00.000Z, without quotes. */
void text_add_utc(struct text *text, int64_t utc_ms);

#endif
