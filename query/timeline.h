/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_TIMELINE_H
#define QUERY_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "query/plan.h"

/* timeline: which bucket a moment is in. Windows of 2^shift milliseconds, no longer than the
 * shortest bucket, know the bucket that they begin in: at most one edge lies within, so a look-up
 * and a comparison tell, without a branch. In the arena of the query; immutable. */
struct timeline {
    int64_t from_ms, to_ms; /* the period: half-open, within the buckets; TIME_ABSENT, INT64_MAX:
                               without begin or end */
    const int64_t *edges;   /* NULL: no buckets, one number for all */
    const uint32_t *window; /* by (moment - edges[0]) >> shift */
    /* Of buckets that come again, by number between two edges: which it is. NULL: that number. */
    const uint8_t *recurring;
    int shift;
    uint32_t count; /* buckets, 1 without */
};
/* `count` buckets between count + 1 edges, which are kept; the period is all of them. */
MUST_USE enum status timeline_of_edges(const int64_t *edges, uint32_t count, struct arena *arena,
                                       struct timeline *out);
/* The buckets of a plan, or none, and its period. */
MUST_USE enum status timeline_build(const struct plan *plan, struct arena *arena,
                                    struct timeline *out);

/* From 0, the number between two edges; for moments within the period of a timeline with buckets.
 */
static inline uint32_t timeline_bucket(const struct timeline *timeline, int64_t moment_ms) {
    const int64_t *edges = timeline->edges;
    uint32_t bucket = timeline->window[(moment_ms - edges[0]) >> timeline->shift];
    bucket += moment_ms >= edges[bucket + 1];
    while (moment_ms >= edges[bucket + 1]) bucket++; /* windows longer than a bucket: rare */
    return bucket;
}

#endif
