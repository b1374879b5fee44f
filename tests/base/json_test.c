/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/json.h"

#include <stdlib.h>

#include "base/memory.h"
#include "tests/test.h"

/* Goal: exactly RFC 8259 is JSON, with the limits that json.h names. Method: the cases in which
 * parsers are known to differ, each cut out of a document, and a count of every failing allocation.
 */

static enum status parse(const char *text, size_t size, struct json **out) {
    char *exact = malloc(size > 0 ? size : 1); /* so that a read past the end is seen */
    memcpy(exact, text, size);
    struct error err = {.text = ""};
    enum status status = json_parse(exact, size, out, &err);
    EXPECT_EQ(status == STATUS_OK, *out != NULL);
    EXPECT_EQ(status == STATUS_OK, err.text[0] == '\0');
    free(exact);
    return status;
}

TEST(json_takes_what_the_grammar_takes) {
    const char *const texts[] = {"null",
                                 " true ",
                                 "false\n",
                                 "0",
                                 "-0",
                                 "-0.0",
                                 "1e5",
                                 "1E+05",
                                 "12.50e-3",
                                 "\"\"",
                                 "[]",
                                 "{}",
                                 "[ 1 , [ ] , { \"a\" : null } ]",
                                 "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00fc\\ud83d\\ude00\"",
                                 "\"\xc3\xbc\xf0\x9f\x98\x80\x7f\"",
                                 "{\"a\":1,\"a\":2}",
                                 "{\"\":0}",
                                 "\t\r\n 1",
                                 "123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json *document;
        if (parse(texts[i], strlen(texts[i]), &document) != STATUS_OK)
            test_fail(__FILE__, __LINE__, "refused: %s", texts[i]);
        json_free(document);
    }
}

TEST(json_refuses_what_the_grammar_refuses) {
    const char *const texts[] = {
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "01",
        "-",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "-01",
        "0x10",
        "1 2",
        "NaN",
        "Infinity",
        "'a'",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud83d\"",
        "\"\\ude00\"",
        "\"\\ud83d\\ud83d\"",
        "\"\\ud83dx\"",
        "\"\\u0000\"",
        "\"a\nb\"",
        "\"\x01\"",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\":1]",
        "{\"a\"::1}",
        "[1]x",
        "\x01[1]",
        "\xef\xbb\xbf[]",
        "\"\xff\"",
        "\"\xc3\"",
        "\"\xed\xa0\x80\"",
        "//\n1",
        "1/**/",
        "1234567890123456789012345678901234567890123456789012345678901234"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json *document;
        if (parse(texts[i], strlen(texts[i]), &document) != STATUS_INVALID)
            test_fail(__FILE__, __LINE__, "taken: %s", texts[i]);
    }
    struct json *document;
    EXPECT_EQ(parse("1\0", 2, &document), STATUS_INVALID);
    EXPECT_EQ(parse("\"\\\0\"", 4, &document), STATUS_INVALID);
}

TEST(json_says_where_the_fault_is) {
    struct json *document;
    struct error err;
    EXPECT_EQ(json_parse("{\"a\":tru}", 9, &document, &err), STATUS_INVALID);
    EXPECT_TEXT(err.text, "json: byte 5: a value expected");
    EXPECT_EQ(json_parse("[1] 2", 5, &document, &err), STATUS_INVALID);
    EXPECT_TEXT(err.text, "json: byte 4: more after the end of the document");
    EXPECT_EQ(json_parse("[\"\xff\"]", 5, &document, &err), STATUS_INVALID);
    EXPECT_TEXT(err.text, "json: byte 2 is not UTF-8");
}

TEST(json_stops_at_its_depth) {
    for (int object = 0; object < 2; object++) {
        for (int depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
            char text[1024];
            size_t size = 0;
            for (int i = 0; i < depth; i++)
                size += (size_t)snprintf(text + size, sizeof text - size, object ? "{\"a\":" : "[");
            text[size++] = '1';
            for (int i = 0; i < depth; i++) text[size++] = object ? '}' : ']';
            struct json *document;
            EXPECT_EQ(parse(text, size, &document),
                      depth <= JSON_DEPTH_MAX ? STATUS_OK : STATUS_INVALID);
            json_free(document);
        }
    }
}

TEST(json_members_and_elements_are_found_in_order) {
    static const char text[] =
        "{\"Name\":\"x\",\"name\":\"b\\u00fcro\",\"n\":-2.5,\"yes\":true,\"no\":false,\"nil\":null,"
        "\"list\":[1,\"two\",[]]}";
    struct json *document;
    EXPECT_OK(parse(text, sizeof text - 1, &document));
    EXPECT_EQ(json_kind(document), JSON_OBJECT);
    EXPECT_EQ(json_count(document), 7);
    EXPECT_TEXT(json_text(json_member(document, "name"), "?"), "b\xc3\xbcro");
    EXPECT_TEXT(json_text(json_member(document, "NAME"), "?"), "?");
    EXPECT_TEXT(json_text(json_member(document, "n"), "?"), "?");
    EXPECT_NEAR(json_number(json_member(document, "n"), 0), -2.5, 0);
    EXPECT_NEAR(json_number(json_member(document, "name"), 7), 7, 0);
    EXPECT(json_boolean(json_member(document, "yes"), false));
    EXPECT(!json_boolean(json_member(document, "no"), true));
    EXPECT(json_boolean(json_member(document, "nil"), true));
    EXPECT_EQ(json_kind(json_member(document, "nil")), JSON_NULL);
    EXPECT_EQ(json_kind(NULL), JSON_NULL);
    const struct json *list = json_member(document, "list");
    EXPECT_EQ(json_count(list), 3);
    EXPECT(json_member(list, "name") == NULL);
    const struct json *at = json_first(list);
    EXPECT_NEAR(json_number(at, 0), 1, 0);
    EXPECT(json_name(at) == NULL);
    at = json_next(at);
    EXPECT_TEXT(json_text(at, "?"), "two");
    at = json_next(at);
    EXPECT_EQ(json_kind(at), JSON_ARRAY);
    EXPECT(json_first(at) == NULL);
    EXPECT(json_next(at) == NULL);
    EXPECT(json_first(json_member(document, "name")) == NULL);
    EXPECT_TEXT(json_name(json_first(document)), "Name");
    json_free(document);
    json_free(NULL);
}

TEST(json_without_memory_is_no_memory) {
    static const char text[] = "{\"a\":[1,\"two\",{\"b\":null}],\"c\":\"d\"}";
    size_t failures = 0;
    for (size_t after = 0;; after++) {
        struct json *document;
        memory_fail_after(after);
        enum status status = json_parse(text, sizeof text - 1, &document, NULL);
        memory_fail_after(SIZE_MAX);
        json_free(document);
        if (status == STATUS_OK) break;
        EXPECT_EQ(status, STATUS_NO_MEMORY);
        failures++;
    }
    EXPECT_LE(8, failures);
}
