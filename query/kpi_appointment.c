/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>

#include "query/fold.h"

/* KPIs of appointments: no-show, late show, cancellation, rescheduling, booking lead time by
 * planned start; who left before the call by arrival; waiting time and service duration by the
 * moment at which they were over. */

/* ==== no-show, late show =====================================================================
 * Population: planned start in the period; walk-ins have none. By the first that holds: finished
 * (after it was missed: late show), missed (unless cancelled before), cancelled, open.
 * no-show = missed / (finished + missed), late show = late / the same. */

enum {
    SHOW_FINISHED,
    SHOW_LATE, /* missed, then finished */
    SHOW_MISSED,
    SHOW_OPEN,
    SHOW_CANCELLED,
    SHOW_CLASSES
};

FOLD_EMIT(emit_no_show) {
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *start = fold_times(rows, APPOINTMENT_COLUMN_START);
    const int64_t *finished_at = fold_times(rows, APPOINTMENT_COLUMN_FINISHED);
    const int64_t *missed_at = fold_times(rows, APPOINTMENT_COLUMN_MISSED);
    const int64_t *cancelled_at = fold_times(rows, APPOINTMENT_COLUMN_CANCELLED);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    int64_t classes[FACT_ROWS_MAX];
    int64_t *restrict moments = facts->when;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const int64_t finished = fold_seen(as_of_ms, finished_at[row]);
        const int64_t missed = fold_seen(as_of_ms, missed_at[row]);
        const int64_t cancelled = fold_seen(as_of_ms, cancelled_at[row]);
        int64_t class = cancelled == TIME_ABSENT ? SHOW_OPEN : SHOW_CANCELLED;
        class = fold_before(missed, cancelled) ? SHOW_MISSED : class;
        const int64_t done = fold_before(finished, missed) ? SHOW_FINISHED : SHOW_LATE;
        class = finished == TIME_ABSENT ? class : done;
        moments[row] = start[row];
        classes[row] = first[row] > as_of_ms ? CLASS_NONE : class;
    }
    facts_narrow(facts, classes, count);
}

static void write_no_show(struct fold_row *row, struct table *table) {
    fold_write_share(table, group_count(row->group, SHOW_MISSED), row->n);
    table_count(table, "finished", row->n - group_count(row->group, SHOW_MISSED));
    table_count(table, "missed", group_count(row->group, SHOW_MISSED));
    table_count(table, "late_show", group_count(row->group, SHOW_LATE));
}

static const struct fold_class show_classes[SHOW_CLASSES] = {
    [SHOW_FINISHED] = {.role = ROLE_UNIT},
    [SHOW_LATE] = {.role = ROLE_UNIT},
    [SHOW_MISSED] = {.role = ROLE_UNIT},
    [SHOW_OPEN] = {.role = ROLE_OPEN},
    [SHOW_CANCELLED] = {.name = "excluded_cancelled", .role = ROLE_EXCLUDED}};

static const struct fold_source show_source[] = {
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(APPOINTMENT_COLUMN_START) |
                COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED) | COLUMN_BIT(APPOINTMENT_COLUMN_MISSED) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CANCELLED),
     .lane_count = 1,
     .emit = emit_no_show}};

const struct fold fold_no_show = {.classes = show_classes,
                                  .class_count = SHOW_CLASSES,
                                  .sources = show_source,
                                  .source_count = 1,
                                  .write = write_no_show};

static void write_late_show(struct fold_row *row, struct table *table) {
    const uint64_t late = group_count(row->group, SHOW_LATE),
                   missed = group_count(row->group, SHOW_MISSED);
    fold_write_share(table, late, row->n);
    table_count(table, "late_show", group_count(row->group, SHOW_LATE));
    table_count(table, "missed", group_count(row->group, SHOW_MISSED));
    table_count(table, "finished", row->n - missed);
    fold_write_ratio(table, "came_after_all", (double)late, (double)(late + missed));
}

const struct fold fold_late_show = {.classes = show_classes,
                                    .class_count = SHOW_CLASSES,
                                    .sources = show_source,
                                    .source_count = 1,
                                    .write = write_late_show};

/* ==== cancellation ===========================================================================
 * Population: planned start in the period, and confirmed. Cancelled: before the planned start;
 * late: less than 24 hours before it. Open: the planned start is after T, it may still be
 * cancelled. */

#define LATE_CANCELLATION_MS INT64_C(86400000)

enum {
    CANCEL_NOT, /* confirmed, and kept */
    CANCEL_OPEN,
    CANCEL_NOT_CONFIRMED,
    CANCEL_IN_TIME, /* + who: BY_CITIZEN, ... */
    CANCEL_LATE = CANCEL_IN_TIME + 3,
    CANCEL_CLASSES = CANCEL_LATE + 3
};
enum { BY_CITIZEN, BY_OFFICE, BY_OTHER /* or not said */ };

FOLD_EMIT(emit_cancellation) {
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *start = fold_times(rows, APPOINTMENT_COLUMN_START);
    const int64_t *confirmed = fold_times(rows, APPOINTMENT_COLUMN_CONFIRMED);
    const int64_t *cancelled_at = fold_times(rows, APPOINTMENT_COLUMN_CANCELLED);
    const uint8_t *party = fold_choices(rows, APPOINTMENT_COLUMN_CANCELLED_BY);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    uint8_t *restrict classes = facts->class;
    int64_t *restrict moments = facts->when;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const int64_t when = start[row];
        const int64_t cancelled = fold_seen(as_of_ms, cancelled_at[row]);
        const bool late = when < cancelled + LATE_CANCELLATION_MS;
        uint32_t by = party[row] == PARTY_CITIZEN ? BY_CITIZEN : BY_OTHER;
        by = party[row] == PARTY_OFFICE ? BY_OFFICE : by;
        uint32_t class = (late ? CANCEL_LATE : CANCEL_IN_TIME) + by;
        class = fold_before(cancelled, when) ? class : CANCEL_NOT;
        class = when > as_of_ms ? CANCEL_OPEN : class;
        class = fold_seen(as_of_ms, confirmed[row]) == TIME_ABSENT ? CANCEL_NOT_CONFIRMED : class;
        moments[row] = when;
        classes[row] = first[row] > as_of_ms ? CLASS_NONE : (uint8_t) class;
    }
}

static uint64_t cancelled_by(const struct fold_row *row, int by) {
    return group_count(row->group, CANCEL_IN_TIME + by) + group_count(row->group, CANCEL_LATE + by);
}

static void write_cancellation(struct fold_row *row, struct table *table) {
    const uint64_t citizen = cancelled_by(row, BY_CITIZEN), office = cancelled_by(row, BY_OFFICE),
                   other = cancelled_by(row, BY_OTHER);
    const uint64_t late = group_count(row->group, CANCEL_LATE + BY_CITIZEN) +
                          group_count(row->group, CANCEL_LATE + BY_OFFICE) +
                          group_count(row->group, CANCEL_LATE + BY_OTHER);
    fold_write_share(table, citizen + office + other, row->n);
    table_count(table, "cancelled", citizen + office + other);
    table_count(table, "by_citizen", citizen);
    table_count(table, "by_office", office);
    table_count(table, "by_other", other);
    table_count(table, "late", late);
}

static const struct fold_class cancel_classes[CANCEL_CLASSES] = {
    [CANCEL_NOT] = {.role = ROLE_UNIT},
    [CANCEL_OPEN] = {.role = ROLE_OPEN},
    [CANCEL_NOT_CONFIRMED] = {.name = "excluded_not_confirmed", .role = ROLE_EXCLUDED},
    [CANCEL_IN_TIME + BY_CITIZEN] = {.role = ROLE_UNIT},
    [CANCEL_IN_TIME + BY_OFFICE] = {.role = ROLE_UNIT},
    [CANCEL_IN_TIME + BY_OTHER] = {.role = ROLE_UNIT},
    [CANCEL_LATE + BY_CITIZEN] = {.role = ROLE_UNIT},
    [CANCEL_LATE + BY_OFFICE] = {.role = ROLE_UNIT},
    [CANCEL_LATE + BY_OTHER] = {.role = ROLE_UNIT}};

static const struct fold_source cancel_source[] = {
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(APPOINTMENT_COLUMN_START) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CANCELLED) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CANCELLED_BY),
     .seen_columns = COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED),
     .lane_count = 1,
     .emit = emit_cancellation}};

const struct fold fold_cancellation = {.classes = cancel_classes,
                                       .class_count = CANCEL_CLASSES,
                                       .sources = cancel_source,
                                       .source_count = 1,
                                       .write = write_cancellation};

/* ==== rescheduling ===========================================================================
 * Population: planned start, the last one said, in the period, and confirmed. Rescheduled: moved
 * at least once. Open: that start is after T, it may still be moved. */

enum {
    RESCHEDULE_NOT,
    RESCHEDULE_MOVED, /* value: how often */
    RESCHEDULE_OPEN,
    RESCHEDULE_NOT_CONFIRMED,
    RESCHEDULE_CLASSES
};

FOLD_EMIT(emit_rescheduling) {
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *start = fold_times(rows, APPOINTMENT_COLUMN_START);
    const int64_t *confirmed = fold_times(rows, APPOINTMENT_COLUMN_CONFIRMED);
    const uint32_t *moves = fold_codes(rows, APPOINTMENT_COLUMN_RESCHEDULINGS);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    uint8_t *restrict classes = facts->class;
    int64_t *restrict moments = facts->when, *restrict values = facts->value;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        uint32_t class = moves[row] == 0 ? RESCHEDULE_NOT : RESCHEDULE_MOVED;
        class = start[row] > as_of_ms ? RESCHEDULE_OPEN : class;
        class =
            fold_seen(as_of_ms, confirmed[row]) == TIME_ABSENT ? RESCHEDULE_NOT_CONFIRMED : class;
        moments[row] = start[row];
        classes[row] = first[row] > as_of_ms ? CLASS_NONE : (uint8_t) class;
        values[row] = moves[row];
    }
}

static void write_rescheduling(struct fold_row *row, struct table *table) {
    const struct tally *moved = &row->group->tally[RESCHEDULE_MOVED];
    fold_write_share(table, moved->count, row->n);
    table_count(table, "rescheduled", group_count(row->group, RESCHEDULE_MOVED));
    table_integer(table, "reschedulings", "count", moved->amount);
    table_number(table, "reschedulings_mean", "count",
                 row->n == 0 ? NAN : (double)moved->amount / (double)row->n);
}

static const struct fold_class reschedule_classes[RESCHEDULE_CLASSES] = {
    [RESCHEDULE_NOT] = {.role = ROLE_UNIT},
    [RESCHEDULE_MOVED] = {.role = ROLE_UNIT, .keep = KEEP_SUM},
    [RESCHEDULE_OPEN] = {.role = ROLE_OPEN},
    [RESCHEDULE_NOT_CONFIRMED] = {.name = "excluded_not_confirmed", .role = ROLE_EXCLUDED}};

static const struct fold_source reschedule_source[] = {
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(APPOINTMENT_COLUMN_START) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED) |
                COLUMN_BIT(APPOINTMENT_COLUMN_RESCHEDULINGS),
     .seen_columns = COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED),
     .lane_count = 1,
     .emit = emit_rescheduling}};

const struct fold fold_rescheduling = {.classes = reschedule_classes,
                                       .class_count = RESCHEDULE_CLASSES,
                                       .sources = reschedule_source,
                                       .source_count = 1,
                                       .write = write_rescheduling};

/* ==== booking lead time ======================================================================
 * Population: planned start in the period. Planned start - first confirmation. Left out:
 * not_confirmed, and negative (confirmed after the start). */

enum { LEAD_MEASURED, LEAD_NOT_CONFIRMED, LEAD_NEGATIVE, LEAD_CLASSES };

FOLD_EMIT(emit_lead_time) {
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *start = fold_times(rows, APPOINTMENT_COLUMN_START);
    const int64_t *confirmed_at = fold_times(rows, APPOINTMENT_COLUMN_CONFIRMED);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    uint8_t *restrict classes = facts->class;
    int64_t *restrict moments = facts->when, *restrict values = facts->value;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const int64_t confirmed = fold_seen(as_of_ms, confirmed_at[row]);
        uint32_t class = confirmed > start[row] ? LEAD_NEGATIVE : LEAD_MEASURED;
        class = confirmed == TIME_ABSENT ? LEAD_NOT_CONFIRMED : class;
        class = first[row] > as_of_ms ? (uint32_t)CLASS_NONE : class;
        moments[row] = start[row];
        classes[row] = (uint8_t) class;
        values[row] = (int64_t)((uint64_t)start[row] - (uint64_t)confirmed);
    }
}

static void write_seconds(struct fold_row *row, struct table *table) {
    fold_write_durations(row, table, &row->summary[0], "s", 1000);
}

static const struct fold_class lead_classes[LEAD_CLASSES] = {
    [LEAD_MEASURED] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_0},
    [LEAD_NOT_CONFIRMED] = {.name = "excluded_not_confirmed", .role = ROLE_EXCLUDED},
    [LEAD_NEGATIVE] = {.name = "excluded_negative", .role = ROLE_EXCLUDED}};

static const struct fold_source lead_source[] = {
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(APPOINTMENT_COLUMN_START) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED),
     .lane_count = 1,
     .emit = emit_lead_time}};

const struct fold fold_booking_lead_time = {.classes = lead_classes,
                                            .class_count = LEAD_CLASSES,
                                            .sources = lead_source,
                                            .source_count = 1,
                                            .summary_count = 1,
                                            .write = write_seconds};

/* ==== waiting time on site ===================================================================
 * Population: first called in the period. Called - max(arrived, planned start), and zero when
 * called before the planned start: zeros are kept. A walk-in is one without confirmation: called -
 * arrived. Left out: no_arrival, and negative (called before arrived). Arrived in the period and
 * never called: left before the call, or not_called when served all the same; open when the arrival
 * is less than a day ago. */

#define WAITING_LASTS_MS_MAX INT64_C(86400000) /* nobody waits on site for longer than a day */

enum {
    WAIT_MEASURED,
    WAIT_WALK_IN, /* measured as well */
    WAIT_LEFT,
    WAIT_OPEN,
    WAIT_NO_ARRIVAL,
    WAIT_NEGATIVE,
    WAIT_NOT_CALLED,
    WAIT_CLASSES,
    /* of waiting_within only: measured, and no longer than asked for */
    WAIT_SHORT = WAIT_CLASSES,
    WAIT_SHORT_WALK_IN,
    WITHIN_CLASSES
};

FOLD_EMIT(emit_waiting_time) {
    const int64_t *confirmed_at = fold_times(rows, APPOINTMENT_COLUMN_CONFIRMED);
    const int64_t *start = fold_times(rows, APPOINTMENT_COLUMN_START);
    const int64_t *arrived_at = fold_times(rows, APPOINTMENT_COLUMN_ARRIVED);
    const int64_t *called_at = fold_times(rows, APPOINTMENT_COLUMN_CALLED);
    const int64_t *showedup_at = fold_times(rows, APPOINTMENT_COLUMN_SHOWEDUP);
    const int64_t *finished_at = fold_times(rows, APPOINTMENT_COLUMN_FINISHED);
    const int64_t as_of_ms = question->as_of_ms;
    const int64_t recently = as_of_ms - WAITING_LASTS_MS_MAX;
    const uint32_t count = rows->count;
    int64_t classes[FACT_ROWS_MAX];
    int64_t *restrict moments = facts->when, *restrict values = facts->value;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const int64_t called = fold_seen(as_of_ms, called_at[row]);
        const int64_t arrived = fold_seen(as_of_ms, arrived_at[row]);
        const bool walk_in = fold_seen(as_of_ms, confirmed_at[row]) == TIME_ABSENT;
        const int64_t showedup = fold_seen(as_of_ms, showedup_at[row]);
        const int64_t finished = fold_seen(as_of_ms, finished_at[row]);
        const bool served = fold_earlier(showedup, finished) != TIME_ABSENT;
        /* Called; then never called. Without either there is no moment, and so no fact. */
        int64_t class = walk_in ? WAIT_WALK_IN : WAIT_MEASURED;
        class = called < arrived ? WAIT_NEGATIVE : class;
        class = arrived == TIME_ABSENT ? WAIT_NO_ARRIVAL : class;
        int64_t never = arrived > recently ? WAIT_OPEN : WAIT_LEFT;
        never = served ? WAIT_NOT_CALLED : never;
        int64_t since = start[row] > arrived ? start[row] : arrived;
        since = walk_in ? arrived : since;
        const bool at_once = called <= since;
        moments[row] = called == TIME_ABSENT ? arrived : called;
        classes[row] = called == TIME_ABSENT ? never : class;
        values[row] = at_once ? 0 : (int64_t)((uint64_t)called - (uint64_t)since);
    }
    facts_narrow(facts, classes, count);
}

static void write_waiting_time(struct fold_row *row, struct table *table) {
    uint64_t left = group_count(row->group, WAIT_LEFT);
    write_seconds(row, table);
    table_count(table, "walk_ins", group_count(row->group, WAIT_WALK_IN));
    table_count(table, "left_before_call", group_count(row->group, WAIT_LEFT));
    fold_write_ratio(table, "left_share", (double)left, (double)(left + row->n));
}

#define WAIT_NOT_MEASURED                                                       \
    [WAIT_OPEN] = {.role = ROLE_OPEN},                                          \
    [WAIT_NO_ARRIVAL] = {.name = "excluded_no_arrival", .role = ROLE_EXCLUDED}, \
    [WAIT_NEGATIVE] = {.name = "excluded_negative", .role = ROLE_EXCLUDED},     \
    [WAIT_NOT_CALLED] = {.name = "excluded_not_called", .role = ROLE_EXCLUDED}

static const struct fold_class wait_classes[WAIT_CLASSES] = {
    [WAIT_MEASURED] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_0},
    [WAIT_WALK_IN] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_0},
    WAIT_NOT_MEASURED};

#define WAIT_COLUMNS                                                                   \
    (COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED) | COLUMN_BIT(APPOINTMENT_COLUMN_START) | \
     COLUMN_BIT(APPOINTMENT_COLUMN_ARRIVED) | COLUMN_BIT(APPOINTMENT_COLUMN_CALLED) |  \
     COLUMN_BIT(APPOINTMENT_COLUMN_SHOWEDUP) | COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED))
#define WAIT_SEEN                                                                         \
    (COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED) | COLUMN_BIT(APPOINTMENT_COLUMN_SHOWEDUP) | \
     COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED))
static const struct fold_source wait_source[] = {{.purpose = PURPOSE_APPOINTMENT,
                                                  .columns = WAIT_COLUMNS,
                                                  .seen_columns = WAIT_SEEN,
                                                  .lane_count = 1,
                                                  .emit = emit_waiting_time}};

const struct fold fold_waiting_time = {.classes = wait_classes,
                                       .class_count = WAIT_CLASSES,
                                       .sources = wait_source,
                                       .source_count = 1,
                                       .summary_count = 1,
                                       .write = write_waiting_time};

/* ==== waiting within =========================================================================
 * The same waits: the share of them that is no longer than the plan's `within`. */

static void emit_waiting_within(const struct fold_question *question, const struct fold_rows *rows,
                                struct facts *facts) {
    const int64_t within_ms = question->plan->within_ms;
    emit_waiting_time(question, rows, facts);
    for (uint32_t row = 0; row < rows->count; row++) {
        const uint8_t class = facts->class[row];
        if (facts->value[row] > within_ms) continue;
        if (class == WAIT_MEASURED) facts->class[row] = WAIT_SHORT;
        if (class == WAIT_WALK_IN) facts->class[row] = WAIT_SHORT_WALK_IN;
    }
}

static void write_waiting_within(struct fold_row *row, struct table *table) {
    const uint64_t booked = group_count(row->group, WAIT_SHORT),
                   walk_in = group_count(row->group, WAIT_SHORT_WALK_IN);
    const uint64_t walk_ins = walk_in + group_count(row->group, WAIT_WALK_IN);
    fold_write_share(table, booked + walk_in, row->n);
    table_count(table, "within", booked + walk_in);
    table_count(table, "walk_ins", walk_ins);
    fold_write_ratio(table, "walk_ins_share", (double)walk_in, (double)walk_ins);
    fold_write_ratio(table, "booked_share", (double)booked, (double)(row->n - walk_ins));
}

static const struct fold_class within_classes[WITHIN_CLASSES] = {
    [WAIT_MEASURED] = {.role = ROLE_UNIT},
    [WAIT_WALK_IN] = {.role = ROLE_UNIT},
    WAIT_NOT_MEASURED,
    [WAIT_SHORT] = {.role = ROLE_UNIT},
    [WAIT_SHORT_WALK_IN] = {.role = ROLE_UNIT}};

static const struct fold_source within_source[] = {{.purpose = PURPOSE_APPOINTMENT,
                                                    .columns = WAIT_COLUMNS,
                                                    .seen_columns = WAIT_SEEN,
                                                    .lane_count = 1,
                                                    .emit = emit_waiting_within}};

const struct fold fold_waiting_within = {.classes = within_classes,
                                         .class_count = WITHIN_CLASSES,
                                         .sources = within_source,
                                         .source_count = 1,
                                         .write = write_waiting_within};

/* ==== left before call =======================================================================
 * Population: arrived in the period. Left: neither called nor served within a day. Called in vain
 * (called, missed, never served) is told besides: some of them went before the call, too. Left out:
 * not_called (served without a call), and negative (called before the arrival, never served:
 * whether they were called again nobody says). Open: arrived less than a day ago, not yet called.
 */

enum {
    LEFT_NOT,     /* + LEFT_WALK_IN when never confirmed; so are the next two */
    LEFT_LEFT,    /* before the call */
    LEFT_IN_VAIN, /* called, and not there */
    LEFT_WALK_IN,
    LEFT_OPEN = 2 * LEFT_WALK_IN,
    LEFT_NOT_CALLED,
    LEFT_NEGATIVE,
    LEFT_CLASSES
};

FOLD_EMIT(emit_left_before_call) {
    const int64_t *confirmed_at = fold_times(rows, APPOINTMENT_COLUMN_CONFIRMED);
    const int64_t *arrived_at = fold_times(rows, APPOINTMENT_COLUMN_ARRIVED);
    const int64_t *called_at = fold_times(rows, APPOINTMENT_COLUMN_CALLED);
    const int64_t *showedup_at = fold_times(rows, APPOINTMENT_COLUMN_SHOWEDUP);
    const int64_t *finished_at = fold_times(rows, APPOINTMENT_COLUMN_FINISHED);
    const int64_t *missed_at = fold_times(rows, APPOINTMENT_COLUMN_MISSED);
    const int64_t as_of_ms = question->as_of_ms;
    const int64_t recently = as_of_ms - WAITING_LASTS_MS_MAX;
    const uint32_t count = rows->count;
    uint8_t *restrict classes = facts->class;
    int64_t *restrict moments = facts->when;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const int64_t arrived = fold_seen(as_of_ms, arrived_at[row]);
        const int64_t called = fold_seen(as_of_ms, called_at[row]);
        const int64_t showedup = fold_seen(as_of_ms, showedup_at[row]);
        const int64_t finished = fold_seen(as_of_ms, finished_at[row]);
        const bool missed = fold_seen(as_of_ms, missed_at[row]) != TIME_ABSENT;
        const bool served = fold_earlier(showedup, finished) != TIME_ABSENT;
        const bool booked = fold_seen(as_of_ms, confirmed_at[row]) != TIME_ABSENT;
        const uint32_t walk_in = booked ? 0 : LEFT_WALK_IN;
        uint32_t waited = walk_in + (missed ? LEFT_IN_VAIN : LEFT_NOT);
        waited = called < arrived ? LEFT_NEGATIVE : waited;
        waited = served ? walk_in + LEFT_NOT : waited;
        uint32_t never = arrived > recently ? LEFT_OPEN : walk_in + LEFT_LEFT;
        never = served ? LEFT_NOT_CALLED : never;
        moments[row] = arrived;
        classes[row] = (uint8_t)(called == TIME_ABSENT ? never : waited);
    }
}

static uint64_t people_of(const struct fold_row *row, int walk_in) {
    return group_count(row->group, walk_in + LEFT_NOT) +
           group_count(row->group, walk_in + LEFT_LEFT) +
           group_count(row->group, walk_in + LEFT_IN_VAIN);
}

static void write_left_before_call(struct fold_row *row, struct table *table) {
    const uint64_t booked = group_count(row->group, LEFT_LEFT);
    const uint64_t walk_in = group_count(row->group, LEFT_WALK_IN + LEFT_LEFT);
    const uint64_t in_vain = group_count(row->group, LEFT_IN_VAIN) +
                             group_count(row->group, LEFT_WALK_IN + LEFT_IN_VAIN);
    fold_write_share(table, booked + walk_in, row->n);
    table_count(table, "left", booked + walk_in);
    table_count(table, "called_in_vain", in_vain);
    table_count(table, "booked", people_of(row, 0));
    table_count(table, "booked_left", group_count(row->group, LEFT_LEFT));
    fold_write_ratio(table, "booked_share", (double)booked, (double)people_of(row, 0));
    table_count(table, "walk_ins", people_of(row, LEFT_WALK_IN));
    table_count(table, "walk_ins_left", group_count(row->group, LEFT_WALK_IN + LEFT_LEFT));
    fold_write_ratio(table, "walk_ins_share", (double)walk_in,
                     (double)people_of(row, LEFT_WALK_IN));
}

static const struct fold_class left_classes[LEFT_CLASSES] = {
    [LEFT_NOT] = {.role = ROLE_UNIT},
    [LEFT_LEFT] = {.role = ROLE_UNIT},
    [LEFT_IN_VAIN] = {.role = ROLE_UNIT},
    [LEFT_WALK_IN + LEFT_NOT] = {.role = ROLE_UNIT},
    [LEFT_WALK_IN + LEFT_LEFT] = {.role = ROLE_UNIT},
    [LEFT_WALK_IN + LEFT_IN_VAIN] = {.role = ROLE_UNIT},
    [LEFT_OPEN] = {.role = ROLE_OPEN},
    [LEFT_NOT_CALLED] = {.name = "excluded_not_called", .role = ROLE_EXCLUDED},
    [LEFT_NEGATIVE] = {.name = "excluded_negative", .role = ROLE_EXCLUDED}};

static const struct fold_source left_source[] = {
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED) | COLUMN_BIT(APPOINTMENT_COLUMN_ARRIVED) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CALLED) | COLUMN_BIT(APPOINTMENT_COLUMN_SHOWEDUP) |
                COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED) | COLUMN_BIT(APPOINTMENT_COLUMN_MISSED),
     .seen_columns = WAIT_SEEN | COLUMN_BIT(APPOINTMENT_COLUMN_MISSED),
     .lane_count = 1,
     .emit = emit_left_before_call}};

const struct fold fold_left_before_call = {.classes = left_classes,
                                           .class_count = LEFT_CLASSES,
                                           .sources = left_source,
                                           .source_count = 1,
                                           .write = write_left_before_call};

/* ==== service duration =======================================================================
 * Population: first finished in the period. Sum of [showed up or resumed, finished or parked).
 * Left out: no_start (nobody said when it began). Open: showed up, not finished. */

enum { SERVICE_MEASURED, SERVICE_OPEN, SERVICE_NO_START, SERVICE_CLASSES };

FOLD_EMIT(emit_service_duration) {
    const int64_t *showedup_at = fold_times(rows, APPOINTMENT_COLUMN_SHOWEDUP);
    const int64_t *finished_at = fold_times(rows, APPOINTMENT_COLUMN_FINISHED);
    const uint32_t *service_ms = fold_codes(rows, APPOINTMENT_COLUMN_SERVICE_MS);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    uint8_t *restrict classes = facts->class;
    int64_t *restrict moments = facts->when, *restrict values = facts->value;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const int64_t showedup = fold_seen(as_of_ms, showedup_at[row]);
        const int64_t finished = fold_seen(as_of_ms, finished_at[row]);
        const uint32_t done = showedup == TIME_ABSENT ? SERVICE_NO_START : SERVICE_MEASURED;
        const bool open = finished == TIME_ABSENT; /* or not there at all: then without a moment */
        moments[row] = open ? showedup : finished;
        classes[row] = (uint8_t)(open ? SERVICE_OPEN : done);
        values[row] = service_ms[row];
    }
}

static const struct fold_class service_classes[SERVICE_CLASSES] = {
    [SERVICE_MEASURED] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_0},
    [SERVICE_OPEN] = {.role = ROLE_OPEN},
    [SERVICE_NO_START] = {.name = "excluded_no_start", .role = ROLE_EXCLUDED}};

static const struct fold_source service_source[] = {
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = COLUMN_BIT(APPOINTMENT_COLUMN_SHOWEDUP) | COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED) |
                COLUMN_BIT(APPOINTMENT_COLUMN_SERVICE_MS),
     .lane_count = 1,
     .emit = emit_service_duration}};

const struct fold fold_service_duration = {.classes = service_classes,
                                           .class_count = SERVICE_CLASSES,
                                           .sources = service_source,
                                           .source_count = 1,
                                           .summary_count = 1,
                                           .write = write_seconds};
