/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a presence scan tells of every journey in which intervals it has events: of each once, and
 * of no other. Method: numbered events of many subjects, whose times follow from their numbers,
 * sent so that parts share subjects or do not; random edges; every row against the numbers. */
#include "tests/sim_disk.h"
#include "tests/store/store_world.h"

enum { SUBJECTS = 15000, EACH = 5, EVENTS = SUBJECTS * EACH, EDGES_MAX = 600 };

static struct sim_disk disk;
static int64_t edges[EDGES_MAX];
static uint32_t edge_count;
static uint8_t seen[EVENTS]; /* rows told of the interval that event n is the first of */

/* Events of a moment or two, hours and a day apart: in few intervals, and in many. */
static void random_edges(uint64_t *state, uint32_t count) {
    edge_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        int64_t edge = world_time(test_random(state) % EVENTS);
        if (test_random(state) % 2 == 0) edge += (int64_t)(test_random(state) % 1000);
        if (test_random(state) % 20 == 0) edge += INT64_C(40) * 86400000; /* after all */
        uint32_t at = edge_count;
        while (at > 0 && edges[at - 1] >= edge) at--;
        if (at < edge_count && edges[at] == edge) continue;
        memmove(edges + at + 1, edges + at, (edge_count - at) * sizeof *edges);
        edges[at] = edge;
        edge_count++;
    }
}

static uint32_t interval_of(int64_t time) {
    uint32_t interval = 0;
    while (interval < edge_count && edges[interval] <= time) interval++;
    return interval;
}

static bool belongs(uint64_t n, enum purpose purpose) {
    return (n % 3 == 0) == (purpose == PURPOSE_ATTEMPT);
}

/* The first event, by number, of the subject in that interval; EVENTS: none. */
static uint64_t first_in(enum purpose purpose, uint64_t subject, uint32_t interval) {
    for (uint64_t n = (subject - 1) * EACH; n < subject * EACH; n++)
        if (belongs(n, purpose) && interval_of(world_time(n)) == interval) return n;
    return EVENTS;
}

static void take_row(enum purpose purpose, const struct journey_block *block, uint32_t row) {
    const uint64_t subject =
        world_subject_number(((const uint64_t *)block->column[JOURNEY_SUBJECT])[row]);
    const int64_t time = ((const int64_t *)block->column[JOURNEY_FIRST])[row];
    EXPECT(subject >= 1 && subject <= SUBJECTS);
    if (subject < 1 || subject > SUBJECTS) return;
    const uint64_t event = first_in(purpose, subject, interval_of(time));
    EXPECT(event < EVENTS);
    if (event < EVENTS) seen[event]++;
    int64_t last = INT64_MIN;
    bool is_event = false;
    uint32_t count = 0;
    for (uint64_t n = (subject - 1) * EACH; n < subject * EACH; n++) {
        if (!belongs(n, purpose)) continue;
        count++;
        is_event |= world_time(n) == time;
        if (world_time(n) > last) last = world_time(n);
    }
    EXPECT(is_event);
    EXPECT_EQ(((const int64_t *)block->column[JOURNEY_LAST])[row], last);
    EXPECT_EQ(((const uint32_t *)block->column[JOURNEY_EVENTS])[row], count);
}

/* Scans that share pieces: the first takes all of them. */
static void compare(struct snapshot *snapshot, enum purpose purpose, uint32_t parts,
                    uint32_t tenant) {
    _Atomic uint32_t next_piece = 0;
    memset(seen, 0, sizeof seen);
    for (uint32_t part = 0; part < parts && test_failures < 5; part++) {
        struct arena arena;
        arena_init(&arena, 256u << 20);
        const struct presence_scan_spec spec = {
            .journeys = {.purpose = purpose,
                         .columns =
                             1u << JOURNEY_SUBJECT | 1u << JOURNEY_LAST | 1u << JOURNEY_EVENTS,
                         .tenants = &tenant,
                         .tenant_count = tenant == 0 ? 0 : 1,
                         .part = part,
                         .part_count = parts,
                         .next_piece = tenant == 0 ? &next_piece : NULL},
            .edges = edges,
            .edge_count = edge_count};
        struct presence_scan *scan;
        struct journey_block block;
        EXPECT_OK(presence_scan_open(snapshot, &spec, &arena, &scan, NULL));
        for (;;) {
            EXPECT_OK(presence_scan_next(scan, &block, NULL));
            if (block.row_count == 0 || test_failures >= 5) break;
            EXPECT(block.row_count <= SNAPSHOT_BLOCK_ROWS_MAX);
            for (uint32_t row = 0; row < block.row_count && test_failures < 5; row++)
                take_row(purpose, &block, row);
        }
        arena_free(&arena);
    }
    const uint32_t first_tenant =
        dictionary_find(snapshot_dictionary(snapshot), "091620000000", 12);
    for (uint64_t n = 0; n < EVENTS && test_failures < 5; n++) {
        const uint64_t subject = 1 + n / EACH;
        const bool asked = tenant == 0 || (n / EACH % 3 == 0) == (tenant == first_tenant);
        const bool first =
            belongs(n, purpose) && first_in(purpose, subject, interval_of(world_time(n))) == n;
        EXPECT_EQ(seen[n], asked && first);
    }
}

/* in_rounds: one event of each subject, then the next: parts share subjects. */
static void write_events(struct store *store, bool in_rounds) {
    struct batch *batch = batch_create();
    for (uint64_t i = 0; i < EVENTS; i++) {
        world_add(batch, in_rounds ? i % SUBJECTS * EACH + i / SUBJECTS : i);
        if (i % 2500 != 2499) continue;
        EXPECT_OK(store_write(store, batch, NULL));
        batch_clear(batch);
    }
    batch_free(batch);
}

static void one_history(uint64_t seed) {
    uint64_t state = seed;
    sim_disk_init(&disk, seed, UINT64_MAX);
    const struct store_options options = {.folder = "/sim",
                                          .io = &disk.io,
                                          .run_rows = 7000,
                                          .flush_rows = seed % 2 == 0 ? 20000 : EVENTS};
    struct store *store;
    EXPECT_OK(store_open(&options, &store, NULL));
    write_events(store, seed % 4 < 2);
    if (seed % 3 > 0) EXPECT_OK(store_flush(store, NULL)); /* else some are in memory */
    struct snapshot *snapshot;
    EXPECT_OK(store_snapshot(store, &snapshot, NULL));
    const struct dictionary *names = snapshot_dictionary(snapshot);
    const uint32_t tenants[] = {0, dictionary_find(names, "091620000000", 12),
                                dictionary_find(names, "091620000001", 12)};
    static const uint32_t counts[] = {0, 1, 3, 25, EDGES_MAX};
    for (uint32_t i = 0; i < 5 && test_failures == 0; i++) {
        random_edges(&state, counts[i]);
        compare(snapshot, i % 2 == 0 ? PURPOSE_CASE : PURPOSE_ATTEMPT, 1 + i % 3,
                tenants[(i + seed) % 3]);
        compare(snapshot, PURPOSE_CASE, 1 + (i + 1) % 3, 0);
    }
    snapshot_release(snapshot);
    store_close(store);
    sim_disk_free(&disk);
}

TEST(each_journey_comes_once_for_every_interval_in_which_it_has_events) {
    for (uint64_t seed = 1; seed <= 12 && test_failures == 0; seed++) one_history(seed);
}
