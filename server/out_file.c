/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/out_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status failed(const char *path, struct error *err) {
    return error_set(err, STATUS_IO, "%.200s: cannot be written: %s", path, strerror(errno));
}

static bool is_no_file(const char *name) {
    struct stat found;
    return stat(name, &found) == 0 && !S_ISREG(found.st_mode);
}

enum status out_file_open(struct out_file *out, const char *name, struct error *err) {
    *out = (struct out_file){.name = name, .file = stdout};
    if (strcmp(name, "-") == 0) return STATUS_OK;
    const char *path = name;
    if (!is_no_file(name)) {
        const int size = snprintf(out->part, sizeof out->part, "%s.part", name);
        if (size < 0 || (size_t)size >= sizeof out->part)
            return error_set(err, STATUS_INVALID, "%.200s: the path is too long", name);
        path = out->part;
    }
    out->file = fopen(path, "wbe");
    return out->file != NULL ? STATUS_OK : failed(path, err);
}

enum status out_file_close(struct out_file *out, enum status status, struct error *err) {
    const bool renamed = out->part[0] != '\0';
    bool whole = fflush(out->file) == 0 && !ferror(out->file);
    if (renamed) whole = whole && fsync(fileno(out->file)) == 0;
    if (out->file != stdout) whole = fclose(out->file) == 0 && whole;
    if (renamed && status == STATUS_OK && whole) whole = rename(out->part, out->name) == 0;
    if (status == STATUS_OK && !whole) status = failed(out->name, err);
    if (renamed && status != STATUS_OK) (void)unlink(out->part);
    return status;
}

enum status out_file_put(const char *name, const char *bytes, size_t size, struct error *err) {
    struct out_file out;
    TRY(out_file_open(&out, name, err));
    const bool written = fwrite(bytes, 1, size, out.file) == size;
    return out_file_close(&out, written ? STATUS_OK : failed(name, err), err);
}
