/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_PROGRESS_H
#define SERVER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"

/* progress: a bar on the operator's terminal while a file is read; silent where standard error is
 * no terminal. One thread. */
struct progress {
    FILE *terminal; /* NULL: there is none */
    const struct clock *clock;
    uint64_t start_ns, drawn_ns;
    unsigned width; /* of the terminal, in columns */
};

void progress_start(struct progress *progress, FILE *terminal, const struct clock *clock);
/* Draws at most ten times a second. total 0: not known. */
void progress_draw(struct progress *progress, uint64_t done, uint64_t total, uint64_t events);
void progress_wipe(struct progress *progress);
double progress_seconds(const struct progress *progress); /* since the start, never 0 */

/* The bar's text, for one line of `width` columns; pure. seconds: since the start. */
void progress_line(char *line, size_t size, unsigned width, uint64_t done, uint64_t total,
                   uint64_t events, double seconds);

/* 1234567 as "1,234,567". */
enum { PROGRESS_NUMBER_BYTES = 32 };
const char *progress_number(uint64_t number, char text[PROGRESS_NUMBER_BYTES]);

#endif
