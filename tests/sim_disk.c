/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/sim_disk.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

struct sim_file {
    struct file file; /* first member */
    int inode;
};

static struct sim_disk *disk_of(struct file_io *io) {
    return (struct sim_disk *)(void *)io;
}
static struct sim_inode *inode_of(struct file *file) {
    return &disk_of(file->io)->inodes[((struct sim_file *)(void *)file)->inode];
}
static bool fails_now(struct sim_disk *disk) {
    const bool by_chance =
        disk->fail_one_in > 0 && test_random(&disk->random) % disk->fail_one_in == 0;
    return disk->calls++ == disk->fail_at || by_chance;
}
static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static struct sim_name *find_name(struct sim_disk *disk, const char *path, bool create) {
    const char *name = base_name(path);
    for (uint32_t i = 0; i < disk->name_count; i++) {
        if (strcmp(disk->names[i].name, name) == 0) return &disk->names[i];
    }
    if (!create) return NULL;
    uint32_t at = 0; /* one that no file has any more, or another */
    while (at < disk->name_count &&
           (disk->names[at].inode >= 0 || disk->names[at].durable_inode >= 0))
        at++;
    CHECK(at < SIM_FILES_MAX && strlen(name) < SIM_NAME_BYTES);
    if (at == disk->name_count) disk->name_count++;
    struct sim_name *entry = &disk->names[at];
    strcpy(entry->name, name);
    entry->inode = entry->durable_inode = -1;
    return entry;
}

/* Inodes that neither a name nor an open file needs any more are used again. */
static int new_inode(struct sim_disk *disk) {
    for (int i = 0; i < SIM_FILES_MAX; i++) {
        bool needed = disk->inodes[i].opened > 0;
        for (uint32_t n = 0; n < disk->name_count && !needed; n++)
            needed = disk->names[n].inode == i || disk->names[n].durable_inode == i;
        if (needed) continue;
        disk->inodes[i].size = disk->inodes[i].durable_size = 0;
        return i;
    }
    CHECK(false); /* the simulated disk has too few inodes */
    return -1;
}

static enum status sim_open(struct file_io *io, const char *path, enum file_mode mode,
                            struct file **out, struct error *err) {
    struct sim_disk *disk = disk_of(io);
    *out = NULL;
    if (fails_now(disk)) return error_set(err, STATUS_IO, "sim: open %s", path);
    struct sim_name *name = find_name(disk, path, mode != FILE_READ);
    if (mode == FILE_READ && (name == NULL || name->inode < 0))
        return error_set(err, STATUS_NOT_FOUND, "sim: no file %s", path);
    if (mode == FILE_CREATE || name->inode < 0) name->inode = new_inode(disk);
    struct sim_file *file = calloc(1, sizeof *file);
    CHECK(file != NULL);
    file->file.io = io;
    file->inode = name->inode;
    disk->inodes[file->inode].opened++;
    *out = &file->file;
    return STATUS_OK;
}

static enum status sim_append(struct file *file, const void *bytes, size_t size,
                              struct error *err) {
    struct sim_disk *disk = disk_of(file->io);
    struct sim_inode *inode = inode_of(file);
    const bool full = sim_disk_bytes(disk) + size > disk->capacity_bytes;
    const bool fail = fails_now(disk) || full;
    const size_t written = fail ? test_random(&disk->random) % (size + 1) : size;
    if (inode->size + written > inode->capacity) {
        CHECK(inode->opened > 0);
        uint8_t *grown = malloc((inode->size + written) * 2);
        CHECK(grown != NULL);
        if (inode->size > 0) memcpy(grown, inode->bytes, inode->size);
        free(inode->bytes); /* files being mapped are never appended to */
        inode->bytes = grown;
        inode->capacity = (inode->size + written) * 2;
    }
    if (written > 0) memcpy(inode->bytes + inode->size, bytes, written);
    inode->size += written;
    return fail ? error_set(err, STATUS_IO, full ? "sim: disk full" : "sim: append") : STATUS_OK;
}

static enum status sim_sync(struct file *file, struct error *err) {
    if (fails_now(disk_of(file->io))) return error_set(err, STATUS_IO, "sim: sync");
    inode_of(file)->durable_size = inode_of(file)->size;
    return STATUS_OK;
}

static enum status sim_map(struct file *file, const uint8_t **bytes, uint64_t *size,
                           struct error *err) {
    if (fails_now(disk_of(file->io))) return error_set(err, STATUS_IO, "sim: map");
    *size = inode_of(file)->size;
    *bytes = *size > 0 ? inode_of(file)->bytes : (const uint8_t *)"";
    return STATUS_OK;
}

static void sim_close(struct file *file) {
    struct sim_disk *disk = disk_of(file->io);
    inode_of(file)->opened--;
    for (uint32_t i = 0; i < disk->name_count; i++) {
        if (strcmp(disk->names[i].name, "LOCK") == 0 &&
            disk->names[i].inode == ((struct sim_file *)(void *)file)->inode)
            disk->locked = false;
    }
    free(file);
}

static enum status sim_rename(struct file_io *io, const char *from, const char *to,
                              struct error *err) {
    struct sim_disk *disk = disk_of(io);
    const bool fail = fails_now(disk);
    /* a rename that reports failure may have happened all the same */
    if (!fail || test_random(&disk->random) % 2 == 0) {
        const int inode = find_name(disk, from, true)->inode;
        find_name(disk, to, true)->inode = inode;
        find_name(disk, from, true)->inode = -1;
    }
    return fail ? error_set(err, STATUS_IO, "sim: rename %s", from) : STATUS_OK;
}

static enum status sim_remove(struct file_io *io, const char *path, struct error *err) {
    struct sim_disk *disk = disk_of(io);
    if (fails_now(disk)) return error_set(err, STATUS_IO, "sim: remove %s", path);
    struct sim_name *name = find_name(disk, path, false);
    if (name == NULL || name->inode < 0) return error_set(err, STATUS_NOT_FOUND, "sim: %s", path);
    name->inode = -1;
    return STATUS_OK;
}

static enum status sim_make_folder(struct file_io *io, const char *path, struct error *err) {
    return fails_now(disk_of(io)) ? error_set(err, STATUS_IO, "sim: folder %s", path) : STATUS_OK;
}

static enum status sim_sync_folder(struct file_io *io, const char *path, struct error *err) {
    struct sim_disk *disk = disk_of(io);
    if (fails_now(disk)) return error_set(err, STATUS_IO, "sim: sync folder %s", path);
    for (uint32_t i = 0; i < disk->name_count; i++)
        disk->names[i].durable_inode = disk->names[i].inode;
    return STATUS_OK;
}

static enum status sim_list(struct file_io *io, const char *path,
                            void (*visit)(void *context, const char *name), void *context,
                            struct error *err) {
    struct sim_disk *disk = disk_of(io);
    if (fails_now(disk)) return error_set(err, STATUS_IO, "sim: list %s", path);
    for (uint32_t i = 0; i < disk->name_count; i++) {
        if (disk->names[i].inode >= 0) visit(context, disk->names[i].name);
    }
    return STATUS_OK;
}

static enum status sim_lock(struct file_io *io, const char *path, struct file **out,
                            struct error *err) {
    struct sim_disk *disk = disk_of(io);
    if (disk->locked) return error_set(err, STATUS_BUSY, "sim: locked");
    TRY(sim_open(io, path, FILE_APPEND, out, err));
    disk->locked = true;
    return STATUS_OK;
}

void sim_disk_init(struct sim_disk *disk, uint64_t seed, uint64_t fail_at) {
    memset(disk, 0, sizeof *disk);
    disk->io = (struct file_io){sim_open,        sim_append, sim_sync,   sim_map,
                                sim_close,       sim_rename, sim_remove, sim_make_folder,
                                sim_sync_folder, sim_list,   sim_lock};
    disk->random = seed;
    disk->fail_at = fail_at;
    disk->capacity_bytes = UINT64_MAX;
}

void sim_disk_free(struct sim_disk *disk) {
    for (int i = 0; i < SIM_FILES_MAX; i++) free(disk->inodes[i].bytes);
    memset(disk, 0, sizeof *disk);
}

void sim_disk_kill(struct sim_disk *disk) {
    disk->fail_at = UINT64_MAX;
    disk->fail_one_in = 0;
    disk->capacity_bytes = UINT64_MAX;
    disk->locked = false;
}

static void lose_sectors(struct sim_disk *disk, struct sim_inode *inode) {
    for (uint64_t at = inode->durable_size; at < inode->size; at += SIM_SECTOR_BYTES) {
        const uint64_t left = inode->size - at;
        const uint64_t size = left < SIM_SECTOR_BYTES ? left : SIM_SECTOR_BYTES;
        const uint64_t fate = test_random(&disk->random) % 4;
        if (fate == 0) memset(inode->bytes + at, 0, size);
        if (fate == 1) inode->bytes[at + test_random(&disk->random) % size] ^= 0x40;
    }
    const uint64_t unsynced = inode->size - inode->durable_size;
    inode->size = inode->durable_size + test_random(&disk->random) % (unsynced + 1);
    inode->durable_size = inode->size;
}

void sim_disk_power_loss(struct sim_disk *disk) {
    for (uint32_t i = 0; i < disk->name_count; i++) {
        struct sim_name *name = &disk->names[i];
        if (test_random(&disk->random) % 2 == 0) name->inode = name->durable_inode;
        name->durable_inode = name->inode;
    }
    for (int i = 0; i < SIM_FILES_MAX; i++) lose_sectors(disk, &disk->inodes[i]);
    sim_disk_kill(disk);
}

bool sim_disk_failed(const struct sim_disk *disk) {
    return disk->calls > disk->fail_at;
}

uint64_t sim_disk_bytes(const struct sim_disk *disk) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < disk->name_count; i++) {
        if (disk->names[i].inode >= 0) bytes += disk->inodes[disk->names[i].inode].size;
    }
    return bytes;
}

uint8_t *sim_disk_file(struct sim_disk *disk, const char *name, uint64_t *size) {
    struct sim_name *entry = find_name(disk, name, false);
    if (entry == NULL || entry->inode < 0) return NULL;
    *size = disk->inodes[entry->inode].size;
    return disk->inodes[entry->inode].bytes;
}
