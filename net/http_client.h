/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* http_client: asks a Pegel server, one request after the other on a kept connection. Calls block.
 * http_client.c is the only file that knows libcurl. One thread at a time.
 *
 * Goes where the URL says and nowhere else: no proxy, no redirects, http and https only (with the
 * certificate checked). */
struct http_client;

struct http_client_options {
    uint32_t connect_timeout_ms;
    uint32_t timeout_ms; /* of a whole request */
    size_t answer_bytes_max;
};

struct http_answer {
    int status;       /* of HTTP */
    const char *body; /* NUL-terminated; the client's, until its next call */
    size_t size;
    uint32_t retry_after_s; /* 0: not said */
};

MUST_USE enum status http_client_open(const struct http_client_options *options,
                                      struct http_client **out, struct error *err);
void http_client_close(struct http_client *client); /* accepts NULL */

/* headers: header_count lines "Name: value". Borrows everything for the call.
 * OK: there is an answer, whatever its status. INVALID: no such URL. IO: nobody there, the
 * connection broke or a timeout passed. TOO_LARGE: the answer is over its limit. */
MUST_USE enum status http_client_send(struct http_client *client, const char *method,
                                      const char *url, const char *const *headers,
                                      uint32_t header_count, const void *body, size_t size,
                                      struct http_answer *answer, struct error *err);

#endif
