/* SPDX-License-Identifier: EUPL-1.2 */
#include "codec/distinct.h"

#include <string.h>

#include "codec/bits.h"

enum {
    TABLE_RANGE_MAX = 4096, /* a table with a place for every value there could be */
    SLOTS = 2 * CODEC_DISTINCT_MAX,
    /* Of 512 rows of 2,048 equally frequent values 453 are different: where more are, there is no
     * small dictionary. */
    PROBE_ROWS = 512,
    PROBE_DISTINCT_MAX = 480
};

static void find_in_table(const uint64_t *words, uint32_t rows, uint64_t low, uint64_t range,
                          struct distinct *distinct) {
    uint16_t rank[TABLE_RANGE_MAX];
    memset(rank, 0, (size_t)(range + 1) * sizeof *rank);
    for (uint32_t i = 0; i < rows; i++) rank[words[i] - low] = 1;
    distinct->count = 0;
    for (uint64_t value = 0; value <= range; value++) {
        if (rank[value] == 0) continue;
        if (distinct->count < CODEC_DISTINCT_MAX) distinct->values[distinct->count] = low + value;
        rank[value] = (uint16_t)distinct->count++;
    }
    if (distinct->count > CODEC_DISTINCT_MAX) return;
    for (uint32_t i = 0; i < rows; i++) distinct->indexes[i] = rank[words[i] - low];
}

/* Values by the order in which they come; false when they are too many. */
static bool collect(const uint64_t *words, uint32_t rows, struct distinct *distinct) {
    uint16_t slots[SLOTS] = {0}; /* 1 + number of the value */
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows; i++) {
        if (i == PROBE_ROWS && count > PROBE_DISTINCT_MAX) return false;
        if (i > 0 && words[i] == words[i - 1]) {
            distinct->indexes[i] = distinct->indexes[i - 1];
            continue;
        }
        uint32_t slot = (uint32_t)((words[i] * UINT64_C(0x9E3779B97F4A7C15)) >> 52) % SLOTS;
        while (slots[slot] != 0 && distinct->values[slots[slot] - 1] != words[i])
            slot = (slot + 1) % SLOTS;
        if (slots[slot] == 0) {
            if (count == CODEC_DISTINCT_MAX) return false;
            distinct->values[count] = words[i];
            slots[slot] = (uint16_t)(++count);
        }
        distinct->indexes[i] = slots[slot] - 1u;
    }
    distinct->count = count;
    return true;
}

/* Sorts (value - low, number) by value, a byte at a time from the lowest. */
static void sort_values(uint32_t rows, uint64_t low, uint64_t range, struct distinct *distinct) {
    uint64_t values[2][CODEC_DISTINCT_MAX];
    uint16_t numbers[2][CODEC_DISTINCT_MAX], rank[CODEC_DISTINCT_MAX];
    const uint32_t count = distinct->count;
    for (uint32_t i = 0; i < count; i++) {
        values[0][i] = distinct->values[i] - low;
        numbers[0][i] = (uint16_t)i;
    }
    unsigned from = 0;
    for (unsigned shift = 0; shift < bits_width(range); shift += 8, from = 1 - from) {
        uint32_t start[257] = {0};
        for (uint32_t i = 0; i < count; i++) start[(values[from][i] >> shift & 255) + 1]++;
        for (unsigned byte = 0; byte < 255; byte++) start[byte + 1] += start[byte];
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t to = start[values[from][i] >> shift & 255]++;
            values[1 - from][to] = values[from][i];
            numbers[1 - from][to] = numbers[from][i];
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        distinct->values[i] = low + values[from][i];
        rank[numbers[from][i]] = (uint16_t)i;
    }
    for (uint32_t i = 0; i < rows; i++) distinct->indexes[i] = rank[distinct->indexes[i]];
}

bool distinct_find(const uint64_t *words, uint32_t rows, uint64_t low, uint64_t high,
                   struct distinct *distinct) {
    const uint64_t range = high - low;
    if (range < TABLE_RANGE_MAX) {
        find_in_table(words, rows, low, range, distinct);
        return distinct->count <= CODEC_DISTINCT_MAX;
    }
    if (!collect(words, rows, distinct)) return false;
    sort_values(rows, low, range, distinct);
    return true;
}
