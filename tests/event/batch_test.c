/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/batch.h"

#include "base/memory.h"
#include "tests/test.h"

/* Goal: a batch holds what was appended and nothing else, in every column, also after growing,
 * clearing and refused memory. Method: random events, and a cell-by-cell comparison with what a row
 * of that event must be. */

#define SLICE(text)  ((struct slice){(text), sizeof(text) - 1})
#define GIVEN(field) (1u << FIELD_##field)
#define NOW_MS       INT64_C(1790000000000)

static const char *const words[] = {"alpha", "beta", "gamma and more text", "x", "delta"};

static struct slice random_word(uint64_t *seed) {
    const char *word = words[test_random(seed) % 5];
    return (struct slice){word, (uint32_t)strlen(word)};
}

static struct event random_event(uint64_t *seed) {
    struct event event = {
        .given = (uint32_t)test_random(seed) & ((1u << FIELD_COUNT) - 1),
        .given_extras = (uint32_t)(test_random(seed) & test_random(seed)) & 0xFFFFFF,
        .service = random_word(seed),
        .office = random_word(seed),
        .channel = SLICE("counter"),
        .step = random_word(seed),
        .field = random_word(seed),
        .code = random_word(seed),
        .country = SLICE("DE"),
        .lang = SLICE("de-DE"),
        .device = SLICE("kiosk"),
        .time_ms = NOW_MS - (int64_t)(test_random(seed) % 200000000),
        .start_ms = (int64_t)(test_random(seed) % 1000),
        .recorded_ms = NOW_MS,
        .value = (double)(test_random(seed) % 100) - 50,
        .minutes = (double)(test_random(seed) % 100) / 4,
    };
    event.given |= GIVEN(TIME);
    for (int i = 0; i < EXTRA_DIMENSIONS_MAX; i++) event.dimension[i] = random_word(seed);
    for (int i = 0; i < EXTRA_MEASURES_MAX; i++)
        event.measure[i] = (double)(test_random(seed) % 1000);
    return event;
}

static struct event_origin origin_of(uint32_t position) {
    return (struct event_origin){
        .type = TYPE_CASE_ACTIVITY,
        .id = {position, ~(uint64_t)position},
        .subject = position % 3,
        .link = position % 2,
        .tenant = SLICE("091620000000"),
        .source = SLICE("fachverfahren"),
        .arrival_ms = NOW_MS,
        .position = position,
    };
}

/* The cell as text: exact enough to compare, and readable when it fails. */
static void cell_text(const struct batch *batch, enum column column, uint32_t row, char *text) {
    const void *rows = batch->column[column];
    text[0] = '\0';
    if (rows == NULL) return;
    switch (column_kind(column)) {
        case KIND_TIME:
            if (((const int64_t *)rows)[row] != TIME_ABSENT)
                (void)snprintf(text, 80, "%" PRId64, ((const int64_t *)rows)[row]);
            break;
        case KIND_CODE:
            (void)snprintf(text, 80, "%s",
                           dictionary_text(batch->strings, ((const uint32_t *)rows)[row], NULL));
            break;
        case KIND_CHOICE:
            if (((const uint8_t *)rows)[row] != 0)
                (void)snprintf(text, 80, "%d", ((const uint8_t *)rows)[row]);
            break;
        case KIND_TOKEN:
            if (((const uint64_t *)rows)[row] != 0)
                (void)snprintf(text, 80, "%" PRIu64, ((const uint64_t *)rows)[row]);
            break;
        default:
            if (!isnan(((const double *)rows)[row]))
                (void)snprintf(text, 80, "%.17g", ((const double *)rows)[row]);
    }
}

static void expect_cell(const struct batch *batch, enum column column, uint32_t row,
                        const char *expected) {
    char text[80];
    cell_text(batch, column, row, text);
    if (strcmp(text, expected) != 0)
        test_fail(__FILE__, __LINE__, "row %u, %s: \"%s\" instead of \"%s\"", row,
                  column_text(column), text, expected);
}

static void expect_text(const struct batch *batch, enum column column, uint32_t row,
                        const struct event *event, enum field field, const char *text) {
    expect_cell(batch, column, row, (event->given >> field & 1) != 0 ? text : "");
}

static void expect_number(const struct batch *batch, enum column column, uint32_t row, bool given,
                          double number) {
    char text[80] = "";
    if (given) (void)snprintf(text, sizeof text, "%.17g", number);
    expect_cell(batch, column, row, text);
}

static void expect_row(const struct batch *batch, uint32_t row, const struct event *event,
                       const struct event_origin *origin) {
    EXPECT_EQ(batch->id[row].high, origin->id.high);
    EXPECT_EQ(batch->id[row].low, origin->id.low);
    EXPECT_EQ(batch->position[row], origin->position);
    EXPECT_EQ(batch->outcome[row], OUTCOME_PENDING);
    expect_cell(batch, COLUMN_TENANT, row, origin->tenant.bytes);
    expect_cell(batch, COLUMN_SOURCE, row, origin->source.bytes);
    expect_text(batch, COLUMN_SERVICE, row, event, FIELD_SERVICE, event->service.bytes);
    expect_text(batch, COLUMN_OFFICE, row, event, FIELD_OFFICE, event->office.bytes);
    expect_text(batch, COLUMN_STEP, row, event, FIELD_STEP, event->step.bytes);
    expect_text(batch, COLUMN_FIELD, row, event, FIELD_FIELD, event->field.bytes);
    expect_text(batch, COLUMN_CODE, row, event, FIELD_CODE, event->code.bytes);
    expect_text(batch, COLUMN_COUNTRY, row, event, FIELD_COUNTRY, "DE");
    expect_text(batch, COLUMN_LANG, row, event, FIELD_LANG, "de");
    expect_text(batch, COLUMN_CHANNEL, row, event, FIELD_CHANNEL, "4");
    expect_text(batch, COLUMN_DEVICE, row, event, FIELD_DEVICE, "4");
    expect_number(batch, COLUMN_TIME, row, true, (double)event->time_ms);
    expect_number(batch, COLUMN_ARRIVAL, row, true, (double)origin->arrival_ms);
    expect_number(batch, COLUMN_TYPE, row, true, origin->type);
    expect_number(batch, COLUMN_START, row, (event->given & GIVEN(START)) != 0,
                  (double)event->start_ms);
    expect_number(batch, COLUMN_RECORDED, row, (event->given & GIVEN(RECORDED)) != 0,
                  (double)event->recorded_ms);
    expect_number(batch, COLUMN_VALUE, row, (event->given & GIVEN(VALUE)) != 0, event->value);
    expect_number(batch, COLUMN_MINUTES, row, (event->given & GIVEN(MINUTES)) != 0, event->minutes);
    expect_number(batch, COLUMN_SUBJECT, row, origin->subject != 0, (double)origin->subject);
    expect_number(batch, COLUMN_LINK, row, origin->link != 0, (double)origin->link);
    expect_number(batch, COLUMN_FLAGS, row, NOW_MS - event->time_ms > EVENT_LATE_MS,
                  EVENT_LATE | EVENT_BEHIND);
    for (int i = 0; i < EXTRA_DIMENSIONS_MAX; i++)
        expect_cell(batch, (enum column)(COLUMN_DIMENSION_0 + i), row,
                    (event->given_extras >> i & 1) != 0 ? event->dimension[i].bytes : "");
    for (int i = 0; i < EXTRA_MEASURES_MAX; i++)
        expect_number(batch, (enum column)(COLUMN_MEASURE_0 + i), row,
                      (event->given_extras >> (EXTRA_DIMENSIONS_MAX + i) & 1) != 0,
                      event->measure[i]);
}

TEST(batch_holds_exactly_what_was_appended_also_after_a_clear) {
    struct batch *batch = batch_create();
    struct reject reject;
    for (uint64_t round = 1; round <= 6; round++) {
        uint64_t seed = round, again = round;
        uint32_t rows = (uint32_t)(6000 / round);
        for (uint32_t row = 0; row < rows; row++) {
            struct event event = random_event(&seed);
            struct event_origin origin = origin_of(row);
            EXPECT(batch_append(batch, &event, &origin, &reject));
        }
        EXPECT_EQ(batch->row_count, rows);
        for (uint32_t row = 0; row < rows; row++) {
            struct event event = random_event(&again);
            struct event_origin origin = origin_of(row);
            expect_row(batch, row, &event, &origin);
        }
        batch_clear(batch);
        EXPECT_EQ(batch->row_count, 0);
        EXPECT_EQ(dictionary_count(batch->strings), 1);
        for (int column = 0; column < COLUMN_COUNT; column++) EXPECT(batch->column[column] == NULL);
    }
    batch_free(batch);
}

TEST(batch_takes_as_many_rows_as_it_says) {
    struct batch *batch = batch_create();
    struct reject reject;
    uint64_t seed = 3;
    struct event event = random_event(&seed);
    for (uint32_t row = 0; row < BATCH_ROWS_MAX; row++) {
        struct event_origin origin = origin_of(row);
        EXPECT(batch_append(batch, &event, &origin, &reject));
    }
    EXPECT_EQ(batch->row_count, BATCH_ROWS_MAX);
    EXPECT_EQ(batch->row_capacity, BATCH_ROWS_MAX);
    batch_free(batch);
}

TEST(batch_append_is_all_or_nothing_when_memory_is_refused) {
    for (size_t after = 0; after < 60; after++) {
        struct batch *batch = batch_create();
        struct reject reject;
        uint64_t seed = 9;
        for (uint32_t row = 0; row < 300; row++) {
            struct event event = random_event(&seed);
            struct event_origin origin = origin_of(row);
            if (row == 0 || row == 250) memory_fail_after(after);
            if (!batch_append(batch, &event, &origin, &reject)) {
                EXPECT_EQ(reject.code, REJECT_TOO_MANY_VALUES);
                EXPECT_TEXT(reject.detail, "memory");
                EXPECT_EQ(batch->row_count, row);
                EXPECT(batch_append(batch, &event, &origin, &reject));
            }
            expect_row(batch, row, &event, &origin);
        }
        memory_fail_after(SIZE_MAX);
        batch_free(batch);
    }
}

TEST(batch_refuses_personal_data_in_dimensions_every_time) {
    const struct {
        struct event event;
        const char *detail;
    } cases[] = {
        {{.given = GIVEN(OFFICE), .office = SLICE("eva@example.org")}, "office"},
        {{.given = GIVEN(STEP), .step = SLICE("call 0170 1234567")}, "step"},
        {{.given = GIVEN(FIELD), .field = SLICE("01701234567")}, "field"},
        {{.given = GIVEN(CODE), .code = SLICE("DE89 3704 0044 0532 0130 00")}, "code"},
        {{.given = GIVEN(SERVICE), .service = SLICE("0170-1234567")}, "service"},
        {{.given_extras = 2, .dimension[1] = SLICE("eva@example.org")}, "dimension.1"},
    };
    struct batch *batch = batch_create();
    for (int twice = 0; twice < 2; twice++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            struct reject reject = {.code = REJECT_NONE};
            struct event_origin origin = origin_of(1);
            EXPECT(!batch_append(batch, &cases[i].event, &origin, &reject));
            EXPECT_EQ(reject.code, REJECT_PERSONAL_DATA);
            EXPECT_TEXT(reject.detail, cases[i].detail);
        }
    }
    EXPECT_EQ(batch->row_count, 0);
    batch_free(batch);
}

TEST(batch_refuses_strings_that_are_no_text) {
    struct batch *batch = batch_create();
    struct reject reject;
    struct event_origin origin = origin_of(1);
    struct event event = {.given = GIVEN(STEP), .step = SLICE("a\xff")};
    EXPECT(!batch_append(batch, &event, &origin, &reject));
    EXPECT_EQ(reject.code, REJECT_INVALID_UTF8);
    event.step = SLICE("a\0b");
    EXPECT(!batch_append(batch, &event, &origin, &reject));
    EXPECT_EQ(reject.code, REJECT_INVALID_FIELD);
    EXPECT_TEXT(reject.detail, "step");
    event.step = SLICE(
        "R\xc3\xbc"
        "ckfrage");
    event.given |= GIVEN(SERVICE);
    event.service = SLICE("09050012104000"); /* a key, though it begins with 0 */
    EXPECT(batch_append(batch, &event, &origin, &reject));
    batch_free(batch);
}

static uint32_t content_of(struct batch *batch, const struct event *event,
                           const struct event_origin *origin) {
    struct reject reject;
    EXPECT(batch_append(batch, event, origin, &reject));
    return batch->content[batch->row_count - 1];
}

TEST(batch_content_hash_is_the_same_in_every_batch_and_differs_with_every_field) {
    struct batch *one = batch_create(), *other = batch_create();
    uint64_t seed = 5;
    for (int i = 0; i < 300; i++) {
        struct event event = random_event(&seed), noise = random_event(&seed);
        struct event_origin origin = origin_of(4), elsewhere = origin_of(8);
        (void)content_of(other, &noise, &elsewhere); /* other codes in the other dictionary */
        uint32_t content = content_of(one, &event, &origin);
        EXPECT_EQ(content_of(other, &event, &origin), content);
        struct event_origin later = origin;
        later.arrival_ms++;
        later.position++;
        later.id.low++;
        later.link = 77; /* made with a key that expires */
        EXPECT_EQ(content_of(other, &event, &later), content);
        struct event changed = event;
        changed.time_ms++;
        EXPECT(content_of(other, &changed, &origin) != content);
        changed = event;
        changed.given ^= GIVEN(START);
        EXPECT(content_of(other, &changed, &origin) != content);
        changed = event;
        changed.given |= GIVEN(STEP) | GIVEN(OFFICE);
        uint32_t before = content_of(other, &changed, &origin);
        struct slice step = changed.step;
        changed.step = changed.office;
        changed.office = step;
        if (step.bytes != changed.step.bytes)
            EXPECT(content_of(other, &changed, &origin) != before);
        later = origin;
        later.subject = 99;
        EXPECT(content_of(other, &event, &later) != content);
    }
    struct event view = {.given = GIVEN(TIME), .time_ms = NOW_MS};
    struct event_origin visit = origin_of(4);
    visit.type = TYPE_PAGE_VIEWED;
    uint32_t content = content_of(one, &view, &visit);
    visit.subject = 12345; /* the day's key is gone */
    EXPECT_EQ(content_of(one, &view, &visit), content);
    batch_free(one);
    batch_free(other);
}

TEST(batch_marks_late_events_by_when_the_source_knew_them) {
    struct batch *batch = batch_create();
    struct event event = {.given = GIVEN(TIME), .time_ms = NOW_MS - EVENT_LATE_MS};
    struct event_origin origin = origin_of(1);
    struct reject reject;
    EXPECT(batch_append(batch, &event, &origin, &reject)); /* just in time */
    event.time_ms--;
    EXPECT(batch_append(batch, &event, &origin, &reject));
    event.given |= GIVEN(RECORDED);
    event.recorded_ms = event.time_ms + 5;
    EXPECT(batch_append(batch, &event, &origin, &reject));
    origin.flags = EVENT_IMPORTED;
    EXPECT(batch_append(batch, &event, &origin, &reject));
    event.recorded_ms = NOW_MS;
    EXPECT(batch_append(batch, &event, &origin, &reject));
    event.given &= ~GIVEN(RECORDED);
    EXPECT(batch_append(batch, &event, &origin, &reject));
    const uint8_t expected[] = {0,
                                EVENT_LATE | EVENT_BEHIND,
                                EVENT_BEHIND,
                                EVENT_IMPORTED,
                                EVENT_IMPORTED | EVENT_LATE | EVENT_BEHIND,
                                EVENT_IMPORTED};
    for (uint32_t row = 0; row < 6; row++)
        EXPECT_EQ(((const uint8_t *)batch->column[COLUMN_FLAGS])[row], expected[row]);
    batch_free(batch);
}
