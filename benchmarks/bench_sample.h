/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BENCHMARKS_BENCH_SAMPLE_H
#define BENCHMARKS_BENCH_SAMPLE_H

#include "base/text.h"
#include "sample/sample.h"

/* bench_sample: the events that benchmarks work on: those of three towns, always the same. */

/* Hands out the lines of so many events of so many days. */
void bench_sample_run(uint64_t events, uint32_t days, sample_write_fn write, void *context);
/* The body of a request: some months of events, one a line. Release with text_free. */
void bench_sample_body(struct text *body, uint64_t events);

#endif
