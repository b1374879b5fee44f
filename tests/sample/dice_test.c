/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/dice.h"

#include <stdlib.h>

#include "tests/test.h"

/* Goal: the chance of the sample has the shape that dice.h promises, in integers. Method: draw many
 * and count. */

enum { DRAWS = 100000 };

static int compare(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

TEST(dice_spread_has_its_median_and_two_thirds_within_one_spread) {
    static int64_t values[DRAWS];
    struct dice dice = dice_of(7, 1);
    for (int i = 0; i < DRAWS; i++) values[i] = dice_spread(&dice, 1000000, 256);
    qsort(values, DRAWS, sizeof values[0], compare);
    const int middle = DRAWS / 2;
    EXPECT_NEAR((double)values[middle], 1e6, 2e4);
    int within = 0;
    for (int i = 0; i < DRAWS; i++) within += values[i] >= 500000 && values[i] <= 2000000;
    EXPECT_NEAR((double)within / DRAWS, 0.683, 0.02);
    EXPECT(values[0] > 1000000 / 12);
    EXPECT(values[DRAWS - 1] < 1000000 * 12);
}

TEST(dice_spread_without_spread_is_its_median) {
    struct dice dice = dice_of(7, 2);
    for (int i = 0; i < 100; i++) EXPECT_EQ(dice_spread(&dice, 12345, 0), 12345);
}

TEST(dice_below_reaches_every_number_and_none_other) {
    struct dice dice = dice_of(3, 3);
    unsigned seen[6] = {0};
    for (int i = 0; i < 6000; i++) {
        uint32_t roll = dice_below(&dice, 6);
        EXPECT(roll < 6);
        if (roll < 6) seen[roll]++;
    }
    for (int i = 0; i < 6; i++) EXPECT(seen[i] > 850 && seen[i] < 1150);
}

TEST(dice_of_one_story_say_nothing_about_those_of_the_next) {
    int equal = 0;
    for (uint64_t number = 0; number < 10000; number++) {
        struct dice a = dice_of(1, number), b = dice_of(1, number + 1);
        equal += (dice_next(&a) & 1) == (dice_next(&b) & 1);
    }
    EXPECT_NEAR(equal / 10000.0, 0.5, 0.03);
}
