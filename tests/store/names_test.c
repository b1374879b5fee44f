/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: names come back from their bytes as they were, also in pieces, and bytes that do not fit
 * are refused. Method: names and steps at random, written from any point on. */
#include "store/names.h"
#include "base/text.h"
#include "tests/test.h"

enum { NAMES = 500, STEPS = 60, BYTES_MAX = 1 << 20 };

static struct names *make_names(uint64_t *state) {
    struct names *names = names_create();
    for (int i = 1; i < NAMES; i++) {
        char text[DICTIONARY_TEXT_BYTES_MAX];
        const int size =
            snprintf(text, sizeof text, "%d-%.*s", i, (int)(test_random(state) % 60),
                     "and some letters more, now many of them, now only a few or none");
        EXPECT_EQ(dictionary_code(names_dictionary(names), text, (size_t)size), i);
    }
    for (int i = 0; i < STEPS; i++)
        EXPECT(names_add_step(names, 1 + (uint32_t)(test_random(state) % 3), 4,
                              1 + (uint32_t)(test_random(state) % (NAMES - 1))) >= 0);
    return names;
}

static void expect_same(const struct names *one, const struct names *other) {
    EXPECT_EQ(names_code_count(one), names_code_count(other));
    EXPECT_EQ(names_total_steps(one), names_total_steps(other));
    for (uint32_t code = 0; code < names_code_count(one); code++)
        EXPECT(strcmp(dictionary_text(names_dictionary(one), code, NULL),
                      dictionary_text(names_dictionary(other), code, NULL)) == 0);
    for (uint32_t tenant = 1; tenant <= 3; tenant++) {
        EXPECT_EQ(names_step_count(one, tenant, 4), names_step_count(other, tenant, 4));
        for (uint32_t i = 0; i < names_step_count(one, tenant, 4); i++)
            EXPECT_EQ(names_step(one, tenant, 4, i), names_step(other, tenant, 4, i));
    }
}

TEST(names_come_back_piece_by_piece) {
    uint64_t state = 31;
    for (size_t bytes_max = 1; bytes_max < 40000; bytes_max = bytes_max * 3 + 1) {
        struct names *names = make_names(&state), *copy = names_create();
        struct text text;
        size_t used, pieces = 0;
        text_init(&text, BYTES_MAX);
        for (uint32_t code = 1; code < NAMES; pieces++) {
            text_clear(&text);
            code = names_write(names, code, 0, bytes_max, &text);
            EXPECT(bytes_max < 256 || text.size <= bytes_max + STEPS * 12 + 16);
            EXPECT_OK(names_read(copy, (const uint8_t *)text.bytes, text.size, &used, NULL));
            EXPECT_EQ(used, text.size);
        }
        EXPECT(bytes_max > 20000 ? pieces == 1 : pieces > 1);
        expect_same(names, copy);
        EXPECT_OK(
            names_read(copy, (const uint8_t *)text.bytes, text.size, &used, NULL)); /* again */
        expect_same(names, copy);
        text_free(&text);
        names_free(names);
        names_free(copy);
    }
}

TEST(a_step_without_its_name_is_damage) {
    struct names *names = names_create();
    const uint32_t words[] = {1, 0, 0, 1, 0, 0, 1}; /* no strings; one step, its name has code 1 */
    size_t used;
    EXPECT_EQ(names_read(names, (const uint8_t *)words, sizeof words, &used, NULL), STATUS_CORRUPT);
    EXPECT_EQ(dictionary_code(names_dictionary(names), "page", 4), 1);
    EXPECT_OK(names_read(names, (const uint8_t *)words, sizeof words, &used, NULL));
    names_free(names);
}
