/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_RESAMPLE_H
#define STATS_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "stats/estimate.h"

/* resample: the difference of a quantile between two periods, whose weeks hang together, by the
 * block bootstrap (Künsch 1989; circular, Politis and Romano 1992): whole runs of weeks are drawn
 * with all units in them, so that what they share stays together. Pure, any thread; a seed decides
 * every draw. */
struct resample_period {
    uint64_t n; /* cases, those that never came to an end included */
    uint32_t week_count;
    const uint32_t *week_n; /* of each week */
    size_t value_count;
    const int64_t *value; /* ascending; what is not among them is beyond all */
    const uint32_t *week; /* of each value */
};

/* The least value with at least the share `probability` of all n at or below it; NaN: beyond. */
double resample_quantile(const struct resample_period *period, double probability);

enum { RESAMPLE_DRAWS = 1000 };
/* after - before; the interval is the estimate -+ Student's t times the bootstrap's standard error.
 * paired: the periods are as long, and week i of both is the same week of the year: then they are
 * drawn together, and what the season does to both cancels. NO_MEMORY: over the arena's budget. */
MUST_USE enum status resample_difference(const struct resample_period *before,
                                         const struct resample_period *after, double probability,
                                         bool paired, uint64_t seed, uint32_t draws,
                                         struct arena *arena, struct estimate *out);

#endif
