/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/segment.h"

#include <string.h>

#include "base/compression.h"
#include "base/crc32c.h"
#include "base/memory.h"
#include "store/codec.h"
#include "store/relation.h"

enum { ENTRIES_PER_BYTE_OF_VERIFIED = 8 };

struct block_index {
    uint32_t first_event;
    uint64_t columns;
    const struct segment_entry *entries; /* one per bit of columns, in their order */
    uint32_t first_entry;                /* number of entries before: place in `verified` */
};

struct segment {
    struct file *file;
    const uint8_t *bytes; /* mapped */
    uint64_t size;
    struct segment_entry *entries; /* of all frames and blocks, owned */
    struct block_index *blocks[FRAME_COUNT];
    uint32_t block_count[FRAME_COUNT];
    _Atomic uint8_t *verified; /* bit per entry: its checksum held once */
    char name[32];
};

void segment_close(struct segment *segment) {
    if (segment == NULL) return;
    if (segment->file != NULL) segment->file->io->close(segment->file);
    memory_free(segment->entries);
    for (int id = 0; id < FRAME_COUNT; id++) memory_free(segment->blocks[id]);
    memory_free((void *)segment->verified);
    memory_free(segment);
}

struct cursor {
    const uint8_t *at, *end;
    bool bad;
};

static void take(struct cursor *cursor, void *into, size_t size) {
    if ((size_t)(cursor->end - cursor->at) < size) {
        cursor->bad = true;
        memset(into, 0, size);
        return;
    }
    memcpy(into, cursor->at, size);
    cursor->at += size;
}

static enum status damaged(const struct segment *segment, const char *what, struct error *err) {
    return error_set(err, STATUS_CORRUPT, "segment %s: %s is damaged", segment->name, what);
}

/* Reads one frame's part of the index. */
static bool read_table(struct segment *segment, struct cursor *cursor, enum frame_id id,
                       struct part *part, size_t entry_limit, size_t *entry_count) {
    uint64_t rows, columns, bytes;
    take(cursor, &rows, 8);
    take(cursor, &columns, 8);
    take(cursor, &bytes, 8);
    if (cursor->bad || bytes > (uint64_t)(cursor->end - cursor->at) || rows > UINT32_MAX)
        return false;
    if (columns >> frame_column_count(id) != 0) return false;
    const uint32_t blocks = (uint32_t)((rows + PART_BLOCK_ROWS - 1) / PART_BLOCK_ROWS);
    if ((uint64_t)blocks * 12 > bytes) return false;
    segment->blocks[id] = memory_new(blocks, sizeof(struct block_index));
    if (segment->blocks[id] == NULL) return false;
    segment->block_count[id] = blocks;
    part->row_count[id] = rows;
    const uint8_t *frame_end = cursor->at + bytes;
    for (uint32_t b = 0; b < blocks; b++) {
        struct block_index *block = &segment->blocks[id][b];
        take(cursor, &block->first_event, 4);
        take(cursor, &block->columns, 8);
        if (cursor->bad || (block->columns & ~columns) != 0) return false;
        block->first_entry = (uint32_t)*entry_count;
        block->entries = segment->entries + *entry_count;
        const int count = __builtin_popcountll(block->columns);
        if (*entry_count + (size_t)count > entry_limit) return false;
        for (int i = 0; i < count; i++) {
            struct segment_entry *entry = &segment->entries[(*entry_count)++];
            take(cursor, entry, sizeof *entry);
            if (cursor->bad || entry->offset > segment->size ||
                entry->size > segment->size - entry->offset)
                return false;
        }
    }
    return cursor->at == frame_end;
}

static enum status read_index(struct segment *segment, const uint8_t *raw, size_t raw_bytes,
                              struct part *part, struct error *err) {
    const size_t entry_limit = raw_bytes / sizeof(struct segment_entry);
    segment->entries = memory_new(entry_limit, sizeof(struct segment_entry));
    segment->verified = memory_new(entry_limit / ENTRIES_PER_BYTE_OF_VERIFIED + 1, 1);
    if (segment->entries == NULL || segment->verified == NULL)
        return error_set(err, STATUS_NO_MEMORY, "segment %s: index", segment->name);
    struct cursor cursor = {.at = raw, .end = raw + raw_bytes};
    take(&cursor, &part->order, 8);
    take(&cursor, &part->oldest_ms, 8);
    take(&cursor, &part->newest_ms, 8);
    take(&cursor, &part->newest_arrival_ms, 8);
    size_t entry_count = 0;
    for (int id = 0; id < FRAME_COUNT; id++) {
        if (!read_table(segment, &cursor, (enum frame_id)id, part, entry_limit, &entry_count))
            return damaged(segment, "the index", err);
    }
    return cursor.at == cursor.end ? STATUS_OK : damaged(segment, "the index", err);
}

static enum status load(struct segment *segment, struct part *part, struct error *err) {
    struct segment_trailer trailer;
    if (segment->size < sizeof trailer) return damaged(segment, "the trailer", err);
    memcpy(&trailer, segment->bytes + segment->size - sizeof trailer, sizeof trailer);
    if (trailer.magic != SEGMENT_MAGIC || trailer.reserved != 0 ||
        trailer.crc != crc32c(&trailer, offsetof(struct segment_trailer, crc)))
        return damaged(segment, "the trailer", err);
    if (trailer.version != SEGMENT_VERSION)
        return error_set(err, STATUS_CORRUPT, "segment %s: version %u, this program reads %d",
                         segment->name, trailer.version, SEGMENT_VERSION);
    if (trailer.index_offset + trailer.index_bytes + sizeof trailer != segment->size)
        return damaged(segment, "the trailer", err);
    const uint8_t *stored = segment->bytes + trailer.index_offset;
    if (crc32c(stored, trailer.index_bytes) != trailer.index_crc)
        return damaged(segment, "the index", err);
    uint8_t *raw = memory_get(trailer.index_raw_bytes);
    if (raw == NULL) return error_set(err, STATUS_NO_MEMORY, "segment %s: index", segment->name);
    enum status status =
        compression_unzstd(stored, trailer.index_bytes, raw, trailer.index_raw_bytes)
            ? read_index(segment, raw, trailer.index_raw_bytes, part, err)
            : damaged(segment, "the index", err);
    memory_free(raw);
    return status;
}

enum status segment_open(struct file_io *io, const char *path, uint64_t number, struct part **out,
                         struct error *err) {
    *out = NULL;
    struct part *part = memory_new(1, sizeof *part);
    if (part == NULL) return error_set(err, STATUS_NO_MEMORY, "segment: no memory");
    atomic_store(&part->references, 1);
    part->number = number;
    for (int id = 0; id < FRAME_COUNT; id++) frame_init(&part->frame[id], (enum frame_id)id);
    enum status status = STATUS_NO_MEMORY;
    struct segment *segment = part->segment = memory_new(1, sizeof *segment);
    if (segment == NULL) goto done;
    const char *name = strrchr(path, '/');
    (void)strncpy(segment->name, name == NULL ? path : name + 1, sizeof segment->name - 1);
    status = io->open(io, path, FILE_READ, &segment->file, err);
    if (status == STATUS_NOT_FOUND) status = STATUS_CORRUPT; /* the manifest says it is there */
    if (status != STATUS_OK) goto done;
    status = io->map(segment->file, &segment->bytes, &segment->size, err);
    if (status != STATUS_OK) goto done;
    part->file_bytes = segment->size;
    status = load(segment, part, err);
    if (status != STATUS_OK) goto done;
    *out = part;
    part = NULL;
done:
    if (part != NULL) part_release(part);
    return status;
}

static const struct segment_entry *entry_of(const struct segment *segment, enum frame_id id,
                                            uint32_t block, uint32_t column, uint32_t *number) {
    const struct block_index *index = &segment->blocks[id][block];
    if ((index->columns & COLUMN_BIT(column)) == 0) return NULL;
    const int before = __builtin_popcountll(index->columns & (COLUMN_BIT(column) - 1));
    *number = index->first_entry + (uint32_t)before;
    return &index->entries[before];
}

static bool verify(struct segment *segment, const struct segment_entry *entry, uint32_t number) {
    _Atomic uint8_t *byte = &segment->verified[number / ENTRIES_PER_BYTE_OF_VERIFIED];
    const uint8_t bit = (uint8_t)(1u << (number % ENTRIES_PER_BYTE_OF_VERIFIED));
    if (atomic_load_explicit(byte, memory_order_relaxed) & bit) return true;
    if (crc32c(segment->bytes + entry->offset, entry->size) != entry->crc) return false;
    (void)atomic_fetch_or_explicit(byte, bit, memory_order_relaxed);
    return true;
}

/* One column as it is stored. */
static enum status read_column(struct segment *segment, enum frame_id id, uint32_t block,
                               uint32_t column, uint32_t rows, void **values, struct error *err) {
    const enum column_kind kind = frame_column_kind(id, column);
    uint32_t number = 0;
    const struct segment_entry *entry = entry_of(segment, id, block, column, &number);
    if (*values == NULL) *values = memory_get(PART_BLOCK_ROWS * column_kind_bytes(kind));
    if (*values == NULL) return error_set(err, STATUS_NO_MEMORY, "segment: a column");
    if (!verify(segment, entry, number) ||
        !codec_decode(kind, segment->bytes + entry->offset, entry->size, rows, *values))
        return error_set(err, STATUS_CORRUPT, "segment %s: %s block %u column %u is damaged",
                         segment->name, frame_text(id), block, column);
    return STATUS_OK;
}

enum status segment_block(struct segment *segment, enum frame_id id, uint32_t block, uint32_t rows,
                          uint64_t columns, void **values, const void **out, struct error *err) {
    const uint64_t present = segment->blocks[id][block].columns;
    const uint64_t needed = relation_columns(id, columns & present);
    const void *read[FRAME_COLUMNS_MAX];
    for (uint64_t left = needed | columns; left != 0;) {
        for (uint64_t round = left; round != 0; round &= round - 1) {
            const uint32_t c = (uint32_t)__builtin_ctzll(round);
            const uint64_t references = relation_references(id, c) & needed;
            if ((references & left) != 0) continue; /* in a later round */
            left &= ~COLUMN_BIT(c);
            read[c] = frame_absent_block(frame_column_kind(id, c));
            if ((present & COLUMN_BIT(c)) == 0) continue;
            TRY(read_column(segment, id, block, c, rows, &values[c], err));
            if (references != 0) relation_give(id, c, read, rows, values[c]);
            read[c] = values[c];
        }
    }
    for (; columns != 0; columns &= columns - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(columns);
        out[c] = read[c];
    }
    return STATUS_OK;
}

bool segment_range(const struct segment *segment, enum frame_id id, uint32_t block, uint32_t column,
                   uint64_t *low, uint64_t *high) {
    uint32_t number;
    const struct segment_entry *entry = entry_of(segment, id, block, column, &number);
    if (entry == NULL) return false;
    *low = entry->low;
    *high = entry->high;
    return true;
}

uint32_t segment_first_event(const struct segment *segment, enum frame_id id, uint32_t block) {
    return segment->blocks[id][block].first_event;
}

const uint8_t *segment_stored(const struct segment *segment, enum frame_id id, uint32_t block,
                              uint32_t column, uint32_t *size) {
    uint32_t number;
    const struct segment_entry *entry = entry_of(segment, id, block, column, &number);
    *size = entry == NULL ? 0 : entry->size;
    return entry == NULL ? NULL : segment->bytes + entry->offset;
}
