/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/answer_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/timestamp.h"
#include "base/timezone.h"

enum { COLUMNS_MAX = 128, GAP = 2, LINE_COLUMNS = 96, ZONE_BYTES_MAX = 4 << 20 };

/* --- figures --- */

/* 1234567.5 with 1 decimal is "1,234,567.5". */
static void write_grouped(double value, int decimals, char *out, size_t size) {
    char digits[400];
    const int length = snprintf(digits, sizeof digits, "%.*f", decimals, fabs(value));
    const size_t whole = decimals > 0 ? (size_t)(length - decimals - 1) : (size_t)length;
    size_t used = 0;
    if (value < 0 && strspn(digits, "0.") < (size_t)length) out[used++] = '-';
    for (size_t at = 0; at < (size_t)length && used + 2 < size; at++) {
        if (at > 0 && at < whole && (whole - at) % 3 == 0) out[used++] = ',';
        out[used++] = digits[at];
    }
    out[used] = '\0';
}

static void write_duration(double seconds, char *out, size_t size) {
    const char *sign = seconds < 0 ? "-" : "";
    const double length = fabs(seconds);
    if (length < 10 && length != floor(length)) {
        snprintf(out, size, "%s%.1f s", sign, length);
    } else if (length < 60) {
        snprintf(out, size, "%s%.0f s", sign, length);
    } else if (length < 3600) {
        const int whole = (int)(length + 0.5);
        snprintf(out, size, "%s%d min %d s", sign, whole / 60, whole % 60);
    } else if (length < 2 * 86400) {
        const int minutes = (int)(length / 60 + 0.5);
        snprintf(out, size, "%s%d h %d min", sign, minutes / 60, minutes % 60);
    } else {
        char days[64];
        write_grouped(seconds / 86400, 1, days, sizeof days);
        snprintf(out, size, "%s days", days);
    }
}

void answer_table_figure(double value, const char *unit, char cell[ANSWER_TABLE_CELL_BYTES]) {
    char number[128];
    const bool whole = value == floor(value) && fabs(value) < 1e15;
    if (strcmp(unit, "s") == 0) {
        write_duration(value, cell, ANSWER_TABLE_CELL_BYTES);
        return;
    }
    if (strcmp(unit, "ratio") == 0) {
        write_grouped(value * 100, 1, number, sizeof number);
        snprintf(cell, ANSWER_TABLE_CELL_BYTES, "%s %%", number);
        return;
    }
    const bool money = strlen(unit) == 3 && strspn(unit, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
    write_grouped(value, money ? 2 : whole ? 0 : fabs(value) < 100 ? 2 : 1, number, sizeof number);
    if (money)
        snprintf(cell, ANSWER_TABLE_CELL_BYTES, "%s %s", number, unit);
    else if (strcmp(unit, "working_days") == 0)
        snprintf(cell, ANSWER_TABLE_CELL_BYTES, "%s wd", number);
    else if (strcmp(unit, "days") == 0)
        snprintf(cell, ANSWER_TABLE_CELL_BYTES, "%s d", number);
    else if (strcmp(unit, "office_hours") == 0)
        snprintf(cell, ANSWER_TABLE_CELL_BYTES, "%s oh", number);
    else
        snprintf(cell, ANSWER_TABLE_CELL_BYTES, "%s", number);
}

/* --- columns --- */

struct column {
    const char *name, *unit;
    size_t width; /* characters */
    bool shown;
    bool left; /* texts */
};

/* Characters, not bytes: what a terminal counts, but for wide and combining ones. */
static size_t width_of(const char *text) {
    size_t width = 0;
    for (; *text != '\0'; text++) width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

/* A quantile that open cases have not reached: it is more than the longest time seen. */
static bool is_beyond(const struct json *row, const char *name) {
    const bool quantile =
        strcmp(name, "value") == 0 || (name[0] == 'p' && name[1] >= '0' && name[1] <= '9');
    return quantile && json_kind(json_member(row, name)) == JSON_NULL &&
           json_kind(json_member(row, "longest")) == JSON_NUMBER;
}

static void cell_of(const struct json *row, const struct column *column,
                    char cell[ANSWER_TABLE_CELL_BYTES]) {
    const struct json *value = json_member(row, column->name);
    char figure[ANSWER_TABLE_CELL_BYTES];
    switch (json_kind(value)) {
        case JSON_NUMBER: answer_table_figure(json_number(value, 0), column->unit, cell); return;
        case JSON_TEXT: snprintf(cell, ANSWER_TABLE_CELL_BYTES, "%s", json_text(value, "")); return;
        default: break;
    }
    if (!is_beyond(row, column->name)) {
        snprintf(cell, ANSWER_TABLE_CELL_BYTES, "–");
        return;
    }
    answer_table_figure(json_number(json_member(row, "longest"), 0), column->unit, figure);
    snprintf(cell, ANSWER_TABLE_CELL_BYTES, "> %.*s", ANSWER_TABLE_CELL_BYTES - 3, figure);
}

/* Rows of one table: from `first` until before `end`. */
struct run {
    const struct json *first, *end;
};

/* Shown unless no row says anything: absent everywhere, or an exclusion that left out nobody. */
static void measure(struct column *column, const struct run *run) {
    const bool exclusion = strncmp(column->name, "excluded_", strlen("excluded_")) == 0;
    column->width = width_of(column->name);
    for (const struct json *row = run->first; row != run->end; row = json_next(row)) {
        char cell[ANSWER_TABLE_CELL_BYTES];
        const struct json *value = json_member(row, column->name);
        cell_of(row, column, cell);
        if (width_of(cell) > column->width) column->width = width_of(cell);
        if (json_kind(value) == JSON_TEXT) column->left = true;
        if (is_beyond(row, column->name) ||
            (json_kind(value) != JSON_NULL && !(exclusion && json_number(value, 1) == 0)))
            column->shown = true;
    }
}

static void add_padded(struct text *text, const char *cell, size_t width, bool left, bool last) {
    const size_t pad = width > width_of(cell) ? width - width_of(cell) : 0;
    if (!left) text_add_format(text, "%*s", (int)pad, "");
    text_add_string(text, cell);
    if (left && !last) text_add_format(text, "%*s", (int)pad, "");
    if (!last) text_add_format(text, "%*s", GAP, "");
}

static size_t table_width(const struct column *columns, uint32_t count) {
    size_t width = 0;
    for (uint32_t at = 0; at < count; at++)
        if (columns[at].shown) width += columns[at].width + (width > 0 ? GAP : 0);
    return width;
}

/* A word that ends in "_" is the beginning of names. */
static bool is_named(const char *name, const char *word) {
    const size_t size = strlen(word);
    return word[size - 1] == '_' ? strncmp(name, word, size) == 0 : strcmp(name, word) == 0;
}

/* Leaves out columns until the table fits, the least important first; answers how many. */
static unsigned fit(struct column *columns, uint32_t count, size_t width) {
    static const char *const unimportant[] = {"late_share", "coverage", "excluded_", "min",  "max",
                                              "p10",        "p25",      "p75",       "p95",  "mean",
                                              "p50",        "lo",       "hi",        "open", "p90"};
    unsigned left_out = 0;
    for (size_t word = 0; word < sizeof unimportant / sizeof *unimportant; word++) {
        const char *name = unimportant[word];
        const bool half = strcmp(name, "hi") == 0; /* of an interval: not without the other */
        if (width == 0 || (!half && table_width(columns, count) <= width)) break;
        for (uint32_t at = 0; at < count; at++) {
            if (!columns[at].shown || !is_named(columns[at].name, name)) continue;
            columns[at].shown = false;
            left_out++;
        }
    }
    return left_out;
}

/* Many rows: a table. */
static void write_rows(struct text *text, const struct column *columns, uint32_t count,
                       const struct run *run, bool bold) {
    uint32_t last = 0;
    for (uint32_t at = 0; at < count; at++)
        if (columns[at].shown) last = at;
    if (bold) text_add_string(text, "\x1b[1m");
    for (uint32_t at = 0; at < count; at++)
        if (columns[at].shown)
            add_padded(text, columns[at].name, columns[at].width, columns[at].left, at == last);
    text_add_string(text, bold ? "\x1b[0m\n" : "\n");
    for (const struct json *row = run->first; row != run->end; row = json_next(row)) {
        for (uint32_t at = 0; at < count; at++) {
            char cell[ANSWER_TABLE_CELL_BYTES];
            cell_of(row, &columns[at], cell);
            if (columns[at].shown)
                add_padded(text, cell, columns[at].width, columns[at].left, at == last);
        }
        text_add_string(text, "\n");
    }
}

/* One row: a figure a line. */
static void write_figures(struct text *text, const struct column *columns, uint32_t count,
                          const struct json *row) {
    size_t width = 0;
    for (uint32_t at = 0; at < count; at++)
        if (width_of(columns[at].name) > width) width = width_of(columns[at].name);
    for (uint32_t at = 0; at < count; at++) {
        char cell[ANSWER_TABLE_CELL_BYTES];
        cell_of(row, &columns[at], cell);
        add_padded(text, columns[at].name, width, true, false);
        text_add_format(text, "%s\n", cell);
    }
}

/* The rows of a run with the columns that have something to say there. */
static void write_run(struct text *text, const struct json *answer, const struct run *run,
                      const struct answer_table_style *style) {
    struct column columns[COLUMNS_MAX];
    uint32_t count = 0;
    const struct json *at = json_first(json_member(answer, "columns"));
    for (; at != NULL && count < COLUMNS_MAX; at = json_next(at)) {
        columns[count] = (struct column){.name = json_text(json_member(at, "name"), ""),
                                         .unit = json_text(json_member(at, "unit"), "")};
        measure(&columns[count], run);
        count += columns[count].shown;
    }
    if (json_next(run->first) == run->end) {
        write_figures(text, columns, count, run->first);
        return;
    }
    const unsigned left_out = fit(columns, count, style->width);
    write_rows(text, columns, count, run, style->bold);
    if (left_out > 0)
        text_add_format(text,
                        "(%u more column%s in a wider window, and with --format csv or json)\n",
                        left_out, left_out > 1 ? "s" : "");
}

/* Rows of another kind (the years and the services of an investment, say) have other columns: each
 * kind is a table of its own. */
static void write_table(struct text *text, const struct json *answer,
                        const struct answer_table_style *style) {
    const struct json *row = json_first(json_member(answer, "rows"));
    for (struct run run = {row, row}; run.first != NULL; run.first = run.end) {
        const char *kind = json_text(json_member(run.first, "kind"), "");
        run.end = run.first;
        while (run.end != NULL && strcmp(json_text(json_member(run.end, "kind"), ""), kind) == 0)
            run.end = json_next(run.end);
        if (run.first != row) text_add_string(text, "\n");
        write_run(text, answer, &run, style);
    }
}

/* --- what is around the table --- */

/* Breaks a sentence at spaces. */
static void write_wrapped(struct text *text, const char *sentence) {
    size_t column = 0;
    while (*sentence != '\0') {
        const size_t size = strcspn(sentence, " ");
        if (column > 0 && column + size >= LINE_COLUMNS) {
            text_add_string(text, "\n");
            column = 0;
        }
        if (column > 0) text_add_string(text, " ");
        text_add(text, sentence, size);
        column += size + 1;
        sentence += size + strspn(sentence + size, " ");
    }
    text_add_string(text, "\n");
}

static const char *text_of(const struct json *object, const char *name) {
    return json_text(json_member(object, name), "");
}

/* A moment on the wall clock of the zone: "2026-04-01" at midnight, else "2026-04-01 08:15". */
static void write_moment(struct text *text, const char *moment, const struct time_zone *zone) {
    int64_t utc_ms, year;
    int month, day;
    if (zone == NULL || !timestamp_parse(moment, strlen(moment), &utc_ms)) {
        text_add_string(text, moment);
        return;
    }
    const int64_t day_ms = 86400000, days = timezone_day(zone, utc_ms);
    const int64_t minutes = (timezone_local_ms(zone, utc_ms) - days * day_ms) / 60000;
    timestamp_civil_from_days(days, &year, &month, &day);
    text_add_format(text, "%04" PRId64 "-%02d-%02d", year, month, day);
    if (timezone_day_start_ms(zone, days) != utc_ms)
        text_add_format(text, " %02d:%02d", (int)(minutes / 60), (int)(minutes % 60));
}

static void write_interval(struct text *text, const struct json *answer) {
    const struct json *interval = json_member(answer, "interval");
    const char *from = text_of(interval, "from"), *to = text_of(interval, "to");
    const struct time_zone *zone = NULL;
    struct arena arena;
    arena_init(&arena, ZONE_BYTES_MAX);
    if (timezone_load(text_of(interval, "zone"), &arena, &zone, NULL) != STATUS_OK) zone = NULL;
    if (*from == '\0' && *to == '\0') {
        text_add_string(text, "all data");
    } else {
        write_moment(text, from, zone);
        text_add_string(text, " to before ");
        write_moment(text, to, zone);
    }
    text_add_string(text, " · as of ");
    write_moment(text, text_of(answer, "as_of"), zone);
    if (*text_of(answer, "against") != '\0') {
        text_add_string(text, " against ");
        write_moment(text, text_of(answer, "against"), zone);
    }
    text_add_format(text, " · %s\n", zone != NULL ? text_of(interval, "zone") : "UTC");
    const struct json *definition = json_member(answer, "definition");
    const char *calendar = text_of(answer, "calendar");
    text_add_format(text, "%s, version %d", text_of(definition, "id"),
                    (int)json_number(json_member(definition, "version"), 0));
    if (*calendar != '\0' && strcmp(calendar, "none") != 0)
        text_add_format(text, " · calendar %s", calendar);
    text_add_string(text, "\n");
    arena_free(&arena);
}

/* What the state of the whole means. */
static const char *state_words(const char *state) {
    static const struct {
        const char *state, *words;
    } known[] = {{"few", "Some figures rest on fewer than 30 units."},
                 {"no_data", "No unit of the data is in question."},
                 {"provisional", "Provisional: events may still come that change the figures."},
                 {"incomplete", "Incomplete: something that should be there is missing."},
                 {"suppressed", "Some figures are suppressed: they rest on too few people."}};
    for (size_t at = 0; at < sizeof known / sizeof *known; at++)
        if (strcmp(known[at].state, state) == 0) return known[at].words;
    return NULL;
}

static void write_head(struct text *text, const struct json *answer, bool bold) {
    const struct json *definition = json_member(answer, "definition");
    const char *view = text_of(definition, "view"), *clock = text_of(definition, "clock");
    const char *state = state_words(text_of(answer, "state"));
    text_add_format(text, "%s%s%s", bold ? "\x1b[1m" : "", text_of(definition, "name"),
                    bold ? "\x1b[0m" : "");
    if (*view != '\0') text_add_format(text, " · %s view", view);
    static const char *const clocks[][2] = {{"working_days", "working days (wd)"},
                                            {"office_hours", "office hours (oh)"},
                                            {"net", "net: without pauses"},
                                            {"applicant", "pauses: the applicant's time"},
                                            {"touch", "touch: minutes of work"}};
    for (size_t at = 0; at < sizeof clocks / sizeof *clocks; at++)
        if (strcmp(clock, clocks[at][0]) == 0) text_add_format(text, " · %s", clocks[at][1]);
    text_add_string(text, "\n");
    write_wrapped(text, text_of(definition, "explanation"));
    write_interval(text, answer);
    if (state != NULL) text_add_format(text, "%s\n", state);
}

static void write_notes(struct text *text, const struct json *notes) {
    for (const struct json *note = json_first(notes); note != NULL; note = json_next(note)) {
        char line[1024];
        snprintf(line, sizeof line, "%s: %s", text_of(note, "key"), text_of(note, "text"));
        if (note == json_first(notes)) text_add_string(text, "\n");
        write_wrapped(text, line);
    }
}

/* What became known between the moments of a comparison. */
static void write_late_events(struct text *text, const struct json *answer) {
    if (*text_of(answer, "against") == '\0') return;
    char count[ANSWER_TABLE_CELL_BYTES];
    answer_table_figure(json_number(json_member(answer, "new_events"), 0), "count", count);
    text_add_format(text, "\n%s events happened between the two moments.\n", count);
    const struct json *late = json_member(answer, "late_events");
    if (json_count(late) == 0) text_add_string(text, "No event came late.\n");
    for (const struct json *each = json_first(late); each != NULL; each = json_next(each)) {
        answer_table_figure(json_number(json_member(each, "events"), 0), "count", count);
        text_add_format(text, "%s came late: %s from %s, of %.10s to %.10s\n", count,
                        json_text(json_member(each, "type"), "other"),
                        json_text(json_member(each, "source"), "other sources"),
                        text_of(each, "first"), text_of(each, "last"));
    }
}

enum status answer_table_write(struct text *text, const struct json *answer,
                               const struct answer_table_style *style, struct error *err) {
    const struct json *rows = json_member(answer, "rows");
    const struct json *sections = json_member(answer, "sections");
    if (json_kind(json_member(answer, "definition")) != JSON_OBJECT ||
        json_kind(rows) != JSON_ARRAY)
        return error_set(err, STATUS_INVALID, "this is not the answer to a question for a KPI");
    write_head(text, answer, style->bold);
    if (json_count(rows) > 0) text_add_string(text, "\n");
    if (sections == NULL) write_table(text, answer, style);
    for (const struct json *section = json_first(sections); section != NULL;
         section = json_next(section)) {
        text_add_format(text, "%s%s%s%s\n", section == json_first(sections) ? "" : "\n",
                        style->bold ? "\x1b[1m" : "", json_name(section),
                        style->bold ? "\x1b[0m" : "");
        write_table(text, section, style);
    }
    write_late_events(text, answer);
    write_notes(text, json_member(answer, "notes"));
    return text->failed ? error_set(err, STATUS_NO_MEMORY, "the answer is too large") : STATUS_OK;
}
