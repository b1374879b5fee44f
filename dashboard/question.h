/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef DASHBOARD_QUESTION_H
#define DASHBOARD_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "dashboard/settings.h"
#include "query/plan.h"
#include "query/result.h"

struct engine;
struct story;

/* question: one request for a KPI, as words, and its way to an answer. The HTTP API, the pages and
 * the command line all ask through here. Everything lives in the arena of the request. */
enum question_format { QUESTION_UNSAID, QUESTION_JSON, QUESTION_CSV, QUESTION_XLSX };

struct question {
    struct plan_words words;
    enum language language; /* of the definition's texts */
    enum question_format format;
    const char *period, *compare; /* of a sentence (story/story.h); NULL: not given */
};

enum { QUESTION_QUERY_BYTES_MAX = 16384 }; /* of the part of a URL after "?" */

/* Reads the query part of a URL. INVALID names a parameter that is not known, given twice, empty or
 * has control characters. words.kpi and words.assumptions are the caller's to set. */
MUST_USE enum status question_parse(const char *query, struct arena *arena, struct question *out,
                                    struct error *err);
/* Whether none of the words is given that make a question; language and format are none. For
 * addresses that take few of them, or none. */
bool question_is_empty(const struct question *question);
/* The reverse: a query that question_parse reads to the same question, percent-encoded. */
void question_write(struct text *text, const struct question *question);

const char *question_format_text(enum question_format format); /* static */

/* INVALID: not one of the languages. */
MUST_USE enum status question_language(const char *text, enum language *out, struct error *err);

/* Fills in what the settings know where the words are silent: zone and assumptions of the tenant,
 * when exactly one is asked for (or only one is configured and none asked for); the calendar. */
void question_complete(struct question *question, const struct settings *settings);

/* Plans the question and has the engine answer it, from everything acknowledged before the call.
 * INVALID as well: CSV of several sections. */
MUST_USE enum status question_answer(const struct question *question, struct engine *engine,
                                     int64_t now_ms, struct arena *arena, struct plan *plan,
                                     struct result *result, struct error *err);

/* The same of a sentence: question->period and compare instead of an interval. */
MUST_USE enum status question_tell(const struct question *question, const struct settings *settings,
                                   struct engine *engine, int64_t now_ms, struct arena *arena,
                                   struct story *out, struct error *err);

#endif
