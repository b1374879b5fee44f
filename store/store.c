/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/store.h"

#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/snapshot_internal.h"
#include "store/store_internal.h"
#include "store/wal_replay.h"

enum {
    RETRY_AFTER_FAILURE_MS = 1000,
    MERGE_RETRY_MS_MAX = 300000,
    TAILS_MAX = 64,         /* that make a segment, however few rows they have */
    SLOW_DOWN_PERCENT = 50, /* of memory, while the rest is being written */
    SLOW_DOWN_MS_MAX = 80   /* for each group */
};

/* ---- opening ---- */

static enum status allocate(struct store *store, const struct store_options *options,
                            struct error *err) {
    store->io = options->io != NULL ? options->io : file_io_system();
    store->run_rows = options->run_rows > 0 ? options->run_rows : (uint32_t)STORE_RUN_ROWS;
    store->flush_rows = options->flush_rows > 0 ? options->flush_rows : (uint32_t)STORE_FLUSH_ROWS;
    store->idle_ms = options->idle_ms > 0 ? options->idle_ms : (uint32_t)STORE_IDLE_MS;
    store->logged_codes = 1;
    store->read_only = options->read_only;
    pthread_mutex_init(&store->mutex, NULL);
    pthread_mutex_init(&store->ids_mutex, NULL);
    pthread_mutex_init(&store->manifest_mutex, NULL);
    pthread_cond_init(&store->wake_writer, NULL);
    pthread_cond_init(&store->wake_flusher, NULL);
    pthread_cond_init(&store->wake_merger, NULL);
    text_init(&store->record, WAL_PAYLOAD_BYTES_MAX);
    store->folder = memory_copy_text(options->folder, strlen(options->folder));
    store->names = names_create();
    store->accepted = memory_new(BATCH_ROWS_MAX, sizeof *store->accepted);
    TRY(id_index_init(&store->ids, err));
    if (store->folder == NULL || store->names == NULL || store->accepted == NULL)
        return error_set(err, STATUS_NO_MEMORY, "store: no memory");
    return commit_start(store, err);
}

static void *writer_main(void *argument);
static void *flusher_main(void *argument);
static void *merger_main(void *argument);

static enum status start_threads(struct store *store, struct error *err) {
    store->merging = false;
    store->writer_started = pthread_create(&store->writer, NULL, writer_main, store) == 0;
    store->flusher_started = pthread_create(&store->flusher, NULL, flusher_main, store) == 0;
    store->merger_started = pthread_create(&store->merger, NULL, merger_main, store) == 0;
    return store->writer_started && store->flusher_started && store->merger_started
               ? STATUS_OK
               : error_set(err, STATUS_NO_MEMORY, "store: cannot start a thread");
}

static enum status prepare_folder(struct store *store, bool must_exist, struct error *err) {
    char path[FILE_PATH_BYTES_MAX];
    if (must_exist) {
        TRY(file_path(path, store->folder, "MANIFEST", err));
        struct file *file;
        const enum status status = store->io->open(store->io, path, FILE_READ, &file, err);
        if (status == STATUS_NOT_FOUND && recovery_expect_no_files(store, err) == STATUS_CORRUPT)
            return STATUS_CORRUPT;
        if (status == STATUS_NOT_FOUND)
            return error_set(err, status, "there is no pegel data in %s", store->folder);
        if (status != STATUS_OK) return status;
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
    tail_list_free(&store->sealed);
    tail_list_free(&store->spares);
    tail_list_free(&store->frozen.tails);
    part_list_free(&store->segments);
    id_index_free(&store->ids);
    names_free(store->names);
    text_free(&store->record);
    memory_free(store->accepted);
    memory_free(store->folder);
    pthread_mutex_destroy(&store->mutex);
    pthread_mutex_destroy(&store->ids_mutex);
    pthread_mutex_destroy(&store->manifest_mutex);
    pthread_cond_destroy(&store->wake_writer);
    pthread_cond_destroy(&store->wake_flusher);
    pthread_cond_destroy(&store->wake_merger);
    memory_free(store);
}

static void stop_threads(struct store *store) {
    pthread_mutex_lock(&store->mutex);
    store->stopping = true;
    pthread_cond_broadcast(&store->wake_writer);
    pthread_cond_broadcast(&store->wake_flusher);
    pthread_cond_broadcast(&store->wake_merger);
    pthread_mutex_unlock(&store->mutex);
    if (store->writer_started) pthread_join(store->writer, NULL);
    if (store->flusher_started) pthread_join(store->flusher, NULL);
    if (store->merger_started) pthread_join(store->merger, NULL);
    store->writer_started = store->flusher_started = store->merger_started = false;
}

enum status store_open(const struct store_options *options, struct store **out, struct error *err) {
    *out = NULL;
    struct store *store = memory_new(1, sizeof *store);
    if (store == NULL) return error_set(err, STATUS_NO_MEMORY, "store: no memory");
    enum status status = allocate(store, options, err);
    if (status == STATUS_OK)
        status = prepare_folder(store, options->must_exist || options->read_only, err);
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

static bool is_flushing(struct store *store) {
    pthread_mutex_lock(&store->mutex);
    const bool flushing = store->frozen.waiting;
    pthread_mutex_unlock(&store->mutex);
    return flushing;
}

static enum status compact(struct store *store, enum compaction how, struct error *err) {
    for (bool did = true; did;) TRY(compaction_step(store, how, &did, err));
    return STATUS_OK;
}

/* Without threads: writes one frozen memory if there is one, then merges until there is nothing to
 * merge. */
static enum status work_here(struct store *store, struct error *err) {
    if (is_flushing(store)) TRY(flush_frozen(store, err));
    return compact(store, COMPACTION_TIERS, err);
}

/* How full the memory is that is not being written yet, of what makes a segment; in percent. */
static uint32_t percent_full(struct store *store) {
    pthread_mutex_lock(&store->mutex);
    const uint64_t rows = tail_list_rows(&store->sealed), bytes = tail_list_bytes(&store->sealed);
    const uint64_t tails = store->sealed.count;
    pthread_mutex_unlock(&store->mutex);
    const uint64_t by_rows = rows * 100 / store->flush_rows;
    const uint64_t by_bytes = bytes * 100 / STORE_FLUSH_BYTES, by_tails = tails * 100 / TAILS_MAX;
    const uint64_t most = by_rows > by_bytes ? by_rows : by_bytes;
    return (uint32_t)(most > by_tails ? most : by_tails);
}

/* The disk is slower than the senders: each group waits a little, the longer (as a square) the
 * fuller memory is, so that nobody waits long at once. */
static void slow_down(uint32_t percent) {
    if (percent <= SLOW_DOWN_PERCENT) return;
    const long most = 100 - SLOW_DOWN_PERCENT;
    const long over = percent < 100 ? (long)percent - SLOW_DOWN_PERCENT : most;
    const long ns = SLOW_DOWN_MS_MAX * 1000000L * over / most * over / most;
    (void)nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static enum status wait_for_flush(struct store *store, struct error *err) {
    pthread_mutex_lock(&store->mutex);
    while (store->frozen.waiting && store->flush_error.text[0] == '\0' && !store->stopping)
        pthread_cond_wait(&store->wake_writer, &store->mutex);
    const bool failed = store->frozen.waiting;
    const struct error reason = store->flush_error;
    pthread_mutex_unlock(&store->mutex);
    return failed ? error_set(err, STATUS_IO, "memory is full and cannot be written: %.180s",
                              reason.text)
                  : STATUS_OK;
}

/* Keeps memory bounded before a group is taken in: freezes what is enough for a segment; when the
 * one before is still being written and as much again has come in, waits for it. */
static enum status make_space(struct store *store, struct error *err) {
    const uint32_t percent = percent_full(store);
    if (!is_flushing(store)) return percent < 100 ? STATUS_OK : commit_freeze(store, err);
    if (store->threads) slow_down(percent);
    if (percent < 100) return STATUS_OK;
    TRY(store->threads ? wait_for_flush(store, err) : work_here(store, err));
    return commit_freeze(store, err);
}

/* ---- the three threads ---- */

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

static enum status commit_requests(struct store *store, struct write_request **requests,
                                   uint32_t count, struct error *err) {
    TRY(make_space(store, err));
    return commit_group(store, requests, count, err);
}

/* Tells those that nobody waits for; the others are left in the group. */
static void answer_later(struct write_request **group, uint32_t *count, enum status status,
                         const struct error *err) {
    uint32_t left = 0;
    for (uint32_t i = 0; i < *count; i++) {
        struct write_request *request = group[i];
        if (request->written == NULL) {
            group[left++] = request;
            continue;
        }
        request->written(request->context, status, err);
        translation_free(&request->translation);
        memory_free(request);
    }
    *count = left;
}

static void *writer_main(void *argument) {
    (void)pthread_setname_np(pthread_self(), "writer");
    struct store *store = argument;
    struct write_request *group[STORE_QUEUE_MAX];
    pthread_mutex_lock(&store->mutex);
    for (;;) {
        while (store->queue_count == 0 && !store->stopping)
            pthread_cond_wait(&store->wake_writer, &store->mutex);
        if (store->queue_count == 0) break;
        uint32_t count = take_group(store, group);
        pthread_mutex_unlock(&store->mutex);
        struct error err = {""};
        const enum status status = commit_requests(store, group, count, &err);
        answer_later(group, &count, status, &err);
        pthread_mutex_lock(&store->mutex);
        for (uint32_t i = 0; i < count; i++) {
            group[i]->status = status;
            group[i]->err = err;
            group[i]->done = true;
            pthread_cond_signal(&group[i]->ready);
        }
    }
    pthread_mutex_unlock(&store->mutex);
    return NULL;
}

static struct timespec moment_in(uint32_t ms) {
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    const uint64_t ns = (uint64_t)moment.tv_nsec + ms % 1000 * UINT64_C(1000000);
    moment.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
    moment.tv_nsec = (long)(ns % 1000000000);
    return moment;
}

/* Lets the time pass, unless the store stops. `signal`: the thread's own. Under mutex. */
static void wait_out(struct store *store, pthread_cond_t *signal, uint32_t ms) {
    const struct timespec until = moment_in(ms);
    int passed = 0;
    while (passed == 0 && !store->stopping)
        passed = pthread_cond_timedwait(signal, &store->mutex, &until);
}

/* Segments have piled up behind a merger that will take them. Under mutex. */
static bool is_crowded(const struct store *store) {
    return store->merging && store->unseen_count >= STORE_UNSEEN_MAX;
}

static void *flusher_main(void *argument) {
    struct store *store = argument;
    (void)pthread_setname_np(pthread_self(), "flusher");
    pthread_mutex_lock(&store->mutex);
    while (!store->stopping) {
        if (!store->frozen.waiting || is_crowded(store)) {
            pthread_cond_wait(&store->wake_flusher, &store->mutex);
            continue;
        }
        pthread_mutex_unlock(&store->mutex);
        struct error err = {""};
        const enum status status = flush_frozen(store, &err);
        if (status != STATUS_OK) log_write(LOG_WARN, "store", "%s", err.text);
        pthread_mutex_lock(&store->mutex);
        store->flush_error = status == STATUS_OK ? (struct error){""} : err;
        pthread_cond_broadcast(&store->wake_writer);
        if (status != STATUS_OK) wait_out(store, &store->wake_flusher, RETRY_AFTER_FAILURE_MS);
    }
    pthread_mutex_unlock(&store->mutex);
    return NULL;
}

/* Nobody has written for a while: memory that was kept for the next rows goes, segments become one.
 */
static enum status tidy_up(struct store *store, struct error *err) {
    pthread_mutex_lock(&store->mutex);
    struct tail_list spares = store->spares;
    store->spares = (struct tail_list){0};
    pthread_mutex_unlock(&store->mutex);
    tail_list_free(&spares);
    return compact(store, COMPACTION_IDLE, err);
}

/* Until there is a new segment, or for so long; true when that time has passed. Under mutex. */
static bool wait_for_segments(struct store *store, uint64_t flushes, uint32_t ms) {
    const struct timespec until = moment_in(ms);
    int passed = 0;
    while (passed == 0 && !store->stopping && store->flush_count == flushes)
        passed = pthread_cond_timedwait(&store->wake_merger, &store->mutex, &until);
    return passed != 0;
}

/* A merge that fails reads or writes much before it does: on a full disk it takes the room that the
 * log needs. So it is tried again ever later. Answers how long it waited. Under mutex. */
static uint32_t wait_after_failure(struct store *store, uint32_t waited_ms) {
    uint32_t ms = waited_ms == 0 ? (uint32_t)RETRY_AFTER_FAILURE_MS : waited_ms * 2;
    if (ms > MERGE_RETRY_MS_MAX) ms = MERGE_RETRY_MS_MAX;
    wait_out(store, &store->wake_merger, ms);
    return ms;
}

static void *merger_main(void *argument) {
    struct store *store = argument;
    (void)pthread_setname_np(pthread_self(), "merger");
    bool idle = false;
    uint32_t waited_ms = 0; /* after the last failure */
    pthread_mutex_lock(&store->mutex);
    while (!store->stopping) {
        const uint64_t flushes = store->flush_count, commits = store->commit_count;
        store->merging = true;
        pthread_mutex_unlock(&store->mutex);
        struct error err = {""};
        enum status status = compact(store, COMPACTION_TIERS, &err);
        if (status == STATUS_OK && idle) status = tidy_up(store, &err);
        const bool failed = status != STATUS_OK;
        if (failed && status != STATUS_CLOSED) log_write(LOG_WARN, "store", "%s", err.text);
        pthread_mutex_lock(&store->mutex);
        store->merging = false; /* nobody waits for a merger that does nothing */
        pthread_cond_signal(&store->wake_flusher);
        waited_ms = failed ? wait_after_failure(store, waited_ms) : 0;
        const bool passed = !failed && wait_for_segments(store, flushes, store->idle_ms);
        if (passed) store->pouring = false;
        idle = passed && store->commit_count == commits;
    }
    pthread_mutex_unlock(&store->mutex);
    return NULL;
}

/* ---- writing ---- */

static enum status write_here(struct store *store, struct write_request *request,
                              struct error *err) {
    TRY(commit_requests(store, &request, 1, err));
    /* what a flush or a merge fails at does not touch what was committed: it is tried again later
     */
    (void)work_here(store, NULL);
    return STATUS_OK;
}

static enum status enqueue(struct store *store, struct write_request *request, struct error *err) {
    if (store->stopping) return error_set(err, STATUS_CLOSED, "shutting down");
    if (store->queue_count == STORE_QUEUE_MAX)
        return error_set(err, STATUS_BUSY, "too many batches are waiting");
    store->queue[(store->queue_first + store->queue_count++) % STORE_QUEUE_MAX] = request;
    pthread_cond_signal(&store->wake_writer);
    return STATUS_OK;
}

/* Hands the request to the writer and waits for its answer. */
static enum status write_there(struct store *store, struct write_request *request,
                               struct error *err) {
    pthread_cond_init(&request->ready, NULL);
    pthread_mutex_lock(&store->mutex);
    enum status status = enqueue(store, request, err);
    while (status == STATUS_OK && !request->done) pthread_cond_wait(&request->ready, &store->mutex);
    pthread_mutex_unlock(&store->mutex);
    pthread_cond_destroy(&request->ready);
    if (status != STATUS_OK) return status;
    if (request->status != STATUS_OK && err != NULL) *err = request->err;
    return request->status;
}

enum status store_write(struct store *store, struct batch *batch, struct error *err) {
    if (store->read_only) return error_set(err, STATUS_FORBIDDEN, "opened for reading only");
    if (batch->row_count == 0) return STATUS_OK;
    struct write_request request = {.batch = batch};
    TRY(translation_make(&request.translation, store->names, batch, err));
    const enum status status =
        store->threads ? write_there(store, &request, err) : write_here(store, &request, err);
    translation_free(&request.translation);
    return status;
}

enum status store_write_later(struct store *store, struct batch *batch, store_written_fn written,
                              void *context, struct error *err) {
    if (store->read_only) return error_set(err, STATUS_FORBIDDEN, "opened for reading only");
    if (!store->threads || batch->row_count == 0) {
        struct error reason = {""};
        written(context, store_write(store, batch, &reason), &reason);
        return STATUS_OK;
    }
    struct write_request *request = memory_new(1, sizeof *request);
    if (request == NULL) return error_set(err, STATUS_NO_MEMORY, "store: no memory");
    *request = (struct write_request){.batch = batch, .written = written, .context = context};
    enum status status = translation_make(&request->translation, store->names, batch, err);
    if (status == STATUS_OK) {
        pthread_mutex_lock(&store->mutex);
        status = enqueue(store, request, err);
        pthread_mutex_unlock(&store->mutex);
    }
    if (status == STATUS_OK) return STATUS_OK;
    translation_free(&request->translation);
    memory_free(request);
    return status;
}

/* The three threads are stopped or were never there. */
static enum status flush_here(struct store *store, struct error *err) {
    if (is_flushing(store)) TRY(flush_frozen(store, err));
    if (store->tail->rows.row_count == 0 && store->sealed.count == 0) return STATUS_OK;
    TRY(commit_freeze(store, err));
    return flush_frozen(store, err);
}

static enum status flush_and_compact(struct store *store, enum compaction how, struct error *err) {
    TRY(flush_here(store, err));
    return compact(store, how, err);
}

enum status store_flush(struct store *store, struct error *err) {
    if (!store->threads) return flush_and_compact(store, COMPACTION_TIERS, err);
    stop_threads(store);
    store->stopping = false;
    enum status status = flush_and_compact(store, COMPACTION_TIERS, err);
    const enum status restarted = start_threads(store, err);
    return status != STATUS_OK ? status : restarted;
}

enum status store_compact(struct store *store, store_tell_fn tell, void *context,
                          struct error *err) {
    CHECK(!store->threads);
    store->progress = (struct store_progress){.tell = tell, .context = context};
    return flush_and_compact(store, COMPACTION_ALL, err);
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

/* The tails at one moment, oldest first, with a reference each; the last one as far as it is
 * committed. */
struct view {
    struct tail_list tails;
    struct frame newest;
};

/* Under mutex. */
static bool take_tails(struct store *store, struct view *view) {
    const struct tail_list *lists[] = {&store->frozen.tails, &store->sealed};
    for (int list = 0; list < 2; list++) {
        for (uint32_t i = 0; i < lists[list]->count; i++) {
            if (!tail_list_reserve(&view->tails)) return false;
            view->tails.tails[view->tails.count++] = tail_retain(lists[list]->tails[i]);
        }
    }
    if (!tail_list_reserve(&view->tails)) return false;
    view->tails.tails[view->tails.count++] = tail_retain(store->tail);
    view->newest = store->view;
    return true;
}

/* What lies there as it arrived is sorted by whoever reads it first. */
static enum status sort_tails(const struct view *view, const struct names *names,
                              struct part_list *runs, struct error *err) {
    for (uint32_t i = 0; i < view->tails.count; i++) {
        struct tail *tail = view->tails.tails[i];
        const bool sealed = i + 1 < view->tails.count;
        TRY(tail_sort(tail, sealed ? &tail->rows : &view->newest, sealed, names, runs, err));
    }
    return STATUS_OK;
}

static enum status add_tails(struct snapshot *snapshot, const struct view *view,
                             const struct names *names, struct error *err) {
    struct part_list runs = {0};
    enum status status = sort_tails(view, names, &runs, err);
    for (uint32_t i = 0; i < runs.count && status == STATUS_OK; i++)
        status = snapshot_add(snapshot, runs.parts[i], err);
    part_list_free(&runs);
    return status;
}

enum status store_sort_tails(struct store *store, struct part_list *runs, struct error *err) {
    struct view view = {0};
    pthread_mutex_lock(&store->mutex);
    const bool taken = take_tails(store, &view);
    pthread_mutex_unlock(&store->mutex);
    const enum status status = taken ? sort_tails(&view, store->names, runs, err)
                                     : error_set(err, STATUS_NO_MEMORY, "store: no memory");
    tail_list_free(&view.tails);
    return status;
}

enum status store_snapshot(struct store *store, struct snapshot **out, struct error *err) {
    struct snapshot *snapshot = snapshot_create(store->names);
    *out = NULL;
    if (snapshot == NULL) return error_set(err, STATUS_NO_MEMORY, "snapshot: no memory");
    struct view view = {0};
    enum status status = STATUS_OK;
    pthread_mutex_lock(&store->mutex);
    for (uint32_t i = 0; i < store->segments.count && status == STATUS_OK; i++)
        status = snapshot_add(snapshot, store->segments.parts[i], err);
    if (status == STATUS_OK && !take_tails(store, &view))
        status = error_set(err, STATUS_NO_MEMORY, "snapshot: no memory");
    snapshot->stats.duplicate_count = store->duplicate_count;
    snapshot->stats.conflict_count = store->conflict_count;
    snapshot->stats.id_index_bytes = store->id_index_bytes;
    snapshot->stats.wal_bytes = store->wal_bytes;
    snapshot->stats.written = store->written;
    pthread_mutex_unlock(&store->mutex);
    if (status == STATUS_OK) status = add_tails(snapshot, &view, store->names, err);
    tail_list_free(&view.tails);
    if (status != STATUS_OK) {
        snapshot_release(snapshot);
        return status;
    }
    *out = snapshot;
    return STATUS_OK;
}
