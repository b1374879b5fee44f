/* SPDX-License-Identifier: EUPL-1.2 */
#include "dashboard/kept.h"

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/memory.h"

enum { BUCKETS = 4096 };
#define SECOND_NS UINT64_C(1000000000)

struct entry {
    struct entry *next;          /* in its bucket */
    struct entry *newer, *older; /* by when they were asked for */
    struct answer *answer;       /* NULL only before it is filled */
    uint64_t sure_ns;            /* until then it was what would have been made anew */
    uint64_t tried_ns;           /* the background began with it */
    uint64_t asked_ns;
    bool again; /* before that not longer ago than KEPT_WANTED_NS */
    size_t bytes;
    char question[];
};

struct kept {
    struct kept_options options;
    pthread_mutex_t mutex; /* of everything below; held for moments */
    struct entry *buckets[BUCKETS];
    struct entry *newest, *oldest;
    uint32_t count;
    size_t bytes;
    struct kept_making *makings;
    uint64_t number;     /* of the last of them */
    pthread_cond_t made; /* one of them has ended */
    pthread_cond_t stop;
    bool stopping, started;
    pthread_t thread;
};

/* --- the table; under the mutex --- */

/* FNV-1a */
static struct entry **bucket_of(struct kept *kept, const char *question) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *question != '\0'; question++)
        hash = (hash ^ (unsigned char)*question) * UINT64_C(0x100000001b3);
    return &kept->buckets[(hash ^ hash >> 32) % BUCKETS];
}

static struct entry *entry_find(struct kept *kept, const char *question) {
    struct entry *entry = *bucket_of(kept, question);
    while (entry != NULL && strcmp(entry->question, question) != 0) entry = entry->next;
    return entry;
}

static void order_leave(struct kept *kept, struct entry *entry) {
    *(entry->newer != NULL ? &entry->newer->older : &kept->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &kept->oldest) = entry->newer;
}

static void order_enter(struct kept *kept, struct entry *entry) {
    entry->newer = NULL;
    entry->older = kept->newest;
    *(kept->newest != NULL ? &kept->newest->newer : &kept->oldest) = entry;
    kept->newest = entry;
}

static void entry_drop(struct kept *kept, struct entry *entry) {
    struct entry **at = bucket_of(kept, entry->question);
    while (*at != entry) at = &(*at)->next;
    *at = entry->next;
    order_leave(kept, entry);
    kept->count--;
    kept->bytes -= entry->bytes;
    answer_release(entry->answer);
    memory_free(entry);
}

static void entry_fill(struct kept *kept, struct entry *entry, struct answer *answer) {
    answer_release(entry->answer);
    entry->answer = answer_share(answer);
    entry->sure_ns = answer->began_ns;
    kept->bytes -= entry->bytes;
    entry->bytes = sizeof *entry + strlen(entry->question) + 1 + answer_bytes(answer);
    kept->bytes += entry->bytes;
}

static struct entry *entry_create(struct kept *kept, const char *question, uint64_t now_ns) {
    const size_t size = strlen(question) + 1;
    struct entry *entry = memory_new(1, sizeof *entry + size);
    if (entry == NULL) return NULL;
    struct entry **bucket = bucket_of(kept, question);
    memcpy(entry->question, question, size);
    entry->asked_ns = now_ns;
    entry->next = *bucket;
    *bucket = entry;
    order_enter(kept, entry);
    kept->count++;
    return entry;
}

/* --- given --- */

/* The background is to keep it young. */
static bool is_wanted(const struct entry *entry, uint64_t now_ns) {
    return entry->again && now_ns - entry->asked_ns <= KEPT_WANTED_NS;
}

static void entry_asked(struct kept *kept, struct entry *entry, uint64_t now_ns) {
    entry->again = now_ns - entry->asked_ns <= KEPT_WANTED_NS;
    entry->asked_ns = now_ns;
    order_leave(kept, entry);
    order_enter(kept, entry);
}

static struct kept_given give(struct kept *kept, const char *question, uint64_t max_age_ns,
                              uint64_t now_ns) {
    const struct kept_given none = {NULL, ANSWER_NEW};
    struct entry *entry = entry_find(kept, question);
    if (entry == NULL) return none;
    const uint64_t age_ns = now_ns - entry->sure_ns;
    const uint64_t allowed_ns = is_wanted(entry, now_ns) ? KEPT_STALE_NS : KEPT_FRESH_NS;
    if (age_ns > allowed_ns || age_ns >= max_age_ns) return none;
    entry_asked(kept, entry, now_ns);
    return (struct kept_given){answer_share(entry->answer), (int64_t)(age_ns / SECOND_NS)};
}

struct kept_given kept_find(struct kept *kept, const char *question, uint64_t max_age_ns) {
    pthread_mutex_lock(&kept->mutex);
    const uint64_t now_ns = clock_monotonic_ns(kept->options.clock);
    const struct kept_given given = give(kept, question, max_age_ns, now_ns);
    pthread_mutex_unlock(&kept->mutex);
    return given;
}

/* --- made --- */

/* A settled answer is as good as new when the store has taken in nothing since. */
static bool confirm(struct entry *entry, uint64_t events, uint64_t now_ns) {
    if (!entry->answer->settled || entry->answer->events != events || events == KEPT_UNKNOWN)
        return false;
    entry->sure_ns = now_ns;
    return true;
}

/* Was it made too quickly to be kept? For one that is kept half of that will do, lest it come and
 * go with every breath of the machine; and of one that the background made it tells nothing: nobody
 * else may have asked for anything just then. */
static bool was_quick(const struct kept *kept, const struct entry *entry, uint64_t took_ns,
                      bool asked) {
    if (entry != NULL && !asked) return false;
    return took_ns < kept->options.worth_ns / (entry != NULL ? 2 : 1);
}

/* Keeps it or, when it is not worth it, forgets the one before it. asked: not by the background.
 * waited_ns: before its making. */
static void keep(struct kept *kept, const char *question, struct answer *answer, bool asked,
                 uint64_t waited_ns) {
    const uint64_t now_ns = clock_monotonic_ns(kept->options.clock);
    struct entry *entry = entry_find(kept, question);
    if (entry != NULL && entry->answer->began_ns > answer->began_ns) return; /* overtaken */
    if (was_quick(kept, entry, waited_ns + (now_ns - answer->began_ns), asked) ||
        answer->events < kept->options.events_min || answer->body.size > KEPT_ANSWER_BYTES_MAX) {
        if (entry != NULL) entry_drop(kept, entry);
        return;
    }
    if (entry != NULL && asked) entry_asked(kept, entry, now_ns);
    if (entry == NULL && asked) entry = entry_create(kept, question, now_ns);
    if (entry == NULL) return; /* no memory, or nobody asked for it for long */
    entry_fill(kept, entry, answer);
    while (kept->count > KEPT_COUNT_MAX || kept->bytes > kept->options.bytes_max)
        entry_drop(kept, kept->oldest);
}

/* Is a making under way that was registered up to `last` and is not too old to wait for? */
static bool is_under_way(const struct kept *kept, const char *question, uint64_t last,
                         uint64_t began_after_ns) {
    for (const struct kept_making *at = kept->makings; at != NULL; at = at->next)
        if (at->number <= last && at->began_ns > began_after_ns &&
            strcmp(at->question, question) == 0)
            return true;
    return false;
}

/* Only for those that were there before it: where one fails, or was quick and so is not kept, all
 * that have waited for it make their own. */
static void wait_for_others(struct kept *kept, const char *question, uint64_t max_age_ns,
                            uint64_t now_ns) {
    const uint64_t last = kept->number, after_ns = max_age_ns < now_ns ? now_ns - max_age_ns : 0;
    while (is_under_way(kept, question, last, after_ns))
        pthread_cond_wait(&kept->made, &kept->mutex);
}

struct kept_given kept_begin(struct kept *kept, const char *question, uint64_t max_age_ns,
                             struct kept_making *making) {
    const uint64_t events = kept->options.events(kept->options.context);
    pthread_mutex_lock(&kept->mutex);
    uint64_t now_ns = clock_monotonic_ns(kept->options.clock);
    struct entry *entry = entry_find(kept, question);
    if (entry != NULL) (void)confirm(entry, events, now_ns);
    struct kept_given given = give(kept, question, max_age_ns, now_ns);
    if (given.answer == NULL && max_age_ns > 0) {
        wait_for_others(kept, question, max_age_ns, now_ns);
        now_ns = clock_monotonic_ns(kept->options.clock);
        given = give(kept, question, max_age_ns, now_ns);
    }
    if (given.answer == NULL) {
        *making = (struct kept_making){.next = kept->makings,
                                       .question = question,
                                       .number = ++kept->number,
                                       .began_ns = now_ns,
                                       .events = events};
        kept->makings = making;
    }
    pthread_mutex_unlock(&kept->mutex);
    return given;
}

void kept_end(struct kept *kept, struct kept_making *making, struct answer *answer) {
    pthread_mutex_lock(&kept->mutex);
    struct kept_making **at = &kept->makings;
    while (*at != making) at = &(*at)->next;
    *at = making->next;
    if (answer != NULL) {
        answer->began_ns = making->began_ns;
        answer->events = making->events;
        keep(kept, making->question, answer, true, making->waited_ns);
    }
    pthread_cond_broadcast(&kept->made);
    pthread_mutex_unlock(&kept->mutex);
}

/* --- the background --- */

/* The oldest answer that is wanted and old enough. Under the mutex. */
static struct entry *find_due(struct kept *kept, uint64_t now_ns) {
    struct entry *due = NULL;
    for (struct entry *entry = kept->newest; entry != NULL; entry = entry->older) {
        if (now_ns - entry->asked_ns > KEPT_WANTED_NS) break; /* as are all behind it */
        if (is_wanted(entry, now_ns) && now_ns - entry->sure_ns >= KEPT_REFRESH_NS &&
            now_ns - entry->tried_ns >= KEPT_REFRESH_NS &&
            (due == NULL || entry->sure_ns < due->sure_ns))
            due = entry;
    }
    return due;
}

bool kept_refresh(struct kept *kept) {
    const struct kept_options *options = &kept->options;
    const uint64_t events = options->events(options->context);
    char *question = NULL;
    pthread_mutex_lock(&kept->mutex);
    const uint64_t now_ns = clock_monotonic_ns(options->clock);
    struct entry *entry = find_due(kept, now_ns);
    if (entry != NULL)
        entry->tried_ns = now_ns; /* one that fails does not keep the others waiting */
    if (entry != NULL && !confirm(entry, events, now_ns))
        question = memory_copy_text(entry->question, strlen(entry->question));
    pthread_mutex_unlock(&kept->mutex);
    if (question == NULL) return entry != NULL;

    struct answer *answer = NULL;
    struct error err; /* who asks after that will be told */
    if (options->make(options->context, question, &answer, &err) == STATUS_OK) {
        answer->began_ns = now_ns;
        answer->events = events;
        pthread_mutex_lock(&kept->mutex);
        keep(kept, question, answer, false, 0);
        pthread_mutex_unlock(&kept->mutex);
        answer_release(answer);
    }
    memory_free(question);
    return true;
}

static void wait_a_while(struct kept *kept) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += KEPT_LOOK_S;
    (void)pthread_cond_timedwait(&kept->stop, &kept->mutex, &until);
}

/* On Linux a thread has a priority of its own, and those that it starts begin with it. */
static void *refresh_main(void *context) {
    struct kept *kept = context;
    (void)pthread_setname_np(pthread_self(), "kept answers");
    (void)setpriority(PRIO_PROCESS, 0, KEPT_NICE);
    pthread_mutex_lock(&kept->mutex);
    while (!kept->stopping) {
        pthread_mutex_unlock(&kept->mutex);
        const bool found = kept_refresh(kept);
        pthread_mutex_lock(&kept->mutex);
        if (!found && !kept->stopping) wait_a_while(kept);
    }
    pthread_mutex_unlock(&kept->mutex);
    return NULL;
}

/* --- the whole --- */

struct kept *kept_create(const struct kept_options *options) {
    struct kept *kept = memory_new_array(struct kept, 1);
    if (kept == NULL) return NULL;
    pthread_condattr_t monotonic;
    kept->options = *options;
    pthread_mutex_init(&kept->mutex, NULL);
    pthread_cond_init(&kept->made, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&kept->stop, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return kept;
}

enum status kept_start(struct kept *kept, struct error *err) {
    if (pthread_create(&kept->thread, NULL, refresh_main, kept) != 0)
        return error_set(err, STATUS_NO_MEMORY, "kept answers: no thread for the background");
    kept->started = true;
    return STATUS_OK;
}

void kept_free(struct kept *kept) {
    if (kept == NULL) return;
    CHECK(kept->makings == NULL);
    pthread_mutex_lock(&kept->mutex);
    kept->stopping = true;
    pthread_cond_signal(&kept->stop);
    pthread_mutex_unlock(&kept->mutex);
    if (kept->started) pthread_join(kept->thread, NULL);
    while (kept->oldest != NULL) entry_drop(kept, kept->oldest);
    pthread_cond_destroy(&kept->stop);
    pthread_cond_destroy(&kept->made);
    pthread_mutex_destroy(&kept->mutex);
    memory_free(kept);
}
