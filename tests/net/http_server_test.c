/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the server answers what it should, keeps its limits and survives its clients.
 * Method: real sockets on loopback; handlers wait at a gate, so that "full" and "under way" are
 * facts and not a matter of timing. */
#include "net/http_server.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "base/pool.h"
#include "tests/net/wire.h"

/* --- a server with a few handlers ------------------------------------------------------------ */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int at_gate, handled;

static void answer_hello(void *context, struct http_request *request) {
    atomic_fetch_add(&handled, 1);
    http_reply(request, 200, "text/plain", context, strlen(context));
}

static void answer_echo(void *context, struct http_request *request) {
    (void)context;
    size_t size;
    const char *body = http_request_body(request, &size);
    EXPECT_EQ(body[size], '\0');
    http_reply(request, 200, "application/octet-stream", body, size);
}

static void answer_size(void *context, struct http_request *request) {
    (void)context;
    size_t size, sum = 0;
    const char *body = http_request_body(request, &size);
    for (size_t i = 0; i < size; i++) sum += (unsigned char)body[i];
    char text[64];
    int length = snprintf(text, sizeof text, "%zu %zu", size, sum);
    http_reply(request, 200, "text/plain", text, (size_t)length);
}

static void answer_after_gate(void *context, struct http_request *request) {
    atomic_fetch_add(&at_gate, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    atomic_fetch_sub(&at_gate, 1);
    answer_hello(context, request);
}

static void note_header(void *context, const char *name, const char *value) {
    char *text = context;
    size_t size = strlen(text);
    (void)snprintf(text + size, 256 - size, "%s=%s;", name, value);
}

static void answer_request(void *context, struct http_request *request) {
    (void)context;
    char text[1024], headers[256] = "";
    const char *header = http_request_header(request, "x-a");
    http_request_headers(request, "ce-", note_header, headers);
    int length = snprintf(text, sizeof text, "%s %s ?%s x-a=%s ce:%s", http_request_method(request),
                          http_request_path(request), http_request_query(request),
                          header != NULL ? header : "(none)", headers);
    http_reply_header(request, "X-Injected", "a\r\nEvil: 1");
    http_reply(request, 201, "text/plain; charset=utf-8", text, (size_t)length);
}

static void answer_nothing(void *context, struct http_request *request) {
    (void)context, (void)request;
}

static void answer_problem(void *context, struct http_request *request) {
    http_reply_problem(request, *(enum status *)context, "a \"detail\"");
}

static void answer_no_content(void *context, struct http_request *request) {
    (void)context;
    http_reply(request, 204, NULL, NULL, 0);
}

static enum status not_found = STATUS_NOT_FOUND, busy = STATUS_BUSY;
static char hello[] = "hello";

static const struct http_route routes[] = {
    {"GET", "/hello", 0, answer_hello, hello},
    {"POST", "/hello", 0, answer_hello, hello},
    {"POST", "/echo", 0, answer_echo, NULL},
    {"POST", "/size", 0, answer_size, NULL},
    {"GET", "/request/*", 0, answer_request, NULL},
    {"GET", "/nothing", 0, answer_nothing, NULL},
    {"GET", "/missing", 0, answer_problem, &not_found},
    {"GET", "/busy", 0, answer_problem, &busy},
    {"DELETE", "/none", 0, answer_no_content, NULL},
    {"GET", "/gate", 1, answer_after_gate, hello},
    {"POST", "/gate", 1, answer_after_gate, hello},
};
static const struct http_lane lanes[] = {{"fast", 2, 64}, {"gate", 2, 2}};

enum { BODY_MAX = 1 << 20, INFLIGHT_MAX = 2 << 20, CONNECTIONS_MAX = 200 };

static struct http_server_options server_options(void) {
    return (struct http_server_options){
        .address = "127.0.0.1",
        .loops = 2,
        .lanes = lanes,
        .lane_count = 2,
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
        .body_bytes_max = BODY_MAX,
        .inflight_bytes_max = INFLIGHT_MAX,
        .connections_max = CONNECTIONS_MAX,
        .idle_timeout_ms = 20000,
    };
}

static struct http_server *start(const struct http_server_options *options, uint16_t *port) {
    struct http_server *server = NULL;
    struct error err = {""};
    enum status status = http_server_start(options, &server, &err);
    if (status != STATUS_OK) test_fail(__FILE__, __LINE__, "%s", err.text);
    *port = http_server_port(server);
    EXPECT(*port != 0);
    atomic_store(&handled, 0);
    return server;
}

static struct http_server *start_usual(uint16_t *port) {
    struct http_server_options options = server_options();
    return start(&options, port);
}

static void wait_for(_Atomic int *counter, int value) {
    while (atomic_load(counter) < value) sched_yield();
}

static struct wire_answer answer;

/* --- answers --------------------------------------------------------------------------------- */

TEST(http_server_answers_get_and_head_alike_but_for_the_body) {
    uint16_t port;
    struct http_server *server = start_usual(&port);
    wire_ask(port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TEXT(answer.body, "hello");
    EXPECT_TEXT(wire_header(&answer, "Content-Type"), "text/plain");
    EXPECT_TEXT(wire_header(&answer, "Connection"), "keep-alive");
    EXPECT_EQ(strlen(wire_header(&answer, "Date")), strlen("Mon, 23 Nov 2026 13:00:00 GMT"));
    int wire = wire_connect(port);
    (void)wire_send_text(wire,
                         "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n"
                         "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_read(wire, true, &answer);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TEXT(wire_header(&answer, "Content-Length"), "5");
    wire_read(wire, false, &answer);
    EXPECT_TEXT(answer.body, "hello");
    (void)close(wire);
    http_server_stop(server, 1000);
}

TEST(http_server_gives_the_handler_all_of_the_request) {
    uint16_t port;
    struct http_server *server = start_usual(&port);
    wire_ask(port,
             "GET /request/a%20b?z=1&a=%41+c&ab=3 HTTP/1.1\r\nHost: a\r\nX-A: one\r\n"
             "Ce-Id: 7\r\nce-type: t\r\n\r\n",
             &answer);
    EXPECT_EQ(answer.status, 201);
    EXPECT_TEXT(answer.body, "GET /request/a b ?z=1&a=%41+c&ab=3 x-a=one ce:ce-id=7;ce-type=t;");
    EXPECT_TEXT(wire_header(&answer, "X-Injected"), "a  Evil: 1");
    EXPECT_TEXT(wire_header(&answer, "Evil"), "");
    http_server_stop(server, 1000);
}

TEST(http_server_refuses_with_a_problem_document) {
    static const struct {
        const char *text;
        int status;
    } cases[] = {
        {"GET /absent HTTP/1.1\r\nHost: a\r\n\r\n", 404},
        {"GET /hello/ HTTP/1.1\r\nHost: a\r\n\r\n", 404},
        {"GET /request HTTP/1.1\r\nHost: a\r\n\r\n", 404},
        {"PUT /hello HTTP/1.1\r\nHost: a\r\n\r\n", 405},
        {"PUT /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123456789", 405},
        {"GET /hello HTTP/1.1\r\n\r\n", 400},
        {"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"nonsense\r\n\r\n", 400},
        {"GET /hello HTTP/3.0\r\nHost: a\r\n\r\n", 505},
        {"GET /hello HTTP/1.1\r\nHost: a\r\nExpect: miracle\r\n\r\n", 417},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: br\r\n\r\n", 501},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413},
        {"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 500},
        {"GET /missing HTTP/1.1\r\nHost: a\r\n\r\n", 404},
        {"GET /busy HTTP/1.1\r\nHost: a\r\n\r\n", 429},
    };
    uint16_t port;
    struct http_server *server = start_usual(&port);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wire_ask(port, cases[i].text, &answer);
        char status[32];
        (void)snprintf(status, sizeof status, "\"status\":%d,", cases[i].status);
        if (answer.status != cases[i].status || strstr(answer.body, status) == NULL)
            test_fail(__FILE__, __LINE__, "%d %s for %s", answer.status, answer.body,
                      cases[i].text);
        EXPECT_TEXT(wire_header(&answer, "Content-Type"), "application/problem+json");
        EXPECT_TEXT(wire_header(&answer, "Retry-After"), cases[i].status == 429 ? "1" : "");
        EXPECT_TEXT(wire_header(&answer, "Allow"), cases[i].status == 405 ? "GET, HEAD, POST" : "");
    }
    EXPECT(strstr(answer.body, "\"title\":\"Too Many Requests\"") != NULL);
    EXPECT(strstr(answer.body, "\"detail\":\"a \\\"detail\\\"\"}") != NULL);
    wire_ask(port, "DELETE /none HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    EXPECT_EQ(answer.status, 204);
    EXPECT_TEXT(wire_header(&answer, "Content-Length"), "");
    http_server_stop(server, 1000);
}

TEST(http_server_refuses_headers_without_end) {
    uint16_t port;
    struct http_server *server = start_usual(&port);
    static char text[20000];
    memset(text, 'x', sizeof text);
    memcpy(text, "GET /hello HTTP/1.1\r\nX: ", 24);
    int wire = wire_connect(port);
    (void)wire_send(wire, text, sizeof text);
    wire_read(wire, false, &answer);
    EXPECT_EQ(answer.status, 431);
    (void)close(wire);
    http_server_stop(server, 1000);
}

/* --- connections ----------------------------------------------------------------------------- */

TEST(http_server_answers_pipelined_requests_in_order) {
    uint16_t port;
    struct http_server *server = start_usual(&port);
    int wire = wire_connect(port);
    char text[8192], expected[16];
    size_t size = 0;
    for (int i = 0; i < 50; i++) {
        size += (size_t)snprintf(
            text + size, sizeof text - size,
            i % 2 ? "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n%03d"
                  : "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n1\r\n0\r\n2\r\n%02d\r\n0\r\n\r\n",
            i);
    }
    (void)wire_send(wire, text, size);
    for (int i = 0; i < 50; i++) {
        wire_read(wire, false, &answer);
        (void)snprintf(expected, sizeof expected, "%03d", i);
        EXPECT_TEXT(answer.body, expected);
    }
    (void)close(wire);
    http_server_stop(server, 1000);
}

TEST(http_server_takes_a_request_byte_by_byte) {
    static const char text[] =
        "\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6;x\r\n world\r\n0\r\nT: x\r\n\r\n"
        "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nend";
    uint16_t port;
    struct http_server *server = start_usual(&port);
    int wire = wire_connect(port), on = 1;
    (void)setsockopt(wire, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
    for (size_t i = 0; i + 1 < sizeof text; i++) (void)wire_send(wire, text + i, 1);
    wire_read(wire, false, &answer);
    EXPECT_TEXT(answer.body, "hello world");
    wire_read(wire, false, &answer);
    EXPECT_TEXT(answer.body, "end");
    EXPECT_TEXT(wire_header(&answer, "Connection"), "close");
    EXPECT(wire_ended(wire));
    (void)close(wire);
    http_server_stop(server, 1000);
}

static void check_big_body(uint16_t port, bool chunked, size_t size) {
    char head[128], expected[64];
    char *body = memory_get(size + 32);
    EXPECT(body != NULL);
    if (body == NULL) return;
    uint64_t seed = size, sum = 0;
    for (size_t i = 0; i < size; i++) {
        body[i] = (char)test_random(&seed);
        sum += (unsigned char)body[i];
    }
    int wire = wire_connect(port);
    (void)snprintf(head, sizeof head, "POST /size HTTP/1.1\r\nHost: a\r\n%s: %s%zu\r\n\r\n",
                   chunked ? "Transfer-Encoding" : "Content-Length",
                   chunked ? "chunked\r\nX: " : "", size);
    (void)wire_send_text(wire, head);
    for (size_t at = 0; at < size && chunked;) {
        size_t piece = 1 + test_random(&seed) % 70000;
        if (piece > size - at) piece = size - at;
        (void)snprintf(head, sizeof head, "%zx\r\n", piece);
        (void)wire_send_text(wire, head);
        (void)wire_send(wire, body + at, piece);
        (void)wire_send_text(wire, "\r\n");
        at += piece;
    }
    if (chunked) (void)wire_send_text(wire, "0\r\n\r\n");
    if (!chunked) (void)wire_send(wire, body, size);
    wire_read(wire, false, &answer);
    (void)snprintf(expected, sizeof expected, "%zu %llu", size, (unsigned long long)sum);
    EXPECT_TEXT(answer.body, expected);
    (void)close(wire);
    memory_free(body);
}

TEST(http_server_takes_an_empty_line_that_comes_in_two_pieces) {
    struct http_server_options options = server_options();
    options.loops = 1;
    uint16_t port;
    struct http_server *server = start(&options, &port);
    int wire = wire_connect(port);
    (void)wire_send_text(wire, "\r");
    wire_ask(port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", &answer); /* the loop has seen it */
    (void)wire_send_text(wire, "\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    wire_read(wire, false, &answer);
    EXPECT_TEXT(answer.body, "hello");
    (void)close(wire);
    http_server_stop(server, 1000);
}

TEST(http_server_takes_bodies_up_to_its_limit_whole) {
    static const size_t sizes[] = {1, 4095, 262144, 262145, 700000, BODY_MAX};
    uint16_t port;
    struct http_server *server = start_usual(&port);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_big_body(port, false, sizes[i]);
        check_big_body(port, true, sizes[i]);
    }
    http_server_stop(server, 1000);
}

TEST(http_server_refuses_a_larger_body_while_it_is_still_being_sent) {
    uint16_t port;
    struct http_server *server = start_usual(&port);
    char *body = memory_new(1, 8 << 20);
    for (int chunked = 0; chunked < 2 && body != NULL; chunked++) {
        int wire = wire_connect(port);
        (void)wire_send_text(
            wire, chunked ? "POST /size HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "800000\r\n"
                          : "POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n");
        (void)wire_send(wire, body, 8 << 20); /* lingering: the answer is not lost */
        wire_read(wire, false, &answer);
        EXPECT_EQ(answer.status, 413);
        EXPECT_TEXT(wire_header(&answer, "Connection"), "close");
        (void)close(wire);
    }
    memory_free(body);
    http_server_stop(server, 1000);
}

TEST(http_server_invites_the_body_that_was_announced) {
    uint16_t port;
    struct http_server *server = start_usual(&port);
    int wire = wire_connect(port);
    (void)wire_send_text(wire,
                         "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                         "Content-Length: 4\r\n\r\n");
    wire_read(wire, true, &answer);
    EXPECT_EQ(answer.status, 100);
    (void)wire_send_text(wire, "body");
    wire_read(wire, false, &answer);
    EXPECT_TEXT(answer.body, "body");
    (void)wire_send_text(wire,
                         "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                         "Content-Length: 99999999\r\n\r\n");
    wire_read(wire, false, &answer);
    EXPECT_EQ(answer.status, 413);
    (void)close(wire);
    http_server_stop(server, 1000);
}

static bool admit_friends(void *context, struct http_request *request) {
    if (http_request_header(request, context) != NULL) return true;
    http_reply_problem(request, STATUS_UNAUTHORIZED, "friends only");
    return false;
}

TEST(http_server_takes_bodies_only_from_whom_it_admits) {
    struct http_server_options options = server_options();
    options.admits = admit_friends;
    options.admits_context = "x-friend";
    uint16_t port;
    struct http_server *server = start(&options, &port);
    static const char *const strangers[] = {
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"};
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        wire_ask(port, strangers[i], &answer);
        EXPECT_EQ(answer.status, 401);
        EXPECT_TEXT(wire_header(&answer, "Connection"), "close");
    }
    wire_ask(port, "POST /echo HTTP/1.1\r\nHost: a\r\nX-Friend: 1\r\nContent-Length: 4\r\n\r\nbody",
             &answer);
    EXPECT_TEXT(answer.body, "body");
    wire_ask(port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    EXPECT_EQ(answer.status, 200);
    http_server_stop(server, 1000);
}

TEST(http_server_listens_on_ipv6_and_refuses_a_second_server_on_its_port) {
    struct http_server_options options = server_options();
    uint16_t port;
    struct http_server *server = start(&options, &port);
    struct http_server *second = NULL;
    struct error err;
    options.port = port;
    EXPECT_EQ(http_server_start(&options, &second, &err), STATUS_IO);
    EXPECT(second == NULL);
    http_server_stop(server, 1000);

    options.address = "not an address";
    EXPECT_EQ(http_server_start(&options, &second, &err), STATUS_INVALID);

    options.address = "::1";
    options.port = 0;
    if (http_server_start(&options, &server, &err) != STATUS_OK) TEST_SKIP("no IPv6 here");
    struct sockaddr_in6 to = {.sin6_family = AF_INET6,
                              .sin6_port = htons(http_server_port(server)),
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int wire = socket(AF_INET6, SOCK_STREAM, 0);
    EXPECT(connect(wire, (struct sockaddr *)&to, sizeof to) == 0);
    (void)wire_send_text(wire, "GET /hello HTTP/1.1\r\nHost: [::1]\r\n\r\n");
    wire_read(wire, false, &answer);
    EXPECT_TEXT(answer.body, "hello");
    (void)close(wire);
    http_server_stop(server, 1000);
}

/* --- limits ---------------------------------------------------------------------------------- */

TEST(http_server_answers_429_when_the_lane_is_full_and_other_lanes_go_on) {
    uint16_t port;
    struct http_server *server = start_usual(&port);
    int wires[5];
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 4; i++) { /* two at work, two in the queue */
        wires[i] = wire_connect(port);
        (void)wire_send_text(wires[i], "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    wait_for(&at_gate, 2);
    do { /* until the four are in */
        wires[4] = wire_connect(port);
        (void)wire_send_text(wires[4],
                             "HEAD /gate HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        struct timeval moment = {0, 200000};
        (void)setsockopt(wires[4], SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
        wire_read(wires[4], true, &answer);
        (void)close(wires[4]);
    } while (answer.status == 0);
    EXPECT_EQ(answer.status, 429);
    EXPECT_TEXT(wire_header(&answer, "Retry-After"), "1");
    wire_ask(port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    EXPECT_EQ(answer.status, 200);
    pthread_mutex_unlock(&gate);
    int answered = 0;
    for (int i = 0; i < 4; i++) {
        wire_read(wires[i], false, &answer);
        answered += answer.status == 200;
        (void)close(wires[i]);
    }
    EXPECT_LE(2, answered); /* an impatient HEAD may have taken the place of one */
    http_server_stop(server, 1000);
}

TEST(http_server_bounds_the_bytes_under_way) {
    uint16_t port;
    struct http_server *server = start_usual(&port);
    char *body = memory_new(1, BODY_MAX);
    int wires[2];
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 2 && body != NULL; i++) {
        wires[i] = wire_connect(port);
        (void)wire_send_text(wires[i],
                             "POST /gate HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n");
        (void)wire_send(wires[i], body, BODY_MAX);
    }
    wait_for(&at_gate, 2);
    wire_ask(port, "POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", &answer);
    EXPECT_EQ(answer.status, 503);
    EXPECT_TEXT(wire_header(&answer, "Retry-After"), "1");
    wire_ask(port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    EXPECT_EQ(answer.status, 200);
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < 2 && body != NULL; i++) {
        wire_read(wires[i], false, &answer);
        EXPECT_TEXT(answer.body, "hello");
        (void)close(wires[i]);
    }
    wire_ask(port, "POST /size HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", &answer);
    EXPECT_EQ(answer.status, 200);
    memory_free(body);
    http_server_stop(server, 1000);
}

TEST(http_server_bounds_its_connections) {
    struct http_server_options options = server_options();
    options.connections_max = 3;
    uint16_t port;
    struct http_server *server = start(&options, &port);
    int wires[4];
    for (int i = 0; i < 3; i++) {
        wires[i] = wire_connect(port);
        (void)wire_send_text(wires[i], "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        wire_read(wires[i], false, &answer);
        EXPECT_EQ(answer.status, 200);
    }
    wires[3] = wire_connect(port);
    EXPECT(wire_ended(wires[3]));
    (void)close(wires[0]);
    do {
        wire_ask(port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    } while (answer.status == 0);
    EXPECT_EQ(answer.status, 200);
    for (int i = 1; i < 4; i++) (void)close(wires[i]);
    http_server_stop(server, 1000);
}

TEST(http_server_cuts_slow_clients) {
    static const char *const beginnings[] = {
        "",
        "GET /hello HT",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    struct http_server_options options = server_options();
    options.idle_timeout_ms = 300;
    uint16_t port;
    struct http_server *server = start(&options, &port);
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        int wire = wire_connect(port);
        (void)wire_send_text(wire, beginnings[i]);
        if (i == 4) wire_read(wire, false, &answer);
        EXPECT(wire_ended(wire));
        (void)close(wire);
    }
    http_server_stop(server, 1000);
}

/* --- hanging up and stopping ----------------------------------------------------------------- */

TEST(http_server_survives_clients_that_hang_up_at_any_point) {
    static const char text[] =
        "POST /gate HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
    uint16_t port;
    struct http_server *server = start_usual(&port);
    for (size_t size = 0; size < sizeof text; size++) {
        int wire = wire_connect(port);
        (void)wire_send(wire, text, size);
        if (size % 2) { /* a reset instead of a polite end */
            struct linger hard = {1, 0};
            (void)setsockopt(wire, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        }
        (void)close(wire);
    }
    wire_ask(port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    EXPECT_EQ(answer.status, 200);
    http_server_stop(server, 1000);
}

TEST(http_server_survives_clients_that_hang_up_while_workers_run) {
    struct http_server_options options = server_options();
    const struct http_lane wide[] = {{"fast", 2, 64}, {"gate", 2, 64}};
    options.lanes = wide;
    uint16_t port;
    struct http_server *server = start(&options, &port);
    pthread_mutex_lock(&gate);
    int stay[20];
    for (int i = 0; i < 20; i++) {
        int gone = wire_connect(port);
        stay[i] = wire_connect(port);
        (void)wire_send_text(gone, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
        (void)wire_send_text(stay[i], "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
        if (i == 0) wait_for(&at_gate, 2);
        (void)close(gone);
    }
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < 20; i++) {
        wire_read(stay[i], false, &answer);
        EXPECT_TEXT(answer.body, "hello");
        (void)close(stay[i]);
    }
    http_server_stop(server, 1000);
}

struct stopper {
    struct http_server *server;
    uint32_t drain_ms;
    _Atomic bool stopped;
};

static void *stop_server(void *context) {
    struct stopper *stopper = context;
    http_server_stop(stopper->server, stopper->drain_ms);
    atomic_store(&stopper->stopped, true);
    return NULL;
}

/* --- without a worker ------------------------------------------------------------------------ */

static _Atomic int resumed;

static void resume_later(void *context, struct http_request *request) {
    atomic_fetch_add(&resumed, 1);
    answer_hello(context, request);
}

static struct pool *others;

struct waiting {
    struct pool_job job; /* first member */
    struct http_request *request;
};

static void wait_at_gate(struct pool_job *job) {
    struct waiting *waiting = (struct waiting *)(void *)job;
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    http_request_resume(waiting->request);
    free(waiting);
}

/* GET /hello at once, GET /gate when the gate opens; all else is for the workers. */
static bool take(void *context, struct http_request *request) {
    (void)context;
    if (strcmp(http_request_method(request), "GET") != 0) return false;
    if (http_request_route(request)->handler == answer_hello) {
        http_reply(request, 200, "text/plain", "at once", 7);
        return true;
    }
    if (http_request_route(request)->handler != answer_after_gate) return false;
    struct waiting *waiting = malloc(sizeof *waiting);
    *waiting = (struct waiting){.job.run = wait_at_gate, .request = request};
    http_request_later(request, resume_later, hello);
    CHECK(pool_submit(others, &waiting->job) == STATUS_OK);
    return true;
}

static struct http_server *start_taking(uint16_t *port) {
    struct http_server_options options = server_options();
    options.takes = take;
    EXPECT_OK(pool_start(&(struct pool_options){"others", 2, 100}, &others, NULL));
    atomic_store(&resumed, 0);
    return start(&options, port);
}

static void stop_taking(struct http_server *server) {
    http_server_stop(server, 5000);
    pool_stop(others);
}

#define ASK(path)  "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define SEND(path) "POST " path " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"

TEST(http_server_answers_in_order_whoever_answers) {
    uint16_t port;
    struct http_server *server = start_taking(&port);
    int wire = wire_connect(port);
    for (int i = 0; i < 300; i++)
        (void)wire_send_text(wire, ASK("/gate") ASK("/hello") SEND("/hello"));
    for (int i = 0; i < 300; i++) {
        static const char *const expected[] = {"hello", "at once", "hello"};
        for (int k = 0; k < 3; k++) {
            wire_read(wire, false, &answer);
            EXPECT_EQ(answer.status, 200);
            EXPECT_TEXT(answer.body, expected[k]);
        }
    }
    EXPECT_EQ(atomic_load(&resumed), 300);
    (void)close(wire);
    stop_taking(server);
}

/* Half of them close both ways, or only their sending one and wait for the answer. */
TEST(http_server_survives_clients_that_hang_up_while_nobody_works) {
    uint16_t port;
    struct http_server *server = start_taking(&port);
    pthread_mutex_lock(&gate);
    int stay[20];
    for (int i = 0; i < 20; i++) {
        int gone = wire_connect(port);
        stay[i] = wire_connect(port);
        (void)wire_send_text(gone, i % 3 ? ASK("/gate") : ASK("/gate") ASK("/hello"));
        (void)wire_send_text(stay[i], ASK("/gate"));
        if (i % 2) (void)shutdown(stay[i], SHUT_WR);
        (void)close(gone);
    }
    struct stopper stopper = {.server = server, .drain_ms = 5000};
    pthread_t thread; /* and the server ends meanwhile: it waits for them */
    wire_ask(port, ASK("/hello"), &answer);
    EXPECT_TEXT(answer.body, "at once");
    CHECK(pthread_create(&thread, NULL, stop_server, &stopper) == 0);
    pthread_mutex_unlock(&gate);
    int answered = 0;
    for (int i = 0; i < 20; i++) {
        wire_read(stay[i], false, &answer);
        answered += answer.status == 200;
        (void)close(stay[i]);
    }
    (void)pthread_join(thread, NULL);
    pool_stop(others);
    EXPECT_EQ(answered, 20);
}

static bool refuses_connections(uint16_t port) {
    int wire = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool refused = connect(wire, (struct sockaddr *)&to, sizeof to) != 0;
    (void)close(wire);
    return refused;
}

TEST(http_server_stop_lets_the_requests_under_way_end) {
    uint16_t port;
    struct stopper stopper = {.server = start_usual(&port), .drain_ms = 20000};
    int idle = wire_connect(port), half = wire_connect(port), wires[4];
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 4; i++) {
        wires[i] = wire_connect(port);
        (void)wire_send_text(wires[i], "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
        if (i == 1) wait_for(&at_gate, 2);
    }
    (void)wire_send_text(half, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha");
    wire_ask(port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", &answer); /* they have been read */
    usleep(100000);
    pthread_t thread;
    pthread_create(&thread, NULL, stop_server, &stopper);
    while (!refuses_connections(port)) usleep(1000);
    EXPECT(wire_ended(idle));
    EXPECT(!atomic_load(&stopper.stopped));
    (void)wire_send_text(half, "lf");
    wire_read(half, false, &answer);
    EXPECT_TEXT(answer.body, "half");
    EXPECT_TEXT(wire_header(&answer, "Connection"), "close");
    EXPECT(wire_ended(half));
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < 4; i++) {
        wire_read(wires[i], false, &answer);
        EXPECT_TEXT(answer.body, "hello");
        EXPECT(wire_ended(wires[i]));
        (void)close(wires[i]);
    }
    (void)close(idle);
    (void)close(half);
    pthread_join(thread, NULL);
}

TEST(http_server_stop_cuts_what_does_not_end_in_time) {
    uint16_t port;
    struct stopper stopper = {.server = start_usual(&port), .drain_ms = 100};
    int half = wire_connect(port), waiting = wire_connect(port);
    pthread_mutex_lock(&gate);
    (void)wire_send_text(half, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha");
    (void)wire_send_text(waiting, "GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_for(&at_gate, 1);
    pthread_t thread;
    pthread_create(&thread, NULL, stop_server, &stopper);
    EXPECT(wire_ended(half));
    EXPECT(wire_ended(waiting)); /* its worker still runs */
    pthread_mutex_unlock(&gate);
    pthread_join(thread, NULL);
    (void)close(half);
    (void)close(waiting);
}

/* --- load and failing allocations ------------------------------------------------------------ */

static void *ask_often(void *context) {
    uint16_t port = *(uint16_t *)context;
    struct wire_answer *mine = memory_new_array(struct wire_answer, 1);
    if (mine == NULL) return NULL;
    for (int round = 0; round < 20; round++) {
        int wire = wire_connect(port);
        for (int i = 0; i < 10; i++) {
            (void)wire_send_text(
                wire, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabcdef");
            wire_read(wire, false, mine);
            EXPECT_EQ(mine->status, 200);
            EXPECT_TEXT(mine->body, "abcdef");
        }
        (void)close(wire);
    }
    memory_free(mine);
    return NULL;
}

TEST(http_server_serves_many_clients_at_once) {
    uint16_t port;
    struct http_server *server = start_usual(&port);
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, ask_often, &port);
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    http_server_stop(server, 1000);
}

TEST(http_server_survives_every_refused_allocation) {
    uint16_t port;
    struct http_server *server = start_usual(&port);
    for (size_t after = 0; after < 12; after++) {
        memory_fail_after(after);
        int wire = wire_connect(port);
        (void)wire_send_text(wire,
                             "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        wire_read(wire, false, &answer); /* an answer, a refusal or a closed connection */
        EXPECT(answer.status == 200 || answer.status == 503 || answer.status == 0);
        (void)close(wire);
        memory_fail_after(SIZE_MAX);
        wire_ask(port, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
        EXPECT_EQ(answer.status, 200);
    }
    http_server_stop(server, 1000);
}
