/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/tail.h"

#include <string.h>

#include "base/memory.h"
#include "codec/codec.h"
#include "store/merge.h"

struct tail *tail_create(uint32_t row_capacity) {
    struct tail *tail = memory_new(1, sizeof *tail);
    if (tail == NULL) return NULL;
    atomic_store(&tail->references, 1);
    pthread_mutex_init(&tail->sorting, NULL);
    frame_init(&tail->rows, FRAME_EVENT);
    tail->rows.row_capacity = row_capacity; /* no column yet: they are made when a row has them */
    return tail;
}

struct tail *tail_retain(struct tail *tail) {
    (void)atomic_fetch_add(&tail->references, 1);
    return tail;
}

void tail_release(struct tail *tail) {
    if (tail == NULL || atomic_fetch_sub(&tail->references, 1) > 1) return;
    frame_free(&tail->rows);
    part_list_free(&tail->pieces);
    pthread_mutex_destroy(&tail->sorting);
    memory_free(tail);
}

bool tail_reuse(struct tail *tail) {
    if (atomic_load(&tail->references) > 1) return false;
    part_list_free(&tail->pieces);
    tail->sorted_rows = 0;
    tail->rows.row_count = 0;
    return true;
}

uint64_t tail_bytes(const struct tail *tail) {
    uint64_t bytes = 0;
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) {
        if (tail->rows.column[c] != NULL)
            bytes += tail->rows.row_capacity * column_kind_bytes(column_kind((enum column)c));
    }
    return bytes;
}

/* ---- appending ---- */

#define COPY(type)                                                                                 \
    static void copy_##type(const type *values, const uint32_t *rows, uint32_t count, type *out) { \
        for (uint32_t i = 0; i < count; i++) out[i] = values[rows[i]];                             \
    }
COPY(uint8_t)
COPY(uint32_t)
COPY(uint64_t)
#undef COPY

enum status tail_put(struct tail *tail, uint32_t column, uint32_t at, const void *values,
                     const uint32_t *rows, uint32_t count, const uint32_t *codes,
                     struct error *err) {
    if (values == NULL && tail->rows.column[column] == NULL) return STATUS_OK;
    CHECK(at + count <= tail->rows.row_capacity);
    const enum column_kind kind = column_kind((enum column)column);
    void *const start = frame_column(&tail->rows, column);
    if (start == NULL) return error_set(err, STATUS_NO_MEMORY, "store: no memory");
    uint8_t *out = (uint8_t *)start + at * column_kind_bytes(kind);
    if (values == NULL) {
        codec_fill_absent(kind, count, out);
    } else if (kind == KIND_CODE && codes != NULL) {
        for (uint32_t i = 0; i < count; i++)
            ((uint32_t *)start)[at + i] = codes[((const uint32_t *)values)[rows[i]]];
    } else if (rows[count - 1] - rows[0] == count - 1) { /* every row of a stretch, as is usual */
        const size_t bytes = column_kind_bytes(kind);
        memcpy(out, (const uint8_t *)values + rows[0] * bytes, count * bytes);
    } else if (column_kind_bytes(kind) == 1) {
        copy_uint8_t(values, rows, count, out);
    } else if (column_kind_bytes(kind) == 4) {
        copy_uint32_t(values, rows, count, (uint32_t *)start + at);
    } else {
        copy_uint64_t(values, rows, count, (uint64_t *)start + at);
    }
    return STATUS_OK;
}

/* ---- sorting ---- */

/* How many of the pieces stay when *rows new rows come; the others are sorted anew with them. */
static uint32_t pieces_to_keep(const struct tail *tail, bool sealed, uint32_t *rows) {
    uint32_t keep = tail->pieces.count;
    for (; keep > 0; keep--) {
        const uint32_t piece = (uint32_t)tail->pieces.parts[keep - 1]->row_count[FRAME_EVENT];
        if (!sealed && piece > 2 * *rows) break;
        *rows += piece;
    }
    return keep;
}

static enum status sort_newest(struct tail *tail, const struct frame *view, bool sealed,
                               const struct names *names, struct error *err) {
    uint32_t rows = view->row_count > tail->sorted_rows ? view->row_count - tail->sorted_rows : 0;
    if (rows == 0 && (!sealed || tail->pieces.count == 1)) return STATUS_OK;
    const uint32_t keep = pieces_to_keep(tail, sealed, &rows);
    const struct row_source source = {.columns = (const void *const *)view->column,
                                      .first = view->row_count - rows,
                                      .end = view->row_count};
    struct part *piece;
    TRY(part_list_reserve(&tail->pieces, err));
    TRY(merge_sort_run(&source, names, tail->order, &piece, err));
    while (tail->pieces.count > keep) part_release(tail->pieces.parts[--tail->pieces.count]);
    tail->sorted_rows = view->row_count;
    return part_list_add(&tail->pieces, piece, err);
}

enum status tail_sort(struct tail *tail, const struct frame *view, bool sealed,
                      const struct names *names, struct part_list *out, struct error *err) {
    if (view->row_count == 0) return STATUS_OK;
    pthread_mutex_lock(&tail->sorting);
    enum status status = sort_newest(tail, view, sealed, names, err);
    for (uint32_t i = 0; i < tail->pieces.count && status == STATUS_OK; i++)
        status = part_list_add(out, part_retain(tail->pieces.parts[i]), err);
    pthread_mutex_unlock(&tail->sorting);
    return status;
}

/* ---- lists ---- */

bool tail_list_reserve(struct tail_list *list) {
    void *tails = list->tails;
    if (!memory_reserve(&tails, &list->capacity, list->count + 1u, sizeof *list->tails,
                        TAIL_LIST_MAX))
        return false;
    list->tails = tails;
    return true;
}

void tail_list_free(struct tail_list *list) {
    for (uint32_t i = 0; i < list->count; i++) tail_release(list->tails[i]);
    memory_free(list->tails);
    *list = (struct tail_list){0};
}

uint64_t tail_list_rows(const struct tail_list *list) {
    uint64_t rows = 0;
    for (uint32_t i = 0; i < list->count; i++) rows += list->tails[i]->rows.row_count;
    return rows;
}

uint64_t tail_list_bytes(const struct tail_list *list) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < list->count; i++) bytes += tail_bytes(list->tails[i]);
    return bytes;
}
