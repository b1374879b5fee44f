/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef EVENT_TYPE_H
#define EVENT_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* type: the catalogue of event types, version 1, and the purpose whose journey an event belongs to.
 *
 * The numbers are on disk: append only, never reorder. At most 63 types, because a set of types is
 * a 64-bit mask. */

/* A purpose is what a subject is: its pseudonyms have a key of their own, and no two purposes are
 * ever joined by pseudonym. NONE holds events without a subject. */
#define PURPOSE_LIST(X)   \
    X(NONE, "none")       \
    X(VISIT, "visit")     \
    X(ATTEMPT, "attempt") \
    X(CASE, "case")       \
    X(APPOINTMENT, "appointment")

enum purpose {
#define X(name, text) PURPOSE_##name,
    PURPOSE_LIST(X)
#undef X
        PURPOSE_COUNT
};

/* What an event of a type must carry, besides id, time and type. */
enum type_requires {
    REQUIRES_SUBJECT = 1,
    REQUIRES_SERVICE = 2,
    REQUIRES_STEP = 4,
    REQUIRES_START = 8,
    REQUIRES_VALUE = 16,
    REQUIRES_CODE = 32
};

/* name, text, purpose, required fields. A service is required where a journey begins or where the
 * type makes no sense without one; later events of a journey take the service of its beginning. */
#define TYPE_LIST(X)                                                                          \
    X(FORM_STARTED, "form.started", ATTEMPT, REQUIRES_SUBJECT | REQUIRES_SERVICE)             \
    X(FORM_STEP, "form.step", ATTEMPT, REQUIRES_SUBJECT | REQUIRES_SERVICE | REQUIRES_STEP)   \
    X(FORM_ERROR, "form.error", ATTEMPT, REQUIRES_SUBJECT | REQUIRES_SERVICE | REQUIRES_STEP) \
    X(FORM_SAVED, "form.saved", ATTEMPT, REQUIRES_SUBJECT)                                    \
    X(FORM_RESUMED, "form.resumed", ATTEMPT, REQUIRES_SUBJECT)                                \
    X(FORM_SUBMITTED, "form.submitted", ATTEMPT, REQUIRES_SUBJECT)                            \
    X(FORM_INELIGIBLE, "form.ineligible", ATTEMPT, REQUIRES_SUBJECT)                          \
    X(FORM_FAILED, "form.failed", ATTEMPT, REQUIRES_SUBJECT)                                  \
    X(CASE_RECEIVED, "case.received", CASE, REQUIRES_SUBJECT | REQUIRES_SERVICE)              \
    X(CASE_COMPLETE, "case.complete", CASE, REQUIRES_SUBJECT)                                 \
    X(CASE_ASSIGNED, "case.assigned", CASE, REQUIRES_SUBJECT)                                 \
    X(CASE_ACTIVITY, "case.activity", CASE, REQUIRES_SUBJECT)                                 \
    X(CASE_REQUESTED, "case.requested", CASE, REQUIRES_SUBJECT)                               \
    X(CASE_REPLIED, "case.replied", CASE, REQUIRES_SUBJECT)                                   \
    X(CASE_DECIDED, "case.decided", CASE, REQUIRES_SUBJECT)                                   \
    X(CASE_DELIVERED, "case.delivered", CASE, REQUIRES_SUBJECT)                               \
    X(CASE_CLOSED, "case.closed", CASE, REQUIRES_SUBJECT)                                     \
    X(CASE_REOPENED, "case.reopened", CASE, REQUIRES_SUBJECT)                                 \
    X(CASE_WITHDRAWN, "case.withdrawn", CASE, REQUIRES_SUBJECT)                               \
    X(CASE_FORWARDED, "case.forwarded", CASE, REQUIRES_SUBJECT)                               \
    X(CASE_REJECTED, "case.rejected", CASE, REQUIRES_SUBJECT)                                 \
    X(APPOINTMENT_RESERVED, "appointment.reserved", APPOINTMENT, REQUIRES_SUBJECT)            \
    X(APPOINTMENT_PRECONFIRMED, "appointment.preconfirmed", APPOINTMENT, REQUIRES_SUBJECT)    \
    X(APPOINTMENT_CONFIRMED, "appointment.confirmed", APPOINTMENT,                            \
      REQUIRES_SUBJECT | REQUIRES_START)                                                      \
    X(APPOINTMENT_RESCHEDULED, "appointment.rescheduled", APPOINTMENT,                        \
      REQUIRES_SUBJECT | REQUIRES_START)                                                      \
    X(APPOINTMENT_CANCELLED, "appointment.cancelled", APPOINTMENT, REQUIRES_SUBJECT)          \
    X(APPOINTMENT_ARRIVED, "appointment.arrived", APPOINTMENT, REQUIRES_SUBJECT)              \
    X(APPOINTMENT_CALLED, "appointment.called", APPOINTMENT, REQUIRES_SUBJECT)                \
    X(APPOINTMENT_SHOWEDUP, "appointment.showedup", APPOINTMENT, REQUIRES_SUBJECT)            \
    X(APPOINTMENT_PARKED, "appointment.parked", APPOINTMENT, REQUIRES_SUBJECT)                \
    X(APPOINTMENT_RESUMED, "appointment.resumed", APPOINTMENT, REQUIRES_SUBJECT)              \
    X(APPOINTMENT_FINISHED, "appointment.finished", APPOINTMENT, REQUIRES_SUBJECT)            \
    X(APPOINTMENT_MISSED, "appointment.missed", APPOINTMENT, REQUIRES_SUBJECT)                \
    X(CAPACITY_PLANNED, "capacity.planned", NONE, REQUIRES_START | REQUIRES_VALUE)            \
    X(CAPACITY_FREE, "capacity.free", NONE, REQUIRES_START | REQUIRES_VALUE)                  \
    X(FEEDBACK_RATED, "feedback.rated", VISIT, REQUIRES_VALUE)                                \
    X(CONTACT_SUPPORT, "contact.support", VISIT, 0)                                           \
    X(PAGE_VIEWED, "page.viewed", VISIT, 0)                                                   \
    X(COST_BOOKED, "cost.booked", NONE, REQUIRES_VALUE | REQUIRES_CODE)                       \
    X(OUTAGE_BEGIN, "outage.begin", NONE, 0)                                                  \
    X(OUTAGE_END, "outage.end", NONE, 0)

enum event_type {
    TYPE_UNKNOWN,
#define X(name, text, purpose, requires) TYPE_##name,
    TYPE_LIST(X)
#undef X
        TYPE_COUNT
};

#define TYPE_BIT(type) (UINT64_C(1) << (type))

/* TYPE_UNKNOWN when the text names no type of the catalogue. */
enum event_type type_from_text(const char *text, size_t size);
const char *type_text(enum event_type type); /* static; "unknown" for TYPE_UNKNOWN */

extern const struct type_row {
    const char *text;
    uint32_t size;
    enum purpose purpose;
    unsigned requires_;
} type_rows[TYPE_COUNT];

/* Of an event that carries a subject. */
static inline enum purpose type_purpose(enum event_type type) {
    return type_rows[(unsigned)type < TYPE_COUNT ? type : TYPE_UNKNOWN].purpose;
}
/* Set of enum type_requires. */
static inline unsigned type_requires(enum event_type type) {
    return type_rows[(unsigned)type < TYPE_COUNT ? type : TYPE_UNKNOWN].requires_;
}
const char *purpose_text(enum purpose purpose); /* static */

/* How the citizen came; the numbers are on disk. */
#define CHANNEL_LIST(X) \
    X(ONLINE, "online") \
    X(APP, "app")       \
    X(PHONE, "phone")   \
    X(COUNTER, "counter") X(MAIL, "mail") X(ASSISTED, "assisted") X(OTHER, "other")
enum channel {
    CHANNEL_ABSENT,
#define X(name, text) CHANNEL_##name,
    CHANNEL_LIST(X)
#undef X
        CHANNEL_COUNT
};
enum channel channel_from_text(const char *text, size_t size); /* CHANNEL_ABSENT: not one of them */
const char *channel_text(enum channel channel);                /* static; "" when absent */

/* Class of device only; the numbers are on disk. */
#define DEVICE_LIST(X) \
    X(MOBILE, "mobile") X(DESKTOP, "desktop") X(TABLET, "tablet") X(KIOSK, "kiosk")
enum device {
    DEVICE_ABSENT,
#define X(name, text) DEVICE_##name,
    DEVICE_LIST(X)
#undef X
        DEVICE_COUNT
};
enum device device_from_text(const char *text, size_t size);
const char *device_text(enum device device);

#endif
