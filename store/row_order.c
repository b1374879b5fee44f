/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/row_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Subjects are keyed hashes, so within a group (purpose, tenant) a row's place is nearly known from
 * the leading bits of its subject: counting by them puts some eight rows into a bucket, in the
 * order of their arrival, and a stable sort of few rows does the rest. Rows without a subject, and
 * subjects that are no hashes, make larger buckets; those are merge-sorted. */
enum {
    BUCKET_ROWS = 8,         /* aimed at */
    INSERTION_ROWS_MAX = 48, /* in a bucket; more: merge sort */
    GROUP_BITS_MAX = 24,     /* of the subject, for the buckets of a group */
    GROUPS_FIRST = 64
};

struct entry {
    uint64_t subject;
    int64_t time;
    struct row_reference at;
};

/* The rows of one (purpose, tenant). */
struct group {
    uint64_t key; /* of struct row_key */
    uint32_t rows;
    uint32_t bucket; /* its first one */
    uint32_t shift;  /* of a subject, to the bucket's number in the group */
};

struct ordering {
    const struct row_source *sources;
    uint32_t source_count, row_count, bucket_count;
    struct group *groups; /* by first appearance, later by key */
    uint32_t group_count;
    size_t group_capacity;
    uint32_t *slots; /* open addressing: number of a group + 1; a power of two, at most half full */
    uint32_t slot_count;
    uint32_t *ends; /* of each bucket's rows so far */
    struct entry *entries;
};

static uint32_t slot_of(const struct ordering *ordering, uint64_t key) {
    const uint64_t hash = (key ^ key >> 29) * UINT64_C(0x9E3779B97F4A7C15);
    uint32_t at = (uint32_t)(hash >> 32) & (ordering->slot_count - 1);
    while (ordering->slots[at] != 0 && ordering->groups[ordering->slots[at] - 1].key != key)
        at = (at + 1) & (ordering->slot_count - 1);
    return at;
}

static bool grow_groups(struct ordering *ordering) {
    void *groups = ordering->groups;
    if (!memory_reserve(&groups, &ordering->group_capacity, ordering->group_count + 1u,
                        sizeof *ordering->groups, UINT32_MAX / 4))
        return false;
    ordering->groups = groups;
    if (ordering->group_count * 2 < ordering->slot_count) return true;
    const uint32_t slot_count = ordering->slot_count == 0 ? GROUPS_FIRST : ordering->slot_count * 2;
    uint32_t *slots = memory_new(slot_count, sizeof *slots);
    if (slots == NULL) return false;
    memory_free(ordering->slots);
    ordering->slots = slots;
    ordering->slot_count = slot_count;
    for (uint32_t g = 0; g < ordering->group_count; g++)
        ordering->slots[slot_of(ordering, ordering->groups[g].key)] = g + 1;
    return true;
}

/* NULL: no memory. */
static struct group *group_of(struct ordering *ordering, uint64_t key) {
    if (ordering->slot_count > 0) {
        const uint32_t found = ordering->slots[slot_of(ordering, key)];
        if (found != 0) return &ordering->groups[found - 1];
    }
    if (!grow_groups(ordering)) return NULL;
    ordering->slots[slot_of(ordering, key)] = ordering->group_count + 1;
    ordering->groups[ordering->group_count] = (struct group){.key = key};
    return &ordering->groups[ordering->group_count++];
}

struct source_columns {
    const int64_t *time;
    const uint8_t *type;
    const uint32_t *tenant;
    const uint64_t *subject; /* NULL: none has one */
};

static struct source_columns columns_of(const struct row_source *source) {
    return (struct source_columns){.time = source->columns[COLUMN_TIME],
                                   .type = source->columns[COLUMN_TYPE],
                                   .tenant = source->columns[COLUMN_TENANT],
                                   .subject = source->columns[COLUMN_SUBJECT]};
}

static struct row_key key_at(struct source_columns columns, uint32_t row) {
    return row_key_of_event(columns.type[row], columns.tenant[row],
                            columns.subject == NULL ? 0 : columns.subject[row]);
}

static enum status count_groups(struct ordering *ordering, struct error *err) {
    struct group *group = NULL;
    for (uint32_t s = 0; s < ordering->source_count; s++) {
        const struct source_columns columns = columns_of(&ordering->sources[s]);
        for (uint32_t row = ordering->sources[s].first; row < ordering->sources[s].end; row++) {
            const uint64_t key = key_at(columns, row).group;
            if (group == NULL || group->key != key) group = group_of(ordering, key);
            if (group == NULL) return error_set(err, STATUS_NO_MEMORY, "sort: no memory");
            group->rows++;
            ordering->row_count++;
        }
    }
    return STATUS_OK;
}

static int compare_groups(const void *a, const void *b) {
    const uint64_t left = ((const struct group *)a)->key, right = ((const struct group *)b)->key;
    return left < right ? -1 : left > right;
}

static void sort_groups(struct ordering *ordering) {
    struct group *groups = ordering->groups;
    qsort(groups, ordering->group_count, sizeof *groups, compare_groups);
    memset(ordering->slots, 0, ordering->slot_count * sizeof *ordering->slots);
    for (uint32_t g = 0; g < ordering->group_count; g++)
        ordering->slots[slot_of(ordering, groups[g].key)] = g + 1;
}

static void plan_buckets(struct ordering *ordering) {
    sort_groups(ordering);
    for (uint32_t g = 0; g < ordering->group_count; g++) {
        struct group *group = &ordering->groups[g];
        uint32_t bits = 1;
        while (bits < GROUP_BITS_MAX && (uint32_t)BUCKET_ROWS << bits < group->rows) bits++;
        group->shift = 64 - bits;
        group->bucket = ordering->bucket_count;
        ordering->bucket_count += 1u << bits;
    }
}

/* Calls for every row in turn: the bucket, and the entry that goes there. */
static inline uint32_t bucket_of(struct ordering *ordering, const struct group **group,
                                 struct row_key key) {
    if (*group == NULL || (*group)->key != key.group)
        *group = &ordering->groups[ordering->slots[slot_of(ordering, key.group)] - 1];
    return (*group)->bucket + (uint32_t)(key.subject >> (*group)->shift);
}

static void count_buckets(struct ordering *ordering) {
    const struct group *group = NULL;
    for (uint32_t s = 0; s < ordering->source_count; s++) {
        const struct source_columns columns = columns_of(&ordering->sources[s]);
        for (uint32_t row = ordering->sources[s].first; row < ordering->sources[s].end; row++)
            ordering->ends[bucket_of(ordering, &group, key_at(columns, row))]++;
    }
    uint32_t start = 0;
    for (uint32_t bucket = 0; bucket < ordering->bucket_count; bucket++) {
        const uint32_t rows = ordering->ends[bucket];
        ordering->ends[bucket] = start; /* grows to the end while rows come in */
        start += rows;
    }
}

static void fill_buckets(struct ordering *ordering) {
    const struct group *group = NULL;
    for (uint32_t s = 0; s < ordering->source_count; s++) {
        const struct source_columns columns = columns_of(&ordering->sources[s]);
        for (uint32_t row = ordering->sources[s].first; row < ordering->sources[s].end; row++) {
            const struct row_key key = key_at(columns, row);
            const uint32_t bucket = bucket_of(ordering, &group, key);
            ordering->entries[ordering->ends[bucket]++] =
                (struct entry){key.subject, columns.time[row], {s, row}};
        }
    }
}

static inline bool entry_before(const struct entry *a, const struct entry *b) {
    return a->subject != b->subject ? a->subject < b->subject : a->time < b->time;
}

static void insertion_sort(struct entry *entries, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        const struct entry entry = entries[i];
        uint32_t at = i;
        for (; at > 0 && entry_before(&entry, &entries[at - 1]); at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

/* Stable and bottom-up; pieces that are in order already, as times mostly are, are only copied. */
static enum status merge_sort(struct entry *entries, uint32_t count, struct error *err) {
    struct entry *spare = memory_get(count * sizeof *spare), *rows = entries;
    if (spare == NULL) return error_set(err, STATUS_NO_MEMORY, "sort: %u rows", count);
    struct entry *const block = spare;
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t start = 0; start < count; start += 2 * width) {
            uint32_t a = start, b = start + width < count ? start + width : count;
            const uint32_t a_end = b, b_end = b + width < count ? b + width : count;
            if (b == count || !entry_before(&rows[b], &rows[b - 1])) {
                memcpy(spare + start, rows + start, (b_end - start) * sizeof *rows);
                continue;
            }
            for (uint32_t out = start; out < b_end; out++) {
                const bool second = a == a_end || (b < b_end && entry_before(&rows[b], &rows[a]));
                spare[out] = second ? rows[b++] : rows[a++];
            }
        }
        struct entry *sorted = spare;
        spare = rows;
        rows = sorted;
    }
    if (rows != entries) memcpy(entries, rows, count * sizeof *rows);
    memory_free(block);
    return STATUS_OK;
}

static enum status sort_buckets(struct ordering *ordering, struct error *err) {
    uint32_t start = 0;
    for (uint32_t bucket = 0; bucket < ordering->bucket_count; bucket++) {
        const uint32_t end = ordering->ends[bucket];
        if (end - start <= INSERTION_ROWS_MAX) {
            insertion_sort(ordering->entries + start, end - start);
        } else {
            TRY(merge_sort(ordering->entries + start, end - start, err));
        }
        start = end;
    }
    return STATUS_OK;
}

/* The entries' places, packed at the front of the same memory. */
static struct row_reference *pack(struct ordering *ordering) {
    struct row_reference *rows = (void *)ordering->entries;
    for (uint32_t i = 0; i < ordering->row_count; i++) {
        const struct row_reference at = ordering->entries[i].at;
        rows[i] = at;
    }
    ordering->entries = NULL;
    struct row_reference *smaller = memory_resize(rows, ordering->row_count * sizeof *rows);
    return smaller != NULL ? smaller : rows;
}

static enum status order_rows(struct ordering *ordering, struct error *err) {
    TRY(count_groups(ordering, err));
    plan_buckets(ordering);
    ordering->ends = memory_new(ordering->bucket_count, sizeof *ordering->ends);
    ordering->entries = memory_get(ordering->row_count * sizeof *ordering->entries);
    if (ordering->ends == NULL || ordering->entries == NULL)
        return error_set(err, STATUS_NO_MEMORY, "sort: %u rows", ordering->row_count);
    count_buckets(ordering);
    fill_buckets(ordering);
    return sort_buckets(ordering, err);
}

enum status row_order_make(const struct row_source *sources, uint32_t source_count,
                           struct row_reference **out, struct error *err) {
    struct ordering ordering = {.sources = sources, .source_count = source_count};
    *out = NULL;
    const enum status status = grow_groups(&ordering)
                                   ? order_rows(&ordering, err)
                                   : error_set(err, STATUS_NO_MEMORY, "sort: no memory");
    if (status == STATUS_OK) *out = pack(&ordering);
    memory_free(ordering.groups);
    memory_free(ordering.slots);
    memory_free(ordering.ends);
    memory_free(ordering.entries);
    return status;
}
