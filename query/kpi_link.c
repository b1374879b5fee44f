/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>

#include "query/fold.h"
#include "query/link.h"

/* end_to_end: journeys through two systems, that a link token holds together (query/link.h).
 *
 *   purpose asked for   begins           hands over           goes on as
 *   attempt             first event      form.submitted       a case
 *   appointment         first event      appointment.finished a case
 *   case                case.received    case.received        an appointment
 *
 * A journey belongs to the period of its handing over; those that have not handed over are not part
 * of this. The second one begins with case.received (of an appointment: its first event) and ends
 * with E of the processing time (appointment.finished). One that began before the handing over is
 * left out: it led here, not on; so are those that end otherwise. */

/* A token that nothing has after this time is lost between the systems; until then it is waited
 * for. */
#define LINK_PATIENCE_MS INT64_C(604800000) /* 7 days */

enum {
    LINKED_DONE,    /* value: from the beginning of the first to the end of the second */
    LINKED_RUNNING, /* the second has not ended */
    LINKED_WAITING, /* handed over a short while ago, and not arrived */
    LINKED_LOST,
    LINKED_NO_TOKEN,
    LINKED_BEGAN_BEFORE,
    LINKED_OTHER_END,
    LINKED_FIRST,    /* values: of the first, */
    LINKED_HANDOVER, /* ... until the second begins, */
    LINKED_SECOND,   /* ... of the second */
    LINKED_CLASSES
};

struct linked {
    const int64_t *begin, *handover;
    const uint8_t *state;
    const int64_t *next_begin, *next_end;
    bool needs_next; /* a token promises that there is one */
};

static uint32_t class_of(const struct fold_question *question, const struct linked *linked,
                         uint32_t row) {
    const int64_t handover = linked->handover[row];
    const int64_t next = linked->next_begin[row], end = linked->next_end[row];
    if (linked->state[row] == LINK_NONE) return LINKED_NO_TOKEN;
    if (next == TIME_ABSENT) {
        if (!linked->needs_next) return LINKED_NO_TOKEN;
        return handover > question->as_of_ms - LINK_PATIENCE_MS ? LINKED_WAITING : LINKED_LOST;
    }
    if (next < handover || (end != TIME_ABSENT && end < next)) return LINKED_BEGAN_BEFORE;
    if (linked->state[row] == LINK_OTHERWISE) return LINKED_OTHER_END;
    return end == TIME_ABSENT ? LINKED_RUNNING : LINKED_DONE;
}

static void emit_linked(const struct fold_question *question, const struct linked *linked,
                        uint32_t count, struct facts *facts) {
    for (uint32_t row = 0; row < count; row++) {
        const int64_t begin = linked->begin[row];
        const int64_t handover = fold_seen(question->as_of_ms, linked->handover[row]);
        if (handover == TIME_ABSENT) continue;
        const uint32_t class = class_of(question, linked, row);
        const int64_t next = linked->next_begin[row], end = linked->next_end[row];
        facts_put(&facts[0], row, handover, class, class == LINKED_DONE ? end - begin : 0);
        facts_put(&facts[1], row, handover, LINKED_FIRST, handover - begin);
        if (class != LINKED_DONE && class != LINKED_RUNNING && class != LINKED_OTHER_END) continue;
        facts_put(&facts[2], row, handover, LINKED_HANDOVER, next - handover);
        if (class == LINKED_DONE) facts_put(&facts[3], row, handover, LINKED_SECOND, end - next);
    }
}

static struct linked linked_of(const struct fold_rows *rows, uint32_t begin, uint32_t handover) {
    return (struct linked){.begin = fold_times(rows, begin),
                           .handover = fold_times(rows, handover),
                           .state = fold_choices(rows, LINK_STATE),
                           .next_begin = fold_times(rows, LINK_BEGIN),
                           .next_end = fold_times(rows, LINK_END),
                           .needs_next = true};
}

static void emit_linked_attempts(const struct fold_question *question, const struct fold_rows *rows,
                                 struct facts *facts) {
    const struct linked linked = linked_of(rows, JOURNEY_FIRST, ATTEMPT_SUBMITTED);
    emit_linked(question, &linked, rows->count, facts);
}

static void emit_linked_appointments(const struct fold_question *question,
                                     const struct fold_rows *rows, struct facts *facts) {
    const struct linked linked = linked_of(rows, JOURNEY_FIRST, APPOINTMENT_COLUMN_FINISHED);
    emit_linked(question, &linked, rows->count, facts);
}

static void emit_linked_cases(const struct fold_question *question, const struct fold_rows *rows,
                              struct facts *facts) {
    struct linked linked = linked_of(rows, CASE_RECEIVED, CASE_RECEIVED);
    linked.needs_next = false; /* the token may be that of its form */
    emit_linked(question, &linked, rows->count, facts);
}

static void write_stage(const struct fold_row *row, struct table *table, uint32_t series,
                        const char *p50, const char *p90) {
    const struct quantile *quantile = row->summary[series].quantile;
    table_number(table, p50, "s", quantile[SUMMARY_MEDIAN].value / 1000);
    table_number(table, p90, "s", quantile[SUMMARY_P90].value / 1000);
}

/* linked_share: of those that handed over and are not waited for. lost_share: the same. */
static void write_end_to_end(struct fold_row *row, struct table *table) {
    const uint64_t linked = group_count(row->group, LINKED_DONE) +
                            group_count(row->group, LINKED_RUNNING) +
                            group_count(row->group, LINKED_OTHER_END);
    const uint64_t handed_over = group_count(row->group, LINKED_FIRST);
    const uint64_t settled = handed_over - group_count(row->group, LINKED_WAITING);
    fold_write_durations(row, table, &row->summary[0], "s", 1000);
    write_stage(row, table, 1, "first_p50", "first_p90");
    write_stage(row, table, 2, "handover_p50", "handover_p90");
    write_stage(row, table, 3, "second_p50", "second_p90");
    table_count(table, "handed_over", handed_over);
    table_count(table, "linked", linked);
    fold_write_ratio(table, "linked_share", (double)linked, (double)settled);
    fold_write_ratio(table, "lost_share", (double)group_count(row->group, LINKED_LOST),
                     (double)settled);
    table_count(table, "running", group_count(row->group, LINKED_RUNNING));
    table_count(table, "waiting", group_count(row->group, LINKED_WAITING));
}

static const struct fold_class end_to_end_classes[LINKED_CLASSES] = {
    [LINKED_DONE] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_0},
    [LINKED_RUNNING] = {.role = ROLE_OPEN},
    [LINKED_WAITING] = {.role = ROLE_OPEN},
    [LINKED_LOST] = {.name = "excluded_lost", .role = ROLE_EXCLUDED},
    [LINKED_NO_TOKEN] = {.name = "excluded_no_link", .role = ROLE_EXCLUDED},
    [LINKED_BEGAN_BEFORE] = {.name = "excluded_began_before", .role = ROLE_EXCLUDED},
    [LINKED_OTHER_END] = {.name = "excluded_other_end", .role = ROLE_EXCLUDED},
    [LINKED_FIRST] = {.keep = KEEP_SERIES_1},
    [LINKED_HANDOVER] = {.keep = KEEP_SERIES_2},
    [LINKED_SECOND] = {.keep = KEEP_SERIES_3}};

#define LINKED_COLUMNS \
    (COLUMN_BIT(JOURNEY_TENANT) | COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(JOURNEY_LAST))
static const struct fold_source end_to_end_sources[] = {
    {.purpose = PURPOSE_ATTEMPT,
     .columns = LINKED_COLUMNS | COLUMN_BIT(ATTEMPT_SUBMITTED),
     .linked = true,
     .lane_count = 4,
     .one_moment = true,
     .emit = emit_linked_attempts},
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = LINKED_COLUMNS | COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED),
     .linked = true,
     .lane_count = 4,
     .one_moment = true,
     .emit = emit_linked_appointments},
    {.purpose = PURPOSE_CASE,
     .columns = LINKED_COLUMNS | COLUMN_BIT(CASE_RECEIVED),
     .linked = true,
     .lane_count = 4,
     .one_moment = true,
     .emit = emit_linked_cases}};

const struct fold fold_end_to_end = {.classes = end_to_end_classes,
                                     .class_count = LINKED_CLASSES,
                                     .sources = end_to_end_sources,
                                     .source_count = 3,
                                     .summary_count = 4,
                                     .write = write_end_to_end};
