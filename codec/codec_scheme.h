/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CODEC_CODEC_SCHEME_H
#define CODEC_CODEC_SCHEME_H

#include "codec/codec.h"
#include "codec/words.h"

/* codec_scheme: what codec_encode.c and codec_decode.c agree on. docs/FORMAT.md has the layout.
 *
 * An encoding begins with its scheme, one byte. A scheme may hold encodings of schemes with smaller
 * numbers only: so the depth has an end. `word` is an element of the column, 1, 4 or 8 bytes;
 * arithmetic is modulo its range. */
enum scheme {
    SCHEME_CONST,     /* word */
    SCHEME_PACKED,    /* width[1] word base, bits */
    SCHEME_ZSTD,      /* width[1] word base, size[2] zstd of the bits; width 1, 2, 4 or 8 */
    SCHEME_ASCENT,    /* low width[1] word base, bits: low parts, size[2] bitmap of steps */
    SCHEME_MAGNITUDE, /* zigzag[1] word base, size[2] zstd of the symbols, their bits */
    SCHEME_RUNS,      /* runs[2], encoding of the values, encoding of the lengths (4-byte words) */
    SCHEME_DELTA,     /* word first, encoding of the differences to the value before */
    SCHEME_DICT,      /* distinct[2], encoding of the values, encoding of the indexes */
    SCHEME_UNIT,      /* word unit, word base, encoding of (value - base) / unit */
    SCHEME_DECIMAL,   /* exponent[1], encoding of the integers value * 10^exponent */
    SCHEME_SPARSE,    /* present[2], encoding of the bitmap (1-byte words), of the present values */
    SCHEME_COUNT
};

enum {
    CODEC_DISTINCT_MAX = 2048,
    CODEC_BYTE_INDEXES_MAX = 256, /* dictionaries up to here have indexes of 1 byte, else 4 */
    CODEC_DECIMAL_EXPONENT_MAX = 4,
    CODEC_BITMAP_BYTES = CODEC_ROWS_MAX / 8
};

static inline unsigned codec_index_bytes(uint32_t distinct) {
    return distinct <= CODEC_BYTE_INDEXES_MAX ? 1 : 4;
}

/* Bits of the schemes that an encoding is made of; 0 when it is damaged. For reports. */
uint32_t codec_schemes(enum column_kind kind, const uint8_t *bytes, size_t size, uint32_t rows);

uint64_t codec_absent(enum column_kind kind);
double codec_decimal_scale(unsigned exponent); /* 10^exponent, at most CODEC_DECIMAL_EXPONENT_MAX */

#endif
