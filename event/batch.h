/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef EVENT_BATCH_H
#define EVENT_BATCH_H

#include <stdint.h>

#include "event/column.h"
#include "event/dictionary.h"
#include "event/event.h"

/* batch: validated events as columns, on their way to the store. One thread at a time.
 *
 * A column that no event gave is NULL. Codes are those of the batch's own dictionary. */

/* Identifies (source, id): a keyed 128-bit hash, so two different ids never meet in practice;
 * how much of it the store keeps says store/id_run.h. */
struct event_id {
    uint64_t high, low;
};

enum outcome { /* what the store made of a row */
               OUTCOME_PENDING,
               OUTCOME_ACCEPTED,
               OUTCOME_DUPLICATE, /* (source, id) is there already, with the same content */
               OUTCOME_CONFLICT, /* (source, id) is there already, with other content: the first one
                                    stays */
               OUTCOME_REJECTED  /* refused by the store: batch->reject[row] says why */
};

enum { BATCH_ROWS_MAX = 1 << 16 };

struct batch {
    uint32_t row_count;
    uint32_t row_capacity;
    struct event_id *id;
    uint32_t
        *content; /* 32-bit hash of all given fields but the id: tells repeats from conflicts */
    uint32_t *position; /* index of the event in its request, or line of its file */
    uint8_t *outcome;   /* enum outcome */
    uint8_t *refusal;   /* enum reject_code, where outcome is OUTCOME_REJECTED */
    void *column[COLUMN_COUNT];
    struct dictionary *strings;
};

MUST_USE struct batch *batch_create(void); /* NULL: no memory */
void batch_free(struct batch *batch);      /* accepts NULL */
void batch_clear(struct batch *batch); /* keeps memory and the dictionary's strings are dropped */

/* What the way in knows about an event beyond its fields. */
struct event_origin {
    enum event_type type;
    struct event_id id;
    uint64_t subject, link; /* pseudonyms; 0: none */
    struct slice tenant;    /* resolved: the event's own or the token's only one */
    struct slice source;
    int64_t arrival_ms;
    uint8_t flags; /* enum event_flags without EVENT_LATE and EVENT_BEHIND, set here */
    uint32_t position;
};

/* Texts of an event that events of this batch had before in the same fields: their codes, so that
 * they need neither be judged nor looked up again. */
struct batch_texts {
    uint32_t known; /* set of fields */
    struct batch_text {
        uint32_t code; /* in the dictionary; of type, channel and device their number */
        uint64_t hash; /* its share of `content` */
    } text[FIELD_COUNT];
};
void batch_find_texts(const struct batch *batch, const struct event *event,
                      struct batch_texts *texts);

/* Appends a valid event. False with *reject when a dimension's value is personal data or memory is
 * refused (REJECT_TOO_MANY_VALUES with detail "memory"); nothing is added then.
 * row_count must be below BATCH_ROWS_MAX. */
bool batch_append(struct batch *batch, const struct event *event, const struct event_origin *origin,
                  struct reject *reject);
/* The same with what batch_find_texts found for this event, which it changes, and without id and
 * subject: origin->subject says only whether there is one. batch_complete gives them before anyone
 * but the owner looks at the row. */
bool batch_append_open(struct batch *batch, const struct event *event,
                       const struct event_origin *origin, struct batch_texts *texts,
                       struct reject *reject);
void batch_complete(struct batch *batch, uint32_t row, struct event_id id, uint64_t subject);

#endif
