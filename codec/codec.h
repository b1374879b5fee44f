/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CODEC_CODEC_H
#define CODEC_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "event/column.h"

/* codec: one column of one block as bytes, and back, without loss. Pure: no I/O, no allocation but
 * the thread's zstd contexts; up to a megabyte of stack. The encoder looks at the values once,
 * estimates what each scheme costs to store and to read, and writes the cheapest. The bytes tell
 * how they are read, straight into the column's own type. docs/FORMAT.md has the layout. */
enum { CODEC_ROWS_MAX = 8192 };

/* What the encoder may try. */
enum codec_effort {
    CODEC_FAST, /* no zstd: the write-ahead log */
    CODEC_SMALL /* segments */
};

/* Upper bound of what codec_encode writes for `rows` rows. */
size_t codec_bound(uint32_t rows);

/* values: `rows` elements of the kind's C type, 1..CODEC_ROWS_MAX. out: codec_bound(rows) bytes.
 * Answers the bytes written; 0 when the allocator refuses. */
MUST_USE size_t codec_encode(enum column_kind kind, enum codec_effort effort, const void *values,
                             uint32_t rows, uint8_t *out);

/* Writes `rows` elements of the kind's C type to `values`. Trusts nothing: false when the bytes are
 * not an encoding of exactly that many rows (or when not compression_zstd_ready). */
MUST_USE bool codec_decode(enum column_kind kind, const uint8_t *bytes, size_t size, uint32_t rows,
                           void *values);

/* Of a column of times, only which of them are there: TIME_SOME, else TIME_ABSENT. Reads no more
 * than that takes, so it may not see that the rest is damaged. */
MUST_USE bool codec_decode_presence(const uint8_t *bytes, size_t size, uint32_t rows,
                                    int64_t *times);

/* Fills the column with the kind's absent value. */
void codec_fill_absent(enum column_kind kind, uint32_t rows, void *values);

#endif
