/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BENCHMARKS_ENTROPY_H
#define BENCHMARKS_ENTROPY_H

#include <stdint.h>

/* entropy: how few bits a column of a block could take, under simple models. No model is the truth:
 * each says what a coder needs that knows only this of the values. The least of them is what a
 * codec is to be compared with. That a coder must be told how frequent things are is not counted.
 */
enum entropy_model {
    ENTROPY_VALUES,   /* how frequent each value is; and which values there are */
    ENTROPY_AFTER,    /* how frequent it is after the value before; at most 32 values */
    ENTROPY_SIZES,    /* value - least value: how frequent its leading three bits are; the rest is
                         chance */
    ENTROPY_DISTANCES /* the same for differences to the value before */
};
const char *entropy_model_text(enum entropy_model model); /* static */

/* Bits of all values, by the best model; rows: 1..8192. */
double entropy_of(const uint64_t *values, uint32_t rows, enum entropy_model *model);
/* Bits to say which of the rows are present. */
double entropy_of_presence(uint32_t present, uint32_t rows);

#endif
