/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "base/clock.h"
#include "server/command.h"
#include "server/options.h"
#include "server/progress.h"
#include "store/store.h"

/* pegel compact: what a server does when nobody has written for a while, at once: all segments
 * become one. For operators after a large import, and for benchmarks. */

static void tell(void *context, uint64_t done, uint64_t total) {
    progress_draw(context, done, total, done);
}

static enum status read_stats(struct store *store, struct snapshot_stats *stats,
                              struct error *err) {
    struct snapshot *snapshot;
    TRY(store_snapshot(store, &snapshot, err));
    snapshot_stats(snapshot, stats);
    snapshot_release(snapshot);
    return STATUS_OK;
}

static void print_stats(const char *when, const struct snapshot_stats *stats) {
    char events[PROGRESS_NUMBER_BYTES], segments[PROGRESS_NUMBER_BYTES],
        bytes[PROGRESS_NUMBER_BYTES];
    printf("%-7s %s events in %s segments, %s bytes\n", when,
           progress_number(stats->event_count, events),
           progress_number(stats->segment_count, segments),
           progress_number(stats->stored_bytes, bytes));
}

static enum status compact_store(struct store *store, struct error *err) {
    struct snapshot_stats before, after;
    struct progress progress;
    TRY(read_stats(store, &before, err));
    print_stats("before:", &before);
    progress_start(&progress, stderr, clock_system());
    const enum status status = store_compact(store, tell, &progress, err);
    progress_wipe(&progress);
    if (status != STATUS_OK) return status;
    TRY(read_stats(store, &after, err));
    print_stats("after:", &after);
    return STATUS_OK;
}

static int compact(const char *data) {
    const struct store_options options = {.folder = data, .must_exist = true};
    struct store *store;
    struct error err = {{0}};
    enum status status = store_open(&options, &store, &err);
    if (status == STATUS_OK) {
        status = compact_store(store, &err);
        store_close(store);
    }
    if (status == STATUS_BUSY)
        fprintf(stderr, "pegel: another process works in %s; stop it first\n", data);
    else if (status != STATUS_OK)
        fprintf(stderr, "pegel: %s\n", err.text);
    return status == STATUS_OK ? COMMAND_OK : COMMAND_FAILED;
}

int command_compact(int argc, char **argv) {
    const char *data = NULL;
    const struct option options[] = {
        {"data", "DIR", "the data folder; no server may have it open", &data, NULL}};
    const struct usage usage = {
        "pegel compact --data DIR",
        "Merges all that is stored to one segment, which answers questions fastest. A server does\n"
        "this by itself when nobody has written for a while. Interrupted, it leaves all as it was.",
        options, sizeof options / sizeof *options, "  pegel compact --data ./data"};
    int word_count;
    switch (options_parse(&usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    if (word_count > 0) return options_misuse(&usage, "\"%s\" is one word too many", argv[1]);
    if (data == NULL) return options_misuse(&usage, "--data DIR says where the data lives");
    return compact(data);
}
