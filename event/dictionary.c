/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/dictionary.h"

#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"

/* Entries lie in chunks that double in size and never move; texts lie in blocks that never move.
 * The index is an open-addressed table of (hash, code) pairs. When it fills up, a table of twice
 * the size takes its place; the old one stays until the dictionary is cleared or freed, because a
 * reader may still be probing it. All old tables together are smaller than the current one.
 *
 * Order of publication: text and entry are written first, then the slot of the index and the count
 * (release). Whoever sees a code (acquire) sees its text. */

struct entry {
    const char *text;
    uint64_t hash;
    uint32_t size;
};

enum {
    CHUNK_FIRST_LOG2 = 6, /* chunk k holds 2^(6+k) entries, so 19 chunks hold them all */
    CHUNK_COUNT = 19,
    BLOCK_BYTES_MIN = 4096,
    BLOCK_BYTES_MAX = 1 << 20,
    TABLE_SLOTS_MIN = 256
};
_Static_assert((((UINT64_C(1) << CHUNK_COUNT) - 1) << CHUNK_FIRST_LOG2) >= DICTIONARY_CODES_MAX,
               "the chunks hold every code");

struct block {
    struct block *next;
    size_t size_bytes;
    char bytes[];
};

struct table {
    struct table *older;
    uint32_t slot_count;      /* a power of two */
    _Atomic uint64_t slots[]; /* upper half of the hash << 32 | code; 0: free */
};

struct dictionary {
    struct entry *_Atomic chunks[CHUNK_COUNT];
    struct table *_Atomic table;
    _Atomic uint32_t count;
    struct block *first_block, *block; /* block: the one being filled */
    size_t block_used_bytes;
};

__extension__ typedef unsigned __int128 uint128;

static uint64_t fold(uint64_t a, uint64_t b) {
    uint128 product = (uint128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load64(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static uint32_t load32(const char *at) {
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Multiply-and-fold over 16 bytes at a time; short texts are read as two overlapping words. The
 * numbers are stored (content hashes of events), so this function never changes. */
static uint64_t hash_text(const char *text, size_t size) {
    const uint64_t k0 = UINT64_C(0xA0761D6478BD642F), k1 = UINT64_C(0xE7037ED1A0B428DB);
    uint64_t seed = k0 ^ size, a = 0, b = 0;
    size_t left = size;
    for (; left > 16; left -= 16, text += 16)
        seed = fold(load64(text) ^ k1, load64(text + 8) ^ seed);
    if (left >= 8) {
        a = load64(text);
        b = load64(text + left - 8);
    } else if (left >= 4) {
        a = load32(text);
        b = load32(text + left - 4);
    } else if (left > 0) {
        a = (uint64_t)(uint8_t)text[0] << 16 | (uint64_t)(uint8_t)text[left / 2] << 8 |
            (uint8_t)text[left - 1];
    }
    return fold(fold(a ^ k1, b ^ seed) ^ k0, k1 ^ size);
}

static struct entry *entry_at(const struct dictionary *dictionary, uint32_t code) {
    uint32_t n = code + (1u << CHUNK_FIRST_LOG2);
    uint32_t log2 = 31 - (uint32_t)__builtin_clz(n);
    struct entry *chunk =
        atomic_load_explicit(&dictionary->chunks[log2 - CHUNK_FIRST_LOG2], memory_order_acquire);
    return &chunk[n - (1u << log2)];
}

static struct table *table_new(uint32_t slot_count, struct table *older) {
    struct table *table = memory_new(1, sizeof *table + slot_count * sizeof table->slots[0]);
    if (table == NULL) return NULL;
    table->slot_count = slot_count;
    table->older = older;
    return table;
}

static void tables_free(struct table *table) {
    while (table != NULL) {
        struct table *older = table->older;
        memory_free(table);
        table = older;
    }
}

struct dictionary *dictionary_create(void) {
    struct dictionary *dictionary = memory_new(1, sizeof *dictionary);
    if (dictionary == NULL) return NULL;
    dictionary->chunks[0] = memory_new_array(struct entry, 1u << CHUNK_FIRST_LOG2);
    dictionary->table = table_new(TABLE_SLOTS_MIN, NULL);
    if (dictionary->chunks[0] == NULL || dictionary->table == NULL) {
        dictionary_free(dictionary);
        return NULL;
    }
    *entry_at(dictionary, 0) = (struct entry){.text = "", .hash = hash_text("", 0)};
    dictionary->count = 1;
    return dictionary;
}

void dictionary_free(struct dictionary *dictionary) {
    if (dictionary == NULL) return;
    for (uint32_t chunk = 0; chunk < CHUNK_COUNT; chunk++) memory_free(dictionary->chunks[chunk]);
    tables_free(dictionary->table);
    while (dictionary->first_block != NULL) {
        struct block *next = dictionary->first_block->next;
        memory_free(dictionary->first_block);
        dictionary->first_block = next;
    }
    memory_free(dictionary);
}

static uint64_t slot_of(uint64_t hash, uint32_t code) {
    return hash >> 32 << 32 | code;
}

/* Takes codes out in reverse order, so that every probe chain stays whole until the end: the cost
 * is that of what was put in, however large the table has grown. */
void dictionary_clear(struct dictionary *dictionary) {
    struct table *table = dictionary->table;
    tables_free(table->older);
    table->older = NULL;
    for (uint32_t code = dictionary->count - 1; code > 0; code--) {
        uint32_t slot = (uint32_t)entry_at(dictionary, code)->hash & (table->slot_count - 1);
        while ((uint32_t)atomic_load_explicit(&table->slots[slot], memory_order_relaxed) != code)
            slot = (slot + 1) & (table->slot_count - 1);
        atomic_store_explicit(&table->slots[slot], 0, memory_order_relaxed);
    }
    dictionary->count = 1;
    dictionary->block = dictionary->first_block;
    dictionary->block_used_bytes = 0;
}

static uint32_t find(const struct dictionary *dictionary, uint64_t hash, const char *text,
                     size_t size) {
    const struct table *table = atomic_load_explicit(&dictionary->table, memory_order_acquire);
    uint32_t slot = (uint32_t)hash & (table->slot_count - 1);
    for (;; slot = (slot + 1) & (table->slot_count - 1)) {
        uint64_t found = atomic_load_explicit(&table->slots[slot], memory_order_acquire);
        if (found == 0) return 0;
        if (found >> 32 != hash >> 32) continue;
        const struct entry *entry = entry_at(dictionary, (uint32_t)found);
        if (entry->size == size && memcmp(entry->text, text, size) == 0) return (uint32_t)found;
    }
}

uint32_t dictionary_find(const struct dictionary *dictionary, const char *text, size_t size) {
    if (size == 0 || size > DICTIONARY_TEXT_BYTES_MAX) return 0;
    return find(dictionary, hash_text(text, size), text, size);
}

static void table_put(struct table *table, uint64_t hash, uint32_t code) {
    uint32_t slot = (uint32_t)hash & (table->slot_count - 1);
    while (atomic_load_explicit(&table->slots[slot], memory_order_relaxed) != 0)
        slot = (slot + 1) & (table->slot_count - 1);
    atomic_store_explicit(&table->slots[slot], slot_of(hash, code), memory_order_release);
}

/* Makes room for one more code in the index, at most half full. */
static bool reserve_slot(struct dictionary *dictionary) {
    struct table *table = dictionary->table;
    uint32_t count = dictionary->count;
    if (count < table->slot_count / 2) return true;
    struct table *grown = table_new(table->slot_count * 2, table);
    if (grown == NULL) return false;
    for (uint32_t code = 1; code < count; code++)
        table_put(grown, entry_at(dictionary, code)->hash, code);
    atomic_store_explicit(&dictionary->table, grown, memory_order_release);
    return true;
}

static bool reserve_entry(struct dictionary *dictionary, uint32_t code) {
    uint32_t log2 = 31 - (uint32_t)__builtin_clz(code + (1u << CHUNK_FIRST_LOG2));
    uint32_t chunk = log2 - CHUNK_FIRST_LOG2;
    if (dictionary->chunks[chunk] != NULL) return true;
    struct entry *entries = memory_new_array(struct entry, (size_t)1 << log2);
    if (entries == NULL) return false;
    atomic_store_explicit(&dictionary->chunks[chunk], entries, memory_order_release);
    return true;
}

/* Room for `bytes` in the text blocks; blocks of an earlier use (before a clear) come first. */
static char *reserve_text(struct dictionary *dictionary, size_t bytes) {
    struct block *block = dictionary->block;
    if (block != NULL && block->size_bytes - dictionary->block_used_bytes >= bytes)
        return block->bytes + dictionary->block_used_bytes;
    struct block *next = block != NULL ? block->next : NULL;
    if (next == NULL) {
        size_t size = block == NULL ? BLOCK_BYTES_MIN : block->size_bytes * 2;
        if (size > BLOCK_BYTES_MAX) size = BLOCK_BYTES_MAX;
        next = memory_get(sizeof *next + size);
        if (next == NULL) return NULL;
        *next = (struct block){.size_bytes = size};
        if (block != NULL) {
            block->next = next;
        } else {
            dictionary->first_block = next;
        }
    }
    dictionary->block = next;
    dictionary->block_used_bytes = 0;
    return next->bytes;
}

uint32_t dictionary_code(struct dictionary *dictionary, const char *text, size_t size) {
    CHECK(size <= DICTIONARY_TEXT_BYTES_MAX);
    if (size == 0) return 0;
    uint64_t hash = hash_text(text, size);
    uint32_t code = find(dictionary, hash, text, size);
    if (code != 0) return code;

    code = dictionary->count;
    if (code >= DICTIONARY_CODES_MAX) return UINT32_MAX;
    if (!reserve_slot(dictionary) || !reserve_entry(dictionary, code)) return UINT32_MAX;
    char *copy = reserve_text(dictionary, size + 1);
    if (copy == NULL) return UINT32_MAX;
    memcpy(copy, text, size);
    copy[size] = '\0';
    dictionary->block_used_bytes += size + 1;
    *entry_at(dictionary, code) =
        (struct entry){.text = copy, .hash = hash, .size = (uint32_t)size};
    table_put(dictionary->table, hash, code);
    atomic_store_explicit(&dictionary->count, code + 1, memory_order_release);
    return code;
}

const char *dictionary_text(const struct dictionary *dictionary, uint32_t code, size_t *size) {
    CHECK(code < dictionary_count(dictionary));
    const struct entry *entry = entry_at(dictionary, code);
    if (size != NULL) *size = entry->size;
    return entry->text;
}

uint64_t dictionary_hash(const struct dictionary *dictionary, uint32_t code) {
    CHECK(code < dictionary_count(dictionary));
    return entry_at(dictionary, code)->hash;
}

uint32_t dictionary_count(const struct dictionary *dictionary) {
    return atomic_load_explicit(&dictionary->count, memory_order_acquire);
}
