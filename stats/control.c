/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/control.h"

#include <math.h>

#include "base/status.h"

#define SEASON_MATTERS 1.5 /* mean square between the seasons / within them */
#define TRIM_REACHES   1.5 /* so many times beyond the limits a change is taken out */
#define FREE_SHARE     (2.0 / 3)
enum { TRIMS_MAX = 2 };

/* The past changes, newest first: number 0 is that of the point before the last. */
struct changes {
    uint32_t count, season;
    double z[CONTROL_POINTS_MAX];     /* NaN: a value is missing, or it was taken out */
    uint8_t slot[CONTROL_POINTS_MAX]; /* its season; that of the last point is 0 */
};
enum { SLOTS_MAX = 64 };

/* What the past says of the change to be judged, in units of its error. */
struct fit {
    double low, high, reach;     /* normal: low - reach to high + reach */
    double centre_of[SLOTS_MAX]; /* by season */
    uint32_t used;
    bool seasonal, known;
};

/* 99.5 % quantile of Student's distribution, from R's qt; linear in 1/df, which is at most 0.3 %
 * too large. Under two degrees: infinite. */
static double student(double degrees) {
    static const double df[] = {2, 3, 4, 5, 6, 8, 10, 14, 20, 40, INFINITY};
    static const double t[] = {9.92484, 5.84091, 4.60409, 4.03214, 3.70743, 3.35539,
                               3.16927, 2.97684, 2.84534, 2.70446, 2.57583};
    if (degrees < df[0]) return INFINITY;
    uint32_t at = 1;
    while (df[at] < degrees) at++;
    const double share = (1 / df[at - 1] - 1 / degrees) / (1 / df[at - 1] - 1 / df[at]);
    return t[at - 1] + share * (t[at] - t[at - 1]);
}

/* Errors count only where all values have one. */
static bool errors_known(const struct control_point *points, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (!isnan(points[i].value) && !(points[i].error > 0)) return false;
    return true;
}

static double change_at(const struct control_point *points, uint32_t at, uint32_t lag) {
    return points[at].value - points[at - lag].value;
}

static double error_at(const struct control_point *points, uint32_t at, uint32_t lag, bool known) {
    return known ? hypot(points[at].error, points[at - lag].error) : 1;
}

static void take_changes(const struct control_point *points, uint32_t count, uint32_t lag,
                         bool known, struct changes *out) {
    for (uint32_t at = count - 1; at-- > lag; out->count++) {
        out->z[out->count] = change_at(points, at, lag) / error_at(points, at, lag, known);
        out->slot[out->count] = (uint8_t)((out->count + 1) % out->season);
    }
}

/* Sums of squares around the mean of each season, and of those means around zero. */
struct squares {
    double within, between;
    uint32_t count, slots, own; /* changes, seasons that have any, changes of season 0 */
};

static struct squares add_squares(const struct changes *changes, struct fit *fit) {
    struct squares sums = {0};
    uint32_t count[SLOTS_MAX] = {0};
    for (uint32_t slot = 0; slot < changes->season; slot++) fit->centre_of[slot] = 0;
    for (uint32_t i = 0; i < changes->count; i++) {
        if (isnan(changes->z[i])) continue;
        count[changes->slot[i]]++;
        fit->centre_of[changes->slot[i]] += changes->z[i];
    }
    for (uint32_t slot = 0; slot < changes->season; slot++) {
        if (count[slot] == 0) continue;
        fit->centre_of[slot] /= count[slot];
        sums.between += count[slot] * fit->centre_of[slot] * fit->centre_of[slot];
        sums.count += count[slot];
        sums.slots++;
    }
    for (uint32_t i = 0; i < changes->count; i++) {
        const double rest = changes->z[i] - fit->centre_of[changes->slot[i]];
        if (!isnan(rest)) sums.within += rest * rest;
    }
    sums.own = count[0];
    return sums;
}

static struct fit fit_changes(const struct changes *changes, bool floored) {
    struct fit fit = {0};
    const struct squares sums = add_squares(changes, &fit);
    double degrees = sums.count, square = (sums.within + sums.between) / degrees, spread = 1;
    if (changes->season > 1 && sums.count > sums.slots) {
        const double within = sums.within / (sums.count - sums.slots);
        fit.seasonal = sums.between / sums.slots >= SEASON_MATTERS * within;
    }
    if (fit.seasonal) {
        degrees = sums.count - sums.slots;
        square = sums.within / degrees;
        spread = sqrt(1 + 1.0 / sums.own);
        fit.low = fit.high = fit.centre_of[0];
    } else {
        /* The same season of earlier years may be out of the ordinary by itself. */
        fit.low = changes->season > 1 ? fmin(fit.centre_of[0], 0) : 0;
        fit.high = changes->season > 1 ? fmax(fit.centre_of[0], 0) : 0;
        for (uint32_t slot = 0; slot < changes->season; slot++) fit.centre_of[slot] = 0;
    }
    fit.used = sums.count;
    const double sigma = floored ? fmax(sqrt(square), 1) : sqrt(square);
    fit.reach = student(degrees * FREE_SHARE) * sigma * spread;
    fit.known = isfinite(fit.reach) && sums.own >= 1;
    return fit;
}

/* Takes out what lies far beyond the limits, but not what may be the season of the last point;
 * false: nothing does. */
static bool trim(struct changes *changes, const struct fit *fit) {
    bool any = false;
    for (uint32_t i = 0; i < changes->count; i++) {
        if (changes->season > 1 && changes->slot[i] == 0) continue;
        if (!(fabs(changes->z[i] - fit->centre_of[changes->slot[i]]) > TRIM_REACHES * fit->reach))
            continue;
        changes->z[i] = NAN;
        any = true;
    }
    return any;
}

struct control control_judge(const struct control_point *points, uint32_t count, uint32_t lag,
                             uint32_t season) {
    struct control control = {.change = NAN, .lo = NAN, .hi = NAN};
    CHECK(count <= CONTROL_POINTS_MAX && lag >= 1 && season >= 1 && season <= SLOTS_MAX);
    if (count <= lag) return control;
    control.change = change_at(points, count - 1, lag);
    const bool known = errors_known(points, count);
    /* Changes over whole cycles have no season. */
    struct changes changes = {.season = lag % season == 0 ? 1 : season};
    take_changes(points, count, lag, known, &changes);
    struct fit fit = fit_changes(&changes, known);
    const bool enough = fit.used >= CONTROL_CHANGES_MIN;
    for (int trims = 0; trims < TRIMS_MAX && fit.known && trim(&changes, &fit); trims++)
        fit = fit_changes(&changes, known);
    control.changes = fit.used;
    control.seasonal = fit.seasonal;
    if (isnan(control.change) || !enough || !fit.known) return control;
    const double error = error_at(points, count - 1, lag, known);
    control.lo = (fit.low - fit.reach) * error;
    control.hi = (fit.high + fit.reach) * error;
    const bool beyond = control.change < control.lo || control.change > control.hi;
    control.verdict = beyond ? CONTROL_BEYOND : CONTROL_NORMAL;
    return control;
}
