/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_JOURNEY_TRAILS_H
#define STORE_JOURNEY_TRAILS_H

#include <stdint.h>

#include "base/arena.h"
#include "store/part.h"

/* journey_trails: the events of chosen journeys of a block, in order of (time, arrival) where their
 * time is told, beside a journey cursor. Memory comes from an arena; one thread. */
struct journey_trails {
    struct part *part; /* the cursor's */
    struct arena *arena;
    uint64_t columns;                /* of events that are told: bits */
    uint32_t begin[PART_BLOCK_ROWS]; /* by row of the block: first place in `told` ... */
    uint32_t count[PART_BLOCK_ROWS]; /* ... and how many; 0: not chosen */
    void *told[COLUMN_COUNT];
    uint32_t told_count, told_capacity;
    uint32_t block; /* of events that `column` holds; UINT32_MAX: none */
    const void *column[COLUMN_COUNT];
    struct part_buffer buffer;
};

/* NULL: the arena's budget is used up. */
MUST_USE struct journey_trails *journey_trails_create(struct part *part, uint64_t columns,
                                                      struct arena *arena);
void journey_trails_clear(struct journey_trails *trails); /* for the next block */
/* Adds events first..end-1 of `from`'s part to those of the row, which arrived before them. */
MUST_USE enum status journey_trails_add(struct journey_trails *trails, uint32_t row,
                                        struct journey_trails *from, uint32_t first, uint32_t end,
                                        struct error *err);
/* The same for rows row..row_end-1 of the cursor's own block at once, whose events follow each
 * other from event_row[row] to `end`. They have none yet. */
MUST_USE enum status journey_trails_add_rows(struct journey_trails *trails, uint32_t row,
                                             uint32_t row_end, const uint32_t *event_row,
                                             uint32_t end, struct error *err);
/* Adds one event, a row of the columns, behind those of the row, which are the newest. */
MUST_USE enum status journey_trails_push(struct journey_trails *trails, uint32_t row,
                                         const void *const *columns, uint32_t event,
                                         struct error *err);
/* Forgets those of the row, which are the newest. */
void journey_trails_forget(struct journey_trails *trails, uint32_t row);
/* Rows of the block move: from[i] to to[i], one after the other. */
void journey_trails_move(struct journey_trails *trails, const uint16_t *from, const uint16_t *to,
                         uint32_t moves);

#endif
