/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: what the store itself refuses is refused event by event, with its reason, and nothing else
 * is touched by it. Method: one event more than each limit allows, between events that are fine. */
#include "store/names.h"
#include "store/wal_replay.h"
#include "tests/sim_disk.h"
#include "tests/store/store_world.h"

enum { LONG_NAME_BYTES = 240 };

static struct sim_disk disk;

/* A form step of a service in an office; n makes id and subject. */
static void add_step(struct batch *batch, uint64_t n, const char *service, const char *step,
                     const char *office) {
    struct event event = {.time_ms = world_time(n)};
    event.given = 1u << FIELD_ID | 1u << FIELD_TIME | 1u << FIELD_TYPE | 1u << FIELD_SERVICE |
                  1u << FIELD_STEP | 1u << FIELD_OFFICE;
    event.service = world_slice(service);
    event.step = world_slice(step);
    event.office = world_slice(office);
    const struct event_origin origin = {.type = TYPE_FORM_STEP,
                                        .id = world_id(n),
                                        .subject = world_subject(n + 1),
                                        .tenant = world_slice("091620000000"),
                                        .source = world_slice("test"),
                                        .arrival_ms = world_time(n)};
    struct reject reject;
    EXPECT(batch_append(batch, &event, &origin, &reject));
}

static struct store *open_store(void) {
    struct store *store = NULL;
    sim_disk_init(&disk, 1, UINT64_MAX);
    const struct store_options options = {.folder = "/sim", .io = &disk.io};
    EXPECT_OK(store_open(&options, &store, NULL));
    return store;
}

static uint64_t stored(struct store *store, uint64_t *conflicts) {
    struct snapshot *snapshot;
    struct snapshot_stats stats;
    EXPECT_OK(store_snapshot(store, &snapshot, NULL));
    snapshot_stats(snapshot, &stats);
    snapshot_release(snapshot);
    *conflicts = stats.conflict_count;
    return stats.event_count;
}

TEST(one_form_step_too_many_is_refused_and_the_known_ones_go_on) {
    struct store *store = open_store();
    struct batch *batch = batch_create();
    char step[32];
    for (uint64_t n = 0; n < JOURNEY_STEPS_MAX + 1; n++) {
        (void)snprintf(step, sizeof step, "page-%d", (int)n);
        add_step(batch, n, "permit", step, "town-hall");
    }
    add_step(batch, 1000, "permit", "page-3", "town-hall");    /* known */
    add_step(batch, 1001, "dog-tax", "page-999", "town-hall"); /* another service has room */
    EXPECT_OK(store_write(store, batch, NULL));
    for (uint32_t row = 0; row < batch->row_count; row++) {
        const bool refused = row == JOURNEY_STEPS_MAX;
        EXPECT_EQ(batch->outcome[row], refused ? OUTCOME_REJECTED : OUTCOME_ACCEPTED);
        EXPECT_EQ(batch->refusal[row], refused ? REJECT_TOO_MANY_STEPS : REJECT_NONE);
    }
    uint64_t conflicts;
    EXPECT_EQ(stored(store, &conflicts), JOURNEY_STEPS_MAX + 2);
    store_close(store);
    sim_disk_free(&disk);
    batch_free(batch);
}

TEST(one_value_of_a_dimension_too_many_is_refused_and_the_known_ones_go_on) {
    struct store *store = open_store();
    struct batch *batch = batch_create();
    char office[32];
    uint64_t accepted = 0;
    const uint64_t most = NAMES_COLUMN_VALUES_MAX;
    for (uint64_t n = 0; n < most + 3;) {
        batch_clear(batch);
        const uint64_t first = n;
        for (; n < most + 3 && batch->row_count < 20000; n++) {
            (void)snprintf(office, sizeof office, "office-%d", (int)n);
            add_step(batch, n, "permit", "page", office);
        }
        EXPECT_OK(store_write(store, batch, NULL));
        for (uint32_t row = 0; row < batch->row_count; row++) {
            const bool refused = first + row >= most;
            EXPECT_EQ(batch->outcome[row], refused ? OUTCOME_REJECTED : OUTCOME_ACCEPTED);
            if (refused) EXPECT_EQ(batch->refusal[row], REJECT_TOO_MANY_VALUES);
            accepted += !refused;
        }
    }
    EXPECT_EQ(accepted, most);
    batch_clear(batch);
    add_step(batch, most + 10, "permit", "page", "office-7"); /* known */
    EXPECT_OK(store_write(store, batch, NULL));
    EXPECT_EQ(batch->outcome[0], OUTCOME_ACCEPTED);
    uint64_t conflicts;
    EXPECT_EQ(stored(store, &conflicts), most + 1);
    store_close(store);
    sim_disk_free(&disk);
    batch_free(batch);
}

/* An event with a long name of its own in each of several dimensions. */
static void add_names(struct batch *batch, uint64_t n, uint32_t dimensions) {
    char text[EXTRA_DIMENSIONS_MAX][LONG_NAME_BYTES + 1];
    struct event event = {.time_ms = world_time(n)};
    event.given = 1u << FIELD_ID | 1u << FIELD_TIME | 1u << FIELD_TYPE;
    for (uint32_t i = 0; i < dimensions; i++) {
        memset(text[i], 'a' + (int)i, LONG_NAME_BYTES);
        for (uint64_t at = 0, left = n; at < 6; at++, left /= 8)
            text[i][2 * at] = (char)('a' + left % 8); /* letters: digits may look personal */
        event.dimension[i] = (struct slice){text[i], LONG_NAME_BYTES};
        event.given_extras |= 1u << i;
    }
    const struct event_origin origin = {.type = TYPE_CASE_RECEIVED,
                                        .id = world_id(n),
                                        .subject = world_subject(n + 1),
                                        .tenant = world_slice("091620000000"),
                                        .source = world_slice("test"),
                                        .arrival_ms = world_time(n)};
    struct reject reject = {0};
    if (!batch_append(batch, &event, &origin, &reject))
        test_fail(__FILE__, __LINE__, "%s", reject.detail);
}

/* Goal: new names that no record of the log has room for stop neither their events nor others. */
TEST(more_new_names_than_a_record_holds_are_logged_all_the_same) {
    enum { NAMED = 60000, DIMENSIONS = 5 };
    struct store *store = open_store();
    struct batch *batch = batch_create();
    CHECK((uint64_t)NAMED * DIMENSIONS * LONG_NAME_BYTES > WAL_PAYLOAD_BYTES_MAX);
    for (uint64_t n = 0; n < NAMED; n++) add_names(batch, n, DIMENSIONS);
    EXPECT_OK(store_write(store, batch, NULL));
    batch_clear(batch);
    add_step(batch, NAMED, "permit", "page", "town-hall");
    EXPECT_OK(store_write(store, batch, NULL));
    disk.capacity_bytes = 0; /* closing must not write: the log has it all */
    store_close(store);
    sim_disk_power_loss(&disk);
    const struct store_options options = {.folder = "/sim", .io = &disk.io};
    EXPECT_OK(store_open(&options, &store, NULL));
    uint64_t conflicts;
    EXPECT_EQ(stored(store, &conflicts), NAMED + 1);
    store_close(store);
    sim_disk_free(&disk);
    batch_free(batch);
}

TEST(an_id_that_comes_with_other_content_is_a_conflict_and_the_first_one_stays) {
    struct store *store = open_store();
    struct batch *batch = batch_create();
    uint64_t conflicts;
    for (int reopened = 0; reopened < 2; reopened++) {
        batch_clear(batch);
        add_step(batch, 1, "permit", "page-1", "town-hall");
        add_step(batch, 1, "permit", "page-1", "town-hall");
        add_step(batch, 1, "permit", "page-2", "town-hall");
        EXPECT_OK(store_write(store, batch, NULL));
        EXPECT_EQ(batch->outcome[0], reopened ? OUTCOME_DUPLICATE : OUTCOME_ACCEPTED);
        EXPECT_EQ(batch->outcome[1], OUTCOME_DUPLICATE);
        EXPECT_EQ(batch->outcome[2], OUTCOME_CONFLICT);
        EXPECT_EQ(stored(store, &conflicts), 1);
        EXPECT_EQ(conflicts, 1);
        store_close(store);
        const struct store_options options = {.folder = "/sim", .io = &disk.io};
        EXPECT_OK(store_open(&options, &store, NULL));
    }
    store_close(store);
    sim_disk_free(&disk);
    batch_free(batch);
}
