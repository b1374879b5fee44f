/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SAMPLE_SAMPLE_H
#define SAMPLE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

/* sample: the events of invented municipalities, and the KPI values that they were made from. A
 * seed decides every byte, with any compiler on any machine. Events come roughly in the order of
 * time, as a server would receive them: some late, some twice, the last journeys still open.
 * One thread. Memory follows the events a day and, with the truth, the number of journeys. */
struct sample;

struct sample_options {
    uint64_t seed;
    uint64_t events; /* lines, repeated ones included: exactly; SAMPLE_EVENTS_MIN..MAX */
    uint32_t days;   /* SAMPLE_DAYS_MIN..MAX */
    int64_t end_day; /* first local day after the sample, in days since 1970-01-01 */
    uint32_t tenants;
    bool truth;
};

enum { SAMPLE_DAYS_MIN = 7, SAMPLE_DAYS_MAX = 3660 };
#define SAMPLE_EVENTS_MIN UINT64_C(1000)
#define SAMPLE_EVENTS_MAX UINT64_C(10000000000)

/* Receives the lines, some hundred kilobytes at a time, whole lines only. */
typedef enum status (*sample_write_fn)(void *context, const char *bytes, size_t size,
                                       struct error *err);

/* INVALID: an option is out of its range. On any failure *out is NULL. */
MUST_USE enum status sample_open(const struct sample_options *options, struct sample **out,
                                 struct error *err);
void sample_close(struct sample *sample); /* accepts NULL */

/* Makes all events. What `write` answers besides OK ends it and is returned. Call it once. */
MUST_USE enum status sample_run(struct sample *sample, sample_write_fn write, void *context,
                                struct error *err);

/* JSON documents, after sample_run: the configuration of a server, the assumptions for the return
 * on investment, the truth. Assumptions: file 0 is for all municipalities, the others for one each;
 * answers the name of the file, for which `name` has SAMPLE_NAME_BYTES, or NULL: no more. */
enum { SAMPLE_NAME_BYTES = 40 };
void sample_config(const struct sample *sample, struct text *text);
const char *sample_assumptions(const struct sample *sample, uint32_t number, char *name,
                               struct text *text);
void sample_truth(const struct sample *sample, struct text *text);

#endif
