/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_MERGE_H
#define STORE_MERGE_H

#include "store/builder.h"
#include "store/part.h"

/* merge: several parts become one, in the builder. The same code flushes runs to a segment and
 * compacts segments. One thread. */
enum { MERGE_PARTS_MAX = 64 };

/* parts: 1..MERGE_PARTS_MAX, oldest arrival first. Adds all their events to the builder. */
MUST_USE enum status merge_parts(struct part *const *parts, uint32_t part_count,
                                 struct builder *builder, struct error *err);

/* Sorts `rows` events, as they arrived, into a run in memory with one reference. Reads the first
 * `rows` rows of the frame only, so the writer may go on appending behind them. */
MUST_USE enum status merge_sort_run(const struct frame *events, uint32_t rows,
                                    const struct names *names, uint64_t order, struct part **out,
                                    struct error *err);

#endif
