/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STATS_CONTROL_H
#define STATS_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

/* control: is a change of a figure more than it changes anyway? A control chart of the changes
 * (Shewhart's individuals; limits for shares and counts as in Laney's p' chart: "Improved control
 * charts for attributes", Quality Engineering 14, 2002). Pure functions, any thread.
 *
 *   d_i = y_i - y_(i-lag)   the changes; e_i, the standard error of d_i; z_i = d_i / e_i
 *   sigma                   of the z of the past: how much more they vary than by chance alone
 *   normal                  centre +- t * sigma * e * sqrt(1 + 1/n), with t of Student's
 *                           distribution for one false alarm in a hundred, both sides together
 *
 * Changes, not levels, because a change is what is spoken of, and because they behave whether the
 * figure wavers about a level or wanders. Where standard errors are known, sigma is at least one: a
 * change within chance is never remarkable.
 *
 * Season: a change into October is compared with the n earlier ones into October, when seasons
 * differ by more than chance (the mean square between them is at least SEASON_MATTERS times that
 * within). Else with none at all, so that the season's swings widen the limits, and the earlier
 * ones into October count as normal besides. Without any there is no judgement: a cycle of
 * points and two more are needed. Weekdays are a season of seven days.
 *
 * Past changes far beyond the limits are taken out, twice at most, but not those of the same
 * season: so one real shift does not hide the next. Degrees of freedom are two thirds of the count,
 * because neighbouring changes share a value: the variance of a mean square is 1 + 2 * (1/2)^2
 * times as large then.
 */
enum {
    CONTROL_POINTS_MAX = 512,
    CONTROL_CHANGES_MIN = 8 /* past ones; with fewer nothing is said */
};

struct control_point {
    double value; /* NaN: none */
    double error; /* standard error of the value; 0: not known, then of none of them */
};

enum control_verdict { CONTROL_UNKNOWN, CONTROL_NORMAL, CONTROL_BEYOND };

struct control {
    enum control_verdict verdict;
    double change;    /* of the last point; NaN: there is none */
    double lo, hi;    /* where normal changes lie; NaN: not known */
    uint32_t changes; /* past ones that the limits rest on */
    bool seasonal;    /* the season is taken out */
};

/* Of the last of `count` points in order of time, CONTROL_POINTS_MAX at most, against the one `lag`
 * before it. season: points in a cycle (12 months), 1 without. */
struct control control_judge(const struct control_point *points, uint32_t count, uint32_t lag,
                             uint32_t season);

#endif
