/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/survival.h"

#include <math.h>
#include <stdbool.h>

#include "base/status.h"
#include "stats/interval.h"

/* F is a sum of fractions: so near to a probability it has reached it. */
#define REACHED_WITHIN 1e-12

/* --- the walk over all distinct moments ---
 * The variance of F_k, with n at risk, d ends of any kind and d_k ends k at moment i:
 *   var F(t) = sum_i [F(t) - F(i)]^2 a_i + sum_i b_i - 2 sum_i [F(t) - F(i)] c_i
 *   a = d / (n (n - d))   b = S(i-)^2 d_k (n - d_k) / n^3   c = S(i-) d_k / n^2
 * The squares are multiplied out, so that one pass is enough. */
struct incidence {
    double share; /* F_k */
    double a_f, a_ff, b, c, c_f;
};
struct walk {
    const struct survival *survival;
    uint32_t ends; /* that are told apart; those from the last on are one */
    size_t end_at[SURVIVAL_ENDS], censored_at, entered_at, left;
    uint64_t at_risk;
    double none; /* S: come to no end */
    double a;
    struct incidence end[SURVIVAL_ENDS];
    int64_t now;
    int64_t known_to; /* after it nobody was at risk, though others came later */
};

static size_t stops_of(const struct survival *survival) {
    size_t count = survival->censored.count;
    for (int k = 0; k < SURVIVAL_ENDS; k++) count += survival->end[k].count;
    return count;
}

static struct walk walk_begin(const struct survival *survival, uint32_t ends) {
    const size_t stops = stops_of(survival), late = survival->entered.count;
    return (struct walk){.survival = survival,
                         .ends = ends,
                         .left = stops,
                         .at_risk = stops - late,
                         .none = 1,
                         .now = -1,
                         .known_to = stops == late ? -1 : INT64_MAX};
}

static int64_t head(const struct survival_times *times, size_t at) {
    return at < times->count ? times->time[at] : INT64_MAX;
}

static uint64_t take(const struct survival_times *times, size_t *at, int64_t moment) {
    const size_t first = *at;
    while (*at < times->count && times->time[*at] == moment) (*at)++;
    return *at - first;
}

/* INT64_MAX: there is none. */
static int64_t next_moment(const struct walk *walk) {
    int64_t next = head(&walk->survival->censored, walk->censored_at);
    for (int k = 0; k < SURVIVAL_ENDS; k++) {
        const int64_t other = head(&walk->survival->end[k], walk->end_at[k]);
        next = other < next ? other : next;
    }
    return next;
}

/* Who enters before the moment is at risk in it. */
static void let_in(struct walk *walk, int64_t moment) {
    const struct survival_times *entered = &walk->survival->entered;
    while (walk->entered_at < entered->count && entered->time[walk->entered_at] < moment) {
        walk->entered_at++;
        walk->at_risk++;
    }
}

static void add_ends(struct incidence *end, double before, double each, double ended,
                     double at_risk, double a) {
    const double c = before * ended * each * each;
    end->share += before * ended * each;
    end->a_f += a * end->share;
    end->a_ff += a * end->share * end->share;
    end->b += before * c * (at_risk - ended) * each;
    end->c += c;
    end->c_f += c * end->share;
}

/* Over the next moment. Who is censored at it has been at risk in it. */
static void step(struct walk *walk, int64_t now) {
    const struct survival *survival = walk->survival;
    uint64_t ended[SURVIVAL_ENDS] = {0}, all = 0;
    let_in(walk, now);
    for (uint32_t k = 0; k < SURVIVAL_ENDS; k++) {
        const uint64_t count = take(&survival->end[k], &walk->end_at[k], now);
        ended[k < walk->ends ? k : walk->ends - 1] += count;
        all += count;
    }
    const uint64_t stopped = all + take(&survival->censored, &walk->censored_at, now);
    if (all > 0 && now <= walk->known_to) {
        const double at_risk = (double)walk->at_risk, each = 1 / at_risk, before = walk->none;
        const double rest = (double)(walk->at_risk - all);
        const double a = rest > 0 ? (double)all / (at_risk * rest) : 0;
        walk->none = before * rest * each;
        walk->a += a;
        for (uint32_t k = 0; k < walk->ends; k++)
            add_ends(&walk->end[k], before, each, (double)ended[k], at_risk, a);
    }
    walk->at_risk -= stopped;
    walk->left -= stopped;
    walk->now = now;
    let_in(walk, now + 1);
    if (walk->at_risk == 0 && walk->left > 0 && now < walk->known_to) walk->known_to = now;
}

static double variance(const struct walk *walk, uint32_t k) {
    const struct incidence *end = &walk->end[k];
    const double f = end->share;
    const double sum =
        f * f * walk->a - 2 * f * end->a_f + end->a_ff + end->b - 2 * (f * end->c - end->c_f);
    return sum > 0 ? sum : 0;
}

/* log(-log(1 - f)) +- z * spread, transformed back. */
static struct interval bounds(double f, double variance) {
    if (f <= 0 || f >= 1 - REACHED_WITHIN) return (struct interval){NAN, NAN};
    const double spread = INTERVAL_Z * sqrt(variance) / ((1 - f) * -log1p(-f));
    return (struct interval){-expm1(log1p(-f) * exp(-spread)), -expm1(log1p(-f) * exp(spread))};
}

/* --- quantiles --- */

/* A probability, and what spares the bounds where they cannot have reached it. With L = -log(1-F)
 * and V the variance, the upper bound of F reaches p > F when
 *   z sqrt(V) / ((1 - F) L) >= log(L_p / L) >= 1 - L / L_p >= 1 - F / p,  L being convex;  L >= F
 * and the lower one reaches p < F when z sqrt(V) / ((1 - F) L) <= log(L / L_p), which is at most
 * (F - p) / min((1 - p) L_p, (1 - F) L); and (1 - F) L <= 1/e. */
struct goal {
    double p, steepness; /* e (1 - p) L_p */
    struct quantile *out;
};

static bool upper_may_reach(const struct goal *goal, double f, double variance) {
    const double gap = (1 - f) * f * (1 - f / goal->p);
    return f >= goal->p || INTERVAL_Z * INTERVAL_Z * variance >= gap * gap * (1 - 1e-9);
}

static bool lower_may_reach(const struct goal *goal, double f, double variance) {
    const double gap = f - goal->p;
    const double least = goal->steepness * INTERVAL_Z;
    return gap >= -REACHED_WITHIN && gap * gap >= least * least * variance * (1 - 1e-9);
}

/* In ascending order of p: what has not reached one has not reached the next. */
static void sort_goals(struct goal *goals, uint32_t count) {
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t at = i; at > 0 && goals[at].p < goals[at - 1].p; at--) {
            const struct goal less = goals[at];
            goals[at] = goals[at - 1];
            goals[at - 1] = less;
        }
}

struct race {
    struct goal goal[QUANTILES_MAX];
    uint32_t count, value, lo, hi; /* those below have been reached */
};

static void reach(struct race *race, const struct walk *walk) {
    const double f = walk->end[0].share, now = (double)walk->now;
    while (race->value < race->count && f >= race->goal[race->value].p - REACHED_WITHIN)
        race->goal[race->value++].out->value = now;
    if (race->lo == race->count && race->hi == race->count) return;
    const double var = variance(walk, 0);
    struct interval share = {NAN, NAN};
    if ((race->lo < race->count && upper_may_reach(&race->goal[race->lo], f, var)) ||
        (race->hi < race->count && lower_may_reach(&race->goal[race->hi], f, var)))
        share = bounds(f, var);
    while (race->lo < race->count && share.hi >= race->goal[race->lo].p - REACHED_WITHIN)
        race->goal[race->lo++].out->lo = now;
    while (race->hi < race->count && share.lo >= race->goal[race->hi].p - REACHED_WITHIN)
        race->goal[race->hi++].out->hi = now;
}

void survival_quantiles(const struct survival *survival, const double *probabilities,
                        uint32_t quantile_count, struct quantile *out) {
    CHECK(quantile_count <= QUANTILES_MAX);
    struct race race = {.count = quantile_count};
    for (uint32_t i = 0; i < quantile_count; i++) {
        const double p = probabilities[i];
        const double steepness = p < 1 ? exp(1) * (1 - p) * -log1p(-p) : 0;
        out[i] = (struct quantile){NAN, NAN, NAN};
        race.goal[i] = (struct goal){p, steepness, &out[i]};
    }
    sort_goals(race.goal, race.count);
    struct walk walk = walk_begin(survival, 2);
    for (;;) {
        const int64_t now = next_moment(&walk);
        if (now == INT64_MAX || now > walk.known_to || race.hi == race.count) return;
        const double before = walk.end[0].share;
        step(&walk, now);
        if (walk.end[0].share > before) reach(&race, &walk);
    }
}

/* --- shares by age --- */

static struct quantile share_of(const struct walk *walk, uint32_t k) {
    const double f = walk->end[k].share;
    const struct interval share = bounds(f, variance(walk, k));
    return (struct quantile){f, share.lo, share.hi};
}

static struct quantile none_of(const struct walk *walk) {
    const double s = walk->none;
    const struct interval ended = bounds(1 - s, s * s * walk->a);
    return (struct quantile){s, 1 - ended.hi, 1 - ended.lo};
}

static struct survival_shares shares_at(const struct walk *walk, int64_t age, uint64_t at_risk) {
    struct survival_shares out = {.at_risk = at_risk};
    const bool beyond = walk->left == 0 && walk->now < age && walk->none > 0;
    const bool known = age <= walk->known_to && !beyond;
    for (uint32_t k = 0; k < SURVIVAL_ENDS; k++)
        out.end[k] = known ? share_of(walk, k) : (struct quantile){NAN, NAN, NAN};
    out.none = known ? none_of(walk) : (struct quantile){NAN, NAN, NAN};
    return out;
}

void survival_shares(const struct survival *survival, const int64_t *ages, uint32_t age_count,
                     struct survival_shares *out) {
    CHECK(age_count <= SURVIVAL_AGES_MAX);
    struct walk walk = walk_begin(survival, SURVIVAL_ENDS);
    int64_t next = next_moment(&walk);
    for (uint32_t i = 0; i < age_count; i++) {
        for (; next < ages[i]; next = next_moment(&walk)) step(&walk, next);
        let_in(&walk, ages[i]);
        const uint64_t at_risk = walk.at_risk;
        if (next == ages[i]) {
            step(&walk, next);
            next = next_moment(&walk);
        }
        out[i] = shares_at(&walk, ages[i], at_risk);
    }
}

/* The moment after which nobody was at risk, though others came later; INT64_MAX: there is none. */
static int64_t known_to(const struct survival *survival) {
    struct walk walk = walk_begin(survival, 1);
    if (survival->entered.count == 0) return INT64_MAX;
    while (walk.left > 0 && walk.known_to == INT64_MAX) step(&walk, next_moment(&walk));
    return walk.known_to;
}

int64_t survival_longest(const struct survival *survival) {
    const struct survival_times *times = &survival->censored;
    int64_t longest = times->count > 0 ? times->time[times->count - 1] : -1;
    for (int k = 0; k < SURVIVAL_ENDS; k++) {
        times = &survival->end[k];
        if (times->count > 0 && times->time[times->count - 1] > longest)
            longest = times->time[times->count - 1];
    }
    const int64_t known = known_to(survival);
    return known < longest ? known : longest;
}
