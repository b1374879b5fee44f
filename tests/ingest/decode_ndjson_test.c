/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/decode_ndjson.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "ingest/byte_scan.h"
#include "ingest/line_index.h"
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

static void expect_same_as(struct reference *reference, struct event_draft *line, bool good,
                           const char *way, const char *bytes, size_t size) {
    const char *difference = reference_difference(reference, line);
    if (good != (line->reject.code == REJECT_NONE)) difference = "result";
    if (difference != NULL)
        test_fail(__FILE__, __LINE__, "%s, %s: %s %s instead of %s %s: %.*s", way, difference,
                  reject_text(line->reject.code), line->reject.detail,
                  reject_text(reference->reject.code), reference->reject.detail, (int)size, bytes);
}

/* Alone in its memory, a line is read byte by byte, and a read past its end is seen. With room
 * behind it, it gets an index, which each kind of processor makes in its own way. */
static void expect_reference(const char *bytes, size_t size, const struct admission *admission) {
    static struct event_draft line, indexed;
    static struct reference reference;
    static const char *const ways[] = {"portable", "avx2", "avx512"};
    reference_decode(&reference, bytes, size, admission);
    char *exact = malloc(size > 0 ? size : 1);
    memcpy(exact, bytes, size);
    bool good = decode_ndjson_line(exact, size, size, admission, &line);
    expect_same_as(&reference, &line, good, "alone", bytes, size);
    size_t padded_size = size + 64 + LINE_INDEX_PADDING_BYTES;
    char *padded = malloc(padded_size);
    memcpy(padded, bytes, size);
    memset(padded + size, '"', padded_size - size);
    padded[size] = '\n';
    for (int level = LINE_INDEX_PORTABLE; level <= LINE_INDEX_AVX512; level++) {
        line_index_limit((enum line_index_level)level);
        good = decode_ndjson_line(padded, size, padded_size, admission, &indexed);
        expect_same_as(&reference, &indexed, good, ways[level], bytes, size);
        if (indexed.reject.code != line.reject.code ||
            strcmp(indexed.reject.detail, line.reject.detail) != 0)
            test_fail(__FILE__, __LINE__, "%s instead of %s", indexed.reject.detail,
                      line.reject.detail);
    }
    json_free(reference.document);
    free(exact);
    free(padded);
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

/* Every token of JSON at every place: short lines made of pieces only. */
TEST(decode_ndjson_agrees_with_a_general_parser_on_lines_made_of_pieces) {
    static const char *const tokens[] = {"{",         "}",        "[", "]",         ",",    ":",
                                         "\"id\"",    "\"x\"",    "1", "-1.5e3",    "null", "true",
                                         "\"value\"", "\"time\"", " ", "\"tenant\""};
    uint64_t seed = 5;
    unsigned before = test_failures;
    for (int i = 0; i < 200000 && test_failures < before + 5; i++) {
        char line[256];
        size_t size = 0;
        for (uint64_t left = test_random(&seed) % 12; left > 0; left--) {
            const char *token = tokens[test_random(&seed) % (sizeof tokens / sizeof tokens[0])];
            memcpy(line + size, token, strlen(token));
            size += strlen(token);
        }
        expect_reference(line, size, admission_of(test_random(&seed)));
        char object[300];
        int length = snprintf(object, sizeof object, "{\"value\":1%s%.*s}", i % 2 ? "," : "",
                              (int)size, line);
        expect_reference(object, (size_t)length, admission_of(test_random(&seed)));
    }
}

/* Numbers round correctly: against the C library's own reading. */
TEST(decode_ndjson_reads_random_numbers_to_the_last_bit) {
    uint64_t seed = 77;
    unsigned before = test_failures;
    for (int i = 0; i < 200000 && test_failures < before + 5; i++) {
        char line[128];
        uint64_t digits = test_random(&seed) >> (test_random(&seed) % 64);
        int exponent = (int)(test_random(&seed) % 60) - 30;
        int length = 0;
        switch (i % 3) {
            case 0:
                length = snprintf(line, sizeof line, "{\"value\":%s%" PRIu64 "e%d}",
                                  i % 2 ? "-" : "", digits, exponent);
                break;
            case 1:
                length =
                    snprintf(line, sizeof line, "{\"value\":%" PRIu64 ".%" PRIu64 "}",
                             digits % 1000000, test_random(&seed) >> (test_random(&seed) % 64));
                break;
            default:
                length = snprintf(line, sizeof line, "{\"value\":%.17g}",
                                  (double)(int64_t)digits / 997.0);
        }
        expect_reference(line, (size_t)length, admission_of(2));
    }
}

/* The decoder's own reading of usual times, against timestamp_parse. */
TEST(decode_ndjson_reads_random_times_as_the_timestamp_parser_does) {
    static const char *const zones[] = {"Z",      "z",     "+01:00", "-23:59",
                                        "+24:00", "+1:00", "",       "+00:60"};
    uint64_t seed = 99;
    unsigned before = test_failures;
    for (int i = 0; i < 200000 && test_failures < before + 5; i++) {
        char line[160], fraction[16] = "";
        if (i % 3 == 1)
            (void)snprintf(fraction, sizeof fraction, ".%03d", (int)(test_random(&seed) % 1000));
        if (i % 3 == 2)
            (void)snprintf(fraction, sizeof fraction, ".%d", (int)(test_random(&seed) % 100000));
        int length = snprintf(
            line, sizeof line, "{\"time\":\"%04d-%02d-%02d%c%02d:%02d:%02d%s%s\"}",
            (int)(test_random(&seed) % 10000), (int)(test_random(&seed) % 14),
            (int)(test_random(&seed) % 33), i % 17 ? 'T' : ' ', (int)(test_random(&seed) % 25),
            (int)(test_random(&seed) % 61), (int)(test_random(&seed) % 62), fraction,
            zones[test_random(&seed) % (i % 5 ? 3 : 8)]);
        if (i % 7 == 0)
            line[9 + test_random(&seed) % 26] = (char)('-' + (int)(test_random(&seed) % 14));
        expect_reference(line, (size_t)length, admission_of(2));
    }
}

TEST(decode_ndjson_stops_at_the_depth_the_general_parser_stops_at) {
    for (int depth = JSON_DEPTH_MAX - 3; depth <= JSON_DEPTH_MAX + 3; depth++) {
        for (int kind = 0; kind < 3; kind++) {
            char line[1024] = "";
            size_t size = 0;
            if (kind > 0) size = (size_t)snprintf(line, sizeof line, "{\"x\":");
            for (int i = 0; i < depth; i++)
                size += (size_t)snprintf(line + size, sizeof line - size, "%s",
                                         kind == 2 && i % 2 ? "{\"a\":" : "[");
            size += (size_t)snprintf(line + size, sizeof line - size, "1");
            for (int i = depth; i-- > 0;)
                size += (size_t)snprintf(line + size, sizeof line - size, "%s",
                                         kind == 2 && i % 2 ? "}" : "]");
            if (kind > 0) size += (size_t)snprintf(line + size, sizeof line - size, "}");
            expect_reference(line, size, admission_of(2));
            expect_reference(line, size, admission_of(3));
        }
    }
}

TEST(decode_ndjson_takes_texts_of_any_length) {
    static char line[3 * DECODE_SCRATCH_BYTES];
    for (size_t length = 0; length < 200; length++) {
        for (int escaped = 0; escaped < 2; escaped++) {
            size_t size =
                (size_t)snprintf(line, sizeof line, "{\"step\":\"%s", escaped ? "\\n" : "");
            memset(line + size, 'x', length);
            size += length;
            size += (size_t)snprintf(line + size, sizeof line - size, "\",\"lang\":\"de\"}");
            expect_reference(line, size, admission_of(2));
        }
    }
    static struct event_draft decoded;
    size_t size = (size_t)snprintf(line, sizeof line, "{\"id\":\"7\",\"step\":\"\\n");
    memset(line + size, 'x', DECODE_SCRATCH_BYTES);
    size += DECODE_SCRATCH_BYTES;
    size += (size_t)snprintf(line + size, sizeof line - size, "\"}");
    EXPECT(!decode_ndjson_line(line, size, size, admission_of(2), &decoded));
    EXPECT_TEXT(reject_text(decoded.reject.code), "too_long");
    EXPECT_TEXT(decoded.reject.detail, "step");
    EXPECT_EQ(decoded.event.id.size, 1); /* and the answer can say which event it was */

    size =
        (size_t)snprintf(line, sizeof line, "{\"i\\u0064"); /* begins like a name that is known */
    memset(line + size, 'x', DECODE_SCRATCH_BYTES);
    size += DECODE_SCRATCH_BYTES;
    size += (size_t)snprintf(line + size, sizeof line - size, "\":\"7\"}");
    EXPECT(!decode_ndjson_line(line, size, size, admission_of(2), &decoded));
    EXPECT_TEXT(reject_text(decoded.reject.code), "unknown_field");
}

/* --- scanning ----------------------------------------------------------------------------- */

TEST(byte_scan_finds_the_first_stop_at_every_place) {
    static const char stops[] = {'"', '\\', '\n', 0, 0x1F, '\r'};
    for (size_t size = 0; size < 70; size++) {
        char *exact = malloc(size > 0 ? size : 1);
        for (size_t at = 0; at <= size; at++) {
            for (size_t begin = 0; begin <= at; begin += 7) {
                memset(exact, at % 2 ? 'x' : (char)0xE9, size);
                if (at < size) exact[at] = stops[at % sizeof stops];
                const char *end = exact + size;
                EXPECT(scan_text(exact + begin, end, end) == exact + at);
                memset(exact, 'x', size);
                if (at < size) exact[at] = '\n';
                if (at + 1 < size) exact[at + 1] = '\n';
                bool ascii = false;
                EXPECT(scan_line(exact + begin, end, &ascii) == exact + at && ascii);
                if (begin < at) {
                    exact[begin] = (char)0x80;
                    EXPECT(scan_line(exact + begin, end, &ascii) == exact + at && !ascii);
                }
            }
        }
        free(exact);
    }
}

/* --- bodies ------------------------------------------------------------------------------- */

struct intake {
    struct clock clock;
    char path[128];
    struct admission admission;
};

static void intake_open(struct intake *intake, const struct token_grant *grant) {
    *intake = (struct intake){.clock = clock_fixed(NOW_MS)};
    (void)snprintf(intake->path, sizeof intake->path, "%s/keys", test_folder());
    intake->admission = (struct admission){.grant = grant,
                                           .now_ms = NOW_MS,
                                           .batch = batch_create(),
                                           .extras = extras,
                                           .extras_count = 2};
    EXPECT_OK(pseudonyms_open(intake->path, &intake->clock, &intake->admission.pseudonyms, NULL));
}

static void intake_close(struct intake *intake) {
    batch_free(intake->admission.batch);
    admission_free(&intake->admission);
    pseudonyms_close(intake->admission.pseudonyms);
}

#define EVENT_REST                                                                  \
    "\"time\":1780000000000,\"type\":\"case.closed\",\"subject\":\"s\",\"tenant\":" \
    "\"091620000000\"}"

TEST(decode_ndjson_skips_blank_lines_and_byte_order_mark_and_takes_any_line_end) {
    struct intake intake;
    intake_open(&intake, &strict_grant);
    static const char body[] = "\xEF\xBB\xBF{\"id\":\"1\"," EVENT_REST
                               "\r\n\r\n  \t\n\n"
                               "no event\n{\"id\":\"2\"," EVENT_REST "\n{\"id\":\"3\"," EVENT_REST;
    uint32_t position = 0;
    EXPECT_EQ(decode_ndjson(body, sizeof body - 1, false, &position, &intake.admission),
              sizeof body - 1);
    EXPECT_EQ(position, 4);
    EXPECT_EQ(intake.admission.batch->row_count, 3);
    EXPECT_EQ(intake.admission.batch->position[1], 2);
    EXPECT_EQ(intake.admission.rejected, 1);
    EXPECT_EQ(intake.admission.rejections[0].position, 1);
    EXPECT_EQ(intake.admission.rejections[0].reject.code, REJECT_INVALID_JSON);
    intake_close(&intake);
}

/* Goal: however a body is cut into pieces, the rows are the same. */
TEST(decode_ndjson_goes_on_where_a_piece_ended) {
    struct intake whole, pieces_intake;
    intake_open(&whole, &strict_grant);
    intake_open(&pieces_intake, &strict_grant);
    struct text body;
    text_init(&body, 1 << 20);
    for (int i = 0; i < 300; i++)
        text_add_format(&body, "{\"id\":\"%d\"," EVENT_REST "%s", i, i % 3 ? "\n" : "\r\n");
    uint32_t position = 0;
    EXPECT_EQ(decode_ndjson(body.bytes, body.size, false, &position, &whole.admission), body.size);
    EXPECT_EQ(position, 300);
    uint64_t seed = 4;
    uint32_t piece_position = 0;
    size_t at = 0, end = 0;
    while (at < body.size) {
        end += test_random(&seed) % 700;
        bool more = end < body.size;
        if (!more) end = body.size;
        size_t size = end - at;
        char *exact = malloc(size > 0 ? size : 1);
        memcpy(exact, body.bytes + at, size);
        at += decode_ndjson(exact, size, more, &piece_position, &pieces_intake.admission);
        free(exact);
    }
    EXPECT_EQ(piece_position, 300);
    const struct batch *a = whole.admission.batch, *b = pieces_intake.admission.batch;
    EXPECT_EQ(a->row_count, b->row_count);
    for (uint32_t row = 0; row < a->row_count && row < b->row_count; row++) {
        EXPECT_EQ(a->position[row], b->position[row]);
    }
    text_free(&body);
    intake_close(&whole);
    intake_close(&pieces_intake);
}

TEST(decode_ndjson_stops_at_a_full_batch_and_goes_on_behind_it) {
    struct intake intake;
    intake_open(&intake, &strict_grant);
    struct text body;
    text_init(&body, 64 << 20);
    uint32_t lines = BATCH_ROWS_MAX + 100;
    for (uint32_t i = 0; i < lines; i++)
        text_add_format(&body, "{\"id\":\"%u\"," EVENT_REST "\n", i);
    uint32_t position = 0, rows = 0, calls = 0;
    for (size_t at = 0; at < body.size; calls++) {
        at += decode_ndjson(body.bytes + at, body.size - at, false, &position, &intake.admission);
        for (uint32_t row = 0; row < intake.admission.batch->row_count; row++)
            EXPECT_EQ(intake.admission.batch->position[row], rows + row);
        rows += intake.admission.batch->row_count;
        batch_clear(intake.admission.batch);
    }
    EXPECT_EQ(rows, lines);
    EXPECT_EQ(calls, 2);
    text_free(&body);
    intake_close(&intake);
}

/* --- every kind of bad line --------------------------------------------------------------- */

#define BASE                                                                                     \
    "\"id\":\"e-1\",\"time\":\"2026-01-01T00:00:00Z\",\"type\":\"case.closed\",\"subject\":\"s-" \
    "1\",\"tenant\":\"091620000000\""
#define MUCH_10 "xxxxxxxxxx"
#define MUCH    MUCH_10 MUCH_10 MUCH_10 MUCH_10 MUCH_10 MUCH_10 MUCH_10

struct judgement {
    const char *line, *code, *detail, *id;
};

static void expect_judgement(struct intake *intake, const struct judgement *expected) {
    uint32_t position = 0;
    intake->admission.rejection_count = 0;
    batch_clear(intake->admission.batch);
    size_t size = strlen(expected->line);
    EXPECT_EQ(decode_ndjson(expected->line, size, false, &position, &intake->admission), size);
    EXPECT_EQ(position, 1);
    const char *code = "accepted", *detail = "", *id = "";
    if (intake->admission.rejection_count == 1) {
        const struct rejection *rejection = &intake->admission.rejections[0];
        code = reject_text(rejection->reject.code);
        detail = rejection->reject.detail;
        id = rejection->id;
    }
    EXPECT_EQ(intake->admission.batch->row_count, strcmp(code, "accepted") == 0 ? 1 : 0);
    if (strcmp(code, expected->code) != 0 || strcmp(detail, expected->detail) != 0 ||
        strcmp(id, expected->id) != 0)
        test_fail(__FILE__, __LINE__, "%s \"%s\" of \"%s\" instead of %s \"%s\" of \"%s\": %s",
                  code, detail, id, expected->code, expected->detail, expected->id, expected->line);
}

TEST(decode_ndjson_answers_every_kind_of_bad_line_clearly) {
    static const struct judgement cases[] = {
        {"{" BASE "}", "accepted", "", ""},
        {" { " BASE " } ", "accepted", "", ""},
        {"{" BASE ",\"office\":null,\"step\":\"\",\"recorded\":null,\"start\":\"\"}", "accepted",
         "", ""},
        {"{" BASE ",\"lang\":\"de-DE\",\"recorded\":1767225600000}", "accepted", "", ""},
        {"{" BASE ",\"quarter\":\"north\",\"pages\":3}", "accepted", "", ""},
        {"{\"pages\":3," BASE "}", "accepted", "", ""},
        /* no JSON */
        {"{" BASE, "invalid_json", "byte 102", "e-1"},
        {"{" BASE "}}", "invalid_json", "byte 103", "e-1"},
        {"{" BASE ",}", "invalid_json", "byte 103", "e-1"},
        {"{'id':1}", "invalid_json", "byte 1", ""},
        {"{\"id\":\"a\tb\"}", "invalid_json", "byte 8", ""},
        {"{\"id\":\"\\u0000\"}", "invalid_json", "byte 13", ""},
        {"{\"id\":\"\\ud83d\"}", "invalid_json", "byte 13", ""},
        {"{\"id\":01}", "invalid_json", "byte 8", ""},
        {"{\"id\":\"e\",\"x\":tru}", "invalid_json", "byte 17", "e"},
        {"id,time,type", "invalid_json", "byte 0", ""},
        {"[]", "not_an_object", "", ""},
        {"\"text\"", "not_an_object", "", ""},
        {"null", "not_an_object", "", ""},
        {"{\"id\":\"e\xff\"}", "invalid_utf8", "byte 8", ""},
        {"\xfe{\"id\":1}", "invalid_utf8", "byte 0", ""},
        /* members */
        {"{" BASE ",\"email\":\"x\"}", "unknown_field", "email", "e-1"},
        {"{\"email\":{\"a\":[1,2]}," BASE "}", "unknown_field", "email", "e-1"},
        {"{" BASE ",\"e\\u006dail\\u0007\":1}", "unknown_field", "email?", "e-1"},
        {"{" BASE ",\"" MUCH MUCH "\":1}", "unknown_field", MUCH "xxxxxxxxx", "e-1"},
        {"{" BASE ",\"form_versio\":\"1\"}", "unknown_field", "form_versio", "e-1"},
        {"{" BASE ",\"id\":\"e-2\"}", "duplicate_field", "id", "e-1"},
        {"{\"step\":null," BASE ",\"step\":\"x\"}", "duplicate_field", "step", "e-1"},
        {"{" BASE ",\"pages\":1,\"pages\":1}", "duplicate_field", "pages", "e-1"},
        {"{" BASE ",\"office\":7}", "invalid_field", "office", "e-1"},
        {"{" BASE ",\"office\":true}", "invalid_field", "office", "e-1"},
        {"{" BASE ",\"office\":{\"name\":\"x\"}}", "invalid_field", "office", "e-1"},
        {"{" BASE ",\"step\":[\"x\"]}", "invalid_field", "step", "e-1"},
        {"{" BASE ",\"value\":\"3\"}", "invalid_field", "value", "e-1"},
        {"{" BASE ",\"value\":1e999}", "invalid_field", "value", "e-1"},
        {"{" BASE ",\"minutes\":-1}", "invalid_field", "minutes", "e-1"},
        {"{" BASE ",\"start\":true}", "invalid_field", "start", "e-1"},
        {"{" BASE ",\"quarter\":3}", "invalid_field", "quarter", "e-1"},
        {"{" BASE ",\"pages\":\"3\"}", "invalid_field", "pages", "e-1"},
        {"{" BASE ",\"channel\":\"fax\"}", "invalid_field", "channel", "e-1"},
        {"{" BASE ",\"device\":\"iPhone\"}", "invalid_field", "device", "e-1"},
        {"{" BASE ",\"service\":\"Bau Amt\"}", "invalid_field", "service", "e-1"},
        {"{" BASE ",\"country\":\"Deutschland\"}", "invalid_field", "country", "e-1"},
        {"{" BASE ",\"lang\":\"German\"}", "invalid_field", "lang", "e-1"},
        {"{" BASE ",\"step\":\"a\\nb\"}", "invalid_field", "step", "e-1"},
        {"{\"id\":\"f-1\",\"time\":1,\"type\":\"feedback.rated\",\"value\":6,\"tenant\":"
         "\"091620000000\"}",
         "invalid_field", "value", "f-1"},
        {"{\"id\":\"k-1\",\"time\":1,\"type\":\"outage.begin\",\"subject\":\"s\",\"tenant\":"
         "\"091620000000\"}",
         "invalid_field", "subject", "k-1"},
        /* required */
        {"{}", "missing_field", "id", ""},
        {"{\"id\":null}", "missing_field", "id", ""},
        {"{\"id\":\"e\"}", "missing_field", "type", "e"},
        {"{\"id\":\"e\",\"type\":\"case.closed\"}", "missing_field", "time", "e"},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":1}", "missing_field", "subject", "e"},
        {"{\"id\":\"e\",\"type\":\"page.viewed\",\"time\":1}", "missing_field", "tenant", "e"},
        {"{\"id\":\"e\",\"type\":\"form.started\",\"time\":1,\"subject\":\"s\",\"tenant\":"
         "\"091620000000\"}",
         "missing_field", "service", "e"},
        {"{\"id\":\"e\",\"type\":\"form.step\",\"time\":1,\"subject\":\"s\",\"service\":\"x\","
         "\"tenant\":\"091620000000\"}",
         "missing_field", "step", "e"},
        {"{\"id\":\"e\",\"type\":\"appointment.confirmed\",\"time\":1,\"subject\":\"s\",\"tenant\":"
         "\"091620000000\"}",
         "missing_field", "start", "e"},
        {"{\"id\":\"e\",\"type\":\"capacity.free\",\"time\":1,\"start\":1,\"tenant\":"
         "\"091620000000\"}",
         "missing_field", "value", "e"},
        {"{\"id\":\"e\",\"type\":\"cost.booked\",\"time\":1,\"value\":1,\"tenant\":"
         "\"091620000000\"}",
         "missing_field", "code", "e"},
        /* lengths */
        {"{\"id\":\"" MUCH "\"}", "too_long", "id",
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":1,\"subject\":\"" MUCH MUCH "\"}",
         "too_long", "subject", "e"},
        {"{" BASE ",\"link\":\"" MUCH MUCH "\"}", "too_long", "link", "e-1"},
        {"{" BASE ",\"office\":\"" MUCH "\"}", "too_long", "office", "e-1"},
        {"{" BASE ",\"step\":\"" MUCH "\"}", "too_long", "step", "e-1"},
        {"{" BASE ",\"service\":\"" MUCH "\"}", "too_long", "service", "e-1"},
        {"{" BASE ",\"quarter\":\"" MUCH "\"}", "too_long", "dimension.0", "e-1"},
        /* type, time, tenant */
        {"{\"id\":\"e\",\"type\":\"case.eaten\",\"time\":1}", "unknown_type", "case.eaten", "e"},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":\"yesterday\"}", "invalid_time", "time",
         "e"},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":\"2026-01-01T00:00:00\"}", "invalid_time",
         "time", "e"},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":\"2026-02-29T00:00:00Z\"}",
         "invalid_time", "time", "e"},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":1.5}", "invalid_time", "time", "e"},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":1e300}", "invalid_time", "time", "e"},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":9007199254740992}", "invalid_time",
         "time", "e"},
        {"{" BASE ",\"recorded\":\"\\u0032\"}", "invalid_time", "recorded", "e-1"},
        {"{" BASE ",\"start\":\"31.12.2026\"}", "invalid_time", "start", "e-1"},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":1790000300001}", "future_time", "time",
         "e"},
        {"{\"id\":\"e\",\"type\":\"page.viewed\",\"time\":1,\"tenant\":\"9162000\"}",
         "invalid_tenant", "tenant", "e"},
        {"{\"id\":\"e\",\"type\":\"page.viewed\",\"time\":1,\"tenant\":\"990000000000\"}",
         "invalid_tenant", "tenant", "e"},
        {"{\"id\":\"e\",\"type\":\"page.viewed\",\"time\":1,\"tenant\":\"020000000000\"}",
         "forbidden_tenant", "tenant", "e"},
        /* personal data, wherever it is put; never repeated in the answer */
        {"{\"id\":\"eva@example.org\",\"type\":\"page.viewed\",\"time\":1}", "personal_data", "id",
         ""},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":1,\"subject\":\"eva@example.org\"}",
         "personal_data", "subject", "e"},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":1,\"subject\":\"+49 170 1234567\"}",
         "personal_data", "subject", "e"},
        {"{\"id\":\"e\",\"type\":\"case.closed\",\"time\":1,\"subject\":\"DE89 3704 0044 0532 0130 "
         "00\"}",
         "personal_data", "subject", "e"},
        {"{" BASE ",\"link\":\"eva@example.org\"}", "personal_data", "link", "e-1"},
        {"{" BASE ",\"office\":\"Frau Muster, 0170 1234567\"}", "personal_data", "office", "e-1"},
        {"{" BASE ",\"step\":\"eva@example.org\"}", "personal_data", "step", "e-1"},
        {"{" BASE ",\"field\":\"DE89370400440532013000\"}", "personal_data", "field", "e-1"},
        {"{" BASE ",\"code\":\"+49 89 2331234\"}", "personal_data", "code", "e-1"},
        {"{" BASE ",\"service\":\"0170-1234567\"}", "personal_data", "service", "e-1"},
        {"{" BASE ",\"quarter\":\"eva@example.org\"}", "personal_data", "dimension.0", "e-1"},
        {"{" BASE ",\"eva@example.org\":1}", "unknown_field", "", "e-1"},
    };
    struct intake intake;
    intake_open(&intake, &strict_grant);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_judgement(&intake, &cases[i]);
    EXPECT_EQ(intake.admission.dropped_fields, 0);
    intake_close(&intake);
}

TEST(decode_ndjson_drops_and_counts_unknown_fields_when_the_source_says_so) {
    static const struct judgement cases[] = {
        {"{" BASE ",\"email\":\"x\",\"nested\":{\"a\":[1,{}]},\"again\":1,\"again\":2}", "accepted",
         "", ""},
        {"{" BASE ",\"email\":\"x\",\"office\":7}", "invalid_field", "office", "e-1"},
        {"{" BASE ",\"nested\":{\"a\":}}", "invalid_json", "byte 117", "e-1"},
    };
    struct intake intake;
    intake_open(&intake, &dropping_grant);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_judgement(&intake, &cases[i]);
    EXPECT_EQ(intake.admission.dropped_fields, 4); /* of what was accepted */
    intake_close(&intake);
}

TEST(decode_ndjson_reads_declared_fields_by_the_tenant_of_the_line_wherever_it_stands) {
    static const struct judgement cases[] = {
        {"{\"pages\":\"p\",\"id\":\"1\",\"time\":1,\"type\":\"page.viewed\",\"tenant\":"
         "\"110000000000\"}",
         "accepted", "", ""},
        {"{\"tenant\":\"110000000000\",\"pages\":\"p\",\"id\":\"1\",\"time\":1,\"type\":\"page."
         "viewed\"}",
         "accepted", "", ""},
        {"{\"pages\":3,\"id\":\"1\",\"time\":1,\"type\":\"page.viewed\",\"tenant\":"
         "\"110000000000\"}",
         "invalid_field", "pages", "1"},
        {"{\"quarter\":\"n\",\"id\":\"1\",\"time\":1,\"type\":\"page.viewed\",\"tenant\":"
         "\"110000000000\"}",
         "unknown_field", "quarter", "1"},
        {"{\"quarter\":\"n\",\"id\":\"1\",\"time\":1,\"type\":\"page.viewed\"}", "unknown_field",
         "quarter", "1"},
    };
    struct intake intake;
    intake_open(&intake, &strict_grant);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_judgement(&intake, &cases[i]);
    static const char line[] =
        "{\"quarter\":\"n\",\"id\":\"1\",\"time\":1,\"type\":\"page.viewed\"}";
    intake.admission.grant = &dropping_grant; /* its only tenant declares it */
    uint32_t position = 0;
    batch_clear(intake.admission.batch);
    (void)decode_ndjson(line, sizeof line - 1, false, &position, &intake.admission);
    const uint32_t *codes = intake.admission.batch->column[COLUMN_DIMENSION_0];
    EXPECT(codes != NULL);
    if (codes != NULL)
        EXPECT_TEXT(dictionary_text(intake.admission.batch->strings, codes[0], NULL), "n");
    intake_close(&intake);
}
