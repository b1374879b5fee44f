/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/command_import.h"

#include <stdio.h>
#include <string.h>

#include "ingest/import.h"
#include "server/command.h"
#include "server/config.h"
#include "server/options.h"
#include "server/place.h"
#include "server/progress.h"

/* pegel import: events of files into a data folder, or to a running server. */

enum { SHOWN_EVENTS = 10, SHOWN_REJECTS = 20, CODES_BYTES = 512 };

struct words {
    const char *data, *url, *token, *tenant, *service, *map, *source, *format, *rejects, *keys,
        *config;
    bool dry_run;
    char **files;
    int file_count;
};

/* What an import holds while it runs; every member may be absent. */
struct run {
    const struct words *words;
    const struct clock *clock;
    struct config config;
    struct mapping *mapping;
    struct pseudonyms *pseudonyms;
    struct engine *engine;
    struct import_report report;
    struct import import;
    struct progress progress;
};

static void on_progress(void *context, const struct import *import) {
    struct run *run = context;
    progress_draw(&run->progress, stream_bytes_read(import->stream),
                  stream_bytes_total(import->stream), import->event_count);
}

static const char *source_of(const struct run *run) {
    if (run->words->source != NULL) return run->words->source;
    if (run->mapping != NULL && run->mapping->source != NULL) return run->mapping->source;
    return "import";
}

static enum status open_engine(struct run *run, struct error *err) {
    const struct words *words = run->words;
    char keys[PLACE_PATH_BYTES_MAX], url[PLACE_URL_BYTES_MAX];
    const char *given = words->keys != NULL ? words->keys : run->config.keys;
    if (place_server(words->data, url))
        return error_set(err, STATUS_BUSY,
                         "a server has %.60s open: import with --url %s and a token (pegel token)",
                         words->data, url);
    TRY(place_path(given, words->data, PLACE_KEYS, keys, err));
    TRY(place_make_folder(words->data, err));
    TRY(place_make_parent(keys, err));
    TRY(pseudonyms_open(keys, run->clock, &run->pseudonyms, err));
    const struct engine_options options = {.folder = words->data};
    return engine_open_embedded(&options, &run->engine, err);
}

static enum status open_sink(struct run *run, struct error *err) {
    const struct words *words = run->words;
    if (words->dry_run)
        return import_sink_trial(stdout, SHOWN_EVENTS, run->clock, &run->report, &run->import.sink,
                                 err);
    if (words->url != NULL)
        return import_sink_http(words->url, words->token, &run->report, &run->import.sink, err);
    TRY(open_engine(run, err));
    const struct import_engine_options options = {.engine = run->engine,
                                                  .pseudonyms = run->pseudonyms,
                                                  .clock = run->clock,
                                                  .tenant = words->tenant,
                                                  .source = source_of(run),
                                                  .extras = run->config.extras,
                                                  .extras_count = run->config.extras_count};
    return import_sink_engine(&options, &run->report, &run->import.sink, err);
}

static enum status open_report(struct run *run, struct error *err) {
    run->report.terminal = stderr;
    run->report.shown_max = SHOWN_REJECTS;
    run->report.over_progress = run->progress.terminal != NULL;
    if (run->words->rejects == NULL) return STATUS_OK;
    run->report.file = fopen(run->words->rejects, "we");
    if (run->report.file == NULL)
        return error_set(err, STATUS_IO, "%s: cannot be written", run->words->rejects);
    import_report_start(&run->report);
    return STATUS_OK;
}

static struct slice slice_of(const char *text) {
    return (struct slice){text, text != NULL ? (uint32_t)strlen(text) : 0};
}

static enum status import_files(struct run *run, enum file_format format, struct error *err) {
    for (int i = 0; i < run->words->file_count; i++)
        TRY(import_file(&run->import, run->words->files[i], format, err));
    return STATUS_OK;
}

static void print_summary(struct run *run, FILE *file) {
    const struct import_report *report = &run->report;
    char a[PROGRESS_NUMBER_BYTES], b[PROGRESS_NUMBER_BYTES], c[PROGRESS_NUMBER_BYTES],
        codes[CODES_BYTES];
    const double seconds = progress_seconds(&run->progress);
    import_report_codes(report, codes, sizeof codes);
    (void)fprintf(file, "%s events: %s %s, ", progress_number(run->import.event_count, a),
                  progress_number(report->accepted, b),
                  run->words->dry_run ? "would go in" : "accepted");
    if (!run->words->dry_run)
        (void)fprintf(file, "%s there already, ", progress_number(report->duplicate, b));
    (void)fprintf(file, "%s rejected%s%s%s; %.1f s, %s/s\n", progress_number(report->rejected, b),
                  *codes != '\0' ? " (" : "", codes, *codes != '\0' ? ")" : "", seconds,
                  progress_number((uint64_t)((double)run->import.event_count / seconds), c));
    if (report->conflict > 0)
        (void)fprintf(file, "%s are there already with other content: the first ones stay\n",
                      progress_number(report->conflict, a));
    if (report->warnings > 0)
        (void)fprintf(file, "%s rows or traces have milestones in the wrong order; they went in\n",
                      progress_number(report->warnings, a));
    if (run->import.unmatched_count > 0)
        (void)fprintf(file, "%s records made no event: no rule of the mapping held for them\n",
                      progress_number(run->import.unmatched_count, a));
    if (run->words->dry_run) (void)fputs("dry run: nothing was written\n", file);
}

static enum status execute(struct run *run, enum file_format format, struct error *err) {
    const struct words *words = run->words;
    TRY(config_find(words->config, words->data != NULL ? words->data : ".", &run->config, err));
    if (words->map != NULL) TRY(mapping_load(words->map, format, &run->mapping, err));
    TRY(open_report(run, err));
    run->import = (struct import){.report = &run->report,
                                  .mapping = run->mapping,
                                  .tenant = slice_of(words->tenant),
                                  .service = slice_of(words->service),
                                  .needs_tenant = words->url == NULL,
                                  .extras = run->config.extras,
                                  .extras_count = run->config.extras_count,
                                  .progress = on_progress,
                                  .progress_context = run};
    TRY(open_sink(run, err));
    enum status status = import_files(run, format, err);
    progress_wipe(&run->progress);
    if (run->report.file != NULL && fflush(run->report.file) != 0 && status == STATUS_OK)
        status = error_set(err, STATUS_IO, "%s: cannot be written", words->rejects);
    if (status == STATUS_OK || run->import.event_count > 0)
        print_summary(run, words->dry_run ? stderr : stdout);
    return status;
}

static int run_words(const struct words *words, enum file_format format) {
    struct run run = {.words = words, .clock = clock_system()};
    struct error err = {""};
    progress_start(&run.progress, stderr, run.clock);
    enum status status = execute(&run, format, &err);
    import_sink_close(run.import.sink);
    engine_close(run.engine);
    pseudonyms_close(run.pseudonyms);
    mapping_free(run.mapping);
    config_close(&run.config);
    if (run.report.file != NULL) (void)fclose(run.report.file);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "pegel: %s\n", err.text);
        return COMMAND_FAILED;
    }
    return run.report.rejected + run.report.conflict > 0 ? COMMAND_IMPORT_REJECTED : COMMAND_OK;
}

static int check_words(const struct usage *usage, const struct words *words,
                       enum file_format *format) {
    *format = words->format != NULL ? file_format_from_text(words->format) : FORMAT_UNKNOWN;
    if (words->format != NULL && *format == FORMAT_UNKNOWN)
        return options_misuse(usage, "--format is csv, xes or ndjson");
    if (words->file_count == 0)
        return options_misuse(usage, "say which file to import; - is standard input");
    if (words->data != NULL && words->url != NULL)
        return options_misuse(usage, "either --data or --url, not both");
    if (words->data == NULL && words->url == NULL && !words->dry_run)
        return options_misuse(usage, "--data DIR or --url URL says where to");
    if (words->url != NULL && words->token == NULL && !words->dry_run)
        return options_misuse(usage, "--url needs the --token of a source");
    if (words->tenant != NULL &&
        (strlen(words->tenant) != 12 || strspn(words->tenant, "0123456789") != 12))
        return options_misuse(usage, "--tenant is an ARS: 12 digits");
    if (words->source != NULL && !mapping_is_source(words->source))
        return options_misuse(usage, "--source is made of a-z, 0-9, '.', '_' and '-'");
    if (words->url != NULL && words->source != NULL)
        return options_misuse(usage, "with --url the token says the source");
    return COMMAND_OK;
}

int command_import(int argc, char **argv) {
    static struct words words;
    const struct option options[] = {
        {"data", "DIR", "data folder, made when absent", &words.data, NULL},
        {"url", "URL", "instead: a running server, such as http://127.0.0.1:8080", &words.url,
         NULL},
        {"token", "TOKEN", "the token of a source, for --url", &words.token, NULL},
        {"tenant", "ARS", "municipality of events that name none, 12 digits;\nothers are refused",
         &words.tenant, NULL},
        {"service", "KEY", "service of events that name none", &words.service, NULL},
        {"map", "FILE", "mapping file: what columns or attributes mean", &words.map, NULL},
        {"source", "NAME",
         "name under which ids are unique (\"import\", or what\nthe mapping says)", &words.source,
         NULL},
        {"format", "FORMAT", "csv, xes or ndjson; recognised when not given", &words.format, NULL},
        {"dry-run", NULL, "write nothing; show the first events and every reject", NULL,
         &words.dry_run},
        {"rejects", "FILE", "write every reject and warning to FILE, as CSV", &words.rejects, NULL},
        {"keys", "FILE", "keys of the pseudonyms", &words.keys, NULL},
        {"config", "FILE", "configuration", &words.config, NULL},
    };
    const struct usage usage = {
        .synopsis = "pegel import (--data DIR | --url URL --token TOKEN) [options] FILE...",
        .summary =
            "Reads events from NDJSON, CSV and XES files, plain or compressed (.gz, .zst).\n"
            "Importing a file again changes nothing. docs/IMPORT.md describes mapping files.\n"
            "Ends with 0, with 3 when some events were refused, with 1 on failure.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .examples =
            "  pegel import --data ./data --tenant 091620000000 --service building-permit "
            "permits.xes.gz\n"
            "  pegel import --data ./data --tenant 091620000000 --map requests.map.json "
            "--dry-run requests.csv"};
    enum file_format format;
    words = (struct words){0};
    switch (options_parse(&usage, argc, argv, &words.file_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    words.files = argv + 1;
    const int code = check_words(&usage, &words, &format);
    return code != COMMAND_OK ? code : run_words(&words, format);
}
