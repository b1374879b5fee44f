/* SPDX-License-Identifier: EUPL-1.2 */
/* journey_scan: whole journeys of a snapshot. Every part has its own rows, sorted by (tenant,
 * subject); the scan merges them. A subject that is in one part only is copied, one that is in
 * several is combined, and where only its events can tell it is folded anew from them. */
#include <string.h>

#include "store/journey_fold.h"
#include "store/snapshot_internal.h"

/* The events of one subject in one part, for folding anew. */
struct event_cursor {
    uint32_t row, end; /* of the part's event frame */
    uint32_t block;    /* that `columns` hold; UINT32_MAX: none */
    const void *columns[COLUMN_COUNT];
    struct part_buffer buffer;
};

struct cursor {
    struct part *part;
    uint32_t block, row, rows;
    struct row_key key; /* of the current row; group is the tenant */
    bool ended;
    const void *columns[FRAME_COLUMNS_MAX];
    struct part_buffer buffer;
    uint32_t *event_row; /* per row of the block: its first event; filled when needed */
    bool has_event_rows;
    struct event_cursor *events;
};

struct taken_row {
    uint32_t source; /* cursor, or COMBINED */
    uint32_t row;
};
#define COMBINED UINT32_MAX
enum { COMBINED_MAX = 256 };

struct journey_scan {
    struct snapshot *snapshot;
    struct journey_scan_spec spec;
    enum frame_id id;
    uint64_t columns;                   /* asked for, and what merging needs */
    uint64_t subject_low, subject_high; /* of this part of the work, both inclusive */
    struct arena *arena;
    uint32_t cursor_count;
    struct cursor *cursors;
    struct taken_row taken[SNAPSHOT_BLOCK_ROWS_MAX];
    uint32_t taken_count;
    uint32_t copied; /* rows in `out` */
    struct journey combined[COMBINED_MAX];
    uint32_t combined_count;
    struct part_buffer out;
    uint32_t known_tenant;
    bool known_passes;
    struct cursor *lent; /* its block was handed out as it is; NULL: none */
};

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "query: its memory budget is used up");
}

/* ---- one part ---- */

static bool tenant_passes(struct journey_scan *scan, uint32_t tenant) {
    if (scan->spec.tenant_count == 0) return true;
    if (tenant == scan->known_tenant) return scan->known_passes;
    scan->known_tenant = tenant;
    scan->known_passes = false;
    for (uint32_t i = 0; i < scan->spec.tenant_count; i++)
        scan->known_passes |= scan->spec.tenants[i] == tenant;
    return scan->known_passes;
}

static bool block_may_pass(struct journey_scan *scan, const struct cursor *cursor) {
    uint64_t low, high;
    if (part_range(cursor->part, scan->id, cursor->block, JOURNEY_SUBJECT, &low, &high) &&
        (high < scan->subject_low || low > scan->subject_high))
        return false;
    if (scan->spec.tenant_count == 0 ||
        !part_range(cursor->part, scan->id, cursor->block, JOURNEY_TENANT, &low, &high))
        return true;
    for (uint32_t i = 0; i < scan->spec.tenant_count; i++) {
        if (scan->spec.tenants[i] >= low && scan->spec.tenants[i] <= high) return true;
    }
    return false;
}

static void copy_taken(struct journey_scan *scan);

/* Moves on to the next row that passes, through further blocks if need be. */
static enum status settle(struct journey_scan *scan, struct cursor *cursor, struct error *err) {
    const uint32_t blocks = part_block_count(cursor->part, scan->id);
    for (;;) {
        const uint32_t *tenant = cursor->columns[JOURNEY_TENANT];
        const uint64_t *subject = cursor->columns[JOURNEY_SUBJECT];
        for (; cursor->row < cursor->rows; cursor->row++) {
            const uint64_t s = subject[cursor->row];
            if (s < scan->subject_low || s > scan->subject_high) continue;
            if (!tenant_passes(scan, tenant[cursor->row])) continue;
            cursor->key = (struct row_key){tenant[cursor->row], s};
            return STATUS_OK;
        }
        if (cursor->rows > 0) cursor->block++;
        while (cursor->block < blocks && !block_may_pass(scan, cursor)) cursor->block++;
        cursor->row = cursor->rows = 0;
        cursor->has_event_rows = false;
        cursor->ended = cursor->block >= blocks;
        if (cursor->ended) return STATUS_OK;
        copy_taken(scan); /* rows taken from the block that goes now */
        TRY(part_block(cursor->part, scan->id, cursor->block, scan->columns, &cursor->buffer,
                       cursor->columns, err));
        cursor->rows = part_block_rows(cursor->part, scan->id, cursor->block);
    }
}

/* ---- rows out ---- */

/* Copies what was taken into the out arrays, column by column. */
static void copy_taken(struct journey_scan *scan) {
    for (uint64_t left = scan->spec.columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        const enum column_kind kind = frame_column_kind(scan->id, c);
        for (uint32_t i = 0; i < scan->taken_count; i++) {
            const struct taken_row taken = scan->taken[i];
            const uint64_t word =
                taken.source == COMBINED
                    ? scan->combined[taken.row].word[c]
                    : frame_word(kind, scan->cursors[taken.source].columns[c], taken.row);
            frame_put(kind, scan->out.column[c], scan->copied + i, word);
        }
    }
    scan->copied += scan->taken_count;
    scan->taken_count = scan->combined_count = 0;
}

static void take(struct journey_scan *scan, uint32_t source, uint32_t row) {
    scan->taken[scan->taken_count++] = (struct taken_row){source, row};
}

static enum status advance(struct journey_scan *scan, uint32_t source, struct error *err) {
    struct cursor *cursor = &scan->cursors[source];
    cursor->row++;
    if (cursor->row == cursor->rows) copy_taken(scan); /* its block is about to go */
    return settle(scan, cursor, err);
}

/* ---- a subject in several parts ---- */

static void read_journey(const struct journey_scan *scan, const struct cursor *cursor,
                         struct journey *journey) {
    journey->purpose = scan->spec.purpose;
    for (uint64_t left = scan->columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        journey->word[c] =
            frame_word(frame_column_kind(scan->id, c), cursor->columns[c], cursor->row);
    }
}

static enum status find_events(struct journey_scan *scan, struct cursor *cursor,
                               struct error *err) {
    const uint32_t *events = cursor->columns[JOURNEY_EVENTS];
    if (cursor->event_row == NULL) {
        cursor->event_row = arena_push_raw(scan->arena, PART_BLOCK_ROWS, sizeof(uint32_t));
        cursor->events = arena_push(scan->arena, 1, sizeof *cursor->events);
        if (cursor->event_row == NULL || cursor->events == NULL) return no_memory(err);
        cursor->events->block = UINT32_MAX;
    }
    if (!cursor->has_event_rows) {
        uint32_t at = part_first_event(cursor->part, scan->id, cursor->block);
        for (uint32_t row = 0; row < cursor->rows; row++) {
            cursor->event_row[row] = at;
            at += events[row];
        }
        cursor->has_event_rows = true;
    }
    cursor->events->row = cursor->event_row[cursor->row];
    cursor->events->end = cursor->events->row + events[cursor->row];
    return cursor->events->end <= cursor->part->row_count[FRAME_EVENT]
               ? STATUS_OK
               : error_set(err, STATUS_CORRUPT, "a journey without its events");
}

/* The event columns of the cursor's current event. */
static enum status load_event(struct journey_scan *scan, struct cursor *cursor, struct error *err) {
    struct event_cursor *events = cursor->events;
    const uint32_t block = events->row / PART_BLOCK_ROWS;
    if (block == events->block) return STATUS_OK;
    if (cursor->part->segment != NULL)
        TRY(snapshot_buffer(scan->arena, FRAME_EVENT, JOURNEY_FOLD_COLUMNS, &events->buffer, err));
    events->block = UINT32_MAX;
    TRY(part_block(cursor->part, FRAME_EVENT, block, JOURNEY_FOLD_COLUMNS, &events->buffer,
                   events->columns, err));
    events->block = block;
    return STATUS_OK;
}

static int64_t event_time(const struct cursor *cursor) {
    return ((const int64_t *)
                cursor->events->columns[COLUMN_TIME])[cursor->events->row % PART_BLOCK_ROWS];
}

/* Folds all events of the subject, of all the parts that have it, in order of (time, arrival). */
static enum status fold_anew(struct journey_scan *scan, const uint32_t *sources, uint32_t count,
                             struct journey *journey, struct error *err) {
    struct journey_fold fold;
    journey_fold_begin(&fold, scan->snapshot->names, scan->spec.purpose);
    for (uint32_t i = 0; i < count; i++) {
        TRY(find_events(scan, &scan->cursors[sources[i]], err));
        TRY(load_event(scan, &scan->cursors[sources[i]], err));
    }
    for (;;) {
        struct cursor *least = NULL; /* of one moment, the part that arrived first */
        for (uint32_t i = 0; i < count; i++) {
            struct cursor *cursor = &scan->cursors[sources[i]];
            if (cursor->events->row == cursor->events->end) continue;
            if (least == NULL || event_time(cursor) < event_time(least)) least = cursor;
        }
        if (least == NULL) break;
        journey_fold_add(&fold, least->events->columns, least->events->row % PART_BLOCK_ROWS);
        if (++least->events->row < least->events->end) TRY(load_event(scan, least, err));
    }
    *journey = fold.journey;
    return STATUS_OK;
}

/* Combines the parts in order of time; false when the events are needed. */
static bool combine(struct journey_scan *scan, const uint32_t *sources, uint32_t count,
                    struct journey *journey) {
    int64_t done = INT64_MIN;
    for (uint32_t n = 0; n < count; n++) {
        const struct cursor *next = NULL;
        int64_t next_first = INT64_MAX;
        for (uint32_t i = 0; i < count; i++) {
            const struct cursor *cursor = &scan->cursors[sources[i]];
            const int64_t first = ((const int64_t *)cursor->columns[JOURNEY_FIRST])[cursor->row];
            if (first > done && first < next_first) {
                next = cursor;
                next_first = first;
            }
        }
        if (next == NULL) return false; /* two parts begin in the same moment */
        done = next_first;
        struct journey later;
        read_journey(scan, next, n == 0 ? journey : &later);
        if (n > 0 && !journey_combine(journey, &later)) return false;
    }
    return true;
}

static enum status take_shared(struct journey_scan *scan, struct row_key key, struct error *err) {
    uint32_t sources[SNAPSHOT_PARTS_MAX], count = 0;
    for (uint32_t i = 0; i < scan->cursor_count; i++) {
        if (!scan->cursors[i].ended && row_key_equal(scan->cursors[i].key, key))
            sources[count++] = i;
    }
    if (count == 1) {
        take(scan, sources[0], scan->cursors[sources[0]].row);
        return advance(scan, sources[0], err);
    }
    if (scan->combined_count == COMBINED_MAX) copy_taken(scan);
    struct journey *journey = &scan->combined[scan->combined_count];
    if (!combine(scan, sources, count, journey)) TRY(fold_anew(scan, sources, count, journey, err));
    take(scan, COMBINED, scan->combined_count++);
    for (uint32_t i = 0; i < count; i++) TRY(advance(scan, sources[i], err));
    return STATUS_OK;
}

/* ---- the scan ---- */

enum status journey_scan_open(struct snapshot *snapshot, const struct journey_scan_spec *spec,
                              struct arena *arena, struct journey_scan **out, struct error *err) {
    struct journey_scan *scan = *out = arena_push(arena, 1, sizeof *scan);
    if (scan == NULL) return no_memory(err);
    scan->snapshot = snapshot;
    scan->spec = *spec;
    scan->id = frame_of_purpose(spec->purpose);
    CHECK(scan->id != FRAME_EVENT);
    scan->arena = arena;
    scan->columns = journey_combine_columns(spec->purpose, spec->columns);
    const uint64_t parts = spec->part_count == 0 ? 1 : spec->part_count;
    const uint64_t share = UINT64_MAX / parts;
    scan->subject_low = share * spec->part;
    scan->subject_high = spec->part + 1 == parts ? UINT64_MAX : share * (spec->part + 1) - 1;
    scan->cursors = arena_push(arena, snapshot->part_count, sizeof *scan->cursors);
    if (scan->cursors == NULL) return no_memory(err);
    TRY(snapshot_buffer(arena, scan->id, spec->columns, &scan->out, err));
    for (uint32_t i = 0; i < snapshot->part_count; i++) {
        if (snapshot->parts[i]->row_count[scan->id] == 0) continue;
        struct cursor *cursor = &scan->cursors[scan->cursor_count++];
        cursor->part = snapshot->parts[i];
        if (cursor->part->segment != NULL)
            TRY(snapshot_buffer(arena, scan->id, scan->columns, &cursor->buffer, err));
        TRY(settle(scan, cursor, err));
    }
    return STATUS_OK;
}

/* The least key of all, and the least of the other cursors. */
static uint32_t find_least(const struct journey_scan *scan, const struct cursor **next) {
    uint32_t least = UINT32_MAX;
    *next = NULL;
    for (uint32_t i = 0; i < scan->cursor_count; i++) {
        const struct cursor *cursor = &scan->cursors[i];
        if (cursor->ended) continue;
        if (least == UINT32_MAX || row_key_before(cursor->key, scan->cursors[least].key)) {
            *next = least == UINT32_MAX ? NULL : &scan->cursors[least];
            least = i;
        } else if (*next == NULL || row_key_before(cursor->key, (*next)->key)) {
            *next = cursor;
        }
    }
    return least;
}

/* True when every row of the cursor's block is asked for. */
static bool whole_block_passes(const struct journey_scan *scan, const struct cursor *cursor) {
    if (cursor->row != 0 || scan->spec.tenant_count > 0) return false;
    if (scan->subject_low == 0 && scan->subject_high == UINT64_MAX) return true;
    uint64_t low, high;
    return part_range(cursor->part, scan->id, cursor->block, JOURNEY_SUBJECT, &low, &high) &&
           low >= scan->subject_low && high <= scan->subject_high;
}

/* When only one part is left there is nothing to merge: its blocks go out as they are. */
static bool lend_block(struct journey_scan *scan, struct journey_block *block) {
    struct cursor *only = NULL;
    for (uint32_t i = 0; i < scan->cursor_count; i++) {
        if (scan->cursors[i].ended) continue;
        if (only != NULL) return false;
        only = &scan->cursors[i];
    }
    if (only == NULL || !whole_block_passes(scan, only)) return false;
    block->row_count = only->rows;
    for (uint64_t left = scan->spec.columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        block->column[c] = only->columns[c];
    }
    scan->lent = only;
    return true;
}

enum status journey_scan_next(struct journey_scan *scan, struct journey_block *block,
                              struct error *err) {
    *block = (struct journey_block){0};
    scan->copied = scan->taken_count = scan->combined_count = 0;
    if (scan->lent != NULL) {
        scan->lent->row = scan->lent->rows;
        TRY(settle(scan, scan->lent, err));
        scan->lent = NULL;
    }
    if (lend_block(scan, block)) return STATUS_OK;
    while (scan->copied + scan->taken_count < SNAPSHOT_BLOCK_ROWS_MAX) {
        const struct cursor *next;
        const uint32_t least = find_least(scan, &next);
        if (least == UINT32_MAX) break;
        struct cursor *cursor = &scan->cursors[least];
        if (next != NULL && row_key_equal(cursor->key, next->key)) {
            TRY(take_shared(scan, cursor->key, err));
            continue;
        }
        do { /* no other part has a say until its first key */
            take(scan, least, cursor->row);
            TRY(advance(scan, least, err));
        } while (!cursor->ended && (next == NULL || row_key_before(cursor->key, next->key)) &&
                 scan->copied + scan->taken_count < SNAPSHOT_BLOCK_ROWS_MAX);
    }
    copy_taken(scan);
    block->row_count = scan->copied;
    for (uint64_t left = scan->spec.columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        block->column[c] = scan->out.column[c];
    }
    return STATUS_OK;
}
