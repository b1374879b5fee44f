/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef PILOT_SENTENCE_H
#define PILOT_SENTENCE_H

#include "base/text.h"
#include "pilot/pilot.h"

/* sentence: what a pilot's figures mean, in words that a council understands, in four languages.
 * Numbers bend the words beside them: one day, two days, 3 أيام, 11 يومًا. Pure. */
enum { SENTENCE_BYTES_MAX = 8192 };

void sentence_write(struct text *text, const struct pilot_result *result,
                    const struct pilot_finding *finding, enum language language);

/* What a reader must know: the doubts of the effect, and further ones that do not forbid a
 * judgement. */
enum sentence_warning {
    WARNING_NOT_OVER, /* as enum effect_doubt up to here: */
    WARNING_PRE_TREND = DOUBT_COUNT - 1,
    WARNING_FROZEN_LATE,
    WARNING_REDEFINED,
    WARNING_BEFORE_AFTER,
    WARNING_FEW_UNITS,
    SENTENCE_WARNING_COUNT
};
/* Fills the list and returns how many there are. */
uint32_t sentence_warnings(const struct pilot_result *result, const struct pilot_finding *finding,
                           enum sentence_warning warnings[SENTENCE_WARNING_COUNT]);
const char *sentence_warning_text(enum sentence_warning warning); /* its code */
const char *sentence_warning_sentence(enum sentence_warning warning, enum language language);

/* A figure with its unit, as "12 days" or "6.1 %"; a change of a share is in percentage points. */
void sentence_figure(struct text *text, double value, const char *unit, bool change,
                     enum language language);

#endif
