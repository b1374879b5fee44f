/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/wide.h"

#include <stdatomic.h>

static _Atomic int limit = WIDE_AVX512;

void wide_limit(enum wide_level level) {
    atomic_store(&limit, (int)level);
}

static enum wide_level find_level(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return WIDE_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) return WIDE_AVX2;
#endif
    return WIDE_PLAIN;
}

enum wide_level wide_level(void) {
    const int most = atomic_load_explicit(&limit, memory_order_relaxed);
    const enum wide_level level = find_level();
    return (int)level < most ? level : (enum wide_level)most;
}
