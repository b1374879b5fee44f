/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdint.h>

#include "base/status.h"

/* pool: worker threads behind one bounded queue, first in, first out. Jobs are embedded in what
 * they work on, so that handing one over allocates nothing and fails only by the queue's limit. */
struct pool;

struct pool_job {
    struct pool_job *next; /* the pool's, while the job waits */
    void (*run)(struct pool_job *job);
};

enum { POOL_WORKERS_MAX = 256, POOL_QUEUE_MAX = 1 << 16 };

struct pool_options {
    const char *name;   /* of the threads: at most 15 bytes are shown */
    uint32_t workers;   /* 1..POOL_WORKERS_MAX */
    uint32_t queue_max; /* jobs that may wait while all workers are busy: 0..POOL_QUEUE_MAX */
};

MUST_USE enum status pool_start(const struct pool_options *options, struct pool **out,
                                struct error *err);

/* Any thread, also a worker of this pool. The job is the pool's until its run is called, which may
 * free it. BUSY: workers and queue are full. CLOSED: the pool is stopping. The job then stays the
 * caller's. */
MUST_USE enum status pool_submit(struct pool *pool, struct pool_job *job);

/* Jobs that wait for a worker right now. Any thread. */
uint32_t pool_waiting(struct pool *pool);

/* Refuses new jobs, runs those that wait, joins the workers. Not from a worker. Accepts NULL. */
void pool_stop(struct pool *pool);

#endif
