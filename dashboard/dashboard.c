/* SPDX-License-Identifier: EUPL-1.2 */
#include "dashboard/dashboard.h"

#include "base/log.h"

void dashboard_routes(struct dashboard *dashboard, uint32_t question_lane, uint32_t page_lane,
                      struct http_route *routes) {
    const struct http_route all[DASHBOARD_ROUTES] = {
        {"GET", "/v1/kpis", page_lane, kpi_route_catalogue, dashboard},
        {"GET", "/v1/kpis/*", question_lane, question_route_answer, dashboard},
        {"POST", "/v1/kpis/*", question_lane, question_route_answer, dashboard},
        {"GET", "/v1/roi", question_lane, question_route_answer, dashboard},
        {"POST", "/v1/roi", question_lane, question_route_answer, dashboard},
        {"GET", "/v1/sets/*", question_lane, question_route_answer, dashboard},
        {"GET", "/v1/open/*", question_lane, question_route_answer, dashboard},
        {"GET", "/v1/catalogue.jsonld", question_lane, question_route_answer, dashboard},
        {"GET", "/v1/dimensions", question_lane, question_route_answer, dashboard},
        {"GET", "/v1/pilots", page_lane, pilot_route_list, dashboard},
        {"POST", "/v1/pilots", page_lane, pilot_route_create, dashboard},
        {"GET", "/v1/pilots/*", question_lane, pilot_route_answer, dashboard},
        {"GET", "/v1/report", question_lane, report_route_answer, dashboard},
        {"GET", "/v1/package", question_lane, report_route_answer, dashboard},
        {"GET", "/v1/status", page_lane, status_route_answer, dashboard},
        {"GET", "/healthz", page_lane, status_route_health, dashboard},
        {"GET", "/*", page_lane, asset_route_answer, dashboard},
    };
    for (unsigned at = 0; at < DASHBOARD_ROUTES; at++) routes[at] = all[at];
}

void dashboard_reply(struct http_request *request, const char *content_type, struct text *text) {
    size_t size;
    if (text->failed) {
        text_free(text);
        http_reply_problem(request, STATUS_NO_MEMORY,
                           "the answer is too large: ask for fewer groups or a shorter interval");
        return;
    }
    char *bytes = text_take(text, &size);
    http_reply_header(request, "cache-control", "no-store");
    http_reply_header(request, "x-content-type-options", "nosniff");
    http_reply_owned(request, 200, content_type, bytes, size);
}

void dashboard_reply_failure(struct http_request *request, enum status status,
                             const struct error *err) {
    if (status == STATUS_NO_MEMORY) {
        http_reply_problem(request, status,
                           "the question needs more memory than it may have (limit "
                           "question_bytes): ask for a shorter interval or fewer groups");
        return;
    }
    if (status_http(status) >= 500)
        log_write(LOG_ERROR, "dashboard", "%s: %s", status_name(status), err->text);
    http_reply_problem(request, status, err->text);
}
