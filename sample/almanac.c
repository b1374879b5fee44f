/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/almanac.h"

#include "base/memory.h"
#include "base/timestamp.h"

/* Days since 1970-01-01 of Easter Sunday (Gauss's rule, Gregorian). */
static int64_t easter(int64_t year) {
    int64_t a = year % 19, b = year / 100, c = year % 100;
    int64_t h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int64_t l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    int64_t m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;
    return timestamp_days_from_civil(year, (int)(n / 31), (int)(n % 31) + 1);
}

static bool is_holiday(int64_t day, int64_t year, int month, int day_of_month) {
    static const int fixed[] = {101, 501, 1003, 1225, 1226};
    static const int after_easter[] = {-2, 1, 39, 50};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (month * 100 + day_of_month == fixed[i]) return true;
    for (size_t i = 0; i < sizeof after_easter / sizeof after_easter[0]; i++)
        if (day == easter(year) + after_easter[i]) return true;
    return false;
}

static int64_t last_sunday(int64_t year, int month) {
    int64_t day = timestamp_days_from_civil(year, month, 31); /* March and October have 31 days */
    return day - (timestamp_weekday(day) + 1) % 7;
}

static void fill(struct almanac *almanac) {
    for (uint32_t i = 0; i < almanac->day_count; i++) {
        int64_t number = almanac->first_day + i, year;
        int month, day;
        timestamp_civil_from_days(number, &year, &month, &day);
        bool summer = number >= last_sunday(year, 3) && number < last_sunday(year, 10);
        bool holiday = is_holiday(number, year, month, day);
        bool shut = month == 12 && (day == 24 || day == 31);
        almanac->days[i] = (struct almanac_day){
            .offset_ms = (int32_t)(summer ? 2 * HOUR_MS : HOUR_MS),
            .working_before = almanac->working_count,
            .year = (uint16_t)year,
            .month = (uint8_t)month,
            .day = (uint8_t)day,
            .weekday = (uint8_t)timestamp_weekday(number),
            .holiday = holiday,
            .working = !holiday && !shut && timestamp_weekday(number) < 5,
        };
        if (almanac->days[i].working) almanac->working[almanac->working_count++] = i;
    }
}

enum status almanac_init(struct almanac *almanac, int64_t first_day, uint32_t day_count,
                         struct error *err) {
    *almanac = (struct almanac){.first_day = first_day, .day_count = day_count};
    almanac->days = memory_new_array(struct almanac_day, day_count);
    almanac->working = memory_new_array(uint32_t, day_count);
    if (almanac->days == NULL || almanac->working == NULL) {
        almanac_free(almanac);
        return error_set(err, STATUS_NO_MEMORY, "almanac: %u days", day_count);
    }
    fill(almanac);
    return STATUS_OK;
}

void almanac_free(struct almanac *almanac) {
    memory_free(almanac->days);
    memory_free(almanac->working);
    *almanac = (struct almanac){0};
}

static uint32_t clamp(const struct almanac *almanac, int64_t day) {
    int64_t index = day - almanac->first_day;
    if (index < 0) return 0;
    return index < almanac->day_count ? (uint32_t)index : almanac->day_count - 1;
}

int64_t almanac_local(const struct almanac *almanac, int64_t utc_ms) {
    /* The clocks change at 01:00 UTC, all over Europe. Moments before 1970 do not occur. */
    return utc_ms + almanac->days[clamp(almanac, (utc_ms - HOUR_MS) / DAY_MS)].offset_ms;
}

uint32_t almanac_index(const struct almanac *almanac, int64_t utc_ms) {
    return clamp(almanac, almanac_local(almanac, utc_ms) / DAY_MS);
}

const struct almanac_day *almanac_at(const struct almanac *almanac, int64_t utc_ms) {
    return &almanac->days[almanac_index(almanac, utc_ms)];
}

int64_t almanac_utc(const struct almanac *almanac, uint32_t index, int64_t ms_of_day) {
    CHECK(index < almanac->day_count);
    return (almanac->first_day + index) * DAY_MS + ms_of_day - almanac->days[index].offset_ms;
}

int64_t almanac_after(const struct almanac *almanac, int64_t utc_ms, int64_t working_ms) {
    uint32_t index = almanac_index(almanac, utc_ms);
    const struct almanac_day *day = &almanac->days[index];
    int64_t position = day->working_before * OFFICE_DAY_MS;
    if (day->working) {
        int64_t of_day = almanac_local(almanac, utc_ms) % DAY_MS - OFFICE_OPENS_HOUR * HOUR_MS;
        position += of_day < 0 ? 0 : of_day > OFFICE_DAY_MS ? OFFICE_DAY_MS : of_day;
    }
    position += working_ms;
    if (position / OFFICE_DAY_MS >= almanac->working_count)
        return (almanac->first_day + almanac->day_count) * DAY_MS;
    int64_t after = almanac_utc(almanac, almanac->working[position / OFFICE_DAY_MS],
                                OFFICE_OPENS_HOUR * HOUR_MS + position % OFFICE_DAY_MS);
    return after > utc_ms ? after : utc_ms + working_ms;
}

int32_t almanac_month(const struct almanac *almanac, int64_t utc_ms) {
    const struct almanac_day *day = almanac_at(almanac, utc_ms);
    return day->year * 12 + day->month - 1;
}
