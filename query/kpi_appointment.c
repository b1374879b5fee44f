/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/fold.h"

/* KPIs of appointments: no-show, cancellation, booking lead time by planned start; waiting time and
 * service duration by the moment at which they were over. */

static uint64_t tally_of(const struct fold_row *row, int class) {
    return row->group->tally[class].count;
}

static void write_count(const struct fold_row *row, struct table *table, const char *name,
                        int class) {
    table_integer(table, name, "count", (int64_t)tally_of(row, class));
}

/* ==== no-show ================================================================================
 * Population: planned start in the period; walk-ins have none. By the first that holds: finished
 * (when also missed: late_show, finished all the same), missed (unless cancelled before),
 * cancelled, open. no-show = missed / (finished + missed). */

enum {
    SHOW_FINISHED,
    SHOW_MISSED,
    SHOW_LATE, /* beside SHOW_FINISHED */
    SHOW_OPEN,
    SHOW_CANCELLED,
    SHOW_CLASSES
};

static void emit_no_show(const struct fold_question *question, const struct fold_rows *rows,
                         struct facts *facts) {
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *start = fold_times(rows, APPOINTMENT_COLUMN_START);
    const int64_t *finished_at = fold_times(rows, APPOINTMENT_COLUMN_FINISHED);
    const int64_t *missed_at = fold_times(rows, APPOINTMENT_COLUMN_MISSED);
    const int64_t *cancelled_at = fold_times(rows, APPOINTMENT_COLUMN_CANCELLED);
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        if (start[row] == TIME_ABSENT || first[row] > question->as_of_ms) continue;
        bool finished = fold_seen(question, finished_at[row]) != TIME_ABSENT;
        int64_t missed = fold_seen(question, missed_at[row]);
        int64_t cancelled = fold_seen(question, cancelled_at[row]);
        uint32_t class = SHOW_OPEN;
        if (finished)
            class = SHOW_FINISHED;
        else if (missed != TIME_ABSENT && (cancelled == TIME_ABSENT || missed < cancelled))
            class = SHOW_MISSED;
        else if (cancelled != TIME_ABSENT)
            class = SHOW_CANCELLED;
        facts_add(facts, row, start[row], class, 0);
        if (finished && missed != TIME_ABSENT) facts_add(facts, row, start[row], SHOW_LATE, 0);
    }
}

static void write_no_show(struct fold_row *row, struct table *table) {
    fold_write_share(table, tally_of(row, SHOW_MISSED), row->n);
    write_count(row, table, "finished", SHOW_FINISHED);
    write_count(row, table, "missed", SHOW_MISSED);
    write_count(row, table, "late_show", SHOW_LATE);
}

static const struct fold_class show_classes[SHOW_CLASSES] = {
    [SHOW_FINISHED] = {NULL, ROLE_UNIT, KEEP_COUNT, false},
    [SHOW_MISSED] = {NULL, ROLE_UNIT, KEEP_COUNT, false},
    [SHOW_LATE] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [SHOW_OPEN] = {NULL, ROLE_OPEN, KEEP_COUNT, false},
    [SHOW_CANCELLED] = {"excluded_cancelled", ROLE_EXCLUDED, KEEP_COUNT, false}};

static const struct fold_source show_source[] = {
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(APPOINTMENT_COLUMN_START) |
                COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED) | COLUMN_BIT(APPOINTMENT_COLUMN_MISSED) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CANCELLED),
     .facts_per_row_max = 2,
     .emit = emit_no_show}};

const struct fold fold_no_show = {.classes = show_classes,
                                  .class_count = SHOW_CLASSES,
                                  .sources = show_source,
                                  .source_count = 1,
                                  .write = write_no_show};

/* ==== cancellation ===========================================================================
 * Population: planned start in the period, and confirmed. Cancelled: before the planned start;
 * late: less than 24 hours before it. Open: the planned start is after T, it may still be
 * cancelled. */

#define LATE_CANCELLATION_MS INT64_C(86400000)

enum {
    CANCEL_CONFIRMED,
    CANCEL_CANCELLED,
    CANCEL_BY_CITIZEN,
    CANCEL_BY_OFFICE,
    CANCEL_BY_OTHER, /* or not said */
    CANCEL_LATE,
    CANCEL_OPEN,
    CANCEL_NOT_CONFIRMED,
    CANCEL_CLASSES
};

static void emit_cancellation(const struct fold_question *question, const struct fold_rows *rows,
                              struct facts *facts) {
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *start = fold_times(rows, APPOINTMENT_COLUMN_START);
    const int64_t *confirmed = fold_times(rows, APPOINTMENT_COLUMN_CONFIRMED);
    const int64_t *cancelled_at = fold_times(rows, APPOINTMENT_COLUMN_CANCELLED);
    const uint8_t *party = fold_choices(rows, APPOINTMENT_COLUMN_CANCELLED_BY);
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        int64_t when = start[row];
        if (when == TIME_ABSENT || first[row] > question->as_of_ms) continue;
        if (fold_seen(question, confirmed[row]) == TIME_ABSENT) {
            facts_add(facts, row, when, CANCEL_NOT_CONFIRMED, 0);
            continue;
        }
        if (when > question->as_of_ms) {
            facts_add(facts, row, when, CANCEL_OPEN, 0);
            continue;
        }
        facts_add(facts, row, when, CANCEL_CONFIRMED, 0);
        int64_t cancelled = fold_seen(question, cancelled_at[row]);
        if (cancelled == TIME_ABSENT || cancelled >= when) continue;
        uint32_t by = CANCEL_BY_OTHER;
        if (party[row] == PARTY_CITIZEN) by = CANCEL_BY_CITIZEN;
        if (party[row] == PARTY_OFFICE) by = CANCEL_BY_OFFICE;
        facts_add(facts, row, when, CANCEL_CANCELLED, 0);
        facts_add(facts, row, when, by, 0);
        if (when - cancelled < LATE_CANCELLATION_MS) facts_add(facts, row, when, CANCEL_LATE, 0);
    }
}

static void write_cancellation(struct fold_row *row, struct table *table) {
    fold_write_share(table, tally_of(row, CANCEL_CANCELLED), row->n);
    write_count(row, table, "cancelled", CANCEL_CANCELLED);
    write_count(row, table, "by_citizen", CANCEL_BY_CITIZEN);
    write_count(row, table, "by_office", CANCEL_BY_OFFICE);
    write_count(row, table, "by_other", CANCEL_BY_OTHER);
    write_count(row, table, "late", CANCEL_LATE);
}

static const struct fold_class cancel_classes[CANCEL_CLASSES] = {
    [CANCEL_CONFIRMED] = {NULL, ROLE_UNIT, KEEP_COUNT, false},
    [CANCEL_CANCELLED] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [CANCEL_BY_CITIZEN] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [CANCEL_BY_OFFICE] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [CANCEL_BY_OTHER] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [CANCEL_LATE] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [CANCEL_OPEN] = {NULL, ROLE_OPEN, KEEP_COUNT, false},
    [CANCEL_NOT_CONFIRMED] = {"excluded_not_confirmed", ROLE_EXCLUDED, KEEP_COUNT, false}};

static const struct fold_source cancel_source[] = {
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(APPOINTMENT_COLUMN_START) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CANCELLED) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CANCELLED_BY),
     .facts_per_row_max = 4,
     .emit = emit_cancellation}};

const struct fold fold_cancellation = {.classes = cancel_classes,
                                       .class_count = CANCEL_CLASSES,
                                       .sources = cancel_source,
                                       .source_count = 1,
                                       .write = write_cancellation};

/* ==== booking lead time ======================================================================
 * Population: planned start in the period. Planned start - first confirmation. Left out:
 * not_confirmed, and negative (confirmed after the start). */

enum { LEAD_MEASURED, LEAD_NOT_CONFIRMED, LEAD_NEGATIVE, LEAD_CLASSES };

static void emit_lead_time(const struct fold_question *question, const struct fold_rows *rows,
                           struct facts *facts) {
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *start = fold_times(rows, APPOINTMENT_COLUMN_START);
    const int64_t *confirmed_at = fold_times(rows, APPOINTMENT_COLUMN_CONFIRMED);
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        if (start[row] == TIME_ABSENT || first[row] > question->as_of_ms) continue;
        int64_t confirmed = fold_seen(question, confirmed_at[row]);
        if (confirmed == TIME_ABSENT)
            facts_add(facts, row, start[row], LEAD_NOT_CONFIRMED, 0);
        else if (confirmed > start[row])
            facts_add(facts, row, start[row], LEAD_NEGATIVE, 0);
        else
            facts_add(facts, row, start[row], LEAD_MEASURED, start[row] - confirmed);
    }
}

static void write_seconds(struct fold_row *row, struct table *table) {
    fold_write_durations(row, table, &row->group->series[0], "s", 1000);
}

static const struct fold_class lead_classes[LEAD_CLASSES] = {
    [LEAD_MEASURED] = {NULL, ROLE_UNIT, KEEP_SERIES_0, false},
    [LEAD_NOT_CONFIRMED] = {"excluded_not_confirmed", ROLE_EXCLUDED, KEEP_COUNT, false},
    [LEAD_NEGATIVE] = {"excluded_negative", ROLE_EXCLUDED, KEEP_COUNT, false}};

static const struct fold_source lead_source[] = {
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(APPOINTMENT_COLUMN_START) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED),
     .facts_per_row_max = 1,
     .emit = emit_lead_time}};

const struct fold fold_booking_lead_time = {.classes = lead_classes,
                                            .class_count = LEAD_CLASSES,
                                            .sources = lead_source,
                                            .source_count = 1,
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
    WAIT_WALK_IN, /* beside WAIT_MEASURED */
    WAIT_LEFT,
    WAIT_OPEN,
    WAIT_NO_ARRIVAL,
    WAIT_NEGATIVE,
    WAIT_NOT_CALLED,
    WAIT_CLASSES
};

struct wait_times {
    const int64_t *confirmed, *start, *arrived, *called, *showedup, *finished;
};

static void emit_never_called(const struct fold_question *question, const struct wait_times *times,
                              uint32_t row, struct facts *facts) {
    int64_t arrived = fold_seen(question, times->arrived[row]);
    if (arrived == TIME_ABSENT) return;
    bool served = fold_seen(question, times->showedup[row]) != TIME_ABSENT ||
                  fold_seen(question, times->finished[row]) != TIME_ABSENT;
    uint32_t class = WAIT_LEFT;
    if (served)
        class = WAIT_NOT_CALLED;
    else if (arrived > question->as_of_ms - WAITING_LASTS_MS_MAX)
        class = WAIT_OPEN;
    facts_add(facts, row, arrived, class, 0);
}

static void emit_waiting_time(const struct fold_question *question, const struct fold_rows *rows,
                              struct facts *facts) {
    const struct wait_times times = {fold_times(rows, APPOINTMENT_COLUMN_CONFIRMED),
                                     fold_times(rows, APPOINTMENT_COLUMN_START),
                                     fold_times(rows, APPOINTMENT_COLUMN_ARRIVED),
                                     fold_times(rows, APPOINTMENT_COLUMN_CALLED),
                                     fold_times(rows, APPOINTMENT_COLUMN_SHOWEDUP),
                                     fold_times(rows, APPOINTMENT_COLUMN_FINISHED)};
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        int64_t called = fold_seen(question, times.called[row]);
        int64_t arrived = fold_seen(question, times.arrived[row]);
        if (called == TIME_ABSENT) {
            emit_never_called(question, &times, row, facts);
            continue;
        }
        if (arrived == TIME_ABSENT || called < arrived) {
            facts_add(facts, row, called, arrived == TIME_ABSENT ? WAIT_NO_ARRIVAL : WAIT_NEGATIVE,
                      0);
            continue;
        }
        bool walk_in = fold_seen(question, times.confirmed[row]) == TIME_ABSENT;
        int64_t since = arrived;
        if (!walk_in && times.start[row] > since) since = times.start[row];
        facts_add(facts, row, called, WAIT_MEASURED, called > since ? called - since : 0);
        if (walk_in) facts_add(facts, row, called, WAIT_WALK_IN, 0);
    }
}

static void write_waiting_time(struct fold_row *row, struct table *table) {
    uint64_t left = tally_of(row, WAIT_LEFT);
    write_seconds(row, table);
    write_count(row, table, "walk_ins", WAIT_WALK_IN);
    write_count(row, table, "left_before_call", WAIT_LEFT);
    fold_write_ratio(table, "left_share", (double)left, (double)(left + row->n));
}

static const struct fold_class wait_classes[WAIT_CLASSES] = {
    [WAIT_MEASURED] = {NULL, ROLE_UNIT, KEEP_SERIES_0, false},
    [WAIT_WALK_IN] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [WAIT_LEFT] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [WAIT_OPEN] = {NULL, ROLE_OPEN, KEEP_COUNT, false},
    [WAIT_NO_ARRIVAL] = {"excluded_no_arrival", ROLE_EXCLUDED, KEEP_COUNT, false},
    [WAIT_NEGATIVE] = {"excluded_negative", ROLE_EXCLUDED, KEEP_COUNT, false},
    [WAIT_NOT_CALLED] = {"excluded_not_called", ROLE_EXCLUDED, KEEP_COUNT, false}};

static const struct fold_source wait_source[] = {
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED) | COLUMN_BIT(APPOINTMENT_COLUMN_START) |
                COLUMN_BIT(APPOINTMENT_COLUMN_ARRIVED) | COLUMN_BIT(APPOINTMENT_COLUMN_CALLED) |
                COLUMN_BIT(APPOINTMENT_COLUMN_SHOWEDUP) | COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED),
     .facts_per_row_max = 2,
     .emit = emit_waiting_time}};

const struct fold fold_waiting_time = {.classes = wait_classes,
                                       .class_count = WAIT_CLASSES,
                                       .sources = wait_source,
                                       .source_count = 1,
                                       .write = write_waiting_time};

/* ==== service duration =======================================================================
 * Population: first finished in the period. Sum of [showed up or resumed, finished or parked).
 * Left out: no_start (nobody said when it began). Open: showed up, not finished. */

enum { SERVICE_MEASURED, SERVICE_OPEN, SERVICE_NO_START, SERVICE_CLASSES };

static void emit_service_duration(const struct fold_question *question,
                                  const struct fold_rows *rows, struct facts *facts) {
    const int64_t *showedup_at = fold_times(rows, APPOINTMENT_COLUMN_SHOWEDUP);
    const int64_t *finished_at = fold_times(rows, APPOINTMENT_COLUMN_FINISHED);
    const uint32_t *service_ms = fold_codes(rows, APPOINTMENT_COLUMN_SERVICE_MS);
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        int64_t showedup = fold_seen(question, showedup_at[row]);
        int64_t finished = fold_seen(question, finished_at[row]);
        if (finished != TIME_ABSENT && showedup != TIME_ABSENT)
            facts_add(facts, row, finished, SERVICE_MEASURED, service_ms[row]);
        else if (finished != TIME_ABSENT)
            facts_add(facts, row, finished, SERVICE_NO_START, 0);
        else if (showedup != TIME_ABSENT)
            facts_add(facts, row, showedup, SERVICE_OPEN, 0);
    }
}

static const struct fold_class service_classes[SERVICE_CLASSES] = {
    [SERVICE_MEASURED] = {NULL, ROLE_UNIT, KEEP_SERIES_0, false},
    [SERVICE_OPEN] = {NULL, ROLE_OPEN, KEEP_COUNT, false},
    [SERVICE_NO_START] = {"excluded_no_start", ROLE_EXCLUDED, KEEP_COUNT, false}};

static const struct fold_source service_source[] = {
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = COLUMN_BIT(APPOINTMENT_COLUMN_SHOWEDUP) | COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED) |
                COLUMN_BIT(APPOINTMENT_COLUMN_SERVICE_MS),
     .facts_per_row_max = 1,
     .emit = emit_service_duration}};

const struct fold fold_service_duration = {.classes = service_classes,
                                           .class_count = SERVICE_CLASSES,
                                           .sources = service_source,
                                           .source_count = 1,
                                           .write = write_seconds};
