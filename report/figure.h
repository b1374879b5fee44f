/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_FIGURE_H
#define REPORT_FIGURE_H

#include <stddef.h>

#include "query/kpi.h"

/* figure: a number as it is read, with its unit in words and the marks of the language: "12 Tage",
 * "8,1 %", "−1.200 EUR". Pure; any thread. */
enum { FIGURE_BYTES = 160 };

/* NaN: an empty text. */
void figure_text(enum language language, const char *unit, double value, char out[FIGURE_BYTES]);
/* Without a unit, to so many digits. */
void figure_number(enum language language, double value, unsigned digits, char out[FIGURE_BYTES]);
/* "2026-10-31" as the language writes dates. */
void figure_date(enum language language, const char *day, char out[FIGURE_BYTES]);

#endif
