/* SPDX-License-Identifier: EUPL-1.2 */
#include "net/http_request.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"

/* --- life ------------------------------------------------------------------------------------ */

static int split_target(struct http_request *request, char *path) {
    const char *target = request->head.target;
    size_t path_size = strcspn(target, "?");
    request->query = target[path_size] == '?' ? target + path_size + 1 : "";
    request->path = path;
    size_t decoded;
    return http_decode(target, path_size, false, path, &decoded) ? 0 : 400;
}

struct http_request *http_request_create(const char *bytes, size_t size, int *refusal) {
    struct http_request *request = memory_get(sizeof *request + 2 * size + 1);
    if (request == NULL) return NULL;
    memset(request, 0, sizeof *request);
    memcpy(request->bytes, bytes, size);
    text_init(&request->reply_headers, HTTP_REPLY_HEADERS_BYTES_MAX);
    request->path = request->bytes + size;
    request->path[0] = '\0';
    request->query = "";
    *refusal = http_head_parse(request->bytes, size, &request->head);
    if (*refusal == 0) *refusal = split_target(request, request->bytes + size);
    request->bodyless = request->head.method != NULL && strcmp(request->head.method, "HEAD") == 0;
    return request;
}

void http_request_drop_body(struct http_request *request) {
    if (request->inflight != NULL)
        atomic_fetch_sub(request->inflight, request->body_capacity + request->reserved_bytes);
    memory_free(request->body);
    request->body = NULL;
    request->body_size = request->body_capacity = request->reserved_bytes = 0;
}

void http_request_free(struct http_request *request) {
    if (request == NULL) return;
    http_request_drop_body(request);
    memory_free(request->reply_body);
    text_free(&request->reply_headers);
    memory_free(request);
}

static bool count_inflight(struct http_request *request, size_t more) {
    size_t now = atomic_load(request->inflight);
    do {
        if (more > request->inflight_max || now > request->inflight_max - more) return false;
    } while (!atomic_compare_exchange_weak(request->inflight, &now, now + more));
    return true;
}

enum status http_request_reserve(struct http_request *request, size_t more, size_t expected) {
    size_t need = request->body_size + more;
    if (request->body != NULL && need <= request->body_capacity) return STATUS_OK;
    size_t capacity =
        request->body_capacity > 0 ? 2 * request->body_capacity : HTTP_BODY_FIRST_BYTES;
    if (capacity > expected) capacity = expected;
    if (capacity < need) capacity = need;
    size_t grown = capacity - request->body_capacity;
    if (!count_inflight(request, grown)) return STATUS_BUSY;
    char *body = memory_resize(request->body, capacity + 1);
    if (body == NULL) {
        atomic_fetch_sub(request->inflight, grown);
        return STATUS_NO_MEMORY;
    }
    request->body = body;
    request->body_capacity = capacity;
    return STATUS_OK;
}

bool http_request_reserve_memory(struct http_request *request, size_t bytes) {
    if (!count_inflight(request, bytes)) return false;
    request->reserved_bytes += bytes;
    return true;
}

void http_request_release_memory(struct http_request *request, size_t bytes) {
    CHECK(bytes <= request->reserved_bytes);
    request->reserved_bytes -= bytes;
    atomic_fetch_sub(request->inflight, bytes);
}

/* --- what a handler asks --------------------------------------------------------------------- */

const char *http_request_method(const struct http_request *request) {
    return request->head.method;
}

const char *http_request_path(const struct http_request *request) {
    return request->path;
}

const char *http_request_query(const struct http_request *request) {
    return request->query;
}

const char *http_request_header(const struct http_request *request, const char *name) {
    return http_head_header(&request->head, name);
}

void http_request_headers(const struct http_request *request, const char *prefix,
                          void (*visit)(void *context, const char *name, const char *value),
                          void *context) {
    for (uint32_t i = 0; i < request->head.header_count; i++) {
        const struct http_header *header = &request->head.headers[i];
        if (strncmp(header->name, prefix, strlen(prefix)) == 0)
            visit(context, header->name, header->value);
    }
}

uint64_t http_request_waited_ns(const struct http_request *request) {
    return request->waited_ns;
}

const char *http_request_body(const struct http_request *request, size_t *size) {
    *size = request->body_size;
    return request->body != NULL ? request->body : "";
}

void http_request_later(struct http_request *request,
                        void (*resume)(void *context, struct http_request *request),
                        void *context) {
    request->resume = resume;
    request->resume_context = context;
}

void http_request_resume(struct http_request *request) {
    request->home(request);
}

const struct http_route *http_request_route(const struct http_request *request) {
    return request->route;
}

/* --- what it answers ------------------------------------------------------------------------- */

/* A line break in a value would start a header of the sender's choice. */
static void add_clean(struct text *text, const char *value) {
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        text_add(text, c < 0x20 || c == 0x7f ? " " : value, 1);
    }
}

void http_reply_header(struct http_request *request, const char *name, const char *value) {
    add_clean(&request->reply_headers, name);
    text_add_string(&request->reply_headers, ": ");
    add_clean(&request->reply_headers, value);
    text_add_string(&request->reply_headers, "\r\n");
}

void http_reply_owned(struct http_request *request, int status, const char *content_type,
                      void *body, size_t size) {
    CHECK(request->status == 0);
    CHECK(status >= 200 && status <= 599);
    request->status = status;
    request->reply_body = body;
    request->reply_size = size;
    if (content_type != NULL) http_reply_header(request, "Content-Type", content_type);
}

void http_reply(struct http_request *request, int status, const char *content_type,
                const void *body, size_t size) {
    char *copy = size > 0 ? memory_copy_text(body, size) : NULL;
    if (size > 0 && copy == NULL) {
        status = 503;
        content_type = NULL;
        size = 0;
    }
    http_reply_owned(request, status, content_type, copy, size);
}

const char *http_reason(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 413: return "Content Too Large";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 422: return "Unprocessable Content";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return "";
    }
}

void http_request_refuse(struct http_request *request, int status, const char *detail) {
    if (status == 429 || status == 503) {
        char seconds[16];
        (void)snprintf(seconds, sizeof seconds, "%d", HTTP_RETRY_AFTER_S);
        http_reply_header(request, "Retry-After", seconds);
    }
    struct text text;
    text_init(&text, 4096);
    text_add_string(&text, "{\"type\":\"about:blank\",\"title\":");
    text_add_json_string(&text, http_reason(status), strlen(http_reason(status)));
    text_add_format(&text, ",\"status\":%d,\"detail\":", status);
    text_add_json_string(&text, detail, strlen(detail));
    text_add_string(&text, "}\n");
    size_t size;
    bool failed = text.failed;
    char *body = text_take(&text, &size);
    if (failed) { /* the status alone must do */
        memory_free(body);
        http_reply_owned(request, status, NULL, NULL, 0);
        return;
    }
    http_reply_owned(request, status, "application/problem+json", body, size);
}

void http_reply_problem(struct http_request *request, enum status status, const char *detail) {
    http_request_refuse(request, status_http(status), detail);
}

/* The line is the same for a second; each thread keeps its own. */
static void add_date(struct text *out) {
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static _Thread_local time_t written;
    static _Thread_local char line[64];
    time_t now = time(NULL);
    if (now != written) {
        struct tm utc;
        (void)gmtime_r(&now, &utc);
        (void)snprintf(line, sizeof line, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
                       days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900,
                       utc.tm_hour, utc.tm_min, utc.tm_sec);
        written = now;
    }
    text_add_string(out, line);
}

void http_request_write_head(const struct http_request *request, bool keep_alive,
                             struct text *out) {
    text_add_format(out, "HTTP/1.1 %d %s\r\n", request->status, http_reason(request->status));
    add_date(out);
    if (request->status != 204 && request->status != 304)
        text_add_format(out, "Content-Length: %zu\r\n", request->reply_size);
    text_add_format(out, "Connection: %s\r\n", keep_alive ? "keep-alive" : "close");
    if (request->reply_headers.size > 0)
        text_add(out, request->reply_headers.bytes, request->reply_headers.size);
    text_add_string(out, "\r\n");
    if (request->reply_headers.failed) out->failed = true;
}
