/* SPDX-License-Identifier: EUPL-1.2 */
#include "codec/codec.h"

#include <math.h>
#include <string.h>

#include "codec/codec_scheme.h"

uint64_t codec_absent(enum column_kind kind) {
    if (kind == KIND_TIME) return (uint64_t)TIME_ABSENT;
    if (kind != KIND_NUMBER) return 0;
    const double none = NAN;
    uint64_t word;
    memcpy(&word, &none, sizeof word);
    return word;
}

double codec_decimal_scale(unsigned exponent) {
    static const double scales[] = {1, 10, 100, 1000, 10000};
    CHECK(exponent <= CODEC_DECIMAL_EXPONENT_MAX);
    return scales[exponent];
}

void codec_fill_absent(enum column_kind kind, uint32_t rows, void *values) {
    if (kind != KIND_TIME && kind != KIND_NUMBER) {
        memset(values, 0, rows * column_kind_bytes(kind));
        return;
    }
    const uint64_t word = codec_absent(kind);
    for (uint32_t i = 0; i < rows; i++) memcpy((uint8_t *)values + (size_t)i * 8, &word, 8);
}
