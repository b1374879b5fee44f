/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef FINANCE_ROI_H
#define FINANCE_ROI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "finance/roi_assumptions.h"

/* roi: what a digital service costs and brings, of one case of an assumptions file. What Pegel
 * measured goes before assumptions; the report says of every figure which of the two it is. Pure
 * functions, any thread; everything lives in the caller's arena. Money in the currency of the file,
 * minutes as minutes, NaN means not known. Formulas: docs/KPIS.md. */

/* A mean of minutes that were measured. */
struct roi_minutes {
    double mean;  /* NaN: none */
    double error; /* standard error of the mean; NaN: under two */
    uint64_t count;
};

/* What was measured of one service. */
struct roi_measured_service {
    const char *service;
    double transactions[ROI_YEARS_MAX + 1]; /* of each year that is over and was measured from begin
                                               to end; NaN: else; [0] is not used */
    double transactions_per_year;           /* at the pace of all that was measured; NaN: nothing */
    struct roi_minutes before, after;
};
struct roi_measured {
    uint32_t service_count;
    const struct roi_measured_service *services; /* any order, each service once */
};

/* Where a figure comes from. Extrapolated: a year that is not over, and of which nothing is
 * assumed, is taken to go on at the pace measured so far. Mixed: of years of both kinds. */
enum roi_basis { ROI_UNKNOWN, ROI_MEASURED, ROI_ASSUMED, ROI_EXTRAPOLATED, ROI_MIXED };
const char *roi_basis_text(enum roi_basis basis); /* static; NULL of unknown */

struct roi_figure {
    double value; /* NaN: unknown */
    enum roi_basis basis;
};

struct roi_service_report {
    const char *service;
    struct roi_figure volume[ROI_YEARS_MAX + 1]; /* by year, from 1 */
    struct roi_figure transactions;              /* a year, mean of the years that are known */
    struct roi_figure minutes_before, minutes_after;
    struct roi_minutes measured_before, measured_after;
    double saved, saved_lo, saved_hi;                      /* minutes per transaction; 95 % */
    double time_benefit, time_benefit_lo, time_benefit_hi; /* a year, mean over 1..N; 95 % */
    double material_benefit;                               /* a year, mean */
    double citizen_hours_saved;                            /* a year, mean; not money */
    bool complete; /* false: a figure is missing, and what needs it counts as nothing */
};

struct roi_year {
    double transactions;
    double cost, cost_budget;
    double benefit_time, benefit_material, benefit_no_show;
    double benefit, benefit_budget;
    double net;        /* benefit - cost */
    double discount;   /* 1 / (1 + i)^t */
    double present;    /* net * discount */
    double cumulative; /* of net, from year 0 */
    double cumulative_present;
    enum roi_basis basis; /* of its transactions */
};

struct roi_report {
    uint32_t year_count; /* N + 1 */
    struct roi_year year[ROI_YEARS_MAX + 1];
    uint32_t service_count; /* union of measured and assumed, sorted by key */
    const struct roi_service_report *services;
    double benefit_total, cost_total;
    double tco, tco_present;
    double npv, npv_lo, npv_hi; /* all benefits; the interval is that of the measured minutes */
    double npv_budget;          /* only what changes the budget */
    double roi;                 /* (benefits - costs) / costs; NaN without costs */
    double payback_static, payback_dynamic; /* years until the sum stays >= 0; NaN: not reached */
    double break_even_cases;   /* transactions a year at which costs are met; NaN: at no volume */
    uint32_t incomplete_count; /* services that are not complete */
};

/* Only NO_MEMORY fails. */
MUST_USE enum status roi_evaluate(const struct roi_assumptions *assumptions,
                                  const struct roi_measured *measured, struct arena *arena,
                                  struct roi_report *out, struct error *err);

/* One input at a time, a fifth less and a fifth more, all others as they are: a bar of the tornado
 * each, the longest first. Volumes of years that were measured stay as they were. */
#define ROI_SWING 0.2
struct roi_bar {
    enum roi_input input;
    double npv_low, npv_high; /* with the input a fifth less, more */
    double npv_budget_low, npv_budget_high;
    double swing; /* |npv_high - npv_low| */
    bool capped;  /* the realised share cannot be more than 1 */
};
struct roi_tornado {
    double npv, npv_budget;
    struct roi_bar bar[ROI_INPUT_COUNT];
};
MUST_USE enum status roi_sensitivity(const struct roi_assumptions *assumptions,
                                     const struct roi_measured *measured, struct arena *arena,
                                     struct roi_tornado *out, struct error *err);

/* Draws of the net present value: volumes that were not measured, minutes saved and the hourly rate
 * vary, independently of each other, as `spread` of the assumptions says; volumes of all services
 * and years by one common factor, and so assumed minutes and the rate. Minutes that were measured
 * vary normally with their standard error instead, each service on its own. */
enum { ROI_DRAWS = 10000 };
#define ROI_SEED UINT64_C(20260101)
struct roi_monte_carlo {
    uint32_t draws;
    uint64_t seed;
    double mean, deviation;
    double p2_5, p5, p25, p50, p75, p95, p97_5;
    double share_positive; /* of draws with a net present value of zero or more */
};
MUST_USE enum status roi_draw(const struct roi_assumptions *assumptions,
                              const struct roi_measured *measured, uint64_t seed,
                              struct arena *arena, struct roi_monte_carlo *out, struct error *err);

/* Cost of one transaction through a channel: minutes * rate / 60 + material + fixed / volume.
 * measured_minutes NaN: the assumption stands in. NaN value: nothing is known of that channel. */
struct roi_figure roi_channel_cost(const struct roi_assumptions *assumptions, enum channel channel,
                                   double measured_minutes, double transactions_per_year);

#endif
