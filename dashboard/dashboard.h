/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef DASHBOARD_DASHBOARD_H
#define DASHBOARD_DASHBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/text.h"
#include "dashboard/settings.h"
#include "net/http_server.h"

struct answer;
struct arena;
struct engine;
struct kept;
struct token_file;
struct question;
struct signature_key;

/* dashboard: the reading side of the server: the KPI API and the pages. Immutable once the server
 * runs, so that any worker may use it; everything in it is borrowed. */

/* What one source has sent since the server started. */
struct source_activity {
    const char *source;
    uint64_t requests;
    uint64_t accepted, duplicate, conflict, rejected; /* events */
    uint64_t dropped_fields;
    int64_t last_seen_ms;
};
typedef void (*source_visit)(void *context, const struct source_activity *activity);

struct dashboard {
    struct engine *engine;
    const struct settings *settings;
    const struct clock *clock;
    int64_t started_ms;
    const struct signature_key *signing_key; /* of packages */
    size_t query_bytes_max;                  /* memory budget of one question */
    const char *folder;                      /* of the data, where the frozen plans of pilots are */
    struct token_file *tokens;               /* who may freeze one; NULL: nobody */
    struct kept *kept;                       /* answers; NULL: each is made when it is asked for */
    /* Calls `visit` for each source, in any order. NULL: nobody counts. */
    void (*each_source)(void *sources, source_visit visit, void *context);
    void *sources;
};

enum { DASHBOARD_ROUTES = 17 };

/* Fills routes[0..DASHBOARD_ROUTES-1]. Questions go to one lane, what needs no data to the other.
 * They end with "/" and everything below it, so other routes go before them. */
void dashboard_routes(struct dashboard *dashboard, uint32_t question_lane, uint32_t page_lane,
                      struct http_route *routes);

/* The handlers, for routes; context: the dashboard. */
void kpi_route_catalogue(void *dashboard, struct http_request *request);
void question_route_answer(void *dashboard, struct http_request *request);
void report_route_answer(void *dashboard, struct http_request *request);
void status_route_answer(void *dashboard, struct http_request *request);
void status_route_health(void *dashboard, struct http_request *request);
void pilot_route_list(void *dashboard, struct http_request *request);
void pilot_route_create(void *dashboard, struct http_request *request);
void pilot_route_answer(void *dashboard, struct http_request *request);
void asset_route_answer(void *dashboard, struct http_request *request);

/* For http_server_options.takes: a kept answer is given on the loop. */
bool question_route_takes(const struct dashboard *dashboard, struct http_request *request);
/* For kept_options; context: the dashboard. */
MUST_USE enum status question_route_make(void *dashboard, const char *key, struct answer **out,
                                         struct error *err);
uint64_t question_route_events(void *dashboard);

/* The answer to a question as it was asked, which they complete with what was left unsaid. */
MUST_USE enum status kpi_route_fill(const struct dashboard *dashboard, struct question *question,
                                    struct arena *arena, struct answer *answer, struct error *err);
MUST_USE enum status set_route_fill(const struct dashboard *dashboard, const char *path,
                                    struct question *question, struct arena *arena,
                                    struct answer *answer, struct error *err);
bool set_route_is_of(const char *path);
MUST_USE enum status dimensions_route_fill(const struct dashboard *dashboard,
                                           struct question *question, struct arena *arena,
                                           struct answer *answer, struct error *err);

/* Answers with what `text` holds and takes its memory; 503 when the text is `failed`. */
void dashboard_reply(struct http_request *request, const char *content_type, struct text *text);

/* Answers a question that failed. What the asker cannot change is logged as well. */
void dashboard_reply_failure(struct http_request *request, enum status status,
                             const struct error *err);

#endif
