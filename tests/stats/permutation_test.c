/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the permutation test counts every choice once, and its interval is what it does not refuse.
 * Method: a loop over bit masks at many effects; Fisher's own example; coverage in many draws. */
#include "stats/permutation.h"

#include "tests/test.h"

/* p of "the treated have `effect` more", straight from the definition. */
static double slow_p(const double *control, size_t c, const double *treated, size_t t,
                     double effect) {
    double value[16], observed = 0;
    unsigned as_far = 0, choices = 0;
    for (size_t i = 0; i < t; i++) value[i] = treated[i] - effect;
    for (size_t i = 0; i < c; i++) value[t + i] = control[i];
    for (unsigned mask = 0; mask < 1u << (c + t); mask++) {
        double in = 0, out = 0;
        if ((size_t)__builtin_popcount(mask) != t) continue;
        for (size_t i = 0; i < c + t; i++) *((mask >> i & 1) != 0 ? &in : &out) += value[i];
        const double difference = fabs(in / (double)t - out / (double)c);
        if (mask == (1u << t) - 1) observed = difference; /* the first of its kind */
        choices++;
        as_far += difference >= observed - 1e-9;
    }
    return as_far / (double)choices;
}

TEST(p_and_interval_are_those_of_a_plain_loop) {
    uint64_t seed = 5;
    for (int run = 0; run < 60; run++) {
        const size_t c = 3 + test_random(&seed) % 4, t = 3 + test_random(&seed) % 3;
        double control[8], treated[8];
        struct arena arena;
        struct estimate found;
        for (size_t i = 0; i < c; i++) control[i] = (double)(test_random(&seed) % 1000);
        for (size_t i = 0; i < t; i++) treated[i] = (double)(test_random(&seed) % 1000) + 200;
        if (permutation_least_p(c + t, t) > 0.05) continue;
        arena_init(&arena, 1 << 22);
        EXPECT_OK(permutation_difference(control, c, treated, t, &arena, &found));
        EXPECT_NEAR(found.p, slow_p(control, c, treated, t, 0), 1e-12);
        EXPECT(slow_p(control, c, treated, t, found.lo + 0.001) > 0.05);
        EXPECT(slow_p(control, c, treated, t, found.lo - 0.001) <= 0.05);
        EXPECT(slow_p(control, c, treated, t, found.hi - 0.001) > 0.05);
        EXPECT(slow_p(control, c, treated, t, found.hi + 0.001) <= 0.05);
        arena_free(&arena);
    }
}

TEST(choices_are_binomial_coefficients) {
    EXPECT_EQ(permutation_choices(9, 4), 126);
    EXPECT_EQ(permutation_choices(8, 4), 70);
    EXPECT_EQ(permutation_choices(64, 3), 41664);
    EXPECT_EQ(permutation_choices(128, 64), 0);
    EXPECT_NEAR(permutation_least_p(8, 4), 2.0 / 70, 1e-15);
    EXPECT_NEAR(permutation_least_p(7, 2), 1.0 / 21, 1e-15);
    EXPECT_NEAR(permutation_least_p(2, 1), 1, 1e-15);
}

TEST(the_interval_holds_the_truth_as_often_as_it_says) {
    enum { DRAWS = 4000 };
    uint64_t seed = 11;
    int held = 0;
    struct arena arena;
    for (int draw = 0; draw < DRAWS; draw++) {
        double control[5], treated[4];
        struct estimate found;
        for (int i = 0; i < 5; i++) control[i] = (double)(test_random(&seed) % 10000);
        for (int i = 0; i < 4; i++) treated[i] = (double)(test_random(&seed) % 10000) + 3000;
        arena_init(&arena, 1 << 20);
        EXPECT_OK(permutation_difference(control, 5, treated, 4, &arena, &found));
        held += found.lo <= 3000 && 3000 <= found.hi;
        arena_free(&arena);
    }
    /* 6 of 126 choices are refused: 95.24 %, with a standard error of 0.34 */
    EXPECT(held > 0.942 * DRAWS && held < 0.963 * DRAWS);
}

TEST(equal_units_have_no_interval) {
    const double same[] = {0, 0, 0, 0};
    struct arena arena;
    struct estimate found;
    arena_init(&arena, 1 << 20);
    EXPECT_OK(permutation_difference(same, 4, same, 4, &arena, &found));
    EXPECT(isnan(found.lo) && isnan(found.hi) && found.p == 1);
    arena_free(&arena);
    arena_init(&arena, 64);
    EXPECT_EQ(permutation_difference(same, 4, same, 4, &arena, &found), STATUS_NO_MEMORY);
    arena_free(&arena);
}
