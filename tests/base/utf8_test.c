/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/utf8.h"

#include "tests/test.h"

/* Goal: exactly the sequences of RFC 3629 are UTF-8. Method: encode every number up to past the
 * end of Unicode in every length, and compare with the definition. */

static size_t encode(uint32_t code, size_t length, char *bytes) {
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    if (length == 1) {
        bytes[0] = (char)code;
        return 1;
    }
    for (size_t i = length - 1; i > 0; i--, code >>= 6) bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)(lead[length] | code);
    return length;
}

TEST(utf8_is_every_character_in_its_shortest_form_and_nothing_else) {
    static const uint32_t first[] = {0, 0, 0x80, 0x800, 0x10000},
                          end[] = {0, 0x80, 0x800, 0x10000, 0x200000};
    for (size_t length = 1; length <= 4; length++) {
        for (uint32_t code = 0; code < end[length]; code++) {
            char text[16] = "abc";
            size_t size = 3 + encode(code, length, text + 3);
            bool valid =
                code >= first[length] && code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
            if (utf8_is_valid(text, size) != valid || (!valid && utf8_valid_bytes(text, size) != 3))
                test_fail(__FILE__, __LINE__, "U+%X in %zu bytes", code, length);
            if (valid && utf8_valid_bytes(text, size - 1) != (length == 1 ? size - 1 : 3))
                test_fail(__FILE__, __LINE__, "U+%X cut short", code);
        }
    }
}

TEST(utf8_faults_are_found_behind_long_ascii) {
    char text[100];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'x', sizeof text);
        EXPECT(utf8_is_valid(text, sizeof text));
        text[at] = (char)0x80;
        EXPECT_EQ(utf8_valid_bytes(text, sizeof text), at);
    }
}
