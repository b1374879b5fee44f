/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "access/token.h"
#include "dashboard/dashboard.h"
#include "dashboard/question.h"
#include "dashboard/rendering.h"
#include "pilot/pilot.h"

/* pilot_route: GET and POST /v1/pilots, GET /v1/pilots/{id} and /v1/pilots/{id}/result. Reading is
 * as free as reading KPIs; to freeze a plan takes a token for all municipalities in it, because it
 * stays for ever. */

static const char prefix[] = "/v1/pilots/", suffix[] = "/result";
enum { ID_BYTES_MAX = SHA256_TEXT_BYTES };

static enum status take_no_parameters(struct http_request *request, struct error *err) {
    if (*http_request_query(request) == '\0') return STATUS_OK;
    return error_set(err, STATUS_INVALID, "no parameters are taken here");
}

/* Of a result: as_of and lang. */
static enum status read_words(struct http_request *request, struct arena *arena,
                              struct question *out, struct error *err) {
    TRY(question_parse(http_request_query(request), arena, out, err));
    struct question others = *out;
    others.words.as_of = NULL;
    if (question_is_empty(&others) && out->format <= QUESTION_JSON) return STATUS_OK;
    return error_set(err, STATUS_INVALID, "a result takes as_of and lang only");
}

/* --- reading --- */

static enum status list(const struct dashboard *dashboard, struct http_request *request,
                        struct arena *arena, struct text *text, struct error *err) {
    struct register_list plans;
    TRY(take_no_parameters(request, err));
    TRY(register_read(dashboard->folder, arena, &plans, err));
    text_add_string(text, "{\"pilots\":[");
    for (uint32_t i = 0; i < plans.count; i++) {
        if (i > 0) text_add_string(text, ",");
        register_write_entry(&plans.entries[i], text);
    }
    text_add_string(text, "]}");
    return STATUS_OK;
}

static enum status judge(const struct dashboard *dashboard, struct http_request *request,
                         const struct register_entry *entry, struct arena *arena, struct text *text,
                         struct error *err) {
    struct question question;
    struct pilot_result *result = arena_push_array(arena, struct pilot_result, 1);
    int64_t as_of_ms;
    bool needs_extent;
    if (result == NULL) return error_set(err, STATUS_NO_MEMORY, "pilot: memory budget used up");
    TRY(read_words(request, arena, &question, err));
    question.words.zone = entry->plan.zone;
    TRY(plan_as_of(&question.words, clock_utc_ms(dashboard->clock), arena, &as_of_ms, &needs_extent,
                   err));
    const struct plan_words told = {.calendar = dashboard->settings->calendar,
                                    .limit = dashboard->settings->limit,
                                    .known_from = dashboard->settings->known_from};
    TRY(pilot_evaluate(entry, dashboard->engine, as_of_ms, &told, arena, result, err));
    pilot_write_result(result, question.language, text);
    return STATUS_OK;
}

static enum status answer(const struct dashboard *dashboard, struct http_request *request,
                          struct arena *arena, struct text *text, struct error *err) {
    char id[ID_BYTES_MAX];
    struct register_entry entry;
    const char *path = http_request_path(request) + strlen(prefix);
    const size_t size = strcspn(path, "/");
    const bool result = strcmp(path + size, suffix) == 0;
    if ((path[size] != '\0' && !result) || size >= sizeof id)
        return error_set(err, STATUS_NOT_FOUND,
                         "there is no such address; a pilot is at /v1/pilots/ID, what came of it "
                         "at /v1/pilots/ID/result");
    (void)snprintf(id, sizeof id, "%.*s", (int)size, path);
    TRY(register_find(dashboard->folder, id, arena, &entry, err));
    if (result) return judge(dashboard, request, &entry, arena, text, err);
    TRY(take_no_parameters(request, err));
    register_write_entry(&entry, text);
    return STATUS_OK;
}

static void reply(void *context, struct http_request *request,
                  enum status (*fill)(const struct dashboard *, struct http_request *,
                                      struct arena *, struct text *, struct error *)) {
    const struct dashboard *dashboard = context;
    struct arena arena;
    struct text text;
    struct error err = {{0}};
    arena_init(&arena, dashboard->query_bytes_max);
    text_init(&text, RENDERING_BYTES_MAX);
    const enum status status = fill(dashboard, request, &arena, &text, &err);
    if (status == STATUS_OK)
        dashboard_reply(request, "application/json", &text);
    else
        dashboard_reply_failure(request, status, &err);
    text_free(&text);
    arena_free(&arena);
}

void pilot_route_list(void *dashboard, struct http_request *request) {
    reply(dashboard, request, list);
}

void pilot_route_answer(void *dashboard, struct http_request *request) {
    reply(dashboard, request, answer);
}

/* --- freezing --- */

static const struct token_grant *grant_of(const struct dashboard *dashboard,
                                          struct http_request *request) {
    const char *value = http_request_header(request, "authorization");
    if (value == NULL || dashboard->tokens == NULL || strncasecmp(value, "Bearer ", 7) != 0)
        return NULL;
    value += 7 + strspn(value + 7, " ");
    return token_file_find(dashboard->tokens, value, strlen(value));
}

static bool speaks_for(const struct token_grant *grant, const char *tenant) {
    for (uint32_t i = 0; i < grant->tenant_count; i++)
        if (strcmp(grant->tenants[i], "*") == 0 || strcmp(grant->tenants[i], tenant) == 0)
            return true;
    return false;
}

static enum status create(const struct dashboard *dashboard, struct http_request *request,
                          struct arena *arena, struct text *text, struct error *err) {
    struct pilot_plan plan;
    struct register_entry entry;
    bool added;
    size_t size;
    const char *body = http_request_body(request, &size);
    const struct token_grant *grant = grant_of(dashboard, request);
    if (grant == NULL)
        return error_set(err, STATUS_UNAUTHORIZED,
                         "a plan stays for ever: a bearer token is needed to freeze one");
    TRY(take_no_parameters(request, err));
    TRY(pilot_plan_parse(body, size, arena, &plan, err));
    for (uint32_t i = 0; i < plan.unit_count; i++)
        if (!speaks_for(grant, plan.units[i].tenant))
            return error_set(err, STATUS_FORBIDDEN, "the token is not for municipality %s",
                             plan.units[i].tenant);
    TRY(register_add(dashboard->folder, &plan, clock_utc_ms(dashboard->clock), arena, &entry,
                     &added, err));
    register_write_entry(&entry, text);
    return STATUS_OK;
}

void pilot_route_create(void *dashboard, struct http_request *request) {
    reply(dashboard, request, create);
}
