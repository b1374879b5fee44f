/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: third next available appointment, slot fill and utilisation are what their definitions say.
 * Method: random reports and appointments, several of each slot, and for every row of the answer a
 * walk over all of them; days by the C library, working days one by one. */
#include <time.h>

#include "base/memory.h"
#include "tests/query/reference_world.h"

enum { SEEDS = 60, REPORTS = 250, APPOINTMENTS = 150, DAYS = 400 };
#define COLUMN(name) APPOINTMENT_COLUMN_##name

static struct question question;

/* Days since 1970-01-01 of the date in Berlin. */
static int64_t day_of(int64_t ms) {
    const time_t second = (time_t)(ms / 1000);
    struct tm local;
    (void)localtime_r(&second, &local);
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    return (int64_t)(timegm(&local) / 86400);
}

static int64_t *add_report(enum event_type type, int64_t time, int64_t start, double value) {
    const uint32_t at = world.event_count++;
    int64_t *row = world.event[at];
    memset(row, 0, sizeof world.event[0]);
    row[COLUMN_TYPE] = type;
    row[COLUMN_TIME] = time;
    row[COLUMN_START] = start;
    row[COLUMN_TENANT] = world_code(world_tenants[0]);
    row[COLUMN_OFFICE] = world_code(world_offices[0]);
    world.event_value[at] = value;
    return row;
}

/* Crowded: few days, few hours, two tenants and offices, so that slots are reported again. */
static void add_reports(uint64_t *seed, enum event_type type) {
    static const double values[] = {0, 0, 1, 2, 1, 0.5, 7, -2, 3, 1};
    const int count = (int)random_below(seed, REPORTS);
    const int64_t days = 3 + (int64_t)random_below(seed, 20);
    for (int i = 0; i < count; i++) {
        int64_t day =
            WORLD_FROM_MS + (45 + (int64_t)random_below(seed, (uint64_t)days)) * WORLD_DAY_MS;
        int64_t time = day + (int64_t)random_below(seed, 4) * 7200000;
        int64_t start = day + ((int64_t)random_below(seed, 16) - 2) * WORLD_DAY_MS +
                        (int64_t)random_below(seed, 2) * 14400000;
        if (type == TYPE_CAPACITY_PLANNED) time -= (int64_t)random_below(seed, 30) * WORLD_DAY_MS;
        int64_t *row = add_report(type, time, start, values[random_below(seed, 10)]);
        row[COLUMN_TENANT] = world_code(world_tenants[random_below(seed, 2)]);
        row[COLUMN_OFFICE] = world_code(world_offices[random_below(seed, 3)]);
        row[COLUMN_SERVICE] = world_code(world_services[random_below(seed, 2) * 3]);
        row[COLUMN_LANG] = world_code(world_langs[0]);
        row[COLUMN_FLAGS] = random_below(seed, 5) == 0 ? EVENT_LATE : 0;
        row[COLUMN_CODE] = random_below(seed, 2) == 0 ? world_code("minutes") : 0;
        if (random_below(seed, 9) == 0) row[COLUMN_CODE] = world_code("hours");
    }
}

static void add_appointments(uint64_t *seed) {
    const int count = (int)random_below(seed, APPOINTMENTS);
    for (int i = 0; i < count; i++) {
        int64_t *row = world_add(seed, PURPOSE_APPOINTMENT);
        const int64_t day = WORLD_FROM_MS + (43 + (int64_t)random_below(seed, 30)) * WORLD_DAY_MS;
        const int64_t start = day + (int64_t)random_below(seed, 2) * 14400000;
        row[JOURNEY_TENANT] = world_code(world_tenants[random_below(seed, 2)]);
        row[JOURNEY_SERVICE] = world_code(world_services[random_below(seed, 2) * 3]);
        row[COLUMN(CONFIRMED)] = world_milestone(seed, day - 20 * WORLD_DAY_MS, 90);
        row[COLUMN(START)] = random_below(seed, 9) == 0 ? TIME_ABSENT : start;
        row[COLUMN(CANCELLED)] =
            random_below(seed, 6) == 0 ? start + 1 - (int64_t)random_below(seed, 3) : TIME_ABSENT;
        row[COLUMN(SHOWEDUP)] = random_below(seed, 9) == 0 ? TIME_ABSENT : start + 60000;
        row[COLUMN(FINISHED)] = random_below(seed, 9) == 0 ? TIME_ABSENT : start + 660000;
        row[COLUMN(SERVICE_MS)] = (int64_t)random_below(seed, 3600000);
        world_extent(PURPOSE_APPOINTMENT, row);
    }
}

static void ask_at_random(uint64_t *seed, enum kpi_id kpi) {
    question_random(&question, kpi, seed);
    question.plan.as_of_ms = WORLD_FROM_MS + (40 + (int64_t)random_below(seed, 50)) * WORLD_DAY_MS;
    question.plan.clock = random_below(seed, 2) == 0 && kpi == KPI_THIRD_NEXT_AVAILABLE
                              ? CLOCK_WORKING_DAYS
                              : CLOCK_GROSS;
    question_calendar(&question);
    EXPECT_OK(question_ask(&question));
    expect_shape(&question);
}

static void world_random(uint64_t *seed, enum event_type type) {
    (void)setenv("TZ", "Europe/Berlin", 1);
    tzset();
    world_clear(seed);
    (void)world_code("minutes");
    add_reports(seed, type);
    add_appointments(seed);
}

/* Whether the event is one of the row's: its moment is its time or its start. */
static bool report_selected(const struct selection *at, const int64_t *row, int64_t moment) {
    const int64_t codes[DIMENSION_COUNT] = {
        [DIMENSION_TENANT] = row[COLUMN_TENANT], [DIMENSION_SERVICE] = row[COLUMN_SERVICE],
        [DIMENSION_OFFICE] = row[COLUMN_OFFICE], [DIMENSION_CHANNEL] = row[COLUMN_CHANNEL],
        [DIMENSION_LANG] = row[COLUMN_LANG],     [DIMENSION_DEVICE] = row[COLUMN_DEVICE]};
    return selected_codes(at, codes) && seen(&question, row[COLUMN_TIME]) != TIME_ABSENT &&
           in_period(at, moment);
}

/* b says something newer of the same slot than a, or the same again. */
static bool replaces(uint32_t b, uint32_t a) {
    const int64_t *was = world.event[a], *is = world.event[b];
    const double old = fmax(0, world.event_value[a]), new = fmax(0, world.event_value[b]);
    if (was[COLUMN_START] != is[COLUMN_START] || was[COLUMN_SERVICE] != is[COLUMN_SERVICE] ||
        was[COLUMN_TENANT] != is[COLUMN_TENANT] || was[COLUMN_OFFICE] != is[COLUMN_OFFICE])
        return false;
    if (was[COLUMN_TIME] != is[COLUMN_TIME]) return is[COLUMN_TIME] > was[COLUMN_TIME];
    return new != old ? new < old : b < a;
}

/* --- third next available --- */

static bool same_sample(const int64_t *a, const int64_t *b) {
    return a[COLUMN_TENANT] == b[COLUMN_TENANT] && a[COLUMN_OFFICE] == b[COLUMN_OFFICE] &&
           a[COLUMN_SERVICE] == b[COLUMN_SERVICE] &&
           day_of(a[COLUMN_TIME]) == day_of(b[COLUMN_TIME]);
}

static int64_t days_between(const int64_t *row, int64_t from, int64_t to) {
    if (question.plan.clock == CLOCK_GROSS) return to - from;
    size_t size;
    const char *ars = dictionary_text(world.dictionary, (uint32_t)row[COLUMN_TENANT], &size);
    const enum region region = calendar_region(question.calendar, ars, size);
    int64_t days = 0;
    for (int64_t day = from + 1; day <= to; day++) /* 1970-01-01 was a Thursday */
        days += (day + 3) % 7 < 5 && !calendar_is_holiday(region, day);
    return days;
}

struct sample {
    int64_t days;
    bool found, late;
};

static struct sample sample_of(const struct selection *at, uint32_t first) {
    const int64_t *row = world.event[first];
    const int64_t today = day_of(row[COLUMN_TIME]);
    double free_on[64] = {0};
    int64_t horizon = today;
    struct sample sample = {0};
    for (uint32_t i = 0; i < world.event_count; i++) {
        const int64_t *each = world.event[i];
        bool stands = report_selected(at, each, each[COLUMN_TIME]) && same_sample(each, row);
        for (uint32_t b = 0; b < world.event_count && stands; b++)
            if (b != i && replaces(b, i) && same_sample(world.event[b], row) &&
                report_selected(at, world.event[b], world.event[b][COLUMN_TIME]))
                stands = false;
        if (!stands) continue;
        const int64_t day = day_of(each[COLUMN_START]);
        sample.late |= each[COLUMN_FLAGS] == EVENT_LATE;
        if (day < today) continue;
        if (day > horizon) horizon = day;
        free_on[day - today] += floor(fmax(0, world.event_value[i]));
    }
    double slots = 0;
    for (int64_t day = today; day <= horizon && !sample.found; day++) {
        slots += free_on[day - today];
        sample.found = slots >= 3;
        sample.days = days_between(row, today, day);
    }
    return sample;
}

/* The least t with 1 - S(t) >= p, where S is the product over all t of 1 - found / still there. */
static double naive_kaplan_meier(const struct sample *samples, int count, double probability) {
    double survival = 1;
    for (int64_t t = 0; t < DAYS; t++) {
        int found = 0, there = 0;
        for (int i = 0; i < count; i++) {
            there += samples[i].days >= t;
            found += samples[i].found && samples[i].days == t;
        }
        if (there > 0) survival *= 1 - (double)found / there;
        if (1 - survival >= probability - 1e-9) return (double)t;
    }
    return NAN;
}

static void expect_thirds(uint32_t row) {
    static struct sample samples[REPORTS];
    const struct selection at = selection_of(&question, row);
    int count = 0, beyond = 0, late = 0;
    double longest = NAN;
    for (uint32_t i = 0; i < world.event_count; i++) {
        const int64_t *event = world.event[i];
        bool first = report_selected(&at, event, event[COLUMN_TIME]);
        for (uint32_t b = 0; b < i && first; b++)
            if (report_selected(&at, world.event[b], world.event[b][COLUMN_TIME]) &&
                same_sample(world.event[b], event))
                first = false;
        if (!first) continue;
        samples[count] = sample_of(&at, i);
        beyond += !samples[count].found;
        late += samples[count].late;
        longest = fmax(longest, (double)samples[count].days);
        count++;
    }
    expect_integer(&question, row, "n", count);
    expect_integer(&question, row, "beyond_horizon", beyond);
    expect_number(&question, row, "longest", longest);
    expect_number(&question, row, "late_share", ratio_of(late, count));
    expect_number(&question, row, "value", naive_kaplan_meier(samples, count, 0.5));
    expect_number(&question, row, "p10", naive_kaplan_meier(samples, count, 0.1));
    expect_number(&question, row, "p95", naive_kaplan_meier(samples, count, 0.95));
    expect_state(&question, row, &at, count);
}

TEST(third_next_available_equals_a_walk_over_all_reports) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s;
        world_random(&seed, TYPE_CAPACITY_FREE);
        ask_at_random(&seed, KPI_THIRD_NEXT_AVAILABLE);
        for (uint32_t row = 0; row < question.result.row_count; row++) expect_thirds(row);
        question_end(&question);
    }
}

/* --- slot fill and utilisation --- */

struct fill {
    double planned, done, over, none;
    int64_t days, days_over, open, late;
};

static bool is_done(const int64_t *row, int64_t *moment, double *amount) {
    const bool minutes = question.plan.definition->kpi == KPI_UTILISATION;
    const int64_t start = row[COLUMN(START)];
    const int64_t cancelled = seen(&question, row[COLUMN(CANCELLED)]);
    *moment = minutes ? seen(&question, row[COLUMN(FINISHED)]) : start;
    *amount = minutes ? (double)row[COLUMN(SERVICE_MS)] / 60000 : 1;
    if (minutes)
        return *moment != TIME_ABSENT && seen(&question, row[COLUMN(SHOWEDUP)]) != TIME_ABSENT;
    return start != TIME_ABSENT && row[JOURNEY_FIRST] <= question.plan.as_of_ms &&
           seen(&question, row[COLUMN(CONFIRMED)]) != TIME_ABSENT &&
           (cancelled == TIME_ABSENT || cancelled >= start);
}

static void add_day(const struct selection *at, int64_t tenant, int64_t office, int64_t day,
                    struct fill *sum) {
    const bool minutes = question.plan.definition->kpi == KPI_UTILISATION;
    double planned = 0, done = 0;
    int64_t open = 0;
    bool reported = false;
    for (uint32_t i = 0; i < world.event_count; i++) {
        const int64_t *row = world.event[i];
        if (row[COLUMN_TENANT] != tenant || row[COLUMN_OFFICE] != office ||
            day_of(row[COLUMN_START]) != day ||
            (row[COLUMN_CODE] == world_code("minutes")) != minutes)
            continue;
        bool stands = report_selected(at, row, row[COLUMN_START]);
        for (uint32_t b = 0; b < world.event_count && stands; b++)
            if (b != i && replaces(b, i) &&
                (world.event[b][COLUMN_CODE] == world_code("minutes")) == minutes &&
                report_selected(at, world.event[b], world.event[b][COLUMN_START]))
                stands = false;
        if (!stands) continue;
        const double value =
            minutes ? fmax(0, world.event_value[i]) : floor(fmax(0, world.event_value[i]) + 0.5);
        reported = true;
        planned += value;
        if (row[COLUMN_FLAGS] == EVENT_LATE) sum->late += (int64_t)value;
    }
    for (uint32_t i = 0; i < world.journey_count[PURPOSE_APPOINTMENT]; i++) {
        const int64_t *row = world.journey[PURPOSE_APPOINTMENT][i];
        int64_t moment;
        double amount;
        if (!is_done(row, &moment, &amount) || !in_period(at, moment) || !world_selected(at, row) ||
            row[JOURNEY_TENANT] != tenant || row[JOURNEY_OFFICE] != office || day_of(moment) != day)
            continue;
        done += amount;
        open += moment > question.plan.as_of_ms;
    }
    if (!reported) {
        sum->none += done;
        return;
    }
    sum->days++;
    sum->days_over += done > planned;
    sum->over += fmax(0, done - planned);
    sum->planned += planned;
    sum->done += done;
    sum->open += open;
}

static struct fill fill_of(const struct selection *at) {
    struct fill sum = {0};
    const int64_t from = day_of(WORLD_FROM_MS);
    for (int tenant = 0; tenant < WORLD_TENANTS; tenant++)
        for (int office = 0; office < WORLD_OFFICES; office++)
            for (int64_t day = from + 30; day < from + 100; day++)
                add_day(at, world_code(world_tenants[tenant]), world_code(world_offices[office]),
                        day, &sum);
    return sum;
}

TEST(slot_fill_equals_a_walk_over_all_slots_and_appointments) {
    int64_t over = 0;
    for (uint64_t s = 1; s <= SEEDS / 2; s++) {
        uint64_t seed = s + 1000;
        world_random(&seed, TYPE_CAPACITY_PLANNED);
        ask_at_random(&seed, KPI_SLOT_FILL);
        for (uint32_t row = 0; row < question.result.row_count && row < 40; row++) {
            const struct selection at = selection_of(&question, row);
            const struct fill sum = fill_of(&at);
            over += sum.over > 0;
            expect_integer(&question, row, "n", (int64_t)sum.planned);
            expect_integer(&question, row, "planned", (int64_t)sum.planned);
            expect_integer(&question, row, "booked", (int64_t)sum.done);
            expect_integer(&question, row, "overbooked", (int64_t)sum.over);
            expect_integer(&question, row, "office_days", sum.days);
            expect_integer(&question, row, "office_days_over", sum.days_over);
            expect_integer(&question, row, "open", sum.open);
            expect_integer(&question, row, "excluded_no_capacity", (int64_t)sum.none);
            expect_number(&question, row, "value",
                          ratio_of((int64_t)sum.done, (int64_t)sum.planned));
            expect_number(&question, row, "late_share", ratio_of(sum.late, (int64_t)sum.planned));
        }
        expect_complete(&question, "planned");
        question_end(&question);
    }
    EXPECT(over > 0);
}

TEST(utilisation_equals_a_walk_over_all_minutes) {
    int64_t rows = 0;
    for (uint64_t s = 1; s <= SEEDS / 2; s++) {
        uint64_t seed = s + 2000;
        world_random(&seed, TYPE_CAPACITY_PLANNED);
        ask_at_random(&seed, KPI_UTILISATION);
        for (uint32_t row = 0; row < question.result.row_count && row < 40; row++) {
            const struct selection at = selection_of(&question, row);
            const struct fill sum = fill_of(&at);
            rows += sum.done > 0;
            expect_number(&question, row, "planned_minutes", sum.planned);
            expect_number(&question, row, "service_minutes", sum.done);
            expect_integer(&question, row, "office_days", sum.days);
            expect_integer(&question, row, "office_days_over", sum.days_over);
            expect_number(&question, row, "value", sum.planned > 0 ? sum.done / sum.planned : NAN);
        }
        question_end(&question);
    }
    EXPECT(rows > 0);
}

/* --- on the boundary --- */

static int64_t at_hour(int day, int hour) {
    return WORLD_FROM_MS + day * WORLD_DAY_MS + hour * INT64_C(3600000);
}

static void ask_of(enum kpi_id kpi, int64_t as_of_ms) {
    uint64_t seed = 1;
    question_random(&question, kpi, &seed);
    question.plan = (struct plan){.definition = kpi_get(kpi),
                                  .from_ms = TIME_ABSENT,
                                  .to_ms = TIME_ABSENT,
                                  .as_of_ms = as_of_ms};
    question_calendar(&question);
    EXPECT_OK(question_ask(&question));
}

static void begin_world(void) {
    uint64_t seed = 1;
    world_clear(&seed);
    (void)world_code("minutes");
}

static void book(int64_t start, int64_t cancelled) {
    uint64_t seed = 1;
    int64_t *row = world_add(&seed, PURPOSE_APPOINTMENT);
    row[JOURNEY_TENANT] = world_code(world_tenants[0]);
    row[JOURNEY_OFFICE] = world_code(world_offices[0]);
    row[COLUMN(CONFIRMED)] = at_hour(1, 9);
    row[COLUMN(START)] = start;
    row[COLUMN(CANCELLED)] = cancelled;
    world_extent(PURPOSE_APPOINTMENT, row);
}

TEST(fewer_than_three_free_slots_are_beyond_the_horizon_and_never_zero) {
    begin_world();
    add_report(TYPE_CAPACITY_FREE, at_hour(10, 7), at_hour(10, 9), 1);
    add_report(TYPE_CAPACITY_FREE, at_hour(10, 7), at_hour(12, 9), 1);
    add_report(TYPE_CAPACITY_FREE, at_hour(10, 7), at_hour(24, 9), 0);
    ask_of(KPI_THIRD_NEXT_AVAILABLE, at_hour(40, 0));
    EXPECT_EQ(integer_at(&question, 0, "n"), 1);
    EXPECT_EQ(integer_at(&question, 0, "beyond_horizon"), 1);
    expect_number(&question, 0, "value", NAN);
    expect_number(&question, 0, "longest", 14);
    question_end(&question);
    /* the third one, today: zero days */
    add_report(TYPE_CAPACITY_FREE, at_hour(10, 8), at_hour(10, 9), 3);
    ask_of(KPI_THIRD_NEXT_AVAILABLE, at_hour(40, 0));
    EXPECT_EQ(integer_at(&question, 0, "beyond_horizon"), 0);
    expect_number(&question, 0, "value", 0);
    question_end(&question);
    /* as of the moment before that was said, it is not known */
    ask_of(KPI_THIRD_NEXT_AVAILABLE, at_hour(10, 8) - 1);
    EXPECT_EQ(integer_at(&question, 0, "beyond_horizon"), 1);
    question_end(&question);
}

TEST(the_last_plan_known_counts_and_a_plan_of_zero_is_a_plan) {
    begin_world();
    add_report(TYPE_CAPACITY_PLANNED, at_hour(2, 7), at_hour(10, 8), 4);
    add_report(TYPE_CAPACITY_PLANNED, at_hour(5, 7), at_hour(10, 8), 1);
    add_report(TYPE_CAPACITY_PLANNED, at_hour(11, 7), at_hour(10, 8), 0);
    book(at_hour(10, 8), TIME_ABSENT);
    book(at_hour(10, 9), at_hour(10, 9));     /* not before the start: the slot was taken */
    book(at_hour(10, 9), at_hour(10, 9) - 1); /* before it */
    book(at_hour(12, 9), TIME_ABSENT);        /* nothing is known of that day */
    /* booked: until the second one is cancelled before its start, which is known from then on */
    const struct {
        int64_t as_of_ms, planned, booked, overbooked;
        double value;
    } cases[] = {{at_hour(4, 0), 4, 3, 0, 0.75},
                 {at_hour(5, 7) - 1, 4, 3, 0, 0.75},
                 {at_hour(5, 7), 1, 3, 2, 3},
                 {at_hour(11, 7) - 1, 1, 2, 1, 2},
                 {at_hour(11, 7), 0, 2, 2, NAN}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ask_of(KPI_SLOT_FILL, cases[i].as_of_ms);
        expect_integer(&question, 0, "planned", cases[i].planned);
        expect_integer(&question, 0, "booked", cases[i].booked);
        expect_integer(&question, 0, "overbooked", cases[i].overbooked);
        expect_integer(&question, 0, "excluded_no_capacity", 1);
        expect_integer(&question, 0, "cancelled", i > 2);
        expect_number(&question, 0, "value", cases[i].value);
        question_end(&question);
    }
}

/* --- memory --- */

static void prepare_both(enum kpi_id kpi) {
    uint64_t seed = 1;
    question_random(&question, kpi, &seed);
    question.plan = (struct plan){.definition = kpi_get(kpi),
                                  .from_ms = TIME_ABSENT,
                                  .to_ms = TIME_ABSENT,
                                  .as_of_ms = at_hour(90, 0),
                                  .by_count = 2,
                                  .by = {DIMENSION_TENANT, DIMENSION_OFFICE}};
    question_calendar(&question);
}

/* Blocks of an even size are read by several threads. */
TEST(a_small_budget_or_a_failing_allocation_fails_the_question_alone) {
    static const enum kpi_id kpis[] = {KPI_THIRD_NEXT_AVAILABLE, KPI_SLOT_FILL};
    for (size_t k = 0; k < sizeof kpis / sizeof *kpis; k++) {
        uint64_t seed = 99 + k;
        int refused = 0, answered = 0;
        bool failed = true;
        world_random(&seed, k == 0 ? TYPE_CAPACITY_FREE : TYPE_CAPACITY_PLANNED);
        world.block_rows = 32;
        prepare_both(kpis[k]);
        EXPECT_OK(question_ask(&question));
        struct question whole = question;
        EXPECT(whole.result.row_count > 3);
        for (size_t budget = 20000; budget < 8u << 20; budget += budget / 4) {
            prepare_both(kpis[k]);
            question.arena.budget_bytes = question.arena.used_bytes + budget;
            const bool ok = question_ask(&question) == STATUS_OK;
            answered += ok;
            refused += !ok;
            if (ok) expect_same(&whole.result, &question.result);
            question_end(&question);
        }
        EXPECT(refused > 5 && answered > 0);
        for (size_t after = 0; failed && after < 10000; after++) {
            prepare_both(kpis[k]);
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
}
