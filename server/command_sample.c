/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/command_sample.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "sample/sample.h"
#include "server/command.h"
#include "server/options.h"

enum { DOCUMENT_BYTES_MAX = 256 << 20 };
#define SEED_MAX UINT64_C(9007199254740991) /* what JSON readers hold exactly */

struct words {
    const char *seed, *events, *days, *end, *tenants, *out;
    bool to_stdout, no_truth;
};

/* NULL, or the name of the option that cannot be understood. */
static const char *parse_words(const struct words *words, struct sample_options *options) {
    uint64_t days, tenants;
    if (!options_number(words->seed, 0, SEED_MAX, &options->seed))
        return "seed: a whole number up to 9007199254740991";
    if (!options_number(words->events, SAMPLE_EVENTS_MIN, SAMPLE_EVENTS_MAX, &options->events))
        return "events: a number from 1000 on";
    if (!options_number(words->days, SAMPLE_DAYS_MIN, SAMPLE_DAYS_MAX, &days))
        return "days: a number from 7 to 3660";
    if (!options_number(words->tenants, 1, 32, &tenants)) return "tenants: a number from 1 to 32";
    if (!timestamp_parse_day(words->end, strlen(words->end), &options->end_day))
        return "end: a date like 2026-11-01";
    options->days = (uint32_t)days;
    options->tenants = (uint32_t)tenants;
    options->truth = !words->no_truth && words->out != NULL;
    return NULL;
}

static enum status write_all(void *context, const char *bytes, size_t size, struct error *err) {
    const int *file = context;
    while (size > 0) {
        ssize_t written = write(*file, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0)
            return error_set(err, STATUS_IO, "sample: writing events: %s", strerror(errno));
        bytes += written;
        size -= (size_t)written;
    }
    return STATUS_OK;
}

static enum status create(const char *folder, const char *name, int *file, struct error *err) {
    char path[4096];
    int size = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (size < 0 || (size_t)size >= sizeof path)
        return error_set(err, STATUS_INVALID, "sample: the name of the folder is too long");
    *file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (*file < 0)
        return error_set(err, STATUS_IO, "sample: creating %s: %s", path, strerror(errno));
    return STATUS_OK;
}

static enum status finish(int file, enum status status, struct error *err) {
    if (close(file) != 0 && status == STATUS_OK)
        return error_set(err, STATUS_IO, "sample: writing: %s", strerror(errno));
    return status;
}

static enum status write_document(const struct text *text, const char *folder, const char *name,
                                  struct error *err) {
    int file = -1;
    if (text->failed) return error_set(err, STATUS_NO_MEMORY, "sample: %s", name);
    TRY(create(folder, name, &file, err));
    return finish(file, write_all(&file, text->bytes, text->size, err), err);
}

static enum status write_documents(const struct sample *sample, const struct words *words,
                                   struct text *text, struct error *err) {
    char room[SAMPLE_NAME_BYTES];
    const char *name;
    sample_config(sample, text);
    TRY(write_document(text, words->out, "config.json", err));
    for (uint32_t i = 0;; i++) {
        text_clear(text);
        name = sample_assumptions(sample, i, room, text);
        if (name == NULL) break;
        TRY(write_document(text, words->out, name, err));
    }
    if (words->no_truth) return STATUS_OK;
    sample_truth(sample, text);
    return write_document(text, words->out, "truth.json", err);
}

static enum status write_folder(struct sample *sample, const struct words *words,
                                struct error *err) {
    int file = -1;
    struct text text;
    if (mkdir(words->out, 0777) != 0 && errno != EEXIST)
        return error_set(err, STATUS_IO, "sample: creating %s: %s", words->out, strerror(errno));
    TRY(create(words->out, "events.ndjson", &file, err));
    TRY(finish(file, sample_run(sample, write_all, &file, err), err));
    text_init(&text, DOCUMENT_BYTES_MAX);
    enum status status = write_documents(sample, words, &text, err);
    text_free(&text);
    return status;
}

int command_sample(int argc, char **argv) {
    struct words words = {
        .seed = "1", .events = "100000", .days = "365", .end = "2026-11-01", .tenants = "3"};
    const struct option options[] = {
        {"seed", "N", "every byte follows from it; default 1", &words.seed, NULL},
        {"events", "N", "number of lines; default 100000", &words.events, NULL},
        {"days", "N", "how long the sample goes on; default 365", &words.days, NULL},
        {"end", "DATE", "the first day after it; default 2026-11-01", &words.end, NULL},
        {"tenants", "N", "number of municipalities; default 3", &words.tenants, NULL},
        {"out", "DIR", "write events.ndjson, config.json, assumptions.json\nand truth.json there",
         &words.out, NULL},
        {"stdout", NULL, "write the events to standard output (without --out)", NULL,
         &words.to_stdout},
        {"no-truth", NULL, "leave out truth.json, which takes memory", NULL, &words.no_truth},
    };
    const struct usage usage = {
        .synopsis = "pegel sample [--seed N] [--events N] [--out DIR]",
        .summary = "Writes the events of invented municipalities: the same for the same words.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .examples = "  pegel sample --seed 7 --events 1000000 --days 730 --out town",
    };
    int word_count;
    enum options_outcome outcome = options_parse(&usage, argc, argv, &word_count);
    if (outcome != OPTIONS_RUN) return outcome == OPTIONS_HELP ? COMMAND_OK : COMMAND_MISUSED;
    if (word_count > 0) return options_misuse(&usage, "what is \"%s\"?", argv[1]);
    if (words.to_stdout && words.out != NULL)
        return options_misuse(&usage, "--out and --stdout exclude each other");
    struct sample_options sample_options;
    const char *wrong = parse_words(&words, &sample_options);
    if (wrong != NULL) return options_misuse(&usage, "--%s", wrong);

    struct error err = {""};
    struct sample *sample;
    int file = STDOUT_FILENO;
    enum status status = sample_open(&sample_options, &sample, &err);
    if (status == STATUS_OK)
        status = words.out != NULL ? write_folder(sample, &words, &err)
                                   : sample_run(sample, write_all, &file, &err);
    sample_close(sample);
    if (status == STATUS_OK) return COMMAND_OK;
    (void)fprintf(stderr, "pegel: %s\n", err.text);
    return COMMAND_FAILED;
}
