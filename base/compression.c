/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/compression.h"

#include <string.h>

#include "base/expander.h"
#include "base/memory.h"

/* Most bodies shrink to less than a quarter: one or two steps of growth are the rule. */
enum { FIRST_GUESS_FACTOR = 8, FIRST_BYTES_MIN = 4096 };

struct growing {
    char *bytes;
    size_t size, capacity;
};

static bool grow(struct growing *out, size_t limit) {
    void *bytes = out->bytes;
    if (!memory_reserve(&bytes, &out->capacity, out->size + 2, 1, limit + 2)) return false;
    out->bytes = bytes;
    return true;
}

/* Room is kept for one byte over the limit, so that reaching it is told from passing it, and for
 * the final NUL. */
static enum status expand(struct expander *expander, const uint8_t *in, const uint8_t *in_end,
                          size_t limit, struct growing *out, struct error *err) {
    bool drained = false; /* it gave less than it was asked for: it waits for more input */
    while (in < in_end || !(expander->complete || drained)) {
        if (!grow(out, limit))
            return error_set(err, STATUS_NO_MEMORY, "body: no memory to expand it");
        size_t most = out->capacity - 1 < limit + 1 ? out->capacity - 1 : limit + 1;
        uint8_t *at = (uint8_t *)out->bytes + out->size, *end = (uint8_t *)out->bytes + most;
        TRY(expander->step(expander, &in, in_end, &at, end, err));
        out->size = (size_t)(at - (uint8_t *)out->bytes);
        if (out->size > limit)
            return error_set(err, STATUS_TOO_LARGE, "body: more than %zu bytes when expanded",
                             limit);
        drained = at < end;
    }
    if (!expander->complete) return error_set(err, STATUS_INVALID, "body: compressed data cut off");
    return STATUS_OK;
}

static enum status copy(const void *bytes, size_t size, size_t limit, struct growing *out,
                        struct error *err) {
    if (size > limit) return error_set(err, STATUS_TOO_LARGE, "body: more than %zu bytes", limit);
    out->bytes = memory_get(size + 1);
    if (out->bytes == NULL) return error_set(err, STATUS_NO_MEMORY, "body: %zu bytes", size);
    if (size > 0) memcpy(out->bytes, bytes, size);
    out->size = size;
    return STATUS_OK;
}

enum status compression_expand(enum compression compression, const void *bytes, size_t size,
                               size_t limit, char **out, size_t *out_size, struct error *err) {
    *out = NULL;
    *out_size = 0;
    CHECK(limit < SIZE_MAX / 2);
    struct growing grown = {0};
    enum status status;
    if (compression == COMPRESSION_NONE) {
        status = copy(bytes, size, limit, &grown, err);
    } else {
        struct expander *expander = compression == COMPRESSION_GZIP
                                        ? expander_gzip()
                                        : expander_zstd(EXPANDER_BODY_WINDOW_LOG);
        if (expander == NULL) return error_set(err, STATUS_NO_MEMORY, "body: no memory");
        grown.capacity =
            size > (limit + 2) / FIRST_GUESS_FACTOR ? limit + 2 : size * FIRST_GUESS_FACTOR;
        if (grown.capacity < FIRST_BYTES_MIN) grown.capacity = FIRST_BYTES_MIN;
        grown.bytes = memory_get(grown.capacity);
        status = grown.bytes == NULL
                     ? error_set(err, STATUS_NO_MEMORY, "body: %zu bytes", grown.capacity)
                     : expand(expander, bytes, (const uint8_t *)bytes + size, limit, &grown, err);
        expander->free(expander);
    }
    if (status != STATUS_OK) {
        memory_free(grown.bytes);
        return status;
    }
    CHECK(grown.bytes != NULL);
    grown.bytes[grown.size] = '\0';
    *out = grown.bytes;
    *out_size = grown.size;
    return STATUS_OK;
}
