/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/merge.h"
#include "store/snapshot_internal.h"
#include "store/store_internal.h"
#include "store/wal_record.h"
#include "store/wal_replay.h"

enum { RETRY_AFTER_FAILURE_S = 1 };

/* ---- part lists ---- */

enum status part_list_reserve(struct part_list *list, struct error *err) {
    void *parts = list->parts;
    if (!memory_reserve(&parts, &list->capacity, list->count + 1u, sizeof *list->parts,
                        MANIFEST_FILES_MAX))
        return error_set(err, STATUS_NO_MEMORY, "store: too many parts");
    list->parts = parts;
    return STATUS_OK;
}

enum status part_list_add(struct part_list *list, struct part *part, struct error *err) {
    TRY(part_list_reserve(list, err));
    list->parts[list->count++] = part;
    return STATUS_OK;
}

void part_list_free(struct part_list *list) {
    for (uint32_t i = 0; i < list->count; i++) part_release(list->parts[i]);
    memory_free(list->parts);
    *list = (struct part_list){0};
}

uint64_t part_list_rows(const struct part_list *list) {
    uint64_t rows = 0;
    for (uint32_t i = 0; i < list->count; i++) rows += list->parts[i]->row_count[FRAME_EVENT];
    return rows;
}

/* ---- opening ---- */

struct folder_files {
    uint64_t *wals; /* numbers of the log files that are there */
    uint32_t wal_count;
    size_t wal_capacity;
    uint64_t highest;
    char (*strays)[48]; /* files of ours that no manifest knows */
    size_t stray_count, stray_capacity;
    const struct manifest *manifest;
    bool failed;
};

static bool contains(const uint64_t *list, uint32_t count, uint64_t number) {
    for (uint32_t i = 0; i < count; i++) {
        if (list[i] == number) return true;
    }
    return false;
}

static bool is_stray(const struct manifest *manifest, const char *kind, uint64_t number) {
    if (strcmp(kind, "segment") == 0)
        return !contains(manifest->segments, manifest->segment_count, number);
    if (strcmp(kind, "ids") == 0)
        return !contains(manifest->id_runs, manifest->id_run_count, number);
    if (strcmp(kind, "names") == 0) return number != manifest->names_number;
    return strcmp(kind, "wal") == 0 && number < manifest->wal_number;
}

static void sort_file(void *context, const char *name) {
    struct folder_files *files = context;
    char kind[16];
    uint64_t number;
    if (!manifest_parse_name(name, kind, &number) || strlen(name) >= sizeof files->strays[0])
        return;
    if (number > files->highest) files->highest = number;
    if (is_stray(files->manifest, kind, number)) {
        void *strays = files->strays;
        if (!memory_reserve(&strays, &files->stray_capacity, files->stray_count + 1,
                            sizeof files->strays[0], SIZE_MAX / 64))
            return; /* it stays until the next opening */
        files->strays = strays;
        memcpy(files->strays[files->stray_count++], name, strlen(name) + 1);
    } else if (strcmp(kind, "wal") == 0) {
        void *wals = files->wals;
        if (!memory_reserve(&wals, &files->wal_capacity, files->wal_count + 1u, sizeof(uint64_t),
                            UINT32_MAX)) {
            files->failed = true;
            return;
        }
        files->wals = wals;
        files->wals[files->wal_count++] = number;
    }
}

static int compare_numbers(const void *a, const void *b) {
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static enum status replay_record(void *context, const void *payload, size_t payload_bytes,
                                 struct error *err) {
    struct store *store = context;
    struct wal_record record;
    TRY(wal_record_open(&record, payload, payload_bytes, store->names, err));
    enum status status = wal_record_next(&record, err);
    while (status == STATUS_OK && record.row_count > 0) {
        status = commit_replayed(store, &record, err);
        if (status == STATUS_OK) status = wal_record_next(&record, err);
    }
    wal_record_close(&record);
    return status;
}

static enum status replay_logs(struct store *store, const struct folder_files *files,
                               struct error *err) {
    for (uint32_t i = 0; i < files->wal_count; i++) {
        char path[FILE_PATH_BYTES_MAX];
        uint64_t intact_bytes;
        TRY(manifest_path(path, store->folder, "wal", files->wals[i], err));
        TRY(wal_replay_file(store->io, path, files->wals[i], replay_record, store, &intact_bytes,
                            err));
        if (store->wal_first == 0) store->wal_first = files->wals[i];
    }
    store->logged_codes = names_code_count(store->names);
    store->logged_steps = names_total_steps(store->names);
    store->view = store->tail->rows;
    store->id_index_bytes = id_index_bytes(&store->ids);
    return STATUS_OK;
}

static enum status load_files(struct store *store, struct error *err) {
    const struct manifest *manifest = &store->manifest;
    char path[FILE_PATH_BYTES_MAX];
    if (manifest->names_number != 0) {
        TRY(manifest_path(path, store->folder, "names", manifest->names_number, err));
        TRY(names_read_file(store->names, store->io, path, err));
    }
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        struct part *part;
        TRY(flush_open_segment(store, manifest->segments[i], &part, err));
        if (part->order >= store->next_order) store->next_order = part->order + 1;
        enum status status = part_list_add(&store->segments, part, err);
        if (status != STATUS_OK) {
            part_release(part);
            return status;
        }
    }
    for (uint32_t i = 0; i < manifest->id_run_count; i++) {
        struct id_run *run;
        TRY(manifest_path(path, store->folder, "ids", manifest->id_runs[i], err));
        TRY(id_run_open(store->io, path, manifest->id_runs[i], &run, err));
        enum status status = id_index_add_run(&store->ids, run, err);
        if (status != STATUS_OK) {
            id_run_close(run);
            return status;
        }
    }
    return STATUS_OK;
}

static enum status create_manifest(struct store *store, struct error *err) {
    store->manifest = (struct manifest){.next_number = 1, .wal_number = 1};
    return manifest_write(store->io, store->folder, &store->manifest, err);
}

static enum status recover(struct store *store, struct error *err) {
    enum status status = manifest_read(store->io, store->folder, &store->manifest, err);
    if (status == STATUS_NOT_FOUND) status = create_manifest(store, err);
    /* what we read may be in the page cache only: it must last before files of an older state go */
    if (status == STATUS_OK) status = store->io->sync_folder(store->io, store->folder, err);
    if (status != STATUS_OK) return status;
    struct folder_files files = {.manifest = &store->manifest};
    status = store->io->list(store->io, store->folder, sort_file, &files, err);
    if (status == STATUS_OK && files.failed)
        status = error_set(err, STATUS_NO_MEMORY, "store: no memory");
    if (files.wal_count > 0) qsort(files.wals, files.wal_count, sizeof(uint64_t), compare_numbers);
    store->next_number = store->manifest.next_number;
    if (files.highest >= store->next_number) store->next_number = files.highest + 1;
    store->next_order = 1;
    if (status == STATUS_OK) status = load_files(store, err);
    if (status == STATUS_OK) status = replay_logs(store, &files, err);
    for (size_t i = 0; i < files.stray_count && status == STATUS_OK; i++) {
        char path[FILE_PATH_BYTES_MAX];
        if (file_path(path, store->folder, files.strays[i], NULL) == STATUS_OK)
            (void)store->io->remove(store->io, path, NULL);
    }
    memory_free(files.wals);
    memory_free(files.strays);
    return status;
}

static enum status allocate(struct store *store, const struct store_options *options,
                            struct error *err) {
    store->io = options->io != NULL ? options->io : file_io_system();
    store->run_rows = options->run_rows > 0 ? options->run_rows : (uint32_t)STORE_RUN_ROWS;
    store->flush_rows = options->flush_rows > 0 ? options->flush_rows : (uint32_t)STORE_FLUSH_ROWS;
    store->logged_codes = 1;
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

static enum status prepare_folder(struct store *store, bool must_exist, struct error *err) {
    char path[FILE_PATH_BYTES_MAX];
    if (must_exist) {
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
    if (status == STATUS_OK) status = prepare_folder(store, options->must_exist, err);
    if (status == STATUS_OK) status = recover(store, err);
    if (status == STATUS_OK && options->threads) {
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
    if (flush_here(store, &err) != STATUS_OK) /* nothing is lost: the log has it */
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
