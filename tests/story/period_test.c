/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a period's name reads back to it, whatever the day, and nothing else is a name. Method:
 * every day of 60 years; bad names. */
#include "story/period.h"

#include "base/timestamp.h"
#include "tests/test.h"

TEST(every_name_reads_back_and_neighbours_touch) {
    const int64_t first = timestamp_days_from_civil(1995, 1, 1);
    for (int64_t day = first; day < first + 60 * 366; day++)
        for (int kind = PERIOD_DAY; kind <= PERIOD_YEAR; kind++) {
            const struct period period = period_of((enum story_period)kind, day);
            const struct period next = period_move(period, 1);
            char name[PERIOD_TEXT_BYTES];
            struct period read;
            period_name(period, name);
            EXPECT(period_parse(name, &read) && read.kind == period.kind && read.day == period.day);
            EXPECT(period.day <= day && day < next.day);
            EXPECT_EQ(period_move(next, -1).day, period.day);
            EXPECT_EQ(period_of(period.kind, next.day).day, next.day);
        }
}

TEST(what_is_no_name_is_refused) {
    static const char *const bad[] = {"",          "26",      "2026-",      "2026-13",
                                      "2026-00",   "2026-1",  "2026-10-32", "2026-02-29",
                                      "2026-Q5",   "2026-Q0", "2026-W00",   "2026-W54",
                                      "2025-W53",  "2026-W1", "2026-10 ",   "october",
                                      "2026-10-1", "+026",    "20261001",   "2026-10-31T00:00:00Z"};
    struct period period;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (period_parse(bad[i], &period)) test_fail(__FILE__, __LINE__, "\"%s\"", bad[i]);
    }
    EXPECT(period_parse("2026-W53", &period));
    EXPECT_EQ(period.day, timestamp_days_from_civil(2026, 12, 28));
}
