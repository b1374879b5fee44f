/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_ANSWER_H
#define QUERY_ANSWER_H

#include "base/status.h"
#include "query/fold.h"
#include "query/group.h"
#include "query/result.h"

/* answer: from groups to the rows of a result: gaps filled, rows sorted, stocks carried from bucket
 * to bucket, cells written. Rows are in order of their dimensions' texts, then time, then step. */
struct answer {
    struct fold_question *question;
    const struct fold *fold;
    struct groups *groups;
    const enum dimension *by;
    uint32_t by_count;
    uint32_t thread_count; /* that may work on it */
};
MUST_USE enum status answer_write(struct answer *answer, struct result *out, struct error *err);
/* The numbers of the cells, in the order of their texts; what is rounded is added up in it, since
 * the numbers follow the order in which things arrived. NULL: no memory. */
uint32_t *answer_cell_order(struct answer *answer);
/* Values in the series of the group that has most. */
uint64_t answer_values_max(const struct groups *groups);

#endif
