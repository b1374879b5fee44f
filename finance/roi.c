/* SPDX-License-Identifier: EUPL-1.2 */
#include "finance/roi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/interval.h"

const char *roi_basis_text(enum roi_basis basis) {
    static const char *const texts[] = {[ROI_MEASURED] = "measured",
                                        [ROI_ASSUMED] = "assumed",
                                        [ROI_EXTRAPOLATED] = "extrapolated",
                                        [ROI_MIXED] = "mixed"};
    return texts[basis];
}

static struct roi_figure figure_choose(double measured, double assumed) {
    if (!isnan(measured)) return (struct roi_figure){measured, ROI_MEASURED};
    return (struct roi_figure){assumed, isnan(assumed) ? ROI_UNKNOWN : ROI_ASSUMED};
}

static enum roi_basis basis_add(enum roi_basis basis, enum roi_basis other) {
    if (other == ROI_UNKNOWN || basis == other) return basis;
    return basis == ROI_UNKNOWN ? other : ROI_MIXED;
}

/* Square of a standard error; an assumption has none. */
static double error_squared(struct roi_figure figure, const struct roi_minutes *measured) {
    return figure.basis == ROI_MEASURED && !isnan(measured->error)
               ? measured->error * measured->error
               : 0;
}

static double realised_share(const struct roi_assumptions *assumptions) {
    return fmin(1,
                assumptions->realised_share.value * assumptions->factor[ROI_INPUT_REALISED_SHARE]);
}

static double minute_cost(const struct roi_assumptions *assumptions) {
    return assumptions->hourly_rate.value * assumptions->factor[ROI_INPUT_HOURLY_RATE] / 60;
}

/* Value of a saved minute, as far as it is put to other use. */
static double minute_value(const struct roi_assumptions *assumptions) {
    return minute_cost(assumptions) * realised_share(assumptions);
}

static double discount_rate(const struct roi_assumptions *assumptions) {
    return assumptions->discount.value * assumptions->factor[ROI_INPUT_DISCOUNT_RATE];
}

static double no_show_benefit(const struct roi_assumptions *assumptions) {
    return assumptions->no_shows_avoided * assumptions->factor[ROI_INPUT_NO_SHOWS] *
           assumptions->no_show_slot_minutes * minute_cost(assumptions);
}

/* --- services --- */

static const struct roi_service *assumed_or_nothing(const struct roi_assumptions *assumptions,
                                                    const char *service,
                                                    struct roi_service *nothing) {
    const struct roi_service *assumed = roi_assumptions_service(assumptions, service);
    *nothing = (struct roi_service){.minutes_before = NAN, .minutes_after = NAN};
    for (uint32_t t = 0; t <= ROI_YEARS_MAX; t++) nothing->transactions[t] = NAN;
    return assumed == NULL ? nothing : assumed;
}

/* What was measured, else what the file says of that year, else the pace so far. A factor speaks of
 * what is not known yet. */
static struct roi_figure volume_of(const struct roi_assumptions *assumptions,
                                   const struct roi_measured_service *measured,
                                   const struct roi_service *assumed, uint32_t t) {
    struct roi_figure volume = figure_choose(measured->transactions[t], assumed->transactions[t]);
    if (volume.basis == ROI_UNKNOWN && !isnan(measured->transactions_per_year))
        volume = (struct roi_figure){measured->transactions_per_year, ROI_EXTRAPOLATED};
    if (volume.basis != ROI_MEASURED) volume.value *= assumptions->factor[ROI_INPUT_TRANSACTIONS];
    return volume;
}

static void evaluate_volumes(const struct roi_assumptions *assumptions,
                             const struct roi_measured_service *measured,
                             const struct roi_service *assumed, struct roi_service_report *report) {
    double sum = 0;
    uint32_t known = 0;
    for (uint32_t t = 1; t <= assumptions->years; t++) {
        const struct roi_figure volume = volume_of(assumptions, measured, assumed, t);
        report->volume[t] = volume;
        if (volume.basis == ROI_UNKNOWN) continue;
        sum += volume.value;
        known++;
        report->transactions.basis = basis_add(report->transactions.basis, volume.basis);
    }
    report->transactions.value = known == 0 ? NAN : sum / known;
    report->complete = known == assumptions->years;
}

/* Squared standard error of the minutes that a transaction saves. */
static double evaluate_minutes(const struct roi_assumptions *assumptions,
                               const struct roi_measured_service *measured,
                               const struct roi_service *assumed,
                               struct roi_service_report *report) {
    report->measured_before = measured->before;
    report->measured_after = measured->after;
    report->minutes_before = figure_choose(measured->before.mean, assumed->minutes_before);
    report->minutes_after = figure_choose(measured->after.mean, assumed->minutes_after);
    const double factor = assumptions->factor[ROI_INPUT_MINUTES_SAVED];
    const double squares = error_squared(report->minutes_before, &measured->before) +
                           error_squared(report->minutes_after, &measured->after);
    const double reach = INTERVAL_Z * factor * sqrt(squares);
    report->saved = factor * (report->minutes_before.value - report->minutes_after.value);
    report->saved_lo = report->saved - reach;
    report->saved_hi = report->saved + reach;
    return factor * factor * squares;
}

/* *variance is that of the present value of its time benefit. */
static void evaluate_service(const struct roi_assumptions *assumptions,
                             const struct roi_measured_service *measured,
                             const struct roi_report *out, struct roi_service_report *report,
                             double *variance) {
    struct roi_service nothing;
    const struct roi_service *assumed = assumed_or_nothing(assumptions, report->service, &nothing);
    evaluate_volumes(assumptions, measured, assumed, report);
    const double squares = evaluate_minutes(assumptions, measured, assumed, report);
    const double value = minute_value(assumptions);
    double cases = 0, present_cases = 0;
    for (uint32_t t = 1; t <= assumptions->years; t++) {
        if (report->volume[t].basis == ROI_UNKNOWN) continue;
        cases += report->volume[t].value;
        present_cases += report->volume[t].value * out->year[t].discount;
    }
    cases /= assumptions->years;
    report->material_benefit =
        cases * assumed->material_saved * assumptions->factor[ROI_INPUT_MATERIAL_SAVED];
    report->citizen_hours_saved = cases * assumed->citizen_minutes_saved / 60;
    report->complete &= !isnan(report->saved);
    *variance = 0;
    if (isnan(report->saved)) return;
    report->time_benefit = cases * value * report->saved;
    report->time_benefit_lo = cases * value * report->saved_lo;
    report->time_benefit_hi = cases * value * report->saved_hi;
    *variance = present_cases * value * present_cases * value * squares;
}

static int by_service(const void *a, const void *b) {
    const struct roi_service_report *x = a, *y = b;
    return strcmp(x->service, y->service);
}

static struct roi_measured_service unmeasured_service(void) {
    struct roi_measured_service none = {
        .transactions_per_year = NAN, .before = {NAN, NAN, 0}, .after = {NAN, NAN, 0}};
    for (uint32_t t = 0; t <= ROI_YEARS_MAX; t++) none.transactions[t] = NAN;
    return none;
}

/* Measured services first, then those that are only assumed; sorted by key at the end. *variance is
 * that of the present value of all time benefits: services are independent. */
static enum status evaluate_services(const struct roi_assumptions *assumptions,
                                     const struct roi_measured *measured, struct arena *arena,
                                     struct roi_report *out, double *variance, struct error *err) {
    const struct roi_measured_service unmeasured = unmeasured_service();
    size_t most = (size_t)measured->service_count + assumptions->service_count;
    struct roi_service_report *reports = arena_push_array(arena, struct roi_service_report, most);
    bool *seen = arena_push_array(arena, bool, assumptions->service_count);
    if (reports == NULL || seen == NULL)
        return error_set(err, STATUS_NO_MEMORY, "roi: memory budget used up");
    uint32_t count = 0;
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
        evaluate_service(assumptions, figures, out, &reports[count], &of_service);
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
        const enum roi_input input =
            cost < ROI_ONE_OFF_COUNT ? ROI_INPUT_ONE_OFF_COSTS : ROI_INPUT_RUNNING_COSTS;
        double amount = assumptions->cost[cost].amount[t] * assumptions->factor[input];
        year->cost += amount;
        if (assumptions->cost[cost].budget_effective) year->cost_budget += amount;
    }
}

static void sum_benefits(const struct roi_assumptions *assumptions, const struct roi_report *report,
                         uint32_t t, struct roi_year *year) {
    const double value = minute_value(assumptions);
    for (uint32_t i = 0; i < report->service_count; i++) {
        const struct roi_service_report *service = &report->services[i];
        const struct roi_service *assumed = roi_assumptions_service(assumptions, service->service);
        const struct roi_figure *volume = &service->volume[t];
        if (volume->basis == ROI_UNKNOWN) continue;
        year->transactions += volume->value;
        year->basis = basis_add(year->basis, volume->basis);
        if (!isnan(service->saved)) year->benefit_time += volume->value * service->saved * value;
        if (assumed != NULL)
            year->benefit_material += volume->value * assumed->material_saved *
                                      assumptions->factor[ROI_INPUT_MATERIAL_SAVED];
    }
    year->benefit_no_show = no_show_benefit(assumptions);
    double in_time = year->benefit_time + year->benefit_no_show;
    year->benefit = in_time + year->benefit_material;
    year->benefit_budget = in_time * assumptions->budget_share.value + year->benefit_material;
}

static void set_discounts(const struct roi_assumptions *assumptions, struct roi_report *out) {
    double factor = 1;
    for (uint32_t t = 0; t <= assumptions->years; t++) {
        out->year[t].discount = factor;
        factor /= 1 + discount_rate(assumptions);
    }
}

static void sum_years(const struct roi_assumptions *assumptions, struct roi_report *out) {
    double cumulative = 0, cumulative_present = 0;
    for (uint32_t t = 0; t <= assumptions->years; t++) {
        struct roi_year *year = &out->year[t];
        sum_costs(assumptions, t, year);
        if (t > 0) sum_benefits(assumptions, out, t, year);
        year->net = year->benefit - year->cost;
        year->present = year->net * year->discount;
        year->cumulative = cumulative += year->net;
        year->cumulative_present = cumulative_present += year->present;
        out->benefit_total += year->benefit;
        out->cost_total += year->cost;
        out->tco_present += year->cost * year->discount;
        out->npv_budget += (year->benefit_budget - year->cost_budget) * year->discount;
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
    for (uint32_t t = 1; t <= assumptions->years; t++) {
        cases += report->year[t].transactions;
        benefit += report->year[t].benefit_time + report->year[t].benefit_material;
    }
    if (!(benefit > 0)) return NAN;
    return report->cost_total / assumptions->years / (benefit / cases);
}

enum status roi_evaluate(const struct roi_assumptions *assumptions,
                         const struct roi_measured *measured, struct arena *arena,
                         struct roi_report *out, struct error *err) {
    *out = (struct roi_report){.year_count = assumptions->years + 1};
    double variance = 0;
    set_discounts(assumptions, out);
    TRY(evaluate_services(assumptions, measured, arena, out, &variance, err));
    sum_years(assumptions, out);
    double reach = INTERVAL_Z * sqrt(variance);
    out->npv_lo = out->npv - reach;
    out->npv_hi = out->npv + reach;
    out->roi = out->cost_total > 0 ? (out->benefit_total - out->cost_total) / out->cost_total : NAN;
    out->payback_static = payback(out, false);
    out->payback_dynamic = payback(out, true);
    out->break_even_cases = break_even(assumptions, out);
    return STATUS_OK;
}

/* --- one at a time --- */

static int by_swing(const void *a, const void *b) {
    const struct roi_bar *x = a, *y = b;
    if (x->swing != y->swing) return x->swing < y->swing ? 1 : -1;
    return (int)x->input - (int)y->input;
}

enum status roi_sensitivity(const struct roi_assumptions *assumptions,
                            const struct roi_measured *measured, struct arena *arena,
                            struct roi_tornado *out, struct error *err) {
    struct roi_report report;
    TRY(roi_evaluate(assumptions, measured, arena, &report, err));
    out->npv = report.npv;
    out->npv_budget = report.npv_budget;
    for (enum roi_input input = 0; input < ROI_INPUT_COUNT; input++) {
        struct roi_bar *bar = &out->bar[input];
        struct roi_assumptions changed = *assumptions;
        *bar = (struct roi_bar){.input = input};
        changed.factor[input] = assumptions->factor[input] * (1 - ROI_SWING);
        TRY(roi_evaluate(&changed, measured, arena, &report, err));
        bar->npv_low = report.npv;
        bar->npv_budget_low = report.npv_budget;
        changed.factor[input] = assumptions->factor[input] * (1 + ROI_SWING);
        TRY(roi_evaluate(&changed, measured, arena, &report, err));
        bar->npv_high = report.npv;
        bar->npv_budget_high = report.npv_budget;
        bar->swing = fabs(bar->npv_high - bar->npv_low);
        bar->capped = input == ROI_INPUT_REALISED_SHARE &&
                      changed.realised_share.value * changed.factor[input] > 1;
    }
    qsort(out->bar, ROI_INPUT_COUNT, sizeof *out->bar, by_swing);
    return STATUS_OK;
}

/* --- channels --- */

struct roi_figure roi_channel_cost(const struct roi_assumptions *assumptions, enum channel channel,
                                   double measured_minutes, double transactions_per_year) {
    const struct roi_channel *assumed = &assumptions->channel[channel];
    struct roi_figure minutes =
        figure_choose(measured_minutes, assumed->given ? assumed->minutes : NAN);
    double cost = minutes.value * assumptions->hourly_rate.value / 60 + assumed->material;
    if (assumed->fixed_per_year > 0)
        cost = transactions_per_year > 0 ? cost + assumed->fixed_per_year / transactions_per_year
                                         : NAN;
    return (struct roi_figure){cost, minutes.basis};
}
