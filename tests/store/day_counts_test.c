/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: day counts are what a plain loop over the events gives, wherever the events lie: in the
 * tail, in runs, in segments, in merged segments, after opening again; and `pegel check` agrees.
 * Method: random events over four years around 1970 through a small store; the sum of every
 * (tenant, service, type, late, piece of a day) of a scan against a table that is filled while the
 * events are made, with pieces computed by walking from day to day. */
#include "store/check.h"
#include "tests/sim_disk.h"
#include "tests/store/store_world.h"

enum { DAYS = 1461, PIECES = 3, TENANTS = 2, SERVICES = 3, KINDS = 4, EVENTS = 30000 };
#define FIRST_DAY_MS (INT64_C(-730) * 86400000)

static const char *const tenants[TENANTS] = {"091620000000", "091620000001"};
static const char *const services[SERVICES] = {"", "permit", "passport"};
static const enum event_type kinds[KINDS] = {TYPE_PAGE_VIEWED, TYPE_CASE_RECEIVED, TYPE_FORM_SAVED,
                                             TYPE_COST_BOOKED};

/* Events by tenant, service, type, late or not, day and piece: [0, 22), [22, 23), [23, 24). */
static uint32_t wanted[TENANTS][SERVICES][KINDS][2][DAYS][PIECES];
static struct sim_disk disk;

static int64_t random_time(uint64_t *state, int *day, int *piece) {
    static const int64_t hours[PIECES][2] = {{0, 22}, {22, 23}, {23, 24}};
    *day = (int)(test_random(state) % DAYS);
    *piece = (int)(test_random(state) % PIECES);
    const int64_t begin = hours[*piece][0] * 3600000, end = hours[*piece][1] * 3600000;
    int64_t into = begin + (int64_t)(test_random(state) % (uint64_t)(end - begin));
    if (test_random(state) % 8 == 0) into = begin;
    if (test_random(state) % 8 == 0) into = end - 1;
    return FIRST_DAY_MS + *day * INT64_C(86400000) + into;
}

static void add_event(struct batch *batch, uint64_t *state, uint64_t number) {
    int day, piece;
    const int64_t time_ms = random_time(state, &day, &piece);
    const int tenant = (int)(test_random(state) % TENANTS);
    const int service = (int)(test_random(state) % SERVICES);
    const int kind = (int)(test_random(state) % KINDS);
    const bool late = test_random(state) % 10 == 0;
    struct event event = {.time_ms = time_ms, .service = world_slice(services[service])};
    event.given = 1u << FIELD_ID | 1u << FIELD_TIME | 1u << FIELD_TYPE;
    if (service > 0) event.given |= 1u << FIELD_SERVICE;
    const enum purpose purpose = type_purpose(kinds[kind]);
    const struct event_origin origin = {
        .type = kinds[kind],
        .id = world_id(number),
        .subject = purpose == PURPOSE_NONE ? 0 : world_subject(1 + test_random(state) % 500),
        .tenant = world_slice(tenants[tenant]),
        .source = world_slice("test"),
        .arrival_ms = late ? time_ms + 2 * EVENT_LATE_MS : time_ms};
    struct reject reject;
    EXPECT(batch_append(batch, &event, &origin, &reject));
    wanted[tenant][service][kind][late][day][piece]++;
}

static int index_of(const struct snapshot *snapshot, uint32_t code, const char *const *texts,
                    int count) {
    size_t size;
    const char *text = code == 0 ? "" : dictionary_text(snapshot_dictionary(snapshot), code, &size);
    for (int i = 0; i < count; i++)
        if (strcmp(texts[i], text) == 0) return i;
    test_fail(__FILE__, __LINE__, "no such text: %s", text);
    return 0;
}

/* Takes what the row says from `found`, which is empty at the end when all was said. */
static void take_row(const struct snapshot *snapshot, const struct day_block *block, uint32_t row,
                     uint32_t found[TENANTS][SERVICES][KINDS][2][DAYS][PIECES]) {
    const uint32_t *tenant = block->column[DAY_COUNT_TENANT];
    const uint32_t *service = block->column[DAY_COUNT_SERVICE];
    const uint8_t *type = block->column[DAY_COUNT_TYPE], *flags = block->column[DAY_COUNT_FLAGS];
    const int64_t into_ms = ((const int64_t *)block->column[DAY_COUNT_TIME])[row] - FIRST_DAY_MS;
    int kind = 0;
    while (kind < KINDS - 1 && kinds[kind] != type[row]) kind++;
    const int64_t hour = into_ms / 3600000;
    const int piece = hour % 24 == 0 ? 0 : hour % 24 == 22 ? 1 : 2;
    const bool whole = into_ms >= 0 && into_ms % 3600000 == 0 && hour / 24 < DAYS;
    EXPECT(whole);
    if (!whole) return;
    EXPECT(piece != 2 || hour % 24 == 23);
    EXPECT(flags[row] == 0 || flags[row] == EVENT_LATE);
    found[index_of(snapshot, tenant[row], tenants, TENANTS)]
         [index_of(snapshot, service[row], services, SERVICES)][kind][flags[row] == EVENT_LATE]
         [hour / 24][piece] -= ((const uint32_t *)block->column[DAY_COUNT_EVENTS])[row];
}

static uint64_t compare(struct snapshot *snapshot, uint32_t parts) {
    static uint32_t found[TENANTS][SERVICES][KINDS][2][DAYS][PIECES];
    memcpy(found, wanted, sizeof found);
    uint64_t rows = 0;
    for (uint32_t part = 0; part < parts; part++) {
        struct arena arena;
        arena_init(&arena, 64u << 20);
        const struct day_scan_spec spec = {
            .columns = (1u << DAY_COUNT_COLUMNS) - 1, .part = part, .part_count = parts};
        struct day_scan *scan;
        struct day_block block;
        EXPECT_OK(day_scan_open(snapshot, &spec, &arena, &scan, NULL));
        for (;;) {
            EXPECT_OK(day_scan_next(scan, &block, NULL));
            if (block.row_count == 0) break;
            for (uint32_t row = 0; row < block.row_count && test_failures < 20; row++)
                take_row(snapshot, &block, row, found);
            rows += block.row_count;
        }
        arena_free(&arena);
    }
    static const uint32_t nothing[TENANTS][SERVICES][KINDS][2][DAYS][PIECES];
    EXPECT_EQ(memcmp(found, nothing, sizeof found), 0);
    return rows;
}

static void hear(void *context, bool fault, const char *text) {
    (void)context;
    if (fault) test_fail(__FILE__, __LINE__, "%s", text);
}

static void check_store(const struct store_options *options) {
    struct check_report report = {.say = hear};
    EXPECT_OK(store_check(options->folder, options->io, &report, NULL));
    EXPECT_EQ(report.faults, 0);
    EXPECT_EQ(report.event_count, EVENTS);
}

static void one_history(uint64_t seed) {
    uint64_t state = seed;
    memset(wanted, 0, sizeof wanted);
    sim_disk_init(&disk, seed, UINT64_MAX);
    const struct store_options options = {.folder = "/sim",
                                          .io = &disk.io,
                                          .run_rows = 200 + (uint32_t)(seed % 3) * 500,
                                          .flush_rows = 1500 + (uint32_t)(seed % 2) * 6000};
    struct store *store;
    EXPECT_OK(store_open(&options, &store, NULL));
    struct batch *batch = batch_create();
    for (uint64_t n = 0; n < EVENTS;) {
        batch_clear(batch);
        const uint64_t end = n + 1 + test_random(&state) % 300;
        for (; n < end && n < EVENTS; n++) add_event(batch, &state, n);
        EXPECT_OK(store_write(store, batch, NULL));
    }
    for (int reopened = 0; reopened < 2; reopened++) {
        struct snapshot *snapshot;
        EXPECT_OK(store_snapshot(store, &snapshot, NULL));
        const uint64_t rows = compare(snapshot, 1 + (uint32_t)(seed + (uint64_t)reopened) % 3);
        EXPECT(rows > 2 * SNAPSHOT_BLOCK_ROWS_MAX && rows <= EVENTS);
        snapshot_release(snapshot);
        store_close(store);
        if (reopened == 0) check_store(&options);
        if (reopened == 0) EXPECT_OK(store_open(&options, &store, NULL));
    }
    batch_free(batch);
    sim_disk_free(&disk);
}

TEST(day_counts_are_what_a_plain_loop_over_the_events_gives) {
    for (uint64_t seed = 1; seed <= 6 && test_failures == 0; seed++) one_history(seed);
}

TEST(a_scan_for_a_tenant_leaves_out_only_what_others_have) {
    uint64_t state = 77;
    memset(wanted, 0, sizeof wanted);
    sim_disk_init(&disk, 77, UINT64_MAX);
    const struct store_options options = {.folder = "/sim", .io = &disk.io, .flush_rows = EVENTS};
    struct store *store;
    struct snapshot *snapshot;
    struct batch *batch = batch_create();
    EXPECT_OK(store_open(&options, &store, NULL));
    for (uint64_t n = 0; n < EVENTS;) {
        batch_clear(batch);
        for (int i = 0; i < 1000; i++) add_event(batch, &state, n++);
        EXPECT_OK(store_write(store, batch, NULL));
    }
    EXPECT_OK(store_flush(store, NULL));
    EXPECT_OK(store_snapshot(store, &snapshot, NULL));
    uint64_t events[TENANTS] = {0}, found = 0, rows = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof(uint32_t); i++)
        events[i / (sizeof wanted[0] / sizeof(uint32_t))] += ((const uint32_t *)wanted)[i];
    const uint32_t code =
        dictionary_find(snapshot_dictionary(snapshot), tenants[1], strlen(tenants[1]));
    struct arena arena;
    arena_init(&arena, 64u << 20);
    const struct day_scan_spec spec = {.columns = 1u << DAY_COUNT_TENANT | 1u << DAY_COUNT_EVENTS,
                                       .tenants = &code,
                                       .tenant_count = 1};
    struct day_scan *scan;
    struct day_block block;
    EXPECT_OK(day_scan_open(snapshot, &spec, &arena, &scan, NULL));
    for (;;) {
        EXPECT_OK(day_scan_next(scan, &block, NULL));
        if (block.row_count == 0) break;
        for (uint32_t row = 0; row < block.row_count; row++, rows++)
            if (((const uint32_t *)block.column[DAY_COUNT_TENANT])[row] == code)
                found += ((const uint32_t *)block.column[DAY_COUNT_EVENTS])[row];
    }
    EXPECT_EQ(found, events[1]);
    EXPECT(rows < 20000); /* of nearly 30,000 in all: blocks were left out */
    arena_free(&arena);
    snapshot_release(snapshot);
    store_close(store);
    batch_free(batch);
    sim_disk_free(&disk);
}

enum { MANY = 300000 };

/* Several threads share the blocks of one large part: each event comes to one of them. */
TEST(each_event_comes_once_however_many_share_a_scan) {
    static uint8_t seen[MANY];
    sim_disk_init(&disk, 5, UINT64_MAX);
    const struct store_options options = {.folder = "/sim", .io = &disk.io, .flush_rows = MANY};
    struct store *store;
    struct snapshot *snapshot;
    struct batch *batch = batch_create();
    EXPECT_OK(store_open(&options, &store, NULL));
    for (uint64_t n = 0; n < MANY; n++) {
        world_add(batch, n);
        if (n % 10000 != 9999) continue;
        EXPECT_OK(store_write(store, batch, NULL));
        batch_clear(batch);
    }
    EXPECT_OK(store_flush(store, NULL));
    EXPECT_OK(store_snapshot(store, &snapshot, NULL));
    for (uint32_t parts = 1; parts <= 3; parts++) {
        uint64_t rows[3] = {0};
        memset(seen, 0, sizeof seen);
        for (uint32_t part = 0; part < parts; part++) {
            struct arena arena;
            arena_init(&arena, 64u << 20);
            const struct event_scan_spec spec = {
                .columns = COLUMN_BIT(COLUMN_VALUE), .part = part, .part_count = parts};
            struct event_scan *scan;
            struct event_block block;
            EXPECT_OK(event_scan_open(snapshot, &spec, &arena, &scan, NULL));
            for (;;) {
                EXPECT_OK(event_scan_next(scan, &block, NULL));
                if (block.row_count == 0) break;
                for (uint32_t row = 0; row < block.row_count; row++)
                    seen[(uint32_t)((const double *)block.column[COLUMN_VALUE])[row]]++;
                rows[part] += block.row_count;
            }
            arena_free(&arena);
            EXPECT(rows[part] > MANY / parts / 3); /* nobody is left without work */
        }
        for (uint32_t n = 0; n < MANY && test_failures < 5; n++) EXPECT_EQ(seen[n], 1);
    }
    snapshot_release(snapshot);
    store_close(store);
    batch_free(batch);
    sim_disk_free(&disk);
}
