/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_BUILDER_H
#define STORE_BUILDER_H

#include <stdint.h>

#include "store/journey_fold.h"
#include "store/names.h"
#include "store/part.h"
#include "store/row_order.h"
#include "store/row_pack.h"
#include "store/segment_writer.h"

/* builder: takes events in the order of a part and makes the part, journeys and all: into a segment
 * file, block by block with bounded memory, or into a run in memory. Journeys are always folded
 * from the events, so a merged part is what a rebuild would give. One thread. */
typedef enum status (*builder_pause_fn)(void *context, uint32_t rows, struct error *err);

struct builder {
    const struct names *names;       /* borrowed */
    struct segment_writer *writer;   /* borrowed; NULL: a run in memory */
    struct frame frame[FRAME_COUNT]; /* rows not yet written; everything, for a run */
    uint64_t written[FRAME_COUNT];
    uint32_t *first_event[FRAME_COUNT]; /* per journey block */
    size_t first_event_capacity[FRAME_COUNT];
    struct journey_fold fold;
    struct row_key key; /* of the journey being folded */
    uint32_t first_event_row;
    bool folding;
    /* Called after each builder_add with its rows: a long merge may be given up (not OK ends it),
     * or something else done in between. May be NULL. */
    builder_pause_fn pause;
    void *context;
};

enum { BUILDER_ROWS_MAX = 8192, BUILDER_SOURCES_MAX = 256 }; /* of one call */

void builder_init(struct builder *builder, const struct names *names,
                  struct segment_writer *writer);
void builder_free(struct builder *builder);

/* Appends `count` (1..BUILDER_ROWS_MAX) events. sources[i]: the columns of source i by enum column;
 * NULL or frame_absent_block: absent. Rows come in the order of a part. */
MUST_USE enum status builder_add(struct builder *builder, const void *const *const *sources,
                                 uint32_t source_count, const struct row_reference *rows,
                                 uint32_t count, struct error *err);
/* The same of rows that lie packed. */
MUST_USE enum status builder_add_packed(struct builder *builder, const struct row_pack *pack,
                                        const struct row_reference *rows, uint32_t count,
                                        struct error *err);
/* With a writer, writes the blocks of a frame that are full and have a row behind them; else they
 * stay where they are. */
MUST_USE enum status builder_write_full_blocks(struct builder *builder, enum frame_id id,
                                               struct error *err);
/* Ends the last journey; with a writer, writes what is left and finishes the segment. */
MUST_USE enum status builder_finish(struct builder *builder, uint64_t order, struct error *err);
/* Without a writer, after builder_finish: the run, with one reference. Empties the builder. */
MUST_USE enum status builder_take_run(struct builder *builder, uint64_t order, struct part **out,
                                      struct error *err);

#endif
