/* SPDX-License-Identifier: EUPL-1.2 */
#include "calendar/calendar.h"
#include "query/case_times.h"
#include "query/fold.h"

/* KPIs of cases and their deadlines: SLA share, due.
 *
 * A case has the limit of its service. Its deadline is when that ends, counted from A as sections
 * 187 to 193 BGB say at the tenant's place (calendar/deadline.h); with the net clock it is later by
 * the pauses. Kept means: E comes before that moment. */

enum { HOUR_MS = 3600000 };

/* A case against its deadline. Times may be absent. */
struct deadline_course {
    struct case_course course;
    int64_t due_ms; /* the first moment that is too late */
    enum { DUE_KNOWN, DUE_NO_LIMIT, DUE_OUTSIDE_CALENDAR } due;
};

static int64_t due_of(const struct fold_question *question, uint32_t limit, uint32_t tenant,
                      int64_t start_ms) {
    const struct deadline deadline = question->plan->limits[limit].deadline;
    const struct calendar *calendar = question->plan->calendar;
    if (deadline.unit == DEADLINE_HOURS)
        return start_ms + (int64_t)deadline.count * HOUR_MS + 1; /* exactly so long is kept */
    const int64_t day = calendar_day(calendar, start_ms);
    if (day < 0) return INT64_MAX;
    return question->due_ms[limit * calendar->region_count + question->region[tenant]][day];
}

static struct deadline_course deadline_course_of(const struct fold_question *question,
                                                 const struct case_times *times,
                                                 const struct case_pauses *pauses, uint32_t service,
                                                 uint32_t row) {
    struct deadline_course at = {.course = case_course_of(question, times, pauses, row)};
    const uint16_t limit_plus_1 = question->limit_plus_1[service];
    if (at.course.start == TIME_ABSENT) return at;
    if (limit_plus_1 == 0) {
        at.due = DUE_NO_LIMIT;
        return at;
    }
    at.due_ms = due_of(question, limit_plus_1 - 1u, times->tenant[row], at.course.start);
    if (at.due_ms == INT64_MAX)
        at.due = DUE_OUTSIDE_CALENDAR;
    else if (question->plan->clock == CLOCK_NET)
        at.due_ms += at.course.paused_ms;
    return at;
}

static bool rests_on_pauses(const struct plan *plan) {
    return plan->clock == CLOCK_NET || plan->start == START_COMPLETE;
}

#define DEADLINE_COLUMNS  (CASE_TIMES_COLUMNS | COLUMN_BIT(JOURNEY_SERVICE))
#define AUTHORITY_COLUMNS (DEADLINE_COLUMNS | CASE_PAUSES_COLUMNS)

/* ==== SLA share ==============================================================================
 * Population: cases with A in the period. met: E before the deadline. missed: E, or another end,
 * after it. overdue: neither yet, and the deadline is over at T. undetermined: neither yet, and
 * there is time left. share = met / (met + missed + overdue). Left out: no_limit, other_end
 * (withdrawn, forwarded or rejected in time), end_before_start, outside_calendar. */

enum {
    SLA_MET,
    SLA_MISSED,
    SLA_OVERDUE,
    SLA_UNDETERMINED,
    SLA_NO_LIMIT,
    SLA_OTHER_END,
    SLA_END_BEFORE_START,
    SLA_OUTSIDE_CALENDAR,
    SLA_CLASSES
};

static uint32_t sla_class(const struct deadline_course *at, int64_t as_of_ms) {
    const struct case_course *course = &at->course;
    const int64_t end = course->other != TIME_ABSENT ? course->other : course->end;
    if (end != TIME_ABSENT && end < course->start) return SLA_END_BEFORE_START;
    if (at->due == DUE_NO_LIMIT) return SLA_NO_LIMIT;
    if (at->due == DUE_OUTSIDE_CALENDAR) return SLA_OUTSIDE_CALENDAR;
    if (end == TIME_ABSENT) return as_of_ms >= at->due_ms ? SLA_OVERDUE : SLA_UNDETERMINED;
    if (end >= at->due_ms) return SLA_MISSED;
    return course->other != TIME_ABSENT ? SLA_OTHER_END : SLA_MET;
}

static void emit_sla(const struct fold_question *question, const struct fold_rows *rows,
                     struct facts *facts) {
    const struct case_times times = case_times_of(rows);
    const bool rests = rests_on_pauses(question->plan);
    const struct case_pauses pauses = rests ? case_pauses_of(rows) : (struct case_pauses){0};
    const uint32_t *service = fold_codes(rows, JOURNEY_SERVICE);
    for (uint32_t row = 0; row < rows->count; row++) {
        const struct deadline_course at =
            deadline_course_of(question, &times, rests ? &pauses : NULL, service[row], row);
        if (at.course.start != TIME_ABSENT)
            facts_put(facts, row, at.course.start, sla_class(&at, question->as_of_ms), 0);
    }
}

static void write_sla(struct fold_row *row, struct table *table) {
    const struct tally *tally = row->group->tally;
    fold_write_share(table, tally[SLA_MET].count, row->n);
    table_count(table, "met", tally[SLA_MET].count);
    table_count(table, "missed", tally[SLA_MISSED].count);
    table_count(table, "overdue", tally[SLA_OVERDUE].count);
    table_count(table, "undetermined", tally[SLA_UNDETERMINED].count);
    row->open = tally[SLA_OVERDUE].count + tally[SLA_UNDETERMINED].count;
    /* Where all of them are still in time, too: they are no gap. */
    if ((row->state == RESULT_OK || row->n == 0) && tally[SLA_UNDETERMINED].count > 0)
        row->state = RESULT_PROVISIONAL;
}

static const struct fold_class sla_classes[SLA_CLASSES] = {
    [SLA_MET] = {.role = ROLE_UNIT},
    [SLA_MISSED] = {.role = ROLE_UNIT},
    [SLA_OVERDUE] = {.role = ROLE_UNIT},
    [SLA_UNDETERMINED] = {.role = ROLE_OPEN},
    [SLA_NO_LIMIT] = {.name = "excluded_no_limit", .role = ROLE_EXCLUDED},
    [SLA_OTHER_END] = {.name = "excluded_other_end", .role = ROLE_EXCLUDED},
    [SLA_END_BEFORE_START] = {.name = "excluded_end_before_start", .role = ROLE_EXCLUDED},
    [SLA_OUTSIDE_CALENDAR] = {.name = "excluded_outside_calendar", .role = ROLE_EXCLUDED}};

/* ==== due ====================================================================================
 * Population: cases that are open at T and whose deadline ends in the period; buckets are those of
 * the deadline's last day. By working days from T to the last day: overdue, today, 1-5, 6-10,
 * 11-20, 21-60, over 60. Left out: no_limit, outside_calendar; these are told where the period
 * begins, or holds T. */

enum { DUE_OVERDUE, DUE_TODAY, DUE_LATER, DUE_BINS = 7 };
enum { DUE_WITHOUT_LIMIT = DUE_BINS, DUE_BEYOND_CALENDAR, DUE_CLASSES };

static uint32_t due_class(const struct fold_question *question, int64_t due_ms, uint32_t tenant) {
    static const int64_t bin_end[] = {1, 6, 11, 21, 61}; /* working days: not yet in the bin */
    const enum region region = (enum region)question->region[tenant];
    if (due_ms <= question->as_of_ms) return DUE_OVERDUE;
    const int64_t days =
        calendar_working_days(question->plan->calendar, region, question->as_of_ms, due_ms - 1);
    if (days < 0) return DUE_BEYOND_CALENDAR;
    uint32_t bin = DUE_TODAY;
    while (bin < DUE_BINS - 1 && days >= bin_end[bin - DUE_TODAY]) bin++;
    return bin;
}

static void emit_due(const struct fold_question *question, const struct fold_rows *rows,
                     struct facts *facts) {
    const struct case_times times = case_times_of(rows);
    const bool rests = rests_on_pauses(question->plan);
    const struct case_pauses pauses = rests ? case_pauses_of(rows) : (struct case_pauses){0};
    const uint32_t *service = fold_codes(rows, JOURNEY_SERVICE);
    const int64_t from_ms = question->plan->from_ms;
    const int64_t now_ms = from_ms == TIME_ABSENT ? question->as_of_ms : from_ms;
    for (uint32_t row = 0; row < rows->count; row++) {
        const struct deadline_course at =
            deadline_course_of(question, &times, rests ? &pauses : NULL, service[row], row);
        if (at.course.start == TIME_ABSENT || !case_is_open(&at.course)) continue;
        if (at.due == DUE_KNOWN)
            facts_put(facts, row, at.due_ms - 1, due_class(question, at.due_ms, times.tenant[row]),
                      0);
        else
            facts_put(facts, row, now_ms,
                      at.due == DUE_NO_LIMIT ? DUE_WITHOUT_LIMIT : DUE_BEYOND_CALENDAR, 0);
    }
}

/* However few, a count is exact; and nothing that is due is a figure as well. */
static void write_due(struct fold_row *row, struct table *table) {
    static const char *const names[DUE_BINS] = {
        "overdue", "today", "days_1_5", "days_6_10", "days_11_20", "days_21_60", "days_over_60"};
    const bool empty = row->question->oldest_ms == TIME_ABSENT;
    if (empty)
        table_absent(table, "value", "count");
    else
        table_count(table, "value", row->n);
    table_absent(table, "lo", "count");
    table_absent(table, "hi", "count");
    for (int bin = 0; bin < DUE_BINS; bin++)
        table_count(table, names[bin], row->group->tally[bin].count);
    row->open = row->n;
    row->state = empty ? RESULT_NO_DATA : RESULT_OK;
}

static const struct fold_class due_classes[DUE_CLASSES] = {
    [DUE_OVERDUE] = {.role = ROLE_UNIT},
    [DUE_TODAY] = {.role = ROLE_UNIT},
    [DUE_LATER] = {.role = ROLE_UNIT},
    [DUE_LATER + 1] = {.role = ROLE_UNIT},
    [DUE_LATER + 2] = {.role = ROLE_UNIT},
    [DUE_LATER + 3] = {.role = ROLE_UNIT},
    [DUE_LATER + 4] = {.role = ROLE_UNIT},
    [DUE_WITHOUT_LIMIT] = {.name = "excluded_no_limit", .role = ROLE_EXCLUDED},
    [DUE_BEYOND_CALENDAR] = {.name = "excluded_outside_calendar", .role = ROLE_EXCLUDED}};

/* ==== folds: with and without what pauses need ==== */

#define SOURCE(name, what, emit_what)          \
    static const struct fold_source name[] = { \
        {.purpose = PURPOSE_CASE, .columns = (what), .lane_count = 1, .emit = (emit_what)}}
SOURCE(sla_source, DEADLINE_COLUMNS, emit_sla);
SOURCE(sla_authority_source, AUTHORITY_COLUMNS, emit_sla);
SOURCE(due_source, DEADLINE_COLUMNS, emit_due);
SOURCE(due_authority_source, AUTHORITY_COLUMNS, emit_due);

#define FOLD(name, which, class_number, source, write_what)  \
    const struct fold name = {.classes = (which),            \
                              .class_count = (class_number), \
                              .sources = (source),           \
                              .source_count = 1,             \
                              .needs_calendar = true,        \
                              .write = (write_what)}
FOLD(fold_sla_share, sla_classes, SLA_CLASSES, sla_source, write_sla);
FOLD(fold_sla_share_authority, sla_classes, SLA_CLASSES, sla_authority_source, write_sla);
FOLD(fold_due, due_classes, DUE_CLASSES, due_source, write_due);
FOLD(fold_due_authority, due_classes, DUE_CLASSES, due_authority_source, write_due);
