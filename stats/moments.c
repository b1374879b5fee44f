/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/moments.h"

#include <math.h>

double moments_mean(const struct moments *moments) {
    if (moments->count == 0) return NAN;
    moments_int128 n = (moments_int128)moments->count;
    moments_int128 whole = moments->sum / n, rest = moments->sum % n;
    return (double)whole + (double)rest / (double)n;
}

/* Squares around an integer m near the mean are exact; what is left of them when m is replaced by
 * the mean itself is below n/4, and exact as well. */
double moments_variance(const struct moments *moments) {
    if (moments->count < 2) return NAN;
    moments_int128 n = (moments_int128)moments->count;
    moments_int128 m = moments->sum / n;
    moments_int128 rest = moments->sum - n * m;
    moments_uint128 around =
        moments->squares - (moments_uint128)(2 * m * moments->sum) + (moments_uint128)(n * m * m);
    double squares = (double)around - (double)rest * ((double)rest / (double)n);
    return fmax(squares, 0) / (double)(moments->count - 1);
}
