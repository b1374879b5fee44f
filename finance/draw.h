/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef FINANCE_DRAW_H
#define FINANCE_DRAW_H

#include <stdint.h>

/* draw: random numbers that can be repeated. A number is a function of a seed and a counter, so
 * there is no state, and draw 7,000 is the same whether or not others came before it. Built of
 * integers, the four operations and square roots only, which IEEE 754 rounds in one way: the same
 * bits from every compiler, processor and mathematical library. Pure functions, any thread. */

/* Uniform, over 0 and under 1. */
double draw_uniform(uint64_t seed, uint64_t counter);
/* The quantiles of distributions, to make others of a uniform number p, 0 < p < 1. */
double draw_normal(double p); /* mean 0, standard deviation 1 */
double draw_triangular(double p, double low, double mode, double high);

#endif
