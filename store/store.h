/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/clock.h"
#include "base/status.h"
#include "event/batch.h"
#include "store/file_io.h"
#include "store/snapshot.h"

/* store: one folder of events. Any thread may write and take snapshots; one writer thread commits,
 * one flusher writes segments, one merger makes few of many.
 *
 * After OK of store_write the accepted rows survive a kill or a power loss. After any failure none
 * of the batch is acknowledged and all of it may be sent again. */
struct store;

struct store_options {
    const char *folder;  /* copied */
    struct file_io *io;  /* borrowed; NULL: the system's */
    bool must_exist;     /* NOT_FOUND instead of creating a store */
    bool read_only;      /* no writes, no flush on closing; it must exist */
    bool threads;        /* false: everything happens inside store_write, for tests: one history */
    uint32_t run_rows;   /* rows that make a tail full; 0: STORE_RUN_ROWS */
    uint32_t flush_rows; /* rows in memory that make a segment; 0: STORE_FLUSH_ROWS */
    uint32_t idle_ms;    /* 0: STORE_IDLE_MS */
};

enum {
    STORE_RUN_ROWS = 1 << 16,
    STORE_FLUSH_ROWS = 1 << 19,
    STORE_FLUSH_BYTES = 64 << 20, /* ... or so much memory; while it is being written, as much
                                     again may come in, then writers wait */
    STORE_QUEUE_MAX = 256,        /* batches waiting for the writer; more: BUSY */
    STORE_IDLE_MS = 10000,        /* without a write: all segments become one, if enough is new */
    STORE_FANIN = 8,              /* so many segments of like size become one ... */
    STORE_FANIN_MAX = 16,         /* ... so many while events pour in, and no more at once ... */
    STORE_FANIN_ALL = 32,         /* ... but for this, while nobody writes */
    STORE_ID_FANIN = 4,           /* the same of files of ids: each is one more to look into */
    STORE_ID_FANIN_MAX = 8,
    STORE_UNSEEN_MAX = 32 /* segments that wait for the merger; then flushes wait too */
};

/* BUSY: another process has the folder. CORRUPT: damage that an operator must see; nothing has been
 * changed. */
MUST_USE enum status store_open(const struct store_options *options, struct store **out,
                                struct error *err);
/* Commits what is queued, writes what is in memory to a segment (not when read-only), releases
 * everything. With threads, a merge that is under way is given up. All snapshots must be released
 * before. Accepts NULL. */
void store_close(struct store *store);

/* Sets batch->outcome of each row. Blocks until the rows are durable. FORBIDDEN: read-only. */
MUST_USE enum status store_write(struct store *store, struct batch *batch, struct error *err);
/* The same without waiting for the disk. OK: `written` is called once, on the writer's thread or
 * before this returns, with what store_write would have answered; until then the batch is the
 * store's. It must not wait for anything. Any other status: it is not called. */
typedef void (*store_written_fn)(void *context, enum status status, const struct error *err);
MUST_USE enum status store_write_later(struct store *store, struct batch *batch,
                                       store_written_fn written, void *context, struct error *err);

/* Everything acknowledged before the call. Release with snapshot_release. */
MUST_USE enum status store_snapshot(struct store *store, struct snapshot **out, struct error *err);

/* Writes what is in memory to a segment and merges what is to be merged, now. */
MUST_USE enum status store_flush(struct store *store, struct error *err);

/* The same, then merges everything to one segment and one file of ids, as far as one may be. Only
 * without threads. tell: called now and then with events done, of so many; may be NULL. */
typedef void (*store_tell_fn)(void *context, uint64_t done, uint64_t total);
MUST_USE enum status store_compact(struct store *store, store_tell_fn tell, void *context,
                                   struct error *err);

#endif
