/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "query/result.h"
#include "report/paper.h"
#include "report/report.h"

/* chart: answers drawn on paper, as vectors: quiet grid, few marks, spread and not only the middle.
 * `description` says what is drawn, above it and to those who do not see it. At most
 * PAPER_POINTS_MAX points: what a longer course has more is left out at its beginning. `height` is
 * that of the plot. */

/* A line of medians, the band of half of the units, a dashed line at nine in ten; by month. */
void chart_course(struct paper *paper, enum language language, const struct result *result,
                  double height, const char *description);
/* A bar for each month, with its number while there is room. */
void chart_bars(struct paper *paper, enum language language, const struct result *result,
                double height, const char *description);
/* What a step of a funnel is called. */
const char *chart_step(const struct report *report, const struct result *result, uint32_t row);
/* A bar for each step of `count` rows from `first` on, what was lost in it in another ink. */
void chart_funnel(struct paper *paper, const struct report *report, const struct result *result,
                  uint32_t first, uint32_t count, const char *description);

#endif
