/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_EVENT_CURSOR_H
#define INGEST_EVENT_CURSOR_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "event/event.h"
#include "ingest/admission.h"

/* event_cursor: reads JSON from left to right into an event, without building a tree. NDJSON and
 * CloudEvents are read with it. Strictly RFC 8259, as base/json.h with its limits; the bytes must
 * be valid UTF-8. Pure; one thread a draft. */

/* The day that a time named last, as it was written, and when it began; zero: none yet. */
struct usual_day {
    uint64_t year_and_month;
    uint16_t of_month;
    int64_t utc_ms;
};

enum { DECODE_SCRATCH_BYTES = 16384 };

/* An event in the making. Zeroed or begun before its first use; may serve many events. */
struct event_draft {
    struct event event;   /* its texts point into what was read, or into scratch */
    struct reject reject; /* REJECT_NONE, or why there is no event: the first fault */
    uint32_t dropped_fields;
    struct usual_day day;
    uint32_t scratch_bytes;
    char scratch[DECODE_SCRATCH_BYTES]; /* texts that had escapes in them */
};

static inline void event_draft_begin(struct event_draft *draft) {
    memset(draft, 0, offsetof(struct event_draft, scratch));
}

/* For the next event. */
static inline void event_draft_reset(struct event_draft *draft) {
    draft->event.given = 0;
    draft->event.given_extras = 0;
    draft->reject.code = REJECT_NONE;
    draft->reject.detail[0] = '\0';
    draft->dropped_fields = 0;
    draft->scratch_bytes = 0;
}

/* Where we are. Every function returns false where the bytes are no JSON, and leaves `at` on the
 * byte that is at fault; faults of the event are noted in the draft. */
struct cursor {
    const char *at, *end;
    const char *readable; /* what may be read: see scan_text */
    struct event_draft *draft;
    const struct admission *admission;
    unsigned outer;        /* containers that are open around a member */
    struct slice tenant;   /* for extra fields: that of the event, when it is known */
    bool tenant_is_known;  /* the second time over an event */
    bool tenant_is_needed; /* an unknown field came before the tenant */
    uint32_t seen;         /* bit per field whose name has come, also with null */
    uint32_t seen_extras;
};

struct value {
    enum json_kind kind;
    struct slice text; /* of JSON_TEXT that is kept; in a scratch when it had escapes */
    double number;
    bool too_long; /* no room in the scratch */
};

static inline void cursor_skip_space(struct cursor *cursor) {
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t' ||
                                        *cursor->at == '\n' || *cursor->at == '\r'))
        cursor->at++;
}

static inline bool cursor_take(struct cursor *cursor, char c) {
    if (cursor->at >= cursor->end || *cursor->at != c) return false;
    cursor->at++;
    return true;
}

/* Behind the opening quote. keep: the text is wanted. Without escapes it is a piece of the bytes.
 */
bool cursor_text(struct cursor *cursor, bool keep, struct value *value);
bool cursor_number(struct cursor *cursor, struct value *value);
/* An array or object is only checked, to its end; its kind is JSON_OBJECT. */
bool cursor_value(struct cursor *cursor, bool keep, struct value *value);
/* Checks a value to its end; `outer` containers are open around it. */
bool cursor_skip_container(struct cursor *cursor, unsigned outer);
/* A member's name, its colon and the space around. */
bool cursor_name(struct cursor *cursor, struct value *name);

/* The value of a field, into the event. */
bool cursor_field(struct cursor *cursor, enum field field);
/* The value of a name that is no field: an extra one of the tenant, or unknown. */
bool cursor_other(struct cursor *cursor, struct slice name);
/* Behind the brace: the members of an object, each a field or not, and the closing brace. */
bool cursor_members(struct cursor *cursor);

/* "2026-10-31T23:00:00" with nothing, or three digits of a fraction, then Z or an offset of
 * minutes: what programs write. Everything else that timestamp_parse knows is left to it. */
bool usual_time_parse(struct usual_day *day, const char *text, size_t size, int64_t *utc_ms);

#define WHOLE_MAX 9007199254740992.0 /* 2^53: whole numbers up to here are exact */

static inline bool number_is_whole(double number) {
    return fabs(number) <= WHOLE_MAX && number == trunc(number);
}

#endif
