/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_ASSUMPTION_H
#define REPORT_ASSUMPTION_H

#include <stddef.h>

#include "report/figure.h"
#include "report/report.h"

/* assumption: a line of an assumptions file (finance/roi_assumptions.h) as people read it. Pure;
 * any thread. */
enum { ASSUMPTION_BYTES = 512 };

/* What the path of a line says: "costs.one_off.licence" is "Einmalig: Lizenzen". A path that is not
 * known stays as it is. */
void assumption_name(const struct report *report, const char *path, char out[ASSUMPTION_BYTES]);
/* The number with all its digits (two after the mark at most, of shares in percent too), and its
 * unit in words. */
void assumption_value(enum language language, const char *unit, double value,
                      char number[FIGURE_BYTES], const char **unit_text);

#endif
