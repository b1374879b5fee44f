/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_DAY_COUNTS_H
#define STORE_DAY_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "event/day_count.h"
#include "store/builder.h"
#include "store/part.h"

/* day_counts: the day counts of a part (event/day_count.h). Rows that come from memory are
 * counted; what is merged from parts adds up theirs. Rows are in order of their key, each key once.
 * One thread. */

/* Order of the rows: tenant, service, type, flags, then time. */
struct day_key {
    uint64_t group;
    int64_t time_ms;
};
static inline bool day_key_before(struct day_key a, struct day_key b) {
    return a.group != b.group ? a.group < b.group : a.time_ms < b.time_ms;
}
/* Of a row of events, given by enum column. */
struct day_key day_key_of_event(const void *const *columns, uint32_t row);
/* Of a row of day counts, given by enum day_count_column. */
struct day_key day_key_of_row(const void *const *columns, uint32_t row);

/* Numbers by key: open addressing, at most half full. */
struct day_counts {
    struct day_counts_slot {
        struct day_key key;
        uint32_t events; /* 0: free */
    } * slots;
    uint32_t count, capacity; /* capacity: a power of two; 0 before the first key */
};
void day_counts_free(struct day_counts *counts);
MUST_USE enum status day_counts_add(struct day_counts *counts, struct day_key key, uint32_t events,
                                    struct error *err);
uint32_t day_counts_of(const struct day_counts *counts, struct day_key key); /* 0: none */

/* Fills the builder's day counts from the rows that are being sorted into it. */
MUST_USE enum status day_counts_of_rows(const struct row_source *sources, uint32_t source_count,
                                        struct builder *builder, struct error *err);
/* Fills them from the parts that are being merged into it. */
MUST_USE enum status day_counts_merge(struct part *const *parts, uint32_t part_count,
                                      struct builder *builder, struct error *err);

#endif
