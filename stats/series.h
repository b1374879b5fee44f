/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_SERIES_H
#define STATS_SERIES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

/* series: every single value of a group, not negative, in any order, for exact quantiles. Values
 * below 2^32 (49 days of milliseconds) take four bytes, others eight: they are kept apart, so all
 * of the first are less than all of the second. Chunks double and are never copied, so a series
 * takes at most twice the bytes of its values, and SERIES_CHUNK_BYTES_MIN more. In the arena of the
 * query; one thread at a time. Empty is all zero. */
enum { SERIES_CHUNK_BYTES_MIN = 64, SERIES_CHUNK_BYTES_MAX = 256 * 1024 };

struct series_chunk {
    struct series_chunk *older;
    uint32_t count,
        capacity;    /* words; the count of the newest chunk of small values is in `next` */
    uint32_t word[]; /* a small value is one, a large one two, the lower half first */
};
struct series {
    uint32_t *next, *end;               /* of small: where the next value goes, and no more do */
    struct series_chunk *small, *large; /* the newest ones; NULL: empty */
};

/* For what does not fit into the newest chunk. false: the arena's budget is used up. */
bool series_add_slowly(struct series *series, struct arena *arena, int64_t value);

/* false: the arena's budget is used up. */
static inline bool series_add(struct series *series, struct arena *arena, int64_t value) {
    uint32_t *next = series->next;
    if (next == series->end || (uint64_t)value > UINT32_MAX)
        return series_add_slowly(series, arena, value);
    *next = (uint32_t)value;
    series->next = next + 1;
    return true;
}
/* Before its values are read: the counts of all its chunks are true then. */
static inline void series_seal(struct series *series) {
    if (series->small != NULL)
        series->small->count = (uint32_t)(series->next - series->small->word);
}

static inline int64_t series_large(const struct series_chunk *chunk, uint32_t word) {
    int64_t value;
    memcpy(&value, &chunk->word[word], sizeof value);
    return value;
}

/* Of a series that is sealed, and stays it until a value is added. */
uint64_t series_small_count(const struct series *series);
uint64_t series_count(const struct series *series);
/* Writes all values, small ones first; `out` holds series_count. */
void series_copy(const struct series *series, int64_t *out);
/* The same in ascending order; `room` holds as many, and is used up. */
void series_sort(const struct series *series, int64_t *out, int64_t *room);
/* Takes over the chunks of another, which is empty then; both are sealed. */
void series_take(struct series *series, struct series *from);

/* Exact, whatever the order. */
struct series_extent {
    uint64_t count;
    double mean;        /* NaN when empty */
    int64_t min, max;   /* only when there are values */
    uint32_t small_max; /* of the small ones; 0 without */
};
struct series_extent series_extent(const struct series *series);

#endif
