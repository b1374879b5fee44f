/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BENCHMARKS_BENCH_H
#define BENCHMARKS_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* bench: what every benchmark needs, and no more. A benchmark measures one kernel, several times,
 * and reports the fastest run: noise only ever adds. Smoke mode (under ctest) keeps it from
 * rotting; BENCH_FULL=1 in the environment makes it a measurement. One thread. */

bool bench_is_full(void);
uint64_t bench_size(uint64_t smoke, uint64_t full); /* the one for this mode */
uint64_t bench_now_ns(void);                        /* monotonic */

/* How often to run: the first run warms up and does not count. */
enum { BENCH_RUNS = 6 };

/* One line on standard output: items/s and bytes/s of the fastest run. `hash` is printed: it keeps
 * the compiler from deleting the work, and us from changing the answer. */
void bench_report(const char *name, uint64_t items, uint64_t bytes, uint64_t best_ns,
                  uint64_t hash);

#endif
