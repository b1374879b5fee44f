/* SPDX-License-Identifier: EUPL-1.2 */
#include "benchmarks/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool bench_is_full(void) {
    const char *full = getenv("BENCH_FULL");
    return full != NULL && strcmp(full, "1") == 0;
}

uint64_t bench_size(uint64_t smoke, uint64_t full) {
    return bench_is_full() ? full : smoke;
}

uint64_t bench_now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void bench_report(const char *name, uint64_t items, uint64_t bytes, uint64_t best_ns,
                  uint64_t hash) {
    double seconds = (double)(best_ns > 0 ? best_ns : 1) / 1e9;
    printf("%-36s %10.3f M/s %8.3f GB/s  %" PRIu64 " items, hash %016" PRIx64 "%s\n", name,
           (double)items / seconds / 1e6, (double)bytes / seconds / 1e9, items, hash,
           bench_is_full() ? "" : " (smoke: no measurement)");
}
