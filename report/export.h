/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_EXPORT_H
#define REPORT_EXPORT_H

#include "base/arena.h"
#include "base/text.h"
#include "engine/engine.h"

/* export: stored events as a file that other programs read, and that `pegel import` reads back to
 * the same KPIs: XES (IEEE 1849) for process mining, journeys as traces; or NDJSON, the flat form
 * of docs/EVENTS.md. Subjects and links are pseudonyms. Memory does not grow with the events. One
 * thread. */
enum export_format { EXPORT_XES, EXPORT_NDJSON };

enum { EXPORT_CHUNK_BYTES = 1 << 16 };

struct export {
    enum export_format format;
    struct telling telling; /* which events; tell and context are set here */
    /* What a municipality calls a field of its own (as in given_extras of struct event); NULL: it
     * has none of that number, so that the field is left out and counted. */
    const char *(*extra_name)(const void *names, const char *tenant, size_t tenant_size,
                              uint32_t extra);
    const void *names;
    /* Takes the file piece by piece, of EXPORT_CHUNK_BYTES and an event more at most. */
    enum status (*write)(void *out, const char *bytes, size_t size, struct error *err);
    void *out;
    /* filled; each run adds its own */
    uint64_t journeys, events, left_out;
};

/* XES: a whole document. NDJSON: lines, so that several runs make one file. */
MUST_USE enum status export_run(struct export *export, struct engine *engine, struct arena *arena,
                                struct error *err);

#endif
