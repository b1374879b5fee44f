/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_ALIKE_H
#define QUERY_ALIKE_H

#include "query/filter.h"
#include "query/fold.h"
#include "query/group.h"
#include "query/timeline.h"

/* alike: lives that begin and end on the same days give the same facts wherever a question asks for
 * whole days only. So they are counted first, by cell, region of the calendar, lateness, day and
 * length, which is one increment a row; in the end each kind of life is emitted once, with its
 * number. Rows that cannot be told by days (a second stay, a very long life, cells that are not
 * known yet, no room) are passed on as they are, through `rest`.
 *
 * Everything in the arena of the question; one thread. */

enum {
    ALIKE_LENGTHS = 128, /* days of a life that a table tells apart; the last: it lasts */
    ALIKE_CELLS_MAX = 1024,
    ALIKE_TABLES_MAX = UINT8_MAX,
    ALIKE_ENTRIES_MIN = 1 << 17, /* of all tables together, four bytes each; */
    ALIKE_ENTRIES_MAX = 1 << 22, /* between these one for so many events of the store: */
    ALIKE_EVENTS_PER_ENTRY = 16,
    ALIKE_REST_MAX = SNAPSHOT_BLOCK_ROWS_MAX + FACT_ROWS_MAX
};

struct alike_table { /* lives of one cell, region and lateness */
    uint32_t cell, tenant;
    bool late;
    uint32_t *times; /* [day * ALIKE_LENGTHS + length] */
};

/* Rows for emit: lives, and what places them. */
struct alike_rest {
    uint32_t count;
    void *column[LIFE_COLUMNS];
    void *dimensions[DIMENSION_COUNT]; /* those that rows are grouped by */
    uint8_t *flags;
    uint32_t *times; /* how often the row counts */
};

struct alike {
    bool active; /* else nothing here may be used but alike_init */
    const struct fold_question *question;
    const enum dimension *by;
    uint32_t by_count;
    struct timeline days; /* whose buckets are those of the data */
    int64_t begin_stop_ms;
    uint32_t entries_left, table_count;
    uint8_t *table_plus_1; /* [(cell * region_count + region) * 2 + late] */
    struct alike_table *table;
    struct alike_rest rest;
    uint32_t next_table; /* of alike_expand */
    size_t next_entry;
};

/* Active when the period and the buckets begin and end at midnights of the calendar. */
MUST_USE enum status alike_init(struct alike *alike, const struct fold_question *question,
                                const struct timeline *period, const enum dimension *by,
                                uint32_t by_count);
/* The rows of a piece with their lives. `cells`, `passes` and `late_flags` (NULL: none is late)
 * begin with the piece, `dimensions` with the block. */
void alike_add(struct alike *alike, const struct fold_rows *rows, const struct lives *lives,
               const uint32_t *cell_plus_1, const uint8_t *passes, const void *const *dimensions,
               const uint8_t *late_flags);
/* In the end, again and again: fills the empty rest with lives and their numbers. False: there were
 * no more. */
bool alike_expand(struct alike *alike, const struct groups *groups);

#endif
