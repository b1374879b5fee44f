/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/lineage.h"

#include <string.h>

#include "codec/words.h"
#include "store/journey_fold.h"

/* The journey column beside an event column; 0: none in this table. */
static uint32_t beside(enum frame_id id, enum column column) {
    switch (column) {
        case COLUMN_SERVICE: return JOURNEY_SERVICE;
        case COLUMN_OFFICE: return JOURNEY_OFFICE;
        case COLUMN_CHANNEL: return JOURNEY_CHANNEL;
        case COLUMN_LANG: return JOURNEY_LANG;
        case COLUMN_DEVICE: return JOURNEY_DEVICE;
        case COLUMN_START: return id == FRAME_APPOINTMENT ? (uint32_t)APPOINTMENT_COLUMN_START : 0;
        default: return 0;
    }
}

/* moment[t]: the column of the journeys of frame `id` that has the first time of type t; NO_MOMENT,
 * which can be read as well, when none has. Answers the columns. */
enum { TYPES = UINT8_MAX + 1, NO_MOMENT = JOURNEY_FIRST };
static uint64_t moments_of(enum frame_id id, uint8_t moment[TYPES]) {
    uint64_t columns = 0;
    memset(moment, NO_MOMENT, TYPES);
    for (uint32_t t = 0; t < TYPE_COUNT; t++) {
        const uint32_t column = journey_first_column((enum event_type)t);
        if (column == 0 || frame_of_purpose(type_purpose((enum event_type)t)) != id) continue;
        moment[t] = (uint8_t)column;
        columns |= COLUMN_BIT(column);
    }
    return columns;
}

uint64_t lineage_journey_columns(enum frame_id id, uint64_t event_columns) {
    uint64_t columns = 0;
    if ((event_columns & LINEAGE_COLUMNS) != 0) columns |= COLUMN_BIT(JOURNEY_EVENTS);
    if ((event_columns & COLUMN_BIT(COLUMN_TENANT)) != 0) columns |= COLUMN_BIT(JOURNEY_TENANT);
    if ((event_columns & COLUMN_BIT(COLUMN_SUBJECT)) != 0) columns |= COLUMN_BIT(JOURNEY_SUBJECT);
    if ((event_columns & COLUMN_BIT(COLUMN_TIME)) != 0) {
        uint8_t moment[TYPES];
        columns |= moments_of(id, moment) | COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(JOURNEY_LAST);
    }
    for (uint64_t left = event_columns & LINEAGE_RELATED; left != 0; left &= left - 1) {
        const uint32_t column = beside(id, (enum column)__builtin_ctzll(left));
        if (column != 0) columns |= COLUMN_BIT(column);
    }
    return columns;
}

/* ---- which rows ---- */

/* journey[row] for the rows of `count` journeys from `number` on. */
static void name_journeys(const uint32_t *events, uint32_t number, uint32_t count, uint32_t rows,
                          uint32_t *journey) {
    uint32_t numbers[PART_BLOCK_ROWS];
    for (uint32_t i = 0; i < count; i++) numbers[i] = number + i;
    words_repeat(numbers, events + number, count, rows, sizeof *journey, journey);
}

bool lineage_find(enum frame_id id, const void *const *columns, uint32_t journeys, int64_t at,
                  uint32_t covered, uint32_t rows, uint32_t *journey, struct lineage_piece *piece) {
    const uint32_t *events = columns[JOURNEY_EVENTS];
    uint32_t number = 0;
    while (number < journeys && at + events[number] <= (int64_t)covered) at += events[number++];
    *piece = (struct lineage_piece){.id = id,
                                    .columns = columns,
                                    .journey = journey,
                                    .begin = covered,
                                    .whole_begin = covered,
                                    .whole_end = covered,
                                    .end = covered};
    if (number == journeys) return true;
    if (at > (int64_t)covered || (at < (int64_t)covered && covered > 0)) return false;
    if (at < 0) { /* began in a block before */
        at += events[number];
        const uint32_t end = at < (int64_t)rows ? (uint32_t)at : rows;
        for (uint32_t row = 0; row < end; row++) journey[row] = number;
        piece->whole_begin = piece->whole_end = piece->end = end;
        number++;
    }
    const uint32_t first = number;
    for (; number < journeys && at + events[number] <= (int64_t)rows; number++) {
        if (events[number] == 0) return false;
        at += events[number];
    }
    if (number > first) {
        piece->whole_end = piece->end = (uint32_t)at;
        name_journeys(events, first, number - first, piece->whole_end - piece->whole_begin,
                      journey + piece->whole_begin);
    }
    if (number < journeys && piece->end < rows) { /* goes on in the next block */
        for (uint32_t row = piece->end; row < rows; row++) journey[row] = number;
        piece->end = rows;
    }
    return true;
}

/* ---- times ---- */

void lineage_no_times(struct lineage_times *times, uint32_t begin, uint32_t end) {
    for (uint32_t row = begin; row < end; row++)
        times->stored[times->stored_count++] = (uint16_t)row;
}

/* A journey whose events are rows begin..end-1 of the block. Without a branch on the type, which
 * no processor could foresee. */
static void whole_journey(struct lineage_times *times, const struct lineage_piece *piece,
                          const uint8_t *moment, uint32_t begin, uint32_t end) {
    const uint32_t journey = piece->journey[begin];
    uint32_t count = times->stored_count;
    uint64_t seen = COLUMN_BIT(moment[times->types[begin]]);
    times->times[begin] = ((const int64_t *)piece->columns[JOURNEY_FIRST])[journey];
    for (uint32_t row = begin + 1; row + 1 < end; row++) {
        const uint8_t column = moment[times->types[row]];
        times->times[row] = ((const int64_t *)piece->columns[column])[journey];
        times->stored[count] = (uint16_t)row;
        count += column == NO_MOMENT || (seen & COLUMN_BIT(column)) != 0;
        seen |= COLUMN_BIT(column);
    }
    times->stored_count = count;
    if (end - begin > 1)
        times->times[end - 1] = ((const int64_t *)piece->columns[JOURNEY_LAST])[journey];
}

void lineage_times(struct lineage_times *times, const struct lineage_piece *piece) {
    const uint32_t *events = piece->columns[JOURNEY_EVENTS];
    uint8_t moment[TYPES];
    (void)moments_of(piece->id, moment);
    lineage_no_times(times, piece->begin, piece->whole_begin);
    for (uint32_t row = piece->whole_begin, end; row < piece->whole_end; row = end) {
        end = row + events[piece->journey[row]];
        whole_journey(times, piece, moment, row, end);
    }
    if (piece->whole_end == piece->end) return;
    times->times[piece->whole_end] =
        ((const int64_t *)piece->columns[JOURNEY_FIRST])[piece->journey[piece->whole_end]];
    lineage_no_times(times, piece->whole_end + 1, piece->end);
}

static int64_t difference(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

void lineage_take_times(const struct lineage_times *times, int64_t low, int64_t *stored) {
    for (uint32_t i = 0; i < times->stored_count; i++) {
        const uint32_t row = times->stored[i];
        stored[i] = difference(times->times[row], row == 0 ? low : times->times[row - 1]);
    }
}

void lineage_give_times(const struct lineage_times *times, int64_t low, const int64_t *stored) {
    for (uint32_t i = 0; i < times->stored_count; i++) {
        const uint32_t row = times->stored[i];
        const int64_t before = row == 0 ? low : times->times[row - 1];
        times->times[row] = (int64_t)((uint64_t)before + (uint64_t)stored[i]);
    }
}

/* ---- other columns ---- */

/* The journeys' values in the rows begin..end-1; journeys are of a block, all numbers are in it. */
static void look_up(const struct lineage_piece *piece, uint32_t column, uint32_t begin,
                    uint32_t end, unsigned word, void *values) {
    CHECK(words_look_up(piece->journey + begin, sizeof *piece->journey, end - begin,
                        piece->columns[column], PART_BLOCK_ROWS, word, values));
}

void lineage_fill(enum column column, const struct lineage_piece *piece, void *values) {
    if (column == COLUMN_TENANT) {
        look_up(piece, JOURNEY_TENANT, piece->begin, piece->end, sizeof(uint32_t),
                (uint32_t *)values + piece->begin);
    } else {
        look_up(piece, JOURNEY_SUBJECT, piece->begin, piece->end, sizeof(uint64_t),
                (uint64_t *)values + piece->begin);
    }
}

/* Exchanges two values, the journey's and 1: it is its own inverse, and absent stays absent. */
#define RELATE(type)                                                                           \
    static void relate_##type(const struct lineage_piece *piece, uint32_t own, type *values) { \
        type mine[PART_BLOCK_ROWS];                                                            \
        const uint32_t begin = piece->whole_begin, rows = piece->whole_end - begin;            \
        look_up(piece, own, begin, piece->whole_end, sizeof *mine, mine);                      \
        values += begin;                                                                       \
        for (uint32_t i = 0; i < rows; i++) {                                                  \
            const type value = values[i];                                                      \
            const type other = value == mine[i] ? (type)1 : value == 1 ? mine[i] : value;      \
            values[i] = mine[i] == 0 ? value : other;                                          \
        }                                                                                      \
    }
RELATE(uint8_t)
RELATE(uint32_t)
#undef RELATE

/* What lacks of the journey's start. Its own inverse too. */
static void relate_start(const int64_t *own, const struct lineage_piece *piece, int64_t *values) {
    for (uint32_t row = piece->whole_begin; row < piece->whole_end; row++) {
        const int64_t mine = own[piece->journey[row]];
        if (values[row] != TIME_ABSENT && mine != TIME_ABSENT)
            values[row] = difference(mine, values[row]);
    }
}

void lineage_relate(enum column column, const struct lineage_piece *piece, void *values) {
    const uint32_t own = beside(piece->id, column);
    if (own == 0) return;
    if (column == COLUMN_START) {
        relate_start(piece->columns[own], piece, values);
    } else if (column_kind_bytes(column_kind(column)) == 1) {
        relate_uint8_t(piece, own, values);
    } else {
        relate_uint32_t(piece, own, values);
    }
}
