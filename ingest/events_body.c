/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/events_body.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/compression.h"
#include "base/memory.h"

enum { ROOM_MIN = 1 << 16, ROOM_FACTOR = 16, ROOM_GROWTH = 4 };

/* True when the header's value, without parameters such as charset, is `type`. */
static bool is_type(const char *value, const char *type) {
    size_t size = strcspn(value, ";");
    while (size > 0 && (value[size - 1] == ' ' || value[size - 1] == '\t')) size--;
    return size == strlen(type) && strncasecmp(value, type, size) == 0;
}

/* One of them is enough: what is missing is then told as such. */
static bool has_event_headers(const struct http_request *request) {
    return http_request_header(request, "ce-specversion") != NULL ||
           http_request_header(request, "ce-id") != NULL ||
           http_request_header(request, "ce-type") != NULL;
}

static enum status find_form(const struct http_request *request, enum events_form *form,
                             struct error *err) {
    const char *type = http_request_header(request, "content-type");
    if (type == NULL) type = "";
    if (is_type(type, "application/x-ndjson") || is_type(type, "application/ndjson")) {
        *form = EVENTS_NDJSON;
    } else if (is_type(type, "application/cloudevents-batch+json")) {
        *form = EVENTS_CLOUDEVENTS_BATCH;
    } else if (is_type(type, "application/cloudevents+json")) {
        *form = EVENTS_CLOUDEVENT;
    } else if (has_event_headers(request) && (*type == '\0' || is_type(type, "application/json"))) {
        *form = EVENTS_CLOUDEVENT_BINARY;
    } else {
        return error_set(err, STATUS_UNSUPPORTED,
                         "the content type is none of application/x-ndjson, "
                         "application/cloudevents-batch+json, application/cloudevents+json, "
                         "application/json with ce-* headers");
    }
    return STATUS_OK;
}

static enum status find_coding(const struct http_request *request, enum compression *coding,
                               struct error *err) {
    const char *value = http_request_header(request, "content-encoding");
    if (value == NULL || *value == '\0' || strcasecmp(value, "identity") == 0) {
        *coding = COMPRESSION_NONE;
    } else if (strcasecmp(value, "gzip") == 0 || strcasecmp(value, "x-gzip") == 0) {
        *coding = COMPRESSION_GZIP;
    } else if (strcasecmp(value, "zstd") == 0) {
        *coding = COMPRESSION_ZSTD;
    } else {
        return error_set(err, STATUS_UNSUPPORTED,
                         "the content encoding is none of zstd, gzip, identity");
    }
    return STATUS_OK;
}

/* Room is asked for as it is needed, because how much that is nobody knows before: most bodies
 * shrink to a tenth or an eighth. When it was too little, all begins anew with more. */
static enum status expand(struct http_request *request, enum compression coding,
                          size_t expanded_max, struct events_body *body, struct error *err) {
    struct error reason;
    size_t size = body->size, room = ROOM_MIN + ROOM_FACTOR * size;
    for (;; room *= ROOM_GROWTH) {
        if (room > expanded_max) room = expanded_max;
        if (!http_request_reserve_memory(request, room))
            return error_set(err, STATUS_BUSY, "too many bytes are under way already");
        enum status status = compression_expand(coding, body->bytes, size, room, &body->expanded,
                                                &body->size, &reason);
        if (status == STATUS_OK) {
            http_request_release_memory(request, room - body->size);
            return STATUS_OK;
        }
        http_request_release_memory(request, room);
        body->expanded = NULL;
        if (status != STATUS_TOO_LARGE || room == expanded_max)
            return error_set(err, status, "the body cannot be expanded: %s", reason.text);
    }
}

enum status events_body_read(struct http_request *request, size_t expanded_max,
                             struct events_body *body, struct error *err) {
    *body = (struct events_body){0};
    enum compression coding = COMPRESSION_NONE;
    TRY(find_form(request, &body->form, err));
    TRY(find_coding(request, &coding, err));
    body->bytes = http_request_body(request, &body->size);
    if (coding == COMPRESSION_NONE) return STATUS_OK;
    TRY(expand(request, coding, expanded_max, body, err));
    body->bytes = body->expanded;
    return STATUS_OK;
}

void events_body_free(struct events_body *body) {
    memory_free(body->expanded);
    *body = (struct events_body){0};
}
