/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "ingest/event_json.h"
#include "ingest/events_route.h"
#include "ingest/import_sink.h"
#include "net/http_client.h"

enum {
    HTTP_EVENTS_MAX = EVENTS_REJECTIONS_LISTED_MAX, /* so that the answer names every reject */
    HTTP_BODY_BYTES = 4 << 20,
    HTTP_LINE_BYTES_MAX = 2 << 20,
    HTTP_ANSWER_BYTES_MAX = 4 << 20,
    HTTP_URL_BYTES = 512,
    HTTP_HEADER_BYTES = 512,
    CONNECT_TIMEOUT_MS = 10000,
    TIMEOUT_MS = 120000,
    RETRY_WAIT_S_MAX = 60
};

struct http_sink {
    struct import_sink sink; /* first: the functions cast back */
    struct http_client *client;
    struct text body;
    uint32_t event_count;
    uint32_t lines[HTTP_EVENTS_MAX]; /* of the file, per event of the body */
    char url[HTTP_URL_BYTES], authorization[HTTP_HEADER_BYTES];
};

static enum reject_code code_from_text(const char *text) {
    for (int code = REJECT_NONE + 1; code < REJECT_CODE_COUNT; code++)
        if (strcmp(reject_text((enum reject_code)code), text) == 0) return (enum reject_code)code;
    return REJECT_INVALID_FIELD; /* of a server that is newer than we are */
}

static void report_rejections(struct http_sink *self, const struct json *rejected) {
    for (const struct json *at = json_first(rejected); at != NULL; at = json_next(at)) {
        double index = json_number(json_member(at, "index"), -1);
        bool known = index >= 0 && index < self->event_count;
        import_report_reject(self->sink.report, known ? self->lines[(uint32_t)index] : 0,
                             code_from_text(json_text(json_member(at, "code"), "")),
                             json_text(json_member(at, "detail"), ""));
    }
}

/* The server's counts. It names neither conflicts nor duplicates, so these have no lines. */
static enum status take_answer(struct http_sink *self, const struct http_answer *answer,
                               struct error *err) {
    struct json *document;
    if (json_parse(answer->body, answer->size, &document, NULL) != STATUS_OK)
        return error_set(err, STATUS_IO, "%s: this answer is not Pegel's", self->url);
    struct import_report *report = self->sink.report;
    double accepted = json_number(json_member(document, "accepted"), -1);
    double duplicate = json_number(json_member(document, "duplicate"), 0);
    double conflict = json_number(json_member(document, "conflict"), 0);
    if (accepted >= 0) {
        report->accepted += (uint64_t)accepted;
        report->duplicate += (uint64_t)duplicate;
        report->conflict += (uint64_t)conflict;
        report_rejections(self, json_member(document, "rejected"));
    }
    json_free(document);
    if (accepted >= 0) return STATUS_OK;
    return error_set(err, STATUS_IO, "%s: this answer is not Pegel's", self->url);
}

static enum status refused(const struct http_sink *self, const struct http_answer *answer,
                           struct error *err) {
    struct json *problem = NULL;
    if (json_parse(answer->body, answer->size, &problem, NULL) != STATUS_OK) problem = NULL;
    enum status status = answer->status == 401   ? STATUS_UNAUTHORIZED
                         : answer->status == 403 ? STATUS_FORBIDDEN
                                                 : STATUS_IO;
    (void)error_set(err, status, "%s: the server answers %d: %.120s", self->url, answer->status,
                    json_text(json_member(problem, "detail"), "no reason given"));
    json_free(problem);
    return status;
}

/* Seconds to wait before trying again; the server's word, else longer each time. */
static void wait_to_retry(const struct http_answer *answer, int retry) {
    uint32_t seconds = answer->retry_after_s > 0 ? answer->retry_after_s : UINT32_C(1) << retry;
    if (seconds > RETRY_WAIT_S_MAX) seconds = RETRY_WAIT_S_MAX;
    const struct timespec wait = {.tv_sec = (time_t)seconds};
    (void)nanosleep(&wait, NULL);
}

static enum status send_body(struct http_sink *self, struct http_answer *answer,
                             struct error *err) {
    const char *const headers[] = {self->authorization, "Content-Type: application/x-ndjson"};
    for (int retry = 0;; retry++) {
        TRY(http_client_send(self->client, "POST", self->url, headers, 2, self->body.bytes,
                             self->body.size, answer, err));
        bool busy = answer->status == 429 || answer->status == 503;
        if (!busy || retry == IMPORT_RETRIES_MAX) return STATUS_OK;
        wait_to_retry(answer, retry);
    }
}

static enum status http_flush(struct import_sink *sink, struct error *err) {
    struct http_sink *self = (struct http_sink *)sink;
    struct http_answer answer;
    if (self->event_count == 0) return STATUS_OK;
    TRY(send_body(self, &answer, err));
    if (answer.status != 200) return refused(self, &answer, err);
    TRY(take_answer(self, &answer, err));
    text_clear(&self->body);
    self->event_count = 0;
    return STATUS_OK;
}

/* Notes the event that has just been added to the body. */
static enum status added(struct http_sink *self, uint32_t line, struct error *err) {
    if (self->body.failed) return error_set(err, STATUS_NO_MEMORY, "import: no memory");
    self->lines[self->event_count++] = line;
    if (self->event_count < HTTP_EVENTS_MAX && self->body.size < HTTP_BODY_BYTES) return STATUS_OK;
    return http_flush(&self->sink, err);
}

static enum status http_add(struct import_sink *sink, const struct event *event, uint32_t line,
                            struct error *err) {
    struct http_sink *self = (struct http_sink *)sink;
    event_json_write(&self->body, event);
    return added(self, line, err);
}

static enum status http_add_line(struct import_sink *sink, const char *bytes, size_t size,
                                 uint32_t line, struct error *err) {
    struct http_sink *self = (struct http_sink *)sink;
    text_add(&self->body, bytes, size);
    text_add(&self->body, "\n", 1);
    return added(self, line, err);
}

static void http_sink_close(struct import_sink *sink) {
    struct http_sink *self = (struct http_sink *)sink;
    http_client_close(self->client);
    text_free(&self->body);
    memset(self->authorization, 0, sizeof self->authorization);
    memory_free(self);
}

static enum status prepare(struct http_sink *self, const char *url, const char *token,
                           struct error *err) {
    size_t size = strlen(url);
    while (size > 0 && url[size - 1] == '/') size--;
    int written = snprintf(self->url, sizeof self->url, "%.*s/v1/events", (int)size, url);
    if (written < 0 || written >= (int)sizeof self->url)
        return error_set(err, STATUS_INVALID, "import: the URL is too long");
    written = snprintf(self->authorization, sizeof self->authorization, "Authorization: Bearer %s",
                       token);
    if (written < 0 || written >= (int)sizeof self->authorization || strpbrk(token, "\r\n") != NULL)
        return error_set(err, STATUS_INVALID, "import: this is no token");
    const struct http_client_options options = {.connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                                .timeout_ms = TIMEOUT_MS,
                                                .answer_bytes_max = HTTP_ANSWER_BYTES_MAX};
    return http_client_open(&options, &self->client, err);
}

enum status import_sink_http(const char *url, const char *token, struct import_report *report,
                             struct import_sink **out, struct error *err) {
    *out = NULL;
    struct http_sink *self = memory_new(1, sizeof *self);
    if (self == NULL) return error_set(err, STATUS_NO_MEMORY, "import: no memory");
    self->sink = (struct import_sink){.add = http_add,
                                      .add_line = http_add_line,
                                      .flush = http_flush,
                                      .close = http_sink_close,
                                      .report = report};
    text_init(&self->body, HTTP_BODY_BYTES + HTTP_LINE_BYTES_MAX);
    enum status status = prepare(self, url, token, err);
    if (status != STATUS_OK) {
        http_sink_close(&self->sink);
        return status;
    }
    *out = &self->sink;
    return STATUS_OK;
}
