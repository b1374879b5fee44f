/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_PART_LIST_H
#define STORE_PART_LIST_H

#include "store/part.h"

/* part_list: an ordered list of parts with one reference to each. Not thread-safe: its owner's
 * lock. */
struct part_list {
    struct part **parts; /* oldest arrival first */
    uint32_t count;
    size_t capacity;
};

MUST_USE enum status part_list_reserve(struct part_list *list, struct error *err); /* one more */
/* Takes over the caller's reference, also when it fails. */
MUST_USE enum status part_list_add(struct part_list *list, struct part *part, struct error *err);
void part_list_free(struct part_list *list); /* releases the parts */
uint64_t part_list_rows(const struct part_list *list);

#endif
