/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "event/column.h"
#include "event/type.h"

/* event: one event as it was sent, before it becomes a row of a batch. Decoders fill it, one thread
 * at a time; the texts point into the request and live as long as that. */
struct slice {
    const char *bytes; /* not NUL-terminated */
    uint32_t size;
};

enum {
    EVENT_ID_BYTES_MAX = 64,
    EVENT_TOKEN_BYTES_MAX = 128, /* subject, link */
    EVENT_TEXT_BYTES_MAX = 64    /* service, office, step, field, code, extra dimensions */
};
#define EVENT_FUTURE_MS_MAX INT64_C(300000) /* `time` may be this far ahead of our clock */
#define EVENT_MINUTES_MAX   1e6             /* staff minutes of one event: two years of work */

/* The fields that a sender may give, in the flat form. */
#define FIELD_LIST(X)     \
    X(ID, "id")           \
    X(TIME, "time")       \
    X(TYPE, "type")       \
    X(SUBJECT, "subject") \
    X(TENANT, "tenant")   \
    X(SERVICE, "service") \
    X(OFFICE, "office")   \
    X(CHANNEL, "channel") \
    X(STEP, "step")       \
    X(FIELD, "field")     \
    X(CODE, "code")       \
    X(START, "start")     \
    X(LINK, "link")       \
    X(COUNTRY, "country") \
    X(LANG, "lang")       \
    X(DEVICE, "device") X(VALUE, "value") X(MINUTES, "minutes") X(RECORDED, "recorded")

enum field {
#define X(name, text) FIELD_##name,
    FIELD_LIST(X)
#undef X
        FIELD_COUNT,
    FIELD_UNKNOWN = FIELD_COUNT
};

enum field field_from_text(const char *text, size_t size);
/* The same in fewer steps, for a text from whose first byte on eight may be read. */
#define FIELD_SLOT(word) (((word)*UINT64_C(0xA8C24D4244EF7FEB)) >> 59)
enum { FIELD_SLOTS = 32 };
extern const struct field_slot {
    uint64_t word; /* the name, filled up with zeros */
    enum field field;
} field_slots[FIELD_SLOTS];

static inline enum field field_from_padded_text(const char *text, size_t size) {
    if (size - 1 > 7) return FIELD_UNKNOWN;
    uint64_t word;
    memcpy(&word, text, sizeof word);
    word &= UINT64_MAX >> (64 - 8 * size);
    const struct field_slot *slot = &field_slots[FIELD_SLOT(word)];
    /* A name that ends with NUL would equal the shorter one. */
    return slot->word == word && text[size - 1] != '\0' ? slot->field : FIELD_UNKNOWN;
}
const char *field_text(enum field field); /* static */

struct event {
    uint32_t given;        /* bit per enum field; a field that is not given is not read below. An
                              empty text is the same as none */
    uint32_t given_extras; /* bit d: dimension[d]; bit 16+m: measure[m] */
    struct slice id, type, subject, tenant, service, office, channel, step, field, code, link,
        country, lang, device;
    int64_t time_ms, start_ms, recorded_ms;
    double value, minutes;
    struct slice dimension[EXTRA_DIMENSIONS_MAX];
    double measure[EXTRA_MEASURES_MAX];
};

/* Where an event keeps a field, and as what. */
enum field_form { FORM_TEXT, FORM_TIME, FORM_NUMBER };
struct field_place {
    enum field_form form;
    uint32_t offset; /* in struct event */
};
extern const struct field_place field_places[FIELD_COUNT];

static inline void *event_field(struct event *event, enum field field) {
    return (char *)event + field_places[field].offset;
}
static inline const struct slice *event_text(const struct event *event, enum field field) {
    return (const struct slice *)(const void *)((const char *)event + field_places[field].offset);
}
/* Where a field's text or time is kept; NULL for a field that is of another form. */
struct slice *event_text_field(struct event *event, enum field field);
int64_t *event_time_field(struct event *event, enum field field);

/* Why an event was refused; the text is the `code` of the answer. */
#define REJECT_LIST(X)                                                               \
    X(INVALID_JSON, "invalid_json") /* the line or element does not parse */         \
    X(NOT_AN_OBJECT, "not_an_object")                                                \
    X(INVALID_UTF8, "invalid_utf8")                                                  \
    X(UNKNOWN_FIELD, "unknown_field")                                                \
    X(DUPLICATE_FIELD, "duplicate_field")                                            \
    X(MISSING_FIELD, "missing_field")                                                \
    X(INVALID_FIELD, "invalid_field") /* wrong JSON type, or not the field's form */ \
    X(TOO_LONG, "too_long")                                                          \
    X(UNKNOWN_TYPE, "unknown_type")                                                  \
    X(INVALID_TIME, "invalid_time")                                                  \
    X(FUTURE_TIME, "future_time")                                                    \
    X(INVALID_TENANT, "invalid_tenant")                                              \
    X(FORBIDDEN_TENANT, "forbidden_tenant")                                          \
    X(PERSONAL_DATA, "personal_data")                                                \
    X(INVALID_CLOUDEVENT, "invalid_cloudevent")                                      \
    X(TOO_MANY_VALUES, "too_many_values") /* a dimension grows without bound */      \
    X(TOO_MANY_STEPS, "too_many_steps")   /* more form steps a service than allowed */

enum reject_code {
    REJECT_NONE,
#define X(name, text) REJECT_##name,
    REJECT_LIST(X)
#undef X
        REJECT_CODE_COUNT
};
const char *reject_text(enum reject_code code); /* static */

/* What is wrong with an event: the code, and the field or text that it is about. */
struct reject {
    enum reject_code code;
    char detail[80]; /* field name, or a short explanation; never the value of a personal field */
};

/* Checks one event against the event model: required fields by type, forms and lengths, time not in
 * the future, no personal data. Does not know about sources, tenants' rights or the store.
 * personal_data in dimensions is not looked for here but where a dimension's value is new
 * (batch_append), because it would be the same answer a million times.
 * now_ms: our clock. On success *type is set. */
bool event_validate(const struct event *event, int64_t now_ms, enum event_type *type,
                    struct reject *reject);
/* The same answer in fewer steps. known: set of fields whose text is one that a valid event had in
 * the same field; when `type` is among them, *type is given. */
bool event_validate_rest(const struct event *event, uint32_t known, int64_t now_ms,
                         enum event_type *type, struct reject *reject);

/* Notes the reason; `detail` is cut to fit, and what a terminal or a log could choke on is
 * replaced. A detail that looks like personal data is not repeated. */
void reject_set(struct reject *reject, enum reject_code code, const char *detail, size_t size);

/* True for text that looks like an e-mail address, a phone number or an IBAN (with a valid check
 * sum). `strict` is for dimensions: it searches anywhere in the text, and takes groups of digits
 * with a leading 0 for phone numbers (but no ARS). Without it, for ids and subjects, which are
 * often numbers, only + and 00 begin a phone number, and it or an IBAN is the whole text. */
bool event_text_is_personal(const char *text, size_t size, bool strict);

/* The primary subtag of a BCP 47 language tag: "de" of "de-DE". Size 0: no such tag (two or three
 * small letters, then nothing or subtags). */
struct slice event_lang_primary(struct slice lang);

#endif
