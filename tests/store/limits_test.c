/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: what the store itself refuses is refused event by event, with its reason, and nothing else
 * is touched by it. Method: one event more than each limit allows, between events that are fine. */
#include "store/names.h"
#include "tests/sim_disk.h"
#include "tests/store/store_world.h"

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
