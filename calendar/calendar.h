/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CALENDAR_CALENDAR_H
#define CALENDAR_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/timezone.h"

/* calendar: which days are working days, region by region: Monday to Friday without the statutory
 * public holidays and the days on which a place's offices are closed; and the hours at which they
 * are open. Holidays are computed from the laws of the 16 Länder as in force since 1990 and
 * their changes since; before 1990 the law of 1990 is applied.
 *
 * A struct calendar covers a range of years for every region at once. It counts by prefix sums, so
 * that the working days and the office hours between two moments are two lookups, and it carries
 * the moments of midnight of its zone, so that nobody who uses it interprets a time zone. Immutable
 * once built, any thread. */

/* The 16 Länder by the first two digits of the ARS, then places whose holidays differ from their
 * Land's. REGION_GERMANY has the nine holidays of the whole country only: tenants outside 01..16.
 */
#define REGION_LIST(X)                                                               \
    X(GERMANY, "DE")                                                                 \
    X(SH, "SH")                                                                      \
    X(HH, "HH")                                                                      \
    X(NI, "NI")                                                                      \
    X(HB, "HB")                                                                      \
    X(NW, "NW")                                                                      \
    X(HE, "HE")                                                                      \
    X(RP, "RP")                                                                      \
    X(BW, "BW")                                                                      \
    X(BY, "BY")                                                                      \
    X(SL, "SL")                                                                      \
    X(BE, "BE")                                                                      \
    X(BB, "BB")                                                                      \
    X(MV, "MV")                                                                      \
    X(SN, "SN")                                                                      \
    X(ST, "ST")                                                                      \
    X(TH, "TH")                                                                      \
    X(BY_NO_ASSUMPTION, "BY-no-assumption")   /* mostly Protestant: not 15 August */ \
    X(BY_AUGSBURG, "BY-augsburg")             /* city: 8 August besides */           \
    X(SN_CORPUS_CHRISTI, "SN-corpus-christi") /* Catholic Sorbian parishes */        \
    X(TH_CORPUS_CHRISTI, "TH-corpus-christi") /* Eichsfeld */

enum region {
#define X(name, text) REGION_##name,
    REGION_LIST(X)
#undef X
        REGION_COUNT
};
const char *region_text(enum region region); /* static */

/* True when the law makes `day` (days since 1970-01-01) a public holiday there. Weekdays do not
 * matter. For years 1583 to 9999. */
bool calendar_is_holiday(enum region region, int64_t day);

enum {
    CALENDAR_YEAR_MIN = 1900,
    CALENDAR_YEAR_MAX = 2199,
    CALENDAR_RULES_MAX = 8192,  /* words that differ from the law */
    CALENDAR_PLACES_MAX = 1024, /* places that they speak of */
    OPENING_SPANS_MAX = 4
};
#define CALENDAR_VERSION "2026.1" /* goes up when a law changes a day */

/* When offices are open on one weekday: minutes of the wall clock, ascending. */
struct opening_span {
    uint16_t from_min, to_min;
};
struct opening {
    uint8_t span_count; /* 0: closed */
    struct opening_span span[OPENING_SPANS_MAX];
};
struct opening_week {
    struct opening day[7]; /* from Monday */
};

/* A place that is not like the rest of its Land. */
struct calendar_place {
    char ars[13]; /* first digits of the ARS: a municipality, or a whole district */
    enum region region;
};

/* Regions below REGION_COUNT are those of the law; from there on each is that of a place which has
 * days or hours of its own. */
struct calendar {
    const char *id; /* "de-NW-2026.1"; "de-*-2026.1": each tenant has that of its own region */
    const struct time_zone *zone;
    int64_t first_day;
    uint32_t day_count;
    const int64_t *day_start_ms; /* day_count + 1 moments of midnight */
    uint32_t region_count;
    const uint32_t **working;  /* [region][d]: working days among the first d days covered */
    const uint32_t *holidays;  /* [d]: the set of the law's regions in which it is a holiday */
    const enum region *law;    /* [region]: that of its Land, for the name */
    struct opening_week *week; /* [region] */
    const int64_t *
        *open_ms; /* [region][d]: office hours of the first d days; NULL: not asked for */
    uint32_t place_count;
    const struct calendar_place *places;
};

/* Years from..to (clipped to CALENDAR_YEAR_MIN..MAX) in the arena. `tenants` are the ARS that the
 * question is about, for the id only; tenant_count 0: all. `words`, NULL for none: what differs
 * from the law (calendar/rule.h). Known without being told: Augsburg, the Eichsfeld. The default
 * for Bavaria is that 15 August is a holiday, as in most of its municipalities; offices are open
 * from Monday to Friday, 8 to 16 o'clock. hours: open_ms is asked for. INVALID names the bad word.
 */
MUST_USE enum status calendar_build(const struct time_zone *zone, int64_t year_from,
                                    int64_t year_to, const char *words, const char *const *tenants,
                                    uint32_t tenant_count, bool hours, struct arena *arena,
                                    struct calendar **out, struct error *err);

/* The region of a tenant (ARS text, need not be NUL-terminated). Look it up once a tenant. */
enum region calendar_region(const struct calendar *calendar, const char *ars, size_t size);

/* Index of the day that holds the moment; -1: not covered. */
int64_t calendar_day(const struct calendar *calendar, int64_t utc_ms);

/* #{d : date(from) < d <= date(to), d a working day of the region}; 0 when `to` is before `from`;
 * -1 when one of the moments lies outside the years covered. */
int64_t calendar_working_days(const struct calendar *calendar, enum region region, int64_t from_ms,
                              int64_t to_ms);

/* A Saturday, a Sunday or a public holiday of the region, whatever its offices do; `day` is an
 * index into the calendar. */
bool calendar_is_day_off(const struct calendar *calendar, enum region region, int64_t day);

/* Milliseconds between two moments at which the region's offices are open: on weekdays with opening
 * hours that are neither holidays nor closing days. 0 and -1 as above. */
int64_t calendar_open_ms(const struct calendar *calendar, enum region region, int64_t from_ms,
                         int64_t to_ms);

#endif
