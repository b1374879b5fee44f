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
    uint32_t end; /* rows row..end-1 are of one subject */
    const void *columns[COLUMN_COUNT];
    struct part_buffer buffer;
};

struct merge {
    struct cursor *cursors;
    struct row_key keys[MERGE_PARTS_MAX]; /* of each cursor's subject, side by side; or ENDED */
    const void *const *sources[MERGE_PARTS_MAX];
    uint32_t count;
    struct row_reference taken[BUILDER_ROWS_MAX];
    uint32_t taken_count;
    struct builder *builder;
};

/* Behind every key: no tenant has this code. */
static const struct row_key ENDED = {UINT64_MAX, UINT64_MAX};

static struct row_key key_at(const struct cursor *cursor, uint32_t row) {
    return row_key_of_event(((const uint8_t *)cursor->columns[COLUMN_TYPE])[row],
                            ((const uint32_t *)cursor->columns[COLUMN_TENANT])[row],
                            ((const uint64_t *)cursor->columns[COLUMN_SUBJECT])[row]);
}

/* The rows from the current one that have its key, as far as the block goes. */
static void find_subject(struct cursor *cursor, struct row_key *key) {
    const uint64_t *subject = cursor->columns[COLUMN_SUBJECT];
    uint32_t end = cursor->row + 1;
    *key = key_at(cursor, cursor->row);
    while (end < cursor->rows && subject[end] == subject[cursor->row] &&
           row_key_equal(key_at(cursor, end), *key))
        end++;
    cursor->end = end;
}

static enum status load_block(struct cursor *cursor, struct row_key *key, struct error *err) {
    if (cursor->block == part_block_count(cursor->part, FRAME_EVENT)) {
        *key = ENDED;
        return STATUS_OK;
    }
    TRY(part_block(cursor->part, FRAME_EVENT, cursor->block, ALL_EVENT_COLUMNS, &cursor->buffer,
                   cursor->columns, err));
    cursor->rows = part_block_rows(cursor->part, FRAME_EVENT, cursor->block);
    cursor->row = 0;
    find_subject(cursor, key);
    return STATUS_OK;
}

static enum status hand_over(struct merge *merge, struct error *err) {
    if (merge->taken_count == 0) return STATUS_OK;
    const uint32_t count = merge->taken_count;
    merge->taken_count = 0;
    return builder_add(merge->builder, merge->sources, merge->count, merge->taken, count, err);
}

/* Hands on rows row..to-1 of one subject. */
static enum status take_rows(struct merge *merge, uint32_t source, uint32_t to, struct error *err) {
    struct cursor *cursor = &merge->cursors[source];
    while (cursor->row < to) {
        if (merge->taken_count == BUILDER_ROWS_MAX) TRY(hand_over(merge, err));
        merge->taken[merge->taken_count++] = (struct row_reference){source, cursor->row++};
    }
    if (cursor->row < cursor->end) return STATUS_OK;
    if (cursor->row < cursor->rows) {
        find_subject(cursor, &merge->keys[source]);
        return STATUS_OK;
    }
    TRY(hand_over(merge, err)); /* the block may go */
    cursor->block++;
    return load_block(cursor, &merge->keys[source], err);
}

/* Cursors that have the least subject, as bits; 0: all have ended. */
static uint64_t find_least(const struct merge *merge) {
    struct row_key least = ENDED;
    uint64_t having = 0;
    for (uint32_t i = 0; i < merge->count; i++) {
        const struct row_key key = merge->keys[i];
        const bool before = row_key_before(key, least);
        least.group = before ? key.group : least.group;
        least.subject = before ? key.subject : least.subject;
    }
    if (row_key_equal(least, ENDED)) return 0;
    for (uint32_t i = 0; i < merge->count; i++)
        having |= (uint64_t)row_key_equal(merge->keys[i], least) << i;
    return having;
}

/* One row of a subject that several parts have: the earliest, of equal ones that of the part that
 * is older. */
static enum status take_earliest(struct merge *merge, uint64_t having, struct error *err) {
    uint32_t earliest = UINT32_MAX;
    int64_t earliest_time = 0;
    for (; having != 0; having &= having - 1) {
        const uint32_t i = (uint32_t)__builtin_ctzll(having);
        const struct cursor *cursor = &merge->cursors[i];
        const int64_t time = ((const int64_t *)cursor->columns[COLUMN_TIME])[cursor->row];
        if (earliest != UINT32_MAX && time >= earliest_time) continue;
        earliest = i;
        earliest_time = time;
    }
    return take_rows(merge, earliest, merge->cursors[earliest].row + 1, err);
}

static enum status take_all(struct merge *merge, struct error *err) {
    for (uint64_t least; (least = find_least(merge)) != 0;) {
        const uint32_t i = (uint32_t)__builtin_ctzll(least);
        if ((least & (least - 1)) == 0) {
            TRY(take_rows(merge, i, merge->cursors[i].end, err));
        } else {
            TRY(take_earliest(merge, least, err));
        }
    }
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
        status = load_block(&merge->cursors[i], &merge->keys[i], err);
    }
    if (status == STATUS_OK) status = take_all(merge, err);
    if (status == STATUS_OK) status = hand_over(merge, err);
    if (status == STATUS_OK) status = day_counts_merge(parts, part_count, builder, err);
    for (uint32_t i = 0; i < merge->count; i++) part_buffer_free(&merge->cursors[i].buffer);
    memory_free(merge->cursors);
    memory_free(merge);
    return status;
}

/* ---- rows as they arrived ---- */

static enum status add_in_order(struct builder *builder, const struct row_pack *pack,
                                const struct row_reference *rows, uint64_t row_count,
                                struct error *err) {
    for (uint64_t done = 0; done < row_count;) {
        const uint64_t left = row_count - done;
        const uint32_t count = left < BUILDER_ROWS_MAX ? (uint32_t)left : BUILDER_ROWS_MAX;
        TRY(builder_add_packed(builder, pack, rows + done, count, err));
        done += count;
    }
    return STATUS_OK;
}

enum status merge_rows(const struct row_source *sources, uint32_t source_count,
                       struct builder *builder, struct error *err) {
    CHECK(source_count <= BUILDER_SOURCES_MAX);
    uint64_t row_count = 0;
    for (uint32_t s = 0; s < source_count; s++) row_count += sources[s].end - sources[s].first;
    struct row_reference *rows;
    struct row_pack pack;
    TRY(row_order_make(sources, source_count, &rows, err));
    enum status status = row_pack_make(sources, source_count, &pack, err);
    if (status == STATUS_OK) status = add_in_order(builder, &pack, rows, row_count, err);
    row_pack_free(&pack);
    memory_free(rows);
    if (status == STATUS_OK) status = day_counts_of_rows(sources, source_count, builder, err);
    return status;
}

enum status merge_sort_run(const struct row_source *source, const struct names *names,
                           uint64_t order, struct part **out, struct error *err) {
    *out = NULL;
    struct builder builder;
    builder_init(&builder, names, NULL);
    enum status status = merge_rows(source, 1, &builder, err);
    if (status == STATUS_OK) status = builder_finish(&builder, order, err);
    if (status == STATUS_OK) status = builder_take_run(&builder, order, out, err);
    builder_free(&builder);
    return status;
}
