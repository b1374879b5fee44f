/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: end_to_end joins journeys by their link tokens and by nothing else. Method: random
 * attempts, cases and appointments whose events share few tokens, so that some have several
 * partners, some none; random questions; for every row a loop over all pairs of journeys. */
#include "tests/query/reference_world.h"

enum { SEEDS = 150, TOKENS = 60, VALUES_MAX = 2000 };

static struct question question;

/* --- the world --- */

static void add_journey(uint64_t *seed, enum purpose purpose) {
    const uint32_t number = world.journey_count[purpose];
    int64_t *row = world_add(seed, purpose);
    int64_t time = random_time(seed);
    const uint32_t events = 1 + (uint32_t)random_below(seed, 3);
    world.trail_begin[purpose][number] = world.trail_event_count;
    world.trail_count[purpose][number] = events;
    row[JOURNEY_FIRST] = time;
    for (uint32_t i = 0; i < events; i++) {
        const uint32_t at = world.trail_event_count++;
        const bool has_token = random_below(seed, 3) > 0;
        world.trail_time[at] = time;
        world.trail_link[at] = has_token ? 1 + random_below(seed, TOKENS) : 0;
        row[JOURNEY_LAST] = time;
        time += (int64_t)random_below(seed, 5) * WORLD_DAY_MS;
    }
    const int64_t begin = row[JOURNEY_FIRST];
    for (uint32_t c = JOURNEY_COMMON_COUNT; c < journey_column_count(purpose); c++) {
        if (journey_column_kind(purpose, c) != KIND_TIME) continue;
        const bool often = c == CASE_RECEIVED || c == ATTEMPT_SUBMITTED;
        row[c] = world_milestone(seed, begin, often ? 90 : 25);
        /* Often at midnight: one ends as the next begins, and patience ends at T. */
        if (row[c] != TIME_ABSENT && random_below(seed, 2) == 0)
            row[c] -= (row[c] - WORLD_FROM_MS) % WORLD_DAY_MS;
        if (row[c] != TIME_ABSENT && row[c] < row[JOURNEY_FIRST]) row[JOURNEY_FIRST] = row[c];
        if (row[c] > row[JOURNEY_LAST]) row[JOURNEY_LAST] = row[c];
    }
}

static void make_world(uint64_t *seed) {
    world_clear(seed);
    for (enum purpose purpose = PURPOSE_ATTEMPT; purpose <= PURPOSE_APPOINTMENT; purpose++)
        for (uint64_t left = random_below(seed, 120); left > 0; left--) add_journey(seed, purpose);
}

/* --- the definition, pair by pair --- */

static bool carries(enum purpose purpose, uint32_t number, uint64_t token) {
    for (uint32_t i = 0; i < world.trail_count[purpose][number]; i++) {
        const uint32_t at = world.trail_begin[purpose][number] + i;
        if (world.trail_time[at] > question.plan.as_of_ms) break;
        if (token == 0 ? world.trail_link[at] != 0 : world.trail_link[at] == token) return true;
    }
    return false;
}

static bool are_linked(enum purpose purpose, uint32_t number, enum purpose other, uint32_t with) {
    if (world.journey[purpose][number][JOURNEY_TENANT] !=
        world.journey[other][with][JOURNEY_TENANT])
        return false;
    for (uint64_t token = 1; token <= TOKENS; token++)
        if (carries(purpose, number, token) && carries(other, with, token)) return true;
    return false;
}

struct next {
    bool found;
    int64_t begin, end;
    bool otherwise;
};

static struct next next_of(enum purpose purpose, const int64_t *row) {
    struct next next = {.found = true};
    if (purpose == PURPOSE_CASE) {
        next.begin = seen(&question, row[CASE_RECEIVED]);
        next.end = seen(&question, row[CASE_DECIDED]);
        if (next.end == TIME_ABSENT) next.end = seen(&question, row[CASE_DELIVERED]);
        if (next.end == TIME_ABSENT) next.end = seen(&question, row[CASE_CLOSED]);
        const int64_t other = seen(&question, earliest(&row[CASE_WITHDRAWN], 3));
        next.otherwise = other != TIME_ABSENT && (next.end == TIME_ABSENT || other < next.end);
        return next;
    }
    const int64_t ends[] = {row[APPOINTMENT_COLUMN_CANCELLED], row[APPOINTMENT_COLUMN_MISSED]};
    const int64_t other = seen(&question, earliest(ends, 2));
    next.begin = seen(&question, row[JOURNEY_FIRST]);
    next.end = seen(&question, row[APPOINTMENT_COLUMN_FINISHED]);
    next.otherwise = other != TIME_ABSENT && (next.end == TIME_ABSENT || other < next.end);
    return next;
}

static int64_t late_if_absent(int64_t time) {
    return time == TIME_ABSENT ? INT64_MAX : time;
}

static bool is_first(const struct next *a, const struct next *b) {
    if (!b->found) return true;
    if (a->begin != b->begin) return late_if_absent(a->begin) < late_if_absent(b->begin);
    if (a->end != b->end) return late_if_absent(a->end) < late_if_absent(b->end);
    return !a->otherwise && b->otherwise;
}

static struct next find_next(enum purpose purpose, uint32_t number) {
    const enum purpose other = purpose == PURPOSE_CASE ? PURPOSE_APPOINTMENT : PURPOSE_CASE;
    struct next first = {.found = false};
    for (uint32_t with = 0; with < world.journey_count[other]; with++) {
        if (!are_linked(purpose, number, other, with)) continue;
        const struct next next = next_of(other, world.journey[other][with]);
        if (is_first(&next, &first)) first = next;
    }
    return first;
}

struct sums {
    int64_t handed_over, running, waiting, lost, no_link, before, other, count;
    int linked, done, firsts;
    double whole[VALUES_MAX], first[VALUES_MAX], handover[VALUES_MAX], second[VALUES_MAX];
};

static void add(const struct selection *at, enum purpose purpose, uint32_t number,
                struct sums *sum) {
    const int64_t *row = world.journey[purpose][number];
    const uint32_t column = purpose == PURPOSE_ATTEMPT ? (uint32_t)ATTEMPT_SUBMITTED
                            : purpose == PURPOSE_CASE  ? (uint32_t)CASE_RECEIVED
                                                       : (uint32_t)APPOINTMENT_COLUMN_FINISHED;
    const int64_t handover = seen(&question, row[column]);
    const int64_t begin = purpose == PURPOSE_CASE ? handover : row[JOURNEY_FIRST];
    if (!in_period(at, handover)) return;
    const struct next next = find_next(purpose, number);
    sum->handed_over++;
    sum->first[sum->firsts++] = (double)(handover - begin) / 1000;
    if (!carries(purpose, number, 0)) {
        sum->no_link++;
    } else if (!next.found || next.begin == TIME_ABSENT) {
        const bool waits = handover > question.plan.as_of_ms - 7 * WORLD_DAY_MS;
        sum->no_link += purpose == PURPOSE_CASE;
        sum->waiting += purpose != PURPOSE_CASE && waits;
        sum->lost += purpose != PURPOSE_CASE && !waits;
    } else if (next.begin < handover || (next.end != TIME_ABSENT && next.end < next.begin)) {
        sum->before++;
    } else {
        sum->handover[sum->linked++] = (double)(next.begin - handover) / 1000;
        sum->other += next.otherwise;
        sum->running += !next.otherwise && next.end == TIME_ABSENT;
        if (next.otherwise || next.end == TIME_ABSENT) return;
        sum->whole[sum->done] = (double)(next.end - begin) / 1000;
        sum->second[sum->done++] = (double)(next.end - next.begin) / 1000;
    }
}

static void check_row(uint32_t row) {
    static struct sums sum;
    const struct selection at = selection_of(&question, row);
    const enum purpose purpose = question.plan.purpose;
    memset(&sum, 0, sizeof sum);
    for (uint32_t i = 0; i < world.journey_count[purpose]; i++)
        if (world_selected(&at, world.journey[purpose][i])) add(&at, purpose, i, &sum);
    const int64_t settled = sum.handed_over - sum.waiting;
    expect_durations(&question, row, sum.whole, sum.done);
    expect_number(&question, row, "first_p50", naive_quantile(sum.first, sum.firsts, 0.5));
    expect_number(&question, row, "handover_p90", naive_quantile(sum.handover, sum.linked, 0.9));
    expect_number(&question, row, "second_p50", naive_quantile(sum.second, sum.done, 0.5));
    expect_integer(&question, row, "n", sum.done);
    expect_integer(&question, row, "open", sum.running + sum.waiting);
    expect_integer(&question, row, "handed_over", sum.handed_over);
    expect_integer(&question, row, "linked", sum.linked);
    expect_number(&question, row, "linked_share", ratio_of(sum.linked, settled));
    expect_number(&question, row, "lost_share", ratio_of(sum.lost, settled));
    expect_integer(&question, row, "excluded_lost", sum.lost);
    expect_integer(&question, row, "excluded_no_link", sum.no_link);
    expect_integer(&question, row, "excluded_began_before", sum.before);
    expect_integer(&question, row, "excluded_other_end", sum.other);
    expect_state(&question, row, &at, sum.done);
}

TEST(journeys_are_joined_by_their_link_tokens) {
    static const enum purpose purposes[] = {PURPOSE_CASE, PURPOSE_ATTEMPT, PURPOSE_APPOINTMENT};
    for (uint64_t s = 1; s <= SEEDS && test_failures == 0; s++) {
        uint64_t seed = s + 12000;
        make_world(&seed);
        question_random(&question, KPI_END_TO_END, &seed);
        question.plan.purpose = purposes[s % 3];
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        for (uint32_t row = 0; row < question.result.row_count && test_failures == 0; row++)
            check_row(row);
        expect_complete(&question, "handed_over");
        question_end(&question);
    }
}

/* A budget that holds the rows but not the table: a clear refusal, not half an answer. */
TEST(too_many_links_for_the_budget_are_refused) {
    uint64_t seed = 5;
    do make_world(&seed);
    while (world.journey_count[PURPOSE_CASE] < 60 || world.journey_count[PURPOSE_ATTEMPT] < 60);
    bool refused = false, answered = false;
    for (size_t bytes = 100000; bytes < 4000000 && !answered; bytes += 20000) {
        question_random(&question, KPI_END_TO_END, &seed);
        memset(question.plan.filter, 0, sizeof question.plan.filter);
        question.plan.purpose = PURPOSE_ATTEMPT;
        question.arena.budget_bytes = bytes;
        const enum status status = question_ask(&question);
        EXPECT(status == STATUS_OK || status == STATUS_NO_MEMORY);
        answered = status == STATUS_OK;
        refused |= strstr(question.error.text, "linked") != NULL;
        question_end(&question);
    }
    EXPECT(answered && refused);
}
