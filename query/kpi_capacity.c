/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>
#include <stdlib.h>

#include "calendar/calendar.h"
#include "query/fold.h"

/* KPIs that read what offices say of their capacity: the third next available appointment, slot
 * fill and utilisation. A report speaks of one slot or day (`start`) and may be said again; the
 * last one known counts, so nothing can be counted before all rows have been seen:
 *
 *   rows -> emit, place   as of any KPI: facts say in which group a report or appointment belongs
 *        -> detail        reports are kept, appointments added up, under a key: group, place, day
 *        -> settle        the keys of all threads together; each becomes counts of its group
 *
 * Days are those of the calendar's zone. Of two reports of one moment the smaller counts, so that
 * the order of arrival changes nothing. */

enum {
    CAPACITY_KEYS_MAX = 1 << 24,
    REPORTS_CHUNK = 2048,
    FREE_ENOUGH = 3, /* slots: the third next available one */
    SECONDS_A_MINUTE = 60
};

/* Said of the slots at `start`: free ones, FREE_ENOUGH at most; planned ones; planned seconds. */
struct report {
    int64_t start_ms, time_ms;
    uint32_t key, service, amount;
    bool late;
};
struct report_chunk {
    struct report_chunk *older;
    uint32_t count;
    struct report report[REPORTS_CHUNK];
};

struct capacity_key {
    uint32_t cell, bucket, tenant, office, service; /* service: of free slots only, else 0 */
    uint32_t day;                    /* of the calendar: of the report, or the slot */
    uint64_t count, open, amount_ms; /* of appointments: all, to come; time of service */
};

/* The scratch of these KPIs. */
struct capacity {
    uint32_t minutes_plus_1; /* the code that says so, in the dictionary; 0: not looked for */
    struct pairs place, of_service, group, there,
        key_of; /* from two numbers to one, step by step */
    struct capacity_key *keys;
    uint32_t key_count, key_capacity;
    struct report_chunk *chunks;
    uint64_t report_count;
};

/* --- keys and reports --- */

static void begin(const struct fold_question *question, struct capacity *capacity) {
    static const char minutes[] = "minutes";
    if (capacity->minutes_plus_1 != 0) return;
    const struct dictionary *dictionary = snapshot_dictionary(question->snapshot);
    struct pairs *const pairs[] = {&capacity->place, &capacity->of_service, &capacity->group,
                                   &capacity->there, &capacity->key_of};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        pairs_init(pairs[i], question->arena, CAPACITY_KEYS_MAX);
    capacity->minutes_plus_1 = dictionary_find(dictionary, minutes, sizeof minutes - 1) + 1;
}

static enum status add_key(struct capacity *capacity, struct arena *arena,
                           const struct capacity_key *key) {
    if (capacity->key_count == capacity->key_capacity) {
        const uint32_t larger = capacity->key_capacity == 0 ? 64 : capacity->key_capacity * 2;
        struct capacity_key *keys = arena_push_raw(arena, larger, sizeof *keys);
        if (keys == NULL) return STATUS_NO_MEMORY;
        for (uint32_t i = 0; i < capacity->key_count; i++) keys[i] = capacity->keys[i];
        capacity->keys = keys;
        capacity->key_capacity = larger;
    }
    struct capacity_key *added = &capacity->keys[capacity->key_count++];
    *added = *key;
    added->count = added->open = added->amount_ms = 0;
    return STATUS_OK;
}

/* The number of the key, whose counts are zero when it is new. */
static enum status key_of(struct capacity *capacity, struct arena *arena,
                          const struct capacity_key *key, uint32_t *out) {
    uint32_t place, group;
    TRY(pairs_get(&capacity->place, key->tenant, key->office, &place));
    TRY(pairs_get(&capacity->of_service, place, key->service, &place));
    TRY(pairs_get(&capacity->group, key->cell, key->bucket, &group));
    TRY(pairs_get(&capacity->there, place, group, &place));
    TRY(pairs_get(&capacity->key_of, place, key->day, out));
    return *out < capacity->key_count ? STATUS_OK : add_key(capacity, arena, key);
}

static enum status add_report(struct capacity *capacity, struct arena *arena,
                              const struct report *report) {
    struct report_chunk *chunk = capacity->chunks;
    if (chunk == NULL || chunk->count == REPORTS_CHUNK) {
        chunk = arena_push_raw(arena, 1, sizeof *chunk);
        if (chunk == NULL) return STATUS_NO_MEMORY;
        chunk->older = capacity->chunks;
        chunk->count = 0;
        capacity->chunks = chunk;
    }
    chunk->report[chunk->count++] = *report;
    capacity->report_count++;
    return STATUS_OK;
}

/* Not negative, and a number. */
static uint32_t amount_of(double value, double most) {
    return value > 0 ? (uint32_t)llround(fmin(value, most)) : 0;
}

static uint32_t day_of(const struct fold_question *question, int64_t moment_ms) {
    return (uint32_t)calendar_day(question->plan->calendar, moment_ms);
}

/* The report of an event row, under a key without service. */
static enum status keep_report(const struct fold_question *question, const struct fold_rows *rows,
                               uint32_t row, const struct capacity_key *key, uint32_t amount) {
    struct capacity *capacity = question->scratch;
    struct report report = {.start_ms = fold_times(rows, COLUMN_START)[row],
                            .time_ms = fold_times(rows, COLUMN_TIME)[row],
                            .service = fold_codes(rows, COLUMN_SERVICE)[row],
                            .amount = amount,
                            .late = (fold_choices(rows, COLUMN_FLAGS)[row] & EVENT_LATE) != 0};
    TRY(key_of(capacity, question->arena, key, &report.key));
    return add_report(capacity, question->arena, &report);
}

/* --- all threads together --- */

static enum status take_keys(struct capacity *into, const struct fold_part *part,
                             struct groups *groups, struct arena *arena, uint32_t *number) {
    const struct capacity *from = part->question->scratch;
    for (uint32_t i = 0; i < from->key_count; i++) {
        struct capacity_key key = from->keys[i];
        const size_t at = (size_t)key.cell * groups->dimension_count;
        TRY(groups_cell(groups, groups->dimension_count == 0 ? NULL : part->groups->codes + at,
                        &key.cell));
        TRY(key_of(into, arena, &key, &number[i]));
        struct capacity_key *known = &into->keys[number[i]];
        known->count += from->keys[i].count;
        known->open += from->keys[i].open;
        known->amount_ms += from->keys[i].amount_ms;
    }
    return STATUS_OK;
}

static enum status take_part(struct capacity *into, const struct fold_part *part,
                             struct groups *groups, struct arena *arena) {
    struct capacity *from = part->question->scratch;
    uint32_t *number = arena_push_raw(arena, from->key_count + 1, sizeof *number);
    if (number == NULL) return STATUS_NO_MEMORY;
    TRY(take_keys(into, part, groups, arena, number));
    struct report_chunk **last = &from->chunks;
    for (; *last != NULL; last = &(*last)->older)
        for (uint32_t i = 0; i < (*last)->count; i++)
            (*last)->report[i].key = number[(*last)->report[i].key];
    *last = into->chunks;
    into->chunks = from->chunks;
    into->report_count += from->report_count;
    return STATUS_OK;
}

/* Of one key: by slot, the last one said first. */
static int compare_reports(const void *left, const void *right) {
    const struct report *a = *(const struct report *const *)left;
    const struct report *b = *(const struct report *const *)right;
    if (a->start_ms != b->start_ms) return a->start_ms < b->start_ms ? -1 : 1;
    if (a->service != b->service) return a->service < b->service ? -1 : 1;
    if (a->time_ms != b->time_ms) return a->time_ms > b->time_ms ? -1 : 1;
    return (a->amount > b->amount) - (a->amount < b->amount);
}

static bool same_slot(const struct report *a, const struct report *b) {
    return a->start_ms == b->start_ms && a->service == b->service;
}

/* Pointers to the reports in the order of their keys; first[key] is where each begins. */
static enum status sort_reports(const struct capacity *capacity, struct arena *arena,
                                const struct report ***out, uint64_t **out_first) {
    const struct report **reports =
        arena_push_raw(arena, capacity->report_count + 1, sizeof *reports);
    uint64_t *first = arena_push_array(arena, uint64_t, capacity->key_count + 2);
    if (reports == NULL || first == NULL) return STATUS_NO_MEMORY;
    for (const struct report_chunk *chunk = capacity->chunks; chunk != NULL; chunk = chunk->older)
        for (uint32_t i = 0; i < chunk->count; i++) first[chunk->report[i].key + 2]++;
    for (uint32_t key = 2; key < capacity->key_count + 2; key++) first[key] += first[key - 1];
    for (const struct report_chunk *chunk = capacity->chunks; chunk != NULL; chunk = chunk->older)
        for (uint32_t i = 0; i < chunk->count; i++)
            reports[first[chunk->report[i].key + 1]++] = &chunk->report[i];
    *out = reports;
    *out_first = first;
    return STATUS_OK;
}

/* What the last reports of a key's slots say comes to its group. */
typedef enum status (*settle_key)(const struct fold_question *question,
                                  const struct capacity_key *key,
                                  const struct report *const *reports, uint32_t count,
                                  struct group *group);

static enum status settle_each(const struct fold_part *parts, uint32_t part_count,
                               struct groups *groups, settle_key settle) {
    const struct fold_question *question = parts[0].question;
    struct capacity *all = question->scratch;
    const struct report **reports;
    uint64_t *first;
    begin(question, all);
    for (uint32_t i = 1; i < part_count; i++)
        TRY(take_part(all, &parts[i], groups, question->arena));
    TRY(sort_reports(all, question->arena, &reports, &first));
    for (uint32_t i = 0; i < all->key_count; i++) {
        const struct capacity_key *key = &all->keys[i];
        const struct report **of_key = reports + first[i];
        const uint64_t said = first[i + 1] - first[i];
        uint32_t count = 0;
        struct group *group;
        qsort(of_key, said, sizeof *of_key, compare_reports);
        for (uint64_t r = 0; r < said; r++)
            if (count == 0 || !same_slot(of_key[count - 1], of_key[r])) of_key[count++] = of_key[r];
        TRY(groups_get(groups, key->cell, key->bucket, 0, &group));
        TRY(settle(question, key, of_key, count, group));
    }
    groups_seal(groups);
    return STATUS_OK;
}

/* ==== third next available ===================================================================
 * As the Institute for Healthcare Improvement defines it: the days from today to the third free
 * slot, because one or two are often free by chance. Population: samples; one is what was
 * reported (capacity.free) of an office and service on one day. Slots of days before that day are
 * no longer free. Fewer than three free slots reported: more days than to the last slot reported,
 * the horizon of that sample. Median and quantiles after Kaplan and Meier. */

enum {
    THIRD_FOUND,  /* series 0: days */
    THIRD_BEYOND, /* series 1: days to the horizon */
    THIRD_REPORT, /* one event */
    THIRD_OUTSIDE_CALENDAR,
    THIRD_CLASSES
};

static void emit_free(const struct fold_question *question, const struct fold_rows *rows,
                      struct facts *facts) {
    const int64_t *time = fold_times(rows, COLUMN_TIME);
    for (uint32_t row = 0; row < rows->count; row++) {
        const bool covered = calendar_day(question->plan->calendar, time[row]) >= 0;
        if (time[row] <= question->as_of_ms)
            facts_put(facts, row, time[row], covered ? THIRD_REPORT : THIRD_OUTSIDE_CALENDAR, 0);
    }
}

static enum status gather_free(const struct fold_question *question, struct groups *groups,
                               const struct fold_rows *rows, const struct facts *facts,
                               struct group *const *group) {
    (void)groups;
    begin(question, question->scratch);
    for (uint32_t row = 0; row < rows->count; row++) {
        if (facts->class[row] != THIRD_REPORT) continue;
        const struct capacity_key key = {.cell = group[row]->cell,
                                         .bucket = group[row]->bucket,
                                         .tenant = fold_codes(rows, COLUMN_TENANT)[row],
                                         .office = fold_codes(rows, COLUMN_OFFICE)[row],
                                         .service = fold_codes(rows, COLUMN_SERVICE)[row],
                                         .day = day_of(question, facts->when[row])};
        const double value = fold_numbers(rows, COLUMN_VALUE)[row];
        TRY(keep_report(question, rows, row, &key, amount_of(floor(value), FREE_ENOUGH)));
    }
    return STATUS_OK;
}

/* Days of the clock from one day of the calendar to another, which is not before it. */
static int64_t days_between(const struct fold_question *question, uint32_t tenant, uint32_t from,
                            uint32_t to) {
    if (question->plan->clock != CLOCK_WORKING_DAYS) return (int64_t)to - (int64_t)from;
    const uint32_t *working = question->plan->calendar->working[question->region[tenant]];
    return (int64_t)working[to + 1] - (int64_t)working[from + 1];
}

static enum status settle_third(const struct fold_question *question,
                                const struct capacity_key *key, const struct report *const *reports,
                                uint32_t count, struct group *group) {
    uint32_t free_slots = 0, day = key->day;
    bool late = false;
    for (uint32_t i = 0; i < count; i++) late |= reports[i]->late;
    for (uint32_t i = 0; i < count && free_slots < FREE_ENOUGH; i++) {
        const int64_t slot = calendar_day(question->plan->calendar, reports[i]->start_ms);
        if (slot < 0 && reports[i]->start_ms > reports[i]->time_ms) {
            group->tally[THIRD_OUTSIDE_CALENDAR].count++;
            return STATUS_OK;
        }
        if (slot < (int64_t)key->day) continue;
        free_slots += reports[i]->amount;
        day = (uint32_t)slot;
    }
    const int found = free_slots >= FREE_ENOUGH ? THIRD_FOUND : THIRD_BEYOND;
    group->tally[found].count++;
    group->late += late;
    const int64_t days = days_between(question, key->tenant, key->day, day);
    return series_add(&group->series[found], question->arena, days) ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status settle_thirds(const struct fold_part *parts, uint32_t count,
                                 struct groups *groups) {
    return settle_each(parts, count, groups, settle_third);
}

static void write_third(struct fold_row *row, struct table *table) {
    const char *unit = row->question->plan->clock == CLOCK_WORKING_DAYS ? "working_days" : "days";
    const struct series *found = &row->group->series[THIRD_FOUND];
    const struct series *beyond = &row->group->series[THIRD_BEYOND];
    int64_t *days = row->values, *horizons = days + series_count(found);
    series_sort(found, days, row->room);
    series_sort(beyond, horizons, row->room);
    const struct survival survival = {.end = {{days, series_count(found)}},
                                      .censored = {horizons, series_count(beyond)}};
    fold_write_survival(row, table, &survival, unit, 1);
    table_count(table, "beyond_horizon", series_count(beyond));
}

static const struct fold_class third_classes[THIRD_CLASSES] = {
    [THIRD_FOUND] = {.role = ROLE_UNIT},
    [THIRD_BEYOND] = {.role = ROLE_UNIT},
    [THIRD_OUTSIDE_CALENDAR] = {.name = "excluded_outside_calendar", .role = ROLE_EXCLUDED}};

#define REPORT_COLUMNS                                                                  \
    (COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_TENANT) | COLUMN_BIT(COLUMN_OFFICE) |  \
     COLUMN_BIT(COLUMN_SERVICE) | COLUMN_BIT(COLUMN_START) | COLUMN_BIT(COLUMN_VALUE) | \
     COLUMN_BIT(COLUMN_CODE) | COLUMN_BIT(COLUMN_FLAGS))

static const struct fold_source third_source[] = {{.purpose = PURPOSE_NONE,
                                                   .types = TYPE_BIT(TYPE_CAPACITY_FREE),
                                                   .columns = REPORT_COLUMNS,
                                                   .lane_count = 1,
                                                   .emit = emit_free,
                                                   .detail = gather_free}};

const struct fold fold_third_next_available = {.classes = third_classes,
                                               .class_count = THIRD_CLASSES,
                                               .sources = third_source,
                                               .source_count = 1,
                                               .needs_calendar = true,
                                               .scratch_bytes = sizeof(struct capacity),
                                               .settle = settle_thirds,
                                               .write = write_third};

/* ==== slot fill and utilisation ==============================================================
 * Both compare what an office did on a day with what it had planned for that day
 * (capacity.planned): booked appointments with slots, minutes of service with minutes of staff,
 * which are the reports whose code says minutes. Days of which nothing was reported are left out,
 * with what was done on them; a plan of zero counts as zero. So both may be more than 1. */

enum {
    FILL_PLANNED, /* slots; minutes */
    FILL_DONE,    /* appointments booked; minutes of service */
    FILL_OVER,    /* of these, what was more than planned on its day */
    FILL_DAYS,    /* of offices, with a plan */
    FILL_DAYS_OVER,
    FILL_OPEN, /* booked and still to come; being served */
    FILL_NO_CAPACITY,
    FILL_OUTSIDE_CALENDAR,
    FILL_NOT_CONFIRMED,
    FILL_CANCELLED,
    FILL_NO_START, /* served, and nobody said since when */
    FILL_REPORT,
    FILL_SEEN, /* an appointment, not yet known whether it counts */
    FILL_CLASSES
};

/* minutes: whether to take the reports in minutes, or the others. */
static void emit_planned(const struct fold_question *question, const struct fold_rows *rows,
                         bool minutes, struct facts *facts) {
    const int64_t *time = fold_times(rows, COLUMN_TIME), *start = fold_times(rows, COLUMN_START);
    const uint32_t *code = fold_codes(rows, COLUMN_CODE);
    struct capacity *capacity = question->scratch;
    begin(question, capacity);
    const uint32_t said = capacity->minutes_plus_1 - 1; /* 0: nobody ever said so */
    for (uint32_t row = 0; row < rows->count; row++) {
        const bool in_minutes = said != 0 && code[row] == said;
        if (in_minutes != minutes || time[row] > question->as_of_ms) continue;
        const bool covered = calendar_day(question->plan->calendar, start[row]) >= 0;
        facts_put(facts, row, start[row], covered ? FILL_REPORT : FILL_OUTSIDE_CALENDAR, 0);
    }
}

static void emit_planned_slots(const struct fold_question *question, const struct fold_rows *rows,
                               struct facts *facts) {
    emit_planned(question, rows, false, facts);
}

static void emit_planned_minutes(const struct fold_question *question, const struct fold_rows *rows,
                                 struct facts *facts) {
    emit_planned(question, rows, true, facts);
}

static enum status gather_planned(const struct fold_question *question, struct groups *groups,
                                  const struct fold_rows *rows, const struct facts *facts,
                                  struct group *const *group) {
    const bool minutes = question->plan->definition->kpi == KPI_UTILISATION;
    (void)groups;
    for (uint32_t row = 0; row < rows->count; row++) {
        if (facts->class[row] != FILL_REPORT) continue;
        const struct capacity_key key = {.cell = group[row]->cell,
                                         .bucket = group[row]->bucket,
                                         .tenant = fold_codes(rows, COLUMN_TENANT)[row],
                                         .office = fold_codes(rows, COLUMN_OFFICE)[row],
                                         .day = day_of(question, facts->when[row])};
        const double value = fold_numbers(rows, COLUMN_VALUE)[row];
        TRY(keep_report(question, rows, row, &key,
                        amount_of(minutes ? value * SECONDS_A_MINUTE : value, UINT32_MAX)));
    }
    return STATUS_OK;
}

static void emit_booked(const struct fold_question *question, const struct fold_rows *rows,
                        struct facts *facts) {
    const int64_t as_of_ms = question->as_of_ms;
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *start = fold_times(rows, APPOINTMENT_COLUMN_START);
    const int64_t *confirmed = fold_times(rows, APPOINTMENT_COLUMN_CONFIRMED);
    const int64_t *cancelled_at = fold_times(rows, APPOINTMENT_COLUMN_CANCELLED);
    for (uint32_t row = 0; row < rows->count; row++) {
        if (start[row] == TIME_ABSENT || first[row] > as_of_ms) continue;
        const bool covered = calendar_day(question->plan->calendar, start[row]) >= 0;
        const int64_t cancelled = fold_seen(as_of_ms, cancelled_at[row]);
        uint32_t class = covered ? FILL_SEEN : FILL_OUTSIDE_CALENDAR;
        if (fold_before(cancelled, start[row])) class = FILL_CANCELLED;
        if (fold_seen(as_of_ms, confirmed[row]) == TIME_ABSENT) class = FILL_NOT_CONFIRMED;
        facts_put(facts, row, start[row], class, 0);
    }
}

static void emit_served(const struct fold_question *question, const struct fold_rows *rows,
                        struct facts *facts) {
    const int64_t *showedup_at = fold_times(rows, APPOINTMENT_COLUMN_SHOWEDUP);
    const int64_t *finished_at = fold_times(rows, APPOINTMENT_COLUMN_FINISHED);
    for (uint32_t row = 0; row < rows->count; row++) {
        const int64_t showedup = fold_seen(question->as_of_ms, showedup_at[row]);
        const int64_t finished = fold_seen(question->as_of_ms, finished_at[row]);
        if (finished == TIME_ABSENT) {
            facts_put(facts, row, showedup, FILL_OPEN, 0);
            continue;
        }
        const bool covered = calendar_day(question->plan->calendar, finished) >= 0;
        const uint32_t class = covered ? FILL_SEEN : FILL_OUTSIDE_CALENDAR;
        facts_put(facts, row, finished, showedup == TIME_ABSENT ? FILL_NO_START : class, 0);
    }
}

static enum status gather_done(const struct fold_question *question, struct groups *groups,
                               const struct fold_rows *rows, const struct facts *facts,
                               struct group *const *group) {
    struct capacity *capacity = question->scratch;
    const bool minutes = question->plan->definition->kpi == KPI_UTILISATION;
    (void)groups;
    begin(question, capacity);
    for (uint32_t row = 0; row < rows->count; row++) {
        if (facts->class[row] != FILL_SEEN) continue;
        const struct capacity_key key = {.cell = group[row]->cell,
                                         .bucket = group[row]->bucket,
                                         .tenant = fold_codes(rows, JOURNEY_TENANT)[row],
                                         .office = fold_codes(rows, JOURNEY_OFFICE)[row],
                                         .day = day_of(question, facts->when[row])};
        uint32_t number;
        TRY(key_of(capacity, question->arena, &key, &number));
        struct capacity_key *known = &capacity->keys[number];
        known->count++;
        known->open += facts->when[row] > question->as_of_ms;
        if (minutes) known->amount_ms += fold_codes(rows, APPOINTMENT_COLUMN_SERVICE_MS)[row];
    }
    return STATUS_OK;
}

static void add_amount(struct group *group, int class, uint64_t count, uint64_t amount) {
    group->tally[class].count += count;
    group->tally[class].amount += (int64_t)amount;
}

/* Amounts are slots, or milliseconds. */
static void settle_day(const struct report *const *reports, uint32_t count, uint64_t done,
                       uint64_t per_report, uint64_t per_count, struct group *group) {
    uint64_t planned = 0, late = 0;
    for (uint32_t i = 0; i < count; i++) planned += reports[i]->amount * per_report;
    for (uint32_t i = 0; i < count; i++) late += reports[i]->late ? reports[i]->amount : 0;
    if (count == 0) {
        add_amount(group, FILL_NO_CAPACITY, done / per_count, done);
        return;
    }
    add_amount(group, FILL_PLANNED, planned / per_count, planned);
    add_amount(group, FILL_DONE, done / per_count, done);
    add_amount(group, FILL_DAYS, 1, 0);
    group->late += late * per_report / per_count;
    if (done <= planned) return;
    add_amount(group, FILL_OVER, (done - planned) / per_count, done - planned);
    add_amount(group, FILL_DAYS_OVER, 1, 0);
}

static enum status settle_slots(const struct fold_question *question,
                                const struct capacity_key *key, const struct report *const *reports,
                                uint32_t count, struct group *group) {
    (void)question;
    settle_day(reports, count, key->count, 1, 1, group);
    if (count > 0) group->tally[FILL_OPEN].count += key->open;
    return STATUS_OK;
}

static enum status settle_minutes(const struct fold_question *question,
                                  const struct capacity_key *key,
                                  const struct report *const *reports, uint32_t count,
                                  struct group *group) {
    (void)question;
    settle_day(reports, count, key->amount_ms, 1000, SECONDS_A_MINUTE * 1000, group);
    return STATUS_OK;
}

static enum status settle_fill(const struct fold_part *parts, uint32_t count,
                               struct groups *groups) {
    return settle_each(parts, count, groups, settle_slots);
}

static enum status settle_utilisation(const struct fold_part *parts, uint32_t count,
                                      struct groups *groups) {
    return settle_each(parts, count, groups, settle_minutes);
}

/* Everything is counted and nothing estimated: there is no interval. */
static void write_fill(struct fold_row *row, struct table *table) {
    const struct tally *tally = row->group->tally;
    fold_write_ratio(table, "value", (double)tally[FILL_DONE].amount,
                     (double)tally[FILL_PLANNED].amount);
    table_absent(table, "lo", "ratio");
    table_absent(table, "hi", "ratio");
    table_count(table, "office_days", tally[FILL_DAYS].count);
    table_count(table, "office_days_over", tally[FILL_DAYS_OVER].count);
}

static void write_slot_fill(struct fold_row *row, struct table *table) {
    const struct tally *tally = row->group->tally;
    write_fill(row, table);
    table_count(table, "planned", tally[FILL_PLANNED].count);
    table_count(table, "booked", tally[FILL_DONE].count);
    table_count(table, "overbooked", tally[FILL_OVER].count);
    table_count(table, "cancelled", tally[FILL_CANCELLED].count);
}

static void write_utilisation(struct fold_row *row, struct table *table) {
    const struct tally *tally = row->group->tally;
    const double per_minute = SECONDS_A_MINUTE * 1000.0;
    write_fill(row, table);
    table_number(table, "planned_minutes", "minutes",
                 (double)tally[FILL_PLANNED].amount / per_minute);
    table_number(table, "service_minutes", "minutes", (double)tally[FILL_DONE].amount / per_minute);
    table_count(table, "without_start", tally[FILL_NO_START].count);
}

static const struct fold_class fill_classes[FILL_CLASSES] = {
    [FILL_PLANNED] = {.role = ROLE_UNIT},
    [FILL_OPEN] = {.role = ROLE_OPEN},
    [FILL_NO_CAPACITY] = {.name = "excluded_no_capacity", .role = ROLE_EXCLUDED},
    [FILL_OUTSIDE_CALENDAR] = {.name = "excluded_outside_calendar", .role = ROLE_EXCLUDED},
    [FILL_NOT_CONFIRMED] = {.name = "excluded_not_confirmed", .role = ROLE_EXCLUDED}};

static const struct fold_class utilisation_classes[FILL_CLASSES] = {
    [FILL_PLANNED] = {.role = ROLE_UNIT},
    [FILL_OPEN] = {.role = ROLE_OPEN},
    [FILL_NO_CAPACITY] = {.name = "excluded_no_capacity", .role = ROLE_EXCLUDED},
    [FILL_OUTSIDE_CALENDAR] = {.name = "excluded_outside_calendar", .role = ROLE_EXCLUDED}};

#define PLANNED_SOURCE(emit_reports)                                                          \
    {                                                                                         \
        .purpose = PURPOSE_NONE, .types = TYPE_BIT(TYPE_CAPACITY_PLANNED),                    \
        .columns = REPORT_COLUMNS, .any_time = true, .lane_count = 1, .emit = (emit_reports), \
        .detail = gather_planned                                                              \
    }
#define PLACE_COLUMNS (COLUMN_BIT(JOURNEY_TENANT) | COLUMN_BIT(JOURNEY_OFFICE))

static const struct fold_source fill_sources[] = {
    PLANNED_SOURCE(emit_planned_slots),
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = PLACE_COLUMNS | COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(APPOINTMENT_COLUMN_START) |
                COLUMN_BIT(APPOINTMENT_COLUMN_CONFIRMED) | COLUMN_BIT(APPOINTMENT_COLUMN_CANCELLED),
     .lane_count = 1,
     .emit = emit_booked,
     .detail = gather_done}};

static const struct fold_source utilisation_sources[] = {
    PLANNED_SOURCE(emit_planned_minutes),
    {.purpose = PURPOSE_APPOINTMENT,
     .columns = PLACE_COLUMNS | COLUMN_BIT(APPOINTMENT_COLUMN_SHOWEDUP) |
                COLUMN_BIT(APPOINTMENT_COLUMN_FINISHED) | COLUMN_BIT(APPOINTMENT_COLUMN_SERVICE_MS),
     .lane_count = 1,
     .emit = emit_served,
     .detail = gather_done}};

const struct fold fold_slot_fill = {.classes = fill_classes,
                                    .class_count = FILL_CLASSES,
                                    .sources = fill_sources,
                                    .source_count = 2,
                                    .needs_calendar = true,
                                    .scratch_bytes = sizeof(struct capacity),
                                    .settle = settle_fill,
                                    .write = write_slot_fill};

const struct fold fold_utilisation = {.classes = utilisation_classes,
                                      .class_count = FILL_CLASSES,
                                      .sources = utilisation_sources,
                                      .source_count = 2,
                                      .needs_calendar = true,
                                      .scratch_bytes = sizeof(struct capacity),
                                      .settle = settle_utilisation,
                                      .write = write_utilisation};
