/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/wal_record.h"

#include <string.h>

#include "base/memory.h"
#include "codec/codec.h"
#include "store/part.h"

static enum status without_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "write-ahead log: no memory");
}

enum status wal_record_begin(struct text *out, struct names *names, uint32_t *code,
                             uint32_t first_step, struct error *err) {
    *code = names_write(names, *code, first_step, WAL_NAMES_BYTES_MAX, out);
    return out->failed ? without_memory(err) : STATUS_OK;
}

/* A block: rows[4] ids[16 * rows] columns[8], then per column size[4] bytes. */
static enum status put_block(struct text *out, const struct frame *events, uint32_t from,
                             uint32_t rows, const struct id_entry *ids, uint8_t *encoded,
                             struct error *err) {
    uint64_t columns = 0;
    for (uint32_t c = 0; c < COLUMN_COUNT; c++)
        columns |= events->column[c] != NULL ? COLUMN_BIT(c) : 0;
    text_add(out, &rows, 4);
    text_add(out, ids, rows * sizeof *ids);
    text_add(out, &columns, 8);
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) {
        if (events->column[c] == NULL) continue;
        const enum column_kind kind = column_kind((enum column)c);
        const uint8_t *values = (const uint8_t *)events->column[c] + from * column_kind_bytes(kind);
        const uint32_t size = (uint32_t)codec_encode(kind, CODEC_FAST, values, rows, encoded);
        if (size == 0) return error_set(err, STATUS_NO_MEMORY, "write-ahead log: encode a column");
        text_add(out, &size, 4);
        text_add(out, encoded, size);
    }
    return out->failed ? error_set(err, STATUS_NO_MEMORY, "write-ahead log: record too large")
                       : STATUS_OK;
}

enum status wal_record_rows(struct text *out, const struct frame *events, uint32_t first,
                            uint32_t count, const struct id_entry *ids, struct error *err) {
    uint8_t *encoded = memory_get(codec_bound(PART_BLOCK_ROWS));
    if (encoded == NULL) return without_memory(err);
    enum status status = STATUS_OK;
    for (uint32_t done = 0; done < count && status == STATUS_OK;) {
        const uint32_t left = count - done;
        const uint32_t rows = left < PART_BLOCK_ROWS ? left : (uint32_t)PART_BLOCK_ROWS;
        status = put_block(out, events, first + done, rows, ids + done, encoded, err);
        done += rows;
    }
    memory_free(encoded);
    return status;
}

enum status wal_record_open(struct wal_record *record, const void *bytes, size_t size,
                            struct names *names, struct error *err) {
    *record = (struct wal_record){0};
    frame_init(&record->rows, FRAME_EVENT);
    record->ids = memory_new(PART_BLOCK_ROWS, sizeof *record->ids);
    size_t used = 0;
    enum status status = record->ids == NULL ? without_memory(err)
                                             : frame_reserve(&record->rows, PART_BLOCK_ROWS, err);
    if (status == STATUS_OK) status = names_read(names, bytes, size, &used, err);
    record->at = (const uint8_t *)bytes + used;
    record->end = (const uint8_t *)bytes + size;
    if (status != STATUS_OK) wal_record_close(record);
    return status;
}

static bool take(struct wal_record *record, void *into, size_t size) {
    if ((size_t)(record->end - record->at) < size) return false;
    memcpy(into, record->at, size);
    record->at += size;
    return true;
}

static bool take_column(struct wal_record *record, uint32_t column, bool *no_memory) {
    uint32_t size;
    if (!take(record, &size, 4) || (size_t)(record->end - record->at) < size) return false;
    void *values = frame_column(&record->rows, column);
    *no_memory = values == NULL;
    if (values == NULL) return false;
    const uint8_t *bytes = record->at;
    record->at += size;
    return codec_decode(column_kind((enum column)column), bytes, size, record->row_count, values);
}

enum status wal_record_next(struct wal_record *record, struct error *err) {
    frame_clear(&record->rows);
    record->row_count = 0;
    if (record->at == record->end) return STATUS_OK;
    uint64_t columns;
    uint32_t rows;
    bool no_memory = false;
    bool good = take(record, &rows, 4) && rows >= 1 && rows <= PART_BLOCK_ROWS &&
                take(record, record->ids, rows * sizeof *record->ids) &&
                take(record, &columns, 8) && columns >> COLUMN_COUNT == 0;
    if (good) record->row_count = record->rows.row_count = rows;
    for (uint32_t c = 0; good && c < COLUMN_COUNT; c++) {
        if (columns & COLUMN_BIT(c)) good = take_column(record, c, &no_memory);
    }
    if (no_memory) return without_memory(err);
    return good ? STATUS_OK : error_set(err, STATUS_CORRUPT, "write-ahead log: not a record");
}

void wal_record_close(struct wal_record *record) {
    memory_free(record->ids);
    frame_free(&record->rows);
}
