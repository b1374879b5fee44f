/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/wheel.h"

#include <assert.h>

#include "base/memory.h"
#include "sample/almanac.h"

enum { CHUNK_EVENTS = 12, CHUNKS_A_BLOCK = 1024, RADIX_BITS = 11, RADIX = 1 << RADIX_BITS };
static_assert(HOUR_MS <= INT64_C(1) << (2 * RADIX_BITS), "two passes sort the ms of an hour");

struct chunk {
    struct chunk *next;
    uint32_t count;
    struct occurrence events[CHUNK_EVENTS];
};

struct block {
    struct block *next;
    struct chunk chunks[CHUNKS_A_BLOCK];
};

struct wheel {
    int64_t start_ms;
    uint32_t hour_count;
    struct chunk **last; /* of each hour's ring of chunks: last->next is the first */
    struct chunk *taken; /* ring of the hour taken last */
    struct chunk *free;
    struct block *blocks;
    const struct occurrence **sorted, **scratch;
    size_t sorted_capacity, scratch_capacity;
};

enum status wheel_open(int64_t start_ms, uint32_t hour_count, struct wheel **out,
                       struct error *err) {
    *out = NULL;
    struct wheel *wheel = memory_new_array(struct wheel, 1);
    if (wheel == NULL) return error_set(err, STATUS_NO_MEMORY, "wheel");
    *wheel = (struct wheel){.start_ms = start_ms, .hour_count = hour_count};
    wheel->last = memory_new_array(struct chunk *, hour_count);
    if (wheel->last == NULL) {
        wheel_close(wheel);
        return error_set(err, STATUS_NO_MEMORY, "wheel: %u hours", hour_count);
    }
    *out = wheel;
    return STATUS_OK;
}

void wheel_close(struct wheel *wheel) {
    if (wheel == NULL) return;
    while (wheel->blocks != NULL) {
        struct block *block = wheel->blocks;
        wheel->blocks = block->next;
        memory_free(block);
    }
    memory_free(wheel->last);
    memory_free(wheel->sorted);
    memory_free(wheel->scratch);
    memory_free(wheel);
}

static struct chunk *chunk_get(struct wheel *wheel) {
    if (wheel->free == NULL) {
        struct block *block = memory_get(sizeof *block);
        if (block == NULL) return NULL;
        block->next = wheel->blocks;
        wheel->blocks = block;
        for (uint32_t i = 0; i < CHUNKS_A_BLOCK; i++) {
            block->chunks[i].next = wheel->free;
            wheel->free = &block->chunks[i];
        }
    }
    struct chunk *chunk = wheel->free;
    wheel->free = chunk->next;
    chunk->count = 0;
    return chunk;
}

enum status wheel_add(struct wheel *wheel, const struct occurrence *occurrence, struct error *err) {
    int64_t hour = (occurrence->send_ms - wheel->start_ms) / HOUR_MS;
    CHECK(hour >= 0 && hour < wheel->hour_count);
    struct chunk *last = wheel->last[hour];
    if (last == NULL || last->count == CHUNK_EVENTS) {
        struct chunk *chunk = chunk_get(wheel);
        if (chunk == NULL) return error_set(err, STATUS_NO_MEMORY, "wheel: events that wait");
        chunk->next = chunk;
        if (last != NULL) {
            chunk->next = last->next;
            last->next = chunk;
        }
        wheel->last[hour] = last = chunk;
    }
    last->events[last->count++] = *occurrence;
    return STATUS_OK;
}

static void release_taken(struct wheel *wheel) {
    if (wheel->taken == NULL) return;
    struct chunk *first = wheel->taken->next;
    wheel->taken->next = wheel->free;
    wheel->free = first;
    wheel->taken = NULL;
}

static void radix_pass(const struct occurrence **from, const struct occurrence **to, size_t count,
                       int64_t hour_ms, int shift) {
    size_t start[RADIX + 1] = {0};
    for (size_t i = 0; i < count; i++)
        start[((from[i]->send_ms - hour_ms) >> shift & (RADIX - 1)) + 1]++;
    for (int i = 0; i < RADIX; i++) start[i + 1] += start[i];
    for (size_t i = 0; i < count; i++)
        to[start[(from[i]->send_ms - hour_ms) >> shift & (RADIX - 1)]++] = from[i];
}

enum status wheel_take(struct wheel *wheel, uint32_t hour, const struct occurrence *const **out,
                       size_t *count, struct error *err) {
    CHECK(hour < wheel->hour_count);
    release_taken(wheel);
    struct chunk *last = wheel->last[hour];
    *count = 0;
    *out = wheel->sorted;
    if (last == NULL) return STATUS_OK;
    size_t total = 0;
    struct chunk *chunk = last;
    do total += (chunk = chunk->next)->count;
    while (chunk != last);
    if (!memory_reserve((void **)&wheel->sorted, &wheel->sorted_capacity, total, sizeof(void *),
                        SIZE_MAX / sizeof(void *)) ||
        !memory_reserve((void **)&wheel->scratch, &wheel->scratch_capacity, total, sizeof(void *),
                        SIZE_MAX / sizeof(void *)))
        return error_set(err, STATUS_NO_MEMORY, "wheel: %zu events of an hour", total);
    do {
        chunk = chunk->next;
        for (uint32_t i = 0; i < chunk->count; i++) wheel->sorted[(*count)++] = &chunk->events[i];
    } while (chunk != last);
    int64_t hour_ms = wheel->start_ms + hour * HOUR_MS;
    radix_pass(wheel->sorted, wheel->scratch, total, hour_ms, 0);
    radix_pass(wheel->scratch, wheel->sorted, total, hour_ms, RADIX_BITS);
    wheel->last[hour] = NULL;
    wheel->taken = last;
    *out = wheel->sorted;
    return STATUS_OK;
}
