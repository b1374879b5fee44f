/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/snapshot.h"

#include "base/memory.h"
#include "store/segment.h"
#include "store/snapshot_internal.h"

struct snapshot *snapshot_create(const struct names *names) {
    struct snapshot *snapshot = memory_new(1, sizeof *snapshot);
    if (snapshot == NULL) return NULL;
    atomic_store(&snapshot->references, 1);
    snapshot->names = names;
    snapshot_look_back(snapshot, INT64_MAX);
    snapshot->stats.newest_time_ms = snapshot->stats.oldest_time_ms = TIME_ABSENT;
    snapshot->stats.newest_arrival_ms = TIME_ABSENT;
    return snapshot;
}

enum status snapshot_add(struct snapshot *snapshot, struct part *part, struct error *err) {
    void *parts = snapshot->parts;
    if (!memory_reserve(&parts, &snapshot->part_capacity, snapshot->part_count + 1u,
                        sizeof *snapshot->parts, SNAPSHOT_PARTS_MAX))
        return error_set(err, STATUS_NO_MEMORY, "snapshot: no memory");
    snapshot->parts = parts;
    snapshot->parts[snapshot->part_count++] = part_retain(part);
    struct snapshot_stats *stats = &snapshot->stats;
    if (part->row_count[FRAME_EVENT] == 0) return STATUS_OK;
    if (stats->event_count == 0 || part->times.oldest_ms < stats->oldest_time_ms)
        stats->oldest_time_ms = part->times.oldest_ms;
    if (part->times.newest_ms > stats->newest_time_ms)
        stats->newest_time_ms = part->times.newest_ms;
    if (part->times.newest_arrival_ms > stats->newest_arrival_ms)
        stats->newest_arrival_ms = part->times.newest_arrival_ms;
    stats->event_count += part->row_count[FRAME_EVENT];
    stats->segment_count += part->number != 0;
    stats->stored_bytes += part->file_bytes;
    return STATUS_OK;
}

void snapshot_release(struct snapshot *snapshot) {
    if (snapshot == NULL || atomic_fetch_sub(&snapshot->references, 1) > 1) return;
    for (uint32_t i = 0; i < snapshot->part_count; i++) part_release(snapshot->parts[i]);
    memory_free(snapshot->parts);
    memory_free(snapshot);
}

const struct dictionary *snapshot_dictionary(const struct snapshot *snapshot) {
    return names_dictionary(snapshot->names);
}

uint32_t snapshot_step(const struct snapshot *snapshot, uint32_t tenant, uint32_t service,
                       uint32_t ordinal) {
    return names_step(snapshot->names, tenant, service, ordinal);
}

uint32_t snapshot_step_count(const struct snapshot *snapshot, uint32_t tenant, uint32_t service) {
    return names_step_count(snapshot->names, tenant, service);
}

void snapshot_stats(const struct snapshot *snapshot, struct snapshot_stats *out) {
    *out = snapshot->stats;
}

void snapshot_look_back(struct snapshot *snapshot, int64_t as_of_ms) {
    snapshot->as_of_ms = as_of_ms;
    snapshot->changes = (struct snapshot_changes){as_of_ms, as_of_ms, 0};
}

void snapshot_look_at_changes(struct snapshot *snapshot, int64_t as_of_ms,
                              const struct snapshot_changes *changes) {
    CHECK(as_of_ms == changes->since_ms || as_of_ms == changes->until_ms);
    snapshot->as_of_ms = as_of_ms;
    snapshot->changes = *changes;
}

enum status snapshot_no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "query: its memory budget is used up");
}

enum status snapshot_columns(struct arena *arena, enum frame_id id, uint64_t columns,
                             struct part_buffer *buffer, struct error *err) {
    for (; columns != 0; columns &= columns - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(columns);
        if (buffer->column[c] != NULL) continue;
        buffer->column[c] =
            arena_push_raw(arena, PART_BLOCK_ROWS, column_kind_bytes(frame_column_kind(id, c)));
        if (buffer->column[c] == NULL) return snapshot_no_memory(err);
    }
    return STATUS_OK;
}

enum status snapshot_buffer(struct arena *arena, enum frame_id id, uint64_t columns,
                            struct part_buffer *buffer, struct error *err) {
    TRY(snapshot_columns(arena, id, segment_columns(id, columns), buffer, err));
    for (uint64_t left = segment_kept_columns(id, columns); left != 0; left &= left - 1) {
        void **values = &buffer->kept.values[__builtin_ctzll(left)];
        if (*values != NULL) continue;
        *values = arena_push_raw(arena, PART_BLOCK_ROWS, PART_KEPT_BYTES);
        if (*values == NULL) return snapshot_no_memory(err);
    }
    return STATUS_OK;
}

/* ---- extent ---- */

static void extend(struct snapshot_extent *extent, int64_t oldest_ms, int64_t newest_ms) {
    if (extent->oldest_ms == TIME_ABSENT || oldest_ms < extent->oldest_ms)
        extent->oldest_ms = oldest_ms;
    if (newest_ms > extent->newest_ms) extent->newest_ms = newest_ms;
}

enum status snapshot_extent(struct snapshot *snapshot, struct arena *arena,
                            struct snapshot_extent *out, struct error *err) {
    *out = (struct snapshot_extent){TIME_ABSENT, TIME_ABSENT};
    for (uint32_t i = 0; i < snapshot->part_count; i++) {
        const struct part *part = snapshot->parts[i];
        if (part->row_count[FRAME_EVENT] > 0 && snapshot_knows(snapshot, part))
            extend(out, part->times.oldest_ms, part->times.newest_ms);
    }
    const struct event_scan_spec spec = {.columns = COLUMN_BIT(COLUMN_TIME), .uncounted = true};
    struct event_scan *scan;
    TRY(event_scan_open(snapshot, &spec, arena, &scan, err));
    for (;;) {
        struct event_block block;
        TRY(event_scan_next(scan, &block, err));
        if (block.row_count == 0) return STATUS_OK;
        const int64_t *time = block.column[COLUMN_TIME];
        for (uint32_t row = 0; row < block.row_count; row++) extend(out, time[row], time[row]);
    }
}
