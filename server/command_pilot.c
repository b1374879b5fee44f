/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "dashboard/question.h"
#include "engine/engine.h"
#include "pilot/pilot.h"
#include "pilot/sentence.h"
#include "query/plan.h"
#include "server/command.h"
#include "server/config.h"
#include "server/neighbour.h"
#include "server/options.h"
#include "server/place.h"
#include "server/whole_file.h"

/* pegel pilot: freezes plans and judges pilots. Plans are a file of their own, so they are read and
 * written beside a running server; only the result needs the data, and asks the server when it has
 * them open. */

enum { ANSWER_BYTES_MAX = 64 << 20 };

struct words {
    const char *data, *config, *lang, *as_of, *format;
};

struct work {
    const struct words *words;
    enum language language;
    struct config config;
    struct arena arena;
    struct text answer; /* JSON */
};

/* --- plans --- */

static enum status create(struct work *work, const char *path, struct error *err) {
    char *json;
    size_t size;
    bool added;
    struct pilot_plan plan;
    struct register_entry entry;
    TRY(whole_file_read(path, PILOT_PLAN_BYTES_MAX, &work->arena, &json, &size, err));
    TRY(pilot_plan_parse(json, size, &work->arena, &plan, err));
    TRY(place_make_folder(work->words->data, err));
    TRY(register_add(work->words->data, &plan, clock_utc_ms(clock_system()), &work->arena, &entry,
                     &added, err));
    printf("%s pilot %s%s.\nSHA-256 of the plan: %s\n",
           added ? "Frozen:" : "Already frozen:", entry.id,
           entry.late ? ", LATE: after the pilot period had begun" : "", entry.hash);
    return STATUS_OK;
}

static enum status list(struct work *work, struct error *err) {
    struct register_list plans;
    TRY(register_read(work->words->data, &work->arena, &plans, err));
    if (plans.count == 0)
        puts("There is no pilot yet. Freeze a plan with: pegel pilot create PLAN.json --data DIR");
    else
        printf("%-12s  %-10s  %-6s  %s\n", "id", "frozen", "when", "title");
    for (uint32_t i = 0; i < plans.count; i++) {
        char frozen[TIMESTAMP_TEXT_BYTES];
        timestamp_format_utc(plans.entries[i].frozen_ms, frozen);
        printf("%s  %.10s  %-6s  %s\n", plans.entries[i].id, frozen,
               plans.entries[i].late ? "LATE" : "before", plans.entries[i].plan.title);
    }
    return STATUS_OK;
}

static enum status show(struct work *work, const char *id, struct error *err) {
    struct register_entry entry;
    TRY(register_find(work->words->data, id, &work->arena, &entry, err));
    register_write_entry(&entry, &work->answer);
    if (work->answer.failed) return error_set(err, STATUS_NO_MEMORY, "pilot: no memory");
    puts(work->answer.bytes);
    return STATUS_OK;
}

/* --- the result --- */

static enum status ask_engine(struct work *work, struct engine *engine, const char *id,
                              struct error *err) {
    struct register_entry *entry = arena_push_array(&work->arena, struct register_entry, 1);
    struct pilot_result *result = arena_push_array(&work->arena, struct pilot_result, 1);
    int64_t as_of_ms;
    bool needs_extent;
    if (entry == NULL || result == NULL)
        return error_set(err, STATUS_NO_MEMORY, "pilot: memory budget used up");
    TRY(register_find(work->words->data, id, &work->arena, entry, err));
    const struct settings *settings = &work->config.settings;
    const struct plan_words told = {.calendar = settings->calendar,
                                    .limit = settings->limit,
                                    .known_from = settings->known_from};
    const struct plan_words words = {.zone = entry->plan.zone, .as_of = work->words->as_of};
    TRY(plan_as_of(&words, clock_utc_ms(clock_system()), &work->arena, &as_of_ms, &needs_extent,
                   err));
    TRY(pilot_evaluate(entry, engine, as_of_ms, &told, &work->arena, result, err));
    pilot_write_result(result, work->language, &work->answer);
    return work->answer.failed ? error_set(err, STATUS_NO_MEMORY, "pilot: no memory") : STATUS_OK;
}

static enum status ask_server(struct work *work, const char *url, const char *id,
                              struct error *err) {
    const char *path = arena_format(&work->arena, "/v1/pilots/%s/result", id);
    const struct question question = {.language = work->language,
                                      .words = {.as_of = work->words->as_of}};
    const struct neighbour_request request = {
        .url = url, .path = path, .question = &question, .answer_bytes_max = ANSWER_BYTES_MAX};
    if (path == NULL) return error_set(err, STATUS_NO_MEMORY, "pilot: no memory");
    return neighbour_ask(&request, &work->answer, err);
}

static enum status ask(struct work *work, const char *id, struct error *err) {
    struct engine *engine;
    char url[PLACE_URL_BYTES_MAX];
    TRY(neighbour_open(work->words->data, &engine, url, err));
    if (engine == NULL) return ask_server(work, url, id, err);
    const enum status status = ask_engine(work, engine, id, err);
    engine_close(engine);
    return status;
}

static void print_figure(const char *label, const struct json *value, const char *unit,
                         bool change) {
    struct text cell;
    text_init(&cell, 256);
    if (json_kind(value) == JSON_NUMBER)
        sentence_figure(&cell, json_number(value, 0), unit, change, LANGUAGE_EN);
    else
        text_add_string(&cell, "not known");
    printf("  %-26s %s\n", label, cell.failed ? "" : cell.bytes);
    text_free(&cell);
}

static void print_group(const char *before, const char *after, const struct json *group,
                        const char *unit) {
    if (json_kind(group) != JSON_OBJECT) return;
    print_figure(before, json_member(group, "before"), unit, false);
    print_figure(after, json_member(group, "after"), unit, false);
    printf("  %-26s %.0f + %.0f, units: %.0f\n", "cases, before + during",
           json_number(json_member(group, "n_before"), 0),
           json_number(json_member(group, "n_after"), 0),
           json_number(json_member(group, "units"), 0));
}

static void print_finding(const struct json *finding) {
    const char *unit = json_text(json_member(finding, "unit"), "");
    const struct json *effect = json_member(finding, "effect");
    printf("\n%s (%s)\n", json_text(json_member(finding, "name"), ""),
           json_text(json_member(finding, "role"), ""));
    print_group("treated, before", "treated, during", json_member(finding, "treated"), unit);
    print_group("control, before", "control, during", json_member(finding, "control"), unit);
    print_figure("effect", json_member(effect, "value"), unit, true);
    print_figure("  from", json_member(effect, "lo"), unit, true);
    print_figure("  to", json_member(effect, "hi"), unit, true);
    if (json_kind(json_member(effect, "p")) == JSON_NUMBER)
        printf("  %-26s %.4f\n", "p", json_number(json_member(effect, "p"), 0));
    printf("  %-26s %s\n  %s\n", "method", json_text(json_member(finding, "method"), ""),
           json_text(json_member(finding, "sentence"), ""));
}

static enum status print_result(const struct work *work, struct error *err) {
    struct json *document;
    if (work->words->format != NULL && strcmp(work->words->format, "json") == 0) {
        puts(work->answer.bytes);
        return STATUS_OK;
    }
    TRY(json_parse(work->answer.bytes, work->answer.size, &document, err));
    const struct json *plan = json_member(json_member(document, "pilot"), "plan");
    puts(json_text(json_member(plan, "title"), ""));
    const struct json *finding = json_first(json_member(document, "findings"));
    for (; finding != NULL; finding = json_next(finding)) print_finding(finding);
    json_free(document);
    return STATUS_OK;
}

/* --- words --- */

static enum status run(struct work *work, const char *verb, const char *what, struct error *err) {
    TRY(config_find(work->words->config, work->words->data, &work->config, err));
    arena_init(&work->arena, work->config.limits.question_bytes);
    if (strcmp(verb, "create") == 0) return create(work, what, err);
    if (strcmp(verb, "list") == 0) return list(work, err);
    if (strcmp(verb, "show") == 0) return show(work, what, err);
    TRY(ask(work, what, err));
    return print_result(work, err);
}

static int understand(const struct usage *usage, const struct words *words, int word_count,
                      char **argv) {
    struct work work = {.words = words, .language = LANGUAGE_EN};
    struct error err = {{0}};
    const char *verb = word_count > 0 ? argv[1] : "";
    const bool lists = strcmp(verb, "list") == 0;
    const bool named =
        strcmp(verb, "create") == 0 || strcmp(verb, "show") == 0 || strcmp(verb, "result") == 0;
    if (!(lists && word_count == 1) && !(named && word_count == 2))
        return options_misuse(usage, "say create PLAN.json, list, show ID or result ID");
    if (words->data == NULL) return options_misuse(usage, "--data DIR says where the data lives");
    if (words->lang != NULL && question_language(words->lang, &work.language, &err) != STATUS_OK)
        return options_misuse(usage, "%s", err.text);
    if (words->format != NULL && strcmp(words->format, "json") != 0 &&
        strcmp(words->format, "table") != 0)
        return options_misuse(usage, "--format is one of table, json");
    arena_init(&work.arena, PILOT_PLAN_BYTES_MAX);
    text_init(&work.answer, ANSWER_BYTES_MAX);
    const enum status status = run(&work, verb, argv[2], &err);
    if (status != STATUS_OK) fprintf(stderr, "pegel: %s\n", err.text);
    text_free(&work.answer);
    arena_free(&work.arena);
    config_close(&work.config);
    return status == STATUS_OK ? COMMAND_OK : COMMAND_FAILED;
}

int command_pilot(int argc, char **argv) {
    struct words words = {0};
    const struct option options[] = {
        {"data", "DIR", "the data folder", &words.data, NULL},
        {"config", "FILE", "configuration; default: DIR/pegel.json when there is one",
         &words.config, NULL},
        {"as-of", "TIME", "result: from what was known then; default: now", &words.as_of, NULL},
        {"lang", "LANG", "result: language of names and sentences: de, en (default), tr, ar",
         &words.lang, NULL},
        {"format", "FORMAT", "result: table (default) or json", &words.format, NULL}};
    const struct usage usage = {
        "pegel pilot create PLAN.json|list|show ID|result ID --data DIR [options]",
        "A pilot is judged by a plan that is frozen before it begins: who takes part, which weeks\n"
        "are compared, which KPI decides (docs/PILOTS.md). A frozen plan never changes; the "
        "result\n"
        "says better, worse, not distinguishable or too little data, and how sure that is.",
        options, sizeof options / sizeof *options,
        "  pegel pilot create docs/examples/pilot-plan.json --data ./data\n"
        "  pegel pilot list --data ./data\n"
        "  pegel pilot result 3f9c2a01b7de --data ./data --lang de"};
    int word_count;
    switch (options_parse(&usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    return understand(&usage, &words, word_count, argv);
}
