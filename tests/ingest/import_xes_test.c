/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: an XES file becomes exactly the events that its traces mean, once, however often it is
 * read; a damaged one is told from a good one with the line of the fault. Method: two real logs
 * against figures that another engine computed; random logs against the rule written down as
 * plainly as possible; small texts for each kind of trouble. */
#include "ingest/import_xes.h"

#include "base/json.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "tests/ingest/import_fixture.h"

static const struct json *expected(const char *log, struct json **document) {
    char path[4200];
    static char text[1 << 16];
    (void)snprintf(path, sizeof path, "%s/expected.json", test_data_folder());
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    size_t size = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    EXPECT_OK(json_parse(text, size, document, NULL));
    return json_member(*document, log);
}

static double count_of(const struct json *object, const char *name) {
    return strtod(json_text(json_member(object, name), "-1"), NULL);
}

/* First and last event of each case, from the rows alone. */
static double *durations(struct bench *bench, size_t *count) {
    double *out = memory_new_array(double, bench->set.count);
    struct row *rows = bench->set.rows;
    CHECK(out != NULL);
    qsort(rows, bench->set.count, sizeof *rows, by_subject_and_time);
    *count = 0;
    for (size_t i = 0, first = 0; i < bench->set.count; i++) {
        bool last = i + 1 == bench->set.count || rows[i + 1].subject != rows[i].subject;
        if (!last) continue;
        out[(*count)++] = (double)(rows[i].time_ms - rows[first].time_ms) / 1000;
        first = i + 1;
    }
    qsort(out, *count, sizeof *out, by_number);
    return out;
}

static void check_log(const char *file, const char *name, size_t single_traces) {
    struct bench bench;
    struct json *document;
    char path[4200];
    bench_open(&bench, NULL, "permit");
    (void)snprintf(path, sizeof path, "%s/%s", test_data_folder(), file);
    EXPECT_OK(bench_file(&bench, path, FORMAT_UNKNOWN));
    EXPECT_TEXT(bench.err.text, "");
    const struct json *want = expected(name, &document), *d = json_member(want, "duration");
    size_t cases = (size_t)count_of(want, "cases"), events = (size_t)count_of(want, "events");
    EXPECT_EQ(bench.report.rejected, 0);
    EXPECT_EQ(bench.report.accepted, events + single_traces);
    EXPECT_EQ(bench_count(&bench, TYPE_CASE_RECEIVED), cases);
    EXPECT_EQ(bench_count(&bench, TYPE_CASE_CLOSED), cases);
    EXPECT_EQ(bench_count(&bench, TYPE_CASE_ACTIVITY), events + single_traces - 2 * cases);
    size_t n;
    double sum = 0, *sorted = durations(&bench, &n);
    EXPECT_EQ(n, cases);
    for (size_t i = 0; i < n; i++) sum += sorted[i];
    EXPECT_NEAR(sum / (double)n, json_number(json_member(d, "mean_s"), 0), 1e-3);
    EXPECT_NEAR(quantile(sorted, n, 0.5), json_number(json_member(d, "p50_s"), 0), 1e-3);
    EXPECT_NEAR(quantile(sorted, n, 0.9), json_number(json_member(d, "p90_s"), 0), 1e-3);
    EXPECT_NEAR(quantile(sorted, n, 0.95), json_number(json_member(d, "p95_s"), 0), 1e-3);
    EXPECT_NEAR(sorted[n - 1], json_number(json_member(d, "max_s"), 0), 1e-3);
    memory_free(sorted);
    json_free(document);
    bench_close(&bench);
}

TEST(the_wabo_receipt_log_gives_the_figures_of_another_engine) {
    if (test_data_folder() == NULL) TEST_SKIP("no shared data");
    check_log("wabo_receipt/receipt.xes.gz", "wabo_receipt", 116);
}

TEST(the_bpic15_log_gives_the_figures_of_another_engine) {
    if (test_data_folder() == NULL) TEST_SKIP("no shared data");
    check_log("bpic15/BPIC15_2.xes.gz", "bpic15_2", 2);
}

TEST(importing_a_log_twice_changes_nothing) {
    if (test_data_folder() == NULL) TEST_SKIP("no shared data");
    struct bench bench;
    char path[4200];
    bench_open(&bench, NULL, "permit");
    (void)snprintf(path, sizeof path, "%s/wabo_receipt/receipt.xes.gz", test_data_folder());
    EXPECT_OK(bench_file(&bench, path, FORMAT_UNKNOWN));
    uint64_t accepted = bench.report.accepted;
    EXPECT_OK(bench_file(&bench, path, FORMAT_UNKNOWN));
    EXPECT_EQ(bench.report.accepted, accepted);
    EXPECT_EQ(bench.report.duplicate, accepted);
    EXPECT_EQ(bench.report.conflict, 0);
    bench_close(&bench);
}

/* One import of the WABO log into the real store, which is opened and closed for it. */
static void import_into_store(struct bench *bench, const char *folder) {
    char path[4200];
    const struct engine_options options = {.folder = folder};
    struct import_engine_options sink = {.pseudonyms = bench->pseudonyms,
                                         .clock = &bench->clock,
                                         .tenant = TENANT,
                                         .source = "test"};
    struct import_sink *own = bench->import.sink;
    EXPECT_OK(engine_open_embedded(&options, &sink.engine, &bench->err));
    if (sink.engine == NULL) return;
    EXPECT_OK(import_sink_engine(&sink, &bench->report, &bench->import.sink, &bench->err));
    (void)snprintf(path, sizeof path, "%s/wabo_receipt/receipt.xes.gz", test_data_folder());
    EXPECT_OK(bench_file(bench, path, FORMAT_UNKNOWN));
    import_sink_close(bench->import.sink);
    bench->import.sink = own;
    engine_close(sink.engine);
}

TEST(importing_twice_changes_nothing_in_the_real_store_also_after_a_restart) {
    if (test_data_folder() == NULL) TEST_SKIP("no shared data");
    struct bench bench;
    char folder[160];
    bench_open(&bench, NULL, "permit");
    bench_path(folder, "data");
    import_into_store(&bench, folder);
    uint64_t accepted = bench.report.accepted;
    EXPECT_EQ(accepted, 8577 + 116);
    import_into_store(&bench, folder);
    EXPECT_EQ(bench.report.accepted, accepted);
    EXPECT_EQ(bench.report.duplicate, accepted);
    EXPECT_EQ(bench.report.conflict, 0);
    bench_close(&bench);
}

/* A random log, as data and as text. */
enum { TRACES = 20, EVENTS = 12 };

struct plain_event {
    int64_t time_ms;
    unsigned step;
    unsigned office; /* 0: none */
};

struct plain_log {
    unsigned sizes[TRACES];
    struct plain_event events[TRACES][EVENTS];
};

#define NESTED_TIME "<string key=\"time:timestamp\" value=\"2001-01-01T00:00:00Z\"/>"
#define NESTED_NAME "<string key=\"concept:name\" value=\"nested\"/>"
static const char *const noise[] = {
    "<int key=\"cost\" value=\"7\"/>",
    "<!-- <event> -->",
    ("<list key=\"x\">" NESTED_NAME "</list>"),
    "<string key=\"org:resource\" value=\"A. Clerk\"/>",
    ("<string key=\"other\" value=\"a &lt;b&gt; &amp; &#233;\">" NESTED_TIME "</string>"),
    "",
};

static void write_noise(struct text *text, uint64_t *seed) {
    text_add_string(text, noise[test_random(seed) % (sizeof noise / sizeof *noise)]);
}

static void write_event(struct text *text, const struct plain_event *event, uint64_t *seed) {
    char time[TIMESTAMP_TEXT_BYTES];
    bool offset = test_random(seed) % 2 == 0;
    timestamp_format_utc(event->time_ms + (offset ? 7200000 : 0), time);
    text_add_string(text, "<event>\n");
    write_noise(text, seed);
    text_add_format(text, "<date key='time:timestamp' value='%.23s%s'/>\n", time,
                    offset ? "+02:00" : "Z");
    write_noise(text, seed);
    text_add_format(text, "<string key=\"concept:name\" value=\"step &quot;%u&quot; \xC3\xA4\"/>",
                    event->step);
    if (event->office > 0)
        text_add_format(text, "<string key=\"org:group\" value=\"Group %u\"/>", event->office);
    write_noise(text, seed);
    text_add_string(text, "</event>\n");
}

static void make_log(struct plain_log *log, struct text *text, uint64_t *seed) {
    text_add_string(text,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log xmlns=\"http://x/\">\n");
    text_add_string(text,
                    "<global scope=\"event\"><string key=\"concept:name\" value=\"U\"/>"
                    "</global><string key=\"concept:name\" value=\"the log\"/>\n");
    for (unsigned t = 0; t < TRACES; t++) {
        text_add_format(text, "<trace>%s\n", t % 2 == 0 ? "" : noise[2]);
        if (t % 2 == 0) text_add_format(text, "<string key=\"concept:name\" value=\"c%u\"/>", t);
        log->sizes[t] = (unsigned)(test_random(seed) % (EVENTS + 1));
        for (unsigned e = 0; e < log->sizes[t]; e++) {
            struct plain_event *event = &log->events[t][e];
            event->time_ms = INT64_C(1600000000000) + (int64_t)(test_random(seed) % 5) * 60001;
            event->step = (unsigned)(test_random(seed) % 3);
            event->office = (unsigned)(test_random(seed) % 3);
            write_event(text, event, seed);
        }
        if (t % 2 != 0) text_add_format(text, "<string key=\"concept:name\" value=\"c%u\"/>", t);
        text_add_string(text, "</trace>\n");
    }
    text_add_string(text, "</log>\n");
}

/* The rule, as plainly as possible: repeatedly take the earliest of those not yet taken. */
static void check_trace(struct bench *bench, const struct plain_log *log, unsigned t, size_t *row) {
    bool taken[EVENTS] = {false};
    char subject[16];
    (void)snprintf(subject, sizeof subject, "c%u", t);
    unsigned size = log->sizes[t];
    for (unsigned turn = 0; turn < size; turn++) {
        unsigned best = EVENTS;
        for (unsigned e = 0; e < size; e++)
            if (!taken[e] &&
                (best == EVENTS || log->events[t][e].time_ms < log->events[t][best].time_ms))
                best = e;
        taken[best] = true;
        bool first = turn == 0, last = turn + 1 == size;
        const enum event_type types[] = {first ? TYPE_CASE_RECEIVED : TYPE_UNKNOWN,
                                         last ? TYPE_CASE_CLOSED : TYPE_UNKNOWN,
                                         !first && !last ? TYPE_CASE_ACTIVITY : TYPE_UNKNOWN};
        for (int i = 0; i < 3; i++) {
            if (types[i] == TYPE_UNKNOWN) continue;
            const struct row *got = &bench->set.rows[(*row)++];
            char step[32], office[32] = "";
            (void)snprintf(step, sizeof step, "step \"%u\" \xC3\xA4", log->events[t][best].step);
            if (log->events[t][best].office > 0)
                (void)snprintf(office, sizeof office, "Group %u", log->events[t][best].office);
            EXPECT_EQ(got->type, types[i]);
            EXPECT_EQ(got->time_ms, log->events[t][best].time_ms);
            EXPECT(got->subject == bench_subject(bench, subject));
            EXPECT_TEXT(got->step, step);
            EXPECT_TEXT(got->office, office);
            EXPECT_TEXT(got->service, "permit");
        }
    }
}

TEST(random_logs_become_the_events_that_the_rule_says) {
    for (uint64_t seed = 1; seed <= 60 && test_failures == 0; seed++) {
        struct bench bench;
        static struct plain_log log;
        struct text text;
        uint64_t state = seed;
        text_init(&text, 1 << 20);
        make_log(&log, &text, &state);
        bench_open(&bench, NULL, "permit");
        EXPECT_OK(bench_text(&bench, "log.xes", text.bytes, text.size));
        EXPECT_EQ(bench.report.rejected, 0);
        size_t rows = 0, row = 0;
        for (unsigned t = 0; t < TRACES; t++) rows += log.sizes[t] + (log.sizes[t] == 1 ? 1 : 0);
        EXPECT_EQ(bench.set.count, rows);
        if (bench.set.count == rows)
            for (unsigned t = 0; t < TRACES; t++) check_trace(&bench, &log, t, &row);
        EXPECT_OK(bench_text(&bench, "again.xes", text.bytes, text.size));
        EXPECT_EQ(bench.report.duplicate, rows);
        if (test_failures > 0) printf("seed %llu\n", (unsigned long long)seed);
        text_free(&text);
        bench_close(&bench);
    }
}

static enum status import_xml(struct bench *bench, const char *xml) {
    return bench_text(bench, "small.xes", xml, strlen(xml));
}

#define EVENT(name, time)                               \
    "<event><string key=\"concept:name\" value=\"" name \
    "\"/><date key=\"time:timestamp\""                  \
    " value=\"" time "\"/></event>\n"
#define TRACE(events) "<trace><string key=\"concept:name\" value=\"c\"/>" events "</trace>\n"

TEST(a_file_that_is_no_xml_or_no_xes_is_refused_with_its_line) {
    static const struct {
        const char *xml, *words;
    } faults[] = {
        {"<log>\n<trace>\n</log>", "line 3"},
        {"<log>\n<trace>", "no element found"},
        {"", "no element found"},
        {"<html/>", "not XES"},
        {"<log>&unknown;</log>", "undefined entity"},
        {"<?xml version='1.0' encoding='klingon'?><log/>", "unknown encoding"},
        {"<log>\xFF</log>", "not well-formed"},
        {"<log><trace a='1' a='2'/></log>", "duplicate attribute"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct bench bench;
        bench_open(&bench, NULL, "permit");
        EXPECT_EQ(import_xml(&bench, faults[i].xml), STATUS_INVALID);
        EXPECT(strstr(bench.err.text, faults[i].words) != NULL);
        EXPECT(strstr(bench.err.text, "small.xes") != NULL);
        EXPECT_EQ(bench.set.count, 0);
        bench_close(&bench);
    }
}

TEST(traces_before_a_fault_go_in) {
    struct bench bench;
    bench_open(&bench, NULL, "permit");
    EXPECT_EQ(import_xml(&bench, "<log>" TRACE(EVENT("a", "2020-01-01T00:00:00Z")) "<trace>"),
              STATUS_INVALID);
    EXPECT_EQ(bench.set.count, 2);
    bench_close(&bench);
}

TEST(an_event_without_a_time_is_refused_and_the_others_of_its_trace_go_in) {
    struct bench bench;
    bench_open(&bench, NULL, "permit");
    EXPECT_OK(import_xml(
        &bench, "<log>\n" TRACE("<event><string key=\"concept:name\" "
                                "value=\"x\"/></event>\n" EVENT("a", "2020-01-01T00:00:00Z")
                                    EVENT("b", "yesterday")) "</log>"));
    EXPECT_EQ(bench.set.count, 2);
    EXPECT_EQ(bench.report.rejected, 2);
    EXPECT(strstr(bench_rejects(&bench), "small.xes\",2,missing_field,\"time\"") != NULL);
    EXPECT(strstr(bench_rejects(&bench), "small.xes\",4,invalid_time,\"time") != NULL);
    bench_close(&bench);
}

TEST(a_trace_without_a_name_and_a_long_step_are_refused) {
    struct bench bench;
    bench_open(&bench, NULL, "permit");
    EXPECT_OK(
        import_xml(&bench, "<log><trace>" EVENT("a", "2020-01-01T00:00:00Z") "</trace>" TRACE(EVENT(
                               "0123456789012345678901234567890123456789012345678901234567890123x",
                               "2020-01-01T00:00:00Z")) "</log>"));
    EXPECT_EQ(bench.set.count, 0);
    EXPECT_EQ(bench.report.by_code[REJECT_MISSING_FIELD], 2);
    EXPECT_EQ(bench.report.by_code[REJECT_TOO_LONG], 2);
    bench_close(&bench);
}

TEST(an_empty_attribute_is_as_good_as_none) {
    struct bench bench;
    bench_open(&bench, NULL, "permit");
    EXPECT_OK(import_xml(&bench,
                         "<log><trace><string key='concept:name' value=''/><event><string "
                         "key='org:group' value=''/><date key='time:timestamp' "
                         "value='2020-01-01T00:00:00Z'/></event></trace></log>"));
    EXPECT_EQ(bench.report.by_code[REJECT_MISSING_FIELD], 2);
    bench_close(&bench);
}

TEST(a_mapping_names_milestones_and_maps_attributes_of_the_trace) {
    struct bench bench;
    bench_open(
        &bench,
        "{\"format\":\"xes\",\"fields\":{\"office\":null,\"service\":{\"constant\":\"wabo\"},"
        "\"channel\":{\"trace\":\"channel\",\"values\":{\"Internet\":\"online\","
        "\"Nowhere\":null}}},"
        "\"events\":[{\"type\":\"case.received\",\"when\":{\"event\":\"concept:name\","
        "\"is\":[\"in\",\"entered\"]}},{\"type\":\"case.decided\",\"when\":{\"event\":"
        "\"concept:name\",\"is\":[\"decision\"]}}],\"order\":[\"case.received\","
        "\"case.decided\"]}",
        NULL);
    EXPECT_OK(import_xml(
        &bench,
        "<log><trace><string key='concept:name' value='c1'/><string key='channel' "
        "value='Internet'/>" EVENT("in", "2020-01-02T00:00:00+01:00")
            EVENT("work", "2020-01-03T00:00:00Z")
                EVENT("decision",
                      "2020-01-01T00:00:00Z") "</trace><trace><string key='concept:name' "
                                              "value='c2'/><string key='channel' "
                                              "value='Nowhere'/>" EVENT(
                                                  "entered",
                                                  "2020-01-02T00:00:00Z") "</trace><trace><string "
                                                                          "key='concept:name' "
                                                                          "value='c3'/><string "
                                                                          "key='channel' "
                                                                          "value='Fax'/>" EVENT(
                                                                              "entered",
                                                                              "2020-01-02T00:00:"
                                                                              "00Z") "</trace></"
                                                                                     "log>"));
    EXPECT_EQ(bench.set.count, 3);
    EXPECT_EQ(bench.import.unmatched_count, 1);
    const struct row *received = bench_find(&bench, "c1", TYPE_CASE_RECEIVED);
    EXPECT(received != NULL && received->channel == CHANNEL_ONLINE);
    EXPECT(received != NULL && received->time_ms == INT64_C(1577919600000));
    EXPECT(bench_find(&bench, "c1", TYPE_CASE_DECIDED) != NULL);
    received = bench_find(&bench, "c2", TYPE_CASE_RECEIVED);
    EXPECT(received != NULL && received->channel == CHANNEL_ABSENT);
    EXPECT_EQ(bench.report.by_code[REJECT_INVALID_FIELD], 1);
    EXPECT_EQ(bench.report.warnings, 1);
    EXPECT(strstr(bench_rejects(&bench),
                  ",out_of_order,\"case.decided before case.received in c1\"") != NULL);
    bench_close(&bench);
}

TEST(without_a_word_about_it_the_service_is_the_name_of_the_file) {
    struct bench bench;
    bench_open(&bench, NULL, NULL);
    static const char xml[] = "<log>" TRACE(EVENT("a", "2020-01-01T00:00:00Z")) "</log>";
    EXPECT_OK(bench_text(&bench, "Bau_2020 x.xes", xml, sizeof xml - 1));
    EXPECT_EQ(bench.set.count, 2);
    EXPECT_TEXT(bench.set.rows[0].service, "bau_2020-x");
    EXPECT_EQ(bench.import.service.size, 0);
    bench_close(&bench);
}

TEST(a_refused_allocation_never_crashes_and_nothing_leaks) {
    static const char xml[] = "<log>" TRACE(EVENT("a", "2020-01-01T00:00:00Z")
                                                EVENT("b", "2020-01-02T00:00:00Z")) "</log>";
    enum status status = STATUS_NO_MEMORY;
    for (size_t after = 0; status != STATUS_OK || after < 100; after++) {
        struct bench bench;
        bench_open(&bench, NULL, "permit");
        bench_path(bench.path, "small.xes");
        FILE *file = fopen(bench.path, "w");
        CHECK(file != NULL && fwrite(xml, 1, sizeof xml - 1, file) == sizeof xml - 1);
        CHECK(fclose(file) == 0);
        memory_fail_after(after);
        status = bench_file(&bench, bench.path, FORMAT_UNKNOWN);
        memory_fail_after(SIZE_MAX);
        if (status != STATUS_OK && status != STATUS_NO_MEMORY)
            test_fail(__FILE__, __LINE__, "%zu: %s", after, bench.err.text);
        EXPECT(status != STATUS_OK || bench.set.count + bench.report.rejected == 2);
        bench_close(&bench);
        if (after > 1000) break;
    }
    EXPECT_EQ(status, STATUS_OK);
}
