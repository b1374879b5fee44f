/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORY_LANGUAGE_H
#define STORY_LANGUAGE_H

#include <stddef.h>
#include <stdint.h>

#include "query/kpi.h"

/* language: how a language counts and writes numbers. Pure functions, any thread. */

/* Tenths, or hundredths, of a whole number: what is said has two digits after the mark at most. */
struct spoken {
    int64_t units;   /* not negative */
    uint32_t digits; /* after the mark, 0..2; none of them a last zero unless `fixed` */
};

/* As many digits as one reads, and as the pages show: 8.1, but 46, 9,920 and 184,000. Half away
 * from zero. `value` is finite. */
struct spoken spoken_round(double value);
/* To so many digits, all of which are shown: 9.50. */
struct spoken spoken_fixed(double value, uint32_t digits);
/* To whole numbers. */
struct spoken spoken_whole(double value);
double spoken_value(struct spoken number);

/* The form of a text with the number in it, by CLDR's rules for cardinal numbers; besides, zero has
 * a form of its own in every language, which is "other" where the texts have none. */
enum plural language_plural(enum language language, struct spoken number);

/* With the marks of the language, and digits 0 to 9 in all of them. `size` of 40 is enough. */
void language_number(enum language language, struct spoken number, char *out, size_t size);

#endif
