/* SPDX-License-Identifier: EUPL-1.2 */
#include "story/phrase.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "story/language.h"
#include "story/measure.h"

enum { SENTENCE_BYTES_MAX = 4096, PIECE_BYTES_MAX = 1024 };

/* --- templates --- */

struct hole {
    const char *name, *value;
};
enum { HOLES_MAX = 5 };
struct holes {
    struct hole hole[HOLES_MAX]; /* those without a name end the list */
};

static const char *value_of(const struct holes *holes, const char *name, size_t size) {
    for (int i = 0; i < HOLES_MAX && holes->hole[i].name != NULL; i++)
        if (strlen(holes->hole[i].name) == size && memcmp(holes->hole[i].name, name, size) == 0)
            return holes->hole[i].value;
    check_failed(__FILE__, __LINE__, name); /* the build knows every hole */
}

static void fill(struct text *text, const char *template, const struct holes *holes) {
    for (;;) {
        const size_t plain = strcspn(template, "{");
        text_add(text, template, plain);
        if (template[plain] == '\0') return;
        const char *name = template + plain + 1;
        const size_t size = strcspn(name, "}");
        text_add_string(text, value_of(holes, name, size));
        template = name + size + 1;
    }
}

/* A piece that goes into a hole of another. */
static const char *piece(char bytes[PIECE_BYTES_MAX], const char *template,
                         const struct holes *holes) {
    struct text text;
    text_init(&text, PIECE_BYTES_MAX);
    fill(&text, template, holes);
    snprintf(bytes, PIECE_BYTES_MAX, "%s", text.failed || text.size == 0 ? "" : text.bytes);
    text_free(&text);
    return bytes;
}

/* --- periods --- */

static const char *say_period(enum language language, struct period period, const char *template,
                              char out[PIECE_BYTES_MAX]) {
    const struct story_texts *texts = &story_texts[language];
    int64_t year, week_year;
    int month, day;
    char day_text[24], week_text[24], year_text[24];
    char name[PERIOD_TEXT_BYTES];
    timestamp_civil_from_days(period.day, &year, &month, &day);
    snprintf(day_text, sizeof day_text, "%d", day);
    period_name(period, name);
    int week = 0;
    if (period.kind == PERIOD_WEEK && sscanf(name, "%" SCNd64 "-W%d", &week_year, &week) == 2)
        year = week_year;
    snprintf(week_text, sizeof week_text, "%d", week);
    snprintf(year_text, sizeof year_text, "%" PRId64, year);
    const struct holes holes = {{{"day", day_text},
                                 {"week", week_text},
                                 {"month", texts->months[month - 1]},
                                 {"quarter", texts->quarters[(month - 1) / 3]},
                                 {"year", year_text}}};
    return piece(out, template, &holes);
}

static bool same_year(struct period a, struct period b) {
    return period_of(PERIOD_YEAR, a.day).day == period_of(PERIOD_YEAR, b.day).day;
}

static const char *say_than(const struct phrase *phrase, enum language language,
                            char out[PIECE_BYTES_MAX]) {
    int which = (int)phrase->than.kind;
    if (which == PERIOD_MONTH && same_year(phrase->than, phrase->period)) which = THAN_NEAR;
    if (which == PERIOD_WEEK && period_move(phrase->than, 1).day != phrase->period.day)
        which = THAN_WEEK_YEAR;
    return say_period(language, phrase->than, story_texts[language].than[which], out);
}

/* --- quantities --- */

static enum story_manner manner_of(enum story_unit unit) {
    switch (unit) {
        case UNIT_PERCENT: return MANNER_SHARE;
        case UNIT_EURO: return MANNER_MONEY;
        case UNIT_COUNT: return MANNER_COUNT;
        case UNIT_OF5: return MANNER_SCORE;
        default: return MANNER_DURATION;
    }
}

/* Counts are exact, and below ten euros there are cents. */
static struct spoken round_measured(struct measure measure, double value) {
    const double number = value / measure.size;
    if (measure.unit == UNIT_COUNT) return spoken_whole(number);
    if (measure.unit == UNIT_EURO && fabs(number) < 9.995 && number != 0)
        return spoken_fixed(number, 2);
    return spoken_round(number);
}

/* A difference as exactly as the value that it belongs to: "12 days, 3 less". */
static struct spoken round_delta(struct measure measure, double value, double delta) {
    const double size = fabs(value / measure.size), number = fabs(delta / measure.size);
    if (measure.unit == UNIT_COUNT) return spoken_whole(number);
    if (measure.unit == UNIT_EURO && size < 9.995) return spoken_fixed(number, 2);
    if (size < 9.95) return spoken_round(number);
    if (size < 1000) return spoken_whole(number);
    const double step = pow(10, floor(log10(size)) - 2);
    return spoken_whole(round(number / step) * step);
}

static const char *say_quantity(enum language language, struct spoken number,
                                const char *const forms[PLURAL_COUNT], char out[PIECE_BYTES_MAX]) {
    char digits[40];
    language_number(language, number, digits, sizeof digits);
    const struct holes holes = {{{"n", digits}}};
    return piece(out, forms[language_plural(language, number)], &holes);
}

/* --- the sentence --- */

static bool has_value(const struct phrase *phrase) {
    return isfinite(phrase->value) && phrase->state != RESULT_NO_DATA &&
           phrase->state != RESULT_SUPPRESSED;
}

enum phrase_change phrase_change(const struct phrase *phrase) {
    if (phrase->change != PHRASE_CHANGED) return phrase->change;
    const struct measure measure = measure_of(phrase->unit, phrase->value);
    const double delta = phrase->value - phrase->before;
    if (round_delta(measure, phrase->value, delta).units == 0) return PHRASE_NORMAL;
    return PHRASE_CHANGED;
}

static void say_figure(const struct phrase *phrase, enum language language, const char *in,
                       struct text *text) {
    const struct measure measure = measure_of(phrase->unit, phrase->value);
    const struct spoken number = round_measured(measure, phrase->value);
    char value[PIECE_BYTES_MAX];
    say_quantity(language, number, story_texts[language].quantity[measure.unit], value);
    const struct holes holes = {{{"in", in}, {"value", value}}};
    fill(text, phrase->definition->sentence[language][language_plural(language, number)], &holes);
}

static void say_change(const struct phrase *phrase, enum language language, struct text *text) {
    const struct story_texts *texts = &story_texts[language];
    const enum phrase_change change = phrase_change(phrase);
    if (change == PHRASE_NORMAL) text_add_string(text, texts->clause[CLAUSE_NORMAL]);
    if (change != PHRASE_CHANGED) return;
    const struct measure measure = measure_of(phrase->unit, phrase->value);
    const double difference = phrase->value - phrase->before;
    const enum story_unit unit = measure.unit == UNIT_PERCENT ? UNIT_PERCENTAGE_POINT
                                 : measure.unit == UNIT_OF5   ? UNIT_POINT
                                                              : measure.unit;
    char delta[PIECE_BYTES_MAX], than[PIECE_BYTES_MAX];
    say_quantity(language, round_delta(measure, phrase->value, difference), texts->delta[unit],
                 delta);
    const struct holes holes = {{{"delta", delta}, {"than", say_than(phrase, language, than)}}};
    const enum story_manner manner = manner_of(measure.unit);
    fill(text, difference < 0 ? texts->less[manner] : texts->more[manner], &holes);
}

static void say_open(const struct phrase *phrase, enum language language, struct text *text) {
    const char *const *forms = phrase->definition->open[language];
    char open[PIECE_BYTES_MAX];
    if (phrase->open == 0 || forms[PLURAL_OTHER] == NULL) return;
    say_quantity(language, spoken_whole((double)phrase->open), forms, open);
    const struct holes holes = {{{"open", open}}};
    fill(text, story_texts[language].clause[CLAUSE_OPEN], &holes);
}

static void say_state(const struct phrase *phrase, enum language language, struct text *text) {
    const struct story_texts *texts = &story_texts[language];
    char few[PIECE_BYTES_MAX];
    if (phrase->state == RESULT_PROVISIONAL)
        text_add_string(text, texts->clause[CLAUSE_PROVISIONAL]);
    if (phrase->state == RESULT_INCOMPLETE) text_add_string(text, texts->clause[CLAUSE_INCOMPLETE]);
    /* However few, a count is exact. */
    if (phrase->state == RESULT_FEW && measure_of(phrase->unit, 0).unit != UNIT_COUNT)
        text_add_string(text,
                        say_quantity(language, spoken_whole((double)phrase->n), texts->few, few));
}

static void say_nothing(const struct phrase *phrase, enum language language, const char *in,
                        struct text *text) {
    enum story_clause clause = CLAUSE_UNKNOWN;
    if (phrase->state == RESULT_NO_DATA) clause = CLAUSE_NO_DATA;
    if (phrase->state == RESULT_SUPPRESSED) clause = CLAUSE_SUPPRESSED;
    const struct holes holes = {{{"in", in}, {"name", phrase->definition->name[language]}}};
    fill(text, story_texts[language].clause[clause], &holes);
}

const char *phrase_say(const struct phrase *phrase, enum language language, struct arena *arena) {
    const struct story_texts *texts = &story_texts[language];
    struct text text;
    char in[PIECE_BYTES_MAX];
    text_init(&text, SENTENCE_BYTES_MAX);
    if (phrase->service[language] != NULL) {
        const struct holes holes = {{{"service", phrase->service[language]}}};
        fill(&text, texts->clause[CLAUSE_SERVICE], &holes);
    }
    say_period(language, phrase->period, texts->in[phrase->period.kind], in);
    if (has_value(phrase)) {
        say_figure(phrase, language, in, &text);
        say_change(phrase, language, &text);
        say_state(phrase, language, &text);
        say_open(phrase, language, &text);
    } else {
        say_nothing(phrase, language, in, &text);
    }
    text_add_string(&text, texts->clause[CLAUSE_END]);
    const char *said = text.failed ? NULL : arena_copy_text(arena, text.bytes, text.size);
    text_free(&text);
    return said;
}
