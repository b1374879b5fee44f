/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_RESULT_H
#define QUERY_RESULT_H

#include <stddef.h>
#include <stdint.h>

#include "event/type.h"
#include "query/kpi.h"

/* result: the answer to a plan: what it rests on, and a table. Lives in the arena of its query. */

/* A question that needs more than its budget. */
#define QUERY_TOO_MUCH_MEMORY                                                                     \
    "query: it needs more memory than a question may have: ask for a shorter period, filter, or " \
    "raise question_bytes"

enum cell_kind { CELL_ABSENT, CELL_INTEGER, CELL_NUMBER, CELL_TEXT };

struct cell {
    enum cell_kind kind;
    union {
        int64_t integer;
        double number;
        const char *text; /* NUL-terminated */
    };
};

struct result_column {
    const char *name; /* "service", "month", "n", "p50", ...: English, stable, part of the API */
    const char *unit; /* "" for texts and keys; else "s", "working_days", "ratio", "count", ... */
};

/* ok: as it is. few: n < 30. no_data: nothing in the population. provisional: what the row tells of
 * has not ended, so more is to come. incomplete: something that should be there is missing, as a
 * channel that reports nothing. suppressed: so few may not be shown. */
enum result_state {
    RESULT_OK,
    RESULT_FEW,
    RESULT_SUPPRESSED,
    RESULT_NO_DATA,
    RESULT_PROVISIONAL,
    RESULT_INCOMPLETE
};
const char *result_state_text(enum result_state state);

struct result_note { /* method or assumption that the figures rest on: ROI, mostly */
    const char *key;
    const char *text;
};

/* The single durations that a row's n counts, ascending: milliseconds or working days. They serve
 * statistics in this process (pilot/) and are never a part of an answer that leaves it. */
struct result_values {
    size_t count;
    const int64_t *value;
};

/* Of a comparison: events that became known between the two moments. */
struct late_events {
    enum event_type type; /* TYPE_UNKNOWN: all others */
    const char *source;   /* NULL: not told */
    uint64_t events;
    int64_t first_ms, last_ms; /* of their times */
};
struct result_changes {
    int64_t against_ms;
    uint64_t new_events; /* that occurred after it */
    uint32_t late_count;
    struct late_events *late; /* that had occurred, by type and source */
};

struct result {
    const struct kpi_definition *definition;
    enum kpi_view view;
    enum kpi_clock clock;
    int64_t from_ms, to_ms;  /* half-open, UTC */
    const char *zone;        /* IANA name */
    const char *calendar;    /* id of the working-day calendar, "none" for the gross clock */
    int64_t as_of_ms;        /* end of observation */
    enum result_state state; /* that of its worst row; NO_DATA only when all rows are: a gap in time
                                does not spoil the whole */
    uint32_t column_count;
    const struct result_column *columns;
    uint32_t row_count;
    const struct cell *cells;             /* row after row */
    const struct result_changes *changes; /* of two answers; NULL: it is one */
    uint32_t note_count;
    const struct result_note *notes;
    const struct result_values *values; /* one a row; NULL unless the plan asks for them */
    uint32_t section_count;             /* further tables that were asked for */
    const struct result_section *sections;
};

struct result_section {
    const char *name;
    struct result table; /* columns and rows; the rest is the answer's */
};

/* Every row has, besides the dimensions it is grouped by and what is its KPI's own:
 *   value, lo, hi      the headline figure and its 95 % interval
 *   n                  units that it rests on
 *   open               units still open at the end of observation
 *   excluded_<reason>  units of the population left out, by reason
 *   coverage           n / (n + excluded): share of the population that could be measured
 *   late_share         share of n with an event that came late
 *   state              result_state_text */

/* --- reading a table --- */

/* The cell of a column by its name; an absent one where there is no such column. */
const struct cell *result_cell(const struct result *table, uint32_t row, const char *column);
double result_number(const struct result *table, uint32_t row, const char *column); /* NaN: none */
const char *result_text(const struct result *table, uint32_t row, const char *column); /* "" */
const char *result_unit(const struct result *table, const char *column); /* "": no such column */
/* NULL: the answer has no such section. */
const struct result *result_section(const struct result *result, const char *name);
double cell_number(const struct cell *cell); /* NaN: absent, or a text */

#endif
