/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_MERGE_H
#define STORE_MERGE_H

#include "store/builder.h"
#include "store/part.h"

/* merge: several parts, or rows as they arrived, become one part, in the builder: for compaction,
 * flushes, and who reads the tail. One thread. */
enum { MERGE_PARTS_MAX = 64 }; /* one bit each */

/* parts: 1..MERGE_PARTS_MAX, oldest arrival first. Adds all their events to the builder. */
MUST_USE enum status merge_parts(struct part *const *parts, uint32_t part_count,
                                 struct builder *builder, struct error *err);

/* Adds rows that lie as they arrived. At most BUILDER_SOURCES_MAX sources, oldest first. */
MUST_USE enum status merge_rows(const struct row_source *sources, uint32_t source_count,
                                struct builder *builder, struct error *err);

/* Sorts events, as they arrived, into a run in memory with one reference. */
MUST_USE enum status merge_sort_run(const struct row_source *source, const struct names *names,
                                    uint64_t order, struct part **out, struct error *err);

#endif
