/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/typed_rows.h"

#include <string.h>

#include "store/frame.h"

static uint32_t words_of(const struct typed_rows *typed_rows) {
    return (typed_rows->rows + 63) / 64;
}

/* There are at most 63 types; a greater number can only be damage. */
void typed_rows_begin(struct typed_rows *typed_rows, const uint8_t *types, uint32_t rows) {
    typed_rows->rows = typed_rows->count = rows;
    typed_rows->here = 0;
    for (uint32_t row = 0; row < rows; row++) typed_rows->here |= UINT64_C(1) << (types[row] & 63);
    for (uint64_t left = typed_rows->here; left != 0; left &= left - 1)
        memset(typed_rows->of[__builtin_ctzll(left)], 0, words_of(typed_rows) * sizeof(uint64_t));
    for (uint32_t row = 0; row < rows; row++)
        typed_rows->of[types[row] & 63][row / 64] |= UINT64_C(1) << (row % 64);
}

uint64_t typed_rows_mask(const struct typed_rows *typed_rows, enum column_kind kind,
                         const void *values) {
    const uint64_t absent = frame_absent(kind);
    uint64_t without = typed_rows->here;
    for (uint32_t row = 0; row < typed_rows->rows; row++) {
        if (frame_word(kind, values, row) == absent) continue;
        for (uint64_t left = without; left != 0; left &= left - 1) {
            const uint32_t type = (uint32_t)__builtin_ctzll(left);
            if ((typed_rows->of[type][row / 64] >> (row % 64) & 1) != 0)
                without &= ~(UINT64_C(1) << type);
        }
    }
    return ~without;
}

uint32_t typed_rows_select(struct typed_rows *typed_rows, uint64_t types) {
    if ((typed_rows->here & ~types) == 0) return typed_rows->count = typed_rows->rows;
    const uint32_t words = words_of(typed_rows);
    memset(typed_rows->selected, 0, words * sizeof(uint64_t));
    for (uint64_t left = typed_rows->here & types; left != 0; left &= left - 1) {
        const uint64_t *rows = typed_rows->of[__builtin_ctzll(left)];
        for (uint32_t word = 0; word < words; word++) typed_rows->selected[word] |= rows[word];
    }
    typed_rows->count = 0;
    for (uint32_t word = 0; word < words; word++)
        typed_rows->count += (uint32_t)__builtin_popcountll(typed_rows->selected[word]);
    return typed_rows->count;
}

/* A loop an element size. Columns that need this are mostly thin, so it goes from bit to bit; back
 * to front, because a value that is still to be moved lies at its row or before. */
#define TYPED_ROWS(type)                                                                        \
    static void take_##type(const struct typed_rows *typed_rows, type *values) {                \
        uint32_t taken = 0;                                                                     \
        for (uint32_t word = 0; word < words_of(typed_rows); word++) {                          \
            for (uint64_t left = typed_rows->selected[word]; left != 0; left &= left - 1)       \
                values[taken++] = values[word * 64 + (uint32_t)__builtin_ctzll(left)];          \
        }                                                                                       \
    }                                                                                           \
    static void give_##type(const struct typed_rows *typed_rows, type absent, type *values) {   \
        uint32_t left_over = typed_rows->count;                                                 \
        for (uint32_t word = words_of(typed_rows); word-- > 0;) {                               \
            const uint64_t selected = typed_rows->selected[word];                               \
            const uint32_t begin = word * 64;                                                   \
            const uint32_t end = begin + 64 < typed_rows->rows ? begin + 64 : typed_rows->rows; \
            type here[64];                                                                      \
            uint32_t given = 0;                                                                 \
            left_over -= (uint32_t)__builtin_popcountll(selected);                              \
            memcpy(here, values + left_over, sizeof here);                                      \
            for (uint32_t row = begin; row < end; row++) values[row] = absent;                  \
            for (uint64_t left = selected; left != 0; left &= left - 1)                         \
                values[begin + (uint32_t)__builtin_ctzll(left)] = here[given++];                \
        }                                                                                       \
    }
TYPED_ROWS(uint8_t)
TYPED_ROWS(uint32_t)
TYPED_ROWS(uint64_t)
#undef TYPED_ROWS

void typed_rows_take(const struct typed_rows *typed_rows, enum column_kind kind, void *values) {
    if (typed_rows->count == typed_rows->rows) return;
    switch (column_kind_bytes(kind)) {
        case 1: take_uint8_t(typed_rows, values); break;
        case 4: take_uint32_t(typed_rows, values); break;
        default: take_uint64_t(typed_rows, values);
    }
}

void typed_rows_give(const struct typed_rows *typed_rows, enum column_kind kind, void *values) {
    if (typed_rows->count == typed_rows->rows) return;
    const uint64_t absent = frame_absent(kind);
    switch (column_kind_bytes(kind)) {
        case 1: give_uint8_t(typed_rows, (uint8_t)absent, values); break;
        case 4: give_uint32_t(typed_rows, (uint32_t)absent, values); break;
        default: give_uint64_t(typed_rows, absent, values);
    }
}
