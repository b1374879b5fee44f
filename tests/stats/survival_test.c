/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: shares and quantiles of times to an end are those of Kaplan and Meier and of Aalen and
 * Johansen, with competing ends and late entry, and their intervals hold.
 * Method: a textbook example, the plain quantile where nobody is censored, a reference that follows
 * the definitions moment by moment (ties, zero times, one unit, all censored, all ended, gaps), R's
 * package survival on the same samples, and coverage counted over many samples of a known
 * distribution. */
#include "stats/survival.h"

#include <stdlib.h>

#include "tests/stats/r.h"
#include "tests/test.h"

#define LOG_LOG_Z 1.96

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

#define TIMES(array) \
    { array, sizeof array / sizeof *(array) }

/* Freireich's remission times (weeks) under 6-MP: S passes 0.5 at 23, 0.75 at 13. */
static const int64_t freireich_ended[] = {6, 6, 6, 7, 10, 13, 16, 22, 23};
static const int64_t freireich_censored[] = {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35};

TEST(a_textbook_sample_has_its_textbook_median) {
    const struct survival sample = {.end = {TIMES(freireich_ended)},
                                    .censored = TIMES(freireich_censored)};
    const double probabilities[] = {0.75, 0.25, 0.5};
    const int64_t ages[] = {5, 6, 23, 35, 36};
    struct quantile out[3];
    struct survival_shares shares[5];
    survival_quantiles(&sample, probabilities, 3, out);
    EXPECT(out[1].value == 13);
    EXPECT(out[2].value == 23);
    EXPECT(out[2].lo == 13); /* log(-log) limits of this sample: 13 to not reached */
    EXPECT(isnan(out[2].hi));
    EXPECT(isnan(out[0].value));
    survival_shares(&sample, ages, 5, shares);
    EXPECT(shares[0].end[0].value == 0 && isnan(shares[0].end[0].hi) && shares[0].at_risk == 21);
    EXPECT_NEAR(shares[1].none.value, 0.857, 0.0005);
    EXPECT_NEAR(shares[1].none.value, 1 - shares[1].end[0].value, 1e-15);
    EXPECT_NEAR(shares[2].none.value, 0.448, 0.0005);
    EXPECT_EQ(shares[2].at_risk, 6);
    EXPECT(shares[3].none.value == shares[2].none.value); /* up to the longest time seen */
    EXPECT(isnan(shares[4].none.value) && isnan(shares[4].end[0].value));
    EXPECT_EQ(survival_longest(&sample), 35);
}

TEST(without_censoring_it_is_the_order_statistic) {
    uint64_t seed = 1;
    for (int run = 0; run < 200; run++) {
        int64_t values[100];
        size_t count = 1 + test_random(&seed) % 100;
        for (size_t i = 0; i < count; i++) values[i] = (int64_t)(test_random(&seed) % 50);
        qsort(values, count, sizeof *values, compare);
        const struct survival sample = {.end = {{values, count}}};
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
    const struct survival sample = {.end = {TIMES(five)}, .censored = TIMES(five)};
    const double probabilities[] = {0.5, 0.51};
    struct quantile out[2];
    survival_quantiles(&sample, probabilities, 2, out);
    EXPECT(out[0].value == 5);
    EXPECT(isnan(out[1].value));
}

TEST(nothing_ended_reaches_nothing) {
    const int64_t open[] = {1, 2, 3};
    const struct survival none = {0};
    const struct survival all_open = {.censored = TIMES(open)};
    const double probability = 0.1;
    const int64_t two = 2;
    struct quantile out;
    struct survival_shares shares;
    survival_quantiles(&none, &probability, 1, &out);
    EXPECT(isnan(out.value) && isnan(out.lo) && isnan(out.hi));
    survival_quantiles(&all_open, &probability, 1, &out);
    EXPECT(isnan(out.value) && isnan(out.lo) && isnan(out.hi));
    survival_shares(&all_open, &two, 1, &shares);
    EXPECT(shares.none.value == 1 && isnan(shares.none.lo) && shares.at_risk == 2);
    survival_shares(&none, &two, 1, &shares);
    EXPECT(isnan(shares.none.value) && shares.at_risk == 0);
    EXPECT_EQ(survival_longest(&none), -1);
}

/* --- the reference --- */

enum { UNITS_MAX = 120, CENSORED = SURVIVAL_ENDS };

struct sample { /* of units: from when seen, until when, and then what */
    size_t count;
    int64_t entered[UNITS_MAX], until[UNITS_MAX]; /* entered 0: from the beginning */
    int how[UNITS_MAX];                           /* an end, or CENSORED */
    int64_t times[CENSORED + 2][UNITS_MAX];
    struct survival survival;
};

static void sample_sort(struct sample *sample) {
    size_t count[CENSORED + 2] = {0};
    for (size_t i = 0; i < sample->count; i++) {
        const int how = sample->how[i];
        sample->times[how][count[how]++] = sample->until[i];
        if (sample->entered[i] > 0)
            sample->times[CENSORED + 1][count[CENSORED + 1]++] = sample->entered[i];
    }
    for (int k = 0; k < CENSORED + 2; k++)
        qsort(sample->times[k], count[k], sizeof(int64_t), compare);
    for (int k = 0; k < SURVIVAL_ENDS; k++)
        sample->survival.end[k] = (struct survival_times){sample->times[k], count[k]};
    sample->survival.censored = (struct survival_times){sample->times[CENSORED], count[CENSORED]};
    sample->survival.entered =
        (struct survival_times){sample->times[CENSORED + 1], count[CENSORED + 1]};
}

/* Of every kind: few or many, ties, zero times, one end only, none censored, all censored. */
static void sample_random(struct sample *sample, uint64_t *seed) {
    const int64_t range = (int64_t[]){3, 20, 100000}[test_random(seed) % 3];
    const uint64_t ends = 1 + test_random(seed) % SURVIVAL_ENDS;
    const uint64_t open = (uint64_t[]){0, 1, 3, 8, 10}[test_random(seed) % 5];
    const uint64_t late = (uint64_t[]){0, 0, 3, 9}[test_random(seed) % 4];
    memset(sample, 0, sizeof *sample);
    sample->count =
        test_random(seed) % 3 == 0 ? test_random(seed) % 6 : test_random(seed) % (UNITS_MAX + 1);
    for (size_t i = 0; i < sample->count; i++) {
        const int64_t until = (int64_t)(test_random(seed) % (uint64_t)range);
        sample->until[i] = until;
        sample->how[i] = test_random(seed) % 10 < open ? CENSORED : (int)(test_random(seed) % ends);
        if (test_random(seed) % 10 < late && until > 1)
            sample->entered[i] = (int64_t)(test_random(seed) % (uint64_t)until);
    }
    sample_sort(sample);
}

static bool is_at_risk(const struct sample *sample, size_t unit, int64_t moment) {
    const bool in = sample->entered[unit] == 0 || sample->entered[unit] < moment;
    return in && moment <= sample->until[unit];
}

static int count_at(const struct sample *sample, int64_t moment, int how) {
    int count = 0; /* how -1: at risk */
    for (size_t i = 0; i < sample->count; i++)
        count += how < 0 ? is_at_risk(sample, i, moment)
                         : sample->until[i] == moment && sample->how[i] == how;
    return count;
}

/* Nobody is at risk right after the moment, or at the very beginning, but later somebody is. */
static bool is_gap(const struct sample *sample, int64_t after) {
    bool now = false, later = false;
    for (size_t i = 0; i < sample->count; i++) {
        const int64_t entered = sample->entered[i] == 0 ? -1 : sample->entered[i];
        now |= entered <= after && sample->until[i] > after;
        later |= sample->until[i] > after;
    }
    return !now && later;
}

struct naive {
    bool known;
    double share[SURVIVAL_ENDS], variance[SURVIVAL_ENDS], none, none_variance;
};

/* The distinct moments up to `age`, in order. */
static size_t moments_until(const struct sample *sample, int64_t age, int64_t *out) {
    size_t count = 0;
    for (size_t i = 0; i < sample->count; i++) {
        bool known = sample->until[i] > age;
        for (size_t m = 0; m < count; m++) known |= out[m] == sample->until[i];
        if (!known) out[count++] = sample->until[i];
    }
    qsort(out, count, sizeof *out, compare);
    return count;
}

/* Each sum as it is defined, one after the other. */
static struct naive naive_at(const struct sample *sample, int64_t age) {
    int64_t moment[UNITS_MAX], longest = -1;
    double share[UNITS_MAX][SURVIVAL_ENDS], before[UNITS_MAX], s = 1, f[SURVIVAL_ENDS] = {0};
    struct naive out = {.known = sample->count > 0 && !is_gap(sample, -1)};
    const size_t count = moments_until(sample, age, moment);
    for (size_t m = 0; m < count; m++) {
        const double n = count_at(sample, moment[m], -1);
        double all = 0;
        before[m] = s;
        for (int k = 0; k < SURVIVAL_ENDS; k++) {
            const double ended = count_at(sample, moment[m], k);
            if (ended > 0) f[k] += s * ended / n;
            share[m][k] = f[k];
            all += ended;
        }
        if (all > 0) s *= (n - all) / n;
        out.known &= moment[m] == age || !is_gap(sample, moment[m]);
    }
    for (size_t i = 0; i < sample->count; i++)
        if (sample->until[i] > longest) longest = sample->until[i];
    out.known &= age <= longest || s == 0;
    out.none = s;
    for (size_t m = 0; m < count; m++) {
        const double n = count_at(sample, moment[m], -1);
        double all = 0;
        for (int k = 0; k < SURVIVAL_ENDS; k++) all += count_at(sample, moment[m], k);
        if (all == 0) continue;
        const double a = all < n ? all / (n * (n - all)) : 0;
        out.none_variance += s * s * a;
        for (int k = 0; k < SURVIVAL_ENDS; k++) {
            const double ended = count_at(sample, moment[m], k), rest = f[k] - share[m][k];
            out.variance[k] += rest * rest * a +
                               before[m] * before[m] * ended * (n - ended) / (n * n * n) -
                               2 * rest * before[m] * ended / (n * n);
        }
    }
    memcpy(out.share, f, sizeof f);
    return out;
}

static struct quantile naive_share(double f, double variance) {
    if (f <= 0 || f >= 1 - 1e-12) return (struct quantile){f, NAN, NAN};
    const double spread = LOG_LOG_Z * sqrt(variance > 0 ? variance : 0) / ((1 - f) * -log(1 - f));
    return (struct quantile){f, 1 - pow(1 - f, exp(-spread)), 1 - pow(1 - f, exp(spread))};
}

static void expect_share(struct quantile got, struct quantile wanted) {
    const double each[] = {got.value, wanted.value, got.lo, wanted.lo, got.hi, wanted.hi};
    for (int i = 0; i < 6; i += 2) {
        if (isnan(each[i + 1]))
            EXPECT(isnan(each[i]));
        else
            EXPECT_NEAR(each[i], each[i + 1], 1e-9);
    }
}

static void check_shares(const struct sample *sample, const int64_t *ages, uint32_t count) {
    struct survival_shares got[SURVIVAL_AGES_MAX];
    survival_shares(&sample->survival, ages, count, got);
    for (uint32_t i = 0; i < count; i++) {
        const struct naive naive = naive_at(sample, ages[i]);
        const struct quantile nothing = {NAN, NAN, NAN};
        double sum = got[i].none.value;
        EXPECT_EQ(got[i].at_risk, count_at(sample, ages[i], -1));
        for (int k = 0; k < SURVIVAL_ENDS; k++) {
            expect_share(got[i].end[k],
                         naive.known ? naive_share(naive.share[k], naive.variance[k]) : nothing);
            sum += got[i].end[k].value;
        }
        if (naive.known) EXPECT_NEAR(sum, 1, 1e-12);
        const struct quantile ended = naive_share(1 - naive.none, naive.none_variance);
        expect_share(
            got[i].none,
            naive.known ? (struct quantile){1 - ended.value, 1 - ended.hi, 1 - ended.lo} : nothing);
    }
}

TEST(shares_by_age_follow_the_definitions) {
    static struct sample sample;
    uint64_t seed = 11;
    for (int run = 0; run < 600; run++) {
        sample_random(&sample, &seed);
        int64_t ages[8];
        for (int i = 0; i < 8; i++)
            ages[i] = sample.count > 0 && test_random(&seed) % 2 == 0
                          ? sample.until[test_random(&seed) % sample.count]
                          : (int64_t)(test_random(&seed) % 25);
        qsort(ages, 8, sizeof *ages, compare);
        uint32_t count = 0;
        for (int i = 0; i < 8; i++)
            if (count == 0 || ages[i] > ages[count - 1]) ages[count++] = ages[i];
        check_shares(&sample, ages, count);
    }
}

/* The least moment of which it holds. */
static void naive_quantile(const struct sample *sample, double p, struct quantile *out) {
    int64_t moment[UNITS_MAX];
    const size_t count = moments_until(sample, INT64_MAX - 1, moment);
    *out = (struct quantile){NAN, NAN, NAN};
    if (is_gap(sample, -1)) return;
    for (size_t m = 0; m < count; m++) {
        const struct naive naive = naive_at(sample, moment[m]);
        const struct quantile share = naive_share(naive.share[0], naive.variance[0]);
        if (isnan(out->value) && share.value >= p - 1e-12) out->value = (double)moment[m];
        if (isnan(out->lo) && share.hi >= p - 1e-12) out->lo = (double)moment[m];
        if (isnan(out->hi) && share.lo >= p - 1e-12) out->hi = (double)moment[m];
        if (is_gap(sample, moment[m])) return;
    }
}

/* The last moment, or the first after which nobody is at risk though others come later. */
static int64_t naive_longest(const struct sample *sample) {
    int64_t moment[UNITS_MAX];
    const size_t count = moments_until(sample, INT64_MAX - 1, moment);
    if (count == 0 || is_gap(sample, -1)) return -1;
    size_t m = 0;
    while (m + 1 < count && !is_gap(sample, moment[m])) m++;
    return moment[m];
}

static void expect_moment(double got, double wanted) {
    EXPECT(isnan(got) ? isnan(wanted) : got == wanted);
}

TEST(quantiles_are_the_first_moments_of_the_definitions) {
    static struct sample sample;
    uint64_t seed = 12;
    const double probabilities[] = {0.9, 0.5, 0.01, 0.25, 0.99, 1};
    for (int run = 0; run < 400; run++) {
        struct quantile got[6], wanted;
        sample_random(&sample, &seed);
        survival_quantiles(&sample.survival, probabilities, 6, got);
        EXPECT_EQ(survival_longest(&sample.survival), naive_longest(&sample));
        for (int i = 0; i < 6; i++) {
            naive_quantile(&sample, probabilities[i], &wanted);
            expect_moment(got[i].value, wanted.value);
            expect_moment(got[i].lo, wanted.lo);
            expect_moment(got[i].hi, wanted.hi);
        }
    }
}

/* Who would have ended before being seen is not there: the others alone would seem too slow. */
TEST(late_entry_mends_what_was_not_seen) {
    enum { SIZE = 4000 };
    static int64_t ended[SIZE], entered[SIZE];
    uint64_t seed = 5;
    size_t count = 0, late = 0;
    while (count < SIZE) {
        const double u = ((double)(test_random(&seed) >> 11) + 0.5) * 0x1p-53;
        const int64_t time = (int64_t)(-1000000 * log(u));
        const int64_t from =
            test_random(&seed) % 2 == 0 ? 0 : (int64_t)(test_random(&seed) % 3000000);
        if (time <= from) continue;
        ended[count++] = time;
        if (from > 0) entered[late++] = from;
    }
    qsort(ended, count, sizeof *ended, compare);
    qsort(entered, late, sizeof *entered, compare);
    const double half = 0.5, truth = 1000000 * log(2);
    struct quantile mended, naive;
    survival_quantiles(&(struct survival){.end = {{ended, count}}, .entered = {entered, late}},
                       &half, 1, &mended);
    survival_quantiles(&(struct survival){.end = {{ended, count}}}, &half, 1, &naive);
    EXPECT(mended.lo <= truth && truth <= mended.hi);
    EXPECT(naive.lo > truth);
}

TEST(a_time_at_which_nobody_is_at_risk_ends_what_is_known) {
    const int64_t ended[] = {2, 3, 9}, entered[] = {5};
    const struct survival gap = {.end = {TIMES(ended)}, .entered = TIMES(entered)};
    const struct survival late = {.end = {{ended, 1}}, .entered = {(const int64_t[]){1}, 1}};
    const int64_t ages[] = {1, 2, 3, 4, 9};
    struct survival_shares shares[5];
    survival_shares(&gap, ages, 5, shares);
    EXPECT(shares[0].none.value == 1 && shares[1].none.value == 0.5);
    EXPECT(shares[2].none.value == 0 && isnan(shares[3].none.value));
    EXPECT(isnan(shares[4].none.value));
    EXPECT_EQ(shares[4].at_risk, 1);
    survival_shares(&late, ages, 2, shares);
    EXPECT(isnan(shares[0].none.value) && isnan(shares[1].none.value));
    EXPECT_EQ(survival_longest(&gap), 3); /* of what took longer nobody knows */
    EXPECT_EQ(survival_longest(&late), -1);
}

/* --- R: survfit of Surv(from, until, how) ---
 * For competing ends R transforms log(-log(F)); here it is log(-log(1 - F)), as it is for Kaplan
 * and Meier there too. So from its standard errors the bounds are made anew. They are sums of
 * squared influences of units (infinitesimal jackknife), which is the same as the variance here
 * unless units enter late: then the influences of one unit at different moments do not cancel out.
 */

static bool r_has_survival(void) {
    return r_is_there() && system("Rscript -e 'library(survival)' >/dev/null 2>&1") == 0;
}

/* Of each sample: shares, bounds of end 0 and of none, numbers at risk, at all moments with ends.
 */
static void write_r(FILE *file, const struct sample *sample) {
    static const char *const columns[] = {"from", "until", "how"};
    for (int column = 0; column < 3; column++) {
        fprintf(file, "%s <- c(", columns[column]);
        for (size_t i = 0; i < sample->count; i++) {
            const long how = sample->how[i] == CENSORED ? 0 : sample->how[i] + 1;
            const long value = column == 0   ? (long)sample->entered[i]
                               : column == 1 ? (long)sample->until[i]
                                             : how;
            fprintf(file, "%s%ld", i == 0 ? "" : ",", value);
        }
        fputs(")\n", file);
    }
    fputs(
        "from[from == 0] <- -1\n"
        "m <- survfit(Surv(from, until, factor(how, 0:4)) ~ 1, id=seq_along(how), "
        "conf.type='log-log', conf.int=level)\n"
        "k <- survfit(Surv(from, until, how > 0) ~ 1, conf.type='log-log', conf.int=level, "
        "timefix=FALSE)\n"
        "for (t in ages) {\n"
        "  at <- summary(m, times=t, extend=TRUE); km <- summary(k, times=t, extend=TRUE)\n"
        "  f <- at$pstate[1,2:5]; spread <- 1.96 * at$std.err[1,2:5] / ((1 - f) * -log(1 - f))\n"
        "  put(f, 1 - (1 - f)^exp(-spread), 1 - (1 - f)^exp(spread), km$surv, km$lower, km$upper)\n"
        "}\n",
        file);
}

enum { R_SAMPLES = 40, R_AGES = 5, R_NUMBERS = 15 };

static void expect_r(double got, double wanted) {
    if (wanted < 0 || isnan(got)) return; /* NA there, or nothing to vary */
    EXPECT_NEAR(got, wanted, 1e-9 * (fabs(wanted) + 1e-3));
}

TEST(shares_and_bounds_are_those_of_r) {
    static struct sample samples[R_SAMPLES];
    static double numbers[R_SAMPLES * R_AGES * R_NUMBERS];
    const int64_t ages[R_AGES] = {0, 1, 2, 7, 15};
    static char script[1 << 20];
    if (!r_has_survival())
        TEST_SKIP("R's package survival is not installed (Debian: r-cran-survival)");
    uint64_t seed = 21;
    FILE *file = fmemopen(script, sizeof script, "w");
    fputs(
        "library(survival)\noptions(warn=-1)\nlevel <- 2 * pnorm(1.96) - 1\nages <- c(0,1,2,7,15)\n"
        "put <- function(...) { x <- c(...); x[is.na(x)] <- -1; cat(sprintf('%.17g', x), '\\n') "
        "}\n",
        file);
    for (int i = 0; i < R_SAMPLES;) {
        sample_random(&samples[i], &seed);
        bool usable = samples[i].count > 4 && samples[i].survival.censored.count < samples[i].count;
        for (size_t u = 0; u < samples[i].count; u++) usable &= samples[i].until[u] < 1000;
        if (!usable) continue;
        write_r(file, &samples[i++]);
    }
    fclose(file);
    if (!r_run(script, numbers, R_SAMPLES * R_AGES * R_NUMBERS)) return;
    const double *wanted = numbers;
    for (int i = 0; i < R_SAMPLES; i++) {
        struct survival_shares got[R_AGES];
        survival_shares(&samples[i].survival, ages, R_AGES, got);
        for (int age = 0; age < R_AGES; age++, wanted += R_NUMBERS) {
            for (int k = 0; k < SURVIVAL_ENDS; k++) {
                expect_r(got[age].end[k].value, wanted[k]);
                if (samples[i].survival.entered.count > 0) continue;
                expect_r(got[age].end[k].lo, wanted[4 + k]);
                expect_r(got[age].end[k].hi, wanted[8 + k]);
            }
            expect_r(got[age].none.value, wanted[12]);
            expect_r(got[age].none.lo, wanted[13]);
            expect_r(got[age].none.hi, wanted[14]);
        }
    }
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
        struct survival sample = {.end = {{ended, 0}, {other, 0}}, .censored = {censored, 0}};
        for (int i = 0; i < SIZE; i++) {
            double u = ((double)(test_random(&seed) >> 11) + 0.5) * 0x1p-53;
            int64_t time = (int64_t)(-1000 * log(u));
            int64_t limit = (int64_t)(test_random(&seed) % 3000);
            if (limit < time)
                censored[sample.censored.count++] = limit;
            else if (test_random(&seed) % 4 == 0)
                other[sample.end[1].count++] = time;
            else
                ended[sample.end[0].count++] = time;
        }
        qsort(ended, sample.end[0].count, sizeof *ended, compare);
        qsort(other, sample.end[1].count, sizeof *other, compare);
        qsort(censored, sample.censored.count, sizeof *censored, compare);
        struct quantile out;
        survival_quantiles(&sample, &probability, 1, &out);
        inside += out.lo <= truth && !(out.hi < truth);
    }
    EXPECT_LE(RUNS * 93 / 100, inside);
    EXPECT_LE(inside, RUNS * 97 / 100);
}
