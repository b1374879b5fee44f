/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the id index knows every id it was given and no other, with its content, in memory, in
 * files, after merging and after taking ids back. Method: random ids against a plain array; sizes
 * from nothing to several buckets and chunks. */
#include "store/id_index.h"

#include <string.h>

#include "store/file_io.h"
#include "tests/sim_disk.h"
#include "tests/test.h"

enum { IDS_MAX = 100000 }; /* three pieces of a file */

static struct sim_disk disk;
static struct id_entry known[IDS_MAX];

static struct id_entry random_id(uint64_t *state, uint32_t content) {
    const uint64_t high = test_random(state);
    return (struct id_entry){high, (uint32_t)test_random(state), content};
}

static void expect_found(struct id_index *index, uint32_t count, enum outcome wanted) {
    for (uint32_t i = 0; i < count; i++) {
        enum outcome found;
        struct id_entry other = known[i];
        other.content++;
        id_index_prefetch(index, known[i].high);
        EXPECT_OK(id_index_find(index, &known[i], &found, NULL));
        EXPECT_EQ(found, wanted);
        EXPECT_OK(id_index_find(index, &other, &found, NULL));
        EXPECT_EQ(found, wanted == OUTCOME_DUPLICATE ? OUTCOME_CONFLICT : wanted);
        if (test_failures > 10) return;
    }
}

static void expect_strangers_unknown(struct id_index *index, uint64_t *state) {
    for (int i = 0; i < 2000; i++) {
        const struct id_entry stranger = random_id(state, 1);
        enum outcome found;
        EXPECT_OK(id_index_find(index, &stranger, &found, NULL));
        EXPECT_EQ(found, OUTCOME_PENDING);
    }
}

static void freeze_into_run(struct id_index *index, uint64_t number) {
    char path[64];
    struct id_run *run;
    (void)snprintf(path, sizeof path, "/sim/ids-%d", (int)number);
    EXPECT_OK(id_index_freeze(index, NULL));
    EXPECT_OK(id_index_write_frozen(index, &disk.io, path, NULL));
    EXPECT_OK(id_run_open(&disk.io, path, number, &run, NULL));
    EXPECT_OK(id_run_check(run, NULL));
    EXPECT_OK(id_index_reserve(index, NULL));
    struct id_set *written = id_index_install(index, run);
    id_set_clear(written); /* used again, as a store does */
    id_set_free(id_index_keep(index, written));
}

TEST(every_id_is_found_and_no_other) {
    static const uint32_t sizes[] = {1, 2, 3, 100, 5000, IDS_MAX};
    for (unsigned s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        uint64_t state = s + 1;
        struct id_index index;
        sim_disk_init(&disk, 1, UINT64_MAX);
        EXPECT_OK(id_index_init(&index, NULL));
        for (uint32_t i = 0; i < sizes[s]; i++) {
            known[i] = random_id(&state, (uint32_t)i * 7);
            if (i % 3 == 0) known[i].high = test_random(&state) % 1000; /* crowded buckets */
            EXPECT_OK(id_index_add(&index, &known[i], NULL));
            if (i == sizes[s] / 4 || i == sizes[s] / 2) freeze_into_run(&index, i + 10);
        }
        expect_found(&index, sizes[s], OUTCOME_DUPLICATE);
        expect_strangers_unknown(&index, &state);
        freeze_into_run(&index, 1);
        expect_found(&index, sizes[s], OUTCOME_DUPLICATE);

        struct id_run *merged;
        struct id_run *replaced[4];
        const uint32_t replaced_count = index.run_count;
        memcpy(replaced, index.runs, replaced_count * sizeof replaced[0]);
        const struct id_merge merge = {.runs = replaced, .run_count = replaced_count};
        EXPECT_OK(id_index_write_merged(&merge, &disk.io, "/sim/ids-2", NULL));
        EXPECT_OK(id_run_open(&disk.io, "/sim/ids-2", 2, &merged, NULL));
        EXPECT_OK(id_run_check(merged, NULL));
        EXPECT_EQ(id_run_count(merged), sizes[s]);
        id_index_replace(&index, 0, index.run_count, merged);
        for (uint32_t i = 0; i < replaced_count; i++) id_run_close(replaced[i]);
        EXPECT_EQ(index.run_count, 1);
        expect_found(&index, sizes[s], OUTCOME_DUPLICATE);
        expect_strangers_unknown(&index, &state);
        id_index_free(&index);
        sim_disk_free(&disk);
    }
}

TEST(ids_that_were_taken_back_are_unknown_and_the_others_stay) {
    uint64_t state = 5;
    struct id_index index;
    EXPECT_OK(id_index_init(&index, NULL));
    enum { COUNT = 3000 };
    for (uint32_t i = 0; i < COUNT; i++) {
        known[i] = random_id(&state, i);
        known[i].high %= 500; /* long chains of probes */
        EXPECT_OK(id_index_add(&index, &known[i], NULL));
    }
    for (uint32_t left = COUNT; left > 0; left = left < 700 ? 0 : left - 700) {
        const struct id_entry *ids = id_index_newest(&index, 100);
        EXPECT(id_equal(&ids[99], &known[left - 1]));
        EXPECT_EQ(ids[0].content, left - 100);
        for (uint32_t i = 0; i < COUNT; i++) {
            enum outcome found;
            EXPECT_OK(id_index_find(&index, &known[i], &found, NULL));
            EXPECT_EQ(found, i < left ? OUTCOME_DUPLICATE : OUTCOME_PENDING);
        }
        id_index_take_back(&index, left < 700 ? left : 700);
    }
    for (uint32_t i = 0; i < COUNT; i++) /* and may come again */
        EXPECT_OK(id_index_add(&index, &known[i], NULL));
    expect_found(&index, COUNT, OUTCOME_DUPLICATE);
    id_index_free(&index);
}
