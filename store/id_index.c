/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/id_index.h"

#include <string.h>

#include "base/memory.h"

/* Entries lie in the order of their adding; open addressing with linear probing finds
 * them. A slot holds half of the id beside the place of the whole, so a look-up touches one cache
 * line, and one more where the id is there. */
struct id_set {
    uint32_t count, capacity;
    struct id_entry *entries;
    uint64_t slot_count; /* a power of two */
    uint64_t *slots;     /* upper half of high << 32 | number + 1; 0: free */
};

enum { FIRST_SLOTS = 1 << 12 };

static uint32_t set_room(uint64_t slot_count) {
    return (uint32_t)(slot_count / 4 * 3); /* more, and chains become long */
}

void id_set_free(struct id_set *set) {
    if (set == NULL) return;
    memory_free(set->entries);
    memory_free(set->slots);
    memory_free(set);
}

static void set_place(uint64_t *slots, uint64_t slot_count, uint64_t high, uint32_t number) {
    uint64_t at = high & (slot_count - 1);
    while (slots[at] != 0) at = (at + 1) & (slot_count - 1);
    slots[at] = (high & ~(uint64_t)UINT32_MAX) | (number + 1);
}

static bool set_resize(struct id_set *set, uint64_t slot_count) {
    const uint32_t capacity = set_room(slot_count);
    void *entries = memory_resize(set->entries, capacity * sizeof *set->entries);
    if (entries != NULL) set->entries = entries;
    uint64_t *slots = memory_new(slot_count, sizeof *slots);
    if (entries == NULL || slots == NULL) {
        memory_free(slots);
        return false;
    }
    for (uint32_t i = 0; i < set->count; i++) set_place(slots, slot_count, set->entries[i].high, i);
    memory_free(set->slots);
    set->slots = slots;
    set->slot_count = slot_count;
    set->capacity = capacity;
    return true;
}

static struct id_set *set_create(void) {
    struct id_set *set = memory_new(1, sizeof *set);
    if (set != NULL && set_resize(set, FIRST_SLOTS)) return set;
    id_set_free(set);
    return NULL;
}

void id_set_clear(struct id_set *set) {
    memset(set->slots, 0, set->slot_count * sizeof *set->slots);
    set->count = 0;
}

/* Slot of the id, or the free one where it belongs. */
static uint64_t *set_slot(const struct id_set *set, const struct id_entry *id) {
    const uint64_t mask = set->slot_count - 1;
    for (uint64_t at = id->high & mask;; at = (at + 1) & mask) {
        const uint64_t slot = set->slots[at];
        if (slot == 0) return &set->slots[at];
        if (slot >> 32 != id->high >> 32) continue;
        if (id_equal(&set->entries[(uint32_t)slot - 1], id)) return &set->slots[at];
    }
}

enum status id_index_init(struct id_index *index, struct error *err) {
    *index = (struct id_index){.active = set_create()};
    return index->active == NULL ? error_set(err, STATUS_NO_MEMORY, "id index: no memory")
                                 : STATUS_OK;
}

void id_index_free(struct id_index *index) {
    id_set_free(index->active);
    id_set_free(index->frozen);
    id_set_free(index->spare);
    for (uint32_t i = 0; i < index->run_count; i++) id_run_close(index->runs[i]);
    memory_free(index->runs);
    *index = (struct id_index){0};
}

static void set_prefetch(const struct id_set *set, uint64_t high) {
    __builtin_prefetch(&set->slots[high & (set->slot_count - 1)]);
}

void id_index_prefetch(const struct id_index *index, uint64_t high) {
    set_prefetch(index->active, high);
    if (index->frozen != NULL) set_prefetch(index->frozen, high);
    for (uint32_t i = 0; i < index->run_count; i++) id_run_prefetch(index->runs[i], high);
}

static enum outcome compare(uint32_t stored, uint32_t content) {
    return stored == content ? OUTCOME_DUPLICATE : OUTCOME_CONFLICT;
}

enum status id_index_find(struct id_index *index, const struct id_entry *id, enum outcome *found,
                          struct error *err) {
    *found = OUTCOME_PENDING;
    const struct id_set *sets[] = {index->active, index->frozen};
    for (int i = 0; i < 2; i++) {
        if (sets[i] == NULL) continue;
        const uint64_t slot = *set_slot(sets[i], id);
        if (slot == 0) continue;
        *found = compare(sets[i]->entries[(uint32_t)slot - 1].content, id->content);
        return STATUS_OK;
    }
    const struct id_mask mask = id_mask_of(id->low);
    for (uint32_t i = index->run_count; i-- > 0;) {
        bool there;
        uint32_t stored;
        TRY(id_run_find(index->runs[i], id, &mask, &there, &stored, err));
        if (!there) continue;
        *found = compare(stored, id->content);
        return STATUS_OK;
    }
    return STATUS_OK;
}

enum status id_index_add(struct id_index *index, const struct id_entry *id, struct error *err) {
    struct id_set *set = index->active;
    if (set->count == set->capacity &&
        (set->count >= ID_SET_IDS_MAX || !set_resize(set, set->slot_count * 2)))
        return error_set(err, STATUS_NO_MEMORY, "id index: no memory");
    uint64_t *slot = set_slot(set, id);
    CHECK(*slot == 0);
    set->entries[set->count] = *id;
    *slot = (id->high & ~(uint64_t)UINT32_MAX) | ++set->count;
    return STATUS_OK;
}

/* Newest first, so that what is taken out is always the end of its chain. */
void id_index_take_back(struct id_index *index, uint32_t count) {
    struct id_set *set = index->active;
    CHECK(count <= set->count);
    for (; count > 0; count--) {
        *set_slot(set, &set->entries[set->count - 1]) = 0;
        set->count--;
    }
}

const struct id_entry *id_index_newest(const struct id_index *index, uint32_t count) {
    CHECK(count <= index->active->count);
    return index->active->entries + index->active->count - count;
}

enum status id_index_freeze(struct id_index *index, struct error *err) {
    CHECK(index->frozen == NULL);
    struct id_set *fresh = index->spare != NULL ? index->spare : set_create();
    if (fresh == NULL) return error_set(err, STATUS_NO_MEMORY, "id index: no memory");
    index->spare = NULL;
    index->frozen = index->active;
    index->active = fresh;
    return STATUS_OK;
}

/* Ids are uniform hashes, so an id's place in order is nearly known: counting by the leading bits
 * puts about four in each bucket, and insertion sorts the rest. */
static void insertion_sort(struct id_entry *entries, uint64_t count) {
    for (uint64_t i = 1; i < count; i++) {
        const struct id_entry entry = entries[i];
        uint64_t at = i;
        for (; at > 0 && id_before(&entry, &entries[at - 1]); at--) entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

static enum status sort_set(const struct id_set *set, struct id_entry *sorted, struct error *err) {
    unsigned bits = 1;
    while (bits < 24 && (UINT64_C(4) << bits) < set->count) bits++;
    const unsigned shift = 64 - bits;
    uint32_t *ends = memory_new((UINT64_C(1) << bits) + 1, sizeof *ends);
    if (ends == NULL) return error_set(err, STATUS_NO_MEMORY, "id index: no memory");
    for (uint32_t i = 0; i < set->count; i++) ends[(set->entries[i].high >> shift) + 1]++;
    for (uint64_t bucket = 1; bucket <= UINT64_C(1) << bits; bucket++)
        ends[bucket] += ends[bucket - 1]; /* now the start of the bucket after */
    for (uint32_t i = 0; i < set->count; i++)
        sorted[ends[set->entries[i].high >> shift]++] = set->entries[i];
    for (uint64_t bucket = 0, start = 0; bucket < UINT64_C(1) << bits; bucket++) {
        insertion_sort(sorted + start, ends[bucket] - start);
        start = ends[bucket];
    }
    memory_free(ends);
    return STATUS_OK;
}

struct array_source {
    const struct id_entry *entries;
    uint64_t at, count;
};

static bool next_of_array(void *context, struct id_entry *entry) {
    struct array_source *source = context;
    if (source->at == source->count) return false;
    *entry = source->entries[source->at++];
    return true;
}

enum status id_index_write_frozen(struct id_index *index, struct file_io *io, const char *path,
                                  struct error *err) {
    const struct id_set *set = index->frozen;
    struct id_entry *sorted = memory_get(set->count * sizeof *sorted);
    if (sorted == NULL) return error_set(err, STATUS_NO_MEMORY, "id index: no memory");
    struct array_source source = {.entries = sorted, .count = set->count};
    enum status status = sort_set(set, sorted, err);
    if (status == STATUS_OK)
        status = id_run_write(io, path, set->count, next_of_array, &source, err);
    memory_free(sorted);
    return status;
}

enum status id_index_reserve(struct id_index *index, struct error *err) {
    void *runs = index->runs;
    if (!memory_reserve(&runs, &index->run_capacity, index->run_count + 1u, sizeof *index->runs,
                        ID_RUNS_MAX))
        return error_set(err, STATUS_NO_MEMORY, "id index: too many runs");
    index->runs = runs;
    return STATUS_OK;
}

enum status id_index_add_run(struct id_index *index, struct id_run *run, struct error *err) {
    TRY(id_index_reserve(index, err));
    index->runs[index->run_count++] = run;
    return STATUS_OK;
}

struct id_set *id_index_install(struct id_index *index, struct id_run *run) {
    CHECK(index->run_count < index->run_capacity);
    index->runs[index->run_count++] = run;
    struct id_set *written = index->frozen;
    index->frozen = NULL;
    return written;
}

struct id_set *id_index_keep(struct id_index *index, struct id_set *emptied) {
    if (index->spare != NULL) return emptied;
    index->spare = emptied;
    return NULL;
}

enum { BETWEEN_IDS = 1 << 16 };

struct merge_source {
    const struct id_merge *merge;
    uint64_t taken;
    uint32_t left; /* runs that have not ended: the first so many */
    struct id_cursor cursor[ID_RUNS_MAX];
    struct id_entry head[ID_RUNS_MAX];
    struct error *err;
    enum status status;
};

/* The next entry of run i; a run that ends gives its place to the last one. */
static void advance(struct merge_source *source, uint32_t i) {
    bool found = false;
    source->status = id_cursor_next(&source->cursor[i], &found, &source->head[i], source->err);
    if (found) return;
    source->left--;
    source->cursor[i] = source->cursor[source->left];
    source->head[i] = source->head[source->left];
}

static bool next_of_merge(void *context, struct id_entry *entry) {
    struct merge_source *source = context;
    if (++source->taken % BETWEEN_IDS == 0 && source->merge->pause != NULL &&
        source->status == STATUS_OK)
        source->status = source->merge->pause(source->merge->context, 0, source->err);
    if (source->left == 0 || source->status != STATUS_OK) return false;
    uint32_t least = 0;
    for (uint32_t i = 1; i < source->left; i++)
        if (id_before(&source->head[i], &source->head[least])) least = i;
    *entry = source->head[least];
    advance(source, least);
    return true;
}

enum status id_index_write_merged(const struct id_merge *merge, struct file_io *io,
                                  const char *path, struct error *err) {
    struct merge_source source = {.merge = merge, .left = merge->run_count, .err = err};
    uint64_t count = 0;
    for (uint32_t i = 0; i < merge->run_count; i++) {
        count += id_run_count(merge->runs[i]);
        source.cursor[i].run = merge->runs[i];
    }
    for (uint32_t i = merge->run_count; i-- > 0 && source.status == STATUS_OK;) advance(&source, i);
    if (source.status != STATUS_OK) return source.status;
    const enum status status = id_run_write(io, path, count, next_of_merge, &source, err);
    return source.status != STATUS_OK ? source.status : status;
}

void id_index_replace(struct id_index *index, uint32_t first, uint32_t count,
                      struct id_run *merged) {
    CHECK(count >= 1 && first + count <= index->run_count);
    index->runs[first] = merged;
    for (uint32_t i = first + count; i < index->run_count; i++)
        index->runs[i - count + 1] = index->runs[i];
    index->run_count -= count - 1;
}

uint64_t id_index_bytes(const struct id_index *index) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < index->run_count; i++) bytes += id_run_bytes(index->runs[i]);
    return bytes;
}
