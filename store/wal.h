/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_WAL_H
#define STORE_WAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "store/file_io.h"

/* wal: one file of the write-ahead log. It makes rows durable before anyone is told of them.
 *
 * Not thread-safe: the writer makes every call. After a failed append or sync the file takes
 * nothing more, because only a reopening can tell how much of its tail is there; the store goes on
 * with a new file. What the bytes mean after a crash: store/wal_replay.h. */
struct wal;

/* Called for each intact record, oldest first; `payload` is valid during the call only. Any status
 * but OK ends the replay and is returned. */
typedef enum status (*wal_record_fn)(void *context, const void *payload, size_t payload_bytes,
                                     struct error *err);

/* Replays a file that is there. What comes after the last good record was never acknowledged.
 * CORRUPT: damage before the tail, acknowledged data is lost. */
MUST_USE enum status wal_replay_file(struct file_io *io, const char *path, uint64_t epoch,
                                     wal_record_fn on_record, void *context, struct error *err);

/* A new, empty file. epoch: the number in its name; never used twice. */
MUST_USE enum status wal_create(struct file_io *io, const char *path, uint64_t epoch,
                                struct wal **out, struct error *err);
/* One record: 1..WAL_PAYLOAD_BYTES_MAX bytes. Not durable before wal_sync. */
MUST_USE enum status wal_append(struct wal *wal, const void *payload, size_t payload_bytes,
                                struct error *err);
/* One sync covers every append before it. */
MUST_USE enum status wal_sync(struct wal *wal, struct error *err);
uint64_t wal_bytes(const struct wal *wal);
bool wal_has_durable(const struct wal *wal); /* records */
void wal_close(struct wal *wal);             /* accepts NULL; does not sync */

#endif
