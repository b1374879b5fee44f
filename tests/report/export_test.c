/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: an exported event has all that it carries, in XML and JSON that other programs read; what
 * cannot be written ends the export. Method: an engine that tells fixed events; the bytes. */
#include "report/export.h"

#include "event/event.h"
#include "tests/test.h"

static struct arena arena;
static struct error err;
static struct text file;
static int writes_left;

/* --- an engine that tells what stands here --- */

enum { TOLD_MAX = 4000 };
static struct event told[TOLD_MAX];
static bool firsts[TOLD_MAX];
static uint32_t told_count;

static enum status tell(struct engine *engine, const struct telling *telling, struct arena *memory,
                        struct error *why) {
    (void)engine;
    (void)memory;
    for (uint32_t i = 0; i < told_count; i++)
        TRY(telling->tell(telling->context, &told[i], firsts[i], why));
    return STATUS_OK;
}
static const struct engine_ops ops = {.name = "told", .tell = tell};
static struct engine engine = {.ops = &ops};

static struct slice slice_of(const char *text) {
    return (struct slice){text, (uint32_t)strlen(text)};
}

#define GIVEN(field) (UINT32_C(1) << FIELD_##field)

static struct event *add(const char *type, const char *subject, int64_t time_ms, bool first) {
    struct event *event = &told[told_count];
    firsts[told_count++] = first;
    *event = (struct event){.given = GIVEN(TYPE) | GIVEN(TIME) | GIVEN(SUBJECT) | GIVEN(TENANT),
                            .type = slice_of(type),
                            .subject = slice_of(subject),
                            .tenant = slice_of("091620000000"),
                            .time_ms = time_ms};
    return event;
}

static void clear(void) {
    told_count = 0;
    writes_left = 1 << 20;
    text_init(&file, 64u << 20);
    arena_init(&arena, 1 << 20);
}

static enum status write_file(void *out, const char *bytes, size_t size, struct error *why) {
    (void)out;
    EXPECT(size < 2 * EXPORT_CHUNK_BYTES);
    if (writes_left-- == 0) return error_set(why, STATUS_IO, "disk full");
    text_add(&file, bytes, size);
    return STATUS_OK;
}

static const char *name_of(const void *names, const char *tenant, size_t tenant_size,
                           uint32_t extra) {
    EXPECT(names == &ops && tenant_size == 12 && memcmp(tenant, "091620000000", 12) == 0);
    return extra == 2 ? "district" : extra == EXTRA_DIMENSIONS_MAX ? "fee" : NULL;
}

static struct export make(enum export_format format) {
    return (struct export){.format = format,
                           .telling = {.purpose = PURPOSE_CASE},
                           .extra_name = name_of,
                           .names = &ops,
                           .write = write_file};
}

static void fill_first(struct event *event) {
    event->given |= GIVEN(SERVICE) | GIVEN(OFFICE) | GIVEN(STEP) | GIVEN(VALUE) | GIVEN(START);
    event->service = slice_of("permit");
    event->office = slice_of("Amt \"1\" & <2>");
    event->step = slice_of("a\tb");
    event->value = 0.1;
    event->start_ms = 1000;
    event->given_extras = 1u << 2 | 1u << 3 | 1u << EXTRA_DIMENSIONS_MAX;
    event->dimension[2] = slice_of("Nord");
    event->dimension[3] = slice_of("nobody names it");
    event->measure[0] = 12.5;
}

TEST(xes_has_every_field_and_escapes_what_xml_cannot_say) {
    clear();
    fill_first(add("case.received", "aaaa", 0, true));
    add("case.closed", "aaaa", 61001, false);
    add("case.received", "bbbb", 5, true);
    struct export export = make(EXPORT_XES);
    EXPECT_OK(export_run(&export, &engine, &arena, &err));
    static const char wanted[] =
        "<trace>\n<string key=\"concept:name\" value=\"aaaa\"/>\n"
        "<string key=\"tenant\" value=\"091620000000\"/>\n"
        "<event>\n<string key=\"concept:name\" value=\"a&#9;b\"/>\n"
        "<string key=\"lifecycle:transition\" value=\"complete\"/>\n"
        "<date key=\"time:timestamp\" value=\"1970-01-01T00:00:00.000Z\"/>\n"
        "<string key=\"org:group\" value=\"Amt &quot;1&quot; &amp; &lt;2&gt;\"/>\n"
        "<string key=\"type\" value=\"case.received\"/>\n"
        "<string key=\"service\" value=\"permit\"/>\n"
        "<string key=\"step\" value=\"a&#9;b\"/>\n"
        "<date key=\"start\" value=\"1970-01-01T00:00:01.000Z\"/>\n"
        "<float key=\"value\" value=\"0.1\"/>\n"
        "<string key=\"district\" value=\"Nord\"/>\n"
        "<float key=\"fee\" value=\"12.5\"/>\n"
        "</event>\n"
        "<event>\n<string key=\"concept:name\" value=\"case.closed\"/>\n"
        "<string key=\"lifecycle:transition\" value=\"complete\"/>\n"
        "<date key=\"time:timestamp\" value=\"1970-01-01T00:01:01.001Z\"/>\n"
        "<string key=\"type\" value=\"case.closed\"/>\n"
        "</event>\n</trace>\n"
        "<trace>\n<string key=\"concept:name\" value=\"bbbb\"/>\n";
    if (strstr(file.bytes, wanted) == NULL) EXPECT_TEXT(strstr(file.bytes, "<trace>"), wanted);
    EXPECT_TEXT(file.bytes + file.size - 16, "</trace>\n</log>\n");
    EXPECT_EQ(export.journeys, 2);
    EXPECT_EQ(export.events, 3);
    EXPECT_EQ(export.left_out, 1);
    text_free(&file);
    arena_free(&arena);
}

TEST(ndjson_events_have_ids_of_their_own_that_stay) {
    char before[1000];
    clear();
    fill_first(add("case.received", "aaaa", 0, true));
    add("case.closed", "aaaa", 61001, false);
    add("case.closed", "aaaa", 61001, false); /* alike: told apart by their order */
    for (int run = 0; run < 2; run++) {
        struct export export = make(EXPORT_NDJSON);
        text_clear(&file);
        EXPECT_OK(export_run(&export, &engine, &arena, &err));
        if (run == 0) snprintf(before, sizeof before, "%s", file.bytes);
    }
    EXPECT_TEXT(file.bytes, before);
    const char *first = strstr(file.bytes, "\"time\":\"1970-01-01T00:00:00.000Z\"");
    static const char wanted[] =
        "\"time\":\"1970-01-01T00:00:00.000Z\",\"type\":\"case.received\",\"subject\":\"aaaa\","
        "\"tenant\":\"091620000000\",\"service\":\"permit\",\"office\":\"Amt \\\"1\\\" & <2>\","
        "\"step\":\"a\\tb\",\"start\":\"1970-01-01T00:00:01.000Z\",\"value\":0.1,"
        "\"district\":\"Nord\",\"fee\":12.5}\n";
    EXPECT(first != NULL && strncmp(first, wanted, strlen(wanted)) == 0);
    char *second = strchr(file.bytes, '\n') + 1, *third = strchr(second, '\n') + 1;
    const size_t id = strcspn(second, ",");
    EXPECT(strncmp(second, third, id) != 0 && strncmp(second + id, third + id, 40) == 0);
    text_free(&file);
    arena_free(&arena);
}

TEST(an_export_that_cannot_be_written_ends) {
    clear();
    for (uint32_t i = 0; i < TOLD_MAX; i++) add("case.received", "aaaa", i, true);
    for (int format = 0; format < 2; format++) {
        struct export export = make(format == 0 ? EXPORT_XES : EXPORT_NDJSON);
        writes_left = 2;
        EXPECT_EQ(export_run(&export, &engine, &arena, &err), STATUS_IO);
        EXPECT(export.events < TOLD_MAX);
    }
    text_free(&file);
    arena_free(&arena);
}

TEST(events_without_a_journey_have_no_trace) {
    clear();
    struct export export = make(EXPORT_XES);
    export.telling.purpose = PURPOSE_NONE;
    EXPECT_EQ(export_run(&export, &engine, &arena, &err), STATUS_INVALID);
    arena_free(&arena);
}
