/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/table.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "store/codec.h"

static const enum purpose purposes[TABLE_COUNT] = {PURPOSE_NONE, PURPOSE_ATTEMPT, PURPOSE_CASE,
                                                   PURPOSE_APPOINTMENT};

uint32_t table_column_count(enum table_id id) {
    return id == TABLE_EVENT ? (uint32_t)COLUMN_COUNT : journey_column_count(purposes[id]);
}

enum column_kind table_column_kind(enum table_id id, uint32_t column) {
    return id == TABLE_EVENT ? column_kind((enum column)column)
                             : journey_column_kind(purposes[id], column);
}

const char *table_text(enum table_id id) {
    return id == TABLE_EVENT ? "event" : purpose_text(purposes[id]);
}

enum table_id table_of_purpose(enum purpose purpose) {
    for (int id = TABLE_ATTEMPT; id < TABLE_COUNT; id++) {
        if (purposes[id] == purpose) return (enum table_id)id;
    }
    return TABLE_EVENT;
}

uint64_t table_absent(enum column_kind kind) {
    uint64_t word = 0;
    if (kind == KIND_TIME || kind == KIND_NUMBER) codec_fill_absent(kind, 1, &word);
    return word;
}

static _Alignas(64) uint64_t absent_zero[CODEC_ROWS_MAX];
static _Alignas(64) uint64_t absent_time[CODEC_ROWS_MAX];
static _Alignas(64) uint64_t absent_number[CODEC_ROWS_MAX];

static void fill_absent_blocks(void) {
    codec_fill_absent(KIND_TIME, CODEC_ROWS_MAX, absent_time);
    codec_fill_absent(KIND_NUMBER, CODEC_ROWS_MAX, absent_number);
}

const void *table_absent_block(enum column_kind kind) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, fill_absent_blocks);
    return kind == KIND_TIME ? absent_time : kind == KIND_NUMBER ? absent_number : absent_zero;
}

void table_init(struct table *table, enum table_id id) {
    *table = (struct table){.id = id};
}

void table_free(struct table *table) {
    for (uint32_t c = 0; c < TABLE_COLUMNS_MAX; c++) memory_free(table->column[c]);
    *table = (struct table){.id = table->id};
}

static uint8_t *element(const struct table *table, uint32_t column, uint32_t row) {
    return (uint8_t *)table->column[column] +
           row * column_kind_bytes(table_column_kind(table->id, column));
}

static void fill(struct table *table, uint32_t column, uint32_t from, uint32_t to) {
    codec_fill_absent(table_column_kind(table->id, column), to - from,
                      element(table, column, from));
}

void table_clear(struct table *table) {
    for (uint32_t c = 0; c < TABLE_COLUMNS_MAX; c++) {
        if (table->column[c] != NULL) fill(table, c, 0, table->row_count);
    }
    table->row_count = 0;
}

enum status table_reserve(struct table *table, uint32_t more, struct error *err) {
    if (more <= table->row_capacity - table->row_count) return STATUS_OK;
    uint32_t capacity = table->row_capacity < 1024 ? 1024 : table->row_capacity * 2;
    if (capacity < table->row_count + more) capacity = table->row_count + more;
    const uint32_t old = table->row_capacity;
    for (uint32_t c = 0; c < table_column_count(table->id); c++) {
        if (table->column[c] == NULL) continue;
        const size_t bytes = column_kind_bytes(table_column_kind(table->id, c));
        void *grown = memory_resize(table->column[c], capacity * bytes);
        if (grown == NULL) return error_set(err, STATUS_NO_MEMORY, "table: %u rows", capacity);
        table->column[c] = grown;
        codec_fill_absent(table_column_kind(table->id, c), capacity - old,
                          (uint8_t *)grown + old * bytes);
    }
    table->row_capacity = capacity; /* after a failure the columns that did grow are just larger */
    return STATUS_OK;
}

void *table_column(struct table *table, uint32_t column) {
    if (table->column[column] != NULL) return table->column[column];
    const size_t bytes = column_kind_bytes(table_column_kind(table->id, column));
    table->column[column] = memory_get(table->row_capacity * bytes);
    if (table->column[column] != NULL) fill(table, column, 0, table->row_capacity);
    return table->column[column];
}

enum status table_set(struct table *table, uint32_t row, uint32_t column, uint64_t word,
                      struct error *err) {
    const enum column_kind kind = table_column_kind(table->id, column);
    if (table->column[column] == NULL && word == table_absent(kind)) return STATUS_OK;
    void *values = table_column(table, column);
    if (values == NULL) return error_set(err, STATUS_NO_MEMORY, "table: a column");
    table_put(kind, values, row, word);
    return STATUS_OK;
}

uint64_t table_present(const struct table *table, uint32_t rows) {
    uint64_t present = 0;
    for (uint32_t c = 0; c < table_column_count(table->id); c++) {
        if (table->column[c] == NULL) continue;
        const enum column_kind kind = table_column_kind(table->id, c);
        const uint64_t absent = table_absent(kind);
        uint32_t row = 0;
        while (row < rows && table_word(kind, table->column[c], row) == absent) row++;
        if (row < rows) present |= COLUMN_BIT(c);
    }
    return present;
}

void table_truncate(struct table *table, uint32_t rows, uint32_t touched_rows) {
    for (uint32_t c = 0; c < TABLE_COLUMNS_MAX; c++) {
        if (table->column[c] != NULL) fill(table, c, rows, touched_rows);
    }
    table->row_count = rows;
}

void table_drop_front(struct table *table, uint32_t rows) {
    CHECK(rows <= table->row_count);
    const uint32_t left = table->row_count - rows;
    for (uint32_t c = 0; c < TABLE_COLUMNS_MAX; c++) {
        if (table->column[c] == NULL) continue;
        const size_t bytes = column_kind_bytes(table_column_kind(table->id, c));
        memmove(table->column[c], element(table, c, rows), left * bytes);
        fill(table, c, left, table->row_count);
    }
    table->row_count = left;
}
