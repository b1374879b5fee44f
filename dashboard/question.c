/* SPDX-License-Identifier: EUPL-1.2 */
#include "dashboard/question.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "engine/engine.h"
#include "net/http_parse.h"
#include "story/story.h"

/* The parameters, and the words that they set. */
static const struct {
    const char *name;
    size_t offset; /* of a const char * in struct question */
} parameters[] = {
    {"tenant", offsetof(struct question, words.filter[DIMENSION_TENANT])},
    {"service", offsetof(struct question, words.filter[DIMENSION_SERVICE])},
    {"office", offsetof(struct question, words.filter[DIMENSION_OFFICE])},
    {"channel", offsetof(struct question, words.filter[DIMENSION_CHANNEL])},
    {"step", offsetof(struct question, words.filter[DIMENSION_STEP])},
    {"filter.lang", offsetof(struct question, words.filter[DIMENSION_LANG])},
    {"device", offsetof(struct question, words.filter[DIMENSION_DEVICE])},
    {"type", offsetof(struct question, words.filter[DIMENSION_TYPE])},
    {"country", offsetof(struct question, words.filter[DIMENSION_COUNTRY])},
    {"from", offsetof(struct question, words.from)},
    {"to", offsetof(struct question, words.to)},
    {"by", offsetof(struct question, words.by)},
    {"view", offsetof(struct question, words.view)},
    {"clock", offsetof(struct question, words.clock)},
    {"start", offsetof(struct question, words.start)},
    {"limit", offsetof(struct question, words.limit)},
    {"ages", offsetof(struct question, words.ages)},
    {"known_from", offsetof(struct question, words.known_from)},
    {"stat", offsetof(struct question, words.stat)},
    {"zone", offsetof(struct question, words.zone)},
    {"as_of", offsetof(struct question, words.as_of)},
    {"against", offsetof(struct question, words.against)},
    {"calendar", offsetof(struct question, words.calendar)},
    {"purpose", offsetof(struct question, words.purpose)},
    {"top", offsetof(struct question, words.top)},
    {"within", offsetof(struct question, words.within)},
    {"section", offsetof(struct question, words.section)},
    {"period", offsetof(struct question, period)},
    {"compare", offsetof(struct question, compare)},
};
enum { PARAMETER_COUNT = sizeof parameters / sizeof *parameters };
static_assert(PARAMETER_COUNT + 2 <= 32,
              "take_parameter has a bit for each, for lang and for format");

static const char **word_at(struct question *question, uint32_t at) {
    return (const char **)((char *)question + parameters[at].offset);
}
static const char *word_read(const struct question *question, uint32_t at) {
    return *(const char *const *)((const char *)question + parameters[at].offset);
}

/* Percent-decoded copy in the arena. INVALID: a broken escape or a control character. */
static enum status decode(const char *bytes, size_t size, struct arena *arena, const char **out,
                          struct error *err) {
    size_t used;
    char *text = arena_push_array(arena, char, size + 1);
    if (text == NULL) return error_set(err, STATUS_NO_MEMORY, "question: memory budget used up");
    bool fine = http_decode(bytes, size, true, text, &used);
    for (size_t at = 0; fine && at < used; at++)
        fine = (unsigned char)text[at] >= ' ' && text[at] != 127;
    *out = text;
    return fine ? STATUS_OK
                : error_set(err, STATUS_INVALID,
                            "query: %% must be followed by two hex digits, and control characters "
                            "are not allowed");
}

enum status question_language(const char *text, enum language *out, struct error *err) {
    for (unsigned at = 0; at < LANGUAGE_COUNT; at++) {
        if (strcmp(text, language_text[at]) == 0) {
            *out = (enum language)at;
            return STATUS_OK;
        }
    }
    return error_set(err, STATUS_INVALID, "lang: \"%.20s\" is not one of de, en, tr, ar", text);
}

const char *question_format_text(enum question_format format) {
    switch (format) {
        case QUESTION_CSV: return "csv";
        case QUESTION_XLSX: return "xlsx";
        default: return "json";
    }
}

static enum status set_format(const char *value, enum question_format *out, struct error *err) {
    static const enum question_format formats[] = {QUESTION_JSON, QUESTION_CSV, QUESTION_XLSX};
    for (unsigned at = 0; at < sizeof formats / sizeof *formats; at++) {
        *out = formats[at];
        if (strcmp(value, question_format_text(formats[at])) == 0) return STATUS_OK;
    }
    return error_set(err, STATUS_INVALID, "format: \"%.20s\" is not one of json, csv, xlsx", value);
}

static enum status unknown_parameter(const char *name, struct error *err) {
    struct text known;
    text_init(&known, sizeof err->text);
    for (uint32_t at = 0; at < PARAMETER_COUNT; at++)
        text_add_format(&known, "%s, ", parameters[at].name);
    const enum status status =
        error_set(err, STATUS_INVALID, "there is no parameter \"%.40s\"; there are %slang, format",
                  name, known.failed ? "" : known.bytes);
    text_free(&known);
    return status;
}

/* One decoded parameter. *given: bit per parameter, then one each for lang and format. */
static enum status take_parameter(const char *name, const char *value, struct question *question,
                                  uint32_t *given, struct error *err) {
    uint32_t at = 0;
    while (at < PARAMETER_COUNT && strcmp(parameters[at].name, name) != 0) at++;
    if (at == PARAMETER_COUNT && strcmp(name, "lang") != 0) at++;
    if (at == PARAMETER_COUNT + 1 && strcmp(name, "format") != 0)
        return unknown_parameter(name, err);
    if ((*given >> at & 1) != 0)
        return error_set(err, STATUS_INVALID, "%s is given twice; separate values by commas", name);
    *given |= UINT32_C(1) << at;
    if (*value == '\0')
        return error_set(err, STATUS_INVALID, "%s is empty; leave it out instead", name);
    if (at == PARAMETER_COUNT) return question_language(value, &question->language, err);
    if (at == PARAMETER_COUNT + 1) return set_format(value, &question->format, err);
    *word_at(question, at) = value;
    return STATUS_OK;
}

enum status question_parse(const char *query, struct arena *arena, struct question *out,
                           struct error *err) {
    uint32_t given = 0;
    *out = (struct question){.language = LANGUAGE_EN};
    if (strlen(query) > QUESTION_QUERY_BYTES_MAX)
        return error_set(err, STATUS_TOO_LARGE, "query: more than %d bytes",
                         QUESTION_QUERY_BYTES_MAX);
    while (*query != '\0') {
        const size_t size = strcspn(query, "&");
        const char *equals = memchr(query, '=', size);
        const size_t name_size = equals != NULL ? (size_t)(equals - query) : size;
        const char *name = "", *value = "";
        TRY(decode(query, name_size, arena, &name, err));
        if (equals != NULL) TRY(decode(equals + 1, size - name_size - 1, arena, &value, err));
        if (size > 0) TRY(take_parameter(name, value, out, &given, err));
        query += size + (query[size] == '&');
    }
    return STATUS_OK;
}

bool question_is_empty(const struct question *question) {
    uint32_t at = 0;
    while (at < PARAMETER_COUNT && word_read(question, at) == NULL) at++;
    return at == PARAMETER_COUNT;
}

static void write_parameter(struct text *text, const char *name, const char *value) {
    static const char unreserved[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~,:";
    if (text->size > 0) text_add(text, "&", 1);
    text_add_format(text, "%s=", name);
    for (; *value != '\0'; value++) {
        if (strchr(unreserved, *value) != NULL)
            text_add(text, value, 1);
        else
            text_add_format(text, "%%%02X", (unsigned)(unsigned char)*value);
    }
}

void question_write(struct text *text, const struct question *question) {
    for (uint32_t at = 0; at < PARAMETER_COUNT; at++) {
        const char *value = word_read(question, at);
        if (value != NULL) write_parameter(text, parameters[at].name, value);
    }
    write_parameter(text, "lang", language_text[question->language]);
    if (question->format > QUESTION_JSON)
        write_parameter(text, "format", question_format_text(question->format));
}

/* The one tenant that the question is about; NULL: several, or one that nothing was told about. */
static const struct tenant_settings *only_tenant(const struct question *question,
                                                 const struct settings *settings) {
    const char *tenants = question->words.filter[DIMENSION_TENANT];
    if (tenants != NULL) return settings_tenant(settings, tenants);
    return settings->tenant_count == 1 ? settings->tenants : NULL;
}

void question_complete(struct question *question, const struct settings *settings) {
    const struct tenant_settings *tenant = only_tenant(question, settings);
    struct plan_words *words = &question->words;
    if (tenant != NULL && words->zone == NULL) words->zone = tenant->zone;
    if (tenant != NULL && words->assumptions == NULL) words->assumptions = tenant->assumptions;
    if (words->zone == NULL) words->zone = SETTINGS_ZONE;
    if (words->calendar == NULL) words->calendar = settings->calendar;
    const struct kpi_definition *definition =
        words->kpi == NULL ? NULL : kpi_find(words->kpi, strlen(words->kpi));
    if (words->limit == NULL && definition != NULL && definition->deadline)
        words->limit = settings->limit;
    const bool intake = words->view == NULL ? definition != NULL && definition->ages
                                            : strcmp(words->view, "intake") == 0;
    if (words->known_from == NULL && definition != NULL && definition->censors && intake)
        words->known_from = settings->known_from;
}

/* The extent of the data: with as_of, of what was known then, or answers that leave out an end of
 * their interval would change as more comes in. */
static enum status find_extent(const struct question *question, struct engine *engine,
                               int64_t now_ms, struct arena *arena, int64_t *from_ms,
                               int64_t *to_ms, struct error *err) {
    struct engine_stats stats;
    bool needed;
    int64_t as_of_ms;
    TRY(engine->ops->stats(engine, &stats, err));
    *from_ms = stats.oldest_time_ms;
    *to_ms = stats.newest_time_ms;
    if (question->words.as_of == NULL) return STATUS_OK;
    TRY(plan_as_of(&question->words, now_ms, arena, &as_of_ms, &needed, err));
    if (!needed) return STATUS_OK;
    return engine->ops->extent(engine, as_of_ms, arena, from_ms, to_ms, err);
}

enum status question_answer(const struct question *question, struct engine *engine, int64_t now_ms,
                            struct arena *arena, struct plan *plan, struct result *result,
                            struct error *err) {
    int64_t from_ms, to_ms;
    if (question->period != NULL || question->compare != NULL)
        return error_set(err, STATUS_INVALID,
                         "period and compare are of a sentence; give from, to and by instead");
    TRY(find_extent(question, engine, now_ms, arena, &from_ms, &to_ms, err));
    TRY(plan_parse(&question->words, from_ms, to_ms, now_ms, arena, plan, err));
    TRY(engine->ops->query(engine, plan, arena, result, err));
    if (question->format == QUESTION_CSV && result->section_count > 1)
        return error_set(err, STATUS_INVALID,
                         "csv is one table: ask for one section, as section=scenarios");
    return STATUS_OK;
}

/* What the one service that is asked for is called; its key where nothing was told. NULL: several.
 */
static const char *const *service_names(const struct settings *settings, const struct plan *plan,
                                        const char *names[LANGUAGE_COUNT]) {
    const struct plan_filter *services = &plan->filter[DIMENSION_SERVICE];
    if (services->count != 1) return NULL;
    const struct service_settings *service = settings_service(settings, services->values[0]);
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        names[language] = settings_name(service == NULL ? NULL : service->name,
                                        (enum language)language, services->values[0]);
    }
    return names;
}

enum status question_tell(const struct question *question, const struct settings *settings,
                          struct engine *engine, int64_t now_ms, struct arena *arena,
                          struct story *out, struct error *err) {
    int64_t from_ms, to_ms;
    struct plan_words words = question->words;
    struct story_question asked;
    const char *names[LANGUAGE_COUNT];
    struct plan *plan = arena_push_array(arena, struct plan, 1);
    struct result *result = arena_push_array(arena, struct result, 1);
    if (plan == NULL || result == NULL)
        return error_set(err, STATUS_NO_MEMORY, "question: memory budget used up");
    if (words.against != NULL || words.view != NULL || words.stat != NULL)
        return error_set(err, STATUS_INVALID,
                         "against, view and stat are not of a sentence: leave them out");
    TRY(find_extent(question, engine, now_ms, arena, &from_ms, &to_ms, err));
    TRY(story_prepare(question->period, question->compare, to_ms, now_ms, arena, &words, &asked,
                      err));
    TRY(plan_parse(&words, from_ms, to_ms, now_ms, arena, plan, err));
    TRY(story_check(plan, err));
    TRY(engine->ops->query(engine, plan, arena, result, err));
    return story_tell(&asked, plan, result, service_names(settings, plan, names), arena, out, err);
}
