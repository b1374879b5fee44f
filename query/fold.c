/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/fold.h"

#include <math.h>

#include "stats/interval.h"

/* Most questions need neither pauses nor minutes, and so do not read them. */
static bool needs_pauses(const struct plan *plan) {
    return plan->start == START_COMPLETE || plan->clock == CLOCK_NET ||
           plan->clock == CLOCK_APPLICANT || plan->clock == CLOCK_TOUCH;
}

static const struct fold *processing_fold(const struct plan *plan) {
    if (plan->view == VIEW_INTAKE) return fold_intake(plan);
    return needs_pauses(plan) ? &fold_processing_time_authority : &fold_processing_time;
}

const struct fold *fold_of(const struct plan *plan) {
    static const struct fold *const folds[KPI_COUNT] = {
        [KPI_THROUGHPUT] = &fold_throughput,
        [KPI_BACKLOG] = &fold_backlog,
        [KPI_REWORK] = &fold_rework,
        [KPI_SLA_SHARE] = &fold_sla_share,
        [KPI_DUE] = &fold_due,
        [KPI_END_TO_END] = &fold_end_to_end,
        [KPI_ABANDONMENT] = &fold_abandonment,
        [KPI_FUNNEL] = &fold_funnel,
        [KPI_RESUMPTION] = &fold_resumption,
        [KPI_COMPLETION] = &fold_completion,
        [KPI_TIME_TO_COMPLETE] = &fold_time_to_complete,
        [KPI_NO_SHOW] = &fold_no_show,
        [KPI_LATE_SHOW] = &fold_late_show,
        [KPI_CANCELLATION] = &fold_cancellation,
        [KPI_RESCHEDULING] = &fold_rescheduling,
        [KPI_BOOKING_LEAD_TIME] = &fold_booking_lead_time,
        [KPI_WAITING_TIME] = &fold_waiting_time,
        [KPI_WAITING_WITHIN] = &fold_waiting_within,
        [KPI_LEFT_BEFORE_CALL] = &fold_left_before_call,
        [KPI_SERVICE_DURATION] = &fold_service_duration,
        [KPI_THIRD_NEXT_AVAILABLE] = &fold_third_next_available,
        [KPI_SLOT_FILL] = &fold_slot_fill,
        [KPI_UTILISATION] = &fold_utilisation,
        [KPI_DIGITAL_TAKE_UP] = &fold_digital_take_up,
        [KPI_MEDIA_BREAKS] = &fold_media_breaks,
        [KPI_TRANSMISSION_ERRORS] = &fold_transmission_errors,
        [KPI_PAGE_VIEWS] = &fold_page_views,
        [KPI_SUPPORT_REQUESTS] = &fold_support_requests,
        [KPI_SATISFACTION] = &fold_satisfaction,
        [KPI_COST_PER_TRANSACTION] = &fold_cost_per_transaction,
        [KPI_ROI] = &fold_roi,
        [KPI_ACTIVE_JOURNEYS] = &fold_active_journeys,
        [KPI_EVENT_COUNT] = &fold_event_count,
        [KPI_INVENTORY] = &fold_inventory};
    enum kpi_id kpi = plan->definition->kpi;
    if (kpi == KPI_TRANSITIONS) return &fold_transitions[plan->view];
    if (kpi == KPI_VARIANTS) return &fold_variants[plan->view];
    if (kpi == KPI_ACTIVITIES) return &fold_activities[plan->view];
    if (kpi == KPI_PROCESSING_TIME) return processing_fold(plan);
    if (kpi == KPI_DECIDED_WITHIN) return fold_intake(plan);
    if (kpi == KPI_SLA_SHARE && needs_pauses(plan)) return &fold_sla_share_authority;
    if (kpi == KPI_DUE && needs_pauses(plan)) return &fold_due_authority;
    CHECK(kpi < KPI_COUNT && folds[kpi] != NULL);
    return folds[kpi];
}

bool fold_is_stock(const struct fold *fold, enum fold_role role) {
    for (uint32_t class = 0; class < fold->class_count; class ++)
        if (fold->classes[class].role == role && fold->classes[class].span == SPAN_STOCK)
            return true;
    return false;
}

void fold_write_count(struct fold_row *row, struct table *table) {
    if (row->n == 0) {
        fold_write_value_absent(table, "count");
        return;
    }
    table_count(table, "value", row->n);
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

void fold_write_durations(struct fold_row *row, struct table *table, const struct summary *summary,
                          const char *unit, int64_t per_unit) {
    const struct fold_question *question = row->question;
    const struct quantile *quantile = summary->quantile;
    const struct series_extent *extent = &summary->extent;
    const double per = (double)per_unit;
    table_number(table, "value", unit, quantile[SUMMARY_MEDIAN].value / per);
    table_number(table, "lo", unit, quantile[SUMMARY_MEDIAN].lo / per);
    table_number(table, "hi", unit, quantile[SUMMARY_MEDIAN].hi / per);
    table_number(table, "mean", unit, extent->mean / per);
    table_number(table, "min", unit, extent->count == 0 ? NAN : (double)extent->min / per);
    table_number(table, "max", unit, extent->count == 0 ? NAN : (double)extent->max / per);
    for (uint32_t i = 0; i < question->plan->quantile_count; i++)
        table_number(table, question->quantile_names[i], unit,
                     quantile[SUMMARY_PLAN + i].value / per);
}

void fold_write_survival(struct fold_row *row, struct table *table, const struct survival *survival,
                         const char *unit, int64_t per_unit) {
    const struct plan *plan = row->question->plan;
    const double per = (double)per_unit;
    struct quantile quantile[PLAN_QUANTILES_MAX + 1];
    double probability[PLAN_QUANTILES_MAX + 1] = {0.5};
    for (uint32_t i = 0; i < plan->quantile_count; i++) probability[1 + i] = plan->quantiles[i];
    survival_quantiles(survival, probability, plan->quantile_count + 1, quantile);
    table_number(table, "value", unit, quantile[0].value / per);
    table_number(table, "lo", unit, quantile[0].lo / per);
    table_number(table, "hi", unit, quantile[0].hi / per);
    for (uint32_t i = 0; i < plan->quantile_count; i++)
        table_number(table, row->question->quantile_names[i], unit, quantile[1 + i].value / per);
    const int64_t longest = survival_longest(survival);
    table_number(table, "longest", unit, longest < 0 ? NAN : (double)longest / per);
}
