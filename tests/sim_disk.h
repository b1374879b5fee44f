/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "store/file_io.h"

/* sim_disk: a file system in memory behind the same file_io that the store uses in production, at
 * its worst: one call fails, an append that fails leaves a torn write, and power loss takes what
 * was not synced, sector by sector and name by name. Seed and fail_at decide the whole history. */
enum { SIM_FILES_MAX = 512, SIM_NAME_BYTES = 64, SIM_SECTOR_BYTES = 64 };

struct sim_inode {
    uint8_t *bytes; /* as a reader sees them */
    uint64_t size, capacity;
    uint64_t durable_size; /* the first so many bytes survive */
    uint32_t opened;
    bool used;
};

struct sim_name {
    char name[SIM_NAME_BYTES];
    int inode;         /* -1: no such file */
    int durable_inode; /* after power loss, unless the folder is synced before */
};

struct sim_disk {
    struct file_io io; /* first member: a file_io given by the store is a sim_disk */
    uint64_t random;
    uint64_t calls, fail_at;
    uint64_t fail_one_in;    /* besides, one of so many calls fails; 0: none */
    uint64_t capacity_bytes; /* appends beyond it fail: the disk is full */
    struct sim_inode inodes[SIM_FILES_MAX];
    struct sim_name names[SIM_FILES_MAX];
    uint32_t name_count;
    bool locked;
};

void sim_disk_init(struct sim_disk *disk, uint64_t seed, uint64_t fail_at);
void sim_disk_free(struct sim_disk *disk);
/* Every sector written since the last sync survives, is lost or is garbled, each on its own; the
 * file may end anywhere between; each name that changed since its folder was synced is the old or
 * the new one. Then the disk is healthy. */
void sim_disk_power_loss(struct sim_disk *disk);
/* The process is gone, what the operating system had is still there. Then the disk is healthy. */
void sim_disk_kill(struct sim_disk *disk);
bool sim_disk_failed(const struct sim_disk *disk);
uint64_t sim_disk_bytes(const struct sim_disk *disk);
/* The bytes of the file with that name (without folder); NULL when there is none. */
uint8_t *sim_disk_file(struct sim_disk *disk, const char *name, uint64_t *size);

#endif
