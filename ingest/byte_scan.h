/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_BYTE_SCAN_H
#define INGEST_BYTE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* byte_scan: finds the next interesting byte, many bytes at a step: 16 with SSE2, which every
 * x86-64 has, else 8 in one word. Pure, inline, any thread. Nothing outside [at, end) is read by
 * scan_line, nothing at or after `readable` by scan_text. */

#ifdef __SSE2__
enum { SCAN_STEP_BYTES = 16, SCAN_BITS_PER_BYTE = 1 };

/* A mask in which the lowest set bit marks the first byte that ends plain JSON text. */
static inline uint64_t scan_text_stops(const char *at) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i escapes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    return (uint64_t)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, escapes), controls));
}

static inline uint64_t scan_line_feeds(const char *at, uint64_t *not_ascii) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    *not_ascii = (uint64_t)_mm_movemask_epi8(bytes);
    return (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')));
}
#else
enum { SCAN_STEP_BYTES = 8, SCAN_BITS_PER_BYTE = 8 };
#define SCAN_ONES UINT64_C(0x0101010101010101)

/* Exact up to and including the lowest marked byte; a borrow may mark bytes above it wrongly. */
static inline uint64_t scan_zero_bytes(uint64_t word) {
    return (word - SCAN_ONES) & ~word & (SCAN_ONES << 7);
}

static inline uint64_t scan_text_stops(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    uint64_t controls = (word - SCAN_ONES * 0x20) & ~word & (SCAN_ONES << 7);
    return scan_zero_bytes(word ^ (SCAN_ONES * '"')) | scan_zero_bytes(word ^ (SCAN_ONES * '\\')) |
           controls;
}

static inline uint64_t scan_line_feeds(const char *at, uint64_t *not_ascii) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    *not_ascii = word & (SCAN_ONES << 7);
    return scan_zero_bytes(word ^ (SCAN_ONES * '\n'));
}
#endif

/* The first '"', '\\' or control character from `at` on; `end` when there is none. `readable` >=
 * end: what lies between them must begin with a control character (the line feed), or be nothing.
 */
static inline const char *scan_text(const char *at, const char *end, const char *readable) {
    while (readable - at >= SCAN_STEP_BYTES) {
        uint64_t stops = scan_text_stops(at);
        if (stops != 0) return at + __builtin_ctzll(stops) / SCAN_BITS_PER_BYTE;
        at += SCAN_STEP_BYTES;
    }
    while (at < end && *at != '"' && *at != '\\' && (uint8_t)*at >= 0x20) at++;
    return at;
}

/* The first line feed from `at` on; `end` when there is none. *ascii is false when a byte before it
 * is not ASCII; it may be false for the sake of bytes after it. */
static inline const char *scan_line(const char *at, const char *end, bool *ascii) {
    uint64_t seen = 0;
    while (end - at >= SCAN_STEP_BYTES) {
        uint64_t not_ascii, feeds = scan_line_feeds(at, &not_ascii);
        seen |= not_ascii;
        if (feeds != 0) {
            *ascii = seen == 0;
            return at + __builtin_ctzll(feeds) / SCAN_BITS_PER_BYTE;
        }
        at += SCAN_STEP_BYTES;
    }
    for (; at < end && *at != '\n'; at++) seen |= (uint8_t)*at & 0x80;
    *ascii = seen == 0;
    return at;
}

#endif
