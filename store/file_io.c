/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/file_io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct system_file {
    struct file file;
    int descriptor;
    void *mapped;
    size_t mapped_bytes;
    char path[]; /* for messages */
};

static struct system_file *system_of(struct file *file) {
    return (struct system_file *)(void *)file;
}

static enum status failed(const char *verb, const char *path, struct error *err) {
    int reason = errno;
    return error_set(err, reason == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "%s %s: %s", verb, path,
                     strerror(reason));
}

static enum status system_open(struct file_io *io, const char *path, enum file_mode mode,
                               struct file **out, struct error *err) {
    static const int flags[] = {[FILE_READ] = O_RDONLY,
                                [FILE_CREATE] = O_RDWR | O_CREAT | O_TRUNC,
                                [FILE_APPEND] = O_RDWR | O_CREAT | O_APPEND};
    *out = NULL;
    size_t path_bytes = strlen(path) + 1;
    struct system_file *file = memory_new(1, sizeof *file + path_bytes);
    if (file == NULL) return error_set(err, STATUS_NO_MEMORY, "open %s: no memory", path);
    file->file.io = io;
    memcpy(file->path, path, path_bytes);
    file->descriptor = open(path, flags[mode] | O_CLOEXEC, 0600);
    if (file->descriptor < 0) {
        enum status status = failed("open", path, err);
        memory_free(file);
        return status;
    }
    *out = &file->file;
    return STATUS_OK;
}

static enum status system_append(struct file *opened, const void *bytes, size_t size,
                                 struct error *err) {
    struct system_file *file = system_of(opened);
    const char *at = bytes;
    while (size > 0) {
        ssize_t written = write(file->descriptor, at, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            (void)failed("write", file->path, err);
            return STATUS_IO;
        }
        at += written;
        size -= (size_t)written;
    }
    return STATUS_OK;
}

static enum status system_sync(struct file *opened, struct error *err) {
    struct system_file *file = system_of(opened);
    return fdatasync(file->descriptor) == 0 ? STATUS_OK : failed("sync", file->path, err);
}

static enum status system_map(struct file *opened, const uint8_t **bytes, uint64_t *size,
                              struct error *err) {
    struct system_file *file = system_of(opened);
    CHECK(file->mapped == NULL);
    struct stat info;
    if (fstat(file->descriptor, &info) != 0) return failed("stat", file->path, err);
    *size = (uint64_t)info.st_size;
    *bytes = (const uint8_t *)"";
    if (info.st_size == 0) return STATUS_OK;
    void *mapped = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, file->descriptor, 0);
    if (mapped == MAP_FAILED) return failed("map", file->path, err);
    file->mapped = mapped;
    file->mapped_bytes = (size_t)info.st_size;
    *bytes = mapped;
    return STATUS_OK;
}

static void system_close(struct file *opened) {
    struct system_file *file = system_of(opened);
    if (file->mapped != NULL) (void)munmap(file->mapped, file->mapped_bytes);
    (void)close(file->descriptor);
    memory_free(file);
}

static enum status system_rename(struct file_io *io, const char *from, const char *to,
                                 struct error *err) {
    (void)io;
    return rename(from, to) == 0 ? STATUS_OK : failed("rename", from, err);
}

static enum status system_remove(struct file_io *io, const char *path, struct error *err) {
    (void)io;
    return unlink(path) == 0 ? STATUS_OK : failed("remove", path, err);
}

static enum status system_make_folder(struct file_io *io, const char *path, struct error *err) {
    (void)io;
    char partial[FILE_PATH_BYTES_MAX];
    size_t size = strlen(path);
    if (size >= sizeof partial) return error_set(err, STATUS_INVALID, "folder name too long");
    memcpy(partial, path, size + 1);
    for (size_t at = 1; at <= size; at++) { /* like mkdir -p */
        if (partial[at] != '/' && partial[at] != '\0') continue;
        char kept = partial[at];
        partial[at] = '\0';
        if (mkdir(partial, 0700) != 0 && errno != EEXIST) return failed("create", partial, err);
        partial[at] = kept;
    }
    return STATUS_OK;
}

static enum status system_sync_folder(struct file_io *io, const char *path, struct error *err) {
    (void)io;
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failed("open folder", path, err);
    enum status status = fsync(descriptor) == 0 ? STATUS_OK : failed("sync folder", path, err);
    (void)close(descriptor);
    return status;
}

static enum status system_list(struct file_io *io, const char *path,
                               void (*visit)(void *context, const char *name), void *context,
                               struct error *err) {
    (void)io;
    DIR *folder = opendir(path);
    if (folder == NULL) return failed("list", path, err);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') visit(context, entry->d_name);
    }
    (void)closedir(folder);
    return STATUS_OK;
}

static enum status system_lock(struct file_io *io, const char *path, struct file **out,
                               struct error *err) {
    TRY(system_open(io, path, FILE_APPEND, out, err));
    if (flock(system_of(*out)->descriptor, LOCK_EX | LOCK_NB) == 0) return STATUS_OK;
    enum status status =
        errno == EWOULDBLOCK
            ? error_set(err, STATUS_BUSY, "%s is in use by another pegel process", path)
            : failed("lock", path, err);
    system_close(*out);
    *out = NULL;
    return status;
}

struct file_io *file_io_system(void) {
    static struct file_io system_io = {
        system_open,        system_append, system_sync,   system_map,
        system_close,       system_rename, system_remove, system_make_folder,
        system_sync_folder, system_list,   system_lock,
    };
    return &system_io;
}

enum status file_path(char path[FILE_PATH_BYTES_MAX], const char *folder, const char *name,
                      struct error *err) {
    int length = snprintf(path, FILE_PATH_BYTES_MAX, "%s/%s", folder, name);
    if (length < 0 || length >= FILE_PATH_BYTES_MAX)
        return error_set(err, STATUS_INVALID, "folder name too long: %s", folder);
    return STATUS_OK;
}
