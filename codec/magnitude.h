/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CODEC_MAGNITUDE_H
#define CODEC_MAGNITUDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* magnitude: numbers that spread over many sizes, such as the times between events, from
 * milliseconds to months. Each number is split into a symbol of one byte, its size: the place of
 * its leading one and the two bits below it; and the bits below those, as they are. The symbols
 * repeat and are for an entropy coder; the bits are noise and are laid one after the other.
 *
 * Numbers below 8 are their own symbol. For others, with e bits below the leading three, the symbol
 * is 4 * e + the leading three (4..7). Two bits besides the leading one: with none the numbers of
 * one length are too unequal, with three the table of the coder costs what it wins. */
enum { MAGNITUDE_BITS_MAX = 56, MAGNITUDE_SYMBOL_MAX = 4 * MAGNITUDE_BITS_MAX + 7 };
#define MAGNITUDE_NUMBER_MAX ((UINT64_C(1) << (MAGNITUDE_BITS_MAX + 3)) - 1)

static inline unsigned magnitude_bits(uint64_t number) { /* below the leading three */
    return 61u - (unsigned)__builtin_clzll(number | 4);
}
static inline uint8_t magnitude_symbol(uint64_t number) {
    const unsigned bits = magnitude_bits(number);
    return (uint8_t)(4 * bits + (unsigned)(number >> bits));
}
static inline unsigned magnitude_symbol_bits(uint8_t symbol) {
    return symbol < 8 ? 0 : symbol / 4u - 1;
}

/* Numbers are at most MAGNITUDE_NUMBER_MAX. bits: count * 7 + 8 bytes of room. Answers the bytes of
 * `bits` that are used. */
size_t magnitude_split(const uint64_t *numbers, uint32_t count, uint8_t *symbols, uint8_t *bits);

/* Bytes of bits that belong to these symbols; SIZE_MAX when one is no symbol. */
size_t magnitude_bits_bytes(const uint8_t *symbols, uint32_t count);

/* values[i] = base + number i, or with `zigzag` base + the signed number it stands for, cut to
 * `word` bytes. bits: magnitude_bits_bytes(symbols, count) bytes; nothing beyond is read. */
void magnitude_join(const uint8_t *symbols, uint32_t count, const uint8_t *bits, uint64_t base,
                    bool zigzag, unsigned word, void *values);

#endif
