/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_ID_RUN_H
#define STORE_ID_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "event/batch.h"
#include "store/file_io.h"

/* id_run: the ids of many events as one immutable, sorted file with a filter in it. Ids are keyed
 * hashes, so they are uniform: a Bloom filter says in one cache line that an id is new, and where
 * it is not, its place is computed, not searched. The file is mapped: the page cache, not anonymous
 * memory, holds what is used of it. docs/FORMAT.md. Any thread looks up. */
struct id_run;

/* An id as the store keeps it: 96 of its 128 bits tell ids apart (at 10^8 ids two different ones
 * agree in them with a chance of 10^-13, at 10^10 of 10^-9); the content tells repeats from
 * conflicts. Also its bytes on disk, little-endian. */
struct id_entry {
    uint64_t high;
    uint32_t low;
    uint32_t content;
};
_Static_assert(sizeof(struct id_entry) == 16, "on disk: never changes");
static inline struct id_entry id_entry_of(struct event_id id, uint32_t content) {
    return (struct id_entry){id.high, (uint32_t)id.low, content};
}
/* Order of entries: by high, then low. */
static inline bool id_before(const struct id_entry *a, const struct id_entry *b) {
    return a->high != b->high ? a->high < b->high : a->low < b->low;
}
static inline bool id_equal(const struct id_entry *a, const struct id_entry *b) {
    return a->high == b->high && a->low == b->low;
}

/* Answers the entries in ascending order; false: the end, or a failure. */
typedef bool (*id_next_fn)(void *context, struct id_entry *entry);

/* Writes and syncs the file. count: exactly what `next` will answer. */
MUST_USE enum status id_run_write(struct file_io *io, const char *path, uint64_t count,
                                  id_next_fn next, void *context, struct error *err);
MUST_USE enum status id_run_open(struct file_io *io, const char *path, uint64_t number,
                                 struct id_run **out, struct error *err);
void id_run_close(struct id_run *run); /* accepts NULL */

uint64_t id_run_count(const struct id_run *run);
uint64_t id_run_bytes(const struct id_run *run);
uint64_t id_run_number(const struct id_run *run);
/* Brings the id's filter line into the cache, for a look-up soon. */
void id_run_prefetch(const struct id_run *run, uint64_t high);
/* What is asked of each filter for one id: computed once, asked of many runs. */
struct id_mask {
    uint32_t words[8];
};
struct id_mask id_mask_of(uint32_t low);
/* *found: *content is the content that was stored. CORRUPT: the bytes it needs are damaged. */
MUST_USE enum status id_run_find(struct id_run *run, const struct id_entry *id,
                                 const struct id_mask *mask, bool *found, uint32_t *content,
                                 struct error *err);

/* Reads a run from its beginning. */
struct id_cursor {
    struct id_run *run;
    uint64_t next;       /* number of the entry that comes next */
    uint64_t piece;      /* it is in this one or a later one */
    uint64_t good_until; /* byte up to which checksums have been compared */
};
/* *found false: the end. */
MUST_USE enum status id_cursor_next(struct id_cursor *cursor, bool *found, struct id_entry *entry,
                                    struct error *err);
/* Every checksum and the order. */
MUST_USE enum status id_run_check(struct id_run *run, struct error *err);

#endif
