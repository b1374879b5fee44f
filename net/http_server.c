/* SPDX-License-Identifier: EUPL-1.2 */
/* A connection goes round this circle; only its loop thread sees it:
 *
 *   HEAD --head complete--> BODY --body complete--> WORKING --handler has answered--> WRITING
 *     ^                                                                                 |
 *     +------------------------- written, connection stays open ------------------------+
 *
 * A refusal (404, 413, 429, ...) goes straight to WRITING. When the connection does not stay open,
 * WRITING is followed by LINGER: what the client still sends is read and dropped for a moment,
 * because closing a socket with unread bytes makes the kernel take the answer back.
 *
 * Instead of going to a worker a request may be taken on the loop itself (options.takes), when that
 * needs no waiting, or none but for something that tells when it is done (http_request_later).
 *
 * In WORKING and WRITING reading goes on, as far as there is room, because stopping and starting it
 * would cost two system calls a request: what comes is the next request, and when it is the end, no
 * further request is awaited. The worker has the request alone in WORKING; the two meet again in
 * the loop's mailbox. */
#include "net/http_server.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/memory.h"
#include "base/pool.h"
#include "base/text.h"
#include "net/http_request.h"

enum {
    LOOPS_MAX = 64,
    LANES_MAX = 8,
    BACKLOG = 1024,
    TICK_MS = 100,
    LINGER_MS = 2000,
    LINGER_BYTES_MAX = 16 << 20,
    /* A client may take the idle timeout plus one millisecond for each of these bytes. */
    SLOWEST_BYTES_PER_MS = 64,
    ALLOW_BYTES = 128
};

enum state { HEAD, BODY, WORKING, WRITING, LINGER, CLOSED };

struct loop {
    uv_loop_t uv;
    uv_tcp_t listener;
    uv_async_t wake; /* something is in the mailbox, or the server stops */
    uv_timer_t tick;
    struct http_server *server;
    struct http_connection *connections; /* all that are not CLOSED */
    uint32_t open;                       /* handles of connections, closing ones too */
    uint32_t working;                    /* requests that are with workers */
    bool accept_later;                   /* memory was refused: a client waits */
    pthread_mutex_t lock;
    bool ending;                  /* guarded by lock: wake must not be used any more */
    struct http_request *mailbox; /* guarded by lock: requests on their way home */
    pthread_t thread;
    bool initialised, started;
};

struct http_server {
    struct http_server_options options;
    uint16_t port;
    struct pool *pools[LANES_MAX];
    _Atomic size_t inflight;
    _Atomic uint32_t connections;
    _Atomic bool stopping;
    _Atomic uint64_t drain_end_ms; /* on uv_hrtime's clock */
    uint32_t loop_count;
    struct loop loops[];
};

struct http_connection {
    uv_tcp_t tcp; /* first member */
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct loop *loop;
    struct http_connection *next, **link; /* in loop->connections */
    enum state state;
    bool keep_alive;
    bool answered, ending; /* see answered() */
    uint64_t began_ms;     /* the request's first byte */
    uint64_t deadline_ms;  /* the connection is cut then */
    struct http_request *request;
    struct http_chunked chunked;
    struct text head; /* of the answer */
    size_t lingered;  /* bytes dropped */
    size_t input_size, input_seen;
    char input[HTTP_HEAD_BYTES_MAX]; /* not zeroed; last member */
};

static void advance(struct http_connection *connection);
static void read_more(struct http_connection *connection);

/* --- closing --------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle) {
    struct http_connection *connection = (struct http_connection *)(void *)handle;
    struct loop *loop = connection->loop;
    http_request_free(connection->request);
    text_free(&connection->head);
    memory_free(connection);
    loop->open--;
    atomic_fetch_sub(&loop->server->connections, 1);
    if (atomic_load(&loop->server->stopping)) (void)uv_async_send(&loop->wake);
}

static void close_connection(struct http_connection *connection) {
    if (connection->state == CLOSED) return;
    if (connection->state == WORKING) { /* the worker keeps it; it comes home to nobody */
        CHECK(connection->request != NULL);
        connection->request->connection = NULL;
        connection->request = NULL;
    }
    connection->state = CLOSED;
    *connection->link = connection->next;
    if (connection->next != NULL) connection->next->link = connection->link;
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status) {
    struct http_connection *connection = shutdown->data;
    if (status != 0) close_connection(connection);
}

static void linger(struct http_connection *connection) {
    connection->state = LINGER;
    connection->input_size = 0;
    connection->deadline_ms = uv_now(&connection->loop->uv) + LINGER_MS;
    connection->shutdown.data = connection;
    if (uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->tcp, on_shutdown) != 0) {
        close_connection(connection);
        return;
    }
    read_more(connection);
}

/* --- answering ------------------------------------------------------------------------------- */

static void await_request(struct http_connection *connection) {
    connection->state = HEAD;
    connection->input_seen = 0;
    connection->began_ms = uv_now(&connection->loop->uv);
    connection->deadline_ms =
        connection->began_ms + connection->loop->server->options.idle_timeout_ms;
    advance(connection);
}

static void end_answer(struct http_connection *connection) {
    http_request_free(connection->request);
    connection->request = NULL;
    if (connection->keep_alive && !atomic_load(&connection->loop->server->stopping)) {
        await_request(connection);
    } else {
        linger(connection);
    }
}

/* The answer is written. A next request that is here already may be answered just as soon: then
 * one answer ends after the other, and none inside of another. */
static void answered(struct http_connection *connection) {
    connection->answered = true;
    if (connection->ending) return;
    connection->ending = true;
    while (connection->answered) {
        connection->answered = false;
        end_answer(connection);
    }
    connection->ending = false;
}

static void on_written(uv_write_t *write, int status) {
    struct http_connection *connection = write->data;
    if (connection->state == CLOSED) return;
    if (status == 0) {
        answered(connection);
    } else {
        close_connection(connection);
    }
}

/* Most answers fit into the socket's buffer. Only for the others libuv has to wait, which costs a
 * system call more. */
static void write_parts(struct http_connection *connection, uv_buf_t *parts, unsigned count) {
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
    int written = uv_try_write(stream, parts, count);
    size_t done = written > 0 ? (size_t)written : 0;
    while (count > 0 && done >= parts->len) {
        done -= parts->len;
        parts++;
        count--;
    }
    if (count == 0) {
        answered(connection);
        return;
    }
    parts->base += done;
    parts->len -= done;
    connection->write.data = connection;
    if ((written < 0 && written != UV_EAGAIN) ||
        uv_write(&connection->write, stream, parts, count, on_written) != 0)
        close_connection(connection);
}

static void write_answer(struct http_connection *connection) {
    struct http_request *request = connection->request;
    struct loop *loop = connection->loop;
    if (atomic_load(&loop->server->stopping)) connection->keep_alive = false;
    connection->state = WRITING;
    text_clear(&connection->head);
    http_request_write_head(request, connection->keep_alive, &connection->head);
    if (connection->head.failed) { /* no memory for a few lines: nothing can be said */
        close_connection(connection);
        return;
    }
    uv_buf_t parts[2] = {uv_buf_init(connection->head.bytes, (unsigned)connection->head.size),
                         uv_buf_init(request->reply_body, (unsigned)request->reply_size)};
    connection->deadline_ms = uv_now(&loop->uv) + loop->server->options.idle_timeout_ms +
                              request->reply_size / SLOWEST_BYTES_PER_MS;
    write_parts(connection, parts, request->bodyless || request->reply_size == 0 ? 1 : 2);
}

/* Answers without a worker. The rest of the request is not read, unless it is there already. */
static void refuse(struct http_connection *connection, int status, const char *detail) {
    (void)uv_read_stop((uv_stream_t *)&connection->tcp);
    int ignored;
    if (connection->request == NULL) connection->request = http_request_create("", 0, &ignored);
    if (connection->request == NULL) {
        close_connection(connection);
        return;
    }
    http_request_refuse(connection->request, status, detail);
    write_answer(connection);
}

static void refuse_and_close(struct http_connection *connection, int status, const char *detail) {
    connection->keep_alive = false;
    refuse(connection, status, detail);
}

/* --- to the worker and home ------------------------------------------------------------------ */

static void end_handling(struct http_request *request) {
    if (request->status == 0) http_request_refuse(request, 500, "the server has no answer");
    http_request_drop_body(request);
}

static void run_handler(struct pool_job *job) {
    struct http_request *request = (struct http_request *)(void *)job;
    const struct loop *loop = request->loop;
    request->waited_ns = clock_monotonic_ns(loop->server->options.clock) - request->handed_ns;
    request->route->handler(request->route->context, request);
    end_handling(request);
    request->home(request);
}

static void send_home(struct http_request *request) {
    struct loop *loop = request->loop;
    pthread_mutex_lock(&loop->lock);
    request->next = loop->mailbox;
    loop->mailbox = request;
    /* Under the lock: a loop that has taken the request may end, but not before this returns. */
    (void)uv_async_send(&loop->wake);
    pthread_mutex_unlock(&loop->lock);
}

/* True: the request is answered, or will be without a worker. */
static bool take_at_once(struct http_connection *connection) {
    struct http_request *request = connection->request;
    const struct http_server_options *options = &connection->loop->server->options;
    if (options->takes == NULL || !options->takes(options->takes_context, request)) return false;
    if (request->resume != NULL) {
        connection->loop->working++; /* its mail is taken by this thread, so not before */
    } else {
        end_handling(request);
        write_answer(connection);
    }
    return true;
}

static void hand_over(struct http_connection *connection) {
    struct loop *loop = connection->loop;
    struct http_request *request = connection->request;
    if (request->body != NULL) request->body[request->body_size] = '\0';
    connection->state = WORKING;
    connection->deadline_ms = UINT64_MAX;
    request->connection = connection;
    request->loop = loop;
    request->home = send_home;
    request->job.run = run_handler;
    if (take_at_once(connection)) return;
    request->handed_ns = clock_monotonic_ns(loop->server->options.clock);
    enum status status = pool_submit(loop->server->pools[request->route->lane], &request->job);
    if (status == STATUS_OK) {
        loop->working++;
    } else {
        refuse(connection, status_http(status),
               status == STATUS_BUSY ? "too many requests wait already" : "the server is stopping");
    }
}

static void take_mail(struct loop *loop) {
    pthread_mutex_lock(&loop->lock);
    struct http_request *request = loop->mailbox;
    loop->mailbox = NULL;
    pthread_mutex_unlock(&loop->lock);
    while (request != NULL) {
        struct http_request *next = request->next;
        loop->working--;
        if (request->resume != NULL) {
            request->resume(request->resume_context, request);
            end_handling(request);
        }
        if (request->connection != NULL) {
            write_answer(request->connection);
        } else {
            http_request_free(request);
        }
        request = next;
    }
}

/* --- receiving ------------------------------------------------------------------------------- */

static bool path_matches(const struct http_route *route, const char *path) {
    size_t size = strlen(route->path);
    if (size >= 2 && strcmp(route->path + size - 2, "/*") == 0)
        return strncmp(route->path, path, size - 1) == 0;
    return strcmp(route->path, path) == 0;
}

/* NULL when none fits; `allow` then lists the methods of the path, "" when it is not known. */
static const struct http_route *find_route(const struct http_server_options *options,
                                           const char *method, const char *path,
                                           char allow[ALLOW_BYTES]) {
    if (strcmp(method, "HEAD") == 0) method = "GET";
    size_t size = 0;
    allow[0] = '\0';
    for (uint32_t i = 0; i < options->route_count; i++) {
        const struct http_route *route = &options->routes[i];
        if (!path_matches(route, path)) continue;
        if (strcmp(route->method, method) == 0) return route;
        if (strstr(allow, route->method) != NULL) continue;
        int more = snprintf(allow + size, ALLOW_BYTES - size, "%s%s%s", size > 0 ? ", " : "",
                            route->method, strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
        if (more > 0 && size + (size_t)more < ALLOW_BYTES) size += (size_t)more;
    }
    return NULL;
}

static void consume(struct http_connection *connection, size_t size) {
    connection->input_size -= size;
    memmove(connection->input, connection->input + size, connection->input_size);
}

static size_t body_left(const struct http_request *request) {
    return (size_t)request->head.content_length - request->body_size;
}

/* Room for the next body bytes; otherwise the request is refused. */
static bool reserve_body(struct http_connection *connection, size_t more) {
    struct http_request *request = connection->request;
    const size_t body_max = connection->loop->server->options.body_bytes_max;
    if (more > body_max - request->body_size) {
        refuse_and_close(connection, 413, "the body is larger than this server takes");
        return false;
    }
    size_t expected = request->head.chunked ? body_max : (size_t)request->head.content_length;
    if (http_request_reserve(request, more, expected) == STATUS_OK) return true;
    refuse_and_close(connection, 503, "too many bytes are under way already");
    return false;
}

static bool append_body(struct http_connection *connection, const char *bytes, size_t size) {
    struct http_request *request = connection->request;
    if (!reserve_body(connection, size)) return false;
    memcpy(request->body + request->body_size, bytes, size);
    request->body_size += size;
    return true;
}

static void take_chunks(struct http_connection *connection) {
    size_t at = 0;
    for (;;) {
        size_t used, size;
        const char *data;
        enum http_chunk chunk = http_chunked_next(&connection->chunked, connection->input + at,
                                                  connection->input_size - at, &used, &data, &size);
        at += used;
        switch (chunk) {
            case HTTP_CHUNK_DATA:
                if (!append_body(connection, data, size)) return;
                break;
            case HTTP_CHUNK_MORE:
                connection->input_size = 0;
                read_more(connection);
                return;
            case HTTP_CHUNK_END:
                consume(connection, at);
                hand_over(connection);
                return;
            case HTTP_CHUNK_BROKEN:
                refuse_and_close(connection, 400, "the chunks of the body are broken");
                return;
        }
    }
}

/* What came with the head is in `input`; the rest is read straight into the body. */
static void take_length(struct http_connection *connection) {
    struct http_request *request = connection->request;
    size_t size = connection->input_size;
    if (size > body_left(request)) size = body_left(request);
    if (size > 0) {
        if (!append_body(connection, connection->input, size)) return;
        consume(connection, size);
    }
    if (body_left(request) == 0) {
        hand_over(connection);
    } else if (reserve_body(connection, 1)) {
        read_more(connection);
    }
}

static void take_body(struct http_connection *connection) {
    if (connection->request->head.chunked) {
        take_chunks(connection);
    } else {
        take_length(connection);
    }
}

static bool begin_request(struct http_connection *connection, size_t head_bytes) {
    struct http_server *server = connection->loop->server;
    int refusal = 0;
    connection->keep_alive = false;
    connection->request = http_request_create(connection->input, head_bytes, &refusal);
    consume(connection, head_bytes);
    struct http_request *request = connection->request;
    if (request == NULL) {
        close_connection(connection);
        return false;
    }
    if (refusal != 0) {
        refuse(connection, refusal, "this is no HTTP/1.1 request that the server understands");
        return false;
    }
    request->inflight = &server->inflight;
    request->inflight_max = server->options.inflight_bytes_max;
    char allow[ALLOW_BYTES];
    bool has_body = request->head.chunked || request->head.content_length > 0;
    request->route = find_route(&server->options, request->head.method, request->path, allow);
    if (request->route == NULL) {
        connection->keep_alive = request->head.keep_alive && !has_body;
        if (allow[0] != '\0') http_reply_header(request, "Allow", allow);
        refuse(connection, allow[0] != '\0' ? 405 : 404,
               allow[0] != '\0' ? "this path has other methods" : "there is nothing at this path");
        return false;
    }
    if (request->head.content_length > server->options.body_bytes_max) {
        refuse(connection, 413, "the body is larger than this server takes");
        return false;
    }
    if (has_body && server->options.admits != NULL &&
        !server->options.admits(server->options.admits_context, request)) {
        CHECK(request->status != 0);
        write_answer(connection);
        return false;
    }
    connection->keep_alive = request->head.keep_alive;
    connection->chunked = (struct http_chunked){0};
    return true;
}

static void send_continue(struct http_connection *connection) {
    static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    uv_buf_t part = uv_buf_init(text, sizeof text - 1);
    /* Nothing else is being written, so that it fits. If not: clients go on after a second. */
    (void)uv_try_write((uv_stream_t *)&connection->tcp, &part, 1);
}

static void take_head(struct http_connection *connection) {
    size_t size = connection->input_size;
    size_t head_bytes = http_head_end(connection->input, size, connection->input_seen);
    connection->input_seen = size;
    if (head_bytes == 0) {
        if (size == HTTP_HEAD_BYTES_MAX) {
            refuse_and_close(connection, 431, "the headers are too long");
        } else {
            read_more(connection);
        }
        return;
    }
    if (!begin_request(connection, head_bytes)) return;
    const struct http_head *head = &connection->request->head;
    if (!head->chunked && head->content_length == 0) {
        hand_over(connection);
        return;
    }
    connection->state = BODY;
    if (head->expects_continue && connection->input_size == 0) send_continue(connection);
    take_body(connection);
}

/* Empty lines before a request are allowed (RFC 9112, 2.2). */
static void skip_empty_lines(struct http_connection *connection) {
    size_t at = 0;
    while (at + 2 <= connection->input_size && memcmp(connection->input + at, "\r\n", 2) == 0)
        at += 2;
    if (at == 0) return;
    consume(connection, at);
    connection->input_seen = 0;
}

static void advance(struct http_connection *connection) {
    if (connection->state == HEAD) {
        skip_empty_lines(connection);
        take_head(connection);
    } else if (connection->state == BODY) {
        take_body(connection);
    }
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room) {
    (void)suggested;
    struct http_connection *connection = (struct http_connection *)(void *)handle;
    struct http_request *request = connection->request;
    if (connection->state == BODY && !request->head.chunked) {
        size_t size = request->body_capacity - request->body_size;
        if (size > body_left(request)) size = body_left(request);
        *room = uv_buf_init(request->body + request->body_size, (unsigned)size);
    } else {
        *room = uv_buf_init(connection->input + connection->input_size,
                            (unsigned)(sizeof connection->input - connection->input_size));
    }
}

static void received(struct http_connection *connection, size_t size) {
    struct loop *loop = connection->loop;
    const uint32_t idle_timeout_ms = loop->server->options.idle_timeout_ms;
    if (connection->state == HEAD) {
        if (connection->input_size == 0) connection->began_ms = uv_now(&loop->uv);
        connection->input_size += size;
        connection->deadline_ms = connection->began_ms + idle_timeout_ms;
        return;
    }
    if (connection->request->head.chunked) {
        connection->input_size += size;
    } else {
        connection->request->body_size += size;
    }
    connection->deadline_ms = connection->began_ms + idle_timeout_ms +
                              connection->request->body_size / SLOWEST_BYTES_PER_MS;
}

/* What comes while a request is being answered: the beginning of the next one, or the end. */
static void read_ahead(struct http_connection *connection, ssize_t size) {
    if (size > 0) connection->input_size += (size_t)size;
    const bool full = connection->input_size == sizeof connection->input;
    if (size == UV_EOF) connection->keep_alive = false; /* it may still want its answer */
    if (full || size == UV_EOF) {
        (void)uv_read_stop((uv_stream_t *)&connection->tcp);
    } else if (size < 0) {
        close_connection(connection);
    }
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *room) {
    (void)room;
    struct http_connection *connection = (struct http_connection *)(void *)stream;
    if (connection->state == WORKING || connection->state == WRITING) {
        read_ahead(connection, size);
    } else if (size < 0) {
        close_connection(connection);
    } else if (connection->state == LINGER) {
        connection->lingered += (size_t)size;
        if (connection->lingered > LINGER_BYTES_MAX) close_connection(connection);
    } else if (size > 0) {
        received(connection, (size_t)size);
        advance(connection);
    }
}

static void read_more(struct http_connection *connection) {
    int result = uv_read_start((uv_stream_t *)&connection->tcp, give_room, on_read);
    if (result != 0 && result != UV_EALREADY) close_connection(connection);
}

/* --- accepting and the life of a loop -------------------------------------------------------- */

static void on_connection(uv_stream_t *listener, int status) {
    struct loop *loop = listener->data;
    if (status != 0) return;
    struct http_connection *connection = memory_get(sizeof *connection);
    loop->accept_later = connection == NULL;
    if (connection == NULL) return;
    memset(connection, 0, offsetof(struct http_connection, input));
    connection->loop = loop;
    text_init(&connection->head, 2 * HTTP_REPLY_HEADERS_BYTES_MAX);
    (void)uv_tcp_init(&loop->uv, &connection->tcp);
    connection->next = loop->connections;
    connection->link = &loop->connections;
    if (connection->next != NULL) connection->next->link = &connection->next;
    loop->connections = connection;
    loop->open++;
    uint32_t others = atomic_fetch_add(&loop->server->connections, 1);
    if (uv_accept(listener, (uv_stream_t *)&connection->tcp) != 0 ||
        others >= loop->server->options.connections_max) {
        close_connection(connection);
        return;
    }
    (void)uv_tcp_nodelay(&connection->tcp, 1);
    await_request(connection);
}

static bool is_idle(const struct http_connection *connection) {
    return connection->state == HEAD && connection->input_size == 0;
}

static void close_late(struct loop *loop) {
    struct http_server *server = loop->server;
    const bool stopping = atomic_load(&server->stopping);
    const bool drained = stopping && uv_hrtime() / 1000000 >= atomic_load(&server->drain_end_ms);
    const uint64_t now_ms = uv_now(&loop->uv);
    struct http_connection *next;
    for (struct http_connection *at = loop->connections; at != NULL; at = next) {
        next = at->next;
        if (drained || at->deadline_ms <= now_ms || (stopping && is_idle(at))) close_connection(at);
    }
}

static void end_when_empty(struct loop *loop) {
    if (!atomic_load(&loop->server->stopping)) return;
    if (!uv_is_closing((uv_handle_t *)&loop->listener))
        uv_close((uv_handle_t *)&loop->listener, NULL);
    if (loop->open > 0 || loop->working > 0 || uv_is_closing((uv_handle_t *)&loop->wake)) return;
    pthread_mutex_lock(&loop->lock);
    loop->ending = true;
    pthread_mutex_unlock(&loop->lock);
    uv_close((uv_handle_t *)&loop->tick, NULL);
    uv_close((uv_handle_t *)&loop->wake, NULL);
}

static void on_wake(uv_async_t *wake) {
    struct loop *loop = wake->data;
    take_mail(loop);
    if (atomic_load(&loop->server->stopping)) close_late(loop);
    end_when_empty(loop);
}

static void on_tick(uv_timer_t *tick) {
    struct loop *loop = tick->data;
    close_late(loop);
    if (loop->accept_later && !atomic_load(&loop->server->stopping))
        on_connection((uv_stream_t *)&loop->listener, 0);
    end_when_empty(loop);
}

static void *run_loop(void *context) {
    struct loop *loop = context;
    sigset_t all; /* signals are for the main thread; SIGPIPE is for nobody */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, NULL);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    return NULL;
}

/* --- starting and stopping ------------------------------------------------------------------- */

static enum status open_listener(const struct http_server_options *options, int *out,
                                 uint16_t *port, struct error *err) {
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char service[8];
    (void)snprintf(service, sizeof service, "%u", options->port);
    if (getaddrinfo(options->address, service, &hints, &found) != 0)
        return error_set(err, STATUS_INVALID, "%s is no numeric address", options->address);
    const int on = 1;
    enum status status = STATUS_OK;
    struct sockaddr_storage bound;
    memset(&bound, 0, sizeof bound);
    socklen_t bound_size = sizeof bound;
    int listener = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(listener, found->ai_addr, found->ai_addrlen) != 0 ||
        getsockname(listener, (struct sockaddr *)&bound, &bound_size) != 0) {
        status = error_set(err, STATUS_IO, "listening on %s port %u: %s", options->address,
                           options->port, strerror(errno));
        if (listener >= 0) (void)close(listener);
    } else {
        *port =
            ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&bound)->sin6_port
                                              : ((struct sockaddr_in *)(void *)&bound)->sin_port);
        *out = listener;
    }
    freeaddrinfo(found);
    return status;
}

/* All loops accept from one socket, each from a descriptor of its own: whoever is awake takes the
 * next client, and a second server on the same port is refused (SO_REUSEPORT would let it in). */
static int loop_listen(struct loop *loop, int listener) {
    int own = dup(listener);
    if (own < 0) return -errno;
    int result = uv_tcp_open(&loop->listener, own);
    if (result != 0) {
        (void)close(own);
        return result;
    }
    return uv_listen((uv_stream_t *)&loop->listener, BACKLOG, on_connection);
}

static enum status loop_start(struct loop *loop, struct http_server *server, int listener,
                              struct error *err) {
    loop->server = server;
    int result = uv_loop_init(&loop->uv);
    if (result != 0) return error_set(err, STATUS_IO, "event loop: %s", uv_strerror(result));
    loop->initialised = true;
    pthread_mutex_init(&loop->lock, NULL);
    (void)uv_tcp_init(&loop->uv, &loop->listener);
    (void)uv_timer_init(&loop->uv, &loop->tick);
    result = uv_async_init(&loop->uv, &loop->wake, on_wake);
    loop->listener.data = loop->tick.data = loop->wake.data = loop;
    if (result == 0) result = uv_timer_start(&loop->tick, on_tick, TICK_MS, TICK_MS);
    if (result == 0) result = loop_listen(loop, listener);
    if (result == 0) result = -pthread_create(&loop->thread, NULL, run_loop, loop);
    if (result != 0) return error_set(err, STATUS_IO, "event loop: %s", uv_strerror(result));
    loop->started = true;
    return STATUS_OK;
}

static void close_handle(uv_handle_t *handle, void *context) {
    (void)context;
    if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static void loop_wake(struct loop *loop) {
    if (!loop->started) return;
    pthread_mutex_lock(&loop->lock);
    if (!loop->ending) (void)uv_async_send(&loop->wake);
    pthread_mutex_unlock(&loop->lock);
}

static void loop_stop(struct loop *loop) {
    if (!loop->initialised) return;
    if (loop->started) {
        pthread_join(loop->thread, NULL);
    } else {
        uv_walk(&loop->uv, close_handle, NULL);
        (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    }
    CHECK(uv_loop_close(&loop->uv) == 0);
    pthread_mutex_destroy(&loop->lock);
}

enum status http_server_start(const struct http_server_options *options, struct http_server **out,
                              struct error *err) {
    *out = NULL;
    CHECK(options->loops >= 1 && options->loops <= LOOPS_MAX);
    CHECK(options->lane_count >= 1 && options->lane_count <= LANES_MAX);
    CHECK(options->body_bytes_max <= UINT32_MAX);
    struct http_server *server =
        memory_new(1, sizeof *server + options->loops * sizeof server->loops[0]);
    if (server == NULL) return error_set(err, STATUS_NO_MEMORY, "http server: memory");
    server->options = *options;
    if (server->options.clock == NULL) server->options.clock = clock_system();
    server->loop_count = options->loops;

    int listener = -1;
    enum status status = open_listener(options, &listener, &server->port, err);
    for (uint32_t i = 0; i < options->lane_count && status == STATUS_OK; i++) {
        const struct http_lane *lane = &options->lanes[i];
        status = pool_start(&(struct pool_options){lane->name, lane->workers, lane->queue_max},
                            &server->pools[i], err);
    }
    for (uint32_t i = 0; i < options->loops && status == STATUS_OK; i++)
        status = loop_start(&server->loops[i], server, listener, err);
    if (listener >= 0) (void)close(listener);
    if (status != STATUS_OK) {
        http_server_stop(server, 0);
        return status;
    }
    *out = server;
    return STATUS_OK;
}

uint16_t http_server_port(const struct http_server *server) {
    return server->port;
}

void http_server_stop(struct http_server *server, uint32_t drain_ms) {
    if (server == NULL) return;
    atomic_store(&server->drain_end_ms, uv_hrtime() / 1000000 + drain_ms);
    atomic_store(&server->stopping, true);
    for (uint32_t i = 0; i < server->loop_count; i++) loop_wake(&server->loops[i]);
    for (uint32_t i = 0; i < server->loop_count; i++) loop_stop(&server->loops[i]);
    for (uint32_t i = 0; i < server->options.lane_count; i++) pool_stop(server->pools[i]);
    memory_free(server);
}
