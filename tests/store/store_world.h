/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_STORE_STORE_WORLD_H
#define TESTS_STORE_STORE_WORLD_H

#include <stdlib.h>

#include "base/arena.h"
#include "event/batch.h"
#include "store/store.h"
#include "tests/test.h"

/* store_world: numbered events for the tests of the store. Event n has the value n, an id of its
 * own and a time and type that follow from n, so that what comes back can be told. */

static inline struct event_id world_id(uint64_t n) {
    uint64_t state = n;
    const uint64_t high = test_random(&state);
    return (struct event_id){high, test_random(&state)};
}

/* Subjects lie all over the 64 bits, as pseudonyms do; world_subject_number is the inverse. */
static inline uint64_t world_subject(uint64_t number) {
    return number * UINT64_C(0x9E3779B97F4A7C15);
}
static inline uint64_t world_subject_number(uint64_t subject) {
    return subject * UINT64_C(0xF1DE83E19937733D);
}

static inline struct slice world_slice(const char *text) {
    return (struct slice){text, (uint32_t)strlen(text)};
}

static inline int64_t world_time(uint64_t n) {
    return INT64_C(1700000000000) + (int64_t)(n * 7919 % 100000) * 1000;
}

static inline void world_add(struct batch *batch, uint64_t n) {
    struct event event = {0};
    event.given = 1u << FIELD_ID | 1u << FIELD_TIME | 1u << FIELD_TYPE | 1u << FIELD_SERVICE |
                  1u << FIELD_VALUE | 1u << FIELD_STEP;
    char step[32], service[32];
    (void)snprintf(step, sizeof step, "step-%d", (int)(n % 7));
    (void)snprintf(service, sizeof service, "service-%d", (int)(n / 50 % 3));
    event.service = world_slice(service);
    event.step = world_slice(step);
    event.time_ms = world_time(n);
    event.value = (double)n;
    const struct event_origin origin = {
        .type = n % 3 == 0 ? TYPE_FORM_STEP : TYPE_CASE_RECEIVED,
        .id = world_id(n),
        .subject = world_subject(1 + n / 5),
        .tenant = world_slice(n / 5 % 3 == 0 ? "091620000000" : "091620000001"),
        .source = world_slice("test"),
        .arrival_ms = INT64_C(1700000000000),
        .position = (uint32_t)n,
    };
    struct reject reject;
    EXPECT(batch_append(batch, &event, &origin, &reject));
}

/* Counts in seen[n] how often event n is in the store. Answers how many rows there are. */
static inline uint64_t world_read(struct store *store, uint32_t *seen, uint64_t limit,
                                  enum status *status) {
    struct snapshot *snapshot;
    uint64_t rows = 0;
    memset(seen, 0, limit * sizeof *seen);
    *status = store_snapshot(store, &snapshot, NULL);
    if (*status != STATUS_OK) return 0;
    struct arena arena;
    arena_init(&arena, 64u << 20);
    struct event_scan *scan;
    const struct event_scan_spec spec = {.columns = COLUMN_BIT(COLUMN_VALUE)};
    struct event_block block;
    *status = event_scan_open(snapshot, &spec, &arena, &scan, NULL);
    while (*status == STATUS_OK) {
        *status = event_scan_next(scan, &block, NULL);
        if (*status != STATUS_OK || block.row_count == 0) break;
        const double *value = block.column[COLUMN_VALUE];
        for (uint32_t i = 0; i < block.row_count; i++, rows++) {
            EXPECT(value[i] >= 0 && value[i] < (double)limit);
            if (value[i] >= 0 && value[i] < (double)limit) seen[(uint64_t)value[i]]++;
        }
    }
    arena_free(&arena);
    snapshot_release(snapshot);
    return rows;
}

#endif
