/* SPDX-License-Identifier: EUPL-1.2 */
/* Question: what does an event cost the store, from batch to merged segment, and who pays?
 * Sketch: the writer looks up one id (two cache misses and one for each file of ids), copies and
 * logs some 17 cells, 90 bytes with the id: 0.25 us. Behind it, sorting, folding and encoding once
 * is 0.25 us, and each merge 0.15 us. So two cores take in 2 M events/s before any decoding.
 *
 * The batches of one sample are written several times, each time with other ids and subjects.
 * STORE_BENCH_ROUNDS: how often (10). Full: 2 M events a round, 1,000 a batch, 4 threads. */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "benchmarks/bench.h"
#include "benchmarks/bench_sample.h"
#include "ingest/decode_ndjson.h"
#include "store/snapshot.h"
#include "store/store.h"

#define NOW_MS INT64_C(1790000000000)
enum { BATCH_ROWS = 1000, WRITERS = 4, ROUNDS_MAX = 1000, SLOW_NS = 100000000 };

static struct batch **batches;
static size_t batch_count, batch_capacity;
static struct admission admission;
static struct store *store;
static _Atomic size_t next_batch;
static _Atomic uint64_t slowest_ns, slow_count;

static void add_batch(void) {
    void *grown = batches;
    CHECK(memory_reserve(&grown, &batch_capacity, batch_count + 1, sizeof *batches, SIZE_MAX));
    batches = grown;
    batches[batch_count] = admission.batch = batch_create();
    CHECK(batches[batch_count++] != NULL);
}

static enum status keep_batches(void *context, const char *bytes, size_t size, struct error *err) {
    (void)context, (void)err;
    uint32_t position = 0;
    for (const char *at = bytes, *const last = bytes + size; at < last;) {
        if (admission.batch == NULL || admission.batch->row_count == BATCH_ROWS) add_batch();
        const char *end = at;
        for (uint32_t row = admission.batch->row_count; row < BATCH_ROWS && end < last; row++)
            end = (const char *)memchr(end, '\n', (size_t)(last - end)) + 1;
        const size_t part = (size_t)(end - at);
        CHECK(decode_ndjson(at, part, true, &position, &admission) == part);
        at = end;
    }
    return STATUS_OK;
}

/* Other events of the same form: nothing of one round repeats another. */
static void make_new(struct batch *batch, uint64_t change) {
    uint64_t *subject = batch->column[COLUMN_SUBJECT];
    for (uint32_t row = 0; row < batch->row_count; row++) {
        batch->id[row].high ^= change;
        batch->id[row].low ^= change;
        if (subject != NULL && subject[row] != 0) subject[row] ^= change;
    }
}

static void *write_batches(void *argument) {
    const uint64_t change = *(const uint64_t *)argument;
    for (size_t at; (at = atomic_fetch_add(&next_batch, 1)) < batch_count;) {
        make_new(batches[at], change);
        const uint64_t start_ns = bench_now_ns();
        CHECK(store_write(store, batches[at], NULL) == STATUS_OK);
        const uint64_t ns = bench_now_ns() - start_ns;
        slow_count += ns > SLOW_NS;
        for (uint64_t seen = slowest_ns; ns > seen;)
            if (atomic_compare_exchange_weak(&slowest_ns, &seen, ns)) break;
    }
    return NULL;
}

/* Processor time of each thread so far, and the anonymous memory. */
static void report_threads(uint64_t events) {
    char path[300], name[32], line[512];
    DIR *folder = opendir("/proc/self/task");
    if (folder == NULL) return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/stat", entry->d_name);
        FILE *file = fopen(path, "r");
        unsigned long user, kernel;
        if (file == NULL) continue;
        if (strcmp(entry->d_name, "..") != 0 && fgets(line, sizeof line, file) != NULL &&
            sscanf(line, "%*d (%31[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", name,
                   &user, &kernel) == 3 &&
            user + kernel > 0)
            printf("  %-12s user %.3f us, kernel %.3f us an event\n", name,
                   (double)user * 1e4 / (double)events, (double)kernel * 1e4 / (double)events);
        (void)fclose(file);
    }
    (void)closedir(folder);
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "RssAnon", 7) == 0) printf("  %s", line);
    if (file != NULL) (void)fclose(file);
}

static struct snapshot_stats read_stats(void) {
    struct snapshot *snapshot;
    struct snapshot_stats stats;
    CHECK(store_snapshot(store, &snapshot, NULL) == STATUS_OK);
    snapshot_stats(snapshot, &stats);
    snapshot_release(snapshot);
    return stats;
}

/* How often a byte is written before it lies in the segment that stays. */
static void report_writes(uint64_t events) {
    const struct snapshot_stats stats = read_stats();
    const struct store_written *written = &stats.written;
    printf(
        "  written, bytes an event: log %.1f, flushes %.1f, merges %.1f, ids %.1f; in segments "
        "%.1f, ids %.1f\n",
        (double)written->log_bytes / (double)events, (double)written->flush_bytes / (double)events,
        (double)written->merge_bytes / (double)events, (double)written->id_bytes / (double)events,
        (double)stats.stored_bytes / (double)events, (double)stats.id_index_bytes / (double)events);
}

static void write_round(uint64_t round) {
    uint64_t change = round * UINT64_C(0x9E3779B97F4A7C15);
    pthread_t writers[WRITERS];
    next_batch = slowest_ns = slow_count = 0;
    const uint64_t start_ns = bench_now_ns();
    for (int w = 0; w < WRITERS; w++)
        CHECK(pthread_create(&writers[w], NULL, write_batches, &change) == 0);
    for (int w = 0; w < WRITERS; w++) (void)pthread_join(writers[w], NULL);
    const uint64_t ns = bench_now_ns() - start_ns;
    const struct snapshot_stats stats = read_stats();
    printf("  round %2d: %5.2f M events/s, slowest batch %3d ms, %d over 100 ms, %d segments\n",
           (int)round, (double)batch_count * BATCH_ROWS * 1e3 / (double)ns,
           (int)(slowest_ns / 1000000), (int)slow_count, (int)stats.segment_count);
}

int main(void) {
    char folder[] = "/tmp/pegel-bench-XXXXXX", path[64], command[96];
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    static const char *const tenants[] = {"*"};
    const struct token_grant grant = {.source = "bench", .tenant_count = 1, .tenants = tenants};
    struct clock clock = clock_fixed(NOW_MS);
    admission = (struct admission){.grant = &grant, .now_ms = NOW_MS};
    CHECK(pseudonyms_open(path, &clock, &admission.pseudonyms, NULL) == STATUS_OK);
    const uint64_t events = bench_size(5000, 2000000);
    bench_sample_run(events, 365, keep_batches, NULL);
    const char *wanted = getenv("STORE_BENCH_ROUNDS");
    const uint64_t rounds = wanted != NULL ? strtoull(wanted, NULL, 10) : bench_size(1, 10);
    const struct store_options options = {.folder = folder, .threads = true};
    CHECK(store_open(&options, &store, NULL) == STATUS_OK);
    report_threads(events);
    const uint64_t start_ns = bench_now_ns();
    for (uint64_t round = 0; round < rounds && round < ROUNDS_MAX; round++) write_round(round);
    bench_report("store/write", rounds * events, 0, bench_now_ns() - start_ns, 0);
    report_threads(rounds * events);
    report_writes(rounds * events);
    store_close(store);
    for (size_t i = 0; i < batch_count; i++) batch_free(batches[i]);
    memory_free(batches);
    admission_free(&admission);
    pseudonyms_close(admission.pseudonyms);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? 0 : 1;
}
