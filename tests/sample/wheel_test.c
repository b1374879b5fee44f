/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/wheel.h"

#include <stdlib.h>

#include "base/memory.h"
#include "sample/almanac.h"
#include "tests/test.h"

/* Goal: the wheel gives back everything, once, in order. Method: random events added while the
 * hours pass, as the sample does it, compared with a sorted array. */

enum { HOURS = 50, EVENTS = 4000 };

struct expected {
    int64_t send_ms;
    uint64_t number;
};

static int by_time(const void *a, const void *b) {
    const struct expected *left = a, *right = b;
    if (left->send_ms != right->send_ms) return left->send_ms < right->send_ms ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

TEST(wheel_gives_back_what_it_got_in_the_order_of_sending) {
    static struct expected expected[EVENTS];
    const int64_t start_ms = 1000 * HOUR_MS;
    uint64_t state = 5;
    struct wheel *wheel;
    EXPECT_OK(wheel_open(start_ms, HOURS, &wheel, NULL));
    uint64_t added = 0, taken = 0;
    struct expected *got = memory_new_array(struct expected, EVENTS);
    for (uint32_t hour = 0; hour < HOURS; hour++) {
        for (int i = 0; i < EVENTS / HOURS; i++) {
            /* Few distinct moments, so that the order among equals matters. */
            int64_t ahead = (int64_t)(test_random(&state) % 997) * (HOURS - hour) * HOUR_MS / 997;
            struct occurrence event = {.send_ms = start_ms + hour * HOUR_MS + ahead,
                                       .number = added};
            expected[added++] = (struct expected){event.send_ms, event.number};
            EXPECT_OK(wheel_add(wheel, &event, NULL));
        }
        const struct occurrence *const *events;
        size_t count;
        EXPECT_OK(wheel_take(wheel, hour, &events, &count, NULL));
        for (size_t i = 0; i < count && taken < EVENTS; i++)
            got[taken++] = (struct expected){events[i]->send_ms, events[i]->number};
    }
    qsort(expected, EVENTS, sizeof expected[0], by_time);
    EXPECT_EQ(taken, EVENTS);
    for (uint64_t i = 0; i < taken; i++) {
        EXPECT_EQ(got[i].send_ms, expected[i].send_ms);
        EXPECT_EQ(got[i].number, expected[i].number);
    }
    memory_free(got);
    wheel_close(wheel);
}

TEST(wheel_says_so_when_memory_is_refused) {
    struct wheel *wheel;
    for (size_t after = 0; after < 2; after++) {
        memory_fail_after(after);
        EXPECT_EQ(wheel_open(0, HOURS, &wheel, NULL), STATUS_NO_MEMORY);
        EXPECT(wheel == NULL);
    }
    memory_fail_after(SIZE_MAX);
    EXPECT_OK(wheel_open(0, HOURS, &wheel, NULL));
    const struct occurrence event = {.send_ms = 5}, *const * events;
    size_t count;
    memory_fail_after(0);
    EXPECT_EQ(wheel_add(wheel, &event, NULL), STATUS_NO_MEMORY);
    EXPECT_OK(wheel_add(wheel, &event, NULL));
    memory_fail_after(0);
    EXPECT_EQ(wheel_take(wheel, 0, &events, &count, NULL), STATUS_NO_MEMORY);
    wheel_close(wheel);
}
