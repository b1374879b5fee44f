/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/admission.h"

#include "base/memory.h"
#include "tests/test.h"

/* Goal: every event gets the tenant, pseudonyms and id hash that its token and its fields say, or
 * is refused with a reason that can be found again. Method: real keys, compared with what the
 * pseudonym functions themselves answer. */

#define NOW_MS       INT64_C(1790000000000)
#define SLICE(text)  ((struct slice){(text), sizeof(text) - 1})
#define GIVEN(field) (1u << FIELD_##field)

static const char *const munich[] = {"091620000000"};
static const char *const both[] = {"091620000000", "110000000000"};
static const char *const any[] = {"*"};
static const struct token_grant one_grant = {
    .source = "forms", .tenant_count = 1, .tenants = munich};
static const struct token_grant two_grant = {.source = "forms", .tenant_count = 2, .tenants = both};
static const struct token_grant any_grant = {.source = "import", .tenant_count = 1, .tenants = any};
static struct clock still = {0};

static struct admission admission_open(const struct token_grant *grant) {
    char path[256];
    still = clock_fixed(NOW_MS);
    (void)snprintf(path, sizeof path, "%s/keys", test_folder());
    struct admission admission = {.grant = grant, .now_ms = NOW_MS, .batch = batch_create()};
    EXPECT_OK(pseudonyms_open(path, &still, &admission.pseudonyms, NULL));
    return admission;
}

static void admission_close(struct admission *admission) {
    pseudonyms_close(admission->pseudonyms);
    batch_free(admission->batch);
    admission_free(admission);
}

static struct event case_event(void) {
    return (struct event){.given = GIVEN(ID) | GIVEN(TYPE) | GIVEN(TIME) | GIVEN(SUBJECT),
                          .id = SLICE("e-1"),
                          .type = SLICE("case.closed"),
                          .subject = SLICE("2011-123456"),
                          .time_ms = NOW_MS - 1000};
}

static const char *tenant_of(const struct batch *batch, uint32_t row) {
    return dictionary_text(batch->strings, ((const uint32_t *)batch->column[COLUMN_TENANT])[row],
                           NULL);
}

TEST(admission_replaces_subject_link_and_id_by_keyed_hashes) {
    struct admission admission = admission_open(&one_grant);
    struct event event = case_event();
    event.given |= GIVEN(LINK);
    event.link = SLICE("attempt-7");
    EXPECT(admission_add(&admission, &event, 17));
    const struct batch *batch = admission.batch;
    struct pseudonym_source source = pseudonym_source(admission.pseudonyms, "forms", 5);
    struct pseudonym_id id = pseudonym_event_id(&source, "e-1", 3);
    EXPECT(batch->id[0].high == id.high && batch->id[0].low == id.low);
    EXPECT(((const uint64_t *)batch->column[COLUMN_SUBJECT])[0] ==
           pseudonym_subject(admission.pseudonyms, PURPOSE_CASE, munich[0], 12, event.time_ms,
                             "2011-123456", 11));
    EXPECT(((const uint64_t *)batch->column[COLUMN_LINK])[0] ==
           pseudonym_link(admission.pseudonyms, "attempt-7", 9));
    EXPECT_EQ(batch->position[0], 17);
    EXPECT_EQ(((const int64_t *)batch->column[COLUMN_ARRIVAL])[0], NOW_MS);
    for (uint32_t code = 0; code < dictionary_count(batch->strings); code++) {
        const char *text = dictionary_text(batch->strings, code, NULL);
        EXPECT(strstr(text, "123456") == NULL && strstr(text, "attempt") == NULL);
    }
    admission_close(&admission);
}

TEST(admission_gives_the_only_tenant_of_the_token_and_no_other) {
    struct admission admission = admission_open(&one_grant);
    struct event event = case_event();
    EXPECT(admission_add(&admission, &event, 0));
    EXPECT_TEXT(tenant_of(admission.batch, 0), "091620000000");
    event.given |= GIVEN(TENANT);
    event.tenant = SLICE("110000000000");
    EXPECT(!admission_add(&admission, &event, 1));
    EXPECT_EQ(admission.rejections[0].reject.code, REJECT_FORBIDDEN_TENANT);
    admission.grant = &two_grant;
    EXPECT(admission_add(&admission, &event, 2));
    EXPECT_TEXT(tenant_of(admission.batch, 1), "110000000000");
    event.tenant = SLICE("091620000000");
    EXPECT(admission_add(&admission, &event, 3));
    event.tenant = SLICE("020000000000");
    EXPECT(!admission_add(&admission, &event, 4));
    EXPECT_EQ(admission.rejections[1].reject.code, REJECT_FORBIDDEN_TENANT);
    event.given &= ~GIVEN(TENANT);
    EXPECT(!admission_add(&admission, &event, 5));
    EXPECT_EQ(admission.rejections[2].reject.code, REJECT_MISSING_FIELD);
    EXPECT_TEXT(admission.rejections[2].reject.detail, "tenant");
    EXPECT_TEXT(admission.rejections[2].id, "e-1");
    admission_close(&admission);
}

TEST(admission_with_the_star_takes_any_tenant_but_needs_one) {
    struct admission admission = admission_open(&any_grant);
    struct event event = case_event();
    EXPECT(!admission_add(&admission, &event, 0));
    EXPECT_TEXT(admission.rejections[0].reject.detail, "tenant");
    event.given |= GIVEN(TENANT);
    event.tenant = SLICE("160620000000");
    EXPECT(admission_add(&admission, &event, 1));
    event.tenant = SLICE("*");
    EXPECT(!admission_add(&admission, &event, 2));
    EXPECT_EQ(admission.rejections[1].reject.code, REJECT_INVALID_TENANT);
    admission_close(&admission);
}

TEST(admission_marks_imports) {
    struct admission admission = admission_open(&one_grant);
    admission.imported = true;
    struct event event = case_event();
    EXPECT(admission_add(&admission, &event, 0));
    EXPECT_EQ(((const uint8_t *)admission.batch->column[COLUMN_FLAGS])[0], EVENT_IMPORTED);
    admission_close(&admission);
}

TEST(admission_keeps_so_many_rejections_and_counts_all) {
    struct admission admission = {.grant = &one_grant};
    struct reject reject = {.code = REJECT_UNKNOWN_FIELD, .detail = "email"};
    for (uint32_t i = 0; i < ADMISSION_REJECTIONS_MAX + 10; i++)
        admission_reject(&admission, i, "id", 2, &reject);
    EXPECT_EQ(admission.rejection_count, ADMISSION_REJECTIONS_MAX);
    EXPECT_EQ(admission.rejected, ADMISSION_REJECTIONS_MAX + 10);
    EXPECT_EQ(admission.rejections[500].position, 500);
    admission_free(&admission);
    memory_fail_after(0);
    admission_reject(&admission, 1, "id", 2, &reject); /* cannot be kept, is counted */
    memory_fail_after(SIZE_MAX);
    EXPECT_EQ(admission.rejection_count, 0);
    EXPECT_EQ(admission.rejected, ADMISSION_REJECTIONS_MAX + 11);
    admission_free(&admission);
}

TEST(admission_repeats_an_id_only_as_far_as_an_answer_may) {
    struct admission admission = {.grant = &one_grant};
    struct reject reject = {.code = REJECT_TOO_LONG, .detail = "id"};
    char id[100];
    for (size_t i = 0; i < sizeof id; i += 2) memcpy(id + i, "\xc3\xbc", 2);
    admission_reject(&admission, 0, id, sizeof id, &reject);
    EXPECT_EQ(strlen(admission.rejections[0].id), 64);
    admission_reject(&admission, 0, id + 1, sizeof id - 1, &reject); /* no text */
    EXPECT_TEXT(admission.rejections[1].id, "");
    admission_reject(&admission, 0, "eva@example.org", 15, &reject);
    EXPECT_TEXT(admission.rejections[2].id, "");
    admission_free(&admission);
}

TEST(admission_knows_the_extra_fields_of_each_tenant) {
    static const struct tenant_extras extras[] = {
        {.tenant = "110000000000", .measure_count = 2, .measures = {"pages", "fee"}},
        {.tenant = "091620000000", .dimension_count = 2, .dimensions = {"quarter", "pages"}}};
    struct admission admission = {.grant = &one_grant, .extras = extras, .extras_count = 2};
    EXPECT_EQ(admission_extra(&admission, "110000000000", 12, "fee", 3), EXTRA_DIMENSIONS_MAX + 1);
    EXPECT_EQ(admission_extra(&admission, "091620000000", 12, "pages", 5), 1);
    EXPECT_EQ(admission_extra(&admission, "", 0, "quarter", 7), 0); /* the only tenant's */
    EXPECT_EQ(admission_extra(&admission, "091620000000", 12, "fee", 3), -1);
    EXPECT_EQ(admission_extra(&admission, "020000000000", 12, "pages", 5), -1);
    EXPECT_EQ(admission_extra(&admission, "091620000000", 12, "page", 4), -1);
    admission.grant = &two_grant;
    EXPECT_EQ(admission_extra(&admission, "", 0, "quarter", 7), -1);
    admission.grant = &any_grant;
    EXPECT_EQ(admission_extra(&admission, "", 0, "quarter", 7), -1);
}

/* --- what was judged before ------------------------------------------------------------------ */

static const char *const values[] = {
    "a",
    "de",
    "DE",
    "de-DE",
    "kfz",
    "online",
    "kiosk",
    "address",
    "standesamt",
    "99050012104000",
    "091620000000",
    "110000000000",
    "990000000000",
    "eva@example.org",
    "0170-1234567",
    "Frau Muster, 0170 1234567",
    "case.closed",
    "appointment.reserved",
    "form.step",
    "page.viewed",
    "sixteen bytes ok",
    "seventeen bytes ok",
    "thirty-two bytes, not one more ok",
    "thirty-two bytes, not one more o",
    "appointment-ONE-of-the-same-end",
    "appointment-TWO-of-the-same-end",
    "thirty-two bytes, but others o k",
    "a text that no cache remembers because it is longer",
    "a text that is longer than a field may be: more than sixty-four bytes of it",
    "",
    "caf\xc3\xa9",
    "bad \xff byte",
    "tab\there"};

static struct slice any_value(uint64_t *seed) {
    const char *value = values[test_random(seed) % (sizeof values / sizeof values[0])];
    return (struct slice){value, (uint32_t)strlen(value)};
}

/* Most fields have a value that fits, so that other fields' values are looked at too. */
static struct event any_event(uint64_t *seed) {
    const struct slice usual[FIELD_COUNT] = {
        [FIELD_ID] = SLICE("e-1"),        [FIELD_TYPE] = SLICE("form.step"),
        [FIELD_SUBJECT] = SLICE("s-1"),   [FIELD_TENANT] = SLICE("091620000000"),
        [FIELD_SERVICE] = SLICE("kfz"),   [FIELD_OFFICE] = SLICE("mitte"),
        [FIELD_CHANNEL] = SLICE("phone"), [FIELD_STEP] = SLICE("address"),
        [FIELD_FIELD] = SLICE("street"),  [FIELD_CODE] = SLICE("missing"),
        [FIELD_LINK] = SLICE("l-1"),      [FIELD_COUNTRY] = SLICE("DE"),
        [FIELD_LANG] = SLICE("de-DE"),    [FIELD_DEVICE] = SLICE("tablet")};
    struct event event = {.given = (uint32_t)(test_random(seed) | test_random(seed)),
                          .time_ms = NOW_MS - (int64_t)(test_random(seed) % 1000),
                          .value = 3,
                          .start_ms = NOW_MS,
                          .recorded_ms = NOW_MS};
    event.given &= (1u << FIELD_COUNT) - 1;
    event.given |= GIVEN(ID) | GIVEN(TYPE) | GIVEN(TIME);
    for (int field = 0; field < FIELD_COUNT; field++) {
        struct slice *text = event_text_field(&event, (enum field)field);
        if (text != NULL) *text = test_random(seed) % 8 == 0 ? any_value(seed) : usual[field];
    }
    return event;
}

static const char *code_text(const struct batch *batch, enum column column, uint32_t row) {
    const uint32_t *codes = batch->column[column];
    return codes == NULL ? "" : dictionary_text(batch->strings, codes[row], NULL);
}

static void expect_same_row(const struct batch *a, uint32_t row_a, const struct batch *b,
                            uint32_t row_b) {
    EXPECT(memcmp(&a->id[row_a], &b->id[row_b], sizeof a->id[0]) == 0);
    EXPECT_EQ(a->content[row_a], b->content[row_b]); /* of all that a row holds */
    static const enum column codes[] = {COLUMN_TENANT, COLUMN_SOURCE,  COLUMN_SERVICE,
                                        COLUMN_OFFICE, COLUMN_STEP,    COLUMN_FIELD,
                                        COLUMN_CODE,   COLUMN_COUNTRY, COLUMN_LANG};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        EXPECT_TEXT(code_text(a, codes[i], row_a), code_text(b, codes[i], row_b));
    const uint64_t *subjects[] = {a->column[COLUMN_SUBJECT], b->column[COLUMN_SUBJECT]};
    EXPECT_EQ(subjects[0] != NULL ? subjects[0][row_a] : 0,
              subjects[1] != NULL ? subjects[1][row_b] : 0);
}

/* Goal: no event is judged otherwise, or becomes another row, because of what came before it in its
 * batch. Method: events of good and bad values in all fields; each is added to a batch that has
 * seen all before it, and to an empty one. */
TEST(admission_judges_an_event_alike_whatever_came_before_it) {
    struct admission admission = admission_open(&two_grant), alone = admission;
    uint64_t seed = 20261123;
    uint32_t accepted = 0, refused = 0;
    alone.batch = batch_create();
    const unsigned before = test_failures;
    for (uint32_t i = 0; i < 20000 && test_failures < before + 5; i++) {
        const struct event event = any_event(&seed);
        batch_clear(alone.batch);
        if (i % 5000 == 4999) batch_clear(admission.batch);
        alone.rejection_count = 0;
        const size_t rejections = admission.rejection_count;
        bool good = admission_add(&alone, &event, i);
        EXPECT(admission_add(&admission, &event, i) == good);
        if (good) {
            accepted++;
            EXPECT_EQ(alone.batch->row_count, 1);
            expect_same_row(admission.batch, admission.batch->row_count - 1, alone.batch, 0);
        } else if (admission.rejection_count > rejections) {
            refused++;
            const struct rejection *found = &admission.rejections[rejections];
            EXPECT_EQ(found->reject.code, alone.rejections[0].reject.code);
            EXPECT_TEXT(found->reject.detail, alone.rejections[0].reject.detail);
            EXPECT_TEXT(found->id, alone.rejections[0].id);
        }
    }
    EXPECT(accepted > 2000 && refused > 2000); /* both are common */
    batch_free(alone.batch);
    admission_free(&alone);
    admission_close(&admission);
}

/* Rows that wait for their pseudonyms get those of their own event. */
TEST(admission_completes_rows_as_if_each_had_come_alone) {
    struct admission admission = admission_open(&one_grant), alone = admission;
    uint64_t seed = 8;
    alone.batch = batch_create();
    uint32_t rows = 0;
    for (uint32_t i = 0; i < 3000; i++) {
        char id[24], subject[24];
        struct event event = case_event();
        event.id = (struct slice){id, (uint32_t)snprintf(id, sizeof id, "id-%u", i)};
        event.subject = (struct slice){
            subject, (uint32_t)snprintf(subject, sizeof subject, "s-%0*u", 1 + (int)(i % 17), i)};
        switch (test_random(&seed) % 4) {
            case 0:
                event.type = SLICE("capacity.free"); /* refused: it has no subject */
                break;
            case 1:
                event.given &= ~GIVEN(SUBJECT);
                event.type = SLICE("page.viewed");
                break;
            default: break;
        }
        bool good = admission_add(&alone, &event, i);
        EXPECT(admission_add_open(&admission, &event, i) == good);
        memset(id, 'x', sizeof id); /* what is open does not need the texts any more */
        memset(subject, 'x', sizeof subject);
        rows += good;
    }
    admission_complete(&admission);
    EXPECT_EQ(admission.batch->row_count, rows);
    for (uint32_t row = 0; row < rows; row++)
        expect_same_row(admission.batch, row, alone.batch, row);
    batch_free(alone.batch);
    admission_free(&alone);
    admission_close(&admission);
}
