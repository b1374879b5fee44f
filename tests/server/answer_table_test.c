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
    "{\"definition\":{\"name\":\"Time\",\"explanation\":\"How long.\",\"view\":\"closing\","      \
    "\"clock\":\"gross\"},\"interval\":{\"from\":null,\"to\":null,\"zone\":\"Europe/Berlin\"},"   \
    "\"as_of\":\"2026-01-01T00:00:00.000Z\",\"state\":\"ok\",\"columns\":[{\"name\":\"service\"," \
    "\"unit\":\"\"},{\"name\":\"value\",\"unit\":\"s\"},{\"name\":\"n\",\"unit\":\"count\"},"     \
    "{\"name\":\"excluded_x\",\"unit\":\"count\"},{\"name\":\"lo\",\"unit\":\"s\"}],"

static void expect_table(const char *json, const char *table) {
    struct json *answer;
    struct text text;
    struct error err = {{0}};
    text_init(&text, 1 << 20);
    EXPECT_OK(json_parse(json, strlen(json), &answer, &err));
    EXPECT_OK(answer_table_write(&text, answer, false, &err));
    EXPECT_TEXT(text.bytes, table);
    text_free(&text);
    json_free(answer);
}

TEST(rows_are_aligned_by_characters_and_silent_columns_are_left_out) {
    expect_table(HEAD
                 "\"rows\":[{\"service\":\"Führerschein\",\"value\":7503,\"n\":1000,"
                 "\"excluded_x\":0,\"lo\":null},{\"service\":\"Pass\",\"value\":null,\"n\":0,"
                 "\"excluded_x\":0,\"lo\":null}],\"notes\":[{\"key\":\"a\",\"text\":\"b\"}]}",
                 "Time · closing view · ok\n"
                 "How long.\n"
                 "all data · Europe/Berlin · as of 2026-01-01T00:00:00.000Z\n"
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
                 "Time · closing view · ok\n"
                 "How long.\n"
                 "all data · Europe/Berlin · as of 2026-01-01T00:00:00.000Z\n"
                 "\n"
                 "value       1 min 0 s\n"
                 "n           5\n"
                 "excluded_x  2\n");
}

TEST(no_row_is_said_in_words_and_no_answer_is_refused) {
    struct json *answer;
    struct text text;
    expect_table(HEAD "\"rows\":[],\"notes\":[]}",
                 "Time · closing view · ok\n"
                 "How long.\n"
                 "all data · Europe/Berlin · as of 2026-01-01T00:00:00.000Z\n"
                 "\n"
                 "There is nothing to count: no unit of the data is in question.\n");
    text_init(&text, 1 << 20);
    EXPECT_OK(json_parse("{\"kpis\":[]}", 11, &answer, NULL));
    EXPECT_EQ(answer_table_write(&text, answer, false, NULL), STATUS_INVALID);
    json_free(answer);
    text_free(&text);
}
