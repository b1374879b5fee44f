/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_SEGMENT_WRITER_H
#define STORE_SEGMENT_WRITER_H

#include <stdint.h>

#include "store/file_io.h"
#include "store/frame.h"

/* segment_writer: writes a segment file block by block (format: segment.h). One thread. */
struct segment_writer;

MUST_USE enum status segment_writer_open(struct file_io *io, const char *path,
                                         struct segment_writer **out, struct error *err);
/* The first `rows` rows of frames[id] (1..PART_BLOCK_ROWS; fewer than PART_BLOCK_ROWS only in a
 * frame's last block) become its next block. first_event: for journeys, see part_first_event.
 *
 * Of a block of events: the row behind it is in the frame, unless there is none; and the journeys
 * that are whole in the block are still in their frames, because events are stored by them. */
MUST_USE enum status segment_writer_block(struct segment_writer *writer, const struct frame *frames,
                                          enum frame_id id, uint32_t rows, uint32_t first_event,
                                          struct error *err);
/* Writes index and trailer and syncs the file; its name is durable after file_io->sync_folder. */
MUST_USE enum status segment_writer_finish(struct segment_writer *writer, uint64_t order,
                                           struct error *err);
void segment_writer_close(struct segment_writer *writer); /* accepts NULL; finished or not */

#endif
