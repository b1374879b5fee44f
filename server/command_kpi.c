/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/json.h"
#include "dashboard/question.h"
#include "dashboard/rendering.h"
#include "engine/engine.h"
#include "net/http_client.h"
#include "server/answer_table.h"
#include "server/command.h"
#include "server/config.h"
#include "server/options.h"
#include "server/place.h"
#include "server/whole_file.h"

/* pegel kpi: one question from the command line. It opens the data itself or, when a server has it
 * open, asks that server; the answer is the same. */

enum { ASSUMPTIONS_BYTES_MAX = 1 << 20, SERVER_TIMEOUT_MS = 600000 };

struct words {
    const char *data, *config, *assumptions, *format, *lang;
    struct question question;
};

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

struct asking {
    const struct words *words;
    enum format format;
    struct question question;
    struct config config;
    struct arena arena;
    struct text answer; /* JSON or CSV */
};

/* --- asking --- */

static enum status ask_engine(struct asking *asking, struct engine *engine, struct error *err) {
    struct plan plan;
    struct result result;
    question_complete(&asking->question, &asking->config.settings);
    TRY(question_answer(&asking->question, engine, clock_utc_ms(clock_system()), &asking->arena,
                        &plan, &result, err));
    if (asking->format == FORMAT_CSV)
        rendering_csv(&asking->answer, &result);
    else
        rendering_json(&asking->answer, &plan, &result, asking->question.language);
    if (!asking->answer.failed) return STATUS_OK;
    return error_set(err, STATUS_NO_MEMORY, "the answer is too large: ask for fewer groups");
}

/* The sentence of the server's problem document: what this process would have said itself. */
static enum status server_problem(const char *url, const struct http_answer *answer,
                                  struct error *err) {
    struct json *problem = NULL;
    if (json_parse(answer->body, answer->size, &problem, NULL) != STATUS_OK) problem = NULL;
    const char *detail = json_text(json_member(problem, "detail"), NULL);
    const enum status status =
        detail != NULL ? error_set(err, STATUS_INVALID, "%s", detail)
                       : error_set(err, STATUS_INVALID, "the server at %.100s answered %d", url,
                                   answer->status);
    json_free(problem);
    return status;
}

/* The address of the question at the server, in the arena; NULL: no memory. */
static const char *server_target(struct asking *asking, const char *url) {
    struct text query;
    const char *target = NULL;
    text_init(&query, 4 * QUESTION_QUERY_BYTES_MAX);
    asking->question.format = asking->format == FORMAT_CSV ? QUESTION_CSV : QUESTION_JSON;
    question_write(&query, &asking->question);
    if (!query.failed)
        target = arena_format(&asking->arena, "%s/v1/kpis/%s?%s", url, asking->question.words.kpi,
                              query.bytes);
    text_free(&query);
    return target;
}

static enum status ask_server(struct asking *asking, const char *url, struct error *err) {
    const struct http_client_options options = {.connect_timeout_ms = 10000,
                                                .timeout_ms = SERVER_TIMEOUT_MS,
                                                .answer_bytes_max = RENDERING_BYTES_MAX};
    const char *assumptions = asking->question.words.assumptions;
    const char *target = server_target(asking, url);
    const char *headers[] = {"Content-Type: application/json"};
    struct http_client *client;
    struct http_answer answer;
    if (target == NULL) return error_set(err, STATUS_NO_MEMORY, "kpi: no memory");
    TRY(http_client_open(&options, &client, err));
    enum status status = http_client_send(
        client, assumptions != NULL ? "POST" : "GET", target, headers, assumptions != NULL,
        assumptions, assumptions != NULL ? strlen(assumptions) : 0, &answer, err);
    if (status == STATUS_OK && answer.status == 200)
        text_add(&asking->answer, answer.body, answer.size);
    else if (status == STATUS_OK)
        status = server_problem(url, &answer, err);
    http_client_close(client);
    return status;
}

static enum status ask(struct asking *asking, struct error *err) {
    struct engine *engine = NULL;
    char url[PLACE_URL_BYTES_MAX];
    const struct engine_options options = {
        .folder = asking->words->data, .clock = clock_system(), .read_only = true};
    enum status status = engine_open_embedded(&options, &engine, err);
    if (status == STATUS_OK) {
        status = ask_engine(asking, engine, err);
    } else if (status == STATUS_BUSY) {
        if (place_server(asking->words->data, url)) return ask_server(asking, url, err);
        return error_set(err, status,
                         "another pegel command works in %s and cannot be asked; try again when it "
                         "has ended",
                         asking->words->data);
    }
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

static enum status print_answer(const struct asking *asking, struct error *err) {
    if (asking->format == FORMAT_TABLE) {
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
    TRY(whole_file_read(asking->words->assumptions, ASSUMPTIONS_BYTES_MAX, &asking->arena, &text,
                        &size, err));
    asking->question.words.assumptions = text;
    return STATUS_OK;
}

static enum status run(struct asking *asking, struct error *err) {
    TRY(config_find(asking->words->config, asking->words->data, &asking->config, err));
    arena_init(&asking->arena, asking->config.limits.question_bytes);
    TRY(read_assumptions(asking, err));
    TRY(ask(asking, err));
    return print_answer(asking, err);
}

static int answer(const struct words *words, enum format format, enum language language) {
    struct asking asking = {.words = words, .format = format, .question = words->question};
    struct error err = {{0}};
    asking.question.language = language;
    arena_init(&asking.arena, ASSUMPTIONS_BYTES_MAX);
    text_init(&asking.answer, RENDERING_BYTES_MAX);
    const enum status status = run(&asking, &err);
    if (status != STATUS_OK) fprintf(stderr, "pegel: %s\n", err.text);
    text_free(&asking.answer);
    arena_free(&asking.arena);
    config_close(&asking.config);
    return status == STATUS_OK ? COMMAND_OK : COMMAND_FAILED;
}

/* --- words --- */

static int list_kpis(enum language language) {
    for (unsigned kpi = 0; kpi < KPI_COUNT; kpi++) {
        const struct kpi_definition *definition = kpi_get((enum kpi_id)kpi);
        if (definition->listed)
            printf("%-22s%s\n", definition->id, definition->explanation[language]);
    }
    return COMMAND_OK;
}

static bool find_format(const char *text, enum format *format) {
    static const char *const names[] = {
        [FORMAT_TABLE] = "table", [FORMAT_JSON] = "json", [FORMAT_CSV] = "csv"};
    for (unsigned at = 0; at < sizeof names / sizeof *names; at++) {
        *format = (enum format)at;
        if (strcmp(text, names[at]) == 0) return true;
    }
    return false;
}

static int understand(const struct usage *usage, struct words *words, int word_count, char **argv) {
    struct error err = {{0}};
    enum language language = LANGUAGE_EN;
    enum format format = FORMAT_TABLE;
    if (words->lang != NULL && question_language(words->lang, &language, &err) != STATUS_OK)
        return options_misuse(usage, "%s", err.text);
    if (words->format != NULL && !find_format(words->format, &format))
        return options_misuse(usage, "--format is one of table, json, csv");
    if (word_count == 0) return list_kpis(language);
    if (word_count > 1) return options_misuse(usage, "\"%s\" is one word too many", argv[2]);
    if (words->data == NULL) return options_misuse(usage, "--data DIR says where the data lives");
    if (kpi_find(argv[1], strlen(argv[1])) == NULL)
        return options_misuse(usage, "there is no KPI \"%s\"; pegel kpi lists them", argv[1]);
    words->question.words.kpi = argv[1];
    return answer(words, format, language);
}

int command_kpi(int argc, char **argv) {
    struct words words = {0};
    struct plan_words *plan = &words.question.words;
    const char **filter = plan->filter;
    const struct option options[] = {
        {"data", "DIR", "the data folder", &words.data, NULL},
        {"tenant", "ARS", "keep these municipalities; several separated by commas",
         &filter[DIMENSION_TENANT], NULL},
        {"service", "KEY", "keep these services", &filter[DIMENSION_SERVICE], NULL},
        {"office", "NAME", "keep these offices", &filter[DIMENSION_OFFICE], NULL},
        {"channel", "NAME", "keep these: online, app, phone, counter, mail, assisted, other",
         &filter[DIMENSION_CHANNEL], NULL},
        {"step", "NAME", "keep these form steps or activities", &filter[DIMENSION_STEP], NULL},
        {"filter-lang", "LANG", "keep citizens of these languages", &filter[DIMENSION_LANG], NULL},
        {"device", "NAME", "keep these: mobile, desktop, tablet, kiosk", &filter[DIMENSION_DEVICE],
         NULL},
        {"type", "NAME", "keep events of these types: case.received", &filter[DIMENSION_TYPE],
         NULL},
        {"from", "TIME", "start of the interval: 2026-01-01 or RFC 3339", &plan->from, NULL},
        {"to", "TIME", "end of the interval, itself outside", &plan->to, NULL},
        {"by", "WORDS",
         "group by tenant, service, office, channel, step, lang, device, type and\n"
         "at most one of hour, day, week, month, quarter, year: --by service,month",
         &plan->by, NULL},
        {"view", "VIEW", "closing (what ended then; default) or intake (what began then)",
         &plan->view, NULL},
        {"purpose", "NAME",
         "of transitions, variants, activities: case (default), attempt,\nappointment",
         &plan->purpose, NULL},
        {"top", "N", "of these, so many rows a group; the rest is summed; default: 50", &plan->top,
         NULL},
        {"clock", "CLOCK", "gross (default) or working_days", &plan->clock, NULL},
        {"stat", "WORDS", "quantiles: p50,p90", &plan->stat, NULL},
        {"zone", "ZONE", "time zone of dates; default: the tenant's, else Europe/Berlin",
         &plan->zone, NULL},
        {"as-of", "TIME", "end of observation; default: now", &plan->as_of, NULL},
        {"calendar", "WORDS", "what differs from the law's working days: 12-24,12-31",
         &plan->calendar, NULL},
        {"assumptions", "FILE", "prices and shares that roi and cost_per_transaction rest on",
         &words.assumptions, NULL},
        {"config", "FILE", "configuration; default: DIR/pegel.json when there is one",
         &words.config, NULL},
        {"lang", "LANG", "language of names: de, en (default), tr, ar", &words.lang, NULL},
        {"format", "FORMAT", "table (default), json or csv", &words.format, NULL}};
    const struct usage usage = {
        "pegel kpi ID --data DIR [options]",
        "Answers one KPI; without an ID, lists them all. While a server has the data open, the\n"
        "server is asked. JSON is exactly that of GET /v1/kpis/{id}; durations are seconds there.",
        options, sizeof options / sizeof *options,
        "  pegel kpi processing_time --data ./data --by service --stat p50,p90\n"
        "  pegel kpi no_show --data ./data --by office,month --from 2026-01-01 --format csv\n"
        "  pegel kpi roi --data ./data --tenant 091620000000 --assumptions roi.json"};
    int word_count;
    switch (options_parse(&usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    return understand(&usage, &words, word_count, argv);
}
