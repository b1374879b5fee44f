/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: an import over HTTP brings the same events as one into the folder, tells rejects with the
 * lines of the file, waits while the server is busy, and says clearly why it cannot go on.
 * Method: the real server and route over an engine that is too simple to be wrong. */
#include "base/text.h"
#include "ingest/events_route.h"
#include "net/http_server.h"
#include "tests/ingest/import_fixture.h"

struct host {
    struct bench bench;
    struct token_file *tokens;
    struct events_route *route;
    struct http_route routes[EVENTS_ROUTE_COUNT]; /* the server borrows them */
    struct http_server *server;
    struct import_sink *own; /* the bench's, which goes around the server */
    char token[TOKEN_TEXT_BYTES], url[64];
};

static void host_open(struct host *host, const char *mapping, const char *service,
                      const char *const *tenants, uint32_t tenant_count) {
    bench_open(&host->bench, mapping, service);
    char path[160];
    bench_path(path, "tokens.json");
    EXPECT_OK(token_file_open(path, &host->tokens, NULL));
    EXPECT_OK(token_file_create(host->tokens, "test", tenants, tenant_count, false, 0, host->token,
                                NULL));
    const struct events_route_options options = {.engine = &host->bench.set.engine,
                                                 .tokens = host->tokens,
                                                 .pseudonyms = host->bench.pseudonyms,
                                                 .clock = &host->bench.clock,
                                                 .body_bytes_max = 64 << 20};
    EXPECT_OK(events_route_create(&options, &host->route, NULL));
    events_route_list(host->route, host->routes);
    const struct http_lane lane = {.name = "events", .workers = 1, .queue_max = 8};
    const struct http_server_options server = {.address = "127.0.0.1",
                                               .loops = 1,
                                               .lanes = &lane,
                                               .lane_count = 1,
                                               .routes = host->routes,
                                               .route_count = EVENTS_ROUTE_COUNT,
                                               .body_bytes_max = 64 << 20,
                                               .inflight_bytes_max = 256 << 20,
                                               .connections_max = 16,
                                               .idle_timeout_ms = 10000};
    EXPECT_OK(http_server_start(&server, &host->server, NULL));
    (void)snprintf(host->url, sizeof host->url, "http://127.0.0.1:%u/",
                   http_server_port(host->server));
    host->own = host->bench.import.sink;
    EXPECT_OK(import_sink_http(host->url, host->token, &host->bench.report,
                               &host->bench.import.sink, NULL));
}

static void host_close(struct host *host) {
    import_sink_close(host->bench.import.sink);
    host->bench.import.sink = host->own;
    http_server_stop(host->server, 1000);
    events_route_free(host->route);
    token_file_close(host->tokens);
    bench_close(&host->bench);
}

static const char *const one_tenant[] = {TENANT};
static const char *const any_tenant[] = {"*"};

TEST(a_log_over_http_gives_the_same_rows_as_one_into_the_folder) {
    if (test_data_folder() == NULL) TEST_SKIP("no shared data");
    struct host host;
    struct bench direct;
    char path[4200];
    (void)snprintf(path, sizeof path, "%s/wabo_receipt/receipt.xes.gz", test_data_folder());
    host_open(&host, NULL, "permit", any_tenant, 1);
    host.bench.import.tenant = (struct slice){TENANT, 12};
    EXPECT_OK(bench_file(&host.bench, path, FORMAT_UNKNOWN));
    EXPECT_TEXT(host.bench.err.text, "");
    bench_open(&direct, NULL, "permit");
    EXPECT_OK(bench_file(&direct, path, FORMAT_UNKNOWN));
    EXPECT_EQ(host.bench.report.accepted, direct.report.accepted);
    EXPECT_EQ(host.bench.report.rejected, 0);
    EXPECT_EQ(host.bench.set.count, direct.set.count);
    for (size_t i = 0; i < direct.set.count && i < host.bench.set.count; i++) {
        const struct row *a = &host.bench.set.rows[i], *b = &direct.set.rows[i];
        EXPECT(a->type == b->type && a->time_ms == b->time_ms && strcmp(a->step, b->step) == 0);
        EXPECT(strcmp(a->office, b->office) == 0 && strcmp(a->service, b->service) == 0);
    }
    uint64_t accepted = host.bench.report.accepted;
    EXPECT_OK(bench_file(&host.bench, path, FORMAT_UNKNOWN)); /* once more: nothing new */
    EXPECT_EQ(host.bench.report.accepted, accepted);
    EXPECT_EQ(host.bench.report.duplicate, accepted);
    bench_close(&direct);
    host_close(&host);
}

TEST(rejects_of_the_server_are_told_with_the_lines_of_the_file) {
    struct host host;
    struct text text;
    text_init(&text, 1 << 20);
    host_open(&host, NULL, NULL, one_tenant, 1);
    for (int i = 1; i <= 2500; i++) /* more than one request */
        text_add_format(&text, "{\"id\":\"e%d\",\"time\":1500000000000,\"type\":\"%s\"}\n%s", i,
                        i == 2100 ? "page.seen" : "page.viewed", i % 100 == 0 ? "\n" : "");
    EXPECT_OK(bench_text(&host.bench, "events.ndjson", text.bytes, text.size));
    EXPECT_EQ(host.bench.report.accepted, 2499);
    EXPECT_EQ(host.bench.report.by_code[REJECT_UNKNOWN_TYPE], 1);
    EXPECT(strstr(bench_rejects(&host.bench), ",2120,unknown_type,") != NULL);
    text_free(&text);
    host_close(&host);
}

static const char one_event[] = "{\"id\":\"a\",\"time\":1500000000000,\"type\":\"page.viewed\"}\n";

TEST(a_busy_server_is_waited_for) {
    struct host host;
    host_open(&host, NULL, NULL, one_tenant, 1);
    host.bench.set.busy = 1;
    EXPECT_OK(bench_text(&host.bench, "a.ndjson", one_event, sizeof one_event - 1));
    EXPECT_EQ(host.bench.report.accepted, 1);
    host_close(&host);
}

TEST(a_wrong_token_and_a_silent_server_are_told) {
    struct host host;
    host_open(&host, NULL, NULL, one_tenant, 1);
    import_sink_close(host.bench.import.sink);
    EXPECT_OK(import_sink_http(host.url, "pegel_wrong", &host.bench.report, &host.bench.import.sink,
                               NULL));
    EXPECT_EQ(bench_text(&host.bench, "a.ndjson", one_event, sizeof one_event - 1),
              STATUS_UNAUTHORIZED);
    EXPECT(strstr(host.bench.err.text, "401") != NULL);
    http_server_stop(host.server, 1000);
    host.server = NULL;
    import_sink_close(host.bench.import.sink);
    EXPECT_OK(
        import_sink_http(host.url, host.token, &host.bench.report, &host.bench.import.sink, NULL));
    EXPECT_EQ(bench_text(&host.bench, "a.ndjson", one_event, sizeof one_event - 1), STATUS_IO);
    EXPECT_EQ(host.bench.set.count, 0);
    host_close(&host);
}
