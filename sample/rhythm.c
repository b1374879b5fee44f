/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/rhythm.h"

#include "base/memory.h"

static const uint8_t online_hour[24] = {3,  1,  1,  1,  1,  2,  6,  14, 26, 34, 36, 33,
                                        28, 27, 28, 29, 30, 31, 34, 38, 40, 33, 20, 9};
static const uint8_t online_weekday[7] = {110, 105, 100, 98, 85, 70, 78};
static const uint8_t office_hour[24] = {
    [8] = 60, [9] = 100, [10] = 110, [11] = 90, [12] = 40, [13] = 60, [14] = 70, [15] = 45};
static const uint8_t office_weekday[5] = {120, 105, 80, 115, 75};
static const uint8_t season[12] = {112, 105, 106, 97, 100, 92, 84, 82, 110, 112, 102, 74};

static uint64_t weight(enum town_entry entry, const struct almanac_day *day, uint32_t hour,
                       uint32_t per_mille) {
    uint64_t of_month = season[day->month - 1];
    if (entry == ENTRY_OFFICE || entry == ENTRY_WALK_IN) {
        if (!day->working) return 0;
        uint64_t trend = 1150 - 350 * per_mille / 1000;
        return office_hour[hour] * (uint64_t)office_weekday[day->weekday] * of_month * trend /
               1000000;
    }
    uint64_t of_day = day->holiday ? 62 : online_weekday[day->weekday];
    uint64_t trend = entry == ENTRY_ONLINE ? 750 + 500 * per_mille / 1000 : 1000;
    return online_hour[hour] * of_day * of_month * trend / 1000000;
}

enum status rhythm_init(struct rhythm *rhythm, const struct almanac *almanac, int64_t start_ms,
                        uint32_t hour_count, struct error *err) {
    *rhythm = (struct rhythm){.hour_count = hour_count};
    for (int entry = 0; entry < ENTRY_COUNT; entry++) {
        uint64_t *sum = rhythm->sum[entry] = memory_new_array(uint64_t, hour_count + 1);
        if (sum == NULL) {
            rhythm_free(rhythm);
            return error_set(err, STATUS_NO_MEMORY, "rhythm: %u hours", hour_count);
        }
        for (uint32_t hour = 0; hour < hour_count; hour++) {
            int64_t time_ms = start_ms + hour * HOUR_MS;
            uint32_t local_hour = (uint32_t)(almanac_local(almanac, time_ms) % DAY_MS / HOUR_MS);
            uint32_t per_mille = (uint32_t)(hour * UINT64_C(1000) / hour_count);
            sum[hour + 1] = sum[hour] + weight((enum town_entry)entry, almanac_at(almanac, time_ms),
                                               local_hour, per_mille);
        }
    }
    return STATUS_OK;
}

void rhythm_free(struct rhythm *rhythm) {
    for (int entry = 0; entry < ENTRY_COUNT; entry++) memory_free(rhythm->sum[entry]);
    *rhythm = (struct rhythm){0};
}

/* total * part / whole; the weights of ten years keep the product far below 64 bits. */
static uint64_t share(uint64_t total, uint64_t part, uint64_t whole) {
    return total / whole * part + total % whole * part / whole;
}

uint64_t rhythm_quota(const struct rhythm *rhythm, enum town_entry entry, uint64_t total,
                      uint32_t hour) {
    const uint64_t *sum = rhythm->sum[entry];
    uint64_t whole = sum[rhythm->hour_count];
    return share(total, sum[hour + 1], whole) - share(total, sum[hour], whole);
}
