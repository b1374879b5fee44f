/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_LINK_H
#define QUERY_LINK_H

#include <assert.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "store/snapshot.h"

/* link: journeys of two purposes that belong together because events of both carry the same link
 * token, in the same municipality: a form attempt and its case, an appointment and its case. Exact:
 * by the value of the token's pseudonym, whose keys last as long as those of the subjects.
 *
 * First the journeys that are led to are read, each thread its share (link_read), then one thread
 * puts them into a table (link_table_build), then all threads look them up (link_join). Memory: 32
 * bytes a token and 11 to 22 in the table, of the question's budget; NO_MEMORY when that does not
 * suffice. */

/* What the journeys of a purpose lead to: attempts and appointments to cases, cases to
 * appointments.
 */
enum purpose link_target(enum purpose purpose);

/* Of the journey that is led to, beside the columns of the row; behind those of any purpose. */
enum link_column {
    LINK_STATE = JOURNEY_COLUMN_COUNT_MAX - 3, /* bytes, enum link_state */
    LINK_BEGIN, /* case.received; of an appointment its first event */
    LINK_END    /* decided, else delivered, else closed; finished */
};
static_assert((int)ATTEMPT_COLUMN_COUNT <= (int)LINK_STATE, "behind the columns of attempts");
static_assert((int)CASE_COLUMN_COUNT <= (int)LINK_STATE, "behind those of cases");
static_assert((int)APPOINTMENT_COLUMN_COUNT <= (int)LINK_STATE, "behind those of appointments");

enum link_state {
    LINK_NONE, /* no event carries a token */
    LINK_LOST, /* no journey has the same */
    LINK_FOUND,
    LINK_OTHERWISE /* found, and withdrawn, forwarded or rejected (cancelled or missed) without E,
                      or before it */
};

struct link_entry {
    uint64_t token;
    int64_t begin_ms, end_ms; /* TIME_ABSENT: not yet, or never */
    uint32_t tenant;
    bool ended_otherwise; /* before it ended, or instead */
};

/* Entries as they are read. */
struct link_list {
    struct arena *arena;
    uint64_t count;
    struct link_chunk *chunks;
};

/* Reads the journeys that `purpose` leads to, as known at as_of_ms; share: tenants and part. */
MUST_USE enum status link_read(struct snapshot *snapshot, enum purpose purpose, int64_t as_of_ms,
                               const struct journey_scan_spec *share, struct link_list *list,
                               struct error *err);

/* Of several journeys with one token, the one that began first. The lists are borrowed. */
struct link_table;
MUST_USE enum status link_table_build(const struct link_list *const *lists, uint32_t count,
                                      struct arena *arena, struct link_table **out,
                                      struct error *err);
/* NULL: there is none. */
const struct link_entry *link_find(const struct link_table *table, uint32_t tenant, uint64_t token);

/* Room for the columns of one block, which a join fills. */
struct link_rows {
    const struct link_entry *first[SNAPSHOT_BLOCK_ROWS_MAX]; /* NULL: no journey */
    uint8_t state[SNAPSHOT_BLOCK_ROWS_MAX];
    int64_t begin[SNAPSHOT_BLOCK_ROWS_MAX], end[SNAPSHOT_BLOCK_ROWS_MAX];
};
/* Gives the block its columns of enum link_column. It has JOURNEY_TENANT and tells COLUMN_LINK. Of
 * several tokens of a row, the journey that began first. */
void link_join(const struct link_table *table, struct link_rows *rows, struct journey_block *block);

#endif
