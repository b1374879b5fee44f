/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_EXECUTOR_H
#define QUERY_EXECUTOR_H

#include "base/arena.h"
#include "base/status.h"
#include "query/plan.h"
#include "query/result.h"
#include "store/snapshot.h"

/* executor: answers a plan from a snapshot. The calling thread does the work. Everything, the
 * result too, lives in the arena, whose budget is the query's limit.
 * NO_MEMORY: over budget. TOO_LARGE: more than PLAN_GROUPS_MAX rows. CORRUPT: a damaged block. */
MUST_USE enum status query_execute(const struct plan *plan, struct snapshot *snapshot,
                                   struct arena *arena, struct result *out, struct error *err);

#endif
