/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/cpu.h"

#include <stdatomic.h>

enum { UNKNOWN = -1 };

static _Atomic int known = UNKNOWN;
static _Atomic int limit = CPU_AVX512;

static int ask(void) {
#if CPU_X86
    const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                     __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    if (!avx2) return CPU_PORTABLE;
    const int avx512 = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd") &&
                       __builtin_cpu_supports("avx512vbmi") &&
                       __builtin_cpu_supports("avx512vbmi2");
    return avx512 ? CPU_AVX512 : CPU_AVX2;
#else
    return CPU_PORTABLE;
#endif
}

enum cpu_level cpu_level(void) {
    int level = atomic_load_explicit(&known, memory_order_relaxed);
    if (level == UNKNOWN) { /* asked twice at once gives the same answer twice */
        level = ask();
        atomic_store_explicit(&known, level, memory_order_relaxed);
    }
    const int most = atomic_load_explicit(&limit, memory_order_relaxed);
    return (enum cpu_level)(level < most ? level : most);
}

void cpu_limit(enum cpu_level most) {
    atomic_store(&limit, (int)most);
}
