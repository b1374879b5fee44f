/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SAMPLE_WHEEL_H
#define SAMPLE_WHEEL_H

#include "base/status.h"
#include "sample/occurrence.h"

/* wheel: what is still to be sent, by the hour of sending: adding is a copy, and an hour is put in
 * order when its turn comes. Memory follows the number of events that wait, not that of the sample.
 * One thread. */
struct wheel;

/* Hours from start_ms on. NO_MEMORY: *out is NULL. */
MUST_USE enum status wheel_open(int64_t start_ms, uint32_t hour_count, struct wheel **out,
                                struct error *err);
void wheel_close(struct wheel *wheel); /* accepts NULL */

/* Copies the event. Its hour must not have been taken. */
MUST_USE enum status wheel_add(struct wheel *wheel, const struct occurrence *occurrence,
                               struct error *err);

/* All events of one hour by time of sending; of one moment, as they were added. They belong to the
 * wheel until the next call. */
MUST_USE enum status wheel_take(struct wheel *wheel, uint32_t hour,
                                const struct occurrence *const **out, size_t *count,
                                struct error *err);

#endif
