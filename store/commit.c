/* SPDX-License-Identifier: EUPL-1.2 */
/* commit: the writer's work, and only what must be done in order: a group of batches is
 * deduplicated, logged, synced once and then shown. Nothing is shown or acknowledged before its
 * sync; what fails leaves no trace but unused names. Sorting, folding and encoding happen
 * elsewhere and later. */
#include <string.h>

#include "base/memory.h"
#include "store/store_internal.h"
#include "store/wal_record.h"
#include "store/wal_replay.h"

enum { PREFETCH_AHEAD = 12 }; /* ids: as many as a core has cache misses under way */

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "store: no memory");
}

/* ---- memory: the tail, sealing, freezing ---- */

static struct tail *take_spare(struct store *store) {
    pthread_mutex_lock(&store->mutex);
    struct tail *tail = store->spares.count > 0 ? store->spares.tails[--store->spares.count] : NULL;
    pthread_mutex_unlock(&store->mutex);
    if (tail != NULL) return tail;
    const uint32_t rows = store->run_rows > BATCH_ROWS_MAX ? store->run_rows : BATCH_ROWS_MAX;
    return tail_create(rows);
}

enum status commit_start(struct store *store, struct error *err) {
    store->tail = take_spare(store);
    if (store->tail == NULL) return no_memory(err);
    store->view = store->tail->rows;
    return STATUS_OK;
}

/* An empty tail takes the place of the full one, which stays readable as it is. */
static enum status seal(struct store *store, struct error *err) {
    if (store->tail->rows.row_count == 0) return STATUS_OK;
    struct tail *fresh = take_spare(store);
    if (fresh == NULL) return no_memory(err);
    fresh->order = store->next_order;
    pthread_mutex_lock(&store->mutex);
    const bool room = tail_list_reserve(&store->sealed);
    if (room) {
        store->sealed.tails[store->sealed.count++] = store->tail;
        store->tail = fresh;
        store->view = fresh->rows;
        store->next_order++;
    }
    pthread_mutex_unlock(&store->mutex);
    if (room) return STATUS_OK;
    tail_release(fresh);
    return no_memory(err);
}

static enum status make_room(struct store *store, uint32_t rows, struct error *err) {
    const struct frame *tail = &store->tail->rows;
    if (tail->row_count < store->run_rows && rows <= tail->row_capacity - tail->row_count)
        return STATUS_OK;
    return seal(store, err);
}

/* The log file takes nothing more. One of which nothing is durable goes at once, else a disk that
 * stays full gets a new one with every group; but for the first one after a freeze, which the next
 * manifest will name. */
static void end_wal(struct store *store) {
    if (store->wal == NULL) return;
    const bool idle = !wal_has_durable(store->wal) && store->wal_number != store->wal_first;
    wal_close(store->wal);
    store->wal = NULL;
    if (idle) flush_remove_file(store, "wal", store->wal_number);
}

static enum status start_wal(struct store *store, struct error *err) {
    char path[FILE_PATH_BYTES_MAX];
    pthread_mutex_lock(&store->mutex);
    const uint64_t number = store->next_number++;
    pthread_mutex_unlock(&store->mutex);
    TRY(manifest_path(path, store->folder, "wal", number, err));
    end_wal(store);
    TRY(wal_create(store->io, path, number, &store->wal, err));
    store->wal_number = number;
    const enum status status = store->io->sync_folder(store->io, store->folder, err);
    if (status != STATUS_OK) {
        end_wal(store);
    } else if (store->wal_first == 0) {
        store->wal_first = number;
    }
    return status;
}

enum status commit_freeze(struct store *store, struct error *err) {
    CHECK(!store->frozen.waiting);
    TRY(seal(store, err));
    TRY(start_wal(store, err));
    pthread_mutex_lock(&store->ids_mutex);
    enum status status = id_index_freeze(&store->ids, err);
    pthread_mutex_unlock(&store->ids_mutex);
    if (status != STATUS_OK) return status;
    pthread_mutex_lock(&store->mutex);
    const struct tail_list empty = store->frozen.tails;
    CHECK(empty.count == 0);
    store->frozen.tails = store->sealed;
    store->sealed = empty;
    store->frozen.first_wal = store->wal_first;
    store->frozen.wal_number = store->wal_number;
    store->frozen.waiting = true;
    pthread_cond_signal(&store->wake_flusher);
    pthread_mutex_unlock(&store->mutex);
    store->wal_first = store->wal_number;
    return STATUS_OK;
}

/* ---- a batch in: its new rows are staged behind the tail ---- */

struct staged {
    uint32_t rows;
    uint64_t duplicates, conflicts, log_bytes;
};

static enum status judge_row(struct store *store, struct write_request *request, uint32_t row,
                             struct error *err) {
    struct batch *batch = request->batch;
    const struct id_entry id = id_entry_of(batch->id[row], batch->content[row]);
    enum outcome outcome;
    TRY(id_index_find(&store->ids, &id, &outcome, err));
    if (outcome == OUTCOME_PENDING) {
        enum reject_code refusal = REJECT_NONE;
        if (!request->translation.complete)
            TRY(translation_row(&request->translation, store->names, batch, row, &refusal, err));
        batch->refusal[row] = (uint8_t)refusal;
        outcome = refusal == REJECT_NONE ? OUTCOME_ACCEPTED : OUTCOME_REJECTED;
    }
    if (outcome == OUTCOME_ACCEPTED) TRY(id_index_add(&store->ids, &id, err));
    batch->outcome[row] = (uint8_t)outcome;
    return STATUS_OK;
}

/* Adds to *staged as it goes, so that a failure half-way can be taken back. */
static enum status stage_batch(struct store *store, struct write_request *request,
                               struct staged *staged, struct error *err) {
    struct batch *batch = request->batch;
    const uint32_t first = staged->rows;
    for (uint32_t row = 0; row < batch->row_count && row < PREFETCH_AHEAD; row++)
        id_index_prefetch(&store->ids, batch->id[row].high);
    for (uint32_t row = 0; row < batch->row_count; row++) {
        if (row + PREFETCH_AHEAD < batch->row_count)
            id_index_prefetch(&store->ids, batch->id[row + PREFETCH_AHEAD].high);
        TRY(judge_row(store, request, row, err));
        staged->duplicates += batch->outcome[row] == OUTCOME_DUPLICATE;
        staged->conflicts += batch->outcome[row] == OUTCOME_CONFLICT;
        if (batch->outcome[row] == OUTCOME_ACCEPTED) store->accepted[staged->rows++ - first] = row;
    }
    for (uint32_t c = 0; c < COLUMN_COUNT && staged->rows > first; c++)
        TRY(tail_put(store->tail, c, store->tail->rows.row_count + first, batch->column[c],
                     store->accepted, staged->rows - first, request->translation.codes, err));
    return STATUS_OK;
}

/* One record for all that is staged; names that are many have records of their own before it. */
static enum status append_staged(struct store *store, struct staged *staged, struct error *err) {
    const struct frame *rows = &store->tail->rows;
    const struct id_entry *ids = id_index_newest(&store->ids, staged->rows);
    uint32_t code = store->logged_codes;
    for (bool all = false; !all;) {
        text_clear(&store->record);
        TRY(wal_record_begin(&store->record, store->names, &code, store->logged_steps, err));
        all = code == names_code_count(store->names);
        if (all)
            TRY(wal_record_rows(&store->record, rows, rows->row_count, staged->rows, ids, err));
        TRY(wal_append(store->wal, store->record.bytes, store->record.size, err));
        staged->log_bytes += store->record.size;
    }
    return STATUS_OK;
}

/* One sync for all that is staged. */
static enum status log_staged(struct store *store, struct staged *staged, struct error *err) {
    if (store->wal == NULL) TRY(start_wal(store, err));
    enum status status = append_staged(store, staged, err);
    if (status == STATUS_OK) status = wal_sync(store->wal, err);
    if (status != STATUS_OK) { /* nobody knows where the file ends */
        end_wal(store);
        return status;
    }
    store->logged_codes = names_code_count(store->names);
    store->logged_steps = names_total_steps(store->names);
    return STATUS_OK;
}

static void publish(struct store *store, const struct staged *staged) {
    store->tail->rows.row_count += staged->rows;
    pthread_mutex_lock(&store->mutex);
    store->view = store->tail->rows;
    store->wal_bytes = store->wal == NULL ? 0 : wal_bytes(store->wal);
    store->written.log_bytes += staged->log_bytes;
    store->commit_count++;
    store->duplicate_count += staged->duplicates;
    store->conflict_count += staged->conflicts;
    pthread_mutex_unlock(&store->mutex);
}

enum status commit_group(struct store *store, struct write_request **requests, uint32_t count,
                         struct error *err) {
    uint32_t rows = 0;
    for (uint32_t i = 0; i < count; i++) rows += requests[i]->batch->row_count;
    TRY(make_room(store, rows, err));
    struct staged staged = {0};
    enum status status = STATUS_OK;
    pthread_mutex_lock(&store->ids_mutex);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++)
        status = stage_batch(store, requests[i], &staged, err);
    if (status == STATUS_OK && staged.rows > 0) status = log_staged(store, &staged, err);
    if (status != STATUS_OK) id_index_take_back(&store->ids, staged.rows);
    pthread_mutex_unlock(&store->ids_mutex);
    if (status == STATUS_OK) publish(store, &staged);
    return status;
}

/* ---- replay ---- */

enum status commit_replayed(struct store *store, const struct wal_record *record,
                            struct error *err) {
    TRY(make_room(store, record->row_count, err));
    uint32_t count = 0;
    for (uint32_t row = 0; row < record->row_count; row++) {
        enum outcome outcome;
        if (row + PREFETCH_AHEAD < record->row_count)
            id_index_prefetch(&store->ids, record->ids[row + PREFETCH_AHEAD].high);
        TRY(id_index_find(&store->ids, &record->ids[row], &outcome, err));
        if (outcome != OUTCOME_PENDING) continue; /* its segment made it to disk before the end */
        TRY(id_index_add(&store->ids, &record->ids[row], err));
        store->accepted[count++] = row;
    }
    struct frame *rows = &store->tail->rows;
    for (uint32_t c = 0; c < COLUMN_COUNT && count > 0; c++)
        TRY(tail_put(store->tail, c, rows->row_count, record->rows.column[c], store->accepted,
                     count, NULL, err));
    rows->row_count += count;
    return STATUS_OK;
}
