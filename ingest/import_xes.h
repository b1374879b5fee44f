/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_IMPORT_XES_H
#define INGEST_IMPORT_XES_H

#include "ingest/import.h"

/* import_xes: reads an XES file (IEEE 1849), by a mapping or by the default one: every event is a
 * record together with its trace. The events of a trace are put in order of time, those of one
 * moment stay in the order of the file. Nested attributes are passed over. The only file that knows
 * expat. INVALID: not well-formed XML, or not XES. TOO_LARGE: one trace is over a limit. */
enum { XES_TRACE_BYTES_MAX = 64 << 20, XES_TRACE_EVENTS_MAX = 1 << 17 };
MUST_USE enum status import_xes(struct import *import, struct error *err);

#endif
