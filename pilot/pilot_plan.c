/* SPDX-License-Identifier: EUPL-1.2 */
#include "pilot/pilot_plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "base/timezone.h"
#include "query/plan.h"

enum { FOLLOW_UP_DAYS = 14 }; /* where nothing else is said: forms end within it */

static const char *const method_texts[PILOT_METHOD_COUNT] = {
    [PILOT_DIFFERENCES] = "difference_in_differences",
    [PILOT_TIME_SERIES] = "interrupted_time_series",
    [PILOT_BEFORE_AFTER] = "before_after"};
/* Of the others a case has no age at which it could be cut. */
enum { CLOCKS = 2 };
static const char *const clock_texts[CLOCKS] = {
    [CLOCK_GROSS] = "gross", [CLOCK_WORKING_DAYS] = "working_days"};

const char *pilot_method_text(enum pilot_method method) {
    return method_texts[method];
}

uint32_t pilot_plan_offset(const struct pilot_plan *plan) {
    return (uint32_t)((plan->pilot_day - plan->baseline_day) / 7);
}

struct reader {
    struct arena *arena;
    struct pilot_plan *plan;
    struct error *err;
};

static enum status no_memory(const struct reader *reader) {
    return error_set(reader->err, STATUS_NO_MEMORY, "pilot: memory budget used up");
}

/* --- pieces --- */

static enum status check_members(const struct reader *reader, const struct json *object,
                                 const char *path, const char *known) {
    if (json_kind(object) != JSON_OBJECT)
        return error_set(reader->err, STATUS_INVALID, "%s: must be an object", path);
    for (const struct json *one = json_first(object); one != NULL; one = json_next(one)) {
        const char *name = json_name(one);
        const size_t size = strlen(name);
        const char *at = known;
        while (at != NULL && !(strncmp(at, name, size) == 0 && (at[size] == ',' || !at[size]))) {
            at = strchr(at, ' ');
            if (at != NULL) at++;
        }
        if (at == NULL || size == 0)
            return error_set(reader->err, STATUS_INVALID,
                             "%s: there is no member \"%.40s\"; "
                             "there are %s",
                             path, name, known);
        for (const struct json *two = json_next(one); two != NULL; two = json_next(two))
            if (strcmp(json_name(two), name) == 0)
                return error_set(reader->err, STATUS_INVALID, "%s.%.40s: is given twice", path,
                                 name);
    }
    return STATUS_OK;
}

static enum status read_text(const struct reader *reader, const struct json *value,
                             const char *path, size_t bytes_max, const char **out) {
    const char *text = json_text(value, NULL);
    if (text == NULL || text[0] == '\0' || strlen(text) > bytes_max)
        return error_set(reader->err, STATUS_INVALID, "%s: must be a text of 1 to %zu bytes", path,
                         bytes_max);
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            return error_set(reader->err, STATUS_INVALID, "%s: has a control character", path);
    *out = arena_copy_text(reader->arena, text, strlen(text));
    return *out == NULL ? no_memory(reader) : STATUS_OK;
}

/* A key that becomes one value of a filter. */
static enum status read_key(const struct reader *reader, const struct json *value, const char *path,
                            const char **out) {
    TRY(read_text(reader, value, path, PILOT_NAME_BYTES_MAX, out));
    if (strchr(*out, ',') == NULL) return STATUS_OK;
    return error_set(reader->err, STATUS_INVALID, "%s: must not hold a comma", path);
}

static enum status read_whole(const struct reader *reader, const struct json *value,
                              const char *path, uint32_t least, uint32_t most, uint32_t *out) {
    const double number = json_number(value, -1);
    if (json_kind(value) != JSON_NUMBER || number != floor(number) || number < least ||
        number > most)
        return error_set(reader->err, STATUS_INVALID,
                         "%s: must be a whole number from %" PRIu32 " to %" PRIu32, path, least,
                         most);
    *out = (uint32_t)number;
    return STATUS_OK;
}

/* --- who --- */

static enum status read_services(const struct reader *reader, const struct json *list) {
    struct pilot_plan *plan = reader->plan;
    if (list == NULL) return STATUS_OK;
    const uint32_t count = json_count(list);
    if (json_kind(list) != JSON_ARRAY || count > PILOT_SERVICES_MAX)
        return error_set(reader->err, STATUS_INVALID,
                         "services: must be a list of at most %d keys of services",
                         PILOT_SERVICES_MAX);
    plan->services = arena_push_array(reader->arena, const char *, count + 1);
    if (plan->services == NULL) return no_memory(reader);
    for (const struct json *one = json_first(list); one != NULL; one = json_next(one))
        TRY(read_key(reader, one, "services", &plan->services[plan->service_count++]));
    return STATUS_OK;
}

static enum status read_unit(const struct reader *reader, const struct json *value,
                             const char *path, struct pilot_unit *out) {
    TRY(check_members(reader, value, path, "tenant, office"));
    TRY(read_key(reader, json_member(value, "tenant"), "tenant of a unit", &out->tenant));
    if (strlen(out->tenant) != 12 || strspn(out->tenant, "0123456789") != 12)
        return error_set(reader->err, STATUS_INVALID, "%s: \"%s\" is no ARS of 12 digits", path,
                         out->tenant);
    if (json_member(value, "office") == NULL) return STATUS_OK;
    return read_key(reader, json_member(value, "office"), "office of a unit", &out->office);
}

/* Two units must not share a case. */
static bool overlap(const struct pilot_unit *a, const struct pilot_unit *b) {
    if (strcmp(a->tenant, b->tenant) != 0) return false;
    return a->office == NULL || b->office == NULL || strcmp(a->office, b->office) == 0;
}

static enum status read_units(const struct reader *reader, const struct json *list,
                              const char *path, uint32_t least, struct pilot_unit *units) {
    struct pilot_plan *plan = reader->plan;
    if (list == NULL && least == 0) return STATUS_OK;
    if (json_kind(list) != JSON_ARRAY || json_count(list) < least ||
        plan->unit_count + json_count(list) > PILOT_UNITS_MAX)
        return error_set(reader->err, STATUS_INVALID,
                         "%s: must be a list of units, as {\"tenant\": \"091620000000\", "
                         "\"office\": \"...\"}; at most %d in all",
                         path, PILOT_UNITS_MAX);
    for (const struct json *one = json_first(list); one != NULL; one = json_next(one)) {
        struct pilot_unit *unit = &units[plan->unit_count];
        TRY(read_unit(reader, one, path, unit));
        for (uint32_t i = 0; i < plan->unit_count; i++)
            if (overlap(&units[i], unit))
                return error_set(reader->err, STATUS_INVALID, "%s: %s%s%s is part of two units",
                                 path, unit->tenant, unit->office != NULL ? ", " : "",
                                 unit->office != NULL ? unit->office : "");
        plan->unit_count++;
    }
    return STATUS_OK;
}

static enum status read_who(const struct reader *reader, const struct json *document) {
    struct pilot_plan *plan = reader->plan;
    struct pilot_unit *units = arena_push_array(reader->arena, struct pilot_unit, PILOT_UNITS_MAX);
    if (units == NULL) return no_memory(reader);
    plan->units = units;
    TRY(read_services(reader, json_member(document, "services")));
    TRY(read_units(reader, json_member(document, "treated"), "treated", 1, units));
    plan->treated_count = plan->unit_count;
    return read_units(reader, json_member(document, "control"), "control", 0, units);
}

/* --- when --- */

static void write_day(int64_t day, char text[11]) {
    char moment[TIMESTAMP_TEXT_BYTES];
    timestamp_format_utc(day * 86400000, moment);
    (void)snprintf(text, 11, "%.10s", moment);
}

static enum status read_monday(const struct reader *reader, const struct json *value,
                               const char *path, const char *name, int64_t *day) {
    const char *text = json_text(json_member(value, name), "");
    char near[11];
    if (!timestamp_parse_day(text, strlen(text), day))
        return error_set(reader->err, STATUS_INVALID, "%s.%s: must be a date, as 2026-01-05", path,
                         name);
    const int into_week = timestamp_weekday(*day);
    if (into_week == 0) return STATUS_OK;
    write_day(*day + 7 - into_week, near);
    return error_set(reader->err, STATUS_INVALID,
                     "%s.%s: %s is no Monday; whole weeks are compared, so take %s", path, name,
                     text, near);
}

static enum status read_period(const struct reader *reader, const struct json *value,
                               const char *path, int64_t *day, uint32_t *weeks) {
    int64_t end;
    TRY(check_members(reader, value, path, "from, to"));
    TRY(read_monday(reader, value, path, "from", day));
    TRY(read_monday(reader, value, path, "to", &end));
    if (end <= *day || (end - *day) / 7 > PILOT_WEEKS_MAX)
        return error_set(reader->err, STATUS_INVALID,
                         "%s: must last from one week to %d; `to` is the first day after it", path,
                         PILOT_WEEKS_MAX);
    *weeks = (uint32_t)((end - *day) / 7);
    return STATUS_OK;
}

static enum status read_when(const struct reader *reader, const struct json *document) {
    struct pilot_plan *plan = reader->plan;
    const struct json *zone = json_member(document, "zone");
    const struct time_zone *rules;
    TRY(read_period(reader, json_member(document, "baseline"), "baseline", &plan->baseline_day,
                    &plan->baseline_weeks));
    TRY(read_period(reader, json_member(document, "pilot"), "pilot", &plan->pilot_day,
                    &plan->pilot_weeks));
    if (plan->pilot_day < plan->baseline_day + 7 * (int64_t)plan->baseline_weeks)
        return error_set(reader->err, STATUS_INVALID,
                         "pilot.from: must not be before baseline.to: a week is one or the other");
    if (pilot_plan_offset(plan) + plan->pilot_weeks > PILOT_WEEKS_MAX)
        return error_set(reader->err, STATUS_INVALID,
                         "pilot.to: more than %d weeks after baseline.from", PILOT_WEEKS_MAX);
    plan->zone = "Europe/Berlin";
    if (zone != NULL) TRY(read_text(reader, zone, "zone", PILOT_NAME_BYTES_MAX, &plan->zone));
    if (timezone_load(plan->zone, reader->arena, &rules, NULL) == STATUS_OK) return STATUS_OK;
    return error_set(reader->err, STATUS_INVALID, "zone: there is no time zone \"%s\"", plan->zone);
}

/* --- what --- */

/* Shares of n, and durations whose open cases are known: what there is a method for. The funnel has
 * a share of each step, others of each age or activity; the end-to-end time knows only those that
 * came to the end. */
static bool can_measure(const struct kpi_definition *kpi) {
    const bool has_unit = strcmp(kpi->unit, "ratio") == 0 || strcmp(kpi->unit, "s") == 0;
    const bool has_rows = kpi->kpi == KPI_FUNNEL || kpi->ages || kpi->top;
    return has_unit && !has_rows && kpi->kpi != KPI_END_TO_END && kpi->buckets &&
           kpi->direction != KPI_NEUTRAL && (kpi->dimensions >> DIMENSION_TENANT & 1) != 0;
}

static enum status read_kpi(const struct reader *reader, const struct json *value, const char *path,
                            struct pilot_measure *out) {
    const char *id = json_text(json_member(value, "kpi"), "");
    const struct json *version = json_member(value, "version");
    out->kpi = kpi_find(id, strlen(id));
    if (out->kpi == NULL)
        return error_set(reader->err, STATUS_INVALID,
                         "%s.kpi: there is no KPI \"%.40s\"; the catalogue names them", path, id);
    if (!can_measure(out->kpi))
        return error_set(reader->err, STATUS_INVALID,
                         "%s.kpi: %s is neither a share nor a duration that can be better or "
                         "worse; take one as abandonment, no_show or processing_time",
                         path, id);
    for (uint32_t i = 0; i < reader->plan->unit_count; i++)
        if (reader->plan->units[i].office != NULL &&
            (out->kpi->dimensions >> DIMENSION_OFFICE & 1) == 0)
            return error_set(reader->err, STATUS_INVALID,
                             "%s.kpi: %s is not known by office; take municipalities as units",
                             path, id);
    if (reader->plan->service_count > 0 && (out->kpi->dimensions >> DIMENSION_SERVICE & 1) == 0)
        return error_set(reader->err, STATUS_INVALID, "%s.kpi: %s is not known by service", path,
                         id);
    out->version = out->kpi->version;
    if (version == NULL) return STATUS_OK;
    return read_whole(reader, version, "version of a KPI", 1, 1000000, &out->version);
}

static enum status read_stat(const struct reader *reader, const struct json *value,
                             const char *path, struct pilot_measure *out) {
    const bool share = strcmp(out->kpi->unit, "ratio") == 0;
    const char *stat = json_text(json_member(value, "stat"), share ? "value" : "p50");
    char *end = NULL;
    const double percent = stat[0] == 'p' ? strtod(stat + 1, &end) : -1;
    const bool known = share ? strcmp(stat, "value") == 0
                             : end != NULL && *end == '\0' && strlen(stat) <= 5 && percent >= 5 &&
                                   percent <= 95 &&
                                   strspn(stat + 1, "0123456789.") + 1 == strlen(stat);
    if (!known)
        return error_set(reader->err, STATUS_INVALID, "%s.stat: \"%.20s\" must be %s", path, stat,
                         share ? "\"value\", the share itself" : "a quantile, from p5 to p95");
    out->quantile = share ? 0 : percent / 100;
    out->stat = arena_copy_text(reader->arena, stat, strlen(stat));
    return out->stat == NULL ? no_memory(reader) : STATUS_OK;
}

static enum status read_clock(const struct reader *reader, const struct json *value,
                              const char *path, struct pilot_measure *out) {
    const char *clock = json_text(json_member(value, "clock"), "gross");
    unsigned chosen = 0;
    while (chosen < CLOCKS && strcmp(clock_texts[chosen], clock) != 0) chosen++;
    const bool known =
        chosen == CLOCK_GROSS || (chosen < CLOCKS && (out->kpi->clocks >> chosen & 1) != 0);
    if (!known)
        return error_set(reader->err, STATUS_INVALID,
                         "%s.clock: \"%.20s\" of %s: take gross or, "
                         "for working days, working_days",
                         path, clock, out->kpi->id);
    out->clock = (enum kpi_clock)chosen;
    out->unit = chosen == CLOCK_WORKING_DAYS ? "working_days" : out->kpi->unit;
    return STATUS_OK;
}

/* Units that people write; a bare number is in the KPI's own. */
static bool unit_factor(const char *unit, const char *suffix, double *factor) {
    static const struct {
        const char *unit, *suffix;
        double factor;
    } known[] = {{"ratio", "%", 0.01},     {"ratio", "points", 0.01}, {"s", "s", 1},
                 {"s", "min", 60},         {"s", "h", 3600},          {"s", "d", 86400},
                 {"working_days", "wd", 1}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].unit, unit) == 0 && strcmp(known[i].suffix, suffix) == 0) {
            *factor = known[i].factor;
            return true;
        }
    return false;
}

static enum status read_amount(const struct reader *reader, const struct json *value,
                               const char *path, const char *name, const char *unit, double *out) {
    const struct json *amount = json_member(value, name);
    const char *text = json_text(amount, NULL);
    double factor = 1;
    char *end = NULL;
    *out = json_number(amount, NAN);
    if (amount == NULL) return STATUS_OK;
    if (text != NULL && strspn(text, "+-0123456789.") > 0) {
        *out = strtod(text, &end);
        end += strspn(end, " ");
    }
    if (isfinite(*out) && fabs(*out) < 1e12 &&
        (text == NULL || (end != text && unit_factor(unit, end, &factor)))) {
        *out = factor == 0.01 ? *out / 100 : *out * factor; /* 8 % is 0.08 to the bit */
        return STATUS_OK;
    }
    return error_set(reader->err, STATUS_INVALID, "%s.%s: must be %s", path, name,
                     strcmp(unit, "ratio") == 0 ? "a ratio, as 0.08 or \"8 %\""
                     : strcmp(unit, "s") == 0 ? "seconds, or a text as \"20 d\", \"3 h\", \"5 min\""
                                              : "working days, as 20 or \"20 wd\"");
}

static enum status read_measure(const struct reader *reader, const struct json *value,
                                const char *path) {
    struct pilot_plan *plan = reader->plan;
    struct pilot_measure *out = &plan->measures[plan->measure_count];
    TRY(check_members(reader, value, path, "kpi, version, stat, clock, target, expected_effect"));
    TRY(read_kpi(reader, value, path, out));
    TRY(read_stat(reader, value, path, out));
    TRY(read_clock(reader, value, path, out));
    TRY(read_amount(reader, value, path, "target", out->unit, &out->target));
    TRY(read_amount(reader, value, path, "expected_effect", out->unit, &out->expected));
    for (uint32_t i = 0; i < plan->measure_count; i++) {
        const struct pilot_measure *other = &plan->measures[i];
        if (other->kpi == out->kpi && other->clock == out->clock &&
            other->quantile == out->quantile)
            return error_set(reader->err, STATUS_INVALID, "%s: %s is named twice", path,
                             out->kpi->id);
    }
    plan->measure_count++;
    return STATUS_OK;
}

static enum status read_what(const struct reader *reader, const struct json *document) {
    const struct json *list = json_member(document, "secondary");
    if (json_member(document, "primary") == NULL)
        return error_set(reader->err, STATUS_INVALID,
                         "primary: must name the one KPI that decides, as {\"kpi\": \"no_show\"}");
    TRY(read_measure(reader, json_member(document, "primary"), "primary"));
    if (list == NULL) return STATUS_OK;
    if (json_kind(list) != JSON_ARRAY || json_count(list) >= PILOT_MEASURES_MAX)
        return error_set(reader->err, STATUS_INVALID, "secondary: must be a list of at most %d",
                         PILOT_MEASURES_MAX - 1);
    for (const struct json *one = json_first(list); one != NULL; one = json_next(one))
        TRY(read_measure(reader, one, "secondary"));
    return STATUS_OK;
}

/* --- how --- */

static enum status read_method(const struct reader *reader, const struct json *document) {
    struct pilot_plan *plan = reader->plan;
    const bool control = plan->unit_count > plan->treated_count;
    const struct json *value = json_member(document, "method");
    plan->method = control ? PILOT_DIFFERENCES : PILOT_TIME_SERIES;
    if (value == NULL) return STATUS_OK;
    unsigned chosen = 0;
    while (chosen < PILOT_METHOD_COUNT && strcmp(json_text(value, ""), method_texts[chosen]) != 0)
        chosen++;
    if (chosen == PILOT_METHOD_COUNT)
        return error_set(reader->err, STATUS_INVALID,
                         "method: must be one of difference_in_differences, "
                         "interrupted_time_series, before_after");
    if ((chosen == PILOT_DIFFERENCES) != control)
        return error_set(
            reader->err, STATUS_INVALID, "method: %s %s", method_texts[chosen],
            control ? "makes no use of the control units; leave them out" : "needs control units");
    plan->method = (enum pilot_method)chosen;
    if (chosen != PILOT_BEFORE_AFTER) return STATUS_OK;
    const uint32_t offset = pilot_plan_offset(plan);
    if (plan->baseline_weeks == plan->pilot_weeks && (offset == 52 || offset == 104))
        return STATUS_OK;
    return error_set(
        reader->err, STATUS_INVALID,
        "baseline: before_after compares the same weeks of the year: the baseline must "
        "lie 52 or 104 weeks before the pilot and last as long");
}

static enum status read_how(const struct reader *reader, const struct json *document) {
    struct pilot_plan *plan = reader->plan;
    const struct json *follow_up = json_member(document, "follow_up_days");
    TRY(read_method(reader, document));
    TRY(read_whole(reader, json_member(document, "minimum_n"), "minimum_n", PILOT_MINIMUM_N_MIN,
                   PILOT_MINIMUM_N_MAX, &plan->minimum_n));
    plan->follow_up_days = FOLLOW_UP_DAYS;
    if (follow_up != NULL)
        return read_whole(reader, follow_up, "follow_up_days", 0, PILOT_FOLLOW_UP_DAYS_MAX,
                          &plan->follow_up_days);
    for (uint32_t i = 0; i < plan->measure_count; i++)
        if (plan->measures[i].kpi->kpi == KPI_PROCESSING_TIME)
            return error_set(reader->err, STATUS_INVALID,
                             "follow_up_days: say for how many days each application is followed; "
                             "take at least twice of what most of them need");
    return STATUS_OK;
}

#define PLAN_MEMBERS                                                                      \
    "title, author, services, treated, control, baseline, pilot, zone, method, primary, " \
    "secondary, minimum_n, follow_up_days"

static enum status read_plan(const struct reader *reader, const struct json *document) {
    struct pilot_plan *plan = reader->plan;
    TRY(check_members(reader, document, "plan", PLAN_MEMBERS));
    TRY(read_text(reader, json_member(document, "title"), "title", PILOT_TITLE_BYTES_MAX,
                  &plan->title));
    TRY(read_text(reader, json_member(document, "author"), "author", PILOT_TITLE_BYTES_MAX,
                  &plan->author));
    TRY(read_who(reader, document));
    TRY(read_when(reader, document));
    TRY(read_what(reader, document));
    return read_how(reader, document);
}

enum status pilot_plan_parse(const char *json, size_t size, struct arena *arena,
                             struct pilot_plan *out, struct error *err) {
    struct json *document;
    *out = (struct pilot_plan){0};
    if (size > PILOT_PLAN_BYTES_MAX)
        return error_set(err, STATUS_TOO_LARGE, "plan: more than %d bytes", PILOT_PLAN_BYTES_MAX);
    TRY(json_parse(json, size, &document, err));
    const struct reader reader = {arena, out, err};
    const enum status status = read_plan(&reader, document);
    json_free(document);
    return status;
}

/* --- the canonical form --- */

static void write_string(struct text *text, const char *name, const char *value) {
    text_add_format(text, "\"%s\":", name);
    text_add_json_string(text, value, strlen(value));
}

static void write_units(struct text *text, const char *name, const struct pilot_unit *units,
                        uint32_t count) {
    text_add_format(text, ",\"%s\":[", name);
    for (uint32_t i = 0; i < count; i++) {
        text_add_string(text, i > 0 ? ",{" : "{");
        write_string(text, "tenant", units[i].tenant);
        if (units[i].office != NULL) {
            text_add_string(text, ",");
            write_string(text, "office", units[i].office);
        }
        text_add_string(text, "}");
    }
    text_add_string(text, "]");
}

static void write_period(struct text *text, const char *name, int64_t day, uint32_t weeks) {
    char from[11], to[11];
    write_day(day, from);
    write_day(day + 7 * (int64_t)weeks, to);
    text_add_format(text, ",\"%s\":{\"from\":\"%s\",\"to\":\"%s\"}", name, from, to);
}

static void write_measure(struct text *text, const struct pilot_measure *measure) {
    text_add_format(text,
                    "{\"kpi\":\"%s\",\"version\":%" PRIu32 ",\"stat\":\"%s\",\"clock\":\"%s\"",
                    measure->kpi->id, measure->version, measure->stat, clock_texts[measure->clock]);
    if (!isnan(measure->target)) {
        text_add_string(text, ",\"target\":");
        text_add_json_number(text, measure->target);
    }
    if (!isnan(measure->expected)) {
        text_add_string(text, ",\"expected_effect\":");
        text_add_json_number(text, measure->expected);
    }
    text_add_string(text, "}");
}

void pilot_plan_write(const struct pilot_plan *plan, struct text *text) {
    text_add_string(text, "{");
    write_string(text, "title", plan->title);
    text_add_string(text, ",");
    write_string(text, "author", plan->author);
    text_add_string(text, ",\"services\":[");
    for (uint32_t i = 0; i < plan->service_count; i++) {
        if (i > 0) text_add_string(text, ",");
        text_add_json_string(text, plan->services[i], strlen(plan->services[i]));
    }
    text_add_string(text, "]");
    write_units(text, "treated", plan->units, plan->treated_count);
    write_units(text, "control", plan->units + plan->treated_count,
                plan->unit_count - plan->treated_count);
    write_period(text, "baseline", plan->baseline_day, plan->baseline_weeks);
    write_period(text, "pilot", plan->pilot_day, plan->pilot_weeks);
    text_add_string(text, ",");
    write_string(text, "zone", plan->zone);
    text_add_format(text, ",\"method\":\"%s\",\"primary\":", method_texts[plan->method]);
    write_measure(text, &plan->measures[0]);
    text_add_string(text, ",\"secondary\":[");
    for (uint32_t i = 1; i < plan->measure_count; i++) {
        if (i > 1) text_add_string(text, ",");
        write_measure(text, &plan->measures[i]);
    }
    text_add_format(text, "],\"minimum_n\":%" PRIu32 ",\"follow_up_days\":%" PRIu32 "}",
                    plan->minimum_n, plan->follow_up_days);
}

enum status pilot_plan_hash(const struct pilot_plan *plan, char hash[SHA256_TEXT_BYTES],
                            struct error *err) {
    struct text text;
    text_init(&text, PILOT_PLAN_BYTES_MAX);
    pilot_plan_write(plan, &text);
    const bool failed = text.failed;
    if (!failed) sha256_text(text.bytes, text.size, hash);
    text_free(&text);
    if (!failed) return STATUS_OK;
    return error_set(err, STATUS_TOO_LARGE, "plan: more than %d bytes", PILOT_PLAN_BYTES_MAX);
}
