/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_ROI_H
#define QUERY_ROI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/timezone.h"
#include "event/type.h"

/* roi: what a digital service costs and brings. An assumptions file (docs/examples/
 * roi-assumptions.json) says what cannot be measured: prices, rates, shares, minutes where no
 * system records them. What Pegel measured comes from the executor and goes before assumptions; the
 * report says of every figure which of the two it is. Pure functions, any thread; everything lives
 * in the caller's arena. Money in the currency of the file, minutes as minutes, "not a number"
 * means not known. */

#define ROI_ONE_OFF_LIST(X)             \
    X(LICENCE, "licence")               \
    X(IMPLEMENTATION, "implementation") \
    X(INTERFACES, "interfaces")         \
    X(MIGRATION, "migration") X(CONSULTING, "consulting") X(ONE_OFF_TRAINING, "training")
#define ROI_RUNNING_LIST(X)       \
    X(HOSTING, "hosting")         \
    X(MAINTENANCE, "maintenance") \
    X(SUPPORT, "support") X(ADJUSTMENTS, "adjustments") X(RUNNING_TRAINING, "training")

enum roi_cost {
#define X(name, text) ROI_##name,
    ROI_ONE_OFF_LIST(X) ROI_ONE_OFF_COUNT,
    ROI_ONE_OFF_BASE_ = ROI_ONE_OFF_COUNT - 1,
    ROI_RUNNING_LIST(X)
#undef X
        ROI_COST_COUNT
};
const char *roi_cost_text(enum roi_cost cost); /* static */

enum { ROI_YEARS_MAX = 10, ROI_SERVICES_MAX = 1000, ROI_TEXT_BYTES_MAX = 400 };

struct roi_rate { /* a figure that must say where it comes from */
    double value;
    const char *source;
    const char *date; /* "2026-01-01" */
};

struct roi_service {
    const char *service;          /* key as in the events */
    double transactions;          /* a year, where not measured; NaN: not assumed */
    double minutes_before;        /* staff minutes per transaction; NaN: not assumed */
    double minutes_after;         /* NaN: not assumed */
    double material_saved;        /* paper, postage, printing per transaction; may be negative */
    double citizen_minutes_saved; /* shown apart, never added */
};

struct roi_channel { /* for cost per transaction */
    bool given;
    double minutes;        /* staff minutes per transaction; NaN: not assumed */
    double material;       /* per transaction */
    double fixed_per_year; /* whatever the volume */
};

struct roi_assumptions {
    const char *version;
    const char *currency;     /* ISO 4217 */
    uint32_t years;           /* N: year 0 is the investment, benefits run in years 1..N */
    int64_t go_live_ms;       /* minutes are "before" until here, "after" from here; TIME_ABSENT */
    struct roi_rate discount; /* a year: 0.012 */
    struct roi_rate hourly_rate;    /* full cost of an hour of staff */
    struct roi_rate realised_share; /* phi, 0..1: saved minutes that are put to other use */
    struct roi_rate budget_share;   /* 0..1: realised time that lowers spending; default 0 */
    double cost[ROI_COST_COUNT][ROI_YEARS_MAX + 1]; /* by year */
    bool budget_effective[ROI_COST_COUNT];          /* default true: money that leaves the house */
    uint32_t service_count;
    const struct roi_service *services; /* sorted by key */
    double no_shows_avoided;            /* a year; 0 when not given */
    double no_show_slot_minutes;
    struct roi_channel channel[CHANNEL_COUNT];
};

/* Every member is checked; one that is not known is refused by name. Dates without a time are
 * midnight in `zone`. */
MUST_USE enum status roi_assumptions_parse(const char *json, size_t size,
                                           const struct time_zone *zone, struct arena *arena,
                                           const struct roi_assumptions **out, struct error *err);
/* NULL: no assumptions about that service. */
const struct roi_service *roi_assumptions_service(const struct roi_assumptions *assumptions,
                                                  const char *service);

/* What was measured of one service. NaN where it was not. */
struct roi_measured_service {
    const char *service;
    double transactions;                         /* a year */
    double minutes_before, minutes_before_error; /* mean per transaction, its standard error */
    double minutes_after, minutes_after_error;
};
struct roi_measured {
    uint32_t service_count;
    const struct roi_measured_service *services; /* any order, each service once */
    double no_shows_avoided;                     /* a year; NaN: take the assumption */
};

struct roi_figure {
    double value;  /* NaN: neither measured nor assumed */
    bool measured; /* else assumed */
};

struct roi_service_report {
    const char *service;
    struct roi_figure transactions, minutes_before, minutes_after;
    double time_benefit, time_benefit_lo, time_benefit_hi; /* a year; 95 % */
    double material_benefit;                               /* a year */
    double citizen_hours_saved;                            /* a year; not money */
    bool complete; /* false: a figure is missing, and what needs it counts as nothing */
};

struct roi_year {
    double cost, cost_budget;
    double benefit_time, benefit_material, benefit_no_show;
    double benefit, benefit_budget;
    double net;        /* benefit - cost */
    double present;    /* net / (1 + i)^t */
    double cumulative; /* of net, from year 0 */
    double cumulative_present;
};

struct roi_report {
    uint32_t year_count; /* N + 1 */
    struct roi_year year[ROI_YEARS_MAX + 1];
    uint32_t service_count; /* union of measured and assumed, sorted by key */
    const struct roi_service_report *services;
    struct roi_figure no_shows_avoided;
    double benefit_total, cost_total;
    double tco, tco_present;
    double npv, npv_lo, npv_hi; /* all benefits; the interval is that of the measured minutes */
    double npv_budget;          /* only what changes the budget */
    double roi;                 /* (benefits - costs) / costs; NaN without costs */
    double payback_static, payback_dynamic; /* years until the sum stays >= 0; NaN: not reached */
    double break_even_cases;   /* transactions a year at which costs are met; NaN: at no volume */
    uint32_t incomplete_count; /* services that are not complete */
};

/* Every year 1..N brings the same: measured volumes are not extrapolated. Only NO_MEMORY fails. */
MUST_USE enum status roi_evaluate(const struct roi_assumptions *assumptions,
                                  const struct roi_measured *measured, struct arena *arena,
                                  struct roi_report *out, struct error *err);

/* Cost of one transaction through a channel: minutes * rate / 60 + material + fixed / volume.
 * measured_minutes NaN: the assumption stands in. NaN value: nothing is known of that channel. */
struct roi_figure roi_channel_cost(const struct roi_assumptions *assumptions, enum channel channel,
                                   double measured_minutes, double transactions_per_year);

#endif
