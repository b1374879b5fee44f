/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* memory: the only door to the allocator (jemalloc; malloc under the sanitizers). Tests make the
 * n-th allocation fail here. Any thread. What ends with a request or a query belongs in an arena
 * instead (base/arena.h). */

/* NULL when refused. memory_new zeroes; memory_resize keeps the old block when it fails. */
MUST_USE void *memory_get(size_t bytes);
MUST_USE void *memory_new(size_t count, size_t element_bytes);
MUST_USE void *memory_resize(void *block, size_t bytes);
MUST_USE char *memory_copy_text(const char *text, size_t bytes); /* adds the final NUL */
void memory_free(void *block);                                   /* accepts NULL */

#define memory_new_array(type, count) ((type *)memory_new((count), sizeof(type)))

/* Makes *array hold at least `need` elements, at least doubling; false when refused or when `need`
 * is over `limit` (then nothing changed). */
MUST_USE bool memory_reserve(void **array, size_t *capacity, size_t need, size_t element_bytes,
                             size_t limit);

/* Bytes handed out by the allocator and not yet returned, whole process; 0 where not known. */
uint64_t memory_in_use(void);

/* For tests: the allocation after `after` more successful ones fails, once; SIZE_MAX: never. True
 * when the failure that was asked for before has not come yet. */
bool memory_fail_after(size_t after);

#endif
