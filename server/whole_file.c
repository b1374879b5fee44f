/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
