/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/event_cursor.h"

#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "ingest/byte_scan.h"

/* --- texts -------------------------------------------------------------------------------- */

static bool read_hex4(struct cursor *cursor, uint32_t *unit) {
    *unit = 0;
    for (int i = 0; i < 4; i++, cursor->at++) {
        if (cursor->at >= cursor->end) return false;
        char c = *cursor->at;
        uint32_t digit;
        if (c >= '0' && c <= '9') {
            digit = (uint32_t)(c - '0');
        } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
            digit = (uint32_t)((c | 0x20) - 'a') + 10;
        } else {
            return false;
        }
        *unit = *unit << 4 | digit;
    }
    return true;
}

/* After "\u": one unit, or a pair of surrogates. Half a pair is no character, and NUL is none that
 * any text needs. */
static bool read_code_point(struct cursor *cursor, uint32_t *code) {
    uint32_t low;
    if (!read_hex4(cursor, code) || *code == 0) return false;
    if (*code < 0xD800 || *code > 0xDFFF) return true;
    if (*code > 0xDBFF || !cursor_take(cursor, '\\') || !cursor_take(cursor, 'u') ||
        !read_hex4(cursor, &low))
        return false;
    if (low < 0xDC00 || low > 0xDFFF) return false;
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

static uint32_t encode_utf8(uint32_t code, char *out) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    uint32_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (uint32_t i = size - 1; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)((size == 2 ? 0xC0 : size == 3 ? 0xE0 : 0xF0) | code);
    return size;
}

/* After the backslash. */
static bool read_escape(struct cursor *cursor, char *out, uint32_t *size) {
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (cursor->at >= cursor->end) return false;
    const char *letter = *cursor->at == '\0' ? NULL : strchr(letters, *cursor->at);
    if (letter != NULL) {
        cursor->at++;
        out[0] = meanings[letter - letters];
        *size = 1;
        return true;
    }
    uint32_t code;
    if (!cursor_take(cursor, 'u') || !read_code_point(cursor, &code)) return false;
    *size = encode_utf8(code, out);
    return true;
}

/* A text with escapes, from its first byte on. Pieces are appended to the scratch; what has no room
 * there is only checked. */
static bool read_escaped_text(struct cursor *cursor, bool keep, struct value *value) {
    struct event_draft *draft = cursor->draft;
    uint32_t begin = draft->scratch_bytes, used = begin;
    for (;;) {
        const char *piece = cursor->at;
        cursor->at = scan_text(cursor->at, cursor->end, cursor->readable);
        size_t size = (size_t)(cursor->at - piece);
        char escaped[4];
        if (size > 0) {
            if (size > DECODE_SCRATCH_BYTES - used) value->too_long = true;
            if (keep && !value->too_long) {
                memcpy(draft->scratch + used, piece, size);
                used += (uint32_t)size;
            }
        } else if (cursor_take(cursor, '"')) {
            break;
        } else {
            uint32_t bytes;
            if (!cursor_take(cursor, '\\') || !read_escape(cursor, escaped, &bytes)) return false;
            if (bytes > DECODE_SCRATCH_BYTES - used) value->too_long = true;
            if (keep && !value->too_long) {
                memcpy(draft->scratch + used, escaped, bytes);
                used += bytes;
            }
        }
    }
    value->text = (struct slice){draft->scratch + begin, value->too_long ? 0 : used - begin};
    if (!value->too_long) draft->scratch_bytes = used;
    return true;
}

/* After the opening quote. Without escapes the text is a piece of the line itself. */
bool cursor_text(struct cursor *cursor, bool keep, struct value *value) {
    const char *begin = cursor->at;
    const char *stop = scan_text(begin, cursor->end, cursor->readable);
    value->kind = JSON_TEXT;
    value->too_long = false;
    if (stop >= cursor->end) {
        cursor->at = cursor->end;
        return false;
    }
    if (*stop == '"') {
        value->text = (struct slice){begin, (uint32_t)(stop - begin)};
        value->too_long = stop - begin > UINT32_MAX;
        cursor->at = stop + 1;
        return true;
    }
    return read_escaped_text(cursor, keep, value);
}

/* --- numbers ------------------------------------------------------------------------------ */

static inline bool at_digit(const struct cursor *cursor) {
    return cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9';
}

/* Reads digits into the mantissa as long as it is exact; returns how many there were. */
static inline int read_digits(struct cursor *cursor, uint64_t *mantissa, bool *exact) {
    const char *begin = cursor->at;
    for (; at_digit(cursor); cursor->at++) {
        if (*mantissa >= UINT64_MAX / 10 - 1) *exact = false;
        if (*exact) *mantissa = *mantissa * 10 + (uint64_t)(*cursor->at - '0');
    }
    return cursor->at - begin > JSON_NUMBER_BYTES_MAX ? JSON_NUMBER_BYTES_MAX + 1
                                                      : (int)(cursor->at - begin);
}

static bool read_exponent(struct cursor *cursor, int *exponent) {
    bool negative = false;
    if (!cursor_take(cursor, '+')) negative = cursor_take(cursor, '-');
    if (!at_digit(cursor)) return false;
    int written = 0;
    for (; at_digit(cursor); cursor->at++) {
        if (written < 10000) written = written * 10 + (*cursor->at - '0');
    }
    *exponent += negative ? -written : written;
    return true;
}

/* A mantissa below 2^53 times or over a power of ten up to 10^22, both exact as doubles, rounds
 * once, and so correctly; all other numbers are left to strtod. */
static double number_of(const char *text, uint64_t mantissa, int exponent, bool exact,
                        bool negative) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (!exact || mantissa > (UINT64_C(1) << 53) || exponent < -22 || exponent > 22)
        return strtod(text, NULL);
    double number = (double)mantissa;
    number = exponent < 0 ? number / powers[-exponent] : number * powers[exponent];
    return negative ? -number : number;
}

bool cursor_number(struct cursor *cursor, struct value *value) {
    const char *begin = cursor->at;
    value->kind = JSON_NUMBER;
    bool negative = cursor_take(cursor, '-'), exact = true;
    uint64_t mantissa = 0;
    int exponent = 0;
    const char *first = cursor->at;
    int digits = read_digits(cursor, &mantissa, &exact);
    if (digits == 0 || (digits > 1 && *first == '0')) return false;
    if (cursor_take(cursor, '.')) {
        exponent = -read_digits(cursor, &mantissa, &exact);
        if (exponent == 0) return false;
    }
    if ((cursor_take(cursor, 'e') || cursor_take(cursor, 'E')) && !read_exponent(cursor, &exponent))
        return false;
    if (cursor->at - begin > JSON_NUMBER_BYTES_MAX) return false;
    /* strtod needs a byte behind the number; where there is none, no object is closed either. */
    value->number =
        cursor->at < cursor->end ? number_of(begin, mantissa, exponent, exact, negative) : 0;
    return true;
}

/* --- values ------------------------------------------------------------------------------- */

static bool read_word(struct cursor *cursor, const char *word, enum json_kind kind,
                      struct value *value) {
    value->kind = kind;
    for (; *word != '\0'; word++) {
        if (!cursor_take(cursor, *word)) return false;
    }
    return true;
}

static bool read_scalar(struct cursor *cursor, bool keep, struct value *value) {
    if (cursor->at >= cursor->end) return false;
    switch (*cursor->at) {
        case '"': cursor->at++; return cursor_text(cursor, keep, value);
        case 'n': return read_word(cursor, "null", JSON_NULL, value);
        case 't': return read_word(cursor, "true", JSON_BOOLEAN, value);
        case 'f': return read_word(cursor, "false", JSON_BOOLEAN, value);
        default: return cursor_number(cursor, value);
    }
}

static bool read_name(struct cursor *cursor, bool keep, struct value *name) {
    cursor_skip_space(cursor);
    if (!cursor_take(cursor, '"') || !cursor_text(cursor, keep, name)) return false;
    cursor_skip_space(cursor);
    if (!cursor_take(cursor, ':')) return false;
    cursor_skip_space(cursor);
    return true;
}

bool cursor_name(struct cursor *cursor, struct value *name) {
    return read_name(cursor, true, name);
}

static bool skip_name(struct cursor *cursor) {
    struct value name;
    return read_name(cursor, false, &name);
}

/* Checks an array or object to its end, without recursion: bit d says whether the container at
 * depth d is an object. `outer` containers are open around it. */
bool cursor_skip_container(struct cursor *cursor, unsigned outer) {
    uint64_t objects = 0;
    unsigned depth = 0; /* containers open in here */
    do {
        cursor_skip_space(cursor);
        bool opens = cursor->at < cursor->end && (*cursor->at == '{' || *cursor->at == '[');
        if (opens) {
            if (outer + depth == JSON_DEPTH_MAX) return false;
            bool object = *cursor->at++ == '{';
            objects = object ? objects | UINT64_C(1) << depth : objects & ~(UINT64_C(1) << depth);
            depth++;
            cursor_skip_space(cursor);
            if (!cursor_take(cursor, object ? '}' : ']')) {
                if (object && !skip_name(cursor)) return false;
                continue;
            }
            depth--;
        } else {
            struct value ignored;
            if (!read_scalar(cursor, false, &ignored)) return false;
        }
        for (; depth > 0; depth--) { /* behind a value: the next one, or the end of containers */
            bool object = (objects >> (depth - 1) & 1) != 0;
            cursor_skip_space(cursor);
            if (cursor_take(cursor, ',')) {
                if (object && !skip_name(cursor)) return false;
                break;
            }
            if (!cursor_take(cursor, object ? '}' : ']')) return false;
        }
    } while (depth > 0);
    return true;
}

bool cursor_value(struct cursor *cursor, bool keep, struct value *value) {
    if (cursor_take(cursor, '"')) return cursor_text(cursor, keep, value);
    if (cursor->at < cursor->end && (*cursor->at == '{' || *cursor->at == '[')) {
        value->kind = JSON_OBJECT; /* or an array: neither belongs into an event */
        return cursor_skip_container(cursor, cursor->outer);
    }
    return read_scalar(cursor, keep, value);
}

/* --- times -------------------------------------------------------------------------------- */

/* Two digits, or a number above 99. */
static inline unsigned two_digits(const char *at) {
    unsigned tens = (unsigned)(uint8_t)at[0] - '0', ones = (unsigned)(uint8_t)at[1] - '0';
    return tens <= 9 && ones <= 9 ? tens * 10 + ones : 1000;
}

/* "2026-10-31": most often the day of the event before. */
static inline bool read_day(struct usual_day *day, const char *text) {
    uint64_t year_and_month;
    uint16_t of_month;
    memcpy(&year_and_month, text, sizeof year_and_month);
    memcpy(&of_month, text + sizeof year_and_month, sizeof of_month);
    if (day->year_and_month == year_and_month && day->of_month == of_month) return true;
    unsigned year = two_digits(text) * 100 + two_digits(text + 2);
    unsigned month = two_digits(text + 5), number = two_digits(text + 8);
    if (year - 1 > 9998 || two_digits(text + 2) > 99 || month - 1 > 11 || text[4] != '-' ||
        text[7] != '-' || number == 0 ||
        number > (unsigned)timestamp_days_in_month((int)year, (int)month))
        return false;
    *day = (struct usual_day){
        .year_and_month = year_and_month,
        .of_month = of_month,
        .utc_ms = timestamp_days_from_civil((int)year, (int)month, (int)number) * 86400000};
    return true;
}

/* "23:59:59", its eight bytes at once. */
static inline bool read_clock(const char *text, int64_t *ms) {
    uint64_t bytes;
    memcpy(&bytes, text, sizeof bytes);
    bytes ^= UINT64_C(0x30303A30303A3030); /* digits become their values, colons zero */
    /* A byte that is more than its largest value (nine; zero) reaches its highest bit. */
    if (((bytes | (bytes + UINT64_C(0x76767F76767F7676))) & UINT64_C(0x8080808080808080)) != 0)
        return false;
    bytes = bytes * 10 + (bytes >> 8); /* tens and ones together in the bytes 0, 3 and 6 */
    unsigned hour = bytes & 0xFF, minute = bytes >> 24 & 0xFF, second = bytes >> 48 & 0xFF;
    *ms = ((int64_t)(hour * 60 + minute) * 60 + second) * 1000;
    return hour <= 23 && minute <= 59 && second <= 59;
}

/* "2026-10-31T23:00:00" with nothing, or three digits of a fraction, then Z or an offset of
 * minutes: what programs write. Everything else that timestamp_parse knows is left to it. */
bool usual_time_parse(struct usual_day *day, const char *text, size_t size, int64_t *utc_ms) {
    int64_t clock_ms;
    if (size < 20 || text[10] != 'T' || !read_day(day, text) || !read_clock(text + 11, &clock_ms))
        return false;
    *utc_ms = day->utc_ms + clock_ms;
    const char *zone = text + 19, *end = text + size;
    if (*zone == '.') {
        if (size < 24) return false;
        unsigned hundredths = two_digits(text + 20), last = (unsigned)(uint8_t)text[22] - '0';
        if (hundredths > 99 || last > 9) return false;
        *utc_ms += hundredths * 10 + last;
        zone = text + 23;
    }
    if (end - zone == 1) return *zone == 'Z';
    if (end - zone != 6 || (*zone != '+' && *zone != '-') || zone[3] != ':') return false;
    unsigned hours = two_digits(zone + 1), minutes = two_digits(zone + 4);
    if (hours > 23 || minutes > 59) return false;
    *utc_ms -= (int64_t)(hours * 60 + minutes) * 60000 * (*zone == '+' ? 1 : -1);
    return true;
}

/* --- members ------------------------------------------------------------------------------ */

/* The first fault of a line stays. */
static void fault(struct event_draft *draft, enum reject_code code, const char *detail,
                  size_t size) {
    if (draft->reject.code == REJECT_NONE) reject_set(&draft->reject, code, detail, size);
}

static void fault_field(struct event_draft *draft, enum reject_code code, enum field field) {
    fault(draft, code, field_text(field), strlen(field_text(field)));
}

static void assign_text(struct event_draft *draft, enum field field, const struct value *value) {
    if (value->kind != JSON_TEXT) {
        fault_field(draft, REJECT_INVALID_FIELD, field);
    } else if (value->too_long) {
        fault_field(draft, REJECT_TOO_LONG, field);
    } else {
        struct slice *text = event_field(&draft->event, field);
        text->bytes = value->text.bytes; /* one by one: a copy of both would wait for both stores */
        text->size = value->text.size;
        draft->event.given |= 1u << field;
    }
}

static void assign_time(struct event_draft *draft, enum field field, const struct value *value) {
    int64_t utc_ms;
    if (value->kind == JSON_TEXT) {
        if (value->text.size == 0 && !value->too_long) return;
        if (value->too_long ||
            (!usual_time_parse(&draft->day, value->text.bytes, value->text.size, &utc_ms) &&
             !timestamp_parse(value->text.bytes, value->text.size, &utc_ms))) {
            fault_field(draft, REJECT_INVALID_TIME, field);
            return;
        }
    } else if (value->kind == JSON_NUMBER) {
        if (!number_is_whole(value->number)) {
            fault_field(draft, REJECT_INVALID_TIME, field);
            return;
        }
        utc_ms = (int64_t)value->number;
    } else {
        fault_field(draft, REJECT_INVALID_FIELD, field);
        return;
    }
    *(int64_t *)event_field(&draft->event, field) = utc_ms;
    draft->event.given |= 1u << field;
}

static void assign_number(struct event_draft *draft, enum field field, const struct value *value) {
    if (value->kind != JSON_NUMBER) {
        fault_field(draft, REJECT_INVALID_FIELD, field);
        return;
    }
    *(double *)event_field(&draft->event, field) = value->number;
    draft->event.given |= 1u << field;
}

bool cursor_field(struct cursor *cursor, enum field field) {
    struct value value;
    enum field_form form = field_places[field].form;
    if (!cursor_value(cursor, form != FORM_NUMBER, &value)) return false;
    if ((cursor->seen >> field & 1) != 0) {
        fault_field(cursor->draft, REJECT_DUPLICATE_FIELD, field);
        return true;
    }
    cursor->seen |= 1u << field;
    if (value.kind == JSON_NULL) return true;
    if (form == FORM_TEXT) {
        assign_text(cursor->draft, field, &value);
    } else if (form == FORM_TIME) {
        assign_time(cursor->draft, field, &value);
    } else {
        assign_number(cursor->draft, field, &value);
    }
    return true;
}

static void assign_extra(struct cursor *cursor, int slot, struct slice name,
                         const struct value *value) {
    struct event_draft *draft = cursor->draft;
    enum json_kind kind = slot < EXTRA_DIMENSIONS_MAX ? JSON_TEXT : JSON_NUMBER;
    if ((cursor->seen_extras >> slot & 1) != 0) {
        fault(draft, REJECT_DUPLICATE_FIELD, name.bytes, name.size);
        return;
    }
    cursor->seen_extras |= 1u << slot;
    if (value->kind == JSON_NULL) return;
    if (value->kind != kind) {
        fault(draft, REJECT_INVALID_FIELD, name.bytes, name.size);
        return;
    }
    if (kind == JSON_NUMBER) {
        draft->event.measure[slot - EXTRA_DIMENSIONS_MAX] = value->number;
    } else if (value->too_long) {
        fault(draft, REJECT_TOO_LONG, name.bytes, name.size);
        return;
    } else {
        draft->event.dimension[slot] = value->text;
    }
    draft->event.given_extras |= 1u << slot;
}

/* A name that is no field of the event model: an extra one of the tenant, or unknown. */
bool cursor_other(struct cursor *cursor, struct slice name) {
    const struct admission *admission = cursor->admission;
    struct event_draft *draft = cursor->draft;
    struct slice tenant = cursor->tenant;
    bool in_doubt = false;
    if (admission->extras_count > 0 && !cursor->tenant_is_known) {
        in_doubt = (cursor->seen >> FIELD_TENANT & 1) == 0;
        if ((draft->event.given >> FIELD_TENANT & 1) != 0) tenant = draft->event.tenant;
    }
    int slot = in_doubt
                   ? -1
                   : admission_extra(admission, tenant.bytes, tenant.size, name.bytes, name.size);
    struct value value;
    if (!cursor_value(cursor, slot >= 0, &value)) return false;
    if (in_doubt) {
        cursor->tenant_is_needed = true;
    } else if (slot >= 0) {
        assign_extra(cursor, slot, name, &value);
    } else if (admission_drops_unknown(admission)) {
        draft->dropped_fields++;
    } else {
        fault(draft, REJECT_UNKNOWN_FIELD, name.bytes, name.size);
    }
    return true;
}

/* One member, from its first quote on. */
static bool read_named_member(struct cursor *cursor) {
    struct value name;
    if (!cursor_name(cursor, &name)) return false;
    enum field field = field_from_text(name.text.bytes, name.text.size);
    return field < FIELD_COUNT ? cursor_field(cursor, field) : cursor_other(cursor, name.text);
}

bool cursor_members(struct cursor *cursor) {
    cursor_skip_space(cursor);
    if (cursor_take(cursor, '}')) return true;
    do {
        if (!read_named_member(cursor)) return false;
        cursor_skip_space(cursor);
    } while (cursor_take(cursor, ','));
    return cursor_take(cursor, '}');
}
