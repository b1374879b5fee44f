/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/story.h"

#define MINUTE_MS INT64_C(60000)

/* story_case: what the office does with an application, in its working hours. */

enum {
    WITHDRAWN = 22, /* per mille of cases */
    FORWARDED = 5,
    REJECTED = 9,
    FILED = 500, /* of those three */
    REFUSED = 110,
    NEVER_REPLIES = 60, /* per mille of those who were asked for more */
    ACTIVITY = 350,
    REOPENED = 9,
    LINK_LOST = 6 /* of those that came with a link token */
};

/* Ends are not office work when the case goes on beyond the almanac: then nothing more happens. */
static struct occurrence *act(struct story *story, enum event_type type, int64_t time_ms) {
    struct occurrence *event = story_add(story, type, STORY_CASE, time_ms);
    if (event == NULL) return NULL;
    event->office = town_service[story->service].office;
    if (type != TYPE_CASE_RECEIVED) event->channel = CHANNEL_ABSENT;
    event->lang = OCCURRENCE_NONE;
    event->device = DEVICE_ABSENT;
    return event;
}

static void work(struct story *story, struct occurrence *event, uint32_t per_cent) {
    if (event == NULL) return;
    int64_t median = town_service[story->service].staff_minutes * INT64_C(10) * per_cent / 100;
    median = median * story->effect.minutes / 100;
    /* An application that came as data is not typed in again. */
    if (story->link != 0) median = median * 72 / 100;
    event->minutes_tenths = (uint16_t)(1 + dice_spread(&story->dice, median, 160) % 60000);
}

static int64_t processing_ms(struct story *story, int64_t received_ms) {
    int64_t median = town_service[story->service].processing_minutes * MINUTE_MS;
    median = median * story->effect.processing / 100;
    uint8_t month = almanac_at(story->almanac, received_ms)->month;
    if (month == 7 || month == 8) median = median * 122 / 100; /* holidays of the staff */
    return 3 * MINUTE_MS + dice_spread(&story->dice, median, 230);
}

/* Asks for what is missing. Moves *time_ms to the answer; false when it never comes. */
static bool ask(struct story *story, int64_t *time_ms) {
    (void)act(story, TYPE_CASE_REQUESTED, *time_ms);
    if (dice_chance(&story->dice, NEVER_REPLIES)) {
        *time_ms = almanac_after(story->almanac, *time_ms, 25 * OFFICE_DAY_MS);
        struct occurrence *event = act(story, TYPE_CASE_CLOSED, *time_ms);
        if (event != NULL) event->code = OCCURRENCE_CODE_INCOMPLETE;
        return false;
    }
    *time_ms += dice_spread(&story->dice, 4 * DAY_MS, 300);
    (void)act(story, TYPE_CASE_REPLIED, *time_ms);
    return true;
}

/* The few that end some other way; false when this one does not. */
static bool ends_otherwise(struct story *story, int64_t received_ms, int64_t all_ms) {
    uint32_t roll = dice_below(&story->dice, 1000);
    if (roll >= WITHDRAWN + FORWARDED + REJECTED) return false;
    enum event_type type = roll < WITHDRAWN               ? TYPE_CASE_WITHDRAWN
                           : roll < WITHDRAWN + FORWARDED ? TYPE_CASE_FORWARDED
                                                          : TYPE_CASE_REJECTED;
    int64_t share = all_ms * dice_between(&story->dice, 10, 90) / 100;
    int64_t end_ms = almanac_after(story->almanac, received_ms, share);
    (void)act(story, type, end_ms);
    if (dice_chance(&story->dice, FILED)) /* the file is closed all the same */
        (void)act(story, TYPE_CASE_CLOSED, almanac_after(story->almanac, end_ms, OFFICE_DAY_MS));
    return true;
}

static void finish(struct story *story, int64_t time_ms) {
    const struct almanac *almanac = story->almanac;
    const struct town_service *service = &town_service[story->service];
    if (service->ending == ENDS_DECIDED) {
        struct occurrence *event = act(story, TYPE_CASE_DECIDED, time_ms);
        work(story, event, 65);
        if (event != NULL) {
            bool refused = dice_chance(&story->dice, REFUSED);
            event->code = refused ? OCCURRENCE_CODE_REFUSED : OCCURRENCE_CODE_GRANTED;
        }
    } else if (service->ending == ENDS_DELIVERED) {
        work(story, act(story, TYPE_CASE_DELIVERED, time_ms), 65);
    }
    int64_t filing = dice_spread(&story->dice, 40 * MINUTE_MS, 400);
    time_ms = almanac_after(almanac, time_ms, filing);
    struct occurrence *closed = act(story, TYPE_CASE_CLOSED, time_ms);
    if (service->ending == ENDS_CLOSED) work(story, closed, 65);
    if (!dice_chance(&story->dice, REOPENED)) return;
    time_ms = almanac_after(almanac, time_ms, dice_spread(&story->dice, 8 * OFFICE_DAY_MS, 200));
    (void)act(story, TYPE_CASE_REOPENED, time_ms);
    time_ms = almanac_after(almanac, time_ms, dice_spread(&story->dice, 4 * OFFICE_DAY_MS, 200));
    work(story, act(story, TYPE_CASE_CLOSED, time_ms), 50);
}

void story_case(struct story *story, int64_t time_ms) {
    const struct almanac *almanac = story->almanac;
    const struct town_service *service = &town_service[story->service];
    struct occurrence *received = act(story, TYPE_CASE_RECEIVED, time_ms);
    if (received == NULL) return;
    if (!dice_chance(&story->aside, LINK_LOST)) received->link = story->link;
    int64_t all_ms = processing_ms(story, time_ms);
    if (ends_otherwise(story, time_ms, all_ms)) return;
    bool lacking = dice_chance(&story->dice, service->requested);
    if (!lacking) (void)act(story, TYPE_CASE_COMPLETE, time_ms + 700);
    int64_t at_ms = almanac_after(almanac, time_ms, all_ms / 5);
    work(story, act(story, TYPE_CASE_ASSIGNED, at_ms), 25);
    if (lacking) {
        at_ms = almanac_after(almanac, at_ms, all_ms / 8);
        if (!ask(story, &at_ms)) return;
        at_ms = almanac_after(almanac, at_ms, all_ms / 20 + 5 * MINUTE_MS);
        (void)act(story, TYPE_CASE_COMPLETE, at_ms);
    }
    if (dice_chance(&story->dice, ACTIVITY)) {
        at_ms = almanac_after(almanac, at_ms, all_ms / 4);
        struct occurrence *activity = act(story, TYPE_CASE_ACTIVITY, at_ms);
        if (activity != NULL) activity->step = (uint8_t)dice_below(&story->aside, TOWN_ACTIVITIES);
        finish(story, almanac_after(almanac, at_ms, all_ms - all_ms / 4 - all_ms / 5));
    } else {
        finish(story, almanac_after(almanac, at_ms, all_ms - all_ms / 5));
    }
}
