/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: every job that was taken runs exactly once, and the limits hold.
 * Method: workers are held at a gate, so that "busy" is a fact and not a matter of timing. */
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/memory.h"
#include "tests/test.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static _Atomic uint32_t started, finished;

static void pass_gate(struct pool_job *job) {
    (void)job;
    atomic_fetch_add(&started, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    atomic_fetch_add(&finished, 1);
}

static struct pool *start(uint32_t workers, uint32_t queue_max) {
    struct pool *pool = NULL;
    struct error err;
    EXPECT_OK(pool_start(&(struct pool_options){"test", workers, queue_max}, &pool, &err));
    atomic_store(&started, 0);
    atomic_store(&finished, 0);
    return pool;
}

TEST(pool_refuses_what_its_queue_cannot_hold_and_runs_all_the_rest) {
    struct pool *pool = start(2, 3);
    struct pool_job jobs[6];
    pthread_mutex_lock(&gate);
    for (unsigned i = 0; i < 6; i++) {
        jobs[i].run = pass_gate;
        EXPECT_EQ(pool_submit(pool, &jobs[i]), i < 5 ? STATUS_OK : STATUS_BUSY);
    }
    while (atomic_load(&started) < 2) sched_yield();
    EXPECT_EQ(pool_waiting(pool), 3);
    EXPECT_EQ(atomic_load(&finished), 0);
    pthread_mutex_unlock(&gate);
    pool_stop(pool);
    EXPECT_EQ(atomic_load(&finished), 5);
}

TEST(pool_without_a_queue_takes_as_many_jobs_as_it_has_workers) {
    struct pool *pool = start(1, 0);
    struct pool_job jobs[2] = {{NULL, pass_gate}, {NULL, pass_gate}};
    pthread_mutex_lock(&gate);
    EXPECT_OK(pool_submit(pool, &jobs[0]));
    EXPECT_EQ(pool_submit(pool, &jobs[1]), STATUS_BUSY);
    pthread_mutex_unlock(&gate);
    pool_stop(pool);
    EXPECT_EQ(atomic_load(&finished), 1);
}

static struct pool *shared;
static _Atomic uint32_t sum;

struct number_job {
    struct pool_job job; /* first */
    uint32_t number;
};

static void add_number(struct pool_job *job) {
    atomic_fetch_add(&sum, ((struct number_job *)(void *)job)->number);
    memory_free(job);
}

enum { NUMBERS = 2000 };

static void *submit_numbers(void *context) {
    for (uint32_t i = 1; i <= NUMBERS; i++) {
        struct number_job *job = memory_new_array(struct number_job, 1);
        if (job == NULL) return context;
        *job = (struct number_job){{NULL, add_number}, i};
        while (pool_submit(shared, &job->job) == STATUS_BUSY) sched_yield();
    }
    return NULL;
}

TEST(pool_runs_each_job_of_many_threads_exactly_once) {
    shared = start(3, 8);
    atomic_store(&sum, 0);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, submit_numbers, NULL);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    pool_stop(shared);
    EXPECT_EQ(atomic_load(&sum), 4u * NUMBERS * (NUMBERS + 1) / 2);
}

struct order_job {
    struct pool_job job; /* first */
    uint32_t number;
};
static uint32_t order[64], order_count;

static void note_order(struct pool_job *job) {
    order[order_count++] = ((struct order_job *)(void *)job)->number;
}

TEST(pool_runs_jobs_in_the_order_of_their_arrival) {
    struct pool *pool = start(1, 64);
    struct pool_job first = {NULL, pass_gate};
    struct order_job jobs[64];
    order_count = 0;
    pthread_mutex_lock(&gate);
    EXPECT_OK(pool_submit(pool, &first));
    for (uint32_t i = 0; i < 64; i++) {
        jobs[i] = (struct order_job){{NULL, note_order}, i};
        EXPECT_OK(pool_submit(pool, &jobs[i].job));
    }
    pthread_mutex_unlock(&gate);
    pool_stop(pool);
    EXPECT_EQ(order_count, 64);
    for (uint32_t i = 0; i < 64; i++) EXPECT_EQ(order[i], i);
}

static enum status resubmitted;
static _Atomic bool submitting;

/* Submits trifles until the pool, which is told to stop meanwhile, says that it is closed. */
static void submit_until_closed(struct pool_job *job) {
    (void)job;
    static struct pool_job trifles[1 << 10];
    atomic_store(&submitting, true);
    for (unsigned i = 0;; i = (i + 1) % (1 << 10)) {
        while (pool_waiting(shared) > 0) sched_yield();
        trifles[i].run = pass_gate;
        resubmitted = pool_submit(shared, &trifles[i]);
        if (resubmitted != STATUS_OK) return;
    }
}

TEST(pool_that_is_stopping_takes_no_more) {
    shared = start(2, 4);
    struct pool_job job = {NULL, submit_until_closed};
    resubmitted = STATUS_OK;
    atomic_store(&submitting, false);
    EXPECT_OK(pool_submit(shared, &job));
    while (!atomic_load(&submitting)) sched_yield();
    pool_stop(shared);
    EXPECT(resubmitted == STATUS_CLOSED);
}

TEST(pool_start_fails_cleanly_without_memory) {
    struct pool *pool;
    struct error err;
    memory_fail_after(0);
    EXPECT_EQ(pool_start(&(struct pool_options){"test", 1, 1}, &pool, &err), STATUS_NO_MEMORY);
    memory_fail_after(SIZE_MAX);
    EXPECT(pool == NULL);
    pool_stop(NULL);
}
