/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_ZSK_H
#define REPORT_ZSK_H

#include "base/arena.h"
#include "base/sha256.h"
#include "base/status.h"
#include "base/text.h"

/* zsk: transactions of a month, by municipality and service, as they are told to the central
 * statistics of the online services: a CSV whose form is configured, and what is kept of each run,
 * so that a later run can say what has changed and why. Pure; everything lives in an arena. */

/* Transactions: cases whose first case.received lies in the month. */
struct zsk_row {
    const char *ars, *service;
    int64_t transactions;
};
struct zsk_rows {
    uint32_t count;
    struct zsk_row *rows; /* by ARS, then service */
};

/* The rows of an answer of the KPI throughput by tenant and service (JSON, docs/API.md). */
MUST_USE enum status zsk_read_answer(const char *json, size_t size, struct arena *arena,
                                     struct zsk_rows *out, struct error *err);

/* --- the form of the file --- */

/* What a column holds. */
#define ZSK_VALUE_LIST(X)                                                   \
    X(MONTH, "month")         /* 2026-10 */                                 \
    X(FIRST_DAY, "first_day") /* 2026-10-01 */                              \
    X(LAST_DAY, "last_day")   /* 2026-10-31 */                              \
    X(ARS, "ars")             /* 12 digits */                               \
    X(AGS, "ags")             /* 8 digits, of the ARS */                    \
    X(SERVICE, "service")     /* LeiKa key or a local one */                \
    X(LEIKA, "leika")         /* the same, empty where it is a local one */ \
    X(TRANSACTIONS, "transactions")                                         \
    X(AS_OF, "as_of")           /* RFC 3339 */                              \
    X(RUN, "run")               /* 1, 2, ... */                             \
    X(CORRECTION, "correction") /* yes: a run before it was another */      \
    X(CONSTANT, "constant")

enum zsk_value {
#define X(name, text) ZSK_##name,
    ZSK_VALUE_LIST(X)
#undef X
        ZSK_VALUES
};

enum { ZSK_COLUMNS_MAX = 32, ZSK_FORMAT_BYTES_MAX = 1 << 16 };

struct zsk_column {
    const char *name;
    enum zsk_value value;
    const char *constant;
};

struct zsk_format {
    char separator;
    bool latin1, bom, heading, crlf, leika_only;
    uint32_t column_count;
    struct zsk_column columns[ZSK_COLUMNS_MAX];
};

/* Our own: the official form is not public. */
void zsk_format_default(struct zsk_format *out);
/* From JSON, docs/EXPORTS.md; what it does not say is as by default. INVALID names the key. Texts
 * live in the arena. */
MUST_USE enum status zsk_format_parse(const char *json, size_t size, struct arena *arena,
                                      struct zsk_format *out, struct error *err);

/* --- runs --- */

struct zsk_run {
    const char *month, *tenant; /* tenant "all", or the one that was asked for */
    uint32_t number;            /* from 1 */
    const char *as_of;
    char sha256[SHA256_TEXT_BYTES]; /* of the file */
    struct zsk_rows rows;
};

struct zsk_written {
    uint32_t rows, left_out; /* left out by leika_only */
    int64_t transactions;    /* of those that were not */
};
/* INVALID: a text that the encoding cannot say. */
MUST_USE enum status zsk_write_csv(struct text *text, const struct zsk_format *format,
                                   const struct zsk_run *run, struct zsk_written *written,
                                   struct error *err);

/* A row that is not what it was. */
struct zsk_change {
    const char *ars, *service;
    int64_t sent, now;
    int64_t late;     /* of the difference: what became known after the run before */
    int64_t restated; /* the rest: what was known then is no longer the same */
};
struct zsk_changes {
    uint32_t count;
    struct zsk_change *changes;
};
/* sent: what the run before said; then: the same, made anew as of its moment. */
MUST_USE enum status zsk_compare(const struct zsk_rows *sent, const struct zsk_rows *then,
                                 const struct zsk_rows *now, struct arena *arena,
                                 struct zsk_changes *out, struct error *err);

/* What is kept of a run, as JSON. changes NULL: of the first. */
void zsk_write_run(struct text *text, const struct zsk_run *run, const struct zsk_changes *changes,
                   const char *changed_since);
MUST_USE enum status zsk_read_run(const char *json, size_t size, struct arena *arena,
                                  struct zsk_run *out, struct error *err);

#endif
