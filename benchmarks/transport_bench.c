/* SPDX-License-Identifier: EUPL-1.2 */
/* Question: how many events a second could come in over HTTP if nothing were done with them?
 * Sketch: the server does all it does for a body (read it into memory of its own, hand it to a
 * worker, answer), but the handler only counts line feeds. Each byte is copied once by the kernel
 * (10 GB/s) and looked at once (20 GB/s or more), so 230 bytes are near 35 ns; a body of 1,000
 * events adds four changes of threads and ten system calls, near 20 us. So 15 to 20 M events/s a
 * core of the server; the sender's copy costs as much again, on the other core. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "benchmarks/bench.h"
#include "benchmarks/bench_sample.h"
#include "net/http_server.h"

enum { EVENTS_A_BODY = 1000, CONNECTIONS = 2, ANSWER_BYTES_MAX = 1024 };

static _Atomic uint64_t counted;

static void count_lines(void *context, struct http_request *request) {
    (void)context;
    size_t size;
    const char *at = http_request_body(request, &size), *end = at + size;
    uint64_t lines = 0;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        lines++;
    }
    (void)atomic_fetch_add(&counted, lines);
    http_reply(request, 200, "text/plain", "", 0);
}

/* ---- the sender: blocking, a body again and again ---- */

struct sender {
    uint16_t port;
    const struct text *body;
    uint64_t requests, cpu_ns;
    pthread_t thread;
};

static uint64_t cpu_now_ns(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void send_all(int handle, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t sent = send(handle, bytes, size, MSG_NOSIGNAL);
        CHECK(sent > 0);
        bytes += sent;
        size -= (size_t)sent;
    }
}

static void *send_bodies(void *context) {
    struct sender *sender = context;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(sender->port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int handle = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(handle >= 0 && connect(handle, (struct sockaddr *)&to, sizeof to) == 0);
    char head[128], answer[ANSWER_BYTES_MAX];
    int head_size = snprintf(head, sizeof head,
                             "POST /count HTTP/1.1\r\nHost: bench\r\nContent-Length: %zu\r\n\r\n",
                             sender->body->size);
    for (uint64_t i = 0; i < sender->requests; i++) {
        send_all(handle, head, (size_t)head_size);
        send_all(handle, sender->body->bytes, sender->body->size);
        size_t size = 0; /* the answer has no body: it ends with its head */
        do {
            ssize_t got = recv(handle, answer + size, sizeof answer - size, 0);
            CHECK(got > 0);
            size += (size_t)got;
        } while (size < 4 || memcmp(answer + size - 4, "\r\n\r\n", 4) != 0);
        CHECK(memcmp(answer, "HTTP/1.1 200", 12) == 0);
    }
    (void)close(handle);
    sender->cpu_ns = cpu_now_ns(CLOCK_THREAD_CPUTIME_ID);
    return NULL;
}

/* ---- the whole ---- */

/* One run; the time that passed, and how much the processors worked for the server. */
static uint64_t run_once(uint16_t port, const struct text *body, uint64_t requests,
                         uint64_t *server_ns) {
    struct sender senders[CONNECTIONS];
    const uint64_t start_ns = bench_now_ns();
    const uint64_t start_cpu_ns = cpu_now_ns(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < CONNECTIONS; i++) {
        senders[i] = (struct sender){.port = port, .body = body, .requests = requests};
        CHECK(pthread_create(&senders[i].thread, NULL, send_bodies, &senders[i]) == 0);
    }
    uint64_t senders_ns = 0;
    for (int i = 0; i < CONNECTIONS; i++) {
        (void)pthread_join(senders[i].thread, NULL);
        senders_ns += senders[i].cpu_ns;
    }
    *server_ns = cpu_now_ns(CLOCK_PROCESS_CPUTIME_ID) - start_cpu_ns - senders_ns;
    return bench_now_ns() - start_ns;
}

int main(void) {
    const struct http_lane lanes[] = {{"count", 2, 16}};
    const struct http_route routes[] = {{"POST", "/count", 0, count_lines, NULL}};
    const struct http_server_options options = {.address = "127.0.0.1",
                                                .loops = 1,
                                                .lanes = lanes,
                                                .lane_count = 1,
                                                .routes = routes,
                                                .route_count = 1,
                                                .body_bytes_max = 16 << 20,
                                                .inflight_bytes_max = 64 << 20,
                                                .connections_max = 100,
                                                .idle_timeout_ms = 60000};
    struct http_server *server;
    struct text body;
    bench_sample_body(&body, EVENTS_A_BODY);
    CHECK(http_server_start(&options, &server, NULL) == STATUS_OK);
    const uint64_t requests = bench_size(2, 2000), events = requests * CONNECTIONS * EVENTS_A_BODY;
    uint64_t best_ns = UINT64_MAX, best_server_ns = UINT64_MAX;
    for (int run = 0; run < BENCH_RUNS; run++) {
        uint64_t server_ns;
        atomic_store(&counted, 0);
        uint64_t elapsed_ns = run_once(http_server_port(server), &body, requests, &server_ns);
        CHECK(atomic_load(&counted) == events);
        if (run > 0 && elapsed_ns < best_ns) best_ns = elapsed_ns;
        if (run > 0 && server_ns < best_server_ns) best_server_ns = server_ns;
    }
    http_server_stop(server, 1000);
    const uint64_t bytes = body.size * requests * CONNECTIONS;
    bench_report("transport/sender and server", events, bytes, best_ns, 0);
    bench_report("transport/a core of the server", events, bytes, best_server_ns, 0);
    text_free(&body);
    return 0;
}
