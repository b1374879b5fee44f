/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: every stored event is told once, with all that it had, those of a journey together and in
 * order. Method: random events of few subjects, declared fields among them, written in batches of
 * any order, before and after a flush of the log into a segment; each told event, as text, must be
 * one that was written. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "engine/engine.h"
#include "event/batch.h"
#include "tests/test.h"

enum { EVENTS = 3000, SUBJECTS = 40, LINE_BYTES = 400 };
#define BASE_MS INT64_C(1790000000000)

static char written[EVENTS][LINE_BYTES], told[EVENTS][LINE_BYTES];
static uint32_t told_count;

static uint64_t random_below(uint64_t *seed, uint64_t limit) {
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % limit;
}

static struct slice slice_of(const char *text) {
    return (struct slice){text, (uint32_t)strlen(text)};
}

/* What an event says, in a line. */
static void describe(const struct event *event, char line[LINE_BYTES]) {
    struct text text;
    text_init(&text, LINE_BYTES - 1);
    for (uint32_t field = FIELD_TIME; field < FIELD_COUNT; field++) {
        if ((event->given >> field & 1) == 0) continue;
        const void *value = (const char *)event + field_places[field].offset;
        const struct slice *slice = value;
        text_add_format(&text, "%s=", field_text((enum field)field));
        switch (field_places[field].form) {
            case FORM_TEXT: text_add(&text, slice->bytes, slice->size); break;
            case FORM_TIME: text_add_integer(&text, *(const int64_t *)value); break;
            case FORM_NUMBER: text_add_json_number(&text, *(const double *)value); break;
        }
        text_add(&text, " ", 1);
    }
    if ((event->given_extras & 1u << 1) != 0)
        text_add(&text, event->dimension[1].bytes, event->dimension[1].size);
    if ((event->given_extras >> (EXTRA_DIMENSIONS_MAX + 7) & 1) != 0)
        text_add_json_number(&text, event->measure[7]);
    EXPECT(!text.failed);
    memcpy(line, text.bytes, text.size + 1);
    text_free(&text);
}

static void letters_of(uint64_t token, char letters[17]) {
    for (int at = 15; at >= 0; at--, token >>= 4) letters[at] = (char)('a' + (token & 15));
    letters[16] = '\0';
}

#define GIVEN(field) (UINT32_C(1) << FIELD_##field)

static void set_random_fields(struct event *event, uint64_t *seed, uint32_t number) {
    static const char *const steps[] = {"examine", "ask", "decide"};
    static const char *const channels[] = {"online", "mail"};
    event->step = slice_of(steps[random_below(seed, 3)]);
    event->channel = slice_of(channels[random_below(seed, 2)]);
    event->minutes = (double)number / 7;
    event->recorded_ms = event->time_ms + 5000;
    event->dimension[1] = slice_of(number % 2 == 0 ? "Nord" : "Sued");
    event->measure[7] = number;
    const uint32_t optional = GIVEN(STEP) | GIVEN(CHANNEL) | GIVEN(MINUTES) | GIVEN(RECORDED);
    event->given |= optional & (uint32_t)random_below(seed, UINT32_MAX);
    if (random_below(seed, 3) == 0) event->given_extras |= 1u << 1;
    if (random_below(seed, 3) == 0) event->given_extras |= 1u << (EXTRA_DIMENSIONS_MAX + 7);
}

/* Appends event `number`, and notes what must be told of it. */
static void append(struct batch *batch, uint64_t *seed, uint32_t number) {
    static const char *const tenants[] = {"091620000000", "051110000000"};
    const uint64_t subject = 1 + random_below(seed, SUBJECTS), token = subject * 0x123456789ABu;
    char letters[17], link[17];
    struct event event = {.given = GIVEN(TYPE) | GIVEN(TIME) | GIVEN(SUBJECT) | GIVEN(TENANT) |
                                   GIVEN(SERVICE) | GIVEN(LINK),
                          .type = slice_of(number % 3 == 0 ? "case.received" : "case.activity"),
                          .service = slice_of("permit"),
                          .tenant = slice_of(tenants[subject % 2])};
    event.time_ms = BASE_MS + (int64_t)random_below(seed, 500) * 1000;
    set_random_fields(&event, seed, number);
    letters_of(token, letters);
    letters_of(token + 1, link);
    event.subject = slice_of(letters);
    event.link = slice_of(link);
    const struct event_origin origin = {.type = type_from_text(event.type.bytes, event.type.size),
                                        .id = {number + 1, number + 1},
                                        .subject = token,
                                        .link = token + 1,
                                        .tenant = event.tenant,
                                        .source = slice_of("test"),
                                        .arrival_ms = event.time_ms + 9000,
                                        .flags = number % 2 == 0 ? EVENT_IMPORTED : 0};
    struct reject reject;
    EXPECT(batch_append(batch, &event, &origin, &reject));
    if (number % 2 != 0 && (event.given & GIVEN(RECORDED)) == 0) {
        event.given |= GIVEN(RECORDED); /* it was not from a file: it was known on arrival */
        event.recorded_ms = origin.arrival_ms;
    }
    describe(&event, written[number]);
}

static struct {
    char subject[17];
    int64_t time_ms;
    uint32_t journeys;
} at_hand;

static enum status take(void *context, const struct event *event, bool first, struct error *err) {
    if (context != NULL && told_count == 7) return error_set(err, STATUS_IO, "enough");
    CHECK(told_count < EVENTS && event->subject.size == 16);
    at_hand.journeys += first;
    if (!first)
        EXPECT(memcmp(at_hand.subject, event->subject.bytes, 16) == 0 &&
               event->time_ms >= at_hand.time_ms);
    memcpy(at_hand.subject, event->subject.bytes, 16);
    at_hand.time_ms = event->time_ms;
    describe(event, told[told_count++]);
    return STATUS_OK;
}

static int compare_lines(const void *a, const void *b) {
    return strcmp(a, b);
}

static enum status run(struct engine *engine, struct telling telling, struct error *err) {
    struct arena arena;
    arena_init(&arena, 256u << 20);
    told_count = 0;
    memset(&at_hand, 0, sizeof at_hand);
    telling.purpose = telling.purpose == PURPOSE_NONE ? PURPOSE_CASE : telling.purpose;
    telling.as_of_ms = BASE_MS * 2;
    telling.tell = take;
    const enum status status = engine->ops->tell(engine, &telling, &arena, err);
    arena_free(&arena);
    return status;
}

static void expect_all(struct engine *engine) {
    struct error err;
    EXPECT_OK(run(engine, (struct telling){.from_ms = TIME_ABSENT, .to_ms = TIME_ABSENT}, &err));
    EXPECT_EQ(told_count, EVENTS);
    EXPECT_EQ(at_hand.journeys, SUBJECTS);
    qsort(told, told_count, LINE_BYTES, compare_lines);
    for (uint32_t i = 0; i < told_count; i++) EXPECT_TEXT(told[i], written[i]);
}

TEST(every_stored_event_is_told_once_with_all_that_it_had) {
    struct engine_options options = {.folder = test_folder()};
    struct batch *batch = batch_create();
    struct engine *engine;
    struct error err;
    uint64_t seed = 1;
    EXPECT_OK(engine_open_embedded(&options, &engine, &err));
    for (uint32_t i = 0; i < EVENTS; i++) {
        append(batch, &seed, i);
        if (batch->row_count < 1 + random_below(&seed, 900) && i + 1 < EVENTS) continue;
        EXPECT_OK(engine->ops->write(engine, batch, &err));
        batch_clear(batch);
    }
    batch_free(batch);
    qsort(written, EVENTS, LINE_BYTES, compare_lines);
    expect_all(engine);
    engine_close(engine);
    EXPECT_OK(engine_open_embedded(&options, &engine, &err));
    expect_all(engine);

    const struct telling everything = {.from_ms = TIME_ABSENT, .to_ms = TIME_ABSENT};
    struct telling part = everything;
    part.tenant = "051110000000";
    EXPECT_OK(run(engine, part, &err));
    EXPECT(at_hand.journeys == SUBJECTS / 2 && strstr(told[0], "tenant=051110000000") != NULL);
    part.service = "passport";
    EXPECT_OK(run(engine, part, &err));
    EXPECT_EQ(told_count, 0);
    part = everything;
    part.purpose = PURPOSE_ATTEMPT;
    EXPECT_OK(run(engine, part, &err));
    EXPECT_EQ(told_count, 0);
    part = everything;
    part.context = &part;
    EXPECT_EQ(run(engine, part, &err), STATUS_IO);
    EXPECT_EQ(told_count, 7);
    engine_close(engine);
}
