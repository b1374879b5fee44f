/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/segment.h"

#include <string.h>

#include "base/compression.h"
#include "base/crc32c.h"
#include "base/memory.h"
#include "codec/codec.h"
#include "codec/words.h"
#include "store/event_taker.h"
#include "store/lineage.h"
#include "store/relation.h"
#include "store/typed_rows.h"

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
    uint64_t row_count[FRAME_COUNT];
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
    part->row_count[id] = segment->row_count[id] = rows;
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
    take(&cursor, &part->times.oldest_ms, 8);
    take(&cursor, &part->times.newest_ms, 8);
    take(&cursor, &part->times.newest_arrival_ms, 8);
    take(&cursor, &part->times.newest_known_ms, 8);
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
    const uint64_t before_trailer = segment->size - sizeof trailer;
    if (trailer.index_bytes > before_trailer ||
        trailer.index_offset != before_trailer - trailer.index_bytes)
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
    enum status status = error_set(err, STATUS_NO_MEMORY, "segment: no memory");
    struct segment *segment = part->segment = memory_new(1, sizeof *segment);
    if (segment == NULL || !compression_zstd_ready()) goto done;
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

static enum status damaged_column(const struct segment *segment, enum frame_id id, uint32_t block,
                                  uint32_t column, struct error *err) {
    return error_set(err, STATUS_CORRUPT, "segment %s: %s block %u column %u is damaged",
                     segment->name, frame_text(id), block, column);
}

/* The bytes of a column that the block has, proven by their checksum. */
static enum status stored_bytes(struct segment *segment, enum frame_id id, uint32_t block,
                                uint32_t column, const uint8_t **bytes, uint32_t *size,
                                struct error *err) {
    uint32_t number = 0;
    const struct segment_entry *entry = entry_of(segment, id, block, column, &number);
    if (!verify(segment, entry, number)) return damaged_column(segment, id, block, column, err);
    *bytes = segment->bytes + entry->offset;
    *size = entry->size;
    return STATUS_OK;
}

/* Elements of the widest kind: what is kept is of one kind of journey now, of another one next. */
static enum status make_room(void **values, struct error *err) {
    if (*values == NULL) *values = memory_get(PART_BLOCK_ROWS * sizeof(uint64_t));
    return *values != NULL ? STATUS_OK : error_set(err, STATUS_NO_MEMORY, "segment: a column");
}

/* A column of `rows` values, as it is stored; of no rows there are no bytes. */
static enum status read_column(struct segment *segment, enum frame_id id, uint32_t block,
                               uint32_t column, uint32_t rows, void **values, struct error *err) {
    const uint8_t *bytes = NULL;
    uint32_t size = 0;
    TRY(make_room(values, err));
    TRY(stored_bytes(segment, id, block, column, &bytes, &size, err));
    const bool good = rows == 0
                          ? size == 0
                          : codec_decode(frame_column_kind(id, column), bytes, size, rows, *values);
    return good ? STATUS_OK : damaged_column(segment, id, block, column, err);
}

/* ---- journeys, and whatever else is stored row by row ---- */

/* What is kept of another block goes. */
static struct part_kept *keep_block(struct part_buffer *buffer, const struct segment *segment,
                                    enum frame_id id, uint32_t block) {
    struct part_kept *kept = &buffer->kept;
    if (kept->segment != segment || kept->id != id || kept->block != block) kept->columns = 0;
    kept->segment = segment;
    kept->id = id;
    kept->block = block;
    return kept;
}

/* The columns that are asked for go to the buffer, others that tell them, and those of `keep`, to
 * what it keeps: whoever asked may have changed the columns that he was given. */
static enum status read_rows(struct segment *segment, enum frame_id id, uint32_t block,
                             uint32_t rows, uint64_t asked, uint64_t keep,
                             struct part_buffer *buffer, struct error *err) {
    const uint64_t present = segment->blocks[id][block].columns;
    const uint64_t needed = relation_columns(id, (asked | keep) & present);
    struct part_kept *kept = keep_block(buffer, segment, id, block);
    const void *read[FRAME_COLUMNS_MAX];
    for (uint64_t left = kept->columns & ~asked; left != 0; left &= left - 1)
        read[__builtin_ctzll(left)] = kept->out[__builtin_ctzll(left)];
    for (uint64_t left = (needed | keep) & (asked | ~kept->columns); left != 0;) {
        for (uint64_t round = left; round != 0; round &= round - 1) {
            const uint32_t c = (uint32_t)__builtin_ctzll(round);
            const uint64_t references = relation_references(id, c) & needed;
            if ((references & left) != 0) continue; /* in a later round */
            left &= ~COLUMN_BIT(c);
            const bool is_asked = (asked & COLUMN_BIT(c)) != 0;
            void **values = is_asked ? &buffer->column[c] : &kept->values[c];
            read[c] = frame_absent_block(frame_column_kind(id, c));
            if ((present & COLUMN_BIT(c)) != 0) {
                TRY(read_column(segment, id, block, c, rows, values, err));
                if (references != 0) relation_give(id, c, read, rows, *values);
                read[c] = *values;
            }
            if (is_asked) continue;
            kept->out[c] = read[c];
            kept->columns |= COLUMN_BIT(c);
        }
    }
    return STATUS_OK;
}

static uint32_t block_rows(const struct segment *segment, enum frame_id id, uint32_t block) {
    const uint64_t left = segment->row_count[id] - (uint64_t)block * PART_BLOCK_ROWS;
    return left < PART_BLOCK_ROWS ? (uint32_t)left : (uint32_t)PART_BLOCK_ROWS;
}

/* ---- events ---- */

/* A block of events on its way. */
struct events {
    struct segment *segment;
    uint32_t block, rows;
    uint64_t columns; /* that are asked for and that the block has, and the type */
    struct part_buffer *buffer;
    uint64_t distances; /* columns that came as distances from `time` */
    uint32_t lone;      /* so many rows, the first ones, have no journey */
    struct typed_rows typed_rows;
    struct lineage_times times;
    uint32_t journey[PART_BLOCK_ROWS]; /* by row; see lineage_piece */
    uint64_t dense[PART_BLOCK_ROWS + WORDS_SLACK];
};

static uint64_t first_row(const struct events *events) {
    return (uint64_t)events->block * PART_BLOCK_ROWS;
}

/* Where the events of the first journey of all begin. */
static uint64_t lone_events(const struct segment *segment) {
    uint64_t least = segment->row_count[FRAME_EVENT];
    for (int id = FRAME_ATTEMPT; id <= FRAME_APPOINTMENT; id++) {
        if (segment->block_count[id] > 0 && segment->blocks[id][0].first_event < least)
            least = segment->blocks[id][0].first_event;
    }
    return least;
}

/* A column of the rows whose type has it. */
static enum status read_typed_column(struct events *events, uint32_t column, struct error *err) {
    const enum column_kind kind = frame_column_kind(FRAME_EVENT, column);
    const uint8_t *bytes = NULL;
    void **values = &events->buffer->column[column];
    uint32_t size = 0;
    uint64_t mask;
    TRY(make_room(values, err));
    TRY(stored_bytes(events->segment, FRAME_EVENT, events->block, column, &bytes, &size, err));
    if (size >= sizeof mask) {
        memcpy(&mask, bytes, sizeof mask);
        if ((mask & TYPED_ROWS_DISTANCES) != 0) events->distances |= COLUMN_BIT(column);
        const uint32_t count = typed_rows_select(&events->typed_rows, mask);
        const bool all = count == events->rows;
        if (count > 0 && codec_decode(kind, bytes + sizeof mask, size - sizeof mask, count,
                                      all ? *values : events->dense)) {
            if (!all) typed_rows_give(&events->typed_rows, kind, events->dense, *values);
            return STATUS_OK;
        }
    }
    return damaged_column(events->segment, FRAME_EVENT, events->block, column, err);
}

/* What the journeys of one piece say. */
static void apply_piece(struct events *events, const struct lineage_piece *piece) {
    void **values = events->buffer->column;
    if ((events->columns & COLUMN_BIT(COLUMN_TIME)) != 0) lineage_times(&events->times, piece);
    if ((events->columns & COLUMN_BIT(COLUMN_TENANT)) != 0)
        lineage_fill(COLUMN_TENANT, piece, values[COLUMN_TENANT]);
    if ((events->columns & COLUMN_BIT(COLUMN_SUBJECT)) != 0)
        lineage_fill(COLUMN_SUBJECT, piece, values[COLUMN_SUBJECT]);
    for (uint64_t left = events->columns & LINEAGE_RELATED; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        lineage_relate((enum column)c, piece, values[c]);
    }
}

/* The last block of the frame that begins at or before the event; 0 when none does. */
static uint32_t find_journey_block(const struct segment *segment, enum frame_id id,
                                   uint64_t event) {
    uint32_t low = 0;
    for (uint32_t count = segment->block_count[id]; count > 1;) {
        const uint32_t half = count / 2;
        if (segment->blocks[id][low + half].first_event <= event) low += half;
        count -= half;
    }
    return low;
}

/* Behind the last event of the frame's journeys: where those of a later frame begin. */
static uint64_t journeys_end(const struct segment *segment, enum frame_id id) {
    for (enum frame_id later = id + 1; later <= FRAME_APPOINTMENT; later++) {
        if (segment->block_count[later] > 0) return segment->blocks[later][0].first_event;
    }
    return segment->row_count[FRAME_EVENT];
}

/* Goes on from row `covered` with the journeys of one block. */
static enum status apply_block(struct events *events, enum frame_id id, uint32_t block,
                               uint32_t *covered, struct error *err) {
    struct segment *segment = events->segment;
    const uint32_t journeys = block_rows(segment, id, block);
    const struct part_kept *kept = &events->buffer->kept;
    TRY(read_rows(segment, id, block, journeys, 0, lineage_journey_columns(id, events->columns),
                  events->buffer, err));
    const int64_t at =
        (int64_t)segment_first_event(segment, id, block) - (int64_t)first_row(events);
    struct lineage_piece piece;
    if (!lineage_find(id, kept->out, journeys, at, *covered, events->rows, events->journey, &piece))
        return error_set(err, STATUS_CORRUPT, "segment %s: events of %s block %u are others",
                         segment->name, frame_text(id), block);
    apply_piece(events, &piece);
    *covered = piece.end;
    return STATUS_OK;
}

static enum status apply_journeys(struct events *events, struct error *err) {
    struct segment *segment = events->segment;
    const uint64_t first = first_row(events);
    uint32_t covered = events->lone;
    for (enum frame_id id = FRAME_ATTEMPT; id <= FRAME_APPOINTMENT; id++) {
        if (journeys_end(segment, id) <= first + covered) continue;
        uint32_t block = find_journey_block(segment, id, first + covered);
        for (; covered < events->rows && block < segment->block_count[id]; block++) {
            if (segment->blocks[id][block].first_event >= first + events->rows) break;
            TRY(apply_block(events, id, block, &covered, err));
        }
    }
    return covered == events->rows
               ? STATUS_OK
               : error_set(err, STATUS_CORRUPT, "segment %s: events of block %u have no journey",
                           segment->name, events->block);
}

static enum status read_times(struct events *events, struct error *err) {
    int64_t stored[PART_BLOCK_ROWS];
    const uint8_t *bytes = NULL;
    uint32_t size = 0;
    TRY(stored_bytes(events->segment, FRAME_EVENT, events->block, COLUMN_TIME, &bytes, &size, err));
    const uint32_t count = events->times.stored_count;
    if (count == 0 ? size != 0 : !codec_decode(KIND_AMOUNT, bytes, size, count, stored))
        return damaged_column(events->segment, FRAME_EVENT, events->block, COLUMN_TIME, err);
    uint64_t low = 0, high;
    (void)segment_range(events->segment, FRAME_EVENT, events->block, COLUMN_TIME, &low, &high);
    lineage_give_times(&events->times, (int64_t)low, stored);
    return STATUS_OK;
}

static enum status read_events(struct segment *segment, uint32_t block, uint64_t columns,
                               struct part_buffer *buffer, struct events *events,
                               struct error *err) {
    void **values = buffer->column;
    events->segment = segment;
    events->block = block;
    events->rows = block_rows(segment, FRAME_EVENT, block);
    events->buffer = buffer;
    events->distances = 0;
    events->lone = events->times.stored_count = events->typed_rows.count = 0;
    events->columns =
        segment_columns(FRAME_EVENT, columns) & segment->blocks[FRAME_EVENT][block].columns;
    const uint64_t lone = lone_events(events->segment), first = first_row(events);
    events->lone = lone <= first                 ? 0
                   : lone - first < events->rows ? (uint32_t)(lone - first)
                                                 : events->rows;
    if ((events->columns & COLUMN_BIT(COLUMN_TYPE)) == 0) /* no event is without */
        return damaged_column(events->segment, FRAME_EVENT, events->block, COLUMN_TYPE, err);
    TRY(read_column(events->segment, FRAME_EVENT, events->block, COLUMN_TYPE, events->rows,
                    &values[COLUMN_TYPE], err));
    const uint64_t others = COLUMN_BIT(COLUMN_TYPE) | COLUMN_BIT(COLUMN_TIME) |
                            COLUMN_BIT(COLUMN_TENANT) | COLUMN_BIT(COLUMN_SUBJECT);
    if ((events->columns & ~others) != 0)
        typed_rows_begin(&events->typed_rows, values[COLUMN_TYPE], events->rows);
    for (uint64_t left = events->columns & ~COLUMN_BIT(COLUMN_TYPE); left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        if (c == COLUMN_TIME) {
            TRY(make_room(&values[c], err));
        } else if (c == COLUMN_TENANT || c == COLUMN_SUBJECT) {
            TRY(read_column(events->segment, FRAME_EVENT, events->block, c, events->lone,
                            &values[c], err));
        } else {
            TRY(read_typed_column(events, c, err));
        }
    }
    events->times.types = values[COLUMN_TYPE];
    events->times.times = values[COLUMN_TIME];
    events->times.rows = events->rows;
    lineage_no_times(&events->times, 0, events->lone);
    if ((events->columns & LINEAGE_COLUMNS) != 0) TRY(apply_journeys(events, err));
    if ((events->columns & COLUMN_BIT(COLUMN_TIME)) != 0) TRY(read_times(events, err));
    if ((events->distances & ~EVENT_TAKER_DISTANCES) != 0 ||
        (events->distances != 0 && (events->columns & COLUMN_BIT(COLUMN_TIME)) == 0))
        return damaged_column(segment, FRAME_EVENT, block, COLUMN_TIME, err);
    for (uint64_t left = events->distances; left != 0; left &= left - 1)
        relation_give_distances(values[COLUMN_TIME], events->rows, values[__builtin_ctzll(left)]);
    return STATUS_OK;
}

enum status segment_block(struct segment *segment, enum frame_id id, uint32_t block,
                          uint64_t columns, struct part_buffer *buffer, const void **out,
                          struct error *err) {
    const uint64_t present = segment->blocks[id][block].columns;
    const uint32_t rows = block_rows(segment, id, block);
    if (!compression_zstd_ready()) return error_set(err, STATUS_NO_MEMORY, "segment: no memory");
    if (id != FRAME_EVENT) {
        TRY(read_rows(segment, id, block, rows, columns & present, 0, buffer, err));
    } else if ((columns & present) != 0) {
        struct events events; /* large: what is read is set before */
        TRY(read_events(segment, block, columns, buffer, &events, err));
    }
    for (; columns != 0; columns &= columns - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(columns);
        out[c] = present & COLUMN_BIT(c) ? buffer->column[c]
                                         : frame_absent_block(frame_column_kind(id, c));
    }
    return STATUS_OK;
}

enum status segment_block_presence(struct segment *segment, enum frame_id id, uint32_t block,
                                   uint64_t columns, struct part_buffer *buffer, const void **out,
                                   struct error *err) {
    const uint64_t present = segment->blocks[id][block].columns;
    const uint32_t rows = block_rows(segment, id, block);
    if (!compression_zstd_ready()) return error_set(err, STATUS_NO_MEMORY, "segment: no memory");
    for (; columns != 0; columns &= columns - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(columns);
        const uint8_t *bytes = NULL;
        uint32_t size = 0;
        out[c] = frame_absent_block(KIND_TIME);
        if ((present & COLUMN_BIT(c)) == 0) continue;
        TRY(make_room(&buffer->column[c], err));
        TRY(stored_bytes(segment, id, block, c, &bytes, &size, err));
        if (!codec_decode_presence(bytes, size, rows, buffer->column[c]))
            return damaged_column(segment, id, block, c, err);
        out[c] = buffer->column[c];
    }
    return STATUS_OK;
}

uint64_t segment_columns(enum frame_id id, uint64_t columns) {
    if (id != FRAME_EVENT) return columns;
    if ((columns & EVENT_TAKER_DISTANCES) != 0) columns |= COLUMN_BIT(COLUMN_TIME);
    return columns | COLUMN_BIT(COLUMN_TYPE);
}

uint64_t segment_kept_columns(enum frame_id id, uint64_t columns) {
    if (id != FRAME_EVENT) return relation_columns(id, columns) & ~columns;
    uint64_t kept = 0;
    columns = segment_columns(id, columns);
    for (enum frame_id of = FRAME_ATTEMPT; of <= FRAME_APPOINTMENT; of++)
        kept |= relation_columns(of, lineage_journey_columns(of, columns));
    return kept;
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

enum status segment_encoding(struct segment *segment, enum frame_id id, uint32_t block,
                             uint32_t column, struct part_buffer *buffer,
                             struct segment_encoding *out, struct error *err) {
    *out = (struct segment_encoding){.kind = frame_column_kind(id, column)};
    if ((segment->blocks[id][block].columns & COLUMN_BIT(column)) == 0) return STATUS_OK;
    TRY(stored_bytes(segment, id, block, column, &out->bytes, &out->size, err));
    out->rows = block_rows(segment, id, block);
    if (id != FRAME_EVENT || column == COLUMN_TYPE) return STATUS_OK;
    struct events events;
    TRY(read_events(segment, block, COLUMN_BIT(column), buffer, &events, err));
    if (column == COLUMN_TIME) {
        out->kind = KIND_AMOUNT;
        out->rows = events.times.stored_count;
    } else if (column == COLUMN_TENANT || column == COLUMN_SUBJECT) {
        out->rows = events.lone;
    } else {
        out->rows = events.typed_rows.count;
        out->bytes += sizeof(uint64_t);
        out->size -= (uint32_t)sizeof(uint64_t);
    }
    return STATUS_OK;
}
