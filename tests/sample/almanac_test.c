/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/almanac.h"

#include "base/timestamp.h"
#include "tests/test.h"

/* Goal: the sample's days are those of Germany. Method: dates that everybody can look up, and
 * office hours counted minute by minute. */

enum { FIRST_YEAR = 2024, DAYS = 366 + 365 + 365 + 365 };

static struct almanac made(void) {
    struct almanac almanac;
    EXPECT_OK(almanac_init(&almanac, timestamp_days_from_civil(FIRST_YEAR, 1, 1), DAYS, NULL));
    return almanac;
}

static int64_t at(const char *text) {
    int64_t utc_ms = 0;
    EXPECT(timestamp_parse(text, strlen(text), &utc_ms));
    return utc_ms;
}

TEST(almanac_knows_the_holidays_of_the_whole_country) {
    struct almanac almanac = made();
    static const char *const holidays[] = {
        "2024-03-29T12:00:00Z", "2024-04-01T12:00:00Z",     "2024-05-09T12:00:00Z",
        "2025-04-18T12:00:00Z", "2025-06-09T12:00:00Z",     "2026-04-03T12:00:00Z",
        "2026-04-06T12:00:00Z", "2026-05-01T12:00:00Z",     "2026-05-14T12:00:00Z",
        "2026-05-25T12:00:00Z", "2026-10-03T12:00:00Z",     "2027-03-26T12:00:00Z",
        "2027-12-26T12:00:00Z", "2026-01-01T00:00:00+01:00"};
    for (size_t i = 0; i < sizeof holidays / sizeof holidays[0]; i++) {
        EXPECT(almanac_at(&almanac, at(holidays[i]))->holiday);
        EXPECT(!almanac_at(&almanac, at(holidays[i]))->working);
    }
    int holiday_count = 0, working = 0;
    for (uint32_t i = 366 + 365; i < 366 + 365 + 365; i++) { /* 2026 */
        holiday_count += almanac.days[i].holiday;
        working += almanac.days[i].working;
    }
    EXPECT_EQ(holiday_count, 9);
    /* 261 weekdays, less seven holidays on weekdays, 24 and 31 December */
    EXPECT_EQ(working, 261 - 7 - 2);
    almanac_free(&almanac);
}

TEST(almanac_changes_the_clocks_at_the_right_hour) {
    struct almanac almanac = made();
    EXPECT_EQ(almanac_local(&almanac, at("2026-03-29T00:59:59Z")), at("2026-03-29T01:59:59Z"));
    EXPECT_EQ(almanac_local(&almanac, at("2026-03-29T01:00:00Z")), at("2026-03-29T03:00:00Z"));
    EXPECT_EQ(almanac_local(&almanac, at("2026-10-25T00:59:59Z")), at("2026-10-25T02:59:59Z"));
    EXPECT_EQ(almanac_local(&almanac, at("2026-10-25T01:00:00Z")), at("2026-10-25T02:00:00Z"));
    EXPECT_EQ(almanac_month(&almanac, at("2026-10-31T22:59:59Z")), 2026 * 12 + 9);
    EXPECT_EQ(almanac_month(&almanac, at("2026-10-31T23:00:00Z")), 2026 * 12 + 10);
    almanac_free(&almanac);
}

static bool is_office_minute(const struct almanac *almanac, int64_t utc_ms) {
    int64_t hour = almanac_local(almanac, utc_ms) % DAY_MS / HOUR_MS;
    return almanac_at(almanac, utc_ms)->working && hour >= OFFICE_OPENS_HOUR &&
           hour < OFFICE_CLOSES_HOUR;
}

TEST(almanac_after_equals_counting_office_minutes) {
    struct almanac almanac = made();
    uint64_t state = 11;
    for (int i = 0; i < 300; i++) {
        int64_t begin =
            at("2025-12-01T00:00:00Z") + (int64_t)(test_random(&state) % (200 * 24 * 60)) * 60000;
        int64_t minutes = (int64_t)(test_random(&state) % 3000), left = minutes, now = begin;
        while (left > 0 || !is_office_minute(&almanac, now)) {
            left -= is_office_minute(&almanac, now);
            now += 60000;
        }
        EXPECT_EQ(almanac_after(&almanac, begin, minutes * 60000), now);
    }
    almanac_free(&almanac);
}

TEST(almanac_stays_within_its_days) {
    struct almanac almanac = made();
    int64_t end = (almanac.first_day + DAYS) * DAY_MS;
    EXPECT_EQ(almanac_after(&almanac, end - DAY_MS, 100 * OFFICE_DAY_MS), end);
    EXPECT_EQ(almanac_index(&almanac, end + 100 * DAY_MS), DAYS - 1);
    EXPECT_EQ(almanac_index(&almanac, almanac.first_day * DAY_MS - 10 * DAY_MS), 0);
    almanac_free(&almanac);
}
