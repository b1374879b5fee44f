/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_IMPORT_NDJSON_H
#define INGEST_IMPORT_NDJSON_H

#include "ingest/import.h"

/* import_ndjson: reads a file of flat events, one a line, as POST /v1/events takes them. A line
 * over NDJSON_LINE_BYTES_MAX is INVALID. */
enum { NDJSON_LINE_BYTES_MAX = 1 << 20 };
MUST_USE enum status import_ndjson(struct import *import, struct error *err);

#endif
