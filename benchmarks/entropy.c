/* SPDX-License-Identifier: EUPL-1.2 */
#include "benchmarks/entropy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 8192, AFTER_MAX = 32, SIZES = 256 };

const char *entropy_model_text(enum entropy_model model) {
    static const char *const texts[] = {"values", "after", "sizes", "distances"};
    return texts[model];
}

static double bits_of(const uint32_t *counts, uint32_t count, uint32_t total) {
    double bits = 0;
    for (uint32_t i = 0; i < count; i++)
        if (counts[i] > 0) bits -= counts[i] * log2((double)counts[i] / total);
    return bits;
}

double entropy_of_presence(uint32_t present, uint32_t rows) {
    const uint32_t counts[] = {present, rows - present};
    return bits_of(counts, 2, rows);
}

static int by_value(const void *a, const void *b) {
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* Bits of an ascending set that is spread evenly: log2(e) and the logarithm of the mean step each.
 */
static double set_bits(uint32_t count, uint64_t low, uint64_t high) {
    return count * (1.44 + log2(((double)high - (double)low) / count + 1));
}

static double by_values(const uint64_t *sorted, uint32_t rows, uint64_t *distinct,
                        uint32_t *distinct_count) {
    uint32_t counts[ROWS_MAX], count = 0;
    for (uint32_t i = 0; i < rows; i++) {
        if (i > 0 && sorted[i] == sorted[i - 1]) {
            counts[count - 1]++;
            continue;
        }
        distinct[count] = sorted[i];
        counts[count++] = 1;
    }
    *distinct_count = count;
    return bits_of(counts, count, rows) + set_bits(count, sorted[0], sorted[rows - 1]);
}

static double by_value_before(const uint64_t *values, uint32_t rows, const uint64_t *distinct,
                              uint32_t distinct_count) {
    uint32_t counts[AFTER_MAX][AFTER_MAX] = {{0}}, totals[AFTER_MAX] = {0}, before = 0;
    for (uint32_t i = 0; i < rows; i++) {
        const uint64_t *found = bsearch(&values[i], distinct, distinct_count, 8, by_value);
        const uint32_t index = (uint32_t)(found - distinct);
        counts[before][index]++;
        totals[before]++;
        before = index;
    }
    double bits = 0;
    for (uint32_t i = 0; i < distinct_count; i++)
        bits += bits_of(counts[i], distinct_count, totals[i]);
    return bits;
}

/* The leading three bits as a symbol, what is below them as chance. */
static double by_sizes(const uint64_t *numbers, uint32_t rows) {
    uint32_t counts[SIZES] = {0};
    double bits = 0;
    for (uint32_t i = 0; i < rows; i++) {
        const unsigned below = 61u - (unsigned)__builtin_clzll(numbers[i] | 4);
        counts[4 * below + (numbers[i] >> below)]++;
        bits += below;
    }
    return bits + bits_of(counts, SIZES, rows);
}

double entropy_of(const uint64_t *values, uint32_t rows, enum entropy_model *model) {
    static uint64_t sorted[ROWS_MAX], distinct[ROWS_MAX], numbers[ROWS_MAX];
    double bits[4] = {INFINITY, INFINITY, INFINITY, INFINITY};
    memcpy(sorted, values, (size_t)rows * 8);
    qsort(sorted, rows, 8, by_value);
    uint32_t distinct_count;
    bits[ENTROPY_VALUES] = by_values(sorted, rows, distinct, &distinct_count);
    if (distinct_count <= AFTER_MAX)
        bits[ENTROPY_AFTER] = by_value_before(values, rows, distinct, distinct_count);
    uint64_t least = values[0] ^ UINT64_C(1) << 63; /* in the order of signed numbers */
    for (uint32_t i = 0; i < rows; i++) {
        const uint64_t flipped = values[i] ^ UINT64_C(1) << 63;
        least = flipped < least ? flipped : least;
    }
    for (uint32_t i = 0; i < rows; i++) numbers[i] = (values[i] ^ UINT64_C(1) << 63) - least;
    bits[ENTROPY_SIZES] = by_sizes(numbers, rows);
    for (uint32_t i = 0; i < rows; i++) {
        const uint64_t delta = i == 0 ? 0 : values[i] - values[i - 1];
        numbers[i] = (delta << 1) ^ (uint64_t)((int64_t)delta >> 63);
    }
    bits[ENTROPY_DISTANCES] = by_sizes(numbers, rows);
    *model = ENTROPY_VALUES;
    for (int other = ENTROPY_AFTER; other <= ENTROPY_DISTANCES; other++)
        if (bits[other] < bits[*model]) *model = (enum entropy_model)other;
    return bits[*model];
}
