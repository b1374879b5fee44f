/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: however the server ends, what it acknowledged is there, and there once.
 * Method: several senders at once; the server is asked to stop, or killed, in their midst, again
 * and again on one folder; then the events in the store are counted. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "engine/engine.h"
#include "tests/server/served.h"
#include "tests/test.h"

enum { SENDERS = 4, EVENTS_PER_REQUEST = 40, ROUNDS = 6 };

struct sender {
    const struct served *served;
    unsigned number, round;
    _Atomic unsigned acknowledged; /* requests */
    unsigned sent;                 /* requests, the last one perhaps without an answer */
};

static void *send_until_the_end(void *context) {
    struct sender *sender = context;
    char headers[300];
    bool alive = true;
    snprintf(headers, sizeof headers,
             "Authorization: Bearer %s\r\nContent-Type: application/x-ndjson\r\n",
             sender->served->token);
    while (alive) {
        struct text body;
        struct reply reply;
        text_init(&body, 1 << 20);
        for (unsigned at = 0; at < EVENTS_PER_REQUEST; at++)
            text_add_format(&body,
                            "{\"id\":\"%u-%u-%u-%u\",\"time\":\"2026-03-02T08:00:00Z\",\"type\":"
                            "\"case.received\",\"subject\":\"%u-%u\",\"service\":\"pass\"}\n",
                            sender->round, sender->number, sender->sent, at, sender->number, at);
        sender->sent++;
        alive = served_request(sender->served, "POST", "/v1/events", headers, body.bytes, &reply);
        if (alive && reply.status == 200)
            sender->acknowledged++;
        else
            alive = false;
        text_free(&reply.bytes);
        text_free(&body);
    }
    return NULL;
}

static uint64_t count_events(const char *data) {
    struct engine *engine;
    struct engine_stats stats = {0};
    const struct engine_options options = {.folder = data, .read_only = true};
    EXPECT_OK(engine_open_embedded(&options, &engine, NULL));
    if (engine == NULL) return 0;
    EXPECT_OK(engine->ops->stats(engine, &stats, NULL));
    engine_close(engine);
    return stats.event_count;
}

/* Waits until every sender has had an answer, so that the end comes in their midst. */
static void wait_for_answers(struct sender *senders) {
    for (unsigned number = 0; number < SENDERS; number++)
        for (unsigned try = 0; senders[number].acknowledged < 3 && try < START_TRIES; try++)
            usleep(10000);
}

/* One life of the server. *least and *most grow by what must and by what may be stored. */
static void live_and_end(struct served *served, unsigned round, uint64_t *least, uint64_t *most) {
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    if (!served_start(served)) {
        test_fail(__FILE__, __LINE__, "pegel serve did not start in round %u", round);
        return;
    }
    for (unsigned number = 0; number < SENDERS; number++) {
        senders[number] = (struct sender){.served = served, .number = number, .round = round};
        CHECK(pthread_create(&threads[number], NULL, send_until_the_end, &senders[number]) == 0);
    }
    wait_for_answers(senders);
    if (round % 2 == 0) {
        served_stop(served);
    } else {
        kill(served->pid, SIGKILL);
        EXPECT_EQ(waitpid(served->pid, NULL, 0), served->pid);
    }
    for (unsigned number = 0; number < SENDERS; number++) {
        pthread_join(threads[number], NULL);
        EXPECT(senders[number].acknowledged > 0);
        *least += (uint64_t)senders[number].acknowledged * EVENTS_PER_REQUEST;
        *most += (uint64_t)senders[number].sent * EVENTS_PER_REQUEST;
    }
}

TEST(what_was_acknowledged_outlives_stops_and_kills) {
    struct served served = {.data = test_folder()};
    uint64_t least = 0, most = 0;
    served_make_token(&served);
    for (unsigned round = 0; round < ROUNDS; round++) {
        live_and_end(&served, round, &least, &most);
        const uint64_t stored = count_events(served.data);
        EXPECT_LE(least, stored);
        EXPECT_LE(stored, most);
        least = stored; /* what is there now must stay */
        most = stored;
    }
}

static int run_serve(const char *data, const char *option, const char *value) {
    const pid_t child = fork();
    if (child == 0) {
        char *words[] = {"serve",
                         "--data",
                         (char *)(uintptr_t)data,
                         (char *)(uintptr_t)option,
                         (char *)(uintptr_t)value,
                         NULL};
        if (freopen("/dev/null", "w", stderr) == NULL) _exit(99);
        _exit(command_serve(5, words));
    }
    int code = -1;
    EXPECT_EQ(waitpid(child, &code, 0), child);
    return WIFEXITED(code) ? WEXITSTATUS(code) : -1;
}

TEST(a_second_server_and_a_wrong_start_are_refused) {
    struct served served = {.data = test_folder()};
    EXPECT(served_start(&served));
    EXPECT_EQ(run_serve(served.data, "--listen", "127.0.0.1:0"), COMMAND_FAILED);
    char url[PLACE_URL_BYTES_MAX], listen[32];
    EXPECT(place_server(served.data, url)); /* the second one withdrew nothing */
    snprintf(listen, sizeof listen, "127.0.0.1:%u", (unsigned)served.port);
    EXPECT_EQ(run_serve(test_folder(), "--listen", listen), COMMAND_FAILED);
    EXPECT_EQ(run_serve(test_folder(), "--listen", "localhost:80"), COMMAND_FAILED);
    EXPECT_EQ(run_serve(test_folder(), "--config", "/nowhere"), COMMAND_FAILED);
    served_stop(&served);
}
