/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: transitions, variants, activities and rework are what their definitions say. Method: random
 * journeys with random events, many of one moment; random questions; for every group of an answer a
 * walk over all journeys and their events makes its rows anew, with texts instead of numbers. */
#include "tests/query/reference_world.h"

enum { SEEDS = 120, ROWS_MAX = 6000, VALUES_MAX = 600, KEY_BYTES = 1200, TRAIL_MAX = 16 };

static struct question question;

/* --- the world --- */

static const uint8_t purpose_types[PURPOSE_COUNT][8] = {
    [PURPOSE_CASE] = {TYPE_CASE_RECEIVED, TYPE_CASE_ACTIVITY, TYPE_CASE_ACTIVITY,
                      TYPE_CASE_REQUESTED, TYPE_CASE_DECIDED, TYPE_CASE_CLOSED, TYPE_CASE_REOPENED,
                      TYPE_CASE_WITHDRAWN},
    [PURPOSE_ATTEMPT] = {TYPE_FORM_STARTED, TYPE_FORM_STEP, TYPE_FORM_STEP, TYPE_FORM_STEP,
                         TYPE_FORM_ERROR, TYPE_FORM_SAVED, TYPE_FORM_SUBMITTED, TYPE_FORM_FAILED},
    [PURPOSE_APPOINTMENT] = {TYPE_APPOINTMENT_RESERVED, TYPE_APPOINTMENT_ARRIVED,
                             TYPE_APPOINTMENT_CALLED, TYPE_APPOINTMENT_CALLED,
                             TYPE_APPOINTMENT_SHOWEDUP, TYPE_APPOINTMENT_FINISHED,
                             TYPE_APPOINTMENT_MISSED, TYPE_APPOINTMENT_CANCELLED}};
static const char *const steps[] = {"examine", "ask", "examine again", ""};

static uint32_t column_of(uint8_t type) {
    switch (type) {
        case TYPE_CASE_RECEIVED: return CASE_RECEIVED;
        case TYPE_CASE_DECIDED: return CASE_DECIDED;
        case TYPE_CASE_CLOSED: return CASE_CLOSED;
        case TYPE_CASE_REOPENED: return CASE_REOPENED;
        case TYPE_CASE_WITHDRAWN: return CASE_WITHDRAWN;
        case TYPE_FORM_SUBMITTED: return ATTEMPT_SUBMITTED;
        case TYPE_FORM_FAILED: return ATTEMPT_FAILED;
        case TYPE_APPOINTMENT_FINISHED: return APPOINTMENT_COLUMN_FINISHED;
        case TYPE_APPOINTMENT_MISSED: return APPOINTMENT_COLUMN_MISSED;
        case TYPE_APPOINTMENT_CANCELLED: return APPOINTMENT_COLUMN_CANCELLED;
        default: return 0;
    }
}

static void add_event(enum purpose purpose, int64_t *row, uint8_t type, uint32_t step,
                      int64_t time) {
    const uint32_t at = world.trail_event_count++;
    const uint32_t column = column_of(type);
    world.trail_time[at] = time;
    world.trail_type[at] = type;
    world.trail_step[at] = step;
    world.trail_channel[at] = (uint8_t)(at * 2654435761u >> 24) % CHANNEL_COUNT;
    if (column != 0 && row[column] == TIME_ABSENT) row[column] = time;
    if (type == TYPE_FORM_SAVED) row[ATTEMPT_SAVED] = time;
    if (purpose == PURPOSE_CASE) {
        row[CASE_REQUESTS] += type == TYPE_CASE_REQUESTED;
        row[CASE_REOPENINGS] += type == TYPE_CASE_REOPENED;
    }
    if (row[JOURNEY_FIRST] == TIME_ABSENT) row[JOURNEY_FIRST] = time;
    row[JOURNEY_LAST] = time;
}

static void add_journey(uint64_t *seed, enum purpose purpose) {
    static const int64_t gaps[] = {0, 0, 1000, 3600000, 5 * WORLD_DAY_MS, 70 * WORLD_DAY_MS};
    const uint32_t number = world.journey_count[purpose];
    int64_t *row = world_add(seed, purpose);
    int64_t time = random_time(seed);
    const uint32_t count = 1 + (uint32_t)random_below(seed, random_below(seed, 3) == 0 ? 12 : 3);
    world.trail_begin[purpose][number] = world.trail_event_count;
    world.trail_count[purpose][number] = count;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t type = purpose_types[purpose][random_below(seed, 8)];
        if (count == 2 && purpose == PURPOSE_CASE && random_below(seed, 2) == 0)
            type = i == 0 ? TYPE_CASE_RECEIVED : TYPE_CASE_CLOSED;
        add_event(purpose, row, type, world_code(steps[random_below(seed, 4)]), time);
        time += gaps[random_below(seed, random_below(seed, 4) == 0 ? 6 : 4)];
    }
}

static void make_world(uint64_t *seed, enum purpose purpose) {
    world_clear(seed);
    const uint64_t count = random_below(seed, 400);
    for (uint64_t i = 0; i < count; i++) add_journey(seed, purpose);
}

/* --- the definitions, event by event --- */

static bool is_end(uint8_t type) {
    return column_of(type) != 0 && type != TYPE_CASE_RECEIVED && type != TYPE_CASE_REOPENED;
}

static const char *name_of(uint32_t at) {
    const uint8_t type = world.trail_type[at];
    size_t size;
    if (world.trail_step[at] == 0 || type == TYPE_FORM_ERROR)
        return type_text((enum event_type)type);
    return dictionary_text(world.dictionary, world.trail_step[at], &size);
}

struct journey {
    uint32_t length;
    const char *name[TRAIL_MAX];
    int64_t time[TRAIL_MAX];
    int64_t first, end; /* end TIME_ABSENT: it has not ended */
    int64_t last;
};

/* What has happened until T. */
static struct journey journey_of(enum purpose purpose, uint32_t number) {
    struct journey journey = {.first = TIME_ABSENT, .end = TIME_ABSENT};
    const uint32_t begin = world.trail_begin[purpose][number];
    for (uint32_t i = 0; i < world.trail_count[purpose][number]; i++) {
        const uint32_t at = begin + i;
        const int64_t time = world.trail_time[at];
        if (time > question.plan.as_of_ms) break;
        if (i == 0) journey.first = time;
        journey.last = time;
        if (is_end(world.trail_type[at]) && journey.end == TIME_ABSENT) journey.end = time;
        if (i > 0 && time == world.trail_time[at - 1] && world.trail_type[at] == TYPE_CASE_CLOSED &&
            world.trail_type[at - 1] == TYPE_CASE_RECEIVED &&
            strcmp(name_of(at), name_of(at - 1)) == 0)
            continue;
        journey.name[journey.length] = name_of(at);
        journey.time[journey.length++] = time;
    }
    if (purpose != PURPOSE_ATTEMPT || journey.end != TIME_ABSENT || journey.first == TIME_ABSENT)
        return journey;
    /* Of saves and of activity a journey keeps the last only, of all time: see fold.h. */
    const int64_t *row = world.journey[purpose][number];
    const bool saved = seen(&question, row[ATTEMPT_SAVED]) != TIME_ABSENT;
    const int64_t patience = saved ? INT64_C(1209600000) : INT64_C(1800000);
    if (row[JOURNEY_LAST] <= question.plan.as_of_ms - patience) journey.end = journey.last;
    return journey;
}

/* --- rows made anew --- */

struct reference {
    char key[KEY_BYTES];
    int64_t n, journeys, repeats, self, starts, ends, last_journey, late;
    int value_count;
    double value[VALUES_MAX];
};
static struct reference rows[ROWS_MAX];
static uint32_t row_count;
static int64_t all, open_count, ended_count;

static struct reference *row_of(const char *key) {
    for (uint32_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].key, key) == 0) return &rows[i];
    CHECK(row_count < ROWS_MAX);
    struct reference *row = &rows[row_count++];
    memset(row, 0, sizeof *row);
    (void)snprintf(row->key, sizeof row->key, "%s", key);
    row->last_journey = -1;
    return row;
}

static struct reference *count_one(const char *key, int64_t number, bool late) {
    struct reference *row = row_of(key);
    row->n++;
    row->late += late;
    row->journeys += row->last_journey != number;
    row->last_journey = number;
    all++;
    return row;
}

static bool had_before(const struct journey *journey, uint32_t at) {
    for (uint32_t i = 0; i < at; i++)
        if (strcmp(journey->name[i], journey->name[at]) == 0) return true;
    return false;
}

static void add_value(struct reference *row, int64_t ms) {
    CHECK(row->value_count < VALUES_MAX);
    row->value[row->value_count++] = (double)ms / 1000;
}

static void walk(enum kpi_id kpi, const struct journey *journey, int64_t number, bool late) {
    char key[KEY_BYTES] = "";
    size_t used = 0;
    int64_t repeats = 0;
    for (uint32_t i = 0; i < journey->length; i++) {
        const bool again = had_before(journey, i);
        repeats += again;
        used += (size_t)snprintf(key + used, sizeof key - used, "%s%s", i > 0 ? " > " : "",
                                 journey->name[i]);
        if (kpi == KPI_ACTIVITIES) {
            struct reference *row = count_one(journey->name[i], number, late);
            row->repeats += again;
            row->self += i > 0 && strcmp(journey->name[i], journey->name[i - 1]) == 0;
            row->starts += i == 0;
            row->ends += i + 1 == journey->length;
        } else if (kpi == KPI_TRANSITIONS && i > 0) {
            char pair[KEY_BYTES];
            (void)snprintf(pair, sizeof pair, "%s > %s", journey->name[i - 1], journey->name[i]);
            struct reference *row = count_one(pair, number, late);
            row->repeats += again;
            add_value(row, journey->time[i] - journey->time[i - 1]);
        }
    }
    if (kpi != KPI_VARIANTS) return;
    struct reference *row = count_one(key, number, late);
    row->repeats += repeats;
    add_value(row, journey->time[journey->length - 1] - journey->time[0]);
}

static int compare_rows(const void *left, const void *right) {
    const struct reference *a = left, *b = right;
    if (a->n != b->n) return a->n > b->n ? -1 : 1;
    return strcmp(a->key, b->key);
}

static void make_rows(const struct selection *at) {
    const enum purpose purpose = question.plan.purpose;
    const bool intake = question.plan.view == VIEW_INTAKE;
    row_count = 0;
    all = open_count = ended_count = 0;
    for (uint32_t number = 0; number < world.journey_count[purpose]; number++) {
        const int64_t *row = world.journey[purpose][number];
        const struct journey journey = journey_of(purpose, number);
        if (!world_selected(at, row) || journey.first == TIME_ABSENT) continue;
        if (journey.end == TIME_ABSENT) {
            open_count += intake ? in_period(at, journey.first) : journey.first < at->end_ms;
            continue;
        }
        if (!in_period(at, intake ? journey.first : journey.end)) continue;
        ended_count++;
        walk(question.plan.definition->kpi, &journey, number,
             (row[JOURNEY_FLAGS] & EVENT_LATE) != 0);
    }
    qsort(rows, row_count, sizeof *rows, compare_rows);
}

/* Rows from `first` on become one. */
static struct reference rest_of(uint32_t first) {
    static struct reference sum;
    memset(&sum, 0, sizeof sum);
    for (uint32_t i = first; i < row_count; i++) {
        sum.n += rows[i].n;
        sum.late += rows[i].late;
        sum.repeats += rows[i].repeats;
        sum.self += rows[i].self;
        sum.starts += rows[i].starts;
        sum.ends += rows[i].ends;
        for (int v = 0; v < rows[i].value_count; v++)
            if (sum.value_count < VALUES_MAX) sum.value[sum.value_count++] = rows[i].value[v];
    }
    return sum;
}

static const char *key_at(uint32_t row) {
    static char key[KEY_BYTES];
    const enum kpi_id kpi = question.plan.definition->kpi;
    if (kpi == KPI_TRANSITIONS)
        (void)snprintf(key, sizeof key, "%s > %s", text_at(&question, row, "activity"),
                       text_at(&question, row, "next_activity"));
    else
        (void)snprintf(key, sizeof key, "%s",
                       text_at(&question, row, kpi == KPI_VARIANTS ? "variant" : "activity"));
    return key;
}

static void check_row(uint32_t row, struct reference *expected, bool is_rest, int64_t so_far) {
    const enum kpi_id kpi = question.plan.definition->kpi;
    if (!is_rest) EXPECT_TEXT(key_at(row), expected->key);
    expect_integer(&question, row, "n", expected->n);
    expect_integer(&question, row, "open", open_count);
    expect_number(&question, row, "share", ratio_of(expected->n, all));
    expect_number(&question, row, "late_share", ratio_of(expected->late, expected->n));
    if (kpi != KPI_VARIANTS && !is_rest)
        expect_integer(&question, row, "journeys", expected->journeys);
    if (kpi == KPI_VARIANTS)
        expect_number(&question, row, "cumulative_share", ratio_of(so_far, all));
    if (kpi != KPI_ACTIVITIES) {
        expect_durations(&question, row, expected->value, expected->value_count);
        expect_integer(&question, row, "repeats", expected->repeats);
        return;
    }
    expect_integer(&question, row, "self_loops", expected->self);
    expect_integer(&question, row, "returns", expected->repeats - expected->self);
    expect_integer(&question, row, "starts", expected->starts);
    expect_integer(&question, row, "ends", expected->ends);
    if (is_rest) return;
    expect_number(&question, row, "value", ratio_of(expected->repeats, expected->journeys));
    expect_number(&question, row, "journey_share", ratio_of(expected->journeys, ended_count));
}

/* The rows of one group, from `row` on; answers the first that is not one of them. */
static uint32_t check_group(uint32_t row) {
    const struct selection at = selection_of(&question, row);
    make_rows(&at);
    const uint32_t top = question.plan.top;
    const uint32_t shown = row_count <= top + 1 ? row_count : top;
    int64_t so_far = 0;
    if (row_count == 0) {
        expect_integer(&question, row, "n", 0);
        expect_integer(&question, row, "open", open_count);
        return row + 1;
    }
    for (uint32_t i = 0; i < shown && test_failures == 0; i++, row++) {
        so_far += rows[i].n;
        check_row(row, &rows[i], false, so_far);
        expect_integer(&question, row, "summed", 0);
    }
    if (shown == row_count || test_failures > 0) return row;
    struct reference rest = rest_of(shown);
    check_row(row, &rest, true, all);
    expect_integer(&question, row, "summed", row_count - shown);
    return row + 1;
}

static void check_answer(uint64_t *seed, enum kpi_id kpi, enum purpose purpose) {
    static const uint32_t tops[] = {1, 2, 7, 1000};
    make_world(seed, purpose);
    question_random(&question, kpi, seed);
    question.plan.purpose = purpose;
    question.plan.top = tops[random_below(seed, 4)];
    question.plan.view = random_below(seed, 3) == 0 ? VIEW_INTAKE : VIEW_CLOSING;
    EXPECT_OK(question_ask(&question));
    EXPECT_EQ(question.result.note_count, 1);
    EXPECT_TEXT(question.result.notes[0].text, purpose_text(purpose));
    uint32_t row = 0;
    while (row < question.result.row_count && test_failures == 0) row = check_group(row);
    /* Nothing is lost: all that is in any row is in the one group of all. */
    const int64_t sum = total_of(&question, "n");
    question.plan.by_count = 0;
    question.plan.edge_count = 0;
    EXPECT_OK(question_ask(&question));
    EXPECT_EQ(total_of(&question, "n"), sum);
    question_end(&question);
}

static void check_kpi(enum kpi_id kpi) {
    static const enum purpose purposes[] = {PURPOSE_CASE, PURPOSE_ATTEMPT, PURPOSE_APPOINTMENT};
    for (uint64_t s = 1; s <= SEEDS && test_failures == 0; s++) {
        uint64_t seed = s + 7000 * (uint64_t)kpi;
        check_answer(&seed, kpi, purposes[s % 3]);
        if (test_failures > 0) printf("seed %d\n", (int)s);
    }
}

TEST(transitions_are_those_of_a_walk_over_all_events) {
    check_kpi(KPI_TRANSITIONS);
}

TEST(variants_are_those_of_a_walk_over_all_events) {
    check_kpi(KPI_VARIANTS);
}

TEST(activities_and_their_loops_are_those_of_a_walk_over_all_events) {
    check_kpi(KPI_ACTIVITIES);
}

/* --- rework --- */

struct rework {
    int64_t n, open, other, done, requested, reopened, requests, reopenings;
};

static void add_rework(const struct selection *at, uint32_t number, struct rework *sum) {
    const int64_t *row = world.journey[PURPOSE_CASE][number];
    const int64_t end = seen(&question, row[CASE_DECIDED]) != TIME_ABSENT
                            ? row[CASE_DECIDED]
                            : seen(&question, row[CASE_CLOSED]);
    const int64_t other = seen(&question, row[CASE_WITHDRAWN]);
    const int64_t start = seen(&question, row[CASE_RECEIVED]);
    const int64_t requests = row[CASE_REQUESTS], reopenings = row[CASE_REOPENINGS];
    if (other != TIME_ABSENT && (end == TIME_ABSENT || other < end)) {
        sum->other += in_period(at, other);
        return;
    }
    if (end == TIME_ABSENT) sum->open += start != TIME_ABSENT && start < at->end_ms;
    if (!in_period(at, end)) return;
    sum->n++;
    sum->done += requests + reopenings > 0;
    sum->requested += requests > 0;
    sum->reopened += reopenings > 0;
    sum->requests += requests;
    sum->reopenings += reopenings;
}

static void check_rework(void) {
    for (uint32_t i = 0; i < question.result.row_count; i++) {
        const struct selection at = selection_of(&question, i);
        struct rework sum = {0};
        for (uint32_t c = 0; c < world.journey_count[PURPOSE_CASE]; c++)
            if (world_selected(&at, world.journey[PURPOSE_CASE][c])) add_rework(&at, c, &sum);
        expect_integer(&question, i, "n", sum.n);
        expect_integer(&question, i, "open", sum.open);
        expect_integer(&question, i, "excluded_other_end", sum.other);
        expect_number(&question, i, "value", ratio_of(sum.done, sum.n));
        expect_number(&question, i, "first_time_right", ratio_of(sum.n - sum.done, sum.n));
        expect_number(&question, i, "loops_per_case",
                      ratio_of(sum.requests + sum.reopenings, sum.n));
        expect_integer(&question, i, "requested", sum.requested);
        expect_integer(&question, i, "reopened", sum.reopened);
        expect_integer(&question, i, "requests", sum.requests);
        expect_integer(&question, i, "reopenings", sum.reopenings);
        expect_state(&question, i, &at, sum.n);
    }
}

TEST(rework_is_that_of_a_walk_over_all_cases) {
    for (uint64_t s = 1; s <= SEEDS && test_failures == 0; s++) {
        uint64_t seed = s + 9000;
        make_world(&seed, PURPOSE_CASE);
        question_random(&question, KPI_REWORK, &seed);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        check_rework();
        expect_complete(&question, "n");
        question_end(&question);
    }
}

/* --- media breaks --- */

struct media {
    int64_t n, broken, breaks, open, other, unnamed;
};

/* Breaks of a case; -1: fewer than two of its events name a channel. */
static int64_t naive_breaks(uint32_t number) {
    const uint32_t begin = world.trail_begin[PURPOSE_CASE][number];
    char names[TRAIL_MAX + 1] = {0};
    for (uint32_t i = 0; i < world.trail_count[PURPOSE_CASE][number]; i++) {
        if (world.trail_time[begin + i] > question.plan.as_of_ms) break;
        const char *channel = channel_text((enum channel)world.trail_channel[begin + i]);
        if (*channel == '\0' || strcmp(channel, "other") == 0) continue;
        const bool digital = strcmp(channel, "online") == 0 || strcmp(channel, "app") == 0 ||
                             strcmp(channel, "assisted") == 0;
        names[strlen(names)] = digital ? 'd' : 'p';
    }
    int64_t breaks = strlen(names) < 2 ? -1 : 0;
    for (const char *at = names; *at != '\0' && at[1] != '\0'; at++) breaks += at[0] != at[1];
    return breaks;
}

static void add_media(const struct selection *at, uint32_t number, struct media *sum) {
    const int64_t *row = world.journey[PURPOSE_CASE][number];
    const int64_t decided = seen(&question, row[CASE_DECIDED]);
    const int64_t end = decided != TIME_ABSENT ? decided : seen(&question, row[CASE_CLOSED]);
    const int64_t other = seen(&question, row[CASE_WITHDRAWN]);
    const int64_t start = seen(&question, row[CASE_RECEIVED]);
    if (other != TIME_ABSENT && (end == TIME_ABSENT || other < end)) {
        sum->other += in_period(at, other);
        return;
    }
    if (end == TIME_ABSENT) sum->open += start != TIME_ABSENT && start < at->end_ms;
    if (!in_period(at, end)) return;
    const int64_t breaks = naive_breaks(number);
    sum->unnamed += breaks < 0;
    sum->n += breaks >= 0;
    sum->broken += breaks > 0;
    sum->breaks += breaks > 0 ? breaks : 0;
}

TEST(media_breaks_are_those_of_a_walk_over_all_cases) {
    int64_t total = 0;
    for (uint64_t s = 1; s <= SEEDS && test_failures == 0; s++) {
        uint64_t seed = s + 11000;
        make_world(&seed, PURPOSE_CASE);
        question_random(&question, KPI_MEDIA_BREAKS, &seed);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            const struct selection at = selection_of(&question, i);
            struct media sum = {0};
            for (uint32_t c = 0; c < world.journey_count[PURPOSE_CASE]; c++)
                if (world_selected(&at, world.journey[PURPOSE_CASE][c])) add_media(&at, c, &sum);
            expect_integer(&question, i, "n", sum.n);
            expect_integer(&question, i, "open", sum.open);
            expect_integer(&question, i, "excluded_other_end", sum.other);
            expect_integer(&question, i, "excluded_one_channel", sum.unnamed);
            expect_integer(&question, i, "broken", sum.broken);
            expect_integer(&question, i, "breaks", sum.breaks);
            expect_number(&question, i, "value", ratio_of(sum.broken, sum.n));
            expect_number(&question, i, "breaks_per_case", ratio_of(sum.breaks, sum.n));
            total += sum.breaks;
        }
        expect_complete(&question, "n");
        question_end(&question);
    }
    EXPECT(total > 1000);
}
