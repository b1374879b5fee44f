/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CALENDAR_RULE_H
#define CALENDAR_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "calendar/calendar.h"

/* rule: what differs from the law in one place or everywhere, as an operator says it: a region, a
 * day on which offices are closed, opening hours. Parsed from a comma list of words:
 *
 *   12-24                      closed on this day of every year
 *   2026-02-16                 closed on this one day
 *   mo-th:08:00-12:00+13:00-16:00   opening hours of these weekdays, up to four a day
 *   fr:closed                  no opening hours on this weekday
 *   053150000000=2026-02-16    any of these for one place: an ARS or its first digits, two at least
 *   09564=BY-no-assumption     the region of a place
 */
enum rule_kind { RULE_REGION, RULE_CLOSED, RULE_HOURS };

struct rule {
    enum rule_kind kind;
    char ars[13]; /* "": everywhere */
    enum region region;
    int year, month, day; /* RULE_CLOSED; year 0: every year */
    uint8_t weekdays;     /* RULE_HOURS: bit 0 is Monday */
    struct opening opening;
};

struct rules {
    uint32_t count;
    struct rule *rule; /* in the order of the words */
    uint32_t checksum; /* of the words */
};

/* In the arena. words NULL: none. INVALID names the bad word; TOO_LARGE: more than
 * CALENDAR_RULES_MAX. */
MUST_USE enum status rules_parse(const char *words, struct arena *arena, struct rules *out,
                                 struct error *err);

/* The rule speaks of a place that has these digits, and of all there are in it. */
bool rule_covers(const struct rule *rule, const char *ars, size_t size);

#endif
