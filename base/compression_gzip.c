/* SPDX-License-Identifier: EUPL-1.2 */
#include <limits.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/compression.h"
#include "base/expander.h"
#include "base/memory.h"

/* Members in a row are one stream, as gzip(1) and `cat a.gz b.gz` have it. */
struct gzip_expander {
    struct expander expander; /* first: the step functions cast back */
    z_stream zlib;
};

enum { GZIP_WINDOW_BITS = 15 + 16 }; /* 32 KiB, and the gzip wrapper only */

static void *allocate(void *context, unsigned count, unsigned element_bytes) {
    (void)context;
    return memory_new(count, element_bytes);
}

static void release(void *context, void *block) {
    (void)context;
    memory_free(block);
}

static enum status gzip_step(struct expander *expander, const uint8_t **in, const uint8_t *in_end,
                             uint8_t **out, uint8_t *out_end, struct error *err) {
    z_stream *zlib = &((struct gzip_expander *)expander)->zlib;
    if (expander->complete && *in < in_end) {
        (void)inflateReset(zlib);
        expander->complete = false;
    }
    size_t in_bytes = (size_t)(in_end - *in), out_bytes = (size_t)(out_end - *out);
    zlib->next_in = *in;
    zlib->avail_in = in_bytes < UINT_MAX ? (unsigned)in_bytes : UINT_MAX;
    zlib->next_out = *out;
    zlib->avail_out = out_bytes < UINT_MAX ? (unsigned)out_bytes : UINT_MAX;
    int result = inflate(zlib, Z_NO_FLUSH);
    *in = zlib->next_in;
    *out = zlib->next_out;
    if (result == Z_MEM_ERROR) return error_set(err, STATUS_NO_MEMORY, "gzip: no memory");
    if (result == Z_STREAM_END) expander->complete = true;
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR) return STATUS_OK;
    return error_set(err, STATUS_INVALID, "damaged gzip data (%s)",
                     zlib->msg != NULL ? zlib->msg : "unknown");
}

static void gzip_free(struct expander *expander) {
    (void)inflateEnd(&((struct gzip_expander *)expander)->zlib);
    memory_free(expander);
}

struct expander *expander_gzip(void) {
    struct gzip_expander *gzip = memory_new(1, sizeof *gzip);
    if (gzip == NULL) return NULL;
    gzip->expander = (struct expander){.step = gzip_step, .free = gzip_free};
    gzip->zlib.zalloc = allocate;
    gzip->zlib.zfree = release;
    if (inflateInit2(&gzip->zlib, GZIP_WINDOW_BITS) != Z_OK) {
        memory_free(gzip);
        return NULL;
    }
    return &gzip->expander;
}
