/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: draws are spread as they say, and the same everywhere. Method: the complementary error
 * function of the C library as an independent normal distribution; moments and correlations of many
 * draws; bits that were written down once. */
#include "finance/draw.h"

#include "tests/test.h"

enum { DRAWS = 200000 };

TEST(quantiles_of_the_normal_distribution_invert_it) {
    for (int i = 1; i < 10000; i++) {
        const double p = i / 10000.0;
        EXPECT_NEAR(0.5 * erfc(-draw_normal(p) / sqrt(2)), p, 4e-16);
        EXPECT(i == 1 || draw_normal(p) > draw_normal((i - 1) / 10000.0));
    }
    for (int e = 2; e < 52; e++) {
        const double p = ldexp(1, -e), back = 0.5 * erfc(-draw_normal(p) / sqrt(2));
        EXPECT_NEAR(back / p, 1, 1e-13);
        EXPECT(draw_normal(1 - p) == -draw_normal(p));
    }
    EXPECT(draw_normal(0.5) == 0);
}

TEST(draws_are_uniform_and_independent_of_their_neighbours) {
    for (uint64_t seed = 0; seed < 4; seed++) {
        double sum = 0, squares = 0, products = 0, last = 0.5;
        uint64_t bins[16] = {0};
        for (uint64_t i = 0; i < DRAWS; i++) {
            const double u = draw_uniform(seed, i);
            EXPECT(u > 0 && u < 1);
            bins[(int)(u * 16)]++;
            sum += u;
            squares += u * u;
            products += (u - 0.5) * (last - 0.5);
            last = u;
        }
        /* five standard errors each */
        EXPECT_NEAR(sum / DRAWS, 0.5, 5 / sqrt(12.0 * DRAWS));
        EXPECT_NEAR(squares / DRAWS, 1 / 3.0, 5 * sqrt(4 / 45.0 / DRAWS));
        EXPECT_NEAR(products / DRAWS * 12, 0, 5 / sqrt(DRAWS));
        for (int bin = 0; bin < 16; bin++)
            EXPECT_NEAR((double)bins[bin], DRAWS / 16.0, 5 * sqrt(DRAWS / 16.0));
        EXPECT(draw_uniform(seed, 7) != draw_uniform(seed + 1, 7));
    }
}

TEST(a_triangle_has_the_distribution_function_of_a_triangle) {
    const double low = 0.6, mode = 1, high = 1.2;
    for (int i = 1; i < 1000; i++) {
        const double p = i / 1000.0, x = draw_triangular(p, low, mode, high);
        const double f = x < mode ? (x - low) * (x - low) / ((high - low) * (mode - low))
                                  : 1 - (high - x) * (high - x) / ((high - low) * (high - mode));
        EXPECT_NEAR(f, p, 1e-14);
    }
    EXPECT(draw_triangular(0.3, 1, 1, 1) == 1);
    EXPECT_NEAR(draw_triangular(0.25, 1, 1, 2), 2 - sqrt(0.75), 1e-15);
}

/* Written down from a build with gcc; clang, and any other processor, must give the same. */
TEST(draws_are_the_same_to_the_bit_everywhere) {
    double sum = 0;
    for (uint64_t i = 0; i < 10000; i++) sum += draw_normal(draw_uniform(20260101, i));
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    EXPECT_EQ(bits, INT64_C(-4584625108475434302));
}
