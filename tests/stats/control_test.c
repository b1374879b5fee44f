/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: of stable figures, whatever their season, at most the nominal share of changes is called
 * remarkable; a real shift is found, and found again after another. Method: simulated series of
 * known make; limits calculated by hand. */
#include "stats/control.h"

#include "tests/test.h"

enum { SERIES = 20000 };
/* One in a hundred, and two standard deviations of what SERIES can tell. */
#define NOMINAL (0.01 + 2 * 0.0007)

static double uniform(uint64_t *seed) {
    return ((double)(test_random(seed) >> 11) + 0.5) / 9007199254740992.0;
}
static double normal(uint64_t *seed) {
    return sqrt(-2 * log(uniform(seed))) * cos(6.283185307179586 * uniform(seed));
}

/* How a figure comes about. */
struct make {
    double level, season, noise; /* season: height of its wave, with a deep hole in one month */
    double shift;                /* of the last point */
    double early_shift;          /* of all points from the twentieth on */
    double n;                    /* units of a share: binomial noise with its error; 0: none */
    uint32_t count, lag, cycle;
    double wander; /* steps of a random walk */
};

static double binomial(double n, double share, uint64_t *seed) {
    uint32_t hits = 0;
    for (uint32_t i = 0; i < (uint32_t)n; i++) hits += uniform(seed) < share;
    return hits / n;
}

static struct control judge(const struct make *make, uint64_t *seed) {
    struct control_point points[CONTROL_POINTS_MAX];
    const uint32_t begin = (uint32_t)(test_random(seed) % make->cycle);
    double walk = 0;
    for (uint32_t i = 0; i < make->count; i++) {
        const uint32_t phase = (begin + i) % make->cycle;
        double value = make->level + make->season * sin(6.283185307179586 * phase / make->cycle);
        if (phase == 7 % make->cycle && make->cycle > 1) value -= 2 * make->season;
        if (i + 1 == make->count) value += make->shift;
        if (i >= 20) value += make->early_shift;
        walk += make->wander * normal(seed);
        value += walk + make->noise * normal(seed);
        points[i] = (struct control_point){value, 0};
        if (make->n > 0) {
            const double share = binomial(make->n, value, seed);
            points[i] = (struct control_point){share, sqrt(share * (1 - share) / make->n)};
        }
    }
    return control_judge(points, make->count, make->lag, make->cycle);
}

/* Share of series whose last change is called remarkable. */
static double alarms(struct make make) {
    uint64_t seed = 1;
    uint32_t beyond = 0;
    for (uint32_t i = 0; i < SERIES; i++) beyond += judge(&make, &seed).verdict == CONTROL_BEYOND;
    return (double)beyond / SERIES;
}

TEST(stable_figures_raise_no_more_than_the_nominal_alarms) {
    static const uint32_t months[] = {14, 18, 24, 25, 30, 37, 49};
    static const double seasons[] = {0, 0.3, 1, 3, 10};
    struct make make = {.level = 12, .noise = 1, .lag = 1, .cycle = 12};
    for (uint32_t i = 0; i < sizeof months / sizeof *months; i++)
        for (uint32_t k = 0; k < sizeof seasons / sizeof *seasons; k++) {
            make.count = months[i];
            make.season = seasons[k];
            EXPECT(alarms(make) <= NOMINAL);
        }
}

TEST(so_it_is_for_weeks_quarters_weekdays_and_years) {
    const struct make makes[] = {
        {.level = 12, .season = 3, .noise = 1, .count = 110, .lag = 1, .cycle = 52},
        {.level = 12, .season = 3, .noise = 1, .count = 157, .lag = 1, .cycle = 52},
        {.level = 12, .season = 3, .noise = 1, .count = 13, .lag = 1, .cycle = 4},
        {.level = 12, .season = 9, .noise = 1, .count = 120, .lag = 7, .cycle = 7},
        {.level = 12, .season = 9, .noise = 1, .count = 120, .lag = 1, .cycle = 7},
        {.level = 12, .season = 3, .noise = 1, .count = 25, .lag = 12, .cycle = 12},
        {.level = 12, .season = 3, .noise = 1, .count = 37, .lag = 12, .cycle = 12},
    };
    for (uint32_t i = 0; i < sizeof makes / sizeof *makes; i++) EXPECT(alarms(makes[i]) <= NOMINAL);
}

TEST(so_it_is_for_a_figure_that_wanders) {
    struct make make = {.level = 12, .wander = 1, .count = 37, .lag = 1, .cycle = 12};
    EXPECT(alarms(make) <= NOMINAL);
    make.season = 3;
    make.noise = 0.3;
    EXPECT(alarms(make) <= NOMINAL);
}

TEST(so_it_is_for_shares_that_vary_by_chance_and_by_more) {
    struct make make = {.level = 0.2, .n = 100, .count = 37, .lag = 1, .cycle = 12};
    EXPECT(alarms(make) <= NOMINAL);
    make.noise = 0.05;
    make.season = 0.04;
    make.level = 0.4;
    EXPECT(alarms(make) <= NOMINAL);
}

TEST(a_real_shift_is_found_with_and_without_season_and_after_another) {
    struct make make = {.level = 12, .noise = 1, .shift = 9, .count = 37, .lag = 1, .cycle = 12};
    EXPECT(alarms(make) > 0.95);
    make.early_shift = 8;
    EXPECT(alarms(make) > 0.95);
    make.season = 3;
    EXPECT(alarms(make) > 0.75);
    make.early_shift = 0;
    EXPECT(alarms(make) > 0.95);
    make.count = 25; /* two years are little to know a season by */
    make.shift = 12;
    EXPECT(alarms(make) > 0.9);
    make = (struct make){.level = 0.3, .shift = -0.2, .n = 200, .count = 25, .lag = 1, .cycle = 12};
    EXPECT(alarms(make) > 0.75);
}

/* Changes of +1, -1, +1, ...: their mean square is 1, no season is to be seen in a cycle of one.
 * Of ten, two thirds are 6 2/3 degrees; t is interpolated between 6 and 8. */
TEST(limits_are_those_of_a_calculation_by_hand) {
    struct control_point points[12];
    for (uint32_t i = 0; i < 12; i++) points[i] = (struct control_point){5 + i % 2, 0};
    points[11].value = 5 + 3.6;
    const double share = (1.0 / 6 - 3.0 / 20) / (1.0 / 6 - 1.0 / 8);
    const double t = 3.70743 + share * (3.35539 - 3.70743);
    struct control control = control_judge(points, 12, 1, 1);
    EXPECT_EQ(control.changes, 10);
    EXPECT_NEAR(control.change, 3.6, 1e-12);
    EXPECT_NEAR(control.hi, t, 1e-12);
    EXPECT_NEAR(control.lo, -t, 1e-12);
    EXPECT_EQ(control.verdict, CONTROL_BEYOND);
    points[11].value = 5 + 3.5;
    EXPECT_EQ(control_judge(points, 12, 1, 1).verdict, CONTROL_NORMAL);
    /* With errors of 2, chance alone explains more than these changes are. */
    for (uint32_t i = 0; i < 12; i++) points[i].error = 2;
    EXPECT_NEAR(control_judge(points, 12, 1, 1).hi, t * sqrt(8), 1e-12);
    points[3].error = 0; /* one that is not known: then of none */
    EXPECT_NEAR(control_judge(points, 12, 1, 1).hi, t, 1e-12);
}

/* The week of Christmas, when it has come once before: as far down as then is normal, and no more.
 */
TEST(what_the_same_season_did_before_is_normal) {
    struct control_point points[54];
    for (int sign = -1; sign <= 1; sign += 2) {
        for (uint32_t i = 0; i < 54; i++) points[i] = (struct control_point){(i % 2) * 0.1, 0};
        points[1].value = points[53].value = 10.0 * sign;
        EXPECT_EQ(control_judge(points, 54, 1, 52).verdict, CONTROL_NORMAL);
        points[53].value = 30.0 * sign;
        EXPECT_EQ(control_judge(points, 54, 1, 52).verdict, CONTROL_BEYOND);
        points[53].value = -10.0 * sign;
        EXPECT_EQ(control_judge(points, 54, 1, 52).verdict, CONTROL_BEYOND);
    }
}

TEST(without_enough_of_the_past_nothing_is_said) {
    struct control_point points[30];
    for (uint32_t i = 0; i < 30; i++) points[i] = (struct control_point){i % 3, 0};
    EXPECT_EQ(control_judge(points, 9, 1, 1).verdict, CONTROL_UNKNOWN);
    EXPECT(control_judge(points, 10, 1, 1).verdict != CONTROL_UNKNOWN);
    EXPECT_EQ(control_judge(points, 13, 1, 12).verdict, CONTROL_UNKNOWN);
    EXPECT_EQ(control_judge(points, 13, 1, 12).changes, 11);
    EXPECT(control_judge(points, 14, 1, 12).verdict != CONTROL_UNKNOWN);
    EXPECT(isnan(control_judge(points, 1, 1, 12).change));
    EXPECT(isnan(control_judge(points, 0, 1, 1).change));
    points[27].value = NAN; /* a gap: nothing to compare with, or nothing to judge */
    EXPECT_EQ(control_judge(points, 29, 1, 1).verdict, CONTROL_UNKNOWN);
    EXPECT_EQ(control_judge(points, 28, 1, 1).verdict, CONTROL_UNKNOWN);
    EXPECT_EQ(control_judge(points, 30, 1, 1).changes, 26);
}
