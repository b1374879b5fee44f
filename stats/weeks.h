/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_WEEKS_H
#define STATS_WEEKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats/estimate.h"

/* weeks: linear regression of a series of weeks that hang together. The error of week t is a(t) +
 * b(t): a is an autoregression of first order with correlation rho from week to week and the share
 * psi of the variance, b is chance of each week alone: sampling noise, larger where a week rests on
 * fewer cases. Neither rho nor psi is known, and to take the likeliest for certain makes intervals
 * too narrow; so every one of a grid of both is tried:
 *
 *   generalised least squares with that rho and psi (psi = 1: Prais and Winsten's transformation;
 *   psi = 0: least squares weighted by the noise),
 *   whitened by the one-dimensional Kalman filter, so that gaps between weeks need nothing else;
 *   Student's t with n - k degrees of freedom about its estimate;
 *   weighed by its restricted likelihood (Patterson and Thompson 1971; Harville 1974).
 *
 * The mixture of these t distributions gives estimate, interval and p. With a flat prior that is
 * the posterior of a Bayesian; how often it covers the truth is tested by simulation
 * (tests/stats/weeks_test.c). Pure, any thread; 100 KB of stack. */
enum { WEEKS_MAX = 530, WEEKS_COLUMNS_MAX = 20 }; /* ten years; trend, level and months */

struct weeks {
    size_t count, column_count;
    const int32_t *week;  /* ascending */
    const double *y;      /* one a week */
    const double *column; /* column_count a week, week after week */
    const double *noise;  /* variance of b relative to other weeks, as 1/n; NULL: alike in all */
};

/* The coefficient of one column. false: the columns do not tell it apart, or too few weeks. */
bool weeks_estimate(const struct weeks *weeks, size_t column, struct estimate *out);

/* The same with rho and psi given: estimate and standard error, degrees of freedom n - k. */
struct weeks_fit {
    double value, error;
    double log_likelihood; /* restricted, up to a constant */
};
bool weeks_fit(const struct weeks *weeks, size_t column, double rho, double psi,
               struct weeks_fit *out);

#endif
