/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/merge.h"

#include <string.h>

#include "base/memory.h"
#include "store/day_counts.h"

#define ALL_EVENT_COLUMNS ((UINT64_C(1) << COLUMN_COUNT) - 1)

/* ---- many sorted parts ---- */

struct cursor {
    struct part *part;
    uint32_t block, row, rows;
    struct row_key key; /* of the current row */
    int64_t time;
    bool ended;
    const void *columns[COLUMN_COUNT];
    struct part_buffer buffer;
};

struct merge {
    struct cursor *cursors;
    const void *const *sources[MERGE_PARTS_MAX];
    uint32_t count;
    struct row_reference taken[BUILDER_ROWS_MAX];
    uint32_t taken_count;
    struct builder *builder;
};

static void read_key(struct cursor *cursor) {
    const uint32_t row = cursor->row;
    cursor->key = row_key_of_event(((const uint8_t *)cursor->columns[COLUMN_TYPE])[row],
                                   ((const uint32_t *)cursor->columns[COLUMN_TENANT])[row],
                                   ((const uint64_t *)cursor->columns[COLUMN_SUBJECT])[row]);
    cursor->time = ((const int64_t *)cursor->columns[COLUMN_TIME])[row];
}

static enum status load_block(struct cursor *cursor, struct error *err) {
    if (cursor->block == part_block_count(cursor->part, FRAME_EVENT)) {
        cursor->ended = true;
        return STATUS_OK;
    }
    TRY(part_block(cursor->part, FRAME_EVENT, cursor->block, ALL_EVENT_COLUMNS, &cursor->buffer,
                   cursor->columns, err));
    cursor->rows = part_block_rows(cursor->part, FRAME_EVENT, cursor->block);
    cursor->row = 0;
    read_key(cursor);
    return STATUS_OK;
}

static enum status hand_over(struct merge *merge, struct error *err) {
    if (merge->taken_count == 0) return STATUS_OK;
    const uint32_t count = merge->taken_count;
    merge->taken_count = 0;
    return builder_add(merge->builder, merge->sources, merge->count, merge->taken, count, err);
}

static enum status take_row(struct merge *merge, uint32_t source, struct error *err) {
    struct cursor *cursor = &merge->cursors[source];
    merge->taken[merge->taken_count++] = (struct row_reference){source, cursor->row};
    const bool block_ends = ++cursor->row == cursor->rows;
    if (merge->taken_count == BUILDER_ROWS_MAX || block_ends) TRY(hand_over(merge, err));
    if (!block_ends) {
        read_key(cursor);
        return STATUS_OK;
    }
    cursor->block++; /* what was taken from the old block is handed over: it may go */
    return load_block(cursor, err);
}

static bool cursor_before(const struct cursor *a, const struct cursor *b) {
    if (!row_key_equal(a->key, b->key)) return row_key_before(a->key, b->key);
    return a->time < b->time;
}

/* Takes rows from the least cursor for as long as no other can have a say: through whole journeys
 * when they are in one part only, row by row when several have the subject. */
static enum status take_least(struct merge *merge, bool *ended, struct error *err) {
    uint32_t least = UINT32_MAX, next = UINT32_MAX;
    for (uint32_t i = 0; i < merge->count; i++) {
        struct cursor *cursor = &merge->cursors[i];
        if (cursor->ended) continue;
        if (least == UINT32_MAX || cursor_before(cursor, &merge->cursors[least])) {
            next = least;
            least = i;
        } else if (next == UINT32_MAX || cursor_before(cursor, &merge->cursors[next])) {
            next = i;
        }
    }
    *ended = least == UINT32_MAX;
    if (*ended) return STATUS_OK;
    struct cursor *cursor = &merge->cursors[least];
    do {
        TRY(take_row(merge, least, err));
    } while (!cursor->ended &&
             (next == UINT32_MAX || row_key_before(cursor->key, merge->cursors[next].key)));
    return STATUS_OK;
}

enum status merge_parts(struct part *const *parts, uint32_t part_count, struct builder *builder,
                        struct error *err) {
    CHECK(part_count >= 1 && part_count <= MERGE_PARTS_MAX);
    struct merge *merge = memory_new(1, sizeof *merge);
    if (merge == NULL) return error_set(err, STATUS_NO_MEMORY, "merge: no memory");
    merge->cursors = memory_new(part_count, sizeof *merge->cursors);
    merge->count = merge->cursors == NULL ? 0 : part_count;
    merge->builder = builder;
    enum status status =
        merge->cursors == NULL ? error_set(err, STATUS_NO_MEMORY, "merge: cursors") : STATUS_OK;
    for (uint32_t i = 0; i < merge->count && status == STATUS_OK; i++) {
        merge->cursors[i].part = parts[i];
        merge->sources[i] = merge->cursors[i].columns;
        status = load_block(&merge->cursors[i], err);
    }
    for (bool ended = false; status == STATUS_OK && !ended;)
        status = take_least(merge, &ended, err);
    if (status == STATUS_OK) status = hand_over(merge, err);
    if (status == STATUS_OK) status = day_counts_merge(parts, part_count, builder, err);
    for (uint32_t i = 0; i < merge->count; i++) part_buffer_free(&merge->cursors[i].buffer);
    memory_free(merge->cursors);
    memory_free(merge);
    return status;
}

/* ---- one unsorted frame ---- */

struct sort_row {
    struct row_key key;
    int64_t time;
    uint32_t row;
};

static bool sort_before(const struct sort_row *a, const struct sort_row *b) {
    if (!row_key_equal(a->key, b->key)) return row_key_before(a->key, b->key);
    return a->time < b->time;
}

/* Stable: bottom-up merge sort between two arrays; answers the one that holds the result. */
static struct sort_row *sort_rows(struct sort_row *rows, struct sort_row *spare, uint32_t count) {
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t start = 0; start < count; start += 2 * width) {
            uint32_t a = start, b = start + width < count ? start + width : count;
            const uint32_t a_end = b, b_end = b + width < count ? b + width : count;
            if (b == count || !sort_before(&rows[b], &rows[b - 1])) { /* in order already */
                memcpy(spare + start, rows + start, (b_end - start) * sizeof *rows);
                continue;
            }
            for (uint32_t out = start; out < b_end; out++) {
                const bool second = a == a_end || (b < b_end && sort_before(&rows[b], &rows[a]));
                spare[out] = second ? rows[b++] : rows[a++];
            }
        }
        struct sort_row *sorted = spare;
        spare = rows;
        rows = sorted;
    }
    return rows;
}

static void read_sort_rows(const struct frame *events, uint32_t count, struct sort_row *rows) {
    const int64_t *time = events->column[COLUMN_TIME];
    const uint8_t *type = events->column[COLUMN_TYPE];
    const uint32_t *tenant = events->column[COLUMN_TENANT];
    const uint64_t *subject = events->column[COLUMN_SUBJECT];
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = (struct sort_row){
            .key = row_key_of_event(type[i], tenant[i], subject == NULL ? 0 : subject[i]),
            .time = time[i],
            .row = i};
    }
}

enum status merge_sort_run(const struct frame *events, uint32_t rows, const struct names *names,
                           uint64_t order, struct part **out, struct error *err) {
    *out = NULL;
    struct sort_row *pair = memory_get((size_t)rows * 2 * sizeof *pair);
    if (pair == NULL) return error_set(err, STATUS_NO_MEMORY, "sort: %u rows", rows);
    struct builder builder;
    builder_init(&builder, names, NULL);
    read_sort_rows(events, rows, pair);
    const struct sort_row *sorted = sort_rows(pair, pair + rows, rows);
    const void *const *source = (const void *const *)events->column;
    enum status status = STATUS_OK;
    for (uint32_t done = 0; done < rows && status == STATUS_OK;) {
        struct row_reference taken[BUILDER_ROWS_MAX];
        uint32_t count = rows - done < BUILDER_ROWS_MAX ? rows - done : BUILDER_ROWS_MAX;
        for (uint32_t i = 0; i < count; i++)
            taken[i] = (struct row_reference){0, sorted[done + i].row};
        status = builder_add(&builder, &source, 1, taken, count, err);
        done += count;
    }
    if (status == STATUS_OK) status = day_counts_of_run(&builder, err);
    if (status == STATUS_OK) status = builder_finish(&builder, order, err);
    if (status == STATUS_OK) status = builder_take_run(&builder, order, out, err);
    builder_free(&builder);
    memory_free(pair);
    return status;
}
