/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_DIFFERENCE_H
#define STATS_DIFFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "stats/estimate.h"

/* difference: of two groups, second minus first. Pure functions, any thread. */

/* A share and what it rests on; n may be an effective one, not whole. */
struct share {
    double value, n;
};
/* Two independent shares, after Newcombe (Statistics in Medicine 17, 1998, method 10): Wilson's
 * intervals of both, put together. */
struct estimate difference_of_shares(struct share before, struct share after);

/* Two independent samples of clusters, each one number, after Welch. That is what the
 * cluster-robust variance CR2 with the degrees of freedom of Bell and McCaffrey (2002) comes to
 * where groups of clusters are compared. Under two clusters on a side: NaN but for the value. */
struct estimate difference_of_means(const double *first, size_t first_count, const double *second,
                                    size_t second_count);

/* p[0..count), NaN: not tested, become adjusted p after Holm (1979). At most HOLM_MAX. */
enum { HOLM_MAX = 64 };
void difference_holm(double *p, size_t count);

#endif
