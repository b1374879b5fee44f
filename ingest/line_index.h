/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_LINE_INDEX_H
#define INGEST_LINE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* line_index: where the quotes of a line are, 64 bytes at a step. Knowing them all beforehand, the
 * decoder need not wait for the end of one value to begin with the next. Pure, any thread. */

enum {
    LINE_INDEX_QUOTES_MAX = 256, /* of an event with every field: 76 for the names and texts */
    LINE_INDEX_BYTES_MAX = 1 << 15,
    LINE_INDEX_PADDING_BYTES = 16 /* what may be read behind a line that has an index */
};

struct line_index {
    uint32_t size;        /* of the line: up to its first control character, which ends it */
    uint32_t quote_count; /* even or odd */
    bool ascii;
    uint16_t quotes[LINE_INDEX_QUOTES_MAX + 64]; /* offsets in the line; beyond them, anything */
};

/* Looks at the line that begins at `at`. False, and then nothing is said about it: it has a
 * backslash, more quotes or bytes than an index holds, or ends too close to `readable`, the end of
 * what may be read, for whole steps and LINE_INDEX_PADDING_BYTES behind them. */
bool line_index_make(const char *at, const char *readable, struct line_index *index);

/* For tests: use no more than this of the processor, whatever it can. */
enum line_index_level { LINE_INDEX_PORTABLE, LINE_INDEX_AVX2, LINE_INDEX_AVX512 };
void line_index_limit(enum line_index_level level);

#endif
