/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: quantiles of times to an end are those of Kaplan and Meier, and their intervals hold.
 * Method: a textbook example, the plain quantile where nobody is censored, and coverage counted
 * over many samples of a known distribution. (The brute force is in executor_case_test.c.) */
#include "stats/survival.h"

#include <stdlib.h>

#include "tests/test.h"

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Freireich's remission times (weeks) under 6-MP: S passes 0.5 at 23, 0.75 at 13. */
TEST(a_textbook_sample_has_its_textbook_median) {
    const int64_t ended[] = {6, 6, 6, 7, 10, 13, 16, 22, 23};
    const int64_t censored[] = {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35};
    const struct survival sample = {
        .ended = ended, .ended_count = 9, .censored = censored, .censored_count = 12};
    const double probabilities[] = {0.25, 0.5, 0.75};
    struct quantile out[3];
    survival_quantiles(&sample, probabilities, 3, out);
    EXPECT(out[0].value == 13);
    EXPECT(out[1].value == 23);
    EXPECT(out[1].lo == 13); /* log(-log) limits of this sample: 13 to not reached */
    EXPECT(isnan(out[1].hi));
    EXPECT(isnan(out[2].value));
}

TEST(without_censoring_it_is_the_order_statistic) {
    uint64_t seed = 1;
    for (int run = 0; run < 200; run++) {
        int64_t values[100];
        size_t count = 1 + test_random(&seed) % 100;
        for (size_t i = 0; i < count; i++) values[i] = (int64_t)(test_random(&seed) % 50);
        qsort(values, count, sizeof *values, compare);
        const struct survival sample = {.ended = values, .ended_count = count};
        for (int percent = 1; percent <= 100; percent++) {
            double probability = percent / 100.0;
            struct quantile out;
            survival_quantiles(&sample, &probability, 1, &out);
            size_t rank = ((size_t)percent * count + 99) / 100; /* least k with k/n >= p */
            EXPECT_EQ(out.value, values[rank - 1]);
        }
    }
}

TEST(who_is_censored_at_a_moment_has_been_at_risk_in_it) {
    const int64_t five[] = {5};
    const struct survival sample = {
        .ended = five, .ended_count = 1, .censored = five, .censored_count = 1};
    const double probabilities[] = {0.5, 0.51};
    struct quantile out[2];
    survival_quantiles(&sample, probabilities, 2, out);
    EXPECT(out[0].value == 5);
    EXPECT(isnan(out[1].value));
}

TEST(nothing_ended_reaches_nothing) {
    const int64_t open[] = {1, 2, 3};
    const struct survival none = {0};
    const struct survival all_open = {.censored = open, .censored_count = 3};
    const double probability = 0.1;
    struct quantile out;
    survival_quantiles(&none, &probability, 1, &out);
    EXPECT(isnan(out.value) && isnan(out.lo) && isnan(out.hi));
    survival_quantiles(&all_open, &probability, 1, &out);
    EXPECT(isnan(out.value) && isnan(out.lo) && isnan(out.hi));
}

/* Exponential times with mean 1000, ended or withdrawn by a coin of 3:1, censored at a random
 * moment: the 30 % point of ending is known, and lies in 95 % of all intervals. */
TEST(intervals_hold_what_they_promise) {
    enum { RUNS = 2000, SIZE = 150 };
    uint64_t seed = 7;
    int inside = 0;
    const double probability = 0.3;
    const double truth = -1000 * log(1 - probability / 0.75);
    for (int run = 0; run < RUNS; run++) {
        int64_t ended[SIZE], other[SIZE], censored[SIZE];
        struct survival sample = {.ended = ended, .competing = other, .censored = censored};
        for (int i = 0; i < SIZE; i++) {
            double u = ((double)(test_random(&seed) >> 11) + 0.5) * 0x1p-53;
            int64_t time = (int64_t)(-1000 * log(u));
            int64_t limit = (int64_t)(test_random(&seed) % 3000);
            if (limit < time)
                censored[sample.censored_count++] = limit;
            else if (test_random(&seed) % 4 == 0)
                other[sample.competing_count++] = time;
            else
                ended[sample.ended_count++] = time;
        }
        qsort(ended, sample.ended_count, sizeof *ended, compare);
        qsort(other, sample.competing_count, sizeof *other, compare);
        qsort(censored, sample.censored_count, sizeof *censored, compare);
        struct quantile out;
        survival_quantiles(&sample, &probability, 1, &out);
        inside += out.lo <= truth && !(out.hi < truth);
    }
    EXPECT_LE(RUNS * 93 / 100, inside);
    EXPECT_LE(inside, RUNS * 97 / 100);
}
