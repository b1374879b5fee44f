/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: processing time, throughput, backlog and digital take-up are what their definitions say,
 * for any filters, groups, buckets and end of observation. Method: random cases whose milestones
 * contradict each other, and for every row of the answer a walk over all of them by the words of
 * the definition. */
#include "tests/query/reference_world.h"

enum { SEEDS = 60, CASES = 400 };

static struct question question;

/* The pauses of each case, apart from each other and ascending; the last may be open. */
enum { PAUSES_MAX = 4 };
struct pause {
    int64_t begin, end; /* INT64_MAX: no reply */
};
static struct pause pauses[CASES][PAUSES_MAX];
static int pause_count[CASES];

static int64_t paused_between(const struct pause *list, int count, int64_t from, int64_t to) {
    int64_t sum = 0;
    for (int i = 0; i < count; i++) {
        int64_t begin = list[i].begin > from ? list[i].begin : from;
        int64_t end = list[i].end < to ? list[i].end : to;
        if (end > begin) sum += end - begin;
    }
    return sum;
}

/* What the store keeps of them (event/journey.h). */
static void add_pauses(uint64_t *seed, int number, int64_t *row) {
    struct pause *list = pauses[number];
    int64_t at = row[JOURNEY_FIRST] - WORLD_DAY_MS;
    int count = (int)random_below(seed, PAUSES_MAX);
    for (int i = 0; i < count; i++) {
        list[i].begin = at + (int64_t)random_below(seed, 8 * 86400000ull);
        list[i].end = at = list[i].begin + (int64_t)random_below(seed, 6 * 86400000ull);
    }
    if (count > 0 && random_below(seed, 3) == 0) list[count - 1].end = INT64_MAX;
    pause_count[number] = count;
    int64_t others[] = {row[CASE_WITHDRAWN], row[CASE_FORWARDED], row[CASE_REJECTED]};
    int64_t other = earliest(others, 3), end = row[CASE_DECIDED];
    if (end == TIME_ABSENT) end = row[CASE_DELIVERED];
    if (end == TIME_ABSENT) end = row[CASE_CLOSED];
    if (other != TIME_ABSENT && (end == TIME_ABSENT || other < end)) end = other;
    const bool open = end == TIME_ABSENT && count > 0 && list[count - 1].end == INT64_MAX;
    const int64_t from = row[CASE_RECEIVED];
    row[CASE_REQUESTS] = count;
    row[CASE_PAUSED] =
        paused_between(list, count - open, from, end == TIME_ABSENT ? INT64_MAX : end);
    row[CASE_PAUSED_SINCE] = TIME_ABSENT;
    if (open) row[CASE_PAUSED_SINCE] = list[count - 1].begin > from ? list[count - 1].begin : from;
    if (row[CASE_COMPLETE] != TIME_ABSENT)
        row[CASE_PAUSED_COMPLETE] = paused_between(list, count, from, row[CASE_COMPLETE]);
    row[CASE_MINUTES] = (int64_t)random_below(seed, 4) * 1500000;
}

static void add_cases(uint64_t *seed, int count) {
    for (int i = 0; i < count; i++) {
        int64_t *row = world_add(seed, PURPOSE_CASE);
        int64_t begin = random_time(seed);
        row[CASE_RECEIVED] = random_below(seed, 20) == 0 ? TIME_ABSENT : begin;
        row[CASE_COMPLETE] = world_milestone(seed, begin, 30);
        row[CASE_DECIDED] = world_milestone(seed, begin, 50);
        row[CASE_DELIVERED] = world_milestone(seed, begin, 20);
        row[CASE_CLOSED] = world_milestone(seed, begin, 30);
        row[CASE_WITHDRAWN] = world_milestone(seed, begin, 5);
        row[CASE_FORWARDED] = world_milestone(seed, begin, 5);
        row[CASE_REJECTED] = world_milestone(seed, begin, 5);
        row[CASE_REOPENED] = world_milestone(seed, begin, 30);
        row[CASE_END_LAST] = TIME_ABSENT;
        for (int end = CASE_DECIDED; end <= CASE_REJECTED; end++)
            if (row[end] > row[CASE_END_LAST]) row[CASE_END_LAST] = row[end];
        if (row[CASE_END_LAST] != TIME_ABSENT && random_below(seed, 3) == 0)
            row[CASE_END_LAST] = world_milestone(seed, row[CASE_END_LAST], 100);
        world_extent(PURPOSE_CASE, row);
        add_pauses(seed, i, row);
    }
}

static const int64_t *case_row(uint32_t i) {
    return world.journey[PURPOSE_CASE][i];
}

/* --- processing time --- */

struct processing {
    int64_t open, no_start, negative, other, late, no_minutes, with_pause, with_minutes;
    double gross, applicant, touch;
    int count;
    double values[CASES];
    /* Intake: all received, the time until they ended or T, and how they ended. */
    int lives;
    int entered_late, before_known;
    struct life {
        double from, time; /* from 0: seen from the beginning */
        enum { LIFE_ENDED, LIFE_WITHDRAWN, LIFE_FORWARDED, LIFE_REJECTED, LIFE_OPEN } end;
    } life[CASES];
};

/* A, by the clock's start. */
static int64_t start_of(const int64_t *row) {
    int64_t received = seen(&question, row[CASE_RECEIVED]);
    int64_t complete = seen(&question, row[CASE_COMPLETE]);
    if (question.plan.start == START_RECEIVED || received == TIME_ABSENT) return received;
    return complete == TIME_ABSENT || complete > received ? complete : received;
}

static enum region region_of(const int64_t *row) {
    const char *tenant = world_text(DIMENSION_TENANT, &row[JOURNEY_TENANT]);
    return calendar_region(question.plan.calendar, tenant, strlen(tenant));
}

static double applicant_time(const int64_t *row, int64_t start, int64_t end) {
    const ptrdiff_t number = (row - world.journey[PURPOSE_CASE][0]) / JOURNEY_COLUMN_COUNT_MAX;
    return (double)paused_between(pauses[number], pause_count[number], start, end) / 1000;
}

static double clock_between(const int64_t *row, int64_t start, int64_t end) {
    const struct calendar *calendar = question.plan.calendar;
    const double gross = (double)(end - start) / 1000;
    switch (question.plan.clock) {
        case CLOCK_WORKING_DAYS:
            return (double)calendar_working_days(calendar, region_of(row), start, end);
        case CLOCK_OFFICE_HOURS:
            return (double)calendar_open_ms(calendar, region_of(row), start, end) / 3600000;
        case CLOCK_NET: return gross - applicant_time(row, start, end);
        case CLOCK_APPLICANT: return applicant_time(row, start, end);
        case CLOCK_TOUCH: return (double)row[CASE_MINUTES] / 1e6 * 60;
        default: return gross;
    }
}

static void add_processing(const struct selection *at, const int64_t *row, struct processing *sum) {
    int64_t start = start_of(row);
    int64_t end = seen(&question, row[CASE_DECIDED]);
    if (end == TIME_ABSENT) end = seen(&question, row[CASE_DELIVERED]);
    if (end == TIME_ABSENT) end = seen(&question, row[CASE_CLOSED]);
    int64_t others[] = {row[CASE_WITHDRAWN], row[CASE_FORWARDED], row[CASE_REJECTED]};
    int64_t other = seen(&question, earliest(others, 3));
    bool other_first = other != TIME_ABSENT && (end == TIME_ABSENT || other < end);
    if (start != TIME_ABSENT && end == TIME_ABSENT && !other_first) sum->open += start < at->end_ms;
    if (!in_period(at, other_first ? other : end)) return;
    if (other_first) {
        sum->other++;
    } else if (end != TIME_ABSENT && start == TIME_ABSENT) {
        sum->no_start++;
    } else if (end != TIME_ABSENT && end < start) {
        sum->negative++;
    } else if (end != TIME_ABSENT && question.plan.clock == CLOCK_TOUCH && row[CASE_MINUTES] == 0) {
        sum->no_minutes++;
    } else if (end != TIME_ABSENT) {
        sum->gross += (double)(end - start) / 1000;
        sum->applicant += applicant_time(row, start, end);
        sum->touch += (double)row[CASE_MINUTES] / 1e6 * 60;
        sum->with_pause += applicant_time(row, start, end) > 0;
        sum->with_minutes += row[CASE_MINUTES] > 0;
        sum->values[sum->count++] = clock_between(row, start, end);
        sum->late += (row[JOURNEY_FLAGS] & EVENT_LATE) != 0;
    }
}

/* From when on all cases of its tenant are known. */
static int64_t known_of(const int64_t *row) {
    const char *tenant = world_text(DIMENSION_TENANT, &row[JOURNEY_TENANT]);
    int64_t known = TIME_ABSENT;
    for (uint32_t i = 0; i < question.plan.known_from_count; i++) {
        const struct plan_known *each = &question.plan.known_from[i];
        if (each->tenant == NULL ? known == TIME_ABSENT : strcmp(each->tenant, tenant) == 0)
            known = each->from_ms;
    }
    return known;
}

static void add_life(struct processing *sum, const struct life *life) {
    sum->open += life->end == LIFE_OPEN;
    sum->count += life->end == LIFE_ENDED;
    sum->other += life->end != LIFE_OPEN && life->end != LIFE_ENDED;
    sum->entered_late += life->from > 0;
    sum->life[sum->lives++] = *life;
}

static void add_intake(const struct selection *at, const int64_t *row, struct processing *sum) {
    int64_t start = start_of(row), known = known_of(row);
    int64_t end = seen(&question, row[CASE_DECIDED]);
    if (end == TIME_ABSENT) end = seen(&question, row[CASE_DELIVERED]);
    if (end == TIME_ABSENT) end = seen(&question, row[CASE_CLOSED]);
    int64_t others[] = {row[CASE_WITHDRAWN], row[CASE_FORWARDED], row[CASE_REJECTED]};
    int64_t other = seen(&question, earliest(others, 3));
    struct life life = {.end = LIFE_ENDED};
    if (!in_period(at, start)) return;
    if (other != TIME_ABSENT && (end == TIME_ABSENT || other < end)) {
        end = other;
        life.end = LIFE_WITHDRAWN;
        while (others[life.end - LIFE_WITHDRAWN] != other) life.end++;
    } else if (end == TIME_ABSENT) {
        end = question.plan.as_of_ms;
        life.end = LIFE_OPEN;
    }
    if (end < start) {
        sum->negative++;
        return;
    }
    life.time = clock_between(row, start, end);
    if (known > start && (question.plan.clock != CLOCK_GROSS || end <= known)) {
        sum->before_known++;
        return;
    }
    if (known > start) life.from = (double)(known - start) / 1000;
    add_life(sum, &life);
}

static int lives_at_risk(const struct processing *sum, double age) {
    int count = 0;
    for (int i = 0; i < sum->lives; i++)
        count += sum->life[i].time >= age && (sum->life[i].from == 0 || sum->life[i].from < age);
    return count;
}

/* Right after it nobody is at risk, but later somebody is. */
static bool is_gap(const struct processing *sum, double after) {
    bool now = false, later = false;
    for (int i = 0; i < sum->lives; i++) {
        const bool lasts = sum->life[i].time > after;
        now |= lasts && (sum->life[i].from == 0 || sum->life[i].from <= after);
        later |= lasts;
    }
    return !now && later;
}

/* The share that has come to the end by the age, after Aalen and Johansen, from the beginning,
 * which is slow and plain. end LIFE_OPEN: the share that has come to none. */
static double naive_share(const struct processing *sum, double age, int end) {
    double survival = 1, incidence = 0, now = -1, longest = -1;
    for (int i = 0; i < sum->lives; i++) longest = fmax(longest, sum->life[i].time);
    if (sum->lives == 0 || is_gap(sum, -1)) return NAN;
    for (;;) {
        double next = INFINITY;
        for (int i = 0; i < sum->lives; i++)
            if (sum->life[i].time > now && sum->life[i].time < next) next = sum->life[i].time;
        if (next > age) break;
        const int at_risk = lives_at_risk(sum, next);
        int ended = 0, all = 0;
        for (int i = 0; i < sum->lives; i++) {
            const bool here = sum->life[i].time == next && sum->life[i].end != LIFE_OPEN;
            ended += here && (int)sum->life[i].end == end;
            all += here;
        }
        if (all > 0) incidence += survival * ended / at_risk;
        if (all > 0) survival *= (double)(at_risk - all) / at_risk;
        now = next;
        if (now < age && is_gap(sum, now)) return NAN;
    }
    if (age > longest && survival > 0) return NAN;
    return end == LIFE_OPEN ? survival : incidence;
}

/* The least moment at which the share of those decided reaches p. */
static double naive_incidence(const struct processing *sum, double p) {
    double found = NAN;
    for (int m = 0; m < sum->lives; m++) {
        const double moment = sum->life[m].time;
        if (!(moment >= found) && naive_share(sum, moment, LIFE_ENDED) >= p - 1e-9) found = moment;
    }
    return found;
}

/* The longest time of which anything is known. */
static double naive_longest(const struct processing *sum) {
    double longest = -1;
    if (sum->lives == 0 || is_gap(sum, -1)) return NAN;
    for (int i = 0; i < sum->lives; i++) longest = fmax(longest, sum->life[i].time);
    for (int i = 0; i < sum->lives; i++)
        if (is_gap(sum, sum->life[i].time)) longest = fmin(longest, sum->life[i].time);
    return longest;
}

/* For the state: nothing decided yet is few, not none, where something was received. */
static int64_t units_of(const struct processing *sum) {
    return sum->count == 0 && sum->lives > 0 ? 1 : sum->count;
}

static void check_intake(void) {
    static struct processing sum;
    for (uint32_t i = 0; i < question.result.row_count; i++) {
        struct selection at = selection_of(&question, i);
        memset(&sum, 0, sizeof sum);
        for (uint32_t c = 0; c < world.journey_count[PURPOSE_CASE]; c++)
            if (world_selected(&at, case_row(c))) add_intake(&at, case_row(c), &sum);
        double median = number_at(&question, i, "value");
        expect_number(&question, i, "value", naive_incidence(&sum, 0.5));
        expect_number(&question, i, "p10", naive_incidence(&sum, 0.1));
        expect_number(&question, i, "p95", naive_incidence(&sum, 0.95));
        expect_number(&question, i, "longest", naive_longest(&sum));
        EXPECT(!(number_at(&question, i, "lo") > median));
        EXPECT(!(number_at(&question, i, "hi") < median));
        expect_integer(&question, i, "n", sum.count);
        expect_integer(&question, i, "open", sum.open);
        expect_integer(&question, i, "other_end", sum.other);
        expect_integer(&question, i, "entered_late", sum.entered_late);
        expect_integer(&question, i, "excluded_end_before_start", sum.negative);
        expect_integer(&question, i, "excluded_before_known", sum.before_known);
        expect_state(&question, i, &at, units_of(&sum));
    }
}

/* Of all tenants, of one, or of both; for question.arena. */
static void question_known_from(uint64_t *seed) {
    struct plan_known *known = arena_push_array(&question.arena, struct plan_known, 2);
    const uint32_t row = (uint32_t)random_below(seed, CASES);
    const uint64_t kind = random_below(seed, 4);
    uint32_t count = 0;
    if (kind != 1) known[count++] = (struct plan_known){NULL, random_time(seed)};
    if (kind != 2 && row < world.journey_count[PURPOSE_CASE])
        known[count++] = (struct plan_known){
            world_text(DIMENSION_TENANT, &case_row(row)[JOURNEY_TENANT]), random_time(seed)};
    question.plan.known_from = known;
    question.plan.known_from_count = kind == 0 ? 0 : count;
    question.plan.known_from_text = "";
}

/* Shares of random ages, in days or working days, and that they add up to 1. */
TEST(the_share_decided_within_equals_aalen_and_johansen_by_brute_force) {
    static const char *const names[] = {"value", "withdrawn", "forwarded", "rejected", "under_way"};
    static struct processing sum;
    for (uint64_t s = 1; s <= 2 * SEEDS; s++) {
        uint64_t seed = s + 9000;
        world_clear(&seed);
        add_cases(&seed, (int)random_below(&seed, 80));
        question_random(&question, KPI_DECIDED_WITHIN, &seed);
        struct plan *plan = &question.plan;
        plan->view = VIEW_INTAKE;
        question_calendar(&question);
        plan->clock = (enum kpi_clock[]){CLOCK_GROSS, CLOCK_GROSS, CLOCK_WORKING_DAYS,
                                         CLOCK_NET}[random_below(&seed, 4)];
        plan->start = (enum kpi_start)random_below(&seed, START_COUNT);
        question_known_from(&seed);
        if (plan->clock == CLOCK_NET ||
            plan->start == START_COMPLETE) /* pauses are all of the past */
            plan->as_of_ms = WORLD_FROM_MS + (int64_t)(190 + s % 9) * WORLD_DAY_MS + 4321;
        plan->age_count = 1 + (uint32_t)random_below(&seed, 5);
        for (uint32_t i = 0; i < plan->age_count; i++)
            plan->ages[i] = (i == 0 ? 0 : plan->ages[i - 1] + 1) + (int64_t)random_below(&seed, 20);
        const double unit = plan->clock == CLOCK_WORKING_DAYS ? 1 : 86400;
        EXPECT_OK(question_ask(&question));
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct selection at = selection_of(&question, i);
            const double age = (double)plan->ages[i % plan->age_count] * unit;
            memset(&sum, 0, sizeof sum);
            for (uint32_t c = 0; c < world.journey_count[PURPOSE_CASE]; c++)
                if (world_selected(&at, case_row(c))) add_intake(&at, case_row(c), &sum);
            for (int end = 0; end < 5; end++)
                expect_number(&question, i, names[end], naive_share(&sum, age, end));
            expect_integer(&question, i, "age", plan->ages[i % plan->age_count]);
            expect_integer(&question, i, "at_risk", lives_at_risk(&sum, age));
            expect_integer(&question, i, "n", sum.count);
            expect_integer(&question, i, "open", sum.open);
            expect_integer(&question, i, "entered_late", sum.entered_late);
            expect_integer(&question, i, "excluded_before_known", sum.before_known);
            expect_state(&question, i, &at, units_of(&sum));
        }
        question_end(&question);
    }
}

TEST(the_intake_view_equals_aalen_and_johansen_by_brute_force) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 4000;
        world_clear(&seed);
        add_cases(&seed, (int)random_below(&seed, 80));
        question_random(&question, KPI_PROCESSING_TIME, &seed);
        question.plan.view = VIEW_INTAKE;
        question_calendar(&question);
        if (random_below(&seed, 2) == 0) question.plan.clock = CLOCK_WORKING_DAYS;
        if (s % 2 == 0) question_known_from(&seed);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        check_intake();
        expect_complete(&question, "n");
        expect_complete(&question, "open");
        question_end(&question);
    }
}

static void check_side_by_side(uint32_t row, const struct processing *sum) {
    const double n = sum->count;
    expect_number(&question, row, "gross_mean", n > 0 ? sum->gross / n : NAN);
    expect_number(&question, row, "net_mean", n > 0 ? (sum->gross - sum->applicant) / n : NAN);
    expect_number(&question, row, "applicant_mean", n > 0 ? sum->applicant / n : NAN);
    expect_number(&question, row, "touch_mean",
                  sum->with_minutes > 0 ? sum->touch / (double)sum->with_minutes : NAN);
    expect_integer(&question, row, "with_pause", sum->with_pause);
    expect_integer(&question, row, "with_minutes", sum->with_minutes);
}

static void check_processing_time(bool is_authority) {
    for (uint32_t i = 0; i < question.result.row_count; i++) {
        struct selection at = selection_of(&question, i);
        struct processing sum = {0};
        for (uint32_t c = 0; c < world.journey_count[PURPOSE_CASE]; c++)
            if (world_selected(&at, case_row(c))) add_processing(&at, case_row(c), &sum);
        int64_t excluded = sum.no_start + sum.negative + sum.other + sum.no_minutes;
        expect_durations(&question, i, sum.values, sum.count);
        expect_integer(&question, i, "n", sum.count);
        expect_integer(&question, i, "open", sum.open);
        expect_integer(&question, i, "excluded_no_start", sum.no_start);
        expect_integer(&question, i, "excluded_end_before_start", sum.negative);
        expect_integer(&question, i, "excluded_other_end", sum.other);
        expect_number(&question, i, "coverage", ratio_of(sum.count, sum.count + excluded));
        expect_number(&question, i, "late_share", ratio_of(sum.late, sum.count));
        expect_integer(&question, i, "excluded_no_minutes", sum.no_minutes);
        expect_state(&question, i, &at, sum.count);
        if (is_authority) check_side_by_side(i, &sum);
    }
}

TEST(processing_time_equals_a_walk_over_all_cases) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s;
        world_clear(&seed);
        add_cases(&seed, (int)random_below(&seed, CASES));
        question_random(&question, KPI_PROCESSING_TIME, &seed);
        if (s % 3 > 0) {
            question.plan.clock = s % 3 == 1 ? CLOCK_WORKING_DAYS : CLOCK_OFFICE_HOURS;
            question_calendar(&question);
        }
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        check_processing_time(false);
        expect_complete(&question, "n");
        question_end(&question);
    }
}

/* Everything happened before the end of observation: what the store tells of a moment before that
 * is what it knew then, and so is no matter of the KPI (tests/store). */
/* What statistics get of an answer: every duration that n counts, for each row. */
TEST(the_single_durations_of_a_row_are_those_that_it_is_made_of) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s;
        world_clear(&seed);
        add_cases(&seed, (int)random_below(&seed, CASES));
        question_random(&question, KPI_PROCESSING_TIME, &seed);
        EXPECT_OK(question_ask(&question));
        EXPECT(question.result.values == NULL);
        question.plan.values = true;
        EXPECT_OK(question_ask(&question));
        for (uint32_t row = 0; row < question.result.row_count; row++) {
            const struct result_values *found = &question.result.values[row];
            double values[CASES];
            int count = 0;
            for (size_t i = 0; i < found->count; i++) {
                EXPECT(i == 0 || found->value[i - 1] <= found->value[i]);
                values[count++] = (double)found->value[i] / 1000;
            }
            expect_integer(&question, row, "n", count);
            expect_durations(&question, row, values, count);
        }
        question_end(&question);
    }
}

TEST(the_clocks_of_the_authority_equal_a_walk_over_all_cases_and_their_pauses) {
    for (uint64_t s = 1; s <= 4 * SEEDS; s++) {
        uint64_t seed = s + 6000;
        const bool intake = s % 3 == 0;
        world_clear(&seed);
        add_cases(&seed, (int)random_below(&seed, intake ? 80 : CASES));
        question_random(&question, KPI_PROCESSING_TIME, &seed);
        question_calendar(&question);
        question.plan.as_of_ms = WORLD_FROM_MS + (int64_t)(190 + s % 9) * WORLD_DAY_MS + 4321;
        question.plan.clock = (enum kpi_clock)(s / 3 % CLOCK_COUNT);
        question.plan.start = s % 4 < 2 ? START_COMPLETE : START_RECEIVED;
        const bool no_life = question.plan.clock == CLOCK_APPLICANT ||  //
                             question.plan.clock == CLOCK_TOUCH;
        if (intake && no_life) question.plan.clock = CLOCK_NET;
        if (question.plan.start == START_RECEIVED && question.plan.clock < CLOCK_NET)
            question.plan.clock = CLOCK_NET;
        question.plan.view = intake ? VIEW_INTAKE : VIEW_CLOSING;
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        if (intake)
            check_intake();
        else
            check_processing_time(true);
        expect_complete(&question, "n");
        question_end(&question);
    }
}

TEST(a_mean_of_two_milliseconds_is_exact) {
    uint64_t seed = 1;
    world_clear(&seed);
    const int64_t durations[] = {2868583, 2868584, 5, 1217821800};
    for (int i = 0; i < 4; i++) {
        int64_t *row = world_add(&seed, PURPOSE_CASE);
        row[CASE_RECEIVED] = WORLD_FROM_MS;
        row[CASE_CLOSED] = WORLD_FROM_MS + durations[i];
        world_extent(PURPOSE_CASE, row);
    }
    question_random(&question, KPI_PROCESSING_TIME, &seed);
    struct plan all = {.definition = question.plan.definition,
                       .from_ms = TIME_ABSENT,
                       .to_ms = TIME_ABSENT,
                       .as_of_ms = INT64_MAX - 1,
                       .zone = "Europe/Berlin",
                       .quantile_count = 2,
                       .quantiles = {0.5, 0.999}};
    question.plan = all;
    EXPECT_OK(question_ask(&question));
    EXPECT(number_at(&question, 0, "p50") == 2868.5835);
    EXPECT(number_at(&question, 0, "max") == 1217821.8);
    EXPECT(number_at(&question, 0, "min") == 0.005);
    EXPECT_NEAR(number_at(&question, 0, "p99.9"), 2868.584 + (1217821.8 - 2868.584) * 0.997, 1e-6);
    EXPECT_TEXT(question.result.calendar, "none");
    question_end(&question);
}

/* --- throughput and backlog --- */

/* Is the case in stock just before `moment`, as known at T? */
static bool in_stock(const int64_t *row, int64_t moment) {
    int64_t start = seen(&question, row[CASE_RECEIVED]);
    int64_t end = seen(&question, earliest(&row[CASE_DECIDED], 6));
    int64_t again = seen(&question, row[CASE_REOPENED]);
    int64_t last = seen(&question, row[CASE_END_LAST]);
    if (start == TIME_ABSENT || start >= moment) return false;
    if (end == TIME_ABSENT || end >= moment) return end == TIME_ABSENT || end >= start;
    if (end < start || again == TIME_ABSENT || again < end || again >= moment) return false;
    return last == TIME_ABSENT || last <= again || last >= moment;
}

struct stock {
    int64_t in, out, reopened, backlog, received, late, age[5], recent;
};

static void add_stock(const struct selection *at, const int64_t *row, struct stock *sum) {
    const struct calendar *calendar = question.plan.calendar;
    const char *tenant = world_text(DIMENSION_TENANT, &row[JOURNEY_TENANT]);
    enum region region = calendar_region(calendar, tenant, strlen(tenant));
    int64_t moment = at->end_ms;
    int64_t start = seen(&question, row[CASE_RECEIVED]);
    int64_t end = seen(&question, earliest(&row[CASE_DECIDED], 6));
    int64_t again = seen(&question, row[CASE_REOPENED]);
    int64_t last = seen(&question, row[CASE_END_LAST]);
    if (start == TIME_ABSENT || (end != TIME_ABSENT && end < start)) return;
    sum->received += start < moment;
    sum->late += start < moment && (row[JOURNEY_FLAGS] & EVENT_LATE) != 0;
    sum->in += in_period(at, start);
    int64_t outs[2] = {end, TIME_ABSENT};
    if (end != TIME_ABSENT && again != TIME_ABSENT && again >= end) {
        sum->reopened += in_period(at, again);
        if (last != TIME_ABSENT && last > again) outs[1] = last;
    }
    /* "Now" at the end of the bucket: just before it, and not after T. */
    int64_t now = moment - 1 < question.plan.as_of_ms ? moment - 1 : question.plan.as_of_ms;
    for (int i = 0; i < 2; i++) {
        sum->out += in_period(at, outs[i]);
        if (outs[i] != TIME_ABSENT && outs[i] < moment)
            sum->recent += calendar_working_days(calendar, region, outs[i], now) < 20;
    }
    if (!in_stock(row, moment)) return;
    int64_t age = calendar_working_days(calendar, region, start, now);
    sum->backlog++;
    sum->age[age <= 5 ? 0 : age <= 10 ? 1 : age <= 20 ? 2 : age <= 60 ? 3 : 4]++;
}

static struct stock stock_at(const struct selection *at) {
    struct stock sum = {0};
    for (uint32_t c = 0; c < world.journey_count[PURPOSE_CASE]; c++)
        if (world_selected(at, case_row(c))) add_stock(at, case_row(c), &sum);
    return sum;
}

static void check_flows(uint32_t row, const struct stock *sum) {
    expect_integer(&question, row, "in", sum->in);
    expect_integer(&question, row, "out", sum->out);
    expect_integer(&question, row, "reopened", sum->reopened);
    expect_integer(&question, row, "backlog", sum->backlog);
    expect_integer(&question, row, "open", sum->backlog);
}

static void check_backlog(void) {
    static const char *const bins[] = {"age_0_5", "age_6_10", "age_11_20", "age_21_60",
                                       "age_over_60"};
    EXPECT_OK(question_ask(&question));
    expect_shape(&question);
    for (uint32_t i = 0; i < question.result.row_count; i++) {
        struct selection at = selection_of(&question, i);
        struct stock sum = stock_at(&at);
        check_flows(i, &sum);
        expect_number(&question, i, "value", sum.received == 0 ? NAN : (double)sum.backlog);
        expect_number(&question, i, "reach",
                      sum.recent == 0 ? NAN : (double)sum.backlog / ((double)sum.recent / 20));
        expect_integer(&question, i, "n", sum.received);
        expect_number(&question, i, "late_share", ratio_of(sum.late, sum.received));
        int64_t in_bins = 0;
        for (int bin = 0; bin < 5; bin++) {
            expect_integer(&question, i, bins[bin], sum.age[bin]);
            in_bins += integer_at(&question, i, bins[bin]);
        }
        EXPECT_EQ(in_bins, integer_at(&question, i, "backlog"));
    }
}

static void check_throughput(void) {
    EXPECT_OK(question_ask(&question));
    expect_shape(&question);
    for (uint32_t i = 0; i < question.result.row_count; i++) {
        struct selection at = selection_of(&question, i);
        struct stock sum = stock_at(&at);
        check_flows(i, &sum);
        expect_integer(&question, i, "n", sum.out);
        expect_number(&question, i, "clearance", ratio_of(sum.out, sum.in));
        expect_number(&question, i, "reach",
                      sum.recent == 0 ? NAN : (double)sum.backlog / ((double)sum.recent / 20));
    }
    expect_complete(&question, "out");
}

TEST(backlog_equals_a_walk_over_all_cases) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s;
        world_clear(&seed);
        add_cases(&seed, (int)random_below(&seed, CASES));
        question_random(&question, KPI_BACKLOG, &seed);
        question_calendar(&question);
        check_backlog();
        question_end(&question);
    }
}

TEST(throughput_equals_a_walk_over_all_cases) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 1000;
        world_clear(&seed);
        add_cases(&seed, (int)random_below(&seed, CASES));
        question_random(&question, KPI_THROUGHPUT, &seed);
        question_calendar(&question);
        check_throughput();
        question_end(&question);
    }
}

/* Cases that begin in the few days before the change to summer time, mostly end once, on a few
 * days, some after a hundred days and more: most are counted by day, with others like them. */
static void add_cases_alike(uint64_t *seed, int count) {
    const int64_t change_ms = WORLD_FROM_MS + 54 * WORLD_DAY_MS;
    for (int i = 0; i < count; i++) {
        int64_t *row = world_add(seed, PURPOSE_CASE);
        const int64_t begin = change_ms + (int64_t)random_below(seed, 4) * WORLD_DAY_MS +
                              (int64_t)random_below(seed, 25) * (WORLD_DAY_MS / 24);
        const int64_t days = random_below(seed, 8) == 0 ? 120 : 0;
        row[CASE_RECEIVED] = begin;
        if (random_below(seed, 4) > 0)
            row[CASE_DECIDED] = row[CASE_END_LAST] =
                begin + (days + (int64_t)random_below(seed, 10)) * WORLD_DAY_MS +
                (int64_t)random_below(seed, 24) * (WORLD_DAY_MS / 24);
        if (random_below(seed, 20) == 0) row[CASE_REOPENED] = begin + 12 * WORLD_DAY_MS;
        world_extent(PURPOSE_CASE, row);
    }
}

/* Whole days, or all there is, or for comparison buckets that begin in the afternoon; an end of
 * observation at any moment, often when cases get to the last age, which is
 * a day later where Corpus Christi is a holiday. */
TEST(lives_counted_by_day_equal_a_walk_over_all_cases) {
    for (uint64_t s = 1; s <= 2 * SEEDS; s++) {
        uint64_t seed = s + 3000;
        world_clear(&seed);
        add_cases_alike(&seed, CASES);
        question_random(&question, s % 2 == 0 ? KPI_BACKLOG : KPI_THROUGHPUT, &seed);
        struct plan *plan = &question.plan;
        plan->edge_count = 0;
        plan->from_ms = plan->to_ms = TIME_ABSENT;
        if (s % 3 != 0) question_buckets(&question, &seed);
        if (plan->edge_count > 0) {
            plan->from_ms = plan->edges[0];
            plan->to_ms = plan->edges[plan->edge_count - 1];
        }
        for (uint32_t i = 1; i + 1 < plan->edge_count && s % 12 < 2; i++)
            question.edges[i] += 17 * (WORLD_DAY_MS / 24);
        const uint64_t days = s % 3 == 0 ? 14 : 200;
        plan->as_of_ms = WORLD_FROM_MS + (s % 3 == 0 ? 140 : 55) * WORLD_DAY_MS +
                         (int64_t)random_below(&seed, days * (uint64_t)WORLD_DAY_MS);
        question_calendar(&question);
        if (s % 2 == 0)
            check_backlog();
        else
            check_throughput();
        question_end(&question);
    }
}

TEST(stock_changes_by_what_flows_in_and_out) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 2000;
        world_clear(&seed);
        add_cases(&seed, CASES);
        question_random(&question, KPI_BACKLOG, &seed);
        question_buckets(&question, &seed);
        question_calendar(&question);
        EXPECT_OK(question_ask(&question));
        uint32_t buckets = question.plan.edge_count - 1;
        for (uint32_t i = 1; i < question.result.row_count; i++) {
            if (i % buckets == 0) continue; /* the first bucket of the next cell */
            EXPECT_EQ(integer_at(&question, i, "backlog"),
                      integer_at(&question, i - 1, "backlog") + integer_at(&question, i, "in") +
                          integer_at(&question, i, "reopened") - integer_at(&question, i, "out"));
        }
        question_end(&question);
    }
}

/* --- digital take-up --- */

TEST(digital_take_up_equals_a_walk_over_all_cases) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 3000;
        world_clear(&seed);
        add_cases(&seed, (int)random_below(&seed, CASES));
        question_random(&question, KPI_DIGITAL_TAKE_UP, &seed);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct selection at = selection_of(&question, i);
            struct selection period = at;
            period.begin_ms = question.plan.from_ms;
            period.end_ms = question.plan.to_ms == TIME_ABSENT ? INT64_MAX : question.plan.to_ms;
            int64_t channel[CHANNEL_COUNT] = {0}, before[CHANNEL_COUNT] = {0};
            int64_t within[CHANNEL_COUNT] = {0};
            for (uint32_t c = 0; c < world.journey_count[PURPOSE_CASE]; c++) {
                const int64_t *row = case_row(c);
                int64_t start = seen(&question, row[CASE_RECEIVED]);
                if (start == TIME_ABSENT || !world_selected(&at, row)) continue;
                channel[row[JOURNEY_CHANNEL]] += in_period(&at, start);
                within[row[JOURNEY_CHANNEL]] += in_period(&period, start);
                before[row[JOURNEY_CHANNEL]] += start < period.begin_ms;
            }
            int64_t n = 0;
            bool silent = false;
            for (int c = 1; c < CHANNEL_COUNT; c++) {
                n += channel[c];
                silent |= before[c] > 0 && within[c] == 0;
                expect_integer(&question, i, channel_text((enum channel)c), channel[c]);
            }
            int64_t digital =
                channel[CHANNEL_ONLINE] + channel[CHANNEL_APP] + channel[CHANNEL_ASSISTED];
            expect_integer(&question, i, "n", n);
            expect_number(&question, i, "value", ratio_of(digital, n));
            expect_integer(&question, i, "excluded_no_channel", channel[CHANNEL_ABSENT]);
            if (silent && n > 0)
                EXPECT_TEXT(text_at(&question, i, "state"), "incomplete");
            else
                expect_state(&question, i, &at, n);
        }
        expect_complete(&question, "n");
        question_end(&question);
    }
}

/* --- as of --- */

TEST(what_happens_after_the_end_of_observation_changes_no_answer) {
    static const enum kpi_id kpis[] = {KPI_PROCESSING_TIME, KPI_THROUGHPUT, KPI_BACKLOG,
                                       KPI_DIGITAL_TAKE_UP};
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 5000;
        world_clear(&seed);
        add_cases(&seed, CASES);
        question_random(&question, kpis[s % 4], &seed);
        question_calendar(&question);
        if (s % 8 >= 4) question.plan.view = VIEW_INTAKE;
        question.plan.as_of_ms = WORLD_FROM_MS + 50 * WORLD_DAY_MS;
        EXPECT_OK(question_ask(&question));
        struct result known = question.result;
        for (uint32_t i = 0; i < world.journey_count[PURPOSE_CASE]; i++) {
            int64_t *row = world.journey[PURPOSE_CASE][i];
            for (uint32_t c = CASE_RECEIVED; c <= CASE_END_LAST; c++)
                if (row[c] > question.plan.as_of_ms) row[c] = TIME_ABSENT;
        }
        EXPECT_OK(question_ask(&question));
        expect_same(&known, &question.result);
        question_end(&question);
    }
}

/* --- deadlines --- */

enum { NO_LIMIT, DAYS, WORKING_DAYS, MONTHS, HOURS };

/* What a service's cases have: as the words of the question below say. */
static const char *const limit_words[] = {
    [DAYS] = "14d", [WORKING_DAYS] = "8wd", [MONTHS] = "1m", [HOURS] = "200h"};

/* Whether a moment is past the deadline, by walking from day to day; `paused` of it do not count.
 */
static bool is_late(const int64_t *row, int limit, int64_t start, int64_t moment, int64_t paused) {
    const struct calendar *calendar = question.plan.calendar;
    const enum region region = region_of(row);
    const struct time_zone *zone = calendar->zone;
    moment -= paused;
    if (limit == HOURS) return moment - start > INT64_C(200) * 3600000;
    int64_t day = timezone_day(zone, start), year;
    int month, number, left = 8;
    if (limit == MONTHS) {
        timestamp_civil_from_days(day, &year, &month, &number);
        day = timestamp_days_from_civil(year, month + 1, number);
        if (number > 28) { /* a day that the month lacks is one of the next month */
            int64_t year_found;
            int month_found, number_found;
            timestamp_civil_from_days(day, &year_found, &month_found, &number_found);
            if (month_found != month + 1) day -= number_found;
        }
    }
    if (limit == DAYS) day += 14;
    for (; limit == WORKING_DAYS && left > 0;) {
        day++;
        left -= (day + 3) % 7 < 5 && !calendar_is_holiday(region, day);
    }
    while ((day + 3) % 7 >= 5 || calendar_is_holiday(region, day)) day++;
    return timezone_day(zone, moment) > day;
}

static int limit_of(const int64_t *row, int own, int others) {
    return row[JOURNEY_SERVICE] == world_code("passport") ? own : others;
}

static int64_t milliseconds(double seconds) {
    return (int64_t)(seconds * 1000 + 0.5);
}

struct shares {
    int64_t met, missed, overdue, undetermined, no_limit, other, negative;
};

static void add_share(const int64_t *row, int limit, struct shares *sum) {
    const int64_t start = start_of(row), as_of = question.plan.as_of_ms;
    int64_t others[] = {row[CASE_WITHDRAWN], row[CASE_FORWARDED], row[CASE_REJECTED]};
    const int64_t other = seen(&question, earliest(others, 3));
    int64_t end = seen(&question, row[CASE_DECIDED]);
    if (end == TIME_ABSENT) end = seen(&question, row[CASE_DELIVERED]);
    if (end == TIME_ABSENT) end = seen(&question, row[CASE_CLOSED]);
    const bool otherwise = other != TIME_ABSENT && (end == TIME_ABSENT || other < end);
    if (otherwise) end = other;
    const int64_t until = end == TIME_ABSENT ? as_of : end;
    const int64_t paused =
        question.plan.clock == CLOCK_NET ? milliseconds(applicant_time(row, start, until)) : 0;
    if (end != TIME_ABSENT && end < start) {
        sum->negative++;
    } else if (limit == NO_LIMIT) {
        sum->no_limit++;
    } else {
        const bool late = is_late(row, limit, start, until, paused);
        if (end == TIME_ABSENT)
            *(late ? &sum->overdue : &sum->undetermined) += 1;
        else if (late)
            sum->missed++;
        else
            *(otherwise ? &sum->other : &sum->met) += 1;
    }
}

static void check_shares(int own, int others) {
    for (uint32_t i = 0; i < question.result.row_count; i++) {
        struct selection at = selection_of(&question, i);
        struct shares sum = {0};
        for (uint32_t c = 0; c < world.journey_count[PURPOSE_CASE]; c++)
            if (world_selected(&at, case_row(c)) && in_period(&at, start_of(case_row(c))))
                add_share(case_row(c), limit_of(case_row(c), own, others), &sum);
        const int64_t n = sum.met + sum.missed + sum.overdue;
        expect_integer(&question, i, "met", sum.met);
        expect_integer(&question, i, "missed", sum.missed);
        expect_integer(&question, i, "overdue", sum.overdue);
        expect_integer(&question, i, "undetermined", sum.undetermined);
        expect_integer(&question, i, "open", sum.overdue + sum.undetermined);
        if (sum.undetermined > 0 && (n == 0 || n >= 30))
            EXPECT_TEXT(text_at(&question, i, "state"), "provisional");
        else
            expect_state(&question, i, &at, n);
        expect_integer(&question, i, "excluded_no_limit", sum.no_limit);
        expect_integer(&question, i, "excluded_other_end", sum.other);
        expect_integer(&question, i, "excluded_end_before_start", sum.negative);
        expect_integer(&question, i, "excluded_outside_calendar", 0);
        expect_integer(&question, i, "n", n);
        expect_number(&question, i, "value", ratio_of(sum.met, n));
    }
}

/* Limits, clock and start go round; every end of observation that leaves some open. */
static void question_deadlines(uint64_t s, int *own, int *others) {
    *own = (int)(s % 5);
    *others = (int)(s / 5 % 5);
    if (*own == NO_LIMIT && *others == NO_LIMIT) *others = MONTHS;
    question_calendar(&question);
    question_limits(&question, *own == NO_LIMIT ? NULL : "passport", limit_words[*own],
                    limit_words[*others]);
    if (*own == NO_LIMIT && *others != NO_LIMIT) *own = *others; /* then it is that of all */
    question.plan.clock = s % 2 == 0 ? CLOCK_NET : CLOCK_GROSS;
    question.plan.start = s % 3 == 0 ? START_COMPLETE : START_RECEIVED;
    const bool rests = s % 2 == 0 || s % 3 == 0;
    if (rests) question.plan.as_of_ms = WORLD_FROM_MS + (int64_t)(190 + s % 9) * WORLD_DAY_MS;
}

TEST(the_share_in_time_equals_a_walk_over_all_cases) {
    for (uint64_t s = 1; s <= 3 * SEEDS; s++) {
        uint64_t seed = s + 7000;
        int own, others;
        world_clear(&seed);
        add_cases(&seed, (int)random_below(&seed, CASES));
        question_random(&question, KPI_SLA_SHARE, &seed);
        question.plan.view = VIEW_INTAKE;
        question_deadlines(s, &own, &others);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        check_shares(own, others);
        expect_complete(&question, "n");
        expect_complete(&question, "undetermined");
        question_end(&question);
    }
}

/* Working days from T until the deadline's last day; -1: it is over. */
static int64_t days_left(const int64_t *row, int limit) {
    const int64_t as_of = question.plan.as_of_ms, start = start_of(row);
    const int64_t paused =
        question.plan.clock == CLOCK_NET ? milliseconds(applicant_time(row, start, as_of)) : 0;
    const struct calendar *calendar = question.plan.calendar;
    if (is_late(row, limit, start, as_of, paused)) return -1;
    int64_t moment = as_of;
    /* In steps of hours, then of milliseconds: the last moment that is not late. */
    for (int64_t step = 3600000; step > 0; step /= 60)
        while (!is_late(row, limit, start, moment + step, paused)) moment += step;
    return calendar_working_days(calendar, region_of(row), as_of, moment);
}

TEST(cases_that_are_due_equal_a_walk_over_all_cases) {
    static const char *const names[] = {"overdue",    "today",      "days_1_5",    "days_6_10",
                                        "days_11_20", "days_21_60", "days_over_60"};
    static const int64_t bin_end[] = {0, 1, 6, 11, 21, 61, INT64_MAX};
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 8000;
        int own, others;
        world_clear(&seed);
        add_cases(&seed, (int)random_below(&seed, 100));
        question_random(&question, KPI_DUE, &seed);
        question.plan.edge_count = 0;
        question.plan.from_ms = question.plan.to_ms = TIME_ABSENT;
        question_deadlines(s, &own, &others);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct selection at = selection_of(&question, i);
            int64_t bins[7] = {0}, n = 0, no_limit = 0;
            for (uint32_t c = 0; c < world.journey_count[PURPOSE_CASE]; c++) {
                const int64_t *row = case_row(c);
                const int limit = limit_of(row, own, others);
                if (!world_selected(&at, row) || start_of(row) == TIME_ABSENT) continue;
                if (seen(&question, earliest(&row[CASE_DECIDED], 6)) != TIME_ABSENT) continue;
                no_limit += limit == NO_LIMIT;
                if (limit == NO_LIMIT) continue;
                const int64_t left = days_left(row, limit);
                int bin = 0;
                while (left >= bin_end[bin]) bin++;
                bins[bin]++;
                n++;
            }
            for (int bin = 0; bin < 7; bin++) expect_integer(&question, i, names[bin], bins[bin]);
            expect_integer(&question, i, "n", n);
            expect_integer(&question, i, "excluded_no_limit", no_limit);
        }
        question_end(&question);
    }
}

/* --- the moment at which a deadline ends --- */

enum { TEN_O_CLOCK_MS = 36000000 };

/* Of one case, received on a Sunday at ten. decided_ms: TIME_ABSENT: it is not. */
static void ask_of_one(enum kpi_id kpi, const char *limit, int64_t decided_ms, int64_t as_of_ms) {
    uint64_t seed = 1;
    world_clear(&seed);
    int64_t *row = world_add(&seed, PURPOSE_CASE);
    row[CASE_RECEIVED] = WORLD_FROM_MS + TEN_O_CLOCK_MS;
    row[CASE_DECIDED] = row[CASE_END_LAST] = decided_ms;
    world_extent(PURPOSE_CASE, row);
    question_random(&question, kpi, &seed);
    question.plan = (struct plan){.definition = kpi_get(kpi),
                                  .from_ms = TIME_ABSENT,
                                  .to_ms = TIME_ABSENT,
                                  .as_of_ms = as_of_ms};
    question_calendar(&question);
    question_limits(&question, NULL, NULL, limit);
    EXPECT_OK(question_ask(&question));
}

TEST(a_deadline_of_days_ends_at_midnight_and_one_of_hours_to_the_millisecond) {
    const struct {
        const char *limit;
        int64_t too_late_ms;
    } cases[] = {{"5d", WORLD_FROM_MS + 6 * WORLD_DAY_MS}, /* Friday, to its end */
                 {"48h", WORLD_FROM_MS + TEN_O_CLOCK_MS + 2 * WORLD_DAY_MS + 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int64_t after = -1; after <= 1; after++) {
            const int64_t moment = cases[i].too_late_ms + after;
            ask_of_one(KPI_SLA_SHARE, cases[i].limit, moment, moment + WORLD_DAY_MS);
            expect_integer(&question, 0, "met", after < 0);
            expect_integer(&question, 0, "missed", after >= 0);
            question_end(&question);
            ask_of_one(KPI_SLA_SHARE, cases[i].limit, TIME_ABSENT, moment);
            expect_integer(&question, 0, "undetermined", after < 0);
            expect_integer(&question, 0, "overdue", after >= 0);
            question_end(&question);
            ask_of_one(KPI_DUE, cases[i].limit, TIME_ABSENT, moment);
            expect_integer(&question, 0, "today", after < 0);
            expect_integer(&question, 0, "overdue", after >= 0);
            question_end(&question);
        }
    }
}

TEST(a_case_that_ended_when_all_became_known_was_not_seen) {
    for (int64_t after = -1; after <= 1; after++) {
        const int64_t known_ms = WORLD_FROM_MS + 3 * WORLD_DAY_MS;
        const struct plan_known known = {NULL, known_ms};
        ask_of_one(KPI_PROCESSING_TIME, "3m", known_ms + after, known_ms + WORLD_DAY_MS);
        question.plan.view = VIEW_INTAKE;
        question.plan.known_from = &known;
        question.plan.known_from_count = 1;
        question.plan.known_from_text = "";
        EXPECT_OK(question_ask(&question));
        expect_integer(&question, 0, "excluded_before_known", after <= 0);
        expect_integer(&question, 0, "entered_late", after > 0);
        question_end(&question);
    }
}

/* The dictionary is that of the store: while a question is answered it grows. */
TEST(strings_that_arrive_meanwhile_change_no_answer) {
    for (uint64_t s = 1; s <= 8; s++) {
        uint64_t seed = s + 60000;
        char arriving[32];
        world_clear(&seed);
        add_cases(&seed, CASES / 2);
        question_random(&question, KPI_SLA_SHARE, &seed);
        question_calendar(&question);
        (void)snprintf(arriving, sizeof arriving, "arriving-%u", (unsigned)s);
        question_limits(&question, arriving, "5d", "20wd");
        EXPECT_OK(question_ask(&question));
        const struct result before = question.result;
        struct fake_writer writer = {arriving, 5};
        world.writer = &writer;
        const enum status status = question_ask(&question);
        world.writer = NULL;
        EXPECT_EQ(writer.looks, 0);
        EXPECT_OK(status);
        EXPECT_EQ(question.result.row_count, before.row_count);
        for (uint32_t i = 0; i < before.row_count * before.column_count; i++)
            EXPECT_EQ(question.result.cells[i].kind, before.cells[i].kind);
        for (uint32_t i = 0; i < before.row_count; i++) {
            const int64_t n = integer_at(&question, i, "n"), met = integer_at(&question, i, "met");
            struct question was = question;
            was.result = before;
            EXPECT_EQ(n, integer_at(&was, i, "n"));
            EXPECT_EQ(met, integer_at(&was, i, "met"));
        }
        question_end(&question);
    }
}
