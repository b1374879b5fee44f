/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef PILOT_PILOT_PLAN_H
#define PILOT_PILOT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/sha256.h"
#include "base/status.h"
#include "base/text.h"
#include "query/kpi.h"

/* pilot_plan: what was agreed before a pilot began (docs/PILOTS.md): who takes part, who does not,
 * which weeks are compared, which figure decides, and by which method. It is data: read from JSON,
 * checked, written in one canonical form, and known by the SHA-256 of that form. Immutable; lives
 * in an arena. */
enum {
    PILOT_PLAN_BYTES_MAX = 64 << 10,
    PILOT_UNITS_MAX = 128,
    PILOT_SERVICES_MAX = 64,
    PILOT_MEASURES_MAX = 9, /* the primary one and eight more */
    PILOT_TITLE_BYTES_MAX = 200,
    PILOT_NAME_BYTES_MAX = 64,
    PILOT_WEEKS_MAX = 520,
    PILOT_MINIMUM_N_MIN = 30, /* below it no figure of Pegel is more than "few" */
    PILOT_MINIMUM_N_MAX = 1000000000,
    PILOT_FOLLOW_UP_DAYS_MAX = 730,
    PILOT_ID_BYTES = 13 /* 12 digits of the hash and a NUL */
};

enum pilot_method { PILOT_DIFFERENCES, PILOT_TIME_SERIES, PILOT_BEFORE_AFTER, PILOT_METHOD_COUNT };
const char *pilot_method_text(enum pilot_method method);

struct pilot_unit {
    const char *tenant;
    const char *office; /* NULL: the whole municipality */
};

struct pilot_measure {
    const struct kpi_definition *kpi;
    uint32_t version; /* of the definition, when the plan was made */
    enum kpi_clock clock;
    const char *stat; /* "p50", or "value" of a share */
    double quantile;  /* 0: a share */
    double target;    /* of the pilot period, in `unit`; NaN: none */
    double expected;  /* change that was hoped for; NaN: not said */
    const char *unit; /* "ratio", "s", "working_days" */
};

struct pilot_plan {
    const char *title, *author;
    uint32_t service_count; /* 0: all */
    const char **services;
    uint32_t treated_count, unit_count; /* the treated come first */
    const struct pilot_unit *units;
    int64_t baseline_day, pilot_day; /* Mondays, days since 1970-01-01 */
    uint32_t baseline_weeks, pilot_weeks;
    const char *zone;
    enum pilot_method method;
    uint32_t minimum_n, follow_up_days;
    uint32_t measure_count; /* the first is the primary one */
    struct pilot_measure measures[PILOT_MEASURES_MAX];
};

/* INVALID: the sentence begins with the path of the bad value and says what it may be. */
MUST_USE enum status pilot_plan_parse(const char *json, size_t size, struct arena *arena,
                                      struct pilot_plan *out, struct error *err);
/* The canonical form: one line of JSON, every member written, always in the same order; reading it
 * gives the same plan again. */
void pilot_plan_write(const struct pilot_plan *plan, struct text *text);
/* SHA-256 of the canonical form. TOO_LARGE: over PILOT_PLAN_BYTES_MAX. */
MUST_USE enum status pilot_plan_hash(const struct pilot_plan *plan, char hash[SHA256_TEXT_BYTES],
                                     struct error *err);
/* Weeks from the baseline's first to the pilot's first. */
uint32_t pilot_plan_offset(const struct pilot_plan *plan);

#endif
