/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_QUANTILE_H
#define STATS_QUANTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/series.h"

/* quantile: exact quantiles of integers, interpolated linearly between order statistics (type 7 of
 * Hyndman and Fan), with a 95 % interval. Pure functions, any thread. */
struct quantile {
    double value;
    double lo, hi; /* NaN: too few values for an interval of 95 % */
};

/* Quantiles of values[0..count), whose contents are used up. `probabilities` are 0..1 in any order.
 * With count 0 everything is NaN. */
enum { QUANTILES_MAX = 18 };
void quantile_select(int64_t *values, size_t count, const double *probabilities,
                     uint32_t quantile_count, struct quantile *out);

/* The same of a series, which is left as it is: of its many small values only those near a quantile
 * are looked at closely. `room` grows as it is needed, and serves one series after the other.
 * false: over the arena's budget. Worst case: eight bytes a value. */
struct quantile_room {
    struct arena arena; /* of nothing else */
    int64_t *values;
    size_t capacity;
};
bool quantile_of_series(const struct series *series, const struct series_extent *extent,
                        const double *probabilities, uint32_t quantile_count,
                        struct quantile_room *room, struct quantile *out);

/* Ranks (from 0) of the order statistics that enclose a quantile with at least 95 % confidence,
 * whatever the distribution: at most 2.5 % of chance on either side. Exact binomial up to
 * QUANTILE_EXACT_MAX values; beyond it the normal approximation, corrected for skewness, which is
 * at most one rank off. false: no such ranks exist. */
enum { QUANTILE_EXACT_MAX = 1000 };
bool quantile_ranks(size_t count, double probability, size_t *lo, size_t *hi);

#endif
