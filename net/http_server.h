/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/status.h"

/* http_server: HTTP/1.1 on event loops (libuv), handlers on workers. http_server.c is the only file
 * that knows libuv; http_parse.h reads the protocol, http_request.h is what both sides share.
 *
 * A handler runs on a worker thread, may block, and answers once. Each lane has its own workers and
 * its own bounded queue, so that questions never hold up events: a full queue is answered 429 with
 * Retry-After by the loop, without a worker. A client that hangs up costs its handler's work,
 * nothing else. A request that is malformed, unroutable or over a limit is refused by the loop,
 * before its body has arrived where that can be told. */
struct http_server;
struct http_request;

struct http_lane {
    const char *name;
    uint32_t workers;
    uint32_t queue_max; /* requests waiting for a worker */
};

typedef void (*http_handler)(void *context, struct http_request *request);

struct http_route {
    const char *method; /* "GET", "POST", "OPTIONS", ... ; HEAD is answered by GET's handler */
    const char *path;   /* exact, or a prefix when it ends in "/" + "*": "/v1/kpis/" "*" */
    uint32_t lane;      /* index into lanes */
    http_handler handler;
    void *context;
};

struct http_server_options {
    const char *address;           /* "127.0.0.1" or "[::1]" form without brackets, numeric */
    uint16_t port;                 /* 0: any free one */
    uint32_t loops;                /* event loop threads */
    const struct http_lane *lanes; /* read at the start only */
    uint32_t lane_count;
    const struct http_route *routes; /* borrowed; first match wins; no match: 404, known path with
                                        another method: 405 with Allow */
    uint32_t route_count;
    size_t body_bytes_max;     /* of one request, as sent: 413 above */
    size_t inflight_bytes_max; /* of all bodies being received or handled: 503 above */
    uint32_t connections_max;  /* further ones are closed */
    uint32_t idle_timeout_ms;  /* also: a request must have arrived whole, and an answer must have
                                  been taken, after this and 1 ms more for every 64 bytes */
    /* May this request send its body? Asked on a loop thread when its head is complete, so it must
     * not wait. false: it has answered the request; nothing of the body is taken. NULL: all may. */
    bool (*admits)(void *context, struct http_request *request);
    void *admits_context;
    /* Can this request be dealt with at once? Asked on a loop thread when it is complete, so it
     * must not wait. true: it is answered, or http_request_later was called for it; false, or NULL:
     * its handler runs on its lane. */
    bool (*takes)(void *context, struct http_request *request);
    void *takes_context;
    const struct clock *clock; /* of http_request_waited_ns; NULL: clock_system() */
};

MUST_USE enum status http_server_start(const struct http_server_options *options,
                                       struct http_server **out, struct error *err);
uint16_t http_server_port(const struct http_server *server);
/* Stops accepting, lets the requests under way end (at most drain_ms), joins every thread. */
void http_server_stop(struct http_server *server, uint32_t drain_ms); /* accepts NULL */

/* What a handler may ask of its request; everything lives until it has answered. */
const char *http_request_method(const struct http_request *request);
const char *http_request_path(const struct http_request *request);  /* decoded, without query */
const char *http_request_query(const struct http_request *request); /* raw, "" when absent */
/* How long it waited for a worker, by the clock of the options; 0 where none has it. */
uint64_t http_request_waited_ns(const struct http_request *request);
/* name in lower case; NULL when absent. */
const char *http_request_header(const struct http_request *request, const char *name);
/* Calls `visit` for each header whose name starts with prefix. */
void http_request_headers(const struct http_request *request, const char *prefix,
                          void (*visit)(void *context, const char *name, const char *value),
                          void *context);
const char *http_request_body(const struct http_request *request, size_t *size);

/* Memory that a handler needs for the body besides the body itself, expanding it for one: counted
 * among the bytes under way until the handler is done. False: there is no room for so much more. */
bool http_request_reserve_memory(struct http_request *request, size_t bytes);
void http_request_release_memory(struct http_request *request, size_t bytes);

/* From `takes`: the request is answered later, by `resume`, which runs on the loop thread as well
 * after http_request_resume was called, once, by any thread. */
void http_request_later(struct http_request *request,
                        void (*resume)(void *context, struct http_request *request), void *context);
void http_request_resume(struct http_request *request);
/* The handler of its route: so that `takes` knows what a request is for. */
const struct http_route *http_request_route(const struct http_request *request);

/* Before the answer; name and value are copied. */
void http_reply_header(struct http_request *request, const char *name, const char *value);
/* The answer, once; it is sent when the handler returns (500 when it never answered). `body` is
 * copied. HEAD requests get the headers only. */
void http_reply(struct http_request *request, int status, const char *content_type,
                const void *body, size_t size);
/* The same without a copy: `body` from memory_get, ownership passes. */
void http_reply_owned(struct http_request *request, int status, const char *content_type,
                      void *body, size_t size);
/* RFC 9457 problem document: {"type":"about:blank","title":…,"status":…,"detail":…}; 429 and 503
 * get Retry-After. */
void http_reply_problem(struct http_request *request, enum status status, const char *detail);

#endif
