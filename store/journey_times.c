/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/journey_times.h"

#include <string.h>

#include "store/snapshot_internal.h"

enum { TIMES_MIN = 4096 };

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "query: its memory budget is used up");
}

struct journey_times *journey_times_create(struct part *part, struct arena *arena) {
    struct journey_times *times = arena_push(arena, 1, sizeof *times);
    if (times == NULL) return NULL;
    times->part = part;
    times->arena = arena;
    times->block = UINT32_MAX;
    return times;
}

void journey_times_clear(struct journey_times *times) {
    if (times->time_count > 0) memset(times->count, 0, sizeof times->count);
    times->time_count = 0;
}

static enum status reserve(struct journey_times *times, uint32_t more, struct error *err) {
    if (more <= times->time_capacity - times->time_count) return STATUS_OK;
    uint32_t capacity = times->time_capacity == 0 ? TIMES_MIN : times->time_capacity;
    while (capacity - times->time_count < more) {
        if (capacity > UINT32_MAX / 2) return no_memory(err);
        capacity *= 2;
    }
    int64_t *larger = arena_push_raw(times->arena, capacity, sizeof *larger);
    if (larger == NULL) return no_memory(err);
    if (times->time_count > 0) memcpy(larger, times->times, times->time_count * sizeof *larger);
    times->times = larger;
    times->time_capacity = capacity;
    return STATUS_OK;
}

static enum status load_block(struct journey_times *from, uint32_t block, struct error *err) {
    if (block == from->block) return STATUS_OK;
    from->block = UINT32_MAX;
    if (from->part->segment != NULL)
        TRY(snapshot_buffer(from->arena, FRAME_EVENT, COLUMN_BIT(COLUMN_TIME), &from->buffer, err));
    TRY(part_block(from->part, FRAME_EVENT, block, COLUMN_BIT(COLUMN_TIME), &from->buffer,
                   from->column, err));
    from->block = block;
    return STATUS_OK;
}

enum status journey_times_add(struct journey_times *times, uint32_t row, struct journey_times *from,
                              uint32_t first, uint32_t end, struct error *err) {
    TRY(reserve(times, end - first, err));
    if (times->count[row] == 0) times->begin[row] = times->time_count;
    CHECK(times->begin[row] + times->count[row] == times->time_count);
    times->count[row] += end - first;
    while (first < end) {
        TRY(load_block(from, first / PART_BLOCK_ROWS, err));
        const uint32_t at = first % PART_BLOCK_ROWS;
        const uint32_t left = PART_BLOCK_ROWS - at;
        const uint32_t rows = end - first < left ? end - first : left;
        const int64_t *time = from->column[COLUMN_TIME];
        memcpy(times->times + times->time_count, time + at, rows * sizeof *time);
        times->time_count += rows;
        first += rows;
    }
    return STATUS_OK;
}

enum status journey_times_push(struct journey_times *times, uint32_t row, int64_t time_ms,
                               struct error *err) {
    TRY(reserve(times, 1, err));
    if (times->count[row] == 0) times->begin[row] = times->time_count;
    CHECK(times->begin[row] + times->count[row] == times->time_count);
    times->count[row]++;
    times->times[times->time_count++] = time_ms;
    return STATUS_OK;
}

void journey_times_forget(struct journey_times *times, uint32_t row) {
    times->time_count -= times->count[row];
    times->count[row] = 0;
}

void journey_times_sort(struct journey_times *times, uint32_t row) {
    int64_t *time = times->times + times->begin[row];
    for (uint32_t i = 1; i < times->count[row]; i++) { /* few, and in order but for the borders */
        const int64_t moved = time[i];
        uint32_t at = i;
        for (; at > 0 && time[at - 1] > moved; at--) time[at] = time[at - 1];
        time[at] = moved;
    }
}

void journey_times_move(struct journey_times *times, const uint16_t *from, const uint16_t *to,
                        uint32_t moves) {
    for (uint32_t i = 0; i < moves; i++) {
        times->begin[to[i]] = times->begin[from[i]];
        times->count[to[i]] = times->count[from[i]];
    }
}
