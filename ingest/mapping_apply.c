/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "ingest/mapping.h"

enum { NUMBER_BYTES_MAX = 40 };

static bool refuse(struct reject *reject, enum reject_code code, enum field field,
                   const char *why) {
    reject->code = code;
    (void)snprintf(reject->detail, sizeof reject->detail, "%s%s%s", field_text(field),
                   *why != '\0' ? ": " : "", why);
    return false;
}

static struct slice slice_of(const char *text) {
    return (struct slice){text, (uint32_t)strlen(text)};
}

static bool slice_is(struct slice slice, const char *text) {
    return strlen(text) == slice.size && memcmp(slice.bytes, text, slice.size) == 0;
}

/* The text that a value gives for a record; size 0: none. */
static bool evaluate(const struct mapping_value *value, const struct slice *values,
                     enum field field, struct slice *out, struct reject *reject) {
    *out = (struct slice){NULL, 0};
    if (value->kind == VALUE_ABSENT) return true;
    if (value->kind == VALUE_CONSTANT) {
        *out = slice_of(value->constant);
        return true;
    }
    struct slice raw = values[value->name];
    if (raw.bytes == NULL || raw.size == 0) {
        if (value->otherwise != NULL) *out = slice_of(value->otherwise);
        return true;
    }
    if (!utf8_is_valid(raw.bytes, raw.size))
        return refuse(reject, REJECT_INVALID_UTF8, field, "is the mapping's \"encoding\" right?");
    for (const struct json *at = json_first(value->values); at != NULL; at = json_next(at)) {
        if (!slice_is(raw, json_name(at))) continue;
        *out = slice_of(json_text(at, ""));
        return true;
    }
    if (value->others == OTHERS_REFUSE)
        return refuse(reject, REJECT_INVALID_FIELD, field, "not among the mapping's \"values\"");
    if (value->others == OTHERS_DEFAULT) *out = slice_of(value->otherwise);
    if (value->others == OTHERS_KEEP) *out = raw;
    return true;
}

static bool parse_number(struct slice text, double *out) {
    char digits[NUMBER_BYTES_MAX + 1];
    if (text.size > NUMBER_BYTES_MAX) return false;
    memcpy(digits, text.bytes, text.size);
    digits[text.size] = '\0';
    char *end;
    *out = strtod(digits, &end);
    return end != digits && *end == '\0' && strspn(digits, "+-.0123456789eE") == text.size;
}

static bool set_time(const struct mapping *mapping, enum field field, struct slice text,
                     int64_t *out, struct reject *reject) {
    if (time_format_parse(&mapping->time, text, out)) return true;
    return refuse(reject, REJECT_INVALID_TIME, field, "not in the form that the mapping says");
}

static bool set_field(const struct mapping *mapping, struct event *event, enum field field,
                      struct slice text, struct reject *reject) {
    event->given |= UINT32_C(1) << field;
    switch (field) {
        case FIELD_TIME: return set_time(mapping, field, text, &event->time_ms, reject);
        case FIELD_START: return set_time(mapping, field, text, &event->start_ms, reject);
        case FIELD_RECORDED: return set_time(mapping, field, text, &event->recorded_ms, reject);
        case FIELD_VALUE:
        case FIELD_MINUTES:
            if (parse_number(text, field == FIELD_VALUE ? &event->value : &event->minutes))
                return true;
            return refuse(reject, REJECT_INVALID_FIELD, field, "not a number");
        default: *event_text_field(event, field) = text; return true;
    }
}

/* An id is made of what identifies the event in its source, so that reading the same file again
 * makes the same id: FNV-1a with 128 bits, as 32 letters a to p, which nobody takes for a phone
 * number. It need not be secret or safe against forgery: the store keeps a keyed hash of it. */
__extension__ typedef unsigned __int128 hash128;

static hash128 hash_bytes(hash128 hash, const void *bytes, size_t size) {
    const hash128 prime = ((hash128)1 << 88) + 0x13B;
    for (size_t i = 0; i < size; i++) hash = (hash ^ ((const uint8_t *)bytes)[i]) * prime;
    return hash;
}

static hash128 hash_slice(hash128 hash, struct slice slice) {
    hash = hash_bytes(hash, &slice.size, sizeof slice.size); /* so that ab+c is not a+bc */
    return hash_bytes(hash, slice.bytes, slice.size);
}

static bool id_is_there(const struct mapping *mapping, const struct mapping_record *record,
                        struct reject *reject) {
    for (uint32_t i = 0; mapping->id_given && i < mapping->id_name_count; i++)
        if (record->values[mapping->id_names[i]].size == 0)
            return refuse(reject, REJECT_MISSING_FIELD, FIELD_ID, "");
    return true;
}

static void make_id(const struct mapping *mapping, const struct mapping_rule *rule,
                    const struct mapping_record *record, const struct event *event,
                    char id[MAPPING_ID_BYTES]) {
    hash128 hash = ((hash128)UINT64_C(0x6C62272E07BB0142) << 64) | UINT64_C(0x62B821756295C58D);
    for (uint32_t i = 0; i < mapping->id_name_count; i++)
        hash = hash_slice(hash, record->values[mapping->id_names[i]]);
    if (!mapping->id_given) {
        hash = hash_slice(hash, event->subject);
        hash = hash_bytes(hash, &event->time_ms, sizeof event->time_ms);
    }
    hash = hash_slice(hash, event->type);
    hash = hash_bytes(hash, &rule->ordinal, sizeof rule->ordinal);
    hash = hash_bytes(hash, &record->occurrence, sizeof record->occurrence);
    for (int i = 0; i < MAPPING_ID_BYTES - 1; i++, hash >>= 4)
        id[i] = (char)('a' + (unsigned)(hash & 15));
    id[MAPPING_ID_BYTES - 1] = '\0';
}

bool mapping_alike(const struct mapping *mapping, const struct slice *left,
                   const struct slice *right) {
    for (uint32_t i = 0; i < mapping->id_name_count; i++) {
        struct slice a = left[mapping->id_names[i]], b = right[mapping->id_names[i]];
        if (a.size != b.size || (a.size > 0 && memcmp(a.bytes, b.bytes, a.size) != 0)) return false;
    }
    return true;
}

static bool rule_holds(const struct mapping_rule *rule, const struct mapping_record *record,
                       bool matched) {
    switch (rule->when) {
        case WHEN_ALWAYS: return true;
        case WHEN_FIRST: return record->first;
        case WHEN_LAST: return record->last;
        case WHEN_OTHERWISE: return !matched;
        case WHEN_VALUE: break;
    }
    struct slice value = record->values[rule->when_name];
    if (rule->when_is == NULL) return value.size > 0;
    for (const struct json *at = json_first(rule->when_is); at != NULL; at = json_next(at))
        if (slice_is(value, json_text(at, ""))) return true;
    return false;
}

static bool fill(const struct mapping *mapping, const struct mapping_rule *rule,
                 const struct mapping_record *record, struct event *event, struct reject *reject) {
    for (int field = FIELD_SUBJECT; field < FIELD_COUNT; field++) {
        struct slice text;
        if (!evaluate(&rule->field[field], record->values, (enum field)field, &text, reject))
            return false;
        if (text.size == 0) continue;
        if (!set_field(mapping, event, (enum field)field, text, reject)) return false;
    }
    return true;
}

enum mapped mapping_apply(const struct mapping *mapping, uint32_t rule_index,
                          const struct mapping_record *record, bool *matched, struct event *event,
                          char id[MAPPING_ID_BYTES], struct reject *reject) {
    const struct mapping_rule *rule = &mapping->rules[rule_index];
    id[0] = '\0';
    if (!rule_holds(rule, record, *matched)) return MAPPED_NOTHING;
    *matched = true;
    memset(event, 0, sizeof *event);
    event->type = slice_of(type_text(rule->type));
    event->given = UINT32_C(1) << FIELD_TYPE | UINT32_C(1) << FIELD_ID;
    struct slice time;
    if (!evaluate(&rule->field[FIELD_TIME], record->values, FIELD_TIME, &time, reject))
        return MAPPED_REJECT;
    if (time.size == 0 && rule->optional) return MAPPED_NOTHING;
    if (time.size == 0) {
        (void)refuse(reject, REJECT_MISSING_FIELD, FIELD_TIME, "");
        return MAPPED_REJECT;
    }
    if (!set_field(mapping, event, FIELD_TIME, time, reject) ||
        !fill(mapping, rule, record, event, reject) || !id_is_there(mapping, record, reject))
        return MAPPED_REJECT;
    make_id(mapping, rule, record, event, id);
    event->id = (struct slice){id, MAPPING_ID_BYTES - 1};
    return MAPPED_EVENT;
}

bool mapping_time(const struct mapping *mapping, const struct slice *values, int64_t *time_ms,
                  struct reject *reject) {
    struct slice text;
    if (!evaluate(&mapping->rules[0].field[FIELD_TIME], values, FIELD_TIME, &text, reject))
        return false;
    if (text.size == 0) return refuse(reject, REJECT_MISSING_FIELD, FIELD_TIME, "");
    return set_time(mapping, FIELD_TIME, text, time_ms, reject);
}

void mapping_order_start(const struct mapping *mapping, struct mapping_order *order) {
    order->subject = (struct slice){NULL, 0};
    for (uint32_t i = 0; i < mapping->order_count; i++) order->time_ms[i] = TIME_ABSENT;
}

void mapping_order_note(const struct mapping *mapping, struct mapping_order *order,
                        enum event_type type, const struct event *event) {
    if (order->subject.size == 0) order->subject = event->subject;
    for (uint32_t i = 0; i < mapping->order_count; i++)
        if (mapping->order[i] == type && order->time_ms[i] == TIME_ABSENT)
            order->time_ms[i] = event->time_ms;
}

bool mapping_order_holds(const struct mapping *mapping, const struct mapping_order *order,
                         char detail[MAPPING_DETAIL_BYTES]) {
    uint32_t before = 0;
    for (uint32_t i = 0; i < mapping->order_count; i++) {
        if (order->time_ms[i] == TIME_ABSENT) continue;
        if (order->time_ms[i] < order->time_ms[before] && order->time_ms[before] != TIME_ABSENT) {
            (void)snprintf(detail, MAPPING_DETAIL_BYTES, "%s before %s",
                           type_text(mapping->order[i]), type_text(mapping->order[before]));
            return false;
        }
        before = i;
    }
    return true;
}
