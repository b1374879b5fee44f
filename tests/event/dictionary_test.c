/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/dictionary.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "tests/test.h"

/* Goal: a code always means the string it was given for. Method: strings made from numbers, so that
 * the expected text of a code is known without a second dictionary. */

enum { STRINGS = 30000 };

static size_t string_of(uint32_t number, char *text) {
    int size = snprintf(text, 64, "string %u of the dictionary%s", number * 2654435761u,
                        number % 3 == 0 ? ", a longer one" : "");
    if (number % 7 == 0) size = snprintf(text, 64, "%x", number); /* short ones too */
    return (size_t)size;
}

static void add_all(struct dictionary *dictionary, uint32_t count) {
    for (uint32_t number = 1; number <= count; number++) {
        char text[64];
        size_t size = string_of(number, text);
        EXPECT_EQ(dictionary_find(dictionary, text, size), 0);
        EXPECT_EQ(dictionary_code(dictionary, text, size), number);
    }
}

static void expect_all(const struct dictionary *dictionary, uint32_t count) {
    EXPECT_EQ(dictionary_count(dictionary), count + 1);
    for (uint32_t number = 1; number <= count; number++) {
        char text[64];
        size_t size = string_of(number, text), found;
        EXPECT_EQ(dictionary_find(dictionary, text, size), number);
        EXPECT_TEXT(dictionary_text(dictionary, number, &found), text);
        EXPECT_EQ(found, size);
    }
}

TEST(dictionary_numbers_strings_in_order_and_finds_them) {
    struct dictionary *dictionary = dictionary_create();
    add_all(dictionary, STRINGS);
    expect_all(dictionary, STRINGS);
    EXPECT_EQ(dictionary_code(dictionary, "", 0), 0);
    EXPECT_TEXT(dictionary_text(dictionary, 0, NULL), "");
    EXPECT_EQ(dictionary_find(dictionary, "not there", 9), 0);
    dictionary_free(dictionary);
}

TEST(dictionary_starts_afresh_after_a_clear) {
    struct dictionary *dictionary = dictionary_create();
    for (uint32_t count = 1; count < STRINGS; count = count * 3 + 1) {
        add_all(dictionary, count);
        expect_all(dictionary, count);
        dictionary_clear(dictionary);
        EXPECT_EQ(dictionary_count(dictionary), 1);
        EXPECT_EQ(dictionary_find(dictionary, "7", 1), 0);
    }
    dictionary_free(dictionary);
}

TEST(dictionary_keeps_bytes_of_any_value_and_length) {
    struct dictionary *dictionary = dictionary_create();
    char text[DICTIONARY_TEXT_BYTES_MAX];
    memset(text, 0, sizeof text);
    for (uint32_t size = 1; size <= sizeof text; size++) {
        text[size - 1] = (char)(size % 5); /* NUL bytes too; each text is a prefix of the next */
        EXPECT_EQ(dictionary_code(dictionary, text, size), size);
    }
    for (uint32_t size = 1; size <= sizeof text; size++) {
        size_t found;
        const char *kept = dictionary_text(dictionary, size, &found);
        EXPECT_EQ(found, size);
        EXPECT(memcmp(kept, text, size) == 0 && kept[size] == '\0');
    }
    dictionary_free(dictionary);
}

/* The hash is stored, so it is part of the format. */
TEST(dictionary_hash_never_changes) {
    const struct {
        const char *text;
        uint64_t hash;
    } known[] = {{"a", UINT64_C(0x60BA872B05560DAB)},
                 {"case", UINT64_C(0x701C231E2ADB9B3C)},
                 {"99050012", UINT64_C(0xB6E159DE16CE1B9E)},
                 {"a text of more than sixteen bytes", UINT64_C(0xA705744A83BEAA82)}};
    struct dictionary *dictionary = dictionary_create();
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint32_t code = dictionary_code(dictionary, known[i].text, strlen(known[i].text));
        uint64_t hash = dictionary_hash(dictionary, code);
        if (hash != known[i].hash) test_fail(__FILE__, __LINE__, "%" PRIX64, hash);
    }
    dictionary_free(dictionary);
}

static int by_value(const void *a, const void *b) {
    uint32_t left, right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

/* Similar strings must not crowd into few hashes: of 30,000 random 32-bit values about 0.1 pairs
 * are equal. Both halves are used by themselves: one for the slot, one to compare. */
TEST(dictionary_hashes_spread) {
    static uint32_t halves[STRINGS];
    struct dictionary *dictionary = dictionary_create();
    add_all(dictionary, STRINGS);
    for (int half = 0; half < 2; half++) {
        for (uint32_t i = 0; i < STRINGS; i++)
            halves[i] = (uint32_t)(dictionary_hash(dictionary, i + 1) >> (32 * half));
        qsort(halves, STRINGS, sizeof halves[0], by_value);
        unsigned met = 0;
        for (uint32_t i = 1; i < STRINGS; i++) met += halves[i] == halves[i - 1];
        EXPECT_LE(met, 3);
    }
    dictionary_free(dictionary);
}

TEST(dictionary_survives_every_failed_allocation) {
    for (size_t after = 0; after < 40; after++) {
        memory_fail_after(after);
        struct dictionary *dictionary = dictionary_create();
        if (dictionary == NULL) continue;
        uint32_t added = 0;
        for (uint32_t number = 1; number <= STRINGS; number++) {
            char text[64];
            size_t size = string_of(number, text);
            uint32_t code = dictionary_code(dictionary, text, size);
            if (code == UINT32_MAX) code = dictionary_code(dictionary, text, size); /* once */
            EXPECT_EQ(code, number);
            added = number;
        }
        memory_fail_after(SIZE_MAX);
        expect_all(dictionary, added);
        dictionary_free(dictionary);
    }
    memory_fail_after(SIZE_MAX);
}

/* One thread adds, others read what has been published, and look for it. */
struct reading {
    const struct dictionary *dictionary;
    _Atomic uint32_t *published;
    unsigned wrong;
};

static void *read_published(void *context) {
    struct reading *reading = context;
    uint64_t seed = 7;
    for (uint32_t count = 0; count < STRINGS;) {
        count = atomic_load_explicit(reading->published, memory_order_acquire);
        if (count == 0) continue;
        uint32_t number = 1 + (uint32_t)(test_random(&seed) % count);
        char text[64];
        size_t size = string_of(number, text);
        reading->wrong += strcmp(dictionary_text(reading->dictionary, number, NULL), text) != 0;
        reading->wrong += dictionary_find(reading->dictionary, text, size) != number;
        reading->wrong += dictionary_count(reading->dictionary) <= number;
    }
    return NULL;
}

TEST(dictionary_readers_need_no_lock) {
    struct dictionary *dictionary = dictionary_create();
    _Atomic uint32_t published = 0;
    struct reading reading[2] = {{dictionary, &published, 0}, {dictionary, &published, 0}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        EXPECT_EQ(pthread_create(&threads[i], NULL, read_published, &reading[i]), 0);
    for (uint32_t number = 1; number <= STRINGS; number++) {
        char text[64];
        size_t size = string_of(number, text);
        EXPECT_EQ(dictionary_code(dictionary, text, size), number);
        atomic_store_explicit(&published, number, memory_order_release);
    }
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(pthread_join(threads[i], NULL), 0);
        EXPECT_EQ(reading[i].wrong, 0);
    }
    dictionary_free(dictionary);
}
