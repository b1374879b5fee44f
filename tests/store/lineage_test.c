/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the rows of a block that belong to each journey are found, whole journeys told from those
 * that cross a border, and counts that cannot be are refused rather than followed.
 * Method: random journeys laid out event by event in an array, and each block of it looked at; then
 * the counts falsified. What the rest of the module does is in segment_test. */
#include "store/lineage.h"
#include "tests/test.h"

enum { JOURNEYS = 400, EVENTS_MAX = JOURNEYS * 60, ROWS = 512 };

static uint32_t counts[JOURNEYS], owner[EVENTS_MAX], begin_of[JOURNEYS], all;
static uint32_t journey[PART_BLOCK_ROWS];
static const void *columns[JOURNEY_COLUMN_COUNT_MAX];

static void lay_out(uint64_t *state, uint32_t longest) {
    all = 0;
    for (uint32_t i = 0; i < JOURNEYS; i++) {
        counts[i] = 1 + (uint32_t)(test_random(state) % longest);
        if (test_random(state) % 50 == 0) counts[i] = 60;
        begin_of[i] = all;
        for (uint32_t event = 0; event < counts[i]; event++) owner[all++] = i;
    }
    columns[JOURNEY_EVENTS] = counts;
}

static bool is_whole(uint32_t number, uint32_t start, uint32_t rows) {
    return begin_of[number] >= start && begin_of[number] + counts[number] <= start + rows;
}

static void expect_block(uint32_t start, uint32_t rows) {
    struct lineage_piece piece;
    EXPECT(lineage_find(FRAME_CASE, columns, JOURNEYS, -(int64_t)start, 0, rows, journey, &piece));
    EXPECT_EQ(piece.begin, 0);
    EXPECT_EQ(piece.end, rows);
    for (uint32_t row = 0; row < rows && test_failures < 5; row++) {
        EXPECT_EQ(journey[row], owner[start + row]);
        const bool whole = row >= piece.whole_begin && row < piece.whole_end;
        EXPECT_EQ(whole, is_whole(owner[start + row], start, rows));
        if (row < piece.whole_begin) EXPECT(begin_of[owner[start + row]] < start);
        if (row >= piece.whole_end && row >= piece.whole_begin)
            EXPECT(begin_of[owner[start + row]] >= start);
    }
}

TEST(every_row_of_every_block_is_of_its_journey) {
    uint64_t state = 31;
    for (uint32_t longest = 1; longest <= 60; longest += 1 + longest / 3) {
        lay_out(&state, longest);
        for (uint32_t start = 0; start < all; start += ROWS)
            expect_block(start, all - start < ROWS ? all - start : ROWS);
        for (uint32_t start = 0; start < 200 && start < all; start++) expect_block(start, 1);
    }
}

TEST(journeys_may_begin_within_a_block_or_behind_it) {
    uint64_t state = 32;
    struct lineage_piece piece;
    lay_out(&state, 7);
    EXPECT(lineage_find(FRAME_CASE, columns, JOURNEYS, 100, 100, ROWS, journey, &piece));
    EXPECT_EQ(piece.begin, 100);
    EXPECT_EQ(piece.whole_begin, 100);
    EXPECT_EQ(piece.end, ROWS);
    for (uint32_t row = 100; row < ROWS; row++) EXPECT_EQ(journey[row], owner[row - 100]);
    EXPECT(lineage_find(FRAME_CASE, columns, 0, 0, 5, ROWS, journey, &piece));
    EXPECT_EQ(piece.end, 5);
    EXPECT(lineage_find(FRAME_CASE, columns, 3, -(int64_t)all, 5, ROWS, journey, &piece));
    EXPECT_EQ(piece.end, 5); /* all of them are over */
}

TEST(what_does_not_fit_is_refused) {
    uint64_t state = 33;
    struct lineage_piece piece;
    lay_out(&state, 7);
    EXPECT(!lineage_find(FRAME_CASE, columns, JOURNEYS, 101, 100, ROWS, journey, &piece)); /* gap */
    EXPECT(!lineage_find(FRAME_CASE, columns, JOURNEYS, ROWS + 1, 0, ROWS, journey, &piece));
    counts[0] = 50;
    EXPECT(
        !lineage_find(FRAME_CASE, columns, JOURNEYS, 90, 100, ROWS, journey, &piece)); /* twice */
    counts[3] = 0;
    EXPECT(!lineage_find(FRAME_CASE, columns, JOURNEYS, 0, 0, ROWS, journey, &piece));
    counts[3] = UINT32_MAX; /* far beyond the block: the next ones will not fit */
    EXPECT(lineage_find(FRAME_CASE, columns, JOURNEYS, 0, 0, ROWS, journey, &piece));
    EXPECT_EQ(piece.end, ROWS);
}
