/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: Student's t, differences of shares and of clusters, and Holm's adjustment are what their
 * authors define. Method: published examples; R (pt, qt, t.test, p.adjust); intervals of shares
 * against the true share in many draws. */
#include "stats/difference.h"

#include "stats/student.h"
#include "tests/stats/r.h"
#include "tests/test.h"

TEST(students_t_has_its_tables_and_its_closed_forms) {
    EXPECT_NEAR(student_quantile(0.975, 1), 12.7062047, 1e-6); /* every table of t */
    EXPECT_NEAR(student_quantile(0.975, 10), 2.2281389, 1e-6);
    EXPECT_NEAR(student_quantile(0.975, 1e9), 1.9599640, 1e-6);
    for (double t = -40; t < 40; t += 0.37) { /* 1 and 2 degrees of freedom have closed forms */
        EXPECT_NEAR(student_cdf(t, 1), 0.5 + atan(t) / 3.14159265358979323846, 1e-12);
        EXPECT_NEAR(student_cdf(t, 2), 0.5 + t / (2 * sqrt(2 + t * t)), 1e-12);
        EXPECT_NEAR(student_two_sided(t, 2), 2 * student_cdf(-fabs(t), 2), 1e-12);
    }
}

/* Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10. */
TEST(newcombes_examples_come_out) {
    static const struct {
        double hits_1, n_1, hits_2, n_2, lo, hi;
    } cases[] = {{56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090},
                 {6, 7, 2, 7, 0.0582, 0.8062},     {5, 56, 0, 29, -0.0381, 0.1926},
                 {0, 10, 0, 20, -0.1611, 0.2775},  {0, 10, 0, 10, -0.2775, 0.2775},
                 {10, 10, 0, 20, 0.6791, 1.0000},  {10, 10, 0, 10, 0.6075, 1.0000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct share second = {cases[i].hits_2 / cases[i].n_2, cases[i].n_2};
        const struct share first = {cases[i].hits_1 / cases[i].n_1, cases[i].n_1};
        const struct estimate estimate = difference_of_shares(second, first);
        EXPECT_NEAR(estimate.lo, cases[i].lo, 0.00006);
        EXPECT_NEAR(estimate.hi, cases[i].hi, 0.00006);
        EXPECT((estimate.p < 0.05) == (estimate.lo > 0 || estimate.hi < 0));
    }
}

TEST(the_interval_of_shares_holds_the_truth) {
    enum { DRAWS = 20000, N_1 = 80, N_2 = 120 };
    uint64_t seed = 3;
    int held = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
        int hits_1 = 0, hits_2 = 0;
        for (int i = 0; i < N_1; i++) hits_1 += test_random(&seed) % 100 < 12;
        for (int i = 0; i < N_2; i++) hits_2 += test_random(&seed) % 100 < 20;
        const struct estimate estimate = difference_of_shares(
            (struct share){hits_1 / (double)N_1, N_1}, (struct share){hits_2 / (double)N_2, N_2});
        held += estimate.lo <= 0.08 && 0.08 <= estimate.hi;
    }
    EXPECT(held > 0.94 * DRAWS && held < 0.965 * DRAWS);
}

TEST(too_little_has_no_interval) {
    const double one[] = {3}, same[] = {2, 2, 2};
    const struct estimate lone = difference_of_means(one, 1, same, 3);
    EXPECT(isnan(lone.lo) && isnan(lone.p) && lone.value == -1);
    EXPECT(isnan(difference_of_means(same, 3, same, 3).lo));
    EXPECT(isnan(difference_of_shares((struct share){NAN, 0}, (struct share){0.5, 10}).lo));
}

TEST(holm_has_his_example) {
    /* Wright, Biometrics 48 (1992) 1005-1013, has the steps: 0.01 * 4, 0.03 * 3, and so on */
    double p[] = {0.01, 0.04, NAN, 0.03, 0.2};
    const double adjusted[] = {0.04, 0.09, NAN, 0.09, 0.2};
    difference_holm(p, 5);
    for (int i = 0; i < 5; i++)
        EXPECT(isnan(adjusted[i]) ? isnan(p[i]) : fabs(p[i] - adjusted[i]) < 1e-12);
    double none[1] = {NAN};
    difference_holm(none, 0);
    difference_holm(none, 1);
    EXPECT(isnan(none[0]));
}

TEST(r_says_the_same) {
    enum { CASES = 20, EACH = 12 };
    static char script[20000];
    static double sample[CASES][EACH], r[CASES * 6];
    size_t at = 0;
    uint64_t seed = 17;
    if (!r_is_there()) TEST_SKIP("Rscript is not installed (Debian: r-base-core)");
    for (int i = 0; i < CASES; i++) {
        at += (size_t)snprintf(script + at, sizeof script - at, "x<-c(");
        for (int j = 0; j < EACH; j++) {
            sample[i][j] = (double)(test_random(&seed) % 1000) / 100;
            at += (size_t)snprintf(script + at, sizeof script - at, "%s%.2f", j > 0 ? "," : "",
                                   sample[i][j]);
        }
        at += (size_t)snprintf(script + at, sizeof script - at,
                               ");t<-t.test(x[-(1:%d)],x[1:%d]);q<-p.adjust(x[1:5]/40,'holm');"
                               "cat(t$conf.int,t$p.value,pt(x[1]-5,x[2]+0.5),qt(0.9,x[3]+0.5),q[1],"
                               "'\\n')\n",
                               2 + i % 5, 2 + i % 5);
    }
    if (!r_run(script, r, CASES * 6)) return;
    for (int i = 0; i < CASES; i++) {
        const double *x = sample[i], *said = &r[i * 6];
        const size_t first = 2 + (size_t)i % 5;
        double p[5];
        for (int j = 0; j < 5; j++) p[j] = x[j] / 40;
        const struct estimate welch = difference_of_means(x, first, x + first, EACH - first);
        difference_holm(p, 5);
        EXPECT_NEAR(welch.lo, said[0], 1e-4);
        EXPECT_NEAR(welch.hi, said[1], 1e-4);
        EXPECT_NEAR(welch.p, said[2], 1e-6);
        EXPECT_NEAR(student_cdf(x[0] - 5, x[1] + 0.5), said[3], 1e-6);
        EXPECT_NEAR(student_quantile(0.9, x[2] + 0.5), said[4], 1e-4 * said[4]);
        EXPECT_NEAR(p[0], said[5], 1e-6);
    }
}
