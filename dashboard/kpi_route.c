/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "dashboard/answer.h"
#include "dashboard/dashboard.h"
#include "dashboard/question.h"
#include "dashboard/rendering.h"
#include "report/workbook.h"
#include "story/story.h"

/* kpi_route: GET /v1/kpis, and what a question for a KPI is answered (question_route.c): a table
 * or, where its path ends in "/sentence", a sentence. */

static const char suffix[] = "/sentence";

void kpi_route_catalogue(void *dashboard, struct http_request *request) {
    (void)dashboard;
    struct text text;
    if (*http_request_query(request) != '\0') {
        http_reply_problem(request, STATUS_INVALID, "the catalogue takes no parameters");
        return;
    }
    text_init(&text, RENDERING_BYTES_MAX);
    rendering_catalogue(&text);
    dashboard_reply(request, "application/json", &text);
}

/* What the file is called, and what JSON says around the rows. */
static void describe_file(struct answer *answer, const struct result *result,
                          enum question_format format) {
    char value[ANSWER_HEADER_BYTES_MAX], as_of[TIMESTAMP_TEXT_BYTES];
    const bool section = result->section_count == 1;
    snprintf(value, sizeof value, "attachment; filename=\"%s%s%s.%s\"", result->definition->id,
             section ? "-" : "", section ? result->sections[0].name : "",
             question_format_text(format));
    answer_header(answer, "content-disposition", value);
    snprintf(value, sizeof value, "%s;version=%u", result->definition->id,
             (unsigned)result->definition->version);
    answer_header(answer, "pegel-definition", value);
    answer_header(answer, "pegel-state", result_state_text(result->state));
    timestamp_format_utc(result->as_of_ms, as_of);
    answer_header(answer, "pegel-as-of", as_of);
    if (result->changes == NULL) return;
    timestamp_format_utc(result->changes->against_ms, as_of);
    answer_header(answer, "pegel-against", as_of);
}

static enum status write_answer(struct answer *answer, const struct question *question,
                                const struct plan *plan, const struct result *result,
                                struct error *err) {
    answer_header(answer, "vary", "accept");
    switch (question->format) {
        case QUESTION_CSV:
            answer->type = "text/csv; charset=utf-8; header=present";
            describe_file(answer, result, QUESTION_CSV);
            rendering_csv(&answer->body, result);
            return STATUS_OK;
        case QUESTION_XLSX:
            answer->type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            describe_file(answer, result, QUESTION_XLSX);
            return workbook_write(plan, result, question->language, &answer->body, err);
        default:
            answer->type = "application/json";
            rendering_json(&answer->body, plan, result, question->language);
            return STATUS_OK;
    }
}

/* The id before the suffix, in the arena; NULL: there is no suffix, or no memory. */
static const char *id_of_sentence(const char *id, struct arena *arena) {
    const size_t size = strlen(id);
    if (size < strlen(suffix) || strcmp(id + size - strlen(suffix), suffix) != 0) return NULL;
    return arena_copy_text(arena, id, size - strlen(suffix));
}

static enum status tell(const struct dashboard *dashboard, const struct question *question,
                        struct arena *arena, struct answer *answer, struct error *err) {
    const int64_t now_ms = clock_utc_ms(dashboard->clock);
    struct story story;
    if (question->format > QUESTION_JSON)
        return error_set(err, STATUS_INVALID, "format: a sentence comes as json only");
    TRY(question_tell(question, dashboard->settings, dashboard->engine, now_ms, arena, &story,
                      err));
    answer->settled = question->words.as_of != NULL && story.result->as_of_ms <= now_ms;
    answer->type = "application/json";
    answer_header(answer, "vary", "accept");
    rendering_story(&answer->body, &story, question->language);
    return STATUS_OK;
}

enum status kpi_route_fill(const struct dashboard *dashboard, struct question *question,
                           struct arena *arena, struct answer *answer, struct error *err) {
    const int64_t now_ms = clock_utc_ms(dashboard->clock);
    struct plan plan;
    struct result result;
    question_complete(question, dashboard->settings);
    const char *id = id_of_sentence(question->words.kpi, arena);
    if (id != NULL) {
        question->words.kpi = id;
        return tell(dashboard, question, arena, answer, err);
    }
    TRY(question_answer(question, dashboard->engine, now_ms, arena, &plan, &result, err));
    answer->settled = question->words.as_of != NULL && plan.as_of_ms <= now_ms;
    return write_answer(answer, question, &plan, &result, err);
}
