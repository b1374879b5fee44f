/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/sample.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "event/event.h"
#include "sample/almanac.h"
#include "sample/town.h"
#include "tests/test.h"

/* Goal: the sample is the same for the same words, valid to the last line, lives in the rhythm of a
 * town, and tells the truth about itself. Method: make it in memory, read it back as a stranger
 * would, with the JSON reader and the event model's own checks. */

enum { EVENTS = 60000, DAYS = 120, TENANTS = 3 };
#define HASH_OF_SEED_42 UINT64_C(0x3336233A912F6179)

static struct sample_options options_of(uint64_t seed) {
    return (struct sample_options){.seed = seed,
                                   .events = EVENTS,
                                   .days = DAYS,
                                   .end_day = timestamp_days_from_civil(2026, 7, 1),
                                   .tenants = TENANTS,
                                   .truth = true};
}

static enum status keep(void *context, const char *bytes, size_t size, struct error *err) {
    (void)err;
    text_add(context, bytes, size);
    return STATUS_OK;
}

/* The events, and the truth; both released by the caller. */
static void make(const struct sample_options *options, struct text *events, struct text *truth) {
    struct sample *sample;
    text_init(events, 1u << 30);
    text_init(truth, 1u << 30);
    EXPECT_OK(sample_open(options, &sample, NULL));
    EXPECT_OK(sample_run(sample, keep, events, NULL));
    sample_truth(sample, truth);
    EXPECT(!events->failed && !truth->failed);
    sample_close(sample);
}

static uint64_t hash_bytes(const char *bytes, size_t size) {
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (size_t i = 0; i < size; i++) hash = (hash ^ (uint8_t)bytes[i]) * UINT64_C(0x100000001B3);
    return hash;
}

static uint64_t hash_of(const struct text *text) {
    return hash_bytes(text->bytes, text->size);
}

TEST(sample_gives_the_same_bytes_for_the_same_seed_on_every_machine) {
    struct text first, second, other, truth;
    struct sample_options options = options_of(42), differently = options_of(43);
    make(&options, &first, &truth);
    text_free(&truth);
    make(&options, &second, &truth);
    text_free(&truth);
    make(&differently, &other, &truth);
    text_free(&truth);
    EXPECT_EQ(first.size, second.size);
    EXPECT(hash_of(&first) == hash_of(&second));
    EXPECT(hash_of(&first) != hash_of(&other));
    if (hash_of(&first) != HASH_OF_SEED_42)
        test_fail(__FILE__, __LINE__, "the sample changed: its hash is now 0x%016" PRIX64,
                  hash_of(&first));
    text_free(&first);
    text_free(&second);
    text_free(&other);
}

/* ---- reading it back ---- */

struct line {
    char id[40], subject[40], type[32], tenant[16], service[24], channel[16];
    enum event_type kind;
    int64_t time_ms, start_ms;
    double value;
    uint64_t hash; /* of the whole line */
};

static void copy_text(char *to, size_t size, const struct json *document, const char *name) {
    (void)snprintf(to, size, "%s", json_text(json_member(document, name), ""));
}

static struct slice slice_of(const struct json *value) {
    const char *text = json_text(value, "");
    return (struct slice){text, (uint32_t)strlen(text)};
}

static int64_t time_of(const struct json *value) {
    const char *text = json_text(value, "");
    int64_t utc_ms = 0;
    EXPECT(timestamp_parse(text, strlen(text), &utc_ms));
    return utc_ms;
}

/* Every member is a known field of the right kind, and the event model accepts the whole. */
static void check_event(const struct json *document, int64_t now_ms) {
    struct event event = {0};
    for (const struct json *member = json_first(document); member != NULL;
         member = json_next(member)) {
        const char *name = json_name(member);
        enum field field = field_from_text(name, strlen(name));
        EXPECT(field != FIELD_UNKNOWN);
        if (field == FIELD_UNKNOWN) continue;
        EXPECT((event.given >> field & 1) == 0);
        event.given |= 1u << field;
        switch (field) {
            case FIELD_ID: event.id = slice_of(member); break;
            case FIELD_TYPE: event.type = slice_of(member); break;
            case FIELD_SUBJECT: event.subject = slice_of(member); break;
            case FIELD_TENANT: event.tenant = slice_of(member); break;
            case FIELD_SERVICE: event.service = slice_of(member); break;
            case FIELD_OFFICE: event.office = slice_of(member); break;
            case FIELD_CHANNEL: event.channel = slice_of(member); break;
            case FIELD_STEP: event.step = slice_of(member); break;
            case FIELD_FIELD: event.field = slice_of(member); break;
            case FIELD_CODE: event.code = slice_of(member); break;
            case FIELD_LINK: event.link = slice_of(member); break;
            case FIELD_COUNTRY: event.country = slice_of(member); break;
            case FIELD_LANG: event.lang = slice_of(member); break;
            case FIELD_DEVICE: event.device = slice_of(member); break;
            case FIELD_TIME: event.time_ms = time_of(member); break;
            case FIELD_START: event.start_ms = time_of(member); break;
            case FIELD_RECORDED: event.recorded_ms = time_of(member); break;
            case FIELD_VALUE: event.value = json_number(member, NAN); break;
            case FIELD_MINUTES: event.minutes = json_number(member, NAN); break;
            case FIELD_COUNT: break;
        }
    }
    enum event_type type;
    struct reject reject;
    if (!event_validate(&event, now_ms, &type, &reject))
        test_fail(__FILE__, __LINE__, "%.*s: %s %s", (int)event.id.size, event.id.bytes,
                  reject_text(reject.code), reject.detail);
    /* A batch looks at the texts of dimensions; none may look like a person. */
    const struct slice dimensions[] = {event.service, event.office, event.step, event.field,
                                       event.code};
    for (size_t i = 0; i < sizeof dimensions / sizeof dimensions[0]; i++)
        EXPECT(dimensions[i].size == 0 ||
               !event_text_is_personal(dimensions[i].bytes, dimensions[i].size, true));
}

static struct line *read_lines(const struct text *events, int64_t now_ms, size_t *count) {
    struct line *lines = memory_new_array(struct line, EVENTS + 1);
    *count = 0;
    const char *end = events->bytes + events->size;
    for (const char *at = events->bytes; at < end && *count <= EVENTS;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        EXPECT(newline != NULL);
        if (newline == NULL) break;
        struct json *document;
        EXPECT_OK(json_parse(at, (size_t)(newline - at), &document, NULL));
        check_event(document, now_ms);
        struct line *line = &lines[(*count)++];
        copy_text(line->id, sizeof line->id, document, "id");
        copy_text(line->subject, sizeof line->subject, document, "subject");
        copy_text(line->type, sizeof line->type, document, "type");
        copy_text(line->tenant, sizeof line->tenant, document, "tenant");
        copy_text(line->service, sizeof line->service, document, "service");
        copy_text(line->channel, sizeof line->channel, document, "channel");
        line->kind = type_from_text(line->type, strlen(line->type));
        line->time_ms = time_of(json_member(document, "time"));
        line->value = json_number(json_member(document, "value"), NAN);
        line->hash = hash_bytes(at, (size_t)(newline - at));
        json_free(document);
        at = newline + 1;
    }
    return lines;
}

static int by_id(const void *a, const void *b) {
    return strcmp(((const struct line *)a)->id, ((const struct line *)b)->id);
}

/* Sorts by id, checks that a repeated id has a repeated line, and leaves one of each. */
static size_t drop_repeats(struct line *lines, size_t count, size_t *repeats) {
    size_t kept = 0;
    *repeats = 0;
    qsort(lines, count, sizeof lines[0], by_id);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && strcmp(lines[kept - 1].id, lines[i].id) == 0) {
            EXPECT(lines[kept - 1].hash == lines[i].hash);
            (*repeats)++;
        } else {
            lines[kept++] = lines[i];
        }
    }
    return kept;
}

TEST(sample_is_valid_to_the_last_line_and_counts_what_it_repeats) {
    struct text events, truth_text;
    struct sample_options options = options_of(42);
    make(&options, &events, &truth_text);
    struct json *truth;
    EXPECT_OK(json_parse(truth_text.bytes, truth_text.size, &truth, NULL));
    int64_t from_ms = time_of(json_member(truth, "from"));
    int64_t as_of_ms = time_of(json_member(truth, "as_of"));
    size_t count, repeats, out_of_order = 0;
    struct line *lines = read_lines(&events, as_of_ms, &count);
    EXPECT_EQ(count, EVENTS);
    for (size_t i = 0; i < count; i++) {
        EXPECT(lines[i].time_ms >= from_ms && lines[i].time_ms < as_of_ms);
        out_of_order += i > 0 && lines[i].time_ms < lines[i - 1].time_ms;
    }
    EXPECT(out_of_order > EVENTS / 100); /* late ones, and those that travelled longer */
    size_t kept = drop_repeats(lines, count, &repeats);
    EXPECT_EQ(repeats, json_number(json_member(truth, "repeats"), -1));
    EXPECT(repeats > EVENTS / 1000 && kept + repeats == EVENTS);
    memory_free(lines);
    json_free(truth);
    text_free(&events);
    text_free(&truth_text);
}

TEST(sample_lives_in_the_rhythm_of_a_town) {
    struct text events, truth;
    struct sample_options options = options_of(9);
    make(&options, &events, &truth);
    size_t count, sunday = 0, weekday = 0, forms = 0, digital[2] = {0}, all[2] = {0};
    struct line *lines = read_lines(&events, INT64_MAX - EVENT_FUTURE_MS_MAX, &count);
    struct almanac almanac;
    EXPECT_OK(almanac_init(&almanac, options.end_day - DAYS, DAYS + 10, NULL));
    for (size_t i = 0; i < count; i++) {
        const struct line *line = &lines[i];
        const struct almanac_day *day = almanac_at(&almanac, line->time_ms);
        int64_t hour = almanac_local(&almanac, line->time_ms) % DAY_MS / HOUR_MS;
        if (line->kind == TYPE_APPOINTMENT_ARRIVED || line->kind == TYPE_CASE_DECIDED) {
            EXPECT(day->working);
            EXPECT(hour >= OFFICE_OPENS_HOUR - 2 && hour <= OFFICE_CLOSES_HOUR);
        }
        if (line->kind == TYPE_FORM_STARTED) {
            forms++;
            sunday += day->weekday == 6;
            weekday += day->weekday == 1;
        }
        if (line->kind != TYPE_CASE_RECEIVED) continue;
        size_t half = day - almanac.days >= DAYS / 2;
        all[half]++;
        digital[half] += strcmp(line->channel, "online") == 0 || strcmp(line->channel, "app") == 0;
    }
    EXPECT(forms > EVENTS / 30);
    EXPECT(sunday > 0 && sunday < weekday);
    EXPECT((double)digital[1] / (double)all[1] > (double)digital[0] / (double)all[0]);
    almanac_free(&almanac);
    memory_free(lines);
    text_free(&events);
    text_free(&truth);
}

/* ---- the truth ---- */

static int by_subject(const void *a, const void *b) {
    const struct line *left = a, *right = b;
    int order = strcmp(left->subject, right->subject);
    if (order != 0) return order;
    return left->time_ms < right->time_ms ? -1 : left->time_ms > right->time_ms;
}

static int by_number(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* One row of processing time, from the lines alone. */
static void check_processing_row(const struct json *row, const struct line *lines, size_t count,
                                 const struct almanac *almanac) {
    static double values[EVENTS];
    size_t n = 0;
    for (size_t begin = 0, end; begin < count; begin = end) {
        const struct line *received = NULL, *last = NULL;
        for (end = begin; end < count && strcmp(lines[end].subject, lines[begin].subject) == 0;
             end++) {
            enum event_type kind = lines[end].kind;
            if (kind == TYPE_CASE_RECEIVED) received = &lines[end];
            bool ends = kind == TYPE_CASE_DECIDED || kind == TYPE_CASE_DELIVERED ||
                        kind == TYPE_CASE_CLOSED || kind == TYPE_CASE_WITHDRAWN ||
                        kind == TYPE_CASE_FORWARDED || kind == TYPE_CASE_REJECTED;
            if (ends && last == NULL) last = &lines[end];
        }
        if (received == NULL || last == NULL || lines[begin].subject[0] == '\0') continue;
        if (last->kind != TYPE_CASE_DECIDED && last->kind != TYPE_CASE_DELIVERED &&
            last->kind != TYPE_CASE_CLOSED)
            continue;
        char month[16];
        int32_t number = almanac_month(almanac, last->time_ms);
        (void)snprintf(month, sizeof month, "%04d-%02d", number / 12, number % 12 + 1);
        if (strcmp(month, json_text(json_member(row, "month"), "")) == 0 &&
            strcmp(received->tenant, json_text(json_member(row, "tenant"), "")) == 0 &&
            strcmp(received->service, json_text(json_member(row, "service"), "")) == 0)
            values[n++] = (double)(last->time_ms - received->time_ms) / 1000;
    }
    qsort(values, n, sizeof values[0], by_number);
    EXPECT_EQ(n, json_number(json_member(row, "n"), -1));
    if (n == 0) return;
    double at = (double)(n - 1) * 0.9, whole = floor(at);
    size_t low = (size_t)whole;
    double high = low + 1 < n ? values[low + 1] : values[low];
    EXPECT_NEAR(json_number(json_member(row, "p90"), NAN),
                values[low] + (at - whole) * (high - values[low]), 1e-4);
}

TEST(sample_tells_the_processing_times_that_its_lines_have) {
    struct text events, truth_text;
    struct sample_options options = options_of(42);
    make(&options, &events, &truth_text);
    struct json *truth;
    EXPECT_OK(json_parse(truth_text.bytes, truth_text.size, &truth, NULL));
    size_t count, repeats;
    struct line *lines = read_lines(&events, INT64_MAX - EVENT_FUTURE_MS_MAX, &count);
    count = drop_repeats(lines, count, &repeats);
    qsort(lines, count, sizeof lines[0], by_subject);
    struct almanac almanac;
    EXPECT_OK(almanac_init(&almanac, options.end_day - DAYS, DAYS + 10, NULL));
    const struct json *rows =
        json_member(json_member(json_member(truth, "kpis"), "processing_time"), "rows");
    EXPECT(json_count(rows) > TENANTS * 5);
    for (const struct json *row = json_first(rows); row != NULL; row = json_next(row))
        check_processing_row(row, lines, count, &almanac);
    almanac_free(&almanac);
    memory_free(lines);
    json_free(truth);
    text_free(&events);
    text_free(&truth_text);
}

/* ---- what goes wrong ---- */

TEST(sample_refuses_options_out_of_range) {
    struct sample *sample;
    for (int wrong = 0; wrong < 5; wrong++) {
        struct sample_options options = options_of(1);
        if (wrong == 0) options.events = SAMPLE_EVENTS_MIN - 1;
        if (wrong == 1) options.days = SAMPLE_DAYS_MAX + 1;
        if (wrong == 2) options.tenants = 0;
        if (wrong == 3) options.tenants = 33;
        if (wrong == 4) options.end_day = -5;
        EXPECT_EQ(sample_open(&options, &sample, NULL), STATUS_INVALID);
        EXPECT(sample == NULL);
    }
}

TEST(sample_fits_any_number_of_lines_and_days) {
    static const struct {
        uint64_t events;
        uint32_t days, tenants;
    } sizes[] = {{1000, 7, 1}, {1000, 365, 3}, {1001, 3660, 32}, {5003, 30, 32}, {100000, 7, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct sample_options options = options_of(i);
        options.events = sizes[i].events;
        options.days = sizes[i].days;
        options.tenants = sizes[i].tenants;
        struct text events, truth;
        make(&options, &events, &truth);
        uint64_t lines = 0;
        for (size_t at = 0; at < events.size; at++) lines += events.bytes[at] == '\n';
        EXPECT_EQ(lines, options.events);
        text_free(&events);
        text_free(&truth);
    }
}

static enum status refuse(void *context, const char *bytes, size_t size, struct error *err) {
    (void)context, (void)bytes, (void)size;
    return error_set(err, STATUS_IO, "disk full");
}

TEST(sample_ends_when_its_lines_cannot_be_written) {
    struct sample_options options = options_of(1);
    struct sample *sample;
    struct error err = {""};
    EXPECT_OK(sample_open(&options, &sample, NULL));
    EXPECT_EQ(sample_run(sample, refuse, NULL, &err), STATUS_IO);
    EXPECT_TEXT(err.text, "disk full");
    sample_close(sample);
}

TEST(sample_survives_every_refused_allocation) {
    struct sample_options options = options_of(1);
    options.events = 2000;
    options.days = 10;
    enum status status = STATUS_NO_MEMORY;
    for (size_t after = 0; status == STATUS_NO_MEMORY; after++) {
        struct sample *sample;
        struct text events;
        text_init(&events, 1u << 30);
        text_add(&events, " ", 1);
        memory_fail_after(after);
        status = sample_open(&options, &sample, NULL);
        if (status == STATUS_OK) status = sample_run(sample, keep, &events, NULL);
        memory_fail_after(SIZE_MAX);
        EXPECT(status == STATUS_OK || status == STATUS_NO_MEMORY);
        if (status == STATUS_OK && events.failed) status = STATUS_NO_MEMORY;
        sample_close(sample);
        text_free(&events);
    }
}

TEST(sample_configuration_names_every_place_and_service) {
    struct sample_options options = options_of(1);
    struct sample *sample;
    struct text text;
    struct json *config;
    text_init(&text, 1u << 20);
    EXPECT_OK(sample_open(&options, &sample, NULL));
    sample_config(sample, &text);
    EXPECT_OK(json_parse(text.bytes, text.size, &config, NULL));
    const struct json *tenants = json_member(config, "tenants");
    EXPECT_EQ(json_count(tenants), TENANTS);
    for (const struct json *tenant = json_first(tenants); tenant != NULL;
         tenant = json_next(tenant)) {
        EXPECT_EQ(strlen(json_name(tenant)), 12);
        EXPECT_TEXT(json_text(json_member(tenant, "zone"), ""), "Europe/Berlin");
    }
    const struct json *service = json_member(json_member(config, "services"), "hundesteuer");
    EXPECT_TEXT(json_text(json_member(json_member(service, "name"), "en"), ""), "Dog tax");
    const struct json *steps = json_member(config, "steps");
    for (uint32_t i = 0; i < SERVICE_COUNT; i++)
        for (uint32_t at = 0; at < town_service[i].step_count; at++) {
            const struct json *step = json_member(steps, town_service[i].step[at]);
            EXPECT(json_text(json_member(step, "de"), NULL) != NULL);
            EXPECT(json_text(json_member(step, "en"), NULL) != NULL);
        }
    json_free(config);
    sample_close(sample);
    text_free(&text);
}

TEST(sample_assumptions_are_one_file_for_all_and_one_for_each_place) {
    struct sample_options options = options_of(1);
    struct sample *sample;
    struct text events, text;
    struct json *document;
    char room[SAMPLE_NAME_BYTES];
    uint32_t count = 0;
    text_init(&events, 1u << 30);
    text_init(&text, 1u << 20);
    EXPECT_OK(sample_open(&options, &sample, NULL));
    EXPECT_OK(sample_run(sample, keep, &events, NULL));
    for (const char *name; (name = sample_assumptions(sample, count, room, &text)) != NULL;
         count++) {
        EXPECT(strncmp(name, "assumptions", 11) == 0);
        EXPECT_OK(json_parse(text.bytes, text.size, &document, NULL));
        EXPECT_EQ(json_number(json_member(document, "years"), 0), 5);
        EXPECT(json_count(json_member(document, "services")) > 10);
        json_free(document);
        text_clear(&text);
    }
    EXPECT_EQ(count, TENANTS + 1);
    sample_close(sample);
    text_free(&events);
    text_free(&text);
}
