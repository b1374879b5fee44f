/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the intervals of a pilot's effect hold the true effect in 93 to 97 % of towns, and where
 * there is none, at most 5 % claim one. Method: towns made by a model that no method of the program
 * knows: units of different level and size, season and trend, weeks that hang together within a
 * unit and across all units, cases drawn one by one. 1,000 towns for each line, 100 under
 * sanitizers, where the bounds are wider by the binomial error. PEGEL_TOWNS=6000 PEGEL_PRINT=1
 * prints the table of docs/PILOTS.md, of so many towns. */
#include "pilot/effect.h"

#include <stdlib.h>

#include "tests/test.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED
enum { TOWNS = 100 };
#else
enum { TOWNS = 1000 };
#endif

static int town_count(void) {
    const char *wanted = getenv("PEGEL_TOWNS");
    return wanted == NULL ? TOWNS : atoi(wanted);
}

enum { UNITS_MAX = 16, WEEKS = 160, CELL_VALUES_MAX = 120 };
#define DAY_MS 86400000.0

struct line {
    const char *name;
    enum pilot_method method;
    enum effect_method expected;
    uint32_t treated, control, baseline, gap, pilot;
    double cases;                  /* a week and unit, on average */
    double rho;                    /* from week to week */
    double trend;                  /* a year, in standard deviations of the weeks' wandering */
    double covers_min, covers_max; /* per cent */
};

/* --- towns --- */

static double uniform(uint64_t *seed) {
    return ((double)(test_random(seed) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(uint64_t *seed) {
    return sqrt(-2 * log(uniform(seed))) * cos(2 * 3.14159265358979 * uniform(seed));
}

static double wander(double state, double rho, uint64_t *seed) {
    return rho * state + sqrt(1 - rho * rho) * normal(seed);
}

struct town {
    struct panel panel;
    struct panel_cell cell[UNITS_MAX * WEEKS];
    int64_t value[UNITS_MAX * WEEKS * CELL_VALUES_MAX];
};
static struct town town;

static int compare(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* A share of about 15 % that wanders by 2 points, or a median of about 12 days by one day. */
static void fill_cell(uint32_t at, double level, double cases, bool share, uint64_t *seed) {
    struct panel_cell *cell = &town.cell[at];
    int64_t *value = &town.value[(size_t)at * CELL_VALUES_MAX];
    *cell = (struct panel_cell){.n = (uint64_t)(cases * (0.7 + 0.6 * uniform(seed)))};
    if (cell->n > CELL_VALUES_MAX) cell->n = CELL_VALUES_MAX;
    for (uint64_t i = 0; i < cell->n; i++) {
        if (share)
            cell->hits += uniform(seed) < 0.15 + 0.02 * level;
        else
            value[i] = (int64_t)(DAY_MS * (12 + level + 5 * (exp(0.6 * normal(seed)) - 1)));
    }
    if (share) return;
    qsort(value, cell->n, sizeof *value, compare);
    cell->value = value;
    cell->value_count = cell->n;
}

static void make_town(const struct line *line, bool share, double effect, uint64_t *seed) {
    const uint32_t units = line->treated + line->control;
    const uint32_t begin = line->baseline + line->gap, weeks = begin + line->pilot;
    double own[UNITS_MAX], base[UNITS_MAX], size[UNITS_MAX], common = normal(seed);
    CHECK(units <= UNITS_MAX && weeks <= WEEKS);
    town.panel = (struct panel){.quantile = share ? 0 : 0.5,
                                .unit_count = units,
                                .treated_count = line->treated,
                                .baseline_weeks = line->baseline,
                                .pilot_begin = begin,
                                .pilot_weeks = line->pilot,
                                .week_count = weeks,
                                .cell = town.cell,
                                .first_day = 19723 + 7 * (int64_t)(test_random(seed) % 52),
                                .seed = test_random(seed)};
    for (uint32_t u = 0; u < units; u++) {
        own[u] = normal(seed);
        base[u] = 1.5 * normal(seed);
        size[u] = line->cases * (0.6 + 0.8 * uniform(seed));
    }
    const double phase = 6.283 * uniform(seed);
    for (uint32_t w = 0; w < weeks; w++) {
        common = wander(common, line->rho, seed);
        const double season = 0.8 * sin(6.283 * w / 52.0 + phase) + line->trend * w / 52.0;
        for (uint32_t u = 0; u < units; u++) {
            own[u] = wander(own[u], line->rho, seed);
            const double pilot = u < line->treated && w >= begin ? effect : 0;
            const double level = base[u] + season + 0.5 * common + 0.7 * own[u] + pilot;
            fill_cell(u * weeks + w, level, size[u], share, seed);
        }
    }
}

/* --- counting --- */

struct count {
    int covered, claimed, refused;
};

static struct count run(const struct line *line, bool share, double effect, uint64_t seed) {
    const struct effect_question question = {line->method, 30, line->pilot, 200};
    const double truth = effect * (share ? 0.02 : DAY_MS);
    struct count count = {0};
    for (int i = 0; i < town_count(); i++) {
        struct arena arena;
        struct effect found;
        arena_init(&arena, (size_t)64 << 20);
        make_town(line, share, effect, &seed);
        EXPECT_OK(effect_estimate(&town.panel, &question, &arena, &found));
        EXPECT_EQ(found.method,
                  line->expected == EFFECT_SHARES && !share ? EFFECT_RESAMPLED : line->expected);
        count.covered += found.estimate.lo <= truth && truth <= found.estimate.hi;
        count.claimed += found.doubts == 0 && found.estimate.p < EFFECT_LEVEL;
        count.refused += found.doubts != 0;
        EXPECT((found.estimate.p < EFFECT_LEVEL) ==
               (found.estimate.lo > 0 || found.estimate.hi < 0));
        arena_free(&arena);
    }
    return count;
}

static double percent(int count) {
    return 100.0 * count / town_count();
}

/* Of a share of 5 or 95 % among so many towns, in per cent. */
static double standard_error(void) {
    return 100 * sqrt(0.05 * 0.95 / town_count());
}

/* Per cent, and the binomial error of fewer towns than a thousand on top: four standard errors. */
static void expect_share(const char *what, const struct line *line, int count, double lo,
                         double hi) {
    const double slack = town_count() >= 1000 ? 0 : 4 * standard_error();
    if (percent(count) < lo - slack || percent(count) > hi + slack)
        test_fail(__FILE__, __LINE__, "%s: %s in %.1f %%, which should be %.1f to %.1f", line->name,
                  what, percent(count), lo, hi);
}

/* Claims are at most 5 % in truth where so many towns show no more than two standard errors above:
 * 6.4 of 1,000. */
static void judge(const struct line *lines, size_t line_count) {
    for (size_t i = 0; i < line_count; i++) {
        for (int share = 1; share >= 0; share--) {
            const struct line *line = &lines[i];
            const uint64_t seed = 1000 * (uint64_t)i + (uint64_t)line->expected * 100 + 7;
            const struct count real = run(line, share == 1, -2, seed);
            const struct count none = run(line, share == 1, 0, seed + 50);
            if (getenv("PEGEL_PRINT") != NULL)
                printf("| %s | %s | %.1f | %.1f | %.1f | %.1f |\n", line->name,
                       share == 1 ? "share" : "median", percent(real.covered),
                       percent(none.covered), percent(none.claimed), percent(real.claimed));
            expect_share("the effect is covered", line, real.covered, line->covers_min,
                         line->covers_max);
            expect_share("no effect is covered", line, none.covered, line->covers_min,
                         line->covers_max);
            expect_share("no effect is claimed as one", line, none.claimed, 0,
                         5 + 2 * standard_error());
        }
    }
}

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

TEST(many_units_cover_the_truth) {
    static const struct line lines[] = {{"6 + 6 units, 26 + 26 weeks", PILOT_DIFFERENCES,
                                         EFFECT_CLUSTERED, 6, 6, 26, 0, 26, 20, 0.5, 1, 93, 97}};
    judge(lines, COUNT_OF(lines));
}

TEST(few_units_cover_the_truth) {
    static const struct line lines[] = {{"4 + 5 units, 26 + 26 weeks", PILOT_DIFFERENCES,
                                         EFFECT_PERMUTED, 4, 5, 26, 0, 26, 20, 0.5, 1, 93, 97}};
    judge(lines, COUNT_OF(lines));
}

TEST(two_units_cover_the_truth) {
    static const struct line lines[] = {{"1 + 1 units, 52 + 26 weeks", PILOT_DIFFERENCES,
                                         EFFECT_PAIRED_WEEKS, 1, 1, 52, 0, 26, 60, 0.5, 1, 93, 97}};
    judge(lines, COUNT_OF(lines));
}

TEST(four_units_cover_the_truth) {
    static const struct line lines[] = {{"1 + 3 units, 39 + 39 weeks", PILOT_DIFFERENCES,
                                         EFFECT_PAIRED_WEEKS, 1, 3, 39, 2, 39, 60, 0.5, 1, 93, 97}};
    judge(lines, COUNT_OF(lines));
}

TEST(a_series_without_control_covers_the_truth) {
    static const struct line lines[] = {{"1 unit, 104 + 39 weeks", PILOT_TIME_SERIES,
                                         EFFECT_INTERRUPTED, 1, 0, 104, 0, 39, 60, 0.5, 1, 93, 97}};
    judge(lines, COUNT_OF(lines));
}

/* Of the same weeks of two years, without a trend: it could not be told from the pilot. */
TEST(before_and_after_cover_the_truth) {
    static const struct line lines[] = {{"1 unit, 39 + 39 weeks", PILOT_BEFORE_AFTER, EFFECT_SHARES,
                                         1, 0, 39, 13, 39, 60, 0.5, 0, 93, 97}};
    judge(lines, COUNT_OF(lines));
}

/* --- guards --- */

static const struct line sound = {"1 + 1 units, 26 + 26 weeks",
                                  PILOT_DIFFERENCES,
                                  EFFECT_PAIRED_WEEKS,
                                  1,
                                  1,
                                  26,
                                  0,
                                  26,
                                  60,
                                  0.3,
                                  0,
                                  0,
                                  0};

static struct effect look(const struct effect_question *question) {
    struct arena arena;
    struct effect found;
    arena_init(&arena, (size_t)64 << 20);
    EXPECT_OK(effect_estimate(&town.panel, question, &arena, &found));
    EXPECT_OK(effect_add_changes(&town.panel, question, &arena, &found));
    arena_free(&arena);
    return found;
}

static void expect_doubt(const struct effect *effect, enum effect_doubt doubt) {
    if ((effect->doubts >> doubt & 1) == 0)
        test_fail(__FILE__, __LINE__, "no doubt %s", effect_doubt_text(doubt));
}

TEST(what_speaks_against_a_judgement_is_named) {
    const struct effect_question question = {PILOT_DIFFERENCES, 100, 26, 50};
    struct effect_question other = question;
    uint64_t seed = 3;
    make_town(&sound, true, -2, &seed);
    struct effect found = look(&question);
    EXPECT_EQ(found.doubts, 0);
    EXPECT(found.change[GROUP_TREATED].lo < found.change[GROUP_TREATED].hi);

    other.minimum_n = 100000;
    found = look(&other);
    expect_doubt(&found, DOUBT_FEW_CASES);
    other = question;
    other.planned_weeks = 27;
    found = look(&other);
    expect_doubt(&found, DOUBT_NOT_OVER);

    town.panel.pilot_weeks = 7;
    found = look(&question);
    expect_doubt(&found, DOUBT_FEW_WEEKS);
    town.panel.pilot_weeks = 0;
    found = look(&question);
    expect_doubt(&found, DOUBT_NOT_OVER);
    EXPECT(isnan(found.estimate.lo));
    town.panel.pilot_weeks = 26;

    for (uint32_t w = 26; w < 29; w++) town.cell[52 + w] = (struct panel_cell){0};
    found = look(&question); /* three weeks of the control are silent */
    expect_doubt(&found, DOUBT_SILENT);
    make_town(&sound, true, -2, &seed);
    for (uint32_t w = 0; w < 26; w++) town.cell[w].excluded = town.cell[w].n / 3;
    found = look(&question);
    expect_doubt(&found, DOUBT_COVERAGE);
}

TEST(a_drift_before_the_pilot_forbids_a_judgement) {
    const struct effect_question question = {PILOT_DIFFERENCES, 100, 26, 50};
    uint64_t seed = 5;
    make_town(&sound, true, 0, &seed);
    for (uint32_t w = 0; w < 52; w++) town.cell[w].hits = town.cell[w].n * (10 + w) / 80;
    const struct effect found = look(&question);
    EXPECT(found.pre_trend_p < 0.02);
    expect_doubt(&found, DOUBT_PRE_TREND);
}

TEST(a_short_series_without_control_is_not_judged) {
    const struct effect_question question = {PILOT_TIME_SERIES, 100, 26, 50};
    static const struct line line = {
        "", PILOT_TIME_SERIES, EFFECT_INTERRUPTED, 1, 0, 60, 0, 26, 60, 0.3, 0, 0, 0};
    uint64_t seed = 5;
    make_town(&line, true, 0, &seed);
    const struct effect found = look(&question);
    expect_doubt(&found, DOUBT_NO_SEASON);
    EXPECT(isnan(found.estimate.value));
}

TEST(a_median_beyond_the_follow_up_is_not_known) {
    const struct effect_question question = {PILOT_DIFFERENCES, 100, 26, 50};
    uint64_t seed = 5;
    make_town(&sound, false, 0, &seed);
    for (uint32_t w = 0; w < 52; w++) town.cell[w].value_count /= 3; /* the others never end */
    const struct effect found = look(&question);
    expect_doubt(&found, DOUBT_BEYOND);
    EXPECT(isnan(found.figure[GROUP_TREATED][PHASE_AFTER]));
    EXPECT(isfinite(found.figure[GROUP_CONTROL][PHASE_AFTER]));
}

TEST(the_same_panel_gives_the_same_bits) {
    const struct effect_question question = {PILOT_DIFFERENCES, 100, 26, 200};
    uint64_t seed = 5;
    make_town(&sound, false, 0, &seed);
    const struct effect one = look(&question), two = look(&question);
    EXPECT(one.estimate.lo == two.estimate.lo && one.estimate.hi == two.estimate.hi);
    EXPECT(one.change[0].lo == two.change[0].lo && one.change[1].hi == two.change[1].hi);
}
