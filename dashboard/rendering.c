/* SPDX-License-Identifier: EUPL-1.2 */
#include "dashboard/rendering.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "dashboard/settings.h"
#include "event/column.h"

static const char *const view_text[VIEW_COUNT] = {
    [VIEW_CLOSING] = "closing", [VIEW_INTAKE] = "intake"};
static const char *const clock_text[CLOCK_COUNT] = {[CLOCK_GROSS] = "gross",
                                                    [CLOCK_WORKING_DAYS] = "working_days",
                                                    [CLOCK_OFFICE_HOURS] = "office_hours",
                                                    [CLOCK_NET] = "net",
                                                    [CLOCK_APPLICANT] = "applicant",
                                                    [CLOCK_TOUCH] = "touch"};
static const char *const direction_text[] = {
    [KPI_LOWER_IS_BETTER] = "lower", [KPI_HIGHER_IS_BETTER] = "higher", [KPI_NEUTRAL] = "neutral"};

static void write_string(struct text *text, const char *value) {
    if (value == NULL)
        text_add_string(text, "null");
    else
        text_add_json_string(text, value, strlen(value));
}

void rendering_text(struct text *text, const char *name, const char *value) {
    text_add_format(text, "\"%s\":", name);
    write_string(text, value);
}

void rendering_moment(struct text *text, const char *name, int64_t utc_ms) {
    text_add_format(text, "\"%s\":", name);
    if (utc_ms == TIME_ABSENT) {
        text_add_string(text, "null");
        return;
    }
    text_add(text, "\"", 1);
    text_add_utc(text, utc_ms);
    text_add(text, "\"", 1);
}

static void write_head(struct text *text, const struct kpi_definition *definition) {
    text_add_string(text, "{");
    rendering_text(text, "id", definition->id);
    text_add_format(text, ",\"version\":%" PRIu32 ",", definition->version);
    rendering_text(text, "unit", definition->unit);
    text_add(text, ",", 1);
    rendering_text(text, "direction", direction_text[definition->direction]);
}

static void write_definition(struct text *text, const struct result *result,
                             enum language language) {
    const struct kpi_definition *definition = result->definition;
    write_head(text, definition);
    const char *const texts[][2] = {
        {"name", definition->name[language]},
        {"explanation", definition->explanation[language]},
        {"population", definition->population[language]},
        {"formula", definition->formula[language]},
        {"exclusions", definition->exclusions[language]},
    };
    for (size_t at = 0; at < sizeof texts / sizeof *texts; at++) {
        text_add(text, ",", 1);
        rendering_text(text, texts[at][0], texts[at][1]);
    }
    text_add(text, ",", 1);
    rendering_text(text, "view", definition->views != 0 ? view_text[result->view] : NULL);
    text_add(text, ",", 1);
    rendering_text(text, "clock", definition->clocks != 0 ? clock_text[result->clock] : NULL);
    text_add(text, "}", 1);
}

static void write_bucket(struct text *text, enum bucket bucket) {
    if (bucket == BUCKET_WEEKDAY_HOUR)
        text_add_format(text, "\"%s\",\"%s\"", bucket_text(BUCKET_WEEKDAY),
                        bucket_text(BUCKET_HOUR_OF_DAY));
    else
        text_add_format(text, "\"%s\"", bucket_text(bucket));
}

static void write_by(struct text *text, const struct plan *plan) {
    text_add_string(text, ",\"by\":[");
    for (uint32_t at = 0; at < plan->by_count; at++)
        text_add_format(text, "%s\"%s\"", at > 0 ? "," : "", dimension_text(plan->by[at]));
    if (plan->bucket != BUCKET_NONE) {
        if (plan->by_count > 0) text_add(text, ",", 1);
        write_bucket(text, plan->bucket);
    }
    text_add(text, "]", 1);
}

static void write_cell(struct text *text, const struct cell *cell) {
    switch (cell->kind) {
        case CELL_ABSENT: text_add_string(text, "null"); return;
        case CELL_INTEGER: text_add_integer(text, cell->integer); return;
        case CELL_NUMBER: text_add_json_number(text, cell->number); return;
        case CELL_TEXT: write_string(text, cell->text); return;
    }
}

/* What stands before the cell of each column, the same in every row: {"service": ,"n": and so on,
 * each with its NUL. */
static void write_keys(struct text *keys, const struct result *result) {
    for (uint32_t column = 0; column < result->column_count; column++) {
        text_add(keys, column > 0 ? "," : "{", 1);
        write_string(keys, result->columns[column].name);
        text_add(keys, ":", sizeof ":");
    }
}

static void write_row(struct text *text, const struct result *result, const struct cell *row,
                      const char *key) {
    for (uint32_t column = 0; column < result->column_count; column++) {
        const size_t size = strlen(key);
        text_add(text, key, size);
        key += size + 1;
        write_cell(text, &row[column]);
    }
    text_add(text, "}", 1);
}

static void write_rows(struct text *text, const struct result *result) {
    struct text keys;
    text_init(&keys, RENDERING_BYTES_MAX);
    write_keys(&keys, result);
    text->failed |= keys.failed;
    for (uint32_t row = 0; row < result->row_count && !text->failed; row++) {
        if (row > 0) text_add(text, ",", 1);
        write_row(text, result, &result->cells[(size_t)row * result->column_count], keys.bytes);
    }
    text_free(&keys);
}

static void write_table(struct text *text, const struct result *result) {
    text_add_string(text, "\"columns\":[");
    for (uint32_t column = 0; column < result->column_count; column++) {
        text_add_string(text, column > 0 ? ",{" : "{");
        rendering_text(text, "name", result->columns[column].name);
        text_add(text, ",", 1);
        rendering_text(text, "unit", result->columns[column].unit);
        text_add(text, "}", 1);
    }
    text_add_string(text, "],\"rows\":[");
    write_rows(text, result);
    text_add(text, "]", 1);
}

static void write_sections(struct text *text, const struct result *result) {
    if (result->section_count == 0) return;
    text_add_string(text, ",\"sections\":{");
    for (uint32_t at = 0; at < result->section_count; at++) {
        text_add_format(text, "%s\"%s\":{", at > 0 ? "," : "", result->sections[at].name);
        write_table(text, &result->sections[at].table);
        text_add(text, "}", 1);
    }
    text_add(text, "}", 1);
}

static void write_notes(struct text *text, const struct result *result) {
    text_add_string(text, ",\"notes\":[");
    for (uint32_t note = 0; note < result->note_count; note++) {
        text_add_string(text, note > 0 ? ",{" : "{");
        rendering_text(text, "key", result->notes[note].key);
        text_add(text, ",", 1);
        rendering_text(text, "text", result->notes[note].text);
        text_add(text, "}", 1);
    }
    text_add(text, "]", 1);
}

/* What became known between the moments of a comparison. */
static void write_changes(struct text *text, const struct result_changes *changes) {
    text_add_string(text, ",");
    rendering_moment(text, "against", changes->against_ms);
    text_add_format(text, ",\"new_events\":%" PRIu64 ",\"late_events\":[", changes->new_events);
    for (uint32_t at = 0; at < changes->late_count; at++) {
        const struct late_events *late = &changes->late[at];
        text_add_string(text, at > 0 ? ",{" : "{");
        rendering_text(text, "type", late->type == TYPE_UNKNOWN ? NULL : type_text(late->type));
        text_add(text, ",", 1);
        rendering_text(text, "source", late->source);
        text_add_format(text, ",\"events\":%" PRIu64 ",", late->events);
        rendering_moment(text, "first", late->first_ms);
        text_add(text, ",", 1);
        rendering_moment(text, "last", late->last_ms);
        text_add(text, "}", 1);
    }
    text_add(text, "]", 1);
}

void rendering_json(struct text *text, const struct plan *plan, const struct result *result,
                    enum language language) {
    text_add_string(text, "{\"definition\":");
    write_definition(text, result, language);
    text_add_string(text, ",\"interval\":{");
    rendering_moment(text, "from", result->from_ms);
    text_add(text, ",", 1);
    rendering_moment(text, "to", result->to_ms);
    text_add(text, ",", 1);
    rendering_text(text, "zone", result->zone);
    text_add_string(text, "},");
    rendering_text(text, "calendar", result->calendar);
    text_add(text, ",", 1);
    rendering_moment(text, "as_of", result->as_of_ms);
    if (result->changes != NULL) write_changes(text, result->changes);
    text_add(text, ",", 1);
    rendering_text(text, "state", result_state_text(result->state));
    write_by(text, plan);
    text_add(text, ",", 1);
    write_table(text, result);
    write_sections(text, result);
    write_notes(text, result);
    text_add(text, "}", 1);
}

static void write_languages(struct text *text, const char *name, const char *const *texts) {
    text_add_format(text, ",\"%s\":{", name);
    for (unsigned language = 0; language < LANGUAGE_COUNT; language++) {
        if (language > 0) text_add(text, ",", 1);
        rendering_text(text, language_text[language], texts[language]);
    }
    text_add(text, "}", 1);
}

static void write_number(struct text *text, const char *name, double number) {
    text_add_format(text, "\"%s\":", name);
    text_add_json_number(text, number);
}

/* The one row of the course that the sentence speaks of. */
static void write_story_row(struct text *text, const struct story *story) {
    const struct result *result = story->result;
    struct text keys;
    text_init(&keys, RENDERING_BYTES_MAX);
    write_keys(&keys, result);
    text_add_string(text, ",\"row\":");
    text->failed |= keys.failed;
    if (!keys.failed)
        write_row(text, result, &result->cells[(size_t)story->row * result->column_count],
                  keys.bytes);
    text_free(&keys);
}

static void write_story_change(struct text *text, const struct story *story) {
    char than[PERIOD_TEXT_BYTES];
    period_name(story->question.than, than);
    text_add_string(text, ",\"change\":{");
    rendering_text(text, "verdict", story_verdict_text(story->verdict));
    text_add(text, ",", 1);
    rendering_text(text, "than", than);
    text_add(text, ",", 1);
    write_number(text, "before", story->phrase.before);
    text_add(text, ",", 1);
    write_number(text, "difference", story->phrase.value - story->phrase.before);
    text_add_format(text, ",\"per_working_day\":%s,",
                    story->phrase.definition->flow ? "true" : "false");
    write_number(text, "judged", story->control.change);
    text_add(text, ",", 1);
    write_number(text, "normal_lo", story->control.lo);
    text_add(text, ",", 1);
    write_number(text, "normal_hi", story->control.hi);
    text_add_format(text, ",\"past_changes\":%" PRIu32 ",\"seasonal\":%s}", story->control.changes,
                    story->control.seasonal ? "true" : "false");
}

void rendering_story(struct text *text, const struct story *story, enum language language) {
    char period[PERIOD_TEXT_BYTES];
    period_name(story->question.period, period);
    text_add_string(text, "{\"definition\":");
    write_definition(text, story->result, language);
    text_add(text, ",", 1);
    rendering_text(text, "period", period);
    text_add(text, ",", 1);
    rendering_text(text, "zone", story->result->zone);
    text_add(text, ",", 1);
    rendering_text(text, "calendar", story->result->calendar);
    text_add(text, ",", 1);
    rendering_moment(text, "as_of", story->result->as_of_ms);
    text_add(text, ",", 1);
    rendering_text(text, "state", result_state_text(story->phrase.state));
    write_story_row(text, story);
    write_story_change(text, story);
    write_languages(text, "sentence", story->text);
    text_add(text, "}", 1);
}

/* A text that a spreadsheet would run as a formula is not changed: the API gives data as it is. */
static void write_csv_text(struct text *text, const char *value) {
    if (strpbrk(value, ",\"\r\n") == NULL) {
        text_add_string(text, value);
        return;
    }
    text_add(text, "\"", 1);
    for (; *value != '\0'; value++) {
        if (*value == '"') text_add(text, "\"", 1);
        text_add(text, value, 1);
    }
    text_add(text, "\"", 1);
}

static void write_csv_moment(struct text *text, int64_t utc_ms) {
    text_add(text, ",", 1);
    if (utc_ms != TIME_ABSENT) text_add_utc(text, utc_ms);
}

/* What JSON says around the rows, the same in each: a file that was saved tells what it is. */
static const char csv_basis[] =
    ",kpi,kpi_version,view,clock,interval_from,interval_to,zone,calendar,as_of";

static void write_csv_basis(struct text *text, const struct result *result) {
    const struct kpi_definition *definition = result->definition;
    text_add_format(text, ",%s,%" PRIu32 ",%s,%s", definition->id, definition->version,
                    definition->views != 0 ? view_text[result->view] : "",
                    definition->clocks != 0 ? clock_text[result->clock] : "");
    write_csv_moment(text, result->from_ms);
    write_csv_moment(text, result->to_ms);
    text_add_format(text, ",%s,", result->zone);
    write_csv_text(text, result->calendar);
    write_csv_moment(text, result->as_of_ms);
    if (result->changes != NULL) write_csv_moment(text, result->changes->against_ms);
    text_add_string(text, "\r\n");
}

static void write_csv_cells(struct text *text, const struct result *table, uint32_t row) {
    for (uint32_t column = 0; column < table->column_count; column++) {
        const struct cell *cell = &table->cells[(size_t)row * table->column_count + column];
        if (column > 0) text_add(text, ",", 1);
        if (cell->kind == CELL_TEXT)
            write_csv_text(text, cell->text);
        else if (cell->kind == CELL_INTEGER ||
                 (cell->kind == CELL_NUMBER && isfinite(cell->number)))
            write_cell(text, cell);
    }
}

void rendering_csv(struct text *text, const struct result *result) {
    const struct result *table = result->section_count == 1 ? &result->sections[0].table : result;
    struct text basis;
    text_init(&basis, RENDERING_BYTES_MAX);
    write_csv_basis(&basis, result);
    text->failed |= basis.failed;
    for (uint32_t column = 0; column < table->column_count; column++) {
        if (column > 0) text_add(text, ",", 1);
        write_csv_text(text, table->columns[column].name);
    }
    text_add_string(text, csv_basis);
    text_add_string(text, result->changes != NULL ? ",against\r\n" : "\r\n");
    for (uint32_t row = 0; row < table->row_count && !text->failed; row++) {
        write_csv_cells(text, table, row);
        text_add(text, basis.bytes, basis.size);
    }
    text_free(&basis);
}

/* The names of the bits that are set, as an array. */
static void write_set(struct text *text, const char *name, unsigned set, unsigned count,
                      const char *(*text_of)(unsigned bit)) {
    bool first = true;
    text_add_format(text, ",\"%s\":[", name);
    for (unsigned bit = 0; bit < count; bit++) {
        if ((set >> bit & 1) == 0) continue;
        text_add_format(text, "%s\"%s\"", first ? "" : ",", text_of(bit));
        first = false;
    }
    text_add(text, "]", 1);
}

static const char *view_of(unsigned bit) {
    return view_text[bit];
}
static const char *clock_of(unsigned bit) {
    return clock_text[bit];
}
static const char *dimension_of(unsigned bit) {
    return dimension_text((enum dimension)bit);
}

void rendering_catalogue(struct text *text) {
    bool first = true;
    text_add_string(text, "{\"kpis\":[");
    for (unsigned kpi = 0; kpi < KPI_COUNT; kpi++) {
        const struct kpi_definition *definition = kpi_get((enum kpi_id)kpi);
        if (!definition->listed) continue;
        if (!first) text_add(text, ",", 1);
        first = false;
        write_head(text, definition);
        write_languages(text, "name", definition->name);
        write_languages(text, "explanation", definition->explanation);
        write_languages(text, "population", definition->population);
        write_languages(text, "formula", definition->formula);
        write_languages(text, "exclusions", definition->exclusions);
        write_set(text, "views", definition->views, VIEW_COUNT, view_of);
        write_set(text, "clocks", definition->clocks, CLOCK_COUNT, clock_of);
        write_set(text, "dimensions", definition->dimensions, DIMENSION_COUNT, dimension_of);
        text_add_format(text, ",\"buckets\":%s", definition->buckets ? "true" : "false");
        text_add_format(text, ",\"recurring\":%s", definition->recurring ? "true" : "false");
        const bool told = definition->sentence[LANGUAGE_EN][PLURAL_OTHER] != NULL;
        text_add_format(text, ",\"sentence\":%s}", told ? "true" : "false");
    }
    text_add_string(text, "]}");
}
