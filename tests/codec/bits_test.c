/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: integers of every width come back, into words of every size, on every processor.
 * Method: each width, count and level against one bit at a time. The bytes are exactly as long as
 * they must be and a guard stands behind the values: a step beyond either is seen. */
#include "codec/bits.h"

#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "tests/test.h"

enum { COUNT_MAX = 8192, GUARD = 0xA5 };

static uint64_t numbers[COUNT_MAX];
static uint8_t values[COUNT_MAX * 8 + 64];

static uint64_t bits_at(const uint8_t *bytes, size_t bit, unsigned width) {
    uint64_t number = 0;
    for (unsigned k = 0; k < width; k++)
        number |= (uint64_t)(bytes[(bit + k) / 8] >> ((bit + k) % 8) & 1) << k;
    return number;
}

static void check(uint32_t count, unsigned width, unsigned word, const uint8_t *packed) {
    const uint64_t base = UINT64_C(0xFEDCBA9876543210);
    memset(values, GUARD, sizeof values);
    bits_unpack(packed, count, width, base, word, values);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t wanted = base + bits_at(packed, (size_t)i * width, width);
        if (memcmp(values + (size_t)i * word, &wanted, word) != 0)
            test_fail(__FILE__, __LINE__, "width %u word %u row %u of %u", width, word, i, count);
    }
    for (unsigned k = 0; k < 64; k++) EXPECT_EQ(values[(size_t)count * word + k], GUARD);
}

static void check_levels(uint32_t count, unsigned width, uint64_t *state) {
    const uint64_t mask = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
    for (uint32_t i = 0; i < count; i++) numbers[i] = (test_random(state) & mask) + 99;
    const size_t size = bits_bytes(count, width);
    uint8_t *packed = memory_get(size + 8), *exact = memory_get(size);
    for (int level = CPU_PORTABLE; level <= CPU_AVX512; level++) {
        cpu_limit((enum cpu_level)level);
        memset(packed, GUARD, size);
        bits_pack(numbers, count, width, 99, packed);
        for (uint32_t i = 0; i < count; i++)
            EXPECT_EQ(bits_at(packed, (size_t)i * width, width), numbers[i] - 99);
        if (size * 8 > (size_t)count * width) EXPECT_EQ(packed[size - 1] >> (count * width % 8), 0);
    }
    memcpy(exact, packed, size);
    for (int level = CPU_PORTABLE; level <= CPU_AVX512; level++) {
        cpu_limit((enum cpu_level)level);
        for (unsigned word = 1; word <= 8; word += word == 1 ? 3 : 4)
            check(count, width, word, exact);
    }
    memory_free(packed);
    memory_free(exact);
}

TEST(every_width_and_count_comes_back_at_every_level) {
    uint64_t state = 11;
    for (unsigned width = 0; width <= 64; width++) {
        for (uint32_t count = 1; count < 150; count += 1 + count / 20)
            check_levels(count, width, &state);
        check_levels(COUNT_MAX - 8 * (width % 3) - width % 8, width, &state);
    }
}
