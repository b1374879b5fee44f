/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>

#include "base/memory.h"
#include "dashboard/dashboard.h"
#include "dashboard/rendering.h"
#include "engine/engine.h"

/* status_route: GET /v1/status, whether all is well and who delivers; GET /healthz. */

struct source_list {
    struct text *text;
    uint32_t count;
};

static void write_source(void *context, const struct source_activity *activity) {
    struct source_list *list = context;
    text_add_string(list->text, list->count++ > 0 ? ",{" : "{");
    rendering_text(list->text, "source", activity->source);
    text_add_format(list->text,
                    ",\"requests\":%" PRIu64 ",\"accepted\":%" PRIu64 ",\"duplicate\":%" PRIu64
                    ",\"conflict\":%" PRIu64 ",\"rejected\":%" PRIu64 ",\"dropped_fields\":%" PRIu64
                    ",",
                    activity->requests, activity->accepted, activity->duplicate, activity->conflict,
                    activity->rejected, activity->dropped_fields);
    rendering_moment(list->text, "last_seen", activity->last_seen_ms);
    text_add(list->text, "}", 1);
}

static void write_data(struct text *text, const struct engine_stats *stats) {
    text_add_format(text, "\"data\":{\"events\":%" PRIu64 ",", stats->event_count);
    rendering_moment(text, "oldest", stats->oldest_time_ms);
    text_add(text, ",", 1);
    rendering_moment(text, "newest", stats->newest_time_ms);
    text_add(text, ",", 1);
    rendering_moment(text, "newest_arrival", stats->newest_arrival_ms);
    text_add_format(text,
                    ",\"segments\":%" PRIu64 ",\"stored_bytes\":%" PRIu64 ",\"wal_bytes\":%" PRIu64
                    ",\"id_index_bytes\":%" PRIu64 ",\"duplicates\":%" PRIu64
                    ",\"conflicts\":%" PRIu64 "},\"memory_bytes\":%" PRIu64,
                    stats->segment_count, stats->stored_bytes, stats->wal_bytes,
                    stats->id_index_bytes, stats->duplicate_count, stats->conflict_count,
                    memory_in_use());
    text_add_format(text,
                    ",\"written\":{\"log\":%" PRIu64 ",\"flushes\":%" PRIu64 ",\"merges\":%" PRIu64
                    ",\"ids\":%" PRIu64 "}",
                    stats->written_log_bytes, stats->written_flush_bytes,
                    stats->written_merge_bytes, stats->written_id_bytes);
}

void status_route_answer(void *context, struct http_request *request) {
    const struct dashboard *dashboard = context;
    struct engine_stats stats;
    struct error err = {{0}};
    const enum status status = dashboard->engine->ops->stats(dashboard->engine, &stats, &err);
    if (status != STATUS_OK) {
        dashboard_reply_failure(request, status, &err);
        return;
    }
    struct text text;
    struct source_list list = {&text, 0};
    text_init(&text, RENDERING_BYTES_MAX);
    text_add_string(&text, "{\"version\":\"" PEGEL_VERSION "\",");
    rendering_moment(&text, "started", dashboard->started_ms);
    text_add(&text, ",", 1);
    write_data(&text, &stats);
    text_add_string(&text, ",\"sources\":[");
    if (dashboard->each_source != NULL)
        dashboard->each_source(dashboard->sources, write_source, &list);
    text_add_string(&text, "]}");
    dashboard_reply(request, "application/json", &text);
}

void status_route_health(void *context, struct http_request *request) {
    (void)context;
    http_reply_header(request, "cache-control", "no-store");
    http_reply(request, 200, "text/plain; charset=utf-8", "ok\n", 3);
}
