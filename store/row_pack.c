/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/row_pack.h"

#include "base/memory.h"

enum { STEP_ROWS = 64, LINE_BYTES = 64 }; /* a step's rows stay in the nearest cache */

/* Columns there are, the widest first, so that every cell is aligned. */
static void plan(const struct row_source *sources, uint32_t source_count, struct row_pack *pack) {
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) {
        const void *absent = frame_absent_block(column_kind((enum column)c));
        for (uint32_t s = 0; s < source_count; s++)
            if (sources[s].columns[c] != NULL && sources[s].columns[c] != absent)
                pack->columns |= COLUMN_BIT(c);
    }
    for (size_t width = sizeof(uint64_t); width > 0; width /= 2) {
        for (uint64_t left = pack->columns; left != 0; left &= left - 1) {
            const uint32_t c = (uint32_t)__builtin_ctzll(left);
            if (column_kind_bytes(column_kind((enum column)c)) != width) continue;
            pack->offset[c] = pack->row_bytes;
            pack->row_bytes += (uint32_t)width;
        }
    }
    pack->row_bytes = (pack->row_bytes + 7) & ~UINT32_C(7);
}

/* Cells of one column, to lie `row_bytes` apart; values NULL: absent. */
#define SPREAD(type)                                                                              \
    static void spread_##type(const type *values, uint32_t count, type absent, uint8_t *out,      \
                              uint32_t row_bytes) {                                               \
        for (uint32_t i = 0; i < count; i++)                                                      \
            *(type *)(void *)(out + (size_t)i * row_bytes) = values == NULL ? absent : values[i]; \
    }
SPREAD(uint8_t)
SPREAD(uint32_t)
SPREAD(uint64_t)
#undef SPREAD

static void pack_step(const struct row_source *source, uint32_t first, uint32_t count,
                      const struct row_pack *pack, uint8_t *out) {
    for (uint64_t left = pack->columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        const enum column_kind kind = column_kind((enum column)c);
        const uint64_t absent = frame_absent(kind);
        const void *values = source->columns[c];
        if (values == frame_absent_block(kind)) values = NULL;
        uint8_t *const cells = out + pack->offset[c];
        switch (column_kind_bytes(kind)) {
            case 1:
                spread_uint8_t(values == NULL ? NULL : (const uint8_t *)values + first, count,
                               (uint8_t)absent, cells, pack->row_bytes);
                break;
            case 4:
                spread_uint32_t(values == NULL ? NULL : (const uint32_t *)values + first, count,
                                (uint32_t)absent, cells, pack->row_bytes);
                break;
            default:
                spread_uint64_t(values == NULL ? NULL : (const uint64_t *)values + first, count,
                                absent, cells, pack->row_bytes);
        }
    }
}

enum status row_pack_make(const struct row_source *sources, uint32_t source_count,
                          struct row_pack *pack, struct error *err) {
    *pack = (struct row_pack){0};
    plan(sources, source_count, pack);
    uint64_t rows = 0;
    pack->start = memory_new(source_count + 1u, sizeof *pack->start);
    for (uint32_t s = 0; s < source_count && pack->start != NULL; s++) {
        pack->start[s] = rows - sources[s].first; /* may wrap, and back */
        rows += sources[s].end - sources[s].first;
    }
    pack->bytes = memory_get(rows * pack->row_bytes + 1);
    if (pack->start == NULL || pack->bytes == NULL) {
        row_pack_free(pack);
        return error_set(err, STATUS_NO_MEMORY, "sort: %llu rows", (unsigned long long)rows);
    }
    uint8_t *out = pack->bytes;
    for (uint32_t s = 0; s < source_count; s++) {
        for (uint32_t row = sources[s].first; row < sources[s].end;) {
            const uint32_t left = sources[s].end - row, count = left < STEP_ROWS ? left : STEP_ROWS;
            pack_step(&sources[s], row, count, pack, out);
            out += (size_t)count * pack->row_bytes;
            row += count;
        }
    }
    return STATUS_OK;
}

#define COLLECT(type)                                                                       \
    static void collect_##type(const uint8_t *const *rows, uint32_t count, uint32_t offset, \
                               type *out) {                                                 \
        for (uint32_t i = 0; i < count; i++)                                                \
            out[i] = *(const type *)(const void *)(rows[i] + offset);                       \
    }
COLLECT(uint8_t)
COLLECT(uint32_t)
COLLECT(uint64_t)
#undef COLLECT

/* Where the rows lie; they are on their way into the cache. */
static void find_rows(const struct row_pack *pack, const struct row_reference *rows, uint32_t count,
                      const uint8_t **found) {
    for (uint32_t i = 0; i < count; i++) {
        found[i] = pack->bytes + (pack->start[rows[i].source] + rows[i].row) * pack->row_bytes;
        for (uint32_t at = 0; at < pack->row_bytes; at += LINE_BYTES)
            __builtin_prefetch(found[i] + at);
    }
}

static void take_step(const struct row_pack *pack, const uint8_t *const *rows, uint32_t first,
                      uint32_t count, void *const *out) {
    for (uint64_t left = pack->columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left), offset = pack->offset[c];
        switch (column_kind_bytes(column_kind((enum column)c))) {
            case 1: collect_uint8_t(rows, count, offset, (uint8_t *)out[c] + first); break;
            case 4: collect_uint32_t(rows, count, offset, (uint32_t *)out[c] + first); break;
            default: collect_uint64_t(rows, count, offset, (uint64_t *)out[c] + first);
        }
    }
}

void row_pack_take(const struct row_pack *pack, const struct row_reference *rows, uint32_t count,
                   void *const *out) {
    const uint8_t *found[2][STEP_ROWS]; /* of this step and of the next */
    uint32_t step = count < STEP_ROWS ? count : STEP_ROWS;
    find_rows(pack, rows, step, found[0]);
    for (uint32_t first = 0, turn = 0; first < count; turn ^= 1) {
        const uint32_t left = count - first - step, next = left < STEP_ROWS ? left : STEP_ROWS;
        find_rows(pack, rows + first + step, next, found[turn ^ 1]);
        take_step(pack, found[turn], first, step, out);
        first += step;
        step = next;
    }
}

void row_pack_free(struct row_pack *pack) {
    memory_free(pack->bytes);
    memory_free(pack->start);
    *pack = (struct row_pack){0};
}
