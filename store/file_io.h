/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_FILE_IO_H
#define STORE_FILE_IO_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* file_io: the store's only door to the file system, as a frame of functions, so that tests can put
 * a simulated disk behind it. file_io_system() is the real one.
 *
 * Any thread; one file belongs to one thread at a time, except that mapped bytes may be read by
 * all. Every failure is IO with the path and the reason in *err, unless said otherwise. */
struct file_io;
struct file {
    struct file_io *io; /* first member of every implementation's file */
};

enum file_mode {
    FILE_READ,   /* NOT_FOUND when absent */
    FILE_CREATE, /* new and empty, replacing what was there */
    FILE_APPEND  /* at the end of what is there; created when absent */
};

struct file_io {
    enum status (*open)(struct file_io *io, const char *path, enum file_mode mode,
                        struct file **out, struct error *err);
    /* Writes all bytes at the end or fails; after a failure any part may have been written. */
    enum status (*append)(struct file *file, const void *bytes, size_t size, struct error *err);
    /* After OK everything appended so far survives power loss (the file's name: sync_folder). */
    enum status (*sync)(struct file *file, struct error *err);
    /* The whole file as bytes, unchanging while it is mapped: valid until close. An empty file maps
     * to a non-NULL pointer. Once a file. */
    enum status (*map)(struct file *file, const uint8_t **bytes, uint64_t *size, struct error *err);
    void (*close)(struct file *file);

    /* Atomic; replaces `to`. Survives power loss after sync_folder. */
    enum status (*rename)(struct file_io *io, const char *from, const char *to, struct error *err);
    enum status (*remove)(struct file_io *io, const char *path, struct error *err);
    enum status (*make_folder)(struct file_io *io, const char *path, struct error *err);
    enum status (*sync_folder)(struct file_io *io, const char *path, struct error *err);
    /* Calls visit with each file name in the folder, in no order. */
    enum status (*list)(struct file_io *io, const char *path,
                        void (*visit)(void *context, const char *name), void *context,
                        struct error *err);
    /* Exclusive among processes until closed. BUSY: someone else has it. */
    enum status (*lock)(struct file_io *io, const char *path, struct file **out, struct error *err);
};

struct file_io *file_io_system(void);

enum { FILE_PATH_BYTES_MAX = 4096 };

/* Writes "<folder>/<name>" into path; a name is a few characters of ours, so only an absurdly long
 * folder fails (INVALID). */
MUST_USE enum status file_path(char path[FILE_PATH_BYTES_MAX], const char *folder, const char *name,
                               struct error *err);

#endif
