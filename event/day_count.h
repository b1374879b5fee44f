/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef EVENT_DAY_COUNT_H
#define EVENT_DAY_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "event/column.h"

/* day_count: how many events there are, by what most questions about numbers of events ask for. A
 * row stands for all events of one part of the store that agree in its other columns. Numbers are
 * on disk: append only.
 *
 * Its time is a piece of a day that no question by day, week, month, quarter or year divides, in
 * central European time or in UTC: pieces begin at 22, 23 and 0 o'clock UTC, where days begin in
 * Berlin in summer, in Berlin in winter, and in UTC. At night little happens, so the pieces make
 * few rows more than whole days would; hours would make six times as many. */
#define DAY_COUNT_LIST(X)                              \
    X(TENANT, "tenant", CODE)                          \
    X(SERVICE, "service", CODE)                        \
    X(TYPE, "type", CHOICE)                            \
    X(FLAGS, "flags", CHOICE) /* EVENT_LATE or 0 */    \
    X(TIME, "time", TIME)     /* begin of the piece */ \
    X(EVENTS, "events", COUNT)

enum day_count_column {
#define X(name, text, kind) DAY_COUNT_##name,
    DAY_COUNT_LIST(X)
#undef X
        DAY_COUNT_COLUMNS
};
enum column_kind day_count_kind(uint32_t column);
const char *day_count_text(uint32_t column); /* static */

/* Begin of the piece that a moment lies in. */
int64_t day_count_time(int64_t time_ms);

#endif
