/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/asking.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/json.h"
#include "dashboard/rendering.h"
#include "engine/engine.h"
#include "report/workbook.h"
#include "server/answer_table.h"
#include "server/command.h"
#include "server/config.h"
#include "server/neighbour.h"
#include "server/whole_file.h"
#include "story/story.h"

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV, FORMAT_XLSX };

struct asking {
    const struct asking_words *words;
    enum format format;
    struct question question;
    struct config config;
    struct arena arena;
    struct text answer; /* JSON or CSV */
};

/* --- asking --- */

static enum status make_sentence(struct asking *asking, struct engine *engine, struct error *err) {
    struct story story;
    TRY(question_tell(&asking->question, &asking->config.settings, engine,
                      clock_utc_ms(clock_system()), &asking->arena, &story, err));
    rendering_story(&asking->answer, &story, asking->question.language);
    return STATUS_OK;
}

static enum status make_table(struct asking *asking, struct engine *engine, struct error *err) {
    struct plan plan;
    struct result result;
    TRY(question_answer(&asking->question, engine, clock_utc_ms(clock_system()), &asking->arena,
                        &plan, &result, err));
    if (asking->format == FORMAT_XLSX)
        TRY(workbook_write(&plan, &result, asking->question.language, &asking->answer, err));
    else if (asking->format == FORMAT_CSV)
        rendering_csv(&asking->answer, &result);
    else
        rendering_json(&asking->answer, &plan, &result, asking->question.language);
    return STATUS_OK;
}

static enum status ask_engine(struct asking *asking, struct engine *engine, struct error *err) {
    question_complete(&asking->question, &asking->config.settings);
    if (asking->words->sentence)
        TRY(make_sentence(asking, engine, err));
    else
        TRY(make_table(asking, engine, err));
    if (!asking->answer.failed) return STATUS_OK;
    return error_set(err, STATUS_NO_MEMORY, "the answer is too large: ask for fewer groups");
}

static enum status ask_server(struct asking *asking, const char *url, struct error *err) {
    const char *path = arena_format(&asking->arena, "/v1/kpis/%s%s", asking->question.words.kpi,
                                    asking->words->sentence ? "/sentence" : "");
    const struct neighbour_request request = {.url = url,
                                              .path = path,
                                              .question = &asking->question,
                                              .json = asking->question.words.assumptions,
                                              .answer_bytes_max = RENDERING_BYTES_MAX};
    if (path == NULL) return error_set(err, STATUS_NO_MEMORY, "kpi: no memory");
    return neighbour_ask(&request, &asking->answer, err);
}

static enum status ask(struct asking *asking, struct error *err) {
    struct engine *engine;
    char url[PLACE_URL_BYTES_MAX];
    TRY(neighbour_open(asking->words->data, &engine, url, err));
    if (engine == NULL) return ask_server(asking, url, err);
    const enum status status = ask_engine(asking, engine, err);
    engine_close(engine);
    return status;
}

/* --- answering --- */

static struct answer_table_style terminal_style(void) {
    struct winsize window = {0};
    if (isatty(STDOUT_FILENO) != 1) return (struct answer_table_style){0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0) window.ws_col = 0;
    return (struct answer_table_style){.bold = true, .width = window.ws_col};
}

static enum status print_table(const struct text *json, struct error *err) {
    struct json *answer;
    struct text table;
    TRY(json_parse(json->bytes, json->size, &answer, err));
    text_init(&table, RENDERING_BYTES_MAX);
    const struct answer_table_style style = terminal_style();
    const enum status status = answer_table_write(&table, answer, &style, err);
    if (status == STATUS_OK) fwrite(table.bytes, 1, table.size, stdout);
    text_free(&table);
    json_free(answer);
    return status;
}

static enum status print_sentence(const struct asking *asking, struct error *err) {
    struct json *answer;
    TRY(json_parse(asking->answer.bytes, asking->answer.size, &answer, err));
    const char *language = language_text[asking->question.language];
    puts(json_text(json_member(json_member(answer, "sentence"), language), ""));
    json_free(answer);
    return STATUS_OK;
}

static enum status print_answer(const struct asking *asking, struct error *err) {
    if (asking->format == FORMAT_TABLE && asking->words->sentence) {
        TRY(print_sentence(asking, err));
    } else if (asking->format == FORMAT_TABLE) {
        TRY(print_table(&asking->answer, err));
    } else {
        fwrite(asking->answer.bytes, 1, asking->answer.size, stdout);
        if (asking->format == FORMAT_JSON) putchar('\n');
    }
    if (fflush(stdout) == 0 && !ferror(stdout)) return STATUS_OK;
    return error_set(err, STATUS_IO, "the answer could not be written");
}

static enum status read_assumptions(struct asking *asking, struct error *err) {
    size_t size;
    char *text;
    if (asking->words->assumptions == NULL) return STATUS_OK;
    TRY(whole_file_read(asking->words->assumptions, PLAN_ASSUMPTIONS_BYTES_MAX, &asking->arena,
                        &text, &size, err));
    asking->question.words.assumptions = text;
    return STATUS_OK;
}

static enum status prepare(struct asking *asking, struct error *err) {
    TRY(config_find(asking->words->config, asking->words->data, &asking->config, err));
    arena_init(&asking->arena, asking->config.limits.question_bytes);
    return read_assumptions(asking, err);
}

static enum status run(struct asking *asking, struct error *err) {
    TRY(prepare(asking, err));
    TRY(ask(asking, err));
    return print_answer(asking, err);
}

enum status asking_json(const struct asking_words *words, struct text *json, struct error *err) {
    struct asking asking = {.words = words, .format = FORMAT_JSON, .question = words->question};
    asking.question.format = QUESTION_JSON;
    arena_init(&asking.arena, PLAN_ASSUMPTIONS_BYTES_MAX);
    text_init(&asking.answer, RENDERING_BYTES_MAX);
    enum status status = prepare(&asking, err);
    if (status == STATUS_OK) status = ask(&asking, err);
    if (status == STATUS_OK) text_add(json, asking.answer.bytes, asking.answer.size);
    text_free(&asking.answer);
    arena_free(&asking.arena);
    config_close(&asking.config);
    return status;
}

static int answer(const struct asking_words *words, enum format format, enum language language) {
    struct asking asking = {.words = words, .format = format, .question = words->question};
    struct error err = {{0}};
    asking.question.language = language;
    asking.question.format = format == FORMAT_XLSX  ? QUESTION_XLSX
                             : format == FORMAT_CSV ? QUESTION_CSV
                                                    : QUESTION_JSON;
    arena_init(&asking.arena, PLAN_ASSUMPTIONS_BYTES_MAX);
    text_init(&asking.answer, RENDERING_BYTES_MAX);
    const enum status status = run(&asking, &err);
    if (status != STATUS_OK) fprintf(stderr, "pegel: %s\n", err.text);
    text_free(&asking.answer);
    arena_free(&asking.arena);
    config_close(&asking.config);
    return status == STATUS_OK ? COMMAND_OK : COMMAND_FAILED;
}

static bool find_format(const char *text, enum format *format) {
    static const char *const names[] = {[FORMAT_TABLE] = "table",
                                        [FORMAT_JSON] = "json",
                                        [FORMAT_CSV] = "csv",
                                        [FORMAT_XLSX] = "xlsx"};
    for (unsigned at = 0; at < sizeof names / sizeof *names; at++) {
        *format = (enum format)at;
        if (strcmp(text, names[at]) == 0) return true;
    }
    return false;
}

int asking_answer(const struct usage *usage, struct asking_words *words) {
    struct error err = {{0}};
    enum language language = LANGUAGE_EN;
    enum format format = FORMAT_TABLE;
    if (words->lang != NULL && question_language(words->lang, &language, &err) != STATUS_OK)
        return options_misuse(usage, "%s", err.text);
    if (words->format != NULL && !find_format(words->format, &format))
        return options_misuse(usage, "--format is one of table, json, csv, xlsx");
    if (words->sentence && format >= FORMAT_CSV)
        return options_misuse(usage, "--sentence comes as text or with --format json");
    if (words->data == NULL) return options_misuse(usage, "--data DIR says where the data lives");
    return answer(words, format, language);
}
