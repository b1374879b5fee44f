/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CODEC_ASCENT_H
#define CODEC_ASCENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ascent: numbers in ascending order, such as sorted pseudonyms, after Elias and Fano. The low bits
 * of each are packed at a fixed width; what is above them goes up in small steps and is written as
 * steps: number i with high part h is the bit h + i of a bitmap. For random numbers that is 2 bits
 * and a little above their entropy less 1.44, and there is nothing to add up. */

/* The width of the low bits that makes the whole smallest, for numbers up to `highest`. */
unsigned ascent_low_width(uint32_t count, uint64_t highest);
/* Bytes of the bitmap of steps. */
size_t ascent_steps_bytes(uint32_t count, unsigned low_width, uint64_t highest);

/* Writes the bitmap for words[i] - base, which ascend. */
void ascent_put_steps(const uint64_t *words, uint32_t count, uint64_t base, unsigned low_width,
                      uint8_t *steps, size_t size);

/* values hold the low bits; adds base and the high parts. False, and values undefined, when the
 * bitmap has not exactly `count` bits set. */
bool ascent_add_steps(const uint8_t *steps, size_t size, uint32_t count, unsigned low_width,
                      uint64_t base, unsigned word, void *values);

#endif
