/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

static bool continues(uint8_t byte) {
    return (byte & 0xC0) == 0x80;
}

/* Bytes of the sequence at `at`, of which `left` are there; 0 when it is none. The second byte's
 * range is what excludes longer forms than needed, surrogates and numbers above U+10FFFF. */
static size_t sequence_bytes(const uint8_t *at, size_t left) {
    if (at[0] < 0x80) return 1;
    if (at[0] < 0xC2 || at[0] > 0xF4) return 0;
    if (at[0] < 0xE0) return left >= 2 && continues(at[1]) ? 2 : 0;
    uint8_t low = 0x80, high = 0xBF;
    if (at[0] == 0xE0) low = 0xA0;
    if (at[0] == 0xED) high = 0x9F;
    if (at[0] == 0xF0) low = 0x90;
    if (at[0] == 0xF4) high = 0x8F;
    size_t need = at[0] < 0xF0 ? 3 : 4;
    if (left < need || at[1] < low || at[1] > high || !continues(at[2])) return 0;
    return need == 3 || continues(at[3]) ? need : 0;
}

size_t utf8_valid_bytes(const char *text, size_t size) {
    const uint8_t *bytes = (const uint8_t *)text;
    size_t at = 0;
    while (at < size) {
        uint64_t word;
        if (size - at >= sizeof word) {
            memcpy(&word, bytes + at, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof word;
                continue;
            }
        }
        size_t step = sequence_bytes(bytes + at, size - at);
        if (step == 0) return at;
        at += step;
    }
    return at;
}
