/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SAMPLE_DOCUMENT_H
#define SAMPLE_DOCUMENT_H

#include <stdint.h>

#include "base/text.h"
#include "sample/town.h"

/* document: what a server needs besides the events of the sample, as JSON. Pure functions. */

/* The configuration (docs/CONFIGURATION.md): names, zones, targets. Each municipality's assumptions
 * are in the file that document_assumptions_file names. */
void document_config(const struct town *town, struct text *text);

enum { DOCUMENT_NAME_BYTES = 40 };
void document_assumptions_file(const struct town *town, uint32_t tenant,
                               char name[DOCUMENT_NAME_BYTES]);
/* Costs and shares for the return on investment, of one municipality or of all together
 * (tenant = TOWN_EVERYWHERE), fit for so many cases a year. Minutes and volumes are left to be
 * measured. */
void document_assumptions(const struct town *town, uint32_t tenant, uint64_t cases_a_year,
                          struct text *text);

void document_pilots(const struct town *town, struct text *text); /* an array */

#endif
