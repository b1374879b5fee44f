/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/result.h"

#include <math.h>
#include <string.h>

#include "base/status.h"

const char *result_state_text(enum result_state state) {
    switch (state) {
        case RESULT_OK: return "ok";
        case RESULT_FEW: return "few";
        case RESULT_SUPPRESSED: return "suppressed";
        case RESULT_NO_DATA: return "no_data";
        case RESULT_PROVISIONAL: return "provisional";
        case RESULT_INCOMPLETE: return "incomplete";
    }
    CHECK(false);
}

/* --- reading a table --- */

/* UINT32_MAX: there is no such column. */
static uint32_t column_of(const struct result *table, const char *name) {
    for (uint32_t column = 0; column < table->column_count; column++)
        if (strcmp(table->columns[column].name, name) == 0) return column;
    return UINT32_MAX;
}

const struct cell *result_cell(const struct result *table, uint32_t row, const char *column) {
    static const struct cell absent = {.kind = CELL_ABSENT};
    const uint32_t at = column_of(table, column);
    return at == UINT32_MAX ? &absent : &table->cells[(size_t)row * table->column_count + at];
}

double cell_number(const struct cell *cell) {
    if (cell->kind == CELL_INTEGER) return (double)cell->integer;
    return cell->kind == CELL_NUMBER ? cell->number : NAN;
}

double result_number(const struct result *table, uint32_t row, const char *column) {
    return cell_number(result_cell(table, row, column));
}

const char *result_text(const struct result *table, uint32_t row, const char *column) {
    const struct cell *cell = result_cell(table, row, column);
    return cell->kind == CELL_TEXT ? cell->text : "";
}

const char *result_unit(const struct result *table, const char *column) {
    const uint32_t at = column_of(table, column);
    return at == UINT32_MAX ? "" : table->columns[at].unit;
}

const struct result *result_section(const struct result *result, const char *name) {
    for (uint32_t at = 0; at < result->section_count; at++)
        if (strcmp(result->sections[at].name, name) == 0) return &result->sections[at].table;
    return NULL;
}
