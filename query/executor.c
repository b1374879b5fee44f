/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/executor.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "query/answer.h"
#include "query/calendar.h"
#include "query/filter.h"
#include "query/fold.h"

/* Everything of one run: scan -> emit -> fold here, carry -> write in answer.c. */
struct run {
    struct fold_question question;
    const struct fold *fold;
    const struct fold_source *source; /* the one being read */
    struct filter filter;
    uint32_t by_count;
    enum dimension by[DIMENSION_COUNT];
    int64_t from_ms, to_ms; /* half-open, never absent, within the buckets */
    double buckets_per_ms;
    struct groups groups;
    uint32_t part, part_count; /* this run reads part 0..part_count-1 of the rows */
    struct facts *facts;
    uint8_t *passes;       /* by row of the block */
    uint32_t *cell_of_row; /* CELL_UNKNOWN until a fact of the row is counted */
    struct error *err;
};

#define CELL_UNKNOWN UINT32_MAX
enum { ARS_BYTES = 12 }; /* of every tenant's text */

/* --- preparation --- */

static enum status out_of_memory(struct run *run) {
    return error_set(run->err, STATUS_NO_MEMORY, "query: memory budget of %zu MiB used up",
                     run->question.arena->budget_bytes >> 20);
}

/* Regions of all tenants, once, so that no row looks one up. */
static enum status prepare_regions(struct run *run) {
    const struct calendar *calendar = run->question.plan->calendar;
    if (calendar == NULL) return STATUS_OK;
    const struct dictionary *dictionary = snapshot_dictionary(run->question.snapshot);
    uint32_t count = dictionary_count(dictionary);
    uint8_t *region = arena_push(run->question.arena, count + 1, 1);
    if (region == NULL) return out_of_memory(run);
    for (uint32_t code = 1; code < count; code++) {
        size_t size;
        const char *text = dictionary_text(dictionary, code, &size);
        if (size == ARS_BYTES) region[code] = (uint8_t)calendar_region(calendar, text, size);
    }
    run->question.region = region;
    return STATUS_OK;
}

static void prepare_dimensions(struct run *run) {
    const struct plan *plan = run->question.plan;
    for (uint32_t i = 0; i < plan->by_count; i++)
        if (!run->fold->by_step || plan->by[i] != DIMENSION_STEP)
            run->by[run->by_count++] = plan->by[i];
    if (plan->by_count > 0) return;
    run->by_count = run->fold->by_default_count;
    memcpy(run->by, run->fold->by_default, sizeof run->fold->by_default);
}

/* What the plan asks for must be there: its fold's needs, and steps only where rows have them. */
static enum status check_plan(const struct run *run) {
    const struct plan *plan = run->question.plan;
    const struct fold *fold = run->fold;
    const char *id = plan->definition->id;
    if (fold->needs_calendar && plan->calendar == NULL)
        return error_set(run->err, STATUS_INVALID, "%s needs a calendar of working days", id);
    if (fold->needs_assumptions && plan->assumptions == NULL)
        return error_set(run->err, STATUS_INVALID, "%s needs an assumptions file", id);
    if (fold->answer != NULL && (plan->by_count > 0 || plan->edge_count > 0))
        return error_set(run->err, STATUS_INVALID, "%s can be filtered, but not grouped", id);
    bool asks_for_steps = plan->filter[DIMENSION_STEP].count > 0;
    for (uint32_t i = 0; i < plan->by_count; i++) asks_for_steps |= plan->by[i] == DIMENSION_STEP;
    for (uint32_t i = 0; i < fold->source_count && asks_for_steps && !fold->by_step; i++)
        if (fold->sources[i].purpose != PURPOSE_NONE)
            return error_set(run->err, STATUS_INVALID, "%s has no steps to filter or group by", id);
    return STATUS_OK;
}

static enum status prepare(struct run *run, const struct plan *plan, struct snapshot *snapshot,
                           struct arena *arena) {
    run->question = (struct fold_question){
        .plan = plan, .snapshot = snapshot, .arena = arena, .as_of_ms = plan->as_of_ms};
    run->fold = fold_of(plan);
    TRY(check_plan(run));
    run->from_ms = plan->from_ms; /* TIME_ABSENT is the least of all times */
    run->to_ms = plan->to_ms == TIME_ABSENT ? INT64_MAX : plan->to_ms;
    if (plan->edge_count >= 2) {
        int64_t first = plan->edges[0], last = plan->edges[plan->edge_count - 1];
        run->buckets_per_ms = (plan->edge_count - 1) / ((double)last - (double)first);
        if (run->from_ms < first) run->from_ms = first;
        if (run->to_ms > last) run->to_ms = last;
    }
    struct snapshot_stats stats;
    snapshot_stats(snapshot, &stats);
    run->question.oldest_ms = stats.oldest_time_ms;
    run->question.newest_ms = stats.newest_time_ms;
    prepare_dimensions(run);
    TRY(filter_build(plan, snapshot_dictionary(snapshot), arena, &run->filter, run->err));
    TRY(prepare_regions(run));
    groups_init(&run->groups, arena, run->fold->class_count, run->by_count, PLAN_GROUPS_MAX);
    run->facts = arena_push_raw(arena, 1, sizeof *run->facts);
    run->passes = arena_push(arena, SNAPSHOT_BLOCK_ROWS_MAX, 1);
    run->cell_of_row = arena_push_array(arena, uint32_t, SNAPSHOT_BLOCK_ROWS_MAX);
    run->question.scratch = arena_push(arena, run->fold->scratch_bytes + 1, 1);
    if (run->facts == NULL || run->passes == NULL || run->cell_of_row == NULL ||
        run->question.scratch == NULL)
        return out_of_memory(run);
    return STATUS_OK;
}

/* --- fold --- */

/* The bucket of a moment between the first and the last edge: buckets are nearly of one length, so
 * a guess by division is at most a few steps off. */
static uint32_t bucket_of(const struct run *run, int64_t when) {
    const int64_t *edges = run->question.plan->edges;
    uint32_t last = run->question.plan->edge_count - 2;
    uint32_t at = (uint32_t)((double)(when - edges[0]) * run->buckets_per_ms);
    if (at > last) at = last;
    while (when < edges[at]) at--;
    while (when >= edges[at + 1]) at++;
    return at;
}

/* False: the fact is outside of the period. */
static bool place(const struct run *run, int64_t when, bool carried, uint32_t *bucket) {
    *bucket = 0;
    if (when == TIME_ABSENT || when >= run->to_ms) return false;
    if (when < run->from_ms) return carried;
    if (run->question.plan->edge_count >= 2) *bucket = bucket_of(run, when);
    return true;
}

static enum status cell_of(struct run *run, const void *const *dimensions, uint32_t row,
                           uint32_t *cell) {
    *cell = run->cell_of_row[row];
    if (*cell != CELL_UNKNOWN) return STATUS_OK;
    uint32_t codes[DIMENSION_COUNT];
    for (uint32_t i = 0; i < run->by_count; i++) {
        const void *column = dimensions[run->by[i]];
        codes[i] = filter_is_choice(run->by[i]) ? ((const uint8_t *)column)[row]
                                                : ((const uint32_t *)column)[row];
    }
    TRY(groups_cell(&run->groups, codes, cell));
    run->cell_of_row[row] = *cell;
    return STATUS_OK;
}

static bool keep(struct run *run, struct group *group, uint32_t class, int64_t value) {
    struct tally *tally = &group->tally[class];
    bool first = tally->count++ == 0;
    switch (run->fold->classes[class].keep) {
        case KEEP_COUNT: return true;
        case KEEP_TIMES: tally->count += (uint64_t)value - 1; return true;
        case KEEP_SUM: tally->amount += value; return true;
        case KEEP_LEAST:
            if (first || value < tally->amount) tally->amount = value;
            return true;
        case KEEP_GREATEST:
            if (first || value > tally->amount) tally->amount = value;
            return true;
        case KEEP_SERIES_0: return series_add(&group->series[0], run->groups.arena, value);
        case KEEP_SERIES_1: return series_add(&group->series[1], run->groups.arena, value);
        case KEEP_SERIES_2: return series_add(&group->series[2], run->groups.arena, value);
    }
    CHECK(false);
}

static bool step_passes(const struct run *run, uint32_t step) {
    const uint8_t *allowed = run->filter.allowed[DIMENSION_STEP];
    return allowed == NULL || step < STEP_FIRST || allowed[step - STEP_FIRST] != 0;
}

/* The group of fact i; NULL: it is outside of the period. */
static enum status group_of(struct run *run, const void *const *dimensions, uint32_t i,
                            struct group **out) {
    const struct facts *facts = run->facts;
    bool carried = run->fold->classes[facts->class[i]].carried;
    uint32_t bucket, cell;
    *out = NULL;
    if (!place(run, facts->when[i], carried, &bucket)) return STATUS_OK;
    TRY(cell_of(run, dimensions, facts->row[i], &cell));
    return groups_get(&run->groups, cell, bucket, facts->step[i], out);
}

static enum status fold_facts(struct run *run, const void *const *dimensions,
                              const uint8_t *flags) {
    const struct facts *facts = run->facts;
    struct group *group = NULL; /* that of the fact before, which is often the same */
    for (uint32_t i = 0; i < facts->count; i++) {
        uint32_t row = facts->row[i];
        uint32_t class = facts->class[i];
        if (run->passes[row] == 0 || !step_passes(run, facts->step[i])) continue;
        bool same = group != NULL && row == facts->row[i - 1] &&
                    facts->when[i] == facts->when[i - 1] && facts->step[i] == facts->step[i - 1] &&
                    facts->when[i] >= run->from_ms;
        if (!same) TRY(group_of(run, dimensions, i, &group));
        if (group == NULL) continue;
        if (run->fold->classes[class].role == ROLE_UNIT && (flags[row] & EVENT_LATE) != 0)
            group->late +=
                run->fold->classes[class].keep == KEEP_TIMES ? (uint64_t)facts->value[i] : 1;
        if (!keep(run, group, class, facts->value[i])) return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* The sentence for what groups refuse. */
static enum status explain(struct run *run, enum status status) {
    if (status == STATUS_NO_MEMORY) return out_of_memory(run);
    if (status != STATUS_TOO_LARGE) return status;
    return error_set(run->err, status,
                     "query: more than %d rows: group by less or ask for a shorter period",
                     PLAN_GROUPS_MAX);
}

static enum status fold_block(struct run *run, fold_emit emit, const void *const *columns,
                              uint32_t row_count, const void *const *dimensions,
                              const uint8_t *flags) {
    memset(run->passes, 1, row_count);
    filter_apply(&run->filter, dimensions, row_count, run->passes);
    for (uint32_t row = 0; row < row_count; row++) run->cell_of_row[row] = CELL_UNKNOWN;
    uint32_t rows_at_once = FACTS_MAX / run->source->facts_per_row_max;
    for (uint32_t begin = 0; begin < row_count; begin += rows_at_once) {
        uint32_t end = row_count - begin < rows_at_once ? row_count : begin + rows_at_once;
        struct fold_rows rows = {.column = columns, .begin = begin, .end = end};
        run->facts->count = 0;
        emit(&run->question, &rows, run->facts);
        CHECK(run->facts->count <= FACTS_MAX);
        TRY(explain(run, fold_facts(run, dimensions, flags)));
    }
    return STATUS_OK;
}

/* --- scan --- */

static const uint8_t journey_dimension[DIMENSION_COUNT] = {
    [DIMENSION_TENANT] = JOURNEY_TENANT, [DIMENSION_SERVICE] = JOURNEY_SERVICE,
    [DIMENSION_OFFICE] = JOURNEY_OFFICE, [DIMENSION_CHANNEL] = JOURNEY_CHANNEL,
    [DIMENSION_STEP] = JOURNEY_TENANT, /* journeys have none: not read */
    [DIMENSION_LANG] = JOURNEY_LANG,     [DIMENSION_DEVICE] = JOURNEY_DEVICE,
    [DIMENSION_TYPE] = JOURNEY_TENANT /* journeys have none: not read */};
static const uint8_t event_dimension[DIMENSION_COUNT] = {
    [DIMENSION_TENANT] = COLUMN_TENANT, [DIMENSION_SERVICE] = COLUMN_SERVICE,
    [DIMENSION_OFFICE] = COLUMN_OFFICE, [DIMENSION_CHANNEL] = COLUMN_CHANNEL,
    [DIMENSION_STEP] = COLUMN_STEP,     [DIMENSION_LANG] = COLUMN_LANG,
    [DIMENSION_DEVICE] = COLUMN_DEVICE, [DIMENSION_TYPE] = COLUMN_TYPE};

/* The columns that filters, groups and lateness read. */
static uint64_t columns_read(const struct run *run, const uint8_t *column_of_dimension,
                             uint32_t flags_column) {
    uint64_t columns = COLUMN_BIT(flags_column);
    for (int i = 0; i < DIMENSION_COUNT; i++)
        if (run->filter.allowed[i] != NULL) columns |= COLUMN_BIT(column_of_dimension[i]);
    for (uint32_t i = 0; i < run->by_count; i++)
        columns |= COLUMN_BIT(column_of_dimension[run->by[i]]);
    return columns;
}

/* What journeys are present in: buckets, cut where the period begins and ends and where observation
 * ends, so that of each interval all or nothing counts. */
static enum status prepare_presence(struct run *run, struct presence_scan_spec *spec) {
    const struct plan *plan = run->question.plan;
    const int64_t cuts[] = {run->from_ms, run->to_ms,
                            plan->as_of_ms == INT64_MAX ? INT64_MAX : plan->as_of_ms + 1};
    int64_t *edges = arena_push_array(run->question.arena, int64_t, plan->edge_count + 3);
    if (edges == NULL) return out_of_memory(run);
    uint32_t count = plan->edge_count;
    if (count > 0) memcpy(edges, plan->edges, count * sizeof *edges);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        uint32_t at = count;
        while (at > 0 && edges[at - 1] >= cuts[i]) at--;
        if (cuts[i] == TIME_ABSENT || cuts[i] == INT64_MAX || (at < count && edges[at] == cuts[i]))
            continue;
        memmove(edges + at + 1, edges + at, (count - at) * sizeof *edges);
        edges[at] = cuts[i];
        count++;
    }
    spec->edges = edges;
    spec->edge_count = count;
    return STATUS_OK;
}

static enum status fold_journeys(struct run *run, const struct journey_block *block) {
    const void *dimensions[DIMENSION_COUNT];
    for (int i = 0; i < DIMENSION_COUNT; i++)
        dimensions[i] =
            i == DIMENSION_STEP || i == DIMENSION_TYPE ? NULL : block->column[journey_dimension[i]];
    return fold_block(run, run->source->emit, block->column, block->row_count, dimensions,
                      block->column[JOURNEY_FLAGS]);
}

static enum status scan_presence(struct run *run, const struct journey_scan_spec *journeys) {
    struct presence_scan_spec spec = {.journeys = *journeys};
    struct presence_scan *scan;
    TRY(prepare_presence(run, &spec));
    TRY(presence_scan_open(run->question.snapshot, &spec, run->question.arena, &scan, run->err));
    for (;;) {
        struct journey_block block;
        TRY(presence_scan_next(scan, &block, run->err));
        if (block.row_count == 0) return STATUS_OK;
        TRY(fold_journeys(run, &block));
    }
}

static enum status scan_journeys(struct run *run) {
    struct journey_scan_spec spec = {
        .purpose = run->source->purpose,
        .columns =
            (uint32_t)(run->source->columns | columns_read(run, journey_dimension, JOURNEY_FLAGS)),
        .tenants = run->filter.tenants,
        .tenant_count = run->filter.tenant_count,
        .part = run->part,
        .part_count = run->part_count};
    if (run->source->presence) return scan_presence(run, &spec);
    struct journey_scan *scan;
    TRY(journey_scan_open(run->question.snapshot, &spec, run->question.arena, &scan, run->err));
    for (;;) {
        struct journey_block block;
        TRY(journey_scan_next(scan, &block, run->err));
        if (block.row_count == 0) return STATUS_OK;
        TRY(fold_journeys(run, &block));
    }
}

/* Events outside of the period are no facts, unless something is carried. */
static void limit_times(const struct run *run, struct event_scan_spec *spec) {
    for (uint32_t i = 0; i < run->fold->class_count; i++)
        if (run->fold->classes[i].carried) return;
    if (run->question.plan->from_ms == TIME_ABSENT || run->to_ms == INT64_MAX) return;
    spec->from_ms = run->from_ms;
    spec->to_ms = run->to_ms;
}

static enum status scan_events(struct run *run) {
    struct event_scan_spec spec = {
        .columns = run->source->columns | columns_read(run, event_dimension, COLUMN_FLAGS),
        .types = run->source->types,
        .tenants = run->filter.tenants,
        .tenant_count = run->filter.tenant_count,
        .part = run->part,
        .part_count = run->part_count};
    limit_times(run, &spec);
    struct event_scan *scan;
    TRY(event_scan_open(run->question.snapshot, &spec, run->question.arena, &scan, run->err));
    for (;;) {
        struct event_block block;
        TRY(event_scan_next(scan, &block, run->err));
        if (block.row_count == 0) return STATUS_OK;
        const void *dimensions[DIMENSION_COUNT];
        for (int i = 0; i < DIMENSION_COUNT; i++) dimensions[i] = block.column[event_dimension[i]];
        TRY(fold_block(run, run->source->emit, block.column, block.row_count, dimensions,
                       block.column[COLUMN_FLAGS]));
    }
}

/* --- day counts instead of events --- */

static const uint8_t day_dimension[DIMENSION_COUNT] = {[DIMENSION_TENANT] = DAY_COUNT_TENANT,
                                                       [DIMENSION_SERVICE] = DAY_COUNT_SERVICE,
                                                       [DIMENSION_TYPE] = DAY_COUNT_TYPE};
#define DAY_DIMENSIONS (1u << DIMENSION_TENANT | 1u << DIMENSION_SERVICE | 1u << DIMENSION_TYPE)

/* No piece of a day has events on both sides of the moment. */
static bool divides_no_piece(const struct run *run, int64_t moment) {
    return moment <= run->question.oldest_ms || moment > run->question.newest_ms ||
           day_count_time(moment) == moment;
}

/* Day counts tell what the source asks of events: they have the dimensions, and neither period nor
 * end of observation nor bucket begins or ends within one of their pieces. */
static bool days_suffice(const struct run *run) {
    const struct plan *plan = run->question.plan;
    if (run->source->emit_days == NULL || run->question.oldest_ms == TIME_ABSENT) return false;
    for (unsigned i = 0; i < DIMENSION_COUNT; i++)
        if (run->filter.allowed[i] != NULL && (DAY_DIMENSIONS >> i & 1) == 0) return false;
    for (uint32_t i = 0; i < run->by_count; i++)
        if ((DAY_DIMENSIONS >> run->by[i] & 1) == 0) return false;
    bool whole = divides_no_piece(run, run->from_ms) && divides_no_piece(run, run->to_ms) &&
                 (plan->as_of_ms == INT64_MAX || divides_no_piece(run, plan->as_of_ms + 1));
    for (uint32_t i = 0; i < plan->edge_count && whole; i++)
        whole = divides_no_piece(run, plan->edges[i]);
    return whole;
}

static enum status scan_days(struct run *run) {
    struct day_scan_spec spec = {
        .columns = (uint32_t)(columns_read(run, day_dimension, DAY_COUNT_FLAGS) |
                              COLUMN_BIT(DAY_COUNT_TYPE) | COLUMN_BIT(DAY_COUNT_TIME) |
                              COLUMN_BIT(DAY_COUNT_EVENTS)),
        .tenants = run->filter.tenants,
        .tenant_count = run->filter.tenant_count,
        .part = run->part,
        .part_count = run->part_count};
    struct day_scan *scan;
    TRY(day_scan_open(run->question.snapshot, &spec, run->question.arena, &scan, run->err));
    for (;;) {
        struct day_block block;
        TRY(day_scan_next(scan, &block, run->err));
        if (block.row_count == 0) return STATUS_OK;
        const void *dimensions[DIMENSION_COUNT] = {0};
        for (unsigned i = 0; i < DIMENSION_COUNT; i++)
            if ((DAY_DIMENSIONS >> i & 1) != 0) dimensions[i] = block.column[day_dimension[i]];
        TRY(fold_block(run, run->source->emit_days, block.column, block.row_count, dimensions,
                       block.column[DAY_COUNT_FLAGS]));
    }
}

static enum status scan_source(struct run *run) {
    if (run->source->purpose != PURPOSE_NONE) return scan_journeys(run);
    return days_suffice(run) ? scan_days(run) : scan_events(run);
}

static enum status scan_sources(struct run *run) {
    for (uint32_t i = 0; i < run->fold->source_count && !run->filter.nothing; i++) {
        run->source = &run->fold->sources[i];
        TRY(scan_source(run));
    }
    return STATUS_OK;
}

/* --- several threads: each reads a part of the rows into groups of its own --- */

struct helper {
    struct run run;
    struct arena arena;
    struct error err;
    enum status status;
    pthread_t thread;
    bool started;
};

static void *helper_main(void *argument) {
    struct helper *helper = argument;
    helper->status = scan_sources(&helper->run);
    return NULL;
}

static uint32_t threads_for(struct snapshot *snapshot) {
    struct snapshot_stats stats;
    snapshot_stats(snapshot, &stats);
    if (stats.event_count < QUERY_EVENTS_PER_THREAD_MIN) return 1;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores < 1) return 1;
    return cores < QUERY_THREADS_MAX ? (uint32_t)cores : (uint32_t)QUERY_THREADS_MAX;
}

static enum status start_helper(struct helper *helper, const struct run *run, uint32_t part,
                                size_t budget_bytes, struct error *err) {
    arena_init(&helper->arena, budget_bytes);
    helper->run.err = &helper->err;
    const struct fold_question *question = &run->question;
    enum status status = prepare(&helper->run, question->plan, question->snapshot, &helper->arena);
    if (status != STATUS_OK) {
        *err = helper->err;
        return status;
    }
    helper->run.part = part;
    helper->run.part_count = run->part_count;
    helper->started = pthread_create(&helper->thread, NULL, helper_main, helper) == 0;
    if (!helper->started) (void)helper_main(helper); /* no thread to be had: here, then */
    return STATUS_OK;
}

static void combine_tallies(const void *context, uint32_t class, struct tally *into,
                            const struct tally *from) {
    const struct fold *fold = context;
    const bool first = into->count == 0;
    into->count += from->count;
    switch (fold->classes[class].keep) {
        case KEEP_LEAST:
            if (first || from->amount < into->amount) into->amount = from->amount;
            return;
        case KEEP_GREATEST:
            if (first || from->amount > into->amount) into->amount = from->amount;
            return;
        default: into->amount += from->amount;
    }
}

/* Reads part 0 here and the other parts in helpers; then all their groups are in run->groups, whose
 * series live in the helpers' arenas. */
static enum status scan_in_parts(struct run *run, struct helper *helpers, struct error *err) {
    struct arena *arena = run->question.arena;
    const size_t share = (arena->budget_bytes - arena->used_bytes) / run->part_count;
    arena->budget_bytes = arena->used_bytes + share;
    enum status status = STATUS_OK;
    for (uint32_t i = 1; i < run->part_count && status == STATUS_OK; i++)
        status = start_helper(&helpers[i - 1], run, i, share, err);
    if (status == STATUS_OK) status = scan_sources(run);
    for (uint32_t i = 1; i < run->part_count; i++) {
        struct helper *helper = &helpers[i - 1];
        if (helper->started) (void)pthread_join(helper->thread, NULL);
        if (status == STATUS_OK && helper->status != STATUS_OK) {
            status = helper->status;
            *err = helper->err;
        }
        if (status == STATUS_OK)
            status = explain(
                run, groups_absorb(&run->groups, &helper->run.groups, combine_tallies, run->fold));
    }
    return status;
}

enum status query_execute(const struct plan *plan, struct snapshot *snapshot, struct arena *arena,
                          struct result *out, struct error *err) {
    struct error ignored;
    struct run run = {.err = err != NULL ? err : &ignored};
    struct helper helpers[QUERY_THREADS_MAX - 1] = {0};
    *out = (struct result){0};
    const size_t budget = arena->budget_bytes;
    enum status status = prepare(&run, plan, snapshot, arena);
    run.part_count = threads_for(snapshot);
    if (status == STATUS_OK) status = scan_in_parts(&run, helpers, run.err);
    arena->budget_bytes = budget;
    struct answer answer = {.question = &run.question,
                            .fold = run.fold,
                            .groups = &run.groups,
                            .by = run.by,
                            .by_count = run.by_count};
    if (status == STATUS_OK) status = answer_write(&answer, out, err);
    for (uint32_t i = 0; i < QUERY_THREADS_MAX - 1; i++) arena_free(&helpers[i].arena);
    return status;
}
