/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "event/column.h"
#include "event/journey.h"

/* table: rows of one kind as plain columns in memory: events, or the journeys of one purpose. The
 * columns of the kinds stand in event/column.h and event/journey.h. A column that no row has is
 * NULL. One thread at a time while it grows. */
enum table_id { TABLE_EVENT, TABLE_ATTEMPT, TABLE_CASE, TABLE_APPOINTMENT, TABLE_COUNT };

enum { TABLE_COLUMNS_MAX = COLUMN_COUNT };

uint32_t table_column_count(enum table_id id);
enum column_kind table_column_kind(enum table_id id, uint32_t column);
const char *table_text(enum table_id id); /* static */
/* TABLE_EVENT for purposes without journeys. */
enum table_id table_of_purpose(enum purpose purpose);

struct table {
    enum table_id id;
    uint32_t row_count;
    uint32_t row_capacity;
    void *column[TABLE_COLUMNS_MAX]; /* row_capacity elements each, absent beyond what was set */
};

void table_init(struct table *table, enum table_id id);
void table_free(struct table *table);
void table_clear(struct table *table); /* keeps the memory, the columns become absent again */

/* Room for `more` further rows in all columns there are. */
MUST_USE enum status table_reserve(struct table *table, uint32_t more, struct error *err);
/* The column, made (absent in every row) when no row had it. NULL: no memory. */
MUST_USE void *table_column(struct table *table, uint32_t column);
/* Sets one value, widened to 64 bits, in a row below row_capacity. Absent values make no column. */
MUST_USE enum status table_set(struct table *table, uint32_t row, uint32_t column, uint64_t word,
                               struct error *err);
/* Bits of the columns in which any of the first `rows` rows has a value. */
uint64_t table_present(const struct table *table, uint32_t rows);
/* Back to `rows` rows: what was set behind them is absent again. */
void table_truncate(struct table *table, uint32_t rows, uint32_t touched_rows);
/* Drops the first `rows` rows. */
void table_drop_front(struct table *table, uint32_t rows);

/* A column's element as 64 bits, and back; a NUMBER is its bits. */
static inline uint64_t table_word(enum column_kind kind, const void *column, uint32_t row) {
    switch (kind) {
        case KIND_CHOICE: return ((const uint8_t *)column)[row];
        case KIND_CODE:
        case KIND_COUNT: return ((const uint32_t *)column)[row];
        default: return ((const uint64_t *)column)[row];
    }
}
static inline void table_put(enum column_kind kind, void *column, uint32_t row, uint64_t word) {
    switch (kind) {
        case KIND_CHOICE: ((uint8_t *)column)[row] = (uint8_t)word; break;
        case KIND_CODE:
        case KIND_COUNT: ((uint32_t *)column)[row] = (uint32_t)word; break;
        default: ((uint64_t *)column)[row] = word;
    }
}
uint64_t table_absent(enum column_kind kind);

/* SNAPSHOT_BLOCK_ROWS_MAX absent elements of the kind, 64-byte aligned, static. */
const void *table_absent_block(enum column_kind kind);

/* Order of rows: (purpose, tenant), then subject, then time, then arrival. */
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
    return (struct row_key){(uint64_t)purpose << 32 | tenant, subject};
}

#endif
