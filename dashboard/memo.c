/* SPDX-License-Identifier: EUPL-1.2 */
#include "dashboard/memo.h"

#include <pthread.h>

#include "base/memory.h"

struct memo {
    const struct clock *clock;
    pthread_mutex_t mutex;
    struct text answer; /* empty: none is kept */
    uint64_t made_ns;   /* monotonic; when the making of `answer` began */
    uint64_t began_ns;  /* of the making under way; 0: none */
};

struct memo *memo_create(const struct clock *clock) {
    struct memo *memo = memory_new(1, sizeof *memo);
    if (memo == NULL) return NULL;
    memo->clock = clock;
    pthread_mutex_init(&memo->mutex, NULL);
    text_init(&memo->answer, SIZE_MAX / 2);
    return memo;
}

void memo_free(struct memo *memo) {
    if (memo == NULL) return;
    text_free(&memo->answer);
    pthread_mutex_destroy(&memo->mutex);
    memory_free(memo);
}

bool memo_get(struct memo *memo, struct text *out) {
    const uint64_t now = clock_monotonic_ns(memo->clock);
    pthread_mutex_lock(&memo->mutex);
    const bool fresh = now - memo->made_ns <= MEMO_AGE_NS;
    const bool found = memo->answer.size > 0 && (fresh || memo->began_ns != 0);
    if (found) text_add(out, memo->answer.bytes, memo->answer.size);
    if (!found && memo->began_ns == 0) memo->began_ns = now;
    pthread_mutex_unlock(&memo->mutex);
    return found;
}

void memo_put(struct memo *memo, const struct text *answer) {
    const uint64_t now = clock_monotonic_ns(memo->clock);
    pthread_mutex_lock(&memo->mutex);
    if (memo->began_ns != 0) { /* else another, who began with this one, was done first */
        text_clear(&memo->answer);
        memo->made_ns = memo->began_ns;
        if (now - memo->began_ns >= MEMO_WORTH_NS)
            text_add(&memo->answer, answer->bytes, answer->size);
        if (memo->answer.failed) text_free(&memo->answer); /* no memory: not kept, then */
        memo->began_ns = 0;
    }
    pthread_mutex_unlock(&memo->mutex);
}

void memo_give_up(struct memo *memo) {
    pthread_mutex_lock(&memo->mutex);
    memo->began_ns = 0;
    pthread_mutex_unlock(&memo->mutex);
}
