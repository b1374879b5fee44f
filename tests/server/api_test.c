/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: dashboard/openapi.json describes what the server really answers, and everything that it
 * describes is answered.
 * Method: `pegel serve` runs on a fresh folder; every request below is checked against the
 * description by a small reader of JSON Schema; in the end every documented operation and status
 * must have been met, but for those that need an overloaded server. */
#include <math.h>
#include <stdio.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "pilot/pilot_plan.h"
#include "query/plan.h"
#include "server/command.h"
#include "tests/server/served.h"
#include "tests/test.h"

static const char configuration[] =
    "{\"tenants\":{\"091620000000\":{\"name\":\"Beispielstadt\",\"targets\":{\"no_show\":0.05,"
    "\"processing_time\":{\"services\":{\"pass\":{\"p90\":259200}}}}},"
    "\"099990000000\":{\"assumptions\":\"roi.json\"}},"
    "\"services\":{\"pass\":{\"name\":{\"de\":\"Reisepass\",\"tr\":\"Pasaport\"}}},"
    "\"steps\":{\"person\":{\"de\":\"Person\",\"ar\":\"ش\"},\"review\":{}},"
    "\"publisher\":{\"name\":\"Beispielstadt\",\"url\":\"https://example.org\"},"
    "\"limits\":{\"body_bytes\":2000000,\"loops\":1}}";

/* --- a reader of JSON Schema, as far as the description needs it --- */

struct checker {
    const struct json *document;
    char path[200]; /* where in the answer we are */
    char fault[400];
};

static bool fault(struct checker *checker, const char *what, const char *name) {
    snprintf(checker->fault, sizeof checker->fault, "%s: %s %s", checker->path, what, name);
    return false;
}

/* "#/components/schemas/X" */
static const struct json *resolve(const struct json *document, const struct json *value) {
    const char *pointer;
    while ((pointer = json_text(json_member(value, "$ref"), NULL)) != NULL) {
        value = document;
        for (pointer += 1; *pointer == '/';) {
            char name[100];
            const size_t size = strcspn(pointer + 1, "/");
            snprintf(name, sizeof name, "%.*s", (int)size, pointer + 1);
            value = json_member(value, name);
            pointer += size + 1;
        }
        CHECK(value != NULL);
    }
    return value;
}

static bool is_type(const struct json *value, const char *type) {
    static const char *const names[] = {
        [JSON_NULL] = "null",   [JSON_BOOLEAN] = "boolean", [JSON_NUMBER] = "number",
        [JSON_TEXT] = "string", [JSON_ARRAY] = "array",     [JSON_OBJECT] = "object"};
    if (strcmp(type, "integer") == 0)
        return json_kind(value) == JSON_NUMBER &&
               json_number(value, 0.5) == floor(json_number(value, 0.5));
    return strcmp(names[json_kind(value)], type) == 0;
}

static bool check(struct checker *checker, const struct json *schema, const struct json *value);

static bool check_type(struct checker *checker, const struct json *type, const struct json *value) {
    if (json_kind(type) == JSON_TEXT) {
        return is_type(value, json_text(type, "")) ||
               fault(checker, "is not of type", json_text(type, ""));
    }
    for (const struct json *one = json_first(type); one != NULL; one = json_next(one))
        if (is_type(value, json_text(one, ""))) return true;
    return fault(checker, "is of none of the types", "");
}

static bool check_enum(struct checker *checker, const struct json *words,
                       const struct json *value) {
    for (const struct json *word = json_first(words); word != NULL; word = json_next(word))
        if (strcmp(json_text(word, ""), json_text(value, "\x01")) == 0) return true;
    return fault(checker, "is none of the words:", json_text(value, "(no text)"));
}

static bool check_one_of(struct checker *checker, const struct json *schemas,
                         const struct json *value) {
    unsigned fits = 0;
    for (const struct json *one = json_first(schemas); one != NULL; one = json_next(one)) {
        struct checker trial = *checker;
        fits += check(&trial, one, value);
    }
    return fits == 1 || fault(checker, fits == 0 ? "fits nothing of oneOf" : "fits several", "");
}

static bool check_members(struct checker *checker, const struct json *schema,
                          const struct json *value) {
    const struct json *properties = json_member(schema, "properties");
    const struct json *others = json_member(schema, "additionalProperties");
    const struct json *required = json_first(json_member(schema, "required"));
    for (; required != NULL; required = json_next(required))
        if (json_member(value, json_text(required, "")) == NULL)
            return fault(checker, "lacks", json_text(required, ""));
    const size_t up = strlen(checker->path);
    for (const struct json *one = json_first(value); one != NULL; one = json_next(one)) {
        const struct json *known = json_member(properties, json_name(one));
        if (known == NULL) known = others;
        if (json_kind(known) == JSON_BOOLEAN && !json_boolean(known, true))
            return fault(checker, "has an undocumented member", json_name(one));
        snprintf(checker->path + up, sizeof checker->path - up, ".%s", json_name(one));
        if (json_kind(known) == JSON_OBJECT && !check(checker, known, one)) return false;
        checker->path[up] = '\0';
    }
    return true;
}

static bool check_items(struct checker *checker, const struct json *schema,
                        const struct json *value) {
    const size_t up = strlen(checker->path);
    unsigned index = 0;
    for (const struct json *one = json_first(value); one != NULL; one = json_next(one)) {
        snprintf(checker->path + up, sizeof checker->path - up, "[%u]", index++);
        if (!check(checker, schema, one)) return false;
        checker->path[up] = '\0';
    }
    return true;
}

static bool check_format(struct checker *checker, const struct json *value) {
    int64_t utc_ms;
    const char *text = json_text(value, "");
    return timestamp_parse(text, strlen(text), &utc_ms) || fault(checker, "is no moment:", text);
}

static bool check(struct checker *checker, const struct json *schema, const struct json *value) {
    bool fits = true;
    schema = resolve(checker->document, schema);
    const struct json *keyword = json_first(schema);
    for (; keyword != NULL && fits; keyword = json_next(keyword)) {
        const char *name = json_name(keyword);
        if (strcmp(name, "type") == 0)
            fits = check_type(checker, keyword, value);
        else if (strcmp(name, "enum") == 0)
            fits = check_enum(checker, keyword, value);
        else if (strcmp(name, "oneOf") == 0)
            fits = check_one_of(checker, keyword, value);
        else if (strcmp(name, "items") == 0)
            fits = check_items(checker, keyword, value);
        else if (strcmp(name, "format") == 0)
            fits = check_format(checker, value);
        else if (strcmp(name, "minimum") == 0)
            fits = json_number(value, -1) >= json_number(keyword, 0) ||
                   fault(checker, "is too small", "");
        else if (strcmp(name, "properties") != 0 && strcmp(name, "required") != 0 &&
                 strcmp(name, "additionalProperties") != 0 && strcmp(name, "description") != 0 &&
                 strcmp(name, "default") != 0)
            fits = fault(checker, "the test does not know the keyword", name);
    }
    return fits && (json_kind(value) != JSON_OBJECT || check_members(checker, schema, value));
}

TEST(the_reader_of_schemas_tells_right_from_wrong) {
    static const struct {
        const char *schema, *value;
        bool fits;
    } cases[] = {{"{\"type\":\"integer\"}", "3", true},
                 {"{\"type\":\"integer\"}", "3.5", false},
                 {"{\"type\":\"integer\"}", "\"3\"", false},
                 {"{\"type\":\"number\"}", "null", false},
                 {"{\"type\":[\"number\",\"null\"]}", "null", true},
                 {"{\"type\":[\"number\",\"null\"]}", "true", false},
                 {"{\"minimum\":1}", "0", false},
                 {"{\"enum\":[\"a\",\"b\"]}", "\"b\"", true},
                 {"{\"enum\":[\"a\",\"b\"]}", "\"c\"", false},
                 {"{\"format\":\"date-time\"}", "\"2026-01-01T00:00:00.000Z\"", true},
                 {"{\"format\":\"date-time\"}", "\"2026-01-01\"", false},
                 {"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "null", true},
                 {"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "1", false},
                 {"{\"oneOf\":[{\"type\":\"number\"},{\"type\":\"integer\"}]}", "1", false},
                 {"{\"items\":{\"type\":\"string\"}}", "[\"a\",\"b\"]", true},
                 {"{\"items\":{\"type\":\"string\"}}", "[\"a\",1]", false},
                 {"{\"required\":[\"a\"]}", "{\"a\":null}", true},
                 {"{\"required\":[\"a\"]}", "{\"b\":1}", false},
                 {"{\"properties\":{\"a\":{\"type\":\"null\"}}}", "{\"a\":1}", false},
                 {"{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"a\":1}", true},
                 {"{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"b\":1}", false},
                 {"{\"additionalProperties\":{\"type\":\"number\"}}", "{\"b\":\"1\"}", false},
                 {"{\"$ref\":\"#/x\",\"x\":{\"type\":\"null\"}}", "1", false},
                 {"{\"pattern\":\"a\"}", "\"a\"", false}}; /* a keyword that it does not know */
    for (size_t at = 0; at < sizeof cases / sizeof *cases; at++) {
        struct json *schema, *value;
        EXPECT_OK(json_parse(cases[at].schema, strlen(cases[at].schema), &schema, NULL));
        EXPECT_OK(json_parse(cases[at].value, strlen(cases[at].value), &value, NULL));
        struct checker checker = {.document = schema, .path = "$"};
        if (check(&checker, schema, value) != cases[at].fits)
            test_fail(__FILE__, __LINE__, "%s against %s", cases[at].value, cases[at].schema);
        json_free(schema);
        json_free(value);
    }
}

/* --- requests against the description --- */

enum { SEEN_MAX = 600 };
struct session {
    struct served served;
    struct json *document;
    unsigned seen_count;
    char seen[SEEN_MAX][80]; /* "get /v1/kpis 200" */
};

static const struct json *operation_of(const struct json *document, const char *path,
                                       const char *method) {
    char name[16];
    size_t at = 0;
    for (; method[at] != '\0' && at < sizeof name - 1; at++) name[at] = (char)(method[at] | 32);
    name[at] = '\0';
    return json_member(json_member(json_member(document, "paths"), path), name);
}

static void check_body(struct session *session, const char *what, const struct json *response,
                       const struct reply *reply) {
    const struct json *content = json_member(response, "content");
    const struct json *media = json_member(content, reply->type);
    if (content == NULL) {
        EXPECT_EQ(reply->size, 0);
        return;
    }
    if (media == NULL) {
        test_fail(__FILE__, __LINE__, "%s: undocumented content type \"%s\"", what, reply->type);
        return;
    }
    if (strstr(reply->type, "json") == NULL) return;
    struct json *body = NULL;
    struct checker checker = {.document = session->document, .path = "$"};
    if (json_parse(reply->body, reply->size, &body, NULL) != STATUS_OK)
        test_fail(__FILE__, __LINE__, "%s: the body is no JSON", what);
    else if (!check(&checker, json_member(media, "schema"), body))
        test_fail(__FILE__, __LINE__, "%s: %s", what, checker.fault);
    json_free(body);
}

/* Sends one request and holds the answer against the description of `path`. */
static void exchange_with(struct session *session, const char *method, const char *path,
                          const char *target, const char *headers, const char *body, int status,
                          struct reply *reply) {
    char what[300], code[8];
    snprintf(what, sizeof what, "%s %s", method, target);
    if (!served_request(&session->served, method, target, headers, body, reply)) {
        test_fail(__FILE__, __LINE__, "%s: no answer", what);
        return;
    }
    if (reply->status != status)
        test_fail(__FILE__, __LINE__, "%s: %d instead of %d: %.300s", what, reply->status, status,
                  reply->body);
    snprintf(code, sizeof code, "%d", reply->status);
    const struct json *operation = operation_of(session->document, path, method);
    const struct json *response = json_member(json_member(operation, "responses"), code);
    if (response == NULL)
        test_fail(__FILE__, __LINE__, "%s: the answer %s is not documented", what, code);
    else
        check_body(session, what, resolve(session->document, response), reply);
    CHECK(session->seen_count < SEEN_MAX);
    snprintf(session->seen[session->seen_count++], sizeof session->seen[0], "%s %s %s", method,
             path, code);
}

static void exchange(struct session *session, const char *method, const char *path,
                     const char *target, const char *headers, const char *body, int status) {
    struct reply reply;
    exchange_with(session, method, path, target, headers, body, status, &reply);
    text_free(&reply.bytes);
}

static void get(struct session *session, const char *path, const char *target, int status) {
    exchange(session, "GET", path, target, "", "", status);
}

static bool is_seen(const struct session *session, const char *method, const char *path,
                    const char *code) {
    char wanted[80];
    snprintf(wanted, sizeof wanted, "%s %s %s", method, path, code);
    for (unsigned at = 0; at < session->seen_count; at++)
        if (strcasecmp(session->seen[at], wanted) == 0) return true;
    return false;
}

/* A server at its limits, or that publishes nothing (tests/end_to_end/sets.py asks one). */
static bool needs_another_server(const char *path, const char *code) {
    return strcmp(code, "429") == 0 || strcmp(code, "503") == 0 ||
           (strcmp(code, "404") == 0 && strcmp(path, "/v1/catalogue.jsonld") == 0);
}

/* Everything documented was answered. */
static void expect_all_seen(const struct session *session) {
    const struct json *path = json_first(json_member(session->document, "paths"));
    for (; path != NULL; path = json_next(path)) {
        for (const struct json *method = json_first(path); method != NULL;
             method = json_next(method)) {
            const struct json *response = json_first(json_member(method, "responses"));
            for (; response != NULL; response = json_next(response)) {
                const char *code = json_name(response);
                if (needs_another_server(json_name(path), code)) continue;
                if (!is_seen(session, json_name(method), json_name(path), code))
                    test_fail(__FILE__, __LINE__, "%s %s: no request was answered %s",
                              json_name(method), json_name(path), code);
            }
        }
    }
}

static void open_document(struct session *session) {
    struct reply reply;
    EXPECT(served_request(&session->served, "GET", "/openapi.json", "", "", &reply));
    EXPECT_OK(json_parse(reply.body, reply.size, &session->document, NULL));
    text_free(&reply.bytes);
}

/* --- what is asked --- */

#define NDJSON "Content-Type: application/x-ndjson\r\n"
#define TENANT "\"tenant\":\"091620000000\""

/* A case of exactly ten days, a form, an appointment, ratings; one event twice, one not ours. */
static const char events[] =
    "{\"id\":\"1\",\"time\":\"2026-03-02T08:00:00Z\",\"type\":\"case.received\",\"subject\":\"A\","
    "\"service\":\"pass\",\"office\":\"mitte\",\"channel\":\"online\"}\n"
    "{\"id\":\"2\",\"time\":\"2026-03-12T08:00:00Z\",\"type\":\"case.closed\",\"subject\":\"A\","
    "\"minutes\":20}\n"
    "{\"id\":\"3\",\"time\":\"2026-03-02T07:00:00Z\",\"type\":\"form.started\",\"subject\":\"F\","
    "\"service\":\"pass\",\"lang\":\"tr\",\"device\":\"mobile\"}\n"
    "{\"id\":\"4\",\"time\":\"2026-03-02T07:01:00Z\",\"type\":\"form.step\",\"subject\":\"F\","
    "\"service\":\"pass\",\"step\":\"person\"}\n"
    "{\"id\":\"5\",\"time\":\"2026-03-02T07:02:00Z\",\"type\":\"form.submitted\",\"subject\":\"F\"}"
    "\n"
    "{\"id\":\"6\",\"time\":\"2026-03-01T07:00:00Z\",\"type\":\"appointment.confirmed\","
    "\"subject\":\"T\",\"service\":\"pass\",\"office\":\"mitte\",\"start\":\"2026-03-03T09:00:"
    "00Z\"}"
    "\n"
    "{\"id\":\"7\",\"time\":\"2026-03-03T09:00:00Z\",\"type\":\"appointment.missed\",\"subject\":"
    "\"T\"}\n"
    "{\"id\":\"8\",\"time\":\"2026-03-03T09:00:00Z\",\"type\":\"feedback.rated\",\"service\":"
    "\"pass\",\"value\":5}\n"
    "{\"id\":\"1\",\"time\":\"2026-03-02T08:00:00Z\",\"type\":\"case.received\",\"subject\":\"A\","
    "\"service\":\"pass\",\"office\":\"mitte\",\"channel\":\"online\"}\n"
    "{\"id\":\"9\",\"time\":\"2026-03-02T08:00:00Z\",\"type\":\"case.received\",\"subject\":\"B\","
    "\"service\":\"pass\",\"email\":\"x\"}\n";

static const char cloud_event[] =
    "{\"specversion\":\"1.0\",\"id\":\"c1\",\"source\":\"/forms\",\"type\":"
    "\"de.pegel.case.received.v1\",\"subject\":\"C\",\"time\":\"2026-03-04T08:00:00Z\",\"service\":"
    "\"pass\",\"channel\":\"counter\"}";

static const char as_of[] = "as_of=2090-04-01T00:00:00Z"; /* after all that arrives */

static void ask_for_pages(struct session *session) {
    char tag[100], headers[200];
    static const char *const paths[] = {"/", "/openapi.json"};
    for (unsigned at = 0; at < 2; at++) {
        struct reply reply;
        exchange_with(session, "GET", paths[at], paths[at], "", "", 200, &reply);
        EXPECT(reply_header(&reply, "etag", tag, sizeof tag) != NULL);
        text_free(&reply.bytes);
        snprintf(headers, sizeof headers, "If-None-Match: %s\r\n", tag);
        exchange(session, "GET", paths[at], paths[at], headers, "", 304);
    }
    struct reply reply;
    char value[300];
    exchange_with(session, "GET", "/", "/", "Accept-Encoding: gzip\r\n", "", 200, &reply);
    EXPECT(reply_header(&reply, "content-security-policy", value, sizeof value) != NULL);
    EXPECT(strstr(value, "default-src 'self'") != NULL && strstr(value, "unsafe") == NULL);
    EXPECT_TEXT(reply_header(&reply, "x-content-type-options", value, sizeof value), "nosniff");
    text_free(&reply.bytes);
    get(session, "/healthz", "/healthz", 200);
}

static void send_events(struct session *session) {
    static char large[3000000];
    char bearer[200], headers[300];
    struct reply reply;
    const char *path = "/v1/events";
    snprintf(bearer, sizeof bearer, "Authorization: Bearer %s\r\n", session->served.token);
    snprintf(headers, sizeof headers, "%s" NDJSON, bearer);
    exchange_with(session, "POST", path, path, headers, events, 200, &reply);
    EXPECT_TEXT(reply.body,
                "{\"accepted\":8,\"duplicate\":1,\"conflict\":0,\"rejected\":[{\"index\":9,\"id\":"
                "\"9\",\"code\":"
                "\"unknown_field\",\"detail\":\"email\"}]}\n");
    text_free(&reply.bytes);
    memset(large, ' ', sizeof large - 1);
    exchange(session, "POST", path, path, headers, large, 413);
    exchange(session, "POST", path, path, NDJSON, events, 401);
    snprintf(headers, sizeof headers, "%sContent-Type: application/cloudevents+json\r\n", bearer);
    exchange(session, "POST", path, path, headers, cloud_event, 200);
    snprintf(headers, sizeof headers, "%sContent-Type: application/cloudevents-batch+json\r\n",
             bearer);
    exchange(session, "POST", path, path, headers, "[{", 400);
    snprintf(headers, sizeof headers, "%sContent-Type: text/html\r\n", bearer);
    exchange(session, "POST", path, path, headers, "<p>", 415);
    exchange(session, "OPTIONS", path, path, "WebHook-Request-Origin: example.org\r\n", "", 200);
    get(session, "/v1/limits", "/v1/limits", 200);
}

static const char *read_assumptions(void) {
    static char text[100000];
    FILE *file = fopen(PEGEL_SOURCE_DIR "/docs/examples/roi-assumptions.json", "r");
    CHECK(file != NULL);
    const size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    return text;
}

/* Rows that are sums over single units. */
static bool is_compared(const char *id) {
    static const char *const others[] = {"transitions", "variants",   "activities",
                                         "end_to_end",  "roi",        "third_next_available",
                                         "slot_fill",   "utilisation"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(id, others[i]) == 0) return false;
    return true;
}

/* Every KPI of the catalogue, as a whole and by every dimension that it knows. */
static void ask_every_kpi(struct session *session) {
    struct reply reply;
    struct json *catalogue;
    const char *assumptions = read_assumptions();
    exchange_with(session, "GET", "/v1/kpis", "/v1/kpis", "", "", 200, &reply);
    EXPECT_OK(json_parse(reply.body, reply.size, &catalogue, NULL));
    const struct json *kpi = json_first(json_member(catalogue, "kpis"));
    for (; kpi != NULL; kpi = json_next(kpi)) {
        char target[300];
        const char *id = json_text(json_member(kpi, "id"), "");
        snprintf(target, sizeof target, "/v1/kpis/%s?lang=ar&%s", id, as_of);
        exchange(session, "POST", "/v1/kpis/{id}", target, "", assumptions, 200);
        const struct json *by = json_first(json_member(kpi, "dimensions"));
        if (strcmp(id, "roi") == 0) continue; /* one sum: filtered, but never grouped */
        for (; by != NULL; by = json_next(by)) {
            snprintf(target, sizeof target, "/v1/kpis/%s?by=%s%s&%s", id, json_text(by, ""),
                     json_boolean(json_member(kpi, "buckets"), false) ? ",month" : "", as_of);
            exchange(session, "POST", "/v1/kpis/{id}", target, "", assumptions, 200);
        }
        snprintf(target, sizeof target, "/v1/kpis/%s?against=2020-01-01&%s", id, as_of);
        exchange(session, "POST", "/v1/kpis/{id}", target, "", assumptions,
                 is_compared(id) ? 200 : 400);
    }
    json_free(catalogue);
    text_free(&reply.bytes);
}

/* Each reason with its text, as the definition promises: "no_start: E without A; …". */
static void expect_reasons_explained(const char *what, const struct json *answer) {
    const char *told = json_text(json_member(json_member(answer, "definition"), "exclusions"), "");
    const struct json *column = json_first(json_member(answer, "columns"));
    for (; column != NULL; column = json_next(column)) {
        const char *name = json_text(json_member(column, "name"), "");
        char reason[100];
        if (strncmp(name, "excluded_", strlen("excluded_")) != 0) continue;
        snprintf(reason, sizeof reason, "%s:", name + strlen("excluded_"));
        if (strstr(told, reason) == NULL)
            test_fail(__FILE__, __LINE__, "%s: the definition does not tell what %s means", what,
                      name);
    }
}

/* What an answer rests on: all of it, whatever the KPI. */
static void expect_basis(const char *what, const struct json *answer, const struct json *kpi) {
    static const char *const around[] = {"interval", "calendar", "as_of", "state"};
    static const char *const columns[] = {"value", "lo",       "hi",         "n",
                                          "open",  "coverage", "late_share", "state"};
    const struct json *definition = json_member(answer, "definition");
    EXPECT_TEXT(json_text(json_member(definition, "id"), ""),
                json_text(json_member(kpi, "id"), "-"));
    EXPECT_NEAR(json_number(json_member(definition, "version"), 0),
                json_number(json_member(kpi, "version"), -1), 0);
    for (size_t at = 0; at < sizeof around / sizeof *around; at++)
        if (json_kind(json_member(answer, around[at])) == JSON_NULL)
            test_fail(__FILE__, __LINE__, "%s has no %s", what, around[at]);
    for (const struct json *row = json_first(json_member(answer, "rows")); row != NULL;
         row = json_next(row))
        for (size_t at = 0; at < sizeof columns / sizeof *columns; at++)
            if (json_member(row, columns[at]) == NULL)
                test_fail(__FILE__, __LINE__, "%s has no %s", what, columns[at]);
    expect_reasons_explained(what, answer);
}

static void expect_csv_basis(const char *what, const struct reply *reply) {
    static const char end[] =
        ",kpi,kpi_version,view,clock,interval_from,interval_to,zone,calendar,as_of\r\n";
    const char *line_end = strstr(reply->body, "\r\n");
    const size_t size = line_end == NULL ? 0 : (size_t)(line_end + 2 - reply->body);
    if (size < strlen(end) || memcmp(reply->body + size - strlen(end), end, strlen(end)) != 0)
        test_fail(__FILE__, __LINE__, "%s: csv without its basis", what);
}

/* Every KPI that is listed, now and later, carries what it rests on: as JSON and as CSV. That the
 * command line gives the same bytes is shown below. */
static void expect_every_basis(struct session *session) {
    struct reply reply;
    struct json *catalogue, *answer;
    const char *assumptions = read_assumptions();
    exchange_with(session, "GET", "/v1/kpis", "/v1/kpis", "", "", 200, &reply);
    EXPECT_OK(json_parse(reply.body, reply.size, &catalogue, NULL));
    text_free(&reply.bytes);
    const struct json *kpi = json_first(json_member(catalogue, "kpis"));
    for (; kpi != NULL; kpi = json_next(kpi)) {
        char target[300];
        const char *id = json_text(json_member(kpi, "id"), "");
        snprintf(target, sizeof target, "/v1/kpis/%s?%s", id, as_of);
        exchange_with(session, "POST", "/v1/kpis/{id}", target, "", assumptions, 200, &reply);
        EXPECT_OK(json_parse(reply.body, reply.size, &answer, NULL));
        expect_basis(id, answer, kpi);
        json_free(answer);
        text_free(&reply.bytes);
        snprintf(target, sizeof target, "/v1/kpis/%s?format=csv&%s", id, as_of);
        exchange_with(session, "POST", "/v1/kpis/{id}", target, "", assumptions, 200, &reply);
        expect_csv_basis(id, &reply);
        text_free(&reply.bytes);
    }
    json_free(catalogue);
}

static const char sentence_path[] = "/v1/kpis/{id}/sentence";

/* Every KPI that has a sentence, of a month with data. */
static void ask_for_sentences(struct session *session) {
    struct reply reply;
    struct json *catalogue;
    exchange_with(session, "GET", "/v1/kpis", "/v1/kpis", "", "", 200, &reply);
    EXPECT_OK(json_parse(reply.body, reply.size, &catalogue, NULL));
    const struct json *kpi = json_first(json_member(catalogue, "kpis"));
    for (; kpi != NULL; kpi = json_next(kpi)) {
        char target[300];
        const bool told = json_boolean(json_member(kpi, "sentence"), false);
        snprintf(target, sizeof target, "/v1/kpis/%s/sentence?lang=tr&period=2026-03&%s",
                 json_text(json_member(kpi, "id"), ""), as_of);
        get(session, sentence_path, target, told ? 200 : 400);
    }
    json_free(catalogue);
    text_free(&reply.bytes);
}

static void ask_for_sentences_wrongly(struct session *session) {
    static const char *const bad[] = {"period=2026-13",
                                      "compare=month",
                                      "by=month",
                                      "from=2026-01-01",
                                      "view=intake",
                                      "format=csv",
                                      "period=2026-10-31&compare=year"};
    for (size_t at = 0; at < sizeof bad / sizeof *bad; at++) {
        char target[200];
        snprintf(target, sizeof target, "/v1/kpis/processing_time/sentence?%s", bad[at]);
        get(session, sentence_path, target, 400);
    }
    get(session, sentence_path, "/v1/kpis/speed/sentence", 404);
    get(session, "/v1/kpis/{id}", "/v1/kpis/backlog?period=2026-03", 400);
}

static const char *too_large(void) {
    static char large[1100000];
    memset(large, ' ', sizeof large - 1);
    return large;
}

static void ask_wrongly(struct session *session) {
    const char *path = "/v1/kpis/{id}";
    get(session, "/v1/kpis", "/v1/kpis?by=month", 400);
    get(session, path, "/v1/kpis/speed", 404);
    get(session, path, "/v1/kpis/backlog?servise=pass", 400);
    get(session, path, "/v1/kpis/backlog?by=weather", 400);
    get(session, path, "/v1/kpis/backlog?from=yesterday", 400);
    get(session, path, "/v1/kpis/backlog?against=2026-03-02&as_of=2026-03-01", 400);
    get(session, path, "/v1/kpis/backlog?zone=Europe%2FBerln", 400);
    get(session, path, "/v1/kpis/processing_time?stat=p101", 400);
    exchange(session, "POST", path, "/v1/kpis/roi", "", "{", 400);
    exchange(session, "POST", path, "/v1/kpis/roi", "Content-Length: 0\r\n", "", 400);
    exchange(session, "POST", path, "/v1/kpis/speed", "", "{}", 404);
    exchange(session, "POST", path, "/v1/kpis/roi", "", too_large(), 413);
    get(session, "/v1/dimensions", "/v1/dimensions?by=month", 400);
    get(session, "/v1/sets/{id}", "/v1/sets/sdg?by=month", 400);
    get(session, "/v1/sets/{id}", "/v1/sets/sdg?section=gaps", 400);
    get(session, "/v1/sets/{id}", "/v1/sets/sdg?format=xlsx", 400);
    get(session, "/v1/sets/{id}", "/v1/sets/sdg?format=csv&section=people", 400);
    get(session, "/v1/sets/{id}", "/v1/sets/all", 404);
    get(session, "/v1/open/{id}", "/v1/open/roi", 404);
    get(session, "/v1/catalogue.jsonld", "/v1/catalogue.jsonld?by=month", 400);
    /* Two answers must not differ by one small cell. */
    static const char *const words[] = {
        "tenant=091620000000", "service=pass",   "from=2026-01-01", "to=2026-03-01", "by=month",
        "as_of=2026-03-01",    "calendar=12-24", "zone=UTC",        "stat=p50",      "view=intake",
        "against=2026-03-01",  "clock=net",      "section=figures"};
    for (size_t at = 0; at < sizeof words / sizeof *words; at++) {
        char target[100];
        snprintf(target, sizeof target, "/v1/open/no_show?%s", words[at]);
        get(session, "/v1/open/{id}", target, 400);
    }
}

/* All sections at once, one as CSV, and what is wrong. */
static void ask_for_roi(struct session *session) {
    struct reply reply;
    struct json *answer;
    char value[100];
    const char *path = "/v1/roi", *assumptions = read_assumptions();
    exchange_with(session, "POST", path, "/v1/roi?tenant=091620000000&lang=de", "", assumptions,
                  200, &reply);
    EXPECT_OK(json_parse(reply.body, reply.size, &answer, NULL));
    const struct json *sections = json_member(answer, "sections");
    EXPECT_EQ(json_count(sections), ROI_SECTION_COUNT);
    EXPECT_EQ(json_count(json_member(json_member(sections, "scenarios"), "rows")), 6);
    EXPECT_EQ(json_count(json_member(json_member(sections, "years"), "rows")), 6);
    json_free(answer);
    text_free(&reply.bytes);
    exchange_with(session, "GET", path, "/v1/roi?tenant=099990000000&section=scenarios&format=csv",
                  "", "", 200, &reply);
    EXPECT(strncmp(reply.body, "variant,scenario,chosen,", 24) == 0);
    EXPECT_TEXT(reply_header(&reply, "content-disposition", value, sizeof value),
                "attachment; filename=\"roi-scenarios.csv\"");
    text_free(&reply.bytes);
    get(session, path, "/v1/roi?tenant=099990000000", 200);
    get(session, path, "/v1/roi?tenant=091620000000", 400); /* no assumptions */
    get(session, path, "/v1/roi?tenant=099990000000&format=csv", 400);
    get(session, path, "/v1/roi?tenant=099990000000&section=weather", 400);
    exchange(session, "POST", path, path, "", "{}", 400);
    exchange(session, "POST", path, path, "", too_large(), 413);
}

/* Documents of a report; what is in them: tests/end_to_end/package.py. */
static void ask_for_reports(struct session *session) {
    static const char *const paths[] = {"/v1/report", "/v1/package"};
    for (int at = 0; at < 2; at++) {
        struct reply reply;
        char target[160];
        snprintf(target, sizeof target, "%s?tenant=091620000000&from=2026-01-01&to=2026-02-01",
                 paths[at]);
        exchange_with(session, "GET", paths[at], target, "", "", 200, &reply);
        EXPECT(reply.size > 4 && memcmp(reply.body, at == 0 ? "%PDF" : "PK\3\4", 4) == 0);
        text_free(&reply.bytes);
        get(session, paths[at], paths[at], 400);
    }
}

#define PLAN_START                                                                              \
    "{\"title\":\"Erinnerung\",\"author\":\"Amt\",\"treated\":[{\"tenant\":\"091620000000\"}]," \
    "\"baseline\":{\"from\":\"2024-01-01\",\"to\":\"2025-12-29\"},"                             \
    "\"pilot\":{\"from\":\"2026-01-05\",\"to\":\"2026-04-06\"},"                                \
    "\"primary\":{\"kpi\":\"no_show\",\"target\":\"8 %\"},\"minimum_n\":100"

/* Freezes a plan, and asks for it in every way. */
static void freeze_a_pilot(struct session *session) {
    static const char plan[] = PLAN_START "}";
    static const char control[] = PLAN_START ",\"control\":[{\"tenant\":\"091840000000\"}]}";
    static char large[PILOT_PLAN_BYTES_MAX + 2];
    const char *all = "/v1/pilots", *one = "/v1/pilots/{id}", *judged = "/v1/pilots/{id}/result";
    char bearer[200], target[200], id[13];
    struct reply reply;
    struct json *answer;
    snprintf(bearer, sizeof bearer, "Authorization: Bearer %s\r\n", session->served.token);
    exchange(session, "POST", all, all, "", plan, 401);
    exchange(session, "POST", all, all, bearer, "{}", 400);
    exchange(session, "POST", all, all, bearer, control, 403);
    memset(large, ' ', sizeof large - 1);
    exchange(session, "POST", all, all, bearer, large, 413);
    for (int twice = 0; twice < 2; twice++) {
        exchange_with(session, "POST", all, all, bearer, plan, 200, &reply);
        EXPECT_OK(json_parse(reply.body, reply.size, &answer, NULL));
        snprintf(id, sizeof id, "%s", json_text(json_member(answer, "id"), ""));
        EXPECT(json_boolean(json_member(answer, "frozen_late"), false));
        json_free(answer);
        text_free(&reply.bytes);
    }
    exchange_with(session, "GET", all, all, "", "", 200, &reply);
    EXPECT_OK(json_parse(reply.body, reply.size, &answer, NULL));
    EXPECT_EQ(json_count(json_member(answer, "pilots")), 1);
    json_free(answer);
    text_free(&reply.bytes);
    get(session, all, "/v1/pilots?lang=de", 400);
    snprintf(target, sizeof target, "/v1/pilots/%s", id);
    get(session, one, target, 200);
    snprintf(target, sizeof target, "/v1/pilots/%s?stat=p50", id);
    get(session, one, target, 400);
    get(session, one, "/v1/pilots/000000000000", 404);
    get(session, judged, "/v1/pilots/000000000000/result", 404);
    snprintf(target, sizeof target, "/v1/pilots/%s/result?as_of=yesterday", id);
    get(session, judged, target, 400);
    snprintf(target, sizeof target, "/v1/pilots/%s/result?g=1",
             id); /* the end of a name that is known */
    get(session, judged, target, 400);
    snprintf(target, sizeof target, "/v1/pilots/%s/result?lang=de&lang=en", id);
    get(session, judged, target, 400);
    snprintf(target, sizeof target, "/v1/pilots/%s/result?lang=de&%s", id, as_of);
    exchange_with(session, "GET", judged, target, "", "", 200, &reply);
    EXPECT_OK(json_parse(reply.body, reply.size, &answer, NULL));
    EXPECT_TEXT(json_text(json_member(answer, "verdict"), ""), "too_little_data");
    json_free(answer);
    text_free(&reply.bytes);
}

static void ask_for_csv(struct session *session) {
    struct reply reply;
    char value[100];
    char target[200];
    snprintf(target, sizeof target, "/v1/kpis/processing_time?by=service&%s", as_of);
    exchange_with(session, "GET", "/v1/kpis/{id}", target, "Accept: text/csv\r\n", "", 200, &reply);
    EXPECT_TEXT(reply.type, "text/csv");
    EXPECT(strncmp(reply.body, "service,", strlen("service,")) == 0);
    EXPECT(strstr(reply.body, "\r\npass,") != NULL);
    EXPECT_TEXT(reply_header(&reply, "content-disposition", value, sizeof value),
                "attachment; filename=\"processing_time.csv\"");
    EXPECT_TEXT(reply_header(&reply, "pegel-as-of", value, sizeof value),
                "2090-04-01T00:00:00.000Z");
    text_free(&reply.bytes);
    snprintf(target, sizeof target,
             "/v1/kpis/processing_time?by=service&against=2090-03-01T00:00:00Z&%s", as_of);
    exchange_with(session, "GET", "/v1/kpis/{id}", target, "Accept: text/csv\r\n", "", 200, &reply);
    EXPECT(strncmp(reply.body, "service,value_before,value_after,",
                   strlen("service,value_before,value_after,")) == 0);
    EXPECT_TEXT(reply_header(&reply, "pegel-against", value, sizeof value),
                "2090-03-01T00:00:00.000Z");
    text_free(&reply.bytes);
}

static void ask_for_workbooks(struct session *session) {
    struct reply reply;
    char value[100];
    exchange_with(session, "GET", "/v1/kpis/{id}", "/v1/kpis/backlog?by=month&format=xlsx", "", "",
                  200, &reply);
    EXPECT(reply.size > 4 && memcmp(reply.body, "PK\3\4", 4) == 0);
    EXPECT_TEXT(reply_header(&reply, "content-disposition", value, sizeof value),
                "attachment; filename=\"backlog.xlsx\"");
    EXPECT_TEXT(reply_header(&reply, "pegel-definition", value, sizeof value), "backlog;version=1");
    text_free(&reply.bytes);
    exchange(session, "POST", "/v1/roi", "/v1/roi?format=xlsx", "", read_assumptions(), 200);
}

static double row_number(const struct json *answer, const char *name) {
    return json_number(json_member(json_first(json_member(answer, "rows")), name), NAN);
}

static void ask_truly(struct session *session) {
    struct reply reply;
    struct json *answer;
    char target[200];
    snprintf(target, sizeof target, "/v1/kpis/processing_time?stat=p50&%s", as_of);
    exchange_with(session, "GET", "/v1/kpis/{id}", target, "", "", 200, &reply);
    EXPECT_OK(json_parse(reply.body, reply.size, &answer, NULL));
    EXPECT_NEAR(row_number(answer, "p50"), 864000, 0);
    EXPECT_NEAR(row_number(answer, "n"), 1, 0);
    json_free(answer);
    text_free(&reply.bytes);

    exchange_with(session, "GET", "/v1/dimensions", "/v1/dimensions?tenant=091620000000", "", "",
                  200, &reply);
    EXPECT_OK(json_parse(reply.body, reply.size, &answer, NULL));
    const struct json *tenant = json_first(json_member(answer, "tenants"));
    EXPECT_TEXT(json_text(json_member(tenant, "name"), ""), "Beispielstadt");
    EXPECT_NEAR(json_number(json_member(tenant, "events"), 0), 9, 0);
    EXPECT_TEXT(json_text(json_member(tenant, "first"), ""), "2026-03-01T07:00:00.000Z");
    EXPECT_TEXT(json_text(json_member(tenant, "last"), ""), "2026-03-12T08:00:00.000Z");
    EXPECT_EQ(json_count(json_member(tenant, "targets")), 2);
    EXPECT(!json_boolean(json_member(tenant, "assumptions"), true));
    const struct json *service = json_first(json_member(answer, "services"));
    EXPECT_TEXT(json_text(json_member(service, "key"), ""), "pass");
    EXPECT_TEXT(json_text(json_member(json_member(service, "name"), "en"), ""), "Reisepass");
    EXPECT_TEXT(json_text(json_member(json_member(service, "name"), "tr"), ""), "Pasaport");
    EXPECT_TEXT(json_text(json_member(json_first(json_member(answer, "offices")), "key"), ""),
                "mitte");
    const struct json *step = json_first(json_member(answer, "steps"));
    EXPECT_TEXT(json_text(json_member(step, "key"), ""), "person");
    EXPECT_TEXT(json_text(json_member(json_member(step, "name"), "en"), ""), "Person");
    EXPECT_TEXT(json_text(json_member(json_member(step, "name"), "ar"), ""), "ش");
    EXPECT(json_member(json_member(step, "name"), "tr") == NULL);
    step = json_next(step);
    EXPECT_TEXT(json_text(json_member(json_member(step, "name"), "de"), ""), "review");
    EXPECT(json_next(step) == NULL);
    json_free(answer);
    text_free(&reply.bytes);

    exchange_with(session, "GET", "/v1/status", "/v1/status", "", "", 200, &reply);
    EXPECT_OK(json_parse(reply.body, reply.size, &answer, NULL));
    EXPECT_NEAR(json_number(json_member(json_member(answer, "data"), "events"), 0), 9, 0);
    const struct json *source = json_first(json_member(answer, "sources"));
    EXPECT_TEXT(json_text(json_member(source, "source"), ""), "forms");
    EXPECT_NEAR(json_number(json_member(source, "accepted"), 0), 9, 0);
    EXPECT_NEAR(json_number(json_member(source, "duplicate"), 0), 1, 0);
    EXPECT_NEAR(json_number(json_member(source, "rejected"), 0), 1, 0);
    json_free(answer);
    text_free(&reply.bytes);
}

/* `pegel kpi` in a process of its own; what it prints, in `out`. */
static void run_kpi(const char *data, const char *format, char *out, size_t size) {
    char path[PLACE_PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/kpi.out", data);
    const pid_t pid = fork();
    if (pid == 0) {
        char *words[] = {"kpi",      "processing_time",
                         "--data",   (char *)(uintptr_t)data,
                         "--by",     "service",
                         "--stat",   "p50",
                         "--as-of",  "2090-04-01T00:00:00Z",
                         "--format", (char *)(uintptr_t)format,
                         NULL};
        if (freopen(path, "w", stdout) == NULL) _exit(99);
        const int code = command_kpi(12, words);
        fflush(stdout);
        _exit(code);
    }
    int code = -1;
    EXPECT(waitpid(pid, &code, 0) == pid && code == 0);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

TEST(the_description_of_the_api_is_true_and_the_command_line_says_the_same) {
    static struct session session;
    static char beside[100000], alone[100000];
    struct reply reply;
    session.served.data = test_folder();
    served_write_file(session.served.data, "pegel.json", configuration);
    served_write_file(session.served.data, "roi.json", read_assumptions());
    served_make_token(&session.served);
    if (!served_start(&session.served)) {
        test_fail(__FILE__, __LINE__, "pegel serve did not start");
        return;
    }
    open_document(&session);
    get(&session, "/v1/status", "/v1/status", 200);
    get(&session, "/v1/dimensions", "/v1/dimensions", 200);
    get(&session, "/v1/sets/{id}", "/v1/sets/sdg?lang=tr", 200);
    get(&session, "/v1/open/{id}", "/v1/open/no_show", 200);
    get(&session, "/v1/open/{id}", "/v1/open/no_show?format=csv&lang=de", 200);
    get(&session, "/v1/catalogue.jsonld", "/v1/catalogue.jsonld", 200);
    get(&session, "/v1/sets/{id}", "/v1/sets/sdg?format=csv&section=feedback", 200);
    get(&session, "/v1/sets/{id}", "/v1/sets/din-spec-66336?tenant=091620000000&lang=ar", 200);
    get(&session, "/v1/kpis/{id}", "/v1/kpis/processing_time", 200);
    ask_for_pages(&session);
    send_events(&session);
    ask_every_kpi(&session);
    expect_every_basis(&session);
    ask_for_sentences(&session);
    ask_for_sentences_wrongly(&session);
    ask_wrongly(&session);
    freeze_a_pilot(&session);
    ask_for_csv(&session);
    ask_for_workbooks(&session);
    ask_for_roi(&session);
    ask_for_reports(&session);
    ask_truly(&session);
    expect_all_seen(&session);

    exchange_with(&session, "GET", "/v1/kpis/{id}",
                  "/v1/kpis/processing_time?by=service&stat=p50&as_of=2090-04-01T00:00:00Z", "", "",
                  200, &reply);
    run_kpi(session.served.data, "json", beside, sizeof beside);
    EXPECT(strlen(beside) == reply.size + 1 && strncmp(beside, reply.body, reply.size) == 0);
    text_free(&reply.bytes);
    served_stop(&session.served);
    run_kpi(session.served.data, "json", alone, sizeof alone);
    EXPECT_TEXT(alone, beside);
    run_kpi(session.served.data, "table", alone, sizeof alone);
    EXPECT(strstr(alone, "10.0 days") != NULL);
    json_free(session.document);
}

TEST(a_question_over_its_memory_is_refused_as_described) {
    static struct session session;
    struct reply reply;
    char value[20];
    session.served.data = test_folder();
    served_write_file(session.served.data, "pegel.json", "{\"limits\":{\"question_bytes\":1000}}");
    EXPECT(served_start(&session.served));
    open_document(&session);
    exchange_with(&session, "GET", "/v1/kpis/{id}", "/v1/kpis/backlog", "", "", 503, &reply);
    EXPECT(reply_header(&reply, "retry-after", value, sizeof value) != NULL);
    EXPECT(strstr(reply.body, "shorter interval") != NULL);
    text_free(&reply.bytes);
    get(&session, "/v1/dimensions", "/v1/dimensions", 503);
    get(&session, "/v1/kpis", "/v1/kpis", 200); /* needs no data */
    served_stop(&session.served);
    json_free(session.document);
}
