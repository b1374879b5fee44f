/* SPDX-License-Identifier: EUPL-1.2 */
#include "story/period.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"

static int64_t monday(int64_t day) {
    return day - timestamp_weekday(day);
}

/* Of the ISO week that begins on a Monday: its year is that of its Thursday. */
static int64_t week_number(int64_t first_day, int64_t *year) {
    int month, day;
    timestamp_civil_from_days(first_day + 3, year, &month, &day);
    return (first_day + 3 - timestamp_days_from_civil(*year, 1, 1)) / 7 + 1;
}

struct period period_of(enum story_period kind, int64_t day) {
    int64_t year;
    int month, day_of_month;
    timestamp_civil_from_days(day, &year, &month, &day_of_month);
    switch (kind) {
        case PERIOD_DAY: break;
        case PERIOD_WEEK: day = monday(day); break;
        case PERIOD_MONTH: day = timestamp_days_from_civil(year, month, 1); break;
        case PERIOD_QUARTER:
            day = timestamp_days_from_civil(year, (month - 1) / 3 * 3 + 1, 1);
            break;
        case PERIOD_YEAR: day = timestamp_days_from_civil(year, 1, 1); break;
    }
    return (struct period){kind, day};
}

struct period period_move(struct period period, int64_t count) {
    static const int64_t months[] = {[PERIOD_MONTH] = 1, [PERIOD_QUARTER] = 3, [PERIOD_YEAR] = 12};
    int64_t year;
    int month, day;
    if (period.kind == PERIOD_DAY) return (struct period){PERIOD_DAY, period.day + count};
    if (period.kind == PERIOD_WEEK) return (struct period){PERIOD_WEEK, period.day + 7 * count};
    timestamp_civil_from_days(period.day, &year, &month, &day);
    const int64_t since = year * 12 + month - 1 + count * months[period.kind];
    period.day = timestamp_days_from_civil(since / 12, (int)(since % 12) + 1, 1);
    return period;
}

void period_name(struct period period, char *text) {
    int64_t year;
    int month, day;
    timestamp_civil_from_days(period.day, &year, &month, &day);
    switch (period.kind) {
        case PERIOD_DAY:
            snprintf(text, PERIOD_TEXT_BYTES, "%04" PRId64 "-%02d-%02d", year, month, day);
            return;
        case PERIOD_WEEK: {
            const int64_t week = week_number(period.day, &year);
            snprintf(text, PERIOD_TEXT_BYTES, "%04" PRId64 "-W%02" PRId64, year, week);
            return;
        }
        case PERIOD_MONTH:
            snprintf(text, PERIOD_TEXT_BYTES, "%04" PRId64 "-%02d", year, month);
            return;
        case PERIOD_QUARTER:
            snprintf(text, PERIOD_TEXT_BYTES, "%04" PRId64 "-Q%d", year, (month + 2) / 3);
            return;
        case PERIOD_YEAR: snprintf(text, PERIOD_TEXT_BYTES, "%04" PRId64, year); return;
    }
}

/* By writing it again: whatever is not a name is not written so. */
static bool is_name(struct period period, const char *text, struct period *out) {
    char name[PERIOD_TEXT_BYTES];
    period_name(period, name);
    *out = period;
    return strcmp(name, text) == 0;
}

bool period_parse(const char *text, struct period *out) {
    int year, a, b;
    if (strlen(text) < 4 || sscanf(text, "%4d", &year) != 1 || year < 1) return false;
    const int64_t january = timestamp_days_from_civil(year, 1, 1);
    const char *rest = text + 4;
    if (*rest == '\0') return is_name((struct period){PERIOD_YEAR, january}, text, out);
    if (sscanf(rest, "-W%2d", &a) == 1) /* the first week holds 4 January */
        return is_name((struct period){PERIOD_WEEK, monday(january + 3) + 7 * (a - 1)}, text, out);
    if (sscanf(rest, "-Q%1d", &a) == 1 && a >= 1 && a <= 4)
        return is_name(period_of(PERIOD_QUARTER, timestamp_days_from_civil(year, 3 * a, 1)), text,
                       out);
    const int found = sscanf(rest, "-%2d-%2d", &a, &b);
    if (found < 1 || a < 1 || a > 12) return false;
    const int64_t first = timestamp_days_from_civil(year, a, 1);
    if (found == 1) return is_name((struct period){PERIOD_MONTH, first}, text, out);
    return is_name((struct period){PERIOD_DAY, first + b - 1}, text, out);
}

const char *period_bucket(enum story_period kind) {
    static const char *const words[] = {"day", "week", "month", "quarter", "year"};
    return words[kind];
}

uint32_t period_before(enum story_period kind) {
    return kind == PERIOD_DAY ? 7 : 1;
}

uint32_t period_cycle(enum story_period kind) {
    static const uint32_t cycles[] = {7, 52, 12, 4, 1};
    return cycles[kind];
}

uint32_t period_a_year(enum story_period kind) {
    static const uint32_t years[] = {364, 52, 12, 4, 1};
    return years[kind];
}
