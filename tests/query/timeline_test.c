/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a moment is found in its bucket, however long the buckets are. Method: comparison with a
 * search from the start, at random moments and around every edge. */
#include "query/timeline.h"

#include "event/column.h"
#include "tests/test.h"

enum { EDGES_MAX = 300 };

static uint32_t search(const int64_t *edges, int64_t moment) {
    uint32_t bucket = 0;
    while (moment >= edges[bucket + 1]) bucket++;
    return bucket;
}

static void compare(const struct timeline *timeline, const int64_t *edges, int64_t moment) {
    if (moment < timeline->from_ms || moment >= timeline->to_ms) return;
    EXPECT_EQ(timeline_bucket(timeline, moment), search(edges, moment));
}

TEST(a_moment_is_found_in_its_bucket) {
    /* Nearly of one length, as days and months are; of any length; one tiny among long ones, for
     * which windows are longer than a bucket. */
    for (int shape = 0; shape < 3; shape++) {
        for (uint64_t seed = 1; seed < 40; seed++) {
            uint64_t random = seed;
            struct arena arena;
            struct timeline timeline;
            int64_t edges[EDGES_MAX + 1];
            uint32_t count = 1 + (uint32_t)(test_random(&random) % (EDGES_MAX - 1));
            edges[0] = (int64_t)(test_random(&random) % 2000000000) - 1000000000;
            for (uint32_t i = 0; i < count; i++) {
                uint64_t length = 86400000 - 3600000 * (test_random(&random) % 3);
                if (shape == 1)
                    length = 1 + (test_random(&random) >> (24 + test_random(&random) % 39));
                if (shape == 2) length = i % 7 == 3 ? 1 : UINT64_C(1) << 40;
                edges[i + 1] = edges[i] + (int64_t)length;
            }
            const struct plan plan = {.from_ms = edges[0] + (int64_t)(seed % 3),
                                      .to_ms = edges[count],
                                      .edge_count = count + 1,
                                      .edges = edges};
            arena_init(&arena, 1 << 20);
            EXPECT_OK(timeline_build(&plan, &arena, &timeline));
            EXPECT_EQ(timeline.count, count);
            for (uint32_t i = 0; i <= count; i++)
                for (int64_t off = -1; off <= 1; off++) compare(&timeline, edges, edges[i] + off);
            for (int i = 0; i < 300; i++) {
                uint64_t width = (uint64_t)(edges[count] - edges[0]);
                compare(&timeline, edges, edges[0] + (int64_t)(test_random(&random) % width));
            }
            arena_free(&arena);
        }
    }
}

TEST(a_period_stays_within_the_buckets) {
    static const int64_t edges[] = {100, 200, 300};
    struct arena arena;
    struct timeline timeline;
    arena_init(&arena, 1 << 16);
    struct plan plan = {.from_ms = TIME_ABSENT, .to_ms = TIME_ABSENT};
    EXPECT_OK(timeline_build(&plan, &arena, &timeline));
    EXPECT(timeline.from_ms == TIME_ABSENT && timeline.to_ms == INT64_MAX);
    EXPECT_EQ(timeline.count, 1);
    plan.edge_count = 3;
    plan.edges = edges;
    EXPECT_OK(timeline_build(&plan, &arena, &timeline));
    EXPECT(timeline.from_ms == 100 && timeline.to_ms == 300);
    plan.from_ms = 150;
    plan.to_ms = 250;
    EXPECT_OK(timeline_build(&plan, &arena, &timeline));
    EXPECT(timeline.from_ms == 150 && timeline.to_ms == 250);
    arena_free(&arena);
    arena_init(&arena, 8);
    EXPECT_EQ(timeline_build(&plan, &arena, &timeline), STATUS_NO_MEMORY);
    arena_free(&arena);
}
