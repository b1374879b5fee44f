/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: over HTTP a kept answer is the one that was made for the same question, with its age and
 * its own as_of; who wants a new one gets it; nothing else is ever mixed up with it or kept.
 * Method: a real server on loopback before a real store; the test moves the clock, and says how
 * long the store takes to answer. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "dashboard/dashboard.h"
#include "dashboard/kept.h"
#include "engine/engine.h"
#include "tests/net/wire.h"

#define BEGIN_MS  INT64_C(1790000000000) /* 2026-09-21T14:13:20Z */
#define SECOND_NS UINT64_C(1000000000)
#define SLICE(text) \
    { text, sizeof text - 1 }

/* --- a store that counts the questions --- */

static _Atomic uint64_t elapsed_ns;                      /* since BEGIN_MS */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* while it is locked, no answer comes */
static _Atomic unsigned asked;                           /* of the store */
static struct engine *embedded;

static int64_t moved_utc_ms(const struct clock *clock) {
    (void)clock;
    return BEGIN_MS + (int64_t)(elapsed_ns / 1000000);
}
static uint64_t moved_monotonic_ns(const struct clock *clock) {
    (void)clock;
    return 1000 * SECOND_NS + elapsed_ns;
}
static const struct clock moved = {.utc_ms = moved_utc_ms, .monotonic_ns = moved_monotonic_ns};

static enum status counting_query(struct engine *engine, const struct plan *plan,
                                  struct arena *arena, struct result *out, struct error *err) {
    (void)engine;
    atomic_fetch_add(&asked, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    const enum status status = embedded->ops->query(embedded, plan, arena, out, err);
    atomic_fetch_add(&elapsed_ns, SECOND_NS / 50);
    return status;
}
static enum status counting_stats(struct engine *engine, struct engine_stats *out,
                                  struct error *err) {
    (void)engine;
    return embedded->ops->stats(embedded, out, err);
}
static const struct engine_ops counting_ops = {
    .name = "counting", .query = counting_query, .stats = counting_stats};

/* --- the server before it --- */

static struct engine counting = {&counting_ops};
static struct dashboard dashboard;
static struct http_server *server;
static uint16_t port;
static _Atomic unsigned offered; /* requests to the loop, which hands them over where it must */

static bool takes(void *context, struct http_request *request) {
    atomic_fetch_add(&offered, 1);
    return question_route_takes(context, request);
}

/* worth_ns: 0, and every answer is worth keeping. */
static void begin(uint64_t worth_ns) {
    static struct http_route routes[DASHBOARD_ROUTES];
    static const struct http_lane lanes[] = {{"questions", 2, 100}, {"pages", 1, 100}};
    static const struct settings settings;
    const struct engine_options store = {.folder = test_folder()};
    const struct kept_options keeping = {.clock = &moved,
                                         .worth_ns = worth_ns,
                                         .bytes_max = KEPT_BYTES_MAX,
                                         .make = question_route_make,
                                         .events = question_route_events,
                                         .context = &dashboard};
    elapsed_ns = 0;
    asked = 0;
    offered = 0;
    EXPECT_OK(engine_open_embedded(&store, &embedded, NULL));
    dashboard = (struct dashboard){.engine = &counting,
                                   .settings = &settings,
                                   .clock = &moved,
                                   .query_bytes_max = 64 << 20,
                                   .kept = kept_create(&keeping)};
    dashboard_routes(&dashboard, 0, 1, routes);
    const struct http_server_options options = {.address = "127.0.0.1",
                                                .loops = 1,
                                                .lanes = lanes,
                                                .lane_count = 2,
                                                .routes = routes,
                                                .route_count = DASHBOARD_ROUTES,
                                                .body_bytes_max = 1 << 20,
                                                .inflight_bytes_max = 1 << 20,
                                                .connections_max = 100,
                                                .idle_timeout_ms = 20000,
                                                .takes = takes,
                                                .takes_context = &dashboard,
                                                .clock = &moved};
    EXPECT_OK(http_server_start(&options, &server, NULL));
    port = http_server_port(server);
}

static void end(void) {
    http_server_stop(server, 10000);
    kept_free(dashboard.kept);
    engine_close(embedded);
}

/* One more page view. */
static void take_in(uint64_t number) {
    struct batch *batch = batch_create();
    struct reject reject;
    const struct event event = {.given = 1u << FIELD_TIME, .time_ms = BEGIN_MS - 86400000};
    const struct event_origin origin = {.type = TYPE_PAGE_VIEWED,
                                        .id = {number, number},
                                        .tenant = SLICE("091620000000"),
                                        .source = SLICE("forms"),
                                        .arrival_ms = BEGIN_MS - 86400000};
    EXPECT(batch_append(batch, &event, &origin, &reject));
    EXPECT_OK(embedded->ops->write(embedded, batch, NULL));
    EXPECT_EQ(batch->outcome[0], OUTCOME_ACCEPTED);
    batch_free(batch);
}

/* --- requests --- */

static struct wire_answer answer;

static int ask_with(const char *method, const char *target, const char *headers, const char *body) {
    char request[2048];
    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n%s", method, target,
             headers, strlen(body), body);
    wire_ask(port, request, &answer);
    return answer.status;
}
static int ask(const char *target) {
    return ask_with("GET", target, "", "");
}

/* Seconds; -1: it was made for us. */
static int age(void) {
    const char *value = wire_header(&answer, "age");
    return *value == '\0' ? -1 : atoi(value);
}

/* Seconds after BEGIN_MS, to the millisecond. */
static double as_of(void) {
    struct json *document = NULL;
    EXPECT_OK(json_parse(answer.body, answer.body_size, &document, NULL));
    int64_t ms = 0;
    const char *text = json_text(json_member(document, "as_of"), "");
    EXPECT(timestamp_parse(text, strlen(text), &ms));
    json_free(document);
    return (double)(ms - BEGIN_MS) / 1000;
}

static double events(void) {
    struct json *document = NULL;
    EXPECT_OK(json_parse(answer.body, answer.body_size, &document, NULL));
    const double count =
        json_number(json_member(json_first(json_member(document, "rows")), "value"), -1);
    json_free(document);
    return count;
}

static const char question[] = "/v1/kpis/event_count?tenant=091620000000&type=page.viewed";

TEST(a_kept_answer_says_how_old_it_is_and_as_of_when) {
    begin(0);
    take_in(1);
    EXPECT_EQ(ask(question), 200);
    EXPECT_EQ(age(), -1);
    EXPECT_NEAR(as_of(), 0, 0);
    EXPECT_NEAR(events(), 1, 0);
    take_in(2);
    elapsed_ns = 59 * SECOND_NS;
    EXPECT_EQ(ask(question), 200);
    EXPECT_EQ(age(), 59);
    EXPECT_NEAR(as_of(), 0, 0);
    EXPECT_NEAR(events(), 1, 0);
    EXPECT_EQ(ask_with("HEAD", question, "", ""), 200);
    EXPECT_EQ(age(), 59);
    EXPECT_EQ(asked, 1);
    EXPECT(kept_refresh(dashboard.kept)); /* as the thread in the background does */
    elapsed_ns = 62 * SECOND_NS;
    EXPECT_EQ(ask(question), 200);
    EXPECT_EQ(age(), 3);
    EXPECT_NEAR(as_of(), 59, 0);
    EXPECT_NEAR(events(), 2, 0);
    EXPECT_EQ(asked, 2);
    EXPECT_TEXT(wire_header(&answer, "cache-control"), "no-store");
    EXPECT_TEXT(wire_header(&answer, "vary"), "accept");
    end();
}

TEST(what_the_store_answers_quickly_is_never_old) {
    begin(SECOND_NS / 49);
    for (unsigned count = 1; count < 5; count++) {
        take_in(count);
        EXPECT_EQ(ask(question), 200);
        EXPECT_EQ(age(), -1);
        EXPECT_NEAR(events(), count, 0);
    }
    end();
}

TEST(who_asks_for_a_new_answer_gets_one) {
    static const char *const wishes[] = {
        "Cache-Control: no-cache\r\n", "Cache-Control: max-age=0\r\n",
        "Cache-Control: no-transform, max-age=9\r\n", "Cache-Control: no-store\r\n"};
    begin(0);
    EXPECT_EQ(ask(question), 200);
    for (unsigned at = 0; at < sizeof wishes / sizeof *wishes; at++) {
        elapsed_ns += 10 * SECOND_NS;
        EXPECT_EQ(ask_with("GET", question, wishes[at], ""), 200);
        EXPECT_EQ(age(), -1);
        EXPECT_EQ(asked, at + 2);
    }
    elapsed_ns += 8 * SECOND_NS;
    EXPECT_EQ(ask_with("GET", question, "Cache-Control: max-age=9\r\n", ""), 200);
    EXPECT_EQ(age(), 8);
    EXPECT_EQ(ask_with("GET", question, "Cache-Control: max-age=99999999999999999999\r\n", ""),
              200);
    EXPECT_EQ(age(), 8);
    end();
}

TEST(the_same_words_in_another_order_are_the_same_question) {
    begin(0);
    EXPECT_EQ(ask("/v1/kpis/event_count?by=day,type&from=2026-09-01&to=2026-09-21"), 200);
    EXPECT_EQ(ask("/v1/kpis/event_count?to=2026-09-21&from=2026-09-01&by=day%2Ctype&lang=en"), 200);
    EXPECT_EQ(age(), 0);
    EXPECT_EQ(asked, 1);
    end();
}

TEST(other_words_are_another_question) {
    static const char *const targets[] = {
        "/v1/kpis/event_count",
        "/v1/kpis/no_show",
        "/v1/kpis/event_count?tenant=091620000000",
        "/v1/kpis/event_count?service=091620000000",
        "/v1/kpis/event_count?tenant=091620000000&lang=de",
        "/v1/kpis/event_count?tenant=091620000000&format=csv",
        "/v1/kpis/event_count?tenant=091620000000&as_of=2026-09-20",
        "/v1/kpis/event_count?service=091620000000%26lang%3Dde",
        "/v1/kpis/event_count?by=type,tenant",
        "/v1/kpis/event_count?by=tenant,type",
        "/v1/dimensions",
        "/v1/dimensions?tenant=091620000000"};
    enum { COUNT = sizeof targets / sizeof *targets };
    static struct wire_answer first[COUNT];
    begin(0);
    take_in(1);
    for (unsigned at = 0; at < COUNT; at++) {
        EXPECT_EQ(ask(targets[at]), 200);
        EXPECT_EQ(age(), -1);
        first[at] = answer;
    }
    for (unsigned at = 0; at < COUNT; at++) {
        EXPECT_EQ(ask(targets[at]), 200);
        EXPECT(age() >= 0);
        EXPECT_EQ(answer.body_size, first[at].body_size);
        EXPECT(memcmp(answer.body, first[at].body, answer.body_size) == 0);
    }
    EXPECT_EQ(asked, COUNT);
    EXPECT_EQ(ask_with("GET", targets[2], "Accept: text/csv\r\n", ""), 200); /* as format=csv */
    EXPECT_EQ(age(), 0);
    EXPECT_EQ(strncmp(wire_header(&answer, "content-type"), "text/csv", 8), 0);
    EXPECT_TEXT(wire_header(&answer, "pegel-definition"), "event_count;version=1");
    EXPECT(strstr(wire_header(&answer, "content-disposition"), "event_count.csv") != NULL);
    EXPECT(*wire_header(&answer, "pegel-as-of") != '\0');
    end();
}

TEST(failures_and_questions_with_a_body_are_not_kept) {
    static const char *const faults[] = {"/v1/kpis/event_count?by=servise",
                                         "/v1/kpis/nothing",
                                         "/v1/kpis/roi",
                                         "/v1/kpis/",
                                         "/v1/dimensions?service=1",
                                         "/v1/dimensions?period=2026-10",
                                         "/v1/kpis/event_count?tenant=%zz"};
    begin(0);
    for (unsigned turn = 0; turn < 2; turn++) {
        for (unsigned at = 0; at < sizeof faults / sizeof *faults; at++) {
            EXPECT(ask(faults[at]) >= 400);
            EXPECT_EQ(age(), -1);
        }
        EXPECT_EQ(ask_with("POST", question, "", "{}"), 200);
        EXPECT_EQ(age(), -1);
    }
    EXPECT_EQ(asked, 2); /* by the POSTs */
    end();
}

TEST(an_answer_as_of_the_past_holds_until_something_is_taken_in) {
    static const char past[] = "/v1/kpis/event_count?type=page.viewed&as_of=2026-09-21";
    static const char future[] = "/v1/kpis/event_count?type=page.viewed&as_of=2026-09-22";
    begin(0);
    take_in(1);
    EXPECT_EQ(ask(past), 200);
    EXPECT_EQ(ask(future), 200);
    elapsed_ns += 1000 * SECOND_NS;
    EXPECT_EQ(ask(past), 200);
    EXPECT_EQ(age(), 0);
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(ask(future), 200); /* its end has not come: what is open then changes by itself */
    EXPECT_EQ(age(), -1);
    take_in(2);
    elapsed_ns += 1000 * SECOND_NS;
    EXPECT_EQ(ask(past), 200);
    EXPECT_EQ(age(), -1);
    EXPECT_NEAR(events(), 2, 0);
    end();
}

/* --- several at once --- */

struct asker {
    const char *target;
    pthread_t thread;
    struct wire_answer answer;
};

static void *ask_in_thread(void *context) {
    struct asker *asker = context;
    char request[512];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", asker->target);
    wire_ask(port, request, &asker->answer);
    return NULL;
}

static void start(struct asker *asker, const char *target) {
    asker->target = target;
    CHECK(pthread_create(&asker->thread, NULL, ask_in_thread, asker) == 0);
}

static void wait_until_asked(unsigned count) {
    for (unsigned try = 0; asked < count && try < 2000; try++) usleep(5000);
    EXPECT_EQ(asked, count);
}

TEST(what_many_ask_at_once_the_store_is_asked_once) {
    static struct asker askers[6];
    begin(0);
    take_in(1);
    pthread_mutex_lock(&gate);
    for (unsigned at = 0; at < 6; at++) start(&askers[at], question);
    wait_until_asked(1);
    usleep(50000); /* the others come, and wait or find it kept */
    pthread_mutex_unlock(&gate);
    for (unsigned at = 0; at < 6; at++) {
        pthread_join(askers[at].thread, NULL);
        EXPECT_EQ(askers[at].answer.status, 200);
        EXPECT_TEXT(askers[at].answer.body, askers[0].answer.body);
    }
    EXPECT_EQ(asked, 1);
    end();
}

/* The loop answers one that came later, so it is done with those before. */
static void wait_until_handed_over(unsigned count) {
    for (unsigned try = 0; offered < count && try < 2000; try++) usleep(5000);
    EXPECT_EQ(offered, count);
    EXPECT_EQ(ask("/healthz"), 200);
}

/* What the store answers quickly, but not before others have had their answers. */
TEST(the_wait_for_a_worker_makes_an_answer_worth_keeping) {
    static struct asker askers[3];
    begin(10 * SECOND_NS);
    pthread_mutex_lock(&gate);
    start(&askers[0], "/v1/kpis/no_show");
    start(&askers[1], "/v1/kpis/backlog");
    wait_until_asked(2);
    start(&askers[2], question);
    wait_until_handed_over(3);
    elapsed_ns += 10 * SECOND_NS;
    pthread_mutex_unlock(&gate);
    for (unsigned at = 0; at < 3; at++) {
        pthread_join(askers[at].thread, NULL);
        EXPECT_EQ(askers[at].answer.status, 200);
    }
    EXPECT_EQ(ask(question), 200);
    EXPECT_EQ(age(), 0);
    EXPECT_EQ(asked, 3);
    end();
}

TEST(a_kept_answer_comes_while_every_worker_is_busy) {
    static struct asker busy[2];
    begin(0);
    EXPECT_EQ(ask(question), 200);
    pthread_mutex_lock(&gate);
    start(&busy[0], "/v1/kpis/no_show");
    start(&busy[1], "/v1/kpis/backlog");
    wait_until_asked(3);
    EXPECT_EQ(ask(question), 200);
    EXPECT(age() >= 0);
    pthread_mutex_unlock(&gate);
    for (unsigned at = 0; at < 2; at++) {
        pthread_join(busy[at].thread, NULL);
        EXPECT_EQ(busy[at].answer.status, 200);
    }
    end();
}
