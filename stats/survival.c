/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/survival.h"

#include <math.h>

#include "stats/interval.h"

/* F is a sum of fractions: so near to a probability it has reached it. */
#define REACHED_WITHIN 1e-12

/* The walk over all distinct moments, and the sums that the variance of F needs:
 *   var F(t) = sum_i [F(t) - F(i)]^2 a_i + sum_i b_i - 2 sum_i [F(t) - F(i)] c_i
 *   a = d / (n (n - d))   b = S(i-)^2 d1 (n - d1) / n^3   c = S(i-) d1 / n^2
 * with n at risk, d ends of any kind and d1 ends at moment i. The squares are multiplied out, so
 * that one pass is enough. */
struct walk {
    double survival;  /* S: neither ended nor ended otherwise */
    double incidence; /* F */
    double a, a_f, a_ff, b, c, c_f;
};

static double variance(const struct walk *walk) {
    double f = walk->incidence;
    double sum =
        f * f * walk->a - 2 * f * walk->a_f + walk->a_ff + walk->b - 2 * (f * walk->c - walk->c_f);
    return sum > 0 ? sum : 0;
}

static void step(struct walk *walk, double at_risk, double ended, double all) {
    double before = walk->survival;
    walk->incidence += before * ended / at_risk;
    walk->survival = before * (1 - all / at_risk);
    double f = walk->incidence;
    double a = all < at_risk ? all / (at_risk * (at_risk - all)) : 0;
    double c = before * ended / (at_risk * at_risk);
    walk->a += a;
    walk->a_f += a * f;
    walk->a_ff += a * f * f;
    walk->b += before * before * ended * (at_risk - ended) / (at_risk * at_risk * at_risk);
    walk->c += c;
    walk->c_f += c * f;
}

/* Bounds of F; both F itself where there is nothing to vary. */
static struct interval bounds(const struct walk *walk) {
    double f = walk->incidence;
    if (f <= 0 || f >= 1 - REACHED_WITHIN) return (struct interval){f, f};
    double spread = INTERVAL_Z * sqrt(variance(walk)) / ((1 - f) * -log1p(-f));
    return (struct interval){-expm1(log1p(-f) * exp(-spread)), -expm1(log1p(-f) * exp(spread))};
}

static void reach(double *moment, double now, double share, double probability) {
    if (isnan(*moment) && share >= probability - REACHED_WITHIN) *moment = now;
}

static size_t take(const int64_t *values, size_t count, size_t *at, int64_t moment) {
    size_t first = *at;
    while (*at < count && values[*at] == moment) (*at)++;
    return *at - first;
}

void survival_quantiles(const struct survival *survival, const double *probabilities,
                        uint32_t quantile_count, struct quantile *out) {
    struct walk walk = {.survival = 1};
    size_t ended_at = 0, competing_at = 0, censored_at = 0;
    for (uint32_t i = 0; i < quantile_count; i++) out[i] = (struct quantile){NAN, NAN, NAN};
    while (ended_at < survival->ended_count || competing_at < survival->competing_count) {
        int64_t now = INT64_MAX;
        if (ended_at < survival->ended_count) now = survival->ended[ended_at];
        if (competing_at < survival->competing_count && survival->competing[competing_at] < now)
            now = survival->competing[competing_at];
        /* Who is censored at this very moment has been at risk in it. */
        while (censored_at < survival->censored_count && survival->censored[censored_at] < now)
            censored_at++;
        size_t at_risk = survival->ended_count - ended_at + survival->competing_count -
                         competing_at + survival->censored_count - censored_at;
        size_t ended = take(survival->ended, survival->ended_count, &ended_at, now);
        size_t other = take(survival->competing, survival->competing_count, &competing_at, now);
        step(&walk, (double)at_risk, (double)ended, (double)(ended + other));
        struct interval share = bounds(&walk);
        for (uint32_t i = 0; i < quantile_count; i++) {
            reach(&out[i].value, (double)now, walk.incidence, probabilities[i]);
            reach(&out[i].lo, (double)now, share.hi, probabilities[i]);
            reach(&out[i].hi, (double)now, share.lo, probabilities[i]);
        }
    }
}
