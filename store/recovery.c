/* SPDX-License-Identifier: EUPL-1.2 */
/* recovery: from the files of a folder to a store. The manifest says which files are the truth; the
 * log files that it does not cover are replayed; what no manifest knows is removed. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/store_internal.h"
#include "store/wal_record.h"

struct folder_files {
    uint64_t *wals; /* numbers of the log files that are there */
    uint32_t wal_count;
    size_t wal_capacity;
    uint64_t highest;
    char (*strays)[48]; /* files of ours that no manifest knows */
    size_t stray_count, stray_capacity;
    const struct manifest *manifest;
    bool failed;
};

static bool contains(const uint64_t *list, uint32_t count, uint64_t number) {
    for (uint32_t i = 0; i < count; i++) {
        if (list[i] == number) return true;
    }
    return false;
}

static bool is_ours(const char *kind) {
    return strcmp(kind, "segment") == 0 || strcmp(kind, "ids") == 0 || strcmp(kind, "names") == 0 ||
           strcmp(kind, "wal") == 0;
}

static bool is_stray(const struct manifest *manifest, const char *kind, uint64_t number) {
    if (strcmp(kind, "segment") == 0)
        return !contains(manifest->segments, manifest->segment_count, number);
    if (strcmp(kind, "ids") == 0)
        return !contains(manifest->id_runs, manifest->id_run_count, number);
    if (strcmp(kind, "names") == 0) return number != manifest->names_number;
    return strcmp(kind, "wal") == 0 && number < manifest->wal_number;
}

static void sort_file(void *context, const char *name) {
    struct folder_files *files = context;
    char kind[16];
    uint64_t number;
    if (!manifest_parse_name(name, kind, &number) || strlen(name) >= sizeof files->strays[0])
        return;
    if (number > files->highest) files->highest = number;
    if (is_stray(files->manifest, kind, number)) {
        void *strays = files->strays;
        if (!memory_reserve(&strays, &files->stray_capacity, files->stray_count + 1,
                            sizeof files->strays[0], SIZE_MAX / 64))
            return; /* it stays until the next opening */
        files->strays = strays;
        memcpy(files->strays[files->stray_count++], name, strlen(name) + 1);
    } else if (strcmp(kind, "wal") == 0) {
        void *wals = files->wals;
        if (!memory_reserve(&wals, &files->wal_capacity, files->wal_count + 1u, sizeof(uint64_t),
                            UINT32_MAX)) {
            files->failed = true;
            return;
        }
        files->wals = wals;
        files->wals[files->wal_count++] = number;
    }
}

static int compare_numbers(const void *a, const void *b) {
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static enum status replay_record(void *context, const void *payload, size_t payload_bytes,
                                 struct error *err) {
    struct store *store = context;
    struct wal_record record;
    TRY(wal_record_open(&record, payload, payload_bytes, store->names, err));
    enum status status = wal_record_next(&record, err);
    while (status == STATUS_OK && record.row_count > 0) {
        status = commit_replayed(store, &record, err);
        if (status == STATUS_OK) status = wal_record_next(&record, err);
    }
    wal_record_close(&record);
    return status;
}

static enum status replay_logs(struct store *store, const struct folder_files *files,
                               struct error *err) {
    for (uint32_t i = 0; i < files->wal_count; i++) {
        char path[FILE_PATH_BYTES_MAX];
        TRY(manifest_path(path, store->folder, "wal", files->wals[i], err));
        TRY(wal_replay_file(store->io, path, files->wals[i], replay_record, store, err));
        if (store->wal_first == 0) store->wal_first = files->wals[i];
    }
    store->logged_codes = names_code_count(store->names);
    store->logged_steps = names_total_steps(store->names);
    store->view = store->tail->rows;
    store->id_index_bytes = id_index_bytes(&store->ids);
    return STATUS_OK;
}

static enum status load_files(struct store *store, struct error *err) {
    const struct manifest *manifest = &store->manifest;
    char path[FILE_PATH_BYTES_MAX];
    if (manifest->names_number != 0) {
        TRY(manifest_path(path, store->folder, "names", manifest->names_number, err));
        TRY(names_read_file(store->names, store->io, path, err));
    }
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        struct part *part;
        TRY(flush_open_segment(store, manifest->segments[i], &part, err));
        if (part->order >= store->next_order) store->next_order = part->order + 1;
        TRY(part_list_add(&store->segments, part, err));
    }
    for (uint32_t i = 0; i < manifest->id_run_count; i++) {
        struct id_run *run;
        TRY(manifest_path(path, store->folder, "ids", manifest->id_runs[i], err));
        TRY(id_run_open(store->io, path, manifest->id_runs[i], &run, err));
        enum status status = id_index_add_run(&store->ids, run, err);
        if (status != STATUS_OK) {
            id_run_close(run);
            return status;
        }
    }
    return STATUS_OK;
}

static void note_file(void *context, const char *name) {
    char kind[16];
    uint64_t number;
    if (manifest_parse_name(name, kind, &number)) *(bool *)context |= is_ours(kind);
}

/* A new store begins with its manifest: files of ours without one are one that was damaged. */
enum status recovery_expect_no_files(struct store *store, struct error *err) {
    bool others = false;
    TRY(store->io->list(store->io, store->folder, note_file, &others, err));
    if (!others) return STATUS_OK;
    return error_set(err, STATUS_CORRUPT,
                     "%s holds files of a store but no MANIFEST: put it back from a backup, "
                     "nothing was changed",
                     store->folder);
}

static enum status create_manifest(struct store *store, struct error *err) {
    bool announced;
    TRY(recovery_expect_no_files(store, err));
    store->manifest = (struct manifest){.next_number = 1, .wal_number = 1};
    return manifest_write(store->io, store->folder, &store->manifest, &announced, err);
}

/* The first log file that a flush named was made before: its absence is a loss. */
static enum status check_logs(const struct store *store, const struct folder_files *files,
                              struct error *err) {
    const uint64_t first = store->manifest.wal_number;
    if (store->manifest.segment_count == 0 || contains(files->wals, files->wal_count, first))
        return STATUS_OK;
    return error_set(err, STATUS_CORRUPT,
                     "%s: the write-ahead log wal-%08llu is missing: put it back from a backup, "
                     "nothing was changed",
                     store->folder, (unsigned long long)first);
}

enum status recovery_run(struct store *store, struct error *err) {
    enum status status = manifest_read(store->io, store->folder, &store->manifest, err);
    if (status == STATUS_NOT_FOUND) status = create_manifest(store, err);
    /* what we read may be in the page cache only: it must last before files of an older state go */
    if (status == STATUS_OK) status = store->io->sync_folder(store->io, store->folder, err);
    if (status != STATUS_OK) return status;
    struct folder_files files = {.manifest = &store->manifest};
    status = store->io->list(store->io, store->folder, sort_file, &files, err);
    if (status == STATUS_OK && files.failed)
        status = error_set(err, STATUS_NO_MEMORY, "store: no memory");
    if (status == STATUS_OK) status = check_logs(store, &files, err);
    if (files.wal_count > 0) qsort(files.wals, files.wal_count, sizeof(uint64_t), compare_numbers);
    store->next_number = store->manifest.next_number;
    if (files.highest >= store->next_number) store->next_number = files.highest + 1;
    store->next_order = 1;
    if (status == STATUS_OK) status = load_files(store, err);
    store->tail->order = store->next_order++;
    if (status == STATUS_OK) status = replay_logs(store, &files, err);
    for (size_t i = 0; i < files.stray_count && status == STATUS_OK && !store->read_only; i++) {
        char path[FILE_PATH_BYTES_MAX];
        if (file_path(path, store->folder, files.strays[i], NULL) == STATUS_OK)
            (void)store->io->remove(store->io, path, NULL);
    }
    memory_free(files.wals);
    memory_free(files.strays);
    return status;
}
