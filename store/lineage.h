/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_LINEAGE_H
#define STORE_LINEAGE_H

#include <stdint.h>

#include "store/part.h"

/* lineage: what a block of events need not store, because the journeys beside it say it. The events
 * of a journey lie together, so it is known without a search which journey a row belongs to:
 *
 * - tenant and subject are those of the journey;
 * - the time of its first event is `first`. When the journey is whole in the block, the time of its
 *   last event is `last`, and the first event of a type that has a column of its own (the first
 *   case.decided: `decided`) has that column's time;
 * - service, office, channel, lang and device are the journey's, or absent, and hardly ever others;
 *   the start of an appointment likewise.
 *
 * Writer and reader both come here, so they cannot differ. Pure. docs/FORMAT.md. */

/* Rows of the block that belong to journeys of one table, one after the other. The rows before
 * whole_begin are of a journey that began in a block before, those from whole_end on of one that
 * goes on in the next one. */
struct lineage_piece {
    enum frame_id id;
    const void *const *columns; /* of journeys, by number */
    const uint32_t *journey;    /* by row of the block: which of them */
    uint32_t begin, whole_begin, whole_end, end;
};

/* Event columns that are told by journeys, and the journeys' columns that tell some of them. */
#define LINEAGE_COLUMNS                                                                 \
    (COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_TENANT) | COLUMN_BIT(COLUMN_SUBJECT) | \
     LINEAGE_RELATED)
#define LINEAGE_RELATED                                                                    \
    (COLUMN_BIT(COLUMN_SERVICE) | COLUMN_BIT(COLUMN_OFFICE) | COLUMN_BIT(COLUMN_CHANNEL) | \
     COLUMN_BIT(COLUMN_LANG) | COLUMN_BIT(COLUMN_DEVICE) | COLUMN_BIT(COLUMN_START))
/* Those of LINEAGE_RELATED are told by columns below it. */
enum { LINEAGE_JOURNEY_COLUMNS_MAX = APPOINTMENT_COLUMN_START + 1 };
uint64_t lineage_journey_columns(enum frame_id id, uint64_t event_columns);

/* columns: of `journeys` journeys, the first one's first event is in row `at` of the block, which
 * may be before or behind it. The piece begins with row `covered`; `journey` has room for `rows`.
 * False when events and journeys do not fit each other. */
MUST_USE bool lineage_find(enum frame_id id, const void *const *columns, uint32_t journeys,
                           int64_t at, uint32_t covered, uint32_t rows, uint32_t *journey,
                           struct lineage_piece *piece);

/* Times of a block: those that are known are set in `times`, the rows of the others listed. */
struct lineage_times {
    const uint8_t *types;
    uint32_t rows;
    int64_t *times;
    uint32_t stored_count;
    uint16_t stored[PART_BLOCK_ROWS]; /* ascending */
};
/* Rows begin..end-1 have no journey. */
void lineage_no_times(struct lineage_times *times, uint32_t begin, uint32_t end);
void lineage_times(struct lineage_times *times, const struct lineage_piece *piece);
/* Stored is how far a time is from that of the row before; from `low`, the least of the block, in
 * row 0. take: `times` are all there; give: completes them. */
void lineage_take_times(const struct lineage_times *times, int64_t low, int64_t *stored);
void lineage_give_times(const struct lineage_times *times, int64_t low, const int64_t *stored);

/* Sets tenant or subject in the rows of the piece. */
void lineage_fill(enum column column, const struct lineage_piece *piece, void *values);
/* One of LINEAGE_RELATED, in place: as it is becomes as it is stored, and back. */
void lineage_relate(enum column column, const struct lineage_piece *piece, void *values);

#endif
