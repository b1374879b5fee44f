/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "dashboard/dashboard.h"
#include "dashboard/dossier.h"
#include "dashboard/question.h"
#include "dashboard/rendering.h"
#include "report/package.h"

/* report_route: GET /v1/report and /v1/package: the report of a municipality as PDF, and with all
 * that it rests on as one signed file. */

enum { FILE_NAME_BYTES = 160, PACKAGE_BYTES_MAX = 256 << 20 };

static enum status read_words(struct http_request *request, struct arena *arena,
                              struct dossier_words *out, struct error *err) {
    struct question question;
    TRY(question_parse(http_request_query(request), arena, &question, err));
    *out = (struct dossier_words){.tenant = question.words.filter[DIMENSION_TENANT],
                                  .from = question.words.from,
                                  .to = question.words.to,
                                  .as_of = question.words.as_of,
                                  .zone = question.words.zone,
                                  .language = question.language};
    question.words.filter[DIMENSION_TENANT] = question.words.from = question.words.to = NULL;
    question.words.as_of = question.words.zone = NULL;
    if (!question_is_empty(&question) || question.format != QUESTION_UNSAID)
        return error_set(err, STATUS_INVALID,
                         "a report takes tenant, from, to, as_of, zone and lang only");
    return STATUS_OK;
}

static enum status write_package(const struct dashboard *dashboard,
                                 const struct dossier_words *words, const struct report *report,
                                 struct text *out, struct error *err) {
    struct text definitions;
    text_init(&definitions, RENDERING_BYTES_MAX);
    rendering_catalogue(&definitions);
    const struct package_parts parts = {
        .report = report,
        .definitions = definitions.failed ? "" : definitions.bytes,
        .assumptions = dossier_assumptions(words, dashboard->settings)};
    const enum status status = definitions.failed
                                   ? error_set(err, STATUS_NO_MEMORY, "the package: no memory")
                                   : package_write(&parts, dashboard->signing_key, out, err);
    text_free(&definitions);
    return status;
}

static enum status make(const struct dashboard *dashboard, struct http_request *request,
                        bool package, struct arena *arena, struct text *out, struct error *err) {
    struct dossier_words words;
    char name[FILE_NAME_BYTES];
    struct report *report = arena_push_array(arena, struct report, 1);
    if (report == NULL) return error_set(err, STATUS_NO_MEMORY, "report: no memory");
    TRY(read_words(request, arena, &words, err));
    TRY(dossier_ask(&words, dashboard->settings, dashboard->engine, clock_utc_ms(dashboard->clock),
                    arena, report, err));
    if (package)
        TRY(write_package(dashboard, &words, report, out, err));
    else
        TRY(report_document(report, out, err));
    snprintf(name, sizeof name, "attachment; filename=\"pegel-%.20s-%s-%s.%s\"", report->tenant,
             report->first_day, report->last_day, package ? "zip" : "pdf");
    http_reply_header(request, "content-disposition", name);
    return STATUS_OK;
}

void report_route_answer(void *context, struct http_request *request) {
    const struct dashboard *dashboard = context;
    const bool package = strcmp(http_request_path(request), "/v1/package") == 0;
    struct arena arena;
    struct text out;
    struct error err = {{0}};
    arena_init(&arena, dashboard->query_bytes_max);
    text_init(&out, PACKAGE_BYTES_MAX);
    const enum status status = make(dashboard, request, package, &arena, &out, &err);
    if (status == STATUS_OK)
        dashboard_reply(request, package ? "application/zip" : "application/pdf", &out);
    else
        dashboard_reply_failure(request, status, &err);
    text_free(&out);
    arena_free(&arena);
}
