/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_BUCKET_H
#define QUERY_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/timezone.h"

/* bucket: how time is cut, as the wall clock of a zone shows it: a day may have 23 hours, and an
 * hour that is shown twice is two. Static, or in the arena; any thread. */
enum bucket {
    BUCKET_NONE,
    BUCKET_HOUR,
    BUCKET_DAY,
    BUCKET_WEEK,
    BUCKET_MONTH,
    BUCKET_QUARTER,
    BUCKET_YEAR,
    /* Those that come again: each is all the days or hours of the period that are alike. */
    BUCKET_WEEKDAY,
    BUCKET_HOUR_OF_DAY,
    BUCKET_WEEKDAY_HOUR,
    BUCKET_COUNT
};
static inline bool bucket_recurs(enum bucket bucket) {
    return bucket >= BUCKET_WEEKDAY;
}
const char *bucket_text(enum bucket bucket); /* "hour", ..., "weekday,hour_of_day" */
/* BUCKET_COUNT: none has this text. */
enum bucket bucket_find(const char *text, size_t size);

enum {
    BUCKET_WEEKDAY_COUNT = 7, /* from Monday */
    BUCKET_HOUR_COUNT = 24,
    BUCKETS_MAX = 20000,       /* more than two years of hours */
    BUCKETS_AGAIN_MAX = 400000 /* pieces of those that come again: 45 years of hours */
};
static inline uint32_t bucket_count_max(enum bucket bucket) {
    return bucket_recurs(bucket) ? BUCKETS_AGAIN_MAX : BUCKETS_MAX;
}

/* As the members of struct plan (query/plan.h) say. */
struct buckets {
    uint32_t edge_count;
    const int64_t *edges;
    const uint8_t *recurring;
    const char **names;
};
/* Buckets that cover from_ms..to_ms; not of BUCKET_NONE. TOO_LARGE: more than bucket_count_max. */
MUST_USE enum status buckets_build(const struct time_zone *zone, enum bucket bucket,
                                   int64_t from_ms, int64_t to_ms, struct arena *arena,
                                   struct buckets *out);

#endif
