/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: what is answered is exactly what docs/API.md describes.
 * Method: a result by hand with every kind of cell, its JSON and CSV byte for byte; the catalogue
 * read back and compared with the definitions. */
#include "dashboard/rendering.h"

#include "base/json.h"
#include "event/column.h"
#include "tests/test.h"

static const struct result_column columns[] = {
    {"service", ""}, {"month", ""}, {"value", "s"}, {"n", "count"}, {"state", ""}};
static const struct cell cells[] = {{CELL_TEXT, .text = "pass, \"neu\"\n"},
                                    {CELL_TEXT, .text = "2026-01"},
                                    {CELL_NUMBER, .number = 943200.5},
                                    {CELL_INTEGER, .integer = 412},
                                    {CELL_TEXT, .text = "ok"},
                                    {CELL_ABSENT, .integer = 0},
                                    {CELL_TEXT, .text = "2026-02"},
                                    {CELL_NUMBER, .number = INFINITY},
                                    {CELL_INTEGER, .integer = 0},
                                    {CELL_TEXT, .text = "no_data"}};
static const struct result_note notes[] = {{"method", "\"type 7\""}};

static const struct kpi_definition definition = {
    .id = "x",
    .version = 3,
    .unit = "s",
    .direction = KPI_LOWER_IS_BETTER,
    .name = {"Dauer", "Time", "Süre", "مدة"},
    .explanation = {"d.", "e.", "t.", "a."},
    .population = {"q", "r", "p", "s"},
    .formula = {"q", "r", "f", "s"},
    .exclusions = {"q", "r", "e", "s"},
    .views = 3,
};

static struct result hand_made(void) {
    return (struct result){.definition = &definition,
                           .view = VIEW_INTAKE,
                           .from_ms = 0,
                           .to_ms = TIME_ABSENT,
                           .zone = "Europe/Berlin",
                           .calendar = "none",
                           .as_of_ms = 86400000,
                           .state = RESULT_FEW,
                           .column_count = 5,
                           .columns = columns,
                           .row_count = 2,
                           .cells = cells,
                           .note_count = 1,
                           .notes = notes};
}

TEST(json_is_as_described) {
    struct text text;
    const struct result result = hand_made();
    const struct plan plan = {.by_count = 1, .by = {DIMENSION_SERVICE}, .bucket = BUCKET_MONTH};
    text_init(&text, 1 << 20);
    rendering_json(&text, &plan, &result, LANGUAGE_TR);
    EXPECT(!text.failed);
    EXPECT_TEXT(text.bytes,
                "{\"definition\":{\"id\":\"x\",\"version\":3,\"unit\":\"s\",\"direction\":\"lower\""
                ",\"name\":\"Süre\",\"explanation\":\"t.\",\"population\":\"p\",\"formula\":\"f\","
                "\"exclusions\":\"e\",\"view\":\"intake\",\"clock\":null},"
                "\"interval\":{\"from\":\"1970-01-01T00:00:00.000Z\",\"to\":null,"
                "\"zone\":\"Europe/Berlin\"},\"calendar\":\"none\","
                "\"as_of\":\"1970-01-02T00:00:00.000Z\",\"state\":\"few\","
                "\"by\":[\"service\",\"month\"],"
                "\"columns\":[{\"name\":\"service\",\"unit\":\"\"},{\"name\":\"month\",\"unit\":"
                "\"\"},{\"name\":\"value\",\"unit\":\"s\"},{\"name\":\"n\",\"unit\":\"count\"},"
                "{\"name\":\"state\",\"unit\":\"\"}],"
                "\"rows\":[{\"service\":\"pass, \\\"neu\\\"\\n\",\"month\":\"2026-01\","
                "\"value\":943200.5,\"n\":412,\"state\":\"ok\"},"
                "{\"service\":null,\"month\":\"2026-02\",\"value\":null,\"n\":0,\"state\":"
                "\"no_data\"}],"
                "\"notes\":[{\"key\":\"method\",\"text\":\"\\\"type 7\\\"\"}]}");
    text_free(&text);
}

TEST(csv_is_as_in_rfc_4180) {
    struct text text;
    const struct result result = hand_made();
    text_init(&text, 1 << 20);
    rendering_csv(&text, &result);
    EXPECT_TEXT(text.bytes,
                "service,month,value,n,state,kpi,kpi_version,view,clock,interval_from,interval_to,"
                "zone,calendar,as_of\r\n"
                "\"pass, \"\"neu\"\"\n\",2026-01,943200.5,412,ok,x,3,intake,,"
                "1970-01-01T00:00:00.000Z,,Europe/Berlin,none,1970-01-02T00:00:00.000Z\r\n"
                ",2026-02,,0,no_data,x,3,intake,,"
                "1970-01-01T00:00:00.000Z,,Europe/Berlin,none,1970-01-02T00:00:00.000Z\r\n");
    text_free(&text);
}

TEST(an_answer_over_the_limit_fails_and_writes_nothing_more) {
    struct text text;
    const struct result result = hand_made();
    text_init(&text, 100);
    rendering_csv(&text, &result);
    rendering_csv(&text, &result);
    EXPECT(text.failed);
    EXPECT_LE(text.size, 100);
    text_free(&text);
}

TEST(the_catalogue_lists_every_definition_in_every_language) {
    struct text text;
    struct json *document;
    text_init(&text, 1 << 20);
    rendering_catalogue(&text);
    EXPECT_OK(json_parse(text.bytes, text.size, &document, NULL));
    unsigned listed = 0;
    for (const struct json *kpi = json_first(json_member(document, "kpis")); kpi != NULL;
         kpi = json_next(kpi), listed++) {
        const char *id = json_text(json_member(kpi, "id"), "");
        const struct kpi_definition *known = kpi_find(id, strlen(id));
        EXPECT(known != NULL && known->listed);
        if (known == NULL) continue;
        static const char *const languages[] = {"de", "en", "tr", "ar"};
        for (unsigned at = 0; at < LANGUAGE_COUNT; at++) {
            EXPECT_TEXT(json_text(json_member(json_member(kpi, "name"), languages[at]), ""),
                        known->name[at]);
            EXPECT_TEXT(json_text(json_member(json_member(kpi, "explanation"), languages[at]), ""),
                        known->explanation[at]);
        }
        EXPECT_EQ(json_count(json_member(kpi, "dimensions")),
                  __builtin_popcount(known->dimensions));
    }
    unsigned expected = 0;
    for (unsigned kpi = 0; kpi < KPI_COUNT; kpi++) expected += kpi_get((enum kpi_id)kpi)->listed;
    EXPECT_EQ(listed, expected);
    json_free(document);
    text_free(&text);
}
