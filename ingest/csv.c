/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/csv.h"

#include <string.h>

#include "base/memory.h"

enum { CSV_BUFFER_BYTES = 1 << 16, CSV_TEXT_BYTES = 4096, END_OF_FILE = -1 };

struct csv {
    csv_read read;
    void *context;
    char delimiter;
    bool windows_1252;
    uint32_t line;
    bool started;
    char *text; /* of the row, value after value */
    size_t text_size, text_capacity;
    uint32_t *ends; /* of its values, in `text` */
    size_t count, end_capacity;
    struct slice *values;
    size_t value_capacity;
    const char *at, *end;
    char buffer[CSV_BUFFER_BYTES];
};

enum status csv_create(csv_read read, void *context, char delimiter, bool windows_1252,
                       struct csv **out, struct error *err) {
    *out = memory_new(1, sizeof **out);
    if (*out == NULL) return error_set(err, STATUS_NO_MEMORY, "csv: no memory");
    (*out)->read = read;
    (*out)->context = context;
    (*out)->delimiter = delimiter;
    (*out)->windows_1252 = windows_1252;
    (*out)->line = 1;
    (*out)->text_capacity = CSV_TEXT_BYTES;
    (*out)->text = memory_get(CSV_TEXT_BYTES); /* never NULL: an empty value points into it */
    if ((*out)->text != NULL) return STATUS_OK;
    memory_free(*out);
    *out = NULL;
    return error_set(err, STATUS_NO_MEMORY, "csv: no memory");
}

void csv_free(struct csv *csv) {
    if (csv == NULL) return;
    memory_free(csv->text);
    memory_free(csv->ends);
    memory_free(csv->values);
    memory_free(csv);
}

/* The next byte without taking it, or END_OF_FILE. */
static enum status peek(struct csv *csv, int *byte, struct error *err) {
    if (csv->at == csv->end) {
        size_t size;
        TRY(csv->read(csv->context, csv->buffer, sizeof csv->buffer, &size, err));
        csv->at = csv->buffer;
        csv->end = csv->buffer + size;
    }
    *byte = csv->at == csv->end ? END_OF_FILE : (unsigned char)*csv->at;
    return STATUS_OK;
}

static enum status too_long(const struct csv *csv, uint32_t line, struct error *err) {
    return error_set(err, STATUS_INVALID, "line %u: a row over %s: is a quote not closed?", line,
                     csv->count == CSV_VALUES_MAX ? "4096 values" : "1 MiB");
}

static enum status add(struct csv *csv, uint32_t line, const char *bytes, size_t size,
                       struct error *err) {
    void *text = csv->text;
    if (csv->text_size + size > CSV_ROW_BYTES_MAX) return too_long(csv, line, err);
    if (!memory_reserve(&text, &csv->text_capacity, csv->text_size + size, 1, CSV_ROW_BYTES_MAX))
        return error_set(err, STATUS_NO_MEMORY, "csv: no memory");
    csv->text = text;
    memcpy(csv->text + csv->text_size, bytes, size);
    csv->text_size += size;
    return STATUS_OK;
}

/* Windows-1252 differs from ISO 8859-1 in 0x80 to 0x9F only, which no text uses otherwise. */
static enum status add_byte(struct csv *csv, uint32_t line, int byte, struct error *err) {
    static const uint16_t upper[32] = {
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};
    if (!csv->windows_1252 || byte < 0x80) return add(csv, line, &(char){(char)byte}, 1, err);
    unsigned point = byte < 0xA0 ? upper[byte - 0x80] : (unsigned)byte;
    char utf8[3];
    size_t size = 0;
    if (point >= 0x800) utf8[size++] = (char)(0xE0 | point >> 12);
    utf8[size] = (char)(size == 0 ? 0xC0 | point >> 6 : 0x80 | (point >> 6 & 0x3F));
    utf8[++size] = (char)(0x80 | (point & 0x3F));
    return add(csv, line, utf8, size + 1, err);
}

static enum status end_value(struct csv *csv, uint32_t line, struct error *err) {
    if (csv->count == CSV_VALUES_MAX) return too_long(csv, line, err);
    void *ends = csv->ends;
    if (!memory_reserve(&ends, &csv->end_capacity, csv->count + 1, sizeof *csv->ends,
                        CSV_VALUES_MAX))
        return error_set(err, STATUS_NO_MEMORY, "csv: no memory");
    csv->ends = ends;
    csv->ends[csv->count++] = (uint32_t)csv->text_size;
    return STATUS_OK;
}

/* Takes a line end at `byte`: LF, CRLF or CR. */
static enum status take_line_end(struct csv *csv, int byte, struct error *err) {
    csv->at++;
    csv->line++;
    if (byte != '\r') return STATUS_OK;
    TRY(peek(csv, &byte, err));
    if (byte == '\n') csv->at++;
    return STATUS_OK;
}

/* The inside of a quoted value, behind its first quote; takes the closing one. */
static enum status quoted(struct csv *csv, uint32_t line, struct error *err) {
    for (int byte;;) {
        TRY(peek(csv, &byte, err));
        if (byte == END_OF_FILE)
            return error_set(err, STATUS_INVALID, "line %u: a quoted value is never closed", line);
        csv->at++;
        if (byte == '\n') csv->line++;
        if (byte == '"') {
            TRY(peek(csv, &byte, err));
            if (byte != '"') return STATUS_OK;
            csv->at++;
        }
        TRY(add_byte(csv, line, byte, err));
    }
}

/* One value up to its delimiter or line end, which stays. */
static enum status value(struct csv *csv, struct csv_row *row, struct error *err) {
    int byte;
    TRY(peek(csv, &byte, err));
    bool was_quoted = byte == '"';
    if (was_quoted) {
        csv->at++;
        TRY(quoted(csv, row->line, err));
    }
    for (;; csv->at++) {
        TRY(peek(csv, &byte, err));
        if (byte == END_OF_FILE || byte == '\n' || byte == '\r' || byte == csv->delimiter)
            return end_value(csv, row->line, err);
        if (was_quoted) row->malformed = true;
        TRY(add_byte(csv, row->line, byte, err));
    }
}

/* Passes over a byte order mark, however small the pieces are that the reader gives. */
static enum status start(struct csv *csv, struct error *err) {
    size_t size = 0;
    for (size_t got = 1; size < 3 && got > 0; size += got)
        TRY(csv->read(csv->context, csv->buffer + size, sizeof csv->buffer - size, &got, err));
    csv->at = csv->buffer;
    csv->end = csv->buffer + size;
    if (size >= 3 && memcmp(csv->at, "\xEF\xBB\xBF", 3) == 0) csv->at += 3;
    csv->started = true;
    return STATUS_OK;
}

static enum status skip_to_row(struct csv *csv, int *byte, struct error *err) {
    if (!csv->started) TRY(start(csv, err));
    for (;;) {
        TRY(peek(csv, byte, err));
        if (*byte != '\n' && *byte != '\r') return STATUS_OK;
        TRY(take_line_end(csv, *byte, err));
    }
}

static enum status point_at_values(struct csv *csv, struct csv_row *row, struct error *err) {
    void *values = csv->values;
    if (!memory_reserve(&values, &csv->value_capacity, csv->count, sizeof *csv->values,
                        CSV_VALUES_MAX))
        return error_set(err, STATUS_NO_MEMORY, "csv: no memory");
    csv->values = values;
    uint32_t start = 0;
    for (size_t i = 0; i < csv->count; start = csv->ends[i++])
        csv->values[i] = (struct slice){csv->text + start, csv->ends[i] - start};
    row->values = csv->values;
    row->count = (uint32_t)csv->count;
    return STATUS_OK;
}

enum status csv_next(struct csv *csv, struct csv_row *row, struct error *err) {
    int byte;
    *row = (struct csv_row){0};
    csv->count = 0;
    csv->text_size = 0;
    TRY(skip_to_row(csv, &byte, err));
    if (byte == END_OF_FILE) return STATUS_OK;
    row->line = csv->line;
    for (;;) {
        TRY(value(csv, row, err));
        TRY(peek(csv, &byte, err));
        if (byte != csv->delimiter) break;
        csv->at++;
    }
    if (byte != END_OF_FILE) TRY(take_line_end(csv, byte, err));
    return point_at_values(csv, row, err);
}
