/* SPDX-License-Identifier: EUPL-1.2 */
/* Question: how long do a column's values take to become bytes, and back, by scheme and level of
 * instructions?
 * Sketch, for one core at 4 GHz that stores 64 bytes a cycle into its first cache and reads 27 GB/s
 * from memory:
 *   packed, const    8 values of 8 bytes are some 6 instructions and one store: 2 cycles, 0.06 ns a
 *                    value; but 8192 values of 8 bytes leave the first cache, and the second takes
 *                    32 bytes a cycle: 0.06 ns more. Reading 36 bits a value from memory: 0.17 ns.
 *   delta            + 8 instructions for 8 sums: 0.1 ns more
 *   sparse           + one expansion for 8 rows: 0.1 ns more
 *   dict, by register  16 indexes a permutation: as packed
 *   runs             a store or two a run of 6, and a guess that may be wrong: 0.3 ns
 *   ascent           a set bit is found in some 8 instructions for 8: 0.15 ns above packed
 *   decimal          a division of 8 doubles takes 8 cycles: 0.25 ns above packed
 *   magnitude        8 numbers are some 30 instructions: 0.2 ns; the symbols' Huffman code takes 2
 *                    cycles a byte and its table 2,000 cycles a block: 0.6 ns
 *   zstd             the same a byte, of which a small value is a half or a quarter
 * A new scheme is worth a look where it is twice as far from its line. */
#include <stdio.h>
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "benchmarks/bench.h"
#include "codec/codec.h"

enum { BLOCKS = 32, ROWS = CODEC_ROWS_MAX };

struct shape {
    const char *name;
    enum column_kind kind;
    uint64_t (*value)(uint32_t row, uint64_t random);
};

/* Many small numbers, few large ones: from seconds to months in milliseconds. */
static uint64_t spread(uint64_t random) {
    return (random >> 24) % (UINT64_C(1) << (10 + random % 8 * random / 8 % 22));
}

static uint64_t constant(uint32_t row, uint64_t random) {
    (void)row, (void)random;
    return 7;
}
static uint64_t packed_36(uint32_t row, uint64_t random) {
    (void)row;
    return UINT64_C(1700000000000) + (random >> 28);
}
static uint64_t packed_20(uint32_t row, uint64_t random) {
    (void)row;
    return random >> 44;
}
static uint64_t packed_3(uint32_t row, uint64_t random) {
    (void)row;
    return random >> 61;
}
static uint64_t skewed(uint32_t row, uint64_t random) {
    (void)row;
    return 1 + (uint64_t)__builtin_ctzll(random | 512);
}
static uint64_t few_codes(uint32_t row, uint64_t random) {
    (void)row;
    return (random >> 60) * 123456789 >> 3; /* no multiples of anything */
}
static uint64_t many_codes(uint32_t row, uint64_t random) {
    (void)row;
    return (random >> 54) * 12345678 >> 3;
}
static uint64_t steady(uint32_t row, uint64_t random) {
    return UINT64_C(1700000000000) - row * 1000ull + (random >> 57);
}
static uint64_t pseudonym(uint32_t row, uint64_t random) {
    return ((uint64_t)row << 47) + (random >> 17);
}
static uint64_t runs_of_six(uint32_t row, uint64_t random) {
    (void)random;
    return 1 + (row + row % 7 / 3) / 6 * 40503 % 19;
}
static uint64_t often_absent(uint32_t row, uint64_t random) {
    return random % 2 == 0 ? (uint64_t)TIME_ABSENT : packed_36(row, random);
}
static uint64_t magnitudes(uint32_t row, uint64_t random) {
    (void)row;
    return spread(random);
}
static uint64_t minutes(uint32_t row, uint64_t random) {
    (void)row;
    return UINT64_C(1700000000000) + (random >> 44) * 60000;
}
static uint64_t prices(uint32_t row, uint64_t random) {
    (void)row;
    const double number = (double)(random >> 50) / 100;
    uint64_t word;
    memcpy(&word, &number, 8);
    return word;
}

static const struct shape shapes[] = {
    {"const", KIND_TIME, constant},
    {"packed 36", KIND_TIME, packed_36},
    {"packed 20", KIND_CODE, packed_20},
    {"packed 3", KIND_CHOICE, packed_3},
    {"zstd", KIND_CHOICE, skewed},
    {"dict of 16", KIND_CODE, few_codes},
    {"dict of 1024", KIND_CODE, many_codes},
    {"delta", KIND_TIME, steady},
    {"ascent", KIND_TOKEN, pseudonym},
    {"runs of 6", KIND_CODE, runs_of_six},
    {"sparse over packed 36", KIND_TIME, often_absent},
    {"magnitude", KIND_TIME, magnitudes},
    {"unit over packed 20", KIND_TIME, minutes},
    {"decimal", KIND_NUMBER, prices},
};

static uint64_t values[BLOCKS][ROWS], decoded[ROWS];
static uint8_t *encoded[BLOCKS];
static size_t sizes[BLOCKS];

static void fill(const struct shape *shape, uint32_t blocks) {
    const size_t width = column_kind_bytes(shape->kind);
    uint64_t state = 1;
    for (uint32_t block = 0; block < blocks; block++) {
        for (uint32_t row = 0; row < ROWS; row++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            const uint64_t random = (state >> 32 | state << 32) * UINT64_C(0x9E3779B97F4A7C15);
            const uint64_t value = shape->value(row, random);
            memcpy((uint8_t *)values[block] + row * width, &value, width);
        }
    }
}

static void measure_encoding(const struct shape *shape, uint32_t blocks, enum codec_effort effort) {
    uint64_t best_ns = UINT64_MAX, bytes = 0;
    for (int run = 0; run < BENCH_RUNS; run++) {
        const uint64_t start_ns = bench_now_ns();
        bytes = 0;
        for (uint32_t block = 0; block < blocks; block++)
            bytes += sizes[block] =
                codec_encode(shape->kind, effort, values[block], ROWS, encoded[block]);
        const uint64_t elapsed_ns = bench_now_ns() - start_ns;
        if (run > 0 && elapsed_ns < best_ns) best_ns = elapsed_ns;
    }
    char name[64];
    (void)snprintf(name, sizeof name, "codec/encode %s/%s", effort == CODEC_FAST ? "fast" : "small",
                   shape->name);
    bench_report(name, (uint64_t)blocks * ROWS, bytes, best_ns, bytes);
}

static void measure_decoding(const struct shape *shape, uint32_t blocks, enum cpu_level level) {
    static const char *const levels[] = {"portable", "avx2", "avx512"};
    cpu_limit(level);
    if (cpu_level() != level) return; /* not on this machine */
    uint64_t best_ns = UINT64_MAX, hash = 0;
    for (int run = 0; run < BENCH_RUNS; run++) {
        const uint64_t start_ns = bench_now_ns();
        hash = 0;
        for (uint32_t block = 0; block < blocks; block++) {
            CHECK(codec_decode(shape->kind, encoded[block], sizes[block], ROWS, decoded));
            hash += decoded[block];
        }
        const uint64_t elapsed_ns = bench_now_ns() - start_ns;
        if (run > 0 && elapsed_ns < best_ns) best_ns = elapsed_ns;
    }
    char name[64];
    (void)snprintf(name, sizeof name, "codec/decode %s/%s", shape->name, levels[level]);
    const uint64_t rows = (uint64_t)blocks * ROWS;
    bench_report(name, rows, rows * column_kind_bytes(shape->kind), best_ns, hash);
}

int main(void) {
    const uint32_t blocks = (uint32_t)bench_size(2, BLOCKS);
    for (uint32_t block = 0; block < blocks; block++) {
        encoded[block] = memory_get(codec_bound(ROWS));
        CHECK(encoded[block] != NULL);
    }
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        cpu_limit(CPU_AVX512);
        fill(&shapes[i], blocks);
        measure_encoding(&shapes[i], blocks, CODEC_FAST);
        measure_encoding(&shapes[i], blocks, CODEC_SMALL);
        for (int level = CPU_PORTABLE; level <= CPU_AVX512; level++)
            measure_decoding(&shapes[i], blocks, (enum cpu_level)level);
    }
    for (uint32_t block = 0; block < blocks; block++) memory_free(encoded[block]);
    return 0;
}
