/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/place.h"

enum status whole_file_read(const char *path, size_t limit, struct arena *arena, char **bytes,
                            size_t *size, struct error *err) {
    struct stat about;
    FILE *file = fopen(path, "rbe");
    if (file == NULL || fstat(fileno(file), &about) != 0) {
        const enum status status = errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
        error_set(err, status, "%s: %s", path, strerror(errno));
        if (file != NULL) fclose(file);
        return status;
    }
    enum status status = STATUS_OK;
    *size = (size_t)about.st_size;
    if (!S_ISREG(about.st_mode)) {
        status = error_set(err, STATUS_INVALID, "%s: is not a file", path);
    } else if (*size > limit) {
        status = error_set(err, STATUS_TOO_LARGE, "%s: more than %zu bytes", path, limit);
    } else if ((*bytes = arena_push_array(arena, char, *size + 1)) == NULL) {
        status = error_set(err, STATUS_NO_MEMORY, "%s: no memory for %zu bytes", path, *size);
    } else if (fread(*bytes, 1, *size, file) != *size) {
        status = error_set(err, STATUS_IO, "%s: could not be read whole", path);
    }
    fclose(file);
    return status;
}

enum status whole_file_write(const char *path, const char *bytes, size_t size, struct error *err) {
    char beside[PLACE_PATH_BYTES_MAX];
    struct stat about;
    const bool special = stat(path, &about) == 0 && !S_ISREG(about.st_mode);
    const int path_size = snprintf(beside, sizeof beside, "%s%s", path, special ? "" : ".new");
    if (path_size < 0 || (size_t)path_size >= sizeof beside)
        return error_set(err, STATUS_INVALID, "%s: the path is too long", path);
    FILE *file = fopen(beside, "wbe");
    bool whole = file != NULL && fwrite(bytes, 1, size, file) == size;
    if (file != NULL) whole = fclose(file) == 0 && whole;
    if (whole && !special) whole = rename(beside, path) == 0;
    if (whole) return STATUS_OK;
    error_set(err, STATUS_IO, "%s: cannot be written: %s", path, strerror(errno));
    if (file != NULL && !special) unlink(beside);
    return STATUS_IO;
}
