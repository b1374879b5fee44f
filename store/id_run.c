/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/id_run.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/memory.h"

/* File: header; pieces, each with some entries, ascending, and the filter blocks of exactly these;
 * per piece the number of entries before it; one checksum per chunk of all that is before; the
 * checksum of those checksums. An id's filter block follows from its leading bits, so writing goes
 * through entries and filter in one order, with one piece of the filter in memory; and all that a
 * look-up touches lies close together. */
#define ID_RUN_MAGIC UINT64_C(0x3153444947455000) /* "PEGIDS1" */
struct id_run_header {
    uint64_t magic;
    uint64_t entry_count;
    uint64_t block_count;
    uint32_t version;
    uint32_t crc; /* of the bytes before */
};
_Static_assert(sizeof(struct id_run_header) == 32, "on disk: never changes");
enum {
    ID_RUN_VERSION = 1,
    ENTRY_BYTES = sizeof(struct id_entry),
    BLOCK_BYTES = 32,
    FILTER_BITS_PER_ENTRY = 12,
    PIECE_BLOCKS = 2048,
    CHUNK_BYTES = 64 * 1024,
    WRITE_BYTES = 1 << 20
};

struct id_run {
    struct file *file;
    const uint8_t *bytes;
    uint64_t size, number;
    uint64_t count, block_count, piece_count, body_bytes, chunk_count;
    uint64_t *firsts;          /* per piece: entries before it; at the end: all */
    _Atomic uint8_t *verified; /* one a chunk */
};

/* ---- the filter: a split block Bloom filter, one bit in each of a block's eight words (Putze,
 * Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom Filters", 2007) ---- */

static uint64_t block_of(uint64_t high, uint64_t block_count) {
    return ((high >> 32) * block_count) >> 32;
}

struct id_mask id_mask_of(uint32_t low) {
    static const uint32_t salts[8] = {0x47b6137bu, 0x44974d91u, 0x8824ad5bu, 0xa2b7289du,
                                      0x705495c7u, 0x2df1424bu, 0x9efc4947u, 0x5c6bfb31u};
    struct id_mask mask;
    for (int i = 0; i < 8; i++) mask.words[i] = 1u << ((low * salts[i]) >> 27);
    return mask;
}

static bool block_has(const uint8_t *block, const struct id_mask *mask) {
    uint32_t words[8], missing = 0;
    memcpy(words, block, sizeof words);
    for (int i = 0; i < 8; i++) missing |= mask->words[i] & ~words[i];
    return missing == 0;
}

static uint64_t blocks_for(uint64_t count) {
    return count * FILTER_BITS_PER_ENTRY / (BLOCK_BYTES * 8) + 1;
}
static uint64_t pieces_for(uint64_t block_count) {
    return (block_count + PIECE_BLOCKS - 1) / PIECE_BLOCKS;
}
static uint32_t blocks_of_piece(uint64_t block_count, uint64_t piece) {
    const uint64_t left = block_count - piece * PIECE_BLOCKS;
    return left < PIECE_BLOCKS ? (uint32_t)left : (uint32_t)PIECE_BLOCKS;
}

/* ---- writing ---- */

struct run_writer {
    struct file *file;
    uint8_t *buffer; /* of WRITE_BYTES, a whole number of chunks */
    size_t filled;
    uint32_t *crcs;
    uint64_t crc_count;
    uint64_t block_count, piece; /* piece: the one being written */
    uint64_t *firsts;            /* per piece */
    uint32_t (*filter)[8];       /* of the piece: PIECE_BLOCKS */
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

/* The piece's entries are all there: its filter follows. */
static enum status end_piece(struct run_writer *writer, uint64_t entries, struct error *err) {
    const size_t bytes = blocks_of_piece(writer->block_count, writer->piece) * (size_t)BLOCK_BYTES;
    TRY(put(writer, writer->filter, bytes, err));
    memset(writer->filter, 0, bytes);
    if (++writer->piece < pieces_for(writer->block_count)) writer->firsts[writer->piece] = entries;
    return STATUS_OK;
}

static enum status put_entries(struct run_writer *writer, uint64_t count, id_next_fn next,
                               void *context, struct error *err) {
    struct id_entry entry;
    uint64_t written = 0;
    for (; written < count && next(context, &entry); written++) {
        const uint64_t block = block_of(entry.high, writer->block_count);
        while (block >= (writer->piece + 1) * PIECE_BLOCKS) TRY(end_piece(writer, written, err));
        uint32_t *words = writer->filter[block - writer->piece * PIECE_BLOCKS];
        const struct id_mask mask = id_mask_of(entry.low);
        for (int i = 0; i < 8; i++) words[i] |= mask.words[i];
        if (WRITE_BYTES - writer->filled > ENTRY_BYTES) {
            memcpy(writer->buffer + writer->filled, &entry, ENTRY_BYTES);
            writer->filled += ENTRY_BYTES;
        } else {
            TRY(put(writer, &entry, ENTRY_BYTES, err));
        }
    }
    if (written < count)
        return error_set(err, STATUS_CORRUPT, "id index: a run that is merged is damaged");
    while (writer->piece < pieces_for(writer->block_count)) TRY(end_piece(writer, written, err));
    return STATUS_OK;
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

static enum status write_run(struct run_writer *writer, const struct id_run_header *header,
                             id_next_fn next, void *context, struct error *err) {
    const uint64_t pieces = pieces_for(header->block_count);
    TRY(put(writer, header, sizeof *header, err));
    TRY(put_entries(writer, header->entry_count, next, context, err));
    TRY(put(writer, writer->firsts, pieces * sizeof *writer->firsts, err));
    return put_checksums(writer, err);
}

/* Bytes before the checksums. */
static uint64_t body_bytes_of(uint64_t count, uint64_t block_count) {
    return sizeof(struct id_run_header) + count * ENTRY_BYTES + block_count * BLOCK_BYTES +
           pieces_for(block_count) * sizeof(uint64_t);
}

enum status id_run_write(struct file_io *io, const char *path, uint64_t count, id_next_fn next,
                         void *context, struct error *err) {
    struct id_run_header header = {.magic = ID_RUN_MAGIC,
                                   .entry_count = count,
                                   .block_count = blocks_for(count),
                                   .version = ID_RUN_VERSION};
    header.crc = crc32c(&header, offsetof(struct id_run_header, crc));
    const uint64_t body = body_bytes_of(count, header.block_count);
    struct run_writer writer = {
        .buffer = memory_get(WRITE_BYTES),
        .crcs = memory_new(body / CHUNK_BYTES + 1, sizeof(uint32_t)),
        .block_count = header.block_count,
        .firsts = memory_new(pieces_for(header.block_count), sizeof(uint64_t)),
        .filter = memory_new(PIECE_BLOCKS, BLOCK_BYTES)};
    enum status status = STATUS_OK;
    if (writer.buffer == NULL || writer.crcs == NULL || writer.firsts == NULL ||
        writer.filter == NULL)
        status = error_set(err, STATUS_NO_MEMORY, "id index: %llu ids", (unsigned long long)count);
    if (status == STATUS_OK) status = io->open(io, path, FILE_CREATE, &writer.file, err);
    if (status == STATUS_OK) {
        status = write_run(&writer, &header, next, context, err);
        io->close(writer.file);
    }
    memory_free(writer.filter);
    memory_free(writer.firsts);
    memory_free(writer.buffer);
    memory_free(writer.crcs);
    return status;
}

/* ---- reading ---- */

static enum status damaged(const struct id_run *run, struct error *err) {
    return error_set(err, STATUS_CORRUPT, "id index %llu is damaged",
                     (unsigned long long)run->number);
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
    for (uint64_t chunk = offset / CHUNK_BYTES; chunk <= (offset + size - 1) / CHUNK_BYTES; chunk++)
        if (!chunk_is_good(run, chunk)) return false;
    return true;
}

static enum status load_header(struct id_run *run, struct error *err) {
    struct id_run_header header;
    if (run->size < sizeof header + 8) return damaged(run, err);
    memcpy(&header, run->bytes, sizeof header);
    if (header.magic != ID_RUN_MAGIC || header.version != ID_RUN_VERSION ||
        header.crc != crc32c(&header, offsetof(struct id_run_header, crc)))
        return damaged(run, err);
    if (header.entry_count > run->size / ENTRY_BYTES ||
        header.block_count != blocks_for(header.entry_count))
        return damaged(run, err);
    run->count = header.entry_count;
    run->block_count = header.block_count;
    run->piece_count = pieces_for(run->block_count);
    run->body_bytes = body_bytes_of(run->count, run->block_count);
    run->chunk_count = (run->body_bytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
    return STATUS_OK;
}

static enum status load_checksums(struct id_run *run, struct error *err) {
    const uint64_t crc_bytes = run->chunk_count * sizeof(uint32_t);
    if (run->size != run->body_bytes + crc_bytes + sizeof(uint32_t)) return damaged(run, err);
    uint32_t crc;
    memcpy(&crc, run->bytes + run->body_bytes + crc_bytes, sizeof crc);
    if (crc != crc32c(run->bytes + run->body_bytes, crc_bytes)) return damaged(run, err);
    run->verified = memory_new(run->chunk_count, 1);
    return run->verified == NULL ? error_set(err, STATUS_NO_MEMORY, "id index: no memory")
                                 : STATUS_OK;
}

static enum status load_pieces(struct id_run *run, struct error *err) {
    const uint64_t bytes = run->piece_count * sizeof *run->firsts;
    run->firsts = memory_get(bytes + sizeof *run->firsts);
    if (run->firsts == NULL) return error_set(err, STATUS_NO_MEMORY, "id index: no memory");
    if (!range_is_good(run, run->body_bytes - bytes, bytes)) return damaged(run, err);
    memcpy(run->firsts, run->bytes + run->body_bytes - bytes, bytes);
    run->firsts[run->piece_count] = run->count;
    if (run->firsts[0] != 0) return damaged(run, err);
    for (uint64_t piece = 0; piece < run->piece_count; piece++)
        if (run->firsts[piece] > run->firsts[piece + 1]) return damaged(run, err);
    return STATUS_OK;
}

static enum status load(struct id_run *run, struct error *err) {
    TRY(load_header(run, err));
    TRY(load_checksums(run, err));
    return load_pieces(run, err);
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
    memory_free(run->firsts);
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

/* Byte at which entry i, of the piece, begins. */
static uint64_t entry_offset(uint64_t piece, uint64_t i) {
    return sizeof(struct id_run_header) + i * ENTRY_BYTES +
           piece * (PIECE_BLOCKS * (uint64_t)BLOCK_BYTES);
}

/* Byte at which a filter block begins: behind the entries of its piece. */
static uint64_t block_offset(const struct id_run *run, uint64_t block) {
    const uint64_t piece = block / PIECE_BLOCKS;
    return entry_offset(piece, run->firsts[piece + 1]) + block % PIECE_BLOCKS * BLOCK_BYTES;
}

void id_run_prefetch(const struct id_run *run, uint64_t high) {
    __builtin_prefetch(run->bytes + block_offset(run, block_of(high, run->block_count)));
}

static enum status read_entry(struct id_run *run, uint64_t piece, uint64_t i,
                              struct id_entry *entry, struct error *err) {
    const uint64_t offset = entry_offset(piece, i);
    if (!range_is_good(run, offset, ENTRY_BYTES)) return damaged(run, err);
    memcpy(entry, run->bytes + offset, ENTRY_BYTES);
    return STATUS_OK;
}

/* Least entry of the piece that is not before id. Starts where a uniform hash should be and widens
 * from there, doubling, until id is bracketed. */
static enum status lower_bound(struct id_run *run, uint64_t piece, const struct id_entry *id,
                               uint64_t *out, struct error *err) {
    struct id_entry entry = {0};
    uint64_t low = run->firsts[piece], high = run->firsts[piece + 1]; /* the answer: low..high */
    const uint64_t place = (id->high >> 32) * run->block_count; /* in blocks and 2^-32ths of them */
    const double in_piece = (double)(place - piece * PIECE_BLOCKS * (UINT64_C(1) << 32)) /
                            ((double)blocks_of_piece(run->block_count, piece) * 4294967296.0);
    uint64_t probe = low + (uint64_t)(in_piece * (double)(high - low));
    for (uint64_t step = 16; low < high; step *= 2) {
        if (probe >= high) probe = high - 1;
        TRY(read_entry(run, piece, probe, &entry, err));
        if (id_before(&entry, id)) {
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

enum status id_run_find(struct id_run *run, const struct id_entry *id, const struct id_mask *mask,
                        bool *found, uint32_t *content, struct error *err) {
    *found = false;
    const uint64_t block = block_of(id->high, run->block_count), piece = block / PIECE_BLOCKS;
    const uint64_t offset = block_offset(run, block);
    if (!range_is_good(run, offset, BLOCK_BYTES)) return damaged(run, err);
    if (!block_has(run->bytes + offset, mask)) return STATUS_OK;
    uint64_t at;
    TRY(lower_bound(run, piece, id, &at, err));
    if (at == run->firsts[piece + 1]) return STATUS_OK;
    struct id_entry entry = {0};
    TRY(read_entry(run, piece, at, &entry, err));
    *found = id_equal(&entry, id);
    *content = entry.content;
    return STATUS_OK;
}

enum status id_cursor_next(struct id_cursor *cursor, bool *found, struct id_entry *entry,
                           struct error *err) {
    struct id_run *run = cursor->run;
    *found = cursor->next < run->count;
    if (!*found) return STATUS_OK;
    while (cursor->next == run->firsts[cursor->piece + 1]) cursor->piece++;
    const uint64_t offset = entry_offset(cursor->piece, cursor->next);
    if (offset + ENTRY_BYTES > cursor->good_until) {
        if (!range_is_good(run, offset, ENTRY_BYTES)) return damaged(run, err);
        cursor->good_until = ((offset + ENTRY_BYTES - 1) / CHUNK_BYTES + 1) * CHUNK_BYTES;
    }
    memcpy(entry, run->bytes + offset, ENTRY_BYTES);
    cursor->next++;
    return STATUS_OK;
}

enum status id_run_check(struct id_run *run, struct error *err) {
    struct id_entry previous = {0}, entry = {0};
    struct id_cursor cursor = {.run = run};
    for (uint64_t chunk = 0; chunk < run->chunk_count; chunk++) {
        if (!chunk_is_good(run, chunk)) return damaged(run, err);
    }
    for (bool found = true; found; previous = entry) {
        TRY(id_cursor_next(&cursor, &found, &entry, err));
        if (!found) break;
        const uint64_t block = block_of(entry.high, run->block_count);
        const struct id_mask mask = id_mask_of(entry.low);
        if ((cursor.next > 1 && !id_before(&previous, &entry)) ||
            block / PIECE_BLOCKS != cursor.piece ||
            !block_has(run->bytes + block_offset(run, block), &mask))
            return damaged(run, err);
    }
    return STATUS_OK;
}
