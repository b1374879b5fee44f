/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: rows come in the order of a part: (purpose, tenant, subject, time, arrival), of nobody's
 * events the type instead of the subject, each once, whatever the keys look like. Method: random
 * rows in several sources, with uniform subjects, few subjects, none at all, and many rows of one
 * subject; compared with a sort by comparing all keys.
 */
#include "store/row_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/test.h"

enum { ROWS = 20000, SOURCES = 5 };

struct key {
    enum purpose purpose;
    uint32_t tenant;
    uint64_t subject; /* or the type */
    int64_t time;
    uint32_t source, row;
};

static int64_t times[ROWS];
static uint8_t types[ROWS];
static uint32_t tenants[ROWS];
static uint64_t subjects[ROWS];
static struct key wanted[ROWS];

static int compare(const void *left, const void *right) {
    const struct key *a = left, *b = right;
    if (a->purpose != b->purpose) return a->purpose < b->purpose ? -1 : 1;
    if (a->tenant != b->tenant) return a->tenant < b->tenant ? -1 : 1;
    if (a->subject != b->subject) return a->subject < b->subject ? -1 : 1;
    if (a->time != b->time) return a->time < b->time ? -1 : 1;
    if (a->source != b->source) return a->source < b->source ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static struct key key_of(uint32_t begin, uint32_t source, uint32_t row) {
    const uint64_t subject = subjects[begin + row];
    const uint8_t type = types[begin + row];
    return (struct key){.purpose = subject == 0 ? PURPOSE_NONE : type_purpose(type),
                        .tenant = tenants[begin + row],
                        .subject = subject == 0 ? type * (UINT64_C(1) << 56) : subject,
                        .time = times[begin + row],
                        .source = source,
                        .row = row};
}

/* kind 0: uniform; 1: seven subjects; 2: nobody; 3: half of the rows are of one subject. */
static void make_rows(unsigned kind, uint64_t *state) {
    for (uint32_t row = 0; row < ROWS; row++) {
        const uint64_t random = test_random(state);
        types[row] = (uint8_t)(1 + random % (TYPE_COUNT - 1));
        tenants[row] = 1 + (uint32_t)(random >> 20) % (kind == 1 ? 3000 : 3);
        subjects[row] = kind == 0   ? test_random(state)
                        : kind == 1 ? (random >> 40) % 7
                        : kind == 2 ? 0
                        : row % 2   ? 42
                                    : test_random(state);
        times[row] =
            kind == 2 && row > ROWS / 2 ? (int64_t)row : (int64_t)(random >> 8) % 500 - 250;
    }
}

static void expect_order(unsigned kind, uint32_t first) {
    const void *columns[SOURCES][COLUMN_COUNT] = {{0}};
    struct row_source sources[SOURCES];
    uint32_t count = 0;
    for (uint32_t s = 0; s < SOURCES; s++) {
        const uint32_t begin = ROWS / SOURCES * s; /* a source's arrays begin here */
        columns[s][COLUMN_TIME] = times + begin;
        columns[s][COLUMN_TYPE] = types + begin;
        columns[s][COLUMN_TENANT] = tenants + begin;
        columns[s][COLUMN_SUBJECT] = kind == 2 ? NULL : subjects + begin;
        sources[s] = (struct row_source){columns[s], first, s == 2 ? first : ROWS / SOURCES};
        for (uint32_t row = first; row < sources[s].end; row++)
            wanted[count++] = key_of(begin, s, row);
    }
    qsort(wanted, count, sizeof *wanted, compare);
    struct row_reference *rows;
    EXPECT_OK(row_order_make(sources, SOURCES, &rows, NULL));
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < count; i++)
        wrong += rows[i].source != wanted[i].source || rows[i].row != wanted[i].row;
    EXPECT_EQ(wrong, 0);
    memory_free(rows);
}

TEST(rows_come_in_the_order_of_a_part) {
    uint64_t state = 1;
    for (unsigned kind = 0; kind < 4; kind++) {
        make_rows(kind, &state);
        expect_order(kind, 0);
        expect_order(kind, 100);
        expect_order(kind, ROWS / SOURCES - 1); /* few rows */
        expect_order(kind, ROWS / SOURCES);     /* none */
    }
}

TEST(a_refused_allocation_is_told_and_leaves_nothing) {
    uint64_t state = 2;
    make_rows(3, &state);
    const void *columns[COLUMN_COUNT] = {[COLUMN_TIME] = times,
                                         [COLUMN_TYPE] = types,
                                         [COLUMN_TENANT] = tenants,
                                         [COLUMN_SUBJECT] = subjects};
    const struct row_source source = {columns, 0, ROWS};
    bool refused = true;
    for (size_t after = 0; refused && after < 100; after++) {
        struct row_reference *rows;
        memory_fail_after(after);
        const enum status status = row_order_make(&source, 1, &rows, NULL);
        refused = !memory_fail_after(SIZE_MAX);
        EXPECT_EQ(status == STATUS_NO_MEMORY, rows == NULL);
        memory_free(rows);
    }
    EXPECT(!refused);
}
