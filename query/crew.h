/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_CREW_H
#define QUERY_CREW_H

#include <stdint.h>

/* crew: the threads of one question. Calls work(context, i) for i = 0..count-1 at once, 0 in the
 * calling thread, and returns when all are done. Where no thread is to be had, the caller does that
 * share as well. count: 1..CREW_MAX. */
enum { CREW_MAX = 8 };
void crew_run(uint32_t count, void (*work)(void *context, uint32_t worker), void *context);

#endif
