/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"
#include "query/plan.h"
#include "query/result.h"

/* report: the answers that a report of a municipality is made of, and the documents that are made
 * of them: the figures as data (figures.c), and the report as PDF (document.c). Who asks is not
 * known here (dashboard/dossier.h). Nothing in a document but the answers decides its bytes. */
enum report_role {
    REPORT_TOTAL,    /* a key figure of the whole period: one row */
    REPORT_COURSE,   /* processing time by month, with quantiles */
    REPORT_VOLUME,   /* throughput by month */
    REPORT_FUNNEL,   /* by service and step */
    REPORT_SOURCES,  /* what there are data from, since when */
    REPORT_MONEY,    /* return on investment with all its sections */
    REPORT_SENTENCE, /* no table: `sentence` */
    REPORT_ROLES
};

struct report_answer {
    enum report_role role;
    const char *question;    /* path and query, by which it can be asked again */
    const char *json;        /* the answer to it, byte for byte */
    const struct plan *plan; /* NULL for a sentence, and result */
    const struct result *result;
    const char *sentence;
};

struct report_name { /* what a key is called */
    const char *key, *name;
};

enum { REPORT_ANSWERS_MAX = 64, REPORT_BYTES_MAX = 64 << 20 };

struct report {
    const char *version; /* of Pegel, that asked */
    enum language language;
    const char *tenant;               /* ARS */
    const char *place;                /* what it is called */
    const char *first_day, *last_day; /* "2026-01-01"; of the period, both within */
    bool tells_month;                 /* sentences are about its last month, not all of it */
    const char *as_of;                /* RFC 3339 */
    int64_t as_of_ms;
    uint32_t name_count;
    const struct report_name *names;
    uint32_t answer_count;
    struct report_answer answers[REPORT_ANSWERS_MAX];
    const char *checksum; /* SHA-256 of what report_figures writes */
};

/* The first answer of the role; NULL: there is none. */
const struct report_answer *report_answer_of(const struct report *report, enum report_role role);
/* The key itself where nothing was told. */
const char *report_name_of(const struct report *report, const char *key);

/* All questions with their answers, one a line, as JSON. */
void report_figures(const struct report *report, struct text *out);
/* The report as a tagged PDF. */
MUST_USE enum status report_document(const struct report *report, struct text *out,
                                     struct error *err);

#endif
