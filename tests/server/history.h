/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_SERVER_HISTORY_H
#define TESTS_SERVER_HISTORY_H

#include <stdlib.h>

#include "base/timestamp.h"
#include "dashboard/question.h"
#include "dashboard/rendering.h"
#include "engine/engine.h"
#include "event/event.h"
#include "store/store.h"
#include "tests/test.h"

/* history: random events of a small town that come late, from imports, with clocks that are ahead,
 * the stores that get them, and random questions on every KPI of the catalogue: all views, clocks,
 * dimensions and so on that its definition allows. Everything follows from the seed. */

enum {
    EVENTS_MAX = 30000,
    SUBJECT_EVENTS = 6, /* about so many events a subject */
    STEPS_KNOWN = 24,   /* the first events: each step of each form */
    PATH_BYTES = 512,
    WORD_BYTES = 64
};
#define ARENA_BYTES_MAX ((size_t)512 << 20)
#define MINUTE_MS       INT64_C(60000)
#define DAY_MS          INT64_C(86400000)
#define BEGIN_MS        INT64_C(1767225600000) /* 2026-01-01 */
#define HISTORY_DAYS    120

struct told {
    enum event_type type;
    uint32_t subject; /* 0: none */
    uint32_t words;   /* random: service, office and so on follow from it */
    int64_t time_ms, recorded_ms, arrival_ms, start_ms;
    bool imported;
    bool elsewhere; /* in a municipality that nobody asks for */
};

static struct told *events; /* in order of arrival */
static uint32_t event_count;

/* So many come before anything is asked. The others are no import: one that tells of times before T
 * changes what was known at T. */
static inline uint32_t sent_first(void) {
    return event_count - event_count / 8;
}

static inline uint64_t below(uint64_t *state, uint64_t limit) {
    return test_random(state) % limit;
}

/* --- a history --- */

/* By the definition, not by the function of the product. */
static inline bool was_known(const struct told *event, int64_t as_of_ms) {
    int64_t known_ms = event->arrival_ms;
    if (event->imported && event->recorded_ms != TIME_ABSENT) known_ms = event->recorded_ms;
    if (event->imported && event->recorded_ms == TIME_ABSENT) known_ms = event->time_ms;
    if (known_ms > event->arrival_ms) known_ms = event->arrival_ms;
    return event->time_ms <= as_of_ms && known_ms <= as_of_ms;
}

static inline int64_t random_delay(uint64_t *state) {
    switch (below(state, 10)) {
        case 0: return (int64_t)below(state, 40 * DAY_MS); /* very late */
        case 1: return (int64_t)below(state, 2 * DAY_MS);
        case 2: return -(int64_t)below(state, 5 * MINUTE_MS); /* a clock that is ahead */
        default: return (int64_t)below(state, 10 * MINUTE_MS);
    }
}

static inline enum event_type random_type(uint64_t *state, uint32_t subject) {
    if (subject == 0)
        return (enum event_type)(TYPE_CAPACITY_PLANNED +
                                 below(state, TYPE_OUTAGE_END - TYPE_CAPACITY_PLANNED + 1));
    if (subject % 3 == 0)
        return (enum event_type)(TYPE_FORM_STARTED +
                                 below(state, TYPE_FORM_FAILED - TYPE_FORM_STARTED + 1));
    if (subject % 3 == 1)
        return (enum event_type)(TYPE_CASE_RECEIVED +
                                 below(state, TYPE_CASE_REJECTED - TYPE_CASE_RECEIVED + 1));
    return (enum event_type)(TYPE_APPOINTMENT_RESERVED +
                             below(state, TYPE_APPOINTMENT_MISSED - TYPE_APPOINTMENT_RESERVED + 1));
}

static inline int by_arrival(const void *left, const void *right) {
    const struct told *a = left, *b = right;
    return a->arrival_ms < b->arrival_ms ? -1 : a->arrival_ms > b->arrival_ms;
}

/* Subjects live for weeks, so that each T cuts through many. The first events make all steps known
 * in one order: their numbers are the store's, and show where steps are reached equally often. */
static inline void make_history(uint64_t *state, uint32_t count) {
    event_count = count;
    events = realloc(events, count * sizeof *events);
    for (uint32_t i = 0; i < count; i++) {
        struct told *event = &events[i];
        *event = (struct told){.recorded_ms = TIME_ABSENT};
        const bool first = i < STEPS_KNOWN;
        const uint32_t subject = (uint32_t)below(state, count / SUBJECT_EVENTS) + 1;
        event->subject = first ? count + 3 + i * 3 - count % 3 : below(state, 8) == 0 ? 0 : subject;
        event->type = first ? TYPE_FORM_STEP : random_type(state, event->subject);
        event->words = first ? i / 6 : (uint32_t)below(state, UINT32_MAX);
        const int64_t life_ms = subject * INT64_C(7919) % HISTORY_DAYS * DAY_MS;
        event->time_ms = first ? BEGIN_MS : BEGIN_MS + life_ms + (int64_t)below(state, 20 * DAY_MS);
        if (below(state, 20) == 0) event->time_ms -= event->time_ms % DAY_MS; /* equal times */
        event->arrival_ms = first ? BEGIN_MS + i : event->time_ms + random_delay(state);
        if (below(state, 4) == 0)
            event->recorded_ms = event->time_ms + (int64_t)below(state, 3 * DAY_MS);
        event->start_ms = event->time_ms + (int64_t)below(state, 30 * DAY_MS);
        event->imported = !first && below(state, 5) == 0;
        if (event->imported) event->arrival_ms += (int64_t)below(state, 60) * DAY_MS;
    }
    qsort(events, count, sizeof *events, by_arrival);
    for (uint32_t i = sent_first(); i < count; i++) events[i].imported = false;
}

/* --- a store --- */

static inline struct slice slice_of(const char *text) {
    return (struct slice){text, (uint32_t)strlen(text)};
}

#define TENANTS "091620000000,091620000001"

static inline const char *tenant_of(const struct told *told) {
    const uint32_t number = told->subject > 0 ? told->subject / 3 : told->words / 12;
    if (told->elsewhere) return "091620000002";
    return number % 2 == 0 ? "091620000000" : "091620000001";
}

static inline void append(struct batch *batch, const struct told *told, uint32_t number) {
    static const char *const services[] = {"parking", "marriage", "housing"};
    static const char *const steps[] = {"address", "person", "proof", "send"};
    static const char *const codes[] = {"citizen", "office", "staff", "it"};
    static const char *const offices[] = {"", "north", "south"};
    static const char *const channels[] = {"", "online", "counter"};
    static const char *const langs[] = {"", "de", "tr"}, *const devices[] = {"", "mobile",
                                                                             "tablet"};
    static const char *const countries[] = {"", "DE", "AT"};
    const uint32_t words = told->words;
    struct event event = {.given = 1u << FIELD_ID | 1u << FIELD_TIME | 1u << FIELD_TYPE};
    event.time_ms = told->time_ms;
    event.given |= 1u << FIELD_STEP | 1u << FIELD_CODE | 1u << FIELD_START | 1u << FIELD_VALUE |
                   1u << FIELD_MINUTES | 1u << FIELD_OFFICE | 1u << FIELD_CHANNEL;
    if (words % 5 > 0 || told->type == TYPE_FORM_STEP || told->type == TYPE_FORM_ERROR)
        event.given |= 1u << FIELD_SERVICE;
    /* A form is one of one service; the numbers of its steps follow from it. */
    const bool form = type_purpose(told->type) == PURPOSE_ATTEMPT;
    event.service = slice_of(services[form ? told->subject / 6 % 3 : words / 4 % 3]);
    event.step = slice_of(steps[words % 4]);
    event.code = slice_of(codes[words % 4]);
    event.office = slice_of(offices[words / 7 % 3]);
    event.channel = slice_of(channels[words / 13 % 3]);
    event.given |= 1u << FIELD_LANG | 1u << FIELD_DEVICE | 1u << FIELD_COUNTRY;
    event.lang = slice_of(langs[words / 17 % 3]);
    event.device = slice_of(devices[words / 19 % 3]);
    event.country = slice_of(countries[words / 23 % 3]);
    event.start_ms = told->start_ms;
    event.value = 1 + words % 5;
    event.minutes = words % 90;
    if (told->recorded_ms != TIME_ABSENT) event.given |= 1u << FIELD_RECORDED;
    event.recorded_ms = told->recorded_ms;
    const uint64_t salt = UINT64_C(0x9E3779B97F4A7C15);
    const struct event_origin origin = {.type = told->type,
                                        .id = {number * salt, number + 1},
                                        .subject = told->subject * salt,
                                        .link = words % 2 == 0 ? 0 : (1 + words / 16 % 200) * salt,
                                        .tenant = slice_of(tenant_of(told)),
                                        .source = slice_of("test"),
                                        .arrival_ms = told->arrival_ms,
                                        .flags = told->imported ? EVENT_IMPORTED : 0};
    struct reject reject;
    EXPECT(batch_append(batch, &event, &origin, &reject));
}

static inline struct engine *open_engine(const char *folder) {
    struct engine *engine = NULL;
    const struct engine_options options = {.folder = folder};
    EXPECT_OK(engine_open_embedded(&options, &engine, NULL));
    return engine;
}

static inline struct engine *compact(struct engine *engine, const char *folder) {
    struct store *store;
    engine_close(engine);
    EXPECT_OK(store_open(&(struct store_options){.folder = folder}, &store, NULL));
    EXPECT_OK(store_compact(store, NULL, NULL, NULL));
    store_close(store);
    return open_engine(folder);
}

/* Events from..to-1 that are chosen. */
static inline void write_chosen(struct engine *engine, uint32_t from, uint32_t to,
                                bool (*choose)(const struct told *event, const void *context),
                                const void *context) {
    struct batch *batch = batch_create();
    for (uint32_t i = from; i < to; i++) {
        if (choose(&events[i], context)) append(batch, &events[i], i);
        if (batch->row_count == BATCH_ROWS_MAX || (i + 1 == to && batch->row_count > 0)) {
            EXPECT_OK(engine->ops->write(engine, batch, NULL));
            batch_clear(batch);
        }
    }
    batch_free(batch);
}

static inline bool was_known_at(const struct told *event, const void *as_of_ms) {
    return was_known(event, *(const int64_t *)as_of_ms);
}

/* Those that were known at the moment; INT64_MAX: all. */
static inline void write_events(struct engine *engine, uint32_t from, uint32_t to,
                                int64_t as_of_ms) {
    write_chosen(engine, from, to, was_known_at, &as_of_ms);
}

/* --- questions --- */

#ifdef PEGEL_SOURCE_DIR
#define SOURCE_FOLDER PEGEL_SOURCE_DIR
#else
#define SOURCE_FOLDER "."
#endif

struct asked {
    const struct kpi_definition *definition;
    char by[WORD_BYTES], from[WORD_BYTES], to[WORD_BYTES];
    const char *filter[DIMENSION_COUNT];
    const char *view, *clock, *start, *limit, *purpose, *top, *within;
    const char *assumptions;
};

static inline const char *read_assumptions(void) {
    static char text[65536];
    FILE *file = fopen(SOURCE_FOLDER "/docs/examples/roi-assumptions.json", "r");
    EXPECT(file != NULL);
    if (file == NULL) return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

static inline void random_day(uint64_t *state, char *out) {
    const int64_t day_ms = BEGIN_MS + (int64_t)below(state, HISTORY_DAYS) * DAY_MS;
    char text[TIMESTAMP_TEXT_BYTES];
    timestamp_format_utc(day_ms, text);
    (void)snprintf(out, WORD_BYTES, "%.10s", text);
}

static inline void add_word(char *list, const char *word) {
    if (list[0] != '\0') (void)strncat(list, ",", WORD_BYTES - strlen(list) - 1);
    (void)strncat(list, word, WORD_BYTES - strlen(list) - 1);
}

/* One of those whose bit is set; NULL where there is nothing to choose. */
static inline const char *random_word(uint64_t *state, unsigned set, const char *const *words,
                                      unsigned count) {
    const unsigned first = (unsigned)below(state, count);
    for (unsigned i = 0; set != 0 && i < count; i++)
        if ((set >> (first + i) % count & 1) != 0) return words[(first + i) % count];
    return NULL;
}

static inline void random_choices(uint64_t *state, struct asked *asked) {
    static const char *const views[] = {"closing", "intake"};
    static const char *const clocks[CLOCK_COUNT] = {"gross", "working_days", "office_hours",
                                                    "net",   "applicant",    "touch"};
    static const char *const purposes[PURPOSE_COUNT] = {[PURPOSE_ATTEMPT] = "attempt",
                                                        [PURPOSE_CASE] = "case",
                                                        [PURPOSE_APPOINTMENT] = "appointment"};
    static const char *const limits[] = {"parking=20wd,48h", "10d", "housing=2w"};
    const struct kpi_definition *definition = asked->definition;
    asked->view = random_word(state, definition->views, views, VIEW_COUNT);
    asked->clock = random_word(state, definition->clocks, clocks, CLOCK_COUNT);
    if (asked->clock != NULL && strcmp(asked->clock, "touch") == 0) asked->view = "closing";
    if (asked->clock != NULL && strcmp(asked->clock, "applicant") == 0) asked->view = "closing";
    asked->purpose = random_word(state, definition->purposes, purposes, PURPOSE_COUNT);
    if (definition->starts && below(state, 3) == 0) asked->start = "complete";
    if (definition->deadline && below(state, 3) > 0) asked->limit = limits[below(state, 3)];
    if (definition->top && below(state, 2) == 0) asked->top = "7";
    if (definition->within && below(state, 2) == 0) asked->within = "600";
}

static inline void random_filters(uint64_t *state, struct asked *asked) {
    static const char *const values[DIMENSION_COUNT] = {
        [DIMENSION_TENANT] = "091620000001",
        [DIMENSION_SERVICE] = "parking,housing",
        [DIMENSION_OFFICE] = "north",
        [DIMENSION_CHANNEL] = "online",
        [DIMENSION_STEP] = "address,case.received",
        [DIMENSION_TYPE] = "case.received,form.step",
        [DIMENSION_LANG] = "de",
        [DIMENSION_DEVICE] = "mobile",
        [DIMENSION_COUNTRY] = "AT"};
    for (enum dimension dimension = 0; dimension < DIMENSION_COUNT; dimension++)
        if ((asked->definition->dimensions >> dimension & 1) != 0 && below(state, 6) == 0)
            asked->filter[dimension] = values[dimension];
}

/* Each KPI has questions of its own, whatever others there are. */
static inline uint64_t state_of(uint64_t state, const char *id, uint32_t round) {
    for (; *id != '\0'; id++) state = (state ^ (uint64_t)*id) * UINT64_C(0x100000001B3);
    return state + round;
}

/* On the KPI of that number, and so on all of them one after the other; from 0 on. */
static inline void random_question(uint64_t *stream, uint32_t number, struct asked *asked) {
    static const char *const buckets[] = {"day", "week", "month", "quarter", "hour"};
    static const char *const recurring[] = {"weekday", "hour_of_day", "weekday,hour_of_day"};
    *asked = (struct asked){.definition = kpi_get((enum kpi_id)(number % KPI_COUNT))};
    const struct kpi_definition *definition = asked->definition;
    if (number == 0) (void)test_random(stream);
    uint64_t own = state_of(*stream, definition->id, number / KPI_COUNT), *state = &own;
    for (enum dimension dimension = 0; dimension < DIMENSION_COUNT; dimension++)
        if ((definition->dimensions >> dimension & 1) != 0 && below(state, 5) == 0)
            add_word(asked->by, dimension_text(dimension));
    if (below(state, 3) > 0) random_day(state, asked->from);
    if (below(state, 3) > 0) random_day(state, asked->to);
    if (asked->to[0] != '\0' && strcmp(asked->from, asked->to) >= 0) asked->from[0] = '\0';
    if (definition->buckets && below(state, 2) == 0)
        add_word(asked->by, buckets[below(state, asked->from[0] != '\0' ? 4 : 3)]);
    else if (definition->recurring && below(state, 2) == 0)
        add_word(asked->by, recurring[below(state, 3)]);
    random_filters(state, asked);
    random_choices(state, asked);
    asked->assumptions = read_assumptions();
}

static inline struct question question_of(const struct asked *asked, const char *as_of,
                                          const char *against) {
    struct question question = {.language = LANGUAGE_EN};
    question.words = (struct plan_words){.kpi = asked->definition->id,
                                         .from = asked->from[0] != '\0' ? asked->from : NULL,
                                         .to = asked->to[0] != '\0' ? asked->to : NULL,
                                         .by = asked->by[0] != '\0' ? asked->by : NULL,
                                         .view = asked->view,
                                         .clock = asked->clock,
                                         .start = asked->start,
                                         .limit = asked->limit,
                                         .purpose = asked->purpose,
                                         .top = asked->top,
                                         .within = asked->within,
                                         .as_of = as_of,
                                         .against = against,
                                         .assumptions = asked->assumptions};
    memcpy(question.words.filter, asked->filter, sizeof asked->filter);
    return question;
}

/* The JSON text, or the sentence of the refusal. */
static inline void answer_against(struct engine *engine, const struct asked *asked,
                                  const char *as_of, const char *against, int64_t now_ms,
                                  struct text *out) {
    const struct question question = question_of(asked, as_of, against);
    struct arena arena;
    struct plan plan;
    struct result result;
    struct error err = {""};
    arena_init(&arena, ARENA_BYTES_MAX);
    text_clear(out);
    if (question_answer(&question, engine, now_ms, &arena, &plan, &result, &err) == STATUS_OK)
        rendering_json(out, &plan, &result, question.language);
    else
        text_add_string(out, err.text);
    arena_free(&arena);
}

static inline void answer(struct engine *engine, const struct asked *asked, const char *as_of,
                          int64_t now_ms, struct text *out) {
    answer_against(engine, asked, as_of, NULL, now_ms, out);
}

struct answer_counts {
    uint32_t all, with_rows, refused;
};
static struct answer_counts answers;

/* Byte for byte. when: what the second answer is. */
static inline void expect_same(const struct asked *asked, const char *as_of, const struct text *got,
                               const struct text *wanted, const char *when) {
    answers.all++;
    answers.with_rows += strstr(wanted->bytes, "\"n\":0,") == NULL;
    answers.refused += wanted->bytes[0] != '{';
    if (strcmp(got->bytes, wanted->bytes) == 0) return;
    struct text words;
    text_init(&words, QUESTION_QUERY_BYTES_MAX);
    struct question question = question_of(asked, as_of, NULL);
    question.words.assumptions = NULL;
    question_write(&words, &question);
    size_t at = 0;
    while (got->bytes[at] == wanted->bytes[at]) at++;
    at = at < 60 ? 0 : at - 60;
    test_fail(__FILE__, __LINE__, "%s, %s: %s\n  got    ...%.240s\n  wanted ...%.240s",
              asked->definition->id, when, words.bytes, got->bytes + at, wanted->bytes + at);
    text_free(&words);
}

#endif
