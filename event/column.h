/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef EVENT_COLUMN_H
#define EVENT_COLUMN_H

#include <stddef.h>
#include <stdint.h>

/* column: the columns of the event table, in memory and on disk. A field of the event model is a
 * column; subject and link are columns of pseudonyms; the id is no column (it serves deduplication
 * only, as a keyed hash). Numbers are on disk: append only. */

/* kind      C type     absent is
 * TIME      int64_t    TIME_ABSENT     UTC milliseconds
 * CODE      uint32_t   0               a string's code in the dictionary at hand
 * CHOICE    uint8_t    0               a small enumeration or a set of bits
 * TOKEN     uint64_t   0               a pseudonym, or a set of bits
 * NUMBER    double     NaN
 * COUNT     uint32_t   0 is zero       a count or a length in milliseconds
 * AMOUNT    int64_t    0 is zero       a fixed-point sum, in millionths */
enum column_kind {
    KIND_TIME,
    KIND_CODE,
    KIND_CHOICE,
    KIND_TOKEN,
    KIND_NUMBER,
    KIND_COUNT,
    KIND_AMOUNT
};

#define TIME_ABSENT INT64_MIN
#define TIME_SOME   (INT64_MIN + 1) /* there is one: nobody asked which. Before all others */

static inline size_t column_kind_bytes(enum column_kind kind) {
    return kind == KIND_CHOICE ? 1 : kind == KIND_CODE || kind == KIND_COUNT ? 4 : 8;
}

enum { EXTRA_DIMENSIONS_MAX = 16, EXTRA_MEASURES_MAX = 8 };

#define COLUMN_LIST(X)                                                                    \
    X(TIME, "time", TIME)        /* occurrence */                                         \
    X(TYPE, "type", CHOICE)      /* enum event_type */                                    \
    X(SUBJECT, "subject", TOKEN) /* pseudonym within (tenant, purpose); 0: no subject */  \
    X(TENANT, "tenant", CODE)    /* ARS, 12 digits */                                     \
    X(SERVICE, "service", CODE)                                                           \
    X(OFFICE, "office", CODE)                                                             \
    X(CHANNEL, "channel", CHOICE) /* enum channel */                                      \
    X(STEP, "step", CODE)                                                                 \
    X(FIELD, "field", CODE)                                                               \
    X(CODE, "code", CODE)                                                                 \
    X(START, "start", TIME) /* planned start of the appointment or slot */                \
    X(LINK, "link", TOKEN)  /* pseudonym of the link token */                             \
    X(COUNTRY, "country", CODE)                                                           \
    X(LANG, "lang", CODE)                                                                 \
    X(DEVICE, "device", CHOICE)   /* enum device */                                       \
    X(VALUE, "value", NUMBER)     /* rating 1..5, EUR cents, slots or minutes, by type */ \
    X(MINUTES, "minutes", NUMBER) /* staff minutes spent on this event */                 \
    X(RECORDED, "recorded", TIME) /* when the source system wrote it down */              \
    X(SOURCE, "source", CODE)     /* name of the source, from its token or the import */  \
    X(ARRIVAL, "arrival", TIME)   /* when Pegel received it */                            \
    X(FLAGS, "flags", CHOICE)     /* enum event_flags */

enum column {
#define X(name, text, kind) COLUMN_##name,
    COLUMN_LIST(X)
#undef X
        COLUMN_DIMENSION_0, /* what a tenant declared: EXTRA_DIMENSIONS_MAX of KIND_CODE */
    COLUMN_MEASURE_0 = COLUMN_DIMENSION_0 + EXTRA_DIMENSIONS_MAX, /* ... of KIND_NUMBER */
    COLUMN_COUNT = COLUMN_MEASURE_0 + EXTRA_MEASURES_MAX
};

#define COLUMN_BIT(column) (UINT64_C(1) << (column))

enum event_flags {
    EVENT_LATE = 1,     /* came more than EVENT_LATE_MS after it occurred, by `recorded` if given */
    EVENT_IMPORTED = 2, /* came from a file: its arrival says nothing about lateness */
    EVENT_BEHIND = 4    /* known (event_known_ms) more than EVENT_LATE_MS after it occurred */
};
#define EVENT_LATE_MS INT64_C(86400000)

/* Since when an event is known, for questions about a moment in the past: since it arrived. A file
 * that is imported brings what was known long before: since its source wrote it down, or else since
 * it occurred. docs/decisions/0010. */
static inline int64_t event_known_ms(unsigned flags, int64_t time_ms, int64_t recorded_ms,
                                     int64_t arrival_ms) {
    const int64_t told_ms = recorded_ms != TIME_ABSENT ? recorded_ms : time_ms;
    return (flags & EVENT_IMPORTED) != 0 && told_ms < arrival_ms ? told_ms : arrival_ms;
}

extern const uint8_t column_kinds[COLUMN_COUNT]; /* enum column_kind */
static inline enum column_kind column_kind(enum column column) {
    return (enum column_kind)column_kinds[column];
}
const char *column_text(enum column column); /* static: "time", "dimension.0", ... */

#endif
