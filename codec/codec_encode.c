/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>
#include <string.h>

#include "base/compression.h"
#include "base/cpu.h"
#include "codec/ascent.h"
#include "codec/bits.h"
#include "codec/codec_scheme.h"
#include "codec/distinct.h"
#include "codec/magnitude.h"
#include "codec/shape.h"

/* One look at the values (shape.h) tells the size of every scheme but those that end in zstd, and a
 * sample tells that of MAGNITUDE. Only what can win by these sizes is written, and zstd last.
 *
 * Schemes are compared by price: their bytes, and a byte for every BYTE_WORTH_NS nanoseconds that
 * they take longer to decode than packed bits; the costs are those of benchmarks/codec_bench.c. */
enum {
    BYTE_WORTH_NS = 8,
    ZSTD_FRAME_PS = 1000000, /* a frame and its coder's table */
    ZSTD_BYTE_PS = 800,      /* a byte of bits through zstd */
    MAGNITUDE_ROW_PS = 1000,
    ASCENT_ROW_PS = 300,
    ZSTD_LEVEL = 1,          /* higher ones find matches that take more time than they save bytes */
    MAGNITUDE_ROWS_MIN = 96, /* below, no coder's table pays */
    RUN_ROWS_MIN = 3,        /* average length from which runs are tried */
    BYTE_WIDTH = 8,
    UNIT_MIN = 4,        /* values that are multiples of less are left as they are */
    FAST_WIDTH_MAX = 57, /* wider bits are slow to pack, and plain words nearly as small */
    SMALL_BYTES_MAX = CODEC_ROWS_MAX * 9 + CODEC_BITMAP_BYTES + 1024
};

/* What so many steps of a decoder cost, in bytes. */
static size_t price_of(size_t steps, size_t picoseconds) {
    return steps * picoseconds / (1000 * BYTE_WORTH_NS);
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t codec_bound(uint32_t rows) {
    /* the largest is PACKED at 64 bits inside SPARSE; steps of all may write eight bytes too many
     */
    return (size_t)rows * 9 + rows / 8 + 512;
}

/* What is encoded: `rows` words that will be `word` bytes each. */
struct input {
    const uint64_t *words;
    uint32_t rows;
    unsigned word;
    bool sign; /* two's complement */
    enum codec_effort effort;
};

static size_t encode(const struct input *in, unsigned limit, uint8_t *out);

static uint8_t *put(uint8_t *out, uint64_t number, size_t size) {
    memcpy(out, &number, size);
    return out + size;
}

/* ---- schemes that hold no others; each writes all of it and answers its size ---- */

static size_t packed_bytes(const struct input *in, uint64_t range) {
    return 2 + in->word + bits_bytes(in->rows, bits_width(range));
}

static size_t put_const(const struct input *in, uint8_t *out) {
    return (size_t)(put(put(out, SCHEME_CONST, 1), in->words[0], in->word) - out);
}

static size_t put_packed(const struct input *in, const struct shape *shape, uint8_t *out) {
    unsigned width = bits_width(shape->high - shape->low);
    if (in->effort == CODEC_FAST && width > FAST_WIDTH_MAX) width = 64;
    uint8_t *at = put(put(out, SCHEME_PACKED, 1), width, 1);
    at = put(at, shape->low, in->word);
    bits_pack(in->words, in->rows, width, shape->low, at);
    return (size_t)(at - out) + bits_bytes(in->rows, width);
}

/* size[2] and zstd of the bytes; NULL when that is more than `most`. */
static uint8_t *put_zstd_of(uint8_t *out, const uint8_t *bytes, size_t size, size_t most) {
    uint8_t stored[CODEC_ROWS_MAX + 512];
    CHECK(compression_zstd_bound(size) <= sizeof stored);
    const size_t stored_bytes = compression_zstd(bytes, size, ZSTD_LEVEL, stored, sizeof stored);
    if (stored_bytes == 0 || stored_bytes > most) return NULL;
    memcpy(put(out, stored_bytes, 2), stored, stored_bytes);
    return out + 2 + stored_bytes;
}

/* Bits through zstd, at a width that divides a byte: so that equal neighbours are equal bytes, and
 * several small values are one symbol. 0: not worth it. */
static size_t put_zstd(const struct input *in, const struct shape *shape, size_t packed,
                       uint8_t *out) {
    uint8_t bits[CODEC_ROWS_MAX + 8];
    unsigned width = bits_width(shape->high - shape->low);
    width = width == 3 ? 4 : width > 4 ? BYTE_WIDTH : width;
    const size_t size = bits_bytes(in->rows, width),
                 price = price_of(1, ZSTD_FRAME_PS) + price_of(size, ZSTD_BYTE_PS);
    if (packed < price) return 0;
    bits_pack(in->words, in->rows, width, shape->low, bits);
    uint8_t *at = put(put(out, SCHEME_ZSTD, 1), width, 1);
    at = put_zstd_of(put(at, shape->low, in->word), bits, size, packed - price);
    return at == NULL ? 0 : (size_t)(at - out);
}

static size_t ascent_price(const struct input *in, const struct shape *shape) {
    const uint64_t range = shape->high - shape->low;
    const unsigned width = ascent_low_width(in->rows, range);
    if (!shape->ascending) return SIZE_MAX;
    return 4 + in->word + bits_bytes(in->rows, width) + ascent_steps_bytes(in->rows, width, range) +
           price_of(in->rows, ASCENT_ROW_PS);
}

static size_t put_ascent(const struct input *in, const struct shape *shape, uint8_t *out) {
    uint64_t lows[CODEC_ROWS_MAX];
    const uint64_t range = shape->high - shape->low;
    const unsigned width = ascent_low_width(in->rows, range);
    const size_t steps = ascent_steps_bytes(in->rows, width, range);
    uint8_t *at = put(put(out, SCHEME_ASCENT, 1), width, 1);
    at = put(at, shape->low, in->word);
    for (uint32_t i = 0; i < in->rows; i++)
        lows[i] = (in->words[i] - shape->low) & ((UINT64_C(1) << width) - 1);
    bits_pack(lows, in->rows, width, 0, at);
    at = put(at + bits_bytes(in->rows, width), steps, 2);
    ascent_put_steps(in->words, in->rows, shape->low, width, at, steps);
    return (size_t)(at - out) + steps;
}

static bool both_signs(const struct input *in, const struct shape *shape) {
    return in->sign && (int64_t)shape->low < 0 && (int64_t)shape->high > 0;
}

static uint64_t zigzag_of(uint64_t word) {
    return (word << 1) ^ (uint64_t)((int64_t)word >> 63);
}

/* 0: not worth it, or numbers too large for it. */
static size_t put_magnitude(const struct input *in, const struct shape *shape, size_t packed,
                            uint8_t *out) {
    uint64_t numbers[CODEC_ROWS_MAX];
    uint8_t symbols[CODEC_ROWS_MAX], bits[CODEC_ROWS_MAX * 7 + 8];
    const bool zigzag = both_signs(in, shape);
    const uint64_t base = zigzag ? 0 : shape->low;
    uint64_t all = 0;
    for (uint32_t i = 0; i < in->rows; i++) {
        numbers[i] = zigzag ? zigzag_of(in->words[i]) : in->words[i] - base;
        all |= numbers[i];
    }
    if (all > MAGNITUDE_NUMBER_MAX) return 0;
    const size_t bits_size = magnitude_split(numbers, in->rows, symbols, bits);
    if (bits_size >= packed) return 0;
    uint8_t *at = put(put(out, SCHEME_MAGNITUDE, 1), zigzag, 1);
    at = put_zstd_of(put(at, base, in->word), symbols, in->rows, packed - bits_size);
    if (at == NULL) return 0;
    memcpy(at, bits, bits_size);
    const size_t size = (size_t)(at - out) + bits_size;
    return size + price_of(in->rows, MAGNITUDE_ROW_PS) < packed ? size : 0;
}

/* Adds what reading numbers by magnitude costs; `size` may be SIZE_MAX. */
static size_t magnitude_price(size_t size, uint32_t rows) {
    return size == SIZE_MAX ? size : size + price_of(rows, MAGNITUDE_ROW_PS);
}

static size_t numbers_price(const struct input *in, const struct shape *shape) {
    if (bits_width(shape->high - shape->low) <= BYTE_WIDTH || in->rows < MAGNITUDE_ROWS_MIN)
        return SIZE_MAX;
    const size_t size = both_signs(in, shape)
                            ? shape_zigzag_bytes(in->words, in->rows)
                            : shape_magnitude_bytes(in->words, in->rows, shape->low);
    return magnitude_price(size, in->rows);
}

/* What encode_leaf will come to, but for zstd of small values. */
struct leaf_prices {
    size_t packed, ascent, magnitude;
};

static struct leaf_prices leaf_prices_of(const struct input *in, const struct shape *shape) {
    return (struct leaf_prices){packed_bytes(in, shape->high - shape->low), ascent_price(in, shape),
                                numbers_price(in, shape)};
}

static size_t leaf_price(const struct leaf_prices *prices) {
    return least(prices->packed, least(prices->ascent, prices->magnitude));
}

static size_t encode_leaf(const struct input *in, const struct shape *shape,
                          const struct leaf_prices *prices, uint8_t *out) {
    size_t size = 0;
    if (prices->ascent == leaf_price(prices)) return put_ascent(in, shape, out);
    if (bits_width(shape->high - shape->low) <= BYTE_WIDTH)
        size = put_zstd(in, shape, prices->packed, out);
    else if (prices->magnitude < prices->packed)
        size = put_magnitude(in, shape, prices->packed, out);
    return size > 0 ? size : put_packed(in, shape, out);
}

/* ---- schemes that hold others ---- */

static size_t put_runs(const struct input *in, uint32_t runs, uint8_t *out) {
    uint64_t starts[CODEC_ROWS_MAX / RUN_ROWS_MIN], lengths[CODEC_ROWS_MAX / RUN_ROWS_MIN];
    uint32_t run = 0;
    for (uint32_t start = 0; start < in->rows; run++) {
        uint32_t end = start + 1;
        while (end < in->rows && in->words[end] == in->words[start]) end++;
        starts[run] = in->words[start];
        lengths[run] = end - start;
        start = end;
    }
    CHECK(run == runs);
    uint8_t *at = put(put(out, SCHEME_RUNS, 1), runs, 2);
    struct input part = *in;
    part.rows = runs;
    part.words = starts;
    at += encode(&part, SCHEME_RUNS, at);
    part = (struct input){lengths, runs, 4, false, in->effort};
    at += encode(&part, SCHEME_RUNS, at);
    return (size_t)(at - out);
}

static size_t put_delta(const struct input *in, uint8_t *out) {
    uint64_t deltas[CODEC_ROWS_MAX];
    for (uint32_t i = 1; i < in->rows; i++) deltas[i - 1] = in->words[i] - in->words[i - 1];
    uint8_t *at = put(put(out, SCHEME_DELTA, 1), in->words[0], in->word);
    const struct input part = {deltas, in->rows - 1, in->word, true, in->effort};
    return (size_t)(at - out) + encode(&part, SCHEME_DELTA, at);
}

/* What `put_delta` will come to, but for zstd. */
static size_t delta_price(const struct input *in, const struct shape *shape) {
    const uint64_t range = shape->delta_high - shape->delta_low;
    const size_t packed = packed_bytes(in, range);
    size_t numbers = SIZE_MAX;
    if (bits_width(range) > BYTE_WIDTH && in->rows >= MAGNITUDE_ROWS_MIN)
        numbers =
            shape_delta_bytes(in->words, in->rows, shape->delta_low,
                              (int64_t)shape->delta_low < 0 && (int64_t)shape->delta_high > 0);
    return 1 + in->word + least(packed, magnitude_price(numbers, in->rows));
}

static size_t put_dict(const struct input *in, const struct distinct *distinct, uint8_t *out) {
    uint8_t *at = put(put(out, SCHEME_DICT, 1), distinct->count, 2);
    struct input part = *in;
    part.words = distinct->values;
    part.rows = distinct->count;
    at += encode(&part, SCHEME_DICT, at);
    part = (struct input){distinct->indexes, in->rows, codec_index_bytes(distinct->count), false,
                          in->effort};
    at += encode(&part, SCHEME_DICT, at);
    return (size_t)(at - out);
}

/* Eighths of a bit that a row of such a width will take: zstd, which mostly follows, rounds small
 * widths up to a power of two, but then finds more to save. */
static uint32_t width_cost(unsigned width) {
    const unsigned rounded = width == 3 ? 4 : width > 4 ? BYTE_WIDTH : width;
    return width > BYTE_WIDTH ? width * 8 : (width + rounded) * 4;
}

/* True when a dictionary comes to less than `price`. */
static bool dict_wins(const struct input *in, const struct shape *shape, size_t price,
                      struct distinct *distinct) {
    const unsigned width = bits_width(shape->high - shape->low);
    if (width < 2 || !distinct_find(in->words, in->rows, shape->low, shape->high, distinct))
        return false;
    const uint32_t count = distinct->count;
    const unsigned step = bits_width((shape->high - shape->low) / count) + 2; /* as ASCENT */
    const size_t values = 32 + bits_bytes(count, step < width ? step : width);
    const size_t indexes = (size_t)in->rows * width_cost(bits_width(count - 1)) / 64;
    if (width <= BYTE_WIDTH) price = (size_t)in->rows * width_cost(width) / 64;
    return values + indexes < price;
}

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* What all differences to the least value are multiples of, and the quotients; 0 when that is not
 * worth a scheme. Times are often whole seconds, minutes or days, amounts whole units. */
static uint64_t common_unit(const struct input *in, const struct shape *shape,
                            uint64_t *quotients) {
    enum { PROBE_ROWS = 64, TRIES = 4 };
    uint64_t unit = 0;
    for (uint32_t i = 0; i < in->rows && i < PROBE_ROWS && unit != 1; i++)
        unit = common_divisor(in->words[i] - shape->low, unit);
    if (unit == 0)
        unit = common_divisor(shape->high - shape->low, 0); /* all probed are the least */
    for (int try = 0; try < TRIES && unit >= UNIT_MIN; try++) {
        if (words_divide_exactly(in->words, in->rows, shape->low, unit, quotients)) return unit;
        for (uint32_t i = 0; i < in->rows; i++)
            if (quotients[i] > UINT64_MAX / unit) {
                unit = common_divisor(in->words[i] - shape->low, unit);
                break;
            }
    }
    return 0;
}

/* 0: there is no unit. */
static size_t put_unit(const struct input *in, const struct shape *shape, uint8_t *out) {
    uint64_t quotients[CODEC_ROWS_MAX];
    const uint64_t unit = common_unit(in, shape, quotients);
    if (unit == 0) return 0;
    uint8_t *at = put(put(out, SCHEME_UNIT, 1), unit, in->word);
    at = put(at, shape->low, in->word);
    const struct input part = {quotients, in->rows, in->word, false, in->effort};
    return (size_t)(at - out) + encode(&part, SCHEME_UNIT, at);
}

static size_t encode(const struct input *in, unsigned limit, uint8_t *out) {
    struct shape shape;
    shape_of(in->words, in->rows, in->sign, &shape);
    if (shape.runs == 1) return put_const(in, out);
    if (in->effort == CODEC_FAST) return put_packed(in, &shape, out);
    if (limit > SCHEME_UNIT && bits_width(shape.high - shape.low) > BYTE_WIDTH) {
        const size_t size = put_unit(in, &shape, out);
        if (size > 0) return size;
    }
    const bool runs = limit > SCHEME_RUNS && (uint64_t)shape.runs * RUN_ROWS_MIN <= in->rows;
    const struct leaf_prices leaf = leaf_prices_of(in, &shape);
    const size_t plain = leaf_price(&leaf), delta = limit > SCHEME_DELTA && in->rows > 2 && !runs
                                                        ? delta_price(in, &shape)
                                                        : SIZE_MAX;
    if (limit > SCHEME_DICT) {
        struct distinct distinct;
        if (dict_wins(in, &shape, least(plain, delta), &distinct))
            return put_dict(in, &distinct, out);
    }
    const size_t best = delta < plain ? put_delta(in, out) : encode_leaf(in, &shape, &leaf, out);
    if (!runs) return best;
    uint8_t trial[SMALL_BYTES_MAX];
    const size_t size = put_runs(in, shape.runs, trial);
    if (size >= best) return best;
    memcpy(out, trial, size);
    return size;
}

/* ---- columns of a kind ---- */

/* Adding 1.5 * 2^52 rounds a double below 2^51 to a whole number and leaves that number in its low
 * bits (words.c takes the way back). */
#define ONES_DOUBLE   6755399441055744.0
#define ONES_BITS     UINT64_C(0x4338000000000000)
#define DECIMAL_LIMIT 2251799813685248.0

/* True when all words come back to the same bits. */
CPU_INLINE bool scale(const uint64_t *restrict words, uint32_t rows, double factor,
                      uint64_t *restrict integers) {
    uint64_t wrong = 0;
    for (uint32_t i = 0; i < rows; i++) {
        double number, scaled, back;
        uint64_t bits;
        memcpy(&number, &words[i], 8);
        scaled = number * factor;
        scaled = fabs(scaled) < DECIMAL_LIMIT ? scaled : 0.5;
        back = scaled + ONES_DOUBLE;
        memcpy(&bits, &back, 8);
        integers[i] = bits - ONES_BITS;
        back -= ONES_DOUBLE;
        back /= factor;
        memcpy(&bits, &back, 8);
        wrong |= bits ^ words[i];
    }
    return wrong == 0;
}

static bool scale_portable(const uint64_t *words, uint32_t rows, double factor,
                           uint64_t *integers) {
    return scale(words, rows, factor, integers);
}
#if CPU_X86
CPU_TARGET_AVX2 static bool scale_avx2(const uint64_t *words, uint32_t rows, double factor,
                                       uint64_t *integers) {
    return scale(words, rows, factor, integers);
}
CPU_TARGET_AVX512 static bool scale_avx512(const uint64_t *words, uint32_t rows, double factor,
                                           uint64_t *integers) {
    return scale(words, rows, factor, integers);
}
#endif

/* Prices, ratings and minutes are short decimals: as integers they pack well. */
static bool scale_to_integers(const uint64_t *words, uint32_t rows, double factor,
                              uint64_t *integers) {
#if CPU_X86
    if (cpu_level() == CPU_AVX512) return scale_avx512(words, rows, factor, integers);
    if (cpu_level() == CPU_AVX2) return scale_avx2(words, rows, factor, integers);
#endif
    return scale_portable(words, rows, factor, integers);
}

static size_t encode_number(const struct input *in, uint8_t *out) {
    enum { PROBE_ROWS = 32 };
    uint64_t integers[CODEC_ROWS_MAX];
    const uint32_t probe = in->rows < PROBE_ROWS ? in->rows : (uint32_t)PROBE_ROWS;
    for (unsigned exponent = 0; exponent <= CODEC_DECIMAL_EXPONENT_MAX; exponent++) {
        const double factor = codec_decimal_scale(exponent);
        if (!scale_to_integers(in->words, probe, factor, integers)) continue;
        if (!scale_to_integers(in->words, in->rows, factor, integers)) continue;
        uint8_t *at = put(put(out, SCHEME_DECIMAL, 1), exponent, 1);
        const struct input part = {integers, in->rows, in->word, true, in->effort};
        return (size_t)(at - out) + encode(&part, SCHEME_DECIMAL, at);
    }
    return encode(in, SCHEME_UNIT, out); /* multiplied doubles would not be numbers */
}

static size_t encode_dense(enum column_kind kind, const struct input *in, uint8_t *out) {
    return kind == KIND_NUMBER ? encode_number(in, out) : encode(in, SCHEME_DECIMAL, out);
}

/* Columns that are absent in many rows: a bitmap, and the rest as a column of its own. Kinds that
 * can be absent come here; those that are mostly there, or always, are written without. */
static size_t encode_sparse(enum column_kind kind, const struct input *in, uint8_t *out) {
    uint64_t dense[CODEC_ROWS_MAX + WORDS_SLACK], bitmap_words[CODEC_BITMAP_BYTES];
    uint8_t bitmap[CODEC_BITMAP_BYTES];
    const uint32_t present = words_compact(in->words, in->rows, codec_absent(kind), bitmap, dense);
    if (present == 0) return put_const(in, out);
    if (present == in->rows || (kind == KIND_TOKEN && present >= in->rows / 2))
        return encode_dense(kind, in, out);
    uint8_t *at = put(put(out, SCHEME_SPARSE, 1), present, 2);
    const uint32_t bitmap_bytes = (in->rows + 7) / 8;
    CHECK(bitmap_bytes >= 1);
    for (uint32_t i = 0; i < bitmap_bytes; i++) bitmap_words[i] = bitmap[i];
    const struct input bits = {bitmap_words, bitmap_bytes, 1, false, in->effort};
    at += encode(&bits, SCHEME_RUNS, at);
    struct input part = *in;
    part.words = dense;
    part.rows = present;
    return (size_t)(at - out) + encode_dense(kind, &part, at);
}

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
        words[i] = isnan(((const double *)values)[i]) ? codec_absent(kind) : words[i];
}

size_t codec_encode(enum column_kind kind, enum codec_effort effort, const void *values,
                    uint32_t rows, uint8_t *out) {
    CHECK(rows >= 1 && rows <= CODEC_ROWS_MAX);
    uint64_t words[CODEC_ROWS_MAX];
    widen(kind, values, rows, words);
    const struct input in = {words, rows, (unsigned)column_kind_bytes(kind),
                             kind == KIND_TIME || kind == KIND_AMOUNT, effort};
    return kind == KIND_TIME || kind == KIND_NUMBER || kind == KIND_TOKEN
               ? encode_sparse(kind, &in, out)
               : encode_dense(kind, &in, out);
}
