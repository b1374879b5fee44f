/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a CSV file becomes the events that its mapping says, rows that cannot are told with their
 * line, and milestones in the wrong order are told too.
 * Method: a real file of citizen requests against figures of another engine; small files for every
 * kind of trouble. */
#include "ingest/import_csv.h"

#include "base/json.h"
#include "tests/ingest/import_fixture.h"

static char *read_all(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    char *text = memory_get(1 << 20);
    *size = fread(text, 1, (1 << 20) - 1, file);
    text[*size] = '\0';
    (void)fclose(file);
    return text;
}

static double number_of(const struct json *object, const char *name) {
    const struct json *value = json_member(object, name);
    return json_kind(value) == JSON_TEXT ? strtod(json_text(value, ""), NULL)
                                         : json_number(value, -1);
}

struct department {
    size_t n, closed, backwards;
    double *seconds; /* of those that are not backwards */
};

/* Rows come in the order of the file: received, then closed of the same subject. */
static struct department count_department(struct bench *bench, const char *name) {
    struct department found = {.seconds = memory_new_array(double, bench->set.count)};
    CHECK(found.seconds != NULL);
    const struct row *rows = bench->set.rows;
    size_t valid = 0;
    for (size_t i = 0; i < bench->set.count; i++) {
        if (name != NULL && strcmp(rows[i].office, name) != 0) continue;
        found.n += rows[i].type == TYPE_CASE_RECEIVED;
        if (rows[i].type != TYPE_CASE_CLOSED) continue;
        EXPECT(rows[i].subject == rows[i - 1].subject);
        int64_t ms = rows[i].time_ms - rows[i - 1].time_ms;
        found.closed++;
        found.backwards += ms < 0;
        if (ms >= 0) found.seconds[valid++] = (double)ms / 1000;
    }
    qsort(found.seconds, valid, sizeof *found.seconds, by_number);
    return found;
}

static void check_departments(struct bench *bench, const struct json *want) {
    const struct json *at = json_first(json_member(want, "by_department"));
    for (; at != NULL; at = json_next(at)) {
        struct department got = count_department(bench, json_text(json_member(at, "dep"), ""));
        EXPECT_EQ(got.n, number_of(at, "n"));
        size_t valid = got.closed - got.backwards;
        EXPECT_EQ(valid, number_of(at, "closed"));
        if (valid > 0) EXPECT_NEAR(quantile(got.seconds, valid, 0.5), number_of(at, "p50_s"), 1e-3);
        memory_free(got.seconds);
    }
}

TEST(the_boston_requests_give_the_figures_of_another_engine_by_department) {
    if (test_data_folder() == NULL) TEST_SKIP("no shared data");
    struct bench bench;
    struct json *document;
    char path[4200];
    size_t size;
    char *text = read_all(PEGEL_SOURCE_DIR "/docs/examples/boston311.map.json", &size);
    bench_open(&bench, text, NULL);
    memory_free(text);
    (void)snprintf(path, sizeof path, "%s/boston311/boston311_2015H1_trimmed.csv.zst",
                   test_data_folder());
    EXPECT_OK(bench_file(&bench, path, FORMAT_UNKNOWN));
    EXPECT_TEXT(bench.err.text, "");
    (void)snprintf(path, sizeof path, "%s/expected.json", test_data_folder());
    text = read_all(path, &size);
    EXPECT_OK(json_parse(text, size, &document, NULL));
    const struct json *want = json_member(document, "boston_2015h1");
    const struct json *totals = json_member(want, "totals");
    EXPECT_EQ(bench.report.rejected, 0);
    EXPECT_EQ(bench_count(&bench, TYPE_CASE_RECEIVED), number_of(totals, "n"));
    EXPECT_EQ(bench_count(&bench, TYPE_CASE_CLOSED), number_of(totals, "closed"));
    EXPECT_EQ(bench.report.warnings, number_of(totals, "closed_before_open"));
    struct department all = count_department(&bench, NULL);
    size_t valid = all.closed - all.backwards;
    EXPECT_EQ(valid, number_of(totals, "valid_closed"));
    EXPECT_NEAR(quantile(all.seconds, valid, 0.5), number_of(totals, "p50_s"), 1e-3);
    check_departments(&bench, want);
    memory_free(all.seconds);
    uint64_t accepted = bench.report.accepted;
    (void)snprintf(path, sizeof path, "%s/boston311/boston311_2015H1_trimmed.csv.zst",
                   test_data_folder());
    EXPECT_OK(bench_file(&bench, path, FORMAT_UNKNOWN)); /* once more: nothing new */
    EXPECT_EQ(bench.report.accepted, accepted);
    EXPECT_EQ(bench.report.duplicate, accepted);
    json_free(document);
    memory_free(text);
    bench_close(&bench);
}

#define MAPPING                                                                                  \
    "{\"format\":\"csv\",\"delimiter\":\";\",\"time\":{\"format\":\"%d.%m.%Y %H:%M\","           \
    "\"zone\":\"Europe/Berlin\"},\"fields\":{\"subject\":\"Nr\",\"office\":{\"column\":\"Amt\"," \
    "\"default\":\"none\"}},\"events\":[{\"type\":\"case.received\",\"time\":\"Eingang\"},"      \
    "{\"type\":\"case.closed\",\"time\":\"Ende\",\"optional\":true}],"                           \
    "\"order\":[\"case.received\",\"case.closed\"]}"

static enum status import_rows(struct bench *bench, const char *rows) {
    return bench_text(bench, "rows.csv", rows, strlen(rows));
}

TEST(wall_clock_times_are_those_of_the_zone_across_the_change_of_the_clocks) {
    struct bench bench;
    bench_open(&bench, MAPPING, "s");
    EXPECT_OK(import_rows(&bench,
                          "Nr;Amt;Eingang;Ende\n"
                          "1;A;01.01.2026 00:30;1.7.2026 00:30\n"
                          "2;;25.10.2026 02:30;\n"));
    EXPECT_EQ(bench.set.count, 3);
    const struct row *row = bench_find(&bench, "1", TYPE_CASE_RECEIVED);
    EXPECT(row != NULL && row->time_ms == INT64_C(1767223800000)); /* 2025-12-31T23:30Z */
    row = bench_find(&bench, "1", TYPE_CASE_CLOSED);
    EXPECT(row != NULL && row->time_ms == INT64_C(1782858600000)); /* 2026-06-30T22:30Z */
    row = bench_find(&bench, "2", TYPE_CASE_RECEIVED);
    EXPECT(row != NULL && row->time_ms == INT64_C(1792888200000)); /* the first 02:30: summer */
    EXPECT(row != NULL && strcmp(row->office, "none") == 0);
    bench_close(&bench);
}

TEST(rows_that_cannot_be_events_are_told_with_their_line_and_cost_no_other) {
    struct bench bench;
    bench_open(&bench, MAPPING, "s");
    EXPECT_OK(import_rows(&bench,
                          "\xEF\xBB\xBFNr;Amt;Eingang;Ende;Text\r\n"
                          "1;\"A;B\";01.01.2026 00:30;;\"x\ny\"\r\n"   /* lines 2 and 3: good */
                          "2;A;01.01.2026 00:30;\r\n"                  /* 4: a value is missing */
                          "3;A;;02.01.2026 00:30;\r\n"                 /* 5: not received */
                          "4;A;31.02.2026 00:30;;\r\n"                 /* 6: no such day */
                          "5;\"A\"x;01.01.2026 00:30;;\r\n"            /* 7: malformed */
                          "6;\xFF;01.01.2026 00:30;;\r\n"              /* 8: not UTF-8 */
                          ";A;01.01.2026 00:30;;\r\n"                  /* 9: nobody's */
                          "8;A;03.01.2026 00:30;02.01.2026 00:30;\r\n" /* 10: backwards, goes in */
                          "9;A;01.01.2028 00:30;;\r\n"));              /* 11: in the future */
    EXPECT_EQ(bench.set.count, 4); /* of rows 2, 5 (closed) and 10 */
    EXPECT_EQ(bench.report.rejected, 7);
    EXPECT_EQ(bench.report.warnings, 1);
    const char *rejects = bench_rejects(&bench);
    static const char *const wanted[] = {
        ",4,invalid_field,\"4 values instead of 5\"",
        ",5,missing_field,\"time\"",
        ",6,invalid_time,",
        ",7,invalid_field,\"text follows",
        ",8,invalid_utf8,",
        ",9,missing_field,",
        ",10,out_of_order,\"case.closed before case.received in 8\"",
        ",11,future_time,"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strstr(rejects, wanted[i]) == NULL) test_fail(__FILE__, __LINE__, "no %s", wanted[i]);
    bench_close(&bench);
}

TEST(a_file_that_lacks_a_column_or_is_cut_off_fails_as_a_whole) {
    static const struct {
        const char *rows, *words;
    } faults[] = {
        {"Nr;Amt;Beginn;Ende\n", "no column \"Eingang\"; the heading is: Nr, Amt, Beginn, Ende"},
        {"", "the file is empty"},
        {"Nr;Amt;Eingang;Ende\n1;\"A", "line 2: a quoted value is never closed"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct bench bench;
        bench_open(&bench, MAPPING, "s");
        EXPECT_EQ(import_rows(&bench, faults[i].rows), STATUS_INVALID);
        EXPECT(strstr(bench.err.text, faults[i].words) != NULL);
        EXPECT(strstr(bench.err.text, "rows.csv") != NULL);
        bench_close(&bench);
    }
}

TEST(a_csv_file_needs_a_mapping_a_service_and_a_municipality) {
    struct bench bench;
    bench_open(&bench, NULL, "s");
    EXPECT_EQ(import_rows(&bench, "a,b\n"), STATUS_INVALID);
    EXPECT(strstr(bench.err.text, "needs a mapping file") != NULL);
    bench_close(&bench);
    bench_open(&bench, MAPPING, NULL);
    EXPECT_EQ(import_rows(&bench, "Nr;Amt;Eingang;Ende\n"), STATUS_INVALID);
    EXPECT(strstr(bench.err.text, "--service") != NULL);
    bench.import.service = (struct slice){"s", 1};
    bench.import.needs_tenant = true;
    EXPECT_EQ(import_rows(&bench, "Nr;Amt;Eingang;Ende\n"), STATUS_INVALID);
    EXPECT(strstr(bench.err.text, "--tenant") != NULL);
    bench_close(&bench);
}

TEST(an_event_list_has_one_row_an_event_and_names_its_types_by_value) {
    struct bench bench;
    bench_open(
        &bench,
        "{\"format\":\"csv\",\"columns\":[\"case\",\"what\",\"when\",\"id\"],"
        "\"id\":\"id\",\"time\":{\"format\":\"%s\"},"
        "\"fields\":{\"subject\":\"case\",\"time\":\"when\",\"step\":\"what\"},\"events\":["
        "{\"type\":\"case.received\",\"when\":{\"column\":\"what\",\"is\":[\"in\"]}},"
        "{\"type\":\"case.closed\",\"when\":{\"column\":\"what\",\"is\":[\"out\",\"gone\"]}},"
        "{\"type\":\"case.activity\",\"when\":\"otherwise\"}]}",
        "s");
    EXPECT_OK(import_rows(&bench,
                          "c1,in,1500000000,e1\nc1,look,1500000060,e2\n"
                          "c1,look,1500000060,e3\nc1,gone,1500000090,e4\n"
                          "c1,gone,1500000095,e4\nc1,look,1500000099,\n"));
    EXPECT_EQ(bench_count(&bench, TYPE_CASE_RECEIVED), 1);
    EXPECT_EQ(bench_count(&bench, TYPE_CASE_ACTIVITY), 2);
    EXPECT_EQ(bench_count(&bench, TYPE_CASE_CLOSED), 1);
    EXPECT_EQ(bench.report.conflict, 1); /* e4 again, with another time: the first one stays */
    EXPECT_EQ(bench.report.by_code[REJECT_MISSING_FIELD], 1);
    bench_close(&bench);
}

TEST(a_busy_engine_is_waited_for_and_a_broken_one_fails_the_import) {
    struct bench bench;
    bench_open(&bench, MAPPING, "s");
    bench.set.busy = 2;
    EXPECT_OK(import_rows(&bench, "Nr;Amt;Eingang;Ende\n1;A;01.01.2026 00:30;\n"));
    EXPECT_EQ(bench.report.accepted, 1);
    bench.set.broken = true;
    EXPECT_EQ(import_rows(&bench, "Nr;Amt;Eingang;Ende\n2;A;01.01.2026 00:30;\n"), STATUS_IO);
    EXPECT(strstr(bench.err.text, "disk is full") != NULL);
    EXPECT_EQ(bench.report.accepted, 1);
    bench_close(&bench);
}
