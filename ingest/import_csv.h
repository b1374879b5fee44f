/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_IMPORT_CSV_H
#define INGEST_IMPORT_CSV_H

#include "ingest/import.h"

/* import_csv: reads a CSV file by a mapping: every row is a record. A row with more or fewer values
 * than the heading is refused; a column that the mapping reads and the heading lacks is INVALID. */
MUST_USE enum status import_csv(struct import *import, struct error *err);

#endif
