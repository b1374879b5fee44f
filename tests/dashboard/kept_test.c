/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a costly answer is given again while it is young, made by one for all who ask meanwhile,
 * and made anew in the background while people ask for it; a quick one is made each time. Method: a
 * clock that the test moves; answers that say how often their question was made. */
#include "dashboard/kept.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "tests/test.h"

#define SECOND_NS UINT64_C(1000000000)
#define ANY       UINT64_MAX

static _Atomic uint64_t now_ns;
static _Atomic uint64_t taken_in; /* events of the store */
static _Atomic unsigned made;     /* answers, by anybody */
static struct {
    _Atomic uint64_t took_ns; /* the making of the next answer */
    uint64_t waited_ns;       /* who asks, before it */
    _Atomic size_t bytes;     /* of it, at least */
    _Atomic bool fails, settled;
} next;

static uint64_t moved_ns(const struct clock *clock) {
    (void)clock;
    return atomic_load(&now_ns);
}
static const struct clock moved = {.monotonic_ns = moved_ns};

static uint64_t count_events(void *context) {
    (void)context;
    return atomic_load(&taken_in);
}

/* "question, 3": the third answer that was made. */
static enum status make(void *context, const char *question, struct answer **out,
                        struct error *err) {
    (void)context;
    *out = NULL;
    if (next.fails) return error_set(err, STATUS_IO, "as the test wishes");
    struct answer *answer = answer_create();
    CHECK(answer != NULL);
    const unsigned number = atomic_fetch_add(&made, 1) + 1;
    text_add_format(&answer->body, "%s, %u", question, number);
    while (answer->body.size < next.bytes) text_add_string(&answer->body, "................");
    answer->settled = next.settled;
    atomic_fetch_add(&now_ns, next.took_ns);
    *out = answer;
    return STATUS_OK;
}

static struct kept *begin(void) {
    const struct kept_options options = {.clock = &moved,
                                         .worth_ns = KEPT_WORTH_NS,
                                         .events_min = 5,
                                         .bytes_max = KEPT_BYTES_MAX,
                                         .make = make,
                                         .events = count_events};
    now_ns = 1000 * SECOND_NS;
    made = 0;
    taken_in = 5;
    next.took_ns = KEPT_WORTH_NS;
    next.waited_ns = 0;
    next.bytes = 0;
    next.fails = next.settled = false;
    struct kept *kept = kept_create(&options);
    CHECK(kept != NULL);
    return kept;
}

struct got {
    char text[64]; /* "": failed */
    int64_t age_s;
};

/* As a worker asks. */
static struct got ask_within(struct kept *kept, const char *question, uint64_t max_age_ns) {
    struct kept_making making;
    struct got got = {.text = ""};
    struct kept_given given = kept_begin(kept, question, max_age_ns, &making);
    if (given.answer == NULL) {
        (void)make(NULL, question, &given.answer, NULL);
        making.waited_ns = next.waited_ns;
        kept_end(kept, &making, given.answer);
    }
    if (given.answer != NULL)
        snprintf(got.text, sizeof got.text, "%.60s", given.answer->body.bytes);
    got.age_s = given.age_s;
    answer_release(given.answer);
    return got;
}

static struct got ask(struct kept *kept, const char *question) {
    return ask_within(kept, question, ANY);
}

/* As a loop asks. */
static bool is_kept(struct kept *kept, const char *question) {
    const struct kept_given given = kept_find(kept, question, ANY);
    answer_release(given.answer);
    return given.answer != NULL;
}

TEST(a_costly_answer_is_given_again_while_it_is_young) {
    struct kept *kept = begin();
    struct got got = ask(kept, "a");
    EXPECT_TEXT(got.text, "a, 1");
    EXPECT_EQ(got.age_s, ANSWER_NEW);
    now_ns += 9 * SECOND_NS;
    got = ask(kept, "a");
    EXPECT_TEXT(got.text, "a, 1");
    EXPECT_EQ(got.age_s, 9); /* from when its making began */
    EXPECT_TEXT(ask(kept, "b").text, "b, 2");
    kept_free(kept);
}

TEST(who_asks_once_and_comes_back_later_gets_a_new_one) {
    struct kept *kept = begin();
    EXPECT_TEXT(ask(kept, "a").text, "a, 1");
    now_ns += KEPT_FRESH_NS - KEPT_WORTH_NS + 1;
    EXPECT(!kept_refresh(kept)); /* nobody asked again */
    EXPECT(!is_kept(kept, "a"));
    EXPECT(!is_kept(kept, "a")); /* asking in vain does not make it wanted */
    EXPECT_TEXT(ask(kept, "a").text, "a, 2");
    kept_free(kept);
}

TEST(a_quick_answer_is_made_each_time) {
    struct kept *kept = begin();
    next.took_ns = KEPT_WORTH_NS - 1;
    EXPECT_TEXT(ask(kept, "a").text, "a, 1");
    EXPECT_TEXT(ask(kept, "a").text, "a, 2");
    next.took_ns = KEPT_WORTH_NS;
    EXPECT_TEXT(ask(kept, "a").text, "a, 3");
    EXPECT_TEXT(ask(kept, "a").text, "a, 3");
    next.took_ns = KEPT_WORTH_NS / 2; /* not so much quicker that it is forgotten */
    EXPECT_TEXT(ask_within(kept, "a", 0).text, "a, 4");
    EXPECT(is_kept(kept, "a"));
    next.took_ns = KEPT_WORTH_NS / 2 - 1;
    EXPECT_TEXT(ask_within(kept, "a", 0).text, "a, 5");
    EXPECT(!is_kept(kept, "a"));
    kept_free(kept);
}

/* A quick one, too, takes long where no worker was free. */
TEST(what_is_waited_for_is_kept_whoever_took_the_time) {
    struct kept *kept = begin();
    next.took_ns = KEPT_WORTH_NS - 10;
    next.waited_ns = 9;
    EXPECT_TEXT(ask(kept, "a").text, "a, 1");
    EXPECT_TEXT(ask(kept, "a").text, "a, 2");
    next.waited_ns = 10;
    EXPECT_TEXT(ask(kept, "a").text, "a, 3");
    EXPECT_TEXT(ask(kept, "a").text, "a, 3");
    kept_free(kept);
}

/* Between two moments in which everybody asks, the background makes it alone, and quickly. */
TEST(what_was_costly_once_is_kept_while_it_is_wanted) {
    struct kept *kept = begin();
    EXPECT_TEXT(ask(kept, "a").text, "a, 1");
    EXPECT_TEXT(ask(kept, "a").text, "a, 1");
    next.took_ns = 1;
    now_ns += KEPT_REFRESH_NS;
    EXPECT(kept_refresh(kept));
    EXPECT_TEXT(ask(kept, "a").text, "a, 2");
    kept_free(kept);
}

TEST(in_a_small_store_nothing_is_kept) {
    struct kept *kept = begin();
    taken_in = 4;
    EXPECT_TEXT(ask(kept, "a").text, "a, 1");
    EXPECT_TEXT(ask(kept, "a").text, "a, 2");
    taken_in = 5;
    EXPECT_TEXT(ask(kept, "a").text, "a, 3");
    EXPECT_TEXT(ask(kept, "a").text, "a, 3");
    kept_free(kept);
}

TEST(who_will_have_none_older_gets_none_older) {
    struct kept *kept = begin();
    EXPECT_TEXT(ask(kept, "a").text, "a, 1");
    EXPECT_TEXT(ask_within(kept, "a", 0).text, "a, 2");
    EXPECT_TEXT(ask(kept, "a").text, "a, 2"); /* and all others get that one, too */
    now_ns += 10 * SECOND_NS;
    EXPECT_TEXT(ask_within(kept, "a", 20 * SECOND_NS).text, "a, 2");
    EXPECT_TEXT(ask_within(kept, "a", 10 * SECOND_NS).text, "a, 3");
    kept_free(kept);
}

TEST(what_is_asked_for_again_is_made_anew_in_the_background) {
    struct kept *kept = begin();
    EXPECT_TEXT(ask(kept, "a").text, "a, 1");
    EXPECT_TEXT(ask(kept, "a").text, "a, 1");
    EXPECT(!kept_refresh(kept)); /* young still */
    for (unsigned turn = 2; turn < 20; turn++) {
        now_ns += KEPT_REFRESH_NS;
        EXPECT(kept_refresh(kept));
        EXPECT(!kept_refresh(kept));
        EXPECT_EQ(made, turn);
    }
    EXPECT(is_kept(kept, "a"));
    now_ns += KEPT_WANTED_NS + 1; /* nobody looks at it any more */
    EXPECT(!kept_refresh(kept));
    EXPECT(!is_kept(kept, "a"));
    kept_free(kept);
}

TEST(the_oldest_is_made_anew_first_and_a_failure_holds_up_nobody) {
    struct kept *kept = begin();
    const char *const questions[] = {"a", "b", "c"};
    for (unsigned at = 0; at < 6; at++) ask(kept, questions[at % 3]);
    now_ns += KEPT_REFRESH_NS;
    next.fails = true;
    EXPECT(kept_refresh(kept)); /* a */
    EXPECT_TEXT(ask(kept, "a").text, "a, 1");
    next.fails = false;
    EXPECT(kept_refresh(kept));
    EXPECT_TEXT(ask(kept, "b").text, "b, 4");
    EXPECT(kept_refresh(kept));
    EXPECT_TEXT(ask(kept, "c").text, "c, 5");
    EXPECT(!kept_refresh(kept)); /* a had its turn */
    now_ns += KEPT_REFRESH_NS;
    EXPECT(kept_refresh(kept));
    EXPECT_TEXT(ask(kept, "a").text, "a, 6");
    kept_free(kept);
}

TEST(where_the_background_is_behind_answers_grow_old_up_to_a_limit) {
    struct kept *kept = begin();
    ask(kept, "a");
    ask(kept, "a");
    const uint64_t began_ns = now_ns - KEPT_WORTH_NS;
    now_ns = began_ns + KEPT_STALE_NS;
    const struct got got = ask(kept, "a");
    EXPECT_TEXT(got.text, "a, 1");
    EXPECT_EQ(got.age_s, KEPT_STALE_NS / SECOND_NS);
    now_ns = began_ns + KEPT_STALE_NS + 1;
    EXPECT_TEXT(ask(kept, "a").text, "a, 2");
    kept_free(kept);
}

TEST(a_settled_answer_is_as_good_as_new_until_something_is_taken_in) {
    struct kept *kept = begin();
    next.settled = true;
    ask(kept, "a");
    ask(kept, "a");
    now_ns += 1000 * SECOND_NS;
    const struct got got = ask(kept, "a");
    EXPECT_TEXT(got.text, "a, 1");
    EXPECT_EQ(got.age_s, 0); /* that it holds was found out just now */
    ask(kept, "a");
    now_ns += KEPT_REFRESH_NS;
    EXPECT(kept_refresh(kept));
    EXPECT_EQ(made, 1);
    taken_in = 6;
    now_ns += KEPT_REFRESH_NS;
    EXPECT(kept_refresh(kept));
    EXPECT_EQ(made, 2);
    now_ns += KEPT_STALE_NS + 1;
    taken_in = 7;
    EXPECT_TEXT(ask(kept, "a").text, "a, 3");
    kept_free(kept);
}

TEST(failures_are_not_kept) {
    struct kept *kept = begin();
    next.fails = true;
    EXPECT_TEXT(ask(kept, "a").text, "");
    next.fails = false;
    EXPECT_TEXT(ask(kept, "a").text, "a, 1");
    next.fails = true;
    EXPECT_TEXT(ask_within(kept, "a", 0).text, "");
    EXPECT_TEXT(ask(kept, "a").text, "a, 1"); /* the one before it is as good as it was */
    kept_free(kept);
}

TEST(an_answer_that_was_begun_earlier_replaces_no_later_one) {
    struct kept *kept = begin();
    struct kept_making early;
    const struct kept_given none = kept_begin(kept, "a", 0, &early);
    struct answer *answer = NULL;
    EXPECT(none.answer == NULL);
    EXPECT_OK(make(NULL, "a", &answer, NULL));
    EXPECT_TEXT(ask_within(kept, "a", 0).text, "a, 2");
    kept_end(kept, &early, answer);
    answer_release(answer);
    EXPECT_TEXT(ask(kept, "a").text, "a, 2");
    kept_free(kept);
}

TEST(the_number_of_kept_answers_is_bounded) {
    struct kept *kept = begin();
    char question[32];
    for (unsigned at = 0; at <= KEPT_COUNT_MAX; at++) {
        snprintf(question, sizeof question, "q%u", at);
        ask(kept, question);
        now_ns = 1000 * SECOND_NS;   /* all are young */
        EXPECT(is_kept(kept, "q0")); /* so it is not the one that goes */
    }
    EXPECT(!is_kept(kept, "q1"));
    EXPECT(is_kept(kept, "q2"));
    snprintf(question, sizeof question, "q%u", (unsigned)KEPT_COUNT_MAX);
    EXPECT(is_kept(kept, question));
    kept_free(kept);
}

TEST(the_bytes_of_kept_answers_are_bounded) {
    struct kept *kept = begin();
    const uint64_t before = memory_in_use();
    char question[32];
    next.bytes = KEPT_ANSWER_BYTES_MAX / 2;
    for (unsigned at = 0; at < 200; at++) {
        snprintf(question, sizeof question, "q%u", at);
        ask(kept, question);
    }
    EXPECT_LE(memory_in_use(), before + KEPT_BYTES_MAX + KEPT_BYTES_MAX / 2);
    EXPECT(!is_kept(kept, "q0"));
    EXPECT(is_kept(kept, "q199"));
    next.bytes = KEPT_ANSWER_BYTES_MAX + 1;
    ask(kept, "large");
    EXPECT(!is_kept(kept, "large"));
    kept_free(kept);
}

TEST(without_memory_nothing_is_kept_and_nothing_lost) {
    struct kept *kept = begin();
    struct kept_making making;
    struct answer *answer = NULL;
    EXPECT(kept_begin(kept, "a", ANY, &making).answer == NULL);
    EXPECT_OK(make(NULL, "a", &answer, NULL));
    memory_fail_after(0);
    kept_end(kept, &making, answer);
    EXPECT(!memory_fail_after(SIZE_MAX));
    EXPECT(!is_kept(kept, "a"));
    EXPECT_TEXT(answer->body.bytes, "a, 1");
    answer_release(answer);
    kept_free(kept);
}

/* --- several at once --- */

enum { ASKERS = 8 };

struct asker {
    struct kept *kept;
    pthread_t thread;
    struct got got;
};

static void *ask_in_thread(void *context) {
    struct asker *asker = context;
    asker->got = ask(asker->kept, "a");
    return NULL;
}

/* They all ask while one makes it; `took_ns` says whether it is kept then. */
static void ask_at_once(struct kept *kept, uint64_t took_ns, bool fails, struct asker *askers) {
    struct kept_making making;
    struct answer *answer = NULL;
    EXPECT(kept_begin(kept, "a", ANY, &making).answer == NULL);
    next.took_ns = took_ns;
    for (unsigned at = 0; at < ASKERS; at++) {
        askers[at].kept = kept;
        CHECK(pthread_create(&askers[at].thread, NULL, ask_in_thread, &askers[at]) == 0);
    }
    usleep(50000); /* most of them wait by now; who comes later finds what is kept */
    EXPECT_EQ(made, 0);
    next.fails = fails;
    (void)make(NULL, "a", &answer, NULL);
    next.fails = false;
    kept_end(kept, &making, answer);
    answer_release(answer);
    for (unsigned at = 0; at < ASKERS; at++) pthread_join(askers[at].thread, NULL);
}

TEST(what_many_ask_at_once_is_made_once) {
    struct kept *kept = begin();
    struct asker askers[ASKERS];
    ask_at_once(kept, KEPT_WORTH_NS, false, askers);
    for (unsigned at = 0; at < ASKERS; at++) EXPECT_TEXT(askers[at].got.text, "a, 1");
    EXPECT_EQ(made, 1);
    kept_free(kept);
}

TEST(who_waited_for_a_quick_answer_or_a_failure_makes_an_own_one) {
    struct asker askers[ASKERS];
    struct kept *kept = begin();
    ask_at_once(kept, 0, false, askers);
    EXPECT_EQ(made, 1 + ASKERS);
    for (unsigned at = 0; at < ASKERS; at++) EXPECT(strcmp(askers[at].got.text, "a, 1") != 0);
    kept_free(kept);
    kept = begin();
    ask_at_once(kept, KEPT_WORTH_NS, true, askers);
    for (unsigned at = 0; at < ASKERS; at++) EXPECT(askers[at].got.text[0] == 'a');
    EXPECT(made >= 1);
    kept_free(kept);
}

static void *ask_often(void *context) {
    struct asker *asker = context;
    char question[8] = "q0";
    for (unsigned at = 0; at < 2000; at++) {
        question[1] = (char)('0' + at % 10);
        asker->got = ask_within(asker->kept, question, at % 17 == 0 ? 0 : ANY);
        EXPECT(strncmp(asker->got.text, question, 2) == 0 && asker->got.text[2] == ',');
        (void)is_kept(asker->kept, question);
    }
    return NULL;
}

TEST(the_background_works_while_others_ask_and_ends_when_it_is_told_to) {
    struct kept *kept = begin();
    struct asker askers[4];
    EXPECT_OK(kept_start(kept, NULL));
    for (unsigned at = 0; at < 4; at++) {
        askers[at].kept = kept;
        CHECK(pthread_create(&askers[at].thread, NULL, ask_often, &askers[at]) == 0);
    }
    for (unsigned at = 0; at < 4; at++) pthread_join(askers[at].thread, NULL);
    const unsigned before = made;
    now_ns += KEPT_REFRESH_NS;
    for (unsigned try = 0; made < before + 10 && try < 3000; try++) usleep(10000);
    EXPECT_EQ(made, before + 10); /* each question once */
    kept_free(kept);
}
