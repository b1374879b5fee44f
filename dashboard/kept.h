/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef DASHBOARD_KEPT_H
#define DASHBOARD_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "dashboard/answer.h"

/* kept: answers that were costly to make, each under its question, given again while they are
 * young: what HTTP calls freshness, validation (RFC 9111) and stale-while-revalidate (RFC 5861).
 *
 *   quick to make, or a small store       not kept: no old figure without need
 *   kept, younger than KEPT_FRESH_NS      given
 *   asked for again of late               made anew in the background from KEPT_REFRESH_NS on
 *   ... and that has not come about yet   given, however, up to KEPT_STALE_NS
 *   settled, and nothing was taken in     as good as new (answer.h)
 *   else                                  made anew, once for all that ask for it meanwhile
 *
 * Any thread, but where it says otherwise. A question is a text that names everything that its
 * answer depends on, but for the data and the time. */
struct kept;

#define KEPT_UNKNOWN    UINT64_MAX
#define KEPT_WORTH_NS   UINT64_C(10000000)     /* an answer waited for less is not kept */
#define KEPT_REFRESH_NS UINT64_C(30000000000)  /* the background makes older ones anew ... */
#define KEPT_WANTED_NS  UINT64_C(600000000000) /* ... while they were asked for so lately */
#define KEPT_FRESH_NS   UINT64_C(60000000000)
#define KEPT_STALE_NS   UINT64_C(300000000000)

enum {
    KEPT_EVENTS_MIN = 1000000, /* in a store with fewer nothing is kept, however busy the machine */
    KEPT_ANSWER_BYTES_MAX = 1 << 20, /* a larger one is not kept: a loop copies what it gives */
    KEPT_BYTES_MAX = 64 << 20,       /* of all, unless the configuration says otherwise */
    KEPT_COUNT_MAX = 4096, /* at either limit the one goes that was asked for longest ago */
    KEPT_LOOK_S = 1,       /* how often the background looks for something to do */
    KEPT_NICE = 10 /* it gets a tenth of a processor that others want, and what nobody wants */
};

struct kept_options {
    const struct clock *clock;
    uint64_t worth_ns;   /* KEPT_WORTH_NS, but for tests */
    uint64_t events_min; /* KEPT_EVENTS_MIN, but for tests */
    size_t bytes_max;    /* KEPT_BYTES_MAX, or as configured */
    /* Makes the answer to a question: for the background. On failure *out is NULL. */
    enum status (*make)(void *context, const char *question, struct answer **out,
                        struct error *err);
    /* Events that the store has taken in so far; KEPT_UNKNOWN: it cannot tell. */
    uint64_t (*events)(void *context);
    void *context;
};

MUST_USE struct kept *kept_create(const struct kept_options *options); /* NULL: no memory */
/* When nobody asks any more. Waits for what the background makes just now. Accepts NULL. */
void kept_free(struct kept *kept);

/* The background. Without it nothing is made before somebody asks. One thread, until kept_free. */
MUST_USE enum status kept_start(struct kept *kept, struct error *err);
/* What it does again and again: makes anew the oldest answer whose turn it is. False: there is
 * none. One thread at a time. */
bool kept_refresh(struct kept *kept);

struct kept_given {
    struct answer *answer; /* a reference of the caller's; NULL: none */
    int64_t age_s;
};

/* max_age_ns: an older one will not do (RFC 9111, "max-age" of a request); UINT64_MAX: any will.
 * Does not wait, so that loops may call it. */
struct kept_given kept_find(struct kept *kept, const char *question, uint64_t max_age_ns);

/* A question that is being answered for somebody, from kept_begin to kept_end. */
struct kept_making {
    struct kept_making *next;
    const char *question; /* borrowed */
    uint64_t number, began_ns, events;
    uint64_t waited_ns; /* who asks waited so long before; the maker's to set, else 0 */
};

/* For who would make the answer: as kept_find, but waits when another is making it. Without an
 * answer the caller makes it and calls kept_end. */
struct kept_given kept_begin(struct kept *kept, const char *question, uint64_t max_age_ns,
                             struct kept_making *making);
/* NULL: it failed. `answer` stays the caller's as well. */
void kept_end(struct kept *kept, struct kept_making *making, struct answer *answer);

#endif
