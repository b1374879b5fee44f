/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "store/file_io.h"

/* check: reads a whole store and proves every checksum and invariant: blocks decode, rows are in
 * order, journeys and day counts are what their events give, ids are sorted and as many as events,
 * the log replays. Changes nothing that opening does not change. */
struct check_report {
    /* Called with a sentence for each part that was checked and each fault that was found. */
    void (*say)(void *context, bool fault, const char *text);
    void *context;
    uint64_t event_count, journey_count, faults; /* filled */
};

/* OK: it could be checked; report->faults says how it is. BUSY: in use. NOT_FOUND: no store.
 * CORRUPT: too damaged to be opened; the sentence is in *err. io: NULL: the system's. */
MUST_USE enum status store_check(const char *folder, struct file_io *io,
                                 struct check_report *report, struct error *err);

#endif
