/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_QUERY_REFERENCE_WORLD_H
#define TESTS_QUERY_REFERENCE_WORLD_H

#include <stdlib.h>

#include "base/timestamp.h"
#include "calendar/calendar.h"
#include "query/executor.h"
#include "query/filter.h"
#include "query/plan.h"
#include "stats/wide.h"
#include "tests/query/fake_snapshot.h"
#include "tests/test.h"

/* reference_world: a small random town and random questions about it, and the means to answer them
 * a row at a time: for every row of a result the test walks over all journeys, asks
 * `world_selected` whether this one belongs to the row, and adds up by the words of the definition.
 *
 * Time: 1 February to 30 May 2026, with the change to summer time on 29 March; buckets are days of
 * Berlin, so one has 23 hours. Everything follows from the seed. */

#define WORLD_FROM_MS INT64_C(1769900400000) /* 2026-02-01T00:00+01:00 */
#define WORLD_DAY_MS  INT64_C(86400000)
enum { WORLD_DAYS = 118, WORLD_TENANTS = 3, WORLD_SERVICES = 4, WORLD_OFFICES = 3 };

static struct snapshot world; /* the snapshot of all tests of a program */

struct question {
    struct arena arena;
    struct plan plan;
    const char *value[DIMENSION_COUNT][4];
    int64_t edges[WORLD_DAYS + 2];
    const char *names[WORLD_DAYS + 2];
    struct calendar *calendar;
    struct result result;
    struct error error;
};

static uint64_t random_below(uint64_t *seed, uint64_t limit) {
    return test_random(seed) % limit;
}

static int64_t random_time(uint64_t *seed) {
    int64_t time = WORLD_FROM_MS + (int64_t)random_below(seed, WORLD_DAYS * 86400000ull);
    /* Many at round moments: ties, and exactly on the edges of buckets. */
    if (random_below(seed, 4) == 0) time -= (time - WORLD_FROM_MS) % WORLD_DAY_MS;
    return time;
}

static uint32_t world_code(const char *text) {
    return dictionary_code(world.dictionary, text, strlen(text));
}

static const char *const world_tenants[WORLD_TENANTS] = {"051110000000", "091620000000",
                                                         "146120000000"};
static const char *const world_services[WORLD_SERVICES] = {"permit", "passport", "licence", ""};
static const char *const world_offices[WORLD_OFFICES] = {"north", "south", ""};
static const char *const world_langs[3] = {"de", "en", ""};

static void world_dimensions(uint64_t *seed, int64_t *row) {
    row[JOURNEY_TENANT] = world_code(world_tenants[random_below(seed, WORLD_TENANTS)]);
    row[JOURNEY_SERVICE] = world_code(world_services[random_below(seed, WORLD_SERVICES)]);
    row[JOURNEY_OFFICE] = world_code(world_offices[random_below(seed, WORLD_OFFICES)]);
    row[JOURNEY_CHANNEL] = (int64_t)random_below(seed, CHANNEL_COUNT);
    row[JOURNEY_LANG] = world_code(world_langs[random_below(seed, 3)]);
    row[JOURNEY_DEVICE] = (int64_t)random_below(seed, DEVICE_COUNT);
    row[JOURNEY_FLAGS] = random_below(seed, 5) == 0 ? EVENT_LATE : 0;
    row[JOURNEY_EVENTS] = 1 + (int64_t)random_below(seed, 9);
}

/* Empty, with its dictionary: the strings of all tests have codes from the start. */
static void world_clear(uint64_t *seed) {
    if (world.dictionary == NULL) world.dictionary = dictionary_create();
    for (int i = 0; i < WORLD_SERVICES; i++) (void)world_code(world_services[i]);
    memset(world.journey_count, 0, sizeof world.journey_count);
    world.event_count = 0;
    world.trail_event_count = 0;
    memset(world.trail_count, 0, sizeof world.trail_count);
    world.step_count = 0;
    world.block_rows = 1 + (uint32_t)random_below(seed, 100);
    world.fail_at_block = -1;
}

/* A journey with these milestones: each there with a chance of `percent`, at a random moment from
 * `begin` on, so that orders contradict each other often enough. */
static inline int64_t *world_add(uint64_t *seed, enum purpose purpose) {
    int64_t *row = world.journey[purpose][world.journey_count[purpose]++];
    memset(row, 0, sizeof world.journey[0][0]);
    world_dimensions(seed, row);
    for (uint32_t i = 0; i < journey_column_count(purpose); i++)
        if (journey_column_kind(purpose, i) == KIND_TIME) row[i] = TIME_ABSENT;
    return row;
}

static inline int64_t world_milestone(uint64_t *seed, int64_t begin, unsigned percent) {
    if (random_below(seed, 100) >= percent) return TIME_ABSENT;
    if (random_below(seed, 10) == 0) return random_time(seed);
    if (random_below(seed, 10) == 0) return begin;
    return begin + (int64_t)random_below(seed, 30 * 86400000ull);
}

/* first and last over all times of the row but planned ones. */
static inline void world_extent(enum purpose purpose, int64_t *row) {
    int64_t first = INT64_MAX, last = TIME_ABSENT;
    for (uint32_t i = JOURNEY_COMMON_COUNT; i < journey_column_count(purpose); i++) {
        if (journey_column_kind(purpose, i) != KIND_TIME || row[i] == TIME_ABSENT) continue;
        if (purpose == PURPOSE_APPOINTMENT && i == APPOINTMENT_COLUMN_START) continue;
        if (row[i] < first) first = row[i];
        if (row[i] > last) last = row[i];
    }
    if (last == TIME_ABSENT) first = last = WORLD_FROM_MS;
    row[JOURNEY_FIRST] = first;
    row[JOURNEY_LAST] = last;
}

/* --- questions --- */

static void question_buckets(struct question *question, uint64_t *seed) {
    const struct time_zone *zone;
    struct error err;
    EXPECT_OK(timezone_load("Europe/Berlin", &question->arena, &zone, &err));
    int64_t day = timezone_day(zone, WORLD_FROM_MS);
    uint32_t days = 1 + (uint32_t)random_below(seed, 9); /* of a bucket */
    uint32_t count = 0;
    for (uint32_t i = 0; i <= WORLD_DAYS; i += days) {
        question->edges[count] = timezone_day_start_ms(zone, day + i);
        question->names[count] = arena_format(&question->arena, "day-%03u", (unsigned)i);
        count++;
    }
    question->plan.bucket = BUCKET_DAY;
    question->plan.edge_count = count;
    question->plan.edges = question->edges;
    question->plan.bucket_names = question->names;
    question->plan.from_ms = question->edges[0];
    question->plan.to_ms = question->edges[count - 1];
    /* Sometimes the period begins and ends within a bucket. */
    if (random_below(seed, 2) == 0 && count > 1) {
        question->plan.from_ms += 5 * 3600000;
        question->plan.to_ms -= 7 * 3600000;
    }
}

static void question_filter(struct question *question, uint64_t *seed, enum dimension dimension) {
    static const char *const values[DIMENSION_COUNT][3] = {
        [DIMENSION_TENANT] = {"051110000000", "091620000000", "999999999999"},
        [DIMENSION_SERVICE] = {"permit", "passport", "unheard-of"},
        [DIMENSION_OFFICE] = {"north", "south", ""},
        [DIMENSION_CHANNEL] = {"online", "counter", "mail"},
        [DIMENSION_STEP] = {"", "", ""},
        [DIMENSION_LANG] = {"de", "en", "xx"},
        [DIMENSION_DEVICE] = {"mobile", "desktop", "kiosk"},
        [DIMENSION_TYPE] = {"page.viewed", "case.received", "form.step"},
        [DIMENSION_COUNTRY] = {"DE", "FR", ""}};
    if (dimension == DIMENSION_STEP) return;
    struct plan_filter *filter = &question->plan.filter[dimension];
    filter->values = question->value[dimension];
    filter->count = 1 + (uint32_t)random_below(seed, 3);
    for (uint32_t i = 0; i < filter->count; i++)
        filter->values[i] = values[dimension][(i + random_below(seed, 3)) % 3];
}

/* A random question about a KPI: period, filters, groups, buckets, end of observation. */
static void question_random(struct question *question, enum kpi_id kpi, uint64_t *seed) {
    static const enum dimension dimensions[] = {DIMENSION_TENANT, DIMENSION_SERVICE,
                                                DIMENSION_OFFICE, DIMENSION_CHANNEL,
                                                DIMENSION_LANG,   DIMENSION_DEVICE};
    memset(question, 0, sizeof *question);
    arena_init(&question->arena, 256u << 20);
    struct plan *plan = &question->plan;
    plan->definition = kpi_get(kpi);
    plan->zone = "Europe/Berlin";
    plan->from_ms = plan->to_ms = TIME_ABSENT;
    plan->as_of_ms = WORLD_FROM_MS + (int64_t)(20 + random_below(seed, 130)) * WORLD_DAY_MS;
    plan->quantile_count = 3;
    plan->quantiles[0] = 0.1;
    plan->quantiles[1] = 0.5;
    plan->quantiles[2] = 0.95;
    if (random_below(seed, 2) == 0) question_buckets(question, seed);
    for (int i = 0; i < 6; i++)
        if (random_below(seed, 5) == 0) question_filter(question, seed, dimensions[i]);
    for (int i = 0; i < 6; i++)
        if (random_below(seed, 4) == 0 && plan->by_count < 3)
            plan->by[plan->by_count++] = dimensions[i];
    if (plan->edge_count == 0 && random_below(seed, 2) == 0) {
        plan->from_ms = random_time(seed);
        plan->to_ms = plan->from_ms + (int64_t)(1 + random_below(seed, 60)) * WORLD_DAY_MS;
    }
}

static inline void question_calendar(struct question *question) {
    const struct time_zone *zone;
    EXPECT_OK(timezone_load("Europe/Berlin", &question->arena, &zone, &question->error));
    EXPECT_OK(calendar_build(zone, 2025, 2027, NULL, NULL, 0, true, &question->arena,
                             &question->calendar, &question->error));
    question->plan.calendar = question->calendar;
}

/* Limits by word, as a question would give them: the last is that of all services. */
static inline void question_limits(struct question *question, const char *service,
                                   const char *of_service, const char *of_others) {
    struct plan_limit *limits = arena_push_array(&question->arena, struct plan_limit, 2);
    struct plan *plan = &question->plan;
    plan->limits = limits;
    plan->limit_count = 0;
    plan->limit_text = "as the test says";
    if (service != NULL) {
        limits[0] = (struct plan_limit){.service = service, .text = of_service};
        EXPECT(
            deadline_parse(of_service, strlen(of_service), &limits[plan->limit_count++].deadline));
    }
    if (of_others != NULL) {
        limits[plan->limit_count].text = of_others;
        EXPECT(deadline_parse(of_others, strlen(of_others), &limits[plan->limit_count++].deadline));
    }
}

/* The width of loops goes round, so that every one meets all questions. */
static enum status question_ask(struct question *question) {
    static int asked;
    wide_limit((enum wide_level)(asked++ % 3));
    return query_execute(&question->plan, &world, &question->arena, &question->result,
                         &question->error);
}

static void question_end(struct question *question) {
    arena_free(&question->arena);
}

/* --- answers --- */

static const struct cell *cell_at(const struct question *question, uint32_t row, const char *name) {
    const struct result *result = &question->result;
    for (uint32_t i = 0; i < result->column_count; i++)
        if (strcmp(result->columns[i].name, name) == 0)
            return &result->cells[(size_t)row * result->column_count + i];
    static const struct cell absent = {.kind = CELL_ABSENT};
    test_fail(__FILE__, __LINE__, "no column %s", name);
    return &absent;
}

static int64_t integer_at(const struct question *question, uint32_t row, const char *name) {
    const struct cell *cell = cell_at(question, row, name);
    if (cell->kind != CELL_INTEGER) test_fail(__FILE__, __LINE__, "%s is no integer", name);
    return cell->integer;
}

/* NaN when absent. */
static double number_at(const struct question *question, uint32_t row, const char *name) {
    const struct cell *cell = cell_at(question, row, name);
    if (cell->kind == CELL_INTEGER) return (double)cell->integer;
    return cell->kind == CELL_NUMBER ? cell->number : NAN;
}

static inline const char *text_at(const struct question *question, uint32_t row, const char *name) {
    const struct cell *cell = cell_at(question, row, name);
    return cell->kind == CELL_TEXT ? cell->text : "";
}

static inline void expect_number(const struct question *question, uint32_t row, const char *name,
                                 double expected) {
    double found = number_at(question, row, name);
    if (isnan(expected) ? !isnan(found) : !(fabs(found - expected) <= 1e-9 * (1 + fabs(expected))))
        test_fail(__FILE__, __LINE__, "%s of row %u: %.12g instead of %.12g", name, row, found,
                  expected);
}

static inline void expect_integer(const struct question *question, uint32_t row, const char *name,
                                  int64_t expected) {
    int64_t found = integer_at(question, row, name);
    if (found != expected)
        test_fail(__FILE__, __LINE__, "%s of row %u: %" PRId64 " instead of %" PRId64, name, row,
                  found, expected);
}

static inline double ratio_of(int64_t hits, int64_t n) {
    return n == 0 ? NAN : (double)hits / (double)n;
}

/* --- which journeys belong to a row --- */

struct selection {
    const struct question *question;
    int64_t begin_ms, end_ms;         /* bucket and period; INT64_MIN, INT64_MAX: without end */
    const char *key[DIMENSION_COUNT]; /* of plan.by */
};

static inline struct selection selection_of(const struct question *question, uint32_t row) {
    const struct plan *plan = &question->plan;
    struct selection selection = {.question = question,
                                  .begin_ms = plan->from_ms,
                                  .end_ms = plan->to_ms == TIME_ABSENT ? INT64_MAX : plan->to_ms};
    for (uint32_t i = 0; i < plan->by_count; i++)
        selection.key[i] = text_at(question, row, dimension_text(plan->by[i]));
    if (plan->edge_count == 0) return selection;
    const char *name = text_at(question, row, "day");
    for (uint32_t i = 0; i + 1 < plan->edge_count; i++) {
        if (strcmp(name, plan->bucket_names[i]) != 0) continue;
        if (plan->edges[i] > selection.begin_ms) selection.begin_ms = plan->edges[i];
        if (plan->edges[i + 1] < selection.end_ms) selection.end_ms = plan->edges[i + 1];
        return selection;
    }
    test_fail(__FILE__, __LINE__, "no bucket \"%s\"", name);
    return selection;
}

static const char *world_text(enum dimension dimension, const int64_t *codes) {
    const char *text = filter_text(dimension, world.dictionary, (uint32_t)codes[dimension]);
    return text == NULL ? "" : text;
}

/* Filters and keys of the row; `codes` by dimension. */
static inline bool selected_codes(const struct selection *selection, const int64_t *codes) {
    const struct plan *plan = &selection->question->plan;
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        const struct plan_filter *filter = &plan->filter[dimension];
        bool passes = filter->count == 0;
        for (uint32_t i = 0; i < filter->count; i++)
            passes |= strcmp(filter->values[i], world_text((enum dimension)dimension, codes)) == 0;
        if (!passes) return false;
    }
    for (uint32_t i = 0; i < plan->by_count; i++)
        if (strcmp(selection->key[i], world_text(plan->by[i], codes)) != 0) return false;
    return true;
}

static inline bool world_selected(const struct selection *selection, const int64_t *row) {
    const int64_t codes[DIMENSION_COUNT] = {
        [DIMENSION_TENANT] = row[JOURNEY_TENANT], [DIMENSION_SERVICE] = row[JOURNEY_SERVICE],
        [DIMENSION_OFFICE] = row[JOURNEY_OFFICE], [DIMENSION_CHANNEL] = row[JOURNEY_CHANNEL],
        [DIMENSION_LANG] = row[JOURNEY_LANG],     [DIMENSION_DEVICE] = row[JOURNEY_DEVICE]};
    return selected_codes(selection, codes);
}

static inline bool in_period(const struct selection *selection, int64_t time) {
    return time != TIME_ABSENT && time >= selection->begin_ms && time < selection->end_ms;
}

static inline int64_t seen(const struct question *question, int64_t time) {
    return time <= question->plan.as_of_ms ? time : TIME_ABSENT;
}

static inline int64_t earliest(const int64_t *times, int count) {
    int64_t first = TIME_ABSENT;
    for (int i = 0; i < count; i++)
        if (times[i] != TIME_ABSENT && (first == TIME_ABSENT || times[i] < first)) first = times[i];
    return first;
}

/* --- what every answer must hold --- */

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Type 7, by its definition. */
static inline double naive_quantile(double *values, int count, double probability) {
    if (count == 0) return NAN;
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
    double at = (count - 1) * probability;
    int low = (int)floor(at);
    int high = low + 1 < count ? low + 1 : low;
    return values[low] + (at - low) * (values[high] - values[low]);
}

static inline void expect_durations(const struct question *question, uint32_t row, double *values,
                                    int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) sum += values[i];
    expect_number(question, row, "mean", count == 0 ? NAN : sum / count);
    expect_number(question, row, "value", naive_quantile(values, count, 0.5));
    expect_number(question, row, "p10", naive_quantile(values, count, 0.1));
    expect_number(question, row, "p50", naive_quantile(values, count, 0.5));
    expect_number(question, row, "p95", naive_quantile(values, count, 0.95));
    expect_number(question, row, "min", naive_quantile(values, count, 0));
    expect_number(question, row, "max", naive_quantile(values, count, 1));
}

static inline void expect_state(const struct question *question, uint32_t row,
                                const struct selection *selection, int64_t n) {
    const char *expected = "ok";
    if (selection->end_ms != INT64_MAX && selection->end_ms > question->plan.as_of_ms)
        expected = "provisional";
    if (n < 30) expected = "few";
    if (n == 0) expected = "no_data";
    EXPECT_TEXT(text_at(question, row, "state"), expected);
}

/* Rows are in order of their keys, each once, and without dimensions no bucket is missing. */
static inline void expect_shape(const struct question *question) {
    const struct plan *plan = &question->plan;
    const struct result *result = &question->result;
    if (plan->by_count == 0)
        EXPECT_EQ(result->row_count, plan->edge_count == 0 ? 1 : plan->edge_count - 1);
    for (uint32_t row = 1; row < result->row_count; row++) {
        int order = 0;
        for (uint32_t i = 0; i < plan->by_count && order == 0; i++)
            order = strcmp(text_at(question, row - 1, dimension_text(plan->by[i])),
                           text_at(question, row, dimension_text(plan->by[i])));
        if (order == 0 && plan->edge_count > 0)
            order = strcmp(text_at(question, row - 1, "day"), text_at(question, row, "day"));
        EXPECT(order < 0);
    }
}

static inline int64_t total_of(const struct question *question, const char *name) {
    int64_t total = 0;
    for (uint32_t row = 0; row < question->result.row_count; row++)
        total += integer_at(question, row, name);
    return total;
}

/* All rows of a grouped answer together are the answer without groups: nothing is lost. */
static inline void expect_complete(struct question *question, const char *name) {
    int64_t grouped = total_of(question, name);
    struct plan plan = question->plan;
    question->plan.by_count = 0;
    question->plan.edge_count = 0;
    EXPECT_OK(question_ask(question));
    EXPECT_EQ(question->result.row_count, 1);
    int64_t whole = total_of(question, name);
    EXPECT_EQ(grouped, whole);
    question->plan = plan;
}

/* The same cells, numbers bit by bit. */
static inline void expect_same(const struct result *a, const struct result *b) {
    EXPECT_EQ(a->row_count, b->row_count);
    EXPECT_EQ(a->column_count, b->column_count);
    EXPECT_EQ(a->state, b->state);
    if (a->row_count != b->row_count || a->column_count != b->column_count) return;
    for (uint32_t i = 0; i < a->row_count * a->column_count; i++) {
        const struct cell *left = &a->cells[i], *right = &b->cells[i];
        EXPECT_EQ(left->kind, right->kind);
        if (left->kind != right->kind) continue;
        if (left->kind == CELL_TEXT)
            EXPECT_TEXT(left->text, right->text);
        else if (left->kind != CELL_ABSENT)
            EXPECT_EQ(left->integer, right->integer);
    }
}

#endif
