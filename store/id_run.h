/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_ID_RUN_H
#define STORE_ID_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "event/batch.h"
#include "store/file_io.h"

/* id_run: the ids of many events as one immutable, sorted file with a filter before it. Ids are
 * keyed hashes, so they are uniform: a Bloom filter says in one cache line that an id is new, and
 * where it is not, its place is computed, not searched. The file is mapped: the page cache, not
 * anonymous memory, holds what is used of it. docs/FORMAT.md. Any thread looks up. */
struct id_run;

struct id_entry {
    struct event_id id;
    uint32_t content;
};
/* Order of entries: by high, then low. */
static inline bool id_before(struct event_id a, struct event_id b) {
    return a.high != b.high ? a.high < b.high : a.low < b.low;
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
void id_run_prefetch(const struct id_run *run, struct event_id id);
/* *found: with the content hash that was stored. CORRUPT: the bytes it needs are damaged. */
MUST_USE enum status id_run_find(struct id_run *run, struct event_id id, bool *found,
                                 uint32_t *content, struct error *err);
/* Entry i in order. The caller has checked the run or trusts it. */
MUST_USE enum status id_run_entry(struct id_run *run, uint64_t i, struct id_entry *entry,
                                  struct error *err);
/* Every checksum and the order. */
MUST_USE enum status id_run_check(struct id_run *run, struct error *err);

#endif
