/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/limits_route.h"

#include "base/memory.h"
#include "base/text.h"
#include "event/batch.h"
#include "event/event.h"

void limits_route_get(void *context, struct http_request *request) {
    const struct limits *limits = context;
    struct text text;
    text_init(&text, 4096);
    text_add_format(&text, "{\"body_bytes\":%zu,\"expanded_bytes\":%zu,", limits->body_bytes,
                    limits->expanded_bytes);
    text_add_format(&text, "\"cloudevents_bytes\":%zu,\"cloudevents\":%zu,",
                    limits->cloudevents_bytes, limits->cloudevents);
    /* No number of events or rate is too much by itself: the bytes and the queues decide. */
    text_add_format(&text, "\"events\":null,\"requests_per_minute\":null,\"events_per_write\":%d,",
                    BATCH_ROWS_MAX);
    text_add_format(&text, "\"id_bytes\":%d,\"subject_bytes\":%d,\"link_bytes\":%d,",
                    EVENT_ID_BYTES_MAX, EVENT_TOKEN_BYTES_MAX, EVENT_TOKEN_BYTES_MAX);
    text_add_format(&text, "\"text_bytes\":%d,\"future_ms\":%lld,\"rejections_listed\":%zu,",
                    EVENT_TEXT_BYTES_MAX, (long long)EVENT_FUTURE_MS_MAX,
                    limits->rejections_listed);
    text_add_string(&text,
                    "\"content_types\":[\"application/x-ndjson\","
                    "\"application/cloudevents-batch+json\",\"application/cloudevents+json\"],"
                    "\"content_encodings\":[\"zstd\",\"gzip\"]}\n");
    if (text.failed) {
        text_free(&text);
        http_reply_problem(request, STATUS_NO_MEMORY, "no memory for the answer");
        return;
    }
    size_t size;
    char *body = text_take(&text, &size);
    http_reply_owned(request, 200, "application/json", body, size);
}

void limits_route_handshake(void *context, struct http_request *request) {
    (void)context;
    const char *origin = http_request_header(request, "webhook-request-origin");
    http_reply_header(request, "Allow", "OPTIONS, POST");
    if (origin != NULL) {
        http_reply_header(request, "WebHook-Allowed-Origin", origin);
        http_reply_header(request, "WebHook-Allowed-Rate", "*");
    }
    http_reply(request, 200, NULL, NULL, 0);
}
