/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/import_xes.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { XES_BUFFER_BYTES = 1 << 16 };

/* Where the parser is: only what stands directly in a trace or in its events is read. */
enum place { PLACE_OUTSIDE, PLACE_LOG, PLACE_TRACE, PLACE_EVENT };

struct value { /* in `text` of the trace; size 0 is absent */
    uint32_t offset, size;
};

struct xes_event {
    int64_t time_ms;
    uint32_t line;
    uint32_t index; /* in its trace, in the order of the file */
    bool timeless;
    struct reject reject;
};

struct xes {
    struct import *import;
    const struct mapping *mapping;
    XML_Parser parser;
    uint32_t depth;
    enum place place;
    uint32_t place_depth; /* of the element that `place` names */
    enum status status;   /* the first failure inside a handler */
    struct error *err;

    /* the trace at hand */
    char *text;
    size_t text_size, text_capacity;
    struct xes_event *events;
    size_t event_count, event_capacity;
    struct value *values; /* name_count per event */
    size_t value_capacity;
    struct value trace_values[MAPPING_NAMES_MAX];
    uint32_t trace_line;
};

static void fail(struct xes *xes, enum status status, const char *text) {
    if (xes->status != STATUS_OK) return;
    xes->status =
        error_set(xes->err, status, "line %lu: %s", XML_GetCurrentLineNumber(xes->parser), text);
    (void)XML_StopParser(xes->parser, XML_FALSE);
}

/* The element's name without a namespace prefix. */
static const char *local_name(const char *name) {
    const char *colon = strrchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

static const char *attribute(const char **attributes, const char *name) {
    for (; *attributes != NULL; attributes += 2)
        if (strcmp(attributes[0], name) == 0) return attributes[1];
    return NULL;
}

static bool keep_text(struct xes *xes, const char *text, struct value *out) {
    size_t size = strlen(text);
    void *bytes = xes->text;
    if (xes->text_size + size > XES_TRACE_BYTES_MAX) {
        fail(xes, STATUS_TOO_LARGE, "a trace has more than 64 MiB of text");
        return false;
    }
    if (!memory_reserve(&bytes, &xes->text_capacity, xes->text_size + size, 1,
                        XES_TRACE_BYTES_MAX)) {
        fail(xes, STATUS_NO_MEMORY, "no memory for the trace");
        return false;
    }
    xes->text = bytes;
    memcpy(xes->text + xes->text_size, text, size);
    *out = (struct value){(uint32_t)xes->text_size, (uint32_t)size};
    xes->text_size += size;
    return true;
}

static void take_attribute(struct xes *xes, const char **attributes) {
    const char *key = attribute(attributes, "key"), *text = attribute(attributes, "value");
    if (key == NULL || text == NULL || *text == '\0') return;
    enum value_scope scope = xes->place == PLACE_EVENT ? SCOPE_EVENT : SCOPE_TRACE;
    uint32_t name_count = xes->mapping->name_count;
    for (uint32_t name = 0; name < name_count; name++) {
        const struct mapping_name *wanted = &xes->mapping->names[name];
        if (wanted->scope != scope || strcmp(wanted->text, key) != 0) continue;
        struct value *slot = scope == SCOPE_TRACE
                                 ? &xes->trace_values[name]
                                 : &xes->values[(xes->event_count - 1) * name_count + name];
        (void)keep_text(xes, text, slot);
        return;
    }
}

static void enter(struct xes *xes, enum place place) {
    xes->place = place;
    xes->place_depth = xes->depth;
}

static void start_trace(struct xes *xes) {
    enter(xes, PLACE_TRACE);
    xes->text_size = 0;
    xes->event_count = 0;
    memset(xes->trace_values, 0, sizeof xes->trace_values);
    xes->trace_line = (uint32_t)XML_GetCurrentLineNumber(xes->parser);
}

static void start_event(struct xes *xes) {
    enter(xes, PLACE_EVENT);
    size_t names = xes->mapping->name_count;
    void *events = xes->events, *values = xes->values;
    if (xes->event_count == XES_TRACE_EVENTS_MAX) {
        fail(xes, STATUS_TOO_LARGE, "a trace has more than 131,072 events");
        return;
    }
    bool room = memory_reserve(&events, &xes->event_capacity, xes->event_count + 1,
                               sizeof *xes->events, XES_TRACE_EVENTS_MAX);
    xes->events = events;
    room = room && memory_reserve(&values, &xes->value_capacity, (xes->event_count + 1) * names,
                                  sizeof *xes->values, XES_TRACE_EVENTS_MAX * names);
    xes->values = values;
    if (!room) {
        fail(xes, STATUS_NO_MEMORY, "no memory for the trace");
        return;
    }
    memset(&xes->values[xes->event_count * names], 0, names * sizeof *xes->values);
    xes->events[xes->event_count] =
        (struct xes_event){.line = (uint32_t)XML_GetCurrentLineNumber(xes->parser),
                           .index = (uint32_t)xes->event_count};
    xes->event_count++;
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes) {
    struct xes *xes = context;
    if (xes->status != STATUS_OK) return;
    const char *element = local_name(name);
    bool child = xes->depth++ == xes->place_depth; /* a child of the element that we are in */
    switch (xes->place) {
        case PLACE_OUTSIDE:
            if (strcmp(element, "log") != 0)
                fail(xes, STATUS_INVALID, "this is not XES: the file does not begin with <log>");
            enter(xes, PLACE_LOG);
            break;
        case PLACE_LOG:
            if (child && strcmp(element, "trace") == 0) start_trace(xes);
            break;
        case PLACE_TRACE:
            if (!child) break;
            if (strcmp(element, "event") == 0) {
                start_event(xes);
            } else {
                take_attribute(xes, attributes);
            }
            break;
        case PLACE_EVENT:
            if (child) take_attribute(xes, attributes);
            break;
    }
}

/* What a record's names stand for: the event's own values and those of its trace. */
static void gather(const struct xes *xes, const struct xes_event *event, struct slice *out) {
    uint32_t count = xes->mapping->name_count;
    for (uint32_t name = 0; name < count; name++) {
        const struct value *value = xes->mapping->names[name].scope == SCOPE_TRACE
                                        ? &xes->trace_values[name]
                                        : &xes->values[(size_t)event->index * count + name];
        out[name] = (struct slice){value->size > 0 ? xes->text + value->offset : NULL, value->size};
    }
}

static int by_time(const void *left, const void *right) {
    const struct xes_event *a = left, *b = right;
    if (a->timeless != b->timeless) return a->timeless ? 1 : -1; /* they stand at the end */
    if (!a->timeless && a->time_ms != b->time_ms) return a->time_ms < b->time_ms ? -1 : 1;
    return a->index < b->index ? -1 : 1; /* so that the order is stable */
}

/* Puts the events in order of time; answers how many of them have one. */
static size_t sort_events(struct xes *xes) {
    struct slice values[MAPPING_NAMES_MAX];
    size_t timed = 0;
    for (size_t i = 0; i < xes->event_count; i++) {
        struct xes_event *event = &xes->events[i];
        gather(xes, event, values);
        event->timeless = !mapping_time(xes->mapping, values, &event->time_ms, &event->reject);
        timed += event->timeless ? 0 : 1;
    }
    if (xes->event_count > 1) qsort(xes->events, xes->event_count, sizeof *xes->events, by_time);
    return timed;
}

/* Two events of one moment that are alike in what makes an id are told apart by their order. */
static uint32_t occurrence(const struct xes *xes, size_t at, const struct slice *values) {
    struct slice other[MAPPING_NAMES_MAX];
    uint32_t count = 0;
    for (size_t i = at; i-- > 0 && xes->events[i].time_ms == xes->events[at].time_ms;) {
        gather(xes, &xes->events[i], other);
        count += mapping_alike(xes->mapping, other, values) ? 1 : 0;
    }
    return count;
}

static enum status write_trace(struct xes *xes) {
    struct slice values[MAPPING_NAMES_MAX];
    struct mapping_order order;
    size_t timed = sort_events(xes);
    mapping_order_start(xes->mapping, &order);
    for (size_t i = 0; i < timed; i++) {
        const struct xes_event *event = &xes->events[i];
        gather(xes, event, values);
        struct mapping_record record = {.values = values,
                                        .first = i == 0,
                                        .last = i + 1 == timed,
                                        .occurrence = occurrence(xes, i, values)};
        TRY(import_record(xes->import, xes->mapping, &record, event->line, &order, xes->err));
    }
    for (size_t i = timed; i < xes->event_count; i++)
        import_reject(xes->import, xes->events[i].line, &xes->events[i].reject);
    import_order(xes->import, xes->mapping, &order, xes->trace_line);
    return STATUS_OK;
}

static void XMLCALL on_end(void *context, const char *name) {
    (void)name;
    struct xes *xes = context;
    if (xes->status != STATUS_OK) return;
    if (xes->depth-- != xes->place_depth) return;
    switch (xes->place) {
        case PLACE_EVENT: enter(xes, PLACE_TRACE); break;
        case PLACE_TRACE:
            xes->status = write_trace(xes);
            if (xes->status != STATUS_OK) (void)XML_StopParser(xes->parser, XML_FALSE);
            enter(xes, PLACE_LOG);
            break;
        default: xes->place_depth = xes->depth; break; /* </log> */
    }
}

static enum status xml_failure(struct xes *xes) {
    if (xes->status != STATUS_OK) return xes->status;
    enum XML_Error code = XML_GetErrorCode(xes->parser);
    if (code == XML_ERROR_NO_MEMORY) return error_set(xes->err, STATUS_NO_MEMORY, "no memory");
    return error_set(xes->err, STATUS_INVALID, "line %lu, column %lu: XML: %s",
                     XML_GetCurrentLineNumber(xes->parser),
                     XML_GetCurrentColumnNumber(xes->parser) + 1, XML_ErrorString(code));
}

static enum status parse(struct xes *xes) {
    for (size_t size = 1; size > 0;) {
        void *buffer = XML_GetBuffer(xes->parser, XES_BUFFER_BYTES);
        if (buffer == NULL) return error_set(xes->err, STATUS_NO_MEMORY, "no memory");
        TRY(import_read(xes->import, buffer, XES_BUFFER_BYTES, &size, xes->err));
        if (XML_ParseBuffer(xes->parser, (int)size, size == 0) != XML_STATUS_OK)
            return xml_failure(xes);
    }
    return STATUS_OK;
}

static enum status read_log(struct xes *xes) {
    static const XML_Memory_Handling_Suite memory = {memory_get, memory_resize, memory_free};
    xes->parser = XML_ParserCreate_MM(NULL, &memory, NULL);
    if (xes->parser == NULL) return error_set(xes->err, STATUS_NO_MEMORY, "no memory");
    XML_SetUserData(xes->parser, xes);
    XML_SetElementHandler(xes->parser, on_start, on_end);
    return parse(xes);
}

/* "BPIC15_2.xes.gz" becomes "bpic15_2": good for a first look, and said aloud. */
static void service_of_path(const char *path, char service[EVENT_TEXT_BYTES_MAX + 1]) {
    const char *slash = strrchr(path, '/');
    const char *at = slash != NULL ? slash + 1 : path;
    size_t used = 0;
    for (; *at != '\0' && *at != '.' && used < EVENT_TEXT_BYTES_MAX; at++) {
        bool upper = *at >= 'A' && *at <= 'Z';
        bool fits = (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '_';
        service[used++] = upper ? (char)(*at | 0x20) : fits ? *at : '-';
    }
    service[used] = '\0';
}

enum status import_xes(struct import *import, struct error *err) {
    struct mapping *standard = NULL;
    if (import->mapping == NULL) TRY(mapping_default_xes(&standard, err));
    struct xes xes = {.import = import, .err = err};
    xes.mapping = standard != NULL ? standard : import->mapping;
    const struct slice said = import->service;
    char service[EVENT_TEXT_BYTES_MAX + 1];
    if (mapping_lacks_service(xes.mapping) && said.size == 0) {
        service_of_path(import->report->path, service);
        import->service = (struct slice){service, (uint32_t)strlen(service)};
        char note[EVENT_TEXT_BYTES_MAX + 48];
        (void)snprintf(note, sizeof note, "service \"%s\", after the file's name", service);
        import_report_note(import->report, note);
    }
    enum status status = import_check_tenant(import, xes.mapping, err);
    if (status == STATUS_OK) status = read_log(&xes);
    import->service = said;
    if (xes.parser != NULL) XML_ParserFree(xes.parser);
    memory_free(xes.text);
    memory_free(xes.events);
    memory_free(xes.values);
    mapping_free(standard);
    return status;
}
