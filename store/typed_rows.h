/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_TYPED_ROWS_H
#define STORE_TYPED_ROWS_H

#include <stdint.h>

#include "event/column.h"
#include "store/part.h"

/* typed_rows: the rows of a block of events whose type has a column at all. A form's step, a link,
 * a planned start come with some types and never with the others, so a segment stores a column for
 * the rows of those types only. Pure. */
#define TYPED_ROWS_DISTANCES (UINT64_C(1) << 63) /* beside types: no type has this number */
enum { TYPED_ROWS_TYPES = 64, TYPED_ROWS_WORDS = PART_BLOCK_ROWS / 64 };

struct typed_rows {
    uint32_t rows, count;                            /* all, selected */
    uint64_t here;                                   /* types that have rows */
    uint64_t selected[TYPED_ROWS_WORDS];             /* bit per row */
    uint64_t of[TYPED_ROWS_TYPES][TYPED_ROWS_WORDS]; /* the same, of each type that is here */
};

void typed_rows_begin(struct typed_rows *typed_rows, const uint8_t *types, uint32_t rows);
/* All types but those that are here and have no value in any row; without TYPED_ROWS_DISTANCES. */
uint64_t typed_rows_mask(const struct typed_rows *typed_rows, enum column_kind kind,
                         const void *values);
/* Answers how many rows have one of the types. */
uint32_t typed_rows_select(struct typed_rows *typed_rows, uint64_t types);
/* Moves the values of the selected rows to the front, in their order ... */
void typed_rows_take(const struct typed_rows *typed_rows, enum column_kind kind, void *values);
/* ... and back: `dense`, with WORDS_SLACK of room (codec/words.h), goes to the selected rows; the
 * others become absent. */
void typed_rows_give(const struct typed_rows *typed_rows, enum column_kind kind, const void *dense,
                     void *values);

#endif
