/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/day_counts.h"

#include <stdlib.h>

#include "base/memory.h"
#include "event/dictionary.h"

enum { SLOTS_MIN = 1024 };
#define ALL_COLUMNS ((UINT64_C(1) << DAY_COUNT_COLUMNS) - 1)

/* --- keys --- */

_Static_assert(DICTIONARY_CODES_MAX <= 1 << 24, "two codes, type and flags are 64 bits");

static struct day_key key_of(uint32_t tenant, uint32_t service, uint8_t type, uint8_t flags,
                             int64_t time_ms) {
    return (struct day_key){
        (uint64_t)tenant << 40 | (uint64_t)service << 16 | (uint64_t)type << 8 | flags, time_ms};
}

struct day_key day_key_of_event(const void *const *columns, uint32_t row) {
    return key_of(((const uint32_t *)columns[COLUMN_TENANT])[row],
                  ((const uint32_t *)columns[COLUMN_SERVICE])[row],
                  ((const uint8_t *)columns[COLUMN_TYPE])[row],
                  ((const uint8_t *)columns[COLUMN_FLAGS])[row] & EVENT_LATE,
                  day_count_time(((const int64_t *)columns[COLUMN_TIME])[row]));
}

struct day_key day_key_of_row(const void *const *columns, uint32_t row) {
    return key_of(((const uint32_t *)columns[DAY_COUNT_TENANT])[row],
                  ((const uint32_t *)columns[DAY_COUNT_SERVICE])[row],
                  ((const uint8_t *)columns[DAY_COUNT_TYPE])[row],
                  ((const uint8_t *)columns[DAY_COUNT_FLAGS])[row],
                  ((const int64_t *)columns[DAY_COUNT_TIME])[row]);
}

static bool key_equal(struct day_key a, struct day_key b) {
    return a.group == b.group && a.time_ms == b.time_ms;
}

/* --- numbers by key --- */

void day_counts_free(struct day_counts *counts) {
    memory_free(counts->slots);
    *counts = (struct day_counts){0};
}

static struct day_counts_slot *slot_of(const struct day_counts *counts, struct day_key key) {
    uint64_t mixed = (key.group ^ (uint64_t)key.time_ms >> 4) * UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ mixed >> 32) * UINT64_C(0xBF58476D1CE4E5B9);
    uint32_t at = (uint32_t)(mixed >> 32) & (counts->capacity - 1);
    while (counts->slots[at].events != 0 && !key_equal(counts->slots[at].key, key))
        at = (at + 1) & (counts->capacity - 1);
    return &counts->slots[at];
}

static bool grow(struct day_counts *counts) {
    struct day_counts larger = {
        .count = counts->count,
        .capacity = counts->capacity == 0 ? SLOTS_MIN : counts->capacity * 2};
    larger.slots = memory_new(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL) return false;
    for (uint32_t i = 0; i < counts->capacity; i++)
        if (counts->slots[i].events != 0)
            *slot_of(&larger, counts->slots[i].key) = counts->slots[i];
    memory_free(counts->slots);
    *counts = larger;
    return true;
}

enum status day_counts_add(struct day_counts *counts, struct day_key key, uint32_t events,
                           struct error *err) {
    if (counts->count * 2 >= counts->capacity && !grow(counts))
        return error_set(err, STATUS_NO_MEMORY, "day counts: %u keys", counts->count);
    struct day_counts_slot *slot = slot_of(counts, key);
    counts->count += slot->events == 0;
    slot->key = key;
    slot->events += events;
    return STATUS_OK;
}

uint32_t day_counts_of(const struct day_counts *counts, struct day_key key) {
    return counts->capacity == 0 ? 0 : slot_of(counts, key)->events;
}

/* --- rows --- */

static enum status add_row(struct builder *builder, struct day_key key, uint32_t events,
                           struct error *err) {
    struct frame *frame = &builder->frame[FRAME_DAY];
    const uint64_t words[DAY_COUNT_COLUMNS] = {
        [DAY_COUNT_TENANT] = key.group >> 40,     [DAY_COUNT_SERVICE] = key.group >> 16 & 0xFFFFFF,
        [DAY_COUNT_TYPE] = key.group >> 8 & 0xFF, [DAY_COUNT_FLAGS] = key.group & 0xFF,
        [DAY_COUNT_TIME] = (uint64_t)key.time_ms, [DAY_COUNT_EVENTS] = events};
    TRY(frame_reserve(frame, 1, err));
    for (uint32_t c = 0; c < DAY_COUNT_COLUMNS; c++)
        TRY(frame_set(frame, frame->row_count, c, words[c], err));
    frame->row_count++;
    return builder_write_full_blocks(builder, FRAME_DAY, err);
}

static int compare_slots(const void *left, const void *right) {
    const struct day_counts_slot *a = left, *b = right;
    return day_key_before(a->key, b->key) ? -1 : day_key_before(b->key, a->key);
}

/* Empties the slots into rows. */
static enum status add_rows(struct day_counts *counts, struct builder *builder, struct error *err) {
    uint32_t count = 0;
    if (counts->count == 0) return STATUS_OK;
    for (uint32_t i = 0; i < counts->capacity; i++)
        if (counts->slots[i].events != 0) counts->slots[count++] = counts->slots[i];
    qsort(counts->slots, count, sizeof *counts->slots, compare_slots);
    for (uint32_t i = 0; i < count; i++)
        TRY(add_row(builder, counts->slots[i].key, counts->slots[i].events, err));
    return STATUS_OK;
}

static enum status count_rows(struct day_counts *counts, const struct row_source *source,
                              struct error *err) {
    static const uint8_t read[] = {COLUMN_TENANT, COLUMN_SERVICE, COLUMN_TYPE, COLUMN_FLAGS,
                                   COLUMN_TIME};
    const void *columns[COLUMN_COUNT] = {0};
    for (uint32_t begin = source->first; begin < source->end; begin += PART_BLOCK_ROWS) {
        for (size_t i = 0; i < sizeof read; i++) {
            const enum column_kind kind = column_kind((enum column)read[i]);
            const uint8_t *values = source->columns[read[i]];
            columns[read[i]] = values == NULL ? frame_absent_block(kind)
                                              : values + begin * column_kind_bytes(kind);
        }
        const uint32_t left = source->end - begin;
        const uint32_t rows = left < PART_BLOCK_ROWS ? left : PART_BLOCK_ROWS;
        for (uint32_t row = 0; row < rows; row++)
            TRY(day_counts_add(counts, day_key_of_event(columns, row), 1, err));
    }
    return STATUS_OK;
}

enum status day_counts_of_rows(const struct row_source *sources, uint32_t source_count,
                               struct builder *builder, struct error *err) {
    struct day_counts counts = {0};
    enum status status = STATUS_OK;
    for (uint32_t s = 0; s < source_count && status == STATUS_OK; s++)
        status = count_rows(&counts, &sources[s], err);
    if (status == STATUS_OK) status = add_rows(&counts, builder, err);
    day_counts_free(&counts);
    return status;
}

/* --- merging: like that of events, but rows of one key become one --- */

struct cursor {
    struct part *part;
    uint32_t block, row, rows;
    struct day_key key; /* of the current row */
    bool ended;
    const void *columns[FRAME_COLUMNS_MAX];
    struct part_buffer buffer;
};

/* To the cursor's row, or to the first of the next block. */
static enum status settle(struct cursor *cursor, struct error *err) {
    if (cursor->row == cursor->rows) {
        cursor->ended = cursor->block == part_block_count(cursor->part, FRAME_DAY);
        if (cursor->ended) return STATUS_OK;
        TRY(part_block(cursor->part, FRAME_DAY, cursor->block, ALL_COLUMNS, &cursor->buffer,
                       cursor->columns, err));
        cursor->rows = part_block_rows(cursor->part, FRAME_DAY, cursor->block++);
        cursor->row = 0;
    }
    cursor->key = day_key_of_row(cursor->columns, cursor->row);
    return STATUS_OK;
}

static const struct cursor *least_of(const struct cursor *cursors, uint32_t count) {
    const struct cursor *least = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (cursors[i].ended) continue;
        if (least == NULL || day_key_before(cursors[i].key, least->key)) least = &cursors[i];
    }
    return least;
}

/* Takes the least key from every cursor that has it. */
static enum status take_least(struct cursor *cursors, uint32_t count, struct builder *builder,
                              struct error *err) {
    const struct day_key key = least_of(cursors, count)->key;
    uint32_t events = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (cursors[i].ended || !key_equal(cursors[i].key, key)) continue;
        events += ((const uint32_t *)cursors[i].columns[DAY_COUNT_EVENTS])[cursors[i].row++];
        TRY(settle(&cursors[i], err));
    }
    return add_row(builder, key, events, err);
}

enum status day_counts_merge(struct part *const *parts, uint32_t part_count,
                             struct builder *builder, struct error *err) {
    struct cursor *cursors = memory_new(part_count, sizeof *cursors);
    if (cursors == NULL) return error_set(err, STATUS_NO_MEMORY, "day counts: merging");
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < part_count && status == STATUS_OK; i++) {
        cursors[i].part = parts[i];
        status = settle(&cursors[i], err);
    }
    while (status == STATUS_OK && least_of(cursors, part_count) != NULL)
        status = take_least(cursors, part_count, builder, err);
    for (uint32_t i = 0; i < part_count; i++) part_buffer_free(&cursors[i].buffer);
    memory_free(cursors);
    return status;
}
