/* SPDX-License-Identifier: EUPL-1.2 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "access/pseudonym.h"
#include "access/signature.h"
#include "access/token.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "dashboard/dashboard.h"
#include "dashboard/kept.h"
#include "engine/engine.h"
#include "ingest/events_route.h"
#include "net/http_server.h"
#include "server/command.h"
#include "server/config.h"
#include "server/options.h"
#include "server/place.h"

/* pegel serve: one process, one data folder. Everything is opened in the order in which it is
 * needed and closed in the reverse order; the main thread then only waits for a signal. */

struct words {
    const char *data, *listen, *config, *keys, *tokens;
};

enum lane { LANE_EVENTS, LANE_QUESTIONS, LANE_PAGES, LANE_COUNT };
enum { ROUTE_COUNT = EVENTS_ROUTE_COUNT + DASHBOARD_ROUTES };
enum { EXPIRE_EVERY_S = 3600 }; /* how late a visit key may go */

struct serving {
    const char *data;
    char address[64];
    uint16_t port;
    char url[PLACE_URL_BYTES_MAX];
    struct config config;
    struct pseudonyms *pseudonyms;
    struct signature_key *signing_key;
    struct token_file *tokens;
    struct engine *engine;
    struct events_route *events;
    struct dashboard dashboard;
    struct http_route routes[ROUTE_COUNT];
    struct http_server *server;
    bool announced;
};

/* What listens on every address is reached from here by the loopback. */
static void set_url(struct serving *serving) {
    const bool six = strchr(serving->address, ':') != NULL;
    const char *host = serving->address;
    if (strcmp(host, "0.0.0.0") == 0) host = "127.0.0.1";
    if (strcmp(host, "::") == 0) host = "::1";
    snprintf(serving->url, sizeof serving->url, "http://%s%s%s:%u", six ? "[" : "", host,
             six ? "]" : "", (unsigned)http_server_port(serving->server));
}

/* Keys and tokens; both files are made when they are not there. */
static enum status open_access(const struct words *words, struct serving *serving,
                               struct error *err) {
    char path[PLACE_PATH_BYTES_MAX];
    const char *keys = words->keys != NULL ? words->keys : serving->config.keys;
    const char *tokens = words->tokens != NULL ? words->tokens : serving->config.tokens;
    TRY(place_path(keys, serving->data, PLACE_KEYS, path, err));
    TRY(place_make_parent(path, err));
    TRY(pseudonyms_open(path, clock_system(), &serving->pseudonyms, err));
    TRY(place_path(NULL, serving->data, PLACE_SIGNING_KEY, path, err));
    TRY(place_make_parent(path, err));
    TRY(signature_key_open(path, true, &serving->signing_key, err));
    TRY(place_path(tokens, serving->data, PLACE_TOKENS, path, err));
    return token_file_open(path, &serving->tokens, err);
}

static enum status open_engine(struct serving *serving, struct error *err) {
    const struct engine_options options = {.folder = serving->data};
    const enum status status = engine_open_embedded(&options, &serving->engine, err);
    if (status != STATUS_BUSY) return status;
    char url[PLACE_URL_BYTES_MAX];
    if (place_server(serving->data, url))
        return error_set(err, status, "%s is served already, at %s/", serving->data, url);
    return error_set(err, status, "another pegel command works in %s; try again when it has ended",
                     serving->data);
}

static enum status open_events(struct serving *serving, struct error *err) {
    const struct events_route_options options = {
        .engine = serving->engine,
        .tokens = serving->tokens,
        .pseudonyms = serving->pseudonyms,
        .extras = serving->config.extras,
        .extras_count = serving->config.extras_count,
        .clock = clock_system(),
        .lane = LANE_EVENTS,
        .limits_lane = LANE_PAGES,
        .body_bytes_max = serving->config.limits.body_bytes};
    return events_route_create(&options, &serving->events, err);
}

/* The dashboard does not know the ways in: their counts are handed over here. */
static void each_source(void *stats, source_visit visit, void *context) {
    enum { SOURCES_MAX = SOURCE_STATS_MAX + 1 };
    struct source_counts *counts = memory_new_array(struct source_counts, SOURCES_MAX);
    if (counts == NULL) return;
    const uint32_t known = source_stats_copy(stats, counts, SOURCES_MAX);
    for (uint32_t at = 0; at < known && at < SOURCES_MAX; at++) {
        const struct source_activity activity = {.source = counts[at].source,
                                                 .requests = counts[at].requests,
                                                 .accepted = counts[at].accepted,
                                                 .duplicate = counts[at].duplicate,
                                                 .conflict = counts[at].conflict,
                                                 .rejected = counts[at].rejected,
                                                 .dropped_fields = counts[at].dropped_fields,
                                                 .last_seen_ms = counts[at].last_ms};
        visit(context, &activity);
    }
    memory_free(counts);
}

static enum status open_dashboard(struct serving *serving, struct error *err) {
    serving->dashboard =
        (struct dashboard){.engine = serving->engine,
                           .settings = &serving->config.settings,
                           .clock = clock_system(),
                           .started_ms = clock_utc_ms(clock_system()),
                           .folder = serving->data,
                           .tokens = serving->tokens,
                           .signing_key = serving->signing_key,
                           .query_bytes_max = serving->config.limits.question_bytes,
                           .each_source = each_source,
                           .sources = events_route_stats(serving->events)};
    const struct kept_options options = {.clock = clock_system(),
                                         .worth_ns = KEPT_WORTH_NS,
                                         .events_min = KEPT_EVENTS_MIN,
                                         .bytes_max = serving->config.limits.kept_bytes,
                                         .make = question_route_make,
                                         .events = question_route_events,
                                         .context = &serving->dashboard};
    serving->dashboard.kept = kept_create(&options);
    if (serving->dashboard.kept == NULL)
        return error_set(err, STATUS_NO_MEMORY, "the dashboard: no memory");
    return kept_start(serving->dashboard.kept, err);
}

/* What a loop deals with itself. */
static bool takes(void *context, struct http_request *request) {
    const struct serving *serving = context;
    return events_route_takes(serving->events, request) ||
           question_route_takes(&serving->dashboard, request);
}

/* Events go to a lane of their own, so that questions never hold them up. */
static enum status start_server(struct serving *serving, struct error *err) {
    const struct config_limits *limits = &serving->config.limits;
    const struct http_lane lanes[LANE_COUNT] = {
        [LANE_EVENTS] = {"events", limits->event_workers, limits->event_queue},
        [LANE_QUESTIONS] = {"questions", limits->question_workers, limits->question_queue},
        [LANE_PAGES] = {"pages", limits->page_workers, limits->page_queue}};
    struct http_route *routes = serving->routes;
    events_route_list(serving->events, routes);
    dashboard_routes(&serving->dashboard, LANE_QUESTIONS, LANE_PAGES, routes + EVENTS_ROUTE_COUNT);
    const struct http_server_options options = {.address = serving->address,
                                                .port = serving->port,
                                                .loops = limits->loops,
                                                .lanes = lanes,
                                                .lane_count = LANE_COUNT,
                                                .routes = routes,
                                                .route_count = ROUTE_COUNT,
                                                .body_bytes_max = limits->body_bytes,
                                                .inflight_bytes_max = limits->inflight_bytes,
                                                .connections_max = limits->connections,
                                                .idle_timeout_ms = limits->idle_timeout_ms,
                                                .admits = events_route_admits,
                                                .admits_context = serving->events,
                                                .takes = takes,
                                                .takes_context = serving};
    TRY(http_server_start(&options, &serving->server, err));
    set_url(serving);
    return STATUS_OK;
}

static void say_hello(const struct serving *serving) {
    printf("Pegel answers at %s/ with the data in %s (Ctrl-C ends it).\n", serving->url,
           serving->data);
    if (token_file_count(serving->tokens) == 0)
        printf(
            "No system may send events yet. Give one a token:\n"
            "  pegel token create --data %s --source NAME --tenant ARS\n",
            serving->data);
    if (strncmp(serving->address, "127.", 4) != 0 && strcmp(serving->address, "::1") != 0)
        printf("Everybody who reaches %s may read the KPIs: put a proxy with a login before it.\n",
               serving->address);
    fflush(stdout);
}

/* Blocked in every thread from the start, so that only the wait below receives them. */
static void block_signals(sigset_t *signals) {
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void close_all(struct serving *serving) {
    if (serving->announced) place_withdraw(serving->data);
    http_server_stop(serving->server, serving->config.limits.drain_ms);
    events_route_free(serving->events);
    kept_free(serving->dashboard.kept);
    engine_close(serving->engine);
    token_file_close(serving->tokens);
    signature_key_close(serving->signing_key);
    pseudonyms_close(serving->pseudonyms);
    config_close(&serving->config);
}

/* Waits for the end. Meanwhile keys of visits end in time, also when no visits come. */
static void wait_for_signal(struct serving *serving, const sigset_t *signals) {
    const struct timespec pause = {.tv_sec = EXPIRE_EVERY_S};
    struct error err;
    while (sigtimedwait(signals, NULL, &pause) < 0) {
        if (pseudonyms_expire(serving->pseudonyms, &err) != STATUS_OK)
            log_write(LOG_ERROR, "serve", "%s", err.text);
    }
}

static enum status open_all(const struct words *words, struct serving *serving, struct error *err) {
    TRY(config_find(words->config, words->data, &serving->config, err));
    const char *listen = words->listen != NULL ? words->listen : serving->config.listen;
    TRY(config_listen(listen, serving->address, sizeof serving->address, &serving->port, err));
    TRY(place_make_folder(words->data, err));
    TRY(open_engine(serving, err));
    TRY(open_access(words, serving, err));
    TRY(open_events(serving, err));
    TRY(open_dashboard(serving, err));
    TRY(start_server(serving, err));
    TRY(place_announce(serving->data, serving->url, err));
    serving->announced = true;
    return STATUS_OK;
}

static int serve(const struct words *words) {
    struct serving serving = {.data = words->data};
    struct error err = {{0}};
    sigset_t signals;
    block_signals(&signals);
    const enum status status = open_all(words, &serving, &err);
    if (status == STATUS_OK) {
        say_hello(&serving);
        wait_for_signal(&serving, &signals);
        puts("Pegel finishes what is under way and stops.");
        fflush(stdout);
        /* A second one ends the process at once; what was acknowledged is on disk anyway. */
        pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    } else {
        fprintf(stderr, "pegel: %s\n", err.text);
    }
    close_all(&serving);
    return status == STATUS_OK ? COMMAND_OK : COMMAND_FAILED;
}

int command_serve(int argc, char **argv) {
    struct words words = {0};
    const struct option options[] = {
        {"data", "DIR", "the data folder; made when it is not there", &words.data, NULL},
        {"listen", "ADDRESS:PORT", "where to listen; default: 127.0.0.1:8080; port 0: any free one",
         &words.listen, NULL},
        {"config", "FILE",
         "names, targets, limits; default: DIR/pegel.json when there is one\n"
         "(docs/CONFIGURATION.md)",
         &words.config, NULL},
        {"keys", "FILE", "the pseudonym keys; default: DIR/keys/pseudonyms.key", &words.keys, NULL},
        {"tokens", "FILE", "the tokens of sources; default: DIR/tokens.json", &words.tokens, NULL}};
    const struct usage usage = {
        "pegel serve --data DIR [options]",
        "Receives events (POST /v1/events), answers with KPIs (GET /v1/kpis/...) and with pages\n"
        "(GET /), all at one address. SIGTERM and Ctrl-C finish what is under way, then stop;\n"
        "nothing that was acknowledged is ever lost, however the process ends.",
        options, sizeof options / sizeof *options,
        "  pegel serve --data ./data\n"
        "  pegel serve --data /var/lib/pegel --keys /etc/pegel/pseudonyms.key --listen [::1]:9000"};
    int word_count;
    switch (options_parse(&usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    if (word_count > 0) return options_misuse(&usage, "\"%s\" is one word too many", argv[1]);
    if (words.data == NULL) return options_misuse(&usage, "--data DIR says where the data lives");
    return serve(&words);
}
