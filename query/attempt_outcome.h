/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_ATTEMPT_OUTCOME_H
#define QUERY_ATTEMPT_OUTCOME_H

#include "query/fold.h"

/* attempt_outcome: what has become of a form attempt at T:
 *   submitted, ineligible, failed   whichever came first; at one moment, in this order
 *   open        none of them, and the last activity is after T - 30 min or, when the attempt was
 *               ever put aside (form.saved), after T - 14 days
 *   abandoned   none of them, and not open
 * Without an event until T: CLASS_NONE. */

#define ATTEMPT_TIMEOUT_MS       INT64_C(1800000)    /* theta: without a word, abandoned */
#define ATTEMPT_RESUME_WINDOW_MS INT64_C(1209600000) /* R: 14 days for those put aside */

enum { /* in this order also classes of attempt KPIs */
       OUTCOME_SUBMITTED,
       OUTCOME_INELIGIBLE,
       OUTCOME_FAILED,
       OUTCOME_ABANDONED,
       OUTCOME_OPEN,
       OUTCOME_COUNT
};

struct attempt_times {
    const int64_t *first, *last, *submitted, *ineligible, *failed, *saved;
};

static inline struct attempt_times attempt_times_of(const struct fold_rows *rows) {
    return (struct attempt_times){
        fold_times(rows, JOURNEY_FIRST),     fold_times(rows, JOURNEY_LAST),
        fold_times(rows, ATTEMPT_SUBMITTED), fold_times(rows, ATTEMPT_INELIGIBLE),
        fold_times(rows, ATTEMPT_FAILED),    fold_times(rows, ATTEMPT_SAVED)};
}

#define ATTEMPT_TIMES_COLUMNS                                                               \
    (COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(JOURNEY_LAST) | COLUMN_BIT(ATTEMPT_SUBMITTED) | \
     COLUMN_BIT(ATTEMPT_INELIGIBLE) | COLUMN_BIT(ATTEMPT_FAILED) | COLUMN_BIT(ATTEMPT_SAVED))
#define ATTEMPT_SEEN_COLUMNS COLUMN_BIT(ATTEMPT_SAVED) /* by outcome_of */

WIDE_INLINE uint32_t outcome_of(int64_t now, const struct attempt_times *times, uint32_t row) {
    const int64_t submitted = fold_seen(now, times->submitted[row]);
    const int64_t ineligible = fold_seen(now, times->ineligible[row]);
    const int64_t failed = fold_seen(now, times->failed[row]);
    const int64_t end = fold_earlier(fold_earlier(submitted, ineligible), failed);
    const bool saved = fold_seen(now, times->saved[row]) != TIME_ABSENT;
    const int64_t patience = saved ? ATTEMPT_RESUME_WINDOW_MS : ATTEMPT_TIMEOUT_MS;
    uint32_t unended = times->last[row] > now - patience ? OUTCOME_OPEN : OUTCOME_ABANDONED;
    uint32_t ended = end == ineligible ? OUTCOME_INELIGIBLE : OUTCOME_FAILED;
    ended = end == submitted ? OUTCOME_SUBMITTED : ended;
    const uint32_t outcome = end == TIME_ABSENT ? unended : ended;
    return times->first[row] > now ? (uint32_t)CLASS_NONE : outcome;
}

#endif
