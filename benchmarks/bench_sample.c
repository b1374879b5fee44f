/* SPDX-License-Identifier: EUPL-1.2 */
#include "benchmarks/bench_sample.h"

#include "base/timestamp.h"

enum { BODY_DAYS = 60 };

void bench_sample_run(uint64_t events, uint32_t days, sample_write_fn write, void *context) {
    const struct sample_options options = {.seed = 1,
                                           .events = events,
                                           .days = days,
                                           .end_day = timestamp_days_from_civil(2026, 8, 1),
                                           .tenants = 3};
    struct sample *sample;
    CHECK(sample_open(&options, &sample, NULL) == STATUS_OK);
    CHECK(sample_run(sample, write, context, NULL) == STATUS_OK);
    sample_close(sample);
}

static enum status add_lines(void *body, const char *bytes, size_t size, struct error *err) {
    (void)err;
    text_add(body, bytes, size);
    return STATUS_OK;
}

void bench_sample_body(struct text *body, uint64_t events) {
    text_init(body, SIZE_MAX / 2);
    bench_sample_run(events, BODY_DAYS, add_lines, body);
    CHECK(!body->failed);
}
