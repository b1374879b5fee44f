/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CALENDAR_DEADLINE_H
#define CALENDAR_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calendar/calendar.h"

/* deadline: when a period ends, as sections 187 to 193 BGB count. Pure; any thread.
 *
 * Section 187: where an event begins the period, as a receipt does, its day does not count (1);
 * where the beginning of a day does, that day counts (2). Section 188: a period of days ends with
 * its last day; of weeks, months or years with the day that is named or numbered as that of the
 * event or, for (2), with the day before that one; where the last month lacks it, with the last day
 * of that month. Section 193: where the last day is a Saturday, a Sunday or a public holiday, the
 * next day that is none takes its place; a day on which an office chooses to be closed is none of
 * them. Section 189: half a year is six months, a quarter three.
 *
 * Besides: working days of the place, without its closing days, of which the last is the last; and
 * hours, which end to the millisecond and are not moved. */
enum deadline_unit {
    DEADLINE_HOURS,
    DEADLINE_DAYS,
    DEADLINE_WORKING_DAYS,
    DEADLINE_WEEKS,
    DEADLINE_MONTHS,
    DEADLINE_YEARS
};
enum deadline_begin { DEADLINE_FROM_EVENT, DEADLINE_FROM_DAY };
enum { DEADLINE_COUNT_MAX = 9999, DEADLINE_YEARS_MAX = 30 };

struct deadline {
    uint32_t count;
    enum deadline_unit unit;
};

/* "48h", "30d", "20wd", "2w", "3m", "1y"; false: not so, none, or more than DEADLINE_YEARS_MAX. */
bool deadline_parse(const char *text, size_t size, struct deadline *out);
/* Days after which it has surely ended, moved or not. */
int64_t deadline_days_max(struct deadline deadline);

/* The last day (days since 1970-01-01) of a period of days, weeks, months or years that begins on
 * `day`; not moved. */
int64_t deadline_last_day(struct deadline deadline, enum deadline_begin begin, int64_t day);

/* [d]: the moment until which what begins with an event on day d of the calendar may be done, the
 * midnight that ends the last day; INT64_MAX: not covered by the calendar. For all units but hours.
 * In the arena; NULL: no memory. */
const int64_t *deadline_table(struct deadline deadline, const struct calendar *calendar,
                              enum region region, struct arena *arena);

#endif
