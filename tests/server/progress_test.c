/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the bar says the truth and always fits its line.
 * Method: known moments of an import; random ones for the width. */
#include "server/progress.h"

#include "tests/test.h"

TEST(a_bar_shows_share_events_rate_and_what_is_left) {
    char line[256];
    progress_line(line, sizeof line, 80, 500, 1000, 1234567, 10);
    EXPECT_TEXT(line,
                "[###############                ]  50 %  1,234,567 events  123,456/s  0:10 left");
    progress_line(line, sizeof line, 80, 1000, 1000, 1000, 1);
    EXPECT(strstr(line, "100 %") != NULL && strstr(line, "left") == NULL);
    progress_line(line, sizeof line, 80, 500, 0, 999, 1); /* standard input: no share */
    EXPECT_TEXT(line, "999 events  999/s  ");
    progress_line(line, sizeof line, 20, 500, 1000, 999, 1);
    EXPECT_TEXT(line, " 50 %");
    progress_line(line, sizeof line, 80, 1, 50, 10, 200);
    EXPECT(strstr(line, "2.7 h left") != NULL);
}

TEST(a_line_never_wraps) {
    uint64_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        char line[256];
        unsigned width = 10 + (unsigned)(test_random(&seed) % 200);
        uint64_t total = test_random(&seed) >> test_random(&seed) % 64;
        uint64_t done = test_random(&seed) >> test_random(&seed) % 64;
        uint64_t events = test_random(&seed) >> test_random(&seed) % 64;
        double seconds = 1e-9 + (double)(test_random(&seed) % 1000000) / 100;
        progress_line(line, sizeof line, width, done, total, events, seconds);
        EXPECT(strlen(line) < width);
    }
}

TEST(numbers_have_their_groups) {
    char text[PROGRESS_NUMBER_BYTES];
    EXPECT_TEXT(progress_number(0, text), "0");
    EXPECT_TEXT(progress_number(999, text), "999");
    EXPECT_TEXT(progress_number(1000, text), "1,000");
    EXPECT_TEXT(progress_number(1234567, text), "1,234,567");
    EXPECT_TEXT(progress_number(UINT64_MAX, text), "18,446,744,073,709,551,615");
}
