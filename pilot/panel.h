/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef PILOT_PANEL_H
#define PILOT_PANEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "pilot/pilot_plan.h"

struct engine;
struct plan_words;

/* panel: one KPI by unit and week: all that the methods of a pilot look at. Lives in an arena. */
struct panel_cell {
    uint64_t n;           /* units of the KPI, those without an end within the follow-up included */
    uint64_t hits;        /* of a share */
    uint64_t excluded;    /* could not be measured */
    size_t value_count;   /* of a duration: those that ended within the follow-up */
    const int64_t *value; /* ascending: milliseconds or working days */
};

struct panel {
    double quantile;                    /* 0: a share */
    uint32_t unit_count, treated_count; /* the treated come first */
    uint32_t baseline_weeks;            /* weeks 0 to baseline_weeks - 1 */
    uint32_t pilot_begin, pilot_weeks;  /* and these; what lies between belongs to neither */
    uint32_t week_count;                /* of the cells */
    const struct panel_cell *cell;      /* unit after unit, week after week */
    int64_t first_day;                  /* of week 0, days since 1970-01-01 */
    uint64_t seed;
    bool past_unknown; /* of some unit not all cases of the first weeks are known */
};

static inline const struct panel_cell *panel_at(const struct panel *panel, uint32_t unit,
                                                uint32_t week) {
    return &panel->cell[(size_t)unit * panel->week_count + week];
}
/* 0 to 11: the month that most of the week's days are in. */
int panel_month(const struct panel *panel, uint32_t week);

/* Asks the engine, by weeks and units, for what was known at as_of_ms. Only weeks that ended
 * follow_up_days before observed_ms are kept; durations of processing are cut at that age, so that
 * each case is looked at for as long as every other. */
struct panel_question {
    const struct pilot_plan *plan;
    const struct pilot_measure *measure;
    const struct plan_words *told; /* by the operator: calendar, limit, known_from */
    int64_t as_of_ms;
    int64_t observed_ms; /* of the newest event known then: what came later nobody saw */
    uint64_t seed;
};
MUST_USE enum status panel_gather(const struct panel_question *question, struct engine *engine,
                                  struct arena *arena, struct panel *out, struct error *err);

#endif
