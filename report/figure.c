/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/figure.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "story/language.h"
#include "story/measure.h"
#include "story/texts.h"

/* So that a minus stays left of its number in a right-to-left text as well. */
#define MINUS "\xe2\x80\x8e\xe2\x88\x92"

enum { NUMBER_BYTES = 48 };

static bool is_currency(const char *unit) {
    return strlen(unit) == 3 && strspn(unit, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

/* The number in the unit's words; `spoken` is its size. */
static void write(enum language language, const char *unit, struct measure measure, bool negative,
                  struct spoken spoken, char out[FIGURE_BYTES]) {
    char number[NUMBER_BYTES];
    const char *const *forms = story_texts[language].quantity[measure.unit];
    const char *form = forms[language_plural(language, spoken)];
    if (form == NULL) form = forms[PLURAL_OTHER];
    const char *hole = strstr(form, "{n}");
    const char *sign = negative && spoken.units > 0 ? MINUS : "";
    language_number(language, spoken, number, sizeof number);
    if (is_currency(unit) && measure.unit != UNIT_EURO)
        snprintf(out, FIGURE_BYTES, "%s%s\u00a0%s", sign, number, unit);
    else if (hole == NULL)
        snprintf(out, FIGURE_BYTES, "%s%s", sign, form);
    else
        snprintf(out, FIGURE_BYTES, "%.*s%s%s%s", (int)(hole - form), form, sign, number,
                 hole + strlen("{n}"));
}

void figure_text(enum language language, const char *unit, double value, char out[FIGURE_BYTES]) {
    *out = '\0';
    if (!isfinite(value)) return;
    const struct measure measure = measure_of(unit, fabs(value));
    const double size = fabs(value) / measure.size;
    const bool cents = size < 9.995 && size > 0;
    const struct spoken spoken =
        is_currency(unit) ? spoken_fixed(size, cents ? 2 : 0) : spoken_round(size);
    write(language, unit, measure, value < 0, spoken, out);
}

/* After the mark. */
static unsigned digits_of(struct measure measure, double value) {
    return measure.unit != UNIT_COUNT && fabs(value) / measure.size < 9.95 ? 1 : 0;
}

void figure_measured(enum language language, const char *unit, double value,
                     char out[FIGURE_BYTES]) {
    *out = '\0';
    if (!isfinite(value)) return;
    const struct measure measure = measure_of(unit, fabs(value));
    const struct spoken spoken =
        spoken_fixed(fabs(value) / measure.size, digits_of(measure, value));
    write(language, unit, measure, value < 0, spoken, out);
}

void figure_interval(enum language language, const char *unit, double value, double lo, double hi,
                     char out[FIGURE_BYTES]) {
    char low[FIGURE_BYTES], high[FIGURE_BYTES];
    *out = '\0';
    if (!isfinite(value)) return;
    const struct measure measure = measure_of(unit, fabs(value));
    const unsigned digits = digits_of(measure, value);
    figure_number(language, lo / measure.size, digits, low);
    figure_number(language, hi / measure.size, digits, high);
    if (*low != '\0' && *high != '\0')
        snprintf(out, FIGURE_BYTES, "%.70s–%.70s", low, high);
    else if (*low != '\0' || *high != '\0')
        snprintf(out, FIGURE_BYTES, "%s %.70s", *low != '\0' ? "≥" : "≤",
                 *low != '\0' ? low : high);
}

void figure_number(enum language language, double value, unsigned digits, char out[FIGURE_BYTES]) {
    char number[NUMBER_BYTES];
    *out = '\0';
    if (!isfinite(value)) return;
    const struct spoken spoken = spoken_fixed(fabs(value), digits);
    language_number(language, spoken, number, sizeof number);
    snprintf(out, FIGURE_BYTES, "%s%s", value < 0 && spoken.units > 0 ? MINUS : "", number);
}

void figure_date(enum language language, const char *day, char out[FIGURE_BYTES]) {
    if (strlen(day) >= 10 && (language == LANGUAGE_DE || language == LANGUAGE_TR))
        snprintf(out, FIGURE_BYTES, "%.2s.%.2s.%.4s", day + 8, day + 5, day);
    else if (language == LANGUAGE_AR) /* isolated, or its parts would change places */
        snprintf(out, FIGURE_BYTES, "\u2066%.10s\u2069", day);
    else
        snprintf(out, FIGURE_BYTES, "%.10s", day);
}
