/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/codec.h"

#include <math.h>
#include <string.h>

#include "base/compression.h"
#include "store/bits.h"

/* Every encoding begins with its scheme; sizes are known from the block's row count. `packed(n)` is
 * a width byte, an 8-byte base and n integers of that width, each value minus base. */
enum scheme {
    SCHEME_CONST,   /* value[8] */
    SCHEME_PACKED,  /* packed(rows) */
    SCHEME_DELTA,   /* first[8] packed(rows - 1) of differences */
    SCHEME_DICT,    /* distinct[2] packed(distinct), ascending, then width[1] indexes */
    SCHEME_RUNS,    /* runs[2] packed(runs) values packed(runs) lengths */
    SCHEME_SPARSE,  /* present[2] bitmap[(rows + 7) / 8], then an encoding of the present values */
    SCHEME_DECIMAL, /* exponent[1], then an encoding of the integers value * 10^exponent */
    SCHEME_ZSTD,    /* value_bytes[1] base[8], then zstd of the byte planes of value - base */
    SCHEME_ZSTD_DELTA /* first[8] value_bytes[1] base[8], the same over zigzag differences */
};

enum {
    DISTINCT_MAX = 2048,
    DISTINCT_SLOTS = 2 * DISTINCT_MAX,
    PACKED_HEADER = 9,
    CONST_BYTES = 9,
    DEPTH_MAX = 2,
    DECIMAL_EXPONENT_MAX = 4,
    WORDS = CODEC_ROWS_MAX + BITS_SLACK, /* arrays that kernels decode into */
    ZSTD_LEVEL = 3
};

size_t codec_bound(uint32_t rows) {
    /* the largest scheme is PACKED at 64 bits inside DECIMAL inside SPARSE; zstd is only kept when
     * it is smaller, but it is tried in place */
    return compression_zstd_bound((size_t)rows * 8) + (size_t)rows / 8 + 128;
}

static bool is_signed(enum column_kind kind) {
    return kind == KIND_TIME || kind == KIND_AMOUNT;
}

static uint64_t absent_value(enum column_kind kind) {
    if (kind == KIND_TIME) return (uint64_t)TIME_ABSENT;
    if (kind != KIND_NUMBER) return 0;
    const double none = NAN;
    uint64_t word;
    memcpy(&word, &none, sizeof word);
    return word;
}

/* ---- columns of any kind as 64-bit words, and back ---- */

static void widen(enum column_kind kind, const void *values, uint32_t rows, uint64_t *words) {
    switch (column_kind_bytes(kind)) {
        case 1:
            for (uint32_t i = 0; i < rows; i++) words[i] = ((const uint8_t *)values)[i];
            break;
        case 4:
            for (uint32_t i = 0; i < rows; i++) words[i] = ((const uint32_t *)values)[i];
            break;
        default: memcpy(words, values, (size_t)rows * 8);
    }
    if (kind != KIND_NUMBER) return;
    for (uint32_t i = 0; i < rows; i++) /* one bit pattern for all that are not a number */
        if (isnan(((const double *)values)[i])) words[i] = absent_value(kind);
}

static bool narrow(enum column_kind kind, const uint64_t *words, uint32_t rows, void *values) {
    uint64_t all = 0;
    switch (column_kind_bytes(kind)) {
        case 1:
            for (uint32_t i = 0; i < rows; i++) {
                ((uint8_t *)values)[i] = (uint8_t)words[i];
                all |= words[i];
            }
            return all <= UINT8_MAX;
        case 4:
            for (uint32_t i = 0; i < rows; i++) {
                ((uint32_t *)values)[i] = (uint32_t)words[i];
                all |= words[i];
            }
            return all <= UINT32_MAX;
        default: memcpy(values, words, (size_t)rows * 8); return true;
    }
}

void codec_fill_absent(enum column_kind kind, uint32_t rows, void *values) {
    if (kind != KIND_TIME && kind != KIND_NUMBER) {
        memset(values, 0, rows * column_kind_bytes(kind));
        return;
    }
    const uint64_t word = absent_value(kind);
    for (uint32_t i = 0; i < rows; i++) memcpy((uint8_t *)values + (size_t)i * 8, &word, 8);
}

/* ---- what the encoder knows of a column after one look ---- */

struct shape {
    uint64_t low, high;             /* in the kind's order */
    uint64_t delta_low, delta_high; /* signed order */
    uint32_t runs;
    uint32_t distinct; /* DISTINCT_MAX + 1: more */
    uint64_t values[DISTINCT_MAX + 1];
};

static bool before(uint64_t a, uint64_t b, bool sign) {
    return sign ? (int64_t)a < (int64_t)b : a < b;
}

/* Adds a value to a small hash set; only the ends of runs come here, so it is rarely hot. */
static void note_distinct(struct shape *shape, uint16_t *slots, uint64_t value) {
    if (shape->distinct > DISTINCT_MAX) return;
    uint32_t slot = (uint32_t)((value * UINT64_C(0x9E3779B97F4A7C15)) >> 52) % DISTINCT_SLOTS;
    while (slots[slot] != 0) {
        if (shape->values[slots[slot] - 1] == value) return;
        slot = (slot + 1) % DISTINCT_SLOTS;
    }
    if (shape->distinct < DISTINCT_MAX) {
        shape->values[shape->distinct] = value;
        slots[slot] = (uint16_t)(shape->distinct + 1);
    }
    shape->distinct++;
}

static void shape_of(const uint64_t *words, uint32_t rows, bool sign, struct shape *shape) {
    uint16_t slots[DISTINCT_SLOTS] = {0};
    shape->low = shape->high = words[0];
    shape->delta_low = (uint64_t)INT64_MAX;
    shape->delta_high = (uint64_t)INT64_MIN;
    shape->runs = 1;
    shape->distinct = 0;
    note_distinct(shape, slots, words[0]);
    for (uint32_t i = 1; i < rows; i++) {
        const uint64_t delta = words[i] - words[i - 1];
        if (before(delta, shape->delta_low, true)) shape->delta_low = delta;
        if (before(shape->delta_high, delta, true)) shape->delta_high = delta;
        if (delta == 0) continue;
        shape->runs++;
        if (before(words[i], shape->low, sign)) shape->low = words[i];
        if (before(shape->high, words[i], sign)) shape->high = words[i];
        note_distinct(shape, slots, words[i]);
    }
}

/* ---- pieces ---- */

static uint8_t *put(uint8_t *out, const void *bytes, size_t size) {
    memcpy(out, bytes, size);
    return out + size;
}

static size_t packed_bytes(uint32_t count, uint64_t range) {
    return PACKED_HEADER + bits_bytes(count, bits_width(range));
}

/* `words` is overwritten with the differences to base. */
static uint8_t *put_packed(uint8_t *out, uint64_t *words, uint32_t count, uint64_t base,
                           uint64_t range) {
    const unsigned width = bits_width(range);
    *out++ = (uint8_t)width;
    out = put(out, &base, 8);
    for (uint32_t i = 0; i < count; i++) words[i] -= base;
    bits_pack(words, count, width, out);
    return out + bits_bytes(count, width);
}

struct reader {
    const uint8_t *at, *end;
    unsigned depth; /* encodings inside encodings: at most SPARSE over DECIMAL over a plain one */
    bool bad;
};

static void take(struct reader *reader, void *into, size_t size) {
    if ((size_t)(reader->end - reader->at) < size) {
        reader->bad = true;
        memset(into, 0, size);
        return;
    }
    memcpy(into, reader->at, size);
    reader->at += size;
}

static void take_bits(struct reader *reader, uint32_t count, unsigned width, uint64_t base,
                      uint64_t *words) {
    const size_t size = bits_bytes(count, width);
    if (reader->bad || width > 64 || (size_t)(reader->end - reader->at) < size) {
        reader->bad = true;
        return;
    }
    bits_unpack(reader->at, count, width, base, words);
    reader->at += size;
}

static void take_packed(struct reader *reader, uint32_t count, uint64_t *words) {
    uint8_t width;
    uint64_t base;
    take(reader, &width, 1);
    take(reader, &base, 8);
    take_bits(reader, count, width, base, words);
}

/* ---- schemes, encoding: each writes after the scheme byte and answers the new end ---- */

static uint8_t *put_delta(uint8_t *out, uint64_t *words, uint32_t rows, const struct shape *shape) {
    out = put(out, &words[0], 8);
    for (uint32_t i = rows - 1; i > 0; i--) words[i] -= words[i - 1];
    return put_packed(out, words + 1, rows - 1, shape->delta_low,
                      shape->delta_high - shape->delta_low);
}

static void sort_words(uint64_t *words, uint32_t count) { /* Shell sort: small arrays only */
    for (uint32_t gap = count / 2; gap > 0; gap /= 2) {
        for (uint32_t i = gap; i < count; i++) {
            const uint64_t value = words[i];
            uint32_t at = i;
            for (; at >= gap && words[at - gap] > value; at -= gap) words[at] = words[at - gap];
            words[at] = value;
        }
    }
}

static uint64_t index_of(const uint64_t *sorted, uint32_t count, uint64_t value) {
    uint32_t low = 0;
    while (count > 1) {
        const uint32_t half = count / 2;
        low += sorted[low + half] <= value ? half : 0;
        count -= half;
    }
    return low;
}

static uint8_t *put_dict(uint8_t *out, uint64_t *words, uint32_t rows, struct shape *shape) {
    const uint16_t distinct = (uint16_t)shape->distinct;
    sort_words(shape->values, distinct);
    for (uint32_t i = 0; i < rows; i++) words[i] = index_of(shape->values, distinct, words[i]);
    out = put(out, &distinct, 2);
    const uint64_t low = shape->values[0], range = shape->values[distinct - 1] - low;
    out = put_packed(out, shape->values, distinct, low, range);
    const unsigned width = bits_width(distinct - 1u);
    *out++ = (uint8_t)width;
    bits_pack(words, rows, width, out);
    return out + bits_bytes(rows, width);
}

static uint8_t *put_runs(uint8_t *out, uint64_t *words, uint32_t rows, const struct shape *shape) {
    uint64_t lengths[CODEC_ROWS_MAX];
    uint32_t runs = 0;
    uint64_t longest = 0;
    for (uint32_t start = 0; start < rows; runs++) {
        uint32_t end = start + 1;
        while (end < rows && words[end] == words[start]) end++;
        lengths[runs] = end - start;
        if (lengths[runs] > longest) longest = lengths[runs];
        words[runs] = words[start]; /* runs <= start: never overwrites what is still to be read */
        start = end;
    }
    const uint16_t count = (uint16_t)runs;
    out = put(out, &count, 2);
    out = put_packed(out, words, runs, shape->low, shape->high - shape->low);
    return put_packed(out, lengths, runs, 0, longest);
}

/* zstd over byte planes: plane b holds byte b of every value, so that equal high bytes lie side by
 * side. 0 when it does not get below `limit`. */
static size_t put_planes(uint8_t *out, const uint64_t *words, uint32_t count, uint64_t base,
                         uint64_t range, size_t limit) {
    uint8_t planes[CODEC_ROWS_MAX * 8];
    const unsigned bytes = (bits_width(range) + 7) / 8;
    if (bytes == 0) return 0;
    for (unsigned plane = 0; plane < bytes; plane++) {
        for (uint32_t i = 0; i < count; i++)
            planes[plane * count + i] = (uint8_t)((words[i] - base) >> (8 * plane));
    }
    out[0] = (uint8_t)bytes;
    memcpy(out + 1, &base, 8);
    const size_t raw = (size_t)bytes * count;
    const size_t size =
        compression_zstd(planes, raw, ZSTD_LEVEL, out + 9, compression_zstd_bound(raw));
    return size == 0 || size + 9 >= limit ? 0 : size + 9;
}

static size_t encode_words(enum column_kind kind, enum codec_effort effort, uint64_t *words,
                           uint32_t rows, bool sign, uint8_t *out);

/* Prices, ratings and minutes are short decimals: as integers they pack well. False when a value
 * would not come back to the same bits. */
static bool scale_to_integers(const uint64_t *words, uint32_t rows, unsigned exponent,
                              uint64_t *integers) {
    static const double scales[] = {1, 10, 100, 1000, 10000};
    for (uint32_t i = 0; i < rows; i++) {
        double number;
        uint64_t bits;
        memcpy(&number, &words[i], 8);
        const double scaled = nearbyint(number * scales[exponent]);
        if (!(fabs(scaled) < 9007199254740992.0)) return false;
        const double back = scaled / scales[exponent];
        memcpy(&bits, &back, 8);
        if (bits != words[i]) return false;
        integers[i] = (uint64_t)(int64_t)scaled;
    }
    return true;
}

static size_t encode_number(enum codec_effort effort, uint64_t *words, uint32_t rows,
                            uint8_t *out) {
    uint64_t integers[CODEC_ROWS_MAX];
    for (unsigned exponent = 0; exponent <= DECIMAL_EXPONENT_MAX; exponent++) {
        if (!scale_to_integers(words, rows, exponent, integers)) continue;
        out[0] = SCHEME_DECIMAL;
        out[1] = (uint8_t)exponent;
        const size_t rest = encode_words(KIND_AMOUNT, effort, integers, rows, true, out + 2);
        return rest == 0 ? 0 : rest + 2;
    }
    return encode_words(KIND_TOKEN, effort, words, rows, false, out);
}

static void zigzag_deltas(uint64_t *words, uint32_t rows) {
    for (uint32_t i = rows - 1; i > 0; i--) {
        const uint64_t delta = words[i] - words[i - 1];
        words[i] = (delta << 1) ^ (uint64_t)((int64_t)delta >> 63);
    }
}

/* Tries zstd against the `best` bytes in `out`; keeps it when an eighth is saved. */
static size_t try_zstd(const uint64_t *words, uint32_t rows, const struct shape *shape, size_t best,
                       uint8_t *out) {
    uint8_t trial[CODEC_ROWS_MAX * 9];
    size_t size =
        put_planes(trial + 1, words, rows, shape->low, shape->high - shape->low, best - best / 8);
    if (size > 0) {
        trial[0] = SCHEME_ZSTD;
        memcpy(out, trial, size + 1);
        best = size + 1;
    }
    uint64_t deltas[CODEC_ROWS_MAX];
    memcpy(deltas, words, (size_t)rows * 8);
    zigzag_deltas(deltas, rows);
    uint64_t all = 0;
    for (uint32_t i = 1; i < rows; i++) all |= deltas[i];
    size = put_planes(trial + 9, deltas + 1, rows - 1, 0, all, best - best / 8);
    if (size > 0) {
        trial[0] = SCHEME_ZSTD_DELTA;
        memcpy(trial + 1, words, 8);
        memcpy(out, trial, size + 9);
        best = size + 9;
    }
    return best;
}

static size_t encode_words(enum column_kind kind, enum codec_effort effort, uint64_t *words,
                           uint32_t rows, bool sign, uint8_t *out) {
    struct shape shape = {0};
    shape_of(words, rows, sign, &shape);
    if (shape.runs == 1) {
        out[0] = SCHEME_CONST;
        memcpy(out + 1, &words[0], 8);
        return CONST_BYTES;
    }
    enum scheme scheme = SCHEME_PACKED;
    size_t best = 1 + packed_bytes(rows, shape.high - shape.low);
    const size_t delta = 9 + packed_bytes(rows - 1, shape.delta_high - shape.delta_low);
    const size_t runs =
        3 + packed_bytes(shape.runs, shape.high - shape.low) + packed_bytes(shape.runs, rows);
    const size_t dict = shape.distinct > DISTINCT_MAX
                            ? SIZE_MAX
                            : 4 + packed_bytes(shape.distinct, UINT64_MAX) +
                                  bits_bytes(rows, bits_width(shape.distinct - 1));
    if (delta < best) best = delta, scheme = SCHEME_DELTA;
    if (dict < best) best = dict, scheme = SCHEME_DICT;
    if (runs < best) best = runs, scheme = SCHEME_RUNS;

    uint64_t kept[CODEC_ROWS_MAX];
    const bool zstd = effort == CODEC_SMALL && kind != KIND_TOKEN && best > rows / 4;
    if (zstd) memcpy(kept, words, (size_t)rows * 8);
    out[0] = (uint8_t)scheme;
    uint8_t *end = scheme == SCHEME_PACKED
                       ? put_packed(out + 1, words, rows, shape.low, shape.high - shape.low)
                   : scheme == SCHEME_DELTA ? put_delta(out + 1, words, rows, &shape)
                   : scheme == SCHEME_DICT  ? put_dict(out + 1, words, rows, &shape)
                                            : put_runs(out + 1, words, rows, &shape);
    const size_t size = (size_t)(end - out);
    if (!zstd) return size;
    return try_zstd(kept, rows, &shape, size, out);
}

static size_t encode_dense(enum column_kind kind, enum codec_effort effort, uint64_t *words,
                           uint32_t rows, uint8_t *out) {
    if (kind == KIND_NUMBER) return encode_number(effort, words, rows, out);
    return encode_words(kind, effort, words, rows, is_signed(kind), out);
}

/* Columns that are absent in many rows: a bitmap, and the rest as a column of its own. */
static size_t encode_sparse(enum column_kind kind, enum codec_effort effort, uint64_t *words,
                            uint32_t rows, uint32_t present, uint8_t *out) {
    const uint64_t absent = absent_value(kind);
    const size_t bitmap_bytes = ((size_t)rows + 7) / 8;
    const uint16_t count = (uint16_t)present;
    out[0] = SCHEME_SPARSE;
    memcpy(out + 1, &count, 2);
    uint8_t *bitmap = out + 3;
    memset(bitmap, 0, bitmap_bytes);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < rows; i++) {
        if (words[i] == absent) continue;
        bitmap[i / 8] = (uint8_t)(bitmap[i / 8] | 1u << (i % 8));
        words[kept++] = words[i];
    }
    return 3 + bitmap_bytes + encode_dense(kind, effort, words, kept, bitmap + bitmap_bytes);
}

size_t codec_encode(enum column_kind kind, enum codec_effort effort, const void *values,
                    uint32_t rows, uint8_t *out) {
    CHECK(rows >= 1 && rows <= CODEC_ROWS_MAX);
    uint64_t words[CODEC_ROWS_MAX];
    widen(kind, values, rows, words);
    const uint64_t absent = absent_value(kind);
    uint32_t present = 0;
    for (uint32_t i = 0; i < rows; i++) present += words[i] != absent;
    if (present == 0) {
        out[0] = SCHEME_CONST;
        memcpy(out + 1, &absent, 8);
        return CONST_BYTES;
    }
    const bool by_bitmap =
        kind == KIND_TIME || kind == KIND_NUMBER || (kind == KIND_TOKEN && present < rows / 2);
    if (by_bitmap && present < rows) return encode_sparse(kind, effort, words, rows, present, out);
    return encode_dense(kind, effort, words, rows, out);
}

/* ---- decoding ---- */

static void decode_words(struct reader *reader, uint32_t rows, uint64_t absent, uint64_t *words);

static void decode_delta(struct reader *reader, uint32_t rows, uint64_t *words) {
    take(reader, &words[0], 8);
    take_packed(reader, rows - 1, words + 1);
    for (uint32_t i = 1; i < rows; i++) words[i] += words[i - 1];
}

static void decode_dict(struct reader *reader, uint32_t rows, uint64_t *words) {
    uint64_t values[DISTINCT_MAX + BITS_SLACK];
    uint16_t distinct;
    uint8_t width;
    take(reader, &distinct, 2);
    if (distinct == 0 || distinct > DISTINCT_MAX) reader->bad = true;
    if (reader->bad) return;
    take_packed(reader, distinct, values);
    take(reader, &width, 1);
    take_bits(reader, rows, width, 0, words);
    if (reader->bad) return;
    uint64_t highest = 0;
    for (uint32_t i = 0; i < rows; i++) {
        highest = words[i] > highest ? words[i] : highest;
        words[i] = values[words[i] < distinct ? words[i] : 0];
    }
    reader->bad = highest >= distinct;
}

static void decode_runs(struct reader *reader, uint32_t rows, uint64_t *words) {
    uint64_t values[WORDS], lengths[WORDS];
    uint16_t runs;
    take(reader, &runs, 2);
    if (runs == 0 || runs > rows) reader->bad = true;
    if (reader->bad) return;
    take_packed(reader, runs, values);
    take_packed(reader, runs, lengths);
    if (reader->bad) return;
    uint64_t total = 0, longest = 0;
    for (uint32_t run = 0; run < runs; run++) {
        total += lengths[run];
        longest = lengths[run] > longest ? lengths[run] : longest;
    }
    reader->bad = longest > rows || total != rows;
    if (!reader->bad) bits_repeat(values, lengths, runs, words);
}

static void decode_sparse(struct reader *reader, uint32_t rows, uint64_t absent, uint64_t *words) {
    uint64_t kept[WORDS];
    uint8_t bitmap[CODEC_ROWS_MAX / 8];
    uint16_t present;
    take(reader, &present, 2);
    take(reader, bitmap, ((size_t)rows + 7) / 8);
    if (present == 0 || present > rows) reader->bad = true;
    if (reader->bad || bits_count(bitmap, rows) != present) {
        reader->bad = true;
        return;
    }
    if (rows % 8 != 0) bitmap[rows / 8] &= (uint8_t)((1u << (rows % 8)) - 1);
    decode_words(reader, present, absent, kept);
    if (!reader->bad) bits_expand(bitmap, rows, kept, absent, words);
}

static void decode_decimal(struct reader *reader, uint32_t rows, uint64_t *words) {
    static const double scales[] = {1, 10, 100, 1000, 10000};
    uint8_t exponent;
    take(reader, &exponent, 1);
    if (exponent > DECIMAL_EXPONENT_MAX) reader->bad = true;
    if (reader->bad) return;
    decode_words(reader, rows, 0, words);
    if (reader->bad) return;
    for (uint32_t i = 0; i < rows; i++) {
        const double number = (double)(int64_t)words[i] / scales[exponent];
        memcpy(&words[i], &number, 8);
    }
}

static void decode_planes(struct reader *reader, uint32_t count, uint64_t *words) {
    uint8_t planes[CODEC_ROWS_MAX * 8];
    uint8_t bytes;
    uint64_t base;
    take(reader, &bytes, 1);
    take(reader, &base, 8);
    if (bytes == 0 || bytes > 8) reader->bad = true;
    if (reader->bad) return;
    if (!compression_unzstd(reader->at, (size_t)(reader->end - reader->at), planes,
                            (size_t)bytes * count)) {
        reader->bad = true;
        return;
    }
    reader->at = reader->end;
    for (uint32_t i = 0; i < count; i++) words[i] = planes[i];
    for (unsigned plane = 1; plane < bytes; plane++) {
        for (uint32_t i = 0; i < count; i++)
            words[i] |= (uint64_t)planes[plane * count + i] << (8 * plane);
    }
    for (uint32_t i = 0; i < count; i++) words[i] += base;
}

static void decode_plane_deltas(struct reader *reader, uint32_t rows, uint64_t *words) {
    take(reader, &words[0], 8);
    if (reader->bad || rows < 2) {
        reader->bad = true;
        return;
    }
    decode_planes(reader, rows - 1, words + 1);
    if (reader->bad) return;
    for (uint32_t i = 1; i < rows; i++)
        words[i] = words[i - 1] + ((words[i] >> 1) ^ (0 - (words[i] & 1)));
}

static void decode_words(struct reader *reader, uint32_t rows, uint64_t absent, uint64_t *words) {
    uint8_t scheme;
    take(reader, &scheme, 1);
    if (reader->bad) return;
    switch ((enum scheme)scheme) {
        case SCHEME_CONST:
            take(reader, &words[0], 8);
            for (uint32_t i = 1; i < rows; i++) words[i] = words[0];
            return;
        case SCHEME_PACKED: take_packed(reader, rows, words); return;
        case SCHEME_DELTA: decode_delta(reader, rows, words); return;
        case SCHEME_DICT: decode_dict(reader, rows, words); return;
        case SCHEME_RUNS: decode_runs(reader, rows, words); return;
        case SCHEME_SPARSE: /* a bitmap inside a bitmap is never written */
            reader->depth++;
            if (reader->depth > DEPTH_MAX) break;
            decode_sparse(reader, rows, absent, words);
            return;
        case SCHEME_DECIMAL:
            reader->depth++;
            if (reader->depth > DEPTH_MAX) break;
            decode_decimal(reader, rows, words);
            return;
        case SCHEME_ZSTD: decode_planes(reader, rows, words); return;
        case SCHEME_ZSTD_DELTA: decode_plane_deltas(reader, rows, words); return;
    }
    reader->bad = true;
}

bool codec_decode(enum column_kind kind, const uint8_t *bytes, size_t size, uint32_t rows,
                  void *values) {
    CHECK(rows >= 1 && rows <= CODEC_ROWS_MAX);
    uint64_t words[WORDS];
    struct reader reader = {.at = bytes, .end = bytes + size};
    decode_words(&reader, rows, absent_value(kind), words);
    if (reader.bad || reader.at != reader.end) return false;
    return narrow(kind, words, rows, values);
}
