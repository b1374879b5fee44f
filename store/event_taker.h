/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_EVENT_TAKER_H
#define STORE_EVENT_TAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "store/frame.h"

/* event_taker: takes from a block of events what a segment stores of it, column by column, when its
 * types and its journeys say the rest (store/typed_rows.h, store/lineage.h). Blocks of one segment
 * come in their order. One thread. */
struct event_taker;

MUST_USE struct event_taker *event_taker_create(void); /* NULL: no memory */
void event_taker_free(struct event_taker *taker);      /* accepts NULL */

/* The next block: the first `rows` rows of frames[FRAME_EVENT]; see segment_writer_block. */
void event_taker_begin(struct event_taker *taker, const struct frame *frames, uint32_t rows);

struct event_column {
    enum column_kind kind; /* of the values */
    const void *values;    /* valid until the next call */
    uint32_t rows;         /* of the values; may be 0 */
    bool by_types;         /* they are those of rows of `types` */
    uint64_t types;
};
/* Columns that may be stored as distances from `time` where that is smaller: in operation events
 * arrive soon after they occur; of a file they arrive all at once. */
#define EVENT_TAKER_DISTANCES (COLUMN_BIT(COLUMN_RECORDED) | COLUMN_BIT(COLUMN_ARRIVAL))

/* A column that any row of the block has. */
void event_taker_column(struct event_taker *taker, const struct frame *events, uint32_t column,
                        bool distances, struct event_column *out);

#endif
