/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_JOURNEY_FOLD_H
#define STORE_JOURNEY_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "event/journey.h"
#include "store/frame.h"
#include "store/names.h"

/* journey_fold: the events of one subject, in order of (time, arrival), become one row. The only
 * place that says what an event does to a journey; event/journey.h says what the columns mean.
 * Pure but for the names it looks up. One thread a fold. */
struct journey {
    enum purpose purpose;
    uint64_t word[JOURNEY_COLUMN_COUNT_MAX]; /* by journey column, widened to 64 bits */
};

struct journey_fold {
    const struct names *names;
    struct journey journey;
    uint32_t event_count;
    int64_t service_ended; /* last time that finished or parked was said */
    struct {
        int64_t since, replied; /* the request that is open; the last reply */
        int64_t sum_ms;         /* of the pauses that have ended */
        int64_t at_end_ms;      /* the sum as of E, */
        int64_t at_other_ms;    /* and as of the other end */
    } pause;
    int64_t dimension_time[JOURNEY_COMMON_COUNT]; /* when the dimension's value was said */
};

/* Columns of the event frame that a fold reads. */
#define JOURNEY_FOLD_COLUMNS                                                              \
    (COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_TYPE) | COLUMN_BIT(COLUMN_SUBJECT) |     \
     COLUMN_BIT(COLUMN_TENANT) | COLUMN_BIT(COLUMN_SERVICE) | COLUMN_BIT(COLUMN_OFFICE) | \
     COLUMN_BIT(COLUMN_CHANNEL) | COLUMN_BIT(COLUMN_STEP) | COLUMN_BIT(COLUMN_CODE) |     \
     COLUMN_BIT(COLUMN_START) | COLUMN_BIT(COLUMN_LANG) | COLUMN_BIT(COLUMN_DEVICE) |     \
     COLUMN_BIT(COLUMN_MINUTES) | COLUMN_BIT(COLUMN_FLAGS))

/* The journey column that has the time of a type's first event; 0: none. */
uint32_t journey_first_column(enum event_type type);

void journey_fold_begin(struct journey_fold *fold, const struct names *names, enum purpose purpose);
/* columns: by enum column, those of JOURNEY_FOLD_COLUMNS (none NULL); the row must be of the fold's
 * subject and not before the row added last. */
void journey_fold_add(struct journey_fold *fold, const void *const *columns, uint32_t row);

/* Merges `later` into `earlier`, two parts of one subject's journey of which every event of the
 * first is before every event of the second; exactly what folding all events would give, as far as
 * the columns in `wanted` go. False, with `earlier` unchanged, when only the events can tell: the
 * parts overlap or touch in time, or a service interval or a pause crosses from one to the other.
 */
bool journey_combine(struct journey *earlier, const struct journey *later, uint32_t wanted);

/* Merges `other` into `one`, whose events may lie among each other, as far as the columns in
 * `wanted` go: what is a least, a greatest, a sum or the same in both does not ask for the order of
 * events. False, with `one` unchanged, when only the events can tell. */
bool journey_overlay(struct journey *one, const struct journey *other, uint32_t wanted);

/* What these two need in order to merge the columns in `wanted` (bits of journey columns). */
uint32_t journey_combine_columns(enum purpose purpose, uint32_t wanted);

#endif
