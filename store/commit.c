/* SPDX-License-Identifier: EUPL-1.2 */
/* commit: the writer's work. A group of batches is deduplicated, logged, synced once and then
 * shown. Nothing is shown or acknowledged before its sync; what fails leaves no trace but unused
 * names. */
#include <string.h>

#include "base/memory.h"
#include "store/merge.h"
#include "store/store_internal.h"
#include "store/wal_record.h"
#include "store/wal_replay.h"

enum { PREFETCH_AHEAD = 8 };

struct tail *tail_create(void) {
    struct tail *tail = memory_new(1, sizeof *tail);
    if (tail == NULL) return NULL;
    atomic_store(&tail->references, 1);
    frame_init(&tail->rows, FRAME_EVENT);
    return tail;
}

void tail_release(struct tail *tail) {
    if (tail == NULL || atomic_fetch_sub(&tail->references, 1) > 1) return;
    frame_free(&tail->rows);
    memory_free(tail);
}

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "store: no memory");
}

static void publish(struct store *store) {
    pthread_mutex_lock(&store->mutex);
    store->view = store->tail->rows;
    store->wal_bytes = store->wal == NULL ? 0 : wal_bytes(store->wal);
    pthread_mutex_unlock(&store->mutex);
}

/* ---- memory: tail, runs, freezing ---- */

/* An empty tail in place of the old one, whose rows appear as `run` in the same moment. */
static enum status replace_tail(struct store *store, struct part *run, struct error *err) {
    struct tail *fresh = tail_create();
    enum status status = fresh == NULL
                             ? no_memory(err)
                             : frame_reserve(&fresh->rows, store->run_rows + BATCH_ROWS_MAX, err);
    if (status != STATUS_OK) {
        tail_release(fresh);
        return status;
    }
    pthread_mutex_lock(&store->mutex);
    if (run != NULL) status = part_list_add(&store->runs, part_retain(run), err);
    if (status == STATUS_OK) {
        struct tail *old = store->tail;
        store->tail = fresh;
        fresh = old;
        store->view = store->tail->rows;
        part_release(store->tail_run);
        store->tail_run = NULL;
    }
    pthread_mutex_unlock(&store->mutex);
    tail_release(fresh);
    return status;
}

enum status commit_start(struct store *store, struct error *err) {
    return replace_tail(store, NULL, err);
}

enum status commit_seal(struct store *store, struct error *err) {
    if (store->tail->rows.row_count == 0) return STATUS_OK;
    struct part *run;
    TRY(merge_sort_run(&store->tail->rows, store->tail->rows.row_count, store->names,
                       store->next_order, &run, err));
    enum status status = replace_tail(store, run, err);
    if (status == STATUS_OK) store->next_order++;
    part_release(run);
    return status;
}

static enum status start_wal(struct store *store, struct error *err) {
    char path[FILE_PATH_BYTES_MAX];
    pthread_mutex_lock(&store->mutex);
    const uint64_t number = store->next_number++;
    pthread_mutex_unlock(&store->mutex);
    TRY(manifest_path(path, store->folder, "wal", number, err));
    wal_close(store->wal);
    store->wal = NULL;
    TRY(wal_create(store->io, path, number, &store->wal, err));
    enum status status = store->io->sync_folder(store->io, store->folder, err);
    if (status != STATUS_OK) {
        wal_close(store->wal);
        store->wal = NULL;
        return status;
    }
    store->wal_number = number;
    if (store->wal_first == 0) store->wal_first = number;
    return STATUS_OK;
}

enum status commit_freeze(struct store *store, struct error *err) {
    CHECK(!store->frozen.waiting);
    TRY(commit_seal(store, err));
    TRY(start_wal(store, err));
    text_clear(&store->frozen.names);
    names_write(store->names, 1, 0, &store->frozen.names);
    if (store->frozen.names.failed) return error_set(err, STATUS_NO_MEMORY, "store: names");
    pthread_mutex_lock(&store->ids_mutex);
    enum status status = id_index_freeze(&store->ids, err);
    pthread_mutex_unlock(&store->ids_mutex);
    if (status != STATUS_OK) return status;
    pthread_mutex_lock(&store->mutex);
    const struct part_list empty = store->frozen.runs;
    CHECK(empty.count == 0);
    store->frozen.runs = store->runs;
    store->runs = empty;
    store->frozen.first_wal = store->wal_first;
    store->frozen.wal_number = store->wal_number;
    store->frozen.waiting = true;
    pthread_cond_signal(&store->wake_background);
    pthread_mutex_unlock(&store->mutex);
    store->wal_first = store->wal_number;
    return STATUS_OK;
}

/* ---- one row in ---- */

static const uint8_t limited_columns[] = {COLUMN_SERVICE, COLUMN_OFFICE,  COLUMN_STEP, COLUMN_FIELD,
                                          COLUMN_CODE,    COLUMN_COUNTRY, COLUMN_LANG};

static bool is_limited(uint32_t column) {
    if (column >= COLUMN_DIMENSION_0 && column < COLUMN_MEASURE_0) return true;
    return memchr(limited_columns, (int)column, sizeof limited_columns) != NULL;
}

/* Store code of a batch code, added when it is new; *known 0: refused, a dimension without bound.
 */
static enum status translate(struct store *store, const struct batch *batch, uint32_t column,
                             uint32_t code, uint32_t *known, struct error *err) {
    *known = store->translation[code];
    if (*known == 0) {
        size_t size;
        const char *text = dictionary_text(batch->strings, code, &size);
        struct dictionary *dictionary = names_dictionary(store->names);
        uint32_t found = dictionary_find(dictionary, text, size);
        if (found == 0 && is_limited(column) && names_column_is_full(store->names, column))
            return STATUS_OK;
        if (found == 0) found = dictionary_code(dictionary, text, size);
        if (found == UINT32_MAX) return no_memory(err);
        *known = store->translation[code] = found;
    }
    if (is_limited(column) && !names_note_value(store->names, (enum column)column, *known)) {
        if (!names_column_is_full(store->names, column)) return no_memory(err);
        *known = 0;
    }
    return STATUS_OK;
}

static enum status start_translation(struct store *store, const struct batch *batch,
                                     struct error *err) {
    const uint32_t codes = dictionary_count(batch->strings);
    void *translation = store->translation;
    if (!memory_reserve(&translation, &store->translation_capacity, codes, sizeof(uint32_t),
                        DICTIONARY_CODES_MAX))
        return no_memory(err);
    store->translation = translation;
    memset(store->translation, 0, codes * sizeof(uint32_t));
    return STATUS_OK;
}

/* Translates the codes of a row, to see that all are allowed; copy_column uses the translation. */
static enum status admit_names(struct store *store, const struct batch *batch, uint32_t row,
                               enum reject_code *refusal, struct error *err) {
    *refusal = REJECT_NONE;
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) {
        if (batch->column[c] == NULL || column_kind((enum column)c) != KIND_CODE) continue;
        const uint32_t code = ((const uint32_t *)batch->column[c])[row];
        uint32_t known = 1;
        if (code != 0) TRY(translate(store, batch, c, code, &known, err));
        if (known == 0) *refusal = REJECT_TOO_MANY_VALUES;
        if (known == 0) return STATUS_OK;
    }
    const uint8_t type = ((const uint8_t *)batch->column[COLUMN_TYPE])[row];
    if (type != TYPE_FORM_STEP && type != TYPE_FORM_ERROR) return STATUS_OK;
    const uint32_t tenant = ((const uint32_t *)batch->column[COLUMN_TENANT])[row];
    const uint32_t service = ((const uint32_t *)batch->column[COLUMN_SERVICE])[row];
    const uint32_t step = ((const uint32_t *)batch->column[COLUMN_STEP])[row];
    const uint32_t *store_code = store->translation;
    if (names_add_step(store->names, store_code[tenant], store_code[service], store_code[step]) >=
        0)
        return STATUS_OK;
    if (names_step_count(store->names, store_code[tenant], store_code[service]) < JOURNEY_STEPS_MAX)
        return no_memory(err);
    *refusal = REJECT_TOO_MANY_STEPS;
    return STATUS_OK;
}

static void copy_column(struct store *store, const struct batch *batch, uint32_t column,
                        uint32_t count, void *values, uint32_t at) {
    const enum column_kind kind = column_kind((enum column)column);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t word = frame_word(kind, batch->column[column], store->accepted[i]);
        frame_put(kind, values, at + i, kind == KIND_CODE ? store->translation[word] : word);
    }
}

/* ---- a batch in: its new rows are staged behind the tail ---- */

static enum status judge_row(struct store *store, struct batch *batch, uint32_t row,
                             struct error *err) {
    enum outcome outcome;
    TRY(id_index_find(&store->ids, batch->id[row], batch->content[row], &outcome, err));
    if (outcome == OUTCOME_PENDING) {
        enum reject_code refusal;
        TRY(admit_names(store, batch, row, &refusal, err));
        batch->refusal[row] = (uint8_t)refusal;
        outcome = refusal == REJECT_NONE ? OUTCOME_ACCEPTED : OUTCOME_REJECTED;
    }
    if (outcome == OUTCOME_ACCEPTED)
        TRY(id_index_add(&store->ids, batch->id[row], batch->content[row], err));
    batch->outcome[row] = (uint8_t)outcome;
    return STATUS_OK;
}

/* Adds to *staged as it goes, so that a failure half-way can be taken back. */
static enum status stage_batch(struct store *store, struct batch *batch, uint32_t *staged,
                               struct error *err) {
    TRY(start_translation(store, batch, err));
    struct frame *rows = &store->tail->rows;
    const uint32_t first = *staged;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        if (row + PREFETCH_AHEAD < batch->row_count)
            id_index_prefetch(&store->ids, batch->id[row + PREFETCH_AHEAD]);
        TRY(judge_row(store, batch, row, err));
        if (batch->outcome[row] != OUTCOME_ACCEPTED) continue;
        store->accepted[*staged - first] = row;
        store->staged_ids[*staged] = batch->id[row];
        store->staged_contents[*staged] = batch->content[row];
        ++*staged;
    }
    for (uint32_t c = 0; c<COLUMN_COUNT && * staged> first; c++) {
        if (batch->column[c] == NULL) continue;
        void *values = frame_column(rows, c);
        if (values == NULL) return no_memory(err);
        copy_column(store, batch, c, *staged - first, values, rows->row_count + first);
    }
    return STATUS_OK;
}

/* One record and one sync for all that is staged. */
static enum status log_staged(struct store *store, uint32_t staged, struct error *err) {
    if (store->wal == NULL) TRY(start_wal(store, err));
    const struct frame *rows = &store->tail->rows;
    text_clear(&store->record);
    wal_record_begin(&store->record, store->names, store->logged_codes, store->logged_steps);
    TRY(wal_record_rows(&store->record, rows, rows->row_count, staged, store->staged_ids,
                        store->staged_contents, err));
    enum status status = wal_append(store->wal, store->record.bytes, store->record.size, err);
    if (status == STATUS_OK) status = wal_sync(store->wal, err);
    if (status != STATUS_OK) { /* its tail is unknown: the next group gets a new file */
        wal_close(store->wal);
        store->wal = NULL;
        return status;
    }
    store->logged_codes = names_code_count(store->names);
    store->logged_steps = names_total_steps(store->names);
    return STATUS_OK;
}

static void take_back(struct store *store, uint32_t staged) {
    for (uint32_t i = 0; i < staged; i++) id_index_remove(&store->ids, store->staged_ids[i]);
    struct frame *rows = &store->tail->rows;
    frame_truncate(rows, rows->row_count, rows->row_count + staged);
}

static void count_outcomes(struct store *store, struct batch **batches, uint32_t count) {
    uint64_t duplicates = 0, conflicts = 0;
    for (uint32_t b = 0; b < count; b++) {
        for (uint32_t row = 0; row < batches[b]->row_count; row++) {
            duplicates += batches[b]->outcome[row] == OUTCOME_DUPLICATE;
            conflicts += batches[b]->outcome[row] == OUTCOME_CONFLICT;
        }
    }
    pthread_mutex_lock(&store->mutex);
    store->duplicate_count += duplicates;
    store->conflict_count += conflicts;
    pthread_mutex_unlock(&store->mutex);
}

enum status commit_group(struct store *store, struct batch **batches, uint32_t count,
                         struct error *err) {
    if (store->tail->rows.row_count >= store->run_rows) TRY(commit_seal(store, err));
    uint32_t staged = 0;
    enum status status = STATUS_OK;
    pthread_mutex_lock(&store->ids_mutex);
    for (uint32_t b = 0; b < count && status == STATUS_OK; b++)
        status = stage_batch(store, batches[b], &staged, err);
    if (status == STATUS_OK && staged > 0) status = log_staged(store, staged, err);
    if (status != STATUS_OK) take_back(store, staged);
    pthread_mutex_unlock(&store->ids_mutex);
    if (status != STATUS_OK) return status;
    store->tail->rows.row_count += staged;
    publish(store);
    count_outcomes(store, batches, count);
    return STATUS_OK;
}

/* ---- replay ---- */

enum status commit_replayed(struct store *store, const struct wal_record *record,
                            struct error *err) {
    if (store->tail->rows.row_count >= store->run_rows) TRY(commit_seal(store, err));
    struct frame *rows = &store->tail->rows;
    uint32_t count = 0;
    for (uint32_t row = 0; row < record->row_count; row++) {
        enum outcome outcome;
        TRY(id_index_find(&store->ids, record->ids[row], record->contents[row], &outcome, err));
        if (outcome != OUTCOME_PENDING) continue; /* its segment made it to disk before the end */
        TRY(id_index_add(&store->ids, record->ids[row], record->contents[row], err));
        store->accepted[count++] = row;
    }
    for (uint32_t c = 0; c < COLUMN_COUNT && count > 0; c++) {
        if (record->rows.column[c] == NULL) continue;
        const enum column_kind kind = column_kind((enum column)c);
        void *values = frame_column(rows, c);
        if (values == NULL) return no_memory(err);
        for (uint32_t i = 0; i < count; i++)
            frame_put(kind, values, rows->row_count + i,
                      frame_word(kind, record->rows.column[c], store->accepted[i]));
    }
    rows->row_count += count;
    return STATUS_OK;
}
