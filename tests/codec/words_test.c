/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the kernels over words give what one row at a time would, at every word size, row count and
 * level, and write nothing beyond.
 * Method: random input against loops too simple to be wrong; a guard behind the values. */
#include "codec/words.h"

#include <string.h>

#include "base/cpu.h"
#include "codec/word.h"
#include "tests/test.h"

enum { ROWS_MAX = 8192, GUARD = 0xA5, ROUNDS = 300 };

static const unsigned sizes[] = {1, 4, 8};
static uint64_t dense[ROWS_MAX + WORDS_SLACK], plain[ROWS_MAX + 8], out[ROWS_MAX + 8];

static uint32_t some_rows(int round, uint64_t *state) {
    const uint32_t most = round % 10 == 0 ? ROWS_MAX : 200;
    return round % 50 == 0 ? ROWS_MAX : 1 + (uint32_t)(test_random(state) % most);
}

static void put(void *words, uint32_t row, unsigned word, uint64_t value) {
    memcpy((uint8_t *)words + (size_t)row * word, &value, word);
}

static uint64_t get(const void *words, uint32_t row, unsigned word) {
    uint64_t value = 0;
    memcpy(&value, (const uint8_t *)words + (size_t)row * word, word);
    return value;
}

/* Runs the block once a level, with `out` guarded, and compares `out` with `plain`. */
#define AT_EVERY_LEVEL(rows, word, call)                                               \
    for (int level = CPU_PORTABLE; level <= CPU_AVX512; level++) {                     \
        cpu_limit((enum cpu_level)level);                                              \
        memset(out, GUARD, sizeof out);                                                \
        call;                                                                          \
        EXPECT(memcmp(out, plain, (size_t)(rows) * (word)) == 0);                      \
        for (unsigned guard = 0; guard < 8; guard++)                                   \
            EXPECT_EQ(((const uint8_t *)out)[(size_t)(rows) * (word) + guard], GUARD); \
    }

TEST(sums_are_those_of_one_row_after_the_other) {
    uint64_t state = 1;
    for (int round = 0; round < ROUNDS; round++) {
        const unsigned word = sizes[round % 3];
        const uint32_t rows = some_rows(round, &state);
        const uint64_t first = test_random(&state);
        uint64_t sum = first;
        for (uint32_t i = 0; i < rows; i++) {
            const uint64_t delta = test_random(&state);
            put(dense, i, word, delta);
            sum += delta;
            put(plain, i, word, sum);
        }
        AT_EVERY_LEVEL(rows, word, {
            memcpy(out, dense, (size_t)rows * word);
            words_sum(first, rows, word, out);
        })
    }
}

TEST(bitmaps_expand_and_come_back) {
    uint64_t state = 2;
    for (int round = 0; round < ROUNDS; round++) {
        const unsigned word = sizes[round % 3];
        const uint32_t rows = some_rows(round, &state);
        uint8_t bitmap[ROWS_MAX / 8] = {0};
        uint32_t next = 0;
        for (uint32_t i = 0; i < rows; i++) {
            const bool there = test_random(&state) % (uint64_t)(1 + round % 5) == 0;
            if (there) bitmap[i / 8] = (uint8_t)(bitmap[i / 8] | 1u << (i % 8));
            if (there) put(dense, next, word, test_random(&state));
            put(plain, i, word, there ? get(dense, next++, word) : 5);
        }
        if (rows % 8 != 0) bitmap[rows / 8] |= (uint8_t)(0xFF << (rows % 8)); /* do not count */
        EXPECT_EQ(words_count(bitmap, rows), next);
        AT_EVERY_LEVEL(rows, word, words_expand(bitmap, rows, dense, 5, word, out))
        if (word != 8) continue;
        if (rows % 8 != 0) bitmap[rows / 8] &= (uint8_t)((1u << (rows % 8)) - 1);
        for (int level = CPU_PORTABLE; level <= CPU_AVX512; level++) {
            static uint64_t compacted[ROWS_MAX + WORDS_SLACK];
            uint8_t bits[ROWS_MAX / 8 + 1] = {0};
            bits[(rows + 7) / 8] = GUARD;
            cpu_limit((enum cpu_level)level);
            EXPECT_EQ(words_compact(plain, rows, 5, bits, compacted), next);
            EXPECT(memcmp(bits, bitmap, (rows + 7) / 8) == 0);
            EXPECT(memcmp(compacted, dense, (size_t)next * 8) == 0);
            EXPECT_EQ(bits[(rows + 7) / 8], GUARD);
        }
    }
}

TEST(bitmaps_say_which_words_there_are) {
    uint64_t state = 7;
    for (int round = 0; round < ROUNDS; round++) {
        const uint32_t rows = some_rows(round, &state);
        const uint64_t absent = test_random(&state), some = test_random(&state);
        uint8_t bitmap[ROWS_MAX / 8 + 1];
        for (uint32_t i = 0; i < sizeof bitmap; i++) bitmap[i] = (uint8_t)test_random(&state);
        for (uint32_t i = 0; i < rows; i++) plain[i] = bitmap[i / 8] >> (i % 8) & 1 ? some : absent;
        AT_EVERY_LEVEL(rows, 8, words_presence(bitmap, rows, absent, some, out))
    }
}

TEST(runs_repeat) {
    static uint32_t lengths[ROWS_MAX];
    uint64_t state = 3;
    for (int round = 0; round < ROUNDS; round++) {
        const unsigned word = sizes[round % 3];
        const uint32_t rows = some_rows(round, &state);
        uint32_t runs = 0;
        for (uint32_t filled = 0; filled < rows; runs++) {
            const uint32_t length = (uint32_t)(test_random(&state) % 20); /* none is allowed */
            lengths[runs] = length > rows - filled ? rows - filled : length;
            if (runs == ROWS_MAX - 1) lengths[runs] = rows - filled;
            put(dense, runs, word, test_random(&state));
            for (uint32_t i = 0; i < lengths[runs]; i++)
                put(plain, filled++, word, get(dense, runs, word));
        }
        AT_EVERY_LEVEL(rows, word, words_repeat(dense, lengths, runs, rows, word, out))
    }
}

TEST(tables_are_looked_up_and_what_is_not_in_them_is_told) {
    static uint32_t indexes[ROWS_MAX];
    uint64_t state = 4;
    for (int round = 0; round < ROUNDS * 2; round++) {
        const unsigned word = sizes[round % 3], index_bytes = round % 2 == 0 ? 1 : 4;
        const uint32_t rows = some_rows(round, &state);
        const uint32_t most = index_bytes == 4 ? 2048 : round % 4 == 0 ? 32 : 256;
        const uint32_t count = 1 + (uint32_t)(test_random(&state) % most);
        for (uint32_t i = 0; i < count; i++) put(dense, i, word, test_random(&state));
        for (uint32_t i = 0; i < rows; i++) {
            const uint64_t index = test_random(&state) % count;
            put(indexes, i, index_bytes, index);
            put(plain, i, word, get(dense, (uint32_t)index, word));
        }
        AT_EVERY_LEVEL(rows, word,
                       EXPECT(words_look_up(indexes, index_bytes, rows, dense, count, word, out)))
        if (count == 256) continue;
        put(indexes, (uint32_t)(test_random(&state) % rows), index_bytes, count);
        for (int level = CPU_PORTABLE; level <= CPU_AVX512; level++) {
            cpu_limit((enum cpu_level)level);
            EXPECT(!words_look_up(indexes, index_bytes, rows, dense, count, word, out));
        }
    }
}

TEST(units_divide_what_they_multiply_and_a_rest_is_told) {
    uint64_t state = 6;
    for (int round = 0; round < ROUNDS; round++) {
        const unsigned word = sizes[round % 3];
        const uint32_t rows = some_rows(round, &state);
        const uint64_t unit = 1 + (test_random(&state) >> test_random(&state) % 64) / 2;
        const uint64_t base = test_random(&state);
        for (uint32_t i = 0; i < rows; i++) {
            const uint64_t quotient = test_random(&state) % (UINT64_MAX / unit);
            put(dense, i, word, quotient);
            put(plain, i, word, base + unit * quotient);
        }
        AT_EVERY_LEVEL(rows, word, {
            memcpy(out, dense, (size_t)rows * word);
            words_multiply(base, unit, rows, word, out);
        })
        if (word != 8) continue;
        memcpy(out, plain, (size_t)rows * 8);
        memcpy(plain, dense, (size_t)rows * 8);
        memcpy(dense, out, (size_t)rows * 8);
        AT_EVERY_LEVEL(rows, 8, EXPECT(words_divide_exactly(dense, rows, base, unit, out)))
        if (unit == 1) continue;
        dense[test_random(&state) % rows] += 1 + test_random(&state) % (unit - 1);
        for (int level = CPU_PORTABLE; level <= CPU_AVX512; level++) {
            cpu_limit((enum cpu_level)level);
            EXPECT(!words_divide_exactly(dense, rows, base, unit, out));
        }
    }
}

TEST(decimals_are_the_quotients_of_the_language) {
    uint64_t state = 5;
    for (int round = 0; round < ROUNDS; round++) {
        const uint32_t rows = some_rows(round, &state);
        const double divisor = round % 3 == 0 ? 1 : round % 3 == 1 ? 100 : 10000;
        for (uint32_t i = 0; i < rows; i++) {
            const int64_t number = (int64_t)test_random(&state) >> (13 + test_random(&state) % 50);
            const double quotient = (double)number / divisor;
            memcpy(&dense[i], &number, 8);
            memcpy(&plain[i], &quotient, 8);
        }
        AT_EVERY_LEVEL(rows, 8, {
            memcpy(out, dense, (size_t)rows * 8);
            words_divide(out, rows, divisor);
        })
    }
}
