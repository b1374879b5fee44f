/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the monthly file has the form that was asked for, what is kept of a run reads back, and the
 * reasons of a correction add up to it. Method: fixed rows and their bytes; random runs against a
 * walk over all keys. */
#include "report/zsk.h"

#include <string.h>

#include "tests/test.h"

enum { SEEDS = 200, ROWS = 30, KEYS = 40 };

static struct arena arena;
static struct error err;

static uint64_t random_below(uint64_t *seed, uint64_t limit) {
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % limit;
}

static struct zsk_row rows_of_town[] = {{"050990000001", "99900001017000", 12},
                                        {"050990000001", "hunde;steuer", 3},
                                        {"091620000000", "99900001017000", 7}};
static struct zsk_run run_of_town(void) {
    struct zsk_run run = {.month = "2024-02",
                          .tenant = "all",
                          .number = 2,
                          .as_of = "2024-03-05T08:00:00.000Z",
                          .rows = {3, rows_of_town}};
    memset(run.sha256, 'a', SHA256_TEXT_BYTES - 1);
    return run;
}

static void expect_csv(const char *form, const char *wanted) {
    struct zsk_format format;
    struct zsk_written written;
    struct text text;
    const struct zsk_run run = run_of_town();
    text_init(&text, 1 << 16);
    EXPECT_OK(zsk_format_parse(form, strlen(form), &arena, &format, &err));
    EXPECT_OK(zsk_write_csv(&text, &format, &run, &written, &err));
    EXPECT_TEXT(text.bytes, wanted);
    text_free(&text);
}

TEST(the_form_of_the_file_is_what_was_asked_for) {
    arena_init(&arena, 1 << 20);
    expect_csv("{}",
               "Monat;ARS;Leistung;Transaktionen;Stand;Lieferung\r\n"
               "2024-02;050990000001;99900001017000;12;2024-03-05T08:00:00.000Z;2\r\n"
               "2024-02;050990000001;\"hunde;steuer\";3;2024-03-05T08:00:00.000Z;2\r\n"
               "2024-02;091620000000;99900001017000;7;2024-03-05T08:00:00.000Z;2\r\n");
    expect_csv(
        "{\"separator\":\",\",\"line_end\":\"lf\",\"leika_only\":true,"
        "\"encoding\":\"iso-8859-1\",\"columns\":[{\"name\":\"Schlüssel\",\"value\":\"leika\"},"
        "{\"name\":\"ags\",\"value\":\"ags\"},{\"name\":\"a\",\"value\":\"first_day\"},"
        "{\"name\":\"b\",\"value\":\"last_day\"},{\"name\":\"c\",\"value\":\"correction\"},"
        "{\"name\":\"d\",\"constant\":\"x \\\"y\\\"\"}]}",
        "Schl\xFCssel,ags,a,b,c,d\n"
        "99900001017000,05099001,2024-02-01,2024-02-29,yes,\"x \"\"y\"\"\"\n"
        "99900001017000,09162000,2024-02-01,2024-02-29,yes,\"x \"\"y\"\"\"\n");
    expect_csv(
        "{\"heading\":false,\"byte_order_mark\":true,"
        "\"columns\":[{\"name\":\"n\",\"value\":\"transactions\"}]}",
        "\xEF\xBB\xBF"
        "12\r\n3\r\n7\r\n");
    arena_free(&arena);
}

static void expect_refused(const char *form, const char *why) {
    struct zsk_format format;
    EXPECT_EQ(zsk_format_parse(form, strlen(form), &arena, &format, &err), STATUS_INVALID);
    if (strstr(err.text, why) == NULL) EXPECT_TEXT(err.text, why);
}

TEST(a_wrong_form_is_refused_with_its_key) {
    arena_init(&arena, 1 << 20);
    expect_refused("[]", "object");
    expect_refused("{\"seperator\":\";\"}", "seperator");
    expect_refused("{\"separator\":\"ab\"}", "separator");
    expect_refused("{\"separator\":\"\\\"\"}", "separator");
    expect_refused("{\"encoding\":\"ascii\"}", "encoding");
    expect_refused("{\"line_end\":\"cr\"}", "line_end");
    expect_refused("{\"heading\":1}", "heading");
    expect_refused("{\"columns\":[]}", "columns");
    expect_refused("{\"columns\":[{\"name\":\"a\",\"value\":\"people\"}]}", "people");
    expect_refused("{\"columns\":[{\"name\":\"a\"}]}", "constant");
    expect_refused("{\"encoding\":\"iso-8859-1\",\"byte_order_mark\":true}", "byte_order_mark");
    arena_free(&arena);
}

TEST(a_text_that_the_encoding_lacks_is_refused) {
    static const char form[] =
        "{\"encoding\":\"iso-8859-1\",\"columns\":[{\"name\":\"a\",\"constant\":\"\\u20ac\"}]}";
    struct zsk_format format;
    struct zsk_written written;
    struct text text;
    const struct zsk_run run = run_of_town();
    arena_init(&arena, 1 << 20);
    text_init(&text, 1 << 16);
    EXPECT_OK(zsk_format_parse(form, strlen(form), &arena, &format, &err));
    EXPECT_EQ(zsk_write_csv(&text, &format, &run, &written, &err), STATUS_INVALID);
    text_free(&text);
    arena_free(&arena);
}

/* Some of KEYS keys, in order. */
static struct zsk_rows random_rows(uint64_t *seed) {
    struct zsk_rows rows = {.rows = arena_push_array(&arena, struct zsk_row, KEYS)};
    CHECK(rows.rows != NULL);
    for (int key = 0; key < KEYS; key++) {
        if (random_below(seed, 2) == 0) continue;
        struct zsk_row *row = &rows.rows[rows.count++];
        row->ars = arena_format(&arena, "%012d", key / 8);
        row->service = arena_format(&arena, "service-%d", key % 8);
        row->transactions = 1 + (int64_t)random_below(seed, 3);
    }
    return rows;
}

static int64_t find(const struct zsk_rows *rows, const char *ars, const char *service) {
    for (uint32_t i = 0; i < rows->count; i++)
        if (strcmp(rows->rows[i].ars, ars) == 0 && strcmp(rows->rows[i].service, service) == 0)
            return rows->rows[i].transactions;
    return 0;
}

TEST(the_reasons_of_a_correction_add_up_to_it) {
    for (uint64_t s = 1; s <= SEEDS; s++) {
        uint64_t seed = s;
        struct zsk_changes changes;
        uint32_t differ = 0;
        arena_init(&arena, 4 << 20);
        const struct zsk_rows sent = random_rows(&seed), then = random_rows(&seed);
        const struct zsk_rows now = random_rows(&seed);
        EXPECT_OK(zsk_compare(&sent, &then, &now, &arena, &changes, &err));
        for (int key = 0; key < KEYS; key++) {
            const char *ars = arena_format(&arena, "%012d", key / 8);
            const char *service = arena_format(&arena, "service-%d", key % 8);
            differ += find(&sent, ars, service) != find(&now, ars, service);
        }
        EXPECT_EQ(changes.count, differ);
        for (uint32_t i = 0; i < changes.count; i++) {
            const struct zsk_change *change = &changes.changes[i];
            EXPECT_EQ(change->sent, find(&sent, change->ars, change->service));
            EXPECT_EQ(change->now, find(&now, change->ars, change->service));
            EXPECT_EQ(change->late + change->restated, change->now - change->sent);
            EXPECT_EQ(change->late, change->now - find(&then, change->ars, change->service));
        }
        arena_free(&arena);
    }
}

TEST(what_is_kept_of_a_run_reads_back) {
    struct text text;
    struct zsk_run back;
    const struct zsk_run run = run_of_town();
    struct zsk_change change = {.ars = "091620000000", .service = "x", .sent = 2, .now = 3};
    const struct zsk_changes changes = {1, &change};
    arena_init(&arena, 1 << 20);
    text_init(&text, 1 << 16);
    zsk_write_run(&text, &run, &changes, "2024-03-01T00:00:00.000Z");
    EXPECT_OK(zsk_read_run(text.bytes, text.size, &arena, &back, &err));
    EXPECT_TEXT(back.month, run.month);
    EXPECT_TEXT(back.as_of, run.as_of);
    EXPECT_TEXT(back.sha256, run.sha256);
    EXPECT_EQ(back.number, run.number);
    EXPECT_EQ(back.rows.count, run.rows.count);
    for (uint32_t i = 0; i < back.rows.count; i++) {
        EXPECT_TEXT(back.rows.rows[i].service, run.rows.rows[i].service);
        EXPECT_EQ(back.rows.rows[i].transactions, run.rows.rows[i].transactions);
    }
    for (size_t size = 0; size + 2 < text.size; size++) /* the last is the line end */
        EXPECT(zsk_read_run(text.bytes, size, &arena, &back, &err) != STATUS_OK);
    text_free(&text);
    arena_free(&arena);
}
