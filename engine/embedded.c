/* SPDX-License-Identifier: EUPL-1.2 */
/* embedded: the engine that is our own store and executor, in this process. */
#include "base/memory.h"
#include "engine/engine.h"
#include "engine/telling.h"
#include "query/executor.h"
#include "store/store.h"

struct embedded {
    struct engine engine; /* first member: an engine of ours is an embedded */
    struct store *store;
};

static struct store *store_of(struct engine *engine) {
    return ((struct embedded *)(void *)engine)->store;
}

static enum status embedded_write(struct engine *engine, struct batch *batch, struct error *err) {
    return store_write(store_of(engine), batch, err);
}

static enum status embedded_write_later(struct engine *engine, struct batch *batch,
                                        engine_written_fn written, void *context,
                                        struct error *err) {
    return store_write_later(store_of(engine), batch, written, context, err);
}

static enum status embedded_query(struct engine *engine, const struct plan *plan,
                                  struct arena *arena, struct result *out, struct error *err) {
    struct snapshot *snapshot;
    TRY(store_snapshot(store_of(engine), &snapshot, err));
    enum status status = query_execute(plan, snapshot, arena, out, err);
    snapshot_release(snapshot);
    return status;
}

static enum status embedded_stats(struct engine *engine, struct engine_stats *out,
                                  struct error *err) {
    struct snapshot *snapshot;
    TRY(store_snapshot(store_of(engine), &snapshot, err));
    struct snapshot_stats stats;
    snapshot_stats(snapshot, &stats);
    snapshot_release(snapshot);
    *out = (struct engine_stats){.event_count = stats.event_count,
                                 .segment_count = stats.segment_count,
                                 .stored_bytes = stats.stored_bytes,
                                 .id_index_bytes = stats.id_index_bytes,
                                 .wal_bytes = stats.wal_bytes,
                                 .written_log_bytes = stats.written.log_bytes,
                                 .written_flush_bytes = stats.written.flush_bytes,
                                 .written_merge_bytes = stats.written.merge_bytes,
                                 .written_id_bytes = stats.written.id_bytes,
                                 .duplicate_count = stats.duplicate_count,
                                 .conflict_count = stats.conflict_count,
                                 .newest_time_ms = stats.newest_time_ms,
                                 .oldest_time_ms = stats.oldest_time_ms,
                                 .newest_arrival_ms = stats.newest_arrival_ms};
    return STATUS_OK;
}

static enum status embedded_extent(struct engine *engine, int64_t as_of_ms, struct arena *arena,
                                   int64_t *oldest_ms, int64_t *newest_ms, struct error *err) {
    struct snapshot *snapshot;
    struct snapshot_extent extent;
    TRY(store_snapshot(store_of(engine), &snapshot, err));
    snapshot_look_back(snapshot, as_of_ms);
    const enum status status = snapshot_extent(snapshot, arena, &extent, err);
    snapshot_release(snapshot);
    *oldest_ms = extent.oldest_ms;
    *newest_ms = extent.newest_ms;
    return status;
}

static enum status embedded_tell(struct engine *engine, const struct telling *telling,
                                 struct arena *arena, struct error *err) {
    struct snapshot *snapshot;
    TRY(store_snapshot(store_of(engine), &snapshot, err));
    const enum status status = telling_run(telling, snapshot, arena, err);
    snapshot_release(snapshot);
    return status;
}

static void embedded_close(struct engine *engine) {
    store_close(store_of(engine));
    memory_free(engine);
}

enum status engine_open_embedded(const struct engine_options *options, struct engine **out,
                                 struct error *err) {
    static const struct engine_ops ops = {.name = "embedded",
                                          .write = embedded_write,
                                          .write_later = embedded_write_later,
                                          .query = embedded_query,
                                          .stats = embedded_stats,
                                          .extent = embedded_extent,
                                          .tell = embedded_tell,
                                          .close = embedded_close};
    *out = NULL;
    struct embedded *embedded = memory_new(1, sizeof *embedded);
    if (embedded == NULL) return error_set(err, STATUS_NO_MEMORY, "engine: no memory");
    embedded->engine.ops = &ops;
    const struct store_options store_options = {
        .folder = options->folder, .read_only = options->read_only, .threads = true};
    enum status status = store_open(&store_options, &embedded->store, err);
    if (status != STATUS_OK) {
        memory_free(embedded);
        return status;
    }
    *out = &embedded->engine;
    return STATUS_OK;
}

void engine_close(struct engine *engine) {
    if (engine != NULL) engine->ops->close(engine);
}
