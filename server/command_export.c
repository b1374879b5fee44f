/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/engine.h"
#include "query/plan.h"
#include "report/export.h"
#include "server/command.h"
#include "server/config.h"
#include "server/options.h"
#include "server/out_file.h"
#include "server/progress.h"

/* pegel export: stored events as a file that other programs read. */

struct words {
    const char *data, *config, *format, *purpose, *out;
    struct plan_words plan;
};

struct exporter {
    const struct words *words;
    struct export export;
    enum purpose purpose; /* PURPOSE_COUNT: all, one after the other */
    struct config config;
    struct arena arena;
    struct out_file out;
};

static enum status write_file(void *context, const char *bytes, size_t size, struct error *err) {
    struct exporter *exporter = context;
    if (fwrite(bytes, 1, size, exporter->out.file) == size) return STATUS_OK;
    return error_set(err, STATUS_IO, "%.200s: cannot be written: %s", exporter->out.name,
                     strerror(errno));
}

/* --- what is asked for --- */

static const char *extra_name(const void *context, const char *tenant, size_t tenant_size,
                              uint32_t extra) {
    const struct config *config = context;
    for (uint32_t i = 0; i < config->extras_count; i++) {
        const struct tenant_extras *extras = &config->extras[i];
        if (strlen(extras->tenant) != tenant_size ||
            memcmp(extras->tenant, tenant, tenant_size) != 0)
            continue;
        if (extra < EXTRA_DIMENSIONS_MAX)
            return extra < extras->dimension_count ? extras->dimensions[extra] : NULL;
        extra -= EXTRA_DIMENSIONS_MAX;
        return extra < extras->measure_count ? extras->measures[extra] : NULL;
    }
    return NULL;
}

/* Words that a KPI has too mean what they mean there. */
static enum status read_words(struct exporter *exporter, struct error *err) {
    struct plan_words words = exporter->words->plan;
    struct plan plan;
    words.kpi = "event_count";
    TRY(plan_parse(&words, TIME_ABSENT, TIME_ABSENT, clock_utc_ms(clock_system()), &exporter->arena,
                   &plan, err));
    if (plan.filter[DIMENSION_TENANT].count > 1 || plan.filter[DIMENSION_SERVICE].count > 1)
        return error_set(err, STATUS_INVALID, "--tenant and --service each take one value here");
    struct telling *telling = &exporter->export.telling;
    telling->tenant = words.filter[DIMENSION_TENANT];
    telling->service = words.filter[DIMENSION_SERVICE];
    telling->from_ms = words.from == NULL ? TIME_ABSENT : plan.from_ms;
    telling->to_ms = words.to == NULL ? TIME_ABSENT : plan.to_ms;
    telling->as_of_ms = plan.as_of_ms;
    return STATUS_OK;
}

/* --- doing it --- */

/* Enough for a block of journeys with all their events, of each of very many segments. */
#define EXPORT_BYTES_MAX (UINT64_C(2) << 30)

static enum status run_purposes(struct exporter *exporter, struct engine *engine,
                                struct error *err) {
    static const enum purpose all[] = {PURPOSE_ATTEMPT, PURPOSE_CASE, PURPOSE_APPOINTMENT,
                                       PURPOSE_NONE};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (exporter->purpose != PURPOSE_COUNT && exporter->purpose != all[i]) continue;
        exporter->export.telling.purpose = all[i];
        struct arena arena;
        arena_init(&arena, EXPORT_BYTES_MAX);
        enum status status = export_run(&exporter->export, engine, &arena, err);
        arena_free(&arena);
        if (status == STATUS_NO_MEMORY)
            status = error_set(err, status,
                               "export: the store has too many segments to read side by side; "
                               "`pegel compact` makes them one");
        TRY(status);
    }
    return STATUS_OK;
}

static enum status run(struct exporter *exporter, struct error *err) {
    const struct words *words = exporter->words;
    const struct engine_options options = {.folder = words->data, .read_only = true};
    struct engine *engine = NULL;
    TRY(config_find(words->config, words->data, &exporter->config, err));
    TRY(read_words(exporter, err));
    enum status status = engine_open_embedded(&options, &engine, err);
    if (status == STATUS_BUSY)
        (void)error_set(err, status, "another process works in %s; stop it first", words->data);
    if (status == STATUS_OK) status = out_file_open(&exporter->out, words->out, err);
    if (status == STATUS_OK)
        status = out_file_close(&exporter->out, run_purposes(exporter, engine, err), err);
    engine_close(engine);
    return status;
}

static void tell_what_was_done(const struct export *export) {
    char events[PROGRESS_NUMBER_BYTES], journeys[PROGRESS_NUMBER_BYTES];
    fprintf(stderr, "%s events of %s journeys\n", progress_number(export->events, events),
            progress_number(export->journeys, journeys));
    if (export->left_out > 0)
        fprintf(stderr,
                "%s values of fields that the configuration does not name were left out: give it "
                "with --config\n",
                progress_number(export->left_out, events));
}

static int export_events(const struct words *words, enum export_format format,
                         enum purpose purpose) {
    struct exporter exporter = {.words = words, .purpose = purpose};
    struct error err = {{0}};
    exporter.export = (struct export){.format = format,
                                      .extra_name = extra_name,
                                      .names = &exporter.config,
                                      .write = write_file,
                                      .out = &exporter};
    arena_init(&exporter.arena, CONFIG_BYTES_MAX);
    const enum status status = run(&exporter, &err);
    if (status == STATUS_OK)
        tell_what_was_done(&exporter.export);
    else
        fprintf(stderr, "pegel: %s\n", err.text);
    arena_free(&exporter.arena);
    config_close(&exporter.config);
    return status == STATUS_OK ? COMMAND_OK : COMMAND_FAILED;
}

static bool find_purpose(const char *text, enum purpose *purpose) {
    for (int i = 0; i < PURPOSE_COUNT; i++) {
        *purpose = (enum purpose)i;
        if (i != PURPOSE_VISIT && strcmp(text, purpose_text(*purpose)) == 0) return true;
    }
    return false;
}

static int understand(const struct usage *usage, const struct words *words, int word_count,
                      char **argv) {
    const bool xes = words->format == NULL || strcmp(words->format, "xes") == 0;
    enum purpose purpose = xes ? PURPOSE_CASE : PURPOSE_COUNT;
    if (word_count > 0) return options_misuse(usage, "\"%s\" is one word too many", argv[1]);
    if (words->data == NULL) return options_misuse(usage, "--data DIR says where the data lives");
    if (words->out == NULL)
        return options_misuse(usage, "--out FILE says where to; - is standard output");
    if (!xes && strcmp(words->format, "ndjson") != 0)
        return options_misuse(usage, "--format is one of xes, ndjson");
    if (words->purpose != NULL && !find_purpose(words->purpose, &purpose))
        return options_misuse(usage, "--purpose is one of case, attempt, appointment, none");
    if (xes && purpose == PURPOSE_NONE)
        return options_misuse(usage, "--purpose none has no traces: it needs --format ndjson");
    return export_events(words, xes ? EXPORT_XES : EXPORT_NDJSON, purpose);
}

int command_export(int argc, char **argv) {
    struct words words = {0};
    const char **filter = words.plan.filter;
    const struct option options[] = {
        {"data", "DIR", "the data folder; no server may have it open", &words.data, NULL},
        {"out", "FILE", "where to; - is standard output. It is there when it is whole", &words.out,
         NULL},
        {"format", "FORMAT",
         "xes (default): IEEE 1849, for process mining; ndjson: a line an event", &words.format,
         NULL},
        {"purpose", "NAME",
         "whose journeys: case, attempt, appointment; none: events of no journey;\n"
         "default: case for xes, all of them for ndjson",
         &words.purpose, NULL},
        {"tenant", "ARS", "of this municipality", &filter[DIMENSION_TENANT], NULL},
        {"service", "KEY", "of this service", &filter[DIMENSION_SERVICE], NULL},
        {"from", "TIME", "journeys that began from then on: 2026-01-01 or RFC 3339",
         &words.plan.from, NULL},
        {"to", "TIME", "... and before then", &words.plan.to, NULL},
        {"zone", "ZONE", "time zone of dates; default: Europe/Berlin", &words.plan.zone, NULL},
        {"as-of", "TIME", "what was known then; default: now", &words.plan.as_of, NULL},
        {"config", "FILE", "configuration; default: DIR/pegel.json when there is one",
         &words.config, NULL}};
    const struct usage usage = {
        "pegel export --data DIR --out FILE [options]",
        "Writes stored events to a file, as XES or NDJSON. Subjects are pseudonyms, but each line "
        "is\n"
        "about one case: this is for your own analysis, and not for publishing. `pegel import "
        "--map\n"
        "docs/examples/pegel.map.json` reads the XES back to the same KPIs, and NDJSON as it is.",
        options, sizeof options / sizeof *options,
        "  pegel export --data ./data --out cases.xes\n"
        "  pegel export --data ./data --format ndjson --purpose attempt --from 2026-01-01 --out -"};
    int word_count;
    switch (options_parse(&usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    return understand(&usage, &words, word_count, argv);
}
