/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/decode_ndjson.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "ingest/byte_scan.h"

#define WHOLE_MAX 9007199254740992.0 /* 2^53: whole numbers up to here are exact */

/* A cursor over one line. Every read_ function returns false where the line is no JSON and leaves
 * `at` on the byte that is at fault. */
struct cursor {
    const char *at, *end;
    const char *readable; /* end of the body: see scan_text */
    struct ndjson_line *line;
    const struct admission *admission;
    struct slice tenant;   /* for extra fields: that of the line, when it is known */
    bool tenant_is_known;  /* the second time over a line */
    bool tenant_is_needed; /* an unknown field came before the tenant */
    uint32_t seen;         /* bit per field whose name has come, also with null */
    uint32_t seen_extras;
};

struct value {
    enum json_kind kind;
    struct slice text; /* of JSON_TEXT that is kept; in a scratch when it had escapes */
    double number;
    bool too_long; /* no room in the scratch */
};

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline void skip_space(struct cursor *cursor) {
    while (cursor->at < cursor->end && *cursor->at <= ' ' && is_space(*cursor->at)) cursor->at++;
}

static inline bool take(struct cursor *cursor, char c) {
    if (cursor->at >= cursor->end || *cursor->at != c) return false;
    cursor->at++;
    return true;
}

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
    if (*code > 0xDBFF || !take(cursor, '\\') || !take(cursor, 'u') || !read_hex4(cursor, &low))
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
    if (!take(cursor, 'u') || !read_code_point(cursor, &code)) return false;
    *size = encode_utf8(code, out);
    return true;
}

/* A text with escapes, from its first byte on. Pieces are appended to the scratch; what has no room
 * there is only checked. */
static bool read_escaped_text(struct cursor *cursor, bool keep, struct value *value) {
    struct ndjson_line *line = cursor->line;
    uint32_t begin = line->scratch_bytes, used = begin;
    for (;;) {
        const char *piece = cursor->at;
        cursor->at = scan_text(cursor->at, cursor->end, cursor->readable);
        size_t size = (size_t)(cursor->at - piece);
        char escaped[4];
        if (size > 0) {
            if (size > DECODE_SCRATCH_BYTES - used) value->too_long = true;
            if (keep && !value->too_long) {
                memcpy(line->scratch + used, piece, size);
                used += (uint32_t)size;
            }
        } else if (take(cursor, '"')) {
            break;
        } else {
            uint32_t bytes;
            if (!take(cursor, '\\') || !read_escape(cursor, escaped, &bytes)) return false;
            if (bytes > DECODE_SCRATCH_BYTES - used) value->too_long = true;
            if (keep && !value->too_long) {
                memcpy(line->scratch + used, escaped, bytes);
                used += bytes;
            }
        }
    }
    value->text = (struct slice){line->scratch + begin, value->too_long ? 0 : used - begin};
    if (!value->too_long) line->scratch_bytes = used;
    return true;
}

/* After the opening quote. Without escapes the text is a piece of the line itself. */
static inline bool read_text(struct cursor *cursor, bool keep, struct value *value) {
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
    if (!take(cursor, '+')) negative = take(cursor, '-');
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

static bool read_number(struct cursor *cursor, struct value *value) {
    const char *begin = cursor->at;
    value->kind = JSON_NUMBER;
    bool negative = take(cursor, '-'), exact = true;
    uint64_t mantissa = 0;
    int exponent = 0;
    const char *first = cursor->at;
    int digits = read_digits(cursor, &mantissa, &exact);
    if (digits == 0 || (digits > 1 && *first == '0')) return false;
    if (take(cursor, '.')) {
        exponent = -read_digits(cursor, &mantissa, &exact);
        if (exponent == 0) return false;
    }
    if ((take(cursor, 'e') || take(cursor, 'E')) && !read_exponent(cursor, &exponent)) return false;
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
        if (!take(cursor, *word)) return false;
    }
    return true;
}

static bool read_scalar(struct cursor *cursor, bool keep, struct value *value) {
    if (cursor->at >= cursor->end) return false;
    switch (*cursor->at) {
        case '"': cursor->at++; return read_text(cursor, keep, value);
        case 'n': return read_word(cursor, "null", JSON_NULL, value);
        case 't': return read_word(cursor, "true", JSON_BOOLEAN, value);
        case 'f': return read_word(cursor, "false", JSON_BOOLEAN, value);
        default: return read_number(cursor, value);
    }
}

static bool skip_name(struct cursor *cursor) {
    struct value name;
    skip_space(cursor);
    if (!take(cursor, '"') || !read_text(cursor, false, &name)) return false;
    skip_space(cursor);
    return take(cursor, ':');
}

/* Checks an array or object to its end, without recursion: bit d says whether the container at
 * depth d is an object. `outer` containers are open around it. */
static bool skip_container(struct cursor *cursor, unsigned outer) {
    uint64_t objects = 0;
    unsigned depth = 0; /* containers open in here */
    do {
        skip_space(cursor);
        bool opens = cursor->at < cursor->end && (*cursor->at == '{' || *cursor->at == '[');
        if (opens) {
            if (outer + depth == JSON_DEPTH_MAX) return false;
            bool object = *cursor->at++ == '{';
            objects = object ? objects | UINT64_C(1) << depth : objects & ~(UINT64_C(1) << depth);
            depth++;
            skip_space(cursor);
            if (!take(cursor, object ? '}' : ']')) {
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
            skip_space(cursor);
            if (take(cursor, ',')) {
                if (object && !skip_name(cursor)) return false;
                break;
            }
            if (!take(cursor, object ? '}' : ']')) return false;
        }
    } while (depth > 0);
    return true;
}

static inline bool read_value(struct cursor *cursor, bool keep, struct value *value) {
    if (take(cursor, '"')) return read_text(cursor, keep, value);
    if (cursor->at < cursor->end && (*cursor->at == '{' || *cursor->at == '[')) {
        value->kind = JSON_OBJECT; /* or an array: neither belongs into an event */
        return skip_container(cursor, 1);
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
static inline bool read_day(struct ndjson_day *day, const char *text) {
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
    *day = (struct ndjson_day){
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
static bool parse_usual_time(struct ndjson_day *day, const char *text, size_t size,
                             int64_t *utc_ms) {
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
static void fault(struct ndjson_line *line, enum reject_code code, const char *detail,
                  size_t size) {
    if (line->reject.code == REJECT_NONE) reject_set(&line->reject, code, detail, size);
}

static void fault_field(struct ndjson_line *line, enum reject_code code, enum field field) {
    fault(line, code, field_text(field), strlen(field_text(field)));
}

static void assign_text(struct ndjson_line *line, enum field field, const struct value *value) {
    if (value->kind != JSON_TEXT) {
        fault_field(line, REJECT_INVALID_FIELD, field);
    } else if (value->too_long) {
        fault_field(line, REJECT_TOO_LONG, field);
    } else {
        struct slice *text = event_field(&line->event, field);
        text->bytes = value->text.bytes; /* one by one: a copy of both would wait for both stores */
        text->size = value->text.size;
        line->event.given |= 1u << field;
    }
}

static inline bool is_whole(double number) {
    return fabs(number) <= WHOLE_MAX && number == trunc(number);
}

static void assign_time(struct ndjson_line *line, enum field field, const struct value *value) {
    int64_t utc_ms;
    if (value->kind == JSON_TEXT) {
        if (value->text.size == 0 && !value->too_long) return;
        if (value->too_long ||
            (!parse_usual_time(&line->day, value->text.bytes, value->text.size, &utc_ms) &&
             !timestamp_parse(value->text.bytes, value->text.size, &utc_ms))) {
            fault_field(line, REJECT_INVALID_TIME, field);
            return;
        }
    } else if (value->kind == JSON_NUMBER) {
        if (!is_whole(value->number)) {
            fault_field(line, REJECT_INVALID_TIME, field);
            return;
        }
        utc_ms = (int64_t)value->number;
    } else {
        fault_field(line, REJECT_INVALID_FIELD, field);
        return;
    }
    *(int64_t *)event_field(&line->event, field) = utc_ms;
    line->event.given |= 1u << field;
}

static void assign_number(struct ndjson_line *line, enum field field, const struct value *value) {
    if (value->kind != JSON_NUMBER) {
        fault_field(line, REJECT_INVALID_FIELD, field);
        return;
    }
    *(double *)event_field(&line->event, field) = value->number;
    line->event.given |= 1u << field;
}

static bool read_member(struct cursor *cursor, enum field field) {
    struct value value;
    enum field_form form = field_places[field].form;
    if (!read_value(cursor, form != FORM_NUMBER, &value)) return false;
    if ((cursor->seen >> field & 1) != 0) {
        fault_field(cursor->line, REJECT_DUPLICATE_FIELD, field);
        return true;
    }
    cursor->seen |= 1u << field;
    if (value.kind == JSON_NULL) return true;
    if (form == FORM_TEXT) {
        assign_text(cursor->line, field, &value);
    } else if (form == FORM_TIME) {
        assign_time(cursor->line, field, &value);
    } else {
        assign_number(cursor->line, field, &value);
    }
    return true;
}

static void assign_extra(struct cursor *cursor, int slot, struct slice name,
                         const struct value *value) {
    struct ndjson_line *line = cursor->line;
    enum json_kind kind = slot < EXTRA_DIMENSIONS_MAX ? JSON_TEXT : JSON_NUMBER;
    if ((cursor->seen_extras >> slot & 1) != 0) {
        fault(line, REJECT_DUPLICATE_FIELD, name.bytes, name.size);
        return;
    }
    cursor->seen_extras |= 1u << slot;
    if (value->kind == JSON_NULL) return;
    if (value->kind != kind) {
        fault(line, REJECT_INVALID_FIELD, name.bytes, name.size);
        return;
    }
    if (kind == JSON_NUMBER) {
        line->event.measure[slot - EXTRA_DIMENSIONS_MAX] = value->number;
    } else if (value->too_long) {
        fault(line, REJECT_TOO_LONG, name.bytes, name.size);
        return;
    } else {
        line->event.dimension[slot] = value->text;
    }
    line->event.given_extras |= 1u << slot;
}

/* A name that is no field of the event model: an extra one of the tenant, or unknown. */
static bool read_other_member(struct cursor *cursor, struct slice name) {
    const struct admission *admission = cursor->admission;
    struct ndjson_line *line = cursor->line;
    struct slice tenant = cursor->tenant;
    bool in_doubt = false;
    if (admission->extras_count > 0 && !cursor->tenant_is_known) {
        in_doubt = (cursor->seen >> FIELD_TENANT & 1) == 0;
        if ((line->event.given >> FIELD_TENANT & 1) != 0) tenant = line->event.tenant;
    }
    int slot = in_doubt
                   ? -1
                   : admission_extra(admission, tenant.bytes, tenant.size, name.bytes, name.size);
    struct value value;
    if (!read_value(cursor, slot >= 0, &value)) return false;
    if (in_doubt) {
        cursor->tenant_is_needed = true;
    } else if (slot >= 0) {
        assign_extra(cursor, slot, name, &value);
    } else if (admission_drops_unknown(admission)) {
        line->dropped_fields++;
    } else {
        fault(line, REJECT_UNKNOWN_FIELD, name.bytes, name.size);
    }
    return true;
}

/* Names as they stand in a line, behind their first quote. */
#define NAME_BYTES(text) (sizeof(text) + 1)
#define X(name, text)              \
    {text "\":", NAME_BYTES(text), \
     NAME_BYTES(text) < 8 ? (UINT64_C(1) << NAME_BYTES(text) % 8 * 8) - 1 : UINT64_MAX},
static const struct {
    char text[16];
    uint64_t size;
    uint64_t mask; /* of the first eight bytes */
} names[FIELD_COUNT] = {FIELD_LIST(X)};
#undef X

/* Most senders write their fields in one order, so the field that came next in the line before is
 * tried first. When it is right, the place of the value is known without having looked for the end
 * of the name, and the processor need not wait for that search. */
static inline bool take_guessed_name(struct cursor *cursor, enum field guess) {
    uint64_t expected, found;
    if (cursor->readable - cursor->at < (ptrdiff_t)sizeof names[0].text) return false;
    memcpy(&expected, names[guess].text, sizeof expected);
    memcpy(&found, cursor->at, sizeof found);
    const char *tail = cursor->at + names[guess].size - 2;
    if (((expected ^ found) & names[guess].mask) != 0 || tail[0] != '"' || tail[1] != ':')
        return false;
    cursor->at += names[guess].size;
    return true;
}

/* One member, from its first quote on. *field is the field before it, then its own. */
static inline bool read_named_member(struct cursor *cursor, enum field *field) {
    struct ndjson_line *line = cursor->line;
    enum field guess = (enum field)line->next[*field];
    if (!take(cursor, '"')) return false;
    if (guess < FIELD_COUNT && take_guessed_name(cursor, guess)) {
        *field = guess;
        skip_space(cursor);
        return read_member(cursor, guess);
    }
    struct value name;
    if (!read_text(cursor, true, &name)) return false;
    skip_space(cursor);
    if (!take(cursor, ':')) return false;
    skip_space(cursor);
    enum field found = field_from_text(name.text.bytes, name.text.size);
    line->next[*field] = (uint8_t)found;
    *field = found;
    return found < FIELD_COUNT ? read_member(cursor, found) : read_other_member(cursor, name.text);
}

static bool read_members(struct cursor *cursor) {
    enum field field = FIELD_UNKNOWN;
    skip_space(cursor);
    if (take(cursor, '}')) return true;
    do {
        skip_space(cursor);
        if (!read_named_member(cursor, &field)) return false;
        skip_space(cursor);
    } while (take(cursor, ','));
    return take(cursor, '}');
}

/* The whole line: an object and nothing behind it. False where it is no JSON. */
static bool read_line(struct cursor *cursor) {
    skip_space(cursor);
    bool object = take(cursor, '{');
    if (object) {
        if (!read_members(cursor)) return false;
    } else {
        if (!skip_container(cursor, 0)) return false;
        fault(cursor->line, REJECT_NOT_AN_OBJECT, "", 0);
    }
    skip_space(cursor);
    return cursor->at == cursor->end;
}

static void line_reset(struct ndjson_line *line) {
    line->event.given = 0;
    line->event.given_extras = 0;
    line->reject.code = REJECT_NONE;
    line->reject.detail[0] = '\0';
    line->dropped_fields = 0;
    line->scratch_bytes = 0;
}

/* What the extra fields of a line mean depends on its tenant. Where one comes before the tenant,
 * the line is read once more, with the tenant known. */
static bool read_with_tenant(struct cursor *cursor) {
    char tenant[EVENT_TEXT_BYTES_MAX];
    struct cursor again = *cursor;
    const struct event *event = &cursor->line->event;
    again.tenant = (struct slice){tenant, 0};
    if ((event->given >> FIELD_TENANT & 1) != 0) {
        again.tenant.size = event->tenant.size < sizeof tenant ? event->tenant.size : sizeof tenant;
        memcpy(tenant, event->tenant.bytes, again.tenant.size);
    }
    again.tenant_is_known = true;
    again.seen = again.seen_extras = 0;
    line_reset(again.line);
    return read_line(&again);
}

static void decode(const char *bytes, size_t size, const char *readable, bool ascii,
                   const struct admission *admission, struct ndjson_line *line) {
    line_reset(line);
    size_t valid = ascii ? size : utf8_valid_bytes(bytes, size);
    char where[40];
    if (valid < size) {
        int length = snprintf(where, sizeof where, "byte %zu", valid);
        reject_set(&line->reject, REJECT_INVALID_UTF8, where, (size_t)length);
        return;
    }
    struct cursor cursor = {.at = bytes,
                            .end = bytes + size,
                            .readable = readable,
                            .line = line,
                            .admission = admission};
    bool is_json = read_line(&cursor);
    if (is_json && cursor.tenant_is_needed) {
        cursor.at = bytes;
        is_json = read_with_tenant(&cursor);
    }
    if (!is_json) {
        line->reject.code =
            REJECT_NONE; /* a fault of a member before it does not matter any more */
        int length = snprintf(where, sizeof where, "byte %td", cursor.at - bytes);
        reject_set(&line->reject, REJECT_INVALID_JSON, where, (size_t)length);
    }
}

/* --- lines as programs write them ----------------------------------------------------------- */

/* A value that is no text: a number of a time or number field. What it is followed by, or NULL. */
static const char *read_plain_number(struct event *event, enum field field, const char *at,
                                     const char *end) {
    struct cursor cursor = {.at = at, .end = end, .readable = end};
    struct value value;
    if (field_places[field].form == FORM_TEXT || !read_number(&cursor, &value)) return NULL;
    if (field_places[field].form == FORM_NUMBER) {
        *(double *)event_field(event, field) = value.number;
    } else if (is_whole(value.number)) {
        *(int64_t *)event_field(event, field) = (int64_t)value.number;
    } else {
        return NULL;
    }
    return cursor.at;
}

static inline bool take_plain_text(struct ndjson_day *day, struct event *event, enum field field,
                                   const char *text, uint32_t size) {
    if (field_places[field].form == FORM_TEXT) {
        struct slice *place = event_field(event, field);
        place->bytes = text;
        place->size = size;
        return true;
    }
    return field_places[field].form == FORM_TIME &&
           parse_usual_time(day, text, size, event_field(event, field));
}

/* A line without escapes, of known fields with values of the right kind, each once, and white space
 * nowhere but one blank behind colons and commas. Its index says where every name and text lies, so
 * nothing waits for the end of the value before. False: whatever it is, read_line knows better. */
static bool read_plain_line(const char *bytes, const struct line_index *index,
                            struct ndjson_day *day, struct event *event) {
    const uint16_t *quote = index->quotes, *last = quote + index->quote_count;
    const char *end = bytes + index->size;
    uint32_t seen = 0;
    if (index->quote_count == 0 || bytes[0] != '{' || *quote != 1) return false;
    for (;;) {
        if (last - quote < 2) return false;
        const char *name = bytes + quote[0] + 1, *name_end = bytes + quote[1];
        const enum field field = field_from_padded_text(name, (size_t)(name_end - name));
        if (field == FIELD_UNKNOWN || (seen >> field & 1) != 0 || name_end[1] != ':') return false;
        seen |= 1u << field;
        const char *value = name_end + 2 + (name_end[2] == ' '), *behind;
        if (*value == '"') { /* the third quote: there is none between it and the name */
            if (last - quote < 4) return false;
            behind = bytes + quote[3];
            if (!take_plain_text(day, event, field, value + 1, (uint32_t)(behind - value - 1)))
                return false;
            behind++;
            quote += 4;
        } else {
            behind = read_plain_number(event, field, value, end);
            if (behind == NULL) return false;
            quote += 2;
        }
        if (*behind != ',') {
            event->given = seen;
            return *behind == '}' && behind + 1 == end && quote == last;
        }
        if (quote == last || bytes + *quote != behind + 1 + (behind[1] == ' ')) return false;
    }
}

/* Tries the short way for a line of which line->index is made. line->event is anything when it
 * fails. */
static bool decode_plain(struct ndjson_line *line, const char *bytes) {
    const struct line_index *index = &line->index;
    line->event.given_extras = 0;
    return read_plain_line(bytes, index, &line->day, &line->event) &&
           (index->ascii || utf8_is_valid(bytes, index->size));
}

bool decode_ndjson_line(const char *bytes, size_t size, size_t readable_size,
                        const struct admission *admission, struct ndjson_line *line) {
    const char *readable = bytes + readable_size;
    if (line_index_make(bytes, readable, &line->index) && line->index.size == size &&
        decode_plain(line, bytes)) {
        line->reject.code = REJECT_NONE;
        line->reject.detail[0] = '\0';
        line->dropped_fields = 0;
        return true;
    }
    decode(bytes, size, readable, false, admission, line);
    return line->reject.code == REJECT_NONE;
}

static bool is_blank(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) at++;
    return at == end;
}

static void admit(struct ndjson_line *line, uint32_t position, struct admission *admission) {
    if (line->reject.code == REJECT_NONE) {
        admission->dropped_fields += line->dropped_fields;
        (void)admission_add_open(admission, &line->event, position);
        return;
    }
    struct slice id = line->event.id;
    bool has_id = (line->event.given >> FIELD_ID & 1) != 0;
    admission_reject(admission, position, has_id ? id.bytes : "", has_id ? id.size : 0,
                     &line->reject);
}

/* The line feed of a line that has an index; NULL when it has none, or a control character that is
 * no part of its end. */
static const char *find_plain_end(const char *at, const char *end, struct line_index *index) {
    if (!line_index_make(at, end, index)) return NULL;
    const char *feed = at + index->size;
    feed += *feed == '\r'; /* there is padding behind it */
    return *feed == '\n' ? feed : NULL;
}

size_t decode_ndjson(const char *bytes, size_t size, bool more, uint32_t *position,
                     struct admission *admission) {
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    const char *at = bytes, *end = bytes + size;
    struct ndjson_line line = {.scratch_bytes = 0};
    if (*position == 0 && size >= 3 && memcmp(at, byte_order_mark, 3) == 0) at += 3;
    while (at < end && admission->batch->row_count < BATCH_ROWS_MAX) {
        const char *feed = find_plain_end(at, end, &line.index);
        if (feed != NULL && decode_plain(&line, at)) {
            (void)admission_add_open(admission, &line.event, (*position)++);
        } else {
            bool ascii = false;
            if (feed == NULL) feed = scan_line(at, end, &ascii);
            if (feed == end && more) break;
            if (!is_blank(at, feed)) {
                decode(at, (size_t)(feed - at), end, ascii, admission, &line);
                admit(&line, (*position)++, admission);
            }
        }
        at = feed < end ? feed + 1 : end;
    }
    admission_complete(admission);
    return (size_t)(at - bytes);
}
