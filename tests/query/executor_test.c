/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: what all KPIs share holds at its edges: nothing there, nothing asked for, too much asked
 * for, damage, no memory. */
#include "base/memory.h"
#include "query/group.h"
#include "tests/query/reference_world.h"

static struct question question;

static void one_case(uint64_t *seed, int64_t received, int64_t decided) {
    int64_t *row = world_add(seed, PURPOSE_CASE);
    row[CASE_RECEIVED] = received;
    row[CASE_DECIDED] = row[CASE_END_LAST] = decided;
    world_extent(PURPOSE_CASE, row);
}

static void ask_plainly(enum kpi_id kpi) {
    uint64_t seed = 1;
    question_random(&question, kpi, &seed);
    question.plan = (struct plan){.definition = kpi_get(kpi),
                                  .from_ms = TIME_ABSENT,
                                  .to_ms = TIME_ABSENT,
                                  .as_of_ms = WORLD_FROM_MS + 200 * WORLD_DAY_MS,
                                  .zone = "Europe/Berlin"};
    question.plan.purpose = kpi_get(kpi)->purpose;
    if (kpi_get(kpi)->ages) question.plan.ages[question.plan.age_count++] = 30;
    if (kpi_get(kpi)->calendar) question_calendar(&question);
    if (kpi_get(kpi)->deadline) question_limits(&question, NULL, NULL, "3m");
}

TEST(an_empty_store_answers_every_kpi_with_no_data) {
    uint64_t seed = 1;
    world_clear(&seed);
    for (int kpi = 0; kpi < KPI_COUNT; kpi++) {
        if (kpi == KPI_ROI) continue; /* needs assumptions */
        ask_plainly((enum kpi_id)kpi);
        EXPECT_OK(question_ask(&question));
        EXPECT_EQ(question.result.state, RESULT_NO_DATA);
        if (kpi == KPI_INVENTORY) {
            EXPECT_EQ(question.result.row_count, 0);
            EXPECT(question.result.column_count > 5);
        } else {
            EXPECT_EQ(question.result.row_count, kpi == KPI_FUNNEL ? 2 : 1);
            EXPECT(isnan(number_at(&question, 0, "value")));
            EXPECT_EQ(integer_at(&question, 0, "n"), 0);
            EXPECT_EQ(cell_at(&question, 0, "coverage")->kind, CELL_ABSENT);
        }
        question.plan.by_count = 1;
        question.plan.by[0] = DIMENSION_SERVICE;
        EXPECT_OK(question_ask(&question));
        EXPECT_EQ(question.result.row_count, 0);
        EXPECT_TEXT(question.result.columns[0].name, "service");
        question_end(&question);
    }
}

TEST(a_single_case_is_its_own_quantile) {
    uint64_t seed = 2;
    world_clear(&seed);
    one_case(&seed, WORLD_FROM_MS, WORLD_FROM_MS + 1234);
    ask_plainly(KPI_PROCESSING_TIME);
    question.plan.quantile_count = 2;
    question.plan.quantiles[0] = 0;
    question.plan.quantiles[1] = 1;
    EXPECT_OK(question_ask(&question));
    EXPECT(number_at(&question, 0, "value") == 1.234);
    EXPECT(number_at(&question, 0, "p0") == 1.234);
    EXPECT(number_at(&question, 0, "p100") == 1.234);
    EXPECT(isnan(number_at(&question, 0, "lo")));
    EXPECT_TEXT(text_at(&question, 0, "state"), "few");
    EXPECT_EQ(question.result.state, RESULT_FEW);
    question_end(&question);
}

TEST(as_many_quantiles_as_a_plan_may_have_are_answered) {
    uint64_t seed = 2;
    world_clear(&seed);
    for (int i = 0; i <= 1000; i++) one_case(&seed, WORLD_FROM_MS, WORLD_FROM_MS + i * 1000);
    ask_plainly(KPI_PROCESSING_TIME);
    question.plan.quantile_count = PLAN_QUANTILES_MAX;
    for (int i = 0; i < PLAN_QUANTILES_MAX; i++) question.plan.quantiles[i] = i / 100.0 + 0.01;
    EXPECT_OK(question_ask(&question));
    EXPECT(number_at(&question, 0, "value") == 500);
    EXPECT(number_at(&question, 0, "min") == 0);
    EXPECT(number_at(&question, 0, "max") == 1000);
    EXPECT_NEAR(number_at(&question, 0, "p16"), 160, 1e-9);
    EXPECT_NEAR(number_at(&question, 0, "p7"), 70, 1e-9);
    question_end(&question);
}

TEST(values_that_nobody_has_filter_everything_out) {
    static const char *values[] = {"unheard-of"};
    uint64_t seed = 3;
    world_clear(&seed);
    one_case(&seed, WORLD_FROM_MS, WORLD_FROM_MS + 1234);
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        if (dimension == DIMENSION_STEP || dimension == DIMENSION_TYPE) continue;
        ask_plainly(KPI_PROCESSING_TIME);
        question.plan.filter[dimension] = (struct plan_filter){.count = 1, .values = values};
        EXPECT_OK(question_ask(&question));
        EXPECT_EQ(integer_at(&question, 0, "n"), 0);
        question_end(&question);
    }
}

TEST(steps_are_refused_where_there_are_none) {
    uint64_t seed = 4;
    static const char *values[] = {"person"};
    world_clear(&seed);
    ask_plainly(KPI_PROCESSING_TIME);
    question.plan.by_count = 1;
    question.plan.by[0] = DIMENSION_STEP;
    EXPECT_EQ(question_ask(&question), STATUS_INVALID);
    question.plan.by_count = 0;
    question.plan.filter[DIMENSION_STEP] = (struct plan_filter){.count = 1, .values = values};
    EXPECT_EQ(question_ask(&question), STATUS_INVALID);
    question_end(&question);
}

TEST(damage_is_reported_and_not_answered) {
    uint64_t seed = 5;
    world_clear(&seed);
    for (int i = 0; i < 300; i++) one_case(&seed, WORLD_FROM_MS, WORLD_FROM_MS + i);
    world.fail_at_block = 2;
    ask_plainly(KPI_PROCESSING_TIME);
    EXPECT_EQ(question_ask(&question), STATUS_CORRUPT);
    question_end(&question);
}

TEST(a_query_over_its_budget_fails_alone) {
    uint64_t seed = 6;
    int failures = 0;
    world_clear(&seed);
    for (int i = 0; i < 2000; i++) one_case(&seed, WORLD_FROM_MS + i, WORLD_FROM_MS + 3 * i);
    for (size_t budget = 1000; budget < 4u << 20; budget += 9973) {
        ask_plainly(KPI_PROCESSING_TIME);
        question.plan.by_count = 2;
        question.plan.by[0] = DIMENSION_OFFICE;
        question.plan.by[1] = DIMENSION_CHANNEL;
        question.arena.budget_bytes = question.arena.used_bytes + budget;
        enum status status = question_ask(&question);
        if (status == STATUS_OK) {
            EXPECT_EQ(total_of(&question, "n"), 2000);
        } else {
            EXPECT_EQ(status, STATUS_NO_MEMORY);
            failures++;
        }
        question_end(&question);
    }
    EXPECT(failures > 10);
}

TEST(more_rows_than_an_answer_may_have_are_too_large) {
    uint64_t seed = 7;
    world_clear(&seed);
    for (int i = 0; i < 200; i++) one_case(&seed, WORLD_FROM_MS, WORLD_FROM_MS + i);
    enum { EDGES = 1501 };
    static int64_t edges[EDGES];
    static const char *names[EDGES];
    for (int i = 0; i < EDGES; i++) {
        edges[i] = WORLD_FROM_MS + i * 60000;
        names[i] = "minute";
    }
    ask_plainly(KPI_BACKLOG); /* every bucket of every cell */
    question.plan.edge_count = EDGES;
    question.plan.edges = edges;
    question.plan.bucket_names = names;
    question.plan.bucket = BUCKET_HOUR;
    question.plan.by_count = 5;
    question.plan.by[0] = DIMENSION_TENANT;
    question.plan.by[1] = DIMENSION_SERVICE;
    question.plan.by[2] = DIMENSION_OFFICE;
    question.plan.by[3] = DIMENSION_CHANNEL;
    question.plan.by[4] = DIMENSION_LANG;
    EXPECT_EQ(question_ask(&question), STATUS_TOO_LARGE);
    EXPECT(strstr(question.error.text, "200000") != NULL);
    question_end(&question);
}

/* 29 March 2026 has 23 hours: what happens at its edges falls into the right day. */
TEST(a_day_of_23_hours_holds_what_happened_in_it) {
    static const int64_t edges[] = {INT64_C(1774652400000), INT64_C(1774738800000),
                                    INT64_C(1774821600000), INT64_C(1774908000000)};
    static const char *names[] = {"2026-03-28", "2026-03-29", "2026-03-30"};
    uint64_t seed = 8;
    world_clear(&seed);
    one_case(&seed, edges[0], edges[1] - 1);
    one_case(&seed, edges[0], edges[1]);
    one_case(&seed, edges[0], edges[2] - 1);
    one_case(&seed, edges[0], edges[2]);
    one_case(&seed, edges[0], edges[3]);
    ask_plainly(KPI_PROCESSING_TIME);
    question.plan.edge_count = 4;
    question.plan.edges = edges;
    question.plan.bucket_names = names;
    question.plan.bucket = BUCKET_DAY;
    question.plan.from_ms = edges[0];
    question.plan.to_ms = edges[3];
    EXPECT_OK(question_ask(&question));
    EXPECT_EQ(edges[2] - edges[1], 23 * 3600000);
    EXPECT_EQ(question.result.row_count, 3);
    EXPECT_EQ(integer_at(&question, 0, "n"), 1);
    EXPECT_EQ(integer_at(&question, 1, "n"), 2);
    EXPECT_EQ(integer_at(&question, 2, "n"), 1);
    EXPECT(number_at(&question, 1, "min") == 86400);
    EXPECT_TEXT(text_at(&question, 1, "day"), "2026-03-29");
    question_end(&question);
}

TEST(an_answer_does_not_depend_on_the_order_of_rows_or_the_size_of_blocks) {
    uint64_t seed = 9;
    world_clear(&seed);
    for (int i = 0; i < 500; i++) one_case(&seed, random_time(&seed), random_time(&seed));
    ask_plainly(KPI_PROCESSING_TIME);
    question.plan.by_count = 1;
    question.plan.by[0] = DIMENSION_OFFICE;
    EXPECT_OK(question_ask(&question));
    struct result first = question.result;
    for (uint32_t i = 0; i < 500; i++) {
        uint32_t j = (uint32_t)random_below(&seed, 500);
        int64_t moved[JOURNEY_COLUMN_COUNT_MAX];
        memcpy(moved, world.journey[PURPOSE_CASE][i], sizeof moved);
        memcpy(world.journey[PURPOSE_CASE][i], world.journey[PURPOSE_CASE][j], sizeof moved);
        memcpy(world.journey[PURPOSE_CASE][j], moved, sizeof moved);
    }
    world.block_rows = SNAPSHOT_BLOCK_ROWS_MAX;
    EXPECT_OK(question_ask(&question));
    expect_same(&first, &question.result);
    question_end(&question);
}

/* --- memory --- */

static void ask_for_quantiles(enum kpi_view view, bool threads) {
    ask_plainly(KPI_PROCESSING_TIME);
    world.block_rows = threads ? 64 : 63; /* see fake_snapshot.h */
    question.plan.view = view;
    question.plan.quantile_count = 3;
    question.plan.by_count = 1;
    question.plan.by[0] = DIMENSION_OFFICE;
}

/* Whatever the budget is, the answer is the whole one or none, and says what to do. */
TEST(a_budget_holds_for_all_threads_together) {
    uint64_t seed = 12;
    world_clear(&seed);
    for (int i = 0; i < 4000; i++)
        one_case(&seed, WORLD_FROM_MS, WORLD_FROM_MS + (int64_t)random_below(&seed, 1ull << 34));
    for (int way = 0; way < 4; way++) {
        const enum kpi_view view = way % 2 == 0 ? VIEW_CLOSING : VIEW_INTAKE;
        struct question whole;
        ask_for_quantiles(view, way / 2 == 1);
        EXPECT_OK(question_ask(&question));
        whole = question;
        int refused = 0, answered = 0;
        for (size_t budget = 20000; budget < 3u << 20; budget += budget / 8) {
            ask_for_quantiles(view, way / 2 == 1);
            question.arena.budget_bytes = question.arena.used_bytes + budget;
            const size_t allowed = question.arena.budget_bytes;
            if (question_ask(&question) == STATUS_OK) {
                answered++;
                expect_same(&whole.result, &question.result);
            } else {
                refused++;
                EXPECT(strstr(question.error.text, "question_bytes") != NULL ||
                       strstr(question.error.text, "fake") != NULL);
            }
            EXPECT_EQ(question.arena.budget_bytes, allowed);
            EXPECT(question.arena.used_bytes <= allowed);
            question_end(&question);
        }
        EXPECT(refused > 5 && answered > 0);
        question_end(&whole);
    }
}

TEST(an_allocation_that_fails_fails_the_question_alone) {
    uint64_t seed = 13;
    world_clear(&seed);
    for (int i = 0; i < 4000; i++) one_case(&seed, WORLD_FROM_MS, WORLD_FROM_MS + 3 * i);
    ask_for_quantiles(VIEW_CLOSING, true);
    EXPECT_OK(question_ask(&question));
    struct question whole = question;
    bool failed = true;
    for (size_t after = 0; failed && after < 10000; after++) {
        ask_for_quantiles(VIEW_CLOSING, true);
        (void)memory_fail_after(after);
        const enum status status = question_ask(&question);
        failed = !memory_fail_after(SIZE_MAX);
        EXPECT_EQ(status, failed ? STATUS_NO_MEMORY : STATUS_OK);
        if (status == STATUS_OK) expect_same(&whole.result, &question.result);
        question_end(&question);
    }
    EXPECT(!failed);
    question_end(&whole);
}

/* --- what the tables of group.h do not hold is looked up by hash, to the same answer --- */

static void expect_counts_by_office(uint32_t buckets, const int64_t *edges) {
    for (uint32_t row = 0; row < question.result.row_count; row++) {
        const char *office = text_at(&question, row, "office");
        const int64_t number = buckets == 0 ? 0 : strtol(text_at(&question, row, "hour"), NULL, 10);
        int64_t expected = 0;
        for (uint32_t i = 0; i < world.journey_count[PURPOSE_CASE]; i++) {
            const int64_t *journey = world.journey[PURPOSE_CASE][i];
            const char *text =
                filter_text(DIMENSION_OFFICE, world.dictionary, (uint32_t)journey[JOURNEY_OFFICE]);
            const bool within = buckets == 0 || (journey[CASE_DECIDED] >= edges[number] &&
                                                 journey[CASE_DECIDED] < edges[number + 1]);
            expected += within && strcmp(text, office) == 0;
        }
        EXPECT_EQ(integer_at(&question, row, "n"), expected);
    }
}

static void ask_by_office(uint32_t offices, uint32_t edge_count, const int64_t *edges,
                          const char **names, uint64_t *seed) {
    world_clear(seed);
    for (int i = 0; i < 3000; i++) {
        one_case(seed, WORLD_FROM_MS, WORLD_FROM_MS + (int64_t)random_below(seed, 50000000));
        char office[32];
        (void)snprintf(office, sizeof office, "office-%u", (unsigned)random_below(seed, offices));
        world.journey[PURPOSE_CASE][i][JOURNEY_OFFICE] = world_code(office);
    }
    ask_plainly(KPI_PROCESSING_TIME);
    question.plan.by_count = 1;
    question.plan.by[0] = DIMENSION_OFFICE;
    question.plan.edge_count = edge_count;
    question.plan.edges = edges;
    question.plan.bucket_names = names;
    question.plan.bucket = BUCKET_HOUR;
    EXPECT_OK(question_ask(&question));
    EXPECT_EQ(total_of(&question, "n"), 3000);
    expect_counts_by_office(edge_count == 0 ? 0 : edge_count - 1, edges);
    question_end(&question);
}

TEST(many_cells_with_many_buckets_are_counted_one_by_one) {
    enum { EDGES = BUCKETS_MAX + 1 };
    static int64_t edges[EDGES];
    static const char *names[EDGES];
    static char texts[EDGES][8];
    uint64_t seed = 10;
    for (int i = 0; i < EDGES; i++) {
        edges[i] = WORLD_FROM_MS + i * 2500; /* the period: all that is decided */
        (void)snprintf(texts[i], sizeof texts[i], "%05d", i);
        names[i] = texts[i];
    }
    EXPECT((int64_t)EDGES * 100 > GROUPS_TABLE_MAX);
    ask_by_office(100, EDGES, edges, names, &seed);
    ask_by_office(3, EDGES, edges, names, &seed);
}

/* The last: the dictionary of all tests grows with it. */
TEST(codes_beyond_the_tables_are_counted_one_by_one) {
    uint64_t seed = 11;
    world_clear(&seed);
    for (unsigned i = 0; dictionary_count(world.dictionary) < PAIRS_TABLE_MAX + 1; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "filler-%u", i);
        (void)world_code(text);
    }
    ask_by_office(150, 0, NULL, NULL, &seed); /* some from before, some beyond */
}
