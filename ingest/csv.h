/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_CSV_H
#define INGEST_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "event/event.h"

/* csv: splits text into rows and values as RFC 4180 says: values may be quoted, a quoted value may
 * hold delimiters, line ends and doubled quotes. Rows end with LF, CRLF or CR; blank lines are
 * passed over, and so is a byte order mark at the start. Memory is bounded by one row. One thread.
 */
enum { CSV_ROW_BYTES_MAX = 1 << 20, CSV_VALUES_MAX = 4096 };

/* Reads up to `capacity` bytes; *size 0: the end. */
typedef enum status (*csv_read)(void *context, char *buffer, size_t capacity, size_t *size,
                                struct error *err);

struct csv_row {
    const struct slice
        *values;    /* live until the next call; UTF-8 when windows_1252 was asked for */
    uint32_t count; /* 0: the end of the file */
    uint32_t line;  /* where it begins, from 1 */
    bool malformed; /* text follows a closing quote */
};

struct csv;
MUST_USE enum status csv_create(csv_read read, void *context, char delimiter, bool windows_1252,
                                struct csv **out, struct error *err);
/* INVALID: a quoted value is never closed, or a row is over a limit: what follows is in doubt. */
MUST_USE enum status csv_next(struct csv *csv, struct csv_row *row, struct error *err);
void csv_free(struct csv *csv); /* accepts NULL */

#endif
