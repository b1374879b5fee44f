/* SPDX-License-Identifier: EUPL-1.2 */
/* Goals: an answer as of T is, byte for byte, what Pegel would have answered at T, whatever came in
 * since and however it is stored. Method: random histories of events that come late, from imports,
 * with clocks that are ahead, through stores that are closed, opened, merged and asked in between;
 * many questions, all KPIs; the same questions, without as_of, to a store that only ever got what
 * was known at T, at T.
 *
 * The reasons of a comparison are what they say. Method: a store for each reason that gets all
 * events of the units with that reason, told apart by the definition, and is asked as of both
 * moments. */
#include <stdlib.h>

#include "base/json.h"
#include "tests/server/history.h"
#include "tests/test.h"

enum { QUESTIONS = 2 * KPI_COUNT };

struct kept {
    struct asked asked;
    char as_of[TIMESTAMP_TEXT_BYTES];
    struct text text;
};

/* Asks the store that has everything, and one that was given what was known at T, at T. */
static void compare_at(uint64_t *state, struct engine *engine, int64_t as_of_ms, int64_t now_ms,
                       struct kept *kept) {
    const char *folder = test_folder();
    struct engine *fresh = open_engine(folder);
    struct text got, wanted;
    text_init(&got, RENDERING_BYTES_MAX);
    text_init(&wanted, RENDERING_BYTES_MAX);
    write_events(fresh, 0, event_count, as_of_ms);
    for (uint32_t i = 0; i < QUESTIONS && test_failures < 5; i++) {
        struct asked asked;
        char as_of[TIMESTAMP_TEXT_BYTES];
        random_question(state, i, &asked);
        timestamp_format_utc(as_of_ms, as_of);
        answer(engine, &asked, as_of, now_ms, &got);
        answer(fresh, &asked, NULL, as_of_ms, &wanted);
        expect_same(&asked, as_of, &got, &wanted, "against a store of that time");
        kept[i].asked = asked;
        memcpy(kept[i].as_of, as_of, sizeof as_of);
        text_clear(&kept[i].text);
        text_add(&kept[i].text, got.bytes, got.size);
    }
    text_free(&got);
    text_free(&wanted);
    engine_close(fresh);
}

static void expect_again(struct engine *engine, int64_t now_ms, const struct kept *kept,
                         const char *when) {
    struct text got;
    text_init(&got, RENDERING_BYTES_MAX);
    for (uint32_t i = 0; i < QUESTIONS && test_failures < 5; i++) {
        answer(engine, &kept[i].asked, kept[i].as_of, now_ms, &got);
        expect_same(&kept[i].asked, kept[i].as_of, &got, &kept[i].text, when);
    }
    text_free(&got);
}

static void one_history(uint64_t seed, uint32_t count) {
    uint64_t state = seed;
    char folder[PATH_BYTES];
    static struct kept kept[QUESTIONS];
    const int64_t now_ms = BEGIN_MS + 400 * DAY_MS;
    for (uint32_t i = 0; i < QUESTIONS; i++) text_init(&kept[i].text, RENDERING_BYTES_MAX);
    (void)snprintf(folder, sizeof folder, "%s", test_folder());
    make_history(&state, count);
    struct engine *engine = open_engine(folder);
    const uint32_t most = sent_first();
    for (uint32_t done = 0; done < most;) {
        const uint32_t more = 1 + (uint32_t)below(&state, count / 3);
        const uint32_t end = more < most - done ? done + more : most;
        write_events(engine, done, end, INT64_MAX);
        done = end;
        if (below(&state, 3) > 0) engine_close(engine), engine = open_engine(folder);
        if (below(&state, 4) == 0) engine = compact(engine, folder);
    }
    /* When the last of these arrived, so what follows comes later. */
    const int64_t last_ms = events[most - 1].arrival_ms;
    const int64_t moments[] = {last_ms - 1 - (int64_t)below(&state, 3 * DAY_MS),
                               BEGIN_MS + (int64_t)below(&state, HISTORY_DAYS * DAY_MS)};
    for (size_t i = 0; i < sizeof moments / sizeof *moments && test_failures < 5; i++) {
        compare_at(&state, engine, moments[i], now_ms, kept);
        if (i > 0) break;
        engine = compact(engine, folder);
        expect_again(engine, now_ms, kept, "after compaction");
    }
    write_events(engine, most, count, INT64_MAX);
    expect_again(engine, now_ms + DAY_MS, kept, "after more events");
    engine = compact(engine, folder);
    expect_again(engine, now_ms, kept, "after all compaction");
    engine_close(engine);
    for (uint32_t i = 0; i < QUESTIONS; i++) text_free(&kept[i].text);
}

TEST(an_answer_as_of_a_moment_is_what_was_answered_at_that_moment) {
    for (uint64_t seed = 1; seed <= 6 && test_failures == 0; seed++) one_history(seed, 3000);
    EXPECT(answers.with_rows > answers.all / 3);
    EXPECT(answers.refused < answers.all / 4);
}

TEST(it_is_so_where_parts_have_many_blocks) {
    one_history(99, EVENTS_MAX);
}

/* --- comparisons --- */

enum reason { REASON_NONE, REASON_LATE, REASON_NEW, REASON_ON, REASON_COUNT };
static const char *const reason_text[REASON_COUNT] = {"time", "late", "new", "went_on"};

struct chosen {
    int64_t since_ms, until_ms;
    enum reason reason;
    bool of_events; /* each is a unit of its own */
};

/* Of the subject of the event, or of the event alone. */
static enum reason reason_of(const struct told *event, bool alone, int64_t since_ms,
                             int64_t until_ms) {
    bool before = false, further = false, late = false;
    for (uint32_t i = 0; i < event_count; i++) {
        const struct told *other = &events[i];
        if (alone ? other != event : other->subject != event->subject) continue;
        const bool was = was_known(other, since_ms);
        const bool came = !was && was_known(other, until_ms);
        before |= was;
        further |= came;
        late |= came && other->time_ms <= since_ms;
    }
    if (!further) return REASON_NONE;
    return late ? REASON_LATE : before ? REASON_ON : REASON_NEW;
}

static bool has_reason(const struct told *event, const void *context) {
    const struct chosen *chosen = context;
    return reason_of(event, chosen->of_events || event->subject == 0, chosen->since_ms,
                     chosen->until_ms) == chosen->reason;
}

/* An answer, its rows, and where they are kept. */
struct answered {
    struct json *whole;
    const struct json *rows;
};

static struct answered ask(struct engine *engine, const struct asked *asked, const char *as_of,
                           const char *against, int64_t now_ms) {
    struct answered answered = {NULL, NULL};
    struct text text;
    text_init(&text, RENDERING_BYTES_MAX);
    answer_against(engine, asked, as_of, against, now_ms, &text);
    if (json_parse(text.bytes, text.size, &answered.whole, NULL) != STATUS_OK)
        test_fail(__FILE__, __LINE__, "%s: %s", asked->definition->id, text.bytes);
    answered.rows = json_member(answered.whole, "rows");
    text_free(&text);
    return answered;
}

/* All that stands before the value, but for a step's position. */
static bool same_keys(const struct json *row, const struct json *other, const char *but) {
    for (const struct json *one = json_first(row); one != NULL; one = json_next(one)) {
        const char *name = json_name(one);
        if (strncmp(name, "value", 5) == 0) return true;
        if (strcmp(name, "position") == 0 || strcmp(name, but) == 0) continue;
        const struct json *of_other = json_member(other, name);
        if (strcmp(json_text(one, "-"), json_text(of_other, "-")) != 0 ||
            json_number(one, -1) != json_number(of_other, -1))
            return false;
    }
    return true;
}

/* but: a key that does not matter. */
static double number_in(const struct json *rows, const struct json *like, const char *name,
                        const char *but) {
    for (const struct json *row = json_first(rows); row != NULL; row = json_next(row))
        if (same_keys(like, row, but)) return json_number(json_member(row, name), NAN);
    return NAN;
}

static bool is_bucket(const char *name) {
    static const char *const buckets[] = {"hour", "day", "week", "month", "quarter", "year"};
    for (size_t i = 0; i < sizeof buckets / sizeof *buckets; i++)
        if (strcmp(name, buckets[i]) == 0) return true;
    return false;
}

/* Of a stock: what the last row that is not later says. */
static double stock_in(const struct json *rows, const struct json *like, const char *name) {
    double stock = 0;
    const char *bucket = "";
    for (const struct json *one = json_first(like); one != NULL; one = json_next(one))
        if (is_bucket(json_name(one))) bucket = json_name(one);
    for (const struct json *row = json_first(rows); row != NULL; row = json_next(row))
        if (same_keys(like, row, bucket) && strcmp(json_text(json_member(row, bucket), ""),
                                                   json_text(json_member(like, bucket), "")) <= 0)
            stock = json_number(json_member(row, name), NAN);
    return stock;
}

static double or_zero(double value) {
    return isnan(value) ? 0 : value;
}

static void expect_number(const struct asked *asked, const struct json *row, const char *name,
                          double wanted) {
    const double got = json_number(json_member(row, name), NAN);
    if (got == wanted || (isnan(got) && isnan(wanted))) return;
    test_fail(__FILE__, __LINE__, "%s by=%s from=%s to=%s: %s is %g instead of %g",
              asked->definition->id, asked->by, asked->from, asked->to, name, got, wanted);
}

static uint32_t reasons_seen[REASON_COUNT];

/* What a row says, or would say if it were there. */
static double count_in(const struct asked *asked, const struct json *rows, const struct json *like,
                       const char *count) {
    const enum kpi_id kpi = asked->definition->kpi;
    const bool stock = kpi == KPI_REWORK || kpi == KPI_MEDIA_BREAKS ||
                       (kpi == KPI_PROCESSING_TIME && strcmp(asked->view, "intake") != 0);
    const char *but = kpi == KPI_FUNNEL ? "step" : ""; /* n is the group's */
    if (stock && strcmp(count, "open") == 0) return stock_in(rows, like, count);
    return or_zero(number_in(rows, like, count, but));
}

/* What the reasons did to n or open of a row. */
static void expect_reasons(const struct asked *asked, const struct json *row, const char *count,
                           const struct answered before[REASON_COUNT],
                           const struct answered after[REASON_COUNT]) {
    char name[WORD_BYTES];
    for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
        const double wanted = count_in(asked, after[reason].rows, row, count) -
                              count_in(asked, before[reason].rows, row, count);
        (void)snprintf(name, sizeof name, "%s_%s", count, reason_text[reason]);
        expect_number(asked, row, name, wanted);
        reasons_seen[reason] += wanted != 0;
    }
}

/* engines: of everything, and of the units with each reason. */
static void compare_one(struct engine *engine, struct engine *const engines[REASON_COUNT],
                        const struct asked *asked, const char *since, const char *until,
                        int64_t now_ms) {
    static const char *const both[] = {"value", "lo", "hi"};
    struct answered before[REASON_COUNT], after[REASON_COUNT];
    const struct answered whole = ask(engine, asked, until, since, now_ms);
    const struct answered one = ask(engine, asked, since, NULL, now_ms);
    const struct answered other = ask(engine, asked, until, NULL, now_ms);
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        before[reason] = ask(engines[reason], asked, since, NULL, now_ms);
        after[reason] = ask(engines[reason], asked, until, NULL, now_ms);
    }
    EXPECT(json_count(whole.rows) >= json_count(other.rows));
    for (const struct json *row = json_first(whole.rows); row != NULL; row = json_next(row)) {
        char name[WORD_BYTES];
        for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
            (void)snprintf(name, sizeof name, "%s_before", both[i]);
            expect_number(asked, row, name, number_in(one.rows, row, both[i], ""));
            (void)snprintf(name, sizeof name, "%s_after", both[i]);
            expect_number(asked, row, name, number_in(other.rows, row, both[i], ""));
        }
        expect_number(asked, row, "n_before", count_in(asked, one.rows, row, "n"));
        expect_number(asked, row, "n_after", count_in(asked, other.rows, row, "n"));
        expect_number(asked, row, "open_before", count_in(asked, one.rows, row, "open"));
        expect_number(asked, row, "open_after", count_in(asked, other.rows, row, "open"));
        expect_reasons(asked, row, "n", before, after);
        expect_reasons(asked, row, "open", before, after);
    }
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        json_free(before[reason].whole);
        json_free(after[reason].whole);
    }
    json_free(whole.whole);
    json_free(one.whole);
    json_free(other.whole);
}

/* The list of late events, and the number of others, of all. */
static void expect_events(struct engine *engine, const char *since, const char *until,
                          const struct chosen *chosen, int64_t now_ms) {
    const struct asked asked = {.definition = kpi_get(KPI_EVENT_COUNT)};
    const struct answered answered = ask(engine, &asked, until, since, now_ms);
    uint32_t late[TYPE_COUNT] = {0}, new_events = 0, listed = 0, kinds = 0;
    for (uint32_t i = 0; i < event_count; i++) {
        if (was_known(&events[i], chosen->since_ms) || !was_known(&events[i], chosen->until_ms))
            continue;
        const bool is_late = events[i].time_ms <= chosen->since_ms;
        kinds += is_late && late[events[i].type] == 0;
        late[events[i].type] += is_late;
        new_events += !is_late;
    }
    EXPECT_EQ(json_number(json_member(answered.whole, "new_events"), -1), new_events);
    const struct json *list = json_member(answered.whole, "late_events");
    for (const struct json *each = json_first(list); each != NULL; each = json_next(each)) {
        const char *type = json_text(json_member(each, "type"), "");
        EXPECT_EQ(json_number(json_member(each, "events"), -1),
                  late[type_from_text(type, strlen(type))]);
        EXPECT_TEXT(json_text(json_member(each, "source"), ""), "test");
        listed++;
    }
    EXPECT_EQ(listed, kinds);
    json_free(answered.whole);
}

/* Of these KPIs rows are no sums over units. */
static bool is_refused(struct engine *engine, const struct asked *asked, const char *as_of,
                       const char *against, int64_t now_ms) {
    static const enum kpi_id known[] = {KPI_ROI, KPI_TRANSITIONS, KPI_VARIANTS, KPI_ACTIVITIES,
                                        KPI_END_TO_END};
    struct text text;
    text_init(&text, RENDERING_BYTES_MAX);
    answer_against(engine, asked, as_of, against, now_ms, &text);
    const bool refused = strstr(text.bytes, "cannot be compared") != NULL;
    text_free(&text);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (asked->definition->kpi == known[i]) EXPECT(refused);
    return refused;
}

static void compare_moments(uint64_t *state, struct engine *engine, int64_t now_ms) {
    struct chosen chosen = {.since_ms = BEGIN_MS + (int64_t)below(state, HISTORY_DAYS * DAY_MS)};
    chosen.until_ms = chosen.since_ms + 1 + (int64_t)below(state, 20 * DAY_MS);
    char since[TIMESTAMP_TEXT_BYTES], until[TIMESTAMP_TEXT_BYTES];
    timestamp_format_utc(chosen.since_ms, since);
    timestamp_format_utc(chosen.until_ms, until);
    struct engine *engines[2][REASON_COUNT]; /* of subjects; of events */
    for (int kind = 0; kind < 2; kind++)
        for (chosen.reason = 0; chosen.reason < REASON_COUNT; chosen.reason++) {
            chosen.of_events = kind > 0;
            engines[kind][chosen.reason] = open_engine(test_folder());
            write_chosen(engines[kind][chosen.reason], 0, event_count, has_reason, &chosen);
        }
    expect_events(engine, since, until, &chosen, now_ms);
    for (uint32_t i = 0; i < QUESTIONS && test_failures < 5; i++) {
        struct asked asked;
        random_question(state, i, &asked);
        const enum kpi_id kpi = asked.definition->kpi;
        if (asked.from[0] == '\0' || asked.to[0] == '\0') { /* one interval for both moments */
            (void)snprintf(asked.from, WORD_BYTES, "2025-12-01");
            (void)snprintf(asked.to, WORD_BYTES, "2026-05-01");
        }
        if (is_refused(engine, &asked, until, since, now_ms)) continue;
        const bool of_events = kpi == KPI_EVENT_COUNT || kpi == KPI_SATISFACTION;
        compare_one(engine, engines[of_events], &asked, since, until, now_ms);
    }
    for (int kind = 0; kind < 2; kind++)
        for (int reason = 0; reason < REASON_COUNT; reason++) engine_close(engines[kind][reason]);
}

TEST(the_reasons_of_a_comparison_are_what_their_units_alone_make) {
    char folder[PATH_BYTES];
    const int64_t now_ms = BEGIN_MS + 400 * DAY_MS;
    for (uint64_t seed = 11; seed <= 12 && test_failures == 0; seed++) {
        uint64_t state = seed;
        (void)snprintf(folder, sizeof folder, "%s", test_folder());
        make_history(&state, 1500);
        struct engine *engine = open_engine(folder);
        for (uint32_t at = 0; at < event_count; at += event_count / 3) {
            write_events(engine, at, at + event_count / 3, INT64_MAX);
            engine_close(engine);
            engine = open_engine(folder);
        }
        compare_moments(&state, engine, now_ms);
        engine = compact(engine, folder);
        compare_moments(&state, engine, now_ms);
        engine_close(engine);
    }
    EXPECT(reasons_seen[REASON_NONE] > 0); /* an attempt that waits is abandoned in the end */
    for (int reason = REASON_LATE; reason < REASON_COUNT; reason++)
        EXPECT_LE(20, reasons_seen[reason]);
}
