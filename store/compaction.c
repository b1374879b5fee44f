/* SPDX-License-Identifier: EUPL-1.2 */
/* compaction: many segments become few. An event is merged once for each time that its segment
 * grows by the fan-in: with 2^19 rows at first and eight, twice on the way to 32 million. While
 * events pour in, more segments are left lying and each merge takes more of them, so that fewer are
 * needed. When nothing else is to be done, all become one, because one answers questions fastest.
 * The order of writing is that of flush.c. */
#include <string.h>

#include "base/memory.h"
#include "store/merge.h"
#include "store/store_internal.h"

enum {
    SEGMENT_ROWS_MAX = 1 << 30,
    IDLE_NEW_PARTS = 16, /* worth a merge of everything: one row of so many is not in the largest */
    UNEVEN_PART = 8      /* segments of like size: by so much of one */
};

/* Neighbours that are to become one. */
struct range {
    uint32_t first, count;
};

/* How many at least, and at most. */
struct fanin {
    uint32_t least, most;
};

/* As many of the newest as there are, if every one grows by nearly the least fan-in (some are a
 * little larger than others); those below a unit count as one. False: not yet. */
static bool pick_newest(const uint64_t *rows, uint32_t count, uint64_t unit, struct fanin fanin,
                        struct range *range) {
    uint64_t total = 0, units = 0, largest = 0;
    range->count = 0;
    for (uint32_t n = 1; n <= count && n <= fanin.most; n++) {
        const uint64_t now = rows[count - n], counted = now > unit ? now : unit;
        if ((total += now) > SEGMENT_ROWS_MAX) break;
        units += counted;
        if (counted > largest) largest = counted;
        if (n >= fanin.least && largest * fanin.least <= units + units / UNEVEN_PART)
            range->count = n;
    }
    range->first = count - range->count;
    return range->count > 0;
}

/* As many of the newest as may become one; false when there is only one. */
static bool pick_all(const uint64_t *rows, uint32_t count, struct range *range) {
    uint64_t total = 0;
    uint32_t first = count;
    while (first > 0 && count - first < STORE_FANIN_ALL &&
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

static bool pick(const struct store *store, enum compaction how, struct fanin fanin,
                 const uint64_t *rows, uint32_t count, struct range *range) {
    if (how == COMPACTION_TIERS) return pick_newest(rows, count, store->flush_rows, fanin, range);
    return pick_all(rows, count, range) && (how == COMPACTION_ALL || is_worth_it(rows, *range));
}

/* What came while a long merge is under way, made few. Under way are the oldest, so that their
 * places in the lists stay. */
static enum status merge_in_between(struct store *store, struct error *err) {
    enum status status = STATUS_OK;
    store->under_way.inner = true;
    for (bool did = true; did && status == STATUS_OK;)
        status = compaction_step(store, COMPACTION_TIERS, &did, err);
    store->under_way.inner = false;
    return status;
}

/* Now and then in a merge. */
static enum status give_way(void *context, uint32_t rows, struct error *err) {
    struct store *store = context;
    pthread_mutex_lock(&store->mutex);
    const bool stopping = store->stopping, many = store->unseen_count >= STORE_FANIN_MAX;
    pthread_mutex_unlock(&store->mutex);
    struct store_progress *progress = &store->progress;
    if (progress->tell != NULL && progress->done < progress->total)
        progress->tell(progress->context, progress->done += rows, progress->total);
    if (stopping) return error_set(err, STATUS_CLOSED, "store: stopping, a merge is given up");
    return many && !store->under_way.inner ? merge_in_between(store, err) : STATUS_OK;
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
    const uint32_t first = store->under_way.segments;
    pthread_mutex_lock(&store->mutex);
    struct part *const *parts = store->segments.parts; /* NULL: there is none */
    const uint32_t count = store->segments.count - first;
    const struct fanin fanin = {store->pouring ? STORE_FANIN_MAX : STORE_FANIN, STORE_FANIN_MAX};
    for (uint32_t i = 0; i < count; i++) rows[i] = parts[first + i]->row_count[FRAME_EVENT];
    bool found = pick(store, how, fanin, rows, count, range);
    range->first += first;
    for (uint32_t i = range->first; found && i < range->first + range->count; i++)
        found = part_list_add(picked, part_retain(parts[i]), err) == STATUS_OK;
    store->unseen_count = 0;
    pthread_cond_signal(&store->wake_flusher);
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

/* The new segment is there: from now on it stands for those it was made of. *announced: see
 * manifest_write. */
static enum status publish_segment(struct store *store, uint64_t number, struct range range,
                                   bool *announced, struct error *err) {
    struct part *merged;
    TRY(flush_open_segment(store, number, &merged, err));
    struct manifest *manifest = flush_copy_manifest(store, err);
    enum status status = manifest == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK) {
        replace_numbers(manifest->segments, &manifest->segment_count, range, number);
        status = manifest_write(store->io, store->folder, manifest, announced, err);
    }
    if (status == STATUS_OK) {
        install_segment(store, manifest, range, merged);
    } else {
        part_release(merged);
    }
    memory_free(manifest);
    return status;
}

static enum status merge_picked(struct store *store, const struct part_list *picked,
                                struct range range, struct error *err) {
    CHECK(picked->count > 0);
    const uint64_t number = flush_take_number(store);
    const struct segment_content content = {.parts = picked->parts,
                                            .part_count = picked->count,
                                            .order = picked->parts[picked->count - 1]->order,
                                            .pause = give_way,
                                            .context = store};
    store->progress.done = 0;
    store->progress.total = part_list_rows(picked);
    bool announced = false;
    enum status status = flush_write_segment(store, &content, number, err);
    if (status == STATUS_OK) status = store->io->sync_folder(store->io, store->folder, err);
    if (status == STATUS_OK) {
        pthread_mutex_lock(&store->manifest_mutex);
        status = publish_segment(store, number, range, &announced, err);
        pthread_mutex_unlock(&store->manifest_mutex);
    }
    if (status != STATUS_OK && !announced) flush_remove_file(store, "segment", number);
    return status;
}

static enum status merge_segments(struct store *store, enum compaction how, bool *did,
                                  struct error *err) {
    struct part_list picked = {0};
    struct range range = {0};
    enum status status = STATUS_OK;
    const uint32_t before = store->under_way.segments;
    *did = pick_segments(store, how, &picked, &range, err);
    store->under_way.segments = range.first + range.count;
    if (*did) status = merge_picked(store, &picked, range, err);
    store->under_way.segments = before;
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

static enum status publish_id_run(struct store *store, const char *path, uint64_t number,
                                  struct range range, bool *announced, struct error *err) {
    struct id_run *merged;
    TRY(id_run_open(store->io, path, number, &merged, err));
    struct manifest *manifest = flush_copy_manifest(store, err);
    enum status status = manifest == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    if (status == STATUS_OK) {
        replace_numbers(manifest->id_runs, &manifest->id_run_count, range, number);
        status = manifest_write(store->io, store->folder, manifest, announced, err);
    }
    if (status == STATUS_OK) {
        install_id_run(store, manifest, range, merged);
    } else {
        id_run_close(merged);
    }
    memory_free(manifest);
    return status;
}

static bool pick_id_runs(struct store *store, enum compaction how, struct id_run **picked,
                         struct range *range) {
    uint64_t rows[ID_RUNS_MAX];
    const uint32_t first = store->under_way.id_runs;
    pthread_mutex_lock(&store->mutex);
    const struct fanin fanin = {store->pouring ? STORE_ID_FANIN_MAX : STORE_ID_FANIN,
                                STORE_ID_FANIN_MAX};
    pthread_mutex_unlock(&store->mutex);
    pthread_mutex_lock(&store->ids_mutex);
    struct id_run *const *runs = store->ids.runs; /* NULL: there is none */
    const uint32_t count = store->ids.run_count - first;
    for (uint32_t i = 0; i < count; i++) rows[i] = id_run_count(runs[first + i]);
    const bool found = pick(store, how, fanin, rows, count, range);
    range->first += first;
    if (found) memcpy(picked, runs + range->first, range->count * sizeof(struct id_run *));
    pthread_mutex_unlock(&store->ids_mutex);
    return found;
}

static enum status merge_picked_runs(struct store *store, struct id_run *const *picked,
                                     struct range range, struct error *err) {
    CHECK(range.count > 0);
    const uint64_t number = flush_take_number(store);
    char path[FILE_PATH_BYTES_MAX];
    TRY(manifest_path(path, store->folder, "ids", number, err));
    const struct id_merge merge = {
        .runs = picked, .run_count = range.count, .pause = give_way, .context = store};
    bool announced = false;
    enum status status = id_index_write_merged(&merge, store->io, path, err);
    if (status == STATUS_OK) status = store->io->sync_folder(store->io, store->folder, err);
    if (status == STATUS_OK) {
        pthread_mutex_lock(&store->manifest_mutex);
        status = publish_id_run(store, path, number, range, &announced, err);
        pthread_mutex_unlock(&store->manifest_mutex);
    }
    if (status != STATUS_OK && !announced) flush_remove_file(store, "ids", number);
    return status;
}

static enum status merge_id_runs(struct store *store, enum compaction how, bool *did,
                                 struct error *err) {
    struct id_run *picked[ID_RUNS_MAX];
    struct range range = {0};
    const uint32_t before = store->under_way.id_runs;
    *did = how != COMPACTION_IDLE && pick_id_runs(store, how, picked, &range);
    if (!*did) return STATUS_OK;
    store->under_way.id_runs = range.first + range.count;
    const enum status status = merge_picked_runs(store, picked, range, err);
    store->under_way.id_runs = before;
    return status;
}

/* Ids first: they are soon done, and the writer looks into each of their files. */
enum status compaction_step(struct store *store, enum compaction how, bool *did,
                            struct error *err) {
    TRY(merge_id_runs(store, how, did, err));
    if (*did) return STATUS_OK;
    return merge_segments(store, how, did, err);
}
