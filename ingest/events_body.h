/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_EVENTS_BODY_H
#define INGEST_EVENTS_BODY_H

#include <stddef.h>

#include "base/status.h"
#include "net/http_server.h"

/* events_body: in which form a request carries events, and their bytes without compression. */
enum events_form {
    EVENTS_NDJSON,
    EVENTS_CLOUDEVENTS_BATCH,
    EVENTS_CLOUDEVENT,       /* structured mode */
    EVENTS_CLOUDEVENT_BINARY /* attributes in ce-* headers */
};

struct events_body {
    enum events_form form;
    const char *bytes; /* of the request, or `expanded` */
    size_t size;
    char *expanded; /* owned; NULL: the body was not compressed */
};

/* UNSUPPORTED: a type or coding that Pegel does not take. INVALID: damaged. TOO_LARGE: over
 * expanded_max. BUSY: too much is under way to expand it now. The sentence in err is for the
 * sender. Release with events_body_free in any case. The body lives as long as the request. */
MUST_USE enum status events_body_read(struct http_request *request, size_t expanded_max,
                                      struct events_body *body, struct error *err);
void events_body_free(struct events_body *body);

#endif
