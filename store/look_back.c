/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/look_back.h"

struct look_back look_back_at(const struct part *part, int64_t as_of_ms, int64_t until_ms) {
    if (part->times.newest_known_ms <= as_of_ms)
        return (struct look_back){.until_ms = until_ms, .certain_ms = as_of_ms};
    return (struct look_back){
        .until_ms = until_ms, .certain_ms = as_of_ms - EVENT_LATE_MS, .behind = EVENT_BEHIND};
}

/* Of a segment only: a column that a block does not have is absent in all its rows. */
static uint8_t all_flags(const struct part *part, enum frame_id id, uint32_t block) {
    uint64_t low, high;
    const uint32_t column = id == FRAME_EVENT ? (uint32_t)COLUMN_FLAGS : (uint32_t)JOURNEY_FLAGS;
    if (!part_range(part, id, block, column, &low, &high)) return 0;
    return high >= EVENT_BEHIND ? UINT8_MAX : (uint8_t)(EVENT_BEHIND - 1);
}

enum known look_back_block(const struct look_back *look_back, const struct part *part,
                           enum frame_id id, uint32_t block) {
    const uint32_t first = id == FRAME_EVENT ? (uint32_t)COLUMN_TIME : (uint32_t)JOURNEY_FIRST;
    const uint32_t last = id == FRAME_EVENT ? (uint32_t)COLUMN_TIME : (uint32_t)JOURNEY_LAST;
    uint64_t first_low, last_high, other;
    if (!part_range(part, id, block, first, &first_low, &other) ||
        !part_range(part, id, block, last, &other, &last_high))
        return KNOWN_PARTLY; /* a run in memory */
    return look_back_journey(look_back, (int64_t)first_low, (int64_t)last_high,
                             all_flags(part, id, block));
}
