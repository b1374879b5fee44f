/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: any table that is written by the rules of RFC 4180 is read back value for value, in
 * whatever pieces it arrives; what breaks the rules is told with its line. Method: random tables
 * with awkward values, written with random quoting and line ends. */
#include "ingest/csv.h"

#include "base/memory.h"
#include "base/text.h"
#include "tests/test.h"

struct source {
    const char *bytes;
    size_t size, at;
    uint64_t seed; /* 0: all at once */
};

static enum status read_source(void *context, char *buffer, size_t capacity, size_t *size,
                               struct error *err) {
    (void)err;
    struct source *source = context;
    *size = source->size - source->at;
    if (*size > capacity) *size = capacity;
    if (source->seed != 0 && *size > 0) *size = 1 + test_random(&source->seed) % *size % 7;
    memcpy(buffer, source->bytes + source->at, *size);
    source->at += *size;
    return STATUS_OK;
}

enum { ROWS = 12, COLUMNS = 5, VALUE_BYTES = 24 };

struct table {
    unsigned columns, rows;
    char values[ROWS][COLUMNS][VALUE_BYTES];
};

static void make_value(char *value, uint64_t *seed) {
    static const char *const pieces[] = {"a",  "bc",   ",", ";",        "\"",
                                         "\n", "\r\n", " ", "\xC3\xA4", "\"\""};
    value[0] = '\0';
    for (uint64_t i = test_random(seed) % 8; i > 0; i--)
        strcat(value, pieces[test_random(seed) % 10]);
}

static void write_value(struct text *text, const char *value, char delimiter, uint64_t *seed) {
    const char special[] = {delimiter, '"', '\n', '\r', '\0'};
    bool needed = strpbrk(value, special) != NULL;
    if (!needed && test_random(seed) % 2 == 0) {
        text_add_string(text, value);
        return;
    }
    text_add_string(text, "\"");
    for (; *value != '\0'; value++)
        text_add_format(text, "%s%c", *value == '"' ? "\"" : "", *value);
    text_add_string(text, "\"");
}

static void write_table(struct text *text, const struct table *table, char delimiter,
                        uint64_t *seed) {
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    const char *end = ends[test_random(seed) % 3];
    text_add_string(text, test_random(seed) % 2 == 0 ? "\xEF\xBB\xBF" : "");
    for (unsigned r = 0; r < table->rows; r++) {
        for (unsigned c = 0; c < table->columns; c++) {
            if (c > 0) text_add(text, &delimiter, 1);
            write_value(text, table->values[r][c], delimiter, seed);
        }
        if (r + 1 < table->rows || test_random(seed) % 2 == 0) text_add_string(text, end);
    }
}

TEST(random_tables_are_read_back_value_for_value) {
    for (uint64_t seed = 1; seed <= 2000 && test_failures == 0; seed++) {
        static struct table table;
        uint64_t state = seed;
        char delimiter = ",;\t"[test_random(&state) % 3];
        table.columns = 2 + (unsigned)(test_random(&state) % (COLUMNS - 1));
        table.rows = (unsigned)(test_random(&state) % (ROWS + 1));
        for (unsigned r = 0; r < table.rows; r++)
            for (unsigned c = 0; c < table.columns; c++) make_value(table.values[r][c], &state);
        struct text text;
        text_init(&text, 1 << 20);
        write_table(&text, &table, delimiter, &state);
        struct source source = {text.bytes, text.size, 0, seed % 2 == 0 ? seed : 0};
        struct csv *csv;
        struct csv_row row;
        EXPECT_OK(csv_create(read_source, &source, delimiter, false, &csv, NULL));
        for (unsigned r = 0; r < table.rows; r++) {
            EXPECT_OK(csv_next(csv, &row, NULL));
            EXPECT_EQ(row.count, table.columns);
            EXPECT(!row.malformed);
            for (unsigned c = 0; c < table.columns && c < row.count; c++) {
                char value[VALUE_BYTES * 2];
                (void)snprintf(value, sizeof value, "%.*s", (int)row.values[c].size,
                               row.values[c].bytes);
                EXPECT_TEXT(value, table.values[r][c]);
            }
        }
        EXPECT_OK(csv_next(csv, &row, NULL));
        EXPECT_EQ(row.count, 0);
        EXPECT_OK(csv_next(csv, &row, NULL)); /* the end stays the end */
        EXPECT_EQ(row.count, 0);
        if (test_failures > 0) printf("seed %llu\n", (unsigned long long)seed);
        csv_free(csv);
        text_free(&text);
    }
}

static struct csv *open_text(struct source *source, const char *text, bool windows_1252) {
    struct csv *csv;
    *source = (struct source){text, strlen(text), 0, 0};
    EXPECT_OK(csv_create(read_source, source, ',', windows_1252, &csv, NULL));
    return csv;
}

TEST(lines_are_those_of_the_file_and_blank_ones_are_passed_over) {
    struct source source;
    struct csv_row row;
    struct csv *csv = open_text(&source, "\n\na,b\r\n\"x\ny\",z\r\rc\n", false);
    const uint32_t lines[] = {3, 4, 7}, counts[] = {2, 2, 1};
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(csv_next(csv, &row, NULL));
        EXPECT_EQ(row.line, lines[i]);
        EXPECT_EQ(row.count, counts[i]);
    }
    csv_free(csv);
}

TEST(text_after_a_closing_quote_is_malformed_and_costs_one_row) {
    struct source source;
    struct csv_row row;
    struct csv *csv = open_text(&source, "\"a\"b,c\nd,e\n", false);
    EXPECT_OK(csv_next(csv, &row, NULL));
    EXPECT(row.malformed);
    EXPECT_OK(csv_next(csv, &row, NULL));
    EXPECT(!row.malformed && row.count == 2 && row.line == 2);
    csv_free(csv);
}

TEST(a_quote_that_is_never_closed_is_told_with_its_line) {
    struct source source;
    struct csv_row row;
    struct error err;
    struct csv *csv = open_text(&source, "a,b\n\"c,d\ne,f\n", false);
    EXPECT_OK(csv_next(csv, &row, &err));
    EXPECT_EQ(csv_next(csv, &row, &err), STATUS_INVALID);
    EXPECT_TEXT(err.text, "line 2: a quoted value is never closed");
    csv_free(csv);
}

TEST(a_row_over_its_limits_is_refused) {
    struct source source;
    struct csv_row row;
    struct error err;
    char *text = memory_get(CSV_ROW_BYTES_MAX + 10);
    memset(text, 'x', CSV_ROW_BYTES_MAX + 9);
    text[CSV_ROW_BYTES_MAX + 9] = '\0';
    struct csv *csv = open_text(&source, text, false);
    EXPECT_EQ(csv_next(csv, &row, &err), STATUS_INVALID);
    csv_free(csv);
    memset(text, ',', CSV_VALUES_MAX + 5);
    csv = open_text(&source, text, false);
    EXPECT_EQ(csv_next(csv, &row, &err), STATUS_INVALID);
    EXPECT(strstr(err.text, "4096 values") != NULL);
    csv_free(csv);
    memory_free(text);
}

TEST(windows_1252_becomes_utf8) {
    struct source source;
    struct csv_row row;
    struct csv *csv = open_text(&source,
                                "B\xFC"
                                "rger\x80\x92,\xDF",
                                true);
    EXPECT_OK(csv_next(csv, &row, NULL));
    EXPECT(row.count == 2 && row.values[0].size == 13 &&
           memcmp(row.values[0].bytes, "B\xC3\xBCrger\xE2\x82\xAC\xE2\x80\x99", 13) == 0);
    EXPECT(row.values[1].size == 2 && memcmp(row.values[1].bytes, "\xC3\x9F", 2) == 0);
    csv_free(csv);
}
