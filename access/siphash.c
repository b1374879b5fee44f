/* SPDX-License-Identifier: EUPL-1.2 */
#include "access/siphash.h"

#include <stdatomic.h>

#if defined(__x86_64__)
#define AVX2   __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512dq")))
#endif

enum { LANES_WORTH = 3 }; /* fewer texts are done sooner one by one */

static _Atomic int limit = SIPHASH_AVX512;

void siphash_limit(enum siphash_level level) {
    atomic_store(&limit, (int)level);
}

static void hash_one_by_one(const struct siphash_lanes *lanes, uint32_t count, bool wide,
                            uint64_t hash[2][SIPHASH_LANES]) {
    for (unsigned lane = 0; lane < count; lane++) {
        struct siphash s = {lanes->v[0][lane], lanes->v[1][lane], lanes->v[2][lane],
                            lanes->v[3][lane]};
        for (uint32_t i = 0; i < lanes->words[lane]; i++) siphash_word(&s, lanes->word[i][lane]);
        s.v2 ^= wide ? 0xEE : 0xFF;
        hash[0][lane] = siphash_end(&s);
        s.v1 ^= 0xDD;
        if (wide) hash[1][lane] = siphash_end(&s);
    }
}

#if defined(__x86_64__)

/* Eight words, one of each text: one register of AVX-512, two of AVX2. */
typedef uint64_t eight __attribute__((vector_size(64)));

#define TURN(words, bits) ((words) << (bits) | (words) >> (64 - (bits)))
#define ROUND()                 \
    do {                        \
        v0 += v1;               \
        v2 += v3;               \
        v1 = TURN(v1, 13) ^ v0; \
        v3 = TURN(v3, 16) ^ v2; \
        v0 = TURN(v0, 32) + v3; \
        v2 += v1;               \
        v3 = TURN(v3, 21) ^ v0; \
        v1 = TURN(v1, 17) ^ v2; \
        v2 = TURN(v2, 32);      \
    } while (0)
#define CHOOSE(which, one, other) (((one) & (which)) | ((other) & ~(which)))

static inline __attribute__((always_inline)) void hash_lanes(const struct siphash_lanes *lanes,
                                                             uint32_t count, bool wide,
                                                             uint64_t hash[2][SIPHASH_LANES]) {
    eight v0, v1, v2, v3, words, word;
    memcpy(&v0, lanes->v[0], sizeof v0);
    memcpy(&v1, lanes->v[1], sizeof v1);
    memcpy(&v2, lanes->v[2], sizeof v2);
    memcpy(&v3, lanes->v[3], sizeof v3);
    memcpy(&words, lanes->words, sizeof words);
    uint64_t most = 0;
    for (unsigned lane = 0; lane < count; lane++)
        most = lanes->words[lane] > most ? lanes->words[lane] : most;
    for (uint64_t i = 0; i < most; i++) {
        const eight open = (eight)(words > i); /* texts that have this word */
        const eight w0 = v0, w1 = v1, w2 = v2, w3 = v3;
        memcpy(&word, lanes->word[i], sizeof word);
        v3 ^= word;
        ROUND();
        ROUND();
        v0 ^= word;
        v0 = CHOOSE(open, v0, w0);
        v1 = CHOOSE(open, v1, w1);
        v2 = CHOOSE(open, v2, w2);
        v3 = CHOOSE(open, v3, w3);
    }
    v2 ^= wide ? 0xEE : 0xFF;
    for (int i = 0; i < 4; i++) ROUND();
    word = v0 ^ v1 ^ v2 ^ v3;
    memcpy(hash[0], &word, sizeof word);
    if (!wide) return;
    v1 ^= 0xDD;
    for (int i = 0; i < 4; i++) ROUND();
    word = v0 ^ v1 ^ v2 ^ v3;
    memcpy(hash[1], &word, sizeof word);
}

AVX2 static void hash_avx2(const struct siphash_lanes *lanes, uint32_t count, bool wide,
                           uint64_t hash[2][SIPHASH_LANES]) {
    hash_lanes(lanes, count, wide, hash);
}

AVX512 static void hash_avx512(const struct siphash_lanes *lanes, uint32_t count, bool wide,
                               uint64_t hash[2][SIPHASH_LANES]) {
    hash_lanes(lanes, count, wide, hash);
}
#endif

void siphash_lanes_hash(const struct siphash_lanes *lanes, uint32_t count, bool wide,
                        uint64_t hash[2][SIPHASH_LANES]) {
#if defined(__x86_64__)
    const int level =
        count < LANES_WORTH ? SIPHASH_PORTABLE : atomic_load_explicit(&limit, memory_order_relaxed);
    if (level >= SIPHASH_AVX512 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
        hash_avx512(lanes, count, wide, hash);
        return;
    }
    if (level >= SIPHASH_AVX2 && __builtin_cpu_supports("avx2")) {
        hash_avx2(lanes, count, wide, hash);
        return;
    }
#endif
    hash_one_by_one(lanes, count, wide, hash);
}
