/* SPDX-License-Identifier: EUPL-1.2 */
#include "codec/words.h"

#include <string.h>

#include "base/cpu.h"
#include "codec/word.h"

#if CPU_X86
#include <immintrin.h>
#endif

/* ---- sums ---- */

CPU_INLINE void sum_from(uint32_t from, uint64_t sum, uint32_t count, unsigned word, void *values) {
    for (uint32_t i = from; i < count; i++) {
        sum += word_get(values, i, word);
        word_put(values, i, word, sum);
    }
}

#if CPU_X86
/* Three shifted additions sum eight lanes. Only one addition, that of the carry, waits for the
 * eight before. Answers how many were done and leaves the sum so far in *sum. */
CPU_TARGET_AVX512 static uint32_t sum_avx512_8(uint64_t *sum, uint32_t count, uint64_t *values) {
    const __m512i zero = _mm512_setzero_si512(), last = _mm512_set1_epi64(7);
    __m512i carry = _mm512_set1_epi64((long long)*sum);
    uint32_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m512i eight = _mm512_loadu_si512(values + i);
        eight = _mm512_add_epi64(eight, _mm512_alignr_epi64(eight, zero, 7));
        eight = _mm512_add_epi64(eight, _mm512_alignr_epi64(eight, zero, 6));
        eight = _mm512_add_epi64(eight, _mm512_alignr_epi64(eight, zero, 4));
        _mm512_storeu_si512(values + i, _mm512_add_epi64(eight, carry));
        carry = _mm512_add_epi64(carry, _mm512_permutexvar_epi64(last, eight));
    }
    if (i > 0) *sum = values[i - 1];
    return i;
}

CPU_TARGET_AVX512 static uint32_t sum_avx512_4(uint64_t *sum, uint32_t count, uint32_t *values) {
    const __m512i zero = _mm512_setzero_si512(), last = _mm512_set1_epi32(15);
    __m512i carry = _mm512_set1_epi32((int)*sum);
    uint32_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m512i many = _mm512_loadu_si512(values + i);
        many = _mm512_add_epi32(many, _mm512_alignr_epi32(many, zero, 15));
        many = _mm512_add_epi32(many, _mm512_alignr_epi32(many, zero, 14));
        many = _mm512_add_epi32(many, _mm512_alignr_epi32(many, zero, 12));
        many = _mm512_add_epi32(many, _mm512_alignr_epi32(many, zero, 8));
        _mm512_storeu_si512(values + i, _mm512_add_epi32(many, carry));
        carry = _mm512_add_epi32(carry, _mm512_permutexvar_epi32(last, many));
    }
    if (i > 0) *sum = values[i - 1];
    return i;
}
#endif

void words_sum(uint64_t first, uint32_t count, unsigned word, void *values) {
    uint32_t done = 0;
#if CPU_X86
    if (cpu_level() == CPU_AVX512 && word == 8) done = sum_avx512_8(&first, count, values);
    if (cpu_level() == CPU_AVX512 && word == 4) done = sum_avx512_4(&first, count, values);
#endif
    switch (word) {
        case 1: sum_from(done, first, count, 1, values); break;
        case 4: sum_from(done, first, count, 4, values); break;
        default: sum_from(done, first, count, 8, values);
    }
}

/* ---- bitmaps ---- */

CPU_INLINE uint32_t count_bits(const uint8_t *bitmap, uint32_t rows) {
    uint32_t count = 0, byte = 0;
    for (; byte + 8 <= rows / 8; byte += 8) {
        uint64_t bits;
        memcpy(&bits, bitmap + byte, 8);
        count += (uint32_t)__builtin_popcountll(bits);
    }
    for (; byte < rows / 8; byte++) count += (uint32_t)__builtin_popcount(bitmap[byte]);
    if (rows % 8 != 0)
        count += (uint32_t)__builtin_popcount(bitmap[rows / 8] & ((1u << (rows % 8)) - 1));
    return count;
}

static uint32_t count_portable(const uint8_t *bitmap, uint32_t rows) {
    return count_bits(bitmap, rows);
}
#if CPU_X86
CPU_TARGET_AVX2 static uint32_t count_avx2(const uint8_t *bitmap, uint32_t rows) {
    return count_bits(bitmap, rows);
}
#endif

uint32_t words_count(const uint8_t *bitmap, uint32_t rows) {
#if CPU_X86
    if (cpu_level() >= CPU_AVX2) return count_avx2(bitmap, rows);
#endif
    return count_portable(bitmap, rows);
}

/* From row i on, which gets the next-th value if any. */
CPU_INLINE void expand(uint32_t i, uint32_t next, const uint8_t *bitmap, uint32_t rows,
                       const void *dense, uint64_t absent, unsigned word, void *values) {
    for (; i < rows; i++) {
        const uint32_t there = bitmap[i / 8] >> (i % 8) & 1;
        /* by a mask: which of both it is cannot be guessed, and a compiler would branch */
        const uint64_t other = word_get(dense, next, word) ^ absent;
        word_put(values, i, word, absent ^ (other & (0 - (uint64_t)there)));
        next += there;
    }
}

#if CPU_X86
/* Four rows a step: a table has, for each four bits, the permutation that brings the next values to
 * their rows, and the mask of those rows. Answers how many rows were done and, in *next, how many
 * of the values were used. */
CPU_TARGET_AVX2 static uint32_t expand_avx2(const uint8_t *bitmap, uint32_t rows,
                                            const uint64_t *dense, uint64_t absent,
                                            uint64_t *values, uint32_t *next) {
    uint32_t from[16][8];
    uint64_t there[16][4];
    for (uint32_t bits = 0; bits < 16; bits++) {
        for (uint32_t row = 0, used = 0; row < 4; row++) {
            from[bits][2 * row] = 2 * used;
            from[bits][2 * row + 1] = 2 * used + 1;
            there[bits][row] = 0 - (uint64_t)(bits >> row & 1);
            used += bits >> row & 1;
        }
    }
    const __m256i absents = _mm256_set1_epi64x((long long)absent);
    uint32_t i = 0, used = 0;
    for (; i + 4 <= rows; i += 4) {
        const unsigned bits = bitmap[i / 8] >> (i % 8) & 15;
        __m256i four = _mm256_loadu_si256((const __m256i *)(dense + used));
        four = _mm256_permutevar8x32_epi32(four, _mm256_loadu_si256((const __m256i *)from[bits]));
        four = _mm256_blendv_epi8(absents, four, _mm256_loadu_si256((const __m256i *)there[bits]));
        _mm256_storeu_si256((__m256i *)(values + i), four);
        used += (uint32_t)__builtin_popcount(bits);
    }
    *next = used;
    return i;
}

CPU_TARGET_AVX512 static void expand_avx512(const uint8_t *bitmap, uint32_t rows,
                                            const uint64_t *dense, uint64_t absent,
                                            uint64_t *values) {
    const __m512i absents = _mm512_set1_epi64((long long)absent);
    uint32_t i = 0;
    for (; i + 8 <= rows; i += 8) {
        const __mmask8 there = bitmap[i / 8];
        _mm512_storeu_si512(values + i,
                            _mm512_mask_expand_epi64(absents, there, _mm512_loadu_si512(dense)));
        dense += __builtin_popcount(there);
    }
    if (i == rows) return;
    const __mmask8 kept = (__mmask8)((1u << (rows - i)) - 1);
    _mm512_mask_storeu_epi64(
        values + i, kept,
        _mm512_mask_expand_epi64(absents, bitmap[i / 8], _mm512_loadu_si512(dense)));
}
#endif

void words_expand(const uint8_t *bitmap, uint32_t rows, const void *dense, uint64_t absent,
                  unsigned word, void *values) {
    uint32_t done = 0, next = 0;
#if CPU_X86
    const enum cpu_level level = cpu_level();
    if (word == 8 && level == CPU_AVX512) {
        expand_avx512(bitmap, rows, dense, absent, values);
        return;
    }
    if (word == 8 && level == CPU_AVX2)
        done = expand_avx2(bitmap, rows, dense, absent, values, &next);
#endif
    switch (word) {
        case 1: expand(done, next, bitmap, rows, dense, absent, 1, values); break;
        case 4: expand(done, next, bitmap, rows, dense, absent, 4, values); break;
        default: expand(done, next, bitmap, rows, dense, absent, 8, values);
    }
}

CPU_INLINE void presence(const uint8_t *bitmap, uint32_t rows, uint64_t absent, uint64_t some,
                         uint64_t *restrict values) {
    for (uint32_t byte = 0; byte < rows / 8; byte++) {
        for (uint32_t bit = 0; bit < 8; bit++)
            values[byte * 8 + bit] = (bitmap[byte] & 1u << bit) != 0 ? some : absent;
    }
    for (uint32_t i = rows / 8 * 8; i < rows; i++)
        values[i] = (bitmap[i / 8] & 1u << i % 8) != 0 ? some : absent;
}
#if CPU_X86
CPU_TARGET_AVX2 static void presence_avx2(const uint8_t *bitmap, uint32_t rows, uint64_t absent,
                                          uint64_t some, uint64_t *values) {
    presence(bitmap, rows, absent, some, values);
}
CPU_TARGET_AVX512 static void presence_avx512(const uint8_t *bitmap, uint32_t rows, uint64_t absent,
                                              uint64_t some, uint64_t *values) {
    presence(bitmap, rows, absent, some, values);
}
#endif

void words_presence(const uint8_t *bitmap, uint32_t rows, uint64_t absent, uint64_t some,
                    uint64_t *values) {
    switch (cpu_level()) {
#if CPU_X86
        case CPU_AVX512: presence_avx512(bitmap, rows, absent, some, values); return;
        case CPU_AVX2: presence_avx2(bitmap, rows, absent, some, values); return;
#endif
        default: presence(bitmap, rows, absent, some, values);
    }
}

static uint32_t compact(const uint64_t *words, uint32_t rows, uint64_t absent, uint8_t *bitmap,
                        uint64_t *dense) {
    uint32_t kept = 0;
    memset(bitmap, 0, ((size_t)rows + 7) / 8);
    for (uint32_t i = 0; i < rows; i++) {
        const unsigned there = words[i] != absent;
        bitmap[i / 8] = (uint8_t)(bitmap[i / 8] | there << (i % 8));
        dense[kept] = words[i];
        kept += there;
    }
    return kept;
}

#if CPU_X86
CPU_TARGET_AVX512 static uint32_t compact_avx512(const uint64_t *words, uint32_t rows,
                                                 uint64_t absent, uint8_t *bitmap,
                                                 uint64_t *dense) {
    const __m512i absents = _mm512_set1_epi64((long long)absent);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < rows; i += 8) {
        const __mmask8 rest = (__mmask8)(rows - i >= 8 ? 0xFF : (1u << (rows - i)) - 1);
        const __m512i eight = _mm512_maskz_loadu_epi64(rest, words + i);
        const __mmask8 there = _mm512_mask_cmpneq_epi64_mask(rest, eight, absents);
        bitmap[i / 8] = there;
        _mm512_storeu_si512(dense + kept, _mm512_maskz_compress_epi64(there, eight));
        kept += (uint32_t)__builtin_popcount(there);
    }
    return kept;
}
#endif

uint32_t words_compact(const uint64_t *words, uint32_t rows, uint64_t absent, uint8_t *bitmap,
                       uint64_t *dense) {
#if CPU_X86
    if (cpu_level() == CPU_AVX512) return compact_avx512(words, rows, absent, bitmap, dense);
#endif
    return compact(words, rows, absent, bitmap, dense);
}

/* ---- runs ---- */

/* Most runs are a journey's events, about six: 32 bytes are stored at once, and what is too much is
 * overwritten by the next run. Near the end there is no room for that. */
CPU_INLINE void repeat(const void *starts, const uint32_t *lengths, uint32_t runs, uint32_t rows,
                       unsigned word, uint8_t *restrict values) {
    static const uint64_t copies[9] = {
        0, UINT64_C(0x0101010101010101), 0, 0, UINT64_C(0x100000001), 0, 0, 0, 1};
    const uint8_t *const limit = values + (size_t)rows * word;
    for (uint32_t run = 0; run < runs; run++) {
        const uint64_t eight = word_get(starts, run, word) * copies[word];
        const uint64_t many[4] = {eight, eight, eight, eight};
        uint8_t *const end = values + (size_t)lengths[run] * word;
        if ((size_t)(limit - end) >= sizeof many) {
            for (uint8_t *at = values; at < end; at += sizeof many) memcpy(at, many, sizeof many);
        } else {
            for (uint8_t *at = values; at < end; at += word) memcpy(at, many, word);
        }
        values = end;
    }
}

void words_repeat(const void *starts, const uint32_t *lengths, uint32_t runs, uint32_t rows,
                  unsigned word, void *values) {
    switch (word) {
        case 1: repeat(starts, lengths, runs, rows, 1, values); break;
        case 4: repeat(starts, lengths, runs, rows, 4, values); break;
        default: repeat(starts, lengths, runs, rows, 8, values);
    }
}

/* ---- tables ---- */

CPU_INLINE void look_up(const void *indexes, unsigned index_bytes, uint32_t rows, const void *table,
                        unsigned word, void *restrict values) {
    for (uint32_t i = 0; i < rows; i++)
        word_put(values, i, word,
                 word_get(table, (uint32_t)word_get(indexes, i, index_bytes), word));
}

CPU_INLINE void look_up_by(const void *indexes, unsigned index_bytes, uint32_t rows,
                           const void *table, unsigned word, void *values) {
    switch (word) {
        case 1: look_up(indexes, index_bytes, rows, table, 1, values); break;
        case 4: look_up(indexes, index_bytes, rows, table, 4, values); break;
        default: look_up(indexes, index_bytes, rows, table, 8, values);
    }
}

CPU_INLINE uint32_t highest_of(const void *indexes, unsigned index_bytes, uint32_t rows) {
    uint32_t highest = 0;
    for (uint32_t i = 0; i < rows; i++) {
        const uint32_t index = (uint32_t)word_get(indexes, i, index_bytes);
        highest = index > highest ? index : highest;
    }
    return highest;
}

static uint32_t highest_portable(const void *indexes, unsigned index_bytes, uint32_t rows) {
    return index_bytes == 1 ? highest_of(indexes, 1, rows) : highest_of(indexes, 4, rows);
}

#if CPU_X86
CPU_TARGET_AVX2 static uint32_t highest_avx2(const void *indexes, unsigned index_bytes,
                                             uint32_t rows) {
    return index_bytes == 1 ? highest_of(indexes, 1, rows) : highest_of(indexes, 4, rows);
}

/* A table of up to 32 codes fits two registers: sixteen look-ups are one permutation. */
enum { REGISTER_TABLE_4 = 32, REGISTER_TABLE_1 = 64 };

CPU_TARGET_AVX512 static uint32_t look_up_codes_avx512(const uint8_t *indexes, uint32_t rows,
                                                       const uint32_t *table, uint32_t count,
                                                       uint32_t *values) {
    uint32_t padded[REGISTER_TABLE_4] = {0};
    memcpy(padded, table, count * sizeof *table);
    const __m512i low = _mm512_loadu_si512(padded), high = _mm512_loadu_si512(padded + 16);
    uint32_t i = 0;
    for (; i + 16 <= rows; i += 16) {
        const __m512i at = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(indexes + i)));
        _mm512_storeu_si512(values + i, _mm512_permutex2var_epi32(low, at, high));
    }
    return i;
}

CPU_TARGET_AVX512 static uint32_t look_up_bytes_avx512(const uint8_t *indexes, uint32_t rows,
                                                       const uint8_t *table, uint32_t count,
                                                       uint8_t *values) {
    uint8_t padded[REGISTER_TABLE_1] = {0};
    memcpy(padded, table, count);
    const __m512i all = _mm512_loadu_si512(padded);
    uint32_t i = 0;
    for (; i + 64 <= rows; i += 64)
        _mm512_storeu_si512(values + i,
                            _mm512_permutexvar_epi8(_mm512_loadu_si512(indexes + i), all));
    return i;
}
#endif

bool words_look_up(const void *indexes, unsigned index_bytes, uint32_t rows, const void *table,
                   uint32_t count, unsigned word, void *values) {
    uint32_t done = 0;
#if CPU_X86
    const enum cpu_level level = cpu_level();
    const uint32_t highest = level >= CPU_AVX2 ? highest_avx2(indexes, index_bytes, rows)
                                               : highest_portable(indexes, index_bytes, rows);
    if (highest >= count) return false;
    if (level == CPU_AVX512 && index_bytes == 1 && word == 4 && count <= REGISTER_TABLE_4)
        done = look_up_codes_avx512(indexes, rows, table, count, values);
    if (level == CPU_AVX512 && index_bytes == 1 && word == 1 && count <= REGISTER_TABLE_1)
        done = look_up_bytes_avx512(indexes, rows, table, count, values);
#else
    if (highest_portable(indexes, index_bytes, rows) >= count) return false;
#endif
    const uint8_t *rest = (const uint8_t *)indexes + (size_t)done * index_bytes;
    uint8_t *out = (uint8_t *)values + (size_t)done * word;
    if (index_bytes == 1)
        look_up_by(rest, 1, rows - done, table, word, out);
    else
        look_up_by(rest, 4, rows - done, table, word, out);
    return true;
}

/* ---- units ---- */

CPU_INLINE void multiply_word(uint64_t base, uint64_t unit, uint32_t count, unsigned word,
                              void *values) {
    for (uint32_t i = 0; i < count; i++)
        word_put(values, i, word, base + unit * word_get(values, i, word));
}

CPU_INLINE void multiply(uint64_t base, uint64_t unit, uint32_t count, unsigned word,
                         void *values) {
    switch (word) {
        case 1: multiply_word(base, unit, count, 1, values); break;
        case 4: multiply_word(base, unit, count, 4, values); break;
        default: multiply_word(base, unit, count, 8, values);
    }
}

/* A multiple of an odd number, times the number's inverse modulo 2^64, is the quotient, which is at
 * most 2^64 / number; any other is more than that. For an even unit the zeros at the end are taken
 * off by a rotation, which puts others than zeros at the top. */
CPU_INLINE bool divide_all(const uint64_t *restrict words, uint32_t count, uint64_t base,
                           uint64_t inverse, unsigned zeros, uint64_t most,
                           uint64_t *restrict out) {
    uint64_t wrong = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t product = (words[i] - base) * inverse;
        const uint64_t quotient = product >> zeros | product << ((64 - zeros) & 63);
        out[i] = quotient;
        wrong |= quotient > most;
    }
    return wrong == 0;
}

static void multiply_portable(uint64_t base, uint64_t unit, uint32_t count, unsigned word,
                              void *values) {
    multiply(base, unit, count, word, values);
}
static bool divide_all_portable(const uint64_t *words, uint32_t count, uint64_t base,
                                uint64_t inverse, unsigned zeros, uint64_t most, uint64_t *out) {
    return divide_all(words, count, base, inverse, zeros, most, out);
}
#if CPU_X86
CPU_TARGET_AVX512 static void multiply_avx512(uint64_t base, uint64_t unit, uint32_t count,
                                              unsigned word, void *values) {
    multiply(base, unit, count, word, values);
}
CPU_TARGET_AVX512 static bool divide_all_avx512(const uint64_t *words, uint32_t count,
                                                uint64_t base, uint64_t inverse, unsigned zeros,
                                                uint64_t most, uint64_t *out) {
    return divide_all(words, count, base, inverse, zeros, most, out);
}
#endif

void words_multiply(uint64_t base, uint64_t unit, uint32_t count, unsigned word, void *values) {
#if CPU_X86
    if (cpu_level() == CPU_AVX512) {
        multiply_avx512(base, unit, count, word, values);
        return;
    }
#endif
    multiply_portable(base, unit, count, word, values);
}

bool words_divide_exactly(const uint64_t *words, uint32_t count, uint64_t base, uint64_t unit,
                          uint64_t *out) {
    const unsigned zeros = (unsigned)__builtin_ctzll(unit);
    const uint64_t odd = unit >> zeros;
    uint64_t inverse = odd; /* right in its lowest 3 bits; every step doubles how many are */
    for (int step = 0; step < 5; step++) inverse *= 2 - odd * inverse;
#if CPU_X86
    if (cpu_level() == CPU_AVX512)
        return divide_all_avx512(words, count, base, inverse, zeros, UINT64_MAX / unit, out);
#endif
    return divide_all_portable(words, count, base, inverse, zeros, UINT64_MAX / unit, out);
}

/* ---- decimals ---- */

/* 1.5 * 2^52: a double of that size counts in ones, so the sum of its bits and a whole number below
 * 2^51 are the bits of the sum of both. That is a conversion in two instructions of any level. */
#define ONES_DOUBLE 6755399441055744.0
#define ONES_BITS   UINT64_C(0x4338000000000000)

CPU_INLINE void divide(uint64_t *values, uint32_t count, double divisor) {
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t bits = values[i] + ONES_BITS;
        double number;
        memcpy(&number, &bits, 8);
        number -= ONES_DOUBLE;
        number /= divisor;
        memcpy(&values[i], &number, 8);
    }
}

static void divide_portable(uint64_t *values, uint32_t count, double divisor) {
    divide(values, count, divisor);
}
#if CPU_X86
CPU_TARGET_AVX2 static void divide_avx2(uint64_t *values, uint32_t count, double divisor) {
    divide(values, count, divisor);
}
CPU_TARGET_AVX512 static void divide_avx512(uint64_t *values, uint32_t count, double divisor) {
    divide(values, count, divisor);
}
#endif

void words_divide(uint64_t *values, uint32_t count, double divisor) {
#if CPU_X86
    switch (cpu_level()) {
        case CPU_AVX512: divide_avx512(values, count, divisor); return;
        case CPU_AVX2: divide_avx2(values, count, divisor); return;
        default: break;
    }
#endif
    divide_portable(values, count, divisor);
}
