/* SPDX-License-Identifier: EUPL-1.2 */
#include "codec/ascent.h"

#include <string.h>

#include "base/cpu.h"
#include "codec/bits.h"
#include "codec/word.h"
#include "codec/words.h"

#if CPU_X86
#include <immintrin.h>
#endif

unsigned ascent_low_width(uint32_t count, uint64_t highest) {
    const uint64_t step = highest / count;
    return step == 0 ? 0 : bits_width(step) - 1;
}

size_t ascent_steps_bytes(uint32_t count, unsigned low_width, uint64_t highest) {
    return (size_t)(count + (highest >> low_width) + 7) / 8;
}

void ascent_put_steps(const uint64_t *words, uint32_t count, uint64_t base, unsigned low_width,
                      uint8_t *steps, size_t size) {
    memset(steps, 0, size);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t bit = ((words[i] - base) >> low_width) + i;
        steps[bit / 8] = (uint8_t)(steps[bit / 8] | 1u << (bit % 8));
    }
}

static uint64_t steps_word(const uint8_t *steps, size_t size, size_t at) {
    uint64_t word = 0;
    memcpy(&word, steps + at, size - at < 8 ? size - at : 8);
    return word;
}

CPU_INLINE void add_word(const uint8_t *steps, size_t size, unsigned low_width, uint64_t base,
                         unsigned word, void *values) {
    uint32_t i = 0;
    for (size_t at = 0; at < size; at += 8) {
        for (uint64_t left = steps_word(steps, size, at); left != 0; left &= left - 1, i++) {
            const uint64_t high = at * 8 + (unsigned)__builtin_ctzll(left) - i;
            word_put(values, i, word, base + (high << low_width) + word_get(values, i, word));
        }
    }
}

static void add_portable(const uint8_t *steps, size_t size, unsigned low_width, uint64_t base,
                         unsigned word, void *values) {
    switch (word) {
        case 1: add_word(steps, size, low_width, base, 1, values); break;
        case 4: add_word(steps, size, low_width, base, 4, values); break;
        default: add_word(steps, size, low_width, base, 8, values);
    }
}

#if CPU_X86
/* The places of the set bits of 64 come from compressing the numbers 0..63; then eight at a time.
 */
CPU_TARGET_AVX512 static void add_avx512(const uint8_t *steps, size_t size, unsigned low_width,
                                         uint64_t base, uint64_t *values) {
    uint8_t numbers[64], places[64];
    for (unsigned i = 0; i < 64; i++) numbers[i] = (uint8_t)i;
    const __m512i all = _mm512_loadu_si512(numbers);
    const __m512i lanes = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
    const __m512i bases = _mm512_set1_epi64((long long)base);
    const __m128i shift = _mm_cvtsi32_si128((int)low_width);
    uint32_t done = 0;
    for (size_t at = 0; at < size; at += 8) {
        const uint64_t word = steps_word(steps, size, at);
        const uint32_t count = (uint32_t)__builtin_popcountll(word);
        _mm512_storeu_si512(places, _mm512_maskz_compress_epi8(word, all));
        for (uint32_t i = 0; i < count; i += 8, done += 8) {
            const __mmask8 kept = (__mmask8)(count - i >= 8 ? 0xFF : (1u << (count - i)) - 1);
            __m512i high = _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)(places + i)));
            high = _mm512_add_epi64(high, _mm512_set1_epi64((long long)(at * 8 - done)));
            high = _mm512_sll_epi64(_mm512_sub_epi64(high, lanes), shift);
            const __m512i low = _mm512_maskz_loadu_epi64(kept, values + done);
            _mm512_mask_storeu_epi64(values + done, kept,
                                     _mm512_add_epi64(_mm512_add_epi64(low, high), bases));
        }
        done -= (8 - count % 8) % 8;
    }
}
#endif

bool ascent_add_steps(const uint8_t *steps, size_t size, uint32_t count, unsigned low_width,
                      uint64_t base, unsigned word, void *values) {
    if (words_count(steps, (uint32_t)(size * 8)) != count) return false;
#if CPU_X86
    if (word == 8 && cpu_level() == CPU_AVX512) {
        add_avx512(steps, size, low_width, base, values);
        return true;
    }
#endif
    add_portable(steps, size, low_width, base, word, values);
    return true;
}
