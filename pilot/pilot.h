/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef PILOT_PILOT_H
#define PILOT_PILOT_H

#include "pilot/effect.h"
#include "pilot/register.h"

struct engine;
struct plan_words;

/* pilot: the judgement of one frozen plan, from what the engine knows. Deterministic: the same
 * plan, events and moment give the same bits. Any thread. */

enum pilot_verdict {
    PILOT_BETTER,
    PILOT_WORSE,
    PILOT_NOT_DISTINGUISHABLE,
    PILOT_TOO_LITTLE_DATA,
    PILOT_VERDICT_COUNT
};
const char *pilot_verdict_text(enum pilot_verdict verdict);

enum pilot_target { PILOT_NO_TARGET, PILOT_TARGET_MET, PILOT_TARGET_MISSED, PILOT_TARGET_OPEN };

struct pilot_finding {
    const struct pilot_measure *measure;
    struct effect effect;  /* in the measure's unit */
    double expected_after; /* of the treated, had there been no pilot */
    double p;              /* that the verdict rests on: of secondary KPIs adjusted after Holm */
    uint32_t pilot_weeks;  /* that are known well enough */
    enum pilot_verdict verdict;
    enum pilot_target target;
    bool redefined; /* the KPI's definition has another version than when the plan was frozen */
};

struct pilot_result {
    const struct register_entry *entry;
    int64_t as_of_ms;    /* what was known then */
    int64_t observed_ms; /* of the newest event known then; TIME_ABSENT: there was none */
    uint32_t finding_count;
    struct pilot_finding findings[PILOT_MEASURES_MAX]; /* the first is the primary one */
};

/* as_of_ms: as known then; nothing after the newest event is presumed. told: calendar,
 * limit and known_from, as the operator configured them. */
MUST_USE enum status pilot_evaluate(const struct register_entry *entry, struct engine *engine,
                                    int64_t as_of_ms, const struct plan_words *told,
                                    struct arena *arena, struct pilot_result *out,
                                    struct error *err);
/* The result of GET /v1/pilots/{id}/result (docs/API.md). */
void pilot_write_result(const struct pilot_result *result, enum language language,
                        struct text *text);

#endif
