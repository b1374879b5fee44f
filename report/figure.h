/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_FIGURE_H
#define REPORT_FIGURE_H

#include <stddef.h>

#include "query/kpi.h"

/* figure: a number as it is read, with its unit in words and the marks of the language: "12 Tage",
 * "8,1 %", "−1.200 €". Pure; any thread. */
enum { FIGURE_BYTES = 160 };

/* NaN: an empty text. */
void figure_text(enum language language, const char *unit, double value, char out[FIGURE_BYTES]);
/* A value as its interval is written: counts are whole, others have a digit after the mark when
 * they are below ten, and then always: "9,0 Tage", "34 %". */
void figure_measured(enum language language, const char *unit, double value,
                     char out[FIGURE_BYTES]);
/* Its interval, in the unit and to the digits of `value`, the unit not repeated: "7,9–11,0". An end
 * that is not known: "≥ 7,9"; none is: an empty text. */
void figure_interval(enum language language, const char *unit, double value, double lo, double hi,
                     char out[FIGURE_BYTES]);
/* Without a unit, to so many digits. */
void figure_number(enum language language, double value, unsigned digits, char out[FIGURE_BYTES]);
/* "2026-10-31" as the language writes dates. */
void figure_date(enum language language, const char *day, char out[FIGURE_BYTES]);

#endif
