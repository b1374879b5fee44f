/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a file of flat events goes in line by line, whatever it is compressed with; a bad line is
 * told with its number; what an import writes out it also reads.
 * Method: generated files, each fault once. */
#include "ingest/import_ndjson.h"

#include "base/text.h"
#include "ingest/event_json.h"
#include "tests/ingest/import_fixture.h"

enum { EVENTS = 40000 };

static void write_events(struct text *text, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        text_add_format(text,
                        "{\"id\":\"e%u\",\"time\":\"2026-01-01T00:00:%02u.%03uZ\",\"type\":\"case."
                        "received\",\"subject\":\"c%u\",\"service\":\"s\"}%s",
                        i, i % 60, i % 1000, i, i % 3 == 0 ? "\r\n" : "\n");
}

TEST(a_compressed_file_goes_in_and_a_second_time_changes_nothing) {
    struct bench bench;
    struct text text;
    text_init(&text, 16 << 20);
    write_events(&text, EVENTS);
    size_t bound = compression_zstd_bound(text.size);
    char *packed = memory_get(bound);
    size_t size = compression_zstd(text.bytes, text.size, 1, packed, bound);
    bench_open(&bench, NULL, NULL);
    EXPECT_OK(bench_text(&bench, "events.ndjson.zst", packed, size));
    EXPECT_EQ(bench.report.accepted, EVENTS);
    EXPECT_OK(bench_text(&bench, "no-ending", text.bytes, text.size));
    EXPECT_EQ(bench.report.accepted, EVENTS);
    EXPECT_EQ(bench.report.duplicate, EVENTS);
    EXPECT_EQ(bench_text(&bench, "cut.zst", packed, size / 2), STATUS_INVALID);
    EXPECT(strstr(bench.err.text, "cut off") != NULL);
    bench_close(&bench);
    memory_free(packed);
    text_free(&text);
}

TEST(bad_lines_are_told_with_their_number_and_cost_no_other) {
    static const char lines[] =
        "\xEF\xBB\xBF\n"
        "{\"id\":\"a\",\"time\":1500000000000,\"type\":\"page.viewed\"}\n" /* 2: good */
        "  \n"
        "{\"id\":\"b\",\n"                                                                 /* 4 */
        "{\"id\":\"c\",\"time\":1500000000000,\"type\":\"page.viewed\",\"email\":\"x\"}\n" /* 5 */
        "[]\n"                                                                             /* 6 */
        "{\"id\":\"d\",\"time\":1500000000000,\"type\":\"page.viewed\",\"tenant\":"
        "\"091620000001\"}\n"                                             /* 7 */
        "{\"id\":\"e\",\"time\":1500000000000,\"type\":\"page.viewed\"}"; /* 8: good */
    struct bench bench;
    bench_open(&bench, NULL, NULL);
    EXPECT_OK(bench_text(&bench, "lines.ndjson", lines, sizeof lines - 1));
    EXPECT_EQ(bench.report.accepted, 2);
    EXPECT_EQ(bench.report.rejected, 4);
    static const char *const wanted[] = {",4,invalid_json,", ",5,unknown_field,\"email\"",
                                         ",6,not_an_object,", ",7,forbidden_tenant,"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strstr(bench_rejects(&bench), wanted[i]) == NULL)
            test_fail(__FILE__, __LINE__, "no %s", wanted[i]);
    bench_close(&bench);
}

TEST(fields_that_the_tenant_declared_go_in) {
    static const char lines[] =
        "{\"id\":\"a\",\"time\":1500000000000,\"type\":\"page.viewed\",\"district\":\"north\"}\n"
        "{\"id\":\"b\",\"time\":1500000000000,\"type\":\"page.viewed\",\"colour\":\"red\"}\n";
    const struct tenant_extras extras = {
        .tenant = TENANT, .dimension_count = 1, .dimensions = {"district"}};
    struct bench bench;
    bench_open(&bench, NULL, NULL);
    bench.import.tenant = (struct slice){TENANT, 12};
    bench.import.extras = &extras;
    bench.import.extras_count = 1;
    EXPECT_OK(bench_text(&bench, "extras.ndjson", lines, sizeof lines - 1));
    EXPECT_EQ(bench.report.accepted, 1);
    EXPECT_EQ(bench.report.by_code[REJECT_UNKNOWN_FIELD], 1);
    bench_close(&bench);
}

TEST(a_line_over_the_limit_fails_with_its_number) {
    struct bench bench;
    char *text = memory_get(NDJSON_LINE_BYTES_MAX + 200000);
    memset(text, 'x', NDJSON_LINE_BYTES_MAX + 200000);
    text[0] = '\n';
    bench_open(&bench, NULL, NULL);
    EXPECT_EQ(bench_text(&bench, "long.ndjson", text, NDJSON_LINE_BYTES_MAX + 200000),
              STATUS_INVALID);
    EXPECT(strstr(bench.err.text, "line 2: over 1 MiB") != NULL);
    bench_close(&bench);
    memory_free(text);
}

/* Keeps what it is given as NDJSON, through the writer. */
struct echo {
    struct import_sink sink;
    struct text text;
};

static enum status echo_add(struct import_sink *sink, const struct event *event, uint32_t line,
                            struct error *err) {
    (void)line, (void)err;
    event_json_write(&((struct echo *)sink)->text, event);
    return STATUS_OK;
}

static enum status echo_flush(struct import_sink *sink, struct error *err) {
    (void)sink, (void)err;
    return STATUS_OK;
}

TEST(what_is_written_as_json_is_read_as_the_same_event) {
    static const char event[] =
        "{\"id\":\"a\\\"\\u00e4\",\"time\":\"2026-01-01T00:00:00.123Z\",\"type\":\"appointment."
        "confirmed\",\"subject\":\"s\\\\\",\"tenant\":\"091620000000\",\"service\":\"s\","
        "\"office\":"
        "\"o\",\"channel\":\"phone\",\"step\":\"p\",\"field\":\"f\",\"code\":\"c\",\"start\":"
        "\"2026-01-02T00:00:00.000Z\",\"link\":\"l\",\"country\":\"DE\",\"lang\":\"de\",\"device\":"
        "\"mobile\",\"value\":0.1,\"minutes\":2.5,\"recorded\":\"2026-01-01T00:00:01.000Z\"}\n";
    struct bench bench;
    struct echo first = {.sink = {.add = echo_add, .flush = echo_flush}}, second = first;
    text_init(&first.text, 1 << 16);
    text_init(&second.text, 1 << 16);
    bench_open(&bench, NULL, NULL);
    struct import_sink *own = bench.import.sink;
    bench.import.sink = &first.sink;
    EXPECT_OK(bench_text(&bench, "a.ndjson", event, sizeof event - 1));
    bench.import.sink = &second.sink;
    EXPECT_OK(bench_text(&bench, "b.ndjson", first.text.bytes, first.text.size));
    EXPECT(first.text.size > 300);
    EXPECT_TEXT(first.text.bytes, second.text.bytes);
    EXPECT_EQ(bench.report.rejected, 0);
    bench.import.sink = own;
    text_free(&first.text);
    text_free(&second.text);
    bench_close(&bench);
}

TEST(a_dry_run_judges_and_shows_and_writes_nothing) {
    struct bench bench;
    struct text text;
    char path[160], shown[4096];
    text_init(&text, 1 << 20);
    write_events(&text, 30);
    text_add_string(&text, "{\"id\":\"x\",\"time\":1,\"type\":\"nothing\"}\n");
    bench_open(&bench, NULL, NULL);
    bench_path(path, "shown");
    FILE *file = fopen(path, "w+");
    struct import_sink *own = bench.import.sink;
    bench.import.tenant = (struct slice){TENANT, 12};
    EXPECT_OK(import_sink_trial(file, 3, &bench.clock, &bench.report, &bench.import.sink, NULL));
    EXPECT_OK(bench_text(&bench, "events.ndjson", text.bytes, text.size));
    EXPECT_EQ(bench.set.count, 0);
    EXPECT_EQ(bench.report.accepted, 30);
    EXPECT_EQ(bench.report.by_code[REJECT_UNKNOWN_TYPE], 1);
    rewind(file);
    size_t size = fread(shown, 1, sizeof shown - 1, file), lines = 0;
    for (size_t i = 0; i < size; i++) lines += shown[i] == '\n';
    EXPECT_EQ(lines, 3);
    import_sink_close(bench.import.sink);
    bench.import.sink = own;
    (void)fclose(file);
    text_free(&text);
    bench_close(&bench);
}

TEST(formats_are_recognised_by_name_and_else_by_the_first_byte) {
    static const struct {
        const char *path, *first;
        enum file_format format;
    } files[] = {{"a.CSV", "<", FORMAT_CSV},          {"a.xes.gz", "", FORMAT_XES},
                 {"a.jsonl.zst", "<", FORMAT_NDJSON}, {"-", "  <?xml", FORMAT_XES},
                 {"a.gz", "{\"id\"", FORMAT_NDJSON},  {"a", "\xEF\xBB\xBF<log", FORMAT_XES},
                 {"a", "id,b", FORMAT_CSV},           {"a", "", FORMAT_NDJSON}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        EXPECT_EQ(import_recognise(files[i].path, files[i].first, strlen(files[i].first)),
                  files[i].format);
}
