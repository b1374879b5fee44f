/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_COSTING_H
#define QUERY_COSTING_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* costing: in what the KPIs of money count.
 *
 * The amounts of cost.booked are EUR cents (docs/EVENTS.md), whatever the currency of an
 * assumptions file; they are added up in thousandths of a cent, so that sums are exact in any
 * order. */
#define COSTING_CURRENCY     "EUR" /* of what was booked */
#define COSTING_CENT_UNITS   1000
#define COSTING_CENTS_MAX    9e12 /* ninety billion euros: more is no booking */
#define COSTING_MINUTE_UNITS 1e6  /* of CASE_MINUTES */
#define COSTING_YEAR_MS      (365.25 * 86400000.0)

static inline bool costing_is_booking(double cents) {
    return fabs(cents) <= COSTING_CENTS_MAX; /* NaN is none */
}
static inline int64_t costing_units(double cents) {
    return llround(cents * COSTING_CENT_UNITS);
}
static inline double costing_euros(int64_t units) {
    return (double)units / COSTING_CENT_UNITS / 100;
}

#endif
