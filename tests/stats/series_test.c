/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a series gives back what was put into it, whatever its size, and wastes little; its extent
 * is that of a plain loop. */
#include "stats/series.h"

#include <stdlib.h>

#include "stats/moments.h"
#include "stats/wide.h"
#include "tests/test.h"

enum { VALUES = 200000 };
static int64_t values[VALUES], copied[VALUES];

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Small, large, and around the border between both. */
static int64_t random_value(uint64_t *seed) {
    switch (test_random(seed) % 4) {
        case 0: return (int64_t)UINT32_MAX - 2 + (int64_t)(test_random(seed) % 5);
        case 1: return (int64_t)(test_random(seed) >> (1 + test_random(seed) % 40));
        default: return (int64_t)(test_random(seed) % 1000000);
    }
}

static void check_against_loop(const struct series *series, size_t count) {
    struct moments moments = {0};
    for (size_t i = 0; i < count; i++) moments_add(&moments, values[i]);
    EXPECT_EQ(series_count(series), count);
    series_copy(series, copied);
    qsort(values, count, sizeof *values, by_value);
    static int widths;
    wide_limit((enum wide_level)(widths++ % 3));
    const struct series_extent extent = series_extent(series);
    EXPECT_EQ(extent.count, count);
    const size_t small = series_small_count(series);
    for (size_t i = 0; i < count; i++) EXPECT_EQ(copied[i] <= UINT32_MAX, i < small);
    static int64_t room[VALUES];
    series_sort(series, copied, room);
    EXPECT(memcmp(values, copied, count * sizeof *values) == 0);
    if (count == 0) {
        EXPECT(isnan(extent.mean));
        return;
    }
    EXPECT(extent.mean == moments_mean(&moments));
    EXPECT_EQ(extent.min, values[0]);
    EXPECT_EQ(extent.max, values[count - 1]);
    EXPECT_EQ(extent.small_max, small == 0 ? 0 : values[small - 1]);
}

TEST(a_series_gives_back_all_its_values) {
    static const size_t counts[] = {0, 1, 2, 17, 1000, VALUES};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        uint64_t seed = c;
        struct arena arena;
        struct series series = {0};
        arena_init(&arena, 16 << 20);
        for (size_t i = 0; i < counts[c]; i++) {
            values[i] = random_value(&seed);
            EXPECT(series_add(&series, &arena, values[i]));
        }
        series_seal(&series);
        check_against_loop(&series, counts[c]);
        arena_free(&arena);
    }
}

TEST(two_series_become_one) {
    uint64_t seed = 3;
    struct arena arena;
    arena_init(&arena, 16 << 20);
    for (int i = 0; i < 50; i++) {
        struct series one = {0}, other = {0};
        size_t count = test_random(&seed) % 3000, first = test_random(&seed) % (count + 1);
        for (size_t v = 0; v < count; v++) {
            values[v] = random_value(&seed);
            EXPECT(series_add(v < first ? &one : &other, &arena, values[v]));
        }
        series_seal(&one);
        series_seal(&other);
        series_take(&one, &other);
        EXPECT_EQ(series_count(&other), 0);
        check_against_loop(&one, count);
        EXPECT(series_add(&one, &arena, values[count] = 5));
        series_seal(&one);
        check_against_loop(&one, count + 1);
    }
    arena_free(&arena);
}

/* Four bytes a small value and eight a large one; at most twice that, however many there are. */
TEST(a_series_keeps_to_its_bytes) {
    for (int large = 0; large < 2; large++) {
        for (size_t count = 1; count < VALUES; count = count * 3 / 2 + 1) {
            struct arena arena;
            struct series series = {0};
            arena_init(&arena, 16 << 20);
            for (size_t i = 0; i < count; i++)
                EXPECT(series_add(&series, &arena, large != 0 ? INT64_C(1) << 40 : 7));
            EXPECT_LE(arena.used_bytes,
                      2 * count * (large != 0 ? 8 : 4) + 2 * SERIES_CHUNK_BYTES_MIN);
            arena_free(&arena);
        }
    }
    struct arena arena;
    struct series series = {0};
    arena_init(&arena, 10000);
    size_t count = 0;
    while (series_add(&series, &arena, 1)) count++;
    EXPECT(count > 1000 && count < 2500);
    series_seal(&series);
    EXPECT_EQ(series_count(&series), count);
    arena_free(&arena);
}
