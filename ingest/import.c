/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/import.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ingest/import_csv.h"
#include "ingest/import_ndjson.h"
#include "ingest/import_xes.h"

static bool ends_with(const char *path, size_t size, const char *ending) {
    size_t length = strlen(ending);
    return size > length && strncasecmp(path + size - length, ending, length) == 0;
}

enum file_format import_recognise(const char *path, const char *first, size_t size) {
    static const struct {
        const char *ending;
        enum file_format format;
    } endings[] = {{".csv", FORMAT_CSV},     {".tsv", FORMAT_CSV}, {".txt", FORMAT_CSV},
                   {".xes", FORMAT_XES},     {".xml", FORMAT_XES}, {".ndjson", FORMAT_NDJSON},
                   {".jsonl", FORMAT_NDJSON}};
    size_t length = strlen(path);
    if (ends_with(path, length, ".gz")) length -= 3;
    if (ends_with(path, length, ".zst")) length -= 4;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_with(path, length, endings[i].ending)) return endings[i].format;
    size_t at = size >= 3 && memcmp(first, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (at < size && strchr(" \t\r\n", first[at]) != NULL && first[at] != '\0') at++;
    if (at == size) return FORMAT_NDJSON; /* an empty file has no events in any format */
    return first[at] == '<' ? FORMAT_XES : first[at] == '{' ? FORMAT_NDJSON : FORMAT_CSV;
}

enum status import_read(void *context, char *buffer, size_t capacity, size_t *size,
                        struct error *err) {
    struct import *import = context;
    if (import->progress != NULL) import->progress(import->progress_context, import);
    *size = import->first_size - import->first_taken;
    if (*size == 0) return stream_read(import->stream, buffer, capacity, size, err);
    if (*size > capacity) *size = capacity;
    memcpy(buffer, import->first + import->first_taken, *size);
    import->first_taken += *size;
    return STATUS_OK;
}

/* The mapping's choice, then the caller's, then what the file looks like. */
static enum status choose_format(const struct import *import, const char *path,
                                 enum file_format *format, struct error *err) {
    if (*format == FORMAT_UNKNOWN && import->mapping != NULL) *format = import->mapping->format;
    if (*format == FORMAT_UNKNOWN)
        *format = import_recognise(path, import->first, import->first_size);
    if (*format == FORMAT_CSV && import->mapping == NULL)
        return error_set(err, STATUS_INVALID,
                         "%s: a CSV file needs a mapping file that says what its columns mean",
                         path);
    if (import->mapping != NULL && import->mapping->format != *format)
        return error_set(err, STATUS_INVALID, "%s: the mapping file is for %s, not for %s", path,
                         file_format_text(import->mapping->format), file_format_text(*format));
    return STATUS_OK;
}

static enum status read_as(struct import *import, enum file_format format, struct error *err) {
    switch (format) {
        case FORMAT_CSV: return import_csv(import, err);
        case FORMAT_XES: return import_xes(import, err);
        default: return import_ndjson(import, err);
    }
}

enum status import_file(struct import *import, const char *path, enum file_format format,
                        struct error *err) {
    struct error inner = {""};
    TRY(stream_open(path, &import->stream, err));
    import->report->path = path;
    import->first_taken = 0;
    enum status status =
        stream_read(import->stream, import->first, sizeof import->first, &import->first_size, err);
    if (status == STATUS_OK) status = choose_format(import, path, &format, err);
    if (status == STATUS_OK) {
        status = read_as(import, format, &inner);
        /* What was read before the fault is good: it goes in, and need not be read again. */
        struct error ignored;
        enum status flushed =
            import->sink->flush(import->sink, status == STATUS_OK ? &inner : &ignored);
        if (status == STATUS_OK) status = flushed;
        bool named = strncmp(inner.text, path, strlen(path)) == 0;
        if (status != STATUS_OK)
            (void)error_set(err, status, "%s%s%s", named ? "" : path, named ? "" : ": ",
                            inner.text);
    }
    if (import->progress != NULL) import->progress(import->progress_context, import);
    stream_close(import->stream);
    import->stream = NULL;
    return status;
}

enum status import_check_tenant(const struct import *import, const struct mapping *mapping,
                                struct error *err) {
    if (!import->needs_tenant || import->tenant.size > 0 || !mapping_lacks_tenant(mapping))
        return STATUS_OK;
    return error_set(err, STATUS_INVALID,
                     "neither --tenant nor the mapping says which municipality this is");
}

static void set_default(struct event *event, enum field field, struct slice *slot,
                        struct slice text) {
    if (text.size == 0 || ((event->given >> field & 1) != 0 && slot->size > 0)) return;
    event->given |= UINT32_C(1) << field;
    *slot = text;
}

enum status import_event(struct import *import, struct event *event, uint32_t line,
                         struct error *err) {
    import->event_count++;
    set_default(event, FIELD_TENANT, &event->tenant, import->tenant);
    set_default(event, FIELD_SERVICE, &event->service, import->service);
    return import->sink->add(import->sink, event, line, err);
}

void import_reject(struct import *import, uint32_t line, const struct reject *reject) {
    import->event_count++;
    import_report_reject(import->report, line, reject->code, reject->detail);
}

enum status import_record(struct import *import, const struct mapping *mapping,
                          const struct mapping_record *record, uint32_t line,
                          struct mapping_order *order, struct error *err) {
    bool matched = false;
    for (uint32_t rule = 0; rule < mapping->rule_count; rule++) {
        struct event event;
        struct reject reject;
        char id[MAPPING_ID_BYTES];
        switch (mapping_apply(mapping, rule, record, &matched, &event, id, &reject)) {
            case MAPPED_NOTHING: break;
            case MAPPED_REJECT: import_reject(import, line, &reject); break;
            case MAPPED_EVENT:
                mapping_order_note(mapping, order, mapping->rules[rule].type, &event);
                TRY(import_event(import, &event, line, err));
                break;
        }
    }
    import->unmatched_count += matched ? 0 : 1;
    return STATUS_OK;
}

void import_order(struct import *import, const struct mapping *mapping,
                  const struct mapping_order *order, uint32_t line) {
    struct slice subject = order->subject;
    char detail[MAPPING_DETAIL_BYTES], text[MAPPING_DETAIL_BYTES + EVENT_TOKEN_BYTES_MAX + 16];
    if (mapping_order_holds(mapping, order, detail)) return;
    int size = subject.size < EVENT_TOKEN_BYTES_MAX ? (int)subject.size : EVENT_TOKEN_BYTES_MAX;
    (void)snprintf(text, sizeof text, "%s in %.*s", detail, size,
                   subject.bytes != NULL ? subject.bytes : "");
    import_report_warning(import->report, line, "out_of_order", text);
}
