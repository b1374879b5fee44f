/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/journey_trails.h"

#include <string.h>

#include "store/snapshot_internal.h"

enum { TOLD_MIN = 4096 };

struct journey_trails *journey_trails_create(struct part *part, uint64_t columns,
                                             struct arena *arena) {
    struct journey_trails *trails = arena_push(arena, 1, sizeof *trails);
    if (trails == NULL) return NULL;
    trails->part = part;
    trails->arena = arena;
    trails->columns = columns;
    trails->block = UINT32_MAX;
    return trails;
}

void journey_trails_clear(struct journey_trails *trails) {
    if (trails->told_count > 0) memset(trails->count, 0, sizeof trails->count);
    trails->told_count = 0;
}

static size_t bytes_of(uint32_t column) {
    return column_kind_bytes(column_kind((enum column)column));
}

static enum status reserve(struct journey_trails *trails, uint32_t more, struct error *err) {
    if (more <= trails->told_capacity - trails->told_count) return STATUS_OK;
    uint32_t capacity = trails->told_capacity == 0 ? (uint32_t)TOLD_MIN : trails->told_capacity;
    while (capacity - trails->told_count < more) {
        if (capacity > UINT32_MAX / 2) return snapshot_no_memory(err);
        capacity *= 2;
    }
    for (uint64_t left = trails->columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        void *larger = arena_push_raw(trails->arena, capacity, bytes_of(c));
        if (larger == NULL) return snapshot_no_memory(err);
        if (trails->told_count > 0)
            memcpy(larger, trails->told[c], trails->told_count * bytes_of(c));
        trails->told[c] = larger;
    }
    trails->told_capacity = capacity;
    return STATUS_OK;
}

static enum status load_block(struct journey_trails *from, uint32_t block, struct error *err) {
    if (block == from->block) return STATUS_OK;
    from->block = UINT32_MAX;
    if (from->part->segment != NULL)
        TRY(snapshot_buffer(from->arena, FRAME_EVENT, from->columns, &from->buffer, err));
    TRY(part_block(from->part, FRAME_EVENT, block, from->columns, &from->buffer, from->column,
                   err));
    from->block = block;
    return STATUS_OK;
}

/* Events first..end-1 of `from`'s part behind all that is told. */
static enum status append(struct journey_trails *trails, struct journey_trails *from,
                          uint32_t first, uint32_t end, struct error *err) {
    TRY(reserve(trails, end - first, err));
    while (first < end) {
        TRY(load_block(from, first / PART_BLOCK_ROWS, err));
        const uint32_t at = first % PART_BLOCK_ROWS;
        const uint32_t left = PART_BLOCK_ROWS - at;
        const uint32_t rows = end - first < left ? end - first : left;
        for (uint64_t columns = trails->columns; columns != 0; columns &= columns - 1) {
            const uint32_t c = (uint32_t)__builtin_ctzll(columns);
            const size_t bytes = bytes_of(c);
            memcpy((char *)trails->told[c] + trails->told_count * bytes,
                   (const char *)from->column[c] + at * bytes, rows * bytes);
        }
        trails->told_count += rows;
        first += rows;
    }
    return STATUS_OK;
}

/* Merges two runs that follow each other, of `first` and `second` events, each in order. At equal
 * times the first run goes before. From the back, with the second run put aside. */
static enum status merge_runs(struct journey_trails *trails, uint32_t begin, uint32_t first,
                              uint32_t second, struct error *err) {
    if ((trails->columns & COLUMN_BIT(COLUMN_TIME)) == 0) return STATUS_OK; /* in no order */
    const int64_t *time = trails->told[COLUMN_TIME];
    if (first == 0 || second == 0 || time[begin + first - 1] <= time[begin + first])
        return STATUS_OK;
    TRY(reserve(trails, second, err)); /* behind all that is told */
    const uint32_t aside = trails->told_count;
    int64_t *times = trails->told[COLUMN_TIME];
    memcpy(times + aside, times + begin + first, second * sizeof *times);
    for (uint64_t left = trails->columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        const enum column_kind kind = column_kind((enum column)c);
        if (c == COLUMN_TIME) continue; /* last, below: the order is read from it */
        char *told = trails->told[c];
        memcpy(told + aside * bytes_of(c), told + (begin + first) * bytes_of(c),
               second * bytes_of(c));
        uint32_t a = first, b = second;
        for (uint32_t at = begin + first + second; b > 0; at--) {
            const bool from_first = a > 0 && times[begin + a - 1] > times[aside + b - 1];
            const uint32_t source = from_first ? begin + --a : aside + --b;
            frame_put(kind, told, at - 1, frame_word(kind, told, source));
        }
    }
    uint32_t a = first, b = second;
    for (uint32_t at = begin + first + second; b > 0; at--) {
        const bool from_first = a > 0 && times[begin + a - 1] > times[aside + b - 1];
        times[at - 1] = from_first ? times[begin + --a] : times[aside + --b];
    }
    return STATUS_OK;
}

enum status journey_trails_add(struct journey_trails *trails, uint32_t row,
                               struct journey_trails *from, uint32_t first, uint32_t end,
                               struct error *err) {
    if (trails->count[row] == 0) trails->begin[row] = trails->told_count;
    CHECK(trails->begin[row] + trails->count[row] == trails->told_count);
    TRY(append(trails, from, first, end, err));
    TRY(merge_runs(trails, trails->begin[row], trails->count[row], end - first, err));
    trails->count[row] += end - first;
    return STATUS_OK;
}

enum status journey_trails_push(struct journey_trails *trails, uint32_t row,
                                const void *const *columns, uint32_t event, struct error *err) {
    TRY(reserve(trails, 1, err));
    if (trails->count[row] == 0) trails->begin[row] = trails->told_count;
    CHECK(trails->begin[row] + trails->count[row] == trails->told_count);
    for (uint64_t left = trails->columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        const enum column_kind kind = column_kind((enum column)c);
        frame_put(kind, trails->told[c], trails->told_count, frame_word(kind, columns[c], event));
    }
    trails->count[row]++;
    trails->told_count++;
    return STATUS_OK;
}

void journey_trails_forget(struct journey_trails *trails, uint32_t row) {
    trails->told_count -= trails->count[row];
    trails->count[row] = 0;
}

enum status journey_trails_add_rows(struct journey_trails *trails, uint32_t row, uint32_t row_end,
                                    const uint32_t *event_row, uint32_t end, struct error *err) {
    const uint32_t first = event_row[row], begin = trails->told_count;
    if (row == row_end) return STATUS_OK;
    for (uint32_t at = row; at < row_end; at++) {
        const uint32_t next = at + 1 < row_end ? event_row[at + 1] : end;
        trails->begin[at] = begin + (event_row[at] - first);
        trails->count[at] = next - event_row[at];
    }
    return append(trails, trails, first, end, err);
}

void journey_trails_move(struct journey_trails *trails, const uint16_t *from, const uint16_t *to,
                         uint32_t moves) {
    for (uint32_t i = 0; i < moves; i++) {
        trails->begin[to[i]] = trails->begin[from[i]];
        trails->count[to[i]] = trails->count[from[i]];
    }
}
