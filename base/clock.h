/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* clock: where "now" comes from. The program uses clock_system(); a test owns a struct clock of its
 * own and moves it. Any thread. */
struct clock {
    int64_t (*utc_ms)(const struct clock *clock);        /* since 1970-01-01T00:00:00Z */
    uint64_t (*monotonic_ns)(const struct clock *clock); /* never goes back */
    int64_t fixed_utc_ms;                                /* what clock_fixed answers */
};

const struct clock *clock_system(void);
/* A clock that stands at utc_ms until the owner writes fixed_utc_ms. */
struct clock clock_fixed(int64_t utc_ms);

static inline int64_t clock_utc_ms(const struct clock *clock) {
    return clock->utc_ms(clock);
}
static inline uint64_t clock_monotonic_ns(const struct clock *clock) {
    return clock->monotonic_ns(clock);
}

#endif
