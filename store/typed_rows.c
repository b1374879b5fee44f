/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/typed_rows.h"

#include <string.h>

#include "codec/words.h"
#include "store/frame.h"

static uint32_t words_of(const struct typed_rows *typed_rows) {
    return (typed_rows->rows + 63) / 64;
}

_Static_assert((int)TYPE_COUNT < (int)TYPED_ROWS_TYPES, "TYPED_ROWS_DISTANCES is no type");

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

/* Bits of the rows from `begin` on, at most 64, that have a value. */
#define PRESENT(type)                                                               \
    static uint64_t present_##type(const type *values, type absent, uint32_t begin, \
                                   uint32_t end) {                                  \
        uint64_t present = 0;                                                       \
        for (uint32_t row = begin; row < end; row++)                                \
            present |= (uint64_t)(values[row] != absent) << (row - begin);          \
        return present;                                                             \
    }
PRESENT(uint8_t)
PRESENT(uint32_t)
PRESENT(uint64_t)
#undef PRESENT

static uint64_t present_rows(enum column_kind kind, const void *values, uint32_t begin,
                             uint32_t end) {
    const uint64_t absent = frame_absent(kind);
    switch (column_kind_bytes(kind)) {
        case 1: return present_uint8_t(values, (uint8_t)absent, begin, end);
        case 4: return present_uint32_t(values, (uint32_t)absent, begin, end);
        default: return present_uint64_t(values, absent, begin, end);
    }
}

uint64_t typed_rows_mask(const struct typed_rows *typed_rows, enum column_kind kind,
                         const void *values) {
    uint64_t without = typed_rows->here;
    for (uint32_t word = 0; word < words_of(typed_rows) && without != 0; word++) {
        const uint32_t begin = word * 64;
        const uint32_t end = begin + 64 < typed_rows->rows ? begin + 64 : typed_rows->rows;
        const uint64_t present = present_rows(kind, values, begin, end);
        for (uint64_t left = without; left != 0 && present != 0; left &= left - 1) {
            const uint32_t type = (uint32_t)__builtin_ctzll(left);
            if ((typed_rows->of[type][word] & present) != 0) without &= ~(UINT64_C(1) << type);
        }
    }
    return ~without & ~TYPED_ROWS_DISTANCES;
}

uint32_t typed_rows_select(struct typed_rows *typed_rows, uint64_t types) {
    if ((typed_rows->here & ~types) == 0) return typed_rows->count = typed_rows->rows;
    const uint32_t words = words_of(typed_rows);
    memset(typed_rows->selected, 0, words * sizeof(uint64_t));
    for (uint64_t left = typed_rows->here & types; left != 0; left &= left - 1) {
        const uint64_t *rows = typed_rows->of[__builtin_ctzll(left)];
        for (uint32_t word = 0; word < words; word++) typed_rows->selected[word] |= rows[word];
    }
    typed_rows->count = words_count((const uint8_t *)typed_rows->selected, typed_rows->rows);
    return typed_rows->count;
}

void typed_rows_take(const struct typed_rows *typed_rows, enum column_kind kind, void *values) {
    if (typed_rows->count == typed_rows->rows) return;
    uint32_t taken = 0;
    for (uint32_t word = 0; word < words_of(typed_rows); word++) {
        for (uint64_t left = typed_rows->selected[word]; left != 0; left &= left - 1) {
            const uint32_t row = word * 64 + (uint32_t)__builtin_ctzll(left);
            frame_put(kind, values, taken++, frame_word(kind, values, row));
        }
    }
}

/* Columns of codes and choices are mostly thin here: it goes from one selected row to the next. */
#define SCATTER(type)                                                                     \
    static void scatter_##type(const struct typed_rows *typed_rows, const type *dense,    \
                               type *values) {                                            \
        memset(values, 0, typed_rows->rows * sizeof *values);                             \
        for (uint32_t word = 0; word < words_of(typed_rows); word++) {                    \
            for (uint64_t left = typed_rows->selected[word]; left != 0; left &= left - 1) \
                values[word * 64 + (uint32_t)__builtin_ctzll(left)] = *dense++;           \
        }                                                                                 \
    }
SCATTER(uint8_t)
SCATTER(uint32_t)
#undef SCATTER

void typed_rows_give(const struct typed_rows *typed_rows, enum column_kind kind, const void *dense,
                     void *values) {
    switch (column_kind_bytes(kind)) { /* those of 1 and 4 bytes are 0 where they are absent */
        case 1: scatter_uint8_t(typed_rows, dense, values); break;
        case 4: scatter_uint32_t(typed_rows, dense, values); break;
        default:
            words_expand((const uint8_t *)typed_rows->selected, typed_rows->rows, dense,
                         frame_absent(kind), sizeof(uint64_t), values);
    }
}
