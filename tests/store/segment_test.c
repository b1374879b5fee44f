/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: what a segment leaves out because other columns or rows say it comes back, whichever
 * columns are asked for, and in whichever order blocks are read.
 * Method: random events, also such as no town would send, sorted into a run in memory, which keeps
 * every column as plain arrays, and from there into a segment; both hold the same rows. */
#include "store/segment.h"
#include "base/cpu.h"
#include "base/crc32c.h"
#include "store/merge.h"
#include "store/relation.h"
#include "tests/sim_disk.h"
#include "tests/test.h"

enum { ROWS_MAX = 60000, NAMES = 40 };

static struct sim_disk disk;

static struct names *make_names(void) {
    struct names *names = names_create();
    for (int i = 0; i < NAMES; i++) {
        char text[32];
        const int size = snprintf(text, sizeof text, "name-%d", (i * 17) % NAMES);
        EXPECT(dictionary_code(names_dictionary(names), text, (size_t)size) != 0);
    }
    for (uint32_t step = 1; step <= 9; step++) EXPECT(names_add_step(names, 1, 2, step) >= 0);
    return names;
}

struct town {
    uint64_t *state;
    int tidiness;      /* 0: columns at random; 1: as journeys have them */
    uint64_t subjects; /* so many different ones */
    uint64_t days;     /* of which the moments are */
};

static uint64_t random_below(const struct town *town, uint64_t limit) {
    return test_random(town->state) % limit;
}

static uint64_t random_word(const struct town *town, enum column_kind kind) {
    const double number = (double)random_below(town, 1000) / 4;
    uint64_t word;
    switch (kind) {
        case KIND_TIME: return UINT64_C(1700000000000) + random_below(town, town->days) * 8640000;
        case KIND_CODE: return random_below(town, NAMES);
        case KIND_CHOICE: return random_below(town, 8);
        case KIND_NUMBER: memcpy(&word, &number, sizeof word); return word;
        default: return test_random(town->state);
    }
}

static void add_event(const struct town *town, struct frame *events, uint64_t subject) {
    const uint32_t row = events->row_count;
    EXPECT_OK(frame_reserve(events, 1, NULL));
    const uint64_t type = 1 + random_below(town, TYPE_COUNT - 1);
    for (uint32_t c = 0; c < COLUMN_COUNT; c++) {
        const enum column_kind kind = frame_column_kind(FRAME_EVENT, c);
        uint64_t word = random_word(town, kind);
        const bool by_type = (type * 7 + c) % 3 == 0, sometimes = random_below(town, 9) == 0;
        if (c > COLUMN_TENANT && !(town->tidiness > 0 ? by_type : sometimes))
            word = frame_absent(kind);
        if (town->tidiness > 0 && c >= COLUMN_SERVICE && c <= COLUMN_CHANNEL && !sometimes)
            word = 1 + subject % 5;
        if (town->tidiness > 0 && c == COLUMN_ARRIVAL && town->subjects % 2 == 0)
            word = random_below(town, 5000) +
                   frame_word(kind, frame_rows(events, COLUMN_TIME, 0), row);
        if (c == COLUMN_TYPE) word = type;
        if (c == COLUMN_TENANT) word = 1 + subject % 3;
        if (c == COLUMN_SUBJECT) word = subject * UINT64_C(0x9E3779B97F4A7C15);
        EXPECT_OK(frame_set(events, row, c, word, NULL));
    }
    events->row_count++;
}

/* Subject 0 is none; subject 1 has very many events. */
static void fill_town(const struct town *town, uint32_t rows, struct frame *events) {
    frame_init(events, FRAME_EVENT);
    while (events->row_count < rows) {
        const uint64_t which = random_below(town, 8);
        add_event(town, events,
                  which == 0   ? 0
                  : which == 1 ? 1
                               : 2 + random_below(town, town->subjects));
    }
}

static struct part *write_segment(struct part *run, const struct names *names) {
    struct segment_writer *writer;
    struct builder builder;
    struct part *segment;
    EXPECT_OK(segment_writer_open(&disk.io, "/segment-1", &writer, NULL));
    builder_init(&builder, names, writer);
    EXPECT_OK(merge_parts(&run, 1, &builder, NULL));
    EXPECT_OK(builder_finish(&builder, 1, NULL));
    builder_free(&builder);
    segment_writer_close(writer);
    EXPECT_OK(segment_open(&disk.io, "/segment-1", 1, &segment, NULL));
    return segment;
}

static void expect_same_block(struct part *run, struct part *segment, enum frame_id id,
                              uint32_t block, uint64_t columns, struct part_buffer *buffer) {
    const void *wanted[FRAME_COLUMNS_MAX], *got[FRAME_COLUMNS_MAX];
    struct error err = {""};
    EXPECT_OK(part_block(run, id, block, columns, NULL, wanted, NULL));
    if (part_block(segment, id, block, columns, buffer, got, &err) != STATUS_OK) {
        test_fail(__FILE__, __LINE__, "%s", err.text);
        return;
    }
    for (; columns != 0; columns &= columns - 1) {
        const uint32_t c = (uint32_t)__builtin_ctzll(columns);
        const enum column_kind kind = frame_column_kind(id, c);
        uint64_t low = 1, high = 0;
        const bool ranged = part_range(segment, id, block, c, &low, &high);
        for (uint32_t row = 0; row < part_block_rows(run, id, block); row++) {
            const uint64_t word = frame_word(kind, wanted[c], row);
            if (frame_word(kind, got[c], row) != word) {
                test_fail(__FILE__, __LINE__, "%s block %u column %u row %u", frame_text(id), block,
                          c, row);
                return;
            }
            if (ranged && word != frame_absent(kind) && kind != KIND_NUMBER && kind != KIND_AMOUNT)
                EXPECT(word >= low && word <= high);
        }
    }
}

/* One column after the other, and sets of them, of blocks in no order. */
static void expect_same(struct part *run, struct part *segment, uint64_t *state) {
    for (int id = 0; id < FRAME_COUNT; id++) {
        struct part_buffer buffer = {0};
        EXPECT_EQ(segment->row_count[id], run->row_count[id]);
        const uint32_t blocks = part_block_count(run, (enum frame_id)id);
        for (uint32_t block = 0; block < blocks && test_failures < 5; block++) {
            EXPECT_EQ(
                part_first_event(segment, (enum frame_id)id, block),
                run->first_event[id] == NULL ? 0 : part_first_event(run, (enum frame_id)id, block));
            const uint64_t all = COLUMN_BIT(frame_column_count((enum frame_id)id)) - 1;
            expect_same_block(run, segment, (enum frame_id)id, block, all, &buffer);
            struct part_buffer fresh = {0};
            const uint32_t other = (uint32_t)(test_random(state) % blocks);
            const uint32_t column =
                (uint32_t)(test_random(state) % frame_column_count((enum frame_id)id));
            expect_same_block(run, segment, (enum frame_id)id, other, COLUMN_BIT(column), &fresh);
            expect_same_block(run, segment, (enum frame_id)id, block, test_random(state) & all,
                              &fresh);
            part_buffer_free(&fresh);
        }
        part_buffer_free(&buffer);
    }
}

/* A run and the segment made of it. */
struct world {
    struct names *names;
    struct frame events;
    struct part *run, *segment;
};

static void make_world(struct world *world, const struct town *town, uint32_t rows) {
    sim_disk_init(&disk, 1, UINT64_MAX);
    world->names = make_names();
    fill_town(town, rows, &world->events);
    const struct row_source source = {.columns = (const void *const *)world->events.column,
                                      .end = rows};
    EXPECT_OK(merge_sort_run(&source, world->names, 1, &world->run, NULL));
    world->segment = write_segment(world->run, world->names);
}

static void free_world(struct world *world) {
    part_release(world->segment);
    part_release(world->run);
    frame_free(&world->events);
    names_free(world->names);
    sim_disk_free(&disk);
}

static void one_town(struct town town, uint32_t rows) {
    struct world world;
    make_world(&world, &town, rows);
    for (int level = CPU_PORTABLE; level <= CPU_AVX512; level++) {
        cpu_limit((enum cpu_level)level);
        expect_same(world.run, world.segment, town.state);
    }
    free_world(&world);
}

TEST(a_segment_gives_back_every_row_of_the_run_it_was_made_of) {
    uint64_t state = 21;
    for (int round = 0; round < 8 && test_failures == 0; round++) {
        const struct town town = {.state = &state,
                                  .tidiness = round % 2,
                                  .subjects = round < 4 ? 3000 : 5,
                                  .days = round < 6 ? 100000 : 3};
        one_town(town, round == 0 ? ROWS_MAX : 1 + (uint32_t)random_below(&town, ROWS_MAX / 2));
    }
}

/* Blocks that are full to the last row, and journeys that end or go on there. */
TEST(borders_of_blocks_are_borders_of_journeys_or_not) {
    uint64_t state = 22;
    for (uint32_t rows = PART_BLOCK_ROWS - 1; rows <= PART_BLOCK_ROWS + 1; rows++) {
        for (uint64_t subjects = 1; subjects <= 100000; subjects *= 100) {
            const struct town town = {
                .state = &state, .tidiness = 1, .subjects = subjects, .days = 1000};
            one_town(town, rows);
            one_town(town, rows + PART_BLOCK_ROWS);
        }
    }
}

/* A reader may write into the columns that it was given, and then ask for more of the block. */
TEST(reading_more_of_a_block_leaves_what_was_given_alone) {
    uint64_t state = 23;
    const struct town town = {.state = &state, .tidiness = 1, .subjects = 900, .days = 1000};
    struct world world;
    make_world(&world, &town, 9000);
    for (int id = FRAME_ATTEMPT; id <= FRAME_APPOINTMENT; id++) {
        for (uint32_t c = 0; c < frame_column_count((enum frame_id)id); c++) {
            const uint64_t told = relation_references((enum frame_id)id, c);
            struct part_buffer buffer = {0};
            const void *out[FRAME_COLUMNS_MAX];
            EXPECT_OK(part_block(world.segment, (enum frame_id)id, 0, told, &buffer, out, NULL));
            for (uint64_t left = told; left != 0; left &= left - 1) {
                if (buffer.column[__builtin_ctzll(left)] != NULL)
                    memset(buffer.column[__builtin_ctzll(left)], 0x5A, 8 * PART_BLOCK_ROWS);
            }
            expect_same_block(world.run, world.segment, (enum frame_id)id, 0, COLUMN_BIT(c),
                              &buffer);
            for (uint64_t left = told; left != 0; left &= left - 1) {
                if (buffer.column[__builtin_ctzll(left)] != NULL)
                    EXPECT_EQ(*(uint8_t *)buffer.column[__builtin_ctzll(left)], 0x5A);
            }
            part_buffer_free(&buffer);
        }
    }
    free_world(&world);
}

/* Events lean on journeys: damage there must not give them other values. */
TEST(a_damaged_byte_is_an_error_or_changes_nothing) {
    uint64_t state = 24;
    const struct town town = {.state = &state, .tidiness = 1, .subjects = 30, .days = 1000};
    struct world world;
    make_world(&world, &town, 300);
    uint64_t size = 0, errors = 0;
    uint8_t *bytes = sim_disk_file(&disk, "segment-1", &size);
    for (uint64_t at = 0; at < size && test_failures == 0; at++) {
        bytes[at] ^= (uint8_t)(1u << (at % 8));
        struct part *damaged;
        if (segment_open(&disk.io, "/segment-1", 1, &damaged, NULL) == STATUS_OK) {
            struct error err = {""};
            struct part_buffer buffer = {0};
            const void *out[FRAME_COLUMNS_MAX];
            const uint64_t all = COLUMN_BIT(COLUMN_COUNT) - 1;
            const enum status status = part_block(damaged, FRAME_EVENT, 0, all, &buffer, out, &err);
            if (status == STATUS_OK) {
                expect_same_block(world.run, damaged, FRAME_EVENT, 0, all, &buffer);
            } else {
                EXPECT_EQ(status, STATUS_CORRUPT);
                EXPECT(strstr(err.text, "is damaged") != NULL);
                errors++;
            }
            part_buffer_free(&buffer);
            part_release(damaged);
        }
        bytes[at] ^= (uint8_t)(1u << (at % 8));
    }
    EXPECT(errors > 0);
    free_world(&world);
}

/* Whoever makes up a trailer can give it a checksum too. */
TEST(a_trailer_that_points_before_the_file_is_damage) {
    uint64_t state = 25;
    const struct town town = {.state = &state, .tidiness = 1, .subjects = 30, .days = 1000};
    struct world world;
    make_world(&world, &town, 300);
    uint64_t size = 0;
    uint8_t *end = sim_disk_file(&disk, "segment-1", &size);
    end += size - sizeof(struct segment_trailer);
    struct segment_trailer sound, trailer;
    memcpy(&sound, end, sizeof sound);
    for (uint32_t before = 1; before != 0 && before <= 1u << 30; before *= 32) {
        trailer = sound;
        trailer.index_bytes = (uint32_t)(size - sizeof trailer) + before;
        trailer.index_offset = size - sizeof trailer - trailer.index_bytes; /* wraps */
        trailer.crc = crc32c(&trailer, offsetof(struct segment_trailer, crc));
        memcpy(end, &trailer, sizeof trailer);
        struct part *part;
        EXPECT_EQ(segment_open(&disk.io, "/segment-1", 1, &part, NULL), STATUS_CORRUPT);
    }
    memcpy(end, &sound, sizeof sound);
    free_world(&world);
}

TEST(no_column_is_told_by_itself) {
    for (int id = 0; id < FRAME_COUNT; id++) {
        for (uint32_t c = 0; c < frame_column_count((enum frame_id)id); c++) {
            uint64_t told = relation_references((enum frame_id)id, c);
            EXPECT((relation_columns((enum frame_id)id, told) & COLUMN_BIT(c)) == 0);
        }
    }
}
