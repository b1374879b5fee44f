/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a journey scan that tells events tells all of a journey, in order of (time, arrival),
 * however its events are spread over parts. Method: numbered events at random moments, many of them
 * the same, sent in the order of their numbers in parts that share subjects or do not; of journeys
 * the numbers told against those of a plain loop, now and looking back. */
#include "tests/sim_disk.h"
#include "tests/store/store_world.h"

enum { SUBJECTS = 4000, EVENTS = 40000, LONG_SUBJECT = 7, TOLD_MAX = 4000 };
#define BASE_MS INT64_C(1700000000000)

static struct sim_disk disk;
static struct {
    int64_t time_ms;
    uint32_t subject; /* 1.. */
    bool attempt;
} history[EVENTS];
static bool seen[SUBJECTS + 1];
static int64_t as_of_ms; /* what the snapshot tells is what was known then */

static void make_history(uint64_t *state, bool in_rounds) {
    for (uint32_t n = 0; n < EVENTS; n++) {
        const uint64_t roll = test_random(state);
        const uint32_t turn = in_rounds ? n % SUBJECTS : n / (EVENTS / SUBJECTS);
        history[n].subject = roll % 10 == 0 ? LONG_SUBJECT : 1 + turn;
        history[n].time_ms = BASE_MS + (int64_t)(roll / 16 % 40) * 1000;
        history[n].attempt = roll % 3 == 0;
    }
}

static void add(struct batch *batch, uint32_t n) {
    struct event event = {0};
    event.given = 1u << FIELD_ID | 1u << FIELD_TIME | 1u << FIELD_TYPE | 1u << FIELD_SERVICE |
                  1u << FIELD_VALUE | 1u << FIELD_STEP;
    char step[32];
    (void)snprintf(step, sizeof step, "step-%u", (unsigned)(n % 7));
    event.service = world_slice("permit");
    event.step = world_slice(step);
    event.time_ms = history[n].time_ms;
    event.value = n;
    const struct event_origin origin = {
        .type = history[n].attempt ? TYPE_FORM_STEP : TYPE_CASE_ACTIVITY,
        .id = world_id(n),
        .subject = world_subject(history[n].subject),
        .tenant = world_slice(history[n].subject % 3 == 0 ? "091620000000" : "091620000001"),
        .source = world_slice("test"),
        .arrival_ms = BASE_MS,
        .position = n};
    struct reject reject;
    EXPECT(batch_append(batch, &event, &origin, &reject));
}

static void write_history(struct store *store, uint32_t batch_rows) {
    struct batch *batch = batch_create();
    for (uint32_t n = 0; n < EVENTS; n++) {
        add(batch, n);
        if ((n + 1) % batch_rows != 0 && n + 1 < EVENTS) continue;
        EXPECT_OK(store_write(store, batch, NULL));
        batch_clear(batch);
    }
    batch_free(batch);
}

/* The numbers of the subject's events of a purpose, in order of (time, number). */
static uint32_t plain(uint32_t subject, bool attempt, uint32_t *out) {
    uint32_t count = 0;
    for (int64_t second = 0; second < 40; second++)
        for (uint32_t n = 0; n < EVENTS; n++)
            if (history[n].subject == subject && history[n].attempt == attempt &&
                history[n].time_ms == BASE_MS + second * 1000 && history[n].time_ms <= as_of_ms &&
                count < TOLD_MAX)
                out[count++] = n;
    return count;
}

static bool is_chosen(const void *context, int64_t first_ms, int64_t last_ms) {
    (void)context;
    return (first_ms / 1000 + last_ms / 1000) % 2 == 0;
}

static void check_row(const struct journey_block *block, uint32_t row, bool attempt, bool chosen) {
    static uint32_t expected[TOLD_MAX];
    const struct trails *trails = block->trails;
    const uint32_t subject =
        (uint32_t)world_subject_number(((const uint64_t *)block->column[JOURNEY_SUBJECT])[row]);
    EXPECT(subject >= 1 && subject <= SUBJECTS);
    if (subject < 1 || subject > SUBJECTS) return;
    EXPECT(!seen[subject]);
    seen[subject] = true;
    const int64_t first = ((const int64_t *)block->column[JOURNEY_FIRST])[row];
    const int64_t last = ((const int64_t *)block->column[JOURNEY_LAST])[row];
    const uint32_t told = trails == NULL ? 0 : trails->count[row];
    if (chosen && !is_chosen(NULL, first, last)) {
        EXPECT_EQ(told, 0);
        return;
    }
    if (subject % 16 != 7) { /* the loop is slow: of most only how many there are */
        EXPECT_EQ(told, ((const uint32_t *)block->column[JOURNEY_EVENTS])[row]);
        return;
    }
    EXPECT_EQ(told, plain(subject, attempt, expected));
    for (uint32_t i = 0; i < told; i++) {
        const uint32_t at = trails->begin[row] + i;
        const uint32_t n = (uint32_t)((const double *)trails->column[COLUMN_VALUE])[at];
        EXPECT_EQ(n, expected[i]);
        EXPECT_EQ(((const int64_t *)trails->column[COLUMN_TIME])[at], history[n].time_ms);
        EXPECT_EQ(((const uint8_t *)trails->column[COLUMN_TYPE])[at],
                  attempt ? TYPE_FORM_STEP : TYPE_CASE_ACTIVITY);
        if (test_failures > 0) return;
    }
}

static void check_part(struct snapshot *snapshot, bool attempt, bool chosen, uint32_t part,
                       uint32_t part_count, _Atomic uint32_t *next_piece) {
    struct arena arena;
    arena_init(&arena, 256u << 20);
    const struct journey_scan_spec spec = {.purpose = attempt ? PURPOSE_ATTEMPT : PURPOSE_CASE,
                                           .columns = 1u << JOURNEY_SUBJECT | 1u << JOURNEY_FIRST |
                                                      1u << JOURNEY_LAST | 1u << JOURNEY_EVENTS,
                                           .part = part,
                                           .part_count = part_count,
                                           .next_piece = next_piece,
                                           .tell_columns = COLUMN_BIT(COLUMN_TIME) |
                                                           COLUMN_BIT(COLUMN_TYPE) |
                                                           COLUMN_BIT(COLUMN_VALUE),
                                           .tell = chosen ? is_chosen : NULL};
    struct journey_scan *scan;
    struct journey_block block;
    EXPECT_OK(journey_scan_open(snapshot, &spec, &arena, &scan, NULL));
    do {
        EXPECT_OK(journey_scan_next(scan, &block, NULL));
        for (uint32_t row = 0; row < block.row_count && test_failures == 0; row++)
            check_row(&block, row, attempt, chosen);
    } while (block.row_count > 0 && test_failures == 0);
    arena_free(&arena);
}

static void check_all(struct snapshot *snapshot, bool attempt, bool chosen, uint32_t parts) {
    _Atomic uint32_t next_piece = 0; /* the first scan takes all pieces, where they share any */
    memset(seen, 0, sizeof seen);
    for (uint32_t part = 0; part < parts; part++)
        check_part(snapshot, attempt, chosen, part, parts, attempt ? &next_piece : NULL);
    for (uint32_t subject = 1; subject <= SUBJECTS && test_failures == 0; subject += 16) {
        bool is_there = false;
        for (uint32_t n = 0; n < EVENTS && !is_there; n++)
            is_there = history[n].subject == subject && history[n].attempt == attempt &&
                       history[n].time_ms <= as_of_ms;
        EXPECT_EQ(seen[subject], is_there);
    }
}

static void one_history(uint64_t seed) {
    uint64_t state = seed;
    make_history(&state, seed % 3 != 0);
    sim_disk_init(&disk, seed, UINT64_MAX);
    const struct store_options options = {.folder = "/sim",
                                          .io = &disk.io,
                                          .run_rows = 3000,
                                          .flush_rows = seed % 2 == 0 ? 9000 : EVENTS};
    struct store *store;
    EXPECT_OK(store_open(&options, &store, NULL));
    write_history(store, seed % 4 == 0 ? EVENTS : 1700);
    if (seed % 4 == 1) EXPECT_OK(store_flush(store, NULL)); /* else some are in memory */
    struct snapshot *snapshot;
    EXPECT_OK(store_snapshot(store, &snapshot, NULL));
    as_of_ms = INT64_MAX;
    check_all(snapshot, false, false, 1 + (uint32_t)(seed % 3));
    check_all(snapshot, true, seed % 2 == 0, 1 + (uint32_t)(seed / 2 % 3));
    as_of_ms = BASE_MS + (int64_t)(seed * 7 % 40) * 1000;
    snapshot_look_back(snapshot, as_of_ms);
    check_all(snapshot, true, false, 1 + (uint32_t)(seed % 3));
    check_all(snapshot, false, seed % 2 == 1, 1 + (uint32_t)(seed / 2 % 3));
    snapshot_release(snapshot);
    store_close(store);
    sim_disk_free(&disk);
}

TEST(each_journey_is_told_with_all_its_events_in_order) {
    for (uint64_t seed = 1; seed <= 6 && test_failures == 0; seed++) one_history(seed);
}
