/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_FRAME_H
#define STORE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "event/column.h"
#include "event/journey.h"

/* frame: rows of one kind as plain columns in memory: events, the journeys of one purpose, or day
 * counts. The columns of the kinds stand in event/column.h, journey.h and day_count.h. A column
 * that no row has is NULL. One thread at a time while it grows. */
enum frame_id { FRAME_EVENT, FRAME_ATTEMPT, FRAME_CASE, FRAME_APPOINTMENT, FRAME_DAY, FRAME_COUNT };

enum { FRAME_COLUMNS_MAX = COLUMN_COUNT };

uint32_t frame_column_count(enum frame_id id);
const uint8_t *frame_column_kinds(enum frame_id id); /* of each column; static */
static inline enum column_kind frame_column_kind(enum frame_id id, uint32_t column) {
    return (enum column_kind)frame_column_kinds(id)[column];
}
const char *frame_text(enum frame_id id); /* static */
/* Of the journeys; FRAME_EVENT for purposes without journeys. */
enum frame_id frame_of_purpose(enum purpose purpose);

struct frame {
    enum frame_id id;
    uint32_t row_count;
    uint32_t row_capacity;
    void *column[FRAME_COLUMNS_MAX]; /* row_capacity elements each, absent beyond what was set */
};

void frame_init(struct frame *frame, enum frame_id id);
void frame_free(struct frame *frame);
void frame_clear(struct frame *frame); /* keeps the memory, the columns become absent again */

/* Room for `more` further rows in all columns there are. */
MUST_USE enum status frame_reserve(struct frame *frame, uint32_t more, struct error *err);
/* The column, made (absent in every row) when no row had it. NULL: no memory. */
MUST_USE void *frame_column(struct frame *frame, uint32_t column);
/* Sets one value, widened to 64 bits, in a row below row_capacity. Absent values make no column. */
MUST_USE enum status frame_set(struct frame *frame, uint32_t row, uint32_t column, uint64_t word,
                               struct error *err);
/* A column from a row on; where there is none, frame_absent_block. */
const void *frame_rows(const struct frame *frame, uint32_t column, uint32_t row);
/* Bits of the columns in which any of the first `rows` rows has a value. */
uint64_t frame_present(const struct frame *frame, uint32_t rows);
/* Drops the first `rows` rows. */
void frame_drop_front(struct frame *frame, uint32_t rows);

/* A column's element as 64 bits, and back; a NUMBER is its bits. */
static inline uint64_t frame_word(enum column_kind kind, const void *column, uint32_t row) {
    switch (kind) {
        case KIND_CHOICE: return ((const uint8_t *)column)[row];
        case KIND_CODE:
        case KIND_COUNT: return ((const uint32_t *)column)[row];
        default: return ((const uint64_t *)column)[row];
    }
}
static inline void frame_put(enum column_kind kind, void *column, uint32_t row, uint64_t word) {
    switch (kind) {
        case KIND_CHOICE: ((uint8_t *)column)[row] = (uint8_t)word; break;
        case KIND_CODE:
        case KIND_COUNT: ((uint32_t *)column)[row] = (uint32_t)word; break;
        default: ((uint64_t *)column)[row] = word;
    }
}
/* NaN is always the same one, see docs/FORMAT.md. */
static inline uint64_t frame_absent(enum column_kind kind) {
    return kind == KIND_TIME     ? (uint64_t)TIME_ABSENT
           : kind == KIND_NUMBER ? UINT64_C(0x7FF8000000000000)
                                 : 0;
}

/* SNAPSHOT_BLOCK_ROWS_MAX absent elements of the kind, 64-byte aligned, static. */
const void *frame_absent_block(enum column_kind kind);

/* Order of rows: (purpose, tenant), then subject, then time, then arrival. For events without a
 * subject the type takes its place, so that who asks for one type finds its rows together; in the
 * leading bits, as row_order wants it. A subject that is equal to one only lies among its rows:
 * no journey is made of rows whose purpose is none. */
struct row_key {
    uint64_t group; /* purpose << 32 | tenant code */
    uint64_t subject;
};
static inline bool row_key_before(struct row_key a, struct row_key b) {
    return a.group != b.group ? a.group < b.group : a.subject < b.subject;
}
static inline bool row_key_equal(struct row_key a, struct row_key b) {
    return a.group == b.group && a.subject == b.subject;
}
static inline struct row_key row_key_of_event(uint8_t type, uint32_t tenant, uint64_t subject) {
    const enum purpose purpose = subject == 0 ? PURPOSE_NONE : type_purpose((enum event_type)type);
    const uint64_t key = subject == 0 ? (uint64_t)type << 56 : subject;
    return (struct row_key){(uint64_t)purpose << 32 | tenant, key};
}

#endif
