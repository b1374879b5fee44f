/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef EVENT_JOURNEY_H
#define EVENT_JOURNEY_H

#include <stdint.h>

#include "event/column.h"
#include "event/type.h"

/* journey: the row that all events of one subject fold into, per purpose. Numbers are on disk per
 * table: append only. Purposes with journeys: ATTEMPT, CASE, APPOINTMENT.
 *
 * Events fold in order of (time, arrival). "First" is the earliest time of that type, "last" the
 * latest. A dimension is that of the earliest event that has one; among events of one moment, of
 * the alphabetically smallest value. So any order of arrival gives the same row.
 *
 * ACTIVE_MS and SERVICE_MS end at UINT32_MAX, 49 days: that or more. */
#define JOURNEY_COMMON_LIST(X)                                  \
    X(TENANT, "tenant", CODE)                                   \
    X(SUBJECT, "subject", TOKEN)                                \
    X(SERVICE, "service", CODE)                                 \
    X(OFFICE, "office", CODE)                                   \
    X(CHANNEL, "channel", CHOICE)                               \
    X(LANG, "lang", CODE)                                       \
    X(DEVICE, "device", CHOICE)                                 \
    X(FIRST, "first", TIME) /* earliest event of the journey */ \
    X(LAST, "last", TIME)   /* latest event of the journey */   \
    X(EVENTS, "events", COUNT)                                  \
    X(FLAGS, "flags", CHOICE) /* or of the events' flags */

#define JOURNEY_ATTEMPT_LIST(X)                                                                   \
    X(SUBMITTED, "submitted", TIME) /* first of each */                                           \
    X(INELIGIBLE, "ineligible", TIME)                                                             \
    X(FAILED, "failed", TIME)                                                                     \
    X(SAVED, "saved", TIME)              /* last form.saved */                                    \
    X(ACTIVE_MS, "active_ms", COUNT)     /* sum of gaps between successive events up to the first \
                                            submission, each capped at JOURNEY_GAP_MS_MAX */      \
    X(STEPS, "steps", TOKEN)             /* bit k: step ordinal k was entered (form.step) */      \
    X(STEP_ERRORS, "step_errors", TOKEN) /* bit k: a check failed on step k (form.error) */       \
    X(LAST_STEP, "last_step", CHOICE)    /* 1 + ordinal of the last step entered; 0: none. Among  \
                                            steps of one moment the alphabetically last */        \
    X(LAST_STEP_TIME, "last_step_time", TIME)

/* Pauses: case.requested stops the authority's clock, the next case.replied starts it again; of one
 * moment the reply is the last. They count from the first received until the case stops: at its
 * first withdrawn, forwarded or rejected, when that is before E, else at E, which is its first
 * decided, else its first delivered, else its first closed. Where it has not stopped, PAUSED has
 * the pauses that have ended and PAUSED_SINCE the one that has not. */
#define JOURNEY_CASE_LIST(X)                                                            \
    X(RECEIVED, "received", TIME) /* first of each */                                   \
    X(COMPLETE, "complete", TIME)                                                       \
    X(DECIDED, "decided", TIME)                                                         \
    X(DELIVERED, "delivered", TIME)                                                     \
    X(CLOSED, "closed", TIME)                                                           \
    X(WITHDRAWN, "withdrawn", TIME)                                                     \
    X(FORWARDED, "forwarded", TIME)                                                     \
    X(REJECTED, "rejected", TIME)                                                       \
    X(REOPENED, "reopened", TIME)  /* first case.reopened */                            \
    X(END_LAST, "end_last", TIME)  /* last of decided..rejected, any of the six ends */ \
    X(REQUESTS, "requests", COUNT) /* number of case.requested */                       \
    X(REOPENINGS, "reopenings", COUNT)                                                  \
    X(MINUTES, "minutes", AMOUNT) /* sum of `minutes`, in millionths of a minute */     \
    X(PAUSED, "paused", AMOUNT)   /* ms between requests and their replies */           \
    X(PAUSED_COMPLETE, "paused_complete", AMOUNT) /* those before the first complete */ \
    X(PAUSED_SINCE, "paused_since", TIME)         /* the request that has no reply */

#define JOURNEY_APPOINTMENT_LIST(X)                                                           \
    X(RESERVED, "reserved", TIME) /* first of each */                                         \
    X(CONFIRMED, "confirmed", TIME)                                                           \
    X(START, "start", TIME)         /* planned start, from the last confirmed/rescheduled;    \
                                       of one moment the latest start */                      \
    X(START_SET, "start_set", TIME) /* when that was said */                                  \
    X(CANCELLED, "cancelled", TIME)                                                           \
    X(CANCELLED_BY, "cancelled_by", CHOICE) /* enum party of the first cancellation */        \
    X(ARRIVED, "arrived", TIME)                                                               \
    X(CALLED, "called", TIME)                                                                 \
    X(SHOWEDUP, "showedup", TIME)                                                             \
    X(FINISHED, "finished", TIME) /* first */                                                 \
    X(MISSED, "missed", TIME)                                                                 \
    X(SERVICE_MS, "service_ms", COUNT) /* sum of [showedup or resumed, finished or parked) */ \
    X(RESCHEDULINGS, "reschedulings", COUNT)                                                  \
    X(SERVING, "serving", TIME) /* start of a service interval that has not ended */

enum journey_column {
#define X(name, text, kind) JOURNEY_##name,
    JOURNEY_COMMON_LIST(X)
#undef X
        JOURNEY_COMMON_COUNT,
    JOURNEY_ATTEMPT_BASE_ = JOURNEY_COMMON_COUNT - 1,
#define X(name, text, kind) ATTEMPT_##name,
    JOURNEY_ATTEMPT_LIST(X)
#undef X
        ATTEMPT_COLUMN_COUNT,
    JOURNEY_CASE_BASE_ = JOURNEY_COMMON_COUNT - 1,
#define X(name, text, kind) CASE_##name,
    JOURNEY_CASE_LIST(X)
#undef X
        CASE_COLUMN_COUNT,
    JOURNEY_APPOINTMENT_BASE_ = JOURNEY_COMMON_COUNT - 1,
#define X(name, text, kind) APPOINTMENT_COLUMN_##name,
    JOURNEY_APPOINTMENT_LIST(X)
#undef X
        APPOINTMENT_COLUMN_COUNT,
    JOURNEY_COLUMN_COUNT_MAX = 32
};

enum party { PARTY_ABSENT, PARTY_CITIZEN, PARTY_OFFICE, PARTY_OTHER };

enum {
    JOURNEY_GAP_MS_MAX = 5 * 60 * 1000, /* a longer pause in a form is not work on it */
    JOURNEY_STEPS_MAX = 64              /* distinct form steps of one service of one tenant */
};

/* Columns of a purpose's journey table; 0 for purposes without journeys. */
uint32_t journey_column_count(enum purpose purpose);
enum column_kind journey_column_kind(enum purpose purpose, uint32_t column);
const char *journey_column_text(enum purpose purpose, uint32_t column); /* static */

#endif
