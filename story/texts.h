/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORY_TEXTS_H
#define STORY_TEXTS_H

#include "query/kpi.h"

/* texts: what sentences are made of, in each language. They are data, story/texts/<language>.toml,
 * made a part of the program by scripts/embed_texts.py, which stops the build when one is missing
 * or has a hole {like this} that nobody fills. Static and immutable; any thread. */
enum story_period { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR };
enum story_than {                              /* the five periods, then */
                  THAN_NEAR = PERIOD_YEAR + 1, /* a month of the same year */
                  THAN_WEEK_YEAR,              /* a week that is not the one before */
                  THAN_COUNT
};
enum story_unit {
    UNIT_SECOND,
    UNIT_MINUTE,
    UNIT_HOUR,
    UNIT_DAY,
    UNIT_WORKDAY,
    UNIT_PERCENT,
    UNIT_EURO,
    UNIT_COUNT,
    UNIT_OF5,
    UNIT_PERCENTAGE_POINT,
    UNIT_POINT,
    UNITS
};
enum story_manner {
    MANNER_DURATION,
    MANNER_SHARE,
    MANNER_COUNT,
    MANNER_MONEY,
    MANNER_SCORE,
    MANNERS
};
enum story_clause {
    CLAUSE_SERVICE,
    CLAUSE_NORMAL,
    CLAUSE_OPEN,
    CLAUSE_PROVISIONAL,
    CLAUSE_INCOMPLETE,
    CLAUSE_NO_DATA,
    CLAUSE_SUPPRESSED,
    CLAUSE_UNKNOWN,
    CLAUSE_END,
    CLAUSES
};

struct story_texts {
    const char *decimal, *group; /* marks within a number */
    const char *months[12], *quarters[4];
    const char *in[PERIOD_YEAR + 1];
    const char *than[THAN_COUNT];
    const char *quantity[UNITS][PLURAL_COUNT];
    const char *delta[UNITS][PLURAL_COUNT]; /* the same where it says how far two are apart */
    const char *less[MANNERS], *more[MANNERS];
    const char *clause[CLAUSES];
    const char *few[PLURAL_COUNT];
};

extern const struct story_texts story_texts[LANGUAGE_COUNT];

#endif
