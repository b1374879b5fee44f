/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CODEC_BITS_H
#define CODEC_BITS_H

#include <stddef.h>
#include <stdint.h>

/* bits: integers at a fixed width of 0..64 bits, one after the other, least significant bit first,
 * no padding. Pure; plain arrays; the processor's widest instructions are chosen at run time
 * (base/cpu.h), and every choice gives the same values. */

static inline unsigned bits_width(uint64_t largest) {
    return largest == 0 ? 0 : 64u - (unsigned)__builtin_clzll(largest);
}
static inline size_t bits_bytes(uint32_t count, unsigned width) {
    return ((size_t)count * width + 7) / 8;
}

/* Packs values[i] - base, which must fit the width. out: bits_bytes(count, width) + 8 bytes of
 * room. */
void bits_pack(const uint64_t *values, uint32_t count, unsigned width, uint64_t base, uint8_t *out);

/* values[i] = base + the i-th integer, cut to `word` bytes: 1, 4 or 8. Nothing beyond
 * bits_bytes(count, width) bytes is read and nothing beyond `count` words written. */
void bits_unpack(const uint8_t *bytes, uint32_t count, unsigned width, uint64_t base, unsigned word,
                 void *values);

#endif
