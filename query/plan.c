/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/plan.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "base/timezone.h"
#include "calendar/calendar.h"
#include "event/column.h"
#include "event/type.h"
#include "finance/roi_assumptions.h"
#include "query/result.h"

enum { HOUR_MS = 3600000, LIST_BYTES_MAX = 200, VALUE_BYTES_MAX = 64 };

static const char *const section_texts[ROI_SECTION_COUNT] = {
#define X(name, text) text,
    ROI_SECTION_LIST(X)
#undef X
};
static const char *const dimension_texts[DIMENSION_COUNT] = {
    [DIMENSION_TENANT] = "tenant",  [DIMENSION_SERVICE] = "service",
    [DIMENSION_OFFICE] = "office",  [DIMENSION_CHANNEL] = "channel",
    [DIMENSION_STEP] = "step",      [DIMENSION_LANG] = "lang",
    [DIMENSION_DEVICE] = "device",  [DIMENSION_TYPE] = "type",
    [DIMENSION_COUNTRY] = "country"};
static const char *const view_texts[VIEW_COUNT] = {"closing", "intake"};
static const char *const clock_texts[CLOCK_COUNT] = {"gross", "working_days", "office_hours",
                                                     "net",   "applicant",    "touch"};

static const char *const start_texts[START_COUNT] = {"received", "complete"};

const char *roi_section_text(enum roi_section section) {
    return section_texts[section];
}

const char *dimension_text(enum dimension dimension) {
    return dimension_texts[dimension];
}

/* What the parts of the plan are made from. */
struct planner {
    const struct plan_words *words;
    const struct time_zone *zone;
    int64_t data_from_ms, data_to_ms, now_ms;
    struct arena *arena;
    struct plan *plan;
    struct error *err;
};

static enum status no_memory(const struct planner *planner) {
    return error_set(planner->err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
}

/* --- words --- */

/* The next piece of a comma list; false at the end. "" has one piece, the empty one. */
static bool next_piece(const char **at, const char **piece, size_t *size) {
    if (*at == NULL) return false;
    *piece = *at;
    *size = strcspn(*at, ",");
    *at = (*at)[*size] == ',' ? *at + *size + 1 : NULL;
    return true;
}

static int clipped(size_t size) {
    return (int)(size > 40 ? 40 : size);
}

/* Index of the text; `count` when it is none of them. */
static uint32_t index_of(const char *const *texts, uint32_t count, const char *text, size_t size) {
    uint32_t i = 0;
    while (i < count &&
           (texts[i] == NULL || strlen(texts[i]) != size || memcmp(texts[i], text, size) != 0))
        i++;
    return i;
}

/* "tenant, service": the texts whose bit is set. */
static const char *list_of(const char *const *texts, uint32_t count, unsigned bits, char *list) {
    size_t used = 0;
    list[0] = '\0';
    for (uint32_t i = 0; i < count; i++) {
        if ((bits >> i & 1) == 0 || texts[i] == NULL) continue;
        int length =
            snprintf(list + used, LIST_BYTES_MAX - used, "%s%s", used > 0 ? ", " : "", texts[i]);
        used += (size_t)length;
        if (used >= LIST_BYTES_MAX) break;
    }
    return list;
}

static enum status parse_kpi(const struct planner *planner) {
    const char *id = planner->words->kpi;
    if (id == NULL || id[0] == '\0')
        return error_set(planner->err, STATUS_INVALID, "no KPI is named");
    planner->plan->definition = kpi_find(id, strlen(id));
    if (planner->plan->definition != NULL) return STATUS_OK;
    return error_set(planner->err, STATUS_NOT_FOUND,
                     "there is no KPI \"%.*s\"; the catalogue names them", clipped(strlen(id)), id);
}

/* View or clock: one of `texts`, and one that the KPI can answer. Not given: the first it can. */
static enum status parse_choice(const struct planner *planner, const char *name, const char *word,
                                const char *const *texts, uint32_t count, unsigned allowed,
                                uint32_t *out) {
    *out = 0;
    while (*out + 1 < count && (allowed >> *out & 1) == 0) (*out)++;
    if (allowed == 0) *out = 0; /* it does not matter, so every word is right */
    if (word == NULL) return STATUS_OK;
    uint32_t chosen = index_of(texts, count, word, strlen(word));
    if (chosen < count && (allowed == 0 || (allowed >> chosen & 1) != 0)) {
        *out = chosen;
        return STATUS_OK;
    }
    char list[LIST_BYTES_MAX];
    unsigned all = (1u << count) - 1;
    return error_set(planner->err, STATUS_INVALID, "%s \"%.*s\" of %s: allowed are %s", name,
                     clipped(strlen(word)), word, planner->plan->definition->id,
                     list_of(texts, count, allowed == 0 ? all : allowed, list));
}

static enum status parse_start(const struct planner *planner) {
    const char *word = planner->words->start;
    if (word == NULL) return STATUS_OK;
    const uint32_t start = index_of(start_texts, START_COUNT, word, strlen(word));
    if (!planner->plan->definition->starts)
        return error_set(planner->err, STATUS_INVALID, "start: the clock of %s cannot be chosen",
                         planner->plan->definition->id);
    if (start == START_COUNT)
        return error_set(planner->err, STATUS_INVALID,
                         "start: \"%.*s\" is none of received, complete", clipped(strlen(word)),
                         word);
    planner->plan->start = (enum kpi_start)start;
    return STATUS_OK;
}

/* What an open case has behind it can be told of these clocks only. */
static enum status check_view(const struct planner *planner) {
    const struct plan *plan = planner->plan;
    if (plan->definition->views == 0 || plan->view != VIEW_INTAKE) return STATUS_OK;
    if (plan->clock != CLOCK_APPLICANT && plan->clock != CLOCK_TOUCH) return STATUS_OK;
    return error_set(planner->err, STATUS_INVALID,
                     "clock \"%s\" has no intake view: ask for view=closing, or for gross, net, "
                     "working_days or office_hours",
                     clock_texts[plan->clock]);
}

/* One of "3m" and "SERVICE=3m". */
static bool parse_limit(const struct planner *planner, const char *text, size_t size,
                        struct plan_limit *out) {
    const char *equals = memchr(text, '=', size);
    const size_t key = equals == NULL ? 0 : (size_t)(equals - text) + 1;
    if (equals != NULL && (key < 2 || key - 1 > VALUE_BYTES_MAX)) return false;
    if (!deadline_parse(text + key, size - key, &out->deadline)) return false;
    out->service = NULL;
    if (equals != NULL) out->service = arena_copy_text(planner->arena, text, key - 1);
    out->text = arena_copy_text(planner->arena, text + key, size - key);
    return true;
}

static bool same_service(const struct plan_limit *a, const struct plan_limit *b) {
    if (a->service == NULL || b->service == NULL) return a->service == b->service;
    return strcmp(a->service, b->service) == 0;
}

static enum status add_limit(const struct planner *planner, const char *piece, size_t size,
                             struct plan_limit *limits) {
    struct plan *plan = planner->plan;
    struct plan_limit *limit = &limits[plan->limit_count];
    if (!parse_limit(planner, piece, size, limit))
        return error_set(planner->err, STATUS_INVALID,
                         "limit: \"%.*s\" is no limit; write 48h, 30d, 20wd (working days), 2w, 3m "
                         "or 1y, at most %d years, for one service as 99115005070000=20wd",
                         clipped(size), piece, (int)DEADLINE_YEARS_MAX);
    if (limit->text == NULL) return no_memory(planner);
    for (uint32_t i = 0; i < plan->limit_count; i++)
        if (same_service(&limits[i], limit))
            return error_set(planner->err, STATUS_INVALID, "limit: %.64s is given twice",
                             limit->service == NULL ? "that of all services" : limit->service);
    plan->limit_count++;
    return STATUS_OK;
}

static enum status parse_limits(const struct planner *planner) {
    struct plan *plan = planner->plan;
    const char *at = planner->words->limit, *piece;
    size_t size, count = 1;
    if (!plan->definition->deadline && at == NULL) return STATUS_OK;
    if (!plan->definition->deadline)
        return error_set(planner->err, STATUS_INVALID, "limit: %s knows no deadlines",
                         plan->definition->id);
    if (at == NULL) at = PLAN_LIMIT;
    plan->limit_text = at;
    for (const char *c = at; *c != '\0'; c++) count += *c == ',';
    if (count > PLAN_LIMITS_MAX)
        return error_set(planner->err, STATUS_INVALID, "limit: more than %d limits",
                         (int)PLAN_LIMITS_MAX);
    struct plan_limit *limits = arena_push_array(planner->arena, struct plan_limit, count);
    if (limits == NULL) return no_memory(planner);
    while (next_piece(&at, &piece, &size)) TRY(add_limit(planner, piece, size, limits));
    plan->limits = limits;
    return STATUS_OK;
}

/* Days after which the last deadline of a case has surely ended. */
static int64_t limit_days(const struct plan *plan) {
    int64_t days = 0;
    for (uint32_t i = 0; i < plan->limit_count; i++) {
        const int64_t each = deadline_days_max(plan->limits[i].deadline);
        if (each > days) days = each;
    }
    return days;
}

/* --- ages --- */

static const char *default_ages(enum kpi_clock clock) {
    if (clock == CLOCK_WORKING_DAYS) return "5,10,20,40,60,120,250";
    return clock == CLOCK_OFFICE_HOURS ? "40,80,160,320,480,960,2000" : "7,14,30,60,90,180,365";
}

static enum status parse_ages(const struct planner *planner) {
    struct plan *plan = planner->plan;
    const char *at = planner->words->ages, *piece;
    size_t size;
    if (!plan->definition->ages && at == NULL) return STATUS_OK;
    if (!plan->definition->ages)
        return error_set(planner->err, STATUS_INVALID, "ages: %s has no rows by age",
                         plan->definition->id);
    if (at == NULL) at = default_ages(plan->clock);
    while (next_piece(&at, &piece, &size)) {
        int64_t age = 0;
        for (size_t i = 0; i < size; i++)
            age = piece[i] < '0' || piece[i] > '9' || age > PLAN_AGE_MAX
                      ? PLAN_AGE_MAX + 1
                      : age * 10 + piece[i] - '0';
        const bool ascends = plan->age_count == 0 || age > plan->ages[plan->age_count - 1];
        if (size == 0 || age > PLAN_AGE_MAX || !ascends)
            return error_set(planner->err, STATUS_INVALID,
                             "ages: \"%.*s\" is no age; write whole numbers up to %d in ascending "
                             "order, as 7,14,30",
                             clipped(size), piece, (int)PLAN_AGE_MAX);
        if (plan->age_count == PLAN_AGES_MAX)
            return error_set(planner->err, STATUS_INVALID, "ages: more than %d ages",
                             (int)PLAN_AGES_MAX);
        plan->ages[plan->age_count++] = age;
    }
    return STATUS_OK;
}

/* "p50" or "p99.9": three decimals at most, so that the quotient is the nearest double. */
static bool parse_quantile(const char *text, size_t size, double *out) {
    size_t at = 1, decimals = 0;
    uint32_t value = 0;
    if (size < 2 || text[0] != 'p') return false;
    for (; at < size && text[at] >= '0' && text[at] <= '9' && at <= 3; at++)
        value = value * 10 + (uint32_t)(text[at] - '0');
    if (at == 1) return false;
    if (at < size && text[at] == '.') {
        for (at++; at < size && text[at] >= '0' && text[at] <= '9' && decimals < 3;
             at++, decimals++)
            value = value * 10 + (uint32_t)(text[at] - '0');
        if (decimals == 0) return false;
    }
    for (; decimals < 3; decimals++) value *= 10;
    *out = (double)value / 100000;
    return at == size && value <= 100000;
}

static enum status parse_quantiles(const struct planner *planner) {
    struct plan *plan = planner->plan;
    const char *at = planner->words->stat, *piece;
    const char *unit = plan->definition->unit;
    const bool has_quantiles = strcmp(unit, "s") == 0 || strcmp(unit, "days") == 0;
    if (at != NULL && !has_quantiles)
        return error_set(planner->err, STATUS_INVALID, "stat: %s has no quantiles",
                         plan->definition->id);
    if (at == NULL) at = has_quantiles ? "p10,p25,p50,p75,p90,p95" : NULL;
    size_t size;
    while (next_piece(&at, &piece, &size)) {
        double quantile;
        if (!parse_quantile(piece, size, &quantile))
            return error_set(planner->err, STATUS_INVALID,
                             "stat: \"%.*s\" is no quantile; write p0 to p100, as p50 or p99.9",
                             clipped(size), piece);
        for (uint32_t i = 0; i < plan->quantile_count; i++)
            if (plan->quantiles[i] == quantile)
                return error_set(planner->err, STATUS_INVALID, "stat: %.*s is named twice",
                                 clipped(size), piece);
        if (plan->quantile_count == PLAN_QUANTILES_MAX)
            return error_set(planner->err, STATUS_INVALID, "stat: more than %d quantiles",
                             (int)PLAN_QUANTILES_MAX);
        plan->quantiles[plan->quantile_count++] = quantile;
    }
    return STATUS_OK;
}

/* --- whose journeys, and how many rows --- */

static enum status parse_purpose(const struct planner *planner) {
    static const char *const texts[PURPOSE_COUNT] = {[PURPOSE_CASE] = "case",
                                                     [PURPOSE_ATTEMPT] = "attempt",
                                                     [PURPOSE_APPOINTMENT] = "appointment"};
    const char *word = planner->words->purpose;
    struct plan *plan = planner->plan;
    const unsigned allowed = plan->definition->purposes;
    plan->purpose = plan->definition->purpose;
    if (word == NULL) return STATUS_OK;
    if (allowed == 0)
        return error_set(planner->err, STATUS_INVALID, "purpose: %s has none to choose",
                         plan->definition->id);
    const uint32_t purpose = index_of(texts, PURPOSE_COUNT, word, strlen(word));
    plan->purpose = (enum purpose)purpose;
    if (purpose < PURPOSE_COUNT && (allowed >> purpose & 1) != 0) return STATUS_OK;
    char list[LIST_BYTES_MAX];
    return error_set(planner->err, STATUS_INVALID, "purpose \"%.*s\" of %s: allowed are %s",
                     clipped(strlen(word)), word, plan->definition->id,
                     list_of(texts, PURPOSE_COUNT, allowed, list));
}

/* A whole number from 1 on, of at most four digits; 0: it is none. */
static uint32_t parse_number(const char *word) {
    const size_t size = strlen(word);
    uint32_t number = 0;
    if (size > 4 || strspn(word, "0123456789") != size) return 0;
    for (size_t i = 0; i < size; i++) number = number * 10 + (uint32_t)(word[i] - '0');
    return number;
}

static enum status parse_within(const struct planner *planner) {
    const char *word = planner->words->within;
    struct plan *plan = planner->plan;
    uint32_t minutes = PLAN_WITHIN_MIN_DEFAULT;
    if (!plan->definition->within) {
        if (word == NULL) return STATUS_OK;
        return error_set(planner->err, STATUS_INVALID, "within: %s has no such limit",
                         plan->definition->id);
    }
    if (word != NULL) minutes = parse_number(word);
    if (minutes < 1 || minutes > PLAN_WITHIN_MIN_MAX)
        return error_set(planner->err, STATUS_INVALID,
                         "within: \"%.*s\" is no number of minutes from 1 to %d",
                         clipped(strlen(word)), word, (int)PLAN_WITHIN_MIN_MAX);
    plan->within_ms = minutes * INT64_C(60000);
    return STATUS_OK;
}

static enum status parse_top(const struct planner *planner) {
    const char *word = planner->words->top;
    struct plan *plan = planner->plan;
    plan->top = PLAN_TOP_DEFAULT;
    if (word == NULL) return STATUS_OK;
    if (!plan->definition->top)
        return error_set(planner->err, STATUS_INVALID, "top: %s has all its rows",
                         plan->definition->id);
    const uint32_t top = parse_number(word);
    if (top < 1 || top > PLAN_TOP_MAX)
        return error_set(planner->err, STATUS_INVALID, "top: \"%.*s\" is no number from 1 to %d",
                         clipped(strlen(word)), word, (int)PLAN_TOP_MAX);
    plan->top = top;
    return STATUS_OK;
}

/* --- filters and groups --- */

static enum status refuse_dimension(const struct planner *planner, const char *verb,
                                    const char *word, size_t size) {
    const struct kpi_definition *definition = planner->plan->definition;
    char list[LIST_BYTES_MAX];
    return error_set(planner->err, STATUS_INVALID, "%s cannot be %s \"%.*s\"; allowed are %s%s",
                     definition->id, verb, clipped(size), word,
                     list_of(dimension_texts, DIMENSION_COUNT, definition->dimensions, list),
                     verb[0] != 'g' || !definition->buckets ? ""
                     : definition->recurring
                         ? ", and one of hour, day, week, month, quarter, year, or weekday, "
                           "hour_of_day or both of these"
                         : ", and one of hour, day, week, month, quarter, year");
}

static bool is_ars(const char *text, size_t size) {
    return size == 12 && strspn(text, "0123456789") >= size;
}

static bool is_country(const char *text, size_t size) {
    return size == 2 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= size;
}

static enum status check_value(const struct planner *planner, enum dimension dimension,
                               const char *value, size_t size) {
    const char *why = NULL;
    if (dimension == DIMENSION_TENANT) {
        if (!is_ars(value, size)) why = "no ARS of 12 digits";
    } else if (size > VALUE_BYTES_MAX) {
        why = "longer than 64 bytes";
    } else if (dimension == DIMENSION_CHANNEL && size > 0) {
        if (channel_from_text(value, size) == CHANNEL_ABSENT)
            why = "none of online, app, phone, counter, mail, assisted, other";
    } else if (dimension == DIMENSION_DEVICE && size > 0) {
        if (device_from_text(value, size) == DEVICE_ABSENT)
            why = "none of mobile, desktop, tablet, kiosk";
    } else if (dimension == DIMENSION_TYPE) {
        if (type_from_text(value, size) == TYPE_UNKNOWN)
            why = "no event type; docs/EVENTS.md lists them";
    } else if (dimension == DIMENSION_COUNTRY && size > 0) {
        if (!is_country(value, size)) why = "no country: two capital letters, as DE";
    }
    if (why == NULL) return STATUS_OK;
    return error_set(planner->err, STATUS_INVALID, "%s: \"%.*s\" is %s", dimension_texts[dimension],
                     clipped(size), value, why);
}

static enum status parse_filter(const struct planner *planner, enum dimension dimension) {
    struct plan *plan = planner->plan;
    const char *at = planner->words->filter[dimension], *piece;
    if (at == NULL) return STATUS_OK;
    if ((plan->definition->dimensions >> dimension & 1) == 0)
        return refuse_dimension(planner, "filtered by", dimension_texts[dimension],
                                strlen(dimension_texts[dimension]));
    uint32_t count = 1;
    for (const char *c = at; *c != '\0'; c++) count += *c == ',';
    if (count > PLAN_FILTER_VALUES_MAX)
        return error_set(planner->err, STATUS_INVALID, "%s: %u values; at most %d are allowed",
                         dimension_texts[dimension], count, (int)PLAN_FILTER_VALUES_MAX);
    const char **values = arena_push_array(planner->arena, const char *, count);
    if (values == NULL) return no_memory(planner);
    struct plan_filter *filter = &plan->filter[dimension];
    filter->values = values;
    size_t size;
    while (next_piece(&at, &piece, &size)) {
        TRY(check_value(planner, dimension, piece, size));
        values[filter->count] = arena_copy_text(planner->arena, piece, size);
        if (values[filter->count++] == NULL) return no_memory(planner);
    }
    return STATUS_OK;
}

static bool is_offered(const struct kpi_definition *definition, enum bucket bucket) {
    return bucket_recurs(bucket) ? definition->recurring : definition->buckets;
}

/* One bucket of time; only weekday and hour_of_day go together. */
static enum status parse_bucket(const struct planner *planner, enum bucket bucket) {
    struct plan *plan = planner->plan;
    const bool both = bucket_recurs(plan->bucket) && bucket_recurs(bucket) &&
                      plan->bucket != BUCKET_WEEKDAY_HOUR && plan->bucket != bucket;
    if (plan->bucket != BUCKET_NONE && !both)
        return error_set(planner->err, STATUS_INVALID,
                         "by: %s and %s; only one bucket of time is allowed, or weekday and "
                         "hour_of_day together",
                         bucket_text(plan->bucket), bucket_text(bucket));
    plan->bucket = both ? BUCKET_WEEKDAY_HOUR : bucket;
    return STATUS_OK;
}

static enum status parse_by(const struct planner *planner) {
    struct plan *plan = planner->plan;
    const char *at = planner->words->by, *piece;
    size_t size;
    unsigned seen = 0;
    while (next_piece(&at, &piece, &size)) {
        uint32_t dimension = index_of(dimension_texts, DIMENSION_COUNT, piece, size);
        enum bucket bucket = bucket_find(piece, size);
        if (bucket < BUCKET_COUNT && is_offered(plan->definition, bucket)) {
            TRY(parse_bucket(planner, bucket));
            continue;
        }
        if (dimension == DIMENSION_COUNT || (plan->definition->dimensions >> dimension & 1) == 0)
            return refuse_dimension(planner, "grouped by", piece, size);
        if ((seen >> dimension & 1) != 0)
            return error_set(planner->err, STATUS_INVALID, "by: %s is named twice",
                             dimension_texts[dimension]);
        seen |= 1u << dimension;
        plan->by[plan->by_count++] = (enum dimension)dimension;
    }
    return STATUS_OK;
}

/* --- the interval --- */

static enum status parse_moment(const struct planner *planner, const char *name, const char *word,
                                int64_t *out) {
    if (word == NULL) return STATUS_OK;
    size_t size = strlen(word);
    if (timestamp_parse(word, size, out)) return STATUS_OK;
    int64_t day;
    if (timestamp_parse_day(word, size, &day)) {
        *out = timezone_day_start_ms(planner->zone, day);
        return STATUS_OK;
    }
    return error_set(planner->err, STATUS_INVALID,
                     "%s: \"%.*s\" is neither a date, as 2026-10-01, nor a time with its offset, "
                     "as 2026-10-01T08:00:00+02:00",
                     name, clipped(size), word);
}

/* One of "2024-01-01" and "091620000000=2024-01-01". */
static enum status add_known(const struct planner *planner, const char *piece, size_t size,
                             struct plan_known *known) {
    struct plan *plan = planner->plan;
    const char *equals = memchr(piece, '=', size);
    const size_t key = equals == NULL ? 0 : (size_t)(equals - piece);
    struct plan_known *each = &known[plan->known_from_count];
    if (equals != NULL && !is_ars(piece, key))
        return error_set(planner->err, STATUS_INVALID,
                         "known_from: \"%.*s\" is no key of a municipality (12 digits)",
                         clipped(key), piece);
    if (equals != NULL) each->tenant = arena_copy_text(planner->arena, piece, key);
    const size_t skip = equals == NULL ? 0 : key + 1;
    const char *date = arena_copy_text(planner->arena, piece + skip, size - skip);
    if (date == NULL || (equals != NULL && each->tenant == NULL)) return no_memory(planner);
    TRY(parse_moment(planner, "known_from", date, &each->from_ms));
    for (uint32_t i = 0; i < plan->known_from_count; i++)
        if (each->tenant == NULL || known[i].tenant == NULL
                ? each->tenant == known[i].tenant
                : strcmp(each->tenant, known[i].tenant) == 0)
            return error_set(planner->err, STATUS_INVALID, "known_from: %s is given twice",
                             each->tenant == NULL ? "that of all" : each->tenant);
    plan->known_from_count++;
    return STATUS_OK;
}

static enum status parse_known_from(const struct planner *planner) {
    struct plan *plan = planner->plan;
    const char *at = planner->words->known_from, *piece;
    size_t size, count = 1;
    if (at == NULL) return STATUS_OK;
    if (!plan->definition->censors || plan->view != VIEW_INTAKE)
        return error_set(planner->err, STATUS_INVALID,
                         "known_from: %s does not follow cases from their intake%s",
                         plan->definition->id,
                         plan->definition->censors ? " unless view=intake is asked for" : "");
    plan->known_from_text = at;
    for (const char *c = at; *c != '\0'; c++) count += *c == ',';
    if (count > PLAN_KNOWN_MAX)
        return error_set(planner->err, STATUS_INVALID, "known_from: more than %d dates",
                         (int)PLAN_KNOWN_MAX);
    struct plan_known *known = arena_push_array(planner->arena, struct plan_known, count);
    if (known == NULL) return no_memory(planner);
    while (next_piece(&at, &piece, &size)) TRY(add_known(planner, piece, size, known));
    plan->known_from = known;
    return STATUS_OK;
}

/* Both ends or none: what is missing is the extent of the data. */
static enum status parse_interval(const struct planner *planner) {
    const struct plan_words *words = planner->words;
    struct plan *plan = planner->plan;
    plan->as_of_ms = planner->now_ms;
    plan->from_ms = plan->to_ms = TIME_ABSENT;
    TRY(parse_moment(planner, "as_of", words->as_of, &plan->as_of_ms));
    TRY(parse_moment(planner, "against", words->against, &plan->against_ms));
    plan->compares = words->against != NULL;
    if (plan->compares && plan->against_ms >= plan->as_of_ms)
        return error_set(planner->err, STATUS_INVALID,
                         "against: it must be before as_of, which is now where it is not given");
    TRY(parse_moment(planner, "from", words->from, &plan->from_ms));
    TRY(parse_moment(planner, "to", words->to, &plan->to_ms));
    if (words->from == NULL && words->to == NULL && plan->bucket == BUCKET_NONE) return STATUS_OK;
    /* Deadlines lie ahead: buckets of them end where the last one can. */
    const int64_t ahead_ms = limit_days(plan) * 24 * HOUR_MS;
    const bool looks_ahead = plan->definition->kpi == KPI_DUE;
    bool empty = planner->data_from_ms == TIME_ABSENT || planner->data_to_ms == TIME_ABSENT;
    if (words->to == NULL) {
        plan->to_ms = (empty ? plan->as_of_ms : planner->data_to_ms) + 1;
        if (words->from != NULL && plan->as_of_ms > plan->to_ms) plan->to_ms = plan->as_of_ms;
        if (looks_ahead) plan->to_ms = plan->as_of_ms + ahead_ms;
    }
    if (words->from == NULL) {
        plan->from_ms = empty ? plan->to_ms - 1 : planner->data_from_ms;
        if (words->to != NULL && plan->from_ms >= plan->to_ms) plan->from_ms = plan->to_ms - 1;
    }
    if (plan->from_ms < plan->to_ms) return STATUS_OK;
    char from[TIMESTAMP_TEXT_BYTES], to[TIMESTAMP_TEXT_BYTES];
    timestamp_format_utc(plan->from_ms, from);
    timestamp_format_utc(plan->to_ms, to);
    return error_set(planner->err, STATUS_INVALID, "from %s is not before to %s%s", from, to,
                     words->to == NULL ? ", the end of the data" : "");
}

static enum status make_buckets(const struct planner *planner) {
    struct plan *plan = planner->plan;
    struct buckets buckets;
    if (plan->bucket == BUCKET_NONE) return STATUS_OK;
    const enum status status = buckets_build(planner->zone, plan->bucket, plan->from_ms,
                                             plan->to_ms, planner->arena, &buckets);
    if (status == STATUS_TOO_LARGE)
        return error_set(planner->err, STATUS_INVALID,
                         "by %s makes more than %u buckets in this interval; ask for a shorter one "
                         "or for larger buckets",
                         bucket_text(plan->bucket), bucket_count_max(plan->bucket));
    if (status != STATUS_OK) return no_memory(planner);
    plan->edge_count = buckets.edge_count;
    plan->edges = buckets.edges;
    plan->recurring = buckets.recurring;
    plan->bucket_names = buckets.names;
    return STATUS_OK;
}

/* --- calendar and assumptions --- */

static int64_t year_of(int64_t utc_ms) {
    int64_t year;
    int month, day;
    timestamp_civil_from_days(utc_ms / (24 * HOUR_MS) - (utc_ms < 0), &year, &month, &day);
    return year;
}

/* Every year that data or question can speak of. The data may have gained older events since its
 * extent was looked up; one more year takes in what the offset of the zone may shift. */
static enum status make_calendar(const struct planner *planner) {
    struct plan *plan = planner->plan;
    if (plan->clock != CLOCK_WORKING_DAYS && plan->clock != CLOCK_OFFICE_HOURS &&
        !plan->definition->calendar)
        return STATUS_OK;
    int64_t from_ms = planner->now_ms, to_ms = planner->now_ms;
    const int64_t moments[] = {plan->from_ms, plan->to_ms, plan->as_of_ms, planner->data_from_ms,
                               planner->data_to_ms};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        if (moments[i] == TIME_ABSENT) continue;
        if (moments[i] < from_ms) from_ms = moments[i];
        if (moments[i] > to_ms) to_ms = moments[i];
    }
    struct calendar *calendar = NULL;
    const struct plan_filter *tenants = &plan->filter[DIMENSION_TENANT];
    TRY(calendar_build(planner->zone, year_of(from_ms) - 1,
                       year_of(to_ms) + 1 + limit_days(plan) / 365, planner->words->calendar,
                       tenants->values, tenants->count, plan->clock == CLOCK_OFFICE_HOURS,
                       planner->arena, &calendar, planner->err));
    plan->calendar = calendar;
    return STATUS_OK;
}

static enum status read_assumptions(const struct planner *planner) {
    struct plan *plan = planner->plan;
    enum kpi_id kpi = plan->definition->kpi;
    const char *json = planner->words->assumptions;
    if (kpi != KPI_ROI && kpi != KPI_COST_PER_TRANSACTION) return STATUS_OK;
    if (json == NULL && kpi == KPI_COST_PER_TRANSACTION) return STATUS_OK; /* what was booked */
    if (json == NULL)
        return error_set(
            planner->err, STATUS_INVALID,
            "%s needs an assumptions file: POST one, configure one for the tenant asked for, or "
            "give --assumptions FILE",
            plan->definition->id);
    const struct roi_assumptions *assumptions;
    TRY(roi_assumptions_parse(json, strlen(json), planner->zone, planner->arena, &assumptions,
                              planner->err));
    plan_set_assumptions(plan, assumptions);
    return STATUS_OK;
}

void plan_set_assumptions(struct plan *plan, const struct roi_assumptions *assumptions) {
    plan->assumptions = assumptions;
    if (plan->definition->kpi != KPI_ROI) return;
    plan->edges = assumptions->edge_ms;
    plan->edge_count = assumptions->edge_count;
}

static enum status parse_sections(const struct planner *planner) {
    struct plan *plan = planner->plan;
    const char *at = planner->words->section, *piece;
    size_t size;
    if (at != NULL && plan->definition->kpi != KPI_ROI)
        return error_set(planner->err, STATUS_INVALID, "section: %s has none; roi has",
                         plan->definition->id);
    while (next_piece(&at, &piece, &size)) {
        const uint32_t section = index_of(section_texts, ROI_SECTION_COUNT, piece, size);
        const bool all = size == 3 && memcmp(piece, "all", 3) == 0;
        char list[LIST_BYTES_MAX];
        if (section == ROI_SECTION_COUNT && !all)
            return error_set(
                planner->err, STATUS_INVALID, "section: there is no \"%.*s\"; there are all, %s",
                clipped(size), piece,
                list_of(section_texts, ROI_SECTION_COUNT, (1u << ROI_SECTION_COUNT) - 1, list));
        plan->roi_sections |= all ? (1u << ROI_SECTION_COUNT) - 1 : 1u << section;
    }
    return STATUS_OK;
}

/* A zone that is not there is a wrong word, not a KPI that is not there. */
static enum status load_zone(struct planner *planner, const char *name) {
    struct error why = {{0}};
    const enum status status = timezone_load(name, planner->arena, &planner->zone, &why);
    if (status == STATUS_NOT_FOUND)
        return error_set(planner->err, STATUS_INVALID, "zone: there is no time zone \"%.64s\"",
                         name);
    return status == STATUS_OK ? STATUS_OK : error_set(planner->err, status, "zone: %s", why.text);
}

/* by: names a bucket of time. */
static bool has_bucket(const char *by) {
    const char *piece;
    size_t size;
    while (next_piece(&by, &piece, &size))
        if (bucket_find(piece, size) < BUCKET_COUNT) return true;
    return false;
}

enum status plan_as_of(const struct plan_words *words, int64_t now_ms, struct arena *arena,
                       int64_t *as_of_ms, bool *needs_extent, struct error *err) {
    struct planner planner = {.words = words, .arena = arena, .err = err};
    const bool from = words->from != NULL, to = words->to != NULL;
    TRY(load_zone(&planner, words->zone == NULL ? "Europe/Berlin" : words->zone));
    *as_of_ms = now_ms;
    *needs_extent = from != to || (!from && has_bucket(words->by));
    return parse_moment(&planner, "as_of", words->as_of, as_of_ms);
}

enum status plan_parse(const struct plan_words *words, int64_t data_from_ms, int64_t data_to_ms,
                       int64_t now_ms, struct arena *arena, struct plan *out, struct error *err) {
    *out = (struct plan){0};
    struct planner planner = {.words = words,
                              .data_from_ms = data_from_ms,
                              .data_to_ms = data_to_ms,
                              .now_ms = now_ms,
                              .arena = arena,
                              .plan = out,
                              .err = err};
    TRY(parse_kpi(&planner));
    const struct kpi_definition *definition = out->definition;
    TRY(load_zone(&planner, words->zone == NULL ? "Europe/Berlin" : words->zone));
    out->zone = timezone_name(planner.zone);
    uint32_t view, clock;
    TRY(parse_choice(&planner, "view", words->view, view_texts, VIEW_COUNT, definition->views,
                     &view));
    TRY(parse_choice(&planner, "clock", words->clock, clock_texts, CLOCK_COUNT, definition->clocks,
                     &clock));
    out->view = (enum kpi_view)view;
    out->clock = (enum kpi_clock)clock;
    for (enum dimension dimension = 0; dimension < DIMENSION_COUNT; dimension++)
        TRY(parse_filter(&planner, dimension));
    TRY(parse_by(&planner));
    TRY(parse_purpose(&planner));
    TRY(parse_top(&planner));
    TRY(parse_within(&planner));
    TRY(parse_start(&planner));
    TRY(check_view(&planner));
    TRY(parse_limits(&planner));
    TRY(parse_ages(&planner));
    TRY(parse_known_from(&planner));
    TRY(parse_quantiles(&planner));
    TRY(parse_interval(&planner));
    TRY(make_buckets(&planner));
    TRY(make_calendar(&planner));
    TRY(parse_sections(&planner));
    return read_assumptions(&planner);
}
