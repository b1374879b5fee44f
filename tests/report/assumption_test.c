/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: assumptions read as people speak of them, with the number that was given and no other.
 * Method: names and values side by side with what a person would write; every path that the answer
 * lists has a name in every language. */
#include "report/assumption.h"

#include <stdio.h>
#include <string.h>

#include "finance/roi_assumptions.h"
#include "tests/test.h"

static const struct report_name names[] = {{"a.b.c", "Wohngeld"}};

static const char *named(enum language language, const char *path) {
    static char text[ASSUMPTION_BYTES];
    const struct report report = {.language = language, .names = names, .name_count = 1};
    assumption_name(&report, path, text);
    return text;
}

static const char *valued(enum language language, const char *unit, double value) {
    static char text[2 * FIGURE_BYTES];
    char number[FIGURE_BYTES];
    const char *unit_text;
    assumption_value(language, unit, value, number, &unit_text);
    snprintf(text, sizeof text, "%s %.40s", number, unit_text);
    return text;
}

TEST(a_path_is_read_as_a_name) {
    EXPECT_TEXT(named(LANGUAGE_DE, "hourly_rate"), "Stundensatz");
    EXPECT_TEXT(named(LANGUAGE_EN, "costs.one_off.training"), "One-off: Training");
    EXPECT_TEXT(named(LANGUAGE_DE, "costs.running.training"), "Laufend: Schulung");
    EXPECT_TEXT(named(LANGUAGE_DE, "services.a.b.c.transactions"), "Wohngeld: Fälle im Jahr");
    EXPECT_TEXT(named(LANGUAGE_EN, "services.other.minutes_before"),
                "other: Staff time per case, before");
    EXPECT_TEXT(named(LANGUAGE_DE, "channels.phone.minutes"), "Telefon: Arbeitszeit je Fall");
    EXPECT_TEXT(named(LANGUAGE_DE, "services.transactions"), "services.transactions");
    EXPECT_TEXT(named(LANGUAGE_DE, "of.tomorrow"), "of.tomorrow");
}

TEST(every_cost_and_channel_has_a_name_in_every_language) {
    char path[100];
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        for (enum roi_cost cost = 0; cost < ROI_COST_COUNT; cost++) {
            snprintf(path, sizeof path, "costs.%s.%s",
                     cost < ROI_ONE_OFF_COUNT ? "one_off" : "running", roi_cost_text(cost));
            EXPECT(strcmp(named((enum language)language, path), path) != 0);
        }
        for (enum channel channel = CHANNEL_ABSENT + 1; channel < CHANNEL_COUNT; channel++) {
            snprintf(path, sizeof path, "channels.%s.fixed_per_year", channel_text(channel));
            EXPECT(strcmp(named((enum language)language, path), path) != 0);
        }
    }
}

TEST(a_value_keeps_the_digits_that_were_given) {
    EXPECT_TEXT(valued(LANGUAGE_DE, "ratio", 0.0175), "1,75 %");
    EXPECT_TEXT(valued(LANGUAGE_DE, "ratio", 0.6), "60 %");
    EXPECT_TEXT(valued(LANGUAGE_DE, "CHF", 64.5), "64,50 CHF");
    EXPECT_TEXT(valued(LANGUAGE_DE, "EUR", 12345), "12.345 EUR");
    EXPECT_TEXT(valued(LANGUAGE_EN, "min", 7.5), "7.5 minutes");
    EXPECT_TEXT(valued(LANGUAGE_DE, "year", 2026), "2026 ");
}
