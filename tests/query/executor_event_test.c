/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: satisfaction, inventory, cost per transaction and return on investment are what their
 * definitions say. Method: random events and journeys, and for every row a walk over all of them.
 */
#include "finance/roi_assumptions.h"
#include "tests/query/reference_world.h"

enum { SEEDS = 60, ROWS = 300 };

static struct question question;

static const char *const countries[] = {"DE", "FR", ""};

static void add_event(uint64_t *seed, enum event_type type, double value) {
    int64_t journey[JOURNEY_COLUMN_COUNT_MAX];
    uint32_t at = world.event_count++;
    int64_t *row = world.event[at];
    memset(row, 0, sizeof world.event[0]);
    world_dimensions(seed, journey);
    row[COLUMN_TIME] = random_time(seed);
    row[COLUMN_TYPE] = type;
    row[COLUMN_TENANT] = journey[JOURNEY_TENANT];
    row[COLUMN_SERVICE] = journey[JOURNEY_SERVICE];
    row[COLUMN_OFFICE] = journey[JOURNEY_OFFICE];
    row[COLUMN_CHANNEL] = journey[JOURNEY_CHANNEL];
    row[COLUMN_LANG] = journey[JOURNEY_LANG];
    row[COLUMN_DEVICE] = journey[JOURNEY_DEVICE];
    row[COLUMN_FLAGS] = journey[JOURNEY_FLAGS];
    row[COLUMN_COUNTRY] = world_code(countries[random_below(seed, 3)]);
    world.event_value[at] = value;
}

static void add_journeys(uint64_t *seed, int count) {
    for (int i = 0; i < count; i++) {
        int64_t *row = world_add(seed, PURPOSE_CASE);
        row[CASE_RECEIVED] = random_time(seed);
        row[CASE_DECIDED] = world_milestone(seed, row[CASE_RECEIVED], 60);
        row[CASE_REJECTED] = world_milestone(seed, row[CASE_RECEIVED], 20);
        if (random_below(seed, 2) == 0)
            row[CASE_MINUTES] = (int64_t)random_below(seed, 90) * 1000000 / 7;
        world_extent(PURPOSE_CASE, row);
        row = world_add(seed, PURPOSE_ATTEMPT);
        row[ATTEMPT_SAVED] = random_time(seed);
        row[ATTEMPT_SUBMITTED] = world_milestone(seed, row[ATTEMPT_SAVED], 60);
        world_extent(PURPOSE_ATTEMPT, row);
        row = world_add(seed, PURPOSE_APPOINTMENT);
        row[APPOINTMENT_COLUMN_ARRIVED] = random_time(seed);
        world_extent(PURPOSE_APPOINTMENT, row);
    }
}

static bool event_selected(const struct selection *selection, const int64_t *row) {
    const int64_t codes[DIMENSION_COUNT] = {
        [DIMENSION_TENANT] = row[COLUMN_TENANT],  [DIMENSION_SERVICE] = row[COLUMN_SERVICE],
        [DIMENSION_OFFICE] = row[COLUMN_OFFICE],  [DIMENSION_CHANNEL] = row[COLUMN_CHANNEL],
        [DIMENSION_STEP] = row[COLUMN_STEP],      [DIMENSION_LANG] = row[COLUMN_LANG],
        [DIMENSION_DEVICE] = row[COLUMN_DEVICE],  [DIMENSION_TYPE] = row[COLUMN_TYPE],
        [DIMENSION_COUNTRY] = row[COLUMN_COUNTRY]};
    return selected_codes(selection, codes) &&
           in_period(selection, seen(&question, row[COLUMN_TIME]));
}

/* --- satisfaction --- */

static int64_t occasions_of(const struct selection *at) {
    int64_t count = 0;
    for (uint32_t i = 0; i < world.event_count; i++) {
        const int64_t *row = world.event[i];
        const bool rateable = row[COLUMN_TYPE] == TYPE_FORM_SUBMITTED ||
                              row[COLUMN_TYPE] == TYPE_CASE_DECIDED ||
                              row[COLUMN_TYPE] == TYPE_APPOINTMENT_FINISHED;
        count += rateable && event_selected(at, row);
    }
    return count;
}

/* Leaves out the dimensions that day counts do not have, and mostly what divides their pieces. */
static void allow_day_counts(uint64_t *seed) {
    static const enum dimension others[] = {DIMENSION_OFFICE, DIMENSION_CHANNEL, DIMENSION_LANG,
                                            DIMENSION_DEVICE};
    struct plan *plan = &question.plan;
    uint32_t kept = 0;
    for (size_t i = 0; i < 4; i++) plan->filter[others[i]].count = 0;
    for (uint32_t i = 0; i < plan->by_count; i++)
        if (plan->by[i] == DIMENSION_TENANT || plan->by[i] == DIMENSION_SERVICE)
            plan->by[kept++] = plan->by[i];
    plan->by_count = kept;
    if (random_below(seed, 4) > 0) plan->as_of_ms -= 1; /* the last moment of a day */
    if (plan->edge_count > 0 && random_below(seed, 4) > 0) {
        plan->from_ms = plan->edges[0];
        plan->to_ms = plan->edges[plan->edge_count - 1];
    } else if (plan->from_ms != TIME_ABSENT && plan->edge_count == 0 &&
               random_below(seed, 4) > 0) { /* whole days of Berlin */
        plan->from_ms -= (plan->from_ms - WORLD_FROM_MS) % WORLD_DAY_MS;
        plan->to_ms -= (plan->to_ms - WORLD_FROM_MS) % WORLD_DAY_MS;
    }
}

TEST(satisfaction_equals_a_walk_over_all_ratings) {
    uint32_t by_days = 0;
    for (uint64_t s = 1; s <= SEEDS; s++) {
        static const double ratings[] = {1, 2, 3, 4, 5, 4.5, 0, 6, -1, 5};
        static const enum event_type types[] = {TYPE_FEEDBACK_RATED, TYPE_FEEDBACK_RATED,
                                                TYPE_FEEDBACK_RATED, TYPE_PAGE_VIEWED,
                                                TYPE_CASE_DECIDED,   TYPE_FORM_SUBMITTED,
                                                TYPE_FORM_STARTED,   TYPE_APPOINTMENT_FINISHED};
        uint64_t seed = s;
        world_clear(&seed);
        add_journeys(&seed, 5); /* they do not count */
        int events = (int)random_below(&seed, ROWS);
        for (int i = 0; i < events; i++)
            add_event(&seed, types[random_below(&seed, 8)], ratings[random_below(&seed, 10)]);
        question_random(&question, KPI_SATISFACTION, &seed);
        if (s % 3 > 0) allow_day_counts(&seed);
        const uint32_t day_scans = world.day_scans;
        EXPECT_OK(question_ask(&question));
        by_days += world.day_scans - day_scans;
        expect_shape(&question);
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct selection at = selection_of(&question, i);
            int64_t n = 0, top2 = 0, outside = 0, late = 0;
            double sum = 0;
            for (uint32_t e = 0; e < world.event_count; e++) {
                const int64_t *row = world.event[e];
                double value = world.event_value[e];
                if (row[COLUMN_TYPE] != TYPE_FEEDBACK_RATED || !event_selected(&at, row)) continue;
                outside += value < 1 || value > 5;
                if (value < 1 || value > 5) continue;
                n++;
                sum += value;
                top2 += value >= 4;
                late += row[COLUMN_FLAGS];
            }
            int64_t occasions = occasions_of(&at);
            double mean = n < 10 ? NAN : sum / (double)n;
            expect_integer(&question, i, "n", n);
            expect_number(&question, i, "value", mean);
            expect_number(&question, i, "score", (mean - 1) / 4);
            expect_number(&question, i, "top2", n < 10 ? NAN : ratio_of(top2, n));
            expect_integer(&question, i, "excluded_out_of_scale", outside);
            expect_number(&question, i, "late_share", ratio_of(late, n));
            expect_number(&question, i, "response_rate",
                          n > occasions ? NAN : ratio_of(n, occasions));
            if (n > 0 && n < 10)
                EXPECT_TEXT(text_at(&question, i, "state"), "suppressed");
            else
                expect_state(&question, i, &at, n);
        }
        expect_complete(&question, "n");
        question_end(&question);
    }
    EXPECT(by_days > 5 && by_days < SEEDS); /* both ways were gone */
}

/* --- event count --- */

/* type: of which events, TYPE_UNKNOWN: of all. */
static void expect_event_counts(enum event_type type) {
    expect_shape(&question);
    for (uint32_t i = 0; i < question.result.row_count; i++) {
        struct selection at = selection_of(&question, i);
        int64_t n = 0, late = 0;
        for (uint32_t e = 0; e < world.event_count; e++) {
            if (!event_selected(&at, world.event[e])) continue;
            if (type != TYPE_UNKNOWN && world.event[e][COLUMN_TYPE] != type) continue;
            n++;
            late += world.event[e][COLUMN_FLAGS];
        }
        bool ended = at.end_ms == INT64_MAX || at.end_ms <= question.plan.as_of_ms;
        expect_integer(&question, i, "n", n);
        expect_number(&question, i, "value", n == 0 ? NAN : (double)n);
        expect_number(&question, i, "late_share", ratio_of(late, n));
        EXPECT_TEXT(text_at(&question, i, "state"), n == 0  ? "no_data"
                                                    : ended ? "ok"
                                                            : "provisional");
    }
    expect_complete(&question, "n");
}

TEST(event_count_equals_a_walk_over_all_events) {
    static const enum event_type types[] = {TYPE_PAGE_VIEWED, TYPE_CASE_RECEIVED, TYPE_FORM_STEP,
                                            TYPE_CASE_DECIDED};
    uint32_t by_days = 0;
    for (uint64_t s = 1; s <= 3 * SEEDS; s++) {
        uint64_t seed = s + 5000;
        world_clear(&seed);
        add_journeys(&seed, 5); /* they do not count */
        int events = (int)random_below(&seed, ROWS);
        for (int i = 0; i < events; i++) add_event(&seed, types[random_below(&seed, 4)], NAN);
        question_random(&question, KPI_EVENT_COUNT, &seed);
        if (s % 3 > 0) allow_day_counts(&seed);
        if (random_below(&seed, 2) == 0) question_filter(&question, &seed, DIMENSION_TYPE);
        if (random_below(&seed, 2) == 0)
            question.plan.by[question.plan.by_count++] = DIMENSION_TYPE;
        const uint32_t day_scans = world.day_scans;
        EXPECT_OK(question_ask(&question));
        by_days += world.day_scans - day_scans;
        expect_event_counts(TYPE_UNKNOWN);
        question_end(&question);
    }
    EXPECT(by_days > SEEDS / 4 && by_days < 2 * SEEDS); /* both ways were gone */
}

/* --- page views, support requests --- */

TEST(page_views_and_support_requests_equal_a_walk_over_all_events) {
    static const enum event_type types[] = {TYPE_PAGE_VIEWED, TYPE_CONTACT_SUPPORT,
                                            TYPE_CASE_DECIDED};
    uint32_t by_days = 0;
    for (uint64_t s = 1; s <= 3 * SEEDS; s++) {
        uint64_t seed = s + 7000;
        const bool views = s % 2 == 0;
        world_clear(&seed);
        int events = (int)random_below(&seed, ROWS);
        for (int i = 0; i < events; i++) add_event(&seed, types[random_below(&seed, 3)], NAN);
        question_random(&question, views ? KPI_PAGE_VIEWS : KPI_SUPPORT_REQUESTS, &seed);
        if (s % 3 > 0) allow_day_counts(&seed);
        if (views && s % 4 == 0) question_filter(&question, &seed, DIMENSION_COUNTRY);
        if (views && s % 8 == 0) question.plan.by[question.plan.by_count++] = DIMENSION_COUNTRY;
        const uint32_t day_scans = world.day_scans;
        EXPECT_OK(question_ask(&question));
        by_days += world.day_scans - day_scans;
        expect_event_counts(views ? TYPE_PAGE_VIEWED : TYPE_CONTACT_SUPPORT);
        question_end(&question);
    }
    EXPECT(by_days > SEEDS / 4 && by_days < 2 * SEEDS); /* both ways were gone */
}

/* --- active journeys --- */

static bool is_active(const struct selection *at, enum purpose purpose, const int64_t *row) {
    int64_t moments[JOURNEY_COLUMN_COUNT_MAX];
    const uint32_t count = fake_moments(purpose, row, moments);
    bool active = false;
    for (uint32_t i = 0; i < count; i++) active |= in_period(at, seen(&question, moments[i]));
    return active && world_selected(at, row);
}

TEST(active_journeys_equal_a_walk_over_all_milestones) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 6000;
        world_clear(&seed);
        add_journeys(&seed, (int)random_below(&seed, ROWS));
        question_random(&question, KPI_ACTIVE_JOURNEYS, &seed);
        if (random_below(&seed, 3) == 0) question.plan.as_of_ms = random_time(&seed);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct selection at = selection_of(&question, i);
            int64_t n = 0, late = 0;
            for (enum purpose purpose = PURPOSE_ATTEMPT; purpose <= PURPOSE_APPOINTMENT;
                 purpose++) {
                for (uint32_t j = 0; j < world.journey_count[purpose]; j++) {
                    const int64_t *row = world.journey[purpose][j];
                    if (!is_active(&at, purpose, row)) continue;
                    n++;
                    late += (row[JOURNEY_FLAGS] & EVENT_LATE) != 0;
                }
            }
            expect_integer(&question, i, "n", n);
            expect_number(&question, i, "value", n == 0 ? NAN : (double)n);
            expect_number(&question, i, "late_share", ratio_of(late, n));
        }
        if (question.plan.edge_count == 0) expect_complete(&question, "n"); /* else not additive */
        question_end(&question);
    }
}

/* --- inventory --- */

struct stocked {
    int64_t n, events, first, last;
};

static void add_stocked(struct stocked *sum, int64_t events, int64_t first, int64_t last) {
    if (sum->n++ == 0) *sum = (struct stocked){.n = 1, .first = first, .last = last};
    sum->events += events;
    if (first < sum->first) sum->first = first;
    if (last > sum->last) sum->last = last;
}

static struct stocked stocked_at(const struct selection *at) {
    struct stocked sum = {0};
    for (int purpose = PURPOSE_ATTEMPT; purpose <= PURPOSE_APPOINTMENT; purpose++) {
        for (uint32_t i = 0; i < world.journey_count[purpose]; i++) {
            const int64_t *row = world.journey[purpose][i];
            if (world_selected(at, row) && in_period(at, seen(&question, row[JOURNEY_FIRST])))
                add_stocked(&sum, row[JOURNEY_EVENTS], row[JOURNEY_FIRST], row[JOURNEY_LAST]);
        }
    }
    for (uint32_t i = 0; i < world.event_count; i++)
        if (event_selected(at, world.event[i]))
            add_stocked(&sum, 1, world.event[i][COLUMN_TIME], world.event[i][COLUMN_TIME]);
    return sum;
}

TEST(inventory_equals_a_walk_over_everything) {
    static const enum event_type alone[] = {TYPE_PAGE_VIEWED, TYPE_COST_BOOKED, TYPE_OUTAGE_BEGIN,
                                            TYPE_FEEDBACK_RATED, TYPE_CAPACITY_FREE};
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 1000;
        world_clear(&seed);
        add_journeys(&seed, (int)random_below(&seed, ROWS));
        int events = (int)random_below(&seed, ROWS);
        for (int i = 0; i < events; i++) add_event(&seed, alone[random_below(&seed, 5)], 1);
        question_random(&question, KPI_INVENTORY, &seed);
        question.plan.edge_count = 0;
        bool by_default = question.plan.by_count == 0;
        EXPECT_OK(question_ask(&question));
        if (by_default) { /* rows are by tenant, service and office when nothing is said */
            question.plan.by_count = 3;
            question.plan.by[0] = DIMENSION_TENANT;
            question.plan.by[1] = DIMENSION_SERVICE;
            question.plan.by[2] = DIMENSION_OFFICE;
        }
        expect_shape(&question);
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct selection at = selection_of(&question, i);
            struct stocked sum = stocked_at(&at);
            char first[TIMESTAMP_TEXT_BYTES], last[TIMESTAMP_TEXT_BYTES];
            timestamp_format_utc(sum.first, first);
            timestamp_format_utc(sum.last, last);
            expect_integer(&question, i, "n", sum.n);
            expect_integer(&question, i, "events", sum.events);
            EXPECT_TEXT(text_at(&question, i, "first"), first);
            EXPECT_TEXT(text_at(&question, i, "last"), last);
            EXPECT_TEXT(text_at(&question, i, "state"), "ok");
        }
        struct selection all = {
            .question = &question,
            .begin_ms = question.plan.from_ms,
            .end_ms = question.plan.to_ms == TIME_ABSENT ? INT64_MAX : question.plan.to_ms};
        int64_t total = total_of(&question, "events");
        question.plan.by_count = 0;
        EXPECT_EQ(total, stocked_at(&all).events);
        question_end(&question);
    }
}

/* --- money --- */

#define FROM "\"source\":\"s\",\"date\":\"2026-01-01\""
static const char assumptions_json[] =
    "{\"version\":\"1\",\"currency\":\"EUR\",\"years\":3,\"go_live\":\"2026-03-15\","
    "\"price_basis\":{\"prices\":\"nominal\",\"year\":2026},"
    "\"discount_rate\":{\"value\":0.012,\"source\":\"budget\",\"date\":\"2026-01-01\"},"
    "\"hourly_rate\":{\"value\":60,\"source\":\"table\",\"date\":\"2026-01-01\"},"
    "\"realised_share\":{\"value\":0.5,\"source\":\"council\",\"date\":\"2026-01-01\"},"
    "\"costs\":{" FROM
    ",\"one_off\":{\"licence\":{\"amount\":1000,\"position\":\"p1\"}}},"
    "\"services\":{\"permit\":{" FROM
    ",\"minutes_before\":50,\"minutes_after\":20},"
    "\"passport\":{" FROM
    ",\"transactions\":100,\"minutes_before\":10,\"minutes_after\":5}},"
    "\"channels\":{\"online\":{" FROM
    ",\"minutes\":12,\"material\":0.5,\"fixed_per_year\":1000},"
    "\"counter\":{" FROM ",\"minutes\":30}}}";

static void question_assumptions(const char *json) {
    const struct time_zone *zone;
    struct error *err = &question.error;
    EXPECT_OK(timezone_load("Europe/Berlin", &question.arena, &zone, err));
    const struct roi_assumptions *assumptions;
    enum status status =
        roi_assumptions_parse(json, strlen(json), zone, &question.arena, &assumptions, err);
    if (status != STATUS_OK)
        test_fail(__FILE__, __LINE__, "assumptions: %s", err->text);
    else
        plan_set_assumptions(&question.plan, assumptions);
}

struct costs {
    int64_t n[CHANNEL_COUNT], timed[CHANNEL_COUNT], all;
    double booked, minutes[CHANNEL_COUNT];
    bool any;
};

static struct costs costs_at(const struct selection *at) {
    struct costs sum = {0};
    for (uint32_t i = 0; i < world.event_count; i++) {
        if (!event_selected(at, world.event[i])) continue;
        sum.booked += world.event_value[i] / 100;
        sum.any = true;
    }
    for (uint32_t i = 0; i < world.journey_count[PURPOSE_CASE]; i++) {
        const int64_t *row = world.journey[PURPOSE_CASE][i];
        int64_t channel = row[JOURNEY_CHANNEL];
        if (!world_selected(at, row) || !in_period(at, seen(&question, row[CASE_RECEIVED])))
            continue;
        sum.all++;
        sum.n[channel]++;
        sum.timed[channel] += row[CASE_MINUTES] > 0;
        sum.minutes[channel] += (double)row[CASE_MINUTES] / 1e6;
    }
    return sum;
}

static void world_of_costs(uint64_t *seed, enum kpi_id kpi) {
    world_clear(seed);
    add_journeys(seed, (int)random_below(seed, ROWS));
    int events = (int)random_below(seed, ROWS);
    for (int i = 0; i < events; i++)
        add_event(seed, TYPE_COST_BOOKED, (double)random_below(seed, 1000000) / 4 - 20000);
    question_random(&question, kpi, seed);
}

TEST(booked_cost_per_transaction_equals_a_walk_over_all) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 2000;
        world_of_costs(&seed, KPI_COST_PER_TRANSACTION);
        EXPECT_OK(question_ask(&question));
        expect_shape(&question);
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct selection at = selection_of(&question, i);
            struct costs sum = costs_at(&at);
            double booked = sum.any ? sum.booked : NAN;
            expect_number(&question, i, "value", sum.all == 0 ? NAN : booked / (double)sum.all);
            expect_number(&question, i, "booked", booked);
            expect_integer(&question, i, "n", sum.all);
            EXPECT_TEXT(text_at(&question, i, "basis"), "booked");
            if (sum.any)
                expect_state(&question, i, &at, sum.all);
            else
                EXPECT_TEXT(text_at(&question, i, "state"), "no_data");
        }
        expect_complete(&question, "n");
        question_end(&question);
    }
}

TEST(assumed_cost_per_transaction_weighs_the_channels) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s + 3000;
        world_of_costs(&seed, KPI_COST_PER_TRANSACTION);
        question_assumptions(assumptions_json);
        if (question.plan.from_ms == TIME_ABSENT) { /* volumes a year need an interval */
            question.plan.from_ms = WORLD_FROM_MS;
            question.plan.to_ms = WORLD_FROM_MS + 50 * WORLD_DAY_MS;
        }
        EXPECT_OK(question_ask(&question));
        for (uint32_t i = 0; i < question.result.row_count; i++) {
            struct selection at = selection_of(&question, i);
            struct costs sum = costs_at(&at);
            int64_t end = at.end_ms < question.plan.as_of_ms ? at.end_ms : question.plan.as_of_ms;
            double years = (double)(end - at.begin_ms) / (365.25 * (double)WORLD_DAY_MS);
            double total = 0;
            int64_t n = 0, no_cost = 0;
            for (int c = 1; c < CHANNEL_COUNT; c++) {
                double each = sum.timed[c] > 0 ? sum.minutes[c] / (double)sum.timed[c] : NAN;
                if (isnan(each) && c == CHANNEL_ONLINE) each = 12;
                if (isnan(each) && c == CHANNEL_COUNTER) each = 30;
                if (c == CHANNEL_ONLINE)
                    each = each + 0.5 + 1000 / ((double)sum.n[c] / years); /* 60 an hour */
                if (isnan(each)) no_cost += sum.n[c];
                if (isnan(each) || sum.n[c] == 0) continue;
                n += sum.n[c];
                total += each * (double)sum.n[c];
            }
            expect_integer(&question, i, "n", n);
            expect_integer(&question, i, "transactions", sum.all);
            expect_integer(&question, i, "excluded_no_channel", sum.n[CHANNEL_ABSENT]);
            expect_integer(&question, i, "excluded_no_cost", no_cost);
            expect_number(&question, i, "value", n == 0 ? NAN : total / (double)n);
        }
        question_end(&question);
    }
}

TEST(roi_rests_on_measured_volumes_and_minutes) {
    uint64_t seed = 4000;
    world_of_costs(&seed, KPI_ROI);
    add_journeys(&seed, ROWS);
    question.plan = (struct plan){.definition = kpi_get(KPI_ROI),
                                  .from_ms = WORLD_FROM_MS,
                                  .to_ms = WORLD_FROM_MS + 100 * WORLD_DAY_MS,
                                  .as_of_ms = WORLD_FROM_MS + 200 * WORLD_DAY_MS};
    EXPECT_EQ(question_ask(&question), STATUS_INVALID); /* no assumptions file */
    question_assumptions(assumptions_json);
    enum status status = question_ask(&question);
    if (status != STATUS_OK) test_fail(__FILE__, __LINE__, "roi: %s", question.error.text);
    const int64_t go_live = question.plan.assumptions->edge_ms[1];
    double years = 100 / 365.25;
    uint32_t services = 0, year_rows = 0;
    for (uint32_t i = 0; i < question.result.row_count; i++) {
        year_rows += strcmp(text_at(&question, i, "kind"), "year") == 0;
        if (strcmp(text_at(&question, i, "kind"), "service") != 0) continue;
        const char *service = text_at(&question, i, "service");
        int64_t n = 0, timed[2] = {0};
        double minutes[2] = {0};
        for (uint32_t c = 0; c < world.journey_count[PURPOSE_CASE]; c++) {
            const int64_t *row = world.journey[PURPOSE_CASE][c];
            int64_t received = row[CASE_RECEIVED];
            const int64_t codes[DIMENSION_COUNT] = {[DIMENSION_SERVICE] = row[JOURNEY_SERVICE]};
            if (strcmp(world_text(DIMENSION_SERVICE, codes), service) != 0) continue;
            if (received < question.plan.from_ms || received >= question.plan.to_ms) continue;
            n++;
            timed[received >= go_live] += row[CASE_MINUTES] > 0;
            minutes[received >= go_live] += (double)row[CASE_MINUTES] / 1e6;
        }
        services++;
        /* no year is over: the file's volume, else the pace so far */
        const bool passport = strcmp(service, "passport") == 0;
        expect_number(&question, i, "transactions", passport ? 100 : (double)n / years);
        EXPECT_TEXT(text_at(&question, i, "transactions_basis"),
                    passport ? "assumed" : "extrapolated");
        expect_number(&question, i, "minutes_before", minutes[0] / (double)timed[0]);
        expect_number(&question, i, "minutes_after", minutes[1] / (double)timed[1]);
        EXPECT_TEXT(text_at(&question, i, "minutes_after_basis"), "measured");
    }
    EXPECT_EQ(services, 3);
    EXPECT_EQ(year_rows, 4);
    EXPECT_TEXT(text_at(&question, 0, "kind"), "total");
    EXPECT(isfinite(number_at(&question, 0, "npv")));
    double present = 0;
    for (uint32_t i = 0; i < question.result.row_count; i++)
        if (strcmp(text_at(&question, i, "kind"), "year") == 0)
            present += number_at(&question, i, "present");
    expect_number(&question, 0, "npv", present);
    EXPECT(question.result.note_count >= 4);
    question_end(&question);
}

static const char *unit_of(const struct result *result, const char *name) {
    for (uint32_t i = 0; i < result->column_count; i++)
        if (strcmp(result->columns[i].name, name) == 0) return result->columns[i].unit;
    return "";
}

/* Bookings are euros, whatever the file counts in: the two are never set against each other. */
static void expect_currency(const char *currency) {
    char json[sizeof assumptions_json];
    memcpy(json, assumptions_json, sizeof json);
    memcpy(strstr(json, "EUR"), currency, 3);
    question_assumptions(json);
    question.plan.roi_sections = 1u << ROI_SECTION_PLAN_ACTUAL;
    EXPECT_OK(question_ask(&question));
}

TEST(an_assumptions_file_in_another_currency_is_not_compared_with_booked_euros) {
    static const char *const currencies[] = {"EUR", "CHF"};
    for (int i = 0; i < 2; i++) {
        uint64_t seed = 5000;
        world_of_costs(&seed, KPI_COST_PER_TRANSACTION);
        for (uint32_t e = 0; e < world.event_count; e++)
            world.event[e][COLUMN_CODE] = world_code("p1");
        question.plan = (struct plan){.definition = kpi_get(KPI_COST_PER_TRANSACTION),
                                      .from_ms = WORLD_FROM_MS,
                                      .to_ms = WORLD_FROM_MS + 100 * WORLD_DAY_MS,
                                      .as_of_ms = WORLD_FROM_MS + 200 * WORLD_DAY_MS};
        EXPECT_OK(question_ask(&question));
        EXPECT_TEXT(unit_of(&question.result, "value"), "EUR");
        expect_currency(currencies[i]);
        EXPECT_TEXT(unit_of(&question.result, "value"), currencies[i]);
        EXPECT_TEXT(unit_of(&question.result, "booked"), "EUR");
        question.plan.definition = kpi_get(KPI_ROI);
        expect_currency(currencies[i]);
        struct question section = question;
        section.result = question.result.sections[0].table;
        int costs = 0;
        for (uint32_t row = 0; row < section.result.row_count; row++) {
            if (strcmp(text_at(&section, row, "figure"), "cost") != 0) continue;
            EXPECT_TEXT(text_at(&section, row, "unit"), currencies[i]);
            EXPECT(isfinite(number_at(&section, row, "actual")) == (i == 0));
            EXPECT(integer_at(&section, row, "n") > 0);
            costs++;
        }
        EXPECT(costs > 0);
        question_end(&question);
    }
}
