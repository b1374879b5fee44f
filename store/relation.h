/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_RELATION_H
#define STORE_RELATION_H

#include <stdint.h>

#include "store/frame.h"

/* relation: what a segment stores of a journey's column when other columns of its row nearly say
 * it. Most moments lie close to the first or the last one of their journey, often they are it: the
 * distance is small or 0 where the moment itself would be 40 random bits. docs/FORMAT.md has the
 * list. Pure; columns are plain arrays of a block's rows. */

/* Columns that are needed to tell this one; 0: it is stored as it is. */
uint64_t relation_references(enum frame_id id, uint32_t column);
/* The columns, and all that reading them needs. */
uint64_t relation_columns(enum frame_id id, uint64_t columns);

/* `columns`: by number, at least the references of `column` and, for relation_take, itself. What is
 * stored goes to `out`, elements of the column's kind. */
void relation_take(enum frame_id id, uint32_t column, const void *const *columns, uint32_t rows,
                   void *out);
/* The inverse, in place: `values` are what was stored and become the column. */
void relation_give(enum frame_id id, uint32_t column, const void *const *columns, uint32_t rows,
                   void *values);

/* Times as distances from others of the same rows, and back, in place; absent stays absent. */
void relation_take_distances(const int64_t *from, uint32_t rows, int64_t *times);
void relation_give_distances(const int64_t *from, uint32_t rows, int64_t *times);

#endif
