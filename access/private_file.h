/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef ACCESS_PRIVATE_FILE_H
#define ACCESS_PRIVATE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* private_file: small files with secrets or rights in them, read and replaced as a whole. A crash
 * leaves the old content or the new one, never a mixture. Any thread; writers of one file exclude
 * each other by private_file_lock. */
enum { PRIVATE_FILE_BYTES_MAX = 16 << 20 };

/* *bytes from memory_get, a NUL behind the last. NOT_FOUND: no such file. FORBIDDEN: its mode has a
 * bit of `forbidden_mode` (077: others may read it). TOO_LARGE, IO, NO_MEMORY. */
MUST_USE enum status private_file_read(const char *path, unsigned forbidden_mode, char **bytes,
                                       size_t *size, struct error *err);

/* Writes a new file of mode 0600 beside the old one, syncs it, renames it over the old one and
 * syncs the folder. wipe: then overwrites the old file's bytes, as far as the disk allows.
 * IO: the old content stays. */
MUST_USE enum status private_file_replace(const char *path, const char *bytes, size_t size,
                                          bool wipe, struct error *err);

/* Waits until no other process or thread holds the lock of the file's folder; no further file is
 * made for that. */
MUST_USE enum status private_file_lock(const char *path, int *lock, struct error *err);
void private_file_unlock(int lock);

#endif
