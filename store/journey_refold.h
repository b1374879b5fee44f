/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_JOURNEY_REFOLD_H
#define STORE_JOURNEY_REFOLD_H

#include "store/journey_cursor.h"
#include "store/journey_fold.h"
#include "store/snapshot.h"

/* journey_refold: the events of one subject, of all the parts that have it, folded anew: where no
 * arithmetic on the rows of its journeys can be exact, or not all was known yet. One block of
 * events a part is kept. Memory comes from an arena; one thread. */
struct journey_refold;

/* Of the events that the snapshot tells. told: columns of events that trails may want. The cursors
 * are borrowed. NULL: the arena's budget is used up. */
MUST_USE struct journey_refold *journey_refold_create(const struct snapshot *snapshot,
                                                      enum purpose purpose,
                                                      struct journey_cursor *cursors,
                                                      uint32_t cursor_count, uint64_t told,
                                                      struct arena *arena);
/* The journey of the current rows of cursors[sources[0..count-1]]; without events (JOURNEY_EVENTS)
 * when none was known, or it did not change as was asked for. trails: gets the events, in order, as
 * those of `row`; may be NULL. */
MUST_USE enum status journey_refold_run(struct journey_refold *refold, const uint32_t *sources,
                                        uint32_t count, struct journey *journey,
                                        struct journey_trails *trails, uint32_t row,
                                        struct error *err);

#endif
