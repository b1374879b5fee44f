/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "story/language.h"
#include "story/texts.h"

/* So that a minus stays left of its number in a right-to-left text as well. */
#define MINUS "\xe2\x80\x8e\xe2\x88\x92"

enum { NUMBER_BYTES = 48 };

struct measure {
    enum story_unit unit;
    double size; /* so much of the API's unit is one */
};

/* As sentences and pages choose it (story/phrase.c). */
static struct measure measure_of(const char *unit, double size) {
    if (strcmp(unit, "s") == 0) {
        if (size >= 86400) return (struct measure){UNIT_DAY, 86400};
        if (size >= 5400) return (struct measure){UNIT_HOUR, 3600};
        return size >= 90 ? (struct measure){UNIT_MINUTE, 60} : (struct measure){UNIT_SECOND, 1};
    }
    if (strcmp(unit, "working_days") == 0) return (struct measure){UNIT_WORKDAY, 1};
    if (strcmp(unit, "min") == 0) return (struct measure){UNIT_MINUTE, 1};
    if (strcmp(unit, "ratio") == 0) return (struct measure){UNIT_PERCENT, 0.01};
    if (strcmp(unit, "EUR") == 0) return (struct measure){UNIT_EURO, 1};
    return (struct measure){strcmp(unit, "score") == 0 ? UNIT_OF5 : UNIT_COUNT, 1};
}

void figure_text(enum language language, const char *unit, double value, char out[FIGURE_BYTES]) {
    char number[NUMBER_BYTES];
    *out = '\0';
    if (!isfinite(value)) return;
    const struct measure measure = measure_of(unit, fabs(value));
    const struct spoken spoken = spoken_round(fabs(value) / measure.size);
    const char *const *forms = story_texts[language].quantity[measure.unit];
    const char *form = forms[language_plural(language, spoken)];
    if (form == NULL) form = forms[PLURAL_OTHER];
    const char *hole = strstr(form, "{n}");
    const char *sign = value < 0 && spoken.units > 0 ? MINUS : "";
    language_number(language, spoken, number, sizeof number);
    if (hole == NULL)
        snprintf(out, FIGURE_BYTES, "%s%s", sign, form);
    else
        snprintf(out, FIGURE_BYTES, "%.*s%s%s%s", (int)(hole - form), form, sign, number,
                 hole + strlen("{n}"));
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
