/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/column.h"

#include <stdbool.h>

#include "base/status.h"

size_t column_kind_bytes(enum column_kind kind) {
    switch (kind) {
        case KIND_CHOICE: return 1;
        case KIND_CODE:
        case KIND_COUNT: return 4;
        case KIND_TIME:
        case KIND_TOKEN:
        case KIND_NUMBER:
        case KIND_AMOUNT: return 8;
    }
    CHECK(false);
    return 0;
}

static const struct {
    const char *text;
    enum column_kind kind;
} columns[COLUMN_COUNT] = {
#define X(name, text, kind) {text, KIND_##kind},
    COLUMN_LIST(X)
#undef X
#define DIMENSION(n) \
    { "dimension." #n, KIND_CODE }
        DIMENSION(0),
    DIMENSION(1),
    DIMENSION(2),
    DIMENSION(3),
    DIMENSION(4),
    DIMENSION(5),
    DIMENSION(6),
    DIMENSION(7),
    DIMENSION(8),
    DIMENSION(9),
    DIMENSION(10),
    DIMENSION(11),
    DIMENSION(12),
    DIMENSION(13),
    DIMENSION(14),
    DIMENSION(15),
#define MEASURE(n) \
    { "measure." #n, KIND_NUMBER }
    MEASURE(0),
    MEASURE(1),
    MEASURE(2),
    MEASURE(3),
    MEASURE(4),
    MEASURE(5),
    MEASURE(6),
    MEASURE(7),
};

_Static_assert(EXTRA_DIMENSIONS_MAX == 16 && EXTRA_MEASURES_MAX == 8, "the table names each");
_Static_assert(COLUMN_COUNT <= 64, "a set of columns is a 64-bit mask");

enum column_kind column_kind(enum column column) {
    CHECK((unsigned)column < COLUMN_COUNT);
    return columns[column].kind;
}

const char *column_text(enum column column) {
    CHECK((unsigned)column < COLUMN_COUNT);
    return columns[column].text;
}
