/* SPDX-License-Identifier: EUPL-1.2 */
/* event_scan: events of a snapshot, block by block. Blocks that cannot have a row that is asked for
 * are never decoded; a block of which every row is asked for is handed out as it is. */
#include <string.h>

#include "store/snapshot_internal.h"

/* So many neighbours go to one thread: what blocks of journeys say of events is decoded once, and
 * rows of a kind, which lie together, are still shared among all. */
enum { BLOCKS_DEALT = 16 };

struct event_scan {
    struct snapshot *snapshot;
    struct event_scan_spec spec;
    uint64_t columns; /* asked for, and what filtering needs */
    uint32_t part, block;
    struct look_back look_back; /* at the part */
    enum known known;           /* of the block */
    struct arena *arena;
    struct part_buffer decoded, kept;
    uint32_t rows[SNAPSHOT_BLOCK_ROWS_MAX]; /* that pass */
};

enum status event_scan_open(struct snapshot *snapshot, const struct event_scan_spec *spec,
                            struct arena *arena, struct event_scan **out, struct error *err) {
    struct event_scan *scan = *out = arena_push(arena, 1, sizeof *scan);
    if (scan == NULL) return snapshot_no_memory(err);
    scan->snapshot = snapshot;
    scan->spec = *spec;
    if (scan->spec.types == 0) scan->spec.types = UINT64_MAX;
    if (scan->spec.part_count == 0) scan->spec.part_count = 1;
    if (spec->from_ms == 0 && spec->to_ms == 0) {
        scan->spec.from_ms = INT64_MIN;
        scan->spec.to_ms = INT64_MAX;
    }
    scan->columns = spec->columns | COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_TYPE) |
                    COLUMN_BIT(COLUMN_TENANT);
    scan->arena = arena;
    return STATUS_OK;
}

static bool has_tenant(const struct event_scan_spec *spec, uint32_t tenant) {
    if (spec->tenant_count == 0) return true;
    for (uint32_t i = 0; i < spec->tenant_count; i++) {
        if (spec->tenants[i] == tenant) return true;
    }
    return false;
}

static bool may_have_rows(const struct event_scan *scan, const struct part *part) {
    const struct event_scan_spec *spec = &scan->spec;
    uint64_t low, high;
    if (scan->known == KNOWN_NOT) return false;
    if (scan->known == KNOWN_WHOLLY && !snapshot_tells_all(scan->snapshot)) return false;
    if (part_range(part, FRAME_EVENT, scan->block, COLUMN_TIME, &low, &high) &&
        ((int64_t)high < spec->from_ms || (int64_t)low >= spec->to_ms))
        return false;
    if (part_range(part, FRAME_EVENT, scan->block, COLUMN_TYPE, &low, &high)) {
        const uint64_t between = (UINT64_MAX << low) & (UINT64_MAX >> (63 - high));
        if ((between & spec->types) == 0) return false;
    }
    if (spec->tenant_count == 0 ||
        !part_range(part, FRAME_EVENT, scan->block, COLUMN_TENANT, &low, &high))
        return true;
    for (uint32_t i = 0; i < spec->tenant_count; i++) {
        if (spec->tenants[i] >= low && spec->tenants[i] <= high) return true;
    }
    return false;
}

static uint32_t select_rows(struct event_scan *scan, const void *const *columns, uint32_t rows) {
    const struct event_scan_spec *spec = &scan->spec;
    const int64_t *time = columns[COLUMN_TIME];
    const uint8_t *type = columns[COLUMN_TYPE];
    const uint32_t *tenant = columns[COLUMN_TENANT];
    uint32_t count = 0, known_tenant = 0;
    bool tenant_passes = spec->tenant_count == 0;
    for (uint32_t row = 0; row < rows; row++) {
        if (spec->tenant_count > 0 && tenant[row] != known_tenant) {
            known_tenant = tenant[row];
            tenant_passes = has_tenant(spec, known_tenant);
        }
        scan->rows[count] = row;
        count += tenant_passes && time[row] >= spec->from_ms && time[row] < spec->to_ms &&
                 (spec->types >> type[row] & 1) != 0;
    }
    return count;
}

/* The event was known at as_of and, where changes are asked for, is one of them. */
static bool is_told(const struct snapshot *snapshot, const void *const *columns, uint32_t row) {
    const struct snapshot_changes *changes = &snapshot->changes;
    if (!look_back_sees(snapshot->as_of_ms, columns, row)) return false;
    if (snapshot_tells_all(snapshot)) return true;
    if (look_back_sees(changes->since_ms, columns, row)) return false;
    const bool late = ((const int64_t *)columns[COLUMN_TIME])[row] <= changes->since_ms;
    return (changes->changes & (unsigned)(late ? CHANGE_LATE : CHANGE_NEW)) != 0;
}

/* Of the rows that pass those that are told. */
static uint32_t select_known(struct event_scan *scan, const void *const *columns, uint32_t count) {
    uint32_t known = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = scan->rows[i];
        scan->rows[known] = row;
        known += is_told(scan->snapshot, columns, row);
    }
    return known;
}

static enum status keep_rows(struct event_scan *scan, uint32_t count, const void **columns,
                             struct error *err) {
    TRY(snapshot_columns(scan->arena, FRAME_EVENT, scan->spec.columns, &scan->kept, err));
    for (uint64_t left = scan->spec.columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        const enum column_kind kind = column_kind((enum column)c);
        if (columns[c] == frame_absent_block(kind)) continue;
        for (uint32_t i = 0; i < count; i++)
            frame_put(kind, scan->kept.column[c], i, frame_word(kind, columns[c], scan->rows[i]));
        columns[c] = scan->kept.column[c];
    }
    return STATUS_OK;
}

/* The block at hand: which of its rows pass, and their columns. */
static enum status read_block(struct event_scan *scan, struct part *part, const void **columns,
                              uint32_t *count, struct error *err) {
    const bool partly = scan->known == KNOWN_PARTLY;
    const uint64_t needed = scan->columns | (partly ? LOOK_BACK_COLUMNS : 0);
    if (part->segment != NULL)
        TRY(snapshot_buffer(scan->arena, FRAME_EVENT, needed, &scan->decoded, err));
    TRY(part_block(part, FRAME_EVENT, scan->block, needed, &scan->decoded, columns, err));
    const uint32_t rows = part_block_rows(part, FRAME_EVENT, scan->block);
    *count = select_rows(scan, columns, rows);
    if (partly) *count = select_known(scan, columns, *count);
    return *count<rows && * count> 0 ? keep_rows(scan, *count, columns, err) : STATUS_OK;
}

/* Whether this thread is to read the block at hand, and what is known of it. */
static bool take_block(struct event_scan *scan, const struct part *part, bool idle) {
    if (scan->block / BLOCKS_DEALT % scan->spec.part_count != scan->spec.part) return false;
    scan->known =
        idle ? KNOWN_WHOLLY : look_back_block(&scan->look_back, part, FRAME_EVENT, scan->block);
    return may_have_rows(scan, part);
}

enum status event_scan_next(struct event_scan *scan, struct event_block *block, struct error *err) {
    *block = (struct event_block){0};
    for (; scan->part < scan->snapshot->part_count; scan->part++, scan->block = 0) {
        struct part *part = scan->snapshot->parts[scan->part];
        const bool idle = snapshot_knows(scan->snapshot, part);
        const uint32_t blocks =
            idle && scan->spec.uncounted ? 0 : part_block_count(part, FRAME_EVENT);
        scan->look_back =
            look_back_at(part, scan->snapshot->changes.since_ms, scan->snapshot->changes.until_ms);
        for (; scan->block < blocks; scan->block++) {
            const void *columns[COLUMN_COUNT] = {0};
            uint32_t count;
            if (!take_block(scan, part, idle)) continue;
            TRY(read_block(scan, part, columns, &count, err));
            if (count == 0) continue;
            block->row_count = count;
            for (uint32_t c = 0; c < COLUMN_COUNT; c++)
                block->column[c] = scan->spec.columns & COLUMN_BIT(c) ? columns[c] : NULL;
            scan->block++;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}
