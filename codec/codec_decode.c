/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>
#include <string.h>

#include "base/compression.h"
#include "codec/ascent.h"
#include "codec/bits.h"
#include "codec/codec_scheme.h"
#include "codec/magnitude.h"
#include "codec/words.h"

/* Straight into words of the column's own width: what a question reads is mostly narrow. */
struct reader {
    const uint8_t *at, *end;
    uint32_t schemes; /* bits: those that were met */
    bool bad;
};

/* Their arrays are on the stack only while they run: not in the frame of `decode`, which recurses.
 */
#define OWN_FRAME __attribute__((noinline))

static bool left(const struct reader *reader, size_t size) {
    return !reader->bad && (size_t)(reader->end - reader->at) >= size;
}

static uint64_t take(struct reader *reader, size_t size) {
    uint64_t number = 0;
    if (!left(reader, size)) {
        reader->bad = true;
        return 0;
    }
    memcpy(&number, reader->at, size);
    reader->at += size;
    return number;
}

/* `size` bytes in place; NULL when there are not so many. */
static const uint8_t *take_bytes(struct reader *reader, size_t size) {
    if (!left(reader, size)) {
        reader->bad = true;
        return NULL;
    }
    reader->at += size;
    return reader->at - size;
}

/* A count of 1..most. */
static uint32_t take_count(struct reader *reader, uint32_t most) {
    const uint32_t count = (uint32_t)take(reader, 2);
    if (count == 0 || count > most) reader->bad = true;
    return reader->bad ? 0 : count;
}

static void take_bits(struct reader *reader, uint32_t rows, unsigned width, uint64_t base,
                      unsigned word, void *values) {
    const uint8_t *bytes = width > 64 ? NULL : take_bytes(reader, bits_bytes(rows, width));
    if (bytes == NULL)
        reader->bad = true;
    else
        bits_unpack(bytes, rows, width, base, word, values);
}

static void take_zstd(struct reader *reader, uint8_t *out, size_t size) {
    const size_t stored = (size_t)take(reader, 2);
    const uint8_t *bytes = take_bytes(reader, stored);
    if (bytes == NULL || !compression_unzstd(bytes, stored, out, size)) reader->bad = true;
}

static void decode(struct reader *reader, unsigned limit, uint32_t rows, uint64_t absent,
                   unsigned word, void *values);

OWN_FRAME static void decode_zstd(struct reader *reader, uint32_t rows, unsigned word,
                                  void *values) {
    uint8_t bits[CODEC_ROWS_MAX];
    const unsigned width = (unsigned)take(reader, 1);
    const uint64_t base = take(reader, word);
    if (width != 1 && width != 2 && width != 4 && width != 8) reader->bad = true;
    if (reader->bad) return;
    take_zstd(reader, bits, bits_bytes(rows, width));
    if (!reader->bad) bits_unpack(bits, rows, width, base, word, values);
}

static void decode_ascent(struct reader *reader, uint32_t rows, unsigned word, void *values) {
    const unsigned width = (unsigned)take(reader, 1);
    const uint64_t base = take(reader, word);
    if (width >= 64) reader->bad = true;
    take_bits(reader, rows, width, 0, word, values);
    const size_t size = (size_t)take(reader, 2);
    const uint8_t *steps = take_bytes(reader, size);
    if (steps == NULL || !ascent_add_steps(steps, size, rows, width, base, word, values))
        reader->bad = true;
}

OWN_FRAME static void decode_magnitude(struct reader *reader, uint32_t rows, unsigned word,
                                       void *values) {
    uint8_t symbols[CODEC_ROWS_MAX];
    const uint64_t zigzag = take(reader, 1), base = take(reader, word);
    if (zigzag > 1) reader->bad = true;
    take_zstd(reader, symbols, rows);
    if (reader->bad) return;
    const uint8_t *bits = take_bytes(reader, magnitude_bits_bytes(symbols, rows));
    if (bits == NULL)
        reader->bad = true;
    else
        magnitude_join(symbols, rows, bits, base, zigzag == 1, word, values);
}

OWN_FRAME static void decode_runs(struct reader *reader, uint32_t rows, unsigned word,
                                  void *values) {
    uint64_t starts[CODEC_ROWS_MAX];
    uint32_t lengths[CODEC_ROWS_MAX];
    const uint32_t runs = take_count(reader, rows);
    if (reader->bad) return;
    decode(reader, SCHEME_RUNS, runs, 0, word, starts);
    decode(reader, SCHEME_RUNS, runs, 0, sizeof *lengths, lengths);
    if (reader->bad) return;
    uint64_t total = 0;
    for (uint32_t run = 0; run < runs; run++) total += lengths[run];
    reader->bad = total != rows;
    if (!reader->bad) words_repeat(starts, lengths, runs, rows, word, values);
}

static void decode_delta(struct reader *reader, uint32_t rows, unsigned word, void *values) {
    const uint64_t first = take(reader, word);
    if (rows < 2) reader->bad = true;
    if (reader->bad) return;
    memcpy(values, &first, word);
    uint8_t *rest = (uint8_t *)values + word;
    decode(reader, SCHEME_DELTA, rows - 1, 0, word, rest);
    if (!reader->bad) words_sum(first, rows - 1, word, rest);
}

OWN_FRAME static void decode_dict(struct reader *reader, uint32_t rows, unsigned word,
                                  void *values) {
    uint64_t table[CODEC_DISTINCT_MAX];
    uint32_t indexes[CODEC_ROWS_MAX];
    const uint32_t distinct = take_count(reader, CODEC_DISTINCT_MAX);
    if (reader->bad) return;
    const unsigned index_bytes = codec_index_bytes(distinct);
    decode(reader, SCHEME_DICT, distinct, 0, word, table);
    decode(reader, SCHEME_DICT, rows, 0, index_bytes, indexes);
    if (reader->bad) return;
    reader->bad = !words_look_up(indexes, index_bytes, rows, table, distinct, word, values);
}

static void decode_unit(struct reader *reader, uint32_t rows, unsigned word, void *values) {
    const uint64_t unit = take(reader, word), base = take(reader, word);
    decode(reader, SCHEME_UNIT, rows, 0, word, values);
    if (!reader->bad) words_multiply(base, unit, rows, word, values);
}

static void decode_decimal(struct reader *reader, uint32_t rows, unsigned word, void *values) {
    const unsigned exponent = (unsigned)take(reader, 1);
    if (exponent > CODEC_DECIMAL_EXPONENT_MAX || word != 8) reader->bad = true;
    if (reader->bad) return;
    decode(reader, SCHEME_DECIMAL, rows, 0, word, values);
    if (!reader->bad) words_divide(values, rows, codec_decimal_scale(exponent));
}

/* CODEC_BITMAP_BYTES; answers how many bits of it are set. */
static uint32_t take_bitmap(struct reader *reader, uint32_t rows, uint8_t *bitmap) {
    const uint32_t present = take_count(reader, rows);
    if (reader->bad) return 0;
    decode(reader, SCHEME_SPARSE, (rows + 7) / 8, 0, 1, bitmap);
    if (!reader->bad && words_count(bitmap, rows) != present) reader->bad = true;
    return present;
}

OWN_FRAME static void decode_sparse(struct reader *reader, uint32_t rows, uint64_t absent,
                                    unsigned word, void *values) {
    uint64_t dense[CODEC_ROWS_MAX + WORDS_SLACK];
    uint8_t bitmap[CODEC_BITMAP_BYTES];
    const uint32_t present = take_bitmap(reader, rows, bitmap);
    if (reader->bad) return;
    decode(reader, SCHEME_SPARSE, present, absent, word, dense);
    if (!reader->bad) words_expand(bitmap, rows, dense, absent, word, values);
}

/* One encoding whose scheme is below `limit`: `rows` words of `word` bytes. */
static void decode(struct reader *reader, unsigned limit, uint32_t rows, uint64_t absent,
                   unsigned word, void *values) {
    const unsigned scheme = (unsigned)take(reader, 1);
    if (scheme >= limit) reader->bad = true;
    if (reader->bad) return;
    reader->schemes |= 1u << scheme;
    switch ((enum scheme)scheme) {
        case SCHEME_CONST: bits_unpack(NULL, rows, 0, take(reader, word), word, values); return;
        case SCHEME_PACKED: {
            const unsigned width = (unsigned)take(reader, 1);
            take_bits(reader, rows, width, take(reader, word), word, values);
            return;
        }
        case SCHEME_ZSTD: decode_zstd(reader, rows, word, values); return;
        case SCHEME_ASCENT: decode_ascent(reader, rows, word, values); return;
        case SCHEME_MAGNITUDE: decode_magnitude(reader, rows, word, values); return;
        case SCHEME_RUNS: decode_runs(reader, rows, word, values); return;
        case SCHEME_DELTA: decode_delta(reader, rows, word, values); return;
        case SCHEME_DICT: decode_dict(reader, rows, word, values); return;
        case SCHEME_UNIT: decode_unit(reader, rows, word, values); return;
        case SCHEME_DECIMAL: decode_decimal(reader, rows, word, values); return;
        case SCHEME_SPARSE: decode_sparse(reader, rows, absent, word, values); return;
        case SCHEME_COUNT: break;
    }
    reader->bad = true;
}

static uint32_t decode_all(enum column_kind kind, const uint8_t *bytes, size_t size, uint32_t rows,
                           void *values) {
    CHECK(rows >= 1 && rows <= CODEC_ROWS_MAX);
    struct reader reader = {.at = bytes, .end = bytes + size};
    decode(&reader, SCHEME_COUNT, rows, codec_absent(kind), (unsigned)column_kind_bytes(kind),
           values);
    return reader.bad || reader.at != reader.end ? 0 : reader.schemes;
}

bool codec_decode(enum column_kind kind, const uint8_t *bytes, size_t size, uint32_t rows,
                  void *values) {
    return decode_all(kind, bytes, size, rows, values) != 0;
}

bool codec_decode_presence(const uint8_t *bytes, size_t size, uint32_t rows, int64_t *times) {
    const uint64_t absent = (uint64_t)TIME_ABSENT, some = (uint64_t)TIME_SOME;
    CHECK(rows >= 1 && rows <= CODEC_ROWS_MAX);
    if (size > 0 && bytes[0] == SCHEME_SPARSE) {
        uint8_t bitmap[CODEC_BITMAP_BYTES];
        struct reader reader = {.at = bytes + 1, .end = bytes + size};
        (void)take_bitmap(&reader, rows, bitmap);
        if (reader.bad) return false;
        words_presence(bitmap, rows, absent, some, (uint64_t *)times);
        return true;
    }
    if (!codec_decode(KIND_TIME, bytes, size, rows, times)) return false;
    for (uint32_t i = 0; i < rows; i++) times[i] = times[i] == TIME_ABSENT ? times[i] : TIME_SOME;
    return true;
}

uint32_t codec_schemes(enum column_kind kind, const uint8_t *bytes, size_t size, uint32_t rows) {
    uint64_t values[CODEC_ROWS_MAX];
    return decode_all(kind, bytes, size, rows, values);
}
