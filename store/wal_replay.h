/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_WAL_REPLAY_H
#define STORE_WAL_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* wal_replay: what the bytes of a log file mean. No I/O and no allocation, so that every state can
 * be reached from a test with a byte array.
 *
 * A file is a run of records: a header of 40 bytes and the payload, little-endian, unpadded. A
 * record is good when both checksums hold, its epoch is the file's and its sequence follows.
 *
 *   REPLAYING -- good record ----------------------------------------> REPLAYING
 *   REPLAYING -- no bytes left --------------------------------------> CLEAN_END
 *   REPLAYING -- bad record, no later one proves it had been synced --> TORN_TAIL
 *   REPLAYING -- bad record, a later one says it had been synced -----> DAMAGED
 *
 * Unsynced writes may reach the disk in any order, so a good record after a bad one is not damage
 * as such. It is when the later one's durable_sequence covers the bad one: then that had been
 * acknowledged, and going on without it would lose it silently. */
#define WAL_MAGIC             UINT32_C(0x4C574750) /* "PGWL" */
#define WAL_PAYLOAD_BYTES_MAX (UINT32_C(64) << 20)

struct wal_record_header {
    uint32_t magic;            /*  0 */
    uint32_t payload_bytes;    /*  4: 1..WAL_PAYLOAD_BYTES_MAX */
    uint64_t sequence;         /*  8: 1 in the first record of a file */
    uint64_t durable_sequence; /* 16: highest sequence that was synced when this was written */
    uint64_t epoch;            /* 24: the file's number: bytes of another file never match */
    uint32_t payload_crc;      /* 32 */
    uint32_t header_crc;       /* 36: of bytes 0..35 */
};
_Static_assert(sizeof(struct wal_record_header) == 40, "on disk: never changes");
_Static_assert(offsetof(struct wal_record_header, header_crc) == 36, "covers all the rest");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "headers are copied as they are");

enum wal_replay_state { WAL_REPLAYING, WAL_CLEAN_END, WAL_TORN_TAIL, WAL_DAMAGED };

struct wal_replay {
    const uint8_t *bytes; /* borrowed */
    uint64_t size;
    uint64_t epoch;
    uint64_t offset;   /* of the next record */
    uint64_t sequence; /* of the last good record */
    enum wal_replay_state state;
};

/* True with the next good record's payload; false when the replay has ended: see state. */
bool wal_replay_next(struct wal_replay *replay, const uint8_t **payload, uint32_t *payload_bytes);

#endif
