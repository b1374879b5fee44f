/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CODEC_SHAPE_H
#define CODEC_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/codec.h"

/* shape: what the encoder learns about a column in one pass, and from a sample of it. Words are
 * 64 bits; with `sign` they are two's complement. */
struct shape {
    uint64_t low, high; /* in the column's order */
    uint64_t delta_low,
        delta_high; /* of the differences to the value before, signed; 0 for one row */
    uint32_t runs;  /* of equal values */
    bool ascending;
};
void shape_of(const uint64_t *words, uint32_t rows, bool sign, struct shape *shape);

/* Bytes that numbers take by magnitude (codec/magnitude.h), from the entropy of a sample's symbols;
 * SIZE_MAX when one of the sample is too large for it. The numbers are words[i] - base ... */
size_t shape_magnitude_bytes(const uint64_t *words, uint32_t rows, uint64_t base);
/* ... or words[i] as signed numbers ... */
size_t shape_zigzag_bytes(const uint64_t *words, uint32_t rows);
/* ... or the differences to the word before, minus base or as signed numbers. */
size_t shape_delta_bytes(const uint64_t *words, uint32_t rows, uint64_t base, bool zigzag);

#endif
