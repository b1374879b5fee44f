/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/event.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "base/utf8.h"

static const char *const fields[FIELD_COUNT + 1] = {
#define X(name, text) text,
    FIELD_LIST(X)
#undef X
        [FIELD_UNKNOWN] = "unknown",
};

const char *field_text(enum field field) {
    return fields[(unsigned)field < FIELD_COUNT ? field : FIELD_UNKNOWN];
}

/* Every field name fits into one word, and one multiplication sends each name to a slot of its own:
 * two names in one slot would not compile (-Woverride-init). */
#define WORD(a, b, c, d, e, f, g, h)                                                  \
    ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | \
     (uint64_t)(e) << 32 | (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)
#define ROW(field, ...) [FIELD_SLOT(WORD(__VA_ARGS__))] = {WORD(__VA_ARGS__), FIELD_##field}

const struct field_slot field_slots[FIELD_SLOTS] = {
    ROW(ID, 'i', 'd', 0, 0, 0, 0, 0, 0),
    ROW(TIME, 't', 'i', 'm', 'e', 0, 0, 0, 0),
    ROW(TYPE, 't', 'y', 'p', 'e', 0, 0, 0, 0),
    ROW(SUBJECT, 's', 'u', 'b', 'j', 'e', 'c', 't', 0),
    ROW(TENANT, 't', 'e', 'n', 'a', 'n', 't', 0, 0),
    ROW(SERVICE, 's', 'e', 'r', 'v', 'i', 'c', 'e', 0),
    ROW(OFFICE, 'o', 'f', 'f', 'i', 'c', 'e', 0, 0),
    ROW(CHANNEL, 'c', 'h', 'a', 'n', 'n', 'e', 'l', 0),
    ROW(STEP, 's', 't', 'e', 'p', 0, 0, 0, 0),
    ROW(FIELD, 'f', 'i', 'e', 'l', 'd', 0, 0, 0),
    ROW(CODE, 'c', 'o', 'd', 'e', 0, 0, 0, 0),
    ROW(START, 's', 't', 'a', 'r', 't', 0, 0, 0),
    ROW(LINK, 'l', 'i', 'n', 'k', 0, 0, 0, 0),
    ROW(COUNTRY, 'c', 'o', 'u', 'n', 't', 'r', 'y', 0),
    ROW(LANG, 'l', 'a', 'n', 'g', 0, 0, 0, 0),
    ROW(DEVICE, 'd', 'e', 'v', 'i', 'c', 'e', 0, 0),
    ROW(VALUE, 'v', 'a', 'l', 'u', 'e', 0, 0, 0),
    ROW(MINUTES, 'm', 'i', 'n', 'u', 't', 'e', 's', 0),
    ROW(RECORDED, 'r', 'e', 'c', 'o', 'r', 'd', 'e', 'd'),
};

/* Up to eight bytes, filled up with zeros, in two loads of fixed size. */
static uint64_t field_word(const char *text, size_t size) {
    uint64_t word = 0;
    if (size == 8) {
        memcpy(&word, text, 8);
    } else if (size >= 4 && size < 8) {
        uint32_t low, high;
        memcpy(&low, text, 4);
        memcpy(&high, text + size - 4, 4);
        word = low | (uint64_t)high << (8 * (size - 4));
    } else if (size < 4) {
        memcpy(&word, text, size);
    }
    return word;
}

enum field field_from_text(const char *text, size_t size) {
    uint64_t word = field_word(text, size);
    if (size == 0 || size > sizeof word) return FIELD_UNKNOWN;
    if (text[size - 1] == '\0' || field_slots[FIELD_SLOT(word)].word != word) return FIELD_UNKNOWN;
    return field_slots[FIELD_SLOT(word)].field;
}

const char *reject_text(enum reject_code code) {
    static const char *const texts[REJECT_CODE_COUNT] = {"none",
#define X(name, text) text,
                                                         REJECT_LIST(X)
#undef X
    };
    return texts[(unsigned)code < REJECT_CODE_COUNT ? code : REJECT_NONE];
}

void reject_set(struct reject *reject, enum reject_code code, const char *detail, size_t size) {
    reject->code = code;
    size_t kept = size < sizeof reject->detail - 1 ? size : sizeof reject->detail - 1;
    if (kept < size) { /* not in the middle of a character */
        while (kept > 0 && ((uint8_t)detail[kept] & 0xC0) == 0x80) kept--;
    }
    reject->detail[0] = '\0';
    if (event_text_is_personal(detail, size, true)) return;
    for (size_t at = 0; at < kept;) {
        size_t valid = utf8_valid_bytes(detail + at, kept - at);
        memcpy(reject->detail + at, detail + at, valid);
        at += valid;
        if (at < kept) reject->detail[at++] = '?';
    }
    for (size_t at = 0; at < kept; at++) {
        if ((uint8_t)reject->detail[at] < 0x20 || reject->detail[at] == 0x7F)
            reject->detail[at] = '?';
    }
    reject->detail[kept] = '\0';
}

/* Always false, so that noticing and returning are one line. */
static bool refuse(struct reject *reject, enum reject_code code, const char *detail) {
    reject->code = code;
    (void)snprintf(reject->detail, sizeof reject->detail, "%s", detail);
    return false;
}

static bool has(const struct event *event, enum field field) {
    return (event->given >> field & 1) != 0;
}

static bool has_text(const struct event *event, enum field field, struct slice text) {
    return has(event, field) && text.size > 0;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Tokens are replaced before they are stored, but a telephone number as a subject could be found
 * again by trying them all, so it is refused. */
static bool token_is_valid(const struct event *event, enum field field, struct slice text,
                           uint32_t bytes_max, struct reject *reject) {
    if (!has_text(event, field, text)) return true;
    if (text.size > bytes_max) return refuse(reject, REJECT_TOO_LONG, field_text(field));
    if (event_text_is_personal(text.bytes, text.size, false))
        return refuse(reject, REJECT_PERSONAL_DATA, field_text(field));
    return true;
}

static bool time_is_valid(const struct event *event, enum field field, int64_t utc_ms,
                          struct reject *reject) {
    if (!has(event, field)) return true;
    if (utc_ms < TIMESTAMP_MS_MIN || utc_ms > TIMESTAMP_MS_MAX)
        return refuse(reject, REJECT_INVALID_TIME, field_text(field));
    return true;
}

static bool times_are_valid(const struct event *event, int64_t now_ms, struct reject *reject) {
    if (!time_is_valid(event, FIELD_TIME, event->time_ms, reject) ||
        !time_is_valid(event, FIELD_START, event->start_ms, reject) ||
        !time_is_valid(event, FIELD_RECORDED, event->recorded_ms, reject))
        return false;
    if (event->time_ms > now_ms + EVENT_FUTURE_MS_MAX)
        return refuse(reject, REJECT_FUTURE_TIME, "time");
    return true;
}

/* ARS: twelve digits, the first two the number of the state. */
static bool tenant_is_valid(struct slice tenant) {
    if (tenant.size != 12) return false;
    for (uint32_t i = 0; i < tenant.size; i++) {
        if (!is_digit(tenant.bytes[i])) return false;
    }
    int state = (tenant.bytes[0] - '0') * 10 + (tenant.bytes[1] - '0');
    return state >= 1 && state <= 16;
}

/* A LeiKa key (14 digits) has the form of a local key too. */
static bool service_is_valid(struct slice service) {
    for (uint32_t i = 0; i < service.size; i++) {
        char c = service.bytes[i];
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}

static bool country_is_valid(struct slice country) {
    return country.size == 2 && country.bytes[0] >= 'A' && country.bytes[0] <= 'Z' &&
           country.bytes[1] >= 'A' && country.bytes[1] <= 'Z';
}

struct slice event_lang_primary(struct slice lang) {
    uint32_t size = 0;
    while (size < lang.size && lang.bytes[size] >= 'a' && lang.bytes[size] <= 'z') size++;
    if (size < 2 || size > 3) return (struct slice){lang.bytes, 0};
    for (uint32_t i = size; i < lang.size; i++) {
        char c = lang.bytes[i];
        bool separator = c == '-' || c == '_';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
        if (i == size ? !separator : !separator && !letter) return (struct slice){lang.bytes, 0};
    }
    return (struct slice){lang.bytes, size};
}

static bool text_fits(const struct event *event, enum field field, struct slice text,
                      struct reject *reject) {
    if (!has(event, field) || text.size <= EVENT_TEXT_BYTES_MAX) return true;
    return refuse(reject, REJECT_TOO_LONG, field_text(field));
}

/* What texts_are_valid looks at. */
#define JUDGED_TEXTS                                                                   \
    (1u << FIELD_SERVICE | 1u << FIELD_OFFICE | 1u << FIELD_STEP | 1u << FIELD_FIELD | \
     1u << FIELD_CODE | 1u << FIELD_LANG | 1u << FIELD_CHANNEL | 1u << FIELD_DEVICE |  \
     1u << FIELD_COUNTRY)

static bool texts_are_valid(const struct event *event, struct reject *reject) {
    if (!text_fits(event, FIELD_SERVICE, event->service, reject) ||
        !text_fits(event, FIELD_OFFICE, event->office, reject) ||
        !text_fits(event, FIELD_STEP, event->step, reject) ||
        !text_fits(event, FIELD_FIELD, event->field, reject) ||
        !text_fits(event, FIELD_CODE, event->code, reject) ||
        !text_fits(event, FIELD_LANG, event->lang, reject))
        return false;
    if (has(event, FIELD_SERVICE) && !service_is_valid(event->service))
        return refuse(reject, REJECT_INVALID_FIELD, "service");
    if (has_text(event, FIELD_CHANNEL, event->channel) &&
        channel_from_text(event->channel.bytes, event->channel.size) == CHANNEL_ABSENT)
        return refuse(reject, REJECT_INVALID_FIELD, "channel");
    if (has_text(event, FIELD_DEVICE, event->device) &&
        device_from_text(event->device.bytes, event->device.size) == DEVICE_ABSENT)
        return refuse(reject, REJECT_INVALID_FIELD, "device");
    if (has_text(event, FIELD_COUNTRY, event->country) && !country_is_valid(event->country))
        return refuse(reject, REJECT_INVALID_FIELD, "country");
    if (has_text(event, FIELD_LANG, event->lang) && event_lang_primary(event->lang).size == 0)
        return refuse(reject, REJECT_INVALID_FIELD, "lang");
    return true;
}

static bool extras_are_valid(const struct event *event, struct reject *reject) {
    for (uint32_t left = event->given_extras; left != 0; left &= left - 1) {
        unsigned slot = (unsigned)__builtin_ctz(left);
        enum column column = (enum column)(COLUMN_DIMENSION_0 + (int)slot);
        if (slot < EXTRA_DIMENSIONS_MAX) {
            if (event->dimension[slot].size > EVENT_TEXT_BYTES_MAX)
                return refuse(reject, REJECT_TOO_LONG, column_text(column));
        } else if (!isfinite(event->measure[slot - EXTRA_DIMENSIONS_MAX])) {
            return refuse(reject, REJECT_INVALID_FIELD, column_text(column));
        }
    }
    return true;
}

static bool numbers_are_valid(const struct event *event, enum event_type type,
                              struct reject *reject) {
    if (has(event, FIELD_VALUE)) {
        if (!isfinite(event->value)) return refuse(reject, REJECT_INVALID_FIELD, "value");
        if (type == TYPE_FEEDBACK_RATED && !(event->value >= 1 && event->value <= 5))
            return refuse(reject, REJECT_INVALID_FIELD, "value");
    }
    if (has(event, FIELD_MINUTES) && !(event->minutes >= 0 && event->minutes <= EVENT_MINUTES_MAX))
        return refuse(reject, REJECT_INVALID_FIELD, "minutes");
    return true;
}

/* What the type requires, and a subject only where the type has a purpose: a pseudonym needs one.
 */
static bool required_are_given(const struct event *event, enum event_type type,
                               struct reject *reject) {
    unsigned requires_ = type_requires(type);
    bool subject = has_text(event, FIELD_SUBJECT, event->subject);
    if ((requires_ & REQUIRES_SUBJECT) != 0 && !subject)
        return refuse(reject, REJECT_MISSING_FIELD, "subject");
    if (subject && type_purpose(type) == PURPOSE_NONE)
        return refuse(reject, REJECT_INVALID_FIELD, "subject");
    if ((requires_ & REQUIRES_SERVICE) != 0 && !has_text(event, FIELD_SERVICE, event->service))
        return refuse(reject, REJECT_MISSING_FIELD, "service");
    if ((requires_ & REQUIRES_STEP) != 0 && !has_text(event, FIELD_STEP, event->step))
        return refuse(reject, REJECT_MISSING_FIELD, "step");
    if ((requires_ & REQUIRES_START) != 0 && !has(event, FIELD_START))
        return refuse(reject, REJECT_MISSING_FIELD, "start");
    if ((requires_ & REQUIRES_VALUE) != 0 && !has(event, FIELD_VALUE))
        return refuse(reject, REJECT_MISSING_FIELD, "value");
    if ((requires_ & REQUIRES_CODE) != 0 && !has_text(event, FIELD_CODE, event->code))
        return refuse(reject, REJECT_MISSING_FIELD, "code");
    return true;
}

bool event_validate_rest(const struct event *event, uint32_t known, int64_t now_ms,
                         enum event_type *type, struct reject *reject) {
    if (!has_text(event, FIELD_ID, event->id)) return refuse(reject, REJECT_MISSING_FIELD, "id");
    if (!token_is_valid(event, FIELD_ID, event->id, EVENT_ID_BYTES_MAX, reject)) return false;
    if ((known & 1u << FIELD_TYPE) == 0) {
        if (!has_text(event, FIELD_TYPE, event->type))
            return refuse(reject, REJECT_MISSING_FIELD, "type");
        *type = type_from_text(event->type.bytes, event->type.size);
        if (*type == TYPE_UNKNOWN) {
            reject_set(reject, REJECT_UNKNOWN_TYPE, event->type.bytes, event->type.size);
            return false;
        }
    }
    if (!has(event, FIELD_TIME)) return refuse(reject, REJECT_MISSING_FIELD, "time");
    if (!times_are_valid(event, now_ms, reject)) return false;
    if ((known & 1u << FIELD_TENANT) == 0 && has_text(event, FIELD_TENANT, event->tenant) &&
        !tenant_is_valid(event->tenant))
        return refuse(reject, REJECT_INVALID_TENANT, "tenant");
    return token_is_valid(event, FIELD_SUBJECT, event->subject, EVENT_TOKEN_BYTES_MAX, reject) &&
           token_is_valid(event, FIELD_LINK, event->link, EVENT_TOKEN_BYTES_MAX, reject) &&
           ((event->given & JUDGED_TEXTS & ~known) == 0 || texts_are_valid(event, reject)) &&
           numbers_are_valid(event, *type, reject) &&
           (event->given_extras == 0 || extras_are_valid(event, reject)) &&
           required_are_given(event, *type, reject);
}

bool event_validate(const struct event *event, int64_t now_ms, enum event_type *type,
                    struct reject *reject) {
    return event_validate_rest(event, 0, now_ms, type, reject);
}

const struct field_place field_places[FIELD_COUNT] = {
#define PLACE(field, form, member) [FIELD_##field] = {FORM_##form, offsetof(struct event, member)}
    PLACE(ID, TEXT, id),
    PLACE(TIME, TIME, time_ms),
    PLACE(TYPE, TEXT, type),
    PLACE(SUBJECT, TEXT, subject),
    PLACE(TENANT, TEXT, tenant),
    PLACE(SERVICE, TEXT, service),
    PLACE(OFFICE, TEXT, office),
    PLACE(CHANNEL, TEXT, channel),
    PLACE(STEP, TEXT, step),
    PLACE(FIELD, TEXT, field),
    PLACE(CODE, TEXT, code),
    PLACE(START, TIME, start_ms),
    PLACE(LINK, TEXT, link),
    PLACE(COUNTRY, TEXT, country),
    PLACE(LANG, TEXT, lang),
    PLACE(DEVICE, TEXT, device),
    PLACE(VALUE, NUMBER, value),
    PLACE(MINUTES, NUMBER, minutes),
    PLACE(RECORDED, TIME, recorded_ms),
#undef PLACE
};

struct slice *event_text_field(struct event *event, enum field field) {
    if ((unsigned)field >= FIELD_COUNT || field_places[field].form != FORM_TEXT) return NULL;
    return event_field(event, field);
}

int64_t *event_time_field(struct event *event, enum field field) {
    if ((unsigned)field >= FIELD_COUNT || field_places[field].form != FORM_TIME) return NULL;
    return event_field(event, field);
}
