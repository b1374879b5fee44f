/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/decode_ndjson.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "ingest/byte_scan.h"
#include "tests/ingest/ndjson_reference.h"
#include "tests/test.h"

#define NOW_MS INT64_C(1790000000000)

static const char *const one_tenant[] = {"091620000000"};
static const char *const two_tenants[] = {"091620000000", "110000000000"};
static const struct token_grant strict_grant = {
    .source = "forms", .tenant_count = 2, .tenants = two_tenants};
static const struct token_grant dropping_grant = {
    .source = "forms", .tenant_count = 1, .tenants = one_tenant, .drop_unknown = true};
static const struct tenant_extras extras[] = {
    {.tenant = "091620000000",
     .dimension_count = 2,
     .dimensions = {"quarter", "form_version"},
     .measure_count = 1,
     .measures = {"pages"}},
    {.tenant = "110000000000", .dimension_count = 1, .dimensions = {"pages"}},
};

/* --- against the reference ---------------------------------------------------------------- */

static const char *const seeds[] = {
    "{\"id\":\"7c1d-0001\",\"time\":\"2026-10-31T23:00:00.123Z\",\"type\":\"form.step\","
    "\"subject\":\"a8f3e2\",\"tenant\":\"091620000000\",\"service\":\"99050012104000\","
    "\"office\":\"kfz\",\"channel\":\"online\",\"step\":\"page-2\",\"lang\":\"de\",\"device\":"
    "\"mobile\",\"minutes\":2.5}",
    "{ \"id\" : \"7c1d-0002\" , \"time\" : 1761953400000, \"type\":\"case.received\",\"subject\":"
    "\"2011-123456\", \"service\":\"b\\u00fcrger\\n\\\"x\\\"\\/\\\\\",\"recorded\":"
    "\"2026-11-01T00:00:00+01:00\",\"value\":-0.5e2 }",
    "{\"quarter\":\"north \\ud83d\\ude00\",\"pages\":7,\"tenant\":\"091620000000\",\"id\":\"x\","
    "\"form_version\":null,\"time\":\"2024-02-29t12:00:60.5-05:30\",\"unknown\":[1,{\"a\":[]},"
    "true,null]}",
    "{\"pages\":\"p\",\"tenant\":\"110000000000\",\"field\":\"\xc3\xbc"
    "ber\",\"code\":\"\","
    "\"start\":1.7e12,\"link\":\"l\",\"country\":\"DE\",\"value\":12345678901234567890,"
    "\"minutes\":0.1}",
    "[{\"id\":1}, \"text\", -1.25E-3, {}]",
    "17",
};

static const char *const pieces[] = {
    "null",
    "true",
    "false",
    "{}",
    "[]",
    "[[[[",
    "]]]]",
    "{\"a\":",
    "}",
    ",",
    ":",
    "\"",
    "\\",
    "\\u00e4",
    "\\u0000",
    "\\ud83d",
    "\\ude00",
    "\\ud83d\\ude00",
    "\\x",
    "\x01",
    "\t",
    "\n",
    "\r",
    " ",
    "\x7f",
    "\xc3\xbc",
    "\xed\xa0\x80",
    "\xff",
    "\xef\xbb\xbf",
    "0",
    "-0",
    "01",
    "1.",
    ".5",
    "-",
    "1e400",
    "1e-400",
    "1E+2",
    "9007199254740993",
    "0.30000000000000004",
    "1e22",
    "1e23",
    "123456789012345678901234567890123456789012345678901234567890.25",
    "1234567890123456789012345678901234567890123456789012345678901234",
    "179769313486231580793728971405301e276",
    "2.2250738585072011e-308",
    "\"id\":",
    "\"tenant\":",
    "\"pages\":",
    "\"time\":\"2026-01-01T00:00:00Z\",",
    "\"i\\u0064\":",
    "2026-02-30",
    "24:00:00",
    "+23:59",
    "quarter",
    "\"value\":1,",
    "\0",
};

/* Cuts, doubles, replaces, inserts or flips a few bytes of the line. */
static size_t mutate(char *line, size_t size, size_t room, uint64_t *seed) {
    for (uint64_t times = test_random(seed) % 4; times > 0; times--) {
        size_t at = test_random(seed) % (size + 1), length = test_random(seed) % 12;
        if (length > size - at) length = size - at;
        const char *piece = pieces[test_random(seed) % (sizeof pieces / sizeof pieces[0])];
        size_t piece_size = strlen(piece);
        switch (test_random(seed) % 5) {
            case 0:
                memmove(line + at, line + at + length, size - at - length);
                size -= length;
                break;
            case 1:
                if (at < size) line[at] = (char)test_random(seed);
                break;
            case 2: /* a stretch of the line again, elsewhere */
                piece = line + test_random(seed) % (size + 1);
                piece_size = (size_t)(line + size - piece) % 40;
                /* fall through */
            default: {
                char copy[128];
                if (piece_size > sizeof copy || size + piece_size > room) break;
                memcpy(copy, piece, piece_size);
                memmove(line + at + piece_size, line + at, size - at);
                memcpy(line + at, copy, piece_size);
                size += piece_size;
            }
        }
    }
    return size;
}

static void expect_reference(const char *bytes, size_t size, const struct admission *admission) {
    static struct ndjson_line line;
    static struct reference reference;
    char *exact = malloc(size > 0 ? size : 1); /* so that a read past the end is seen */
    memcpy(exact, bytes, size);
    bool good = decode_ndjson_line(exact, size, admission, &line);
    reference_decode(&reference, exact, size, admission);
    const char *difference = reference_difference(&reference, &line);
    if (good != (line.reject.code == REJECT_NONE)) difference = "result";
    if (difference != NULL)
        test_fail(__FILE__, __LINE__, "%s: %s %s instead of %s %s: %.*s", difference,
                  reject_text(line.reject.code), line.reject.detail,
                  reject_text(reference.reject.code), reference.reject.detail, (int)size, bytes);
    json_free(reference.document);
    free(exact);
}

static const struct admission *admission_of(uint64_t number) {
    static const struct admission admissions[] = {
        {.grant = &strict_grant, .extras = extras, .extras_count = 2},
        {.grant = &dropping_grant, .extras = extras, .extras_count = 2},
        {.grant = &strict_grant},
        {.grant = &dropping_grant},
    };
    return &admissions[number % 4];
}

/* Goal: the fast decoder and a general parser agree on every line, good or bad. Method: lines that
 * use every feature, mutated at random. */
TEST(decode_ndjson_agrees_with_a_general_parser_on_mutated_lines) {
    uint64_t seed = 20261031;
    unsigned before = test_failures;
    for (int i = 0; i < 300000 && test_failures < before + 5; i++) {
        char line[1024];
        const char *original = seeds[test_random(&seed) % (sizeof seeds / sizeof seeds[0])];
        size_t size = strlen(original);
        memcpy(line, original, size);
        size = mutate(line, size, sizeof line, &seed);
        expect_reference(line, size, admission_of(test_random(&seed)));
    }
}
