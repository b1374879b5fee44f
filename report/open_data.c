/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/open_data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "base/timezone.h"
#include "event/column.h"

/* --- what is published, and how it is rounded --- */

static const char *const published[] = {"processing_time", "throughput",   "digital_take_up",
                                        "completion",      "no_show",      "waiting_time",
                                        "satisfaction",    "media_breaks", "page_views"};
enum { PUBLISHED_COUNT = sizeof published / sizeof *published };

static const char *const columns[] = {"tenant", "service", "month", "value", "unit", "n", "state"};
enum { COLUMN_COUNT_OPEN = sizeof columns / sizeof *columns };

static bool is_share(const char *unit) {
    return strcmp(unit, "ratio") == 0;
}
static bool is_count(const char *unit) {
    return strcmp(unit, "count") == 0;
}
static bool is_duration(const char *unit) {
    return strcmp(unit, "s") == 0;
}

/* Of a share, those that have and those that have not what is counted are cells as well. */
static bool is_small(double value, double n, const char *unit) {
    const double floor_n = is_duration(unit) ? 2 * OPEN_CELL_MIN : OPEN_CELL_MIN;
    if (is_count(unit) && value < OPEN_CELL_MIN) return true;
    if (n < floor_n) return true;
    if (!is_share(unit)) return false;
    const double with = value * n;
    return with < OPEN_CELL_MIN - 0.5 || n - with < OPEN_CELL_MIN - 0.5;
}

static double to_step(double value, double step) {
    return round(value / step) * step;
}

/* Shares to whole percents, scores to tenths, durations to minutes, from a day on to hours. */
static double rounded(double value, const char *unit) {
    enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };
    if (is_count(unit)) return to_step(value, OPEN_CELL_MIN);
    if (is_share(unit)) return round(value * 100) / 100;
    if (is_duration(unit)) return to_step(value, value < DAY ? MINUTE : HOUR);
    return round(value * 10) / 10;
}

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "open data: memory budget used up");
}

static bool is_published(const char *kpi) {
    for (int at = 0; at < PUBLISHED_COUNT; at++)
        if (strcmp(published[at], kpi) == 0) return true;
    return false;
}

/* --- months that have ended --- */

/* The first day of the month in which the moment lies: until then figures are final enough. */
static enum status end_of_months(const struct set_scope *scope, char day[TIMESTAMP_TEXT_BYTES],
                                 struct error *err) {
    const struct time_zone *zone;
    int64_t as_of_ms = scope->now_ms, year;
    int month, day_of_month;
    bool needed;
    if (scope->words.as_of != NULL)
        TRY(plan_as_of(&scope->words, scope->now_ms, scope->arena, &as_of_ms, &needed, err));
    TRY(timezone_load(scope->words.zone, scope->arena, &zone, err));
    timestamp_civil_from_days(timezone_day(zone, as_of_ms), &year, &month, &day_of_month);
    snprintf(day, TIMESTAMP_TEXT_BYTES, "%04d-%02d-01", (int)year, month);
    return STATUS_OK;
}

static enum status add_row(const struct set_scope *scope, const struct result *result, uint32_t row,
                           struct set_table *table, struct error *err) {
    const char *unit = result->definition->unit;
    const double value = result_number(result, row, "value");
    const double n = result_number(result, row, "n");
    const bool something = !isnan(value) && n > 0;
    const bool small = something && is_small(value, n, unit);
    struct cell *cells = set_add_row(table, scope->arena);
    if (cells == NULL) return no_memory(err);
    cells[0] = *result_cell(result, row, "tenant");
    cells[1] = *result_cell(result, row, "service");
    cells[2] = *result_cell(result, row, "month");
    cells[4] = set_text(unit);
    cells[6] = set_text(small || n > 0 ? "suppressed" : "no_data");
    if (!something || small) return STATUS_OK;
    cells[3] = set_number(rounded(value, unit));
    cells[5] = set_integer((int64_t)to_step(n, OPEN_CELL_MIN));
    cells[6] = *result_cell(result, row, "state");
    return STATUS_OK;
}

enum status open_data_set(const struct set_scope *scope, const char *kpi, struct set *out,
                          struct error *err) {
    char end[TIMESTAMP_TEXT_BYTES];
    struct result result;
    struct set_scope ended = *scope;
    *out = (struct set){.id = kpi};
    if (!is_published(kpi))
        return error_set(err, STATUS_NOT_FOUND,
                         "\"%.40s\" is not published; /v1/catalogue.jsonld lists what is", kpi);
    TRY(end_of_months(scope, end, err));
    ended.words.to = end;
    TRY(set_ask(&ended, kpi, "tenant,service,month", NULL, out, &result, err));
    out->title = result.definition->name[scope->language];
    out->summary = result.definition->explanation[scope->language];
    struct set_table *table = set_add_table(out, "figures", columns, COLUMN_COUNT_OPEN);
    for (uint32_t row = 0; row < result.row_count; row++)
        TRY(add_row(scope, &result, row, table, err));
    return STATUS_OK;
}

/* --- the catalogue --- */

#define EU_AUTHORITY "http://publications.europa.eu/resource/authority/"
#define GEOCODING    "http://dcat-ap.de/def/politicalGeocoding/"

static const char context[] =
    "{\"@context\":{\"dcat\":\"http://www.w3.org/ns/dcat#\",\"dct\":\"http://purl.org/dc/terms/\","
    "\"dcatde\":\"http://dcat-ap.de/def/dcatde/\",\"foaf\":\"http://xmlns.com/foaf/0.1/\","
    "\"vcard\":\"http://www.w3.org/2006/vcard/ns#\","
    "\"xsd\":\"http://www.w3.org/2001/XMLSchema#\"},";

static void add_string(struct text *text, const char *name, const char *value) {
    text_add_format(text, "\"%s\":", name);
    text_add_json_string(text, value, strlen(value));
}

/* {"@id":"..."}: another resource. */
static void add_resource(struct text *text, const char *name, const char *id) {
    text_add_format(text, ",\"%s\":{", name);
    add_string(text, "@id", id);
    text_add(text, "}", 1);
}

/* The same text in all languages that have it. */
static void add_languages(struct text *text, const char *name,
                          const char *const texts[LANGUAGE_COUNT]) {
    static const char *const codes[LANGUAGE_COUNT] = {"de", "en", "tr", "ar"};
    bool first = true;
    text_add_format(text, ",\"%s\":[", name);
    for (int at = 0; at < LANGUAGE_COUNT; at++) {
        if (texts[at] == NULL) continue;
        text_add_format(text, "%s{\"@language\":\"%s\",", first ? "" : ",", codes[at]);
        add_string(text, "@value", texts[at]);
        text_add(text, "}", 1);
        first = false;
    }
    text_add(text, "]", 1);
}

static void add_publisher(struct text *text, const struct publisher *publisher) {
    text_add_string(text, ",\"dct:publisher\":{\"@type\":\"foaf:Organization\",");
    add_string(text, "foaf:name", publisher->name);
    text_add(text, "}", 1);
    if (publisher->contact == NULL) return;
    text_add_string(text, ",\"dcat:contactPoint\":{\"@type\":\"vcard:Organization\",");
    add_string(text, "vcard:fn", publisher->name);
    text_add_string(text, ",\"vcard:hasEmail\":{\"@id\":\"mailto:");
    struct text quoted;
    text_init(&quoted, 1024);
    text_add_json_string(&quoted, publisher->contact, strlen(publisher->contact));
    if (quoted.failed)
        text->failed = true;
    else
        text_add(text, quoted.bytes + 1, quoted.size - 1); /* without the first quote */
    text_free(&quoted);
    text_add_string(text, "}}");
}

static void add_distribution(struct text *text, const struct publisher *publisher, const char *kpi,
                             bool csv) {
    text_add_string(text, "{\"@type\":\"dcat:Distribution\",\"@id\":\"");
    text_add_format(text, "%s/v1/open/%s#%s\"", publisher->url, kpi, csv ? "csv" : "json");
    text_add_format(text, ",\"dcat:accessURL\":{\"@id\":\"%s/v1/open/%s%s\"}", publisher->url, kpi,
                    csv ? "?format=csv" : "");
    text_add_format(text, ",\"dcat:downloadURL\":{\"@id\":\"%s/v1/open/%s%s\"}", publisher->url,
                    kpi, csv ? "?format=csv" : "");
    add_resource(text, "dct:format",
                 csv ? EU_AUTHORITY "file-type/CSV" : EU_AUTHORITY "file-type/JSON");
    add_resource(text, "dcat:mediaType",
                 csv ? "https://www.iana.org/assignments/media-types/text/csv"
                     : "https://www.iana.org/assignments/media-types/application/json");
    add_resource(text, "dct:license", publisher->licence);
    text_add(text, ",", 1);
    add_string(text, "dcatde:licenseAttributionByText", publisher->name);
    text_add(text, "}", 1);
}

/* Where the figures are from, by the regional keys of the municipalities. */
static void add_places(struct text *text, const struct result *places) {
    text_add_string(text, ",\"dcatde:politicalGeocodingLevelURI\":{\"@id\":\"" GEOCODING
                          "Level/municipality\"},\"dcatde:politicalGeocodingURI\":[");
    bool first = true;
    for (uint32_t row = 0; row < places->row_count; row++) {
        const char *tenant = result_text(places, row, "tenant");
        if (*tenant == '\0') continue;
        text_add_format(text, "%s{\"@id\":\"" GEOCODING "regionalKey/%s\"}", first ? "" : ",",
                        tenant);
        first = false;
    }
    text_add(text, "]", 1);
}

struct span { /* of the figures */
    char begin[TIMESTAMP_TEXT_BYTES], end[TIMESTAMP_TEXT_BYTES];
};

static void add_dataset(struct text *text, const struct publisher *publisher,
                        const struct kpi_definition *kpi, const struct result *places,
                        const struct span *span) {
    text_add_string(text, "{\"@type\":\"dcat:Dataset\",\"@id\":\"");
    text_add_format(text, "%s/v1/open/%s\",", publisher->url, kpi->id);
    add_string(text, "dct:identifier", kpi->id);
    add_languages(text, "dct:title", kpi->name);
    add_languages(text, "dct:description", kpi->explanation);
    add_publisher(text, publisher);
    if (publisher->contributor != NULL)
        add_resource(text, "dcatde:contributorID", publisher->contributor);
    add_resource(text, "dcat:theme", EU_AUTHORITY "data-theme/GOVE");
    add_resource(text, "dct:accrualPeriodicity", EU_AUTHORITY "frequency/MONTHLY");
    add_places(text, places);
    if (*span->begin != '\0')
        text_add_format(text,
                        ",\"dct:temporal\":{\"@type\":\"dct:PeriodOfTime\",\"dcat:startDate\":{"
                        "\"@type\":\"xsd:date\",\"@value\":\"%s\"},\"dcat:endDate\":{\"@type\":"
                        "\"xsd:date\",\"@value\":\"%s\"}}",
                        span->begin, span->end);
    text_add_string(text, ",\"dcat:distribution\":[");
    add_distribution(text, publisher, kpi->id, true);
    text_add(text, ",", 1);
    add_distribution(text, publisher, kpi->id, false);
    text_add_string(text, "]}");
}

/* From the day of the first event to the last day of the last month that has ended. */
static enum status find_span(const struct set_scope *scope, struct span *span, struct error *err) {
    struct engine_stats stats;
    const struct time_zone *zone;
    int64_t year, end_ms;
    int month, day;
    char end[TIMESTAMP_TEXT_BYTES], moment[2 * TIMESTAMP_TEXT_BYTES];
    *span = (struct span){0};
    TRY(scope->engine->ops->stats(scope->engine, &stats, err));
    TRY(end_of_months(scope, end, err));
    TRY(timezone_load(scope->words.zone, scope->arena, &zone, err));
    snprintf(moment, sizeof moment, "%sT00:00:00Z", end);
    if (stats.oldest_time_ms == TIME_ABSENT || !timestamp_parse(moment, strlen(moment), &end_ms) ||
        stats.oldest_time_ms >= end_ms)
        return STATUS_OK;
    timestamp_civil_from_days(timezone_day(zone, stats.oldest_time_ms), &year, &month, &day);
    snprintf(span->begin, sizeof span->begin, "%04d-%02d-%02d", (int)year, month, day);
    timestamp_format_utc(end_ms - 1, span->end);
    span->end[10] = '\0'; /* the day alone */
    return STATUS_OK;
}

enum status open_data_catalogue(const struct set_scope *scope, const struct publisher *publisher,
                                struct text *text, struct error *err) {
    static const char *const title[LANGUAGE_COUNT] = {
        "Kennzahlen der Verwaltungsleistungen", "Figures of public services",
        "Kamu hizmetleri göstergeleri", "مؤشرات الخدمات العامة"};
    static const char *const description[LANGUAGE_COUNT] = {
        "Wie lange Leistungen dauern, wie viele abgeschlossen werden und wie zufrieden Menschen "
        "sind, nach Kommune, Leistung und Monat. Kleine Zahlen sind unterdrückt, alle gerundet.",
        "How long services take, how many are completed and how satisfied people are, by "
        "municipality, service and month. Small numbers are suppressed, all are rounded.",
        "Hizmetlerin ne kadar sürdüğü, kaçının tamamlandığı ve insanların ne kadar memnun olduğu; "
        "belediye, hizmet ve aya göre. Küçük sayılar gizlenir, tümü yuvarlanır.",
        "مدة الخدمات وعدد ما يُستكمل منها ومدى رضا الناس، بحسب البلدية والخدمة والشهر. تُحجب "
        "الأعداد الصغيرة وتُقرَّب جميعها."};
    struct set set = {0};
    struct result places;
    struct span span;
    TRY(set_ask(scope, "inventory", "tenant", NULL, &set, &places, err));
    TRY(find_span(scope, &span, err));
    text_add_string(text, context);
    text_add_format(text, "\"@type\":\"dcat:Catalog\",\"@id\":\"%s/v1/catalogue.jsonld\"",
                    publisher->url);
    add_languages(text, "dct:title", title);
    add_languages(text, "dct:description", description);
    add_publisher(text, publisher);
    add_resource(text, "foaf:homepage", publisher->url);
    add_resource(text, "dct:license", publisher->licence);
    text_add_string(text, ",\"dcat:dataset\":[");
    for (int at = 0; at < PUBLISHED_COUNT; at++) {
        if (at > 0) text_add(text, ",", 1);
        add_dataset(text, publisher, kpi_find(published[at], strlen(published[at])), &places,
                    &span);
    }
    text_add_string(text, "]}");
    return STATUS_OK;
}
