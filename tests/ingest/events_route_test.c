/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: every request to /v1/events gets the answer that EVENTS.md promises, and what is answered
 * 200 is in the engine.
 * Method: a real server on loopback before an engine that is an array; the engine fails or waits
 * when a test says so. One test runs before the embedded engine, over a restart. */
#include "ingest/events_route.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <zlib.h>

#include "base/compression.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/pool.h"
#include "tests/net/wire.h"

/* --- an engine that is an array -------------------------------------------------------------- */

enum { ROWS_MAX = 200000 };

struct array_engine {
    struct engine engine; /* first member */
    pthread_mutex_t lock;
    uint32_t count;
    struct event_id id[ROWS_MAX];
    uint32_t content[ROWS_MAX];
    uint32_t from[ROWS_MAX]; /* the first row with the low bits of an id, for a short search */
    enum status fails;       /* what the next write answers */
    uint32_t fails_after;    /* ... after so many that succeed */
    uint32_t refuses_row;    /* its outcome is REJECTED; UINT32_MAX: none */
    pthread_mutex_t gate;
    _Atomic int at_gate;
};

static enum outcome keep_row(struct array_engine *array, struct event_id id, uint32_t content) {
    uint32_t *bucket = &array->from[id.low % ROWS_MAX];
    for (; *bucket != 0; bucket = &array->from[(size_t)(bucket - array->from + 1) % ROWS_MAX]) {
        uint32_t row = *bucket - 1;
        if (array->id[row].high == id.high && array->id[row].low == id.low)
            return array->content[row] == content ? OUTCOME_DUPLICATE : OUTCOME_CONFLICT;
    }
    CHECK(array->count + 1 < ROWS_MAX);
    array->id[array->count] = id;
    array->content[array->count] = content;
    *bucket = ++array->count;
    return OUTCOME_ACCEPTED;
}

static enum status array_write(struct engine *engine, struct batch *batch, struct error *err) {
    struct array_engine *array = (struct array_engine *)(void *)engine;
    atomic_fetch_add(&array->at_gate, 1);
    pthread_mutex_lock(&array->gate);
    pthread_mutex_unlock(&array->gate);
    atomic_fetch_sub(&array->at_gate, 1);
    pthread_mutex_lock(&array->lock);
    enum status status = array->fails_after == 0 ? array->fails : STATUS_OK;
    if (array->fails_after > 0) array->fails_after--;
    for (uint32_t row = 0; row < batch->row_count && status == STATUS_OK; row++) {
        batch->outcome[row] = (uint8_t)keep_row(array, batch->id[row], batch->content[row]);
        if (row == array->refuses_row) {
            batch->outcome[row] = OUTCOME_REJECTED;
            batch->refusal[row] = REJECT_TOO_MANY_STEPS;
        }
    }
    pthread_mutex_unlock(&array->lock);
    return status == STATUS_OK ? status : error_set(err, status, "a secret path /var/lib/x");
}

static const struct engine_ops array_ops = {.name = "array", .write = array_write};

/* --- the same, telling later --- */

static struct pool *writer; /* one thread */

struct later {
    struct pool_job job; /* first member */
    struct engine *engine;
    struct batch *batch;
    engine_written_fn written;
    void *context;
};

static void write_now(struct pool_job *job) {
    struct later *later = (struct later *)(void *)job;
    struct error reason = {""};
    enum status status = array_write(later->engine, later->batch, &reason);
    later->written(later->context, status, &reason);
    free(later);
}

static enum status array_write_later(struct engine *engine, struct batch *batch,
                                     engine_written_fn written, void *context,
                                     struct error *reason) {
    struct later *later = malloc(sizeof *later);
    *later = (struct later){.job.run = write_now,
                            .engine = engine,
                            .batch = batch,
                            .written = written,
                            .context = context};
    enum status status = pool_submit(writer, &later->job);
    if (status == STATUS_OK) return STATUS_OK;
    free(later);
    return error_set(reason, status, "too many batches are waiting");
}

static const struct engine_ops later_ops = {
    .name = "array", .write = array_write, .write_later = array_write_later};

/* --- a server before it ---------------------------------------------------------------------- */

#define NOW_MS INT64_C(1790000000000) /* 2026-09-21T14:13:20Z */

static struct array_engine *array;
static struct clock fixed;
static struct token_file *tokens;
static struct pseudonyms *keys;
static struct events_route *route;
static struct http_server *server;
static struct http_route routes[EVENTS_ROUTE_COUNT];
static uint16_t port;
static char folder[128], path[256], token[TOKEN_TEXT_BYTES];
static struct error err;
static struct wire_answer answer;

static const struct http_lane lanes[] = {{"events", 2, 2}, {"other", 1, 4}};
static const struct tenant_extras extras[] = {
    {.tenant = "091620000000", .dimension_count = 1, .dimensions = {"quarter"}}};

static void begin_with(struct engine *engine, bool drop_unknown) {
    fixed = clock_fixed(NOW_MS);
    (void)snprintf(path, sizeof path, "%s/tokens", folder);
    EXPECT_OK(token_file_open(path, &tokens, &err));
    const char *const tenants[] = {"091620000000"};
    EXPECT_OK(token_file_create(tokens, "forms", tenants, 1, drop_unknown, NOW_MS, token, &err));
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    EXPECT_OK(pseudonyms_open(path, &fixed, &keys, &err));
    const struct events_route_options options = {.engine = engine,
                                                 .tokens = tokens,
                                                 .pseudonyms = keys,
                                                 .extras = extras,
                                                 .extras_count = 1,
                                                 .clock = &fixed,
                                                 .limits_lane = 1,
                                                 .body_bytes_max = 32 << 20};
    EXPECT_OK(events_route_create(&options, &route, &err));
    events_route_list(route, routes);
    const struct http_server_options ours = {.address = "127.0.0.1",
                                             .loops = 1,
                                             .lanes = lanes,
                                             .lane_count = 2,
                                             .routes = routes,
                                             .route_count = EVENTS_ROUTE_COUNT,
                                             .body_bytes_max = 32 << 20,
                                             .inflight_bytes_max = 128 << 20,
                                             .connections_max = 100,
                                             .idle_timeout_ms = 20000,
                                             .admits = events_route_admits,
                                             .admits_context = route,
                                             .takes = events_route_takes,
                                             .takes_context = route};
    EXPECT_OK(http_server_start(&ours, &server, &err));
    port = http_server_port(server);
}

static void begin(void) {
    (void)snprintf(folder, sizeof folder, "%s", test_folder());
    array = memory_new_array(struct array_engine, 1);
    CHECK(array != NULL);
    array->engine.ops = &array_ops;
    array->refuses_row = UINT32_MAX;
    pthread_mutex_init(&array->lock, NULL);
    pthread_mutex_init(&array->gate, NULL);
    begin_with(&array->engine, false);
}

/* Small bodies are then dealt with on the loop. */
static void begin_later(uint32_t waiting_max) {
    begin();
    EXPECT_OK(pool_start(&(struct pool_options){"writer", 1, waiting_max}, &writer, &err));
    array->engine.ops = &later_ops; /* nobody has asked yet */
}

static void end_server(void) {
    http_server_stop(server, 5000);
    events_route_free(route);
    token_file_close(tokens);
    pseudonyms_close(keys);
}

static void end(void) {
    end_server();
    pool_stop(writer);
    writer = NULL;
    memory_free(array);
}

/* POSTs with our token; `headers` are lines, each with its CR LF. */
static void post_bytes(const char *headers, const char *body, size_t size) {
    char head[1024];
    (void)snprintf(head, sizeof head,
                   "POST /v1/events HTTP/1.1\r\nHost: pegel\r\nAuthorization: Bearer %s\r\n"
                   "Content-Length: %zu\r\n%s\r\n",
                   token, size, headers);
    int wire = wire_connect(port);
    (void)wire_send_text(wire, head);
    (void)wire_send(wire, body, size);
    wire_read(wire, false, &answer);
    (void)close(wire);
}

static void post(const char *headers, const char *body) {
    post_bytes(headers, body, strlen(body));
}

#define NDJSON "Content-Type: application/x-ndjson\r\n"
#define BATCH  "Content-Type: application/cloudevents-batch+json\r\n"
#define SINGLE "Content-Type: application/cloudevents+json\r\n"

#define EVENT(id)                                                                          \
    "{\"id\":\"" id                                                                        \
    "\",\"time\":\"2026-09-21T12:00:00Z\",\"type\":\"case.received\",\"subject\":\"c-1\"," \
    "\"service\":\"passport\"}\n"
#define CLOUD(id, more)                                                                \
    "{\"specversion\":\"1.0\",\"id\":\"" id                                            \
    "\",\"source\":\"/x\",\"type\":\"de.pegel.case.received.v1\",\"subject\":\"c-1\"," \
    "\"time\":\"2026-09-21T12:00:00Z\",\"service\":\"passport\"" more "}"

static void expect_answer(int line, int status, const char *part) {
    if (answer.status != status || strstr(answer.body, part) == NULL)
        test_fail(__FILE__, line, "%d %s instead of %d %s", answer.status, answer.body, status,
                  part);
}
#define EXPECT_ANSWER(status, part) expect_answer(__LINE__, status, part)

/* The answer is the whole text and JSON. */
static void expect_counts(int line, const char *text) {
    struct json *document;
    if (answer.status != 200 || strcmp(answer.body, text) != 0)
        test_fail(__FILE__, line, "%d %s instead of %s", answer.status, answer.body, text);
    EXPECT_OK(json_parse(answer.body, answer.body_size, &document, &err));
    json_free(document);
    EXPECT_TEXT(wire_header(&answer, "Content-Type"), "application/json");
}
#define EXPECT_COUNTS(text) expect_counts(__LINE__, text "\n")

/* --- NDJSON ---------------------------------------------------------------------------------- */

static void tell_what_became_of_each_event(void) {
    post(NDJSON, EVENT("1") EVENT("2"));
    EXPECT_COUNTS("{\"accepted\":2,\"duplicate\":0,\"conflict\":0,\"rejected\":[]}");
    post("Content-Type: Application/X-NDJSON ; charset=UTF-8\r\n",
         EVENT("2") "nonsense\n"
                    "{\"id\":\"1\",\"time\":\"2026-09-21T12:00:00Z\",\"type\":\"case.received\","
                    "\"subject\":\"another\",\"service\":\"passport\"}\n"
                    "{\"id\":\"3\",\"time\":\"2026-09-21T12:00:00Z\",\"type\":\"case.dreamt\"}\n"
                    "\n" EVENT("4"));
    EXPECT_COUNTS(
        "{\"accepted\":1,\"duplicate\":1,\"conflict\":1,\"rejected\":["
        "{\"index\":1,\"id\":\"\",\"code\":\"invalid_json\",\"detail\":\"byte 1\"},"
        "{\"index\":3,\"id\":\"3\",\"code\":\"unknown_type\",\"detail\":\"case.dreamt\"}]}");
    EXPECT_EQ(array->count, 3);
    end();
}

TEST(events_route_tells_what_became_of_each_event) {
    begin();
    tell_what_became_of_each_event();
    begin_later(8);
    tell_what_became_of_each_event();
}

TEST(events_route_lists_what_the_store_refused) {
    begin();
    array->refuses_row = 1;
    post(NDJSON, "x\n" EVENT("1") EVENT("2"));
    EXPECT_ANSWER(200, "{\"accepted\":1,");
    EXPECT_ANSWER(200, "{\"index\":2,\"id\":\"\",\"code\":\"too_many_steps\",");
    end();
}

TEST(events_route_lists_only_so_many_rejections_and_counts_all) {
    begin();
    enum { LINES = EVENTS_REJECTIONS_LISTED_MAX + 500 };
    char *body = memory_get(LINES * 2 + 1);
    CHECK(body != NULL);
    for (int i = 0; i < LINES; i++) memcpy(body + 2 * i, "x\n", 2);
    post_bytes(NDJSON, body, (EVENTS_REJECTIONS_LISTED_MAX)*2);
    EXPECT(strstr(answer.body, "truncated") == NULL);
    EXPECT_ANSWER(200, "{\"index\":999,");
    post_bytes(NDJSON, body, LINES * 2);
    EXPECT_ANSWER(200, "],\"rejected_count\":1500,\"truncated\":true}");
    EXPECT(strstr(answer.body, "{\"index\":1000,") == NULL);
    memory_free(body);
    end();
}

static char *many_events(uint32_t count, size_t *size) {
    char *body = memory_get(count * 160);
    CHECK(body != NULL);
    *size = 0;
    for (uint32_t i = 0; i < count; i++)
        *size += (size_t)sprintf(body + *size,
                                 "{\"id\":\"%u\",\"time\":\"2026-09-21T12:00:00Z\",\"type\":"
                                 "\"case.received\",\"subject\":\"c-%u\",\"service\":\"p\"}\n",
                                 i, i);
    return body;
}

TEST(events_route_writes_bodies_of_several_batches) {
    begin();
    size_t size;
    char *body = many_events(BATCH_ROWS_MAX + 1000, &size);
    post_bytes(NDJSON, body, size);
    EXPECT_COUNTS("{\"accepted\":66536,\"duplicate\":0,\"conflict\":0,\"rejected\":[]}");
    EXPECT_EQ(array->count, BATCH_ROWS_MAX + 1000);
    memory_free(body);
    end();
}

TEST(events_route_says_that_a_half_written_body_may_be_sent_again) {
    begin();
    size_t size;
    char *body = many_events(BATCH_ROWS_MAX + 1000, &size);
    array->fails = STATUS_IO;
    array->fails_after = 1;
    post_bytes(NDJSON, body, size);
    EXPECT_ANSWER(503, "some of the events are stored");
    EXPECT_TEXT(wire_header(&answer, "Retry-After"), "1");
    array->fails = STATUS_OK;
    post_bytes(NDJSON, body, size);
    EXPECT_COUNTS("{\"accepted\":1000,\"duplicate\":65536,\"conflict\":0,\"rejected\":[]}");
    memory_free(body);
    end();
}

TEST(events_route_takes_declared_extra_fields_and_drops_unknown_ones_where_told) {
    begin();
    const char body[] =
        "{\"id\":\"1\",\"time\":\"2026-09-21T12:00:00Z\",\"type\":\"page.viewed\",\"quarter\":"
        "\"a\"}\n"
        "{\"id\":\"2\",\"time\":\"2026-09-21T12:00:00Z\",\"type\":\"page.viewed\",\"email\":\"a\"}"
        "\n";
    post(NDJSON, body);
    EXPECT_COUNTS(
        "{\"accepted\":1,\"duplicate\":0,\"conflict\":0,\"rejected\":[{\"index\":1,"
        "\"id\":\"2\",\"code\":\"unknown_field\",\"detail\":\"email\"}]}");
    end_server();
    begin_with(&array->engine, true);
    post(NDJSON, body);
    EXPECT_COUNTS("{\"accepted\":1,\"duplicate\":1,\"conflict\":0,\"rejected\":[]}");
    struct source_counts counts[2];
    EXPECT_EQ(source_stats_copy(events_route_stats(route), counts, 2), 1);
    EXPECT_EQ(counts[0].dropped_fields, 1);
    end();
}

/* --- CloudEvents ----------------------------------------------------------------------------- */

TEST(events_route_takes_cloudevents_in_all_three_modes) {
    begin();
    post(BATCH, "[" CLOUD("1", "") "," CLOUD("2", ",\"data\":{\"minutes\":5}") ",7]");
    EXPECT_ANSWER(200, "{\"accepted\":2,");
    EXPECT_ANSWER(200, "{\"index\":2,");
    post("Content-Type: application/cloudevents-batch+json; charset=utf-8\r\n", "[]");
    EXPECT_COUNTS("{\"accepted\":0,\"duplicate\":0,\"conflict\":0,\"rejected\":[]}");
    post(SINGLE, CLOUD("1", ""));
    EXPECT_COUNTS("{\"accepted\":0,\"duplicate\":1,\"conflict\":0,\"rejected\":[]}");
    const char binary[] =
        "ce-specversion: 1.0\r\nCE-Id: 4\r\nce-source: /x\r\nce-type: case.received\r\n"
        "ce-subject: c%2D1\r\nce-time: 2026-09-21T12:00:00Z\r\nce-service: passport\r\n";
    post(binary, "");
    EXPECT_COUNTS("{\"accepted\":1,\"duplicate\":0,\"conflict\":0,\"rejected\":[]}");
    char with_type[512];
    (void)snprintf(with_type, sizeof with_type, "Content-Type: application/json\r\n%s", binary);
    post(with_type, "{}");
    EXPECT_COUNTS("{\"accepted\":0,\"duplicate\":1,\"conflict\":0,\"rejected\":[]}");
    post("ce-id: 5\r\n", "{}");
    EXPECT_ANSWER(200, "\"code\":\"invalid_cloudevent\"");
    end();
}

/* --- refusals -------------------------------------------------------------------------------- */

TEST(events_route_refuses_bodies_that_are_nothing_as_a_whole) {
    begin();
    post(NDJSON, "");
    EXPECT_ANSWER(400, "the body holds no event");
    post(NDJSON, " \n\r\n\t\n");
    EXPECT_ANSWER(400, "the body holds no event");
    post(BATCH, "{}");
    EXPECT_ANSWER(400, "\"status\":400");
    post(BATCH, "[" CLOUD("1", ""));
    EXPECT_ANSWER(400, "\"status\":400");
    post(BATCH, "");
    EXPECT_ANSWER(400, "\"status\":400");
    post(SINGLE, "[]");
    EXPECT_ANSWER(400, "\"status\":400");
    post("ce-specversion: 1.0\r\n", "{");
    EXPECT_ANSWER(400, "\"status\":400");
    EXPECT_EQ(array->count, 0);
    end();
}

TEST(events_route_refuses_types_and_codings_that_it_does_not_speak) {
    static const char *const headers[] = {
        "",
        "Content-Type: application/json\r\n",
        "Content-Type: text/plain\r\nce-specversion: 1.0\r\n",
        "Content-Type: application/cloudevents+xml\r\nce-specversion: 1.0\r\n",
        "Content-Type: application/cloudevents-batch\r\n",
        "Content-Type: application/x-ndjsonx\r\n",
        NDJSON "Content-Encoding: br\r\n",
        NDJSON "Content-Encoding: gzip, gzip\r\n",
    };
    begin();
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        post(headers[i], EVENT("1"));
        EXPECT_ANSWER(415, "\"status\":415");
    }
    EXPECT_EQ(array->count, 0);
    end();
}

static void post_as(const char *authorization) {
    char text[512];
    (void)snprintf(text, sizeof text,
                   "POST /v1/events HTTP/1.1\r\nHost: a\r\n" NDJSON
                   "%s%s%sContent-Length: 2\r\n"
                   "\r\nx\n",
                   authorization != NULL ? "Authorization: " : "",
                   authorization != NULL ? authorization : "", authorization != NULL ? "\r\n" : "");
    wire_ask(port, text, &answer);
}

TEST(events_route_takes_known_tokens_only_also_when_they_change) {
    begin();
    static const char *const others[] = {
        NULL,
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer pegel_x",
        "Bearer pegel_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        post_as(others[i]);
        EXPECT_ANSWER(401, "\"status\":401");
        EXPECT(strncmp(wire_header(&answer, "WWW-Authenticate"), "Bearer ", 7) == 0);
        EXPECT_TEXT(wire_header(&answer, "Content-Type"), "application/problem+json");
    }
    wire_ask(port, /* before the body has come */
             "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n", &answer);
    EXPECT_ANSWER(401, "\"status\":401");
    wire_ask(port, "POST /v1/events HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    EXPECT_ANSWER(401, "\"status\":401");
    char ours[128];
    (void)snprintf(ours, sizeof ours, "bearer  %s", token);
    post_as(ours);
    EXPECT_ANSWER(200, "invalid_json");

    /* Revoked by another process while the server runs. */
    struct token_file *command;
    (void)snprintf(path, sizeof path, "%s/tokens", folder);
    EXPECT_OK(token_file_open(path, &command, &err));
    EXPECT_OK(token_file_revoke(command, token_file_at(command, 0)->id, &err));
    token_file_close(command);
    usleep(1100000);
    post_as(ours);
    EXPECT_ANSWER(401, "the token is not known");
    end();
}

TEST(events_route_refuses_tenants_that_are_not_the_tokens_by_event) {
    begin();
    post(NDJSON,
         "{\"id\":\"1\",\"time\":\"2026-09-21T12:00:00Z\",\"type\":\"page.viewed\","
         "\"tenant\":\"091620000001\"}\n");
    EXPECT_ANSWER(200, "\"code\":\"forbidden_tenant\"");
    end();
}

static void pass_on_what_the_engine_says(void) {
    static const struct {
        enum status fails;
        int status;
    } cases[] = {
        {STATUS_BUSY, 429}, {STATUS_IO, 503}, {STATUS_NO_MEMORY, 503}, {STATUS_CORRUPT, 500}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        array->fails = cases[i].fails;
        post(NDJSON, EVENT("1"));
        EXPECT_ANSWER(cases[i].status, "send the request again");
        EXPECT(strstr(answer.body, "secret") == NULL);
        EXPECT_TEXT(wire_header(&answer, "Retry-After"), cases[i].status == 500 ? "" : "1");
    }
    array->fails = STATUS_OK;
    post(NDJSON, EVENT("1"));
    EXPECT_ANSWER(200, "\"accepted\":1,");
    end();
}

TEST(events_route_passes_on_what_the_engine_says) {
    begin();
    pass_on_what_the_engine_says();
    begin_later(8);
    pass_on_what_the_engine_says();
}

/* The bytes of a request with one event. */
static size_t write_request(char *out, size_t size) {
    return (size_t)snprintf(
        out, size,
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n" NDJSON
        "Content-Length: %zu\r\n\r\n%s",
        token, strlen(EVENT("1")), EVENT("1"));
}

/* Two wait at the gate; the others find the engine's queue full, and have left the batch behind. */
TEST(events_route_answers_429_when_the_engine_takes_no_more) {
    begin_later(1);
    char request[512];
    const size_t length = write_request(request, sizeof request);
    pthread_mutex_lock(&array->gate);
    int wires[3];
    for (int i = 0; i < 3; i++) {
        wires[i] = wire_connect(port);
        (void)wire_send(wires[i], request, length);
        if (i == 0)
            while (atomic_load(&array->at_gate) < 1) sched_yield();
        if (i == 1) /* one loop: its answer says that it has seen what came before */
            wire_ask(port, "GET /v1/limits HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    }
    wire_read(wires[2], false, &answer);
    EXPECT_ANSWER(429, "\"status\":429");
    (void)close(wires[1]); /* does not wait for its answer */
    pthread_mutex_unlock(&array->gate);
    wire_read(wires[0], false, &answer);
    EXPECT_ANSWER(200, "\"accepted\":1,");
    (void)close(wires[0]);
    (void)close(wires[2]);
    post(NDJSON, EVENT("1"));
    EXPECT_ANSWER(200, "\"duplicate\":1,");
    end();
}

TEST(events_route_answers_429_when_all_workers_write) {
    begin();
    char request[512];
    const size_t length = write_request(request, sizeof request);
    pthread_mutex_lock(&array->gate);
    int wires[4];
    for (int i = 0; i < 4; i++) {
        wires[i] = wire_connect(port);
        (void)wire_send(wires[i], request, length);
    }
    while (atomic_load(&array->at_gate) < 2) sched_yield();
    wire_ask(port, "GET /v1/limits HTTP/1.1\r\nHost: a\r\n\r\n", &answer); /* all have arrived */
    EXPECT_ANSWER(200, "{");
    post(NDJSON, EVENT("2"));
    EXPECT_ANSWER(429, "\"status\":429");
    EXPECT_TEXT(wire_header(&answer, "Retry-After"), "1");
    pthread_mutex_unlock(&array->gate);
    int accepted = 0;
    for (int i = 0; i < 4; i++) {
        wire_read(wires[i], false, &answer);
        EXPECT_EQ(answer.status, 200);
        accepted += strstr(answer.body, "\"accepted\":1,") != NULL;
        (void)close(wires[i]);
    }
    EXPECT_EQ(accepted, 1);
    end();
}

/* --- compressed bodies ----------------------------------------------------------------------- */

static size_t gzip(const char *bytes, size_t size, char *out, size_t capacity) {
    z_stream stream = {0};
    CHECK(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)capacity;
    CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    (void)deflateEnd(&stream);
    return capacity - stream.avail_out;
}

TEST(events_route_expands_gzip_and_zstd) {
    begin();
    char packed[4096];
    const char body[] = EVENT("1") EVENT("2");
    size_t size = gzip(body, strlen(body), packed, sizeof packed);
    post_bytes(NDJSON "Content-Encoding: gzip\r\n", packed, size);
    EXPECT_ANSWER(200, "\"accepted\":2,");
    post_bytes(NDJSON "Content-Encoding: gzip\r\n", packed, size - 1);
    EXPECT_ANSWER(400, "cannot be expanded");
    size = compression_zstd(body, strlen(body), 3, packed, sizeof packed);
    post_bytes(NDJSON "Content-Encoding: ZSTD\r\n", packed, size);
    EXPECT_ANSWER(200, "\"duplicate\":2,");
    post(NDJSON "Content-Encoding: zstd\r\n", body);
    EXPECT_ANSWER(400, "cannot be expanded");
    post(NDJSON "Content-Encoding: identity\r\n", body);
    EXPECT_ANSWER(200, "\"duplicate\":2,");
    post(NDJSON "Content-Encoding: gzip\r\n", "");
    EXPECT_EQ(answer.status, 400);
    size = gzip("[" CLOUD("1", "") "]", strlen("[" CLOUD("1", "") "]"), packed, sizeof packed);
    post_bytes(BATCH "Content-Encoding: gzip\r\n", packed, size);
    EXPECT_ANSWER(200, "\"rejected\":[]");
    end();
}

/* Bodies that shrink to a thousandth need more room than is asked for at first. */
TEST(events_route_expands_bodies_as_far_as_there_is_room) {
    begin();
    const size_t size = (size_t)40 << 20, event_size = strlen(EVENT("1"));
    char *body = memory_get(size), *packed = memory_get(1 << 20);
    CHECK(body != NULL && packed != NULL);
    memset(body, '\n', size);
    memcpy(body + size - event_size, EVENT("1"), event_size);
    size_t packed_size = compression_zstd(body, size, 1, packed, 1 << 20);
    for (int i = 0; i < 5; i++) { /* five times 40 MiB: what is taken is given back */
        post_bytes(NDJSON "Content-Encoding: zstd\r\n", packed, packed_size);
        EXPECT_ANSWER(200, i == 0 ? "\"accepted\":1," : "\"duplicate\":1,");
    }
    memory_free(body);
    memory_free(packed);
    end();
}

TEST(events_route_refuses_decompression_bombs) {
    begin();
    const size_t size = (size_t)EVENTS_EXPANDED_BYTES_MAX + 1;
    char *zeros = memory_get(size), *packed = memory_get(1 << 20);
    CHECK(zeros != NULL && packed != NULL);
    memset(zeros, '\n', size);
    size_t packed_size = gzip(zeros, size, packed, 1 << 20);
    post_bytes(NDJSON "Content-Encoding: gzip\r\n", packed, packed_size);
    EXPECT_ANSWER(413, "\"status\":413");
    packed_size = compression_zstd(zeros, size, 1, packed, 1 << 20);
    EXPECT(packed_size > 0);
    post_bytes(NDJSON "Content-Encoding: zstd\r\n", packed, packed_size);
    EXPECT_ANSWER(413, "\"status\":413");
    memory_free(zeros);
    memory_free(packed);
    end();
}

/* --- the rest -------------------------------------------------------------------------------- */

TEST(events_route_shakes_hands_with_web_hooks_and_tells_its_limits) {
    begin();
    wire_ask(
        port,
        "OPTIONS /v1/events HTTP/1.1\r\nHost: a\r\n"
        "WebHook-Request-Origin: eventemitter.example.com\r\nWebHook-Request-Rate: 120\r\n\r\n",
        &answer);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TEXT(wire_header(&answer, "WebHook-Allowed-Origin"), "eventemitter.example.com");
    EXPECT_TEXT(wire_header(&answer, "WebHook-Allowed-Rate"), "*");
    EXPECT_TEXT(wire_header(&answer, "Allow"), "OPTIONS, POST");
    wire_ask(port, "OPTIONS /v1/events HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    EXPECT_TEXT(wire_header(&answer, "WebHook-Allowed-Origin"), "");
    wire_ask(port, "GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    EXPECT_EQ(answer.status, 405);
    EXPECT_TEXT(wire_header(&answer, "Allow"), "POST, OPTIONS");

    wire_ask(port, "GET /v1/limits HTTP/1.1\r\nHost: a\r\n\r\n", &answer);
    EXPECT_EQ(answer.status, 200);
    struct json *document = NULL;
    EXPECT_OK(json_parse(answer.body, answer.body_size, &document, &err));
    EXPECT_EQ(json_number(json_member(document, "body_bytes"), 0), 32 << 20);
    EXPECT_EQ(json_number(json_member(document, "id_bytes"), 0), EVENT_ID_BYTES_MAX);
    EXPECT_EQ(json_count(json_member(document, "content_types")), 3);
    json_free(document);
    end();
}

TEST(events_route_counts_by_source) {
    begin();
    post(NDJSON, EVENT("1") "x\n");
    post(NDJSON, EVENT("1"));
    post(NDJSON, "");
    struct source_counts counts[2];
    EXPECT_EQ(source_stats_copy(events_route_stats(route), counts, 2), 1);
    EXPECT_TEXT(counts[0].source, "forms");
    EXPECT_EQ(counts[0].requests, 3);
    EXPECT_EQ(counts[0].accepted, 1);
    EXPECT_EQ(counts[0].duplicate, 1);
    EXPECT_EQ(counts[0].rejected, 1);
    EXPECT_EQ(counts[0].last_ms, NOW_MS);
    end();
}

TEST(source_stats_count_further_sources_together) {
    struct source_stats *stats = source_stats_create();
    CHECK(stats != NULL);
    for (int i = 0; i < 2 * SOURCE_STATS_MAX; i++) {
        struct source_counts counts = {.requests = 1};
        (void)snprintf(counts.source, sizeof counts.source, "s%d", i);
        source_stats_add(stats, &counts);
    }
    static struct source_counts all[SOURCE_STATS_MAX + 2];
    EXPECT_EQ(source_stats_copy(stats, all, SOURCE_STATS_MAX + 2), SOURCE_STATS_MAX + 1);
    EXPECT_EQ(all[0].requests, 1);
    EXPECT_TEXT(all[SOURCE_STATS_MAX].source, "(others)");
    EXPECT_EQ(all[SOURCE_STATS_MAX].requests, SOURCE_STATS_MAX);
    source_stats_free(stats);
}

static void *post_often(void *context) {
    char text[1024];
    struct wire_answer *mine = memory_new_array(struct wire_answer, 1);
    CHECK(mine != NULL);
    for (int i = 0; i < 30; i++) {
        char body[256];
        int size = snprintf(body, sizeof body,
                            "{\"id\":\"%s-%d\",\"time\":\"2026-09-21T12:00:00Z\",\"type\":"
                            "\"case.received\",\"subject\":\"c\",\"service\":\"p\"}\n",
                            (const char *)context, i);
        (void)snprintf(text, sizeof text,
                       "POST /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n" NDJSON
                       "Content-Length: %d\r\n\r\n%s",
                       token, size, body);
        do {
            wire_ask(port, text, mine);
        } while (mine->status == 429);
        EXPECT_EQ(mine->status, 200);
        EXPECT(strstr(mine->body, "\"accepted\":1,") != NULL);
    }
    memory_free(mine);
    return NULL;
}

static void serve_many_sources_at_once(void) {
    static char names[6][2] = {"a", "b", "c", "d", "e", "f"};
    pthread_t threads[6];
    for (int i = 0; i < 6; i++) pthread_create(&threads[i], NULL, post_often, names[i]);
    for (int i = 0; i < 6; i++) pthread_join(threads[i], NULL);
    EXPECT_EQ(array->count, 180);
    end();
}

TEST(events_route_serves_many_sources_at_once) {
    begin();
    serve_many_sources_at_once();
    begin_later(2);
    serve_many_sources_at_once();
}

static void survive_every_refused_allocation(void) {
    for (size_t after = 0; after < 60; after++) {
        char id[16], body[256];
        (void)snprintf(id, sizeof id, "%zu", after);
        (void)snprintf(
            body, sizeof body,
            "{\"id\":\"%s\",\"time\":\"2026-09-21T12:00:00Z\",\"type\":\"page.viewed\"}\nx\n", id);
        memory_fail_after(after);
        post(NDJSON, body);
        memory_fail_after(SIZE_MAX);
        EXPECT(answer.status == 200 || answer.status == 503 || answer.status == 0);
        post(NDJSON, body);
        EXPECT_EQ(answer.status, 200);
    }
    EXPECT_EQ(array->count, 60);
    end();
}

TEST(events_route_survives_every_refused_allocation) {
    begin();
    survive_every_refused_allocation();
    begin_later(8);
    survive_every_refused_allocation();
}

TEST(events_route_keeps_what_it_acknowledged_over_a_restart) {
    (void)snprintf(folder, sizeof folder, "%s", test_folder());
    char data[256];
    (void)snprintf(data, sizeof data, "%s/data", folder);
    for (int round = 0; round < 2; round++) {
        struct engine *engine = NULL;
        const struct engine_options options = {.folder = data};
        EXPECT_OK(engine_open_embedded(&options, &engine, &err));
        if (engine == NULL) return;
        begin_with(engine, false);
        post(NDJSON, EVENT("1") EVENT("2") "x\n");
        EXPECT_ANSWER(200, round == 0 ? "{\"accepted\":2,\"duplicate\":0,"
                                      : "{\"accepted\":0,\"duplicate\":2,");
        end_server();
        engine_close(engine);
    }
}
