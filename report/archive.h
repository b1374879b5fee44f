/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_ARCHIVE_H
#define REPORT_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

/* archive: a ZIP file of one form: files in the order they were added, as they are (what is in it
 * is compressed already), one time for all. So the same files have the same bytes, and a byte that
 * was changed cannot hide anywhere: archive_read takes only what archive_write would have written,
 * and only plain names (letters, digits, "-_.", no dot first), each once.
 * Any program that reads ZIP reads it (APPNOTE 6.3, methods 0). */
enum { ARCHIVE_FILES_MAX = 32, ARCHIVE_NAME_BYTES_MAX = 64, ARCHIVE_BYTES_MAX = 512 << 20 };

struct archive_file {
    char name[ARCHIVE_NAME_BYTES_MAX];
    const char *bytes; /* borrowed */
    size_t size;
};

struct archive {
    int64_t time_ms; /* of all files, to two seconds, from 1980 on */
    uint32_t count;
    struct archive_file files[ARCHIVE_FILES_MAX];
};

/* NULL: no file of that name. */
const struct archive_file *archive_find(const struct archive *archive, const char *name);
void archive_add(struct archive *archive, const char *name, const char *bytes, size_t size);

void archive_write(const struct archive *archive, struct text *out);
/* The files point into `bytes`. CORRUPT says at which byte, and in which file. */
MUST_USE enum status archive_read(const char *bytes, size_t size, struct archive *out,
                                  struct error *err);

#endif
