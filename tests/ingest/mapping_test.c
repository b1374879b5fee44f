/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a mapping file that cannot be right is refused with a sentence that names the key, and the
 * forms of time that files have are read as they are meant.
 * Method: tables of wrong files and of times; the example files of the documentation are right. */
#include "ingest/mapping.h"

#include "base/memory.h"
#include "tests/test.h"

#define EVENTS    "\"events\":[{\"type\":\"case.received\",\"time\":\"t\"}]"
#define CSV(rest) "{\"format\":\"csv\"," rest "}"

TEST(a_wrong_mapping_file_is_refused_by_the_name_of_the_key) {
    static const struct {
        const char *json, *words;
    } faults[] = {
        {"", "mapping"},
        {"[]", "must be an object"},
        {"{", "mapping"},
        {"{\"format\":\"xml\"}", "format"},
        {"{\"evnets\":[]}", "no key \"evnets\""},
        {CSV("\"x\":1"), "\"x\""},
        {CSV("\"fields\":{}"), "events"},
        {CSV("\"events\":[]"), "events"},
        {CSV("\"events\":[{\"type\":\"case.recieved\",\"time\":\"t\"}]"), "case.recieved"},
        {CSV("\"events\":[{\"time\":\"t\"}]"), "type"},
        {CSV("\"events\":[{\"type\":\"case.received\"}]"), "has no \"time\""},
        {CSV("\"events\":[{\"type\":\"case.received\",\"time\":\"t\",\"when\":\"first\"}]"),
         "when"},
        {CSV("\"events\":[{\"type\":\"case.received\",\"time\":\"t\",\"when\":{\"is\":[]}}]"),
         "when"},
        {CSV("\"events\":[{\"type\":\"case.received\",\"time\":\"t\",\"when\":{\"column\":\"c\","
             "\"is\":[1]}}]"),
         "is"},
        {CSV("\"fields\":{\"colour\":\"c\"}," EVENTS), "colour"},
        {CSV("\"fields\":{\"id\":\"c\"}," EVENTS), "\"id\""},
        {CSV("\"fields\":{\"office\":7}," EVENTS), "office"},
        {CSV("\"fields\":{\"office\":{\"event\":\"c\"}}," EVENTS), "\"column\" is for csv"},
        {CSV("\"fields\":{\"office\":{\"column\":\"c\",\"constant\":\"d\"}}," EVENTS), "office"},
        {CSV("\"fields\":{\"office\":{\"column\":\"c\",\"values\":[]}}," EVENTS), "values"},
        {CSV("\"fields\":{\"office\":{\"column\":\"c\",\"values\":{\"a\":1}}}," EVENTS), "values"},
        {CSV("\"fields\":{\"office\":{\"column\":\"c\",\"others\":\"keep\"}}," EVENTS), "others"},
        {CSV("\"fields\":{\"office\":{\"column\":\"c\",\"values\":{},\"others\":\"x\"}}," EVENTS),
         "others"},
        {CSV("\"fields\":{\"office\":\"org:resource\"}," EVENTS), "never read"},
        {CSV("\"fields\":{\"office\":\"Org:Resource\"}," EVENTS), "never read"},
        {CSV("\"delimiter\":\"ab\"," EVENTS), "delimiter"},
        {CSV("\"delimiter\":\"\\\"\"," EVENTS), "delimiter"},
        {CSV("\"encoding\":\"klingon\"," EVENTS), "encoding"},
        {CSV("\"time\":{\"format\":\"%Q\"}," EVENTS), "%Q"},
        {CSV("\"time\":{\"format\":\"%H:%M\"}," EVENTS), "no %Y"},
        {CSV("\"time\":{\"format\":\"%Y %I\"}," EVENTS), "%p"},
        {CSV("\"time\":{\"zone\":\"Europe/Berln\"}," EVENTS), "Berln"},
        {CSV("\"time\":{\"zone\":\"+1\"}," EVENTS), "+1"},
        {CSV("\"order\":[\"case.nothing\"]," EVENTS), "order"},
        {CSV("\"id\":{}," EVENTS), "id"},
        {CSV("\"columns\":\"a\"," EVENTS), "columns"},
        {CSV("\"source\":1," EVENTS), "source"},
        {CSV("\"source\":\"Town Hall\"," EVENTS), "source"},
        {CSV("\"source\":\"\"," EVENTS), "source"},
        {"{\"format\":\"xes\",\"events\":[{\"type\":\"case.received\",\"time\":\"t\"}]}",
         "time of its own"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct mapping *mapping;
        struct error err = {""};
        EXPECT_EQ(
            mapping_parse(faults[i].json, strlen(faults[i].json), FORMAT_UNKNOWN, &mapping, &err),
            STATUS_INVALID);
        EXPECT(mapping == NULL);
        if (strstr(err.text, faults[i].words) == NULL)
            test_fail(__FILE__, __LINE__, "%s: says \"%s\"", faults[i].json, err.text);
    }
}

TEST(a_mapping_for_another_format_is_refused) {
    struct mapping *mapping;
    struct error err = {""};
    const char *json = CSV(EVENTS);
    EXPECT_EQ(mapping_parse(json, strlen(json), FORMAT_XES, &mapping, &err), STATUS_INVALID);
    EXPECT_TEXT(err.text, "mapping: is for csv files, not for xes");
}

TEST(the_examples_of_the_documentation_are_right) {
    static const char *const files[] = {"boston311", "wabo", "bpic15"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct mapping *mapping;
        struct error err = {""};
        char path[4096];
        (void)snprintf(path, sizeof path, PEGEL_SOURCE_DIR "/docs/examples/%s.map.json", files[i]);
        EXPECT_OK(mapping_load(path, FORMAT_UNKNOWN, &mapping, &err));
        EXPECT_TEXT(err.text, "");
        EXPECT(mapping != NULL && !mapping_lacks_service(mapping));
        mapping_free(mapping);
    }
}

TEST(a_refused_allocation_is_no_memory_and_nothing_leaks) {
    const char *json = CSV("\"fields\":{\"office\":\"o\"}," EVENTS);
    for (size_t after = 0; after < 1000; after++) {
        struct mapping *mapping;
        memory_fail_after(after);
        enum status status = mapping_parse(json, strlen(json), FORMAT_UNKNOWN, &mapping, NULL);
        memory_fail_after(SIZE_MAX);
        mapping_free(mapping);
        if (status == STATUS_OK) return;
        EXPECT_EQ(status, STATUS_NO_MEMORY);
    }
    EXPECT(false);
}

static bool parse(const char *pattern, const char *zone, const char *text, int64_t *utc_ms) {
    struct arena arena;
    struct time_format format;
    arena_init(&arena, 1 << 20);
    EXPECT_OK(time_format_make(pattern, zone, &arena, &format, NULL));
    bool done = time_format_parse(&format, (struct slice){text, (uint32_t)strlen(text)}, utc_ms);
    arena_free(&arena);
    return done;
}

TEST(times_are_read_as_their_format_means_them) {
    static const struct {
        const char *pattern, *zone, *text;
        int64_t utc_ms;
    } times[] = {
        {NULL, NULL, " 2020-01-01T00:00:00+01:00 ", 1577833200000},
        {"%Y-%m-%d %H:%M:%S", NULL, "2020-01-01 00:00:00", 1577836800000},
        {"%Y-%m-%d", "UTC", "2020-01-01", 1577836800000},
        {"%m/%d/%Y %I:%M:%S %p", "UTC", "01/01/2015 12:20:09 AM", 1420071609000},
        {"%m/%d/%Y %I:%M:%S %p", "UTC", "1/1/2015 12:20:09 pm", 1420114809000},
        {"%m/%d/%Y %I:%M:%S %p", "UTC", "01/01/2015 1:20:09PM", 1420118409000},
        {"%d.%m.%Y %H:%M", "+01:00", "1.1.2020 00:00", 1577833200000},
        {"%d.%m.%Y %H:%M", "-0100", "1.1.2020 00:00", 1577840400000},
        {"%d.%m.%Y %H:%M", "Europe/Berlin", "1.7.2020 00:00", 1593554400000},
        {"%Y-%m-%dT%H:%M:%S.%f%z", "Europe/Berlin", "2020-01-01T00:00:00.1239Z", 1577836800123},
        {"%s", NULL, "1577836800", 1577836800000},
        {"%s.%f", NULL, "1577836800.5", 1577836800500},
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int64_t utc_ms = -1;
        if (!parse(times[i].pattern, times[i].zone, times[i].text, &utc_ms))
            test_fail(__FILE__, __LINE__, "%s is not read", times[i].text);
        EXPECT_EQ(utc_ms, times[i].utc_ms);
    }
}

TEST(what_is_no_such_time_is_not_read) {
    static const char *const texts[][2] = {{"%Y-%m-%d", "2020-02-30"},
                                           {"%Y-%m-%d", "2020-13-01"},
                                           {"%Y-%m-%d", "2020-01-01x"},
                                           {"%Y-%m-%d", "20-01-01"},
                                           {"%Y-%m-%d", "x"},
                                           {"%Y-%m-%d", ""},
                                           {"%Y-%m-%d %H", "2020-1-1 24"},
                                           {"%Y %I%p", "2020 13PM"},
                                           {"%Y %I%p", "2020 0AM"},
                                           {"%Y %I%p", "2020 1XM"},
                                           {"%Y%z", "2020+25:00"},
                                           {"%Y%z", "2020"},
                                           {"%s", "-5"},
                                           {"%s", "9999999999999"},
                                           {"%Y%%", "2020"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t utc_ms = -1;
        if (parse(texts[i][0], NULL, texts[i][1], &utc_ms))
            test_fail(__FILE__, __LINE__, "%s is read as %s", texts[i][1], texts[i][0]);
        EXPECT_EQ(utc_ms, -1);
    }
}
