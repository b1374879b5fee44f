/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/wal_replay.h"

#include <string.h>

#include "base/crc32c.h"
#include "base/status.h"

static bool header_at(const struct wal_replay *replay, uint64_t offset,
                      struct wal_record_header *header) {
    if (replay->size - offset < sizeof *header) return false;
    memcpy(header, replay->bytes + offset, sizeof *header);
    return header->magic == WAL_MAGIC && header->epoch == replay->epoch &&
           header->payload_bytes >= 1 && header->payload_bytes <= WAL_PAYLOAD_BYTES_MAX &&
           header->header_crc == crc32c(header, offsetof(struct wal_record_header, header_crc));
}

static bool record_at(const struct wal_replay *replay, struct wal_record_header *header) {
    if (!header_at(replay, replay->offset, header)) return false;
    if (header->sequence != replay->sequence + 1) return false;
    const uint64_t payload_offset = replay->offset + sizeof *header;
    if (header->payload_bytes > replay->size - payload_offset) return false;
    return header->payload_crc == crc32c(replay->bytes + payload_offset, header->payload_bytes);
}

static bool was_synced(const struct wal_replay *replay, uint64_t sequence) {
    struct wal_record_header later;
    for (uint64_t offset = replay->offset + 1; offset < replay->size; offset++) {
        if (header_at(replay, offset, &later) && later.durable_sequence >= sequence) return true;
    }
    return false;
}

bool wal_replay_next(struct wal_replay *replay, const uint8_t **payload, uint32_t *payload_bytes) {
    CHECK(replay->offset <= replay->size);
    if (replay->state != WAL_REPLAYING) return false;
    struct wal_record_header header;
    if (replay->offset == replay->size) {
        replay->state = WAL_CLEAN_END;
    } else if (record_at(replay, &header)) {
        *payload = replay->bytes + replay->offset + sizeof header;
        *payload_bytes = header.payload_bytes;
        replay->offset += sizeof header + header.payload_bytes;
        replay->sequence = header.sequence;
    } else {
        const bool lost = was_synced(replay, replay->sequence + 1);
        replay->state = lost ? WAL_DAMAGED : WAL_TORN_TAIL;
    }
    return replay->state == WAL_REPLAYING;
}
