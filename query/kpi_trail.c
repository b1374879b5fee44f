/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>
#include <string.h>

#include "query/attempt_outcome.h"
#include "query/fold.h"

/* KPIs of journeys event by event: transitions, variants, activities. Of cases, attempts or
 * appointments, as the question says.
 *
 * A journey counts once it has ended at T:
 *   case          decided, delivered, closed, withdrawn, forwarded or rejected, the first of them
 *   attempt       submitted, ineligible or failed, the first of them; or abandoned: its last event
 *   appointment   cancelled, finished or missed, the first of them
 * Closing view: those that ended in the period. Intake view: those that began in it, and have
 * ended. All its events until T count, also those after that end.
 *
 * The activity of an event is its step, else its type; of form.error its type, because the step is
 * where the check failed. A case that is received and closed in one moment and one step has that
 * activity once: the only event of a case in a log is both its receipt and its end. */

enum {
    TRAIL_COUNT = FOLD_REACH,   /* of the step: how often there was one */
    TRAIL_RESTED = FOLD_RESTED, /* steps summed up in it */
    TRAIL_ENDED,                /* journeys; of STEP_START */
    TRAIL_OPEN,
    TRAIL_JOURNEYS, /* journeys with the step; amount: the last one that was counted */
    TRAIL_REPEATS,  /* of an activity that the journey had before */
    TRAIL_SELF,     /* of these, directly after itself */
    TRAIL_STARTS,   /* first of a journey */
    TRAIL_ENDS,     /* last of a journey */
    TRAIL_LATE,     /* in journeys with a late event */
    TRAIL_CLASSES
};

/* --- which journeys, and when --- */

WIDE_INLINE void put(struct facts *facts, uint32_t row, bool intake, int64_t first, int64_t end,
                     bool seen) {
    const bool ended = end != TIME_ABSENT;
    facts->when[row] = ended && !intake ? end : first;
    facts->class[row] = (uint8_t)(!seen ? CLASS_NONE : ended ? TRAIL_ENDED : TRAIL_OPEN);
}

FOLD_EMIT(emit_cases) {
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *end[] = {fold_times(rows, CASE_DECIDED),   fold_times(rows, CASE_DELIVERED),
                            fold_times(rows, CASE_CLOSED),    fold_times(rows, CASE_WITHDRAWN),
                            fold_times(rows, CASE_FORWARDED), fold_times(rows, CASE_REJECTED)};
    const int64_t as_of_ms = question->as_of_ms;
    const bool intake = question->plan->view == VIEW_INTAKE;
    for (uint32_t row = 0; row < rows->count; row++) {
        int64_t earliest = TIME_ABSENT;
        for (size_t i = 0; i < sizeof end / sizeof *end; i++)
            earliest = fold_earlier(earliest, end[i][row]);
        put(facts, row, intake, first[row], fold_seen(as_of_ms, earliest), first[row] <= as_of_ms);
    }
}

FOLD_EMIT(emit_attempts) {
    const struct attempt_times times = attempt_times_of(rows);
    const int64_t as_of_ms = question->as_of_ms;
    const bool intake = question->plan->view == VIEW_INTAKE;
    for (uint32_t row = 0; row < rows->count; row++) {
        const uint32_t outcome = outcome_of(as_of_ms, &times, row);
        int64_t end = fold_earlier(fold_earlier(times.submitted[row], times.ineligible[row]),
                                   times.failed[row]);
        end = outcome == OUTCOME_ABANDONED ? times.last[row] : fold_seen(as_of_ms, end);
        put(facts, row, intake, times.first[row], end, outcome != CLASS_NONE);
    }
}

FOLD_EMIT(emit_appointments) {
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *cancelled = fold_times(rows, APPOINTMENT_COLUMN_CANCELLED);
    const int64_t *finished = fold_times(rows, APPOINTMENT_COLUMN_FINISHED);
    const int64_t *missed = fold_times(rows, APPOINTMENT_COLUMN_MISSED);
    const int64_t as_of_ms = question->as_of_ms;
    const bool intake = question->plan->view == VIEW_INTAKE;
    for (uint32_t row = 0; row < rows->count; row++) {
        const int64_t end = fold_earlier(fold_earlier(cancelled[row], finished[row]), missed[row]);
        put(facts, row, intake, first[row], fold_seen(as_of_ms, end), first[row] <= as_of_ms);
    }
}

/* --- activities of a journey --- */

/* Types come first, then the codes of steps. */
static inline uint32_t activity_of(uint8_t type, uint32_t step) {
    return step == 0 || type == TYPE_FORM_ERROR ? type : TYPE_COUNT + step;
}

static const char *activity_text(const struct fold_question *question, uint32_t activity) {
    if (activity < TYPE_COUNT) return type_text((enum event_type)activity);
    size_t size;
    return dictionary_text(snapshot_dictionary(question->snapshot), activity - TYPE_COUNT, &size);
}

static int compare_activities(const struct fold_question *question, uint32_t a, uint32_t b) {
    if (a == b) return 0;
    const int order = strcmp(activity_text(question, a), activity_text(question, b));
    return order != 0 ? order : a < b ? -1 : 1; /* a step may be called like a type */
}

/* The groups found last, direct-mapped: of a cell and bucket (its STEP_START) and a key. */
struct trail_slot {
    const struct group *started;
    uint64_t key;
    struct group *group;
};
struct variant {
    uint32_t length;
    const uint32_t *activity;
};
enum { TRAIL_SLOTS = 1 << 13, SEQUENCE_MIN = 1024 };

struct trail {
    struct trail_slot slot[TRAIL_SLOTS];
    /* of the journey at hand, by position */
    uint32_t length, capacity;
    uint32_t *activity;
    int64_t *time;
    uint32_t number;       /* of the journey, from 1 */
    uint32_t *last_number; /* by activity: of the last journey that had it */
    struct lookup known;   /* key of a transition, or hash of a variant -> number */
    uint32_t count, room;  /* of these */
    uint64_t *transition;  /* by number: its key */
    struct variant *variant;
    const struct group *running; /* while rows are written: STEP_START of these, */
    uint64_t run;                /* ... and how many there were so far */
};

static bool grow(struct arena *arena, void **array, uint32_t count, uint32_t capacity,
                 size_t bytes) {
    void *larger = arena_push_raw(arena, capacity, bytes);
    if (larger == NULL) return false;
    if (count > 0) memcpy(larger, *array, count * bytes);
    *array = larger;
    return true;
}

static enum status begin_trails(const struct fold_question *question, struct trail *trail) {
    if (trail->last_number != NULL) return STATUS_OK;
    trail->last_number =
        arena_push_array(question->arena, uint32_t, TYPE_COUNT + question->code_count + 1);
    lookup_init(&trail->known, question->arena);
    return trail->last_number == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status reserve(const struct fold_question *question, struct trail *trail,
                           uint32_t length) {
    if (length <= trail->capacity) return STATUS_OK;
    uint32_t capacity = trail->capacity == 0 ? SEQUENCE_MIN : trail->capacity;
    while (capacity < length) capacity *= 2;
    trail->activity = arena_push_raw(question->arena, capacity, sizeof *trail->activity);
    trail->time = arena_push_raw(question->arena, capacity, sizeof *trail->time);
    trail->capacity = capacity;
    return trail->activity == NULL || trail->time == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* The next event is the end of a case that was received in the same moment. */
static inline bool is_told_twice(const uint8_t *type, const int64_t *time) {
    return type[0] == TYPE_CASE_RECEIVED && type[1] == TYPE_CASE_CLOSED && time[0] == time[1];
}

/* The activities of a row's events. */
static enum status read_trail(const struct fold_question *question, struct trail *trail,
                              const struct trails *trails, uint32_t row) {
    const uint32_t begin = trails->begin[row];
    const uint32_t count = trails->count[row];
    uint32_t length = 0;
    const int64_t *time = (const int64_t *)trails->column[COLUMN_TIME] + begin;
    const uint8_t *type = (const uint8_t *)trails->column[COLUMN_TYPE] + begin;
    const uint32_t *step = (const uint32_t *)trails->column[COLUMN_STEP] + begin;
    TRY(reserve(question, trail, count));
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t activity = activity_of(type[i], step[i]);
        if (i > 0 && is_told_twice(type + i - 1, time + i - 1) &&
            activity == trail->activity[length - 1])
            continue;
        trail->activity[length] = activity;
        trail->time[length++] = time[i];
    }
    trail->length = length;
    trail->number++;
    return STATUS_OK;
}

/* Whether the journey had the activity before; now it has. */
static inline bool had(struct trail *trail, uint32_t activity) {
    const bool before = trail->last_number[activity] == trail->number;
    trail->last_number[activity] = trail->number;
    return before;
}

/* --- steps: what is counted --- */

static inline struct trail_slot *slot_of(struct trail *trail, const struct group *started,
                                         uint64_t key) {
    uint64_t hash = (uint64_t)(uintptr_t)started * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ key) * UINT64_C(0xBF58476D1CE4E5B9);
    return &trail->slot[(hash >> 32) % TRAIL_SLOTS];
}

static inline bool slot_holds(const struct trail_slot *slot, const struct group *started,
                              uint64_t key) {
    return slot->started == started && slot->key == key;
}

static enum status fill_slot(struct trail_slot *slot, struct groups *groups,
                             const struct group *started, uint64_t key, uint32_t number) {
    slot->started = NULL;
    TRY(groups_get(groups, started->cell, started->bucket, STEP_FIRST + number, &slot->group));
    slot->started = started;
    slot->key = key;
    return STATUS_OK;
}

static inline void count_journey(const struct trail *trail, struct group *group) {
    struct tally *tally = &group->tally[TRAIL_JOURNEYS];
    tally->count += tally->amount != trail->number;
    tally->amount = trail->number;
}

/* One more in the step's group, and in that of all. */
static inline void count_step(const struct trail *trail, struct group *started, struct group *group,
                              bool late) {
    started->tally[TRAIL_COUNT].count++;
    group->tally[TRAIL_COUNT].count++;
    group->tally[TRAIL_LATE].count += late;
    count_journey(trail, group);
}

typedef enum status (*trail_count)(const struct fold_question *question, struct groups *groups,
                                   struct trail *trail, struct group *started, bool late);

static inline enum status count_trails(const struct fold_question *question, struct groups *groups,
                                       const struct fold_rows *rows, const struct facts *facts,
                                       struct group *const *group, trail_count count) {
    struct trail *trail = question->scratch;
    const uint8_t *flags = fold_choices(rows, JOURNEY_FLAGS);
    TRY(begin_trails(question, trail));
    for (uint32_t row = 0; row < rows->count; row++) {
        if (facts->class[row] != TRAIL_ENDED || rows->trails == NULL) continue;
        TRY(read_trail(question, trail, rows->trails, rows->begin + row));
        TRY(count(question, groups, trail, group[row], (flags[row] & EVENT_LATE) != 0));
    }
    return STATUS_OK;
}

/* A number for the key among those of this worker. */
static enum status add_number(const struct fold_question *question, struct trail *trail,
                              uint64_t key, void **array, size_t bytes, uint32_t *number) {
    if (trail->count == trail->room) {
        const uint32_t room = trail->room == 0 ? SEQUENCE_MIN : trail->room * 2;
        if (!grow(question->arena, array, trail->count, room, bytes)) return STATUS_NO_MEMORY;
        trail->room = room;
    }
    *number = trail->count++;
    return lookup_put(&trail->known, key, *number);
}

static uint32_t *new_numbers(const struct fold_question *question,
                             const struct fold_question *other) {
    const struct trail *from = other->scratch;
    return arena_push_raw(question->arena, from->count + 1, sizeof(uint32_t));
}

/* ==== transitions ============================================================================
 * From each activity of a journey to the next one: how often, how long, in how many journeys. */

static enum status number_of_transition(const struct fold_question *question, struct trail *trail,
                                        uint64_t key, uint32_t *number) {
    if (lookup_find(&trail->known, key, number)) return STATUS_OK;
    void *array = trail->transition;
    TRY(add_number(question, trail, key, &array, sizeof *trail->transition, number));
    trail->transition = array;
    trail->transition[*number] = key;
    return STATUS_OK;
}

static enum status count_transitions(const struct fold_question *question, struct groups *groups,
                                     struct trail *trail, struct group *started, bool late) {
    if (trail->length > 0) (void)had(trail, trail->activity[0]);
    for (uint32_t i = 1; i < trail->length; i++) {
        const uint64_t key = (uint64_t)trail->activity[i - 1] << 32 | trail->activity[i];
        struct trail_slot *slot = slot_of(trail, started, key);
        if (!slot_holds(slot, started, key)) {
            uint32_t number;
            TRY(number_of_transition(question, trail, key, &number));
            TRY(fill_slot(slot, groups, started, key, number));
        }
        count_step(trail, started, slot->group, late);
        slot->group->tally[TRAIL_REPEATS].count += had(trail, trail->activity[i]);
        if (!series_add(&slot->group->series[0], groups->arena,
                        trail->time[i] - trail->time[i - 1]))
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

static enum status detail_transitions(const struct fold_question *question, struct groups *groups,
                                      const struct fold_rows *rows, const struct facts *facts,
                                      struct group *const *group) {
    return count_trails(question, groups, rows, facts, group, count_transitions);
}

static enum status unite_transitions(const struct fold_question *question,
                                     const struct fold_question *other,
                                     const uint32_t **number_of) {
    const struct trail *from = other->scratch;
    uint32_t *numbers = new_numbers(question, other);
    if (numbers == NULL) return STATUS_NO_MEMORY;
    TRY(begin_trails(question, question->scratch));
    for (uint32_t i = 0; i < from->count; i++)
        TRY(number_of_transition(question, question->scratch, from->transition[i], &numbers[i]));
    *number_of = numbers;
    return STATUS_OK;
}

static int compare_transitions(const struct fold_question *question, uint32_t a, uint32_t b) {
    const uint64_t *key = ((const struct trail *)question->scratch)->transition;
    const int order =
        compare_activities(question, (uint32_t)(key[a] >> 32), (uint32_t)(key[b] >> 32));
    return order != 0 ? order : compare_activities(question, (uint32_t)key[a], (uint32_t)key[b]);
}

/* Keys of a row of a step; absent in that of all the rest, or where there are none. */
static void write_activity(const struct fold_row *row, struct table *table, const char *name,
                           uint32_t activity) {
    const bool is_step = row->group->step >= STEP_FIRST;
    table_text(table, name, is_step ? activity_text(row->question, activity) : NULL);
}

/* What all rows of steps say. n: of the step. Rows of the rest count a journey once for each of
 * their steps that it has, so there the number of journeys is not known. */
static void begin_row(struct fold_row *row, struct table *table) {
    const struct group *group = row->group;
    const bool rest = group->step == STEP_END;
    row->n = group->step == STEP_START ? 0 : group_count(group, TRAIL_COUNT);
    row->late = group_count(group, TRAIL_LATE);
    if (row->n == 0)
        row->state = RESULT_NO_DATA;
    else if (row->n < 30)
        row->state = RESULT_FEW;
    table_integer(table, "summed", "count", rest ? (int64_t)group_count(group, TRAIL_RESTED) : 0);
}

static void write_journeys(const struct fold_row *row, struct table *table) {
    if (row->group->step == STEP_END)
        table_absent(table, "journeys", "count");
    else
        table_count(
            table, "journeys",
            group_count(row->group, row->group->step == STEP_START ? TRAIL_ENDED : TRAIL_JOURNEYS));
}

static double share_of(const struct fold_row *row) {
    const uint64_t all = group_count(row->total, TRAIL_COUNT);
    return all == 0 ? NAN : (double)row->n / (double)all;
}

/* Shares of the rows of one cell and bucket so far. */
static double running_share(struct fold_row *row) {
    struct trail *trail = row->question->scratch;
    if (trail->running != row->total) trail->run = 0;
    trail->running = row->total;
    trail->run += row->n;
    const uint64_t all = group_count(row->total, TRAIL_COUNT);
    return all == 0 ? NAN : (double)trail->run / (double)all;
}

static void write_transitions(struct fold_row *row, struct table *table) {
    const struct trail *trail = row->question->scratch;
    const bool is_step = row->group->step >= STEP_FIRST;
    const uint64_t key = is_step ? trail->transition[row->group->step - STEP_FIRST] : 0;
    write_activity(row, table, "activity", (uint32_t)(key >> 32));
    write_activity(row, table, "next_activity", (uint32_t)key);
    begin_row(row, table);
    fold_write_durations(row, table, &row->summary[0], "s", 1000);
    table_number(table, "share", "ratio", share_of(row));
    write_journeys(row, table);
    table_count(table, "repeats", group_count(row->group, TRAIL_REPEATS));
}

/* ==== variants ===============================================================================
 * The whole sequence of activities of a journey: how many journeys went that way, how long they
 * took from the first event to the last. */

static uint64_t hash_of(const uint32_t *activity, uint32_t length) {
    uint64_t hash = length;
    for (uint32_t i = 0; i < length; i++) {
        hash = (hash ^ activity[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return hash;
}

static bool is_variant(const struct variant *variant, const uint32_t *activity, uint32_t length) {
    return variant->length == length &&
           memcmp(variant->activity, activity, length * sizeof *activity) == 0;
}

/* Sequences of one hash follow each other from it on. key: where this one was found. */
static enum status number_of_variant(const struct fold_question *question, struct trail *trail,
                                     const uint32_t *activity, uint32_t length, uint32_t *number) {
    uint64_t key = hash_of(activity, length);
    for (; lookup_find(&trail->known, key, number); key++)
        if (is_variant(&trail->variant[*number], activity, length)) return STATUS_OK;
    void *array = trail->variant;
    uint32_t *copy = arena_push_raw(question->arena, length + 1, sizeof *copy);
    if (copy == NULL) return STATUS_NO_MEMORY;
    memcpy(copy, activity, length * sizeof *copy);
    TRY(add_number(question, trail, key, &array, sizeof *trail->variant, number));
    trail->variant = array;
    trail->variant[*number] = (struct variant){.length = length, .activity = copy};
    return STATUS_OK;
}

static enum status count_variants(const struct fold_question *question, struct groups *groups,
                                  struct trail *trail, struct group *started, bool late) {
    const uint64_t key = hash_of(trail->activity, trail->length);
    struct trail_slot *slot = slot_of(trail, started, key);
    const uint32_t number = slot->started == NULL ? 0 : slot->group->step - STEP_FIRST;
    if (trail->length == 0) return STATUS_OK;
    if (!slot_holds(slot, started, key) ||
        !is_variant(&trail->variant[number], trail->activity, trail->length)) {
        uint32_t found;
        TRY(number_of_variant(question, trail, trail->activity, trail->length, &found));
        TRY(fill_slot(slot, groups, started, key, found));
    }
    count_step(trail, started, slot->group, late);
    for (uint32_t i = 0; i < trail->length; i++)
        slot->group->tally[TRAIL_REPEATS].count += had(trail, trail->activity[i]);
    return series_add(&slot->group->series[0], groups->arena,
                      trail->time[trail->length - 1] - trail->time[0])
               ? STATUS_OK
               : STATUS_NO_MEMORY;
}

static enum status detail_variants(const struct fold_question *question, struct groups *groups,
                                   const struct fold_rows *rows, const struct facts *facts,
                                   struct group *const *group) {
    return count_trails(question, groups, rows, facts, group, count_variants);
}

static enum status unite_variants(const struct fold_question *question,
                                  const struct fold_question *other, const uint32_t **number_of) {
    const struct trail *from = other->scratch;
    uint32_t *numbers = new_numbers(question, other);
    if (numbers == NULL) return STATUS_NO_MEMORY;
    TRY(begin_trails(question, question->scratch));
    for (uint32_t i = 0; i < from->count; i++)
        TRY(number_of_variant(question, question->scratch, from->variant[i].activity,
                              from->variant[i].length, &numbers[i]));
    *number_of = numbers;
    return STATUS_OK;
}

static int compare_variants(const struct fold_question *question, uint32_t number, uint32_t other) {
    const struct variant *a = &((const struct trail *)question->scratch)->variant[number];
    const struct variant *b = &((const struct trail *)question->scratch)->variant[other];
    for (uint32_t i = 0; i < a->length && i < b->length; i++) {
        const int order = compare_activities(question, a->activity[i], b->activity[i]);
        if (order != 0) return order;
    }
    return (a->length > b->length) - (a->length < b->length);
}

static char *put_text(char *at, const char *text) {
    const size_t size = strlen(text);
    memcpy(at, text, size + 1); /* what follows goes over the NUL */
    return at + size;
}

/* "case.received > examine > case.decided"; NULL: no memory. */
static const char *variant_text(const struct fold_question *question,
                                const struct variant *variant) {
    size_t size = 1;
    for (uint32_t i = 0; i < variant->length; i++)
        size += strlen(activity_text(question, variant->activity[i])) + 3;
    char *text = arena_push_array(question->arena, char, size), *at = text;
    for (uint32_t i = 0; i < variant->length && text != NULL; i++)
        at = put_text(put_text(at, i > 0 ? " > " : ""),
                      activity_text(question, variant->activity[i]));
    return text;
}

static void write_variants(struct fold_row *row, struct table *table) {
    const struct trail *trail = row->question->scratch;
    const bool is_step = row->group->step >= STEP_FIRST;
    const struct variant none = {0};
    const struct variant *variant =
        is_step ? &trail->variant[row->group->step - STEP_FIRST] : &none;
    const char *text = is_step ? variant_text(row->question, variant) : NULL;
    if (is_step && text == NULL) table->failed = true;
    table_text(table, "variant", text);
    if (is_step)
        table_integer(table, "length", "count", variant->length);
    else
        table_absent(table, "length", "count");
    begin_row(row, table);
    fold_write_durations(row, table, &row->summary[0], "s", 1000);
    table_number(table, "share", "ratio", share_of(row));
    table_number(table, "cumulative_share", "ratio", running_share(row));
    table_count(table, "repeats", group_count(row->group, TRAIL_REPEATS));
}

/* ==== activities =============================================================================
 * The places of a process map: how often an activity was done, in how many journeys, and how often
 * a journey came back to it. */

static enum status count_activities(const struct fold_question *question, struct groups *groups,
                                    struct trail *trail, struct group *started, bool late) {
    (void)question;
    for (uint32_t i = 0; i < trail->length; i++) {
        const uint32_t activity = trail->activity[i];
        struct trail_slot *slot = slot_of(trail, started, activity);
        if (!slot_holds(slot, started, activity))
            TRY(fill_slot(slot, groups, started, activity, activity));
        struct tally *tally = slot->group->tally;
        count_step(trail, started, slot->group, late);
        tally[TRAIL_REPEATS].count += had(trail, activity);
        tally[TRAIL_SELF].count += i > 0 && trail->activity[i - 1] == activity;
        tally[TRAIL_STARTS].count += i == 0;
        tally[TRAIL_ENDS].count += i + 1 == trail->length;
    }
    return STATUS_OK;
}

static enum status detail_activities(const struct fold_question *question, struct groups *groups,
                                     const struct fold_rows *rows, const struct facts *facts,
                                     struct group *const *group) {
    return count_trails(question, groups, rows, facts, group, count_activities);
}

static void write_activities(struct fold_row *row, struct table *table) {
    const struct group *group = row->group;
    const uint64_t journeys = group_count(group, TRAIL_JOURNEYS);
    const uint64_t repeats = group_count(group, TRAIL_REPEATS),
                   self = group_count(group, TRAIL_SELF);
    const bool is_step = group->step >= STEP_FIRST;
    write_activity(row, table, "activity", is_step ? group->step - STEP_FIRST : 0);
    begin_row(row, table);
    table_number(table, "value", "ratio", is_step ? (double)repeats / (double)journeys : NAN);
    table_absent(table, "lo", "ratio"); /* counted, not estimated */
    table_absent(table, "hi", "ratio");
    table_number(table, "share", "ratio", share_of(row));
    write_journeys(row, table);
    table_number(table, "journey_share", "ratio",
                 is_step ? (double)journeys / (double)group_count(row->total, TRAIL_ENDED) : NAN);
    table_count(table, "starts", group_count(group, TRAIL_STARTS));
    table_count(table, "ends", group_count(group, TRAIL_ENDS));
    table_count(table, "self_loops", self);
    table_count(table, "returns", repeats - self);
}

/* ==== what they share ======================================================================= */

#define TRAIL_EVENT_COLUMNS \
    (COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_TYPE) | COLUMN_BIT(COLUMN_STEP))
#define TRAIL_JOURNEY_COLUMNS \
    (COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(JOURNEY_LAST) | COLUMN_BIT(JOURNEY_FLAGS))

#define TRAIL_SOURCES(name, by_detail)                                                 \
    static const struct fold_source name[] = {                                         \
        {.purpose = PURPOSE_CASE,                                                      \
         .columns = TRAIL_JOURNEY_COLUMNS | COLUMN_BIT(CASE_DECIDED) |                 \
                    COLUMN_BIT(CASE_DELIVERED) | COLUMN_BIT(CASE_CLOSED) |             \
                    COLUMN_BIT(CASE_WITHDRAWN) | COLUMN_BIT(CASE_FORWARDED) |          \
                    COLUMN_BIT(CASE_REJECTED),                                         \
         .tell_columns = TRAIL_EVENT_COLUMNS,                                          \
         .lane_count = 1,                                                              \
         .emit = emit_cases,                                                           \
         .detail = (by_detail)},                                                       \
        {.purpose = PURPOSE_ATTEMPT,                                                   \
         .columns = TRAIL_JOURNEY_COLUMNS | ATTEMPT_TIMES_COLUMNS,                     \
         .tell_columns = TRAIL_EVENT_COLUMNS,                                          \
         .lane_count = 1,                                                              \
         .emit = emit_attempts,                                                        \
         .detail = (by_detail)},                                                       \
        {.purpose = PURPOSE_APPOINTMENT,                                               \
         .columns = TRAIL_JOURNEY_COLUMNS | COLUMN_BIT(APPOINTMENT_COLUMN_CANCELLED) | \
                    COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED) |                          \
                    COLUMN_BIT(APPOINTMENT_COLUMN_MISSED),                             \
         .tell_columns = TRAIL_EVENT_COLUMNS,                                          \
         .lane_count = 1,                                                              \
         .emit = emit_appointments,                                                    \
         .detail = (by_detail)}}

static const struct fold_class closing_classes[TRAIL_CLASSES] = {
    [TRAIL_ENDED] = {.role = ROLE_UNIT}, [TRAIL_OPEN] = {.role = ROLE_OPEN, .span = SPAN_STOCK}};
static const struct fold_class intake_classes[TRAIL_CLASSES] = {
    [TRAIL_ENDED] = {.role = ROLE_UNIT}, [TRAIL_OPEN] = {.role = ROLE_OPEN}};

#define TRAIL_FOLD(by_classes, by_sources, by_steps, by_write, summaries)                        \
    {                                                                                            \
        .classes = (by_classes), .class_count = TRAIL_CLASSES, .sources = (by_sources),          \
        .source_count = 3, .by_step = true, .steps = &(by_steps),                                \
        .scratch_bytes = sizeof(struct trail), .summary_count = (summaries), .write = (by_write) \
    }
#define TRAIL_FOLDS(...)                                                                          \
    {                                                                                             \
        [VIEW_CLOSING] = TRAIL_FOLD(closing_classes, __VA_ARGS__), [VIEW_INTAKE] =                \
                                                                       TRAIL_FOLD(intake_classes, \
                                                                                  __VA_ARGS__)    \
    }

static const struct fold_steps transition_steps = {unite_transitions, compare_transitions};
static const struct fold_steps variant_steps = {unite_variants, compare_variants};
static const struct fold_steps activity_steps = {NULL, compare_activities};
TRAIL_SOURCES(transition_sources, detail_transitions);
TRAIL_SOURCES(variant_sources, detail_variants);
TRAIL_SOURCES(activity_sources, detail_activities);

const struct fold fold_transitions[VIEW_COUNT] =
    TRAIL_FOLDS(transition_sources, transition_steps, write_transitions, 1);
const struct fold fold_variants[VIEW_COUNT] =
    TRAIL_FOLDS(variant_sources, variant_steps, write_variants, 1);
const struct fold fold_activities[VIEW_COUNT] =
    TRAIL_FOLDS(activity_sources, activity_steps, write_activities, 1);
