/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_SURVIVAL_H
#define STATS_SURVIVAL_H

#include <stddef.h>
#include <stdint.h>

#include "stats/quantile.h"

/* survival: how long until an end, when some have not ended yet (censored: their time so far), some
 * ended otherwise (competing) and some came under observation late (left truncation: what ended
 * earlier than they could be seen is not known, so they are at risk only from then on).
 *
 * F_k(t) is the share of all that have come to end k by t, after Aalen and Johansen; without
 * competing ends F is 1 - S of Kaplan and Meier. Intervals are pointwise, of 95 %, log(-log)
 * transformed, with the variance of Marubini and Valsecchi, which is Greenwood's without competing
 * ends. There is none where F is 0 or 1: nothing varies there, whatever the number of units.
 *
 * All is known up to the longest time seen only, and beyond it when nobody was left. Where late
 * entry leaves a time at which nobody is at risk, nothing is known from then on. Pure functions,
 * any thread. */
enum { SURVIVAL_ENDS = 4, SURVIVAL_AGES_MAX = 32 };
struct survival_times {
    const int64_t *time; /* in ascending order, not negative */
    size_t count;
};
struct survival {
    struct survival_times end[SURVIVAL_ENDS]; /* 0: the end that quantiles are of */
    struct survival_times censored;
    /* Begins of observation, of units whose time is among the others: above 0 and below that. */
    struct survival_times entered;
};

/* Of each, the least t with F_0(t) >= p; its interval inverts those of F_0. NaN: F_0, or the bound
 * of its interval, does not reach p within what is known. At most QUANTILES_MAX. */
void survival_quantiles(const struct survival *survival, const double *probabilities,
                        uint32_t quantile_count, struct quantile *out);

/* What has become of all by an age, itself included: the shares add up to 1. NaN: not known. */
struct survival_shares {
    struct quantile end[SURVIVAL_ENDS];
    struct quantile none;
    uint64_t at_risk; /* seen at that age, not ended before it */
};
/* ages: each above the one before, at most SURVIVAL_AGES_MAX. */
void survival_shares(const struct survival *survival, const int64_t *ages, uint32_t age_count,
                     struct survival_shares *out);

/* The longest time of which something is known: the longest one seen or, where late entry leaves a
 * time at which nobody is at risk, the moment before it; -1: none. A quantile that is not known is
 * longer than that. */
int64_t survival_longest(const struct survival *survival);

#endif
