/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/fold.h"

#include <assert.h>
#include <math.h>

#include "query/interval.h"
#include "query/moments.h"
#include "query/quantile.h"

const struct fold *fold_of(const struct plan *plan) {
    static const struct fold *const folds[KPI_COUNT] = {
        [KPI_PROCESSING_TIME] = &fold_processing_time,
        [KPI_THROUGHPUT] = &fold_throughput,
        [KPI_BACKLOG] = &fold_backlog,
        [KPI_ABANDONMENT] = &fold_abandonment,
        [KPI_FUNNEL] = &fold_funnel,
        [KPI_COMPLETION] = &fold_completion,
        [KPI_TIME_TO_COMPLETE] = &fold_time_to_complete,
        [KPI_NO_SHOW] = &fold_no_show,
        [KPI_CANCELLATION] = &fold_cancellation,
        [KPI_BOOKING_LEAD_TIME] = &fold_booking_lead_time,
        [KPI_WAITING_TIME] = &fold_waiting_time,
        [KPI_SERVICE_DURATION] = &fold_service_duration,
        [KPI_DIGITAL_TAKE_UP] = &fold_digital_take_up,
        [KPI_SATISFACTION] = &fold_satisfaction,
        [KPI_COST_PER_TRANSACTION] = &fold_cost_per_transaction,
        [KPI_ROI] = &fold_roi,
        [KPI_ACTIVE_JOURNEYS] = &fold_active_journeys,
        [KPI_EVENT_COUNT] = &fold_event_count,
        [KPI_INVENTORY] = &fold_inventory};
    enum kpi_id kpi = plan->definition->kpi;
    if (kpi == KPI_PROCESSING_TIME && plan->view == VIEW_INTAKE)
        return &fold_processing_time_intake;
    CHECK(kpi < KPI_COUNT && folds[kpi] != NULL);
    return folds[kpi];
}

void fold_write_count(struct fold_row *row, struct table *table) {
    if (row->n == 0) {
        fold_write_value_absent(table, "count");
        return;
    }
    table_integer(table, "value", "count", (int64_t)row->n);
    table_absent(table, "lo", "count");
    table_absent(table, "hi", "count");
    bool ended = row->end_ms == INT64_MAX || row->end_ms <= row->question->as_of_ms;
    row->state = ended ? RESULT_OK : RESULT_PROVISIONAL;
}

void fold_write_ratio(struct table *table, const char *name, double hits, double n) {
    table_number(table, name, "ratio", n > 0 ? hits / n : NAN);
}

void fold_write_share(struct table *table, uint64_t hits, uint64_t n) {
    struct interval interval = interval_wilson(hits, n);
    fold_write_ratio(table, "value", (double)hits, (double)n);
    table_number(table, "lo", "ratio", interval.lo);
    table_number(table, "hi", "ratio", interval.hi);
}

void fold_write_value_absent(struct table *table, const char *unit) {
    table_absent(table, "value", unit);
    table_absent(table, "lo", unit);
    table_absent(table, "hi", unit);
}

const char *fold_quantile_name(struct table *table, double probability) {
    const char *name = arena_format(table->arena, "p%g", probability * 100);
    if (name == NULL) table->failed = true;
    return name == NULL ? "" : name;
}

static_assert((int)PLAN_QUANTILES_MAX <= (int)QUANTILES_MAX, "one selection serves a plan");

static struct quantile quantile_of(struct fold_row *row, const struct series *series,
                                   double probability) {
    struct quantile quantile;
    series_copy(series, row->values);
    quantile_select(row->values, series->count, &probability, 1, &quantile);
    return quantile;
}

void fold_write_quantile(struct fold_row *row, struct table *table, const char *name,
                         const struct series *series, double probability, const char *unit,
                         int64_t per_unit) {
    struct quantile quantile = quantile_of(row, series, probability);
    table_number(table, name, unit, quantile.value / (double)per_unit);
}

static void write_moments(const struct series *series, struct table *table, const char *unit,
                          double per) {
    struct moments moments = {0};
    int64_t min = INT64_MAX, max = INT64_MIN;
    for (const struct series_chunk *chunk = series->newest; chunk != NULL; chunk = chunk->older) {
        for (uint32_t i = 0; i < chunk->count; i++) {
            int64_t value = chunk->values[i];
            moments_add(&moments, value);
            min = value < min ? value : min;
            max = value > max ? value : max;
        }
    }
    table_number(table, "mean", unit, moments_mean(&moments) / per);
    table_number(table, "min", unit, series->count == 0 ? NAN : (double)min / per);
    table_number(table, "max", unit, series->count == 0 ? NAN : (double)max / per);
}

void fold_write_durations(struct fold_row *row, struct table *table, const struct series *series,
                          const char *unit, int64_t per_unit) {
    const struct plan *plan = row->question->plan;
    const double per = (double)per_unit;
    struct quantile quantile[PLAN_QUANTILES_MAX], median;
    series_copy(series, row->values);
    quantile_select(row->values, series->count, plan->quantiles, plan->quantile_count, quantile);
    uint32_t at = 0; /* of the median, mostly one of those asked for */
    while (at < plan->quantile_count && plan->quantiles[at] != 0.5) at++;
    median = at < plan->quantile_count ? quantile[at] : quantile_of(row, series, 0.5);
    table_number(table, "value", unit, median.value / per);
    table_number(table, "lo", unit, median.lo / per);
    table_number(table, "hi", unit, median.hi / per);
    write_moments(series, table, unit, per);
    for (uint32_t i = 0; i < plan->quantile_count; i++)
        table_number(table, fold_quantile_name(table, plan->quantiles[i]), unit,
                     quantile[i].value / per);
}
