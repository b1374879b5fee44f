/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: words of a command line are understood, or refused; none is overlooked.
 * Method: command lines by hand. What is printed goes to the test's own output. */
#include "server/options.h"

#include "tests/test.h"

static const char *data, *by;
static bool force;

static const struct option options[] = {{"data", "DIR", "where", &data, NULL},
                                        {"by", "WORDS", "what\nand more", &by, NULL},
                                        {"force", NULL, "really", NULL, &force}};
static const struct usage usage = {"pegel x --data DIR", "Does x.", options, 3, "  pegel x"};

enum { WORDS_MAX = 8 };
static char *words[WORDS_MAX];

static enum options_outcome parse(const char *const *line, int *word_count) {
    int argc = 0;
    data = by = NULL;
    force = false;
    for (; line[argc] != NULL; argc++) words[argc] = (char *)(uintptr_t)line[argc];
    return options_parse(&usage, argc, words, word_count);
}
#define PARSE(count, ...) parse((const char *const[]){"x", __VA_ARGS__, NULL}, count)

TEST(options_and_words_come_in_any_order) {
    int count;
    EXPECT_EQ(PARSE(&count, "one", "--data", "d", "two", "--by=a=b", "-", "--force"), OPTIONS_RUN);
    EXPECT_TEXT(data, "d");
    EXPECT_TEXT(by, "a=b");
    EXPECT(force);
    EXPECT_EQ(count, 3);
    EXPECT_TEXT(words[1], "one");
    EXPECT_TEXT(words[2], "two");
    EXPECT_TEXT(words[3], "-");
}

TEST(everything_after_two_dashes_is_a_word) {
    int count;
    EXPECT_EQ(PARSE(&count, "--force", "--", "--data", "-h"), OPTIONS_RUN);
    EXPECT(data == NULL);
    EXPECT_EQ(count, 2);
    EXPECT_TEXT(words[1], "--data");
    EXPECT_TEXT(words[2], "-h");
}

TEST(an_option_may_have_an_empty_value_or_one_that_looks_like_an_option) {
    int count;
    EXPECT_EQ(PARSE(&count, "--data=", "--by", "--force"), OPTIONS_RUN);
    EXPECT_TEXT(data, "");
    EXPECT_TEXT(by, "--force");
    EXPECT(!force);
}

TEST(mistakes_are_refused) {
    int count;
    EXPECT_EQ(PARSE(&count, "--dada", "d"), OPTIONS_MISUSE);
    EXPECT_EQ(PARSE(&count, "--dat", "d"), OPTIONS_MISUSE);
    EXPECT_EQ(PARSE(&count, "--data"), OPTIONS_MISUSE);
    EXPECT_EQ(PARSE(&count, "--data", "a", "--data=b"), OPTIONS_MISUSE);
    EXPECT_EQ(PARSE(&count, "--force=yes"), OPTIONS_MISUSE);
    EXPECT_EQ(PARSE(&count, "-d", "a"), OPTIONS_MISUSE);
}

TEST(help_is_given_when_asked_for) {
    int count;
    EXPECT_EQ(PARSE(&count, "--help"), OPTIONS_HELP);
    EXPECT_EQ(PARSE(&count, "word", "-h"), OPTIONS_HELP);
}

TEST(numbers_are_whole_and_within_their_bounds) {
    uint64_t number = 7;
    EXPECT(options_number("0", 0, 9, &number) && number == 0);
    EXPECT(options_number("18446744073709551615", 0, UINT64_MAX, &number) && number == UINT64_MAX);
    EXPECT(!options_number("18446744073709551616", 0, UINT64_MAX, &number));
    EXPECT(!options_number("99999999999999999999", 0, UINT64_MAX, &number));
    EXPECT(!options_number("", 0, 9, &number));
    EXPECT(!options_number("-1", 0, 9, &number));
    EXPECT(!options_number("1.5", 0, 9, &number));
    EXPECT(!options_number("10", 0, 9, &number));
    EXPECT(!options_number("0", 1, 9, &number));
}
