/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

/* engine: where the data lives. One per process. The seam is one of meaning: batches go in, plans
 * are answered, events told; no column, page or library type crosses it. Calls but write_later
 * block, so they are made on workers, never on an event loop; any number of threads may call at
 * once. */

#include "base/status.h"
#include "event/batch.h"

struct arena;
struct engine;
struct plan;
struct result;

struct engine_stats {
    uint64_t event_count;
    uint64_t segment_count;
    uint64_t stored_bytes;
    uint64_t id_index_bytes;
    uint64_t wal_bytes;
    /* written since the engine was opened */
    uint64_t written_log_bytes, written_flush_bytes, written_merge_bytes, written_id_bytes;
    uint64_t duplicate_count;
    uint64_t conflict_count;
    int64_t newest_time_ms; /* TIME_ABSENT when empty */
    int64_t oldest_time_ms;
    int64_t newest_arrival_ms;
};

/* Which events to tell, one by one, and to whom. */
struct event;
struct telling {
    enum purpose purpose; /* whose journeys; PURPOSE_NONE: events that belong to none */
    /* Those of these alone; NULL: all. Of journeys, theirs. */
    const char *tenant, *service;
    /* from <= first event of the journey < to, else time of the event; both TIME_ABSENT: all */
    int64_t from_ms, to_ms;
    int64_t as_of_ms; /* what was known by then */
    /* An event as a source would send it, but without an id: `subject` and `link` are pseudonyms,
     * of 16 letters a to p. `recorded` is given where it says more than `time`: what the source
     * said, else when Pegel received it, unless that was from a file. Texts live for the call.
     * Journeys come one after the other in no order, each whole, its events in order of (time,
     * arrival); `first`: another one begins. Any status but OK ends the telling and is its answer.
     */
    enum status (*tell)(void *context, const struct event *event, bool first, struct error *err);
    void *context;
};

typedef void (*engine_written_fn)(void *context, enum status status, const struct error *err);

struct engine_ops {
    const char *name;
    /* OK: every row has its outcome; those ACCEPTED are durable, and every later query sees them.
     * Writing a row again is OK and changes nothing. BUSY: retry later. IO: nothing of the batch
     * is acknowledged (disk full, for one); it may be sent again. Borrows the batch for the call.
     */
    enum status (*write)(struct engine *, struct batch *, struct error *);
    /* The same without waiting for the disk, so that a loop may call it. OK: `written` is called
     * once, on a thread of the engine or before this returns, with what write would have answered;
     * until then the batch is the engine's. It must not wait. Another status: it is not called. */
    enum status (*write_later)(struct engine *, struct batch *, engine_written_fn written,
                               void *context, struct error *);
    /* Answers one validated plan from everything acknowledged before the call. *out lives in the
     * arena. NO_MEMORY past the arena's budget. */
    enum status (*query)(struct engine *, const struct plan *, struct arena *, struct result *out,
                         struct error *);
    enum status (*stats)(struct engine *, struct engine_stats *out, struct error *);
    /* Times of the events that were known at the moment, the oldest and the newest; both
     * TIME_ABSENT: there was none. May read many events, in the arena's budget. */
    enum status (*extent)(struct engine *, int64_t as_of_ms, struct arena *, int64_t *oldest_ms,
                          int64_t *newest_ms, struct error *);
    /* Tells stored events, in the memory of the arena however many there are. */
    enum status (*tell)(struct engine *, const struct telling *, struct arena *, struct error *);
    /* Finishes what was acknowledged, then releases everything. */
    void (*close)(struct engine *);
};

struct engine {
    const struct engine_ops *ops; /* first member of every implementation */
};

/* The embedded engine: our own store in `folder`. read_only: nothing is
 * written, flushed or merged. BUSY: another process has the folder open. CORRUPT: damage that an
 * operator must see. */
struct engine_options {
    const char *folder; /* created when absent, unless read_only */
    bool read_only;
};
MUST_USE enum status engine_open_embedded(const struct engine_options *options, struct engine **out,
                                          struct error *err);
void engine_close(struct engine *engine); /* accepts NULL */

#endif
