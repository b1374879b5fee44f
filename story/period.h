/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORY_PERIOD_H
#define STORY_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "story/texts.h"

/* period: a day, ISO week, month, quarter or year that a sentence speaks of, named as buckets are:
 * 2026-10-31, 2026-W44, 2026-10, 2026-Q4, 2026. Pure functions, any thread. */
struct period {
    enum story_period kind;
    int64_t day; /* the first, since 1970-01-01 */
};

enum { PERIOD_TEXT_BYTES = 32 };

/* false: not such a name, or not a date between the years 1 and 9999. */
bool period_parse(const char *text, struct period *out);
void period_name(struct period period, char *text); /* PERIOD_TEXT_BYTES */
const char *period_bucket(enum story_period kind);  /* "month": the word of `by` */

struct period period_of(enum story_period kind, int64_t day); /* that holds the day */
/* `count` periods later, or earlier when negative. */
struct period period_move(struct period period, int64_t count);

/* How periods of a kind are compared: how many lie between one and the one before it that is like
 * it (a day is compared with the same day of the week before), and how many make a cycle. */
uint32_t period_before(enum story_period kind);
uint32_t period_cycle(enum story_period kind); /* a year; of days, a week; 1: of years */
uint32_t period_a_year(enum story_period kind);

#endif
