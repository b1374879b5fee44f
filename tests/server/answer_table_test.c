/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a terminal shows figures as people say them, aligned.
 * Method: figures of every unit by hand, and two whole answers. */
#include "server/answer_table.h"

#include "base/json.h"
#include "tests/test.h"

TEST(figures_are_written_as_people_say_them) {
    static const struct {
        double value;
        const char *unit, *cell;
    } figures[] = {{0, "s", "0 s"},
                   {0.25, "s", "0.2 s"},
                   {42, "s", "42 s"},
                   {312, "s", "5 min 12 s"},
                   {3599.7, "s", "60 min 0 s"},
                   {7503.2, "s", "2 h 5 min"},
                   {86400, "s", "24 h 0 min"},
                   {1062720, "s", "12.3 days"},
                   {-7503, "s", "-2 h 5 min"},
                   {1e9, "s", "11,574.1 days"},
                   {0.0812, "ratio", "8.1 %"},
                   {0, "ratio", "0.0 %"},
                   {1, "ratio", "100.0 %"},
                   {-0.25, "ratio", "-25.0 %"},
                   {0, "count", "0"},
                   {999, "count", "999"},
                   {1000, "count", "1,000"},
                   {-1234567, "count", "-1,234,567"},
                   {1234.5, "count", "1,234.5"},
                   {184000, "EUR", "184,000.00 EUR"},
                   {-0.001, "EUR", "0.00 EUR"},
                   {12, "working_days", "12 wd"},
                   {4.257, "score", "4.26"},
                   {2026, "", "2,026"}};
    for (size_t at = 0; at < sizeof figures / sizeof *figures; at++) {
        char cell[ANSWER_TABLE_CELL_BYTES];
        answer_table_figure(figures[at].value, figures[at].unit, cell);
        EXPECT_TEXT(cell, figures[at].cell);
    }
}

#define HEAD                                                                                      \
    "{\"definition\":{\"id\":\"time\",\"version\":3,\"name\":\"Time\",\"explanation\":\"How "     \
    "long.\",\"view\":\"closing\","                                                               \
    "\"clock\":\"gross\"},\"interval\":{\"from\":null,\"to\":null,\"zone\":\"Europe/Berlin\"},"   \
    "\"as_of\":\"2026-01-01T00:00:00.000Z\",\"state\":\"ok\",\"columns\":[{\"name\":\"service\"," \
    "\"unit\":\"\"},{\"name\":\"value\",\"unit\":\"s\"},{\"name\":\"n\",\"unit\":\"count\"},"     \
    "{\"name\":\"excluded_x\",\"unit\":\"count\"},{\"name\":\"lo\",\"unit\":\"s\"}],"

static void expect_table(const char *json, size_t width, const char *table) {
    const struct answer_table_style style = {.width = width};
    struct json *answer;
    struct text text;
    struct error err = {{0}};
    text_init(&text, 1 << 20);
    EXPECT_OK(json_parse(json, strlen(json), &answer, &err));
    EXPECT_OK(answer_table_write(&text, answer, &style, &err));
    EXPECT_TEXT(text.bytes, table);
    text_free(&text);
    json_free(answer);
}

TEST(rows_are_aligned_by_characters_and_silent_columns_are_left_out) {
    expect_table(HEAD
                 "\"rows\":[{\"service\":\"Führerschein\",\"value\":7503,\"n\":1000,"
                 "\"excluded_x\":0,\"lo\":null},{\"service\":\"Pass\",\"value\":null,\"n\":0,"
                 "\"excluded_x\":0,\"lo\":null}],\"notes\":[{\"key\":\"a\",\"text\":\"b\"}]}",
                 0,
                 "Time · closing view\n"
                 "How long.\n"
                 "all data · as of 2026-01-01 01:00 · Europe/Berlin\n"
                 "time, version 3\n"
                 "\n"
                 "service           value      n\n"
                 "Führerschein  2 h 5 min  1,000\n"
                 "Pass                  –      0\n"
                 "\n"
                 "a: b\n");
}

TEST(one_row_is_a_list_of_figures) {
    expect_table(HEAD
                 "\"rows\":[{\"service\":null,\"value\":60,\"n\":5,\"excluded_x\":2,\"lo\":null}],"
                 "\"notes\":[]}",
                 0,
                 "Time · closing view\n"
                 "How long.\n"
                 "all data · as of 2026-01-01 01:00 · Europe/Berlin\n"
                 "time, version 3\n"
                 "\n"
                 "value       1 min 0 s\n"
                 "n           5\n"
                 "excluded_x  2\n");
}

TEST(what_open_cases_have_not_reached_is_more_than_the_longest_time_seen) {
    expect_table(
        "{\"definition\":{\"id\":\"time\",\"version\":3,\"name\":\"Time\",\"explanation\":\"How "
        "long.\"},\"interval\":{\"from\":null,\"to\":null,\"zone\":\"Europe/Berlin\"},\"as_of\":"
        "\"2026-01-01T00:00:00.000Z\",\"state\":\"ok\",\"columns\":[{\"name\":\"value\","
        "\"unit\":\"s\"},{\"name\":\"hi\",\"unit\":\"s\"},{\"name\":\"p90\",\"unit\":\"s\"},"
        "{\"name\":\"longest\",\"unit\":\"s\"}],\"rows\":[{\"value\":60,\"hi\":null,\"p90\":null,"
        "\"longest\":864000},{\"value\":null,\"hi\":null,\"p90\":null,\"longest\":172800},"
        "{\"value\":null,\"hi\":null,\"p90\":null,\"longest\":null}],\"notes\":[]}",
        0,
        "Time\n"
        "How long.\n"
        "all data · as of 2026-01-01 01:00 · Europe/Berlin\n"
        "time, version 3\n"
        "\n"
        "     value          p90    longest\n"
        " 1 min 0 s  > 10.0 days  10.0 days\n"
        "> 2.0 days   > 2.0 days   2.0 days\n"
        "         –            –          –\n");
}

TEST(a_narrow_window_leaves_out_the_least_important_columns) {
    expect_table(HEAD
                 "\"rows\":[{\"service\":\"A\",\"value\":1,\"n\":1,\"excluded_x\":5,\"lo\":1},"
                 "{\"service\":\"B\",\"value\":2,\"n\":2,\"excluded_x\":0,\"lo\":2}],\"notes\":[]}",
                 25,
                 "Time · closing view\n"
                 "How long.\n"
                 "all data · as of 2026-01-01 01:00 · Europe/Berlin\n"
                 "time, version 3\n"
                 "\n"
                 "service  value  n   lo\n"
                 "A          1 s  1  1 s\n"
                 "B          2 s  2  2 s\n"
                 "(1 more column in a wider window, and with --format csv or json)\n");
}

TEST(only_columns_of_just_that_name_are_unimportant) {
    expect_table(
        "{\"definition\":{\"id\":\"time\",\"version\":3,\"name\":\"Steps\",\"explanation\":\"What."
        "\"}"
        ",\"interval\":{\"zone\":\"Europe/Berlin\"},\"as_of\":\"2026-04-01T10:15:00.000Z\","
        "\"columns\":[{\"name\":\"lost\",\"unit\":\"count\"},{\"name\":\"lo\",\"unit\":\"count\"},"
        "{\"name\":\"minutes\",\"unit\":\"count\"},{\"name\":\"min\",\"unit\":\"count\"}],"
        "\"rows\":[{\"lost\":1,\"lo\":2,\"minutes\":3,\"min\":4},"
        "{\"lost\":5,\"lo\":6,\"minutes\":7,\"min\":8}],\"notes\":[]}",
        14,
        "Steps\n"
        "What.\n"
        "all data · as of 2026-04-01 12:15 · Europe/Berlin\n"
        "time, version 3\n"
        "\n"
        "lost  minutes\n"
        "   1        3\n"
        "   5        7\n"
        "(2 more columns in a wider window, and with --format csv or json)\n");
}

TEST(rows_of_another_kind_are_another_table) {
    expect_table(
        "{\"definition\":{\"id\":\"time\",\"version\":3,\"name\":\"ROI\",\"explanation\":\"What.\"}"
        ",\"interval\":{\"from\":"
        "\"2025-12-31T23:00:00.000Z\",\"to\":\"2026-03-31T22:00:00.000Z\",\"zone\":"
        "\"Europe/Berlin\"},\"as_of\":\"2026-04-01T10:15:00.000Z\",\"state\":\"few\","
        "\"columns\":[{\"name\":\"kind\",\"unit\":\"\"},{\"name\":\"value\",\"unit\":\"ratio\"},"
        "{\"name\":\"net\",\"unit\":\"EUR\"}],\"rows\":[{\"kind\":\"total\",\"value\":0.5,"
        "\"net\":null},{\"kind\":\"year\",\"value\":null,\"net\":-1},{\"kind\":\"year\","
        "\"value\":null,\"net\":2}],\"notes\":[]}",
        0,
        "ROI\n"
        "What.\n"
        "2026-01-01 to before 2026-04-01 · as of 2026-04-01 12:15 · Europe/Berlin\n"
        "time, version 3\n"
        "Some figures rest on fewer than 30 units.\n"
        "\n"
        "kind   total\n"
        "value  50.0 %\n"
        "\n"
        "kind        net\n"
        "year  -1.00 EUR\n"
        "year   2.00 EUR\n");
}

TEST(no_row_is_said_in_words_and_no_answer_is_refused) {
    struct json *answer;
    struct text text;
    expect_table(HEAD "\"rows\":[],\"notes\":[]}", 0,
                 "Time · closing view\n"
                 "How long.\n"
                 "all data · as of 2026-01-01 01:00 · Europe/Berlin\n"
                 "time, version 3\n");
    text_init(&text, 1 << 20);
    EXPECT_OK(json_parse("{\"kpis\":[]}", 11, &answer, NULL));
    EXPECT_EQ(answer_table_write(&text, answer, &(struct answer_table_style){0}, NULL),
              STATUS_INVALID);
    json_free(answer);
    text_free(&text);
}
