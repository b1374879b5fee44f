/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_SNAPSHOT_INTERNAL_H
#define STORE_SNAPSHOT_INTERNAL_H

#include "store/look_back.h"
#include "store/names.h"
#include "store/part.h"
#include "store/snapshot.h"

/* snapshot_internal: how the store fills a snapshot, and how scans look into it. */
enum { SNAPSHOT_PARTS_MAX = 4096 + 256 };

struct snapshot {
    _Atomic uint32_t references;
    const struct names *names; /* borrowed from the store, which outlives its snapshots */
    struct part **parts;       /* oldest arrival first */
    uint32_t part_count;
    size_t part_capacity;
    int64_t as_of_ms;                /* INT64_MAX: nobody looks back */
    struct snapshot_changes changes; /* without any both moments are as_of_ms */
    struct snapshot_stats stats;
};

/* Everything in the part was known at the (first) moment that is looked back at. */
static inline bool snapshot_knows(const struct snapshot *snapshot, const struct part *part) {
    return look_back_is_idle(part, snapshot->changes.since_ms);
}
static inline bool snapshot_tells_all(const struct snapshot *snapshot) {
    return snapshot->changes.changes == 0;
}

MUST_USE struct snapshot *snapshot_create(const struct names *names); /* NULL: no memory */
/* Retains the part. */
MUST_USE enum status snapshot_add(struct snapshot *snapshot, struct part *part, struct error *err);

/* What a scan answers when its arena gives no more. */
MUST_USE enum status snapshot_no_memory(struct error *err);

/* Gives the buffer memory of the arena for the columns ... */
MUST_USE enum status snapshot_columns(struct arena *arena, enum frame_id id, uint64_t columns,
                                      struct part_buffer *buffer, struct error *err);
/* ... and for all that reading them needs, so that reading blocks allocates nothing. */
MUST_USE enum status snapshot_buffer(struct arena *arena, enum frame_id id, uint64_t columns,
                                     struct part_buffer *buffer, struct error *err);

#endif
