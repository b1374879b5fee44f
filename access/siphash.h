/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef ACCESS_SIPHASH_H
#define ACCESS_SIPHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* siphash: SipHash-2-4 (Aumasson, Bernstein, 2012) with answers of 64 and 128 bits, bit for bit
 * those of libsodium's crypto_shorthash and crypto_shorthash_siphashx24. Inline, because the texts
 * are short: two of them are then computed side by side, while a call would wait for each.
 * Pure, any thread; the state holds what depends on the key. */
struct siphash_key {
    uint64_t word[2];
};

struct siphash {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t siphash_turn(uint64_t word, int bits) {
    return word << bits | word >> (64 - bits);
}

static inline void siphash_round(struct siphash *s) {
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = siphash_turn(s->v1, 13) ^ s->v0;
    s->v3 = siphash_turn(s->v3, 16) ^ s->v2;
    s->v0 = siphash_turn(s->v0, 32) + s->v3;
    s->v2 += s->v1;
    s->v3 = siphash_turn(s->v3, 21) ^ s->v0;
    s->v1 = siphash_turn(s->v1, 17) ^ s->v2;
    s->v2 = siphash_turn(s->v2, 32);
}

static inline struct siphash siphash_begin(const struct siphash_key *key) {
    return (struct siphash){
        key->word[0] ^ UINT64_C(0x736F6D6570736575), key->word[1] ^ UINT64_C(0x646F72616E646F6D),
        key->word[0] ^ UINT64_C(0x6C7967656E657261), key->word[1] ^ UINT64_C(0x7465646279746573)};
}

static inline void siphash_word(struct siphash *s, uint64_t word) {
    s->v3 ^= word;
    siphash_round(s);
    siphash_round(s);
    s->v0 ^= word;
}

static inline uint64_t siphash_end(struct siphash *s) {
    for (int i = 0; i < 4; i++) siphash_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static inline uint64_t siphash_load(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* The last size % 8 bytes of a text. Of one with eight bytes or more the last eight can be read. */
static inline uint64_t siphash_tail(const char *text, size_t size) {
    const size_t left = size % 8;
    if (left == 0) return 0;
    if (size >= 8) return siphash_load(text + size - 8) >> (64 - 8 * left);
    uint64_t word = 0;
    for (size_t i = 0; i < left; i++) word |= (uint64_t)(uint8_t)text[i] << 8 * i;
    return word;
}

static inline uint64_t siphash_64(const struct siphash_key *key, const char *text, size_t size) {
    struct siphash s = siphash_begin(key);
    const uint64_t last = (uint64_t)size << 56 | siphash_tail(text, size);
    for (const char *end = text + size / 8 * 8; text < end; text += 8)
        siphash_word(&s, siphash_load(text));
    siphash_word(&s, last);
    s.v2 ^= 0xFF;
    return siphash_end(&s);
}

/* Of texts that begin alike, 128 bits: the words of the beginning are done with once. */
struct siphash_prefix {
    struct siphash state;
    uint64_t carry;       /* the bytes of the beginning that fill no word */
    unsigned carry_bytes; /* 0..7 */
    size_t size;          /* of the beginning */
};

static inline struct siphash_prefix siphash_prefix(const struct siphash_key *key, const char *text,
                                                   size_t size) {
    struct siphash_prefix prefix = {
        .state = siphash_begin(key), .carry_bytes = size % 8, .size = size};
    prefix.state.v1 ^= 0xEE;
    prefix.carry = siphash_tail(text, size);
    for (const char *end = text + size / 8 * 8; text < end; text += 8)
        siphash_word(&prefix.state, siphash_load(text));
    return prefix;
}

/* The words of a text behind its beginning, the last of them with the size: `put` gets each in turn
 * with its number. Says how many there were. */
#define SIPHASH_WORDS_BEHIND(prefix, text, size, put)                               \
    do {                                                                            \
        const unsigned shift = 8 * (prefix)->carry_bytes;                           \
        uint64_t carry = (prefix)->carry;                                           \
        const uint64_t tail = siphash_tail(text, size);                             \
        for (size_t at = 0; at + 8 <= (size); at += 8) {                            \
            const uint64_t word = siphash_load((text) + at);                        \
            put(carry | word << shift);                                             \
            carry = shift == 0 ? 0 : word >> (64 - shift);                          \
        }                                                                           \
        carry |= tail << shift;                                                     \
        if ((prefix)->carry_bytes + (size) % 8 >= 8) {                              \
            put(carry);                                                             \
            carry = tail >> (64 - shift); /* shift > 0: else there are not eight */ \
        }                                                                           \
        put((uint64_t)((prefix)->size + (size)) << 56 | carry);                     \
    } while (0)

static inline void siphash_128(const struct siphash_prefix *prefix, const char *text, size_t size,
                               uint64_t hash[2]) {
    struct siphash s = prefix->state;
#define PUT(word) siphash_word(&s, word)
    SIPHASH_WORDS_BEHIND(prefix, text, size, PUT);
#undef PUT
    s.v2 ^= 0xEE;
    hash[0] = siphash_end(&s);
    s.v1 ^= 0xDD;
    hash[1] = siphash_end(&s);
}

/* Several texts side by side, one in each lane of the processor's wide registers. */
enum { SIPHASH_LANES = 8, SIPHASH_LANE_BYTES_MAX = 128, SIPHASH_LANE_WORDS_MAX = 18 };
struct siphash_lanes {
    uint64_t v[4][SIPHASH_LANES]; /* the states to begin with */
    uint64_t words[SIPHASH_LANES];
    uint64_t word[SIPHASH_LANE_WORDS_MAX][SIPHASH_LANES];
};

/* Fills a lane with a text of at most SIPHASH_LANE_BYTES_MAX bytes. A prefix of size 0 begins the
 * hash of 64 bits too: see siphash_prefix_64. */
static inline void siphash_lanes_put(struct siphash_lanes *lanes, unsigned lane,
                                     const struct siphash_prefix *prefix, const char *text,
                                     size_t size) {
    uint32_t count = 0;
    lanes->v[0][lane] = prefix->state.v0;
    lanes->v[1][lane] = prefix->state.v1;
    lanes->v[2][lane] = prefix->state.v2;
    lanes->v[3][lane] = prefix->state.v3;
#define PUT(bits) lanes->word[count++][lane] = (bits)
    SIPHASH_WORDS_BEHIND(prefix, text, size, PUT);
#undef PUT
    lanes->words[lane] = count;
}

static inline struct siphash_prefix siphash_prefix_64(const struct siphash_key *key) {
    return (struct siphash_prefix){.state = siphash_begin(key)};
}

/* hash[0]: the 64 bits of each of the first `count` lanes, or, wide, the first of 128; hash[1]: the
 * others. Lanes that were never filled must be zero. */
void siphash_lanes_hash(const struct siphash_lanes *lanes, uint32_t count, bool wide,
                        uint64_t hash[2][SIPHASH_LANES]);

/* For tests: use no more than this of the processor, whatever it can. */
enum siphash_level { SIPHASH_PORTABLE, SIPHASH_AVX2, SIPHASH_AVX512 };
void siphash_limit(enum siphash_level level);

#endif
