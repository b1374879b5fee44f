/* SPDX-License-Identifier: EUPL-1.2 */
#include "stats/resample.h"

#include <math.h>
#include <string.h>

#include "stats/student.h"

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint32_t draw_below(uint64_t *state, uint32_t limit) {
    return (uint32_t)(((draw(state) >> 32) * limit) >> 32);
}

/* Long enough to hold what a week tells of the next ones. */
static uint32_t block_weeks(uint32_t weeks) {
    const uint32_t length = (uint32_t)ceil(2 * cbrt(weeks));
    return length < 2 ? 2 : length;
}

/* times[w]: how often week w is in the draw. */
static double quantile_of(const struct resample_period *period, const uint32_t *times,
                          double probability) {
    uint64_t all = 0, below = 0;
    for (uint32_t w = 0; w < period->week_count; w++) all += (uint64_t)times[w] * period->week_n[w];
    const uint64_t wanted = (uint64_t)ceil(probability * (double)all - 1e-9);
    if (all == 0) return NAN;
    for (size_t i = 0; i < period->value_count; i++) {
        below += times[period->week[i]];
        if (below >= wanted && below > 0) return (double)period->value[i];
    }
    return NAN;
}

double resample_quantile(const struct resample_period *period, double probability) {
    const uint64_t wanted = (uint64_t)ceil(probability * (double)period->n - 1e-9);
    const uint64_t rank = wanted > 0 ? wanted - 1 : 0;
    return rank < period->value_count && period->n > 0 ? (double)period->value[rank] : NAN;
}

/* Runs of weeks, until there are as many as the period has. */
static void draw_weeks(uint32_t weeks, uint64_t *state, uint32_t *times) {
    const uint32_t length = block_weeks(weeks);
    memset(times, 0, weeks * sizeof *times);
    for (uint32_t drawn = 0; drawn < weeks;) {
        const uint32_t start = draw_below(state, weeks);
        for (uint32_t i = 0; i < length && drawn < weeks; i++, drawn++)
            times[(start + i) % weeks]++;
    }
}

/* What varies over the draws: the quantile of the last of `count` periods, less that of the first
 * when there are two. Draws that are beyond are left out. Of m blocks m - 1 are free. */
static double variance_of(const struct resample_period *const *period, int count,
                          double probability, uint64_t *state, uint32_t draws, uint32_t *times) {
    double sum = 0, squares = 0, known = 0;
    const uint32_t weeks = period[0]->week_count;
    const double blocks = (double)weeks / block_weeks(weeks);
    for (uint32_t i = 0; i < draws; i++) {
        double off = 0;
        draw_weeks(weeks, state, times);
        for (int p = 0; p < count; p++) /* near 0, so that no digits are lost */
            off = quantile_of(period[p], times, probability) -
                  resample_quantile(period[p], probability) - off;
        if (isnan(off)) continue;
        sum += off;
        squares += off * off;
        known++;
    }
    return known < 2 ? NAN : (squares - sum * sum / known) / (known - 1) * blocks / (blocks - 1);
}

static bool enough_weeks(const struct resample_period *period) {
    return period->week_count >= 2 * block_weeks(period->week_count);
}

enum status resample_difference(const struct resample_period *before,
                                const struct resample_period *after, double probability,
                                bool paired, uint64_t seed, uint32_t draws, struct arena *arena,
                                struct estimate *out) {
    const struct resample_period *period[] = {before, after};
    double variance = 0, doubt = 0;
    *out = (struct estimate){
        resample_quantile(after, probability) - resample_quantile(before, probability), NAN, NAN,
        NAN};
    if (!enough_weeks(before) || !enough_weeks(after)) return STATUS_OK;
    for (int i = paired ? 1 : 0; i < 2; i++) {
        const uint32_t weeks = period[i]->week_count;
        uint32_t *times = arena_push_array(arena, uint32_t, weeks);
        if (times == NULL) return STATUS_NO_MEMORY;
        const double part = variance_of(paired ? period : period + i, paired ? 2 : 1, probability,
                                        &seed, draws, times);
        variance += part;
        doubt += part * part / ((double)weeks / block_weeks(weeks) - 1);
    }
    if (isnan(out->value) || !(variance > 0)) return STATUS_OK;
    const double freedom = variance * variance / doubt; /* Satterthwaite 1946 */
    const double error = sqrt(variance), reach = student_quantile(0.975, freedom) * error;
    out->lo = out->value - reach;
    out->hi = out->value + reach;
    out->p = student_two_sided(out->value / error, freedom);
    return STATUS_OK;
}
