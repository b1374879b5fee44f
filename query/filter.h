/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef QUERY_FILTER_H
#define QUERY_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "event/dictionary.h"
#include "query/plan.h"

/* filter: which values of the dimensions a plan lets through, as one byte per code, so that a row
 * is tested by one load. Values that the dictionary does not know let nothing through. The empty
 * value stands for "not given". Lives in the arena of the query; immutable once built. */
struct filter {
    const uint8_t *allowed[DIMENSION_COUNT]; /* by code; NULL: everything */
    const uint32_t *tenants;                 /* codes of the allowed tenants that exist */
    uint32_t tenant_count;
    bool nothing;    /* no row can pass */
    bool everything; /* every row passes */
};
/* code_count: dictionary_count at some moment after the snapshot was taken. The dictionary grows
 * meanwhile: what has a code from there on is in no row, and there is no place for it. */
MUST_USE enum status filter_build(const struct plan *plan, const struct dictionary *dictionary,
                                  uint32_t code_count, struct arena *arena, struct filter *out,
                                  struct error *err);

/* Its values are an enumeration (channel, device, type) in bytes, not codes of the dictionary. */
bool filter_is_choice(enum dimension dimension);
/* The code of a dimension's value: of the dictionary, below code_count, or of its enumeration.
 * false: there is none. */
bool filter_code(enum dimension dimension, const struct dictionary *dictionary, uint32_t code_count,
                 const char *value, uint32_t *code);
/* The text of a code; NULL for 0, "not given". */
const char *filter_text(enum dimension dimension, const struct dictionary *dictionary,
                        uint32_t code);

/* passes[row]: 1 when all values are allowed, else 0. `columns`: by dimension, C
 * types uint32_t, for choices uint8_t; NULL where the rows have no such dimension. */
void filter_apply(const struct filter *filter, const void *const columns[DIMENSION_COUNT],
                  uint32_t row_count, uint8_t *passes);

#endif
