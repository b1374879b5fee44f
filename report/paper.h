/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_PAPER_H
#define REPORT_PAPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

/* paper: a tagged PDF of A4 pages that is written from top to bottom; paper.c is the only file that
 * knows Cairo and Pango. Text is shaped for its script and can be selected and searched, fonts are
 * embedded, headings are bookmarks, and the structure (headings, paragraphs, tables, figures) is in
 * the file for those who do not see it. Lengths are points, 1/72 inch. Right-to-left papers are
 * mirrored: "start" is the right edge there; charts stay as they are drawn, time from left to
 * right.
 *
 * The number of pages is known only at the end: whoever wants it on each page writes the paper
 * twice. The same calls give the same bytes. One thread at a time. A page is never left half
 * written by a failure: paper_close says what went wrong. */
struct paper;

enum { PAPER_BYTES_MAX = 64 << 20, PAPER_COLUMNS_MAX = 12, PAPER_POINTS_MAX = 512 };
#define PAPER_WIDTH  595.276
#define PAPER_HEIGHT 841.89
#define PAPER_MARGIN 56.0
#define PAPER_INNER  (PAPER_WIDTH - 2 * PAPER_MARGIN)

enum paper_ink {
    PAPER_BLACK, /* text */
    PAPER_QUIET, /* captions, axes */
    PAPER_LINE,  /* rules, grid */
    PAPER_BLUE,
    PAPER_PALE, /* the band beside a line */
    PAPER_RED,
    PAPER_GREEN,
    PAPER_INKS
};

enum paper_style {
    PAPER_TITLE,
    PAPER_LEAD,    /* the first sentence */
    PAPER_HEADING, /* a bookmark */
    PAPER_SUBHEADING,
    PAPER_BODY,
    PAPER_CAPTION,
    PAPER_STYLES
};

struct paper_options {
    const char *title;
    const char *language;    /* "de" */
    const char *page_format; /* two %u: page, pages */
    const char *footer;      /* on each page */
    uint32_t pages;          /* of the whole; 0: not known yet */
    int64_t created_ms;
    bool right_to_left;
};

MUST_USE enum status paper_open(const struct paper_options *options, struct paper **out,
                                struct error *err);
/* Adds the bytes to `out`, tells the number of pages and releases the paper. */
MUST_USE enum status paper_close(struct paper *paper, struct text *out, uint32_t *pages,
                                 struct error *err);

/* --- text, one below the other --- */

void paper_say(struct paper *paper, enum paper_style style, const char *text);
void paper_space(struct paper *paper, double height);
/* What is left of this page. */
double paper_room(const struct paper *paper);
/* A new page unless so much is left on this one. */
void paper_need(struct paper *paper, double height);

/* --- tables --- */

struct paper_column {
    const char *head;
    double share;   /* of the width; all together 1 */
    bool is_number; /* to the end */
};
/* Begins a table; its head is repeated on each page. */
void paper_table(struct paper *paper, const struct paper_column *columns, uint32_t count);
/* Cells: as many as columns; NULL: empty. Long texts wrap. */
void paper_row(struct paper *paper, const char *const *cells);
void paper_table_end(struct paper *paper);

/* --- figures: x from 0 at the left to PAPER_INNER, y from 0 at the top to the height --- */

/* `description` is what the figure says, above it and for those who do not see it. */
void paper_figure(struct paper *paper, double height, const char *description);
void paper_figure_end(struct paper *paper);
void paper_rectangle(struct paper *paper, double x, double y, double width, double height,
                     enum paper_ink ink);
/* A line through the points; NaN in y breaks it. */
void paper_line(struct paper *paper, const double *x, const double *y, uint32_t count, double width,
                bool dashed, enum paper_ink ink);
/* The area between two lines. */
void paper_area(struct paper *paper, const double *x, const double *low, const double *high,
                uint32_t count, enum paper_ink ink);
void paper_dot(struct paper *paper, double x, double y, double radius, enum paper_ink ink);
/* anchor: 0 begins at x, 0.5 is centred on it, 1 ends there; y is the middle of the line. A text
 * wider than `width` ends in an ellipsis; 0: as wide as it is. */
void paper_label(struct paper *paper, double x, double y, double anchor, double width,
                 enum paper_ink ink, const char *text);

#endif
