/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/dice.h"

/* 2^(i/32) in 1/65536, straight lines between */
static const uint32_t power[33] = {
    65536,  66971,  68438,  69936,  71468,  73032,  74632,  76266,  77936,  79642,  81386,
    83169,  84990,  86851,  88752,  90696,  92682,  94711,  96785,  98905,  101070, 103283,
    105545, 107856, 110218, 112631, 115098, 117618, 120194, 122825, 125515, 128263, 131072};

int64_t dice_spread(struct dice *dice, int64_t median, uint32_t spread) {
    /* Four uniform numbers of 16 bits add up to something near enough a normal one. */
    uint64_t bits = dice_next(dice);
    int64_t sum =
        (int64_t)((bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)) -
        131070;
    int64_t deviation = sum * 65536 / 37837; /* in 1/65536 of a standard deviation */
    int64_t exponent = deviation * (int64_t)spread / 256 + (INT64_C(32) << 16);
    uint32_t fraction = (uint32_t)exponent & 0xFFFF, at = fraction >> 11, rest = fraction & 0x7FF;
    int64_t factor = power[at] + (int64_t)(power[at + 1] - power[at]) * rest / 2048;
    int64_t whole = exponent / 65536 - 32; /* of two: -32..31 */
    int64_t product = median * factor / 65536;
    return whole >= 0 ? product * (INT64_C(1) << whole) : product / (INT64_C(1) << -whole);
}
