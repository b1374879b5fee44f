/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/crew.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/status.h"

struct hand {
    void (*work)(void *context, uint32_t worker);
    void *context;
    uint32_t worker;
    pthread_t thread;
    bool started;
};

static void *hand_main(void *argument) {
    const struct hand *hand = argument;
    hand->work(hand->context, hand->worker);
    return NULL;
}

void crew_run(uint32_t count, void (*work)(void *context, uint32_t worker), void *context) {
    CHECK(count >= 1 && count <= CREW_MAX);
    struct hand hands[CREW_MAX];
    for (uint32_t i = 1; i < count; i++) {
        hands[i] = (struct hand){.work = work, .context = context, .worker = i};
        hands[i].started = pthread_create(&hands[i].thread, NULL, hand_main, &hands[i]) == 0;
    }
    work(context, 0);
    for (uint32_t i = 1; i < count; i++) {
        if (hands[i].started)
            (void)pthread_join(hands[i].thread, NULL);
        else
            work(context, i);
    }
}
