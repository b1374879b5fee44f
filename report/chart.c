/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/chart.h"

#include <math.h>
#include <string.h>

#include "report/figure.h"
#include "report/words.h"

#define AXIS_WIDTH 58.0 /* left of the plot, for its labels */
#define FOOT       18.0 /* below it */
#define BAR_HEIGHT 13.0
#define BAR_PITCH  18.0
#define NAME_WIDTH 150.0
enum { TICKS = 4, LABELS_MAX = 9, NUMBERED_MAX = 18 };

struct frame {
    struct paper *paper;
    enum language language;
    const struct result *result;
    uint32_t first, count; /* rows that are drawn */
    const char *unit;
    double height;
    double top; /* value at the upper edge */
};

/* The next of 1, 2, 2.5, 5 times a power of ten, of a unit that people count in. */
static double nice_step(double least) {
    static const double steps[] = {1, 2, 2.5, 5, 10};
    const double power = pow(10, floor(log10(least)));
    for (unsigned at = 0; at < sizeof steps / sizeof *steps; at++)
        if (steps[at] * power >= least * 0.999999) return steps[at] * power;
    return 10 * power;
}

static struct frame frame_of(struct paper *paper, enum language language,
                             const struct result *result, const char *highest, const char *unit,
                             double height) {
    const uint32_t count =
        result->row_count < PAPER_POINTS_MAX ? result->row_count : PAPER_POINTS_MAX;
    struct frame frame = {paper, language, result, result->row_count - count,
                          count, unit,     height, 0};
    const double scale = strcmp(unit, "s") == 0 ? 86400 : 1;
    double most = 0;
    for (uint32_t at = 0; at < count; at++)
        most =
            fmax(most, result_number(result, frame.first + at, highest)); /* fmax passes over NaN */
    frame.top = TICKS * scale * nice_step(fmax(most / scale, 1e-6) / TICKS);
    return frame;
}

static double x_of(const struct frame *frame, uint32_t at) {
    const double room = PAPER_INNER - AXIS_WIDTH;
    return AXIS_WIDTH + room * (at + 0.5) / frame->count;
}

static double y_of(const struct frame *frame, double value) {
    return (frame->height - FOOT) * (1 - value / frame->top) + 4;
}

static void draw_axes(const struct frame *frame) {
    for (int tick = 0; tick <= TICKS; tick++) {
        char text[FIGURE_BYTES];
        const double value = frame->top * tick / TICKS;
        const double x[] = {AXIS_WIDTH, PAPER_INNER};
        const double y[] = {y_of(frame, value), y_of(frame, value)};
        figure_text(frame->language, frame->unit, value, text);
        if (tick == 0) figure_number(frame->language, 0, 0, text);
        paper_line(frame->paper, x, y, 2, 0.5, false, PAPER_LINE);
        paper_label(frame->paper, AXIS_WIDTH - 6, y[0], 1, AXIS_WIDTH - 6, PAPER_QUIET, text);
    }
    const uint32_t every = (frame->count + LABELS_MAX - 1) / LABELS_MAX;
    for (uint32_t at = 0; at < frame->count; at += every) {
        const char *month = result_text(frame->result, frame->first + at, "month");
        if (*month != '\0')
            paper_label(frame->paper, x_of(frame, at), frame->height - 2, 0.5, 0, PAPER_QUIET,
                        month);
    }
}

static void fill(const struct frame *frame, const char *column, double *y) {
    for (uint32_t at = 0; at < frame->count; at++)
        y[at] = y_of(frame, result_number(frame->result, frame->first + at, column));
}

void chart_course(struct paper *paper, enum language language, const struct result *result,
                  double height, const char *description) {
    double x[PAPER_POINTS_MAX], low[PAPER_POINTS_MAX], high[PAPER_POINTS_MAX];
    double middle[PAPER_POINTS_MAX], most[PAPER_POINTS_MAX];
    const struct frame frame = frame_of(paper, language, result, "p90", "s", height);
    for (uint32_t at = 0; at < frame.count; at++) x[at] = x_of(&frame, at);
    fill(&frame, "p25", low);
    fill(&frame, "p75", high);
    fill(&frame, "p50", middle);
    fill(&frame, "p90", most);
    paper_figure(paper, height + 8, description);
    paper_area(paper, x, low, high, frame.count, PAPER_PALE);
    draw_axes(&frame);
    paper_line(paper, x, most, frame.count, 1, true, PAPER_BLUE);
    paper_line(paper, x, middle, frame.count, 1.8, false, PAPER_BLUE);
    for (uint32_t at = 0; at < frame.count && frame.count <= 36; at++)
        if (!isnan(middle[at])) paper_dot(paper, x[at], middle[at], 2.2, PAPER_BLUE);
    paper_figure_end(paper);
}

void chart_bars(struct paper *paper, enum language language, const struct result *result,
                double height, const char *description) {
    const struct frame frame = frame_of(paper, language, result, "value", "count", height);
    const double room = (PAPER_INNER - AXIS_WIDTH) / frame.count;
    paper_figure(paper, height + 8, description);
    draw_axes(&frame);
    for (uint32_t at = 0; at < frame.count; at++) {
        const double value = result_number(result, frame.first + at, "value");
        if (isnan(value)) continue;
        const double width = fmin(room * 0.66, 26), top = y_of(&frame, value);
        paper_rectangle(paper, x_of(&frame, at) - width / 2, top, width, y_of(&frame, 0) - top,
                        PAPER_BLUE);
        if (frame.count > NUMBERED_MAX) continue;
        char number[FIGURE_BYTES];
        figure_number(language, value, 0, number);
        paper_label(paper, x_of(&frame, at), top - 5, 0.5, 0, PAPER_QUIET, number);
    }
    paper_figure_end(paper);
}

const char *chart_step(const struct report *report, const struct result *result, uint32_t row) {
    const char *step = result_text(result, row, "step");
    if (*step == '\0') return "–";
    /* The first and the last are no pages (query/kpi_attempt.c). */
    if (strcmp(step, "started") == 0) return word_text(WORD_STARTED, report->language);
    if (strcmp(step, "submitted") == 0) return word_text(WORD_SUBMITTED, report->language);
    return report_name_of(report, step);
}

void chart_funnel(struct paper *paper, const struct report *report, const struct result *result,
                  uint32_t first, uint32_t count, const char *description) {
    const double room = PAPER_INNER - NAME_WIDTH - 60;
    double most = 0;
    for (uint32_t at = 0; at < count; at++)
        most = fmax(most, result_number(result, first + at, "reach"));
    paper_figure(paper, count * BAR_PITCH + 4, description);
    for (uint32_t at = 0; at < count && most > 0; at++) {
        const uint32_t row = first + at;
        const double reach = result_number(result, row, "reach"),
                     drop = result_number(result, row, "drop");
        const double y = at * BAR_PITCH, width = room * reach / most;
        const double lost = isnan(drop) ? 0 : room * drop / most;
        char text[FIGURE_BYTES];
        if (isnan(reach)) continue;
        figure_number(report->language, reach, 0, text);
        paper_label(paper, NAME_WIDTH - 8, y + BAR_HEIGHT / 2, 1, NAME_WIDTH - 8, PAPER_BLACK,
                    chart_step(report, result, row));
        paper_rectangle(paper, NAME_WIDTH, y, width - lost, BAR_HEIGHT, PAPER_BLUE);
        paper_rectangle(paper, NAME_WIDTH + width - lost, y, lost, BAR_HEIGHT, PAPER_RED);
        paper_label(paper, NAME_WIDTH + width + 6, y + BAR_HEIGHT / 2, 0, 0, PAPER_QUIET, text);
    }
    paper_figure_end(paper);
}
