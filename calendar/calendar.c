/* SPDX-License-Identifier: EUPL-1.2 */
#include "calendar/calendar.h"

#include <stdio.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/timestamp.h"

enum { DAY_MS = 86400000 };

static const char *const region_texts[REGION_COUNT] = {
#define X(name, text) [REGION_##name] = text,
    REGION_LIST(X)
#undef X
};

const char *region_text(enum region region) {
    return region_texts[region];
}

/* --- the law --- */

/* Regions as sets. Every place counts with its Land; the table names the differences. */
#define R(name)    (1u << REGION_##name)
#define BAVARIA    (R(BY) | R(BY_NO_ASSUMPTION) | R(BY_AUGSBURG))
#define SAXONY     (R(SN) | R(SN_CORPUS_CHRISTI))
#define THURINGIA  (R(TH) | R(TH_CORPUS_CHRISTI))
#define EVERYWHERE ((1u << REGION_COUNT) - 1)
#define REUNIFIED  (R(BB) | R(MV) | SAXONY | R(ST) | THURINGIA)
#define NORTH      (R(HB) | R(HH) | R(NI) | R(SH))
#define ALWAYS     0, 9999

enum base_day {
    FIXED,
    EASTER, /* counted from Easter Sunday */
    PENANCE /* the Wednesday before 23 November */
};

struct holiday {
    enum base_day base;
    int month, day; /* EASTER: `day` counts from Easter Sunday */
    int year_from, year_to;
    uint32_t regions;
};

/* One row a rule. Easter Sunday and Whit Sunday are named in Brandenburg's law only; being Sundays
 * they change no working day. */
static const struct holiday holidays[] = {
    {FIXED, 1, 1, ALWAYS, EVERYWHERE},              /* Neujahr */
    {FIXED, 1, 6, ALWAYS, R(BW) | BAVARIA | R(ST)}, /* Heilige Drei Könige */
    {FIXED, 3, 8, 2019, 9999, R(BE)},               /* Frauentag */
    {FIXED, 3, 8, 2023, 9999, R(MV)},
    {EASTER, 0, -2, ALWAYS, EVERYWHERE}, /* Karfreitag */
    {EASTER, 0, 0, ALWAYS, R(BB)},       /* Ostersonntag */
    {EASTER, 0, 1, ALWAYS, EVERYWHERE},  /* Ostermontag */
    {FIXED, 5, 1, ALWAYS, EVERYWHERE},   /* Tag der Arbeit */
    {FIXED, 5, 8, 2020, 2020, R(BE)},    /* Tag der Befreiung */
    {FIXED, 5, 8, 2025, 2025, R(BE)},
    {EASTER, 0, 39, ALWAYS, EVERYWHERE}, /* Christi Himmelfahrt */
    {EASTER, 0, 49, ALWAYS, R(BB)},      /* Pfingstsonntag */
    {EASTER, 0, 50, ALWAYS, EVERYWHERE}, /* Pfingstmontag */
    {EASTER, 0, 60, ALWAYS,              /* Fronleichnam */
     R(BW) | BAVARIA | R(HE) | R(NW) | R(RP) | R(SL) | R(SN_CORPUS_CHRISTI) | R(TH_CORPUS_CHRISTI)},
    {FIXED, 6, 17, 2028, 2028, R(BE)},                                /* Aufstand von 1953 */
    {FIXED, 8, 8, ALWAYS, R(BY_AUGSBURG)},                            /* Friedensfest */
    {FIXED, 8, 15, ALWAYS, (BAVARIA & ~R(BY_NO_ASSUMPTION)) | R(SL)}, /* Mariä Himmelfahrt */
    {FIXED, 9, 20, 2019, 9999, THURINGIA},                            /* Weltkindertag */
    {FIXED, 10, 3, 1990, 9999, EVERYWHERE},                           /* Deutsche Einheit */
    {FIXED, 10, 31, ALWAYS, REUNIFIED},                               /* Reformationstag */
    {FIXED, 10, 31, 2017, 2017, EVERYWHERE},
    {FIXED, 10, 31, 2018, 9999, NORTH},
    {FIXED, 11, 1, ALWAYS, R(BW) | BAVARIA | R(NW) | R(RP) | R(SL)}, /* Allerheiligen */
    {PENANCE, 0, 0, 0, 1994, EVERYWHERE},                            /* Buß- und Bettag */
    {PENANCE, 0, 0, 1995, 9999, SAXONY},
    {FIXED, 12, 25, ALWAYS, EVERYWHERE}, /* Weihnachten */
    {FIXED, 12, 26, ALWAYS, EVERYWHERE},
};
enum { HOLIDAYS = sizeof holidays / sizeof *holidays };

/* Gauss's rule as Lichtenberg and Hartmann completed it: the day of March, counted on into April.
 */
static int64_t easter_sunday(int64_t year) {
    int64_t century = year / 100;
    int64_t moon_shift = 15 + (3 * century + 3) / 4 - (8 * century + 13) / 25;
    int64_t sun_shift = 2 - (3 * century + 3) / 4;
    int64_t moon = year % 19;
    int64_t seed = (19 * moon + moon_shift) % 30;
    int64_t correction = (seed + moon / 11) / 29;
    int64_t full_moon = 21 + seed - correction;
    int64_t first_sunday = 7 - (year + year / 4 + sun_shift) % 7;
    int64_t distance = 7 - (full_moon - first_sunday) % 7;
    return timestamp_days_from_civil(year, 3, 1) + full_moon + distance - 1;
}

static int weekday(int64_t day) { /* 0: Sunday; 1970-01-01 was a Thursday */
    return (int)(((day + 4) % 7 + 7) % 7);
}

static int64_t holiday_day(const struct holiday *holiday, int64_t year) {
    switch (holiday->base) {
        case EASTER: return easter_sunday(year) + holiday->day;
        case PENANCE: { /* eleven days before the first Sunday in Advent: 16 to 22 November */
            int64_t last = timestamp_days_from_civil(year, 11, 22);
            return last - (weekday(last) - 3 + 7) % 7;
        }
        default: return timestamp_days_from_civil(year, holiday->month, holiday->day);
    }
}

bool calendar_is_holiday(enum region region, int64_t day) {
    int64_t year;
    int month, day_of_month;
    timestamp_civil_from_days(day, &year, &month, &day_of_month);
    for (size_t i = 0; i < HOLIDAYS; i++) {
        const struct holiday *holiday = &holidays[i];
        if (year < holiday->year_from || year > holiday->year_to) continue;
        if ((holiday->regions >> region & 1) != 0 && holiday_day(holiday, year) == day) return true;
    }
    return false;
}

/* --- the words --- */

/* Places that differ from their Land by law, known without being told. */
static const struct calendar_place known_places[] = {
    {"09761", REGION_BY_AUGSBURG},
    {"16061", REGION_TH_CORPUS_CHRISTI},
};
enum { KNOWN_PLACES = sizeof known_places / sizeof *known_places };

struct words {
    bool off_december_24, off_december_31;
    struct calendar_place *places;
    uint32_t place_count;
    uint32_t checksum;
};

static bool parse_place(const char *word, size_t size, struct calendar_place *place) {
    const char *equals = memchr(word, '=', size);
    if (equals == NULL) return false;
    size_t digits = (size_t)(equals - word), name_size = size - digits - 1;
    if (digits < 2 || digits > 12 || strspn(word, "0123456789") != digits) return false;
    memset(place->ars, 0, sizeof place->ars);
    memcpy(place->ars, word, digits);
    for (enum region region = 0; region < REGION_COUNT; region++) {
        place->region = region;
        const char *text = region_texts[region];
        if (strlen(text) == name_size && memcmp(text, equals + 1, name_size) == 0) return true;
    }
    return false;
}

static enum status parse_word(const char *word, size_t size, struct words *out, struct error *err) {
    if (size == 5 && memcmp(word, "12-24", size) == 0) {
        out->off_december_24 = true;
    } else if (size == 5 && memcmp(word, "12-31", size) == 0) {
        out->off_december_31 = true;
    } else if (out->place_count == CALENDAR_PLACES_MAX + KNOWN_PLACES) {
        return error_set(err, STATUS_TOO_LARGE, "calendar: more than %d places",
                         (int)CALENDAR_PLACES_MAX);
    } else if (parse_place(word, size, &out->places[out->place_count])) {
        out->place_count++;
    } else {
        return error_set(err, STATUS_INVALID,
                         "calendar: \"%.*s\" is none of 12-24, 12-31, <first digits of the "
                         "ARS>=<region>, as in 095640000000=BY-no-assumption",
                         (int)(size > 40 ? 40 : size), word);
    }
    return STATUS_OK;
}

static enum status parse_words(const char *text, struct words *out, struct arena *arena,
                               struct error *err) {
    size_t commas = 1;
    for (const char *at = text; at != NULL && *at != '\0'; at++) commas += *at == ',';
    if (commas > CALENDAR_PLACES_MAX) commas = CALENDAR_PLACES_MAX;
    out->places = arena_push_array(arena, struct calendar_place, commas + KNOWN_PLACES);
    if (out->places == NULL)
        return error_set(err, STATUS_NO_MEMORY, "calendar: memory budget used up");
    memcpy(out->places, known_places, sizeof known_places);
    out->place_count = KNOWN_PLACES;
    if (text == NULL) return STATUS_OK;
    out->checksum = crc32c(text, strlen(text));
    for (const char *at = text; *at != '\0';) {
        size_t size = strcspn(at, ",");
        if (size > 0) TRY(parse_word(at, size, out, err));
        at += size + (at[size] == ',');
    }
    return STATUS_OK;
}

/* --- the days --- */

/* For each day covered, the set of regions in which it is no working day. */
static uint32_t *days_off(int64_t year_from, int64_t year_to, int64_t first_day, uint32_t day_count,
                          const struct words *words, struct arena *arena) {
    uint32_t *off = arena_push_array(arena, uint32_t, day_count);
    if (off == NULL) return NULL;
    for (uint32_t d = 0; d < day_count; d++) {
        int day = weekday(first_day + d);
        if (day == 0 || day == 6) off[d] = EVERYWHERE;
    }
    for (int64_t year = year_from; year <= year_to; year++) {
        for (size_t i = 0; i < HOLIDAYS; i++) {
            const struct holiday *holiday = &holidays[i];
            if (year >= holiday->year_from && year <= holiday->year_to)
                off[holiday_day(holiday, year) - first_day] |= holiday->regions;
        }
        int64_t december = timestamp_days_from_civil(year, 12, 1) - first_day;
        if (words->off_december_24) off[december + 23] = EVERYWHERE;
        if (words->off_december_31) off[december + 30] = EVERYWHERE;
    }
    return off;
}

static bool build_days(struct calendar *calendar, const struct time_zone *zone, const uint32_t *off,
                       struct arena *arena) {
    const uint32_t day_count = calendar->day_count;
    int64_t *starts = arena_push_raw(arena, day_count + 1, sizeof *starts);
    if (starts == NULL) return false;
    for (uint32_t d = 0; d <= day_count; d++)
        starts[d] = timezone_day_start_ms(zone, calendar->first_day + d);
    calendar->day_start_ms = starts;
    for (enum region region = 0; region < REGION_COUNT; region++) {
        uint32_t *working = arena_push_raw(arena, day_count + 1, sizeof *working);
        if (working == NULL) return false;
        working[0] = 0;
        for (uint32_t d = 0; d < day_count; d++)
            working[d + 1] = working[d] + ((off[d] >> region & 1) == 0);
        calendar->working[region] = working;
    }
    return true;
}

/* The region that all tenants asked for share; NULL: more than one. */
static const char *shared_region(const struct calendar *calendar, const char *const *tenants,
                                 uint32_t tenant_count) {
    const char *shared = NULL;
    for (uint32_t i = 0; i < tenant_count; i++) {
        const char *text = region_text(calendar_region(calendar, tenants[i], strlen(tenants[i])));
        if (shared != NULL && shared != text) return NULL;
        shared = text;
    }
    return shared;
}

static const char *build_id(const struct calendar *calendar, const struct words *words,
                            const char *const *tenants, uint32_t tenant_count,
                            struct arena *arena) {
    char places[24] = "";
    if (words->place_count > KNOWN_PLACES)
        (void)snprintf(places, sizeof places, "+places.%08x", words->checksum);
    const char *region = shared_region(calendar, tenants, tenant_count);
    return arena_format(arena, "de-%s-" CALENDAR_VERSION "%s%s%s", region == NULL ? "*" : region,
                        words->off_december_24 ? "+12-24" : "",
                        words->off_december_31 ? "+12-31" : "", places);
}

static int64_t clip_year(int64_t year) {
    return year < CALENDAR_YEAR_MIN   ? CALENDAR_YEAR_MIN
           : year > CALENDAR_YEAR_MAX ? CALENDAR_YEAR_MAX
                                      : year;
}

enum status calendar_build(const struct time_zone *zone, int64_t year_from, int64_t year_to,
                           const char *words, const char *const *tenants, uint32_t tenant_count,
                           struct arena *arena, struct calendar **out, struct error *err) {
    struct words parsed = {0};
    TRY(parse_words(words, &parsed, arena, err));
    year_from = clip_year(year_from);
    year_to = clip_year(year_to);
    CHECK(year_from <= year_to);
    struct calendar *calendar = arena_push_array(arena, struct calendar, 1);
    if (calendar == NULL) goto no_memory;
    calendar->first_day = timestamp_days_from_civil(year_from, 1, 1);
    calendar->day_count =
        (uint32_t)(timestamp_days_from_civil(year_to + 1, 1, 1) - calendar->first_day);
    calendar->places = parsed.places;
    calendar->place_count = parsed.place_count;
    const uint32_t *off =
        days_off(year_from, year_to, calendar->first_day, calendar->day_count, &parsed, arena);
    if (off == NULL || !build_days(calendar, zone, off, arena)) goto no_memory;
    calendar->id = build_id(calendar, &parsed, tenants, tenant_count, arena);
    if (calendar->id == NULL) goto no_memory;
    *out = calendar;
    return STATUS_OK;
no_memory:
    return error_set(err, STATUS_NO_MEMORY, "calendar: memory budget used up");
}

/* --- questions --- */

static enum region region_of_land(const char *ars, size_t size) {
    if (size < 2 || ars[0] < '0' || ars[0] > '1' || ars[1] < '0' || ars[1] > '9')
        return REGION_GERMANY;
    int land = (ars[0] - '0') * 10 + ars[1] - '0';
    return land >= REGION_SH && land <= REGION_TH ? (enum region)land : REGION_GERMANY;
}

/* The place with the most digits wins; of equals the later, so that words override what is known.
 */
enum region calendar_region(const struct calendar *calendar, const char *ars, size_t size) {
    enum region region = region_of_land(ars, size);
    size_t longest = 0;
    for (uint32_t i = 0; i < calendar->place_count; i++) {
        const struct calendar_place *place = &calendar->places[i];
        size_t digits = strlen(place->ars);
        if (digits < longest || digits > size || memcmp(place->ars, ars, digits) != 0) continue;
        longest = digits;
        region = place->region;
    }
    return region;
}

/* Index of the day; -1: not covered. */
static int64_t day_of(const struct calendar *calendar, int64_t utc_ms) {
    const int64_t *starts = calendar->day_start_ms;
    if (utc_ms < starts[0] || utc_ms >= starts[calendar->day_count]) return -1;
    int64_t day = (utc_ms - starts[0]) / DAY_MS; /* off by what the zone's offset has changed */
    if (day >= calendar->day_count) day = calendar->day_count - 1;
    while (starts[day] > utc_ms) day--;
    while (starts[day + 1] <= utc_ms) day++;
    return day;
}

int64_t calendar_working_days(const struct calendar *calendar, enum region region, int64_t from_ms,
                              int64_t to_ms) {
    int64_t from = day_of(calendar, from_ms), to = day_of(calendar, to_ms);
    if (from < 0 || to < 0) return -1;
    if (to <= from) return 0;
    const uint32_t *working = calendar->working[region];
    return (int64_t)working[to + 1] - (int64_t)working[from + 1];
}
