/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/timestamp.h"

#include <stdio.h>

enum { DAYS_PER_ERA = 146097, YEARS_PER_ERA = 400, DAYS_TO_1970 = 719468 };

int64_t timestamp_days_from_civil(int64_t year, int month, int day) {
    year -= month <= 2; /* the year starts in March: the leap day comes last */
    int64_t era = (year >= 0 ? year : year - (YEARS_PER_ERA - 1)) / YEARS_PER_ERA;
    int64_t year_of_era = year - era * YEARS_PER_ERA;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

void timestamp_civil_from_days(int64_t days, int64_t *year, int *month, int *day) {
    days += DAYS_TO_1970;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t day_of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = year_of_era + era * YEARS_PER_ERA + (*month <= 2);
}

int timestamp_days_in_month(int64_t year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

int timestamp_weekday(int64_t days) {
    return (int)(((days + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

/* Reads `count` digits at *at, moving it on; -1 when one is missing. */
static int digits(const char **at, const char *end, int count) {
    int value = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (*at >= end || **at < '0' || **at > '9') return -1;
        value = value * 10 + (**at - '0');
    }
    return value;
}

static bool separator(const char **at, const char *end, const char *allowed) {
    if (*at >= end) return false;
    for (; *allowed != '\0'; allowed++) {
        if (**at == *allowed) {
            (*at)++;
            return true;
        }
    }
    return false;
}

static bool parse_date(const char **at, const char *end, int64_t *days) {
    int year = digits(at, end, 4);
    if (year < 1 || !separator(at, end, "-")) return false;
    int month = digits(at, end, 2);
    if (month < 1 || month > 12 || !separator(at, end, "-")) return false;
    int day = digits(at, end, 2);
    if (day < 1 || day > timestamp_days_in_month(year, month)) return false;
    *days = timestamp_days_from_civil(year, month, day);
    return true;
}

bool timestamp_parse_day(const char *text, size_t size, int64_t *days) {
    const char *at = text;
    return size == 10 && parse_date(&at, text + size, days);
}

static bool parse_clock(const char **at, const char *end, int64_t *ms) {
    int hour = digits(at, end, 2);
    if (hour < 0 || hour > 23 || !separator(at, end, ":")) return false;
    int minute = digits(at, end, 2);
    if (minute < 0 || minute > 59 || !separator(at, end, ":")) return false;
    int second = digits(at, end, 2);
    if (second < 0 || second > 60) return false;
    *ms = ((int64_t)hour * 3600 + minute * 60 + second) * 1000;
    if (!separator(at, end, ".")) return true;
    int scale = 100;
    const char *first = *at;
    for (; *at < end && **at >= '0' && **at <= '9'; (*at)++, scale /= 10)
        *ms += (int64_t)(**at - '0') * scale;
    return *at > first;
}

static bool parse_offset(const char **at, const char *end, int64_t *ms) {
    *ms = 0;
    if (separator(at, end, "Zz")) return true;
    int sign = separator(at, end, "+") ? 1 : separator(at, end, "-") ? -1 : 0;
    if (sign == 0) return false;
    int hour = digits(at, end, 2);
    if (hour < 0 || hour > 23 || !separator(at, end, ":")) return false;
    int minute = digits(at, end, 2);
    if (minute < 0 || minute > 59) return false;
    *ms = sign * ((int64_t)hour * 60 + minute) * 60000;
    return true;
}

bool timestamp_parse(const char *text, size_t size, int64_t *utc_ms) {
    const char *at = text, *end = text + size;
    int64_t days, clock_ms, offset_ms;
    if (!parse_date(&at, end, &days) || !separator(&at, end, "Tt ")) return false;
    if (!parse_clock(&at, end, &clock_ms) || !parse_offset(&at, end, &offset_ms)) return false;
    if (at != end) return false;
    *utc_ms = days * 86400000 + clock_ms - offset_ms;
    return true;
}

void timestamp_format_utc(int64_t utc_ms, char *text) {
    if (utc_ms < TIMESTAMP_MS_MIN) utc_ms = TIMESTAMP_MS_MIN;
    if (utc_ms > TIMESTAMP_MS_MAX) utc_ms = TIMESTAMP_MS_MAX;
    int64_t days = utc_ms / 86400000;
    if (utc_ms % 86400000 < 0) days--;
    int64_t year, ms = utc_ms - days * 86400000;
    int month, day;
    timestamp_civil_from_days(days, &year, &month, &day);
    (void)snprintf(text, TIMESTAMP_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                   (int)year % 10000, month % 100, day % 100, (int)(ms / 3600000) % 100,
                   (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
}
