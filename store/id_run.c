/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/id_run.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/memory.h"

/* File: header, entries (20 bytes each, ascending), filter (32-byte blocks), then one checksum per
 * chunk of what is before, then the checksum of those checksums. The filter comes after the entries
 * because it is made while they are written: memory holds the filter only. */
#define ID_RUN_MAGIC UINT64_C(0x3153444947455000) /* "PEGIDS1" */
struct id_run_header {
    uint64_t magic;
    uint64_t entry_count;
    uint64_t filter_blocks;
    uint32_t version;
    uint32_t crc; /* of the bytes before */
};
_Static_assert(sizeof(struct id_run_header) == 32, "on disk: never changes");
enum {
    ID_RUN_VERSION = 1,
    ENTRY_BYTES = 20,
    FILTER_BLOCK_BYTES = 32,
    FILTER_BITS_PER_ENTRY = 12,
    CHUNK_BYTES = 64 * 1024,
    WRITE_BYTES = 1 << 20
};

struct id_run {
    struct file *file;
    const uint8_t *bytes;
    uint64_t size, number;
    uint64_t count, filter_blocks;
    uint64_t filter_offset, entry_offset, body_bytes, chunk_count;
    _Atomic uint8_t *verified; /* one a chunk */
};

/* ---- the filter: a split block Bloom filter, one bit in each of a block's eight words (Putze,
 * Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom Filters", 2007) ---- */

static uint64_t filter_block(struct event_id id, uint64_t blocks) {
    return (uint64_t)(((id.low >> 32) * blocks) >> 32);
}

static void filter_mask(struct event_id id, uint32_t mask[8]) {
    static const uint32_t salts[8] = {0x47b6137bu, 0x44974d91u, 0x8824ad5bu, 0xa2b7289du,
                                      0x705495c7u, 0x2df1424bu, 0x9efc4947u, 0x5c6bfb31u};
    for (int i = 0; i < 8; i++) mask[i] = 1u << (((uint32_t)id.low * salts[i]) >> 27);
}

static void filter_add(uint8_t *filter, uint64_t blocks, struct event_id id) {
    uint32_t mask[8], words[8];
    uint8_t *block = filter + filter_block(id, blocks) * FILTER_BLOCK_BYTES;
    filter_mask(id, mask);
    memcpy(words, block, sizeof words);
    for (int i = 0; i < 8; i++) words[i] |= mask[i];
    memcpy(block, words, sizeof words);
}

static bool filter_has(const uint8_t *filter, uint64_t blocks, struct event_id id) {
    uint32_t mask[8], words[8], missing = 0;
    filter_mask(id, mask);
    memcpy(words, filter + filter_block(id, blocks) * FILTER_BLOCK_BYTES, sizeof words);
    for (int i = 0; i < 8; i++) missing |= mask[i] & ~words[i];
    return missing == 0;
}

/* ---- writing ---- */

struct run_writer {
    struct file *file;
    uint8_t *buffer; /* of WRITE_BYTES, a whole number of chunks */
    size_t filled;
    uint32_t *crcs;
    uint64_t crc_count;
};

static enum status drain(struct run_writer *writer, struct error *err) {
    for (size_t at = 0; at < writer->filled; at += CHUNK_BYTES) {
        const size_t left = writer->filled - at;
        writer->crcs[writer->crc_count++] =
            crc32c(writer->buffer + at, left < CHUNK_BYTES ? left : CHUNK_BYTES);
    }
    enum status status =
        writer->file->io->append(writer->file, writer->buffer, writer->filled, err);
    writer->filled = 0;
    return status;
}

static enum status put(struct run_writer *writer, const void *bytes, size_t size,
                       struct error *err) {
    const uint8_t *at = bytes;
    while (size > 0) {
        const size_t room = WRITE_BYTES - writer->filled;
        const size_t part = size < room ? size : room;
        memcpy(writer->buffer + writer->filled, at, part);
        writer->filled += part;
        at += part;
        size -= part;
        if (writer->filled == WRITE_BYTES) TRY(drain(writer, err));
    }
    return STATUS_OK;
}

/* Streams the entries into the file and into the filter. */
static enum status put_entries(struct run_writer *writer, const struct id_run_header *header,
                               uint8_t *filter, id_next_fn next, void *context, struct error *err) {
    struct id_entry entry;
    uint64_t written = 0;
    for (; written < header->entry_count && next(context, &entry); written++) {
        filter_add(filter, header->filter_blocks, entry.id);
        TRY(put(writer, &entry, ENTRY_BYTES, err));
    }
    return written == header->entry_count
               ? STATUS_OK
               : error_set(err, STATUS_CORRUPT, "id index: a run that is merged is damaged");
}

static enum status put_checksums(struct run_writer *writer, struct error *err) {
    if (writer->filled > 0) TRY(drain(writer, err));
    const size_t crc_bytes = writer->crc_count * sizeof *writer->crcs;
    const uint32_t crc = crc32c(writer->crcs, crc_bytes);
    struct file_io *io = writer->file->io;
    TRY(io->append(writer->file, writer->crcs, crc_bytes, err));
    TRY(io->append(writer->file, &crc, sizeof crc, err));
    return io->sync(writer->file, err);
}

static uint64_t blocks_for(uint64_t count) {
    return count * FILTER_BITS_PER_ENTRY / (FILTER_BLOCK_BYTES * 8) + 1;
}

enum status id_run_write(struct file_io *io, const char *path, uint64_t count, id_next_fn next,
                         void *context, struct error *err) {
    struct id_run_header header = {.magic = ID_RUN_MAGIC,
                                   .entry_count = count,
                                   .filter_blocks = blocks_for(count),
                                   .version = ID_RUN_VERSION};
    header.crc = crc32c(&header, offsetof(struct id_run_header, crc));
    const uint64_t filter_bytes = header.filter_blocks * FILTER_BLOCK_BYTES;
    const uint64_t body = sizeof header + filter_bytes + count * ENTRY_BYTES;
    struct run_writer writer = {.buffer = memory_get(WRITE_BYTES),
                                .crcs = memory_new(body / CHUNK_BYTES + 1, sizeof(uint32_t))};
    uint8_t *filter = memory_new(filter_bytes, 1);
    enum status status = STATUS_OK;
    if (writer.buffer == NULL || writer.crcs == NULL || filter == NULL) {
        status = error_set(err, STATUS_NO_MEMORY, "id index: %llu ids", (unsigned long long)count);
        goto done;
    }
    status = io->open(io, path, FILE_CREATE, &writer.file, err);
    if (status != STATUS_OK) goto done;
    status = put(&writer, &header, sizeof header, err);
    if (status == STATUS_OK) status = put_entries(&writer, &header, filter, next, context, err);
    if (status == STATUS_OK) status = put(&writer, filter, filter_bytes, err);
    if (status == STATUS_OK) status = put_checksums(&writer, err);
    io->close(writer.file);
done:
    memory_free(filter);
    memory_free(writer.buffer);
    memory_free(writer.crcs);
    return status;
}

/* ---- reading ---- */

static enum status damaged(const struct id_run *run, struct error *err) {
    return error_set(err, STATUS_CORRUPT, "id index %llu is damaged",
                     (unsigned long long)run->number);
}

static enum status load(struct id_run *run, struct error *err) {
    struct id_run_header header;
    if (run->size < sizeof header + 8) return damaged(run, err);
    memcpy(&header, run->bytes, sizeof header);
    if (header.magic != ID_RUN_MAGIC || header.version != ID_RUN_VERSION ||
        header.crc != crc32c(&header, offsetof(struct id_run_header, crc)))
        return damaged(run, err);
    if (header.entry_count > run->size / ENTRY_BYTES ||
        header.filter_blocks != blocks_for(header.entry_count))
        return damaged(run, err);
    run->count = header.entry_count;
    run->filter_blocks = header.filter_blocks;
    run->entry_offset = sizeof header;
    run->filter_offset = run->entry_offset + run->count * ENTRY_BYTES;
    run->body_bytes = run->filter_offset + run->filter_blocks * FILTER_BLOCK_BYTES;
    run->chunk_count = (run->body_bytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
    const uint64_t crc_bytes = run->chunk_count * sizeof(uint32_t);
    if (run->size != run->body_bytes + crc_bytes + sizeof(uint32_t)) return damaged(run, err);
    uint32_t crc;
    memcpy(&crc, run->bytes + run->body_bytes + crc_bytes, sizeof crc);
    if (crc != crc32c(run->bytes + run->body_bytes, crc_bytes)) return damaged(run, err);
    run->verified = memory_new(run->chunk_count, 1);
    return run->verified == NULL ? error_set(err, STATUS_NO_MEMORY, "id index: no memory")
                                 : STATUS_OK;
}

enum status id_run_open(struct file_io *io, const char *path, uint64_t number, struct id_run **out,
                        struct error *err) {
    *out = NULL;
    struct id_run *run = memory_new(1, sizeof *run);
    if (run == NULL) return error_set(err, STATUS_NO_MEMORY, "id index: no memory");
    run->number = number;
    enum status status = io->open(io, path, FILE_READ, &run->file, err);
    if (status == STATUS_NOT_FOUND) status = STATUS_CORRUPT; /* the manifest says it is there */
    if (status == STATUS_OK) status = io->map(run->file, &run->bytes, &run->size, err);
    if (status == STATUS_OK) status = load(run, err);
    if (status != STATUS_OK) {
        id_run_close(run);
        return status;
    }
    *out = run;
    return STATUS_OK;
}

void id_run_close(struct id_run *run) {
    if (run == NULL) return;
    if (run->file != NULL) run->file->io->close(run->file);
    memory_free((void *)run->verified);
    memory_free(run);
}

uint64_t id_run_count(const struct id_run *run) {
    return run->count;
}
uint64_t id_run_bytes(const struct id_run *run) {
    return run->size;
}
uint64_t id_run_number(const struct id_run *run) {
    return run->number;
}

static bool chunk_is_good(struct id_run *run, uint64_t chunk) {
    if (atomic_load_explicit(&run->verified[chunk], memory_order_relaxed)) return true;
    const uint64_t at = chunk * CHUNK_BYTES;
    const uint64_t left = run->body_bytes - at;
    uint32_t crc;
    memcpy(&crc, run->bytes + run->body_bytes + chunk * sizeof crc, sizeof crc);
    if (crc32c(run->bytes + at, left < CHUNK_BYTES ? left : CHUNK_BYTES) != crc) return false;
    atomic_store_explicit(&run->verified[chunk], 1, memory_order_relaxed);
    return true;
}

static bool range_is_good(struct id_run *run, uint64_t offset, uint64_t size) {
    return chunk_is_good(run, offset / CHUNK_BYTES) &&
           chunk_is_good(run, (offset + size - 1) / CHUNK_BYTES);
}

void id_run_prefetch(const struct id_run *run, struct event_id id) {
    __builtin_prefetch(run->bytes + run->filter_offset +
                       filter_block(id, run->filter_blocks) * FILTER_BLOCK_BYTES);
}

enum status id_run_entry(struct id_run *run, uint64_t i, struct id_entry *entry,
                         struct error *err) {
    CHECK(i < run->count);
    const uint64_t offset = run->entry_offset + i * ENTRY_BYTES;
    if (!range_is_good(run, offset, ENTRY_BYTES)) return damaged(run, err);
    *entry = (struct id_entry){0};
    memcpy(entry, run->bytes + offset, ENTRY_BYTES);
    return STATUS_OK;
}

/* Least i whose entry is not before id. Starts where a uniform hash should be and widens from
 * there, doubling, until id is bracketed. */
static enum status lower_bound(struct id_run *run, struct event_id id, uint64_t *out,
                               struct error *err) {
    struct id_entry entry = {0};
    uint64_t low = 0, high = run->count; /* the answer is in low..high */
    uint64_t probe = (uint64_t)((double)id.high / 18446744073709551616.0 * (double)run->count);
    for (uint64_t step = 16; low < high; step *= 2) {
        if (probe >= high) probe = high - 1;
        TRY(id_run_entry(run, probe, &entry, err));
        const bool before = id_before(entry.id, id);
        if (before) {
            low = probe + 1;
            probe = high - low > step ? low + step : low + (high - low) / 2;
        } else {
            high = probe;
            probe = high - low > step ? high - step : low + (high - low) / 2;
        }
        if (step > run->count) step = run->count; /* from here on: halving */
    }
    *out = low;
    return STATUS_OK;
}

enum status id_run_find(struct id_run *run, struct event_id id, bool *found, uint32_t *content,
                        struct error *err) {
    *found = false;
    const uint64_t block = filter_block(id, run->filter_blocks) * FILTER_BLOCK_BYTES;
    if (!range_is_good(run, run->filter_offset + block, FILTER_BLOCK_BYTES))
        return damaged(run, err);
    if (!filter_has(run->bytes + run->filter_offset, run->filter_blocks, id)) return STATUS_OK;
    uint64_t at;
    TRY(lower_bound(run, id, &at, err));
    if (at == run->count) return STATUS_OK;
    struct id_entry entry = {0};
    TRY(id_run_entry(run, at, &entry, err));
    *found = entry.id.high == id.high && entry.id.low == id.low;
    *content = entry.content;
    return STATUS_OK;
}

enum status id_run_check(struct id_run *run, struct error *err) {
    struct id_entry previous = {0}, entry = {0};
    for (uint64_t chunk = 0; chunk < run->chunk_count; chunk++) {
        if (!chunk_is_good(run, chunk)) return damaged(run, err);
    }
    for (uint64_t i = 0; i < run->count; i++, previous = entry) {
        TRY(id_run_entry(run, i, &entry, err));
        if (i > 0 && !id_before(previous.id, entry.id)) return damaged(run, err);
        if (!filter_has(run->bytes + run->filter_offset, run->filter_blocks, entry.id))
            return damaged(run, err);
    }
    return STATUS_OK;
}
