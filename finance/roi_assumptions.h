/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef FINANCE_ROI_ASSUMPTIONS_H
#define FINANCE_ROI_ASSUMPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/timezone.h"
#include "event/type.h"

/* roi_assumptions: what cannot be measured of a digital service: prices, rates, shares, minutes
 * where no system records them (docs/examples/roi-assumptions.json). Every figure names its source
 * and date. One file holds all cases side by side: variants (SaaS against licence), and of each the
 * scenarios pessimistic, expected, optimistic; each case is complete and stands for itself. Money
 * in the currency of the file; NaN: not given. Immutable, in the caller's arena, any thread. */

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
const char *roi_cost_text(enum roi_cost cost); /* static; not unique: training is in both groups */

enum {
    ROI_YEARS_MAX = 10,
    ROI_SERVICES_MAX = 1000,
    ROI_VARIANTS_MAX = 8,
    ROI_TEXT_BYTES_MAX = 400
};

/* What may be larger or smaller than it is thought: factors of a scenario, bars of the tornado,
 * draws of a Monte-Carlo. */
#define ROI_INPUT_LIST(X)               \
    X(ONE_OFF_COSTS, "one_off_costs")   \
    X(RUNNING_COSTS, "running_costs")   \
    X(TRANSACTIONS, "transactions")     \
    X(MINUTES_SAVED, "minutes_saved")   \
    X(HOURLY_RATE, "hourly_rate")       \
    X(REALISED_SHARE, "realised_share") \
    X(MATERIAL_SAVED, "material_saved") \
    X(NO_SHOWS, "no_shows_avoided")     \
    X(DISCOUNT_RATE, "discount_rate")
enum roi_input {
#define X(name, text) ROI_INPUT_##name,
    ROI_INPUT_LIST(X)
#undef X
        ROI_INPUT_COUNT
};
const char *roi_input_text(enum roi_input input); /* static */

struct roi_origin {
    const char *source;
    const char *date; /* "2026-01-01" */
};

struct roi_rate { /* a figure that must say where it comes from */
    double value;
    struct roi_origin origin;
};

struct roi_cost_line {
    bool given;
    bool budget_effective;            /* default true: money that leaves the house */
    double amount[ROI_YEARS_MAX + 1]; /* by year */
    const char *position;             /* of the financing plan: `code` of its bookings */
    struct roi_origin origin;
};

struct roi_service {
    const char *service;                    /* key as in the events */
    double transactions[ROI_YEARS_MAX + 1]; /* by year, from 1; NaN: not assumed */
    double minutes_before;                  /* staff minutes per transaction; NaN: not assumed */
    double minutes_after;
    double material_saved;        /* paper, postage, printing per transaction; may be negative */
    double citizen_minutes_saved; /* shown apart, never added */
    struct roi_origin origin;
};

struct roi_channel { /* for cost per transaction */
    bool given;
    double minutes;        /* staff minutes per transaction; NaN: not assumed */
    double material;       /* per transaction */
    double fixed_per_year; /* whatever the volume */
    struct roi_origin origin;
};

/* How far an input may be off, as a factor. */
enum roi_shape { ROI_FIXED, ROI_UNIFORM, ROI_TRIANGULAR, ROI_NORMAL };
const char *roi_shape_text(enum roi_shape shape); /* static */
struct roi_spread {
    enum roi_shape shape;
    /* least and most; triangular: 1 is most likely; normal: 95 % lie between. low <= 1 <= high */
    double low, high;
    struct roi_origin origin;
};

enum roi_scenario { ROI_EXPECTED, ROI_PESSIMISTIC, ROI_OPTIMISTIC, ROI_SCENARIO_COUNT };
const char *roi_scenario_text(enum roi_scenario scenario); /* static */

struct roi_assumptions;
struct roi_case {
    const char *variant; /* "" in a file without variants */
    enum roi_scenario scenario;
    const struct roi_assumptions *figures;
    struct roi_origin origin; /* of what this scenario says differently; NULL: nothing */
};

struct roi_assumptions {
    const char *version;
    const char *currency; /* ISO 4217 */
    bool real_prices;     /* of one year's value of money; else nominal: as they will be paid */
    uint32_t price_year;
    uint32_t years;   /* N: year 0 is the investment, benefits run in years 1..N */
    bool has_go_live; /* minutes are "before" until then, "after" from then on */
    /* Edges of the time before, of the years 1..N from the go-live on, and of the time after: year
     * t begins at [t]. Without a go-live all is before. */
    uint32_t edge_count;
    int64_t edge_ms[ROI_YEARS_MAX + 3];
    struct roi_rate discount;       /* a year: 0.012 */
    struct roi_rate hourly_rate;    /* full cost of an hour of staff */
    struct roi_rate realised_share; /* phi, 0..1: saved minutes that are put to other use */
    struct roi_rate budget_share;   /* 0..1: realised time that lowers spending; default 0 */
    struct roi_rate grant;          /* paid by others: shown, never a benefit */
    struct roi_cost_line cost[ROI_COST_COUNT];
    uint32_t service_count;
    const struct roi_service *services; /* sorted by key */
    double no_shows_avoided;            /* a year; 0 when not given */
    double no_show_slot_minutes;
    struct roi_origin no_shows_origin;
    struct roi_channel channel[CHANNEL_COUNT];
    double factor[ROI_INPUT_COUNT];            /* of a scenario; 1 */
    struct roi_spread spread[ROI_INPUT_COUNT]; /* of transactions, minutes_saved, hourly_rate */
    uint32_t case_count;          /* of the whole file: scenarios of the first variant, the next */
    const struct roi_case *cases; /* the same for each of its cases */
};

/* Reads a file. *out is its expected case, of the variant that the file calls chosen (else the
 * first). INVALID names the path of the fault. Dates without a time are midnight in `zone`. */
MUST_USE enum status roi_assumptions_parse(const char *json, size_t size,
                                           const struct time_zone *zone, struct arena *arena,
                                           const struct roi_assumptions **out, struct error *err);
/* NULL: no assumptions about that service. */
const struct roi_service *roi_assumptions_service(const struct roi_assumptions *assumptions,
                                                  const char *service);

#endif
