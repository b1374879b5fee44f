/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: a URL says exactly what is asked, and a mistake in it is told, not guessed around.
 * Method: good and bad queries by hand; writing and reading again gives the same question, for
 * random words. */
#include "dashboard/question.h"

#include "tests/test.h"

enum { MEMORY = 1 << 20 };

static enum status parse(struct arena *arena, const char *query, struct question *question,
                         struct error *err) {
    *err = (struct error){{0}};
    return question_parse(query, arena, question, err);
}

TEST(a_query_sets_the_words_of_the_question) {
    struct arena arena;
    struct question question;
    struct error err;
    arena_init(&arena, MEMORY);
    EXPECT_OK(parse(&arena,
                    "tenant=091620000000&service=a,b&office=B%C3%BCrgerb%C3%BCro+Mitte&channel="
                    "online&step=s&filter.lang=tr&device=mobile&type=case.received&from=2026-01-01&"
                    "to=2026-02-01&by="
                    "service%2Cmonth&view=intake&clock=working_days&stat=p50&zone=Europe%2FVienna&"
                    "as_of=2026-03-01&calendar=12-24&lang=de&format=csv",
                    &question, &err));
    const struct plan_words *words = &question.words;
    EXPECT_TEXT(words->filter[DIMENSION_TENANT], "091620000000");
    EXPECT_TEXT(words->filter[DIMENSION_SERVICE], "a,b");
    EXPECT_TEXT(words->filter[DIMENSION_OFFICE], "Bürgerbüro Mitte");
    EXPECT_TEXT(words->filter[DIMENSION_CHANNEL], "online");
    EXPECT_TEXT(words->filter[DIMENSION_STEP], "s");
    EXPECT_TEXT(words->filter[DIMENSION_LANG], "tr");
    EXPECT_TEXT(words->filter[DIMENSION_DEVICE], "mobile");
    EXPECT_TEXT(words->filter[DIMENSION_TYPE], "case.received");
    EXPECT_TEXT(words->from, "2026-01-01");
    EXPECT_TEXT(words->to, "2026-02-01");
    EXPECT_TEXT(words->by, "service,month");
    EXPECT_TEXT(words->view, "intake");
    EXPECT_TEXT(words->clock, "working_days");
    EXPECT_TEXT(words->stat, "p50");
    EXPECT_TEXT(words->zone, "Europe/Vienna");
    EXPECT_TEXT(words->as_of, "2026-03-01");
    EXPECT_TEXT(words->calendar, "12-24");
    EXPECT_EQ(question.language, LANGUAGE_DE);
    EXPECT_EQ(question.format, QUESTION_CSV);
    arena_free(&arena);
}

TEST(an_empty_query_leaves_every_word_open) {
    struct arena arena;
    struct question question;
    struct error err;
    const struct plan_words none = {0};
    arena_init(&arena, MEMORY);
    EXPECT_OK(parse(&arena, "", &question, &err));
    EXPECT(memcmp(&question.words, &none, sizeof none) == 0);
    EXPECT_EQ(question.language, LANGUAGE_EN);
    EXPECT_EQ(question.format, QUESTION_UNSAID);
    EXPECT_OK(parse(&arena, "&&by=month&", &question, &err));
    EXPECT_TEXT(question.words.by, "month");
    arena_free(&arena);
}

TEST(a_mistake_is_named) {
    static const struct {
        const char *query, *says;
    } mistakes[] = {{"servise=a", "there is no parameter \"servise\"; there are tenant, service"},
                    {"Tenant=a", "there is no parameter \"Tenant\""},
                    {"kpi=backlog", "there is no parameter \"kpi\""},
                    {"by=month&by=year", "by is given twice"},
                    {"lang=de&lang=de", "lang is given twice"},
                    {"from=", "from is empty"},
                    {"from", "from is empty"},
                    {"lang=fr", "lang: \"fr\" is not one of de, en, tr, ar"},
                    {"format=xml", "format: \"xml\" is not one of json, csv"},
                    {"by=%6", "two hex digits"},
                    {"by=%zz", "two hex digits"},
                    {"by=a%00b", "control characters"},
                    {"by=a%0Ab", "control characters"}};
    for (size_t at = 0; at < sizeof mistakes / sizeof *mistakes; at++) {
        struct arena arena;
        struct question question;
        struct error err;
        arena_init(&arena, MEMORY);
        EXPECT_EQ(parse(&arena, mistakes[at].query, &question, &err), STATUS_INVALID);
        if (strstr(err.text, mistakes[at].says) == NULL) EXPECT_TEXT(err.text, mistakes[at].says);
        arena_free(&arena);
    }
}

TEST(an_endless_query_and_an_empty_budget_are_refused) {
    static char query[QUESTION_QUERY_BYTES_MAX + 2] = "by=";
    struct arena arena;
    struct question question;
    struct error err;
    arena_init(&arena, MEMORY);
    memset(query + 3, 'x', sizeof query - 4);
    EXPECT_EQ(parse(&arena, query, &question, &err), STATUS_TOO_LARGE);
    arena_free(&arena);
    arena_init(&arena, 0);
    EXPECT_EQ(parse(&arena, "by=month", &question, &err), STATUS_NO_MEMORY);
    arena_free(&arena);
}

/* Any text without control characters. */
static const char *random_word(uint64_t *state, char *word) {
    const size_t size = 1 + test_random(state) % 20;
    for (size_t at = 0; at < size; at++) {
        char byte = (char)(' ' + test_random(state) % 224);
        word[at] = byte == 127 ? '~' : byte;
    }
    word[size] = '\0';
    return word;
}

static bool same(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

TEST(a_written_question_reads_back_the_same) {
    for (uint64_t seed = 1; seed <= 500; seed++) {
        char words[20][32];
        uint64_t state = seed;
        struct arena arena;
        struct text text;
        struct question asked = {.language = (enum language)(seed % LANGUAGE_COUNT)}, read;
        struct error err;
        for (unsigned at = 0; at < DIMENSION_COUNT; at++)
            if (test_random(&state) % 2) asked.words.filter[at] = random_word(&state, words[at]);
        if (test_random(&state) % 2) asked.words.from = random_word(&state, words[8]);
        if (test_random(&state) % 2) asked.words.by = random_word(&state, words[9]);
        if (test_random(&state) % 2) asked.words.calendar = random_word(&state, words[10]);
        if (test_random(&state) % 2) asked.format = QUESTION_CSV;
        arena_init(&arena, MEMORY);
        text_init(&text, MEMORY);
        question_write(&text, &asked);
        EXPECT_OK(parse(&arena, text.bytes, &read, &err));
        for (unsigned at = 0; at < DIMENSION_COUNT; at++)
            EXPECT(same(asked.words.filter[at], read.words.filter[at]));
        EXPECT(same(asked.words.from, read.words.from));
        EXPECT(same(asked.words.by, read.words.by));
        EXPECT(same(asked.words.calendar, read.words.calendar));
        EXPECT(same(NULL, read.words.zone));
        EXPECT_EQ(asked.language, read.language);
        EXPECT_EQ(asked.format, read.format);
        text_free(&text);
        arena_free(&arena);
    }
}

TEST(when_cases_began_to_be_known_is_filled_in_where_it_matters) {
    struct settings settings = {.known_from = "2024-01-01"};
    static const struct {
        const char *kpi, *view, *said, *known_from;
    } rows[] = {{"decided_within", NULL, NULL, "2024-01-01"},
                {"decided_within", NULL, "2020-01-01", "2020-01-01"},
                {"processing_time", "intake", NULL, "2024-01-01"},
                {"processing_time", "closing", NULL, ""},
                {"processing_time", NULL, NULL, ""},
                {"no_show", NULL, NULL, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct question question = {
            .words.kpi = rows[i].kpi, .words.view = rows[i].view, .words.known_from = rows[i].said};
        question_complete(&question, &settings);
        const char *got = question.words.known_from;
        EXPECT_TEXT(got == NULL ? "" : got, rows[i].known_from);
    }
}

TEST(the_settings_fill_in_what_the_words_leave_open) {
    const struct tenant_settings tenants[] = {
        {.key = "091620000000", .zone = "Europe/Vienna", .assumptions = "{}"},
        {.key = "110000000000"}};
    struct settings settings = {.tenants = tenants, .tenant_count = 2, .calendar = "12-24"};

    struct question question = {.words.filter[DIMENSION_TENANT] = "091620000000"};
    question_complete(&question, &settings);
    EXPECT_TEXT(question.words.zone, "Europe/Vienna");
    EXPECT_TEXT(question.words.assumptions, "{}");
    EXPECT_TEXT(question.words.calendar, "12-24");

    question = (struct question){.words.filter[DIMENSION_TENANT] = "091620000000",
                                 .words.zone = "UTC",
                                 .words.assumptions = "mine",
                                 .words.calendar = "12-31"};
    question_complete(&question, &settings);
    EXPECT_TEXT(question.words.zone, "UTC");
    EXPECT_TEXT(question.words.assumptions, "mine");
    EXPECT_TEXT(question.words.calendar, "12-31");

    /* Two tenants, or none said of two known ones: whose zone would it be? */
    question = (struct question){.words.filter[DIMENSION_TENANT] = "091620000000,110000000000"};
    question_complete(&question, &settings);
    EXPECT_TEXT(question.words.zone, SETTINGS_ZONE);
    EXPECT(question.words.assumptions == NULL);
    question = (struct question){0};
    question_complete(&question, &settings);
    EXPECT_TEXT(question.words.zone, SETTINGS_ZONE);

    settings.tenant_count = 1;
    question = (struct question){0};
    question_complete(&question, &settings);
    EXPECT_TEXT(question.words.zone, "Europe/Vienna");
}

/* The query that a question is written as: what kept answers are told apart by. */
static void written(struct arena *arena, const char *query, char *out, size_t size) {
    struct question question;
    struct error err;
    struct text text;
    EXPECT_OK(parse(arena, query, &question, &err));
    text_init(&text, MEMORY);
    question_write(&text, &question);
    snprintf(out, size, "%s", text.bytes);
    text_free(&text);
}

TEST(every_parameter_is_listed_and_makes_another_question) {
    struct arena arena;
    struct question question;
    struct error listed, err;
    char nothing[200], one[200], again[200], query[60], name[40];
    unsigned count = 0;
    arena_init(&arena, MEMORY);
    EXPECT_EQ(parse(&arena, "nonsense=1", &question, &listed), STATUS_INVALID);
    written(&arena, "", nothing, sizeof nothing);
    const char *at = strstr(listed.text, "there are ");
    CHECK(at != NULL);
    for (at += strlen("there are "); *at != '\0'; at += strspn(at, ", ")) {
        const size_t size = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)size, at);
        at += size;
        const bool is_lang = strcmp(name, "lang") == 0, is_format = strcmp(name, "format") == 0;
        snprintf(query, sizeof query, "%s=%s", name, is_lang ? "tr" : is_format ? "csv" : "1");
        written(&arena, query, one, sizeof one);
        written(&arena, one, again, sizeof again);
        EXPECT(strcmp(one, nothing) != 0);
        EXPECT_TEXT(again, one);
        EXPECT_OK(parse(&arena, query, &question, &err));
        EXPECT_EQ(question_is_empty(&question), is_lang || is_format);
        count++;
    }
    EXPECT_TEXT(name, "format"); /* the list is whole */
    EXPECT(count >= 31);
    arena_free(&arena);
}
