/* SPDX-License-Identifier: EUPL-1.2 */
#include "calendar/calendar.h"

#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "calendar/rule.h"

enum { DAY_MS = 86400000, MINUTE_MS = 60000 };

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

static bool is_weekend(int64_t day) {
    return timestamp_weekday(day) >= 5;
}

static int64_t holiday_day(const struct holiday *holiday, int64_t year) {
    switch (holiday->base) {
        case EASTER: return easter_sunday(year) + holiday->day;
        case PENANCE: { /* eleven days before the first Sunday in Advent: 16 to 22 November */
            int64_t last = timestamp_days_from_civil(year, 11, 22);
            return last - (timestamp_weekday(last) + 7 - 2) % 7;
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

/* --- places --- */

/* Places that differ from their Land by law, known without being told. */
static const struct calendar_place known_places[] = {
    {"09761", REGION_BY_AUGSBURG},
    {"16061", REGION_TH_CORPUS_CHRISTI},
};
enum { KNOWN_PLACES = sizeof known_places / sizeof *known_places };

static enum region region_of_land(const char *ars, size_t size) {
    if (size < 2 || ars[0] < '0' || ars[0] > '1' || ars[1] < '0' || ars[1] > '9')
        return REGION_GERMANY;
    int land = (ars[0] - '0') * 10 + ars[1] - '0';
    return land >= REGION_SH && land <= REGION_TH ? (enum region)land : REGION_GERMANY;
}

/* What the law says of a place: the words with the most digits win; of equals the later, so that
 * words override what is known. */
static enum region law_of_place(const struct rules *rules, const char *ars) {
    const size_t size = strlen(ars);
    enum region region = region_of_land(ars, size);
    size_t longest = 0;
    for (uint32_t i = 0; i < KNOWN_PLACES; i++) {
        const size_t digits = strlen(known_places[i].ars);
        if (digits > size || memcmp(known_places[i].ars, ars, digits) != 0) continue;
        longest = digits;
        region = known_places[i].region;
    }
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rule[i];
        if (rule->kind != RULE_REGION || !rule_covers(rule, ars, size)) continue;
        if (strlen(rule->ars) < longest) continue;
        longest = strlen(rule->ars);
        region = rule->region;
    }
    return region;
}

/* Some rule for places makes its days or hours other than those of its region. */
static bool has_own_days(const struct rules *rules, const char *ars) {
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rule[i];
        if (rule->kind != RULE_REGION && rule->ars[0] != '\0' &&
            rule_covers(rule, ars, strlen(ars)))
            return true;
    }
    return false;
}

static void add_place(struct calendar_place *places, uint32_t *count, const char *ars) {
    for (uint32_t i = 0; i < *count; i++)
        if (strcmp(places[i].ars, ars) == 0) return;
    memcpy(places[*count].ars, ars, sizeof places->ars);
    ++*count;
}

/* Every place that a rule names, with its region; `place_of` tells whose region is one's own. */
static enum status build_places(struct calendar *calendar, const struct rules *rules,
                                const char **place_of, struct arena *arena, struct error *err) {
    struct calendar_place *places =
        arena_push_array(arena, struct calendar_place, CALENDAR_PLACES_MAX + KNOWN_PLACES + 1);
    enum region *law = arena_push_array(arena, enum region, REGION_COUNT + CALENDAR_PLACES_MAX);
    if (places == NULL || law == NULL)
        return error_set(err, STATUS_NO_MEMORY, "calendar: memory budget used up");
    for (uint32_t i = 0; i < KNOWN_PLACES; i++)
        add_place(places, &calendar->place_count, known_places[i].ars);
    for (uint32_t i = 0; i < rules->count; i++) {
        if (calendar->place_count == CALENDAR_PLACES_MAX)
            return error_set(err, STATUS_TOO_LARGE, "calendar: more than %d places",
                             (int)CALENDAR_PLACES_MAX);
        if (rules->rule[i].ars[0] != '\0')
            add_place(places, &calendar->place_count, rules->rule[i].ars);
    }
    calendar->region_count = REGION_COUNT;
    for (enum region region = 0; region < REGION_COUNT; region++) law[region] = region;
    for (uint32_t i = 0; i < calendar->place_count; i++) {
        places[i].region = law_of_place(rules, places[i].ars);
        if (!has_own_days(rules, places[i].ars)) continue;
        law[calendar->region_count] = places[i].region;
        place_of[calendar->region_count] = places[i].ars;
        places[i].region = (enum region)calendar->region_count++;
    }
    calendar->places = places;
    calendar->law = law;
    return STATUS_OK;
}

/* --- the days --- */

/* For each day covered, the set of the law's regions in which it is a holiday. */
static uint32_t *holidays_of(const struct calendar *calendar, int64_t year_from, int64_t year_to,
                             struct arena *arena) {
    uint32_t *off = arena_push_array(arena, uint32_t, calendar->day_count);
    for (int64_t year = year_from; off != NULL && year <= year_to; year++) {
        for (size_t i = 0; i < HOLIDAYS; i++) {
            const struct holiday *holiday = &holidays[i];
            if (year >= holiday->year_from && year <= holiday->year_to)
                off[holiday_day(holiday, year) - calendar->first_day] |= holiday->regions;
        }
    }
    return off;
}

/* Marks the days on which a rule closes offices. */
static void close_days(const struct calendar *calendar, const struct rule *rule, bool *closed) {
    const int64_t end = calendar->first_day + calendar->day_count;
    int64_t from, to;
    int month, day;
    timestamp_civil_from_days(calendar->first_day, &from, &month, &day);
    timestamp_civil_from_days(end - 1, &to, &month, &day);
    for (int64_t year = from; year <= to; year++) {
        if (rule->year != 0 && rule->year != year) continue;
        if (rule->day > timestamp_days_in_month(year, rule->month)) continue; /* 29 February */
        closed[timestamp_days_from_civil(year, rule->month, rule->day) - calendar->first_day] =
            true;
    }
}

static bool is_holiday(const struct calendar *calendar, enum region region, int64_t day) {
    return (calendar->holidays[day] >> calendar->law[region] & 1) != 0;
}

/* The days on which the offices of a region are closed whatever the weekday. place: whose region it
 * is; NULL: of the law. */
static void find_closed(const struct calendar *calendar, const struct rules *rules,
                        enum region region, const char *place, bool *closed) {
    for (uint32_t d = 0; d < calendar->day_count; d++) closed[d] = is_holiday(calendar, region, d);
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rule[i];
        if (rule->kind != RULE_CLOSED) continue;
        if (rule->ars[0] == '\0' || (place != NULL && rule_covers(rule, place, strlen(place))))
            close_days(calendar, rule, closed);
    }
}

/* The hours of a place are those said of it, or of the smallest place around it of which any are
 * said; else those said of all. */
static struct opening_week find_week(const struct rules *rules, const char *place) {
    struct opening_week week = {0};
    const char *named = NULL;
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rule[i];
        if (rule->kind != RULE_HOURS) continue;
        if (rule->ars[0] != '\0' && (place == NULL || !rule_covers(rule, place, strlen(place))))
            continue;
        if (named == NULL || strlen(rule->ars) > strlen(named)) named = rule->ars;
    }
    for (int day = 0; day < 5 && named == NULL; day++)
        week.day[day] = (struct opening){.span_count = 1, .span = {{8 * 60, 16 * 60}}};
    for (uint32_t i = 0; i < rules->count && named != NULL; i++) {
        const struct rule *rule = &rules->rule[i];
        if (rule->kind != RULE_HOURS || strcmp(rule->ars, named) != 0) continue;
        for (int day = 0; day < 7; day++)
            if ((rule->weekdays >> day & 1) != 0) week.day[day] = rule->opening;
    }
    return week;
}

static const struct opening *opening_of(const struct calendar *calendar, enum region region,
                                        int64_t day) {
    return &calendar->week[region].day[timestamp_weekday(calendar->first_day + day)];
}

/* The moment of a minute of the wall clock. Only on the days on which the clocks change it is not
 * just so long after midnight. */
static int64_t moment_of(const struct calendar *calendar, int64_t day, uint16_t minute) {
    const int64_t begin_ms = calendar->day_start_ms[day], end_ms = calendar->day_start_ms[day + 1];
    if (end_ms - begin_ms == DAY_MS) return begin_ms + (int64_t)minute * MINUTE_MS;
    return timezone_utc_ms(calendar->zone,
                           (calendar->first_day + day) * DAY_MS + (int64_t)minute * MINUTE_MS);
}

/* Office hours of a day that is not closed, until the moment. */
static int64_t open_until(const struct calendar *calendar, enum region region, int64_t day,
                          int64_t until_ms) {
    const struct opening *opening = opening_of(calendar, region, day);
    int64_t sum_ms = 0;
    for (uint8_t i = 0; i < opening->span_count; i++) {
        const int64_t from_ms = moment_of(calendar, day, opening->span[i].from_min);
        const int64_t to_ms = moment_of(calendar, day, opening->span[i].to_min);
        if (until_ms > from_ms) sum_ms += (until_ms < to_ms ? until_ms : to_ms) - from_ms;
    }
    return sum_ms;
}

static bool build_region(struct calendar *calendar, const struct rules *rules, const bool *closed,
                         enum region region, const char *place, bool hours, struct arena *arena) {
    const uint32_t day_count = calendar->day_count;
    uint32_t *working = arena_push_raw(arena, day_count + 1, sizeof *working);
    int64_t *open_ms = hours ? arena_push_raw(arena, day_count + 1, sizeof *open_ms) : NULL;
    if (working == NULL || (hours && open_ms == NULL)) return false;
    calendar->week[region] = find_week(rules, place);
    working[0] = 0;
    for (uint32_t d = 0; d < day_count; d++)
        working[d + 1] = working[d] + (!is_weekend(calendar->first_day + d) && !closed[d]);
    calendar->working[region] = working;
    if (!hours) return true;
    open_ms[0] = 0;
    for (uint32_t d = 0; d < day_count; d++)
        open_ms[d + 1] = open_ms[d] + (closed[d] ? 0 : open_until(calendar, region, d, INT64_MAX));
    calendar->open_ms[region] = open_ms;
    return true;
}

static bool build_days(struct calendar *calendar, const struct rules *rules,
                       const char *const *place_of, bool hours, struct arena *arena) {
    const uint32_t regions = calendar->region_count;
    int64_t *starts = arena_push_raw(arena, calendar->day_count + 1, sizeof *starts);
    bool *closed = arena_push_array(arena, bool, calendar->day_count);
    calendar->working = arena_push_array(arena, const uint32_t *, regions);
    calendar->week = arena_push_array(arena, struct opening_week, regions);
    calendar->open_ms = hours ? arena_push_array(arena, const int64_t *, regions) : NULL;
    if (starts == NULL || closed == NULL || calendar->working == NULL || calendar->week == NULL ||
        (hours && calendar->open_ms == NULL))
        return false;
    for (uint32_t d = 0; d <= calendar->day_count; d++)
        starts[d] = timezone_day_start_ms(calendar->zone, calendar->first_day + d);
    calendar->day_start_ms = starts;
    for (enum region region = 0; region < regions; region++) {
        find_closed(calendar, rules, region, place_of[region], closed);
        if (!build_region(calendar, rules, closed, region, place_of[region], hours, arena))
            return false;
    }
    return true;
}

/* --- the id --- */

struct asked { /* whom the question is about */
    const char *const *tenants;
    uint32_t count; /* 0: all */
};

/* The region that all tenants asked for share; NULL: more than one. */
static const char *shared_region(const struct calendar *calendar, const struct asked *asked) {
    const char *shared = NULL;
    for (uint32_t i = 0; i < asked->count; i++) {
        const char *ars = asked->tenants[i];
        const char *text = region_text(calendar->law[calendar_region(calendar, ars, strlen(ars))]);
        if (shared != NULL && shared != text) return NULL;
        shared = text;
    }
    return shared;
}

/* The tenants asked for that a rule speaks of. */
static uint32_t covered(const struct rule *rule, const struct asked *asked) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < asked->count; i++)
        count += rule_covers(rule, asked->tenants[i], strlen(asked->tenants[i]));
    return count;
}

/* "+12-24+2026-02-16": the days that are closed for all tenants asked for, each named while they
 * are few. */
static void list_days(const struct rules *rules, const struct asked *asked, char *list,
                      size_t list_bytes) {
    enum { DAYS_NAMED_MAX = 8 };
    uint32_t count = 0;
    size_t used = 0;
    list[0] = '\0';
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rule[i];
        if (rule->kind != RULE_CLOSED) continue;
        if (rule->ars[0] != '\0' && (asked->count == 0 || covered(rule, asked) < asked->count))
            continue;
        if (++count > DAYS_NAMED_MAX) continue;
        char year[12] = "";
        if (rule->year != 0) (void)snprintf(year, sizeof year, "%04d-", rule->year);
        used += (size_t)snprintf(list + used, list_bytes - used, "+%s%02d-%02d", year, rule->month,
                                 rule->day);
    }
    if (count > DAYS_NAMED_MAX)
        (void)snprintf(list, list_bytes, "+%u-days.%08x", count, rules->checksum);
}

/* Some of those asked for are counted otherwise than the id has said so far. */
static bool places_differ(const struct rules *rules, const struct asked *asked, bool is_shared) {
    for (uint32_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rule[i];
        if (rule->ars[0] == '\0' || rule->kind == RULE_HOURS) continue;
        const uint32_t count = covered(rule, asked);
        if (asked->count == 0) return true;
        if (rule->kind == RULE_REGION ? count > 0 && !is_shared : count > 0 && count < asked->count)
            return true;
    }
    return false;
}

static const char *build_id(const struct calendar *calendar, const struct rules *rules,
                            const struct asked *asked, bool hours, struct arena *arena) {
    char days[120], places[24] = "", open[24] = "";
    bool any_hours = false;
    const char *region = shared_region(calendar, asked);
    list_days(rules, asked, days, sizeof days);
    if (places_differ(rules, asked, region != NULL))
        (void)snprintf(places, sizeof places, "+places.%08x", rules->checksum);
    for (uint32_t i = 0; i < rules->count; i++) any_hours |= rules->rule[i].kind == RULE_HOURS;
    if (hours && any_hours) (void)snprintf(open, sizeof open, "+hours.%08x", rules->checksum);
    return arena_format(arena, "de-%s-" CALENDAR_VERSION "%s%s%s", region == NULL ? "*" : region,
                        days, places, open);
}

static int64_t clip_year(int64_t year) {
    return year < CALENDAR_YEAR_MIN   ? CALENDAR_YEAR_MIN
           : year > CALENDAR_YEAR_MAX ? CALENDAR_YEAR_MAX
                                      : year;
}

enum status calendar_build(const struct time_zone *zone, int64_t year_from, int64_t year_to,
                           const char *words, const char *const *tenants, uint32_t tenant_count,
                           bool hours, struct arena *arena, struct calendar **out,
                           struct error *err) {
    struct rules rules;
    const struct asked asked = {tenants, tenant_count};
    TRY(rules_parse(words, arena, &rules, err));
    year_from = clip_year(year_from);
    year_to = clip_year(year_to);
    CHECK(year_from <= year_to);
    const char **place_of =
        arena_push_array(arena, const char *, REGION_COUNT + CALENDAR_PLACES_MAX);
    struct calendar *calendar = arena_push_array(arena, struct calendar, 1);
    if (calendar == NULL || place_of == NULL) goto no_memory;
    calendar->zone = zone;
    calendar->first_day = timestamp_days_from_civil(year_from, 1, 1);
    calendar->day_count =
        (uint32_t)(timestamp_days_from_civil(year_to + 1, 1, 1) - calendar->first_day);
    TRY(build_places(calendar, &rules, place_of, arena, err));
    calendar->holidays = holidays_of(calendar, year_from, year_to, arena);
    if (calendar->holidays == NULL || !build_days(calendar, &rules, place_of, hours, arena))
        goto no_memory;
    calendar->id = build_id(calendar, &rules, &asked, hours, arena);
    if (calendar->id == NULL) goto no_memory;
    *out = calendar;
    return STATUS_OK;
no_memory:
    return error_set(err, STATUS_NO_MEMORY, "calendar: memory budget used up");
}

/* --- questions --- */

/* The place with the most digits wins. */
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

int64_t calendar_day(const struct calendar *calendar, int64_t utc_ms) {
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
    int64_t from = calendar_day(calendar, from_ms), to = calendar_day(calendar, to_ms);
    if (from < 0 || to < 0) return -1;
    if (to <= from) return 0;
    const uint32_t *working = calendar->working[region];
    return (int64_t)working[to + 1] - (int64_t)working[from + 1];
}

bool calendar_is_day_off(const struct calendar *calendar, enum region region, int64_t day) {
    return is_weekend(calendar->first_day + day) || is_holiday(calendar, region, day);
}

/* Office hours from the first day covered until the moment, which is on the day. */
static int64_t open_before(const struct calendar *calendar, enum region region, int64_t day,
                           int64_t utc_ms) {
    const int64_t *open_ms = calendar->open_ms[region];
    if (open_ms[day + 1] == open_ms[day]) return open_ms[day]; /* closed */
    return open_ms[day] + open_until(calendar, region, day, utc_ms);
}

int64_t calendar_open_ms(const struct calendar *calendar, enum region region, int64_t from_ms,
                         int64_t to_ms) {
    const int64_t from = calendar_day(calendar, from_ms), to = calendar_day(calendar, to_ms);
    if (from < 0 || to < 0) return -1;
    if (to_ms <= from_ms) return 0;
    return open_before(calendar, region, to, to_ms) - open_before(calendar, region, from, from_ms);
}
