/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/crc32c.h"

#include <string.h>

static uint32_t crc32c_portable(uint32_t crc, const uint8_t *at, size_t bytes) {
    for (; bytes > 0; bytes--, at++) {
        crc ^= *at;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1u)));
    }
    return crc;
}

#if defined(__x86_64__)
/* One instruction takes eight bytes and has a latency of three cycles: about 8 GB/s, far above what
 * any disk delivers. */
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *at,
                                                               size_t bytes) {
    uint64_t wide = crc;
    for (; bytes >= 8; bytes -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    for (; bytes > 0; bytes--, at++) crc = __builtin_ia32_crc32qi(crc, *at);
    return crc;
}
#endif

uint32_t crc32c(const void *data, size_t bytes) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return ~crc32c_sse42(0xFFFFFFFFu, data, bytes);
#endif
    return ~crc32c_portable(0xFFFFFFFFu, data, bytes);
}
