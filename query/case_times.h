/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_CASE_TIMES_H
#define QUERY_CASE_TIMES_H

#include "query/fold.h"

/* case_times: the milestones of cases that several KPIs ask for, and when the authority's clock
 * starts, rests and stops. */
struct case_times { /* what has happened until T */
    const int64_t *received, *decided, *delivered, *closed, *withdrawn, *forwarded, *rejected;
    const uint32_t *tenant;
};

static inline struct case_times case_times_of(const struct fold_rows *rows) {
    return (struct case_times){fold_times(rows, CASE_RECEIVED),  fold_times(rows, CASE_DECIDED),
                               fold_times(rows, CASE_DELIVERED), fold_times(rows, CASE_CLOSED),
                               fold_times(rows, CASE_WITHDRAWN), fold_times(rows, CASE_FORWARDED),
                               fold_times(rows, CASE_REJECTED),  fold_codes(rows, JOURNEY_TENANT)};
}

#define CASE_TIMES_COLUMNS                                                               \
    (COLUMN_BIT(CASE_RECEIVED) | COLUMN_BIT(CASE_DECIDED) | COLUMN_BIT(CASE_DELIVERED) | \
     COLUMN_BIT(CASE_CLOSED) | COLUMN_BIT(CASE_WITHDRAWN) | COLUMN_BIT(CASE_FORWARDED) | \
     COLUMN_BIT(CASE_REJECTED) | COLUMN_BIT(JOURNEY_TENANT))

/* E: the end that the processing time runs to. */
WIDE_INLINE int64_t completion_of(int64_t as_of_ms, const struct case_times *times, uint32_t row) {
    const int64_t decided = fold_seen(as_of_ms, times->decided[row]);
    const int64_t delivered = fold_seen(as_of_ms, times->delivered[row]);
    const int64_t closed = fold_seen(as_of_ms, times->closed[row]);
    const int64_t end = decided == TIME_ABSENT ? delivered : decided;
    return end == TIME_ABSENT ? closed : end;
}

WIDE_INLINE int64_t other_end_of(int64_t as_of_ms, const struct case_times *times, uint32_t row) {
    int64_t end = fold_earlier(times->withdrawn[row], times->forwarded[row]);
    return fold_seen(as_of_ms, fold_earlier(end, times->rejected[row]));
}

/* Closing view: the moment of E when the case came to it. Else TIME_ABSENT, and the fact of its row
 * is put: at another end, or open since it was received. */
static inline int64_t close_or_put(int64_t as_of_ms, const struct case_times *times, uint32_t row,
                                   uint32_t other_class, uint32_t open_class, struct facts *facts) {
    const int64_t start = fold_seen(as_of_ms, times->received[row]);
    const int64_t end = completion_of(as_of_ms, times, row);
    const int64_t other = other_end_of(as_of_ms, times, row);
    if (fold_before(other, end)) {
        facts_put(facts, row, other, other_class, 0);
        return TIME_ABSENT;
    }
    if (end == TIME_ABSENT && start != TIME_ABSENT) facts_put(facts, row, start, open_class, 0);
    return end;
}

/* ---- the authority's clock ----
 * A = first received or, where the clock starts with the complete application, first complete when
 * that is later. Pauses are [requested, replied); event/journey.h says how they are counted. */
struct case_pauses {
    const int64_t *complete, *paused, *paused_complete, *paused_since, *minutes;
};

static inline struct case_pauses case_pauses_of(const struct fold_rows *rows) {
    return (struct case_pauses){fold_times(rows, CASE_COMPLETE), fold_times(rows, CASE_PAUSED),
                                fold_times(rows, CASE_PAUSED_COMPLETE),
                                fold_times(rows, CASE_PAUSED_SINCE),
                                fold_times(rows, CASE_MINUTES)};
}

#define CASE_PAUSES_COLUMNS                                                                   \
    (COLUMN_BIT(CASE_COMPLETE) | COLUMN_BIT(CASE_PAUSED) | COLUMN_BIT(CASE_PAUSED_COMPLETE) | \
     COLUMN_BIT(CASE_PAUSED_SINCE) | COLUMN_BIT(CASE_MINUTES))

/* A case as known at the end of observation; times may be absent. */
struct case_course {
    int64_t start;
    int64_t end;       /* E, unless the other end came before it */
    int64_t other;     /* withdrawn, forwarded or rejected, when that came first */
    int64_t paused_ms; /* from the start to either end, or to the end of observation */
};

/* Neither E nor another end until the end of observation. */
static inline bool case_is_open(const struct case_course *course) {
    return course->end == TIME_ABSENT && course->other == TIME_ABSENT;
}

static inline struct case_course case_course_of(const struct fold_question *question,
                                                const struct case_times *times,
                                                const struct case_pauses *pauses, uint32_t row) {
    const int64_t as_of_ms = question->as_of_ms;
    const bool from_complete = question->plan->start == START_COMPLETE;
    struct case_course course = {.start = fold_seen(as_of_ms, times->received[row]),
                                 .end = completion_of(as_of_ms, times, row),
                                 .other = other_end_of(as_of_ms, times, row)};
    if (fold_before(course.other, course.end))
        course.end = TIME_ABSENT;
    else
        course.other = TIME_ABSENT;
    if (pauses == NULL) return course;
    course.paused_ms = pauses->paused[row];
    const int64_t since = fold_seen(as_of_ms, pauses->paused_since[row]);
    if (case_is_open(&course) && since != TIME_ABSENT) course.paused_ms += as_of_ms - since;
    if (!from_complete) return course;
    const int64_t complete = fold_seen(as_of_ms, pauses->complete[row]);
    if (complete == TIME_ABSENT || course.start == TIME_ABSENT)
        course.start = TIME_ABSENT;
    else if (complete > course.start)
        course.start = complete;
    course.paused_ms -= pauses->paused_complete[row];
    return course;
}

#endif
