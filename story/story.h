/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORY_STORY_H
#define STORY_STORY_H

#include "query/plan.h"
#include "query/result.h"
#include "stats/control.h"
#include "story/phrase.h"

/* story: what a figure says in plain words, and whether its change is worth saying: one period of a
 * KPI, the one it is compared with, and the past that tells how much the figure changes anyway. It
 * is one question by time (story_prepare), asked by the caller, and its answer told (story_tell).
 * Everything lives in the arena of the question; any thread.
 *
 * A change is spoken of when the figure is settled (state ok), the figure before it is known, and
 * the change is beyond normal variation (stats/control.h). What grows with the working days of a
 * period (`flow`) is compared per working day. The first period that has any data is no part of the
 * past: it need not be a whole one. */
enum story_compare { COMPARE_BEFORE, COMPARE_YEAR };

struct story_question {
    struct period period;
    struct period than;
    enum story_compare compare;
    uint32_t count; /* periods asked for: the past, then this one */
};

/* `better` and `worse` by the KPI's direction; changed: it has none. */
enum story_verdict {
    STORY_UNKNOWN, /* nothing to compare with, not settled, or too little of the past */
    STORY_NORMAL,
    STORY_BETTER,
    STORY_WORSE,
    STORY_CHANGED
};
const char *story_verdict_text(enum story_verdict verdict);

struct story {
    const struct result *result; /* the whole course */
    struct story_question question;
    uint32_t row; /* of the period in it */
    struct phrase phrase;
    struct control control; /* per working day of a flow */
    enum story_verdict verdict;
    const char *text[LANGUAGE_COUNT];
};

/* period: its name (story/period.h), NULL: the last month that has ended by now_ms and has begun by
 * newest_ms, that of the data (TIME_ABSENT: none); compare: "before", "year", NULL: "before". Sets
 * words->from, to and by; their zone must be set. INVALID with a sentence; what else is wrong with
 * the words plan_parse will say. */
MUST_USE enum status story_prepare(const char *period, const char *compare, int64_t newest_ms,
                                   int64_t now_ms, struct arena *arena, struct plan_words *words,
                                   struct story_question *out, struct error *err);

/* Before the plan of these words is asked. INVALID: the KPI has no sentence, or none for the view,
 * the clock or its start. */
MUST_USE enum status story_check(const struct plan *plan, struct error *err);

/* service: names of the one service asked for, or NULL. NO_MEMORY is all that can fail. */
MUST_USE enum status story_tell(const struct story_question *question, const struct plan *plan,
                                const struct result *result, const char *const *service,
                                struct arena *arena, struct story *out, struct error *err);

#endif
