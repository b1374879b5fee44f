/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SAMPLE_RHYTHM_H
#define SAMPLE_RHYTHM_H

#include <stdint.h>

#include "base/status.h"
#include "sample/almanac.h"
#include "sample/town.h"

/* rhythm: when things begin: by hour of the day, weekday, holiday, season, and the slow move from
 * counter to screen. A table by hour, made once. */
struct rhythm {
    uint32_t hour_count;
    uint64_t *sum[ENTRY_COUNT]; /* cumulative weight before each hour; [hour_count] is the total */
};

MUST_USE enum status rhythm_init(struct rhythm *rhythm, const struct almanac *almanac,
                                 int64_t start_ms, uint32_t hour_count, struct error *err);
void rhythm_free(struct rhythm *rhythm);

/* How many of `total` begin in this hour. All hours together give exactly total. */
uint64_t rhythm_quota(const struct rhythm *rhythm, enum town_entry entry, uint64_t total,
                      uint32_t hour);

#endif
