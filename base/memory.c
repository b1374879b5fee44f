/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#ifdef PEGEL_JEMALLOC
#include <jemalloc/jemalloc.h>
#endif

static _Atomic size_t allocations_left = SIZE_MAX;

bool memory_fail_after(size_t after) {
    return atomic_exchange(&allocations_left, after) != SIZE_MAX;
}

static bool refused(void) {
    if (atomic_load_explicit(&allocations_left, memory_order_relaxed) == SIZE_MAX) return false;
    if (atomic_fetch_sub(&allocations_left, 1) > 0) return false;
    atomic_store(&allocations_left, SIZE_MAX);
    return true;
}

void *memory_get(size_t bytes) {
    return refused() ? NULL : malloc(bytes > 0 ? bytes : 1);
}

void *memory_new(size_t count, size_t element_bytes) {
    return refused() ? NULL : calloc(count > 0 ? count : 1, element_bytes);
}

void *memory_resize(void *block, size_t bytes) {
    return refused() ? NULL : realloc(block, bytes > 0 ? bytes : 1);
}

char *memory_copy_text(const char *text, size_t bytes) {
    char *copy = memory_get(bytes + 1);
    if (copy == NULL) return NULL;
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    return copy;
}

void memory_free(void *block) {
    free(block);
}

bool memory_reserve(void **array, size_t *capacity, size_t need, size_t element_bytes,
                    size_t limit) {
    if (need <= *capacity) return true;
    if (need > limit) return false;
    size_t grown = *capacity < 16 ? 16 : *capacity * 2;
    if (grown < need) grown = need;
    if (grown > limit) grown = limit;
    size_t bytes;
    if (__builtin_mul_overflow(grown, element_bytes, &bytes)) return false;
    void *resized = memory_resize(*array, bytes);
    if (resized == NULL) return false;
    *array = resized;
    *capacity = grown;
    return true;
}

uint64_t memory_in_use(void) {
#ifdef PEGEL_JEMALLOC
    uint64_t epoch = 1;
    size_t size = sizeof epoch;
    (void)mallctl("epoch", &epoch, &size, &epoch, size);
    size_t allocated = 0;
    size = sizeof allocated;
    return mallctl("stats.allocated", &allocated, &size, NULL, 0) == 0 ? allocated : 0;
#else
    return 0;
#endif
}
