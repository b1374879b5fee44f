/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_WAL_RECORD_H
#define STORE_WAL_RECORD_H

#include <stdint.h>

#include "base/text.h"
#include "store/frame.h"
#include "store/id_run.h"
#include "store/names.h"

/* wal_record: what one record of the log says: new names, then rows with their ids, encoded like
 * the blocks of a segment but without zstd. Pure. */

enum { WAL_NAMES_BYTES_MAX = 16 << 20 }; /* so that the rows have room beside them */

/* The first half of a record: names that no earlier record has, from *code and first_step on.
 * *code: behind the last one. Those that are left need another record; this one has no rows then.
 */
MUST_USE enum status wal_record_begin(struct text *out, struct names *names, uint32_t *code,
                                      uint32_t first_step, struct error *err);
/* Rows first..first+count-1 of the frame (codes of `names`); ids[i] is that of row first + i. */
MUST_USE enum status wal_record_rows(struct text *out, const struct frame *events, uint32_t first,
                                     uint32_t count, const struct id_entry *ids, struct error *err);

/* A record read back, block by block. */
struct wal_record {
    const uint8_t *at, *end;
    uint32_t row_count; /* of the block at hand, at most PART_BLOCK_ROWS */
    struct id_entry *ids;
    struct frame rows; /* emptied and filled for each block */
};
MUST_USE enum status wal_record_open(struct wal_record *record, const void *bytes, size_t size,
                                     struct names *names, struct error *err);
/* OK with row_count 0: the end. CORRUPT: passes its checksum but is no record. */
MUST_USE enum status wal_record_next(struct wal_record *record, struct error *err);
void wal_record_close(struct wal_record *record);

#endif
