/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/event.h"

#include "base/timestamp.h"
#include "tests/test.h"

/* Goal: every rule of the event model refuses with its own code and field, and nothing else is
 * refused. Method: one valid event, changed in one place. */

#define NOW_MS       INT64_C(1790000000000)
#define SLICE(text)  ((struct slice){(text), sizeof(text) - 1})
#define GIVEN(field) (1u << FIELD_##field)

static struct event valid_event(void) {
    return (struct event){
        .given = GIVEN(ID) | GIVEN(TYPE) | GIVEN(TIME) | GIVEN(SUBJECT) | GIVEN(SERVICE),
        .id = SLICE("7c1d-1"),
        .type = SLICE("case.received"),
        .subject = SLICE("2011-123456"),
        .service = SLICE("99050012104000"),
        .time_ms = NOW_MS,
    };
}

static void expect_valid(const struct event *event) {
    enum event_type type;
    struct reject reject = {.code = REJECT_NONE};
    EXPECT(event_validate(event, NOW_MS, &type, &reject));
    if (reject.code != REJECT_NONE)
        test_fail(__FILE__, __LINE__, "%s %s", reject_text(reject.code), reject.detail);
}

static void expect_refused(const struct event *event, enum reject_code code, const char *detail) {
    enum event_type type;
    struct reject reject = {.code = REJECT_NONE};
    EXPECT(!event_validate(event, NOW_MS, &type, &reject));
    EXPECT_TEXT(reject_text(reject.code), reject_text(code));
    EXPECT_TEXT(reject.detail, detail);
}

static void set_text(struct event *event, enum field field, struct slice text) {
    struct slice *const texts[FIELD_COUNT] = {
        [FIELD_ID] = &event->id,           [FIELD_TYPE] = &event->type,
        [FIELD_SUBJECT] = &event->subject, [FIELD_TENANT] = &event->tenant,
        [FIELD_SERVICE] = &event->service, [FIELD_OFFICE] = &event->office,
        [FIELD_CHANNEL] = &event->channel, [FIELD_STEP] = &event->step,
        [FIELD_FIELD] = &event->field,     [FIELD_CODE] = &event->code,
        [FIELD_LINK] = &event->link,       [FIELD_COUNTRY] = &event->country,
        [FIELD_LANG] = &event->lang,       [FIELD_DEVICE] = &event->device,
    };
    *texts[field] = text;
    event->given |= 1u << field;
}

TEST(event_field_of_every_text_is_the_field_with_that_text) {
    for (int field = 0; field < FIELD_COUNT; field++) {
        const char *text = field_text((enum field)field);
        EXPECT_EQ(field_from_text(text, strlen(text)), field);
        EXPECT_EQ(field_from_text(text, strlen(text) - 1), FIELD_UNKNOWN);
    }
    const char *const others[] = {"", "ID", "times", "recorded_", "email", "subject ", "tim"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        EXPECT_EQ(field_from_text(others[i], strlen(others[i])), FIELD_UNKNOWN);
    EXPECT_EQ(field_from_text("id\0", 3), FIELD_UNKNOWN);
    EXPECT_EQ(field_from_text("\0\0", 2), FIELD_UNKNOWN);
}

TEST(event_that_is_valid_passes_and_tells_its_type) {
    struct event event = valid_event();
    enum event_type type = TYPE_UNKNOWN;
    struct reject reject;
    EXPECT(event_validate(&event, NOW_MS, &type, &reject));
    EXPECT_EQ(type, TYPE_CASE_RECEIVED);
    event.time_ms = NOW_MS + EVENT_FUTURE_MS_MAX;
    expect_valid(&event);
    event.time_ms = TIMESTAMP_MS_MIN; /* any age */
    expect_valid(&event);
}

TEST(event_texts_of_every_field_are_judged_by_its_rule) {
    static const char sixty_four[] =
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd";
    static char long_text[EVENT_TOKEN_BYTES_MAX + 1];
    memset(long_text, 'x', sizeof long_text);
    const struct {
        enum field field;
        struct slice text;
        enum reject_code code; /* the detail is the field's name */
    } cases[] = {
        {FIELD_ID, {sixty_four, 64}, REJECT_NONE},
        {FIELD_ID, {long_text, 65}, REJECT_TOO_LONG},
        {FIELD_ID, SLICE(""), REJECT_MISSING_FIELD},
        {FIELD_ID, SLICE("a@example.org"), REJECT_PERSONAL_DATA},
        {FIELD_SUBJECT, {long_text, 128}, REJECT_NONE},
        {FIELD_SUBJECT, {long_text, 129}, REJECT_TOO_LONG},
        {FIELD_SUBJECT, SLICE(""), REJECT_MISSING_FIELD},
        {FIELD_SUBJECT, SLICE("+49 170 1234567"), REJECT_PERSONAL_DATA},
        {FIELD_SUBJECT, SLICE("01701234567"), REJECT_NONE},
        {FIELD_LINK, {long_text, 129}, REJECT_TOO_LONG},
        {FIELD_LINK, SLICE("DE89370400440532013000"), REJECT_PERSONAL_DATA},
        {FIELD_TENANT, SLICE("091620000000"), REJECT_NONE},
        {FIELD_TENANT, SLICE(""), REJECT_NONE},
        {FIELD_TENANT, SLICE("09162000000"), REJECT_INVALID_TENANT},
        {FIELD_TENANT, SLICE("0916200000000"), REJECT_INVALID_TENANT},
        {FIELD_TENANT, SLICE("09162000000x"), REJECT_INVALID_TENANT},
        {FIELD_TENANT, SLICE("001620000000"), REJECT_INVALID_TENANT},
        {FIELD_TENANT, SLICE("171620000000"), REJECT_INVALID_TENANT},
        {FIELD_TENANT, SLICE("160620000000"), REJECT_NONE},
        {FIELD_SERVICE, {sixty_four, 64}, REJECT_NONE},
        {FIELD_SERVICE, {long_text, 65}, REJECT_TOO_LONG},
        {FIELD_SERVICE, SLICE("parking_permit-2.b"), REJECT_NONE},
        {FIELD_SERVICE, SLICE("Parking"), REJECT_INVALID_FIELD},
        {FIELD_SERVICE, SLICE("parking permit"), REJECT_INVALID_FIELD},
        {FIELD_SERVICE, SLICE(""), REJECT_MISSING_FIELD},
        {FIELD_OFFICE, {long_text, 65}, REJECT_TOO_LONG},
        {FIELD_STEP, {long_text, 65}, REJECT_TOO_LONG},
        {FIELD_FIELD, {long_text, 65}, REJECT_TOO_LONG},
        {FIELD_CODE, {long_text, 65}, REJECT_TOO_LONG},
        {FIELD_OFFICE, {long_text, 64}, REJECT_NONE},
        {FIELD_CHANNEL, SLICE("counter"), REJECT_NONE},
        {FIELD_CHANNEL, SLICE("Counter"), REJECT_INVALID_FIELD},
        {FIELD_CHANNEL, SLICE("fax"), REJECT_INVALID_FIELD},
        {FIELD_DEVICE, SLICE("kiosk"), REJECT_NONE},
        {FIELD_DEVICE, SLICE("Mozilla/5.0"), REJECT_INVALID_FIELD},
        {FIELD_COUNTRY, SLICE("DE"), REJECT_NONE},
        {FIELD_COUNTRY, SLICE("de"), REJECT_INVALID_FIELD},
        {FIELD_COUNTRY, SLICE("DEU"), REJECT_INVALID_FIELD},
        {FIELD_LANG, SLICE("de"), REJECT_NONE},
        {FIELD_LANG, SLICE("hsb"), REJECT_NONE},
        {FIELD_LANG, SLICE("de-DE"), REJECT_NONE},
        {FIELD_LANG, SLICE("de_AT"), REJECT_NONE},
        {FIELD_LANG, SLICE("d"), REJECT_INVALID_FIELD},
        {FIELD_LANG, SLICE("german"), REJECT_INVALID_FIELD},
        {FIELD_LANG, SLICE("DE"), REJECT_INVALID_FIELD},
        {FIELD_LANG, SLICE("de DE"), REJECT_INVALID_FIELD},
        {FIELD_LANG, SLICE("de-D?"), REJECT_INVALID_FIELD},
        {FIELD_LANG, {long_text, 65}, REJECT_TOO_LONG},
        {FIELD_TYPE, SLICE(""), REJECT_MISSING_FIELD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct event event = valid_event();
        set_text(&event, cases[i].field, cases[i].text);
        if (cases[i].code == REJECT_NONE) {
            expect_valid(&event);
        } else {
            expect_refused(&event, cases[i].code, field_text(cases[i].field));
        }
    }
}

TEST(event_of_unknown_type_is_refused_with_what_it_said) {
    struct event event = valid_event();
    event.type = SLICE("case.recieved");
    expect_refused(&event, REJECT_UNKNOWN_TYPE, "case.recieved");
    event.type = SLICE("case.\x1b[1m\xff\xc3\xbc");
    expect_refused(&event, REJECT_UNKNOWN_TYPE, "case.?[1m?\xc3\xbc");
    event.type = SLICE("a@example.org"); /* not repeated: it could be anybody's */
    expect_refused(&event, REJECT_UNKNOWN_TYPE, "");
}

TEST(event_detail_is_cut_between_characters) {
    struct reject reject;
    char text[200];
    for (size_t i = 0; i < sizeof text; i += 2) memcpy(text + i, "\xc3\xbc", 2);
    reject_set(&reject, REJECT_UNKNOWN_FIELD, text, sizeof text);
    EXPECT_EQ(strlen(reject.detail), 78);
    reject_set(&reject, REJECT_UNKNOWN_FIELD, text, 79);
    EXPECT_EQ(strlen(reject.detail), 79);
    EXPECT_TEXT(reject.detail + 78, "?"); /* what was half a character before stays visible */
}

TEST(event_times_out_of_range_or_in_the_future_are_refused) {
    struct event event = valid_event();
    event.time_ms = NOW_MS + EVENT_FUTURE_MS_MAX + 1;
    expect_refused(&event, REJECT_FUTURE_TIME, "time");
    event.time_ms = TIMESTAMP_MS_MIN - 1;
    expect_refused(&event, REJECT_INVALID_TIME, "time");
    event.time_ms = TIMESTAMP_MS_MAX + 1;
    expect_refused(&event, REJECT_INVALID_TIME, "time");
    event = valid_event();
    event.given |= GIVEN(START) | GIVEN(RECORDED);
    event.start_ms = NOW_MS * 2; /* an appointment lies ahead */
    expect_valid(&event);
    event.start_ms = TIMESTAMP_MS_MAX + 1;
    expect_refused(&event, REJECT_INVALID_TIME, "start");
    event.start_ms = 0;
    event.recorded_ms = INT64_MAX;
    expect_refused(&event, REJECT_INVALID_TIME, "recorded");
    event = valid_event();
    event.given &= ~GIVEN(TIME);
    expect_refused(&event, REJECT_MISSING_FIELD, "time");
}

TEST(event_numbers_are_judged_by_type) {
    struct event event = valid_event();
    event.given |= GIVEN(MINUTES) | GIVEN(VALUE);
    event.value = -3.5;
    expect_valid(&event);
    event.value = NAN;
    expect_refused(&event, REJECT_INVALID_FIELD, "value");
    event.value = INFINITY;
    expect_refused(&event, REJECT_INVALID_FIELD, "value");
    event.value = 1;
    event.minutes = EVENT_MINUTES_MAX;
    expect_valid(&event);
    event.minutes = EVENT_MINUTES_MAX * 2;
    expect_refused(&event, REJECT_INVALID_FIELD, "minutes");
    event.minutes = -0.5;
    expect_refused(&event, REJECT_INVALID_FIELD, "minutes");
    event.minutes = NAN;
    expect_refused(&event, REJECT_INVALID_FIELD, "minutes");
    event = valid_event();
    event.type = SLICE("feedback.rated");
    event.given |= GIVEN(VALUE);
    for (int value = -1; value <= 7; value++) {
        event.value = value;
        if (value >= 1 && value <= 5) {
            expect_valid(&event);
        } else {
            expect_refused(&event, REJECT_INVALID_FIELD, "value");
        }
    }
}

TEST(event_without_what_its_type_requires_is_refused) {
    for (int type = 1; type < TYPE_COUNT; type++) {
        const char *text = type_text((enum event_type)type);
        unsigned requires_ = type_requires((enum event_type)type);
        bool has_purpose = type_purpose((enum event_type)type) != PURPOSE_NONE;
        struct event full = valid_event();
        full.type = (struct slice){text, (uint32_t)strlen(text)};
        full.given |= GIVEN(START) | GIVEN(VALUE);
        full.start_ms = NOW_MS;
        full.value = 3;
        set_text(&full, FIELD_STEP, SLICE("page-1"));
        set_text(&full, FIELD_CODE, SLICE("licence"));
        if (!has_purpose) {
            expect_refused(&full, REJECT_INVALID_FIELD, "subject"); /* whose would it be? */
            full.given &= ~GIVEN(SUBJECT);
        }
        expect_valid(&full);
        const struct {
            unsigned bit;
            enum field field;
        } required[] = {{REQUIRES_SUBJECT, FIELD_SUBJECT}, {REQUIRES_SERVICE, FIELD_SERVICE},
                        {REQUIRES_STEP, FIELD_STEP},       {REQUIRES_START, FIELD_START},
                        {REQUIRES_VALUE, FIELD_VALUE},     {REQUIRES_CODE, FIELD_CODE}};
        for (size_t i = 0; i < sizeof required / sizeof required[0]; i++) {
            struct event event = full;
            event.given &= ~(1u << required[i].field);
            if ((requires_ & required[i].bit) != 0) {
                expect_refused(&event, REJECT_MISSING_FIELD, field_text(required[i].field));
            } else {
                expect_valid(&event);
            }
        }
    }
}

TEST(event_extras_are_judged_by_kind) {
    static char long_text[EVENT_TEXT_BYTES_MAX + 1];
    memset(long_text, 'x', sizeof long_text);
    struct event event = valid_event();
    event.given_extras = 1u << 3 | 1u << (EXTRA_DIMENSIONS_MAX + 2);
    event.dimension[3] = SLICE("north");
    event.measure[2] = 1.5;
    expect_valid(&event);
    event.dimension[3] = (struct slice){long_text, 65};
    expect_refused(&event, REJECT_TOO_LONG, "dimension.3");
    event.dimension[3] = SLICE("north");
    event.measure[2] = INFINITY;
    expect_refused(&event, REJECT_INVALID_FIELD, "measure.2");
}

TEST(event_lang_is_cut_to_its_primary_subtag) {
    const struct slice cut = event_lang_primary(SLICE("de-DE-1996"));
    EXPECT_EQ(cut.size, 2);
    EXPECT_EQ(event_lang_primary(SLICE("gsw-CH")).size, 3);
    EXPECT_EQ(event_lang_primary(SLICE("")).size, 0);
}
