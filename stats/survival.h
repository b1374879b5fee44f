/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_SURVIVAL_H
#define STATS_SURVIVAL_H

#include <stddef.h>
#include <stdint.h>

#include "stats/quantile.h"

/* survival: how long until the end, when some have not ended yet (censored: their time so far) and
 * some ended otherwise (competing). F(t) is the share of all that have ended by t, after Aalen and
 * Johansen; without competing ends it is 1 - S(t) of Kaplan and Meier. A quantile is the least t
 * with F(t) >= p. Its interval inverts pointwise intervals of 95 % of F, log(-log) transformed,
 * with the variance of Marubini and Valsecchi; without competing ends that is Greenwood's. Pure
 * functions, any thread. */
struct survival {
    const int64_t *ended, *censored, *competing; /* each in ascending order, not negative */
    size_t ended_count, censored_count, competing_count;
};

/* value, lo, hi are NaN where F, or the bound of its interval, does not reach the probability
 * within the longest time seen. */
void survival_quantiles(const struct survival *survival, const double *probabilities,
                        uint32_t quantile_count, struct quantile *out);

#endif
