/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/names.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/file_io.h"

/* Steps live in a hash frame with two entries each: by (tenant, service, step) and by (tenant,
 * service, ordinal); a third kind counts a service's steps. Readers may look while the writer adds:
 * a slot's key is published after its value, and a grown frame replaces the old one, which is kept
 * until the end because a reader may still be in it (all old ones together are no larger than the
 * newest). */
struct step_slot {
    _Atomic uint64_t key_high; /* 0: free; else kind << 32 | tenant, never 0 because kind >= 1 */
    uint64_t key_low;          /* service << 32 | (step, ordinal or 0) */
    _Atomic uint32_t value;
};

enum step_kind { BY_STEP = 1, BY_ORDINAL = 2, STEP_COUNT = 3 };

struct step_index {
    struct step_index *older;
    uint32_t slot_count; /* a power of two */
    uint32_t used;
    struct step_slot slots[];
};

struct step_entry {
    uint32_t tenant, service, step;
};

/* A bit per code: the column has this value. */
enum { SEEN_CODES = 1 << 15, SEEN_CHUNKS = DICTIONARY_CODES_MAX / SEEN_CODES };
struct seen_chunk {
    _Atomic uint64_t bits[SEEN_CODES / 64];
};

struct names {
    struct dictionary *dictionary;
    _Atomic(struct step_index *) index;
    pthread_mutex_t adding;   /* guards steps against names_write on another thread */
    struct step_entry *steps; /* in the order of their adding */
    size_t step_count, step_capacity;
    _Atomic(struct seen_chunk *) seen[COLUMN_COUNT][SEEN_CHUNKS];
    uint32_t value_count[COLUMN_COUNT]; /* the writer's own */
};

static struct step_index *index_create(uint32_t slot_count) {
    struct step_index *index = memory_new(1, sizeof *index + slot_count * sizeof(struct step_slot));
    if (index != NULL) index->slot_count = slot_count;
    return index;
}

struct names *names_create(void) {
    struct names *names = memory_new(1, sizeof *names);
    if (names == NULL) return NULL;
    pthread_mutex_init(&names->adding, NULL);
    names->dictionary = dictionary_create();
    atomic_store(&names->index, index_create(256));
    if (names->dictionary == NULL || atomic_load(&names->index) == NULL) {
        names_free(names);
        return NULL;
    }
    return names;
}

void names_free(struct names *names) {
    if (names == NULL) return;
    struct step_index *index = atomic_load(&names->index);
    while (index != NULL) {
        struct step_index *older = index->older;
        memory_free(index);
        index = older;
    }
    for (int column = 0; column < COLUMN_COUNT; column++) {
        for (int chunk = 0; chunk < SEEN_CHUNKS; chunk++) memory_free(names->seen[column][chunk]);
    }
    pthread_mutex_destroy(&names->adding);
    dictionary_free(names->dictionary);
    memory_free(names->steps);
    memory_free(names);
}

struct dictionary *names_dictionary(const struct names *names) {
    return names->dictionary;
}

static uint32_t start_slot(const struct step_index *index, uint64_t high, uint64_t low) {
    uint64_t hash = (high ^ (low * UINT64_C(0x9E3779B97F4A7C15))) * UINT64_C(0xD6E8FEB86659FD93);
    return (uint32_t)(hash >> 32) & (index->slot_count - 1);
}

/* The slot of a key, or the free one where it belongs. */
static struct step_slot *slot_of(struct step_index *index, uint64_t high, uint64_t low) {
    for (uint32_t at = start_slot(index, high, low);; at = (at + 1) & (index->slot_count - 1)) {
        struct step_slot *slot = &index->slots[at];
        const uint64_t found = atomic_load_explicit(&slot->key_high, memory_order_acquire);
        if (found == 0 || (found == high && slot->key_low == low)) return slot;
    }
}

static uint64_t key_high(enum step_kind kind, uint32_t tenant) {
    return (uint64_t)kind << 32 | tenant;
}
static uint64_t key_low(uint32_t service, uint32_t last) {
    return (uint64_t)service << 32 | last;
}

/* Value of the key plus one; 0 when it is not there. */
static uint32_t look_up(const struct names *names, enum step_kind kind, uint32_t tenant,
                        uint32_t service, uint32_t last) {
    struct step_index *index = atomic_load_explicit(&names->index, memory_order_acquire);
    struct step_slot *slot = slot_of(index, key_high(kind, tenant), key_low(service, last));
    if (atomic_load_explicit(&slot->key_high, memory_order_acquire) == 0) return 0;
    return atomic_load_explicit(&slot->value, memory_order_acquire) + 1;
}

static void place(struct step_index *index, uint64_t high, uint64_t low, uint32_t value) {
    struct step_slot *slot = slot_of(index, high, low);
    atomic_store_explicit(&slot->value, value, memory_order_release);
    if (atomic_load_explicit(&slot->key_high, memory_order_relaxed) != 0) return;
    slot->key_low = low;
    index->used++;
    atomic_store_explicit(&slot->key_high, high, memory_order_release);
}

static bool grow_index(struct names *names) {
    struct step_index *old = atomic_load(&names->index);
    if ((old->used + 3) * 2 < old->slot_count) return true;
    struct step_index *index = index_create(old->slot_count * 2);
    if (index == NULL) return false;
    for (uint32_t i = 0; i < old->slot_count; i++) {
        const uint64_t high = atomic_load_explicit(&old->slots[i].key_high, memory_order_relaxed);
        if (high != 0) place(index, high, old->slots[i].key_low, atomic_load(&old->slots[i].value));
    }
    index->older = old;
    atomic_store_explicit(&names->index, index, memory_order_release);
    return true;
}

int names_step_ordinal(const struct names *names, uint32_t tenant, uint32_t service,
                       uint32_t step) {
    return (int)look_up(names, BY_STEP, tenant, service, step) - 1;
}

uint32_t names_step(const struct names *names, uint32_t tenant, uint32_t service,
                    uint32_t ordinal) {
    const uint32_t found = look_up(names, BY_ORDINAL, tenant, service, ordinal);
    return found == 0 ? 0 : found - 1;
}

uint32_t names_step_count(const struct names *names, uint32_t tenant, uint32_t service) {
    const uint32_t found = look_up(names, STEP_COUNT, tenant, service, 0);
    return found == 0 ? 0 : found - 1;
}

static bool append_step(struct names *names, struct step_entry entry) {
    pthread_mutex_lock(&names->adding);
    void *steps = names->steps;
    const bool room = memory_reserve(&steps, &names->step_capacity, names->step_count + 1,
                                     sizeof(struct step_entry), NAMES_STEPS_MAX);
    if (room) {
        names->steps = steps;
        names->steps[names->step_count++] = entry;
    }
    pthread_mutex_unlock(&names->adding);
    return room;
}

int names_add_step(struct names *names, uint32_t tenant, uint32_t service, uint32_t step) {
    const int known = names_step_ordinal(names, tenant, service, step);
    if (known >= 0) return known;
    const uint32_t ordinal = names_step_count(names, tenant, service);
    if (ordinal >= JOURNEY_STEPS_MAX || !grow_index(names)) return -1;
    if (!append_step(names, (struct step_entry){tenant, service, step})) return -1;
    struct step_index *index = atomic_load(&names->index);
    place(index, key_high(BY_STEP, tenant), key_low(service, step), ordinal);
    place(index, key_high(BY_ORDINAL, tenant), key_low(service, ordinal), step);
    place(index, key_high(STEP_COUNT, tenant), key_low(service, 0), ordinal + 1);
    return (int)ordinal;
}

static uint64_t seen_bit(uint32_t code) {
    return UINT64_C(1) << (code % 64);
}

bool names_has_value(const struct names *names, enum column column, uint32_t code) {
    struct seen_chunk *chunk =
        atomic_load_explicit(&names->seen[column][code / SEEN_CODES], memory_order_acquire);
    return chunk != NULL &&
           (atomic_load_explicit(&chunk->bits[code % SEEN_CODES / 64], memory_order_relaxed) &
            seen_bit(code)) != 0;
}

bool names_note_value(struct names *names, enum column column, uint32_t code) {
    if (names_has_value(names, column, code)) return true;
    if (names->value_count[column] >= NAMES_COLUMN_VALUES_MAX) return false;
    _Atomic(struct seen_chunk *) *place = &names->seen[column][code / SEEN_CODES];
    struct seen_chunk *chunk = atomic_load_explicit(place, memory_order_relaxed);
    if (chunk == NULL) {
        chunk = memory_new(1, sizeof *chunk);
        if (chunk == NULL) return false;
        atomic_store_explicit(place, chunk, memory_order_release);
    }
    names->value_count[column]++;
    (void)atomic_fetch_or_explicit(&chunk->bits[code % SEEN_CODES / 64], seen_bit(code),
                                   memory_order_relaxed);
    return true;
}

bool names_column_is_full(const struct names *names, uint32_t column) {
    return names->value_count[column] >= NAMES_COLUMN_VALUES_MAX;
}

uint32_t names_code_count(const struct names *names) {
    return dictionary_count(names->dictionary);
}

uint32_t names_total_steps(const struct names *names) {
    return (uint32_t)names->step_count;
}

/* Behind the codes from the first one on whose strings take so many bytes; at least one. */
static uint32_t codes_within(const struct names *names, uint32_t first, size_t bytes_max) {
    const uint32_t end = names_code_count(names);
    uint32_t code = first;
    for (size_t bytes = 0, size; code < end; code++) {
        (void)dictionary_text(names->dictionary, code, &size);
        bytes += size + 1;
        if (bytes > bytes_max && code > first) break;
    }
    return code;
}

/* first_code[4] count[4] {size[1] text}... first_step[4] count[4] {tenant[4] service[4] step[4]}...
 */
uint32_t names_write(struct names *names, uint32_t first_code, uint32_t first_step,
                     size_t bytes_max, struct text *out) {
    pthread_mutex_lock(&names->adding);
    const size_t step_count = names->step_count; /* first, so that all codes of them are there */
    pthread_mutex_unlock(&names->adding);
    const uint32_t end = names_code_count(names), next = codes_within(names, first_code, bytes_max);
    const uint32_t codes = next - first_code;
    text_add(out, &first_code, 4);
    text_add(out, &codes, 4);
    for (uint32_t code = first_code; code < next; code++) {
        size_t size;
        const char *string = dictionary_text(names->dictionary, code, &size);
        const uint8_t size_byte = (uint8_t)size;
        text_add(out, &size_byte, 1);
        text_add(out, string, size);
    }
    const uint32_t steps = next < end ? 0 : (uint32_t)step_count - first_step;
    text_add(out, &first_step, 4);
    text_add(out, &steps, 4);
    pthread_mutex_lock(&names->adding);
    if (steps > 0) text_add(out, names->steps + first_step, steps * sizeof *names->steps);
    pthread_mutex_unlock(&names->adding);
    return next;
}

struct cursor {
    const uint8_t *at;
    size_t left;
};

static bool take(struct cursor *cursor, void *into, size_t size) {
    if (cursor->left < size) return false;
    memcpy(into, cursor->at, size);
    cursor->at += size;
    cursor->left -= size;
    return true;
}

static bool read_strings(struct names *names, struct cursor *cursor) {
    uint32_t first, count;
    if (!take(cursor, &first, 4) || !take(cursor, &count, 4)) return false;
    if (first > names_code_count(names)) return false; /* a gap: something is missing */
    for (uint32_t code = first; code < first + count; code++) {
        uint8_t size;
        char string[DICTIONARY_TEXT_BYTES_MAX];
        if (!take(cursor, &size, 1) || !take(cursor, string, size)) return false;
        if (code > 0 && size == 0) return false;
        if (code > 0 && dictionary_code(names->dictionary, string, size) != code) return false;
    }
    return true;
}

static bool read_steps(struct names *names, struct cursor *cursor) {
    uint32_t first, count;
    if (!take(cursor, &first, 4) || !take(cursor, &count, 4)) return false;
    if (first > names->step_count) return false;
    for (uint32_t i = first; i < first + count; i++) {
        struct step_entry entry;
        if (!take(cursor, &entry, sizeof entry)) return false;
        const uint32_t codes = names_code_count(names);
        if (entry.tenant >= codes || entry.service >= codes || entry.step >= codes) return false;
        const bool known = i < names->step_count;
        if (known && memcmp(&names->steps[i], &entry, sizeof entry) != 0) return false;
        if (!known && names_add_step(names, entry.tenant, entry.service, entry.step) < 0)
            return false;
        if (names->step_count <= i) return false;
    }
    return true;
}

enum status names_read(struct names *names, const uint8_t *bytes, size_t size, size_t *size_read,
                       struct error *err) {
    struct cursor cursor = {bytes, size};
    if (!read_strings(names, &cursor) || !read_steps(names, &cursor))
        return error_set(err, STATUS_CORRUPT, "names: damaged or from another store");
    *size_read = size - cursor.left;
    return STATUS_OK;
}

/* A names file: what names_write wrote, then its checksum. */
enum status names_write_file(const struct text *written, struct file_io *io, const char *path,
                             struct error *err) {
    const uint32_t crc = crc32c(written->bytes, written->size);
    struct file *file;
    TRY(io->open(io, path, FILE_CREATE, &file, err));
    enum status status = io->append(file, written->bytes, written->size, err);
    if (status == STATUS_OK) status = io->append(file, &crc, sizeof crc, err);
    if (status == STATUS_OK) status = io->sync(file, err);
    io->close(file);
    return status;
}

enum status names_read_file(struct names *names, struct file_io *io, const char *path,
                            struct error *err) {
    struct file *file;
    const uint8_t *bytes;
    uint64_t size;
    size_t used = 0;
    uint32_t crc;
    enum status status = io->open(io, path, FILE_READ, &file, err);
    if (status == STATUS_NOT_FOUND) status = STATUS_CORRUPT; /* the manifest says it is there */
    if (status != STATUS_OK) return status;
    status = io->map(file, &bytes, &size, err);
    if (status == STATUS_OK && size < sizeof crc)
        status = error_set(err, STATUS_CORRUPT, "names: %s is cut off", path);
    if (status == STATUS_OK) {
        memcpy(&crc, bytes + size - sizeof crc, sizeof crc);
        if (crc != crc32c(bytes, size - sizeof crc))
            status = error_set(err, STATUS_CORRUPT, "names: %s is damaged", path);
    }
    if (status == STATUS_OK) status = names_read(names, bytes, size - sizeof crc, &used, err);
    if (status == STATUS_OK && used != size - sizeof crc)
        status = error_set(err, STATUS_CORRUPT, "names: %s is damaged", path);
    io->close(file);
    return status;
}
