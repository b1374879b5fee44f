/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/neighbour.h"

#include <string.h>

#include "base/json.h"
#include "engine/engine.h"
#include "net/http_client.h"

enum { CONNECT_TIMEOUT_MS = 10000, TIMEOUT_MS = 600000 };

enum status neighbour_open(const char *data, struct engine **engine, char url[PLACE_URL_BYTES_MAX],
                           struct error *err) {
    const struct engine_options options = {.folder = data, .read_only = true};
    *engine = NULL;
    const enum status status = engine_open_embedded(&options, engine, err);
    if (status != STATUS_BUSY) return status;
    if (place_server(data, url)) return STATUS_OK;
    return error_set(err, status,
                     "another pegel command works in %.100s and cannot be asked; try again when it "
                     "has ended",
                     data);
}

/* What this process would have said itself. */
static enum status say_problem(const char *url, const struct http_answer *answer,
                               struct error *err) {
    struct json *problem = NULL;
    if (json_parse(answer->body, answer->size, &problem, NULL) != STATUS_OK) problem = NULL;
    const char *detail = json_text(json_member(problem, "detail"), NULL);
    const enum status status =
        detail != NULL ? error_set(err, STATUS_INVALID, "%s", detail)
                       : error_set(err, STATUS_INVALID, "the server at %.100s answered %d", url,
                                   answer->status);
    json_free(problem);
    return status;
}

static void write_target(const struct neighbour_request *request, struct text *out) {
    struct text query;
    text_init(&query, 4 * QUESTION_QUERY_BYTES_MAX);
    question_write(&query, request->question);
    if (query.failed) out->failed = true;
    text_add_format(out, "%s%s?%s", request->url, request->path, query.bytes);
    text_free(&query);
}

enum status neighbour_ask(const struct neighbour_request *request, struct text *out,
                          struct error *err) {
    const struct http_client_options options = {.connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                                .timeout_ms = TIMEOUT_MS,
                                                .answer_bytes_max = request->answer_bytes_max};
    const char *json = request->json;
    const char *headers[] = {"Content-Type: application/json"};
    struct http_client *client;
    struct http_answer answer = {.status = 0};
    struct text target;
    TRY(http_client_open(&options, &client, err));
    text_init(&target, 5 * QUESTION_QUERY_BYTES_MAX);
    write_target(request, &target);
    enum status status =
        target.failed
            ? error_set(err, STATUS_NO_MEMORY, "no memory for the question to the server")
            : http_client_send(client, json != NULL ? "POST" : "GET", target.bytes, headers,
                               json != NULL, json, json != NULL ? strlen(json) : 0, &answer, err);
    if (status == STATUS_OK && answer.status == 200) {
        text_add(out, answer.body, answer.size);
        if (out->failed) status = error_set(err, STATUS_NO_MEMORY, "the answer is too large");
    } else if (status == STATUS_OK) {
        status = say_problem(request->url, &answer, err);
    }
    text_free(&target);
    http_client_close(client);
    return status;
}
