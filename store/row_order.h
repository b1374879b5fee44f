/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_ROW_ORDER_H
#define STORE_ROW_ORDER_H

#include <stdint.h>

#include "store/frame.h"

/* row_order: brings rows that lie as they arrived into the order of a part: (purpose, tenant,
 * subject or type, time, arrival). Pure but for memory, of which it takes 32 bytes a row. One
 * thread. */

/* Where a row is: source i, row r. */
struct row_reference {
    uint32_t source;
    uint32_t row;
};

/* Rows first..end-1 of an event frame. Others may append behind them meanwhile. */
struct row_source {
    const void *const *columns; /* by enum column; NULL: absent */
    uint32_t first, end;
};

/* *out: all rows of the sources, as many as they have together, in order; of equal rows those of
 * the earlier source come first, then those of the lesser number. For memory_free. */
MUST_USE enum status row_order_make(const struct row_source *sources, uint32_t source_count,
                                    struct row_reference **out, struct error *err);

#endif
