/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: figures read as the language writes them, with the unit that people count in.
 * Method: figures side by side with what a person would write. */
#include "report/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/test.h"

static const char *said(enum language language, const char *unit, double value) {
    static char text[FIGURE_BYTES];
    figure_text(language, unit, value, text);
    return text;
}

TEST(figures_have_units_and_marks_of_the_language) {
    EXPECT_TEXT(said(LANGUAGE_DE, "s", 8.1 * 86400), "8,1 Tage");
    EXPECT_TEXT(said(LANGUAGE_DE, "s", 86400), "1 Tag");
    EXPECT_TEXT(said(LANGUAGE_EN, "s", 390), "6.5 minutes");
    EXPECT_TEXT(said(LANGUAGE_EN, "ratio", 0.081), "8.1%");
    EXPECT_TEXT(said(LANGUAGE_DE, "count", 184000), "184.000");
    EXPECT_TEXT(said(LANGUAGE_EN, "count", NAN), "");
    EXPECT_TEXT(said(LANGUAGE_EN, "count", 0), "0");
}

static const char *measured(enum language language, const char *unit, double value, double lo,
                            double hi) {
    static char text[2 * FIGURE_BYTES + 2];
    char figure[FIGURE_BYTES], interval[FIGURE_BYTES];
    figure_measured(language, unit, value, figure);
    figure_interval(language, unit, value, lo, hi, interval);
    snprintf(text, sizeof text, "%s, %s", figure, interval);
    return text;
}

TEST(an_interval_has_the_unit_and_the_digits_of_its_value) {
    const double day = 86400;
    EXPECT_TEXT(measured(LANGUAGE_DE, "s", 9.3 * day, 7.9 * day, 11 * day), "9,3 Tage, 7,9–11,0");
    EXPECT_TEXT(measured(LANGUAGE_DE, "s", 12 * day, 9.4 * day, 15 * day), "12 Tage, 9–15");
    EXPECT_TEXT(measured(LANGUAGE_EN, "s", 1.5 * day, 0.25 * day, 2 * day), "1.5 days, 0.3–2.0");
    EXPECT_TEXT(measured(LANGUAGE_EN, "ratio", 0.081, 0.06, 0.11), "8.1%, 6.0–11.0");
    EXPECT_TEXT(measured(LANGUAGE_DE, "count", 12345, NAN, NAN), "12.345, ");
    EXPECT_TEXT(measured(LANGUAGE_DE, "s", 12 * day, 9 * day, NAN), "12 Tage, ≥ 9");
    EXPECT_TEXT(measured(LANGUAGE_DE, "s", NAN, 9 * day, NAN), ", ");
}

TEST(money_is_in_its_currency) {
    EXPECT_TEXT(said(LANGUAGE_DE, "CHF", 23081), "23.081\u00a0CHF");
    EXPECT_TEXT(said(LANGUAGE_DE, "CHF", -1.5), "\u200e\u22121,50\u00a0CHF");
    EXPECT_TEXT(said(LANGUAGE_AR, "TRY", 23081), "23,081\u00a0TRY");
    EXPECT(strstr(said(LANGUAGE_DE, "EUR", 23081), "23.081") != NULL);
}

TEST(a_minus_stays_left_of_its_number) {
    char text[FIGURE_BYTES];
    figure_number(LANGUAGE_DE, -22800.4, 0, text);
    EXPECT_TEXT(text, "\u200e\u221222.800");
    figure_number(LANGUAGE_DE, -0.2, 0, text); /* no minus before a zero */
    EXPECT_TEXT(text, "0");
    figure_number(LANGUAGE_AR, 1234.5, 2, text);
    EXPECT_TEXT(text, "1,234.50");
}

TEST(dates_are_written_as_the_language_does) {
    char text[FIGURE_BYTES];
    figure_date(LANGUAGE_DE, "2026-10-31T08:00:00.000Z", text);
    EXPECT_TEXT(text, "31.10.2026");
    figure_date(LANGUAGE_EN, "2026-10-31", text);
    EXPECT_TEXT(text, "2026-10-31");
}
