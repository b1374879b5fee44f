/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef PILOT_EFFECT_H
#define PILOT_EFFECT_H

#include <stdbool.h>

#include "pilot/panel.h"
#include "stats/estimate.h"

/* effect: what a pilot changed in one KPI, with its uncertainty, and what speaks against a
 * judgement (docs/PILOTS.md has the methods and their sources). Pure; the same panel gives the same
 * bits. */

enum { EFFECT_WEEKS_MIN = 8, EFFECT_YEAR_WEEKS = 52, EFFECT_CLUSTERS_MIN = 10, EFFECT_ARM_MIN = 4 };
#define EFFECT_COVERAGE_MIN 0.8 /* share of what could be measured */
#define EFFECT_SILENT_MAX   0.1 /* share of weeks that a source is silent in */
#define EFFECT_SILENT_N     5   /* a unit with fewer a week is silent by chance */
#define EFFECT_LEVEL        0.05

enum effect_method {
    EFFECT_CLUSTERED,    /* difference in differences, cluster-robust */
    EFFECT_PERMUTED,     /* the same, permutation of the units */
    EFFECT_PAIRED_WEEKS, /* the same, weeks of treated less control, autocorrelated */
    EFFECT_INTERRUPTED,  /* segmented regression of the weeks, autocorrelated */
    EFFECT_SHARES,       /* before and after, Newcombe */
    EFFECT_RESAMPLED,    /* before and after, block bootstrap */
    EFFECT_METHOD_COUNT
};
const char *effect_method_text(enum effect_method method);

/* Why there is no judgement. */
#define EFFECT_DOUBT_LIST(X)      \
    X(NOT_OVER, "not_over")       \
    X(FEW_CASES, "few_cases")     \
    X(FEW_WEEKS, "few_weeks")     \
    X(NO_SEASON, "no_season")     \
    X(COVERAGE, "low_coverage")   \
    X(SILENT, "silent_source")    \
    X(PAST, "past_unknown")       \
    X(BEYOND, "beyond_follow_up") \
    X(NO_INTERVAL, "no_interval") \
    X(PRE_TREND, "pre_trend")

enum effect_doubt {
#define X(name, text) DOUBT_##name,
    EFFECT_DOUBT_LIST(X)
#undef X
        DOUBT_COUNT
};
const char *effect_doubt_text(enum effect_doubt doubt);

enum effect_group { GROUP_TREATED, GROUP_CONTROL, GROUP_COUNT };
enum effect_phase { PHASE_BEFORE, PHASE_AFTER, PHASE_COUNT };

struct effect {
    enum effect_method method;
    struct estimate estimate;
    /* NaN: there is none. In milliseconds, working days or as a ratio, as the panel. With clusters
     * and permutation each is the mean over the units, else that of all units together. */
    double figure[GROUP_COUNT][PHASE_COUNT];
    uint64_t n[GROUP_COUNT][PHASE_COUNT];
    double coverage[GROUP_COUNT][PHASE_COUNT];
    struct estimate change[GROUP_COUNT]; /* see effect_add_changes */
    uint32_t clusters[GROUP_COUNT];
    double pre_trend_p; /* NaN: not tested */
    unsigned doubts;    /* bit per enum effect_doubt */
};

struct effect_question {
    enum pilot_method method;
    uint32_t minimum_n;
    uint32_t planned_weeks; /* of the pilot */
    uint32_t draws;         /* of the bootstrap: RESAMPLE_DRAWS */
};
/* NO_MEMORY: over the arena's budget. */
MUST_USE enum status effect_estimate(const struct panel *panel,
                                     const struct effect_question *question, struct arena *arena,
                                     struct effect *out);

/* After less before of each group by itself, for the reader: only before_after judges by it, and
 * has that of the treated already. */
MUST_USE enum status effect_add_changes(const struct panel *panel,
                                        const struct effect_question *question, struct arena *arena,
                                        struct effect *effect);

#endif
