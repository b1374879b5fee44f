/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_BITS_H
#define STORE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bits: the kernels under the codec. Integers at a fixed width of 0..64 bits lie one after the
 * other, least significant bit first, no padding. Pure; plain arrays; the processor's widest
 * instructions are chosen at run time, and every choice gives the same values. */

/* Output arrays have room for this many values behind the last: kernels store whole vectors. */
enum { BITS_SLACK = 16 };

static inline unsigned bits_width(uint64_t largest) {
    return largest == 0 ? 0 : 64u - (unsigned)__builtin_clzll(largest);
}
static inline size_t bits_bytes(uint32_t count, unsigned width) {
    return ((size_t)count * width + 7) / 8;
}

/* out: bits_bytes(count, width) + 8 bytes of room. Values must fit the width. */
void bits_pack(const uint64_t *values, uint32_t count, unsigned width, uint8_t *out);

/* values[i] = base + the i-th integer. bytes: bits_bytes(count, width) readable; nothing beyond is
 * read. values: count + BITS_SLACK. */
void bits_unpack(const uint8_t *bytes, uint32_t count, unsigned width, uint64_t base,
                 uint64_t *values);

uint32_t bits_count(const uint8_t *bitmap, uint32_t rows); /* set bits among the first `rows` */

/* Where bit i of the bitmap is set, values[i] is the next of `dense`, else `absent`. dense holds
 * bits_count(bitmap, rows) values and BITS_SLACK of room. values: rows + BITS_SLACK. */
void bits_expand(const uint8_t *bitmap, uint32_t rows, const uint64_t *dense, uint64_t absent,
                 uint64_t *values);

/* values = starts[0] repeated lengths[0] times, starts[1] ...; the lengths add up to at most what
 * `values` holds, which has BITS_SLACK of room behind. */
void bits_repeat(const uint64_t *starts, const uint64_t *lengths, uint32_t runs, uint64_t *values);

/* For tests: which instructions may be used. */
enum bits_level { BITS_PORTABLE, BITS_AVX512 };
void bits_limit(enum bits_level level);

#endif
