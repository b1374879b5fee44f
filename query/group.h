/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_GROUP_H
#define QUERY_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "stats/series.h"

/* group: what is counted, per row of the answer. A group is a cell (one combination of dimension
 * codes), a bucket of time and a form step. Its tallies only ever add, take the smaller or the
 * larger, or append: so groups filled by different threads can be put together in any order.
 *
 * Cells and groups are found in tables that are indexed by small numbers; only where a table would
 * be large (PAIRS_TABLE_MAX, GROUPS_TABLE_MAX) the rest is looked up by hash.
 *
 * Everything lives in the arena of the query. One thread at a time. */

enum {
    CLASSES_MAX = 32, /* things that one KPI tells apart */
    SERIES_MAX = 6,   /* lists of single values that one KPI keeps, for exact quantiles */
    GROUP_DIMENSIONS_MAX = 8,
    PAIRS_TABLE_MAX = 1 << 20, /* entries, of four bytes */
    GROUPS_TABLE_MAX = 1 << 20 /* entries, of eight bytes */
};

struct tally {
    uint64_t count;
    int64_t amount; /* sum, least or greatest of the values, as the class says */
};

/* Nowhere: what does not count; there is one such group, and nobody reads it, so that a row need
 * not be asked whether it counts. Before: what was before the period, for stocks. */
enum { BUCKET_NOWHERE, BUCKET_BEFORE, BUCKET_FIRST /* + number of the plan's bucket */ };
struct group {
    uint32_t cell, bucket, step; /* bucket: BUCKET_BEFORE or from BUCKET_FIRST on */
    uint64_t late;               /* units with a late event */
    struct series series[SERIES_MAX];
    struct tally tally[]; /* one per class, and one that takes facts of no class */
};

static inline uint64_t group_count(const struct group *group, int class) {
    return group->tally[class].count;
}

/* A number for each of many 64-bit keys. Open addressing, at most half full. */
struct lookup_slot {
    uint64_t key;
    uint32_t number_plus_1; /* 0: free */
};
struct lookup {
    struct arena *arena;
    uint32_t count, capacity; /* capacity: slots, a power of two; 0 before the first key */
    int shift;                /* of a hash, to a slot */
    struct lookup_slot *slots;
};
void lookup_init(struct lookup *lookup, struct arena *arena);
bool lookup_find(const struct lookup *lookup, uint64_t key, uint32_t *number);
/* For a key that is not there yet. NO_MEMORY: the arena's budget is used up. */
MUST_USE enum status lookup_put(struct lookup *lookup, uint64_t key, uint32_t number);

/* Numbers for pairs of small numbers, counting up from 0: a table of rows for the first and columns
 * for the second; what the table would be too large for is in `others`. */
struct pairs {
    struct arena *arena;
    uint32_t count, limit;
    uint32_t rows, columns;  /* powers of two; 0 before the first pair */
    uint32_t *number_plus_1; /* [(1 + first) * columns + second]; 0: not there */
    struct lookup others;
};
void pairs_init(struct pairs *pairs, struct arena *arena, uint32_t limit);
/* The number of the pair, which is added when it is new. TOO_LARGE: over the limit. */
MUST_USE enum status pairs_get(struct pairs *pairs, uint32_t first, uint32_t second,
                               uint32_t *number);
/* 1 + number of the pair in the table, 0: it is not there, or first_plus_1 is 0. */
static inline uint32_t pairs_look(const struct pairs *pairs, uint32_t first_plus_1,
                                  uint32_t second) {
    if (second >= pairs->columns || first_plus_1 > pairs->rows) return 0;
    return pairs->number_plus_1[(size_t)first_plus_1 * pairs->columns + second];
}

/* All groups of one answer. A cell's number comes step by step: each dimension numbers its codes,
 * and the number of the dimensions before with that of the next one is a pair again. */
struct groups {
    struct arena *arena;
    uint32_t class_count;
    uint32_t dimension_count;
    uint32_t bucket_count; /* BUCKET_FIRST and those of the plan */
    uint32_t group_limit;
    int64_t amount_first[CLASSES_MAX];       /* of a tally before its first fact; 0 unless set */
    struct pairs code[GROUP_DIMENSIONS_MAX]; /* (0, code) -> number among the dimension's codes */
    /* (number of the dimensions before, that) -> cell; of the first dimension that is the cell */
    struct pairs prefix[GROUP_DIMENSIONS_MAX];
    uint32_t *codes; /* cell * dimension_count + dimension -> code */
    uint32_t cell_count, cell_capacity;
    struct group *nowhere; /* as every cell's BUCKET_NOWHERE */
    struct group **table;  /* [(1 + cell) * bucket_count + bucket], step 0; NULL: not there */
    uint32_t table_cells;
    struct lookup others; /* (cell, bucket, step) -> place in `group`, where not in the table */
    struct group **group;
    uint32_t group_count, group_capacity;
};
MUST_USE enum status groups_init(struct groups *groups, struct arena *arena, uint32_t class_count,
                                 uint32_t dimension_count, uint32_t bucket_count,
                                 uint32_t group_limit);
/* The number of a combination of codes (dimension_count of them); without dimensions always 0. */
MUST_USE enum status groups_cell(struct groups *groups, const uint32_t *codes, uint32_t *cell);
/* The group, made empty when it is new. bucket below bucket_count, step below 2^25. */
MUST_USE enum status groups_get(struct groups *groups, uint32_t cell, uint32_t bucket,
                                uint32_t step, struct group **out);
/* The group of step 0 when it is in the table, else NULL: then groups_get tells. cell_plus_1 0: it
 * is not known. Inline: every fact comes through here. */
static inline struct group *groups_look(const struct groups *groups, uint32_t cell_plus_1,
                                        uint32_t bucket) {
    const size_t row = cell_plus_1 > groups->table_cells ? 0 : cell_plus_1;
    return groups->table[row * groups->bucket_count + bucket];
}
/* When nothing is added any more: seals all series. */
void groups_seal(struct groups *groups);
/* Adds what `others` counted, under the rules of `combine` per class; its series are taken over, so
 * its arena must live as long as these groups. Both are
 * sealed, and have the same classes and dimensions. step_of: by step of the others from
 * `step_first` on, less that, what it is here; NULL: the same. */
typedef void (*groups_combine)(const void *context, uint32_t class, struct tally *into,
                               const struct tally *from);
MUST_USE enum status groups_absorb(struct groups *groups, const struct groups *others,
                                   const uint32_t *step_of, uint32_t step_first,
                                   groups_combine combine, const void *context);

#endif
