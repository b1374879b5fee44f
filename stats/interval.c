/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/interval.h"

#include <math.h>

struct interval interval_wilson(uint64_t hits, uint64_t n) {
    if (n == 0) return (struct interval){NAN, NAN};
    const double z = INTERVAL_Z, count = (double)n, share = (double)hits / count;
    double scale = 1 + z * z / count;
    double middle = share + z * z / (2 * count);
    double reach = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count));
    /* At the ends the two terms are equal but for rounding. */
    return (struct interval){
        .lo = hits == 0 ? 0 : fmax((middle - reach) / scale, 0),
        .hi = hits == n ? 1 : fmin((middle + reach) / scale, 1),
    };
}

struct interval interval_mean(const struct moments *moments) {
    if (moments->count < 2) return (struct interval){NAN, NAN};
    double mean = moments_mean(moments);
    double reach = INTERVAL_Z * sqrt(moments_variance(moments) / (double)moments->count);
    return (struct interval){mean - reach, mean + reach};
}
