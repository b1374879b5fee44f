/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: no acknowledged event is ever lost and none is there twice, whatever single disk call fails
 * and however power goes.
 * Method: one workload with the failure at call 0, 1, 2, ... until it ends without reaching it.
 * After each: power loss (or a kill), reopen, compare with what the client was told; then send
 * everything again, as a client would, and find each event exactly once. */
#include "base/memory.h"
#include "store/manifest.h"
#include "tests/sim_disk.h"
#include "tests/store/store_world.h"

enum { EVENTS = 600, BATCH = 25, SEEDS = 3 };

static struct sim_disk disk;
static struct batch *batch;

static enum status open_store(struct store **store, struct error *err) {
    const struct store_options options = {
        .folder = "/sim", .io = &disk.io, .run_rows = 40, .flush_rows = 100};
    return store_open(&options, store, err);
}

/* Sends all events in batches, going on after a failure as a careless client would. acknowledged[n]
 * is set for each event that it was told is stored. */
static void send_all(struct store *store, bool *acknowledged) {
    for (uint64_t n = 0; n < EVENTS; n += BATCH) {
        batch_clear(batch);
        for (uint64_t i = n; i < n + BATCH; i++) world_add(batch, i);
        if (store_write(store, batch, NULL) != STATUS_OK) continue;
        for (uint32_t i = 0; i < BATCH; i++) {
            EXPECT(batch->outcome[i] == OUTCOME_ACCEPTED || batch->outcome[i] == OUTCOME_DUPLICATE);
            acknowledged[n + i] = true;
        }
    }
}

static void run_workload(bool *acknowledged) {
    struct store *store;
    if (open_store(&store, NULL) != STATUS_OK) return;
    send_all(store, acknowledged);
    const enum status compacted = store_compact(store, NULL, NULL, NULL);
    (void)compacted; /* may fail, as any of it may */
    store_close(store);
}

static void expect_everything_acknowledged(const bool *acknowledged, const char *when,
                                           uint64_t fail_at) {
    static uint32_t seen[EVENTS];
    struct store *store;
    struct error err = {""};
    const enum status opened = open_store(&store, &err);
    if (opened != STATUS_OK) {
        test_fail(__FILE__, __LINE__, "%s, call %d: reopen: %s", when, (int)fail_at, err.text);
        return;
    }
    enum status status;
    (void)world_read(store, seen, EVENTS, &status);
    EXPECT_OK(status);
    int lost = 0, doubled = 0;
    for (int n = 0; n < EVENTS; n++) {
        lost += acknowledged[n] && seen[n] == 0;
        doubled += seen[n] > 1;
    }
    if (lost > 0 || doubled > 0)
        test_fail(__FILE__, __LINE__, "%s, call %d: %d lost, %d doubled", when, (int)fail_at, lost,
                  doubled);
    store_close(store);
}

static void history(uint64_t seed, uint64_t fail_at, bool power_loss, bool *reached) {
    static bool acknowledged[EVENTS];
    memset(acknowledged, 0, sizeof acknowledged);
    sim_disk_init(&disk, seed, fail_at);
    run_workload(acknowledged);
    *reached = sim_disk_failed(&disk);
    if (power_loss) {
        sim_disk_power_loss(&disk);
    } else {
        sim_disk_kill(&disk);
    }
    expect_everything_acknowledged(acknowledged, "after the failure", fail_at);
    run_workload(acknowledged); /* everything again */
    for (int n = 0; n < EVENTS; n++) EXPECT(acknowledged[n]);
    sim_disk_power_loss(&disk);
    expect_everything_acknowledged(acknowledged, "after sending again", fail_at);
    sim_disk_free(&disk);
}

TEST(every_acknowledged_event_survives_whatever_call_fails) {
    batch = batch_create();
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        bool reached = true;
        uint64_t fail_at = 0;
        for (; reached && test_failures == 0; fail_at++)
            history(seed, fail_at, seed % 2 == 1, &reached);
        EXPECT(fail_at > 200); /* the workload does have that many disk calls */
    }
    batch_free(batch);
}

/* Goal: the same when failures come one after another, while what an earlier one left behind is
 * still there, and the process ends and begins again in between.
 * Method: lives of one folder, in each of which one of some calls fails; after some of them a look
 * at what is there. */
TEST(every_acknowledged_event_survives_many_failures_and_many_lives) {
    enum { HISTORIES = 60, LIVES = 6 };
    batch = batch_create();
    for (uint64_t seed = 1; seed <= HISTORIES && test_failures == 0; seed++) {
        static bool acknowledged[EVENTS];
        uint64_t random = seed;
        memset(acknowledged, 0, sizeof acknowledged);
        sim_disk_init(&disk, seed, UINT64_MAX);
        for (int life = 0; life < LIVES && test_failures == 0; life++) {
            disk.fail_one_in = 5 + test_random(&random) % 200;
            run_workload(acknowledged);
            disk.fail_one_in = 0;
            if (test_random(&random) % 2 == 0) {
                sim_disk_power_loss(&disk);
            } else {
                sim_disk_kill(&disk);
            }
            if (test_random(&random) % 2 == 0)
                expect_everything_acknowledged(acknowledged, "after a life", seed);
        }
        run_workload(acknowledged);
        for (int n = 0; n < EVENTS; n++) EXPECT(acknowledged[n]);
        sim_disk_power_loss(&disk);
        expect_everything_acknowledged(acknowledged, "after all lives", seed);
        sim_disk_free(&disk);
    }
    batch_free(batch);
}

/* The process dies between any two disk calls: from the one given on, every call fails. */
static enum status dead_append(struct file *file, const void *bytes, size_t size,
                               struct error *err) {
    (void)file, (void)bytes, (void)size;
    return error_set(err, STATUS_IO, "sim: dead");
}

TEST(power_may_go_at_any_moment_of_a_group) {
    batch = batch_create();
    for (uint64_t stop = 1; stop < EVENTS / BATCH && test_failures == 0; stop++) {
        static bool acknowledged[EVENTS];
        memset(acknowledged, 0, sizeof acknowledged);
        sim_disk_init(&disk, stop, UINT64_MAX);
        struct store *store;
        EXPECT_OK(open_store(&store, NULL));
        for (uint64_t b = 0; b < stop; b++) {
            batch_clear(batch);
            for (uint64_t i = b * BATCH; i < (b + 1) * BATCH; i++) world_add(batch, i);
            EXPECT_OK(store_write(store, batch, NULL));
            for (uint64_t i = b * BATCH; i < (b + 1) * BATCH; i++) acknowledged[i] = true;
        }
        disk.io.append = dead_append; /* closing must not be able to write */
        store_close(store);
        struct sim_disk fresh;
        sim_disk_init(&fresh, 1, 1);
        disk.io.append = fresh.io.append;
        sim_disk_power_loss(&disk);
        expect_everything_acknowledged(acknowledged, "after power loss", stop);
        sim_disk_free(&disk);
    }
    batch_free(batch);
}

TEST(every_acknowledged_event_survives_whatever_allocation_is_refused) {
    batch = batch_create();
    uint64_t refused = 1;
    for (size_t after = 0; refused > 0 && test_failures == 0; after += 1 + after / 40) {
        static bool acknowledged[EVENTS];
        memset(acknowledged, 0, sizeof acknowledged);
        sim_disk_init(&disk, 1, UINT64_MAX);
        memory_fail_after(after);
        run_workload(acknowledged);
        refused = memory_fail_after(SIZE_MAX) ? 0 : 1;
        sim_disk_power_loss(&disk);
        expect_everything_acknowledged(acknowledged, "after a refused allocation", after);
        run_workload(acknowledged);
        for (int n = 0; n < EVENTS; n++) EXPECT(acknowledged[n]);
        sim_disk_free(&disk);
    }
    batch_free(batch);
}

TEST(a_full_disk_refuses_writes_loses_nothing_and_goes_on_when_there_is_room) {
    static bool acknowledged[EVENTS];
    static uint32_t seen[EVENTS];
    memset(acknowledged, 0, sizeof acknowledged);
    batch = batch_create();
    sim_disk_init(&disk, 9, UINT64_MAX);
    struct store *store;
    EXPECT_OK(open_store(&store, NULL));
    disk.capacity_bytes = 6000;
    send_all(store, acknowledged);
    int told = 0;
    for (int n = 0; n < EVENTS; n++) told += acknowledged[n];
    EXPECT(told > 0 && told < EVENTS);
    disk.capacity_bytes = UINT64_MAX;
    enum status status;
    (void)world_read(store, seen, EVENTS, &status);
    for (int n = 0; n < EVENTS; n++) EXPECT(!acknowledged[n] || seen[n] == 1);
    send_all(store, acknowledged);
    EXPECT_EQ(world_read(store, seen, EVENTS, &status), EVENTS);
    for (int n = 0; n < EVENTS; n++) EXPECT(acknowledged[n] && seen[n] == 1);
    store_close(store);
    sim_disk_power_loss(&disk);
    expect_everything_acknowledged(acknowledged, "after the full disk", 0);
    sim_disk_free(&disk);
    batch_free(batch);
}

static bool is_named(const struct manifest *manifest, const char *kind, uint64_t number) {
    bool named = strcmp(kind, "names") == 0 && manifest->names_number == number;
    for (uint32_t i = 0; i < manifest->segment_count; i++)
        named |= strcmp(kind, "segment") == 0 && manifest->segments[i] == number;
    for (uint32_t i = 0; i < manifest->id_run_count; i++)
        named |= strcmp(kind, "ids") == 0 && manifest->id_runs[i] == number;
    return named;
}

/* Files that the manifest does not name; *logs: those of the log. */
static int count_others(int *logs) {
    static struct manifest manifest;
    int others = 0;
    *logs = 0;
    EXPECT_OK(manifest_read(&disk.io, "/sim", &manifest, NULL));
    for (uint32_t i = 0; i < disk.name_count; i++) {
        char kind[16];
        uint64_t number;
        if (disk.names[i].inode < 0 || !manifest_parse_name(disk.names[i].name, kind, &number))
            continue;
        if (strcmp(kind, "wal") == 0)
            ++*logs;
        else
            others += !is_named(&manifest, kind, number);
    }
    return others;
}

/* Goal: what failed is tried again and again without filling the disk still more.
 * Method: disks that are full a little earlier or later, so that other files find no room. */
TEST(a_disk_that_stays_full_is_not_filled_with_what_failed) {
    enum { LOGS_MAX = 8 };
    static bool acknowledged[EVENTS];
    batch = batch_create();
    for (uint64_t capacity = 2000; capacity < 20000 && test_failures == 0; capacity += 500) {
        sim_disk_init(&disk, capacity, UINT64_MAX);
        struct store *store;
        EXPECT_OK(open_store(&store, NULL));
        disk.capacity_bytes = capacity;
        for (int time = 0; time < 4; time++) {
            int logs;
            send_all(store, acknowledged);
            EXPECT_EQ(count_others(&logs), 0);
            EXPECT(logs <= LOGS_MAX);
        }
        store_close(store);
        sim_disk_free(&disk);
    }
    batch_free(batch);
}
