/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_JOURNEY_CURSOR_H
#define STORE_JOURNEY_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "store/journey_trails.h"
#include "store/look_back.h"
#include "store/part.h"

/* journey_cursor: goes through the journeys of one part, block by block, in the order of their keys
 * (tenant, subject). Rows stay where they were decoded: a cursor only knows how far it has come,
 * which rows do not count, and writes into a row when it is told to.
 *
 * Columns are decoded when somebody needs them. Memory comes from an arena; one thread. */
struct journey_range { /* begin <= key < end */
    struct row_key begin, end;
    bool has_end;
    const uint32_t *tenants; /* codes that pass; */
    uint32_t tenant_count;   /* 0: all */
};

struct journey_cursor {
    struct part *part;
    enum frame_id id;
    const struct journey_range *range; /* borrowed */
    struct arena *arena;
    uint64_t asked;  /* columns that every block is to have */
    uint64_t seen;   /* of these, times of which only matters whether there is one */
    bool looks_back; /* not all of the part was known at that moment */
    struct look_back look_back;
    uint32_t block;      /* at hand */
    uint32_t rows;       /* of it */
    uint32_t row, stop;  /* rows before `row` are done with; those from `stop` on do not count */
    struct row_key key;  /* of `row` */
    struct row_key last; /* of row stop - 1 */
    bool ended;          /* no block at hand */
    uint64_t decoded;    /* columns of the block at hand that are in `columns`, with all values */
    const void *columns[FRAME_COLUMNS_MAX];
    struct part_buffer buffer;
    uint64_t dropped[PART_BLOCK_ROWS / 64]; /* bit per row: does not count */
    uint32_t dropped_count;
    uint64_t doubtful[PART_BLOCK_ROWS / 64]; /* bit per row: only its events say what was known */
    uint32_t doubtful_count;
    bool only_doubtful;                          /* other rows will not count in the end ... */
    uint64_t was_doubtful[PART_BLOCK_ROWS / 64]; /* ... unless they were when the block came */
    uint32_t *event_row; /* per row of the block its first event, then the end of the last one's */
    bool has_event_rows;
    struct journey_trails *trails; /* of rows of the block at hand; NULL: none was chosen yet */
};

/* The least key of a block; an index look-up, or two columns decoded when several tenants are in
 * it. buffer: for these columns. */
MUST_USE enum status journey_cursor_first_key(struct part *part, enum frame_id id, uint32_t block,
                                              struct arena *arena, struct part_buffer *buffer,
                                              struct row_key *key, struct error *err);

/* At the first row of the range. The cursor is zeroed but for part, id, range, arena, asked and
 * what it looks back at, or has ended: of another range. Journeys of which nothing was known then
 * do not count. */
MUST_USE enum status journey_cursor_open(struct journey_cursor *cursor, struct error *err);
/* Leaves the block at hand for the next one with rows in the range. */
MUST_USE enum status journey_cursor_next_block(struct journey_cursor *cursor, struct error *err);
/* To the first row whose key is not before `key`, at most to the end of the block. */
MUST_USE enum status journey_cursor_pass(struct journey_cursor *cursor, struct row_key key,
                                         struct error *err);
/* To the next row. */
MUST_USE enum status journey_cursor_step(struct journey_cursor *cursor, struct error *err);

/* The block's columns are there, as they were stored. */
MUST_USE enum status journey_cursor_need(struct journey_cursor *cursor, uint64_t columns,
                                         struct error *err);
/* The current row does not count. */
void journey_cursor_drop(struct journey_cursor *cursor);
bool journey_cursor_is_dropped(const struct journey_cursor *cursor);
bool journey_cursor_is_doubtful(const struct journey_cursor *cursor);
void journey_cursor_settle(struct journey_cursor *cursor); /* the current row is no more */
/* Rows that never were do not count. */
void journey_cursor_drop_certain(struct journey_cursor *cursor);
/* Gives the current row another value. All that is needed of the block must be there before. */
MUST_USE enum status journey_cursor_put(struct journey_cursor *cursor, uint32_t column,
                                        enum column_kind kind, uint64_t word, struct error *err);
/* event_row is there. Before JOURNEY_EVENTS of the block is written to. */
MUST_USE enum status journey_cursor_need_event_rows(struct journey_cursor *cursor,
                                                    struct error *err);
/* Rows first..end-1 of the part's event frame are the events of the current row. */
MUST_USE enum status journey_cursor_events(struct journey_cursor *cursor, uint32_t *first,
                                           uint32_t *end, struct error *err);
/* The rows of the block at hand that count, moved together (so no longer in order): how many there
 * are. What comes next is journey_cursor_next_block. */
MUST_USE enum status journey_cursor_finish(struct journey_cursor *cursor, uint32_t *row_count,
                                           struct error *err);

#endif
