/* SPDX-License-Identifier: EUPL-1.2 */
/* flush: the flusher's work. What is frozen in memory becomes a segment, an id run and a
 * names file; then a new manifest makes them the truth; then the log files behind them go. Until
 * the manifest is written nothing has happened, and what fails takes its files with it: it is tried
 * again and again, and the disk may be full. compaction.c does the same with segments and id runs.
 */
#include <string.h>

#include "base/memory.h"
#include "store/merge.h"
#include "store/segment.h"
#include "store/store_internal.h"

enum {
    SPARE_TAILS_MAX = STORE_FLUSH_ROWS / STORE_RUN_ROWS + 2,
    POURING_PART =
        4 /* events pour in: one of so many of the next segment's rows is there already */
};
#define NAMES_BYTES_MAX (UINT32_C(512) << 20)

uint64_t flush_take_number(struct store *store) {
    pthread_mutex_lock(&store->mutex);
    const uint64_t number = store->next_number++;
    pthread_mutex_unlock(&store->mutex);
    return number;
}

void flush_remove_file(struct store *store, const char *kind, uint64_t number) {
    char path[FILE_PATH_BYTES_MAX];
    if (manifest_path(path, store->folder, kind, number, NULL) == STATUS_OK)
        (void)store->io->remove(store->io, path, NULL); /* else the next opening removes it */
}

static void remove_segment_file(struct part *part) {
    if (atomic_load(&part->obsolete))
        flush_remove_file(part->release_context, "segment", part->number);
}

enum status flush_open_segment(struct store *store, uint64_t number, struct part **out,
                               struct error *err) {
    char path[FILE_PATH_BYTES_MAX];
    TRY(manifest_path(path, store->folder, "segment", number, err));
    TRY(segment_open(store->io, path, number, out, err));
    (*out)->on_last_release = remove_segment_file;
    (*out)->release_context = store;
    return STATUS_OK;
}

static enum status add_content(const struct segment_content *content, struct builder *builder,
                               struct error *err) {
    if (content->tails == NULL)
        return merge_parts(content->parts, content->part_count, builder, err);
    struct row_source sources[TAIL_LIST_MAX];
    for (uint32_t i = 0; i < content->tails->count; i++) {
        const struct frame *rows = &content->tails->tails[i]->rows;
        sources[i] = (struct row_source){.columns = (const void *const *)rows->column,
                                         .end = rows->row_count};
    }
    return merge_rows(sources, content->tails->count, builder, err);
}

enum status flush_write_segment(struct store *store, const struct segment_content *content,
                                uint64_t number, struct error *err) {
    char path[FILE_PATH_BYTES_MAX];
    TRY(manifest_path(path, store->folder, "segment", number, err));
    struct segment_writer *writer;
    TRY(segment_writer_open(store->io, path, &writer, err));
    struct builder builder;
    builder_init(&builder, store->names, writer);
    builder.pause = content->pause;
    builder.context = content->context;
    enum status status = add_content(content, &builder, err);
    if (status == STATUS_OK) status = builder_finish(&builder, content->order, err);
    builder_free(&builder);
    segment_writer_close(writer);
    return status;
}

/* All names there are now: at least those of the frozen rows. */
static enum status write_names(struct store *store, uint64_t number, struct error *err) {
    char path[FILE_PATH_BYTES_MAX];
    TRY(manifest_path(path, store->folder, "names", number, err));
    struct text names;
    text_init(&names, NAMES_BYTES_MAX);
    (void)names_write(store->names, 1, 0, SIZE_MAX, &names);
    enum status status = names.failed ? error_set(err, STATUS_NO_MEMORY, "store: names")
                                      : names_write_file(&names, store->io, path, err);
    text_free(&names);
    return status;
}

static enum status open_id_run(struct store *store, uint64_t number, struct id_run **out,
                               struct error *err) {
    char path[FILE_PATH_BYTES_MAX];
    TRY(manifest_path(path, store->folder, "ids", number, err));
    return id_run_open(store->io, path, number, out, err);
}

static enum status write_frozen_ids(struct store *store, uint64_t number, struct error *err) {
    char path[FILE_PATH_BYTES_MAX];
    TRY(manifest_path(path, store->folder, "ids", number, err));
    return id_index_write_frozen(&store->ids, store->io, path, err);
}

static bool list_add(uint64_t *list, uint32_t *count, uint64_t number) {
    if (*count == MANIFEST_FILES_MAX) return false;
    list[(*count)++] = number;
    return true;
}

/* A copy of the manifest to change; next_number as it is now. */
struct manifest *flush_copy_manifest(struct store *store, struct error *err) {
    struct manifest *copy = memory_get(sizeof *copy);
    if (copy == NULL) {
        (void)error_set(err, STATUS_NO_MEMORY, "store: manifest");
        return NULL;
    }
    pthread_mutex_lock(&store->mutex);
    *copy = store->manifest;
    copy->next_number = store->next_number;
    pthread_mutex_unlock(&store->mutex);
    return copy;
}

struct flush_numbers {
    uint64_t segment, ids, names;
};

static enum status write_frozen_files(struct store *store, struct flush_numbers numbers,
                                      struct error *err) {
    const struct tail_list *tails = &store->frozen.tails;
    const struct segment_content content = {.tails = tails,
                                            .order = tails->tails[tails->count - 1]->order};
    TRY(flush_write_segment(store, &content, numbers.segment, err));
    TRY(write_frozen_ids(store, numbers.ids, err));
    TRY(write_names(store, numbers.names, err));
    return store->io->sync_folder(store->io, store->folder, err);
}

/* Room for what install_frozen adds: it must not fail after the manifest is written. */
static enum status make_room(struct store *store, struct error *err) {
    pthread_mutex_lock(&store->ids_mutex);
    enum status status = id_index_reserve(&store->ids, err);
    pthread_mutex_unlock(&store->ids_mutex);
    if (status != STATUS_OK) return status;
    pthread_mutex_lock(&store->mutex);
    status = part_list_reserve(&store->segments, err);
    pthread_mutex_unlock(&store->mutex);
    return status;
}

/* Keeps what the next tails and ids will need; the rest goes. */
static void recycle(struct store *store, struct tail_list *tails, struct id_set *ids) {
    id_set_clear(ids);
    pthread_mutex_lock(&store->ids_mutex);
    ids = id_index_keep(&store->ids, ids);
    pthread_mutex_unlock(&store->ids_mutex);
    id_set_free(ids);
    for (uint32_t i = 0; i < tails->count; i++) {
        if (!tail_reuse(tails->tails[i])) continue;
        pthread_mutex_lock(&store->mutex);
        if (store->spares.count < SPARE_TAILS_MAX && tail_list_reserve(&store->spares)) {
            store->spares.tails[store->spares.count++] = tails->tails[i];
            tails->tails[i] = NULL;
        }
        pthread_mutex_unlock(&store->mutex);
    }
    tail_list_free(tails);
}

/* From here on the segment stands for the frozen rows. `run` and `part` are taken over. */
static void install_frozen(struct store *store, const struct manifest *manifest, struct part *part,
                           struct id_run *run) {
    pthread_mutex_lock(&store->ids_mutex);
    struct id_set *ids = id_index_install(&store->ids, run);
    const uint64_t id_bytes = id_index_bytes(&store->ids);
    pthread_mutex_unlock(&store->ids_mutex);
    pthread_mutex_lock(&store->mutex);
    store->written.flush_bytes += part->file_bytes;
    store->written.id_bytes += id_run_bytes(run);
    CHECK(part_list_add(&store->segments, part, NULL) == STATUS_OK);
    store->manifest = *manifest;
    store->id_index_bytes = id_bytes;
    struct tail_list tails = store->frozen.tails;
    store->frozen.tails = (struct tail_list){0};
    store->frozen.waiting = false;
    store->pouring = tail_list_rows(&store->sealed) * POURING_PART >= store->flush_rows;
    store->flush_count++;
    store->unseen_count++;
    pthread_cond_broadcast(&store->wake_writer);
    pthread_cond_signal(&store->wake_merger);
    pthread_mutex_unlock(&store->mutex);
    recycle(store, &tails, ids);
}

/* Makes the files the truth. *announced: see manifest_write. Under manifest_mutex. */
static enum status publish_frozen(struct store *store, struct flush_numbers numbers,
                                  bool *announced, struct error *err) {
    struct part *part = NULL;
    struct id_run *run = NULL;
    struct manifest *manifest = flush_copy_manifest(store, err);
    enum status status = manifest == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK) status = flush_open_segment(store, numbers.segment, &part, err);
    if (status == STATUS_OK) status = open_id_run(store, numbers.ids, &run, err);
    if (status == STATUS_OK &&
        (!list_add(manifest->segments, &manifest->segment_count, numbers.segment) ||
         !list_add(manifest->id_runs, &manifest->id_run_count, numbers.ids)))
        status = error_set(err, STATUS_TOO_LARGE, "store: more than %d files", MANIFEST_FILES_MAX);
    if (status == STATUS_OK) status = make_room(store, err);
    if (status != STATUS_OK) goto done;
    const uint64_t old_names = manifest->names_number;
    manifest->names_number = numbers.names;
    manifest->wal_number = store->frozen.wal_number;
    const uint64_t first_wal = store->frozen.first_wal, wal_number = store->frozen.wal_number;
    status = manifest_write(store->io, store->folder, manifest, announced, err);
    if (status != STATUS_OK) goto done;
    install_frozen(store, manifest, part, run);
    part = NULL;
    run = NULL;
    if (old_names != 0) flush_remove_file(store, "names", old_names);
    for (uint64_t number = first_wal; number < wal_number; number++)
        flush_remove_file(store, "wal", number);
done:
    part_release(part);
    id_run_close(run);
    memory_free(manifest);
    return status;
}

enum status flush_frozen(struct store *store, struct error *err) {
    const struct flush_numbers numbers = {flush_take_number(store), flush_take_number(store),
                                          flush_take_number(store)};
    bool announced = false;
    enum status status = write_frozen_files(store, numbers, err);
    if (status == STATUS_OK) {
        pthread_mutex_lock(&store->manifest_mutex);
        status = publish_frozen(store, numbers, &announced, err);
        pthread_mutex_unlock(&store->manifest_mutex);
    }
    if (status == STATUS_OK || announced) return status;
    flush_remove_file(store, "segment", numbers.segment);
    flush_remove_file(store, "ids", numbers.ids);
    flush_remove_file(store, "names", numbers.names);
    return status;
}
