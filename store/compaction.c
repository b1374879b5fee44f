/* SPDX-License-Identifier: EUPL-1.2 */
/* compaction: many segments become few. An event is merged once for each tier that it climbs: with
 * 2^19 rows in the first and eight to a tier, twice on the way to 32 million. When nothing else is
 * to be done, all become one, because one answers questions fastest. The order of writing is that
 * of flush.c. */
#include <string.h>

#include "base/memory.h"
#include "store/merge.h"
#include "store/store_internal.h"

enum {
    SEGMENT_ROWS_MAX = 1 << 30,
    IDLE_NEW_PARTS = 16 /* worth a merge of everything: one row of so many is not in the largest */
};

/* Neighbours that are to become one. */
struct range {
    uint32_t first, count;
};

static unsigned tier_of(uint64_t rows, uint64_t unit, uint32_t fanin) {
    unsigned tier = 0;
    for (; rows > unit * 2; rows /= fanin) tier++;
    return tier;
}

/* Newest `fanin` neighbours of one tier; false when there are none. */
static bool pick_tier(const uint64_t *rows, uint32_t count, uint64_t unit, uint32_t fanin,
                      struct range *range) {
    range->count = fanin;
    for (uint32_t end = count; end >= fanin; end--) {
        range->first = end - fanin;
        const unsigned tier = tier_of(rows[range->first], unit, fanin);
        uint64_t total = 0;
        uint32_t alike = 0;
        for (uint32_t i = range->first; i < end; i++) {
            alike += tier_of(rows[i], unit, fanin) == tier;
            total += rows[i];
        }
        if (alike == fanin && total <= SEGMENT_ROWS_MAX) return true;
    }
    return false;
}

/* As many of the newest as may become one; false when there is only one. */
static bool pick_all(const uint64_t *rows, uint32_t count, struct range *range) {
    uint64_t total = 0;
    uint32_t first = count;
    while (first > 0 && count - first < MERGE_PARTS_MAX &&
           total + rows[first - 1] <= SEGMENT_ROWS_MAX)
        total += rows[--first];
    *range = (struct range){first, count - first};
    return range->count > 1;
}

/* Is enough of it new? Else a trickle of events would have all rows written again and again. */
static bool is_worth_it(const uint64_t *rows, struct range range) {
    uint64_t total = 0, largest = 0;
    for (uint32_t i = range.first; i < range.first + range.count; i++) {
        total += rows[i];
        if (rows[i] > largest) largest = rows[i];
    }
    return (total - largest) * IDLE_NEW_PARTS >= total;
}

static bool pick(const struct store *store, enum compaction how, uint32_t fanin,
                 const uint64_t *rows, uint32_t count, struct range *range) {
    if (how == COMPACTION_TIERS) return pick_tier(rows, count, store->flush_rows, fanin, range);
    return pick_all(rows, count, range) && (how == COMPACTION_ALL || is_worth_it(rows, *range));
}

/* Now and then in a merge. */
static enum status give_way(void *context, uint32_t rows, struct error *err) {
    struct store *store = context;
    pthread_mutex_lock(&store->mutex);
    const bool stopping = store->stopping, waiting = store->frozen.waiting;
    pthread_mutex_unlock(&store->mutex);
    struct store_progress *progress = &store->progress;
    if (progress->tell != NULL && progress->done < progress->total)
        progress->tell(progress->context, progress->done += rows, progress->total);
    if (stopping) return error_set(err, STATUS_CLOSED, "store: stopping, a merge is given up");
    return waiting ? flush_frozen(store, err) : STATUS_OK;
}

static void replace_numbers(uint64_t *list, uint32_t *count, struct range range, uint64_t merged) {
    list[range.first] = merged;
    for (uint32_t i = range.first + range.count; i < *count; i++)
        list[i - range.count + 1] = list[i];
    *count -= range.count - 1;
}

/* ---- segments ---- */

static bool pick_segments(struct store *store, enum compaction how, struct part_list *picked,
                          struct range *range, struct error *err) {
    uint64_t rows[MANIFEST_FILES_MAX];
    pthread_mutex_lock(&store->mutex);
    const uint32_t count = store->segments.count;
    for (uint32_t i = 0; i < count; i++) rows[i] = store->segments.parts[i]->row_count[FRAME_EVENT];
    bool found = pick(store, how, STORE_FANIN, rows, count, range);
    for (uint32_t i = range->first; found && i < range->first + range->count; i++)
        found = part_list_add(picked, part_retain(store->segments.parts[i]), err) == STATUS_OK;
    pthread_mutex_unlock(&store->mutex);
    return found;
}

static void install_segment(struct store *store, const struct manifest *manifest,
                            struct range range, struct part *merged) {
    pthread_mutex_lock(&store->mutex);
    store->manifest = *manifest;
    store->written.merge_bytes += merged->file_bytes;
    struct part_list *list = &store->segments;
    for (uint32_t i = range.first; i < range.first + range.count; i++) {
        atomic_store(&list->parts[i]->obsolete, true); /* its file goes with its last reader */
        part_release(list->parts[i]);
    }
    list->parts[range.first] = merged;
    for (uint32_t i = range.first + range.count; i < list->count; i++)
        list->parts[i - range.count + 1] = list->parts[i];
    list->count -= range.count - 1;
    pthread_mutex_unlock(&store->mutex);
}

static enum status merge_picked(struct store *store, const struct part_list *picked,
                                struct range range, struct error *err) {
    const uint64_t number = flush_take_number(store);
    const struct segment_content content = {.parts = picked->parts,
                                            .part_count = picked->count,
                                            .order = picked->parts[picked->count - 1]->order,
                                            .pause = give_way,
                                            .context = store};
    struct part *merged = NULL;
    struct manifest *manifest = NULL;
    store->progress.done = 0;
    store->progress.total = part_list_rows(picked);
    TRY(flush_write_segment(store, &content, number, err));
    enum status status = store->io->sync_folder(store->io, store->folder, err);
    if (status == STATUS_OK) status = flush_open_segment(store, number, &merged, err);
    if (status == STATUS_OK && (manifest = flush_copy_manifest(store, err)) == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK) {
        replace_numbers(manifest->segments, &manifest->segment_count, range, number);
        status = manifest_write(store->io, store->folder, manifest, err);
    }
    if (status == STATUS_OK) {
        install_segment(store, manifest, range, merged);
    } else {
        part_release(merged);
    }
    memory_free(manifest);
    return status;
}

static enum status merge_segments(struct store *store, enum compaction how, bool *did,
                                  struct error *err) {
    struct part_list picked = {0};
    struct range range = {0};
    enum status status = STATUS_OK;
    *did = pick_segments(store, how, &picked, &range, err);
    if (*did) status = merge_picked(store, &picked, range, err);
    part_list_free(&picked);
    return status;
}

/* ---- ids ---- */

static void install_id_run(struct store *store, const struct manifest *manifest, struct range range,
                           struct id_run *merged) {
    struct id_run *replaced[ID_RUNS_MAX];
    pthread_mutex_lock(&store->ids_mutex);
    memcpy(replaced, store->ids.runs + range.first, range.count * sizeof *replaced);
    id_index_replace(&store->ids, range.first, range.count, merged);
    const uint64_t id_bytes = id_index_bytes(&store->ids);
    pthread_mutex_unlock(&store->ids_mutex);
    pthread_mutex_lock(&store->mutex);
    store->manifest = *manifest;
    store->id_index_bytes = id_bytes;
    store->written.id_bytes += id_run_bytes(merged);
    pthread_mutex_unlock(&store->mutex);
    for (uint32_t i = 0; i < range.count; i++) {
        const uint64_t number = id_run_number(replaced[i]);
        id_run_close(replaced[i]);
        flush_remove_file(store, "ids", number);
    }
}

static enum status open_merged(struct store *store, const char *path, uint64_t number,
                               struct range range, struct error *err) {
    struct id_run *merged;
    TRY(id_run_open(store->io, path, number, &merged, err));
    struct manifest *manifest = flush_copy_manifest(store, err);
    enum status status = manifest == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK) {
        replace_numbers(manifest->id_runs, &manifest->id_run_count, range, number);
        status = manifest_write(store->io, store->folder, manifest, err);
    }
    if (status == STATUS_OK) {
        install_id_run(store, manifest, range, merged);
    } else {
        id_run_close(merged);
    }
    memory_free(manifest);
    return status;
}

static enum status merge_id_runs(struct store *store, enum compaction how, bool *did,
                                 struct error *err) {
    uint64_t rows[ID_RUNS_MAX];
    struct range range;
    /* only this thread changes the list of runs, so it may read it without the lock */
    const uint32_t count = store->ids.run_count;
    for (uint32_t i = 0; i < count; i++) rows[i] = id_run_count(store->ids.runs[i]);
    *did = how != COMPACTION_IDLE && pick(store, how, STORE_ID_FANIN, rows, count, &range);
    if (!*did) return STATUS_OK;
    struct id_run *runs[ID_RUNS_MAX]; /* the list itself grows when this gives way to a flush */
    memcpy(runs, store->ids.runs + range.first, range.count * sizeof *runs);
    const uint64_t number = flush_take_number(store);
    char path[FILE_PATH_BYTES_MAX];
    TRY(manifest_path(path, store->folder, "ids", number, err));
    const struct id_merge merge = {
        .runs = runs, .run_count = range.count, .pause = give_way, .context = store};
    enum status status = id_index_write_merged(&merge, store->io, path, err);
    if (status == STATUS_OK) status = store->io->sync_folder(store->io, store->folder, err);
    if (status == STATUS_OK) status = open_merged(store, path, number, range, err);
    if (status == STATUS_CLOSED) flush_remove_file(store, "ids", number);
    return status;
}

enum status compaction_step(struct store *store, enum compaction how, bool *did,
                            struct error *err) {
    TRY(merge_segments(store, how, did, err));
    if (*did) return STATUS_OK;
    return merge_id_runs(store, how, did, err);
}
