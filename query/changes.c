/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/filter.h"
#include "query/fold.h"

/* --- rows by their keys --- */

static enum status out_of_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
}

/* Columns before the value say which row it is; but the position of a step is no key. The rows of
 * the steps of one group have n and open of the group, so among groups the step is none. */
enum keys { KEYS_OF_ROW, KEYS_OF_GROUP };

static uint32_t value_column(const struct result *result) {
    uint32_t at = 0;
    while (at < result->column_count && strcmp(result->columns[at].name, "value") != 0) at++;
    CHECK(at < result->column_count);
    return at;
}

static bool is_key(const struct result *result, enum keys keys, uint32_t column) {
    const uint32_t last = value_column(result) - 1; /* the position */
    const bool by_step =
        strcmp(result->columns[column].name, "position") == 0 ||
        (column + 1 == last && strcmp(result->columns[last].name, "position") == 0);
    return !by_step || (keys == KEYS_OF_ROW && column + 1 == last);
}

static const struct cell *cell_of(const struct result *result, uint32_t row, const char *name) {
    for (uint32_t column = 0; column < result->column_count; column++)
        if (strcmp(result->columns[column].name, name) == 0)
            return &result->cells[(size_t)row * result->column_count + column];
    CHECK(false);
}

static int64_t count_of(const struct result *result, uint32_t row, const char *name) {
    const struct cell *cell = cell_of(result, row, name);
    return cell->kind == CELL_INTEGER ? cell->integer : 0;
}

/* Rows of a result, and what of them the comparison needs: in order of the keys, then of time. */
struct counted_row {
    const char *key;
    uint32_t bucket; /* 0 without buckets */
    uint32_t row;
    int64_t n, open;
};
struct counted {
    uint32_t count;
    struct counted_row *rows;
};

/* The number of the row's bucket, whose cell has the text of the plan itself; not of it:
 * UINT32_MAX, as of those that come again, which are keys like others: they know no before. hint:
 * where the one before was. */
static uint32_t bucket_of(const struct plan *plan, const struct cell *cell, uint32_t hint) {
    const uint32_t count = plan->bucket_names != NULL ? plan->edge_count - 1 : 0;
    for (uint32_t i = 0; i < count && cell->kind == CELL_TEXT; i++)
        if (plan->bucket_names[(hint + i) % count] == cell->text) return (hint + i) % count;
    return UINT32_MAX;
}

enum { NUMBER_BYTES_MAX = 21 }; /* of any integer, in decimal */

/* The texts of the row's keys but for the bucket, each with what no text has behind it. */
static bool find_keys(const struct plan *plan, const struct result *result, enum keys keys,
                      uint32_t row, struct arena *arena, struct counted_row *out) {
    const uint32_t count = value_column(result), hint = out->bucket;
    const struct cell *cells = &result->cells[(size_t)row * result->column_count];
    size_t size = 1;
    for (uint32_t i = 0; i < count; i++)
        size += 1 + (cells[i].kind == CELL_TEXT ? strlen(cells[i].text) : NUMBER_BYTES_MAX);
    char *key = arena_push_array(arena, char, size), *at = key;
    *out = (struct counted_row){.key = key, .row = row};
    for (uint32_t i = 0; i < count && key != NULL; i++) {
        const uint32_t bucket = bucket_of(plan, &cells[i], hint);
        if (bucket != UINT32_MAX) out->bucket = bucket;
        if (bucket != UINT32_MAX || !is_key(result, keys, i)) continue;
        if (cells[i].kind == CELL_INTEGER) /* a weekday, an hour */
            at += snprintf(at, NUMBER_BYTES_MAX, "%" PRId64, cells[i].integer);
        else
            at = stpcpy(at, cells[i].kind == CELL_TEXT ? cells[i].text : "\1");
        at = stpcpy(at, "\2");
    }
    return key != NULL;
}

static int compare_rows(const void *left, const void *right) {
    const struct counted_row *a = left, *b = right;
    const int order = strcmp(a->key, b->key);
    return order != 0 ? order : (a->bucket > b->bucket) - (a->bucket < b->bucket);
}

static enum status count_rows(const struct plan *plan, const struct result *result, enum keys keys,
                              struct arena *arena, struct counted *out, struct error *err) {
    uint32_t hint = 0;
    out->count = result->row_count;
    out->rows = arena_push_array(arena, struct counted_row, result->row_count + 1);
    if (out->rows == NULL) return out_of_memory(err);
    for (uint32_t row = 0; row < result->row_count; row++) {
        struct counted_row *counted = &out->rows[row];
        counted->bucket = hint;
        if (!find_keys(plan, result, keys, row, arena, counted)) return out_of_memory(err);
        counted->n = count_of(result, row, "n");
        counted->open = count_of(result, row, "open");
        hint = counted->bucket;
    }
    qsort(out->rows, out->count, sizeof *out->rows, compare_rows);
    return STATUS_OK;
}

/* NULL: there is no such row. */
static const struct counted_row *find_row(const struct counted *counted,
                                          const struct counted_row *wanted) {
    if (counted->count == 0) return NULL;
    return bsearch(wanted, counted->rows, counted->count, sizeof *counted->rows, compare_rows);
}

/* The last one that is not later, with the same keys. */
static const struct counted_row *find_row_until(const struct counted *counted,
                                                const struct counted_row *wanted) {
    uint32_t low = 0, high = counted->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (compare_rows(&counted->rows[middle], wanted) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || strcmp(counted->rows[low - 1].key, wanted->key) != 0) return NULL;
    return &counted->rows[low - 1];
}

/* --- the answers --- */

enum reason { REASON_LATE, REASON_NEW, REASON_ON, REASON_COUNT };
static const unsigned changes_of[REASON_COUNT] = {CHANGE_LATE, CHANGE_NEW, CHANGE_ON};

struct comparison {
    const struct plan *plan;
    struct snapshot *snapshot;
    struct arena *arena;
    struct result before, after;
    struct counted before_rows, after_rows;
    struct counted before_groups, after_groups;
    struct counted reason_before[REASON_COUNT], reason_after[REASON_COUNT]; /* groups */
    struct error *err;
};

static enum status ask(const struct comparison *comparison, int64_t as_of_ms, unsigned changes,
                       struct arena *arena, struct result *out) {
    struct plan plan = *comparison->plan;
    const struct snapshot_changes asked = {
        .since_ms = plan.against_ms, .until_ms = plan.as_of_ms, .changes = changes};
    plan.as_of_ms = as_of_ms;
    return query_execute_changed(&plan, &asked, comparison->snapshot, arena, out, comparison->err);
}

/* What a question leaves behind is given back: its rows are all that is kept. */
static enum status ask_reason(const struct comparison *comparison, int64_t as_of_ms,
                              enum reason reason, struct counted *out) {
    struct arena *kept = comparison->arena, arena;
    struct result result;
    arena_init(&arena, kept->budget_bytes - kept->used_bytes);
    enum status status = ask(comparison, as_of_ms, changes_of[reason], &arena, &result);
    if (status == STATUS_OK)
        status = count_rows(comparison->plan, &result, KEYS_OF_GROUP, kept, out, comparison->err);
    arena_free(&arena);
    return status;
}

/* An event is a unit that never goes on, and at the earlier moment none of those that became known
 * was there. */
static bool counts_events(const struct fold *fold) {
    bool events = true;
    for (uint32_t i = 0; i < fold->source_count; i++)
        events &= fold->sources[i].purpose == PURPOSE_NONE;
    return events;
}

static enum status ask_all(struct comparison *comparison) {
    const struct plan *plan = comparison->plan;
    const int64_t before_ms = plan->against_ms, after_ms = plan->as_of_ms;
    struct result *before = &comparison->before, *after = &comparison->after;
    struct arena *arena = comparison->arena;
    struct error *err = comparison->err;
    TRY(ask(comparison, before_ms, 0, arena, before));
    TRY(ask(comparison, after_ms, 0, arena, after));
    TRY(count_rows(plan, before, KEYS_OF_ROW, arena, &comparison->before_rows, err));
    TRY(count_rows(plan, before, KEYS_OF_GROUP, arena, &comparison->before_groups, err));
    TRY(count_rows(plan, after, KEYS_OF_ROW, arena, &comparison->after_rows, err));
    TRY(count_rows(plan, after, KEYS_OF_GROUP, arena, &comparison->after_groups, err));
    const bool events = counts_events(fold_of(plan));
    for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
        if (events && reason == REASON_ON) continue;
        TRY(ask_reason(comparison, after_ms, reason, &comparison->reason_after[reason]));
        if (!events && reason != REASON_NEW)
            TRY(ask_reason(comparison, before_ms, reason, &comparison->reason_before[reason]));
    }
    return STATUS_OK;
}

/* --- events that became known --- */

/* Types of the events that the KPI rests on. */
static uint64_t types_read(const struct fold *fold) {
    uint64_t types = 0;
    for (uint32_t i = 0; i < fold->source_count; i++) {
        const struct fold_source *source = &fold->sources[i];
        if (source->purpose == PURPOSE_NONE)
            types |= source->types == 0 ? UINT64_MAX : source->types;
        for (int type = TYPE_UNKNOWN + 1; type < TYPE_COUNT; type++)
            if (source->purpose != PURPOSE_NONE &&
                type_purpose((enum event_type)type) == source->purpose)
                types |= TYPE_BIT(type);
    }
    return types;
}

/* Notes a late event; the last place takes all that have none of their own. */
static void note_late(struct result_changes *changes, enum event_type type, uint32_t source,
                      const struct dictionary *dictionary, int64_t time_ms) {
    size_t size;
    const char *text = source == 0 ? NULL : dictionary_text(dictionary, source, &size);
    struct late_events *late = changes->late;
    uint32_t at = 0;
    while (at < changes->late_count && at < CHANGES_LATE_MAX &&
           (late[at].type != type || late[at].source != text))
        at++;
    if (at == changes->late_count) {
        const bool other = at == CHANGES_LATE_MAX;
        late[changes->late_count++] = (struct late_events){.type = other ? TYPE_UNKNOWN : type,
                                                           .source = other ? NULL : text,
                                                           .first_ms = time_ms,
                                                           .last_ms = time_ms};
    }
    late[at].events++;
    if (time_ms < late[at].first_ms) late[at].first_ms = time_ms;
    if (time_ms > late[at].last_ms) late[at].last_ms = time_ms;
}

static int compare_late(const void *left, const void *right) {
    const struct late_events *a = left, *b = right;
    if (a->type != b->type) /* the others last */
        return (unsigned)a->type - 1 < (unsigned)b->type - 1 ? -1 : 1;
    return strcmp(a->source == NULL ? "" : a->source, b->source == NULL ? "" : b->source);
}

static enum status read_events(const struct comparison *comparison, const struct filter *filter,
                               struct arena *arena, struct result_changes *changes) {
    const struct plan *plan = comparison->plan;
    const struct snapshot_changes asked = {plan->against_ms, plan->as_of_ms,
                                           CHANGE_LATE | CHANGE_NEW};
    const struct event_scan_spec spec = {
        .columns = COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_TYPE) | COLUMN_BIT(COLUMN_SOURCE),
        .types = types_read(fold_of(plan)),
        .tenants = filter->tenants,
        .tenant_count = filter->tenant_count};
    const struct dictionary *dictionary = snapshot_dictionary(comparison->snapshot);
    const uint8_t *types = filter->allowed[DIMENSION_TYPE];
    struct event_scan *scan;
    snapshot_look_at_changes(comparison->snapshot, plan->as_of_ms, &asked);
    TRY(event_scan_open(comparison->snapshot, &spec, arena, &scan, comparison->err));
    for (;;) {
        struct event_block block;
        TRY(event_scan_next(scan, &block, comparison->err));
        if (block.row_count == 0) break;
        const int64_t *time = block.column[COLUMN_TIME];
        const uint8_t *type = block.column[COLUMN_TYPE];
        const uint32_t *source = block.column[COLUMN_SOURCE];
        for (uint32_t row = 0; row < block.row_count; row++) {
            if (types != NULL && types[type[row]] == 0) continue;
            if (time[row] > plan->against_ms)
                changes->new_events++;
            else
                note_late(changes, (enum event_type)type[row], source[row], dictionary, time[row]);
        }
    }
    qsort(changes->late, changes->late_count, sizeof *changes->late, compare_late);
    return STATUS_OK;
}

static enum status find_events(const struct comparison *comparison, struct result *out) {
    struct arena *kept = comparison->arena, arena;
    struct result_changes *changes = arena_push(kept, 1, sizeof *changes);
    struct filter filter;
    if (changes == NULL) return out_of_memory(comparison->err);
    changes->against_ms = comparison->plan->against_ms;
    changes->late = arena_push_array(kept, struct late_events, CHANGES_LATE_MAX + 1);
    if (changes->late == NULL) return out_of_memory(comparison->err);
    out->changes = changes;
    const struct dictionary *dictionary = snapshot_dictionary(comparison->snapshot);
    TRY(filter_build(comparison->plan, dictionary, dictionary_count(dictionary), kept, &filter,
                     comparison->err));
    if (filter.nothing) return STATUS_OK;
    arena_init(&arena, kept->budget_bytes - kept->used_bytes);
    const enum status status = read_events(comparison, &filter, &arena, changes);
    arena_free(&arena);
    return status;
}

/* --- the table --- */

static const char *name_of(struct table *table, const char *name, const char *suffix) {
    const char *whole = arena_format(table->arena, "%s_%s", name, suffix);
    table->failed |= whole == NULL;
    return whole;
}

static void write_cell(struct table *table, const char *name, const char *unit,
                       const struct cell *cell) {
    if (table->failed) return;
    switch (cell->kind) {
        case CELL_ABSENT: table_absent(table, name, unit); return;
        case CELL_INTEGER: table_integer(table, name, unit, cell->integer); return;
        case CELL_NUMBER: table_number(table, name, unit, cell->number); return;
        case CELL_TEXT: table_text(table, name, cell->text); return;
    }
}

/* A column of both, UINT32_MAX: there is no such row. */
static void write_both(const struct comparison *comparison, struct table *table, const char *name,
                       uint32_t before, uint32_t after) {
    static const struct cell absent = {.kind = CELL_ABSENT};
    const struct result *one = &comparison->before, *other = &comparison->after;
    uint32_t column = 0;
    while (strcmp(other->columns[column].name, name) != 0) column++;
    const char *unit = other->columns[column].unit;
    write_cell(table, name_of(table, name, "before"), unit,
               before == UINT32_MAX ? &absent : cell_of(one, before, name));
    write_cell(table, name_of(table, name, "after"), unit,
               after == UINT32_MAX ? &absent : cell_of(other, after, name));
}

/* n or `open` of a group. A stock stays as it was until there is a row that says otherwise. */
static int64_t count_in(const struct comparison *comparison, const struct counted *groups,
                        const struct counted_row *like, bool open) {
    const bool stock = fold_is_stock(fold_of(comparison->plan), open ? ROLE_OPEN : ROLE_UNIT);
    const struct counted_row *row = stock ? find_row_until(groups, like) : find_row(groups, like);
    return row == NULL ? 0 : open ? row->open : row->n;
}

/* n or `open` of both, and what each reason did to it. */
static void write_counts(const struct comparison *comparison, struct table *table, const char *name,
                         const struct counted_row *group, bool open) {
    static const char *const suffix[REASON_COUNT] = {"late", "new", "went_on"};
    const int64_t before = count_in(comparison, &comparison->before_groups, group, open);
    const int64_t after = count_in(comparison, &comparison->after_groups, group, open);
    int64_t left = after - before;
    if (table->failed) return;
    table_integer(table, name_of(table, name, "before"), "count", before);
    if (!table->failed) table_integer(table, name_of(table, name, "after"), "count", after);
    for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
        const int64_t by = count_in(comparison, &comparison->reason_after[reason], group, open) -
                           count_in(comparison, &comparison->reason_before[reason], group, open);
        left -= by;
        if (!table->failed) table_integer(table, name_of(table, name, suffix[reason]), "count", by);
    }
    if (!table->failed) table_integer(table, name_of(table, name, "time"), "count", left);
}

/* before, after: UINT32_MAX: there is no such row. */
static enum status write_row(const struct comparison *comparison, struct table *table,
                             uint32_t before, uint32_t after) {
    const struct result *any = after != UINT32_MAX ? &comparison->after : &comparison->before;
    const uint32_t row = after != UINT32_MAX ? after : before;
    struct counted_row group = {.bucket = 0};
    if (!find_keys(comparison->plan, any, KEYS_OF_GROUP, row, comparison->arena, &group))
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < value_column(any); i++)
        if (is_key(any, KEYS_OF_ROW, i))
            write_cell(table, any->columns[i].name, any->columns[i].unit,
                       &any->cells[(size_t)row * any->column_count + i]);
    write_both(comparison, table, "value", before, after);
    write_both(comparison, table, "lo", before, after);
    write_both(comparison, table, "hi", before, after);
    write_counts(comparison, table, "n", &group, false);
    write_counts(comparison, table, "open", &group, true);
    write_both(comparison, table, "state", before, after);
    if (!table->failed) table_row_end(table);
    return table->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* The row of the other answer with the keys of this one; UINT32_MAX: there is none. */
static enum status find_other(const struct comparison *comparison, const struct result *result,
                              uint32_t row, const struct counted *others, uint32_t *other) {
    struct counted_row keys = {.bucket = 0};
    if (!find_keys(comparison->plan, result, KEYS_OF_ROW, row, comparison->arena, &keys))
        return STATUS_NO_MEMORY;
    const struct counted_row *found = find_row(others, &keys);
    *other = found == NULL ? UINT32_MAX : found->row;
    return STATUS_OK;
}

/* The rows of the later answer in their order, then those that it has no more. */
static enum status write_rows(const struct comparison *comparison, struct table *table) {
    const struct result *before = &comparison->before, *after = &comparison->after;
    uint32_t other;
    for (uint32_t row = 0; row < after->row_count; row++) {
        TRY(find_other(comparison, after, row, &comparison->before_rows, &other));
        TRY(write_row(comparison, table, other, row));
    }
    for (uint32_t row = 0; row < before->row_count; row++) {
        TRY(find_other(comparison, before, row, &comparison->after_rows, &other));
        if (other == UINT32_MAX) TRY(write_row(comparison, table, row, other));
    }
    return STATUS_OK;
}

/* Rows are sums over units, each of which is one journey or event: so no journeys joined by links,
 * no rows that sum up others, and nothing that follows from several units together. */
static bool counts_units(const struct fold *fold) {
    bool joined = false;
    for (uint32_t i = 0; i < fold->source_count; i++) joined |= fold->sources[i].linked;
    return fold->answer == NULL && fold->steps == NULL && fold->settle == NULL && !joined;
}

enum status changes_execute(const struct plan *plan, struct snapshot *snapshot, struct arena *arena,
                            struct result *out, struct error *err) {
    const struct fold *fold = fold_of(plan);
    struct comparison comparison = {.plan = plan, .snapshot = snapshot, .arena = arena, .err = err};
    struct table table;
    if (!counts_units(fold))
        return error_set(err, STATUS_INVALID,
                         "against: %s cannot be compared row by row; ask for it as of each moment",
                         plan->definition->id);
    TRY(ask_all(&comparison));
    *out = comparison.after;
    out->values = NULL; /* of rows of the one answer */
    TRY(find_events(&comparison, out));
    TRY(table_init(&table, arena, comparison.before.row_count + comparison.after.row_count, err));
    if (write_rows(&comparison, &table) != STATUS_OK) return out_of_memory(err);
    return table_finish(&table, out, err);
}
