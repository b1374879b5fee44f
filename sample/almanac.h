/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SAMPLE_ALMANAC_H
#define SAMPLE_ALMANAC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* almanac: the days of the sample in German local time: daylight saving, holidays, office hours.
 * A table, made once; reading is free of side effects, any thread.
 *
 * The rules are written down here on purpose and not taken from the query engine: what the sample
 * says about months and working days is a second opinion. */
#define DAY_MS  INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)

enum { OFFICE_OPENS_HOUR = 8, OFFICE_CLOSES_HOUR = 16 };
#define OFFICE_DAY_MS ((OFFICE_CLOSES_HOUR - OFFICE_OPENS_HOUR) * HOUR_MS)

struct almanac_day {
    int32_t offset_ms;       /* local time minus UTC from 01:00 UTC of this day on */
    uint32_t working_before; /* working days of the almanac before this one */
    uint16_t year;
    uint8_t month;   /* 1..12 */
    uint8_t day;     /* 1..31 */
    uint8_t weekday; /* 0 Monday .. 6 Sunday */
    bool working;    /* Monday to Friday, no national holiday, neither 24 nor 31 December */
    bool holiday;
};

struct almanac {
    int64_t first_day; /* days since 1970-01-01 */
    uint32_t day_count;
    struct almanac_day *days;
    uint32_t working_count;
    uint32_t *working; /* the n-th working day as an index into days */
};

/* NO_MEMORY: nothing is held. Release with almanac_free. */
MUST_USE enum status almanac_init(struct almanac *almanac, int64_t first_day, uint32_t day_count,
                                  struct error *err);
void almanac_free(struct almanac *almanac);

/* All below: moments within the almanac; those outside are taken as its first or last day. */
int64_t almanac_local(const struct almanac *almanac, int64_t utc_ms);
/* The local day as an index into days. */
uint32_t almanac_index(const struct almanac *almanac, int64_t utc_ms);
const struct almanac_day *almanac_at(const struct almanac *almanac, int64_t utc_ms);
/* Local time of day on days[index], as UTC; not for the hours around a change of the clocks. */
int64_t almanac_utc(const struct almanac *almanac, uint32_t index, int64_t ms_of_day);
/* The moment after `working_ms` of office hours have passed since utc_ms. Beyond the almanac:
 * its end. */
int64_t almanac_after(const struct almanac *almanac, int64_t utc_ms, int64_t working_ms);
/* Year * 12 + month - 1, local. */
int32_t almanac_month(const struct almanac *almanac, int64_t utc_ms);

#endif
