/* SPDX-License-Identifier: EUPL-1.2 */
#include "codec/magnitude.h"

#include <string.h>

#include "base/cpu.h"
#include "codec/word.h"

#if CPU_X86
#include <immintrin.h>
#endif

/* ---- splitting ---- */

CPU_INLINE void symbols_of(const uint64_t *restrict numbers, uint32_t count,
                           uint8_t *restrict symbols) {
    for (uint32_t i = 0; i < count; i++) symbols[i] = magnitude_symbol(numbers[i]);
}

static void symbols_portable(const uint64_t *numbers, uint32_t count, uint8_t *symbols) {
    symbols_of(numbers, count, symbols);
}
#if CPU_X86
CPU_TARGET_AVX512 static void symbols_avx512(const uint64_t *numbers, uint32_t count,
                                             uint8_t *symbols) {
    symbols_of(numbers, count, symbols);
}
#endif

size_t magnitude_split(const uint64_t *numbers, uint32_t count, uint8_t *symbols, uint8_t *bits) {
#if CPU_X86
    if (cpu_level() == CPU_AVX512)
        symbols_avx512(numbers, count, symbols);
    else
#endif
        symbols_portable(numbers, count, symbols);
    /* Every step writes a whole word and keeps its unfinished byte: no branch to be guessed. At
     * most 7 + 56 bits are in it. */
    uint8_t *at = bits;
    uint64_t word = 0;
    unsigned filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        const unsigned width = magnitude_symbol_bits(symbols[i]);
        word |= (numbers[i] & ((UINT64_C(1) << width) - 1)) << filled;
        memcpy(at, &word, 8);
        filled += width;
        at += filled / 8;
        word >>= filled / 8 * 8;
        filled %= 8;
    }
    memcpy(at, &word, 8);
    return (size_t)(at - bits) + (filled > 0 ? 1 : 0);
}

/* ---- joining ---- */

CPU_INLINE size_t bits_bytes_of(const uint8_t *symbols, uint32_t count) {
    uint64_t bits = 0;
    uint8_t highest = 0;
    for (uint32_t from = 0; from < count;) {
        const uint32_t to = count - from > 512 ? from + 512 : count;
        uint32_t sum = 0; /* of 512: narrow lanes do */
        for (; from < to; from++) {
            const uint8_t quarter = symbols[from] / 4;
            sum += (uint32_t)(quarter - (quarter > 0 ? 1 : 0));
            highest = symbols[from] > highest ? symbols[from] : highest;
        }
        bits += sum;
    }
    return highest > MAGNITUDE_SYMBOL_MAX ? SIZE_MAX : (size_t)(bits + 7) / 8;
}

/* One number. `at` has eight readable bytes. */
CPU_INLINE uint64_t number_at(const uint8_t *at, unsigned shift, unsigned width, uint64_t start) {
    uint64_t word;
    memcpy(&word, at, 8);
    return start + (word >> shift & ((UINT64_C(1) << width) - 1));
}

CPU_INLINE uint64_t signed_of(uint64_t number, bool zigzag) {
    return zigzag ? (number >> 1) ^ (0 - (number & 1)) : number;
}

/* Where the numbers of each symbol begin, and how many bits they have below. */
struct symbol_table {
    uint64_t start[MAGNITUDE_SYMBOL_MAX + 1];
    uint8_t bits[MAGNITUDE_SYMBOL_MAX + 1];
};

/* From the i-th number on, whose bits begin at `bit`. */
CPU_INLINE void join_word(uint32_t i, size_t bit, const struct symbol_table *restrict table,
                          const uint8_t *restrict symbols, uint32_t count,
                          const uint8_t *restrict bits, size_t size, uint64_t base, bool zigzag,
                          unsigned word, void *restrict values) {
    for (; i < count && bit / 8 + 8 <= size; i++) {
        const unsigned width = table->bits[symbols[i]];
        const uint64_t number = number_at(bits + bit / 8, bit % 8, width, table->start[symbols[i]]);
        word_put(values, i, word, base + signed_of(number, zigzag));
        bit += width;
    }
    uint8_t tail[16] = {0}; /* what is left is less than eight bytes */
    const size_t from = bit / 8;
    if (from < size) memcpy(tail, bits + from, size - from);
    for (; i < count; i++) {
        const unsigned width = table->bits[symbols[i]];
        const uint64_t number =
            number_at(tail + (bit / 8 - from), bit % 8, width, table->start[symbols[i]]);
        word_put(values, i, word, base + signed_of(number, zigzag));
        bit += width;
    }
}

CPU_INLINE void join(const struct symbol_table *table, const uint8_t *symbols, uint32_t count,
                     const uint8_t *bits, size_t size, uint64_t base, bool zigzag, unsigned word,
                     void *values) {
    if (word == 8 && zigzag)
        join_word(0, 0, table, symbols, count, bits, size, base, true, 8, values);
    else if (word == 8)
        join_word(0, 0, table, symbols, count, bits, size, base, false, 8, values);
    else if (word == 4)
        join_word(0, 0, table, symbols, count, bits, size, base, zigzag, 4, values);
    else
        join_word(0, 0, table, symbols, count, bits, size, base, zigzag, 1, values);
}

static size_t bits_bytes_portable(const uint8_t *symbols, uint32_t count) {
    return bits_bytes_of(symbols, count);
}
static void join_portable(const struct symbol_table *table, const uint8_t *symbols, uint32_t count,
                          const uint8_t *bits, size_t size, uint64_t base, bool zigzag,
                          unsigned word, void *values) {
    join(table, symbols, count, bits, size, base, zigzag, word, values);
}
#if CPU_X86
CPU_TARGET_AVX2 static size_t bits_bytes_avx2(const uint8_t *symbols, uint32_t count) {
    return bits_bytes_of(symbols, count);
}
/* Not wider lanes: shifts by a register and masks by a count, in one instruction each. */
CPU_TARGET_AVX2 static void join_avx2(const struct symbol_table *table, const uint8_t *symbols,
                                      uint32_t count, const uint8_t *bits, size_t size,
                                      uint64_t base, bool zigzag, unsigned word, void *values) {
    join(table, symbols, count, bits, size, base, zigzag, word, values);
}

/* Eight numbers have at most 448 bits, so one load of 64 bytes has them all. Adding up the widths
 * tells where each begins, a permutation brings its bytes into its lane. Only the place of the next
 * load waits for the eight before. */
CPU_TARGET_AVX512 CPU_INLINE void join_avx512_word(const struct symbol_table *table,
                                                   const uint8_t *symbols, uint32_t count,
                                                   const uint8_t *bits, size_t size, uint64_t base,
                                                   bool zigzag, unsigned word, void *values) {
    const __m512i bases = _mm512_set1_epi64((long long)base), one = _mm512_set1_epi64(1);
    const __m512i zero = _mm512_setzero_si512(), ones = _mm512_set1_epi64(-1);
    const __m512i seven = _mm512_set1_epi64(7);
    const __m512i first_byte = _mm512_set4_epi32(0x08080808, 0x08080808, 0, 0);
    const __m512i byte_numbers = _mm512_set1_epi64(0x0706050403020100);
    size_t bit = 0;
    uint32_t i = 0;
    for (; i + 8 <= count && bit / 8 + 64 <= size; i += 8) {
        const __m128i symbol = _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)(symbols + i)));
        const __m128i width = _mm_subs_epu16(_mm_srli_epi16(symbol, 2), _mm_set1_epi16(1));
        const __m128i top = _mm_sub_epi16(symbol, _mm_slli_epi16(width, 2));
        __m128i end = _mm_add_epi16(width, _mm_slli_si128(width, 2));
        end = _mm_add_epi16(end, _mm_slli_si128(end, 4));
        end = _mm_add_epi16(end, _mm_slli_si128(end, 8));
        const __m512i start = _mm512_cvtepu16_epi64(
            _mm_add_epi16(_mm_sub_epi16(end, width), _mm_set1_epi16((short)(bit % 8))));
        const __m512i widths = _mm512_cvtepu16_epi64(width);
        const __m512i bytes = _mm512_add_epi8(
            _mm512_shuffle_epi8(_mm512_srli_epi64(start, 3), first_byte), byte_numbers);
        __m512i eight = _mm512_permutexvar_epi8(bytes, _mm512_loadu_si512(bits + bit / 8));
        eight = _mm512_srlv_epi64(eight, _mm512_and_si512(start, seven));
        eight = _mm512_andnot_si512(_mm512_sllv_epi64(ones, widths), eight);
        eight = _mm512_or_si512(eight, _mm512_sllv_epi64(_mm512_cvtepu16_epi64(top), widths));
        if (zigzag)
            eight = _mm512_xor_si512(_mm512_srli_epi64(eight, 1),
                                     _mm512_sub_epi64(zero, _mm512_and_si512(eight, one)));
        eight = _mm512_add_epi64(eight, bases);
        if (word == 8)
            _mm512_storeu_si512((uint64_t *)values + i, eight);
        else
            _mm256_storeu_si256((__m256i *)((uint32_t *)values + i), _mm512_cvtepi64_epi32(eight));
        bit += (size_t)_mm_extract_epi16(end, 7);
    }
    join_word(i, bit, table, symbols, count, bits, size, base, zigzag, word, values);
}

CPU_TARGET_AVX512 static void join_avx512(const struct symbol_table *table, const uint8_t *symbols,
                                          uint32_t count, const uint8_t *bits, size_t size,
                                          uint64_t base, bool zigzag, unsigned word, void *values) {
    if (word == 8 && zigzag)
        join_avx512_word(table, symbols, count, bits, size, base, true, 8, values);
    else if (word == 8)
        join_avx512_word(table, symbols, count, bits, size, base, false, 8, values);
    else
        join_avx512_word(table, symbols, count, bits, size, base, zigzag, 4, values);
}
#endif

size_t magnitude_bits_bytes(const uint8_t *symbols, uint32_t count) {
#if CPU_X86
    if (cpu_level() >= CPU_AVX2) return bits_bytes_avx2(symbols, count);
#endif
    return bits_bytes_portable(symbols, count);
}

void magnitude_join(const uint8_t *symbols, uint32_t count, const uint8_t *bits, uint64_t base,
                    bool zigzag, unsigned word, void *values) {
    struct symbol_table table;
    for (unsigned symbol = 0; symbol <= MAGNITUDE_SYMBOL_MAX; symbol++) {
        table.bits[symbol] = (uint8_t)magnitude_symbol_bits((uint8_t)symbol);
        table.start[symbol] =
            symbol < 8 ? symbol : (uint64_t)(4 + symbol % 4) << table.bits[symbol];
    }
    const size_t size = magnitude_bits_bytes(symbols, count);
#if CPU_X86
    if (cpu_level() == CPU_AVX512 && word >= 4) {
        join_avx512(&table, symbols, count, bits, size, base, zigzag, word, values);
        return;
    }
    if (cpu_level() >= CPU_AVX2) {
        join_avx2(&table, symbols, count, bits, size, base, zigzag, word, values);
        return;
    }
#endif
    join_portable(&table, symbols, count, bits, size, base, zigzag, word, values);
}
