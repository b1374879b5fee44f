/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>
#include <math.h>

#include "calendar/calendar.h"
#include "query/attempt_outcome.h"
#include "query/fold.h"

/* KPIs of form attempts: abandonment, completion, time to complete, funnel. An attempt belongs to
 * the period and bucket of its first event; its outcome is that of query/attempt_outcome.h. Open
 * attempts are in neither numerator nor denominator. */

FOLD_EMIT(emit_outcome) {
    const struct attempt_times times = attempt_times_of(rows);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    uint8_t *restrict classes = facts->class;
    int64_t *restrict moments = facts->when;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        moments[row] = times.first[row];
        classes[row] = (uint8_t)outcome_of(as_of_ms, &times, row);
    }
}

static void write_outcomes(const struct group *group, struct table *table) {
    table_count(table, "submitted", group_count(group, OUTCOME_SUBMITTED));
    table_count(table, "ineligible", group_count(group, OUTCOME_INELIGIBLE));
    table_count(table, "failed", group_count(group, OUTCOME_FAILED));
    table_count(table, "abandoned", group_count(group, OUTCOME_ABANDONED));
}

static void write_abandonment(struct fold_row *row, struct table *table) {
    fold_write_share(table, group_count(row->group, OUTCOME_ABANDONED), row->n);
    write_outcomes(row->group, table);
}

static void write_completion(struct fold_row *row, struct table *table) {
    fold_write_share(
        table,
        group_count(row->group, OUTCOME_SUBMITTED) + group_count(row->group, OUTCOME_INELIGIBLE),
        row->n);
    write_outcomes(row->group, table);
}

static const struct fold_class outcome_classes[OUTCOME_COUNT] = {
    [OUTCOME_SUBMITTED] = {.role = ROLE_UNIT},
    [OUTCOME_INELIGIBLE] = {.role = ROLE_UNIT},
    [OUTCOME_FAILED] = {.role = ROLE_UNIT},
    [OUTCOME_ABANDONED] = {.role = ROLE_UNIT},
    [OUTCOME_OPEN] = {.role = ROLE_OPEN}};

static const struct fold_source outcome_source[] = {{.purpose = PURPOSE_ATTEMPT,
                                                     .columns = ATTEMPT_TIMES_COLUMNS,
                                                     .seen_columns = ATTEMPT_SEEN_COLUMNS,
                                                     .lane_count = 1,
                                                     .emit = emit_outcome}};

const struct fold fold_abandonment = {.classes = outcome_classes,
                                      .class_count = OUTCOME_COUNT,
                                      .sources = outcome_source,
                                      .source_count = 1,
                                      .write = write_abandonment};
const struct fold fold_completion = {.classes = outcome_classes,
                                     .class_count = OUTCOME_COUNT,
                                     .sources = outcome_source,
                                     .source_count = 1,
                                     .write = write_completion};

/* ==== time to complete =======================================================================
 * Of submitted attempts. Active: the sum of gaps between successive events up to the submission,
 * each capped at five minutes. Elapsed: submission - first event. */

enum { COMPLETE_ACTIVE, COMPLETE_ELAPSED, COMPLETE_OPEN, COMPLETE_CLASSES };

FOLD_EMIT(emit_time_to_complete) {
    const struct attempt_times times = attempt_times_of(rows);
    const uint32_t *active_ms = fold_codes(rows, ATTEMPT_ACTIVE_MS);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    uint8_t *restrict classes = facts[0].class, *restrict elapsed_classes = facts[1].class;
    int64_t *restrict moments = facts[0].when;
    int64_t *restrict active = facts[0].value, *restrict elapsed = facts[1].value;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const uint32_t outcome = outcome_of(as_of_ms, &times, row);
        const bool submitted = outcome == OUTCOME_SUBMITTED;
        const int64_t first = times.first[row];
        const uint32_t other = outcome == OUTCOME_OPEN ? COMPLETE_OPEN : CLASS_NONE;
        moments[row] = first;
        classes[row] = (uint8_t)(submitted ? COMPLETE_ACTIVE : other);
        active[row] = active_ms[row];
        elapsed_classes[row] = submitted ? COMPLETE_ELAPSED : CLASS_NONE;
        elapsed[row] = (int64_t)((uint64_t)times.submitted[row] - (uint64_t)first);
    }
}

static void write_time_to_complete(struct fold_row *row, struct table *table) {
    const struct quantile *elapsed = row->summary[1].quantile;
    fold_write_durations(row, table, &row->summary[0], "s", 1000);
    table_number(table, "elapsed_p50", "s", elapsed[SUMMARY_MEDIAN].value / 1000);
    table_number(table, "elapsed_p90", "s", elapsed[SUMMARY_P90].value / 1000);
}

static const struct fold_class complete_classes[COMPLETE_CLASSES] = {
    [COMPLETE_ACTIVE] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_0},
    [COMPLETE_ELAPSED] = {.keep = KEEP_SERIES_1},
    [COMPLETE_OPEN] = {.role = ROLE_OPEN}};

static const struct fold_source complete_source[] = {
    {.purpose = PURPOSE_ATTEMPT,
     .columns = ATTEMPT_TIMES_COLUMNS | COLUMN_BIT(ATTEMPT_ACTIVE_MS),
     .seen_columns = ATTEMPT_SEEN_COLUMNS,
     .lane_count = 2,
     .one_moment = true,
     .emit = emit_time_to_complete}};

const struct fold fold_time_to_complete = {.classes = complete_classes,
                                           .class_count = COMPLETE_CLASSES,
                                           .sources = complete_source,
                                           .source_count = 1,
                                           .summary_count = 2,
                                           .write = write_time_to_complete};

/* ==== resumption =============================================================================
 * Of decided attempts: those that span days, because they end on a later day of the question's zone
 * than they began. The end is that of the outcome, of an abandoned attempt its last event. Beside
 * it, those that were put aside (form.saved), and which of these somebody came back to: with an
 * event after the last save. */

enum {
    RESUMPTION_ONE_DAY,                                  /* + outcome */
    RESUMPTION_DAYS = RESUMPTION_ONE_DAY + OUTCOME_OPEN, /* + outcome */
    RESUMPTION_OPEN = RESUMPTION_DAYS + OUTCOME_OPEN,
    RESUMPTION_OUTSIDE_CALENDAR,
    RESUMPTION_SAVED,   /* and nobody came back */
    RESUMPTION_RESUMED, /* + 1: and completed */
    RESUMPTION_CLASSES = RESUMPTION_RESUMED + 2
};

static int64_t end_of(const struct attempt_times *times, uint32_t outcome, uint32_t row) {
    switch (outcome) {
        case OUTCOME_SUBMITTED: return times->submitted[row];
        case OUTCOME_INELIGIBLE: return times->ineligible[row];
        case OUTCOME_FAILED: return times->failed[row];
        default: return times->last[row];
    }
}

static void emit_resumption(const struct fold_question *question, const struct fold_rows *rows,
                            struct facts *facts) {
    const struct attempt_times times = attempt_times_of(rows);
    const struct calendar *calendar = question->plan->calendar;
    for (uint32_t row = 0; row < rows->count; row++) {
        const uint32_t outcome = outcome_of(question->as_of_ms, &times, row);
        const int64_t first = times.first[row];
        if (outcome == CLASS_NONE) continue;
        if (outcome == OUTCOME_OPEN) {
            facts_put(&facts[0], row, first, RESUMPTION_OPEN, 0);
            continue;
        }
        const int64_t day = calendar_day(calendar, first);
        const int64_t last_day = calendar_day(calendar, end_of(&times, outcome, row));
        if (day < 0 || last_day < 0) {
            facts_put(&facts[0], row, first, RESUMPTION_OUTSIDE_CALENDAR, 0);
            continue;
        }
        const uint32_t class = last_day > day ? RESUMPTION_DAYS : RESUMPTION_ONE_DAY;
        facts_put(&facts[0], row, first, class + outcome, 0);
        const int64_t saved = fold_seen(question->as_of_ms, times.saved[row]);
        if (saved == TIME_ABSENT) continue;
        const bool completed = outcome == OUTCOME_SUBMITTED || outcome == OUTCOME_INELIGIBLE;
        const uint32_t resumed = completed ? RESUMPTION_RESUMED + 1 : RESUMPTION_RESUMED;
        facts_put(&facts[1], row, first, times.last[row] > saved ? resumed : RESUMPTION_SAVED, 0);
    }
}

static uint64_t outcomes_of(const struct group *group, int class) {
    uint64_t count = 0;
    for (int outcome = 0; outcome < OUTCOME_OPEN; outcome++)
        count += group_count(group, class + outcome);
    return count;
}

/* Share of the attempts of a span that were completed. */
static double completion_of(const struct group *group, int class) {
    const uint64_t completed = group_count(group, class + OUTCOME_SUBMITTED) +
                               group_count(group, class + OUTCOME_INELIGIBLE);
    const uint64_t count = outcomes_of(group, class);
    return count == 0 ? NAN : (double)completed / (double)count;
}

static void write_resumption(struct fold_row *row, struct table *table) {
    const struct group *group = row->group;
    const uint64_t several = outcomes_of(group, RESUMPTION_DAYS);
    const uint64_t completed = group_count(group, RESUMPTION_RESUMED + 1);
    const uint64_t resumed = completed + group_count(group, RESUMPTION_RESUMED);
    const uint64_t saved = resumed + group_count(group, RESUMPTION_SAVED);
    fold_write_share(table, several, row->n);
    table_count(table, "several_days", several);
    table_number(table, "completion_one_day", "ratio", completion_of(group, RESUMPTION_ONE_DAY));
    table_number(table, "completion_several_days", "ratio", completion_of(group, RESUMPTION_DAYS));
    table_count(table, "saved", saved);
    table_count(table, "resumed", resumed);
    fold_write_ratio(table, "resumed_share", (double)resumed, (double)saved);
    fold_write_ratio(table, "completion_resumed", (double)completed, (double)resumed);
}

#define FOUR_OUTCOMES(first)                                            \
    [first] = {.role = ROLE_UNIT}, [(first) + 1] = {.role = ROLE_UNIT}, \
    [(first) + 2] = {.role = ROLE_UNIT}, [(first) + 3] = {.role = ROLE_UNIT}
static_assert(OUTCOME_OPEN == 4, "FOUR_OUTCOMES lists them");

static const struct fold_class resumption_classes[RESUMPTION_CLASSES] = {
    FOUR_OUTCOMES(RESUMPTION_ONE_DAY),
    FOUR_OUTCOMES(RESUMPTION_DAYS), [RESUMPTION_OPEN] = {.role = ROLE_OPEN},
    [RESUMPTION_OUTSIDE_CALENDAR] = {.name = "excluded_outside_calendar", .role = ROLE_EXCLUDED}};

static const struct fold_source resumption_source[] = {{.purpose = PURPOSE_ATTEMPT,
                                                        .columns = ATTEMPT_TIMES_COLUMNS,
                                                        .lane_count = 2,
                                                        .one_moment = true,
                                                        .emit = emit_resumption}};

const struct fold fold_resumption = {.classes = resumption_classes,
                                     .class_count = RESUMPTION_CLASSES,
                                     .sources = resumption_source,
                                     .source_count = 1,
                                     .needs_calendar = true,
                                     .write = write_resumption};

/* ==== transmission errors ====================================================================
 * Of attempts that were sent off (submitted or failed until T): those whose sending failed for
 * technical reasons at least once, whether or not it succeeded in the end. */

enum { SENT_WELL, SENT_RECOVERED, SENT_LOST, SENT_CLASSES };

FOLD_EMIT(emit_transmission) {
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *submitted = fold_times(rows, ATTEMPT_SUBMITTED);
    const int64_t *failed = fold_times(rows, ATTEMPT_FAILED);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    uint8_t *restrict classes = facts->class;
    int64_t *restrict moments = facts->when;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const bool arrived = fold_seen(as_of_ms, submitted[row]) != TIME_ABSENT;
        const bool broke = fold_seen(as_of_ms, failed[row]) != TIME_ABSENT;
        const uint32_t lost = arrived ? SENT_RECOVERED : SENT_LOST;
        const uint32_t well = arrived ? SENT_WELL : CLASS_NONE;
        moments[row] = first[row];
        classes[row] = (uint8_t)(broke ? lost : well);
    }
}

static void write_transmission(struct fold_row *row, struct table *table) {
    const uint64_t recovered = group_count(row->group, SENT_RECOVERED);
    const uint64_t lost = group_count(row->group, SENT_LOST);
    fold_write_share(table, recovered + lost, row->n);
    table_count(table, "failed", recovered + lost);
    table_count(table, "recovered", recovered);
    table_count(table, "lost", lost);
}

static const struct fold_class sent_classes[SENT_CLASSES] = {[SENT_WELL] = {.role = ROLE_UNIT},
                                                             [SENT_RECOVERED] = {.role = ROLE_UNIT},
                                                             [SENT_LOST] = {.role = ROLE_UNIT}};

static const struct fold_source sent_source[] = {{.purpose = PURPOSE_ATTEMPT,
                                                  .columns = COLUMN_BIT(JOURNEY_FIRST) |
                                                             COLUMN_BIT(ATTEMPT_SUBMITTED) |
                                                             COLUMN_BIT(ATTEMPT_FAILED),
                                                  .lane_count = 1,
                                                  .emit = emit_transmission}};

const struct fold fold_transmission_errors = {.classes = sent_classes,
                                              .class_count = SENT_CLASSES,
                                              .sources = sent_source,
                                              .source_count = 1,
                                              .write = write_transmission};

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
 *   skipped         submitted attempts that never entered the step: to them it was optional, and a
 *                   smaller reach because of them is no drop. Only where all submitted attempts are
 *                   of one form (of one service and municipality): another form lacks the step
 *   optional_share  skipped / submitted attempts
 * All drops of a funnel sum up to its abandoned attempts. Steps are ordered by reach, then by the
 * order in which the form was seen to have them. */

enum {
    FUNNEL_REACH = FOLD_REACH, /* amount: sum of ordinals; value of a fact: the outcome */
    FUNNEL_OPEN,               /* in row "started" */
    FUNNEL_DROP,
    FUNNEL_DROP_AFTER_ERROR, /* those of FUNNEL_DROP with an error on that step */
    FUNNEL_ERRORS,
    FUNNEL_NOT_SUBMITTED, /* in row "submitted": makes the row be there */
    FUNNEL_SUBMITTED,     /* submitted attempts that entered the step; of row "started": all */
    FUNNEL_FORM_LEAST,    /* in row "started": the least form of submitted attempts, */
    FUNNEL_FORM_GREATEST, /* ... and the greatest; the same: there is but one */
    FUNNEL_CLASSES
};

/* Step names of the services at hand, so that the store is asked once a service and not once a
 * row: a direct-mapped cache. */
struct step_names {
    uint32_t tenant, service; /* both 0: empty; a service code is never 0 where steps exist */
    uint32_t step[JOURNEY_STEPS_MAX];
};

FOLD_EMIT(emit_funnel) {
    const struct attempt_times times = attempt_times_of(rows);
    const int64_t as_of_ms = question->as_of_ms;
    const uint32_t count = rows->count;
    uint8_t *restrict classes = facts->class;
    int64_t *restrict moments = facts->when, *restrict values = facts->value;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const uint32_t outcome = outcome_of(as_of_ms, &times, row);
        uint32_t class = outcome == OUTCOME_OPEN ? FUNNEL_OPEN : FUNNEL_REACH;
        class = outcome == CLASS_NONE ? (uint32_t)CLASS_NONE : class;
        moments[row] = times.first[row];
        classes[row] = (uint8_t) class;
        values[row] = outcome;
    }
}

/* The groups of the steps of one service within one group, found when they are first counted. */
struct form {
    struct group *started; /* NULL: empty */
    uint32_t tenant, service;
    struct group *submitted;               /* the row of STEP_END */
    struct group *step[JOURNEY_STEPS_MAX]; /* by ordinal; NULL: not found yet */
};

/* Both direct-mapped: another form in the same slot drives the one before out. Rows come tenant by
 * tenant, so the forms at hand are those of one tenant's services, bucket by bucket. */
enum { FORM_SLOTS = 2048, STEP_CACHE_SLOTS = 256 };
struct funnel {
    struct form form[FORM_SLOTS];
    struct step_names names[STEP_CACHE_SLOTS];
};

static const uint32_t *steps_of(const struct fold_question *question, uint32_t tenant,
                                uint32_t service) {
    struct funnel *funnel = question->scratch;
    struct step_names *names = &funnel->names[(tenant * 31 + service) % STEP_CACHE_SLOTS];
    if (names->tenant == tenant && names->service == service && tenant != 0) return names->step;
    names->tenant = tenant;
    names->service = service;
    for (uint32_t ordinal = 0; ordinal < JOURNEY_STEPS_MAX; ordinal++)
        names->step[ordinal] = snapshot_step(question->snapshot, tenant, service, ordinal);
    return names->step;
}

static struct form *form_of(struct funnel *funnel, struct group *started, uint32_t tenant,
                            uint32_t service) {
    uint64_t hash = (uint64_t)(uintptr_t)started * UINT64_C(0x9E3779B97F4A7C15);
    hash ^= ((uint64_t)tenant << 32 | service) * UINT64_C(0xBF58476D1CE4E5B9);
    struct form *form = &funnel->form[(hash >> 40) % FORM_SLOTS];
    if (form->started == started && form->tenant == tenant && form->service == service) return form;
    *form = (struct form){.started = started, .tenant = tenant, .service = service};
    return form;
}

/* NULL: the question does not show the step. */
static enum status find_step(const struct fold_question *question, struct groups *groups,
                             struct form *form, uint32_t ordinal, struct group **out) {
    const uint32_t name = steps_of(question, form->tenant, form->service)[ordinal];
    *out = NULL;
    if (question->steps != NULL && question->steps[name] == 0) return STATUS_OK;
    TRY(groups_get(groups, form->started->cell, form->started->bucket, STEP_FIRST + name, out));
    form->step[ordinal] = *out;
    return STATUS_OK;
}

static inline enum status step_of(const struct fold_question *question, struct groups *groups,
                                  struct form *form, uint32_t ordinal, struct group **out) {
    *out = form->step[ordinal];
    return *out != NULL ? STATUS_OK : find_step(question, groups, form, ordinal, out);
}

static void count_form(struct form *form) {
    const int64_t number = (int64_t)((uint64_t)form->tenant << 32 | form->service);
    struct tally *tally = form->started->tally;
    struct tally *least = &tally[FUNNEL_FORM_LEAST], *greatest = &tally[FUNNEL_FORM_GREATEST];
    tally[FUNNEL_SUBMITTED].count++;
    least->count++;
    greatest->count++;
    if (number < least->amount) least->amount = number;
    if (number > greatest->amount) greatest->amount = number;
}

static enum status count_end(struct groups *groups, struct form *form, bool submitted) {
    if (submitted) count_form(form);
    if (form->submitted == NULL)
        TRY(groups_get(groups, form->started->cell, form->started->bucket, STEP_END,
                       &form->submitted));
    form->submitted->tally[submitted ? FUNNEL_REACH : FUNNEL_NOT_SUBMITTED].count++;
    return STATUS_OK;
}

static enum status count_drop(const struct fold_question *question, struct groups *groups,
                              struct form *form, uint32_t last_step, uint64_t errors) {
    struct group *group = form->started;
    if (last_step > 0) TRY(step_of(question, groups, form, last_step - 1, &group));
    if (group == NULL) return STATUS_OK;
    group->tally[FUNNEL_DROP].count++;
    if (last_step > 0 && (errors >> (last_step - 1) & 1) != 0)
        group->tally[FUNNEL_DROP_AFTER_ERROR].count++;
    return STATUS_OK;
}

static enum status count_steps(const struct fold_question *question, struct groups *groups,
                               struct form *form, uint64_t steps, uint64_t errors, bool submitted) {
    for (uint64_t left = steps; left != 0; left &= left - 1) {
        const uint32_t ordinal = (uint32_t)__builtin_ctzll(left);
        struct group *group;
        TRY(step_of(question, groups, form, ordinal, &group));
        if (group == NULL) continue;
        group->tally[FUNNEL_REACH].count++;
        group->tally[FUNNEL_REACH].amount += ordinal;
        group->tally[FUNNEL_ERRORS].count += errors >> ordinal & 1;
        group->tally[FUNNEL_SUBMITTED].count += submitted;
    }
    return STATUS_OK;
}

static enum status detail_funnel(const struct fold_question *question, struct groups *groups,
                                 const struct fold_rows *rows, const struct facts *facts,
                                 struct group *const *group) {
    const uint32_t *tenant = fold_codes(rows, JOURNEY_TENANT);
    const uint32_t *service = fold_codes(rows, JOURNEY_SERVICE);
    const uint64_t *steps = fold_tokens(rows, ATTEMPT_STEPS);
    const uint64_t *errors = fold_tokens(rows, ATTEMPT_STEP_ERRORS);
    const uint8_t *last_step = fold_choices(rows, ATTEMPT_LAST_STEP);
    for (uint32_t row = 0; row < rows->count; row++) {
        if (facts->class[row] != FUNNEL_REACH) continue;
        struct form *form = form_of(question->scratch, group[row], tenant[row], service[row]);
        const bool submitted = facts->value[row] == OUTCOME_SUBMITTED;
        TRY(count_end(groups, form, submitted));
        TRY(count_steps(question, groups, form, steps[row], errors[row], submitted));
        if (facts->value[row] == OUTCOME_ABANDONED)
            TRY(count_drop(question, groups, form, last_step[row], errors[row]));
    }
    return STATUS_OK;
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

/* Absent but for steps of one form. */
static void write_skipped(const struct fold_row *row, struct table *table) {
    const struct tally *all = row->total->tally;
    const bool one_form = all[FUNNEL_FORM_LEAST].amount == all[FUNNEL_FORM_GREATEST].amount;
    const uint64_t submitted = all[FUNNEL_SUBMITTED].count;
    const uint64_t skipped = submitted - group_count(row->group, FUNNEL_SUBMITTED);
    if (row->group->step < STEP_FIRST || !one_form) {
        table_absent(table, "skipped", "count");
        table_absent(table, "optional_share", "ratio");
        return;
    }
    table_count(table, "skipped", skipped);
    table_number(table, "optional_share", "ratio", ratio(skipped, submitted));
}

static void write_funnel(struct fold_row *row, struct table *table) {
    uint64_t reach = group_count(row->group, FUNNEL_REACH);
    uint64_t drop = group_count(row->group, FUNNEL_DROP);
    uint64_t drop_after_error = group_count(row->group, FUNNEL_DROP_AFTER_ERROR);
    uint64_t errors = group_count(row->group, FUNNEL_ERRORS);
    double with_error = ratio(drop_after_error, errors);
    double without_error = ratio(drop - drop_after_error, reach - errors);
    table_text(table, "step", step_text(row));
    table_integer(table, "position", "", row->position);
    if (row->group->step == STEP_END)
        fold_write_value_absent(table, "ratio"); /* nobody leaves after the end */
    else
        fold_write_share(table, drop, reach);
    table_count(table, "reach", reach);
    table_number(table, "reach_share", "ratio", ratio(reach, row->n));
    table_count(table, "drop", drop);
    table_number(table, "drop_share", "ratio",
                 row->group->step == STEP_END ? NAN : ratio(drop, reach));
    table_count(table, "errors", errors);
    table_number(table, "error_pressure", "ratio", ratio(errors, reach));
    table_number(table, "lift", "ratio", with_error / without_error);
    write_skipped(row, table);
}

static const struct fold_class funnel_classes[FUNNEL_CLASSES] = {
    [FUNNEL_REACH] = {.role = ROLE_UNIT},
    [FUNNEL_OPEN] = {.role = ROLE_OPEN},
    [FUNNEL_FORM_LEAST] = {.keep = KEEP_LEAST},
    [FUNNEL_FORM_GREATEST] = {.keep = KEEP_GREATEST}};

static const struct fold_source funnel_source[] = {
    {.purpose = PURPOSE_ATTEMPT,
     .columns = ATTEMPT_TIMES_COLUMNS | COLUMN_BIT(JOURNEY_TENANT) | COLUMN_BIT(JOURNEY_SERVICE) |
                COLUMN_BIT(ATTEMPT_STEPS) | COLUMN_BIT(ATTEMPT_STEP_ERRORS) |
                COLUMN_BIT(ATTEMPT_LAST_STEP),
     .seen_columns = ATTEMPT_SEEN_COLUMNS,
     .lane_count = 1,
     .emit = emit_funnel,
     .detail = detail_funnel}};

const struct fold fold_funnel = {.classes = funnel_classes,
                                 .class_count = FUNNEL_CLASSES,
                                 .sources = funnel_source,
                                 .source_count = 1,
                                 .by_step = true,
                                 .scratch_bytes = sizeof(struct funnel),
                                 .write = write_funnel};
