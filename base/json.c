/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/json.h"

#include <string.h>

#include <cJSON.h>

#include "base/memory.h"
#include "base/utf8.h"

/* cJSON builds the tree, but it takes more for JSON than RFC 8259 does: control characters in texts
 * and for white space, numbers such as 01 and 1., texts with U+0000 (which it then cuts), bytes
 * that are not UTF-8, any depth up to 1000. So a document is checked against the grammar first, by
 * a plain recursive descent. */
struct check {
    const uint8_t *at, *end;
    const char *fault; /* what is wrong at `at` */
    unsigned depth;
};

static bool wrong(struct check *check, const char *fault) {
    if (check->fault == NULL) check->fault = fault;
    return false;
}

static int peek(const struct check *check) {
    return check->at < check->end ? *check->at : -1;
}

static void space(struct check *check) {
    while (peek(check) == ' ' || peek(check) == '\t' || peek(check) == '\n' || peek(check) == '\r')
        check->at++;
}

static bool hex4(struct check *check, unsigned *unit) {
    *unit = 0;
    for (int i = 0; i < 4; i++, check->at++) {
        int c = peek(check);
        if (c >= '0' && c <= '9') {
            *unit = *unit * 16 + (unsigned)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            *unit = *unit * 16 + (unsigned)(c - 'a' + 10);
        } else if (c >= 'A' && c <= 'F') {
            *unit = *unit * 16 + (unsigned)(c - 'A' + 10);
        } else {
            return wrong(check, "four hexadecimal digits expected");
        }
    }
    return true;
}

static bool unicode_escape(struct check *check) {
    unsigned unit, low;
    if (!hex4(check, &unit)) return false;
    if (unit == 0) return wrong(check, "U+0000 in a text");
    if (unit < 0xD800 || unit > 0xDFFF) return true;
    if (unit >= 0xDC00 || check->end - check->at < 2 || memcmp(check->at, "\\u", 2) != 0)
        return wrong(check, "half a surrogate pair");
    check->at += 2;
    if (!hex4(check, &low)) return false;
    return (low >= 0xDC00 && low <= 0xDFFF) || wrong(check, "half a surrogate pair");
}

static bool text(struct check *check) {
    if (peek(check) != '"') return wrong(check, "a text expected");
    check->at++;
    for (;;) {
        int c = peek(check);
        if (c < 0) return wrong(check, "a text without an end");
        if (c < 0x20) return wrong(check, "a control character in a text");
        check->at++;
        if (c == '"') return true;
        if (c != '\\') continue;
        c = peek(check);
        if (c < 0 || strchr("\"\\/bfnrtu", c) == NULL || c == '\0')
            return wrong(check, "no such escape");
        check->at++;
        if (c == 'u' && !unicode_escape(check)) return false;
    }
}

static bool digits(struct check *check) {
    const uint8_t *begin = check->at;
    while (peek(check) >= '0' && peek(check) <= '9') check->at++;
    return check->at > begin || wrong(check, "a digit expected");
}

static bool number(struct check *check) {
    const uint8_t *begin = check->at;
    if (peek(check) == '-') check->at++;
    if (peek(check) == '0') {
        check->at++;
    } else if (!digits(check)) {
        return false;
    }
    if (peek(check) == '.') {
        check->at++;
        if (!digits(check)) return false;
    }
    if (peek(check) == 'e' || peek(check) == 'E') {
        check->at++;
        if (peek(check) == '+' || peek(check) == '-') check->at++;
        if (!digits(check)) return false;
    }
    return check->at - begin <= JSON_NUMBER_BYTES_MAX ||
           wrong(check, "a number of too many digits");
}

static bool word(struct check *check, const char *expected) {
    size_t size = strlen(expected);
    if ((size_t)(check->end - check->at) < size || memcmp(check->at, expected, size) != 0)
        return wrong(check, "a value expected");
    check->at += size;
    return true;
}

static bool value(struct check *check);

static bool container(struct check *check, bool object) {
    char close = object ? '}' : ']';
    if (check->depth == JSON_DEPTH_MAX) return wrong(check, "nested too deeply");
    check->depth++;
    check->at++;
    space(check);
    if (peek(check) != close) {
        for (;; check->at++) {
            space(check);
            if (object) {
                if (!text(check)) return false;
                space(check);
                if (peek(check) != ':') return wrong(check, "a colon expected");
                check->at++;
            }
            if (!value(check)) return false;
            space(check);
            if (peek(check) != ',') break;
        }
        if (peek(check) != close) return wrong(check, "a comma or the end expected");
    }
    check->at++;
    check->depth--;
    return true;
}

static bool value(struct check *check) {
    space(check);
    switch (peek(check)) {
        case '{': return container(check, true);
        case '[': return container(check, false);
        case '"': return text(check);
        case 't': return word(check, "true");
        case 'f': return word(check, "false");
        case 'n': return word(check, "null");
        default: return number(check);
    }
}

static enum status check_grammar(const char *bytes, size_t size, struct error *err) {
    size_t valid = utf8_valid_bytes(bytes, size);
    if (valid < size) return error_set(err, STATUS_INVALID, "json: byte %zu is not UTF-8", valid);
    const uint8_t *begin = (const uint8_t *)bytes;
    struct check check = {.at = begin, .end = begin + size};
    if (value(&check)) {
        space(&check);
        if (check.at == check.end) return STATUS_OK;
        (void)wrong(&check, "more after the end of the document");
    }
    return error_set(err, STATUS_INVALID, "json: byte %td: %s", check.at - begin, check.fault);
}

__attribute__((constructor)) static void set_allocator(void) {
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = memory_get, .free_fn = memory_free});
}

enum status json_parse(const char *bytes, size_t size, struct json **out, struct error *err) {
    *out = NULL;
    TRY(check_grammar(bytes, size, err));
    cJSON *document = cJSON_ParseWithLength(bytes, size);
    if (document == NULL) /* the grammar holds, so nothing else is left */
        return error_set(err, STATUS_NO_MEMORY, "json: no memory for a document of %zu bytes",
                         size);
    *out = (struct json *)document;
    return STATUS_OK;
}

static const cJSON *node(const struct json *json) {
    return (const cJSON *)json;
}

void json_free(struct json *document) {
    cJSON_Delete((cJSON *)document);
}

enum json_kind json_kind(const struct json *json) {
    if (json == NULL) return JSON_NULL;
    switch (node(json)->type & 0xFF) {
        case cJSON_True:
        case cJSON_False: return JSON_BOOLEAN;
        case cJSON_Number: return JSON_NUMBER;
        case cJSON_String: return JSON_TEXT;
        case cJSON_Array: return JSON_ARRAY;
        case cJSON_Object: return JSON_OBJECT;
        default: return JSON_NULL;
    }
}

const struct json *json_member(const struct json *object, const char *name) {
    if (json_kind(object) != JSON_OBJECT) return NULL;
    return (const struct json *)cJSON_GetObjectItemCaseSensitive(node(object), name);
}

const struct json *json_first(const struct json *json) {
    enum json_kind kind = json_kind(json);
    if (kind != JSON_ARRAY && kind != JSON_OBJECT) return NULL;
    return (const struct json *)node(json)->child;
}

const struct json *json_next(const struct json *json) {
    return json == NULL ? NULL : (const struct json *)node(json)->next;
}

const char *json_name(const struct json *member) {
    return member == NULL ? NULL : node(member)->string;
}

uint32_t json_count(const struct json *json) {
    uint32_t count = 0;
    for (const struct json *at = json_first(json); at != NULL; at = json_next(at)) count++;
    return count;
}

const char *json_text(const struct json *json, const char *otherwise) {
    return json_kind(json) == JSON_TEXT ? node(json)->valuestring : otherwise;
}

double json_number(const struct json *json, double otherwise) {
    return json_kind(json) == JSON_NUMBER ? node(json)->valuedouble : otherwise;
}

bool json_boolean(const struct json *json, bool otherwise) {
    return json_kind(json) == JSON_BOOLEAN ? (node(json)->type & 0xFF) == cJSON_True : otherwise;
}
