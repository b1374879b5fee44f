/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/frame.h"

#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "codec/codec.h"
#include "event/day_count.h"

static const enum purpose purposes[FRAME_COUNT] = {PURPOSE_NONE, PURPOSE_ATTEMPT, PURPOSE_CASE,
                                                   PURPOSE_APPOINTMENT};

uint32_t frame_column_count(enum frame_id id) {
    if (id == FRAME_EVENT) return COLUMN_COUNT;
    return id == FRAME_DAY ? (uint32_t)DAY_COUNT_COLUMNS : journey_column_count(purposes[id]);
}

const uint8_t *frame_column_kinds(enum frame_id id) {
#define X(name, text, kind) KIND_##kind,
    static const uint8_t attempt[] = {JOURNEY_COMMON_LIST(X) JOURNEY_ATTEMPT_LIST(X)};
    static const uint8_t case_[] = {JOURNEY_COMMON_LIST(X) JOURNEY_CASE_LIST(X)};
    static const uint8_t appointment[] = {JOURNEY_COMMON_LIST(X) JOURNEY_APPOINTMENT_LIST(X)};
    static const uint8_t day[] = {DAY_COUNT_LIST(X)};
#undef X
    static const uint8_t *const kinds[FRAME_COUNT] = {column_kinds, attempt, case_, appointment,
                                                      day};
    return kinds[id];
}

const char *frame_text(enum frame_id id) {
    if (id == FRAME_EVENT) return "event";
    return id == FRAME_DAY ? "day" : purpose_text(purposes[id]);
}

enum frame_id frame_of_purpose(enum purpose purpose) {
    for (int id = FRAME_ATTEMPT; id <= FRAME_APPOINTMENT; id++) {
        if (purposes[id] == purpose) return (enum frame_id)id;
    }
    return FRAME_EVENT;
}

static _Alignas(64) uint64_t absent_zero[CODEC_ROWS_MAX];
static _Alignas(64) uint64_t absent_time[CODEC_ROWS_MAX];
static _Alignas(64) uint64_t absent_number[CODEC_ROWS_MAX];

static void fill_absent_blocks(void) {
    codec_fill_absent(KIND_TIME, CODEC_ROWS_MAX, absent_time);
    codec_fill_absent(KIND_NUMBER, CODEC_ROWS_MAX, absent_number);
}

const void *frame_absent_block(enum column_kind kind) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, fill_absent_blocks);
    return kind == KIND_TIME ? absent_time : kind == KIND_NUMBER ? absent_number : absent_zero;
}

void frame_init(struct frame *frame, enum frame_id id) {
    *frame = (struct frame){.id = id};
}

void frame_free(struct frame *frame) {
    for (uint32_t c = 0; c < FRAME_COLUMNS_MAX; c++) memory_free(frame->column[c]);
    *frame = (struct frame){.id = frame->id};
}

static uint8_t *element(const struct frame *frame, uint32_t column, uint32_t row) {
    return (uint8_t *)frame->column[column] +
           row * column_kind_bytes(frame_column_kind(frame->id, column));
}

const void *frame_rows(const struct frame *frame, uint32_t column, uint32_t row) {
    if (frame->column[column] == NULL)
        return frame_absent_block(frame_column_kind(frame->id, column));
    return element(frame, column, row);
}

static void fill(struct frame *frame, uint32_t column, uint32_t from, uint32_t to) {
    codec_fill_absent(frame_column_kind(frame->id, column), to - from,
                      element(frame, column, from));
}

void frame_clear(struct frame *frame) {
    for (uint32_t c = 0; c < FRAME_COLUMNS_MAX; c++) {
        if (frame->column[c] != NULL) fill(frame, c, 0, frame->row_count);
    }
    frame->row_count = 0;
}

enum status frame_reserve(struct frame *frame, uint32_t more, struct error *err) {
    if (more <= frame->row_capacity - frame->row_count) return STATUS_OK;
    uint32_t capacity = frame->row_capacity < 1024 ? 1024 : frame->row_capacity * 2;
    if (capacity < frame->row_count + more) capacity = frame->row_count + more;
    const uint32_t old = frame->row_capacity;
    for (uint32_t c = 0; c < frame_column_count(frame->id); c++) {
        if (frame->column[c] == NULL) continue;
        const size_t bytes = column_kind_bytes(frame_column_kind(frame->id, c));
        void *grown = memory_resize(frame->column[c], capacity * bytes);
        if (grown == NULL) return error_set(err, STATUS_NO_MEMORY, "frame: %u rows", capacity);
        frame->column[c] = grown;
        codec_fill_absent(frame_column_kind(frame->id, c), capacity - old,
                          (uint8_t *)grown + old * bytes);
    }
    frame->row_capacity = capacity; /* after a failure the columns that did grow are just larger */
    return STATUS_OK;
}

void *frame_column(struct frame *frame, uint32_t column) {
    if (frame->column[column] != NULL) return frame->column[column];
    const size_t bytes = column_kind_bytes(frame_column_kind(frame->id, column));
    frame->column[column] = memory_get(frame->row_capacity * bytes);
    if (frame->column[column] != NULL) fill(frame, column, 0, frame->row_capacity);
    return frame->column[column];
}

enum status frame_set(struct frame *frame, uint32_t row, uint32_t column, uint64_t word,
                      struct error *err) {
    const enum column_kind kind = frame_column_kind(frame->id, column);
    if (frame->column[column] == NULL && word == frame_absent(kind)) return STATUS_OK;
    void *values = frame_column(frame, column);
    if (values == NULL) return error_set(err, STATUS_NO_MEMORY, "frame: a column");
    frame_put(kind, values, row, word);
    return STATUS_OK;
}

uint64_t frame_present(const struct frame *frame, uint32_t rows) {
    uint64_t present = 0;
    for (uint32_t c = 0; c < frame_column_count(frame->id); c++) {
        if (frame->column[c] == NULL) continue;
        const enum column_kind kind = frame_column_kind(frame->id, c);
        const uint64_t absent = frame_absent(kind);
        uint32_t row = 0;
        while (row < rows && frame_word(kind, frame->column[c], row) == absent) row++;
        if (row < rows) present |= COLUMN_BIT(c);
    }
    return present;
}

void frame_drop_front(struct frame *frame, uint32_t rows) {
    CHECK(rows <= frame->row_count);
    const uint32_t left = frame->row_count - rows;
    for (uint32_t c = 0; c < FRAME_COLUMNS_MAX; c++) {
        if (frame->column[c] == NULL) continue;
        const size_t bytes = column_kind_bytes(frame_column_kind(frame->id, c));
        memmove(frame->column[c], element(frame, c, rows), left * bytes);
        fill(frame, c, left, frame->row_count);
    }
    frame->row_count = left;
}
