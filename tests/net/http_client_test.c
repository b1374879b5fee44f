/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the client gets answers from our server and says clearly why when it does not.
 * Method: a real server on loopback. */
#include "net/http_client.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "net/http_server.h"
#include "tests/test.h"

static void answer_echo(void *context, struct http_request *request) {
    (void)context;
    size_t size;
    const char *body = http_request_body(request, &size);
    const char *header = http_request_header(request, "x-test");
    http_reply_header(request, "X-Echo", header != NULL ? header : "");
    http_reply(request, 200, "text/plain", body, size);
}

static void answer_method(void *context, struct http_request *request) {
    (void)context;
    const char *method = http_request_method(request),
               *header = http_request_header(request, "x-test");
    char text[64];
    int size = snprintf(text, sizeof text, "%s %s", method, header != NULL ? header : "");
    http_reply(request, 200, "text/plain", text, (size_t)size);
}

static void answer_busy(void *context, struct http_request *request) {
    (void)context;
    http_reply_problem(request, STATUS_BUSY, "later");
}

static void answer_redirect(void *context, struct http_request *request) {
    (void)context;
    http_reply_header(request, "Location", "/method");
    http_reply(request, 303, NULL, NULL, 0);
}

static void answer_late(void *context, struct http_request *request) {
    (void)context;
    usleep(700000);
    http_reply(request, 200, NULL, NULL, 0);
}

static const struct http_route routes[] = {
    {"POST", "/echo", 0, answer_echo, NULL},       {"GET", "/method", 0, answer_method, NULL},
    {"DELETE", "/method", 0, answer_method, NULL}, {"POST", "/method", 0, answer_method, NULL},
    {"GET", "/busy", 0, answer_busy, NULL},        {"GET", "/redirect", 0, answer_redirect, NULL},
    {"GET", "/late", 0, answer_late, NULL},
};
static const struct http_lane lane = {"test", 2, 16};

static struct http_server *server;
static struct http_client *client;
static struct http_answer answer;
static struct error err;
static char url[128];

static const char *url_of(const char *path) {
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", http_server_port(server), path);
    return url;
}

static void begin(uint32_t timeout_ms, size_t answer_bytes_max) {
    struct http_server_options options = {.address = "127.0.0.1",
                                          .loops = 1,
                                          .lanes = &lane,
                                          .lane_count = 1,
                                          .routes = routes,
                                          .route_count = sizeof routes / sizeof routes[0],
                                          .body_bytes_max = 8 << 20,
                                          .inflight_bytes_max = 16 << 20,
                                          .connections_max = 10,
                                          .idle_timeout_ms = 5000};
    EXPECT_OK(http_server_start(&options, &server, &err));
    const struct http_client_options ours = {2000, timeout_ms, answer_bytes_max};
    EXPECT_OK(http_client_open(&ours, &client, &err));
}

static void end(void) {
    http_client_close(client);
    http_server_stop(server, 2000);
}

TEST(http_client_sends_methods_headers_and_bodies) {
    begin(10000, 1 << 20);
    static const char *const headers[] = {"X-Test: one"};
    static const char *const methods[] = {"GET", "DELETE", "POST"};
    for (int round = 0; round < 2; round++) { /* the second on the kept connection */
        for (size_t i = 0; i < 3; i++) {
            char expected[32];
            (void)snprintf(expected, sizeof expected, "%s one", methods[i]);
            EXPECT_OK(http_client_send(client, methods[i], url_of("/method"), headers, 1, NULL, 0,
                                       &answer, &err));
            EXPECT_EQ(answer.status, 200);
            EXPECT_TEXT(answer.body, expected);
        }
    }
    EXPECT_OK(http_client_send(client, "HEAD", url_of("/method"), NULL, 0, NULL, 0, &answer, &err));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.size, 0);
    EXPECT_TEXT(answer.body, "");
    EXPECT_OK(http_client_send(client, "POST", url_of("/echo"), NULL, 0, "a\0b", 3, &answer, &err));
    EXPECT(answer.size == 3 && memcmp(answer.body, "a\0b", 4) == 0);
    end();
}

TEST(http_client_sends_bodies_that_wait_for_an_invitation) {
    begin(20000, 8 << 20);
    const size_t size = 6 << 20; /* large enough for "Expect: 100-continue" */
    char *body = memory_new(1, size);
    EXPECT(body != NULL);
    if (body == NULL) return;
    for (size_t i = 0; i < size; i++) body[i] = (char)(i * 31 >> 3);
    EXPECT_OK(
        http_client_send(client, "POST", url_of("/echo"), NULL, 0, body, size, &answer, &err));
    EXPECT(answer.size == size && memcmp(answer.body, body, size) == 0);
    EXPECT_OK(
        http_client_send(client, "POST", url_of("/echo"), NULL, 0, body, size, &answer, &err));
    EXPECT_EQ(answer.status, 200);
    memory_free(body);
    end();
}

TEST(http_client_tells_statuses_and_follows_nothing) {
    begin(10000, 1 << 20);
    EXPECT_OK(http_client_send(client, "GET", url_of("/busy"), NULL, 0, NULL, 0, &answer, &err));
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.retry_after_s, 1);
    EXPECT_OK(http_client_send(client, "GET", url_of("/absent"), NULL, 0, NULL, 0, &answer, &err));
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.retry_after_s, 0);
    EXPECT_OK(
        http_client_send(client, "GET", url_of("/redirect"), NULL, 0, NULL, 0, &answer, &err));
    EXPECT_EQ(answer.status, 303);
    end();
}

TEST(http_client_uses_no_proxy) {
    EXPECT(setenv("http_proxy", "http://127.0.0.1:1", 1) == 0);
    begin(10000, 1 << 20);
    EXPECT_OK(http_client_send(client, "GET", url_of("/method"), NULL, 0, NULL, 0, &answer, &err));
    EXPECT_EQ(answer.status, 200);
    end();
    EXPECT(unsetenv("http_proxy") == 0);
}

TEST(http_client_says_why_there_is_no_answer) {
    begin(300, 10);
    EXPECT_EQ(http_client_send(client, "GET", "no url", NULL, 0, NULL, 0, &answer, &err),
              STATUS_INVALID);
    EXPECT_EQ(
        http_client_send(client, "GET", "file:///etc/hostname", NULL, 0, NULL, 0, &answer, &err),
        STATUS_INVALID);
    EXPECT_EQ(http_client_send(client, "GET", url_of("/late"), NULL, 0, NULL, 0, &answer, &err),
              STATUS_IO);
    EXPECT_EQ(http_client_send(client, "POST", url_of("/echo"), NULL, 0, "0123456789a", 11, &answer,
                               &err),
              STATUS_TOO_LARGE);
    EXPECT(answer.body == NULL);
    EXPECT_OK(http_client_send(client, "POST", url_of("/echo"), NULL, 0, "0123456789", 10, &answer,
                               &err));
    EXPECT_TEXT(answer.body, "0123456789");
    char gone[128];
    (void)snprintf(gone, sizeof gone, "%s", url_of("/echo"));
    http_server_stop(server, 2000);
    EXPECT_EQ(http_client_send(client, "GET", gone, NULL, 0, NULL, 0, &answer, &err), STATUS_IO);
    EXPECT(strstr(err.text, gone) != NULL);
    http_client_close(client);
}
