/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "dashboard/dashboard.h"
#include "dashboard/question.h"
#include "dashboard/rendering.h"

/* kpi_route: GET /v1/kpis and GET, POST /v1/kpis/{id}. */

enum { ASSUMPTIONS_BYTES_MAX = 1 << 20 };
static const char prefix[] = "/v1/kpis/";

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

/* CSV is for those who name it and do not take JSON as well; a browser's long list means JSON. */
static bool prefers_csv(const char *accept) {
    return accept != NULL && strstr(accept, "text/csv") != NULL &&
           strstr(accept, "application/json") == NULL;
}

/* The words of the request; the body of a POST is the assumptions. */
static enum status read_question(struct http_request *request, struct arena *arena,
                                 struct question *question, struct error *err) {
    TRY(question_parse(http_request_query(request), arena, question, err));
    question->words.kpi = http_request_path(request) + strlen(prefix);
    if (question->format == QUESTION_UNSAID && prefers_csv(http_request_header(request, "accept")))
        question->format = QUESTION_CSV;
    if (strcmp(http_request_method(request), "POST") != 0) return STATUS_OK;

    size_t size;
    const char *body = http_request_body(request, &size);
    if (size == 0)
        return error_set(err, STATUS_INVALID, "the body must be an assumptions file (JSON)");
    if (size > ASSUMPTIONS_BYTES_MAX)
        return error_set(err, STATUS_TOO_LARGE, "assumptions: more than %d bytes",
                         ASSUMPTIONS_BYTES_MAX);
    question->words.assumptions = arena_copy_text(arena, body, size);
    if (question->words.assumptions == NULL)
        return error_set(err, STATUS_NO_MEMORY, "question: memory budget used up");
    return STATUS_OK;
}

static void reply_csv(struct http_request *request, const struct result *result,
                      struct text *text) {
    char header[128];
    rendering_csv(text, result);
    snprintf(header, sizeof header, "attachment; filename=\"%s.csv\"", result->definition->id);
    http_reply_header(request, "content-disposition", header);
    snprintf(header, sizeof header, "%s;version=%u", result->definition->id,
             (unsigned)result->definition->version);
    http_reply_header(request, "pegel-definition", header);
    http_reply_header(request, "pegel-state", result_state_text(result->state));
    char as_of[TIMESTAMP_TEXT_BYTES];
    timestamp_format_utc(result->as_of_ms, as_of);
    http_reply_header(request, "pegel-as-of", as_of);
    dashboard_reply(request, "text/csv; charset=utf-8; header=present", text);
}

static enum status answer(const struct dashboard *dashboard, struct http_request *request,
                          struct arena *arena, struct error *err) {
    struct question question;
    struct plan plan;
    struct result result;
    struct text text;
    TRY(read_question(request, arena, &question, err));
    question_complete(&question, dashboard->settings);
    TRY(question_answer(&question, dashboard->engine, clock_utc_ms(dashboard->clock), arena, &plan,
                        &result, err));
    text_init(&text, RENDERING_BYTES_MAX);
    http_reply_header(request, "vary", "accept");
    if (question.format == QUESTION_CSV) {
        reply_csv(request, &result, &text);
    } else {
        rendering_json(&text, &plan, &result, question.language);
        dashboard_reply(request, "application/json", &text);
    }
    return STATUS_OK;
}

void kpi_route_answer(void *context, struct http_request *request) {
    const struct dashboard *dashboard = context;
    struct arena arena;
    struct error err = {{0}};
    arena_init(&arena, dashboard->query_bytes_max);
    const enum status status = answer(dashboard, request, &arena, &err);
    if (status != STATUS_OK) dashboard_reply_failure(request, status, &err);
    arena_free(&arena);
}
