/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/table.h"

#include <math.h>
#include <string.h>

#include "base/timestamp.h"
#include "event/column.h"

enum status table_init(struct table *table, struct arena *arena, uint32_t row_limit,
                       struct error *err) {
    *table = (struct table){.arena = arena, .row_limit = row_limit};
    table->columns = arena_push_array(arena, struct result_column, TABLE_COLUMNS_MAX);
    /* The first row goes here; with its end the width is known, and all rows get their place. */
    table->cells = arena_push_array(arena, struct cell, TABLE_COLUMNS_MAX);
    if (table->columns == NULL || table->cells == NULL)
        return error_set(err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
    return STATUS_OK;
}

static void add(struct table *table, const char *name, const char *unit, struct cell cell) {
    if (table->failed) return;
    if (table->row_count == 0 && table->at == table->column_count) {
        CHECK(table->column_count < TABLE_COLUMNS_MAX);
        table->columns[table->column_count++] = (struct result_column){name, unit};
    }
    CHECK(table->at < table->column_count);
    CHECK(strcmp(table->columns[table->at].name, name) == 0);
    table->cells[(size_t)table->row_count * table->column_count + table->at] = cell;
    table->at++;
}

void table_integer(struct table *table, const char *name, const char *unit, int64_t value) {
    add(table, name, unit, (struct cell){.kind = CELL_INTEGER, .integer = value});
}

void table_count(struct table *table, const char *name, uint64_t count) {
    table_integer(table, name, "count", (int64_t)count);
}

void table_absent(struct table *table, const char *name, const char *unit) {
    add(table, name, unit, (struct cell){.kind = CELL_ABSENT});
}

void table_number(struct table *table, const char *name, const char *unit, double value) {
    if (!isfinite(value))
        table_absent(table, name, unit);
    else
        add(table, name, unit, (struct cell){.kind = CELL_NUMBER, .number = value});
}

void table_text(struct table *table, const char *name, const char *value) {
    if (value == NULL)
        table_absent(table, name, "");
    else
        add(table, name, "", (struct cell){.kind = CELL_TEXT, .text = value});
}

void table_time(struct table *table, const char *name, int64_t utc_ms) {
    char text[TIMESTAMP_TEXT_BYTES];
    if (utc_ms == TIME_ABSENT) {
        table_absent(table, name, "");
        return;
    }
    timestamp_format_utc(utc_ms, text);
    const char *copy = arena_copy_text(table->arena, text, strlen(text));
    if (copy == NULL) table->failed = true;
    table_text(table, name, copy);
}

void table_row_end(struct table *table) {
    if (table->failed) return;
    CHECK(table->at == table->column_count && table->row_count < table->row_limit);
    if (table->row_count == 0) {
        struct cell *cells = arena_push_raw(
            table->arena, (size_t)table->row_limit * table->column_count, sizeof *cells);
        if (cells == NULL) {
            table->failed = true;
            return;
        }
        memcpy(cells, table->cells, table->column_count * sizeof *cells);
        table->cells = cells;
    }
    table->row_count++;
    table->at = 0;
}

void table_clear_rows(struct table *table) {
    table->row_count = 0;
}

enum status table_finish(const struct table *table, struct result *out, struct error *err) {
    if (table->failed) return error_set(err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
    out->column_count = table->column_count;
    out->columns = table->columns;
    out->row_count = table->row_count;
    out->cells = table->cells;
    return STATUS_OK;
}
