/* SPDX-License-Identifier: EUPL-1.2 */
/* day_scan: the day counts of a snapshot, block by block, part after part. */
#include "store/snapshot_internal.h"

struct day_scan {
    struct snapshot *snapshot;
    struct day_scan_spec spec;
    struct arena *arena;
    uint32_t part, block;
    struct part_buffer decoded;
};

enum status day_scan_open(struct snapshot *snapshot, const struct day_scan_spec *spec,
                          struct arena *arena, struct day_scan **out, struct error *err) {
    struct day_scan *scan = *out = arena_push(arena, 1, sizeof *scan);
    if (scan == NULL) return snapshot_no_memory(err);
    scan->snapshot = snapshot;
    scan->spec = *spec;
    if (scan->spec.part_count == 0) scan->spec.part_count = 1;
    scan->arena = arena;
    return STATUS_OK;
}

static bool may_have_rows(const struct day_scan *scan, const struct part *part) {
    const struct day_scan_spec *spec = &scan->spec;
    if (scan->block % spec->part_count != spec->part) return false;
    if (!snapshot_knows(scan->snapshot, part) || !snapshot_tells_all(scan->snapshot)) return false;
    uint64_t low, high;
    if (spec->tenant_count == 0 ||
        !part_range(part, FRAME_DAY, scan->block, DAY_COUNT_TENANT, &low, &high))
        return true;
    for (uint32_t i = 0; i < spec->tenant_count; i++)
        if (spec->tenants[i] >= low && spec->tenants[i] <= high) return true;
    return false;
}

enum status day_scan_next(struct day_scan *scan, struct day_block *block, struct error *err) {
    *block = (struct day_block){0};
    for (; scan->part < scan->snapshot->part_count; scan->part++, scan->block = 0) {
        struct part *part = scan->snapshot->parts[scan->part];
        const uint32_t blocks = part_block_count(part, FRAME_DAY);
        while (scan->block < blocks && !may_have_rows(scan, part)) scan->block++;
        if (scan->block >= blocks) continue;
        if (part->segment != NULL)
            TRY(snapshot_buffer(scan->arena, FRAME_DAY, scan->spec.columns, &scan->decoded, err));
        TRY(part_block(part, FRAME_DAY, scan->block, scan->spec.columns, &scan->decoded,
                       block->column, err));
        block->row_count = part_block_rows(part, FRAME_DAY, scan->block++);
        return STATUS_OK;
    }
    return STATUS_OK;
}
