/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_DECODE_CLOUDEVENTS_H
#define INGEST_DECODE_CLOUDEVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "ingest/admission.h"

/* decode_cloudevents: CloudEvents 1.0 in JSON (structured and batch) and as HTTP headers (binary)
 * to rows of a batch. For senders that speak it already. Events with nothing wrong in them are read
 * from left to right; only for the others, to tell why, a tree of JSON is built. One thread an
 * admission.
 *
 * Attributes. `specversion` ("1.0"), `id`, `source` and `type` are required: invalid_cloudevent.
 * `type` is a name of the catalogue, with or without "de.pegel." before and ".v1" behind it. `id`,
 * `subject`, `time`, `tenant`, `service`, `office` and `channel` are fields of the event,
 * `recordedtime` is its `recorded`; everything else of the flat form stands in `data`, an object. A
 * field stands in one place only: duplicate_field otherwise.
 * `datacontenttype`, `dataschema`, `traceparent`, `tracestate`, `partitionkey`, `sequence`,
 * `sequencetype` and `expirytime` say nothing about the event itself: they are left out without
 * being counted. Any other attribute is an unknown field, as in the flat form. `data_base64` is
 * invalid_cloudevent: data is JSON.
 *
 * `source` is checked to be there and then ignored: ids are unique within the source name of the
 * token (see admission), because a sender must not be able to take another's ids. */

enum {
    CLOUDEVENTS_MAX = BATCH_ROWS_MAX,      /* events of one request: TOO_LARGE above */
    CLOUDEVENTS_BODY_BYTES_MAX = 16 << 20, /* a tree of it takes several times as much memory */
    CLOUDEVENT_HEADERS_MAX = 40,
    CLOUDEVENT_HEADER_BYTES_MAX = 8192 /* of all values, decoded */
};

/* Each event is appended to the batch, which should be empty (all is read by trees otherwise), or
 * noted as rejected; its position is its index. INVALID: the body is no JSON, or not an array
 * (batch) or object (structured). TOO_LARGE, NO_MEMORY. */
MUST_USE enum status decode_cloudevents_batch(const char *bytes, size_t size,
                                              struct admission *admission, struct error *err);
MUST_USE enum status decode_cloudevents_structured(const char *bytes, size_t size,
                                                   struct admission *admission, struct error *err);

/* For tests: never read without a tree. The answers must be the same. */
void decode_cloudevents_by_trees(bool only);

/* The ce-* headers of one request, collected by cloudevent_headers_add, which has the form of a
 * visitor (`headers` is a struct cloudevent_headers). Zeroed at first; name and value are borrowed.
 * A name may be in any case. */
struct cloudevent_headers {
    uint32_t count; /* may be above CLOUDEVENT_HEADERS_MAX: the rest was not kept */
    struct {
        const char *name, *value;
    } header[CLOUDEVENT_HEADERS_MAX];
};
void cloudevent_headers_add(void *headers, const char *name, const char *value);

/* Binary mode: one event, its attributes in headers (quoted strings and percent-encoding are
 * undone, once), its data the body, which may be empty. INVALID: the body is no JSON. */
MUST_USE enum status decode_cloudevents_binary(const struct cloudevent_headers *headers,
                                               const char *bytes, size_t size,
                                               struct admission *admission, struct error *err);

#endif
