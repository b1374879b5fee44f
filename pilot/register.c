/* SPDX-License-Identifier: EUPL-1.2 */
#include "pilot/register.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "base/timezone.h"

enum { PATH_BYTES_MAX = 4096, FILE_BYTES_MAX = REGISTER_PLANS_MAX * (PILOT_PLAN_BYTES_MAX + 512) };

static enum status path_of(const char *folder, const char *name, char path[PATH_BYTES_MAX],
                           struct error *err) {
    const int size = snprintf(path, PATH_BYTES_MAX, "%s/%s", folder, name);
    if (size > 0 && size < PATH_BYTES_MAX) return STATUS_OK;
    return error_set(err, STATUS_TOO_LARGE, "pilots: the folder's name is too long");
}

static enum status failed(struct error *err, const char *verb, const char *path) {
    return error_set(err, STATUS_IO, "pilots: %s %.150s: %s", verb, path, strerror(errno));
}

/* --- reading --- */

static enum status read_bytes(int file, const char *path, struct text *text, struct error *err) {
    char chunk[1 << 16];
    for (;;) {
        const ssize_t got = read(file, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(err, "reading", path);
        if (got == 0) break;
        text_add(text, chunk, (size_t)got);
    }
    if (text->failed)
        return error_set(err, STATUS_NO_MEMORY, "pilots: %.150s does not fit into memory", path);
    return STATUS_OK;
}

static enum status read_file(const char *folder, struct text *text, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(path_of(folder, REGISTER_FILE, path, err));
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) return STATUS_OK;
    if (file < 0) return failed(err, "opening", path);
    const enum status status = read_bytes(file, path, text, err);
    close(file);
    return status;
}

static enum status altered(struct error *err, uint32_t line, const char *what) {
    return error_set(err, STATUS_CORRUPT,
                     "pilots: line %u of " REGISTER_FILE " %s; put the file back from a backup",
                     (unsigned)line, what);
}

/* The plan is the last member of its line, so its bytes can be taken as they are. */
static enum status read_entry(const char *line, size_t size, uint32_t number, const char *previous,
                              struct arena *arena, struct register_entry *out, struct error *err) {
    static const char marker[] = ",\"plan\":";
    char hash[SHA256_TEXT_BYTES];
    struct json *document;
    const char *plan = memmem(line, size, marker, sizeof marker - 1);
    if (plan == NULL || json_parse(line, size, &document, NULL) != STATUS_OK)
        return altered(err, number, "is damaged");
    plan += sizeof marker - 1;
    const size_t plan_size = size - (size_t)(plan - line) - 1;
    const char *said = json_text(json_member(document, "sha256"), "");
    const char *frozen = json_text(json_member(document, "frozen_at"), "");
    const char *before = json_text(json_member(document, "previous"), "");
    const bool follows = strcmp(before, previous) == 0;
    const bool dated = timestamp_parse(frozen, strlen(frozen), &out->frozen_ms);
    sha256_text(plan, plan_size, hash);
    const bool same = strcmp(hash, said) == 0;
    out->late = json_boolean(json_member(document, "frozen_late"), true);
    json_free(document);
    if (!follows) return altered(err, number, "does not follow the line before it");
    if (!same || !dated) return altered(err, number, "was altered");
    memcpy(out->hash, hash, sizeof hash);
    (void)snprintf(out->id, sizeof out->id, "%.12s", hash);
    return pilot_plan_parse(plan, plan_size, arena, &out->plan, err);
}

/* `last` receives the hash of the last line, "" when there is none. */
static enum status read_lines(const struct text *text, struct arena *arena,
                              struct register_list *out, char last[SHA256_TEXT_BYTES],
                              struct error *err) {
    last[0] = '\0';
    *out = (struct register_list){0};
    if (text->size == 0) return STATUS_OK;
    const char *at = text->bytes, *end = at + text->size;
    size_t lines = 1;
    for (const char *c = at; c < end; c++) lines += *c == '\n';
    out->entries = arena_push_array(arena, struct register_entry, lines);
    if (out->entries == NULL)
        return error_set(err, STATUS_NO_MEMORY, "pilots: memory budget used up");
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline == NULL || out->count == REGISTER_PLANS_MAX)
            return altered(err, out->count + 1, newline == NULL ? "is cut off" : "is one too many");
        const size_t size = (size_t)(newline - at);
        TRY(read_entry(at, size, out->count + 1, last, arena, &out->entries[out->count], err));
        sha256_text(at, size, last);
        out->count++;
        at = newline + 1;
    }
    return STATUS_OK;
}

enum status register_read(const char *folder, struct arena *arena, struct register_list *out,
                          struct error *err) {
    char last[SHA256_TEXT_BYTES];
    struct text text;
    text_init(&text, FILE_BYTES_MAX);
    enum status status = read_file(folder, &text, err);
    if (status == STATUS_OK) status = read_lines(&text, arena, out, last, err);
    text_free(&text);
    return status;
}

enum status register_find(const char *folder, const char *id, struct arena *arena,
                          struct register_entry *out, struct error *err) {
    struct register_list list;
    TRY(register_read(folder, arena, &list, err));
    for (uint32_t i = 0; i < list.count; i++) {
        *out = list.entries[i];
        if (strcmp(out->id, id) == 0 || strcmp(out->hash, id) == 0) return STATUS_OK;
    }
    return error_set(err, STATUS_NOT_FOUND, "there is no pilot \"%.64s\"; the list names them", id);
}

/* --- writing --- */

static enum status write_bytes(int file, const char *path, const struct text *text,
                               struct error *err) {
    for (size_t done = 0; done < text->size;) {
        const ssize_t wrote = write(file, text->bytes + done, text->size - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return failed(err, "writing", path);
        done += (size_t)wrote;
    }
    return fsync(file) == 0 ? STATUS_OK : failed(err, "syncing", path);
}

/* The whole register beside the old one, synced, then in its place: a crash leaves the old or the
 * new. `folder_file`: the folder, open. */
static enum status replace_file(const char *folder, int folder_file, const struct text *text,
                                struct error *err) {
    char path[PATH_BYTES_MAX], beside[PATH_BYTES_MAX];
    TRY(path_of(folder, REGISTER_FILE, path, err));
    TRY(path_of(folder, REGISTER_FILE ".new", beside, err));
    const int file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return failed(err, "creating", beside);
    enum status status = write_bytes(file, beside, text, err);
    if (close(file) != 0 && status == STATUS_OK) status = failed(err, "closing", beside);
    if (status == STATUS_OK && rename(beside, path) != 0) status = failed(err, "renaming", beside);
    if (status != STATUS_OK) {
        (void)unlink(beside);
        return status;
    }
    return fsync(folder_file) == 0 ? STATUS_OK : failed(err, "syncing", folder);
}

static void write_members(const struct register_entry *entry, struct text *text) {
    text_add_format(text, "\"id\":\"%s\",\"sha256\":\"%s\",\"frozen_at\":\"", entry->id,
                    entry->hash);
    text_add_utc(text, entry->frozen_ms);
    text_add_format(text, "\",\"frozen_late\":%s", entry->late ? "true" : "false");
}

void register_write_entry(const struct register_entry *entry, struct text *text) {
    text_add_string(text, "{");
    write_members(entry, text);
    text_add_string(text, ",\"plan\":");
    pilot_plan_write(&entry->plan, text);
    text_add_string(text, "}");
}

static enum status make_entry(const struct pilot_plan *plan, int64_t now_ms, struct arena *arena,
                              struct register_entry *out, struct error *err) {
    const struct time_zone *zone;
    TRY(timezone_load(plan->zone, arena, &zone, err));
    *out = (struct register_entry){.frozen_ms = now_ms, .plan = *plan};
    out->late = now_ms >= timezone_day_start_ms(zone, plan->pilot_day);
    TRY(pilot_plan_hash(plan, out->hash, err));
    (void)snprintf(out->id, sizeof out->id, "%.12s", out->hash);
    return STATUS_OK;
}

static enum status add_line(const char *folder, int folder_file, struct text *text,
                            struct arena *arena, struct register_entry *entry, bool *added,
                            struct error *err) {
    char last[SHA256_TEXT_BYTES];
    struct register_list list;
    TRY(read_file(folder, text, err));
    TRY(read_lines(text, arena, &list, last, err));
    for (uint32_t i = 0; i < list.count; i++) {
        if (strcmp(list.entries[i].hash, entry->hash) != 0) continue;
        *entry = list.entries[i];
        return STATUS_OK;
    }
    if (list.count == REGISTER_PLANS_MAX)
        return error_set(err, STATUS_TOO_LARGE, "pilots: there are %d plans already",
                         REGISTER_PLANS_MAX);
    text_add_string(text, "{");
    write_members(entry, text);
    text_add_format(text, ",\"previous\":\"%s\",\"plan\":", last);
    pilot_plan_write(&entry->plan, text);
    text_add_string(text, "}\n");
    if (text->failed) return error_set(err, STATUS_NO_MEMORY, "pilots: no memory");
    TRY(replace_file(folder, folder_file, text, err));
    *added = true;
    return STATUS_OK;
}

enum status register_add(const char *folder, const struct pilot_plan *plan, int64_t now_ms,
                         struct arena *arena, struct register_entry *out, bool *added,
                         struct error *err) {
    struct text text;
    *added = false;
    TRY(make_entry(plan, now_ms, arena, out, err));
    const int folder_file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_file < 0) return failed(err, "opening", folder);
    text_init(&text, FILE_BYTES_MAX);
    enum status status =
        flock(folder_file, LOCK_EX) == 0 ? STATUS_OK : failed(err, "locking", folder);
    if (status == STATUS_OK) status = add_line(folder, folder_file, &text, arena, out, added, err);
    text_free(&text);
    close(folder_file);
    return status;
}
