/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

#include <stdatomic.h>
#include <stdint.h>

#include "store/file_io.h"
#include "store/part.h"

/* segment: a part on disk. One file: column blocks one after the other, then an index that says
 * where each is, its checksum and its range, then a trailer of fixed size. docs/FORMAT.md. Written
 * once, never changed.
 *
 * Reading trusts nothing: the index is checked when the segment is opened, a column block when it
 * is first read. */
#define SEGMENT_MAGIC UINT64_C(0x31474553474550) /* "PEGSEG1" */

struct segment_trailer {
    uint64_t index_offset;
    uint32_t index_bytes; /* as stored: zstd */
    uint32_t index_raw_bytes;
    uint32_t index_crc; /* of the stored bytes */
    uint32_t version;
    uint64_t magic;
    uint32_t reserved; /* 0 */
    uint32_t crc;      /* of the bytes before */
};
_Static_assert(sizeof(struct segment_trailer) == 40, "on disk: never changes");
enum { SEGMENT_VERSION = 1 };

/* One column of one block. */
struct segment_entry {
    uint64_t offset;
    uint32_t size;
    uint32_t crc;
    uint64_t low, high;
};
_Static_assert(sizeof(struct segment_entry) == 32, "on disk: never changes");

/* Opens a segment as a part with one reference. CORRUPT: its index fails a check. */
MUST_USE enum status segment_open(struct file_io *io, const char *path, uint64_t number,
                                  struct part **out, struct error *err);

/* For part.c. */
void segment_close(struct segment *segment);
/* Memory that the buffer lacks is allocated. */
MUST_USE enum status segment_block(struct segment *segment, enum frame_id id, uint32_t block,
                                   uint64_t columns, struct part_buffer *buffer, const void **out,
                                   struct error *err);
/* Of columns of times of journeys, only which there are; see part_block_presence. */
MUST_USE enum status segment_block_presence(struct segment *segment, enum frame_id id,
                                            uint32_t block, uint64_t columns,
                                            struct part_buffer *buffer, const void **out,
                                            struct error *err);
/* What reading the columns needs (store/relation.h, lineage.h): of the same frame, those included,
 * and of what the buffer keeps. */
uint64_t segment_columns(enum frame_id id, uint64_t columns);
uint64_t segment_kept_columns(enum frame_id id, uint64_t columns);
bool segment_range(const struct segment *segment, enum frame_id id, uint32_t block, uint32_t column,
                   uint64_t *low, uint64_t *high);
uint32_t segment_first_event(const struct segment *segment, enum frame_id id, uint32_t block);

/* How a column is stored, for reports: an encoding of so many values; of events there is less than
 * was put in. No rows: nothing. */
struct segment_encoding {
    enum column_kind kind;
    const uint8_t *bytes;
    uint32_t size, rows;
};
MUST_USE enum status segment_encoding(struct segment *segment, enum frame_id id, uint32_t block,
                                      uint32_t column, struct part_buffer *buffer,
                                      struct segment_encoding *out, struct error *err);

#endif
