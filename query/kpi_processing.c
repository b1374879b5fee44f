/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>

#include "query/case_clock.h"
#include "query/case_times.h"

/* ==== processing time ========================================================================
 * A = first received; E = first decided, else first delivered, else first closed.
 * Closing view: cases with E in the period. (Intake view: query/kpi_intake.c.)
 * Left out, by reason:
 *   no_start          E without A
 *   end_before_start  E < A
 *   other_end         withdrawn, forwarded or rejected before E, or without E
 *   outside_calendar  working days or office hours asked for, and A or E in a year that the
 *                     calendar lacks
 *   no_minutes        touch time asked for, and no event tells of minutes of work
 * open: received before the end of the bucket, however long ago, and neither E nor another end
 * until T. Working days: #{d : date(A) < d <= date(E), d a working day of the tenant's region}. */

enum {
    PROCESSING_MEASURED,
    PROCESSING_OPEN,
    PROCESSING_NO_START,
    PROCESSING_END_BEFORE_START,
    PROCESSING_OTHER_END,
    PROCESSING_OUTSIDE_CALENDAR,
    PROCESSING_NO_MINUTES,
    PROCESSING_CLASSES
};

/* Working days or office hours asked for: those of the value, milliseconds until now. */
static void count_on_calendar(const struct fold_question *question, const struct fold_rows *rows,
                              const int64_t *start, struct facts *facts) {
    if (!clock_asks_calendar(question->plan)) return;
    CHECK(question->region != NULL);
    const uint32_t *tenant = fold_codes(rows, JOURNEY_TENANT);
    for (uint32_t row = 0; row < rows->count; row++) {
        if (facts->class[row] != PROCESSING_MEASURED) continue;
        const int64_t end = start[row] + facts->value[row];
        facts->value[row] = clock_on_calendar(question, tenant[row], start[row], end);
        if (facts->value[row] < 0) facts->class[row] = PROCESSING_OUTSIDE_CALENDAR;
    }
}

FOLD_EMIT(emit_closing) {
    const struct case_times times = case_times_of(rows);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    int64_t classes[FACT_ROWS_MAX];
    int64_t *restrict moments = facts->when, *restrict values = facts->value;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const int64_t start = fold_seen(as_of_ms, times.received[row]);
        const int64_t end = completion_of(as_of_ms, &times, row);
        const int64_t other = other_end_of(as_of_ms, &times, row);
        const bool otherwise = fold_before(other, end);
        int64_t when = end == TIME_ABSENT ? start : end;
        int64_t class = end < start ? PROCESSING_END_BEFORE_START : PROCESSING_MEASURED;
        class = start == TIME_ABSENT ? PROCESSING_NO_START : class;
        class = end == TIME_ABSENT ? PROCESSING_OPEN : class;
        class = otherwise ? PROCESSING_OTHER_END : class;
        when = otherwise ? other : when;
        moments[row] = when;
        classes[row] = class;
        values[row] = (int64_t)((uint64_t)end - (uint64_t)start);
    }
    facts_narrow(facts, classes, count);
    count_on_calendar(question, rows, times.received, facts);
}

/* ---- the authority's clock: the clock starts at `complete`, or rests while the applicant has to
 * act (query/case_times.h) ---- */

enum { AUTHORITY_GROSS = PROCESSING_CLASSES, AUTHORITY_PAUSED, AUTHORITY_TOUCH, AUTHORITY_CLASSES };
enum { AUTHORITY_LANES = 4 };

#define MICRO_MINUTES_PER_MS (1000000 / 60000.0)

static int64_t touch_ms(const struct case_pauses *pauses, uint32_t row) {
    return (int64_t)((double)pauses->minutes[row] / MICRO_MINUTES_PER_MS + 0.5);
}

/* By the clock asked for; those of the calendar count on from the gross time. */
static int64_t authority_value(enum kpi_clock clock, const struct case_course *course,
                               int64_t gross_ms, int64_t worked_ms) {
    if (clock == CLOCK_NET) return gross_ms - course->paused_ms;
    if (clock == CLOCK_APPLICANT) return course->paused_ms;
    return clock == CLOCK_TOUCH ? worked_ms : gross_ms;
}

/* The class of a case that started. */
static uint32_t authority_class(const struct case_course *course, int64_t gross_ms, bool has_work,
                                enum kpi_clock clock) {
    if (course->other != TIME_ABSENT) return PROCESSING_OTHER_END;
    if (course->end == TIME_ABSENT) return PROCESSING_OPEN;
    if (gross_ms < 0) return PROCESSING_END_BEFORE_START;
    return clock == CLOCK_TOUCH && !has_work ? PROCESSING_NO_MINUTES : PROCESSING_MEASURED;
}

static void emit_authority(const struct fold_question *question, const struct fold_rows *rows,
                           struct facts *facts) {
    const struct case_times times = case_times_of(rows);
    const struct case_pauses pauses = case_pauses_of(rows);
    const struct plan *plan = question->plan;
    for (uint32_t row = 0; row < rows->count; row++) {
        const struct case_course course = case_course_of(question, &times, &pauses, row);
        const int64_t end = course.other != TIME_ABSENT ? course.other
                            : course.end != TIME_ABSENT ? course.end
                                                        : question->as_of_ms;
        if (course.start == TIME_ABSENT) {
            const bool otherwise = course.other != TIME_ABSENT;
            if (!case_is_open(&course))
                facts_put(facts, row, end, otherwise ? PROCESSING_OTHER_END : PROCESSING_NO_START,
                          0);
            continue;
        }
        const int64_t gross_ms = end - course.start, worked_ms = touch_ms(&pauses, row);
        const int64_t closed = case_is_open(&course) ? course.start : end;
        facts_put(facts, row, closed,
                  authority_class(&course, gross_ms, worked_ms > 0, plan->clock),
                  authority_value(plan->clock, &course, gross_ms, worked_ms));
        if (clock_asks_calendar(plan) && facts->class[row] == PROCESSING_MEASURED) {
            facts->value[row] = clock_on_calendar(question, times.tenant[row], course.start, end);
            if (facts->value[row] < 0) facts->class[row] = PROCESSING_OUTSIDE_CALENDAR;
        }
        if (facts->class[row] != PROCESSING_MEASURED) continue;
        facts_put(&facts[1], row, closed, AUTHORITY_GROSS, gross_ms);
        if (course.paused_ms > 0)
            facts_put(&facts[2], row, closed, AUTHORITY_PAUSED, course.paused_ms);
        if (worked_ms > 0) facts_put(&facts[3], row, closed, AUTHORITY_TOUCH, worked_ms);
    }
}

/* ---- rows of the answer ---- */

static void write_closing(struct fold_row *row, struct table *table) {
    const struct clock_unit unit = clock_unit(row->question->plan->clock);
    fold_write_durations(row, table, &row->summary[0], unit.name, unit.per_unit);
}

static void write_mean(struct table *table, const char *name, double sum_ms, uint64_t n) {
    table_number(table, name, "s", n == 0 ? NAN : sum_ms / 1000 / (double)n);
}

/* Besides, of the same cases, all clocks side by side: gross = net + applicant. */
static void write_authority(struct fold_row *row, struct table *table) {
    const struct tally *gross = &row->group->tally[AUTHORITY_GROSS];
    const struct tally *paused = &row->group->tally[AUTHORITY_PAUSED];
    const struct tally *touch = &row->group->tally[AUTHORITY_TOUCH];
    write_closing(row, table);
    write_mean(table, "gross_mean", (double)gross->amount, gross->count);
    write_mean(table, "net_mean", (double)(gross->amount - paused->amount), gross->count);
    write_mean(table, "applicant_mean", (double)paused->amount, gross->count);
    write_mean(table, "touch_mean", (double)touch->amount, touch->count);
    table_count(table, "with_pause", paused->count);
    table_count(table, "with_minutes", touch->count);
}

#define PROCESSING_EXCLUDED                                                                       \
    [PROCESSING_NO_START] = {.name = "excluded_no_start", .role = ROLE_EXCLUDED},                 \
    [PROCESSING_END_BEFORE_START] = {.name = "excluded_end_before_start", .role = ROLE_EXCLUDED}, \
    [PROCESSING_OUTSIDE_CALENDAR] = {.name = "excluded_outside_calendar", .role = ROLE_EXCLUDED}, \
    [PROCESSING_NO_MINUTES] = {.name = "excluded_no_minutes", .role = ROLE_EXCLUDED}

static const struct fold_class closing_classes[PROCESSING_CLASSES] = {
    [PROCESSING_MEASURED] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_0},
    [PROCESSING_OPEN] = {.role = ROLE_OPEN, .span = SPAN_STOCK},
    [PROCESSING_OTHER_END] = {.name = "excluded_other_end", .role = ROLE_EXCLUDED},
    PROCESSING_EXCLUDED};

static const struct fold_source closing_source[] = {{.purpose = PURPOSE_CASE,
                                                     .columns = CASE_TIMES_COLUMNS,
                                                     .lane_count = 1,
                                                     .emit = emit_closing}};
const struct fold fold_processing_time = {.classes = closing_classes,
                                          .class_count = PROCESSING_CLASSES,
                                          .sources = closing_source,
                                          .source_count = 1,
                                          .summary_count = 1,
                                          .write = write_closing};
/* ---- with the authority's clock ---- */

static const struct fold_class authority_classes[AUTHORITY_CLASSES] = {
    [PROCESSING_MEASURED] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_0},
    [PROCESSING_OPEN] = {.role = ROLE_OPEN, .span = SPAN_STOCK},
    [PROCESSING_OTHER_END] = {.name = "excluded_other_end", .role = ROLE_EXCLUDED},
    PROCESSING_EXCLUDED,
    [AUTHORITY_GROSS] = {.keep = KEEP_SUM},
    [AUTHORITY_PAUSED] = {.keep = KEEP_SUM},
    [AUTHORITY_TOUCH] = {.keep = KEEP_SUM}};

#define AUTHORITY_COLUMNS (CASE_TIMES_COLUMNS | CASE_PAUSES_COLUMNS)
static const struct fold_source authority_source[] = {{.purpose = PURPOSE_CASE,
                                                       .columns = AUTHORITY_COLUMNS,
                                                       .lane_count = AUTHORITY_LANES,
                                                       .one_moment = true,
                                                       .emit = emit_authority}};
const struct fold fold_processing_time_authority = {.classes = authority_classes,
                                                    .class_count = AUTHORITY_CLASSES,
                                                    .sources = authority_source,
                                                    .source_count = 1,
                                                    .summary_count = 1,
                                                    .write = write_authority};
