/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_QUERY_FAKE_SNAPSHOT_H
#define TESTS_QUERY_FAKE_SNAPSHOT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/snapshot.h"

/* fake_snapshot: store/snapshot.h over plain arrays of rows, for tests of the query folder. A row
 * is one int64 per column; only the value of an event is a double. Included by one file per
 * program: it defines the functions of the header. Nothing is freed but at the end of the program.
 */

enum { FAKE_ROWS_MAX = 4096, FAKE_STEPS_MAX = 512, FAKE_TRAIL_EVENTS_MAX = 1 << 16 };

struct fake_step {
    uint32_t tenant, service, ordinal, code;
};

/* Adds strings to the dictionary before each of so many looks at it, `text` in their midst. */
struct fake_writer {
    const char *text;
    uint32_t looks;
};

struct snapshot {
    struct dictionary *dictionary;
    struct fake_writer *writer; /* NULL: nobody writes while questions are answered */
    uint32_t journey_count[PURPOSE_COUNT];
    int64_t journey[PURPOSE_COUNT][FAKE_ROWS_MAX][JOURNEY_COLUMN_COUNT_MAX];
    uint32_t event_count;
    int64_t event[FAKE_ROWS_MAX][COLUMN_COUNT];
    double event_value[FAKE_ROWS_MAX];
    /* Events of journeys, in order, for scans that tell them. */
    uint32_t trail_begin[PURPOSE_COUNT][FAKE_ROWS_MAX], trail_count[PURPOSE_COUNT][FAKE_ROWS_MAX];
    uint32_t trail_event_count;
    int64_t trail_time[FAKE_TRAIL_EVENTS_MAX];
    uint8_t trail_type[FAKE_TRAIL_EVENTS_MAX];
    uint32_t trail_step[FAKE_TRAIL_EVENTS_MAX];
    uint8_t trail_channel[FAKE_TRAIL_EVENTS_MAX];
    uint64_t trail_link[FAKE_TRAIL_EVENTS_MAX];
    uint32_t step_count;
    struct fake_step step[FAKE_STEPS_MAX];
    uint32_t block_rows;   /* rows that a scan hands out at once */
    uint32_t day_scans;    /* that were opened */
    int32_t fail_at_block; /* the scan answers CORRUPT at this block; -1: never */
    bool looks_back;
    int64_t as_of_ms;
};

void snapshot_release(struct snapshot *snapshot) {
    (void)snapshot;
}

static void fake_write(struct fake_writer *writer, struct dictionary *dictionary) {
    enum { STRINGS = 4096 };
    if (writer == NULL || writer->looks == 0) return;
    writer->looks--;
    for (uint32_t i = 0; i < STRINGS; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "new-%u", (unsigned)dictionary_count(dictionary));
        (void)dictionary_code(dictionary, text, strlen(text));
        if (i == STRINGS / 2) (void)dictionary_code(dictionary, writer->text, strlen(writer->text));
    }
}

const struct dictionary *snapshot_dictionary(const struct snapshot *snapshot) {
    fake_write(snapshot->writer, snapshot->dictionary);
    return snapshot->dictionary;
}

uint32_t snapshot_step(const struct snapshot *snapshot, uint32_t tenant, uint32_t service,
                       uint32_t ordinal) {
    for (uint32_t i = 0; i < snapshot->step_count; i++) {
        const struct fake_step *step = &snapshot->step[i];
        if (step->tenant == tenant && step->service == service && step->ordinal == ordinal)
            return step->code;
    }
    return 0;
}

uint32_t snapshot_step_count(const struct snapshot *snapshot, uint32_t tenant, uint32_t service) {
    uint32_t count = 0;
    while (snapshot_step(snapshot, tenant, service, count) != 0) count++;
    return count;
}

void snapshot_stats(const struct snapshot *snapshot, struct snapshot_stats *out) {
    *out = (struct snapshot_stats){.newest_time_ms = TIME_ABSENT, .oldest_time_ms = INT64_MAX};
    for (int purpose = 0; purpose < PURPOSE_COUNT; purpose++) {
        for (uint32_t i = 0; i < snapshot->journey_count[purpose]; i++) {
            const int64_t *row = snapshot->journey[purpose][i];
            if (row[JOURNEY_FIRST] < out->oldest_time_ms) out->oldest_time_ms = row[JOURNEY_FIRST];
            if (row[JOURNEY_LAST] > out->newest_time_ms) out->newest_time_ms = row[JOURNEY_LAST];
        }
    }
    for (uint32_t i = 0; i < snapshot->event_count; i++) {
        int64_t time = snapshot->event[i][COLUMN_TIME];
        if (time < out->oldest_time_ms) out->oldest_time_ms = time;
        if (time > out->newest_time_ms) out->newest_time_ms = time;
    }
    if (out->newest_time_ms == TIME_ABSENT) out->oldest_time_ms = TIME_ABSENT;
    /* with blocks of an even size it claims so many events that the executor uses threads */
    out->event_count = snapshot->block_rows % 2 == 0 ? UINT32_MAX : snapshot->event_count;
}

/* Of events all is known when they occur. Journeys stay what they are, with milestones after that
 * moment, which folds must not look at. */
void snapshot_look_back(struct snapshot *snapshot, int64_t as_of_ms) {
    snapshot->looks_back = true;
    snapshot->as_of_ms = as_of_ms;
}

void snapshot_look_at_changes(struct snapshot *snapshot, int64_t as_of_ms,
                              const struct snapshot_changes *changes) {
    (void)changes;
    snapshot_look_back(snapshot, as_of_ms);
}

static bool fake_is_known(const struct snapshot *snapshot, int64_t time_ms) {
    return !snapshot->looks_back || time_ms <= snapshot->as_of_ms;
}

enum status snapshot_extent(struct snapshot *snapshot, struct arena *arena,
                            struct snapshot_extent *out, struct error *err) {
    (void)arena, (void)err;
    struct snapshot_stats stats;
    snapshot_stats(snapshot, &stats);
    *out = (struct snapshot_extent){stats.oldest_time_ms, stats.newest_time_ms};
    return STATUS_OK;
}

/* Rows are dealt out to the parts one by one. */
static bool fake_in_part(uint32_t row, uint32_t part, uint32_t part_count) {
    return part_count == 0 || row % part_count == part;
}

static bool fake_has_tenant(const uint32_t *tenants, uint32_t count, int64_t tenant) {
    if (count == 0) return true;
    for (uint32_t i = 0; i < count; i++)
        if (tenants[i] == tenant) return true;
    return false;
}

static void fake_store(void *column, enum column_kind kind, uint32_t row, int64_t value) {
    switch (kind) {
        case KIND_TIME:
        case KIND_AMOUNT:
        case KIND_TOKEN: ((int64_t *)column)[row] = value; break;
        case KIND_CODE:
        case KIND_COUNT: ((uint32_t *)column)[row] = (uint32_t)value; break;
        case KIND_CHOICE: ((uint8_t *)column)[row] = (uint8_t)value; break;
        case KIND_NUMBER: ((double *)column)[row] = (double)value; break;
    }
}

struct journey_scan {
    const struct snapshot *snapshot;
    struct journey_scan_spec spec;
    uint32_t next, block;
    void *column[JOURNEY_COLUMN_COUNT_MAX];
    uint32_t *trail_begin, *trail_count; /* by row of the block */
    struct trails trails;
};

/* Events of the journey that were known. */
static uint32_t fake_known(const struct snapshot *snapshot, enum purpose purpose, uint32_t row) {
    const uint32_t begin = snapshot->trail_begin[purpose][row];
    uint32_t count = snapshot->trail_count[purpose][row];
    while (count > 0 && !fake_is_known(snapshot, snapshot->trail_time[begin + count - 1])) count--;
    return count;
}

static int64_t fake_told(const struct journey_scan_spec *spec, uint32_t column, int64_t value) {
    const bool seen = (spec->seen_columns >> column & 1) != 0;
    return seen && value != TIME_ABSENT ? TIME_SOME : value;
}

static bool fake_tells(const struct journey_scan_spec *spec, const int64_t *row) {
    return spec->tell_columns != 0 &&
           (spec->tell == NULL || spec->tell(spec->context, row[JOURNEY_FIRST], row[JOURNEY_LAST]));
}

enum status journey_scan_open(struct snapshot *snapshot, const struct journey_scan_spec *spec,
                              struct arena *arena, struct journey_scan **out, struct error *err) {
    struct journey_scan *scan = arena_push(arena, 1, sizeof *scan);
    if (scan == NULL) return error_set(err, STATUS_NO_MEMORY, "fake: scan");
    scan->snapshot = snapshot;
    scan->spec = *spec;
    for (uint32_t i = 0; i < journey_column_count(spec->purpose); i++) {
        if ((spec->columns >> i & 1) == 0) continue;
        scan->column[i] = arena_push_raw(arena, snapshot->block_rows, sizeof(int64_t));
        if (scan->column[i] == NULL) return error_set(err, STATUS_NO_MEMORY, "fake: block");
    }
    scan->trail_begin = arena_push_array(arena, uint32_t, snapshot->block_rows);
    scan->trail_count = arena_push_array(arena, uint32_t, snapshot->block_rows);
    if (scan->trail_begin == NULL || scan->trail_count == NULL)
        return error_set(err, STATUS_NO_MEMORY, "fake: trails");
    scan->trails = (struct trails){.begin = scan->trail_begin, .count = scan->trail_count};
    scan->trails.column[COLUMN_TIME] = snapshot->trail_time;
    scan->trails.column[COLUMN_TYPE] = snapshot->trail_type;
    scan->trails.column[COLUMN_STEP] = snapshot->trail_step;
    scan->trails.column[COLUMN_CHANNEL] = snapshot->trail_channel;
    scan->trails.column[COLUMN_LINK] = snapshot->trail_link;
    *out = scan;
    return STATUS_OK;
}

enum status journey_scan_next(struct journey_scan *scan, struct journey_block *block,
                              struct error *err) {
    const enum purpose purpose = scan->spec.purpose;
    *block = (struct journey_block){0};
    if ((int32_t)scan->block++ == scan->snapshot->fail_at_block)
        return error_set(err, STATUS_CORRUPT, "fake: damaged block");
    while (block->row_count < scan->snapshot->block_rows &&
           scan->next < scan->snapshot->journey_count[purpose]) {
        const uint32_t at = scan->next++;
        const int64_t *row = scan->snapshot->journey[purpose][at];
        if (!fake_in_part(at, scan->spec.part, scan->spec.part_count)) continue;
        if (!fake_has_tenant(scan->spec.tenants, scan->spec.tenant_count, row[JOURNEY_TENANT]))
            continue;
        for (uint32_t i = 0; i < journey_column_count(purpose); i++)
            if (scan->column[i] != NULL)
                fake_store(scan->column[i], journey_column_kind(purpose, i), block->row_count,
                           fake_told(&scan->spec, i, row[i]));
        const bool told = fake_tells(&scan->spec, row);
        scan->trail_begin[block->row_count] = scan->snapshot->trail_begin[purpose][at];
        scan->trail_count[block->row_count] = told ? fake_known(scan->snapshot, purpose, at) : 0;
        if (scan->trail_count[block->row_count] > 0) block->trails = &scan->trails;
        block->row_count++;
    }
    for (uint32_t i = 0; i < JOURNEY_COLUMN_COUNT_MAX; i++) block->column[i] = scan->column[i];
    return STATUS_OK;
}

struct event_scan {
    const struct snapshot *snapshot;
    struct event_scan_spec spec;
    uint32_t next;
    void *column[COLUMN_COUNT];
};

enum status event_scan_open(struct snapshot *snapshot, const struct event_scan_spec *spec,
                            struct arena *arena, struct event_scan **out, struct error *err) {
    struct event_scan *scan = arena_push(arena, 1, sizeof *scan);
    if (scan == NULL) return error_set(err, STATUS_NO_MEMORY, "fake: scan");
    scan->snapshot = snapshot;
    scan->spec = *spec;
    for (uint32_t i = 0; i < COLUMN_COUNT; i++) {
        if ((spec->columns >> i & 1) == 0) continue;
        scan->column[i] = arena_push_raw(arena, snapshot->block_rows, sizeof(int64_t));
        if (scan->column[i] == NULL) return error_set(err, STATUS_NO_MEMORY, "fake: block");
    }
    *out = scan;
    return STATUS_OK;
}

static bool fake_event_wanted(const struct event_scan_spec *spec, const int64_t *row) {
    if (spec->types != 0 && (spec->types >> row[COLUMN_TYPE] & 1) == 0) return false;
    if ((spec->from_ms != 0 || spec->to_ms != 0) &&
        (row[COLUMN_TIME] < spec->from_ms || row[COLUMN_TIME] >= spec->to_ms))
        return false;
    return fake_has_tenant(spec->tenants, spec->tenant_count, row[COLUMN_TENANT]);
}

enum status event_scan_next(struct event_scan *scan, struct event_block *block, struct error *err) {
    (void)err;
    *block = (struct event_block){0};
    while (block->row_count < scan->snapshot->block_rows &&
           scan->next < scan->snapshot->event_count) {
        uint32_t at = scan->next++;
        const int64_t *row = scan->snapshot->event[at];
        if (!fake_in_part(at, scan->spec.part, scan->spec.part_count)) continue;
        if (!fake_event_wanted(&scan->spec, row) || scan->spec.uncounted) continue;
        if (!fake_is_known(scan->snapshot, row[COLUMN_TIME])) continue;
        for (uint32_t i = 0; i < COLUMN_COUNT; i++)
            if (scan->column[i] != NULL)
                fake_store(scan->column[i], column_kind((enum column)i), block->row_count, row[i]);
        if (scan->column[COLUMN_VALUE] != NULL)
            ((double *)scan->column[COLUMN_VALUE])[block->row_count] =
                scan->snapshot->event_value[at];
        block->row_count++;
    }
    for (uint32_t i = 0; i < COLUMN_COUNT; i++) block->column[i] = scan->column[i];
    return STATUS_OK;
}

/* Every event is a row of its own. */
struct day_scan {
    const struct snapshot *snapshot;
    struct day_scan_spec spec;
    uint32_t next;
    void *column[DAY_COUNT_COLUMNS];
};

enum status day_scan_open(struct snapshot *snapshot, const struct day_scan_spec *spec,
                          struct arena *arena, struct day_scan **out, struct error *err) {
    struct day_scan *scan = arena_push(arena, 1, sizeof *scan);
    if (scan == NULL) return error_set(err, STATUS_NO_MEMORY, "fake: scan");
    if (spec->part == 0) snapshot->day_scans++;
    scan->snapshot = snapshot;
    scan->spec = *spec;
    for (uint32_t i = 0; i < DAY_COUNT_COLUMNS; i++) {
        if ((spec->columns >> i & 1) == 0) continue;
        scan->column[i] = arena_push_raw(arena, snapshot->block_rows, sizeof(int64_t));
        if (scan->column[i] == NULL) return error_set(err, STATUS_NO_MEMORY, "fake: block");
    }
    *out = scan;
    return STATUS_OK;
}

/* By the definition: pieces begin at 22, 23 and 0 o'clock UTC. */
static int64_t fake_piece(int64_t time) {
    const int64_t hour = time / 3600000;
    return hour % 24 >= 22 ? hour * 3600000 : hour / 24 * 86400000;
}

enum status day_scan_next(struct day_scan *scan, struct day_block *block, struct error *err) {
    (void)err;
    *block = (struct day_block){0};
    while (block->row_count < scan->snapshot->block_rows &&
           scan->next < scan->snapshot->event_count) {
        const uint32_t at = scan->next++;
        const int64_t *row = scan->snapshot->event[at];
        if (!fake_in_part(at, scan->spec.part, scan->spec.part_count)) continue;
        if (!fake_is_known(scan->snapshot, row[COLUMN_TIME])) continue;
        const int64_t values[DAY_COUNT_COLUMNS] = {[DAY_COUNT_TENANT] = row[COLUMN_TENANT],
                                                   [DAY_COUNT_SERVICE] = row[COLUMN_SERVICE],
                                                   [DAY_COUNT_TYPE] = row[COLUMN_TYPE],
                                                   [DAY_COUNT_FLAGS] = row[COLUMN_FLAGS],
                                                   [DAY_COUNT_TIME] = fake_piece(row[COLUMN_TIME]),
                                                   [DAY_COUNT_EVENTS] = 1};
        for (uint32_t i = 0; i < DAY_COUNT_COLUMNS; i++)
            if (scan->column[i] != NULL)
                fake_store(scan->column[i], day_count_kind(i), block->row_count, values[i]);
        block->row_count++;
    }
    for (uint32_t i = 0; i < DAY_COUNT_COLUMNS; i++) block->column[i] = scan->column[i];
    return STATUS_OK;
}

/* A journey of the fake has an event at each of its milestones. */
static uint32_t fake_moments(enum purpose purpose, const int64_t *row, int64_t *out) {
    uint32_t count = 0;
    for (uint32_t i = JOURNEY_COMMON_COUNT; i < journey_column_count(purpose); i++) {
        if (journey_column_kind(purpose, i) != KIND_TIME || row[i] == TIME_ABSENT) continue;
        if (purpose == PURPOSE_APPOINTMENT && i == APPOINTMENT_COLUMN_START) continue;
        out[count++] = row[i];
    }
    return count;
}

struct presence_scan {
    struct journey_scan *journeys; /* for its columns only */
    const struct presence_scan_spec *spec;
    const struct snapshot *snapshot;
    uint32_t next, interval;
};

enum status presence_scan_open(struct snapshot *snapshot, const struct presence_scan_spec *spec,
                               struct arena *arena, struct presence_scan **out, struct error *err) {
    struct presence_scan *scan = arena_push(arena, 1, sizeof *scan);
    struct presence_scan_spec *copy = arena_push(arena, 1, sizeof *copy);
    if (scan == NULL || copy == NULL) return error_set(err, STATUS_NO_MEMORY, "fake: scan");
    for (uint32_t i = 1; i < spec->edge_count; i++) CHECK(spec->edges[i - 1] < spec->edges[i]);
    *copy = *spec;
    *scan = (struct presence_scan){.spec = copy, .snapshot = snapshot};
    *out = scan;
    return journey_scan_open(snapshot, &spec->journeys, arena, &scan->journeys, err);
}

/* An event of the row in the interval; TIME_ABSENT: none. */
static int64_t fake_present(const struct presence_scan *scan, const int64_t *row,
                            uint32_t interval) {
    const struct presence_scan_spec *spec = scan->spec;
    int64_t moments[JOURNEY_COLUMN_COUNT_MAX];
    const uint32_t count = fake_moments(spec->journeys.purpose, row, moments);
    for (uint32_t i = 0; i < count; i++)
        if (fake_is_known(scan->snapshot, moments[i]) &&
            (interval == 0 || moments[i] >= spec->edges[interval - 1]) &&
            (interval == spec->edge_count || moments[i] < spec->edges[interval]))
            return moments[i];
    return TIME_ABSENT;
}

enum status presence_scan_next(struct presence_scan *scan, struct journey_block *block,
                               struct error *err) {
    (void)err;
    const struct journey_scan_spec *spec = &scan->spec->journeys;
    void *const *column = scan->journeys->column;
    *block = (struct journey_block){0};
    while (block->row_count < scan->snapshot->block_rows &&
           scan->next < scan->snapshot->journey_count[spec->purpose]) {
        const uint32_t at = scan->next, interval = scan->interval++;
        if (interval == scan->spec->edge_count) scan->next++, scan->interval = 0;
        const int64_t *row = scan->snapshot->journey[spec->purpose][at];
        if (!fake_in_part(at, spec->part, spec->part_count)) continue;
        if (!fake_has_tenant(spec->tenants, spec->tenant_count, row[JOURNEY_TENANT])) continue;
        const int64_t moment = fake_present(scan, row, interval);
        if (moment == TIME_ABSENT) continue;
        for (uint32_t i = 0; i < journey_column_count(spec->purpose); i++)
            if (column[i] != NULL)
                fake_store(column[i], journey_column_kind(spec->purpose, i), block->row_count,
                           i == JOURNEY_FIRST ? moment : row[i]);
        block->row_count++;
    }
    for (uint32_t i = 0; i < JOURNEY_COLUMN_COUNT_MAX; i++) block->column[i] = column[i];
    return STATUS_OK;
}

#endif
