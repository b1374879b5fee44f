/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/timezone.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"

enum {
    DAY_S = 86400,
    HEADER_BYTES = 44,
    TYPE_BYTES = 6,
    OFFSET_S_MIN = -25 * 3600, /* RFC 9636, 3.2 */
    OFFSET_S_MAX = 26 * 3600
};
#define CHANGE_S_MAX INT64_C(1000000000000) /* no calendar reaches so far; its ms fit */

/* A day of the year as the footer names it. */
enum rule_kind { RULE_JULIAN, RULE_DAY, RULE_WEEKDAY }; /* Jn, n, Mm.w.d */

struct rule_date {
    enum rule_kind kind;
    int day;         /* 1..365 without 29 February, 0..365 with it, or 0..6 from Sunday */
    int month, week; /* 1..12, 1..5 with 5 for the last */
    int32_t time_s;  /* of the wall clock before the change; may be negative or over a day */
};

struct rule {
    int32_t standard_s, summer_s; /* east of UTC; equal when the clocks never change */
    struct rule_date to_summer, to_standard;
};

struct time_zone {
    const char *name;
    int32_t first_offset_s; /* before the first change */
    uint32_t change_count;
    int64_t *change_s;
    int32_t *offset_s; /* from change_s on */
    bool has_rule;     /* goes on after the last change */
    struct rule rule;
};

/* --- the footer --- */

static bool parse_name(const char **at) {
    const char *start = *at;
    if (*start == '<') {
        const char *end = strchr(start, '>');
        *at = end == NULL ? start : end + 1;
        return end != NULL;
    }
    while ((**at >= 'A' && **at <= 'Z') || (**at >= 'a' && **at <= 'z')) (*at)++;
    return *at - start >= 3;
}

static bool parse_number(const char **at, int max, int *out) {
    const char *start = *at;
    *out = 0;
    while (**at >= '0' && **at <= '9' && *at - start < 4) *out = *out * 10 + (*(*at)++ - '0');
    return *at > start && *out <= max;
}

/* [+-]h[:mm[:ss]] */
static bool parse_time(const char **at, int32_t *seconds) {
    int sign = 1, hour, minute = 0, second = 0;
    if (**at == '+' || **at == '-') sign = *(*at)++ == '-' ? -1 : 1;
    if (!parse_number(at, 167, &hour)) return false;
    if (**at == ':' && (++*at, !parse_number(at, 59, &minute))) return false;
    if (**at == ':' && (++*at, !parse_number(at, 59, &second))) return false;
    *seconds = sign * (hour * 3600 + minute * 60 + second);
    return true;
}

static bool parse_date(const char **at, struct rule_date *date) {
    if (*(*at)++ != ',') return false;
    date->time_s = 2 * 3600;
    if (**at == 'M') {
        date->kind = RULE_WEEKDAY;
        ++*at;
        if (!parse_number(at, 12, &date->month) || date->month < 1 || *(*at)++ != '.') return false;
        if (!parse_number(at, 5, &date->week) || date->week < 1 || *(*at)++ != '.') return false;
        if (!parse_number(at, 6, &date->day)) return false;
    } else {
        date->kind = **at == 'J' ? RULE_JULIAN : RULE_DAY;
        if (**at == 'J') ++*at;
        if (!parse_number(at, 365, &date->day)) return false;
        if (date->kind == RULE_JULIAN && date->day < 1) return false;
    }
    return **at != '/' || (++*at, parse_time(at, &date->time_s));
}

/* POSIX TZ: std offset [dst [offset] , start [/time] , end [/time]], offsets west of UTC. */
static bool parse_footer(const char *at, struct rule *rule) {
    int32_t west_s;
    if (!parse_name(&at) || !parse_time(&at, &west_s)) return false;
    rule->standard_s = rule->summer_s = -west_s;
    if (*at == '\0') return true;
    if (!parse_name(&at)) return false;
    rule->summer_s = rule->standard_s + 3600;
    if (*at != ',') {
        if (!parse_time(&at, &west_s)) return false;
        rule->summer_s = -west_s;
    }
    return parse_date(&at, &rule->to_summer) && parse_date(&at, &rule->to_standard) && *at == '\0';
}

static int64_t rule_date_local_s(const struct rule_date *date, int64_t year) {
    int64_t day = timestamp_days_from_civil(year, 1, 1);
    if (date->kind == RULE_DAY) {
        day += date->day;
    } else if (date->kind == RULE_JULIAN) {
        bool leap = timestamp_days_in_month(year, 2) == 29;
        day += date->day - 1 + (leap && date->day >= 60);
    } else {
        day = timestamp_days_from_civil(year, date->month, 1);
        int weekday = (timestamp_weekday(day) + 1) % 7; /* 0: Sunday, as rules count */
        int in_month = 1 + (date->day - weekday + 7) % 7 + 7 * (date->week - 1);
        if (in_month > timestamp_days_in_month(year, date->month)) in_month -= 7;
        day += in_month - 1;
    }
    return day * DAY_S + date->time_s;
}

/* The two changes of a year, in UTC seconds. */
static int64_t rule_change_s(const struct rule *rule, int64_t year, bool to_summer) {
    return to_summer ? rule_date_local_s(&rule->to_summer, year) - rule->standard_s
                     : rule_date_local_s(&rule->to_standard, year) - rule->summer_s;
}

static int64_t year_of(int64_t utc_s) {
    int64_t days = utc_s / DAY_S - (utc_s % DAY_S < 0), year;
    int month, day;
    timestamp_civil_from_days(days, &year, &month, &day);
    return year;
}

/* The offset that the latest change before or at the moment leads to. Of two changes at one moment
 * the one to summer time is seen last and counts: so a footer can say "summer time all year". */
static int32_t rule_offset_s(const struct rule *rule, int64_t utc_s) {
    if (rule->standard_s == rule->summer_s) return rule->standard_s;
    int64_t year = year_of(utc_s), latest = INT64_MIN;
    int32_t offset_s = rule->standard_s;
    for (int64_t y = year - 1; y <= year + 1; y++) {
        for (int to_summer = 0; to_summer < 2; to_summer++) {
            int64_t change_s = rule_change_s(rule, y, to_summer);
            if (change_s > utc_s || change_s < latest) continue;
            latest = change_s;
            offset_s = to_summer ? rule->summer_s : rule->standard_s;
        }
    }
    return offset_s;
}

static int64_t rule_next_change_s(const struct rule *rule, int64_t utc_s) {
    if (rule->standard_s == rule->summer_s) return INT64_MAX;
    int64_t year = year_of(utc_s), next = INT64_MAX;
    int32_t offset_s = rule_offset_s(rule, utc_s);
    for (int64_t y = year - 1; y <= year + 2; y++) {
        for (int to_summer = 0; to_summer < 2; to_summer++) {
            int64_t change_s = rule_change_s(rule, y, to_summer);
            if (change_s > utc_s && change_s < next && rule_offset_s(rule, change_s) != offset_s)
                next = change_s;
        }
    }
    return next;
}

/* --- the file --- */

struct tzif {
    const uint8_t *at, *end;
    uint32_t isut_count, isstd_count, leap_count, time_count, type_count, char_count;
};

static int64_t big_endian(const uint8_t *bytes, size_t size) {
    uint64_t value = bytes[0] >= 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; i++) value = value << 8 | bytes[i];
    return (int64_t)value;
}

static bool tzif_header(struct tzif *file, uint8_t *version) {
    if (file->end - file->at < HEADER_BYTES || memcmp(file->at, "TZif", 4) != 0) return false;
    *version = file->at[4];
    uint32_t *counts[] = {&file->isut_count, &file->isstd_count, &file->leap_count,
                          &file->time_count, &file->type_count,  &file->char_count};
    for (size_t i = 0; i < 6; i++) {
        *counts[i] = (uint32_t)big_endian(file->at + 20 + 4 * i, 4);
        if (*counts[i] > TIMEZONE_TRANSITIONS_MAX) return false;
    }
    file->at += HEADER_BYTES;
    return file->type_count > 0;
}

static size_t tzif_data_bytes(const struct tzif *file, size_t time_bytes) {
    return file->time_count * (time_bytes + 1) + file->type_count * (size_t)TYPE_BYTES +
           file->char_count + file->leap_count * (time_bytes + 4) + file->isstd_count +
           file->isut_count;
}

static bool zone_add_change(struct time_zone *zone, int64_t change_s, int32_t offset_s) {
    uint32_t count = zone->change_count;
    if (count > 0 && change_s <= zone->change_s[count - 1]) return false;
    if (change_s < -CHANGE_S_MAX) {
        zone->first_offset_s = offset_s;
        return true;
    }
    /* Changes of a name only are no changes here. */
    if (offset_s == (count > 0 ? zone->offset_s[count - 1] : zone->first_offset_s)) return true;
    if (change_s > CHANGE_S_MAX) return true;
    zone->change_s[count] = change_s;
    zone->offset_s[count] = offset_s;
    zone->change_count++;
    return true;
}

static bool tzif_data(const struct tzif *file, size_t time_bytes, struct time_zone *zone) {
    const uint8_t *times = file->at, *indexes = times + file->time_count * time_bytes,
                  *types = indexes + file->time_count;
    for (uint32_t i = 0; i < file->type_count; i++) {
        int64_t offset_s = big_endian(types + i * TYPE_BYTES, 4);
        if (offset_s < OFFSET_S_MIN || offset_s > OFFSET_S_MAX) return false;
    }
    zone->first_offset_s = (int32_t)big_endian(types, 4);
    for (uint32_t i = 0; i < file->time_count; i++) {
        if (indexes[i] >= file->type_count) return false;
        if (!zone_add_change(zone, big_endian(times + i * time_bytes, time_bytes),
                             (int32_t)big_endian(types + indexes[i] * TYPE_BYTES, 4)))
            return false;
    }
    return true;
}

/* "\n" TZ string "\n"; an empty string says nothing about what comes. */
static bool tzif_footer(const struct tzif *file, struct time_zone *zone) {
    char footer[128];
    if (file->at >= file->end || *file->at != '\n') return false;
    const uint8_t *start = file->at + 1;
    const uint8_t *stop = memchr(start, '\n', (size_t)(file->end - start));
    if (stop == NULL || (size_t)(stop - start) >= sizeof footer) return false;
    memcpy(footer, start, (size_t)(stop - start));
    footer[stop - start] = '\0';
    zone->has_rule = footer[0] != '\0';
    return !zone->has_rule || parse_footer(footer, &zone->rule);
}

static bool tzif_parse(const void *bytes, size_t size, struct time_zone *zone) {
    struct tzif file = {.at = bytes, .end = (const uint8_t *)bytes + size};
    size_t time_bytes = 4;
    uint8_t version;
    if (!tzif_header(&file, &version)) return false;
    if (version >= '2') { /* the same again with 64-bit times */
        if ((size_t)(file.end - file.at) < tzif_data_bytes(&file, time_bytes)) return false;
        file.at += tzif_data_bytes(&file, time_bytes);
        time_bytes = 8;
        if (!tzif_header(&file, &version)) return false;
    }
    if (file.leap_count > 0) return false; /* "right/..." counts leap seconds, our time does not */
    if ((size_t)(file.end - file.at) < tzif_data_bytes(&file, time_bytes)) return false;
    if (!tzif_data(&file, time_bytes, zone)) return false;
    file.at += tzif_data_bytes(&file, time_bytes);
    return version < '2' || tzif_footer(&file, zone);
}

enum status timezone_parse(const char *name, const void *bytes, size_t size, struct arena *arena,
                           const struct time_zone **out, struct error *err) {
    struct time_zone *zone = arena_push_array(arena, struct time_zone, 1);
    char *copy = arena_copy_text(arena, name, strlen(name));
    int64_t *change_s = arena_push_array(arena, int64_t, TIMEZONE_TRANSITIONS_MAX);
    int32_t *offset_s = arena_push_array(arena, int32_t, TIMEZONE_TRANSITIONS_MAX);
    if (zone == NULL || copy == NULL || change_s == NULL || offset_s == NULL)
        return error_set(err, STATUS_NO_MEMORY, "time zone %s: memory budget used up", name);
    *zone = (struct time_zone){.name = copy, .change_s = change_s, .offset_s = offset_s};
    if (!tzif_parse(bytes, size, zone))
        return error_set(err, STATUS_CORRUPT, "time zone %s: not a TZif file that can be used",
                         name);
    *out = zone;
    return STATUS_OK;
}

/* Letters, digits and _ + - in parts between slashes: no name leaves the folder. */
static bool name_is_valid(const char *name) {
    size_t size = strlen(name);
    if (size == 0 || size > TIMEZONE_NAME_BYTES_MAX || strstr(name, "//") != NULL) return false;
    if (name[0] == '/' || name[size - 1] == '/') return false;
    for (const char *at = name; *at != '\0'; at++) {
        bool letter = (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z');
        bool digit = *at >= '0' && *at <= '9';
        if (!letter && !digit && strchr("_+-/", *at) == NULL) return false;
    }
    return true;
}

enum status timezone_load(const char *name, struct arena *arena, const struct time_zone **out,
                          struct error *err) {
    if (!name_is_valid(name))
        return error_set(err, STATUS_INVALID,
                         "\"%.64s\" is no name of a time zone, as Europe/Berlin is", name);
    const char *folder = getenv("TZDIR");
    if (folder == NULL || folder[0] == '\0') folder = TIMEZONE_FOLDER;
    char *path = arena_format(arena, "%s/%s", folder, name);
    uint8_t *bytes = arena_push_raw(arena, TIMEZONE_FILE_BYTES_MAX, 1);
    if (path == NULL || bytes == NULL)
        return error_set(err, STATUS_NO_MEMORY, "time zone %s: memory budget used up", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return error_set(err, errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_IO,
                         "time zone %s: no such file in %s", name, folder);
    size_t size = fread(bytes, 1, TIMEZONE_FILE_BYTES_MAX, file);
    (void)fclose(file);
    return timezone_parse(name, bytes, size, arena, out, err);
}

const char *timezone_name(const struct time_zone *zone) {
    return zone->name;
}

/* --- questions --- */

static int64_t floor_seconds(int64_t ms) {
    return ms / 1000 - (ms % 1000 < 0);
}

/* Number of changes at or before the moment. */
static uint32_t changes_until(const struct time_zone *zone, int64_t utc_s) {
    uint32_t low = 0, high = zone->change_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (zone->change_s[middle] <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t timezone_offset_s(const struct time_zone *zone, int64_t utc_ms) {
    int64_t utc_s = floor_seconds(utc_ms);
    uint32_t passed = changes_until(zone, utc_s);
    if (passed == zone->change_count && zone->has_rule) return rule_offset_s(&zone->rule, utc_s);
    return passed == 0 ? zone->first_offset_s : zone->offset_s[passed - 1];
}

int64_t timezone_next_change_ms(const struct time_zone *zone, int64_t utc_ms) {
    int64_t utc_s = floor_seconds(utc_ms);
    uint32_t passed = changes_until(zone, utc_s);
    if (passed < zone->change_count) return zone->change_s[passed] * 1000;
    if (!zone->has_rule) return INT64_MAX;
    int64_t next_s = rule_next_change_s(&zone->rule, utc_s);
    return next_s == INT64_MAX ? INT64_MAX : next_s * 1000;
}

int64_t timezone_local_ms(const struct time_zone *zone, int64_t utc_ms) {
    return utc_ms + (int64_t)timezone_offset_s(zone, utc_ms) * 1000;
}

int64_t timezone_utc_ms(const struct time_zone *zone, int64_t local_ms) {
    int64_t utc_ms = local_ms - (int64_t)OFFSET_S_MAX * 1000; /* here the wall clock is behind */
    for (;;) {
        int64_t wanted_ms = local_ms - (int64_t)timezone_offset_s(zone, utc_ms) * 1000;
        if (wanted_ms <= utc_ms) return utc_ms; /* the last change jumped over it */
        int64_t change_ms = timezone_next_change_ms(zone, utc_ms);
        if (wanted_ms < change_ms) return wanted_ms;
        utc_ms = change_ms;
    }
}

int64_t timezone_day_start_ms(const struct time_zone *zone, int64_t day) {
    return timezone_utc_ms(zone, day * DAY_S * 1000);
}

int64_t timezone_day(const struct time_zone *zone, int64_t utc_ms) {
    int64_t local_s = floor_seconds(timezone_local_ms(zone, utc_ms));
    return local_s / DAY_S - (local_s % DAY_S < 0);
}
