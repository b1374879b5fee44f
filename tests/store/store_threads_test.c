/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: many writers, many readers, flushes and merges at once: every acknowledged event is seen by
 * every later snapshot, exactly once, and nothing races (run under the thread sanitizer).
 * Method: writers send numbered events, each also repeating another's; readers take snapshots all
 * the while and compare with what was acknowledged before the snapshot was taken. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include <unistd.h>

#include "store/check.h"
#include "tests/store/store_world.h"

enum { WRITERS = 3, READERS = 2, BATCHES = 40, BATCH = 50, EVENTS = WRITERS * BATCHES * BATCH };

static struct store *store;
static _Atomic uint32_t acknowledged[WRITERS]; /* batches */
static _Atomic bool done;

/* What store_write_later said; -1: nothing yet. */
static void on_written(void *context, enum status status, const struct error *err) {
    EXPECT((status == STATUS_OK) == (err->text[0] == '\0'));
    EXPECT_EQ(atomic_exchange((_Atomic int *)context, (int)status), -1);
}

/* Every other batch is written by somebody who does not wait, at first. */
static enum status write_somehow(struct batch *batch, bool later) {
    _Atomic int said = -1;
    if (!later) return store_write(store, batch, NULL);
    TRY(store_write_later(store, batch, on_written, &said, NULL));
    while (atomic_load(&said) < 0) sched_yield();
    return (enum status)atomic_load(&said);
}

static void *write_events(void *argument) {
    const uint64_t writer = (uint64_t)(uintptr_t)argument;
    struct batch *batch = batch_create();
    for (uint64_t b = 0; b < BATCHES; b++) {
        batch_clear(batch);
        for (uint64_t i = 0; i < BATCH; i++) world_add(batch, (writer * BATCHES + b) * BATCH + i);
        if (b > 0) world_add(batch, (writer * BATCHES + b - 1) * BATCH); /* a repeated one */
        enum status status;
        while ((status = write_somehow(batch, b % 2 == 1)) == STATUS_BUSY) continue;
        EXPECT_OK(status);
        for (uint32_t i = 0; i < BATCH; i++) EXPECT_EQ(batch->outcome[i], OUTCOME_ACCEPTED);
        if (b > 0) EXPECT_EQ(batch->outcome[BATCH], OUTCOME_DUPLICATE);
        atomic_store(&acknowledged[writer], (uint32_t)b + 1);
    }
    batch_free(batch);
    return NULL;
}

static void *read_events(void *argument) {
    uint32_t *seen = argument;
    while (!atomic_load(&done)) {
        uint32_t before[WRITERS];
        for (int w = 0; w < WRITERS; w++) before[w] = atomic_load(&acknowledged[w]);
        enum status status;
        (void)world_read(store, seen, EVENTS, &status);
        EXPECT_OK(status);
        for (uint32_t n = 0; n < EVENTS; n++) {
            const bool must = n / BATCH % BATCHES < before[n / BATCH / BATCHES];
            if (seen[n] > 1 || (must && seen[n] == 0))
                test_fail(__FILE__, __LINE__, "event %u is there %u times", n, seen[n]);
        }
    }
    return NULL;
}

static void silent(void *context, bool fault, const char *text) {
    (void)context;
    if (fault) test_fail(__FILE__, __LINE__, "%s", text);
}

TEST(writers_readers_flushes_and_merges_at_once) {
    const char *folder = test_folder();
    const struct store_options options = {
        .folder = folder, .threads = true, .run_rows = 200, .flush_rows = 500};
    EXPECT_OK(store_open(&options, &store, NULL));
    static uint32_t seen[READERS][EVENTS];
    pthread_t writers[WRITERS], readers[READERS];
    for (uintptr_t r = 0; r < READERS; r++)
        EXPECT_EQ(pthread_create(&readers[r], NULL, read_events, seen[r]), 0);
    for (uintptr_t w = 0; w < WRITERS; w++)
        EXPECT_EQ(pthread_create(&writers[w], NULL, write_events, (void *)w), 0);
    for (int w = 0; w < WRITERS; w++) pthread_join(writers[w], NULL);
    atomic_store(&done, true);
    for (int r = 0; r < READERS; r++) pthread_join(readers[r], NULL);
    enum status status;
    EXPECT_EQ(world_read(store, seen[0], EVENTS, &status), EVENTS);
    store_close(store);
    struct check_report report = {.say = silent};
    EXPECT_OK(store_check(folder, NULL, &report, NULL));
    EXPECT_EQ(report.event_count, EVENTS);
}

TEST(what_is_written_later_is_written_before_the_store_closes) {
    enum { LATER = 100 };
    const char *folder = test_folder();
    for (int threads = 0; threads < 2; threads++) {
        struct batch *batches[LATER];
        _Atomic int said[LATER];
        const struct store_options options = {.folder = folder, .threads = threads};
        EXPECT_OK(store_open(&options, &store, NULL));
        for (uint64_t b = 0; b < LATER; b++) {
            batches[b] = batch_create();
            if (b > 0) world_add(batches[b], b); /* the first is empty */
            atomic_store(&said[b], -1);
            EXPECT_OK(store_write_later(store, batches[b], on_written, &said[b], NULL));
        }
        store_close(store);
        for (uint64_t b = 0; b < LATER; b++) {
            EXPECT_EQ(atomic_load(&said[b]), STATUS_OK);
            if (b > 0)
                EXPECT_EQ(batches[b]->outcome[0], threads ? OUTCOME_DUPLICATE : OUTCOME_ACCEPTED);
            batch_free(batches[b]);
        }
    }
}

enum { IDLE_EVENTS = 3000, FEW = 20, WAIT_MS_MAX = 60000 };

static void send(uint64_t first, uint64_t count) {
    struct batch *batch = batch_create();
    for (uint64_t n = first; n < first + count; n++) {
        world_add(batch, n);
        if (batch->row_count < BATCH && n + 1 < first + count) continue;
        EXPECT_OK(store_write(store, batch, NULL));
        batch_clear(batch);
    }
    batch_free(batch);
}

static uint64_t segments(void) {
    struct snapshot *snapshot;
    struct snapshot_stats stats;
    EXPECT_OK(store_snapshot(store, &snapshot, NULL));
    snapshot_stats(snapshot, &stats);
    snapshot_release(snapshot);
    return stats.segment_count;
}

/* Goal: when nobody writes, all becomes one segment, and stays so until enough is new. */
TEST(idle_segments_become_one_when_enough_is_new) {
    const char *folder = test_folder();
    static uint32_t seen[IDLE_EVENTS + 2 * FEW];
    const struct store_options options = {
        .folder = folder, .threads = true, .run_rows = 100, .flush_rows = 400, .idle_ms = 30};
    EXPECT_OK(store_open(&options, &store, NULL));
    send(0, IDLE_EVENTS);
    EXPECT_OK(store_flush(store, NULL));
    for (int ms = 0; segments() > 1 && ms < WAIT_MS_MAX; ms += 10) (void)usleep(10000);
    EXPECT_EQ(segments(), 1);
    send(IDLE_EVENTS, FEW); /* less than a sixteenth */
    EXPECT_OK(store_flush(store, NULL));
    (void)usleep(200000);
    EXPECT_EQ(segments(), 2);
    enum status status;
    EXPECT_EQ(world_read(store, seen, IDLE_EVENTS + FEW, &status), IDLE_EVENTS + FEW);
    store_close(store);
    struct check_report report = {.say = silent};
    EXPECT_OK(store_check(folder, NULL, &report, NULL));
    EXPECT_EQ(report.event_count, IDLE_EVENTS + FEW);
}

/* ---- a long merge ---- */

enum { LONG_SEGMENT = 2 * BATCH, LONG_EVENTS_MAX = 2000 * LONG_SEGMENT, LONG_WAIT_US = 50000 };

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t flushed;
    uint32_t flushes; /* segments that the flusher began since the merger began its first */
    struct file *first;
    bool begun, ended, nested;
} merging = {.mutex = PTHREAD_MUTEX_INITIALIZER, .flushed = PTHREAD_COND_INITIALIZER};

/* The merger's first segment takes until as many segments as may wait for it have come. */
static enum status open_slowly(struct file_io *io, const char *path, enum file_mode mode,
                               struct file **out, struct error *err) {
    char name[16];
    const enum status status = file_io_system()->open(io, path, mode, out, err);
    if (mode != FILE_CREATE || strstr(path, "/segment-") == NULL) return status;
    (void)pthread_getname_np(pthread_self(), name, sizeof name);
    pthread_mutex_lock(&merging.mutex);
    if (strcmp(name, "flusher") == 0) {
        merging.flushes += merging.begun;
        pthread_cond_signal(&merging.flushed);
    } else if (strcmp(name, "merger") == 0 && merging.begun) {
        merging.nested |= !merging.ended;
    } else if (strcmp(name, "merger") == 0) {
        merging.begun = true;
        merging.first = *out;
        while (merging.flushes < STORE_UNSEEN_MAX - 1) /* one more was under way, maybe */
            pthread_cond_wait(&merging.flushed, &merging.mutex);
        pthread_mutex_unlock(&merging.mutex);
        (void)usleep(LONG_WAIT_US); /* for one too many to come, if it would */
        pthread_mutex_lock(&merging.mutex);
        EXPECT(merging.flushes <= STORE_UNSEEN_MAX + 1);
    }
    pthread_mutex_unlock(&merging.mutex);
    return status;
}

static enum status sync_noticed(struct file *file, struct error *err) {
    pthread_mutex_lock(&merging.mutex);
    if (file == merging.first) merging.ended = true;
    pthread_mutex_unlock(&merging.mutex);
    return file_io_system()->sync(file, err);
}

static bool has_ended(void) {
    pthread_mutex_lock(&merging.mutex);
    const bool ended = merging.ended;
    pthread_mutex_unlock(&merging.mutex);
    return ended;
}

/* Goal: while a long merge is under way segments come up to a bound, what came is merged in
 * between, and nothing is lost by it. */
TEST(a_long_merge_lets_others_in_between) {
    const char *folder = test_folder();
    static uint32_t seen[LONG_EVENTS_MAX];
    struct file_io io = *file_io_system();
    io.open = open_slowly;
    io.sync = sync_noticed;
    const struct store_options options = {.folder = folder,
                                          .io = &io,
                                          .threads = true,
                                          .run_rows = LONG_SEGMENT,
                                          .flush_rows = LONG_SEGMENT};
    EXPECT_OK(store_open(&options, &store, NULL));
    uint32_t events = 0;
    for (; events < LONG_EVENTS_MAX && !has_ended(); events += LONG_SEGMENT)
        send(events, LONG_SEGMENT);
    EXPECT_OK(store_flush(store, NULL));
    EXPECT(merging.begun && merging.ended && merging.nested);
    EXPECT(segments() < 2 * STORE_FANIN_MAX);
    enum status status;
    EXPECT_EQ(world_read(store, seen, events, &status), events);
    for (uint32_t n = 0; n < events; n++) EXPECT_EQ(seen[n], 1);
    store_close(store);
    struct check_report report = {.say = silent};
    EXPECT_OK(store_check(folder, NULL, &report, NULL));
    EXPECT_EQ(report.event_count, events);
}

/* ---- merges that fail ---- */

static _Atomic int failures;

static enum status open_failing(struct file_io *io, const char *path, enum file_mode mode,
                                struct file **out, struct error *err) {
    char name[16];
    (void)pthread_getname_np(pthread_self(), name, sizeof name);
    if (mode != FILE_CREATE || strcmp(name, "merger") != 0)
        return file_io_system()->open(io, path, mode, out, err);
    atomic_fetch_add(&failures, 1);
    return error_set(err, STATUS_IO, "no room for a merge");
}

/* Goal: what cannot be merged does not keep the disk busy, and nobody waits for it. */
TEST(a_merge_that_fails_is_tried_ever_later) {
    enum { SEGMENTS = 2 * STORE_UNSEEN_MAX, LOOK_MS = 3500 };
    const char *folder = test_folder();
    static uint32_t seen[SEGMENTS * LONG_SEGMENT];
    struct file_io io = *file_io_system();
    io.open = open_failing;
    const struct store_options options = {.folder = folder,
                                          .io = &io,
                                          .threads = true,
                                          .run_rows = LONG_SEGMENT,
                                          .flush_rows = LONG_SEGMENT};
    EXPECT_OK(store_open(&options, &store, NULL));
    const int64_t begin_ms = clock_utc_ms(clock_system());
    int64_t passed_ms = 0;
    int tried = 0, most = 0; /* at once, then after 1 s, 2 s, 4 s, ... */
    send(0, SEGMENTS * LONG_SEGMENT);
    while (passed_ms < LOOK_MS) {
        (void)usleep(10000);
        tried = atomic_load(&failures);
        passed_ms = clock_utc_ms(clock_system()) - begin_ms;
    }
    for (int64_t ms = 0, wait = 1000; ms <= passed_ms; ms += wait, wait *= 2) most++;
    EXPECT(tried >= 1 && tried <= most);
    store_close(store);
    EXPECT_OK(store_open(&(struct store_options){.folder = folder}, &store, NULL));
    enum status status;
    EXPECT_EQ(world_read(store, seen, SEGMENTS * LONG_SEGMENT, &status), SEGMENTS * LONG_SEGMENT);
    store_close(store);
}
