/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* arena: memory with one lifetime, that of one request or one query. Push often, free once.
 * Grows in chunks up to its budget, which is the limit of that request or query: going over it
 * fails the query, not the server. One thread at a time. Nothing pushed has a destructor. */
struct arena_chunk;

struct arena {
    struct arena_chunk *newest;
    size_t used_bytes; /* of all chunks */
    size_t budget_bytes;
};

void arena_init(struct arena *arena, size_t budget_bytes); /* allocates nothing yet */
void arena_free(struct arena *arena);                      /* back to the state after init */

/* Zeroed, aligned to 64 bytes; NULL when over budget or when the allocator refuses. */
MUST_USE void *arena_push(struct arena *arena, size_t count, size_t element_bytes);
/* Not zeroed: for large arrays that are written at once. */
MUST_USE void *arena_push_raw(struct arena *arena, size_t count, size_t element_bytes);
/* NUL-terminated copy. */
MUST_USE char *arena_copy_text(struct arena *arena, const char *text, size_t bytes);
/* NUL-terminated, formatted. */
MUST_USE char *arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

#define arena_push_array(arena, type, count) ((type *)arena_push((arena), (count), sizeof(type)))

#endif
