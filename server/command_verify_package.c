/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "dashboard/dossier.h"
#include "dashboard/question.h"
#include "dashboard/rendering.h"
#include "engine/engine.h"
#include "report/package.h"
#include "server/command.h"
#include "server/config.h"
#include "server/options.h"
#include "server/place.h"
#include "server/whole_file.h"

/* pegel verify-package: is a package as it was signed, and does the store still give its figures?
 */

enum { DIFFERENCES_SHOWN = 5, WHERE_BYTES = 160 };

struct verifying {
    const char *file, *data, *key, *config;
    struct arena arena;
    struct archive archive;
    struct package_seal seal;
    struct config settings;
    struct engine *engine;
    uint32_t equal, different, files_different;
};

/* --- what differs --- */

static void print_value(const struct json *value) {
    switch (json_kind(value)) {
        case JSON_TEXT: printf("\"%s\"", json_text(value, "")); return;
        case JSON_NUMBER: printf("%.15g", json_number(value, NAN)); return;
        case JSON_BOOLEAN: printf("%s", json_boolean(value, false) ? "true" : "false"); return;
        default: printf("none"); return;
    }
}

static bool same_value(const struct json *a, const struct json *b) {
    if (json_kind(a) != json_kind(b)) return false;
    switch (json_kind(a)) {
        case JSON_TEXT: return strcmp(json_text(a, ""), json_text(b, "")) == 0;
        case JSON_NUMBER: return json_number(a, 0) == json_number(b, 0);
        case JSON_BOOLEAN: return json_boolean(a, false) == json_boolean(b, false);
        default: return true;
    }
}

/* Walks both documents side by side, in the order of the package, and counts what differs. */
static void compare(const char *where, const struct json *then, const struct json *now,
                    uint32_t *differences) {
    const bool nested = json_kind(then) == JSON_ARRAY || json_kind(then) == JSON_OBJECT;
    if (nested && json_kind(then) == json_kind(now)) {
        const struct json *other = json_first(now);
        uint32_t at = 0;
        for (const struct json *one = json_first(then); one != NULL; one = json_next(one), at++) {
            char path[WHERE_BYTES];
            const char *name = json_name(one);
            if (name != NULL)
                snprintf(path, sizeof path, "%s%s%s", where, *where == '\0' ? "" : ".", name);
            else
                snprintf(path, sizeof path, "%s[%u]", where, (unsigned)at);
            compare(path, one, name != NULL ? json_member(now, name) : other, differences);
            if (other != NULL) other = json_next(other);
        }
        if (json_count(then) == json_count(now)) return;
        printf("      %s: %u entries in the package, %u now\n", where, (unsigned)json_count(then),
               (unsigned)json_count(now));
        ++*differences;
        return;
    }
    if (same_value(then, now)) return;
    if ((*differences)++ >= DIFFERENCES_SHOWN) return;
    printf("      %s: ", where);
    print_value(then);
    printf(" in the package, ");
    print_value(now);
    printf(" now\n");
}

static void explain(const char *question, const struct json *then, const struct json *now) {
    const double version = json_number(json_member(json_member(then, "definition"), "version"), 0);
    const double own = json_number(json_member(json_member(now, "definition"), "version"), 0);
    uint32_t differences = 0;
    printf("DIFFERS  %s\n", question);
    compare("", then, now, &differences);
    if (differences == 0) {
        printf("      the line is not as Pegel writes it, though its figures are the same\n");
        return;
    }
    if (differences > DIFFERENCES_SHOWN)
        printf("      and %u more\n", (unsigned)(differences - DIFFERENCES_SHOWN));
    if (version != own)
        printf("      why: the definition was version %g then and is version %g now\n", version,
               own);
    else
        printf(
            "      why: same definition, same moment: an import told of earlier times since, or "
            "events\n      are no longer there, or the names in the configuration have changed\n");
}

/* --- asking again --- */

static enum status ask_all(struct verifying *verifying, const char *assumptions,
                           const struct json *questions, struct report *now, struct error *err) {
    const int64_t now_ms = clock_utc_ms(clock_system());
    const struct json *one = json_first(questions);
    for (; one != NULL; one = json_next(one), now->answer_count++) {
        if (now->answer_count == REPORT_ANSWERS_MAX)
            return error_set(err, STATUS_CORRUPT, PACKAGE_FIGURES " has more than %d questions",
                             (int)REPORT_ANSWERS_MAX);
        struct report_answer *answer = &now->answers[now->answer_count];
        answer->question = json_text(json_member(one, "question"), "");
        TRY(dossier_ask_again(answer, assumptions, &verifying->settings.settings, verifying->engine,
                              now_ms, &verifying->arena, err));
    }
    if (now->answer_count > 0) return STATUS_OK;
    return error_set(err, STATUS_CORRUPT, PACKAGE_FIGURES " has no questions");
}

static enum status tell(struct verifying *verifying, const struct report_answer *answer,
                        const struct json *then, bool same, struct error *err) {
    struct json *now;
    if (same) {
        printf("equal    %s\n", answer->question);
        verifying->equal++;
        return STATUS_OK;
    }
    verifying->different++;
    TRY(json_parse(answer->json, strlen(answer->json), &now, err));
    explain(answer->question, then, now);
    json_free(now);
    return STATUS_OK;
}

static size_t line_size(const char *line, const char *end) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    return (size_t)((stop != NULL ? stop : end) - line);
}

/* Line by line with the same file as it would be written now, so that nothing stands in it that was
 * not asked again: a head, a line an answer, and what closes the list. */
static enum status compare_figures(struct verifying *verifying, const struct archive_file *figures,
                                   const struct text *again, const struct report *now,
                                   const struct json *questions, struct error *err) {
    const char *one = figures->bytes, *end = one + figures->size;
    const char *other = again->bytes, *other_end = other + again->size;
    const struct json *question = json_first(questions);
    for (uint32_t line = 0; one < end && other < other_end; line++) {
        const size_t size = line_size(one, end), other_size = line_size(other, other_end);
        const bool same = size == other_size && memcmp(one, other, size) == 0;
        const bool is_answer = line > 0 && line <= now->answer_count;
        if (!is_answer && !same) break;
        if (is_answer) {
            TRY(tell(verifying, &now->answers[line - 1], json_member(question, "answer"), same,
                     err));
            question = json_next(question);
        }
        one += size + 1;
        other += other_size + 1;
    }
    if (one == end && other == other_end) return STATUS_OK;
    return error_set(err, STATUS_CORRUPT, PACKAGE_FIGURES " says more than its questions do");
}

/* --- the other files --- */

/* What is the same as it is made now has the same bytes. */
static void tell_files(struct verifying *verifying, const struct archive *now) {
    for (uint32_t at = 0; at < now->count; at++) {
        const struct archive_file *file = &now->files[at];
        const struct archive_file *then = archive_find(&verifying->archive, file->name);
        if (strcmp(file->name, PACKAGE_FIGURES) == 0) continue; /* told by answers */
        if (then != NULL && then->size == file->size &&
            memcmp(then->bytes, file->bytes, file->size) == 0) {
            printf("equal    %s\n", file->name);
            continue;
        }
        verifying->files_different++;
        printf(
            "DIFFERS  %s\n      why: made anew it has other bytes: it does not say what the "
            "figures say, or\n      fonts, libraries, the version of Pegel or names in the "
            "configuration are others\n",
            file->name);
    }
    for (uint32_t at = 0; at < verifying->archive.count; at++) {
        const char *name = verifying->archive.files[at].name;
        if (archive_find(now, name) == NULL && strcmp(name, PACKAGE_MANIFEST) != 0 &&
            strcmp(name, PACKAGE_SIGNATURE) != 0)
            printf("not asked of the store: %s\n", name);
    }
}

/* Makes the package of these questions anew, from the words of the first: it is about all of the
 * period. */
static enum status make_again(struct verifying *verifying, const struct report *asked,
                              const char *assumptions, struct error *err) {
    struct question question;
    struct report report;
    struct text definitions;
    struct package_files files;
    const char *first = asked->answers[0].question;
    const char *query = first == NULL ? NULL : strchr(first, '?');
    CHECK(query != NULL); /* it has been asked */
    TRY(question_parse(query + 1, &verifying->arena, &question, err));
    const struct plan_words *plan = &question.words;
    const struct dossier_words words = {.tenant = plan->filter[DIMENSION_TENANT],
                                        .from = plan->from,
                                        .to = plan->to,
                                        .as_of = plan->as_of,
                                        .zone = plan->zone,
                                        .assumptions = assumptions,
                                        .language = question.language};
    TRY(dossier_ask(&words, &verifying->settings.settings, verifying->engine,
                    clock_utc_ms(clock_system()), &verifying->arena, &report, err));
    text_init(&definitions, RENDERING_BYTES_MAX);
    rendering_catalogue(&definitions);
    if (definitions.failed) {
        text_free(&definitions);
        return error_set(err, STATUS_NO_MEMORY, "verify: no memory");
    }
    const struct package_parts parts = {
        .report = &report, .definitions = definitions.bytes, .assumptions = assumptions};
    const enum status status = package_files_make(&parts, &files, err);
    if (status == STATUS_OK) tell_files(verifying, &files.archive);
    package_files_free(&files);
    text_free(&definitions);
    return status;
}

static enum status repeat_all(struct verifying *verifying, const struct json *document,
                              const struct archive_file *figures, struct error *err) {
    const struct archive_file *file = archive_find(&verifying->archive, PACKAGE_ASSUMPTIONS);
    const struct json *questions = json_member(document, "questions");
    const char *assumptions = NULL;
    struct text again;
    struct report now = {.version = json_text(json_member(document, "pegel"), ""),
                         .tenant = json_text(json_member(document, "tenant"), ""),
                         .first_day = json_text(json_member(document, "first_day"), ""),
                         .last_day = json_text(json_member(document, "last_day"), ""),
                         .as_of = json_text(json_member(document, "as_of"), "")};
    if (file != NULL) {
        assumptions = arena_copy_text(&verifying->arena, file->bytes, file->size);
        if (assumptions == NULL) return error_set(err, STATUS_NO_MEMORY, "verify: no memory");
    }
    TRY(ask_all(verifying, assumptions, questions, &now, err));
    text_init(&again, REPORT_BYTES_MAX);
    report_figures(&now, &again);
    enum status status = again.failed
                             ? error_set(err, STATUS_NO_MEMORY, "verify: no memory")
                             : compare_figures(verifying, figures, &again, &now, questions, err);
    text_free(&again);
    if (status == STATUS_OK && verifying->different == 0)
        status = make_again(verifying, &now, assumptions, err);
    return status;
}

static enum status repeat_figures(struct verifying *verifying, struct error *err) {
    const struct archive_file *figures = archive_find(&verifying->archive, PACKAGE_FIGURES);
    struct json *document;
    if (figures == NULL) return error_set(err, STATUS_CORRUPT, PACKAGE_FIGURES " is missing");
    TRY(json_parse(figures->bytes, figures->size, &document, err));
    const enum status status = repeat_all(verifying, document, figures, err);
    json_free(document);
    return status;
}

static enum status open_store(struct verifying *verifying, struct error *err) {
    const struct engine_options options = {.folder = verifying->data, .read_only = true};
    char url[PLACE_URL_BYTES_MAX];
    TRY(config_find(verifying->config, verifying->data, &verifying->settings, err));
    const enum status status = engine_open_embedded(&options, &verifying->engine, err);
    if (status == STATUS_BUSY && place_server(verifying->data, url))
        return error_set(err, status, "a server has %s open: stop it, or verify a copy of the data",
                         verifying->data);
    return status;
}

/* --- whose signature --- */

static enum status check_key(const struct verifying *verifying, struct error *err) {
    char path[PLACE_PATH_BYTES_MAX], own[SIGNATURE_PUBLIC_TEXT_BYTES];
    struct signature_key *key;
    const struct package_seal *seal = &verifying->seal;
    printf("whole: every file is as it was signed\nfingerprint of the key: %s\n",
           seal->fingerprint);
    if (verifying->key != NULL && strcmp(verifying->key, seal->fingerprint) != 0)
        return error_set(err, STATUS_FORBIDDEN, "it was signed with another key than %.64s",
                         verifying->key);
    if (verifying->key != NULL) {
        printf("signed with the key that was asked for\n");
        return STATUS_OK;
    }
    if (verifying->data != NULL &&
        place_path(NULL, verifying->data, PLACE_SIGNING_KEY, path, NULL) == STATUS_OK &&
        signature_key_open(path, false, &key, NULL) == STATUS_OK) {
        signature_public(key, own);
        signature_key_close(key);
        if (strcmp(own, seal->public_key) != 0)
            return error_set(err, STATUS_FORBIDDEN,
                             "it was signed with another key than that of %s", verifying->data);
        printf("signed with the key of %s\n", verifying->data);
        return STATUS_OK;
    }
    printf(
        "nobody has vouched for this key: compare it with what the sender tells you, and give\n"
        "it as --key\n");
    return STATUS_OK;
}

/* --- the command --- */

static enum status verify(struct verifying *verifying, struct error *err) {
    char *bytes;
    size_t size;
    TRY(whole_file_read(verifying->file, ARCHIVE_BYTES_MAX, &verifying->arena, &bytes, &size, err));
    TRY(package_read(bytes, size, &verifying->archive, &verifying->seal, err));
    TRY(check_key(verifying, err));
    if (verifying->data == NULL) return STATUS_OK;
    TRY(open_store(verifying, err));
    TRY(repeat_figures(verifying, err));
    printf("%u answers are equal, %u differ\n", (unsigned)verifying->equal,
           (unsigned)verifying->different);
    return STATUS_OK;
}

int command_verify_package(int argc, char **argv) {
    struct verifying verifying = {0};
    struct error err = {{0}};
    const struct option options[] = {
        {"data", "DIR", "ask the store every question of the package again", &verifying.data, NULL},
        {"key", "FINGERPRINT", "of the key that it must be signed with", &verifying.key, NULL},
        {"config", "FILE", "configuration; default: DIR/pegel.json when there is one",
         &verifying.config, NULL}};
    const struct usage usage = {
        "pegel verify-package FILE [options]",
        "Checks that a package is as it was signed. With --data it asks the store every question\n"
        "of the package again, as of the moment of then, makes its files anew, and says what is\n"
        "equal, what differs, and why. Ends with 0 when all is well, with 1 when anything is not.",
        options, sizeof options / sizeof *options,
        "  pegel verify-package package.zip\n"
        "  pegel verify-package package.zip --data ./data"};
    int word_count;
    switch (options_parse(&usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    if (word_count != 1) return options_misuse(&usage, "say which package: one FILE");
    verifying.file = argv[1];
    arena_init(&verifying.arena, (size_t)2 * ARCHIVE_BYTES_MAX);
    const enum status status = verify(&verifying, &err);
    if (status != STATUS_OK) fprintf(stderr, "pegel: refused: %s\n", err.text);
    engine_close(verifying.engine);
    config_close(&verifying.settings);
    arena_free(&verifying.arena);
    return status == STATUS_OK && verifying.different + verifying.files_different == 0
               ? COMMAND_OK
               : COMMAND_FAILED;
}
