/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/gather.h"

#include <assert.h>
#include <string.h>

/* --- preparation --- */

static void learn_classes(struct gather *gather) {
    gather->tally_of[CLASS_NONE] = (uint8_t)gather->fold->class_count;
    for (uint32_t class = 0; class < gather->fold->class_count; class ++) {
        const struct fold_class *each = &gather->fold->classes[class];
        const bool in_series = each->keep >= KEEP_SERIES_0;
        gather->series_of[class] =
            in_series ? (uint8_t)(each->keep - KEEP_SERIES_0) : (uint8_t)SERIES_MAX;
        gather->valued_classes |= (uint64_t)(each->keep != KEEP_COUNT) << class;
        gather->tally_of[class] = (uint8_t) class;
        gather->is_unit[class] = each->role == ROLE_UNIT;
        gather->early_classes |= (uint64_t)(each->span != SPAN_FLOW) << class;
        if (each->keep == KEEP_LEAST) gather->groups.amount_first[class] = INT64_MAX;
        if (each->keep == KEEP_GREATEST) gather->groups.amount_first[class] = INT64_MIN;
    }
}

static enum status init_lives(struct gather *gather) {
    if (gather->fold->sources[0].live == NULL) return STATUS_OK;
    CHECK(gather->fold->source_count == 1 && gather->valued_classes == 0);
    gather->lives = arena_push_raw(gather->question->arena, 1, sizeof *gather->lives);
    if (gather->lives == NULL) return STATUS_NO_MEMORY;
    return alike_init(&gather->alike, gather->question, &gather->timeline, gather->by,
                      gather->by_count);
}

enum status gather_init(struct gather *gather, const struct fold_question *question,
                        const struct fold *fold, const struct filter *filter,
                        const enum dimension *by, uint32_t by_count, uint32_t group_limit) {
    struct arena *arena = question->arena;
    *gather = (struct gather){
        .question = question, .fold = fold, .filter = filter, .by = by, .by_count = by_count};
    TRY(timeline_build(question->plan, arena, &gather->timeline));
    TRY(groups_init(&gather->groups, arena, fold->class_count, by_count,
                    BUCKET_FIRST + gather->timeline.count, group_limit));
    uint32_t lanes = 1;
    for (uint32_t i = 0; i < fold->source_count; i++)
        if (fold->sources[i].lane_count > lanes) lanes = fold->sources[i].lane_count;
    CHECK(lanes <= LANES_MAX);
    gather->facts = arena_push(arena, lanes, sizeof *gather->facts);
    gather->passes = arena_push(arena, ALIKE_REST_MAX, sizeof *gather->passes);
    gather->cell_plus_1 = arena_push(arena, ALIKE_REST_MAX, sizeof *gather->cell_plus_1);
    gather->number = arena_push(arena, ALIKE_REST_MAX, sizeof *gather->number);
    gather->group = arena_push(arena, FACT_ROWS_MAX, sizeof(struct group *));
    gather->valued = arena_push(arena, (size_t)2 * FACT_ROWS_MAX, sizeof *gather->valued);
    gather->size = arena_push(arena, FACT_ROWS_MAX, sizeof *gather->size);
    gather->bucket = arena_push(arena, FACT_ROWS_MAX, sizeof *gather->bucket);
    if (gather->facts == NULL || gather->passes == NULL || gather->cell_plus_1 == NULL ||
        gather->group == NULL || gather->valued == NULL || gather->number == NULL ||
        gather->size == NULL || gather->bucket == NULL)
        return STATUS_NO_MEMORY;
    learn_classes(gather);
    return init_lives(gather);
}

void gather_begin_source(struct gather *gather, const struct fold_source *source, fold_emit emit) {
    gather->source = source;
    gather->emit = emit;
}

/* --- place --- */

static uint32_t code_at(const struct gather *gather, const void *const *dimensions, uint32_t by,
                        uint32_t row) {
    const void *column = dimensions[gather->by[by]];
    return filter_is_choice(gather->by[by]) ? ((const uint8_t *)column)[row]
                                            : ((const uint32_t *)column)[row];
}

/* 1 + number of each row's code among those of its dimension, 0: not known. */
WIDE(number_codes,
     (const struct pairs *pairs, const uint32_t *codes, uint32_t count, uint32_t *numbers),
     (pairs, codes, count, numbers)) {
    const uint32_t columns = pairs->columns;
    const uint32_t *table = pairs->number_plus_1 + columns; /* the row of 0 */
    uint32_t *restrict out = numbers;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const uint32_t known = codes[row] < columns ? table[codes[row]] : 0;
        out[row] = known;
    }
}

static void number_choices(const struct pairs *pairs, const uint8_t *choices, uint32_t count,
                           uint32_t *numbers) {
    for (uint32_t row = 0; row < count; row++) numbers[row] = pairs_look(pairs, 1, choices[row]);
}

/* The cells of all rows of the block, as far as the tables know them. */
static void find_cells(struct gather *gather, uint32_t row_count, const void *const *dimensions) {
    uint32_t *cell_plus_1 = gather->cell_plus_1, *number = gather->number;
    for (uint32_t row = 0; row < row_count && gather->by_count == 0; row++) cell_plus_1[row] = 1;
    for (uint32_t i = 0; i < gather->by_count; i++) {
        const void *column = dimensions[gather->by[i]];
        const struct pairs *code = &gather->groups.code[i], *prefix = &gather->groups.prefix[i];
        uint32_t *numbers = i == 0 ? cell_plus_1 : number;
        if (code->columns == 0)
            memset(numbers, 0, row_count * sizeof *numbers);
        else if (filter_is_choice(gather->by[i]))
            number_choices(code, column, row_count, numbers);
        else
            number_codes(code, column, row_count, numbers);
        for (uint32_t row = 0; row < row_count && i > 0; row++)
            cell_plus_1[row] =
                number[row] == 0 ? 0 : pairs_look(prefix, cell_plus_1[row], number[row] - 1);
    }
}

enum { CLASS_MASK = 63 };
static_assert((int)CLASSES_MAX <= (int)CLASS_MASK,
              "a bit for each class, and CLASS_NONE has another");

/* The buckets of facts; BUCKET_NOWHERE of rows without a fact, and outside of the period. */
WIDE_INLINE void place_times(const struct gather *gather, const struct facts *facts, uint32_t count,
                             bool buckets, bool early) {
    const struct timeline timeline = gather->timeline; /* a copy: nothing written can change it */
    const int64_t from_ms = timeline.from_ms == TIME_ABSENT ? TIME_ABSENT + 1 : timeline.from_ms;
    const uint64_t length = (uint64_t)timeline.to_ms - (uint64_t)from_ms;
    uint32_t *restrict bucket = gather->bucket;
    const int64_t *moments = facts->when;
    const uint8_t *classes = facts->class;
    const uint64_t early_classes = gather->early_classes;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const int64_t when = moments[row];
        const uint8_t class = classes[row];
        const bool within = (uint64_t)when - (uint64_t)from_ms < length;
        uint32_t number = BUCKET_FIRST;
        if (buckets) number += timeline_bucket(&timeline, within ? when : from_ms);
        number = within ? number : BUCKET_NOWHERE;
        if (early) { /* by arithmetic, lest the compiler branch */
            const uint64_t before = (uint64_t)(when < from_ms) & (uint64_t)(when != TIME_ABSENT) &
                                    early_classes >> (class & CLASS_MASK);
            number += (uint32_t)before * BUCKET_BEFORE;
        }
        bucket[row] = class == CLASS_NONE ? BUCKET_NOWHERE : number;
    }
}
static_assert(BUCKET_NOWHERE == 0, "what place_times takes for granted");

WIDE(place, (const struct gather *gather, const struct facts *facts, uint32_t count),
     (gather, facts, count)) {
    const bool buckets = gather->timeline.edges != NULL;
    if (buckets && gather->early_classes != 0)
        place_times(gather, facts, count, true, true);
    else if (buckets)
        place_times(gather, facts, count, true, false);
    else if (gather->early_classes != 0)
        place_times(gather, facts, count, false, true);
    else
        place_times(gather, facts, count, false, false);
}

/* From numbers between two edges to those of buckets that come again. */
static void place_again(const struct gather *gather, uint32_t count) {
    const uint8_t *recurring = gather->timeline.recurring;
    uint32_t *bucket = gather->bucket;
    for (uint32_t row = 0; row < count; row++)
        if (bucket[row] >= BUCKET_FIRST)
            bucket[row] = BUCKET_FIRST + recurring[bucket[row] - BUCKET_FIRST];
}

/* The group of a row that the tables do not know. */
static enum status find_group(struct gather *gather, const void *const *dimensions, uint32_t row,
                              uint32_t bucket, struct group **out) {
    uint32_t codes[DIMENSION_COUNT], cell;
    for (uint32_t i = 0; i < gather->by_count; i++) codes[i] = code_at(gather, dimensions, i, row);
    TRY(groups_cell(&gather->groups, codes, &cell));
    return groups_get(&gather->groups, cell, bucket, 0, out);
}

/* The groups of all facts of the lane. */
static enum status find_groups(struct gather *gather, const struct facts *facts,
                               const struct fold_rows *rows, const void *const *dimensions) {
    place(gather, facts, rows->count);
    if (gather->timeline.recurring != NULL) place_again(gather, rows->count);
    const struct groups *groups = &gather->groups;
    const uint32_t *cell_plus_1 = gather->cell_plus_1 + rows->begin, *bucket = gather->bucket;
    struct group **restrict group = gather->group;
    bool all_known = true;
    for (uint32_t row = 0; row < rows->count; row++) {
        group[row] = groups_look(groups, cell_plus_1[row], bucket[row]);
        all_known &= group[row] != NULL;
    }
    for (uint32_t row = 0; row < rows->count && !all_known; row++)
        if (group[row] == NULL)
            TRY(find_group(gather, dimensions, rows->begin + row, bucket[row], &group[row]));
    return STATUS_OK;
}

/* --- keep --- */

static void keep_amount(struct tally *tally, enum fold_keep keep, int64_t value) {
    switch (keep) {
        case KEEP_TIMES: tally->count += (uint64_t)value - 1; return;
        case KEEP_SUM: tally->amount += value; return;
        case KEEP_LEAST:
            if (value < tally->amount) tally->amount = value;
            return;
        case KEEP_GREATEST:
            if (value > tally->amount) tally->amount = value;
            return;
        default: CHECK(false);
    }
}

static enum status keep_listed(struct gather *gather, const struct facts *facts,
                               const uint16_t *rows, uint32_t count) {
    struct group *const *group = gather->group;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = rows[i];
        const uint8_t class = facts->class[row], series = gather->series_of[class];
        if (series == SERIES_MAX)
            keep_amount(&group[row]->tally[class], gather->fold->classes[class].keep,
                        facts->value[row]);
        else if (!series_add(&group[row]->series[series], gather->groups.arena, facts->value[row]))
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

enum { SIZE_SMALL = 1, SIZE_LARGE = 2 }; /* of a value that is kept; 0: none is */

WIDE(size_values, (const struct gather *gather, const struct facts *facts, uint32_t count),
     (gather, facts, count)) {
    const uint64_t valued_classes = gather->valued_classes;
    const uint32_t *bucket = gather->bucket;
    const int64_t *values = facts->value;
    const uint8_t *classes = facts->class;
    uint8_t *restrict size = gather->size;
    WIDE_LOOP
    for (uint32_t row = 0; row < count; row++) {
        const uint64_t valued = (uint64_t)(bucket[row] != BUCKET_NOWHERE) &
                                valued_classes >> (classes[row] & CLASS_MASK);
        const uint64_t is_large = (uint64_t)values[row] > UINT32_MAX;
        size[row] = (uint8_t)(valued << is_large);
    }
}

/* First which rows have a value, small ones apart from large ones and without branching; so what
 * series_add guesses is nearly always right. */
static enum status keep_values(struct gather *gather, const struct facts *facts, uint32_t count) {
    uint16_t *small = gather->valued, *large = gather->valued + FACT_ROWS_MAX;
    const uint8_t *size = gather->size;
    uint32_t small_count = 0, large_count = 0;
    size_values(gather, facts, count);
    for (uint32_t row = 0; row < count; row++) {
        small[small_count] = large[large_count] = (uint16_t)row;
        small_count += size[row] & SIZE_SMALL;
        large_count += size[row] / SIZE_LARGE;
    }
    TRY(keep_listed(gather, facts, small, small_count));
    return keep_listed(gather, facts, large, large_count);
}

/* times: how often each row counts; NULL: once. */
static void count_late(struct gather *gather, const struct facts *facts, uint32_t count,
                       const uint8_t *flags, const uint32_t *row_times) {
    for (uint32_t row = 0; row < count; row++) {
        const uint8_t class = facts->class[row];
        if ((flags[row] & EVENT_LATE) == 0 || !gather->is_unit[class]) continue;
        const bool times = gather->fold->classes[class].keep == KEEP_TIMES;
        const uint64_t once = row_times == NULL ? 1 : row_times[row];
        gather->group[row]->late += times ? (uint64_t)facts->value[row] : once;
    }
}

static enum status keep(struct gather *gather, const struct facts *facts, uint32_t count,
                        const uint8_t *late_flags, const uint32_t *times) {
    struct group *const *group = gather->group;
    for (uint32_t row = 0; row < count && times == NULL; row++)
        group[row]->tally[gather->tally_of[facts->class[row]]].count++;
    for (uint32_t row = 0; row < count && times != NULL; row++)
        group[row]->tally[gather->tally_of[facts->class[row]]].count += times[row];
    if (late_flags != NULL) count_late(gather, facts, count, late_flags, times);
    return gather->valued_classes != 0 ? keep_values(gather, facts, count) : STATUS_OK;
}

/* --- blocks --- */

static bool is_empty(const struct facts *facts, uint32_t count) {
    uint8_t all = CLASS_NONE;
    for (uint32_t row = 0; row < count; row++) all &= facts->class[row];
    return all == CLASS_NONE;
}

static void strike_out(const uint8_t *restrict passes, uint8_t *restrict class, uint32_t count) {
    for (uint32_t row = 0; row < count; row++)
        class[row] = passes[row] != 0 ? class[row] : CLASS_NONE;
}

/* Facts that do not count are none: for those who look at facts again. */
static void strike_out_nowhere(const uint32_t *restrict bucket, uint8_t *restrict class,
                               uint32_t count) {
    for (uint32_t row = 0; row < count; row++)
        class[row] = bucket[row] != BUCKET_NOWHERE ? class[row] : CLASS_NONE;
}

/* `seen`: the rows as emit sees them, the same or their lives. flags: NULL when no row is late.
 * times: how often each row counts; NULL: once. */
static enum status gather_facts(struct gather *gather, const struct fold_rows *rows,
                                const struct fold_rows *seen, const void *const *dimensions,
                                const uint8_t *flags, const uint32_t *times) {
    const struct fold_source *source = gather->source;
    struct facts *facts = gather->facts;
    for (uint32_t lane = 0; lane < source->lane_count; lane++)
        memset(facts[lane].class, CLASS_NONE, rows->count);
    gather->emit(gather->question, seen, facts);
    for (uint32_t lane = 0; lane < source->lane_count; lane++) {
        uint8_t *class = facts[lane].class;
        if (!gather->filter->everything)
            strike_out(gather->passes + rows->begin, class, rows->count);
        if (is_empty(&facts[lane], rows->count)) continue;
        if (lane == 0 || !source->one_moment)
            TRY(find_groups(gather, &facts[lane], rows, dimensions));
        TRY(keep(gather, &facts[lane], rows->count, flags, times));
        if (lane > 0 || source->detail == NULL) continue;
        strike_out_nowhere(gather->bucket, class, rows->count);
        TRY(source->detail(gather->question, &gather->groups, rows, facts, gather->group));
    }
    return STATUS_OK;
}

/* late_flags: NULL when no row of the block is late. */
static enum status gather_piece(struct gather *gather, const struct fold_rows *rows,
                                const void *const *dimensions, const uint8_t *late_flags) {
    const uint8_t *flags = late_flags == NULL ? NULL : late_flags + rows->begin;
    if (gather->lives == NULL) return gather_facts(gather, rows, rows, dimensions, flags, NULL);
    struct lives *lives = gather->lives;
    gather->source->live(gather->question, rows, lives);
    if (gather->alike.active) {
        alike_add(&gather->alike, rows, lives, gather->cell_plus_1 + rows->begin,
                  gather->passes + rows->begin, dimensions, flags);
        return STATUS_OK;
    }
    const void *const column[LIFE_COLUMNS] = {lives->begin, lives->end, lives->again, lives->last,
                                              lives->tenant};
    const struct fold_rows seen = {.column = column, .begin = 0, .count = rows->count};
    return gather_facts(gather, rows, &seen, dimensions, flags, NULL);
}

static bool any_late(const uint8_t *flags, uint32_t row_count) {
    uint8_t all = 0;
    for (uint32_t row = 0; row < row_count; row++) all |= flags[row];
    return (all & EVENT_LATE) != 0;
}

/* What rows alike leave, which have passed the filters. */
static enum status gather_rest(struct gather *gather) {
    struct alike_rest *rest = &gather->alike.rest;
    const uint32_t row_count = rest->count;
    const void *const *column = (const void *const *)rest->column;
    const void *const *dimensions = (const void *const *)rest->dimensions;
    rest->count = 0;
    memset(gather->passes, 1, row_count);
    find_cells(gather, row_count, dimensions);
    const uint8_t *late_flags = any_late(rest->flags, row_count) ? rest->flags : NULL;
    for (uint32_t begin = 0; begin < row_count; begin += FACT_ROWS_MAX) {
        const uint32_t left = row_count - begin;
        const struct fold_rows rows = {
            .column = column, .begin = begin, .count = left < FACT_ROWS_MAX ? left : FACT_ROWS_MAX};
        TRY(gather_facts(gather, &rows, &rows, dimensions,
                         late_flags == NULL ? NULL : late_flags + begin, rest->times + begin));
    }
    return STATUS_OK;
}

enum status gather_block(struct gather *gather, const void *const *columns, uint32_t row_count,
                         const void *const dimensions[DIMENSION_COUNT], const uint8_t *flags,
                         const struct trails *trails) {
    const uint8_t *late_flags = any_late(flags, row_count) ? flags : NULL;
    filter_apply(gather->filter, dimensions, row_count, gather->passes);
    find_cells(gather, row_count, dimensions);
    for (uint32_t begin = 0; begin < row_count; begin += FACT_ROWS_MAX) {
        const uint32_t left = row_count - begin;
        const struct fold_rows rows = {.column = columns,
                                       .begin = begin,
                                       .count = left < FACT_ROWS_MAX ? left : FACT_ROWS_MAX,
                                       .trails = trails};
        TRY(gather_piece(gather, &rows, dimensions, late_flags));
    }
    if (gather->alike.active && gather->alike.rest.count >= FACT_ROWS_MAX)
        return gather_rest(gather);
    return STATUS_OK;
}

enum status gather_end(struct gather *gather) {
    while (gather->alike.active && alike_expand(&gather->alike, &gather->groups))
        TRY(gather_rest(gather));
    groups_seal(&gather->groups);
    return STATUS_OK;
}

/* --- several threads --- */

static void combine_tallies(const void *context, uint32_t class, struct tally *into,
                            const struct tally *from) {
    const struct fold *fold = context;
    into->count += from->count;
    switch (fold->classes[class].keep) {
        case KEEP_LEAST:
            if (from->amount < into->amount) into->amount = from->amount;
            return;
        case KEEP_GREATEST:
            if (from->amount > into->amount) into->amount = from->amount;
            return;
        default: into->amount += from->amount;
    }
}

enum status gather_absorb(struct gather *gather, const struct gather *other) {
    const struct fold_steps *steps = gather->fold->steps;
    const uint32_t *number_of = NULL;
    if (steps != NULL && steps->unite != NULL)
        TRY(steps->unite(gather->question, other->question, &number_of));
    return groups_absorb(&gather->groups, &other->groups, number_of, STEP_FIRST, combine_tallies,
                         gather->fold);
}
