/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>

#include "query/fold.h"

/* KPIs of form attempts: abandonment, completion, time to complete, funnel.
 *
 * An attempt belongs to the period and bucket of its first event. Its outcome at T:
 *   submitted, ineligible, failed   whichever came first; at one moment, in this order
 *   open        none of them, and the last activity is after T - 30 min or, when the attempt was
 *               ever put aside (form.saved), after T - 14 days
 *   abandoned   none of them, and not open
 * Open attempts are in neither numerator nor denominator. */

#define ATTEMPT_TIMEOUT_MS       INT64_C(1800000)    /* theta: without a word, abandoned */
#define ATTEMPT_RESUME_WINDOW_MS INT64_C(1209600000) /* R: 14 days for those put aside */

enum { /* in this order also the classes of the attempt KPIs */
       OUTCOME_SUBMITTED,
       OUTCOME_INELIGIBLE,
       OUTCOME_FAILED,
       OUTCOME_ABANDONED,
       OUTCOME_OPEN,
       OUTCOME_NONE, /* nothing has happened until T */
       OUTCOME_CLASSES = OUTCOME_NONE
};

struct attempt_times {
    const int64_t *first, *last, *submitted, *ineligible, *failed, *saved;
};

static struct attempt_times attempt_times_of(const struct fold_rows *rows) {
    return (struct attempt_times){
        fold_times(rows, JOURNEY_FIRST),     fold_times(rows, JOURNEY_LAST),
        fold_times(rows, ATTEMPT_SUBMITTED), fold_times(rows, ATTEMPT_INELIGIBLE),
        fold_times(rows, ATTEMPT_FAILED),    fold_times(rows, ATTEMPT_SAVED)};
}

#define ATTEMPT_TIMES_COLUMNS                                                               \
    (COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(JOURNEY_LAST) | COLUMN_BIT(ATTEMPT_SUBMITTED) | \
     COLUMN_BIT(ATTEMPT_INELIGIBLE) | COLUMN_BIT(ATTEMPT_FAILED) | COLUMN_BIT(ATTEMPT_SAVED))

static uint32_t outcome_of(const struct fold_question *question, const struct attempt_times *times,
                           uint32_t row) {
    const int64_t now = question->as_of_ms;
    int64_t submitted = fold_seen(question, times->submitted[row]);
    int64_t ineligible = fold_seen(question, times->ineligible[row]);
    int64_t failed = fold_seen(question, times->failed[row]);
    int64_t end = fold_earlier(fold_earlier(submitted, ineligible), failed);
    if (times->first[row] > now) return OUTCOME_NONE;
    if (end != TIME_ABSENT) {
        if (end == submitted) return OUTCOME_SUBMITTED;
        return end == ineligible ? OUTCOME_INELIGIBLE : OUTCOME_FAILED;
    }
    bool saved = fold_seen(question, times->saved[row]) != TIME_ABSENT;
    int64_t patience = saved ? ATTEMPT_RESUME_WINDOW_MS : ATTEMPT_TIMEOUT_MS;
    return times->last[row] > now - patience ? OUTCOME_OPEN : OUTCOME_ABANDONED;
}

static void emit_outcome(const struct fold_question *question, const struct fold_rows *rows,
                         struct facts *facts) {
    const struct attempt_times times = attempt_times_of(rows);
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        uint32_t outcome = outcome_of(question, &times, row);
        if (outcome != OUTCOME_NONE) facts_add(facts, row, times.first[row], outcome, 0);
    }
}

static uint64_t tally_of(const struct group *group, int class) {
    return group->tally[class].count;
}

static void write_outcomes(const struct group *group, struct table *table) {
    table_integer(table, "submitted", "count", (int64_t)tally_of(group, OUTCOME_SUBMITTED));
    table_integer(table, "ineligible", "count", (int64_t)tally_of(group, OUTCOME_INELIGIBLE));
    table_integer(table, "failed", "count", (int64_t)tally_of(group, OUTCOME_FAILED));
    table_integer(table, "abandoned", "count", (int64_t)tally_of(group, OUTCOME_ABANDONED));
}

static void write_abandonment(struct fold_row *row, struct table *table) {
    fold_write_share(table, tally_of(row->group, OUTCOME_ABANDONED), row->n);
    write_outcomes(row->group, table);
}

static void write_completion(struct fold_row *row, struct table *table) {
    fold_write_share(
        table, tally_of(row->group, OUTCOME_SUBMITTED) + tally_of(row->group, OUTCOME_INELIGIBLE),
        row->n);
    write_outcomes(row->group, table);
}

static const struct fold_class outcome_classes[OUTCOME_CLASSES] = {
    [OUTCOME_SUBMITTED] = {NULL, ROLE_UNIT, KEEP_COUNT, false},
    [OUTCOME_INELIGIBLE] = {NULL, ROLE_UNIT, KEEP_COUNT, false},
    [OUTCOME_FAILED] = {NULL, ROLE_UNIT, KEEP_COUNT, false},
    [OUTCOME_ABANDONED] = {NULL, ROLE_UNIT, KEEP_COUNT, false},
    [OUTCOME_OPEN] = {NULL, ROLE_OPEN, KEEP_COUNT, false}};

static const struct fold_source outcome_source[] = {{.purpose = PURPOSE_ATTEMPT,
                                                     .columns = ATTEMPT_TIMES_COLUMNS,
                                                     .facts_per_row_max = 1,
                                                     .emit = emit_outcome}};

const struct fold fold_abandonment = {.classes = outcome_classes,
                                      .class_count = OUTCOME_CLASSES,
                                      .sources = outcome_source,
                                      .source_count = 1,
                                      .write = write_abandonment};
const struct fold fold_completion = {.classes = outcome_classes,
                                     .class_count = OUTCOME_CLASSES,
                                     .sources = outcome_source,
                                     .source_count = 1,
                                     .write = write_completion};

/* ==== time to complete =======================================================================
 * Of submitted attempts. Active: the sum of gaps between successive events up to the submission,
 * each capped at five minutes. Elapsed: submission - first event. */

enum { COMPLETE_ACTIVE, COMPLETE_ELAPSED, COMPLETE_OPEN, COMPLETE_CLASSES };

static void emit_time_to_complete(const struct fold_question *question,
                                  const struct fold_rows *rows, struct facts *facts) {
    const struct attempt_times times = attempt_times_of(rows);
    const uint32_t *active_ms = fold_codes(rows, ATTEMPT_ACTIVE_MS);
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        uint32_t outcome = outcome_of(question, &times, row);
        int64_t first = times.first[row];
        if (outcome == OUTCOME_OPEN) facts_add(facts, row, first, COMPLETE_OPEN, 0);
        if (outcome != OUTCOME_SUBMITTED) continue;
        facts_add(facts, row, first, COMPLETE_ACTIVE, active_ms[row]);
        facts_add(facts, row, first, COMPLETE_ELAPSED, times.submitted[row] - first);
    }
}

static void write_time_to_complete(struct fold_row *row, struct table *table) {
    fold_write_durations(row, table, &row->group->series[0], "s", 1000);
    fold_write_quantile(row, table, "elapsed_p50", &row->group->series[1], 0.5, "s", 1000);
    fold_write_quantile(row, table, "elapsed_p90", &row->group->series[1], 0.9, "s", 1000);
}

static const struct fold_class complete_classes[COMPLETE_CLASSES] = {
    [COMPLETE_ACTIVE] = {NULL, ROLE_UNIT, KEEP_SERIES_0, false},
    [COMPLETE_ELAPSED] = {NULL, ROLE_DETAIL, KEEP_SERIES_1, false},
    [COMPLETE_OPEN] = {NULL, ROLE_OPEN, KEEP_COUNT, false}};

static const struct fold_source complete_source[] = {
    {.purpose = PURPOSE_ATTEMPT,
     .columns = ATTEMPT_TIMES_COLUMNS | COLUMN_BIT(ATTEMPT_ACTIVE_MS),
     .facts_per_row_max = 2,
     .emit = emit_time_to_complete}};

const struct fold fold_time_to_complete = {.classes = complete_classes,
                                           .class_count = COMPLETE_CLASSES,
                                           .sources = complete_source,
                                           .source_count = 1,
                                           .write = write_time_to_complete};

/* ==== funnel =================================================================================
 * Of decided attempts: a row "started", a row per step, a row "submitted". Several services in one
 * group: steps of one name are one row.
 *   reach           attempts that entered the step; started: all; submitted: the submitted ones
 *   reach_share     reach / n
 *   drop            abandoned attempts whose last step it is; started: those that entered none
 *   drop_share      drop / reach; this is `value`
 *   errors          attempts that entered the step and failed at least one check on it
 *   error_pressure  errors / reach
 *   lift            drop share of attempts with an error there / of those without
 * All drops of a funnel sum up to its abandoned attempts. Steps are ordered by reach, then by the
 * order in which the form was seen to have them. */

enum {
    FUNNEL_REACH = FOLD_REACH, /* value: ordinal */
    FUNNEL_OPEN,               /* in row "started" */
    FUNNEL_DROP,
    FUNNEL_DROP_AFTER_ERROR, /* those of FUNNEL_DROP with an error on that step */
    FUNNEL_ERRORS,
    FUNNEL_NOT_SUBMITTED, /* in row "submitted": makes the row be there */
    FUNNEL_CLASSES
};

/* Step names of the services at hand, so that the store is asked once a service and not once a
 * row: a direct-mapped cache. */
enum { STEP_CACHE_SLOTS = 256 };
struct step_names {
    uint32_t tenant, service; /* both 0: empty; a service code is never 0 where steps exist */
    uint32_t step[JOURNEY_STEPS_MAX];
};

static const uint32_t *steps_of(const struct fold_question *question, uint32_t tenant,
                                uint32_t service) {
    struct step_names *cache = question->scratch;
    struct step_names *names = &cache[(tenant * 31 + service) % STEP_CACHE_SLOTS];
    if (names->tenant == tenant && names->service == service && tenant != 0) return names->step;
    names->tenant = tenant;
    names->service = service;
    for (uint32_t ordinal = 0; ordinal < JOURNEY_STEPS_MAX; ordinal++)
        names->step[ordinal] = snapshot_step(question->snapshot, tenant, service, ordinal);
    return names->step;
}

static void add_at(struct facts *facts, uint32_t row, int64_t when, uint32_t step, uint32_t class,
                   int64_t value) {
    facts_add(facts, row, when, class, value);
    facts->step[facts->count - 1] = step;
}

static void emit_funnel(const struct fold_question *question, const struct fold_rows *rows,
                        struct facts *facts) {
    const struct attempt_times times = attempt_times_of(rows);
    const uint32_t *tenant = fold_codes(rows, JOURNEY_TENANT);
    const uint32_t *service = fold_codes(rows, JOURNEY_SERVICE);
    const uint64_t *steps = rows->column[ATTEMPT_STEPS];
    const uint64_t *errors = rows->column[ATTEMPT_STEP_ERRORS];
    const uint8_t *last_step = fold_choices(rows, ATTEMPT_LAST_STEP);
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        uint32_t outcome = outcome_of(question, &times, row);
        int64_t when = times.first[row];
        if (outcome == OUTCOME_NONE) continue;
        if (outcome == OUTCOME_OPEN) {
            add_at(facts, row, when, STEP_START, FUNNEL_OPEN, 0);
            continue;
        }
        const uint32_t *names = steps_of(question, tenant[row], service[row]);
        add_at(facts, row, when, STEP_START, FUNNEL_REACH, 0);
        add_at(facts, row, when, STEP_END,
               outcome == OUTCOME_SUBMITTED ? FUNNEL_REACH : FUNNEL_NOT_SUBMITTED, 0);
        for (uint64_t left = steps[row]; left != 0; left &= left - 1) {
            uint32_t ordinal = (uint32_t)__builtin_ctzll(left);
            uint32_t step = STEP_FIRST + names[ordinal];
            add_at(facts, row, when, step, FUNNEL_REACH, ordinal);
            if ((errors[row] >> ordinal & 1) != 0) add_at(facts, row, when, step, FUNNEL_ERRORS, 0);
        }
        if (outcome != OUTCOME_ABANDONED) continue;
        uint32_t step =
            last_step[row] == 0 ? (uint32_t)STEP_START : STEP_FIRST + names[last_step[row] - 1];
        add_at(facts, row, when, step, FUNNEL_DROP, 0);
        if (last_step[row] > 0 && (errors[row] >> (last_step[row] - 1) & 1) != 0)
            add_at(facts, row, when, step, FUNNEL_DROP_AFTER_ERROR, 0);
    }
}

static const char *step_text(const struct fold_row *row) {
    if (row->group->step == STEP_START) return "started";
    if (row->group->step == STEP_END) return "submitted";
    size_t size;
    return dictionary_text(snapshot_dictionary(row->question->snapshot),
                           row->group->step - STEP_FIRST, &size);
}

static double ratio(uint64_t hits, uint64_t n) {
    return n == 0 ? NAN : (double)hits / (double)n;
}

static void write_funnel(struct fold_row *row, struct table *table) {
    uint64_t reach = tally_of(row->group, FUNNEL_REACH);
    uint64_t drop = tally_of(row->group, FUNNEL_DROP);
    uint64_t drop_after_error = tally_of(row->group, FUNNEL_DROP_AFTER_ERROR);
    uint64_t errors = tally_of(row->group, FUNNEL_ERRORS);
    double with_error = ratio(drop_after_error, errors);
    double without_error = ratio(drop - drop_after_error, reach - errors);
    table_text(table, "step", step_text(row));
    table_integer(table, "position", "", row->position);
    if (row->group->step == STEP_END)
        fold_write_value_absent(table, "ratio"); /* nobody leaves after the end */
    else
        fold_write_share(table, drop, reach);
    table_integer(table, "reach", "count", (int64_t)reach);
    table_number(table, "reach_share", "ratio", ratio(reach, row->n));
    table_integer(table, "drop", "count", (int64_t)drop);
    table_number(table, "drop_share", "ratio",
                 row->group->step == STEP_END ? NAN : ratio(drop, reach));
    table_integer(table, "errors", "count", (int64_t)errors);
    table_number(table, "error_pressure", "ratio", ratio(errors, reach));
    table_number(table, "lift", "ratio", with_error / without_error);
}

static const struct fold_class funnel_classes[FUNNEL_CLASSES] = {
    [FUNNEL_REACH] = {NULL, ROLE_UNIT, KEEP_SUM, false},
    [FUNNEL_OPEN] = {NULL, ROLE_OPEN, KEEP_COUNT, false},
    [FUNNEL_DROP] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [FUNNEL_DROP_AFTER_ERROR] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [FUNNEL_ERRORS] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [FUNNEL_NOT_SUBMITTED] = {NULL, ROLE_DETAIL, KEEP_COUNT, false}};

static const struct fold_source funnel_source[] = {
    {.purpose = PURPOSE_ATTEMPT,
     .columns = ATTEMPT_TIMES_COLUMNS | COLUMN_BIT(JOURNEY_TENANT) | COLUMN_BIT(JOURNEY_SERVICE) |
                COLUMN_BIT(ATTEMPT_STEPS) | COLUMN_BIT(ATTEMPT_STEP_ERRORS) |
                COLUMN_BIT(ATTEMPT_LAST_STEP),
     .facts_per_row_max = 2 * JOURNEY_STEPS_MAX + 4,
     .emit = emit_funnel}};

const struct fold fold_funnel = {.classes = funnel_classes,
                                 .class_count = FUNNEL_CLASSES,
                                 .sources = funnel_source,
                                 .source_count = 1,
                                 .by_step = true,
                                 .scratch_bytes = STEP_CACHE_SLOTS * sizeof(struct step_names),
                                 .write = write_funnel};
