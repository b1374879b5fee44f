/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: no bytes make the decoder of columns read or write where it must not, and all levels of
 * instructions agree on what bytes mean.
 * Method: bytes are decoded as they are; or taken for a column, encoded, and some of them changed,
 * because random bytes are hardly ever a zstd frame. What decodes is encoded and decoded again. */
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/memory.h"
#include "codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t values[CODEC_ROWS_MAX], again[CODEC_ROWS_MAX];
static uint8_t encoded[CODEC_ROWS_MAX * 10];

/* Both in memory of just their size: the sanitizer sees a step beyond. */
static bool decode(enum column_kind kind, const uint8_t *bytes, size_t size, uint32_t rows,
                   uint64_t *out) {
    const size_t width = rows * column_kind_bytes(kind);
    uint8_t *copy = memory_get(size), *exact = memory_get(width);
    if (copy == NULL || exact == NULL) abort();
    memcpy(copy, bytes, size);
    const bool good = codec_decode(kind, copy, size, rows, exact);
    if (good) memcpy(out, exact, width);
    memory_free(copy);
    memory_free(exact);
    return good;
}

/* Numbers from decimals that no writer makes may be any bits. */
static bool equal(enum column_kind kind, uint32_t rows) {
    return kind == KIND_NUMBER || memcmp(values, again, rows * column_kind_bytes(kind)) == 0;
}

/* Whatever is wrong with bytes that do not decode: it looks at a part of them only. */
static void check_presence(uint32_t rows, const uint8_t *bytes, size_t size, bool good) {
    uint8_t *copy = memory_get(size);
    int64_t *times = memory_get(rows * sizeof *times);
    if (copy == NULL || times == NULL) abort();
    memcpy(copy, bytes, size);
    const bool read = codec_decode_presence(copy, size, rows, times);
    if (good && !read) abort();
    for (uint32_t row = 0; row < rows && good; row++)
        if ((times[row] == TIME_ABSENT) != ((int64_t)values[row] == TIME_ABSENT)) abort();
    memory_free(copy);
    memory_free(times);
}

static void check(enum column_kind kind, uint32_t rows, const uint8_t *bytes, size_t size) {
    cpu_limit(CPU_PORTABLE);
    const bool good = decode(kind, bytes, size, rows, values);
    for (int level = CPU_AVX2; level <= CPU_AVX512; level++) {
        cpu_limit((enum cpu_level)level);
        if (decode(kind, bytes, size, rows, again) != good) abort();
        if (good && !equal(kind, rows)) abort();
        if (kind == KIND_TIME) check_presence(rows, bytes, size, good);
    }
    if (!good) return;
    const size_t written = codec_encode(kind, CODEC_SMALL, values, rows, encoded);
    if (!decode(kind, encoded, written, rows, again) || !equal(kind, rows)) abort();
}

static void check_damaged(enum column_kind kind, uint32_t rows, const uint8_t *data, size_t size) {
    const size_t width = rows * column_kind_bytes(kind), flips = data[0] % 8;
    if (size < 1 + flips * 3 + 1) return;
    const uint8_t *flip = data + 1, *column = flip + flips * 3;
    const size_t given = size - 1 - flips * 3;
    for (size_t at = 0; at < width; at++) ((uint8_t *)values)[at] = column[at % given];
    const size_t written = codec_encode(kind, CODEC_SMALL, values, rows, encoded);
    for (size_t i = 0; i < flips; i++) {
        const size_t at = (size_t)(flip[i * 3] | flip[i * 3 + 1] << 8) % written;
        encoded[at] = (uint8_t)(encoded[at] ^ flip[i * 3 + 2]);
    }
    static uint8_t damaged[sizeof encoded];
    memcpy(damaged, encoded, written);
    check(kind, rows, damaged, written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 6) return 0;
    const enum column_kind kind = (enum column_kind)(data[0] % (KIND_AMOUNT + 1));
    const uint32_t rows = 1 + (uint32_t)(data[1] | data[2] << 8) % CODEC_ROWS_MAX;
    if (data[3] % 2 == 0)
        check(kind, rows, data + 4, size - 4);
    else
        check_damaged(kind, rows, data + 4, size - 4);
    return 0;
}
