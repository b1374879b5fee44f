/* SPDX-License-Identifier: EUPL-1.2 */
#include "story/language.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "story/texts.h"

#define LARGEST 1e15 /* spoken exactly; beyond it nobody counts */

static const int64_t power[] = {1, 10, 100};

static double limited(double value) {
    return fmin(fabs(value), LARGEST);
}

struct spoken spoken_fixed(double value, uint32_t digits) {
    return (struct spoken){(int64_t)round(limited(value) * (double)power[digits]), digits};
}

struct spoken spoken_whole(double value) {
    return spoken_fixed(value, 0);
}

struct spoken spoken_round(double value) {
    const double size = limited(value);
    if (size < 9.95) {
        const struct spoken tenths = spoken_fixed(size, 1);
        return tenths.units % 10 == 0 ? (struct spoken){tenths.units / 10, 0} : tenths;
    }
    if (size < 1000) return spoken_whole(size);
    const double step = pow(10, floor(log10(size)) - 2);
    return spoken_whole(round(size / step) * step);
}

double spoken_value(struct spoken number) {
    return (double)number.units / (double)power[number.digits];
}

/* https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html */
enum plural language_plural(enum language language, struct spoken number) {
    if (number.units == 0) return PLURAL_ZERO;
    const bool whole = number.units % power[number.digits] == 0;
    const int64_t n = number.units / power[number.digits];
    switch (language) {
        case LANGUAGE_DE:
        case LANGUAGE_EN: return n == 1 && number.digits == 0 ? PLURAL_ONE : PLURAL_OTHER;
        case LANGUAGE_TR: return n == 1 && whole ? PLURAL_ONE : PLURAL_OTHER;
        case LANGUAGE_AR:
            if (!whole) return PLURAL_OTHER;
            if (n == 1) return PLURAL_ONE;
            if (n == 2) return PLURAL_TWO;
            if (n % 100 >= 3 && n % 100 <= 10) return PLURAL_FEW;
            return n % 100 >= 11 ? PLURAL_MANY : PLURAL_OTHER;
        case LANGUAGE_COUNT: break;
    }
    return PLURAL_OTHER;
}

void language_number(enum language language, struct spoken number, char *out, size_t size) {
    const struct story_texts *texts = &story_texts[language];
    char whole[24];
    snprintf(whole, sizeof whole, "%" PRId64, number.units / power[number.digits]);
    size_t used = 0;
    for (size_t at = 0, count = strlen(whole); at < count && used + 8 < size; at++) {
        if (at > 0 && (count - at) % 3 == 0)
            used += (size_t)snprintf(out + used, size - used, "%s", texts->group);
        out[used++] = whole[at];
    }
    out[used] = '\0';
    if (number.digits > 0)
        snprintf(out + used, size - used, "%s%0*" PRId64, texts->decimal, (int)number.digits,
                 number.units % power[number.digits]);
}
