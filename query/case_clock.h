/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_CASE_CLOCK_H
#define QUERY_CASE_CLOCK_H

#include "calendar/calendar.h"
#include "query/fold.h"

/* case_clock: what the clock of a question counts between two moments of a case. */
static inline bool clock_asks_calendar(const struct plan *plan) {
    return plan->clock == CLOCK_WORKING_DAYS || plan->clock == CLOCK_OFFICE_HOURS;
}

/* Working days or milliseconds of office hours, of clocks that ask the calendar. Below 0: a year
 * that the calendar lacks. */
static inline int64_t clock_on_calendar(const struct fold_question *question, uint32_t tenant,
                                        int64_t start_ms, int64_t end_ms) {
    const struct plan *plan = question->plan;
    const enum region region = (enum region)question->region[tenant];
    return plan->clock == CLOCK_WORKING_DAYS
               ? calendar_working_days(plan->calendar, region, start_ms, end_ms)
               : calendar_open_ms(plan->calendar, region, start_ms, end_ms);
}

/* What answers are in, and how many of the values kept are one of it. */
struct clock_unit {
    const char *name;
    int64_t per_unit;
};

static inline struct clock_unit clock_unit(enum kpi_clock clock) {
    switch (clock) {
        case CLOCK_WORKING_DAYS: return (struct clock_unit){"working_days", 1};
        case CLOCK_OFFICE_HOURS: return (struct clock_unit){"office_hours", 3600000};
        default: return (struct clock_unit){"s", 1000};
    }
}

#endif
