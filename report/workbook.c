/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/workbook.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "event/column.h"
#include "report/words.h"

enum { HEADER_BYTES = 160, SECONDS_A_DAY = 86400 };

/* --- cells --- */

struct kind {
    enum book_style style;
    double scale; /* from the unit of the answer */
    const char *unit;
};

/* Durations as spreadsheets keep them, parts of a day; all else in the unit of the answer. */
static struct kind kind_of(const char *unit) {
    if (strcmp(unit, "s") == 0) return (struct kind){BOOK_DURATION, 1.0 / SECONDS_A_DAY, "h:mm:ss"};
    if (strcmp(unit, "ratio") == 0) return (struct kind){BOOK_SHARE, 1, "%"};
    if (strcmp(unit, "count") == 0) return (struct kind){BOOK_COUNT, 1, "count"};
    if (*unit == '\0') return (struct kind){BOOK_EXACT, 1, ""};
    return (struct kind){BOOK_NUMBER, 1, unit};
}

static void write_cell(struct book *book, uint32_t row, uint32_t column, const struct cell *cell,
                       const struct kind *kind) {
    switch (cell->kind) {
        case CELL_ABSENT: return;
        case CELL_INTEGER:
            book_number(book, row, column, (double)cell->integer * kind->scale, kind->style);
            return;
        case CELL_NUMBER:
            book_number(book, row, column, cell->number * kind->scale, kind->style);
            return;
        case CELL_TEXT: book_text(book, row, column, cell->text, BOOK_PLAIN); return;
    }
}

static void write_table(struct book *book, const struct result *table) {
    for (uint32_t column = 0; column < table->column_count; column++) {
        const struct result_column *head = &table->columns[column];
        const struct kind kind = kind_of(head->unit);
        char text[HEADER_BYTES];
        snprintf(text, sizeof text, *kind.unit == '\0' ? "%s" : "%s (%s)", head->name, kind.unit);
        book_text(book, 0, column, text, BOOK_HEADER);
        for (uint32_t row = 0; row < table->row_count; row++)
            write_cell(book, row + 1, column,
                       &table->cells[(size_t)row * table->column_count + column], &kind);
    }
    if (table->column_count > 0) book_width(book, 0, table->column_count - 1, 14);
    book_freeze(book, 1, 0);
}

/* --- what it rests on --- */

struct about {
    struct book *book;
    enum language language;
    uint32_t row;
};

static void say(struct about *about, const char *label, const char *text) {
    book_text(about->book, about->row, 0, label, BOOK_HEADER);
    book_text(about->book, about->row, 1, text, BOOK_WRAPPED);
    about->row++;
}

static void say_moment(struct about *about, const char *label, int64_t utc_ms) {
    char text[TIMESTAMP_TEXT_BYTES];
    if (utc_ms == TIME_ABSENT) return;
    timestamp_format_utc(utc_ms, text);
    say(about, label, text);
}

/* Sums over the rows: of the cells that the answer has. */
static void say_sums(struct about *about, const struct result *result) {
    for (uint32_t column = 0; column < result->column_count; column++) {
        const char *name = result->columns[column].name;
        const bool counted = strcmp(name, "n") == 0 || strcmp(name, "open") == 0 ||
                             strncmp(name, "excluded_", strlen("excluded_")) == 0;
        double sum = 0;
        bool any = false;
        for (uint32_t row = 0; row < result->row_count && counted; row++) {
            const struct cell *cell = &result->cells[(size_t)row * result->column_count + column];
            const double number = cell_number(cell);
            any |= !isnan(number);
            if (!isnan(number)) sum += number;
        }
        if (!any) continue;
        book_text(about->book, about->row, 0, name, BOOK_HEADER);
        book_number(about->book, about->row++, 1, sum, BOOK_COUNT);
    }
}

static void write_about(struct book *book, const struct result *result, enum language language) {
    const struct kpi_definition *definition = result->definition;
    struct about about = {book, language, 2};
    char version[HEADER_BYTES];
    const bool roi = definition->kpi == KPI_ROI;
    book_sheet(book, "About");
    book_text(book, 0, 0, definition->name[language], BOOK_TITLE);
    snprintf(version, sizeof version, "%s, version %u", definition->id,
             (unsigned)definition->version);
    say(&about, word_text(WORD_DEFINITION, language), version);
    say(&about, "", definition->explanation[language]);
    say(&about, word_text(WORD_POPULATION, language), definition->population[language]);
    say(&about, word_text(WORD_FORMULA, language), definition->formula[language]);
    say(&about, word_text(WORD_EXCLUSIONS, language), definition->exclusions[language]);
    say_moment(&about, "from", result->from_ms);
    say_moment(&about, "to", result->to_ms);
    say(&about, "zone", result->zone);
    say(&about, "calendar", result->calendar);
    say_moment(&about, word_text(WORD_AS_OF, language), result->as_of_ms);
    say(&about, word_text(WORD_STATE, language), result_state_text(result->state));
    if (!roi) say_sums(&about, result);
    for (uint32_t note = 0; note < result->note_count; note++)
        say(&about, result->notes[note].key, result->notes[note].text);
    if (roi) say(&about, word_text(WORD_NOTES, language), word_text(WORD_LIVE, language));
    book_width(book, 0, 0, 24);
    book_width(book, 1, 1, 100);
}

/* --- the whole --- */

static void write_sheets(struct book *book, const struct plan *plan, const struct result *result,
                         enum language language) {
    const bool calculated = workbook_roi_can(plan, result);
    if (calculated) workbook_roi_write(book, plan, result, language);
    if (result->section_count == 0 || calculated) {
        book_sheet(book, calculated ? "answer" : result->definition->id);
        write_table(book, result);
    }
    for (uint32_t at = 0; at < result->section_count; at++) {
        char name[32];
        /* The calculation has sheets of these names, and names are the same in any case. */
        snprintf(name, sizeof name, calculated ? "answer_%.20s" : "%.20s",
                 result->sections[at].name);
        book_sheet(book, name);
        write_table(book, &result->sections[at].table);
    }
    write_about(book, result, language);
}

enum status workbook_write(const struct plan *plan, const struct result *result,
                           enum language language, struct text *out, struct error *err) {
    const struct book_options options = {.title = result->definition->name[language],
                                         .created_ms = result->as_of_ms,
                                         .right_to_left = language == LANGUAGE_AR};
    struct book *book;
    if (result->row_count >= BOOK_ROWS_MAX)
        return error_set(err, STATUS_TOO_LARGE, "a sheet has at most %d rows", BOOK_ROWS_MAX);
    TRY(book_open(&options, &book, err));
    write_sheets(book, plan, result, language);
    return book_close(book, out, err);
}
