/* SPDX-License-Identifier: EUPL-1.2 */
#include "access/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

static enum status failed(struct error *err, const char *what, const char *path) {
    return error_set(err, STATUS_IO, "%s %s: %s", what, path, strerror(errno));
}

static int close_file(int file) {
    return file >= 0 ? close(file) : 0;
}

static int open_folder(const char *path) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t size = slash == path ? 1 : (size_t)(slash - path);
    if (size >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(folder, path, size);
    folder[size] = '\0';
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static enum status check_file(int file, const char *path, unsigned forbidden_mode, size_t *size,
                              struct error *err) {
    struct stat info;
    if (fstat(file, &info) != 0) return failed(err, "reading", path);
    if (!S_ISREG(info.st_mode)) return error_set(err, STATUS_IO, "%s is no ordinary file", path);
    if ((info.st_mode & forbidden_mode) != 0) {
        return error_set(err, STATUS_FORBIDDEN, "%s has mode %04o, which lets others in: chmod 600",
                         path, (unsigned)info.st_mode & 07777u);
    }
    if (info.st_size > PRIVATE_FILE_BYTES_MAX)
        return error_set(err, STATUS_TOO_LARGE, "%s is over %d bytes", path,
                         PRIVATE_FILE_BYTES_MAX);
    *size = (size_t)info.st_size;
    return STATUS_OK;
}

static enum status read_all(int file, const char *path, char *bytes, size_t size,
                            struct error *err) {
    for (size_t done = 0; done < size;) {
        ssize_t got = read(file, bytes + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(err, "reading", path);
        if (got == 0) return error_set(err, STATUS_IO, "reading %s: it became shorter", path);
        done += (size_t)got;
    }
    bytes[size] = '\0';
    return STATUS_OK;
}

enum status private_file_read(const char *path, unsigned forbidden_mode, char **bytes, size_t *size,
                              struct error *err) {
    *bytes = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return error_set(err, STATUS_NOT_FOUND, "%s does not exist", path);
    if (file < 0) return failed(err, "opening", path);

    char *content = NULL;
    enum status status = check_file(file, path, forbidden_mode, size, err);
    if (status != STATUS_OK) goto done;
    content = memory_get(*size + 1);
    if (content == NULL) {
        status = error_set(err, STATUS_NO_MEMORY, "reading %s: memory", path);
        goto done;
    }
    status = read_all(file, path, content, *size, err);
    if (status != STATUS_OK) goto done;
    *bytes = content;
    content = NULL;
done:
    memory_free(content);
    (void)close_file(file);
    return status;
}

static bool write_all(int file, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t put = write(file, bytes, size);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

static enum status write_new(const char *path, const char *bytes, size_t size, struct error *err) {
    if (unlink(path) != 0 && errno != ENOENT) return failed(err, "removing", path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return failed(err, "creating", path);
    bool written = write_all(file, bytes, size) && fsync(file) == 0;
    if (close(file) != 0 || !written) {
        enum status status = failed(err, "writing", path);
        (void)unlink(path);
        return status;
    }
    return STATUS_OK;
}

static void overwrite(int file) {
    static const char zeros[4096];
    struct stat info;
    if (file < 0 || fstat(file, &info) != 0) return;
    for (off_t left = info.st_size; left > 0; left -= (off_t)sizeof zeros) {
        size_t part = left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros;
        if (!write_all(file, zeros, part)) return;
    }
    (void)fsync(file);
}

enum status private_file_replace(const char *path, const char *bytes, size_t size, bool wipe,
                                 struct error *err) {
    char fresh[PATH_MAX];
    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
        return error_set(err, STATUS_INVALID, "the path %s is too long", path);
    int folder = open_folder(path);
    if (folder < 0) return failed(err, "opening the folder of", path);
    int old = wipe ? open(path, O_WRONLY | O_CLOEXEC) : -1;

    enum status status = write_new(fresh, bytes, size, err);
    if (status != STATUS_OK) goto done;
    if (rename(fresh, path) != 0) {
        status = failed(err, "replacing", path);
        (void)unlink(fresh);
        goto done;
    }
    if (fsync(folder) != 0) {
        status = failed(err, "syncing the folder of", path);
        goto done;
    }
    overwrite(old);
done:
    (void)close_file(old);
    (void)close_file(folder);
    return status;
}

enum status private_file_lock(const char *path, int *lock, struct error *err) {
    *lock = open_folder(path);
    if (*lock < 0) return failed(err, "opening the folder of", path);
    while (flock(*lock, LOCK_EX) != 0) {
        if (errno == EINTR) continue;
        enum status status = failed(err, "locking the folder of", path);
        private_file_unlock(*lock);
        return status;
    }
    return STATUS_OK;
}

void private_file_unlock(int lock) {
    (void)close_file(lock);
}
