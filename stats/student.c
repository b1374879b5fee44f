/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/student.h"

#include <math.h>

/* The continued fraction of the incomplete beta function (DLMF 8.17.22), from its head to its tail
 * as Lentz has it, modified so that nothing is divided by zero. */
static double beta_fraction(double x, double a, double b) {
    enum { TERMS_MAX = 500 };
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double fraction = d;
    for (int m = 1; m <= TERMS_MAX; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        const double terms[] = {even, odd};
        double change = 1;
        for (int i = 0; i < 2; i++) {
            d = 1 + terms[i] * d;
            c = 1 + terms[i] / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            if (fabs(c) < tiny) c = tiny;
            change = c * d;
            fraction *= change;
        }
        if (fabs(change - 1) < 1e-13) break;
    }
    return fraction;
}

static double log_gamma(double x) {
    int sign; /* lgamma itself writes a global */
    return lgamma_r(x, &sign);
}

/* I_x(a, b) of DLMF 8.17.2, on the side where the fraction converges fast. */
static double beta_share(double x, double a, double b) {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    const double front =
        exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double student_two_sided(double t, double freedom) {
    if (isnan(t) || isnan(freedom)) return NAN;
    return beta_share(freedom / (freedom + t * t), freedom / 2, 0.5);
}

double student_cdf(double t, double freedom) {
    const double beyond = student_two_sided(t, freedom) / 2;
    return t < 0 ? beyond : 1 - beyond;
}

double student_quantile(double probability, double freedom) {
    enum { STEPS = 200 };
    double lo = -1, hi = 1;
    while (student_cdf(lo, freedom) > probability) lo *= 2;
    while (student_cdf(hi, freedom) < probability) hi *= 2;
    for (int i = 0; i < STEPS && hi - lo > 1e-13 * fmax(1, fabs(lo)); i++) {
        const double middle = (lo + hi) / 2;
        if (student_cdf(middle, freedom) < probability)
            lo = middle;
        else
            hi = middle;
    }
    return (lo + hi) / 2;
}
