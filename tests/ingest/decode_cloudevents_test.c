/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/decode_cloudevents.h"

#include <stdlib.h>

#include "base/text.h"
#include "tests/test.h"

/* Goal: an event means the same in all three modes and in the flat form, and what is wrong with it
 * is said clearly. Method: the same event in every mode, compared with the flat one by its columns;
 * and a table of faults. */

#define NOW_MS INT64_C(1790000000000)

static const char *const tenants[] = {"091620000000"};
static const struct token_grant strict_grant = {
    .source = "forms", .tenant_count = 1, .tenants = tenants};
static const struct token_grant dropping_grant = {
    .source = "forms", .tenant_count = 1, .tenants = tenants, .drop_unknown = true};
static const struct tenant_extras extras = {.tenant = "091620000000",
                                            .dimension_count = 1,
                                            .dimensions = {"quarter"},
                                            .measure_count = 1,
                                            .measures = {"pages"}};

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
                                           .extras = &extras,
                                           .extras_count = 1};
    EXPECT_OK(pseudonyms_open(intake->path, &intake->clock, &intake->admission.pseudonyms, NULL));
}

static void intake_close(struct intake *intake) {
    pseudonyms_close(intake->admission.pseudonyms);
    batch_free(intake->admission.batch);
    admission_free(&intake->admission);
}

#define ATTRIBUTES                                                                       \
    "\"specversion\":\"1.0\",\"source\":\"/forms/kfz\",\"id\":\"e-1\",\"type\":"         \
    "\"de.pegel.form.step.v1\",\"subject\":\"a-1\",\"time\":\"2026-01-01T10:00:00Z\","   \
    "\"service\":\"99050012104000\",\"channel\":\"online\",\"office\":\"B\\u00fcro 1\"," \
    "\"tenant\":\"091620000000\",\"recordedtime\":\"2026-01-01T11:00:00+01:00\","        \
    "\"datacontenttype\":\"application/json\",\"traceparent\":\"00-0af7-b7ad-01\""
#define DATA                                                                                  \
    "{\"step\":\"page-2\",\"lang\":\"de\",\"value\":2.5,\"start\":1767261600000,\"pages\":3," \
    "\"quarter\":\"north\",\"device\":null}"

static enum status decode_binary(struct intake *intake, const char *const (*pairs)[2], size_t count,
                                 const char *data) {
    struct cloudevent_headers headers = {.count = 0};
    struct error err;
    for (size_t i = 0; i < count; i++) cloudevent_headers_add(&headers, pairs[i][0], pairs[i][1]);
    return decode_cloudevents_binary(&headers, data, strlen(data), &intake->admission, &err);
}

TEST(decode_cloudevents_means_the_same_in_every_mode) {
    static const char *const headers[][2] = {
        {"ce-specversion", "1.0"},
        {"ce-source", "/forms/kfz"},
        {"CE-Id", "e%2D1"},
        {"ce-type", "form.step"},
        {"ce-subject", "\"a-1\""},
        {"ce-time", "2026-01-01T10:00:00Z"},
        {"ce-service", "99050012104000"},
        {"ce-channel", "online"},
        {"ce-office", "\"B%C3%BCro\\ 1\""},
        {"ce-tenant", "091620000000"},
        {"ce-recordedtime", "2026-01-01T11:00:00+01:00"},
        {"ce-traceparent", "00-0af7-b7ad-01"},
    };
    struct intake intake;
    intake_open(&intake, &strict_grant);
    static const char structured[] = "{" ATTRIBUTES ",\"data\":" DATA "}";
    static const char batch[] = "[{\"data\":" DATA "," ATTRIBUTES "}, 7]";
    EXPECT_OK(
        decode_cloudevents_structured(structured, sizeof structured - 1, &intake.admission, NULL));
    EXPECT_OK(decode_cloudevents_batch(batch, sizeof batch - 1, &intake.admission, NULL));
    EXPECT_OK(decode_binary(&intake, headers, sizeof headers / sizeof headers[0], DATA));
    const struct batch *rows = intake.admission.batch;
    EXPECT_EQ(rows->row_count, 3);
    EXPECT_EQ(intake.admission.rejected, 1);
    EXPECT_EQ(intake.admission.rejections[0].position, 1);
    EXPECT_EQ(intake.admission.rejections[0].reject.code, REJECT_NOT_AN_OBJECT);
    struct pseudonym_source source = /* the token's name */
        pseudonym_source(intake.admission.pseudonyms, "forms", 5);
    struct pseudonym_id id = pseudonym_event_id(&source, "e-1", 3);
    for (uint32_t row = 0; row < rows->row_count; row++) {
        EXPECT(rows->id[row].high == id.high && rows->id[row].low == id.low);
        EXPECT_EQ(rows->content[row], rows->content[0]);
        EXPECT_EQ(((const int64_t *)rows->column[COLUMN_TIME])[row], INT64_C(1767261600000));
        EXPECT_EQ(((const int64_t *)rows->column[COLUMN_START])[row], INT64_C(1767261600000));
        EXPECT_EQ(((const int64_t *)rows->column[COLUMN_RECORDED])[row], INT64_C(1767261600000));
        EXPECT_EQ(((const uint8_t *)rows->column[COLUMN_TYPE])[row], TYPE_FORM_STEP);
        EXPECT_TEXT(dictionary_text(rows->strings,
                                    ((const uint32_t *)rows->column[COLUMN_OFFICE])[row], NULL),
                    "B\xc3\xbcro 1");
        EXPECT_NEAR(((const double *)rows->column[COLUMN_VALUE])[row], 2.5, 0);
        EXPECT_NEAR(((const double *)rows->column[COLUMN_MEASURE_0])[row], 3, 0);
    }
    EXPECT(rows->column[COLUMN_DEVICE] == NULL);
    intake_close(&intake);
}

#define BASE                                                                                   \
    "\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"e\",\"type\":\"case.closed\",\"time\":" \
    "\"2026-01-01T10:00:00Z\",\"subject\":\"a\""

TEST(decode_cloudevents_answers_every_kind_of_bad_event_clearly) {
    static const struct {
        const char *text, *code, *detail;
    } cases[] = {
        {"{" BASE "}", "accepted", ""},
        {"{" BASE ",\"data\":null,\"dataschema\":\"x\",\"sequence\":\"1\"}", "accepted", ""},
        {"{" BASE ",\"data\":{\"recorded\":1,\"office\":\"x\"}}", "accepted", ""},
        {"{\"source\":\"s\",\"id\":\"e\",\"type\":\"case.closed\"}", "invalid_cloudevent",
         "specversion"},
        {"{\"specversion\":\"0.3\",\"source\":\"s\",\"id\":\"e\",\"type\":\"case.closed\"}",
         "invalid_cloudevent", "specversion"},
        {"{\"specversion\":1.0,\"source\":\"s\",\"id\":\"e\",\"type\":\"case.closed\"}",
         "invalid_cloudevent", "specversion"},
        {"{\"specversion\":\"1.0\",\"id\":\"e\",\"type\":\"case.closed\"}", "invalid_cloudevent",
         "source"},
        {"{\"specversion\":\"1.0\",\"source\":\"\",\"id\":\"e\",\"type\":\"case.closed\"}",
         "invalid_cloudevent", "source"},
        {"{\"specversion\":\"1.0\",\"source\":\"s\",\"type\":\"case.closed\"}",
         "invalid_cloudevent", "id"},
        {"{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"\",\"type\":\"case.closed\"}",
         "invalid_cloudevent", "id"},
        {"{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"e\"}", "invalid_cloudevent", "type"},
        {"{" BASE ",\"data\":\"text\"}", "invalid_cloudevent", "data"},
        {"{" BASE ",\"data\":[]}", "invalid_cloudevent", "data"},
        {"{" BASE ",\"data_base64\":\"e30=\"}", "invalid_cloudevent", "data_base64"},
        {"{" BASE ",\"email\":\"x\"}", "unknown_field", "email"},
        {"{" BASE ",\"step\":\"x\"}", "unknown_field", "step"}, /* a flat field, but not as one */
        {"{" BASE ",\"data\":{\"email\":\"x\"}}", "unknown_field", "email"},
        {"{" BASE ",\"data\":{\"subject\":\"b\"}}", "duplicate_field", "subject"},
        {"{" BASE ",\"id\":\"f\"}", "duplicate_field", "id"},
        {"{" BASE ",\"source\":\"t\"}", "duplicate_field", "source"},
        {"{" BASE ",\"data\":{\"pages\":1,\"pages\":2}}", "duplicate_field", "pages"},
        {"{" BASE ",\"tenant\":91620000000}", "invalid_field", "tenant"},
        {"{" BASE ",\"data\":{\"office\":{}}}", "invalid_field", "office"},
        {"{" BASE ",\"data\":{\"quarter\":1}}", "invalid_field", "quarter"},
        {"{" BASE ",\"data\":{\"pages\":\"1\"}}", "invalid_field", "pages"},
        {"{" BASE ",\"data\":{\"value\":\"1\"}}", "invalid_field", "value"},
        {"{" BASE ",\"recordedtime\":\"today\"}", "invalid_time", "recordedtime"},
        {"{" BASE ",\"data\":{\"start\":0.5}}", "invalid_time", "start"},
        {"{" BASE ",\"tenant\":\"110000000000\"}", "forbidden_tenant", "tenant"},
        {"{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"e\",\"type\":\"de.pegel.v1\"}",
         "unknown_type", "v1"},
        {"{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"e\",\"type\":\"case.closed.v2\"}",
         "unknown_type", "case.closed.v2"},
        {"{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"e\",\"type\":\"case.closed\"}",
         "missing_field", "time"},
        {"{" BASE ",\"office\":\"eva@example.org\"}", "personal_data", "office"},
    };
    struct intake intake;
    intake_open(&intake, &strict_grant);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        intake.admission.rejection_count = 0;
        batch_clear(intake.admission.batch);
        EXPECT_OK(decode_cloudevents_structured(cases[i].text, strlen(cases[i].text),
                                                &intake.admission, NULL));
        bool accepted = intake.admission.rejection_count == 0;
        EXPECT_EQ(intake.admission.batch->row_count, accepted);
        const struct rejection *rejection = intake.admission.rejections;
        const char *code = accepted ? "accepted" : reject_text(rejection->reject.code);
        const char *detail = accepted ? "" : rejection->reject.detail;
        if (strcmp(code, cases[i].code) != 0 || strcmp(detail, cases[i].detail) != 0)
            test_fail(__FILE__, __LINE__, "%s \"%s\" instead of %s \"%s\": %s", code, detail,
                      cases[i].code, cases[i].detail, cases[i].text);
    }
    intake_close(&intake);
}

TEST(decode_cloudevents_drops_and_counts_unknown_attributes_when_the_source_says_so) {
    struct intake intake;
    intake_open(&intake, &dropping_grant);
    static const char text[] = "{" BASE ",\"email\":{},\"data\":{\"name\":1,\"step\":\"x\"}}";
    EXPECT_OK(decode_cloudevents_structured(text, sizeof text - 1, &intake.admission, NULL));
    EXPECT_EQ(intake.admission.batch->row_count, 1);
    EXPECT_EQ(intake.admission.dropped_fields, 2);
    intake_close(&intake);
}

TEST(decode_cloudevents_refuses_a_body_that_is_no_such_document) {
    struct intake intake;
    intake_open(&intake, &strict_grant);
    struct admission *admission = &intake.admission;
    EXPECT_EQ(decode_cloudevents_structured("{", 1, admission, NULL), STATUS_INVALID);
    EXPECT_EQ(decode_cloudevents_structured("[]", 2, admission, NULL), STATUS_INVALID);
    EXPECT_EQ(decode_cloudevents_batch("{}", 2, admission, NULL), STATUS_INVALID);
    EXPECT_EQ(decode_cloudevents_batch("[", 1, admission, NULL), STATUS_INVALID);
    EXPECT_EQ(decode_cloudevents_batch("", 0, admission, NULL), STATUS_INVALID);
    EXPECT_OK(decode_cloudevents_batch("[]", 2, admission, NULL));
    EXPECT_EQ(decode_binary(&intake, NULL, 0, "{"), STATUS_INVALID);
    EXPECT_EQ(decode_cloudevents_batch("", (size_t)CLOUDEVENTS_BODY_BYTES_MAX + 1, admission, NULL),
              STATUS_TOO_LARGE);
    struct text body;
    text_init(&body, 1 << 20);
    text_add_string(&body, "[0");
    for (int i = 0; i < CLOUDEVENTS_MAX; i++) text_add_string(&body, ",0");
    text_add_string(&body, "]");
    EXPECT_EQ(decode_cloudevents_batch(body.bytes, body.size, admission, NULL), STATUS_TOO_LARGE);
    text_free(&body);
    EXPECT_EQ(admission->rejected, 0);
    intake_close(&intake);
}

static void expect_header_fault(struct intake *intake, const char *name, const char *value,
                                const char *code, const char *detail) {
    const char *const headers[][2] = {{"ce-specversion", "1.0"},
                                      {"ce-source", "s"},
                                      {"ce-id", "e"},
                                      {"ce-type", "page.viewed"},
                                      {"ce-time", "2026-01-01T10:00:00Z"},
                                      {name, value}};
    intake->admission.rejection_count = 0;
    EXPECT_OK(decode_binary(intake, headers, 6, ""));
    EXPECT_EQ(intake->admission.rejection_count, 1);
    if (intake->admission.rejection_count != 1) return;
    EXPECT_TEXT(reject_text(intake->admission.rejections[0].reject.code), code);
    EXPECT_TEXT(intake->admission.rejections[0].reject.detail, detail);
    EXPECT_TEXT(intake->admission.rejections[0].id, "e");
}

TEST(decode_cloudevents_headers_are_decoded_once_and_judged) {
    struct intake intake;
    intake_open(&intake, &strict_grant);
    expect_header_fault(&intake, "ce-type", "page.viewed", "duplicate_field", "type");
    expect_header_fault(&intake, "ce-email", "x", "unknown_field", "email");
    expect_header_fault(&intake, "ce-data", "x", "unknown_field", "data");
    expect_header_fault(&intake, "ce-office", "%FF", "invalid_utf8", "office");
    expect_header_fault(&intake, "ce-office", "a%00b", "invalid_utf8", "office");
    expect_header_fault(&intake, "ce-office", "eva%40example.org", "personal_data", "office");
    expect_header_fault(&intake, "ce-recordedtime", "x", "invalid_time", "recordedtime");
    char *longest = malloc(CLOUDEVENT_HEADER_BYTES_MAX + 1);
    memset(longest, 'x', CLOUDEVENT_HEADER_BYTES_MAX);
    longest[CLOUDEVENT_HEADER_BYTES_MAX] = '\0';
    expect_header_fault(&intake, "ce-office", longest, "too_long", "office");
    free(longest);

    struct cloudevent_headers many = {.count = 0};
    for (int i = 0; i < CLOUDEVENT_HEADERS_MAX + 5; i++)
        cloudevent_headers_add(&many, "ce-traceparent", "x");
    intake.admission.rejection_count = 0;
    EXPECT_OK(decode_cloudevents_binary(&many, "", 0, &intake.admission, NULL));
    EXPECT_TEXT(intake.admission.rejections[0].reject.detail, "too many headers");

    static const char *const twice[][2] = {{"ce-specversion", "1.0"},
                                           {"ce-source", "s"},
                                           {"ce-id", "e"},
                                           {"ce-type", "page.viewed"},
                                           {"ce-time", "2026-01-01T10:00:00Z"},
                                           {"ce-office", "100%25 %2541 50% %4"}};
    batch_clear(intake.admission.batch);
    EXPECT_OK(decode_binary(&intake, twice, 6, ""));
    const struct batch *rows = intake.admission.batch;
    EXPECT_EQ(rows->row_count, 1);
    EXPECT_TEXT(
        dictionary_text(rows->strings, ((const uint32_t *)rows->column[COLUMN_OFFICE])[0], NULL),
        "100% %41 50% %4");
    intake_close(&intake);
}

/* --- with and without trees ------------------------------------------------------------------ */

static const char *const bodies[] = {
    "[{" ATTRIBUTES ",\"data\":" DATA "}]",
    "[{\"data\":" DATA "," ATTRIBUTES "},{" BASE "}, {" BASE ",\"data\":null},7]",
    "[ {" BASE " , \"extension\" : [1,{\"a\":2}] , \"data\" : { \"step\" : \"x\\u00fc\" } } ]",
    "[{" BASE ",\"data\":{\"quarter\":\"n\",\"pages\":2,\"tenant\":\"091620000000\"}}]",
    "[{" BASE ",\"data\":{\"minutes\":1.5,\"recorded\":1767261600000}},{" BASE
    ",\"recordedtime\":null}]",
    "[]",
    "{" ATTRIBUTES "}",
};

static const char *const pieces[] = {"null",
                                     "true",
                                     "{}",
                                     "[]",
                                     "[[[[",
                                     "}",
                                     "]",
                                     ",",
                                     ":",
                                     "\"",
                                     "\\",
                                     "\\u00e4",
                                     "\\ud83d",
                                     "\x01",
                                     " ",
                                     "\xc3\xbc",
                                     "\xff",
                                     "0",
                                     "01",
                                     "1e400",
                                     "1.5",
                                     "{\"data\":",
                                     "\"data\":",
                                     "\"id\":\"x\",",
                                     "\"specversion\":\"1.0\",",
                                     "\"source\":\"\",",
                                     "\"step\":",
                                     "\"data_base64\":\"\",",
                                     "\"i\\u0064\":1,",
                                     "\"tenant\":\"091620000000\",",
                                     "\"unknown\":1,",
                                     "eva@example.org"};

static size_t mutate(char *body, size_t size, size_t room, uint64_t *seed) {
    for (uint64_t times = test_random(seed) % 3; times > 0; times--) {
        size_t at = test_random(seed) % (size + 1), length = test_random(seed) % 9;
        const char *piece = pieces[test_random(seed) % (sizeof pieces / sizeof pieces[0])];
        if (length > size - at) length = size - at;
        if (test_random(seed) % 3 == 0) {
            memmove(body + at, body + at + length, size - at - length);
            size -= length;
        } else if (size + strlen(piece) <= room) {
            memmove(body + at + strlen(piece), body + at, size - at);
            memcpy(body + at, piece, strlen(piece));
            size += strlen(piece);
        }
    }
    return size;
}

static enum status decode_any(struct admission *admission, const char *body, size_t size,
                              bool by_trees, struct error *err) {
    admission->rejection_count = 0;
    admission->rejected = admission->dropped_fields = 0;
    batch_clear(admission->batch);
    err->text[0] = '\0';
    decode_cloudevents_by_trees(by_trees);
    enum status status = body[0] == '{' ? decode_cloudevents_structured(body, size, admission, err)
                                        : decode_cloudevents_batch(body, size, admission, err);
    decode_cloudevents_by_trees(false);
    return status;
}

static const char *difference(const struct admission *a, const struct admission *b) {
    const struct batch *rows = a->batch, *others = b->batch;
    if (rows->row_count != others->row_count) return "rows";
    if (a->rejected != b->rejected || a->rejection_count != b->rejection_count) return "rejected";
    if (a->dropped_fields != b->dropped_fields) return "dropped";
    for (uint32_t row = 0; row < rows->row_count; row++) {
        if (rows->content[row] != others->content[row]) return "content";
        if (memcmp(&rows->id[row], &others->id[row], sizeof rows->id[0]) != 0) return "id";
        if (rows->position[row] != others->position[row]) return "position";
    }
    for (size_t i = 0; i < a->rejection_count; i++) {
        const struct rejection *one = &a->rejections[i], *other = &b->rejections[i];
        if (one->position != other->position || one->reject.code != other->reject.code ||
            strcmp(one->reject.detail, other->reject.detail) != 0 ||
            strcmp(one->id, other->id) != 0)
            return "rejection";
    }
    return NULL;
}

/* Goal: whether an event is read with or without a tree makes no difference to any answer. Method:
 * bodies that use every feature, mutated at random, read in both ways. */
TEST(decode_cloudevents_answers_alike_with_and_without_trees) {
    struct intake with, without;
    uint64_t seed = 20261123;
    uint32_t accepted = 0, refused = 0, invalid = 0;
    const unsigned before = test_failures;
    intake_open(&with, &strict_grant);
    without = with;
    without.admission.batch = batch_create();
    for (int i = 0; i < 60000 && test_failures < before + 5; i++) {
        char body[4096];
        struct error errs[2];
        const char *original = bodies[test_random(&seed) % (sizeof bodies / sizeof bodies[0])];
        size_t size = strlen(original);
        memcpy(body, original, size);
        size = mutate(body, size, sizeof body, &seed);
        char *exact = malloc(size > 0 ? size : 1);
        memcpy(exact, body, size);
        if (size == 0) exact[0] = '[';
        with.admission.grant = without.admission.grant =
            test_random(&seed) % 2 ? &strict_grant : &dropping_grant;
        enum status expected = decode_any(&with.admission, exact, size, true, &errs[0]);
        enum status found = decode_any(&without.admission, exact, size, false, &errs[1]);
        const char *what = found != expected || strcmp(errs[0].text, errs[1].text) != 0
                               ? "status"
                               : difference(&with.admission, &without.admission);
        if (what != NULL) test_fail(__FILE__, __LINE__, "%s differs: %.*s", what, (int)size, exact);
        free(exact);
        accepted += with.admission.batch->row_count;
        refused += (uint32_t)with.admission.rejected;
        invalid += expected == STATUS_INVALID;
    }
    EXPECT(accepted > 10000 && refused > 10000 && invalid > 10000); /* all are common */
    batch_free(without.admission.batch);
    admission_free(&without.admission);
    intake_close(&with);
}
