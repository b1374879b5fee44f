/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORY_MEASURE_H
#define STORY_MEASURE_H

#include "story/texts.h"

/* measure: in which unit a value is said. Pure; any thread. */
struct measure {
    enum story_unit unit;
    double size; /* so much of the API's unit is one */
};

/* unit: that of the API. As the pages choose it (dashboard/web/src/quantity.ts). */
struct measure measure_of(const char *unit, double value);

#endif
