/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/group.h"

#include <string.h>

enum { SERIES_CHUNK_BYTES_MIN = 128, SERIES_CHUNK_BYTES_MAX = 512 * 1024, INTERNER_SLOTS_MIN = 64 };
enum { BUCKET_BITS = 16, STEP_BITS = 25 };

/* --- series --- */

static bool series_grow(struct series *series, struct arena *arena) {
    struct series_chunk *newest = series->newest;
    size_t bytes = SERIES_CHUNK_BYTES_MIN;
    if (newest != NULL) bytes = 2 * (sizeof *newest + newest->capacity * sizeof(int64_t));
    if (bytes > SERIES_CHUNK_BYTES_MAX) bytes = SERIES_CHUNK_BYTES_MAX;
    struct series_chunk *chunk = arena_push_raw(arena, bytes, 1);
    if (chunk == NULL) return false;
    chunk->older = newest;
    chunk->count = 0;
    chunk->capacity = (uint32_t)((bytes - sizeof *chunk) / sizeof(int64_t));
    series->newest = chunk;
    return true;
}

bool series_add(struct series *series, struct arena *arena, int64_t value) {
    struct series_chunk *chunk = series->newest;
    if (chunk == NULL || chunk->count == chunk->capacity) {
        if (!series_grow(series, arena)) return false;
        chunk = series->newest;
    }
    chunk->values[chunk->count++] = value;
    series->count++;
    return true;
}

void series_copy(const struct series *series, int64_t *out) {
    for (const struct series_chunk *chunk = series->newest; chunk != NULL; chunk = chunk->older) {
        memcpy(out, chunk->values, chunk->count * sizeof *out);
        out += chunk->count;
    }
}

/* --- interner: open addressing, at most half full --- */

void interner_init(struct interner *interner, struct arena *arena, uint32_t limit) {
    *interner = (struct interner){.arena = arena, .limit = limit};
}

static bool interner_grow(struct interner *interner) {
    uint32_t old_capacity = interner->capacity;
    const struct interner_slot *old = interner->slots;
    uint32_t capacity = old_capacity == 0 ? INTERNER_SLOTS_MIN : old_capacity * 2;
    struct interner_slot *slots = arena_push(interner->arena, capacity, sizeof *slots);
    if (slots == NULL) return false;
    interner->slots = slots;
    interner->capacity = capacity;
    interner->shift = __builtin_clz(capacity) + 33; /* leaves log2(capacity) bits of 64 */
    for (uint32_t i = 0; i < old_capacity; i++)
        if (old[i].number_plus_1 != 0) slots[interner_slot_of(interner, old[i].key)] = old[i];
    return true;
}

enum status interner_add(struct interner *interner, uint64_t key, uint32_t *number) {
    if (interner->count == interner->limit) return STATUS_TOO_LARGE;
    if (interner->count * 2 >= interner->capacity && !interner_grow(interner))
        return STATUS_NO_MEMORY;
    *number = interner->count++;
    interner->slots[interner_slot_of(interner, key)] =
        (struct interner_slot){.key = key, .number_plus_1 = *number + 1};
    return STATUS_OK;
}

/* --- groups --- */

void groups_init(struct groups *groups, struct arena *arena, uint32_t class_count,
                 uint32_t dimension_count, uint32_t group_limit) {
    CHECK(class_count <= CLASSES_MAX && dimension_count <= GROUP_DIMENSIONS_MAX);
    *groups = (struct groups){.arena = arena,
                              .class_count = class_count,
                              .dimension_count = dimension_count,
                              .group_limit = group_limit};
    for (uint32_t i = 0; i < dimension_count; i++)
        interner_init(&groups->prefix[i], arena, group_limit);
    interner_init(&groups->index, arena, group_limit);
}

/* Makes room for one more element; the old array stays behind in the arena. */
static bool grow(struct arena *arena, void **array, uint32_t *capacity, uint32_t count,
                 size_t element_bytes) {
    if (count < *capacity) return true;
    uint32_t larger = *capacity == 0 ? 16 : *capacity * 2;
    void *moved = arena_push_raw(arena, larger, element_bytes);
    if (moved == NULL) return false;
    if (count > 0) memcpy(moved, *array, count * element_bytes);
    *array = moved;
    *capacity = larger;
    return true;
}

enum status groups_cell(struct groups *groups, const uint32_t *codes, uint32_t *cell) {
    uint32_t number = 0;
    for (uint32_t i = 0; i < groups->dimension_count; i++)
        TRY(interner_get(&groups->prefix[i], (uint64_t)number << 32 | codes[i], &number));
    *cell = number;
    if (number < groups->cell_count || groups->dimension_count == 0) return STATUS_OK;
    void *array = groups->codes;
    size_t bytes = groups->dimension_count * sizeof *codes;
    if (!grow(groups->arena, &array, &groups->cell_capacity, groups->cell_count, bytes))
        return STATUS_NO_MEMORY;
    groups->codes = array;
    memcpy(groups->codes + (size_t)number * groups->dimension_count, codes, bytes);
    groups->cell_count++;
    return STATUS_OK;
}

enum status groups_get(struct groups *groups, uint32_t cell, uint32_t bucket, uint32_t step,
                       struct group **out) {
    CHECK(bucket < 1u << BUCKET_BITS && step < 1u << STEP_BITS);
    uint64_t key = ((uint64_t)cell << BUCKET_BITS | bucket) << STEP_BITS | step;
    uint32_t number;
    TRY(interner_get(&groups->index, key, &number));
    if (number < groups->group_count) {
        *out = groups->group[number];
        return STATUS_OK;
    }
    void *array = groups->group;
    if (!grow(groups->arena, &array, &groups->group_capacity, groups->group_count,
              sizeof *groups->group))
        return STATUS_NO_MEMORY;
    groups->group = array;
    struct group *group =
        arena_push(groups->arena, 1, sizeof *group + groups->class_count * sizeof(struct tally));
    if (group == NULL) return STATUS_NO_MEMORY;
    group->cell = cell;
    group->bucket = bucket;
    group->step = step;
    groups->group[groups->group_count++] = group;
    *out = group;
    return STATUS_OK;
}

static void take_series(struct series *into, const struct series *from) {
    if (from->newest == NULL) return;
    struct series_chunk *oldest = from->newest;
    while (oldest->older != NULL) oldest = oldest->older;
    oldest->older = into->newest;
    into->newest = from->newest;
    into->count += from->count;
}

enum status groups_absorb(struct groups *groups, const struct groups *others,
                          groups_combine combine, const void *context) {
    CHECK(groups->class_count == others->class_count);
    CHECK(groups->dimension_count == others->dimension_count);
    for (uint32_t i = 0; i < others->group_count; i++) {
        const struct group *from = others->group[i];
        struct group *into;
        uint32_t cell;
        const size_t at = (size_t)from->cell * groups->dimension_count;
        const uint32_t *codes = groups->dimension_count == 0 ? NULL : others->codes + at;
        TRY(groups_cell(groups, codes, &cell));
        TRY(groups_get(groups, cell, from->bucket, from->step, &into));
        into->late += from->late;
        for (uint32_t s = 0; s < SERIES_MAX; s++) take_series(&into->series[s], &from->series[s]);
        for (uint32_t class = 0; class < groups->class_count; class ++) {
            if (from->tally[class].count > 0)
                combine(context, class, &into->tally[class], &from->tally[class]);
        }
    }
    return STATUS_OK;
}
