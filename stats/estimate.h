/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_ESTIMATE_H
#define STATS_ESTIMATE_H

/* estimate: an effect with its interval of 95 % and the two-sided p of "there is none". NaN: not
 * known. Interval and p come from one and the same test: p < 0.05 where 0 lies outside. */
struct estimate {
    double value, lo, hi, p;
};

#endif
