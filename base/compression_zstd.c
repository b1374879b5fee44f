/* SPDX-License-Identifier: EUPL-1.2 */
#include <pthread.h>
#include <zstd.h>

#include "base/compression.h"
#include "base/expander.h"
#include "base/memory.h"

/* A context costs far more to make than a block of a column to compress, so every thread keeps
 * one of each until it ends. */
struct contexts {
    ZSTD_CCtx *compress;
    ZSTD_DCtx *expand;
};

static pthread_key_t contexts_key;
static pthread_once_t contexts_once = PTHREAD_ONCE_INIT;

static void contexts_free(void *pointer) {
    struct contexts *contexts = pointer;
    (void)ZSTD_freeCCtx(contexts->compress);
    (void)ZSTD_freeDCtx(contexts->expand);
    memory_free(contexts);
}

static void contexts_start(void) {
    CHECK(pthread_key_create(&contexts_key, contexts_free) == 0);
}

static struct contexts *contexts_of_thread(void) {
    (void)pthread_once(&contexts_once, contexts_start);
    struct contexts *contexts = pthread_getspecific(contexts_key);
    if (contexts != NULL) return contexts;
    contexts = memory_new(1, sizeof *contexts);
    if (contexts == NULL) return NULL;
    contexts->compress = ZSTD_createCCtx();
    contexts->expand = ZSTD_createDCtx();
    if (contexts->compress == NULL || contexts->expand == NULL ||
        pthread_setspecific(contexts_key, contexts) != 0) {
        contexts_free(contexts);
        return NULL;
    }
    return contexts;
}

size_t compression_zstd_bound(size_t size) {
    return ZSTD_compressBound(size);
}

size_t compression_zstd(const void *bytes, size_t size, int level, void *out, size_t capacity) {
    struct contexts *contexts = contexts_of_thread();
    if (contexts == NULL) return 0;
    size_t written = ZSTD_compressCCtx(contexts->compress, out, capacity, bytes, size, level);
    return ZSTD_isError(written) ? 0 : written;
}

bool compression_zstd_ready(void) {
    return contexts_of_thread() != NULL;
}

bool compression_unzstd(const void *bytes, size_t bytes_size, void *out, size_t size) {
    struct contexts *contexts = contexts_of_thread();
    if (contexts == NULL || bytes_size == 0) return false;
    return ZSTD_decompressDCtx(contexts->expand, out, size, bytes, bytes_size) == size;
}

struct zstd_expander {
    struct expander expander; /* first: the step functions cast back */
    ZSTD_DCtx *context;
};

static enum status zstd_step(struct expander *expander, const uint8_t **in, const uint8_t *in_end,
                             uint8_t **out, uint8_t *out_end, struct error *err) {
    ZSTD_inBuffer source = {*in, (size_t)(in_end - *in), 0};
    ZSTD_outBuffer target = {*out, (size_t)(out_end - *out), 0};
    size_t left =
        ZSTD_decompressStream(((struct zstd_expander *)expander)->context, &target, &source);
    *in += source.pos;
    *out += target.pos;
    if (ZSTD_isError(left))
        return error_set(err, STATUS_INVALID, "damaged zstd data (%s)", ZSTD_getErrorName(left));
    /* Asked again at the end of a frame it answers with the size of the next frame's header. */
    if (source.size > 0 || target.pos > 0) expander->complete = left == 0;
    return STATUS_OK;
}

static void zstd_free(struct expander *expander) {
    (void)ZSTD_freeDCtx(((struct zstd_expander *)expander)->context);
    memory_free(expander);
}

struct expander *expander_zstd(int window_log_max) {
    struct zstd_expander *zstd = memory_new(1, sizeof *zstd);
    if (zstd == NULL) return NULL;
    zstd->expander = (struct expander){.step = zstd_step, .free = zstd_free};
    zstd->context = ZSTD_createDCtx();
    if (zstd->context == NULL ||
        ZSTD_isError(ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, window_log_max))) {
        zstd_free(&zstd->expander);
        return NULL;
    }
    return &zstd->expander;
}
