/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: ascending numbers come back, and a bitmap of steps that has not one for each is refused.
 * Method: random ascents, from dense ones with repeats to 64-bit pseudonyms, at every level. */
#include "codec/ascent.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "codec/bits.h"
#include "tests/test.h"

enum { ROWS_MAX = 8192 };

static uint64_t words[ROWS_MAX], values[ROWS_MAX + 1];

static int by_value(const void *a, const void *b) {
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void check(uint32_t count, unsigned word) {
    const uint64_t base = words[0], highest = words[count - 1] - base;
    const unsigned low = ascent_low_width(count, highest);
    const size_t size = ascent_steps_bytes(count, low, highest);
    EXPECT(size <= 3 * (size_t)ROWS_MAX / 8 + 1);
    uint8_t *steps = memory_get(size);
    ascent_put_steps(words, count, base, low, steps, size);
    EXPECT((steps[size - 1]) != 0);
    for (int level = CPU_PORTABLE; level <= CPU_AVX512; level++) {
        cpu_limit((enum cpu_level)level);
        memset(values, 0xA5, sizeof values);
        for (uint32_t i = 0; i < count; i++) {
            const uint64_t number = (words[i] - base) & ((UINT64_C(1) << low) - 1);
            memcpy((uint8_t *)values + (size_t)i * word, &number, word);
        }
        EXPECT(ascent_add_steps(steps, size, count, low, base, word, values));
        for (uint32_t i = 0; i < count; i++)
            EXPECT(memcmp((uint8_t *)values + (size_t)i * word, &words[i], word) == 0);
        EXPECT_EQ(((uint8_t *)values)[(size_t)count * word], 0xA5);
    }
    steps[size / 2] = (uint8_t)(steps[size / 2] ^ 16);
    EXPECT(!ascent_add_steps(steps, size, count, low, base, word, values));
    memory_free(steps);
}

TEST(ascents_come_back_at_every_level) {
    uint64_t state = 1;
    for (int round = 0; round < 300; round++) {
        const uint32_t count =
            round % 20 == 0 ? ROWS_MAX - (uint32_t)round % 9
                            : 1 + (uint32_t)(test_random(&state) % (round % 3 == 0 ? 20 : 500));
        const unsigned width = 1 + (unsigned)(test_random(&state) % 64);
        const uint64_t start = test_random(&state) >> (round % 64);
        for (uint32_t i = 0; i < count; i++)
            words[i] = (test_random(&state) >> (64 - width)) / 2 + start / 2;
        qsort(words, count, 8, by_value);
        for (unsigned word = 1; word <= 8; word += word == 1 ? 3 : 4) check(count, word);
    }
}
