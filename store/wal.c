/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/wal.h"

#include "base/crc32c.h"
#include "base/memory.h"
#include "store/wal_replay.h"

struct wal {
    struct file *file;
    uint64_t epoch;
    uint64_t sequence;         /* last appended */
    uint64_t durable_sequence; /* last known to be on disk */
    uint64_t bytes;
    enum status failed; /* sticky: after a failure the tail is unknown */
};

enum status wal_replay_file(struct file_io *io, const char *path, uint64_t epoch,
                            wal_record_fn on_record, void *context, struct error *err) {
    struct file *file;
    TRY(io->open(io, path, FILE_APPEND, &file, err));
    struct wal_replay replay = {.epoch = epoch};
    enum status status = io->map(file, &replay.bytes, &replay.size, err);
    const uint8_t *payload;
    uint32_t payload_bytes;
    while (status == STATUS_OK && wal_replay_next(&replay, &payload, &payload_bytes))
        status = on_record(context, payload, payload_bytes, err);
    if (status == STATUS_OK && replay.state == WAL_DAMAGED)
        status = error_set(
            err, STATUS_CORRUPT, "write-ahead log %s: record %llu at byte %llu is damaged", path,
            (unsigned long long)replay.sequence + 1, (unsigned long long)replay.offset);
    /* A killed process leaves unsynced records in the page cache. From now on they are shown, and a
     * repeated event may be answered with "duplicate": so they must be on disk. */
    if (status == STATUS_OK) status = io->sync(file, err);
    io->close(file);
    return status;
}

enum status wal_create(struct file_io *io, const char *path, uint64_t epoch, struct wal **out,
                       struct error *err) {
    *out = NULL;
    struct wal *wal = memory_new(1, sizeof *wal);
    if (wal == NULL) return error_set(err, STATUS_NO_MEMORY, "write-ahead log: no memory");
    wal->epoch = epoch;
    enum status status = io->open(io, path, FILE_CREATE, &wal->file, err);
    if (status != STATUS_OK) {
        memory_free(wal);
        return status;
    }
    *out = wal;
    return STATUS_OK;
}

enum status wal_append(struct wal *wal, const void *payload, size_t payload_bytes,
                       struct error *err) {
    CHECK(payload_bytes >= 1 && payload_bytes <= WAL_PAYLOAD_BYTES_MAX);
    if (wal->failed != STATUS_OK)
        return error_set(err, wal->failed, "write-ahead log: failed earlier");
    struct wal_record_header header = {
        .magic = WAL_MAGIC,
        .payload_bytes = (uint32_t)payload_bytes,
        .sequence = wal->sequence + 1,
        .durable_sequence = wal->durable_sequence,
        .epoch = wal->epoch,
        .payload_crc = crc32c(payload, payload_bytes),
    };
    header.header_crc = crc32c(&header, offsetof(struct wal_record_header, header_crc));
    struct file_io *io = wal->file->io;
    wal->failed = io->append(wal->file, &header, sizeof header, err);
    if (wal->failed == STATUS_OK) wal->failed = io->append(wal->file, payload, payload_bytes, err);
    if (wal->failed != STATUS_OK) return wal->failed;
    wal->sequence = header.sequence;
    wal->bytes += sizeof header + payload_bytes;
    return STATUS_OK;
}

enum status wal_sync(struct wal *wal, struct error *err) {
    if (wal->failed != STATUS_OK)
        return error_set(err, wal->failed, "write-ahead log: failed earlier");
    wal->failed = wal->file->io->sync(wal->file, err);
    if (wal->failed == STATUS_OK) wal->durable_sequence = wal->sequence;
    return wal->failed;
}

uint64_t wal_bytes(const struct wal *wal) {
    return wal->bytes;
}

bool wal_has_durable(const struct wal *wal) {
    return wal->durable_sequence > 0;
}

void wal_close(struct wal *wal) {
    if (wal == NULL) return;
    wal->file->io->close(wal->file);
    memory_free(wal);
}
