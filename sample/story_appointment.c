/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/column.h"
#include "sample/story.h"

#define MINUTE_MS INT64_C(60000)

/* story_appointment: from the booking, or the ticket at the door, to the end of the visit. */

enum {
    RESCHEDULED = 75, /* per mille of appointments */
    CANCELLED = 90,
    CANCELLED_BY_OFFICE = 150, /* per mille of the cancelled */
    LEAVES = 12,               /* of those who wait */
    LATE_SHOW = 25,            /* of those called in vain */
    PARKED = 45,
    NO_WAIT = 50,
    CASE_FOLLOWS = 420
};

/* Median wait in minutes by the hour of the day, 8 to 15. */
static const uint8_t wait_minutes[] = {5, 9, 15, 13, 8, 5, 7, 11};

static struct occurrence *meet(struct story *story, enum event_type type, int64_t time_ms) {
    struct occurrence *event = story_add(story, type, STORY_APPOINTMENT, time_ms);
    if (event != NULL) event->office = story->office;
    return event;
}

static void plan(struct story *story, enum event_type type, int64_t time_ms, int64_t start_ms) {
    struct occurrence *event = meet(story, type, time_ms);
    if (event != NULL) event->start_ms = start_ms;
}

/* A free slot, on a full five minutes of an office day after a lead time. */
static int64_t slot(struct story *story, int64_t from_ms, int64_t median_ms) {
    const struct almanac *almanac = story->almanac;
    int64_t at_ms = from_ms + HOUR_MS + dice_spread(&story->dice, median_ms, 300);
    uint32_t index = almanac_index(almanac, at_ms);
    while (index + 1 < almanac->day_count && !almanac->days[index].working) index++;
    int64_t minute = dice_below(&story->dice, OFFICE_DAY_MS / MINUTE_MS / 5 - 6) * INT64_C(5);
    int64_t start_ms =
        almanac_utc(almanac, index, OFFICE_OPENS_HOUR * HOUR_MS + minute * MINUTE_MS);
    return start_ms > from_ms + 10 * MINUTE_MS ? start_ms : slot(story, from_ms + DAY_MS, 1);
}

static int64_t wait_ms(struct story *story, int64_t time_ms) {
    if (dice_chance(&story->dice, NO_WAIT)) return 0;
    int64_t hour = almanac_local(story->almanac, time_ms) % DAY_MS / HOUR_MS - OFFICE_OPENS_HOUR;
    int64_t minutes = wait_minutes[hour < 0 ? 0 : hour > 7 ? 7 : hour];
    return dice_spread(&story->dice, minutes * MINUTE_MS * story->effect.waiting / 100, 230);
}

static void serve(struct story *story, int64_t time_ms) {
    int64_t median_ms = town_service[story->service].serving_minutes * MINUTE_MS;
    time_ms += dice_between(&story->dice, 15000, 90000);
    (void)meet(story, TYPE_APPOINTMENT_SHOWEDUP, time_ms);
    if (dice_chance(&story->dice, PARKED)) {
        time_ms += MINUTE_MS + dice_spread(&story->dice, median_ms / 2, 200);
        (void)meet(story, TYPE_APPOINTMENT_PARKED, time_ms);
        time_ms += MINUTE_MS + dice_spread(&story->dice, 12 * MINUTE_MS, 200);
        (void)meet(story, TYPE_APPOINTMENT_RESUMED, time_ms);
    }
    time_ms += MINUTE_MS + dice_spread(&story->dice, median_ms, 180);
    if (dice_chance(&story->dice, CASE_FOLLOWS)) story->link = dice_next(&story->dice);
    struct occurrence *event = meet(story, TYPE_APPOINTMENT_FINISHED, time_ms);
    if (event == NULL || story->link == 0) return;
    event->link = story->link;
    story->channel = CHANNEL_COUNTER;
    story_case(story, time_ms + dice_between(&story->dice, 2000, 60000));
}

/* Arrives, waits from `ready_ms` on (the start, or the arrival of a walk-in), is served or leaves.
 */
static void come(struct story *story, int64_t arrived_ms, int64_t ready_ms) {
    (void)meet(story, TYPE_APPOINTMENT_ARRIVED, arrived_ms);
    if (dice_chance(&story->dice, LEAVES)) return;
    int64_t called_ms = ready_ms + wait_ms(story, ready_ms);
    (void)meet(story, TYPE_APPOINTMENT_CALLED, called_ms);
    serve(story, called_ms);
}

static void miss(struct story *story, int64_t start_ms) {
    int64_t called_ms = start_ms + wait_ms(story, start_ms);
    (void)meet(story, TYPE_APPOINTMENT_CALLED, called_ms);
    int64_t missed_ms = called_ms + dice_between(&story->dice, 5 * MINUTE_MS, 15 * MINUTE_MS);
    (void)meet(story, TYPE_APPOINTMENT_MISSED, missed_ms);
    if (!dice_chance(&story->dice, LATE_SHOW)) return;
    int64_t arrived_ms = missed_ms + dice_between(&story->dice, MINUTE_MS, 20 * MINUTE_MS);
    come(story, arrived_ms, arrived_ms);
}

static void cancel(struct story *story, int64_t from_ms, int64_t start_ms) {
    int64_t share = dice_between(&story->dice, 5, 98);
    struct occurrence *event =
        meet(story, TYPE_APPOINTMENT_CANCELLED, from_ms + (start_ms - from_ms) / 100 * share);
    if (event == NULL) return;
    bool office = dice_chance(&story->dice, CANCELLED_BY_OFFICE);
    event->code = office ? OCCURRENCE_CODE_OFFICE : OCCURRENCE_CODE_CITIZEN;
}

void story_appointment(struct story *story, int64_t time_ms, bool walk_in) {
    if (walk_in) {
        come(story, time_ms, time_ms);
        return;
    }
    int64_t start_ms = slot(story, time_ms, 9 * DAY_MS);
    if (dice_chance(&story->dice, 400)) {
        plan(story, TYPE_APPOINTMENT_RESERVED, time_ms, start_ms);
        time_ms += dice_between(&story->dice, 20000, 8 * MINUTE_MS);
    }
    plan(story, TYPE_APPOINTMENT_CONFIRMED, time_ms, start_ms);
    if (dice_chance(&story->dice, RESCHEDULED)) {
        time_ms += (start_ms - time_ms) / 100 * dice_between(&story->dice, 10, 90);
        start_ms = slot(story, start_ms, 5 * DAY_MS);
        plan(story, TYPE_APPOINTMENT_RESCHEDULED, time_ms, start_ms);
    }
    if (dice_chance(&story->dice, CANCELLED)) {
        cancel(story, time_ms, start_ms);
    } else if (dice_chance(&story->dice, story->effect.no_show)) {
        miss(story, start_ms);
    } else {
        int64_t early_ms = dice_spread(&story->dice, 6 * MINUTE_MS, 250) - 2 * MINUTE_MS;
        int64_t arrived_ms = start_ms - early_ms;
        if (arrived_ms <= time_ms) arrived_ms = time_ms + MINUTE_MS;
        come(story, arrived_ms, arrived_ms > start_ms ? arrived_ms : start_ms);
    }
}
