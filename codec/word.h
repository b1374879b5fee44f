/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef CODEC_WORD_H
#define CODEC_WORD_H

#include <stdint.h>

#include "base/cpu.h"

/* word: an element of a column, 1, 4 or 8 bytes of an unsigned integer. `bytes` is a constant where
 * these are used, so nothing is left of the switch. */
CPU_INLINE uint64_t word_get(const void *words, uint32_t at, unsigned bytes) {
    switch (bytes) {
        case 1: return ((const uint8_t *)words)[at];
        case 4: return ((const uint32_t *)words)[at];
        default: return ((const uint64_t *)words)[at];
    }
}

CPU_INLINE void word_put(void *words, uint32_t at, unsigned bytes, uint64_t value) {
    switch (bytes) {
        case 1: ((uint8_t *)words)[at] = (uint8_t)value; break;
        case 4: ((uint32_t *)words)[at] = (uint32_t)value; break;
        default: ((uint64_t *)words)[at] = value;
    }
}

#endif
