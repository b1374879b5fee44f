/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: periods end as sections 187 to 193 BGB say. Method: the cases that the law itself speaks
 * of, by hand; every day of four years and every length against a walk from day to day, month to
 * month; the last day moved against a loop. */
#include "calendar/deadline.h"

#include "base/timestamp.h"
#include "tests/test.h"

static int64_t date(int64_t year, int month, int day) {
    return timestamp_days_from_civil(year, month, day);
}

static struct deadline deadline(const char *text) {
    struct deadline found = {0};
    EXPECT(deadline_parse(text, strlen(text), &found));
    return found;
}

static void expect_last(const char *text, enum deadline_begin begin, int64_t day,
                        int64_t expected) {
    const int64_t found = deadline_last_day(deadline(text), begin, day);
    if (found == expected) return;
    int64_t year;
    int month, day_of_month;
    timestamp_civil_from_days(found, &year, &month, &day_of_month);
    test_fail(__FILE__, __LINE__, "%s ends on %d-%02d-%02d", text, (int)year, month, day_of_month);
}

TEST(words_are_a_number_and_a_unit) {
    static const char *const bad[] = {"",   "m",  "0d",  "3",    "3mo", "-3d",    "3 m",
                                      "3M", "d3", "31y", "1.5m", "wd",  "99999h", "10981d"};
    EXPECT_EQ(deadline("3m").unit, DEADLINE_MONTHS);
    EXPECT_EQ(deadline("3m").count, 3);
    EXPECT_EQ(deadline("20wd").unit, DEADLINE_WORKING_DAYS);
    EXPECT_EQ(deadline("20w").unit, DEADLINE_WEEKS);
    EXPECT_EQ(deadline("48h").unit, DEADLINE_HOURS);
    EXPECT_EQ(deadline("30y").unit, DEADLINE_YEARS);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct deadline found;
        EXPECT(!deadline_parse(bad[i], strlen(bad[i]), &found));
    }
}

/* Section 187 (1), 188 (1) and (2): an event begins it, its day does not count. */
TEST(periods_from_an_event_end_on_the_day_of_the_same_name_or_number) {
    const enum deadline_begin event = DEADLINE_FROM_EVENT;
    expect_last("1d", event, date(2026, 3, 2), date(2026, 3, 3));
    expect_last("14d", event, date(2026, 3, 2), date(2026, 3, 16));
    expect_last("2w", event, date(2026, 3, 2), date(2026, 3, 16)); /* Monday to Monday */
    expect_last("1m", event, date(2026, 1, 15), date(2026, 2, 15));
    expect_last("3m", event, date(2026, 11, 30), date(2027, 2, 28));
    expect_last("1y", event, date(2026, 7, 1), date(2027, 7, 1));
}

/* Section 187 (2), 188 (2): the beginning of a day begins it, that day counts; lives too. */
TEST(periods_from_the_beginning_of_a_day_end_the_day_before) {
    const enum deadline_begin begin = DEADLINE_FROM_DAY;
    expect_last("1d", begin, date(2026, 3, 2), date(2026, 3, 2));
    expect_last("1w", begin, date(2026, 3, 2), date(2026, 3, 8)); /* Monday to Sunday */
    expect_last("1m", begin, date(2026, 4, 1), date(2026, 4, 30));
    expect_last("1m", begin, date(2026, 2, 15), date(2026, 3, 14));
    expect_last("1m", begin, date(2026, 2, 1), date(2026, 2, 28));
    expect_last("6m", begin, date(2026, 1, 1), date(2026, 6, 30)); /* half a year, section 189 */
    expect_last("1y", begin, date(2026, 1, 1), date(2026, 12, 31));
    expect_last("18y", begin, date(2008, 2, 29), date(2026, 2, 28)); /* of age on 1 March */
}

/* Section 188 (3). */
TEST(where_the_last_month_lacks_the_day_its_last_day_ends_the_period) {
    expect_last("1m", DEADLINE_FROM_EVENT, date(2026, 1, 31), date(2026, 2, 28));
    expect_last("1m", DEADLINE_FROM_EVENT, date(2026, 1, 29), date(2026, 2, 28));
    expect_last("1m", DEADLINE_FROM_EVENT, date(2028, 1, 31), date(2028, 2, 29));
    expect_last("1m", DEADLINE_FROM_EVENT, date(2026, 3, 31), date(2026, 4, 30));
    expect_last("1m", DEADLINE_FROM_EVENT, date(2026, 2, 28), date(2026, 3, 28));
    expect_last("3m", DEADLINE_FROM_EVENT, date(2026, 8, 31), date(2026, 11, 30));
    expect_last("1y", DEADLINE_FROM_EVENT, date(2028, 2, 29), date(2029, 2, 28));
    expect_last("4y", DEADLINE_FROM_EVENT, date(2028, 2, 29), date(2032, 2, 29));
    expect_last("1m", DEADLINE_FROM_DAY, date(2026, 1, 31), date(2026, 2, 28));
    expect_last("1m", DEADLINE_FROM_DAY, date(2026, 1, 30), date(2026, 2, 28));
    expect_last("1m", DEADLINE_FROM_DAY, date(2026, 1, 29), date(2026, 2, 28));
    expect_last("1m", DEADLINE_FROM_DAY, date(2026, 1, 28), date(2026, 2, 27));
}

static int length_of_month(int64_t year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Month after month; then the day, or the last that there is. */
static int64_t by_walking(int64_t day, uint32_t months, bool from_day) {
    int64_t year;
    int month, number;
    timestamp_civil_from_days(day, &year, &month, &number);
    for (uint32_t i = 0; i < months; i++) {
        month = month == 12 ? 1 : month + 1;
        year += month == 1;
    }
    if (from_day && number == 1) return date(year, month, 1) - 1;
    if (from_day) number--;
    while (number > length_of_month(year, month)) number--;
    return date(year, month, number);
}

TEST(every_day_and_length_ends_where_a_walk_over_the_months_does) {
    for (int64_t day = date(2023, 1, 1); day < date(2028, 3, 2); day++) {
        for (uint32_t count = 1; count <= 30; count++) {
            for (int begin = DEADLINE_FROM_EVENT; begin <= DEADLINE_FROM_DAY; begin++) {
                const bool from_day = begin == DEADLINE_FROM_DAY;
                const enum deadline_begin how = (enum deadline_begin)begin;
                EXPECT_EQ(deadline_last_day((struct deadline){count, DEADLINE_MONTHS}, how, day),
                          by_walking(day, count, from_day));
                EXPECT_EQ(deadline_last_day((struct deadline){count, DEADLINE_YEARS}, how, day),
                          by_walking(day, 12 * count, from_day));
                EXPECT_EQ(deadline_last_day((struct deadline){count, DEADLINE_WEEKS}, how, day),
                          day + 7 * (int)count - from_day);
                EXPECT_EQ(deadline_last_day((struct deadline){count, DEADLINE_DAYS}, how, day),
                          day + (int)count - from_day);
            }
        }
    }
}

/* --- section 193 --- */

static struct calendar *build(int64_t from, int64_t to, const char *words, struct arena *arena) {
    const struct time_zone *zone = NULL;
    struct calendar *calendar = NULL;
    EXPECT_OK(timezone_load("Europe/Berlin", arena, &zone, NULL));
    EXPECT_OK(calendar_build(zone, from, to, words, NULL, 0, false, arena, &calendar, NULL));
    return calendar;
}

static bool is_working(const struct calendar *calendar, enum region region, int64_t day) {
    const int64_t weekday = (day + 3) % 7;
    return weekday < 5 && !calendar_is_holiday(region, day) && calendar != NULL;
}

/* The last day, found from day to day. */
static int64_t last_by_loop(const struct calendar *calendar, enum region region,
                            struct deadline deadline, int64_t day) {
    if (deadline.unit == DEADLINE_WORKING_DAYS) {
        for (uint32_t left = deadline.count; left > 0;)
            left -= is_working(calendar, region, ++day) ? 1 : 0;
        return day;
    }
    day = deadline_last_day(deadline, DEADLINE_FROM_EVENT, day);
    while (!is_working(calendar, region, day)) day++;
    return day;
}

TEST(the_last_day_is_moved_to_a_working_day_in_every_land_for_thirty_years) {
    static const char *const texts[] = {"1d", "14d", "1wd", "20wd", "2w", "1m", "3m", "1y"};
    struct arena arena;
    arena_init(&arena, 256 << 20);
    const struct calendar *calendar = build(2000, 2030, NULL, &arena);
    for (enum region region = 0; region < REGION_COUNT; region++) {
        const struct deadline each = deadline(texts[region % 8]);
        const int64_t *due = deadline_table(each, calendar, region, &arena);
        for (int64_t day = date(2000, 1, 1); day < date(2029, 12, 1); day++) {
            const int64_t last = last_by_loop(calendar, region, each, day);
            EXPECT_EQ(due[day - calendar->first_day],
                      timezone_day_start_ms(calendar->zone, last + 1));
            EXPECT(last - day < deadline_days_max(each));
        }
    }
    arena_free(&arena);
}

TEST(a_period_that_ends_at_easter_ends_on_the_tuesday_after_it) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    const struct calendar *calendar = build(2026, 2026, NULL, &arena);
    const int64_t received = date(2026, 3, 3) - calendar->first_day; /* a month to Good Friday */
    const int64_t *due = deadline_table(deadline("1m"), calendar, REGION_HE, &arena);
    EXPECT_EQ(due[received], calendar->day_start_ms[date(2026, 4, 8) - calendar->first_day]);
    arena_free(&arena);
}

/* Section 193 names Saturdays, Sundays and holidays that the state recognises, and no others. */
TEST(a_day_on_which_an_office_chooses_to_be_closed_moves_no_deadline) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    const struct calendar *calendar = build(2026, 2026, "12-24,05=04-07", &arena);
    const enum region closed = calendar_region(calendar, "053150000000", 12);
    const int64_t *month = deadline_table(deadline("1m"), calendar, closed, &arena);
    const int64_t *working = deadline_table(deadline("1wd"), calendar, closed, &arena);
    const struct {
        int month, day, due_month, due_day;
        const int64_t *table;
    } known[] = {{3, 7, 4, 7, month},     /* the Tuesday after Easter itself */
                 {3, 3, 4, 7, month},     /* from Good Friday to it */
                 {11, 24, 12, 24, month}, /* Christmas Eve, closed everywhere here */
                 {4, 2, 4, 8, working},   /* working days are those of the place */
                 {12, 23, 12, 28, working}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        EXPECT_EQ(known[i].table[date(2026, known[i].month, known[i].day) - calendar->first_day],
                  calendar->day_start_ms[date(2026, known[i].due_month, known[i].due_day) + 1 -
                                         calendar->first_day]);
    arena_free(&arena);
}

TEST(what_ends_after_the_calendar_is_not_known) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    const struct calendar *calendar = build(2026, 2026, NULL, &arena);
    const int64_t *months = deadline_table(deadline("3m"), calendar, REGION_NW, &arena);
    const int64_t *days = deadline_table(deadline("20wd"), calendar, REGION_NW, &arena);
    for (int64_t d = 0; d < calendar->day_count; d++) {
        EXPECT_EQ(months[d] == INT64_MAX, d >= date(2026, 10, 1) - calendar->first_day);
        EXPECT_EQ(days[d] == INT64_MAX, d >= date(2026, 12, 3) - calendar->first_day);
    }
    arena_free(&arena);
}
