/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/id_index.h"

#include "base/memory.h"

/* Open addressing with linear probing, at most half full. An id is a hash, so it is its own place.
 * The id 0,0 marks a free slot; it never occurs (id_of). */
struct id_set {
    uint64_t slot_count; /* a power of two */
    uint64_t used;
    struct id_entry *slots;
};

static struct event_id id_of(struct event_id id) {
    if (id.high == 0 && id.low == 0) id.low = 1;
    return id;
}
static bool same(struct event_id a, struct event_id b) {
    return a.high == b.high && a.low == b.low;
}
static bool is_free(const struct id_entry *entry) {
    return entry->id.high == 0 && entry->id.low == 0;
}

static struct id_set *set_create(uint64_t slot_count) {
    struct id_set *set = memory_new(1, sizeof *set);
    if (set == NULL) return NULL;
    set->slot_count = slot_count;
    set->slots = memory_new(slot_count, sizeof *set->slots);
    if (set->slots == NULL) {
        memory_free(set);
        return NULL;
    }
    return set;
}

static void set_free(struct id_set *set) {
    if (set == NULL) return;
    memory_free(set->slots);
    memory_free(set);
}

static struct id_entry *set_slot(const struct id_set *set, struct event_id id) {
    for (uint64_t at = id.high & (set->slot_count - 1);; at = (at + 1) & (set->slot_count - 1)) {
        struct id_entry *entry = &set->slots[at];
        if (is_free(entry) || same(entry->id, id)) return entry;
    }
}

static bool set_grow(struct id_set *set) {
    if (set->used * 2 < set->slot_count) return true;
    if (set->used >= ID_SET_IDS_MAX) return false;
    struct id_set *grown = set_create(set->slot_count * 2);
    if (grown == NULL) return false;
    for (uint64_t i = 0; i < set->slot_count; i++) {
        if (!is_free(&set->slots[i])) *set_slot(grown, set->slots[i].id) = set->slots[i];
    }
    memory_free(set->slots);
    set->slots = grown->slots;
    set->slot_count = grown->slot_count;
    memory_free(grown);
    return true;
}

/* Deletion that leaves no gap in a chain of probes (Knuth, TAOCP vol. 3, 6.4, algorithm R). */
static void set_remove(struct id_set *set, struct event_id id) {
    const uint64_t mask = set->slot_count - 1;
    struct id_entry *entry = set_slot(set, id);
    if (is_free(entry)) return;
    uint64_t gap = (uint64_t)(entry - set->slots);
    for (uint64_t at = (gap + 1) & mask; !is_free(&set->slots[at]); at = (at + 1) & mask) {
        const uint64_t home = set->slots[at].id.high & mask;
        if (((at - home) & mask) < ((at - gap) & mask))
            continue; /* must not move before its home */
        set->slots[gap] = set->slots[at];
        gap = at;
    }
    set->slots[gap] = (struct id_entry){0};
    set->used--;
}

enum { FIRST_SLOTS = 1 << 12 };

enum status id_index_init(struct id_index *index, struct error *err) {
    *index = (struct id_index){.active = set_create(FIRST_SLOTS)};
    return index->active == NULL ? error_set(err, STATUS_NO_MEMORY, "id index: no memory")
                                 : STATUS_OK;
}

void id_index_free(struct id_index *index) {
    set_free(index->active);
    set_free(index->frozen);
    for (uint32_t i = 0; i < index->run_count; i++) id_run_close(index->runs[i]);
    memory_free(index->runs);
    *index = (struct id_index){0};
}

void id_index_prefetch(const struct id_index *index, struct event_id id) {
    id = id_of(id);
    __builtin_prefetch(&index->active->slots[id.high & (index->active->slot_count - 1)]);
    for (uint32_t i = 0; i < index->run_count; i++) id_run_prefetch(index->runs[i], id);
}

static enum outcome compare(uint32_t stored, uint32_t content) {
    return stored == content ? OUTCOME_DUPLICATE : OUTCOME_CONFLICT;
}

enum status id_index_find(struct id_index *index, struct event_id id, uint32_t content,
                          enum outcome *found, struct error *err) {
    id = id_of(id);
    *found = OUTCOME_PENDING;
    const struct id_set *sets[] = {index->active, index->frozen};
    for (int i = 0; i < 2; i++) {
        if (sets[i] == NULL) continue;
        const struct id_entry *entry = set_slot(sets[i], id);
        if (is_free(entry)) continue;
        *found = compare(entry->content, content);
        return STATUS_OK;
    }
    for (uint32_t i = index->run_count; i-- > 0;) {
        bool there;
        uint32_t stored;
        TRY(id_run_find(index->runs[i], id, &there, &stored, err));
        if (!there) continue;
        *found = compare(stored, content);
        return STATUS_OK;
    }
    return STATUS_OK;
}

enum status id_index_add(struct id_index *index, struct event_id id, uint32_t content,
                         struct error *err) {
    id = id_of(id);
    if (!set_grow(index->active)) return error_set(err, STATUS_NO_MEMORY, "id index: no memory");
    struct id_entry *entry = set_slot(index->active, id);
    CHECK(is_free(entry));
    *entry = (struct id_entry){id, content};
    index->active->used++;
    return STATUS_OK;
}

void id_index_remove(struct id_index *index, struct event_id id) {
    set_remove(index->active, id_of(id));
}

enum status id_index_freeze(struct id_index *index, struct error *err) {
    CHECK(index->frozen == NULL);
    struct id_set *fresh = set_create(FIRST_SLOTS);
    if (fresh == NULL) return error_set(err, STATUS_NO_MEMORY, "id index: no memory");
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
        for (; at > 0 && id_before(entry.id, entries[at - 1].id); at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

static enum status sort_set(const struct id_set *set, struct id_entry *sorted, struct error *err) {
    unsigned bits = 1;
    while (bits < 24 && (UINT64_C(4) << bits) < set->used) bits++;
    uint64_t *ends = memory_new((UINT64_C(1) << bits) + 1, sizeof *ends);
    if (ends == NULL) return error_set(err, STATUS_NO_MEMORY, "id index: no memory");
    for (uint64_t i = 0; i < set->slot_count; i++) {
        if (!is_free(&set->slots[i])) ends[(set->slots[i].id.high >> (64 - bits)) + 1]++;
    }
    for (uint64_t bucket = 1; bucket <= UINT64_C(1) << bits; bucket++)
        ends[bucket] += ends[bucket - 1]; /* now the start of the bucket after */
    for (uint64_t i = 0; i < set->slot_count; i++) {
        if (!is_free(&set->slots[i]))
            sorted[ends[set->slots[i].id.high >> (64 - bits)]++] = set->slots[i];
    }
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
    struct id_entry *sorted = memory_get(set->used * sizeof *sorted);
    if (sorted == NULL) return error_set(err, STATUS_NO_MEMORY, "id index: no memory");
    struct array_source source = {.entries = sorted, .count = set->used};
    enum status status = sort_set(set, sorted, err);
    if (status == STATUS_OK)
        status = id_run_write(io, path, set->used, next_of_array, &source, err);
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

void id_index_install(struct id_index *index, struct id_run *run) {
    CHECK(index->run_count < index->run_capacity);
    index->runs[index->run_count++] = run;
    set_free(index->frozen);
    index->frozen = NULL;
}

struct merge_source {
    struct id_run *const *runs;
    uint32_t run_count;
    uint64_t at[ID_RUNS_MAX];
    struct id_entry head[ID_RUNS_MAX];
    struct error *err;
    enum status status;
};

static void load_head(struct merge_source *source, uint32_t i) {
    if (source->at[i] < id_run_count(source->runs[i]) && source->status == STATUS_OK)
        source->status =
            id_run_entry(source->runs[i], source->at[i], &source->head[i], source->err);
}

static bool next_of_merge(void *context, struct id_entry *entry) {
    struct merge_source *source = context;
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < source->run_count; i++) {
        if (source->at[i] == id_run_count(source->runs[i])) continue;
        if (least == UINT32_MAX || id_before(source->head[i].id, source->head[least].id)) least = i;
    }
    if (least == UINT32_MAX || source->status != STATUS_OK) return false;
    *entry = source->head[least];
    source->at[least]++;
    load_head(source, least);
    return true;
}

enum status id_index_write_merged(struct id_run *const *runs, uint32_t run_count,
                                  struct file_io *io, const char *path, struct error *err) {
    struct merge_source source = {.runs = runs, .run_count = run_count, .err = err};
    uint64_t count = 0;
    for (uint32_t i = 0; i < run_count; i++) {
        count += id_run_count(runs[i]);
        load_head(&source, i);
    }
    if (source.status != STATUS_OK) return source.status;
    return id_run_write(io, path, count, next_of_merge, &source, err);
}

void id_index_replace(struct id_index *index, uint32_t first, uint32_t count,
                      struct id_run *merged) {
    CHECK(count >= 1 && first + count <= index->run_count);
    for (uint32_t i = first; i < first + count; i++) id_run_close(index->runs[i]);
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
