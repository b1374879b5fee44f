/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_SOURCE_STATS_H
#define INGEST_SOURCE_STATS_H

#include <stdint.h>

#include "access/token.h"
#include "base/status.h"

/* source_stats: what each source has sent since the server started, for the status page. Any
 * thread. */
struct source_stats;

/* Sources beyond that many are counted together, under the name "(others)". */
enum { SOURCE_STATS_MAX = 1024 };

struct source_counts {
    char source[TOKEN_SOURCE_BYTES_MAX + 1];
    uint64_t requests;
    uint64_t accepted, duplicate, conflict, rejected; /* events */
    uint64_t dropped_fields;
    int64_t last_ms; /* the latest request, UTC */
};

MUST_USE struct source_stats *source_stats_create(void); /* NULL: no memory */
void source_stats_free(struct source_stats *stats);      /* accepts NULL */

/* Adds the numbers of one request to those of counts->source. */
void source_stats_add(struct source_stats *stats, const struct source_counts *counts);

/* Copies at most `max` sources, in the order of their first request; answers how many there are. */
uint32_t source_stats_copy(struct source_stats *stats, struct source_counts *out, uint32_t max);

#endif
