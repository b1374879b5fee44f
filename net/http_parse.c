/* SPDX-License-Identifier: EUPL-1.2 */
#include "net/http_parse.h"

#include <string.h>
#include <strings.h>

size_t http_head_end(const char *bytes, size_t size, size_t seen) {
    size_t from = seen > 3 ? seen - 3 : 0;
    if (size < from + 4) return 0;
    const char *end = memmem(bytes + from, size - from, "\r\n\r\n", 4);
    return end != NULL ? (size_t)(end - bytes) + 4 : 0;
}

/* RFC 9110, 5.6.2 */
static bool is_token(const char *text) {
    static const char marks[] = "!#$%&'*+-.^_`|~";
    if (*text == '\0') return false;
    for (; *text != '\0'; text++) {
        char c = *text;
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && strchr(marks, c) == NULL) return false;
    }
    return true;
}

/* Cuts the line at `*at` off (its CR LF becomes NUL) and moves on; NULL: a bare CR, LF or a NUL. */
static char *next_line(char **at, const char *end) {
    char *line = *at;
    char *cr = memchr(line, '\r', (size_t)(end - line));
    if (cr == NULL || cr + 1 >= end || cr[1] != '\n') return NULL;
    size_t size = (size_t)(cr - line);
    if (memchr(line, '\n', size) != NULL || memchr(line, '\0', size) != NULL) return NULL;
    *cr = '\0';
    *at = cr + 2;
    return line;
}

static bool target_fits(const char *target) {
    for (; *target != '\0'; target++) {
        unsigned char c = (unsigned char)*target;
        if (c <= 0x20 || c == 0x7f) return false;
    }
    return true;
}

/* "http://host/path?query" means "/path?query". */
static const char *strip_authority(const char *target) {
    size_t scheme = strncasecmp(target, "http://", 7) == 0    ? 7
                    : strncasecmp(target, "https://", 8) == 0 ? 8
                                                              : 0;
    if (scheme == 0) return target;
    const char *path = strpbrk(target + scheme, "/?");
    return path != NULL && *path == '/' ? path : "/";
}

static int parse_request_line(char *line, struct http_head *head) {
    char *space = strchr(line, ' ');
    if (space == NULL) return 400;
    *space = '\0';
    char *target = space + 1;
    space = strchr(target, ' ');
    if (space == NULL) return 400;
    *space = '\0';
    const char *version = space + 1;
    if (!is_token(line) || !target_fits(target)) return 400;
    head->method = line;
    head->target = strip_authority(target);
    if (head->target[0] != '/' && strcmp(head->target, "*") != 0) return 400;
    if (strncmp(version, "HTTP/", 5) != 0) return 400;
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0) return 505;
    head->keep_alive = version[7] == '1';
    return 0;
}

static bool value_fits(const char *value) {
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

static int parse_header_line(char *line, struct http_head *head) {
    if (head->header_count == HTTP_HEADERS_MAX) return 431;
    char *colon = strchr(line, ':');
    if (colon == NULL) return 400;
    *colon = '\0';
    if (!is_token(line)) return 400;
    for (char *c = line; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c + ('a' - 'A'));
    }
    char *value = colon + 1 + strspn(colon + 1, " \t");
    char *end = value + strlen(value);
    while (end > value && (end[-1] == ' ' || end[-1] == '\t')) *--end = '\0';
    if (!value_fits(value)) return 400;
    head->headers[head->header_count++] = (struct http_header){line, value};
    return 0;
}

static uint32_t count_header(const struct http_head *head, const char *name, const char **value) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < head->header_count; i++) {
        if (strcmp(head->headers[i].name, name) != 0) continue;
        *value = head->headers[i].value;
        count++;
    }
    return count;
}

static int find_body(struct http_head *head, bool version_1_0) {
    const char *length = NULL, *coding = NULL;
    uint32_t lengths = count_header(head, "content-length", &length);
    uint32_t codings = count_header(head, "transfer-encoding", &coding);
    if (lengths > 1 || codings > 1 || (lengths > 0 && codings > 0)) return 400;
    if (codings > 0) {
        if (version_1_0) return 400;
        if (strcasecmp(coding, "chunked") != 0) return 501;
        head->chunked = true;
    }
    if (lengths > 0) {
        size_t digits = strlen(length);
        if (digits < 1 || digits > 18 || strspn(length, "0123456789") != digits) return 400;
        for (; *length != '\0'; length++)
            head->content_length = head->content_length * 10 + (uint64_t)(*length - '0');
        head->has_length = true;
    }
    return 0;
}

static bool list_has(const char *list, const char *word) {
    size_t size = strlen(word);
    while (*list != '\0') {
        list += strspn(list, ", \t");
        size_t item = strcspn(list, ", \t");
        if (item == size && strncasecmp(list, word, size) == 0) return true;
        list += item;
    }
    return false;
}

static int find_connection(struct http_head *head) {
    for (uint32_t i = 0; i < head->header_count; i++) {
        const struct http_header *header = &head->headers[i];
        if (strcmp(header->name, "connection") == 0) {
            if (list_has(header->value, "keep-alive")) head->keep_alive = true;
            if (list_has(header->value, "close")) {
                head->keep_alive = false;
                break;
            }
        }
    }
    const char *expect = http_head_header(head, "expect");
    if (expect == NULL) return 0;
    if (strcasecmp(expect, "100-continue") != 0) return 417;
    head->expects_continue = true;
    return 0;
}

int http_head_parse(char *bytes, size_t size, struct http_head *head) {
    *head = (struct http_head){0};
    char *at = bytes;
    const char *end = bytes + size;
    char *line = next_line(&at, end);
    int refusal = line != NULL ? parse_request_line(line, head) : 400;
    if (refusal != 0) return refusal;
    bool version_1_0 = !head->keep_alive;
    while ((line = next_line(&at, end)) != NULL && *line != '\0') {
        refusal = parse_header_line(line, head);
        if (refusal != 0) return refusal;
    }
    if (line == NULL || at != end) return 400;
    const char *host;
    uint32_t hosts = count_header(head, "host", &host);
    if (hosts > 1 || (hosts == 0 && !version_1_0)) return 400;
    refusal = find_body(head, version_1_0);
    return refusal != 0 ? refusal : find_connection(head);
}

const char *http_head_header(const struct http_head *head, const char *name) {
    for (uint32_t i = 0; i < head->header_count; i++) {
        if (strcmp(head->headers[i].name, name) == 0) return head->headers[i].value;
    }
    return NULL;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool http_decode(const char *text, size_t size, bool plus, char *out, size_t *out_size) {
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '+' && plus) {
            c = ' ';
        } else if (c == '%') {
            if (size - i < 3) return false;
            int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0 || high + low == 0) return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        out[length++] = c;
    }
    out[length] = '\0';
    *out_size = length;
    return true;
}

/* --- chunks: size [;extension] CR LF data CR LF ... 0 CR LF trailers CR LF -------------------- */

enum chunk_state {
    IN_SIZE,
    IN_EXTENSION,
    AT_SIZE_LF,
    IN_DATA,
    AT_DATA_CR,
    AT_DATA_LF,
    AT_TRAILER, /* at the start of a trailer line, or of the empty one that ends the body */
    IN_TRAILER,
    AT_TRAILER_LF,
    AT_END_LF,
    AT_END,
    IS_BROKEN
};

static int broken_unless(bool fits, int next) {
    return fits ? next : IS_BROKEN;
}

static int skip_extra(struct http_chunked *chunked, char c, int next) {
    if (c == '\r') return next;
    return broken_unless(c != '\n' && ++chunked->extra_bytes <= HTTP_CHUNK_EXTRA_BYTES_MAX,
                         chunked->state);
}

static int after_size(struct http_chunked *chunked, char c) {
    int digit = hex_digit(c);
    if (digit >= 0) {
        chunked->left = chunked->left * 16 + (uint64_t)digit;
        return broken_unless(++chunked->digits <= 12, IN_SIZE);
    }
    if (chunked->digits == 0) return IS_BROKEN;
    if (c == '\r') return AT_SIZE_LF;
    return broken_unless(c == ';' || c == ' ' || c == '\t', IN_EXTENSION);
}

/* The state after one byte that is not data. */
static int after_byte(struct http_chunked *chunked, char c) {
    switch (chunked->state) {
        case IN_SIZE: return after_size(chunked, c);
        case IN_EXTENSION: return skip_extra(chunked, c, AT_SIZE_LF);
        case AT_SIZE_LF: return broken_unless(c == '\n', chunked->left > 0 ? IN_DATA : AT_TRAILER);
        case AT_DATA_CR: return broken_unless(c == '\r', AT_DATA_LF);
        case AT_DATA_LF: chunked->digits = 0; return broken_unless(c == '\n', IN_SIZE);
        case AT_TRAILER:
            if (c == '\r') return AT_END_LF;
            chunked->state = IN_TRAILER;
            return skip_extra(chunked, c, AT_TRAILER_LF);
        case IN_TRAILER: return skip_extra(chunked, c, AT_TRAILER_LF);
        case AT_TRAILER_LF: return broken_unless(c == '\n', AT_TRAILER);
        case AT_END_LF: return broken_unless(c == '\n', AT_END);
        default: return IS_BROKEN;
    }
}

enum http_chunk http_chunked_next(struct http_chunked *chunked, const char *bytes, size_t size,
                                  size_t *used, const char **data, size_t *data_size) {
    *used = 0;
    *data_size = 0;
    while (*used < size && chunked->state != IN_DATA) {
        chunked->state = after_byte(chunked, bytes[(*used)++]);
        if (chunked->state == AT_END) return HTTP_CHUNK_END;
        if (chunked->state == IS_BROKEN) return HTTP_CHUNK_BROKEN;
    }
    if (*used == size) return HTTP_CHUNK_MORE;
    *data = bytes + *used;
    *data_size = size - *used < chunked->left ? size - *used : (size_t)chunked->left;
    *used += *data_size;
    chunked->left -= *data_size;
    if (chunked->left == 0) chunked->state = AT_DATA_CR;
    return HTTP_CHUNK_DATA;
}
