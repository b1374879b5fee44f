/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORY_PHRASE_H
#define STORY_PHRASE_H

#include "base/arena.h"
#include "query/result.h"
#include "story/period.h"

/* phrase: one plain sentence on one figure, from the templates of its definition and of the
 * language. "Housing benefit: In October 2026, an application took 12 days at the median, 3 days
 * less than in September; 41 are still open." Pure; texts live in the arena. */
enum phrase_change {
    PHRASE_NO_COMPARISON, /* not enough is known: nothing is said of it */
    PHRASE_NORMAL,        /* within normal variation, or too small for the digits that are said */
    PHRASE_CHANGED        /* how far it is from `before` */
};

struct phrase {
    const struct kpi_definition *definition; /* with a sentence */
    const char *unit;                        /* of the value: that of its column */
    struct period period, than;
    enum result_state state;
    double value, before; /* NaN: none */
    enum phrase_change change;
    uint64_t n, open;
    const char *service[LANGUAGE_COUNT]; /* the one that it is about; NULL: none is named */
};

/* CHANGED becomes NORMAL where the difference disappears in rounding. */
enum phrase_change phrase_change(const struct phrase *phrase);

/* NULL: the arena's budget is used up. */
const char *phrase_say(const struct phrase *phrase, enum language language, struct arena *arena);

#endif
