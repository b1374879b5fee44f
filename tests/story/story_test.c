/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the right period is asked for and compared, and a change is told when it is beyond normal
 * variation, the figure is settled and its direction is plain. Method: courses made by hand as the
 * engine would answer them. */
#include "story/story.h"

#include "base/timestamp.h"
#include "calendar/calendar.h"
#include "event/column.h"
#include "tests/test.h"

enum { COLUMNS = 7, MONTHS = 61, DAYS = 184 };
static struct result_column columns[COLUMNS] = {{"month", ""}, {"value", "s"}, {"lo", "s"},
                                                {"hi", "s"},   {"n", "count"}, {"open", "count"},
                                                {"state", ""}};

/* A course of months up to October 2026, or of days, of a KPI in its own unit. */
struct course {
    struct arena arena;
    struct story_question question;
    struct plan plan;
    struct result result;
    struct cell cells[DAYS][COLUMNS];
};

static int64_t moment(const char *text) {
    int64_t utc_ms = 0;
    EXPECT(timestamp_parse(text, strlen(text), &utc_ms));
    return utc_ms;
}

static void set(struct course *course, uint32_t at, double value, double reach,
                enum result_state state) {
    struct cell *row = course->cells[at];
    row[0] = (struct cell){.kind = CELL_TEXT, .text = "month"};
    row[1] = (struct cell){.kind = CELL_NUMBER, .number = value};
    row[2] = (struct cell){.kind = reach > 0 ? CELL_NUMBER : CELL_ABSENT, .number = value - reach};
    row[3] = (struct cell){.kind = reach > 0 ? CELL_NUMBER : CELL_ABSENT, .number = value + reach};
    row[4] = (struct cell){.kind = CELL_INTEGER, .integer = 412};
    row[5] = (struct cell){.kind = CELL_INTEGER, .integer = 41};
    row[6] = (struct cell){.kind = CELL_TEXT, .text = result_state_text(state)};
    if (state == RESULT_NO_DATA) row[1].kind = CELL_ABSENT;
}

/* Plans it in truth; the values rise and fall by one `step` about `level`, but for the last. */
static struct course *make_of(const char *period, uint32_t count, const char *kpi, double level,
                              double step, double last, const char *compare) {
    static struct course course;
    struct plan_words words = {.kpi = kpi, .zone = "Europe/Berlin"};
    const int64_t now_ms = moment("2026-11-23T12:00:00Z");
    uint64_t seed = 1;
    course = (struct course){0};
    arena_init(&course.arena, 1 << 22);
    EXPECT_OK(story_prepare(period, compare, now_ms, now_ms, &course.arena, &words,
                            &course.question, NULL));
    EXPECT_OK(plan_parse(&words, 0, now_ms, now_ms, &course.arena, &course.plan, NULL));
    columns[1].unit = course.plan.definition->unit;
    EXPECT_EQ(course.plan.edge_count, count + 1);
    EXPECT_EQ(course.question.count, count);
    course.result = (struct result){.definition = course.plan.definition,
                                    .column_count = COLUMNS,
                                    .columns = columns,
                                    .row_count = count,
                                    .cells = course.cells[0]};
    for (uint32_t at = 0; at + 1 < count; at++)
        set(&course, at, level + (test_random(&seed) % 2 == 0 ? step : -step), 0, RESULT_OK);
    set(&course, count - 1, last, 0, RESULT_OK);
    return &course;
}

static struct course *make(const char *kpi, double level, double step, double last,
                           const char *compare) {
    return make_of("2026-10", MONTHS, kpi, level, step, last, compare);
}

static struct story tell(struct course *course) {
    struct story story = {0};
    EXPECT_OK(story_tell(&course->question, &course->plan, &course->result, NULL, &course->arena,
                         &story, NULL));
    return story;
}

static bool ends(const char *text, const char *end) {
    return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

#define DAY 86400.0

TEST(a_change_is_told_beyond_normal_variation_only_and_by_its_direction) {
    struct course *course = make("processing_time", 15 * DAY, 0.2 * DAY, 12 * DAY, NULL);
    set(course, MONTHS - 2, 15 * DAY, 0, RESULT_OK);
    struct story story = tell(course);
    EXPECT_EQ(story.verdict, STORY_BETTER);
    EXPECT_TEXT(story.text[LANGUAGE_EN],
                "In October 2026, an application took 12 days at the median, 3 days less than in "
                "September; 41 are still open.");
    set(course, MONTHS - 1, 18 * DAY, 0, RESULT_OK);
    EXPECT_EQ(tell(course).verdict, STORY_WORSE);
    set(course, MONTHS - 1, 15.1 * DAY, 0, RESULT_OK);
    story = tell(course);
    EXPECT_EQ(story.verdict, STORY_NORMAL);
    EXPECT(strstr(story.text[LANGUAGE_EN], "no change beyond normal variation") != NULL);
    arena_free(&course->arena);

    course = make("digital_take_up", 0.5, 0.01, 0.7, NULL);
    EXPECT_EQ(tell(course).verdict, STORY_BETTER); /* higher is */
    arena_free(&course->arena);
    course = make("cancellation", 0.1, 0.002, 0.2, NULL);
    EXPECT_EQ(tell(course).verdict, STORY_CHANGED); /* neither is */
    arena_free(&course->arena);
}

TEST(an_amount_in_another_currency_is_not_called_euros) {
    struct course *course = make("cost_per_transaction", 40, 1, 42, NULL);
    struct story story;
    struct error err;
    EXPECT(strstr(tell(course).text[LANGUAGE_EN], "€42") != NULL);
    columns[1].unit = "CHF";
    EXPECT_EQ(story_tell(&course->question, &course->plan, &course->result, NULL, &course->arena,
                         &story, &err),
              STATUS_INVALID);
    EXPECT(strstr(err.text, "CHF") != NULL);
    arena_free(&course->arena);
}

TEST(what_its_interval_explains_is_no_change) {
    struct course *course = make("digital_take_up", 0.5, 0.001, 0.53, NULL);
    EXPECT_EQ(tell(course).verdict, STORY_BETTER);
    for (uint32_t month = 0; month < MONTHS; month++)
        set(course, month, month + 1 < MONTHS ? 0.5 : 0.53, 0.05, RESULT_OK);
    EXPECT_EQ(tell(course).verdict, STORY_NORMAL);
    arena_free(&course->arena);
}

TEST(what_is_not_settled_is_not_compared) {
    static const enum result_state states[] = {RESULT_FEW, RESULT_PROVISIONAL, RESULT_INCOMPLETE,
                                               RESULT_SUPPRESSED, RESULT_NO_DATA};
    struct course *course = make("processing_time", 15 * DAY, 0.2 * DAY, 5 * DAY, NULL);
    EXPECT_EQ(tell(course).verdict, STORY_BETTER);
    for (size_t at = 0; at < sizeof states / sizeof *states; at++) {
        set(course, MONTHS - 1, 5 * DAY, 0, states[at]);
        const struct story story = tell(course);
        EXPECT_EQ(story.verdict, STORY_UNKNOWN);
        EXPECT(strstr(story.text[LANGUAGE_EN], "September") == NULL);
        EXPECT_EQ(strstr(story.text[LANGUAGE_EN], "5 days") != NULL, at < 3);
    }
    set(course, MONTHS - 1, 5 * DAY, 0, RESULT_OK);
    set(course, MONTHS - 2, 0, 0, RESULT_NO_DATA); /* nothing to compare with */
    EXPECT_EQ(tell(course).verdict, STORY_UNKNOWN);
    arena_free(&course->arena);
}

TEST(a_short_past_and_its_first_period_say_nothing) {
    struct course *course = make("processing_time", 15 * DAY, 0.2 * DAY, 5 * DAY, NULL);
    for (uint32_t month = 0; month < MONTHS - 14; month++) set(course, month, 0, 0, RESULT_NO_DATA);
    EXPECT_EQ(tell(course).verdict, STORY_UNKNOWN); /* 13 whole months: none into October */
    set(course, MONTHS - 15, 15 * DAY, 0, RESULT_OK);
    EXPECT_EQ(tell(course).verdict, STORY_BETTER);
    /* A first month of three days would widen the limits, were it part of the past. */
    const double hi = tell(course).control.hi;
    set(course, MONTHS - 15, 400 * DAY, 0, RESULT_OK);
    EXPECT_NEAR(tell(course).control.hi, hi, 0);
    arena_free(&course->arena);
}

TEST(sums_are_judged_per_working_day) {
    /* Twenty a working day in every month of five years: the months differ in length only. */
    struct course *course = make("throughput", 0, 0, 0, NULL);
    for (uint32_t month = 0; month < MONTHS; month++) {
        const int64_t days =
            calendar_working_days(course->plan.calendar, REGION_GERMANY,
                                  course->plan.edges[month] - 1, course->plan.edges[month + 1] - 1);
        EXPECT(days >= 17 && days <= 23);
        set(course, month, 20.0 * (double)days, 0, RESULT_OK);
    }
    struct story story = tell(course);
    EXPECT_EQ(story.verdict, STORY_NORMAL);
    EXPECT_NEAR(story.control.change, 0, 1e-9);
    EXPECT(story.control.hi > 1 && story.control.hi < 10); /* a working day, not a month */
    set(course, MONTHS - 1, 20.0 * 21 * 2, 0, RESULT_OK);
    EXPECT_EQ(tell(course).verdict, STORY_BETTER);
    arena_free(&course->arena);
}

TEST(a_holiday_is_not_compared_per_working_day) {
    static const struct {
        const char *day;
        double value;
        enum story_verdict verdict;
    } days[] = {{"2026-04-30", 3, STORY_WORSE}, /* Thursday after Thursday */
                {"2026-04-30", 103, STORY_NORMAL},
                {"2026-05-01", 3, STORY_UNKNOWN}, /* Labour Day */
                {"2026-05-01", 100, STORY_UNKNOWN},
                {"2026-05-08", 3, STORY_UNKNOWN},    /* with Labour Day a week before */
                {"2026-05-02", 100, STORY_UNKNOWN}}; /* a Saturday */
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        struct course *course =
            make_of(days[i].day, DAYS, "throughput", 100, 5, days[i].value, NULL);
        const struct story story = tell(course);
        EXPECT_EQ(story.verdict, days[i].verdict);
        EXPECT_EQ(strstr(story.text[LANGUAGE_EN], "normal variation") != NULL,
                  days[i].verdict == STORY_NORMAL);
        arena_free(&course->arena);
    }
}

TEST(a_year_ago_is_another_comparison) {
    struct course *course = make("processing_time", 15 * DAY, 0.2 * DAY, 12 * DAY, "year");
    set(course, MONTHS - 13, 16 * DAY, 0, RESULT_OK);
    const struct story story = tell(course);
    EXPECT_EQ(story.verdict, STORY_BETTER);
    EXPECT_NEAR(story.phrase.before, 16 * DAY, 0);
    EXPECT(strstr(story.text[LANGUAGE_DE], "4 Tage weniger als im Oktober 2025") != NULL);
    EXPECT(ends(story.text[LANGUAGE_DE], "; 41 Anträge sind noch offen."));
    arena_free(&course->arena);
}

static void expect_period(const char *newest, const char *now, const char *as_of,
                          const char *want) {
    struct arena arena;
    struct story_question question = {0};
    struct plan_words words = {.zone = "Europe/Berlin", .as_of = as_of};
    char name[PERIOD_TEXT_BYTES];
    arena_init(&arena, 1 << 20);
    EXPECT_OK(story_prepare(NULL, NULL, newest == NULL ? TIME_ABSENT : moment(newest), moment(now),
                            &arena, &words, &question, NULL));
    period_name(question.period, name);
    EXPECT_TEXT(name, want);
    arena_free(&arena);
}

TEST(without_a_period_it_is_the_last_month_that_has_ended_and_has_data) {
    expect_period("2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z", NULL, "2026-10");
    expect_period("2026-10-31T22:30:00Z", "2026-11-23T12:00:00Z", NULL, "2026-10");
    expect_period("2026-08-03T08:00:00Z", "2026-11-23T12:00:00Z", NULL, "2026-08");
    expect_period(NULL, "2026-11-23T12:00:00Z", NULL, "2026-10");
    expect_period("2026-10-31T23:30:00Z", "2026-10-31T23:30:00Z", NULL, "2026-10"); /* 1 November */
    expect_period("2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z", "2026-03-10", "2026-02");
    expect_period("2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z", "2026-03-10T08:00:00Z",
                  "2026-02");
}

TEST(what_cannot_be_told_is_refused_with_what_to_do) {
    struct arena arena;
    struct error err;
    struct story_question question;
    struct plan plan;
    arena_init(&arena, 1 << 26);
    struct plan_words words = {.kpi = "funnel", .zone = "Europe/Berlin"};
    EXPECT_EQ(story_prepare("soon", NULL, 0, 0, &arena, &words, &question, &err), STATUS_INVALID);
    EXPECT(strstr(err.text, "2026-W44") != NULL);
    EXPECT_EQ(story_prepare("0001-01", NULL, 0, 0, &arena, &words, &question, &err),
              STATUS_INVALID);
    EXPECT_EQ(story_prepare("2026", "month", 0, 0, &arena, &words, &question, &err),
              STATUS_INVALID);
    EXPECT(strstr(err.text, "before, year") != NULL);
    EXPECT_EQ(story_prepare("2026-10-31", "year", 0, 0, &arena, &words, &question, &err),
              STATUS_INVALID);
    words.by = "month";
    EXPECT_EQ(story_prepare("2026", NULL, 0, 0, &arena, &words, &question, &err), STATUS_INVALID);
    words.by = NULL;
    EXPECT_OK(story_prepare("2026", NULL, 0, 0, &arena, &words, &question, &err));
    EXPECT_TEXT(words.by, "year");
    EXPECT_TEXT(words.to, "2027-01-01");
    EXPECT_OK(plan_parse(&words, 0, 1, 1, &arena, &plan, &err));
    EXPECT_EQ(story_check(&plan, &err), STATUS_INVALID);
    EXPECT_TEXT(err.text, "funnel is not told in a sentence");
    words.kpi = "processing_time";
    words.view = "intake";
    EXPECT_OK(plan_parse(&words, 0, 1, 1, &arena, &plan, &err));
    EXPECT_EQ(story_check(&plan, &err), STATUS_INVALID);
    words.view = NULL;
    words.clock = "touch"; /* "an application took ten minutes" would be another claim */
    EXPECT_OK(plan_parse(&words, 0, 1, 1, &arena, &plan, &err));
    EXPECT_EQ(story_check(&plan, &err), STATUS_INVALID);
    words.clock = "working_days";
    EXPECT_OK(plan_parse(&words, 0, 1, 1, &arena, &plan, &err));
    EXPECT_OK(story_check(&plan, &err));
    words.start = "complete";
    EXPECT_OK(plan_parse(&words, 0, 1, 1, &arena, &plan, &err));
    EXPECT_EQ(story_check(&plan, &err), STATUS_INVALID);
    arena_free(&arena);
}
