/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_IMPORT_H
#define INGEST_IMPORT_H

#include "base/compression.h"
#include "ingest/import_sink.h"
#include "ingest/mapping.h"

/* import: reads files, maps their records to events and hands these to a sink. Memory does not
 * depend on the size of a file, but for one trace of an XES file at a time. One thread. */
enum { IMPORT_FIRST_BYTES = 4096 };

struct import {
    /* set by the owner; all borrowed */
    struct import_sink *sink;
    struct import_report *report;
    const struct mapping *mapping; /* NULL: NDJSON, or the default for XES */
    struct slice tenant, service;  /* for events that name none; size 0: none */
    bool
        needs_tenant; /* nobody further on knows the municipality: tell before reading CSV or XES */
    const struct tenant_extras *extras; /* fields that tenants declared, for NDJSON */
    uint32_t extras_count;
    void (*progress)(void *context, const struct import *import); /* now and then; may be NULL */
    void *progress_context;
    /* filled */
    uint64_t event_count;           /* events that were found, good or bad */
    uint64_t unmatched_count;       /* records of which no rule made an event */
    struct stream *stream;          /* the file being read */
    char first[IMPORT_FIRST_BYTES]; /* its first bytes, read to recognise it */
    size_t first_size, first_taken;
};

/* By the name's ending (.gz and .zst aside), else by the first byte: '<' begins XES, '{' NDJSON,
 * anything else CSV. */
enum file_format import_recognise(const char *path, const char *first, size_t size);

/* Reads one file to its end and flushes the sink. FORMAT_UNKNOWN: recognise it. What can be told of
 * single events is in the report; a failure means that the file, or the sink, failed as a whole:
 * events before the failure may have gone in, and importing again is harmless. */
MUST_USE enum status import_file(struct import *import, const char *path, enum file_format format,
                                 struct error *err);

/* For the readers of the formats (import_csv, import_xes, import_ndjson). */
MUST_USE enum status import_read(void *import, char *buffer, size_t capacity, size_t *size,
                                 struct error *err);
/* Gives the event the import's tenant and service where it has none, and hands it to the sink. */
MUST_USE enum status import_event(struct import *import, struct event *event, uint32_t line,
                                  struct error *err);
/* INVALID when nobody says the municipality. */
MUST_USE enum status import_check_tenant(const struct import *import, const struct mapping *mapping,
                                         struct error *err);
void import_reject(struct import *import, uint32_t line, const struct reject *reject);
/* Every rule of the mapping on one record; notes milestones in `order`. */
MUST_USE enum status import_record(struct import *import, const struct mapping *mapping,
                                   const struct mapping_record *record, uint32_t line,
                                   struct mapping_order *order, struct error *err);
/* The end of a row or trace: warns of milestones that ran backwards. */
void import_order(struct import *import, const struct mapping *mapping,
                  const struct mapping_order *order, uint32_t line);

#endif
