/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "event/column.h"
#include "event/day_count.h"
#include "event/dictionary.h"
#include "event/journey.h"

/* snapshot: everything that was durable at one moment, unchanging, however the store goes on. All
 * that the query folder knows of the store.
 *
 * Reference-counted: taken from the store (store/store.h), released here. Any thread; a scan
 * belongs to the thread that opened it. Nothing here waits for the writer. */
struct snapshot;

void snapshot_release(struct snapshot *snapshot); /* accepts NULL */

/* Strings of all codes in the snapshot's columns. */
const struct dictionary *snapshot_dictionary(const struct snapshot *snapshot);

/* The name of form step `ordinal` (a bit of ATTEMPT_STEPS) of a tenant's service: a dictionary
 * code, 0 when there is none. */
uint32_t snapshot_step(const struct snapshot *snapshot, uint32_t tenant, uint32_t service,
                       uint32_t ordinal);
/* Ordinals 0..count-1 are in use. */
uint32_t snapshot_step_count(const struct snapshot *snapshot, uint32_t tenant, uint32_t service);

/* Bytes written to files since the store was opened: divided by those of the segments that are
 * left, they say how often a byte is written. */
struct store_written {
    uint64_t log_bytes, flush_bytes, merge_bytes, id_bytes;
};

struct snapshot_stats {
    uint64_t event_count;
    uint64_t segment_count;
    uint64_t stored_bytes; /* segments, without write-ahead log and id index */
    uint64_t id_index_bytes;
    uint64_t wal_bytes;
    struct store_written written;
    uint64_t conflict_count;   /* events refused because their id came with other content */
    uint64_t duplicate_count;  /* since the store was opened */
    int64_t newest_time_ms;    /* TIME_ABSENT when empty */
    int64_t newest_arrival_ms; /* TIME_ABSENT when empty */
    int64_t oldest_time_ms;
};
void snapshot_stats(const struct snapshot *snapshot, struct snapshot_stats *out);

/* From now on the scans of this snapshot tell what was known at the moment and no more: events that
 * had become known by then (event_known_ms) and whose time is not after it, journeys and day counts
 * of these alone. Costs nothing where nothing came later. Before any scan is opened; stats stay
 * those of all events. */
void snapshot_look_back(struct snapshot *snapshot, int64_t as_of_ms);

/* What two looks back tell apart: by the events that became known between the moments. */
enum snapshot_change {
    CHANGE_LATE = 1, /* an event that had occurred until `since`; journeys: at least one is */
    CHANGE_NEW = 2,  /* others; journeys: of which nothing was known at `since` */
    CHANGE_ON = 4    /* other journeys with further events */
};
struct snapshot_changes {
    int64_t since_ms, until_ms;
    unsigned changes; /* enum snapshot_change */
};
/* The same, but scans tell only what changed, in one of these ways, between the two moments: as it
 * was at as_of_ms, which is one of them. */
void snapshot_look_at_changes(struct snapshot *snapshot, int64_t as_of_ms,
                              const struct snapshot_changes *changes);

/* Times of the events that scans would tell; both TIME_ABSENT: there are none. Reads events where
 * it looks back. */
struct snapshot_extent {
    int64_t oldest_ms, newest_ms;
};
MUST_USE enum status snapshot_extent(struct snapshot *snapshot, struct arena *arena,
                                     struct snapshot_extent *out, struct error *err);

/* A few thousand rows as plain arrays, one per column asked for (NULL for the others). Valid until
 * the next call on the same scan. Arrays are 64-byte aligned. */
enum { SNAPSHOT_BLOCK_ROWS_MAX = 8192 };

struct event_block {
    uint32_t row_count;
    const void *column[COLUMN_COUNT]; /* C types by column_kind */
};
/* Events of journeys, beside a block of them. */
struct trails {
    const uint32_t *begin, *count;    /* by row of the block; count 0: not told */
    const void *column[COLUMN_COUNT]; /* [begin[row]] is the first event: those asked for */
};
struct journey_block {
    uint32_t row_count;
    const void *column[JOURNEY_COLUMN_COUNT_MAX]; /* C types by journey_column_kind */
    /* Of the rows that the scan was asked to tell of: all events, of all parts. NULL: of no row
     * of the block. */
    const struct trails *trails;
};

/* Which rows and columns; NULL or 0 where nothing is to be left out. Rows outside `tenants`,
 * `types` and the times never appear. */
struct event_scan_spec {
    uint64_t columns;          /* COLUMN_BITs */
    uint64_t types;            /* TYPE_BITs; 0: all */
    const uint32_t *tenants;   /* codes, any order */
    uint32_t tenant_count;     /* 0: all */
    int64_t from_ms, to_ms;    /* from <= time < to; both 0: all */
    bool uncounted;            /* only those that no day scan counts */
    uint32_t part, part_count; /* this scan yields part 0..part_count-1 of all rows: threads share a
                                  query by taking one part each; 0, 0: everything */
};
/* Events in the order of struct row_key (store/frame.h), time and arrival within a part; parts
 * follow each other, so the whole is not sorted. */
struct event_scan;
MUST_USE enum status event_scan_open(struct snapshot *snapshot, const struct event_scan_spec *spec,
                                     struct arena *arena, struct event_scan **out,
                                     struct error *err);
/* OK with row_count 0: the end. CORRUPT: a block fails its checksum. */
MUST_USE enum status event_scan_next(struct event_scan *scan, struct event_block *block,
                                     struct error *err);

/* How many events there are, per tenant, service, type and piece of a day (event/day_count.h):
 * together with the uncounted ones exactly the events of an event scan. Uncounted are parts of
 * which, looking back, not all was known; without looking back there are none. A key may come
 * several times; rows outside `tenants` may come too. Instead of an event scan where nothing else
 * of the events matters. */
struct day_block {
    uint32_t row_count;
    const void *column[DAY_COUNT_COLUMNS];
};
struct day_scan_spec {
    uint32_t columns;          /* bit per day count column */
    const uint32_t *tenants;   /* codes, any order */
    uint32_t tenant_count;     /* 0: all */
    uint32_t part, part_count; /* as of an event scan */
};
struct day_scan;
MUST_USE enum status day_scan_open(struct snapshot *snapshot, const struct day_scan_spec *spec,
                                   struct arena *arena, struct day_scan **out, struct error *err);
MUST_USE enum status day_scan_next(struct day_scan *scan, struct day_block *block,
                                   struct error *err);

struct journey_scan_spec {
    enum purpose purpose;      /* one with journeys */
    uint32_t columns;          /* bit per journey column */
    uint32_t seen_columns;     /* of these, times of which only matters whether there is one: they
                                  may come as TIME_SOME, and cost less */
    const uint32_t *tenants;   /* codes, any order */
    uint32_t tenant_count;     /* 0: all */
    uint32_t part, part_count; /* this scan yields part 0..part_count-1 of all journeys: threads
                                  share a query by taking one part each; 0, 0: everything */
    /* 0 at first, of all part_count scans of a query: each yields pieces that no other has taken,
     * so that all end at about the same time, whatever their parts have in them. NULL: as part
     * says. */
    _Atomic uint32_t *next_piece;
    /* Of which journeys to tell the events: COLUMN_BITs, 0: of none. In order of (time, arrival)
     * with COLUMN_TIME, else in none. `tell` chooses by first and last event, and needs
     * JOURNEY_FIRST and JOURNEY_LAST in `columns`; NULL: of all. */
    uint64_t tell_columns;
    bool (*tell)(const void *context, int64_t first_ms, int64_t last_ms);
    const void *context;
};
/* Whole journeys, each exactly once, in no order: partial rows of one subject are merged on the
 * way.
 */
struct journey_scan;
MUST_USE enum status journey_scan_open(struct snapshot *snapshot,
                                       const struct journey_scan_spec *spec, struct arena *arena,
                                       struct journey_scan **out, struct error *err);
MUST_USE enum status journey_scan_next(struct journey_scan *scan, struct journey_block *block,
                                       struct error *err);

/* Each journey once for every interval in which it has an event: before the first edge, from each
 * edge to the next, from the last edge on. JOURNEY_FIRST of a row is the moment of an event in its
 * interval; the other columns are those of the whole journey. */
struct presence_scan_spec {
    struct journey_scan_spec journeys; /* that tells no events */
    const int64_t *edges;              /* ascending, each once; borrowed */
    uint32_t edge_count;               /* below 65535 */
};
struct presence_scan;
MUST_USE enum status presence_scan_open(struct snapshot *snapshot,
                                        const struct presence_scan_spec *spec, struct arena *arena,
                                        struct presence_scan **out, struct error *err);
MUST_USE enum status presence_scan_next(struct presence_scan *scan, struct journey_block *block,
                                        struct error *err);

#endif
