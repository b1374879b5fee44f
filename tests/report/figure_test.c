/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: figures read as the language writes them, with the unit that people count in.
 * Method: figures side by side with what a person would write. */
#include "report/figure.h"
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
