/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>
#include <math.h>

#include "query/case_clock.h"
#include "query/case_times.h"

/* ==== what becomes of all that was received ==================================================
 * processing_time, intake view: by when which share was decided; decided_within: which share was
 * decided within an age, or ended otherwise, or is under way.
 * A = first received, or the later complete; E as in kpi_processing.c. Population: A in the period.
 * Open cases are censored at T. Withdrawn, forwarded and rejected compete, whichever came first.
 * Where it is told from when on all cases of a tenant are known, those with A before it enter late:
 * they count only from the age that they had then (stats/survival.h). That age is exact in gross
 * time only; with other clocks they are left out.
 * Left out, by reason:
 *   end_before_start  E < A
 *   before_known      known from a day on, and over by then, or A before it and another clock
 *   outside_calendar  the calendar lacks the year of A or of the end */

enum {
    INTAKE_DECIDED,
    INTAKE_WITHDRAWN,
    INTAKE_FORWARDED,
    INTAKE_REJECTED,
    INTAKE_OPEN,
    INTAKE_ENTERED_LATE, /* besides: the age at which it came under observation */
    INTAKE_END_BEFORE_START,
    INTAKE_BEFORE_KNOWN,
    INTAKE_OUTSIDE_CALENDAR,
    INTAKE_CLASSES
};
enum { INTAKE_LANES = 2 };

static void count_on_calendar(const struct fold_question *question, const struct fold_rows *rows,
                              struct facts *facts) {
    if (!clock_asks_calendar(question->plan)) return;
    CHECK(question->region != NULL);
    const uint32_t *tenant = fold_codes(rows, JOURNEY_TENANT);
    for (uint32_t row = 0; row < rows->count; row++) {
        if (facts->class[row] > INTAKE_OPEN) continue;
        const int64_t start = facts->when[row], end = start + facts->value[row];
        facts->value[row] = clock_on_calendar(question, tenant[row], start, end);
        if (facts->value[row] < 0) facts->class[row] = INTAKE_OUTSIDE_CALENDAR;
    }
}

FOLD_EMIT(emit_intake) {
    const struct case_times times = case_times_of(rows);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    uint8_t *restrict classes = facts->class;
    int64_t *restrict moments = facts->when, *restrict values = facts->value;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const int64_t start = fold_seen(as_of_ms, times.received[row]);
        const int64_t completion = completion_of(as_of_ms, &times, row);
        const int64_t other = other_end_of(as_of_ms, &times, row);
        const bool otherwise = fold_before(other, completion);
        int64_t end = completion == TIME_ABSENT ? as_of_ms : completion;
        uint32_t class = completion == TIME_ABSENT ? INTAKE_OPEN : INTAKE_DECIDED;
        uint32_t how = other == times.forwarded[row] ? INTAKE_FORWARDED : INTAKE_REJECTED;
        how = other == times.withdrawn[row] ? INTAKE_WITHDRAWN : how;
        class = otherwise ? how : class;
        end = otherwise ? other : end;
        class = end < start ? INTAKE_END_BEFORE_START : class;
        class = start == TIME_ABSENT ? CLASS_NONE : class;
        moments[row] = start;
        classes[row] = (uint8_t) class;
        values[row] = (int64_t)((uint64_t)end - (uint64_t)start);
    }
    count_on_calendar(question, rows, facts);
}

/* ---- with pauses, another start, or late entry ---- */

static uint32_t class_of(const struct case_course *course, const struct case_times *times,
                         uint32_t row) {
    if (course->other == TIME_ABSENT)
        return course->end == TIME_ABSENT ? INTAKE_OPEN : INTAKE_DECIDED;
    if (course->other == times->withdrawn[row]) return INTAKE_WITHDRAWN;
    return course->other == times->forwarded[row] ? INTAKE_FORWARDED : INTAKE_REJECTED;
}

/* A case that was received before all are known. */
static void enter_late(const struct fold_question *question, uint32_t row, int64_t known_ms,
                       struct facts *facts) {
    if (facts->class[row] > INTAKE_OPEN || known_ms == TIME_ABSENT) return;
    const int64_t start = facts->when[row], age = known_ms - start;
    if (age <= 0) return;
    if (question->plan->clock != CLOCK_GROSS || facts->value[row] <= age)
        facts->class[row] = INTAKE_BEFORE_KNOWN;
    else
        facts_put(&facts[1], row, start, INTAKE_ENTERED_LATE, age);
}

/* pauses: NULL where neither they nor another start are asked for. */
static void emit_each(const struct fold_question *question, const struct fold_rows *rows,
                      const struct case_pauses *pauses, struct facts *facts) {
    const struct case_times times = case_times_of(rows);
    const bool net = question->plan->clock == CLOCK_NET;
    for (uint32_t row = 0; row < rows->count; row++) {
        const struct case_course course = case_course_of(question, &times, pauses, row);
        if (course.start == TIME_ABSENT) continue;
        const int64_t end = course.other != TIME_ABSENT ? course.other
                            : course.end != TIME_ABSENT ? course.end
                                                        : question->as_of_ms;
        const uint32_t class =
            end < course.start ? INTAKE_END_BEFORE_START : class_of(&course, &times, row);
        facts_put(facts, row, course.start, class,
                  end - course.start - (net ? course.paused_ms : 0));
        if (question->known_from_ms != NULL)
            enter_late(question, row, question->known_from_ms[times.tenant[row]], facts);
    }
    count_on_calendar(question, rows, facts);
}

static void emit_late(const struct fold_question *question, const struct fold_rows *rows,
                      struct facts *facts) {
    emit_each(question, rows, NULL, facts);
}

static void emit_authority(const struct fold_question *question, const struct fold_rows *rows,
                           struct facts *facts) {
    const struct case_pauses pauses = case_pauses_of(rows);
    emit_each(question, rows, &pauses, facts);
}

/* ---- rows of the answer ---- */

/* All series in order, one after the other in row->values. */
static struct survival survival_of(const struct fold_row *row) {
    const struct series *series = row->group->series;
    struct survival_times times[INTAKE_ENTERED_LATE + 1];
    int64_t *values = row->values;
    for (uint32_t class = 0; class <= INTAKE_ENTERED_LATE; class ++) {
        series_sort(&series[class], values, row->room);
        times[class] = (struct survival_times){values, series_count(&series[class])};
        values += times[class].count;
    }
    struct survival survival = {.censored = times[INTAKE_OPEN],
                                .entered = times[INTAKE_ENTERED_LATE]};
    for (uint32_t class = 0; class < SURVIVAL_ENDS; class ++) survival.end[class] = times[class];
    return survival;
}

static uint64_t count_others(const struct fold_row *row) {
    return group_count(row->group, INTAKE_WITHDRAWN) + group_count(row->group, INTAKE_FORWARDED) +
           group_count(row->group, INTAKE_REJECTED);
}

/* That nothing of what was received is decided yet is a figure, not a gap. */
static void settle_state(struct fold_row *row) {
    if (row->n == 0 && (row->open > 0 || count_others(row) > 0)) row->state = RESULT_FEW;
}

static void write_quantiles(struct fold_row *row, struct table *table) {
    const struct clock_unit unit = clock_unit(row->question->plan->clock);
    const struct survival survival = survival_of(row);
    fold_write_survival(row, table, &survival, unit.name, unit.per_unit);
    table_count(table, "other_end", count_others(row));
    table_count(table, "entered_late", group_count(row->group, INTAKE_ENTERED_LATE));
    settle_state(row);
}

/* Of the unit of ages, in the values kept. */
enum { DAY_MS = 86400000, HOUR_MS = 3600000 };
static int64_t age_unit(enum kpi_clock clock, const char **name) {
    *name = clock == CLOCK_WORKING_DAYS ? "working_days" : "days";
    if (clock == CLOCK_OFFICE_HOURS) *name = "office_hours";
    return clock == CLOCK_WORKING_DAYS ? 1 : clock == CLOCK_OFFICE_HOURS ? HOUR_MS : DAY_MS;
}

struct curve { /* of the group whose rows are being written */
    struct survival_shares at[PLAN_AGES_MAX];
};
static_assert((int)PLAN_AGES_MAX <= (int)SURVIVAL_AGES_MAX, "a curve has room for all ages");

static void write_share(struct table *table, const char *const names[3], struct quantile share) {
    table_number(table, names[0], "ratio", share.value);
    table_number(table, names[1], "ratio", share.lo);
    table_number(table, names[2], "ratio", share.hi);
}

static void write_shares(struct fold_row *row, struct table *table) {
    static const char *const names[SURVIVAL_ENDS][3] = {
        {"value", "lo", "hi"},
        {"withdrawn", "withdrawn_lo", "withdrawn_hi"},
        {"forwarded", "forwarded_lo", "forwarded_hi"},
        {"rejected", "rejected_lo", "rejected_hi"}};
    static const char *const under_way[3] = {"under_way", "under_way_lo", "under_way_hi"};
    const struct plan *plan = row->question->plan;
    struct curve *curve = row->question->scratch;
    const char *unit;
    const int64_t per = age_unit(plan->clock, &unit);
    if (row->position == 0) {
        int64_t ages[PLAN_AGES_MAX];
        for (uint32_t i = 0; i < plan->age_count; i++) ages[i] = plan->ages[i] * per;
        const struct survival survival = survival_of(row);
        survival_shares(&survival, ages, plan->age_count, curve->at);
    }
    const struct survival_shares *shares = &curve->at[row->position];
    table_integer(table, "age", unit, plan->ages[row->position]);
    for (uint32_t end = 0; end < SURVIVAL_ENDS; end++)
        write_share(table, names[end], shares->end[end]);
    write_share(table, under_way, shares->none);
    table_count(table, "at_risk", shares->at_risk);
    table_count(table, "entered_late", group_count(row->group, INTAKE_ENTERED_LATE));
    settle_state(row);
}

static const struct fold_class classes[INTAKE_CLASSES] = {
    [INTAKE_DECIDED] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_0},
    [INTAKE_WITHDRAWN] = {.keep = KEEP_SERIES_1},
    [INTAKE_FORWARDED] = {.keep = KEEP_SERIES_2},
    [INTAKE_REJECTED] = {.keep = KEEP_SERIES_3},
    [INTAKE_OPEN] = {.role = ROLE_OPEN, .keep = KEEP_SERIES_4},
    [INTAKE_ENTERED_LATE] = {.keep = KEEP_SERIES_5},
    [INTAKE_END_BEFORE_START] = {.name = "excluded_end_before_start", .role = ROLE_EXCLUDED},
    [INTAKE_BEFORE_KNOWN] = {.name = "excluded_before_known", .role = ROLE_EXCLUDED},
    [INTAKE_OUTSIDE_CALENDAR] = {.name = "excluded_outside_calendar", .role = ROLE_EXCLUDED}};

enum { SOURCE_PLAIN, SOURCE_LATE, SOURCE_AUTHORITY, SOURCE_COUNT };
#define AUTHORITY_COLUMNS (CASE_TIMES_COLUMNS | CASE_PAUSES_COLUMNS)
static const struct fold_source sources[SOURCE_COUNT] = {
    [SOURCE_PLAIN] = {.purpose = PURPOSE_CASE,
                      .columns = CASE_TIMES_COLUMNS,
                      .lane_count = 1,
                      .emit = emit_intake},
    [SOURCE_LATE] = {.purpose = PURPOSE_CASE,
                     .columns = CASE_TIMES_COLUMNS,
                     .lane_count = INTAKE_LANES,
                     .one_moment = true,
                     .emit = emit_late},
    [SOURCE_AUTHORITY] = {.purpose = PURPOSE_CASE,
                          .columns = AUTHORITY_COLUMNS,
                          .lane_count = INTAKE_LANES,
                          .one_moment = true,
                          .emit = emit_authority}};

#define QUANTILES(source)                                                               \
    {                                                                                   \
        .classes = classes, .class_count = INTAKE_CLASSES, .sources = &sources[source], \
        .source_count = 1, .write = write_quantiles                                     \
    }
#define SHARES(source)                                                                  \
    {                                                                                   \
        .classes = classes, .class_count = INTAKE_CLASSES, .sources = &sources[source], \
        .source_count = 1, .by_age = true, .scratch_bytes = sizeof(struct curve),       \
        .write = write_shares                                                           \
    }
static const struct fold quantiles[SOURCE_COUNT] = {QUANTILES(SOURCE_PLAIN), QUANTILES(SOURCE_LATE),
                                                    QUANTILES(SOURCE_AUTHORITY)};
static const struct fold shares[SOURCE_COUNT] = {SHARES(SOURCE_PLAIN), SHARES(SOURCE_LATE),
                                                 SHARES(SOURCE_AUTHORITY)};

/* Most questions need neither pauses nor late entry, and so do not read and do what these need. */
const struct fold *fold_intake(const struct plan *plan) {
    const bool authority = plan->start == START_COMPLETE || plan->clock == CLOCK_NET;
    const uint32_t source = authority                    ? SOURCE_AUTHORITY
                            : plan->known_from_count > 0 ? SOURCE_LATE
                                                         : SOURCE_PLAIN;
    return plan->definition->ages ? &shares[source] : &quantiles[source];
}
