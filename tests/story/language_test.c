/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: plural forms are CLDR's, numbers are written as each language does and rounded as one reads
 * them. Method: the sample numbers of CLDR's charts; listed texts. */
#include "story/language.h"

#include "tests/test.h"

static enum plural plural(enum language language, int64_t units, uint32_t digits) {
    return language_plural(language, (struct spoken){units, digits});
}

/* https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html */
TEST(plural_forms_are_those_of_cldr) {
    static const int64_t few[] = {3, 10, 103, 110, 1003}, many[] = {11, 26, 99, 111, 1011},
                         other[] = {100, 101, 102, 200, 201, 202, 1000, 1000000};
    EXPECT_EQ(plural(LANGUAGE_AR, 0, 0), PLURAL_ZERO);
    EXPECT_EQ(plural(LANGUAGE_AR, 1, 0), PLURAL_ONE);
    EXPECT_EQ(plural(LANGUAGE_AR, 2, 0), PLURAL_TWO);
    EXPECT_EQ(plural(LANGUAGE_AR, 30, 1), PLURAL_FEW); /* 3.0 */
    EXPECT_EQ(plural(LANGUAGE_AR, 15, 1), PLURAL_OTHER);
    for (size_t i = 0; i < 5; i++) EXPECT_EQ(plural(LANGUAGE_AR, few[i], 0), PLURAL_FEW);
    for (size_t i = 0; i < 5; i++) EXPECT_EQ(plural(LANGUAGE_AR, many[i], 0), PLURAL_MANY);
    for (size_t i = 0; i < 8; i++) EXPECT_EQ(plural(LANGUAGE_AR, other[i], 0), PLURAL_OTHER);
    for (enum language language = LANGUAGE_DE; language <= LANGUAGE_EN; language++) {
        EXPECT_EQ(plural(language, 1, 0), PLURAL_ONE);
        EXPECT_EQ(plural(language, 10, 1), PLURAL_OTHER); /* 1.0 days */
        EXPECT_EQ(plural(language, 15, 1), PLURAL_OTHER);
        EXPECT_EQ(plural(language, 2, 0), PLURAL_OTHER);
        EXPECT_EQ(plural(language, 101, 0), PLURAL_OTHER);
    }
    EXPECT_EQ(plural(LANGUAGE_TR, 1, 0), PLURAL_ONE);
    EXPECT_EQ(plural(LANGUAGE_TR, 10, 1), PLURAL_ONE);
    EXPECT_EQ(plural(LANGUAGE_TR, 2, 0), PLURAL_OTHER);
}

static void expect_number(struct spoken number, const char *de, const char *en) {
    const char *const want[LANGUAGE_COUNT] = {de, en, de, en}; /* Turkish as German, and so on */
    for (unsigned language = 0; language < LANGUAGE_COUNT; language++) {
        char found[40];
        language_number((enum language)language, number, found, sizeof found);
        EXPECT_TEXT(found, want[language]);
    }
}

TEST(numbers_are_rounded_as_one_reads_them_and_written_as_the_language_does) {
    expect_number(spoken_round(0), "0", "0");
    expect_number(spoken_round(0.04), "0", "0");
    expect_number(spoken_round(8.1499), "8,1", "8.1");
    expect_number(spoken_round(7.96), "8", "8");
    expect_number(spoken_round(9.94), "9,9", "9.9");
    expect_number(spoken_round(9.96), "10", "10");
    expect_number(spoken_round(46.4), "46", "46");
    expect_number(spoken_round(999.6), "1.000", "1,000");
    expect_number(spoken_round(9917), "9.920", "9,920");
    expect_number(spoken_round(184321), "184.000", "184,000");
    expect_number(spoken_fixed(9.5, 2), "9,50", "9.50");
    expect_number(spoken_fixed(9.005, 2), "9,01", "9.01");
    expect_number(spoken_fixed(-3.25, 1), "3,3", "3.3");
    expect_number(spoken_whole(1234567), "1.234.567", "1,234,567");
    expect_number(spoken_whole(1e300), "1.000.000.000.000.000", "1,000,000,000,000,000");
    EXPECT_NEAR(spoken_value(spoken_round(8.14)), 8.1, 1e-12);
}
