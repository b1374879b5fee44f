/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: numbers of all sizes come back from their symbols and bits.
 * Method: every number near a power of two, then random ones; symbols that are none. */
#include "codec/magnitude.h"

#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "codec/bits.h"
#include "tests/test.h"

enum { ROWS_MAX = 8192 };

static uint64_t numbers[ROWS_MAX], values[ROWS_MAX + 1];
static uint8_t symbols[ROWS_MAX], bits[ROWS_MAX * 7 + 8];

static uint64_t zigzag_back(uint64_t number) {
    return number % 2 == 0 ? number / 2 : 0 - number / 2 - 1;
}

static void check(uint32_t count) {
    const size_t size = magnitude_split(numbers, count, symbols, bits);
    EXPECT_EQ(magnitude_bits_bytes(symbols, count), size);
    uint8_t *exact = memory_get(size + 1);
    memcpy(exact + 1, bits, size); /* not aligned; ends where the memory ends */
    for (unsigned word = 1; word <= 8; word += word == 1 ? 3 : 4) {
        for (int zigzag = 0; zigzag < 2; zigzag++) {
            memset(values, 0xA5, sizeof values);
            magnitude_join(symbols, count, exact + 1, 77, zigzag == 1, word, values);
            for (uint32_t i = 0; i < count; i++) {
                const uint64_t wanted = 77 + (zigzag == 1 ? zigzag_back(numbers[i]) : numbers[i]);
                EXPECT(memcmp((uint8_t *)values + (size_t)i * word, &wanted, word) == 0);
            }
            EXPECT_EQ(((uint8_t *)values)[(size_t)count * word], 0xA5);
        }
    }
    memory_free(exact);
}

TEST(numbers_come_back_at_every_level) {
    uint64_t state = 1;
    for (int level = CPU_PORTABLE; level <= CPU_AVX512; level++) {
        cpu_limit((enum cpu_level)level);
        uint32_t count = 0;
        for (unsigned width = 0; width < 59; width++) {
            for (uint64_t near = 0; near < 5; near++) {
                const uint64_t number = (UINT64_C(1) << width) - 2 + near;
                numbers[count++] = number & MAGNITUDE_NUMBER_MAX;
            }
        }
        numbers[count++] = MAGNITUDE_NUMBER_MAX;
        for (uint32_t some = 1; some <= count; some++) check(some);
        for (int round = 0; round < 60; round++) {
            const uint32_t rows = round == 0 ? ROWS_MAX : 1 + (uint32_t)(test_random(&state) % 300);
            for (uint32_t i = 0; i < rows; i++)
                numbers[i] = (test_random(&state) & MAGNITUDE_NUMBER_MAX) >>
                             (round % 2 == 0 ? test_random(&state) % 59 : 0);
            check(rows);
        }
    }
}

TEST(a_symbol_has_the_leading_three_bits_and_its_order_is_that_of_the_numbers) {
    uint8_t before = 0;
    for (uint64_t number = 0; number < 100000; number++) {
        const uint8_t symbol = magnitude_symbol(number);
        const unsigned width = bits_width(number);
        EXPECT(symbol == before || symbol == before + 1);
        EXPECT_EQ(magnitude_symbol_bits(symbol), width < 3 ? 0 : width - 3);
        before = symbol;
    }
    EXPECT_EQ(magnitude_symbol(MAGNITUDE_NUMBER_MAX), MAGNITUDE_SYMBOL_MAX);
}

TEST(what_is_no_symbol_is_told) {
    memset(symbols, 3, sizeof symbols);
    EXPECT_EQ(magnitude_bits_bytes(symbols, ROWS_MAX), 0);
    symbols[ROWS_MAX - 1] = MAGNITUDE_SYMBOL_MAX + 1;
    EXPECT_EQ(magnitude_bits_bytes(symbols, ROWS_MAX), SIZE_MAX);
}
