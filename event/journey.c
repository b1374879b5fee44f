/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/journey.h"

#include "base/status.h"

struct journey_row {
    const char *text;
    enum column_kind kind;
};

#define X(name, text, kind) {text, KIND_##kind},
static const struct journey_row attempts[] = {JOURNEY_COMMON_LIST(X) JOURNEY_ATTEMPT_LIST(X)};
static const struct journey_row cases[] = {JOURNEY_COMMON_LIST(X) JOURNEY_CASE_LIST(X)};
static const struct journey_row appointments[] = {JOURNEY_COMMON_LIST(X)
                                                      JOURNEY_APPOINTMENT_LIST(X)};
#undef X

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))
_Static_assert(COUNT_OF(attempts) == ATTEMPT_COLUMN_COUNT, "one row a column");
_Static_assert(COUNT_OF(cases) == CASE_COLUMN_COUNT, "one row a column");
_Static_assert(COUNT_OF(appointments) == APPOINTMENT_COLUMN_COUNT, "one row a column");
_Static_assert(COUNT_OF(attempts) <= JOURNEY_COLUMN_COUNT_MAX &&
                   COUNT_OF(cases) <= JOURNEY_COLUMN_COUNT_MAX &&
                   COUNT_OF(appointments) <= JOURNEY_COLUMN_COUNT_MAX,
               "callers size arrays by the maximum");

static const struct {
    const struct journey_row *rows;
    uint32_t count;
} journeys[PURPOSE_COUNT] = {
    [PURPOSE_ATTEMPT] = {attempts, COUNT_OF(attempts)},
    [PURPOSE_CASE] = {cases, COUNT_OF(cases)},
    [PURPOSE_APPOINTMENT] = {appointments, COUNT_OF(appointments)},
};

uint32_t journey_column_count(enum purpose purpose) {
    return (unsigned)purpose < PURPOSE_COUNT ? journeys[purpose].count : 0;
}

static const struct journey_row *journey_row(enum purpose purpose, uint32_t column) {
    CHECK(column < journey_column_count(purpose));
    return &journeys[purpose].rows[column];
}

enum column_kind journey_column_kind(enum purpose purpose, uint32_t column) {
    return journey_row(purpose, column)->kind;
}

const char *journey_column_text(enum purpose purpose, uint32_t column) {
    return journey_row(purpose, column)->text;
}
