/* SPDX-License-Identifier: EUPL-1.2 */
#include "codec/shape.h"

#include <math.h>

#include "base/cpu.h"
#include "codec/magnitude.h"

/* ---- one pass ---- */

/* The order of signed words is that of unsigned ones with the highest bit flipped. */
#define SIGN_BIT (UINT64_C(1) << 63)

CPU_INLINE void look(const uint64_t *words, uint32_t rows, uint64_t flip, struct shape *shape) {
    uint64_t low = words[0] ^ flip, high = low;
    int64_t delta_low = INT64_MAX, delta_high = INT64_MIN;
    uint64_t changes = 0, descents = 0;
    for (uint32_t i = 1; i < rows; i++) {
        const uint64_t value = words[i] ^ flip, before = words[i - 1] ^ flip;
        const int64_t delta = (int64_t)(value - before);
        low = value < low ? value : low;
        high = value > high ? value : high;
        delta_low = delta < delta_low ? delta : delta_low;
        delta_high = delta > delta_high ? delta : delta_high;
        changes += delta != 0;
        descents += value < before;
    }
    shape->low = low ^ flip;
    shape->high = high ^ flip;
    shape->delta_low = rows > 1 ? (uint64_t)delta_low : 0;
    shape->delta_high = rows > 1 ? (uint64_t)delta_high : 0;
    shape->runs = (uint32_t)changes + 1;
    shape->ascending = descents == 0;
}

static void look_portable(const uint64_t *words, uint32_t rows, uint64_t flip,
                          struct shape *shape) {
    look(words, rows, flip, shape);
}
#if CPU_X86
CPU_TARGET_AVX2 static void look_avx2(const uint64_t *words, uint32_t rows, uint64_t flip,
                                      struct shape *shape) {
    look(words, rows, flip, shape);
}
CPU_TARGET_AVX512 static void look_avx512(const uint64_t *words, uint32_t rows, uint64_t flip,
                                          struct shape *shape) {
    look(words, rows, flip, shape);
}
#endif

void shape_of(const uint64_t *words, uint32_t rows, bool sign, struct shape *shape) {
    const uint64_t flip = sign ? SIGN_BIT : 0;
#if CPU_X86
    switch (cpu_level()) {
        case CPU_AVX512: look_avx512(words, rows, flip, shape); return;
        case CPU_AVX2: look_avx2(words, rows, flip, shape); return;
        default: break;
    }
#endif
    look_portable(words, rows, flip, shape);
}

/* ---- a sample ---- */

/* Stretches of neighbours, evenly over the block: 1,024 numbers tell the entropy of some 50 symbols
 * to a twentieth of a bit. */
enum {
    STRETCHES = 8,
    STRETCH_ROWS = 128,
    CODER_BYTES = 60 /* the coder's table and the frame around it, measured */
};

struct tally {
    uint32_t symbols[MAGNITUDE_SYMBOL_MAX + 1];
    uint32_t numbers;
    uint64_t bits; /* below the symbols */
    bool too_large;
};

static void tally_add(struct tally *tally, uint64_t number) {
    if (number > MAGNITUDE_NUMBER_MAX) {
        tally->too_large = true;
        return;
    }
    tally->symbols[magnitude_symbol(number)]++;
    tally->bits += magnitude_bits(number);
    tally->numbers++;
}

static size_t tally_bytes(const struct tally *tally, uint32_t rows) {
    if (tally->too_large || tally->numbers == 0) return SIZE_MAX;
    const double numbers = tally->numbers;
    double bits = (double)tally->bits;
    for (unsigned symbol = 0; symbol <= MAGNITUDE_SYMBOL_MAX; symbol++) {
        const double count = tally->symbols[symbol];
        if (count > 0) bits -= count * log2(count / numbers);
    }
    return CODER_BYTES + (size_t)(bits * rows / numbers / 8);
}

/* First row of a stretch of at most STRETCH_ROWS. */
static uint32_t stretch_start(uint32_t rows, uint32_t stretch) {
    return (uint32_t)((uint64_t)rows * stretch / STRETCHES);
}
static uint32_t stretch_end(uint32_t rows, uint32_t stretch) {
    const uint32_t start = stretch_start(rows, stretch), next = stretch_start(rows, stretch + 1);
    return next - start < STRETCH_ROWS ? next : start + STRETCH_ROWS;
}

static uint64_t zigzag_of(uint64_t word) {
    return (word << 1) ^ (uint64_t)((int64_t)word >> 63);
}

CPU_INLINE size_t sample(const uint64_t *words, uint32_t rows, bool delta, bool zigzag,
                         uint64_t base) {
    struct tally tally = {0};
    for (uint32_t stretch = 0; stretch < STRETCHES; stretch++) {
        const uint32_t start = stretch_start(rows, stretch), end = stretch_end(rows, stretch);
        for (uint32_t i = delta && start == 0 ? 1 : start; i < end; i++) {
            const uint64_t number = delta ? words[i] - words[i - 1] : words[i];
            tally_add(&tally, zigzag ? zigzag_of(number) : number - base);
        }
    }
    return tally_bytes(&tally, rows);
}

size_t shape_magnitude_bytes(const uint64_t *words, uint32_t rows, uint64_t base) {
    return sample(words, rows, false, false, base);
}

size_t shape_zigzag_bytes(const uint64_t *words, uint32_t rows) {
    return sample(words, rows, false, true, 0);
}

size_t shape_delta_bytes(const uint64_t *words, uint32_t rows, uint64_t base, bool zigzag) {
    return zigzag ? sample(words, rows, true, true, 0) : sample(words, rows, true, false, base);
}
