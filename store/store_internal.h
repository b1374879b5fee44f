/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include <pthread.h>

#include "base/text.h"
#include "store/id_index.h"
#include "store/manifest.h"
#include "store/names.h"
#include "store/part_list.h"
#include "store/store.h"
#include "store/tail.h"
#include "store/translation.h"
#include "store/wal.h"

/* store_internal: what store.c, commit.c, flush.c and snapshot.c share, and nobody else.
 *
 * Owners: the writer (the thread of commit.c) owns tail, wal, staged rows and id_index->active;
 * the background thread owns files being written; `mutex` guards the lists, the published view and
 * the queue, and is held for moments only. */

/* What the writer hands to the background thread when memory is to become a segment. */
struct frozen {
    struct tail_list tails;
    uint64_t wal_number; /* the first log file that is still needed afterwards */
    uint64_t first_wal;  /* log files from here up to wal_number are not */
    bool waiting;
};

/* A batch on its way to the writer, and back to who waits for it. */
struct write_request {
    struct batch *batch;
    struct translation translation;
    pthread_cond_t ready; /* done */
    enum status status;
    struct error err;
    bool done;
};

/* Bytes written since the store was opened. */
struct store_written {
    uint64_t log_bytes, flush_bytes, merge_bytes, id_bytes;
};

struct store {
    char *folder;
    struct file_io *io;
    struct file *lock;
    bool threads, read_only;
    uint32_t run_rows, flush_rows;

    struct names *names;
    struct id_index ids;

    pthread_mutex_t mutex;
    pthread_mutex_t
        ids_mutex; /* held by the writer for a group, by the background thread to swap */
    pthread_cond_t wake_writer, wake_background, done;
    bool stopping;

    /* under mutex */
    struct write_request *queue[STORE_QUEUE_MAX];
    uint32_t queue_first, queue_count;
    struct frame view;       /* of tail: what is committed */
    struct tail_list sealed; /* newer than frozen */
    struct tail_list spares; /* empty: the next tails, so that memory is not given back and taken */
    struct frozen frozen;
    struct part_list segments;
    struct manifest manifest; /* as last written; next_number is ahead of it */
    uint64_t next_number, next_order;
    uint64_t duplicate_count, conflict_count;
    uint64_t id_index_bytes, wal_bytes;
    struct store_written written;
    struct error background_error; /* why the last flush failed; "" when it did not */

    /* the writer's own */
    struct tail *tail;
    struct wal *wal;     /* NULL: the next group begins a new file */
    uint64_t wal_number; /* of wal */
    uint64_t wal_first;  /* oldest log file with rows that are not in a segment */
    uint32_t logged_codes, logged_steps;
    struct text record;
    uint32_t *accepted; /* row numbers of a batch */

    pthread_t writer, background;
    bool writer_started, background_started;
};

/* commit.c. Writer only. An empty tail, once, before anything else: */
MUST_USE enum status commit_start(struct store *store, struct error *err);
/* One group of batches, together at most BATCH_ROWS_MAX rows. */
MUST_USE enum status commit_group(struct store *store, struct write_request **requests,
                                  uint32_t count, struct error *err);
/* Puts a replayed block's rows that are new into memory. */
struct wal_record;
MUST_USE enum status commit_replayed(struct store *store, const struct wal_record *record,
                                     struct error *err);
/* Makes what is in memory `frozen` and begins a new log file. */
MUST_USE enum status commit_freeze(struct store *store, struct error *err);

/* recovery.c: fills a fresh store from its folder, which is created when it is empty. CORRUPT:
 * damage that an operator must see; nothing was changed. */
MUST_USE enum status recovery_run(struct store *store, struct error *err);

/* store.c: releases everything and writes nothing more. */
void store_abandon(struct store *store);
/* Adds to *runs what is in memory, sorted; see tail_sort. */
MUST_USE enum status store_sort_tails(struct store *store, struct part_list *runs,
                                      struct error *err);

/* flush.c: background work. */
MUST_USE enum status flush_frozen(struct store *store, struct error *err);
/* One merge of segments or of id runs; *did: there was one to do. */
MUST_USE enum status flush_compact(struct store *store, bool *did, struct error *err);
MUST_USE enum status flush_open_segment(struct store *store, uint64_t number, struct part **out,
                                        struct error *err);

#endif
