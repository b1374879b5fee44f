/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_CHANGES_H
#define QUERY_CHANGES_H

#include "query/executor.h"

/* changes: two answers to one question, as of two moments, row beside row, and why they differ.
 *
 * Every unit belongs to one reason: an event came late (it had occurred at the earlier moment and
 * was not known), the unit is new (nothing of it was known), it went on (further events), or time
 * passed and nothing else happened. The plan's fold is run over the units of each reason alone, as
 * known at either moment; the difference is what the reason did to n and open of a row. What the
 * reasons do not explain is what time did. So the four add up, in every row.
 *
 * As of query_execute. INVALID: a KPI whose rows are not counts of units. */
enum {
    CHANGES_LATE_MAX = 256 /* kinds of late events that are told apart; the rest is one more */
};

MUST_USE enum status changes_execute(const struct plan *plan, struct snapshot *snapshot,
                                     struct arena *arena, struct result *out, struct error *err);

#endif
