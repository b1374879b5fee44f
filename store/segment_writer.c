/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/segment_writer.h"

#include <string.h>

#include "base/compression.h"
#include "base/crc32c.h"
#include "base/memory.h"
#include "base/text.h"
#include "codec/codec.h"
#include "store/event_taker.h"
#include "store/part.h"
#include "store/relation.h"
#include "store/segment.h"

enum { WRITE_BUFFER_BYTES = 1 << 20, INDEX_BYTES_MAX = 1 << 30, INDEX_ZSTD_LEVEL = 3 };

struct frame_index {
    uint64_t row_count;
    uint64_t columns;    /* bits: columns that any block has; the others have no entries */
    struct text entries; /* per block: first_event[4], columns[8] of this block, entries */
};

struct segment_writer {
    struct file *file;
    uint64_t offset;    /* of the next byte */
    struct text buffer; /* not yet appended */
    struct frame_index index[FRAME_COUNT];
    struct part_times times;
    struct event_taker *events;
    uint64_t *taken;          /* a column as it is stored */
    uint8_t *encoded, *other; /* bytes of a column, in one form and in the other */
};

enum status segment_writer_open(struct file_io *io, const char *path, struct segment_writer **out,
                                struct error *err) {
    *out = NULL;
    struct segment_writer *writer = memory_new(1, sizeof *writer);
    if (writer == NULL) return error_set(err, STATUS_NO_MEMORY, "segment: no memory");
    text_init(&writer->buffer, WRITE_BUFFER_BYTES * 2);
    for (int id = 0; id < FRAME_COUNT; id++) text_init(&writer->index[id].entries, INDEX_BYTES_MAX);
    part_times_init(&writer->times);
    writer->encoded = memory_get(codec_bound(PART_BLOCK_ROWS) + sizeof(uint64_t));
    writer->other = memory_get(codec_bound(PART_BLOCK_ROWS) + sizeof(uint64_t));
    writer->taken = memory_get(PART_BLOCK_ROWS * sizeof *writer->taken);
    writer->events = event_taker_create();
    enum status status = writer->encoded == NULL || writer->other == NULL ||
                                 writer->taken == NULL || writer->events == NULL
                             ? error_set(err, STATUS_NO_MEMORY, "segment: no memory")
                             : io->open(io, path, FILE_CREATE, &writer->file, err);
    if (status != STATUS_OK) {
        segment_writer_close(writer);
        return status;
    }
    *out = writer;
    return STATUS_OK;
}

void segment_writer_close(struct segment_writer *writer) {
    if (writer == NULL) return;
    if (writer->file != NULL) writer->file->io->close(writer->file);
    text_free(&writer->buffer);
    for (int id = 0; id < FRAME_COUNT; id++) text_free(&writer->index[id].entries);
    event_taker_free(writer->events);
    memory_free(writer->taken);
    memory_free(writer->encoded);
    memory_free(writer->other);
    memory_free(writer);
}

static enum status flush(struct segment_writer *writer, struct error *err) {
    if (writer->buffer.size == 0) return STATUS_OK;
    TRY(writer->file->io->append(writer->file, writer->buffer.bytes, writer->buffer.size, err));
    text_clear(&writer->buffer);
    return STATUS_OK;
}

static enum status put(struct segment_writer *writer, const void *bytes, size_t size,
                       struct error *err) {
    text_add(&writer->buffer, bytes, size);
    if (writer->buffer.failed) return error_set(err, STATUS_NO_MEMORY, "segment: write buffer");
    writer->offset += size;
    return writer->buffer.size < WRITE_BUFFER_BYTES ? STATUS_OK : flush(writer, err);
}

/* Least and greatest value, a loop an element type: every column of every block comes here. */
#define RANGE(type, name)                                                                      \
    static void range_##name(const type *values, uint32_t rows, struct segment_entry *entry) { \
        type low = values[0], high = values[0];                                                \
        for (uint32_t row = 0; row < rows; row++) {                                            \
            const type value = values[row];                                                    \
            high = value > high ? value : high;                                                \
            low = value < low ? value : low;                                                   \
        }                                                                                      \
        entry->low = (uint64_t)low;                                                            \
        entry->high = (uint64_t)high;                                                          \
    }
RANGE(uint8_t, choices)
RANGE(uint32_t, codes)
RANGE(uint64_t, tokens)
RANGE(int64_t, amounts)
#undef RANGE

/* Absent is the least of all numbers, and does not count. */
static void range_times(const int64_t *times, uint32_t rows, struct segment_entry *entry) {
    int64_t low = INT64_MAX, high = TIME_ABSENT;
    for (uint32_t row = 0; row < rows; row++) {
        const int64_t least = times[row] == TIME_ABSENT ? INT64_MAX : times[row];
        high = times[row] > high ? times[row] : high;
        low = least < low ? least : low;
    }
    entry->low = high == TIME_ABSENT ? 1 : (uint64_t)low;
    entry->high = high == TIME_ABSENT ? 0 : (uint64_t)high;
}

static void range_of(enum column_kind kind, const void *values, uint32_t rows,
                     struct segment_entry *entry) {
    switch (kind) {
        case KIND_CHOICE: range_choices(values, rows, entry); return;
        case KIND_CODE:
        case KIND_COUNT: range_codes(values, rows, entry); return;
        case KIND_TOKEN: range_tokens(values, rows, entry); return;
        case KIND_AMOUNT: range_amounts(values, rows, entry); return;
        case KIND_TIME: range_times(values, rows, entry); return;
        case KIND_NUMBER: entry->low = 1, entry->high = 0; return; /* as if it had no value */
    }
}

/* A column of a frame whose rows stand for themselves, as bytes. 0: no memory. */
static size_t encode_rows(struct segment_writer *writer, const struct frame *frame, uint32_t rows,
                          uint32_t column) {
    const void *stored = frame->column[column];
    const uint64_t references = relation_references(frame->id, column);
    if (references != 0) {
        const void *columns[FRAME_COLUMNS_MAX];
        for (uint64_t left = references | COLUMN_BIT(column); left != 0; left &= left - 1) {
            const uint32_t c = (uint32_t)__builtin_ctzll(left);
            columns[c] = frame_rows(frame, c, 0);
        }
        relation_take(frame->id, column, columns, rows, writer->taken);
        stored = writer->taken;
    }
    return codec_encode(frame_column_kind(frame->id, column), CODEC_SMALL, stored, rows,
                        writer->encoded);
}

/* A column of events in one of two forms. False: no memory. */
static bool encode_form(struct segment_writer *writer, const struct frame *frame, uint32_t column,
                        bool distances, uint8_t *bytes, size_t *size) {
    struct event_column taken;
    event_taker_column(writer->events, frame, column, distances, &taken);
    *size = 0;
    if (taken.by_types) {
        memcpy(bytes, &taken.types, sizeof taken.types);
        *size = sizeof taken.types;
    }
    if (taken.rows == 0) return true;
    const size_t rest =
        codec_encode(taken.kind, CODEC_SMALL, taken.values, taken.rows, bytes + *size);
    *size += rest;
    return rest > 0;
}

/* A column of events: what its types and journeys do not say. False: no memory. */
static bool encode_events(struct segment_writer *writer, const struct frame *frame, uint32_t column,
                          size_t *size) {
    if (!encode_form(writer, frame, column, false, writer->encoded, size)) return false;
    if ((EVENT_TAKER_DISTANCES & COLUMN_BIT(column)) == 0) return true;
    size_t other;
    if (!encode_form(writer, frame, column, true, writer->other, &other)) return false;
    if (other >= *size) return true;
    memcpy(writer->encoded, writer->other, other);
    *size = other;
    return true;
}

enum status segment_writer_block(struct segment_writer *writer, const struct frame *frames,
                                 enum frame_id id, uint32_t rows, uint32_t first_event,
                                 struct error *err) {
    const struct frame *frame = &frames[id];
    CHECK(rows >= 1 && rows <= PART_BLOCK_ROWS && rows <= frame->row_count);
    struct frame_index *index = &writer->index[id];
    CHECK(index->row_count % PART_BLOCK_ROWS == 0); /* only the last block is short */
    if (id == FRAME_EVENT) part_times_add(&writer->times, frame, rows);
    if (id == FRAME_EVENT) event_taker_begin(writer->events, frames, rows);
    const uint64_t columns = frame_present(frame, rows);
    text_add(&index->entries, &first_event, 4);
    text_add(&index->entries, &columns, 8);
    for (uint64_t left = columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        size_t size;
        const bool done = id == FRAME_EVENT ? encode_events(writer, frame, c, &size)
                                            : (size = encode_rows(writer, frame, rows, c)) > 0;
        if (!done) return error_set(err, STATUS_NO_MEMORY, "segment: encode a column");
        struct segment_entry entry = {
            .offset = writer->offset, .size = (uint32_t)size, .crc = crc32c(writer->encoded, size)};
        range_of(frame_column_kind(id, c), frame->column[c], rows, &entry);
        text_add(&index->entries, &entry, sizeof entry);
        TRY(put(writer, writer->encoded, size, err));
    }
    index->row_count += rows;
    index->columns |= columns;
    return STATUS_OK;
}

/* The index: order, oldest, newest, newest arrival, newest known, then per frame rows[8],
 * columns[8], entries_bytes[8] and the entries. */
static void put_index(const struct segment_writer *writer, uint64_t order, struct text *out) {
    text_add(out, &order, 8);
    text_add(out, &writer->times.oldest_ms, 8);
    text_add(out, &writer->times.newest_ms, 8);
    text_add(out, &writer->times.newest_arrival_ms, 8);
    text_add(out, &writer->times.newest_known_ms, 8);
    for (int id = 0; id < FRAME_COUNT; id++) {
        const struct frame_index *index = &writer->index[id];
        const uint64_t entries_bytes = index->entries.size;
        text_add(out, &index->row_count, 8);
        text_add(out, &index->columns, 8);
        text_add(out, &entries_bytes, 8);
        text_add(out, index->entries.bytes, index->entries.size);
        if (index->entries.failed) out->failed = true;
    }
}

enum status segment_writer_finish(struct segment_writer *writer, uint64_t order,
                                  struct error *err) {
    enum status status = STATUS_NO_MEMORY;
    struct text index;
    text_init(&index, INDEX_BYTES_MAX);
    put_index(writer, order, &index);
    void *stored = NULL;
    if (index.failed) goto done;
    stored = memory_get(compression_zstd_bound(index.size));
    if (stored == NULL) goto done;
    const size_t stored_bytes = compression_zstd(index.bytes, index.size, INDEX_ZSTD_LEVEL, stored,
                                                 compression_zstd_bound(index.size));
    if (stored_bytes == 0) goto done;
    struct segment_trailer trailer = {.index_offset = writer->offset,
                                      .index_bytes = (uint32_t)stored_bytes,
                                      .index_raw_bytes = (uint32_t)index.size,
                                      .index_crc = crc32c(stored, stored_bytes),
                                      .version = SEGMENT_VERSION,
                                      .magic = SEGMENT_MAGIC};
    trailer.crc = crc32c(&trailer, offsetof(struct segment_trailer, crc));
    status = flush(writer, err);
    if (status == STATUS_OK)
        status = writer->file->io->append(writer->file, stored, stored_bytes, err);
    if (status == STATUS_OK)
        status = writer->file->io->append(writer->file, &trailer, sizeof trailer, err);
    if (status == STATUS_OK) status = writer->file->io->sync(writer->file, err);
done:
    if (status == STATUS_NO_MEMORY) (void)error_set(err, status, "segment: index");
    memory_free(stored);
    text_free(&index);
    return status;
}
