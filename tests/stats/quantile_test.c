/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: quantiles are those of the sorted array, to the last bit, and their intervals are those of
 * the binomial distribution. Method: random arrays of every shape against qsort; ranks against the
 * distribution function summed term by term. */
#include "stats/quantile.h"

#include <stdlib.h>

#include "stats/moments.h"
#include "tests/test.h"

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double naive_quantile(const int64_t *sorted, size_t count, double probability) {
    double at = (double)(count - 1) * probability;
    size_t below = (size_t)at;
    size_t above = below + 1 < count ? below + 1 : below;
    return (double)sorted[below] +
           ((double)sorted[above] - (double)sorted[below]) * (at - (double)below);
}

enum shape { UNIFORM, SKEWED, EQUAL, FEW_VALUES, SORTED, EXTREME, ONE_FAR, SHAPE_COUNT };

static int64_t shape_value(enum shape shape, size_t i, uint64_t *seed) {
    uint64_t random = test_random(seed);
    switch (shape) {
        case UNIFORM: return (int64_t)(random % 2000000) - 1000000;
        case SKEWED: return (int64_t)(random >> (20 + test_random(seed) % 44));
        case EQUAL: return 42;
        case FEW_VALUES: return (int64_t)(random % 5) * 86400000;
        case SORTED: return (int64_t)i * 3;
        case EXTREME:
            return random % 3 == 0   ? INT64_MIN + (int64_t)(random >> 60)
                   : random % 3 == 1 ? INT64_MAX - (int64_t)(random >> 60)
                                     : (int64_t)random;
        default: return i == 7 ? INT64_C(1) << 60 : (int64_t)(random % 4096);
    }
}

static bool same(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

/* A series of the same values, where they may be one, has the same quantiles to the bit. */
static void compare_series(const int64_t *sorted, size_t count, const double *probabilities,
                           uint32_t quantile_count, const struct quantile *expected) {
    static struct quantile_room room;
    struct arena arena;
    struct series series = {0};
    struct quantile out[QUANTILES_MAX];
    if (count == 0 || sorted[0] < 0) return;
    arena_init(&arena, 256 << 20);
    arena_init(&room.arena, 256 << 20);
    room.capacity = 0;
    for (size_t i = 0; i < count; i++)
        EXPECT(series_add(&series, &arena, sorted[i * 7919 % count]));
    series_seal(&series);
    if (count % 7919 != 0) {
        const struct series_extent extent = series_extent(&series);
        EXPECT(quantile_of_series(&series, &extent, probabilities, quantile_count, &room, out));
        for (uint32_t q = 0; q < quantile_count; q++)
            EXPECT(same(out[q].value, expected[q].value) && same(out[q].lo, expected[q].lo) &&
                   same(out[q].hi, expected[q].hi));
    }
    arena_free(&room.arena);
    arena_free(&arena);
}

static void compare_with_sorting(enum shape shape, size_t count, uint64_t *seed) {
    static const double probabilities[] = {0.5, 0.1, 0.25, 0.75, 0.9, 0.95, 0, 1, 0.999, 0.31};
    enum { QUANTILES = sizeof probabilities / sizeof *probabilities };
    int64_t *values = malloc(count * sizeof *values), *sorted = malloc(count * sizeof *sorted);
    for (size_t i = 0; i < count; i++) sorted[i] = values[i] = shape_value(shape, i, seed);
    qsort(sorted, count, sizeof *sorted, by_value);
    struct quantile out[QUANTILES];
    quantile_select(values, count, probabilities, QUANTILES, out);
    compare_series(sorted, count, probabilities, QUANTILES, out);
    for (uint32_t q = 0; q < QUANTILES; q++) {
        double want = naive_quantile(sorted, count, probabilities[q]);
        if (out[q].value != want)
            test_fail(__FILE__, __LINE__, "shape %d, %zu values, p %g: %.17g instead of %.17g",
                      (int)shape, count, probabilities[q], out[q].value, want);
        size_t lo, hi;
        if (!quantile_ranks(count, probabilities[q], &lo, &hi)) {
            EXPECT(isnan(out[q].lo) && isnan(out[q].hi));
            continue;
        }
        EXPECT(out[q].lo == (double)sorted[lo]);
        EXPECT(out[q].hi == (double)sorted[hi]);
        EXPECT(out[q].lo <= out[q].value && out[q].value <= out[q].hi);
    }
    free(values);
    free(sorted);
}

TEST(quantiles_are_those_of_the_sorted_array) {
    uint64_t seed = 1;
    for (enum shape shape = 0; shape < SHAPE_COUNT; shape++) {
        for (size_t count = 1; count < 200; count++) compare_with_sorting(shape, count, &seed);
        for (int run = 0; run < 20; run++)
            compare_with_sorting(shape, 1 + test_random(&seed) % 30000, &seed);
    }
}

TEST(as_many_quantiles_as_may_be_fit_into_one_call) {
    double probabilities[QUANTILES_MAX];
    int64_t values[10001];
    for (int64_t i = 0; i < 10001; i++) values[(i * 7919) % 10001] = i;
    for (int q = 0; q < QUANTILES_MAX; q++) probabilities[q] = (q + 1) / (QUANTILES_MAX + 1.0);
    struct quantile out[QUANTILES_MAX];
    quantile_select(values, 10001, probabilities, QUANTILES_MAX, out);
    for (int q = 0; q < QUANTILES_MAX; q++)
        EXPECT_NEAR(out[q].value, 10000 * probabilities[q], 1e-9);
}

TEST(nothing_has_no_quantile) {
    struct quantile out;
    const double half = 0.5;
    quantile_select(NULL, 0, &half, 1, &out);
    EXPECT(isnan(out.value) && isnan(out.lo) && isnan(out.hi));
}

/* P(B = k), from logarithms of factorials. */
static double binomial(size_t n, double p, size_t k) {
    return exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) +
               (double)k * log(p) + (double)(n - k) * log1p(-p));
}

static bool naive_ranks(size_t n, double p, size_t *lo, size_t *hi) {
    size_t from = 0, to = n;
    for (double sum = binomial(n, p, from); sum <= 0.025; sum += binomial(n, p, from)) from++;
    for (double sum = binomial(n, p, to); sum <= 0.025; sum += binomial(n, p, to)) to--;
    if (from == 0 || to == n) return false;
    *lo = from - 1;
    *hi = to;
    return true;
}

TEST(ranks_up_to_a_thousand_values_are_exact) {
    static const double probabilities[] = {0.1, 0.25, 0.5, 0.75, 0.9, 0.95};
    for (size_t n = 1; n <= 1000; n += n < 150 ? 1 : 83) {
        for (size_t q = 0; q < 6; q++) {
            size_t lo = 0, hi = 0, want_lo = 0, want_hi = 0;
            bool exists = quantile_ranks(n, probabilities[q], &lo, &hi);
            EXPECT_EQ(exists, naive_ranks(n, probabilities[q], &want_lo, &want_hi));
            EXPECT_EQ(lo, want_lo);
            EXPECT_EQ(hi, want_hi);
        }
    }
}

TEST(the_median_needs_six_values_for_an_interval) {
    size_t lo, hi;
    EXPECT(!quantile_ranks(5, 0.5, &lo, &hi));
    EXPECT(quantile_ranks(6, 0.5, &lo, &hi));
    EXPECT_EQ(lo, 0);
    EXPECT_EQ(hi, 5);
    EXPECT(quantile_ranks(10, 0.5, &lo, &hi)); /* the textbook's 2nd and 9th of ten */
    EXPECT_EQ(lo, 1);
    EXPECT_EQ(hi, 8);
}

TEST(ranks_of_many_values_are_at_most_one_off) {
    static const double probabilities[] = {0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99};
    for (size_t n = 1001; n < 6000; n += 611) {
        for (size_t q = 0; q < 8; q++) {
            size_t lo = 0, hi = 0, want_lo = 0, want_hi = 0;
            EXPECT(quantile_ranks(n, probabilities[q], &lo, &hi));
            EXPECT(naive_ranks(n, probabilities[q], &want_lo, &want_hi));
            EXPECT_LE(llabs((long long)lo - (long long)want_lo), 1);
            EXPECT_LE(llabs((long long)hi - (long long)want_hi), 1);
        }
    }
}
