/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/difference.h"

#include <math.h>
#include <stdbool.h>

#include "base/status.h"
#include "stats/interval.h"
#include "stats/student.h"

/* --- shares --- */

static struct interval wilson(struct share share, double z) {
    const double scale = 1 + z * z / share.n;
    const double middle = share.value + z * z / (2 * share.n);
    const double spread = share.value * (1 - share.value) / share.n;
    const double reach = z * sqrt(fmax(spread, 0) + z * z / (4 * share.n * share.n));
    return (struct interval){(middle - reach) / scale, (middle + reach) / scale};
}

static struct interval newcombe(struct share before, struct share after, double z) {
    const struct interval a = wilson(after, z), b = wilson(before, z);
    const double value = after.value - before.value;
    return (struct interval){value - hypot(after.value - a.lo, b.hi - before.value),
                             value + hypot(a.hi - after.value, before.value - b.lo)};
}

/* The level at which the interval just reaches 0. */
static double newcombe_p(struct share before, struct share after) {
    double lo = 0, hi = 40;
    if (after.value == before.value) return 1;
    for (int i = 0; i < 100; i++) {
        const double z = (lo + hi) / 2;
        const struct interval interval = newcombe(before, after, z);
        const bool apart = interval.lo > 0 || interval.hi < 0;
        if (apart)
            lo = z;
        else
            hi = z;
    }
    return erfc(lo / sqrt(2));
}

struct estimate difference_of_shares(struct share before, struct share after) {
    struct estimate out = {after.value - before.value, NAN, NAN, NAN};
    if (!(before.n > 0) || !(after.n > 0)) return out;
    const struct interval interval = newcombe(before, after, INTERVAL_Z);
    out.lo = interval.lo;
    out.hi = interval.hi;
    out.p = newcombe_p(before, after);
    return out;
}

/* --- clusters --- */

struct sample {
    double mean, error2; /* variance of the mean */
};

static struct sample sample_of(const double *value, size_t count) {
    struct sample sample = {0};
    for (size_t i = 0; i < count; i++) sample.mean += value[i] / (double)count;
    for (size_t i = 0; i < count; i++)
        sample.error2 += (value[i] - sample.mean) * (value[i] - sample.mean);
    sample.error2 /= (double)count * ((double)count - 1);
    return sample;
}

struct estimate difference_of_means(const double *first, size_t first_count, const double *second,
                                    size_t second_count) {
    const struct sample a = sample_of(first, first_count), b = sample_of(second, second_count);
    struct estimate out = {b.mean - a.mean, NAN, NAN, NAN};
    if (first_count < 2 || second_count < 2) return out;
    const double error2 = a.error2 + b.error2, error = sqrt(error2);
    const double freedom = error2 * error2 /
                           (a.error2 * a.error2 / ((double)first_count - 1) +
                            b.error2 * b.error2 / ((double)second_count - 1));
    if (!(error > 0)) return out;
    const double reach = student_quantile(0.975, freedom) * error;
    out.lo = out.value - reach;
    out.hi = out.value + reach;
    out.p = student_two_sided(out.value / error, freedom);
    return out;
}

/* --- several questions --- */

void difference_holm(double *p, size_t count) {
    bool done[HOLM_MAX] = {false};
    size_t tested = 0;
    double highest = 0;
    CHECK(count <= HOLM_MAX);
    for (size_t i = 0; i < count; i++) tested += isnan(p[i]) ? 0 : 1;
    for (size_t left = tested; left > 0; left--) { /* the smallest p first */
        size_t least = count;
        for (size_t i = 0; i < count; i++)
            if (!done[i] && !isnan(p[i]) && (least == count || p[i] < p[least])) least = i;
        highest = fmax(highest, fmin(1, (double)left * p[least]));
        p[least] = highest;
        done[least] = true;
    }
}
