/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef DASHBOARD_DOSSIER_H
#define DASHBOARD_DOSSIER_H

#include "base/arena.h"
#include "dashboard/settings.h"
#include "report/report.h"

struct engine;

/* dossier: the questions that a report is made of (report/report.h), asked. Each is kept as the
 * path and query by which the API would be asked, complete with zone, calendar, deadlines and end
 * of observation, so that it can be asked again years later. */
struct dossier_words { /* NULL: not given */
    const char *tenant, *from, *to, *as_of, *zone;
    const char *assumptions; /* JSON; default: the tenant's */
    enum language language;
};

/* Asks them all; *out lives in the arena. INVALID: a word is missing or wrong. */
MUST_USE enum status dossier_ask(const struct dossier_words *words, const struct settings *settings,
                                 struct engine *engine, int64_t now_ms, struct arena *arena,
                                 struct report *out, struct error *err);

/* What `words` rest on when they name no assumptions; NULL: nothing. */
const char *dossier_assumptions(const struct dossier_words *words, const struct settings *settings);

/* One of them again: `answer->question` is given, the rest is filled in. */
MUST_USE enum status dossier_ask_again(struct report_answer *answer, const char *assumptions,
                                       const struct settings *settings, struct engine *engine,
                                       int64_t now_ms, struct arena *arena, struct error *err);

#endif
