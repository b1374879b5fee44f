/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the KPIs of appointments are what their definitions say. Method: random appointments, and
 * for every row a walk over all of them. */
#include <time.h>

#include "query/fold.h"
#include "tests/query/reference_world.h"

enum { SEEDS = 60, APPOINTMENTS = 400 };
#define COLUMN(name) APPOINTMENT_COLUMN_##name

static struct question question;
static double values[APPOINTMENTS];

static void add_appointments(uint64_t *seed, int count) {
    for (int i = 0; i < count; i++) {
        int64_t *row = world_add(seed, PURPOSE_APPOINTMENT);
        int64_t begin = random_time(seed);
        bool walk_in = random_below(seed, 4) == 0;
        row[COLUMN(RESERVED)] = walk_in ? TIME_ABSENT : begin;
        row[COLUMN(CONFIRMED)] = walk_in ? TIME_ABSENT : world_milestone(seed, begin, 95);
        row[COLUMN(START)] = walk_in ? TIME_ABSENT : world_milestone(seed, begin, 98);
        int64_t near = row[COLUMN(START)] == TIME_ABSENT ? begin : row[COLUMN(START)] - 1800000;
        row[COLUMN(CANCELLED)] = world_milestone(seed, begin, 20);
        row[COLUMN(CANCELLED_BY)] = (int64_t)random_below(seed, 4);
        for (uint32_t c = COLUMN(ARRIVED); c <= COLUMN(FINISHED); c++)
            row[c] = random_below(seed, 10) < 7 ? near + (int64_t)random_below(seed, 7200000)
                                                : TIME_ABSENT;
        row[COLUMN(MISSED)] = world_milestone(seed, near, 25);
        row[COLUMN(SERVICE_MS)] = (int64_t)random_below(seed, 3600000);
        row[COLUMN(RESCHEDULINGS)] = (int64_t)random_below(seed, 4) % 3;
        world_extent(PURPOSE_APPOINTMENT, row);
    }
}

static void world_random(uint64_t *seed, enum kpi_id kpi) {
    world_clear(seed);
    add_appointments(seed, (int)random_below(seed, APPOINTMENTS));
    question_random(&question, kpi, seed);
    EXPECT_OK(question_ask(&question));
    expect_shape(&question);
}

/* The next appointment of the row's cell that T knows of; NULL: no more. */
static const int64_t *next_of(const struct selection *at, uint32_t *i) {
    while (*i < world.journey_count[PURPOSE_APPOINTMENT]) {
        const int64_t *row = world.journey[PURPOSE_APPOINTMENT][(*i)++];
        if (world_selected(at, row) && row[JOURNEY_FIRST] <= question.plan.as_of_ms) return row;
    }
    return NULL;
}

/* Random worlds and questions, each row of an answer checked by itself. */
static void check_rows(enum kpi_id kpi, uint64_t first_seed,
                       void (*check)(uint32_t i, const struct selection *at)) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = first_seed + s;
        world_random(&seed, kpi);
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            const struct selection at = selection_of(&question, i);
            check(i, &at);
        }
        expect_complete(&question, "n");
        question_end(&question);
    }
}

/* Of both: they differ in what they put first. */
static void check_show(uint32_t i, const struct selection *at) {
    const bool asks_late = question.plan.definition->kpi == KPI_LATE_SHOW;
    int64_t finished = 0, missed = 0, late = 0, cancelled = 0, open = 0;
    const int64_t *row;
    for (uint32_t a = 0; (row = next_of(at, &a)) != NULL;) {
        if (!in_period(at, row[COLUMN(START)])) continue;
        int64_t end = seen(&question, row[COLUMN(FINISHED)]);
        int64_t miss = seen(&question, row[COLUMN(MISSED)]);
        int64_t cancel = seen(&question, row[COLUMN(CANCELLED)]);
        if (end != TIME_ABSENT) {
            finished++;
            late += miss != TIME_ABSENT && miss <= end;
        } else if (miss != TIME_ABSENT && !(cancel != TIME_ABSENT && cancel <= miss)) {
            missed++;
        } else if (cancel != TIME_ABSENT) {
            cancelled++;
        } else {
            open++;
        }
    }
    expect_integer(&question, i, "n", finished + missed);
    expect_integer(&question, i, "missed", missed);
    expect_integer(&question, i, "late_show", late);
    expect_integer(&question, i, "open", open);
    expect_integer(&question, i, "excluded_cancelled", cancelled);
    expect_integer(&question, i, "finished", finished);
    expect_number(&question, i, "value", ratio_of(asks_late ? late : missed, finished + missed));
    if (asks_late) expect_number(&question, i, "came_after_all", ratio_of(late, late + missed));
    expect_state(&question, i, at, finished + missed);
}

TEST(no_show_and_late_show_equal_a_walk_over_all_appointments) {
    check_rows(KPI_NO_SHOW, 0, check_show);
    check_rows(KPI_LATE_SHOW, SEEDS, check_show);
}

static void check_cancellation(uint32_t i, const struct selection *at) {
    int64_t n = 0, by[4] = {0}, late = 0, open = 0, unconfirmed = 0;
    const int64_t *row;
    for (uint32_t a = 0; (row = next_of(at, &a)) != NULL;) {
        int64_t start = row[COLUMN(START)];
        if (!in_period(at, start)) continue;
        if (seen(&question, row[COLUMN(CONFIRMED)]) == TIME_ABSENT) {
            unconfirmed++;
        } else if (start > question.plan.as_of_ms) {
            open++;
        } else {
            int64_t cancel = seen(&question, row[COLUMN(CANCELLED)]);
            n++;
            if (cancel == TIME_ABSENT || cancel >= start) continue;
            by[row[COLUMN(CANCELLED_BY)]]++;
            late += cancel > start - WORLD_DAY_MS;
        }
    }
    int64_t cancelled = by[0] + by[1] + by[2] + by[3];
    expect_integer(&question, i, "n", n);
    expect_integer(&question, i, "open", open);
    expect_integer(&question, i, "cancelled", cancelled);
    expect_integer(&question, i, "by_citizen", by[PARTY_CITIZEN]);
    expect_integer(&question, i, "by_office", by[PARTY_OFFICE]);
    expect_integer(&question, i, "by_other", by[PARTY_OTHER] + by[PARTY_ABSENT]);
    expect_integer(&question, i, "late", late);
    expect_integer(&question, i, "excluded_not_confirmed", unconfirmed);
    expect_number(&question, i, "value", ratio_of(cancelled, n));
    expect_number(&question, i, "coverage", ratio_of(n, n + unconfirmed));
}

TEST(cancellation_equals_a_walk_over_all_appointments) {
    check_rows(KPI_CANCELLATION, 1000, check_cancellation);
}

static void check_rescheduling(uint32_t i, const struct selection *at) {
    int64_t n = 0, moved = 0, moves = 0, open = 0, unconfirmed = 0;
    const int64_t *row;
    for (uint32_t a = 0; (row = next_of(at, &a)) != NULL;) {
        if (!in_period(at, row[COLUMN(START)])) continue;
        if (seen(&question, row[COLUMN(CONFIRMED)]) == TIME_ABSENT) {
            unconfirmed++;
        } else if (row[COLUMN(START)] > question.plan.as_of_ms) {
            open++;
        } else {
            n++;
            moved += row[COLUMN(RESCHEDULINGS)] > 0;
            moves += row[COLUMN(RESCHEDULINGS)];
        }
    }
    expect_integer(&question, i, "n", n);
    expect_integer(&question, i, "open", open);
    expect_integer(&question, i, "excluded_not_confirmed", unconfirmed);
    expect_integer(&question, i, "rescheduled", moved);
    expect_integer(&question, i, "reschedulings", moves);
    expect_number(&question, i, "reschedulings_mean", ratio_of(moves, n));
    expect_number(&question, i, "value", ratio_of(moved, n));
}

TEST(rescheduling_equals_a_walk_over_all_appointments) {
    check_rows(KPI_RESCHEDULING, 5000, check_rescheduling);
}

static void check_booking_lead_time(uint32_t i, const struct selection *at) {
    int64_t unconfirmed = 0, negative = 0;
    int count = 0;
    const int64_t *row;
    for (uint32_t a = 0; (row = next_of(at, &a)) != NULL;) {
        int64_t confirmed = seen(&question, row[COLUMN(CONFIRMED)]);
        if (!in_period(at, row[COLUMN(START)])) continue;
        if (confirmed == TIME_ABSENT)
            unconfirmed++;
        else if (row[COLUMN(START)] < confirmed)
            negative++;
        else
            values[count++] = (double)(row[COLUMN(START)] - confirmed) / 1000;
    }
    expect_durations(&question, i, values, count);
    expect_integer(&question, i, "n", count);
    expect_integer(&question, i, "excluded_not_confirmed", unconfirmed);
    expect_integer(&question, i, "excluded_negative", negative);
}

TEST(booking_lead_time_equals_a_walk_over_all_appointments) {
    check_rows(KPI_BOOKING_LEAD_TIME, 2000, check_booking_lead_time);
}

struct waiting {
    int64_t walk_ins, left, open, no_arrival, negative, not_called;
    int count;
};

static void add_waiting(const struct selection *at, const int64_t *row, struct waiting *sum) {
    int64_t called = seen(&question, row[COLUMN(CALLED)]);
    int64_t arrived = seen(&question, row[COLUMN(ARRIVED)]);
    bool walk_in = seen(&question, row[COLUMN(CONFIRMED)]) == TIME_ABSENT;
    if (called == TIME_ABSENT) {
        bool served = seen(&question, row[COLUMN(SHOWEDUP)]) != TIME_ABSENT ||
                      seen(&question, row[COLUMN(FINISHED)]) != TIME_ABSENT;
        bool fresh = arrived > question.plan.as_of_ms - WORLD_DAY_MS;
        if (!in_period(at, arrived)) return;
        sum->not_called += served;
        sum->open += !served && fresh;
        sum->left += !served && !fresh;
        return;
    }
    if (!in_period(at, called)) return;
    sum->no_arrival += arrived == TIME_ABSENT;
    sum->negative += arrived != TIME_ABSENT && arrived > called;
    if (arrived == TIME_ABSENT || arrived > called) return;
    double planned = walk_in ? -INFINITY : (double)row[COLUMN(START)];
    sum->walk_ins += walk_in;
    values[sum->count++] = fmax(0, (double)called - fmax((double)arrived, planned)) / 1000;
}

static int64_t zeros; /* waits of zero are kept */

static void check_waiting_time(uint32_t i, const struct selection *at) {
    struct waiting sum = {0};
    const int64_t *row;
    for (uint32_t a = 0; (row = next_of(at, &a)) != NULL;) add_waiting(at, row, &sum);
    for (int v = 0; v < sum.count; v++) zeros += values[v] == 0;
    expect_durations(&question, i, values, sum.count);
    expect_integer(&question, i, "n", sum.count);
    expect_integer(&question, i, "open", sum.open);
    expect_integer(&question, i, "walk_ins", sum.walk_ins);
    expect_integer(&question, i, "left_before_call", sum.left);
    expect_number(&question, i, "left_share", ratio_of(sum.left, sum.left + sum.count));
    expect_integer(&question, i, "excluded_no_arrival", sum.no_arrival);
    expect_integer(&question, i, "excluded_negative", sum.negative);
    expect_integer(&question, i, "excluded_not_called", sum.not_called);
}

TEST(waiting_time_equals_a_walk_over_all_appointments) {
    check_rows(KPI_WAITING_TIME, 3000, check_waiting_time);
    EXPECT(zeros > 0);
}

TEST(short_waits_equal_a_walk_over_all_appointments) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 6000;
        world_random(&seed, KPI_WAITING_WITHIN);
        question.plan.within_ms = (1 + (int64_t)random_below(&seed, 90)) * 60000;
        EXPECT_OK(question_ask(&question));
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct selection at = selection_of(&question, i);
            struct waiting sum = {0};
            int64_t within = 0;
            const int64_t *row;
            for (uint32_t a = 0; (row = next_of(&at, &a)) != NULL;) add_waiting(&at, row, &sum);
            for (int v = 0; v < sum.count; v++)
                within += values[v] <= (double)question.plan.within_ms / 1000;
            expect_integer(&question, i, "n", sum.count);
            expect_integer(&question, i, "open", sum.open);
            expect_integer(&question, i, "within", within);
            expect_integer(&question, i, "walk_ins", sum.walk_ins);
            expect_number(&question, i, "value", ratio_of(within, sum.count));
            expect_integer(&question, i, "excluded_no_arrival", sum.no_arrival);
            expect_integer(&question, i, "excluded_negative", sum.negative);
            expect_integer(&question, i, "excluded_not_called", sum.not_called);
        }
        expect_complete(&question, "n");
        question_end(&question);
    }
}

struct leaving {
    int64_t n[2], left[2]; /* with an appointment; without */
    int64_t in_vain, open, not_called, negative;
};

static void add_leaving(const struct selection *at, const int64_t *row, struct leaving *sum) {
    const int64_t arrived = seen(&question, row[COLUMN(ARRIVED)]);
    const int64_t called = seen(&question, row[COLUMN(CALLED)]);
    const bool walk_in = seen(&question, row[COLUMN(CONFIRMED)]) == TIME_ABSENT;
    const bool served = seen(&question, row[COLUMN(SHOWEDUP)]) != TIME_ABSENT ||
                        seen(&question, row[COLUMN(FINISHED)]) != TIME_ABSENT;
    if (!in_period(at, arrived)) return;
    if (called == TIME_ABSENT) {
        if (served) {
            sum->not_called++;
        } else if (question.plan.as_of_ms - arrived < WORLD_DAY_MS) {
            sum->open++;
        } else {
            sum->n[walk_in]++;
            sum->left[walk_in]++;
        }
    } else if (served) {
        sum->n[walk_in]++;
    } else if (called < arrived) {
        sum->negative++;
    } else {
        sum->n[walk_in]++;
        sum->in_vain += seen(&question, row[COLUMN(MISSED)]) != TIME_ABSENT;
    }
}

static void check_left_before_call(uint32_t i, const struct selection *at) {
    struct leaving sum = {0};
    const int64_t *row;
    for (uint32_t a = 0; (row = next_of(at, &a)) != NULL;) add_leaving(at, row, &sum);
    const int64_t n = sum.n[0] + sum.n[1], left = sum.left[0] + sum.left[1];
    expect_integer(&question, i, "n", n);
    expect_integer(&question, i, "open", sum.open);
    expect_integer(&question, i, "left", left);
    expect_integer(&question, i, "called_in_vain", sum.in_vain);
    expect_integer(&question, i, "booked", sum.n[0]);
    expect_integer(&question, i, "booked_left", sum.left[0]);
    expect_integer(&question, i, "walk_ins", sum.n[1]);
    expect_integer(&question, i, "walk_ins_left", sum.left[1]);
    expect_number(&question, i, "value", ratio_of(left, n));
    expect_number(&question, i, "booked_share", ratio_of(sum.left[0], sum.n[0]));
    expect_number(&question, i, "walk_ins_share", ratio_of(sum.left[1], sum.n[1]));
    expect_integer(&question, i, "excluded_not_called", sum.not_called);
    expect_integer(&question, i, "excluded_negative", sum.negative);
    expect_state(&question, i, at, n);
}

TEST(who_left_before_the_call_equals_a_walk_over_all_appointments) {
    check_rows(KPI_LEFT_BEFORE_CALL, 7000, check_left_before_call);
}

/* Waits of all Mondays together, of all hours from 10 to 11, by the C library. */
TEST(waits_by_weekday_and_hour_equal_a_walk_over_all_appointments) {
    static const char *const by[] = {"weekday", "hour_of_day", "weekday,hour_of_day"};
    (void)setenv("TZ", "Europe/Berlin", 1);
    tzset();
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 8000;
        world_random(&seed, KPI_WAITING_TIME);
        const int64_t as_of_ms = question.plan.as_of_ms;
        const int kind = (int)(s % 3);
        EXPECT_OK(plan_parse(&(struct plan_words){.kpi = "waiting_time",
                                                  .by = by[kind],
                                                  .from = "2026-02-03T09:40:00+01:00",
                                                  .to = "2026-05-20T13:00:00+02:00",
                                                  .stat = "p10,p50,p95"},
                             WORLD_FROM_MS, WORLD_FROM_MS, as_of_ms, &question.arena,
                             &question.plan, &question.error));
        EXPECT_OK(question_ask(&question));
        EXPECT_EQ(question.result.row_count, kind == 0 ? 7 : kind == 1 ? 24 : 168);
        int64_t n = 0;
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct waiting sum = {0};
            for (uint32_t a = 0; a < world.journey_count[PURPOSE_APPOINTMENT]; a++) {
                const int64_t *row = world.journey[PURPOSE_APPOINTMENT][a];
                const int64_t called = seen(&question, row[COLUMN(CALLED)]);
                const int64_t moment =
                    called != TIME_ABSENT ? called : seen(&question, row[COLUMN(ARRIVED)]);
                const time_t second = (time_t)(moment / 1000);
                const struct selection whole = {.question = &question,
                                                .begin_ms = question.plan.from_ms,
                                                .end_ms = question.plan.to_ms};
                struct tm local;
                (void)localtime_r(&second, &local);
                if (moment == TIME_ABSENT) continue;
                if (kind != 1 && integer_at(&question, i, "weekday") != (local.tm_wday + 6) % 7 + 1)
                    continue;
                if (kind != 0 && integer_at(&question, i, "hour_of_day") != local.tm_hour) continue;
                add_waiting(&whole, row, &sum);
            }
            n += sum.count;
            expect_durations(&question, i, values, sum.count);
            expect_integer(&question, i, "n", sum.count);
            expect_integer(&question, i, "left_before_call", sum.left);
        }
        question.plan.edge_count = 0;
        question.plan.recurring = NULL;
        EXPECT_OK(question_ask(&question));
        EXPECT_EQ(integer_at(&question, 0, "n"), n);
        question_end(&question);
    }
}

static void check_service_duration(uint32_t i, const struct selection *at) {
    int64_t open = 0, no_start = 0;
    int count = 0;
    const int64_t *row;
    for (uint32_t a = 0; (row = next_of(at, &a)) != NULL;) {
        int64_t end = seen(&question, row[COLUMN(FINISHED)]);
        int64_t start = seen(&question, row[COLUMN(SHOWEDUP)]);
        if (end == TIME_ABSENT) {
            open += in_period(at, start);
        } else if (in_period(at, end)) {
            no_start += start == TIME_ABSENT;
            if (start != TIME_ABSENT) values[count++] = (double)row[COLUMN(SERVICE_MS)] / 1000;
        }
    }
    expect_durations(&question, i, values, count);
    expect_integer(&question, i, "n", count);
    expect_integer(&question, i, "open", open);
    expect_integer(&question, i, "excluded_no_start", no_start);
}

TEST(service_duration_equals_a_walk_over_all_appointments) {
    check_rows(KPI_SERVICE_DURATION, 4000, check_service_duration);
}

/* --- moments that coincide --- */

static void ask_of_one(enum kpi_id kpi, const int64_t *milestones, int64_t as_of_ms) {
    uint64_t seed = 1;
    world_clear(&seed);
    int64_t *row = world_add(&seed, PURPOSE_APPOINTMENT);
    for (uint32_t c = COLUMN(RESERVED); c <= COLUMN(MISSED); c++)
        if (journey_column_kind(PURPOSE_APPOINTMENT, c) == KIND_TIME && milestones[c] != 0)
            row[c] = WORLD_FROM_MS + milestones[c];
    world_extent(PURPOSE_APPOINTMENT, row);
    question_random(&question, kpi, &seed);
    question.plan = (struct plan){.definition = kpi_get(kpi),
                                  .from_ms = TIME_ABSENT,
                                  .to_ms = TIME_ABSENT,
                                  .as_of_ms = as_of_ms};
    EXPECT_OK(question_ask(&question));
}

TEST(a_cancellation_counts_before_the_start_and_is_late_within_a_day) {
    const struct {
        int64_t before_start_ms, cancelled, late;
    } cases[] = {{WORLD_DAY_MS, 1, 0}, {WORLD_DAY_MS - 1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {-1, 0, 0}};
    const int64_t start = 3 * WORLD_DAY_MS;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ask_of_one(KPI_CANCELLATION,
                   (const int64_t[JOURNEY_COLUMN_COUNT_MAX]){
                       [COLUMN(CONFIRMED)] = 1,
                       [COLUMN(START)] = start,
                       [COLUMN(CANCELLED)] = start - cases[i].before_start_ms},
                   WORLD_FROM_MS + 10 * WORLD_DAY_MS);
        EXPECT_EQ(integer_at(&question, 0, "n"), 1);
        EXPECT_EQ(integer_at(&question, 0, "cancelled"), cases[i].cancelled);
        EXPECT_EQ(integer_at(&question, 0, "late"), cases[i].late);
        question_end(&question);
    }
}

TEST(missed_and_cancelled_at_one_moment_is_cancelled) {
    for (int64_t missed = 999; missed <= 1001; missed++) {
        ask_of_one(KPI_NO_SHOW,
                   (const int64_t[JOURNEY_COLUMN_COUNT_MAX]){[COLUMN(CONFIRMED)] = 1,
                                                             [COLUMN(START)] = 500,
                                                             [COLUMN(CANCELLED)] = 1000,
                                                             [COLUMN(MISSED)] = missed},
                   WORLD_FROM_MS + WORLD_DAY_MS);
        EXPECT_EQ(integer_at(&question, 0, "missed"), missed < 1000);
        EXPECT_EQ(integer_at(&question, 0, "excluded_cancelled"), missed >= 1000);
        question_end(&question);
    }
}

TEST(who_arrived_a_day_ago_and_was_not_called_has_left) {
    for (int64_t since = WORLD_DAY_MS - 1; since <= WORLD_DAY_MS; since++) {
        ask_of_one(KPI_WAITING_TIME,
                   (const int64_t[JOURNEY_COLUMN_COUNT_MAX]){[COLUMN(ARRIVED)] = 1},
                   WORLD_FROM_MS + 1 + since);
        EXPECT_EQ(integer_at(&question, 0, "open"), since < WORLD_DAY_MS);
        EXPECT_EQ(integer_at(&question, 0, "left_before_call"), since >= WORLD_DAY_MS);
        question_end(&question);
        ask_of_one(KPI_LEFT_BEFORE_CALL,
                   (const int64_t[JOURNEY_COLUMN_COUNT_MAX]){[COLUMN(ARRIVED)] = 1},
                   WORLD_FROM_MS + 1 + since);
        EXPECT_EQ(integer_at(&question, 0, "open"), since < WORLD_DAY_MS);
        EXPECT_EQ(integer_at(&question, 0, "left"), since >= WORLD_DAY_MS);
        question_end(&question);
    }
}

TEST(who_was_finished_before_it_was_missed_is_no_late_show) {
    for (int64_t missed = 999; missed <= 1001; missed++) {
        ask_of_one(KPI_LATE_SHOW,
                   (const int64_t[JOURNEY_COLUMN_COUNT_MAX]){[COLUMN(CONFIRMED)] = 1,
                                                             [COLUMN(START)] = 500,
                                                             [COLUMN(FINISHED)] = 1000,
                                                             [COLUMN(MISSED)] = missed},
                   WORLD_FROM_MS + WORLD_DAY_MS);
        EXPECT_EQ(integer_at(&question, 0, "n"), 1);
        EXPECT_EQ(integer_at(&question, 0, "late_show"), missed <= 1000);
        EXPECT_EQ(integer_at(&question, 0, "missed"), 0);
        question_end(&question);
    }
}

/* What counts is the start that was said last: an appointment belongs to one period only. */
TEST(an_appointment_that_was_moved_belongs_to_the_period_of_its_last_start) {
    static const enum kpi_id kpis[] = {KPI_RESCHEDULING, KPI_NO_SHOW, KPI_CANCELLATION};
    for (size_t k = 0; k < sizeof kpis / sizeof *kpis; k++) {
        for (int64_t start = WORLD_DAY_MS - 1; start <= WORLD_DAY_MS; start++) {
            ask_of_one(kpis[k],
                       (const int64_t[JOURNEY_COLUMN_COUNT_MAX]){[COLUMN(CONFIRMED)] = 1,
                                                                 [COLUMN(START)] = start,
                                                                 [COLUMN(START_SET)] = 2,
                                                                 [COLUMN(FINISHED)] = start + 1},
                       WORLD_FROM_MS + 5 * WORLD_DAY_MS);
            question.plan.from_ms = WORLD_FROM_MS + WORLD_DAY_MS;
            question.plan.to_ms = WORLD_FROM_MS + 2 * WORLD_DAY_MS;
            EXPECT_OK(question_ask(&question));
            EXPECT_EQ(integer_at(&question, 0, "n"), start == WORLD_DAY_MS);
            question_end(&question);
        }
    }
}

TEST(a_wait_of_exactly_the_limit_is_short) {
    for (int64_t wait = 899999; wait <= 900001; wait++) {
        ask_of_one(KPI_WAITING_WITHIN,
                   (const int64_t[JOURNEY_COLUMN_COUNT_MAX]){[COLUMN(ARRIVED)] = 1,
                                                             [COLUMN(CALLED)] = 1 + wait},
                   WORLD_FROM_MS + WORLD_DAY_MS);
        question.plan.within_ms = 900000;
        EXPECT_OK(question_ask(&question));
        EXPECT_EQ(integer_at(&question, 0, "within"), wait <= 900000);
        EXPECT_EQ(integer_at(&question, 0, "walk_ins"), 1);
        question_end(&question);
    }
}

/* A stock has no Monday, and a journey that is told once a bucket would be told once an hour. */
TEST(what_comes_again_by_weekday_is_no_stock_and_counted_once) {
    int recurring = 0;
    for (enum kpi_id kpi = 0; kpi < KPI_COUNT; kpi++) {
        const struct plan plan = {.definition = kpi_get(kpi)};
        if (!plan.definition->recurring) continue;
        const struct fold *fold = fold_of(&plan);
        recurring++;
        EXPECT(plan.definition->buckets && !fold->every_bucket);
        for (uint32_t class = 0; class < fold->class_count; class ++)
            EXPECT(fold->classes[class].span == SPAN_FLOW);
        for (uint32_t i = 0; i < fold->source_count; i++) EXPECT(!fold->sources[i].presence);
    }
    EXPECT(recurring > 10);
}

TEST(who_is_called_in_the_moment_of_arriving_has_not_waited) {
    for (int64_t called = 999; called <= 1001; called++) {
        const int64_t milestones[JOURNEY_COLUMN_COUNT_MAX] = {[COLUMN(ARRIVED)] = 1000,
                                                              [COLUMN(CALLED)] = called};
        ask_of_one(KPI_WAITING_TIME, milestones, WORLD_FROM_MS + WORLD_DAY_MS);
        EXPECT_EQ(integer_at(&question, 0, "n"), called >= 1000);
        EXPECT_EQ(integer_at(&question, 0, "excluded_negative"), called < 1000);
        expect_number(&question, 0, "max", called < 1000 ? NAN : (double)(called - 1000) / 1000);
        question_end(&question);
        ask_of_one(KPI_LEFT_BEFORE_CALL, milestones, WORLD_FROM_MS + WORLD_DAY_MS);
        EXPECT_EQ(integer_at(&question, 0, "n"), called >= 1000);
        EXPECT_EQ(integer_at(&question, 0, "excluded_negative"), called < 1000);
        question_end(&question);
    }
}

TEST(an_appointment_is_open_until_the_moment_of_its_start) {
    static const enum kpi_id kpis[] = {KPI_RESCHEDULING, KPI_CANCELLATION};
    for (size_t k = 0; k < sizeof kpis / sizeof *kpis; k++) {
        for (int64_t start = 4999; start <= 5001; start++) {
            ask_of_one(kpis[k],
                       (const int64_t[JOURNEY_COLUMN_COUNT_MAX]){[COLUMN(CONFIRMED)] = 1,
                                                                 [COLUMN(START)] = start},
                       WORLD_FROM_MS + 5000);
            EXPECT_EQ(integer_at(&question, 0, "open"), start > 5000);
            EXPECT_EQ(integer_at(&question, 0, "n"), start <= 5000);
            question_end(&question);
        }
    }
}
