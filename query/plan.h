/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_PLAN_H
#define QUERY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "calendar/deadline.h"
#include "event/type.h"
#include "query/bucket.h"
#include "query/kpi.h"

/* plan: one validated question. Built from the words of a request (plan_parse), answered by
 * query_execute. Bucket edges and working days are computed here, once, as integers, so that
 * nothing below ever interprets a time zone. Lives in the arena of its query; immutable. */

enum dimension {
    DIMENSION_TENANT,
    DIMENSION_SERVICE,
    DIMENSION_OFFICE,
    DIMENSION_CHANNEL,
    DIMENSION_STEP,
    DIMENSION_LANG,
    DIMENSION_DEVICE,
    DIMENSION_TYPE,    /* of the event: journeys have none */
    DIMENSION_COUNTRY, /* the same */
    DIMENSION_COUNT
};
const char *dimension_text(enum dimension dimension); /* "tenant", ... */

enum {
    PLAN_GROUPS_MAX = 200000, /* rows of one answer */
    PLAN_FILTER_VALUES_MAX = 256,
    PLAN_QUANTILES_MAX = 16,
    PLAN_AGES_MAX = 32,
    PLAN_AGE_MAX = 36500, /* of days; of any unit */
    PLAN_KNOWN_MAX = 1024,
    PLAN_TOP_MAX = 1000,
    PLAN_TOP_DEFAULT = 50,
    PLAN_WITHIN_MIN_DEFAULT = 15,
    PLAN_WITHIN_MIN_MAX = 1440,
    PLAN_LIMITS_MAX = 1024,
    PLAN_ASSUMPTIONS_BYTES_MAX = 1 << 20 /* of a file, wherever it comes from */
};
/* Three months: after them one may sue for a decision (section 75 VwGO), and a permit counts as
 * given where the law says so (section 42a VwVfG). */
#define PLAN_LIMIT "3m"

struct plan_filter {
    uint32_t count;      /* 0: no filter */
    const char **values; /* "": rows that have no value of that dimension */
};

/* By when a case is to be done. */
struct plan_limit {
    const char *service; /* NULL: those that no other limit names */
    const char *text;    /* "3m" */
    struct deadline deadline;
};

/* From when on all cases of a tenant are known. Of those received before, only the ones that were
 * still under way then can be: what ended earlier nobody told. */
struct plan_known {
    const char *tenant; /* NULL: those that no other names */
    int64_t from_ms;
};

struct calendar;        /* calendar/calendar.h */
struct roi_assumptions; /* finance/roi_assumptions.h */

/* The tables of an answer about return on investment, besides that of its headline. */
#define ROI_SECTION_LIST(X)           \
    X(YEARS, "years")                 \
    X(SERVICES, "services")           \
    X(VOLUMES, "volumes")             \
    X(SCENARIOS, "scenarios")         \
    X(SENSITIVITY, "sensitivity")     \
    X(MONTE_CARLO, "monte_carlo")     \
    X(DISTRIBUTIONS, "distributions") \
    X(PLAN_ACTUAL, "plan_actual")     \
    X(ASSUMPTIONS, "assumptions")
enum roi_section {
#define X(name, text) ROI_SECTION_##name,
    ROI_SECTION_LIST(X)
#undef X
        ROI_SECTION_COUNT
};
const char *roi_section_text(enum roi_section section); /* static */

struct plan {
    const struct kpi_definition *definition;
    enum kpi_view view;
    enum kpi_clock clock;
    enum kpi_start start;
    int64_t from_ms, to_ms; /* half-open; both TIME_ABSENT: the whole of the data */
    int64_t as_of_ms;       /* end of observation, T */
    bool compares; /* with the answer as of against_ms, which is before (query/changes.h) */
    int64_t against_ms;
    const char *zone;
    struct plan_filter filter[DIMENSION_COUNT];
    uint32_t by_count;
    enum dimension by[DIMENSION_COUNT];
    enum bucket bucket;
    uint32_t edge_count; /* buckets + 1; 0 without buckets. edges[0] <= from */
    const int64_t *edges;
    /* Of buckets that come again, by number of the edge: which one begins there; weekday * 24 +
     * hour where both are asked for. NULL: each edge begins one of its own. */
    const uint8_t *recurring;
    const char **bucket_names; /* of those that do not come again: "2026-10", "2026-W44",
                                  "2026-10-31", "2026-10-31T13+01:00", ... */
    uint32_t quantile_count;
    double quantiles[PLAN_QUANTILES_MAX]; /* 0..1 */
    enum purpose purpose;                 /* of a KPI of trails: whose */
    uint32_t top;                         /* ... and how many rows a cell and bucket has */
    int64_t within_ms;                    /* of a KPI that counts what lasts no longer */
    uint32_t limit_count;                 /* 0: the KPI knows no deadlines */
    const struct plan_limit *limits;
    const char *limit_text;      /* the words that they were read from */
    uint32_t age_count;          /* 0: the KPI has no rows by age */
    int64_t ages[PLAN_AGES_MAX]; /* ascending; days, working days or hours, as the clock counts */
    uint32_t known_from_count;   /* 0: nothing is said, or the KPI does not ask */
    const struct plan_known *known_from;
    const char *known_from_text;               /* the words that they were read from */
    const struct calendar *calendar;           /* NULL where no working day is counted */
    const struct roi_assumptions *assumptions; /* ROI and cost per transaction only */
    unsigned roi_sections;                     /* bit per enum roi_section that is asked for */
    bool values; /* the answer carries every single duration too; plan_parse leaves it false */
};

/* The words of a question, as an HTTP query or a command line gives them; NULL: not given.
 * Lists are comma-separated. Dates: 2026-10-01 (midnight in the zone) or RFC 3339. */
struct plan_words {
    const char *kpi;
    const char *filter[DIMENSION_COUNT];
    const char *from, *to;
    const char *by;         /* dimensions and at most one bucket, "service,month"; or
                               "weekday,hour_of_day" or one of these */
    const char *view;       /* "closing", "intake" */
    const char *clock;      /* "gross", "working_days", ... */
    const char *start;      /* "received", "complete": when the clock starts */
    const char *limit;      /* "3m" or, by service, "99115005070000=20wd,3m"; default PLAN_LIMIT */
    const char *ages;       /* "7,14,30": in the unit of the clock, ascending */
    const char *known_from; /* "2024-01-01" or, by tenant, "091620000000=2025-01-01,2024-01-01" */
    const char *stat;       /* "p50,p90": quantiles; default p10,p25,p50,p75,p90,p95 */
    const char *zone;       /* default Europe/Berlin */
    const char *as_of;
    const char *against;     /* an earlier moment: what changed since */
    const char *purpose;     /* "case", "attempt", "appointment" */
    const char *top;         /* "20" */
    const char *within;      /* minutes: "15" */
    const char *assumptions; /* JSON text of an assumptions file */
    const char *section;     /* ROI only: "years,sensitivity" or "all"; default: none */
    const char *calendar;    /* what differs from the law: words of calendar_build */
};

/* The end of observation, and whether plan_parse will use the extent of the data: who has to look
 * for it asks here before. INVALID: as of plan_parse. */
MUST_USE enum status plan_as_of(const struct plan_words *words, int64_t now_ms, struct arena *arena,
                                int64_t *as_of_ms, bool *needs_extent, struct error *err);

/* Checks the words and fills *out. INVALID with a sentence that names the word and what it may be;
 * NOT_FOUND: no such KPI. data_from_ms..data_to_ms: extent of the data (event times), used where
 * buckets are asked for without an interval. now_ms: default end of observation. */
MUST_USE enum status plan_parse(const struct plan_words *words, int64_t data_from_ms,
                                int64_t data_to_ms, int64_t now_ms, struct arena *arena,
                                struct plan *out, struct error *err);

/* Makes the plan rest on these assumptions: for ROI its edges are those of the file's years. */
void plan_set_assumptions(struct plan *plan, const struct roi_assumptions *assumptions);

#endif
