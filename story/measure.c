/* SPDX-License-Identifier: EUPL-1.2 */
#include "story/measure.h"

#include <math.h>
#include <string.h>

struct measure measure_of(const char *unit, double value) {
    const double size = fabs(value);
    if (strcmp(unit, "s") == 0) {
        if (size >= 86400) return (struct measure){UNIT_DAY, 86400};
        if (size >= 5400) return (struct measure){UNIT_HOUR, 3600};
        return size >= 90 ? (struct measure){UNIT_MINUTE, 60} : (struct measure){UNIT_SECOND, 1};
    }
    if (strcmp(unit, "min") == 0) return (struct measure){UNIT_MINUTE, 1};
    if (strcmp(unit, "days") == 0) return (struct measure){UNIT_DAY, 1}; /* counted */
    if (strcmp(unit, "working_days") == 0) return (struct measure){UNIT_WORKDAY, 1};
    if (strcmp(unit, "ratio") == 0) return (struct measure){UNIT_PERCENT, 0.01};
    if (strcmp(unit, "EUR") == 0) return (struct measure){UNIT_EURO, 1};
    return (struct measure){strcmp(unit, "score") == 0 ? UNIT_OF5 : UNIT_COUNT, 1};
}
