/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_CPU_H
#define BASE_CPU_H

/* cpu: which instructions a kernel may use, asked at run time. Every level gives the same values;
 * the portable one is always there. Any thread.
 *
 * A kernel whose plain C the compiler turns into vectors by itself is one CPU_INLINE body, called
 * by one function a level: the same lines, compiled for each. */
enum cpu_level {
    CPU_PORTABLE, /* what the compiler assumes: on x86-64 that is SSE2 */
    CPU_AVX2,     /* with BMI2 and POPCNT */
    CPU_AVX512    /* F, BW, VL, DQ, CD, VBMI, VBMI2: Ice Lake and Zen 4 on */
};

enum cpu_level cpu_level(void);

/* For tests: nothing above `most` from now on, in all threads. */
void cpu_limit(enum cpu_level most);

#define CPU_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define CPU_X86         1
#define CPU_TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define CPU_TARGET_AVX512                                                          \
    __attribute__((                                                                \
        target("avx2,bmi,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512dq,avx512cd," \
               "avx512vbmi,avx512vbmi2")))
#else
#define CPU_X86 0
#endif

#endif
