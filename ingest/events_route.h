/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_EVENTS_ROUTE_H
#define INGEST_EVENTS_ROUTE_H

#include <stdbool.h>

#include "access/pseudonym.h"
#include "access/token.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "ingest/admission.h"
#include "ingest/source_stats.h"
#include "net/http_server.h"

/* events_route: the way in over HTTP.
 *   POST    /v1/events   events as NDJSON or CloudEvents, plain, gzip or zstd; the answer says what
 *                        became of each, and comes when those accepted are durable
 *   OPTIONS /v1/events   the handshake of CloudEvents web hooks
 *   GET     /v1/limits   the limits a sender has to keep
 *
 * Each request has a batch of its own while it is handled; batches are kept for the next. */
struct events_route;

enum {
    EVENTS_ROUTE_COUNT = 3,
    EVENTS_EXPANDED_BYTES_MAX = 64 << 20, /* of a body, after decompression */
    EVENTS_REJECTIONS_LISTED_MAX = 1000   /* more are counted, but not listed in the answer */
};

/* All borrowed; they outlive the route. */
struct events_route_options {
    struct engine *engine;
    struct token_file *tokens;
    struct pseudonyms *pseudonyms;
    const struct tenant_extras *extras;
    uint32_t extras_count;
    const struct clock *clock;
    uint32_t lane;         /* of POST; its workers are what writes at the same time */
    uint32_t limits_lane;  /* of OPTIONS and limits */
    size_t body_bytes_max; /* the server's, to tell it */
};

MUST_USE enum status events_route_create(const struct events_route_options *options,
                                         struct events_route **out, struct error *err);
/* After the server has stopped. Accepts NULL. */
void events_route_free(struct events_route *route);

/* Fills routes[0..EVENTS_ROUTE_COUNT-1] for http_server_options. */
void events_route_list(struct events_route *route, struct http_route *routes);

/* For http_server_options.admits, context: the route. A body for /v1/events is taken from known
 * tokens only: nobody else can make the server hold bytes. Other paths are not judged. */
bool events_route_admits(void *route, struct http_request *request);

/* For http_server_options.takes, context: the route. Small bodies are decoded on the loop and wait
 * for the disk without a worker, which saves two changes of threads; when too many wait already, or
 * the engine cannot tell when it is done, it is for the workers. */
bool events_route_takes(void *route, struct http_request *request);

/* What each source has sent so far; lives as long as the route. */
struct source_stats *events_route_stats(struct events_route *route);

#endif
