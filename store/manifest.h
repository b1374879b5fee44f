/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_MANIFEST_H
#define STORE_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "store/file_io.h"

/* manifest: the one file that says which files are the store. Written whole beside the old one and
 * renamed over it, so that there is always exactly one truth. Text, one fact a line, the last line
 * the checksum of the rest: an operator can read it. */
enum { MANIFEST_FILES_MAX = 4096 };

struct manifest {
    uint64_t next_number;   /* of the next file; numbers are never used again */
    uint64_t names_number;  /* file of names; 0: none yet */
    uint64_t wal_number;    /* log files with this number and higher are replayed */
    uint32_t segment_count; /* oldest arrival first */
    uint64_t segments[MANIFEST_FILES_MAX];
    uint32_t id_run_count;
    uint64_t id_runs[MANIFEST_FILES_MAX];
};

/* NOT_FOUND: a new folder. CORRUPT: not a manifest, or damaged. */
MUST_USE enum status manifest_read(struct file_io *io, const char *folder,
                                   struct manifest *manifest, struct error *err);
/* After OK the new state survives power loss. After a failure, if *announced, either the old or the
 * new one will be found: the caller must not delete files of either; else it is the old one.
 * *announced: false before. */
MUST_USE enum status manifest_write(struct file_io *io, const char *folder,
                                    const struct manifest *manifest, bool *announced,
                                    struct error *err);

/* "<kind>-<number>": the name of a file of the store. Kinds: "segment", "ids", "names", "wal". */
MUST_USE enum status manifest_path(char path[FILE_PATH_BYTES_MAX], const char *folder,
                                   const char *kind, uint64_t number, struct error *err);
/* Splits such a name; false when it is none. */
bool manifest_parse_name(const char *name, char kind[16], uint64_t *number);

#endif
