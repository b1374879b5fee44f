/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/memory.h"

struct pool {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct pool_job *oldest, **newest; /* newest: where the next job is linked */
    uint32_t waiting, running;
    uint32_t jobs_max; /* of both together */
    bool stopping;
    char name[16];
    uint32_t thread_count;
    pthread_t threads[];
};

static struct pool_job *take(struct pool *pool) {
    struct pool_job *job = pool->oldest;
    pool->oldest = job->next;
    if (pool->oldest == NULL) pool->newest = &pool->oldest;
    pool->waiting--;
    pool->running++;
    return job;
}

static void *work(void *context) {
    struct pool *pool = context;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->oldest == NULL && !pool->stopping)
            pthread_cond_wait(&pool->changed, &pool->lock);
        if (pool->oldest == NULL) break;
        struct pool_job *job = take(pool);
        pthread_mutex_unlock(&pool->lock);
        job->run(job);
        pthread_mutex_lock(&pool->lock);
        pool->running--;
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

enum status pool_start(const struct pool_options *options, struct pool **out, struct error *err) {
    *out = NULL;
    CHECK(options->workers >= 1 && options->workers <= POOL_WORKERS_MAX);
    CHECK(options->queue_max <= POOL_QUEUE_MAX);
    struct pool *pool = memory_new(1, sizeof *pool + options->workers * sizeof pool->threads[0]);
    if (pool == NULL) return error_set(err, STATUS_NO_MEMORY, "pool %s: memory", options->name);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    pool->newest = &pool->oldest;
    pool->jobs_max = options->workers + options->queue_max;
    (void)snprintf(pool->name, sizeof pool->name, "%s", options->name);
    for (; pool->thread_count < options->workers; pool->thread_count++) {
        pthread_t *thread = &pool->threads[pool->thread_count];
        if (pthread_create(thread, NULL, work, pool) != 0) {
            pool_stop(pool);
            return error_set(err, STATUS_NO_MEMORY, "pool %s: a thread was refused", options->name);
        }
        (void)pthread_setname_np(*thread, pool->name);
    }
    *out = pool;
    return STATUS_OK;
}

enum status pool_submit(struct pool *pool, struct pool_job *job) {
    enum status status = STATUS_OK;
    job->next = NULL;
    pthread_mutex_lock(&pool->lock);
    if (pool->stopping) {
        status = STATUS_CLOSED;
    } else if (pool->waiting + pool->running >= pool->jobs_max) {
        status = STATUS_BUSY;
    } else {
        *pool->newest = job;
        pool->newest = &job->next;
        pool->waiting++;
        pthread_cond_signal(&pool->changed);
    }
    pthread_mutex_unlock(&pool->lock);
    return status;
}

uint32_t pool_waiting(struct pool *pool) {
    pthread_mutex_lock(&pool->lock);
    uint32_t waiting = pool->waiting;
    pthread_mutex_unlock(&pool->lock);
    return waiting;
}

void pool_stop(struct pool *pool) {
    if (pool == NULL) return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->thread_count; i++) pthread_join(pool->threads[i], NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->changed);
    memory_free(pool);
}
