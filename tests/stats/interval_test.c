/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: intervals and moments are the formulas' own, at the edges too. Method: published and
 * hand-computed values, the defining equation of Wilson's interval, and a long double loop. */
#include "stats/interval.h"

#include "tests/test.h"

TEST(wilson_is_where_the_score_test_is_at_its_limit) {
    uint64_t seed = 3;
    for (int run = 0; run < 2000; run++) {
        uint64_t n = 1 + test_random(&seed) % 100000, hits = test_random(&seed) % (n + 1);
        struct interval interval = interval_wilson(hits, n);
        double share = (double)hits / (double)n;
        EXPECT(0 <= interval.lo && interval.lo <= share && share <= interval.hi &&
               interval.hi <= 1);
        /* |share - p| = z * sqrt(p (1 - p) / n) at both ends */
        double at_lo = INTERVAL_Z * sqrt(interval.lo * (1 - interval.lo) / (double)n);
        double at_hi = INTERVAL_Z * sqrt(interval.hi * (1 - interval.hi) / (double)n);
        EXPECT_NEAR(share - interval.lo, at_lo, 1e-9);
        EXPECT_NEAR(interval.hi - share, at_hi, 1e-9);
    }
}

TEST(wilson_has_its_textbook_values) {
    struct interval some = interval_wilson(81, 263); /* Newcombe 1998, table I: 0.2553, 0.3662 */
    EXPECT_NEAR(some.lo, 0.2553, 0.00005);
    EXPECT_NEAR(some.hi, 0.3662, 0.00005);
    struct interval few = interval_wilson(1, 29); /* 0.0061, 0.1718 */
    EXPECT_NEAR(few.lo, 0.0061, 0.00005);
    EXPECT_NEAR(few.hi, 0.1718, 0.00005);
}

TEST(wilson_keeps_its_edges) {
    struct interval none = interval_wilson(0, 20), all = interval_wilson(20, 20);
    EXPECT(none.lo == 0);
    EXPECT_NEAR(none.hi, 3.8416 / (20 + 3.8416), 1e-12);
    EXPECT(all.hi == 1);
    EXPECT_NEAR(all.lo, 20 / (20 + 3.8416), 1e-12);
    for (uint64_t n = 1; n < 3000; n++)
        EXPECT(interval_wilson(0, n).lo == 0 && interval_wilson(n, n).hi == 1);
    struct interval nothing = interval_wilson(0, 0);
    EXPECT(isnan(nothing.lo) && isnan(nothing.hi));
}

TEST(moments_are_exact_and_do_not_depend_on_order) {
    uint64_t seed = 5;
    for (int run = 0; run < 200; run++) {
        enum { VALUES = 1000 };
        int64_t values[VALUES];
        int64_t base = (int64_t)(test_random(&seed) >> 17), width = INT64_C(1) << (run % 40);
        if (run % 2 == 0) base = -base;
        long double sum = 0, squares = 0;
        struct moments forward = {0}, first = {0}, second = {0};
        for (int i = 0; i < VALUES; i++) {
            values[i] = base + (int64_t)(test_random(&seed) % (uint64_t)width);
            sum += values[i];
            moments_add(&forward, values[i]);
        }
        for (int i = VALUES; i-- > 0;) moments_add(i % 3 == 0 ? &first : &second, values[i]);
        moments_merge(&second, &first);
        long double mean = sum / VALUES;
        for (int i = 0; i < VALUES; i++) squares += (values[i] - mean) * (values[i] - mean);
        double variance = (double)(squares / (VALUES - 1));
        EXPECT(moments_mean(&forward) == moments_mean(&second));
        EXPECT(moments_variance(&forward) == moments_variance(&second));
        EXPECT_NEAR(moments_mean(&forward), (double)mean, fabs((double)mean) * 1e-15);
        EXPECT_NEAR(moments_variance(&forward), variance, variance * 1e-9 + 1e-6);
    }
}

TEST(moments_hold_the_largest_durations) {
    struct moments moments = {0};
    const int64_t most = INT64_C(1) << 48;
    for (int i = 0; i < 1000; i++) moments_add(&moments, i % 2 == 0 ? most : -most);
    moments.count <<= 21; /* as if each had been added two million times */
    moments.sum <<= 21;
    moments.squares <<= 21;
    EXPECT(moments_mean(&moments) == 0);
    EXPECT_NEAR(moments_variance(&moments) / ((double)most * (double)most), 1, 1e-8);
}

TEST(a_mean_needs_two_values_for_an_interval) {
    struct moments moments = {0};
    EXPECT(isnan(moments_mean(&moments)) && isnan(moments_variance(&moments)));
    moments_add(&moments, 10);
    EXPECT(moments_mean(&moments) == 10 && isnan(interval_mean(&moments).lo));
    moments_add(&moments, 14); /* mean 12, variance 8, error 2 */
    EXPECT_NEAR(interval_mean(&moments).lo, 12 - 1.96 * 2, 1e-12);
    EXPECT_NEAR(interval_mean(&moments).hi, 12 + 1.96 * 2, 1e-12);
}
