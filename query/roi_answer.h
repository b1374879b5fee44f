/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_ROI_ANSWER_H
#define QUERY_ROI_ANSWER_H

#include "base/arena.h"
#include "base/status.h"
#include "finance/roi.h"
#include "query/plan.h"
#include "query/result.h"

/* roi_answer: the tables of an answer about return on investment, from what was measured. */

/* Bookings that have the position of a cost, by the first cost of that position; [ROI_COST_COUNT]:
 * of no cost's position. */
struct roi_booked {
    uint64_t count;
    double amount; /* euros */
};

/* What happened to a service in a year; [0]: before the go-live, [N + 1]: after the years. */
struct roi_happened {
    uint64_t transactions;
    struct roi_minutes minutes;
};

struct roi_observed {
    struct roi_measured measured;
    const struct roi_happened *happened; /* [service * (ROI_YEARS_MAX + 2) + year] */
    struct roi_booked booked[ROI_YEARS_MAX + 2][ROI_COST_COUNT + 1];
    double share[ROI_YEARS_MAX + 2]; /* of the year that was observed, 0..1 */
    uint64_t transactions;
};

/* The first of the costs with this position; ROI_COST_COUNT: none has it. */
enum roi_cost roi_answer_position(const struct roi_assumptions *assumptions, const char *position);

/* The headline table, the notes and the sections that the plan asks for. */
MUST_USE enum status roi_answer_write(const struct plan *plan, const struct roi_observed *observed,
                                      struct arena *arena, struct result *out, struct error *err);

#endif
