/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/journey_refold.h"

#include "store/snapshot_internal.h"

/* The events of one subject in one part. */
struct event_cursor {
    struct part *part;
    uint32_t row, end; /* of the part's event frame */
    uint32_t block;    /* that `columns` hold; UINT32_MAX: none */
    const void *columns[COLUMN_COUNT];
    struct part_buffer buffer;
};

struct journey_refold {
    const struct snapshot *snapshot;
    enum purpose purpose;
    struct journey_cursor *cursors;
    bool looks_back;
    uint64_t columns;
    struct arena *arena;
    struct event_cursor *events; /* one a cursor */
};

struct journey_refold *journey_refold_create(const struct snapshot *snapshot, enum purpose purpose,
                                             struct journey_cursor *cursors, uint32_t cursor_count,
                                             uint64_t told, struct arena *arena) {
    bool looks_back = false;
    struct journey_refold *refold = arena_push(arena, 1, sizeof *refold);
    struct event_cursor *events = arena_push(arena, cursor_count, sizeof *events);
    if (refold == NULL || events == NULL) return NULL;
    for (uint32_t i = 0; i < cursor_count; i++) {
        events[i].part = cursors[i].part;
        events[i].block = UINT32_MAX;
        looks_back |= cursors[i].looks_back;
    }
    *refold = (struct journey_refold){
        .snapshot = snapshot,
        .purpose = purpose,
        .cursors = cursors,
        .looks_back = looks_back,
        .columns = JOURNEY_FOLD_COLUMNS | told | (looks_back ? LOOK_BACK_COLUMNS : 0),
        .arena = arena,
        .events = events};
    return refold;
}

/* The event columns of the current event. */
static enum status load(struct journey_refold *refold, struct event_cursor *events,
                        struct error *err) {
    const uint32_t block = events->row / PART_BLOCK_ROWS;
    if (block == events->block) return STATUS_OK;
    if (events->part->segment != NULL)
        TRY(snapshot_buffer(refold->arena, FRAME_EVENT, refold->columns, &events->buffer, err));
    events->block = UINT32_MAX;
    TRY(part_block(events->part, FRAME_EVENT, block, refold->columns, &events->buffer,
                   events->columns, err));
    events->block = block;
    return STATUS_OK;
}

static enum status begin(struct journey_refold *refold, uint32_t source, struct error *err) {
    struct event_cursor *events = &refold->events[source];
    TRY(journey_cursor_events(&refold->cursors[source], &events->row, &events->end, err));
    return load(refold, events, err);
}

static int64_t time_of(const struct event_cursor *events) {
    return ((const int64_t *)events->columns[COLUMN_TIME])[events->row % PART_BLOCK_ROWS];
}

/* The next event in order of (time, arrival): of one moment, that of the part that arrived first.
 * NULL: there is none. */
static struct event_cursor *find_least(struct journey_refold *refold, const uint32_t *sources,
                                       uint32_t count) {
    struct event_cursor *least = NULL;
    for (uint32_t i = 0; i < count; i++) {
        struct event_cursor *events = &refold->events[sources[i]];
        if (events->row == events->end) continue;
        if (least == NULL || time_of(events) < time_of(least)) least = events;
    }
    return least;
}

/* How a journey changed between two moments. */
struct course {
    bool known_before, went_on, late;
};

static void course_add(struct course *course, const struct snapshot_changes *changes,
                       const void *const *columns, uint32_t row) {
    const bool before = look_back_sees(changes->since_ms, columns, row);
    const bool further = !before && look_back_sees(changes->until_ms, columns, row);
    course->known_before |= before;
    course->went_on |= further;
    course->late |= further && ((const int64_t *)columns[COLUMN_TIME])[row] <= changes->since_ms;
}

static bool course_is_asked_for(const struct course *course, unsigned changes) {
    if (!course->went_on) return false;
    if (course->late) return (changes & CHANGE_LATE) != 0;
    return (changes & (unsigned)(course->known_before ? CHANGE_ON : CHANGE_NEW)) != 0;
}

enum status journey_refold_run(struct journey_refold *refold, const uint32_t *sources,
                               uint32_t count, struct journey *journey,
                               struct journey_trails *trails, uint32_t row, struct error *err) {
    const struct snapshot *snapshot = refold->snapshot;
    const bool all = snapshot_tells_all(snapshot);
    struct course course = {false, false, false};
    struct journey_fold fold;
    journey_fold_begin(&fold, snapshot->names, refold->purpose);
    for (uint32_t i = 0; i < count; i++) TRY(begin(refold, sources[i], err));
    for (struct event_cursor *least; (least = find_least(refold, sources, count)) != NULL;) {
        const uint32_t at = least->row % PART_BLOCK_ROWS;
        if (!refold->looks_back || look_back_sees(snapshot->as_of_ms, least->columns, at)) {
            journey_fold_add(&fold, least->columns, at);
            if (trails != NULL) TRY(journey_trails_push(trails, row, least->columns, at, err));
        }
        if (!all) course_add(&course, &snapshot->changes, least->columns, at);
        if (++least->row < least->end) TRY(load(refold, least, err));
    }
    *journey = fold.journey;
    if (!all && !course_is_asked_for(&course, snapshot->changes.changes))
        journey->word[JOURNEY_EVENTS] = 0;
    return STATUS_OK;
}
