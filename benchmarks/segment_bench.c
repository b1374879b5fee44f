/* SPDX-License-Identifier: EUPL-1.2 */
/* Question: how many bytes does each column of a segment take, how few could it be, in what schemes
 * is it, and how long does reading it take?
 * usage: segment_bench SEGMENT... (files of a data folder; without any: a small sample's).
 * Sketch: of an event, the time is some 16 bits of chance, the link 64 bits in every tenth row, and
 * all else follows from its type and journey: about 5 bytes. Reading is bound by a few ns a value
 * where zstd was worth it, and by 0.5 ns where values are packed. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "benchmarks/bench.h"
#include "benchmarks/bench_sample.h"
#include "benchmarks/entropy.h"
#include "codec/codec_scheme.h"
#include "event/day_count.h"
#include "ingest/decode_ndjson.h"
#include "store/segment.h"
#include "store/store.h"

#define NOW_MS INT64_C(1790000000000)
enum { SAMPLE_EVENTS = 20000 };

/* What all blocks of a column come to. */
struct tally {
    uint64_t bytes, present;
    double entropy_bits;
    uint32_t models[4];             /* blocks in which a model is the best */
    uint32_t schemes[SCHEME_COUNT]; /* blocks that use a scheme */
};
static struct tally tallies[FRAME_COUNT][FRAME_COLUMNS_MAX];
static uint64_t rows[FRAME_COUNT], file_bytes;

static void count_block(struct tally *tally, const struct segment_encoding *encoding) {
    static uint64_t values[CODEC_ROWS_MAX], words[CODEC_ROWS_MAX];
    const enum column_kind kind = encoding->kind;
    const uint8_t *stored = encoding->bytes;
    const uint32_t size = encoding->size, block_rows = encoding->rows;
    CHECK(codec_decode(kind, stored, size, block_rows, values));
    const uint32_t schemes = codec_schemes(kind, stored, size, block_rows);
    for (unsigned scheme = 0; scheme < SCHEME_COUNT; scheme++)
        tally->schemes[scheme] += schemes >> scheme & 1;
    uint32_t present = 0;
    const bool by_bitmap = (schemes >> SCHEME_SPARSE & 1) != 0;
    for (uint32_t row = 0; row < block_rows; row++) {
        const uint64_t word = frame_word(kind, values, row);
        if (!by_bitmap || word != frame_absent(kind)) words[present++] = word;
        tally->present += word != frame_absent(kind);
    }
    enum entropy_model model;
    tally->entropy_bits += entropy_of(words, present, &model);
    if (by_bitmap) tally->entropy_bits += entropy_of_presence(present, block_rows);
    tally->models[model]++;
    tally->bytes += size;
}

static void count_part(const struct part *part) {
    struct part_buffer buffer = {0}; /* of events; the others need none */
    file_bytes += part->file_bytes;
    for (int i = 0; i < FRAME_COUNT; i++) {
        const enum frame_id id = (enum frame_id)i;
        rows[id] += part->row_count[id];
        for (uint32_t block = 0; block < part_block_count(part, id); block++) {
            for (uint32_t c = 0; c < frame_column_count(id); c++) {
                struct segment_encoding encoding;
                CHECK(segment_encoding(part->segment, id, block, c, &buffer, &encoding, NULL) ==
                      STATUS_OK);
                if (encoding.rows > 0) count_block(&tallies[id][c], &encoding);
            }
        }
    }
    part_buffer_free(&buffer);
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

static void report_line(const char *frame, const char *column, const struct tally *tally,
                        uint64_t frame_rows, uint64_t ns) {
    const double all = (double)frame_rows;
    printf("%-11s %-15s %7.4f B an event %7.3f B a row, entropy %7.3f %6.2f ns a row", frame,
           column, (double)tally->bytes / (double)rows[FRAME_EVENT], (double)tally->bytes / all,
           tally->entropy_bits / 8 / all, (double)ns / all);
}

static void report_schemes(const struct tally *tally, uint64_t frame_rows) {
    static const char *const texts[SCHEME_COUNT] = {"const",     "packed",  "zstd",  "ascent",
                                                    "magnitude", "runs",    "delta", "dict",
                                                    "unit",      "decimal", "sparse"};
    int best = 0;
    for (int model = 1; model < 4; model++)
        if (tally->models[model] > tally->models[best]) best = model;
    printf("  %5.1f%% present, by %s:", 100 * (double)tally->present / (double)frame_rows,
           entropy_model_text((enum entropy_model)best));
    for (int scheme = 0; scheme < SCHEME_COUNT; scheme++)
        if (tally->schemes[scheme] > 0) printf(" %s %u", texts[scheme], tally->schemes[scheme]);
    printf("\n");
}

static void report_frame(struct part **parts, int count, enum frame_id id) {
    struct tally all = {0};
    uint64_t ns = 0;
    for (uint32_t c = 0; c < frame_column_count(id); c++) {
        all.bytes += tallies[id][c].bytes;
        all.entropy_bits += tallies[id][c].entropy_bits;
    }
    for (int i = 0; i < count; i++)
        ns += read_columns(parts[i], id, (UINT64_C(1) << frame_column_count(id)) - 1);
    report_line(frame_text(id), "all", &all, rows[id], ns);
    printf("\n");
    for (uint32_t c = 0; c < frame_column_count(id); c++) {
        if (tallies[id][c].bytes == 0) continue;
        ns = 0;
        for (int i = 0; i < count; i++) ns += read_columns(parts[i], id, COLUMN_BIT(c));
        report_line(frame_text(id), column_name(id, c), &tallies[id][c], rows[id], ns);
        report_schemes(&tallies[id][c], rows[id]);
    }
}

static void report_segments(struct part **parts, int count) {
    for (int id = 0; id < FRAME_COUNT; id++) {
        if (rows[id] > 0) report_frame(parts, count, (enum frame_id)id);
    }
    printf("files %8.3f B an event\n", (double)file_bytes / (double)rows[FRAME_EVENT]);
}

static bool measure_segments(char *const *paths, int count) {
    struct part **parts = memory_new((size_t)count, sizeof *parts);
    struct error err = {""};
    int opened = 0;
    CHECK(parts != NULL);
    while (opened < count &&
           segment_open(file_io_system(), paths[opened], 1, &parts[opened], &err) == STATUS_OK)
        count_part(parts[opened++]);
    if (opened == count)
        report_segments(parts, count);
    else
        (void)fprintf(stderr, "%s\n", err.text);
    for (int i = 0; i < opened; i++) part_release(parts[i]);
    memory_free(parts);
    return opened == count;
}

/* --- a small store, when none is given --- */

struct small_store {
    struct store *store;
    struct admission admission;
    uint32_t position;
};

static enum status write_lines(void *context, const char *bytes, size_t size, struct error *err) {
    struct small_store *small = context;
    enum status status = STATUS_OK;
    for (size_t at = 0; at < size && status == STATUS_OK;) {
        at += decode_ndjson(bytes + at, size - at, false, &small->position, &small->admission);
        status = store_write(small->store, small->admission.batch, err);
        batch_clear(small->admission.batch);
    }
    return status;
}

static void write_sample(struct small_store *small) {
    bench_sample_run(SAMPLE_EVENTS, 365, write_lines, small);
}

static void make_store(const char *folder, const char *keys) {
    static const char *const tenants[] = {"*"};
    const struct token_grant grant = {.source = "bench", .tenant_count = 1, .tenants = tenants};
    const struct clock clock = clock_fixed(NOW_MS);
    const struct store_options options = {.folder = folder};
    struct small_store small = {
        .admission = {.grant = &grant, .now_ms = NOW_MS, .batch = batch_create()}};
    CHECK(small.admission.batch != NULL);
    CHECK(pseudonyms_open(keys, &clock, &small.admission.pseudonyms, NULL) == STATUS_OK);
    CHECK(store_open(&options, &small.store, NULL) == STATUS_OK);
    write_sample(&small);
    store_close(small.store);
    batch_free(small.admission.batch);
    admission_free(&small.admission);
    pseudonyms_close(small.admission.pseudonyms);
}

static bool measure_sample(void) {
    char folder[] = "/tmp/pegel-bench-XXXXXX", keys[64], pattern[64], command[64];
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(keys, sizeof keys, "%s/keys", folder);
    (void)snprintf(pattern, sizeof pattern, "%s/segment-*", folder);
    make_store(folder, keys);
    glob_t segments;
    CHECK(glob(pattern, 0, NULL, &segments) == 0);
    const bool measured = measure_segments(segments.gl_pathv, (int)segments.gl_pathc);
    globfree(&segments);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    CHECK(system(command) == 0);
    return measured && rows[FRAME_EVENT] > SAMPLE_EVENTS / 2; /* some ids come twice */
}

int main(int argc, char **argv) {
    const bool measured = argc > 1 ? measure_segments(argv + 1, argc - 1) : measure_sample();
    return measured ? 0 : 1;
}
