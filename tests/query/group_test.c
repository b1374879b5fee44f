/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: groups are found again, whatever their keys look like; nothing that is put in is lost;
 * limits are kept. Method: comparison with plain arrays that are searched from the start. */
#include "query/group.h"

#include "tests/test.h"

enum { KEYS = 3000 };

TEST(every_key_keeps_its_number) {
    /* Keys as groups make them (cell, bucket and step at their places), and any others. */
    for (int pattern = 0; pattern < 4; pattern++) {
        static uint64_t keys[KEYS];
        uint64_t seed = (uint64_t)pattern;
        uint32_t distinct = 0;
        struct arena arena;
        struct interner interner;
        arena_init(&arena, 1 << 20);
        interner_init(&interner, &arena, KEYS);
        for (int i = 0; i < KEYS; i++) {
            uint64_t r = test_random(&seed) % 2000;
            uint64_t key = pattern == 0   ? r << 41
                           : pattern == 1 ? r % 50 << 41 | r / 50 << 25
                           : pattern == 2 ? r
                                          : test_random(&seed);
            uint32_t expected = 0, number;
            while (expected < distinct && keys[expected] != key) expected++;
            if (expected == distinct) keys[distinct++] = key;
            EXPECT_OK(interner_get(&interner, key, &number));
            EXPECT_EQ(number, expected);
        }
        EXPECT_EQ(interner.count, distinct);
        arena_free(&arena);
    }
}

TEST(an_interner_keeps_its_limit_and_its_budget) {
    struct arena arena;
    struct interner interner;
    uint32_t number;
    arena_init(&arena, 1 << 20);
    interner_init(&interner, &arena, 3);
    for (uint64_t key = 10; key < 13; key++) EXPECT_OK(interner_get(&interner, key, &number));
    EXPECT_EQ(interner_get(&interner, 13, &number), STATUS_TOO_LARGE);
    EXPECT_OK(interner_get(&interner, 11, &number));
    EXPECT_EQ(number, 1);
    arena_free(&arena);

    enum status status = STATUS_OK;
    arena_init(&arena, 8192);
    interner_init(&interner, &arena, UINT32_MAX);
    for (uint64_t key = 0; key < 10000 && status == STATUS_OK; key++)
        status = interner_get(&interner, key, &number);
    EXPECT_EQ(status, STATUS_NO_MEMORY);
    for (uint64_t key = 0; key < interner.count; key++) { /* the old ones are still there */
        EXPECT_OK(interner_get(&interner, key, &number));
        EXPECT_EQ(number, key);
    }
    arena_free(&arena);
}

TEST(a_series_gives_back_all_its_values) {
    enum { VALUES = 200000 };
    static int64_t values[VALUES];
    static bool found[VALUES];
    struct arena arena;
    struct series series = {0};
    arena_init(&arena, 16 << 20);
    for (int64_t i = 0; i < VALUES; i++) EXPECT(series_add(&series, &arena, i));
    EXPECT_EQ(series.count, VALUES);
    series_copy(&series, values);
    for (int i = 0; i < VALUES; i++) {
        EXPECT(values[i] >= 0 && values[i] < VALUES && !found[values[i]]);
        found[values[i]] = true;
    }
    EXPECT_LE(arena.used_bytes, 3 * VALUES * sizeof(int64_t)); /* little is wasted */
    arena_free(&arena);
}

TEST(cells_remember_their_codes) {
    struct arena arena;
    struct groups groups;
    uint64_t seed = 5;
    arena_init(&arena, 4 << 20);
    groups_init(&groups, &arena, 2, 3, 1000);
    for (int i = 0; i < 30000; i++) {
        uint32_t codes[3] = {(uint32_t)(test_random(&seed) % 7), (uint32_t)(test_random(&seed) % 3),
                             (uint32_t)(test_random(&seed) % 11) << 20};
        uint32_t cell, bucket = (uint32_t)(test_random(&seed) % 4);
        struct group *group, *again;
        EXPECT_OK(groups_cell(&groups, codes, &cell));
        for (int d = 0; d < 3; d++) EXPECT_EQ(groups.codes[cell * 3 + (uint32_t)d], codes[d]);
        EXPECT_OK(groups_get(&groups, cell, bucket, 9, &group));
        EXPECT_OK(groups_get(&groups, cell, bucket, 9, &again));
        EXPECT(group == again && group->cell == cell && group->bucket == bucket);
        EXPECT_EQ(group->step, 9);
    }
    EXPECT_EQ(groups.cell_count, 7 * 3 * 11);
    EXPECT_EQ(groups.group_count, 7 * 3 * 11 * 4);
    uint32_t cell;
    groups_init(&groups, &arena, 2, 0, 10);
    EXPECT_OK(groups_cell(&groups, NULL, &cell));
    EXPECT_EQ(cell, 0);
    arena_free(&arena);
}
