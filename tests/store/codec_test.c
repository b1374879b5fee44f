/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: every column comes back bit for bit, and damaged bytes never do harm.
 * Method: random columns of every kind and of the shapes that the schemes are made for; then every
 * byte of an encoding changed, and every length cut. */
#include "store/codec.h"
#include "base/memory.h"
#include "store/bits.h"
#include "tests/test.h"

static const enum column_kind kinds[] = {KIND_TIME,   KIND_CODE,  KIND_CHOICE, KIND_TOKEN,
                                         KIND_NUMBER, KIND_COUNT, KIND_AMOUNT};
enum { SHAPES = 10, KINDS = sizeof kinds / sizeof kinds[0] };

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
        default: return random >> (random % 64);
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
static uint64_t values[CODEC_ROWS_MAX], decoded[CODEC_ROWS_MAX + BITS_SLACK];

TEST(every_column_of_every_kind_and_shape_comes_back) {
    encoded = memory_get(codec_bound(CODEC_ROWS_MAX));
    uint64_t state = 1;
    for (int round = 0; round < 400; round++) {
        const enum column_kind kind = kinds[round % KINDS];
        const int shape = round / KINDS % SHAPES;
        const uint32_t rows = round % 5 == 0 ? 1 + (uint32_t)round % 3
                                             : 1 + (uint32_t)(test_random(&state) % CODEC_ROWS_MAX);
        for (uint32_t row = 0; row < rows; row++)
            put(kind, values, row, shaped(shape, row, &state), test_random(&state));
        for (int effort = 0; effort < 2; effort++) {
            const size_t size =
                codec_encode(kind, (enum codec_effort)effort, values, rows, encoded);
            EXPECT(size > 0 && size <= codec_bound(rows));
            memset(decoded, 0xAB, sizeof decoded);
            EXPECT(codec_decode(kind, encoded, size, rows, decoded));
            if (memcmp(values, decoded, rows * column_kind_bytes(kind)) != 0)
                test_fail(__FILE__, __LINE__, "kind %d shape %d rows %u effort %d", kind, shape,
                          rows, effort);
        }
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
        }
        memory_free(damaged);
        for (size_t cut = 0; cut < size; cut += 1 + size / 50) {
            uint8_t *less = memory_get(cut);
            memcpy(less, encoded, cut);
            EXPECT(!codec_decode(kind, less, cut, rows, decoded));
            memory_free(less);
        }
        EXPECT(!codec_decode(kind, encoded, size, rows + 64, decoded) || encoded[0] == 0);
    }
    memory_free(encoded);
}

TEST(shapes_of_real_columns_become_small) {
    encoded = memory_get(codec_bound(CODEC_ROWS_MAX));
    uint32_t *codes = (uint32_t *)values;
    for (uint32_t row = 0; row < CODEC_ROWS_MAX; row++) codes[row] = 1000 + row / 100;
    EXPECT(codec_encode(KIND_CODE, CODEC_FAST, values, CODEC_ROWS_MAX, encoded) < 300);
    for (uint32_t row = 0; row < CODEC_ROWS_MAX; row++)
        values[row] = 1700000000000u + row * 60000ull;
    EXPECT(codec_encode(KIND_TIME, CODEC_FAST, values, CODEC_ROWS_MAX, encoded) < 40);
    codec_fill_absent(KIND_NUMBER, CODEC_ROWS_MAX, values);
    EXPECT_EQ(codec_encode(KIND_NUMBER, CODEC_FAST, values, CODEC_ROWS_MAX, encoded), 9);
    memory_free(encoded);
}

/* Every width, count and kernel against one bit at a time; nothing behind the bytes is read and
 * nothing before or far behind the values is written. */
TEST(kernels_give_the_same_values_at_every_width_and_on_every_processor) {
    uint64_t state = 11;
    for (int level = BITS_PORTABLE; level <= BITS_AVX512; level++) {
        bits_limit((enum bits_level)level);
        for (unsigned width = 0; width <= 64; width++) {
            for (uint32_t count = 1; count < 200; count += 1 + count / 9) {
                const uint64_t mask = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
                for (uint32_t i = 0; i < count; i++) values[i] = test_random(&state) & mask;
                uint8_t *packed = memory_get(bits_bytes(count, width) + 8);
                bits_pack(values, count, width, packed);
                uint8_t *exact = memory_get(bits_bytes(count, width));
                memcpy(exact, packed, bits_bytes(count, width));
                bits_unpack(exact, count, width, 77, decoded);
                for (uint32_t i = 0; i < count; i++) EXPECT_EQ(decoded[i], values[i] + 77);
                memory_free(packed);
                memory_free(exact);
            }
        }
    }
}

TEST(bitmaps_expand_and_runs_repeat_as_one_row_at_a_time_would) {
    uint64_t state = 12;
    static uint64_t dense[CODEC_ROWS_MAX + BITS_SLACK], plain[CODEC_ROWS_MAX];
    static uint64_t out[CODEC_ROWS_MAX + BITS_SLACK];
    for (int round = 0; round < 400; round++) {
        bits_limit(round % 2 == 0 ? BITS_PORTABLE : BITS_AVX512);
        const uint32_t rows = 1 + (uint32_t)(test_random(&state) % 500);
        uint8_t bitmap[64] = {0};
        uint32_t next = 0, runs = 0, filled = 0;
        for (uint32_t i = 0; i < rows; i++) {
            const bool there = test_random(&state) % (uint64_t)(1 + round % 5) == 0;
            if (there) bitmap[i / 8] = (uint8_t)(bitmap[i / 8] | 1u << (i % 8));
            if (there) dense[next] = test_random(&state);
            plain[i] = there ? dense[next++] : 5;
        }
        EXPECT_EQ(bits_count(bitmap, rows), next);
        bits_expand(bitmap, rows, dense, 5, out);
        EXPECT(memcmp(out, plain, rows * 8) == 0);
        static uint64_t starts[600], lengths[600];
        while (filled < rows) {
            const uint64_t length = 1 + test_random(&state) % 20;
            starts[runs] = test_random(&state);
            lengths[runs] = length > rows - filled ? rows - filled : length;
            for (uint64_t i = 0; i < lengths[runs]; i++) plain[filled++] = starts[runs];
            runs++;
        }
        bits_repeat(starts, lengths, runs, out);
        EXPECT(memcmp(out, plain, rows * 8) == 0);
    }
    bits_limit(BITS_AVX512);
}
