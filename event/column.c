/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/column.h"

#include <stdbool.h>

#include "base/status.h"

const uint8_t column_kinds[COLUMN_COUNT] = {
#define X(name, text, kind) KIND_##kind,
    COLUMN_LIST(X)
#undef X
#define X4(kind) kind, kind, kind, kind
        X4(KIND_CODE),
    X4(KIND_CODE),
    X4(KIND_CODE),
    X4(KIND_CODE),
    X4(KIND_NUMBER),
    X4(KIND_NUMBER)};

static const char *const texts[COLUMN_COUNT] = {
#define X(name, text, kind) text,
    COLUMN_LIST(X)
#undef X
        "dimension.0",
    "dimension.1",
    "dimension.2",
    "dimension.3",
    "dimension.4",
    "dimension.5",
    "dimension.6",
    "dimension.7",
    "dimension.8",
    "dimension.9",
    "dimension.10",
    "dimension.11",
    "dimension.12",
    "dimension.13",
    "dimension.14",
    "dimension.15",
    "measure.0",
    "measure.1",
    "measure.2",
    "measure.3",
    "measure.4",
    "measure.5",
    "measure.6",
    "measure.7"};

_Static_assert(EXTRA_DIMENSIONS_MAX == 16 && EXTRA_MEASURES_MAX == 8, "the table names each");
_Static_assert(COLUMN_COUNT <= 64, "a set of columns is a 64-bit mask");

const char *column_text(enum column column) {
    CHECK((unsigned)column < COLUMN_COUNT);
    return texts[column];
}
