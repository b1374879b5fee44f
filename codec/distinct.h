/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CODEC_DISTINCT_H
#define CODEC_DISTINCT_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/codec_scheme.h"

/* distinct: the different values of a column, when they are few, and which each row has. */
struct distinct {
    uint32_t count;
    uint64_t values[CODEC_DISTINCT_MAX]; /* ascending, unsigned, after subtracting `low` */
    uint64_t indexes[CODEC_ROWS_MAX];
};

/* False when there are more than CODEC_DISTINCT_MAX, which mostly shows in the first rows. low and
 * high bound the words. */
bool distinct_find(const uint64_t *words, uint32_t rows, uint64_t low, uint64_t high,
                   struct distinct *distinct);

#endif
