/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/private_file.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/timestamp.h"
#include "report/zsk.h"
#include "server/asking.h"
#include "server/command.h"
#include "server/out_file.h"
#include "server/place.h"
#include "server/whole_file.h"

/* pegel zsk: the transactions of a month as a CSV; what was written is kept in the data folder
 * (zsk/2026-10-all-1.csv and .json), so that a later run of the month is a correction. */

enum { TEXT_BYTES_MAX = 64 << 20, ARENA_BYTES_MAX = 256 << 20, RUNS_MAX = 1000, DATE_BYTES = 32 };

struct words {
    const char *data, *config, *month, *tenant, *form, *as_of, *zone, *out;
};

struct zsk {
    const struct words *words;
    struct arena arena;
    struct zsk_format format;
    struct zsk_run before, run; /* before.number 0: there was none */
    char from[DATE_BYTES], to[DATE_BYTES];
    char as_of[TIMESTAMP_TEXT_BYTES];
};

/* --- the month --- */

/* Spelt in one way only: its name is that of what is kept. */
static bool read_month(struct zsk *zsk) {
    int64_t first, year;
    int month, day;
    snprintf(zsk->from, sizeof zsk->from, "%.8s-01", zsk->words->month);
    if (!timestamp_parse_day(zsk->from, strlen(zsk->from), &first)) return false;
    timestamp_civil_from_days(first, &year, &month, &day);
    timestamp_civil_from_days(first + timestamp_days_in_month(year, month), &year, &month, &day);
    snprintf(zsk->to, sizeof zsk->to, "%04d-%02d-01", (int)year, month);
    return true;
}

/* --- questions --- */

static enum status ask(struct zsk *zsk, const char *as_of, struct zsk_rows *rows,
                       struct error *err) {
    struct asking_words words = {.data = zsk->words->data, .config = zsk->words->config};
    struct text json;
    words.question.language = LANGUAGE_EN;
    words.question.words = (struct plan_words){.kpi = "throughput",
                                               .by = "tenant,service",
                                               .from = zsk->from,
                                               .to = zsk->to,
                                               .zone = zsk->words->zone,
                                               .as_of = as_of};
    words.question.words.filter[DIMENSION_TENANT] = zsk->words->tenant;
    text_init(&json, TEXT_BYTES_MAX);
    enum status status = asking_json(&words, &json, err);
    if (status == STATUS_OK)
        status = json.failed ? error_set(err, STATUS_TOO_LARGE, "zsk: too many rows")
                             : zsk_read_answer(json.bytes, json.size, &zsk->arena, rows, err);
    text_free(&json);
    return status;
}

/* --- what is kept --- */

static void kept_path(const struct zsk *zsk, uint32_t number, const char *ending,
                      char path[PLACE_PATH_BYTES_MAX]) {
    snprintf(path, PLACE_PATH_BYTES_MAX, "%s/zsk/%s-%s-%u.%s", zsk->words->data, zsk->words->month,
             zsk->run.tenant, number, ending);
}

/* The file must still be what was sent, or a correction would correct something else. */
static enum status check_file(const struct zsk *zsk, struct error *err) {
    char path[PLACE_PATH_BYTES_MAX], hash[SHA256_TEXT_BYTES];
    size_t size;
    char *bytes;
    kept_path(zsk, zsk->before.number, "csv", path);
    TRY(private_file_read(path, 0, &bytes, &size, err));
    sha256_text(bytes, size, hash);
    memory_free(bytes);
    if (strcmp(hash, zsk->before.sha256) == 0) return STATUS_OK;
    return error_set(err, STATUS_CORRUPT,
                     "%s is not what was written: its SHA-256 differs from that in the .json "
                     "beside it; put the file back that was sent",
                     path);
}

/* The newest run of this month that was kept. */
static enum status find_before(struct zsk *zsk, struct error *err) {
    char path[PLACE_PATH_BYTES_MAX];
    uint32_t newest = 0;
    for (uint32_t number = 1; number <= RUNS_MAX; number++) {
        kept_path(zsk, number, "json", path);
        if (access(path, F_OK) != 0) break;
        newest = number;
    }
    if (newest == 0) return STATUS_OK;
    size_t size;
    char *bytes;
    kept_path(zsk, newest, "json", path);
    TRY(private_file_read(path, 0, &bytes, &size, err));
    const enum status status = zsk_read_run(bytes, size, &zsk->arena, &zsk->before, err);
    memory_free(bytes);
    if (status != STATUS_OK) {
        struct error why = *err;
        return error_set(err, STATUS_CORRUPT, "%.200s: %.200s", path, why.text);
    }
    return check_file(zsk, err);
}

/* First the file, then what says that it was written. */
static enum status keep(const struct zsk *zsk, const struct text *csv,
                        const struct zsk_changes *changes, struct error *err) {
    char path[PLACE_PATH_BYTES_MAX];
    struct text json;
    kept_path(zsk, zsk->run.number, "csv", path);
    TRY(private_file_replace(path, csv->bytes, csv->size, false, err));
    text_init(&json, TEXT_BYTES_MAX);
    zsk_write_run(&json, &zsk->run, changes, zsk->before.as_of);
    kept_path(zsk, zsk->run.number, "json", path);
    const enum status status = json.failed
                                   ? error_set(err, STATUS_NO_MEMORY, "zsk: no memory")
                                   : private_file_replace(path, json.bytes, json.size, false, err);
    text_free(&json);
    return status;
}

/* --- what is told --- */

static void tell_changes(const struct zsk *zsk, const struct zsk_changes *changes) {
    fprintf(stderr, "changed since run %u (as of %s):\n", zsk->before.number, zsk->before.as_of);
    fprintf(stderr, "%-13s %-24s %9s %9s %9s %9s\n", "municipality", "service", "sent", "now",
            "late", "restated");
    for (uint32_t at = 0; at < changes->count; at++) {
        const struct zsk_change *change = &changes->changes[at];
        fprintf(stderr, "%-13s %-24s %9lld %9lld %+9lld %+9lld\n", change->ars, change->service,
                (long long)change->sent, (long long)change->now, (long long)change->late,
                (long long)change->restated);
    }
    fputs(
        "late: became known after that run; restated: was known then by its source, but came in\n"
        "later from a file, or is no longer there\n",
        stderr);
}

/* --- a run --- */

static enum status read_form(struct zsk *zsk, struct error *err) {
    const char *path = zsk->words->form;
    char *text;
    size_t size;
    zsk_format_default(&zsk->format);
    if (path == NULL) return STATUS_OK;
    TRY(whole_file_read(path, ZSK_FORMAT_BYTES_MAX, &zsk->arena, &text, &size, err));
    struct error why = {{0}};
    const enum status status = zsk_format_parse(text, size, &zsk->arena, &zsk->format, &why);
    return status == STATUS_OK ? status : error_set(err, status, "%.200s: %.200s", path, why.text);
}

/* Without an as-of it is now, said to the millisecond, so that it can be asked again. */
static enum status set_as_of(struct zsk *zsk, struct error *err) {
    const char *said = zsk->words->as_of;
    int64_t as_of_ms = clock_utc_ms(clock_system());
    if (said != NULL && !timestamp_parse(said, strlen(said), &as_of_ms))
        return error_set(err, STATUS_INVALID,
                         "--as-of: \"%.40s\" is no moment; write 2026-11-05T08:00:00Z", said);
    timestamp_format_utc(as_of_ms, zsk->as_of);
    zsk->run.as_of = zsk->as_of;
    int64_t end_ms;
    char end[TIMESTAMP_TEXT_BYTES + DATE_BYTES];
    snprintf(end, sizeof end, "%sT00:00:00Z", zsk->to);
    /* By UTC, in which no place of Europe ends its month later. */
    if (timestamp_parse(end, strlen(end), &end_ms) && as_of_ms >= end_ms) return STATUS_OK;
    return error_set(err, STATUS_INVALID, "%s has not ended as of %s", zsk->words->month,
                     zsk->as_of);
}

static enum status write_run(struct zsk *zsk, const struct zsk_changes *changes,
                             struct error *err) {
    struct text csv;
    struct zsk_written written;
    char path[PLACE_PATH_BYTES_MAX];
    zsk->run.number = zsk->before.number + 1;
    text_init(&csv, TEXT_BYTES_MAX);
    enum status status = zsk_write_csv(&csv, &zsk->format, &zsk->run, &written, err);
    if (status == STATUS_OK) {
        sha256_text(csv.bytes, csv.size, zsk->run.sha256);
        status = keep(zsk, &csv, changes, err);
    }
    if (status == STATUS_OK && zsk->words->out != NULL)
        status = out_file_put(zsk->words->out, csv.bytes, csv.size, err);
    text_free(&csv);
    TRY(status);
    kept_path(zsk, zsk->run.number, "csv", path);
    fprintf(stderr, "%s: %lld transactions in %u rows, run %u as of %s\nsha256 %s\n", path,
            (long long)written.transactions, written.rows, zsk->run.number, zsk->run.as_of,
            zsk->run.sha256);
    if (written.left_out > 0)
        fprintf(stderr, "%u rows of services without a LeiKa key were left out\n",
                written.left_out);
    return STATUS_OK;
}

static enum status correct(struct zsk *zsk, struct error *err) {
    struct zsk_rows then;
    struct zsk_changes changes = {0};
    TRY(set_as_of(zsk, err));
    TRY(find_before(zsk, err));
    if (zsk->before.number > 0 && strcmp(zsk->as_of, zsk->before.as_of) < 0)
        return error_set(err, STATUS_INVALID, "run %u is as of %s, which is later than %s",
                         zsk->before.number, zsk->before.as_of, zsk->as_of);
    TRY(ask(zsk, zsk->as_of, &zsk->run.rows, err));
    if (zsk->before.number == 0) return write_run(zsk, NULL, err);
    TRY(ask(zsk, zsk->before.as_of, &then, err));
    TRY(zsk_compare(&zsk->before.rows, &then, &zsk->run.rows, &zsk->arena, &changes, err));
    if (changes.count == 0) {
        fprintf(stderr, "nothing has changed since run %u (as of %s): nothing was written\n",
                zsk->before.number, zsk->before.as_of);
        return STATUS_OK;
    }
    tell_changes(zsk, &changes);
    return write_run(zsk, &changes, err);
}

/* One run at a time: each is a correction of the one before. */
static enum status run(struct zsk *zsk, struct error *err) {
    char path[PLACE_PATH_BYTES_MAX];
    int lock;
    TRY(read_form(zsk, err));
    if (access(zsk->words->data, F_OK) != 0)
        return error_set(err, STATUS_NOT_FOUND, "%s: %s", zsk->words->data, strerror(errno));
    snprintf(path, sizeof path, "%s/zsk", zsk->words->data);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
    kept_path(zsk, 1, "csv", path);
    TRY(private_file_lock(path, &lock, err));
    const enum status status = correct(zsk, err);
    private_file_unlock(lock);
    return status;
}

static int make(const struct words *words, struct zsk *zsk) {
    struct error err = {{0}};
    zsk->run.month = words->month;
    zsk->run.tenant = words->tenant != NULL ? words->tenant : "all";
    arena_init(&zsk->arena, ARENA_BYTES_MAX);
    const enum status status = run(zsk, &err);
    if (status != STATUS_OK) fprintf(stderr, "pegel: %s\n", err.text);
    arena_free(&zsk->arena);
    return status == STATUS_OK ? COMMAND_OK : COMMAND_FAILED;
}

static int understand(const struct usage *usage, const struct words *words, int word_count,
                      char **argv) {
    struct zsk zsk = {.words = words};
    if (word_count > 0) return options_misuse(usage, "\"%s\" is one word too many", argv[1]);
    if (words->data == NULL) return options_misuse(usage, "--data DIR says where the data lives");
    if (words->month == NULL) return options_misuse(usage, "--month says which: 2026-10");
    if (!read_month(&zsk))
        return options_misuse(usage, "--month: \"%s\" is no month; write 2026-10", words->month);
    if (words->tenant != NULL &&
        (strlen(words->tenant) != 12 || strspn(words->tenant, "0123456789") != 12))
        return options_misuse(usage, "--tenant: \"%s\" is no ARS of 12 digits", words->tenant);
    return make(words, &zsk);
}

int command_zsk(int argc, char **argv) {
    struct words words = {0};
    const struct option options[] = {
        {"data", "DIR", "the data folder; what is written is kept in DIR/zsk", &words.data, NULL},
        {"month", "MONTH", "which: 2026-10. It must have ended", &words.month, NULL},
        {"tenant", "ARS", "of this municipality; default: of all", &words.tenant, NULL},
        {"form", "FILE", "columns, separator, encoding: docs/EXPORTS.md; default: our own",
         &words.form, NULL},
        {"as-of", "TIME", "what was known then: 2026-11-05T08:00:00Z; default: now", &words.as_of,
         NULL},
        {"zone", "ZONE", "time zone of the month; default: the tenant's, else Europe/Berlin",
         &words.zone, NULL},
        {"out", "FILE", "a copy there; - is standard output", &words.out, NULL},
        {"config", "FILE", "configuration; default: DIR/pegel.json when there is one",
         &words.config, NULL}};
    const struct usage usage = {
        "pegel zsk --data DIR --month MONTH [options]",
        "Writes how many applications came in during a month, by municipality (ARS) and service\n"
        "(LeiKa key). What was written is kept with its checksum; when the month is written "
        "again,\n"
        "it says what has changed since and why, and the file is the corrected whole. Where "
        "nothing\n"
        "has changed, nothing is written. While a server has the data open, the server is asked.",
        options, sizeof options / sizeof *options,
        "  pegel zsk --data ./data --month 2026-10 --out transactions.csv"};
    int word_count;
    switch (options_parse(&usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    return understand(&usage, &words, word_count, argv);
}
