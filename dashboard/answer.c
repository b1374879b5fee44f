/* SPDX-License-Identifier: EUPL-1.2 */
#include "dashboard/answer.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "dashboard/rendering.h"

struct answer *answer_create(void) {
    struct answer *answer = memory_new_array(struct answer, 1);
    if (answer == NULL) return NULL;
    atomic_init(&answer->references, 1);
    text_init(&answer->body, RENDERING_BYTES_MAX);
    return answer;
}

struct answer *answer_share(struct answer *answer) {
    (void)atomic_fetch_add(&answer->references, 1);
    return answer;
}

void answer_release(struct answer *answer) {
    if (answer == NULL || atomic_fetch_sub(&answer->references, 1) > 1) return;
    text_free(&answer->body);
    memory_free(answer);
}

void answer_header(struct answer *answer, const char *name, const char *value) {
    CHECK(answer->header_count < ANSWER_HEADERS_MAX);
    struct answer_header *header = &answer->headers[answer->header_count++];
    header->name = name;
    snprintf(header->value, sizeof header->value, "%s", value);
}

size_t answer_bytes(const struct answer *answer) {
    return sizeof *answer + answer->body.capacity;
}

/* Others than this server keep no answer: they could not know how old it was when it was given. */
void answer_send(const struct answer *answer, int64_t age_s, struct http_request *request) {
    char age[24];
    for (uint32_t at = 0; at < answer->header_count; at++)
        http_reply_header(request, answer->headers[at].name, answer->headers[at].value);
    snprintf(age, sizeof age, "%" PRId64, age_s);
    if (age_s != ANSWER_NEW) http_reply_header(request, "age", age);
    http_reply_header(request, "cache-control", "no-store");
    http_reply_header(request, "x-content-type-options", "nosniff");
    http_reply(request, 200, answer->type, answer->body.bytes, answer->body.size);
}
