/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/line_index.h"

#include <stdatomic.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2   __attribute__((target("avx2,bmi,popcnt")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi2,bmi,popcnt")))
#endif

enum { STEP_BYTES = 64 };

static _Atomic int limit = LINE_INDEX_AVX512;

void line_index_limit(enum line_index_level level) {
    atomic_store(&limit, (int)level);
}

/* What there is in a step: bit i is about byte i. */
struct step {
    uint64_t quotes, backslashes, controls, not_ascii;
};

/* The bytes of the step that belong to the line, once `controls` says where it ends. */
static inline uint64_t own_bytes(uint64_t controls) {
    return controls == 0 ? UINT64_MAX : (controls & -controls) - 1;
}

/* The loop of all three ways: they differ in how a step is looked at, and how its quotes are
 * written. Compiled into each of them. */
#define INDEX_LOOP(look, put)                                                            \
    uint64_t not_ascii = 0;                                                              \
    uint32_t count = 0, offset = 0;                                                      \
    for (;; offset += STEP_BYTES) {                                                      \
        if (readable - at < (ptrdiff_t)offset + STEP_BYTES + LINE_INDEX_PADDING_BYTES || \
            offset >= LINE_INDEX_BYTES_MAX || count > LINE_INDEX_QUOTES_MAX)             \
            return false;                                                                \
        const struct step step = look(at + offset);                                      \
        const uint64_t own = own_bytes(step.controls), quotes = step.quotes & own;       \
        if ((step.backslashes & own) != 0) return false;                                 \
        not_ascii |= step.not_ascii & own;                                               \
        put(quotes, offset, index->quotes + count);                                      \
        count += (uint32_t)__builtin_popcountll(quotes);                                 \
        if (step.controls == 0) continue;                                                \
        index->size = offset + (uint32_t)__builtin_ctzll(step.controls);                 \
        index->quote_count = count;                                                      \
        index->ascii = not_ascii == 0;                                                   \
        return count <= LINE_INDEX_QUOTES_MAX;                                           \
    }

static inline void put_quotes(uint64_t quotes, uint32_t offset, uint16_t *out) {
    for (; quotes != 0; quotes &= quotes - 1)
        *out++ = (uint16_t)(offset + (uint32_t)__builtin_ctzll(quotes));
}

/* ---- portable: eight bytes in a word ---- */

#define ONES UINT64_C(0x0101010101010101)
#define HIGH (ONES << 7)

/* The highest bit of each byte, gathered into eight bits. */
static inline uint64_t gather(uint64_t high) {
    return ((high >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

/* The highest bit of each byte that is zero. */
static inline uint64_t zero_bytes(uint64_t word) {
    return ~(((word & ~HIGH) + ~HIGH) | word) & HIGH;
}

static inline struct step look_portable(const char *at) {
    struct step step = {0};
    for (unsigned i = 0; i < STEP_BYTES; i += 8) {
        uint64_t word;
        memcpy(&word, at + i, sizeof word);
        step.quotes |= gather(zero_bytes(word ^ ONES * '"')) << i;
        step.backslashes |= gather(zero_bytes(word ^ ONES * '\\')) << i;
        step.controls |= gather(zero_bytes(word & ONES * 0xE0)) << i;
        step.not_ascii |= gather(word & HIGH) << i;
    }
    return step;
}

static bool make_portable(const char *at, const char *readable, struct line_index *index) {
    INDEX_LOOP(look_portable, put_quotes)
}

#if defined(__x86_64__)

/* ---- AVX2: two registers a step ---- */

AVX2 static inline uint64_t both(__m256i low, __m256i high) {
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

AVX2 static inline struct step look_avx2(const char *at) {
    const __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)at);
    const __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));
    const __m256i quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\');
    const __m256i last = _mm256_set1_epi8(0x1F);
    return (struct step){
        .quotes = both(_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(high, quote)),
        .backslashes = both(_mm256_cmpeq_epi8(low, backslash), _mm256_cmpeq_epi8(high, backslash)),
        .controls = both(_mm256_cmpeq_epi8(_mm256_min_epu8(low, last), low),
                         _mm256_cmpeq_epi8(_mm256_min_epu8(high, last), high)),
        .not_ascii = both(low, high),
    };
}

AVX2 static bool make_avx2(const char *at, const char *readable,
                           struct line_index *index){INDEX_LOOP(look_avx2, put_quotes)}

/* ---- AVX-512: one register, and the offsets are written by one compression ---- */

AVX512 static inline struct step look_avx512(const char *at) {
    const __m512i bytes = _mm512_loadu_si512(at);
    return (struct step){
        .quotes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')),
        .backslashes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\')),
        .controls = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)),
        .not_ascii = _mm512_movepi8_mask(bytes),
    };
}

/* Writes room for 32 quotes, or for 64: what lies behind the last one is overwritten later. */
AVX512 static inline void put_quotes_avx512(uint64_t quotes, uint32_t offset, uint16_t *out) {
    static const uint8_t all[STEP_BYTES] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    const __m512i found = _mm512_maskz_compress_epi8(quotes, _mm512_loadu_si512(all));
    const __m512i base = _mm512_set1_epi16((short)offset);
    const __m512i low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(found));
    _mm512_storeu_si512(out, _mm512_add_epi16(low, base));
    if (__builtin_popcountll(quotes) <= 32) return;
    const __m512i high = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(found, 1));
    _mm512_storeu_si512(out + 32, _mm512_add_epi16(high, base));
}

AVX512 static bool make_avx512(const char *at, const char *readable, struct line_index *index) {
    INDEX_LOOP(look_avx512, put_quotes_avx512)
}
#endif

bool line_index_make(const char *at, const char *readable, struct line_index *index) {
#if defined(__x86_64__)
    const int level = atomic_load_explicit(&limit, memory_order_relaxed);
    if (level >= LINE_INDEX_AVX512 && __builtin_cpu_supports("avx512vbmi2") &&
        __builtin_cpu_supports("avx512bw"))
        return make_avx512(at, readable, index);
    if (level >= LINE_INDEX_AVX2 && __builtin_cpu_supports("avx2"))
        return make_avx2(at, readable, index);
#endif
    return make_portable(at, readable, index);
}
