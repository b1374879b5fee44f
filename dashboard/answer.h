/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef DASHBOARD_ANSWER_H
#define DASHBOARD_ANSWER_H

#include <stdatomic.h>

#include "base/text.h"
#include "net/http_server.h"

/* answer: what a question was answered, ready to be sent, once or often. One thread makes it; from
 * then on it does not change and any thread may read it. Whoever has a reference gives it back. */
enum { ANSWER_HEADERS_MAX = 6, ANSWER_HEADER_BYTES_MAX = 160 };

struct answer_header {
    const char *name; /* of static life */
    char value[ANSWER_HEADER_BYTES_MAX];
};

struct answer {
    atomic_uint references;
    const char *type; /* media type, of static life */
    uint32_t header_count;
    struct answer_header headers[ANSWER_HEADERS_MAX];
    struct text body;
    bool settled;      /* the same at any later time, as long as the store takes in nothing */
    uint64_t began_ns; /* monotonic; its making began, so nothing later is in it */
    uint64_t events;   /* that the store had taken in by then */
};

MUST_USE struct answer *answer_create(void); /* one reference; NULL: no memory */
struct answer *answer_share(struct answer *answer);
void answer_release(struct answer *answer); /* accepts NULL */

void answer_header(struct answer *answer, const char *name, const char *value);
size_t answer_bytes(const struct answer *answer); /* of memory */

enum { ANSWER_NEW = -1 };
/* age_s: how long it has been kept (RFC 9111, "Age"); ANSWER_NEW: it was made for this request. */
void answer_send(const struct answer *answer, int64_t age_s, struct http_request *request);

#endif
