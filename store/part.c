/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/part.h"

#include "base/memory.h"
#include "store/segment.h"

void part_buffer_free(struct part_buffer *buffer) {
    for (uint32_t c = 0; c < FRAME_COLUMNS_MAX; c++) memory_free(buffer->column[c]);
    for (uint32_t c = 0; c < JOURNEY_COLUMN_COUNT_MAX; c++) memory_free(buffer->kept.values[c]);
    *buffer = (struct part_buffer){0};
}

void part_times_init(struct part_times *times) {
    *times = (struct part_times){INT64_MAX, INT64_MIN, INT64_MIN, INT64_MIN};
}

static void keep_greatest(int64_t *greatest, int64_t value) {
    *greatest = value > *greatest ? value : *greatest;
}

void part_times_add(struct part_times *times, const struct frame *events, uint32_t rows) {
    for (uint32_t begin = 0; begin < rows; begin += PART_BLOCK_ROWS) {
        const int64_t *time = frame_rows(events, COLUMN_TIME, begin);
        const int64_t *arrival = frame_rows(events, COLUMN_ARRIVAL, begin);
        const int64_t *recorded = frame_rows(events, COLUMN_RECORDED, begin);
        const uint8_t *flags = frame_rows(events, COLUMN_FLAGS, begin);
        for (uint32_t row = 0; row < rows - begin && row < PART_BLOCK_ROWS; row++) {
            if (time[row] < times->oldest_ms) times->oldest_ms = time[row];
            keep_greatest(&times->newest_ms, time[row]);
            keep_greatest(&times->newest_arrival_ms, arrival[row]);
            keep_greatest(&times->newest_known_ms,
                          event_known_ms(flags[row], time[row], recorded[row], arrival[row]));
        }
    }
}

struct part *part_retain(struct part *part) {
    (void)atomic_fetch_add(&part->references, 1);
    return part;
}

void part_release(struct part *part) {
    if (part == NULL || atomic_fetch_sub(&part->references, 1) > 1) return;
    segment_close(part->segment);
    part->segment = NULL;
    if (part->on_last_release != NULL) part->on_last_release(part);
    for (int id = 0; id < FRAME_COUNT; id++) {
        frame_free(&part->frame[id]);
        memory_free(part->first_event[id]);
    }
    memory_free(part);
}

uint32_t part_block_count(const struct part *part, enum frame_id id) {
    return (uint32_t)((part->row_count[id] + PART_BLOCK_ROWS - 1) / PART_BLOCK_ROWS);
}

uint32_t part_block_rows(const struct part *part, enum frame_id id, uint32_t block) {
    const uint64_t left = part->row_count[id] - (uint64_t)block * PART_BLOCK_ROWS;
    return left < PART_BLOCK_ROWS ? (uint32_t)left : (uint32_t)PART_BLOCK_ROWS;
}

enum status part_block(struct part *part, enum frame_id id, uint32_t block, uint64_t columns,
                       struct part_buffer *buffer, const void **out, struct error *err) {
    if (part->segment != NULL)
        return segment_block(part->segment, id, block, columns, buffer, out, err);
    for (; columns != 0; columns &= columns - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(columns);
        out[c] = frame_rows(&part->frame[id], c, block * PART_BLOCK_ROWS);
    }
    return STATUS_OK;
}

enum status part_block_presence(struct part *part, enum frame_id id, uint32_t block,
                                uint64_t columns, struct part_buffer *buffer, const void **out,
                                struct error *err) {
    if (part->segment != NULL)
        return segment_block_presence(part->segment, id, block, columns, buffer, out, err);
    return part_block(part, id, block, columns, buffer, out, err);
}

bool part_range(const struct part *part, enum frame_id id, uint32_t block, uint32_t column,
                uint64_t *low, uint64_t *high) {
    return part->segment != NULL && segment_range(part->segment, id, block, column, low, high);
}

uint32_t part_first_event(const struct part *part, enum frame_id id, uint32_t block) {
    return part->segment == NULL ? part->first_event[id][block]
                                 : segment_first_event(part->segment, id, block);
}
