/* SPDX-License-Identifier: EUPL-1.2 */
/* Question: is the generator fast enough never to be what a load test waits for?
 * Sketch: an event is some twenty rolls of the dice (1 ns each), twice because the lines are
 * counted first; a copy into its hour and out again (80 bytes, most often in cache); and 230 bytes
 * of text copied piece by piece, near 80 ns. So about 5 M events/s; below 1 M/s something is wrong.
 */
#include "sample/sample.h"

#include <string.h>

#include "base/timestamp.h"
#include "benchmarks/bench.h"

struct sum {
    uint64_t bytes, hash;
};

static enum status add_up(void *context, const char *bytes, size_t size, struct error *err) {
    (void)err;
    struct sum *sum = context;
    uint64_t word;
    sum->bytes += size;
    memcpy(&word, bytes + size - sizeof word, sizeof word);
    sum->hash = sum->hash * 31 + word;
    return STATUS_OK;
}

static void measure(const char *name, bool truth) {
    const struct sample_options options = {.seed = 1,
                                           .events = bench_size(5000, 5000000),
                                           .days = 365,
                                           .end_day = timestamp_days_from_civil(2026, 11, 1),
                                           .tenants = 3,
                                           .truth = truth};
    uint64_t best_ns = UINT64_MAX;
    struct sum sum = {0};
    for (int run = 0; run < BENCH_RUNS; run++) {
        struct sample *sample;
        const uint64_t start_ns = bench_now_ns();
        sum = (struct sum){0};
        CHECK(sample_open(&options, &sample, NULL) == STATUS_OK);
        CHECK(sample_run(sample, add_up, &sum, NULL) == STATUS_OK);
        sample_close(sample);
        const uint64_t elapsed_ns = bench_now_ns() - start_ns;
        if (run > 0 && elapsed_ns < best_ns) best_ns = elapsed_ns;
    }
    bench_report(name, options.events, sum.bytes, best_ns, sum.hash);
}

int main(void) {
    measure("sample/events", false);
    measure("sample/events and truth", true);
    return 0;
}
