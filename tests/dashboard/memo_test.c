/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a costly answer is made once a minute and not by several at once; a quick one each time.
 * Method: a clock that the test moves. */
#include "dashboard/memo.h"

#include <stdlib.h>

#include "tests/test.h"

static uint64_t now_ns;
static uint64_t moved_ns(const struct clock *clock) {
    (void)clock;
    return now_ns;
}
static const struct clock moved = {.monotonic_ns = moved_ns};

/* What asking gives: the kept answer, or NULL and the asker is to make it. */
static const char *ask(struct memo *memo) {
    static struct text text;
    text_free(&text);
    text_init(&text, 1000);
    return memo_get(memo, &text) ? text.bytes : NULL;
}

static void make(struct memo *memo, const char *answer, uint64_t took_ns) {
    struct text text;
    text_init(&text, 1000);
    text_add_string(&text, answer);
    now_ns += took_ns;
    memo_put(memo, &text);
    text_free(&text);
}

TEST(a_costly_answer_is_kept_for_its_time) {
    struct memo *memo = memo_create(&moved);
    now_ns = UINT64_C(1) << 40;
    EXPECT(ask(memo) == NULL);
    make(memo, "one", MEMO_WORTH_NS);
    EXPECT_TEXT(ask(memo), "one");
    now_ns += MEMO_AGE_NS - MEMO_WORTH_NS; /* its age counts from when its making began */
    EXPECT_TEXT(ask(memo), "one");
    now_ns += 1;
    EXPECT(ask(memo) == NULL);
    EXPECT_TEXT(ask(memo), "one"); /* while the first asker makes the next one */
    make(memo, "two", MEMO_WORTH_NS);
    EXPECT_TEXT(ask(memo), "two");
    memo_free(memo);
}

TEST(a_quick_answer_is_not_kept) {
    struct memo *memo = memo_create(&moved);
    now_ns = UINT64_C(1) << 40;
    EXPECT(ask(memo) == NULL);
    make(memo, "one", MEMO_WORTH_NS - 1);
    EXPECT(ask(memo) == NULL);
    EXPECT(ask(memo) == NULL); /* nothing to give meanwhile: both make it */
    make(memo, "two", MEMO_WORTH_NS);
    EXPECT_TEXT(ask(memo), "two");
    make(memo, "three", 0); /* the other one comes later */
    EXPECT_TEXT(ask(memo), "two");
    memo_free(memo);
}

TEST(after_a_failure_the_next_asker_makes_it) {
    struct memo *memo = memo_create(&moved);
    now_ns = UINT64_C(1) << 40;
    EXPECT(ask(memo) == NULL);
    make(memo, "one", MEMO_WORTH_NS);
    now_ns += MEMO_AGE_NS;
    EXPECT(ask(memo) == NULL);
    memo_give_up(memo);
    EXPECT(ask(memo) == NULL);
    make(memo, "two", MEMO_WORTH_NS);
    EXPECT_TEXT(ask(memo), "two");
    memo_free(memo);
}
