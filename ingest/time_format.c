/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/time_format.h"

#include <string.h>

#include "base/timestamp.h"

struct parts {
    int64_t year, month, day, hour, minute, second, ms;
    int64_t unix_s;
    int64_t offset_ms;
    bool has_unix, has_offset, has_half, afternoon;
};

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* least..most digits at *at as a number. */
static bool number(const char **at, const char *end, int least, int most, int64_t *out) {
    int count = 0;
    for (*out = 0; count < most && *at < end && is_digit(**at); count++, (*at)++)
        *out = *out * 10 + (**at - '0');
    return count >= least;
}

static bool fraction(const char **at, const char *end, int64_t *ms) {
    const char *first = *at;
    int64_t scale = 100;
    for (*ms = 0; *at < end && is_digit(**at); (*at)++, scale /= 10) *ms += (**at - '0') * scale;
    return *at > first;
}

static bool offset(const char **at, const char *end, int64_t *ms) {
    *ms = 0;
    if (*at == end) return false;
    char sign = *(*at)++;
    if (sign == 'Z' || sign == 'z') return true;
    int64_t hours, minutes;
    if ((sign != '+' && sign != '-') || !number(at, end, 2, 2, &hours)) return false;
    if (*at < end && **at == ':') (*at)++;
    if (!number(at, end, 2, 2, &minutes) || hours > 23 || minutes > 59) return false;
    *ms = (hours * 60 + minutes) * (sign == '-' ? -60000 : 60000);
    return true;
}

static bool half_day(const char **at, const char *end, struct parts *parts) {
    if (end - *at < 2 || ((*at)[1] | 0x20) != 'm') return false;
    char half = (char)(**at | 0x20);
    parts->has_half = true;
    parts->afternoon = half == 'p';
    *at += 2;
    return half == 'a' || half == 'p';
}

static bool convert(char conversion, const char **at, const char *end, struct parts *parts) {
    switch (conversion) {
        case 'Y': return number(at, end, 4, 4, &parts->year);
        case 'm': return number(at, end, 1, 2, &parts->month);
        case 'd': return number(at, end, 1, 2, &parts->day);
        case 'H':
        case 'I': return number(at, end, 1, 2, &parts->hour);
        case 'M': return number(at, end, 1, 2, &parts->minute);
        case 'S': return number(at, end, 1, 2, &parts->second);
        case 'f': return fraction(at, end, &parts->ms);
        case 'p': return half_day(at, end, parts);
        case 'z': parts->has_offset = true; return offset(at, end, &parts->offset_ms);
        case 's': parts->has_unix = true; return number(at, end, 1, 12, &parts->unix_s);
        default: return *at < end && *(*at)++ == conversion; /* %% */
    }
}

static bool match(const char *pattern, const char *at, const char *end, struct parts *parts) {
    for (; *pattern != '\0'; pattern++) {
        if (is_space(*pattern)) {
            while (at < end && is_space(*at)) at++;
        } else if (*pattern == '%') {
            if (!convert(*++pattern, &at, end, parts)) return false;
        } else if (at == end || *at++ != *pattern) {
            return false;
        }
    }
    return at == end;
}

static bool plausible(struct parts *parts) {
    if (parts->has_half) {
        if (parts->hour < 1 || parts->hour > 12) return false;
        parts->hour = parts->hour % 12 + (parts->afternoon ? 12 : 0);
    }
    return parts->year >= 1 && parts->month >= 1 && parts->month <= 12 && parts->day >= 1 &&
           parts->day <= timestamp_days_in_month(parts->year, (int)parts->month) &&
           parts->hour <= 23 && parts->minute <= 59 && parts->second <= 60;
}

bool time_format_parse(const struct time_format *format, struct slice text, int64_t *utc_ms) {
    const char *at = text.bytes, *end = text.bytes + text.size;
    while (at < end && is_space(*at)) at++;
    while (end > at && is_space(end[-1])) end--;
    if (format->pattern == NULL) return timestamp_parse(at, (size_t)(end - at), utc_ms);
    struct parts parts = {.month = 1, .day = 1};
    if (!match(format->pattern, at, end, &parts)) return false;
    if (parts.has_unix) {
        *utc_ms = parts.unix_s * 1000 + parts.ms;
        return *utc_ms <= TIMESTAMP_MS_MAX;
    }
    if (!plausible(&parts)) return false;
    int64_t days = timestamp_days_from_civil(parts.year, (int)parts.month, (int)parts.day);
    int64_t local_ms = days * 86400000 + parts.hour * 3600000 + parts.minute * 60000 +
                       parts.second * 1000 + parts.ms;
    if (parts.has_offset) {
        *utc_ms = local_ms - parts.offset_ms;
    } else if (format->zone != NULL) {
        *utc_ms = timezone_utc_ms(format->zone, local_ms);
    } else {
        *utc_ms = local_ms - format->offset_ms;
    }
    return true;
}

static enum status check_pattern(const char *pattern, struct error *err) {
    bool year = false, half = false, hour12 = false;
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at != '%') continue;
        at++;
        if (*at == '\0' || strchr("YmdHIMSfpzs%", *at) == NULL)
            return error_set(err, STATUS_INVALID, "time format \"%s\": %%%c is not known", pattern,
                             *at == '\0' ? ' ' : *at);
        year = year || *at == 'Y' || *at == 's';
        half = half || *at == 'p';
        hour12 = hour12 || *at == 'I';
    }
    if (!year) return error_set(err, STATUS_INVALID, "time format \"%s\" has no %%Y", pattern);
    if (half != hour12)
        return error_set(err, STATUS_INVALID, "time format \"%s\": %%I and %%p go together",
                         pattern);
    return STATUS_OK;
}

enum status time_format_make(const char *pattern, const char *zone, struct arena *arena,
                             struct time_format *out, struct error *err) {
    *out = (struct time_format){.pattern = pattern};
    if (pattern != NULL) TRY(check_pattern(pattern, err));
    if (zone == NULL || strcmp(zone, "UTC") == 0) return STATUS_OK;
    if (*zone != '+' && *zone != '-') return timezone_load(zone, arena, &out->zone, err);
    const char *at = zone, *end = zone + strlen(zone);
    if (!offset(&at, end, &out->offset_ms) || at != end)
        return error_set(err, STATUS_INVALID, "time zone \"%s\" is no offset like +01:00", zone);
    return STATUS_OK;
}
