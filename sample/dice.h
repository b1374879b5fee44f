/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SAMPLE_DICE_H
#define SAMPLE_DICE_H

#include <stdbool.h>
#include <stdint.h>

/* dice: the chance of the sample (splitmix64). Integers only, so that a seed gives the same bytes
 * with every compiler and C library. Pure functions of the state, any thread. */
struct dice {
    uint64_t state;
};

/* A bijection of the 64-bit numbers that looks random: numbers become tokens that never collide. */
static inline uint64_t dice_mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* The dice of one story: independent of every other story's. */
static inline struct dice dice_of(uint64_t seed, uint64_t number) {
    return (struct dice){dice_mix(seed ^ dice_mix(number + UINT64_C(0x632BE59BD9B4E019)))};
}

static inline uint64_t dice_next(struct dice *dice) {
    dice->state += UINT64_C(0x9E3779B97F4A7C15);
    return dice_mix(dice->state);
}

/* 0..limit-1 */
static inline uint32_t dice_below(struct dice *dice, uint32_t limit) {
    return (uint32_t)(((dice_next(dice) >> 32) * limit) >> 32);
}

static inline int64_t dice_between(struct dice *dice, int64_t low, int64_t high) {
    return low + (int64_t)dice_below(dice, (uint32_t)(high - low + 1));
}

static inline bool dice_chance(struct dice *dice, uint32_t per_mille) {
    return dice_below(dice, 1000) < per_mille;
}

/* A log-normal number: half of them lie below `median`, two thirds within a factor of
 * 2^(spread/256). At most 3.47 spreads off, so that nothing takes for ever. */
int64_t dice_spread(struct dice *dice, int64_t median, uint32_t spread);

#endif
