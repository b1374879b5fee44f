/* SPDX-License-Identifier: EUPL-1.2 */
/* journey_scan: whole journeys of a snapshot. Every part has its own rows, in order of (tenant,
 * subject); the scan goes through all of them side by side. Nearly all subjects are in one part
 * only: their rows are not looked at, and a block goes out as it was decoded. Where two parts have
 * a subject, one row gets the values of the whole journey, and the others drop out of their blocks.
 * So a scan costs what decoding costs, and a little for each subject that is in several parts. */
#include <stdatomic.h>

#include "store/journey_cursor.h"
#include "store/journey_refold.h"
#include "store/snapshot_internal.h"

/* Pieces a scan, when scans share them. They begin where blocks of the largest part do; of every
 * further part a block is read again for each, so there are fewer the more parts there are. */
enum { PIECES_PER_SCAN = 8, PIECE_BLOCKS_PER_PART = 16 };

struct journey_scan {
    const struct snapshot *snapshot;
    enum purpose purpose;
    enum frame_id id;
    uint32_t asked, seen;
    uint64_t merging;                       /* columns that combining needs, and those asked for */
    uint8_t kind[JOURNEY_COLUMN_COUNT_MAX]; /* enum column_kind, looked up once */
    struct arena *arena;
    uint32_t cursor_count;
    struct journey_cursor *cursors; /* oldest part first */
    _Atomic uint32_t *next_piece;   /* shared with other scans; NULL: the piece at hand is all */
    uint32_t piece, piece_count;
    struct part *largest;      /* its blocks are what pieces are cut from */
    struct part_buffer border; /* keys of a block where one begins */
    struct journey_range range;
    struct journey_refold *refold; /* NULL until needed */
    struct journey_cursor *lent;   /* its block was handed out; NULL: none */
    uint64_t tell_columns;
    bool (*tell)(const void *context, int64_t first_ms, int64_t last_ms);
    const void *context;
    struct trails trails; /* of the block that was handed out */
    bool finished;        /* some block is done with, or may be */
};

/* ---- a subject in several parts ---- */

static void read_journey(const struct journey_scan *scan, const struct journey_cursor *cursor,
                         struct journey *journey) {
    journey->purpose = scan->purpose;
    for (uint64_t left = scan->merging; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        journey->word[c] =
            frame_word((enum column_kind)scan->kind[c], cursor->columns[c], cursor->row);
    }
}

/* Combines the pieces in order of time; false when the events are needed. */
static bool combine(struct journey_scan *scan, const uint32_t *sources, uint32_t count,
                    struct journey *journey) {
    int64_t done = INT64_MIN;
    for (uint32_t n = 0; n < count; n++) {
        const struct journey_cursor *next = NULL;
        int64_t next_first = INT64_MAX;
        for (uint32_t i = 0; i < count; i++) {
            const struct journey_cursor *cursor = &scan->cursors[sources[i]];
            const int64_t first = ((const int64_t *)cursor->columns[JOURNEY_FIRST])[cursor->row];
            if (first > done && first < next_first) {
                next = cursor;
                next_first = first;
            }
        }
        if (next == NULL) return false; /* two pieces begin in the same moment */
        done = next_first;
        struct journey later;
        read_journey(scan, next, n == 0 ? journey : &later);
        if (n > 0 && !journey_combine(journey, &later, scan->asked)) return false;
    }
    return true;
}

/* Pieces among each other, where what is asked for does not depend on the order of events. */
static bool overlay(struct journey_scan *scan, const uint32_t *sources, uint32_t count,
                    struct journey *journey) {
    read_journey(scan, &scan->cursors[sources[0]], journey);
    for (uint32_t i = 1; i < count; i++) {
        struct journey other;
        read_journey(scan, &scan->cursors[sources[i]], &other);
        if (!journey_overlay(journey, &other, scan->asked)) return false;
    }
    return true;
}

/* Folds the events of the subject, of all the parts that have it. */
static enum status fold_anew(struct journey_scan *scan, const uint32_t *sources, uint32_t count,
                             struct journey *journey, struct journey_trails *trails, uint32_t row,
                             struct error *err) {
    if (scan->refold == NULL)
        scan->refold = journey_refold_create(scan->snapshot, scan->purpose, scan->cursors,
                                             scan->cursor_count, scan->tell_columns, scan->arena);
    if (scan->refold == NULL) return snapshot_no_memory(err);
    return journey_refold_run(scan->refold, sources, count, journey, trails, row, err);
}

/* The piece whose row becomes the whole journey: one that was decoded can be written to at once.
 * Where only doubtful rows will count it is one of them. */
static struct journey_cursor *choose_owner(struct journey_scan *scan, const uint32_t *sources,
                                           uint32_t count) {
    for (uint32_t i = 0; i < count && !snapshot_tells_all(scan->snapshot); i++) {
        if (journey_cursor_is_doubtful(&scan->cursors[sources[i]]))
            return &scan->cursors[sources[i]];
    }
    for (uint32_t i = 0; i < count; i++) {
        if (scan->cursors[sources[i]].part->segment != NULL) return &scan->cursors[sources[i]];
    }
    return &scan->cursors[sources[0]];
}

/* ---- events of journeys ---- */

static bool tells(const struct journey_scan *scan, int64_t first_ms, int64_t last_ms) {
    return scan->tell == NULL || scan->tell(scan->context, first_ms, last_ms);
}

static enum status need_trails(struct journey_scan *scan, struct journey_cursor *cursor,
                               struct error *err) {
    if (cursor->trails == NULL)
        cursor->trails = journey_trails_create(cursor->part, scan->tell_columns, scan->arena);
    return cursor->trails != NULL ? STATUS_OK : snapshot_no_memory(err);
}

/* The events of a subject that several parts have, oldest arrivals first, for its owner's current
 * row. */
static enum status unite_trails(struct journey_scan *scan, struct journey_cursor *owner,
                                const uint32_t *sources, uint32_t count, struct error *err) {
    TRY(need_trails(scan, owner, err));
    for (uint32_t i = 0; i < count; i++) {
        struct journey_cursor *cursor = &scan->cursors[sources[i]];
        uint32_t first, end;
        TRY(need_trails(scan, cursor, err));
        TRY(journey_cursor_events(cursor, &first, &end, err));
        TRY(journey_trails_add(owner->trails, owner->row, cursor->trails, first, end, err));
    }
    return STATUS_OK;
}

/* A row whose events are told, and were not when it was united. */
static bool takes_trail(const struct journey_scan *scan, const struct journey_cursor *cursor,
                        uint32_t row) {
    if ((cursor->dropped[row / 64] >> row % 64 & 1) != 0 || cursor->trails->count[row] > 0)
        return false;
    if (scan->tell == NULL) return true;
    const int64_t *first = cursor->columns[JOURNEY_FIRST], *last = cursor->columns[JOURNEY_LAST];
    return tells(scan, first[row], last[row]);
}

/* The events of the other rows of a block that is done with. Those of neighbours lie together. */
static enum status take_trails(struct journey_scan *scan, struct journey_cursor *cursor,
                               struct error *err) {
    TRY(need_trails(scan, cursor, err));
    for (uint32_t row = 0; row < cursor->rows;) {
        uint32_t end = row;
        while (end < cursor->rows && takes_trail(scan, cursor, end)) end++;
        if (end > row) {
            TRY(journey_cursor_need_event_rows(cursor, err));
            TRY(journey_trails_add_rows(cursor->trails, row, end, cursor->event_row,
                                        cursor->event_row[end], err));
        }
        row = end + 1;
    }
    return STATUS_OK;
}

/* Leaves the block at hand, and what is known of its rows. */
static enum status leave_block(struct journey_cursor *cursor, struct error *err) {
    if (cursor->trails != NULL) journey_trails_clear(cursor->trails);
    return journey_cursor_next_block(cursor, err);
}

/* ---- one row for the subject ---- */

static enum status put_journey(struct journey_scan *scan, struct journey_cursor *owner,
                               const struct journey *journey, struct error *err) {
    for (uint32_t left = scan->asked; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctz(left);
        TRY(journey_cursor_put(owner, c, (enum column_kind)scan->kind[c], journey->word[c], err));
    }
    return STATUS_OK;
}

static bool tells_journey(const struct journey_scan *scan, const struct journey *journey) {
    return scan->tell_columns != 0 &&
           tells(scan, (int64_t)journey->word[JOURNEY_FIRST], (int64_t)journey->word[JOURNEY_LAST]);
}

/* What was known of the subject becomes the owner's row, with its events where they are told. */
static enum status look_back(struct journey_scan *scan, struct journey_cursor *owner,
                             const uint32_t *sources, uint32_t count, struct error *err) {
    struct journey journey = {.purpose = scan->purpose};
    if (scan->tell_columns != 0) TRY(need_trails(scan, owner, err));
    TRY(fold_anew(scan, sources, count, &journey, owner->trails, owner->row, err));
    journey_cursor_settle(owner);
    const bool known = journey.word[JOURNEY_EVENTS] > 0;
    if (owner->trails != NULL && !(known && tells_journey(scan, &journey)))
        journey_trails_forget(owner->trails, owner->row);
    if (known) return put_journey(scan, owner, &journey, err);
    journey_cursor_drop(owner);
    return STATUS_OK;
}

static enum status merge(struct journey_scan *scan, struct journey_cursor *owner,
                         const uint32_t *sources, uint32_t count, struct error *err) {
    struct journey journey;
    if (!combine(scan, sources, count, &journey) && !overlay(scan, sources, count, &journey))
        TRY(fold_anew(scan, sources, count, &journey, NULL, 0, err));
    if (tells_journey(scan, &journey)) TRY(unite_trails(scan, owner, sources, count, err));
    return put_journey(scan, owner, &journey, err);
}

static bool any_doubtful(const struct journey_scan *scan, const uint32_t *sources, uint32_t count) {
    bool doubtful = false;
    for (uint32_t i = 0; i < count; i++)
        doubtful |= journey_cursor_is_doubtful(&scan->cursors[sources[i]]);
    return doubtful;
}

static enum status unite(struct journey_scan *scan, const uint32_t *sources, uint32_t count,
                         struct error *err) {
    struct journey_cursor *owner = choose_owner(scan, sources, count);
    for (uint32_t i = 0; i < count; i++)
        TRY(journey_cursor_need(&scan->cursors[sources[i]], scan->merging, err));
    /* Where events lie follows from the counts as stored, so before one is written over. */
    if (scan->asked & 1u << JOURNEY_EVENTS || scan->tell_columns != 0 || owner->looks_back)
        TRY(journey_cursor_need_event_rows(owner, err));
    const bool doubtful = any_doubtful(scan, sources, count);
    for (uint32_t i = 0; i < count; i++) {
        if (&scan->cursors[sources[i]] != owner) journey_cursor_drop(&scan->cursors[sources[i]]);
    }
    return doubtful ? look_back(scan, owner, sources, count, err)
                    : merge(scan, owner, sources, count, err);
}

/* The rows of a block that is done with and of which only the events say what was known. */
static enum status settle_block(struct journey_scan *scan, struct journey_cursor *cursor,
                                struct error *err) {
    const uint32_t source = (uint32_t)(cursor - scan->cursors);
    for (cursor->row = 0; cursor->row < cursor->rows && cursor->doubtful_count > 0; cursor->row++) {
        if (!journey_cursor_is_doubtful(cursor)) continue;
        if (journey_cursor_is_dropped(cursor))
            journey_cursor_settle(cursor);
        else
            TRY(look_back(scan, cursor, &source, 1, err));
    }
    cursor->row = cursor->stop;
    return STATUS_OK;
}

static bool is_current(const struct journey_cursor *cursor) {
    return !cursor->ended && cursor->row < cursor->stop;
}

/* All cursors that have the key: their rows become one, and they go on. */
static enum status take_shared(struct journey_scan *scan, struct row_key key, struct error *err) {
    uint32_t sources[SNAPSHOT_PARTS_MAX], count = 0, counting[SNAPSHOT_PARTS_MAX], counts = 0;
    for (uint32_t i = 0; i < scan->cursor_count; i++) {
        const struct journey_cursor *cursor = &scan->cursors[i];
        if (!is_current(cursor) || !row_key_equal(cursor->key, key)) continue;
        sources[count++] = i;
        if (!journey_cursor_is_dropped(cursor)) counting[counts++] = i;
    }
    CHECK(count >= 2);
    if (counts >= 2) TRY(unite(scan, counting, counts, err));
    for (uint32_t i = 0; i < count; i++) TRY(journey_cursor_step(&scan->cursors[sources[i]], err));
    scan->finished = true;
    return STATUS_OK;
}

/* ---- the scan ---- */

/* The keys of the piece at hand: the blocks of the largest part are dealt out evenly. */
static enum status choose_range(struct journey_scan *scan, struct error *err) {
    struct journey_range *range = &scan->range;
    const uint64_t blocks = part_block_count(scan->largest, scan->id);
    const uint32_t begin = (uint32_t)(blocks * scan->piece / scan->piece_count);
    const uint32_t end = (uint32_t)(blocks * (scan->piece + 1) / scan->piece_count);
    range->begin = (struct row_key){0};
    if (scan->piece > 0 && begin < blocks)
        TRY(journey_cursor_first_key(scan->largest, scan->id, begin, scan->arena, &scan->border,
                                     &range->begin, err));
    range->has_end = end < blocks;
    if (!range->has_end) return STATUS_OK;
    return journey_cursor_first_key(scan->largest, scan->id, end, scan->arena, &scan->border,
                                    &range->end, err);
}

static enum status begin_piece(struct journey_scan *scan, struct error *err) {
    TRY(choose_range(scan, err));
    for (uint32_t i = 0; i < scan->cursor_count; i++)
        TRY(journey_cursor_open(&scan->cursors[i], err));
    return STATUS_OK;
}

/* False: the scan has ended. */
static bool take_piece(struct journey_scan *scan) {
    if (scan->next_piece == NULL) return false;
    scan->piece = atomic_fetch_add(scan->next_piece, 1);
    return scan->piece < scan->piece_count;
}

/* All scans that share pieces cut the same ones. */
static uint32_t count_pieces(const struct journey_scan *scan, uint32_t scans) {
    const uint32_t blocks = part_block_count(scan->largest, scan->id);
    const uint32_t further = scan->cursor_count - 1;
    const uint32_t pieces = blocks / (1 + PIECE_BLOCKS_PER_PART * further);
    if (pieces < scans) return scans;
    return pieces < scans * PIECES_PER_SCAN ? pieces : scans * PIECES_PER_SCAN;
}

static void add_cursor(struct journey_scan *scan, struct part *part) {
    struct journey_cursor *cursor = &scan->cursors[scan->cursor_count++];
    const struct snapshot_changes *changes = &scan->snapshot->changes;
    cursor->part = part;
    cursor->looks_back = !snapshot_knows(scan->snapshot, part);
    cursor->look_back = look_back_at(part, changes->since_ms, changes->until_ms);
    cursor->only_doubtful = !snapshot_tells_all(scan->snapshot);
    cursor->id = scan->id;
    cursor->range = &scan->range;
    cursor->arena = scan->arena;
    cursor->asked = scan->asked;
    cursor->seen = scan->seen;
    cursor->ended = true;
    if (scan->largest == NULL || part->row_count[scan->id] > scan->largest->row_count[scan->id])
        scan->largest = part;
}

enum status journey_scan_open(struct snapshot *snapshot, const struct journey_scan_spec *spec,
                              struct arena *arena, struct journey_scan **out, struct error *err) {
    struct journey_scan *scan = *out = arena_push(arena, 1, sizeof *scan);
    if (scan == NULL) return snapshot_no_memory(err);
    scan->snapshot = snapshot;
    scan->purpose = spec->purpose;
    scan->id = frame_of_purpose(spec->purpose);
    CHECK(scan->id != FRAME_EVENT);
    scan->arena = arena;
    scan->asked = spec->columns;
    scan->seen = spec->columns & spec->seen_columns;
    scan->tell_columns = spec->tell_columns;
    scan->tell = spec->tell;
    scan->context = spec->context;
    scan->merging = journey_combine_columns(spec->purpose, spec->columns);
    for (uint32_t c = 0; c < journey_column_count(spec->purpose); c++)
        scan->kind[c] = (uint8_t)journey_column_kind(spec->purpose, c);
    scan->range.tenants = spec->tenants;
    scan->range.tenant_count = spec->tenant_count;
    scan->cursors = arena_push(arena, snapshot->part_count + 1, sizeof *scan->cursors);
    if (scan->cursors == NULL) return snapshot_no_memory(err);
    for (uint32_t i = 0; i < snapshot->part_count; i++)
        if (snapshot->parts[i]->row_count[scan->id] > 0) add_cursor(scan, snapshot->parts[i]);
    if (scan->cursor_count == 0) return STATUS_OK;
    const uint32_t scans = spec->part_count < 2 ? 1 : spec->part_count;
    scan->piece = spec->part;
    scan->piece_count = scans;
    if (scans == 1 || spec->next_piece == NULL) return begin_piece(scan, err);
    scan->next_piece = spec->next_piece;
    scan->piece_count = count_pieces(scan, scans);
    return STATUS_OK;
}

/* The cursor with the least key, and the least of the others. */
static struct journey_cursor *find_least(struct journey_scan *scan, struct journey_cursor **next) {
    struct journey_cursor *least = *next = NULL;
    for (uint32_t i = 0; i < scan->cursor_count; i++) {
        struct journey_cursor *cursor = &scan->cursors[i];
        if (cursor->ended) continue;
        if (least == NULL || row_key_before(cursor->key, least->key)) {
            *next = least;
            least = cursor;
        } else if (*next == NULL || row_key_before(cursor->key, (*next)->key)) {
            *next = cursor;
        }
    }
    return least;
}

/* Goes on until some block is done with. */
static enum status advance(struct journey_scan *scan, struct error *err) {
    struct journey_cursor *next, *least = find_least(scan, &next);
    if (next != NULL && row_key_equal(least->key, next->key))
        return take_shared(scan, least->key, err);
    if (next == NULL)
        least->row = least->stop;
    else
        TRY(journey_cursor_pass(least, next->key, err));
    scan->finished = least->row == least->stop;
    return STATUS_OK;
}

static struct journey_cursor *find_finished(struct journey_scan *scan) {
    for (uint32_t i = 0; i < scan->cursor_count && scan->finished; i++) {
        if (!scan->cursors[i].ended && scan->cursors[i].row == scan->cursors[i].stop)
            return &scan->cursors[i];
    }
    scan->finished = false;
    return NULL;
}

static bool has_ended(const struct journey_scan *scan) {
    for (uint32_t i = 0; i < scan->cursor_count; i++) {
        if (!scan->cursors[i].ended) return false;
    }
    return true;
}

static const struct trails *lend_trails(struct journey_scan *scan,
                                        const struct journey_trails *trails) {
    scan->trails = (struct trails){.begin = trails->begin, .count = trails->count};
    for (uint64_t left = trails->columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        scan->trails.column[c] = trails->told[c];
    }
    return &scan->trails;
}

enum status journey_scan_next(struct journey_scan *scan, struct journey_block *block,
                              struct error *err) {
    *block = (struct journey_block){0};
    if (scan->lent != NULL) TRY(leave_block(scan->lent, err));
    scan->lent = NULL;
    for (;;) {
        if (has_ended(scan)) {
            if (!take_piece(scan)) return STATUS_OK;
            TRY(begin_piece(scan, err));
            continue;
        }
        struct journey_cursor *cursor = find_finished(scan);
        if (cursor == NULL) {
            TRY(advance(scan, err));
            continue;
        }
        if (cursor->doubtful_count > 0) TRY(settle_block(scan, cursor, err));
        if (cursor->only_doubtful) journey_cursor_drop_certain(cursor);
        if (scan->tell_columns != 0) TRY(take_trails(scan, cursor, err));
        TRY(journey_cursor_finish(cursor, &block->row_count, err));
        if (block->row_count == 0) {
            TRY(leave_block(cursor, err));
            continue;
        }
        if (cursor->trails != NULL && cursor->trails->told_count > 0)
            block->trails = lend_trails(scan, cursor->trails);
        for (uint32_t left = scan->asked; left != 0; left &= left - 1) {
            const uint32_t c = (uint32_t)__builtin_ctz(left);
            block->column[c] = cursor->columns[c];
        }
        scan->lent = cursor;
        return STATUS_OK;
    }
}
