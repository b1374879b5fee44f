/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: holidays are those of the laws, working days those of a loop over days. Method: sixty years
 * of three Länder from a public list; the number of holidays of every Land by hand, year by year of
 * change; Easter by another algorithm; random moments against a loop. */
#include "calendar/calendar.h"

#include <stdlib.h>

#include "base/compression.h"
#include "base/timestamp.h"
#include "tests/test.h"

enum { DAY_MS = 86400000 };

static int64_t date(int64_t year, int month, int day) {
    return timestamp_days_from_civil(year, month, day);
}

static const struct time_zone *berlin(struct arena *arena) {
    const struct time_zone *zone = NULL;
    EXPECT_OK(timezone_load("Europe/Berlin", arena, &zone, NULL));
    return zone;
}

/* --- against a public list --- */

enum { LIST_BYTES_MAX = 1 << 20 };

static char *read_list(const char *name) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/de_holidays/%s.json.zst", test_data_folder(), name);
    struct stream *stream = NULL;
    struct error err = {0};
    if (stream_open(path, &stream, &err) != STATUS_OK) {
        test_fail(__FILE__, __LINE__, "%s", err.text);
        return NULL;
    }
    char *text = calloc(1, LIST_BYTES_MAX);
    size_t size = 0, piece = 1;
    while (piece > 0 && size < LIST_BYTES_MAX - 1) {
        EXPECT_OK(stream_read(stream, text + size, LIST_BYTES_MAX - 1 - size, &piece, NULL));
        size += piece;
    }
    stream_close(stream);
    return text;
}

/* Lines are "1991-10-03": "German Unity Day; Autumn Break", where breaks are those of schools. */
static bool names_a_holiday(const char *names, const char *end) {
    while (names < end) {
        const char *stop = names;
        while (stop < end && *stop != ';') stop++;
        if (stop - names < 5 || memcmp(stop - 5, "Break", 5) != 0) return true;
        names = stop + 2;
    }
    return false;
}

static void compare_with_list(const char *list, enum region region) {
    char *text = read_list(list);
    if (text == NULL) return;
    int64_t first = date(1991, 1, 1), last = date(2050, 12, 31);
    bool *listed = calloc((size_t)(last - first + 1), sizeof *listed);
    int count = 0;
    for (char *at = text; (at = strstr(at, "\n    \"")) != NULL;) {
        int year, month, day;
        EXPECT_EQ(sscanf(at, "\n    \"%4d-%2d-%2d\": \"", &year, &month, &day), 3);
        const char *names = at + strlen("\n    \"1991-01-01\": \"");
        const char *end = strchr(names, '"');
        bool holiday = names_a_holiday(names, end);
        listed[date(year, month, day) - first] = holiday;
        count += holiday;
        at += 5;
    }
    EXPECT(count > 60 * 10);
    for (int64_t day = first; day <= last; day++) {
        if (calendar_is_holiday(region, day) == listed[day - first]) continue;
        int64_t year;
        int month, day_of_month;
        timestamp_civil_from_days(day, &year, &month, &day_of_month);
        test_fail(__FILE__, __LINE__, "%s: %d-%02d-%02d", list, (int)year, month, day_of_month);
    }
    free(listed);
    free(text);
}

TEST(holidays_of_three_laender_are_those_of_a_public_list_for_sixty_years) {
    if (test_data_folder() == NULL) TEST_SKIP("no folder of real data");
    compare_with_list("DE_BY", REGION_BY);
    compare_with_list("DE_NW", REGION_NW);
    /* The list counts Corpus Christi, which in Saxony is a holiday of a few parishes only. */
    compare_with_list("DE_SN", REGION_SN_CORPUS_CHRISTI);
}

/* --- by hand --- */

static int holiday_count(enum region region, int64_t year) {
    int count = 0;
    for (int64_t day = date(year, 1, 1); day < date(year + 1, 1, 1); day++)
        count += calendar_is_holiday(region, day);
    return count;
}

TEST(every_land_has_its_number_of_holidays) {
    static const struct {
        enum region region;
        int in_1994, in_2016, in_2017, in_2018, in_2020, in_2025, in_2026;
    } rows[] = {
        {REGION_SH, 10, 9, 10, 10, 10, 10, 10},  {REGION_HH, 10, 9, 10, 10, 10, 10, 10},
        {REGION_NI, 10, 9, 10, 10, 10, 10, 10},  {REGION_HB, 10, 9, 10, 10, 10, 10, 10},
        {REGION_NW, 12, 11, 12, 11, 11, 11, 11}, {REGION_HE, 11, 10, 11, 10, 10, 10, 10},
        {REGION_RP, 12, 11, 12, 11, 11, 11, 11}, {REGION_BW, 13, 12, 13, 12, 12, 12, 12},
        {REGION_BY, 14, 13, 14, 13, 13, 13, 13}, {REGION_SL, 13, 12, 13, 12, 12, 12, 12},
        {REGION_BE, 10, 9, 10, 9, 11, 11, 10},   {REGION_BB, 13, 12, 12, 12, 12, 12, 12},
        {REGION_MV, 11, 10, 10, 10, 10, 11, 11}, {REGION_SN, 11, 11, 11, 11, 11, 11, 11},
        {REGION_ST, 12, 11, 11, 11, 11, 11, 11}, {REGION_TH, 11, 10, 10, 10, 11, 11, 11},
        {REGION_GERMANY, 10, 9, 10, 9, 9, 9, 9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        EXPECT_EQ(holiday_count(rows[i].region, 1994), rows[i].in_1994);
        EXPECT_EQ(holiday_count(rows[i].region, 2016), rows[i].in_2016);
        EXPECT_EQ(holiday_count(rows[i].region, 2017), rows[i].in_2017);
        EXPECT_EQ(holiday_count(rows[i].region, 2018), rows[i].in_2018);
        EXPECT_EQ(holiday_count(rows[i].region, 2020), rows[i].in_2020);
        EXPECT_EQ(holiday_count(rows[i].region, 2025), rows[i].in_2025);
        EXPECT_EQ(holiday_count(rows[i].region, 2026), rows[i].in_2026);
    }
}

TEST(days_that_laws_changed_are_where_they_belong) {
    EXPECT(calendar_is_holiday(REGION_BE, date(2019, 3, 8)));
    EXPECT(!calendar_is_holiday(REGION_BE, date(2018, 3, 8)));
    EXPECT(calendar_is_holiday(REGION_MV, date(2023, 3, 8)));
    EXPECT(!calendar_is_holiday(REGION_MV, date(2022, 3, 8)));
    EXPECT(calendar_is_holiday(REGION_BE, date(2020, 5, 8)));
    EXPECT(calendar_is_holiday(REGION_BE, date(2025, 5, 8)));
    EXPECT(!calendar_is_holiday(REGION_BE, date(2021, 5, 8)));
    EXPECT(calendar_is_holiday(REGION_TH, date(2019, 9, 20)));
    EXPECT(!calendar_is_holiday(REGION_TH, date(2018, 9, 20)));
    EXPECT(calendar_is_holiday(REGION_HH, date(2018, 10, 31)));
    EXPECT(!calendar_is_holiday(REGION_HH, date(2016, 10, 31)));
    EXPECT(calendar_is_holiday(REGION_HE, date(2017, 10, 31)));
    EXPECT(calendar_is_holiday(REGION_SN, date(2026, 11, 18)));
    EXPECT(!calendar_is_holiday(REGION_HE, date(2026, 11, 18)));
    EXPECT(calendar_is_holiday(REGION_HE, date(1994, 11, 16)));
    EXPECT(!calendar_is_holiday(REGION_NW, date(1989, 10, 3)));
}

TEST(places_differ_from_their_land_by_one_day) {
    static const struct {
        enum region place, land;
        int month, day; /* of 2026 */
    } rows[] = {{REGION_BY_NO_ASSUMPTION, REGION_BY, 8, 15},
                {REGION_BY_AUGSBURG, REGION_BY, 8, 8},
                {REGION_SN_CORPUS_CHRISTI, REGION_SN, 6, 4},
                {REGION_TH_CORPUS_CHRISTI, REGION_TH, 6, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t different = date(2026, rows[i].month, rows[i].day);
        for (int64_t day = date(2026, 1, 1); day < date(2027, 1, 1); day++) {
            bool equal =
                calendar_is_holiday(rows[i].place, day) == calendar_is_holiday(rows[i].land, day);
            EXPECT_EQ(equal, day != different);
        }
    }
}

TEST(easter_is_that_of_another_algorithm) {
    for (int64_t year = 1583; year <= 4099; year++) { /* Meeus, Jones and Butcher */
        int64_t a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4;
        int64_t f = (b + 8) / 25, g = (b - f + 1) / 3, h = (19 * a + b - d - g + 15) % 30;
        int64_t i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
        int64_t m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;
        EXPECT(calendar_is_holiday(REGION_BB, date(year, (int)(n / 31), (int)(n % 31 + 1))));
    }
}

/* --- working days --- */

static const struct calendar *build(const char *words, const char *const *tenants, uint32_t count,
                                    struct arena *arena) {
    struct calendar *calendar = NULL;
    struct error err = {0};
    enum status status =
        calendar_build(berlin(arena), 2000, 2029, words, tenants, count, arena, &calendar, &err);
    if (status != STATUS_OK) test_fail(__FILE__, __LINE__, "%s", err.text);
    return calendar;
}

static int64_t working_days_by_loop(const struct time_zone *zone, enum region region,
                                    int64_t from_ms, int64_t to_ms) {
    int64_t count = 0;
    for (int64_t day = timezone_day(zone, from_ms) + 1; day <= timezone_day(zone, to_ms); day++) {
        int64_t weekday = (day + 3) % 7; /* 0: Monday */
        count += weekday < 5 && !calendar_is_holiday(region, day);
    }
    return count;
}

TEST(working_days_are_those_of_a_loop_in_every_land_for_thirty_years) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    const struct calendar *calendar = build(NULL, NULL, 0, &arena);
    const struct time_zone *zone = berlin(&arena);
    const int64_t from_ms = timezone_day_start_ms(zone, date(2000, 1, 1));
    const uint64_t width_ms = (uint64_t)(timezone_day_start_ms(zone, date(2030, 1, 1)) - from_ms);
    uint64_t seed = 21;
    for (enum region region = 0; region < REGION_COUNT; region++) {
        for (int run = 0; run < 400; run++) {
            int64_t a = from_ms + (int64_t)(test_random(&seed) % width_ms);
            int64_t b = run % 2 == 0 ? from_ms + (int64_t)(test_random(&seed) % width_ms)
                                     : a + (int64_t)(test_random(&seed) % (20 * (uint64_t)DAY_MS));
            if (b >= from_ms + (int64_t)width_ms) b = a;
            EXPECT_EQ(calendar_working_days(calendar, region, a, b),
                      working_days_by_loop(zone, region, a, b));
        }
    }
    arena_free(&arena);
}

TEST(every_day_of_thirty_years_has_its_edges_at_midnight) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    const struct calendar *calendar = build(NULL, NULL, 0, &arena);
    const struct time_zone *zone = berlin(&arena);
    for (int64_t day = date(2000, 1, 2); day < date(2029, 12, 31); day++) {
        int64_t midnight = timezone_day_start_ms(zone, day);
        int64_t weekday = (day + 3) % 7;
        bool working = weekday < 5 && !calendar_is_holiday(REGION_SN, day);
        int64_t found = calendar_working_days(calendar, REGION_SN, midnight - 1, midnight);
        if (found != working) test_fail(__FILE__, __LINE__, "day %" PRId64, day);
        int64_t next = timezone_day_start_ms(zone, day + 1);
        EXPECT_EQ(calendar_working_days(calendar, REGION_SN, midnight, next - 1), 0);
    }
    arena_free(&arena);
}

static int64_t berlin_ms(const char *text) {
    int64_t utc_ms = 0;
    EXPECT(timestamp_parse(text, strlen(text), &utc_ms));
    return utc_ms;
}

TEST(days_are_found_where_the_year_begins_in_summer_time) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    const struct time_zone *zone = NULL;
    EXPECT_OK(timezone_load("Australia/Sydney", &arena, &zone, NULL));
    struct calendar *calendar = NULL;
    EXPECT_OK(calendar_build(zone, 2026, 2026, NULL, NULL, 0, &arena, &calendar, NULL));
    for (int64_t day = date(2026, 1, 2); calendar != NULL && day < date(2026, 12, 31); day++) {
        int64_t midnight = timezone_day_start_ms(zone, day);
        bool working = (day + 3) % 7 < 5 && !calendar_is_holiday(REGION_HE, day);
        EXPECT_EQ(calendar_working_days(calendar, REGION_HE, midnight - 1, midnight), working);
    }
    arena_free(&arena);
}

TEST(the_day_of_receipt_does_not_count) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    const struct calendar *calendar = build(NULL, NULL, 0, &arena);
    /* Thursday before Easter 2026 to the Tuesday after: one working day, the Tuesday. */
    int64_t received = berlin_ms("2026-04-02T23:59:59+02:00");
    EXPECT_EQ(calendar_working_days(calendar, REGION_NW, received,
                                    berlin_ms("2026-04-07T00:00:00+02:00")),
              1);
    EXPECT_EQ(calendar_working_days(calendar, REGION_NW, received,
                                    berlin_ms("2026-04-06T23:59:59+02:00")),
              0);
    EXPECT_EQ(calendar_working_days(calendar, REGION_NW, received, received), 0);
    EXPECT_EQ(calendar_working_days(calendar, REGION_NW, received, received - DAY_MS), 0);
    arena_free(&arena);
}

TEST(moments_outside_the_years_covered_are_told) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    const struct calendar *calendar = build(NULL, NULL, 0, &arena);
    int64_t inside = berlin_ms("2020-01-02T00:00:00Z");
    int64_t before = berlin_ms("1999-12-31T22:59:59Z"), after = berlin_ms("2029-12-31T23:00:00Z");
    EXPECT_EQ(calendar_working_days(calendar, REGION_NW, before, inside), -1);
    EXPECT_EQ(calendar_working_days(calendar, REGION_NW, inside, after), -1);
    EXPECT_EQ(calendar_working_days(calendar, REGION_NW, INT64_MIN, inside), -1);
    EXPECT_EQ(calendar_working_days(calendar, REGION_NW, inside, INT64_MAX), -1);
    EXPECT(calendar_working_days(calendar, REGION_NW, before + 1000, after - 1) > 7000);
    arena_free(&arena);
}

TEST(every_tenant_has_the_calendar_of_its_place) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    const struct calendar *calendar =
        build("095640000001=BY,09564=BY-no-assumption,12-24,0956=BY-augsburg", NULL, 0, &arena);
    EXPECT_EQ(calendar_region(calendar, "053150000000", 12), REGION_NW);
    EXPECT_EQ(calendar_region(calendar, "091620000000", 12), REGION_BY);
    EXPECT_EQ(calendar_region(calendar, "097610000000", 12), REGION_BY_AUGSBURG);
    EXPECT_EQ(calendar_region(calendar, "160610045045", 12), REGION_TH_CORPUS_CHRISTI);
    EXPECT_EQ(calendar_region(calendar, "160620041041", 12), REGION_TH);
    EXPECT_EQ(calendar_region(calendar, "095640000000", 12), REGION_BY_NO_ASSUMPTION);
    EXPECT_EQ(calendar_region(calendar, "095640000001", 12), REGION_BY);
    EXPECT_EQ(calendar_region(calendar, "000000000000", 12), REGION_GERMANY);
    EXPECT_EQ(calendar_region(calendar, "170000000000", 12), REGION_GERMANY);
    EXPECT_EQ(calendar_region(calendar, "town", 4), REGION_GERMANY);
    EXPECT_EQ(calendar_region(calendar, "", 0), REGION_GERMANY);
    for (int land = 1; land <= 16; land++) {
        char ars[3];
        (void)snprintf(ars, sizeof ars, "%02d", land);
        EXPECT_EQ(calendar_region(calendar, ars, 2), land);
    }
    arena_free(&arena);
}

TEST(the_last_days_of_december_can_be_switched_off) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    int64_t from = berlin_ms("2026-12-23T12:00:00Z"), to = berlin_ms("2026-12-31T12:00:00Z");
    static const struct {
        const char *words;
        int64_t days;
    } rows[] = {{NULL, 5}, {"", 5}, {"12-24", 4}, {"12-31", 4}, {"12-24,12-31", 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct calendar *calendar = build(rows[i].words, NULL, 0, &arena);
        EXPECT_EQ(calendar_working_days(calendar, REGION_HE, from, to), rows[i].days);
    }
    arena_free(&arena);
}

TEST(the_id_says_what_was_counted) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    const char *cologne[] = {"053150000000", "053340002002"};
    const char *mixed[] = {"053150000000", "091620000000"};
    EXPECT_TEXT(build(NULL, cologne, 2, &arena)->id, "de-NW-" CALENDAR_VERSION);
    EXPECT_TEXT(build(NULL, mixed, 2, &arena)->id, "de-*-" CALENDAR_VERSION);
    EXPECT_TEXT(build(NULL, NULL, 0, &arena)->id, "de-*-" CALENDAR_VERSION);
    EXPECT_TEXT(build("12-24,12-31", mixed + 1, 1, &arena)->id,
                "de-BY-" CALENDAR_VERSION "+12-24+12-31");
    const char *places = build("09564=BY-no-assumption", mixed, 2, &arena)->id;
    EXPECT(strncmp(places, "de-*-" CALENDAR_VERSION "+places.", 19) == 0);
    EXPECT(strcmp(places, build("09574=BY-no-assumption", mixed, 2, &arena)->id) != 0);
    arena_free(&arena);
}

TEST(bad_words_are_named) {
    static const char *const bad[] = {"12-25",    "1224",         "09564",           "09564=",
                                      "9=BY",     "0956x=BY",     "09564=Bayern",    "12-24;12-31",
                                      "12-24, x", "=BY-augsburg", "0956400000000=BY"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arena arena;
        arena_init(&arena, 64 << 20);
        struct calendar *calendar = NULL;
        struct error err = {0};
        EXPECT_EQ(
            calendar_build(berlin(&arena), 2026, 2026, bad[i], NULL, 0, &arena, &calendar, &err),
            STATUS_INVALID);
        EXPECT(strstr(err.text, "12-24") != NULL && calendar == NULL);
        arena_free(&arena);
    }
}

TEST(a_small_budget_is_an_answer) {
    struct arena zone_arena;
    arena_init(&zone_arena, 1 << 20);
    const struct time_zone *zone = berlin(&zone_arena);
    for (size_t budget = 0; budget < 60000; budget += 512) {
        struct arena arena;
        arena_init(&arena, budget);
        struct calendar *calendar = NULL;
        enum status status =
            calendar_build(zone, 2026, 2026, "12-24", NULL, 0, &arena, &calendar, NULL);
        EXPECT(status == (calendar == NULL ? STATUS_NO_MEMORY : STATUS_OK));
        arena_free(&arena);
    }
    arena_free(&zone_arena);
}

TEST(years_beyond_the_limits_are_clipped) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    struct calendar *calendar = NULL;
    EXPECT_OK(calendar_build(berlin(&arena), 1, 9999, NULL, NULL, 0, &arena, &calendar, NULL));
    EXPECT_EQ(calendar->first_day, date(CALENDAR_YEAR_MIN, 1, 1));
    EXPECT_EQ(calendar->first_day + calendar->day_count, date(CALENDAR_YEAR_MAX + 1, 1, 1));
    arena_free(&arena);
}
