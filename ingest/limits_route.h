/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_LIMITS_ROUTE_H
#define INGEST_LIMITS_ROUTE_H

#include <stddef.h>

#include "net/http_server.h"

/* limits_route: what a sender of events has to keep. */
struct limits {
    size_t body_bytes;                     /* of a request, as sent */
    size_t expanded_bytes;                 /* after decompression */
    size_t cloudevents_bytes, cloudevents; /* of a request in one of the CloudEvents forms */
    size_t rejections_listed;
};

/* Handlers; context: const struct limits *. */
void limits_route_get(void *context, struct http_request *request);
/* The handshake of "HTTP 1.1 Web Hooks for Event Delivery" (CloudEvents): whoever asks may send,
 * given a token, at any rate: Pegel answers 429 when it is too much. */
void limits_route_handshake(void *context, struct http_request *request);

#endif
