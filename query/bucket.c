/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/bucket.h"

#include <string.h>

#include "base/timestamp.h"

enum { HOUR_MS = 3600000 };

static const char *const bucket_texts[BUCKET_COUNT] = {
    [BUCKET_HOUR] = "hour",
    [BUCKET_DAY] = "day",
    [BUCKET_WEEK] = "week",
    [BUCKET_MONTH] = "month",
    [BUCKET_QUARTER] = "quarter",
    [BUCKET_YEAR] = "year",
    [BUCKET_WEEKDAY] = "weekday",
    [BUCKET_HOUR_OF_DAY] = "hour_of_day",
    [BUCKET_WEEKDAY_HOUR] = "weekday,hour_of_day"};

const char *bucket_text(enum bucket bucket) {
    return bucket_texts[bucket];
}

enum bucket bucket_find(const char *text, size_t size) {
    enum bucket bucket = BUCKET_HOUR;
    while (bucket < BUCKET_COUNT &&
           (strlen(bucket_texts[bucket]) != size || memcmp(bucket_texts[bucket], text, size) != 0))
        bucket++;
    return bucket;
}

/* --- edges --- */

/* First day of the bucket that holds a day. */
static int64_t first_day(enum bucket bucket, int64_t day) {
    int64_t year;
    int month, day_of_month;
    timestamp_civil_from_days(day, &year, &month, &day_of_month);
    switch (bucket) {
        case BUCKET_WEEK: return day - timestamp_weekday(day);
        case BUCKET_MONTH: return timestamp_days_from_civil(year, month, 1);
        case BUCKET_QUARTER: return timestamp_days_from_civil(year, (month - 1) / 3 * 3 + 1, 1);
        case BUCKET_YEAR: return timestamp_days_from_civil(year, 1, 1);
        default: return day;
    }
}

/* First day of the bucket after the one that begins on `day`. */
static int64_t next_day(enum bucket bucket, int64_t day) {
    static const int64_t longest_days[] = {[BUCKET_DAY] = 1,
                                           [BUCKET_WEEK] = 7,
                                           [BUCKET_MONTH] = 31,
                                           [BUCKET_QUARTER] = 92,
                                           [BUCKET_YEAR] = 366};
    return first_day(bucket, day + longest_days[bucket]);
}

static int64_t hour_of_clock_ms(const struct time_zone *zone, int64_t utc_ms) {
    int64_t into_hour_ms = timezone_local_ms(zone, utc_ms) % HOUR_MS;
    return utc_ms - (into_hour_ms < 0 ? into_hour_ms + HOUR_MS : into_hour_ms);
}

/* Hours begin where the wall clock shows a full hour, and where the clocks change: so the hour that
 * is shown twice is two buckets, and the one that is skipped is none. */
static int64_t hour_begin_ms(const struct time_zone *zone, int64_t utc_ms) {
    int64_t begin_ms = hour_of_clock_ms(zone, utc_ms);
    for (;;) {
        int64_t change_ms = timezone_next_change_ms(zone, begin_ms);
        if (change_ms > utc_ms) return begin_ms;
        begin_ms = change_ms;
    }
}

static int64_t hour_end_ms(const struct time_zone *zone, int64_t begin_ms) {
    int64_t full_ms = hour_of_clock_ms(zone, begin_ms) + HOUR_MS;
    int64_t change_ms = timezone_next_change_ms(zone, begin_ms);
    return change_ms < full_ms ? change_ms : full_ms;
}

/* Walks over the edges of buckets, from the bucket that holds from_ms. */
struct edges {
    const struct time_zone *zone;
    enum bucket bucket;
    int64_t day; /* of the wall clock; not for hours */
    int64_t at_ms;
};

static void edges_next(struct edges *edges) {
    if (edges->bucket == BUCKET_HOUR) {
        edges->at_ms = hour_end_ms(edges->zone, edges->at_ms);
        return;
    }
    int64_t before_ms = edges->at_ms;
    do { /* a day that a zone skipped has no length */
        edges->day = next_day(edges->bucket, edges->day);
        edges->at_ms = timezone_day_start_ms(edges->zone, edges->day);
    } while (edges->at_ms <= before_ms);
}

static struct edges edges_begin(const struct time_zone *zone, enum bucket bucket, int64_t from_ms) {
    struct edges edges = {.zone = zone, .bucket = bucket};
    if (bucket == BUCKET_HOUR) {
        edges.at_ms = hour_begin_ms(zone, from_ms);
        return edges;
    }
    edges.day = first_day(bucket, timezone_day(zone, from_ms));
    edges.at_ms = timezone_day_start_ms(zone, edges.day);
    for (struct edges next = edges; edges_next(&next), next.at_ms <= from_ms;) edges = next;
    return edges;
}

/* --- names and numbers --- */

/* Which of the buckets that come again begins there: the hour is that of the wall clock. */
static uint8_t recurring_at(const struct time_zone *zone, enum bucket bucket, int64_t begin_ms) {
    const int64_t day_ms = BUCKET_HOUR_COUNT * (int64_t)HOUR_MS;
    const int64_t weekday = timestamp_weekday(timezone_day(zone, begin_ms));
    const int64_t into_day_ms = timezone_local_ms(zone, begin_ms) % day_ms;
    const int64_t hour = (into_day_ms < 0 ? into_day_ms + day_ms : into_day_ms) / HOUR_MS;
    if (bucket == BUCKET_WEEKDAY) return (uint8_t)weekday;
    return (uint8_t)(hour + (bucket == BUCKET_WEEKDAY_HOUR ? weekday * BUCKET_HOUR_COUNT : 0));
}

static const char *name_of(const struct time_zone *zone, enum bucket bucket, int64_t begin_ms,
                           struct arena *arena) {
    int64_t local_ms = timezone_local_ms(zone, begin_ms), year;
    int64_t day = timezone_day(zone, begin_ms);
    int month, day_of_month;
    timestamp_civil_from_days(day, &year, &month, &day_of_month);
    int y = (int)year;
    switch (bucket) {
        case BUCKET_HOUR: {
            int hour = (int)((local_ms - day * BUCKET_HOUR_COUNT * HOUR_MS) / HOUR_MS);
            int offset_min = timezone_offset_s(zone, begin_ms) / 60;
            int size_min = offset_min < 0 ? -offset_min : offset_min;
            return arena_format(arena, "%04d-%02d-%02dT%02d%c%02d:%02d", y, month, day_of_month,
                                hour, offset_min < 0 ? '-' : '+', size_min / 60, size_min % 60);
        }
        case BUCKET_WEEK: { /* ISO 8601: the year and week that its Thursday belongs to */
            int64_t thursday = first_day(BUCKET_WEEK, day) + 3;
            timestamp_civil_from_days(thursday, &year, &month, &day_of_month);
            int64_t week = (thursday - timestamp_days_from_civil(year, 1, 1)) / 7 + 1;
            return arena_format(arena, "%04d-W%02d", (int)year, (int)week);
        }
        case BUCKET_MONTH: return arena_format(arena, "%04d-%02d", y, month);
        case BUCKET_QUARTER: return arena_format(arena, "%04d-Q%d", y, (month - 1) / 3 + 1);
        case BUCKET_YEAR: return arena_format(arena, "%04d", y);
        default: return arena_format(arena, "%04d-%02d-%02d", y, month, day_of_month);
    }
}

static enum status name_all(const struct time_zone *zone, enum bucket bucket, struct arena *arena,
                            struct buckets *out) {
    const uint32_t count = out->edge_count - 1;
    const char **names = arena_push_array(arena, const char *, count);
    if (names == NULL) return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        if ((names[i] = name_of(zone, bucket, out->edges[i], arena)) == NULL)
            return STATUS_NO_MEMORY;
    out->names = names;
    return STATUS_OK;
}

static enum status number_all(const struct time_zone *zone, enum bucket bucket, struct arena *arena,
                              struct buckets *out) {
    const uint32_t count = out->edge_count - 1;
    uint8_t *recurring = arena_push_array(arena, uint8_t, count);
    if (recurring == NULL) return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) recurring[i] = recurring_at(zone, bucket, out->edges[i]);
    out->recurring = recurring;
    return STATUS_OK;
}

enum status buckets_build(const struct time_zone *zone, enum bucket bucket, int64_t from_ms,
                          int64_t to_ms, struct arena *arena, struct buckets *out) {
    const bool recurs = bucket_recurs(bucket);
    const uint32_t most = bucket_count_max(bucket);
    const enum bucket piece = !recurs                    ? bucket
                              : bucket == BUCKET_WEEKDAY ? BUCKET_DAY
                                                         : BUCKET_HOUR;
    const struct edges first = edges_begin(zone, piece, from_ms);
    uint32_t count = 0;
    *out = (struct buckets){0};
    for (struct edges edges = first; edges.at_ms < to_ms; edges_next(&edges))
        if (++count > most) return STATUS_TOO_LARGE;
    int64_t *at_ms = arena_push_array(arena, int64_t, count + 1);
    if (at_ms == NULL) return STATUS_NO_MEMORY;
    struct edges edges = first;
    for (uint32_t i = 0; i <= count; i++, edges_next(&edges)) at_ms[i] = edges.at_ms;
    out->edge_count = count + 1;
    out->edges = at_ms;
    return recurs ? number_all(zone, bucket, arena, out) : name_all(zone, bucket, arena, out);
}
