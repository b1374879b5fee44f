/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_ROW_PACK_H
#define STORE_ROW_PACK_H

#include "store/frame.h"
#include "store/row_order.h"

/* row_pack: rows of a few sources with the cells of each row side by side, so that taking them in
 * another order costs a row two or three lines of the cache, not one for each of its columns. One
 * thread. */
struct row_pack {
    uint8_t *bytes;
    uint32_t row_bytes;
    uint64_t columns; /* bits: those that any source has */
    uint32_t offset[COLUMN_COUNT];
    uint64_t *start; /* per source: number that its row 0 has, or would have, here */
};

MUST_USE enum status row_pack_make(const struct row_source *sources, uint32_t source_count,
                                   struct row_pack *pack, struct error *err);
/* Cells of these rows into out[], by column, for those of pack->columns. */
void row_pack_take(const struct row_pack *pack, const struct row_reference *rows, uint32_t count,
                   void *const *out);
void row_pack_free(struct row_pack *pack);

#endif
