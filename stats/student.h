/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_STUDENT_H
#define STATS_STUDENT_H

/* student: Student's t distribution, for any positive number of degrees of freedom. Pure functions,
 * any thread. */

/* P(T <= t). */
double student_cdf(double t, double freedom);
/* The t with P(T <= t) = probability, 0 < probability < 1. */
double student_quantile(double probability, double freedom);
/* P(|T| >= |t|). */
double student_two_sided(double t, double freedom);

#endif
