/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdlib.h>
#include <string.h>

#include "dashboard/dashboard.h"
#include "dashboard/kept.h"
#include "dashboard/question.h"
#include "engine/engine.h"

/* question_route: GET /v1/kpis/{id}, /v1/roi, /v1/sets/{id} and /v1/dimensions: a kept answer at
 * once, on the loop, or one that a worker makes. */

static const char kpis[] = "/v1/kpis/";
enum { KEY_BYTES_MAX = 2 * QUESTION_QUERY_BYTES_MAX };

/* Everything that the answer depends on, but for the data, the time and the settings, which are
 * read once: the path and all words, always in the same order. */
static bool write_key(const char *path, const struct question *question, struct text *key) {
    struct text words;
    text_init(&words, QUESTION_QUERY_BYTES_MAX); /* so that question_parse will take them */
    question_write(&words, question);
    text_add_format(key, "%s?%s", path, words.failed ? "" : words.bytes);
    const bool whole = !words.failed && !key->failed;
    text_free(&words);
    return whole;
}

static bool is_of_roi(const char *path) {
    return strcmp(path, "/v1/roi") == 0;
}

static bool is_of_kpi(const char *path) {
    return is_of_roi(path) || strncmp(path, kpis, strlen(kpis)) == 0;
}

/* /v1/roi is the KPI of that name with all of its tables. */
static void set_kpi(const char *path, struct plan_words *words) {
    const bool roi = is_of_roi(path);
    words->kpi = roi ? "roi" : path + strlen(kpis);
    if (roi && words->section == NULL) words->section = "all";
}

/* CSV is for those who name it and do not take JSON as well; a browser's long list means JSON. */
static bool prefers_csv(const char *accept) {
    return accept != NULL && strstr(accept, "text/csv") != NULL &&
           strstr(accept, "application/json") == NULL;
}

/* The body of a POST. */
static enum status read_assumptions(struct http_request *request, struct arena *arena,
                                    struct question *question, struct error *err) {
    size_t size;
    const char *body = http_request_body(request, &size);
    if (size == 0)
        return error_set(err, STATUS_INVALID, "the body must be an assumptions file (JSON)");
    if (size > PLAN_ASSUMPTIONS_BYTES_MAX)
        return error_set(err, STATUS_TOO_LARGE, "assumptions: more than %d bytes",
                         PLAN_ASSUMPTIONS_BYTES_MAX);
    question->words.assumptions = arena_copy_text(arena, body, size);
    if (question->words.assumptions == NULL)
        return error_set(err, STATUS_NO_MEMORY, "question: memory budget used up");
    return STATUS_OK;
}

static enum status read_request(struct http_request *request, struct arena *arena,
                                struct question *question, struct error *err) {
    TRY(question_parse(http_request_query(request), arena, question, err));
    const char *path = http_request_path(request);
    if (question->format == QUESTION_UNSAID && (is_of_kpi(path) || set_route_is_of(path)) &&
        prefers_csv(http_request_header(request, "accept")))
        question->format = QUESTION_CSV;
    if (strcmp(http_request_route(request)->method, "POST") != 0) return STATUS_OK;
    return read_assumptions(request, arena, question, err);
}

static enum status fill(const struct dashboard *dashboard, const char *path,
                        struct question *question, struct arena *arena, struct answer *answer,
                        struct error *err) {
    if (set_route_is_of(path)) return set_route_fill(dashboard, path, question, arena, answer, err);
    if (!is_of_kpi(path)) return dimensions_route_fill(dashboard, question, arena, answer, err);
    set_kpi(path, &question->words);
    return kpi_route_fill(dashboard, question, arena, answer, err);
}

static enum status make(const struct dashboard *dashboard, const char *path,
                        struct question *question, struct arena *arena, struct answer **out,
                        struct error *err) {
    struct answer *answer = answer_create();
    *out = NULL;
    if (answer == NULL) return error_set(err, STATUS_NO_MEMORY, "answer: no memory");
    enum status status = fill(dashboard, path, question, arena, answer, err);
    if (status == STATUS_OK && answer->body.failed)
        status = error_set(err, STATUS_TOO_LARGE,
                           "the answer is too large: ask for fewer groups or a shorter interval");
    if (status == STATUS_OK)
        *out = answer;
    else
        answer_release(answer);
    return status;
}

/* The age from which on a kept answer will not do for this request (RFC 9111, section 5.2.1). */
static uint64_t max_age_ns(struct http_request *request) {
    const char *control = http_request_header(request, "cache-control");
    if (control == NULL) return UINT64_MAX;
    if (strstr(control, "no-cache") != NULL || strstr(control, "no-store") != NULL) return 0;
    const char *age = strstr(control, "max-age=");
    const uint64_t seconds =
        age != NULL ? strtoull(age + strlen("max-age="), NULL, 10) : UINT64_MAX;
    return seconds < UINT64_MAX / UINT64_C(1000000000) ? seconds * UINT64_C(1000000000)
                                                       : UINT64_MAX;
}

bool question_route_takes(const struct dashboard *dashboard, struct http_request *request) {
    struct kept_given given = {NULL, ANSWER_NEW};
    struct question question;
    struct arena arena;
    struct text key;
    const struct http_route *route = http_request_route(request);
    if (dashboard->kept == NULL || route->handler != question_route_answer ||
        strcmp(route->method, "GET") != 0)
        return false;
    arena_init(&arena, dashboard->query_bytes_max);
    text_init(&key, KEY_BYTES_MAX);
    if (read_request(request, &arena, &question, NULL) == STATUS_OK &&
        write_key(http_request_path(request), &question, &key))
        given = kept_find(dashboard->kept, key.bytes, max_age_ns(request));
    if (given.answer != NULL) answer_send(given.answer, given.age_s, request);
    answer_release(given.answer);
    text_free(&key);
    arena_free(&arena);
    return given.answer != NULL;
}

/* Given, or made and perhaps kept. */
static enum status find_or_make(const struct dashboard *dashboard, struct http_request *request,
                                struct question *question, struct arena *arena,
                                struct kept_given *given, struct error *err) {
    const char *path = http_request_path(request);
    struct kept_making making;
    struct text key;
    *given = (struct kept_given){NULL, ANSWER_NEW};
    text_init(&key, KEY_BYTES_MAX);
    const bool may_keep = dashboard->kept != NULL && question->words.assumptions == NULL &&
                          write_key(path, question, &key);
    if (may_keep) *given = kept_begin(dashboard->kept, key.bytes, max_age_ns(request), &making);
    enum status status = STATUS_OK;
    if (given->answer == NULL) {
        status = make(dashboard, path, question, arena, &given->answer, err);
        making.waited_ns = http_request_waited_ns(request); /* another's long scan, say */
        if (may_keep) kept_end(dashboard->kept, &making, given->answer);
    }
    text_free(&key);
    return status;
}

void question_route_answer(void *context, struct http_request *request) {
    const struct dashboard *dashboard = context;
    struct kept_given given = {NULL, ANSWER_NEW};
    struct question question;
    struct arena arena;
    struct error err = {{0}};
    arena_init(&arena, dashboard->query_bytes_max);
    enum status status = read_request(request, &arena, &question, &err);
    if (status == STATUS_OK)
        status = find_or_make(dashboard, request, &question, &arena, &given, &err);
    if (status == STATUS_OK)
        answer_send(given.answer, given.age_s, request);
    else
        dashboard_reply_failure(request, status, &err);
    answer_release(given.answer);
    arena_free(&arena);
}

/* --- for the background --- */

static enum status make_of_key(const struct dashboard *dashboard, const char *key,
                               struct arena *arena, struct answer **out, struct error *err) {
    const char *query = strchr(key, '?');
    struct question question;
    CHECK(query != NULL);
    const char *path = arena_copy_text(arena, key, (size_t)(query - key));
    if (path == NULL) return error_set(err, STATUS_NO_MEMORY, "answer: no memory");
    TRY(question_parse(query + 1, arena, &question, err));
    return make(dashboard, path, &question, arena, out, err);
}

enum status question_route_make(void *context, const char *key, struct answer **out,
                                struct error *err) {
    const struct dashboard *dashboard = context;
    struct arena arena;
    *out = NULL;
    arena_init(&arena, dashboard->query_bytes_max);
    const enum status status = make_of_key(dashboard, key, &arena, out, err);
    arena_free(&arena);
    return status;
}

uint64_t question_route_events(void *context) {
    const struct dashboard *dashboard = context;
    struct engine_stats stats;
    const enum status status = dashboard->engine->ops->stats(dashboard->engine, &stats, NULL);
    return status == STATUS_OK ? stats.event_count : KEPT_UNKNOWN;
}
