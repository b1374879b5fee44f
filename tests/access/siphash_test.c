/* SPDX-License-Identifier: EUPL-1.2 */
#include "access/siphash.h"

#include <sodium.h>

#include "tests/test.h"

/* Goal: the same hashes as libsodium's, which old pseudonyms may have been made with. Method:
 * random keys and bytes, every length from 0 to 200, cut into beginning and rest at every place. */

enum { SIZE_MAX_TESTED = 200 };

static void expect_same(const struct siphash_key *key, const char *text, size_t size) {
    uint64_t expected, both[2];
    crypto_shorthash((uint8_t *)&expected, (const uint8_t *)text, size, (const uint8_t *)key->word);
    EXPECT_EQ(siphash_64(key, text, size), expected);
    crypto_shorthash_siphashx24((uint8_t *)both, (const uint8_t *)text, size,
                                (const uint8_t *)key->word);
    for (size_t cut = 0; cut <= size; cut++) {
        uint64_t found[2];
        char *rest = malloc(size - cut + 1); /* of its own: no byte before or behind it is read */
        memcpy(rest, text + cut, size - cut);
        char *exact = realloc(rest, size - cut > 0 ? size - cut : 1);
        const struct siphash_prefix prefix = siphash_prefix(key, text, cut);
        siphash_128(&prefix, exact, size - cut, found);
        EXPECT_EQ(found[0], both[0]);
        EXPECT_EQ(found[1], both[1]);
        free(exact);
    }
}

TEST(siphash_agrees_with_libsodium_at_every_length_and_cut) {
    uint64_t seed = 11;
    EXPECT(sodium_init() >= 0);
    for (size_t size = 0; size <= SIZE_MAX_TESTED; size++) {
        struct siphash_key key = {{test_random(&seed), test_random(&seed) << 31}};
        char *text = malloc(size + 1);
        for (size_t i = 0; i < size; i++) text[i] = (char)test_random(&seed);
        char *exact = realloc(text, size > 0 ? size : 1);
        expect_same(&key, exact, size);
        free(exact);
    }
}

/* Goal: lanes answer what one text alone answers, whatever lies in the other lanes, however many of
 * them are used, on every kind of processor. */
TEST(siphash_lanes_agree_with_one_text_alone) {
    uint64_t seed = 12;
    static char texts[SIPHASH_LANES][SIPHASH_LANE_BYTES_MAX];
    static struct siphash_lanes lanes;
    for (int round = 0; round < 3000; round++) {
        siphash_limit((enum siphash_level)(round % 3));
        const bool wide = round % 2 == 0;
        const uint32_t count = 1 + (uint32_t)(test_random(&seed) % SIPHASH_LANES);
        uint64_t hash[2][SIPHASH_LANES], expected[SIPHASH_LANES][2] = {{0}};
        for (uint32_t lane = 0; lane < count; lane++) {
            struct siphash_key key = {{test_random(&seed), test_random(&seed) << 31}};
            size_t size = test_random(&seed) % (SIPHASH_LANE_BYTES_MAX + 1);
            for (size_t i = 0; i < size; i++) texts[lane][i] = (char)test_random(&seed);
            const struct siphash_prefix prefix =
                wide ? siphash_prefix(&key, "beginning", test_random(&seed) % 10)
                     : siphash_prefix_64(&key);
            siphash_lanes_put(&lanes, lane, &prefix, texts[lane], size);
            if (wide)
                siphash_128(&prefix, texts[lane], size, expected[lane]);
            else
                expected[lane][0] = siphash_64(&key, texts[lane], size);
        }
        siphash_lanes_hash(&lanes, count, wide, hash);
        for (uint32_t lane = 0; lane < count; lane++) {
            EXPECT_EQ(hash[0][lane], expected[lane][0]);
            if (wide) EXPECT_EQ(hash[1][lane], expected[lane][1]);
        }
    }
    siphash_limit(SIPHASH_AVX512);
}
