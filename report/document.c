/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "finance/roi_assumptions.h"
#include "report/assumption.h"
#include "report/chart.h"
#include "report/figure.h"
#include "report/paper.h"
#include "report/report.h"
#include "report/words.h"

/* document: the report as people read it. The first sentence answers; what follows is the evidence,
 * and at the end what it rests on. */

enum {
    LINE_BYTES = 512,
    SOURCES_MAX = 200,
    ASSUMPTIONS_MAX = 200,
    FORMS_SHOWN = 2,
    STEPS_DRAWN = 30
};
/* What stays together on a page. */
#define CHART_HEADS 86.0 /* of a chart: the heading and the caption */
#define CHART_LEAST 115.0
#define CHART_MOST  170.0
#define YEARS_ROOM  115.0 /* of the caption, the head of the table and a row */
#define FORM_HEADS  150.0 /* of a funnel: its heading and caption, the table's head and a row */
#define FORM_STEP   18.0  /* its bar */
#define FORMS_HEADS 60.0  /* of all funnels */

struct writing {
    struct paper *paper;
    const struct report *report;
    enum language language;
};

static const char *word(const struct writing *w, enum word word) {
    return word_text(word, w->language);
}

/* A table that is too long for paper says so. */
static void say_left(const struct writing *w, uint32_t rows) {
    char line[LINE_BYTES], number[FIGURE_BYTES];
    if (rows == 0) return;
    figure_number(w->language, rows, 0, number);
    snprintf(line, sizeof line, "%s: %s", word(w, WORD_LEFT_OUT), number);
    paper_say(w->paper, PAPER_CAPTION, line);
}

static const char *state_word(const struct writing *w, const char *state) {
    static const enum word words[] = {[RESULT_OK] = WORD_STATE_OK,
                                      [RESULT_FEW] = WORD_STATE_FEW,
                                      [RESULT_SUPPRESSED] = WORD_STATE_SUPPRESSED,
                                      [RESULT_NO_DATA] = WORD_STATE_NO_DATA,
                                      [RESULT_PROVISIONAL] = WORD_STATE_PROVISIONAL,
                                      [RESULT_INCOMPLETE] = WORD_STATE_INCOMPLETE};
    for (unsigned at = 0; at < sizeof words / sizeof *words; at++)
        if (strcmp(state, result_state_text((enum result_state)at)) == 0) return word(w, words[at]);
    return state;
}

/* --- the head --- */

static void write_head(const struct writing *w) {
    char line[LINE_BYTES], first[FIGURE_BYTES], last[FIGURE_BYTES], as_of[FIGURE_BYTES];
    const struct report *report = w->report;
    figure_date(w->language, report->first_day, first);
    figure_date(w->language, report->last_day, last);
    figure_date(w->language, report->as_of, as_of);
    snprintf(line, sizeof line, "%s", report->place);
    paper_say(w->paper, PAPER_TITLE, line);
    snprintf(line, sizeof line, "%s · %s: %s – %s · %s: %s %.5s UTC", word(w, WORD_REPORT),
             word(w, WORD_PERIOD), first, last, word(w, WORD_AS_OF), as_of,
             strchr(report->as_of, 'T') + 1);
    paper_say(w->paper, PAPER_CAPTION, line);
    bool lead = true;
    if (report->tells_month) paper_say(w->paper, PAPER_CAPTION, word(w, WORD_LAST_MONTH));
    for (uint32_t at = 0; at < report->answer_count; at++) {
        if (report->answers[at].role != REPORT_SENTENCE) continue;
        paper_say(w->paper, lead ? PAPER_LEAD : PAPER_BODY, report->answers[at].sentence);
        lead = false;
    }
}

/* --- key figures --- */

static void write_figure_row(const struct writing *w, const struct result *result) {
    char value[FIGURE_BYTES], interval[FIGURE_BYTES], n[FIGURE_BYTES], open[FIGURE_BYTES];
    if (result->row_count == 0) return;
    figure_measured(w->language, result_unit(result, "value"), result_number(result, 0, "value"),
                    value);
    figure_interval(w->language, result_unit(result, "value"), result_number(result, 0, "value"),
                    result_number(result, 0, "lo"), result_number(result, 0, "hi"), interval);
    figure_number(w->language, result_number(result, 0, "n"), 0, n);
    figure_number(w->language, result_number(result, 0, "open"), 0, open);
    const char *cells[] = {result->definition->name[w->language],
                           *value == '\0' ? word(w, WORD_NO_VALUE) : value,
                           interval,
                           n,
                           open,
                           state_word(w, result_text(result, 0, "state"))};
    paper_row(w->paper, cells);
}

static void write_figures(const struct writing *w) {
    const struct paper_column columns[] = {
        {word(w, WORD_FIGURE), 0.26, false},  {word(w, WORD_VALUE), 0.16, true},
        {word(w, WORD_INTERVAL), 0.24, true}, {word(w, WORD_N), 0.11, true},
        {word(w, WORD_OPEN), 0.10, true},     {word(w, WORD_STATE), 0.13, false}};
    paper_say(w->paper, PAPER_HEADING, word(w, WORD_FIGURES));
    paper_table(w->paper, columns, sizeof columns / sizeof *columns);
    for (uint32_t at = 0; at < w->report->answer_count; at++)
        if (w->report->answers[at].role == REPORT_TOTAL)
            write_figure_row(w, w->report->answers[at].result);
    paper_table_end(w->paper);
}

/* --- charts, each with its table --- */

/* The height of a chart that fills the page, when there is room for one; else begins a page. */
static double chart_height(const struct writing *w) {
    paper_need(w->paper, CHART_HEADS + CHART_LEAST);
    return fmin(paper_room(w->paper) - CHART_HEADS, CHART_MOST);
}

static void write_course(const struct writing *w) {
    const struct report_answer *answer = report_answer_of(w->report, REPORT_COURSE);
    const struct paper_column columns[] = {{word(w, WORD_MONTH), 0.20, false},
                                           {word(w, WORD_MEDIAN), 0.20, true},
                                           {"25 %", 0.16, true},
                                           {"75 %", 0.16, true},
                                           {word(w, WORD_NINETY), 0.16, true},
                                           {word(w, WORD_N), 0.12, true}};
    char line[LINE_BYTES];
    if (answer == NULL || answer->result->row_count == 0) return;
    const struct result *result = answer->result;
    const bool drawn = result->row_count > 1; /* one point is no course */
    const double height = drawn ? chart_height(w) : 0;
    paper_say(w->paper, PAPER_HEADING, word(w, WORD_COURSE));
    snprintf(line, sizeof line, "%s · %s · %s", word(w, WORD_MEDIAN), word(w, WORD_HALF),
             word(w, WORD_NINETY));
    if (drawn) chart_course(w->paper, w->language, result, height, line);
    paper_table(w->paper, columns, sizeof columns / sizeof *columns);
    for (uint32_t row = 0; row < result->row_count; row++) {
        static const char *const names[] = {"p50", "p25", "p75", "p90"};
        char cells[5][FIGURE_BYTES];
        for (int at = 0; at < 4; at++)
            figure_text(w->language, "s", result_number(result, row, names[at]), cells[at]);
        figure_number(w->language, result_number(result, row, "n"), 0, cells[4]);
        const char *texts[] = {
            result_text(result, row, "month"), cells[0], cells[1], cells[2], cells[3], cells[4]};
        paper_row(w->paper, texts);
    }
    paper_table_end(w->paper);
}

static void write_volume(const struct writing *w) {
    const struct report_answer *answer = report_answer_of(w->report, REPORT_VOLUME);
    if (answer == NULL || answer->result->row_count < 2) return;
    const double height = chart_height(w);
    paper_say(w->paper, PAPER_HEADING, word(w, WORD_VOLUME));
    chart_bars(w->paper, w->language, answer->result, height,
               answer->result->definition->explanation[w->language]);
}

/* The rows of one service, in the order of its form. */
struct form {
    uint32_t first, count;
    double lost; /* attempts that ended in it */
};

static struct form form_at(const struct result *result, uint32_t first) {
    struct form form = {first, 0, 0};
    const char *service = result_text(result, first, "service");
    for (uint32_t row = first; row < result->row_count; row++) {
        const double drop = result_number(result, row, "drop");
        if (strcmp(result_text(result, row, "service"), service) != 0) break;
        if (!isnan(drop)) form.lost += drop;
        form.count++;
    }
    return form;
}

/* Those in which most attempts were lost, most first; answers how many there are. */
static uint32_t find_forms(const struct result *result, struct form worst[FORMS_SHOWN]) {
    uint32_t count = 0;
    for (uint32_t row = 0; row < result->row_count;) {
        struct form form = form_at(result, row);
        row += form.count;
        for (uint32_t at = 0; at < count; at++) {
            if (form.lost <= worst[at].lost) continue;
            const struct form less = worst[at];
            worst[at] = form;
            form = less;
        }
        if (count < FORMS_SHOWN && form.lost > 0) worst[count++] = form;
    }
    return count;
}

static void write_form(const struct writing *w, const struct result *result, struct form form) {
    const struct paper_column columns[] = {{word(w, WORD_STEP), 0.46, false},
                                           {word(w, WORD_REACHED), 0.18, true},
                                           {word(w, WORD_GAVE_UP), 0.18, true},
                                           {"%", 0.18, true}};
    const uint32_t drawn = form.count < STEPS_DRAWN ? form.count : STEPS_DRAWN;
    const char *service = result_text(result, form.first, "service");
    char line[LINE_BYTES];
    paper_need(w->paper, FORM_HEADS + drawn * FORM_STEP);
    const char *name = *service == '\0' ? "–" : report_name_of(w->report, service);
    paper_say(w->paper, PAPER_SUBHEADING, name);
    snprintf(line, sizeof line, "%s: %s", name, result->definition->explanation[w->language]);
    chart_funnel(w->paper, w->report, result, form.first, drawn, line);
    paper_table(w->paper, columns, sizeof columns / sizeof *columns);
    for (uint32_t row = form.first; row < form.first + form.count; row++) {
        char reach[FIGURE_BYTES], drop[FIGURE_BYTES], share[FIGURE_BYTES];
        figure_number(w->language, result_number(result, row, "reach"), 0, reach);
        figure_number(w->language, result_number(result, row, "drop"), 0, drop);
        figure_text(w->language, "ratio", result_number(result, row, "value"), share);
        const char *cells[] = {chart_step(w->report, result, row), reach, drop, share};
        paper_row(w->paper, cells);
    }
    paper_table_end(w->paper);
}

static void write_funnel(const struct writing *w) {
    const struct report_answer *answer = report_answer_of(w->report, REPORT_FUNNEL);
    struct form worst[FORMS_SHOWN];
    if (answer == NULL) return;
    const uint32_t count = find_forms(answer->result, worst);
    if (count == 0) return;
    const uint32_t drawn = worst[0].count < STEPS_DRAWN ? worst[0].count : STEPS_DRAWN;
    paper_need(w->paper, FORMS_HEADS + FORM_HEADS + drawn * FORM_STEP);
    paper_say(w->paper, PAPER_HEADING, word(w, WORD_FUNNEL));
    paper_say(w->paper, PAPER_BODY, word(w, WORD_FUNNEL_MOST));
    for (uint32_t at = 0; at < count; at++) write_form(w, answer->result, worst[at]);
}

/* --- money --- */

static void write_amount(const struct writing *w, enum word label, const char *unit, double amount,
                         enum word otherwise) {
    char value[FIGURE_BYTES];
    figure_text(w->language, unit, amount, value);
    const char *cells[] = {word(w, label), *value == '\0' ? word(w, otherwise) : value};
    paper_row(w->paper, cells);
}

static void write_money_row(const struct writing *w, const struct result *result,
                            const char *column, enum word label, enum word otherwise) {
    write_amount(w, label, result_unit(result, column), result_number(result, 0, column),
                 otherwise);
}

/* Shown, with what is left to pay, and a part of no other figure. */
static void write_grant(const struct writing *w, const struct report_answer *answer) {
    const struct roi_assumptions *assumptions = answer->plan->assumptions;
    if (assumptions == NULL || !(assumptions->grant.value > 0)) return;
    const double grant = assumptions->grant.value;
    write_amount(w, WORD_GRANT, assumptions->currency, grant, WORD_NO_VALUE);
    write_amount(w, WORD_TCO_WITHOUT_GRANT, assumptions->currency,
                 result_number(answer->result, 0, "tco") - grant, WORD_NO_VALUE);
}

static void write_years(const struct writing *w, const struct result *years) {
    static const char *const names[] = {"cost", "benefit", "net", "present", "cumulative_present"};
    enum { NAMES = sizeof names / sizeof *names };
    const struct paper_column columns[] = {
        {word(w, WORD_YEAR), 0.15, false},   {word(w, WORD_COST), 0.17, true},
        {word(w, WORD_BENEFIT), 0.17, true}, {word(w, WORD_NET), 0.17, true},
        {word(w, WORD_PRESENT), 0.17, true}, {word(w, WORD_CUMULATIVE), 0.17, true}};
    char line[LINE_BYTES];
    snprintf(line, sizeof line, "%s: %s", word(w, WORD_CURRENCY), result_unit(years, "cost"));
    paper_need(w->paper, YEARS_ROOM);
    paper_say(w->paper, PAPER_CAPTION, line);
    paper_table(w->paper, columns, NAMES + 1);
    for (uint32_t row = 0; row < years->row_count; row++) {
        char cells[NAMES + 1][FIGURE_BYTES];
        const char *texts[NAMES + 1];
        figure_number(w->language, result_number(years, row, "year"), 0, cells[0]);
        for (int at = 0; at < NAMES; at++)
            figure_number(w->language, result_number(years, row, names[at]), 0, cells[at + 1]);
        for (int at = 0; at <= NAMES; at++) texts[at] = cells[at];
        paper_row(w->paper, texts);
    }
    paper_table_end(w->paper);
}

static bool says_the_same(const struct result *table, uint32_t a, uint32_t b) {
    return strcmp(result_text(table, a, "path"), result_text(table, b, "path")) == 0 &&
           strcmp(result_text(table, a, "source"), result_text(table, b, "source")) == 0 &&
           result_number(table, a, "value") == result_number(table, b, "value");
}

/* One line for years that say the same; answers the row after them. */
static uint32_t write_assumption(const struct writing *w, const struct result *table,
                                 uint32_t row) {
    const double begin = result_number(table, row, "year");
    char name[ASSUMPTION_BYTES], year[FIGURE_BYTES], value[FIGURE_BYTES], date[FIGURE_BYTES];
    const char *unit;
    uint32_t end = row + 1;
    while (end < table->row_count && says_the_same(table, row, end)) end++;
    assumption_name(w->report, result_text(table, row, "path"), name);
    assumption_value(w->language, result_text(table, row, "unit"),
                     result_number(table, row, "value"), value, &unit);
    figure_number(w->language, begin, 0, year);
    figure_date(w->language, result_text(table, row, "date"), date);
    if (end > row + 1)
        snprintf(year, sizeof year, "%.0f–%.0f", begin, result_number(table, end - 1, "year"));
    const char *cells[] = {name, year, value, unit, result_text(table, row, "source"), date};
    paper_row(w->paper, cells);
    return end;
}

static void write_assumptions(const struct writing *w, const struct result *table) {
    const struct paper_column columns[] = {
        {word(w, WORD_FIGURE), 0.37, false}, {word(w, WORD_YEAR), 0.08, true},
        {word(w, WORD_VALUE), 0.10, true},   {word(w, WORD_UNIT), 0.09, false},
        {word(w, WORD_SOURCE), 0.24, false}, {word(w, WORD_DATE), 0.12, true}};
    paper_say(w->paper, PAPER_HEADING, word(w, WORD_ASSUMPTIONS));
    paper_table(w->paper, columns, sizeof columns / sizeof *columns);
    uint32_t row = 0;
    for (uint32_t told = 0; row < table->row_count && told < ASSUMPTIONS_MAX; told++)
        row = write_assumption(w, table, row);
    paper_table_end(w->paper);
    say_left(w, table->row_count - row);
}

static void write_money(const struct writing *w) {
    const struct report_answer *answer = report_answer_of(w->report, REPORT_MONEY);
    const struct paper_column columns[] = {{word(w, WORD_FIGURE), 0.6, false},
                                           {word(w, WORD_VALUE), 0.4, true}};
    if (answer == NULL || answer->result->row_count == 0) return;
    const struct result *result = answer->result;
    const struct result *years = result_section(result, "years");
    paper_say(w->paper, PAPER_HEADING, word(w, WORD_MONEY));
    paper_say(w->paper, PAPER_BODY, result->definition->explanation[w->language]);
    paper_table(w->paper, columns, 2);
    write_money_row(w, result, "npv", WORD_NPV, WORD_NO_VALUE);
    write_money_row(w, result, "npv_budget", WORD_NPV_BUDGET, WORD_NO_VALUE);
    write_money_row(w, result, "value", WORD_ROI, WORD_NO_VALUE);
    write_money_row(w, result, "tco", WORD_TCO, WORD_NO_VALUE);
    write_money_row(w, result, "tco_present", WORD_TCO_PRESENT, WORD_NO_VALUE);
    write_grant(w, answer);
    write_money_row(w, result, "payback_static", WORD_PAYBACK_STATIC, WORD_NOT_REACHED);
    write_money_row(w, result, "payback_dynamic", WORD_PAYBACK_DYNAMIC, WORD_NOT_REACHED);
    write_money_row(w, result, "break_even_cases", WORD_BREAK_EVEN, WORD_NOT_REACHED);
    paper_table_end(w->paper);
    if (years != NULL) write_years(w, years);
    if (result_section(result, "assumptions") != NULL)
        write_assumptions(w, result_section(result, "assumptions"));
}

/* --- what it rests on --- */

static double excluded_of(const struct result *result) {
    double sum = 0;
    for (uint32_t at = 0; at < result->column_count; at++) {
        const char *name = result->columns[at].name;
        const double count = result_number(result, 0, name);
        if (strncmp(name, "excluded_", strlen("excluded_")) == 0 && !isnan(count)) sum += count;
    }
    return sum;
}

static void write_quality(const struct writing *w) {
    const struct paper_column columns[] = {{word(w, WORD_FIGURE), 0.36, false},
                                           {word(w, WORD_N), 0.16, true},
                                           {word(w, WORD_EXCLUDED), 0.16, true},
                                           {word(w, WORD_COVERAGE), 0.16, true},
                                           {word(w, WORD_LATE), 0.16, true}};
    paper_say(w->paper, PAPER_HEADING, word(w, WORD_QUALITY));
    paper_table(w->paper, columns, sizeof columns / sizeof *columns);
    for (uint32_t at = 0; at < w->report->answer_count; at++) {
        const struct result *result = w->report->answers[at].result;
        char n[FIGURE_BYTES], excluded[FIGURE_BYTES], coverage[FIGURE_BYTES], late[FIGURE_BYTES];
        if (w->report->answers[at].role != REPORT_TOTAL || result->row_count == 0) continue;
        figure_number(w->language, result_number(result, 0, "n"), 0, n);
        figure_number(w->language, excluded_of(result), 0, excluded);
        figure_text(w->language, "ratio", result_number(result, 0, "coverage"), coverage);
        figure_text(w->language, "ratio", result_number(result, 0, "late_share"), late);
        const char *cells[] = {result->definition->name[w->language], n, excluded, coverage, late};
        paper_row(w->paper, cells);
    }
    paper_table_end(w->paper);
}

/* One service; it may have a row for each office. */
struct source {
    const char *service, *first, *last;
    double events;
};
struct sources {
    uint32_t count, left; /* rows of services that found no place */
    struct source source[SOURCES_MAX];
};

static void add_source(struct sources *sources, const struct result *result, uint32_t row) {
    const struct source new = {result_text(result, row, "service"),
                               result_text(result, row, "first"), result_text(result, row, "last"),
                               result_number(result, row, "events")};
    uint32_t at = 0;
    while (at < sources->count && strcmp(sources->source[at].service, new.service) != 0) at++;
    if (at == SOURCES_MAX) {
        sources->left++;
        return;
    }
    struct source *source = &sources->source[at];
    if (at == sources->count) {
        sources->count++;
        *source = new;
        return;
    }
    source->events += new.events;
    if (strcmp(new.first, source->first) < 0) source->first = new.first;
    if (strcmp(new.last, source->last) > 0) source->last = new.last;
}

static void write_source(const struct writing *w, const struct source *source) {
    char count[FIGURE_BYTES], begin[FIGURE_BYTES], end[FIGURE_BYTES];
    figure_number(w->language, source->events, 0, count);
    figure_date(w->language, source->first, begin);
    figure_date(w->language, source->last, end);
    const char *cells[] = {
        *source->service == '\0' ? "–" : report_name_of(w->report, source->service), count, begin,
        end};
    paper_row(w->paper, cells);
}

static void write_sources(const struct writing *w) {
    const struct report_answer *answer = report_answer_of(w->report, REPORT_SOURCES);
    const struct paper_column columns[] = {{word(w, WORD_SERVICE), 0.46, false},
                                           {word(w, WORD_EVENTS), 0.18, true},
                                           {word(w, WORD_FIRST), 0.18, true},
                                           {word(w, WORD_LAST), 0.18, true}};
    struct sources sources = {.count = 0};
    if (answer == NULL) return;
    for (uint32_t row = 0; row < answer->result->row_count; row++)
        add_source(&sources, answer->result, row);
    paper_say(w->paper, PAPER_SUBHEADING, word(w, WORD_SOURCES));
    paper_table(w->paper, columns, sizeof columns / sizeof *columns);
    for (uint32_t at = 0; at < sources.count; at++) write_source(w, &sources.source[at]);
    paper_table_end(w->paper);
    say_left(w, sources.left);
}

static void write_definition_part(const struct writing *w, enum word label, const char *text) {
    char line[4 * LINE_BYTES];
    if (text == NULL || *text == '\0') return;
    snprintf(line, sizeof line, "%s: %s", word(w, label), text);
    paper_say(w->paper, PAPER_CAPTION, line);
}

static void write_definitions(const struct writing *w) {
    paper_say(w->paper, PAPER_HEADING, word(w, WORD_METHOD));
    paper_say(w->paper, PAPER_BODY, word(w, WORD_METHOD_TEXT));
    paper_say(w->paper, PAPER_HEADING, word(w, WORD_DEFINITIONS));
    for (uint32_t at = 0; at < w->report->answer_count; at++) {
        const struct report_answer *answer = &w->report->answers[at];
        char line[LINE_BYTES];
        if (answer->role != REPORT_TOTAL && answer->role != REPORT_FUNNEL &&
            answer->role != REPORT_MONEY)
            continue;
        const struct kpi_definition *definition = answer->result->definition;
        snprintf(line, sizeof line, "%s (%s, %u)", definition->name[w->language], definition->id,
                 (unsigned)definition->version);
        paper_say(w->paper, PAPER_SUBHEADING, line);
        paper_say(w->paper, PAPER_BODY, definition->explanation[w->language]);
        write_definition_part(w, WORD_POPULATION, definition->population[w->language]);
        write_definition_part(w, WORD_FORMULA, definition->formula[w->language]);
        write_definition_part(w, WORD_EXCLUSIONS, definition->exclusions[w->language]);
    }
}

/* --- the whole --- */

static enum status write_once(const struct report *report, uint32_t pages, struct text *out,
                              uint32_t *written, struct error *err) {
    static const char *const languages[LANGUAGE_COUNT] = {"de", "en", "tr", "ar"};
    char footer[LINE_BYTES], title[LINE_BYTES];
    struct writing w = {.report = report, .language = report->language};
    snprintf(footer, sizeof footer, "Pegel · %s: %s", word(&w, WORD_CHECKSUM), report->checksum);
    snprintf(title, sizeof title, "%s: %s", report->place, word(&w, WORD_REPORT));
    const struct paper_options options = {.title = title,
                                          .language = languages[report->language],
                                          .page_format = word(&w, WORD_PAGE),
                                          .footer = footer,
                                          .pages = pages,
                                          .created_ms = report->as_of_ms,
                                          .right_to_left = report->language == LANGUAGE_AR};
    TRY(paper_open(&options, &w.paper, err));
    write_head(&w);
    write_figures(&w);
    write_course(&w);
    write_volume(&w);
    write_funnel(&w);
    write_money(&w);
    write_quality(&w);
    write_sources(&w);
    write_definitions(&w);
    return paper_close(w.paper, out, written, err);
}

enum status report_document(const struct report *report, struct text *out, struct error *err) {
    struct text draft;
    uint32_t pages = 0;
    text_init(&draft, PAPER_BYTES_MAX);
    enum status status = write_once(report, 0, &draft, &pages, err); /* to count the pages */
    text_free(&draft);
    if (status == STATUS_OK) status = write_once(report, pages, out, &pages, err);
    return status;
}
