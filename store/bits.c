/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/bits.h"

#include <string.h>

void bits_pack(const uint64_t *values, uint32_t count, unsigned width, uint8_t *out) {
    uint64_t word = 0;
    unsigned filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        word |= values[i] << filled;
        if (filled + width < 64) {
            filled += width;
            continue;
        }
        memcpy(out, &word, 8);
        out += 8;
        word = filled == 0 ? 0 : values[i] >> (64 - filled);
        filled = filled + width - 64;
    }
    memcpy(out, &word, (filled + 7) / 8);
}

static inline uint64_t load(const uint8_t *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* One value at a bit offset; reads nine bytes. */
static inline uint64_t extract(const uint8_t *bytes, size_t bit, unsigned width, uint64_t mask) {
    const uint8_t *at = bytes + bit / 8;
    unsigned shift = bit % 8;
    uint64_t value = load(at) >> shift;
    if (shift + width > 64) value |= (uint64_t)at[8] << (64 - shift);
    return value & mask;
}

void bits_unpack(const uint8_t *bytes, uint32_t count, unsigned width, uint64_t base,
                 uint64_t *values) {
    if (width == 0) {
        for (uint32_t i = 0; i < count; i++) values[i] = base;
        return;
    }
    const uint64_t mask = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
    const size_t size = bits_bytes(count, width);
    /* The wide load may run past the end for the last few values: those come from a padded copy. */
    uint32_t safe = size < 9 ? 0 : (uint32_t)((size - 9) * 8 / width);
    if (safe > count) safe = count;
    for (uint32_t i = 0; i < safe; i++)
        values[i] = base + extract(bytes, (size_t)i * width, width, mask);

    uint8_t tail[128] = {0};
    const size_t tail_start = (size_t)safe * width / 8;
    memcpy(tail, bytes + tail_start, size - tail_start);
    for (uint32_t i = safe; i < count; i++)
        values[i] = base + extract(tail, (size_t)i * width - tail_start * 8, width, mask);
}
