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
        struct lookup lookup;
        arena_init(&arena, 1 << 20);
        lookup_init(&lookup, &arena);
        for (int i = 0; i < KEYS; i++) {
            uint64_t r = test_random(&seed) % 2000;
            uint64_t key = pattern == 0   ? r << 41
                           : pattern == 1 ? r % 50 << 41 | r / 50 << 25
                           : pattern == 2 ? r
                                          : test_random(&seed);
            uint32_t expected = 0, number;
            while (expected < distinct && keys[expected] != key) expected++;
            EXPECT_EQ(lookup_find(&lookup, key, &number), expected < distinct);
            if (expected < distinct) {
                EXPECT_EQ(number, expected);
                continue;
            }
            keys[distinct] = key;
            EXPECT_OK(lookup_put(&lookup, key, distinct++));
        }
        EXPECT_EQ(lookup.count, distinct);
        arena_free(&arena);
    }
}

TEST(a_lookup_keeps_its_budget_and_what_it_has) {
    struct arena arena;
    struct lookup lookup;
    uint32_t number;
    enum status status = STATUS_OK;
    arena_init(&arena, 8192);
    lookup_init(&lookup, &arena);
    for (uint32_t key = 0; key < 10000 && status == STATUS_OK; key++)
        status = lookup_put(&lookup, key, key);
    EXPECT_EQ(status, STATUS_NO_MEMORY);
    for (uint32_t key = 0; key < lookup.count; key++) {
        EXPECT(lookup_find(&lookup, key, &number));
        EXPECT_EQ(number, key);
    }
    EXPECT(!lookup_find(&lookup, 10001, &number));
    arena_free(&arena);
}

/* Small numbers, which a table holds; large ones, which it does not; both at once, so that the
 * table grows while others are beside it. */
TEST(every_pair_keeps_its_number_in_the_table_and_beside_it) {
    static const uint32_t firsts[] = {5, 1, 2000, 40, 3000000},
                          seconds[] = {7, 900000, 2000, 40, 9};
    for (uint32_t pattern = 0; pattern < 5; pattern++) {
        static struct { uint32_t first, second; } pairs_seen[KEYS];
        uint64_t seed = pattern;
        uint32_t distinct = 0;
        struct arena arena;
        struct pairs pairs;
        arena_init(&arena, 64 << 20);
        pairs_init(&pairs, &arena, KEYS);
        for (int i = 0; i < KEYS; i++) {
            uint32_t first = (uint32_t)test_random(&seed) % firsts[pattern];
            uint32_t second = (uint32_t)test_random(&seed) % seconds[pattern];
            if (i % 3 != 0) first %= 7, second %= 11; /* most are near the corner */
            uint32_t expected = 0, number;
            while (expected < distinct &&
                   (pairs_seen[expected].first != first || pairs_seen[expected].second != second))
                expected++;
            uint32_t looked = pairs_look(&pairs, first + 1, second);
            EXPECT(looked == 0 || looked == expected + 1);
            EXPECT(expected < distinct || looked == 0);
            if (expected == distinct) {
                pairs_seen[distinct].first = first;
                pairs_seen[distinct++].second = second;
            }
            EXPECT_OK(pairs_get(&pairs, first, second, &number));
            EXPECT_EQ(number, expected);
            EXPECT_EQ(pairs_look(&pairs, 0, second), 0);
        }
        EXPECT_EQ(pairs.count, distinct);
        EXPECT_EQ(pairs.others.count > 0, pattern == 2 || pattern == 4);
        arena_free(&arena);
    }
}

TEST(pairs_keep_their_limit_and_their_budget) {
    struct arena arena;
    struct pairs pairs;
    uint32_t number;
    arena_init(&arena, 1 << 20);
    pairs_init(&pairs, &arena, 3);
    for (uint32_t i = 10; i < 13; i++) EXPECT_OK(pairs_get(&pairs, i, 1, &number));
    EXPECT_EQ(pairs_get(&pairs, 13, 1, &number), STATUS_TOO_LARGE);
    EXPECT_EQ(pairs_get(&pairs, 1u << 30, 1, &number), STATUS_TOO_LARGE);
    EXPECT_OK(pairs_get(&pairs, 11, 1, &number));
    EXPECT_EQ(number, 1);
    arena_free(&arena);
    arena_init(&arena, 8192);
    pairs_init(&pairs, &arena, UINT32_MAX);
    EXPECT_OK(pairs_get(&pairs, 0, 1, &number));
    EXPECT_EQ(pairs_get(&pairs, 0, 5000, &number), STATUS_NO_MEMORY);
    EXPECT_OK(pairs_get(&pairs, 0, 1, &number));
    EXPECT_EQ(number, 0);
    arena_free(&arena);
}

/* Codes that a table holds and codes that it does not; few buckets and too many for the table. */
static void remember(uint32_t code_shift, uint32_t buckets) {
    struct arena arena;
    struct groups groups;
    uint64_t seed = 5;
    arena_init(&arena, 64 << 20);
    EXPECT_OK(groups_init(&groups, &arena, 2, 3, buckets, 5000));
    groups.amount_first[1] = 77;
    for (int i = 0; i < 30000; i++) {
        uint32_t codes[3] = {(uint32_t)(test_random(&seed) % 7), (uint32_t)(test_random(&seed) % 3),
                             (uint32_t)(test_random(&seed) % 11) << code_shift};
        uint32_t cell, bucket = 1 + (uint32_t)(test_random(&seed) % 4) * (buckets - 2) / 3;
        struct group *group, *again;
        EXPECT_OK(groups_cell(&groups, codes, &cell));
        for (int d = 0; d < 3; d++) EXPECT_EQ(groups.codes[cell * 3 + (uint32_t)d], codes[d]);
        EXPECT_OK(groups_get(&groups, cell, bucket, 0, &group));
        EXPECT_OK(groups_get(&groups, cell, bucket, 0, &again));
        EXPECT(group == again && group->cell == cell && group->bucket == bucket);
        EXPECT_EQ(group->tally[1].amount, 77);
        struct group *looked = groups_look(&groups, cell + 1, bucket);
        EXPECT(looked == group || (looked == NULL && cell >= groups.table_cells));
        EXPECT(groups_look(&groups, 0, bucket) == NULL);
        EXPECT(groups_look(&groups, cell + 1, BUCKET_NOWHERE) == groups.nowhere);
        EXPECT_OK(groups_get(&groups, cell, bucket, 9, &again));
        EXPECT(group != again && again->cell == cell && again->bucket == bucket);
        EXPECT_EQ(again->step, 9);
    }
    EXPECT_EQ(groups.cell_count, 7 * 3 * 11);
    EXPECT_EQ(groups.group_count, 7 * 3 * 11 * 4 * 2);
    EXPECT_EQ(groups.table_cells >= groups.cell_count, buckets < 1000);
    arena_free(&arena);
}

TEST(cells_remember_their_codes) {
    remember(0, 5);
    remember(20, 5);
    remember(3, 20001);
    struct arena arena;
    struct groups groups;
    uint32_t cell;
    arena_init(&arena, 4 << 20);
    EXPECT_OK(groups_init(&groups, &arena, 2, 0, 2, 10));
    EXPECT_OK(groups_cell(&groups, NULL, &cell));
    EXPECT_EQ(cell, 0);
    arena_free(&arena);
}
