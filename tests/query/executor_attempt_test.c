/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: abandonment, completion, time to complete and the funnel are what their definitions say.
 * Method: random attempts, and for every row of the answer a walk over all of them. */
#include "tests/query/reference_world.h"

enum { SEEDS = 60, ATTEMPTS = 400, STEPS = 7 };

static struct question question;

/* Step k of service s: names shared between services, in other places. */
static const char *step_name(uint32_t service, uint32_t ordinal) {
    static const char *const names[] = {"person", "address", "proof", "pay",
                                        "check",  "zeta",    "alpha", "send"};
    return names[(ordinal + service * 3) % 8];
}

static void add_steps(void) {
    for (uint32_t t = 0; t < WORLD_TENANTS; t++)
        for (uint32_t s = 0; s < WORLD_SERVICES; s++)
            for (uint32_t k = 0; k < STEPS; k++)
                world.step[world.step_count++] =
                    (struct fake_step){world_code(world_tenants[t]), world_code(world_services[s]),
                                       k, world_code(step_name(s, k))};
}

static void add_attempts(uint64_t *seed, int count) {
    add_steps();
    for (int i = 0; i < count; i++) {
        int64_t *row = world_add(seed, PURPOSE_ATTEMPT);
        int64_t begin = random_time(seed);
        row[ATTEMPT_SUBMITTED] = world_milestone(seed, begin, 40);
        row[ATTEMPT_INELIGIBLE] = world_milestone(seed, begin, 10);
        row[ATTEMPT_FAILED] = world_milestone(seed, begin, 10);
        row[ATTEMPT_SAVED] = world_milestone(seed, begin, 30);
        row[ATTEMPT_LAST_STEP_TIME] = begin;
        row[ATTEMPT_ACTIVE_MS] = (int64_t)random_below(seed, 3600000);
        uint32_t reached = (uint32_t)random_below(seed, STEPS + 1);
        row[ATTEMPT_STEPS] = (1 << reached) - 1;
        row[ATTEMPT_STEP_ERRORS] =
            (int64_t)(test_random(seed) & test_random(seed)) & row[ATTEMPT_STEPS];
        row[ATTEMPT_LAST_STEP] = reached == 0 ? 0 : 1 + (int64_t)random_below(seed, reached);
        world_extent(PURPOSE_ATTEMPT, row);
    }
}

static const int64_t *attempt_row(uint32_t i) {
    return world.journey[PURPOSE_ATTEMPT][i];
}

enum outcome_name { SUBMITTED, INELIGIBLE, FAILED, ABANDONED, OPEN, UNBORN, OUTCOMES };

static enum outcome_name naive_outcome(const int64_t *row) {
    int64_t now = question.plan.as_of_ms;
    int64_t ends[] = {seen(&question, row[ATTEMPT_SUBMITTED]),
                      seen(&question, row[ATTEMPT_INELIGIBLE]),
                      seen(&question, row[ATTEMPT_FAILED])};
    if (row[JOURNEY_FIRST] > now) return UNBORN;
    int64_t end = earliest(ends, 3);
    for (int i = 0; i < 3; i++)
        if (end != TIME_ABSENT && ends[i] == end) return (enum outcome_name)i;
    if (row[JOURNEY_LAST] > now - 30 * 60 * 1000) return OPEN;
    bool saved = row[ATTEMPT_SAVED] != TIME_ABSENT && row[ATTEMPT_SAVED] <= now;
    if (saved && row[JOURNEY_LAST] > now - 14 * WORLD_DAY_MS) return OPEN;
    return ABANDONED;
}

static bool counts(const struct selection *at, const int64_t *row) {
    return world_selected(at, row) && in_period(at, row[JOURNEY_FIRST]);
}

static void check_outcomes(bool completion) {
    for (uint32_t i = 0; i < question.result.row_count; i++) {
        struct selection at = selection_of(&question, i);
        int64_t count[OUTCOMES] = {0};
        for (uint32_t a = 0; a < world.journey_count[PURPOSE_ATTEMPT]; a++)
            if (counts(&at, attempt_row(a))) count[naive_outcome(attempt_row(a))]++;
        int64_t n = count[SUBMITTED] + count[INELIGIBLE] + count[FAILED] + count[ABANDONED];
        int64_t hits = completion ? count[SUBMITTED] + count[INELIGIBLE] : count[ABANDONED];
        expect_integer(&question, i, "n", n);
        expect_integer(&question, i, "open", count[OPEN]);
        expect_integer(&question, i, "submitted", count[SUBMITTED]);
        expect_integer(&question, i, "ineligible", count[INELIGIBLE]);
        expect_integer(&question, i, "failed", count[FAILED]);
        expect_integer(&question, i, "abandoned", count[ABANDONED]);
        expect_number(&question, i, "value", ratio_of(hits, n));
        expect_number(&question, i, "coverage", n == 0 ? NAN : 1);
        expect_state(&question, i, &at, n);
        EXPECT(n == 0 || number_at(&question, i, "lo") <= number_at(&question, i, "value"));
        EXPECT(n == 0 || number_at(&question, i, "hi") >= number_at(&question, i, "value"));
    }
}

TEST(abandonment_and_completion_equal_a_walk_over_all_attempts) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s;
        bool completion = s % 2 == 0;
        world_clear(&seed);
        add_attempts(&seed, (int)random_below(&seed, ATTEMPTS));
        question_random(&question, completion ? KPI_COMPLETION : KPI_ABANDONMENT, &seed);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        check_outcomes(completion);
        expect_complete(&question, "n");
        question_end(&question);
    }
}

TEST(transmission_errors_equal_a_walk_over_all_attempts) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 500;
        world_clear(&seed);
        add_attempts(&seed, (int)random_below(&seed, ATTEMPTS));
        question_random(&question, KPI_TRANSMISSION_ERRORS, &seed);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct selection at = selection_of(&question, i);
            int64_t n = 0, failed = 0, recovered = 0;
            for (uint32_t a = 0; a < world.journey_count[PURPOSE_ATTEMPT]; a++) {
                const int64_t *row = attempt_row(a);
                const bool broke = seen(&question, row[ATTEMPT_FAILED]) != TIME_ABSENT;
                const bool arrived = seen(&question, row[ATTEMPT_SUBMITTED]) != TIME_ABSENT;
                if (!counts(&at, row) || (!broke && !arrived)) continue;
                n++;
                failed += broke;
                recovered += broke && arrived;
            }
            expect_integer(&question, i, "n", n);
            expect_integer(&question, i, "failed", failed);
            expect_integer(&question, i, "recovered", recovered);
            expect_integer(&question, i, "lost", failed - recovered);
            expect_number(&question, i, "value", ratio_of(failed, n));
            expect_state(&question, i, &at, n);
        }
        expect_complete(&question, "n");
        question_end(&question);
    }
}

TEST(time_to_complete_equals_a_walk_over_all_attempts) {
    static double active[ATTEMPTS], elapsed[ATTEMPTS];
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 1000;
        world_clear(&seed);
        add_attempts(&seed, (int)random_below(&seed, ATTEMPTS));
        question_random(&question, KPI_TIME_TO_COMPLETE, &seed);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct selection at = selection_of(&question, i);
            int count = 0;
            int64_t open = 0;
            for (uint32_t a = 0; a < world.journey_count[PURPOSE_ATTEMPT]; a++) {
                const int64_t *row = attempt_row(a);
                if (!counts(&at, row)) continue;
                open += naive_outcome(row) == OPEN;
                if (naive_outcome(row) != SUBMITTED) continue;
                active[count] = (double)row[ATTEMPT_ACTIVE_MS] / 1000;
                elapsed[count++] = (double)(row[ATTEMPT_SUBMITTED] - row[JOURNEY_FIRST]) / 1000;
            }
            expect_durations(&question, i, active, count);
            expect_number(&question, i, "elapsed_p50", naive_quantile(elapsed, count, 0.5));
            expect_number(&question, i, "elapsed_p90", naive_quantile(elapsed, count, 0.9));
            expect_integer(&question, i, "n", count);
            expect_integer(&question, i, "open", open);
        }
        expect_complete(&question, "n");
        question_end(&question);
    }
}

/* --- resumption --- */

struct resumption {
    int64_t n, open, span[2], completed[2], saved, resumed, resumed_completed;
};

/* Days of Berlin begin at the edges of the world's calendar; here by the zone itself. */
static int64_t day_of(int64_t time) {
    const struct time_zone *zone;
    struct error err;
    EXPECT_OK(timezone_load("Europe/Berlin", &question.arena, &zone, &err));
    return timezone_day(zone, time);
}

static void add_resumption(const int64_t *row, struct resumption *sum) {
    const enum outcome_name outcome = naive_outcome(row);
    if (outcome == UNBORN) return;
    sum->open += outcome == OPEN;
    if (outcome == OPEN) return;
    const int64_t end = outcome == SUBMITTED    ? row[ATTEMPT_SUBMITTED]
                        : outcome == INELIGIBLE ? row[ATTEMPT_INELIGIBLE]
                        : outcome == FAILED     ? row[ATTEMPT_FAILED]
                                                : row[JOURNEY_LAST];
    const bool completed = outcome == SUBMITTED || outcome == INELIGIBLE;
    const int span = day_of(end) > day_of(row[JOURNEY_FIRST]);
    const int64_t saved = seen(&question, row[ATTEMPT_SAVED]);
    const bool resumed = saved != TIME_ABSENT && row[JOURNEY_LAST] > saved;
    sum->n++;
    sum->span[span]++;
    sum->completed[span] += completed;
    sum->saved += saved != TIME_ABSENT;
    sum->resumed += resumed;
    sum->resumed_completed += resumed && completed;
}

TEST(resumption_equals_a_walk_over_all_attempts) {
    for (uint64_t s = 1; s <= SEEDS / 2; s++) {
        uint64_t seed = s + 15000;
        world_clear(&seed);
        add_attempts(&seed, (int)random_below(&seed, ATTEMPTS));
        question_random(&question, KPI_RESUMPTION, &seed);
        question_calendar(&question);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            const struct selection at = selection_of(&question, i);
            struct resumption sum = {0};
            for (uint32_t a = 0; a < world.journey_count[PURPOSE_ATTEMPT]; a++)
                if (counts(&at, attempt_row(a))) add_resumption(attempt_row(a), &sum);
            expect_integer(&question, i, "n", sum.n);
            expect_integer(&question, i, "open", sum.open);
            expect_number(&question, i, "value", ratio_of(sum.span[1], sum.n));
            expect_number(&question, i, "completion_one_day",
                          ratio_of(sum.completed[0], sum.span[0]));
            expect_number(&question, i, "completion_several_days",
                          ratio_of(sum.completed[1], sum.span[1]));
            expect_integer(&question, i, "saved", sum.saved);
            expect_integer(&question, i, "resumed", sum.resumed);
            expect_number(&question, i, "completion_resumed",
                          ratio_of(sum.resumed_completed, sum.resumed));
            expect_state(&question, i, &at, sum.n);
        }
        question_end(&question);
    }
}

/* --- funnel --- */

struct step_sum {
    int64_t reach, drop, drop_after_error, errors, ordinals, submitted_here;
};

/* The step of that name in an attempt; false: the form has none. */
static bool ordinal_of(const int64_t *row, const char *step, uint32_t *ordinal) {
    for (uint32_t k = 0; k < STEPS; k++) {
        uint32_t code =
            snapshot_step(&world, (uint32_t)row[JOURNEY_TENANT], (uint32_t)row[JOURNEY_SERVICE], k);
        if (strcmp(filter_text(DIMENSION_STEP, world.dictionary, code), step) != 0) continue;
        *ordinal = k;
        return true;
    }
    return false;
}

static void add_step(const int64_t *row, const char *step, struct step_sum *sum) {
    uint32_t k;
    bool abandoned = naive_outcome(row) == ABANDONED;
    if (strcmp(step, "started") == 0) {
        sum->reach++;
        sum->drop += abandoned && row[ATTEMPT_LAST_STEP] == 0;
    } else if (strcmp(step, "submitted") == 0) {
        sum->reach += naive_outcome(row) == SUBMITTED;
    } else if (ordinal_of(row, step, &k) && (row[ATTEMPT_STEPS] >> k & 1) != 0) {
        bool error = (row[ATTEMPT_STEP_ERRORS] >> k & 1) != 0;
        bool last = abandoned && row[ATTEMPT_LAST_STEP] == k + 1;
        sum->reach++;
        sum->ordinals += k;
        sum->submitted_here += naive_outcome(row) == SUBMITTED;
        sum->errors += error;
        sum->drop += last;
        sum->drop_after_error += last && error;
    }
}

static void check_step(uint32_t i, int64_t *n, struct step_sum *out) {
    struct selection at = selection_of(&question, i);
    struct step_sum sum = {0};
    int64_t open = 0, submitted = 0;
    const int64_t *form = NULL; /* of the first submitted attempt */
    bool one_form = true;
    *n = 0;
    for (uint32_t a = 0; a < world.journey_count[PURPOSE_ATTEMPT]; a++) {
        const int64_t *row = attempt_row(a);
        if (!counts(&at, row) || naive_outcome(row) == UNBORN) continue;
        if (naive_outcome(row) == OPEN) {
            open++;
            continue;
        }
        (*n)++;
        add_step(row, text_at(&question, i, "step"), &sum);
        if (naive_outcome(row) != SUBMITTED) continue;
        submitted++;
        if (form == NULL) form = row;
        one_form &= form[JOURNEY_TENANT] == row[JOURNEY_TENANT] &&
                    form[JOURNEY_SERVICE] == row[JOURNEY_SERVICE];
    }
    const char *step = text_at(&question, i, "step");
    const bool is_step = strcmp(step, "started") != 0 && strcmp(step, "submitted") != 0;
    const bool known = is_step && submitted > 0 && one_form;
    const int64_t skipped = submitted - sum.submitted_here;
    expect_number(&question, i, "skipped", known ? (double)skipped : NAN);
    expect_number(&question, i, "optional_share", known ? ratio_of(skipped, submitted) : NAN);
    double with = ratio_of(sum.drop_after_error, sum.errors);
    double without = ratio_of(sum.drop - sum.drop_after_error, sum.reach - sum.errors);
    bool end = strcmp(text_at(&question, i, "step"), "submitted") == 0;
    expect_integer(&question, i, "n", *n);
    expect_integer(&question, i, "open", open);
    expect_integer(&question, i, "reach", sum.reach);
    expect_integer(&question, i, "drop", sum.drop);
    expect_integer(&question, i, "errors", sum.errors);
    expect_number(&question, i, "reach_share", ratio_of(sum.reach, *n));
    expect_number(&question, i, "drop_share", end ? NAN : ratio_of(sum.drop, sum.reach));
    expect_number(&question, i, "value", end ? NAN : ratio_of(sum.drop, sum.reach));
    expect_number(&question, i, "error_pressure", ratio_of(sum.errors, sum.reach));
    expect_number(&question, i, "lift", without > 0 ? with / without : NAN);
    *out = sum;
}

/* Positions count up from "started"; reach never rises between; all drops are the abandoned ones.
 */
static void check_funnels(bool whole) {
    int64_t drops = 0, before = 0;
    struct selection at = {0};
    for (uint32_t i = 0; i < question.result.row_count; i++) {
        struct step_sum sum;
        int64_t n;
        const char *step = text_at(&question, i, "step");
        int64_t position = integer_at(&question, i, "position");
        check_step(i, &n, &sum);
        EXPECT_EQ(position == 0, strcmp(step, "started") == 0);
        if (position == 0) {
            drops = 0;
            at = selection_of(&question, i);
        } else {
            EXPECT_EQ(position, integer_at(&question, i - 1, "position") + 1);
        }
        drops += sum.drop;
        if (strcmp(step, "submitted") == 0) {
            int64_t abandoned = 0;
            for (uint32_t a = 0; a < world.journey_count[PURPOSE_ATTEMPT]; a++)
                abandoned +=
                    counts(&at, attempt_row(a)) && naive_outcome(attempt_row(a)) == ABANDONED;
            if (whole) EXPECT_EQ(drops, abandoned);
        } else if (position > 1) {
            EXPECT_LE(sum.reach, before);
        }
        before = sum.reach;
    }
}

TEST(the_funnel_equals_a_walk_over_all_attempts) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 2000;
        world_clear(&seed);
        add_attempts(&seed, (int)random_below(&seed, ATTEMPTS));
        question_random(&question, KPI_FUNNEL, &seed);
        bool whole = random_below(&seed, 3) > 0;
        if (!whole) {
            question.plan.filter[DIMENSION_STEP] =
                (struct plan_filter){.count = 2, .values = question.value[DIMENSION_STEP]};
            question.value[DIMENSION_STEP][0] = random_below(&seed, 2) == 0 ? "pay" : "unheard-of";
            question.value[DIMENSION_STEP][1] = "nowhere";
        }
        /* Naming the step changes nothing: rows are per step anyway. */
        uint32_t by_count = question.plan.by_count;
        if (random_below(&seed, 2) == 0)
            question.plan.by[question.plan.by_count++] = DIMENSION_STEP;
        EXPECT_OK(question_ask(&question));
        question.plan.by_count = by_count;
        question.plan.filter[DIMENSION_STEP].count = 0;
        check_funnels(whole);
        for (uint32_t i = 0; i < question.result.row_count && !whole; i++) {
            const char *step = text_at(&question, i, "step");
            EXPECT(strcmp(step, "pay") == 0 || strcmp(step, "started") == 0 ||
                   strcmp(step, "submitted") == 0);
        }
        question_end(&question);
    }
}

TEST(steps_of_equal_reach_stand_in_the_order_of_the_form) {
    uint64_t seed = 7;
    world_clear(&seed);
    add_steps();
    for (int i = 0; i < 3; i++) {
        int64_t *row = world_add(&seed, PURPOSE_ATTEMPT);
        row[JOURNEY_TENANT] = world_code(world_tenants[0]);
        row[JOURNEY_SERVICE] = world_code(world_services[0]);
        row[ATTEMPT_SUBMITTED] = WORLD_FROM_MS;
        row[ATTEMPT_STEPS] = (1 << STEPS) - 1;
        row[ATTEMPT_LAST_STEP] = STEPS;
        world_extent(PURPOSE_ATTEMPT, row);
    }
    question_random(&question, KPI_FUNNEL, &seed);
    question.plan = (struct plan){.definition = question.plan.definition,
                                  .from_ms = TIME_ABSENT,
                                  .to_ms = TIME_ABSENT,
                                  .as_of_ms = WORLD_FROM_MS + WORLD_DAY_MS};
    EXPECT_OK(question_ask(&question));
    EXPECT_EQ(question.result.row_count, STEPS + 2);
    EXPECT_TEXT(text_at(&question, 0, "step"), "started");
    for (uint32_t k = 0; k < STEPS; k++)
        EXPECT_TEXT(text_at(&question, k + 1, "step"), step_name(0, k));
    EXPECT_TEXT(text_at(&question, STEPS + 1, "step"), "submitted");
    question_end(&question);
}

TEST(an_attempt_waits_half_an_hour_and_a_saved_one_a_fortnight) {
    const struct {
        int64_t since_last_ms;
        bool saved;
        int64_t open;
    } cases[] = {{30 * 60000 - 1, false, 1},
                 {30 * 60000, false, 0},
                 {14 * WORLD_DAY_MS - 1, true, 1},
                 {14 * WORLD_DAY_MS, true, 0},
                 {14 * WORLD_DAY_MS - 1, false, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t seed = 3;
        world_clear(&seed);
        int64_t *row = world_add(&seed, PURPOSE_ATTEMPT);
        row[ATTEMPT_SAVED] = cases[i].saved ? WORLD_FROM_MS : TIME_ABSENT;
        row[ATTEMPT_LAST_STEP_TIME] = WORLD_FROM_MS;
        world_extent(PURPOSE_ATTEMPT, row);
        question_random(&question, KPI_ABANDONMENT, &seed);
        question.plan = (struct plan){.definition = question.plan.definition,
                                      .from_ms = TIME_ABSENT,
                                      .to_ms = TIME_ABSENT,
                                      .as_of_ms = WORLD_FROM_MS + cases[i].since_last_ms};
        EXPECT_OK(question_ask(&question));
        EXPECT_EQ(integer_at(&question, 0, "open"), cases[i].open);
        EXPECT_EQ(integer_at(&question, 0, "abandoned"), 1 - cases[i].open);
        question_end(&question);
    }
}
