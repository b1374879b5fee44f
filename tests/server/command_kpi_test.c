/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: pegel kpi answers from data at rest, says what is wrong with a question, and ends with a
 * code that scripts can use. (Beside a running server: api_test.c.)
 * Method: the command in a process of its own, on a folder that a server left. */
#include "tests/server/command_run.h"
#include "tests/server/served.h"
#include "tests/test.h"

enum { OUTPUT_BYTES = 65536 };
static char output[OUTPUT_BYTES];

/* What `pegel kpi ...` printed, both ways, is in `output`. */
#define RUN(...) \
    command_run(command_kpi, "kpi", (const char *const[]){__VA_ARGS__, NULL}, output, sizeof output)

static void expect_said(int code, int expected, const char *text) {
    EXPECT_EQ(code, expected);
    if (strstr(output, text) == NULL) EXPECT_TEXT(output, text);
}

static const char *empty_data(void) {
    static struct served served;
    if (served.data != NULL) return served.data;
    served.data = test_folder();
    EXPECT(served_start(&served));
    served_stop(&served);
    return served.data;
}

TEST(without_an_id_the_catalogue_is_listed) {
    expect_said(RUN("--lang", "de"), COMMAND_OK, "processing_time");
    EXPECT(strstr(output, "inventory") == NULL); /* not for people */
}

TEST(data_without_events_has_an_answer) {
    const char *data = empty_data();
    expect_said(RUN("processing_time", "--data", data), COMMAND_OK,
                "No unit of the data is in question.");
    expect_said(RUN("processing_time", "--data", data, "--format", "json"), COMMAND_OK,
                "\"state\":\"no_data\"");
    expect_said(RUN("no_show", "--data", data, "--by", "office", "--format", "csv"), COMMAND_OK,
                "office,value,lo,hi,");
}

TEST(a_wrong_question_is_told_and_changes_the_code) {
    const char *data = empty_data();
    expect_said(RUN("speed", "--data", data), COMMAND_MISUSED, "there is no KPI \"speed\"");
    expect_said(RUN("backlog"), COMMAND_MISUSED, "--data DIR");
    expect_said(RUN("backlog", "no_show", "--data", data), COMMAND_MISUSED, "one word too many");
    expect_said(RUN("backlog", "--data", data, "--format", "xml"), COMMAND_MISUSED, "--format");
    expect_said(RUN("backlog", "--data", data, "--lang", "fr"), COMMAND_MISUSED, "lang");
    expect_said(RUN("backlog", "--data", data, "--by", "weather"), COMMAND_FAILED, "weather");
    expect_said(RUN("backlog", "--data", data, "--from", "soon"), COMMAND_FAILED, "from");
    expect_said(RUN("backlog", "--data", "/nowhere"), COMMAND_FAILED, "/nowhere");
    expect_said(RUN("roi", "--data", data, "--assumptions", "/nowhere"), COMMAND_FAILED,
                "/nowhere");
    expect_said(RUN("backlog", "--data", data, "--config", "/nowhere"), COMMAND_FAILED, "/nowhere");
}
