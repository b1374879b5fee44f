/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/import_csv.h"

#include <stdio.h>
#include <string.h>

#include "ingest/csv.h"

enum { HEADING_BYTES = 120 };

struct reader {
    struct import *import;
    const struct mapping *mapping;
    uint32_t column_count;
    uint32_t column[MAPPING_NAMES_MAX]; /* per name of the mapping */
    struct slice values[MAPPING_NAMES_MAX];
    struct mapping_order order;
};

static bool is_name(struct slice value, const char *name) {
    return strlen(name) == value.size && memcmp(value.bytes, name, value.size) == 0;
}

static enum status missing(const struct csv_row *row, const char *name, struct error *err) {
    char heading[HEADING_BYTES] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < row->count && used + 1 < sizeof heading; i++) {
        int written = snprintf(heading + used, sizeof heading - used, "%s%.*s", i > 0 ? ", " : "",
                               (int)row->values[i].size, row->values[i].bytes);
        used += written > 0 ? (size_t)written : 0;
    }
    return error_set(err, STATUS_INVALID, "there is no column \"%.60s\"; the heading is: %s", name,
                     heading);
}

/* Where the columns are that the mapping reads. */
static enum status find_columns(struct reader *reader, const struct csv_row *row,
                                struct error *err) {
    reader->column_count = row->count;
    for (uint32_t name = 0; name < reader->mapping->name_count; name++) {
        const char *text = reader->mapping->names[name].text;
        uint32_t column = 0;
        while (column < row->count && !is_name(row->values[column], text)) column++;
        if (column == row->count) return missing(row, text, err);
        reader->column[name] = column;
    }
    return STATUS_OK;
}

/* The same for a file without a heading: the mapping gives the columns their names. */
static enum status name_columns(struct reader *reader, struct error *err) {
    struct slice values[CSV_VALUES_MAX];
    struct csv_row row = {.values = values};
    const struct json *at = json_first(reader->mapping->columns);
    for (; at != NULL && row.count < CSV_VALUES_MAX; at = json_next(at)) {
        const char *text = json_text(at, "");
        values[row.count++] = (struct slice){text, (uint32_t)strlen(text)};
    }
    return find_columns(reader, &row, err);
}

static void refuse_row(struct reader *reader, const struct csv_row *row) {
    struct reject reject = {.code = REJECT_INVALID_FIELD};
    if (row->malformed) {
        (void)snprintf(reject.detail, sizeof reject.detail, "text follows a closing quote");
    } else {
        (void)snprintf(reject.detail, sizeof reject.detail, "%u values instead of %u", row->count,
                       reader->column_count);
    }
    import_reject(reader->import, row->line, &reject);
}

static enum status read_row(struct reader *reader, const struct csv_row *row, struct error *err) {
    if (row->malformed || row->count != reader->column_count) {
        refuse_row(reader, row);
        return STATUS_OK;
    }
    for (uint32_t name = 0; name < reader->mapping->name_count; name++)
        reader->values[name] = row->values[reader->column[name]];
    struct mapping_record record = {.values = reader->values};
    mapping_order_start(reader->mapping, &reader->order);
    TRY(import_record(reader->import, reader->mapping, &record, row->line, &reader->order, err));
    import_order(reader->import, reader->mapping, &reader->order, row->line);
    return STATUS_OK;
}

static enum status read_rows(struct reader *reader, struct csv *csv, struct error *err) {
    struct csv_row row;
    if (reader->mapping->columns != NULL) {
        TRY(name_columns(reader, err));
    } else {
        TRY(csv_next(csv, &row, err));
        if (row.count == 0) return error_set(err, STATUS_INVALID, "the file is empty");
        TRY(find_columns(reader, &row, err));
    }
    for (;;) {
        TRY(csv_next(csv, &row, err));
        if (row.count == 0) return STATUS_OK;
        TRY(read_row(reader, &row, err));
    }
}

enum status import_csv(struct import *import, struct error *err) {
    struct reader reader = {.import = import, .mapping = import->mapping};
    if (mapping_lacks_service(import->mapping) && import->service.size == 0)
        return error_set(err, STATUS_INVALID, "neither the mapping nor --service says the service");
    TRY(import_check_tenant(import, import->mapping, err));
    struct csv *csv;
    TRY(csv_create(import_read, import, import->mapping->delimiter, import->mapping->windows_1252,
                   &csv, err));
    enum status status = read_rows(&reader, csv, err);
    csv_free(csv);
    return status;
}
