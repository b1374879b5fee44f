/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/timeline.h"

#include "event/column.h"

enum { TIMELINE_WINDOWS_MAX = 4 * BUCKETS_MAX };

/* As many as there are of buckets that come again. */
static uint32_t recurring_count(enum bucket bucket) {
    if (bucket == BUCKET_WEEKDAY) return BUCKET_WEEKDAY_COUNT;
    return bucket == BUCKET_HOUR_OF_DAY ? BUCKET_HOUR_COUNT
                                        : BUCKET_WEEKDAY_COUNT * BUCKET_HOUR_COUNT;
}

static int choose_shift(const int64_t *edges, uint32_t count) {
    int64_t shortest = INT64_MAX;
    for (uint32_t i = 0; i < count; i++)
        if (edges[i + 1] - edges[i] < shortest) shortest = edges[i + 1] - edges[i];
    int shift = 63 - __builtin_clzll((uint64_t)shortest);
    while ((edges[count] - edges[0]) >> shift >= TIMELINE_WINDOWS_MAX) shift++;
    return shift;
}

enum status timeline_of_edges(const int64_t *edges, uint32_t count, struct arena *arena,
                              struct timeline *out) {
    *out = (struct timeline){.from_ms = edges[0],
                             .to_ms = edges[count],
                             .edges = edges,
                             .shift = choose_shift(edges, count),
                             .count = count};
    const uint32_t windows = 1 + (uint32_t)((edges[out->count] - edges[0]) >> out->shift);
    uint32_t *window = arena_push_raw(arena, windows, sizeof *window);
    if (window == NULL) return STATUS_NO_MEMORY;
    uint32_t bucket = 0;
    for (uint32_t i = 0; i < windows; i++) {
        const int64_t begin = edges[0] + ((int64_t)i << out->shift);
        while (bucket + 1 < out->count && begin >= edges[bucket + 1]) bucket++;
        window[i] = bucket;
    }
    out->window = window;
    return STATUS_OK;
}

enum status timeline_build(const struct plan *plan, struct arena *arena, struct timeline *out) {
    const int64_t from_ms = plan->from_ms,
                  to_ms = plan->to_ms == TIME_ABSENT ? INT64_MAX : plan->to_ms;
    *out = (struct timeline){.from_ms = from_ms, .to_ms = to_ms, .count = 1};
    if (plan->edge_count < 2) return STATUS_OK;
    TRY(timeline_of_edges(plan->edges, plan->edge_count - 1, arena, out));
    if (out->from_ms < from_ms) out->from_ms = from_ms;
    if (out->to_ms > to_ms) out->to_ms = to_ms;
    out->recurring = plan->recurring;
    if (out->recurring != NULL) out->count = recurring_count(plan->bucket);
    return STATUS_OK;
}
