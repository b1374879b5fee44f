/* SPDX-License-Identifier: EUPL-1.2 */
/* Monte-Carlo of the net present value. It is linear in the hourly rate, and in each draw a sum
 * over services of (measured cases + factor * other cases) * minutes saved. The sum of independent
 * normal errors is normal again, so a draw needs one normal number however many services there
 * are, and sums over the services are made once. */
#include <math.h>
#include <stdlib.h>

#include "finance/draw.h"
#include "finance/roi.h"
#include "stats/interval.h"

/* Discounted cases: `known` in years that were measured, `other` varies with the volume. */
struct weight {
    double known, other;
};

struct model {
    struct weight measured; /* cases * minutes saved, where both minutes are measured */
    struct weight assumed;  /* the same of the others: varies with assumed minutes */
    double error_known, error_both, error_other; /* of variances of minutes, by weights */
    struct weight material;                      /* money */
    double time_value;                           /* of a minute, at the hourly rate as it is */
    double no_show;                              /* money, at the hourly rate as it is */
    double cost;
};

static void add_service(const struct roi_assumptions *assumptions, const struct roi_report *report,
                        const struct roi_service_report *service, struct model *model) {
    const struct roi_service *assumed = roi_assumptions_service(assumptions, service->service);
    struct weight cases = {0, 0};
    for (uint32_t t = 1; t < report->year_count; t++) {
        const struct roi_figure *volume = &service->volume[t];
        if (volume->basis == ROI_UNKNOWN) continue;
        *(volume->basis == ROI_MEASURED ? &cases.known : &cases.other) +=
            volume->value * report->year[t].discount;
    }
    if (assumed != NULL) {
        const double each = assumed->material_saved * assumptions->factor[ROI_INPUT_MATERIAL_SAVED];
        model->material.known += cases.known * each;
        model->material.other += cases.other * each;
    }
    if (isnan(service->saved)) return;
    const bool measured = service->minutes_before.basis == ROI_MEASURED &&
                          service->minutes_after.basis == ROI_MEASURED;
    struct weight *time = measured ? &model->measured : &model->assumed;
    const double error = (service->saved_hi - service->saved) / INTERVAL_Z;
    time->known += cases.known * service->saved;
    time->other += cases.other * service->saved;
    model->error_known += cases.known * cases.known * error * error;
    model->error_both += cases.known * cases.other * error * error;
    model->error_other += cases.other * cases.other * error * error;
}

static struct model make_model(const struct roi_assumptions *assumptions,
                               const struct roi_report *report) {
    struct model model = {.cost = report->tco_present};
    for (uint32_t i = 0; i < report->service_count; i++)
        add_service(assumptions, report, &report->services[i], &model);
    model.time_value =
        assumptions->hourly_rate.value * assumptions->factor[ROI_INPUT_HOURLY_RATE] / 60 *
        fmin(1, assumptions->realised_share.value * assumptions->factor[ROI_INPUT_REALISED_SHARE]);
    for (uint32_t t = 1; t < report->year_count; t++)
        model.no_show += report->year[t].benefit_no_show * report->year[t].discount;
    return model;
}

static double spread_of(const struct roi_spread *spread, double p) {
    switch (spread->shape) {
        case ROI_FIXED: break;
        case ROI_UNIFORM: return spread->low + p * (spread->high - spread->low);
        case ROI_TRIANGULAR: return draw_triangular(p, spread->low, 1, spread->high);
        case ROI_NORMAL:
            return (spread->low + spread->high) / 2 +
                   draw_normal(p) * (spread->high - spread->low) / 2 / INTERVAL_Z;
    }
    return 1;
}

static double draw_once(const struct roi_assumptions *assumptions, const struct model *model,
                        uint64_t seed, uint64_t draw) {
    enum { VOLUME, MINUTES, RATE, ERROR, NUMBERS };
    double p[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) p[i] = draw_uniform(seed, draw * NUMBERS + (uint64_t)i);
    const struct roi_spread *spread = assumptions->spread;
    const double volume = spread_of(&spread[ROI_INPUT_TRANSACTIONS], p[VOLUME]),
                 minutes = spread_of(&spread[ROI_INPUT_MINUTES_SAVED], p[MINUTES]),
                 rate = spread_of(&spread[ROI_INPUT_HOURLY_RATE], p[RATE]);
    const double variance =
        model->error_known + 2 * volume * model->error_both + volume * volume * model->error_other;
    const double time = model->measured.known + volume * model->measured.other +
                        minutes * (model->assumed.known + volume * model->assumed.other) +
                        draw_normal(p[ERROR]) * sqrt(variance);
    return rate * (model->time_value * time + model->no_show) + model->material.known +
           volume * model->material.other - model->cost;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Linear between order statistics (type 7), as all quantiles here. */
static double quantile_of(const double *sorted, uint32_t count, double p) {
    const double rank = p * (count - 1);
    const uint32_t below = (uint32_t)rank, above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
}

/* Of sorted values: the sums are the same whatever the order of draws. */
static void summarise(const double *sorted, struct roi_monte_carlo *out) {
    double sum = 0, squares = 0;
    uint32_t positive = 0;
    for (uint32_t i = 0; i < out->draws; i++) {
        sum += sorted[i];
        positive += sorted[i] >= 0;
    }
    out->mean = sum / out->draws;
    for (uint32_t i = 0; i < out->draws; i++)
        squares += (sorted[i] - out->mean) * (sorted[i] - out->mean);
    out->deviation = sqrt(squares / (out->draws - 1));
    out->share_positive = (double)positive / out->draws;
    const struct {
        double p, *out;
    } quantiles[] = {{0.025, &out->p2_5}, {0.05, &out->p5},  {0.25, &out->p25},   {0.5, &out->p50},
                     {0.75, &out->p75},   {0.95, &out->p95}, {0.975, &out->p97_5}};
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        *quantiles[i].out = quantile_of(sorted, out->draws, quantiles[i].p);
}

enum status roi_draw(const struct roi_assumptions *assumptions, const struct roi_measured *measured,
                     uint64_t seed, struct arena *arena, struct roi_monte_carlo *out,
                     struct error *err) {
    struct roi_report report;
    TRY(roi_evaluate(assumptions, measured, arena, &report, err));
    double *values = arena_push_array(arena, double, ROI_DRAWS);
    if (values == NULL) return error_set(err, STATUS_NO_MEMORY, "roi: memory budget used up");
    const struct model model = make_model(assumptions, &report);
    for (uint64_t draw = 0; draw < ROI_DRAWS; draw++)
        values[draw] = draw_once(assumptions, &model, seed, draw);
    qsort(values, ROI_DRAWS, sizeof *values, ascending);
    *out = (struct roi_monte_carlo){.draws = ROI_DRAWS, .seed = seed};
    summarise(values, out);
    return STATUS_OK;
}
