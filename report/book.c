/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/book.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xlsxwriter.h>

#include "base/memory.h"
#include "base/timestamp.h"

enum { PATH_BYTES = 64, CELL_NAME_BYTES = 96, TITLE_BYTES = 240 };

struct book {
    int file; /* memory only: the library writes to a path, and this is one of no disk */
    lxw_workbook *workbook;
    lxw_worksheet *sheet;
    lxw_format *format[BOOK_STYLE_COUNT];
    bool right_to_left;
    lxw_error failure;
};

static void note(struct book *book, lxw_error failure) {
    if (book->failure == LXW_NO_ERROR) book->failure = failure;
}

/* --- looks --- */

static void set_look(lxw_format *format, enum book_style style) {
    static const char *const numbers[BOOK_STYLE_COUNT] = {
#define X(name, format) format,
        BOOK_STYLE_LIST(X)
#undef X
    };
    if (numbers[style] != NULL) format_set_num_format(format, numbers[style]);
    switch (style) {
        case BOOK_TITLE:
            format_set_bold(format);
            format_set_font_size(format, 14);
            break;
        case BOOK_HEADER:
            format_set_bold(format);
            format_set_text_wrap(format);
            format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
            format_set_bottom(format, LXW_BORDER_THIN);
            break;
        case BOOK_WRAPPED:
            format_set_text_wrap(format);
            format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
            break;
        case BOOK_QUIET: format_set_font_color(format, 0x5A6470); break;
        case BOOK_INPUT: format_set_bg_color(format, 0xE8EFF8); break;
        case BOOK_RESULT: format_set_bold(format); break;
        default: break;
    }
}

/* --- a life --- */

static lxw_datetime date_of(int64_t utc_ms) {
    int64_t year;
    int month, day;
    timestamp_civil_from_days(utc_ms / 86400000, &year, &month, &day);
    const int64_t of_day_ms = utc_ms % 86400000;
    return (lxw_datetime){.year = (int)year,
                          .month = month,
                          .day = day,
                          .hour = (int)(of_day_ms / 3600000),
                          .min = (int)(of_day_ms / 60000 % 60),
                          .sec = (double)(of_day_ms / 1000 % 60)};
}

static void set_properties(struct book *book, const struct book_options *options) {
    const lxw_datetime date = date_of(options->created_ms);
    struct tm broken = {.tm_year = date.year - 1900,
                        .tm_mon = date.month - 1,
                        .tm_mday = date.day,
                        .tm_hour = date.hour,
                        .tm_min = date.min,
                        .tm_sec = (int)date.sec};
    char title[TITLE_BYTES], author[] = "Pegel"; /* the library copies both */
    snprintf(title, sizeof title, "%s", options->title);
    lxw_doc_properties properties = {.title = title, .author = author, .created = timegm(&broken)};
    note(book, workbook_set_properties(book->workbook, &properties));
}

enum status book_open(const struct book_options *options, struct book **out, struct error *err) {
    char path[PATH_BYTES];
    *out = NULL;
    struct book *book = memory_new_array(struct book, 1);
    if (book == NULL) return error_set(err, STATUS_NO_MEMORY, "workbook: no memory");
    book->right_to_left = options->right_to_left;
    book->file = memfd_create("pegel-workbook", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", book->file);
    if (book->file >= 0) book->workbook = workbook_new(path);
    if (book->workbook == NULL) {
        book_abandon(book);
        return error_set(err, STATUS_IO, "workbook: cannot be begun: %s", strerror(errno));
    }
    for (unsigned style = 0; style < BOOK_STYLE_COUNT; style++) {
        book->format[style] = workbook_add_format(book->workbook);
        if (book->format[style] == NULL)
            note(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        else
            set_look(book->format[style], (enum book_style)style);
    }
    set_properties(book, options);
    *out = book;
    return STATUS_OK;
}

static enum status copy_file(struct book *book, struct text *out, struct error *err) {
    char chunk[65536];
    ssize_t got;
    if (lseek(book->file, 0, SEEK_SET) != 0)
        return error_set(err, STATUS_IO, "workbook: %s", strerror(errno));
    while ((got = read(book->file, chunk, sizeof chunk)) > 0) text_add(out, chunk, (size_t)got);
    if (got < 0) return error_set(err, STATUS_IO, "workbook: %s", strerror(errno));
    return out->failed ? error_set(err, STATUS_TOO_LARGE, "the workbook is too large") : STATUS_OK;
}

enum status book_close(struct book *book, struct text *out, struct error *err) {
    enum status status = STATUS_OK;
    note(book, workbook_close(book->workbook)); /* releases it, whatever it answers */
    book->workbook = NULL;
    if (book->failure == LXW_NO_ERROR)
        status = copy_file(book, out, err);
    else
        status = error_set(err, STATUS_TOO_LARGE, "workbook: %s", lxw_strerror(book->failure));
    book_abandon(book);
    return status;
}

void book_abandon(struct book *book) {
    if (book == NULL) return;
    if (book->workbook != NULL) lxw_workbook_free(book->workbook);
    if (book->file >= 0) close(book->file);
    memory_free(book);
}

/* --- sheets and cells --- */

void book_sheet(struct book *book, const char *name) {
    book->sheet = workbook_add_worksheet(book->workbook, name);
    if (book->sheet == NULL)
        note(book, LXW_ERROR_SHEETNAME_ALREADY_USED);
    else if (book->right_to_left)
        worksheet_right_to_left(book->sheet);
}

void book_text(struct book *book, uint32_t row, uint32_t column, const char *text,
               enum book_style style) {
    if (book->sheet == NULL || text == NULL || *text == '\0') return;
    note(book,
         worksheet_write_string(book->sheet, row, (lxw_col_t)column, text, book->format[style]));
}

void book_number(struct book *book, uint32_t row, uint32_t column, double number,
                 enum book_style style) {
    if (book->sheet == NULL || !isfinite(number)) return;
    note(book,
         worksheet_write_number(book->sheet, row, (lxw_col_t)column, number, book->format[style]));
}

void book_formula(struct book *book, uint32_t row, uint32_t column, const char *formula,
                  double number, enum book_style style) {
    if (book->sheet == NULL) return;
    if (isfinite(number))
        note(book, worksheet_write_formula_num(book->sheet, row, (lxw_col_t)column, formula,
                                               book->format[style], number));
    else
        note(book, worksheet_write_formula_str(book->sheet, row, (lxw_col_t)column, formula,
                                               book->format[style], ""));
}

void book_width(struct book *book, uint32_t first, uint32_t last, double characters) {
    if (book->sheet == NULL) return;
    note(book,
         worksheet_set_column(book->sheet, (lxw_col_t)first, (lxw_col_t)last, characters, NULL));
}

void book_freeze(struct book *book, uint32_t rows, uint32_t columns) {
    if (book->sheet != NULL) worksheet_freeze_panes(book->sheet, rows, (lxw_col_t)columns);
}

void book_name(struct book *book, const char *name, const char *sheet, uint32_t row,
               uint32_t column) {
    char cell[LXW_MAX_CELL_NAME_LENGTH], text[CELL_NAME_BYTES];
    lxw_rowcol_to_cell_abs(cell, row, (lxw_col_t)column, 1, 1);
    snprintf(text, sizeof text, "=%s!%s", sheet, cell);
    note(book, workbook_define_name(book->workbook, name, text));
}
