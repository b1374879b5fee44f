/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_WIDE_H
#define STATS_WIDE_H

/* wide: loops over arrays, compiled once for what every processor has and once for each width of
 * registers that some have; the widest that this processor has is run. The compiler makes them
 * wide, so such a loop is written for it: without branches, with what it reads again and again in
 * local variables, and writing through pointers that are `restrict`. All give the same bits. */

enum wide_level { WIDE_PLAIN, WIDE_AVX2, WIDE_AVX512 };
/* The widest of this processor, or less by wide_limit. */
enum wide_level wide_level(void);
/* For tests: no wider than this from now on. */
void wide_limit(enum wide_level level);

#define WIDE_INLINE static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define WIDE_TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2")))
#define WIDE_TARGET_AVX512 \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,bmi,bmi2")))
#else
#define WIDE_TARGET_AVX2
#define WIDE_TARGET_AVX512
#endif

/* Before such a loop: what one turn writes no other reads. Without it gcc checks that at run time,
 * up to ten pointers; clang checks as many as there are. */
#if defined(__GNUC__) && !defined(__clang__)
#define WIDE_LOOP _Pragma("GCC ivdep")
#else
#define WIDE_LOOP
#endif

/* WIDE(name, (int *a, int n), (a, n)) { ... } defines a static function of that name. */
#define WIDE(name, parameters, arguments)                      \
    WIDE_INLINE void name##_loop parameters;                   \
    static void name##_plain parameters {                      \
        name##_loop arguments;                                 \
    }                                                          \
    WIDE_TARGET_AVX2 static void name##_avx2 parameters {      \
        name##_loop arguments;                                 \
    }                                                          \
    WIDE_TARGET_AVX512 static void name##_avx512 parameters {  \
        name##_loop arguments;                                 \
    }                                                          \
    static void name parameters {                              \
        switch (wide_level()) {                                \
            case WIDE_AVX512: name##_avx512 arguments; return; \
            case WIDE_AVX2: name##_avx2 arguments; return;     \
            default: name##_plain arguments;                   \
        }                                                      \
    }                                                          \
    WIDE_INLINE void name##_loop parameters

#endif
