/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: every sentence is right in every language for every kind of number. Method: all sentences
 * of the catalogue, for the numbers at which forms change, are listed in sentences.txt, which
 * people read and correct; this test writes them anew and compares. With PEGEL_WRITE_DOCS set it
 * writes the file instead. */
#include "story/phrase.h"

#include <stdlib.h>

#include "base/text.h"
#include "story/language.h"
#include "tests/test.h"

#define LISTED PEGEL_SOURCE_DIR "/tests/story/sentences.txt"

static const double numbers[] = {0, 1, 2, 3, 11, 100, 1.5};
enum { NUMBERS = sizeof numbers / sizeof *numbers };
static const char *const languages[LANGUAGE_COUNT] = {"de", "en", "tr", "ar"};

static struct period period(const char *name) {
    struct period period = {PERIOD_MONTH, 0};
    EXPECT(period_parse(name, &period));
    return period;
}

/* In the API's unit, a number that people hear: days, percent, euros, points. */
static double value_of(const struct kpi_definition *definition, double number) {
    if (strcmp(definition->unit, "s") == 0) return number * 86400;
    return strcmp(definition->unit, "ratio") == 0 ? number / 100 : number;
}

static struct phrase phrase_of(const struct kpi_definition *definition, double number) {
    return (struct phrase){.definition = definition,
                           .unit = definition->unit,
                           .period = period("2026-10"),
                           .than = period("2026-09"),
                           .state = RESULT_OK,
                           .value = value_of(definition, number),
                           .before = NAN,
                           .n = 412};
}

static void add(struct text *text, const char *what, const struct phrase *phrase) {
    struct arena arena;
    arena_init(&arena, 1 << 20);
    text_add_format(text, "\n%s\n", what);
    for (unsigned language = 0; language < LANGUAGE_COUNT; language++) {
        const char *said = phrase_say(phrase, (enum language)language, &arena);
        EXPECT(said != NULL);
        text_add_format(text, "%s: %s\n", languages[language], said == NULL ? "" : said);
    }
    arena_free(&arena);
}

static void add_kpis(struct text *text) {
    char what[200];
    for (enum kpi_id kpi = 0; kpi < KPI_COUNT; kpi++) {
        const struct kpi_definition *definition = kpi_get(kpi);
        if (definition->sentence[LANGUAGE_EN][PLURAL_OTHER] == NULL) continue;
        const bool counts = strcmp(definition->unit, "count") == 0;
        for (int i = 0; i < NUMBERS; i++) {
            if (counts && numbers[i] == 1.5) continue;
            struct phrase phrase = phrase_of(definition, numbers[i]);
            phrase.open = (uint64_t)numbers[i];
            snprintf(what, sizeof what, "%s %g", definition->id, numbers[i]);
            add(text, what, &phrase);
        }
    }
}

/* Each unit that durations are said in, and each difference. */
static void add_changes(struct text *text) {
    static const struct {
        enum kpi_id kpi;
        const char *unit, *name;
        double size, value;
    } rows[] = {
        {KPI_WAITING_TIME, "s", "seconds", 1, 9},
        {KPI_WAITING_TIME, "s", "minutes", 60, 300},
        {KPI_PROCESSING_TIME, "s", "hours", 3600, 18000},
        {KPI_PROCESSING_TIME, "s", "days", 86400, 86400 * 9.0},
        {KPI_PROCESSING_TIME, "working_days", "working days", 1, 9},
        {KPI_NO_SHOW, "ratio", "percentage points", 0.01, 0.09},
        {KPI_THROUGHPUT, "count", "count", 1, 412},
        {KPI_SATISFACTION, "score", "points", 1, 4},
        {KPI_COST_PER_TRANSACTION, "EUR", "euros", 1, 8},
    };
    char what[200];
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
        for (int i = 1; i < NUMBERS; i++) {
            struct phrase phrase = phrase_of(kpi_get(rows[row].kpi), 0);
            const double sign = i % 2 == 0 ? 1 : -1;
            phrase.unit = rows[row].unit;
            phrase.value = rows[row].value;
            phrase.before = phrase.value + sign * numbers[i] * rows[row].size;
            phrase.change = PHRASE_CHANGED;
            snprintf(what, sizeof what, "%s of %s, %s by %g", rows[row].name, phrase.definition->id,
                     sign > 0 ? "less" : "more", numbers[i]);
            add(text, what, &phrase);
        }
}

static void add_periods(struct text *text) {
    static const char *const pairs[][2] = {
        {"2026-01", "2025-12"},       {"2026-10", "2025-10"},   {"2026-Q3", "2026-Q2"},
        {"2026-Q1", "2025-Q1"},       {"2026", "2025"},         {"2026-W44", "2026-W43"},
        {"2026-W01", "2025-W01"},     {"2026-W01", "2025-W52"}, {"2026-10-31", "2026-10-24"},
        {"2026-03-01", "2026-02-22"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct phrase phrase = phrase_of(kpi_get(KPI_PROCESSING_TIME), 12);
        char what[200];
        phrase.period = period(pairs[i][0]);
        phrase.than = period(pairs[i][1]);
        phrase.before = 15 * 86400;
        phrase.change = PHRASE_CHANGED;
        snprintf(what, sizeof what, "%s against %s", pairs[i][0], pairs[i][1]);
        add(text, what, &phrase);
    }
    for (int month = 1; month <= 12; month++) {
        struct phrase phrase = phrase_of(kpi_get(KPI_NO_SHOW), 8.1);
        phrase.period = period_move(period("2026-01"), month - 1);
        phrase.than = period_move(phrase.period, -1);
        phrase.before = 0.102;
        phrase.change = PHRASE_CHANGED;
        add(text, "a month", &phrase);
    }
}

static void add_states(struct text *text) {
    struct phrase phrase = phrase_of(kpi_get(KPI_PROCESSING_TIME), 12);
    const char *names[LANGUAGE_COUNT] = {"Wohngeld", "Housing benefit", "Konut yardımı",
                                         "إعانة السكن"};
    phrase.before = 15 * 86400;
    phrase.change = PHRASE_CHANGED;
    phrase.open = 41;
    memcpy(phrase.service, names, sizeof names);
    add(text, "with a service", &phrase);
    phrase.change = PHRASE_NORMAL;
    add(text, "within normal variation", &phrase);
    phrase.change = PHRASE_CHANGED;
    phrase.before = 12.2 * 86400;
    EXPECT_EQ(phrase_change(&phrase), PHRASE_NORMAL);
    add(text, "a change that disappears in rounding", &phrase);
    phrase.change = PHRASE_NO_COMPARISON;
    phrase.state = RESULT_PROVISIONAL;
    add(text, "provisional", &phrase);
    phrase.state = RESULT_INCOMPLETE;
    add(text, "incomplete", &phrase);
    phrase.state = RESULT_FEW;
    for (int i = 1; i < NUMBERS - 1; i++) {
        phrase.n = (uint64_t)numbers[i];
        char what[200];
        snprintf(what, sizeof what, "few: %g", numbers[i]);
        add(text, what, &phrase);
    }
    phrase.state = RESULT_NO_DATA;
    add(text, "no data", &phrase);
    phrase.state = RESULT_SUPPRESSED;
    add(text, "suppressed", &phrase);
    phrase.state = RESULT_OK;
    phrase.value = NAN;
    add(text, "no value", &phrase);
    phrase = phrase_of(kpi_get(KPI_THROUGHPUT), 1234567);
    phrase.before = 1230000;
    phrase.change = PHRASE_CHANGED;
    add(text, "large", &phrase);
    phrase.state = RESULT_FEW; /* of a count it says nothing */
    add(text, "few, of a count", &phrase);
}

static void read_listed(struct text *text) {
    char piece[4096];
    FILE *file = fopen(LISTED, "rb");
    EXPECT(file != NULL || getenv("PEGEL_WRITE_DOCS") != NULL);
    for (size_t size; file != NULL && (size = fread(piece, 1, sizeof piece, file)) > 0;)
        text_add(text, piece, size);
    if (file != NULL) (void)fclose(file);
    text_add(text, "", 0);
}

static void expect_lines(const char *found, const char *want) {
    for (int line = 1; *found != '\0' || *want != '\0'; line++) {
        const size_t found_size = strcspn(found, "\n"), want_size = strcspn(want, "\n");
        if (found_size != want_size || memcmp(found, want, want_size) != 0) {
            test_fail(LISTED, line,
                      "\"%.*s\" instead of \"%.*s\"; if it is right, run this test "
                      "with PEGEL_WRITE_DOCS=1",
                      (int)want_size, want, (int)found_size, found);
            return;
        }
        found += found_size + (found[found_size] == '\n');
        want += want_size + (want[want_size] == '\n');
    }
}

TEST(all_sentences_are_those_that_were_read_and_found_right) {
    struct text text, listed;
    text_init(&text, 1 << 22);
    text_init(&listed, 1 << 22);
    text_add_string(&text,
                    "SPDX-License-Identifier: EUPL-1.2\n"
                    "Every sentence, as people read and corrected them: see phrase_test.c.\n");
    add_kpis(&text);
    add_changes(&text);
    add_periods(&text);
    add_states(&text);
    EXPECT(!text.failed);
    if (getenv("PEGEL_WRITE_DOCS") != NULL) {
        FILE *file = fopen(LISTED, "wb");
        EXPECT(file != NULL && fwrite(text.bytes, 1, text.size, file) == text.size);
        if (file != NULL) EXPECT_EQ(fclose(file), 0);
    }
    read_listed(&listed);
    expect_lines(listed.bytes, text.bytes);
    EXPECT(strchr(text.bytes, '{') == NULL);
    text_free(&text);
    text_free(&listed);
}

TEST(a_sentence_begins_large_and_ends_with_a_point_or_says_that_there_is_no_memory) {
    struct arena arena;
    for (enum kpi_id kpi = 0; kpi < KPI_COUNT; kpi++) {
        const struct phrase phrase = phrase_of(kpi_get(kpi), 3);
        if (phrase.definition->sentence[LANGUAGE_EN][PLURAL_OTHER] == NULL) continue;
        for (unsigned language = 0; language < LANGUAGE_COUNT; language++) {
            arena_init(&arena, 1 << 20);
            const char *said = phrase_say(&phrase, (enum language)language, &arena);
            EXPECT(said != NULL && (said[0] < 'a' || said[0] > 'z'));
            EXPECT(said != NULL && said[strlen(said) - 1] == '.');
            EXPECT(said != NULL && strstr(said, "  ") == NULL);
            arena_free(&arena);
        }
    }
    const struct phrase phrase = phrase_of(kpi_get(KPI_BACKLOG), 3);
    arena_init(&arena, 10);
    EXPECT(phrase_say(&phrase, LANGUAGE_DE, &arena) == NULL);
    arena_free(&arena);
}
