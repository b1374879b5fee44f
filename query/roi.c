/* SPDX-License-Identifier: EUPL-1.2 */
/* The engine. How the file is read: roi_assumptions.c. Formulas: docs/KPIS.md. */
#include "query/roi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/interval.h"

static struct roi_figure figure_choose(double measured, double assumed) {
    return isnan(measured) ? (struct roi_figure){assumed, false}
                           : (struct roi_figure){measured, true};
}

/* Square of a standard error; an assumption has none. */
static double error_squared(struct roi_figure figure, double standard_error) {
    return figure.measured && !isnan(standard_error) ? standard_error * standard_error : 0;
}

/* Value of an hour's saved minute that is put to other use. */
static double minute_value(const struct roi_assumptions *assumptions) {
    return assumptions->hourly_rate.value / 60 * assumptions->realised_share.value;
}

/* --- services --- */

/* What a service brings in a year; *variance is that of its time benefit. */
static void evaluate_service(const struct roi_assumptions *assumptions,
                             const struct roi_measured_service *measured,
                             struct roi_service_report *report, double *variance) {
    static const struct roi_service nothing = {NULL, NAN, NAN, NAN, 0, 0};
    const struct roi_service *assumed = roi_assumptions_service(assumptions, report->service);
    if (assumed == NULL) assumed = &nothing;
    report->transactions = figure_choose(measured->transactions, assumed->transactions);
    report->minutes_before = figure_choose(measured->minutes_before, assumed->minutes_before);
    report->minutes_after = figure_choose(measured->minutes_after, assumed->minutes_after);
    *variance = 0;
    double cases = report->transactions.value;
    if (isnan(cases)) return;
    report->material_benefit = cases * assumed->material_saved;
    report->citizen_hours_saved = cases * assumed->citizen_minutes_saved / 60;
    double saved = report->minutes_before.value - report->minutes_after.value;
    if (isnan(saved)) return;
    double per_minute = cases * minute_value(assumptions);
    double squares = error_squared(report->minutes_before, measured->minutes_before_error) +
                     error_squared(report->minutes_after, measured->minutes_after_error);
    double reach = INTERVAL_Z * per_minute * sqrt(squares);
    report->complete = true;
    report->time_benefit = per_minute * saved;
    report->time_benefit_lo = report->time_benefit - reach;
    report->time_benefit_hi = report->time_benefit + reach;
    *variance = per_minute * per_minute * squares;
}

static int by_service(const void *a, const void *b) {
    const struct roi_service_report *x = a, *y = b;
    return strcmp(x->service, y->service);
}

/* Measured services first, then those that are only assumed; sorted by key at the end. *variance is
 * that of all time benefits of a year: services are independent. */
static enum status evaluate_services(const struct roi_assumptions *assumptions,
                                     const struct roi_measured *measured, struct arena *arena,
                                     struct roi_report *out, double *variance, struct error *err) {
    size_t most = (size_t)measured->service_count + assumptions->service_count;
    struct roi_service_report *reports = arena_push_array(arena, struct roi_service_report, most);
    bool *seen = arena_push_array(arena, bool, assumptions->service_count);
    if (reports == NULL || seen == NULL)
        return error_set(err, STATUS_NO_MEMORY, "roi: memory budget used up");
    static const struct roi_measured_service unmeasured = {NULL, NAN, NAN, NAN, NAN, NAN};
    uint32_t count = 0;
    *variance = 0;
    for (size_t i = 0; i < most; i++) {
        const struct roi_measured_service *figures = &unmeasured;
        size_t assumed_index = i - measured->service_count;
        if (i < measured->service_count) {
            figures = &measured->services[i];
            const struct roi_service *assumed =
                roi_assumptions_service(assumptions, figures->service);
            if (assumed != NULL) seen[assumed - assumptions->services] = true;
        } else if (seen[assumed_index]) {
            continue;
        }
        double of_service;
        reports[count].service = i < measured->service_count
                                     ? figures->service
                                     : assumptions->services[assumed_index].service;
        evaluate_service(assumptions, figures, &reports[count], &of_service);
        *variance += of_service;
        out->incomplete_count += !reports[count++].complete;
    }
    qsort(reports, count, sizeof *reports, by_service);
    out->services = reports;
    out->service_count = count;
    return STATUS_OK;
}

/* --- years --- */

static void sum_costs(const struct roi_assumptions *assumptions, uint32_t t,
                      struct roi_year *year) {
    for (enum roi_cost cost = 0; cost < ROI_COST_COUNT; cost++) {
        double amount = assumptions->cost[cost][t];
        year->cost += amount;
        if (assumptions->budget_effective[cost]) year->cost_budget += amount;
    }
}

static void sum_benefits(const struct roi_assumptions *assumptions, const struct roi_report *report,
                         struct roi_year *year) {
    for (uint32_t i = 0; i < report->service_count; i++) {
        year->benefit_time += report->services[i].time_benefit;
        year->benefit_material += report->services[i].material_benefit;
    }
    year->benefit_no_show = report->no_shows_avoided.value * assumptions->no_show_slot_minutes *
                            assumptions->hourly_rate.value / 60;
    double in_time = year->benefit_time + year->benefit_no_show;
    year->benefit = in_time + year->benefit_material;
    year->benefit_budget = in_time * assumptions->budget_share.value + year->benefit_material;
}

static void sum_years(const struct roi_assumptions *assumptions, struct roi_report *out,
                      double *annuity) {
    double factor = 1, cumulative = 0, cumulative_present = 0;
    *annuity = 0;
    for (uint32_t t = 0; t <= assumptions->years; t++) {
        struct roi_year *year = &out->year[t];
        sum_costs(assumptions, t, year);
        if (t > 0) {
            factor /= 1 + assumptions->discount.value;
            *annuity += factor;
            sum_benefits(assumptions, out, year);
        }
        year->net = year->benefit - year->cost;
        year->present = year->net * factor;
        year->cumulative = cumulative += year->net;
        year->cumulative_present = cumulative_present += year->present;
        out->benefit_total += year->benefit;
        out->cost_total += year->cost;
        out->tco_present += year->cost * factor;
        out->npv_budget += (year->benefit_budget - year->cost_budget) * factor;
    }
    out->tco = out->cost_total;
    out->npv = cumulative_present;
}

/* The moment from which the running sum stays at or above zero, linear within a year. */
static double payback(const struct roi_report *report, bool present) {
    uint32_t t = report->year_count;
    double before = 0, after = 0;
    while (t > 0) {
        const struct roi_year *year = &report->year[--t];
        before = present ? year->cumulative_present : year->cumulative;
        if (before < 0) break;
        after = before;
        if (t == 0) return 0;
    }
    if (t + 1 == report->year_count) return NAN;
    return t + before / (before - after);
}

/* Cases at which a year's benefits meet a year's share of all costs, in the mix of services found.
 */
static double break_even(const struct roi_assumptions *assumptions,
                         const struct roi_report *report) {
    double cases = 0, benefit = 0;
    for (uint32_t i = 0; i < report->service_count; i++) {
        const struct roi_service_report *service = &report->services[i];
        if (isnan(service->transactions.value)) continue;
        cases += service->transactions.value;
        benefit += service->time_benefit + service->material_benefit;
    }
    if (!(benefit > 0)) return NAN;
    return report->cost_total / assumptions->years / (benefit / cases);
}

enum status roi_evaluate(const struct roi_assumptions *assumptions,
                         const struct roi_measured *measured, struct arena *arena,
                         struct roi_report *out, struct error *err) {
    *out = (struct roi_report){.year_count = assumptions->years + 1};
    double variance = 0, annuity = 0;
    TRY(evaluate_services(assumptions, measured, arena, out, &variance, err));
    out->no_shows_avoided =
        figure_choose(measured->no_shows_avoided, assumptions->no_shows_avoided);
    sum_years(assumptions, out, &annuity);
    double reach = INTERVAL_Z * sqrt(variance) * annuity;
    out->npv_lo = out->npv - reach;
    out->npv_hi = out->npv + reach;
    out->roi = out->cost_total > 0 ? (out->benefit_total - out->cost_total) / out->cost_total : NAN;
    out->payback_static = payback(out, false);
    out->payback_dynamic = payback(out, true);
    out->break_even_cases = break_even(assumptions, out);
    return STATUS_OK;
}

struct roi_figure roi_channel_cost(const struct roi_assumptions *assumptions, enum channel channel,
                                   double measured_minutes, double transactions_per_year) {
    const struct roi_channel *assumed = &assumptions->channel[channel];
    struct roi_figure minutes =
        figure_choose(measured_minutes, assumed->given ? assumed->minutes : NAN);
    double cost = minutes.value * assumptions->hourly_rate.value / 60 + assumed->material;
    if (assumed->fixed_per_year > 0)
        cost = transactions_per_year > 0 ? cost + assumed->fixed_per_year / transactions_per_year
                                         : NAN;
    return (struct roi_figure){cost, minutes.measured};
}
