/* SPDX-License-Identifier: EUPL-1.2 */
#include "pilot/panel.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/timestamp.h"
#include "base/timezone.h"
#include "calendar/deadline.h"
#include "engine/engine.h"
#include "event/column.h"
#include "query/plan.h"
#include "query/result.h"

#define DAY_MS    INT64_C(86400000)
#define WEEK_DAYS INT64_C(7)

int panel_month(const struct panel *panel, uint32_t week) {
    int64_t year;
    int month, day;
    timestamp_civil_from_days(panel->first_day + WEEK_DAYS * week + 3, &year, &month, &day);
    return month - 1;
}

struct gathering {
    const struct panel_question *question;
    struct engine *engine;
    struct arena *arena;
    struct error *err;
    struct panel *panel;
    struct panel_cell *cell;
    const struct time_zone *zone;
    int64_t follow_up_days;
    int64_t age_max; /* durations beyond it count as not ended; INT64_MAX: none are */
};

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "pilot: memory budget used up");
}

/* --- the question --- */

static const char *join(struct arena *arena, const char *list, const char *value) {
    return list == NULL ? value : arena_format(arena, "%s,%s", list, value);
}

static const char *moment_of(const struct gathering *gathering, int64_t utc_ms) {
    char text[TIMESTAMP_TEXT_BYTES];
    timestamp_format_utc(utc_ms, text);
    return arena_copy_text(gathering->arena, text, strlen(text));
}

/* From their intake, ended or not. */
static bool follows_cases(const struct pilot_measure *measure) {
    return measure->kpi->kpi == KPI_PROCESSING_TIME;
}

/* Municipalities and offices are asked for apart; of offices all in those municipalities. */
static enum status make_words(const struct gathering *gathering, bool offices,
                              struct plan_words *words) {
    const struct pilot_plan *plan = gathering->question->plan;
    const struct pilot_measure *measure = gathering->question->measure;
    const struct plan_words *told = gathering->question->told;
    struct arena *arena = gathering->arena;
    const char *tenants = NULL, *services = NULL;
    for (uint32_t i = 0; i < plan->unit_count; i++)
        if ((plan->units[i].office != NULL) == offices)
            tenants = join(arena, tenants, plan->units[i].tenant);
    for (uint32_t i = 0; i < plan->service_count; i++)
        services = join(arena, services, plan->services[i]);
    *words =
        (struct plan_words){.kpi = measure->kpi->id,
                            .by = offices ? "tenant,office,week" : "tenant,week",
                            .view = follows_cases(measure) ? "intake" : NULL,
                            .clock = measure->clock == CLOCK_WORKING_DAYS ? "working_days" : NULL,
                            .stat = measure->quantile > 0 ? measure->stat : NULL,
                            .zone = plan->zone,
                            .limit = measure->kpi->deadline ? told->limit : NULL,
                            .known_from = follows_cases(measure) ? told->known_from : NULL,
                            .calendar = told->calendar};
    words->filter[DIMENSION_TENANT] = tenants;
    words->filter[DIMENSION_SERVICE] = services;
    words->from = moment_of(gathering, timezone_day_start_ms(gathering->zone, plan->baseline_day));
    words->to = moment_of(
        gathering,
        timezone_day_start_ms(gathering->zone, plan->pilot_day + WEEK_DAYS * plan->pilot_weeks));
    words->as_of = moment_of(gathering, gathering->question->as_of_ms);
    if (words->from == NULL || words->to == NULL || words->as_of == NULL || tenants == NULL)
        return no_memory(gathering->err);
    return STATUS_OK;
}

/* --- the follow-up --- */

static int64_t week_end_ms(const struct gathering *gathering, uint32_t week) {
    return timezone_day_start_ms(gathering->zone,
                                 gathering->panel->first_day + WEEK_DAYS * (week + 1));
}

/* Working days that pass at least, wherever and whenever a case came in; every case of a week has
 * been seen for as long. */
static int64_t least_working_days(const struct gathering *gathering,
                                  const struct calendar *calendar) {
    const struct pilot_plan *plan = gathering->question->plan;
    const struct panel *panel = gathering->panel;
    int64_t least = INT64_MAX;
    for (uint32_t unit = 0; unit < plan->unit_count; unit++) {
        const char *tenant = plan->units[unit].tenant;
        const enum region region = calendar_region(calendar, tenant, strlen(tenant));
        for (uint32_t week = 0; week < panel->pilot_begin + panel->pilot_weeks; week++) {
            const int64_t end = week_end_ms(gathering, week) - 1;
            const int64_t days = calendar_working_days(
                calendar, region, end, end + (int64_t)plan->follow_up_days * DAY_MS);
            if (days >= 0 && days < least) least = days;
        }
    }
    return least;
}

static void find_age_max(struct gathering *gathering, const struct plan *plan) {
    gathering->age_max = INT64_MAX;
    if (plan->definition->kpi != KPI_PROCESSING_TIME) return;
    gathering->age_max = plan->calendar != NULL && plan->clock == CLOCK_WORKING_DAYS
                             ? least_working_days(gathering, plan->calendar)
                             : (int64_t)gathering->question->plan->follow_up_days * DAY_MS;
}

/* Weeks of the pilot that were followed for long enough. */
static void count_pilot_weeks(const struct gathering *gathering) {
    const int64_t known_ms = gathering->question->observed_ms - gathering->follow_up_days * DAY_MS;
    struct panel *panel = gathering->panel;
    panel->pilot_weeks = 0;
    while (panel->pilot_weeks < gathering->question->plan->pilot_weeks &&
           week_end_ms(gathering, panel->pilot_begin + panel->pilot_weeks) <= known_ms)
        panel->pilot_weeks++;
}

static void count_weeks(const struct gathering *gathering) {
    const struct pilot_plan *plan = gathering->question->plan;
    struct panel *panel = gathering->panel;
    panel->baseline_weeks = plan->baseline_weeks;
    panel->pilot_begin = pilot_plan_offset(plan);
    panel->week_count = panel->pilot_begin + plan->pilot_weeks;
    count_pilot_weeks(gathering);
}

static bool is_of_plan(const struct pilot_plan *plan, const char *service) {
    if (service == NULL || plan->service_count == 0) return true;
    for (uint32_t i = 0; i < plan->service_count; i++)
        if (strcmp(plan->services[i], service) == 0) return true;
    return false;
}

/* Whether a deadline was kept is known of every case only when it is over: of younger ones those
 * that kept it are known first. */
static void wait_for_deadlines(struct gathering *gathering, const struct plan *plan) {
    for (uint32_t i = 0; i < plan->limit_count; i++) {
        const int64_t days = deadline_days_max(plan->limits[i].deadline);
        if (is_of_plan(gathering->question->plan, plan->limits[i].service) &&
            days > gathering->follow_up_days)
            gathering->follow_up_days = days;
    }
    count_pilot_weeks(gathering);
}

/* --- the answer --- */

static double number_or_0(const struct result *result, uint32_t row, const char *name) {
    const double number = result_number(result, row, name);
    return isnan(number) ? 0 : number;
}

static uint32_t unit_of(const struct pilot_plan *plan, const struct result *result, uint32_t row,
                        bool offices) {
    const char *tenant = result_text(result, row, "tenant"),
               *office = result_text(result, row, "office");
    for (uint32_t i = 0; i < plan->unit_count; i++) {
        const struct pilot_unit *unit = &plan->units[i];
        if ((unit->office != NULL) == offices && strcmp(unit->tenant, tenant) == 0 &&
            (!offices || strcmp(unit->office, office) == 0))
            return i;
    }
    return plan->unit_count;
}

static uint64_t excluded_of(const struct result *result, uint32_t row) {
    double sum = 0;
    for (uint32_t i = 0; i < result->column_count; i++)
        if (strncmp(result->columns[i].name, "excluded_", 9) == 0)
            sum += number_or_0(result, row, result->columns[i].name);
    return (uint64_t)sum;
}

/* Of processing times, those that are open or ended otherwise are part of all that came in. */
static enum status take_cell(const struct gathering *gathering, const struct result *result,
                             uint32_t row, struct panel_cell *out) {
    const double n = number_or_0(result, row, "n");
    *out = (struct panel_cell){.n = (uint64_t)n, .excluded = excluded_of(result, row)};
    if (gathering->panel->quantile <= 0) {
        const double hits = number_or_0(result, row, "value") * n;
        out->hits = (uint64_t)llround(hits);
        if (fabs(hits - (double)out->hits) <= 1e-6 * (n + 1) && out->hits <= out->n)
            return STATUS_OK;
        return error_set(gathering->err, STATUS_INVALID, "pilot: %s is no share of its n",
                         result->definition->id);
    }
    out->value = result->values[row].value;
    out->value_count = result->values[row].count;
    while (out->value_count > 0 && out->value[out->value_count - 1] > gathering->age_max)
        out->value_count--;
    if (gathering->question->measure->kpi->kpi == KPI_PROCESSING_TIME)
        out->n +=
            (uint64_t)(number_or_0(result, row, "open") + number_or_0(result, row, "other_end"));
    return STATUS_OK;
}

/* Weeks of one unit come one after the other, and their names are the plan's own. */
static enum status take_rows(const struct gathering *gathering, const struct plan *plan,
                             const struct result *result, bool offices) {
    const uint32_t weeks = gathering->panel->week_count;
    uint32_t week = 0;
    for (uint32_t row = 0; row < result->row_count; row++) {
        const uint32_t unit = unit_of(gathering->question->plan, result, row, offices);
        const char *name = result_text(result, row, "week");
        if (week >= plan->edge_count - 1 || strcmp(plan->bucket_names[week], name) != 0)
            for (week = 0; strcmp(plan->bucket_names[week], name) != 0;)
                CHECK(++week < plan->edge_count - 1);
        if (unit < gathering->panel->unit_count && week < weeks)
            TRY(take_cell(gathering, result, row, &gathering->cell[(size_t)unit * weeks + week]));
        week++;
    }
    return STATUS_OK;
}

/* Of cases that came in before all of them are known, only those that took long were seen. The plan
 * is asked as if nothing had been said: the weeks as they are stand beside the doubt. */
static void look_at_past(const struct gathering *gathering, struct plan *plan) {
    const struct pilot_plan *pilot = gathering->question->plan;
    const int64_t begin_ms = timezone_day_start_ms(gathering->zone, pilot->baseline_day);
    for (uint32_t unit = 0; unit < pilot->unit_count; unit++) {
        int64_t from_ms = begin_ms;
        bool own = false;
        for (uint32_t i = 0; i < plan->known_from_count; i++) {
            const struct plan_known *known = &plan->known_from[i];
            const bool is_own =
                known->tenant != NULL && strcmp(known->tenant, pilot->units[unit].tenant) == 0;
            if (is_own || (known->tenant == NULL && !own)) from_ms = known->from_ms;
            own |= is_own;
        }
        gathering->panel->past_unknown |= from_ms > begin_ms;
    }
    plan->known_from_count = 0;
}

static enum status ask(struct gathering *gathering, bool offices) {
    struct plan_words words;
    struct plan plan;
    struct result result;
    TRY(make_words(gathering, offices, &words));
    TRY(plan_parse(&words, TIME_ABSENT, TIME_ABSENT, gathering->question->as_of_ms,
                   gathering->arena, &plan, gathering->err));
    plan.values = gathering->panel->quantile > 0;
    wait_for_deadlines(gathering, &plan);
    look_at_past(gathering, &plan);
    find_age_max(gathering, &plan);
    TRY(gathering->engine->ops->query(gathering->engine, &plan, gathering->arena, &result,
                                      gathering->err));
    return take_rows(gathering, &plan, &result, offices);
}

enum status panel_gather(const struct panel_question *question, struct engine *engine,
                         struct arena *arena, struct panel *out, struct error *err) {
    const struct pilot_plan *plan = question->plan;
    struct gathering gathering = {.question = question,
                                  .engine = engine,
                                  .arena = arena,
                                  .err = err,
                                  .panel = out,
                                  .follow_up_days = plan->follow_up_days};
    bool kind[2] = {false};
    *out = (struct panel){.quantile = question->measure->quantile,
                          .unit_count = plan->unit_count,
                          .treated_count = plan->treated_count,
                          .first_day = plan->baseline_day,
                          .seed = question->seed};
    TRY(timezone_load(plan->zone, arena, &gathering.zone, err));
    count_weeks(&gathering);
    gathering.cell =
        arena_push_array(arena, struct panel_cell, (size_t)plan->unit_count * out->week_count);
    if (gathering.cell == NULL) return no_memory(err);
    out->cell = gathering.cell;
    for (uint32_t i = 0; i < plan->unit_count; i++) kind[plan->units[i].office != NULL] = true;
    for (int offices = 0; offices < 2; offices++)
        if (kind[offices]) TRY(ask(&gathering, offices == 1));
    return STATUS_OK;
}
