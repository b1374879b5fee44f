/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: no request, however broken, makes the parser read or write outside its bytes, and the body
 * of a chunked request does not depend on how it was cut. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "net/http_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t unchunk(const char *bytes, size_t size, size_t piece, char *body, int *end) {
    struct http_chunked chunked = {0};
    size_t body_size = 0, at = 0, used, data_size;
    const char *data;
    enum http_chunk chunk;
    do {
        size_t next = size - at < piece ? size - at : piece;
        chunk = http_chunked_next(&chunked, bytes + at, next, &used, &data, &data_size);
        CHECK(used <= next && data_size <= used);
        if (chunk == HTTP_CHUNK_DATA) memcpy(body + body_size, data, data_size);
        body_size += data_size;
        at += used;
    } while (chunk == HTTP_CHUNK_DATA || (chunk == HTTP_CHUNK_MORE && at < size));
    *end = (int)chunk;
    return body_size;
}

static void check_chunks(const char *bytes, size_t size) {
    char *whole = memory_get(size), *parts = memory_get(size);
    CHECK(whole != NULL && parts != NULL);
    int whole_end, parts_end;
    size_t whole_size = unchunk(bytes, size, size, whole, &whole_end);
    size_t parts_size = unchunk(bytes, size, 1, parts, &parts_end);
    CHECK(whole_end == parts_end && whole_size == parts_size);
    CHECK(memcmp(whole, parts, whole_size) == 0);
    memory_free(whole);
    memory_free(parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > HTTP_HEAD_BYTES_MAX) return 0;
    char *bytes = memory_copy_text((const char *)data, size);
    CHECK(bytes != NULL);
    size_t end = http_head_end(bytes, size, 0);
    if (end > 0) {
        struct http_head head;
        check_chunks(bytes + end, size - end);
        if (http_head_parse(bytes, end, &head) == 0) {
            CHECK(head.method[0] != '\0' && (head.target[0] == '/' || head.target[0] == '*'));
            CHECK(!(head.chunked && head.has_length));
        }
    } else {
        check_chunks(bytes, size);
    }
    memory_free(bytes);
    return 0;
}
