/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_INGEST_NDJSON_REFERENCE_H
#define TESTS_INGEST_NDJSON_REFERENCE_H

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "ingest/decode_ndjson.h"

/* ndjson_reference: what decode_ndjson_line must answer, slowly: a general JSON parser builds a
 * tree (base/json, on cJSON), and a walk over the tree applies the rules. Used by the property test
 * and by the fuzzer. */
struct reference {
    struct json *document; /* the texts of `event` point into it */
    struct event event;
    struct reject reject;
    uint32_t dropped_fields;
};

static inline void reference_fault(struct reference *reference, enum reject_code code,
                                   const char *detail) {
    if (reference->reject.code == REJECT_NONE)
        reject_set(&reference->reject, code, detail, strlen(detail));
}

static inline struct slice *reference_text(struct event *event, enum field field) {
    switch (field) {
        case FIELD_ID: return &event->id;
        case FIELD_TYPE: return &event->type;
        case FIELD_SUBJECT: return &event->subject;
        case FIELD_TENANT: return &event->tenant;
        case FIELD_SERVICE: return &event->service;
        case FIELD_OFFICE: return &event->office;
        case FIELD_CHANNEL: return &event->channel;
        case FIELD_STEP: return &event->step;
        case FIELD_FIELD: return &event->field;
        case FIELD_CODE: return &event->code;
        case FIELD_LINK: return &event->link;
        case FIELD_COUNTRY: return &event->country;
        case FIELD_LANG: return &event->lang;
        case FIELD_DEVICE: return &event->device;
        default: return NULL;
    }
}

static inline int64_t *reference_time(struct event *event, enum field field) {
    switch (field) {
        case FIELD_TIME: return &event->time_ms;
        case FIELD_START: return &event->start_ms;
        case FIELD_RECORDED: return &event->recorded_ms;
        default: return NULL;
    }
}

static inline double *reference_number(struct event *event, enum field field) {
    switch (field) {
        case FIELD_VALUE: return &event->value;
        case FIELD_MINUTES: return &event->minutes;
        default: return NULL;
    }
}

static inline struct slice reference_slice(const struct json *value) {
    const char *text = json_text(value, "");
    return (struct slice){text, (uint32_t)strlen(text)};
}

static inline void reference_take_time(struct reference *reference, enum field field,
                                       const struct json *value) {
    int64_t *time = reference_time(&reference->event, field);
    if (json_kind(value) == JSON_TEXT) {
        struct slice text = reference_slice(value);
        if (text.size == 0) return;
        if (!timestamp_parse(text.bytes, text.size, time)) {
            reference_fault(reference, REJECT_INVALID_TIME, field_text(field));
            return;
        }
    } else if (json_kind(value) == JSON_NUMBER) {
        double number = json_number(value, NAN);
        if (!(number >= -0x1p53 && number <= 0x1p53 && number == floor(number))) {
            reference_fault(reference, REJECT_INVALID_TIME, field_text(field));
            return;
        }
        *time = (int64_t)number;
    } else {
        reference_fault(reference, REJECT_INVALID_FIELD, field_text(field));
        return;
    }
    reference->event.given |= 1u << field;
}

static inline void reference_take_field(struct reference *reference, enum field field,
                                        const struct json *value) {
    struct event *event = &reference->event;
    if (json_kind(value) == JSON_NULL) return;
    if (reference_time(event, field) != NULL) {
        reference_take_time(reference, field, value);
        return;
    }
    bool text = reference_text(event, field) != NULL;
    if (json_kind(value) != (text ? JSON_TEXT : JSON_NUMBER)) {
        reference_fault(reference, REJECT_INVALID_FIELD, field_text(field));
        return;
    }
    if (text) {
        *reference_text(event, field) = reference_slice(value);
    } else {
        *reference_number(event, field) = json_number(value, NAN);
    }
    event->given |= 1u << field;
}

static inline void reference_take_extra(struct reference *reference, int slot,
                                        const struct json *member) {
    struct event *event = &reference->event;
    if (json_kind(member) == JSON_NULL) return;
    bool text = slot < EXTRA_DIMENSIONS_MAX;
    if (json_kind(member) != (text ? JSON_TEXT : JSON_NUMBER)) {
        reference_fault(reference, REJECT_INVALID_FIELD, json_name(member));
        return;
    }
    if (text) {
        event->dimension[slot] = reference_slice(member);
    } else {
        event->measure[slot - EXTRA_DIMENSIONS_MAX] = json_number(member, NAN);
    }
    event->given_extras |= 1u << slot;
}

/* A name came before, in this object. */
static inline bool reference_is_repeated(const struct json *object, const struct json *member) {
    const struct json *at = json_first(object);
    while (at != member && strcmp(json_name(at), json_name(member)) != 0) at = json_next(at);
    return at != member;
}

static inline void reference_take_member(struct reference *reference, const struct json *member,
                                         const struct admission *admission) {
    const char *name = json_name(member);
    enum field field = field_from_text(name, strlen(name));
    struct slice tenant = reference_slice(json_member(reference->document, "tenant"));
    int slot = -1;
    if (field == FIELD_UNKNOWN)
        slot = admission_extra(admission, tenant.bytes, tenant.size, name, strlen(name));
    if (field == FIELD_UNKNOWN && slot < 0) {
        if (admission->grant->drop_unknown) {
            reference->dropped_fields++;
        } else {
            reference_fault(reference, REJECT_UNKNOWN_FIELD, name);
        }
    } else if (reference_is_repeated(reference->document, member)) {
        reference_fault(reference, REJECT_DUPLICATE_FIELD, name);
    } else if (slot >= 0) {
        reference_take_extra(reference, slot, member);
    } else {
        reference_take_field(reference, field, member);
    }
}

/* Release with json_free(reference->document). */
static inline void reference_decode(struct reference *reference, const char *bytes, size_t size,
                                    const struct admission *admission) {
    *reference = (struct reference){.reject = {.code = REJECT_NONE}};
    if (!utf8_is_valid(bytes, size)) {
        reference_fault(reference, REJECT_INVALID_UTF8, "");
    } else if (json_parse(bytes, size, &reference->document, NULL) != STATUS_OK) {
        reference_fault(reference, REJECT_INVALID_JSON, "");
    } else if (json_kind(reference->document) != JSON_OBJECT) {
        reference_fault(reference, REJECT_NOT_AN_OBJECT, "");
    }
    if (reference->reject.code != REJECT_NONE) return;
    for (const struct json *at = json_first(reference->document); at != NULL; at = json_next(at))
        reference_take_member(reference, at, admission);
}

static inline bool reference_same_slice(struct slice a, struct slice b) {
    return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

/* NULL when the decoder's answer is the reference's, else what differs. */
static inline const char *reference_difference(struct reference *reference,
                                               struct event_draft *line) {
    struct event *expected = &reference->event, *found = &line->event;
    if (reference->reject.code != line->reject.code) return "code";
    bool parsed = reference->document != NULL;
    if (parsed && strcmp(reference->reject.detail, line->reject.detail) != 0) return "detail";
    if (!parsed || reference->reject.code != REJECT_NONE) return NULL;
    if (reference->dropped_fields != line->dropped_fields) return "dropped fields";
    if (expected->given != found->given || expected->given_extras != found->given_extras)
        return "given";
    for (int i = 0; i < FIELD_COUNT; i++) {
        enum field field = (enum field)i;
        if ((expected->given >> field & 1) == 0) continue;
        if (reference_text(expected, field) != NULL &&
            !reference_same_slice(*reference_text(expected, field), *reference_text(found, field)))
            return field_text(field);
        if (reference_time(expected, field) != NULL &&
            *reference_time(expected, field) != *reference_time(found, field))
            return field_text(field);
        if (reference_number(expected, field) != NULL &&
            memcmp(reference_number(expected, field), reference_number(found, field),
                   sizeof(double)) != 0)
            return field_text(field);
    }
    for (int slot = 0; slot < EXTRA_DIMENSIONS_MAX + EXTRA_MEASURES_MAX; slot++) {
        if ((expected->given_extras >> slot & 1) == 0) continue;
        if (slot < EXTRA_DIMENSIONS_MAX
                ? !reference_same_slice(expected->dimension[slot], found->dimension[slot])
                : memcmp(&expected->measure[slot - EXTRA_DIMENSIONS_MAX],
                         &found->measure[slot - EXTRA_DIMENSIONS_MAX], sizeof(double)) != 0)
            return "an extra field";
    }
    return NULL;
}

#endif
