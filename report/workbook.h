/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_WORKBOOK_H
#define REPORT_WORKBOOK_H

#include <stdbool.h>

#include "base/status.h"
#include "base/text.h"
#include "query/plan.h"
#include "query/result.h"
#include "report/book.h"

/* workbook: an answer as a workbook: the table, its sections, and on a sheet "About" what all of
 * it rests on. An answer about ROI with all its sections comes as a calculation besides, with
 * formulas over its assumptions (workbook_roi.c). Dates in it are the end of observation, so the
 * same answer has the same bytes. Adds to `out`. */
MUST_USE enum status workbook_write(const struct plan *plan, const struct result *result,
                                    enum language language, struct text *out, struct error *err);

/* --- for workbook_roi.c --- */

/* The calculation: sheets Figures, Years, Rates, Costs, Services, Volumes. It needs a plan
 * with assumptions and an answer with the sections `services` and `volumes`. */
bool workbook_roi_can(const struct plan *plan, const struct result *result);
void workbook_roi_write(struct book *book, const struct plan *plan, const struct result *result,
                        enum language language);

#endif
