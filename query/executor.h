/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_EXECUTOR_H
#define QUERY_EXECUTOR_H

#include "base/arena.h"
#include "base/status.h"
#include "query/plan.h"
#include "query/result.h"
#include "store/snapshot.h"

/* executor: answers a plan from a snapshot. The calling thread does the work, with help of further
 * threads when there is much of it: one a processor, at most QUERY_THREADS_MAX, each reading a part
 * of the rows. The answer is the same to the bit however many there are. Everything lives in the
 * arena; its budget is the query's limit, helpers included.
 * NO_MEMORY: over budget. TOO_LARGE: more than PLAN_GROUPS_MAX rows. CORRUPT: a damaged block. */
enum {
    QUERY_THREADS_MAX = 8,
    QUERY_THREADS_EVENTS_MIN = 400000 /* in the store: below, starting threads is not worth it */
};

MUST_USE enum status query_execute(const struct plan *plan, struct snapshot *snapshot,
                                   struct arena *arena, struct result *out, struct error *err);

/* The same of a part of what changed between two moments, one of which is the plan's as_of_ms;
 * without any changes, of everything. */
MUST_USE enum status query_execute_changed(const struct plan *plan,
                                           const struct snapshot_changes *changes,
                                           struct snapshot *snapshot, struct arena *arena,
                                           struct result *out, struct error *err);

#endif
