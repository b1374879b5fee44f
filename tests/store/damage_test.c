/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a damaged byte in any file of the store is noticed, or does not matter; it never crashes
 * and never gives another answer. Method: a small store on a simulated disk; every file, byte after
 * byte, one bit changed; then open and read everything. */
#include "store/check.h"
#include "tests/sim_disk.h"
#include "tests/store/store_world.h"

enum { EVENTS = 240 };

static struct sim_disk disk;

static enum status open_store(struct store **store, struct error *err) {
    const struct store_options options = {
        .folder = "/sim", .io = &disk.io, .run_rows = 50, .flush_rows = 100};
    return store_open(&options, store, err);
}

static void add_events(struct store *store, uint64_t from, uint64_t to) {
    struct batch *batch = batch_create();
    for (uint64_t n = from; n < to; n += 20) {
        batch_clear(batch);
        for (uint64_t i = n; i < n + 20 && i < to; i++) world_add(batch, i);
        EXPECT_OK(store_write(store, batch, NULL));
    }
    batch_free(batch);
}

/* Opens and reads everything: CORRUPT is a good answer, another count
 * or a row that is not as it was sent is not. */
static bool noticed_or_harmless(uint64_t *good) {
    static uint32_t seen[EVENTS];
    struct store *store;
    enum status status = open_store(&store, NULL);
    if (status != STATUS_OK) return status == STATUS_CORRUPT;
    const uint64_t rows = world_read(store, seen, EVENTS, &status);
    *good += status == STATUS_OK;
    bool fine = status == STATUS_CORRUPT || status == STATUS_OK;
    for (int n = 0; n < EVENTS && status == STATUS_OK; n++) fine &= seen[n] == 1;
    fine &= status != STATUS_OK || rows == EVENTS;
    disk.capacity_bytes = 0; /* closing must not write */
    store_close(store);
    sim_disk_kill(&disk);
    return fine;
}

static void damage_file(const char *name) {
    uint64_t size = 0, good = 0;
    uint8_t *bytes = sim_disk_file(&disk, name, &size);
    EXPECT(bytes != NULL && size > 0);
    const uint64_t step = size < 4000 ? 1 : size / 4000;
    for (uint64_t at = 0; at < size && test_failures < 10; at += step) {
        bytes[at] ^= (uint8_t)(1u << (at % 8));
        if (!noticed_or_harmless(&good))
            test_fail(__FILE__, __LINE__, "%s: byte %d of %d", name, (int)at, (int)size);
        bytes[at] ^= (uint8_t)(1u << (at % 8));
    }
}

TEST(every_damaged_byte_of_every_file_is_noticed_or_harmless) {
    sim_disk_init(&disk, 3, UINT64_MAX);
    struct store *store;
    EXPECT_OK(open_store(&store, NULL));
    add_events(store, 0, EVENTS);
    store_close(store);
    char names[64][SIM_NAME_BYTES];
    uint32_t count = 0;
    for (uint32_t i = 0; i < disk.name_count; i++) {
        if (disk.names[i].inode >= 0 && strcmp(disk.names[i].name, "LOCK") != 0 &&
            strncmp(disk.names[i].name, "wal", 3) != 0)
            strcpy(names[count++], disk.names[i].name);
    }
    EXPECT(count >= 4); /* manifest, names, ids, segments */
    for (uint32_t i = 0; i < count; i++) damage_file(names[i]);
    sim_disk_free(&disk);
}

static void count_faults(void *context, bool fault, const char *text) {
    (void)text;
    *(int *)context += fault;
}

/* Goal: a folder that lacks one of its files is not taken for a smaller store, or a new one. */
TEST(every_missing_file_is_noticed_and_the_others_stay) {
    sim_disk_init(&disk, 4, UINT64_MAX);
    struct store *store;
    EXPECT_OK(open_store(&store, NULL));
    add_events(store, 0, EVENTS);
    store_close(store);
    const uint32_t names = disk.name_count;
    struct check_report report = {.say = count_faults};
    uint64_t good = 0;
    int missing = 0;
    for (uint32_t i = 0; i < disk.name_count; i++) {
        const int inode = disk.names[i].inode;
        if (inode < 0 || strcmp(disk.names[i].name, "LOCK") == 0) continue;
        disk.names[i].inode = -1;
        struct error err = {""};
        EXPECT_EQ(open_store(&store, &err), STATUS_CORRUPT);
        EXPECT(err.text[0] != '\0');
        EXPECT_EQ(store_check("/sim", &disk.io, &report, NULL), STATUS_CORRUPT);
        disk.names[i].inode = inode;
        EXPECT(noticed_or_harmless(&good));
        missing++;
    }
    EXPECT_EQ(disk.name_count, names);
    EXPECT(missing >= 5); /* manifest, names, ids, segments, log */
    EXPECT_EQ(good, missing);
    sim_disk_free(&disk);
}

TEST(check_finds_nothing_in_a_sound_store_and_the_damage_in_another) {
    sim_disk_init(&disk, 5, UINT64_MAX);
    struct store *store;
    EXPECT_OK(open_store(&store, NULL));
    add_events(store, 0, EVENTS);
    store_close(store);
    int faults = 0;
    struct check_report report = {.say = count_faults, .context = &faults};
    EXPECT_OK(store_check("/sim", &disk.io, &report, NULL));
    EXPECT_EQ(faults, 0);
    EXPECT_EQ(report.event_count, EVENTS);
    EXPECT(report.journey_count > 0);
    for (uint32_t i = 0; i < disk.name_count; i++) {
        if (disk.names[i].inode < 0 || strncmp(disk.names[i].name, "segment", 7) != 0) continue;
        disk.inodes[disk.names[i].inode].bytes[10] ^= 4;
    }
    EXPECT_OK(store_check("/sim", &disk.io, &report, NULL));
    EXPECT(faults > 0);
    EXPECT_EQ(report.faults, faults);
    sim_disk_free(&disk);
}

TEST(a_folder_without_a_store_is_not_made_one_by_a_look) {
    sim_disk_init(&disk, 6, UINT64_MAX);
    struct check_report report = {.say = count_faults};
    const struct store_options options = {.folder = "/sim", .io = &disk.io, .must_exist = true};
    struct store *store;
    EXPECT_EQ(store_check("/sim", &disk.io, &report, NULL), STATUS_NOT_FOUND);
    EXPECT_EQ(store_open(&options, &store, NULL), STATUS_NOT_FOUND);
    EXPECT_EQ(disk.name_count, 0);
    sim_disk_free(&disk);
}
