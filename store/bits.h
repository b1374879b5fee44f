/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_BITS_H
#define STORE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bits: arrays of unsigned integers at a fixed width of 0..64 bits, least significant bit first, no
 * padding between values. Pure. */

static inline unsigned bits_width(uint64_t largest) {
    return largest == 0 ? 0 : 64u - (unsigned)__builtin_clzll(largest);
}
static inline size_t bits_bytes(uint32_t count, unsigned width) {
    return ((size_t)count * width + 7) / 8;
}

/* out: bits_bytes(count, width) + 8 bytes of room. Values must fit the width. */
void bits_pack(const uint64_t *values, uint32_t count, unsigned width, uint8_t *out);

/* bytes: exactly bits_bytes(count, width) readable bytes. values[i] = base + the i-th integer. */
void bits_unpack(const uint8_t *bytes, uint32_t count, unsigned width, uint64_t base,
                 uint64_t *values);

#endif
