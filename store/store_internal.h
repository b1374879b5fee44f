/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include <pthread.h>

#include "base/text.h"
#include "store/builder.h"
#include "store/id_index.h"
#include "store/manifest.h"
#include "store/names.h"
#include "store/part_list.h"
#include "store/store.h"
#include "store/tail.h"
#include "store/translation.h"
#include "store/wal.h"

/* store_internal: the store as its own files see it: store.c, recovery.c, commit.c, flush.c,
 * compaction.c, check.c, snapshot.c.
 *
 * Owners: the writer (the thread of commit.c) owns tail, wal, staged rows and id_index->active; the
 * flusher and the merger own the files they are writing; `mutex` guards the lists, the published
 * view and the queue, and is held for moments only. Locks are taken in the order
 * manifest_mutex, ids_mutex, mutex. */

/* What the writer hands to the flusher when memory is to become a segment. */
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
    store_written_fn written; /* NULL: somebody waits for `ready` */
    void *context;            /* of written */
    pthread_cond_t ready;     /* done */
    enum status status;
    struct error err;
    bool done;
};

/* Of store_compact, for who watches it. */
struct store_progress {
    store_tell_fn tell; /* NULL: nobody does */
    void *context;
    uint64_t done, total; /* rows */
};

struct store {
    char *folder;
    struct file_io *io;
    struct file *lock;
    bool threads, read_only;
    uint32_t run_rows, flush_rows, idle_ms;

    struct names *names;
    struct id_index ids;

    pthread_mutex_t mutex;
    pthread_mutex_t ids_mutex; /* held by the writer for a group, by the others to swap */
    /* held from the copy of a manifest until its successor is installed: one changes it at a time.
     * Only the flusher adds files, at the end; only the merger puts one in the place of others */
    pthread_mutex_t manifest_mutex;
    pthread_cond_t wake_writer, wake_flusher, wake_merger;
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
    uint64_t commit_count;    /* groups since the store was opened */
    struct error flush_error; /* why the last flush failed; "" when it did not */
    uint64_t flush_count;     /* since the store was opened */
    uint32_t unseen_count;    /* segments that the merger has not looked at yet */
    bool merging;             /* the merger will look at them */
    bool pouring;             /* events come in faster than it pays to merge often */

    /* the writer's own */
    struct tail *tail;
    struct wal *wal;     /* NULL: the next group begins a new file */
    uint64_t wal_number; /* of wal */
    uint64_t wal_first;  /* oldest log file with rows that are not in a segment */
    uint32_t logged_codes, logged_steps;
    struct text record;
    uint32_t *accepted; /* row numbers of a batch */

    /* the merger's own */
    struct store_progress progress;
    struct {
        uint32_t segments, id_runs; /* so many, the oldest, are for the merge under way or older */
        bool inner;                 /* one merge within another */
    } under_way;

    pthread_t writer, flusher, merger;
    bool writer_started, flusher_started, merger_started;
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
/* Of a folder without a manifest. CORRUPT: it was not always without. */
MUST_USE enum status recovery_expect_no_files(struct store *store, struct error *err);

/* store.c: releases everything and writes nothing more. */
void store_abandon(struct store *store);
/* Adds to *runs what is in memory, sorted; see tail_sort. */
MUST_USE enum status store_sort_tails(struct store *store, struct part_list *runs,
                                      struct error *err);

/* flush.c. Flusher only; what is not static is the merger's too. */
MUST_USE enum status flush_frozen(struct store *store, struct error *err);
MUST_USE enum status flush_open_segment(struct store *store, uint64_t number, struct part **out,
                                        struct error *err);

/* What a new segment is made of: sorted parts, or rows as they arrived. */
struct segment_content {
    struct part *const *parts;
    const struct tail_list *tails; /* NULL: parts */
    uint32_t part_count;
    uint64_t order;
    builder_pause_fn pause; /* see struct builder */
    void *context;
};
/* What it leaves when it fails is the caller's to remove. */
MUST_USE enum status flush_write_segment(struct store *store, const struct segment_content *content,
                                         uint64_t number, struct error *err);
uint64_t flush_take_number(struct store *store); /* of a new file */
void flush_remove_file(struct store *store, const char *kind, uint64_t number);
/* A copy of the manifest to change, for memory_free; next_number as it is now. NULL: no memory.
 * Under manifest_mutex. */
MUST_USE struct manifest *flush_copy_manifest(struct store *store, struct error *err);

/* compaction.c: merges segments, or files of ids. */
enum compaction {
    COMPACTION_TIERS, /* the newest ones, when they are enough and of like size: STORE_FANIN */
    COMPACTION_IDLE,  /* all segments, when enough of them is new */
    COMPACTION_ALL    /* everything to one segment and one file of ids */
};
/* One merge; *did: there was one to do. A long one gives way: what is flushed meanwhile is merged
 * in between. CLOSED: the store is stopping, nothing was merged. */
MUST_USE enum status compaction_step(struct store *store, enum compaction how, bool *did,
                                     struct error *err);

#endif
