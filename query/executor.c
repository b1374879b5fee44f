/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/executor.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "calendar/calendar.h"
#include "query/answer.h"
#include "query/changes.h"
#include "query/crew.h"
#include "query/gather.h"
#include "query/link.h"

/* Everything of one run: scan here, emit -> place -> keep in gather.c, write in answer.c. */
struct run {
    struct fold_question question;
    const struct fold *fold;
    const struct fold_source *source; /* the one being read */
    struct filter filter;
    uint32_t by_count;
    enum dimension by[DIMENSION_COUNT];
    uint32_t part, part_count; /* this run reads part 0..part_count-1 of the rows ... */
    _Atomic uint32_t *next; /* ... or, of journeys, piece after piece: shared by all runs, one for
                               each source and one for links */
    struct gather gather;
    struct link_list linked;        /* of a linked source: what this run has read for the table, */
    const struct link_table *links; /* that all runs share */
    struct link_rows *link_rows;    /* of a block */
    struct error *err;
};

enum { ARS_BYTES = 12 }; /* of every tenant's text */

/* --- preparation --- */

static enum status out_of_memory(struct run *run) {
    return error_set(run->err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
}

/* The sentence for what groups refuse. */
static enum status explain(struct run *run, enum status status) {
    if (status == STATUS_NO_MEMORY) return out_of_memory(run);
    if (status != STATUS_TOO_LARGE) return status;
    return error_set(run->err, status,
                     "query: more than %d rows: group by less or ask for a shorter period",
                     PLAN_GROUPS_MAX);
}

/* Regions of all tenants, once, so that no row looks one up. */
static enum status prepare_regions(struct run *run) {
    const struct calendar *calendar = run->question.plan->calendar;
    if (calendar == NULL) return STATUS_OK;
    const struct dictionary *dictionary = snapshot_dictionary(run->question.snapshot);
    const uint32_t codes = run->question.code_count;
    uint16_t *region = arena_push(run->question.arena, codes + 1, sizeof *region);
    if (region == NULL) return out_of_memory(run);
    for (uint32_t code = 1; code < codes; code++) {
        size_t size;
        const char *text = dictionary_text(dictionary, code, &size);
        if (size == ARS_BYTES) region[code] = (uint16_t)calendar_region(calendar, text, size);
    }
    run->question.region = region;
    return STATUS_OK;
}

/* The services' limits, and the deadlines of each at every place that a tenant is of. */
static enum status prepare_limits(struct run *run) {
    const struct plan *plan = run->question.plan;
    const struct calendar *calendar = plan->calendar;
    struct arena *arena = run->question.arena;
    if (plan->limit_count == 0) return STATUS_OK;
    const struct dictionary *dictionary = snapshot_dictionary(run->question.snapshot);
    const uint32_t codes = run->question.code_count, regions = calendar->region_count;
    bool *used = arena_push_array(arena, bool, regions);
    uint16_t *limit_plus_1 = arena_push(arena, codes + 1, sizeof *limit_plus_1);
    const int64_t **due_ms = arena_push_array(arena, const int64_t *, plan->limit_count *regions);
    if (used == NULL || limit_plus_1 == NULL || due_ms == NULL) return out_of_memory(run);
    for (uint32_t code = 0; code < codes; code++) used[run->question.region[code]] = true;
    for (uint32_t i = 0; i < plan->limit_count; i++)
        for (uint32_t code = 0; code <= codes && plan->limits[i].service == NULL; code++)
            limit_plus_1[code] = (uint16_t)(i + 1);
    for (uint32_t i = 0; i < plan->limit_count; i++) {
        const struct plan_limit *limit = &plan->limits[i];
        uint32_t code;
        if (limit->service != NULL &&
            filter_code(DIMENSION_SERVICE, dictionary, codes, limit->service, &code))
            limit_plus_1[code] = (uint16_t)(i + 1);
        for (uint32_t region = 0; region < regions; region++) {
            if (!used[region] || limit->deadline.unit == DEADLINE_HOURS) continue;
            const int64_t **due = &due_ms[i * regions + region];
            *due = deadline_table(limit->deadline, calendar, region, arena);
            if (*due == NULL) return out_of_memory(run);
        }
    }
    run->question.limit_plus_1 = limit_plus_1;
    run->question.due_ms = due_ms;
    return STATUS_OK;
}

/* From when on all cases of each tenant are known. */
static enum status prepare_known_from(struct run *run) {
    const struct plan *plan = run->question.plan;
    if (plan->known_from_count == 0) return STATUS_OK;
    const struct dictionary *dictionary = snapshot_dictionary(run->question.snapshot);
    const uint32_t codes = run->question.code_count;
    int64_t *known = arena_push_array(run->question.arena, int64_t, codes + 1);
    if (known == NULL) return out_of_memory(run);
    int64_t of_all = TIME_ABSENT;
    for (uint32_t i = 0; i < plan->known_from_count; i++)
        if (plan->known_from[i].tenant == NULL) of_all = plan->known_from[i].from_ms;
    for (uint32_t code = 0; code <= codes; code++) known[code] = of_all;
    for (uint32_t i = 0; i < plan->known_from_count; i++) {
        const struct plan_known *each = &plan->known_from[i];
        uint32_t code;
        if (each->tenant != NULL &&
            filter_code(DIMENSION_TENANT, dictionary, codes, each->tenant, &code))
            known[code] = each->from_ms;
    }
    run->question.known_from_ms = known;
    return STATUS_OK;
}

static enum status prepare_names(struct run *run) {
    const struct plan *plan = run->question.plan;
    const char **names = arena_push_array(run->question.arena, const char *, PLAN_QUANTILES_MAX);
    if (names == NULL) return out_of_memory(run);
    for (uint32_t i = 0; i < plan->quantile_count; i++) {
        names[i] = arena_format(run->question.arena, "p%g", plan->quantiles[i] * 100);
        if (names[i] == NULL) return out_of_memory(run);
    }
    run->question.quantile_names = names;
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
    if (plan->definition->deadline && plan->limit_count == 0)
        return error_set(run->err, STATUS_INVALID, "%s needs a limit", id);
    if (fold->by_age && plan->age_count == 0)
        return error_set(run->err, STATUS_INVALID, "%s needs ages", id);
    if (fold->needs_assumptions && plan->assumptions == NULL)
        return error_set(run->err, STATUS_INVALID, "%s needs an assumptions file", id);
    if (fold->answer != NULL && (plan->by_count > 0 || plan->bucket != BUCKET_NONE))
        return error_set(run->err, STATUS_INVALID, "%s can be filtered, but not grouped", id);
    bool asks_for_steps = plan->filter[DIMENSION_STEP].count > 0;
    for (uint32_t i = 0; i < plan->by_count; i++) asks_for_steps |= plan->by[i] == DIMENSION_STEP;
    for (uint32_t i = 0; i < fold->source_count && asks_for_steps && !fold->by_step; i++)
        if (fold->sources[i].purpose != PURPOSE_NONE)
            return error_set(run->err, STATUS_INVALID, "%s has no steps to filter or group by", id);
    return STATUS_OK;
}

/* What all workers read and none changes. */
static enum status prepare_shared(struct run *run, const struct plan *plan,
                                  struct snapshot *snapshot, struct arena *arena) {
    run->question = (struct fold_question){
        .plan = plan, .snapshot = snapshot, .arena = arena, .as_of_ms = plan->as_of_ms};
    run->fold = fold_of(plan);
    TRY(check_plan(run));
    struct snapshot_stats stats;
    snapshot_stats(snapshot, &stats);
    run->question.oldest_ms = stats.oldest_time_ms;
    run->question.newest_ms = stats.newest_time_ms;
    prepare_dimensions(run);
    run->next = arena_push(arena, run->fold->source_count + 1, sizeof *run->next);
    if (run->next == NULL) return out_of_memory(run);
    const struct dictionary *dictionary = snapshot_dictionary(snapshot);
    run->question.code_count = dictionary_count(dictionary);
    TRY(filter_build(plan, dictionary, run->question.code_count, arena, &run->filter, run->err));
    TRY(prepare_regions(run));
    TRY(prepare_limits(run));
    TRY(prepare_known_from(run));
    run->question.steps = run->filter.allowed[DIMENSION_STEP];
    return prepare_names(run);
}

/* What a worker writes: in its own arena. */
static enum status prepare_own(struct run *run, struct arena *arena) {
    run->question.arena = arena;
    run->question.scratch = arena_push(arena, run->fold->scratch_bytes + 1, 1);
    if (run->question.scratch == NULL) return out_of_memory(run);
    return explain(run, gather_init(&run->gather, &run->question, run->fold, &run->filter, run->by,
                                    run->by_count, PLAN_GROUPS_MAX));
}

/* --- scan --- */

/* Journeys have none of these: nothing is read. */
#define OF_EVENTS (1u << DIMENSION_STEP | 1u << DIMENSION_TYPE | 1u << DIMENSION_COUNTRY)

static const uint8_t journey_dimension[DIMENSION_COUNT] = {
    [DIMENSION_TENANT] = JOURNEY_TENANT, [DIMENSION_SERVICE] = JOURNEY_SERVICE,
    [DIMENSION_OFFICE] = JOURNEY_OFFICE, [DIMENSION_CHANNEL] = JOURNEY_CHANNEL,
    [DIMENSION_STEP] = JOURNEY_TENANT,   [DIMENSION_LANG] = JOURNEY_LANG,
    [DIMENSION_DEVICE] = JOURNEY_DEVICE, [DIMENSION_TYPE] = JOURNEY_TENANT,
    [DIMENSION_COUNTRY] = JOURNEY_TENANT};
static const uint8_t event_dimension[DIMENSION_COUNT] = {
    [DIMENSION_TENANT] = COLUMN_TENANT,  [DIMENSION_SERVICE] = COLUMN_SERVICE,
    [DIMENSION_OFFICE] = COLUMN_OFFICE,  [DIMENSION_CHANNEL] = COLUMN_CHANNEL,
    [DIMENSION_STEP] = COLUMN_STEP,      [DIMENSION_LANG] = COLUMN_LANG,
    [DIMENSION_DEVICE] = COLUMN_DEVICE,  [DIMENSION_TYPE] = COLUMN_TYPE,
    [DIMENSION_COUNTRY] = COLUMN_COUNTRY};

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

/* What journeys are present in: buckets, cut where the period begins and ends, so that of each
 * interval all or nothing counts. */
static enum status prepare_presence(struct run *run, struct presence_scan_spec *spec) {
    const struct plan *plan = run->question.plan;
    const int64_t cuts[] = {run->gather.timeline.from_ms, run->gather.timeline.to_ms};
    int64_t *edges = arena_push_array(run->question.arena, int64_t, plan->edge_count + 2);
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
        dimensions[i] = (OF_EVENTS >> i & 1) != 0 ? NULL : block->column[journey_dimension[i]];
    return explain(run, gather_block(&run->gather, block->column, block->row_count, dimensions,
                                     block->column[JOURNEY_FLAGS], block->trails));
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

/* Of a KPI that looks at journeys of one purpose, those of the others are not. */
static bool is_asked(const struct run *run, const struct fold_source *source) {
    const enum purpose purpose = run->question.plan->purpose;
    return purpose == PURPOSE_NONE || source->purpose == purpose;
}

/* Of journeys that were over before the period, or began after it, nobody needs the events. */
static bool had_events_in_period(const void *context, int64_t first_ms, int64_t last_ms) {
    const struct plan *plan = context;
    return (plan->from_ms == TIME_ABSENT || last_ms >= plan->from_ms) &&
           (plan->to_ms == TIME_ABSENT || first_ms < plan->to_ms);
}

static enum status scan_journeys(struct run *run) {
    const bool all_seen = run->question.newest_ms <= run->question.as_of_ms;
    struct journey_scan_spec spec = {
        .purpose = run->source->purpose,
        .columns =
            (uint32_t)(run->source->columns | columns_read(run, journey_dimension, JOURNEY_FLAGS)),
        .seen_columns = all_seen ? (uint32_t)run->source->seen_columns : 0,
        .tenants = run->filter.tenants,
        .tenant_count = run->filter.tenant_count,
        .part = run->part,
        .part_count = run->part_count,
        .next_piece = run->next + (run->source - run->fold->sources),
        .tell_columns = run->source->tell_columns,
        .tell = had_events_in_period,
        .context = run->question.plan};
    if (run->source->linked) spec.tell_columns |= COLUMN_BIT(COLUMN_LINK);
    if (run->source->presence) return scan_presence(run, &spec);
    struct journey_scan *scan;
    TRY(journey_scan_open(run->question.snapshot, &spec, run->question.arena, &scan, run->err));
    for (;;) {
        struct journey_block block;
        TRY(journey_scan_next(scan, &block, run->err));
        if (block.row_count == 0) return STATUS_OK;
        if (run->source->linked) link_join(run->links, run->link_rows, &block);
        TRY(fold_journeys(run, &block));
    }
}

/* Events outside of the period are no facts, unless there is a stock, or they speak of another
 * moment. */
static void limit_times(const struct run *run, struct event_scan_spec *spec) {
    if (run->source->any_time) return;
    for (uint32_t i = 0; i < run->fold->class_count; i++)
        if (run->fold->classes[i].span != SPAN_FLOW) return;
    if (run->question.plan->from_ms == TIME_ABSENT || run->gather.timeline.to_ms == INT64_MAX)
        return;
    spec->from_ms = run->gather.timeline.from_ms;
    spec->to_ms = run->gather.timeline.to_ms;
}

/* uncounted: only those that no day scan counts. */
static enum status scan_events(struct run *run, bool uncounted) {
    struct event_scan_spec spec = {
        .columns = run->source->columns | columns_read(run, event_dimension, COLUMN_FLAGS),
        .types = run->source->types,
        .tenants = run->filter.tenants,
        .tenant_count = run->filter.tenant_count,
        .part = run->part,
        .part_count = run->part_count,
        .uncounted = uncounted};
    limit_times(run, &spec);
    struct event_scan *scan;
    TRY(event_scan_open(run->question.snapshot, &spec, run->question.arena, &scan, run->err));
    for (;;) {
        struct event_block block;
        TRY(event_scan_next(scan, &block, run->err));
        if (block.row_count == 0) return STATUS_OK;
        const void *dimensions[DIMENSION_COUNT];
        for (int i = 0; i < DIMENSION_COUNT; i++) dimensions[i] = block.column[event_dimension[i]];
        TRY(explain(run, gather_block(&run->gather, block.column, block.row_count, dimensions,
                                      block.column[COLUMN_FLAGS], NULL)));
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
 * bucket begins or ends within one of their pieces. */
static bool days_suffice(const struct run *run) {
    const struct plan *plan = run->question.plan;
    if (run->source->emit_days == NULL || run->question.oldest_ms == TIME_ABSENT) return false;
    for (unsigned i = 0; i < DIMENSION_COUNT; i++)
        if (run->filter.allowed[i] != NULL && (DAY_DIMENSIONS >> i & 1) == 0) return false;
    for (uint32_t i = 0; i < run->by_count; i++)
        if ((DAY_DIMENSIONS >> run->by[i] & 1) == 0) return false;
    bool whole = divides_no_piece(run, run->gather.timeline.from_ms) &&
                 divides_no_piece(run, run->gather.timeline.to_ms);
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
        TRY(explain(run, gather_block(&run->gather, block.column, block.row_count, dimensions,
                                      block.column[DAY_COUNT_FLAGS], NULL)));
    }
}

static enum status scan_source(struct run *run) {
    const struct fold_source *source = run->source;
    const bool days = source->purpose == PURPOSE_NONE && days_suffice(run);
    if (days) {
        gather_begin_source(&run->gather, source, source->emit_days);
        TRY(scan_days(run));
    }
    gather_begin_source(&run->gather, source, source->emit);
    return source->purpose != PURPOSE_NONE ? scan_journeys(run) : scan_events(run, days);
}

static enum status scan_sources(struct run *run) {
    for (uint32_t i = 0; i < run->fold->source_count && !run->filter.nothing; i++) {
        run->source = &run->fold->sources[i];
        if (is_asked(run, run->source)) TRY(scan_source(run));
    }
    return explain(run, gather_end(&run->gather));
}

/* --- links: before anything else --- */

static bool needs_links(const struct run *run) {
    bool needs = false;
    for (uint32_t i = 0; i < run->fold->source_count; i++)
        needs |= run->fold->sources[i].linked && is_asked(run, &run->fold->sources[i]);
    return needs && !run->filter.nothing;
}

static enum status read_links(struct run *run) {
    const struct journey_scan_spec share = {.tenants = run->filter.tenants,
                                            .tenant_count = run->filter.tenant_count,
                                            .part = run->part,
                                            .part_count = run->part_count,
                                            .next_piece = run->next + run->fold->source_count};
    run->linked.arena = run->question.arena;
    run->link_rows = arena_push_raw(run->question.arena, 1, sizeof *run->link_rows);
    if (run->link_rows == NULL) return out_of_memory(run);
    return link_read(run->question.snapshot, run->question.plan->purpose, run->question.as_of_ms,
                     &share, &run->linked, run->err);
}

/* --- several threads: each reads a part of the rows into groups of its own --- */

static_assert((int)QUERY_THREADS_MAX <= (int)CREW_MAX, "one crew reads");

struct worker {
    struct run run;
    struct arena arena; /* worker 0 works in that of the question */
    struct error err;
    enum status status;
};

static void scan_part(void *context, uint32_t number) {
    struct worker *worker = (struct worker *)context + number;
    worker->status = scan_sources(&worker->run);
}

static uint32_t threads_for(struct snapshot *snapshot) {
    struct snapshot_stats stats;
    snapshot_stats(snapshot, &stats);
    if (stats.event_count < QUERY_THREADS_EVENTS_MIN) return 1;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores < 1) return 1;
    return cores < QUERY_THREADS_MAX ? (uint32_t)cores : (uint32_t)QUERY_THREADS_MAX;
}

/* Every worker prepared, with its share of the budget. */
static enum status prepare_workers(struct worker *workers, uint32_t count, const struct plan *plan,
                                   struct snapshot *snapshot, struct arena *arena) {
    struct run shared = {.err = &workers[0].err};
    workers[0].status = prepare_shared(&shared, plan, snapshot, arena);
    TRY(workers[0].status);
    const size_t share = (arena->budget_bytes - arena->used_bytes) / count;
    arena->budget_bytes = arena->used_bytes + share;
    for (uint32_t i = 0; i < count; i++) {
        struct worker *worker = &workers[i];
        arena_init(&worker->arena, share);
        worker->run = shared;
        worker->run.err = &worker->err;
        worker->run.part = i;
        worker->run.part_count = count;
        worker->status = prepare_own(&worker->run, i == 0 ? arena : &worker->arena);
        if (worker->status != STATUS_OK) return worker->status;
    }
    return STATUS_OK;
}

static void read_links_of_part(void *context, uint32_t number) {
    struct worker *worker = (struct worker *)context + number;
    worker->status = read_links(&worker->run);
}

/* Every worker reads its share; worker 0 makes the table. */
static enum status make_links(struct worker *workers, uint32_t count) {
    const struct link_list *lists[QUERY_THREADS_MAX];
    struct link_table *table;
    if (!needs_links(&workers[0].run)) return STATUS_OK;
    crew_run(count, read_links_of_part, workers);
    for (uint32_t i = 0; i < count; i++) {
        if (workers[i].status != STATUS_OK) return workers[i].status;
        lists[i] = &workers[i].run.linked;
    }
    workers[0].status =
        link_table_build(lists, count, workers[0].run.question.arena, &table, workers[0].run.err);
    TRY(workers[0].status);
    for (uint32_t i = 0; i < count; i++) workers[i].run.links = table;
    return STATUS_OK;
}

/* Reads all parts; then all is in worker 0's groups, whose series live in the others' arenas. */
static enum status scan_in_parts(struct worker *workers, uint32_t count) {
    crew_run(count, scan_part, workers);
    for (uint32_t i = 0; i < count; i++)
        if (workers[i].status != STATUS_OK) return workers[i].status;
    for (uint32_t i = 1; i < count; i++) {
        struct run *run = &workers[0].run;
        workers[0].status = explain(run, gather_absorb(&run->gather, &workers[i].run.gather));
        TRY(workers[0].status);
    }
    return STATUS_OK;
}

static enum status settle(struct worker *workers, uint32_t count) {
    struct run *run = &workers[0].run;
    struct fold_part parts[QUERY_THREADS_MAX];
    if (run->fold->settle == NULL) return STATUS_OK;
    for (uint32_t i = 0; i < count; i++)
        parts[i] = (struct fold_part){&workers[i].run.question, &workers[i].run.gather.groups};
    workers[0].status = explain(run, run->fold->settle(parts, count, &run->gather.groups));
    return workers[0].status;
}

/* Its period, where the question has none, or how far the data reach within it. */
static enum status find_extent(struct run *run, struct error *err) {
    const enum fold_extent needs = run->fold->needs_extent;
    const bool has_period = run->question.plan->from_ms != TIME_ABSENT;
    if (needs == EXTENT_UNUSED || (needs == EXTENT_WITHOUT_PERIOD && has_period)) return STATUS_OK;
    return snapshot_extent(run->question.snapshot, run->question.arena, &run->question.extent, err);
}

enum status query_execute(const struct plan *plan, struct snapshot *snapshot, struct arena *arena,
                          struct result *out, struct error *err) {
    static const struct snapshot_changes none;
    return plan->compares ? changes_execute(plan, snapshot, arena, out, err)
                          : query_execute_changed(plan, &none, snapshot, arena, out, err);
}

enum status query_execute_changed(const struct plan *plan, const struct snapshot_changes *changes,
                                  struct snapshot *snapshot, struct arena *arena,
                                  struct result *out, struct error *err) {
    struct worker workers[QUERY_THREADS_MAX] = {0};
    const uint32_t count = threads_for(snapshot);
    const size_t budget = arena->budget_bytes;
    *out = (struct result){0};
    if (changes->changes == 0)
        snapshot_look_back(snapshot, plan->as_of_ms);
    else
        snapshot_look_at_changes(snapshot, plan->as_of_ms, changes);
    enum status status = prepare_workers(workers, count, plan, snapshot, arena);
    if (status == STATUS_OK) status = make_links(workers, count);
    if (status == STATUS_OK) status = scan_in_parts(workers, count);
    arena->budget_bytes = budget; /* of which the others' groups have their part */
    for (uint32_t i = 1; i < count; i++) arena->budget_bytes -= workers[i].arena.used_bytes;
    if (status == STATUS_OK) status = settle(workers, count);
    for (uint32_t i = 0; i < count && err != NULL; i++)
        if (workers[i].status != STATUS_OK) *err = workers[i].err;
    struct run *run = &workers[0].run;
    struct answer answer = {.question = &run->question,
                            .fold = run->fold,
                            .groups = &run->gather.groups,
                            .by = run->by,
                            .by_count = run->by_count,
                            .thread_count = count};
    if (status == STATUS_OK) status = find_extent(run, err);
    if (status == STATUS_OK) status = answer_write(&answer, out, err);
    for (uint32_t i = 1; i < count; i++) arena_free(&workers[i].arena);
    arena->budget_bytes = budget;
    return status;
}
