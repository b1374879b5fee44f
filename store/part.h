/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_PART_H
#define STORE_PART_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "store/frame.h"

/* part: an immutable, sorted piece of the store with the journeys of its events: a run in memory or
 * a segment on disk, seen alike as blocks of columns. Merging, scanning and checking are written
 * against this and know no other form.
 *
 * Reference-counted; any thread reads. `order` says whose events arrived first: parts never overlap
 * in order. */
struct segment;

/* The least and the greatest times of events; of none, INT64_MAX and INT64_MIN. */
struct part_times {
    int64_t oldest_ms, newest_ms, newest_arrival_ms;
    int64_t newest_known_ms; /* event_known_ms */
};
void part_times_init(struct part_times *times);
void part_times_add(struct part_times *times, const struct frame *events, uint32_t rows);

struct part {
    _Atomic uint32_t references;
    uint64_t order;      /* of its newest events */
    uint64_t number;     /* of its file; 0: in memory */
    uint64_t file_bytes; /* 0: in memory */
    struct part_times times;
    uint64_t row_count[FRAME_COUNT];
    struct frame frame[FRAME_COUNT];            /* a run in memory ... */
    uint32_t *first_event[FRAME_COUNT];         /* ... first event row of each journey block */
    struct segment *segment;                    /* ... or a segment; NULL: a run */
    void (*on_last_release)(struct part *part); /* removes the file of a merged segment; may be
                                                   NULL */
    void *release_context;
    _Atomic bool obsolete; /* merged into another: its file goes with the last reference */
};

enum { PART_BLOCK_ROWS = 8192 };

/* Owns columns decoded from a segment, one block at a time, always of one kind of frame; and, of
 * one block of journeys, columns that tell what was asked for: other columns of it, or events. The
 * next block of events mostly needs the same again. */
enum { PART_KEPT_BYTES = 8 }; /* of the widest kind: now of one purpose, next of another */
struct part_buffer {
    void *column[FRAME_COLUMNS_MAX];
    struct part_kept {
        const struct segment *segment;
        enum frame_id id;
        uint32_t block;
        uint64_t columns;                       /* bits: these are there */
        void *values[JOURNEY_COLUMN_COUNT_MAX]; /* PART_BLOCK_ROWS of PART_KEPT_BYTES each */
        const void *out[JOURNEY_COLUMN_COUNT_MAX];
    } kept;
};
void part_buffer_free(struct part_buffer *buffer);

struct part *part_retain(struct part *part);
void part_release(struct part *part); /* accepts NULL; the last one frees */

uint32_t part_block_count(const struct part *part, enum frame_id id);
uint32_t part_block_rows(const struct part *part, enum frame_id id, uint32_t block);

/* Columns of one block as plain arrays in out[]; those not in `columns` (bits) are left alone. The
 * arrays live in the part, or in `buffer` until its next use. CORRUPT: a checksum fails. */
MUST_USE enum status part_block(struct part *part, enum frame_id id, uint32_t block,
                                uint64_t columns, struct part_buffer *buffer, const void **out,
                                struct error *err);

/* The same of columns of times of journeys of which only matters whether there is one: what is not
 * TIME_ABSENT may be TIME_SOME. Reads less. */
MUST_USE enum status part_block_presence(struct part *part, enum frame_id id, uint32_t block,
                                         uint64_t columns, struct part_buffer *buffer,
                                         const void **out, struct error *err);

/* Least and greatest value of a column in a block, as signed words for times and amounts, unsigned
 * for the rest. False when not known. */
bool part_range(const struct part *part, enum frame_id id, uint32_t block, uint32_t column,
                uint64_t *low, uint64_t *high);
/* Row of the event frame where the first journey of a journey block has its first event. */
uint32_t part_first_event(const struct part *part, enum frame_id id, uint32_t block);

#endif
