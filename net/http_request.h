/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef NET_HTTP_REQUEST_H
#define NET_HTTP_REQUEST_H

#include <stdatomic.h>

#include "base/pool.h"
#include "base/text.h"
#include "net/http_parse.h"
#include "net/http_server.h"

/* http_request: one request and its answer, as http_server.c and the functions of http_server.h
 * that a handler calls share it.
 *
 * Owner: the loop thread while the request arrives, one worker while the handler runs, the loop
 * thread again from http_request.home on. Only the loop looks at `connection`. */
enum {
    HTTP_REPLY_HEADERS_BYTES_MAX = 16384,
    HTTP_RETRY_AFTER_S = 1,        /* what 429 and 503 ask for */
    HTTP_BODY_FIRST_BYTES = 262144 /* a body's buffer starts with at most this, then doubles */
};

struct http_connection;

struct http_request {
    struct pool_job job;                /* first member */
    struct http_request *next;          /* in its loop's mailbox */
    struct http_connection *connection; /* NULL once the client is gone */
    void (*home)(struct http_request *request);
    void *loop;
    const struct http_route *route;
    void (*resume)(void *context, struct http_request *request); /* NULL: a worker answers */
    void *resume_context;
    uint64_t handed_ns, waited_ns; /* to the workers, and until one took it */

    struct http_head head;
    char *path; /* decoded */
    const char *query;
    char *body; /* owned; a NUL behind the last byte when complete */
    size_t body_size, body_capacity;
    size_t reserved_bytes;    /* for what a handler makes of the body */
    _Atomic size_t *inflight; /* where body_capacity and reserved_bytes are counted */
    size_t inflight_max;

    int status;    /* of the answer; 0: none yet */
    bool bodyless; /* HEAD */
    struct text reply_headers;
    char *reply_body; /* owned */
    size_t reply_size;

    char bytes[]; /* the head, then the decoded path */
};

/* A request from a complete head at `bytes`. NULL: no memory. *refusal: 0 or an HTTP status; the
 * request can then still carry the answer. */
struct http_request *http_request_create(const char *bytes, size_t size, int *refusal);
void http_request_free(struct http_request *request); /* accepts NULL */
/* When the handler is done with it: the answer may take long to send. */
void http_request_drop_body(struct http_request *request);

/* Makes room for `more` body bytes behind body_size, as far as the bytes in flight allow.
 * TOO_LARGE is for the caller to decide; BUSY: the bound is reached; NO_MEMORY. */
enum status http_request_reserve(struct http_request *request, size_t more, size_t expected);

/* Status line and headers of the answer into `out`. keep_alive: the connection stays open. */
void http_request_write_head(const struct http_request *request, bool keep_alive, struct text *out);
/* "Not Found"; "" for statuses that Pegel does not send. */
const char *http_reason(int status);
/* As http_reply_problem, for an HTTP status. */
void http_request_refuse(struct http_request *request, int status, const char *detail);

#endif
