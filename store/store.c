/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/store.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/merge.h"
#include "store/snapshot_internal.h"
#include "store/store_internal.h"
#include "store/wal_replay.h"

enum { RETRY_AFTER_FAILURE_S = 1 };

/* ---- opening ---- */

static enum status allocate(struct store *store, const struct store_options *options,
                            struct error *err) {
    store->io = options->io != NULL ? options->io : file_io_system();
    store->run_rows = options->run_rows > 0 ? options->run_rows : (uint32_t)STORE_RUN_ROWS;
    store->flush_rows = options->flush_rows > 0 ? options->flush_rows : (uint32_t)STORE_FLUSH_ROWS;
    store->logged_codes = 1;
    store->read_only = options->read_only;
    pthread_mutex_init(&store->mutex, NULL);
    pthread_mutex_init(&store->ids_mutex, NULL);
    pthread_cond_init(&store->wake_writer, NULL);
    pthread_cond_init(&store->wake_background, NULL);
    pthread_cond_init(&store->done, NULL);
    text_init(&store->record, WAL_PAYLOAD_BYTES_MAX);
    text_init(&store->frozen.names, WAL_PAYLOAD_BYTES_MAX * 8);
    store->folder = memory_copy_text(options->folder, strlen(options->folder));
    store->names = names_create();
    store->accepted = memory_new(BATCH_ROWS_MAX, sizeof *store->accepted);
    store->staged_ids = memory_new(BATCH_ROWS_MAX, sizeof *store->staged_ids);
    store->staged_contents = memory_new(BATCH_ROWS_MAX, sizeof *store->staged_contents);
    TRY(id_index_init(&store->ids, err));
    if (store->folder == NULL || store->names == NULL || store->accepted == NULL ||
        store->staged_ids == NULL || store->staged_contents == NULL)
        return error_set(err, STATUS_NO_MEMORY, "store: no memory");
    return commit_start(store, err);
}

static void *writer_main(void *argument);
static void *background_main(void *argument);

static enum status start_threads(struct store *store, struct error *err) {
    if (pthread_create(&store->writer, NULL, writer_main, store) != 0)
        return error_set(err, STATUS_NO_MEMORY, "store: cannot start a thread");
    store->writer_started = true;
    if (pthread_create(&store->background, NULL, background_main, store) != 0)
        return error_set(err, STATUS_NO_MEMORY, "store: cannot start a thread");
    store->background_started = true;
    return STATUS_OK;
}

static enum status prepare_folder(struct store *store, struct error *err) {
    char path[FILE_PATH_BYTES_MAX];
    if (store->read_only) {
        TRY(file_path(path, store->folder, "MANIFEST", err));
        struct file *file;
        if (store->io->open(store->io, path, FILE_READ, &file, NULL) != STATUS_OK)
            return error_set(err, STATUS_NOT_FOUND, "there is no pegel data in %s", store->folder);
        store->io->close(file);
    }
    TRY(store->io->make_folder(store->io, store->folder, err));
    TRY(file_path(path, store->folder, "LOCK", err));
    return store->io->lock(store->io, path, &store->lock, err);
}

void store_abandon(struct store *store) {
    if (store->lock != NULL) store->io->close(store->lock);
    wal_close(store->wal);
    tail_release(store->tail);
    part_release(store->tail_run);
    part_list_free(&store->runs);
    part_list_free(&store->frozen.runs);
    part_list_free(&store->segments);
    id_index_free(&store->ids);
    names_free(store->names);
    text_free(&store->record);
    text_free(&store->frozen.names);
    memory_free(store->translation);
    memory_free(store->accepted);
    memory_free(store->staged_ids);
    memory_free(store->staged_contents);
    memory_free(store->folder);
    pthread_mutex_destroy(&store->mutex);
    pthread_mutex_destroy(&store->ids_mutex);
    pthread_cond_destroy(&store->wake_writer);
    pthread_cond_destroy(&store->wake_background);
    pthread_cond_destroy(&store->done);
    memory_free(store);
}

static void stop_threads(struct store *store) {
    pthread_mutex_lock(&store->mutex);
    store->stopping = true;
    pthread_cond_broadcast(&store->wake_writer);
    pthread_cond_broadcast(&store->wake_background);
    pthread_mutex_unlock(&store->mutex);
    if (store->writer_started) pthread_join(store->writer, NULL);
    if (store->background_started) pthread_join(store->background, NULL);
    store->writer_started = store->background_started = false;
}

enum status store_open(const struct store_options *options, struct store **out, struct error *err) {
    *out = NULL;
    struct store *store = memory_new(1, sizeof *store);
    if (store == NULL) return error_set(err, STATUS_NO_MEMORY, "store: no memory");
    enum status status = allocate(store, options, err);
    if (status == STATUS_OK) status = prepare_folder(store, err);
    if (status == STATUS_OK) status = recovery_run(store, err);
    if (status == STATUS_OK && options->threads && !options->read_only) {
        store->threads = true;
        status = start_threads(store, err);
    }
    if (status != STATUS_OK) {
        stop_threads(store);
        store_abandon(store);
        return status;
    }
    *out = store;
    return STATUS_OK;
}

/* ---- in memory long enough? ---- */

/* Writes one frozen memory if there is one, then merges until there is nothing to merge. */
static enum status work_in_background(struct store *store, struct error *err) {
    pthread_mutex_lock(&store->mutex);
    const bool waiting = store->frozen.waiting;
    pthread_mutex_unlock(&store->mutex);
    if (waiting) TRY(flush_frozen(store, err));
    for (bool did = true; did;) TRY(flush_compact(store, &did, err));
    return STATUS_OK;
}

static uint64_t rows_in_runs(struct store *store) {
    pthread_mutex_lock(&store->mutex);
    const uint64_t rows = part_list_rows(&store->runs);
    pthread_mutex_unlock(&store->mutex);
    return rows;
}

static bool is_flushing(struct store *store) {
    pthread_mutex_lock(&store->mutex);
    const bool flushing = store->frozen.waiting;
    pthread_mutex_unlock(&store->mutex);
    return flushing;
}

/* Keeps memory bounded before a group is taken in: freezes what is enough for a segment; when the
 * one before is still being written and as much again has come in, waits for it. */
static enum status make_space(struct store *store, struct error *err) {
    if (rows_in_runs(store) < store->flush_rows) return STATUS_OK;
    if (!store->threads && is_flushing(store)) TRY(work_in_background(store, err));
    if (!is_flushing(store)) {
        TRY(commit_freeze(store, err));
        return STATUS_OK;
    }
    if (rows_in_runs(store) < (uint64_t)store->flush_rows * STORE_FLUSHES_WAITING_MAX)
        return STATUS_OK;
    pthread_mutex_lock(&store->mutex);
    while (store->frozen.waiting && store->background_error.text[0] == '\0' && !store->stopping)
        pthread_cond_wait(&store->wake_writer, &store->mutex);
    const bool failed = store->frozen.waiting;
    struct error reason = store->background_error;
    pthread_mutex_unlock(&store->mutex);
    if (failed)
        return error_set(err, STATUS_IO, "memory is full and cannot be written: %.180s",
                         reason.text);
    return commit_freeze(store, err);
}

/* ---- the two threads ---- */

/* Takes requests off the queue for one group. Under mutex. */
static uint32_t take_group(struct store *store, struct write_request **group) {
    uint32_t count = 0, rows = 0;
    while (store->queue_count > 0) {
        struct write_request *request = store->queue[store->queue_first];
        if (count > 0 && rows + request->batch->row_count > BATCH_ROWS_MAX) break;
        rows += request->batch->row_count;
        group[count++] = request;
        store->queue_first = (store->queue_first + 1) % STORE_QUEUE_MAX;
        store->queue_count--;
    }
    return count;
}

static enum status commit_batches(struct store *store, struct batch **batches, uint32_t count,
                                  struct error *err) {
    TRY(make_space(store, err));
    return commit_group(store, batches, count, err);
}

static void *writer_main(void *argument) {
    struct store *store = argument;
    struct write_request *group[STORE_QUEUE_MAX];
    struct batch *batches[STORE_QUEUE_MAX];
    pthread_mutex_lock(&store->mutex);
    for (;;) {
        while (store->queue_count == 0 && !store->stopping)
            pthread_cond_wait(&store->wake_writer, &store->mutex);
        if (store->queue_count == 0) break;
        const uint32_t count = take_group(store, group);
        pthread_mutex_unlock(&store->mutex);
        for (uint32_t i = 0; i < count; i++) batches[i] = group[i]->batch;
        struct error err = {""};
        const enum status status = commit_batches(store, batches, count, &err);
        pthread_mutex_lock(&store->mutex);
        for (uint32_t i = 0; i < count; i++) {
            group[i]->status = status;
            group[i]->err = err;
            group[i]->done = true;
        }
        pthread_cond_broadcast(&store->done);
    }
    pthread_mutex_unlock(&store->mutex);
    return NULL;
}

static void wait_for_work(struct store *store) {
    if (store->background_error.text[0] == '\0') {
        if (!store->frozen.waiting) pthread_cond_wait(&store->wake_background, &store->mutex);
        return;
    }
    struct timespec until; /* after a failure: try again, but not at once */
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += RETRY_AFTER_FAILURE_S;
    (void)pthread_cond_timedwait(&store->wake_background, &store->mutex, &until);
}

static void *background_main(void *argument) {
    struct store *store = argument;
    pthread_mutex_lock(&store->mutex);
    while (!store->stopping) {
        wait_for_work(store);
        if (store->stopping) break;
        pthread_mutex_unlock(&store->mutex);
        struct error err = {""};
        const enum status status = work_in_background(store, &err);
        if (status != STATUS_OK) log_write(LOG_WARN, "store", "%s", err.text);
        pthread_mutex_lock(&store->mutex);
        store->background_error = status == STATUS_OK ? (struct error){""} : err;
        pthread_cond_broadcast(&store->wake_writer);
        pthread_cond_broadcast(&store->done);
    }
    pthread_mutex_unlock(&store->mutex);
    return NULL;
}

/* ---- writing ---- */

static enum status write_here(struct store *store, struct batch *batch, struct error *err) {
    TRY(commit_batches(store, &batch, 1, err));
    /* what background work fails at does not touch what was committed: it is tried again later */
    (void)work_in_background(store, NULL);
    return STATUS_OK;
}

enum status store_write(struct store *store, struct batch *batch, struct error *err) {
    if (store->read_only) return error_set(err, STATUS_FORBIDDEN, "opened for reading only");
    if (batch->row_count == 0) return STATUS_OK;
    if (!store->threads) return write_here(store, batch, err);
    struct write_request request = {.batch = batch};
    pthread_mutex_lock(&store->mutex);
    if (store->stopping || store->queue_count == STORE_QUEUE_MAX) {
        const bool stopping = store->stopping;
        pthread_mutex_unlock(&store->mutex);
        return stopping ? error_set(err, STATUS_CLOSED, "shutting down")
                        : error_set(err, STATUS_BUSY, "too many batches are waiting");
    }
    store->queue[(store->queue_first + store->queue_count++) % STORE_QUEUE_MAX] = &request;
    pthread_cond_signal(&store->wake_writer);
    while (!request.done) pthread_cond_wait(&store->done, &store->mutex);
    pthread_mutex_unlock(&store->mutex);
    if (request.status != STATUS_OK && err != NULL) *err = request.err;
    return request.status;
}

/* Both threads are stopped or were never there. */
static enum status flush_here(struct store *store, struct error *err) {
    TRY(work_in_background(store, err));
    if (store->tail->rows.row_count == 0 && store->runs.count == 0) return STATUS_OK;
    TRY(commit_freeze(store, err));
    return work_in_background(store, err);
}

enum status store_flush(struct store *store, struct error *err) {
    if (!store->threads) return flush_here(store, err);
    stop_threads(store);
    store->stopping = false;
    enum status status = flush_here(store, err);
    const enum status restarted = start_threads(store, err);
    return status != STATUS_OK ? status : restarted;
}

void store_close(struct store *store) {
    if (store == NULL) return;
    struct error err = {""};
    stop_threads(store);
    if (!store->read_only &&
        flush_here(store, &err) != STATUS_OK) /* nothing is lost: the log has it */
        log_write(LOG_WARN, "store", "not written to a segment on closing: %s", err.text);
    store_abandon(store);
}

/* ---- snapshots ---- */

enum status store_snapshot(struct store *store, struct snapshot **out, struct error *err) {
    struct snapshot *snapshot = snapshot_create(store->names);
    *out = NULL;
    if (snapshot == NULL) return error_set(err, STATUS_NO_MEMORY, "snapshot: no memory");
    pthread_mutex_lock(&store->mutex);
    const struct part_list *lists[] = {&store->segments, &store->frozen.runs, &store->runs};
    enum status status = STATUS_OK;
    for (int list = 0; list < 3; list++) {
        for (uint32_t i = 0; i < lists[list]->count && status == STATUS_OK; i++)
            status = snapshot_add(snapshot, lists[list]->parts[i], err);
    }
    const struct frame view = store->view;
    struct tail *tail = store->tail;
    (void)atomic_fetch_add(&tail->references, 1);
    struct part *run = store->tail_run;
    const bool fresh = run != NULL && run->row_count[FRAME_EVENT] == view.row_count;
    run = fresh ? part_retain(run) : NULL;
    snapshot->stats.duplicate_count = store->duplicate_count;
    snapshot->stats.conflict_count = store->conflict_count;
    snapshot->stats.id_index_bytes = store->id_index_bytes;
    snapshot->stats.wal_bytes = store->wal_bytes;
    pthread_mutex_unlock(&store->mutex);

    if (status == STATUS_OK && run == NULL && view.row_count > 0) {
        status = merge_sort_run(&view, view.row_count, store->names, UINT64_MAX, &run, err);
        if (status == STATUS_OK) {
            pthread_mutex_lock(&store->mutex);
            if (store->tail == tail) { /* the next snapshot may be spared the sorting */
                part_release(store->tail_run);
                store->tail_run = part_retain(run);
            }
            pthread_mutex_unlock(&store->mutex);
        }
    }
    if (status == STATUS_OK && run != NULL) status = snapshot_add(snapshot, run, err);
    part_release(run);
    tail_release(tail);
    if (status != STATUS_OK) {
        snapshot_release(snapshot);
        return status;
    }
    *out = snapshot;
    return STATUS_OK;
}
