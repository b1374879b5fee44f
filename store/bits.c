/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/bits.h"

#include <stdatomic.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512dq,popcnt")))
#endif

static _Atomic int limit = BITS_AVX512;

void bits_limit(enum bits_level level) {
    atomic_store(&limit, (int)level);
}

static bool has_avx512(void) {
#if defined(__x86_64__)
    if (atomic_load_explicit(&limit, memory_order_relaxed) < BITS_AVX512) return false;
    return __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
    return false;
#endif
}

void bits_pack(const uint64_t *values, uint32_t count, unsigned width, uint8_t *out) {
    uint64_t word = 0;
    unsigned filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        word |= values[i] << filled;
        if (filled + width < 64) {
            filled += width;
            continue;
        }
        memcpy(out, &word, 8);
        out += 8;
        word = filled == 0 ? 0 : values[i] >> (64 - filled);
        filled = filled + width - 64;
    }
    memcpy(out, &word, (filled + 7) / 8);
}

/* ---- unpacking ---- */

static inline uint64_t load(const uint8_t *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* One value at a bit offset; reads nine bytes. */
static inline uint64_t extract(const uint8_t *bytes, size_t bit, unsigned width, uint64_t mask) {
    const uint8_t *at = bytes + bit / 8;
    const unsigned shift = bit % 8;
    uint64_t value = load(at) >> shift;
    if (shift + width > 64) value |= (uint64_t)at[8] << (64 - shift);
    return value & mask;
}

/* Values first..count-1. The wide load may run past the end for the last few: those come from a
 * padded copy. */
static void unpack_portable(const uint8_t *bytes, uint32_t first, uint32_t count, unsigned width,
                            uint64_t base, uint64_t mask, uint64_t *values) {
    const size_t size = bits_bytes(count, width);
    uint32_t safe = size < 9 ? 0 : (uint32_t)((size - 9) * 8 / width);
    if (safe > count) safe = count;
    if (safe < first) safe = first;
    for (uint32_t i = first; i < safe; i++)
        values[i] = base + extract(bytes, (size_t)i * width, width, mask);
    uint8_t tail[160] = {0};
    const size_t tail_start = (size_t)safe * width / 8;
    memcpy(tail, bytes + tail_start, size - tail_start);
    for (uint32_t i = safe; i < count; i++)
        values[i] = base + extract(tail, (size_t)i * width - tail_start * 8, width, mask);
}

#if defined(__x86_64__)
/* Eight integers of w bits are w bytes, so where the bytes and bits of eight neighbours lie is the
 * same for every eight: one permutation brings each one's bytes into its lane, one shift its bits
 * into place. Up to 57 bits an integer touches at most eight bytes. Answers how many were done. */
AVX512 static uint32_t unpack_avx512(const uint8_t *bytes, uint32_t count, unsigned width,
                                     uint64_t base, uint64_t mask, uint64_t *values) {
    uint8_t from[64];
    uint64_t shift[8];
    for (unsigned lane = 0; lane < 8; lane++) {
        shift[lane] = (uint64_t)lane * width % 8;
        for (unsigned byte = 0; byte < 8; byte++)
            from[lane * 8 + byte] = (uint8_t)(((size_t)lane * width / 8 + byte) & 63);
    }
    const __m512i order = _mm512_loadu_si512(from), shifts = _mm512_loadu_si512(shift);
    const __m512i masks = _mm512_set1_epi64((long long)mask);
    const __m512i bases = _mm512_set1_epi64((long long)base);
    const size_t size = bits_bytes(count, width);
    uint32_t i = 0;
    for (size_t at = 0; at + 64 <= size && i + 8 <= count; at += width, i += 8) {
        __m512i eight = _mm512_permutexvar_epi8(order, _mm512_loadu_si512(bytes + at));
        eight = _mm512_and_si512(_mm512_srlv_epi64(eight, shifts), masks);
        _mm512_storeu_si512(values + i, _mm512_add_epi64(eight, bases));
    }
    return i;
}
#endif

void bits_unpack(const uint8_t *bytes, uint32_t count, unsigned width, uint64_t base,
                 uint64_t *values) {
    if (width == 0) {
        for (uint32_t i = 0; i < count; i++) values[i] = base;
        return;
    }
    const uint64_t mask = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
    uint32_t done = 0;
#if defined(__x86_64__)
    if (width <= 57 && has_avx512()) done = unpack_avx512(bytes, count, width, base, mask, values);
#endif
    unpack_portable(bytes, done, count, width, base, mask, values);
}

/* ---- bitmaps ---- */

uint32_t bits_count(const uint8_t *bitmap, uint32_t rows) {
    uint32_t count = 0;
    for (uint32_t byte = 0; byte < rows / 8; byte++)
        count += (uint32_t)__builtin_popcount(bitmap[byte]);
    if (rows % 8 != 0)
        count += (uint32_t)__builtin_popcount(bitmap[rows / 8] & ((1u << (rows % 8)) - 1));
    return count;
}

static void expand_portable(const uint8_t *bitmap, uint32_t rows, const uint64_t *dense,
                            uint64_t absent, uint64_t *values) {
    for (uint32_t i = 0; i < rows; i++) {
        const uint64_t there = bitmap[i / 8] >> (i % 8) & 1;
        values[i] = there ? *dense : absent; /* a select: which of both is not to be guessed */
        dense += there;
    }
}

#if defined(__x86_64__)
AVX512 static void expand_avx512(const uint8_t *bitmap, uint32_t rows, const uint64_t *dense,
                                 uint64_t absent, uint64_t *values) {
    const __m512i absents = _mm512_set1_epi64((long long)absent);
    for (uint32_t i = 0; i < rows; i += 8) {
        const __mmask8 there = bitmap[i / 8];
        _mm512_storeu_si512(values + i, _mm512_mask_expandloadu_epi64(absents, there, dense));
        dense += __builtin_popcount(there);
    }
}
#endif

void bits_expand(const uint8_t *bitmap, uint32_t rows, const uint64_t *dense, uint64_t absent,
                 uint64_t *values) {
#if defined(__x86_64__)
    if (has_avx512()) {
        expand_avx512(bitmap, rows, dense, absent, values);
        return;
    }
#endif
    expand_portable(bitmap, rows, dense, absent, values);
}

/* Most runs are a journey's events, about six: eight are stored at once, and what is too much is
 * overwritten by the next run. */
void bits_repeat(const uint64_t *starts, const uint64_t *lengths, uint32_t runs, uint64_t *values) {
    for (uint32_t run = 0; run < runs; run++) {
        const uint64_t value = starts[run], length = lengths[run];
        for (uint64_t i = 0; i < length; i += 8) {
            for (int k = 0; k < 8; k++) values[i + (uint64_t)k] = value;
        }
        values += length;
    }
}
