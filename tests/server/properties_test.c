/* SPDX-License-Identifier: EUPL-1.2 */
/* Goals: what holds of every KPI holds of each one in the catalogue, those of tomorrow included:
 * sending everything twice changes nothing; any order of arrival gives the same answers; so does a
 * store that was built at once; groups share out their total; flows add up to stocks; a duration of
 * zero counts.
 * Method: random histories through real stores, random questions on all KPIs, answers compared byte
 * for byte. docs/KPIS.md ("What always holds") says where the other properties are tested. */
#include <stdlib.h>

#include "query/executor.h"
#include "tests/server/history.h"
#include "tests/test.h"

enum { EVENTS = 2500, SEEDS = 4, QUESTIONS = 3 * KPI_COUNT };
#define NOW_MS (BEGIN_MS + 400 * DAY_MS)

/* Answers of two stores, the same questions. later: events of one moment keep their order of
 * arrival in `trails`, so those are left out where orders of arrival differ. */
static void expect_same_answers(uint64_t *state, struct engine *engine, struct engine *other,
                                bool trails, const char *when) {
    struct text got, wanted;
    text_init(&got, RENDERING_BYTES_MAX);
    text_init(&wanted, RENDERING_BYTES_MAX);
    for (uint32_t i = 0; i < QUESTIONS && test_failures < 5; i++) {
        struct asked asked;
        random_question(state, i, &asked);
        if (asked.definition->top && !trails) continue;
        answer(engine, &asked, NULL, NOW_MS, &wanted);
        answer(other, &asked, NULL, NOW_MS, &got);
        expect_same(&asked, "", &got, &wanted, when);
    }
    text_free(&got);
    text_free(&wanted);
}

/* The events in that order, in batches and stores of many sizes. */
static struct engine *write_in_pieces(uint64_t *state, const char *folder, const uint32_t *order,
                                      uint32_t count) {
    struct engine *engine = open_engine(folder);
    for (uint32_t done = 0; done < count;) {
        const uint32_t end = done + 1 + (uint32_t)below(state, count / 8);
        struct batch *batch = batch_create();
        for (; done < end && done < count; done++) append(batch, &events[order[done]], order[done]);
        EXPECT_OK(engine->ops->write(engine, batch, NULL));
        batch_free(batch);
        if (below(state, 2) == 0) engine_close(engine), engine = open_engine(folder);
        if (below(state, 6) == 0) engine = compact(engine, folder);
    }
    return engine;
}

static uint32_t *order_of(uint32_t times) {
    uint32_t *order = malloc((size_t)event_count * times * sizeof *order);
    for (uint32_t i = 0; i < event_count * times; i++) order[i] = i % event_count;
    return order;
}

/* But for those that make steps known: steps of equal reach stand in the order of the form, which
 * is that in which they became known. */
static void shuffle(uint64_t *state, uint32_t *order, uint32_t count) {
    for (uint32_t i = count; i > STEPS_KNOWN + 1; i--) {
        const uint32_t other = STEPS_KNOWN + (uint32_t)below(state, i - STEPS_KNOWN),
                       kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

/* What a store that got all events once, in order, at once, answers; it is asked as it is, and when
 * it is compacted. */
static void expect_as_plain(uint64_t *state, struct engine *engine, const char *folder, bool trails,
                            const char *when) {
    char plain_folder[PATH_BYTES];
    (void)snprintf(plain_folder, sizeof plain_folder, "%s", test_folder());
    struct engine *plain = open_engine(plain_folder);
    write_events(plain, 0, event_count, INT64_MAX);
    expect_same_answers(state, plain, engine, trails, when);
    plain = compact(plain, plain_folder);
    expect_same_answers(state, plain, engine, trails, when);
    engine = compact(engine, folder);
    expect_same_answers(state, plain, engine, trails, when);
    engine_close(plain);
    engine_close(engine);
}

TEST(a_store_built_in_many_pieces_answers_as_one_built_at_once) {
    for (uint64_t seed = 1; seed <= SEEDS && test_failures == 0; seed++) {
        uint64_t state = seed;
        char folder[PATH_BYTES];
        (void)snprintf(folder, sizeof folder, "%s", test_folder());
        make_history(&state, EVENTS);
        uint32_t *order = order_of(1);
        struct engine *engine = write_in_pieces(&state, folder, order, event_count);
        expect_as_plain(&state, engine, folder, true, "in pieces");
        free(order);
    }
    EXPECT(answers.with_rows > answers.all / 3);
    EXPECT(answers.refused < answers.all / 20);
}

/* First all in order, with repetitions in between; then all again. */
TEST(sending_everything_twice_changes_nothing) {
    for (uint64_t seed = 1; seed <= SEEDS && test_failures == 0; seed++) {
        uint64_t state = 100 + seed;
        char folder[PATH_BYTES];
        (void)snprintf(folder, sizeof folder, "%s", test_folder());
        make_history(&state, EVENTS);
        uint32_t *order = order_of(2);
        for (uint32_t i = 1; i < event_count; i++)
            if (below(&state, 4) == 0) order[event_count + i] = (uint32_t)below(&state, i);
        uint32_t *twice = malloc((size_t)event_count * 3 * sizeof *twice), count = 0;
        for (uint32_t i = 0; i < event_count; i++) {
            twice[count++] = i;
            if (order[event_count + i] != i) twice[count++] = order[event_count + i];
        }
        for (uint32_t i = 0; i < event_count; i++) twice[count++] = i;
        struct engine *engine = write_in_pieces(&state, folder, twice, count);
        struct engine_stats stats;
        EXPECT_OK(engine->ops->stats(engine, &stats, NULL));
        EXPECT_EQ(stats.event_count, event_count);
        expect_as_plain(&state, engine, folder, true, "twice");
        free(twice);
        free(order);
    }
}

/* With events of one moment; and without any, so that ways step by step are the same too. */
TEST(any_order_of_arrival_gives_the_same_answers) {
    for (uint64_t seed = 1; seed <= SEEDS && test_failures == 0; seed++) {
        uint64_t state = 200 + seed;
        char folder[PATH_BYTES];
        (void)snprintf(folder, sizeof folder, "%s", test_folder());
        make_history(&state, EVENTS);
        const bool distinct = seed % 2 == 0;
        for (uint32_t i = 0; distinct && i < event_count; i++)
            events[i].time_ms += (int64_t)i - events[i].time_ms % EVENTS_MAX;
        uint32_t *order = order_of(1);
        shuffle(&state, order, event_count);
        struct engine *engine = write_in_pieces(&state, folder, order, event_count);
        expect_as_plain(&state, engine, folder, distinct, "in another order");
        free(order);
    }
}

/* --- threads --- */

static bool is_here(const struct told *event, const void *context) {
    (void)context;
    return !event->elsewhere;
}

/* Page views of another municipality, so many that every question is answered by several threads;
 * without them one answers it. */
TEST(several_threads_answer_as_one) {
    uint64_t state = 250;
    make_history(&state, EVENTS_MAX);
    const uint32_t here = event_count;
    event_count += QUERY_THREADS_EVENTS_MIN;
    events = realloc(events, event_count * sizeof *events);
    for (uint32_t i = here; i < event_count; i++) {
        events[i] = events[i % here];
        events[i].elsewhere = true;
        events[i].type = TYPE_PAGE_VIEWED;
        events[i].subject = 0;
    }
    struct engine *one = open_engine(test_folder()), *several = open_engine(test_folder());
    write_chosen(one, 0, event_count, is_here, NULL);
    write_events(several, 0, event_count, INT64_MAX);
    struct text got, wanted;
    text_init(&got, RENDERING_BYTES_MAX);
    text_init(&wanted, RENDERING_BYTES_MAX);
    for (uint32_t i = 0; i < QUESTIONS && test_failures < 5; i++) {
        struct asked asked;
        random_question(&state, i, &asked);
        asked.filter[DIMENSION_TENANT] = TENANTS;
        answer(one, &asked, NULL, NOW_MS, &wanted);
        answer(several, &asked, NULL, NOW_MS, &got);
        expect_same(&asked, "", &got, &wanted, "by several threads");
    }
    text_free(&got);
    text_free(&wanted);
    engine_close(one);
    engine_close(several);
}

/* --- groups share out their total --- */

struct table {
    struct arena arena;
    struct result result;
};

static bool ask_table(struct engine *engine, const struct asked *asked, struct table *out) {
    const struct question question = question_of(asked, NULL, NULL);
    struct plan plan;
    struct error err = {""};
    arena_init(&out->arena, ARENA_BYTES_MAX);
    const enum status status =
        question_answer(&question, engine, NOW_MS, &out->arena, &plan, &out->result, &err);
    if (status != STATUS_OK)
        test_fail(__FILE__, __LINE__, "%s: %s", asked->definition->id, err.text);
    return status == STATUS_OK;
}

static const struct cell *cell_of(const struct result *result, uint32_t row, const char *name) {
    for (uint32_t i = 0; i < result->column_count; i++)
        if (strcmp(result->columns[i].name, name) == 0)
            return &result->cells[row * result->column_count + i];
    return NULL;
}

/* Steps, activities and dimensions, as far as `groups` has them. */
static bool same_keys(const struct result *result, uint32_t row, const struct result *other,
                      uint32_t other_row, const struct result *groups) {
    for (uint32_t i = 0; i < result->column_count; i++) {
        const char *name = result->columns[i].name;
        if (strcmp(name, "value") == 0) return true;
        const struct cell *a = cell_of(result, row, name), *b = cell_of(other, other_row, name);
        if (strcmp(name, "position") == 0 || cell_of(groups, 0, name) == NULL) continue;
        const char *text_a = a->kind == CELL_TEXT ? a->text : "";
        const char *text_b = b->kind == CELL_TEXT ? b->text : "";
        if (strcmp(text_a, text_b) != 0) return false;
    }
    return true;
}

static int64_t sum_of(const struct result *result, const char *name, const struct result *like,
                      uint32_t row, const struct result *groups) {
    int64_t sum = 0;
    for (uint32_t i = 0; i < result->row_count; i++) {
        const struct cell *cell = cell_of(result, i, name);
        if (same_keys(like, row, result, i, groups) && cell->kind == CELL_INTEGER)
            sum += cell->integer;
    }
    return sum;
}

static uint64_t sums, sums_of_something;

/* `skipped` is told of forms of one service only. Rows of steps tell each time what is open in
 * their whole group, those of a form its n too; and a variant how long it is. */
static bool is_no_sum(const struct kpi_definition *definition, const char *name) {
    const bool form = definition->kpi == KPI_FUNNEL;
    return ((definition->top || form) && strcmp(name, "open") == 0) ||
           (form && (strcmp(name, "n") == 0 || strcmp(name, "skipped") == 0)) ||
           strcmp(name, "length") == 0;
}

/* Every count of every row of the total. */
static void expect_shared_out(const struct asked *asked, const struct result *total,
                              const struct result *groups) {
    for (uint32_t row = 0; row < total->row_count && test_failures < 5; row++) {
        for (uint32_t i = 0; i < total->column_count; i++) {
            const struct result_column *column = &total->columns[i];
            const struct cell *cell = cell_of(total, row, column->name);
            if (strcmp(column->unit, "count") != 0 || cell->kind != CELL_INTEGER) continue;
            if (is_no_sum(asked->definition, column->name)) continue;
            const int64_t wanted = sum_of(total, column->name, total, row, groups);
            const int64_t got = sum_of(groups, column->name, total, row, groups);
            sums++;
            sums_of_something += wanted > 0;
            if (got != wanted)
                test_fail(__FILE__, __LINE__,
                          "%s by=%s view=%s purpose=%s: %s is %" PRId64
                          " in all groups and %" PRId64 " in all",
                          asked->definition->id, asked->by, asked->view, asked->purpose,
                          column->name, got, wanted);
        }
    }
}

/* A journey is in several steps; and by service only what was reported of it is capacity. */
static bool is_shared_out(const struct asked *asked, enum dimension dimension) {
    const enum kpi_id kpi = asked->definition->kpi;
    if (dimension == DIMENSION_SERVICE && (kpi == KPI_SLOT_FILL || kpi == KPI_UTILISATION))
        return false;
    return dimension != DIMENSION_STEP;
}

static void expect_shared_out_by(struct engine *engine, const struct asked *asked,
                                 const struct result *total) {
    struct table groups;
    if (ask_table(engine, asked, &groups)) expect_shared_out(asked, total, &groups.result);
    arena_free(&groups.arena);
}

/* n, open, what is left out, and every other count: a unit is in one group of each dimension. */
TEST(groups_share_out_every_count_of_their_total) {
    uint64_t state = 300;
    make_history(&state, EVENTS);
    struct engine *engine = open_engine(test_folder());
    write_events(engine, 0, event_count, INT64_MAX);
    for (uint32_t i = 0; i < QUESTIONS && test_failures < 5; i++) {
        struct asked asked;
        struct table total;
        random_question(&state, i, &asked);
        if (asked.definition->kpi == KPI_ROI) continue; /* has no groups */
        if (asked.definition->top) asked.top = "1000";  /* all rows */
        asked.by[0] = '\0';
        /* one interval with and without buckets, which else are those that have data */
        if (asked.from[0] == '\0') (void)snprintf(asked.from, WORD_BYTES, "2025-12-01");
        if (asked.to[0] == '\0') (void)snprintf(asked.to, WORD_BYTES, "2026-06-01");
        if (!ask_table(engine, &asked, &total)) break;
        for (enum dimension d = 0; d < DIMENSION_COUNT && test_failures < 5; d++) {
            if ((asked.definition->dimensions >> d & 1) == 0 || !is_shared_out(&asked, d)) continue;
            (void)snprintf(asked.by, sizeof asked.by, "%s", dimension_text(d));
            expect_shared_out_by(engine, &asked, &total.result);
        }
        (void)snprintf(asked.by, sizeof asked.by, "weekday");
        if (asked.definition->recurring) expect_shared_out_by(engine, &asked, &total.result);
        arena_free(&total.arena);
    }
    engine_close(engine);
    EXPECT(sums_of_something > sums / 3);
}

/* --- flows --- */

static int64_t integer_of(const struct result *result, uint32_t row, const char *name) {
    const struct cell *cell = cell_of(result, row, name);
    EXPECT(cell != NULL && cell->kind == CELL_INTEGER);
    return cell == NULL ? 0 : cell->integer;
}

/* The row goes on where the one before it ends: of the same group, the next bucket. */
static bool goes_on(const struct result *result, uint32_t row, const char *bucket) {
    for (uint32_t i = 0; row > 0 && strcmp(result->columns[i].name, "value") != 0; i++) {
        const char *name = result->columns[i].name;
        const struct cell *a = cell_of(result, row - 1, name), *b = cell_of(result, row, name);
        if (strcmp(name, bucket) == 0) continue;
        if (a->kind != b->kind || (a->kind == CELL_TEXT && strcmp(a->text, b->text) != 0))
            return false;
    }
    return row > 0;
}

/* Nothing was in stock before the first event of all. */
static uint32_t expect_conserved(const struct asked *asked, const struct result *result,
                                 const char *bucket) {
    uint32_t moved = 0;
    for (uint32_t row = 0; row < result->row_count && test_failures < 5; row++) {
        const bool next = goes_on(result, row, bucket);
        if (!next && asked->from[0] != '\0') continue;
        const int64_t in = integer_of(result, row, "in"), out = integer_of(result, row, "out");
        const int64_t reopened = integer_of(result, row, "reopened");
        const int64_t before = next ? integer_of(result, row - 1, "backlog") : 0;
        const int64_t after = integer_of(result, row, "backlog");
        moved += out > 0 && (in > 0 || reopened > 0);
        if (after != before + in + reopened - out)
            test_fail(__FILE__, __LINE__,
                      "%s by=%s: %" PRId64 " + %" PRId64 " + %" PRId64 " - %" PRId64
                      " is not %" PRId64,
                      asked->definition->id, asked->by, before, in, reopened, out, after);
    }
    return moved;
}

TEST(what_is_in_stock_is_what_came_in_and_was_reopened_less_what_went_out) {
    static const char *const buckets[] = {"day", "week", "month"};
    static const enum kpi_id kpis[] = {KPI_BACKLOG, KPI_THROUGHPUT};
    uint64_t state = 350;
    uint32_t moved = 0;
    make_history(&state, 4 * EVENTS);
    struct engine *engine = open_engine(test_folder());
    write_events(engine, 0, event_count, INT64_MAX);
    for (uint32_t i = 0; i < 60 && test_failures < 5; i++) {
        const char *bucket = buckets[i / 2 % 3];
        struct asked asked;
        struct table table;
        random_question(&state, (uint32_t)kpis[i % 2] + i * KPI_COUNT, &asked);
        if (i % 3 > 0) memset(asked.filter, 0, sizeof asked.filter);
        asked.by[0] = '\0';
        if (below(&state, 2) == 0) add_word(asked.by, "service");
        if (below(&state, 3) == 0) add_word(asked.by, "office");
        add_word(asked.by, bucket);
        if (ask_table(engine, &asked, &table))
            moved += expect_conserved(&asked, &table.result, bucket);
        arena_free(&table.arena);
    }
    engine_close(engine);
    EXPECT(moved > 100);
}

/* --- zero --- */

static uint32_t at_once(uint32_t number, enum event_type type, uint32_t subject, int64_t time_ms) {
    /* The words of a journey's events are equal: one tenant, service and link token. */
    events[number] = (struct told){.type = type,
                                   .subject = subject,
                                   .words = subject / 3 * 32 + 1,
                                   .time_ms = time_ms,
                                   .recorded_ms = TIME_ABSENT,
                                   .arrival_ms = time_ms,
                                   .start_ms = time_ms};
    return number + 1;
}

/* Everything that a journey has to go through happens in one moment. */
static void make_journeys_of_one_moment(void) {
    static const enum event_type types[] = {
        TYPE_FORM_STARTED,        TYPE_FORM_STEP,          TYPE_FORM_SUBMITTED,
        TYPE_CASE_RECEIVED,       TYPE_CASE_COMPLETE,      TYPE_CASE_REQUESTED,
        TYPE_CASE_REPLIED,        TYPE_CASE_DECIDED,       TYPE_APPOINTMENT_CONFIRMED,
        TYPE_APPOINTMENT_ARRIVED, TYPE_APPOINTMENT_CALLED, TYPE_APPOINTMENT_SHOWEDUP,
        TYPE_APPOINTMENT_FINISHED};
    enum { TOWNSPEOPLE = 40, TYPES = sizeof types / sizeof *types };
    events = realloc(events, sizeof *events * TOWNSPEOPLE * TYPES);
    event_count = 0;
    for (uint32_t person = 1; person <= TOWNSPEOPLE; person++)
        for (uint32_t i = 0; i < TYPES; i++)
            event_count =
                at_once(event_count, types[i], person * 3 + (uint32_t)type_purpose(types[i]) % 3,
                        BEGIN_MS + person * DAY_MS + DAY_MS / 2);
}

static void expect_zeros(struct engine *engine, const struct asked *asked) {
    struct table table;
    int64_t n = 0;
    if (!ask_table(engine, asked, &table)) return;
    for (uint32_t row = 0; row < table.result.row_count; row++) {
        const int64_t here = cell_of(&table.result, row, "n")->integer;
        const struct cell *value = cell_of(&table.result, row, "value");
        n += here;
        if (here > 0 && !(value->kind == CELL_NUMBER && value->number == 0))
            test_fail(__FILE__, __LINE__, "%s clock=%s view=%s purpose=%s: value is not 0",
                      asked->definition->id, asked->clock, asked->view, asked->purpose);
    }
    if (n == 0)
        test_fail(__FILE__, __LINE__, "%s clock=%s view=%s purpose=%s: zeros are left out",
                  asked->definition->id, asked->clock, asked->view, asked->purpose);
    arena_free(&table.arena);
}

/* Of each KPI that is a duration, by every clock but that of minutes told: nothing told is not
 * nothing done. */
TEST(a_duration_of_zero_is_a_duration) {
    uint64_t state = 400;
    uint32_t questions = 0;
    make_journeys_of_one_moment();
    struct engine *engine = open_engine(test_folder());
    write_events(engine, 0, event_count, INT64_MAX);
    for (uint32_t i = 0; i < 20 * KPI_COUNT && test_failures < 5; i++) {
        struct asked asked;
        random_question(&state, i, &asked);
        if (strcmp(asked.definition->unit, "s") != 0) continue;
        if (asked.clock != NULL && strcmp(asked.clock, "touch") == 0) continue;
        /* no appointment hands over to another journey */
        if (asked.definition->kpi == KPI_END_TO_END && strcmp(asked.purpose, "appointment") == 0)
            continue;
        asked.by[0] = asked.from[0] = asked.to[0] = '\0';
        memset(asked.filter, 0, sizeof asked.filter);
        expect_zeros(engine, &asked);
        questions++;
    }
    engine_close(engine);
    EXPECT(questions > 50);
}
