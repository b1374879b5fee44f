/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_BOOK_H
#define REPORT_BOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

/* book: a workbook (XLSX, ECMA-376) that is written once, front to back; book.c is the only file
 * that knows libxlsxwriter. Same calls, same bytes: every date in it is that of `created_ms`. Rows
 * and columns count from 0. A cell that cannot be written makes the book failed; book_close says
 * so. One thread at a time. */
struct book;

enum {
    BOOK_ROWS_MAX = 1048576, /* of a sheet, by the format */
    BOOK_TEXT_BYTES_MAX = 32767,
    BOOK_BYTES_MAX = 256 << 20
};

/* How a cell looks, and so what it is: a share is 0.081 and reads 8.1 %, a duration is a part of a
 * day and reads 262:00:00, as spreadsheets keep time. */
#define BOOK_STYLE_LIST(X)                                                   \
    X(PLAIN, NULL)                                                           \
    X(TITLE, NULL)                                                           \
    X(HEADER, NULL)                                                          \
    X(WRAPPED, NULL) /* long texts */                                        \
    X(QUIET, NULL)                                                           \
    X(COUNT, "#,##0")                                                        \
    X(NUMBER, "#,##0.00")                                                    \
    X(SHARE, "0.0%")                                                         \
    X(DURATION, "[h]:mm:ss")                                                 \
    X(MOMENT, "yyyy-mm-dd hh:mm:ss")                                         \
    X(EXACT, "General")                                                      \
    X(INPUT, "General") /* what a reader may change, and see what follows */ \
    X(RESULT, "#,##0.00")
enum book_style {
#define X(name, format) BOOK_##name,
    BOOK_STYLE_LIST(X)
#undef X
        BOOK_STYLE_COUNT
};

struct book_options {
    const char *title;
    int64_t created_ms;
    bool right_to_left; /* its sheets, as Arabic is read */
};

MUST_USE enum status book_open(const struct book_options *options, struct book **out,
                               struct error *err);
/* Adds a sheet, on which everything is written until the next one. At most 31 characters, none of
 * []:*?/\ */
void book_sheet(struct book *book, const char *name);
void book_text(struct book *book, uint32_t row, uint32_t column, const char *text,
               enum book_style style); /* NULL: empty */
void book_number(struct book *book, uint32_t row, uint32_t column, double number,
                 enum book_style style); /* NaN: empty */
/* `number`: what it comes to, for readers that do not calculate; NaN: an empty text. */
void book_formula(struct book *book, uint32_t row, uint32_t column, const char *formula,
                  double number, enum book_style style);
void book_width(struct book *book, uint32_t first, uint32_t last, double characters);
void book_freeze(struct book *book, uint32_t rows, uint32_t columns);
/* A name for a cell of the sheet: hourly_rate. */
void book_name(struct book *book, const char *name, const char *sheet, uint32_t row,
               uint32_t column);

/* Adds the bytes of the file to `out` and releases the book. */
MUST_USE enum status book_close(struct book *book, struct text *out, struct error *err);
void book_abandon(struct book *book); /* accepts NULL */

#endif
