/* SPDX-License-Identifier: EUPL-1.2 */
#include "dashboard/dossier.h"

#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "base/timestamp.h"
#include "base/timezone.h"
#include "dashboard/question.h"
#include "dashboard/rendering.h"
#include "story/story.h"

static const char path_of_kpis[] = "/v1/kpis/";
static const char path_of_sentence[] = "/sentence";

enum { DAY_MS = 86400000, NAME_BYTES_MAX = 64 };

struct asking {
    const struct dossier_words *words;
    const struct settings *settings;
    struct engine *engine;
    int64_t now_ms;
    const char *assumptions;
    const char *as_of;
    struct arena *arena;
    struct report *report;
    struct error *err;
};

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "report: memory budget used up");
}

const char *dossier_assumptions(const struct dossier_words *words,
                                const struct settings *settings) {
    const struct tenant_settings *tenant =
        words->tenant == NULL ? NULL : settings_tenant(settings, words->tenant);
    if (words->assumptions != NULL) return words->assumptions;
    return tenant == NULL ? NULL : tenant->assumptions;
}

/* --- one question --- */

static enum status keep(struct arena *arena, struct text *text, const char **out,
                        struct error *err) {
    *out = text->failed ? NULL : arena_copy_text(arena, text->bytes, text->size);
    text_free(text);
    return *out == NULL ? no_memory(err) : STATUS_OK;
}

static enum status answer_sentence(struct report_answer *answer, const struct question *question,
                                   const struct settings *settings, struct engine *engine,
                                   int64_t now_ms, struct arena *arena, struct error *err) {
    struct story story;
    struct text json;
    TRY(question_tell(question, settings, engine, now_ms, arena, &story, err));
    answer->role = REPORT_SENTENCE;
    answer->sentence = story.text[question->language];
    text_init(&json, REPORT_BYTES_MAX);
    rendering_story(&json, &story, question->language);
    return keep(arena, &json, &answer->json, err);
}

static enum status answer_table(struct report_answer *answer, const struct question *question,
                                struct engine *engine, int64_t now_ms, struct arena *arena,
                                struct error *err) {
    struct plan *plan = arena_push_array(arena, struct plan, 1);
    struct result *result = arena_push_array(arena, struct result, 1);
    struct text json;
    if (plan == NULL || result == NULL) return no_memory(err);
    TRY(question_answer(question, engine, now_ms, arena, plan, result, err));
    answer->plan = plan;
    answer->result = result;
    text_init(&json, REPORT_BYTES_MAX);
    rendering_json(&json, plan, result, question->language);
    return keep(arena, &json, &answer->json, err);
}

enum status dossier_ask_again(struct report_answer *answer, const char *assumptions,
                              const struct settings *settings, struct engine *engine,
                              int64_t now_ms, struct arena *arena, struct error *err) {
    CHECK(answer->question != NULL);
    const char *query = strchr(answer->question, '?');
    struct question question;
    if (strncmp(answer->question, path_of_kpis, strlen(path_of_kpis)) != 0 || query == NULL)
        return error_set(err, STATUS_INVALID, "\"%.60s\" is no question of a report",
                         answer->question);
    const char *id = answer->question + strlen(path_of_kpis);
    size_t size = (size_t)(query - id);
    const size_t tail = strlen(path_of_sentence);
    const bool told = size > tail && memcmp(query - tail, path_of_sentence, tail) == 0;
    TRY(question_parse(query + 1, arena, &question, err));
    question.words.kpi = arena_copy_text(arena, id, told ? size - tail : size);
    question.words.assumptions = assumptions;
    if (question.words.kpi == NULL) return no_memory(err);
    return told ? answer_sentence(answer, &question, settings, engine, now_ms, arena, err)
                : answer_table(answer, &question, engine, now_ms, arena, err);
}

/* --- all of them --- */

static enum status add(struct asking *asking, enum report_role role, const char *kpi,
                       struct question *question) {
    struct text query;
    struct report_answer *answer = &asking->report->answers[asking->report->answer_count];
    CHECK(asking->report->answer_count < REPORT_ANSWERS_MAX);
    *answer = (struct report_answer){.role = role};
    question->language = asking->words->language;
    question->words.kpi = kpi;
    question->words.filter[DIMENSION_TENANT] = asking->words->tenant;
    question->words.as_of = asking->as_of;
    question->words.zone = asking->words->zone;
    question_complete(question, asking->settings);
    text_init(&query, QUESTION_QUERY_BYTES_MAX);
    text_add_format(&query, "%s%s%s?", path_of_kpis, kpi,
                    role == REPORT_SENTENCE ? path_of_sentence : "");
    struct text words;
    text_init(&words, QUESTION_QUERY_BYTES_MAX);
    question_write(&words, question);
    query.failed |= words.failed;
    text_add(&query, words.bytes, words.size);
    text_free(&words);
    TRY(keep(asking->arena, &query, &answer->question, asking->err));
    TRY(dossier_ask_again(answer, asking->assumptions, asking->settings, asking->engine,
                          asking->now_ms, asking->arena, asking->err));
    asking->report->answer_count++;
    return STATUS_OK;
}

static enum status ask_of_period(struct asking *asking, enum report_role role, const char *kpi,
                                 const char *by) {
    struct question question = {
        .words = {.from = asking->words->from, .to = asking->words->to, .by = by}};
    return add(asking, role, kpi, &question);
}

static enum status ask_tables(struct asking *asking) {
    static const char *const totals[] = {
        "processing_time",  "throughput",      "backlog", "sla_share",    "abandonment",
        "time_to_complete", "digital_take_up", "no_show", "waiting_time", "satisfaction"};
    for (unsigned at = 0; at < sizeof totals / sizeof *totals; at++)
        TRY(ask_of_period(asking, REPORT_TOTAL, totals[at], NULL));
    TRY(ask_of_period(asking, REPORT_COURSE, "processing_time", "month"));
    TRY(ask_of_period(asking, REPORT_VOLUME, "throughput", "month"));
    TRY(ask_of_period(asking, REPORT_FUNNEL, "funnel", "service"));
    TRY(ask_of_period(asking, REPORT_SOURCES, "inventory", NULL));
    if (asking->assumptions == NULL) return STATUS_OK;
    /* What a service brings is measured from before its go-live on, so over all that is there. */
    struct question question = {.words = {.section = "all"}};
    return add(asking, REPORT_MONEY, "roi", &question);
}

/* Of the whole period when it is a week, month, quarter or year, else of its last month that is
 * whole, else of the month it ends in. */
static struct period told_period(struct report *report) {
    static const enum story_period kinds[] = {PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER,
                                              PERIOD_YEAR};
    struct period first, last;
    report->tells_month = false;
    const bool known =
        period_parse(report->first_day, &first) && period_parse(report->last_day, &last);
    CHECK(known);
    for (unsigned at = 0; at < sizeof kinds / sizeof *kinds; at++) {
        const struct period period = period_of(kinds[at], first.day);
        if (period.day == first.day && period_move(period, 1).day == last.day + 1) return period;
    }
    report->tells_month = true;
    const struct period month = period_of(PERIOD_MONTH, last.day);
    const struct period before = period_move(month, -1);
    const bool ends_it = period_move(month, 1).day == last.day + 1;
    return ends_it || before.day < first.day ? month : before;
}

static enum status ask_sentences(struct asking *asking) {
    static const char *const kpis[] = {"processing_time", "throughput", "abandonment", "no_show",
                                       "digital_take_up"};
    char name[PERIOD_TEXT_BYTES];
    period_name(told_period(asking->report), name);
    const char *period = arena_copy_text(asking->arena, name, strlen(name));
    if (period == NULL) return no_memory(asking->err);
    for (unsigned at = 0; at < sizeof kpis / sizeof *kpis; at++) {
        const struct kpi_definition *definition = kpi_find(kpis[at], strlen(kpis[at]));
        struct question question = {.period = period};
        if (definition->sentence[LANGUAGE_EN][PLURAL_OTHER] == NULL) continue;
        TRY(add(asking, REPORT_SENTENCE, kpis[at], &question));
    }
    return STATUS_OK;
}

/* --- around them --- */

static enum status set_days(struct asking *asking) {
    const struct result *result = asking->report->answers[0].result;
    const struct time_zone *zone;
    const char **out[] = {&asking->report->first_day, &asking->report->last_day};
    const int64_t moments[] = {result->from_ms, result->to_ms - 1};
    TRY(timezone_load(result->zone, asking->arena, &zone, asking->err));
    for (int at = 0; at < 2; at++) {
        int64_t year;
        int month, day;
        timestamp_civil_from_days(timezone_day(zone, moments[at]), &year, &month, &day);
        *out[at] = arena_format(asking->arena, "%04d-%02d-%02d", (int)year, month, day);
        if (*out[at] == NULL) return no_memory(asking->err);
    }
    return STATUS_OK;
}

static enum status set_names(struct asking *asking) {
    const struct settings *settings = asking->settings;
    const enum language language = asking->words->language;
    const struct tenant_settings *tenant = settings_tenant(settings, asking->words->tenant);
    struct report *report = asking->report;
    struct report_name *names = arena_push_array(asking->arena, struct report_name,
                                                 settings->service_count + settings->step_count);
    if (names == NULL) return no_memory(asking->err);
    for (uint32_t at = 0; at < settings->service_count; at++) {
        const struct service_settings *service = &settings->services[at];
        names[report->name_count++] = (struct report_name){
            service->key, settings_name(service->name, language, service->key)};
    }
    for (uint32_t at = 0; at < settings->step_count; at++) {
        const struct step_settings *step = &settings->steps[at];
        names[report->name_count++] =
            (struct report_name){step->key, settings_name(step->name, language, step->key)};
    }
    report->names = names;
    report->tenant = asking->words->tenant;
    report->place = tenant != NULL && tenant->name != NULL ? tenant->name : report->tenant;
    return STATUS_OK;
}

/* The end of observation as a text that stands for one moment, whenever it is read. */
static enum status set_as_of(struct asking *asking) {
    const struct plan_words words = {.kpi = "processing_time",
                                     .filter = {asking->words->tenant},
                                     .zone = asking->words->zone,
                                     .as_of = asking->words->as_of};
    struct question question = {.words = words};
    char text[TIMESTAMP_TEXT_BYTES];
    bool extent;
    question_complete(&question, asking->settings);
    TRY(plan_as_of(&question.words, asking->now_ms, asking->arena, &asking->report->as_of_ms,
                   &extent, asking->err));
    timestamp_format_utc(asking->report->as_of_ms, text);
    asking->as_of = arena_copy_text(asking->arena, text, strlen(text));
    asking->report->as_of = asking->as_of;
    return asking->as_of == NULL ? no_memory(asking->err) : STATUS_OK;
}

static enum status set_checksum(struct asking *asking) {
    struct text figures;
    char hash[SHA256_TEXT_BYTES];
    text_init(&figures, REPORT_BYTES_MAX);
    report_figures(asking->report, &figures);
    const bool failed = figures.failed;
    if (!failed) sha256_text(figures.bytes, figures.size, hash);
    text_free(&figures);
    if (failed) return no_memory(asking->err);
    asking->report->checksum = arena_copy_text(asking->arena, hash, strlen(hash));
    return asking->report->checksum == NULL ? no_memory(asking->err) : STATUS_OK;
}

enum status dossier_ask(const struct dossier_words *words, const struct settings *settings,
                        struct engine *engine, int64_t now_ms, struct arena *arena,
                        struct report *out, struct error *err) {
    struct asking asking = {words, settings, engine, now_ms, dossier_assumptions(words, settings),
                            NULL,  arena,    out,    err};
    *out = (struct report){.version = PEGEL_VERSION, .language = words->language};
    if (words->tenant == NULL || strchr(words->tenant, ',') != NULL)
        return error_set(err, STATUS_INVALID,
                         "a report is about one municipality: say which (tenant, 12 digits)");
    if (words->from == NULL || words->to == NULL)
        return error_set(err, STATUS_INVALID,
                         "a report is about a period: say from and to (2026-01-01; to is itself "
                         "outside)");
    TRY(set_as_of(&asking));
    TRY(set_names(&asking));
    TRY(ask_tables(&asking));
    TRY(set_days(&asking));
    TRY(ask_sentences(&asking));
    return set_checksum(&asking);
}
