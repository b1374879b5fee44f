/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/clock.h"

#include <time.h>

static int64_t system_utc_ms(const struct clock *clock) {
    (void)clock;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t system_monotonic_ns(const struct clock *clock) {
    (void)clock;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const struct clock *clock_system(void) {
    static const struct clock system_clock = {system_utc_ms, system_monotonic_ns, 0};
    return &system_clock;
}

static int64_t fixed_utc_ms(const struct clock *clock) {
    return clock->fixed_utc_ms;
}

static uint64_t fixed_monotonic_ns(const struct clock *clock) {
    return (uint64_t)clock->fixed_utc_ms * 1000000u;
}

struct clock clock_fixed(int64_t utc_ms) {
    return (struct clock){fixed_utc_ms, fixed_monotonic_ns, utc_ms};
}
