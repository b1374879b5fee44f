/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_JOURNEY_TIMES_H
#define STORE_JOURNEY_TIMES_H

#include <stdint.h>

#include "base/arena.h"
#include "store/part.h"

/* journey_times: the times of all events of chosen journeys of a block, beside a journey cursor.
 * Memory comes from an arena; one thread. */
struct journey_times {
    struct part *part; /* the cursor's */
    struct arena *arena;
    uint32_t begin[PART_BLOCK_ROWS]; /* by row of the block: first place in `times` ... */
    uint32_t count[PART_BLOCK_ROWS]; /* ... and how many; 0: not chosen */
    int64_t *times;
    uint32_t time_count, time_capacity;
    uint32_t block; /* of events that `column` holds; UINT32_MAX: none */
    const void *column[COLUMN_COUNT];
    struct part_buffer buffer;
};

/* NULL: the arena's budget is used up. */
MUST_USE struct journey_times *journey_times_create(struct part *part, struct arena *arena);
void journey_times_clear(struct journey_times *times); /* for the next block */
/* Adds the times of events first..end-1 of `from`'s part to those of the row. */
MUST_USE enum status journey_times_add(struct journey_times *times, uint32_t row,
                                       struct journey_times *from, uint32_t first, uint32_t end,
                                       struct error *err);
/* Adds one time to those of the row, which are the newest. */
MUST_USE enum status journey_times_push(struct journey_times *times, uint32_t row, int64_t time_ms,
                                        struct error *err);
/* Forgets those of the row, which are the newest. */
void journey_times_forget(struct journey_times *times, uint32_t row);
/* Ascending, where they came from several parts. */
void journey_times_sort(struct journey_times *times, uint32_t row);
/* Rows of the block move: from[i] to to[i], one after the other. */
void journey_times_move(struct journey_times *times, const uint16_t *from, const uint16_t *to,
                        uint32_t moves);

#endif
