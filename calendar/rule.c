/* SPDX-License-Identifier: EUPL-1.2 */
#include "calendar/rule.h"

#include <stdio.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/timestamp.h"

enum { DAY_MINUTES = 24 * 60 };

/* A word, or what is left of it. */
struct piece {
    const char *at;
    size_t size;
};

static bool is_piece(struct piece piece, const char *text) {
    return strlen(text) == piece.size && memcmp(piece.at, text, piece.size) == 0;
}

/* Cuts off what comes before the first `separator`; without one, all of it. */
static struct piece cut(struct piece *rest, char separator) {
    const char *found = memchr(rest->at, separator, rest->size);
    const struct piece first = {rest->at, found == NULL ? rest->size : (size_t)(found - rest->at)};
    const size_t used = first.size + (found != NULL);
    *rest = (struct piece){rest->at + used, rest->size - used};
    return first;
}

static bool read_number(struct piece piece, size_t digits, int *out) {
    *out = 0;
    if (piece.size != digits) return false;
    for (size_t i = 0; i < digits; i++) {
        if (piece.at[i] < '0' || piece.at[i] > '9') return false;
        *out = *out * 10 + piece.at[i] - '0';
    }
    return true;
}

/* "12-24" or "2026-02-16", a day that there is. */
static bool read_day(struct piece piece, struct rule *rule) {
    rule->kind = RULE_CLOSED;
    rule->year = 0;
    if (piece.size == 10) {
        const struct piece year = cut(&piece, '-');
        if (!read_number(year, 4, &rule->year) || rule->year < CALENDAR_YEAR_MIN) return false;
    }
    const struct piece month = cut(&piece, '-');
    if (!read_number(month, 2, &rule->month) || !read_number(piece, 2, &rule->day)) return false;
    if (rule->month < 1 || rule->month > 12) return false;
    const int any_leap_year = 2028;
    const int year = rule->year == 0 ? any_leap_year : rule->year;
    return rule->day >= 1 && rule->day <= timestamp_days_in_month(year, rule->month);
}

static bool read_weekday(struct piece piece, int *out) {
    static const char *const names[] = {"mo", "tu", "we", "th", "fr", "sa", "su"};
    for (*out = 0; *out < 7; ++*out)
        if (is_piece(piece, names[*out])) return true;
    return false;
}

static bool read_minute(struct piece piece, uint16_t *out) {
    int hour, minute;
    const struct piece hours = cut(&piece, ':');
    if (!read_number(hours, 2, &hour) || !read_number(piece, 2, &minute) || minute > 59)
        return false;
    *out = (uint16_t)(hour * 60 + minute);
    return *out <= DAY_MINUTES;
}

/* "08:00-12:00+13:00-16:00" or "closed": one after the other. In a URL a plus is a space. */
static bool read_opening(struct piece piece, struct opening *out) {
    uint16_t before = 0;
    *out = (struct opening){0};
    if (is_piece(piece, "closed")) return true;
    const char separator = memchr(piece.at, ' ', piece.size) != NULL ? ' ' : '+';
    while (piece.size > 0) {
        struct piece end = cut(&piece, separator);
        const struct piece begin = cut(&end, '-');
        if (out->span_count == OPENING_SPANS_MAX) return false;
        struct opening_span *span = &out->span[out->span_count++];
        if (!read_minute(begin, &span->from_min) || !read_minute(end, &span->to_min)) return false;
        if (span->from_min < before || span->to_min <= span->from_min) return false;
        before = span->to_min;
    }
    return out->span_count > 0;
}

/* "mo-th:08:00-16:00" or "fr:closed". */
static bool read_hours(struct piece piece, struct rule *rule) {
    struct piece last = cut(&piece, ':');
    const struct piece first = cut(&last, '-');
    int from, to;
    rule->kind = RULE_HOURS;
    rule->weekdays = 0;
    if (!read_weekday(first, &from)) return false;
    to = from;
    if (last.size > 0 && (!read_weekday(last, &to) || to < from)) return false;
    for (int day = from; day <= to; day++) rule->weekdays |= (uint8_t)(1 << day);
    return read_opening(piece, &rule->opening);
}

static bool read_region(struct piece piece, struct rule *rule) {
    rule->kind = RULE_REGION;
    for (rule->region = 0; rule->region < REGION_COUNT; rule->region++)
        if (is_piece(piece, region_text(rule->region))) return true;
    return false;
}

static bool read_rule(struct piece piece, struct rule *rule) {
    *rule = (struct rule){0};
    if (memchr(piece.at, '=', piece.size) != NULL) {
        const struct piece ars = cut(&piece, '=');
        if (ars.size < 2 || ars.size > 12 || strspn(ars.at, "0123456789") != ars.size) return false;
        memcpy(rule->ars, ars.at, ars.size);
        if (read_region(piece, rule)) return true;
    }
    return read_day(piece, rule) || read_hours(piece, rule);
}

static enum status add_rule(struct piece piece, struct rules *out, struct error *err) {
    if (out->count == CALENDAR_RULES_MAX)
        return error_set(err, STATUS_TOO_LARGE, "calendar: more than %d words",
                         (int)CALENDAR_RULES_MAX);
    if (read_rule(piece, &out->rule[out->count])) {
        out->count++;
        return STATUS_OK;
    }
    return error_set(err, STATUS_INVALID,
                     "calendar: \"%.*s\" is no day (12-24, 2026-02-16), no opening hours "
                     "(mo-th:08:00-16:00), nor one of these or a region for a place, as in "
                     "095640000000=BY-no-assumption",
                     (int)(piece.size > 40 ? 40 : piece.size), piece.at);
}

enum status rules_parse(const char *words, struct arena *arena, struct rules *out,
                        struct error *err) {
    size_t commas = 1;
    *out = (struct rules){0};
    if (words == NULL) return STATUS_OK;
    for (const char *at = words; *at != '\0'; at++) commas += *at == ',';
    if (commas > CALENDAR_RULES_MAX) commas = CALENDAR_RULES_MAX;
    out->rule = arena_push_array(arena, struct rule, commas);
    if (out->rule == NULL)
        return error_set(err, STATUS_NO_MEMORY, "calendar: memory budget used up");
    out->checksum = crc32c(words, strlen(words));
    struct piece rest = {words, strlen(words)};
    while (rest.size > 0) {
        const struct piece word = cut(&rest, ',');
        if (word.size > 0) TRY(add_rule(word, out, err));
    }
    return STATUS_OK;
}

bool rule_covers(const struct rule *rule, const char *ars, size_t size) {
    const size_t digits = strlen(rule->ars);
    return digits <= size && memcmp(rule->ars, ars, digits) == 0;
}
