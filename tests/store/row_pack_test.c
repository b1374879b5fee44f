/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: every cell of packed rows comes back, in any order, absent ones as absent. Method: random
 * columns of all kinds in several sources, each source without some of them; rows taken in random
 * order, in numbers around those of a step; compared with the columns cell by cell. */
#include "store/row_pack.h"

#include "base/memory.h"
#include "tests/test.h"

enum { ROWS = 500, SOURCES = 4, TAKEN_MAX = 700 };

static uint64_t cells[SOURCES][COLUMN_COUNT][ROWS]; /* as 64-bit words, or narrower */
static uint64_t out[COLUMN_COUNT][TAKEN_MAX];

/* Of four sources one has all columns, one none but the first, the others some. */
static void make_source(uint32_t s, uint64_t *state, const void **columns) {
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) {
        for (uint32_t row = 0; row < ROWS; row++) cells[s][c][row] = test_random(state);
        const bool there = s == 0 || c == 0 || (s > 1 && test_random(state) % 2 == 0);
        const bool block = test_random(state) % 2 == 0; /* absent is told in two ways */
        columns[c] = there   ? cells[s][c]
                     : block ? frame_absent_block(column_kind((enum column)c))
                             : NULL;
    }
}

static void expect_rows(const struct row_pack *pack, const void *(*columns)[COLUMN_COUNT],
                        const struct row_reference *rows, uint32_t count) {
    void *into[COLUMN_COUNT];
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) into[c] = out[c];
    row_pack_take(pack, rows, count, into);
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) {
        const enum column_kind kind = column_kind((enum column)c);
        for (uint32_t i = 0; i < count; i++) {
            const void *column = columns[rows[i].source][c];
            const bool there = column == cells[rows[i].source][c];
            const uint64_t wanted =
                there ? frame_word(kind, column, rows[i].row) : frame_absent(kind);
            EXPECT_EQ(frame_word(kind, out[c], i), wanted);
        }
    }
}

TEST(packed_rows_come_back_in_any_order) {
    static const uint32_t counts[] = {1, 63, 64, 65, 128, 200, TAKEN_MAX};
    uint64_t state = 1;
    const void *columns[SOURCES][COLUMN_COUNT];
    struct row_source sources[SOURCES];
    for (uint32_t s = 0; s < SOURCES; s++) {
        make_source(s, &state, columns[s]);
        const uint32_t first = s * 70;
        sources[s] = (struct row_source){columns[s], first, s == 3 ? first + 1 : ROWS - s};
    }
    struct row_pack pack;
    EXPECT_OK(row_pack_make(sources, SOURCES, &pack, NULL));
    EXPECT(pack.columns == (UINT64_C(1) << COLUMN_COUNT) - 1);
    struct row_reference rows[TAKEN_MAX];
    for (uint32_t n = 0; n < sizeof counts / sizeof *counts; n++) {
        for (uint32_t i = 0; i < counts[n]; i++) {
            const uint32_t s = (uint32_t)(test_random(&state) % SOURCES);
            const uint32_t span = sources[s].end - sources[s].first;
            rows[i] = (struct row_reference){
                s, sources[s].first + (uint32_t)(test_random(&state) % span)};
        }
        expect_rows(&pack, columns, rows, counts[n]);
    }
    row_pack_free(&pack);
}

TEST(a_pack_without_memory_says_so) {
    const void *columns[COLUMN_COUNT] = {cells[0][0]};
    const struct row_source source = {columns, 0, 1};
    struct row_pack pack;
    for (size_t after = 0; after < 2; after++) {
        (void)memory_fail_after(after);
        EXPECT_EQ(row_pack_make(&source, 1, &pack, NULL), STATUS_NO_MEMORY);
        (void)memory_fail_after(SIZE_MAX);
    }
}
