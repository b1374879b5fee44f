/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/source_stats.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

struct source_stats {
    pthread_mutex_t lock; /* guards the rest */
    uint32_t count;
    struct source_counts sources[SOURCE_STATS_MAX + 1]; /* the last may be "(others)" */
};

struct source_stats *source_stats_create(void) {
    struct source_stats *stats = memory_new_array(struct source_stats, 1);
    if (stats != NULL) pthread_mutex_init(&stats->lock, NULL);
    return stats;
}

void source_stats_free(struct source_stats *stats) {
    if (stats == NULL) return;
    pthread_mutex_destroy(&stats->lock);
    memory_free(stats);
}

static struct source_counts *find_or_add(struct source_stats *stats, const char *source) {
    for (uint32_t i = 0; i < stats->count; i++) {
        if (strcmp(stats->sources[i].source, source) == 0) return &stats->sources[i];
    }
    if (stats->count > SOURCE_STATS_MAX) return &stats->sources[SOURCE_STATS_MAX];
    struct source_counts *added = &stats->sources[stats->count];
    (void)snprintf(added->source, sizeof added->source, "%s",
                   stats->count == SOURCE_STATS_MAX ? "(others)" : source);
    stats->count++;
    return added;
}

void source_stats_add(struct source_stats *stats, const struct source_counts *counts) {
    pthread_mutex_lock(&stats->lock);
    struct source_counts *sum = find_or_add(stats, counts->source);
    sum->requests += counts->requests;
    sum->accepted += counts->accepted;
    sum->duplicate += counts->duplicate;
    sum->conflict += counts->conflict;
    sum->rejected += counts->rejected;
    sum->dropped_fields += counts->dropped_fields;
    if (counts->last_ms > sum->last_ms) sum->last_ms = counts->last_ms;
    pthread_mutex_unlock(&stats->lock);
}

uint32_t source_stats_copy(struct source_stats *stats, struct source_counts *out, uint32_t max) {
    pthread_mutex_lock(&stats->lock);
    uint32_t count = stats->count;
    memcpy(out, stats->sources, (count < max ? count : max) * sizeof out[0]);
    pthread_mutex_unlock(&stats->lock);
    return count;
}
