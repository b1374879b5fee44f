/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/batch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"

/* A text of up to 32 bytes that a valid event had in a field: a cache, by what is in the text, of
 * what judging it and looking it up has answered. */
struct text_key {
    uint64_t first, last, second, second_last; /* words of the text, overlapping when it is short */
    uint64_t tag; /* what it is (an enum field or beyond), size, round << 16; 0: free */
};
struct known_text {
    struct text_key key;
    struct batch_text text;
};
enum { KNOWN_SLOTS = 1024, KNOWN_BYTES_MAX = 32 };

/* The memory behind a batch. Rows that no event has written hold the kind's absent value, so
 * appending writes only what an event gives; clearing puts the absent values back. */
struct batch_store {
    struct batch batch; /* first member: the batch is the store */
    void *memory[COLUMN_COUNT];
    uint64_t round; /* of filling, from 1: entries of the rounds before are no more */
    struct known_text known[KNOWN_SLOTS];
};

enum { BATCH_ROWS_MIN = 256 };

static struct batch_store *store_of(struct batch *batch) {
    return (struct batch_store *)batch;
}

struct batch *batch_create(void) {
    struct batch_store *store = memory_new(1, sizeof *store);
    if (store == NULL) return NULL;
    store->round = 1;
    store->batch.strings = dictionary_create();
    if (store->batch.strings == NULL) {
        memory_free(store);
        return NULL;
    }
    return &store->batch;
}

void batch_free(struct batch *batch) {
    if (batch == NULL) return;
    for (int column = 0; column < COLUMN_COUNT; column++)
        memory_free(store_of(batch)->memory[column]);
    memory_free(batch->id);
    memory_free(batch->content);
    memory_free(batch->position);
    memory_free(batch->outcome);
    memory_free(batch->refusal);
    dictionary_free(batch->strings);
    memory_free(batch);
}

static void fill_absent(void *memory, enum column_kind kind, uint32_t begin, uint32_t end) {
    if (kind == KIND_TIME) {
        int64_t *rows = memory;
        for (uint32_t row = begin; row < end; row++) rows[row] = TIME_ABSENT;
    } else if (kind == KIND_NUMBER) {
        double *rows = memory;
        for (uint32_t row = begin; row < end; row++) rows[row] = NAN;
    } else {
        size_t bytes = column_kind_bytes(kind);
        memset((uint8_t *)memory + begin * bytes, 0, (end - begin) * bytes);
    }
}

void batch_clear(struct batch *batch) {
    struct batch_store *store = store_of(batch);
    for (int column = 0; column < COLUMN_COUNT; column++) {
        if (batch->column[column] != NULL)
            fill_absent(batch->column[column], column_kind((enum column)column), 0,
                        batch->row_count);
        batch->column[column] = NULL;
    }
    batch->row_count = 0;
    store->round++;
    dictionary_clear(batch->strings);
}

static bool resize(void *array, uint32_t rows, size_t element_bytes) {
    void *block;
    memcpy(&block, array, sizeof block);
    block = memory_resize(block, rows * element_bytes);
    if (block == NULL) return false;
    memcpy(array, &block, sizeof block);
    return true;
}

static bool grow(struct batch *batch) {
    struct batch_store *store = store_of(batch);
    uint32_t rows = batch->row_capacity == 0 ? BATCH_ROWS_MIN : batch->row_capacity * 4;
    if (rows > BATCH_ROWS_MAX) rows = BATCH_ROWS_MAX;
    if (!resize(&batch->id, rows, sizeof *batch->id) ||
        !resize(&batch->content, rows, sizeof *batch->content) ||
        !resize(&batch->position, rows, sizeof *batch->position) ||
        !resize(&batch->outcome, rows, sizeof *batch->outcome) ||
        !resize(&batch->refusal, rows, sizeof *batch->refusal))
        return false;
    for (int column = 0; column < COLUMN_COUNT; column++) {
        if (store->memory[column] == NULL) continue;
        enum column_kind kind = column_kind((enum column)column);
        if (!resize(&store->memory[column], rows, column_kind_bytes(kind))) return false;
        fill_absent(store->memory[column], kind, batch->row_capacity, rows);
        if (batch->column[column] != NULL) batch->column[column] = store->memory[column];
    }
    batch->row_capacity = rows;
    return true;
}

static bool open_column(struct batch *batch, enum column column) {
    struct batch_store *store = store_of(batch);
    if (store->memory[column] == NULL) {
        enum column_kind kind = column_kind(column);
        store->memory[column] = memory_get(batch->row_capacity * column_kind_bytes(kind));
        if (store->memory[column] == NULL) return false;
        fill_absent(store->memory[column], kind, 0, batch->row_capacity);
    }
    batch->column[column] = store->memory[column];
    return true;
}

static bool refuse(struct reject *reject, enum reject_code code, const char *detail) {
    reject->code = code;
    (void)snprintf(reject->detail, sizeof reject->detail, "%s", detail);
    return false;
}

static bool is_leika_key(struct slice text) {
    for (uint32_t i = 0; i < text.size; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9') return false;
    }
    return text.size == 14;
}

/* What a new string of a dimension must not be. Keys with a form of their own (checked by
 * event_validate) may look like a number with a leading zero. */
static bool text_is_allowed(enum column column, struct slice text, struct reject *reject) {
    if (!utf8_is_valid(text.bytes, text.size))
        return refuse(reject, REJECT_INVALID_UTF8, column_text(column));
    for (uint32_t i = 0; i < text.size; i++) {
        if ((uint8_t)text.bytes[i] < 0x20 || text.bytes[i] == 0x7F)
            return refuse(reject, REJECT_INVALID_FIELD, column_text(column));
    }
    if (column == COLUMN_TENANT || column == COLUMN_SOURCE) return true;
    if (column == COLUMN_SERVICE && is_leika_key(text)) return true;
    if (event_text_is_personal(text.bytes, text.size, true))
        return refuse(reject, REJECT_PERSONAL_DATA, column_text(column));
    return true;
}

static inline uint64_t load64(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline uint64_t load32(const char *at) {
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* size: 1..KNOWN_BYTES_MAX. Equal keys are equal texts. */
static inline struct text_key key_of(const struct batch_store *store, unsigned what,
                                     struct slice text) {
    const char *end = text.bytes + text.size;
    struct text_key key = {.tag = store->round << 16 | (uint64_t)text.size << 8 | what};
    if (text.size >= 8) {
        key.first = load64(text.bytes);
        key.last = load64(end - 8);
        if (text.size > 16) {
            key.second = load64(text.bytes + 8);
            key.second_last = load64(end - 16);
        }
    } else if (text.size >= 4) {
        key.first = load32(text.bytes) | load32(end - 4) << 32;
    } else {
        key.first = (uint64_t)(uint8_t)text.bytes[0] << 16 |
                    (uint64_t)(uint8_t)text.bytes[text.size / 2] << 8 | (uint8_t)end[-1];
    }
    return key;
}

static inline uint32_t slot_of(const struct text_key *key) {
    const uint64_t turned = key->last << 23 | key->last >> 41;
    return (uint32_t)(((key->first ^ turned ^ key->tag << 48) * UINT64_C(0x9E3779B97F4A7C15)) >>
                      54); /* ten bits: KNOWN_SLOTS */
}
_Static_assert(KNOWN_SLOTS == 1 << 10, "as many slots as slot_of has bits");

static inline bool same_key(const struct text_key *a, const struct text_key *b) {
    return ((a->first ^ b->first) | (a->last ^ b->last) | (a->second ^ b->second) |
            (a->second_last ^ b->second_last) | (a->tag ^ b->tag)) == 0;
}

/* Fields whose texts are remembered: those of few values. */
#define FIELD_BIT(field) (1u << FIELD_##field)
#define CODE_FIELDS                                                                \
    (FIELD_BIT(SERVICE) | FIELD_BIT(OFFICE) | FIELD_BIT(STEP) | FIELD_BIT(FIELD) | \
     FIELD_BIT(CODE) | FIELD_BIT(COUNTRY) | FIELD_BIT(LANG))
#define CHOICE_FIELDS (FIELD_BIT(CHANNEL) | FIELD_BIT(DEVICE))
#define KNOWN_FIELDS  (CODE_FIELDS | CHOICE_FIELDS | FIELD_BIT(TYPE) | FIELD_BIT(TENANT))

static const uint8_t field_columns[FIELD_COUNT] = {
    [FIELD_TYPE] = COLUMN_TYPE,       [FIELD_TENANT] = COLUMN_TENANT,
    [FIELD_SERVICE] = COLUMN_SERVICE, [FIELD_OFFICE] = COLUMN_OFFICE,
    [FIELD_STEP] = COLUMN_STEP,       [FIELD_FIELD] = COLUMN_FIELD,
    [FIELD_CODE] = COLUMN_CODE,       [FIELD_COUNTRY] = COLUMN_COUNTRY,
    [FIELD_LANG] = COLUMN_LANG,       [FIELD_CHANNEL] = COLUMN_CHANNEL,
    [FIELD_DEVICE] = COLUMN_DEVICE,
};

/* What else is remembered besides the texts of fields: see text_key.tag. */
enum { WHAT_TENANT_OF_ORIGIN = FIELD_COUNT, WHAT_SOURCE };

static inline bool recall(const struct batch_store *store, unsigned what, struct slice text,
                          struct batch_text *found) {
    if (text.size - 1 >= KNOWN_BYTES_MAX) return false;
    const struct text_key key = key_of(store, what, text);
    const struct known_text *known = &store->known[slot_of(&key)];
    if (!same_key(&known->key, &key)) return false;
    *found = known->text;
    return true;
}

static void remember(struct batch_store *store, unsigned what, struct slice text,
                     struct batch_text found) {
    if (text.size - 1 >= KNOWN_BYTES_MAX) return;
    const struct text_key key = key_of(store, what, text);
    store->known[slot_of(&key)] = (struct known_text){.key = key, .text = found};
}

void batch_find_texts(const struct batch *batch, const struct event *event,
                      struct batch_texts *texts) {
    const struct batch_store *store = (const struct batch_store *)(const void *)batch;
    texts->known = 0;
    for (uint32_t left = event->given & KNOWN_FIELDS; left != 0; left &= left - 1) {
        const enum field field = (enum field)__builtin_ctz(left);
        if (recall(store, field, *event_text(event, field), &texts->text[field]))
            texts->known |= 1u << field;
    }
}

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
    x = (x ^ (x >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
    return x ^ (x >> 32);
}

/* What a cell adds to the content of its row: a sum, so that the order of fields does not matter,
 * of hashes that are the same in every batch. */
static inline uint64_t share(enum column column, uint64_t value) {
    return mix(value + (uint64_t)(column + 1) * UINT64_C(0x9E3779B97F4A7C15));
}

static bool look_up(struct batch *batch, enum column column, struct slice text,
                    struct batch_text *found, struct reject *reject) {
    uint32_t code = dictionary_find(batch->strings, text.bytes, text.size);
    if (code == 0) {
        if (!text_is_allowed(column, text, reject)) return false;
        code = dictionary_code(batch->strings, text.bytes, text.size);
        if (code == UINT32_MAX) return refuse(reject, REJECT_TOO_MANY_VALUES, "memory");
    }
    *found = (struct batch_text){.code = code,
                                 .hash = share(column, dictionary_hash(batch->strings, code))};
    return true;
}

static bool given(const struct event *event, enum field field) {
    return (event->given >> field & 1) != 0;
}

/* Codes of the texts that are not known yet; code 0: an empty one. */
static bool look_up_rest(struct batch *batch, const struct event *event, struct batch_texts *texts,
                         struct reject *reject) {
    for (uint32_t left = event->given & CODE_FIELDS & ~texts->known; left != 0; left &= left - 1) {
        const enum field field = (enum field)__builtin_ctz(left);
        const struct slice text = *event_text(event, field);
        struct slice kept = field == FIELD_LANG ? event_lang_primary(text) : text;
        struct batch_text *found = &texts->text[field];
        *found = (struct batch_text){0};
        if (kept.size == 0) continue;
        if (!look_up(batch, (enum column)field_columns[field], kept, found, reject)) return false;
        remember(store_of(batch), field, text, *found);
    }
    for (uint32_t left = event->given & CHOICE_FIELDS & ~texts->known; left != 0;
         left &= left - 1) {
        const enum field field = (enum field)__builtin_ctz(left);
        const struct slice text = *event_text(event, field);
        const uint32_t choice = field == FIELD_CHANNEL
                                    ? (uint32_t)channel_from_text(text.bytes, text.size)
                                    : (uint32_t)device_from_text(text.bytes, text.size);
        texts->text[field] =
            (struct batch_text){choice, share((enum column)field_columns[field], choice)};
        if (choice != 0) remember(store_of(batch), field, text, texts->text[field]);
    }
    return true;
}

/* As look_up, for what is the same in most rows. */
static bool look_up_again(struct batch *batch, unsigned what, enum column column, struct slice text,
                          struct batch_text *found, struct reject *reject) {
    *found = (struct batch_text){0};
    if (text.size == 0 || recall(store_of(batch), what, text, found)) return true;
    if (!look_up(batch, column, text, found, reject)) return false;
    remember(store_of(batch), what, text, *found);
    return true;
}

/* Type and tenant: the origin says what became of them. */
static bool look_up_origin(struct batch *batch, const struct event *event,
                           const struct event_origin *origin, struct batch_texts *texts,
                           struct reject *reject) {
    struct batch_store *store = store_of(batch);
    if ((texts->known & FIELD_BIT(TYPE)) == 0) {
        texts->text[FIELD_TYPE] =
            (struct batch_text){origin->type, origin->type ? share(COLUMN_TYPE, origin->type) : 0};
        if (given(event, FIELD_TYPE))
            remember(store, FIELD_TYPE, event->type, texts->text[FIELD_TYPE]);
    }
    if ((texts->known & FIELD_BIT(TENANT)) != 0) return true;
    if (!look_up_again(batch, WHAT_TENANT_OF_ORIGIN, COLUMN_TENANT, origin->tenant,
                       &texts->text[FIELD_TENANT], reject))
        return false;
    if (given(event, FIELD_TENANT))
        remember(store, FIELD_TENANT, event->tenant, texts->text[FIELD_TENANT]);
    return true;
}

/* The row being written: behind the last one, so that it counts only when it is whole. */
struct row {
    struct batch *batch;
    uint32_t at;
    bool failed; /* memory was refused */
};

/* Where the cell of a column is; NULL when memory is refused. */
static inline void *cell(struct row *row, enum column column, size_t bytes) {
    struct batch *batch = row->batch;
    if (batch->column[column] == NULL && !open_column(batch, column)) {
        row->failed = true;
        return NULL;
    }
    return (char *)batch->column[column] + row->at * bytes;
}

static inline void put_word(struct row *row, enum column column, uint64_t bits) {
    void *place = cell(row, column, sizeof bits);
    if (place != NULL) memcpy(place, &bits, sizeof bits);
}

static inline void put_code(struct row *row, enum column column, uint32_t code) {
    uint32_t *place = cell(row, column, sizeof code);
    if (place != NULL) *place = code;
}

static inline void put_choice(struct row *row, enum column column, unsigned choice) {
    uint8_t *place = cell(row, column, sizeof *place);
    if (place != NULL) *place = (uint8_t)choice;
}

static inline uint64_t put_time(struct row *row, enum column column, int64_t time_ms) {
    put_word(row, column, (uint64_t)time_ms);
    return share(column, (uint64_t)time_ms);
}

static uint64_t put_number(struct row *row, enum column column, double number) {
    uint64_t bits;
    number += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &number, sizeof bits);
    put_word(row, column, bits);
    return share(column, bits);
}

static uint64_t put_texts(struct row *row, const struct event *event,
                          const struct batch_texts *texts) {
    uint64_t content = texts->text[FIELD_TENANT].hash + texts->text[FIELD_TYPE].hash;
    if (texts->text[FIELD_TENANT].code != 0)
        put_code(row, COLUMN_TENANT, texts->text[FIELD_TENANT].code);
    if (texts->text[FIELD_TYPE].code != 0)
        put_choice(row, COLUMN_TYPE, texts->text[FIELD_TYPE].code);
    for (uint32_t left = event->given & CODE_FIELDS; left != 0; left &= left - 1) {
        const enum field field = (enum field)__builtin_ctz(left);
        if (texts->text[field].code == 0) continue;
        put_code(row, (enum column)field_columns[field], texts->text[field].code);
        content += texts->text[field].hash;
    }
    for (uint32_t left = event->given & CHOICE_FIELDS; left != 0; left &= left - 1) {
        const enum field field = (enum field)__builtin_ctz(left);
        if (texts->text[field].code == 0) continue;
        put_choice(row, (enum column)field_columns[field], texts->text[field].code);
        content += texts->text[field].hash;
    }
    return content;
}

/* Pseudonyms made with a key that expires (links, visits) would make a repeat look like a conflict
 * once their key is gone, so they stay out of the content. */
static inline uint64_t subject_share(unsigned type, uint64_t subject) {
    bool counts = subject != 0 && type_purpose((enum event_type)type) != PURPOSE_VISIT;
    return counts ? share(COLUMN_SUBJECT, subject) : 0;
}

static uint64_t put_others(struct row *row, const struct event *event,
                           const struct event_origin *origin) {
    uint64_t content = put_time(row, COLUMN_TIME, event->time_ms);
    if (origin->subject != 0) put_word(row, COLUMN_SUBJECT, origin->subject);
    if (origin->link != 0) put_word(row, COLUMN_LINK, origin->link);
    if (given(event, FIELD_START)) content += put_time(row, COLUMN_START, event->start_ms);
    if (given(event, FIELD_RECORDED)) content += put_time(row, COLUMN_RECORDED, event->recorded_ms);
    if (given(event, FIELD_VALUE)) content += put_number(row, COLUMN_VALUE, event->value);
    if (given(event, FIELD_MINUTES)) content += put_number(row, COLUMN_MINUTES, event->minutes);
    return content;
}

static uint64_t put_extras(struct row *row, const struct event *event,
                           const struct batch_text dimensions[EXTRA_DIMENSIONS_MAX]) {
    uint64_t content = 0;
    for (uint32_t left = event->given_extras; left != 0; left &= left - 1) {
        const int slot = __builtin_ctz(left);
        const enum column column = (enum column)(COLUMN_DIMENSION_0 + slot);
        if (slot >= EXTRA_DIMENSIONS_MAX) {
            content += put_number(row, column, event->measure[slot - EXTRA_DIMENSIONS_MAX]);
        } else if (event->dimension[slot].size > 0) {
            put_code(row, column, dimensions[slot].code);
            content += dimensions[slot].hash;
        }
    }
    return content;
}

/* An import's arrival says nothing about when the source knew of the event. */
static unsigned flags_of(const struct event *event, const struct event_origin *origin) {
    unsigned flags = origin->flags;
    bool recorded = given(event, FIELD_RECORDED);
    int64_t told_ms = recorded ? event->recorded_ms : origin->arrival_ms;
    int64_t known_ms = event_known_ms(
        flags, event->time_ms, recorded ? event->recorded_ms : TIME_ABSENT, origin->arrival_ms);
    bool imported = (flags & EVENT_IMPORTED) != 0;
    if ((recorded || !imported) && told_ms - event->time_ms > EVENT_LATE_MS) flags |= EVENT_LATE;
    if (known_ms - event->time_ms > EVENT_LATE_MS) flags |= EVENT_BEHIND;
    return flags;
}

static void clear_row(struct batch *batch, uint32_t at) {
    for (int column = 0; column < COLUMN_COUNT; column++) {
        if (batch->column[column] != NULL)
            fill_absent(batch->column[column], column_kind((enum column)column), at, at + 1);
    }
}

static bool write_row(struct batch *batch, const struct event *event,
                      const struct event_origin *origin, const struct batch_texts *texts,
                      uint32_t source, const struct batch_text dimensions[EXTRA_DIMENSIONS_MAX]) {
    struct row row = {.batch = batch, .at = batch->row_count};
    uint64_t content = put_texts(&row, event, texts) + put_others(&row, event, origin);
    if (event->given_extras != 0) content += put_extras(&row, event, dimensions);
    if (source != 0) put_code(&row, COLUMN_SOURCE, source);
    put_word(&row, COLUMN_ARRIVAL, (uint64_t)origin->arrival_ms);
    const unsigned flags = flags_of(event, origin);
    if (flags != 0) put_choice(&row, COLUMN_FLAGS, flags);
    if (row.failed) {
        clear_row(batch, row.at);
        return false;
    }
    batch->id[row.at] = (struct event_id){.high = content}; /* until the row is complete */
    batch->position[row.at] = origin->position;
    batch->outcome[row.at] = OUTCOME_PENDING;
    batch->refusal[row.at] = REJECT_NONE;
    batch->row_count++;
    return true;
}

bool batch_append_open(struct batch *batch, const struct event *event,
                       const struct event_origin *origin, struct batch_texts *texts,
                       struct reject *reject) {
    CHECK(batch->row_count < BATCH_ROWS_MAX);
    if (batch->row_count == batch->row_capacity && !grow(batch))
        return refuse(reject, REJECT_TOO_MANY_VALUES, "memory");
    struct batch_text source, dimensions[EXTRA_DIMENSIONS_MAX];
    if (!look_up_origin(batch, event, origin, texts, reject) ||
        !look_up_again(batch, WHAT_SOURCE, COLUMN_SOURCE, origin->source, &source, reject) ||
        !look_up_rest(batch, event, texts, reject))
        return false;
    for (uint32_t left = event->given_extras & 0xFFFF; left != 0; left &= left - 1) {
        const int slot = __builtin_ctz(left);
        if (event->dimension[slot].size > 0 &&
            !look_up(batch, (enum column)(COLUMN_DIMENSION_0 + slot), event->dimension[slot],
                     &dimensions[slot], reject))
            return false;
    }
    return write_row(batch, event, origin, texts, source.code, dimensions) ||
           refuse(reject, REJECT_TOO_MANY_VALUES, "memory");
}

void batch_complete(struct batch *batch, uint32_t row, struct event_id id, uint64_t subject) {
    const uint8_t *types = batch->column[COLUMN_TYPE];
    uint64_t content = batch->id[row].high;
    if (subject != 0) {
        ((uint64_t *)batch->column[COLUMN_SUBJECT])[row] = subject;
        content += subject_share(types != NULL ? types[row] : TYPE_UNKNOWN, subject);
    }
    batch->content[row] = (uint32_t)(mix(content) >> 32);
    batch->id[row] = id;
}

bool batch_append(struct batch *batch, const struct event *event, const struct event_origin *origin,
                  struct reject *reject) {
    struct batch_texts texts;
    batch_find_texts(batch, event, &texts);
    if (!batch_append_open(batch, event, origin, &texts, reject)) return false;
    batch_complete(batch, batch->row_count - 1, origin->id, origin->subject);
    return true;
}
