/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SAMPLE_CAPACITY_H
#define SAMPLE_CAPACITY_H

#include <stdbool.h>
#include <stdint.h>

#include "sample/story.h"

/* capacity: what an office reports of its slots: those planned for the day, with minutes of staff,
 * sometimes corrected, because somebody is ill; and those still free on some days ahead. Events are
 * added to a story that is nobody's. No I/O, one thread a story. */
enum {
    CAPACITY_PLANNED_LINES = 2,
    CAPACITY_FREE_LINES = 9,
    CAPACITY_BOOKED_PERCENT = 85, /* of the slots, on an average day */
};

/* How much of all bookings of a town are those of an office: parts in a million. 0: it has none,
 * and reports nothing. */
uint32_t capacity_share(uint32_t office);

/* On a working day, `index` of the almanac, by an office with so many slots a day. */
void capacity_report_planned(struct story *story, uint32_t office, uint32_t index, int64_t slots);
void capacity_report_free(struct story *story, uint32_t office, uint32_t index, int64_t slots);

#endif
