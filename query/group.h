/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_GROUP_H
#define QUERY_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

/* group: what is counted, per row of the answer. A group is a cell (one combination of dimension
 * codes), a bucket of time and a form step. Its tallies only ever add, take the smaller or the
 * larger, or append: so groups filled by different threads could be put together in any order.
 *
 * Everything lives in the arena of the query. One thread at a time. */

enum {
    CLASSES_MAX = 32, /* things that one KPI tells apart */
    SERIES_MAX = 3,   /* lists of single values that one KPI keeps, for exact quantiles */
    GROUP_DIMENSIONS_MAX = 8
};

/* Values in the order in which they came, in chunks that double: nothing is ever copied. */
struct series_chunk {
    struct series_chunk *older;
    uint32_t count, capacity;
    int64_t values[];
};
struct series {
    struct series_chunk *newest; /* NULL: empty */
    uint64_t count;
};
/* false: the arena's budget is used up. */
bool series_add(struct series *series, struct arena *arena, int64_t value);
/* Writes all values; `out` holds series->count. */
void series_copy(const struct series *series, int64_t *out);

struct tally {
    uint64_t count;
    int64_t amount; /* sum, least or greatest of the values, as the class says; 0 when count is */
};

struct group {
    uint32_t cell, bucket, step;
    uint64_t late; /* units with a late event */
    struct series series[SERIES_MAX];
    struct tally tally[]; /* one per class */
};

/* Numbers for 64-bit keys, counting up from 0 in the order in which keys are first seen. Open
 * addressing, at most half full. */
struct interner_slot {
    uint64_t key;
    uint32_t number_plus_1; /* 0: free */
};
struct interner {
    struct arena *arena;
    uint32_t count, capacity; /* capacity: slots, a power of two; 0 before the first key */
    uint32_t limit;           /* keys at most */
    int shift;                /* of a hash, to a slot */
    struct interner_slot *slots;
};
void interner_init(struct interner *interner, struct arena *arena, uint32_t limit);
/* For a key that is not there yet. TOO_LARGE: over the limit. NO_MEMORY: the arena's budget is used
 * up. */
MUST_USE enum status interner_add(struct interner *interner, uint64_t key, uint32_t *number);

/* Where the key is, or where it would be. capacity > 0. */
static inline uint32_t interner_slot_of(const struct interner *interner, uint64_t key) {
    uint64_t mixed = key * UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ mixed >> 32) * UINT64_C(0xBF58476D1CE4E5B9);
    uint32_t at = (uint32_t)(mixed >> interner->shift);
    while (interner->slots[at].number_plus_1 != 0 && interner->slots[at].key != key)
        at = (at + 1) & (interner->capacity - 1);
    return at;
}

/* The number of the key, which is added when it is new. Inline: every fact comes through here. */
MUST_USE static inline enum status interner_get(struct interner *interner, uint64_t key,
                                                uint32_t *number) {
    if (interner->capacity > 0) {
        uint32_t found = interner->slots[interner_slot_of(interner, key)].number_plus_1;
        if (found != 0) {
            *number = found - 1;
            return STATUS_OK;
        }
    }
    return interner_add(interner, key, number);
}

/* All groups of one answer. */
struct groups {
    struct arena *arena;
    uint32_t class_count;
    uint32_t dimension_count;
    uint32_t group_limit;
    struct interner prefix[GROUP_DIMENSIONS_MAX]; /* (number of the codes before, code) -> number */
    uint32_t *codes;                              /* cell * dimension_count + dimension -> code */
    uint32_t cell_count, cell_capacity;
    struct interner index; /* (cell, bucket, step) -> number of the group */
    struct group **group;
    uint32_t group_count, group_capacity;
};
void groups_init(struct groups *groups, struct arena *arena, uint32_t class_count,
                 uint32_t dimension_count, uint32_t group_limit);
/* The number of a combination of codes (dimension_count of them); without dimensions always 0. */
MUST_USE enum status groups_cell(struct groups *groups, const uint32_t *codes, uint32_t *cell);
/* Adds what `others` counted, under the rules of `combine` per class; its series are taken over, so
 * its arena must live as long as these groups. Both have the same classes and dimensions. */
typedef void (*groups_combine)(const void *context, uint32_t class, struct tally *into,
                               const struct tally *from);
MUST_USE enum status groups_absorb(struct groups *groups, const struct groups *others,
                                   groups_combine combine, const void *context);
/* The group, made empty when it is new. bucket below 2^16, step below 2^25. */
MUST_USE enum status groups_get(struct groups *groups, uint32_t cell, uint32_t bucket,
                                uint32_t step, struct group **out);

#endif
