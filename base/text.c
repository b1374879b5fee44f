/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/timestamp.h"

/* "%.15g" writes whole numbers below it without an exponent. */
#define INTEGERS_BELOW 1e15

void text_init(struct text *text, size_t limit_bytes) {
    *text = (struct text){.limit = limit_bytes};
}

void text_free(struct text *text) {
    memory_free(text->bytes);
    *text = (struct text){.limit = text->limit};
}

char *text_take(struct text *text, size_t *size) {
    char *bytes = text->bytes;
    *size = text->size;
    *text = (struct text){.limit = text->limit};
    return bytes;
}

void text_clear(struct text *text) {
    text->size = 0;
    text->failed = false;
}

static bool reserve_more(struct text *text, size_t more) {
    if (text->failed || more > text->limit - text->size) {
        text->failed = true;
        return false;
    }
    void *bytes = text->bytes;
    if (!memory_reserve(&bytes, &text->capacity, text->size + more + 1, 1, text->limit + 1)) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    return true;
}

/* Large answers are made of millions of small pieces: mostly there is room. */
static inline bool reserve(struct text *text, size_t more) {
    if (!text->failed && more < text->capacity - text->size) return true;
    return reserve_more(text, more);
}

void text_add(struct text *text, const void *bytes, size_t size) {
    if (!reserve(text, size)) return;
    if (size > 0) memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

void text_add_string(struct text *text, const char *string) {
    text_add(text, string, strlen(string));
}

void text_add_format(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !reserve(text, (size_t)length)) {
        text->failed = true;
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text->bytes + text->size, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->size += (size_t)length;
}

void text_add_integer(struct text *text, int64_t integer) {
    char digits[20];
    size_t at = sizeof digits;
    uint64_t left = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (integer < 0) digits[--at] = '-';
    text_add(text, digits + at, sizeof digits - at);
}

/* Length of the well-formed UTF-8 sequence at `at`, 0 when there is none (Unicode 15, table 3-7).
 */
static size_t utf8_length(const uint8_t *at, size_t left) {
    static const uint8_t low[] = {0x80, 0xA0, 0x90}, high[] = {0xBF, 0x9F, 0x8F};
    uint8_t lead = at[0];
    if (lead < 0x80) return 1;
    size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                    : lead >= 0xE0 && lead <= 0xEF ? 3
                    : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                   : 0;
    if (length == 0 || length > left) return 0;
    uint8_t least = lead == 0xE0 ? low[1] : lead == 0xF0 ? low[2] : low[0];
    uint8_t most = lead == 0xED ? high[1] : lead == 0xF4 ? high[2] : high[0];
    if (at[1] < least || at[1] > most) return 0;
    for (size_t i = 2; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0;
    }
    return length;
}

static void add_json_character(struct text *text, const uint8_t *at, size_t length) {
    switch (length == 1 ? *at : 0) {
        case '"': text_add(text, "\\\"", 2); return;
        case '\\': text_add(text, "\\\\", 2); return;
        case '\n': text_add(text, "\\n", 2); return;
        case '\r': text_add(text, "\\r", 2); return;
        case '\t': text_add(text, "\\t", 2); return;
        default: break;
    }
    if (length == 0) {
        text_add_string(text, "\xEF\xBF\xBD");
    } else if (length == 1 && *at < 0x20) {
        text_add_format(text, "\\u%04x", *at);
    } else {
        text_add(text, at, length);
    }
}

/* How many bytes from here on are ASCII that stands for itself. */
static size_t plain_length(const char *bytes, size_t size) {
    size_t length = 0;
    while (length < size && bytes[length] >= 0x20 && bytes[length] < 0x7F && bytes[length] != '"' &&
           bytes[length] != '\\')
        length++;
    return length;
}

static void add_plain_json_string(struct text *text, const char *bytes, size_t size) {
    if (!reserve(text, size + 2)) return;
    char *at = text->bytes + text->size;
    at[0] = at[size + 1] = '"';
    if (size > 0) memcpy(at + 1, bytes, size);
    at[size + 2] = '\0';
    text->size += size + 2;
}

void text_add_json_string(struct text *text, const char *bytes, size_t size) {
    if (plain_length(bytes, size) == size) {
        add_plain_json_string(text, bytes, size);
        return;
    }
    text_add(text, "\"", 1);
    for (size_t at = 0; at < size;) {
        const size_t plain = plain_length(bytes + at, size - at);
        if (plain > 0) text_add(text, bytes + at, plain);
        at += plain;
        if (at == size) break;
        const uint8_t *next = (const uint8_t *)bytes + at;
        size_t length = utf8_length(next, size - at);
        add_json_character(text, next, length);
        at += length > 0 ? length : 1;
    }
    text_add(text, "\"", 1);
}

void text_add_json_number(struct text *text, double number) {
    if (!isfinite(number)) {
        text_add(text, "null", 4);
        return;
    }
    if (fabs(number) < INTEGERS_BELOW && number == trunc(number) &&
        !(number == 0 && signbit(number))) {
        text_add_integer(text, (int64_t)number);
        return;
    }
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number) break;
    }
    text_add_string(text, digits);
}

void text_add_utc(struct text *text, int64_t utc_ms) {
    char digits[TIMESTAMP_TEXT_BYTES];
    timestamp_format_utc(utc_ms, digits);
    text_add_string(text, digits);
}
