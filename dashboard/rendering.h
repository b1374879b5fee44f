/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef DASHBOARD_RENDERING_H
#define DASHBOARD_RENDERING_H

#include "base/text.h"
#include "query/plan.h"
#include "query/result.h"
#include "story/story.h"

/* rendering: results and definitions as JSON and CSV, exactly as docs/API.md says. Pure. */

enum { RENDERING_BYTES_MAX = 256 << 20 };

/* {"definition":…,"interval":…,…,"rows":[…],"notes":[…]} */
void rendering_json(struct text *text, const struct plan *plan, const struct result *result,
                    enum language language);
/* RFC 4180: header row, CRLF, absent figures empty. Of the one section that was asked for, else of
 * the answer's own table.
 * After the columns of the answer stands what it rests on, the same in every row: kpi, kpi_version,
 * view, clock, interval_from, interval_to, zone, calendar, as_of. */
void rendering_csv(struct text *text, const struct result *result);
/* {"definition":…,"period":…,"change":{…},"sentence":{…}} */
void rendering_story(struct text *text, const struct story *story, enum language language);
/* {"kpis":[…]}: every listed definition in all languages. */
void rendering_catalogue(struct text *text);

/* "name": and a moment, a string or null. Pieces that other answers are made of. */
void rendering_moment(struct text *text, const char *name, int64_t utc_ms);  /* TIME_ABSENT: null */
void rendering_text(struct text *text, const char *name, const char *value); /* NULL: null */

#endif
