/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/builder.h"

#include "base/memory.h"

void builder_init(struct builder *builder, const struct names *names,
                  struct segment_writer *writer) {
    *builder = (struct builder){.names = names, .writer = writer};
    for (int id = 0; id < FRAME_COUNT; id++) frame_init(&builder->frame[id], (enum frame_id)id);
}

void builder_free(struct builder *builder) {
    for (int id = 0; id < FRAME_COUNT; id++) {
        frame_free(&builder->frame[id]);
        memory_free(builder->first_event[id]);
        builder->first_event[id] = NULL;
    }
}

static enum status write_block(struct builder *builder, enum frame_id id, uint32_t rows,
                               struct error *err) {
    const uint64_t block = builder->written[id] / PART_BLOCK_ROWS;
    const uint32_t first_event =
        builder->first_event[id] == NULL ? 0 : builder->first_event[id][block];
    TRY(segment_writer_block(builder->writer, builder->frame, id, rows, first_event, err));
    frame_drop_front(&builder->frame[id], rows);
    builder->written[id] += rows;
    return STATUS_OK;
}

/* Events are stored by their journeys, so the journeys of events that are still here stay here. */
static uint32_t rows_needed_behind(const struct builder *builder, enum frame_id id) {
    const bool of_journeys = id >= FRAME_ATTEMPT && id <= FRAME_APPOINTMENT;
    return of_journeys ? builder->frame[FRAME_EVENT].row_count : 0;
}

enum status builder_write_full_blocks(struct builder *builder, enum frame_id id,
                                      struct error *err) {
    if (builder->writer == NULL) return STATUS_OK;
    while (builder->frame[id].row_count > PART_BLOCK_ROWS + rows_needed_behind(builder, id))
        TRY(write_block(builder, id, PART_BLOCK_ROWS, err));
    return STATUS_OK;
}

/* One row behind the frame's end, its capacity allowing. */
static enum status append_journey(struct frame *frame, const uint64_t *words, struct error *err) {
    TRY(frame_reserve(frame, 1, err));
    const uint32_t row = frame->row_count;
    const uint8_t *kinds = frame_column_kinds(frame->id);
    for (uint32_t c = 0; c < frame_column_count(frame->id); c++) {
        if (frame->column[c] != NULL) {
            frame_put((enum column_kind)kinds[c], frame->column[c], row, words[c]);
        } else {
            TRY(frame_set(frame, row, c, words[c], err));
        }
    }
    return STATUS_OK;
}

static enum status end_journey(struct builder *builder, struct error *err) {
    if (!builder->folding) return STATUS_OK;
    builder->folding = false;
    const struct journey *journey = &builder->fold.journey;
    const enum frame_id id = frame_of_purpose(journey->purpose);
    struct frame *frame = &builder->frame[id];
    const uint64_t row = builder->written[id] + frame->row_count;
    if (row % PART_BLOCK_ROWS == 0) {
        const size_t block = row / PART_BLOCK_ROWS;
        void *first_event = builder->first_event[id];
        if (!memory_reserve(&first_event, &builder->first_event_capacity[id], block + 1,
                            sizeof(uint32_t), UINT32_MAX))
            return error_set(err, STATUS_NO_MEMORY, "builder: journey blocks");
        builder->first_event[id] = first_event;
        builder->first_event[id][block] = builder->first_event_row;
    }
    TRY(append_journey(frame, journey->word, err));
    frame->row_count++;
    return builder_write_full_blocks(builder, id, err);
}

/* One column of `count` rows from their sources; a loop an element size, because this is where
 * sorting and merging spend their time. A source without the column gives `absent`. */
#define GATHER(type)                                                                         \
    static void gather_##type(const void *const *source, bool all,                           \
                              const struct row_reference *rows, uint32_t count, type absent, \
                              type *out) {                                                   \
        for (uint32_t i = 0; i < count && all; i++)                                          \
            out[i] = ((const type *)source[rows[i].source])[rows[i].row];                    \
        for (uint32_t i = 0; i < count && !all; i++) {                                       \
            const type *values = source[rows[i].source];                                     \
            out[i] = values == NULL ? absent : values[rows[i].row];                          \
        }                                                                                    \
    }
GATHER(uint8_t)
GATHER(uint32_t)
GATHER(uint64_t)
#undef GATHER

/* Copies one column of the rows behind the frame's end. */
static enum status gather(struct builder *builder, const void *const *const *sources,
                          uint32_t source_count, const struct row_reference *rows, uint32_t count,
                          uint32_t column, struct error *err) {
    struct frame *frame = &builder->frame[FRAME_EVENT];
    const enum column_kind kind = column_kind((enum column)column);
    const void *absent_block = frame_absent_block(kind), *source[BUILDER_SOURCES_MAX];
    bool any = false, all = true;
    for (uint32_t s = 0; s < source_count; s++) {
        source[s] = sources[s][column];
        any |= source[s] != NULL && source[s] != absent_block;
        all &= source[s] != NULL;
    }
    if (!any) return STATUS_OK;
    void *values = frame_column(frame, column);
    if (values == NULL) return error_set(err, STATUS_NO_MEMORY, "builder: a column");
    const uint64_t absent = frame_absent(kind);
    const uint32_t at = frame->row_count;
    switch (column_kind_bytes(kind)) {
        case 1:
            gather_uint8_t(source, all, rows, count, (uint8_t)absent, (uint8_t *)values + at);
            break;
        case 4:
            gather_uint32_t(source, all, rows, count, (uint32_t)absent, (uint32_t *)values + at);
            break;
        default: gather_uint64_t(source, all, rows, count, absent, (uint64_t *)values + at);
    }
    return STATUS_OK;
}

static enum status fold_rows(struct builder *builder, uint32_t first, uint32_t count,
                             struct error *err) {
    const struct frame *frame = &builder->frame[FRAME_EVENT];
    const void *columns[COLUMN_COUNT];
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) columns[c] = frame_rows(frame, c, first);
    const uint8_t *type = columns[COLUMN_TYPE];
    const uint32_t *tenant = columns[COLUMN_TENANT];
    const uint64_t *subject = columns[COLUMN_SUBJECT];
    for (uint32_t row = 0; row < count; row++) {
        const struct row_key key = row_key_of_event(type[row], tenant[row], subject[row]);
        if (builder->folding && !row_key_equal(key, builder->key)) TRY(end_journey(builder, err));
        if (!builder->folding) {
            const enum purpose purpose = (enum purpose)(key.group >> 32);
            if (frame_of_purpose(purpose) == FRAME_EVENT) continue;
            journey_fold_begin(&builder->fold, builder->names, purpose);
            builder->key = key;
            builder->first_event_row = (uint32_t)builder->written[FRAME_EVENT] + first + row;
            builder->folding = true;
        }
        journey_fold_add(&builder->fold, columns, row);
    }
    return STATUS_OK;
}

/* The rows behind the frame's end are its own from now on. */
static enum status take_in(struct builder *builder, uint32_t count, struct error *err) {
    struct frame *frame = &builder->frame[FRAME_EVENT];
    frame->row_count += count;
    TRY(fold_rows(builder, frame->row_count - count, count, err));
    TRY(builder_write_full_blocks(builder, FRAME_EVENT, err));
    return builder->pause == NULL ? STATUS_OK : builder->pause(builder->context, count, err);
}

enum status builder_add(struct builder *builder, const void *const *const *sources,
                        uint32_t source_count, const struct row_reference *rows, uint32_t count,
                        struct error *err) {
    CHECK(count <= BUILDER_ROWS_MAX && source_count <= BUILDER_SOURCES_MAX);
    struct frame *frame = &builder->frame[FRAME_EVENT];
    TRY(frame_reserve(frame, count, err));
    for (uint32_t c = 0; c < COLUMN_COUNT; c++)
        TRY(gather(builder, sources, source_count, rows, count, c, err));
    return take_in(builder, count, err);
}

enum status builder_add_packed(struct builder *builder, const struct row_pack *pack,
                               const struct row_reference *rows, uint32_t count,
                               struct error *err) {
    CHECK(count <= BUILDER_ROWS_MAX);
    struct frame *frame = &builder->frame[FRAME_EVENT];
    void *out[COLUMN_COUNT];
    TRY(frame_reserve(frame, count, err));
    for (uint64_t left = pack->columns; left != 0; left &= left - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(left);
        uint8_t *const values = frame_column(frame, c);
        if (values == NULL) return error_set(err, STATUS_NO_MEMORY, "builder: a column");
        out[c] = values + frame->row_count * column_kind_bytes(column_kind((enum column)c));
    }
    row_pack_take(pack, rows, count, out);
    return take_in(builder, count, err);
}

enum status builder_finish(struct builder *builder, uint64_t order, struct error *err) {
    TRY(end_journey(builder, err));
    if (builder->writer == NULL) return STATUS_OK;
    for (int id = 0; id < FRAME_COUNT; id++) { /* events first: their journeys are still here */
        for (uint32_t left; (left = builder->frame[id].row_count) > 0;)
            TRY(write_block(builder, (enum frame_id)id,
                            left < PART_BLOCK_ROWS ? left : PART_BLOCK_ROWS, err));
    }
    return segment_writer_finish(builder->writer, order, err);
}

enum status builder_take_run(struct builder *builder, uint64_t order, struct part **out,
                             struct error *err) {
    struct part *part = *out = memory_new(1, sizeof *part);
    if (part == NULL) return error_set(err, STATUS_NO_MEMORY, "builder: a run");
    atomic_store(&part->references, 1);
    part->order = order;
    for (int id = 0; id < FRAME_COUNT; id++) {
        part->frame[id] = builder->frame[id];
        part->row_count[id] = builder->frame[id].row_count;
        part->first_event[id] = builder->first_event[id];
        frame_init(&builder->frame[id], (enum frame_id)id);
        builder->first_event[id] = NULL;
        builder->first_event_capacity[id] = 0;
    }
    part_times_init(&part->times);
    part_times_add(&part->times, &part->frame[FRAME_EVENT], part->frame[FRAME_EVENT].row_count);
    return STATUS_OK;
}
