/* SPDX-License-Identifier: EUPL-1.2 */
/* Question: how many bytes does each column of a segment take, and how long does reading it take?
 * usage: segment_bench SEGMENT... (files of a data folder; without any: nothing to measure).
 * Sketch: of an event, the time is some 16 bits of chance, the link 64 bits in every tenth row, and
 * all else follows from its type and journey: about 5 bytes. Reading is bound by a few ns a value
 * where zstd was worth it, and by 0.5 ns where values are packed. */
#include <stdio.h>

#include "base/memory.h"
#include "benchmarks/bench.h"
#include "event/day_count.h"
#include "store/segment.h"

static uint64_t bytes[FRAME_COUNT][FRAME_COLUMNS_MAX], rows[FRAME_COUNT], file_bytes;

static void count_bytes(const struct part *part) {
    file_bytes += part->file_bytes;
    for (int id = 0; id < FRAME_COUNT; id++) {
        rows[id] += part->row_count[id];
        for (uint32_t block = 0; block < part_block_count(part, (enum frame_id)id); block++) {
            for (uint32_t c = 0; c < frame_column_count((enum frame_id)id); c++)
                bytes[id][c] += segment_column_bytes(part->segment, (enum frame_id)id, block, c);
        }
    }
}

/* Reads the columns of every block; answers the ns of the fastest of several times. */
static uint64_t read_columns(struct part *part, enum frame_id id, uint64_t columns) {
    uint64_t best_ns = UINT64_MAX;
    struct part_buffer buffer = {0};
    const void *out[FRAME_COLUMNS_MAX];
    for (int run = 0; run < BENCH_RUNS; run++) {
        const uint64_t start_ns = bench_now_ns();
        for (uint32_t block = 0; block < part_block_count(part, id); block++)
            CHECK(part_block(part, id, block, columns, &buffer, out, NULL) == STATUS_OK);
        const uint64_t elapsed_ns = bench_now_ns() - start_ns;
        if (run > 0 && elapsed_ns < best_ns) best_ns = elapsed_ns;
    }
    part_buffer_free(&buffer);
    return best_ns;
}

static const char *column_name(enum frame_id id, uint32_t column) {
    static const enum purpose purposes[FRAME_COUNT] = {PURPOSE_NONE, PURPOSE_ATTEMPT, PURPOSE_CASE,
                                                       PURPOSE_APPOINTMENT};
    if (id == FRAME_EVENT) return column_text((enum column)column);
    return id == FRAME_DAY ? day_count_text(column) : journey_column_text(purposes[id], column);
}

static void report_frame(struct part **parts, int count, enum frame_id id) {
    uint64_t all = 0, all_ns = 0;
    for (uint32_t c = 0; c < frame_column_count(id); c++) all += bytes[id][c];
    for (int i = 0; i < count; i++)
        all_ns += read_columns(parts[i], id, (UINT64_C(1) << frame_column_count(id)) - 1);
    printf("%-11s %-15s %8.4f B an event %8.2f B a row %7.2f ns a row\n", frame_text(id), "all",
           (double)all / (double)rows[FRAME_EVENT], (double)all / (double)rows[id],
           (double)all_ns / (double)rows[id]);
    for (uint32_t c = 0; c < frame_column_count(id); c++) {
        if (bytes[id][c] == 0) continue;
        uint64_t ns = 0;
        for (int i = 0; i < count; i++) ns += read_columns(parts[i], id, COLUMN_BIT(c));
        printf("%-11s %-15s %8.4f B an event %8.2f B a row %7.2f ns a row\n", frame_text(id),
               column_name(id, c), (double)bytes[id][c] / (double)rows[FRAME_EVENT],
               (double)bytes[id][c] / (double)rows[id], (double)ns / (double)rows[id]);
    }
}

int main(int argc, char **argv) {
    struct part **parts = memory_new((size_t)argc, sizeof *parts);
    CHECK(parts != NULL);
    const int count = argc - 1;
    for (int i = 0; i < count; i++) {
        struct error err = {""};
        if (segment_open(file_io_system(), argv[i + 1], 1, &parts[i], &err) != STATUS_OK) {
            (void)fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        count_bytes(parts[i]);
    }
    for (int id = 0; id < FRAME_COUNT; id++) {
        if (rows[id] > 0) report_frame(parts, count, (enum frame_id)id);
    }
    if (count > 0)
        printf("files %8.3f B an event\n", (double)file_bytes / (double)rows[FRAME_EVENT]);
    for (int i = 0; i < count; i++) part_release(parts[i]);
    memory_free(parts);
    return 0;
}
