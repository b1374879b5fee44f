/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_ADMISSION_H
#define INGEST_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "access/pseudonym.h"
#include "access/token.h"
#include "base/arena.h"
#include "event/batch.h"

/* admission: what stands between every decoder and the batch. All ways in call it, so that an event
 * is judged the same however it came: valid, of an allowed tenant, its subject replaced by a
 * pseudonym, its id by a hash. One per request or import; one thread.
 *
 * An event without a tenant gets that of its token, when that has exactly one. The token's source
 * name, never one that the sender chose, is what an id is unique within. */

/* Extra dimensions and measures that a tenant declared, by name; index is the slot. */
struct tenant_extras {
    const char *tenant;
    uint32_t dimension_count;
    const char *dimensions[EXTRA_DIMENSIONS_MAX];
    uint32_t measure_count;
    const char *measures[EXTRA_MEASURES_MAX];
};

struct rejection {
    uint32_t position;
    char id[EVENT_ID_BYTES_MAX + 1]; /* "" when it could not be read */
    struct reject reject;
};

enum { ADMISSION_REJECTIONS_MAX = 1 << 16 };

struct admission {
    /* set by the owner */
    const struct token_grant *grant;
    struct pseudonyms *pseudonyms;
    const struct tenant_extras *extras;
    uint32_t extras_count;
    int64_t now_ms; /* arrival */
    bool imported;  /* from a file: EVENT_IMPORTED */
    struct batch *batch;
    /* filled */
    struct rejection *rejections; /* owned; at most ADMISSION_REJECTIONS_MAX are kept */
    size_t rejection_count, rejection_capacity;
    uint64_t rejected;                   /* all of them */
    uint64_t dropped_fields;             /* unknown fields left out, for sources that drop them */
    const struct token_grant *source_of; /* whose source `source` is; NULL: none yet */
    struct pseudonym_source source;
    uint32_t source_size;                       /* of its name */
    struct pseudonym_group open;                /* of the last open.id_count rows of the batch */
    uint8_t open_subjects[PSEUDONYM_GROUP_MAX]; /* whose, in that order: how many rows before */
    uint32_t last_tenant; /* index in grant->tenants of the event before: most often the same */
};

void admission_free(struct admission *admission); /* the rejections only */

/* Slot of an extra field of the tenant (or of the grant's only tenant when size is 0): 0..15
 * dimension, 16..23 measure; -1: not declared. */
int admission_extra(const struct admission *admission, const char *tenant, size_t tenant_size,
                    const char *name, size_t name_size);

/* What to do with a field that is neither of the event model nor declared. */
bool admission_drops_unknown(const struct admission *admission);

/* Judges the event and appends it to the batch, or notes the rejection. The batch must have room.
 * True when it was appended. */
bool admission_add(struct admission *admission, const struct event *event, uint32_t position);
/* The same, but rows may lack their pseudonyms until admission_complete, so that those of several
 * rows are worked out at once. */
bool admission_add_open(struct admission *admission, const struct event *event, uint32_t position);
void admission_complete(struct admission *admission);
/* Counts the rejection, and keeps it while there is room. The id may have any length: a longer one
 * than an event may have is cut. */
void admission_reject(struct admission *admission, uint32_t position, const char *id,
                      size_t id_size, const struct reject *reject);

#endif
