/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_PERMUTATION_H
#define STATS_PERMUTATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "stats/estimate.h"

/* permutation: which units were treated might as well have been chosen otherwise. Under "the
 * treatment adds d" the treated units' numbers less d are exchangeable with the others', so the
 * difference of means under the true choice is compared with that under every other choice; the
 * interval holds every d that is not refused at 5 % (Fisher; Rosenbaum 2002, chapter 2). Exact: no
 * draw, no distribution assumed. Pure, any thread. */
enum { PERMUTATION_CHOICES_MAX = 200000 };

/* In how many ways `treated` of `units` can be chosen; 0: more than PERMUTATION_CHOICES_MAX. */
uint32_t permutation_choices(size_t units, size_t treated);
/* The least p that the test can give: with halves of one size each choice has its mirror image. */
double permutation_least_p(size_t units, size_t treated);

/* Mean of treated minus mean of control. Ends of the interval that are not bounded at this number
 * of units are infinite. NO_MEMORY: over the arena's budget. Both sides need a unit, and the
 * choices must be within PERMUTATION_CHOICES_MAX. */
MUST_USE enum status permutation_difference(const double *control, size_t control_count,
                                            const double *treated, size_t treated_count,
                                            struct arena *arena, struct estimate *out);

#endif
