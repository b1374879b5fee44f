/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "dashboard/answer.h"
#include "dashboard/dashboard.h"
#include "dashboard/question.h"
#include "report/open_data.h"
#include "report/set.h"

/* set_route: what GET /v1/sets/{id}, /v1/open/{id} and /v1/catalogue.jsonld are answered
 * (question_route.c). */

static const char prefix[] = "/v1/sets/", open_prefix[] = "/v1/open/",
                  catalogue[] = "/v1/catalogue.jsonld";

static const struct {
    const char *id;
    enum status (*make)(const struct set_scope *scope, struct set *out, struct error *err);
} sets[] = {{"din-spec-66336", set_din_66336}, {"sdg", set_sdg}};
enum { SET_COUNT = sizeof sets / sizeof *sets };

/* A set says itself what it is grouped by and which KPIs it has. */
static enum status check(const struct question *question, struct error *err) {
    if (question->format == QUESTION_XLSX)
        return error_set(err, STATUS_INVALID, "format: a set comes as json or csv");
    struct question others = *question;
    struct plan_words *words = &others.words;
    words->filter[DIMENSION_TENANT] = words->filter[DIMENSION_SERVICE] = NULL;
    words->from = words->to = words->zone = words->as_of = words->calendar = words->section = NULL;
    if (question_is_empty(&others)) return STATUS_OK;
    return error_set(err, STATUS_INVALID,
                     "the parameters here are tenant, service, from, to, zone, as_of, calendar, "
                     "section, lang and format");
}

static enum status find_set(const char *path, int *out, struct error *err) {
    for (*out = 0; *out < SET_COUNT; (*out)++)
        if (strcmp(path + strlen(prefix), sets[*out].id) == 0) return STATUS_OK;
    return error_set(err, STATUS_NOT_FOUND, "there is no set \"%.40s\"; there are %s, %s",
                     path + strlen(prefix), sets[0].id, sets[1].id);
}

bool set_route_is_of(const char *path) {
    return strncmp(path, prefix, strlen(prefix)) == 0 ||
           strncmp(path, open_prefix, strlen(open_prefix)) == 0 || strcmp(path, catalogue) == 0;
}

static enum status write_csv(const struct set *set, const char *section, struct answer *answer,
                             struct error *err) {
    char value[ANSWER_HEADER_BYTES_MAX];
    const char *table = section != NULL ? section : set->tables[0].name;
    TRY(set_csv(&answer->body, set, table, err));
    answer->type = "text/csv; charset=utf-8; header=present";
    snprintf(value, sizeof value, "attachment; filename=\"%s-%s.csv\"", set->id, table);
    answer_header(answer, "content-disposition", value);
    return STATUS_OK;
}

static enum status fill_set(const char *path, const struct set_scope *scope,
                            const struct question *question, struct answer *answer,
                            struct error *err) {
    struct set set;
    int which;
    TRY(find_set(path, &which, err));
    TRY(check(question, err));
    const char *section = question->words.section;
    TRY(sets[which].make(scope, &set, err));
    answer->settled = question->words.as_of != NULL && set.as_of_ms <= scope->now_ms;
    answer_header(answer, "vary", "accept");
    if (question->format == QUESTION_CSV) return write_csv(&set, section, answer, err);
    if (section != NULL)
        return error_set(err, STATUS_INVALID, "section: json has all tables; csv is one of them");
    answer->type = "application/json";
    set_json(&answer->body, &set);
    return STATUS_OK;
}

/* Open data takes no filter: what another question leaves out must not be found by subtraction. */
static enum status fill_open(const struct dashboard *dashboard, const char *path,
                             const struct set_scope *scope, const struct question *question,
                             struct answer *answer, struct error *err) {
    const struct publisher *publisher = dashboard->settings->publisher;
    struct set set;
    if (publisher == NULL)
        return error_set(err, STATUS_NOT_FOUND,
                         "nothing is published until the configuration names a publisher "
                         "(docs/CONFIGURATION.md)");
    if (!question_is_empty(question) || question->format == QUESTION_XLSX)
        return error_set(err, STATUS_INVALID, "the parameters here are lang and format=json|csv");
    if (strcmp(path, catalogue) == 0) {
        answer->type = "application/ld+json";
        return open_data_catalogue(scope, publisher, &answer->body, err);
    }
    TRY(open_data_set(scope, path + strlen(open_prefix), &set, err));
    answer_header(answer, "vary", "accept");
    if (question->format == QUESTION_CSV) return write_csv(&set, NULL, answer, err);
    answer->type = "application/json";
    set_json(&answer->body, &set);
    return STATUS_OK;
}

enum status set_route_fill(const struct dashboard *dashboard, const char *path,
                           struct question *question, struct arena *arena, struct answer *answer,
                           struct error *err) {
    const struct question asked = *question;
    question_complete(question, dashboard->settings);
    struct set_scope scope = {.engine = dashboard->engine,
                              .words = question->words,
                              .language = question->language,
                              .now_ms = clock_utc_ms(dashboard->clock),
                              .arena = arena};
    scope.words.section = scope.words.assumptions = NULL;
    return strncmp(path, prefix, strlen(prefix)) == 0
               ? fill_set(path, &scope, &asked, answer, err)
               : fill_open(dashboard, path, &scope, &asked, answer, err);
}
