/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the regression of weeks is generalised least squares, and its intervals hold the truth
 * whatever the correlation. Method: R with dense matrices, for single fits and for the whole
 * mixture; ordinary least squares where there is no correlation; 1,000 series for each of several
 * models. */
#include "stats/weeks.h"

#include "tests/stats/r.h"
#include "tests/test.h"

static double uniform(uint64_t *seed) {
    return ((double)(test_random(seed) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *seed) {
    return sqrt(-2 * log(uniform(seed))) * cos(6.28318530717958648 * uniform(seed));
}

struct series {
    struct weeks weeks;
    int32_t week[WEEKS_MAX];
    double y[WEEKS_MAX], noise[WEEKS_MAX], column[WEEKS_MAX * WEEKS_COLUMNS_MAX];
};

/* Level, step and trend; an autoregression that is seen with noise. */
static void make_series(struct series *series, size_t count, uint32_t gaps, double rho, double psi,
                        uint64_t *seed) {
    double state = normal(seed);
    series->weeks = (struct weeks){.column_count = 3,
                                   .week = series->week,
                                   .y = series->y,
                                   .column = series->column,
                                   .noise = series->noise};
    for (size_t t = 0; t < count; t++) {
        if (t > 0) state = rho * state + sqrt(1 - rho * rho) * normal(seed);
        if (gaps > 0 && test_random(seed) % gaps == 0) continue;
        const size_t at = series->weeks.count++;
        const double cases = 0.5 + uniform(seed);
        series->week[at] = (int32_t)t;
        series->noise[at] = 1 / cases;
        series->y[at] = sqrt(psi) * state + sqrt((1 - psi) / cases) * normal(seed);
        series->column[at * 3] = 1;
        series->column[at * 3 + 1] = t >= count * 2 / 3;
        series->column[at * 3 + 2] = (double)t / 50;
    }
}

/* --- another engine --- */

static const char program[] =
    "fit<-function(rho,psi){V<-psi*rho^abs(outer(w,w,'-'))+diag((1-psi)*h);"
    "if(psi==0)V<-diag(h);Vi<-solve(V);A<-t(X)%*%Vi%*%X;b<-solve(A,t(X)%*%Vi%*%y);r<-y-X%*%b;"
    "f<-length(y)-3;q<-as.numeric(t(r)%*%Vi%*%r);c(b[2],sqrt(q/f*solve(A)[2,2]),"
    "-(as.numeric(determinant(V)$modulus)+as.numeric(determinant(A)$modulus)+f*log(q))/2)}\n"
    "h<-h*mean(1/h);one<-fit(0.4,0.75);g<-rbind(c(0,0,20),"
    "cbind(rep(0:9/10,each=4),rep(1:4/4,10),1));"
    "m<-t(apply(g,1,function(z)fit(z[1],z[2])));l<-m[,3]+log(g[,3]);p<-exp(l-max(l));p<-p/sum(p);"
    "cdf<-function(x)sum(p*pt((x-m[,1])/m[,2],length(y)-3));"
    "at<-function(q)uniroot(function(x)cdf(x)-q,c(-20,20),tol=1e-10)$root;"
    "cat(one,sum(p*m[,1]),at(0.025),at(0.975),2*min(cdf(0),1-cdf(0)),'\\n')\n";

static size_t write_vector(char *script, size_t room, const char *name, const double *value,
                           size_t count) {
    size_t at = (size_t)snprintf(script, room, "%s<-c(", name);
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(script + at, room - at, "%s%.17g", i > 0 ? "," : "", value[i]);
    return at + (size_t)snprintf(script + at, room - at, ")\n");
}

TEST(r_with_dense_matrices_says_the_same) {
    enum { SERIES = 4, NUMBERS = 7 };
    static char script[200000];
    static struct series all[SERIES];
    double said[SERIES * NUMBERS];
    uint64_t seed = 4;
    size_t at = 0;
    if (!r_is_there()) TEST_SKIP("Rscript is not installed (Debian: r-base-core)");
    for (int i = 0; i < SERIES; i++) {
        double week[WEEKS_MAX];
        struct series *series = &all[i];
        make_series(series, 40 + 10 * (size_t)i, i % 2 == 0 ? 0 : 7, 0.2 * i, 0.6, &seed);
        for (size_t t = 0; t < series->weeks.count; t++) week[t] = series->week[t];
        at += write_vector(script + at, sizeof script - at, "w", week, series->weeks.count);
        at += write_vector(script + at, sizeof script - at, "y", series->y, series->weeks.count);
        at +=
            write_vector(script + at, sizeof script - at, "h", series->noise, series->weeks.count);
        at += write_vector(script + at, sizeof script - at, "X", series->column,
                           3 * series->weeks.count);
        at += (size_t)snprintf(script + at, sizeof script - at,
                               "X<-matrix(X,ncol=3,byrow=TRUE)\n%s", program);
    }
    if (!r_run(script, said, SERIES * NUMBERS)) return;
    for (int i = 0; i < SERIES; i++) {
        struct weeks_fit fit;
        struct estimate mixture;
        const double *r = said + i * NUMBERS;
        EXPECT(weeks_fit(&all[i].weeks, 1, 0.4, 0.75, &fit));
        EXPECT(weeks_estimate(&all[i].weeks, 1, &mixture));
        EXPECT_NEAR(fit.value, r[0], 1e-5);
        EXPECT_NEAR(fit.error, r[1], 1e-5);
        EXPECT_NEAR(fit.log_likelihood, r[2], 1e-3);
        EXPECT_NEAR(mixture.value, r[3], 1e-3);
        EXPECT_NEAR(mixture.lo, r[4], 2e-3);
        EXPECT_NEAR(mixture.hi, r[5], 2e-3);
        EXPECT_NEAR(mixture.p, r[6], 1e-3);
    }
}

/* --- plain cases --- */

TEST(without_correlation_it_is_least_squares) {
    static struct series series;
    uint64_t seed = 9;
    struct weeks_fit fit;
    make_series(&series, 60, 0, 0, 0, &seed);
    series.weeks.column_count = 1; /* a mean: read every third column */
    for (size_t t = 0; t < 60; t++) series.column[t] = 1;
    series.weeks.noise = NULL;
    double mean = 0, squares = 0;
    for (size_t t = 0; t < 60; t++) mean += series.y[t] / 60;
    for (size_t t = 0; t < 60; t++) squares += (series.y[t] - mean) * (series.y[t] - mean);
    EXPECT(weeks_fit(&series.weeks, 0, 0, 1, &fit));
    EXPECT_NEAR(fit.value, mean, 1e-12);
    EXPECT_NEAR(fit.error, sqrt(squares / 59 / 60), 1e-12);
}

TEST(what_cannot_be_told_apart_is_refused) {
    static struct series series;
    uint64_t seed = 9;
    struct estimate estimate;
    make_series(&series, 30, 0, 0.5, 0.5, &seed);
    for (size_t t = 0; t < 30; t++) series.column[t * 3 + 2] = 2;
    EXPECT(!weeks_estimate(&series.weeks, 1, &estimate));
    make_series(&series, 4, 0, 0.5, 0.5, &seed);
    EXPECT(!weeks_estimate(&series.weeks, 1, &estimate));
    make_series(&series, 30, 0, 0.5, 0.5, &seed);
    memset(series.y, 0, sizeof series.y);
    EXPECT(!weeks_estimate(&series.weeks, 1, &estimate));
}

TEST(the_interval_holds_the_truth) {
    static const struct {
        size_t weeks;
        uint32_t gaps;
        double rho, psi;
    } models[] = {{52, 0, 0.3, 1}, {78, 0, 0.6, 1}, {130, 9, 0.5, 0.6}, {130, 0, 0.7, 0.7}};
    enum { SERIES = 1000 };
    static struct series series;
    uint64_t seed = 1;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        int held = 0;
        for (int run = 0; run < SERIES; run++) {
            struct estimate estimate;
            make_series(&series, models[i].weeks, models[i].gaps, models[i].rho, models[i].psi,
                        &seed);
            EXPECT(weeks_estimate(&series.weeks, 1, &estimate));
            held += estimate.lo <= 0 && 0 <= estimate.hi;
            EXPECT((estimate.p < 0.05) == (estimate.lo > 0 || estimate.hi < 0));
        }
        if (held < 930 || held > 970)
            test_fail(__FILE__, __LINE__, "model %zu: %d of 1000 intervals hold the truth", i,
                      held);
    }
}
