/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_IMPORT_REPORT_H
#define INGEST_IMPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "event/batch.h"
#include "event/event.h"

/* import_report: what became of every event of an import: counts, and the place and the reason of
 * those that did not simply go in. Lines go to a CSV file (file,line,code,detail) or, without
 * one, the first of them to the terminal. They may name subjects: they are for the operator's eyes.
 * One thread. */
struct import_report {
    /* set by the owner */
    FILE *file;         /* borrowed; NULL: none */
    FILE *terminal;     /* borrowed, usually stderr; NULL: none */
    uint32_t shown_max; /* lines for the terminal */
    bool over_progress; /* a progress bar stands on the terminal's line: wipe it first */
    const char *path;   /* of the file being read */
    /* filled */
    uint32_t shown;
    uint64_t accepted, duplicate, conflict, rejected, warnings;
    uint64_t by_code[REJECT_CODE_COUNT];
};

/* Writes the heading of the CSV file. */
void import_report_start(struct import_report *report);
/* One event that was refused, at a line of the file (0: not known). */
void import_report_reject(struct import_report *report, uint32_t line, enum reject_code code,
                          const char *detail);
/* What the store made of an event. */
void import_report_outcome(struct import_report *report, uint32_t line, enum outcome outcome,
                           enum reject_code refusal);
/* Something odd about an event or row that goes in all the same. */
void import_report_warning(struct import_report *report, uint32_t line, const char *code,
                           const char *detail);
/* A sentence about the file being read, for the terminal. */
void import_report_note(struct import_report *report, const char *text);
/* "unknown_field 3, too_long 1": the codes with their counts, into a buffer. */
void import_report_codes(const struct import_report *report, char *buffer, size_t size);

#endif
