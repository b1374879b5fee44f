/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compression.h"
#include "base/expander.h"
#include "base/memory.h"

enum { STREAM_BUFFER_BYTES = 1 << 16, MAGIC_BYTES = 4 };

struct stream {
    int file;
    bool ended;                /* the file has no more bytes */
    struct expander *expander; /* NULL: a plain file */
    uint64_t bytes_read, bytes_total;
    const uint8_t *at, *end; /* in `buffer`: read and not yet handed on */
    char *path;
    uint8_t buffer[STREAM_BUFFER_BYTES];
};

/* Fills the empty buffer with at least `least` bytes unless the file ends before. */
static enum status refill(struct stream *stream, size_t least, struct error *err) {
    size_t size = 0;
    while (size < least && !stream->ended) {
        ssize_t got = read(stream->file, stream->buffer + size, sizeof stream->buffer - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return error_set(err, STATUS_IO, "%s: reading: %s", stream->path, strerror(errno));
        stream->ended = got == 0;
        size += (size_t)got;
    }
    stream->bytes_read += size;
    stream->at = stream->buffer;
    stream->end = stream->buffer + size;
    return STATUS_OK;
}

/* What a file is, its first bytes say (RFC 1952, RFC 8878); a zstd file may begin with a
 * skippable frame, whose first byte is 0x50 to 0x5F. */
static enum compression recognise(const uint8_t *bytes, size_t size) {
    static const uint8_t zstd[] = {0x28, 0xB5, 0x2F, 0xFD}, skippable[] = {0x2A, 0x4D, 0x18};
    if (size >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B) return COMPRESSION_GZIP;
    if (size < MAGIC_BYTES) return COMPRESSION_NONE;
    if (memcmp(bytes, zstd, sizeof zstd) == 0) return COMPRESSION_ZSTD;
    bool skips = bytes[0] >= 0x50 && bytes[0] <= 0x5F && memcmp(bytes + 1, skippable, 3) == 0;
    return skips ? COMPRESSION_ZSTD : COMPRESSION_NONE;
}

static enum status open_file(struct stream *stream, struct error *err) {
    bool standard_input = strcmp(stream->path, "-") == 0;
    stream->file = standard_input ? STDIN_FILENO : open(stream->path, O_RDONLY | O_CLOEXEC);
    if (stream->file < 0) {
        enum status status = errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
        return error_set(err, status, "%s: %s", stream->path, strerror(errno));
    }
    struct stat info;
    if (fstat(stream->file, &info) == 0 && S_ISREG(info.st_mode))
        stream->bytes_total = (uint64_t)info.st_size;
    TRY(refill(stream, MAGIC_BYTES, err));
    enum compression kind = recognise(stream->at, (size_t)(stream->end - stream->at));
    if (kind == COMPRESSION_NONE) return STATUS_OK;
    stream->expander =
        kind == COMPRESSION_GZIP ? expander_gzip() : expander_zstd(EXPANDER_FILE_WINDOW_LOG);
    if (stream->expander == NULL)
        return error_set(err, STATUS_NO_MEMORY, "%s: no memory to expand it", stream->path);
    return STATUS_OK;
}

enum status stream_open(const char *path, struct stream **out, struct error *err) {
    *out = NULL;
    struct stream *stream = memory_new(1, sizeof *stream);
    if (stream == NULL) return error_set(err, STATUS_NO_MEMORY, "%s: no memory", path);
    stream->file = -1;
    stream->path = memory_copy_text(path, strlen(path));
    enum status status = stream->path == NULL
                             ? error_set(err, STATUS_NO_MEMORY, "%s: no memory", path)
                             : open_file(stream, err);
    if (status == STATUS_OK) {
        *out = stream;
        stream = NULL;
    }
    stream_close(stream);
    return status;
}

static size_t read_plain(struct stream *stream, char *buffer, size_t capacity) {
    size_t size = (size_t)(stream->end - stream->at);
    if (size > capacity) size = capacity;
    memcpy(buffer, stream->at, size);
    stream->at += size;
    return size;
}

static enum status expand_into(struct stream *stream, char *buffer, size_t capacity, size_t *size,
                               struct error *err) {
    uint8_t *at = (uint8_t *)buffer;
    struct error inner = {""};
    enum status status = stream->expander->step(stream->expander, &stream->at, stream->end, &at,
                                                (uint8_t *)buffer + capacity, &inner);
    if (status != STATUS_OK) return error_set(err, status, "%s: %s", stream->path, inner.text);
    *size = (size_t)(at - (uint8_t *)buffer);
    return STATUS_OK;
}

enum status stream_read(struct stream *stream, char *buffer, size_t capacity, size_t *size,
                        struct error *err) {
    *size = 0;
    while (*size == 0 && capacity > 0) {
        if (stream->at == stream->end && !stream->ended) TRY(refill(stream, 1, err));
        bool last = stream->at == stream->end && stream->ended;
        if (stream->expander == NULL) {
            *size = read_plain(stream, buffer, capacity);
            if (last) return STATUS_OK;
            continue;
        }
        if (last && stream->expander->complete) return STATUS_OK;
        TRY(expand_into(stream, buffer, capacity, size, err));
        if (last && *size == 0 && !stream->expander->complete)
            return error_set(err, STATUS_INVALID, "%s: cut off: compressed data ends too early",
                             stream->path);
    }
    return STATUS_OK;
}

uint64_t stream_bytes_read(const struct stream *stream) {
    return stream->bytes_read;
}

uint64_t stream_bytes_total(const struct stream *stream) {
    return stream->bytes_total;
}

void stream_close(struct stream *stream) {
    if (stream == NULL) return;
    if (stream->expander != NULL) stream->expander->free(stream->expander);
    if (stream->file > STDIN_FILENO) (void)close(stream->file);
    memory_free(stream->path);
    memory_free(stream);
}
