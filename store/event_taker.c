/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/event_taker.h"

#include <string.h>

#include "base/memory.h"
#include "store/lineage.h"
#include "store/relation.h"
#include "store/typed_rows.h"

/* The journeys of one table with events in the block, as columns of their own: of those that are
 * not whole in it only how many events they have here, and one more. */
struct journeys {
    struct lineage_piece piece;
    uint32_t count;
    int64_t begin; /* row of the first one's first event */
    const void *columns[JOURNEY_COLUMN_COUNT_MAX];
    uint32_t events[PART_BLOCK_ROWS];
    uint64_t values[LINEAGE_JOURNEY_COLUMNS_MAX][PART_BLOCK_ROWS]; /* of LINEAGE_RELATED */
};

struct event_taker {
    uint32_t rows, lone;
    struct row_key last; /* of the last row of the block before */
    bool has_last;
    struct journeys journeys[FRAME_APPOINTMENT + 1]; /* [0]: not used */
    uint32_t journey[PART_BLOCK_ROWS];
    uint64_t taken[PART_BLOCK_ROWS];
    struct typed_rows typed_rows;
    struct lineage_times times;
};

struct event_taker *event_taker_create(void) {
    return memory_new(1, sizeof(struct event_taker));
}

void event_taker_free(struct event_taker *taker) {
    memory_free(taker);
}

/* What a row's key is made of. */
struct key_columns {
    const uint8_t *type;
    const uint32_t *tenant;
    const uint64_t *subject;
};

static struct key_columns key_columns_of(const struct frame *events) {
    return (struct key_columns){.type = frame_rows(events, COLUMN_TYPE, 0),
                                .tenant = frame_rows(events, COLUMN_TENANT, 0),
                                .subject = events->column[COLUMN_SUBJECT]};
}

static struct row_key key_of(const struct key_columns *columns, uint32_t row) {
    return row_key_of_event(columns->type[row], columns->tenant[row],
                            columns->subject == NULL ? 0 : columns->subject[row]);
}

static enum frame_id frame_of_key(struct row_key key) {
    return frame_of_purpose((enum purpose)(key.group >> 32));
}

/* The row of the journey in its frame, at or behind `row`; frames are in the order of events. */
static uint32_t find_journey(const struct frame *frame, uint32_t row, struct row_key key) {
    const uint32_t *tenant = frame_rows(frame, JOURNEY_TENANT, 0);
    const uint64_t *subject = frame_rows(frame, JOURNEY_SUBJECT, 0);
    while (row < frame->row_count &&
           (tenant[row] != (uint32_t)key.group || subject[row] != key.subject))
        row++;
    CHECK(row < frame->row_count);
    return row;
}

static void copy_journey(struct journeys *journeys, const struct frame *frame, uint32_t row) {
    const uint64_t columns = lineage_journey_columns(frame->id, LINEAGE_RELATED);
    for (uint64_t left = columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        const enum column_kind kind = frame_column_kind(frame->id, c);
        frame_put(kind, journeys->values[c], journeys->count,
                  frame->column[c] == NULL ? frame_absent(kind)
                                           : frame_word(kind, frame->column[c], row));
    }
}

static void clear_journeys(struct journeys *journeys, enum frame_id id) {
    const uint64_t copied = lineage_journey_columns(id, LINEAGE_RELATED);
    for (uint32_t c = 0; c < frame_column_count(id); c++) {
        journeys->columns[c] = copied & COLUMN_BIT(c)
                                   ? (const void *)journeys->values[c]
                                   : frame_absent_block(frame_column_kind(id, c));
    }
    journeys->columns[JOURNEY_EVENTS] = journeys->events;
    journeys->count = 0;
}

/* Goes through the block journey by journey. */
static void find_journeys(struct event_taker *taker, const struct frame *frames) {
    const struct frame *events = &frames[FRAME_EVENT];
    const struct key_columns columns = key_columns_of(events);
    uint32_t found[FRAME_APPOINTMENT + 1] = {0}; /* rows of frames looked at */
    for (uint32_t begin = 0, end; begin < taker->rows; begin = end) {
        const struct row_key key = key_of(&columns, begin);
        end = begin + 1;
        while (end < events->row_count && end <= taker->rows &&
               row_key_equal(key_of(&columns, end), key))
            end++;
        const enum frame_id id = frame_of_key(key);
        if (id == FRAME_EVENT) {
            CHECK(taker->lone == begin);
            taker->lone = end < taker->rows ? end : taker->rows;
            continue;
        }
        struct journeys *journeys = &taker->journeys[id];
        const bool goes_on = begin == 0 && taker->has_last && row_key_equal(taker->last, key);
        if (journeys->count == 0) journeys->begin = goes_on ? -1 : (int64_t)begin;
        if (!goes_on && end <= taker->rows) {
            found[id] = find_journey(&frames[id], found[id], key);
            copy_journey(journeys, &frames[id], found[id]);
        }
        journeys->events[journeys->count++] = end - begin + goes_on;
    }
}

void event_taker_begin(struct event_taker *taker, const struct frame *frames, uint32_t rows) {
    const struct frame *events = &frames[FRAME_EVENT];
    taker->rows = rows;
    taker->lone = 0;
    for (enum frame_id id = FRAME_ATTEMPT; id <= FRAME_APPOINTMENT; id++)
        clear_journeys(&taker->journeys[id], id);
    find_journeys(taker, frames);
    uint32_t covered = taker->lone;
    for (enum frame_id id = FRAME_ATTEMPT; id <= FRAME_APPOINTMENT; id++) {
        struct journeys *journeys = &taker->journeys[id];
        CHECK(lineage_find(id, journeys->columns, journeys->count, journeys->begin, covered, rows,
                           taker->journey, &journeys->piece));
        covered = journeys->piece.end;
    }
    CHECK(covered == rows);
    typed_rows_begin(&taker->typed_rows, frame_rows(events, COLUMN_TYPE, 0), rows);
    const struct key_columns columns = key_columns_of(events);
    taker->last = key_of(&columns, rows - 1);
    taker->has_last = true;
}

static void take_times(struct event_taker *taker, const struct frame *events,
                       struct event_column *out) {
    const int64_t *times = events->column[COLUMN_TIME];
    int64_t low = times[0];
    for (uint32_t row = 1; row < taker->rows; row++) low = times[row] < low ? times[row] : low;
    taker->times.types = frame_rows(events, COLUMN_TYPE, 0);
    taker->times.times = (int64_t *)taker->taken; /* only which rows are stored counts here */
    taker->times.rows = taker->rows;
    taker->times.stored_count = 0;
    lineage_no_times(&taker->times, 0, taker->lone);
    for (enum frame_id id = FRAME_ATTEMPT; id <= FRAME_APPOINTMENT; id++)
        lineage_times(&taker->times, &taker->journeys[id].piece);
    taker->times.times = events->column[COLUMN_TIME];
    lineage_take_times(&taker->times, low, (int64_t *)taker->taken);
    *out = (struct event_column){
        .kind = KIND_AMOUNT, .values = taker->taken, .rows = taker->times.stored_count};
}

static void take_by_types(struct event_taker *taker, const struct frame *events, uint32_t column,
                          bool distances, struct event_column *out) {
    const enum column_kind kind = frame_column_kind(FRAME_EVENT, column);
    memcpy(taker->taken, events->column[column], taker->rows * column_kind_bytes(kind));
    for (enum frame_id id = FRAME_ATTEMPT; id <= FRAME_APPOINTMENT; id++) {
        if ((LINEAGE_RELATED & COLUMN_BIT(column)) != 0)
            lineage_relate((enum column)column, &taker->journeys[id].piece, taker->taken);
    }
    if (distances)
        relation_take_distances(frame_rows(events, COLUMN_TIME, 0), taker->rows,
                                (int64_t *)taker->taken);
    const uint64_t types = typed_rows_mask(&taker->typed_rows, kind, taker->taken);
    const uint32_t rows = typed_rows_select(&taker->typed_rows, types);
    typed_rows_take(&taker->typed_rows, kind, taker->taken);
    *out = (struct event_column){.kind = kind,
                                 .values = taker->taken,
                                 .rows = rows,
                                 .by_types = true,
                                 .types = types | (distances ? TYPED_ROWS_DISTANCES : 0)};
}

void event_taker_column(struct event_taker *taker, const struct frame *events, uint32_t column,
                        bool distances, struct event_column *out) {
    const bool of_lone = column == COLUMN_TENANT || column == COLUMN_SUBJECT;
    if (column == COLUMN_TIME) {
        take_times(taker, events, out);
    } else if (column == COLUMN_TYPE || of_lone) {
        *out = (struct event_column){.kind = frame_column_kind(FRAME_EVENT, column),
                                     .values = events->column[column],
                                     .rows = of_lone ? taker->lone : taker->rows};
    } else {
        take_by_types(taker, events, column, distances, out);
    }
}
