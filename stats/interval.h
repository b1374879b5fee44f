/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_INTERVAL_H
#define STATS_INTERVAL_H

#include <stdint.h>

#include "stats/moments.h"

/* interval: 95 % confidence intervals of proportions and means. Pure functions, any thread. */
#define INTERVAL_Z 1.96 /* both sides, as KPIS.md fixes it */

struct interval {
    double lo, hi; /* NaN: not known */
};

/* Wilson's interval of hits/n; 0 <= lo <= hi <= 1. n = 0: NaN. */
struct interval interval_wilson(uint64_t hits, uint64_t n);

/* mean +- z * s / sqrt(n). Under two values: NaN. */
struct interval interval_mean(const struct moments *moments);

#endif
