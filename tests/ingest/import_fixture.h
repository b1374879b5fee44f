/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_INGEST_IMPORT_FIXTURE_H
#define TESTS_INGEST_IMPORT_FIXTURE_H

#include <stdlib.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "ingest/import.h"
#include "tests/test.h"

/* An engine that is too simple to be wrong: a list of rows and a hash set of ids. And one import
 * into it, with everything that belongs to it. */
struct row {
    struct event_id id;
    uint32_t content;
    enum event_type type;
    int64_t time_ms;
    uint64_t subject;
    enum channel channel;
    char service[65], office[65], step[65];
};

enum { SET_SLOTS = 1 << 18 };

struct set_engine {
    struct engine engine; /* first */
    struct row *rows;
    size_t count, capacity;
    uint32_t *slots; /* index + 1 */
    int busy;        /* this many writes are answered BUSY first */
    bool broken;
};

static uint32_t *set_slot(struct set_engine *set, struct event_id id) {
    uint32_t at = (uint32_t)id.low & (SET_SLOTS - 1);
    while (set->slots[at] != 0 && memcmp(&set->rows[set->slots[at] - 1].id, &id, sizeof id) != 0)
        at = (at + 1) & (SET_SLOTS - 1);
    return &set->slots[at];
}

static void set_text(const struct batch *batch, enum column column, uint32_t row, char *out) {
    const uint32_t *codes = batch->column[column];
    size_t size;
    const char *text = dictionary_text(batch->strings, codes == NULL ? 0 : codes[row], &size);
    CHECK(size <= 64);
    memcpy(out, text, size + 1);
}

static void set_add(struct set_engine *set, const struct batch *batch, uint32_t row) {
    void *rows = set->rows;
    CHECK(memory_reserve(&rows, &set->capacity, set->count + 1, sizeof *set->rows, SET_SLOTS / 2));
    set->rows = rows;
    const uint64_t *subjects = batch->column[COLUMN_SUBJECT];
    const uint8_t *channels = batch->column[COLUMN_CHANNEL];
    struct row *added = &set->rows[set->count++];
    *added =
        (struct row){.id = batch->id[row],
                     .content = batch->content[row],
                     .type = (enum event_type)((const uint8_t *)batch->column[COLUMN_TYPE])[row],
                     .time_ms = ((const int64_t *)batch->column[COLUMN_TIME])[row],
                     .subject = subjects == NULL ? 0 : subjects[row],
                     .channel = channels == NULL ? CHANNEL_ABSENT : (enum channel)channels[row]};
    set_text(batch, COLUMN_SERVICE, row, added->service);
    set_text(batch, COLUMN_OFFICE, row, added->office);
    set_text(batch, COLUMN_STEP, row, added->step);
}

static enum status set_write(struct engine *engine, struct batch *batch, struct error *err) {
    struct set_engine *set = (struct set_engine *)engine;
    if (set->busy > 0 && set->busy-- > 0) return error_set(err, STATUS_BUSY, "busy");
    if (set->broken) return error_set(err, STATUS_IO, "the disk is full");
    for (uint32_t row = 0; row < batch->row_count; row++) {
        uint32_t *slot = set_slot(set, batch->id[row]);
        if (*slot == 0) {
            set_add(set, batch, row);
            *slot = (uint32_t)set->count;
            batch->outcome[row] = OUTCOME_ACCEPTED;
        } else {
            bool same = set->rows[*slot - 1].content == batch->content[row];
            batch->outcome[row] = same ? OUTCOME_DUPLICATE : OUTCOME_CONFLICT;
        }
    }
    return STATUS_OK;
}

static const struct engine_ops set_ops = {.name = "set", .write = set_write};

#define TENANT "091620000000"

struct bench {
    struct set_engine set;
    struct pseudonyms *pseudonyms;
    struct clock clock;
    struct import_report report;
    struct import import;
    struct mapping *mapping;
    struct error err;
    char path[160], rejects[160];
};

/* A path that no other test of this program uses. */
static void bench_path(char path[160], const char *name) {
    static const char *folder;
    static unsigned count;
    if (folder == NULL) folder = test_folder();
    char own[128];
    (void)snprintf(own, sizeof own, "%s/%u", folder, ++count);
    CHECK(mkdir(own, 0700) == 0);
    (void)snprintf(path, 160, "%s/%.24s", own, name);
}

static void bench_open(struct bench *bench, const char *mapping, const char *service) {
    *bench = (struct bench){.clock = clock_fixed(INT64_C(1798761600000))}; /* 2027-01-01 */
    char keys[160];
    bench_path(keys, "keys");
    EXPECT_OK(pseudonyms_open(keys, &bench->clock, &bench->pseudonyms, &bench->err));
    bench->set.engine.ops = &set_ops;
    bench->set.slots = memory_new_array(uint32_t, SET_SLOTS);
    CHECK(bench->set.slots != NULL);
    bench->err.text[0] = '\0';
    if (mapping != NULL) {
        EXPECT_OK(
            mapping_parse(mapping, strlen(mapping), FORMAT_UNKNOWN, &bench->mapping, &bench->err));
        EXPECT_TEXT(bench->err.text, "");
    }
    bench_path(bench->rejects, "rejects.csv");
    bench->report.file = fopen(bench->rejects, "w+");
    CHECK(bench->report.file != NULL);
    bench->import = (struct import){.report = &bench->report, .mapping = bench->mapping};
    if (service != NULL) bench->import.service = (struct slice){service, (uint32_t)strlen(service)};
    const struct import_engine_options options = {.engine = &bench->set.engine,
                                                  .pseudonyms = bench->pseudonyms,
                                                  .clock = &bench->clock,
                                                  .tenant = TENANT,
                                                  .source = "test"};
    EXPECT_OK(import_sink_engine(&options, &bench->report, &bench->import.sink, &bench->err));
}

static void bench_close(struct bench *bench) {
    import_sink_close(bench->import.sink);
    mapping_free(bench->mapping);
    pseudonyms_close(bench->pseudonyms);
    (void)fclose(bench->report.file);
    memory_free(bench->set.rows);
    memory_free(bench->set.slots);
}

static enum status bench_file(struct bench *bench, const char *path, enum file_format format) {
    bench->err.text[0] = '\0';
    return import_file(&bench->import, path, format, &bench->err);
}

/* Writes the text to a file of that name and imports it. */
static enum status bench_text(struct bench *bench, const char *name, const char *text,
                              size_t size) {
    bench_path(bench->path, name);
    FILE *file = fopen(bench->path, "wb");
    CHECK(file != NULL && fwrite(text, 1, size, file) == size && fclose(file) == 0);
    return bench_file(bench, bench->path, FORMAT_UNKNOWN);
}

/* The reject report so far, NUL-terminated. */
__attribute__((unused)) static const char *bench_rejects(struct bench *bench) {
    static char text[1 << 16];
    (void)fflush(bench->report.file);
    FILE *file = fopen(bench->rejects, "r");
    CHECK(file != NULL);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

__attribute__((unused)) static size_t bench_count(const struct bench *bench, enum event_type type) {
    size_t count = 0;
    for (size_t i = 0; i < bench->set.count; i++) count += bench->set.rows[i].type == type;
    return count;
}

__attribute__((unused)) static uint64_t bench_subject(struct bench *bench, const char *subject) {
    return pseudonym_subject(bench->pseudonyms, PURPOSE_CASE, TENANT, strlen(TENANT), 0, subject,
                             strlen(subject));
}

__attribute__((unused)) static const struct row *bench_find(struct bench *bench,
                                                            const char *subject,
                                                            enum event_type type) {
    uint64_t pseudonym = bench_subject(bench, subject);
    for (size_t i = 0; i < bench->set.count; i++)
        if (bench->set.rows[i].subject == pseudonym && bench->set.rows[i].type == type)
            return &bench->set.rows[i];
    return NULL;
}

__attribute__((unused)) static int by_subject_and_time(const void *left, const void *right) {
    const struct row *a = left, *b = right;
    if (a->subject != b->subject) return a->subject < b->subject ? -1 : 1;
    return a->time_ms < b->time_ms ? -1 : a->time_ms > b->time_ms;
}

__attribute__((unused)) static int by_number(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

/* Type 7, as expected.json has it. */
__attribute__((unused)) static double quantile(const double *sorted, size_t n, double p) {
    double at = (double)(n - 1) * p;
    size_t low = (size_t)at;
    double above = low + 1 < n ? sorted[low + 1] : sorted[low];
    return sorted[low] + (above - sorted[low]) * (at - (double)low);
}

#endif
