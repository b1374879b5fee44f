/* SPDX-License-Identifier: EUPL-1.2 */
#include "event/batch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"

/* The memory behind a batch. Rows that no event has written hold the kind's absent value, so
 * appending writes only what an event gives; clearing puts the absent values back. */
struct batch_store {
    struct batch batch; /* first member: the batch is the store */
    void *memory[COLUMN_COUNT];
    struct last_text {
        const char *text; /* in the dictionary; NULL: none yet */
        uint32_t size, code;
        uint64_t hash;
    } last[COLUMN_COUNT]; /* what the column said last: many values repeat */
};

/* The kinds as sets of columns, for the loops over a row. */
#define IN_SET(kind, set)   ((uint64_t)(KIND_##kind == KIND_##set))
#define X(name, text, kind) | IN_SET(kind, CODE) << COLUMN_##name
#define DIMENSIONS_SET      (((UINT64_C(1) << EXTRA_DIMENSIONS_MAX) - 1) << COLUMN_DIMENSION_0)
static const uint64_t code_columns = DIMENSIONS_SET COLUMN_LIST(X);
#undef X
#define X(name, text, kind) | IN_SET(kind, CHOICE) << COLUMN_##name
static const uint64_t choice_columns = 0 COLUMN_LIST(X);
#undef X

enum { BATCH_ROWS_MIN = 256 };

static struct batch_store *store_of(struct batch *batch) {
    return (struct batch_store *)batch;
}

struct batch *batch_create(void) {
    struct batch_store *store = memory_new(1, sizeof *store);
    if (store == NULL) return NULL;
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
        store->last[column].text = NULL;
    }
    batch->row_count = 0;
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

/* One row before it is written: the given cells only. */
struct row {
    uint64_t given; /* set of columns */
    union cell {
        int64_t time;
        uint64_t token; /* the other members' bits too, when they are zero-extended */
        double number;
        uint32_t code;
        uint8_t choice;
    } cell[COLUMN_COUNT];
    uint64_t hash[COLUMN_COUNT]; /* of the texts */
};

static void put(struct row *row, enum column column, union cell cell) {
    row->given |= COLUMN_BIT(column);
    row->cell[column] = cell;
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

static bool same_bytes(const char *a, const char *b, size_t size) {
    uint64_t left, right;
    if (size < sizeof left) return memcmp(a, b, size) == 0;
    for (size_t at = 0; at + sizeof left < size; at += sizeof left) {
        memcpy(&left, a + at, sizeof left);
        memcpy(&right, b + at, sizeof right);
        if (left != right) return false;
    }
    memcpy(&left, a + size - sizeof left, sizeof left); /* the last eight, overlapping */
    memcpy(&right, b + size - sizeof right, sizeof right);
    return left == right;
}

static bool look_up(struct batch *batch, enum column column, struct slice text,
                    struct last_text *last, struct reject *reject) {
    uint32_t code = dictionary_find(batch->strings, text.bytes, text.size);
    if (code == 0) {
        if (!text_is_allowed(column, text, reject)) return false;
        code = dictionary_code(batch->strings, text.bytes, text.size);
        if (code == UINT32_MAX) return refuse(reject, REJECT_TOO_MANY_VALUES, "memory");
    }
    *last = (struct last_text){
        .text = dictionary_text(batch->strings, code, NULL),
        .size = text.size,
        .code = code,
        .hash = dictionary_hash(batch->strings, code),
    };
    return true;
}

static inline bool put_text(struct batch *batch, struct row *row, enum column column,
                            struct slice text, struct reject *reject) {
    if (text.size == 0) return true;
    struct last_text *last = &store_of(batch)->last[column];
    bool again = last->text != NULL && last->size == text.size &&
                 same_bytes(last->text, text.bytes, text.size);
    if (!again && !look_up(batch, column, text, last, reject)) return false;
    put(row, column, (union cell){.token = last->code});
    row->hash[column] = last->hash;
    return true;
}

static bool given(const struct event *event, enum field field) {
    return (event->given >> field & 1) != 0;
}

static bool put_texts(struct batch *batch, struct row *row, const struct event *event,
                      const struct event_origin *origin, struct reject *reject) {
    const struct {
        enum field field;
        enum column column;
        const struct slice *text;
    } texts[] = {
        {FIELD_SERVICE, COLUMN_SERVICE, &event->service},
        {FIELD_OFFICE, COLUMN_OFFICE, &event->office},
        {FIELD_STEP, COLUMN_STEP, &event->step},
        {FIELD_FIELD, COLUMN_FIELD, &event->field},
        {FIELD_CODE, COLUMN_CODE, &event->code},
        {FIELD_COUNTRY, COLUMN_COUNTRY, &event->country},
    };
    if (!put_text(batch, row, COLUMN_TENANT, origin->tenant, reject) ||
        !put_text(batch, row, COLUMN_SOURCE, origin->source, reject))
        return false;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (given(event, texts[i].field) &&
            !put_text(batch, row, texts[i].column, *texts[i].text, reject))
            return false;
    }
    if (given(event, FIELD_LANG) &&
        !put_text(batch, row, COLUMN_LANG, event_lang_primary(event->lang), reject))
        return false;
    for (uint32_t left = event->given_extras & 0xFFFF; left != 0; left &= left - 1) {
        int slot = __builtin_ctz(left);
        if (!put_text(batch, row, (enum column)(COLUMN_DIMENSION_0 + slot), event->dimension[slot],
                      reject))
            return false;
    }
    return true;
}

static void put_number(struct row *row, enum column column, double number) {
    put(row, column, (union cell){.number = number + 0.0}); /* -0 becomes 0 */
}

static void put_choice(struct row *row, enum column column, unsigned choice) {
    if (choice != 0) put(row, column, (union cell){.token = choice});
}

static void put_others(struct row *row, const struct event *event,
                       const struct event_origin *origin) {
    put(row, COLUMN_TIME, (union cell){.time = event->time_ms});
    put_choice(row, COLUMN_TYPE, origin->type);
    if (origin->subject != 0) put(row, COLUMN_SUBJECT, (union cell){.token = origin->subject});
    if (origin->link != 0) put(row, COLUMN_LINK, (union cell){.token = origin->link});
    if (given(event, FIELD_CHANNEL))
        put_choice(row, COLUMN_CHANNEL,
                   channel_from_text(event->channel.bytes, event->channel.size));
    if (given(event, FIELD_DEVICE))
        put_choice(row, COLUMN_DEVICE, device_from_text(event->device.bytes, event->device.size));
    if (given(event, FIELD_START)) put(row, COLUMN_START, (union cell){.time = event->start_ms});
    if (given(event, FIELD_RECORDED))
        put(row, COLUMN_RECORDED, (union cell){.time = event->recorded_ms});
    if (given(event, FIELD_VALUE)) put_number(row, COLUMN_VALUE, event->value);
    if (given(event, FIELD_MINUTES)) put_number(row, COLUMN_MINUTES, event->minutes);
    for (uint32_t left = event->given_extras >> EXTRA_DIMENSIONS_MAX; left != 0; left &= left - 1) {
        int slot = __builtin_ctz(left);
        put_number(row, (enum column)(COLUMN_MEASURE_0 + slot), event->measure[slot]);
    }
}

/* An import's arrival says nothing about when the source knew of the event. */
static unsigned flags_of(const struct event *event, const struct event_origin *origin) {
    unsigned flags = origin->flags;
    bool recorded = given(event, FIELD_RECORDED);
    int64_t known_ms = recorded ? event->recorded_ms : origin->arrival_ms;
    bool imported = (flags & EVENT_IMPORTED) != 0;
    if ((recorded || !imported) && known_ms - event->time_ms > EVENT_LATE_MS) flags |= EVENT_LATE;
    return flags;
}

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
    x = (x ^ (x >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
    return x ^ (x >> 32);
}

/* A sum over the fields, so their order does not matter, of hashes that are the same in every
 * batch. Pseudonyms made with a key that expires (links, visits) would make a repeat look like a
 * conflict once their key is gone, so they stay out. */
static uint32_t content_of(const struct row *row, const struct event_origin *origin) {
    uint64_t left = row->given & ~(COLUMN_BIT(COLUMN_LINK) | COLUMN_BIT(COLUMN_SOURCE));
    if (type_purpose(origin->type) == PURPOSE_VISIT) left &= ~COLUMN_BIT(COLUMN_SUBJECT);
    uint64_t sum = 0;
    for (; left != 0; left &= left - 1) {
        enum column column = (enum column)__builtin_ctzll(left);
        bool is_code = (code_columns >> column & 1) != 0;
        uint64_t value = is_code ? row->hash[column] : row->cell[column].token;
        sum += mix(value + (uint64_t)(column + 1) * UINT64_C(0x9E3779B97F4A7C15));
    }
    return (uint32_t)(mix(sum) >> 32);
}

static void write_cells(struct batch *batch, const struct row *row) {
    uint32_t at = batch->row_count;
    for (uint64_t left = row->given; left != 0; left &= left - 1) {
        enum column column = (enum column)__builtin_ctzll(left);
        uint64_t bits = row->cell[column].token;
        if ((choice_columns >> column & 1) != 0) {
            ((uint8_t *)batch->column[column])[at] = (uint8_t)bits;
        } else if ((code_columns >> column & 1) != 0) {
            ((uint32_t *)batch->column[column])[at] = (uint32_t)bits;
        } else {
            memcpy((uint64_t *)batch->column[column] + at, &bits, sizeof bits);
        }
    }
}

bool batch_append(struct batch *batch, const struct event *event, const struct event_origin *origin,
                  struct reject *reject) {
    CHECK(batch->row_count < BATCH_ROWS_MAX);
    if (batch->row_count == batch->row_capacity && !grow(batch))
        return refuse(reject, REJECT_TOO_MANY_VALUES, "memory");
    struct row row;
    row.given = 0;
    if (!put_texts(batch, &row, event, origin, reject)) return false;
    put_others(&row, event, origin);
    uint32_t content = content_of(&row, origin);
    put(&row, COLUMN_ARRIVAL, (union cell){.time = origin->arrival_ms});
    put_choice(&row, COLUMN_FLAGS, flags_of(event, origin));
    for (uint64_t left = row.given; left != 0; left &= left - 1) {
        enum column column = (enum column)__builtin_ctzll(left);
        if (batch->column[column] == NULL && !open_column(batch, column))
            return refuse(reject, REJECT_TOO_MANY_VALUES, "memory");
    }
    write_cells(batch, &row);
    uint32_t at = batch->row_count++;
    batch->id[at] = origin->id;
    batch->content[at] = content;
    batch->position[at] = origin->position;
    batch->outcome[at] = OUTCOME_PENDING;
    batch->refusal[at] = REJECT_NONE;
    return true;
}
