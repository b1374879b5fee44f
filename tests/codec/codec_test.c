/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: every column comes back bit for bit, and damaged bytes never do harm.
 * Method: random columns of every kind and of the shapes that the schemes are made for; then every
 * byte of an encoding changed, and every length cut. */
#include "codec/codec.h"
#include "base/cpu.h"
#include "base/memory.h"
#include "tests/test.h"

static const enum column_kind kinds[] = {KIND_TIME,   KIND_CODE,  KIND_CHOICE, KIND_TOKEN,
                                         KIND_NUMBER, KIND_COUNT, KIND_AMOUNT};
enum { SHAPES = 18, KINDS = sizeof kinds / sizeof kinds[0] };

static uint64_t shaped(int shape, uint32_t row, uint64_t *state) {
    const uint64_t random = test_random(state);
    switch (shape) {
        case 0: return 42;
        case 1: return random;
        case 2: return random % 1000 + UINT64_C(1700000000000);
        case 3: return (uint64_t)row * 1000 + random % 7;
        case 4: return row / 37;
        case 5: return (random % 5) << 40;
        case 6: return random % 2 ? (uint64_t)INT64_MIN : random % 100000;
        case 7: return row % 100 == 0 ? random : 0;
        case 8: return 0 - (random % 50);
        case 9: return random >> (random % 64);
        case 10: return row * UINT64_C(0x2000000000000) + (random >> 16); /* sorted pseudonyms */
        case 11: return UINT64_C(1700000000000) + (random >> (24 + random % 40));
        case 12: return row / 9 * 3 % 11 + (random % 40 == 0);
        case 13: return random % 8 * random % 8 == 0 ? 2 : 1; /* skewed */
        case 14: return random % 700 * UINT64_C(86400000);
        case 15: return 1700000000123 + (random >> 40) * 60000;
        case 16: return (random >> 52) * 12 + (row == 100 ? 6 : 0);
        default: return (uint64_t)(row / 5 * 977 % 300) << 33;
    }
}

static void put(enum column_kind kind, void *values, uint32_t row, uint64_t word, uint64_t random) {
    switch (column_kind_bytes(kind)) {
        case 1: ((uint8_t *)values)[row] = (uint8_t)word; return;
        case 4: ((uint32_t *)values)[row] = (uint32_t)word; return;
        default: break;
    }
    if (kind == KIND_NUMBER) {
        double number = random % 3 == 0 ? NAN : (double)(word % 100000) / 100.0;
        if (random % 7 == 1) memcpy(&number, &word, 8);
        if (isnan(number)) codec_fill_absent(kind, 1, &number); /* all NaNs are absent */
        memcpy((uint8_t *)values + (size_t)row * 8, &number, 8);
        return;
    }
    ((uint64_t *)values)[row] = word;
}

static uint8_t *encoded;
static uint64_t values[CODEC_ROWS_MAX], decoded[CODEC_ROWS_MAX + 1];

/* Which of the values there are, from the encoding. */
static void check_presence(const uint8_t *bytes, size_t size, uint32_t rows) {
    memset(decoded, 0xAB, sizeof decoded);
    EXPECT(codec_decode_presence(bytes, size, rows, (int64_t *)decoded));
    for (uint32_t row = 0; row < rows && test_failures < 20; row++)
        EXPECT_EQ((int64_t)decoded[row],
                  (int64_t)values[row] == TIME_ABSENT ? TIME_ABSENT : TIME_SOME);
    EXPECT_EQ(((const uint8_t *)(decoded + rows))[0], 0xAB);
}

static void check_round_trip(enum column_kind kind, int shape, uint32_t rows,
                             enum codec_effort effort) {
    static uint8_t again[CODEC_ROWS_MAX * 10];
    const size_t width = rows * column_kind_bytes(kind);
    cpu_limit(CPU_PORTABLE);
    const size_t size = codec_encode(kind, effort, values, rows, encoded);
    EXPECT(size > 0 && size <= codec_bound(rows));
    for (int level = CPU_PORTABLE; level <= CPU_AVX512; level++) {
        cpu_limit((enum cpu_level)level);
        EXPECT_EQ(codec_encode(kind, effort, values, rows, again), size);
        EXPECT(memcmp(again, encoded, size) == 0);
        memset(decoded, 0xAB, sizeof decoded);
        const bool good = codec_decode(kind, encoded, size, rows, decoded);
        if (!good || memcmp(values, decoded, width) != 0)
            test_fail(__FILE__, __LINE__, "kind %d shape %d rows %u effort %d level %d", kind,
                      shape, rows, effort, level);
        EXPECT_EQ(((const uint8_t *)decoded)[width], 0xAB);
        if (kind == KIND_TIME) check_presence(encoded, size, rows);
    }
}

TEST(every_column_of_every_kind_and_shape_comes_back_the_same_at_every_level) {
    encoded = memory_get(codec_bound(CODEC_ROWS_MAX));
    uint64_t state = 1;
    for (int round = 0; round < 6 * KINDS * SHAPES; round++) {
        const enum column_kind kind = kinds[round % KINDS];
        const int shape = round / KINDS % SHAPES;
        const uint32_t rows = round % 5 == 0 ? 1 + (uint32_t)round % 19
                              : round % 7 == 0
                                  ? CODEC_ROWS_MAX
                                  : 1 + (uint32_t)(test_random(&state) % CODEC_ROWS_MAX);
        for (uint32_t row = 0; row < rows; row++)
            put(kind, values, row, shaped(shape, row, &state), test_random(&state));
        check_round_trip(kind, shape, rows, CODEC_FAST);
        check_round_trip(kind, shape, rows, CODEC_SMALL);
    }
    memory_free(encoded);
}

TEST(damaged_encodings_are_refused_or_decode_to_some_rows_but_do_no_harm) {
    encoded = memory_get(codec_bound(CODEC_ROWS_MAX));
    uint64_t state = 7;
    for (int round = 0; round < KINDS * SHAPES; round++) {
        const enum column_kind kind = kinds[round % KINDS];
        const uint32_t rows = 300;
        for (uint32_t row = 0; row < rows; row++)
            put(kind, values, row, shaped(round / KINDS, row, &state), test_random(&state));
        const size_t size = codec_encode(kind, CODEC_SMALL, values, rows, encoded);
        uint8_t *damaged = memory_get(size); /* exactly as long: the sanitizer sees a step beyond */
        for (size_t at = 0; at < size && at < 200; at++) {
            memcpy(damaged, encoded, size);
            damaged[at] = (uint8_t)(damaged[at] ^ (1 + test_random(&state) % 255));
            (void)!codec_decode(kind, damaged, size, rows, decoded);
            (void)!codec_decode_presence(damaged, size, rows, (int64_t *)decoded);
        }
        memory_free(damaged);
        for (size_t cut = 0; cut < size; cut += 1 + size / 50) {
            uint8_t *less = memory_get(cut);
            memcpy(less, encoded, cut);
            EXPECT(!codec_decode(kind, less, cut, rows, decoded));
            memory_free(less);
        }
        EXPECT(!codec_decode(kind, encoded, size, rows + 64, decoded) ||
               encoded[0] == 0 /* the same value in any number of rows */);
    }
    memory_free(encoded);
}

static bool accepts(enum column_kind kind, uint32_t rows, const uint8_t *bytes, size_t size) {
    uint8_t *exact = memory_get(size);
    memcpy(exact, bytes, size);
    const bool good = codec_decode(kind, exact, size, rows, decoded);
    memory_free(exact);
    return good;
}
#define ACCEPTS(kind, rows, ...) \
    accepts(kind, rows, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* Numbers of schemes and layouts as docs/FORMAT.md has them; always the good bytes first. */
TEST(bytes_that_break_one_rule_are_refused) {
    enum { CONSTANT, PACKED, ZSTD, ASCENT, MAGNITUDE, RUNS, DELTA, DICT, UNIT, DECIMAL, SPARSE };
    EXPECT(ACCEPTS(KIND_CHOICE, 8, PACKED, 1, 5, 0xAA));
    EXPECT_EQ(((const uint8_t *)decoded)[1], 6);
    EXPECT(!ACCEPTS(KIND_CHOICE, 8, PACKED, 1, 5, 0xAA, 0));  /* a byte too many */
    EXPECT(!ACCEPTS(KIND_CHOICE, 8, PACKED, 65, 5, 0xAA));    /* no such width */
    EXPECT(!ACCEPTS(KIND_CHOICE, 8, SPARSE + 1, 1, 5, 0xAA)); /* no such scheme */
    EXPECT(ACCEPTS(KIND_CHOICE, 2, DELTA, 3, CONSTANT, 4));   /* 3, 7 */
    EXPECT(!ACCEPTS(KIND_CHOICE, 1, DELTA, 3, CONSTANT, 4));  /* no second row */
    EXPECT(!ACCEPTS(KIND_CHOICE, 2, DELTA, 3, DELTA, 4));     /* not below its own */
    EXPECT(!ACCEPTS(KIND_CHOICE, 3, DELTA, 3, DELTA, 4, CONSTANT, 1));
    EXPECT(ACCEPTS(KIND_CHOICE, 9, RUNS, 2, 0, PACKED, 1, 5, 2, PACKED, 3, 4, 0, 0, 0, 0x08));
    EXPECT(!ACCEPTS(KIND_CHOICE, 9, RUNS, 2, 0, PACKED, 1, 5, 2, PACKED, 3, 3, 0, 0, 0, 0x08));
    EXPECT(!ACCEPTS(KIND_CHOICE, 9, RUNS, 2, 0, PACKED, 1, 5, 2, PACKED, 3, 5, 0, 0, 0, 0x08));
    EXPECT(!ACCEPTS(KIND_CHOICE, 9, RUNS, 0, 0, CONSTANT, 5, CONSTANT, 9, 0, 0, 0));
    EXPECT(ACCEPTS(KIND_CHOICE, 4, DICT, 2, 0, PACKED, 3, 7, 8, PACKED, 1, 0, 9));
    EXPECT(!ACCEPTS(KIND_CHOICE, 4, DICT, 2, 0, PACKED, 3, 7, 8, PACKED, 2, 0, 9)); /* index 2 */
    EXPECT(!ACCEPTS(KIND_CHOICE, 4, DICT, 0, 0, CONSTANT, 7, CONSTANT, 0));
    EXPECT(ACCEPTS(KIND_CHOICE, 9, SPARSE, 2, 0, PACKED, 8, 0, 5, 0, CONSTANT, 7));
    EXPECT_EQ(((const uint8_t *)decoded)[2], 7);
    EXPECT(!ACCEPTS(KIND_CHOICE, 9, SPARSE, 1, 0, PACKED, 8, 0, 5, 0, CONSTANT, 7));
    EXPECT(!ACCEPTS(KIND_CHOICE, 9, SPARSE, 3, 0, PACKED, 8, 0, 5, 0, CONSTANT, 7));
    EXPECT(!ACCEPTS(KIND_CHOICE, 9, DECIMAL, 0, CONSTANT, 7)); /* not a number */
    EXPECT(ACCEPTS(KIND_NUMBER, 9, DECIMAL, 4, CONSTANT, 7, 0, 0, 0, 0, 0, 0, 0));
    EXPECT(!ACCEPTS(KIND_NUMBER, 9, DECIMAL, 5, CONSTANT, 7, 0, 0, 0, 0, 0, 0, 0));
    EXPECT(ACCEPTS(KIND_CHOICE, 3, ASCENT, 1, 5, 5, 1, 0, 0x0B));  /* 6, 5 and 8 */
    EXPECT(!ACCEPTS(KIND_CHOICE, 3, ASCENT, 1, 5, 5, 1, 0, 0x0A)); /* a step too few */
    EXPECT(!ACCEPTS(KIND_CHOICE, 3, ASCENT, 64, 5, 5, 1, 0, 0x0B));
    EXPECT(ACCEPTS(KIND_CHOICE, 3, UNIT, 10, 5, CONSTANT, 3));
    EXPECT_EQ(((const uint8_t *)decoded)[2], 35);
    EXPECT(!ACCEPTS(KIND_CHOICE, 3, UNIT, 10, 5, DECIMAL, 0, CONSTANT, 3));
}

TEST(shapes_of_real_columns_become_small) {
    encoded = memory_get(codec_bound(CODEC_ROWS_MAX));
    uint32_t *codes = (uint32_t *)values;
    for (uint32_t row = 0; row < CODEC_ROWS_MAX; row++) codes[row] = 1000 + row / 100;
    EXPECT(codec_encode(KIND_CODE, CODEC_SMALL, values, CODEC_ROWS_MAX, encoded) < 300);
    for (uint32_t row = 0; row < CODEC_ROWS_MAX; row++)
        values[row] = 1700000000000u + row * 60000ull;
    EXPECT(codec_encode(KIND_TIME, CODEC_SMALL, values, CODEC_ROWS_MAX, encoded) < 40);
    uint64_t state = 5;
    for (uint32_t row = 0; row < CODEC_ROWS_MAX; row++) /* a dictionary */
        codes[row] = (uint32_t)(1 + test_random(&state) % 16) * 123456789 >> 3;
    EXPECT(codec_encode(KIND_CODE, CODEC_SMALL, values, CODEC_ROWS_MAX, encoded) < 4300);
    for (uint32_t row = 0; row < CODEC_ROWS_MAX; row++) /* whole minutes */
        values[row] = 1700000000000u + test_random(&state) % 4096 * 60000;
    EXPECT(codec_encode(KIND_TIME, CODEC_SMALL, values, CODEC_ROWS_MAX, encoded) < 12400);
    for (uint32_t row = 0; row < CODEC_ROWS_MAX; row++) /* of every size as many, to 2^40 */
        values[row] = (test_random(&state) | UINT64_C(1) << 63) >> (24 + test_random(&state) % 40);
    EXPECT(codec_encode(KIND_TIME, CODEC_SMALL, values, CODEC_ROWS_MAX, encoded) < 26500);
    for (uint32_t row = 0; row < CODEC_ROWS_MAX; row++) /* sorted pseudonyms: 51 bits of chance */
        values[row] = ((uint64_t)row << 51) + (test_random(&state) >> 13);
    EXPECT(codec_encode(KIND_TOKEN, CODEC_SMALL, values, CODEC_ROWS_MAX, encoded) < 54500);
    codec_fill_absent(KIND_NUMBER, CODEC_ROWS_MAX, values);
    EXPECT_EQ(codec_encode(KIND_NUMBER, CODEC_FAST, values, CODEC_ROWS_MAX, encoded), 9);
    memory_free(encoded);
}
