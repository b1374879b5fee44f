/* SPDX-License-Identifier: EUPL-1.2 */
#include "codec/bits.h"

#include <string.h>

#include "base/cpu.h"
#include "codec/word.h"

#if CPU_X86
#include <immintrin.h>
#endif

/* Up to this width eight bytes from an integer's first byte on hold all of it. */
enum { WIDTH_IN_WORD_MAX = 57 };

static uint64_t mask_of(unsigned width) {
    return width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
}

static void pack_portable(const uint64_t *values, uint32_t count, unsigned width, uint64_t base,
                          uint8_t *out) {
    uint64_t word = 0;
    unsigned filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t value = values[i] - base;
        word |= value << filled;
        if (filled + width < 64) {
            filled += width;
            continue;
        }
        memcpy(out, &word, 8);
        out += 8;
        word = filled == 0 ? 0 : value >> (64 - filled);
        filled = filled + width - 64;
    }
    memcpy(out, &word, (filled + 7) / 8);
}

#if CPU_X86
CPU_TARGET_AVX512 CPU_INLINE __m512i eight_from(const uint64_t *values, uint32_t count,
                                                __m512i bases) {
    const __mmask8 there = (__mmask8)(count >= 8 ? 0xFF : (1u << count) - 1);
    return _mm512_maskz_sub_epi64(there, _mm512_maskz_loadu_epi64(there, values), bases);
}

/* Up to a byte: eight values become eight bytes, and one instruction drops their upper bits. */
CPU_TARGET_AVX512 static void pack_bytes_avx512(const uint64_t *values, uint32_t count,
                                                unsigned width, uint64_t base, uint8_t *out) {
    const __m512i bases = _mm512_set1_epi64((long long)base);
    const uint64_t kept = mask_of(width) * UINT64_C(0x0101010101010101);
    for (uint32_t i = 0; i < count; i += 8, out += width) {
        const __m128i bytes = _mm512_cvtepi64_epi8(eight_from(values + i, count - i, bases));
        const uint64_t word = _pext_u64((uint64_t)_mm_cvtsi128_si64(bytes), kept);
        memcpy(out, &word, 8);
    }
}

/* Wider: the bits of each lane are shifted to where they begin in their byte; then a byte of the
 * output has bits of one lane, or the last of one and the first of the next. */
CPU_TARGET_AVX512 static void pack_avx512(const uint64_t *values, uint32_t count, unsigned width,
                                          uint64_t base, uint8_t *out) {
    uint8_t first[64] = {0}, second[64] = {0};
    uint64_t shift[8];
    __mmask64 shared = 0;
    for (unsigned lane = 0; lane < 8; lane++) shift[lane] = (uint64_t)lane * width % 8;
    for (unsigned byte = 0; byte < width; byte++) {
        const unsigned one = 8 * byte / width, other = (8 * byte + 7) / width;
        first[byte] = (uint8_t)(8 * one + byte - one * width / 8);
        if (one == other) continue;
        second[byte] = (uint8_t)(8 * other + byte - other * width / 8);
        shared |= UINT64_C(1) << byte;
    }
    const __m512i firsts = _mm512_loadu_si512(first), seconds = _mm512_loadu_si512(second);
    const __m512i shifts = _mm512_loadu_si512(shift);
    const __m512i bases = _mm512_set1_epi64((long long)base);
    for (uint32_t i = 0; i < count; i += 8, out += width) {
        const __m512i eight = _mm512_sllv_epi64(eight_from(values + i, count - i, bases), shifts);
        const __m512i bytes =
            _mm512_or_si512(_mm512_permutexvar_epi8(firsts, eight),
                            _mm512_maskz_permutexvar_epi8(shared, seconds, eight));
        const size_t size = count - i >= 8 ? width : bits_bytes(count - i, width);
        _mm512_mask_storeu_epi8(out, (UINT64_C(1) << size) - 1, bytes);
    }
}
#endif

void bits_pack(const uint64_t *values, uint32_t count, unsigned width, uint64_t base,
               uint8_t *out) {
    if (width == 0) return;
    if (width == 64) {
        for (uint32_t i = 0; i < count; i++) {
            const uint64_t value = values[i] - base;
            memcpy(out + (size_t)i * 8, &value, 8);
        }
        return;
    }
#if CPU_X86
    if (cpu_level() == CPU_AVX512 && width <= WIDTH_IN_WORD_MAX) {
        if (width <= 8)
            pack_bytes_avx512(values, count, width, base, out);
        else
            pack_avx512(values, count, width, base, out);
        return;
    }
#endif
    pack_portable(values, count, width, base, out);
}

/* One value at a bit offset; reads nine bytes. */
CPU_INLINE uint64_t extract(const uint8_t *bytes, size_t bit, unsigned width, uint64_t mask) {
    const uint8_t *at = bytes + bit / 8;
    const unsigned shift = bit % 8;
    uint64_t value;
    memcpy(&value, at, sizeof value);
    value >>= shift;
    if (shift + width > 64) value |= (uint64_t)at[8] << (64 - shift);
    return value & mask;
}

/* Values first..count-1. The wide load may run past the end for the last few: those come from a
 * padded copy. */
CPU_INLINE void unpack_from(const uint8_t *restrict bytes, uint32_t first, uint32_t count,
                            unsigned width, uint64_t base, unsigned word, void *restrict values) {
    const uint64_t mask = mask_of(width);
    const size_t size = bits_bytes(count, width);
    uint32_t safe = size < 9 ? 0 : (uint32_t)((size - 9) * 8 / width);
    if (safe > count) safe = count;
    if (safe < first) safe = first;
    for (uint32_t i = first; i < safe; i++)
        word_put(values, i, word, base + extract(bytes, (size_t)i * width, width, mask));
    uint8_t tail[160] = {0};
    const size_t tail_start = (size_t)safe * width / 8;
    memcpy(tail, bytes + tail_start, size - tail_start);
    for (uint32_t i = safe; i < count; i++)
        word_put(values, i, word,
                 base + extract(tail, (size_t)i * width - tail_start * 8, width, mask));
}

static void unpack_portable(const uint8_t *bytes, uint32_t first, uint32_t count, unsigned width,
                            uint64_t base, unsigned word, void *values) {
    switch (word) {
        case 1: unpack_from(bytes, first, count, width, base, 1, values); break;
        case 4: unpack_from(bytes, first, count, width, base, 4, values); break;
        default: unpack_from(bytes, first, count, width, base, 8, values);
    }
}

#if CPU_X86
/* Eight integers of w bits are w bytes, so where the bytes and bits of eight neighbours lie is the
 * same for every eight: one permutation brings each one's bytes into its lane, one shift its bits
 * into place. Here four lanes at once: two 16-byte loads hold two integers each. Answers how many
 * were done: always a multiple of eight. */
CPU_TARGET_AVX2 CPU_INLINE uint32_t unpack_avx2_word(const uint8_t *bytes, uint32_t count,
                                                     unsigned width, uint64_t base, unsigned word,
                                                     void *values) {
    _Alignas(32) uint8_t from[2][32];
    uint64_t shift[8];
    for (unsigned lane = 0; lane < 8; lane++) {
        const unsigned bit = lane * width - lane / 2 * 2 * width / 8 * 8; /* in its load */
        shift[lane] = bit % 8;
        for (unsigned byte = 0; byte < 8; byte++)
            from[lane / 4][lane % 4 * 8 + byte] = (uint8_t)(bit / 8 + byte);
    }
    const __m256i masks = _mm256_set1_epi64x((long long)mask_of(width));
    const __m256i bases = _mm256_set1_epi64x((long long)base);
    const __m256i evens = _mm256_setr_epi32(0, 2, 4, 6, 0, 0, 0, 0);
    const size_t size = bits_bytes(count, width);
    uint32_t i = 0;
    for (size_t at = 0; at + 6 * width / 8 + 16 <= size && i + 8 <= count; at += width) {
        for (unsigned half = 0; half < 2; half++, i += 4) {
            const uint8_t *low = bytes + at + 4 * half * width / 8;
            const uint8_t *high = bytes + at + (4 * half + 2) * width / 8;
            __m256i four = _mm256_loadu2_m128i((const __m128i *)high, (const __m128i *)low);
            four = _mm256_shuffle_epi8(four, _mm256_load_si256((const __m256i *)from[half]));
            four = _mm256_srlv_epi64(four, _mm256_loadu_si256((const __m256i *)(shift + 4 * half)));
            four = _mm256_add_epi64(_mm256_and_si256(four, masks), bases);
            if (word == 8) {
                _mm256_storeu_si256((__m256i *)((uint64_t *)values + i), four);
                continue;
            }
            const __m128i narrow = _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(four, evens));
            if (word == 4) {
                _mm_storeu_si128((__m128i *)((uint32_t *)values + i), narrow);
                continue;
            }
            const int four_bytes =
                _mm_cvtsi128_si32(_mm_shuffle_epi8(narrow, _mm_set1_epi32(0x0C080400)));
            memcpy((uint8_t *)values + i, &four_bytes, 4);
        }
    }
    return i;
}

CPU_TARGET_AVX2 static uint32_t unpack_avx2(const uint8_t *bytes, uint32_t count, unsigned width,
                                            uint64_t base, unsigned word, void *values) {
    switch (word) {
        case 1: return unpack_avx2_word(bytes, count, width, base, 1, values);
        case 4: return unpack_avx2_word(bytes, count, width, base, 4, values);
        default: return unpack_avx2_word(bytes, count, width, base, 8, values);
    }
}

CPU_TARGET_AVX512 CPU_INLINE void store_eight(void *values, uint32_t at, unsigned word,
                                              __mmask8 kept, __m512i eight) {
    switch (word) {
        case 1:
            _mm_mask_storeu_epi8((uint8_t *)values + at, kept, _mm512_cvtepi64_epi8(eight));
            break;
        case 4:
            _mm256_mask_storeu_epi32((uint32_t *)values + at, kept, _mm512_cvtepi64_epi32(eight));
            break;
        default: _mm512_mask_storeu_epi64((uint64_t *)values + at, kept, eight);
    }
}

/* The same with eight lanes from one 64-byte load. The last bytes and values go through masks. */
CPU_TARGET_AVX512 CPU_INLINE void unpack_avx512_word(const uint8_t *bytes, uint32_t count,
                                                     unsigned width, uint64_t base, unsigned word,
                                                     void *values) {
    uint8_t from[64];
    uint64_t shift[8];
    for (unsigned lane = 0; lane < 8; lane++) {
        shift[lane] = (uint64_t)lane * width % 8;
        for (unsigned byte = 0; byte < 8; byte++)
            from[lane * 8 + byte] = (uint8_t)((lane * width / 8 + byte) & 63);
    }
    const __m512i order = _mm512_loadu_si512(from), shifts = _mm512_loadu_si512(shift);
    const __m512i masks = _mm512_set1_epi64((long long)mask_of(width));
    const __m512i bases = _mm512_set1_epi64((long long)base);
    const size_t size = bits_bytes(count, width);
    size_t at = 0;
    uint32_t i = 0;
    for (; at + 64 <= size && i + 8 <= count; at += width, i += 8) {
        __m512i eight = _mm512_permutexvar_epi8(order, _mm512_loadu_si512(bytes + at));
        eight = _mm512_and_si512(_mm512_srlv_epi64(eight, shifts), masks);
        store_eight(values, i, word, 0xFF, _mm512_add_epi64(eight, bases));
    }
    for (; i < count; at += width, i += 8) {
        const __mmask64 there = size - at >= 64 ? UINT64_MAX : (UINT64_C(1) << (size - at)) - 1;
        const __mmask8 kept = (__mmask8)(count - i >= 8 ? 0xFF : (1u << (count - i)) - 1);
        __m512i eight = _mm512_permutexvar_epi8(order, _mm512_maskz_loadu_epi8(there, bytes + at));
        eight = _mm512_and_si512(_mm512_srlv_epi64(eight, shifts), masks);
        store_eight(values, i, word, kept, _mm512_add_epi64(eight, bases));
    }
}

/* Bytes of up to eight bits: 64 a step. The permutation brings eight integers' bytes into each lane
 * of 64 bits, the multishift cuts the eight out of it. */
CPU_TARGET_AVX512 static void unpack_bytes_avx512(const uint8_t *bytes, uint32_t count,
                                                  unsigned width, uint64_t base, uint8_t *values) {
    uint8_t from[64], shift[64];
    for (unsigned i = 0; i < 64; i++) {
        from[i] = (uint8_t)((i / 8 * width + i % 8) & 63);
        shift[i] = (uint8_t)(i % 8 * width);
    }
    const __m512i order = _mm512_loadu_si512(from), shifts = _mm512_loadu_si512(shift);
    const __m512i masks = _mm512_set1_epi8((char)mask_of(width));
    const __m512i bases = _mm512_set1_epi8((char)base);
    const size_t size = bits_bytes(count, width);
    size_t at = 0;
    for (uint32_t i = 0; i < count; i += 64, at += 8 * (size_t)width) {
        const __mmask64 there = size - at >= 64 ? UINT64_MAX : (UINT64_C(1) << (size - at)) - 1;
        const __mmask64 kept = count - i >= 64 ? UINT64_MAX : (UINT64_C(1) << (count - i)) - 1;
        __m512i many = _mm512_permutexvar_epi8(order, _mm512_maskz_loadu_epi8(there, bytes + at));
        many = _mm512_and_si512(_mm512_multishift_epi64_epi8(shifts, many), masks);
        _mm512_mask_storeu_epi8(values + i, kept, _mm512_add_epi8(many, bases));
    }
}

CPU_TARGET_AVX512 static void unpack_avx512(const uint8_t *bytes, uint32_t count, unsigned width,
                                            uint64_t base, unsigned word, void *values) {
    switch (word) {
        case 1:
            if (width <= 8)
                unpack_bytes_avx512(bytes, count, width, base, values);
            else
                unpack_avx512_word(bytes, count, width, base, 1, values);
            break;
        case 4: unpack_avx512_word(bytes, count, width, base, 4, values); break;
        default: unpack_avx512_word(bytes, count, width, base, 8, values);
    }
}
#endif

static void fill(uint32_t count, uint64_t value, unsigned word, void *values) {
    switch (word) {
        case 1: memset(values, (int)(value & 0xFF), count); break;
        case 4:
            for (uint32_t i = 0; i < count; i++) word_put(values, i, 4, value);
            break;
        default:
            for (uint32_t i = 0; i < count; i++) word_put(values, i, 8, value);
    }
}

void bits_unpack(const uint8_t *bytes, uint32_t count, unsigned width, uint64_t base, unsigned word,
                 void *values) {
    if (width == 0) {
        fill(count, base, word, values);
        return;
    }
    uint32_t done = 0;
#if CPU_X86
    const enum cpu_level level = cpu_level();
    if (width <= WIDTH_IN_WORD_MAX && level == CPU_AVX512) {
        unpack_avx512(bytes, count, width, base, word, values);
        return;
    }
    if (width <= WIDTH_IN_WORD_MAX && level == CPU_AVX2)
        done = unpack_avx2(bytes, count, width, base, word, values);
#endif
    unpack_portable(bytes, done, count, width, base, word, values);
}
