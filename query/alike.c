/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/alike.h"

#include "calendar/calendar.h"

/* --- preparation --- */

/* The first day whose end is after the moment, as an index into the calendar. */
static uint32_t day_of(const struct calendar *calendar, int64_t moment_ms) {
    uint32_t low = 0, high = calendar->day_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (calendar->day_start_ms[middle + 1] > moment_ms)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* No day with data has moments on both sides of this one. */
static bool divides_no_day(const struct fold_question *question, int64_t moment_ms) {
    if (moment_ms <= question->oldest_ms || moment_ms > question->newest_ms) return true;
    const struct calendar *calendar = question->plan->calendar;
    const uint32_t day = day_of(calendar, moment_ms);
    return day < calendar->day_count && calendar->day_start_ms[day] == moment_ms;
}

static bool asks_for_days(const struct fold_question *question, const struct timeline *period) {
    const struct plan *plan = question->plan;
    if (plan->calendar == NULL || question->oldest_ms == TIME_ABSENT) return false;
    bool whole =
        divides_no_day(question, period->from_ms) && divides_no_day(question, period->to_ms);
    for (uint32_t i = 0; i < plan->edge_count && whole; i++)
        whole = divides_no_day(question, plan->edges[i]);
    return whole;
}

static bool make_rest(struct alike *alike, struct arena *arena) {
    struct alike_rest *rest = &alike->rest;
    bool made = true;
    for (int i = 0; i < LIFE_COLUMNS; i++) {
        const size_t bytes = i == LIFE_TENANT ? sizeof(uint32_t) : sizeof(int64_t);
        rest->column[i] = arena_push_raw(arena, ALIKE_REST_MAX, bytes);
        made &= rest->column[i] != NULL;
    }
    for (uint32_t i = 0; i < alike->by_count; i++) {
        const size_t bytes = filter_is_choice(alike->by[i]) ? 1 : sizeof(uint32_t);
        rest->dimensions[alike->by[i]] = arena_push_raw(arena, ALIKE_REST_MAX, bytes);
        made &= rest->dimensions[alike->by[i]] != NULL;
    }
    rest->flags = arena_push_raw(arena, ALIKE_REST_MAX, 1);
    rest->times = arena_push_raw(arena, ALIKE_REST_MAX, sizeof *rest->times);
    return made && rest->flags != NULL && rest->times != NULL;
}

/* A table is worth its while when many lives share an entry, and of the events few are cases. */
static uint32_t choose_entries(const struct fold_question *question) {
    struct snapshot_stats stats;
    snapshot_stats(question->snapshot, &stats);
    const uint64_t entries = stats.event_count / ALIKE_EVENTS_PER_ENTRY;
    if (entries < ALIKE_ENTRIES_MIN) return ALIKE_ENTRIES_MIN;
    return entries < ALIKE_ENTRIES_MAX ? (uint32_t)entries : (uint32_t)ALIKE_ENTRIES_MAX;
}

enum status alike_init(struct alike *alike, const struct fold_question *question,
                       const struct timeline *period, const enum dimension *by, uint32_t by_count) {
    *alike = (struct alike){.question = question, .by = by, .by_count = by_count};
    if (!asks_for_days(question, period)) return STATUS_OK;
    const struct calendar *calendar = question->plan->calendar;
    struct arena *arena = question->arena;
    const uint32_t first = day_of(calendar, question->oldest_ms);
    uint32_t stop = day_of(calendar, question->newest_ms) + 1;
    if (stop > calendar->day_count) stop = calendar->day_count;
    alike->entries_left = choose_entries(question);
    if (first >= stop || stop - first > alike->entries_left / ALIKE_LENGTHS) return STATUS_OK;
    TRY(timeline_of_edges(calendar->day_start_ms + first, stop - first, arena, &alike->days));
    alike->begin_stop_ms = period->to_ms < alike->days.to_ms ? period->to_ms : alike->days.to_ms;
    const size_t tables = (size_t)ALIKE_CELLS_MAX * calendar->region_count * 2;
    alike->table_plus_1 = arena_push(arena, tables, 1);
    alike->table = arena_push(arena, ALIKE_TABLES_MAX, sizeof *alike->table);
    if (alike->table_plus_1 == NULL || alike->table == NULL || !make_rest(alike, arena))
        return STATUS_NO_MEMORY;
    alike->active = true;
    return STATUS_OK;
}

/* --- rows --- */

static void copy_code(enum dimension dimension, void *to, uint32_t at, uint32_t code) {
    if (filter_is_choice(dimension))
        ((uint8_t *)to)[at] = (uint8_t)code;
    else
        ((uint32_t *)to)[at] = code;
}

static uint32_t code_at(enum dimension dimension, const void *from, uint32_t at) {
    return filter_is_choice(dimension) ? ((const uint8_t *)from)[at] : ((const uint32_t *)from)[at];
}

static uint32_t rest_put(struct alike_rest *rest, const int64_t times[LIFE_TENANT], uint32_t tenant,
                         bool late, uint32_t number) {
    const uint32_t at = rest->count++;
    for (int i = 0; i < LIFE_TENANT; i++) ((int64_t *)rest->column[i])[at] = times[i];
    ((uint32_t *)rest->column[LIFE_TENANT])[at] = tenant;
    rest->flags[at] = late ? EVENT_LATE : 0;
    rest->times[at] = number;
    return at;
}

static void pass_on(struct alike *alike, const struct fold_rows *rows, const struct lives *lives,
                    uint32_t row, const void *const *dimensions, bool late) {
    const int64_t times[LIFE_TENANT] = {lives->begin[row], lives->end[row], lives->again[row],
                                        lives->last[row]};
    const uint32_t at = rest_put(&alike->rest, times, lives->tenant[row], late, 1);
    for (uint32_t i = 0; i < alike->by_count; i++) {
        const enum dimension by = alike->by[i];
        copy_code(by, alike->rest.dimensions[by], at,
                  code_at(by, dimensions[by], rows->begin + row));
    }
}

/* NULL: there is no room for one more. */
static uint32_t *make_table(struct alike *alike, uint32_t cell, uint32_t tenant, bool late,
                            uint8_t *number_plus_1) {
    const uint32_t entries = alike->days.count * ALIKE_LENGTHS;
    if (entries > alike->entries_left || alike->table_count == ALIKE_TABLES_MAX) return NULL;
    alike->entries_left -= entries;
    uint32_t *times = arena_push(alike->question->arena, entries, sizeof *times);
    if (times == NULL) return NULL;
    alike->table[alike->table_count++] =
        (struct alike_table){.cell = cell, .tenant = tenant, .late = late, .times = times};
    *number_plus_1 = (uint8_t)alike->table_count;
    return times;
}

static uint32_t *table_of(struct alike *alike, uint32_t cell_plus_1, uint32_t tenant, bool late) {
    if (cell_plus_1 == 0 || cell_plus_1 > ALIKE_CELLS_MAX) return NULL;
    const size_t cell = cell_plus_1 - 1, region = alike->question->region[tenant];
    const size_t regions = alike->question->plan->calendar->region_count;
    uint8_t *number_plus_1 = &alike->table_plus_1[(cell * regions + region) * 2 + late];
    if (*number_plus_1 > 0) return alike->table[*number_plus_1 - 1].times;
    return make_table(alike, (uint32_t)cell, tenant, late, number_plus_1);
}

void alike_add(struct alike *alike, const struct fold_rows *rows, const struct lives *lives,
               const uint32_t *cell_plus_1, const uint8_t *passes, const void *const *dimensions,
               const uint8_t *late_flags) {
    const struct timeline days = alike->days; /* a copy: nothing written can change it */
    const int64_t begin_stop_ms = alike->begin_stop_ms;
    for (uint32_t row = 0; row < rows->count; row++) {
        if (passes[row] == 0) continue;
        const bool late = late_flags != NULL && (late_flags[row] & EVENT_LATE) != 0;
        const int64_t begin = lives->begin[row], end = lives->end[row];
        const bool lasts = end == INT64_MAX;
        uint32_t *times = NULL;
        size_t entry = 0;
        if ((lives->again[row] == TIME_ABSENT) & (begin >= days.from_ms) & (begin < begin_stop_ms) &
            (end >= begin) & ((end < days.to_ms) | lasts)) {
            const uint32_t day = timeline_bucket(&days, begin);
            const uint32_t length = timeline_bucket(&days, lasts ? begin : end) - day;
            entry = (size_t)day * ALIKE_LENGTHS + (lasts ? ALIKE_LENGTHS - 1 : length);
            if (length < ALIKE_LENGTHS - 1)
                times = table_of(alike, cell_plus_1[row], lives->tenant[row], late);
        }
        if (times != NULL)
            times[entry]++;
        else
            pass_on(alike, rows, lives, row, dimensions, late);
    }
}

/* --- lives and their numbers --- */

/* The moment that stands for a day: before all others of it, and not before the oldest. */
static int64_t day_moment(const struct alike *alike, size_t day) {
    const int64_t begin_ms = alike->days.edges[day], oldest_ms = alike->question->oldest_ms;
    return begin_ms < oldest_ms ? oldest_ms : begin_ms;
}

static void expand_entry(struct alike *alike, const struct groups *groups,
                         const struct alike_table *table, size_t entry) {
    const size_t day = entry / ALIKE_LENGTHS, length = entry % ALIKE_LENGTHS;
    const int64_t times[LIFE_TENANT] = {
        day_moment(alike, day),
        length == ALIKE_LENGTHS - 1 ? INT64_MAX : day_moment(alike, day + length), TIME_ABSENT,
        INT64_MAX};
    const uint32_t at =
        rest_put(&alike->rest, times, table->tenant, table->late, table->times[entry]);
    for (uint32_t i = 0; i < alike->by_count; i++)
        copy_code(alike->by[i], alike->rest.dimensions[alike->by[i]], at,
                  groups->codes[(size_t)table->cell * groups->dimension_count + i]);
}

bool alike_expand(struct alike *alike, const struct groups *groups) {
    const size_t entries = (size_t)alike->days.count * ALIKE_LENGTHS;
    while (alike->next_table < alike->table_count) {
        const struct alike_table *table = &alike->table[alike->next_table];
        for (; alike->next_entry < entries; alike->next_entry++) {
            if (table->times[alike->next_entry] == 0) continue;
            if (alike->rest.count == ALIKE_REST_MAX) return true;
            expand_entry(alike, groups, table, alike->next_entry);
        }
        alike->next_entry = 0;
        alike->next_table++;
    }
    return alike->rest.count > 0;
}
