/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/events_route.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "ingest/decode_cloudevents.h"
#include "ingest/decode_ndjson.h"
#include "ingest/events_body.h"
#include "ingest/limits_route.h"

static_assert((int)PSEUDONYM_PURPOSE_VISIT == (int)PURPOSE_VISIT, "access counts purposes alike");
static_assert((int)PURPOSE_COUNT <= (int)PSEUDONYM_PURPOSES_MAX, "every purpose has a key");

enum {
    ANSWER_BYTES_MAX = 1 << 20,
    AT_ONCE_BYTES_MAX = 16384, /* some 60 events: decoding them takes a loop 20 us */
    AT_ONCE_MAX = 128,         /* requests that wait for their sync without a worker */
    ROWS_KEPT_MAX = 1 << 14    /* larger batches, near 200 bytes a row, are given back */
};

/* What one request needs; kept for the next one, because a batch has many columns. */
struct workspace {
    struct workspace *next;
    struct batch *batch;
    struct admission admission;
    struct source_counts counts;
    struct text listed; /* rejections, as elements of a JSON array */
    uint32_t listed_count;
    /* of a request that waits without a worker */
    struct events_route *route;
    struct http_request *request;
    enum status status;
    struct error err;
};

struct events_route {
    struct events_route_options options;
    struct limits limits;
    struct source_stats *stats;
    pthread_mutex_t lock; /* guards `free` */
    struct workspace *free;
    _Atomic uint32_t at_once_count;
};

/* --- workspaces ------------------------------------------------------------------------------ */

static void workspace_free(struct workspace *workspace) {
    if (workspace == NULL) return;
    batch_free(workspace->batch);
    text_free(&workspace->listed);
    memory_free(workspace);
}

static struct workspace *workspace_create(void) {
    struct workspace *workspace = memory_new_array(struct workspace, 1);
    if (workspace == NULL) return NULL;
    text_init(&workspace->listed, ANSWER_BYTES_MAX);
    workspace->batch = batch_create();
    if (workspace->batch != NULL) return workspace;
    workspace_free(workspace);
    return NULL;
}

/* At most AT_ONCE_MAX and as many as there are workers ever exist. NULL: no memory. */
static struct workspace *workspace_take(struct events_route *route) {
    pthread_mutex_lock(&route->lock);
    struct workspace *workspace = route->free;
    if (workspace != NULL) route->free = workspace->next;
    pthread_mutex_unlock(&route->lock);
    return workspace != NULL ? workspace : workspace_create();
}

static void workspace_give(struct events_route *route, struct workspace *workspace) {
    admission_free(&workspace->admission);
    if (workspace->batch->row_capacity > ROWS_KEPT_MAX) {
        workspace_free(workspace);
        return;
    }
    batch_clear(workspace->batch);
    pthread_mutex_lock(&route->lock);
    workspace->next = route->free;
    route->free = workspace;
    pthread_mutex_unlock(&route->lock);
}

static void workspace_begin(struct workspace *workspace, struct events_route *route,
                            const struct token_grant *grant) {
    const struct events_route_options *options = &route->options;
    int64_t now_ms = clock_utc_ms(options->clock);
    workspace->admission = (struct admission){.grant = grant,
                                              .pseudonyms = options->pseudonyms,
                                              .extras = options->extras,
                                              .extras_count = options->extras_count,
                                              .now_ms = now_ms,
                                              .batch = workspace->batch};
    workspace->counts = (struct source_counts){.requests = 1, .last_ms = now_ms};
    (void)snprintf(workspace->counts.source, sizeof workspace->counts.source, "%s", grant->source);
    text_clear(&workspace->listed);
    workspace->listed_count = 0;
    workspace->route = route;
}

/* --- what became of the events --------------------------------------------------------------- */

static void list_rejection(struct workspace *workspace, uint32_t position, const char *id,
                           enum reject_code code, const char *detail) {
    if (workspace->listed_count == EVENTS_REJECTIONS_LISTED_MAX) return;
    struct text *text = &workspace->listed;
    text_add_format(text, "%s{\"index\":%u,\"id\":", workspace->listed_count > 0 ? "," : "",
                    position);
    text_add_json_string(text, id, strlen(id));
    text_add_format(text, ",\"code\":\"%s\",\"detail\":", reject_text(code));
    text_add_json_string(text, detail, strlen(detail));
    text_add_string(text, "}");
    workspace->listed_count++;
}

/* Rejections since the last call, from the decoder and the admission. */
static void note_rejections(struct workspace *workspace) {
    struct admission *admission = &workspace->admission;
    for (size_t i = 0; i < admission->rejection_count; i++) {
        const struct rejection *rejection = &admission->rejections[i];
        list_rejection(workspace, rejection->position, rejection->id, rejection->reject.code,
                       rejection->reject.detail);
    }
    admission->rejection_count = 0;
    workspace->counts.rejected += admission->rejected;
    workspace->counts.dropped_fields += admission->dropped_fields;
    admission->rejected = 0;
    admission->dropped_fields = 0;
}

static void note_outcomes(struct workspace *workspace) {
    const struct batch *batch = workspace->batch;
    struct source_counts *counts = &workspace->counts;
    for (uint32_t row = 0; row < batch->row_count; row++) {
        switch ((enum outcome)batch->outcome[row]) {
            case OUTCOME_ACCEPTED: counts->accepted++; break;
            case OUTCOME_DUPLICATE: counts->duplicate++; break;
            case OUTCOME_CONFLICT: counts->conflict++; break;
            case OUTCOME_REJECTED:
                counts->rejected++;
                list_rejection(workspace, batch->position[row], "",
                               (enum reject_code)batch->refusal[row], "refused by the store");
                break;
            case OUTCOME_PENDING: CHECK(false);
        }
    }
}

/* Writes what is in the batch, durably, and makes room for more. */
static enum status write_batch(const struct events_route *route, struct workspace *workspace,
                               struct error *err) {
    struct engine *engine = route->options.engine;
    note_rejections(workspace);
    if (workspace->batch->row_count == 0) return STATUS_OK;
    TRY(engine->ops->write(engine, workspace->batch, err));
    note_outcomes(workspace);
    batch_clear(workspace->batch);
    return STATUS_OK;
}

/* --- decoding -------------------------------------------------------------------------------- */

static enum status take_ndjson(const struct events_route *route, struct workspace *workspace,
                               const struct events_body *body, struct error *err) {
    uint32_t position = 0;
    for (size_t at = 0; at < body->size;) {
        at += decode_ndjson(body->bytes + at, body->size - at, false, &position,
                            &workspace->admission);
        TRY(write_batch(route, workspace, err));
    }
    return position > 0 ? STATUS_OK : error_set(err, STATUS_INVALID, "the body holds no event");
}

static enum status take_binary(struct admission *admission, const struct http_request *request,
                               const struct events_body *body, struct error *err) {
    struct cloudevent_headers headers = {0};
    http_request_headers(request, "ce-", cloudevent_headers_add, &headers);
    return decode_cloudevents_binary(&headers, body->bytes, body->size, admission, err);
}

static enum status take_events(const struct events_route *route, struct workspace *workspace,
                               const struct http_request *request, const struct events_body *body,
                               struct error *err) {
    struct admission *admission = &workspace->admission;
    switch (body->form) {
        case EVENTS_NDJSON: return take_ndjson(route, workspace, body, err);
        case EVENTS_CLOUDEVENTS_BATCH:
            TRY(decode_cloudevents_batch(body->bytes, body->size, admission, err));
            break;
        case EVENTS_CLOUDEVENT:
            TRY(decode_cloudevents_structured(body->bytes, body->size, admission, err));
            break;
        case EVENTS_CLOUDEVENT_BINARY: TRY(take_binary(admission, request, body, err)); break;
    }
    return write_batch(route, workspace, err);
}

/* --- the answer ------------------------------------------------------------------------------ */

static const struct token_grant *authenticate(const struct events_route *route,
                                              struct http_request *request) {
    const char *value = http_request_header(request, "authorization");
    if (value == NULL || strncasecmp(value, "bearer ", 7) != 0) {
        http_reply_header(request, "WWW-Authenticate", "Bearer realm=\"pegel\"");
        http_reply_problem(request, STATUS_UNAUTHORIZED, "a bearer token of a source is needed");
        return NULL;
    }
    value += 7 + strspn(value + 7, " ");
    const struct token_grant *grant = token_file_find(route->options.tokens, value, strlen(value));
    if (grant == NULL) {
        http_reply_header(request, "WWW-Authenticate",
                          "Bearer realm=\"pegel\", error=\"invalid_token\"");
        http_reply_problem(request, STATUS_UNAUTHORIZED, "the token is not known");
    }
    return grant;
}

static void reply_counts(struct workspace *workspace, struct http_request *request) {
    const struct source_counts *counts = &workspace->counts;
    struct text text;
    text_init(&text, ANSWER_BYTES_MAX + 1024);
    text_add_format(&text, "{\"accepted\":%llu,\"duplicate\":%llu,\"conflict\":%llu,\"rejected\":[",
                    (unsigned long long)counts->accepted, (unsigned long long)counts->duplicate,
                    (unsigned long long)counts->conflict);
    if (workspace->listed.size > 0)
        text_add(&text, workspace->listed.bytes, workspace->listed.size);
    text_add_string(&text, "]");
    if (counts->rejected > workspace->listed_count)
        text_add_format(&text, ",\"rejected_count\":%llu,\"truncated\":true",
                        (unsigned long long)counts->rejected);
    text_add_string(&text, "}\n");
    if (text.failed || workspace->listed.failed) {
        text_free(&text);
        http_reply_problem(request, STATUS_NO_MEMORY,
                           "the events are stored, but there is no memory for the answer; sending "
                           "them again does no harm");
        return;
    }
    size_t size;
    char *body = text_take(&text, &size);
    http_reply_owned(request, 200, "application/json", body, size);
}

/* Part of the events may be durable by now, but none of them was acknowledged. */
static void reply_failure(struct workspace *workspace, struct http_request *request,
                          enum status status, const struct error *err) {
    if (status == STATUS_INVALID || status == STATUS_TOO_LARGE || status == STATUS_UNSUPPORTED) {
        http_reply_problem(request, status, err->text);
        return;
    }
    if (status != STATUS_BUSY) /* which a sender is told, and many may be */
        log_write(LOG_ERROR, "events_route", "%s: %s", status_name(status), err->text);
    bool begun = workspace->counts.accepted + workspace->counts.duplicate > 0;
    const char *detail = status == STATUS_BUSY ? "too much is being written: send the request again"
                                               : "the events could not be stored: send the request "
                                                 "again";
    if (begun) {
        detail =
            "some of the events are stored, the others are not: send the whole request again, "
            "those that are there already are recognised";
    }
    http_reply_problem(request, status, detail);
}

static void reply(struct workspace *workspace, struct http_request *request, enum status status,
                  const struct error *err) {
    note_rejections(workspace);
    source_stats_add(workspace->route->stats, &workspace->counts);
    if (status == STATUS_OK) {
        reply_counts(workspace, request);
    } else {
        reply_failure(workspace, request, status, err);
    }
}

static void handle(struct events_route *route, struct workspace *workspace,
                   struct http_request *request) {
    struct events_body body;
    struct error err = {""};
    enum status status = events_body_read(request, route->limits.expanded_bytes, &body, &err);
    if (status == STATUS_UNSUPPORTED) http_reply_header(request, "Accept-Encoding", "zstd, gzip");
    if (status == STATUS_OK) status = take_events(route, workspace, request, &body, &err);
    events_body_free(&body);
    reply(workspace, request, status, &err);
}

static void post_events(void *context, struct http_request *request) {
    struct events_route *route = context;
    const struct token_grant *grant = authenticate(route, request);
    if (grant == NULL) return;
    struct workspace *workspace = workspace_take(route);
    if (workspace == NULL) {
        http_reply_problem(request, STATUS_NO_MEMORY, "no memory: send the request again");
        return;
    }
    workspace_begin(workspace, route, grant);
    handle(route, workspace, request);
    workspace_give(route, workspace);
}

/* --- small requests: on the loop, without a worker -------------------------------------------- */

/* Decodes into the batch, which is written by somebody else. */
static enum status decode_small(struct workspace *workspace, const struct http_request *request,
                                const struct events_body *body, struct error *err) {
    struct admission *admission = &workspace->admission;
    uint32_t position = 0;
    switch (body->form) {
        case EVENTS_NDJSON:
            (void)decode_ndjson(body->bytes, body->size, false, &position, admission);
            return position > 0 ? STATUS_OK
                                : error_set(err, STATUS_INVALID, "the body holds no event");
        case EVENTS_CLOUDEVENTS_BATCH:
            return decode_cloudevents_batch(body->bytes, body->size, admission, err);
        case EVENTS_CLOUDEVENT:
            return decode_cloudevents_structured(body->bytes, body->size, admission, err);
        case EVENTS_CLOUDEVENT_BINARY: return take_binary(admission, request, body, err);
    }
    return STATUS_OK;
}

static void end_at_once(struct workspace *workspace) {
    struct events_route *route = workspace->route;
    workspace_give(route, workspace);
    (void)atomic_fetch_sub(&route->at_once_count, 1);
}

/* On a thread of the engine: the answer is made by the loop. */
static void on_written(void *context, enum status status, const struct error *err) {
    struct workspace *workspace = context;
    workspace->status = status;
    workspace->err = *err;
    http_request_resume(workspace->request);
}

static void answer_written(void *context, struct http_request *request) {
    struct workspace *workspace = context;
    if (workspace->status == STATUS_OK) note_outcomes(workspace);
    reply(workspace, request, workspace->status, &workspace->err);
    end_at_once(workspace);
}

static void handle_small(struct workspace *workspace, struct http_request *request,
                         const struct events_body *body) {
    struct engine *engine = workspace->route->options.engine;
    struct error err = {""};
    enum status status = decode_small(workspace, request, body, &err);
    if (status == STATUS_OK && workspace->batch->row_count > 0) {
        note_rejections(workspace);
        workspace->request = request;
        http_request_later(request, answer_written, workspace);
        status = engine->ops->write_later(engine, workspace->batch, on_written, workspace, &err);
        if (status == STATUS_OK) return;
        http_request_later(request, NULL, NULL);
    }
    reply(workspace, request, status, &err);
    end_at_once(workspace);
}

bool events_route_takes(void *context, struct http_request *request) {
    struct events_route *route = context;
    struct events_body body;
    size_t size;
    (void)http_request_body(request, &size);
    if (http_request_route(request)->handler != post_events || size > AT_ONCE_BYTES_MAX ||
        route->options.engine->ops->write_later == NULL ||
        http_request_header(request, "content-encoding") != NULL)
        return false;
    const struct token_grant *grant = authenticate(route, request);
    if (grant == NULL) return true;
    if (events_body_read(request, AT_ONCE_BYTES_MAX, &body, NULL) != STATUS_OK) return false;
    const uint32_t others = atomic_fetch_add(&route->at_once_count, 1);
    struct workspace *workspace = others < AT_ONCE_MAX ? workspace_take(route) : NULL;
    if (workspace == NULL) {
        (void)atomic_fetch_sub(&route->at_once_count, 1);
        return false; /* a worker will wait for it */
    }
    workspace_begin(workspace, route, grant);
    handle_small(workspace, request, &body);
    return true;
}

/* --- the contract ---------------------------------------------------------------------------- */

enum status events_route_create(const struct events_route_options *options,
                                struct events_route **out, struct error *err) {
    *out = NULL;
    struct events_route *route = memory_new_array(struct events_route, 1);
    struct source_stats *stats = source_stats_create();
    if (route == NULL || stats == NULL) {
        memory_free(route);
        source_stats_free(stats);
        return error_set(err, STATUS_NO_MEMORY, "events route: memory");
    }
    route->options = *options;
    route->limits = (struct limits){.body_bytes = options->body_bytes_max,
                                    .expanded_bytes = EVENTS_EXPANDED_BYTES_MAX,
                                    .cloudevents_bytes = CLOUDEVENTS_BODY_BYTES_MAX,
                                    .cloudevents = CLOUDEVENTS_MAX,
                                    .rejections_listed = EVENTS_REJECTIONS_LISTED_MAX};
    route->stats = stats;
    pthread_mutex_init(&route->lock, NULL);
    *out = route;
    return STATUS_OK;
}

void events_route_free(struct events_route *route) {
    if (route == NULL) return;
    while (route->free != NULL) {
        struct workspace *workspace = route->free;
        route->free = workspace->next;
        workspace_free(workspace);
    }
    source_stats_free(route->stats);
    pthread_mutex_destroy(&route->lock);
    memory_free(route);
}

void events_route_list(struct events_route *route, struct http_route *routes) {
    const struct events_route_options *options = &route->options;
    routes[0] = (struct http_route){"POST", "/v1/events", options->lane, post_events, route};
    routes[1] = (struct http_route){"OPTIONS", "/v1/events", options->limits_lane,
                                    limits_route_handshake, &route->limits};
    routes[2] = (struct http_route){"GET", "/v1/limits", options->limits_lane, limits_route_get,
                                    &route->limits};
}

bool events_route_admits(void *route, struct http_request *request) {
    if (strcmp(http_request_path(request), "/v1/events") != 0) return true;
    return authenticate(route, request) != NULL;
}

struct source_stats *events_route_stats(struct events_route *route) {
    return route->stats;
}
