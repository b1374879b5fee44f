/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/group.h"

#include <string.h>

enum { LOOKUP_SLOTS_MIN = 64, PAIRS_COLUMNS_MIN = 16 };
enum { BUCKET_BITS = 16, STEP_BITS = 25 };

/* --- lookup: open addressing, at most half full --- */

void lookup_init(struct lookup *lookup, struct arena *arena) {
    *lookup = (struct lookup){.arena = arena};
}

/* Where the key is, or where it would be. capacity > 0. */
static uint32_t slot_of(const struct lookup *lookup, uint64_t key) {
    uint64_t mixed = key * UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ mixed >> 32) * UINT64_C(0xBF58476D1CE4E5B9);
    uint32_t at = (uint32_t)(mixed >> lookup->shift);
    while (lookup->slots[at].number_plus_1 != 0 && lookup->slots[at].key != key)
        at = (at + 1) & (lookup->capacity - 1);
    return at;
}

bool lookup_find(const struct lookup *lookup, uint64_t key, uint32_t *number) {
    if (lookup->capacity == 0) return false;
    const struct lookup_slot *slot = &lookup->slots[slot_of(lookup, key)];
    *number = slot->number_plus_1 - 1;
    return slot->number_plus_1 != 0;
}

static bool lookup_grow(struct lookup *lookup) {
    uint32_t old_capacity = lookup->capacity;
    const struct lookup_slot *old = lookup->slots;
    uint32_t capacity = old_capacity == 0 ? LOOKUP_SLOTS_MIN : old_capacity * 2;
    struct lookup_slot *slots = arena_push(lookup->arena, capacity, sizeof *slots);
    if (slots == NULL) return false;
    lookup->slots = slots;
    lookup->capacity = capacity;
    lookup->shift = __builtin_clz(capacity) + 33; /* leaves log2(capacity) bits of 64 */
    for (uint32_t i = 0; i < old_capacity; i++)
        if (old[i].number_plus_1 != 0) slots[slot_of(lookup, old[i].key)] = old[i];
    return true;
}

enum status lookup_put(struct lookup *lookup, uint64_t key, uint32_t number) {
    if (lookup->count * 2 >= lookup->capacity && !lookup_grow(lookup)) return STATUS_NO_MEMORY;
    lookup->count++;
    lookup->slots[slot_of(lookup, key)] =
        (struct lookup_slot){.key = key, .number_plus_1 = number + 1};
    return STATUS_OK;
}

/* --- pairs --- */

void pairs_init(struct pairs *pairs, struct arena *arena, uint32_t limit) {
    *pairs = (struct pairs){.arena = arena, .limit = limit};
    lookup_init(&pairs->others, arena);
}

static uint64_t doubled_above(uint64_t size, uint64_t number) {
    while (size <= number) size *= 2;
    return size;
}

/* Makes the table cover the pair, if it may be so large. What it cannot cover once it never covers,
 * because it only grows: so no pair is both in the table and in `others`. */
static enum status pairs_cover(struct pairs *pairs, uint32_t first, uint32_t second) {
    if (first < pairs->rows && second < pairs->columns) return STATUS_OK;
    const uint64_t rows = doubled_above(pairs->rows == 0 ? 1 : pairs->rows, first);
    const uint64_t columns =
        doubled_above(pairs->columns == 0 ? PAIRS_COLUMNS_MIN : pairs->columns, second);
    if (rows > PAIRS_TABLE_MAX || rows * columns > PAIRS_TABLE_MAX) return STATUS_OK;
    uint32_t *table = arena_push(pairs->arena, (rows + 1) * columns, sizeof *table);
    if (table == NULL) return STATUS_NO_MEMORY;
    for (size_t row = 1; row <= pairs->rows; row++)
        memcpy(table + row * columns, pairs->number_plus_1 + row * pairs->columns,
               pairs->columns * sizeof *table);
    pairs->number_plus_1 = table;
    pairs->rows = (uint32_t)rows;
    pairs->columns = (uint32_t)columns;
    return STATUS_OK;
}

enum status pairs_get(struct pairs *pairs, uint32_t first, uint32_t second, uint32_t *number) {
    TRY(pairs_cover(pairs, first, second));
    const bool covered = first < pairs->rows && second < pairs->columns;
    const uint64_t key = (uint64_t)first << 32 | second;
    uint32_t *entry = NULL;
    if (covered) {
        entry = &pairs->number_plus_1[((size_t)first + 1) * pairs->columns + second];
        *number = *entry - 1;
        if (*entry != 0) return STATUS_OK;
    } else if (lookup_find(&pairs->others, key, number)) {
        return STATUS_OK;
    }
    if (pairs->count == pairs->limit) return STATUS_TOO_LARGE;
    *number = pairs->count++;
    if (!covered) return lookup_put(&pairs->others, key, *number);
    *entry = *number + 1;
    return STATUS_OK;
}

/* --- groups --- */

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

/* Makes the table cover the cell, if it may be so large; as with pairs, once not is never. */
static enum status groups_cover(struct groups *groups, uint32_t cell) {
    if (cell < groups->table_cells) return STATUS_OK;
    const uint64_t cells = doubled_above(groups->table_cells == 0 ? 1 : groups->table_cells, cell);
    if (cells * groups->bucket_count > GROUPS_TABLE_MAX) return STATUS_OK;
    struct group **table =
        arena_push(groups->arena, (cells + 1) * groups->bucket_count, sizeof(struct group *));
    if (table == NULL) return STATUS_NO_MEMORY;
    memcpy(table, groups->table,
           ((size_t)groups->table_cells + 1) * groups->bucket_count * sizeof(struct group *));
    for (uint64_t row = groups->table_cells + 1; row <= cells; row++)
        table[row * groups->bucket_count + BUCKET_NOWHERE] = groups->nowhere;
    groups->table = table;
    groups->table_cells = (uint32_t)cells;
    return STATUS_OK;
}

static struct group *new_group(struct groups *groups) {
    struct group *group = arena_push(
        groups->arena, 1, sizeof *group + (groups->class_count + 1) * sizeof(struct tally));
    for (uint32_t class = 0; class < groups->class_count && group != NULL; class ++)
        group->tally[class].amount = groups->amount_first[class];
    return group;
}

enum status groups_init(struct groups *groups, struct arena *arena, uint32_t class_count,
                        uint32_t dimension_count, uint32_t bucket_count, uint32_t group_limit) {
    CHECK(class_count <= CLASSES_MAX && dimension_count <= GROUP_DIMENSIONS_MAX);
    CHECK(bucket_count <= 1u << BUCKET_BITS);
    *groups = (struct groups){.arena = arena,
                              .class_count = class_count,
                              .dimension_count = dimension_count,
                              .bucket_count = bucket_count,
                              .group_limit = group_limit};
    for (uint32_t i = 0; i < dimension_count; i++) {
        pairs_init(&groups->code[i], arena, group_limit);
        pairs_init(&groups->prefix[i], arena, group_limit);
    }
    lookup_init(&groups->others, arena);
    groups->nowhere = new_group(groups);
    groups->table = arena_push(arena, bucket_count, sizeof(struct group *)); /* of no cell */
    if (groups->nowhere == NULL || groups->table == NULL) return STATUS_NO_MEMORY;
    groups->table[BUCKET_NOWHERE] = groups->nowhere;
    return dimension_count == 0 ? groups_cover(groups, 0) : STATUS_OK;
}

enum status groups_cell(struct groups *groups, const uint32_t *codes, uint32_t *cell) {
    uint32_t number = 0;
    for (uint32_t i = 0; i < groups->dimension_count; i++) {
        uint32_t local;
        TRY(pairs_get(&groups->code[i], 0, codes[i], &local));
        if (i == 0)
            number = local;
        else
            TRY(pairs_get(&groups->prefix[i], number, local, &number));
    }
    *cell = number;
    if (number < groups->cell_count || groups->dimension_count == 0) return STATUS_OK;
    void *array = groups->codes;
    size_t bytes = groups->dimension_count * sizeof *codes;
    if (!grow(groups->arena, &array, &groups->cell_capacity, groups->cell_count, bytes))
        return STATUS_NO_MEMORY;
    groups->codes = array;
    memcpy(groups->codes + (size_t)number * groups->dimension_count, codes, bytes);
    groups->cell_count++;
    return groups_cover(groups, number);
}

static enum status make_group(struct groups *groups, uint32_t cell, uint32_t bucket, uint32_t step,
                              struct group **out) {
    if (groups->group_count == groups->group_limit) return STATUS_TOO_LARGE;
    void *array = groups->group;
    if (!grow(groups->arena, &array, &groups->group_capacity, groups->group_count,
              sizeof *groups->group))
        return STATUS_NO_MEMORY;
    groups->group = array;
    struct group *group = new_group(groups);
    if (group == NULL) return STATUS_NO_MEMORY;
    group->cell = cell;
    group->bucket = bucket;
    group->step = step;
    groups->group[groups->group_count++] = group;
    *out = group;
    return STATUS_OK;
}

enum status groups_get(struct groups *groups, uint32_t cell, uint32_t bucket, uint32_t step,
                       struct group **out) {
    CHECK(bucket > BUCKET_NOWHERE && bucket < groups->bucket_count && step < 1u << STEP_BITS);
    if (step == 0 && cell < groups->table_cells) {
        struct group **place = &groups->table[((size_t)cell + 1) * groups->bucket_count + bucket];
        if (*place == NULL) TRY(make_group(groups, cell, bucket, step, place));
        *out = *place;
        return STATUS_OK;
    }
    const uint64_t key = ((uint64_t)cell << BUCKET_BITS | bucket) << STEP_BITS | step;
    uint32_t number;
    if (lookup_find(&groups->others, key, &number)) {
        *out = groups->group[number];
        return STATUS_OK;
    }
    TRY(make_group(groups, cell, bucket, step, out));
    return lookup_put(&groups->others, key, groups->group_count - 1);
}

void groups_seal(struct groups *groups) {
    for (uint32_t i = 0; i < groups->group_count; i++)
        for (uint32_t s = 0; s < SERIES_MAX; s++) series_seal(&groups->group[i]->series[s]);
}

enum status groups_absorb(struct groups *groups, const struct groups *others,
                          const uint32_t *step_of, uint32_t step_first, groups_combine combine,
                          const void *context) {
    CHECK(groups->class_count == others->class_count);
    CHECK(groups->dimension_count == others->dimension_count);
    for (uint32_t i = 0; i < others->group_count; i++) {
        struct group *from = others->group[i], *into;
        uint32_t cell;
        const size_t at = (size_t)from->cell * groups->dimension_count;
        const uint32_t *codes = groups->dimension_count == 0 ? NULL : others->codes + at;
        TRY(groups_cell(groups, codes, &cell));
        uint32_t step = from->step;
        if (step_of != NULL && step >= step_first) step = step_first + step_of[step - step_first];
        TRY(groups_get(groups, cell, from->bucket, step, &into));
        into->late += from->late;
        for (uint32_t s = 0; s < SERIES_MAX; s++) series_take(&into->series[s], &from->series[s]);
        for (uint32_t class = 0; class < groups->class_count; class ++) {
            if (from->tally[class].count > 0)
                combine(context, class, &into->tally[class], &from->tally[class]);
        }
    }
    return STATUS_OK;
}
