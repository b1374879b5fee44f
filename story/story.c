/* SPDX-License-Identifier: EUPL-1.2 */
#include "story/story.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "base/timezone.h"
#include "calendar/calendar.h"
#include "event/column.h"
#include "stats/interval.h"

/* Periods of the past, by kind: half a year of days, three years of weeks, five of months. */
static const uint32_t past[] = {183, 159, 60, 40, 30};
enum { YEAR_MIN = 1970, YEAR_MAX = 2199 };

const char *story_verdict_text(enum story_verdict verdict) {
    static const char *const texts[] = {"unknown", "normal", "better", "worse", "changed"};
    return texts[verdict];
}

/* --- the question --- */

static const char *date_text(int64_t day, struct arena *arena) {
    char name[PERIOD_TEXT_BYTES];
    period_name((struct period){PERIOD_DAY, day}, name);
    return arena_copy_text(arena, name, strlen(name));
}

/* The end of observation, as far as a default needs it: plan_parse refuses what is no moment. */
static int64_t observed_until(const struct plan_words *words, int64_t now_ms) {
    struct period day;
    int64_t moment_ms;
    if (words->as_of == NULL) return now_ms;
    if (timestamp_parse(words->as_of, strlen(words->as_of), &moment_ms)) return moment_ms;
    if (!period_parse(words->as_of, &day) || day.kind != PERIOD_DAY) return now_ms;
    return day.day * INT64_C(86400000);
}

/* Of the newest data and of today: the days. */
static enum status choose_period(const char *word, int64_t newest, int64_t today,
                                 struct period *out, struct error *err) {
    if (word == NULL) {
        *out = period_move(period_of(PERIOD_MONTH, today), -1);
        if (newest < out->day) *out = period_of(PERIOD_MONTH, newest);
        return STATUS_OK;
    }
    const int64_t first = timestamp_days_from_civil(YEAR_MIN, 1, 1);
    const int64_t last = timestamp_days_from_civil(YEAR_MAX, 12, 31);
    if (period_parse(word, out) && out->day >= first && out->day <= last) return STATUS_OK;
    return error_set(err, STATUS_INVALID,
                     "period: \"%.20s\" is none of a month as 2026-10, a quarter as 2026-Q4, a "
                     "year as 2026, a week as 2026-W44, a day as 2026-10-31",
                     word);
}

static enum status choose_compare(const char *word, struct story_question *out, struct error *err) {
    const enum story_period kind = out->period.kind;
    out->compare = word != NULL && strcmp(word, "year") == 0 ? COMPARE_YEAR : COMPARE_BEFORE;
    if (word != NULL && out->compare == COMPARE_BEFORE && strcmp(word, "before") != 0)
        return error_set(err, STATUS_INVALID, "compare: \"%.20s\" is not one of before, year",
                         word);
    if (out->compare == COMPARE_YEAR && kind == PERIOD_DAY)
        return error_set(err, STATUS_INVALID,
                         "compare: a day is compared with the same day of the week before");
    const bool year = out->compare == COMPARE_YEAR;
    const uint32_t back = year ? period_a_year(kind) : period_before(kind);
    out->than = period_move(out->period, -(int64_t)back);
    return STATUS_OK;
}

enum status story_prepare(const char *period, const char *compare, int64_t newest_ms,
                          int64_t now_ms, struct arena *arena, struct plan_words *words,
                          struct story_question *out, struct error *err) {
    const struct time_zone *zone;
    if (words->from != NULL || words->to != NULL || words->by != NULL)
        return error_set(err, STATUS_INVALID,
                         "a sentence speaks of one period: give period instead of from, to and by");
    TRY(timezone_load(words->zone, arena, &zone, err));
    *out = (struct story_question){0};
    const int64_t today = timezone_day(zone, observed_until(words, now_ms));
    const int64_t newest = newest_ms == TIME_ABSENT ? today : timezone_day(zone, newest_ms);
    TRY(choose_period(period, newest, today, &out->period, err));
    TRY(choose_compare(compare, out, err));
    out->count = past[out->period.kind] + 1;
    words->from = date_text(period_move(out->period, 1 - (int64_t)out->count).day, arena);
    words->to = date_text(period_move(out->period, 1).day, arena);
    words->by = period_bucket(out->period.kind);
    if (words->from == NULL || words->to == NULL)
        return error_set(err, STATUS_NO_MEMORY, "question: memory budget used up");
    return STATUS_OK;
}

/* --- the answer --- */

static uint64_t count_at(const struct result *result, uint32_t row, const char *name) {
    const double number = result_number(result, row, name);
    return number > 0 ? (uint64_t)number : 0;
}

static enum result_state state_at(const struct result *result, uint32_t row) {
    const char *said = result_text(result, row, "state");
    for (int state = 0; state <= RESULT_INCOMPLETE; state++)
        if (strcmp(said, result_state_text((enum result_state)state)) == 0)
            return (enum result_state)state;
    return RESULT_NO_DATA;
}

static bool is_known(enum result_state state) {
    return state != RESULT_NO_DATA && state != RESULT_SUPPRESSED;
}

/* Days on which the offices work; 0: not known. */
static double working_days(const struct plan *plan, uint32_t bucket) {
    const struct plan_filter *tenants = &plan->filter[DIMENSION_TENANT];
    if (plan->calendar == NULL) return 0;
    enum region region = REGION_GERMANY;
    if (tenants->count == 1)
        region = calendar_region(plan->calendar, tenants->values[0], strlen(tenants->values[0]));
    const int64_t days = calendar_working_days(plan->calendar, region, plan->edges[bucket] - 1,
                                               plan->edges[bucket + 1] - 1);
    return days > 0 ? (double)days : 0;
}

/* A value with its standard error: half its interval, or that of a count of independent events. */
static struct control_point point_at(const struct plan *plan, const struct result *result,
                                     uint32_t row) {
    const double value = result_number(result, row, "value");
    const double lo = result_number(result, row, "lo"), hi = result_number(result, row, "hi");
    struct control_point point = {value, 0};
    if (!is_known(state_at(result, row))) return (struct control_point){NAN, 0};
    if (isfinite(lo) && isfinite(hi))
        point.error = (hi - lo) / (2 * INTERVAL_Z);
    else if (strcmp(plan->definition->unit, "count") == 0)
        point.error = sqrt(fmax(value, 1));
    if (!plan->definition->flow) return point;
    const double days = working_days(plan, row);
    if (!(days > 0)) return (struct control_point){NAN, 0}; /* a holiday: no day to compare by */
    return (struct control_point){point.value / days, point.error / days};
}

static void judge(const struct plan *plan, struct story *story) {
    struct control_point points[CONTROL_POINTS_MAX];
    const struct story_question *question = &story->question;
    const enum story_period kind = question->period.kind;
    uint32_t begin = 0;
    while (begin < story->row && !is_known(state_at(story->result, begin))) begin++;
    begin++; /* the first need not be a whole one */
    for (uint32_t row = 0; row <= story->row; row++)
        points[row] = row < begin && row != story->row ? (struct control_point){NAN, 0}
                                                       : point_at(plan, story->result, row);
    const uint32_t lag =
        question->compare == COMPARE_YEAR ? period_a_year(kind) : period_before(kind);
    story->control = control_judge(points, story->row + 1, lag, period_cycle(kind));
}

static void decide(struct story *story) {
    struct phrase *phrase = &story->phrase;
    const enum kpi_direction direction = phrase->definition->direction;
    phrase->change = PHRASE_NO_COMPARISON;
    if (phrase->state == RESULT_OK && isfinite(phrase->before)) {
        if (story->control.verdict == CONTROL_NORMAL) phrase->change = PHRASE_NORMAL;
        if (story->control.verdict == CONTROL_BEYOND) phrase->change = PHRASE_CHANGED;
    }
    const bool less = phrase->value < phrase->before;
    /* More working days may turn the sign: then there is nothing plain to say. */
    if (phrase->change == PHRASE_CHANGED && less != (story->control.change < 0))
        phrase->change = PHRASE_NORMAL;
    phrase->change = phrase_change(phrase);
    story->verdict = STORY_UNKNOWN;
    if (phrase->change == PHRASE_NORMAL) story->verdict = STORY_NORMAL;
    if (phrase->change != PHRASE_CHANGED) return;
    story->verdict = STORY_CHANGED;
    if (direction != KPI_NEUTRAL)
        story->verdict = less == (direction == KPI_LOWER_IS_BETTER) ? STORY_BETTER : STORY_WORSE;
}

enum status story_check(const struct plan *plan, struct error *err) {
    const struct kpi_definition *definition = plan->definition;
    if (definition->sentence[LANGUAGE_EN][PLURAL_OTHER] == NULL)
        return error_set(err, STATUS_INVALID, "%s is not told in a sentence", definition->id);
    if ((definition->views >> VIEW_CLOSING & 1) != 0 && plan->view != VIEW_CLOSING)
        return error_set(err, STATUS_INVALID, "view: this sentence speaks of the closing view");
    if (plan->clock > CLOCK_WORKING_DAYS || plan->start != START_RECEIVED)
        return error_set(err, STATUS_INVALID,
                         "sentences speak of the time from the receipt on, by the clocks gross and "
                         "working_days");
    return STATUS_OK;
}

static struct phrase phrase_of(const struct story_question *question, const struct plan *plan,
                               const struct result *result, uint32_t row) {
    const uint32_t kind = question->period.kind;
    const bool year = question->compare == COMPARE_YEAR;
    const uint32_t back = year ? period_a_year(kind) : period_before(kind);
    const bool begun = plan->edges[row] <= plan->as_of_ms;
    struct phrase phrase = {.definition = plan->definition,
                            .unit = result_unit(result, "value"),
                            .period = question->period,
                            .than = question->than,
                            .state = begun ? state_at(result, row) : RESULT_NO_DATA,
                            .value = result_number(result, row, "value"),
                            .before = NAN,
                            .n = count_at(result, row, "n"),
                            .open = count_at(result, row, "open")};
    if (row >= back && is_known(state_at(result, row - back)))
        phrase.before = result_number(result, row - back, "value");
    return phrase;
}

enum status story_tell(const struct story_question *question, const struct plan *plan,
                       const struct result *result, const char *const *service, struct arena *arena,
                       struct story *out, struct error *err) {
    CHECK(result->row_count == question->count && question->count <= CONTROL_POINTS_MAX);
    *out = (struct story){.result = result, .question = *question, .row = result->row_count - 1};
    out->phrase = phrase_of(question, plan, result, out->row);
    if (strcmp(plan->definition->unit, "EUR") == 0 && strcmp(out->phrase.unit, "EUR") != 0)
        return error_set(err, STATUS_INVALID,
                         "sentences speak of euros; the assumptions file counts in %s",
                         out->phrase.unit);
    for (int language = 0; language < LANGUAGE_COUNT && service != NULL; language++)
        out->phrase.service[language] = service[language];
    judge(plan, out);
    decide(out);
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        out->text[language] = phrase_say(&out->phrase, (enum language)language, arena);
        if (out->text[language] == NULL)
            return error_set(err, STATUS_NO_MEMORY, "question: memory budget used up");
    }
    return STATUS_OK;
}
