/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CODEC_WORDS_H
#define CODEC_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* words: kernels over whole arrays of words (codec/word.h), `word` bytes each: 1, 4 or 8. Pure; the
 * processor's widest instructions are chosen at run time, and every choice gives the same values.
 * Nothing beyond what is named is written. */

/* Input arrays of words_expand have room for this many words behind the last. */
enum { WORDS_SLACK = 16 };

/* values[i] = first + values[0] + ... + values[i]. */
void words_sum(uint64_t first, uint32_t count, unsigned word, void *values);

uint32_t words_count(const uint8_t *bitmap, uint32_t rows); /* set bits among the first `rows` */

/* Where bit i of the bitmap is set, values[i] is the next of `dense`, else `absent`. dense holds
 * words_count(bitmap, rows) words and WORDS_SLACK of room. */
void words_expand(const uint8_t *bitmap, uint32_t rows, const void *dense, uint64_t absent,
                  unsigned word, void *values);

/* values[i] = some where bit i of the bitmap is set, else absent. */
void words_presence(const uint8_t *bitmap, uint32_t rows, uint64_t absent, uint64_t some,
                    uint64_t *values);

/* The way back: sets the bitmap where a word is not `absent` and writes those words to dense, which
 * has room for rows + WORDS_SLACK. Answers how many. bitmap: (rows + 7) / 8 bytes. */
uint32_t words_compact(const uint64_t *words, uint32_t rows, uint64_t absent, uint8_t *bitmap,
                       uint64_t *dense);

/* values = starts[0] repeated lengths[0] times, starts[1] ...; the lengths add up to `rows`. */
void words_repeat(const void *starts, const uint32_t *lengths, uint32_t runs, uint32_t rows,
                  unsigned word, void *values);

/* values[i] = table[indexes[i]]; an index has 1 or 4 bytes. False, and nothing written, when one is
 * not below `count`. */
bool words_look_up(const void *indexes, unsigned index_bytes, uint32_t rows, const void *table,
                   uint32_t count, unsigned word, void *values);

/* values[i] = base + unit * values[i]. */
void words_multiply(uint64_t base, uint64_t unit, uint32_t count, unsigned word, void *values);
/* The way back: out[i] = (words[i] - base) / unit. False, and out undefined, when there is a rest.
 */
bool words_divide_exactly(const uint64_t *words, uint32_t count, uint64_t base, uint64_t unit,
                          uint64_t *out);

/* Whole numbers below 2^51 (two's complement) become the doubles number / divisor, in place. */
void words_divide(uint64_t *values, uint32_t count, double divisor);

#endif
