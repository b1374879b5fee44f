/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/summary.h"

#include <assert.h>
#include <stdatomic.h>

#include "query/crew.h"

/* Below so many values in all a second thread is not worth its start. */
enum { SUMMARY_VALUES_PER_THREAD_MIN = 50000 };
static_assert(PLAN_QUANTILES_MAX + SUMMARY_PLAN <= QUANTILES_MAX, "one selection serves a summary");

struct summary_work {
    const struct groups *groups;
    uint32_t per_group, probability_count;
    double probabilities[QUANTILES_MAX];
    struct summary *summaries;
    struct quantile *quantiles;
    _Atomic uint32_t next; /* group: whoever is free takes it, for groups differ in size */
    _Atomic bool failed;
    struct quantile_room room[CREW_MAX];
};

static void summarise(void *context, uint32_t worker) {
    struct summary_work *work = context;
    for (;;) {
        const uint32_t at = atomic_fetch_add(&work->next, 1);
        if (at >= work->groups->group_count) return;
        for (uint32_t s = 0; s < work->per_group; s++) {
            const size_t number = (size_t)at * work->per_group + s;
            const struct series *series = &work->groups->group[at]->series[s];
            struct quantile *quantile = work->quantiles + number * work->probability_count;
            struct summary *summary = &work->summaries[number];
            *summary = (struct summary){series_extent(series), quantile};
            if (!quantile_of_series(series, &summary->extent, work->probabilities,
                                    work->probability_count, &work->room[worker], quantile))
                atomic_store(&work->failed, true);
        }
    }
}

static uint32_t threads_for(const struct groups *groups, uint32_t per_group, uint32_t limit) {
    uint64_t values = 0;
    for (uint32_t i = 0; i < groups->group_count; i++)
        for (uint32_t s = 0; s < per_group; s++)
            values += series_count(&groups->group[i]->series[s]);
    const uint64_t threads = 1 + values / SUMMARY_VALUES_PER_THREAD_MIN;
    return threads < limit ? (uint32_t)threads : limit;
}

enum status summary_make(const struct groups *groups, uint32_t per_group, const struct plan *plan,
                         uint32_t thread_count, struct arena *arena, struct summary **out) {
    struct summary_work work = {.groups = groups, .per_group = per_group};
    work.probabilities[SUMMARY_MEDIAN] = 0.5;
    work.probabilities[SUMMARY_P90] = 0.9;
    for (uint32_t i = 0; i < plan->quantile_count; i++)
        work.probabilities[SUMMARY_PLAN + i] = plan->quantiles[i];
    work.probability_count = SUMMARY_PLAN + plan->quantile_count;
    const size_t count = (size_t)groups->group_count * per_group;
    *out = work.summaries = arena_push_raw(arena, count + 1, sizeof *work.summaries);
    work.quantiles =
        arena_push_raw(arena, count * work.probability_count + 1, sizeof *work.quantiles);
    if (work.summaries == NULL || work.quantiles == NULL) return STATUS_NO_MEMORY;
    const uint32_t threads = threads_for(groups, per_group, thread_count);
    const size_t share = (arena->budget_bytes - arena->used_bytes) / threads;
    for (uint32_t i = 0; i < threads; i++) arena_init(&work.room[i].arena, share);
    crew_run(threads, summarise, &work);
    for (uint32_t i = 0; i < threads; i++) arena_free(&work.room[i].arena);
    return work.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
