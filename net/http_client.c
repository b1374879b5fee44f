/* SPDX-License-Identifier: EUPL-1.2 */
#include "net/http_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"

struct http_client {
    struct http_client_options options;
    CURL *curl;
    struct text body;
    uint32_t retry_after_s;
    bool too_large; /* the answer was cut off by us, not by the network */
};

static void start_library(void) {
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t on_body(char *bytes, size_t one, size_t size, void *context) {
    struct http_client *client = context;
    (void)one;
    client->too_large = size > client->options.answer_bytes_max - client->body.size;
    text_add(&client->body, bytes, size);
    return client->body.failed ? 0 : size;
}

static size_t on_header(char *bytes, size_t one, size_t size, void *context) {
    struct http_client *client = context;
    (void)one;
    static const char name[] = "retry-after:";
    char value[16] = "";
    if (size > sizeof name && strncasecmp(bytes, name, sizeof name - 1) == 0) {
        size_t length = size - (sizeof name - 1);
        if (length >= sizeof value) length = sizeof value - 1;
        memcpy(value, bytes + sizeof name - 1, length);
        unsigned long seconds = strtoul(value, NULL, 10);
        client->retry_after_s = seconds < 3600 ? (uint32_t)seconds : 3600;
    }
    return size;
}

enum status http_client_open(const struct http_client_options *options, struct http_client **out,
                             struct error *err) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    *out = NULL;
    (void)pthread_once(&once, start_library);
    struct http_client *client = memory_new_array(struct http_client, 1);
    if (client == NULL) return error_set(err, STATUS_NO_MEMORY, "http client: memory");
    client->options = *options;
    text_init(&client->body, options->answer_bytes_max);
    client->curl = curl_easy_init();
    if (client->curl == NULL) {
        http_client_close(client);
        return error_set(err, STATUS_NO_MEMORY, "http client: memory");
    }
    *out = client;
    return STATUS_OK;
}

void http_client_close(struct http_client *client) {
    if (client == NULL) return;
    curl_easy_cleanup(client->curl);
    text_free(&client->body);
    memory_free(client);
}

static void set_request(struct http_client *client, const char *method, const char *url,
                        const void *body, size_t size) {
    CURL *curl = client->curl;
    curl_easy_reset(curl); /* the connection is kept */
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                           (long)client->options.connect_timeout_ms);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)client->options.timeout_ms);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, client);
    if (strcmp(method, "HEAD") == 0) {
        (void)curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else if (size > 0 || strcmp(method, "POST") == 0) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, size > 0 ? body : "");
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    }
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
}

static enum status explain(const struct http_client *client, CURLcode code, const char *url,
                           struct error *err) {
    switch (code) {
        case CURLE_OK: return STATUS_OK;
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
            return error_set(err, STATUS_INVALID, "%s is no address of a server", url);
        case CURLE_OUT_OF_MEMORY: return error_set(err, STATUS_NO_MEMORY, "asking %s: memory", url);
        case CURLE_WRITE_ERROR:
            if (client->too_large)
                return error_set(err, STATUS_TOO_LARGE, "the answer of %s is over %zu bytes", url,
                                 client->options.answer_bytes_max);
            return error_set(err, STATUS_NO_MEMORY, "asking %s: memory", url);
        default: return error_set(err, STATUS_IO, "asking %s: %s", url, curl_easy_strerror(code));
    }
}

enum status http_client_send(struct http_client *client, const char *method, const char *url,
                             const char *const *headers, uint32_t header_count, const void *body,
                             size_t size, struct http_answer *answer, struct error *err) {
    *answer = (struct http_answer){0};
    text_clear(&client->body);
    client->retry_after_s = 0;
    client->too_large = false;
    set_request(client, method, url, body, size);
    struct curl_slist *list = NULL;
    for (uint32_t i = 0; i < header_count; i++) {
        struct curl_slist *longer = curl_slist_append(list, headers[i]);
        if (longer == NULL) {
            curl_slist_free_all(list);
            return error_set(err, STATUS_NO_MEMORY, "asking %s: memory", url);
        }
        list = longer;
    }
    (void)curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, list);
    enum status status = explain(client, curl_easy_perform(client->curl), url, err);
    (void)curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(list);
    if (status != STATUS_OK) return status;

    long code = 0;
    (void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &code);
    *answer = (struct http_answer){.status = (int)code,
                                   .body = client->body.size > 0 ? client->body.bytes : "",
                                   .size = client->body.size,
                                   .retry_after_s = client->retry_after_s};
    return STATUS_OK;
}
