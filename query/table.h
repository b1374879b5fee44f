/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_TABLE_H
#define QUERY_TABLE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "query/result.h"

/* table: writes a result cell by cell. The first row names the columns; every other row must write
 * the same columns in the same order, so a column and its cells cannot drift apart. In the arena of
 * the query; one thread. */
enum { TABLE_COLUMNS_MAX = 96 };

struct table {
    struct arena *arena;
    uint32_t row_limit;
    uint32_t row_count; /* finished */
    uint32_t column_count;
    uint32_t at; /* cells of the row being written */
    struct result_column *columns;
    struct cell *cells;
    bool failed; /* the arena's budget is used up */
};

/* row_limit: rows that will be written at most. */
MUST_USE enum status table_init(struct table *table, struct arena *arena, uint32_t row_limit,
                                struct error *err);
/* Names and units: literals or texts of the arena. Texts: NULL is absent; a number that is not
 * finite is absent. */
void table_integer(struct table *table, const char *name, const char *unit, int64_t value);
void table_count(struct table *table, const char *name, uint64_t count); /* unit "count" */
void table_number(struct table *table, const char *name, const char *unit, double value);
void table_text(struct table *table, const char *name, const char *value);
void table_absent(struct table *table, const char *name, const char *unit);
/* A moment as RFC 3339 in UTC; TIME_ABSENT is absent. */
void table_time(struct table *table, const char *name, int64_t utc_ms);
void table_row_end(struct table *table);
/* Forgets the rows and keeps the columns: for an answer without rows. */
void table_clear_rows(struct table *table);
MUST_USE enum status table_finish(const struct table *table, struct result *out, struct error *err);

#endif
