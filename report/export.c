/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/export.h"

#include "base/crc32c.h"
#include "event/event.h"

struct exporting {
    struct export *export;
    struct text text;
    struct text fields; /* of one event, as NDJSON */
    bool in_trace;
    int64_t time_ms; /* of the event before in this journey, ... */
    uint64_t place; /* ... and how many were of that moment; of events alone: how many there were */
};

enum { EVENT_BYTES_MAX = 1 << 20 }; /* of one event, written */

static enum status flush(struct exporting *exporting, struct error *err) {
    struct text *text = &exporting->text;
    struct export *export = exporting->export;
    if (text->failed || exporting->fields.failed)
        return error_set(err, STATUS_NO_MEMORY, "export: no memory for an event");
    if (text->size > 0) TRY(export->write(export->out, text->bytes, text->size, err));
    text_clear(text);
    return STATUS_OK;
}

/* --- what an event carries --- */

/* Writes one value under its name. */
typedef void (*put_fn)(struct text *text, const char *name, enum field_form form,
                       const void *value);

static void put_extras(struct export *export, const struct event *event, put_fn put,
                       struct text *text) {
    for (uint32_t extra = 0; event->given_extras >> extra != 0; extra++) {
        if ((event->given_extras >> extra & 1) == 0) continue;
        const bool is_text = extra < EXTRA_DIMENSIONS_MAX;
        const char *name =
            export->extra_name == NULL
                ? NULL
                : export->extra_name(export->names, event->tenant.bytes, event->tenant.size, extra);
        if (name == NULL)
            export->left_out++;
        else if (is_text)
            put(text, name, FORM_TEXT, &event->dimension[extra]);
        else
            put(text, name, FORM_NUMBER, &event->measure[extra - EXTRA_DIMENSIONS_MAX]);
    }
}

static void put_fields(struct export *export, const struct event *event, uint32_t without,
                       put_fn put, struct text *text) {
    for (uint32_t field = 0; field < FIELD_COUNT; field++)
        if (((event->given & ~without) >> field & 1) != 0)
            put(text, field_text((enum field)field), field_places[field].form,
                (const char *)event + field_places[field].offset);
    put_extras(export, event, put, text);
}

/* --- NDJSON --- */

static void put_json(struct text *text, const char *name, enum field_form form, const void *value) {
    const struct slice *slice = value;
    text_add(text, ",", 1);
    text_add_json_string(text, name, strlen(name));
    text_add(text, ":", 1);
    switch (form) {
        case FORM_TEXT: text_add_json_string(text, slice->bytes, slice->size); break;
        case FORM_NUMBER: text_add_json_number(text, *(const double *)value); break;
        case FORM_TIME:
            text_add(text, "\"", 1);
            text_add_utc(text, *(const int64_t *)value);
            text_add(text, "\"", 1);
            break;
    }
}

/* Hexadecimal in letters a to p: digits may look like a phone number. */
static void add_letters(struct text *text, uint64_t number) {
    char letters[16];
    size_t at = sizeof letters;
    do {
        letters[--at] = (char)('a' + (unsigned)(number & 15));
        number >>= 4;
    } while (number > 0);
    text_add(text, letters + at, sizeof letters - at);
}

/* Stored events have no id, so they get one of what they are: the same as often as they are
 * exported. Events of one journey and moment that agree in all of it are told apart by their order;
 * those of no journey come in no order, and are numbered. */
static void write_id(struct exporting *exporting, const struct event *event, bool first) {
    const bool alone = exporting->export->telling.purpose == PURPOSE_NONE;
    const struct text *fields = &exporting->fields;
    struct text *text = &exporting->text;
    if (!alone && (first || event->time_ms != exporting->time_ms)) exporting->place = 0;
    exporting->time_ms = event->time_ms;
    text_add_string(text, "{\"id\":\"");
    if (alone)
        text_add_string(text, "x");
    else
        text_add(text, event->subject.bytes, event->subject.size);
    text_add(text, "-", 1);
    add_letters(text, (uint64_t)event->time_ms);
    text_add(text, "-", 1);
    add_letters(text, crc32c(fields->bytes, fields->size));
    text_add(text, "-", 1);
    add_letters(text, exporting->place++);
    text_add(text, "\"", 1);
}

static enum status tell_ndjson(void *context, const struct event *event, bool first,
                               struct error *err) {
    struct exporting *exporting = context;
    struct export *export = exporting->export;
    text_clear(&exporting->fields);
    put_fields(export, event, 0, put_json, &exporting->fields);
    write_id(exporting, event, first);
    text_add(&exporting->text, exporting->fields.bytes, exporting->fields.size);
    text_add_string(&exporting->text, "}\n");
    export->events++;
    if (first && export->telling.purpose != PURPOSE_NONE) export->journeys++;
    return exporting->text.size < EXPORT_CHUNK_BYTES ? STATUS_OK : flush(exporting, err);
}

/* --- XES --- */

/* Of an attribute's value (XML 1.0, section 2.4). White space stays what it is as a reference only;
 * other control characters cannot be said. */
static void add_xml(struct text *text, const char *bytes, size_t size) {
    for (size_t at = 0; at < size; at++) {
        const unsigned char byte = (unsigned char)bytes[at];
        switch (byte) {
            case '&': text_add_string(text, "&amp;"); break;
            case '<': text_add_string(text, "&lt;"); break;
            case '>': text_add_string(text, "&gt;"); break;
            case '"': text_add_string(text, "&quot;"); break;
            case '\t':
            case '\n':
            case '\r': text_add_format(text, "&#%d;", byte); break;
            default:
                if (byte < 0x20)
                    text_add_string(text, "\xEF\xBF\xBD");
                else
                    text_add(text, bytes + at, 1);
        }
    }
}

static void put_xes(struct text *text, const char *name, enum field_form form, const void *value) {
    static const char *const elements[] = {
        [FORM_TEXT] = "string", [FORM_TIME] = "date", [FORM_NUMBER] = "float"};
    const struct slice *slice = value;
    text_add_format(text, "<%s key=\"", elements[form]);
    add_xml(text, name, strlen(name));
    text_add_string(text, "\" value=\"");
    switch (form) {
        case FORM_TEXT: add_xml(text, slice->bytes, slice->size); break;
        case FORM_TIME: text_add_utc(text, *(const int64_t *)value); break;
        case FORM_NUMBER: text_add_json_number(text, *(const double *)value); break;
    }
    text_add_string(text, "\"/>\n");
}

static const char xes_head[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<log xes.version=\"1849-2016\" xes.features=\"\" xmlns=\"http://www.xes-standard.org/\">\n"
    "<extension name=\"Concept\" prefix=\"concept\" "
    "uri=\"http://www.xes-standard.org/concept.xesext\"/>\n"
    "<extension name=\"Time\" prefix=\"time\" uri=\"http://www.xes-standard.org/time.xesext\"/>\n"
    "<extension name=\"Lifecycle\" prefix=\"lifecycle\" "
    "uri=\"http://www.xes-standard.org/lifecycle.xesext\"/>\n"
    "<extension name=\"Organizational\" prefix=\"org\" "
    "uri=\"http://www.xes-standard.org/org.xesext\"/>\n"
    "<global scope=\"trace\">\n"
    "<string key=\"concept:name\" value=\"\"/>\n<string key=\"tenant\" value=\"\"/>\n"
    "</global>\n"
    "<global scope=\"event\">\n"
    "<string key=\"concept:name\" value=\"\"/>\n"
    "<string key=\"lifecycle:transition\" value=\"complete\"/>\n"
    "<date key=\"time:timestamp\" value=\"1970-01-01T00:00:00.000Z\"/>\n"
    "<string key=\"type\" value=\"\"/>\n"
    "</global>\n"
    "<classifier name=\"Activity\" keys=\"concept:name\"/>\n"
    "<classifier name=\"Type\" keys=\"type\"/>\n";

static void begin_trace(struct exporting *exporting, const struct event *event) {
    struct text *text = &exporting->text;
    if (exporting->in_trace) text_add_string(text, "</trace>\n");
    exporting->in_trace = true;
    exporting->export->journeys++;
    text_add_string(text, "<trace>\n");
    put_xes(text, "concept:name", FORM_TEXT, &event->subject);
    put_xes(text, "tenant", FORM_TEXT, &event->tenant);
}

/* The activity of an event is its step, else its type; of a failed check its type, because the step
 * is where it failed. */
static enum status tell_xes(void *context, const struct event *event, bool first,
                            struct error *err) {
    static const struct slice complete = {"complete", 8};
    const uint32_t said = UINT32_C(1) << FIELD_SUBJECT | UINT32_C(1) << FIELD_TENANT |
                          UINT32_C(1) << FIELD_TIME | UINT32_C(1) << FIELD_OFFICE;
    struct exporting *exporting = context;
    struct text *text = &exporting->text;
    const bool is_step = event->step.size > 0 &&
                         type_from_text(event->type.bytes, event->type.size) != TYPE_FORM_ERROR;
    if (first) begin_trace(exporting, event);
    text_add_string(text, "<event>\n");
    put_xes(text, "concept:name", FORM_TEXT, is_step ? &event->step : &event->type);
    put_xes(text, "lifecycle:transition", FORM_TEXT, &complete);
    put_xes(text, "time:timestamp", FORM_TIME, &event->time_ms);
    if (event->office.size > 0) put_xes(text, "org:group", FORM_TEXT, &event->office);
    put_fields(exporting->export, event, said, put_xes, text);
    text_add_string(text, "</event>\n");
    exporting->export->events++;
    return text->size < EXPORT_CHUNK_BYTES ? STATUS_OK : flush(exporting, err);
}

/* --- */

enum status export_run(struct export *export, struct engine *engine, struct arena *arena,
                       struct error *err) {
    struct exporting exporting = {.export = export};
    const bool xes = export->format == EXPORT_XES;
    if (xes && export->telling.purpose == PURPOSE_NONE)
        return error_set(err, STATUS_INVALID,
                         "export: events that belong to no journey have no trace: choose the "
                         "format ndjson, or another purpose");
    text_init(&exporting.text, EXPORT_CHUNK_BYTES + EVENT_BYTES_MAX);
    text_init(&exporting.fields, EVENT_BYTES_MAX);
    export->telling.tell = xes ? tell_xes : tell_ndjson;
    export->telling.context = &exporting;
    if (xes) text_add_string(&exporting.text, xes_head);
    enum status status = engine->ops->tell(engine, &export->telling, arena, err);
    if (exporting.in_trace) text_add_string(&exporting.text, "</trace>\n");
    if (xes) text_add_string(&exporting.text, "</log>\n");
    if (status == STATUS_OK) status = flush(&exporting, err);
    text_free(&exporting.text);
    text_free(&exporting.fields);
    return status;
}
