/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calendar/calendar.h"
#include "query/filter.h"

enum { FEW_UNITS = 30 }; /* below it a row's state is "few" */

/* What a group is sorted by, beside it. */
struct entry {
    uint64_t
        rank; /* of the cell among all cells, by the texts of its dimensions; then the bucket */
    struct group *group;
    uint32_t number;  /* of the group */
    const char *step; /* "" for the first and the last row of a funnel */
};

static enum status out_of_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
}

/* --- gaps --- */

static enum status fill_gap(struct answer *answer, uint32_t cell, uint32_t bucket,
                            struct error *err) {
    struct group *group;
    enum status status = groups_get(answer->groups, cell, bucket, STEP_START, &group);
    if (status == STATUS_OK && answer->fold->by_step && answer->fold->steps == NULL)
        status = groups_get(answer->groups, cell, bucket, STEP_END, &group);
    if (status == STATUS_TOO_LARGE)
        return error_set(err, status,
                         "query: more than %d rows: group by less or ask for a shorter period",
                         PLAN_GROUPS_MAX);
    return status == STATUS_OK ? STATUS_OK : out_of_memory(err);
}

/* Of a group before the period: the roles that it counts in say something of the period's begin. */
static bool is_stock(const struct fold *fold, const struct group *group) {
    for (uint32_t class = 0; class < fold->class_count; class ++)
        if (fold->classes[class].span == SPAN_STOCK && fold->classes[class].role != ROLE_DETAIL &&
            group->tally[class].count > 0)
            return true;
    return false;
}

/* Time goes on where nothing happens: without dimensions every bucket has a row, and so it has in
 * every cell when the KPI counts stocks. Without buckets there is always the one row. */
static enum status fill_gaps(struct answer *answer, struct error *err) {
    const struct groups *groups = answer->groups;
    const uint32_t group_count = groups->group_count;
    for (uint32_t i = 0; i < group_count; i++)
        if (groups->group[i]->bucket == BUCKET_BEFORE && is_stock(answer->fold, groups->group[i]))
            TRY(fill_gap(answer, groups->group[i]->cell, BUCKET_FIRST, err));
    if (answer->by_count > 0 && !answer->fold->every_bucket) return STATUS_OK;
    uint32_t cells = answer->by_count == 0 ? 1 : groups->cell_count;
    for (uint32_t cell = 0; cell < cells; cell++)
        for (uint32_t bucket = BUCKET_FIRST; bucket < groups->bucket_count; bucket++)
            TRY(fill_gap(answer, cell, bucket, err));
    return STATUS_OK;
}

/* --- order --- */

static int compare_cells(const void *left, const void *right, void *context) {
    const struct answer *answer = context;
    const struct dictionary *dictionary = snapshot_dictionary(answer->question->snapshot);
    const uint32_t *a = answer->groups->codes + *(const uint32_t *)left * (size_t)answer->by_count;
    const uint32_t *b = answer->groups->codes + *(const uint32_t *)right * (size_t)answer->by_count;
    for (uint32_t i = 0; i < answer->by_count; i++) {
        const char *text_a = filter_text(answer->by[i], dictionary, a[i]);
        const char *text_b = filter_text(answer->by[i], dictionary, b[i]);
        int order = strcmp(text_a == NULL ? "" : text_a, text_b == NULL ? "" : text_b);
        if (order != 0) return order;
    }
    return 0;
}

uint32_t *answer_cell_order(struct answer *answer) {
    const uint32_t count = answer->by_count == 0 ? 1 : answer->groups->cell_count;
    uint32_t *order = arena_push_array(answer->question->arena, uint32_t, count);
    if (order == NULL) return NULL;
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    if (answer->by_count > 0) qsort_r(order, count, sizeof *order, compare_cells, answer);
    return order;
}

/* rank[cell]: its place in that order. */
static uint32_t *rank_cells(struct answer *answer) {
    const uint32_t count = answer->by_count == 0 ? 1 : answer->groups->cell_count;
    const uint32_t *order = answer_cell_order(answer);
    uint32_t *rank = arena_push_array(answer->question->arena, uint32_t, count);
    if (order == NULL || rank == NULL) return NULL;
    for (uint32_t i = 0; i < count; i++) rank[order[i]] = i;
    return rank;
}

static int compare_names(const struct answer *answer, const struct entry *a,
                         const struct entry *b) {
    const struct fold_steps *steps = answer->fold->steps;
    if (steps == NULL) return strcmp(a->step, b->step);
    return steps->compare(answer->question, a->group->step - STEP_FIRST,
                          b->group->step - STEP_FIRST);
}

static int compare_steps(const struct answer *answer, const struct entry *a,
                         const struct entry *b) {
    uint32_t step_a = a->group->step, step_b = b->group->step;
    if (step_a == step_b) return 0;
    if (step_a == STEP_START || step_b == STEP_END) return -1;
    if (step_b == STEP_START || step_a == STEP_END) return 1;
    const struct tally *reach_a = &a->group->tally[FOLD_REACH];
    const struct tally *reach_b = &b->group->tally[FOLD_REACH];
    if (reach_a->count != reach_b->count) return reach_a->count > reach_b->count ? -1 : 1;
    if (reach_a->amount != reach_b->amount) return reach_a->amount < reach_b->amount ? -1 : 1;
    return compare_names(answer, a, b);
}

static int compare_entries(const void *left, const void *right, void *answer) {
    const struct entry *a = left, *b = right;
    if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
    return compare_steps(answer, a, b);
}

static struct entry *sort_groups(struct answer *answer) {
    const struct groups *groups = answer->groups;
    const struct dictionary *dictionary = snapshot_dictionary(answer->question->snapshot);
    const uint32_t *rank = rank_cells(answer);
    struct entry *entries =
        arena_push_array(answer->question->arena, struct entry, groups->group_count + 1);
    if (rank == NULL || entries == NULL) return NULL;
    for (uint32_t i = 0; i < groups->group_count; i++) {
        struct group *group = groups->group[i];
        const char *step = NULL;
        if (group->step >= STEP_FIRST && answer->fold->steps == NULL)
            step = filter_text(DIMENSION_STEP, dictionary, group->step - STEP_FIRST);
        entries[i] = (struct entry){.rank = (uint64_t)rank[group->cell] << 32 | group->bucket,
                                    .group = group,
                                    .number = i,
                                    .step = step == NULL ? "" : step};
    }
    qsort_r(entries, groups->group_count, sizeof *entries, compare_entries, answer);
    return entries;
}

/* --- steps of a KPI's own: the top ones --- */

static void rest(struct group *into, struct group *from, uint32_t class_count) {
    into->tally[FOLD_RESTED].count++;
    into->late += from->late;
    for (uint32_t class = 0; class < class_count; class ++)
        if (class != FOLD_RESTED) into->tally[class].count += from->tally[class].count;
    for (uint32_t s = 0; s < SERIES_MAX; s++) series_take(&into->series[s], &from->series[s]);
}

/* Of each cell and bucket, steps from the top-th on become one. One is not made of one. */
static enum status keep_top(struct answer *answer, const struct entry *entries) {
    struct groups *groups = answer->groups;
    const uint32_t count = groups->group_count, top = answer->question->plan->top;
    uint32_t position = 0, kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct group *group = entries[i].group, *into;
        position = i > 0 && entries[i - 1].rank == entries[i].rank ? position + 1 : 0;
        const bool last = i + 1 == count || entries[i + 1].rank != entries[i].rank;
        const bool alone = position == top + 1 && last;
        if (group->step < STEP_FIRST || position <= top || alone) continue;
        TRY(groups_get(groups, group->cell, group->bucket, STEP_END, &into));
        rest(into, group, groups->class_count);
        group->step = UINT32_MAX;
    }
    for (uint32_t i = 0; i < groups->group_count; i++)
        if (groups->group[i]->step != UINT32_MAX) groups->group[kept++] = groups->group[i];
    groups->group_count = kept;
    return STATUS_OK;
}

static enum status sort_steps(struct answer *answer) {
    if (answer->fold->steps == NULL) return STATUS_OK;
    const struct entry *entries = sort_groups(answer);
    return entries == NULL ? STATUS_NO_MEMORY : keep_top(answer, entries);
}

/* --- stocks --- */

/* By cell and class: counts of all its buckets, without what was before. */
static uint64_t *sum_periods(const struct answer *answer) {
    const struct groups *groups = answer->groups;
    uint32_t cells = answer->by_count == 0 ? 1 : groups->cell_count + 1;
    uint64_t *sums = arena_push_array(answer->question->arena, uint64_t,
                                      (size_t)cells * groups->class_count + 1);
    for (uint32_t i = 0; i < groups->group_count && sums != NULL; i++) {
        const struct group *group = groups->group[i];
        if (group->bucket == BUCKET_BEFORE) continue;
        uint64_t *sum = sums + (size_t)group->cell * groups->class_count;
        for (uint32_t class = 0; class < groups->class_count; class ++)
            sum[class] += group->tally[class].count;
    }
    return sums;
}

/* What runs on from bucket to bucket within a cell. */
struct course {
    uint32_t cell;
    uint64_t stock[CLASSES_MAX], before[CLASSES_MAX];
    uint64_t late; /* units of the stock */
};

static void course_take(struct course *course, const struct answer *answer,
                        const struct group *group) {
    if (group->cell != course->cell) *course = (struct course){.cell = group->cell};
    for (uint32_t class = 0; class < answer->fold->class_count; class ++) {
        course->stock[class] += group->tally[class].count;
        if (group->bucket == BUCKET_BEFORE) course->before[class] = group->tally[class].count;
    }
    course->late += group->late;
}

/* --- rows --- */

static int64_t end_of(const struct plan *plan, uint32_t bucket) {
    int64_t end = plan->to_ms == TIME_ABSENT ? INT64_MAX : plan->to_ms;
    if (plan->recurring != NULL) return end;
    if (plan->edge_count >= 2 && plan->edges[bucket + 1] < end) end = plan->edges[bucket + 1];
    return end;
}

static int64_t begin_of(const struct plan *plan, uint32_t bucket) {
    int64_t begin = plan->from_ms;
    if (plan->recurring != NULL) return begin;
    if (plan->edge_count >= 2 && plan->edges[bucket] > begin) begin = plan->edges[bucket];
    return begin;
}

static enum result_state state_of(const struct fold_row *row) {
    if (row->n == 0) return RESULT_NO_DATA;
    if (row->n < FEW_UNITS) return RESULT_FEW;
    if (row->end_ms != INT64_MAX && row->end_ms > row->question->as_of_ms)
        return RESULT_PROVISIONAL;
    return RESULT_OK;
}

/* What counts in a role, of the bucket or in stock at its end. */
static uint64_t count_role(const struct fold *fold, const struct fold_row *row,
                           enum fold_role role) {
    uint64_t count = 0;
    for (uint32_t class = 0; class < fold->class_count; class ++) {
        if (fold->classes[class].role != role) continue;
        const bool stock = fold->classes[class].span == SPAN_STOCK;
        count += stock ? row->stock[class] : row->total->tally[class].count;
    }
    return count;
}

/* weekday: 1 is Monday. */
static void write_recurring(enum bucket bucket, uint32_t number, struct table *table) {
    if (bucket != BUCKET_HOUR_OF_DAY)
        table_integer(table, bucket_text(BUCKET_WEEKDAY), "",
                      bucket == BUCKET_WEEKDAY ? number + 1 : number / BUCKET_HOUR_COUNT + 1);
    if (bucket != BUCKET_WEEKDAY)
        table_integer(table, bucket_text(BUCKET_HOUR_OF_DAY), "", number % BUCKET_HOUR_COUNT);
}

static void write_keys(const struct answer *answer, const struct group *group,
                       struct table *table) {
    const struct plan *plan = answer->question->plan;
    const struct dictionary *dictionary = snapshot_dictionary(answer->question->snapshot);
    for (uint32_t i = 0; i < answer->by_count; i++) {
        uint32_t code = 0;
        if (group->cell < answer->groups->cell_count)
            code = answer->groups->codes[(size_t)group->cell * answer->by_count + i];
        table_text(table, dimension_text(answer->by[i]),
                   filter_text(answer->by[i], dictionary, code));
    }
    const uint32_t bucket = group->bucket - BUCKET_FIRST;
    if (plan->recurring != NULL)
        write_recurring(plan->bucket, bucket, table);
    else if (plan->edge_count >= 2)
        table_text(table, bucket_text(plan->bucket), plan->bucket_names[bucket]);
}

static void write_basis(const struct answer *answer, const struct fold_row *row,
                        struct table *table) {
    const struct fold *fold = answer->fold;
    table_count(table, "n", row->n);
    table_count(table, "open", row->open);
    for (uint32_t class = 0; class < fold->class_count; class ++)
        if (fold->classes[class].role == ROLE_EXCLUDED)
            table_count(table, fold->classes[class].name, row->total->tally[class].count);
    fold_write_ratio(table, "coverage", (double)row->n, (double)(row->n + row->excluded));
    fold_write_ratio(table, "late_share", (double)row->late, (double)row->n);
    table_text(table, "state", result_state_text(row->state));
}

static void write_row(const struct answer *answer, const struct course *course,
                      struct fold_row *row, struct table *table) {
    const struct fold *fold = answer->fold;
    row->question = answer->question;
    row->stock = course->stock;
    row->before = course->before;
    row->n = count_role(fold, row, ROLE_UNIT);
    row->open = count_role(fold, row, ROLE_OPEN);
    row->excluded = count_role(fold, row, ROLE_EXCLUDED);
    row->late = fold_is_stock(fold, ROLE_UNIT) ? course->late : row->total->late;
    row->begin_ms = begin_of(answer->question->plan, row->group->bucket - BUCKET_FIRST);
    row->end_ms = end_of(answer->question->plan, row->group->bucket - BUCKET_FIRST);
    row->state = state_of(row);
    write_keys(answer, row->group, table);
    fold->write(row, table);
    write_basis(answer, row, table);
    table_row_end(table);
}

static const int badness[] = {[RESULT_OK] = 0,
                              [RESULT_PROVISIONAL] = 1,
                              [RESULT_FEW] = 2,
                              [RESULT_INCOMPLETE] = 3,
                              [RESULT_SUPPRESSED] = 4};

/* A gap does not spoil the whole: NO_DATA only when every row says so. */
static void add_state(struct result *out, enum result_state state, bool *any) {
    if (state == RESULT_NO_DATA) return;
    if (!*any || badness[state] > badness[out->state]) out->state = state;
    *any = true;
}

/* No row at all: the columns are still part of the answer. */
static enum status write_columns(const struct answer *answer, struct fold_row *row,
                                 struct table *table) {
    const struct fold *fold = answer->fold;
    static const struct course nothing;
    struct quantile quantile[QUANTILES_MAX];
    struct summary summary[SERIES_MAX];
    struct group *empty = arena_push(answer->question->arena, 1,
                                     sizeof *empty + fold->class_count * sizeof(struct tally));
    if (empty == NULL) return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < QUANTILES_MAX; i++) quantile[i] = (struct quantile){NAN, NAN, NAN};
    for (uint32_t i = 0; i < SERIES_MAX; i++)
        summary[i] = (struct summary){series_extent(&empty->series[i]), quantile};
    empty->cell = answer->groups->cell_count;
    empty->bucket = BUCKET_FIRST;
    row->group = row->total = empty;
    row->period = nothing.stock;
    row->summary = summary;
    write_row(answer, &nothing, row, table);
    table_clear_rows(table);
    return STATUS_OK;
}

/* The first series of every KPI of durations holds what n counts. */
static enum status take_values(const struct answer *answer, const struct group *group,
                               struct result_values *out) {
    struct arena *arena = answer->question->arena;
    const struct series *series = &group->series[0];
    out->count = series_count(series);
    int64_t *value = arena_push_raw(arena, out->count + 1, sizeof *value);
    int64_t *room = arena_push_raw(arena, out->count + 1, sizeof *room);
    if (value == NULL || room == NULL) return STATUS_NO_MEMORY;
    series_sort(series, value, room);
    out->value = value;
    return STATUS_OK;
}

/* Of a group. */
static uint32_t rows_of(const struct answer *answer) {
    return answer->fold->by_age ? answer->question->plan->age_count : 1;
}

static enum status write_rows(const struct answer *answer, const struct entry *entries,
                              struct fold_row *row, struct table *table, struct result *out) {
    const struct fold *fold = answer->fold;
    const uint64_t *sums = row->period;
    const struct summary *summaries = row->summary;
    struct course course = {.cell = UINT32_MAX};
    struct result_values *values = NULL;
    bool any = false;
    out->state = RESULT_NO_DATA;
    if (answer->question->plan->values) {
        values = arena_push_array(answer->question->arena, struct result_values,
                                  answer->groups->group_count + 1);
        if (values == NULL) return STATUS_NO_MEMORY;
        out->values = values;
    }
    const uint32_t rows = rows_of(answer);
    for (uint32_t i = 0; i < answer->groups->group_count && !table->failed; i++) {
        const struct group *group = entries[i].group;
        course_take(&course, answer, group);
        if (group->bucket == BUCKET_BEFORE) continue;
        bool same = fold->by_step && row->group != NULL && row->group->cell == group->cell &&
                    row->group->bucket == group->bucket;
        row->position = same ? row->position + 1 : 0; /* of a step */
        row->group = group;
        if (!same) row->total = group;
        if (fold->steps != NULL && group->step == STEP_START &&
            i + 1 < answer->groups->group_count && entries[i + 1].rank == entries[i].rank)
            continue; /* its steps tell */
        row->period = sums + (size_t)group->cell * fold->class_count;
        if (summaries != NULL)
            row->summary = summaries + (size_t)entries[i].number * fold->summary_count;
        if (values != NULL) TRY(take_values(answer, group, &values[table->row_count]));
        for (uint32_t at = 0; at < rows; at++) {
            if (fold->by_age) row->position = at;
            write_row(answer, &course, row, table);
        }
        add_state(out, row->state, &any);
    }
    if (table->row_count > 0 || table->failed) return STATUS_OK;
    return write_columns(answer, row, table);
}

uint64_t answer_values_max(const struct groups *groups) {
    uint64_t most = 0;
    for (uint32_t i = 0; i < groups->group_count; i++) {
        uint64_t count = 0;
        for (int series = 0; series < SERIES_MAX; series++)
            count += series_count(&groups->group[i]->series[series]);
        if (count > most) most = count;
    }
    return most;
}

static void describe(const struct plan *plan, struct result *out) {
    out->definition = plan->definition;
    out->view = plan->view;
    out->clock = plan->clock;
    out->from_ms = plan->from_ms;
    out->to_ms = plan->to_ms;
    out->zone = plan->zone;
    out->calendar = plan->calendar == NULL ? "none" : plan->calendar->id;
    out->as_of_ms = plan->as_of_ms;
}

/* What was chosen besides, that the figures rest on. */
static enum status write_choices(const struct plan *plan, struct arena *arena, struct result *out) {
    struct result_note *notes = arena_push_array(arena, struct result_note, 4);
    if (notes == NULL) return STATUS_NO_MEMORY;
    if (plan->limit_count > 0)
        notes[out->note_count++] = (struct result_note){"limit", plan->limit_text};
    if (plan->start == START_COMPLETE)
        notes[out->note_count++] = (struct result_note){"start", "complete"};
    if (plan->known_from_count > 0)
        notes[out->note_count++] = (struct result_note){"known_from", plan->known_from_text};
    if (plan->definition->purposes != 0)
        notes[out->note_count++] = (struct result_note){"purpose", purpose_text(plan->purpose)};
    if (plan->within_ms > 0) {
        const char *minutes = arena_format(arena, "%d min", (int)(plan->within_ms / 60000));
        if (minutes == NULL) return STATUS_NO_MEMORY;
        notes[out->note_count++] = (struct result_note){"within", minutes};
    }
    out->notes = notes;
    return STATUS_OK;
}

/* Summaries of all groups or, for folds that read the series themselves, room for their values. */
static enum status prepare_series(const struct answer *answer, struct fold_row *row) {
    const struct fold *fold = answer->fold;
    struct arena *arena = answer->question->arena;
    if (fold->summary_count > 0) {
        struct summary *summaries;
        TRY(summary_make(answer->groups, fold->summary_count, answer->question->plan,
                         answer->thread_count, arena, &summaries));
        row->summary = summaries;
        return STATUS_OK;
    }
    const size_t values = answer_values_max(answer->groups) + 1;
    row->values = arena_push_raw(arena, values, sizeof *row->values);
    row->room = arena_push_raw(arena, values, sizeof *row->room);
    return row->values == NULL || row->room == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status answer_write(struct answer *answer, struct result *out, struct error *err) {
    struct arena *arena = answer->question->arena;
    describe(answer->question->plan, out);
    if (write_choices(answer->question->plan, arena, out) != STATUS_OK) return out_of_memory(err);
    if (answer->fold->answer != NULL) return answer->fold->answer(answer, out, err);
    TRY(fill_gaps(answer, err));
    if (sort_steps(answer) != STATUS_OK) return out_of_memory(err);
    struct fold_row row = {.period = sum_periods(answer)};
    struct entry *entries = sort_groups(answer);
    if (row.period == NULL || entries == NULL || prepare_series(answer, &row) != STATUS_OK)
        return out_of_memory(err);
    struct table table;
    const uint64_t row_limit = (answer->groups->group_count + 1) * (uint64_t)rows_of(answer);
    if (answer->fold->by_age && row_limit > PLAN_GROUPS_MAX)
        return error_set(err, STATUS_TOO_LARGE,
                         "query: more than %d rows: group by less, or ask for fewer ages",
                         PLAN_GROUPS_MAX);
    TRY(table_init(&table, arena, (uint32_t)row_limit, err));
    if (write_rows(answer, entries, &row, &table, out) != STATUS_OK) return out_of_memory(err);
    return table_finish(&table, out, err);
}
