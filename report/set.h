/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_SET_H
#define REPORT_SET_H

#include "base/arena.h"
#include "base/text.h"
#include "engine/engine.h"
#include "query/plan.h"
#include "query/result.h"

/* set: what federal rules want to be told, as named tables that rest on answers of KPIs; and the
 * questions that they are made from. Everything lives in the arena of its request. */

/* Of what a set is asked for. Words are those of a question for a KPI; NULL: not given. */
struct set_scope {
    struct engine *engine;
    struct plan_words words; /* tenant, service, from, to, zone, as_of, calendar; no KPI */
    enum language language;
    int64_t now_ms;
    struct arena *arena;
};

struct set_table {
    const char *name;
    uint32_t column_count, row_count, row_capacity;
    const char *const *columns;
    struct cell *cells;
};

enum { SET_TABLES_MAX = 5 };

struct set {
    const char *id, *title;
    const char *summary;    /* one line; NULL: none */
    int64_t from_ms, to_ms; /* TIME_ABSENT: all data */
    const char *zone;
    int64_t as_of_ms;
    uint32_t table_count;
    struct set_table tables[SET_TABLES_MAX];
};

/* A new table; columns borrowed. */
struct set_table *set_add_table(struct set *set, const char *name, const char *const *columns,
                                uint32_t column_count);
/* A new row, all of it absent; NULL: no memory. */
struct cell *set_add_row(struct set_table *table, struct arena *arena);

static inline struct cell set_text(const char *text) { /* NULL: absent */
    return text == NULL ? (struct cell){.kind = CELL_ABSENT}
                        : (struct cell){.kind = CELL_TEXT, .text = text};
}
static inline struct cell set_integer(int64_t integer) {
    return (struct cell){.kind = CELL_INTEGER, .integer = integer};
}
struct cell set_number(double number); /* not finite: absent */

/* Asks one KPI. `by` and `type` (of event_count) as in a question, or NULL. The set takes interval,
 * zone and as-of from it. */
MUST_USE enum status set_ask(const struct set_scope *scope, const char *kpi, const char *by,
                             const char *type, struct set *set, struct result *out,
                             struct error *err);

/* {"set":…,"interval":…,"tables":{"figures":{"columns":[…],"rows":[…]},…}} */
void set_json(struct text *text, const struct set *set);
/* One table, RFC 4180. INVALID: the set has no table of that name; NULL: the first one. */
MUST_USE enum status set_csv(struct text *text, const struct set *set, const char *table,
                             struct error *err);

/* The sets. */
MUST_USE enum status set_din_66336(const struct set_scope *scope, struct set *out,
                                   struct error *err);
MUST_USE enum status set_sdg(const struct set_scope *scope, struct set *out, struct error *err);

#endif
