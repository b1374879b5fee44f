/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_COMPRESSION_H
#define BASE_COMPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* compression: zstd (compression_zstd.c, the only file that knows libzstd) and gzip
 * (compression_gzip.c, the only one that knows zlib). Any thread. */
enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD };

/* One block, for the store. `out` holds at least compression_zstd_bound(size) bytes; answers the
 * compressed size, 0 on failure. */
size_t compression_zstd_bound(size_t size);
size_t compression_zstd(const void *bytes, size_t size, int level, void *out, size_t capacity);
/* True when this thread has the memory that expanding blocks takes; then what fails is damaged. */
MUST_USE bool compression_zstd_ready(void);
/* false unless the block expands to exactly `size` bytes. */
bool compression_unzstd(const void *bytes, size_t bytes_size, void *out, size_t size);

/* A whole body (several frames or members in a row are allowed). *out from memory_get, NUL after
 * *out_size bytes. TOO_LARGE: more than `limit` bytes; nothing beyond the limit is ever expanded.
 * INVALID: damaged or cut off. */
MUST_USE enum status compression_expand(enum compression compression, const void *bytes,
                                        size_t size, size_t limit, char **out, size_t *out_size,
                                        struct error *err);

/* stream: reads a plain, .gz or .zst file piece by piece; recognised by its first bytes, not by its
 * name. "-" is standard input. One thread. */
struct stream;
MUST_USE enum status stream_open(const char *path, struct stream **out, struct error *err);
/* *size 0: the end. INVALID: damaged or cut off. */
MUST_USE enum status stream_read(struct stream *stream, char *buffer, size_t capacity, size_t *size,
                                 struct error *err);
uint64_t stream_bytes_read(const struct stream *stream);  /* of the file, as stored */
uint64_t stream_bytes_total(const struct stream *stream); /* 0: not known */
void stream_close(struct stream *stream);                 /* accepts NULL */

#endif
