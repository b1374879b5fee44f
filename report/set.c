/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/set.h"

#include <math.h>
#include <string.h>

#include "event/column.h"

/* --- tables --- */

struct set_table *set_add_table(struct set *set, const char *name, const char *const *columns,
                                uint32_t column_count) {
    CHECK(set->table_count < SET_TABLES_MAX);
    struct set_table *table = &set->tables[set->table_count++];
    *table = (struct set_table){.name = name, .columns = columns, .column_count = column_count};
    return table;
}

struct cell *set_add_row(struct set_table *table, struct arena *arena) {
    enum { ROWS_MIN = 256 };
    if (table->row_count == table->row_capacity) {
        const uint32_t capacity = table->row_capacity == 0 ? ROWS_MIN : 2 * table->row_capacity;
        struct cell *cells =
            arena_push_array(arena, struct cell, (size_t)capacity * table->column_count);
        if (cells == NULL) return NULL;
        if (table->row_count > 0)
            memcpy(cells, table->cells,
                   (size_t)table->row_count * table->column_count * sizeof *cells);
        table->cells = cells;
        table->row_capacity = capacity;
    }
    return &table->cells[(size_t)table->row_count++ * table->column_count];
}

struct cell set_number(double number) {
    return isfinite(number) ? (struct cell){.kind = CELL_NUMBER, .number = number}
                            : (struct cell){.kind = CELL_ABSENT};
}

/* --- questions --- */

/* The extent of what was known, as a question for a KPI takes it. */
static enum status find_extent(const struct set_scope *scope, const struct plan_words *words,
                               int64_t *from_ms, int64_t *to_ms, struct error *err) {
    struct engine_stats stats;
    int64_t as_of_ms;
    bool needed;
    TRY(scope->engine->ops->stats(scope->engine, &stats, err));
    *from_ms = stats.oldest_time_ms;
    *to_ms = stats.newest_time_ms;
    if (words->as_of == NULL) return STATUS_OK;
    TRY(plan_as_of(words, scope->now_ms, scope->arena, &as_of_ms, &needed, err));
    if (!needed) return STATUS_OK;
    return scope->engine->ops->extent(scope->engine, as_of_ms, scope->arena, from_ms, to_ms, err);
}

enum status set_ask(const struct set_scope *scope, const char *kpi, const char *by,
                    const char *type, struct set *set, struct result *out, struct error *err) {
    struct plan_words words = scope->words;
    struct plan *plan = arena_push_array(scope->arena, struct plan, 1);
    int64_t from_ms, to_ms;
    words.kpi = kpi;
    words.by = by;
    words.filter[DIMENSION_TYPE] = type;
    if (plan == NULL) return error_set(err, STATUS_NO_MEMORY, "set: memory budget used up");
    TRY(find_extent(scope, &words, &from_ms, &to_ms, err));
    TRY(plan_parse(&words, from_ms, to_ms, scope->now_ms, scope->arena, plan, err));
    TRY(scope->engine->ops->query(scope->engine, plan, scope->arena, out, err));
    set->zone = plan->zone;
    set->as_of_ms = plan->as_of_ms;
    set->from_ms = plan->from_ms;
    set->to_ms = plan->to_ms;
    return STATUS_OK;
}

/* --- JSON --- */

static void add_string(struct text *text, const char *string) {
    if (string == NULL)
        text_add_string(text, "null");
    else
        text_add_json_string(text, string, strlen(string));
}

static void add_moment(struct text *text, int64_t utc_ms) {
    if (utc_ms == TIME_ABSENT) {
        text_add_string(text, "null");
        return;
    }
    text_add(text, "\"", 1);
    text_add_utc(text, utc_ms);
    text_add(text, "\"", 1);
}

static void add_cell(struct text *text, const struct cell *cell) {
    switch (cell->kind) {
        case CELL_ABSENT: text_add_string(text, "null"); return;
        case CELL_INTEGER: text_add_integer(text, cell->integer); return;
        case CELL_NUMBER: text_add_json_number(text, cell->number); return;
        case CELL_TEXT: add_string(text, cell->text); return;
    }
}

static void add_table(struct text *text, const struct set_table *table) {
    text_add_string(text, "{\"columns\":[");
    for (uint32_t column = 0; column < table->column_count; column++) {
        if (column > 0) text_add(text, ",", 1);
        add_string(text, table->columns[column]);
    }
    text_add_string(text, "],\"rows\":[");
    for (uint32_t row = 0; row < table->row_count; row++) {
        text_add_string(text, row > 0 ? ",{" : "{");
        for (uint32_t column = 0; column < table->column_count; column++) {
            if (column > 0) text_add(text, ",", 1);
            add_string(text, table->columns[column]);
            text_add(text, ":", 1);
            add_cell(text, &table->cells[(size_t)row * table->column_count + column]);
        }
        text_add(text, "}", 1);
    }
    text_add_string(text, "]}");
}

void set_json(struct text *text, const struct set *set) {
    text_add_string(text, "{\"set\":");
    add_string(text, set->id);
    text_add_string(text, ",\"title\":");
    add_string(text, set->title);
    text_add_string(text, ",\"interval\":{\"from\":");
    add_moment(text, set->from_ms);
    text_add_string(text, ",\"to\":");
    add_moment(text, set->to_ms);
    text_add_string(text, ",\"zone\":");
    add_string(text, set->zone);
    text_add_string(text, "},\"as_of\":");
    add_moment(text, set->as_of_ms);
    text_add_string(text, ",\"summary\":");
    add_string(text, set->summary);
    text_add_string(text, ",\"tables\":{");
    for (uint32_t at = 0; at < set->table_count; at++) {
        if (at > 0) text_add(text, ",", 1);
        add_string(text, set->tables[at].name);
        text_add(text, ":", 1);
        add_table(text, &set->tables[at]);
    }
    text_add_string(text, "}}");
}

/* --- CSV --- */

static void add_csv_text(struct text *text, const char *string) {
    if (strpbrk(string, "\",\r\n") == NULL) {
        text_add_string(text, string);
        return;
    }
    text_add(text, "\"", 1);
    for (; *string != '\0'; string++)
        text_add(text, *string == '"' ? "\"\"" : string, *string == '"' ? 2 : 1);
    text_add(text, "\"", 1);
}

static void add_csv(struct text *text, const struct set_table *table) {
    for (uint32_t column = 0; column < table->column_count; column++) {
        if (column > 0) text_add(text, ",", 1);
        add_csv_text(text, table->columns[column]);
    }
    text_add_string(text, "\r\n");
    for (uint32_t row = 0; row < table->row_count; row++) {
        for (uint32_t column = 0; column < table->column_count; column++) {
            const struct cell *cell = &table->cells[(size_t)row * table->column_count + column];
            if (column > 0) text_add(text, ",", 1);
            if (cell->kind == CELL_TEXT)
                add_csv_text(text, cell->text);
            else if (cell->kind != CELL_ABSENT)
                add_cell(text, cell);
        }
        text_add_string(text, "\r\n");
    }
}

enum status set_csv(struct text *text, const struct set *set, const char *table,
                    struct error *err) {
    struct text known;
    for (uint32_t at = 0; at < set->table_count; at++) {
        if (table != NULL && strcmp(set->tables[at].name, table) != 0) continue;
        add_csv(text, &set->tables[at]);
        return STATUS_OK;
    }
    text_init(&known, sizeof err->text);
    for (uint32_t at = 0; at < set->table_count; at++)
        text_add_format(&known, "%s%s", at > 0 ? ", " : "", set->tables[at].name);
    const enum status status = error_set(err, STATUS_INVALID, "section: \"%.40s\" is none of %s",
                                         table, known.failed ? "the tables" : known.bytes);
    text_free(&known);
    return status;
}
