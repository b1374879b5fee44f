/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/memory.h"
#include "base/text.h"

#define HEADLINE "pegel store 1\n"
enum { MANIFEST_BYTES_MAX = 1 << 20 };

enum status manifest_path(char path[FILE_PATH_BYTES_MAX], const char *folder, const char *kind,
                          uint64_t number, struct error *err) {
    char name[48];
    (void)snprintf(name, sizeof name, "%s-%08" PRIu64, kind, number);
    return file_path(path, folder, name, err);
}

bool manifest_parse_name(const char *name, char kind[16], uint64_t *number) {
    const char *dash = strrchr(name, '-');
    if (dash == NULL || dash == name || dash - name > 15 || dash[1] == '\0') return false;
    memcpy(kind, name, (size_t)(dash - name));
    kind[dash - name] = '\0';
    char *end;
    *number = strtoull(dash + 1, &end, 10);
    return *end == '\0' && dash[1] >= '0' && dash[1] <= '9';
}

static bool add(uint64_t *list, uint32_t *count, uint64_t number) {
    if (*count == MANIFEST_FILES_MAX) return false;
    list[(*count)++] = number;
    return true;
}

static bool parse_line(struct manifest *manifest, const char *line) {
    char word[16];
    uint64_t number;
    int used = 0;
    if (sscanf(line, "%15s %" SCNu64 "%n", word, &number, &used) != 2 || line[used] != '\n')
        return false;
    if (strcmp(word, "next") == 0) {
        manifest->next_number = number;
    } else if (strcmp(word, "names") == 0) {
        manifest->names_number = number;
    } else if (strcmp(word, "wal") == 0) {
        manifest->wal_number = number;
    } else if (strcmp(word, "segment") == 0) {
        return add(manifest->segments, &manifest->segment_count, number);
    } else if (strcmp(word, "ids") == 0) {
        return add(manifest->id_runs, &manifest->id_run_count, number);
    } else {
        return false;
    }
    return true;
}

/* text: NUL-terminated. */
static bool parse(struct manifest *manifest, const char *text, size_t size) {
    const size_t headline = sizeof HEADLINE - 1;
    const char *check = strstr(text, "\ncrc32c ");
    unsigned crc;
    if (size < headline || strncmp(text, HEADLINE, headline) != 0 || check == NULL) return false;
    check++; /* the line before ends with its line feed */
    int used = 0;
    if (sscanf(check, "crc32c %8x\n%n", &crc, &used) != 1 || check + used != text + size ||
        used != 16)
        return false;
    if (crc32c(text, (size_t)(check - text)) != crc) return false;
    for (const char *line = text + headline; line < check; line = strchr(line, '\n') + 1) {
        if (!parse_line(manifest, line)) return false;
    }
    return manifest->next_number > 0;
}

enum status manifest_read(struct file_io *io, const char *folder, struct manifest *manifest,
                          struct error *err) {
    char path[FILE_PATH_BYTES_MAX];
    TRY(file_path(path, folder, "MANIFEST", err));
    struct file *file;
    TRY(io->open(io, path, FILE_READ, &file, err));
    const uint8_t *bytes;
    uint64_t size;
    enum status status = io->map(file, &bytes, &size, err);
    char *text = NULL;
    if (status == STATUS_OK && size <= MANIFEST_BYTES_MAX) {
        text = memory_copy_text((const char *)bytes, size);
        if (text == NULL) status = error_set(err, STATUS_NO_MEMORY, "manifest: no memory");
    }
    *manifest = (struct manifest){0};
    if (status == STATUS_OK &&
        (text == NULL || strlen(text) != size || !parse(manifest, text, size)))
        status = error_set(err, STATUS_CORRUPT, "manifest %s is damaged", path);
    memory_free(text);
    io->close(file);
    return status;
}

static enum status write_file(struct file_io *io, const char *path, const struct text *text,
                              struct error *err) {
    struct file *file;
    TRY(io->open(io, path, FILE_CREATE, &file, err));
    enum status status = io->append(file, text->bytes, text->size, err);
    if (status == STATUS_OK) status = io->sync(file, err);
    io->close(file);
    return status;
}

enum status manifest_write(struct file_io *io, const char *folder, const struct manifest *manifest,
                           bool *announced, struct error *err) {
    char path[FILE_PATH_BYTES_MAX], fresh[FILE_PATH_BYTES_MAX];
    TRY(file_path(path, folder, "MANIFEST", err));
    TRY(file_path(fresh, folder, "MANIFEST.new", err));
    struct text text;
    text_init(&text, MANIFEST_BYTES_MAX);
    text_add_string(&text, HEADLINE);
    text_add_format(&text, "next %" PRIu64 "\nnames %" PRIu64 "\nwal %" PRIu64 "\n",
                    manifest->next_number, manifest->names_number, manifest->wal_number);
    for (uint32_t i = 0; i < manifest->segment_count; i++)
        text_add_format(&text, "segment %" PRIu64 "\n", manifest->segments[i]);
    for (uint32_t i = 0; i < manifest->id_run_count; i++)
        text_add_format(&text, "ids %" PRIu64 "\n", manifest->id_runs[i]);
    if (!text.failed) text_add_format(&text, "crc32c %08x\n", crc32c(text.bytes, text.size));
    enum status status = text.failed ? error_set(err, STATUS_NO_MEMORY, "manifest: no memory")
                                     : write_file(io, fresh, &text, err);
    *announced = status == STATUS_OK;
    if (status == STATUS_OK) status = io->rename(io, fresh, path, err);
    if (status == STATUS_OK) status = io->sync_folder(io, folder, err);
    text_free(&text);
    return status;
}
