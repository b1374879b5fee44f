/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/mapping.h"

#include <string.h>
#include <strings.h>

#include "base/compression.h"
#include "base/memory.h"
#include "base/text.h"

enum { MAPPING_ARENA_BYTES = 4 << 20 };

/* The default for XES, in the words that a mapping file would use. A file's own "fields" replace
 * single entries, its "events" replace the list. */
static const char XES_DEFAULT[] =
    "{\"format\":\"xes\",\"fields\":{"
    "\"subject\":{\"trace\":\"concept:name\"},\"step\":{\"event\":\"concept:name\"},"
    "\"office\":{\"event\":\"org:group\"},\"time\":{\"event\":\"time:timestamp\"}},"
    "\"events\":[{\"type\":\"case.received\",\"when\":\"first\"},"
    "{\"type\":\"case.closed\",\"when\":\"last\"},"
    "{\"type\":\"case.activity\",\"when\":\"otherwise\"}]}";

static const char *const format_names[] = {"unknown", "csv", "xes", "ndjson"};

enum file_format file_format_from_text(const char *text) {
    for (int format = FORMAT_CSV; format <= FORMAT_NDJSON; format++)
        if (strcmp(text, format_names[format]) == 0) return (enum file_format)format;
    return FORMAT_UNKNOWN;
}

const char *file_format_text(enum file_format format) {
    return format_names[format];
}

/* Reading the mapping file ------------------------------------------------------------------- */

static enum status wrong(struct error *err, const char *where, const char *what) {
    return error_set(err, STATUS_INVALID, "mapping: %s %s", where, what);
}

static enum status known_keys(const struct json *object, const char *where, const char *const *keys,
                              struct error *err) {
    if (json_kind(object) != JSON_OBJECT) return wrong(err, where, "must be an object");
    for (const struct json *at = json_first(object); at != NULL; at = json_next(at)) {
        size_t key = 0;
        while (keys[key] != NULL && strcmp(keys[key], json_name(at)) != 0) key++;
        if (keys[key] == NULL)
            return error_set(err, STATUS_INVALID, "mapping: %s: there is no key \"%.60s\"", where,
                             json_name(at));
    }
    return STATUS_OK;
}

static enum status text_member(const struct json *object, const char *name, const char **out,
                               struct error *err) {
    const struct json *member = json_member(object, name);
    if (member == NULL) return STATUS_OK;
    *out = json_text(member, NULL);
    return *out != NULL ? STATUS_OK : wrong(err, name, "must be a text");
}

static enum status add_name(struct mapping *mapping, enum value_scope scope, const char *text,
                            uint32_t *out, struct error *err) {
    if (strcasecmp(text, "org:resource") == 0)
        return wrong(err, text, "names the person who did the work and is never read");
    for (*out = 0; *out < mapping->name_count; (*out)++) {
        const struct mapping_name *name = &mapping->names[*out];
        if (name->scope == scope && strcmp(name->text, text) == 0) return STATUS_OK;
    }
    if (mapping->name_count == MAPPING_NAMES_MAX)
        return wrong(err, text, "is one column or attribute too many");
    mapping->names[mapping->name_count++] = (struct mapping_name){scope, text};
    return STATUS_OK;
}

/* "column", "event" or "trace" of an object; *found false when it has none of them. */
static enum status named(struct mapping *mapping, const struct json *object, bool *found,
                         uint32_t *name, struct error *err) {
    static const char *const keys[] = {"column", "event", "trace"};
    *found = false;
    for (int scope = SCOPE_COLUMN; scope <= SCOPE_TRACE; scope++) {
        const char *text = NULL;
        TRY(text_member(object, keys[scope], &text, err));
        if (text == NULL) continue;
        if (*found || (scope == SCOPE_COLUMN) != (mapping->format == FORMAT_CSV))
            return wrong(err, keys[scope],
                         "does not fit: \"column\" is for csv, \"event\" or \"trace\" for xes");
        *found = true;
        TRY(add_name(mapping, (enum value_scope)scope, text, name, err));
    }
    return STATUS_OK;
}

static enum status parse_values(const struct json *object, const char *where,
                                struct mapping_value *out, struct error *err) {
    const char *others = NULL;
    TRY(text_member(object, "default", &out->otherwise, err));
    TRY(text_member(object, "others", &others, err));
    out->values = json_member(object, "values");
    if (out->values == NULL) {
        out->others = OTHERS_KEEP;
        return others == NULL ? STATUS_OK : wrong(err, where, "\"others\" goes with \"values\"");
    }
    if (json_kind(out->values) != JSON_OBJECT)
        return wrong(err, where, "\"values\" must be an object");
    if (others == NULL) {
        out->others = out->otherwise != NULL ? OTHERS_DEFAULT : OTHERS_REFUSE;
    } else {
        if (strcmp(others, "omit") != 0 && strcmp(others, "keep") != 0)
            return wrong(err, where, "\"others\" is either \"keep\" or \"omit\"");
        out->others = *others == 'k' ? OTHERS_KEEP : OTHERS_OMIT;
    }
    for (const struct json *at = json_first(out->values); at != NULL; at = json_next(at))
        if (json_kind(at) != JSON_TEXT && json_kind(at) != JSON_NULL)
            return wrong(err, where, "\"values\" are texts or null");
    return STATUS_OK;
}

static enum status parse_value(struct mapping *mapping, const struct json *json, const char *where,
                               struct mapping_value *out, struct error *err) {
    static const char *const keys[] = {"column", "event",  "trace",   "constant",
                                       "values", "others", "default", NULL};
    *out = (struct mapping_value){0};
    if (json_kind(json) == JSON_NULL) return STATUS_OK;
    if (json_kind(json) == JSON_TEXT) {
        out->kind = VALUE_NAMED;
        return add_name(mapping, mapping->format == FORMAT_CSV ? SCOPE_COLUMN : SCOPE_EVENT,
                        json_text(json, ""), &out->name, err);
    }
    TRY(known_keys(json, where, keys, err));
    bool found;
    TRY(named(mapping, json, &found, &out->name, err));
    TRY(text_member(json, "constant", &out->constant, err));
    if (found == (out->constant != NULL))
        return wrong(err, where, "needs either a column or attribute, or a \"constant\"");
    out->kind = found ? VALUE_NAMED : VALUE_CONSTANT;
    return parse_values(json, where, out, err);
}

static enum status parse_fields(struct mapping *mapping, const struct json *fields,
                                struct mapping_value *out, struct error *err) {
    if (fields == NULL) return STATUS_OK;
    if (json_kind(fields) != JSON_OBJECT) return wrong(err, "fields", "must be an object");
    for (const struct json *at = json_first(fields); at != NULL; at = json_next(at)) {
        const char *name = json_name(at);
        enum field field = field_from_text(name, strlen(name));
        if (field == FIELD_UNKNOWN || field == FIELD_ID || field == FIELD_TYPE)
            return wrong(err, name,
                         field == FIELD_UNKNOWN
                             ? "is no field of an event"
                             : "is not set by \"fields\" but by \"id\" or \"events\"");
        TRY(parse_value(mapping, at, name, &out[field], err));
    }
    return STATUS_OK;
}

static enum status parse_when(struct mapping *mapping, const struct json *when,
                              struct mapping_rule *rule, struct error *err) {
    static const char *const words[] = {"always", "first", "last", "otherwise"};
    static const char *const keys[] = {"column", "event", "trace", "is", NULL};
    rule->when = WHEN_ALWAYS;
    if (when == NULL) return STATUS_OK;
    if (json_kind(when) == JSON_TEXT) {
        for (int word = WHEN_ALWAYS; word <= WHEN_OTHERWISE; word++) {
            bool of_trace = word == WHEN_FIRST || word == WHEN_LAST;
            if (strcmp(json_text(when, ""), words[word]) != 0) continue;
            if (of_trace && mapping->format != FORMAT_XES) break;
            rule->when = (enum rule_when)word;
            return STATUS_OK;
        }
        return wrong(err, "when",
                     "is \"always\", \"otherwise\", for xes \"first\" or \"last\", or an object");
    }
    TRY(known_keys(when, "when", keys, err));
    bool found;
    TRY(named(mapping, when, &found, &rule->when_name, err));
    if (!found) return wrong(err, "when", "needs a column or attribute to look at");
    rule->when = WHEN_VALUE;
    rule->when_is = json_member(when, "is");
    if (rule->when_is == NULL) return STATUS_OK;
    if (json_kind(rule->when_is) != JSON_ARRAY) return wrong(err, "is", "must be a list of texts");
    for (const struct json *at = json_first(rule->when_is); at != NULL; at = json_next(at))
        if (json_kind(at) != JSON_TEXT) return wrong(err, "is", "must be a list of texts");
    return STATUS_OK;
}

static enum status parse_rule(struct mapping *mapping, const struct json *json,
                              const struct mapping_value *common, struct mapping_rule *rule,
                              struct error *err) {
    static const char *const keys[] = {"type", "time", "when", "optional", "fields", NULL};
    TRY(known_keys(json, "events", keys, err));
    const char *type = NULL;
    TRY(text_member(json, "type", &type, err));
    rule->type = type == NULL ? TYPE_UNKNOWN : type_from_text(type, strlen(type));
    if (rule->type == TYPE_UNKNOWN)
        return wrong(err, type == NULL ? "events: type" : type, "is no type of the catalogue");
    rule->optional = json_boolean(json_member(json, "optional"), false);
    TRY(parse_when(mapping, json_member(json, "when"), rule, err));
    memcpy(rule->field, common, sizeof rule->field);
    TRY(parse_fields(mapping, json_member(json, "fields"), rule->field, err));
    const struct json *time = json_member(json, "time");
    if (time != NULL && mapping->format == FORMAT_XES)
        return wrong(err, type, "cannot have a time of its own: all events of a trace share one");
    if (time != NULL) TRY(parse_value(mapping, time, "time", &rule->field[FIELD_TIME], err));
    if (rule->field[FIELD_TIME].kind == VALUE_ABSENT) return wrong(err, type, "has no \"time\"");
    for (const struct mapping_rule *other = mapping->rules; other < rule; other++)
        if (other->type == rule->type) rule->ordinal++;
    return STATUS_OK;
}

static enum status parse_rules(struct mapping *mapping, const struct json *events,
                               const struct mapping_value *common, struct error *err) {
    uint32_t count = json_count(events);
    if (json_kind(events) != JSON_ARRAY || count == 0 || count > MAPPING_RULES_MAX)
        return wrong(err, "events", "must be a list of 1 to 64 rules");
    mapping->rules = arena_push_array(&mapping->arena, struct mapping_rule, count);
    if (mapping->rules == NULL) return error_set(err, STATUS_NO_MEMORY, "mapping: no memory");
    for (const struct json *at = json_first(events); at != NULL; at = json_next(at))
        TRY(parse_rule(mapping, at, common, &mapping->rules[mapping->rule_count++], err));
    return STATUS_OK;
}

static enum status parse_id(struct mapping *mapping, const struct json *id, struct error *err) {
    if (id == NULL) return STATUS_OK;
    mapping->id_given = true;
    enum value_scope scope = mapping->format == FORMAT_CSV ? SCOPE_COLUMN : SCOPE_EVENT;
    bool list = json_kind(id) == JSON_ARRAY;
    for (const struct json *at = list ? json_first(id) : id; at != NULL;
         at = list ? json_next(at) : NULL) {
        const char *text = json_text(at, NULL);
        if (text == NULL || mapping->id_name_count == MAPPING_NAMES_MAX)
            return wrong(err, "id", "is the name of a column or attribute, or a list of them");
        TRY(add_name(mapping, scope, text, &mapping->id_names[mapping->id_name_count++], err));
    }
    return STATUS_OK;
}

static void identify_by_steps(struct mapping *mapping) {
    if (mapping->id_given) return;
    for (uint32_t i = 0; i < mapping->rule_count; i++) {
        const struct mapping_value *step = &mapping->rules[i].field[FIELD_STEP];
        uint32_t at = 0;
        if (step->kind != VALUE_NAMED) continue;
        while (at < mapping->id_name_count && mapping->id_names[at] != step->name) at++;
        mapping->id_names[at] = step->name;
        if (at == mapping->id_name_count) mapping->id_name_count++;
    }
}

static enum status parse_order(struct mapping *mapping, const struct json *order,
                               struct error *err) {
    if (order == NULL) return STATUS_OK;
    if (json_kind(order) != JSON_ARRAY || json_count(order) > MAPPING_RULES_MAX)
        return wrong(err, "order", "must be a list of event types");
    for (const struct json *at = json_first(order); at != NULL; at = json_next(at)) {
        const char *text = json_text(at, "");
        enum event_type type = type_from_text(text, strlen(text));
        if (type == TYPE_UNKNOWN) return wrong(err, "order", "must be a list of event types");
        mapping->order[mapping->order_count++] = type;
    }
    return STATUS_OK;
}

static enum status parse_time(struct mapping *mapping, const struct json *time, struct error *err) {
    static const char *const keys[] = {"format", "zone", NULL};
    const char *pattern = NULL, *zone = NULL;
    if (time != NULL) {
        TRY(known_keys(time, "time", keys, err));
        TRY(text_member(time, "format", &pattern, err));
        TRY(text_member(time, "zone", &zone, err));
    }
    struct error inner = {""};
    enum status status = time_format_make(pattern, zone, &mapping->arena, &mapping->time, &inner);
    if (status == STATUS_OK || status == STATUS_NO_MEMORY) return status;
    return error_set(err, STATUS_INVALID, "mapping: %s", inner.text);
}

static enum status parse_csv(struct mapping *mapping, const struct json *top, struct error *err) {
    const char *delimiter = ",", *encoding = "utf-8";
    TRY(text_member(top, "delimiter", &delimiter, err));
    TRY(text_member(top, "encoding", &encoding, err));
    if (strlen(delimiter) != 1 || *delimiter <= 0 || strchr("\"\r\n", *delimiter) != NULL)
        return wrong(err, "delimiter", "must be one character, such as \";\" or \"\\t\"");
    mapping->delimiter = *delimiter;
    mapping->windows_1252 =
        strcasecmp(encoding, "windows-1252") == 0 || strcasecmp(encoding, "iso-8859-1") == 0;
    if (!mapping->windows_1252 && strcasecmp(encoding, "utf-8") != 0)
        return wrong(err, "encoding", "is \"utf-8\", \"windows-1252\" or \"iso-8859-1\"");
    mapping->columns = json_member(top, "columns");
    if (mapping->columns == NULL) return STATUS_OK;
    if (json_kind(mapping->columns) != JSON_ARRAY)
        return wrong(err, "columns", "must be a list of names");
    for (const struct json *at = json_first(mapping->columns); at != NULL; at = json_next(at))
        if (json_kind(at) != JSON_TEXT) return wrong(err, "columns", "must be a list of names");
    return STATUS_OK;
}

static enum status parse_head(struct mapping *mapping, enum file_format format, struct error *err) {
    static const char *const keys[] = {"format",  "source", "delimiter", "encoding",
                                       "columns", "time",   "id",        "fields",
                                       "events",  "order",  "note",      NULL};
    const struct json *top = mapping->document;
    TRY(known_keys(top, "the file", keys, err));
    const char *text = NULL;
    TRY(text_member(top, "format", &text, err));
    mapping->format = text == NULL ? format : file_format_from_text(text);
    if (mapping->format != FORMAT_CSV && mapping->format != FORMAT_XES)
        return wrong(err, "format", "must be \"csv\" or \"xes\"");
    if (format != FORMAT_UNKNOWN && format != mapping->format)
        return error_set(err, STATUS_INVALID, "mapping: is for %s files, not for %s", text,
                         file_format_text(format));
    TRY(text_member(top, "source", &mapping->source, err));
    if (mapping->source != NULL && !mapping_is_source(mapping->source))
        return wrong(err, "source", "is made of a-z, 0-9, '.', '_' and '-', at most 64 of them");
    TRY(parse_time(mapping, json_member(top, "time"), err));
    return parse_csv(mapping, top, err);
}

static enum status parse_body(struct mapping *mapping, struct error *err) {
    const struct json *top = mapping->document, *defaults = mapping->defaults;
    struct mapping_value common[FIELD_COUNT] = {{0}};
    const struct json *events = json_member(top, "events");
    if (mapping->format == FORMAT_XES) {
        TRY(parse_fields(mapping, json_member(defaults, "fields"), common, err));
        if (events == NULL) events = json_member(defaults, "events");
    }
    TRY(parse_fields(mapping, json_member(top, "fields"), common, err));
    TRY(parse_rules(mapping, events, common, err));
    TRY(parse_id(mapping, json_member(top, "id"), err));
    identify_by_steps(mapping);
    return parse_order(mapping, json_member(top, "order"), err);
}

static enum status build(struct mapping *mapping, const char *json, size_t size,
                         enum file_format format, struct error *err) {
    struct error inner = {""};
    enum status status = json_parse(json, size, &mapping->document, &inner);
    if (status != STATUS_OK) return error_set(err, status, "mapping: %s", inner.text);
    TRY(json_parse(XES_DEFAULT, sizeof XES_DEFAULT - 1, &mapping->defaults, err));
    TRY(parse_head(mapping, format, err));
    return parse_body(mapping, err);
}

enum status mapping_parse(const char *json, size_t size, enum file_format format,
                          struct mapping **out, struct error *err) {
    *out = NULL;
    struct mapping *mapping = memory_new(1, sizeof *mapping);
    if (mapping == NULL) return error_set(err, STATUS_NO_MEMORY, "mapping: no memory");
    arena_init(&mapping->arena, MAPPING_ARENA_BYTES);
    enum status status = build(mapping, json, size, format, err);
    if (status == STATUS_OK) {
        *out = mapping;
        mapping = NULL;
    }
    mapping_free(mapping);
    return status;
}

enum status mapping_default_xes(struct mapping **out, struct error *err) {
    return mapping_parse(XES_DEFAULT, sizeof XES_DEFAULT - 1, FORMAT_XES, out, err);
}

enum status mapping_load(const char *path, enum file_format format, struct mapping **out,
                         struct error *err) {
    *out = NULL;
    struct stream *stream = NULL;
    struct text text;
    text_init(&text, MAPPING_FILE_BYTES_MAX);
    enum status status = stream_open(path, &stream, err);
    for (size_t size = 1; status == STATUS_OK && size > 0;) {
        char buffer[4096];
        status = stream_read(stream, buffer, sizeof buffer, &size, err);
        if (status == STATUS_OK) text_add(&text, buffer, size);
    }
    if (status == STATUS_OK && text.failed)
        status = error_set(err, STATUS_TOO_LARGE, "mapping: %s is over 1 MiB", path);
    if (status == STATUS_OK) {
        bool bom = text.size >= 3 && memcmp(text.bytes, "\xEF\xBB\xBF", 3) == 0;
        size_t skip = bom ? 3 : 0;
        status = mapping_parse(text.size > 0 ? text.bytes + skip : "", text.size - skip, format,
                               out, err);
    }
    stream_close(stream);
    text_free(&text);
    return status;
}

void mapping_free(struct mapping *mapping) {
    if (mapping == NULL) return;
    arena_free(&mapping->arena);
    json_free(mapping->document);
    json_free(mapping->defaults);
    memory_free(mapping);
}

bool mapping_lacks_service(const struct mapping *mapping) {
    for (uint32_t i = 0; i < mapping->rule_count; i++) {
        const struct mapping_rule *rule = &mapping->rules[i];
        bool needed = (type_requires(rule->type) & REQUIRES_SERVICE) != 0;
        if (needed && rule->field[FIELD_SERVICE].kind == VALUE_ABSENT) return true;
    }
    return false;
}

bool mapping_lacks_tenant(const struct mapping *mapping) {
    for (uint32_t i = 0; i < mapping->rule_count; i++)
        if (mapping->rules[i].field[FIELD_TENANT].kind == VALUE_ABSENT) return true;
    return false;
}

bool mapping_is_source(const char *text) {
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-");
    return size > 0 && size <= EVENT_TEXT_BYTES_MAX && text[size] == '\0';
}
