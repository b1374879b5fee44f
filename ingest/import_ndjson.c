/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/import_ndjson.h"

#include <string.h>

#include "base/memory.h"
#include "ingest/decode_ndjson.h"

enum { NDJSON_BUFFER_BYTES = NDJSON_LINE_BYTES_MAX + (1 << 16) };

struct reader {
    struct import *import;
    uint32_t line;
    char tenant[16]; /* ARS, NUL-terminated */
    const char *tenants[1];
    struct token_grant grant;
    struct admission admission;
    struct event_draft decoded;
    size_t size;
    char buffer[NDJSON_BUFFER_BYTES];
};

static bool is_blank(const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') return false;
    return true;
}

/* readable_size: bytes of the buffer from the line on. */
static enum status read_line(struct reader *reader, const char *bytes, size_t size,
                             size_t readable_size, struct error *err) {
    reader->line++;
    if (reader->line == 1 && size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        bytes += 3;
        size -= 3;
        readable_size -= 3;
    }
    if (size > 0 && bytes[size - 1] == '\r') size--;
    if (is_blank(bytes, size)) return STATUS_OK;
    struct import_sink *sink = reader->import->sink;
    if (sink->add_line != NULL) {
        reader->import->event_count++;
        return sink->add_line(sink, bytes, size, reader->line, err);
    }
    if (decode_ndjson_line(bytes, size, readable_size, &reader->admission, &reader->decoded))
        return import_event(reader->import, &reader->decoded.event, reader->line, err);
    import_reject(reader->import, reader->line, &reader->decoded.reject);
    return STATUS_OK;
}

/* Every whole line in the buffer, and the rest of it when `ended`; what is left moves to the front.
 */
static enum status read_lines(struct reader *reader, bool ended, struct error *err) {
    const char *at = reader->buffer, *end = reader->buffer + reader->size;
    for (const char *feed; at < end; at = feed < end ? feed + 1 : end) {
        feed = memchr(at, '\n', (size_t)(end - at));
        if (feed == NULL && !ended) break;
        if (feed == NULL) feed = end;
        TRY(read_line(reader, at, (size_t)(feed - at), (size_t)(end - at), err));
    }
    reader->size = (size_t)(end - at);
    memmove(reader->buffer, at, reader->size);
    if (reader->size <= NDJSON_LINE_BYTES_MAX) return STATUS_OK;
    return error_set(err, STATUS_INVALID, "line %u: over 1 MiB", reader->line + 1);
}

static enum status read_all(struct reader *reader, struct error *err) {
    for (size_t got = 1; got > 0;) {
        TRY(import_read(reader->import, reader->buffer + reader->size,
                        sizeof reader->buffer - reader->size, &got, err));
        reader->size += got;
        TRY(read_lines(reader, got == 0, err));
    }
    return STATUS_OK;
}

enum status import_ndjson(struct import *import, struct error *err) {
    struct reader *reader = memory_new(1, sizeof *reader);
    if (reader == NULL) return error_set(err, STATUS_NO_MEMORY, "import: no memory");
    reader->import = import;
    bool any = import->tenant.size == 0 || import->tenant.size >= sizeof reader->tenant;
    memcpy(reader->tenant, any ? "*" : import->tenant.bytes, any ? 1 : import->tenant.size);
    reader->tenants[0] = reader->tenant;
    reader->grant = (struct token_grant){
        .id = "import", .source = "import", .tenant_count = 1, .tenants = reader->tenants};
    reader->admission = (struct admission){
        .grant = &reader->grant, .extras = import->extras, .extras_count = import->extras_count};
    enum status status = read_all(reader, err);
    memory_free(reader);
    return status;
}
