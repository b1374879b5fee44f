/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_IMPORT_SINK_H
#define INGEST_IMPORT_SINK_H

#include "access/pseudonym.h"
#include "engine/engine.h"
#include "ingest/admission.h"
#include "ingest/import_report.h"

/* import_sink: where the events of an import go: an engine, a server over HTTP, or nowhere (a dry
 * run). All judge events alike and count in the same report. One thread. */
struct import_sink {
    /* Takes one event of a line of the file; borrows it for the call. May write what it gathered.
     */
    enum status (*add)(struct import_sink *sink, const struct event *event, uint32_t line,
                       struct error *err);
    /* The same for one line of NDJSON as it stands in the file, without its line end. NULL: this
     * sink wants events. */
    enum status (*add_line)(struct import_sink *sink, const char *bytes, size_t size, uint32_t line,
                            struct error *err);
    /* Everything taken so far is written and counted when it answers OK. */
    enum status (*flush)(struct import_sink *sink, struct error *err);
    void (*close)(struct import_sink *sink); /* does not flush */
    struct import_report *report;            /* borrowed */
};

void import_sink_close(struct import_sink *sink); /* accepts NULL */

enum { IMPORT_BATCH_ROWS = 16384, IMPORT_RETRIES_MAX = 8 };

struct import_engine_options {
    struct engine *engine; /* borrowed, as all of these */
    struct pseudonyms *pseudonyms;
    const struct clock *clock;
    const char *tenant;                 /* only this one is allowed; NULL: any */
    const char *source;                 /* the name under which ids are unique */
    const struct tenant_extras *extras; /* fields that tenants declared */
    uint32_t extras_count;
};
/* Writes batches of IMPORT_BATCH_ROWS events; waits and tries again while the engine is BUSY. */
MUST_USE enum status import_sink_engine(const struct import_engine_options *options,
                                        struct import_report *report, struct import_sink **out,
                                        struct error *err);

/* Sends NDJSON to `url`/v1/events with the token of a source, which decides about tenants. Lines of
 * NDJSON files go as they are, judged by the server alone. Honours
 * Retry-After of 429 and 503, IMPORT_RETRIES_MAX times in a row. */
MUST_USE enum status import_sink_http(const char *url, const char *token,
                                      struct import_report *report, struct import_sink **out,
                                      struct error *err);

/* A dry run: judges every event and counts the good ones as accepted, writes nothing, and prints
 * the first `shown` good ones as NDJSON to `file`. */
MUST_USE enum status import_sink_trial(FILE *file, uint32_t shown, const struct clock *clock,
                                       struct import_report *report, struct import_sink **out,
                                       struct error *err);

#endif
