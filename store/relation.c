/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/relation.h"

#include "base/cpu.h"
#include "base/status.h"

/* A TIME is stored as its distance from `reference`, from `first` where the row has no reference;
 * absent stays absent. A COUNT of milliseconds with `since` is stored as what it lacks of the time
 * from `since` to `reference`; as it is where one of them is absent. */
struct relation {
    uint8_t reference; /* 0: none; no table has a reference in column 0 */
    uint8_t since;     /* COUNT only */
};

/* Found by trying every pair on a sample of a town's events, and then so that no column needs more
 * than two others besides first and last. */
static const struct relation relations[FRAME_COUNT][JOURNEY_COLUMN_COUNT_MAX] = {
    [FRAME_ATTEMPT] = {[JOURNEY_LAST] = {.reference = JOURNEY_FIRST},
                       [ATTEMPT_SUBMITTED] = {.reference = JOURNEY_LAST},
                       [ATTEMPT_INELIGIBLE] = {.reference = JOURNEY_LAST},
                       [ATTEMPT_FAILED] = {.reference = JOURNEY_LAST},
                       [ATTEMPT_SAVED] = {.reference = JOURNEY_LAST},
                       [ATTEMPT_ACTIVE_MS] = {.reference = JOURNEY_LAST, .since = JOURNEY_FIRST},
                       [ATTEMPT_LAST_STEP_TIME] = {.reference = JOURNEY_LAST}},
    [FRAME_CASE] = {[JOURNEY_LAST] = {.reference = JOURNEY_FIRST},
                    [CASE_RECEIVED] = {.reference = JOURNEY_FIRST},
                    [CASE_COMPLETE] = {.reference = JOURNEY_FIRST},
                    [CASE_DECIDED] = {.reference = JOURNEY_LAST},
                    [CASE_DELIVERED] = {.reference = JOURNEY_LAST},
                    [CASE_CLOSED] = {.reference = JOURNEY_LAST},
                    [CASE_WITHDRAWN] = {.reference = JOURNEY_LAST},
                    [CASE_FORWARDED] = {.reference = JOURNEY_LAST},
                    [CASE_REJECTED] = {.reference = JOURNEY_LAST},
                    [CASE_REOPENED] = {.reference = JOURNEY_LAST},
                    [CASE_END_LAST] = {.reference = JOURNEY_LAST},
                    [CASE_PAUSED_SINCE] = {.reference = JOURNEY_LAST}},
    [FRAME_APPOINTMENT] = {
        [JOURNEY_LAST] = {.reference = JOURNEY_FIRST},
        [APPOINTMENT_COLUMN_RESERVED] = {.reference = JOURNEY_FIRST},
        [APPOINTMENT_COLUMN_CONFIRMED] = {.reference = JOURNEY_FIRST},
        [APPOINTMENT_COLUMN_START] = {.reference = JOURNEY_LAST},
        [APPOINTMENT_COLUMN_START_SET] = {.reference = APPOINTMENT_COLUMN_CONFIRMED},
        [APPOINTMENT_COLUMN_CANCELLED] = {.reference = JOURNEY_LAST},
        [APPOINTMENT_COLUMN_ARRIVED] = {.reference = APPOINTMENT_COLUMN_START},
        [APPOINTMENT_COLUMN_CALLED] = {.reference = JOURNEY_LAST},
        [APPOINTMENT_COLUMN_SHOWEDUP] = {.reference = APPOINTMENT_COLUMN_CALLED},
        [APPOINTMENT_COLUMN_FINISHED] = {.reference = JOURNEY_LAST},
        [APPOINTMENT_COLUMN_MISSED] = {.reference = JOURNEY_LAST},
        [APPOINTMENT_COLUMN_SERVICE_MS] = {.reference = APPOINTMENT_COLUMN_FINISHED,
                                           .since = APPOINTMENT_COLUMN_SHOWEDUP},
        [APPOINTMENT_COLUMN_SERVING] = {.reference = JOURNEY_LAST}}};

uint64_t relation_references(enum frame_id id, uint32_t column) {
    if (id == FRAME_EVENT) return 0;
    const struct relation *relation = &relations[id][column];
    if (relation->reference == 0) return 0;
    return COLUMN_BIT(relation->reference) |
           COLUMN_BIT(relation->since != 0 ? relation->since : JOURNEY_FIRST);
}

uint64_t relation_columns(enum frame_id id, uint64_t columns) {
    uint64_t all = columns;
    for (uint64_t left = columns; left != 0;) {
        const uint64_t more = relation_references(id, (uint32_t)__builtin_ctzll(left)) & ~all;
        all |= more;
        left = (left & (left - 1)) | more;
    }
    return all;
}

/* Where the distance of a row counts from. */
static inline uint64_t origin(uint64_t reference, uint64_t first) {
    return reference == (uint64_t)TIME_ABSENT ? first : reference;
}

static void take_times(const uint64_t *times, const uint64_t *reference, const uint64_t *first,
                       uint32_t rows, uint64_t *out) {
    for (uint32_t i = 0; i < rows; i++) {
        const uint64_t distance = times[i] - origin(reference[i], first[i]);
        out[i] = times[i] == (uint64_t)TIME_ABSENT ? times[i] : distance;
        /* times are within a few centuries (event/event.c): a distance is never the absent value */
        CHECK(distance != (uint64_t)TIME_ABSENT || times[i] == (uint64_t)TIME_ABSENT);
    }
}

/* Every question comes through here, so the one loop is compiled for each level of instructions:
 * without vectors of 64-bit comparisons it takes four times as long. */
CPU_INLINE void give_loop(const uint64_t *restrict reference, const uint64_t *restrict first,
                          uint32_t rows, uint64_t *restrict values) {
    for (uint32_t i = 0; i < rows; i++) {
        const uint64_t time = values[i] + origin(reference[i], first[i]);
        values[i] = values[i] == (uint64_t)TIME_ABSENT ? values[i] : time;
    }
}
#if CPU_X86
CPU_TARGET_AVX2 static void give_avx2(const uint64_t *reference, const uint64_t *first,
                                      uint32_t rows, uint64_t *values) {
    give_loop(reference, first, rows, values);
}
CPU_TARGET_AVX512 static void give_avx512(const uint64_t *reference, const uint64_t *first,
                                          uint32_t rows, uint64_t *values) {
    give_loop(reference, first, rows, values);
}
#endif

static void give_times(const uint64_t *reference, const uint64_t *first, uint32_t rows,
                       uint64_t *values) {
    switch (cpu_level()) {
#if CPU_X86
        case CPU_AVX512: give_avx512(reference, first, rows, values); return;
        case CPU_AVX2: give_avx2(reference, first, rows, values); return;
#endif
        default: give_loop(reference, first, rows, values);
    }
}

/* Its own inverse. */
static void take_lengths(const uint32_t *lengths, const uint64_t *until, const uint64_t *since,
                         uint32_t rows, uint32_t *out) {
    for (uint32_t i = 0; i < rows; i++) {
        const bool known = until[i] != (uint64_t)TIME_ABSENT && since[i] != (uint64_t)TIME_ABSENT;
        out[i] = known ? (uint32_t)(until[i] - since[i]) - lengths[i] : lengths[i];
    }
}

void relation_take(enum frame_id id, uint32_t column, const void *const *columns, uint32_t rows,
                   void *out) {
    const struct relation *relation = &relations[id][column];
    if (relation->since != 0) {
        take_lengths(columns[column], columns[relation->reference], columns[relation->since], rows,
                     out);
    } else {
        take_times(columns[column], columns[relation->reference], columns[JOURNEY_FIRST], rows,
                   out);
    }
}

void relation_give(enum frame_id id, uint32_t column, const void *const *columns, uint32_t rows,
                   void *values) {
    const struct relation *relation = &relations[id][column];
    if (relation->since != 0) {
        take_lengths(values, columns[relation->reference], columns[relation->since], rows, values);
    } else {
        give_times(columns[relation->reference], columns[JOURNEY_FIRST], rows, values);
    }
}

void relation_take_distances(const int64_t *from, uint32_t rows, int64_t *times) {
    take_times((const uint64_t *)times, (const uint64_t *)from, (const uint64_t *)from, rows,
               (uint64_t *)times);
}

void relation_give_distances(const int64_t *from, uint32_t rows, int64_t *times) {
    give_times((const uint64_t *)from, (const uint64_t *)from, rows, (uint64_t *)times);
}
