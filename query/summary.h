/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_SUMMARY_H
#define QUERY_SUMMARY_H

#include "base/arena.h"
#include "base/status.h"
#include "query/group.h"
#include "query/plan.h"
#include "stats/quantile.h"

/* summary: what an answer says of a series: extent and quantiles. Those of all groups are made at
 * once, by several threads when there are many values. */
struct summary {
    struct series_extent extent;
    const struct quantile *quantile;
};
enum { SUMMARY_MEDIAN, SUMMARY_P90, SUMMARY_PLAN /* + number of the plan's quantile */ };

/* Of series 0..per_group-1 of every group, in the order of groups->group. NO_MEMORY: over the
 * arena's budget, the threads' own memory included. */
MUST_USE enum status summary_make(const struct groups *groups, uint32_t per_group,
                                  const struct plan *plan, uint32_t thread_count,
                                  struct arena *arena, struct summary **out);

#endif
