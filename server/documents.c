/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/documents.h"

#include <stdio.h>
#include <string.h>

#include "dashboard/question.h"
#include "engine/engine.h"
#include "server/command.h"
#include "server/neighbour.h"
#include "server/out_file.h"
#include "server/whole_file.h"

enum { DOCUMENT_BYTES_MAX = 256 << 20 };

static enum status ask_server(struct documents *documents, const char *url, struct text *out,
                              struct error *err) {
    const struct documents_words *words = documents->words;
    const struct dossier_words *ask = &documents->ask;
    struct question question = {
        .language = ask->language,
        .words = {.from = ask->from, .to = ask->to, .as_of = ask->as_of, .zone = ask->zone}};
    const struct neighbour_request request = {.url = url,
                                              .path = words->target,
                                              .question = &question,
                                              .answer_bytes_max = DOCUMENT_BYTES_MAX};
    if (words->assumptions != NULL || words->attached != NULL)
        return error_set(
            err, STATUS_BUSY,
            "a server has %s open; it makes the same at %s%s, but takes no files with "
            "the question: stop it, or leave out %s (it uses the tenant's assumptions)",
            words->data, url, words->target,
            words->assumptions != NULL ? "--assumptions" : "--pilot");
    question.words.filter[DIMENSION_TENANT] = ask->tenant;
    return neighbour_ask(&request, out, err);
}

static enum status ask(struct documents *documents, documents_write write, struct text *out,
                       struct error *err) {
    const struct documents_words *words = documents->words;
    char url[PLACE_URL_BYTES_MAX];
    TRY(neighbour_open(words->data, &documents->engine, url, err));
    if (documents->engine == NULL) return ask_server(documents, url, out, err);
    TRY(dossier_ask(&documents->ask, &documents->config.settings, documents->engine,
                    clock_utc_ms(clock_system()), &documents->arena, &documents->report, err));
    return write(documents, out, err);
}

static enum status read_assumptions(struct documents *documents, struct error *err) {
    size_t size;
    char *text;
    if (documents->words->assumptions == NULL) return STATUS_OK;
    TRY(whole_file_read(documents->words->assumptions, PLAN_ASSUMPTIONS_BYTES_MAX,
                        &documents->arena, &text, &size, err));
    documents->ask.assumptions = text;
    return STATUS_OK;
}

static enum status run(struct documents *documents, documents_write write, struct text *out,
                       struct error *err) {
    const struct documents_words *words = documents->words;
    TRY(config_find(words->config, words->data, &documents->config, err));
    arena_init(&documents->arena, documents->config.limits.question_bytes);
    TRY(read_assumptions(documents, err));
    TRY(ask(documents, write, out, err));
    if (out->failed) return error_set(err, STATUS_NO_MEMORY, "the document is too large");
    TRY(out_file_put(words->out, out->bytes, out->size, err));
    return words->say == NULL ? STATUS_OK : words->say(out, err);
}

int documents_run(const struct usage *usage, int argc, char **argv, struct documents_words *words,
                  documents_write write) {
    struct error err = {{0}};
    struct text out;
    int word_count;
    switch (options_parse(usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    if (word_count > 0) return options_misuse(usage, "\"%s\" is one word too many", argv[1]);
    if (words->data == NULL) return options_misuse(usage, "--data DIR says where the data lives");
    if (words->out == NULL) return options_misuse(usage, "--out FILE says what to write");
    words->ask.language = LANGUAGE_DE;
    if (words->lang != NULL &&
        question_language(words->lang, &words->ask.language, &err) != STATUS_OK)
        return options_misuse(usage, "%s", err.text);
    struct documents documents = {.words = words, .ask = words->ask};
    arena_init(&documents.arena, PLAN_ASSUMPTIONS_BYTES_MAX);
    text_init(&out, DOCUMENT_BYTES_MAX);
    const enum status status = run(&documents, write, &out, &err);
    if (status != STATUS_OK) fprintf(stderr, "pegel: %s\n", err.text);
    text_free(&out);
    engine_close(documents.engine);
    arena_free(&documents.arena);
    config_close(&documents.config);
    return status == STATUS_OK ? COMMAND_OK : COMMAND_FAILED;
}
