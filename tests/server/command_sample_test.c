/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/command_sample.h"

#include "access/pseudonym.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "engine/engine.h"
#include "event/column.h"
#include "ingest/import.h"
#include "query/plan.h"
#include "query/result.h"
#include "server/command.h"
#include "server/config.h"
#include "tests/test.h"

/* Goal: what Pegel answers about the sample is what the sample was made from, and the files beside
 * it are taken by those who read them. Method: write a town with the command, import it, ask every
 * KPI by tenant, service and month, and compare with truth.json, which the generator computed from
 * its own journeys: counts exactly, durations to the millisecond. */

enum { DOCUMENT_BYTES_MAX = 64 << 20, PATH_BYTES = 512 };
#define ARENA_BYTES_MAX ((size_t)1 << 30)

static const char *folder; /* of the town; made once */

static const char *path_of(const char *name) {
    static char paths[4][PATH_BYTES];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    return path;
}

static void make_town(void) {
    if (folder != NULL) return;
    static char town[PATH_BYTES];
    folder = town;
    (void)snprintf(town, sizeof town, "%s", test_folder());
    char *argv[] = {"sample", "--seed", "5",          "--events", "150000", "--days",
                    "150",    "--end",  "2026-11-01", "--out",    town,     NULL};
    EXPECT_EQ(command_sample(11, argv), COMMAND_OK);
}

static void read_file(const char *name, struct text *text) {
    text_init(text, DOCUMENT_BYTES_MAX);
    FILE *file = fopen(path_of(name), "r");
    EXPECT(file != NULL);
    char buffer[4096];
    for (size_t got; file != NULL && (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        text_add(text, buffer, got);
    if (file != NULL) (void)fclose(file);
}

static struct json *read_document(const char *name) {
    struct text text;
    struct json *document = NULL;
    struct error err = {""};
    read_file(name, &text);
    if (json_parse(text.bytes, text.size, &document, &err) != STATUS_OK)
        test_fail(__FILE__, __LINE__, "%s: %s", name, err.text);
    text_free(&text);
    return document;
}

/* ---- the loaded town ---- */

struct loaded {
    char data[PATH_BYTES];
    struct clock clock;
    struct engine *engine;
    struct pseudonyms *pseudonyms;
    struct json *truth;
    int64_t as_of_ms;
};

static void import_events(struct loaded *loaded, const char *name) {
    struct import_report report = {.terminal = stderr, .shown_max = 5};
    const struct import_engine_options options = {.engine = loaded->engine,
                                                  .pseudonyms = loaded->pseudonyms,
                                                  .clock = &loaded->clock,
                                                  .source = "sample"};
    static struct import import;
    import = (struct import){.report = &report};
    struct error err = {""};
    EXPECT_OK(import_sink_engine(&options, &report, &import.sink, &err));
    if (import_file(&import, path_of(name), FORMAT_UNKNOWN, &err) != STATUS_OK)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    import_sink_close(import.sink);
    double lines = json_number(json_member(loaded->truth, "lines"), -1);
    double repeats = json_number(json_member(loaded->truth, "repeats"), -1);
    EXPECT_EQ(report.duplicate, repeats);
    EXPECT_EQ(report.accepted, lines - repeats);
    EXPECT_EQ(report.rejected, 0);
}

static void open_engine(struct loaded *loaded) {
    char path[PATH_BYTES + 8];
    struct error err = {""};
    (void)snprintf(path, sizeof path, "%s/store", loaded->data);
    const struct engine_options options = {.folder = path};
    if (engine_open_embedded(&options, &loaded->engine, &err) != STATUS_OK)
        test_fail(__FILE__, __LINE__, "%s", err.text);
}

static void load_town(struct loaded *loaded, const char *name) {
    char path[PATH_BYTES + 8];
    make_town();
    *loaded = (struct loaded){.truth = read_document("truth.json")};
    const char *as_of = json_text(json_member(loaded->truth, "as_of"), "");
    EXPECT(timestamp_parse(as_of, strlen(as_of), &loaded->as_of_ms));
    loaded->clock = clock_fixed(loaded->as_of_ms);
    (void)snprintf(loaded->data, sizeof loaded->data, "%s", test_folder());
    (void)snprintf(path, sizeof path, "%s/keys", loaded->data);
    EXPECT_OK(pseudonyms_open(path, &loaded->clock, &loaded->pseudonyms, NULL));
    open_engine(loaded);
    import_events(loaded, name);
}

static void unload(struct loaded *loaded) {
    engine_close(loaded->engine);
    pseudonyms_close(loaded->pseudonyms);
    json_free(loaded->truth);
}

/* ---- comparing ---- */

static int column_of(const struct result *result, const char *name) {
    for (uint32_t i = 0; i < result->column_count; i++)
        if (strcmp(result->columns[i].name, name) == 0) return (int)i;
    return -1;
}

static const struct cell *cell_of(const struct result *result, uint32_t row, const char *name) {
    int column = column_of(result, name);
    return column < 0 ? NULL : &result->cells[row * result->column_count + (uint32_t)column];
}

static double number_of(const struct cell *cell) {
    if (cell == NULL || cell->kind == CELL_TEXT || cell->kind == CELL_ABSENT) return NAN;
    return cell->kind == CELL_INTEGER ? (double)cell->integer : cell->number;
}

static bool same_key(const struct result *result, uint32_t row, const struct json *truth) {
    static const char *const keys[] = {"tenant", "service", "office", "month", "step"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *wanted = json_text(json_member(truth, keys[i]), NULL);
        const struct cell *cell = cell_of(result, row, keys[i]);
        if (wanted == NULL) continue;
        if (cell == NULL || cell->kind != CELL_TEXT || strcmp(cell->text, wanted) != 0)
            return false;
    }
    return true;
}

static const char *text_of(const struct json *truth, const char *name) {
    return json_text(json_member(truth, name), "");
}

/* Every figure of a row of the truth is in the answer, to the millisecond. */
static void compare_row(const char *kpi, const struct result *result, uint32_t row,
                        const struct json *truth) {
    for (const struct json *member = json_first(truth); member != NULL;
         member = json_next(member)) {
        if (json_kind(member) != JSON_NUMBER) continue;
        double wanted = json_number(member, NAN);
        double got = number_of(cell_of(result, row, json_name(member)));
        if (!(fabs(got - wanted) < 0.0005))
            test_fail(__FILE__, __LINE__, "%s %s %s %s %s: %s is %.9g instead of %.9g", kpi,
                      text_of(truth, "tenant"), text_of(truth, "service"), text_of(truth, "month"),
                      text_of(truth, "step"), json_name(member), got, wanted);
    }
}

/* The index of the truth's row in the answer; UINT32_MAX: it is not there. Both are sorted alike in
 * long stretches, so the search goes on where the last one ended. */
static uint32_t find_row(const struct result *result, const struct json *truth, uint32_t from) {
    for (uint32_t i = 0; i < result->row_count; i++) {
        uint32_t row = (from + i) % result->row_count;
        if (same_key(result, row, truth)) return row;
    }
    return UINT32_MAX;
}

static void ask(struct loaded *loaded, const char *kpi, const char *by, struct arena *arena,
                struct result *result) {
    char as_of[TIMESTAMP_TEXT_BYTES];
    timestamp_format_utc(loaded->as_of_ms, as_of);
    /* Appointments are booked beyond the end: their months lie after the events. */
    const struct plan_words words = {
        .kpi = kpi, .by = by, .from = "2026-06-01", .to = "2027-06-01", .as_of = as_of};
    struct engine_stats stats;
    struct plan plan;
    struct error err = {""};
    EXPECT_OK(loaded->engine->ops->stats(loaded->engine, &stats, &err));
    enum status status = plan_parse(&words, stats.oldest_time_ms, stats.newest_time_ms,
                                    loaded->as_of_ms, arena, &plan, &err);
    if (status == STATUS_OK)
        status = loaded->engine->ops->query(loaded->engine, &plan, arena, result, &err);
    if (status != STATUS_OK) test_fail(__FILE__, __LINE__, "%s: %s", kpi, err.text);
}

static void compare_kpi(struct loaded *loaded, const char *kpi, const char *by) {
    struct arena arena;
    struct result result = {0};
    arena_init(&arena, ARENA_BYTES_MAX);
    ask(loaded, kpi, by, &arena, &result);
    const struct json *rows =
        json_member(json_member(json_member(loaded->truth, "kpis"), kpi), "rows");
    EXPECT(json_count(rows) > 50);
    uint32_t row = 0, missing = 0;
    for (const struct json *truth = json_first(rows); truth != NULL; truth = json_next(truth)) {
        uint32_t found = result.row_count == 0 ? UINT32_MAX : find_row(&result, truth, row);
        missing += found == UINT32_MAX;
        if (found == UINT32_MAX) continue;
        row = found;
        compare_row(kpi, &result, row, truth);
    }
    if (missing != 0)
        test_fail(__FILE__, __LINE__, "%s: %u of %u rows are missing", kpi, missing,
                  json_count(rows));
    arena_free(&arena);
}

static void compare_all(struct loaded *loaded) {
    static const char *const kpis[] = {"processing_time",   "throughput",       "abandonment",
                                       "time_to_complete",  "no_show",          "cancellation",
                                       "waiting_time",      "service_duration", "digital_take_up",
                                       "booking_lead_time", "funnel",           "rework",
                                       "end_to_end",        "late_show",        "rescheduling",
                                       "waiting_within",    "left_before_call"};
    static const char *const of_offices[] = {"slot_fill", "utilisation", "third_next_available"};
    for (size_t i = 0; i < sizeof kpis / sizeof kpis[0]; i++)
        compare_kpi(loaded, kpis[i], "tenant,service,month");
    for (size_t i = 0; i < sizeof of_offices / sizeof of_offices[0]; i++)
        compare_kpi(loaded, of_offices[i], "tenant,office,month");
}

TEST(pegel_answers_what_the_sample_was_made_from) {
    struct loaded loaded;
    load_town(&loaded, "events.ndjson");
    compare_all(&loaded);
    unload(&loaded);
}

/* Writes the lines of the town in an order that has nothing to do with time. */
static void shuffle_events(uint64_t seed) {
    enum { LINES_MAX = 150000 };
    static const char *lines[LINES_MAX];
    struct text text;
    size_t count = 0;
    read_file("events.ndjson", &text);
    for (const char *at = text.bytes; at < text.bytes + text.size; at = strchr(at, '\n') + 1)
        lines[count++] = at;
    FILE *file = fopen(path_of("shuffled.ndjson"), "w");
    EXPECT(file != NULL && count > 1000);
    for (size_t i = count; file != NULL && i > 0; i--) {
        size_t pick = test_random(&seed) % i;
        const char *line = lines[pick];
        lines[pick] = lines[i - 1];
        (void)fwrite(line, 1, (size_t)(strchr(line, '\n') + 1 - line), file);
    }
    if (file != NULL) EXPECT_EQ(fclose(file), 0);
    text_free(&text);
}

TEST(neither_the_order_of_arrival_nor_a_restart_changes_an_answer) {
    make_town();
    shuffle_events(1);
    struct loaded loaded;
    load_town(&loaded, "shuffled.ndjson");
    compare_all(&loaded);
    engine_close(loaded.engine);
    open_engine(&loaded);
    compare_all(&loaded);
    unload(&loaded);
}

/* Ratings under ten are not shown, so the whole town is compared: by service, all months. */
TEST(pegel_answers_how_the_sample_was_rated) {
    struct loaded loaded;
    load_town(&loaded, "events.ndjson");
    struct arena arena;
    struct result result = {0};
    arena_init(&arena, ARENA_BYTES_MAX);
    ask(&loaded, "satisfaction", "service", &arena, &result);
    EXPECT(result.row_count > 5);
    for (uint32_t row = 0; row < result.row_count; row++) {
        const char *service = cell_of(&result, row, "service")->text;
        double n = 0, sum = 0, top = 0;
        const struct json *rows =
            json_member(json_member(json_member(loaded.truth, "kpis"), "satisfaction"), "rows");
        for (const struct json *truth = json_first(rows); truth != NULL; truth = json_next(truth)) {
            if (strcmp(text_of(truth, "service"), service) != 0) continue;
            n += json_number(json_member(truth, "n"), NAN);
            sum += json_number(json_member(truth, "sum"), NAN);
            top += json_number(json_member(truth, "top2_count"), NAN);
        }
        EXPECT_NEAR(number_of(cell_of(&result, row, "n")), n, 0);
        if (n < 10) continue;
        EXPECT_NEAR(number_of(cell_of(&result, row, "mean")), sum / n, 1e-9);
        EXPECT_NEAR(number_of(cell_of(&result, row, "top2")), top / n, 1e-9);
    }
    arena_free(&arena);
    unload(&loaded);
}

TEST(the_server_takes_the_configuration_and_assumptions_of_the_sample) {
    make_town();
    struct config config;
    struct error err = {""};
    if (config_open(path_of("config.json"), &config, &err) != STATUS_OK)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    config_close(&config);
}

TEST(command_sample_refuses_words_that_it_does_not_know) {
    static char *const bad[][3] = {{"--seed", "x", NULL},        {"--events", "10", NULL},
                                   {"--days", "1", NULL},        {"--end", "1.11.2026", NULL},
                                   {"--tenants", "99", NULL},    {"--colour", "red", NULL},
                                   {"--end", "2026-02-30", NULL}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *argv[] = {"sample", bad[i][0], bad[i][1], NULL};
        EXPECT_EQ(command_sample(3, argv), COMMAND_MISUSED);
    }
    char *both[] = {"sample", "--stdout", "--out", "x", NULL};
    EXPECT_EQ(command_sample(4, both), COMMAND_MISUSED);
}

TEST(command_sample_says_when_it_cannot_write) {
    char *argv[] = {"sample", "--events", "1000", "--days", "7", "--out", "/proc/no/such", NULL};
    EXPECT_EQ(command_sample(7, argv), COMMAND_FAILED);
}
