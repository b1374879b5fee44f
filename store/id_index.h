/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_ID_INDEX_H
#define STORE_ID_INDEX_H

#include <stdint.h>

#include "event/batch.h"
#include "store/builder.h"
#include "store/id_run.h"

/* id_index: every id the store has ever taken, exactly. New ids are in a hash set in memory (a set
 * that fills up while the older one is written out), old ones in sorted files. The writer looks up
 * and adds; installing files and merging them happens under the owner's lock (store.c). */
struct id_set;

struct id_index {
    struct id_set *active; /* ids since the last freeze */
    struct id_set *frozen; /* being written; NULL: nothing */
    struct id_set *spare;  /* empty, with memory enough: the next active one; or NULL */
    struct id_run **runs;
    uint32_t run_count;
    size_t run_capacity;
};

enum { ID_RUNS_MAX = 128, ID_SET_IDS_MAX = 1 << 26 };

MUST_USE enum status id_index_init(struct id_index *index, struct error *err);
void id_index_free(struct id_index *index); /* closes the runs */

/* Brings what a look-up of the id needs into the cache. */
void id_index_prefetch(const struct id_index *index, uint64_t high);
/* *found: OUTCOME_PENDING (new), OUTCOME_DUPLICATE or OUTCOME_CONFLICT. */
MUST_USE enum status id_index_find(struct id_index *index, const struct id_entry *id,
                                   enum outcome *found, struct error *err);
/* A new id. NO_MEMORY: not added. */
MUST_USE enum status id_index_add(struct id_index *index, const struct id_entry *id,
                                  struct error *err);
/* The `count` ids that were added last are unknown again. */
void id_index_take_back(struct id_index *index, uint32_t count);
/* The `count` ids that were added last, in that order. Valid until the next one is added. */
const struct id_entry *id_index_newest(const struct id_index *index, uint32_t count);

/* active becomes frozen; there must be none. */
MUST_USE enum status id_index_freeze(struct id_index *index, struct error *err);
/* Writes the frozen set as a run file. Any thread, while the set is frozen. */
MUST_USE enum status id_index_write_frozen(struct id_index *index, struct file_io *io,
                                           const char *path, struct error *err);
/* Room for one run more, so that id_index_install cannot fail. */
MUST_USE enum status id_index_reserve(struct id_index *index, struct error *err);
/* The frozen set is now this run. Answers the set, which nobody knows any more: it is to be emptied
 * and kept as a spare, or freed, both outside the owner's lock. */
struct id_set *id_index_install(struct id_index *index, struct id_run *run);
void id_set_clear(struct id_set *set);
/* Answers what it did not take, because there is a spare; NULL: nothing. */
struct id_set *id_index_keep(struct id_index *index, struct id_set *emptied);
void id_set_free(struct id_set *set); /* accepts NULL */
MUST_USE enum status id_index_add_run(struct id_index *index, struct id_run *run,
                                      struct error *err);

/* Writes the union of some runs. Any thread. */
struct id_merge {
    struct id_run *const *runs;
    uint32_t run_count;     /* 1..ID_RUNS_MAX */
    builder_pause_fn pause; /* now and then, see struct builder; may be NULL */
    void *context;
};
MUST_USE enum status id_index_write_merged(const struct id_merge *merge, struct file_io *io,
                                           const char *path, struct error *err);
/* Replaces runs[first..first+count) by `merged`; the caller closes them, outside the owner's lock.
 */
void id_index_replace(struct id_index *index, uint32_t first, uint32_t count,
                      struct id_run *merged);

uint64_t id_index_bytes(const struct id_index *index); /* of the files */

#endif
