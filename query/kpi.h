/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_KPI_H
#define QUERY_KPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/type.h"

/* kpi: the catalogue of KPI definitions. API, command line, pages, exports and docs read it from
 * here. Everything is static and immutable; any thread.
 *
 * What a definition says is data: query/catalogue/<id>.toml, made a part of the program by
 * scripts/embed_catalogue.py. A KPI is a file there and a line here; the order here is the order of
 * every list. A definition's version goes up when its figures change for the same events. */
#define KPI_LIST(X)                                 \
    X(PROCESSING_TIME, "processing_time")           \
    X(DECIDED_WITHIN, "decided_within")             \
    X(THROUGHPUT, "throughput")                     \
    X(BACKLOG, "backlog")                           \
    X(REWORK, "rework")                             \
    X(TRANSITIONS, "transitions")                   \
    X(VARIANTS, "variants")                         \
    X(ACTIVITIES, "activities")                     \
    X(SLA_SHARE, "sla_share")                       \
    X(DUE, "due")                                   \
    X(END_TO_END, "end_to_end")                     \
    X(ABANDONMENT, "abandonment")                   \
    X(FUNNEL, "funnel")                             \
    X(COMPLETION, "completion")                     \
    X(TIME_TO_COMPLETE, "time_to_complete")         \
    X(RESUMPTION, "resumption")                     \
    X(TRANSMISSION_ERRORS, "transmission_errors")   \
    X(NO_SHOW, "no_show")                           \
    X(LATE_SHOW, "late_show")                       \
    X(CANCELLATION, "cancellation")                 \
    X(RESCHEDULING, "rescheduling")                 \
    X(BOOKING_LEAD_TIME, "booking_lead_time")       \
    X(WAITING_TIME, "waiting_time")                 \
    X(WAITING_WITHIN, "waiting_within")             \
    X(LEFT_BEFORE_CALL, "left_before_call")         \
    X(SERVICE_DURATION, "service_duration")         \
    X(THIRD_NEXT_AVAILABLE, "third_next_available") \
    X(SLOT_FILL, "slot_fill")                       \
    X(UTILISATION, "utilisation")                   \
    X(DIGITAL_TAKE_UP, "digital_take_up")           \
    X(MEDIA_BREAKS, "media_breaks")                 \
    X(SATISFACTION, "satisfaction")                 \
    X(PAGE_VIEWS, "page_views")                     \
    X(SUPPORT_REQUESTS, "support_requests")         \
    X(COST_PER_TRANSACTION, "cost_per_transaction") \
    X(ROI, "roi")                                   \
    X(ACTIVE_JOURNEYS, "active_journeys")           \
    X(EVENT_COUNT, "event_count")                   \
    X(INVENTORY, "inventory") /* which tenants, services, offices there are, since when */

enum kpi_id {
#define X(name, text) KPI_##name,
    KPI_LIST(X)
#undef X
        KPI_COUNT
};

enum kpi_direction { KPI_LOWER_IS_BETTER, KPI_HIGHER_IS_BETTER, KPI_NEUTRAL };
enum language { LANGUAGE_DE, LANGUAGE_EN, LANGUAGE_TR, LANGUAGE_AR, LANGUAGE_COUNT };

/* Forms of a text by a number in it, as CLDR names them; which number has which:
 * story/language.h. */
enum plural {
    PLURAL_ZERO,
    PLURAL_ONE,
    PLURAL_TWO,
    PLURAL_FEW,
    PLURAL_MANY,
    PLURAL_OTHER,
    PLURAL_COUNT
};

struct kpi_definition {
    enum kpi_id kpi;
    const char *id;
    uint32_t version;
    const char *unit; /* of `value`: "s", "working_days", "ratio", "count", "EUR", "score" */
    enum kpi_direction direction;
    const char *name[LANGUAGE_COUNT];
    const char *explanation[LANGUAGE_COUNT]; /* one sentence for a citizen */
    const char *population[LANGUAGE_COUNT];  /* exact; English where a language lacks them */
    const char *formula[LANGUAGE_COUNT];
    const char *exclusions[LANGUAGE_COUNT];
    /* What story/ says of it, by the number in it: {in}, {value}; {n} are still open. NULL:
     * nothing. */
    const char *sentence[LANGUAGE_COUNT][PLURAL_COUNT];
    const char *open[LANGUAGE_COUNT][PLURAL_COUNT];
    unsigned views;      /* bit per enum kpi_view that it can answer; 0: the view does not matter */
    unsigned clocks;     /* bit per enum kpi_clock */
    unsigned dimensions; /* bit per enum dimension (query/plan.h) that it can filter and group by */
    bool buckets;        /* it can be grouped by time */
    bool recurring;      /* ... also by weekday and hour of the day: no stock, none counted twice */
    bool flow;           /* a sum over time, which grows with the working days of a period */
    bool calendar;       /* it counts working days whatever the clock: ages of a stock */
    bool deadline;       /* it counts against deadlines: a question may say which */
    bool starts;         /* its clock may start when a case is complete */
    unsigned purposes;   /* bit per enum purpose whose journeys it can look at; 0: no choice */
    enum purpose purpose; /* ... when the question names none */
    bool within;          /* it counts what lasts no longer than a question says */
    bool ages;            /* it has a row for each age that a question names */
    bool censors;         /* in the intake view it counts open cases with the time they have had */
    bool top;             /* of many rows, it has the top ones */
    bool listed;          /* in GET /v1/kpis */
};

enum kpi_view { VIEW_CLOSING, VIEW_INTAKE, VIEW_COUNT };
enum kpi_start { START_RECEIVED, START_COMPLETE, START_COUNT };
enum kpi_clock {
    CLOCK_GROSS,
    CLOCK_WORKING_DAYS,
    CLOCK_OFFICE_HOURS, /* only while the tenant's offices are open */
    CLOCK_NET,          /* without the pauses, in which the applicant had to act */
    CLOCK_APPLICANT,    /* the pauses */
    CLOCK_TOUCH,        /* the minutes of work that the events tell of */
    CLOCK_COUNT
};

extern const struct kpi_definition kpi_catalogue[KPI_COUNT];

const struct kpi_definition *kpi_get(enum kpi_id kpi);
const struct kpi_definition *kpi_find(const char *id, size_t size); /* NULL: none of that id */

#endif
