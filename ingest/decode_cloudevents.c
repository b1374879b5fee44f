/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/decode_cloudevents.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "ingest/event_cursor.h"

/* One event on its way: attributes first, then the members of data. */
struct decoding {
    struct event event;
    struct reject reject;
    const struct admission *admission;
    uint32_t seen; /* bit per field */
    uint32_t seen_extras;
    uint32_t dropped_fields;
    bool has_source, has_version;
};

/* The first fault of an event stays. */
static void fault(struct decoding *decoding, enum reject_code code, const char *detail) {
    if (decoding->reject.code == REJECT_NONE)
        reject_set(&decoding->reject, code, detail, strlen(detail));
}

static struct slice slice_of(const char *text) {
    return (struct slice){text, (uint32_t)strlen(text)};
}

/* --- fields ------------------------------------------------------------------------------- */

/* A field comes once, as an attribute or in data. */
static bool see(struct decoding *decoding, enum field field, const char *name) {
    if ((decoding->seen >> field & 1) != 0) {
        fault(decoding, REJECT_DUPLICATE_FIELD, name);
        return false;
    }
    decoding->seen |= 1u << field;
    return true;
}

static void take_text(struct decoding *decoding, enum field field, const char *name,
                      const char *text) {
    int64_t *time = event_time_field(&decoding->event, field);
    struct slice *place = event_text_field(&decoding->event, field);
    struct slice slice = slice_of(text);
    if (time != NULL) {
        if (slice.size == 0) return;
        if (!timestamp_parse(slice.bytes, slice.size, time)) {
            fault(decoding, REJECT_INVALID_TIME, name);
            return;
        }
    } else if (place != NULL) {
        *place = slice;
    } else {
        fault(decoding, REJECT_INVALID_FIELD, name);
        return;
    }
    decoding->event.given |= 1u << field;
}

static void take_number(struct decoding *decoding, enum field field, const char *name,
                        double number) {
    struct event *event = &decoding->event;
    int64_t *time = event_time_field(event, field);
    if (time != NULL) {
        if (!number_is_whole(number)) {
            fault(decoding, REJECT_INVALID_TIME, name);
            return;
        }
        *time = (int64_t)number;
    } else if (field == FIELD_VALUE) {
        event->value = number;
    } else if (field == FIELD_MINUTES) {
        event->minutes = number;
    } else {
        fault(decoding, REJECT_INVALID_FIELD, name);
        return;
    }
    event->given |= 1u << field;
}

/* name: as it was sent. */
static void take_field(struct decoding *decoding, enum field field, const char *name,
                       const struct json *value) {
    if (!see(decoding, field, name)) return;
    switch (json_kind(value)) {
        case JSON_NULL: break;
        case JSON_TEXT: take_text(decoding, field, name, json_text(value, "")); break;
        case JSON_NUMBER: take_number(decoding, field, name, json_number(value, NAN)); break;
        default: fault(decoding, REJECT_INVALID_FIELD, name);
    }
}

static void take_extra(struct decoding *decoding, int slot, const char *name,
                       const struct json *value) {
    struct event *event = &decoding->event;
    if ((decoding->seen_extras >> slot & 1) != 0) {
        fault(decoding, REJECT_DUPLICATE_FIELD, name);
        return;
    }
    decoding->seen_extras |= 1u << slot;
    enum json_kind kind = json_kind(value);
    if (kind == JSON_NULL) return;
    if (kind != (slot < EXTRA_DIMENSIONS_MAX ? JSON_TEXT : JSON_NUMBER)) {
        fault(decoding, REJECT_INVALID_FIELD, name);
        return;
    }
    if (kind == JSON_TEXT) {
        event->dimension[slot] = slice_of(json_text(value, ""));
    } else {
        event->measure[slot - EXTRA_DIMENSIONS_MAX] = json_number(value, NAN);
    }
    event->given_extras |= 1u << slot;
}

static void take_unknown(struct decoding *decoding, const char *name) {
    if (admission_drops_unknown(decoding->admission)) {
        decoding->dropped_fields++;
    } else {
        fault(decoding, REJECT_UNKNOWN_FIELD, name);
    }
}

/* --- data --------------------------------------------------------------------------------- */

static void take_data(struct decoding *decoding, const struct json *data) {
    if (json_kind(data) == JSON_NULL) return;
    if (json_kind(data) != JSON_OBJECT) {
        fault(decoding, REJECT_INVALID_CLOUDEVENT, "data");
        return;
    }
    struct slice tenant = {"", 0}; /* the extra fields are its own */
    if ((decoding->event.given >> FIELD_TENANT & 1) != 0) {
        tenant = decoding->event.tenant;
    } else {
        tenant = slice_of(json_text(json_member(data, "tenant"), ""));
    }
    for (const struct json *at = json_first(data); at != NULL; at = json_next(at)) {
        const char *name = json_name(at);
        enum field field = field_from_text(name, strlen(name));
        if (field != FIELD_UNKNOWN) {
            take_field(decoding, field, name, at);
            continue;
        }
        int slot =
            admission_extra(decoding->admission, tenant.bytes, tenant.size, name, strlen(name));
        if (slot >= 0) {
            take_extra(decoding, slot, name, at);
        } else {
            take_unknown(decoding, name);
        }
    }
}

/* --- attributes --------------------------------------------------------------------------- */

static enum field attribute_field(const char *name) {
    static const enum field fields[] = {FIELD_ID,      FIELD_TYPE,   FIELD_SUBJECT, FIELD_TENANT,
                                        FIELD_SERVICE, FIELD_OFFICE, FIELD_CHANNEL, FIELD_TIME};
    if (strcmp(name, "recordedtime") == 0) return FIELD_RECORDED;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(name, field_text(fields[i])) == 0) return fields[i];
    }
    return FIELD_UNKNOWN;
}

static bool is_about_transport(const char *name) {
    static const char *const names[] = {"datacontenttype", "dataschema",   "traceparent",
                                        "tracestate",      "partitionkey", "sequence",
                                        "sequencetype",    "expirytime"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) return true;
    }
    return false;
}

/* `source` and `specversion`, of which only the presence matters. False: another attribute. */
static bool take_required(struct decoding *decoding, const char *name, const char *text) {
    bool source = strcmp(name, "source") == 0, version = strcmp(name, "specversion") == 0;
    if (!source && !version) return false;
    bool *has = source ? &decoding->has_source : &decoding->has_version;
    if (*has) fault(decoding, REJECT_DUPLICATE_FIELD, name);
    if (source ? text[0] == '\0' : strcmp(text, "1.0") != 0)
        fault(decoding, REJECT_INVALID_CLOUDEVENT, name);
    *has = true;
    return true;
}

static void take_attribute(struct decoding *decoding, const struct json *attribute) {
    const char *name = json_name(attribute);
    if (strcmp(name, "data") == 0 || is_about_transport(name) ||
        take_required(decoding, name, json_text(attribute, "")))
        return;
    enum field field = attribute_field(name);
    if (field != FIELD_UNKNOWN) {
        take_field(decoding, field, name, attribute);
    } else if (strcmp(name, "data_base64") == 0) {
        fault(decoding, REJECT_INVALID_CLOUDEVENT, name);
    } else {
        take_unknown(decoding, name);
    }
}

static struct slice catalogue_name(struct slice type) {
    static const char prefix[] = "de.pegel.", suffix[] = ".v1";
    const uint32_t before = sizeof prefix - 1, behind = sizeof suffix - 1;
    if (type.size >= before && memcmp(type.bytes, prefix, before) == 0) {
        type.bytes += before;
        type.size -= before;
    }
    if (type.size >= behind && memcmp(type.bytes + type.size - behind, suffix, behind) == 0)
        type.size -= behind;
    return type;
}

/* The attributes are in. They are checked before data, whose faults are of less weight. */
static void end_attributes(struct decoding *decoding) {
    struct event *event = &decoding->event;
    if (!decoding->has_version) fault(decoding, REJECT_INVALID_CLOUDEVENT, "specversion");
    if ((event->given >> FIELD_ID & 1) == 0 || event->id.size == 0)
        fault(decoding, REJECT_INVALID_CLOUDEVENT, "id");
    if (!decoding->has_source) fault(decoding, REJECT_INVALID_CLOUDEVENT, "source");
    if ((event->given >> FIELD_TYPE & 1) == 0 || event->type.size == 0) {
        fault(decoding, REJECT_INVALID_CLOUDEVENT, "type");
    } else {
        event->type = catalogue_name(event->type);
    }
}

static void admit(struct decoding *decoding, uint32_t position, struct admission *admission) {
    const struct event *event = &decoding->event;
    if (decoding->reject.code == REJECT_NONE) {
        admission->dropped_fields += decoding->dropped_fields;
        (void)admission_add(admission, event, position);
        return;
    }
    bool has_id = (event->given >> FIELD_ID & 1) != 0;
    admission_reject(admission, position, has_id ? event->id.bytes : "",
                     has_id ? event->id.size : 0, &decoding->reject);
}

/* --- the three modes ---------------------------------------------------------------------- */

static void decode_object(const struct json *object, uint32_t position,
                          struct admission *admission) {
    struct decoding decoding = {.admission = admission};
    if (json_kind(object) != JSON_OBJECT) {
        fault(&decoding, REJECT_NOT_AN_OBJECT, "");
    } else {
        for (const struct json *at = json_first(object); at != NULL; at = json_next(at))
            take_attribute(&decoding, at);
        end_attributes(&decoding);
        take_data(&decoding, json_member(object, "data"));
    }
    admit(&decoding, position, admission);
}

static enum status parse(const char *bytes, size_t size, enum json_kind kind, struct json **out,
                         struct error *err) {
    *out = NULL;
    if (size > CLOUDEVENTS_BODY_BYTES_MAX)
        return error_set(err, STATUS_TOO_LARGE, "cloudevents: %zu bytes, at most %d", size,
                         CLOUDEVENTS_BODY_BYTES_MAX);
    TRY(json_parse(bytes, size, out, err));
    if (json_kind(*out) == kind) return STATUS_OK;
    json_free(*out);
    *out = NULL;
    return error_set(err, STATUS_INVALID, "cloudevents: the body is no JSON %s",
                     kind == JSON_ARRAY ? "array" : "object");
}

static enum status read_batch_tree(const char *bytes, size_t size, struct admission *admission,
                                   struct error *err) {
    struct json *document;
    TRY(parse(bytes, size, JSON_ARRAY, &document, err));
    uint32_t count = json_count(document), position = 0;
    enum status status = STATUS_OK;
    if (count > CLOUDEVENTS_MAX) {
        status = error_set(err, STATUS_TOO_LARGE, "cloudevents: %u events, at most %d", count,
                           CLOUDEVENTS_MAX);
    } else {
        for (const struct json *at = json_first(document); at != NULL; at = json_next(at))
            decode_object(at, position++, admission);
    }
    json_free(document);
    return status;
}

static enum status read_object_tree(const char *bytes, size_t size, struct admission *admission,
                                    struct error *err) {
    struct json *document;
    TRY(parse(bytes, size, JSON_OBJECT, &document, err));
    decode_object(document, 0, admission);
    json_free(document);
    return STATUS_OK;
}

/* --- without a tree -------------------------------------------------------------------------- */

/* An event with nothing wrong in it is read from left to right, as its bytes stand. What an event
 * means does not depend on the order of its members unless something is wrong: so whenever
 * something is, the tree is asked, for this event, or, where the body is no JSON, for the whole of
 * it. */

static _Atomic bool trees_only;

void decode_cloudevents_by_trees(bool only) {
    atomic_store(&trees_only, only);
}

/* The attributes that are no fields; bits of what an event has had. */
enum attribute {
    ATTRIBUTE_VERSION = 1,
    ATTRIBUTE_SOURCE = 2,
    ATTRIBUTE_DATA = 4,
    ATTRIBUTE_TRANSPORT = 8,
    ATTRIBUTE_OTHER = 16
};

#define ATTRIBUTE_FIELDS                                                            \
    (1u << FIELD_ID | 1u << FIELD_TYPE | 1u << FIELD_SUBJECT | 1u << FIELD_TENANT | \
     1u << FIELD_SERVICE | 1u << FIELD_OFFICE | 1u << FIELD_CHANNEL | 1u << FIELD_TIME)

static bool slice_is(struct slice slice, const char *text) {
    return slice.size == strlen(text) && memcmp(slice.bytes, text, slice.size) == 0;
}

static enum attribute attribute_of(struct slice name) {
    if (slice_is(name, "data")) return ATTRIBUTE_DATA;
    if (slice_is(name, "source")) return ATTRIBUTE_SOURCE;
    if (slice_is(name, "specversion")) return ATTRIBUTE_VERSION;
    if (slice_is(name, "datacontenttype")) return ATTRIBUTE_TRANSPORT;
    char text[32]; /* longer than every name that is known */
    if (name.size >= sizeof text) return ATTRIBUTE_OTHER;
    memcpy(text, name.bytes, name.size);
    text[name.size] = '\0';
    return is_about_transport(text) ? ATTRIBUTE_TRANSPORT : ATTRIBUTE_OTHER;
}

/* An attribute that is no field. *good is false when it needs the tree. */
static bool read_attribute(struct cursor *cursor, struct slice name, uint32_t *had, bool *good) {
    const enum attribute attribute = attribute_of(name);
    if ((*had & attribute) != 0 && attribute != ATTRIBUTE_TRANSPORT) *good = false;
    *had |= attribute;
    if (attribute == ATTRIBUTE_DATA && cursor_take(cursor, '{')) {
        cursor->outer++;
        bool is_json = cursor_members(cursor);
        cursor->outer--;
        return is_json;
    }
    struct value value;
    if (!cursor_value(cursor, true, &value)) return false;
    switch (attribute) {
        case ATTRIBUTE_VERSION:
            *good &= value.kind == JSON_TEXT && slice_is(value.text, "1.0");
            break;
        case ATTRIBUTE_SOURCE: *good &= value.kind == JSON_TEXT && value.text.size > 0; break;
        case ATTRIBUTE_DATA: *good &= value.kind == JSON_NULL; break;
        case ATTRIBUTE_TRANSPORT: break;
        case ATTRIBUTE_OTHER:
            *good &= admission_drops_unknown(cursor->admission) && !slice_is(name, "data_base64");
            cursor->draft->dropped_fields++;
    }
    return true;
}

/* Behind the brace. False: no JSON. *good: it is in the draft, else the tree must be asked. */
static bool read_attributes(struct cursor *cursor, bool *good) {
    uint32_t had = 0;
    struct event_draft *draft = cursor->draft;
    struct event *event = &draft->event;
    cursor->seen = cursor->seen_extras = 0;
    cursor->tenant_is_needed = false;
    event_draft_reset(draft);
    cursor_skip_space(cursor);
    bool more = !cursor_take(cursor, '}');
    while (more) {
        struct value name;
        if (!cursor_name(cursor, &name)) return false;
        enum field field = field_from_text(name.text.bytes, name.text.size);
        if (slice_is(name.text, "recordedtime")) {
            if (!cursor_field(cursor, FIELD_RECORDED)) return false;
        } else if (field < FIELD_COUNT && (ATTRIBUTE_FIELDS >> field & 1) != 0) {
            if (!cursor_field(cursor, field)) return false;
        } else if (!read_attribute(cursor, name.text, &had, good)) {
            return false;
        }
        cursor_skip_space(cursor);
        more = cursor_take(cursor, ',');
        if (!more && !cursor_take(cursor, '}')) return false;
    }
    const uint32_t needed = ATTRIBUTE_VERSION | ATTRIBUTE_SOURCE;
    *good &= (had & needed) == needed && draft->reject.code == REJECT_NONE &&
             !cursor->tenant_is_needed && (event->given & 1u << FIELD_ID) != 0 &&
             event->id.size > 0 && (event->given & 1u << FIELD_TYPE) != 0 && event->type.size > 0;
    if (*good) event->type = catalogue_name(event->type);
    return true;
}

/* One event of the body, whatever value it is. */
static bool read_event(struct cursor *cursor, uint32_t position, struct admission *admission) {
    const char *begin = cursor->at;
    bool good = cursor_take(cursor, '{');
    if (good && !read_attributes(cursor, &good)) return false;
    if (good) {
        admission->dropped_fields += cursor->draft->dropped_fields;
        (void)admission_add_open(admission, &cursor->draft->event, position);
        return true;
    }
    cursor->at = begin;
    struct json *tree;
    if (!cursor_skip_container(cursor, cursor->outer - 1)) return false;
    if (json_parse(begin, (size_t)(cursor->at - begin), &tree, NULL) != STATUS_OK) return false;
    decode_object(tree, position, admission);
    json_free(tree);
    return true;
}

static bool read_events(struct cursor *cursor, struct admission *admission) {
    cursor_skip_space(cursor);
    if (cursor_take(cursor, ']')) return true;
    for (uint32_t position = 0; position < CLOUDEVENTS_MAX; position++) {
        cursor_skip_space(cursor);
        if (!read_event(cursor, position, admission)) return false;
        cursor_skip_space(cursor);
        if (cursor_take(cursor, ']')) return true;
        if (!cursor_take(cursor, ',')) return false;
    }
    return false;
}

/* False: nothing of the body is admitted, and the tree must tell why. */
static bool read_body(const char *bytes, size_t size, bool many, struct admission *admission) {
    struct event_draft draft;
    struct cursor cursor = {.at = bytes,
                            .end = bytes + size,
                            .readable = bytes + size,
                            .draft = &draft,
                            .admission = admission,
                            .outer = many ? 2 : 1};
    if (atomic_load_explicit(&trees_only, memory_order_relaxed)) return false;
    if (admission->batch->row_count > 0 || admission->rejected > 0) return false; /* no way back */
    if (size > CLOUDEVENTS_BODY_BYTES_MAX || !utf8_is_valid(bytes, size)) return false;
    event_draft_begin(&draft);
    cursor_skip_space(&cursor);
    bool good =
        many ? cursor_take(&cursor, '[') && read_events(&cursor, admission)
             : cursor.at < cursor.end && *cursor.at == '{' && read_event(&cursor, 0, admission);
    admission_complete(admission);
    cursor_skip_space(&cursor);
    if (good && cursor.at == cursor.end) return true;
    batch_clear(admission->batch);
    admission->rejection_count = 0;
    admission->rejected = admission->dropped_fields = 0;
    return false;
}

enum status decode_cloudevents_batch(const char *bytes, size_t size, struct admission *admission,
                                     struct error *err) {
    if (read_body(bytes, size, true, admission)) return STATUS_OK;
    return read_batch_tree(bytes, size, admission, err);
}

enum status decode_cloudevents_structured(const char *bytes, size_t size,
                                          struct admission *admission, struct error *err) {
    if (read_body(bytes, size, false, admission)) return STATUS_OK;
    return read_object_tree(bytes, size, admission, err);
}

/* --- headers ------------------------------------------------------------------------------ */

void cloudevent_headers_add(void *headers_, const char *name, const char *value) {
    struct cloudevent_headers *headers = headers_;
    if (headers->count < CLOUDEVENT_HEADERS_MAX) {
        headers->header[headers->count].name = name;
        headers->header[headers->count].value = value;
    }
    headers->count++;
}

enum { NO_DIGIT = 16 };

static unsigned hex_digit(char c) {
    if (c >= '0' && c <= '9') return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f') return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return (unsigned)(c - 'A') + 10;
    return NO_DIGIT;
}

/* Undoes a quoted string, then percent-encoding, in one pass: neither can make the other's signs
 * anew. A '%' without two digits stands for itself. `out` has room for the value and a NUL; returns
 * the bytes without it. */
static size_t decode_value(const char *value, char *out) {
    const char *begin = out;
    size_t size = strlen(value);
    bool quoted = size >= 2 && value[0] == '"' && value[size - 1] == '"';
    const char *at = value + quoted, *end = value + size - quoted;
    while (at < end) {
        if (quoted && *at == '\\' && end - at > 1) at++;
        if (*at == '%' && end - at > 2 && hex_digit(at[1]) < NO_DIGIT &&
            hex_digit(at[2]) < NO_DIGIT) {
            *out++ = (char)(hex_digit(at[1]) << 4 | hex_digit(at[2]));
            at += 3;
        } else {
            *out++ = *at++;
        }
    }
    *out = '\0';
    return (size_t)(out - begin);
}

static void take_header(struct decoding *decoding, const char *name, const char *text,
                        size_t size) {
    if (strlen(text) != size || !utf8_is_valid(text, size)) { /* %00, or bytes that are no text */
        fault(decoding, REJECT_INVALID_UTF8, name);
        return;
    }
    if (is_about_transport(name) || take_required(decoding, name, text)) return;
    enum field field = attribute_field(name);
    if (field == FIELD_UNKNOWN) {
        take_unknown(decoding, name);
    } else if (see(decoding, field, name)) {
        take_text(decoding, field, name, text);
    }
}

/* Texts of the attributes, decoded; they live as long as the event. */
struct header_text {
    size_t used;
    char bytes[CLOUDEVENT_HEADER_BYTES_MAX];
};

static void take_headers(struct decoding *decoding, const struct cloudevent_headers *headers,
                         struct header_text *texts) {
    uint32_t count = headers->count;
    if (count > CLOUDEVENT_HEADERS_MAX) {
        fault(decoding, REJECT_INVALID_CLOUDEVENT, "too many headers");
        count = CLOUDEVENT_HEADERS_MAX;
    }
    for (uint32_t i = 0; i < count; i++) {
        const char *name = headers->header[i].name, *value = headers->header[i].value;
        if (strncasecmp(name, "ce-", 3) == 0) name += 3;
        size_t name_size = strlen(name), room = sizeof texts->bytes - texts->used;
        if (name_size + strlen(value) + 2 > room) {
            fault(decoding, REJECT_TOO_LONG, name);
            return;
        }
        char *lower = texts->bytes + texts->used, *text = lower + name_size + 1;
        for (size_t at = 0; at <= name_size; at++)
            lower[at] = (char)(name[at] >= 'A' && name[at] <= 'Z' ? name[at] | 0x20 : name[at]);
        size_t size = decode_value(value, text);
        texts->used += name_size + size + 2;
        take_header(decoding, lower, text, size);
    }
}

enum status decode_cloudevents_binary(const struct cloudevent_headers *headers, const char *bytes,
                                      size_t size, struct admission *admission, struct error *err) {
    struct json *data = NULL;
    if (size > CLOUDEVENTS_BODY_BYTES_MAX)
        return error_set(err, STATUS_TOO_LARGE, "cloudevents: %zu bytes, at most %d", size,
                         CLOUDEVENTS_BODY_BYTES_MAX);
    if (size > 0) TRY(json_parse(bytes, size, &data, err));
    struct decoding decoding = {.admission = admission};
    struct header_text texts = {.used = 0};
    take_headers(&decoding, headers, &texts);
    end_attributes(&decoding);
    take_data(&decoding, data);
    admit(&decoding, 0, admission);
    json_free(data);
    return STATUS_OK;
}
