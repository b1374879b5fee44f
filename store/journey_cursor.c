/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/journey_cursor.h"

#include <string.h>

#include "store/snapshot_internal.h"

#define KEY_COLUMNS (COLUMN_BIT(JOURNEY_TENANT) | COLUMN_BIT(JOURNEY_SUBJECT))

static struct row_key key_at(const void *const *columns, uint32_t row) {
    return (struct row_key){((const uint32_t *)columns[JOURNEY_TENANT])[row],
                            ((const uint64_t *)columns[JOURNEY_SUBJECT])[row]};
}

/* Rows of one tenant are in order of subject, so the index knows the keys of both ends. */
static bool keys_of_index(const struct part *part, enum frame_id id, uint32_t block,
                          struct row_key *first, struct row_key *last) {
    uint64_t tenant, highest;
    if (!part_range(part, id, block, JOURNEY_TENANT, &tenant, &highest) || tenant != highest)
        return false;
    first->group = last->group = tenant;
    return part_range(part, id, block, JOURNEY_SUBJECT, &first->subject, &last->subject);
}

static enum status keys_of_block(struct part *part, enum frame_id id, uint32_t block,
                                 struct arena *arena, struct part_buffer *buffer,
                                 struct row_key *first, struct row_key *last, struct error *err) {
    if (keys_of_index(part, id, block, first, last)) return STATUS_OK;
    const void *columns[FRAME_COLUMNS_MAX];
    if (part->segment != NULL) TRY(snapshot_buffer(arena, id, KEY_COLUMNS, buffer, err));
    TRY(part_block(part, id, block, KEY_COLUMNS, buffer, columns, err));
    *first = key_at(columns, 0);
    *last = key_at(columns, part_block_rows(part, id, block) - 1);
    return STATUS_OK;
}

enum status journey_cursor_first_key(struct part *part, enum frame_id id, uint32_t block,
                                     struct arena *arena, struct part_buffer *buffer,
                                     struct row_key *key, struct error *err) {
    struct row_key last;
    return keys_of_block(part, id, block, arena, buffer, key, &last, err);
}

enum status journey_cursor_need(struct journey_cursor *cursor, uint64_t columns,
                                struct error *err) {
    const uint64_t missing = columns & ~cursor->decoded;
    if (missing == 0) return STATUS_OK;
    if (cursor->part->segment != NULL)
        TRY(snapshot_buffer(cursor->arena, cursor->id, missing, &cursor->buffer, err));
    TRY(part_block(cursor->part, cursor->id, cursor->block, missing, &cursor->buffer,
                   cursor->columns, err));
    cursor->decoded |= missing;
    return STATUS_OK;
}

/* Times of which nobody asks more than whether they are there are not counted as decoded: who needs
 * them to put a journey together decodes the whole column. */
static enum status need_asked(struct journey_cursor *cursor, struct error *err) {
    const uint64_t seen = cursor->seen & ~cursor->decoded;
    TRY(journey_cursor_need(cursor, cursor->asked & ~seen, err));
    if (seen == 0) return STATUS_OK;
    if (cursor->part->segment != NULL)
        TRY(snapshot_buffer(cursor->arena, cursor->id, seen, &cursor->buffer, err));
    return part_block_presence(cursor->part, cursor->id, cursor->block, seen, &cursor->buffer,
                               cursor->columns, err);
}

/* ---- which rows count ---- */

static bool tenant_passes(const struct journey_range *range, uint64_t tenant) {
    for (uint32_t i = 0; i < range->tenant_count; i++) {
        if (range->tenants[i] == tenant) return true;
    }
    return range->tenant_count == 0;
}

static bool block_may_pass(const struct journey_cursor *cursor) {
    const struct journey_range *range = cursor->range;
    uint64_t low, high;
    if (range->tenant_count == 0 ||
        !part_range(cursor->part, cursor->id, cursor->block, JOURNEY_TENANT, &low, &high))
        return true;
    for (uint32_t i = 0; i < range->tenant_count; i++) {
        if (range->tenants[i] >= low && range->tenants[i] <= high) return true;
    }
    return false;
}

static void drop(struct journey_cursor *cursor, uint32_t row) {
    cursor->dropped[row / 64] |= UINT64_C(1) << row % 64;
    cursor->dropped_count++;
}

void journey_cursor_drop(struct journey_cursor *cursor) {
    drop(cursor, cursor->row);
}

/* First row from `row` on whose key is not before `key`, at most `end`: in steps that double, then
 * by halving, because mostly it is near. */
static uint32_t lower_bound(const struct journey_cursor *cursor, uint32_t row, uint32_t end,
                            struct row_key key) {
    uint32_t step = 1;
    while (row + step < end && row_key_before(key_at(cursor->columns, row + step), key)) {
        row += step;
        step *= 2;
    }
    uint32_t high = row + step < end ? row + step : end;
    while (row < high) {
        const uint32_t middle = row + (high - row) / 2;
        if (row_key_before(key_at(cursor->columns, middle), key))
            row = middle + 1;
        else
            high = middle;
    }
    return row;
}

/* Leaves out the rows of the block that are not asked for. first: key of its first row. */
static enum status restrict_block(struct journey_cursor *cursor, struct row_key first,
                                  struct error *err) {
    const struct journey_range *range = cursor->range;
    const bool whole = !row_key_before(first, range->begin) &&
                       (!range->has_end || row_key_before(cursor->last, range->end));
    const bool one_tenant = first.group == cursor->last.group;
    const bool all_tenants =
        range->tenant_count == 0 || (one_tenant && tenant_passes(range, first.group));
    if (whole && all_tenants) return STATUS_OK;
    TRY(journey_cursor_need(cursor, KEY_COLUMNS, err));
    if (row_key_before(first, range->begin))
        cursor->row = lower_bound(cursor, 0, cursor->rows, range->begin);
    if (range->has_end) cursor->stop = lower_bound(cursor, cursor->row, cursor->rows, range->end);
    for (uint32_t row = 0; row < cursor->rows; row++) {
        const uint32_t tenant = ((const uint32_t *)cursor->columns[JOURNEY_TENANT])[row];
        if (row < cursor->row || row >= cursor->stop ||
            (!all_tenants && !tenant_passes(range, tenant)))
            drop(cursor, row);
    }
    if (cursor->row == cursor->stop) return STATUS_OK;
    cursor->key = key_at(cursor->columns, cursor->row);
    cursor->last = key_at(cursor->columns, cursor->stop - 1);
    return STATUS_OK;
}

bool journey_cursor_is_dropped(const struct journey_cursor *cursor) {
    return (cursor->dropped[cursor->row / 64] >> cursor->row % 64 & 1) != 0;
}

bool journey_cursor_is_doubtful(const struct journey_cursor *cursor) {
    return cursor->doubtful_count > 0 &&
           (cursor->doubtful[cursor->row / 64] >> cursor->row % 64 & 1) != 0;
}

void journey_cursor_settle(struct journey_cursor *cursor) {
    if (!journey_cursor_is_doubtful(cursor)) return;
    cursor->doubtful[cursor->row / 64] &= ~(UINT64_C(1) << cursor->row % 64);
    cursor->doubtful_count--;
}

void journey_cursor_drop_certain(struct journey_cursor *cursor) {
    for (uint32_t word = 0; word * 64 < cursor->rows; word++) {
        const uint32_t rows = cursor->rows - word * 64;
        const uint64_t here = rows < 64 ? (UINT64_C(1) << rows) - 1 : UINT64_MAX;
        const uint64_t certain = here & ~cursor->was_doubtful[word] & ~cursor->dropped[word];
        cursor->dropped[word] |= certain;
        cursor->dropped_count += (uint32_t)__builtin_popcountll(certain);
    }
}

/* ---- what was known ---- */

#define LOOK_BACK_JOURNEY_COLUMNS \
    (COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(JOURNEY_LAST) | COLUMN_BIT(JOURNEY_FLAGS))

/* Drops the rows of which nothing was known, and marks those of which only a part was, maybe. */
static enum status look_back(struct journey_cursor *cursor, struct error *err) {
    const struct look_back *look_back = &cursor->look_back;
    if (cursor->doubtful_count > 0) memset(cursor->doubtful, 0, sizeof cursor->doubtful);
    cursor->doubtful_count = 0;
    if (look_back_block(look_back, cursor->part, cursor->id, cursor->block) == KNOWN_WHOLLY)
        return STATUS_OK;
    TRY(journey_cursor_need(cursor, LOOK_BACK_JOURNEY_COLUMNS, err));
    const int64_t *first = cursor->columns[JOURNEY_FIRST], *last = cursor->columns[JOURNEY_LAST];
    const uint8_t *flags = cursor->columns[JOURNEY_FLAGS];
    for (uint32_t row = cursor->row; row < cursor->stop; row++) {
        const enum known known = look_back_journey(look_back, first[row], last[row], flags[row]);
        if (known == KNOWN_WHOLLY || (cursor->dropped[row / 64] >> row % 64 & 1) != 0) continue;
        if (known == KNOWN_NOT) {
            drop(cursor, row);
            continue;
        }
        cursor->doubtful[row / 64] |= UINT64_C(1) << row % 64;
        cursor->doubtful_count++;
    }
    return STATUS_OK;
}

/* ---- from block to block ---- */

/* Takes up the block `cursor->block`, or the first after it that has rows in the range. */
static enum status load(struct journey_cursor *cursor, struct error *err) {
    const uint32_t blocks = part_block_count(cursor->part, cursor->id);
    const struct journey_range *range = cursor->range;
    for (; cursor->block < blocks; cursor->block++) {
        if (!block_may_pass(cursor)) continue;
        struct row_key first;
        TRY(keys_of_block(cursor->part, cursor->id, cursor->block, cursor->arena, &cursor->buffer,
                          &first, &cursor->last, err));
        if (range->has_end && !row_key_before(first, range->end)) break;
        cursor->rows = cursor->stop = part_block_rows(cursor->part, cursor->id, cursor->block);
        cursor->row = 0;
        cursor->key = first;
        cursor->decoded = 0;
        cursor->has_event_rows = false;
        if (cursor->dropped_count > 0) memset(cursor->dropped, 0, sizeof cursor->dropped);
        cursor->dropped_count = 0;
        TRY(restrict_block(cursor, first, err));
        if (cursor->looks_back) TRY(look_back(cursor, err));
        if (cursor->only_doubtful)
            memcpy(cursor->was_doubtful, cursor->doubtful, sizeof cursor->doubtful);
        if (cursor->dropped_count == cursor->rows) continue;
        return need_asked(cursor, err);
    }
    cursor->ended = true;
    return STATUS_OK;
}

enum status journey_cursor_open(struct journey_cursor *cursor, struct error *err) {
    uint32_t low = 0, high = part_block_count(cursor->part, cursor->id);
    cursor->ended = false;
    while (low < high) { /* the first block whose last key is not before the range */
        const uint32_t middle = low + (high - low) / 2;
        struct row_key first, last;
        TRY(keys_of_block(cursor->part, cursor->id, middle, cursor->arena, &cursor->buffer, &first,
                          &last, err));
        if (row_key_before(last, cursor->range->begin))
            low = middle + 1;
        else
            high = middle;
    }
    cursor->block = low;
    return load(cursor, err);
}

enum status journey_cursor_next_block(struct journey_cursor *cursor, struct error *err) {
    cursor->block++;
    return load(cursor, err);
}

enum status journey_cursor_pass(struct journey_cursor *cursor, struct row_key key,
                                struct error *err) {
    if (row_key_before(cursor->last, key)) {
        cursor->row = cursor->stop;
        return STATUS_OK;
    }
    TRY(journey_cursor_need(cursor, KEY_COLUMNS, err));
    cursor->row = lower_bound(cursor, cursor->row, cursor->stop, key);
    cursor->key = key_at(cursor->columns, cursor->row);
    return STATUS_OK;
}

enum status journey_cursor_step(struct journey_cursor *cursor, struct error *err) {
    if (++cursor->row == cursor->stop) return STATUS_OK;
    TRY(journey_cursor_need(cursor, KEY_COLUMNS, err));
    cursor->key = key_at(cursor->columns, cursor->row);
    return STATUS_OK;
}

/* ---- rows ---- */

/* The column as an array that may be written to: a run's own columns and those that stand for
 * absent ones are shared. */
static void *writable(struct journey_cursor *cursor, uint32_t column, struct error *err) {
    if (snapshot_columns(cursor->arena, cursor->id, COLUMN_BIT(column), &cursor->buffer, err) !=
        STATUS_OK)
        return NULL;
    void *own = cursor->buffer.column[column];
    if (cursor->columns[column] != own)
        memcpy(own, cursor->columns[column],
               cursor->rows * column_kind_bytes(frame_column_kind(cursor->id, column)));
    cursor->columns[column] = own;
    return own;
}

enum status journey_cursor_put(struct journey_cursor *cursor, uint32_t column,
                               enum column_kind kind, uint64_t word, struct error *err) {
    if (frame_word(kind, cursor->columns[column], cursor->row) == word) return STATUS_OK;
    void *values = writable(cursor, column, err);
    if (values == NULL) return STATUS_NO_MEMORY;
    frame_put(kind, values, cursor->row, word);
    return STATUS_OK;
}

enum status journey_cursor_need_event_rows(struct journey_cursor *cursor, struct error *err) {
    if (cursor->has_event_rows) return STATUS_OK;
    TRY(journey_cursor_need(cursor, COLUMN_BIT(JOURNEY_EVENTS), err));
    if (cursor->event_row == NULL)
        cursor->event_row = arena_push_raw(cursor->arena, PART_BLOCK_ROWS + 1, sizeof(uint32_t));
    if (cursor->event_row == NULL) return snapshot_no_memory(err);
    const uint32_t *events = cursor->columns[JOURNEY_EVENTS];
    uint64_t at = part_first_event(cursor->part, cursor->id, cursor->block);
    for (uint32_t row = 0; row < cursor->rows; row++) {
        cursor->event_row[row] = (uint32_t)at;
        at += events[row];
    }
    cursor->event_row[cursor->rows] = (uint32_t)at;
    if (at > cursor->part->row_count[FRAME_EVENT])
        return error_set(err, STATUS_CORRUPT, "a journey without its events");
    cursor->has_event_rows = true;
    return STATUS_OK;
}

enum status journey_cursor_events(struct journey_cursor *cursor, uint32_t *first, uint32_t *end,
                                  struct error *err) {
    TRY(journey_cursor_need_event_rows(cursor, err));
    *first = cursor->event_row[cursor->row];
    *end = cursor->event_row[cursor->row + 1];
    return STATUS_OK;
}

/* The rows that are to be moved, and where to: the last rows fill the gaps. */
static uint32_t plan_moves(const struct journey_cursor *cursor, uint16_t *from, uint16_t *to,
                           uint32_t *row_count) {
    uint32_t moves = 0, end = cursor->rows;
    for (uint32_t word = PART_BLOCK_ROWS / 64; word-- > 0;) {
        for (uint64_t left = cursor->dropped[word]; left != 0;) {
            const uint32_t bit = 63 - (uint32_t)__builtin_clzll(left);
            const uint32_t row = word * 64 + bit;
            left &= ~(UINT64_C(1) << bit);
            if (--end == row) continue;
            from[moves] = (uint16_t)end;
            to[moves++] = (uint16_t)row;
        }
    }
    *row_count = end;
    return moves;
}

#define MOVE(type)                                                                  \
    static void move_##type(type *values, const uint16_t *from, const uint16_t *to, \
                            uint32_t moves) {                                       \
        for (uint32_t i = 0; i < moves; i++) values[to[i]] = values[from[i]];       \
    }
MOVE(uint8_t)
MOVE(uint32_t)
MOVE(uint64_t)
#undef MOVE

enum status journey_cursor_finish(struct journey_cursor *cursor, uint32_t *row_count,
                                  struct error *err) {
    *row_count = cursor->rows - cursor->dropped_count;
    if (cursor->dropped_count == 0 || *row_count == 0) return STATUS_OK;
    uint16_t from[PART_BLOCK_ROWS], to[PART_BLOCK_ROWS];
    const uint32_t moves = plan_moves(cursor, from, to, row_count);
    if (cursor->trails != NULL) journey_trails_move(cursor->trails, from, to, moves);
    for (uint64_t left = cursor->asked; left != 0 && moves > 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        const enum column_kind kind = frame_column_kind(cursor->id, c);
        if (cursor->columns[c] == frame_absent_block(kind)) continue;
        void *values = writable(cursor, c, err);
        if (values == NULL) return STATUS_NO_MEMORY;
        switch (column_kind_bytes(kind)) {
            case 1: move_uint8_t(values, from, to, moves); break;
            case 4: move_uint32_t(values, from, to, moves); break;
            default: move_uint64_t(values, from, to, moves);
        }
    }
    return STATUS_OK;
}
