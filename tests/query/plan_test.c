/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a plan says exactly what the words say, and bad words are named. Method: bucket edges of
 * random intervals of 1970 to 2100 against strftime of the C library, whose text of a moment must
 * change exactly at the edges; clock changes by hand; a table of bad words. */
#include "query/plan.h"
#include "finance/roi_assumptions.h"

#include <stdlib.h>
#include <time.h>

#include "base/timestamp.h"
#include "calendar/calendar.h"
#include "event/column.h"
#include "tests/test.h"

enum { DAY_MS = 86400000 };
#define NOW_MS INT64_C(1795435200000) /* 2026-11-23T12:00:00Z */

static int64_t ms(const char *text) {
    int64_t utc_ms = 0;
    if (!timestamp_parse(text, strlen(text), &utc_ms)) test_fail(__FILE__, __LINE__, "%s", text);
    return utc_ms;
}

struct asked {
    struct arena arena;
    struct plan plan;
    enum status status;
    struct error err;
};

static struct asked ask_of(const struct plan_words *words, int64_t from_ms, int64_t to_ms) {
    struct asked asked = {.status = STATUS_OK};
    arena_init(&asked.arena, 64 << 20);
    asked.status = plan_parse(words, from_ms, to_ms, NOW_MS, &asked.arena, &asked.plan, &asked.err);
    return asked;
}

static struct asked ask(const struct plan_words *words) {
    return ask_of(words, ms("2025-01-07T08:00:00Z"), ms("2026-11-20T15:00:00Z"));
}

/* --- edges --- */

/* Changes of the clocks at midnight, of half an hour, without any; a day that never was. */
static const char *const zones[] = {
    "Europe/Berlin",       "Europe/London",     "Europe/Dublin",   "America/New_York",
    "America/Sao_Paulo",   "Asia/Beirut",       "Asia/Kathmandu",  "Pacific/Apia",
    "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Chatham", "UTC",
};
enum { ZONES = sizeof zones / sizeof *zones };
static const char *const buckets[] = {"hour", "day", "week", "month", "quarter", "year"};
enum { BUCKETS = sizeof buckets / sizeof *buckets };

/* The name of the bucket that holds a moment, by the C library. */
static void naive_name(const char *bucket, int64_t utc_ms, char *name, size_t size) {
    time_t seconds = (time_t)(utc_ms / 1000 - (utc_ms % 1000 < 0));
    struct tm local;
    (void)localtime_r(&seconds, &local);
    static const char *const formats[BUCKETS] = {"%Y-%m-%dT%H", "%Y-%m-%d", "%G-W%V",
                                                 "%Y-%m",       "%Y-Q",     "%Y"};
    size_t kind = 0;
    while (strcmp(buckets[kind], bucket) != 0) kind++;
    size_t used = strftime(name, size, formats[kind], &local);
    if (kind == 4) (void)snprintf(name + used, size - used, "%d", local.tm_mon / 3 + 1);
    long offset = local.tm_gmtoff / 60, positive = offset < 0 ? -offset : offset;
    if (kind == 0)
        (void)snprintf(name + used, size - used, "%c%02ld:%02ld", offset < 0 ? '-' : '+',
                       positive / 60, positive % 60);
}

static void check_edges(const struct plan *plan, const char *bucket, uint64_t *seed) {
    uint32_t count = plan->edge_count - 1;
    EXPECT(plan->edges[0] <= plan->from_ms && plan->from_ms < plan->edges[1]);
    EXPECT(plan->edges[count - 1] < plan->to_ms && plan->to_ms <= plan->edges[count]);
    for (uint32_t i = 0; i < count; i++) {
        int64_t begin = plan->edges[i], end = plan->edges[i + 1];
        int64_t inside = begin + (int64_t)(test_random(seed) % (uint64_t)(end - begin));
        char first[64], middle[64], last[64], next[64];
        naive_name(bucket, begin, first, sizeof first);
        naive_name(bucket, inside, middle, sizeof middle);
        naive_name(bucket, end - 1, last, sizeof last);
        naive_name(bucket, end, next, sizeof next);
        if (strcmp(first, plan->bucket_names[i]) != 0 || strcmp(first, middle) != 0 ||
            strcmp(first, last) != 0 || strcmp(first, next) == 0)
            test_fail(__FILE__, __LINE__, "%s %s: %s, %s, %s, then %s; from %" PRId64, plan->zone,
                      plan->bucket_names[i], first, middle, last, next, begin);
    }
}

TEST(buckets_change_exactly_where_the_c_library_says_so) {
    static const int64_t longest_days[BUCKETS] = {3, 40, 100, 800, 2000, 8000};
    uint64_t seed = 31, end_ms = (uint64_t)ms("2100-01-01T00:00:00Z");
    for (size_t z = 0; z < ZONES; z++) {
        (void)setenv("TZ", zones[z], 1);
        tzset();
        for (int run = 0; run < 60 * BUCKETS; run++) {
            size_t kind = (size_t)run % BUCKETS;
            int64_t from = (int64_t)(test_random(&seed) % end_ms);
            int64_t width =
                1 + (int64_t)(test_random(&seed) % (uint64_t)(longest_days[kind] * DAY_MS));
            char from_text[TIMESTAMP_TEXT_BYTES], to_text[TIMESTAMP_TEXT_BYTES];
            timestamp_format_utc(from, from_text);
            timestamp_format_utc(from + width, to_text);
            struct asked asked = ask(&(struct plan_words){.kpi = "no_show",
                                                          .by = buckets[kind],
                                                          .from = from_text,
                                                          .to = to_text,
                                                          .zone = zones[z]});
            EXPECT_OK(asked.status);
            EXPECT_EQ(asked.plan.from_ms, from);
            EXPECT_EQ(asked.plan.to_ms, from + width);
            if (asked.status == STATUS_OK) check_edges(&asked.plan, buckets[kind], &seed);
            arena_free(&asked.arena);
        }
    }
}

TEST(a_day_has_23_or_25_hours_where_clocks_change) {
    struct asked autumn = ask(&(struct plan_words){
        .kpi = "no_show", .by = "hour", .from = "2026-10-25", .to = "2026-10-26"});
    EXPECT_EQ(autumn.plan.edge_count, 26);
    EXPECT_TEXT(autumn.plan.bucket_names[1], "2026-10-25T01+02:00");
    EXPECT_TEXT(autumn.plan.bucket_names[2], "2026-10-25T02+02:00");
    EXPECT_TEXT(autumn.plan.bucket_names[3], "2026-10-25T02+01:00");
    EXPECT_TEXT(autumn.plan.bucket_names[4], "2026-10-25T03+01:00");
    EXPECT_EQ(autumn.plan.edges[25] - autumn.plan.edges[0], INT64_C(90000000));
    struct asked spring = ask(&(struct plan_words){
        .kpi = "no_show", .by = "hour", .from = "2026-03-29", .to = "2026-03-30"});
    EXPECT_EQ(spring.plan.edge_count, 24);
    EXPECT_TEXT(spring.plan.bucket_names[1], "2026-03-29T01+01:00");
    EXPECT_TEXT(spring.plan.bucket_names[2], "2026-03-29T03+02:00");
    arena_free(&autumn.arena);
    arena_free(&spring.arena);
}

/* Monday to Sunday and the hour of the wall clock, by the C library. */
TEST(weekdays_and_hours_come_again_as_the_c_library_says) {
    static const char *const by[] = {"weekday", "hour_of_day", "weekday,hour_of_day",
                                     "hour_of_day,weekday"};
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        (void)setenv("TZ", zones[z], 1);
        tzset();
        for (size_t kind = 0; kind < sizeof by / sizeof *by; kind++) {
            struct asked asked = ask(&(struct plan_words){.kpi = "waiting_time",
                                                          .by = by[kind],
                                                          .from = "2026-02-27T10:20:00Z",
                                                          .to = "2026-11-03T07:00:00Z",
                                                          .zone = zones[z]});
            EXPECT_OK(asked.status);
            const struct plan *plan = &asked.plan;
            EXPECT(plan->recurring != NULL && plan->edge_count > 200);
            for (uint32_t i = 0; i + 1 < plan->edge_count; i++) {
                const time_t begin = (time_t)(plan->edges[i] / 1000);
                const time_t end = (time_t)((plan->edges[i + 1] - 1) / 1000);
                struct tm first, last;
                (void)localtime_r(&begin, &first);
                (void)localtime_r(&end, &last);
                EXPECT_EQ(first.tm_wday, last.tm_wday);
                if (kind > 0) EXPECT_EQ(first.tm_hour, last.tm_hour);
                const int weekday = (first.tm_wday + 6) % 7;
                const int wanted = kind == 0   ? weekday
                                   : kind == 1 ? first.tm_hour
                                               : weekday * 24 + first.tm_hour;
                EXPECT_EQ(plan->recurring[i], wanted);
            }
            arena_free(&asked.arena);
        }
    }
}

TEST(odd_days_of_odd_zones_have_edges_too) {
    struct asked apia = ask(&(struct plan_words){.kpi = "no_show",
                                                 .by = "day",
                                                 .zone = "Pacific/Apia",
                                                 .from = "2011-12-29",
                                                 .to = "2012-01-01"});
    EXPECT_EQ(apia.plan.edge_count, 3); /* 30 December 2011 never was */
    EXPECT_TEXT(apia.plan.bucket_names[0], "2011-12-29");
    EXPECT_TEXT(apia.plan.bucket_names[1], "2011-12-31");
    /* 02:00 to 01:30: the second 01:30 belongs to a bucket of its own, half an hour long */
    struct asked half = ask(&(struct plan_words){.kpi = "no_show",
                                                 .by = "hour",
                                                 .zone = "Australia/Lord_Howe",
                                                 .from = "2026-04-05T01:45:00+10:30",
                                                 .to = "2026-04-05T02:15:00+10:30"});
    EXPECT_EQ(half.plan.edge_count, 3);
    EXPECT_EQ(half.plan.edges[0], ms("2026-04-05T01:30:00+10:30"));
    EXPECT_EQ(half.plan.edges[1], ms("2026-04-05T02:00:00+10:30"));
    EXPECT_TEXT(half.plan.bucket_names[0], "2026-04-05T01+10:30");
    /* at 00:01 back to 23:01: the hour that is shown again belongs to the day that had begun */
    struct asked back = ask(&(struct plan_words){.kpi = "no_show",
                                                 .by = "day",
                                                 .zone = "America/St_Johns",
                                                 .from = "2006-10-28T23:30:00-03:30",
                                                 .to = "2006-10-30T00:00:00-03:30"});
    EXPECT_EQ(back.plan.edge_count, 2);
    EXPECT_EQ(back.plan.edges[0], ms("2006-10-29T00:00:00-02:30"));
    EXPECT_EQ(back.plan.edges[1], ms("2006-10-30T00:00:00-03:30"));
    EXPECT_TEXT(back.plan.bucket_names[0], "2006-10-29");
    arena_free(&apia.arena);
    arena_free(&half.arena);
    arena_free(&back.arena);
}

TEST(buckets_have_their_names_at_the_turn_of_the_year) {
    static const char *const want[] = {"2026-12-31", "2026-W53", "2026-12", "2026-Q4", "2026"};
    static const char *const then[] = {"2027-01-01", "2027-W01", "2027-01", "2027-Q1", "2027"};
    for (size_t kind = 1; kind < BUCKETS; kind++) {
        struct asked asked = ask(&(struct plan_words){
            .kpi = "no_show", .by = buckets[kind], .from = "2026-12-31", .to = "2027-01-05"});
        EXPECT_OK(asked.status);
        EXPECT_TEXT(asked.plan.bucket_names[0], want[kind - 1]);
        EXPECT_TEXT(asked.plan.bucket_names[1], then[kind - 1]);
        arena_free(&asked.arena);
    }
}

TEST(an_end_inside_a_bucket_keeps_the_partial_bucket) {
    struct asked asked = ask(&(struct plan_words){
        .kpi = "no_show", .by = "month", .from = "2026-10-10", .to = "2026-11-23T09:00:00+01:00"});
    EXPECT_EQ(asked.plan.edge_count, 3);
    EXPECT_EQ(asked.plan.from_ms, ms("2026-10-10T00:00:00+02:00"));
    EXPECT_EQ(asked.plan.to_ms, ms("2026-11-23T09:00:00+01:00"));
    EXPECT_EQ(asked.plan.edges[0], ms("2026-10-01T00:00:00+02:00"));
    EXPECT_EQ(asked.plan.edges[1], ms("2026-11-01T00:00:00+01:00"));
    EXPECT_EQ(asked.plan.edges[2], ms("2026-12-01T00:00:00+01:00"));
    arena_free(&asked.arena);
}

/* --- the interval --- */

TEST(no_interval_is_the_whole_of_the_data) {
    struct asked asked = ask(&(struct plan_words){.kpi = "backlog"});
    EXPECT_OK(asked.status);
    EXPECT(asked.plan.from_ms == TIME_ABSENT && asked.plan.to_ms == TIME_ABSENT);
    EXPECT_EQ(asked.plan.edge_count, 0);
    EXPECT_EQ(asked.plan.as_of_ms, NOW_MS);
    arena_free(&asked.arena);
}

TEST(buckets_without_an_interval_cover_the_data) {
    struct asked asked = ask(&(struct plan_words){.kpi = "backlog", .by = "year"});
    EXPECT_OK(asked.status);
    EXPECT_EQ(asked.plan.from_ms, ms("2025-01-07T08:00:00Z"));
    EXPECT_EQ(asked.plan.to_ms, ms("2026-11-20T15:00:00Z") + 1);
    EXPECT_EQ(asked.plan.edge_count, 3);
    arena_free(&asked.arena);
}

TEST(an_empty_store_has_one_bucket) {
    struct asked asked =
        ask_of(&(struct plan_words){.kpi = "backlog", .by = "day"}, TIME_ABSENT, TIME_ABSENT);
    EXPECT_OK(asked.status);
    EXPECT_EQ(asked.plan.edge_count, 2);
    EXPECT_TEXT(asked.plan.bucket_names[0], "2026-11-23");
    arena_free(&asked.arena);
}

TEST(half_an_interval_is_completed_by_the_data) {
    struct asked from = ask(&(struct plan_words){.kpi = "backlog", .from = "2026-11-01"});
    EXPECT_EQ(from.plan.from_ms, ms("2026-11-01T00:00:00+01:00"));
    EXPECT_EQ(from.plan.to_ms, NOW_MS);
    struct asked to = ask(&(struct plan_words){.kpi = "backlog", .to = "2025-02-01"});
    EXPECT_EQ(to.plan.from_ms, ms("2025-01-07T08:00:00Z"));
    EXPECT_EQ(to.plan.to_ms, ms("2025-02-01T00:00:00+01:00"));
    struct asked early = ask(&(struct plan_words){.kpi = "backlog", .to = "2020-01-01"});
    EXPECT_OK(early.status); /* before all data: an empty answer, not an error */
    EXPECT(early.plan.from_ms < early.plan.to_ms);
    struct asked late = ask(&(struct plan_words){.kpi = "backlog", .from = "2030-01-01"});
    EXPECT_EQ(late.status, STATUS_INVALID);
    EXPECT(strstr(late.err.text, "the end of the data") != NULL);
    arena_free(&from.arena);
    arena_free(&to.arena);
    arena_free(&early.arena);
    arena_free(&late.arena);
}

TEST(dates_are_midnight_in_the_zone_and_as_of_moves_the_end_of_observation) {
    struct asked asked = ask(&(struct plan_words){.kpi = "backlog",
                                                  .from = "2026-07-01",
                                                  .to = "2026-08-01T00:00:00Z",
                                                  .as_of = "2026-09-01",
                                                  .zone = "America/New_York"});
    EXPECT_EQ(asked.plan.from_ms, ms("2026-07-01T04:00:00Z"));
    EXPECT_EQ(asked.plan.to_ms, ms("2026-08-01T00:00:00Z"));
    EXPECT_EQ(asked.plan.as_of_ms, ms("2026-09-01T04:00:00Z"));
    EXPECT_TEXT(asked.plan.zone, "America/New_York");
    arena_free(&asked.arena);
}

/* --- the rest of the words --- */

TEST(words_become_a_plan) {
    struct plan_words words = {.kpi = "processing_time",
                               .by = "service,month,channel",
                               .clock = "working_days",
                               .view = "closing",
                               .stat = "p50,p99.9,p0,p100",
                               .from = "2026-01-01",
                               .to = "2026-07-01"};
    words.filter[DIMENSION_TENANT] = "053150000000,053340002002";
    words.filter[DIMENSION_CHANNEL] = "online,";
    struct asked asked = ask(&words);
    const struct plan *plan = &asked.plan;
    EXPECT_OK(asked.status);
    EXPECT_EQ(plan->definition->kpi, KPI_PROCESSING_TIME);
    EXPECT_EQ(plan->by_count, 2);
    EXPECT(plan->by[0] == DIMENSION_SERVICE && plan->by[1] == DIMENSION_CHANNEL);
    EXPECT(plan->bucket == BUCKET_MONTH && plan->edge_count == 7);
    EXPECT(plan->view == VIEW_CLOSING && plan->clock == CLOCK_WORKING_DAYS);
    EXPECT_EQ(plan->quantile_count, 4);
    EXPECT(plan->quantiles[0] == 0.5 && plan->quantiles[1] == 0.999);
    EXPECT(plan->quantiles[2] == 0 && plan->quantiles[3] == 1);
    EXPECT_EQ(plan->filter[DIMENSION_TENANT].count, 2);
    EXPECT_TEXT(plan->filter[DIMENSION_TENANT].values[1], "053340002002");
    EXPECT_EQ(plan->filter[DIMENSION_CHANNEL].count, 2);
    EXPECT_TEXT(plan->filter[DIMENSION_CHANNEL].values[1], ""); /* not given */
    EXPECT_EQ(plan->filter[DIMENSION_SERVICE].count, 0);
    EXPECT(plan->calendar != NULL);
    if (plan->calendar != NULL) EXPECT_TEXT(plan->calendar->id, "de-NW-" CALENDAR_VERSION);
    arena_free(&asked.arena);
}

TEST(defaults_are_the_first_choice) {
    struct asked asked = ask(&(struct plan_words){.kpi = "processing_time"});
    EXPECT(asked.plan.view == VIEW_CLOSING && asked.plan.clock == CLOCK_GROSS);
    EXPECT(asked.plan.calendar == NULL);
    EXPECT_TEXT(asked.plan.zone, "Europe/Berlin");
    static const double quantiles[] = {0.1, 0.25, 0.5, 0.75, 0.9, 0.95};
    EXPECT_EQ(asked.plan.quantile_count, 6);
    for (int i = 0; i < 6; i++) EXPECT(asked.plan.quantiles[i] == quantiles[i]);
    arena_free(&asked.arena);
    for (enum kpi_id kpi = 0; kpi < KPI_COUNT; kpi++) {
        if (kpi == KPI_ROI) continue;
        asked = ask(&(struct plan_words){.kpi = kpi_get(kpi)->id});
        EXPECT_OK(asked.status);
        EXPECT_EQ(asked.plan.calendar != NULL, kpi_get(kpi)->calendar);
        arena_free(&asked.arena);
    }
}

TEST(limits_are_read_by_service_and_covered_by_the_calendar) {
    struct asked asked =
        ask(&(struct plan_words){.kpi = "sla_share", .limit = "99115005070000=20wd,3m,x.y=30y"});
    const struct plan *plan = &asked.plan;
    EXPECT_OK(asked.status);
    EXPECT_EQ(plan->limit_count, 3);
    EXPECT_TEXT(plan->limits[0].service, "99115005070000");
    EXPECT_TEXT(plan->limits[0].text, "20wd");
    EXPECT_EQ(plan->limits[0].deadline.unit, DEADLINE_WORKING_DAYS);
    EXPECT(plan->limits[1].service == NULL && plan->limits[1].deadline.count == 3);
    EXPECT_EQ(plan->limits[2].deadline.count, 30);
    EXPECT_EQ(plan->view, VIEW_INTAKE);
    const struct calendar *calendar = plan->calendar;
    const int64_t newest = ms("2026-10-31T00:00:00Z") + INT64_C(30) * 366 * 86400000;
    EXPECT(calendar_day(calendar, newest) >= 0);
    arena_free(&asked.arena);
    asked = ask(&(struct plan_words){.kpi = "due", .by = "week", .start = "complete"});
    EXPECT_OK(asked.status);
    EXPECT_EQ(asked.plan.start, START_COMPLETE);
    EXPECT_TEXT(asked.plan.limit_text, PLAN_LIMIT);
    EXPECT(asked.plan.to_ms > asked.plan.as_of_ms + INT64_C(92) * 86400000);
    arena_free(&asked.arena);
}

TEST(the_calendar_covers_question_and_data) {
    struct asked asked = ask_of(&(struct plan_words){.kpi = "processing_time",
                                                     .clock = "working_days",
                                                     .calendar = "12-24",
                                                     .as_of = "2028-01-01"},
                                ms("1999-03-01T00:00:00Z"), ms("2026-11-20T15:00:00Z"));
    EXPECT_OK(asked.status);
    EXPECT(calendar_working_days(asked.plan.calendar, REGION_HE, ms("1999-03-01T00:00:00Z"),
                                 ms("2028-01-01T00:00:00Z")) > 7000);
    EXPECT_TEXT(asked.plan.calendar->id, "de-*-" CALENDAR_VERSION "+12-24");
    arena_free(&asked.arena);
}

static const char assumptions[] =
    "{\"version\":\"1\",\"currency\":\"EUR\",\"years\":3,\"go_live\":\"2026-02-01\","
    "\"price_basis\":{\"prices\":\"nominal\",\"year\":2026},"
    "\"costs\":{\"source\":\"s\",\"date\":\"2026-01-01\"},"
    "\"discount_rate\":{\"value\":0.01,\"source\":\"s\",\"date\":\"2026-01-01\"},"
    "\"hourly_rate\":{\"value\":50,\"source\":\"s\",\"date\":\"2026-01-01\"},"
    "\"realised_share\":{\"value\":0.5,\"source\":\"s\",\"date\":\"2026-01-01\"}}";

TEST(roi_reads_its_assumptions) {
    struct asked asked = ask(&(struct plan_words){.kpi = "roi", .assumptions = assumptions});
    EXPECT_OK(asked.status);
    EXPECT(asked.plan.assumptions != NULL && asked.plan.assumptions->years == 3);
    /* the edges are those of the years of operation, whatever the interval */
    int64_t go_live;
    EXPECT(timestamp_parse("2026-02-01T00:00:00+01:00", 25, &go_live));
    EXPECT_EQ(asked.plan.edge_count, 6);
    EXPECT_EQ(asked.plan.edges[1], go_live);
    EXPECT_EQ(asked.plan.roi_sections, 0);
    arena_free(&asked.arena);
    asked = ask(&(struct plan_words){
        .kpi = "roi", .assumptions = assumptions, .section = "sensitivity,years"});
    EXPECT_OK(asked.status);
    EXPECT_EQ(asked.plan.roi_sections, 1u << ROI_SECTION_SENSITIVITY | 1u << ROI_SECTION_YEARS);
    arena_free(&asked.arena);
    asked = ask(&(struct plan_words){.kpi = "roi", .assumptions = assumptions, .section = "all"});
    EXPECT_EQ(asked.plan.roi_sections, (1u << ROI_SECTION_COUNT) - 1);
    arena_free(&asked.arena);
}

static const char *many_values(uint32_t count) {
    static char text[4096];
    text[0] = '\0';
    for (uint32_t i = 0; i < count; i++) (void)strcat(text, i == 0 ? "s" : ",s");
    return text;
}

TEST(bad_words_are_named_with_what_is_allowed) {
    struct row {
        struct plan_words words;
        enum status status;
        const char *says;
    } rows[] = {
        {{.kpi = NULL}, STATUS_INVALID, "no KPI is named"},
        {{.kpi = "speed"}, STATUS_NOT_FOUND, "\"speed\""},
        {{.kpi = "no_show", .ages = "7"}, STATUS_INVALID, "no_show has no rows by age"},
        {{.kpi = "decided_within", .ages = "7,7"}, STATUS_INVALID, "\"7\" is no age"},
        {{.kpi = "decided_within", .ages = "30,7"}, STATUS_INVALID, "ascending order"},
        {{.kpi = "decided_within", .ages = "7,,9"}, STATUS_INVALID, "\"\" is no age"},
        {{.kpi = "decided_within", .ages = "7d"}, STATUS_INVALID, "\"7d\" is no age"},
        {{.kpi = "decided_within", .ages = "36501"}, STATUS_INVALID, "up to 36500"},
        {{.kpi = "decided_within", .ages = "99999999999999999999"}, STATUS_INVALID, "is no age"},
        {{.kpi = "decided_within",
          .ages = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,"
                  "22,23,24,25,26,27,28,29,30,31,32,33"},
         STATUS_INVALID,
         "more than 32 ages"},
        {{.kpi = "decided_within", .view = "closing"}, STATUS_INVALID, "allowed are intake"},
        {{.kpi = "decided_within", .known_from = "spring"}, STATUS_INVALID, "known_from"},
        {{.kpi = "decided_within", .known_from = "0911=2024-01-01"}, STATUS_INVALID, "12 digits"},
        {{.kpi = "decided_within", .known_from = "2024-01-01,2024-02-01"},
         STATUS_INVALID,
         "that of all is given twice"},
        {{.kpi = "decided_within", .known_from = "091620000000=2024-01-01,091620000000=2024-02-01"},
         STATUS_INVALID,
         "091620000000 is given twice"},
        {{.kpi = "processing_time", .known_from = "2024-01-01"}, STATUS_INVALID, "view=intake"},
        {{.kpi = "no_show", .known_from = "2024-01-01"}, STATUS_INVALID, "does not follow"},
        {{.kpi = "no_show", .by = "colour"}, STATUS_INVALID, "\"colour\"; allowed are tenant, "},
        {{.kpi = "no_show", .by = "step"}, STATUS_INVALID, "one of hour, day, week, month"},
        {{.kpi = "no_show", .by = "day,month"}, STATUS_INVALID, "only one bucket"},
        {{.kpi = "no_show", .by = "weekday,month"}, STATUS_INVALID, "weekday and month; only one"},
        {{.kpi = "no_show", .by = "weekday,hour_of_day,weekday"}, STATUS_INVALID, "only one"},
        {{.kpi = "no_show", .by = "weekday,weekday"}, STATUS_INVALID, "only one"},
        {{.kpi = "backlog", .by = "weekday"}, STATUS_INVALID, "cannot be grouped by \"weekday\""},
        {{.kpi = "no_show", .within = "15"}, STATUS_INVALID, "within: no_show has no such limit"},
        {{.kpi = "waiting_within", .within = "0"}, STATUS_INVALID, "minutes from 1 to 1440"},
        {{.kpi = "waiting_within", .within = "1441"}, STATUS_INVALID, "minutes from 1 to 1440"},
        {{.kpi = "waiting_within", .within = "15min"}, STATUS_INVALID, "\"15min\""},
        {{.kpi = "no_show", .by = "office,office"}, STATUS_INVALID, "office is named twice"},
        {{.kpi = "no_show", .by = ""}, STATUS_INVALID, "\"\""},
        {{.kpi = "inventory", .by = "month"}, STATUS_INVALID, "\"month\"; allowed are tenant"},
        {{.kpi = "no_show", .filter[DIMENSION_STEP] = "x"}, STATUS_INVALID, "filtered by \"step\""},
        {{.kpi = "no_show", .filter[DIMENSION_TENANT] = "5315"}, STATUS_INVALID, "no ARS"},
        {{.kpi = "no_show", .filter[DIMENSION_TENANT] = ""}, STATUS_INVALID, "no ARS"},
        {{.kpi = "no_show", .filter[DIMENSION_CHANNEL] = "fax"}, STATUS_INVALID, "none of online"},
        {{.kpi = "no_show", .filter[DIMENSION_DEVICE] = "tv"}, STATUS_INVALID, "none of mobile"},
        {{.kpi = "event_count", .filter[DIMENSION_TYPE] = "case.lost"},
         STATUS_INVALID,
         "no event type"},
        {{.kpi = "backlog", .by = "type"}, STATUS_INVALID, "cannot be grouped by \"type\""},
        {{.kpi = "no_show", .from = "2026-02-30"}, STATUS_INVALID, "from: \"2026-02-30\""},
        {{.kpi = "no_show", .to = "1.2.2026"}, STATUS_INVALID, "to: \"1.2.2026\""},
        {{.kpi = "no_show", .from = "2026-01-01T00:00:00"}, STATUS_INVALID, "with its offset"},
        {{.kpi = "no_show", .as_of = ""}, STATUS_INVALID, "as_of"},
        {{.kpi = "no_show", .from = "2026-02-01", .to = "2026-01-01"},
         STATUS_INVALID,
         "not before"},
        {{.kpi = "no_show", .from = "2026-02-01", .to = "2026-02-01"},
         STATUS_INVALID,
         "not before"},
        {{.kpi = "no_show", .by = "hour", .from = "2020-01-01", .to = "2026-01-01"},
         STATUS_INVALID,
         "more than 20000 buckets"},
        {{.kpi = "no_show", .zone = "Mars/Olympus"}, STATUS_INVALID, "Mars/Olympus"},
        {{.kpi = "no_show", .zone = "../x"}, STATUS_INVALID, "no name of a time zone"},
        {{.kpi = "processing_time", .view = "opening"}, STATUS_INVALID, "closing, intake"},
        {{.kpi = "processing_time", .clock = "slow"}, STATUS_INVALID, "gross, working_days"},
        {{.kpi = "processing_time", .clock = "touch", .view = "intake"},
         STATUS_INVALID,
         "\"touch\" has no intake view"},
        {{.kpi = "processing_time", .start = "begun"}, STATUS_INVALID, "received, complete"},
        {{.kpi = "backlog", .start = "complete"}, STATUS_INVALID, "cannot be chosen"},
        {{.kpi = "backlog", .limit = "3m"}, STATUS_INVALID, "knows no deadlines"},
        {{.kpi = "sla_share", .limit = "3 months"}, STATUS_INVALID, "\"3 months\" is no limit"},
        {{.kpi = "sla_share", .limit = ""}, STATUS_INVALID, "\"\" is no limit"},
        {{.kpi = "sla_share", .limit = "=3m"}, STATUS_INVALID, "\"=3m\" is no limit"},
        {{.kpi = "sla_share", .limit = "3m,40y"}, STATUS_INVALID, "at most 30 years"},
        {{.kpi = "due", .limit = "a=3m,a=2w"}, STATUS_INVALID, "a is given twice"},
        {{.kpi = "due", .limit = "3m,2w"}, STATUS_INVALID, "all services is given twice"},
        {{.kpi = "no_show", .clock = "working_days"}, STATUS_INVALID, "allowed are gross"},
        {{.kpi = "no_show", .stat = "p50"}, STATUS_INVALID, "no_show has no quantiles"},
        {{.kpi = "waiting_time", .stat = "mean"}, STATUS_INVALID, "\"mean\" is no quantile"},
        {{.kpi = "waiting_time", .stat = "p101"}, STATUS_INVALID, "p101"},
        {{.kpi = "waiting_time", .stat = "p50.1234"}, STATUS_INVALID, "p50.1234"},
        {{.kpi = "waiting_time", .stat = "p50,p50.0"}, STATUS_INVALID, "named twice"},
        {{.kpi = "waiting_time", .stat = "p"}, STATUS_INVALID, "\"p\""},
        {{.kpi = "waiting_time", .stat = "p5."}, STATUS_INVALID, "\"p5.\""},
        {{.kpi = "waiting_time",
          .stat = "p1,p2,p3,p4,p5,p6,p7,p8,p9,p10,p11,p12,p13,p14,p15,p16,p17"},
         STATUS_INVALID,
         "more than 16"},
        {{.kpi = "backlog", .calendar = "never"}, STATUS_INVALID, "calendar: \"never\""},
        {{.kpi = "roi"}, STATUS_INVALID, "needs an assumptions file"},
        {{.kpi = "roi", .section = "tornado"},
         STATUS_INVALID,
         "there is no \"tornado\"; there are"},
        {{.kpi = "backlog", .section = "years"}, STATUS_INVALID, "section: backlog has none"},
        {{.kpi = "cost_per_transaction", .assumptions = "{"}, STATUS_INVALID, ""},
        {{.kpi = "no_show", .filter[DIMENSION_SERVICE] = many_values(257)},
         STATUS_INVALID,
         "at most 256"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct asked asked = ask(&rows[i].words);
        if (asked.status != rows[i].status || strstr(asked.err.text, rows[i].says) == NULL)
            test_fail(__FILE__, __LINE__, "row %zu: %s: %s", i, status_name(asked.status),
                      asked.err.text);
        arena_free(&asked.arena);
    }
    struct plan_words words = {.kpi = "no_show", .filter[DIMENSION_SERVICE] = many_values(256)};
    struct asked asked = ask(&words);
    EXPECT_OK(asked.status);
    EXPECT_EQ(asked.plan.filter[DIMENSION_SERVICE].count, 256);
    arena_free(&asked.arena);
}

TEST(a_small_budget_is_an_answer) {
    struct plan_words words = {.kpi = "backlog", .by = "month,office", .calendar = "12-24"};
    words.filter[DIMENSION_TENANT] = "053150000000";
    for (size_t budget = 0; budget < 600000; budget += 1500) {
        struct arena arena;
        arena_init(&arena, budget);
        struct plan plan;
        enum status status = plan_parse(&words, ms("2025-01-07T08:00:00Z"),
                                        ms("2026-11-20T15:00:00Z"), NOW_MS, &arena, &plan, NULL);
        EXPECT(status == STATUS_OK || status == STATUS_NO_MEMORY);
        arena_free(&arena);
    }
}
