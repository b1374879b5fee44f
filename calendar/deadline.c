/* SPDX-License-Identifier: EUPL-1.2 */
#include "calendar/deadline.h"

#include <string.h>

#include "base/timestamp.h"

enum { WEEK_DAYS = 7, YEAR_MONTHS = 12 };

/* How many of a unit surely end within a year. */
static const uint32_t per_year[] = {
    [DEADLINE_HOURS] = 8784, [DEADLINE_DAYS] = 366,  [DEADLINE_WORKING_DAYS] = 220,
    [DEADLINE_WEEKS] = 52,   [DEADLINE_MONTHS] = 12, [DEADLINE_YEARS] = 1};

bool deadline_parse(const char *text, size_t size, struct deadline *out) {
    static const char *const units[] = {
        [DEADLINE_HOURS] = "h", [DEADLINE_DAYS] = "d",   [DEADLINE_WORKING_DAYS] = "wd",
        [DEADLINE_WEEKS] = "w", [DEADLINE_MONTHS] = "m", [DEADLINE_YEARS] = "y"};
    size_t digits = 0;
    uint32_t count = 0;
    for (; digits < size && text[digits] >= '0' && text[digits] <= '9'; digits++) {
        count = count * 10 + (uint32_t)(text[digits] - '0');
        if (count > DEADLINE_COUNT_MAX) return false;
    }
    for (uint32_t unit = 0; unit < sizeof units / sizeof *units && count > 0; unit++) {
        if (strlen(units[unit]) != size - digits) continue;
        if (memcmp(units[unit], text + digits, size - digits) != 0) continue;
        *out = (struct deadline){count, (enum deadline_unit)unit};
        return count <= DEADLINE_YEARS_MAX * per_year[unit];
    }
    return false;
}

int64_t deadline_days_max(struct deadline deadline) {
    const int64_t count = deadline.count, moved = 14; /* no row of days off is as long */
    switch (deadline.unit) {
        case DEADLINE_HOURS: return count / 24 + 1;
        case DEADLINE_DAYS: return count + moved;
        case DEADLINE_WORKING_DAYS: return 2 * count + moved;
        case DEADLINE_WEEKS: return WEEK_DAYS * count + moved;
        case DEADLINE_MONTHS: return 31 * count + moved;
        default: return 366 * count + moved;
    }
}

/* The day with the number of `day`, `months` later; `before`: the day before that one. Section
 * 188 (3): where the last month lacks it, that month's last day. */
static int64_t same_number(int64_t day, int64_t months, bool before) {
    int64_t year;
    int month, number;
    timestamp_civil_from_days(day, &year, &month, &number);
    const int64_t at = year * YEAR_MONTHS + month - 1 + months;
    year = at / YEAR_MONTHS;
    month = (int)(at % YEAR_MONTHS) + 1;
    const int64_t first = timestamp_days_from_civil(year, month, 1);
    const int last = timestamp_days_in_month(year, month);
    const int wanted = before ? number - 1 : number; /* 0: the month before, its last day */
    return first + (wanted < last ? wanted : last) - 1;
}

int64_t deadline_last_day(struct deadline deadline, enum deadline_begin begin, int64_t day) {
    const bool from_day = begin == DEADLINE_FROM_DAY;
    const int64_t count = deadline.count;
    switch (deadline.unit) {
        case DEADLINE_DAYS: return day + count - from_day;
        case DEADLINE_WEEKS: return day + WEEK_DAYS * count - from_day;
        case DEADLINE_MONTHS: return same_number(day, count, from_day);
        case DEADLINE_YEARS: return same_number(day, count * YEAR_MONTHS, from_day);
        default: CHECK(false);
    }
}

/* Section 193: from `day` on (an index into the calendar) the first that is no day off by law; -1:
 * not covered. */
static int64_t after_days_off(const struct calendar *calendar, enum region region, int64_t day) {
    while (day < calendar->day_count && calendar_is_day_off(calendar, region, day)) day++;
    return day < calendar->day_count ? day : -1;
}

/* The day on which so many working days after `day` are reached; -1: not covered. */
static int64_t nth_working_day(const struct calendar *calendar, enum region region, int64_t day,
                               uint32_t count) {
    const uint32_t *working = calendar->working[region];
    const uint32_t wanted = working[day + 1] + count;
    int64_t low = day + 1, high = calendar->day_count;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (working[middle + 1] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < calendar->day_count ? low : -1;
}

static int64_t last_day_at(struct deadline deadline, const struct calendar *calendar,
                           enum region region, int64_t day) {
    if (deadline.unit == DEADLINE_WORKING_DAYS)
        return nth_working_day(calendar, region, day, deadline.count);
    const int64_t last =
        deadline_last_day(deadline, DEADLINE_FROM_EVENT, calendar->first_day + day);
    return after_days_off(calendar, region, last - calendar->first_day);
}

const int64_t *deadline_table(struct deadline deadline, const struct calendar *calendar,
                              enum region region, struct arena *arena) {
    CHECK(deadline.unit != DEADLINE_HOURS);
    int64_t *due_ms = arena_push_raw(arena, calendar->day_count + 1, sizeof *due_ms);
    for (uint32_t d = 0; d < calendar->day_count && due_ms != NULL; d++) {
        const int64_t last = last_day_at(deadline, calendar, region, d);
        due_ms[d] = last < 0 ? INT64_MAX : calendar->day_start_ms[last + 1];
    }
    return due_ms;
}
