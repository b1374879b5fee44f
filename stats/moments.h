/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_MOMENTS_H
#define STATS_MOMENTS_H

#include <stdint.h>

/* moments: count, sum and sum of squares of integers. All exact, so that neither the order of
 * arrival nor the way in which parts are merged can change a mean or a variance. Safe for 2^31
 * values of magnitude up to 2^48 (milliseconds of nine thousand years). Empty is all zero. */
__extension__ typedef __int128 moments_int128;
__extension__ typedef unsigned __int128 moments_uint128;

struct moments {
    uint64_t count;
    moments_int128 sum;
    moments_uint128 squares;
};

static inline void moments_add(struct moments *moments, int64_t value) {
    moments->count++;
    moments->sum += value;
    moments->squares += (moments_uint128)((moments_int128)value * value);
}

static inline void moments_merge(struct moments *into, const struct moments *from) {
    into->count += from->count;
    into->sum += from->sum;
    into->squares += from->squares;
}

double moments_mean(const struct moments *moments);     /* NaN when empty */
double moments_variance(const struct moments *moments); /* of the sample, n - 1; NaN under two */

#endif
