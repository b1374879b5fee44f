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

/* --- against the laws, written out --- */

/* Each Land's holidays as its law lists them: dates, days after Easter Sunday (E) and Buß- und
 * Bettag (B), the years in which each holds. Independent of the code: another
 * form, another Easter. */
#define ALL_GERMANY "0101 E-02 E+01 0501 E+39 E+50 1003 1225 1226 B:1991-1994 1031:2017-2017 "
static const char *const laws[REGION_TH + 1] = {
    [REGION_GERMANY] = ALL_GERMANY,
    [REGION_SH] = ALL_GERMANY "1031:2018-2050",
    [REGION_HH] = ALL_GERMANY "1031:2018-2050",
    [REGION_NI] = ALL_GERMANY "1031:2018-2050",
    [REGION_HB] = ALL_GERMANY "1031:2018-2050",
    [REGION_NW] = ALL_GERMANY "E+60 1101",
    [REGION_HE] = ALL_GERMANY "E+60",
    [REGION_RP] = ALL_GERMANY "E+60 1101",
    [REGION_BW] = ALL_GERMANY "0106 E+60 1101",
    [REGION_BY] = ALL_GERMANY "0106 E+60 0815 1101",
    [REGION_SL] = ALL_GERMANY "E+60 0815 1101",
    [REGION_BE] = ALL_GERMANY "0308:2019-2050 0508:2020-2020 0508:2025-2025 0617:2028-2028",
    [REGION_BB] = ALL_GERMANY "E+00 E+49 1031",
    [REGION_MV] = ALL_GERMANY "1031 0308:2023-2050",
    [REGION_SN] = ALL_GERMANY "1031 B:1995-2050",
    [REGION_ST] = ALL_GERMANY "0106 1031",
    [REGION_TH] = ALL_GERMANY "1031 0920:2019-2050"};

/* Meeus, Jones and Butcher. */
static int64_t other_easter(int64_t year) {
    int64_t a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4;
    int64_t f = (b + 8) / 25, g = (b - f + 1) / 3, h = (19 * a + b - d - g + 15) % 30;
    int64_t i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
    int64_t m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;
    return date(year, (int)(n / 31), (int)(n % 31 + 1));
}

static int64_t day_of_word(const char *word, int64_t year) {
    if (word[0] == 'E') return other_easter(year) + (int)strtol(word + 1, NULL, 10);
    if (word[0] == 'B') { /* the Wednesday eleven days before the first of four Sundays in Advent */
        int64_t christmas = date(year, 12, 25);
        int64_t fourth_advent = christmas - 1 - ((christmas - 1 + 4) % 7);
        return fourth_advent - 21 - 11;
    }
    const int number = (int)strtol(word, NULL, 10);
    return date(year, number / 100, number % 100);
}

static bool is_by_law(const char *law, int64_t year, int64_t day) {
    for (const char *word = law; *word != '\0'; word += strcspn(word, " "), word += *word == ' ') {
        long from = 1991, to = 2050;
        const char *years = strpbrk(word, ": ");
        if (years != NULL && *years == ':') {
            from = strtol(years + 1, NULL, 10);
            to = strtol(years + 6, NULL, 10);
        }
        if (year >= from && year <= to && day_of_word(word, year) == day) return true;
    }
    return false;
}

TEST(holidays_of_all_laender_are_those_of_their_laws_for_sixty_years) {
    for (enum region region = 0; region <= REGION_TH; region++) {
        for (int64_t year = 1991; year <= 2050; year++) {
            for (int64_t day = date(year, 1, 1); day < date(year + 1, 1, 1); day++)
                if (calendar_is_holiday(region, day) != is_by_law(laws[region], year, day))
                    test_fail(__FILE__, __LINE__, "%s: day %d of %d", region_text(region),
                              (int)(day - date(year, 1, 1)) + 1, (int)year);
        }
    }
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
    for (int64_t year = 1583; year <= 4099; year++)
        EXPECT(calendar_is_holiday(REGION_BB, other_easter(year)));
}

/* --- working days --- */

static const struct calendar *build(const char *words, const char *const *tenants, uint32_t count,
                                    struct arena *arena) {
    struct calendar *calendar = NULL;
    struct error err = {0};
    enum status status = calendar_build(berlin(arena), 2000, 2029, words, tenants, count, true,
                                        arena, &calendar, &err);
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
    EXPECT_OK(calendar_build(zone, 2026, 2026, NULL, NULL, 0, true, &arena, &calendar, NULL));
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

/* --- closing days of places --- */

static bool is_open_day(const struct calendar *calendar, const char *ars, int64_t day) {
    const enum region region = calendar_region(calendar, ars, strlen(ars));
    const int64_t noon = calendar->day_start_ms[day - calendar->first_day] + DAY_MS / 2;
    return calendar_working_days(calendar, region, noon - DAY_MS, noon) == 1;
}

TEST(places_close_on_days_of_their_own) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    /* Rosenmontag: the Monday 48 days before Easter Sunday. 5 December 2025 is a Friday. */
    const struct calendar *calendar =
        build("053150000000=2026-02-16,05315=2025-03-03,09=2025-12-05,09162=BY-no-assumption,02-29",
              NULL, 0, &arena);
    const char *cologne = "053150000000", *other = "053150000001", *bonn = "053140000000";
    EXPECT(!is_open_day(calendar, cologne, date(2026, 2, 16)));
    EXPECT(!is_open_day(calendar, cologne, date(2025, 3, 3)));
    EXPECT(is_open_day(calendar, other, date(2026, 2, 16)));
    EXPECT(!is_open_day(calendar, other, date(2025, 3, 3)));
    EXPECT(is_open_day(calendar, bonn, date(2025, 3, 3)));
    EXPECT(is_open_day(calendar, cologne, date(2027, 2, 16)));
    /* What a Land is told holds in each of its places, and their holidays stay theirs. */
    EXPECT(!is_open_day(calendar, "095640000000", date(2025, 12, 5)));
    EXPECT(!is_open_day(calendar, "097610000000", date(2025, 12, 5)));
    EXPECT(!is_open_day(calendar, "091620000000", date(2025, 12, 5)));
    EXPECT(!is_open_day(calendar, "097610000000", date(2025, 8, 8)));
    EXPECT(is_open_day(calendar, "095640000000", date(2025, 8, 8)));
    EXPECT(is_open_day(calendar, "091620000000", date(2025, 8, 15)));
    EXPECT(!is_open_day(calendar, "095640000000", date(2025, 8, 15)));
    EXPECT(!is_open_day(calendar, cologne, date(2026, 6, 4)));
    EXPECT(is_open_day(calendar, bonn, date(2025, 12, 5)));
    /* A day that not every year has. */
    EXPECT(!is_open_day(calendar, bonn, date(2024, 2, 29)));
    EXPECT(is_open_day(calendar, bonn, date(2023, 3, 1)));
    arena_free(&arena);
}

/* --- office hours --- */

/* A minute after the other, by the wall clock. */
static int64_t open_by_loop(const struct time_zone *zone, enum region region, int64_t from_ms,
                            int64_t to_ms, int (*is_open)(int weekday, int minute)) {
    int64_t sum = 0;
    for (int64_t at = from_ms; at < to_ms; at += 60000) {
        const int64_t local = timezone_local_ms(zone, at), day = timezone_day(zone, at);
        const int minute = (int)((local - day * DAY_MS) / 60000);
        if (is_open((int)((day + 3) % 7), minute) && !calendar_is_holiday(region, day))
            sum += 60000;
    }
    return sum;
}

static int default_hours(int weekday, int minute) {
    return weekday < 5 && minute >= 480 && minute < 960;
}
static int town_hours(int weekday, int minute) { /* of the words below */
    if (weekday == 0) return (minute >= 480 && minute < 720) || (minute >= 810 && minute < 1080);
    if (weekday == 5) return minute >= 540 && minute < 725;
    return weekday == 6 ? minute < 1440 : weekday != 4 && minute >= 480 && minute < 900;
}

TEST(office_hours_are_those_of_a_loop_over_minutes_also_when_clocks_change) {
    struct arena arena;
    arena_init(&arena, 256 << 20);
    const struct calendar *calendar = build(
        "05315=mo-th:08:00-15:00,05315=mo:08:00-12:00+13:30-18:00,05315=sa:09:00-12:05,05315="
        "su:00:00-24:00,053=fr:10:00-11:00",
        NULL, 0, &arena);
    const struct time_zone *zone = berlin(&arena);
    const enum region town = calendar_region(calendar, "053150000000", 12);
    EXPECT(town >= REGION_COUNT);
    const int64_t changes[] = {berlin_ms("2026-03-29T00:00:00Z"), berlin_ms("2026-10-25T00:00:00Z"),
                               berlin_ms("2026-05-01T00:00:00Z"),
                               berlin_ms("2024-12-24T00:00:00Z")};
    uint64_t seed = 4;
    for (int run = 0; run < 400; run++) {
        const int64_t from = changes[run % 4] - 3 * (int64_t)DAY_MS +
                             (int64_t)(test_random(&seed) % (6 * 1440)) * 60000;
        const int64_t to = from + (int64_t)(test_random(&seed) % (9 * 1440)) * 60000;
        EXPECT_EQ(calendar_open_ms(calendar, REGION_NW, from, to),
                  open_by_loop(zone, REGION_NW, from, to, default_hours));
        EXPECT_EQ(calendar_open_ms(calendar, town, from, to),
                  open_by_loop(zone, REGION_NW, from, to, town_hours));
    }
    arena_free(&arena);
}

TEST(office_hours_are_exact_to_the_millisecond_and_told_where_not_covered) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    const struct calendar *calendar = build("mo:08:00-16:00", NULL, 0, &arena);
    const int64_t monday = berlin_ms("2026-11-02T08:00:00+01:00"), week = 7 * (int64_t)DAY_MS;
    const struct calendar *spaced = build("mo:08:00-12:00 13:00-14:00", NULL, 0, &arena);
    EXPECT_EQ(calendar_open_ms(spaced, REGION_HE, monday, monday + week), 5 * 3600000);
    EXPECT_EQ(calendar_open_ms(calendar, REGION_HE, monday - 5, monday + 7), 7);
    EXPECT_EQ(calendar_open_ms(calendar, REGION_HE, monday + 7, monday + 7 + week), 8 * 3600000);
    EXPECT_EQ(calendar_open_ms(calendar, REGION_HE, monday + 7, monday), 0);
    EXPECT_EQ(calendar_open_ms(calendar, REGION_HE, INT64_MIN, monday), -1);
    EXPECT_EQ(calendar_open_ms(calendar, REGION_HE, monday, INT64_MAX), -1);
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
    const char *places = build("09162=BY-no-assumption", mixed, 2, &arena)->id;
    EXPECT(strncmp(places, "de-*-" CALENDAR_VERSION "+places.", 19) == 0);
    EXPECT(strcmp(places, build("0916=BY-no-assumption", mixed, 2, &arena)->id) != 0);
    EXPECT_TEXT(build("09564=BY-no-assumption", mixed, 2, &arena)->id, "de-*-" CALENDAR_VERSION);
    EXPECT_TEXT(build("09162=BY-no-assumption", mixed + 1, 1, &arena)->id,
                "de-BY-no-assumption-" CALENDAR_VERSION);
    EXPECT_TEXT(build("05315=2026-02-16,05315=02-20", cologne, 1, &arena)->id,
                "de-NW-" CALENDAR_VERSION "+2026-02-16+02-20");
    EXPECT(strncmp(build("05315=2026-02-16", cologne, 2, &arena)->id,
                   "de-NW-" CALENDAR_VERSION "+places.", 20) == 0);
    EXPECT_TEXT(build("05315=2026-02-16", mixed + 1, 1, &arena)->id, "de-BY-" CALENDAR_VERSION);
    EXPECT(strncmp(
               build("01-02,01-03,01-04,01-05,01-07,01-08,01-09,01-10,01-11", mixed, 2, &arena)->id,
               "de-*-" CALENDAR_VERSION "+9-days.", 19) == 0);
    EXPECT(strncmp(build("mo:10:00-12:00", mixed + 1, 1, &arena)->id,
                   "de-BY-" CALENDAR_VERSION "+hours.", 19) == 0);
    arena_free(&arena);
}

#define FIVE_SPANS "mo:01:00-02:00+03:00-04:00+05:00-06:00+07:00-08:00+09:00-10:00"

TEST(bad_words_are_named) {
    static const char *const bad[] = {"13-25",
                                      "1224",
                                      "02-30",
                                      "00-10",
                                      "2027-02-29",
                                      "26-02-16",
                                      "2026-02-16T00",
                                      "1899-01-02",
                                      "09564",
                                      "09564=",
                                      "9=BY",
                                      "0956x=BY",
                                      "09564=Bayern",
                                      "09564=2026-13-01",
                                      "12-24;12-31",
                                      "12-24, x",
                                      "=BY-augsburg",
                                      "=12-24",
                                      "0956400000000=BY",
                                      "mo",
                                      "mo:",
                                      "mo-xx:08:00-16:00",
                                      "fr-mo:08:00-16:00",
                                      "mo:8-16",
                                      "mo:08:00-08:00",
                                      "mo:08:60-16:00",
                                      "mo:08:00-24:01",
                                      "mo:08:00-12:00+11:00-16:00",
                                      FIVE_SPANS};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arena arena;
        arena_init(&arena, 64 << 20);
        struct calendar *calendar = NULL;
        struct error err = {0};
        EXPECT_EQ(calendar_build(berlin(&arena), 2026, 2026, bad[i], NULL, 0, true, &arena,
                                 &calendar, &err),
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
            calendar_build(zone, 2026, 2026, "12-24", NULL, 0, true, &arena, &calendar, NULL);
        EXPECT(status == (calendar == NULL ? STATUS_NO_MEMORY : STATUS_OK));
        arena_free(&arena);
    }
    arena_free(&zone_arena);
}

TEST(years_beyond_the_limits_are_clipped) {
    struct arena arena;
    arena_init(&arena, 64 << 20);
    struct calendar *calendar = NULL;
    EXPECT_OK(
        calendar_build(berlin(&arena), 1, 9999, NULL, NULL, 0, true, &arena, &calendar, NULL));
    EXPECT_EQ(calendar->first_day, date(CALENDAR_YEAR_MIN, 1, 1));
    EXPECT_EQ(calendar->first_day + calendar->day_count, date(CALENDAR_YEAR_MAX + 1, 1, 1));
    arena_free(&arena);
}
