/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_LOOK_BACK_H
#define STORE_LOOK_BACK_H

#include "store/part.h"

/* look_back: which events and journeys of a part were known at a moment T in the past: an event
 * whose time is not after T and which had become known by then (event_known_ms).
 *
 * Mostly that follows from the last event of a journey: an event that is not EVENT_BEHIND was known
 * a day after it occurred, so of a journey without such events that ended a day before T all was
 * known. Of a part in which nothing became known after T, the times alone decide. Pure. */
struct look_back {
    int64_t until_ms;   /* what begins later was not known */
    int64_t certain_ms; /* what happened until then was known at T ... */
    uint8_t behind;     /* ... unless it has one of these flags */
};

enum known { KNOWN_NOT, KNOWN_PARTLY, KNOWN_WHOLLY };

/* Nothing of the part is later than T: there is nothing to look back from. */
static inline bool look_back_is_idle(const struct part *part, int64_t as_of_ms) {
    return part->times.newest_ms <= as_of_ms && part->times.newest_known_ms <= as_of_ms;
}
/* until_ms: T, or a later moment with which it is compared. */
struct look_back look_back_at(const struct part *part, int64_t as_of_ms, int64_t until_ms);

/* Events or journeys of the frame; a block, from what the index says of it. */
enum known look_back_block(const struct look_back *look_back, const struct part *part,
                           enum frame_id id, uint32_t block);

static inline enum known look_back_journey(const struct look_back *look_back, int64_t first_ms,
                                           int64_t last_ms, uint8_t flags) {
    if (first_ms > look_back->until_ms) return KNOWN_NOT;
    const bool certain = last_ms <= look_back->certain_ms && (flags & look_back->behind) == 0;
    return certain ? KNOWN_WHOLLY : KNOWN_PARTLY;
}

/* Columns of events that the rest needs, by column. */
#define LOOK_BACK_COLUMNS                                                                 \
    (COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_RECORDED) | COLUMN_BIT(COLUMN_ARRIVAL) | \
     COLUMN_BIT(COLUMN_FLAGS))
static inline bool look_back_sees(int64_t as_of_ms, const void *const *columns, uint32_t row) {
    const int64_t time_ms = ((const int64_t *)columns[COLUMN_TIME])[row];
    return time_ms <= as_of_ms &&
           event_known_ms(((const uint8_t *)columns[COLUMN_FLAGS])[row], time_ms,
                          ((const int64_t *)columns[COLUMN_RECORDED])[row],
                          ((const int64_t *)columns[COLUMN_ARRIVAL])[row]) <= as_of_ms;
}

#endif
