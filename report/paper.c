/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/paper.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "base/memory.h"
#include "base/timestamp.h"
#include "report/pdf_accessible.h"

enum { TEXT_BYTES = 256 };
#define FOOT_HEIGHT  30.0 /* above the lower margin, for the footer */
#define CELL_PADDING 4.0
/* So much stays on one page: a heading with what begins below it, the head of a table with a row,
 * the caption of a figure. */
#define HEADING_ROOM 130.0
#define TABLE_ROOM   88.0
#define CAPTION_ROOM 30.0
#define FONT         "Noto Sans, Noto Sans Arabic"

struct look {
    double size; /* points */
    bool bold;
    enum paper_ink ink;
    double before, after;
    double line; /* spacing */
    const char *tag;
};
static const struct look looks[PAPER_STYLES] = {
    [PAPER_TITLE] = {22, true, PAPER_BLACK, 0, 6, 1.15, "H1"},
    [PAPER_LEAD] = {12.5, false, PAPER_BLACK, 2, 5, 1.3, "P"},
    [PAPER_HEADING] = {15, true, PAPER_BLACK, 20, 5, 1.2, "H2"},
    [PAPER_SUBHEADING] = {10.5, true, PAPER_BLACK, 10, 2, 1.25, "H3"},
    [PAPER_BODY] = {9.5, false, PAPER_BLACK, 0, 4, 1.3, "P"},
    [PAPER_CAPTION] = {8.5, false, PAPER_QUIET, 0, 5, 1.25, "P"},
};
static const struct look cell_look = {8.5, false, PAPER_BLACK, 0, 0, 1.2, "TD"};
static const struct look head_look = {8.5, true, PAPER_QUIET, 0, 0, 1.2, "TH"};

static const double inks[PAPER_INKS][3] = {
    [PAPER_BLACK] = {0.09, 0.13, 0.18}, [PAPER_QUIET] = {0.33, 0.39, 0.45},
    [PAPER_LINE] = {0.84, 0.86, 0.89},  [PAPER_BLUE] = {0.10, 0.32, 0.60},
    [PAPER_PALE] = {0.80, 0.87, 0.95},  [PAPER_RED] = {0.71, 0.16, 0.16},
    [PAPER_GREEN] = {0.13, 0.45, 0.27},
};

struct paper {
    struct text own;
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoFontMap *fonts; /* its own: the library's would stay with each thread that ever wrote */
    PangoContext *context;
    const struct paper_options *options;
    double y; /* of the next thing, from the top of the page */
    uint32_t page;
    uint32_t headings;
    struct paper_column columns[PAPER_COLUMNS_MAX];
    uint32_t column_count; /* 0: no table is open */
    struct pdf_accessible accessible;
    char *copies[PDF_FIGURES_MAX]; /* of what figures show */
    uint32_t copy_count;
};

/* --- a life --- */

static cairo_status_t take_bytes(void *context, const unsigned char *bytes, unsigned size) {
    struct text *text = context;
    text_add(text, bytes, size);
    return text->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void set_metadata(const struct paper *paper) {
    char date[TIMESTAMP_TEXT_BYTES];
    cairo_surface_t *surface = paper->surface;
    timestamp_format_utc(paper->options->created_ms, date);
    memcpy(date + strlen("2026-10-31T23:00:00"), "Z", 2); /* whole seconds are all it takes */
    cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, paper->options->title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Pegel");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, date);
}

/* Letters as wide as they were designed, whatever the screen of this machine would want. */
static void set_fonts(const struct paper *paper) {
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    pango_cairo_context_set_font_options(paper->context, options);
    pango_context_set_round_glyph_positions(paper->context, FALSE);
    cairo_font_options_destroy(options);
}

static void begin_page(struct paper *paper) {
    paper->page++;
    paper->y = PAPER_MARGIN;
}

enum status paper_open(const struct paper_options *options, struct paper **out, struct error *err) {
    *out = NULL;
    struct paper *paper = memory_new_array(struct paper, 1);
    if (paper == NULL) return error_set(err, STATUS_NO_MEMORY, "paper: no memory");
    paper->options = options;
    paper->accessible = (struct pdf_accessible){.language = options->language,
                                                .right_to_left = options->right_to_left};
    text_init(&paper->own, PAPER_BYTES_MAX);
    paper->surface =
        cairo_pdf_surface_create_for_stream(take_bytes, &paper->own, PAPER_WIDTH, PAPER_HEIGHT);
    paper->cairo = cairo_create(paper->surface);
    paper->fonts = pango_cairo_font_map_new();
    paper->context = pango_font_map_create_context(paper->fonts);
    pango_cairo_update_context(paper->cairo, paper->context);
    pango_cairo_context_set_resolution(paper->context, 72); /* so that sizes are points */
    pango_context_set_language(paper->context, pango_language_from_string(options->language));
    pango_context_set_base_dir(paper->context,
                               options->right_to_left ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
    set_fonts(paper);
    set_metadata(paper);
    cairo_tag_begin(paper->cairo, "Document", NULL);
    begin_page(paper);
    *out = paper;
    return STATUS_OK;
}

static void end_page(struct paper *paper);

enum status paper_close(struct paper *paper, struct text *out, uint32_t *pages, struct error *err) {
    enum status status = STATUS_OK;
    end_page(paper);
    cairo_tag_end(paper->cairo, "Document");
    const cairo_status_t drawn = cairo_status(paper->cairo);
    g_object_unref(paper->context);
    g_object_unref(paper->fonts);
    cairo_destroy(paper->cairo);
    cairo_surface_finish(paper->surface);
    const cairo_status_t written = cairo_surface_status(paper->surface);
    cairo_surface_destroy(paper->surface);
    if (drawn != CAIRO_STATUS_SUCCESS || written != CAIRO_STATUS_SUCCESS)
        status = error_set(err, STATUS_NO_MEMORY, "pdf: %s",
                           cairo_status_to_string(drawn != CAIRO_STATUS_SUCCESS ? drawn : written));
    *pages = paper->page;
    if (status == STATUS_OK) pdf_accessible_add(&paper->accessible, &paper->own);
    if (paper->own.failed && status == STATUS_OK)
        status = error_set(err, STATUS_NO_MEMORY, "pdf: no memory, or more than %d bytes",
                           PAPER_BYTES_MAX);
    text_add(out, paper->own.bytes, paper->own.size);
    for (uint32_t at = 0; at < paper->copy_count; at++) memory_free(paper->copies[at]);
    text_free(&paper->own);
    memory_free(paper);
    return status;
}

/* --- text --- */

static void set_ink(const struct paper *paper, enum paper_ink ink) {
    cairo_set_source_rgb(paper->cairo, inks[ink][0], inks[ink][1], inks[ink][2]);
}

/* Release with g_object_unref. width 0: one line, as long as it is. */
static PangoLayout *lay_out(const struct paper *paper, const struct look *look, double width,
                            const char *text) {
    PangoLayout *layout = pango_layout_new(paper->context);
    PangoFontDescription *font = pango_font_description_from_string(FONT);
    pango_font_description_set_size(font, (int)(look->size * PANGO_SCALE));
    pango_font_description_set_weight(font, look->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_line_spacing(layout, (float)(look->line * 0.8));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    /* Sides are those of the paper, whatever script a text begins with. */
    pango_layout_set_auto_dir(layout, FALSE);
    pango_layout_set_alignment(
        layout, paper->options->right_to_left ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    PangoAttrList *attributes = pango_attr_list_new();
    /* A word that is broken for want of room would else look as if it had a hyphen. */
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    if (width > 0) pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_text(layout, text, -1);
    return layout;
}

static double height_of(PangoLayout *layout) {
    int width, height;
    pango_layout_get_size(layout, &width, &height);
    return (double)height / PANGO_SCALE;
}

static void show(const struct paper *paper, PangoLayout *layout, double x, double y,
                 enum paper_ink ink) {
    set_ink(paper, ink);
    cairo_move_to(paper->cairo, x, y);
    pango_cairo_show_layout(paper->cairo, layout);
}

/* Line by line, so that a paragraph may go on on the next page. */
static void show_lines(struct paper *paper, PangoLayout *layout, enum paper_ink ink) {
    PangoLayoutIter *lines = pango_layout_get_iter(layout);
    double begin = paper->y, last;
    do {
        PangoRectangle box;
        pango_layout_iter_get_line_extents(lines, NULL, &box);
        const double top = (double)box.y / PANGO_SCALE, height = (double)box.height / PANGO_SCALE;
        if (begin + top + height > PAPER_HEIGHT - PAPER_MARGIN - FOOT_HEIGHT) {
            end_page(paper);
            cairo_show_page(paper->cairo);
            begin_page(paper);
            begin = paper->y - top;
        }
        set_ink(paper, ink);
        cairo_move_to(paper->cairo, PAPER_MARGIN + (double)box.x / PANGO_SCALE,
                      begin + (double)pango_layout_iter_get_baseline(lines) / PANGO_SCALE);
        pango_cairo_show_layout_line(paper->cairo, pango_layout_iter_get_line_readonly(lines));
        last = begin + top + height;
    } while (pango_layout_iter_next_line(lines));
    paper->y = last;
    pango_layout_iter_free(lines);
}

static void add_bookmark(struct paper *paper, const char *text) {
    char link[TEXT_BYTES];
    snprintf(link, sizeof link, "page=%u pos=[%d %d]", (unsigned)paper->page, (int)PAPER_MARGIN,
             (int)paper->y);
    cairo_pdf_surface_add_outline(paper->surface, CAIRO_PDF_OUTLINE_ROOT, text, link, 0);
}

void paper_say(struct paper *paper, enum paper_style style, const char *text) {
    const struct look *look = &looks[style];
    if (text == NULL || *text == '\0') return;
    if (paper->y > PAPER_MARGIN) paper->y += look->before;
    if (style == PAPER_HEADING || style == PAPER_SUBHEADING) paper_need(paper, HEADING_ROOM);
    PangoLayout *layout = lay_out(paper, look, PAPER_INNER, text);
    if (style == PAPER_HEADING) add_bookmark(paper, text);
    cairo_tag_begin(paper->cairo, look->tag, NULL);
    show_lines(paper, layout, look->ink);
    cairo_tag_end(paper->cairo, look->tag);
    g_object_unref(layout);
    paper->y += look->after;
}

void paper_space(struct paper *paper, double height) {
    paper->y += height;
}

double paper_room(const struct paper *paper) {
    return PAPER_HEIGHT - PAPER_MARGIN - FOOT_HEIGHT - paper->y;
}

void paper_need(struct paper *paper, double height) {
    if (paper_room(paper) >= height) return;
    end_page(paper);
    cairo_show_page(paper->cairo);
    begin_page(paper);
}

/* --- the foot of a page: not a part of the content, so without a tag --- */

static void end_page(struct paper *paper) {
    static const struct look look = {7.5, false, PAPER_QUIET, 0, 0, 1.2, NULL};
    const double y = PAPER_HEIGHT - PAPER_MARGIN - 8;
    char page[TEXT_BYTES];
    set_ink(paper, PAPER_LINE);
    cairo_rectangle(paper->cairo, PAPER_MARGIN, y - 6, PAPER_INNER, 0.6);
    cairo_fill(paper->cairo);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(page, sizeof page, paper->options->page_format, (unsigned)paper->page,
             (unsigned)paper->options->pages);
#pragma GCC diagnostic pop
    PangoLayout *number = lay_out(paper, &look, 0, page);
    int width, height;
    pango_layout_get_size(number, &width, &height);
    const double room = (double)width / PANGO_SCALE;
    PangoLayout *footer = lay_out(paper, &look, PAPER_INNER - room - 12, paper->options->footer);
    const bool mirrored = paper->options->right_to_left;
    show(paper, number, mirrored ? PAPER_MARGIN : PAPER_MARGIN + PAPER_INNER - room, y,
         PAPER_QUIET);
    show(paper, footer, mirrored ? PAPER_MARGIN + room + 12 : PAPER_MARGIN, y, PAPER_QUIET);
    g_object_unref(number);
    g_object_unref(footer);
}

/* --- tables --- */

static double column_width(const struct paper *paper, uint32_t column) {
    return paper->columns[column].share * PAPER_INNER;
}

static double column_x(const struct paper *paper, uint32_t column) {
    double before = 0;
    for (uint32_t at = 0; at < column; at++) before += column_width(paper, at);
    return PAPER_MARGIN + (paper->options->right_to_left
                               ? PAPER_INNER - before - column_width(paper, column)
                               : before);
}

/* Numbers go to the end of their column, whichever side that is. */
static PangoLayout *lay_out_cell(const struct paper *paper, const struct look *look,
                                 uint32_t column, const char *text) {
    PangoLayout *layout =
        lay_out(paper, look, column_width(paper, column) - 2 * CELL_PADDING, text);
    const bool mirrored = paper->options->right_to_left;
    if (paper->columns[column].is_number)
        pango_layout_set_alignment(layout, mirrored ? PANGO_ALIGN_LEFT : PANGO_ALIGN_RIGHT);
    return layout;
}

/* The cells of one row, laid out. Scripts have lines of different heights, so what is lined up is
 * where their letters stand. */
struct row {
    PangoLayout *layouts[PAPER_COLUMNS_MAX];
    double baseline, height; /* below the upper padding */
};

static double baseline_of(PangoLayout *layout) {
    return (double)pango_layout_get_baseline(layout) / PANGO_SCALE;
}

static struct row lay_out_row(const struct paper *paper, const struct look *look,
                              const char *const *cells) {
    struct row row = {.height = 0};
    for (uint32_t column = 0; column < paper->column_count; column++) {
        const char *text = cells[column] == NULL ? "" : cells[column];
        row.layouts[column] = lay_out_cell(paper, look, column, text);
        row.baseline = fmax(row.baseline, baseline_of(row.layouts[column]));
    }
    for (uint32_t column = 0; column < paper->column_count; column++) {
        PangoLayout *layout = row.layouts[column];
        row.height = fmax(row.height, row.baseline - baseline_of(layout) + height_of(layout));
    }
    return row;
}

static void draw_row(struct paper *paper, const struct look *look, const struct row *row) {
    cairo_tag_begin(paper->cairo, "TR", NULL);
    for (uint32_t column = 0; column < paper->column_count; column++) {
        PangoLayout *layout = row->layouts[column];
        cairo_tag_begin(paper->cairo, look->tag, NULL);
        show(paper, layout, column_x(paper, column) + CELL_PADDING,
             paper->y + CELL_PADDING + row->baseline - baseline_of(layout), look->ink);
        cairo_tag_end(paper->cairo, look->tag);
        g_object_unref(layout);
    }
    cairo_tag_end(paper->cairo, "TR");
    paper->y += row->height + 2 * CELL_PADDING;
    set_ink(paper, PAPER_LINE);
    cairo_rectangle(paper->cairo, PAPER_MARGIN, paper->y - 0.3, PAPER_INNER, 0.6);
    cairo_fill(paper->cairo);
}

static void draw_head(struct paper *paper) {
    const char *heads[PAPER_COLUMNS_MAX];
    for (uint32_t column = 0; column < paper->column_count; column++)
        heads[column] = paper->columns[column].head;
    const struct row row = lay_out_row(paper, &head_look, heads);
    draw_row(paper, &head_look, &row);
}

void paper_table(struct paper *paper, const struct paper_column *columns, uint32_t count) {
    CHECK(count > 0 && count <= PAPER_COLUMNS_MAX);
    memcpy(paper->columns, columns, count * sizeof *columns);
    paper->column_count = count;
    paper_need(paper, TABLE_ROOM);
    cairo_tag_begin(paper->cairo, "Table", NULL);
    draw_head(paper);
}

void paper_row(struct paper *paper, const char *const *cells) {
    const struct row row = lay_out_row(paper, &cell_look, cells);
    const uint32_t page = paper->page;
    paper_need(paper, row.height + 2 * CELL_PADDING);
    if (page != paper->page) draw_head(paper);
    draw_row(paper, &cell_look, &row);
}

void paper_table_end(struct paper *paper) {
    cairo_tag_end(paper->cairo, "Table");
    paper->column_count = 0;
    paper->y += 6;
}

/* --- figures --- */

void paper_figure(struct paper *paper, double height, const char *description) {
    paper_need(paper, height + CAPTION_ROOM);
    paper_say(paper, PAPER_CAPTION, description);
    struct pdf_accessible *accessible = &paper->accessible;
    if (accessible->figure_count < PDF_FIGURES_MAX) {
        char *copy = memory_copy_text(description, strlen(description));
        if (copy == NULL) paper->own.failed = true;
        accessible->figures[accessible->figure_count++] = copy == NULL ? "" : copy;
        paper->copies[paper->copy_count++] = copy;
    }
    cairo_tag_begin(paper->cairo, "Figure", NULL);
    cairo_save(paper->cairo);
    cairo_translate(paper->cairo, PAPER_MARGIN, paper->y);
    paper->y += height;
}

void paper_figure_end(struct paper *paper) {
    cairo_restore(paper->cairo);
    cairo_tag_end(paper->cairo, "Figure");
    paper->y += 8;
}

void paper_rectangle(struct paper *paper, double x, double y, double width, double height,
                     enum paper_ink ink) {
    set_ink(paper, ink);
    cairo_rectangle(paper->cairo, x, y, width, height);
    cairo_fill(paper->cairo);
}

void paper_line(struct paper *paper, const double *x, const double *y, uint32_t count, double width,
                bool dashed, enum paper_ink ink) {
    static const double dashes[] = {3, 3};
    bool pen_down = false;
    cairo_new_path(paper->cairo);
    set_ink(paper, ink);
    cairo_set_line_width(paper->cairo, width);
    cairo_set_line_join(paper->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(paper->cairo, dashes, dashed ? 2 : 0, 0);
    for (uint32_t at = 0; at < count; at++) {
        if (isnan(y[at])) {
            pen_down = false;
            continue;
        }
        if (pen_down)
            cairo_line_to(paper->cairo, x[at], y[at]);
        else
            cairo_move_to(paper->cairo, x[at], y[at]);
        pen_down = true;
    }
    cairo_stroke(paper->cairo);
    cairo_set_dash(paper->cairo, dashes, 0, 0);
}

void paper_area(struct paper *paper, const double *x, const double *low, const double *high,
                uint32_t count, enum paper_ink ink) {
    set_ink(paper, ink);
    for (uint32_t begin = 0; begin < count;) {
        uint32_t end = begin;
        while (end < count && !isnan(low[end]) && !isnan(high[end])) end++;
        cairo_new_path(paper->cairo); /* a text before leaves its point behind */
        for (uint32_t at = begin; at < end; at++) cairo_line_to(paper->cairo, x[at], high[at]);
        for (uint32_t at = end; at > begin; at--)
            cairo_line_to(paper->cairo, x[at - 1], low[at - 1]);
        cairo_close_path(paper->cairo);
        cairo_fill(paper->cairo);
        begin = end + 1;
    }
}

void paper_dot(struct paper *paper, double x, double y, double radius, enum paper_ink ink) {
    set_ink(paper, ink);
    cairo_new_sub_path(paper->cairo);
    cairo_arc(paper->cairo, x, y, radius, 0, 6.283185307179586);
    cairo_fill(paper->cairo);
}

void paper_label(struct paper *paper, double x, double y, double anchor, double width,
                 enum paper_ink ink, const char *text) {
    static const struct look look = {8, false, PAPER_QUIET, 0, 0, 1.2, NULL};
    int text_width, text_height;
    PangoLayout *layout = lay_out(paper, &look, 0, text);
    pango_layout_get_size(layout, &text_width, &text_height);
    if (width > 0 && text_width > width * PANGO_SCALE) {
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
        text_width = (int)(width * PANGO_SCALE);
    }
    show(paper, layout, x - anchor * text_width / PANGO_SCALE,
         y - (double)text_height / PANGO_SCALE / 2, ink);
    g_object_unref(layout);
}
