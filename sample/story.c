/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/story.h"

#include "event/column.h"

/* Per mille of events that come late, that say when they were recorded, and that come twice. */
enum { LATE = 15, RECORDED = 500, REPEATED = 5 };

static uint8_t roll_lang(struct dice *dice) {
    uint32_t roll = dice_below(dice, 1000);
    return roll < 870 ? 0 : roll < 950 ? 1 : roll < 985 ? 2 : 3;
}

static uint8_t roll_device(struct dice *dice) {
    uint32_t roll = dice_below(dice, 1000);
    return roll < 520 ? DEVICE_MOBILE : roll < 940 ? DEVICE_DESKTOP : DEVICE_TABLET;
}

static uint8_t office_of(struct story *story) {
    uint8_t office = town_service[story->service].office;
    if (office == OFFICE_CITIZENS && dice_chance(&story->dice, 380)) return OFFICE_CITIZENS_NORTH;
    return office;
}

/* A page view, a question to the help desk, a rating: events that stand alone. */
static void visit(struct story *story, int64_t time_ms) {
    uint32_t roll = dice_below(&story->dice, 100);
    enum event_type type = roll < 40 ? TYPE_CONTACT_SUPPORT : TYPE_FEEDBACK_RATED;
    struct occurrence *event = story_add(story, type, STORY_NOBODY, time_ms);
    if (event == NULL) return;
    if (type == TYPE_CONTACT_SUPPORT) {
        event->code = (uint8_t)(OCCURRENCE_CODE_HELP + dice_below(&story->dice, 3));
        event->channel = dice_chance(&story->dice, 700) ? CHANNEL_PHONE : CHANNEL_MAIL;
    } else {
        static const uint8_t ratings[] = {1, 2, 2, 3, 3, 4, 4, 4, 5, 5};
        event->value = ratings[dice_below(&story->dice, 10)];
        event->channel = dice_chance(&story->dice, 250) ? CHANNEL_COUNTER : CHANNEL_ONLINE;
    }
}

static uint8_t office_channel(struct dice *dice) {
    uint32_t roll = dice_below(dice, 100);
    return roll < 46   ? CHANNEL_COUNTER
           : roll < 82 ? CHANNEL_MAIL
           : roll < 93 ? CHANNEL_PHONE
                       : CHANNEL_ASSISTED;
}

void story_begin(struct story *story, uint64_t number, uint32_t tenant, uint32_t service,
                 enum town_entry entry, int64_t time_ms) {
    story->number = number;
    story->dice = dice_of(story->seed, number);
    story->aside = dice_of(dice_mix(story->seed), number);
    story->tenant = (uint8_t)tenant;
    story->service = (uint8_t)service;
    story->effect = town_effect(story->town, tenant, service, time_ms);
    story->link = 0;
    story->repeats = 0;
    story->count = 0;
    story->lang = OCCURRENCE_NONE;
    story->device = DEVICE_ABSENT;
    story->channel = CHANNEL_ABSENT;
    story->office = office_of(story);
    switch (entry) {
        case ENTRY_ONLINE:
            story->lang = roll_lang(&story->dice);
            story->device = roll_device(&story->dice);
            story->channel = story->device == DEVICE_MOBILE && dice_chance(&story->dice, 180)
                                 ? CHANNEL_APP
                                 : CHANNEL_ONLINE;
            story_form(story, time_ms);
            return;
        case ENTRY_OFFICE:
            story->channel = office_channel(&story->dice);
            story_case(story, time_ms);
            return;
        case ENTRY_BOOKING:
            story->channel = dice_chance(&story->dice, 780) ? CHANNEL_ONLINE : CHANNEL_PHONE;
            story_appointment(story, time_ms, false);
            return;
        case ENTRY_WALK_IN:
            story->channel = CHANNEL_COUNTER;
            story_appointment(story, time_ms, true);
            return;
        case ENTRY_VISIT:
            story->lang = roll_lang(&story->dice);
            story->device = roll_device(&story->dice);
            visit(story, time_ms);
            return;
        case ENTRY_COUNT: break;
    }
    CHECK(false);
}

/* Most events are sent at once, some wait for an upload, and nothing is sent after the end. */
static void roll_sending(struct story *story, struct occurrence *event) {
    int64_t delay_ms = dice_between(&story->dice, 20, 2500);
    if (dice_chance(&story->dice, LATE)) {
        delay_ms = dice_spread(&story->dice, 9 * HOUR_MS, 420);
        if (dice_chance(&story->dice, RECORDED)) {
            event->recorded_ms = event->time_ms + delay_ms / 2;
            if (event->recorded_ms >= story->town->end_ms)
                event->recorded_ms = story->town->end_ms - 1;
        }
    }
    event->send_ms = event->time_ms + delay_ms;
    if (event->send_ms >= story->town->end_ms) event->send_ms = story->town->end_ms - 1;
    event->repeat = dice_chance(&story->dice, REPEATED);
    story->repeats += event->repeat;
}

struct occurrence *story_add(struct story *story, enum event_type type, enum story_subject subject,
                             int64_t time_ms) {
    if (time_ms >= story->town->end_ms) return NULL;
    CHECK(time_ms >= story->town->start_ms);
    CHECK(story->count < STORY_EVENTS_MAX);
    struct occurrence *event = &story->events[story->count++];
    *event = (struct occurrence){
        .time_ms = time_ms,
        .start_ms = TIME_ABSENT,
        .recorded_ms = TIME_ABSENT,
        .subject = subject == STORY_NOBODY
                       ? 0
                       : dice_mix((story->number * 4 + subject) ^ dice_mix(story->seed)),
        .value = OCCURRENCE_NO_VALUE,
        .type = (uint8_t)type,
        .tenant = story->tenant,
        .service = story->service,
        .office = OFFICE_COUNT,
        .channel = story->channel,
        .step = OCCURRENCE_NONE,
        .field = OCCURRENCE_NONE,
        .country = OCCURRENCE_NONE,
        .lang = story->lang,
        .device = story->device,
    };
    roll_sending(story, event);
    return event;
}
