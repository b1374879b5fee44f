/* SPDX-License-Identifier: EUPL-1.2 */
/* presence_scan: journeys, once for each interval in which they have an event. A journey has events
 * at its first and its last moment, so most need no look at the others: only one with an interval
 * between these two does. A block of journeys goes out as it came, which says all of the first
 * intervals; then the rows of its other intervals follow. */
#include <string.h>

#include "store/snapshot_internal.h"

enum { SLOTS_MAX = 4096, ROWS_MIN = 8192 };

struct presence_scan {
    struct journey_scan *journeys;
    struct journey_scan_spec spec; /* of `journeys` */
    uint32_t asked;
    const int64_t *edges;
    uint32_t edge_count;
    /* interval of the beginning of each slot of 2^slot_shift ms from the first edge on */
    uint16_t *slots;
    uint32_t slot_shift, slot_count;
    struct arena *arena;
    struct journey_block block; /* the journeys at hand */
    uint32_t *row;              /* of the block, for each further interval ... */
    int64_t *time;              /* ... and an event in it */
    uint32_t count, capacity, done;
    struct part_buffer out;
};

/* ---- intervals ---- */

/* Interval 0 is before the first edge, interval i ends with edge i; the last one has no end. */
static uint32_t interval_of(const struct presence_scan *scan, int64_t time_ms) {
    if (scan->edge_count == 0 || time_ms < scan->edges[0]) return 0;
    const uint64_t slot = (uint64_t)(time_ms - scan->edges[0]) >> scan->slot_shift;
    uint32_t interval = slot < scan->slot_count ? scan->slots[slot] : scan->slots[scan->slot_count];
    while (interval < scan->edge_count && time_ms >= scan->edges[interval]) interval++;
    return interval;
}

static enum status make_slots(struct presence_scan *scan, struct error *err) {
    if (scan->edge_count == 0) return STATUS_OK;
    CHECK(scan->edge_count < UINT16_MAX);
    const uint64_t extent = (uint64_t)(scan->edges[scan->edge_count - 1] - scan->edges[0]);
    while (extent >> scan->slot_shift >= SLOTS_MAX) scan->slot_shift++;
    scan->slot_count = (uint32_t)(extent >> scan->slot_shift) + 1;
    scan->slots = arena_push_array(scan->arena, uint16_t, scan->slot_count + 1);
    if (scan->slots == NULL) return snapshot_no_memory(err);
    uint16_t interval = 0;
    for (uint32_t slot = 0; slot <= scan->slot_count; slot++) {
        const uint64_t begin = (uint64_t)slot << scan->slot_shift;
        while (interval < scan->edge_count &&
               begin >= (uint64_t)(scan->edges[interval] - scan->edges[0]))
            interval++;
        scan->slots[slot] = interval;
    }
    return STATUS_OK;
}

/* True when an interval lies between first and last: who knows whether there was something. */
static bool has_between(const void *context, int64_t first_ms, int64_t last_ms) {
    const struct presence_scan *scan = context;
    const uint32_t interval = interval_of(scan, first_ms);
    return interval + 1 < scan->edge_count && last_ms >= scan->edges[interval + 1];
}

/* ---- rows ---- */

static enum status reserve(struct presence_scan *scan, uint32_t more, struct error *err) {
    if (more <= scan->capacity - scan->count) return STATUS_OK;
    uint32_t capacity = scan->capacity == 0 ? ROWS_MIN : scan->capacity;
    while (capacity - scan->count < more) {
        if (capacity > UINT32_MAX / 2) return snapshot_no_memory(err);
        capacity *= 2;
    }
    uint32_t *row = arena_push_raw(scan->arena, capacity, sizeof *row);
    int64_t *time = arena_push_raw(scan->arena, capacity, sizeof *time);
    if (row == NULL || time == NULL) return snapshot_no_memory(err);
    if (scan->count > 0) {
        memcpy(row, scan->row, scan->count * sizeof *row);
        memcpy(time, scan->time, scan->count * sizeof *time);
    }
    scan->row = row;
    scan->time = time;
    scan->capacity = capacity;
    return STATUS_OK;
}

/* The further intervals of a journey of which all times are known. */
static enum status add_times(struct presence_scan *scan, uint32_t row, struct error *err) {
    const struct trails *trails = scan->block.trails;
    const int64_t *times = (const int64_t *)trails->column[COLUMN_TIME] + trails->begin[row];
    const uint32_t count = trails->count[row];
    uint32_t interval = interval_of(scan, times[0]);
    TRY(reserve(scan, count, err));
    for (uint32_t i = 1; i < count && interval < scan->edge_count; i++) {
        if (times[i] < scan->edges[interval]) continue;
        interval = interval_of(scan, times[i]);
        scan->row[scan->count] = row;
        scan->time[scan->count++] = times[i];
    }
    return STATUS_OK;
}

/* First the journeys whose last event says all, without branching, then the few others. */
static enum status find_further(struct presence_scan *scan, struct error *err) {
    const int64_t *first = scan->block.column[JOURNEY_FIRST];
    const int64_t *last = scan->block.column[JOURNEY_LAST];
    const uint32_t rows = scan->block.row_count;
    const uint32_t *told = scan->block.trails == NULL ? NULL : scan->block.trails->count;
    scan->count = scan->done = 0;
    if (scan->edge_count == 0) return STATUS_OK;
    TRY(reserve(scan, rows, err));
    for (uint32_t row = 0; row < rows; row++) {
        const uint32_t interval = interval_of(scan, first[row]);
        const bool ends = interval < scan->edge_count && last[row] >= scan->edges[interval];
        scan->row[scan->count] = row;
        scan->time[scan->count] = last[row];
        scan->count += ends && (told == NULL || told[row] == 0);
    }
    for (uint32_t row = 0; row < rows && told != NULL; row++)
        if (told[row] > 0) TRY(add_times(scan, row, err));
    return STATUS_OK;
}

static enum status hand_out_further(struct presence_scan *scan, struct journey_block *out,
                                    struct error *err) {
    const enum frame_id id = frame_of_purpose(scan->spec.purpose);
    const uint32_t left = scan->count - scan->done;
    out->row_count = left < SNAPSHOT_BLOCK_ROWS_MAX ? left : (uint32_t)SNAPSHOT_BLOCK_ROWS_MAX;
    TRY(snapshot_columns(scan->arena, id, scan->asked | 1u << JOURNEY_FIRST, &scan->out, err));
    const uint32_t *row = scan->row + scan->done;
    for (uint32_t columns = scan->asked; columns != 0; columns &= columns - 1) {
        const uint32_t c = (uint32_t)__builtin_ctz(columns);
        const enum column_kind kind = frame_column_kind(id, c);
        const void *values = scan->block.column[c];
        out->column[c] = values == frame_absent_block(kind) ? values : scan->out.column[c];
        for (uint32_t i = 0; i < out->row_count && out->column[c] != values; i++)
            frame_put(kind, scan->out.column[c], i, frame_word(kind, values, row[i]));
    }
    memcpy(scan->out.column[JOURNEY_FIRST], scan->time + scan->done,
           out->row_count * sizeof *scan->time);
    out->column[JOURNEY_FIRST] = scan->out.column[JOURNEY_FIRST];
    scan->done += out->row_count;
    return STATUS_OK;
}

/* ---- the scan ---- */

enum status presence_scan_open(struct snapshot *snapshot, const struct presence_scan_spec *spec,
                               struct arena *arena, struct presence_scan **out, struct error *err) {
    struct presence_scan *scan = *out = arena_push(arena, 1, sizeof *scan);
    if (scan == NULL) return snapshot_no_memory(err);
    scan->arena = arena;
    scan->asked = spec->journeys.columns | 1u << JOURNEY_FIRST;
    scan->edges = spec->edges;
    scan->edge_count = spec->edge_count;
    scan->spec = spec->journeys;
    scan->spec.columns |= 1u << JOURNEY_FIRST | 1u << JOURNEY_LAST;
    scan->spec.tell_columns = COLUMN_BIT(COLUMN_TIME);
    scan->spec.tell = has_between;
    scan->spec.context = scan;
    TRY(make_slots(scan, err));
    return journey_scan_open(snapshot, &scan->spec, arena, &scan->journeys, err);
}

enum status presence_scan_next(struct presence_scan *scan, struct journey_block *block,
                               struct error *err) {
    *block = (struct journey_block){0};
    if (scan->done < scan->count) return hand_out_further(scan, block, err);
    TRY(journey_scan_next(scan->journeys, &scan->block, err));
    if (scan->block.row_count == 0) return STATUS_OK;
    TRY(find_further(scan, err));
    block->row_count = scan->block.row_count;
    memcpy(block->column, scan->block.column, sizeof block->column);
    return STATUS_OK;
}
