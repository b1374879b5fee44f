/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the quantile is a count, the draws are repeatable, and the interval is as wide as the
 * quantile's own uncertainty. Method: a plain count; the known variance of a median of independent
 * values; the same seed twice. */
#include "stats/resample.h"

#include <stdlib.h>

#include "tests/test.h"

enum { WEEKS = 60, EACH = 50, VALUES = WEEKS * EACH };

struct timed {
    int64_t value;
    uint32_t week;
};

static int compare(const void *left, const void *right) {
    const struct timed *a = left, *b = right;
    return (a->value > b->value) - (a->value < b->value);
}

struct period {
    struct resample_period period;
    int64_t value[VALUES];
    uint32_t week[VALUES], week_n[WEEKS];
};

/* Uniform from 0 to a million; those from `end` on never came to an end. */
static void make_period(struct period *out, int64_t end, uint64_t *seed) {
    static struct timed all[VALUES];
    size_t count = 0;
    for (uint32_t i = 0; i < VALUES; i++)
        all[i] = (struct timed){(int64_t)(test_random(seed) % 1000000), i / EACH};
    qsort(all, VALUES, sizeof *all, compare);
    for (; count < VALUES && all[count].value < end; count++) {
        out->value[count] = all[count].value;
        out->week[count] = all[count].week;
    }
    for (int w = 0; w < WEEKS; w++) out->week_n[w] = EACH;
    out->period =
        (struct resample_period){VALUES, WEEKS, out->week_n, count, out->value, out->week};
}

static struct estimate difference(const struct period *a, const struct period *b, bool paired,
                                  uint64_t seed) {
    struct arena arena;
    struct estimate out;
    arena_init(&arena, 1 << 20);
    EXPECT_OK(resample_difference(&a->period, &b->period, 0.5, paired, seed, RESAMPLE_DRAWS, &arena,
                                  &out));
    arena_free(&arena);
    return out;
}

static struct period before, after;

TEST(a_quantile_counts_those_that_never_end) {
    uint64_t seed = 2;
    make_period(&before, 600000, &seed);
    for (int percent = 1; percent < 100; percent++) {
        const double found = resample_quantile(&before.period, percent / 100.0);
        const size_t rank = (size_t)(percent * VALUES / 100) - 1;
        if (rank < before.period.value_count)
            EXPECT_NEAR(found, (double)before.value[rank], 0);
        else
            EXPECT(isnan(found));
    }
}

TEST(the_interval_is_as_wide_as_the_uncertainty_of_two_medians) {
    /* of a uniform median: sd = range / (2 sqrt(n)); Student's t and few blocks make it wider */
    const double error = 1e6 / 2 / sqrt(VALUES) * sqrt(2);
    uint64_t seed = 3;
    for (int paired = 0; paired < 2; paired++) {
        double width = 0;
        for (int run = 0; run < 20; run++) {
            make_period(&before, INT64_MAX, &seed);
            make_period(&after, INT64_MAX, &seed);
            const struct estimate found = difference(&before, &after, paired == 1, 5);
            width += (found.hi - found.lo) / 20;
            EXPECT((found.p < 0.05) == (found.lo > 0 || found.hi < 0));
        }
        EXPECT(width > 2 * 1.96 * error * 0.9 && width < 2 * 1.96 * error * 1.5);
    }
}

TEST(the_same_seed_gives_the_same_bits) {
    uint64_t seed = 4;
    make_period(&before, INT64_MAX, &seed);
    make_period(&after, 900000, &seed);
    const struct estimate one = difference(&before, &after, false, 77);
    const struct estimate two = difference(&before, &after, false, 77);
    const struct estimate other = difference(&before, &after, false, 78);
    EXPECT(memcmp(&one, &two, sizeof one) == 0);
    EXPECT(memcmp(&one, &other, sizeof one) != 0);
}

TEST(few_weeks_have_no_interval) {
    uint64_t seed = 5;
    make_period(&before, INT64_MAX, &seed);
    make_period(&after, INT64_MAX, &seed);
    after.period.week_count = 5;
    EXPECT(isnan(difference(&before, &after, false, 1).lo));
}
