/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/link.h"

#include <string.h>

#include "query/case_times.h"

/* No cache holds the table of many cases: what will be looked for is fetched beforehand,
 * first the slot, then, nearer, the entry that it leads to. */
enum { CHUNK_ENTRIES = 4096, SLOTS_MIN = 1024, AHEAD_OF_SLOT = 32, AHEAD_OF_ENTRY = 16 };

struct link_chunk {
    struct link_chunk *older;
    uint32_t count;
    struct link_entry entry[CHUNK_ENTRIES];
};

struct link_table {
    uint64_t mask;                    /* slots - 1 */
    uint64_t *slot;                   /* tag, 1 + place of the entry, 32 bits each; 0: free */
    const struct link_chunk **chunks; /* [place / CHUNK_ENTRIES] */
};

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY,
                     "query: more journeys are linked than fit into the memory of a question: ask "
                     "for a shorter period or one municipality, or raise question_bytes");
}

enum purpose link_target(enum purpose purpose) {
    return purpose == PURPOSE_CASE ? PURPOSE_APPOINTMENT : PURPOSE_CASE;
}

/* --- reading --- */

#define APPOINTMENT_COLUMNS                                                             \
    (COLUMN_BIT(APPOINTMENT_COLUMN_CANCELLED) | COLUMN_BIT(APPOINTMENT_COLUMN_MISSED) | \
     COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED))

static int64_t time_at(const struct journey_block *block, uint32_t column, uint32_t row) {
    return ((const int64_t *)block->column[column])[row];
}

static void end(struct link_entry *entry, int64_t as_of_ms, int64_t end_ms, int64_t other_ms) {
    entry->end_ms = fold_seen(as_of_ms, end_ms);
    entry->ended_otherwise = fold_before(fold_seen(as_of_ms, other_ms), entry->end_ms);
}

static struct link_entry entry_of(enum purpose purpose, int64_t as_of_ms,
                                  const struct journey_block *block, uint32_t row) {
    struct link_entry entry = {.tenant = ((const uint32_t *)block->column[JOURNEY_TENANT])[row]};
    if (purpose == PURPOSE_CASE) {
        const struct fold_rows rows = {.column = block->column, .count = block->row_count};
        const struct case_times times = case_times_of(&rows);
        entry.begin_ms = fold_seen(as_of_ms, times.received[row]);
        end(&entry, as_of_ms, completion_of(as_of_ms, &times, row),
            other_end_of(as_of_ms, &times, row));
    } else {
        entry.begin_ms = fold_seen(as_of_ms, time_at(block, JOURNEY_FIRST, row));
        end(&entry, as_of_ms, time_at(block, APPOINTMENT_COLUMN_FINISHED, row),
            fold_earlier(time_at(block, APPOINTMENT_COLUMN_CANCELLED, row),
                         time_at(block, APPOINTMENT_COLUMN_MISSED, row)));
    }
    return entry;
}

static enum status push(struct link_list *list, const struct link_entry *entry, struct error *err) {
    if (list->chunks == NULL || list->chunks->count == CHUNK_ENTRIES) {
        struct link_chunk *chunk = arena_push_raw(list->arena, 1, sizeof *chunk);
        if (chunk == NULL) return no_memory(err);
        chunk->older = list->chunks;
        chunk->count = 0;
        list->chunks = chunk;
    }
    list->chunks->entry[list->chunks->count++] = *entry;
    list->count++;
    return STATUS_OK;
}

/* An entry for each token of the row; one that comes again directly has its entry already. */
static enum status read_row(struct link_list *list, enum purpose purpose, int64_t as_of_ms,
                            const struct journey_block *block, uint32_t row, struct error *err) {
    const struct trails *trails = block->trails;
    const uint64_t *token = (const uint64_t *)trails->column[COLUMN_LINK] + trails->begin[row];
    struct link_entry entry = {.token = 0};
    for (uint32_t i = 0; i < trails->count[row]; i++) {
        if (token[i] == 0 || token[i] == entry.token) continue;
        if (entry.token == 0) entry = entry_of(purpose, as_of_ms, block, row);
        entry.token = token[i];
        TRY(push(list, &entry, err));
    }
    return STATUS_OK;
}

enum status link_read(struct snapshot *snapshot, enum purpose purpose, int64_t as_of_ms,
                      const struct journey_scan_spec *share, struct link_list *list,
                      struct error *err) {
    const enum purpose target = link_target(purpose);
    struct journey_scan_spec spec = *share;
    spec.purpose = target;
    spec.columns = (uint32_t)(target == PURPOSE_CASE ? CASE_TIMES_COLUMNS : APPOINTMENT_COLUMNS) |
                   1u << JOURNEY_TENANT | 1u << JOURNEY_FIRST;
    spec.tell_columns = COLUMN_BIT(COLUMN_LINK);
    struct journey_scan *scan;
    TRY(journey_scan_open(snapshot, &spec, list->arena, &scan, err));
    for (;;) {
        struct journey_block block;
        TRY(journey_scan_next(scan, &block, err));
        if (block.row_count == 0) return STATUS_OK;
        for (uint32_t row = 0; row < block.row_count && block.trails != NULL; row++)
            TRY(read_row(list, target, as_of_ms, &block, row, err));
    }
}

/* --- looking up --- */

static uint64_t hash_of(uint32_t tenant, uint64_t token) {
    return (token ^ (uint64_t)tenant << 40) * UINT64_C(0x9E3779B97F4A7C15);
}

static uint64_t first_slot(const struct link_table *table, uint64_t hash) {
    return hash >> 20 & table->mask;
}

static const struct link_entry *entry_at(const struct link_table *table, uint64_t slot) {
    const uint32_t place = (uint32_t)slot - 1;
    return &table->chunks[place / CHUNK_ENTRIES]->entry[place % CHUNK_ENTRIES];
}

static bool has_tag(uint64_t slot, uint64_t hash) {
    return slot >> 32 == hash >> 32;
}

static void fetch_slot(const struct link_table *table, uint32_t tenant, uint64_t token) {
    __builtin_prefetch(&table->slot[first_slot(table, hash_of(tenant, token))]);
}

static void fetch_entry(const struct link_table *table, uint32_t tenant, uint64_t token) {
    const uint64_t hash = hash_of(tenant, token);
    for (uint64_t at = first_slot(table, hash); table->slot[at] != 0; at = (at + 1) & table->mask) {
        if (!has_tag(table->slot[at], hash)) continue;
        __builtin_prefetch(entry_at(table, table->slot[at]));
        return;
    }
}

/* The slot of the key, or the free one where it would be. */
static uint64_t *place_of(const struct link_table *table, uint32_t tenant, uint64_t token) {
    const uint64_t hash = hash_of(tenant, token);
    for (uint64_t at = first_slot(table, hash);; at = (at + 1) & table->mask) {
        uint64_t *slot = &table->slot[at];
        if (*slot == 0) return slot;
        if (!has_tag(*slot, hash)) continue;
        const struct link_entry *entry = entry_at(table, *slot);
        if (entry->token == token && entry->tenant == tenant) return slot;
    }
}

/* The one that began first; an absent begin is last. Of one moment, the one that ended first: so
 * the order in which they come does not matter. */
static bool goes_before(const struct link_entry *a, const struct link_entry *b) {
    if (a->begin_ms != b->begin_ms) return fold_before(a->begin_ms, b->begin_ms);
    if (a->end_ms != b->end_ms) return fold_before(a->end_ms, b->end_ms);
    return !a->ended_otherwise && b->ended_otherwise;
}

static void add_chunk(struct link_table *table, const struct link_chunk *chunk, uint32_t number) {
    for (uint32_t i = 0; i < chunk->count; i++) {
        const struct link_entry *entry = &chunk->entry[i];
        if (i + AHEAD_OF_SLOT < chunk->count)
            fetch_slot(table, entry[AHEAD_OF_SLOT].tenant, entry[AHEAD_OF_SLOT].token);
        if (i + AHEAD_OF_ENTRY < chunk->count)
            fetch_entry(table, entry[AHEAD_OF_ENTRY].tenant, entry[AHEAD_OF_ENTRY].token);
        const uint64_t tag = hash_of(entry->tenant, entry->token) >> 32;
        uint64_t *slot = place_of(table, entry->tenant, entry->token);
        if (*slot == 0 || goes_before(entry, entry_at(table, *slot)))
            *slot = tag << 32 | (number * CHUNK_ENTRIES + i + 1);
    }
}

enum status link_table_build(const struct link_list *const *lists, uint32_t count,
                             struct arena *arena, struct link_table **out, struct error *err) {
    struct link_table *table = *out = arena_push(arena, 1, sizeof *table);
    uint64_t entries = 0, slots = SLOTS_MIN, chunks = 0;
    for (uint32_t i = 0; i < count; i++) {
        entries += lists[i]->count;
        for (const struct link_chunk *at = lists[i]->chunks; at != NULL; at = at->older) chunks++;
    }
    while (slots / 4 * 3 <= entries) slots *= 2;
    if (table == NULL || chunks > UINT32_MAX / CHUNK_ENTRIES - 1) return no_memory(err);
    table->mask = slots - 1;
    table->slot = arena_push_array(arena, uint64_t, slots);
    table->chunks = arena_push_raw(arena, chunks + 1, sizeof *table->chunks);
    if (table->slot == NULL || table->chunks == NULL) return no_memory(err);
    uint32_t number = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (const struct link_chunk *at = lists[i]->chunks; at != NULL; at = at->older) {
            table->chunks[number] = at;
            add_chunk(table, at, number++);
        }
    }
    return STATUS_OK;
}

const struct link_entry *link_find(const struct link_table *table, uint32_t tenant,
                                   uint64_t token) {
    const uint64_t *slot = place_of(table, tenant, token);
    return *slot == 0 ? NULL : entry_at(table, *slot);
}

/* What the rows look for, before it is looked for, so that it can be fetched from memory. */
struct link_key {
    uint64_t token;
    uint32_t tenant, row;
};

enum { KEYS_MAX = 1024 };
struct link_keys {
    uint32_t count;
    struct link_key key[KEYS_MAX];
};

static void look_up(const struct link_table *table, struct link_rows *rows,
                    struct link_keys *keys) {
    for (uint32_t i = 0; i < keys->count; i++) {
        const struct link_key *key = &keys->key[i];
        if (i + AHEAD_OF_SLOT < keys->count)
            fetch_slot(table, key[AHEAD_OF_SLOT].tenant, key[AHEAD_OF_SLOT].token);
        if (i + AHEAD_OF_ENTRY < keys->count)
            fetch_entry(table, key[AHEAD_OF_ENTRY].tenant, key[AHEAD_OF_ENTRY].token);
        const struct link_entry *entry = link_find(table, key->tenant, key->token);
        const struct link_entry **first = &rows->first[key->row];
        if (entry != NULL && (*first == NULL || goes_before(entry, *first))) *first = entry;
    }
    keys->count = 0;
}

/* All tokens of the rows, but for those that come again directly. */
static void find_first(const struct link_table *table, struct link_rows *rows,
                       const struct journey_block *block) {
    const struct trails *trails = block->trails;
    const uint32_t *tenant = block->column[JOURNEY_TENANT];
    struct link_keys keys;
    keys.count = 0;
    for (uint32_t row = 0; row < block->row_count; row++) {
        const uint64_t *token = (const uint64_t *)trails->column[COLUMN_LINK] + trails->begin[row];
        uint64_t last = 0;
        for (uint32_t i = 0; i < trails->count[row]; i++) {
            if (token[i] == 0 || token[i] == last) continue;
            last = token[i];
            if (keys.count == KEYS_MAX) look_up(table, rows, &keys);
            keys.key[keys.count++] = (struct link_key){last, tenant[row], row};
        }
        rows->state[row] = last == 0 ? LINK_NONE : LINK_LOST;
    }
    look_up(table, rows, &keys);
}

void link_join(const struct link_table *table, struct link_rows *rows,
               struct journey_block *block) {
    memset(rows->first, 0, block->row_count * sizeof(*rows->first));
    memset(rows->state, LINK_NONE, block->row_count);
    if (block->trails != NULL) find_first(table, rows, block);
    for (uint32_t row = 0; row < block->row_count; row++) {
        const struct link_entry *first = rows->first[row];
        if (first != NULL) rows->state[row] = first->ended_otherwise ? LINK_OTHERWISE : LINK_FOUND;
        rows->begin[row] = first == NULL ? TIME_ABSENT : first->begin_ms;
        rows->end[row] = first == NULL ? TIME_ABSENT : first->end_ms;
    }
    block->column[LINK_STATE] = rows->state;
    block->column[LINK_BEGIN] = rows->begin;
    block->column[LINK_END] = rows->end;
}
