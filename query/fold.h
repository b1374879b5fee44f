/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_FOLD_H
#define QUERY_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "event/column.h"
#include "event/journey.h"
#include "event/type.h"
#include "query/group.h"
#include "query/plan.h"
#include "query/summary.h"
#include "query/table.h"
#include "stats/survival.h"
#include "stats/wide.h"
#include "store/snapshot.h"

/* fold: the one shape of every KPI. A KPI says what a row of the store means (emit) and how a row
 * of the answer is written (write); the executor does all between, the same for all:
 *
 *   some rows of journeys or events
 *     -> emit    rows become facts: this row, at this moment, is of this class, with this value
 *     -> place   period, filters, bucket, cell: the group of each fact
 *     -> keep    counts and values per group and class
 *     -> write   one row of the answer from one group, stocks running on from bucket to bucket
 *
 * Read kpi_case.c first: it is the plainest.
 *
 * Each step is a loop over the rows that does one thing to arrays, so that a row costs some
 * nanoseconds: emit writes a class for every row, by choosing and not by branching where it can.
 *
 * As-of: rows are of the events that were known at the end of observation T and of no others
 * (snapshot_look_back). Only a planned start may be later; fold_seen says of any other milestone
 * what that means where somebody made the rows by hand. */

/* --- facts --- */

enum { FACT_ROWS_MAX = 1024, LANES_MAX = 10, CLASS_NONE = UINT8_MAX };

/* What a lane says of each row: at most one fact. Classes are CLASS_NONE before emit. */
struct facts {
    uint8_t class[FACT_ROWS_MAX];
    int64_t when[FACT_ROWS_MAX];  /* decides period and bucket; not read of CLASS_NONE */
    int64_t value[FACT_ROWS_MAX]; /* what the class does with it: see enum fold_keep */
};

static inline void facts_put(struct facts *facts, uint32_t row, int64_t when, uint32_t class,
                             int64_t value) {
    facts->when[row] = when;
    facts->class[row] = (uint8_t) class;
    facts->value[row] = value;
}

/* Classes as wide as the moments they were chosen by: where a loop writes both, narrow ones make
 * the compiler take so many rows at once that it runs out of registers. */
WIDE_INLINE void facts_narrow(struct facts *facts, const int64_t *classes, uint32_t count) {
    uint8_t *restrict narrow = facts->class;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) narrow[row] = (uint8_t)classes[row];
}

/* --- what a KPI tells apart --- */

enum fold_role {
    ROLE_DETAIL,  /* the KPI's own business */
    ROLE_UNIT,    /* counts in n */
    ROLE_OPEN,    /* counts in open */
    ROLE_EXCLUDED /* a reason: `name` is its column, "excluded_..." */
};
enum fold_keep {
    KEEP_COUNT, /* the value is not looked at */
    KEEP_TIMES, /* the fact counts as often as its value says */
    KEEP_SUM,
    KEEP_LEAST,
    KEEP_GREATEST,
    KEEP_SERIES_0, /* every single value, for quantiles */
    KEEP_SERIES_1,
    KEEP_SERIES_2,
    KEEP_SERIES_3,
    KEEP_SERIES_4,
    KEEP_SERIES_5
};
enum fold_span {
    SPAN_FLOW,  /* facts of the bucket */
    SPAN_STOCK, /* its role counts all facts up to the end of the bucket, however long ago */
    SPAN_BOTH   /* its role counts those of the bucket, and write reads the stock besides */
};
struct fold_class {
    const char *name; /* of an excluded class */
    enum fold_role role;
    enum fold_keep keep;
    enum fold_span span;
};

/* --- where the rows come from --- */

struct fold_question {
    const struct plan *plan;
    struct snapshot *snapshot;
    /* Codes of the dictionary that rows may have: what is indexed by code has so many places. The
     * dictionary grows meanwhile, so nobody may count it again. */
    uint32_t code_count;
    struct arena *arena;
    int64_t as_of_ms;
    int64_t oldest_ms, newest_ms;  /* of all events in the snapshot; TIME_ABSENT: there are none */
    struct snapshot_extent extent; /* of those known at as_of_ms; only of a fold that needs it */
    const uint16_t *region;        /* by tenant code, for the calendar; NULL without calendar */
    /* With limits, by service code: which of the plan's, and 1; 0: none. And by limit and region of
     * the calendar (limit * region_count + region): deadline_table; NULL: nobody is there, or
     * hours. */
    const uint16_t *limit_plus_1;
    const int64_t *const *due_ms;
    /* By tenant code: from when on all its cases are known, TIME_ABSENT: always; NULL: of all. */
    const int64_t *known_from_ms;
    const char *const *quantile_names; /* of the plan's: "p50", "p99.9" */
    const uint8_t *steps;              /* by code: which form steps to show; NULL: all */
    void *scratch;                     /* fold->scratch_bytes, zeroed at the start: the KPI's own */
};

struct fold_rows { /* `count` rows of a block of the source's columns, from row `begin` of it */
    const void *const *column;
    uint32_t begin, count;
    const struct trails *trails; /* by row of the block, of a source that tells; NULL: none told */
};

/* Fills the source's lanes, facts[0] to facts[lane_count - 1]. */
typedef void (*fold_emit)(const struct fold_question *question, const struct fold_rows *rows,
                          struct facts *facts);
/* FOLD_EMIT(emit_name) { ... } is an emit whose loop is made wide. */
#define FOLD_EMIT(name)                                                                            \
    WIDE(                                                                                          \
        name,                                                                                      \
        (const struct fold_question *question, const struct fold_rows *rows, struct facts *facts), \
        (question, rows, facts))
/* For rows whose meaning is more than facts can say: the rows again, with their facts in lane 0,
 * which are CLASS_NONE where they do not count, and the group of each. */
typedef enum status (*fold_detail)(const struct fold_question *question, struct groups *groups,
                                   const struct fold_rows *rows, const struct facts *facts,
                                   struct group *const *group);

/* A life in stock, as known at the end of observation. */
enum { LIFE_BEGIN, LIFE_END, LIFE_AGAIN, LIFE_LAST, LIFE_TENANT, LIFE_COLUMNS };
struct lives {
    int64_t begin[FACT_ROWS_MAX]; /* TIME_ABSENT: not known */
    int64_t end[FACT_ROWS_MAX];   /* INT64_MAX: it lasts */
    int64_t again[FACT_ROWS_MAX]; /* begin of the second stay; TIME_ABSENT: there is none */
    int64_t last[FACT_ROWS_MAX];  /* its end; INT64_MAX: it lasts */
    const uint32_t *tenant;
};
typedef void (*fold_live)(const struct fold_question *question, const struct fold_rows *rows,
                          struct lives *lives);

struct fold_source {
    enum purpose purpose; /* journeys of this purpose; PURPOSE_NONE: events */
    /* Journeys come once for each bucket in which they have an event, and JOURNEY_FIRST is the
     * moment of one: period and end of observation are edges of buckets, too. */
    bool presence;
    uint64_t types;   /* TYPE_BITs, of events */
    bool any_time;    /* of events, their facts may happen at other moments than their time */
    uint64_t columns; /* those that emit reads; bits of journey columns or of columns */
    /* Of these, times of journeys of which emit asks fold_seen only whether there is one: they may
     * come as TIME_SOME. */
    uint64_t seen_columns;
    /* Of journeys, their events come too: these COLUMN_BITs, in order with COLUMN_TIME; 0: none
     * come. Not those of
     * journeys that were over before the period or began after it; so the columns must have
     * JOURNEY_FIRST and JOURNEY_LAST. */
    uint64_t tell_columns;
    /* Of journeys, their rows have the columns of enum link_column besides: of the journey that
     * the link tokens of their events lead to. */
    bool linked;
    uint32_t lane_count;
    /* All facts of a row happen at the moment of that in lane 0, and none is there without it: the
     * other lanes need no `when`. */
    bool one_moment;
    fold_emit emit;
    /* Rows first become lives, and emit reads LIFE_ columns; so lives alike are emitted once where
     * the question allows it (query/alike.h). Facts that depend on other moments than midnights and
     * those of the life are not for this, nor are values. NULL: emit reads the source's columns. */
    fold_live live;
    /* Of events: the same facts from day counts (event/day_count.h), each for `events` of them.
     * Used instead of `emit` wherever the question allows it; NULL: never. */
    fold_emit emit_days;
    fold_detail detail; /* NULL: none */
};

/* The column from the first of the rows on; times and amounts are alike. */
static inline const int64_t *fold_times(const struct fold_rows *rows, uint32_t column) {
    return (const int64_t *)rows->column[column] + rows->begin;
}
static inline const uint64_t *fold_tokens(const struct fold_rows *rows, uint32_t column) {
    return (const uint64_t *)rows->column[column] + rows->begin;
}
static inline const double *fold_numbers(const struct fold_rows *rows, uint32_t column) {
    return (const double *)rows->column[column] + rows->begin;
}
static inline const uint32_t *fold_codes(const struct fold_rows *rows, uint32_t column) {
    return (const uint32_t *)rows->column[column] + rows->begin;
}
static inline const uint8_t *fold_choices(const struct fold_rows *rows, uint32_t column) {
    return (const uint8_t *)rows->column[column] + rows->begin;
}
/* A moment that stands for all events of a row of day counts: where day counts are used at all, no
 * edge of the question lies between them. The oldest event may come after the question begins, in
 * the middle of a piece. */
static inline int64_t fold_day_time(const struct fold_question *question,
                                    const struct fold_rows *rows, uint32_t row) {
    int64_t begin_ms = fold_times(rows, DAY_COUNT_TIME)[row];
    return begin_ms < question->oldest_ms ? question->oldest_ms : begin_ms;
}
/* The time, or TIME_ABSENT when it is after the end of observation. */
static inline int64_t fold_seen(int64_t as_of_ms, int64_t time_ms) {
    return time_ms <= as_of_ms ? time_ms : TIME_ABSENT;
}
/* A time such that an absent one, which is INT64_MIN, is later than all others. */
static inline int64_t fold_absent_last(int64_t time_ms) {
    return (int64_t)((uint64_t)time_ms - 1);
}
/* The earlier of two times, either of which may be absent. */
static inline int64_t fold_earlier(int64_t a, int64_t b) {
    const int64_t one = fold_absent_last(a), other = fold_absent_last(b);
    return (int64_t)((uint64_t)(one < other ? one : other) + 1);
}
/* a has happened, and b not until then. */
static inline bool fold_before(int64_t a, int64_t b) {
    return fold_absent_last(a) < fold_absent_last(b);
}

/* --- how a row of the answer is written --- */

struct fold_row {
    const struct fold_question *question;
    const struct group *group;
    const struct group *total; /* rows per step: the group of all steps (step 0); else `group` */
    const uint64_t *stock;     /* counts by class up to the end of the bucket; not of SPAN_FLOW */
    const uint64_t *before;    /* those before the period */
    const uint64_t *period;    /* counts by class of the whole period of the cell, all buckets */
    const struct summary *summary; /* of series 0..fold->summary_count-1 of the group */
    uint32_t position;             /* of a step within its group, or of an age, from 0 */
    uint64_t n, excluded, open, late;
    int64_t begin_ms, end_ms; /* of the bucket or period; TIME_ABSENT, INT64_MAX: none */
    enum result_state state;  /* what n and the end say; write may make it another */
    int64_t *values, *room;   /* each for all values of any group; folds without summaries only */
};
typedef void (*fold_write)(struct fold_row *row, struct table *table);

/* Of a KPI that numbers its steps itself (STEP_FIRST + number): transitions, variants. Of each cell
 * and bucket, the plan's `top` steps have rows, the others become one (STEP_END); the one of
 * STEP_START has a row only where no step has. */
struct fold_steps {
    /* By number of another worker: the number here. NULL: numbers are the same everywhere. */
    enum status (*unite)(const struct fold_question *question, const struct fold_question *other,
                         const uint32_t **number_of);
    /* By what they are called, as strcmp. */
    int (*compare)(const struct fold_question *question, uint32_t number, uint32_t other);
};

/* Of a KPI that cannot count before it has seen all rows: called once, when all threads have read.
 * What each of them has kept in its scratch, under cells of its groups, becomes counts and values
 * of `groups`, which are those of part 0 with what the others counted; they are sealed, and are so
 * again afterwards. */
struct fold_part {
    const struct fold_question *question;
    const struct groups *groups;
};
typedef enum status (*fold_settle)(const struct fold_part *parts, uint32_t count,
                                   struct groups *groups);

struct answer; /* query/answer.h */
typedef enum status (*fold_answer)(struct answer *answer, struct result *out, struct error *err);

enum fold_extent { EXTENT_UNUSED, EXTENT_WITHOUT_PERIOD, EXTENT_ALWAYS };

struct fold {
    const struct fold_class *classes;
    uint32_t class_count;
    const struct fold_source *sources;
    uint32_t source_count;
    bool every_bucket;              /* rows for every bucket of every cell, as stocks need it */
    bool by_step;                   /* rows per step: facts say which; see enum fold_step */
    bool by_age;                    /* a group has a row for each of the plan's ages */
    const struct fold_steps *steps; /* NULL: a step's number is the code of its name */
    bool needs_calendar, needs_assumptions;
    enum fold_extent needs_extent;
    uint32_t summary_count; /* series of which write needs the extent and quantiles only */
    size_t scratch_bytes;
    uint32_t by_default_count; /* dimensions of the rows when the question names none */
    enum dimension by_default[3];
    fold_settle settle; /* NULL: facts say all */
    fold_write write;
    fold_answer answer; /* instead of write: rows that are not groups; never grouped otherwise */
};

/* Steps of the groups of a KPI with rows per step. Rows are ordered by how often a step was reached
 * (class FOLD_REACH), then by the mean of its ordinals. */
enum fold_step { STEP_START, STEP_END, STEP_FIRST /* + dictionary code */ };
enum { FOLD_REACH = 0, FOLD_RESTED = 1 /* steps that became one, with steps of its own */ };

/* The definition of a plan's KPI; never NULL. */
const struct fold *fold_of(const struct plan *plan);

extern const struct fold fold_processing_time, fold_processing_time_authority;
/* Of the intake view of processing time, and of the share decided within. */
const struct fold *fold_intake(const struct plan *plan);
extern const struct fold fold_throughput, fold_backlog, fold_sla_share, fold_sla_share_authority,
    fold_due, fold_due_authority, fold_rework, fold_digital_take_up, fold_cost_per_transaction,
    fold_roi;
extern const struct fold fold_abandonment, fold_completion, fold_funnel, fold_time_to_complete,
    fold_transmission_errors;
extern const struct fold fold_no_show, fold_late_show, fold_cancellation, fold_rescheduling,
    fold_booking_lead_time, fold_waiting_time, fold_waiting_within, fold_left_before_call,
    fold_service_duration;
extern const struct fold fold_third_next_available, fold_slot_fill, fold_utilisation;
extern const struct fold fold_satisfaction, fold_page_views, fold_support_requests,
    fold_event_count, fold_active_journeys, fold_inventory;

extern const struct fold fold_end_to_end, fold_resumption, fold_media_breaks;
extern const struct fold fold_transitions[VIEW_COUNT], fold_variants[VIEW_COUNT],
    fold_activities[VIEW_COUNT];

/* What counts in the role is a stock, as of SPAN_STOCK. */
bool fold_is_stock(const struct fold *fold, enum fold_role role);

/* --- what several KPIs write alike --- */

/* value is n, and the state says so: however few, a count is exact. */
void fold_write_count(struct fold_row *row, struct table *table);
/* value, lo, hi of hits/n; absent when n is 0. */
void fold_write_share(struct table *table, uint64_t hits, uint64_t n);
void fold_write_value_absent(struct table *table, const char *unit); /* all three */
/* hits/n; absent when n is 0. */
void fold_write_ratio(struct table *table, const char *name, double hits, double n);
/* Of a summary: value, lo and hi of the median, then mean, min, max and the plan's quantiles. The
 * values are whole numbers, `per_unit` of them to the unit: 1000 for milliseconds in seconds. */
void fold_write_durations(struct fold_row *row, struct table *table, const struct summary *summary,
                          const char *unit, int64_t per_unit);
/* Of values some of which are longer than was seen: value, lo and hi of the median, the plan's
 * quantiles, and the longest value of which something is known. A quantile that is absent is longer
 * than that. */
void fold_write_survival(struct fold_row *row, struct table *table, const struct survival *survival,
                         const char *unit, int64_t per_unit);

#endif
