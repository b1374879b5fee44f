/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/story.h"

/* story_form: an attempt to fill in a form: pages, failed checks, putting it aside, giving up. */

enum {
    DROPOUT = 38,      /* per mille of pages where people give up ... */
    DROPOUT_HOT = 190, /* ... and of the page that is hardest */
    ERROR = 60,
    ERROR_HOT = 220,
    DROPOUT_AFTER_ERROR = 170, /* per cent of the above */
    SAVE = 30,
    COMES_BACK = 640,
    INELIGIBLE = 18,
    FAILED = 5,
    RATES = 110 /* per mille of those who submitted */
};

static int64_t page_ms(struct story *story) {
    int64_t median = town_service[story->service].step_seconds * INT64_C(1000);
    if (story->device == DEVICE_MOBILE) median = median * 115 / 100;
    return 1500 + dice_spread(&story->dice, median, 260);
}

static uint32_t dropout(const struct story *story, uint32_t step, bool error) {
    bool hot = step == town_service[story->service].hot_step;
    uint32_t chance = hot ? DROPOUT_HOT * story->effect.dropout / 100 : DROPOUT;
    if (story->device == DEVICE_MOBILE) chance = chance * 120 / 100;
    return error ? chance * DROPOUT_AFTER_ERROR / 100 : chance;
}

static void step_event(struct story *story, enum event_type type, uint32_t step, int64_t time_ms) {
    struct occurrence *event = story_add(story, type, STORY_ATTEMPT, time_ms);
    if (event == NULL) return;
    event->step = (uint8_t)step;
    if (type != TYPE_FORM_ERROR) return;
    event->field = (uint8_t)dice_below(&story->dice, TOWN_FIELDS);
    event->code = (uint8_t)(OCCURRENCE_CODE_MISSING + dice_below(&story->dice, 4));
}

/* Failed checks of one page; false when there were none. */
static bool errors(struct story *story, uint32_t step, int64_t *time_ms) {
    bool hot = step == town_service[story->service].hot_step, any = false;
    for (int i = 0; i < 3; i++) {
        if (!dice_chance(&story->dice, hot ? ERROR_HOT : ERROR)) break;
        *time_ms += page_ms(story) / 2;
        step_event(story, TYPE_FORM_ERROR, step, *time_ms);
        any = true;
    }
    return any;
}

/* Puts the form aside; false when the citizen never comes back to it. */
static bool put_aside(struct story *story, uint32_t step, int64_t *time_ms) {
    *time_ms += page_ms(story);
    (void)story_add(story, TYPE_FORM_SAVED, STORY_ATTEMPT, *time_ms);
    if (!dice_chance(&story->dice, COMES_BACK)) return false;
    *time_ms += dice_spread(&story->dice, 20 * HOUR_MS, 330);
    (void)story_add(story, TYPE_FORM_RESUMED, STORY_ATTEMPT, *time_ms);
    *time_ms += 1500 + dice_below(&story->dice, 4000);
    step_event(story, TYPE_FORM_STEP, step, *time_ms);
    return true;
}

static void rate(struct story *story, int64_t time_ms) {
    if (!dice_chance(&story->dice, RATES)) return;
    struct occurrence *event = story_add(story, TYPE_FEEDBACK_RATED, STORY_NOBODY, time_ms);
    if (event == NULL) return;
    static const uint8_t ratings[] = {1, 2, 3, 3, 4, 4, 4, 5, 5, 5};
    event->value = ratings[dice_below(&story->dice, 10)];
}

/* Walks through the pages; false when the citizen gave up on the way. */
static bool walk(struct story *story, int64_t *time_ms) {
    for (uint32_t step = 0; step < town_service[story->service].step_count; step++) {
        *time_ms += step == 0 ? 400 + dice_below(&story->dice, 3000) : page_ms(story);
        step_event(story, TYPE_FORM_STEP, step, *time_ms);
        bool error = errors(story, step, time_ms);
        if (step > 0 && dice_chance(&story->dice, SAVE) && !put_aside(story, step, time_ms))
            return false;
        if (dice_chance(&story->dice, dropout(story, step, error))) return false;
    }
    return true;
}

void story_form(struct story *story, int64_t time_ms) {
    (void)story_add(story, TYPE_FORM_STARTED, STORY_ATTEMPT, time_ms);
    if (!walk(story, &time_ms)) return;
    time_ms += page_ms(story);
    uint32_t roll = dice_below(&story->dice, 1000);
    if (roll < INELIGIBLE + FAILED) {
        (void)story_add(story, roll < FAILED ? TYPE_FORM_FAILED : TYPE_FORM_INELIGIBLE,
                        STORY_ATTEMPT, time_ms);
        return;
    }
    story->link = dice_next(&story->dice);
    struct occurrence *event = story_add(story, TYPE_FORM_SUBMITTED, STORY_ATTEMPT, time_ms);
    if (event != NULL) event->link = story->link;
    rate(story, time_ms + dice_between(&story->dice, 5000, 40000));
    story_case(story, time_ms + dice_between(&story->dice, 1500, 90000));
}
