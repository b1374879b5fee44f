/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SAMPLE_TRUTH_H
#define SAMPLE_TRUTH_H

#include <stdint.h>

#include "base/text.h"
#include "sample/almanac.h"
#include "sample/story.h"
#include "sample/town.h"

/* truth: the KPI values of the sample, told by the one who made it: each story is looked at when it
 * is made, event by event, with nothing of the query engine. By tenant, service and month; the end
 * of observation is the end of the sample. Definitions: the catalogue of KPIs.
 * Keeps every single duration, 8 bytes each. One thread. */
struct truth;

/* Borrows town and almanac. NO_MEMORY: *out is NULL. */
MUST_USE enum status truth_open(const struct town *town, const struct almanac *almanac,
                                struct truth **out, struct error *err);
void truth_close(struct truth *truth); /* accepts NULL */

/* Takes in what a story holds: whole journeys, and events that stand alone. */
MUST_USE enum status truth_add(struct truth *truth, const struct story *story, struct error *err);

/* {"processing_time":{"by":[...],"rows":[...]},...}: the rows' columns have the names that the
 * answers to these KPIs have, durations are seconds. Rows without anything are left out. */
void truth_write(struct truth *truth, struct text *text);

#endif
