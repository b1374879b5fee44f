/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/type.h"

#include "event/column.h"
#include "event/journey.h"
#include "tests/test.h"

/* Goal: the tables of types, columns and journeys say what their lists say. Method: walk them. */

TEST(type_of_every_text_is_the_type_with_that_text) {
    for (int type = 1; type < TYPE_COUNT; type++) {
        const char *text = type_text((enum event_type)type);
        EXPECT_EQ(type_from_text(text, strlen(text)), type);
    }
    EXPECT_EQ(TYPE_COUNT - 1, 41);
    EXPECT_TEXT(type_text(TYPE_APPOINTMENT_SHOWEDUP), "appointment.showedup");
}

TEST(type_of_other_texts_is_unknown) {
    const char *const texts[] = {
        "",        "case",       "case.receive", "case.received ", "case.receiveD", "xase.received",
        "unknown", "form.steps", "orm.started",  "fform.started",  ".started",      "case.resumed"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        EXPECT_EQ(type_from_text(texts[i], strlen(texts[i])), TYPE_UNKNOWN);
    static const char longest[1000];
    EXPECT_EQ(type_from_text(longest, sizeof longest), TYPE_UNKNOWN);
}

TEST(type_purposes_are_of_their_types) {
    EXPECT_EQ(type_purpose(TYPE_CASE_CLOSED), PURPOSE_CASE);
    EXPECT_EQ(type_purpose(TYPE_UNKNOWN), PURPOSE_NONE);
    EXPECT_TEXT(purpose_text(PURPOSE_APPOINTMENT), "appointment");
}

TEST(type_choices_read_back) {
    for (int channel = 1; channel < CHANNEL_COUNT; channel++) {
        const char *text = channel_text((enum channel)channel);
        EXPECT_EQ(channel_from_text(text, strlen(text)), channel);
    }
    for (int device = 1; device < DEVICE_COUNT; device++) {
        const char *text = device_text((enum device)device);
        EXPECT_EQ(device_from_text(text, strlen(text)), device);
    }
    EXPECT_EQ(channel_from_text("", 0), CHANNEL_ABSENT);
    EXPECT_EQ(device_from_text("phone", 5), DEVICE_ABSENT);
    EXPECT_TEXT(channel_text(CHANNEL_ABSENT), "");
}

TEST(column_tables_name_every_column_with_its_kind) {
    EXPECT_TEXT(column_text(COLUMN_TIME), "time");
    EXPECT_TEXT(column_text(COLUMN_FLAGS), "flags");
    EXPECT_TEXT(column_text(COLUMN_DIMENSION_0), "dimension.0");
    EXPECT_TEXT(column_text((enum column)(COLUMN_MEASURE_0 - 1)), "dimension.15");
    EXPECT_TEXT(column_text((enum column)(COLUMN_COUNT - 1)), "measure.7");
    EXPECT_EQ(column_kind(COLUMN_SUBJECT), KIND_TOKEN);
    EXPECT_EQ(column_kind(COLUMN_DIMENSION_0), KIND_CODE);
    EXPECT_EQ(column_kind(COLUMN_MEASURE_0), KIND_NUMBER);
    EXPECT_EQ(column_kind_bytes(KIND_CHOICE), 1);
    EXPECT_EQ(column_kind_bytes(KIND_CODE), 4);
    EXPECT_EQ(column_kind_bytes(KIND_AMOUNT), 8);
    for (int a = 0; a < COLUMN_COUNT; a++) {
        for (int b = 0; b < a; b++)
            EXPECT(strcmp(column_text((enum column)a), column_text((enum column)b)) != 0);
    }
}

TEST(journey_tables_match_their_numbers) {
    EXPECT_EQ(journey_column_count(PURPOSE_NONE), 0);
    EXPECT_EQ(journey_column_count(PURPOSE_VISIT), 0);
    EXPECT_EQ(journey_column_count(PURPOSE_ATTEMPT), ATTEMPT_COLUMN_COUNT);
    EXPECT_TEXT(journey_column_text(PURPOSE_ATTEMPT, JOURNEY_FLAGS), "flags");
    EXPECT_TEXT(journey_column_text(PURPOSE_ATTEMPT, ATTEMPT_LAST_STEP_TIME), "last_step_time");
    EXPECT_TEXT(journey_column_text(PURPOSE_CASE, CASE_MINUTES), "minutes");
    EXPECT_EQ(journey_column_kind(PURPOSE_CASE, CASE_MINUTES), KIND_AMOUNT);
    EXPECT_TEXT(journey_column_text(PURPOSE_APPOINTMENT, APPOINTMENT_COLUMN_RESERVED), "reserved");
    EXPECT_EQ(journey_column_kind(PURPOSE_APPOINTMENT, APPOINTMENT_COLUMN_SERVICE_MS), KIND_COUNT);
}
