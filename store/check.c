/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "store/day_counts.h"
#include "store/journey_fold.h"
#include "store/store_internal.h"

static void say(struct check_report *report, bool fault, const char *format, ...) PRINTF_LIKE(3, 4);
static void say(struct check_report *report, bool fault, const char *format, ...) {
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    report->faults += fault;
    report->say(report->context, fault, text);
}

/* Walks a part's journeys of each purpose beside its events. */
struct walk {
    struct part *part;
    const struct names *names;
    struct part_buffer events, journeys[FRAME_COUNT];
    const void *columns[COLUMN_COUNT];
    const void *journey_columns[FRAME_COUNT][FRAME_COLUMNS_MAX];
    uint64_t next_journey[FRAME_COUNT]; /* row */
    struct journey_fold fold;
    struct row_key key;
    int64_t time;
    bool folding, started;
    uint64_t wrong; /* journeys that are not what their events say */
    uint64_t disorder;
    struct day_counts days; /* of the events */
    uint64_t wrong_days;    /* rows of day counts that say something else, or are missing */
};

static enum status compare_journey(struct walk *walk, struct error *err) {
    if (!walk->folding) return STATUS_OK;
    walk->folding = false;
    const struct journey *journey = &walk->fold.journey;
    const enum frame_id id = frame_of_purpose(journey->purpose);
    const uint64_t row = walk->next_journey[id]++;
    if (row >= walk->part->row_count[id]) {
        walk->wrong++;
        return STATUS_OK;
    }
    const uint32_t at = (uint32_t)(row % PART_BLOCK_ROWS);
    const uint64_t all = (UINT64_C(1) << frame_column_count(id)) - 1;
    if (at == 0)
        TRY(part_block(walk->part, id, (uint32_t)(row / PART_BLOCK_ROWS), all, &walk->journeys[id],
                       walk->journey_columns[id], err));
    bool same = true;
    for (uint32_t c = 0; c < frame_column_count(id); c++)
        same &= frame_word(frame_column_kind(id, c), walk->journey_columns[id][c], at) ==
                journey->word[c];
    walk->wrong += !same;
    return STATUS_OK;
}

static enum status walk_row(struct walk *walk, uint32_t row, struct error *err) {
    const struct row_key key =
        row_key_of_event(((const uint8_t *)walk->columns[COLUMN_TYPE])[row],
                         ((const uint32_t *)walk->columns[COLUMN_TENANT])[row],
                         ((const uint64_t *)walk->columns[COLUMN_SUBJECT])[row]);
    const int64_t time = ((const int64_t *)walk->columns[COLUMN_TIME])[row];
    const bool same = walk->started && row_key_equal(key, walk->key);
    if (walk->started && (same ? time < walk->time : row_key_before(key, walk->key)))
        walk->disorder++;
    if (!same) TRY(compare_journey(walk, err));
    walk->key = key;
    walk->time = time;
    walk->started = true;
    const enum purpose purpose = (enum purpose)(key.group >> 32);
    if (frame_of_purpose(purpose) == FRAME_EVENT) return STATUS_OK;
    if (!walk->folding) journey_fold_begin(&walk->fold, walk->names, purpose);
    walk->folding = true;
    journey_fold_add(&walk->fold, walk->columns, row);
    return STATUS_OK;
}

/* Every row of the stored day counts is one of those of the events, in order, and none is missing.
 */
static enum status compare_days(struct walk *walk, struct error *err) {
    const uint64_t all = (UINT64_C(1) << DAY_COUNT_COLUMNS) - 1;
    const void *columns[FRAME_COLUMNS_MAX];
    struct day_key last = {0};
    uint64_t seen = 0;
    for (uint32_t block = 0; block < part_block_count(walk->part, FRAME_DAY); block++) {
        TRY(part_block(walk->part, FRAME_DAY, block, all, &walk->journeys[FRAME_DAY], columns,
                       err));
        for (uint32_t row = 0; row < part_block_rows(walk->part, FRAME_DAY, block); row++) {
            const struct day_key key = day_key_of_row(columns, row);
            const uint32_t events = ((const uint32_t *)columns[DAY_COUNT_EVENTS])[row];
            walk->wrong_days += events == 0 || events != day_counts_of(&walk->days, key) ||
                                (seen > 0 && !day_key_before(last, key));
            last = key;
            seen++;
        }
    }
    walk->wrong_days += seen < walk->days.count ? walk->days.count - seen : 0;
    return STATUS_OK;
}

static enum status walk_part(struct walk *walk, struct error *err) {
    const uint64_t all = (UINT64_C(1) << COLUMN_COUNT) - 1;
    for (uint32_t block = 0; block < part_block_count(walk->part, FRAME_EVENT); block++) {
        TRY(part_block(walk->part, FRAME_EVENT, block, all, &walk->events, walk->columns, err));
        const uint32_t rows = part_block_rows(walk->part, FRAME_EVENT, block);
        for (uint32_t row = 0; row < rows; row++) {
            TRY(walk_row(walk, row, err));
            TRY(day_counts_add(&walk->days, day_key_of_event(walk->columns, row), 1, err));
        }
    }
    TRY(compare_journey(walk, err));
    for (int id = FRAME_ATTEMPT; id <= FRAME_APPOINTMENT; id++) {
        const uint64_t rows = walk->part->row_count[id], found = walk->next_journey[id];
        walk->wrong += rows > found ? rows - found : 0; /* those it lacks were counted before */
    }
    return compare_days(walk, err);
}

static void check_part(struct store *store, struct part *part, struct check_report *report) {
    struct walk *walk = memory_new(1, sizeof *walk);
    if (walk == NULL) {
        say(report, true, "segment %" PRIu64 ": no memory to check it", part->number);
        return;
    }
    walk->part = part;
    walk->names = store->names;
    struct error err = {""};
    const enum status status = walk_part(walk, &err);
    uint64_t journeys = 0;
    for (int id = FRAME_ATTEMPT; id <= FRAME_APPOINTMENT; id++) journeys += part->row_count[id];
    report->event_count += part->row_count[FRAME_EVENT];
    report->journey_count += journeys;
    if (status != STATUS_OK) say(report, true, "%s", err.text);
    if (walk->disorder > 0)
        say(report, true, "segment %" PRIu64 ": %" PRIu64 " rows out of order", part->number,
            walk->disorder);
    if (walk->wrong > 0)
        say(report, true, "segment %" PRIu64 ": %" PRIu64 " journeys are not what their events say",
            part->number, walk->wrong);
    if (walk->wrong_days > 0)
        say(report, true, "segment %" PRIu64 ": %" PRIu64 " day counts are not what the events say",
            part->number, walk->wrong_days);
    if (status == STATUS_OK && walk->disorder == 0 && walk->wrong == 0 && walk->wrong_days == 0)
        say(report, false, "%s %" PRIu64 ": %" PRIu64 " events, %" PRIu64 " journeys",
            part->number == 0 ? "log" : "segment", part->number, part->row_count[FRAME_EVENT],
            journeys);
    day_counts_free(&walk->days);
    part_buffer_free(&walk->events);
    for (int id = 0; id < FRAME_COUNT; id++) part_buffer_free(&walk->journeys[id]);
    memory_free(walk);
}

static void check_ids(struct store *store, struct check_report *report) {
    uint64_t stored = 0, ids = 0;
    for (uint32_t i = 0; i < store->segments.count; i++)
        stored += store->segments.parts[i]->row_count[FRAME_EVENT];
    for (uint32_t i = 0; i < store->ids.run_count; i++) {
        struct error err = {""};
        ids += id_run_count(store->ids.runs[i]);
        if (id_run_check(store->ids.runs[i], &err) == STATUS_OK) {
            say(report, false, "ids %" PRIu64 ": %" PRIu64, id_run_number(store->ids.runs[i]),
                id_run_count(store->ids.runs[i]));
        } else {
            say(report, true, "%s", err.text);
        }
    }
    if (ids != stored)
        say(report, true, "%" PRIu64 " ids for %" PRIu64 " events in segments", ids, stored);
}

enum status store_check(const char *folder, struct file_io *io, struct check_report *report,
                        struct error *err) {
    report->event_count = report->journey_count = report->faults = 0;
    struct store *store;
    const struct store_options options = {.folder = folder, .io = io, .read_only = true};
    TRY(store_open(&options, &store, err)); /* replays the log, so that is proven */
    struct part_list runs = {0};
    enum status status = store_sort_tails(store, &runs, err);
    for (uint32_t i = 0; i < store->segments.count && status == STATUS_OK; i++)
        check_part(store, store->segments.parts[i], report);
    for (uint32_t i = 0; i < runs.count && status == STATUS_OK; i++)
        check_part(store, runs.parts[i], report);
    part_list_free(&runs);
    if (status == STATUS_OK) check_ids(store, report);
    store_abandon(store);
    return status;
}
