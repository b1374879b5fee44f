/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: numbers and texts are written as printf would write them and as JSON wants them, and
 * nothing is ever written beyond the limit. Method: against printf, against characters one at a
 * time, and with every limit. */
#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "tests/test.h"

static struct text text;

static void expect_written(const char *wanted) {
    EXPECT_TEXT(text.bytes, wanted);
    EXPECT_EQ(text.size, strlen(wanted));
    text_clear(&text);
}

static void expect_integer(int64_t integer) {
    char wanted[32];
    (void)snprintf(wanted, sizeof wanted, "%" PRId64, integer);
    text_add_integer(&text, integer);
    expect_written(wanted);
}

/* The shortest of 15 to 17 digits that reads back the same. */
static void expect_number(double number) {
    char wanted[40];
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(wanted, sizeof wanted, "%.*g", precision, number);
        if (strtod(wanted, NULL) == number) break;
    }
    text_add_json_number(&text, number);
    expect_written(wanted);
}

TEST(numbers_are_written_as_printf_writes_them) {
    static const int64_t integers[] = {0, 1, -1, 9, 10, -10, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    static const double numbers[] = {0,       -0.0, 1,    -1,    0.1,    1e14,    1e15,
                                     -1e15,   1e16, 1e20, 1e300, 5e-324, 1.0 / 3, 999999999999999,
                                     1e15 - 1};
    uint64_t seed = 5;
    text_init(&text, 4096);
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) expect_integer(integers[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) expect_number(numbers[i]);
    for (int i = 0; i < 20000; i++) {
        const int64_t word = (int64_t)test_random(&seed) >> test_random(&seed) % 64;
        expect_integer(word);
        expect_number((double)word);
        expect_number((double)word / 1000);
    }
    text_add_json_number(&text, NAN);
    text_add_json_number(&text, -INFINITY);
    expect_written("nullnull");
    text_free(&text);
}

TEST(strings_are_json_whatever_bytes_they_have) {
    text_init(&text, 4096);
    text_add_json_string(&text, "plain", 5);
    expect_written("\"plain\"");
    text_add_json_string(&text, "", 0);
    expect_written("\"\"");
    text_add_json_string(&text, "a\"b\\c\nd\te\rf\x01g\x7F", 14);
    expect_written("\"a\\\"b\\\\c\\nd\\te\\rf\\u0001g\x7F\"");
    text_add_json_string(&text, "B\xC3\xBCro \xC3", 7);
    expect_written("\"B\xC3\xBCro \xEF\xBF\xBD\"");
    text_free(&text);
}

TEST(a_text_ends_at_its_limit_and_says_so) {
    for (size_t limit = 0; limit < 60; limit++) {
        text_init(&text, limit);
        size_t wanted = 0;
        for (int i = 0; i < 12; i++) {
            text_add(&text, "12345", 5);
            const bool fits = wanted == (size_t)i * 5 && wanted + 5 <= limit;
            if (fits) wanted += 5;
            EXPECT_EQ(text.size, wanted);
            EXPECT_EQ(text.failed, !fits);
        }
        text_free(&text);
    }
}
