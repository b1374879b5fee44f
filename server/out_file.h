/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_OUT_FILE_H
#define SERVER_OUT_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "base/status.h"
#include "server/place.h"

/* out_file: what a command writes where it was told to. A file is written beside its name and gets
 * it when it is whole; a pipe or device is written to and never replaced; "-" is standard output.
 * One thread. */
struct out_file {
    const char *name;                /* borrowed */
    FILE *file;                      /* to write to */
    char part[PLACE_PATH_BYTES_MAX]; /* where a file is until it is whole; "": it is none */
};

/* On failure there is nothing to close. INVALID: the path is too long. */
MUST_USE enum status out_file_open(struct out_file *out, const char *name, struct error *err);
/* `status`: whether all was written; else the file of that name stays as it was. Answers `status`,
 * or IO when the last bytes cannot be written. */
MUST_USE enum status out_file_close(struct out_file *out, enum status status, struct error *err);

/* All of it at once. */
MUST_USE enum status out_file_put(const char *name, const char *bytes, size_t size,
                                  struct error *err);

#endif
