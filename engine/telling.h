/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef ENGINE_TELLING_H
#define ENGINE_TELLING_H

#include "base/arena.h"
#include "engine/engine.h"

struct snapshot;

/* telling: stored events, one by one, as engine.h promises them: rows of a snapshot become events
 * again. One thread; a block of rows at a time is in the arena. NO_MEMORY: over its budget. */
MUST_USE enum status telling_run(const struct telling *telling, struct snapshot *snapshot,
                                 struct arena *arena, struct error *err);

#endif
