/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the same wall clock as the C library's, for every kind of zone, and never trust a file.
 * Method: random moments and every change of 1970 to 2100 against localtime_r; footers by hand;
 * every truncation and random damage of real files. */
#include "base/timezone.h"

#include <stdlib.h>
#include <time.h>

#include "base/timestamp.h"
#include "tests/test.h"

enum { DAY_MS = 86400000 };

/* Europe; southern; half hours; quarter hours; no rules; negative summer time; a skipped day;
 * changes at midnight; Ramadan; a far west; a pole. */
static const char *const zones[] = {
    "Europe/Berlin",       "Europe/London",
    "Europe/Dublin",       "Europe/Istanbul",
    "America/New_York",    "America/St_Johns",
    "America/Sao_Paulo",   "America/Santiago",
    "Australia/Lord_Howe", "Australia/Adelaide",
    "Asia/Kathmandu",      "Asia/Tehran",
    "Asia/Gaza",           "Asia/Beirut",
    "Africa/Casablanca",   "Pacific/Apia",
    "Pacific/Chatham",     "Pacific/Kiritimati",
    "America/Nuuk",        "Antarctica/Troll",
    "Etc/GMT+12",          "UTC",
};
enum { ZONES = sizeof zones / sizeof *zones };

static const struct time_zone *load(const char *name, struct arena *arena) {
    const struct time_zone *zone = NULL;
    struct error err = {0};
    enum status status = timezone_load(name, arena, &zone, &err);
    if (status != STATUS_OK) test_fail(__FILE__, __LINE__, "%s: %s", name, err.text);
    return zone;
}

static void libc_zone(const char *name) {
    (void)setenv("TZ", name, 1);
    tzset();
}

static long libc_offset_s(int64_t utc_ms) {
    time_t seconds = (time_t)(utc_ms / 1000 - (utc_ms % 1000 < 0));
    struct tm local;
    (void)localtime_r(&seconds, &local);
    return local.tm_gmtoff;
}

#define FROM_MS INT64_C(0)
#define TO_MS   INT64_C(4102444800000) /* 2100-01-01 */

TEST(offsets_are_those_of_the_c_library) {
    uint64_t seed = 11;
    for (size_t z = 0; z < ZONES; z++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        const struct time_zone *zone = load(zones[z], &arena);
        libc_zone(zones[z]);
        for (int run = 0; zone != NULL && run < 3000; run++) {
            int64_t utc_ms = FROM_MS + (int64_t)(test_random(&seed) % (uint64_t)(TO_MS - FROM_MS));
            if (timezone_offset_s(zone, utc_ms) != libc_offset_s(utc_ms))
                test_fail(__FILE__, __LINE__, "%s at %" PRId64, zones[z], utc_ms);
        }
        arena_free(&arena);
    }
}

TEST(offsets_change_exactly_when_they_do_in_the_c_library) {
    for (size_t z = 0; z < ZONES; z++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        const struct time_zone *zone = load(zones[z], &arena);
        libc_zone(zones[z]);
        int64_t at = FROM_MS;
        while (zone != NULL && at < TO_MS) {
            int64_t change = timezone_next_change_ms(zone, at);
            int64_t stop = change < TO_MS ? change : TO_MS;
            long offset_s = libc_offset_s(at);
            for (int64_t step = at; step < stop; step += INT64_C(6) * DAY_MS / 24)
                if (libc_offset_s(step) != offset_s)
                    test_fail(__FILE__, __LINE__, "%s: no change seen before %" PRId64, zones[z],
                              step);
            EXPECT_EQ(libc_offset_s(stop - 1), offset_s);
            if (change < TO_MS) EXPECT(libc_offset_s(change) != offset_s);
            at = stop;
        }
        arena_free(&arena);
    }
}

/* The first minute whose wall clock is not before local_ms. Changes fall on full minutes. */
static int64_t naive_utc_ms(int64_t local_ms) {
    int64_t at = local_ms - INT64_C(27) * 3600000;
    while (at + libc_offset_s(at) * 1000 < local_ms) at += 60000;
    return at;
}

TEST(wall_clock_times_are_found_like_by_a_search_minute_by_minute) {
    uint64_t seed = 12;
    for (size_t z = 0; z < ZONES; z++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        const struct time_zone *zone = load(zones[z], &arena);
        libc_zone(zones[z]);
        int64_t at = INT64_C(315532800000); /* 1980: all offsets are full minutes by then */
        for (int run = 0; zone != NULL && run < 60; run++) { /* around changes, where it is hard */
            at = timezone_next_change_ms(zone, at + (int64_t)(test_random(&seed) % 3) * DAY_MS);
            if (at >= TO_MS) break;
            int64_t around = (int64_t)(test_random(&seed) % (4 * 60)) - 2 * 60;
            int64_t local_ms = timezone_local_ms(zone, at) + around * 60000;
            EXPECT_EQ(timezone_utc_ms(zone, local_ms), naive_utc_ms(local_ms));
            int64_t day = timezone_day(zone, at);
            EXPECT_EQ(timezone_day_start_ms(zone, day), naive_utc_ms(day * DAY_MS));
        }
        arena_free(&arena);
    }
}

TEST(berlin_has_the_clock_changes_of_2026) {
    struct arena arena;
    arena_init(&arena, 1 << 20);
    const struct time_zone *zone = load("Europe/Berlin", &arena);
    EXPECT_TEXT(timezone_name(zone), "Europe/Berlin");
    int64_t spring, autumn, twice, skipped;
    EXPECT(timestamp_parse("2026-03-29T01:00:00Z", 20, &spring));
    EXPECT(timestamp_parse("2026-10-25T01:00:00Z", 20, &autumn));
    EXPECT_EQ(timezone_next_change_ms(zone, spring - 1), spring);
    EXPECT_EQ(timezone_next_change_ms(zone, spring), autumn);
    EXPECT_EQ(timezone_offset_s(zone, spring - 1), 3600);
    EXPECT_EQ(timezone_offset_s(zone, spring), 7200);
    EXPECT(timestamp_parse("2026-10-25T02:30:00Z", 20, &twice));
    EXPECT_EQ(timezone_utc_ms(zone, twice), autumn - 1800000); /* the first of the two 02:30 */
    EXPECT(timestamp_parse("2026-03-29T02:30:00Z", 20, &skipped));
    EXPECT_EQ(timezone_utc_ms(zone, skipped), spring);
    arena_free(&arena);
}

TEST(the_footer_goes_on_for_thousands_of_years) {
    struct arena arena;
    arena_init(&arena, 1 << 20);
    const struct time_zone *zone = load("Europe/Berlin", &arena);
    int64_t utc_ms;
    EXPECT(timestamp_parse("9999-07-01T00:00:00Z", 20, &utc_ms));
    EXPECT_EQ(timezone_offset_s(zone, utc_ms), 7200);
    EXPECT(timestamp_parse("9998-12-31T23:00:00Z", 20, &utc_ms));
    EXPECT_EQ(timezone_offset_s(zone, utc_ms), 3600);
    EXPECT_EQ(timezone_day_start_ms(zone, timestamp_days_from_civil(9999, 1, 1)), utc_ms);
    EXPECT(timestamp_parse("0001-06-01T00:00:00Z", 20, &utc_ms)); /* local mean time */
    EXPECT_EQ(timezone_offset_s(zone, utc_ms), 53 * 60 + 28);
    arena_free(&arena);
}

/* A version 2 file without changes, whose footer says everything. */
static enum status parse_footer_only(const char *footer, struct arena *arena,
                                     const struct time_zone **zone) {
    uint8_t bytes[400] = {0};
    size_t size = 0;
    for (int part = 0; part < 2; part++) {
        memcpy(bytes + size, "TZif2", 5);
        bytes[size + 39] = 1; /* one type */
        bytes[size + 43] = 4; /* characters */
        size += 44;
        memcpy(bytes + size + 6, "XXX", 4);
        size += 10;
    }
    bytes[size++] = '\n';
    memcpy(bytes + size, footer, strlen(footer));
    size += strlen(footer);
    bytes[size++] = '\n';
    return timezone_parse("Test/Footer", bytes, size, arena, zone, NULL);
}

TEST(every_form_of_footer_is_read) {
    struct arena arena;
    arena_init(&arena, 4 << 20);
    const struct time_zone *zone = NULL;
    int64_t january, july, march_1;
    EXPECT(timestamp_parse("2028-01-15T00:00:00Z", 20, &january));
    EXPECT(timestamp_parse("2028-07-15T00:00:00Z", 20, &july));
    EXPECT(timestamp_parse("2028-03-01T00:00:00Z", 20, &march_1));
    EXPECT_OK(parse_footer_only("<-03>3", &arena, &zone));
    EXPECT_EQ(timezone_offset_s(zone, july), -3 * 3600);
    EXPECT_EQ(timezone_next_change_ms(zone, july), INT64_MAX);
    EXPECT_OK(parse_footer_only("XXX3EDT4,0/0,J365/23", &arena, &zone)); /* summer all year */
    EXPECT_EQ(timezone_offset_s(zone, january), -4 * 3600);
    EXPECT_EQ(timezone_offset_s(zone, july), -4 * 3600);
    EXPECT_EQ(timezone_next_change_ms(zone, january), INT64_MAX);
    EXPECT_OK(parse_footer_only("AAA0BBB,J60/0,300/-2:30", &arena, &zone)); /* J60: 1 March */
    EXPECT_EQ(timezone_next_change_ms(zone, january), march_1);
    EXPECT_EQ(timezone_offset_s(zone, july), 3600);
    int64_t day_300 = (timestamp_days_from_civil(2028, 1, 1) + 300) * DAY_MS;
    EXPECT_EQ(timezone_next_change_ms(zone, july), day_300 - 3600000 - INT64_C(9000000));
    EXPECT_OK(parse_footer_only("AAA-5:45:30", &arena, &zone));
    EXPECT_EQ(timezone_offset_s(zone, july), 5 * 3600 + 45 * 60 + 30);
    static const char *const bad[] = {"A1",
                                      "AAA",
                                      "AAA1BBB",
                                      "AAA1BBB,M3.5.0",
                                      "AAA1BBB,M13.5.0,M3.1.1",
                                      "AAA1BBB,J0,J9",
                                      "AAA1BBB,M3.5.0,M9.5.0x",
                                      "<AAA1",
                                      "AAA200"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        EXPECT_EQ(parse_footer_only(bad[i], &arena, &zone), STATUS_CORRUPT);
    arena_free(&arena);
}

TEST(names_that_are_no_zones_are_refused) {
    struct arena arena;
    arena_init(&arena, 8 << 20);
    const struct time_zone *zone = NULL;
    struct error err = {0};
    static const char *const invalid[] = {
        "", "../passwd", "/etc/passwd", "Europe//Berlin", "Europe/", "Europe/Ber lin", "a.b"};
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        EXPECT_EQ(timezone_load(invalid[i], &arena, &zone, &err), STATUS_INVALID);
    EXPECT_EQ(timezone_load("Europe/Atlantis", &arena, &zone, &err), STATUS_NOT_FOUND);
    EXPECT(strstr(err.text, "Europe/Atlantis") != NULL);
    EXPECT(timezone_load("Europe", &arena, &zone, &err) != STATUS_OK); /* a folder */
    arena_free(&arena);
    arena_init(&arena, 1000);
    EXPECT_EQ(timezone_load("Europe/Berlin", &arena, &zone, &err), STATUS_NO_MEMORY);
    arena_free(&arena);
}

TEST(damaged_files_are_refused_or_answer_something) {
    static uint8_t bytes[TIMEZONE_FILE_BYTES_MAX], damaged[TIMEZONE_FILE_BYTES_MAX];
    FILE *file = fopen(TIMEZONE_FOLDER "/Europe/Berlin", "rb");
    EXPECT(file != NULL);
    if (file == NULL) return;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    uint64_t seed = 13;
    for (int run = 0; run < 4000; run++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        const struct time_zone *zone = NULL;
        bool cut = run % 2 == 0;
        size_t kept = cut ? test_random(&seed) % size : size;
        memcpy(damaged, bytes, size);
        for (int i = 0; !cut && i <= run % 3; i++)
            damaged[test_random(&seed) % size] = (uint8_t)test_random(&seed);
        enum status status = timezone_parse("Test/Damaged", damaged, kept, &arena, &zone, NULL);
        if (cut) EXPECT_EQ(status, STATUS_CORRUPT);
        if (status == STATUS_OK) {
            int64_t at = (int64_t)(test_random(&seed) % (uint64_t)TO_MS);
            EXPECT(timezone_next_change_ms(zone, at) > at);
            (void)timezone_utc_ms(zone, at);
        }
        arena_free(&arena);
    }
}
