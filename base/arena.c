/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { ARENA_ALIGN = 64, ARENA_CHUNK_BYTES = 64 * 1024 };

struct arena_chunk {
    struct arena_chunk *older;
    size_t used_bytes;
    size_t size_bytes;
    void *block; /* what the allocator gave; `base` is aligned inside it */
    uint8_t *base;
};

void arena_init(struct arena *arena, size_t budget_bytes) {
    *arena = (struct arena){.budget_bytes = budget_bytes};
}

void arena_free(struct arena *arena) {
    while (arena->newest != NULL) {
        struct arena_chunk *older = arena->newest->older;
        memory_free(arena->newest->block);
        memory_free(arena->newest);
        arena->newest = older;
    }
    arena->used_bytes = 0;
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t bytes) {
    size_t size = bytes > ARENA_CHUNK_BYTES ? bytes : ARENA_CHUNK_BYTES;
    struct arena_chunk *chunk = memory_new(1, sizeof *chunk);
    if (chunk == NULL) return NULL;
    chunk->block = memory_get(size + ARENA_ALIGN);
    if (chunk->block == NULL) {
        memory_free(chunk);
        return NULL;
    }
    size_t misaligned = (uintptr_t)chunk->block % ARENA_ALIGN;
    chunk->base = (uint8_t *)chunk->block + (misaligned > 0 ? ARENA_ALIGN - misaligned : 0);
    chunk->size_bytes = size;
    chunk->older = arena->newest;
    arena->newest = chunk;
    return chunk;
}

void *arena_push_raw(struct arena *arena, size_t count, size_t element_bytes) {
    size_t bytes;
    if (__builtin_mul_overflow(count, element_bytes, &bytes)) return NULL;
    if (bytes > arena->budget_bytes) return NULL;
    bytes = (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (bytes > arena->budget_bytes - arena->used_bytes) return NULL;
    struct arena_chunk *chunk = arena->newest;
    if (chunk == NULL || chunk->size_bytes - chunk->used_bytes < bytes) {
        chunk = add_chunk(arena, bytes);
        if (chunk == NULL) return NULL;
    }
    void *result = chunk->base + chunk->used_bytes;
    chunk->used_bytes += bytes;
    arena->used_bytes += bytes;
    return result;
}

void *arena_push(struct arena *arena, size_t count, size_t element_bytes) {
    void *result = arena_push_raw(arena, count, element_bytes);
    return result == NULL ? NULL : memset(result, 0, count * element_bytes);
}

char *arena_copy_text(struct arena *arena, const char *text, size_t bytes) {
    char *copy = arena_push_raw(arena, bytes + 1, 1);
    if (copy == NULL) return NULL;
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) return NULL;
    char *text = arena_push_raw(arena, (size_t)length + 1, 1);
    if (text == NULL) return NULL;
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
