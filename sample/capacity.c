/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/capacity.h"

#include <assert.h>

#include "event/column.h"

enum {
    CORRECTED = 60,        /* per mille of days */
    FULLY_BOOKED = 50,     /* per mille of samples */
    MINUTES_A_SLOT = 19,   /* of staff, walk-ins included */
    NORTH_PER_MILLE = 380, /* of the citizens' office: story.c */
    FULL_DAYS = 12         /* working days ahead until which less than all slots are free */
};

/* Working days from today on which free slots are reported. */
static const uint8_t ahead[] = {0, 1, 2, 3, 5, 8, 13, 21, 34};
static_assert(sizeof ahead == CAPACITY_FREE_LINES, "a line each");

uint32_t capacity_share(uint32_t office) {
    uint64_t all = 0, here = 0;
    for (uint32_t service = 0; service < SERVICE_COUNT; service++) {
        const uint64_t weight = town_service[service].weight[ENTRY_BOOKING];
        const uint32_t of = town_service[service].office;
        all += weight * 1000;
        if (of == OFFICE_CITIZENS && office == OFFICE_CITIZENS_NORTH)
            here += weight * NORTH_PER_MILLE;
        else if (of == OFFICE_CITIZENS && office == of)
            here += weight * (1000 - NORTH_PER_MILLE);
        else if (of == office)
            here += weight * 1000;
    }
    return (uint32_t)(here * 1000000 / all);
}

static void report(struct story *story, enum event_type type, uint32_t office, int64_t time_ms,
                   int64_t start_ms, int64_t value, enum occurrence_code code) {
    struct occurrence *event = story_add(story, type, STORY_NOBODY, time_ms);
    if (event == NULL) return;
    event->office = (uint8_t)office;
    event->start_ms = start_ms;
    event->value = value;
    event->code = (uint8_t)code;
}

static void plan(struct story *story, uint32_t office, int64_t time_ms, int64_t opens_ms,
                 int64_t slots) {
    report(story, TYPE_CAPACITY_PLANNED, office, time_ms, opens_ms, slots, OCCURRENCE_CODE_NONE);
    report(story, TYPE_CAPACITY_PLANNED, office, time_ms, opens_ms, slots * MINUTES_A_SLOT,
           OCCURRENCE_CODE_MINUTES);
}

void capacity_report_planned(struct story *story, uint32_t office, uint32_t index, int64_t slots) {
    const int64_t opens_ms = almanac_utc(story->almanac, index, OFFICE_OPENS_HOUR * HOUR_MS);
    plan(story, office, opens_ms - 2 * HOUR_MS, opens_ms, slots);
    if (dice_chance(&story->dice, CORRECTED))
        plan(story, office, opens_ms + HOUR_MS / 2, opens_ms, slots - 1 - slots / 5);
}

void capacity_report_free(struct story *story, uint32_t office, uint32_t index, int64_t slots) {
    const struct almanac *almanac = story->almanac;
    const int64_t time_ms = almanac_utc(almanac, index, (OFFICE_OPENS_HOUR - 1) * HOUR_MS);
    const bool full = dice_chance(&story->dice, FULLY_BOOKED);
    const uint32_t today = almanac->days[index].working_before;
    for (uint32_t i = 0; i < CAPACITY_FREE_LINES; i++) {
        if (today + ahead[i] >= almanac->working_count) return;
        const uint32_t day = almanac->working[today + ahead[i]];
        const int64_t share = ahead[i] >= FULL_DAYS ? 100 : ahead[i] * 100 / FULL_DAYS;
        const int64_t most = slots * share * share / 10000 + 1;
        const int64_t spare = dice_between(&story->dice, -most, most);
        report(story, TYPE_CAPACITY_FREE, office, time_ms,
               almanac_utc(almanac, day, OFFICE_OPENS_HOUR * HOUR_MS),
               full || spare < 0 ? 0 : spare, OCCURRENCE_CODE_NONE);
    }
}
