/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/day_count.h"

#include "base/status.h"

enum { HOUR_MS = 3600000, DAY_MS = 24 * HOUR_MS };

enum column_kind day_count_kind(uint32_t column) {
    static const enum column_kind kinds[DAY_COUNT_COLUMNS] = {
#define X(name, text, kind) KIND_##kind,
        DAY_COUNT_LIST(X)
#undef X
    };
    CHECK(column < DAY_COUNT_COLUMNS);
    return kinds[column];
}

const char *day_count_text(uint32_t column) {
    static const char *const texts[DAY_COUNT_COLUMNS] = {
#define X(name, text, kind) text,
        DAY_COUNT_LIST(X)
#undef X
    };
    CHECK(column < DAY_COUNT_COLUMNS);
    return texts[column];
}

int64_t day_count_time(int64_t time_ms) {
    int64_t into_day_ms = time_ms % DAY_MS;
    if (into_day_ms < 0) into_day_ms += DAY_MS;
    const int64_t day = time_ms - into_day_ms;
    if (into_day_ms >= 23 * HOUR_MS) return day + 23 * HOUR_MS;
    return into_day_ms >= 22 * HOUR_MS ? day + 22 * HOUR_MS : day;
}
