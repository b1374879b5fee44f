/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef PILOT_REGISTER_H
#define PILOT_REGISTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pilot/pilot_plan.h"

/* register: the frozen plans of one data folder, in DIR/pilots.ndjson: one line a plan, in the
 * order of freezing, never changed and never taken out. A line holds the plan in its canonical
 * form, the SHA-256 of that form, when it was frozen, and the SHA-256 of the line before; so a plan
 * that was altered, moved or removed afterwards is found out. (Who may write to the file can still
 * cut its end off or write all of it anew: let a third party keep the hash.)
 *
 * Any thread and process: a reader sees a whole register, old or new; writers exclude each other.
 */
enum { REGISTER_PLANS_MAX = 1000 };
#define REGISTER_FILE "pilots.ndjson"

struct register_entry {
    char id[PILOT_ID_BYTES]; /* the first digits of the hash */
    char hash[SHA256_TEXT_BYTES];
    int64_t frozen_ms;
    bool late; /* frozen after the pilot period had begun */
    struct pilot_plan plan;
};

struct register_list {
    uint32_t count;
    struct register_entry *entries; /* oldest first */
};

/* All of it, in the arena; no file: none. CORRUPT: a line was altered, or one is missing. */
MUST_USE enum status register_read(const char *folder, struct arena *arena,
                                   struct register_list *out, struct error *err);
/* id: all 12 digits, or the whole hash. NOT_FOUND. */
MUST_USE enum status register_find(const char *folder, const char *id, struct arena *arena,
                                   struct register_entry *out, struct error *err);
/* Freezes a plan; durable when it returns OK. The same plan again is the entry that is there:
 * *added false. TOO_LARGE: REGISTER_PLANS_MAX. IO: nothing has changed. */
MUST_USE enum status register_add(const char *folder, const struct pilot_plan *plan, int64_t now_ms,
                                  struct arena *arena, struct register_entry *out, bool *added,
                                  struct error *err);
/* One entry as JSON: {"id":…,"sha256":…,"frozen_at":…,"frozen_late":…,"plan":{…}} */
void register_write_entry(const struct register_entry *entry, struct text *text);

#endif
