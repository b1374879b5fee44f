/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>

#include "base/timestamp.h"
#include "query/answer.h"
#include "query/costing.h"
#include "query/fold.h"
#include "query/roi_answer.h"
#include "stats/moments.h"

/* Return on investment. Measured per service and year of operation (the plan's edges are those of
 * the assumptions file): transactions, which are cases with their first case.received then, and the
 * mean minutes of those that have any; and what was booked, by position of the financing plan. What
 * follows from it is finance/roi.h, how it is written roi_answer.h. */

/* Without events that say nothing: a weekend, a holiday. */
#define QUIET_MS (INT64_C(4) * 86400000)

enum {
    ROI_NO_MINUTES,
    ROI_MINUTES,
    ROI_BOOKED, /* + enum roi_cost: a position; value: costing_units */
    ROI_CLASSES = ROI_BOOKED + ROI_COST_COUNT + 1
};

static void emit_transactions(const struct fold_question *question, const struct fold_rows *rows,
                              struct facts *facts) {
    const int64_t *received = fold_times(rows, CASE_RECEIVED);
    const int64_t *minutes = fold_times(rows, CASE_MINUTES);
    for (uint32_t row = 0; row < rows->count; row++)
        facts_put(facts, row, fold_seen(question->as_of_ms, received[row]),
                  minutes[row] > 0 ? ROI_MINUTES : ROI_NO_MINUTES, minutes[row]);
}

static void emit_bookings(const struct fold_question *question, const struct fold_rows *rows,
                          struct facts *facts) {
    const int64_t *time = fold_times(rows, COLUMN_TIME);
    const double *value = fold_numbers(rows, COLUMN_VALUE);
    const uint32_t *code = fold_codes(rows, COLUMN_CODE);
    const struct dictionary *dictionary = snapshot_dictionary(question->snapshot);
    for (uint32_t row = 0; row < rows->count; row++) {
        if (time[row] > question->as_of_ms || !costing_is_booking(value[row])) continue;
        size_t size;
        const char *position = code[row] == 0 ? "" : dictionary_text(dictionary, code[row], &size);
        facts_put(facts, row, time[row],
                  ROI_BOOKED + roi_answer_position(question->plan->assumptions, position),
                  costing_units(value[row]));
    }
}

/* --- what was observed --- */

/* The period as far as there are data. */
struct extent {
    int64_t begin_ms, end_ms;
};
static struct extent extent_of(const struct fold_question *question, int64_t quiet_ms) {
    const struct plan *plan = question->plan;
    struct extent extent = {plan->from_ms, plan->to_ms == TIME_ABSENT ? INT64_MAX : plan->to_ms};
    if (question->extent.oldest_ms == TIME_ABSENT) return (struct extent){0, 0};
    if (extent.begin_ms < question->extent.oldest_ms - quiet_ms)
        extent.begin_ms = question->extent.oldest_ms - quiet_ms;
    if (extent.end_ms > question->extent.newest_ms + quiet_ms)
        extent.end_ms = question->extent.newest_ms + quiet_ms;
    if (extent.end_ms > question->as_of_ms) extent.end_ms = question->as_of_ms;
    return extent;
}

static double share_of(const struct extent *extent, int64_t begin_ms, int64_t end_ms) {
    const double length = (double)(end_ms - begin_ms);
    if (begin_ms < extent->begin_ms) begin_ms = extent->begin_ms;
    if (end_ms > extent->end_ms) end_ms = extent->end_ms;
    return end_ms > begin_ms ? (double)(end_ms - begin_ms) / length : 0;
}

/* A year whose first or last days brought no event was observed whole. */
static void observe_shares(const struct fold_question *question, struct roi_observed *out) {
    const struct roi_assumptions *assumptions = question->plan->assumptions;
    const struct extent events = extent_of(question, 0), quiet = extent_of(question, QUIET_MS);
    for (uint32_t year = 1; year + 2 < assumptions->edge_count; year++) {
        const int64_t begin_ms = assumptions->edge_ms[year],
                      end_ms = assumptions->edge_ms[year + 1];
        out->share[year] = share_of(&events, begin_ms, end_ms);
        if (share_of(&quiet, begin_ms, end_ms) >= 1) out->share[year] = 1;
    }
}

static void add_minutes(const struct series *series, int64_t *values, struct moments *into) {
    const uint64_t count = series_count(series);
    series_copy(series, values);
    for (uint64_t i = 0; i < count; i++) moments_add(into, values[i]);
}

static struct roi_minutes minutes_of(const struct moments *moments) {
    return (struct roi_minutes){
        moments_mean(moments) / COSTING_MINUTE_UNITS,
        sqrt(moments_variance(moments) / (double)moments->count) / COSTING_MINUTE_UNITS,
        moments->count};
}

/* Of all services; sums of integers, which no order of the groups can change. */
static void observe_bookings(const struct answer *answer, struct roi_observed *out) {
    int64_t sums[ROI_YEARS_MAX + 2][ROI_COST_COUNT + 1] = {{0}};
    for (uint32_t i = 0; i < answer->groups->group_count; i++) {
        const struct group *group = answer->groups->group[i];
        const uint32_t year = group->bucket - BUCKET_FIRST;
        for (int cost = 0; cost <= ROI_COST_COUNT; cost++) {
            const struct tally *tally = &group->tally[ROI_BOOKED + cost];
            sums[year][cost] += tally->amount;
            out->booked[year][cost].count += tally->count;
            out->booked[year][cost].amount = costing_euros(sums[year][cost]);
        }
    }
}

struct observer {
    const struct answer *answer;
    struct roi_observed *out;
    struct roi_measured_service *services; /* by cell */
    struct roi_happened *happened;         /* years of each cell */
    struct moments *before, *after;        /* by cell */
    int64_t *values;                       /* room for those of any group */
};

static enum status observer_init(struct observer *observer, const struct answer *answer,
                                 struct roi_observed *out) {
    struct arena *arena = answer->question->arena;
    const size_t cells = answer->groups->cell_count + 1;
    *observer = (struct observer){
        .answer = answer,
        .out = out,
        .services = arena_push_array(arena, struct roi_measured_service, cells),
        .happened = arena_push_array(arena, struct roi_happened, cells * (ROI_YEARS_MAX + 2)),
        .before = arena_push_array(arena, struct moments, cells),
        .after = arena_push_array(arena, struct moments, cells),
        .values = arena_push_raw(arena, answer_values_max(answer->groups) + 1, sizeof(int64_t))};
    const bool complete = observer->services != NULL && observer->happened != NULL &&
                          observer->before != NULL && observer->after != NULL &&
                          observer->values != NULL;
    return complete ? STATUS_OK : STATUS_NO_MEMORY;
}

static struct roi_happened *happened_of(struct roi_happened *happened, uint32_t number) {
    return &happened[(size_t)number * (ROI_YEARS_MAX + 2)];
}

static void observe_group(const struct observer *observer, const struct group *group) {
    const uint32_t year = group->bucket - BUCKET_FIRST;
    struct roi_happened *happened = &happened_of(observer->happened, group->cell)[year];
    struct moments moments = {0};
    add_minutes(&group->series[0], observer->values, &moments);
    moments_merge(year == 0 ? &observer->before[group->cell] : &observer->after[group->cell],
                  &moments);
    happened->transactions = group->tally[ROI_NO_MINUTES].count + group->tally[ROI_MINUTES].count;
    happened->minutes = minutes_of(&moments);
    observer->out->transactions += happened->transactions;
}

/* Of the services that have transactions, in the order of their names; `happened` likewise. */
static void observe_services(const struct observer *observer, const uint32_t *order,
                             struct roi_happened *happened) {
    const struct fold_question *question = observer->answer->question;
    const struct groups *groups = observer->answer->groups;
    const struct extent extent = extent_of(question, 0);
    const double years = (double)(extent.end_ms - extent.begin_ms) / COSTING_YEAR_MS;
    uint32_t count = 0;
    for (uint32_t i = 0; i < groups->cell_count; i++) {
        const uint32_t cell = order[i];
        const struct roi_happened *from = happened_of(observer->happened, cell);
        struct roi_measured_service *service = &observer->services[count];
        uint64_t transactions = 0;
        size_t size;
        for (uint32_t year = 0; year < ROI_YEARS_MAX + 2; year++)
            transactions += from[year].transactions;
        if (groups->codes[cell] == 0 || transactions == 0) continue; /* nobody gave it a service */
        service->service =
            dictionary_text(snapshot_dictionary(question->snapshot), groups->codes[cell], &size);
        service->transactions_per_year = years > 0 ? (double)transactions / years : NAN;
        service->before = minutes_of(&observer->before[cell]);
        service->after = minutes_of(&observer->after[cell]);
        for (uint32_t year = 0; year <= ROI_YEARS_MAX; year++)
            service->transactions[year] =
                year > 0 && observer->out->share[year] >= 1 ? (double)from[year].transactions : NAN;
        memcpy(happened_of(happened, count), from, (ROI_YEARS_MAX + 2) * sizeof *from);
        count++;
    }
    observer->out->measured = (struct roi_measured){count, observer->services};
    observer->out->happened = happened;
}

static enum status answer_roi(struct answer *answer, struct result *out, struct error *err) {
    const struct fold_question *question = answer->question;
    struct roi_observed *observed = arena_push_array(question->arena, struct roi_observed, 1);
    struct observer observer;
    if (observed == NULL || observer_init(&observer, answer, observed) != STATUS_OK)
        return error_set(err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
    const uint32_t *order = answer_cell_order(answer);
    struct roi_happened *happened =
        arena_push_array(question->arena, struct roi_happened,
                         ((size_t)answer->groups->cell_count + 1) * (ROI_YEARS_MAX + 2));
    if (order == NULL || happened == NULL)
        return error_set(err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
    observe_shares(question, observed);
    observe_bookings(answer, observed);
    for (uint32_t i = 0; i < answer->groups->group_count; i++)
        observe_group(&observer, answer->groups->group[i]);
    observe_services(&observer, order, happened);
    return roi_answer_write(question->plan, observed, question->arena, out, err);
}

static const struct fold_class roi_classes[ROI_CLASSES] = {
    [ROI_NO_MINUTES] = {.role = ROLE_UNIT},
    [ROI_MINUTES] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_0},
#define X(name, text) [ROI_BOOKED + ROI_##name] = {.keep = KEEP_SUM},
    ROI_ONE_OFF_LIST(X) ROI_RUNNING_LIST(X)
#undef X
        [ROI_BOOKED + ROI_COST_COUNT] = {.keep = KEEP_SUM}};

static const struct fold_source roi_sources[] = {
    {.purpose = PURPOSE_CASE,
     .columns = COLUMN_BIT(CASE_RECEIVED) | COLUMN_BIT(CASE_MINUTES),
     .lane_count = 1,
     .emit = emit_transactions},
    {.purpose = PURPOSE_NONE,
     .types = TYPE_BIT(TYPE_COST_BOOKED),
     .columns = COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_VALUE) | COLUMN_BIT(COLUMN_CODE),
     .lane_count = 1,
     .emit = emit_bookings}};

const struct fold fold_roi = {.classes = roi_classes,
                              .class_count = ROI_CLASSES,
                              .sources = roi_sources,
                              .source_count = 2,
                              .by_default_count = 1,
                              .by_default = {DIMENSION_SERVICE},
                              .needs_assumptions = true,
                              .needs_extent = EXTENT_ALWAYS,
                              .answer = answer_roi};
